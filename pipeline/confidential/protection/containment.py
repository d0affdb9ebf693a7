"""What holds between a cell and one that contains it, whatever the records are. Pure.

A count of distinct women is the size of a union of sets. So of a cell C within a cell D:

- no measure of C is larger than that of D;
- repeats are no more in C than in D: of records, less women; and of the parts of an axis, Σ women of the parts less the
  women of their union. Nor are they more in D than in C, but for the women of the rest of D, each in all parts but one.

In: the relations of one record type (`constraints`), its cells and the codes above each code. Out: relations and figures,
added to them. `public/audit/containment.py` finds the same facts in published files, on its own.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from pipeline.model.cells import AtMost, Cell, Cover, Figure, Relation, Sum

if TYPE_CHECKING:
    from pipeline.institute.plan import Resource

REPEATS = "repeats"
"""Measure «records of the cell, less its women»."""

Pair = tuple[str, str]
Above = Mapping[Pair, Collection[Pair | None]]
"""(dimension, code) → the smallest that contain it; None: the total."""


class Lattice:
    """The cells of one record type by what contains what."""

    def __init__(self, above: Above) -> None:
        self._above = above

    def nearest(self, cell: Cell, counts: Callable[[Cell], bool], fixed: Collection[str] = ()) -> Iterator[Cell]:
        """The smallest cells that contain a cell and that `counts` says yes to; they have its codes of `fixed` dimensions."""
        queue, seen = deque([cell]), {cell}
        while queue:
            for wider in self._wider(queue.popleft(), fixed):
                if wider in seen:
                    continue
                seen.add(wider)
                if counts(wider):
                    yield wider
                else:
                    queue.append(wider)

    def every(self, cell: Cell, cells: Collection[Cell]) -> Iterator[Cell]:
        """All of `cells` that contain a cell."""
        queue, seen = deque([cell]), {cell}
        while queue:
            for wider in self._wider(queue.popleft(), ()):
                if wider not in seen:
                    seen.add(wider)
                    queue.append(wider)
                    if wider in cells:
                        yield wider

    def _wider(self, cell: Cell, fixed: Collection[str]) -> Iterator[Cell]:
        for name, code in sorted(cell.where):
            if name in fixed:
                continue
            for pair in self._above.get((name, code), ()):
                rest = cell.total(name)
                yield rest if pair is None else rest.at(*pair)


def add(
    values: dict[Figure, int],
    relations: list[Relation],
    breakdowns: Sequence[Sum | Cover],
    cells: Mapping[Cell, Collection[str]],
    resource: Resource,
    above: Above,
) -> None:
    """Adds to `values` and `relations`. `breakdowns`: of women, into all their parts."""
    lattice = Lattice(above)
    _repeats(values, relations, cells, resource)
    linked = {
        (relation.total, part) for relation in relations if not isinstance(relation, AtMost) for part in relation.parts
    }
    for cell, measures in cells.items():
        for wider in lattice.nearest(cell, cells.__contains__):
            for measure in sorted(set(measures).intersection(cells[wider])):
                lesser, greater = Figure(cell, measure), Figure(wider, measure)
                if (greater, lesser) not in linked:
                    relations.append(AtMost(lesser, greater))
        own = Figure(cell, REPEATS)
        if own in values:
            for wider in lattice.nearest(cell, lambda other: Figure(other, REPEATS) in values):
                relations.append(AtMost(own, Figure(wider, REPEATS)))
    if resource.persons:
        _surpluses(values, relations, breakdowns, cells, resource, lattice)


def _repeats(
    values: dict[Figure, int], relations: list[Relation], cells: Mapping[Cell, Collection[str]], resource: Resource
) -> None:
    """Women are no more than their records; where each has one in truth, as many."""
    for cell, measures in cells.items():
        if resource.persons in measures and resource.rows in measures:
            women, rows = Figure(cell, resource.persons), Figure(cell, resource.rows)
            more = values[rows] - values[women]
            if more:
                values[Figure(cell, REPEATS)] = more
            relations.append(Sum(rows, (women, Figure(cell, REPEATS)) if more else (women,)))


def _surpluses(
    values: dict[Figure, int],
    relations: list[Relation],
    breakdowns: Sequence[Sum | Cover],
    cells: Mapping[Cell, Collection[str]],
    resource: Resource,
    lattice: Lattice,
) -> None:
    """Women who stand in several parts of a cell stand in several of the same parts of a cell that contains it; and who
    does so there without doing so here is of the rest of it.
    """
    women, axis_of = resource.persons, _axes(resource)
    found = {(cover.total, frozenset(cover.parts)): cover for cover in breakdowns if isinstance(cover, Cover)}
    whole_of = _by_total(breakdowns)

    def counts(cell: Cell) -> bool:
        return women in cells.get(cell, ())

    queue = deque(found.values())

    def cover_of(total: Figure, parts: tuple[Figure, ...]) -> Cover | None:
        """The cover of a cell by its parts; None where nobody stands in two of them."""
        cover, key = Cover(total, parts), (total, frozenset(parts))
        more = sum(values[part] for part in parts) - values[total]
        if more and key not in found:
            found[key] = cover
            values[cover.surplus] = more
            relations.append(cover)
            queue.append(cover)
        return found.get(key)

    while queue:
        cover = queue.popleft()
        whole = cover.total.cell
        nodes = [_pair(whole, part.cell) for part in cover.parts]
        axis = axis_of.get(nodes[0][0], {nodes[0][0]})
        if not all(
            resource.rows in cells[part.cell] for part in cover.parts
        ):  # else it follows from those of the parts
            relations += _no_more_than_repeats(cover, values, lattice)

        def parts(cell: Cell, nodes: Sequence[Pair] = nodes, axis: Collection[str] = axis) -> tuple[Figure, ...]:
            rest = Cell(cell.records, frozenset(pair for pair in cell.where if pair[0] not in axis))
            return tuple(Figure(rest.at(*node), women) for node in nodes)

        def broken(cell: Cell, parts: Callable[[Cell], tuple[Figure, ...]] = parts) -> bool:
            return counts(cell) and all(counts(part.cell) for part in parts(cell))

        for wider in lattice.nearest(whole, broken, axis):
            larger = cover_of(Figure(wider, women), parts(wider))
            if larger is None:
                raise AssertionError("nobody stands in two parts of a cell, but somebody does within it")
            relations.append(AtMost(cover.surplus, larger.surplus))
        for other in whole_of[cover.total]:
            for part in other.parts if _pair(whole, other.parts[0].cell)[0] not in axis else ():
                if broken(part.cell):
                    same = cover_of(part, parts(part.cell))
                    rest = [(each, len(nodes) - 1) for each in other.parts if each != part]
                    relations += _within_or_in_the_rest(cover, same, rest)


def _by_total(breakdowns: Sequence[Sum | Cover]) -> defaultdict[Figure, list[Sum | Cover]]:
    found: defaultdict[Figure, list[Sum | Cover]] = defaultdict(list)
    for breakdown in breakdowns:
        found[breakdown.total].append(breakdown)
    return found


def _within_or_in_the_rest(cover: Cover, same: Cover | None, rest: Sequence[tuple[Figure, int]]) -> list[Relation]:
    """Whoever stands in several parts of a cell does so in a part of it (`same`), or is of the rest, so many times each."""
    right = [*([(same.surplus, 1)] if same else []), *rest]
    return [AtMost(cover.surplus, *right[0], tuple(right[1:]))] if right else []


def _axes(resource: Resource) -> dict[str, set[str]]:
    """Dimension → all dimensions whose codes lie on one axis with its own."""
    dimensions = resource.dimensions
    axis_of = {name: {name, *(n for n, d in dimensions.items() if name == d.upper)} for name in dimensions}
    return axis_of | {name: axis_of[d.upper] for name, d in dimensions.items() if d.upper}


def _no_more_than_repeats(cover: Cover, values: Mapping[Figure, int], lattice: Lattice) -> list[Relation]:
    """Whoever stands in several parts of a cell has a further record in it for each, and in what contains it."""
    whole = cover.total.cell
    own = Figure(whole, REPEATS) in values
    wide = [whole] if own else lattice.nearest(whole, lambda other: Figure(other, REPEATS) in values)
    return [AtMost(cover.surplus, Figure(cell, REPEATS)) for cell in wide]


def _pair(whole: Cell, part: Cell) -> Pair:
    """What a part of a cell filters on that the cell does not."""
    return next(iter(part.where - whole.where))
