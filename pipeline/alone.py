"""Who is alone in a cell knows what it counts: herself (rule 3). By comparison alone, from witnesses and the sums of all.

In: what the office keeps, laid over what the editions show. Out: the women who are alone in a cell of some vintage, or
whose record alone came late to one, and what each of them knows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import combinations

from pipeline.cells import NOT, AtMost, Cell, Figure, Sum
from pipeline.kept import Kept
from pipeline.lots import Lots
from pipeline.public.joint import Joint


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
    own = {f.cell for f in counted if f == kept.published.women(f.cell) and value[f][0] == 1}
    late = [figure for figure in value if "~" in figure.cell.records and not _rest(figure.cell)]
    came = {f.cell for f in late if f.measure == shapes[f.cell.plain.records].rows and value[f][0] == 1}
    lots = _women(joint, own, came)
    found: dict[Cell, Woman] = defaultdict(Woman)
    for cell in (*own, *came):
        found[lots.of(cell)].cells.add(cell)
    for figure in (*counted, *late):
        if figure.cell in own or figure.cell in came:
            found[lots.of(figure.cell)].knows.add(figure)
    every = [relation for relation in kept.relations if not isinstance(relation, AtMost)]
    rest: dict[tuple[Figure, Figure], set[Figure]] = defaultdict(set)  # two axes may name one difference
    for relation in every:
        if isinstance(relation, Sum) and len(relation.parts) == 2:
            rest[relation.total, relation.parts[0]].add(relation.parts[1])
    for relation in every:
        if relation.total.cell in own:
            found[lots.of(relation.total.cell)].hers.update(relation.parts)
        some = [part for part in relation.parts if value[part][0]]
        for part, other in (some, some[::-1]) if len(some) == 2 else ():
            if other.cell in own:  # who is not in the one part is in the other, where she is alone
                woman = found[lots.of(other.cell)]
                woman.knows |= rest[relation.total, part]
                woman.hers |= rest[relation.total, part]
    return found.values()


def _women(joint: Joint, own: set[Cell], came: set[Cell]) -> Lots[Cell]:
    """Cells that must count the same woman: one in the whole and one in the part is she."""
    lots = Lots([*own, *came])
    for relation in joint.structure.relations:
        if not isinstance(relation, AtMost):
            for part in relation.parts:
                lots.join([relation.total.cell, part.cell])
    for shape, older, newer in joint.pairs():
        for relation in joint.stages[shape.records][newer].relations:
            if not isinstance(relation, AtMost):
                whole, *pieces = (joint.rise(f, older, newer).cell for f in (relation.total, *relation.parts))
                for piece in pieces:
                    lots.join([whole, piece])
    for cell in (*own, *came):
        for size in range(len(cell.where)):
            for pairs in combinations(sorted(cell.where), size):
                lots.join([Cell(cell.records, frozenset(pairs)), cell])
    vintages: dict[Cell, list[Cell]] = defaultdict(list)
    for cell in (*own, *came):
        vintages[cell.plain].append(cell)
    for cells in vintages.values():
        for one, other in combinations(cells, 2):
            if {one, other} <= own or (
                {one, other} <= came and (_during(one, other, joint) or _during(other, one, joint))
            ):
                lots.join([one, other])
    return lots


def _during(one: Cell, other: Cell, joint: Joint) -> bool:
    """Whether what came late in the span of one rise came in that of the other."""

    def span(cell: Cell) -> tuple[int, int]:
        names = [*joint.published.order, ""]
        first, _, last = cell.records.partition("#")[2].partition("~")
        return names.index(first), names.index(last)

    return span(one)[0] <= span(other)[0] and span(other)[1] <= span(one)[1]


def _rest(cell: Cell) -> bool:
    return any(NOT in code for _, code in cell.where)
