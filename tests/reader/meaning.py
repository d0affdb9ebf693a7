"""What the numbers of a site are of: its newest edition, the charts, cards and goals of the institute, and their labels.

The figures come from the published tables, the rest from charts.yaml as the institute wrote it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from pipeline.institute.plan import Plan
from pipeline.model import periods
from pipeline.model.cells import TOTAL, Figure
from pipeline.public.audit.structure import Names, rows, shapes
from pipeline.public.edition.model import PERIOD, Package
from pipeline.wording.texts import Texts
from tests.reader.claims import total

Entry = Mapping[str, Any]


@dataclass
class Meaning:
    """The newest of some editions (oldest first) as a site in the language of `words` shows it."""

    packages: Sequence[Package]
    plan: Plan
    words: Texts

    @property
    def newest(self) -> Package:
        return self.packages[-1]

    @property
    def language(self) -> str:
        return self.words.language

    @cached_property
    def charts(self) -> dict[str, Entry]:
        return {entry["id"]: entry for entry in self.plan.site.get("charts", ())}

    @cached_property
    def cards(self) -> dict[str, Entry]:
        return {entry["id"]: entry for entry in self.plan.site.get("kpis", ())}

    # figures ---------------------------------------------------------------------------------------------------------

    @cached_property
    def _read(self) -> tuple[dict[tuple[str, tuple[str, ...], str], Figure], dict[Figure, int | None]]:
        named, values = {}, {}
        forms = shapes(self.packages)
        for table in self.newest.tables.values():
            keys = zip(*(table.frame[name].tolist() for name in table.names), strict=True)
            names = Names(self.newest, forms[table.records].dimensions)
            for key, row in zip(keys, rows(table, names), strict=True):
                for measure, (figure, value) in zip(table.measures, row.figures, strict=True):
                    if row.status not in ("M", "L"):
                        named[table.id, tuple(map(str, key)), measure] = figure
                        values[figure] = value if row.status != "Q" else None
        return named, values

    @property
    def values(self) -> dict[Figure, int | None]:
        """Every figure of the edition, None where it is withheld."""
        return self._read[1]

    def figure(self, table: str, measure: str, period: str, where: Mapping[str, str]) -> Figure | None:
        """The figure of a cell; what `where` leaves out is total. None where the table has no such row."""
        names = self.newest.tables[table].names
        key = tuple(period if name == PERIOD else where.get(name, TOTAL) for name in names)
        return self._read[0].get((table, key, measure))

    def sum(self, table: str, measure: str, period: str, where: Mapping[str, str]) -> dict[Figure, Fraction] | None:
        """A figure, or for a year to date without a row of its own the sum of its quarters."""
        found = self.figure(table, measure, period, where)
        if found is not None:
            return total([found])
        if periods.level_of(period) != periods.TO_DATE:
            return None
        parts = [self.figure(table, measure, f"{period[:4]}-T{n}", where) for n in range(1, int(period[9]) + 1)]
        return None if None in parts else total(part for part in parts if part)

    def known(self, figures: Iterable[Figure]) -> bool:
        return all(self.values.get(figure) is not None for figure in figures)

    def number(self, terms: Mapping[Figure, Fraction]) -> Fraction | None:
        """A sum of published figures; None where one of them is withheld."""
        found = [(self.values.get(figure), times) for figure, times in terms.items()]
        return (
            None if any(v is None for v, _ in found) else sum((v * t for v, t in found if v is not None), Fraction(0))
        )

    # words -----------------------------------------------------------------------------------------------------------

    @cached_property
    def periods(self) -> dict[str, str]:
        """What a period is called → its code."""
        codes = [str(code) for package in self.packages for code in package.codes[PERIOD]["code"]]
        years = {code[:4] for code in codes}
        years |= {str(int(year) - 1) for year in years}
        codes += [
            year + end for year in years for end in ("", "-T1", "-T2", "-T3", "-T4", "-T1-T2", "-T1-T3", "-T1-T1")
        ]
        named = itertools.chain.from_iterable(
            ((c, self.words.in_period(c)), (c, self.words.period(c)), (c, self.words.short_period(c))) for c in codes
        )
        return {label: code for code, label in named}

    def period(self, label: str) -> str:
        label = label.strip()
        return self.periods.get(label) or self.periods[label[:1].lower() + label[1:]]

    def labels(self, table: str, axis: str) -> dict[str, str]:
        """Code → label, of the codes that a table has."""
        if axis == PERIOD:
            return {code: label for label, code in self.periods.items()}
        published = self.newest.tables[table]
        listed = next(d.codes for d in published.dimensions if d.name == axis)
        frame = self.newest.codes[listed].sort_values("order", kind="stable")
        present = set(published.frame[axis])
        labels = zip(frame["code"].astype(str), frame[self.language].astype(str), strict=True)
        return {code: label for code, label in labels if code in present}

    def drawn(self, entry: Entry, axis: str) -> dict[str, str]:
        """What a chart shows along an axis: label → code, in the order of the list. Where codes share one, it has its code."""
        published = self.newest.tables[entry["table"]]
        listed = next(d.codes for d in published.dimensions if d.name == axis)
        frame = self.newest.codes[listed]
        above = dict(zip(frame["code"].astype(str), frame["parent"].fillna("").astype(str), strict=True))
        unions = set(frame["code"][frame["parts"].fillna("") != ""])
        labels = self.labels(entry["table"], axis)
        if under := entry.get("where", {}).get(axis):
            chosen = [code for code in labels if above[code] == under]
        elif entry.get("depth") == "groups":
            chosen = [code for code in labels if not above[code]]
        else:
            chosen = [code for code in labels if code not in {*above.values()} and code not in unions]
        said = [labels[code] for code in chosen]
        return {labels[c] if said.count(labels[c]) == 1 else f"{labels[c]} ({c})": c for c in chosen}

    def title(self, entry: Entry) -> str:
        return self.words.of(entry["title"])

    def measures(self, table: str) -> dict[str, str]:
        """Measure → its name."""
        found = self.newest.tables[table]
        return {measure: self.words.of(found.labels[measure]) for measure in found.measures}
