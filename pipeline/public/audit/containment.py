"""Facts that are true of any records, between a published cell and one that contains it. Pure; knows no paths.

Distinct women are the size of a union of sets. Of a cell C within a cell D no measure is larger in C; the records that
are not a woman's first are no more in C; and the women who stand in several parts of an axis are no more in C, along
the same parts, and each has a further record. In: what is shown of one record type, and what has been found of it so far. Out: relations.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property

from pipeline.model.cells import AtMost, Cell, Cover, Figure, Relation, Sum
from pipeline.public.audit.structure import Shape

Pair = tuple[str, str]
REPEATS = "again"
"""Measure «records of the cell that are not a woman's first»."""


class Wider:
    """Which of some cells contain which, by the code lists of the editions that show them."""

    def __init__(self, shape: Shape, editions: Mapping[Cell, Set[str]]) -> None:
        self.shape, self.editions = shape, editions

    @cached_property
    def _above(self) -> Mapping[Pair, Mapping[Pair, frozenset[str]]]:
        """(dimension, code) → those of its axes that contain it, with the editions whose code lists say so."""
        found: dict[Pair, dict[Pair, frozenset[str]]] = defaultdict(dict)
        for tree, editions in itertools.chain.from_iterable(self.shape.trees.values()):
            by_leaf: dict[str, set[str]] = defaultdict(set)
            for code in tree.dimension:
                for leaf in tree.leaves[code]:
                    by_leaf[leaf].add(code)
            for code in tree.dimension:
                own = tree.leaves[code]
                for wider in sorted(set.intersection(*(by_leaf[leaf] for leaf in own)) - {code}):
                    if own < tree.leaves[wider] or code in tree.under[wider]:
                        pair = tree.dimension[wider], wider
                        before = found[tree.dimension[code], code].get(pair, frozenset())
                        found[tree.dimension[code], code][pair] = before | editions
        return found

    def of(self, cell: Cell, among: Callable[[Cell], bool], fixed: Collection[str] = ()) -> list[Cell]:
        """The cells of `among` that contain a cell, save those that contain another such; same codes on `fixed` axes."""
        found = self.every(cell, among, fixed)
        return [one for one in found if not any(self._within(other, one) for other in found if other != one)]

    def every(self, cell: Cell, among: Callable[[Cell], bool], fixed: Collection[str] = ()) -> list[Cell]:
        """All cells of `among` that contain a cell and have the same codes on `fixed` axes."""
        options: list[list[tuple[Pair | None, frozenset[str] | None]]] = []
        for pair in sorted(cell.where):
            wider = [] if pair[0] in fixed else [(None, None), *self._above.get(pair, {}).items()]
            options.append([(pair, None), *wider])
        found = []
        for choice in itertools.product(*options):
            other = Cell(cell.records, frozenset(pair for pair, _ in choice if pair))
            if other == cell or not among(other):
                continue
            said = [editions for _, editions in choice if editions is not None]
            if all(self.editions[one] & editions for one in (cell, other) for editions in said):
                found.append(other)
        return found

    def _within(self, cell: Cell, other: Cell) -> bool:
        """Whether a cell lies in the other, by its codes."""
        return all(
            pair in cell.where or any(pair in self._above.get(own, ()) for own in cell.where) for pair in other.where
        )


def facts(shape: Shape, seen: Mapping[Figure, frozenset[str]], known: Iterable[Relation]) -> Iterator[Relation]:
    """Relations between cells of which one contains the other. `seen`: figure → editions; `known`: what ties them."""
    known = tuple(known)
    measures: dict[Cell, dict[str, frozenset[str]]] = defaultdict(dict)
    for (cell, measure), editions in seen.items():
        measures[cell][measure] = editions
    wider = Wider(shape, {cell: frozenset().union(*found.values()) for cell, found in measures.items()})
    tied = {(relation.total, part) for relation in known if not isinstance(relation, AtMost) for part in relation.parts}
    people = {cell: None for cell, found in measures.items() if {shape.persons, shape.rows} <= found.keys()}
    for cell in people:
        yield Sum(Figure(cell, shape.rows), (Figure(cell, shape.persons or ""), Figure(cell, REPEATS)))
    for cell, found in measures.items():
        above = wider.of(cell, measures.__contains__)
        for other, measure in itertools.product(above, sorted(found)):
            small, large = Figure(cell, measure), Figure(other, measure)
            if measure in measures[other] and (large, small) not in tied:
                yield AtMost(small, large)
        if cell in people:
            for other in above if people.keys() >= set(above) else wider.of(cell, people.__contains__):
                yield AtMost(Figure(cell, REPEATS), Figure(other, REPEATS))
    if shape.persons:
        counted = frozenset(cell for cell, found in measures.items() if shape.persons in found)
        yield from _surpluses(shape, wider, counted, people, known)


def _surpluses(
    shape: Shape, wider: Wider, counted: frozenset[Cell], people: Collection[Cell], known: Sequence[Relation]
) -> Iterator[Relation]:
    """Who stands in several parts of a cell stands in as many of the same parts of a cell that contains it. If the cell
    is a part of that one, the others that do so there are women of its other parts. And whoever does so has a further
    record for each part. people: cells that show records and women.
    """
    splits = _Splits(shape, counted, _splits(known, shape.persons or "", counted))
    done: set[Cover] = set()
    while splits.left:
        cover = splits.left.pop()
        if cover in done:
            continue
        done.add(cover)
        along = splits.along(cover)
        # What is told of each part follows from the parts; and one record may answer «yes» to several.
        if not all(part.cell in people for part in cover.parts) and not shape.multiple(along.dimension):
            for told in [along.whole] if along.whole in people else wider.of(along.whole, people.__contains__):
                yield AtMost(cover.surplus, Figure(told, REPEATS))
        for cell in wider.of(along.whole, along.broken, along.axes):
            if isinstance(larger := along.same(cell), Cover):
                yield larger
                yield AtMost(cover.surplus, larger.surplus)
        yield from _of_a_part(cover, along)


def _of_a_part(cover: Cover, along: _Along) -> Iterator[Relation]:
    """Who stands in several parts of a cell, by its breakdowns along other axes: they do so within one of those parts, or are
    women of the others."""
    for other in along.splits.of[cover.total]:
        if _code(along.whole, other.parts[0].cell)[0] in along.axes:
            continue
        for part in other.parts:
            if along.broken(part.cell):
                inside = along.same(part.cell)
                yield inside
                right = [(inside.surplus, 1)] if isinstance(inside, Cover) else []
                right += [(each, len(along.codes) - 1) for each in other.parts if each != part]
                if right:
                    yield AtMost(cover.surplus, *right[0], tuple(right[1:]))


class _Splits:
    """Breakdowns of women of which every cell is shown; `left`: the covers among them that were not looked at yet."""

    def __init__(self, shape: Shape, counted: frozenset[Cell], splits: Sequence[Sum | Cover]) -> None:
        self.shape, self.counted = shape, counted
        self.first, self.of = _by_parts(splits), _by_total(splits)
        self.left = [split for split in splits if isinstance(split, Cover)]

    def along(self, cover: Cover) -> _Along:
        codes = [_code(cover.total.cell, part.cell) for part in cover.parts]
        return _Along(self, cover.total.cell, codes, _axes(self.shape, codes[0][0]))


@dataclass(frozen=True)
class _Along:
    """The way that one cell is broken down, and so others may be: by the same codes."""

    splits: _Splits
    whole: Cell
    codes: Sequence[Pair]
    axes: Set[str]

    @property
    def dimension(self) -> str:
        return self.codes[0][0]

    @cached_property
    def _steady(self) -> bool:
        """Where a list has grown, what are all parts of a cell in one edition need not be all of them in another."""
        shape = self.splits.shape
        return all(len(shape.trees[axis]) == 1 for axis in shape.axes[self.dimension])

    @cached_property
    def _own(self) -> frozenset[Pair]:
        return frozenset(pair for pair in self.whole.where if pair[0] in self.axes)

    def _figure(self, cell: Cell) -> Figure:
        return Figure(cell, self.splits.shape.persons or "")

    def _parts(self, cell: Cell) -> tuple[Figure, ...]:
        rest = cell.where - self._own
        return tuple(self._figure(Cell(cell.records, rest | {code})) for code in self.codes)

    def broken(self, cell: Cell) -> bool:
        """Whether a cell is shown with the same parts."""
        if self._steady:
            counted = self.splits.counted
            return cell in counted and counted.issuperset(part.cell for part in self._parts(cell))
        return (self._figure(cell), frozenset(self._parts(cell))) in self.splits.first

    def same(self, cell: Cell) -> Sum | Cover:
        """The same breakdown of another cell: the one that is known, else a cover, which is then looked at as well."""
        fresh = Cover(self._figure(cell), self._parts(cell))
        split = self.splits.first.setdefault((fresh.total, frozenset(fresh.parts)), fresh)
        if isinstance(split, Cover):
            self.splits.left.append(split)
        return split


def _splits(known: Sequence[Relation], women: str, counted: frozenset[Cell]) -> list[Sum | Cover]:
    """The breakdowns of women of which every cell is shown."""
    return [
        relation
        for relation in known
        if not isinstance(relation, AtMost)
        and relation.total.measure == women
        and counted.issuperset(figure.cell for figure in (relation.total, *relation.parts))
    ]


def _by_parts(splits: Sequence[Sum | Cover]) -> dict[tuple[Figure, frozenset[Figure]], Sum | Cover]:
    """(total, parts) → the first breakdown into them."""
    found: dict[tuple[Figure, frozenset[Figure]], Sum | Cover] = {}
    for split in splits:
        found.setdefault((split.total, frozenset(split.parts)), split)
    return found


def _by_total(splits: Sequence[Sum | Cover]) -> defaultdict[Figure, list[Sum | Cover]]:
    found: defaultdict[Figure, list[Sum | Cover]] = defaultdict(list)
    for split in splits:
        found[split.total].append(split)
    return found


def _code(whole: Cell, part: Cell) -> Pair:
    return next(iter(part.where - whole.where))


def _axes(shape: Shape, dimension: str) -> set[str]:
    """The dimensions whose codes lie on an axis with those of this one."""
    trees = [tree for axis in shape.axes[dimension] for tree, _ in shape.trees[axis]]
    return {*shape.axes[dimension], *(name for tree in trees for name in tree.dimension.values())}
