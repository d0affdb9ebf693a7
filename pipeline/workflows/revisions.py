"""What earlier editions told, and so what a new one may count: retired tables, changes of the past, vintages. Reads ledgers.

Published figures stay published. Tables that the plan no longer has are counted on, beside the others, so that nothing
they told is forgotten. Where the records of published periods changed (some came late, were corrected or withdrawn, or
the register has new keys), the changes are held or counted:

- They are held or counted by record type and calendar year, all or none: no published figure spans two years, nor do two
  record types share one, so what is held of one says nothing of another. Years between which a record moved go together.
- A year that is held is counted as the last edition counted it, and what has come since beside it, each record once.
- A change is counted where every published figure changes by nothing or by the threshold at least, or where more figures
  change so than would have to go from the new edition because they change by less; and where protection and audit of all
  editions together then find everybody safe. If not, it is held.
- Where the ledger of the last edition is gone, the records of today are counted if they give what was published.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pipeline.confidential.intake.source_files import PRIVATE
from pipeline.confidential.late_records.compared import Changes
from pipeline.confidential.late_records.hold import Held, Register, Waiting, closed, years_of
from pipeline.confidential.late_records.ledger import FOLDER, Ledger
from pipeline.confidential.private_files import office_copy
from pipeline.confidential.protection.cell_facts import counted, grand_total, values_of
from pipeline.confidential.protection.protect import NOTHING, Before, Told
from pipeline.confidential.protection.vintages import Vintage, told_before
from pipeline.confidential.tabulation.count import Rows
from pipeline.institute.plan import PERIOD, Edition, Plan, Resource, TableSpec
from pipeline.model import periods
from pipeline.model.cells import Cell, Counts, Figure
from pipeline.model.findings import Finding, PipelineError
from pipeline.public.audit.structure import told
from pipeline.public.edition.model import Package

Recount = Callable[[Plan, Mapping[str, Rows]], Counts]
"""Counts the tables of a plan over the given records of each type."""


@dataclass
class Effect:
    """What the changes of one record type and year would do to published figures: how many would change by the threshold
    or more, how many by less, tables of the latter, and whether one of them can never go."""

    large: int = 0
    small: int = 0
    tables: set[str] = field(default_factory=set)
    stuck: bool = False


@dataclass(frozen=True)
class Foretold:
    """What changed of the published periods of a year, whether it waits, and the tables of which a figure would change by
    less than the threshold."""

    records: str
    periods: tuple[str, ...]
    waits: bool
    tables: tuple[str, ...]


@dataclass(frozen=True)
class ReleaseCandidate:
    """What to count: `rows` of each record type. What was told before: `published` figures, and `vintages` where the past
    changed since; `before`: what the editions say of cells. `waiting` and `held`: what is not counted yet, and of which
    years. `last`: there is no other choice."""

    rows: Mapping[str, Rows]
    counts: Counts
    published: Mapping[Figure, int]
    vintages: tuple[Vintage, ...] = ()
    last: bool = True
    before: Before = NOTHING
    changes: Mapping[str, Changes] = field(default_factory=dict)
    held: Held = frozenset()
    waiting: Mapping[str, Waiting] = field(default_factory=dict)
    effects: Mapping[tuple[str, str], Effect] = field(default_factory=dict)

    @property
    def told(self) -> Told:
        return Told(self.published, self.vintages, self.before)

    def foretold(self) -> Iterator[Foretold]:
        """What becomes of what changed of published periods."""
        for each, year in sorted(years_of(self.changes)):
            months = (month for month in self.changes[each].months if periods.year_of(month) == year)
            effect = self.effects.get((each, year), Effect())
            waits = (each, year) in self.held
            yield Foretold(each, tuple(periods.united(months)), waits, tuple(sorted(effect.tables)))


class Revisions:
    """The editions before a new one. `plan` has the tables that were retired since, too."""

    def __init__(
        self,
        plan: Plan,
        edition: Edition,
        earlier: Sequence[Package],
        register: Callable[[Plan], Register],
        recount: Recount,
    ) -> None:
        self.edition, self.earlier, self._recount = edition, earlier, recount
        self.plan, self._codes = _with_retired(plan, earlier)
        self.register = register(self.plan)
        self._told = told(earlier)
        self._shown = {figure: value for each in self._told for figure, value in each.shown.items()}
        thresholds: dict[Cell, int] = {}
        for cell, least in (item for each in self._told for item in each.thresholds.items()):
            thresholds[cell] = max(least, thresholds.get(cell, 0))
        self._cells = Before(frozenset[Cell]().union(*(each.withheld for each in self._told)), thresholds)

    def choices(self, raw: Path, *, again: bool = False) -> Iterator[ReleaseCandidate]:
        """What may be counted, the most first; the last holds every change. Raises PipelineError("disclosure").

        Where changes are not held everything is counted, and protection refuses what would change a figure. An edition
        that is made `again` counts what it counted.
        """
        hold, revised = self.plan.holds_late_records, self._revised()
        if not (hold or revised):
            yield ReleaseCandidate(
                self.register.today, self._tables(self.register.today), self._shown, before=self._cells
            )
            return
        ledgers = [office_copy.ledger(raw, p.edition, str(p.release["cut_off"])) for p in self.earlier]
        self._ledgers = {n: found for n, found in enumerate(ledgers) if found}
        own = office_copy.ledger(raw, self.edition.id, self.edition.cut_off) if again else None
        last = own or (ledgers[-1] if ledgers else None)
        counts = self._tables(self.register.today)
        lost = [p.edition for p, found in zip(self.earlier, ledgers, strict=True) if found is None]
        if last is None or (revised and lost):
            self._refuse_lost(counts, lost, revised=revised)
            yield ReleaseCandidate(self.register.today, counts, self._shown, before=self._cells)
            return
        yield from self._tiers(last, counts, hold=hold, made=own is not None)

    def _tiers(self, last: Ledger, counts: Counts, *, hold: bool, made: bool) -> Iterator[ReleaseCandidate]:
        """What may be counted beside the `last` ledger. An edition that was `made` already is made again as it was."""
        changes = self.register.changes(last, self.register.today)
        every = years_of(changes)
        effects = self._effects(counts, every)
        if not hold and any(effect.small or effect.large for effect in effects.values()):
            raise PipelineError("disclosure", _refused(changes, self.edition))
        tiers = [every if hold else frozenset[tuple[str, str]]()]
        if hold and not made:
            tiers = [*_partly(changes, effects), every]
        for held in dict.fromkeys(tiers):
            yield self._choice(last, changes, held, effects, counts, last_one=held == tiers[-1])

    def _choice(
        self,
        last: Ledger,
        changes: Mapping[str, Changes],
        held: frozenset[tuple[str, str]],
        effects: Mapping[tuple[str, str], Effect],
        counts: Counts,
        *,
        last_one: bool,
    ) -> ReleaseCandidate:
        rows = self.register.taken(changes, held, self.edition.cut_off)
        found = self._tables(rows) if held else counts
        published, vintages = self._before(rows, found)
        self._refuse_other(last, values_of(found, self.plan), published)
        waiting = self.register.waiting(changes, held)
        return ReleaseCandidate(
            rows, found, published, vintages, last_one, self._cells, changes, held, waiting, effects
        )

    def _tables(self, rows: Mapping[str, Rows], only: str = "") -> Counts:
        """Counts of all tables, or of those of one record type. Retired ones keep the time codes that they had."""
        found = dict(self._recount(self.plan.only(only) if only else self.plan, rows).tables)
        for name, codes in self._codes.items():
            if name in found:
                found[name] = told_before(found[name], codes)
        return Counts(found)

    def _revised(self) -> bool:
        """Whether an edition has shown another value of a figure than one before it: the past changed in between."""
        return any(self._shown[figure] != value for each in self._told for figure, value in each.shown.items())

    def _effects(self, counts: Counts, years: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Effect]:
        """What the records of today would do to what is published of some (record type, year) pairs."""
        now, before = counted(counts, self.plan), self._shown
        found = {pair: Effect() for pair in years}
        for figure, (value, threshold) in now.items():
            pair = figure.cell.records, periods.year_of(figure.cell.code(PERIOD))
            if pair not in found or before.get(figure, value) == value:
                continue
            if abs(value - before[figure]) >= threshold:
                found[pair].large += 1
                continue
            found[pair].small += 1
            found[pair].stuck |= grand_total(figure.cell)
            found[pair].tables |= _tables_of(figure.cell, self.plan)
        return found

    def _refuse_lost(self, counts: Counts, lost: Sequence[str], *, revised: bool) -> None:
        """Without the ledger nobody knows what changed; where today's records give what was published, nobody need."""
        now = counted(counts, self.plan)
        changed = {f.cell for f, value in self._shown.items() if f in now and now[f][0] != value}
        if changed or revised:
            told = ", ".join(periods.united(cell.code(PERIOD) for cell in changed))
            where = "/".join((PRIVATE, "{}", FOLDER))
            missing = [Finding.of(where.format(e), "no_ledger", edition=e, periods=told or "–") for e in lost]
            raise PipelineError("disclosure", missing if revised else missing[-1:])

    def _refuse_other(self, ledger: Ledger, values: Mapping[Figure, int], shown: Mapping[Figure, int]) -> None:
        """What a ledger says must give what its edition, and those that counted alike, have shown."""
        wrong = {f.cell.records for f, value in shown.items() if values.get(f, value) != value}
        if wrong:
            where = [f"{ledger.where}/{each}.parquet" for each in sorted(wrong)]
            raise PipelineError(
                "disclosure", [Finding.of(each, "ledger_disagrees", edition=ledger.edition) for each in where]
            )

    def _before(self, rows: Mapping[str, Rows], counts: Counts) -> tuple[dict[Figure, int], tuple[Vintage, ...]]:
        """What the earlier editions told: figures that still hold, and those of periods that changed since.

        Where the ledger of an edition is gone, no published figure changed between it and the next, and it counts alike.
        """
        places = sorted(self._ledgers)
        after: list[Ledger | Mapping[str, Rows]] = [*(self._ledgers[n] for n in places[1:]), rows]
        steps = {n: self.register.changes(self._ledgers[n], then) for n, then in zip(places, after, strict=False)}
        vintages: list[Vintage] = []
        gone: list[set[Figure]] = [set() for _ in self.earlier]
        for each in rows:
            found, months, now = list[Vintage](), frozenset[str](), values_of(counts, self.plan.only(each))
            for n in (n for n in reversed(places) if each in steps[n]):
                one = self._vintage(each, self._ledgers[n], months | steps[n][each].months, steps[n][each])
                then = {
                    f: value for f, value in values_of(one.counts, self.plan.only(each)).items() if one.knew(f.cell)
                }
                if any(now[figure] != value for figure, value in then.items()):  # else keys changed, and no more
                    found, months, now = [one, *found], months | one.months, now | then
            first = 0
            for one in found:
                end = next(n for n in places if self._ledgers[n].edition == one.edition)
                vintages.append(self._shown_by(one, self._ledgers[end], range(first, end + 1), gone))
                first = end + 1
        published = {
            figure: value
            for each_told, changed in zip(self._told, gone, strict=True)
            for figure, value in each_told.shown.items()
            if figure not in changed
        }
        return published, tuple(vintages)

    def _vintage(self, each: str, ledger: Ledger, months: frozenset[str], step: Changes) -> Vintage:
        """One record type as an edition counted it, without what it showed."""
        return Vintage(
            records=each,
            edition=ledger.edition,
            cut_off=ledger.cut_off,
            months=frozenset(month for month in months if month <= ledger.cut_off),
            counts=self._tables({each: self.register.rows(ledger, each)}, only=each),
            added=self._tables({each: self.register.changed(step)}, only=each),
            shown={},
            withheld=frozenset(),
        )

    def _shown_by(
        self, vintage: Vintage, ledger: Ledger, editions: Iterable[int], gone: Sequence[set[Figure]]
    ) -> Vintage:
        """The same with what some editions showed of its months, which is `gone` from what holds still."""
        shown: dict[Figure, int] = {}
        withheld: set[Cell] = set()
        for n in editions:
            touched = {f: value for f, value in self._told[n].shown.items() if vintage.touches(f.cell)}
            shown |= touched
            gone[n] |= touched.keys()
            withheld |= {cell for cell in self._told[n].withheld if vintage.touches(cell)}
        self._refuse_other(ledger, values_of(vintage.counts, self.plan.only(vintage.records)), shown)
        return replace(vintage, shown=shown, withheld=withheld)


def _tables_of(cell: Cell, plan: Plan) -> set[str]:
    """The tables in which a cell stands."""
    names = {name for name, _ in cell.where}
    return {
        table.id.partition("@")[0]
        for table in plan.tables
        if table.resource == cell.records and names <= {*table.dimensions, *table.where}
    }


def _partly(
    changes: Mapping[str, Changes], effects: Mapping[tuple[str, str], Effect]
) -> Iterator[frozenset[tuple[str, str]]]:
    """What may be held of the changes, the least first: what only waiting makes safe, then whatever changes a figure by few."""
    few = {p for p, effect in effects.items() if effect.stuck or (effect.small and effect.small >= effect.large)}
    yield closed(changes, few)
    yield closed(changes, {pair for pair, effect in effects.items() if effect.small})


def _refused(changes: Mapping[str, Changes], edition: Edition) -> list[Finding]:
    return [
        Finding.of(name, "late_records", periods=", ".join(periods.united(told.months)), edition=edition.id)
        for name, told in changes.items()
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
