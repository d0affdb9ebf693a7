"""Figures worked out from published ones: changes, shares, years to date. None is shown when a part is withheld.

In: the tables of an edition as any reader sees them. Out: `Table` with lookups, and derived numbers. Pure; no files.
A value is an `int`, `WITHHELD`, or `None` where the table has no such cell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property

import pandas as pd

from pipeline.model import periods
from pipeline.model.cells import TOTAL
from pipeline.public.edition.model import OBS, PERIOD, Package
from pipeline.wording.texts import Texts


class Mark(Enum):
    """What stands where no number may stand."""

    WITHHELD = "[c]"


WITHHELD = Mark.WITHHELD
Value = int | Mark | None
Text = Mapping[str, str]


@dataclass(frozen=True)
class Code:
    code: str
    parent: str
    parts: tuple[str, ...]
    labels: Text


@dataclass(frozen=True)
class Axis:
    """A dimension of a table with its codes in publication order (periods: only those of the list)."""

    name: str
    title: Text
    kind: str
    codes: Mapping[str, Code]
    unspecified: tuple[str, ...] = ()
    """Codes for what nobody knows or said."""

    @property
    def roots(self) -> tuple[str, ...]:
        return tuple(c.code for c in self.codes.values() if not c.parent)

    @property
    def leaves(self) -> tuple[str, ...]:
        parents = {c.parent for c in self.codes.values()}
        return tuple(c.code for c in self.codes.values() if c.code not in parents and not c.parts)


@dataclass(frozen=True)
class Table:
    """A published table: what it says about itself and its rows (codes, measures, statuses)."""

    id: str
    topic: str
    title: Text
    note: Text
    records: str
    where: Mapping[str, str]
    threshold: int
    zeros_withheld: bool
    axes: Mapping[str, Axis]
    measures: Mapping[str, Text]
    additive: Mapping[str, Sequence[str]]
    persons: str | None
    frame: pd.DataFrame = field(repr=False)
    sha256: str = ""
    revised: int = 0
    levels: Sequence[str] = ()
    """Levels of time that it tells, or all of them."""
    judged: Text = field(default_factory=dict)
    """What the threshold counts, where the table shows it."""

    @cached_property
    def _rows(self) -> Mapping[tuple[str, ...], int]:
        keys = zip(*(self.frame[name] for name in self.axes), strict=True)
        return {tuple(map(str, key)): row for row, key in enumerate(keys)}

    @cached_property
    def _columns(self) -> Mapping[str, list[Value]]:
        status = self.frame[OBS].tolist()
        return {
            name: [_value(v, s) for v, s in zip(self.frame[name].tolist(), status, strict=True)]
            for name in self.measures
        }

    @property
    def cells(self) -> int:
        return len(self.frame)

    @property
    def withheld(self) -> int:
        return int((self.frame[OBS] == "Q").sum())

    def counted(self, words: Texts) -> str:
        """What the threshold counts, in words."""
        if self.judged:
            return words.of(self.judged).lower()
        return words("table.women") if self.persons else words("table.records")

    def rows(self) -> Iterator[tuple[tuple[str, ...], tuple[Value, ...]]]:
        """Every cell in publication order: its codes and its figures."""
        figures = zip(*(self._columns[name] for name in self.measures), strict=True)
        return zip(self._rows, figures, strict=True)

    def value(self, measure: str, period: str, where: Mapping[str, str] | None = None) -> Value:
        """The figure of one cell; a dimension that `where` leaves out is taken as total."""
        key = tuple(period if name == PERIOD else (where or {}).get(name, TOTAL) for name in self.axes)
        row = self._rows.get(key)
        return None if row is None else self._columns[measure][row]

    @cached_property
    def periods(self) -> tuple[str, ...]:
        """Time codes that have rows, oldest first."""
        present = set(self.frame[PERIOD])
        order = [code for code in self.axes[PERIOD].codes if code in present]
        return tuple(order or sorted(present))

    def of_level(self, level: str) -> tuple[str, ...]:
        """Periods of a level; the year to date counts as a year while the year is open."""
        wanted = {level, periods.TO_DATE} if level == periods.YEAR else {level}
        return tuple(code for code in self.periods if periods.level_of(code) in wanted)

    @property
    def provisional(self) -> tuple[str, ...]:
        """Periods of which the edition says that their figures are provisional."""
        said = set(self.frame.loc[self.frame[OBS] == "P", PERIOD])
        return tuple(code for code in self.periods if code in said)

    def newest(self, level: str) -> tuple[str, ...]:
        """Periods of a level; while it has none, those of the nearest finer level that has, or else of the nearest coarser
        one. Nothing while no period that the table tells of has closed."""
        known = (periods.YEAR, periods.QUARTER, periods.MONTH)
        place = known.index(level) if level in known else 0
        tried = (level, *known[place:], *reversed(known[:place]))
        return next((found for each in tried if (found := self.of_level(each))), ())

    @property
    def finest(self) -> str:
        return next((x for x in (periods.MONTH, periods.QUARTER, periods.YEAR) if self.of_level(x)), periods.YEAR)


def _value(number: object, status: str) -> Value:
    if status == "Q":
        return WITHHELD
    return int(str(number)) if status in ("A", "P") else None


def tables(package: Package, titles: Mapping[str, Mapping[str, Text]]) -> dict[str, Table]:
    """The tables of an edition. `titles`: record type → dimension → its name by language."""
    lists = {
        name: {
            str(row["code"]): Code(
                str(row["code"]),
                str(row["parent"] or ""),
                tuple(str(row["parts"] or "").split()),
                {str(k): str(row[k]) for k in frame.columns if k not in ("code", "parent", "parts", "order")},
            )
            for row in frame.sort_values("order", kind="stable").to_dict("records")
        }
        for name, frame in package.codes.items()
    }
    hashes = {str(r["path"]): str(r.get("hash", "")).removeprefix("sha256:") for r in package.descriptor["resources"]}
    return {
        name: Table(
            id=name,
            topic=table.topic,
            title=table.title,
            note=table.note,
            records=table.records,
            where=table.where,
            threshold=table.threshold,
            zeros_withheld=table.zeros_withheld,
            axes={
                d.name: Axis(
                    d.name, titles.get(table.records, {}).get(d.name, {}), d.kind, lists[d.codes], d.unspecified
                )
                for d in table.dimensions
            },
            measures={measure: table.labels[measure] for measure in table.measures},
            additive=table.additive,
            persons=table.persons,
            judged=table.labels.get(table.women, {}),
            frame=table.frame,
            levels=table.dimensions[0].levels,
            sha256=hashes.get(f"tables/{name}.csv", ""),
            revised=int(package.release.get("tables", {}).get(name, {}).get("revised", 0)),
        )
        for name, table in package.tables.items()
    }


def before(period: str) -> str | None:
    """The period of the same length just before; none for a year to date."""
    level, year = periods.level_of(period), int(period[:4])
    if level == periods.YEAR:
        return str(year - 1)
    if level == periods.QUARTER:
        number = int(period[6])
        return f"{year}-T{number - 1}" if number > 1 else f"{year - 1}-T4"
    if level == periods.MONTH:
        number = int(period[5:])
        return f"{year}-{number - 1:02d}" if number > 1 else f"{year - 1}-12"
    return None


def year_before(period: str) -> str:
    """The same stretch of the year before."""
    return f"{int(period[:4]) - 1}{period[4:]}"


def comparable(table: Table, measure: str, period: str, where: Mapping[str, str] | None = None) -> Value:
    """The figure, or for a year to date that has no row of its own the sum of its quarters, if those may be added."""
    value = table.value(measure, period, where)
    if value is not None or periods.level_of(period) != periods.TO_DATE:
        return value
    if measure == table.persons or PERIOD not in table.additive.get(measure, ()):
        return None
    parts = [table.value(measure, f"{period[:4]}-T{n}", where) for n in range(1, int(period[9]) + 1)]
    if any(part is None for part in parts):
        return None
    numbers = [part for part in parts if isinstance(part, int)]
    return sum(numbers) if len(numbers) == len(parts) else WITHHELD


@dataclass(frozen=True)
class Change:
    """From one published figure or share to another: `ratio` is None where the earlier one is zero."""

    difference: float
    ratio: float | None


def change(now: Value | float, then: Value | float) -> Change | None:
    """None when either is withheld or not there: a difference would give the withheld one away."""
    if not isinstance(now, (int, float)) or not isinstance(then, (int, float)):
        return None
    return Change(now - then, (now - then) / then if then else None)


def share(part: Value, whole: Value) -> float | None:
    """None when either is withheld or not there, or the whole is zero."""
    if not isinstance(part, int) or not isinstance(whole, int) or not whole:
        return None
    return part / whole
