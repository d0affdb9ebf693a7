r"""Small tables written as text, in and out: counts of an institute that exists only in a test, and what may be shown.

    periodo\area    _T     a     b     c        columns: codes of `area`; rows: periods
    2025            40     3    17    20        women
    2025-T4       9:7    2:1   4:3   3:3        services:women, where a woman may have several services
    2025-T1    9/8:7    2:1   7:6              answers/services:women, where one service may give several answers
    (2025-T3)       …                           a time code that this edition does not show, but a reader can work out

A corner `periodo/edad\area` has rows `2025/joven`. `[c]` is a cell that is withheld.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.confidential.protection import constraints
from pipeline.confidential.protection import protect as protection
from pipeline.confidential.protection.vintages import Vintage
from pipeline.institute.plan import PERIOD, Code, CodeList, Dimension, Edition, Plan, Resource, TableSpec
from pipeline.institute.written import Facts
from pipeline.model import periods
from pipeline.model.cells import TOTAL, Cell, Counts, Figure, Masked
from pipeline.public.audit import audit as auditing
from pipeline.public.audit import structure
from pipeline.public.edition import metadata
from pipeline.public.edition.model import Package
from pipeline.wording.texts import Texts

RECORDS, SERVICES, WOMEN, MENTIONS = "atenciones", "servicios", "usuarias", "menciones"
WITHHELD = "[c]"


@dataclass(frozen=True)
class Written:
    """One table as written: its dimensions, and what stands in each cell."""

    dimensions: tuple[str, ...]
    cells: Mapping[tuple[str, ...], str]
    shadows: frozenset[str]

    @classmethod
    def of(cls, text: str) -> Written:
        lines = [line.split() for line in text.strip().splitlines()]
        corner, *codes = lines[0]
        left, _, across = corner.partition("\\")
        dimensions = (*left.split("/"), across)
        cells: dict[tuple[str, ...], str] = {}
        shadows = set()
        for label, *values in lines[1:]:
            if label.startswith("("):
                shadows.add(label.strip("()").split("/")[0])
            for code, value in zip(codes, values, strict=True):
                cells[*label.strip("()").split("/"), code] = value
        return cls(dimensions, cells, frozenset(shadows))

    def codes(self, dimension: str) -> list[str]:
        """Codes in order of appearance, the total first."""
        at = self.dimensions.index(dimension)
        found = dict.fromkeys(key[at] for key in self.cells)
        return [*(code for code in found if code == TOTAL), *(code for code in found if code != TOTAL)]


def lines(text: str) -> list[str]:
    """A table as written with its blanks evened out, to compare."""
    return [" ".join(line.split()) for line in text.strip().splitlines()]


def flat(table: list[str]) -> dict[tuple[str, str], str]:
    """Row and column → what is shown."""
    header = table[0].split()[1:]
    return {
        (line.split()[0], column): value
        for line in table[1:]
        for column, value in zip(header, line.split()[1:], strict=True)
    }


@dataclass(frozen=True)
class House:
    """An institute that only these tables exist in. `written` are the tables, `plan` what they stand for."""

    written: tuple[Written, ...]
    plan: Plan
    edition: Edition

    @property
    def counts(self) -> Counts:
        return Counts(
            {spec.id: self._frame(spec, table) for spec, table in zip(self.plan.tables, self.written, strict=True)}
        )

    def _frame(self, spec: TableSpec, table: Written) -> pd.DataFrame:
        rows = []
        for key in itertools.product(*(table.codes(name) for name in spec.dimensions)):
            first, *others = table.cells[key].split(":")
            numbers = [int(number) for number in (first.partition("/")[0], *others)]
            row: dict[str, object] = dict(zip(spec.dimensions, key, strict=True))
            row |= dict(zip(spec.measures, numbers, strict=True))
            if MENTIONS in spec.measures:
                records = first.partition("/")[2]
                row[self.plan.resources[RECORDS].rows] = int(records) if records else self._records(spec, key, numbers)
            rows.append({**row, "women": numbers[-1], "published": key[0] not in table.shadows})
        return pd.DataFrame(rows)

    def _records(self, spec: TableSpec, key: tuple[str, ...], numbers: Sequence[int]) -> int:
        """The records of a cell of answers where they are not written: those of another table, or no more than need be."""
        resource, lists = self.plan.resources[RECORDS], self.plan.lists
        cell = constraints.cell_of(dict(zip(spec.dimensions, key, strict=True)), spec, resource, lists)
        for other, table in zip(self.plan.tables, self.written, strict=True):
            for codes, value in table.cells.items() if MENTIONS not in other.measures else ():
                if constraints.cell_of(dict(zip(other.dimensions, codes, strict=True)), other, resource, lists) == cell:
                    return int(value.partition(":")[0])
        return max(numbers)

    def protect(self, earlier: Mapping[Figure, int] | None = None, *, after: Sequence[str] = ()) -> Masked:
        """`earlier`: figures that were shown before; or `after` an edition that looked like these tables."""
        gone: set[Cell] = set()
        shown = self.figures(after, gone) if after else earlier or {}
        told = protection.Told(shown, before=protection.Before(gone))
        return protection.protect(self.counts, self.plan, self.edition, told).masked

    def figures(self, shown: Sequence[str], withheld: set[Cell] | None = None) -> dict[Figure, int]:
        """What an edition that looked like these tables showed; what it withheld is added to `withheld`."""
        found = {}
        for spec, table in zip(self.plan.tables, map(Written.of, shown), strict=True):
            resource = self.plan.resources[RECORDS]
            multiple = next((n for n in spec.dimensions[1:] if resource.dimensions[n].kind == "multiple"), "")
            for key, value in table.cells.items():
                cell = constraints.cell_of(
                    dict(zip(spec.dimensions, key, strict=True)), spec, resource, self.plan.lists
                )
                if value == WITHHELD and withheld is not None:
                    withheld.add(cell)
                if value != WITHHELD:
                    for measure, number in zip(spec.measures, value.split(":"), strict=True):
                        found[Figure(cell, constraints.measure_of(measure, cell, resource, multiple))] = int(number)
        return found

    def render(self, masked: Masked) -> list[list[str]]:
        """Masked tables as written: the rows that are published, in the order of the text."""
        result = []
        for spec, table in zip(self.plan.tables, self.written, strict=True):
            shown = {
                tuple(str(row[name]) for name in spec.dimensions): WITHHELD
                if row["withheld"]
                else ":".join(str(row[measure]) for measure in spec.measures)
                for row in masked.tables[spec.id].to_dict("records")
            }
            across = list(dict.fromkeys(key[-1] for key in table.cells))
            left = dict.fromkeys(key[:-1] for key in table.cells if key[0] not in table.shadows)
            text = [" ".join([f"{'/'.join(spec.dimensions[:-1])}\\{spec.dimensions[-1]}", *across])]
            text += [" ".join(["/".join(row), *(shown[*row, code] for code in across)]) for row in left]
            result.append(text)
        return result

    def package(self, masked: Masked) -> Package:
        """The edition as any reader sees it, in memory."""
        texts = {language: _Plain(language, {}) for language in self.plan.languages}
        tables = metadata.tables(masked, self.plan)
        codes = metadata.codes(self.plan, self.edition, texts)
        release = metadata.release(self.plan, self.edition, tables, None)
        return Package(self.edition.id, None, {}, release, {table.id: table for table in tables}, codes)


def vintage(then: House, masked: Masked, now: House, months: Collection[str]) -> Vintage:
    """An earlier edition, which showed `masked`, of the months to which records were added until `now`.

    Those who came late are taken to be women who were not there before.
    """
    added = {}
    for spec in then.plan.tables:
        old, new = then.counts.tables[spec.id], now.counts.tables[spec.id]
        both = old.merge(new, on=list(spec.dimensions), suffixes=("_then", ""))
        rest = {
            n: (both[n] - both[f"{n}_then"]).clip(lower=0)
            for n in old.columns
            if n not in (*spec.dimensions, "published")
        }
        added[spec.id] = both[[*spec.dimensions, "published"]].assign(**rest)
    (told,) = structure.told([then.package(masked)])
    found = Vintage(
        RECORDS, then.edition.id, then.edition.cut_off, frozenset(months), then.counts, Counts(added), {}, set()
    )
    touched = {figure: value for figure, value in told.shown.items() if found.touches(figure.cell)}
    return replace(found, shown=touched, withheld={cell for cell in told.withheld if found.touches(cell)})


def seen(*texts: str, **options: Any) -> list[list[str]]:
    """What any reader sees of the given counts; it has also passed the audit, which knows no more than a reader."""
    built = house(*texts, **options)
    masked = built.protect()
    found = auditing.audit([built.package(masked)])
    assert not found.exposures, found.exposures
    return built.render(masked)


class _Plain(Texts):
    def period(self, code: str) -> str:
        return code


def house(
    *texts: str,
    threshold: int = 5,
    sensitive_threshold: int = 10,
    codes: Mapping[str, str] | None = None,
    upper: Mapping[str, str] | None = None,
    multiple: Collection[str] = (),
    free: Collection[str] = (),
    sensitive: Collection[str] = (),
    where: Sequence[Mapping[str, str]] = (),
    priority: Sequence[int] = (),
    first_month: str = "2025-01",
    cut_off: str = "2025-12",
    earlier_cut_offs: Sequence[str] = (),
) -> House:
    """The institute of the given tables. `codes` gives a tree: `a a1<a a2<a`; else lists are flat, as the codes appear.

    multiple: dimensions that are multi-answer; free: those whose «no» is no secret; upper: dimension → the one it continues.
    where, priority: table by table.
    """
    written = tuple(Written.of(text) for text in texts)
    names = list(dict.fromkeys(name for table in written for name in table.dimensions if name != PERIOD))
    persons = any(":" in value for table in written for value in table.cells.values())
    lists = {name: _list(name, (codes or {}).get(name, ""), written) for name in {*names, *(codes or {})}}
    dimensions = {}
    for name, codes_of in lists.items():
        many = name in multiple
        dimensions[name] = Dimension(
            name=name,
            kind="multiple" if many else "hierarchy" if codes_of.parents else "flat",
            codes=name,
            column="" if many else name,
            columns={code: f"{name}_{code}" for code in codes_of.leaves} if many else {},
            answers=MENTIONS if many else "",
            upper=(upper or {}).get(name, ""),
            sensitive=name in sensitive,
            complement="free" if name in free else "protected",
            reason={"es": "Es la respuesta común."} if name in free else {},
        )
    resource = Resource(
        name=RECORDS,
        title={"es": "Atenciones"},
        schema={"fields": []},
        period="mes",
        grain=periods.MONTH,
        rows=SERVICES if persons else WOMEN,
        person="clave" if persons else "",
        persons=WOMEN if persons else "",
        dimensions=dimensions,
    )
    specs = []
    for number, table in enumerate(written):
        many = any(name in multiple for name in table.dimensions)
        first = (MENTIONS,) if many else (SERVICES,)
        levels = {periods.level_of(code) or "" for code in table.codes(PERIOD)}
        specs.append(
            TableSpec(
                id=f"tabla_{number + 1}",
                topic="tema",
                resource=RECORDS,
                title={"es": "Tabla"},
                dimensions=table.dimensions,
                measures=(*first, WOMEN) if persons else (first if many else (WOMEN,)),
                levels=tuple(level for level in periods.LEVELS if level in levels),
                where=where[number] if where else {},
                priority=priority[number] if priority else 1,
            )
        )
    editions = tuple(
        Edition(f"{month[:4]}-T{int(month[5:]) // 3}", month, f"{int(month[:4]) + 1}-01-{day:02d}")
        for day, month in enumerate([*earlier_cut_offs, cut_off], start=1)
    )
    facts: Facts = {
        "languages": ["es"],
        "first_month": first_month,
        "disclosure": {"threshold": threshold, "sensitive_threshold": sensitive_threshold},
        "measures": {name: {"es": name} for name in (SERVICES, WOMEN, MENTIONS)},
    }
    plan = Plan(Path("institute"), facts, lists, {RECORDS: resource}, {}, tuple(specs), editions, {})
    return House(written, plan, editions[-1])


def _list(name: str, tree: str, written: Sequence[Written]) -> CodeList:
    found = dict.fromkeys(code for table in written if name in table.dimensions for code in table.codes(name))
    words = tree.split() or [code for code in found if code != TOTAL]
    codes = []
    for order, word in enumerate(words, start=1):
        code, _, parent = word.partition("<")
        codes.append(Code(code, parent, (), order, {"es": code}))
    return CodeList(name, tuple(codes))
