"""Counts → Masked: withholds what would let a woman be found. Pure: touches no files.

The domain's half of disclosure control: which cells are too small, which must stay open, what it costs to lose one,
and what must remain possible for a reader. `suppress` then chooses the cells. All tables, all time levels and all
earlier editions are one system.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from pipeline.confidential.protection import constraints, vintages
from pipeline.confidential.protection.loss import Loss
from pipeline.confidential.protection.vintages import Stage, Vintage
from pipeline.confidential.suppression import suppress
from pipeline.institute.plan import PERIOD, Code, CodeList, Edition, Plan, Resource, TableSpec
from pipeline.model import periods
from pipeline.model.cells import NOT, OVERLAP, TOTAL, AtMost, Cell, Counts, Cover, Figure, Masked, Sum
from pipeline.model.disjoint_sets import DisjointSets
from pipeline.model.findings import Finding, PipelineError
from pipeline.optimisation.solver import Bools, Ints
from pipeline.optimisation.worlds import Goal, system


@dataclass(frozen=True)
class Protection:
    """What may leave (`masked`) and what stays in the office: figures, witnesses and the quality of the choice.

    figures: all that were counted, those of older vintages (`records#edition`) too. truth: one value per figure; witnesses: other worlds, one per row.
    """

    masked: Masked
    figures: tuple[Figure, ...]
    truth: Ints
    witnesses: Ints
    primary: int
    complementary: int
    lower_bound: float | None
    cost: float
    method: str

    @property
    def worlds(self) -> dict[Figure, Ints]:
        """Every figure that was counted, in the truth and then in every witness."""
        return dict(zip(self.figures, np.vstack([self.truth, self.witnesses]).T, strict=True))


@dataclass(frozen=True)
class Before:
    """What earlier editions say of cells: which of them some edition withheld, and the highest threshold that each had.
    A threshold that was promised once holds for good.
    """

    withheld: Collection[Cell] = frozenset()
    thresholds: Mapping[Cell, int] = field(default_factory=dict)


NOTHING = Before()
"""No edition came before."""


@dataclass
class _Facts:
    """What is known of one cell over all tables that it stands in."""

    women: int = 0
    people: set[int] = field(default_factory=set)
    threshold: int = 0
    cost: float = 0.0
    measures: set[str] = field(default_factory=set)
    shown: bool = False
    zero_withheld: bool = False

    @property
    def small(self) -> bool:
        return any(0 < count < self.threshold for count in self.people)


def protect(
    counts: Counts,
    plan: Plan,
    edition: Edition,
    published: Mapping[Figure, int] | None = None,
    effort: str = "normal",
    earlier: Sequence[Vintage] = (),
    before: Before = NOTHING,
    progress: suppress.Progress = lambda met, of: None,
) -> Protection:
    """Withholds cells so that rules 1 to 8 hold for all editions together; `progress` is told of a run that takes long.

    `published`: every figure that an earlier edition shows; it stays as it is. `earlier`: editions of whose periods
    records changed since, oldest first; their figures of those periods are not in `published`. `before`: what
    any earlier edition says of cells. Raises
    PipelineError("disclosure") when a published figure has changed otherwise, or when there is no safe choice.
    """
    published = published or {}
    values, cells = _cells(counts, plan)
    _refuse_revisions(values, published, edition)
    _keep_promises(cells, before)
    linked = _linked(counts, plan, edition, earlier, values, cells)
    question = _Question(linked, published, before, plan)
    try:
        chosen = suppress.suppress(question.problem(), effort=effort, progress=progress)
    except suppress.Unprotectable as error:
        at = {question.figures[i].cell for i in error.figures}
        at |= {question.figures[i].cell for i in np.flatnonzero(np.isin(question.group, list(error.groups)))}
        raise PipelineError("disclosure", _unprotectable(at, plan, spent=error.spent)) from None
    kept = [*values, *linked.late.counted]
    places = [question.number[figure] for figure in kept]
    withheld = {cell for cell, facts in cells.items() if facts.shown and chosen.withheld[question.groups[cell]]}
    return Protection(
        masked=_mask(counts, plan, withheld, linked.tied),
        figures=tuple(kept),
        truth=question.truth[places],
        witnesses=chosen.witnesses[:, places],
        primary=int(question.primary.sum()),
        complementary=int((chosen.withheld & ~question.primary).sum()),
        lower_bound=chosen.lower_bound,
        cost=chosen.cost,
        method=chosen.method,
    )


def _keep_promises(cells: Mapping[Cell, _Facts], before: Before) -> None:
    """Raises the threshold of cells to what an earlier edition promised, of the cell or of one like it in another period."""
    promised: dict[Cell, int] = {}
    for cell, threshold in before.thresholds.items():
        promised[cell.total(PERIOD)] = max(threshold, promised.get(cell.total(PERIOD), 0))
    for cell, own in cells.items():
        alike = 0 if own.shown else promised.get(cell.total(PERIOD), 0)  # what no table ever showed is seen from others
        own.threshold = max(own.threshold, before.thresholds.get(cell, alike))


class _Linked(NamedTuple):
    """All figures of an edition and of older vintages, with what ties them.

    values, cells: as counted. tied: constraints of this edition; stages: those of each older vintage; late: what the changes
    between vintages add. least: what an edition said of overlaps → the least that the figure can be.
    """

    values: Mapping[Figure, int]
    cells: Mapping[Cell, _Facts]
    tied: constraints.Ties
    stages: Sequence[Stage]
    late: vintages.Late
    least: Mapping[Figure, int]


def _linked(
    counts: Counts,
    plan: Plan,
    edition: Edition,
    earlier: Sequence[Vintage],
    values: Mapping[Figure, int],
    cells: Mapping[Cell, _Facts],
) -> _Linked:
    """Ties the figures. Raises PipelineError("disclosure") where everybody who came late has one trait in common."""
    time = _time(plan, edition)
    threshold = {cell: facts.threshold for cell, facts in cells.items()}
    tied = constraints.tie(values, plan, time, max(threshold.values(), default=0))
    constraints.add_promised(tied, threshold, plan.resources)
    least = _tell_overlaps(counts, plan, tied, edition, plan.until(edition)[:-1])
    stages = [_stage(vintage, plan, edition, time, threshold) for vintage in earlier]
    for stage in stages:
        then = [each for each in plan.until(edition) if each.cut_off <= stage.vintage.cut_off]
        told_then = _tell_overlaps(stage.vintage.counts, plan, stage.tied, edition, then)
        least |= {stage.vintage.name(figure): number for figure, number in told_then.items()}
    late = vintages.tie(stages, tied, threshold, plan.resources)
    if late.shared:
        raise PipelineError("disclosure", _unprotectable(late.shared, plan))
    return _Linked(values, cells, tied, stages, late, least)


class _Question:
    """What the engine is asked, in numbers. Figures have a `number`; those that are shown or withheld together, a `group`.

    hidden: groups that no table shows; opened: those that must be shown; primary: those that are withheld because they are
    small; cost: what a reader loses with each. lower: figure → the least that it is in any world.
    """

    def __init__(self, linked: _Linked, published: Mapping[Figure, int], before: Before, plan: Plan) -> None:
        self._linked, self._before, self._plan = linked, before, plan
        tied, late = linked.tied, linked.late
        self.figures = list(dict.fromkeys([*tied.values, *late.values]))  # those that were counted come first
        self.number = {figure: i for i, figure in enumerate(self.figures)}
        every = {**late.values, **tied.values}
        self.truth: Ints = np.array([every[figure] for figure in self.figures], dtype=np.int64)
        told = self._told(published)
        self.groups: dict[object, int] = {}
        grouped = [self.groups.setdefault(self._grouped_by(figure, told), len(self.groups)) for figure in self.figures]
        self.group: Ints = np.array(grouped, dtype=np.int64)
        self.hidden = np.zeros(len(self.groups), dtype=bool)
        self.opened, self.primary = self.hidden.copy(), self.hidden.copy()
        self.cost = np.zeros(len(self.groups))
        self.lower: dict[Figure, int] = dict(linked.least)
        self.goals: list[Goal] = []
        self.empty: list[Goal] = []
        self.undetermined: list[int] = []
        told_cells = {figure.cell for figure in told}
        for figure in self.figures:
            if figure not in tied.values:
                at = self.group[self.number[figure]]
                self.hidden[at], self.opened[at] = figure not in late.shown, figure in late.shown
                self.lower[figure] = max(late.lower.get(figure, 0), linked.least.get(figure, 0))
            elif figure.cell not in linked.cells or figure not in linked.values:
                self._add_derived(figure)
            else:
                self._add_counted(figure, told, told_cells)
        _refuse_clash(self.primary & self.opened, self.group, self.figures, plan)

    def _grouped_by(self, figure: Figure, told: Collection[Figure]) -> object:
        """The figures of one cell that tables show stand and fall together; any other figure is by itself, as is what no
        edition told of a cell that is shown no more.
        """
        facts = self._linked.cells.get(figure.cell) if figure in self._linked.values else None
        together = facts and figure.measure in facts.measures and (facts.shown or figure in told)
        return figure.cell if together else figure

    def _told(self, published: Mapping[Figure, int]) -> set[Figure]:
        """What an earlier edition shows and so stays open; a figure that changed by less than its threshold does not."""
        late, cells = self._linked.late, self._linked.cells
        return published.keys() | {
            figure
            for stage, rises in zip(self._linked.stages, late.rises, strict=True)
            for figure in stage.vintage.shown
            if figure not in rises or not 0 < late.values[rises[figure]] < cells[figure.cell].threshold
        }

    def _add_derived(self, figure: Figure) -> None:
        """A figure that no table counts, such as what is left of a sum."""
        tied = self._linked.tied
        self.hidden[self.group[self.number[figure]]] = True
        if figure in tied.virtual:
            threshold = self._linked.cells[tied.virtual[figure]].threshold
            if 0 < tied.values[figure] < threshold:
                self.goals.append(Goal(self.number[figure], threshold))

    def _add_counted(self, figure: Figure, told: Collection[Figure], told_cells: Collection[Cell]) -> None:
        cell, at = figure.cell, self.group[self.number[figure]]
        facts, resource = self._linked.cells[cell], self._plan.resources[cell.records]
        listed = figure.measure in facts.measures  # else the women of events that are published alone
        self.hidden[at] = not (listed and facts.shown) and figure not in told
        self.primary[at] |= facts.small and facts.shown and listed
        empty_and_shown = facts.women == 0 and not facts.zero_withheld
        self.opened[at] |= listed and (figure in told or empty_and_shown or grand_total(cell))
        self.cost[at] = facts.cost
        counted = figure.measure not in resource.sums or figure.measure == resource.women
        seen = listed and (facts.shown or cell in self._before.withheld)
        # In every witness somebody is where somebody is in truth, with a record; who is added to nobody has one record
        # (`constraints`). Fewer than the worlds that a reader sees, and none in which there is a record without a woman.
        self.lower[figure] = int(counted and facts.women > 0)
        if (
            not listed
            and figure.measure == resource.persons
            and (cell in told_cells or (facts.shown and not facts.small))
        ):
            # Events that are shown are those of as many women as the threshold asks for, else they would be withheld. It
            # is so in every witness, of events that are withheld to protect others too: again fewer worlds.
            self.lower[figure] = min(facts.women, facts.threshold)
        if seen:
            self.undetermined.append(self.number[figure])
        if figure.measure in resource.people and 0 < self._linked.tied.values[figure] < facts.threshold:
            self.goals.append(Goal(self.number[figure], facts.threshold))
        elif facts.women == 0 and facts.zero_withheld and seen and figure.measure == resource.threshold_measure:
            self.empty.append(Goal(self.number[figure], facts.threshold))

    def problem(self) -> suppress.Problem:
        """The numbers for the engine, with what must remain possible over all figures together."""
        linked, number = self._linked, self.number
        tied, late, resources = linked.tied, linked.late, self._plan.resources
        overlaps = [
            Goal(number[surplus], max(linked.cells[part].threshold for part in parts))
            for surplus, parts in tied.overlaps.items()
        ]
        overlaps += [Goal(number[figure], least) for figure, least in late.overlaps]
        goals = list(self.goals)
        for total, outside in tied.groups:
            if tied.values[total] and not tied.values[outside]:
                goals.append(Goal(number[outside], 1))
        goals += [Goal(number[figure], least) for figure, least in late.goals]
        opened = {figure for figure in linked.values if self.opened[self.group[number[figure]]]}
        large = _surely_large(tied, linked.cells, opened, resources)
        undetermined = [place for place in self.undetermined if self.figures[place].cell not in large]
        undetermined += [number[figure] for figure in late.undetermined]
        return suppress.Problem(
            system=system(self.figures, [*tied.relations, *late.relations], self.lower),
            value=self.truth,
            group=self.group,
            hidden=self.hidden,
            open=self.opened,
            primary=self.primary,
            cost=self.cost,
            goals=tuple(goals),
            undetermined=np.array(undetermined, dtype=np.int64),
            knowers=_all_knowers(linked, number, resources),
            withheld_goals=tuple(self.empty),
            overlaps=tuple(overlaps),
        )


def counted(counts: Counts, plan: Plan) -> dict[Figure, tuple[int, int]]:
    """Every figure that was counted: its value and the threshold of its cell."""
    values, cells = _cells(counts, plan)
    return {figure: (value, cells[figure.cell].threshold) for figure, value in values.items()}


def values_of(counts: Counts, plan: Plan) -> dict[Figure, int]:
    """Every figure that was counted."""
    return _cells(counts, plan)[0]


def masked(counts: Counts, plan: Plan, edition: Edition, withheld: Collection[Cell]) -> Masked:
    """What leaves if those cells are withheld, whether or not it is safe."""
    tied = constraints.tie(_cells(counts, plan)[0], plan, _time(plan, edition))
    return _mask(counts, plan, set(withheld), tied)


def _stage(vintage: Vintage, plan: Plan, edition: Edition, time: CodeList, promised: Mapping[Cell, int]) -> Stage:
    """What an earlier edition counted, with its ties. Its figures must be what its records give. `promised`: cell → the
    threshold that it has in the new edition.
    """
    plan = replace(plan, tables=tuple(table for table in plan.tables if table.id in vintage.counts.tables))
    values, cells = _cells(vintage.counts, plan)
    values = {figure: value for figure, value in values.items() if vintage.knew(figure.cell)}
    _refuse_revisions(values, vintage.shown, edition)
    women = {cell: facts.women for cell, facts in cells.items() if vintage.knew(cell)}
    threshold = {cell: max(facts.threshold, promised.get(cell, 0)) for cell, facts in cells.items()}
    late = {cell: facts.women for cell, facts in _cells(vintage.added, plan)[1].items()}
    tied = constraints.tie(values, plan, time, max(promised.values(), default=0))
    constraints.add_promised(tied, threshold, plan.resources)
    return Stage(vintage, tied, values, women, threshold, late)


def _tell_overlaps(
    counts: Counts, plan: Plan, tied: constraints.Ties, edition: Edition, earlier: Sequence[Edition]
) -> dict[Figure, int]:
    """An edition tells along which dimensions of a table women do not add up: somebody stands in several parts there.

    Adds, for each table and dimension and each edition, the figure of how many do to `tied`; returns the least that each
    may be.
    """
    least: dict[Figure, int] = {}
    tables = [table for table in plan.tables if table.id in counts.tables]
    for table in (table for table in tables if plan.resources[table.resource].persons in table.measures):
        resource = plan.resources[table.resource]
        for each in (*earlier, edition):
            shown = _shown_cells(counts, table, resource, plan, each if each != edition else None)
            for name, found in _breakdowns(table, shown, resource, tied).items():
                surpluses = tuple(breakdown.surplus for breakdown in found if isinstance(breakdown, Cover))
                if surpluses:
                    cell = Cell(resource.name).at(PERIOD, NOT)
                    told = Figure(cell, f"{resource.persons}{OVERLAP}{each.id} {table.id} {name}")
                    tied.values[told] = sum(tied.values[surplus] for surplus in surpluses)
                    tied.relations.append(Sum(told, surpluses))
                    least[told] = 1
    return least


def _surely_large(
    tied: constraints.Ties, cells: Mapping[Cell, _Facts], opened: Collection[Figure], resources: Mapping[str, Resource]
) -> set[Cell]:
    """Cells that a reader knows to reach their threshold by what is published in any case: a quarter that is what a
    year has more than the year to date. Were they withheld, what is exact of them would tell of no small group (rule 4).
    """
    found: set[Cell] = set()
    for relation in tied.relations:
        if isinstance(relation, AtMost) or relation.total not in opened:
            continue
        left = [part for part in relation.parts if part not in opened]
        if len(left) == 1 and left[0].cell in cells and left[0].measure == resources[left[0].cell.records].persons:
            others = sum(tied.values[part] for part in relation.parts if part in opened)
            if tied.values[relation.total] - others >= cells[left[0].cell].threshold:
                found.add(left[0].cell)
    return found


_Own = Cell | Figure
"""A cell that counts one woman alone, or a figure that counts one woman in a cell that counts others too."""
_Mark = tuple[Stage | None, _Own]
"""The same in a vintage (None: the new edition)."""


def _all_knowers(
    linked: _Linked, number: Mapping[Figure, int], resources: Mapping[str, Resource]
) -> tuple[tuple[int, ...], ...]:
    """Who is alone in a cell of some vintage, or alone came late to one; so is the only woman where others count too.

    Alone in a cell of two successive vintages, or alone among those who came late and alone in the cell then, she is
    the same woman.
    """

    stages, late = linked.stages, linked.late

    def only(women: Iterable[tuple[Cell, int]], counted: Mapping[Figure, int]) -> set[_Own]:
        within = (f for f, value in counted.items() if value == 1 and f.measure in resources[f.cell.records].people[1:])
        return {*(cell for cell, count in women if count == 1), *within}

    alone: dict[Stage | None, set[_Own]] = {
        None: only(((cell, f.women) for cell, f in linked.cells.items()), linked.values)
    }
    alone |= {stage: only(stage.women.items(), stage.values) for stage in stages}
    found: list[tuple[set[_Mark], set[int]]] = []
    for own, known in _knowers(alone[None], linked.values, linked.tied, number):
        found.append(({(None, one) for one in own}, known))
    for stage, rises in zip(stages, late.rises, strict=True):
        after = vintages.following(stages, stage)
        named = {figure: number[stage.vintage.name(figure)] for figure in stage.tied.values}
        for own, known in _knowers(alone[stage], stage.values, stage.tied, named):
            marks: set[_Mark] = {(stage, one) for one in own}
            found.append((marks | {(after, one) for one in own & alone[after]}, known))
        counted = {figure: late.values[rise] for figure, rise in rises.items() if figure in stage.values}
        new = only(((figure.cell, stage.late.get(figure.cell, 0)) for figure in counted), counted)
        sums = [relation for relation in stage.tied.relations if isinstance(relation, Sum)]
        rose = constraints.Ties(counted, [sum_ for sum_ in sums if {sum_.total, *sum_.parts} <= rises.keys()])
        for own, known in _knowers(new, counted, rose, {figure: number[rise] for figure, rise in rises.items()}):
            found.append(({(after, one) for one in own & alone[after]}, known))
    women: list[tuple[set[_Mark], set[int]]] = []
    for marks, known in found:
        same = [woman for woman in women if not woman[0].isdisjoint(marks)] if stages else []
        women = [woman for woman in women if woman not in same]
        women.append((marks.union(*(m for m, _ in same)), known.union(*(k for _, k in same))))
    return tuple(dict.fromkeys(tuple(sorted(known)) for _, known in women))


def _cells(counts: Counts, plan: Plan) -> tuple[dict[Figure, int], dict[Cell, _Facts]]:
    """Every figure once, and what is known of every cell."""
    values: dict[Figure, int] = {}
    cells: dict[Cell, _Facts] = {}
    loss = Loss(plan)
    for table in plan.tables:
        resource, threshold = plan.resources[table.resource], plan.threshold(table)
        multiple = next((n for n in table.dimensions[1:] if resource.dimensions[n].kind == "multiple"), "")
        sensitive = [name for name in table.dimensions if name != PERIOD and resource.dimensions[name].sensitive]
        for row in counts.tables[table.id].to_dict("records"):
            codes = {name: str(row[name]) for name in table.dimensions}
            cell = constraints.cell_of(codes, table, resource, plan.lists)
            facts = cells.setdefault(cell, _Facts())
            facts.women = int(row["women"])
            facts.people |= {facts.women, *(int(row[measure]) for measure in resource.people if measure in row)}
            facts.threshold = max(facts.threshold, threshold)
            facts.shown |= bool(row["published"])
            facts.zero_withheld |= any(row[name] != TOTAL for name in sensitive)
            facts.cost = max(facts.cost, loss.of(table, codes, facts.women))
            facts.measures |= {constraints.measure_of(measure, cell, resource, multiple) for measure in table.measures}
            for measure in table.measures:
                figure = Figure(cell, constraints.measure_of(measure, cell, resource, multiple))
                if values.setdefault(figure, int(row[measure])) != row[measure]:
                    raise AssertionError(f"two tables count {figure.measure} of one cell differently")
            if resource.rows in row:  # where answers alone are published, a reader knows that records gave them
                values.setdefault(Figure(cell, resource.rows), int(row[resource.rows]))
    for cell, facts in cells.items():  # and where events alone are, that women made them
        if (resource := plan.resources[cell.records]).persons and Figure(cell, resource.rows) in values:
            values.setdefault(Figure(cell, resource.persons), facts.women)
    return values, cells


def _knowers(
    alone: Collection[_Own], values: Mapping[Figure, int], tied: constraints.Ties, number: Mapping[Figure, int]
) -> list[tuple[set[_Own], set[int]]]:
    """For every woman who is alone in some cell, what is hers and the figures that she knows as they count only her."""
    sets = DisjointSets(alone)
    for relation in tied.relations:
        if not isinstance(relation, AtMost):
            for part in relation.parts:  # one woman in the whole and one in the part: it is she
                sets.union([relation.total.cell, part.cell])
                sets.union([relation.total, part])
    known: dict[_Own, list[int]] = {}

    def learn(figure: Figure, what: Iterable[int]) -> None:
        """Whoever is alone in the cell of a figure, or alone counted by it."""
        for one in (figure.cell, figure):
            if one in alone:
                known.setdefault(sets.find(one), []).extend(what)

    for one in alone:
        if isinstance(one, Figure):
            sets.union([one.cell, one])
    for figure in values:
        learn(figure, [number[figure]])
    for relation in tied.relations:
        if isinstance(relation, AtMost):
            continue
        if isinstance(relation, Sum):
            # What is left over where she is alone is hers as well.
            learn(relation.total, [number[part] for part in relation.parts if part not in values])
        some = [part for part in relation.parts if tied.values.get(part)]
        if len(some) == 2:
            for part, other in (some, some[::-1]):
                # Whoever is not in the one part can only be in the other, where she is alone.
                left = number.get(constraints.outside(relation.total, part))
                if left is not None:
                    learn(other, [left])
    own: dict[_Own, set[_Own]] = {}
    for one in alone:
        own.setdefault(sets.find(one), set()).add(one)
    return [(own[one], set(figures)) for one, figures in known.items()]


def _time(plan: Plan, edition: Edition) -> CodeList:
    """The time codes of this edition and those that only earlier ones had."""
    codes = {code.code: code for code in plan.periods(edition).codes}
    for earlier in plan.until(edition)[:-1]:
        for code in plan.periods(earlier).codes:
            codes.setdefault(code.code, Code(code.code, "", code.parts, code.order, code.labels))
    return CodeList(PERIOD, tuple(codes.values()))


def grand_total(cell: Cell) -> bool:
    """A year, or year to date, of a record type as a whole."""
    return all(name == PERIOD for name, _ in cell.where) and periods.level_of(cell.code(PERIOD)) in (
        periods.YEAR,
        periods.TO_DATE,
    )


def _refuse_revisions(values: Mapping[Figure, int], published: Mapping[Figure, int], edition: Edition) -> None:
    """A figure that changes after it was published shows the difference, which may be one woman."""
    changed = {f for f, value in published.items() if f in values and values[f] != value}
    by_resource: dict[str, set[str]] = {}
    for figure in changed:
        by_resource.setdefault(figure.cell.records, set()).add(figure.cell.code(PERIOD))
    if by_resource:
        raise PipelineError(
            "disclosure",
            [
                Finding.of(name, "late_records", periods=", ".join(sorted(codes)), edition=edition.id)
                for name, codes in by_resource.items()
            ],
        )


def _refuse_clash(clash: Bools, group: Ints, figures: list[Figure], plan: Plan) -> None:
    if clash.any():
        at = {figure.cell for figure, g in zip(figures, group, strict=True) if clash[g]}
        raise PipelineError("disclosure", _unprotectable(at, plan))


def _unprotectable(cells: set[Cell], plan: Plan, *, spent: bool = False) -> list[Finding]:
    """Names the tables and what may help, never the cells: which cell is too small is a secret even in a message.

    Where a total over everything is the matter, it is its time levels that give it away, one less another. `spent`: no safe
    way was found, which is not to say that there is none.
    """
    found: dict[bool, set[Finding]] = {False: set(), True: set()}
    for cell in (cell.plain for cell in cells):
        names = {name for name, _ in cell.where if name != PERIOD}
        level = periods.level_of(cell.code(PERIOD))
        for table in plan.tables:
            reach = {*table.dimensions, *table.where}
            reach |= {plan.resources[table.resource].dimensions[n].upper for n in reach if n != PERIOD} - {""}
            if table.resource != cell.records or not names <= reach:
                continue
            here = f"tables.yaml:{table.id}"
            if spent:
                found[table.retired].add(Finding.of(here, "unprotectable_unknown", table=table.id))
            elif names:
                found[table.retired].add(Finding.of(here, "unprotectable", table=table.id))
            elif level is None or level in table.levels or periods.TO_DATE in table.levels:
                levels = ", ".join(table.levels)
                found[table.retired].add(Finding.of(here, "unprotectable_total", levels=levels, table=table.id))
    return sorted(found[False] or found[True])


def _mask(counts: Counts, plan: Plan, withheld: set[Cell], tied: constraints.Ties) -> Masked:
    tables, adding = {}, {}
    for table in (table for table in plan.tables if not table.retired):
        frame = counts.tables[table.id]
        frame = frame[frame["published"]].reset_index(drop=True)
        resource = plan.resources[table.resource]
        cells = _shown_cells(counts, table, resource, plan)
        tables[table.id] = _mask_table(frame, table, [cell in withheld for cell in cells])
        found = _breakdowns(table, cells, resource, tied)
        adding[table.id] = tuple(name for name, each in found.items() if {type(one) for one in each} == {Sum})
    return Masked(tables, {name: plan.table(name).measures for name in tables}, adding)


def _mask_table(frame: pd.DataFrame, table: TableSpec, gone: Sequence[bool]) -> pd.DataFrame:
    masked = frame[list(table.dimensions)].copy()
    marks = pd.Series(gone, dtype="bool")
    for measure in table.measures:
        masked[measure] = frame[measure].astype("Int64").mask(marks)
    masked["withheld"] = marks
    return masked


def _shown_cells(
    counts: Counts, table: TableSpec, resource: Resource, plan: Plan, edition: Edition | None = None
) -> list[Cell]:
    """The cells of the rows that are published of a table, in their order; or that an earlier edition published."""
    frame = counts.tables[table.id]
    codes = {c.code for c in plan.periods(edition).codes if periods.level_of(c.code) in table.levels} if edition else ()
    rows = frame[frame[PERIOD].isin(codes) if edition else frame["published"]]
    return [
        constraints.cell_of({name: str(row[name]) for name in table.dimensions}, table, resource, plan.lists)
        for row in rows.to_dict("records")
    ]


def _breakdowns(
    table: TableSpec, cells: Sequence[Cell], resource: Resource, tied: constraints.Ties
) -> dict[str, list[Sum | Cover]]:
    """Dimension of a table → how its rows break women down by it."""
    shown, found = set(cells), dict[str, list[Sum | Cover]]()
    for name in table.dimensions:
        names = {name, resource.dimensions[name].upper if name != PERIOD else name}
        found[name] = [
            breakdown
            for breakdown in tied.breakdowns
            if breakdown.total.cell in shown
            and all(part.cell in shown for part in breakdown.parts)
            and not names.isdisjoint(
                n for part in breakdown.parts for n, _ in part.cell.where - breakdown.total.cell.where
            )
        ]
    return found
