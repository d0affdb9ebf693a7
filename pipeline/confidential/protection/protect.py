"""Counts → Masked: withholds what would let a woman be found. Pure: touches no files.

The domain's half of disclosure control: which cells are too small, which must stay open, what it costs to lose one,
and what must remain possible for a reader. `suppress` then chooses the cells. All tables, all time levels and all
earlier editions are one system (`linked_figures`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from pipeline.confidential.protection import constraints
from pipeline.confidential.protection.cell_facts import Facts, cell_facts, grand_total
from pipeline.confidential.protection.knowers import all_knowers
from pipeline.confidential.protection.linked_figures import (
    Breakdowns,
    Linked,
    linked_figures,
    refuse_revisions,
    shown_cells,
    time_codes,
    unprotectable,
)
from pipeline.confidential.protection.vintages import Vintage
from pipeline.confidential.suppression import suppress
from pipeline.confidential.suppression.problem import Problem, Progress, Unprotectable
from pipeline.institute.plan import PERIOD, Edition, Plan, Resource, TableSpec
from pipeline.model.cells import AtMost, Cell, Counts, Figure, Masked, Sum
from pipeline.model.findings import PipelineError
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


@dataclass(frozen=True)
class Told:
    """What earlier editions told.

    published: every figure that one of them shows; it stays as it is. vintages: those of whose periods records changed since,
    oldest first; their figures of those periods are not in `published`. before: what any of them says of cells.
    """

    published: Mapping[Figure, int] = field(default_factory=dict)
    vintages: Sequence[Vintage] = ()
    before: Before = NOTHING


FIRST = Told()
"""What is told before the first edition."""


def protect(
    counts: Counts,
    plan: Plan,
    edition: Edition,
    told: Told = FIRST,
    effort: str = "normal",
    progress: Progress = lambda met, of: None,
) -> Protection:
    """Withholds cells so that rules 1 to 8 hold for all editions together; `progress` is told of a run that takes long.

    Raises PipelineError("disclosure") when a published figure has changed where no record did, or when there is no safe choice.
    """
    values, cells = cell_facts(counts, plan)
    refuse_revisions(values, told.published, edition)
    _keep_promises(cells, told.before)
    linked = linked_figures(counts, plan, edition, told.vintages, values, cells)
    question = _Question(linked, told.published, told.before, plan)
    try:
        chosen = suppress.suppress(question.problem(), effort=effort, progress=progress)
    except Unprotectable as error:
        at = {question.figures[i].cell for i in error.figures}
        at |= {question.figures[i].cell for i in np.flatnonzero(np.isin(question.group, list(error.groups)))}
        raise PipelineError("disclosure", unprotectable(at, plan, spent=error.spent)) from None
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


def _keep_promises(cells: Mapping[Cell, Facts], before: Before) -> None:
    """Raises the threshold of cells to what an earlier edition promised, of the cell or of one like it in another period."""
    promised: dict[Cell, int] = {}
    for cell, threshold in before.thresholds.items():
        promised[cell.total(PERIOD)] = max(threshold, promised.get(cell.total(PERIOD), 0))
    for cell, own in cells.items():
        alike = 0 if own.shown else promised.get(cell.total(PERIOD), 0)  # what no table ever showed is seen from others
        own.threshold = max(own.threshold, before.thresholds.get(cell, alike))


class _Question:
    """What the engine is asked, in numbers. Figures have a `number`; those that are shown or withheld together, a `group`.

    hidden: groups that no table shows; opened: those that must be shown; primary: those that are withheld because they are
    small; cost: what a reader loses with each. lower: figure → the least that it is in any world.
    """

    def __init__(self, linked: Linked, published: Mapping[Figure, int], before: Before, plan: Plan) -> None:
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
        facts = self._linked.cells[cell]
        listed = figure.measure in facts.measures  # else the women of events that are published alone
        self.hidden[at] = not (listed and facts.shown) and figure not in told
        self.primary[at] |= facts.small and facts.shown and listed
        empty_and_shown = facts.women == 0 and not facts.zero_withheld
        self.opened[at] |= listed and (figure in told or empty_and_shown or grand_total(cell))
        self.cost[at] = facts.cost
        self.lower[figure] = self._least(figure, facts, told=cell in told_cells)
        self._ask(figure, facts, seen=listed and (facts.shown or cell in self._before.withheld))

    def _least(self, figure: Figure, facts: Facts, *, told: bool) -> int:
        """The least that a counted figure is in any world; `told`: an earlier edition shows its cell.

        In every witness somebody is where somebody is in truth, with a record; who is added to nobody has one record
        (`constraints`). Fewer than the worlds that a reader sees, and none in which there is a record without a woman.
        """
        resource = self._plan.resources[figure.cell.records]
        of_events = figure.measure == resource.persons and figure.measure not in facts.measures
        if of_events and (told or (facts.shown and not facts.small)):
            # Events that are shown are those of as many women as the threshold asks for, else they would be withheld. It
            # is so in every witness, of events that are withheld to protect others too: again fewer worlds.
            return min(facts.women, facts.threshold)
        counted = figure.measure not in resource.sums or figure.measure == resource.women
        return int(counted and facts.women > 0)

    def _ask(self, figure: Figure, facts: Facts, *, seen: bool) -> None:
        """What a reader must not prove of a counted figure; `seen`: tables show that there is such a cell."""
        resource, place = self._plan.resources[figure.cell.records], self.number[figure]
        if seen:
            self.undetermined.append(place)
        if figure.measure in resource.people and 0 < self._linked.tied.values[figure] < facts.threshold:
            self.goals.append(Goal(place, facts.threshold))
        elif facts.women == 0 and facts.zero_withheld and seen and figure.measure == resource.threshold_measure:
            self.empty.append(Goal(place, facts.threshold))

    def problem(self) -> Problem:
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
        return Problem(
            system=system(self.figures, [*tied.relations, *late.relations], self.lower),
            value=self.truth,
            group=self.group,
            hidden=self.hidden,
            open=self.opened,
            primary=self.primary,
            cost=self.cost,
            goals=tuple(goals),
            undetermined=np.array(undetermined, dtype=np.int64),
            knowers=all_knowers(linked, number, resources),
            withheld_goals=tuple(self.empty),
            overlaps=tuple(overlaps),
        )


def masked(counts: Counts, plan: Plan, edition: Edition, withheld: Collection[Cell]) -> Masked:
    """What leaves if those cells are withheld, whether or not it is safe."""
    tied = constraints.tie(cell_facts(counts, plan)[0], plan, time_codes(plan, edition))
    return _mask(counts, plan, set(withheld), tied)


def _surely_large(
    tied: constraints.Ties, cells: Mapping[Cell, Facts], opened: Collection[Figure], resources: Mapping[str, Resource]
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


def _refuse_clash(clash: Bools, group: Ints, figures: list[Figure], plan: Plan) -> None:
    if clash.any():
        at = {figure.cell for figure, g in zip(figures, group, strict=True) if clash[g]}
        raise PipelineError("disclosure", unprotectable(at, plan))


def _mask(counts: Counts, plan: Plan, withheld: set[Cell], tied: constraints.Ties) -> Masked:
    tables, adding, known = {}, {}, Breakdowns(tied)
    for table in (table for table in plan.tables if not table.retired):
        frame = counts.tables[table.id]
        frame = frame[frame["published"]].reset_index(drop=True)
        resource = plan.resources[table.resource]
        cells = [row.cell for row in shown_cells(counts, table, resource, plan) if row.published]
        tables[table.id] = _mask_table(frame, table, [cell in withheld for cell in cells])
        found = known.shown(table, cells, resource)
        adding[table.id] = tuple(name for name, each in found.items() if {type(one) for one in each} == {Sum})
    return Masked(tables, {name: plan.table(name).measures for name in tables}, adding)


def _mask_table(frame: pd.DataFrame, table: TableSpec, gone: Sequence[bool]) -> pd.DataFrame:
    masked = frame[list(table.dimensions)].copy()
    marks = pd.Series(gone, dtype="bool")
    for measure in table.measures:
        masked[measure] = frame[measure].astype("Int64").mask(marks)
    masked["withheld"] = marks
    return masked
