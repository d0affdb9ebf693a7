"""What editions show when the past was revised: the same cell in several vintages, and what it changed by. Pure.

In: what earlier editions counted and showed of the periods that changed since. Editions between which nothing changed are
one vintage: what either shows is known of both. Out: figures of their own for each vintage and for each change from one
vintage to the next, tied to those of the edition that is being made. Where records only came late nothing falls, and a
woman who is new to a whole has a new record, one who is new to a part has it there. Where records were corrected or
withdrawn, what fell fell: a change is a figure of its own, as large as it is, and goes the way it goes in truth in every
world that is looked for; fewer worlds than a reader sees. Goals: no change of 1..k−1 can be proved, nor any small cell of
an older vintage. A change over several vintages is small only where one of its steps is, and large where one may be.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import NamedTuple

import pandas as pd

from pipeline.confidential.protection.constraints import NEVER, Ties
from pipeline.confidential.protection.containment import REPEATS
from pipeline.institute.plan import PERIOD, Resource
from pipeline.model import periods
from pipeline.model.cells import NOT, OVERLAP, AtMost, Cell, Counts, Cover, Figure, Relation, Sum


@dataclass(frozen=True)
class Vintage:
    """One record type as one or more earlier editions counted it, for the periods that changed since.

    edition, cut_off: of the last of those editions. months: those that changed since. counts: what it counted, with the
    time codes of the new edition. added: the records that the next vintage adds or has no longer, counted alone.
    shown: figures of those periods. withheld: cells of them that were withheld.
    """

    records: str
    edition: str
    cut_off: str
    months: frozenset[str]
    counts: Counts
    added: Counts
    shown: Mapping[Figure, int]
    withheld: Set[Cell]

    def touches(self, cell: Cell) -> bool:
        """Whether a cell can have changed; one of a rest of time always can."""
        if cell.records != self.records:
            return False
        code = cell.code(PERIOD)
        return NOT in code or not self.months.isdisjoint(periods.months_of(code))

    def knew(self, cell: Cell) -> bool:
        """Whether the period of a cell had ended."""
        return periods.months_of(cell.code(PERIOD))[-1] <= self.cut_off

    def name(self, figure: Figure) -> Figure:
        """The figure as this vintage counted it."""
        return Figure(figure.cell.of_vintage(self.edition), figure.measure) if self.touches(figure.cell) else figure


def told_before(frame: pd.DataFrame, codes: Collection[str]) -> pd.DataFrame:
    """Counts of a table that is published no more: the time codes that earlier editions showed of it."""
    return frame[frame[PERIOD].isin(codes)].assign(published=False)


@dataclass(frozen=True, eq=False)
class Stage:
    """A vintage with its figures, their ties, and of each of its cells the threshold, the women, the women who came late."""

    vintage: Vintage
    tied: Ties
    values: Mapping[Figure, int]
    women: Mapping[Cell, int]
    threshold: Mapping[Cell, int]
    late: Mapping[Cell, int]


@dataclass
class Late:
    """What changes of the past add to the system: figures with true values, relations, and what a reader must not prove."""

    values: dict[Figure, int] = field(default_factory=dict)
    relations: list[Relation] = field(default_factory=list)
    shown: set[Figure] = field(default_factory=set)
    lower: dict[Figure, int] = field(default_factory=dict)
    goals: list[tuple[Figure, int]] = field(default_factory=list)
    overlaps: list[tuple[Figure, int]] = field(default_factory=list)
    """Figures that must be able to reach a number, or to be nothing."""
    undetermined: list[Figure] = field(default_factory=list)
    counted: list[Figure] = field(default_factory=list)
    """Figures of older vintages that were counted, not derived."""
    rises: list[dict[Figure, Figure]] = field(default_factory=list)
    """For each stage: figure → what it changed by in the next vintage."""
    shared: set[Cell] = field(default_factory=set)
    """Cells of which all women who were added, or went, have a sensitive trait in common."""


def following(stages: Sequence[Stage], stage: Stage) -> Stage | None:
    """The next vintage of the same record type; None where that is the edition that is being made."""
    own = [other for other in stages if other.vintage.records == stage.vintage.records]
    return next(iter(own[own.index(stage) + 1 :]), None)


def tie(stages: Sequence[Stage], now: Ties, threshold: Mapping[Cell, int], resources: Mapping[str, Resource]) -> Late:
    """Older vintages, oldest first, beside the figures of the new edition."""
    late = Late()
    for stage in stages:
        _add(late, stage, resources)
    for stage in stages:
        after = following(stages, stage)
        newer = _Newer(after.tied, after.vintage.name, after.vintage.edition) if after else _Newer(now, _as_it_is, "")
        _rise(late, stage, newer, threshold, resources[stage.vintage.records])
    return late


class _Newer(NamedTuple):
    """The figures that come after those of a vintage, how they are named, and the edition; empty: the one being made."""

    tied: Ties
    name: Callable[[Figure], Figure]
    edition: str


def _as_it_is(figure: Figure) -> Figure:
    return figure


def _rise(late: Late, stage: Stage, newer: _Newer, threshold: Mapping[Cell, int], resource: Resource) -> None:
    """What the figures of a vintage changed by in the next one."""
    then, vintage, after = stage.tied, stage.vintage, newer.tied
    change = _changes(stage, newer, resource)
    rises = {figure: Figure(figure.cell.of_change(vintage.edition, newer.edition), figure.measure) for figure in change}
    for figure, rise in rises.items():
        late.values[rise] = abs(change[figure])
        ends = [newer.name(figure), vintage.name(figure)]
        more, less = ends if change[figure] >= 0 else ends[::-1]
        late.relations.append(Sum(more, (less, rise)))
        _ask_of_rise(late, figure, rise, then, threshold, resource)
    for figure, rise in rises.items():
        wholes = [resource.rows] if figure.measure == resource.persons else []
        for measure in (*wholes, *resource.within.get(figure.measure, ())):
            whole = Figure(figure.cell, measure)
            if whole in rises and 0 <= change[figure] <= change[whole]:
                late.relations.append(AtMost(rise, rises[whole]))
        rows, total = Figure(figure.cell, resource.rows), Figure(_all_of_its_time(figure.cell), figure.measure)
        most = after.values.get(total, 0)
        if figure.measure in resource.attended and rows in rises and 0 <= change[figure] <= most * change[rows]:
            late.relations.append(AtMost(rise, rises[rows], most))  # where no activity came late, nobody did
    risen = {figure: (rise, change[figure]) for figure, rise in rises.items() if change[figure] >= 0}
    late.relations += [AtMost(*pair) for pair in _no_more_new(after, then, newer.name, risen, resource)]
    for total, outside in then.groups:
        others = after.values.get(outside, 0) - then.values[outside]
        if total in rises and change[total] and change[total] * others <= 0:
            late.shared.add(total.cell)
    late.rises.append(rises)


def _all_of_its_time(cell: Cell) -> Cell:
    return Cell(cell.records).at(PERIOD, cell.code(PERIOD))


def _changes(stage: Stage, newer: _Newer, resource: Resource) -> dict[Figure, int]:
    """Figure that both vintages counted → what it changed by. The women of a rest were counted in neither, nor were those who
    stand in it and elsewhere.
    """
    change: dict[Figure, int] = {}
    for figure, old in stage.tied.values.items():
        rest = figure.measure == resource.persons and any(NOT in code for _, code in figure.cell.where)
        uncounted = rest or figure.measure.startswith(NEVER) or (OVERLAP in figure.measure and NOT in figure.measure)
        if figure in newer.tied.values and stage.vintage.touches(figure.cell) and not uncounted:
            change[figure] = newer.tied.values[figure] - old
    return change


def _ask_of_rise(
    late: Late, figure: Figure, rise: Figure, then: Ties, threshold: Mapping[Cell, int], resource: Resource
) -> None:
    """No change of 1..k−1 people can be proved, nor one of 1..k−1 who stand in several parts."""
    value = late.values[rise]
    least = threshold.get(then.virtual.get(figure, figure.cell), 0)
    people = figure.measure in resource.people or (resource.persons and figure.measure == resource.rows)
    if people and 0 < value < least:
        late.goals.append((rise, least))
    if figure in then.overlaps and value > 0:
        late.overlaps.append((rise, max(threshold.get(part, 0) for part in then.overlaps[figure])))


def _no_more_new(
    after: Ties,
    then: Ties,
    name: Callable[[Figure], Figure],
    risen: Mapping[Figure, tuple[Figure, int]],
    resource: Resource,
) -> Iterator[tuple[Figure, Figure]]:
    """Rises of which one is no larger than the other. A cell has no more new records than one that contains it, nor more
    that are not a woman's first; who is new to a part of a cell, or stands in one more of them, has a new record in it.
    `risen`: figure that did not fall → what it rose by, as a figure and as a number; what was nothing before rose by
    what it is. Where records went as well, only what is true is yielded.
    """
    women, rows = resource.persons or "", resource.rows
    parts = {relation.surplus: relation.parts for relation in after.relations if isinstance(relation, Cover)}

    def rose(figure: Figure) -> tuple[Figure, int] | None:
        counted = (Figure(figure.cell, women), Figure(figure.cell, rows), *parts.get(figure, ()))
        if figure in risen or figure in then.values or figure not in after.values:
            return risen.get(figure)
        known = all(each in then.values or each.measure == rows for each in counted) and counted[0] in risen
        return (name(figure), after.values[figure]) if known else None

    def no_more(one: tuple[Figure, int] | None, other: tuple[Figure, int] | None) -> Iterator[tuple[Figure, Figure]]:
        if one and other and one[1] <= other[1]:
            yield one[0], other[0]

    for relation in after.relations:
        if isinstance(relation, AtMost):
            lesser, greater = relation.lesser, relation.greater
            of_records = lesser.measure in (rows, REPEATS) or lesser in parts
            if of_records and greater.measure in (rows, REPEATS) and not relation.besides:
                yield from no_more(rose(lesser), rose(greater))
            pairs = [(lesser, greater)]
        else:
            pairs = [(part, relation.total) for part in relation.parts]
        for part, whole in pairs:
            if part.measure == whole.measure == women and Figure(part.cell, rows) not in risen:
                yield from no_more(risen.get(part), risen.get(Figure(whole.cell, rows)))


def _add(late: Late, stage: Stage, resources: Mapping[str, Resource]) -> None:
    """The figures of an older vintage, as its edition left them."""
    vintage, tied, resource = stage.vintage, stage.tied, resources[stage.vintage.records]
    told = {figure.cell for figure in vintage.shown}
    for figure, value in tied.values.items():
        named = vintage.name(figure)
        if named == figure:
            continue
        late.values[named] = value
        if figure in stage.values:
            late.counted.append(named)
        if figure in tied.virtual:
            least = stage.threshold[tied.virtual[figure]]
            if 0 < value < least:
                late.goals.append((named, least))
        elif figure in vintage.shown:
            late.shown.add(named)
        elif figure in stage.values:
            _add_hidden(late, stage, figure, resource, told=figure.cell in told)
    for surplus, parts in tied.overlaps.items():
        if vintage.name(surplus) != surplus:
            late.overlaps.append((vintage.name(surplus), max(stage.threshold[part] for part in parts)))
    late.relations += [_renamed(relation, vintage.name) for relation in tied.relations]
    for total, outside in tied.groups:
        if vintage.touches(total.cell) and tied.values[total] and not tied.values[outside]:
            late.goals.append((vintage.name(outside), 1))


def _add_hidden(late: Late, stage: Stage, figure: Figure, resource: Resource, *, told: bool) -> None:
    """A figure that was counted and not shown; `told`: something else of its cell was."""
    cell, value, named = figure.cell, stage.tied.values[figure], stage.vintage.name(figure)
    counted = figure.measure not in resource.sums or figure.measure == resource.women
    late.lower[named] = int(counted and stage.women[cell] > 0)
    if figure.measure == resource.persons and told:  # events that it showed are those of enough women
        late.lower[named] = min(value, stage.threshold[cell])
    if cell in stage.vintage.withheld:
        late.undetermined.append(named)
    if figure.measure in resource.people and 0 < value < stage.threshold[cell]:
        late.goals.append((named, stage.threshold[cell]))


def _renamed(relation: Relation, name: Callable[[Figure], Figure]) -> Relation:
    if isinstance(relation, AtMost):
        return relation.renamed(name)
    return type(relation)(name(relation.total), tuple(map(name, relation.parts)))
