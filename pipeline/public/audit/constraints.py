"""Everything that ties published figures together, rebuilt from code lists and descriptors alone. Pure; knows no paths.

In: which figures are shown, and per record type its dimensions and code lists (`Shape`). Out: sums, covers and limits
over those figures and over *virtual* figures that nobody published but a reader can compute: the months that a table
leaves out of a year, the areas that a fixed filter leaves out, the «no» to one question of a multi-answer dimension.

A group is all figures of one measure that differ in the code of one dimension only, wherever they stand; a level that
is missing from a group is replaced by its nearest descendants that are there, so coarse and fine tables are linked.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from pipeline.model.cells import NOT, OVERLAP, TOTAL, AtMost, Cell, Cover, Figure, Relation, Sum
from pipeline.public.audit import containment, mixed_levels
from pipeline.public.audit.additivity import Additivity, Family
from pipeline.public.audit.structure import Shape, Step, Tree, answers_in, chain
from pipeline.public.edition.model import PERIOD

N = TypeVar("N", int, NDArray[np.int64])


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


@dataclass(frozen=True)
class Overlap:
    """How often women stand in more than one of `parts`, of which some table shows one at least; the total has `near`."""

    surplus: Figure
    parts: tuple[Cell, ...]
    near: Cell


@dataclass(frozen=True)
class Rise:
    """What a figure rose by from one edition to another, because records came late. `near`: the published cell."""

    figure: Figure
    near: Cell


@dataclass
class Structure:
    """Relations in a stable order, with the groups to be examined."""

    relations: dict[Relation, None] = field(default_factory=dict)
    complements: dict[Complement, None] = field(default_factory=dict)
    equalities: dict[Equality, None] = field(default_factory=dict)
    rises: dict[Rise, None] = field(default_factory=dict)
    overlaps: dict[Overlap, None] = field(default_factory=dict)
    least: dict[Figure, int] = field(default_factory=dict)
    """Figures that nobody published, and the least that they can be by what an edition says."""

    def add(self, *relations: Relation) -> None:
        self.relations.update(dict.fromkeys(relations))

    def join(self, other: Structure) -> None:
        self.relations |= other.relations
        self.complements |= other.complements
        self.equalities |= other.equalities
        self.rises |= other.rises
        self.overlaps |= other.overlaps
        self.least |= other.least

    def renamed(self, name: Callable[[Figure], Figure]) -> Structure:
        """The same with other names for its figures; a name says nothing of the measure."""

        def cell(cell: Cell) -> Cell:
            return name(Figure(cell, "")).cell

        def relation(old: Relation) -> Relation:
            if isinstance(old, AtMost):
                return old.renamed(name)
            return type(old)(name(old.total), tuple(map(name, old.parts)))

        complements = (Complement(name(c.women), c.rows and name(c.rows), cell(c.near)) for c in self.complements)
        equalities = (Equality(cell(e.cell), cell(e.parent), name(e.difference)) for e in self.equalities)
        overlaps = (Overlap(name(o.surplus), tuple(map(cell, o.parts)), cell(o.near)) for o in self.overlaps)
        return Structure(
            dict.fromkeys(map(relation, self.relations)),
            dict.fromkeys(complements),
            dict.fromkeys(equalities),
            overlaps=dict.fromkeys(overlaps),
            least={name(figure): least for figure, least in self.least.items()},
        )


Codes = dict[str, frozenset[str]]
"""Codes of a group that are shown, with the editions that show them."""


def build(
    shape: Shape,
    seen: Mapping[Figure, frozenset[str]],
    values: Mapping[Figure, int],
    speaking: Collection[str] = (),
) -> Structure:
    """Everything that ties the figures of one record type. `seen`: figure → editions in which its cell stands;
    `values`: what is shown of them; `speaking`: the editions that count every year as is built here. Where answers alone
    are shown, records gave them; where events alone are shown, women made them.
    """
    questions = {answers_in(measure, name) for name, measure in shape.answers.items()}
    rows = {Figure(cell, shape.rows): each for (cell, measure), each in seen.items() if measure in questions}
    seen = rows | dict(seen)
    if shape.persons:
        women = {Figure(cell, shape.persons): each for (cell, measure), each in seen.items() if measure == shape.rows}
        seen = women | dict(seen)
    structure = Structure()
    families = list(_families(shape, seen))
    of_women = (each for measure, each in families if measure == shape.persons and not shape.multiple(each.axis))
    apart = Additivity(shape, of_women, seen, values)
    for measure, family in families:
        group = _Group(family.axis, family.tree, family.rest, family.present, measure, shape, structure, apart)
        if shape.multiple(family.axis):
            _answers(group, seen)
        else:
            _parts(group, values)
        if family.axis in shape.dimensions and shape.dimensions[family.axis].sensitive:
            _equalities(group)
    _within_one_cell(structure, shape, seen)
    structure.add(*containment.facts(shape, seen, structure.relations))
    _told_to_overlap(structure, shape, seen, speaking)
    return structure


def _families(shape: Shape, seen: Mapping[Figure, frozenset[str]]) -> Iterator[tuple[str, Family]]:
    """(Measure, family) of all figures that differ in one code only, for every way in which the codes of an axis add up."""
    groups: dict[tuple[str, str, frozenset[tuple[str, str]]], Codes] = defaultdict(dict)
    for (cell, measure), editions in seen.items():
        for name, code in sorted(cell.where):
            rest = cell.where - {(name, code)}
            for axis in shape.axes[name]:
                groups[measure, axis, rest][code] = editions
    for (measure, axis, rest), codes in groups.items():
        total = Cell(shape.records, rest)
        for tree, present in _present(shape, axis, Figure(total, measure), codes, seen):
            yield measure, Family(axis, tree, total, present)


def _within_one_cell(structure: Structure, shape: Shape, seen: Iterable[Figure]) -> None:
    """Figures of one cell of which one is never larger than another."""
    every = dict.fromkeys(seen)
    every.update(dict.fromkeys(figure for relation in structure.relations for figure in figures_of(relation)))
    for cell, measure in every:
        wholes = (Figure(cell, more) for more in sorted(shape.within.get(measure, ())))
        structure.add(*(AtMost(Figure(cell, measure), whole) for whole in wholes if whole in every))
    if shape.persons:
        for cell, measure in every:
            if measure == shape.rows:  # women are never more than their records, whether or not they are shown
                structure.add(AtMost(Figure(cell, shape.persons), Figure(cell, measure)))


def _told_to_overlap(
    structure: Structure, shape: Shape, seen: Mapping[Figure, frozenset[str]], speaking: Collection[str]
) -> None:
    """Where an edition says that the women of a table do not add up along a dimension, somebody stands in several parts. Where
    another edition says of all those parts that they do, the two do not count alike: nobody and somebody is a contradiction,
    and in any of their years it may be.
    """
    shown = _stand_in(structure, shape, seen, speaking)
    rows: dict[int, list[Sum | Cover]] = {}
    """What a table says → what women are made of whose figures all stand in it, of whichever edition."""
    for number, (said, alike) in enumerate(zip(shape.said, shape.alike, strict=True)):
        if not said.overlap or said.edition not in speaking:
            continue
        if alike not in rows:
            rows[alike] = [r for r in shown if said.shows(r.total.cell) and all(said.shows(p.cell) for p in r.parts)]
        mine = [relation for relation in rows[alike] if said.edition in shown[relation]]
        for name in sorted(said.overlap):
            axis = {name, *chain(name, shape.dimensions)[1:2]}
            along = [relation for relation in mine if not axis.isdisjoint(_by(relation))]
            found = dict.fromkeys(relation.surplus for relation in along if isinstance(relation, Cover))
            for cell in _somewhere(shape.records, along, found=bool(found), several=len(speaking) > 1):
                told = Figure(cell, f"{shape.persons}{OVERLAP}{said.edition} {number} {name}")
                structure.add(Sum(told, tuple(found)))
                structure.least[told] = 1


def _stand_in(
    structure: Structure, shape: Shape, seen: Mapping[Figure, frozenset[str]], speaking: Collection[str]
) -> dict[Sum | Cover, frozenset[str]]:
    """What women are made of → those of the editions `speaking` in which all its figures stand; what stands in none is left out."""
    editions: dict[Sum | Cover, frozenset[str]] = {}
    for relation in structure.relations:
        if isinstance(relation, AtMost) or relation.total.measure != shape.persons:
            continue
        stands = [seen.get(figure, frozenset()) for figure in (relation.total, *relation.parts)]
        if common := frozenset.intersection(*stands).intersection(speaking):
            editions[relation] = common
    return editions


def _somewhere(records: str, along: Iterable[Sum | Cover], *, found: bool, several: bool) -> Iterable[Cell]:
    """The groups of which it is told that somebody stands in several parts: all records where a surplus is `found`, else,
    beside `several` editions, each of the years of what is told.
    """
    if found:
        return [Cell(records)]
    return (
        dict.fromkeys(Cell(records).at(PERIOD, each.total.cell.code(PERIOD)[:4]) for each in along) if several else ()
    )


def _by(relation: Sum | Cover) -> set[str]:
    """The dimensions that the parts of a total differ in."""
    return {name for part in relation.parts for name, _ in part.cell.where - relation.total.cell.where}


def _present(
    shape: Shape, axis: str, total: Figure, codes: Codes, seen: Mapping[Figure, frozenset[str]]
) -> Iterator[tuple[Tree, frozenset[str]]]:
    """The trees along an axis, with the codes of a group that the editions of each show. A code that some editions do not
    know has no place in their tree, though what it counts is the same there.
    """
    if total in seen and axis != PERIOD:
        codes = {TOTAL: seen[total], **codes}
    for tree, editions in shape.trees[axis]:
        known = {code: each for code, each in codes.items() if code in tree.under}
        yield tree, frozenset(c for c, e in known.items() if len(shape.trees[axis]) == 1 or e & editions)


@dataclass(frozen=True)
class _Group(Family):
    """All figures of one measure that differ in their code on one axis only."""

    measure: str
    shape: Shape
    structure: Structure
    apart: Additivity

    def figure(self, code: str) -> Figure:
        return Figure(self.cell(code), self.measure)

    def tie(self, parts: tuple[str, ...]) -> Callable[[Figure, tuple[Figure, ...]], Sum | Cover]:
        """Parts add up to their total, or only cover it, as distinct women do."""
        adds = self.measure != self.shape.persons or self.apart(self.axis, self.rest, parts)
        return Sum if adds else Cover

    def overlap(self, cover: Cover) -> None:
        cells = tuple(part.cell for part in cover.parts if part.cell != cover.total.cell)
        self.structure.overlaps[Overlap(cover.surplus, cells, cover.total.cell)] = None

    def complement(self, cell: Cell, near: Cell) -> None:
        rows = Figure(cell, self.shape.rows) if self.shape.persons and self.measure == self.shape.rows else None
        if self.measure in (self.shape.rows, self.shape.women):
            self.structure.complements[Complement(Figure(cell, self.shape.women), rows, near)] = None
        elif self.measure in self.shape.people:
            self.structure.complements[Complement(Figure(cell, self.measure), None, near)] = None


def _parts(group: _Group, values: Collection[Figure]) -> None:
    """Totals and their parts along a single-answer axis; what is left over where only some parts are shown. `values`:
    figures of which the value is shown.
    """
    ways: dict[Figure, list[Sum | Cover]] = defaultdict(list)
    for step in group.tree.steps(group.present):
        tie = group.tie(step.parts)
        if tie is Sum and not step.exact and group.measure != group.shape.persons:
            continue
        total = group.figure(step.total)
        relation = tie(total, tuple(map(group.figure, step.parts)))
        group.structure.add(relation)
        if isinstance(relation, Cover):
            group.overlap(relation)
        if group.measure == group.shape.persons and group.present.issuperset(step.parts):
            ways[total].insert(0 if step.exact else len(ways[total]), relation)
        _outside(group, step, tie)
    for mixture in mixed_levels.mixtures(ways, values):
        group.structure.add(Sum(mixture.surplus, mixture.surpluses))
        cells = tuple(part.cell for part in mixture.parts)
        group.structure.overlaps[Overlap(mixture.surplus, cells, mixture.total.cell)] = None


def _outside(group: _Group, step: Step, tie: Callable[[Figure, tuple[Figure, ...]], Sum | Cover]) -> None:
    """The parts of a total that are not shown are groups, each by itself and all together; so are the women outside one that
    is, where somebody may stand in several."""
    total = group.figure(step.total)
    shown = tuple(part for part in step.parts if part in group.present)
    hidden = tuple(part for part in step.parts if part not in group.present)
    for part in hidden:
        group.complement(group.cell(part), total.cell)
    if tie is Cover:
        for part in shown:
            _never(group, step.total, part)
    if shown and len(hidden) > 1:
        name = f"{'' if step.total == TOTAL else step.total}{NOT}{'+'.join(shown)}"
        left = Figure(group.rest.at(group.axis, name), group.measure)
        group.structure.add(tie(left, tuple(map(group.figure, hidden))))
        group.structure.add(tie(total, (*map(group.figure, shown), left)))
        group.complement(left.cell, total.cell)


def _answers(group: _Group, seen: Collection[Figure]) -> None:
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
        if answers in seen:
            leaves = sorted(tree.leaves[TOTAL])
            structure.add(Sum(answers, tuple(map(group.figure, leaves))))
            structure.add(AtMost(answers, Figure(group.rest, shape.rows), len(leaves)))
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
            structure.add(Cover(total, (part, Figure(no, group.measure))))
            _never(group, TOTAL, code)


def _never(group: _Group, total: str, part: str) -> Figure:
    """The women of a total who are in no record of one part: whoever knows both counts knows theirs."""
    cell = group.rest.at(group.axis, f"{'' if total == TOTAL else total}{NOT}{part}")
    figure = Figure(cell, never(group.measure))
    group.structure.add(Sum(group.figure(total), (group.figure(part), figure)))
    if group.axis not in group.shape.dimensions or group.shape.dimensions[group.axis].complement != "free":
        group.structure.complements[Complement(figure, None, group.cell(part))] = None
    return figure


def _equalities(group: _Group) -> None:
    """A sensitive code against every total and ancestor that is shown."""
    if group.measure != group.shape.women:
        return
    dimension = group.shape.dimensions[group.axis]
    for code in sorted(group.present - {TOTAL, *dimension.unspecified}):
        for above in sorted(group.present - {code}):
            if above == TOTAL or code in group.tree.under[above]:
                difference = _never(group, above, code)
                group.structure.equalities[Equality(group.cell(code), group.cell(above), difference)] = None


def figures_of(relation: Relation) -> tuple[Figure, ...]:
    """Every figure that a relation is about, the surplus of a cover too."""
    if isinstance(relation, AtMost):
        return (relation.lesser, *(figure for figure, _ in relation.right))
    return (*_left(relation), *relation.parts)


def _left(relation: Sum | Cover) -> tuple[Figure, ...]:
    """What the parts of a relation add up to."""
    return (relation.total, relation.surplus) if isinstance(relation, Cover) else (relation.total,)


def propagate(sums: Iterable[Sum | Cover], known: Mapping[Figure, N]) -> dict[Figure, N]:
    """`known` and all that follows by solving equations with a single unknown, again and again. Numbers, or arrays of
    them.
    """
    value = dict(known)
    at: dict[Figure, list[Sum | Cover]] = defaultdict(list)
    for relation in sums:
        for figure in figures_of(relation):
            if figure not in value:
                at[figure].append(relation)
    queue = deque(dict.fromkeys(sums))
    while queue:
        relation = queue.popleft()
        unknown = [figure for figure in figures_of(relation) if figure not in value]
        if len(unknown) != 1:
            continue
        parts: Any = sum(value[part] for part in relation.parts if part in value)
        left: Any = sum(value[figure] for figure in _left(relation) if figure in value)
        value[unknown[0]] = left - parts if unknown[0] in relation.parts else parts - left
        queue.extend(at[unknown[0]])
    return value
