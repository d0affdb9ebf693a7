"""Everything that ties published figures together, rebuilt from code lists and descriptors alone. Pure; knows no paths.

In: which figures are shown, and per record type its dimensions and code lists (`Shape`). Out: sums, covers and limits
over those figures and over *virtual* figures that nobody published but a reader can compute: the months that a table
leaves out of a year, the areas that a fixed filter leaves out, the «no» to one question of a multi-answer dimension.

A group is all figures of one measure that differ in the code of one dimension only, wherever they stand; a level that
is missing from a group is replaced by its nearest descendants that are there, so coarse and fine tables are linked.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import pandas as pd

from pipeline.cells import NOT, TOTAL, AtMost, Cell, Cover, Figure, Relation, Sum

from .package import PERIOD, Dimension


class Step(NamedTuple):
    """`total` is made of `parts`. A step that is not `exact` follows from others where parts add up; covers need it."""

    total: str
    parts: tuple[str, ...]
    exact: bool = True


class Tree:
    """The codes along one axis: a dimension together with its `upper`, the upper's upper, and so on.

    below: code → the codes that it is made of (`_T` → the roots; time has no `_T`); outside: codes that unite others
    but stand in no tree (year to date); dimension: code → the dimension that a cell filters on to get it.
    """

    def __init__(
        self, below: Mapping[str, tuple[str, ...]], outside: frozenset[str], dimension: Mapping[str, str]
    ) -> None:
        self.below, self.outside, self.dimension = below, outside, dimension
        self._steps: dict[frozenset[str], tuple[Step, ...]] = {}

    @classmethod
    def of(cls, chain: Sequence[tuple[str, pd.DataFrame]]) -> Tree:
        """From (dimension, code list) pairs, the finest first."""
        parent: dict[str, str] = {}
        parts: dict[str, tuple[str, ...]] = {}
        dimension: dict[str, str] = {}
        for name, frame in chain:
            for code, above, united in zip(frame["code"], frame["parent"], frame["parts"], strict=True):
                dimension[code] = name  # a root of the finer list is a code of the upper one: the last one names it
                parent[code] = above or parent.get(code, "")
                if united:
                    parts[code] = tuple(united.split())
        below: dict[str, list[str]] = defaultdict(list)
        for code, above in parent.items():
            if code not in parts and (above or chain[0][0] != PERIOD):
                below[above or TOTAL].append(code)
        made = {code: tuple(codes) for code, codes in below.items()} | parts
        return cls(made, frozenset(parts), dimension)

    def merged(self, other: Tree) -> Tree | None:
        """Both trees in one, or None where they split the same code in different ways."""
        if any(set(self.below[code]) != set(other.below[code]) for code in self.below.keys() & other.below.keys()):
            return None
        return Tree({**self.below, **other.below}, self.outside | other.outside, {**self.dimension, **other.dimension})

    @cached_property
    def under(self) -> Mapping[str, frozenset[str]]:
        """Code → every code below it."""
        found: dict[str, frozenset[str]] = {}

        def look(code: str) -> frozenset[str]:
            if code not in found:
                direct = self.below.get(code, ())
                found[code] = frozenset(direct).union(*(look(part) for part in direct))
            return found[code]

        for code in (TOTAL, *self.dimension):
            look(code)
        return found

    @cached_property
    def leaves(self) -> Mapping[str, frozenset[str]]:
        """Code → the codes without parts that it is made of (itself, if it has none)."""
        return {
            code: frozenset(part for part in (under or {code}) if part not in self.below)
            for code, under in self.under.items()
        }

    def steps(self, present: frozenset[str]) -> tuple[Step, ...]:
        """How the codes that are present hang together; parts that are not present are virtual."""
        if present not in self._steps:
            self._steps[present] = tuple(self._find(present))
        return self._steps[present]

    def _find(self, present: frozenset[str]) -> Iterator[Step]:
        found: list[Step] = []
        unions = sorted(present & self.outside, key=lambda code: (-len(self.leaves[code]), code))
        for total in sorted(present & self.below.keys()):
            if not self._touched(total, present):
                continue
            parts = self._expand(total, present)
            for union in unions:
                inner = frozenset(self._expand(union, present))
                if union != total and inner < frozenset(parts):
                    other = (union, *(part for part in parts if part not in inner))
                    if inner & present:
                        found.append(Step(total, other, exact=False))
                    else:  # nothing is known of what the union is made of: it stands for itself
                        parts = other
            found.append(Step(total, parts))
        uses = Counter(part for step in found for part in step.parts if part not in present)
        for step in found:
            if any(part in present or uses[part] > 1 for part in step.parts):
                yield step

    def _touched(self, code: str, present: frozenset[str]) -> bool:
        """Whether a code that is present says something about the inside of `code`."""
        mine = self.leaves[code]
        return any(
            other != code and code not in self.under[other] and not mine.isdisjoint(self.leaves[other])
            for other in present
        )

    def _expand(self, code: str, present: frozenset[str]) -> tuple[str, ...]:
        parts: list[str] = []
        for part in self.below[code]:
            if part not in present and part in self.below and self._touched(part, present):
                parts += self._expand(part, present)
            else:
                parts.append(part)
        return tuple(parts)


@dataclass(frozen=True)
class Shape:
    """What the descriptors say of one record type, over all tables and editions.

    adds_up: dimensions along which distinct women add up; every other measure adds up along any single-answer one.
    answers: multi-answer dimension → the measure that counts its answers.
    trees: axis → trees with the editions whose code lists they were made of (one, unless a list was changed).
    """

    records: str
    rows: str
    persons: str | None
    women: str
    adds_up: frozenset[str]
    dimensions: Mapping[str, Dimension]
    answers: Mapping[str, str]
    trees: Mapping[str, tuple[tuple[Tree, frozenset[str]], ...]]

    @cached_property
    def axes(self) -> Mapping[str, tuple[str, ...]]:
        """Dimension → the axes on which its codes lie: its own and those of the dimensions that it is the upper of."""
        found: dict[str, list[str]] = defaultdict(list)
        for axis in self.trees:
            for name in chain(axis, self.dimensions):
                found[name].append(axis)
        return {name: tuple(axes) for name, axes in found.items()}

    def multiple(self, dimension: str) -> bool:
        return dimension in self.dimensions and self.dimensions[dimension].kind == "multiple"


def chain(dimension: str, dimensions: Mapping[str, Dimension]) -> tuple[str, ...]:
    """A dimension, its upper, the upper's upper…"""
    found = [dimension]
    while (upper := dimensions[found[-1]].upper if found[-1] in dimensions else "") and upper not in found:
        found.append(upper)
    return tuple(found)


def merge(trees: Iterable[tuple[Tree, str]]) -> tuple[tuple[Tree, frozenset[str]], ...]:
    """Trees of successive editions, as few as agree: lists that only grow are one tree over all editions."""
    found: list[tuple[Tree, frozenset[str]]] = []
    for tree, edition in trees:
        for place, (other, editions) in enumerate(found):
            if (both := other.merged(tree)) is not None:
                found[place] = (both, editions | {edition})
                break
        else:
            found.append((tree, frozenset([edition])))
    return tuple(found)


def answers_in(measure: str, dimension: str) -> str:
    """Measure of the answers to a whole multi-answer question: two questions of a record type are two figures."""
    return f"{measure}@{dimension}"


def never(measure: str) -> str:
    """Measure of the women of a total who are in no record of a part: exactly women(total) − women(part)."""
    return f"{measure}{NOT}"


@dataclass(frozen=True)
class Complement:
    """A group that nobody published and a reader can compute, or bound. `near`: the published cell it is seen from."""

    women: Figure
    rows: Figure | None
    near: Cell


@dataclass(frozen=True)
class Equality:
    """Were `difference` nothing, everybody in `parent` would have the sensitive trait of `cell`."""

    cell: Cell
    parent: Cell
    difference: Figure


@dataclass
class Structure:
    """Relations in a stable order, with the groups to be examined."""

    relations: dict[Relation, None] = field(default_factory=dict)
    complements: dict[Complement, None] = field(default_factory=dict)
    equalities: dict[Equality, None] = field(default_factory=dict)

    def add(self, *relations: Relation) -> None:
        self.relations.update(dict.fromkeys(relations))


Codes = dict[str, frozenset[str]]
"""Codes of a group that are shown, with the editions that show them."""


def build(shape: Shape, shown: Mapping[Figure, frozenset[str]]) -> Structure:
    """Everything that ties the figures of one record type. `shown`: figure → editions in which its cell stands."""
    structure = Structure()
    groups: dict[tuple[str, str, frozenset[tuple[str, str]]], Codes] = defaultdict(dict)
    for (cell, measure), editions in shown.items():
        for pair in cell.where:
            rest = cell.where - {pair}
            for axis in shape.axes[pair[0]]:
                groups[measure, axis, rest][pair[1]] = editions
    for (measure, axis, rest), codes in groups.items():
        total = Figure(Cell(shape.records, rest), measure)
        if total in shown and axis != PERIOD:
            codes = {TOTAL: shown[total], **codes}
        for tree, editions in shape.trees[axis]:
            present = codes if len(shape.trees[axis]) == 1 else {c: e for c, e in codes.items() if e & editions}
            group = _Group(shape, structure, tree, axis, Cell(shape.records, rest), measure, frozenset(present))
            if shape.multiple(axis):
                _answers(group, shown)
            else:
                _parts(group)
            if axis in shape.dimensions and shape.dimensions[axis].sensitive:
                _equalities(group)
    if shape.persons:
        virtual = {figure for relation in structure.relations for figure in figures_of(relation)} - shown.keys()
        for cell, measure in sorted({*shown, *virtual}, key=_order):
            if measure == shape.persons and (rows := Figure(cell, shape.rows)) in shown.keys() | virtual:
                structure.add(AtMost(Figure(cell, measure), rows))
            if measure == shape.rows and Figure(cell, shape.persons) not in shown.keys() | virtual:
                structure.add(AtMost(Figure(cell, shape.persons), Figure(cell, measure)))
    return structure


@dataclass(frozen=True)
class _Group:
    """All figures of one measure that differ in their code on one axis only."""

    shape: Shape
    structure: Structure
    tree: Tree
    axis: str
    rest: Cell
    measure: str
    present: frozenset[str]

    def cell(self, code: str) -> Cell:
        return self.rest if code == TOTAL else self.rest.at(self.tree.dimension[code], code)

    def figure(self, code: str) -> Figure:
        return Figure(self.cell(code), self.measure)

    def tie(self, parts: Iterable[str]) -> Callable[[Figure, tuple[Figure, ...]], Relation]:
        """Parts add up to their total, or only cover it, as distinct women do."""
        adds = self.measure != self.shape.persons or all(
            self.tree.dimension[part] in self.shape.adds_up for part in parts
        )
        return Sum if adds else Cover

    def complement(self, cell: Cell, near: Cell) -> None:
        rows = Figure(cell, self.shape.rows) if self.measure == self.shape.rows else None
        if self.measure in (self.shape.rows, self.shape.women):
            self.structure.complements[Complement(Figure(cell, self.shape.women), rows, near)] = None


def _parts(group: _Group) -> None:
    """Totals and their parts along a single-answer axis; what is left over where only some parts are shown."""
    for step in group.tree.steps(group.present):
        tie = group.tie(step.parts)
        if tie is Sum and not step.exact:
            continue
        total = group.figure(step.total)
        group.structure.add(tie(total, tuple(map(group.figure, step.parts))))
        shown = tuple(part for part in step.parts if part in group.present)
        hidden = tuple(part for part in step.parts if part not in group.present)
        for part in hidden:
            group.complement(group.cell(part), total.cell)
        if shown and len(hidden) > 1:
            name = f"{'' if step.total == TOTAL else step.total}{NOT}{'+'.join(shown)}"
            left = Figure(group.rest.at(group.axis, name), group.measure)
            group.structure.add(tie(left, tuple(map(group.figure, hidden))))
            group.structure.add(tie(total, (*map(group.figure, shown), left)))
            group.complement(left.cell, total.cell)


def _answers(group: _Group, shown: Collection[Figure]) -> None:
    """A multi-answer question: each code is a yes/no of its own; answers add up, records and women do not."""
    shape, tree, structure = group.shape, group.tree, group.structure
    codes = sorted(group.present - {TOTAL})
    for code in codes:
        if below := [part for part in tree.below.get(code, ()) if part in group.present]:
            if len(below) == len(tree.below[code]):
                structure.add(Cover(group.figure(code), tuple(map(group.figure, below))))
            else:
                structure.add(*(AtMost(group.figure(part), group.figure(code)) for part in below))
    if group.measure == shape.rows:
        answers = Figure(group.rest, answers_in(shape.answers.get(group.axis, ""), group.axis))
        if answers in shown:
            structure.add(Sum(answers, tuple(map(group.figure, sorted(tree.leaves[TOTAL])))))
    if TOTAL not in group.present or group.measure not in (shape.rows, shape.persons):
        return
    free = group.axis in shape.dimensions and shape.dimensions[group.axis].complement == "free"
    for code in codes:
        part, total = group.figure(code), group.figure(TOTAL)
        no = group.rest.at(group.axis, NOT + code)
        if free:
            structure.add(AtMost(part, total))
        elif group.measure == shape.rows:
            structure.add(Sum(total, (part, Figure(no, shape.rows))))
            group.complement(no, part.cell)
        else:
            rest = Figure(no, never(group.measure))
            structure.add(Sum(total, (part, rest)))
            structure.complements[Complement(rest, None, part.cell)] = None
            structure.add(Cover(total, (part, Figure(no, group.measure))))


def _equalities(group: _Group) -> None:
    """A sensitive code against every total and ancestor that is shown."""
    if group.measure != group.shape.women:
        return
    dimension = group.shape.dimensions[group.axis]
    for code in sorted(group.present - {TOTAL, *dimension.unspecified}):
        for above in sorted(group.present):
            if code in group.tree.under[above] or (above == TOTAL and code != TOTAL):
                name = f"{'' if above == TOTAL else above}{NOT}{code}"
                rest = Figure(group.rest.at(group.axis, name), never(group.measure))
                group.structure.add(Sum(group.figure(above), (group.figure(code), rest)))
                group.structure.equalities[Equality(group.cell(code), group.cell(above), rest)] = None


def figures_of(relation: Relation) -> tuple[Figure, ...]:
    if isinstance(relation, AtMost):
        return (relation.lesser, relation.greater)
    return (relation.total, *relation.parts)


def _order(figure: Figure) -> tuple[str, list[tuple[str, str]], str]:
    return (figure.cell.records, sorted(figure.cell.where), figure.measure)
