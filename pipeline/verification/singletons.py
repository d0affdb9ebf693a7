"""Who is alone in a cell knows what it counts: herself (rule 3). By comparison alone, from witnesses and the sums of all.

In: what the office keeps, laid over what the editions show. Out: the women who are alone in a cell of some vintage, who
are the only woman in one that counts others too, or whose record alone came late to one, and what each of them knows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import combinations

from pipeline.model.cells import NOT, AtMost, Cell, Figure, Sum
from pipeline.model.disjoint_sets import Lots
from pipeline.public.audit.linked_editions import Joint
from pipeline.verification.evidence import Kept

Own = Cell | Figure
"""A cell that counts one woman alone, or a figure of the women within a cell that counts one."""


@dataclass
class Woman:
    """`cells` and `hers` count nobody else; of these she `knows` what they count in whichever world."""

    cells: set[Cell] = field(default_factory=set)
    hers: set[Figure] = field(default_factory=set)
    knows: set[Figure] = field(default_factory=set)

    def owns(self, figure: Figure) -> bool:
        return figure in self.hers or figure.cell in self.cells


def alone(kept: Kept) -> Iterable[Woman]:
    """What the office did not count is known of nobody."""
    joint, value, shapes = kept.joint, kept.value, kept.published.shapes
    counted = [figure for figure in kept.counted if figure.cell.plain.records in shapes]
    late = [figure for figure in value if "~" in figure.cell.records and not _rest(figure.cell)]

    def within(figure: Figure) -> bool:
        return figure.measure in shapes[figure.cell.plain.records].people[1:] and value[figure][0] == 1

    own: set[Own] = {f.cell for f in counted if f == kept.published.women(f.cell) and value[f][0] == 1}
    own.update(f for f in counted if within(f))
    came: set[Own] = {f.cell for f in late if f.measure == shapes[f.cell.plain.records].rows and value[f][0] == 1}
    came.update(f for f in late if within(f))
    lots = _women(joint, own, came)
    found: dict[Own, Woman] = defaultdict(Woman)
    for one in (*own, *came):
        woman = found[lots.of(one)]
        if isinstance(one, Cell):
            woman.cells.add(one)
        else:
            woman.hers.add(one)
    for figure in (*counted, *late):
        for one in (figure.cell, figure):
            if one in own or one in came:
                found[lots.of(one)].knows.add(figure)
    every = [relation for relation in kept.relations if not isinstance(relation, AtMost)]
    rest: dict[tuple[Figure, Figure], set[Figure]] = defaultdict(set)  # two axes may name one difference
    for relation in every:
        if isinstance(relation, Sum) and len(relation.parts) == 2:
            rest[relation.total, relation.parts[0]].add(relation.parts[1])
    for relation in every:
        for one in own.intersection((relation.total.cell, relation.total)):
            found[lots.of(one)].hers.update(relation.parts)
        some = [part for part in relation.parts if value[part][0]]
        for part, other in (some, some[::-1]) if len(some) == 2 else ():
            for one in own.intersection((other.cell, other)):  # who is not in the one part is in the other, alone
                woman = found[lots.of(one)]
                woman.knows |= rest[relation.total, part]
                woman.hers |= rest[relation.total, part]
    return found.values()


def _women(joint: Joint, own: set[Own], came: set[Own]) -> Lots[Own]:
    """What must count the same woman: one in the whole and one in the part is she."""
    lots = Lots([*own, *came])

    def join(whole: Figure, parts: Iterable[Figure]) -> None:
        for part in parts:
            lots.join([whole.cell, part.cell])
            lots.join([whole, part])

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
            lots.join([cell, one])
        for size in range(len(cell.where)):
            for pairs in combinations(sorted(cell.where), size):
                whole = Cell(cell.records, frozenset(pairs))
                lots.join([Figure(whole, measure) if measure else whole, one])
    for same in vintages.values():
        for one, other in combinations(same, 2):
            if {one, other} <= own or (
                {one, other} <= came and (_during(one, other, joint) or _during(other, one, joint))
            ):
                lots.join([one, other])
    return lots


def _during(one: Own, other: Own, joint: Joint) -> bool:
    """Whether what came late in the span of one rise came in that of the other."""

    def span(own: Own) -> tuple[int, int]:
        names = [*joint.published.order, ""]
        cell = own if isinstance(own, Cell) else own.cell
        first, _, last = cell.records.partition("#")[2].partition("~")
        return names.index(first), names.index(last)

    return span(one)[0] <= span(other)[0] and span(other)[1] <= span(one)[1]


def _rest(cell: Cell) -> bool:
    return any(NOT in code for _, code in cell.where)
