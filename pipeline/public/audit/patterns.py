"""What sets of records allow a figure to be, asked of a whole-number program over women. Pure; knows no paths.

The facts of `relations` and `containment` are true of any records, and no list of such facts is sure to be whole. Here
records are asked themselves. The finest groups that some published cells tell apart are their *atoms*; a woman is the
set of atoms that she has records in, her *pattern*. Columns are the women of each pattern, and by atom the records that
are not a woman's first. Known figures are equations over the columns (cf. Dobra and Fienberg, PNAS 97, 2000, on bounds
from margins, where nobody stands in two cells).

In: what a reader knows of the figures of one or more editions. Out: `Patterns`, which says of a figure whether it can be
so many. A record is of the vintage that counts it first; records only come late. All cells of a record type and year
are one program where its patterns are few enough; else the cells of each component of withheld figures are, with those
that tell nothing further apart. What is larger than that, or not answered in so many search nodes, is not refuted: then
the linear facts alone decide. Leaving cells out leaves more sets of records, so what is refuted is refuted of all.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import highspy
import numpy as np
from scipy.sparse import csc_array

from pipeline.model.cells import NOT, TOTAL, AtMost, Cell, Figure, Relation, Sum
from pipeline.model.disjoint_sets import DisjointSets
from pipeline.optimisation.solver import Floats, Ints, solver
from pipeline.public.audit.constraints import figures_of, propagate
from pipeline.public.audit.structure import Shape, Tree
from pipeline.public.edition.model import PERIOD

COLUMNS = 1023
"""Patterns of a program at most: those of ten atoms that a woman can combine as she likes, of more where few come twice."""
CELLS = 300
"""Cells of a program at most."""
KINDS = 4096
"""Combinations of codes that are looked at, at most, to find the atoms of some cells."""
NODES = 2_000
"""Search nodes for one question."""
BEYOND = 1000
"""A column is no larger than this beyond every known figure: more would show nothing new, since no threshold is as large."""

Key = tuple[str, str]
"""(Record type, year)."""
Axis = tuple[str, str]
"""An axis; of a question, with one of its codes."""
LATE: Axis = ("#", "")
"""The axis along which records differ by when they came."""
_Class = tuple[int, frozenset[str]]
"""The cells that a record may stand in (bit by bit), and the codes of an axis of which it has one."""


class TooLarge(Exception):
    """Some cells tell too many groups apart."""


class Impossible(Exception):
    """No set of records counts as published."""


class Places:
    """The codes of one record type along its axes: what a cell filters on.

    Two dimensions that continue the same one are two axes, and a record has one code of that dimension on both.
    """

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        upper = {dimension.upper for dimension in shape.dimensions.values()}
        steady = {axis: trees[0][0] for axis, trees in shape.trees.items() if len(trees) == 1 or axis == PERIOD}
        self.trees = {axis: tree for axis, tree in steady.items() if axis not in upper and not shape.multiple(axis)}
        self.answers = {axis: tree for axis, tree in steady.items() if shape.multiple(axis)}
        self._agree: dict[tuple[str, str], frozenset[tuple[str, str]]] = {}
        self._above: dict[str, dict[str, dict[str, str]]] = {}
        for axis, tree in self.trees.items():
            found = self._above[axis] = defaultdict(dict)
            for code, name in tree.dimension.items():
                if name != axis and code not in tree.outside:
                    found[name].update(dict.fromkeys(tree.leaves[code], code))

    def filters(self, cell: Cell) -> Mapping[Axis, frozenset[str]] | None:
        """Axis → the finest codes that a cell takes; None where that cannot be told. A question has an axis for each code
        that is asked, «yes» to it or «no» (`!` before it).
        """
        found: dict[Axis, frozenset[str]] = {}
        for name, code in sorted(cell.where):
            if self.shape.multiple(name):
                leaves = self._leaves(self.answers[name], code.removeprefix(NOT)) if name in self.answers else None
                axes: list[Axis] = [(name, code)]
            else:
                axes = [(axis, "") for axis in self.shape.axes.get(name, ()) if axis in self.trees]
                leaves = None
            for axis in axes:
                own = leaves or (self._leaves(self.trees[axis[0]], code) if axis[0] in self.trees else None)
                if own is None:
                    return None
                found[axis] = found.get(axis, own) & own
            if not axes:
                return None
        return found

    def _leaves(self, tree: Tree, code: str) -> frozenset[str] | None:
        """The finest codes of one; of a rest (`whole!part+part`), those of the whole less those of its parts."""
        if code in tree.leaves or code in tree.dimension:
            return tree.leaves.get(code, frozenset({code}))
        whole, rest, parts = code.partition(NOT)
        some = [tree.leaves.get(part) for part in (whole or TOTAL, *parts.split("+"))]
        every = [each for each in some if each is not None]
        return every[0].difference(*every[1:]) if rest and len(every) == len(some) else None

    def agree(self, one: str, other: str) -> frozenset[tuple[str, str]] | None:
        """Finest codes of two axes that one record can have; None: all of them."""
        shared = self._above[one].keys() & self._above[other].keys()
        if not shared:
            return None
        if (one, other) not in self._agree:
            pairs = itertools.product(self.trees[one].leaves[TOTAL], self.trees[other].leaves[TOTAL])
            self._agree[one, other] = frozenset((a, b) for a, b in pairs if self._same(one, a, other, b, shared))
        return self._agree[one, other]

    def _same(self, one: str, a: str, other: str, b: str, shared: Collection[str]) -> bool:
        both = ((self._above[one][name].get(a), self._above[other][name].get(b)) for name in shared)
        return all(ours is None or theirs is None or ours == theirs for ours, theirs in both)


def _atoms(places: Places, cells: Sequence[Cell], order: Mapping[str, int]) -> list[int]:
    """For every group that the cells tell apart, the cells (bit by bit) that its records stand in. `order`: of vintages.
    Raises TooLarge.
    """
    filters = [places.filters(cell) or {} for cell in cells]
    names = [cell.vintage for cell in cells]
    classes = _classes(places, filters) | {LATE: _stages(names, order)}
    if np.prod([float(len(each)) for each in classes.values()]) > KINDS:
        raise TooLarge
    axes = list(classes)
    pairs = _agreed(places, axes)
    at, first = axes.index(LATE), classes[LATE][0][1]
    steady = sum(1 << n for n, name in enumerate(names) if not name)  # no records came late to these
    found: dict[int, None] = {}
    for kind in itertools.product(*classes.values()):
        mask = (1 << len(cells)) - 1
        for each, _ in kind:
            mask &= each
        there = all(any((a, b) in agreed for a in kind[n][1] for b in kind[m][1]) for n, m, agreed in pairs)
        if mask and there and not (kind[at][1] != first and mask & steady):
            found[mask] = None
    return list(found)


def _stages(names: Sequence[str], order: Mapping[str, int]) -> list[_Class]:
    """When a record came: with the first vintage, or late to one of the others. `names`: of the vintages of the cells."""
    stages = sorted({order[name] for name in names if name}) or [0]
    since = [sum(1 << n for n, name in enumerate(names) if not name or order[name] >= stage) for stage in stages]
    return [(mask, frozenset([str(stage)])) for mask, stage in zip(since, stages, strict=True)]


def _agreed(places: Places, axes: Sequence[Axis]) -> list[tuple[int, int, frozenset[tuple[str, str]]]]:
    """The places of two axes of which one record can have some codes together only, with those."""
    found = []
    for (n, one), (m, other) in itertools.combinations(enumerate(axes), 2):
        if one[0] in places.trees and other[0] in places.trees:
            agreed = places.agree(one[0], other[0])
            if agreed is not None:
                found.append((n, m, agreed))
    return found


def _classes(places: Places, filters: Sequence[Mapping[Axis, frozenset[str]]]) -> dict[Axis, list[_Class]]:
    """Axis → the sets of finest codes (of a question: of answers) that no cell tells apart, each with the cells that it may
    stand in, bit by bit. Raises TooLarge.
    """
    axes = {axis for each in filters for axis in each}
    found = {axis: _of_codes(places, filters, axis) for axis in sorted(axes) if not places.shape.multiple(axis[0])}
    questions = {axis[0] for axis in axes if places.shape.multiple(axis[0])}
    return found | {(name, ""): _of_answers(places, filters, name) for name in sorted(questions)}


def _of_codes(places: Places, filters: Sequence[Mapping[Axis, frozenset[str]]], axis: Axis) -> list[_Class]:
    """The finest codes of an axis of which a record has one."""
    every = (1 << len(filters)) - 1
    leaves = places.trees[axis[0]].leaves[TOTAL] if axis[0] != PERIOD else frozenset[str]()
    leaves = leaves.union(*(each[axis] for each in filters if axis in each))
    masks: dict[int, set[str]] = defaultdict(set)
    for leaf in sorted(leaves):
        out = sum(1 << n for n, each in enumerate(filters) if axis in each and leaf not in each[axis])
        masks[every & ~out].add(leaf)
    return [(mask, frozenset(own)) for mask, own in masks.items()]


def _of_answers(places: Places, filters: Sequence[Mapping[Axis, frozenset[str]]], name: str) -> list[_Class]:
    """The sets of answers that a record may give to a question. Raises TooLarge."""
    every = (1 << len(filters)) - 1
    codes = sorted(places.answers[name].leaves[TOTAL])
    if 1 << len(codes) > KINDS:
        raise TooLarge
    asked = [[(code, own) for (of, code), own in each.items() if of == name] for each in filters]
    answers: dict[int, None] = {}
    for size in range(len(codes) + 1):
        for yes in map(set, itertools.combinations(codes, size)):
            wrong = (any(yes.isdisjoint(own) != code.startswith(NOT) for code, own in each) for each in asked)
            answers[every & ~sum(1 << n for n, out in enumerate(wrong) if out)] = None
    return [(mask, frozenset()) for mask in answers]


@dataclass
class Program:
    """Sets of records by what some cells tell apart. `of`: cell → its place; `stands`: pattern × atom."""

    cells: Sequence[Cell]
    stands: Ints
    expressions: Mapping[Figure, Ints]
    known: Mapping[Figure, int]
    lower: Mapping[Figure, int]
    equal: Sequence[Ints]
    extra: int
    """Atoms that have further records: all, or none where no record is told."""
    found: list[Ints] = field(default_factory=list)
    """Sets of records that count as published."""

    @cached_property
    def _rows(self) -> tuple[Ints, Floats, Floats]:
        """Every equation and inequality: coefficients, low, high."""
        rows: dict[tuple[bytes, float, float], Ints] = {}

        def add(row: Ints, low: float, high: float) -> None:
            rows.setdefault((row.tobytes(), low, high), row)

        for row in self.equal:
            add(row, 0, 0)
        for figure, row in self.expressions.items():
            if figure in self.known:
                add(row, self.known[figure], self.known[figure])
            elif self.lower.get(figure, 0) > 0:
                add(row, self.lower[figure], np.inf)
        for atom in range(self.extra):  # a further record only where somebody stands
            row = np.concatenate([-self._most * self.stands[:, atom], np.zeros(self.extra, dtype=np.int64)])
            row[len(self.stands) + atom] = 1
            add(row, -np.inf, 0)
        low, high = np.array([key[1:] for key in rows], dtype=np.float64).reshape(-1, 2).T
        return np.array(list(rows.values()), dtype=np.int64).reshape(len(rows), self._width), low, high

    @property
    def _width(self) -> int:
        return len(self.stands) + self.extra

    @property
    def _most(self) -> int:
        return max((self.known[figure] for figure in self.expressions if figure in self.known), default=0) + BEYOND

    def allows(self, figure: Figure, least: int | None, most: int | None) -> bool:
        """Whether a figure can be so many; True where the program does not say. Raises Impossible."""
        row = self.expressions[figure]
        if any((least is None or row @ each >= least) and (most is None or row @ each <= most) for each in self.found):
            return True
        return self._find(row, -np.inf if least is None else least, np.inf if most is None else most)

    def possible(self) -> bool:
        """Whether any set of records counts as published."""
        return bool(self.found) or self._find(np.zeros(self._width, dtype=np.int64), 0, 0)

    def _find(self, row: Ints, least: float, most: float) -> bool:
        matrix, low, high = self._rows
        matrix = np.vstack([matrix, row])
        low, high = np.append(low, least), np.append(high, most)
        bounds = np.zeros(self._width), np.full(self._width, float(self._most))
        whole = np.ones(self._width, dtype=np.bool_)
        for presolve in ("on", "off"):  # that there is none is asked twice, in two ways
            highs = solver(csc_array(matrix), (low, high), bounds, np.zeros(self._width), whole)
            highs.setOptionValue("presolve", presolve)
            highs.setOptionValue("mip_max_nodes", NODES)
            highs.run()
            if highs.getModelStatus() == highspy.HighsModelStatus.kOptimal:
                found = np.rint(highs.getSolution().col_value).astype(np.int64)
                count = matrix @ found
                if (found >= 0).all() and (count >= low).all() and (count <= high).all():
                    self.found.append(found)
                return True
            if highs.getModelStatus() != highspy.HighsModelStatus.kInfeasible:
                return True
        return False


def _program(
    places: Places,
    cells: Sequence[Cell],
    relations: Sequence[Relation],
    known: Mapping[Figure, int],
    lower: Mapping[Figure, int],
    order: Mapping[str, int],
) -> Program:
    """Of what some cells tell apart. Raises TooLarge."""
    if len(cells) > CELLS:
        raise TooLarge
    shape, place = places.shape, {cell: n for n, cell in enumerate(cells)}
    women, rows = shape.persons or "", shape.rows
    empty = sum(
        1 << n for cell, n in place.items() if 0 in (known.get(Figure(cell, women)), known.get(Figure(cell, rows)))
    )
    atoms = [mask for mask in _atoms(places, cells, order) if not mask & empty]
    sums = [relation for relation in relations if not isinstance(relation, AtMost)]
    few = _few(places, place, known, lower)
    stands = _stands(atoms, _parted(sums, place, women), few)
    told = known.keys() | set(itertools.chain.from_iterable(map(figures_of, sums)))
    extra = len(atoms) if any(Figure(cell, rows) in told for cell in cells) else 0
    base: dict[Figure, Ints] = {}
    for cell, n in place.items():
        inside = np.array([mask >> n & 1 for mask in atoms], dtype=np.int64)
        count = stands @ inside
        base[Figure(cell, women)] = np.concatenate([count > 0, np.zeros(extra)]).astype(np.int64)
        if extra:
            base[Figure(cell, rows)] = np.concatenate([count, inside])
    expressions = propagate(sums, base)
    return Program(cells, stands, expressions, known, lower, _equalities(sums, expressions), extra)


def _equalities(sums: Iterable[Relation], expressions: Mapping[Figure, Ints]) -> list[Ints]:
    """What sums ask for beyond what follows from the cells: rows that must come to nothing."""
    found = []
    for each in sums:
        if isinstance(each, Sum) and all(figure in expressions for figure in figures_of(each)):
            row = sum((expressions[part] for part in each.parts), -expressions[each.total])
            if row.any():
                found.append(row)
    return found


def _parted(sums: Iterable[Relation], place: Mapping[Cell, int], women: str) -> list[list[int]]:
    """Cells (bit by bit) of which no woman stands in two: they add up."""
    return [
        [1 << place[part.cell] for part in each.parts]
        for each in sums
        if isinstance(each, Sum) and all(f.measure == women and f.cell in place for f in (each.total, *each.parts))
    ]


def _few(
    places: Places, place: Mapping[Cell, int], known: Mapping[Figure, int], lower: Mapping[Figure, int]
) -> list[tuple[int, int]]:
    """Cells (bit by bit) with the most of their records that one woman can have: every other woman has one of them."""
    women, rows = places.shape.persons or "", places.shape.rows
    found = []
    for cell, n in place.items():
        if Figure(cell, rows) in known:
            each = Figure(cell, women)
            found.append((1 << n, known[Figure(cell, rows)] - max(1, known.get(each, lower.get(each, 1))) + 1))
    return found


def _stands(atoms: Sequence[int], parted: Sequence[Sequence[int]], few: Sequence[tuple[int, int]]) -> Ints:
    """Pattern × atom. Raises TooLarge."""
    never = np.zeros((len(atoms), len(atoms)), dtype=np.bool_)
    for bits in parted:
        part = np.array([[bool(atom & bit) for bit in bits] for atom in atoms], dtype=np.int64).reshape(-1, len(bits))
        both = part.sum(axis=1)
        never |= np.outer(both, both) > part @ part.T
    inside = np.array([[bool(atom & bit) for bit, _ in few] for atom in atoms], dtype=np.int64).reshape(
        len(atoms), len(few)
    )
    most = np.array([number for _, number in few], dtype=np.int64)
    found: list[tuple[int, ...]] = []
    left: list[tuple[tuple[int, ...], list[int]]] = [((), [n for n in range(len(atoms)) if not never[n, n]])]
    while left:
        pattern, rest = left.pop()
        taken = inside[list(pattern)].sum(axis=0)
        rest = [atom for atom in rest if (taken + inside[atom] <= most).all()]
        for place, atom in enumerate(rest):
            found.append((*pattern, atom))
            if len(found) > COLUMNS:
                raise TooLarge
            left.append((found[-1], [other for other in rest[place + 1 :] if not never[atom, other]]))
    stands = np.zeros((len(found), len(atoms)), dtype=np.int64)
    for n, own in enumerate(found):
        stands[n, list(own)] = 1
    return stands


class Patterns:
    """What sets of records allow. `order`: editions, oldest first; relations, known, lower: what a reader knows."""

    def __init__(
        self,
        shapes: Mapping[str, Shape],
        order: Sequence[str],
        relations: Iterable[Relation],
        known: Mapping[Figure, int],
        lower: Mapping[Figure, int],
    ) -> None:
        self.known, self.lower = known, lower
        self.order = {edition: n for n, edition in enumerate(order)}
        self.programs: list[Program] = []
        self._of: dict[Figure, list[Program]] = defaultdict(list)
        of: dict[Key, list[Relation]] = defaultdict(list)
        for relation in relations:
            keys = {_key(figure) for figure in figures_of(relation) if figure.cell.code(PERIOD) != TOTAL}
            if len(keys) == 1:
                of[keys.pop()].append(relation)
        for figure in known:
            of.setdefault(_key(figure), [])
        for key, mine in of.items():
            if key[0] in shapes and shapes[key[0]].persons:
                self._add(Places(shapes[key[0]]), mine, [figure for figure in known if _key(figure) == key])

    def _add(self, places: Places, relations: Sequence[Relation], known: Iterable[Figure]) -> None:
        """The programs of one record type and year."""
        every = dict.fromkeys([*known, *itertools.chain.from_iterable(map(figures_of, relations))])
        base = [figure for figure in every if self._counted(places, figure)]
        cells = list(dict.fromkeys(figure.cell for figure in base))
        grew = {change for figure in every if (change := figure.cell.change)}
        vintages = sorted({name for cell in cells if (name := cell.vintage)}, key=self.order.__getitem__)
        if not grew.issuperset(itertools.combinations(vintages, 2)):  # records did not only come late
            return
        try:
            self._note(_program(places, cells, relations, self.known, self.lower, self.order))
        except TooLarge:
            for some in _components(relations, self.known):
                figures = dict.fromkeys(itertools.chain.from_iterable(map(figures_of, some)))
                mine = list(dict.fromkeys(f.cell for f in figures if self._counted(places, f)))
                try:
                    self._note(_program(places, mine, some, self.known, self.lower, self.order))
                except TooLarge:
                    continue

    def _counted(self, places: Places, figure: Figure) -> bool:
        """Whether a figure is the women or the records of a cell of which it can be told what it takes."""
        known = figure.measure in (places.shape.persons, places.shape.rows) and not figure.cell.change
        return known and figure.cell.code(PERIOD) != TOTAL and places.filters(figure.cell) is not None

    def _note(self, program: Program) -> None:
        self.programs.append(program)
        for figure in program.expressions:
            self._of[figure].append(program)

    def allows(self, figure: Figure, least: int | None = None, most: int | None = None) -> bool:
        """Whether some set of records has `least` ≤ figure ≤ `most`, as far as the programs can tell."""
        return all(program.allows(figure, least, most) for program in self._of.get(figure, ()))

    def value(self, figure: Figure) -> int | None:
        """The value that a figure has in every set of records, if a program can tell that it has one."""
        for program in self._of.get(figure, ()):
            if (
                program.possible()
                and len(values := {int(program.expressions[figure] @ each) for each in program.found}) == 1
            ):
                (value,) = values
                if not program.allows(figure, value + 1, None) and not program.allows(figure, None, value - 1):
                    return value
        return None

    def possible(self) -> bool:
        """Whether some set of records counts as published, as far as the programs can tell."""
        return all(program.possible() for program in self.programs)


def _key(figure: Figure) -> Key:
    return figure.cell.plain.records, figure.cell.code(PERIOD)[:4]


def _components(relations: Sequence[Relation], known: Mapping[Figure, int]) -> Iterator[list[Relation]]:
    """The relations of figures that are not known and hang together."""
    unknown = [[figure for figure in figures_of(relation) if figure not in known] for relation in relations]
    sets = DisjointSets(dict.fromkeys(itertools.chain.from_iterable(unknown)))
    for figures in unknown:
        sets.union(figures)
    found: dict[Figure, list[Relation]] = defaultdict(list)
    for relation, figures in zip(relations, unknown, strict=True):
        if figures:
            found[sets.find(figures[0])].append(relation)
    yield from found.values()
