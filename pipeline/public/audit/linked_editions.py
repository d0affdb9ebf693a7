"""All editions as one: where each cell stands, what is shown of it in each edition, and what ties it all. Pure.

In: packages, oldest first, and which editions count a year alike (`Vintages`). Out: known figures and a `Structure` over
figures in one set of names. A figure of a year to which records were added is another figure in every vintage
(`records#vintage`), and what it rose by between two of them is one more (`records#older~newer`).
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import partial

from pipeline.model.cells import NOT, OVERLAP, AtMost, Cell, Cover, Figure, Relation, Sum
from pipeline.public.audit.constraints import Rise, Structure, build, figures_of
from pipeline.public.audit.containment import REPEATS, Wider
from pipeline.public.audit.structure import Known, Names, Shape, rows, shapes
from pipeline.public.edition.model import PERIOD, Package

MANY = 10_000
"""Records that one woman has at most; so large that it only says that where a record is, there is a woman."""


class Published:
    """What the editions say of each cell, in names that hold for all of them.

    places: cell → (table, edition); threshold: the highest, and never below
    that of the newest edition for tables as sensitive; shown: figure → editions in which its cell stands; values:
    figure → edition → what is shown; hidden: figure → editions that withhold it; zeros: withheld cell → whether it may
    be nothing; clashes: cells of which one edition shows two values; promised: the women of events that are shown alone →
    edition → the threshold that they reach, else the events would be withheld: the highest that the cell had until then.
    """

    def __init__(self, packages: Sequence[Package]) -> None:
        self.shapes = shapes(packages)
        self.order = [package.edition for package in packages]
        self.places: dict[Cell, dict[tuple[str, str], None]] = defaultdict(dict)
        self.threshold: dict[Cell, int] = defaultdict(int)
        self.shown: dict[Figure, set[str]] = defaultdict(set)
        self.values: dict[Figure, dict[str, int]] = defaultdict(dict)
        self.hidden: dict[Figure, set[str]] = defaultdict(set)
        self.zeros: dict[Cell, bool] = {}
        self.clashes: dict[Cell, None] = {}
        self.promised: dict[Figure, dict[str, int]] = defaultdict(dict)
        law: dict[bool, int] = {}
        known = Known()
        until: dict[Cell, int] = defaultdict(int)
        for table in packages[-1].tables.values() if packages else ():
            law[table.sensitive] = max(table.threshold, law.get(table.sensitive, 0))
        for package in packages:
            names = {records: Names(package, shape.dimensions, known) for records, shape in self.shapes.items()}
            alone: dict[Figure, None] = {}
            for table in package.tables.values():
                least = max(table.threshold, law.get(table.sensitive, 0))
                for row in rows(table, names[table.records]):
                    self.places[row.cell][table.id, package.edition] = None
                    self.threshold[row.cell] = max(self.threshold[row.cell], least)
                    until[row.cell] = max(until[row.cell], table.threshold)
                    if row.status == "Q":
                        self.zeros[row.cell] = self.zeros.get(row.cell, True) and table.zeros_withheld
                    for figure, value in row.figures:
                        self._note(figure, value, row.status == "Q", package.edition)
                    if table.persons and table.persons not in table.measures and any(v for _, v in row.figures):
                        alone[Figure(row.cell, table.persons)] = None
            for women in alone:
                self.promised[women][package.edition] = until[women.cell]

    def _note(self, figure: Figure, value: int | None, withheld: bool, edition: str) -> None:
        self.shown[figure].add(edition)
        if withheld:
            self.hidden[figure].add(edition)
        elif value is not None and self.values[figure].setdefault(edition, value) != value:
            self.clashes[figure.cell] = None

    def threshold_of(self, parts: Iterable[Cell]) -> int:
        """That of whoever stands in several of some cells."""
        return max(self.threshold[part.plain] for part in parts)

    def women(self, cell: Cell) -> Figure:
        return Figure(cell, self.shapes[cell.plain.records].women)

    def at_least_one(self, cell: Cell) -> set[str]:
        """Measures of a withheld cell that are not zero, since zeros are published."""
        shape = self.shapes[cell.plain.records]
        return {shape.rows, shape.women, *filter(None, (shape.persons,))}


@dataclass(frozen=True)
class Vintages:
    """Editions that count a year of a record type alike: (records, year) → edition → the name of its vintage.

    A cell that is not `revised` is one and the same in all editions, whatever else happened in its year.
    """

    order: Sequence[str]
    names: Mapping[tuple[str, str], Mapping[str, str]]
    revised: Callable[[Cell], bool]

    def of(self, cell: Cell, edition: str) -> str:
        return self.names.get((cell.records, year(cell)), {}).get(edition, edition) if self.revised(cell) else ""

    def alike(self, cell: Cell, edition: str) -> frozenset[str]:
        """The editions that count a cell as this one does."""
        return frozenset(other for other in self.order if self.of(cell, other) == self.of(cell, edition))

    def named(self, figure: Figure, edition: str) -> Figure:
        name = self.of(figure.cell, edition)
        return Figure(figure.cell.of_vintage(name), figure.measure) if name else figure

    def stages(self, records: str) -> list[str]:
        """The first edition of each vintage of any year of a record type."""
        found: dict[str, None] = {}
        for (name, _), vintages in self.names.items():
            if name == records:
                seen: set[str] = set()
                for edition in self.order:
                    if edition in vintages and vintages[edition] not in seen:
                        seen.add(vintages[edition])
                        found[edition] = None
        return [edition for edition in self.order if edition in found] or list(self.order[:1])


@dataclass
class Joint:
    """stages: record type → first edition of a vintage → what ties its figures, in names without a vintage; seen: (record
    type, first edition of a vintage) → the figures of which it, or another one, shows the cell.
    """

    published: Published
    vintages: Vintages
    known: dict[Figure, int] = field(default_factory=dict)
    structure: Structure = field(default_factory=Structure)
    stages: dict[str, dict[str, Structure]] = field(default_factory=dict)
    seen: dict[tuple[str, str], Collection[Figure]] = field(default_factory=dict)

    def value(self, figure: Figure, edition: str) -> int | None:
        """A figure as shown in the vintage of an edition."""
        told = self.published.values.get(figure, {})
        alike = self.vintages.alike(figure.cell, edition)
        return next((told[name] for name in self.published.order if name in alike and name in told), None)

    def rise(self, figure: Figure, older: str, newer: str) -> Figure:
        """What a figure rose by from one stage to another."""
        pair = (self.vintages.of(figure.cell, edition) for edition in (older, newer))
        return Figure(figure.cell.of_change(*pair), figure.measure)

    def nested(self) -> Iterator[tuple[Figure, Figure, Cell]]:
        """Women of a cell and of another within it that is no part of it, and that other cell, in every vintage: who is in
        the one and not in the other is a group.
        """
        tied = {(r.total, part) for r in self.structure.relations if not isinstance(r, AtMost) for part in r.parts}
        for records, stages in self.stages.items():
            shape, published = self.published.shapes[records], self.published
            if not shape.persons:
                continue
            free = {name for name, dimension in shape.dimensions.items() if dimension.complement == "free"}
            for edition in stages:
                women = {
                    figure.cell: alike
                    for figure, editions in published.shown.items()
                    if figure.cell.records == records
                    and figure.measure == shape.persons
                    and (alike := self.vintages.alike(figure.cell, edition) & editions)
                }
                wider = Wider(shape, women)
                name = partial(self.vintages.named, edition=edition)
                for cell in women:
                    for other in wider.every(cell, women.__contains__, free & {n for n, _ in cell.where}):
                        pair = name(Figure(other, shape.persons)), name(Figure(cell, shape.persons))
                        if pair not in tied:
                            yield *pair, cell

    def pairs(self) -> Iterable[tuple[Shape, str, str]]:
        """Two stages of a record type, the older one first."""
        for records, ties in self.stages.items():
            for older, newer in itertools.combinations(ties, 2):
                yield self.published.shapes[records], older, newer


def join(published: Published, vintages: Vintages) -> Joint:
    """Known figures and relations of all record types."""
    joint = Joint(published, vintages)
    for records, shape in published.shapes.items():
        joint.stages[records] = {}
        stages = vintages.stages(records)
        shown = {edition: _shown(joint, records, edition) for edition in stages}
        for edition, after in zip(stages, [*stages[1:], ""], strict=True):
            end = published.order.index(after) if after else None
            alike_in_all = published.order[published.order.index(edition) : end]
            seen = shown[edition] | _shown_elsewhere(joint, shape, edition, shown)
            joint.seen[records, edition] = seen.keys()
            told = {figure: value for figure in seen if (value := joint.value(figure, edition)) is not None}
            ties = joint.stages[records][edition] = build(shape, seen, told, alike_in_all)
            joint.structure.join(ties.renamed(partial(vintages.named, edition=edition)))
            joint.known.update((vintages.named(figure, edition), value) for figure, value in told.items())
    for shape, older, newer in joint.pairs():
        joint.structure.join(_rises(joint, shape, older, newer))
    for women, editions in published.hidden.items():
        shape = published.shapes[women.cell.records]
        if (
            women.measure == shape.persons
            and published.zeros[women.cell]
            and Figure(women.cell, shape.rows) in published.hidden
        ):
            for named in (vintages.named(women, edition) for edition in editions):  # no record without a woman
                joint.structure.add(AtMost(Figure(named.cell, shape.rows), named, MANY))
    joint.structure.add(*_attended(joint))
    return joint


def _attended(joint: Joint) -> Iterator[AtMost]:
    """Where nothing took place nobody came, and nowhere more than to all activities of a cell around it; where no activity
    came late, nobody did, unless what was counted of activities was put right. Of what is withheld and is surely something
    there is nothing to say.
    """
    published, known = joint.published, joint.known
    tied = dict.fromkeys(figure for relation in joint.structure.relations for figure in figures_of(relation))
    around = _Around(joint)
    for figure in tied:
        cell, shape = figure.cell, published.shapes[figure.cell.plain.records]
        rows = Figure(cell, shape.rows)
        if figure.measure not in shape.attended or rows not in tied:
            continue
        told = not cell.change and ((figure in known and rows in known) or not published.zeros.get(cell.plain, True))
        most = None if told or cell.records in around.put_right else around.most(figure)
        if most is not None:
            yield AtMost(figure, rows, most)


class _Around:
    """What is known of who attended: the known figures of cells that contain a cell, and the changes (`records#older~newer`)
    in which somebody came and no activity.
    """

    def __init__(self, joint: Joint) -> None:
        self.shapes = joint.published.shapes
        self.known: dict[tuple[str, str, frozenset[tuple[str, str]]], list[tuple[set[str], int]]] = defaultdict(list)
        for figure, value in joint.known.items():
            cell, shape = figure.cell, self.shapes[figure.cell.plain.records]
            if figure.measure in shape.attended:
                self.known[cell.records, figure.measure, _but_time(cell)].append((set(_times(shape, cell)), value))
        self.put_right: set[str] = set()
        for shape, older, newer in joint.pairs():
            for figure in joint.seen[shape.records, older] if shape.attended else ():
                then, now = joint.value(figure, older), joint.value(figure, newer)
                rows = Figure(figure.cell, shape.rows)
                held = joint.value(rows, older)
                came = figure.measure in shape.attended and then is not None and now is not None and now > then
                if came and held is not None and held == joint.value(rows, newer):
                    self.put_right.add(joint.rise(figure, older, newer).cell.records)

    def most(self, figure: Figure) -> int | None:
        """The least of what is known of the cell, or of any that contains it; of a change, of the newer vintage."""
        cell, shape = figure.cell, self.shapes[figure.cell.plain.records]
        records = cell.records
        if cell.change:
            records = cell.plain.of_vintage(cell.change[1]).records if cell.change[1] else cell.plain.records
        where, times = _but_time(cell), set(_times(shape, cell))
        wider = itertools.chain.from_iterable(itertools.combinations(where, n) for n in range(len(where) + 1))
        return min(
            (
                value
                for kept in wider
                for leaves, value in self.known.get((records, figure.measure, frozenset(kept)), ())
                if times <= leaves
            ),
            default=None,
        )


def _but_time(cell: Cell) -> frozenset[tuple[str, str]]:
    return frozenset((name, code) for name, code in cell.where if name != PERIOD)


def _shown(joint: Joint, records: str, edition: str) -> dict[Figure, frozenset[str]]:
    """Figures of a record type that the vintage of an edition shows, with the editions of it that do."""
    return {
        figure: alike
        for figure, editions in joint.published.shown.items()
        if figure.cell.records == records and (alike := joint.vintages.alike(figure.cell, edition) & editions)
    }


def _shown_elsewhere(
    joint: Joint, shape: Shape, edition: str, shown: Mapping[str, Mapping[Figure, frozenset[str]]]
) -> dict[Figure, frozenset[str]]:
    """Figures that only other vintages show, of times that had passed: whoever can work them out knows what they rose by."""
    passed = {leaf for figure in shown[edition] for leaf in _times(shape, figure.cell)}
    return {
        figure: joint.vintages.alike(figure.cell, edition)
        for figure in dict.fromkeys(itertools.chain.from_iterable(shown.values()))
        if figure not in shown[edition] and passed.issuperset(_times(shape, figure.cell))
    }


def _times(shape: Shape, cell: Cell) -> Iterator[str]:
    """The finest time codes of a cell."""
    code = cell.code(PERIOD)
    for tree, _ in shape.trees.get(PERIOD, ()):
        yield from tree.leaves.get(code, (code,))


def _rises(joint: Joint, shape: Shape, older: str, newer: str) -> Structure:
    """Records only come late: what a revised figure rose by is a figure of its own, and a group to be examined.

    Rises of what adds up add up. Who stands in several parts of a whole stands in them ever after, so a surplus rises as
    well; a woman new to a whole has a record that is new. The women of a group that no table shows were counted in
    neither vintage, nor was a surplus of such groups.
    """
    structure = Structure()
    before, after = (joint.stages[shape.records][edition] for edition in (older, newer))
    rise = partial(joint.rise, older=older, newer=newer)
    common = [r for r in after.relations if r in before.relations or _other(r) in before.relations]
    shown = {f for f in joint.seen[shape.records, older] if f in joint.seen[shape.records, newer]}
    fell = _fell(joint, shown, older, newer)
    risen = _risen(joint, shape, (older, newer), common, shown, fell)
    for figure in risen:
        then, now = (joint.vintages.named(figure, edition) for edition in (older, newer))
        structure.add(Sum(now, (then, rise(figure))))
        structure.add(*(AtMost(rise(figure), rise(whole)) for whole in _wholes(figure, shape) if whole in risen))
    for lesser, greater in _no_more_new(common, risen, shape):
        structure.add(AtMost(rise(lesser), rise(greater)))
    for relation in common:
        if isinstance(relation, Sum) and relation not in before.relations and year(relation.total.cell) not in fell:
            # nobody stood in two parts before, either
            structure.add(Sum(*_named(relation, partial(joint.vintages.named, edition=older))))
    examined = _examined(shape, risen, shown, _nearest(after, joint.published.threshold))
    structure.rises |= {Rise(rise(figure), near): None for figure, near in examined}
    return structure


def _examined(
    shape: Shape, risen: Iterable[Figure], shown: Set[Figure], near: Mapping[Figure, Cell]
) -> Iterator[tuple[Figure, Cell]]:
    """The figures whose rise is a group of people, with the cell whose threshold applies to it."""
    people = {*shape.people, *({shape.rows} if shape.persons else ())}
    for figure in risen:
        if figure in near or (figure.measure in people and figure in shown):
            yield figure, near.get(figure, figure.cell)


def _wholes(figure: Figure, shape: Shape) -> Iterator[Figure]:
    """The figures of the same cell that count no fewer: of women their records, of some women more of them."""
    if figure.measure == shape.persons:
        yield Figure(figure.cell, shape.rows)
    for more in sorted(shape.within.get(figure.measure, ())):
        yield Figure(figure.cell, more)


def _nearest(structure: Structure, threshold: Mapping[Cell, int]) -> dict[Figure, Cell]:
    """Figures that no table shows → the cell whose threshold applies to them."""
    near = {figure: group.near for group in structure.complements for figure in (group.women, group.rows) if figure}
    return near | {overlap.surplus: max(overlap.parts, key=threshold.__getitem__) for overlap in structure.overlaps}


def _risen(
    joint: Joint,
    shape: Shape,
    editions: tuple[str, str],
    common: Iterable[Relation],
    shown: Set[Figure],
    fell: Collection[str],
) -> dict[Figure, None]:
    """The figures that may have risen from one edition to another, in an order that is the same in every run. Differences
    of two cells are left out, and women and surpluses of groups that no table shows in both editions."""
    older, newer = editions
    named = joint.vintages.named
    tied = {figure for relation in common for figure in figures_of(relation)} | shown
    covers = [relation for relation in common if isinstance(relation, Cover)]
    unseen = {cover.surplus for cover in covers if not shown >= {cover.total, *cover.parts}}
    return {
        figure: None
        for figure in sorted(tied, key=lambda figure: (by_name(figure.cell), figure.measure))
        if not figure.measure.endswith(NOT)
        and (figure.measure != shape.persons or figure in shown)
        and figure not in unseen
        and year(figure.cell) not in fell
        and named(figure, older) != named(figure, newer)
    }


def _no_more_new(
    common: Iterable[Relation], risen: Mapping[Figure, None], shape: Shape
) -> Iterator[tuple[Figure, Figure]]:
    """What rises by no more than something else does, of the figures that rise. No more records are new in a cell than in
    one that contains it, nor more that are not a woman's first; whoever is new to a part of a cell, or stands in one more
    of them, has a new record in it.
    """
    for relation in common:
        if isinstance(relation, AtMost):
            lesser, greater = relation.lesser, relation.greater
            of_records = lesser.measure in (shape.rows, REPEATS) or OVERLAP in lesser.measure
            if of_records and greater.measure in (shape.rows, REPEATS) and {lesser, greater} <= risen.keys():
                yield lesser, greater
            pairs = [(lesser, greater)]
        else:
            pairs = [(part, relation.total) for part in relation.parts]
        for part, whole in pairs:
            records = Figure(whole.cell, shape.rows)
            told = Figure(part.cell, shape.rows) in risen or records not in risen
            if part.measure == whole.measure == shape.persons and part in risen and not told:
                yield part, records


def _named(relation: Sum, name: Callable[[Figure], Figure]) -> tuple[Figure, tuple[Figure, ...]]:
    return name(relation.total), tuple(map(name, relation.parts))


def _other(relation: Relation) -> Relation:
    """The same parts of the same total, that add up where these cover it, or cover it where these add up."""
    if isinstance(relation, AtMost):
        return relation
    return (Sum if isinstance(relation, Cover) else Cover)(relation.total, relation.parts)


def _fell(joint: Joint, figures: Iterable[Figure], older: str, newer: str) -> set[str]:
    """Years of which a published figure went down: records did not only come late, and a rise says nothing."""
    pairs = ((figure, joint.value(figure, older), joint.value(figure, newer)) for figure in figures)
    return {year(figure.cell) for figure, then, now in pairs if now is not None and then is not None and now < then}


def year(cell: Cell) -> str:
    """The calendar year of a cell; no time code spans two."""
    return cell.code(PERIOD)[:4]


def by_name(cell: Cell) -> tuple[str, list[tuple[str, str]]]:
    return (cell.records, sorted(cell.where))
