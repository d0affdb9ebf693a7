"""Who knows some figures exactly because they count her alone: a woman alone in a cell, in one vintage or in several. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from pipeline.confidential.protection import constraints, vintages
from pipeline.confidential.protection.linked_figures import Linked
from pipeline.confidential.protection.vintages import Stage
from pipeline.institute.plan import Resource
from pipeline.model.cells import AtMost, Cell, Figure, Sum
from pipeline.model.disjoint_sets import DisjointSets

_Own = Cell | Figure
"""A cell that counts one woman alone, or a figure that counts one woman in a cell that counts others too."""
_Mark = tuple[Stage | None, _Own]
"""The same in a vintage (None: the new edition)."""
_Found = tuple[set[_Own], set[int]]
"""What is one woman's, and the figures that she knows."""
_Woman = tuple[set[_Mark], set[int]]
"""The same over several vintages."""


def all_knowers(
    linked: Linked, number: Mapping[Figure, int], resources: Mapping[str, Resource]
) -> tuple[tuple[int, ...], ...]:
    """Who is alone in a cell of some vintage, or alone came late to one; so is the only woman where others count too.

    Alone in a cell of two successive vintages, or alone among those who came late and alone in the cell then, she is
    the same woman. `number`: of a figure.
    """
    among = _Alone(linked, number, resources)
    found = [*among.now()]
    for stage, rises in zip(linked.stages, linked.late.rises, strict=True):
        found += [*among.then(stage), *among.new(stage, rises)]
    women = _united(found) if linked.stages else found
    return tuple(dict.fromkeys(tuple(sorted(known)) for _, known in women))


class _Alone:
    """Who is alone in some cell of each vintage."""

    def __init__(self, linked: Linked, number: Mapping[Figure, int], resources: Mapping[str, Resource]) -> None:
        self.linked, self.number, self.resources = linked, number, resources
        women = ((cell, facts.women) for cell, facts in linked.cells.items())
        self.alone: dict[Stage | None, set[_Own]] = {None: self._only(women, linked.values)}
        self.alone |= {stage: self._only(stage.women.items(), stage.values) for stage in linked.stages}

    def _only(self, women: Iterable[tuple[Cell, int]], counted: Mapping[Figure, int]) -> set[_Own]:
        people = ((f, value, self.resources[f.cell.records].people[1:]) for f, value in counted.items())
        within = (f for f, value, further in people if value == 1 and f.measure in further)
        return {*(cell for cell, count in women if count == 1), *within}

    def now(self) -> Iterator[_Woman]:
        """In the edition that is being made."""
        for own, known in _knowers(self.alone[None], self.linked.values, self.linked.tied, self.number):
            yield {(None, one) for one in own}, known

    def then(self, stage: Stage) -> Iterator[_Woman]:
        """In an older vintage; where she is alone in the next one too, it is she."""
        after = vintages.following(self.linked.stages, stage)
        named = {figure: self.number[stage.vintage.name(figure)] for figure in stage.tied.values}
        for own, known in _knowers(self.alone[stage], stage.values, stage.tied, named):
            marks: set[_Mark] = {(stage, one) for one in own}
            yield marks | {(after, one) for one in own & self.alone[after]}, known

    def new(self, stage: Stage, rises: Mapping[Figure, Figure]) -> Iterator[_Woman]:
        """Among those who came late after a vintage."""
        after = vintages.following(self.linked.stages, stage)
        counted = {figure: self.linked.late.values[rise] for figure, rise in rises.items() if figure in stage.values}
        new = self._only(((figure.cell, stage.late.get(figure.cell, 0)) for figure in counted), counted)
        sums = [relation for relation in stage.tied.relations if isinstance(relation, Sum)]
        rose = constraints.Ties(counted, [sum_ for sum_ in sums if {sum_.total, *sum_.parts} <= rises.keys()])
        for own, known in _knowers(new, counted, rose, {figure: self.number[rise] for figure, rise in rises.items()}):
            yield {(after, one) for one in own & self.alone[after]}, known


def _united(found: Iterable[_Woman]) -> list[_Woman]:
    """One woman for all that have a mark in common."""
    women: list[_Woman] = []
    for marks, known in found:
        same = [woman for woman in women if not woman[0].isdisjoint(marks)]
        women = [woman for woman in women if woman not in same]
        women.append((marks.union(*(m for m, _ in same)), known.union(*(k for _, k in same))))
    return women


def _knowers(
    alone: Collection[_Own], values: Mapping[Figure, int], tied: constraints.Ties, number: Mapping[Figure, int]
) -> list[_Found]:
    """For every woman who is alone in some cell, what is hers and the figures that she knows as they count only her."""
    sets = _women(alone, tied)
    known: dict[_Own, list[int]] = {}

    def learn(figure: Figure, what: Iterable[int]) -> None:
        """Whoever is alone in the cell of a figure, or alone counted by it."""
        for one in (figure.cell, figure):
            if one in alone:
                known.setdefault(sets.find(one), []).extend(what)

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


def _women(alone: Collection[_Own], tied: constraints.Ties) -> DisjointSets[_Own]:
    """Which cells and figures count the same woman: one in the whole and one in the part is she."""
    sets = DisjointSets(alone)
    for relation in tied.relations:
        if not isinstance(relation, AtMost):
            for part in relation.parts:
                sets.union([relation.total.cell, part.cell])
                sets.union([relation.total, part])
    for one in alone:
        if isinstance(one, Figure):
            sets.union([one.cell, one])
    return sets
