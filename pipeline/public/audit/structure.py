"""What published tables say of themselves: record types, dimensions, codes, and the figure that each number is. Pure.

The same figure has one name in whichever table, and whichever edition, it stands. Code lists become trees along axes: a
dimension together with its `upper`, since the services of a list and the areas that they belong to are one hierarchy.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import pandas as pd

from pipeline.model import periods
from pipeline.model.cells import NOT, TOTAL, Cell, Figure
from pipeline.public.edition.model import OBS, PERIOD, Dimension, Package, PublishedTable


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


class Said(NamedTuple):
    """What a table of an edition says of its women: the dimensions along which they add up, and those on which one may
    stand under several codes (None: nothing is said of those). `where`: the codes that it filters on, as cells have them;
    `inside`: (finer code, such a code) where a cell of the one does not name the other.
    """

    edition: str
    where: Mapping[str, str]
    inside: frozenset[tuple[tuple[str, str], tuple[str, str]]]
    names: frozenset[str]
    levels: tuple[str, ...]
    add_up: frozenset[str]
    overlap: frozenset[str] | None

    @property
    def words(self) -> object:
        """All but the edition: two tables of which this is the same say the same."""
        return (frozenset(self.where.items()), *self[2:])

    def shows(self, cell: Cell) -> bool:
        """Whether the cell has a row in the table."""
        others = cell.where - self.where.items()
        level = periods.level_of(cell.code(PERIOD))
        return (
            all(pair in cell.where or any((o, pair) in self.inside for o in others) for pair in self.where.items())
            and self.names.issuperset(name for name, _ in others)
            and (not self.levels or level is None or level in self.levels)
        )


@dataclass(frozen=True)
class Shape:
    """What the descriptors say of one record type, over all tables and editions.

    said: what each table says of its women; every other measure adds up along any single-answer dimension.
    within: measure → those that count the same and more.
    answers: multi-answer dimension → the measure that counts its answers.
    trees: axis → trees with the editions whose code lists they were made of (one, unless a list was changed).
    """

    records: str
    rows: str
    persons: str | None
    women: str
    said: tuple[Said, ...]
    dimensions: Mapping[str, Dimension]
    answers: Mapping[str, str]
    trees: Mapping[str, tuple[tuple[Tree, frozenset[str]], ...]]
    within: Mapping[str, frozenset[str]]

    @cached_property
    def people(self) -> tuple[str, ...]:
        """The measures of which none may be told or proved small: what the threshold judges, and what is within that."""
        return (self.women, *(less for less, more in self.within.items() if self.women in more))

    @cached_property
    def attended(self) -> frozenset[str]:
        """Measures of activities of which there is nothing where none took place: what the threshold judges, less and more."""
        if self.persons or self.women == self.rows:
            return frozenset()
        return frozenset((*self.people, *self.within.get(self.women, ())))

    @cached_property
    def axes(self) -> Mapping[str, tuple[str, ...]]:
        """Dimension → the axes on which its codes lie: its own and those of the dimensions that it is the upper of."""
        found: dict[str, list[str]] = defaultdict(list)
        for axis in self.trees:
            for name in chain(axis, self.dimensions):
                found[name].append(axis)
        return {name: tuple(axes) for name, axes in found.items()}

    @cached_property
    def _said_by(self) -> Mapping[str, Mapping[int, Said]]:
        """Edition → what its tables say; what several editions say alike has one number in all of them."""
        found: dict[str, dict[int, Said]] = defaultdict(dict)
        for number, said in zip(self.alike, self.said, strict=True):
            found[said.edition][number] = self.said[number]
        return found

    @cached_property
    def alike(self) -> tuple[int, ...]:
        """Per table of an edition the place in `said` of the first that says the same."""
        first: dict[object, int] = {}
        return tuple(first.setdefault(each.words, place) for place, each in enumerate(self.said))

    @cached_property
    def _spoken(self) -> dict[frozenset[str], list[Said]]:
        """Editions → what they say, each thing once: filled as it is asked for."""
        return {}

    def _said_in(self, editions: frozenset[str]) -> list[Said]:
        if editions not in self._spoken:
            found = {number: said for name in editions for number, said in self._said_by.get(name, {}).items()}
            self._spoken[editions] = list(found.values())
        return self._spoken[editions]

    def multiple(self, dimension: str) -> bool:
        return dimension in self.dimensions and self.dimensions[dimension].kind == "multiple"

    def add_up(self, cells: Sequence[Cell], editions: frozenset[str]) -> bool | None:
        """Whether a table says that the women of a cell, the first, are the sum of its parts. None: it does not say."""
        by = {name for part in cells[1:] for name, _ in part.where - cells[0].where}
        tables = [said for said in self._said_in(editions) if all(map(said.shows, cells))]
        if any(by <= table.add_up for table in tables):
            return True
        return None if any(table.overlap is None for table in tables or self.said) else False


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


def shapes(packages: Sequence[Package]) -> dict[str, Shape]:
    """What the descriptors of all editions say of each record type."""
    tables: dict[str, list[tuple[Package, PublishedTable]]] = defaultdict(list)
    for package in packages:
        for table in package.tables.values():
            tables[table.records].append((package, table))
    return {records: _shape(records, found) for records, found in tables.items()}


def _shape(records: str, tables: Sequence[tuple[Package, PublishedTable]]) -> Shape:
    last = tables[-1][1]
    dimensions = _dimensions(table for _, table in tables)
    editions = list({id(package): package for package, _ in tables}.values())
    names = {id(package): Names(package, dimensions) for package in editions}
    said: list[Said] = []
    answers: dict[str, str] = {}
    fixed: dict[str, set[str]] = defaultdict(set)
    within: dict[str, frozenset[str]] = {}
    for package, table in tables:
        for less, more in table.within.items():
            within[less] = within.get(less, frozenset()) | set(more)
        for dimension in table.dimensions:
            if dimension.kind == "multiple" and table.answers:
                answers[dimension.name] = table.answers
        if table.persons in table.measures:
            said.append(_said(package.edition, table, names[id(package)]))
        for name, code in table.where.items():
            fixed[name].add(code)
    trees: dict[str, tuple[tuple[Tree, frozenset[str]], ...]] = {}
    for axis in dimensions:
        found = [(links, edition.edition) for edition in editions if (links := _links(axis, dimensions, edition))]
        trees[axis] = merge((Tree.of(links), name) for links, name in found)
    for name in fixed.keys() - dimensions.keys():  # no list is published: the codes that are named, and all the rest
        tree = Tree({TOTAL: (*sorted(fixed[name]), NOT)}, frozenset(), dict.fromkeys((*fixed[name], NOT), name))
        trees[name] = ((tree, frozenset(p.edition for p, _ in tables)),)
    return Shape(records, last.rows, last.persons, last.women, tuple(said), dimensions, answers, trees, within)


def _dimensions(tables: Iterable[PublishedTable]) -> dict[str, Dimension]:
    """Every dimension of some tables; what any of them says of one holds for all: protection is never lost by leaving a word
    out."""
    found: dict[str, Dimension] = {}
    for dimension in (each for table in tables for each in table.dimensions):
        known = found.get(dimension.name, dimension)
        found[dimension.name] = replace(
            dimension,
            upper=dimension.upper or known.upper,
            sensitive=dimension.sensitive or known.sensitive,
            complement=dimension.complement if dimension.complement == known.complement else "",
        )
    return found


def _said(edition: str, table: PublishedTable, names: Names) -> Said:
    known = {dimension.name: dimension for dimension in table.dimensions}
    links = {name: frozenset(chain(name, known)) for name in known}
    women = table.persons or ""
    overlap = table.overlaps.get(women)
    where = dict(names.cell(table.records, table.where).where)
    inside = ((pair, (names.uppers[pair[0]], root)) for pair, root in names.root.items())
    return Said(
        edition=edition,
        where=where,
        inside=frozenset(each for each in inside if each[1] in where.items()),
        names=frozenset().union(*links.values()),
        levels=next((dimension.levels for dimension in table.dimensions if dimension.name == PERIOD), ()),
        add_up=frozenset().union(*(links.get(name, ()) for name in table.additive.get(women, ()))),
        overlap=None if overlap is None else frozenset(overlap),
    )


def _links(axis: str, dimensions: Mapping[str, Dimension], package: Package) -> list[tuple[str, pd.DataFrame]]:
    """The code lists along an axis, finest first; none if the edition does not have the first one."""
    found: list[tuple[str, pd.DataFrame]] = []
    for name in chain(axis, dimensions):
        frame = package.codes.get(dimensions[name].codes) if name in dimensions else None
        if frame is None and found:  # no table shows the upper dimension: its codes are the roots of what is below
            below = found[-1][1]
            frame = below[(below["parent"] == "") & (below["parts"] == "")]
        if frame is None:
            return []
        found.append((name, frame))
    return found


Named = tuple[Cell, tuple[Figure, ...]]
Known = dict[object, dict[object, dict[tuple[str, ...], Named]]]
"""How cells are named, the form of a table, the codes of a row → its cell and figures: so that what stands in many editions is
named once."""


class Names:
    """The one cell that a row stands for: a root of a list is a code of the list's upper dimension."""

    def __init__(self, package: Package, dimensions: Mapping[str, Dimension], known: Known | None = None) -> None:
        """`known`: the rows that such names have been given so far, in whichever edition; it is added to."""
        self.upper: dict[tuple[str, str], tuple[str, str]] = {}
        self.root: dict[tuple[str, str], str] = {}
        for name, dimension in dimensions.items():
            frame = package.codes.get(dimension.codes)
            if not dimension.upper or frame is None:
                continue
            parent = dict(zip(frame["code"], frame["parent"], strict=True))
            unions = set(frame["code"][frame["parts"] != ""])
            for code, above in parent.items():
                if not above and code not in unions:
                    self.upper[name, code] = (dimension.upper, code)
                while above and parent[above]:
                    above = parent[above]
                self.root[name, code] = above or code
        self.uppers = {name: dimension.upper for name, dimension in dimensions.items() if dimension.upper}
        how = frozenset(self.upper.items()), frozenset(self.root.items()), tuple(self.uppers.items())
        self._known = {} if known is None else known.setdefault(how, {})

    def of(self, table: PublishedTable) -> dict[tuple[str, ...], Named]:
        """Row of a table, by its codes → its cell and the figures of its measures: those that are known so far."""
        multiple = tuple(each.name for each in table.dimensions if each.kind == "multiple")
        form = table.records, tuple(table.where.items()), tuple(table.names), table.measures, table.answers, multiple
        return self._known.setdefault((*form, table.rows), {})

    def named(self, table: PublishedTable, key: tuple[str, ...]) -> Named:
        """The cell of a row and the figures of its measures."""
        codes = dict(zip(table.names, key, strict=True))
        cell = self.cell(table.records, {**table.where, **codes})
        return cell, tuple(self.figure(table, cell, measure, codes) for measure in table.measures)

    def cell(self, records: str, where: Mapping[str, str]) -> Cell:
        pairs = {name: code for name, code in where.items() if code != TOTAL}
        for name, upper in self.uppers.items():  # what the finer code implies need not be said
            if name in pairs and pairs.get(upper) == self.root.get((name, pairs[name])):
                del pairs[upper]
        named = []
        for pair in pairs.items():
            while pair in self.upper:
                pair = self.upper[pair]
            named.append(pair)
        return Cell(records, frozenset(named))

    def figure(self, table: PublishedTable, cell: Cell, measure: str, codes: Mapping[str, str]) -> Figure:
        """The «yes» answers to one question are the records of that cell; all answers are a figure per question."""
        multiple = next((d.name for d in table.dimensions if d.kind == "multiple"), "")
        if measure != table.answers or not multiple:
            return Figure(cell, measure)
        return Figure(cell, answers_in(measure, multiple) if codes[multiple] == TOTAL else table.rows)


Naming = tuple[tuple[str, str, str], ...]
"""All that the names of cells go by: each dimension that has an upper one, its code list, and the upper one."""


class Row(NamedTuple):
    """A row of a table: the cell that it counts, its status, its figures with their values (None: not published)."""

    cell: Cell
    status: str
    figures: tuple[tuple[Figure, int | None], ...]


def rows(table: PublishedTable, names: Names) -> Iterator[Row]:
    """The rows of a table. What cannot exist (status M) is nothing."""
    frame, known = table.frame, names.of(table)
    keys = zip(*(frame[name].tolist() for name in table.names), strict=True)
    values = zip(*(frame[measure].tolist() for measure in table.measures), strict=True)
    for key, status, found in zip(keys, frame[OBS].tolist(), values, strict=True):
        if key not in known:
            known[key] = names.named(table, key)
        cell, figures = known[key]
        told = (0 if status == "M" else None if value is pd.NA else int(value) for value in found)
        yield Row(cell, status, tuple(zip(figures, told, strict=True)))


class Told(NamedTuple):
    """What an edition says: the figures that it shows, the cells that it withholds, and the threshold of every cell."""

    shown: dict[Figure, int]
    withheld: set[Cell]
    thresholds: dict[Cell, int]


def told(packages: Sequence[Package]) -> list[Told]:
    """What each of the editions says, in names that hold for all of them."""
    forms, known = shapes(packages), Known()
    found = []
    for package in packages:
        said = Told({}, set(), {})
        names = {records: Names(package, form.dimensions, known) for records, form in forms.items()}
        for table in package.tables.values():
            for row in rows(table, names[table.records]):
                said.shown.update({figure: value for figure, value in row.figures if value is not None})
                said.thresholds[row.cell] = max(table.threshold, said.thresholds.get(row.cell, 0))
                if row.status == "Q":
                    said.withheld.add(row.cell)
        found.append(said)
    return found


def shown(*packages: Package) -> dict[Figure, int]:
    """Every figure that the editions show, withheld ones left out; of one shown twice, the last."""
    return {figure: value for said in told(packages) for figure, value in said.shown.items()}


class Counts(NamedTuple):
    """How many cells, withheld cells and figures stand in some editions, each counted once."""

    cells: int
    withheld: int
    figures: int


class _Seen(NamedTuple):
    """The cells, the withheld cells and the figures that stand somewhere."""

    cells: set[Cell]
    withheld: set[Cell]
    figures: set[Figure]


class Counting:
    """Counts of one list of editions after another. What an edition shows is read once, and again only where the editions
    counted with it name its cells in another way."""

    def __init__(self) -> None:
        self._read: dict[tuple[Package, str, Naming], _Seen] = {}
        self._known = Known()

    def of(self, packages: Sequence[Package]) -> Counts:
        found = _Seen(set(), set(), set())
        for records in dict.fromkeys(table.records for package in packages for table in package.tables.values()):
            tables = (t for package in packages for t in package.tables.values() if t.records == records)
            dimensions = _dimensions(tables)
            naming = tuple((name, each.codes, each.upper) for name, each in dimensions.items() if each.upper)
            for package in packages:
                mine = self._shown(package, records, naming, dimensions)
                found.cells.update(mine.cells)
                found.withheld.update(mine.withheld)
                found.figures.update(mine.figures)
        return Counts(len(found.cells), len(found.withheld), len(found.figures))

    def _shown(self, package: Package, records: str, naming: Naming, dimensions: Mapping[str, Dimension]) -> _Seen:
        """The cells, the withheld cells and the figures of one record type in one edition."""
        key = package, records, naming
        if key not in self._read:
            names = Names(package, dimensions, self._known)
            listed = [row for t in package.tables.values() if t.records == records for row in rows(t, names)]
            self._read[key] = _Seen(
                {row.cell for row in listed},
                {row.cell for row in listed if row.status == "Q"},
                {figure for row in listed for figure, _ in row.figures},
            )
        return self._read[key]
