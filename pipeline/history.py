"""What earlier editions told, and so what a new one may count: retired tables, late records, vintages. Reads ledgers.

Published figures stay published. Tables that the plan no longer has are counted on, beside the others, so that nothing
they told is forgotten. Records that came late, for periods that an earlier edition has published, are held or added:

- They are held or added by record type and calendar year, all or none: no published figure spans two years, nor do two
  record types share one, so what is held of one says nothing of another.
- Those of a year are held where any published figure would rise by less than the threshold, or fall. The rest are added
  if protection and audit of all editions together then find everybody safe; if not, all of them are held.
- What is held counts nowhere: not in its year, nor in its quarter, so everything in an edition adds up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline import periods
from pipeline.cells import Cell, Counts, Figure
from pipeline.confidential import office
from pipeline.confidential.late import Desk, Marked
from pipeline.confidential.protect import NOTHING, Before, counted
from pipeline.confidential.vintages import Vintage, told_before
from pipeline.errors import Finding, PipelineError
from pipeline.plan import PERIOD, Edition, Plan, Resource, TableSpec
from pipeline.public.package import Package
from pipeline.public.shape import told

Recount = Callable[[Plan, Mapping[str, Path]], Counts]
"""Counts the tables of a plan without the records (record type → Parquet of IDs) that are left out."""


@dataclass(frozen=True)
class Choice:
    """What to count: all but the IDs that are `out`; `held` are those among them that came late. What was told before:
    `published` figures, and `vintages` where records were added since; `before`: what the editions say of cells.
    `last`: there is no other choice."""

    out: Mapping[str, Path]
    held: Mapping[str, Marked]
    counts: Counts
    published: Mapping[Figure, int]
    vintages: tuple[Vintage, ...] = ()
    last: bool = True
    before: Before = NOTHING


class History:
    """The editions before a new one. `plan` has the tables that were retired since, too."""

    def __init__(self, plan: Plan, edition: Edition, earlier: Sequence[Package], desk: Desk, recount: Recount) -> None:
        self.edition, self.earlier, self.desk, self._recount = edition, earlier, desk, recount
        self.plan, self._codes = _with_retired(plan, earlier)
        self._told = told(earlier)
        self._shown = {figure: value for each in self._told for figure, value in each.shown.items()}
        thresholds: dict[Cell, int] = {}
        for cell, least in (item for each in self._told for item in each.thresholds.items()):
            thresholds[cell] = max(least, thresholds.get(cell, 0))
        self._cells = Before(frozenset[Cell]().union(*(each.withheld for each in self._told)), thresholds)

    def choices(self, raw: Path, *, again: bool = False) -> Iterator[Choice]:
        """What may be counted, the most first; the last holds every late record. Raises PipelineError("disclosure").

        Where late records are not held everything is counted, and protection refuses what would change a figure. An
        edition that is made `again` counts what it counted.
        """
        hold = self.plan.holds_late_records
        if not hold and not self._revised():
            yield Choice(self.desk.refused, {}, self._count(), self._shown, before=self._cells)
            return
        self._ledgers = [office.ledger(raw, p.edition, str(p.release["cut_off"])) for p in self.earlier]
        again = again and office.has_ledger(raw, self.edition.id)
        last = [office.ledger(raw, self.edition.id, self.edition.cut_off)] if again else self._ledgers[-1:]
        for ledger in last:
            self.desk.refuse_gone(ledger)
        came = self.desk.late(last[0], self.desk.refused) if last else {}
        if came and not again:  # an edition that was made already is made again as it was
            counts = self._count()
            small = self._small(counts)
            if not hold:
                raise PipelineError("disclosure", _refused(came, self.edition))
            held = self.desk.some(came, small)
            if sum(marks.rows for marks in held.values()) < sum(marks.rows for marks in came.values()):
                yield self._choice(held, None if held else counts, last=False)
        yield self._choice(came, None, last=True)

    def _choice(self, held: Mapping[str, Marked], counts: Counts | None, *, last: bool) -> Choice:
        out = self.desk.without(held)
        published, vintages = self._before(held, out)
        return Choice(out, held, counts or self._tables(out), published, vintages, last, self._cells)

    def _count(self, *left_out: Mapping[str, Marked], only: str = "") -> Counts:
        return self._tables(self.desk.without(*left_out), only)

    def _tables(self, out: Mapping[str, Path], only: str = "") -> Counts:
        """Counts of all tables, or of those of one record type. Retired ones keep the time codes that they had."""
        tables = tuple(table for table in self.plan.tables if only in ("", table.resource))
        found = dict(self._recount(replace(self.plan, tables=tables), out).tables)
        for name, codes in self._codes.items():
            if name in found:
                found[name] = told_before(found[name], codes)
        return Counts(found)

    def _revised(self) -> bool:
        """Whether an edition has shown another value of a figure than one before it: records were added in between."""
        return any(self._shown[figure] != value for each in self._told for figure, value in each.shown.items())

    def _small(self, counts: Counts) -> set[tuple[str, str]]:
        """(Record type, year) where a published figure would rise by less than the threshold of its cell, or fall."""
        now, before = counted(counts, self.plan), self._shown
        return {
            (figure.cell.records, periods.year_of(figure.cell.code(PERIOD)))
            for figure, (value, threshold) in now.items()
            if figure in before and value != before[figure] and value - before[figure] < threshold
        }

    def _before(
        self, held: Mapping[str, Marked], out: Mapping[str, Path]
    ) -> tuple[dict[Figure, int], tuple[Vintage, ...]]:
        """What the earlier editions told: figures that still hold, and those of periods that records were added to."""
        since = [self.desk.late(ledger, out) for ledger in self._ledgers]
        vintages: list[Vintage] = []
        gone: list[set[Figure]] = [set() for _ in self.earlier]
        for each in self.desk.keyed:
            ends = [n for n in range(len(since)) if each in since[n] and self._ends(each, since[n : n + 2])]
            first = 0
            for place, end in enumerate(ends):
                marks = since[end][each]
                after = since[ends[place + 1]].get(each) if place + 1 < len(ends) else None
                added = self.desk.added(marks, after) or marks.path
                vintage = Vintage(
                    records=each,
                    edition=self.earlier[end].edition,
                    cut_off=self._ledgers[end].cut_off,
                    months=marks.months,
                    counts=self._count(held, since[end], only=each),
                    added=self._tables({each: self.desk.all_but(each, added)}, each),
                    shown={},
                    withheld=frozenset(),
                )
                mine: dict[Figure, int] = {}
                kept: set[Cell] = set()
                for n in range(first, end + 1):
                    touched = {f: value for f, value in self._told[n].shown.items() if vintage.touches(f.cell)}
                    mine |= touched
                    gone[n] |= touched.keys()
                    kept |= {cell for cell in self._told[n].withheld if vintage.touches(cell)}
                vintages.append(replace(vintage, shown=mine, withheld=kept))
                first = end + 1
        published = {
            figure: value
            for each_told, changed in zip(self._told, gone, strict=True)
            for figure, value in each_told.shown.items()
            if figure not in changed
        }
        return published, tuple(vintages)

    def _ends(self, each: str, since: Sequence[Mapping[str, Marked]]) -> bool:
        """Whether records of a type that came after an edition were added by the next one."""
        return len(since) < 2 or self.desk.added(since[0][each], since[1].get(each)) is not None


def _refused(came: Mapping[str, Marked], edition: Edition) -> list[Finding]:
    return [
        Finding.of(name, "late_records", periods=", ".join(sorted(marks.periods)), edition=edition.id)
        for name, marks in came.items()
    ]


def _with_retired(plan: Plan, earlier: Sequence[Package]) -> tuple[Plan, dict[str, frozenset[str]]]:
    """The plan with tables that earlier editions showed and it has no longer, or in another form; and their time codes.

    Raises PipelineError("disclosure") where the plan no longer knows what such a table counted.
    """
    retired: dict[str, TableSpec] = {}
    codes: dict[str, frozenset[str]] = {}
    findings = []
    for edition in earlier:
        for table in edition.tables.values():
            resource = plan.resources.get(table.records)
            names = {*table.names, *table.where} - {PERIOD}
            if resource is None or not (names <= set(resource.dimensions) and _measured(table.measures, resource)):
                findings.append(Finding.of(f"tables.yaml:{table.id}", "retired_unknown", edition=edition.edition))
                continue
            spec = TableSpec(
                id=f"{table.id}@{edition.edition}",
                topic="",
                resource=table.records,
                title={},
                dimensions=tuple(table.names),
                measures=table.measures,
                levels=table.dimensions[0].levels,
                where=table.where,
                retired=True,
            )
            if not any(_shows(other, spec) for other in plan.tables):
                alike = (known for known in retired.values() if replace(known, id=spec.id) == spec)
                spec = next(alike, spec)
                retired[spec.id] = spec
                codes[spec.id] = codes.get(spec.id, frozenset()) | frozenset(table.frame[PERIOD])
    if findings:
        raise PipelineError("disclosure", findings)
    return replace(plan, tables=(*plan.tables, *retired.values())), codes


def _measured(measures: Iterable[str], resource: Resource) -> bool:
    return set(measures) <= {resource.rows, resource.persons, *resource.sums, *resource.answers}


def _shows(table: TableSpec, other: TableSpec) -> bool:
    """Whether a table shows all that another one does."""
    same = (table.resource, table.dimensions, table.where) == (other.resource, other.dimensions, other.where)
    return same and set(other.levels) <= set(table.levels) and set(other.measures) <= set(table.measures)
