"""What a reader can add up: the relations between all cells of all tables, and the groups that a reader can compute.

Pure. In: true counts by cell. Out: figures with their values, relations, and virtual figures, which no table shows but
which a reader can work out or bound: the «no» to a question, the rest of an incomplete breakdown, the women of a cell
who are not in one of its parts. `public/audit/constraints.py` rebuilds the same sums from published files, on its own.

Distinct women need not add up, but often do: each has one zone, and one civil status for as long as it lasts. Whoever
sees that they add up wherever they are shown will take it that they do where they are not. So wherever they add up in
truth, they are a sum: a world that keeps it serves the reader who only knows that parts cover their total as well.
So it is where each woman of a cell has one record: nobody comes for the first time twice.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from pipeline.confidential.protection import containment, mixed_levels
from pipeline.institute.plan import PERIOD, CodeList, Plan, Resource, TableSpec
from pipeline.model import periods
from pipeline.model.cells import NOT, TOTAL, AtMost, Cell, Cover, Figure, Relation, Sum

NEVER = "never"
"""Prefix of the measure «women of the cell who are not in that part of it»."""


@dataclass
class Ties:
    """Figures with their true values, the relations that hold between them, and the virtual ones among them."""

    values: dict[Figure, int] = field(default_factory=dict)
    relations: list[Relation] = field(default_factory=list)
    virtual: dict[Figure, Cell] = field(default_factory=dict)
    """Virtual figure → the published cell whose threshold applies to it."""
    groups: list[tuple[Figure, Figure]] = field(default_factory=list)
    """(women of a cell, women of that cell outside one part), for parts of a sensitive dimension."""
    breakdowns: list[Sum | Cover] = field(default_factory=list)
    """Of women, into all their parts: a cover where some woman stands in more than one."""

    overlaps: dict[Figure, tuple[Cell, ...]] = field(default_factory=dict)
    """The women of several parts of a cell (rule 7) → the cells of the parts, whose threshold applies to them."""

    def cover(self, total: Figure, parts: tuple[Figure, ...], rest: tuple[Figure, ...] = ()) -> None:
        """Ties parts that overlap to their total; `rest`: what no table shows of it."""
        cover = Cover(total, (*parts, *rest))
        self.relations.append(cover)
        self.values[cover.surplus] = sum(self.values[part] for part in cover.parts) - self.values[total]
        self.overlaps[cover.surplus] = tuple(part.cell for part in parts)


def canonical(cell: Cell, resource: Resource, lists: Mapping[str, CodeList]) -> Cell:
    """One key for one group: a root code of a dimension that continues another one is a code of that other one."""
    for name, code in sorted(cell.where):
        if name == PERIOD:
            continue
        dimension = resource.dimensions[name]
        if dimension.upper and code in lists[dimension.codes].roots:
            cell = cell.total(name).at(dimension.upper, code)
    return cell


def cell_of(row: Mapping[str, str], table: TableSpec, resource: Resource, lists: Mapping[str, CodeList]) -> Cell:
    """The cell that a row of a table counts, the table's fixed filter included."""
    cell = Cell(resource.name, frozenset(table.where.items()))
    for name in table.dimensions:
        cell = cell.at(name, row[name])
    return canonical(cell, resource, lists)


def measure_of(measure: str, cell: Cell, resource: Resource, multiple: str) -> str:
    """Answers to one question are the rows that gave it; the total of answers is a figure of its own per dimension."""
    if measure not in resource.answers:
        return measure
    return answers_of(measure, multiple) if cell.code(multiple) == TOTAL else resource.rows


def answers_of(measure: str, multiple: str) -> str:
    """Measure of all answers to one multi-answer dimension."""
    return f"{measure}@{multiple}"


def tie(values: Mapping[Figure, int], plan: Plan, time: CodeList, most: int = 10) -> Ties:
    """All relations between the given figures. `time` has every time code that stands in any of them; `most`: the highest
    threshold, beyond which no group is small.
    """
    ties = Ties(values=dict(values))
    by_resource: dict[str, dict[Cell, set[str]]] = defaultdict(lambda: defaultdict(set))
    for figure in values:
        by_resource[figure.cell.records][figure.cell].add(figure.measure)
    for name, cells in by_resource.items():
        resource = plan.resources[name]
        breakdowns = sorted(_breakdowns(cells, resource, plan, time), key=lambda found: not found.complete)
        tying = _Tying(ties, cells, resource, plan)
        for breakdown in breakdowns:  # those that are complete come first
            tying.tie(breakdown)
        mine = [relation for relation in ties.breakdowns if relation.total.cell.records == name]
        mixed_levels.add(ties, mine, most)
        above = _above(resource, plan, time)
        containment.add(ties.values, ties.relations, mine, cells, resource, above)
        _never_within(ties, cells, resource, containment.Lattice(above), most)
    for figure in ties.values:
        for more in plan.resources[figure.cell.records].within.get(figure.measure, ()):
            if (whole_of := Figure(figure.cell, more)) in ties.values:
                ties.relations.append(AtMost(figure, whole_of))
    ties.relations += _attended(ties.values, plan)
    return ties


def _attended(values: Mapping[Figure, int], plan: Plan) -> Iterator[AtMost]:
    """Where nothing took place nobody came, and nowhere more than to all activities of that time."""
    for figure in values:
        cell, resource = figure.cell, plan.resources[figure.cell.records]
        rows, whole = (
            Figure(cell, resource.rows),
            Figure(Cell(cell.records).at(PERIOD, cell.code(PERIOD)), figure.measure),
        )
        if figure.measure in resource.attended and rows in values and whole in values:
            yield AtMost(figure, rows, values[whole])


class _Breakdown(NamedTuple):
    """A cell, its parts along one dimension, and whether the parts are all of it."""

    whole: Cell
    parts: tuple[Cell, ...]
    complete: bool
    dimension: str


def _breakdowns(cells: Mapping[Cell, set[str]], resource: Resource, plan: Plan, time: CodeList) -> Iterator[_Breakdown]:
    """Every breakdown of a cell by one dimension, along the trees of its codes."""
    for (rest, family), nodes in _present(cells, resource).items():
        total_too = family != PERIOD and rest in cells
        if total_too and resource.dimensions[family].kind == "multiple":
            yield from _of_answers(rest, family, nodes, plan.lists[resource.dimensions[family].codes].leaves)
        else:
            yield from _Split(rest, family, nodes, _tree(family, resource, plan, time)).every(total_too)


def _present(cells: Iterable[Cell], resource: Resource) -> dict[tuple[Cell, str], set[Node]]:
    """(the rest of a cell, dimension) → the codes that cells have there; what continues another list is of its dimension."""
    present: dict[tuple[Cell, str], set[Node]] = defaultdict(set)
    for cell in cells:
        for name, code in sorted(cell.where):
            dimension = resource.dimensions.get(name)
            family = dimension.upper if dimension and dimension.upper else name
            present[cell.total(name), family].add((name, code))
    return present


def _of_answers(rest: Cell, family: str, nodes: set[Node], leaves: Iterable[str]) -> Iterator[_Breakdown]:
    """Of a question to which several answers may be given: each is a part by itself, and all are the whole of answers."""
    for name, code in sorted(nodes):
        yield _Breakdown(rest, (rest.at(name, code),), False, family)
    if all((family, code) in nodes for code in leaves):
        yield _Breakdown(rest, tuple(rest.at(name, code) for name, code in sorted(nodes)), True, family)


Node = tuple[str, str]
_Tree = dict["Node | None", list["Node"]]


@dataclass(frozen=True)
class _Split:
    """Cells that differ in their code of one dimension alone. `rest`: what they share; `nodes`: their codes."""

    rest: Cell
    family: str
    nodes: set[Node]
    tree: _Tree

    def every(self, total_too: bool) -> Iterator[_Breakdown]:
        """All breakdowns: of the total, if there is one; of what unions outside the tree are parts of; of each code."""
        nodes = sorted(self.nodes)
        if total_too:
            yield self._of(None, self.tree[None])
        for node in nodes:
            # A union outside the tree, such as a year to date, stands for what it unites in whatever has all of that.
            united = set(self.tree.get(node, ()))
            for whole in [*([None] if total_too else []), *nodes]:
                if united and united < set(self.tree.get(whole, ())):
                    yield self._of(whole, [node, *(child for child in self.tree[whole] if child not in united)])
        for node in nodes:
            if self.tree.get(node) and (breakdown := self._of(node, self.tree[node])).parts:
                yield breakdown

    def _of(self, whole: Node | None, children: list[Node]) -> _Breakdown:
        found, complete = _cover(children, self.nodes, self.tree)
        total = self.rest.at(*whole) if whole else self.rest
        return _Breakdown(total, tuple(self.rest.at(*part) for part in found), complete, self.family)


def _tree(family: str, resource: Resource, plan: Plan, time: CodeList) -> _Tree:
    """Children of each code (None: of the total), with the lists that continue another one joined below it."""
    lists = [(PERIOD, time)] if family == PERIOD else [(family, plan.lists[resource.dimensions[family].codes])]
    lists += [(d.name, plan.lists[d.codes]) for d in resource.dimensions.values() if d.upper == family]
    tree: dict[Node | None, list[Node]] = defaultdict(list)
    for name, codes in lists:
        continued = name != family
        for code in codes.codes:
            if code.parts:
                tree[name, code.code] = [(name, part) for part in code.parts]
            elif not code.parent:
                if not continued:
                    tree[None].append((name, code.code))
            else:
                above = codes.by_code[code.parent]
                tree[(family if continued and not above.parent else name), code.parent].append((name, code.code))
    return tree


def _above(resource: Resource, plan: Plan, time: CodeList) -> containment.Above:
    """(dimension, code) → the smallest that contain it; None: the total. No cell is a total over time."""
    above: dict[Node, list[Node | None]] = defaultdict(list)
    for family in dict.fromkeys(dimension.upper or name for name, dimension in resource.dimensions.items()):
        tree = _tree(family, resource, plan, time)
        inside = set(itertools.chain.from_iterable(tree.values()))
        for node, children in tree.items():
            for child in children:
                above[child].append(node)
            if node and node not in inside:
                above[node].append(None)  # a union outside the tree
    months = {code.code: frozenset(periods.months_of(code.code)) for code in time.codes}
    for code, own in months.items():
        wider = [other for other, theirs in months.items() if own < theirs]
        above[PERIOD, code] = [(PERIOD, c) for c in wider if not any(months[o] < months[c] for o in wider)]
    return above


def _cover(children: list[Node], nodes: set[Node], tree: Mapping[Node | None, list[Node]]) -> tuple[list[Node], bool]:
    """The nearest present descendants, and whether they are all of it."""
    found: list[Node] = []
    complete = True
    for child in children:
        if child in nodes:
            found.append(child)
        elif tree.get(child):
            below, whole = _cover(tree[child], nodes, tree)
            found += below
            complete &= whole
        else:
            complete = False
    return found, complete


@dataclass(frozen=True)
class _Tying:
    """Adds relations between cells and their parts, and the figures that follow from them, to `ties`.

    `cells`: cell → its measures. `apart`: dimension → (cell, codes) such that no woman of the cell stands in two of the codes.
    """

    ties: Ties
    cells: Mapping[Cell, set[str]]
    resource: Resource
    plan: Plan
    apart: dict[str, list[tuple[Cell, frozenset[Node]]]] = field(default_factory=lambda: defaultdict(list))

    def tie(self, breakdown: _Breakdown) -> None:
        whole, parts, complete, name = breakdown
        if not parts:
            return
        here = self.cells[whole]
        if complete and name != PERIOD and self.resource.dimensions[name].kind == "multiple":
            _tie_answers(self.ties, breakdown, here, self.resource)
            return
        for measure in sorted(here.intersection(*(self.cells[part] for part in parts))):
            self._tie_measure(breakdown, measure)

    def _tie_measure(self, breakdown: _Breakdown, measure: str) -> None:
        whole, parts, complete, name = breakdown
        ties, resource = self.ties, self.resource
        total, each = Figure(whole, measure), tuple(Figure(part, measure) for part in parts)
        adds = measure != resource.persons or self._women_add_up(breakdown, total, each)
        if adds:
            ties.relations += _sum(ties, total, each, complete, name, resource)
        if measure == (resource.persons or resource.threshold_measure) and (not adds or _sensitive(name, resource)):
            for part in each:
                _never(ties, total, part, name, resource)

    def _women_add_up(self, breakdown: _Breakdown, total: Figure, each: tuple[Figure, ...]) -> bool:
        """Whether no woman stands in two parts; a complete breakdown is noted for others, and what is left where they do not."""
        whole, parts, complete, name = breakdown
        nodes = frozenset(pair for part in parts for pair in part.where - whole.where)
        if complete:
            adds = self.ties.values[total] == sum(self.ties.values[part] for part in each)
            self.ties.breakdowns.append((Sum if adds else Cover)(total, each))
            if adds:
                self.apart[name].append((whole, nodes))
            else:
                self.ties.cover(total, each)
            return adds
        known = self.apart[name]
        adds = any(nodes <= codes and _within(whole, cell, self.resource, self.plan) for cell, codes in known)
        if not adds and all(self.resource.rows in self.cells[cell] for cell in (whole, *parts)):
            _rest_of_women(self.ties, total, each, name, self.resource)
        return adds


def _tie_answers(ties: Ties, breakdown: _Breakdown, here: set[str], resource: Resource) -> None:
    """All answers to one question are the sum of its codes, and a record gives each at most once. `here`: measures of the cell."""
    whole, parts, _, name = breakdown
    answers = answers_of(resource.dimensions[name].answers, name)
    if answers in here:
        ties.relations.append(Sum(Figure(whole, answers), tuple(Figure(part, resource.rows) for part in parts)))
        if resource.rows in here:
            times = len(resource.dimensions[name].columns)
            ties.relations.append(AtMost(Figure(whole, answers), Figure(whole, resource.rows), times))


def _within(cell: Cell, other: Cell, resource: Resource, plan: Plan) -> bool:
    """Whether everybody who is counted in a cell is by its codes counted in the other."""

    def below(name: str, code: str, above: tuple[str, str]) -> bool:
        if PERIOD in (name, above[0]):
            same = name == above[0] and NOT not in code + above[1]
            return same and set(periods.months_of(code)) <= set(periods.months_of(above[1]))
        if above[0] not in (name, resource.dimensions[name].upper):
            return False
        known = plan.lists[resource.dimensions[name].codes].by_code
        while code != above[1] and code in known:
            code = known[code].parent
        return code == above[1]

    return all(any(below(name, code, above) for name, code in cell.where) for above in other.where)


def _sum(
    ties: Ties, total: Figure, parts: tuple[Figure, ...], complete: bool, name: str, resource: Resource
) -> Iterable[Relation]:
    if complete:
        return [Sum(total, parts)]
    rest = _rest(total, parts, name)
    ties.values[rest] = ties.values[total] - sum(ties.values[part] for part in parts)
    if not (name != PERIOD and resource.dimensions[name].complement == "free"):
        ties.virtual[rest] = total.cell
    return [Sum(total, (*parts, rest))]


def _rest_of_women(ties: Ties, total: Figure, parts: tuple[Figure, ...], name: str, resource: Resource) -> None:
    """Women with a record in the rest of an incomplete breakdown: whoever is in no part has all her records there.

    How many they are was not counted; the truth is given the most that they may be, which fits everything else.
    """
    rest = _rest(total, parts, name)
    records = ties.values[Figure(total.cell, resource.rows)] - sum(
        ties.values[Figure(part.cell, resource.rows)] for part in parts
    )
    ties.values[rest] = min(ties.values[total], records)
    ties.cover(total, parts, (rest,))
    ties.relations.append(AtMost(rest, Figure(rest.cell, resource.rows)))
    if name == PERIOD or resource.dimensions[name].complement != "free":
        ties.virtual[rest] = total.cell


def _rest(total: Figure, parts: tuple[Figure, ...], name: str) -> Figure:
    """The figure of what an incomplete breakdown leaves out."""
    codes = " ".join(sorted(part.cell.code(name) for part in parts))
    return Figure(total.cell.at(name, NOT + codes), total.measure)


def outside(total: Figure, part: Figure) -> Figure:
    """The virtual figure: women of `total` who are not in `part`."""
    pairs = sorted(f"{dimension}={code}" for dimension, code in part.cell.where - total.cell.where)
    return Figure(total.cell, f"{NEVER} {' '.join(pairs)}")


def _never(ties: Ties, total: Figure, part: Figure, name: str, resource: Resource) -> None:
    """The women of a cell who are not in one part of it: whoever knows both counts knows this one."""
    rest = outside(total, part)
    ties.values[rest] = ties.values[total] - ties.values[part]
    ties.relations.append(Sum(total, (part, rest)))
    if name == PERIOD or resource.dimensions[name].complement != "free":
        ties.virtual[rest] = part.cell
    if _sensitive(name, resource) and part.cell.code(name) not in resource.dimensions[name].unspecified:
        ties.groups.append((total, rest))


def _never_within(
    ties: Ties, cells: Mapping[Cell, set[str]], resource: Resource, lattice: containment.Lattice, most: int
) -> None:
    """The few women of a cell who are not in another one within it, however far: whoever knows both counts knows this one."""
    women = resource.persons
    counted = {cell for cell, measures in cells.items() if women and women in measures}
    free = {name for name, dimension in resource.dimensions.items() if dimension.complement == "free"}
    tied = {(r.total, part) for r in ties.relations if not isinstance(r, AtMost) for part in r.parts}
    for cell in (cell for cell in cells if cell in counted):
        for wider in lattice.every(cell, counted):
            total, part = Figure(wider, women), Figure(cell, women)
            rest = outside(total, part)
            few = 0 < ties.values[total] - ties.values[part] < most
            if few and (total, part) not in tied and free.isdisjoint(name for name, _ in cell.where - wider.where):
                ties.values[rest] = ties.values[total] - ties.values[part]
                ties.relations.append(Sum(total, (part, rest)))
                ties.virtual[rest] = cell


def add_promised(ties: Ties, threshold: Mapping[Cell, int], resources: Mapping[str, Resource]) -> None:
    """Adds, where women add up, those of a whole outside a part of which the threshold is higher than that of another part,
    as after an earlier edition with a higher one. Elsewhere the other parts stand for them.
    """
    for whole in (each for each in ties.breakdowns if isinstance(each, Sum)):
        least = min(threshold[part.cell] for part in whole.parts)
        for part in (part for part in whole.parts if threshold[part.cell] > least):
            if outside(whole.total, part) not in ties.values:
                ((name, _),) = part.cell.where - whole.total.cell.where
                resource = resources[part.cell.records]
                family = resource.dimensions[name].upper or name if name != PERIOD else name
                _never(ties, whole.total, part, family, resource)


def _sensitive(name: str, resource: Resource) -> bool:
    return name != PERIOD and resource.dimensions[name].sensitive
