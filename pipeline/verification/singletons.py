"""Women who are alone in a cell, and what each of them knows because of it (rule 3). By comparison alone: no solver.

In: the evidence of an edition. Out: every woman who is the only one in a cell of some vintage, who is the only woman in a
cell that counts others too, or whose record alone came late to a cell; with the figures that she knows in every world.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from pipeline.model.cells import NOT, AtMost, Cell, Figure, Sum
from pipeline.model.disjoint_sets import DisjointSets
from pipeline.public.audit.linked_editions import Joint
from pipeline.verification.evidence import Evidence

Own = Cell | Figure
"""A cell that counts one woman alone, or a figure of the women within a cell that counts one."""


@dataclass
class Singleton:
    """A woman who is alone somewhere. `cells` and `hers` count nobody but her; of `knows` she knows the value in every
    world."""

    cells: set[Cell] = field(default_factory=set)
    hers: set[Figure] = field(default_factory=set)
    knows: set[Figure] = field(default_factory=set)

    def owns(self, figure: Figure) -> bool:
        """Whether a figure counts nobody but her."""
        return figure in self.hers or figure.cell in self.cells


def singletons(evidence: Evidence) -> Iterable[Singleton]:
    """Every woman who is alone somewhere. A figure that the office did not count identifies nobody."""
    shapes, published = evidence.published.shapes, evidence.published
    counted = [figure for figure in evidence.counted if figure.cell.plain.records in shapes]
    late = [figure for figure in evidence.value if figure.cell.change and not _rest(figure.cell)]
    own = _alone(evidence, counted, [f for f in counted if f == published.women(f.cell)])
    came = _alone(evidence, late, [f for f in late if f.measure == shapes[f.cell.plain.records].rows])
    same = _same_woman(evidence.joint, own, came)
    found: dict[Own, Singleton] = defaultdict(Singleton)
    for one in (*own, *came):
        if isinstance(one, Cell):
            found[same.find(one)].cells.add(one)
        else:
            found[same.find(one)].hers.add(one)
    for figure in (*counted, *late):
        for one in (figure.cell, figure):
            if one in own or one in came:
                found[same.find(one)].knows.add(figure)
    _add_what_is_left(evidence, own, same, found)
    return found.values()


def _alone(evidence: Evidence, figures: Sequence[Figure], heads: Sequence[Figure]) -> set[Own]:
    """The cells of which the figure that counts heads is 1 in truth, and the figures of women within that are 1."""
    shapes, value = evidence.published.shapes, evidence.value
    found: set[Own] = {figure.cell for figure in heads if value[figure][0] == 1}
    within = (f for f in figures if f.measure in shapes[f.cell.plain.records].people[1:])
    found.update(f for f in within if value[f][0] == 1)
    return found


def _add_what_is_left(evidence: Evidence, own: set[Own], same: DisjointSets[Own], found: dict[Own, Singleton]) -> None:
    """Adds what a woman knows of the sums that she stands in: all parts of a whole that is herself; and of a whole of two
    groups, one of which is herself, the other one."""
    value = evidence.value
    relations = [relation for relation in evidence.relations if not isinstance(relation, AtMost)]
    rest: dict[tuple[Figure, Figure], set[Figure]] = defaultdict(set)  # two axes may name one difference
    for relation in relations:
        if isinstance(relation, Sum) and len(relation.parts) == 2:
            rest[relation.total, relation.parts[0]].add(relation.parts[1])
    for relation in relations:
        for one in own.intersection((relation.total.cell, relation.total)):
            found[same.find(one)].hers.update(relation.parts)
        some = [part for part in relation.parts if value[part][0]]
        for part, other in (some, some[::-1]) if len(some) == 2 else ():
            for one in own.intersection((other.cell, other)):  # who is not in the one part is in the other, alone
                woman = found[same.find(one)]
                woman.knows |= rest[relation.total, part]
                woman.hers |= rest[relation.total, part]


def _same_woman(joint: Joint, own: set[Own], came: set[Own]) -> DisjointSets[Own]:
    """What must count the same woman: where there is one in a whole and one in a part of it, they are the same."""
    sets = DisjointSets([*own, *came])

    def join(whole: Figure, parts: Iterable[Figure]) -> None:
        for part in parts:
            sets.union([whole.cell, part.cell])
            sets.union([whole, part])

    for relation in joint.structure.relations:
        if not isinstance(relation, AtMost):
            join(relation.total, relation.parts)
    for shape, older, newer in joint.pairs():
        for relation in joint.stages[shape.records][newer].relations:
            if not isinstance(relation, AtMost):
                join(joint.rise(relation.total, older, newer), (joint.rise(f, older, newer) for f in relation.parts))
    vintages: dict[tuple[Cell, str], list[Own]] = defaultdict(list)
    for one in (*own, *came):
        cell, measure = (one, "") if isinstance(one, Cell) else one
        vintages[cell.plain, measure].append(one)
        if measure:
            sets.union([cell, one])
        for size in range(len(cell.where)):
            for pairs in combinations(sorted(cell.where), size):
                whole = Cell(cell.records, frozenset(pairs))
                sets.union([Figure(whole, measure) if measure else whole, one])
    for same in vintages.values():
        for one, other in combinations(same, 2):
            if {one, other} <= own or (
                {one, other} <= came and (_during(one, other, joint) or _during(other, one, joint))
            ):
                sets.union([one, other])
    return sets


def _during(one: Own, other: Own, joint: Joint) -> bool:
    """Whether what came late in the span of one rise came in that of the other."""

    def span(own: Own) -> tuple[int, int]:
        names = [*joint.published.order, ""]
        first, last = (own if isinstance(own, Cell) else own.cell).change or ("", "")
        return names.index(first), names.index(last)

    return span(one)[0] <= span(other)[0] and span(other)[1] <= span(one)[1]


def _rest(cell: Cell) -> bool:
    return any(NOT in code for _, code in cell.where)
