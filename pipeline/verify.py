"""Do the witnesses of an edition hold? By addition and comparison alone: no solver, nothing of what chose the cells.

In: the edition with those before it, as any reader has them, and the private table of its figures: `records`, `cell`,
`measure`, `truth` and one column per witness. Out: findings that name tables, never cells; none means that the truth and
every witness are worlds that fit everything published, and that together they leave every small group in doubt.

The sums are those that the audit rebuilds from the published files. A figure that nobody published and the office did
not count (the areas that a filter leaves out) has no value but an interval, narrowed by every sum that it stands in.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise, permutations
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline import periods
from pipeline.cells import AtMost, Cell, Cover, Figure, Relation, Sum
from pipeline.errors import Finding, stop
from pipeline.public.edition import PERIOD, Package
from pipeline.public.relations import Structure, build, figures_of
from pipeline.public.shape import Names, rows, shapes

T = TypeVar("T")
Ints = NDArray[np.int64]
LARGE = 1 << 40
VISITS = 50
"""How often one relation may narrow an interval; to stop early only leaves intervals wider than they could be."""


@dataclass(frozen=True)
class Verified:
    """What was checked, and what does not hold. Numbers here are of the publication, none is a count of women."""

    findings: tuple[Finding, ...]
    witnesses: int
    figures: int
    relations: int


def read(path: Path) -> tuple[dict[Figure, Ints], int]:
    """Figure → its value in the truth and in every witness; and how many worlds there are. Raises PipelineError."""
    try:
        frame = pd.read_parquet(path)
        worlds = frame.drop(columns=["records", "cell", "measure"])
        if list(worlds)[:1] != ["truth"] or not all(kind == np.int64 for kind in worlds.dtypes):
            raise ValueError("not whole numbers")
        cells = [Cell(*key) for key in zip(frame["records"], map(_where, frame["cell"]), strict=True)]
    except (OSError, KeyError, ValueError):
        raise stop("records", path.name, "no_witnesses") from None
    values = worlds.to_numpy()
    return {Figure(c, m): v for c, m, v in zip(cells, frame["measure"], values, strict=True)}, values.shape[1]


def _where(text: str) -> frozenset[tuple[str, str]]:
    return frozenset((name, code) for name, _, code in (pair.partition("=") for pair in text.split()))


def verify(packages: Sequence[Package], worlds: Mapping[Figure, Ints], count: int) -> Verified:
    """Checks the witnesses of the last of `packages`, oldest first, against all of them."""
    case = _Case(packages, worlds, count)
    case.fit()
    if not case.found:
        case.doubt()
    relations = sum(len(structure.relations) for structure in case.structures)
    return Verified(tuple(sorted(case.found)), count - 1, len(case.tables), relations)


@dataclass
class _Seen:
    """A cell as published: the highest threshold, whether an edition withholds it, whether that may be a zero."""

    threshold: int = 0
    withheld: bool = False
    zero: bool = True
    tables: set[str] = field(default_factory=set)


class _Case:
    """Intervals of all figures in all worlds (number 0 is the truth), and what was found.

    Where records came late, an earlier edition has figures of its own (`records#edition`), and what each has risen by
    since is one more figure (`records#edition~edition`).
    """

    def __init__(self, packages: Sequence[Package], worlds: Mapping[Figure, Ints], count: int) -> None:
        self.worlds, self.count = worlds, count
        self.low, self.high = dict(worlds), dict(worlds)
        self.found: set[Finding] = set()
        self.values: dict[Figure, int] = {}
        self.seen: dict[Cell, _Seen] = defaultdict(_Seen)
        self.tables: dict[Figure, set[str]] = defaultdict(set)
        self.shapes = shapes(packages)
        self.cells = {figure.cell for figure in worlds}
        aged = {cell.records for cell in self.cells if "#" in cell.records}
        self.order = [package.edition for package in packages]
        self.vintages = {
            name: [edition for edition in self.order if f"{name}#{edition}" in aged] for name in self.shapes
        }
        shown: dict[str, dict[Figure, frozenset[str]]] = defaultdict(dict)
        for package in packages:
            for table in package.tables.values():
                for row in rows(table, Names(package, self.shapes[table.records])):
                    seen = self.seen[self._named(row.cell, package.edition)]
                    seen.threshold, hidden = max(seen.threshold, table.threshold), row.status == "Q"
                    seen.withheld |= hidden
                    seen.zero &= table.zeros_withheld or not hidden
                    seen.tables.add(table.id)
                    for figure, value in row.figures:
                        editions = shown[table.records].get(figure, frozenset())
                        shown[table.records][figure] = editions | {package.edition}
                        named = Figure(self._named(figure.cell, package.edition), figure.measure)
                        self.tables[named].add(table.id)
                        self._published(named, value)
        self.structures: list[Structure] = []
        for name, figures in shown.items():
            for edition in [*self.vintages[name], self.order[-1]]:
                ended = str(packages[self.order.index(edition)].release["cut_off"])
                mine: dict[Figure, frozenset[str]] = {}
                for figure, editions in figures.items():
                    cell = self._named(figure.cell, edition)
                    alike = frozenset(other for other in editions if self._named(figure.cell, other) == cell)
                    if alike and periods.months_of(figure.cell.code(PERIOD))[-1] <= ended:  # or it was not counted yet
                        mine[figure] = alike
                told = {f: self.values[own] for f in mine if (own := self._of(f, edition)) in self.values}
                own_name = partial(self._of, edition=edition)
                self.structures.append(build(self.shapes[name], mine, told).renamed(own_name))
        self.rises = {rise: now.cell for then, now in self._pairs() for rise in [self._rise(then, now)]}

    def _later(self, records: str, edition: str) -> list[str]:
        """The vintages of a record type from an edition on; each is named by the last edition that counted it."""
        return [name for name in self.vintages[records] if self.order.index(name) >= self.order.index(edition)]

    def _named(self, cell: Cell, edition: str) -> Cell:
        """The cell as an edition counted it."""
        names = (replace(cell, records=f"{cell.records}#{name}") for name in self._later(cell.records, edition))
        return next((named for named in names if named in self.cells), cell)

    def _of(self, figure: Figure, edition: str) -> Figure:
        """The same for a figure; what was not counted is another figure in every vintage."""
        cell = self._named(figure.cell, edition)
        if figure.cell not in self.cells and (later := self._later(cell.records, edition)):
            cell = replace(cell, records=f"{cell.records}#{later[0]}")
        return Figure(cell, figure.measure)

    def _pairs(self) -> Iterable[tuple[Figure, Figure]]:
        """Every figure of an older vintage, and each later one of the same."""
        for figure in self.worlds:
            records, _, edition = figure.cell.records.partition("#")
            if edition in self.order:
                cell = replace(figure.cell, records=records)
                after = self.order[self.order.index(edition) + 1 :]
                later = {Figure(self._named(cell, other), figure.measure): None for other in after}
                yield from ((figure, other) for other in later if other in self.worlds)

    def _rise(self, then: Figure, now: Figure) -> Figure:
        rise = Figure(replace(then.cell, records=f"{then.cell.records}~{now.cell.records}"), then.measure)
        self.low[rise] = self.high[rise] = self.worlds[now] - self.worlds[then]
        if (self.low[rise] < 0).any():
            self.wrong([then.cell], "witness_sums")
        return rise

    def _published(self, figure: Figure, value: int | None) -> None:
        """Every world has the published value."""
        if figure not in self.worlds:
            self.wrong([figure.cell], "witness_missing")
        elif value is not None:
            self.values[figure] = value
            if (self.worlds[figure] != value).any():
                self.wrong([figure.cell], "witness_published")

    def wrong(self, cells: Sequence[Cell], rule: str, number: int = 0) -> None:
        near = next((cell for cell in cells if cell in self.seen), None)
        names = (
            ", ".join(f"tables/{table}.csv" for table in sorted(self.seen[near].tables)) if near else cells[0].records
        )
        self.found.add(Finding.of(names, rule, **({"number": number} if number else {})))

    # worlds ----------------------------------------------------------------------------------------------------------

    def fit(self) -> None:
        """Every world is not negative, keeps the lower bounds, and leaves room in every sum and inequality."""
        for figure, values in self.worlds.items():
            seen, shape = self.seen.get(figure.cell), self.shapes.get(figure.cell.plain.records)
            certain = seen and shape and seen.withheld and not seen.zero
            if (values < int(bool(certain) and figure.measure in {shape.rows, shape.persons, shape.women})).any():  # type: ignore[union-attr]
                self.wrong([figure.cell], "witness_lower")
        for structure in self.structures:
            self._narrow(structure)

    def _narrow(self, structure: Structure) -> None:
        touching: dict[Figure, list[Relation]] = defaultdict(list)
        for relation in structure.relations:
            for figure in figures_of(relation):
                touching[figure].append(relation)
                self.low.setdefault(figure, np.zeros(self.count, dtype=np.int64))
                self.high.setdefault(figure, np.full(self.count, LARGE))
        queue, visits = deque(structure.relations), dict.fromkeys(structure.relations, 0)
        while queue:
            relation = queue.popleft()
            visits[relation] += 1
            for figure, low, high in self._bounds(relation):
                if (low > high).any():
                    self.wrong([f.cell for f in figures_of(relation)], "witness_sums")
                elif (low > self.low[figure]).any() or (high < self.high[figure]).any():
                    self.low[figure], self.high[figure] = low, high
                    queue.extend(other for other in touching[figure] if visits[other] < VISITS and other != relation)

    def _bounds(self, relation: Relation) -> Iterable[tuple[Figure, Ints, Ints]]:
        """The interval that a relation leaves to each of its figures."""
        low, high = self.low, self.high
        if isinstance(relation, AtMost):
            less, more = relation.lesser, relation.greater
            known = less.cell == more.cell and (low[more] == low[more][0]).all()
            some = np.minimum(low[more], 1) if known else 0  # where a reader sees records there is a woman
            yield less, np.maximum(low[less], some), np.minimum(high[less], high[more])
            yield more, np.maximum(low[more], low[less]), high[more]
            return
        total, parts = relation.total, relation.parts
        least, most = sum(low[part] for part in parts), sum(high[part] for part in parts)
        if isinstance(relation, Cover):
            least = np.max([low[part] for part in parts], axis=0)
        yield total, np.maximum(low[total], least), np.minimum(high[total], most)
        for part in parts:
            floor = np.maximum(low[part], low[total] - (most - high[part]))
            ceiling = high[total] - (least - low[part] if isinstance(relation, Sum) else 0)
            yield part, floor, np.minimum(high[part], ceiling)

    # doubt -----------------------------------------------------------------------------------------------------------

    def doubt(self) -> None:
        """Every small group can be large, every withheld figure of one can differ, no group need share a trait."""
        asked = self._asked()
        lifted = {figure: self.high[figure] >= least for figure, (_, least, _) in asked.items()}
        for figure, (rule, _, near) in asked.items():
            if not lifted[figure].any():
                self.wrong([near], "goal_unmet", number=rule)
        for figure in self.tables:
            seen, women, values = self.seen[figure.cell], self._women(figure.cell), self.worlds[figure]
            small = women in self.high and self.high[women][0] < seen.threshold
            if seen.withheld and small and (values == values[0]).all():
                self.wrong([figure.cell], "goal_unmet", number=4)
        piece = self._pieces()
        for own, known in self._alone():
            still = {name: np.ones(self.count, dtype=np.bool_) for name in set(piece.values())}
            for figure, values in known:
                if figure in piece:
                    still[piece[figure]] &= values == values[0]
            for figure, able in lifted.items():
                hers = figure in own or figure.cell in own or figure not in piece
                if not hers and not (able & still[piece[figure]]).any():
                    self.wrong([asked[figure][2]], "goal_unmet", number=3)

    def _asked(self) -> dict[Figure, tuple[int, int, Cell]]:
        """Figure → (rule, what it must be able to reach, the cell it is seen from), for what is small in truth."""
        goals = {self._women(cell): (2, seen.threshold, cell) for cell, seen in self.seen.items()}
        same: dict[Figure, tuple[int, int, Cell]] = {}
        for structure in self.structures:
            for group in structure.complements:
                goals.setdefault(group.women, (1, self.seen[group.near].threshold, group.near))
            for equal in structure.equalities:
                if self.low[self._women(equal.parent)][0] and not self.high[equal.difference][0]:
                    same[equal.difference] = (5, 1, equal.cell)
        for rise, near in self.rises.items():
            shape = self.shapes[near.plain.records]
            if rise.measure in {shape.women, *({shape.rows} if shape.persons else ())}:
                goals[rise] = (6, self.seen[near].threshold, near)
        known = {figure: goal for figure, goal in goals.items() if figure in self.low}
        small = {f: goal for f, goal in known.items() if self.low[f][0] > 0 and self.high[f][0] < goal[1]}
        return small | same

    def _women(self, cell: Cell) -> Figure:
        return Figure(cell, self.shapes[cell.plain.records].women)

    def _pieces(self) -> dict[Figure, Figure]:
        """A name for each lot of figures that move together.

        Lots that no relation ties are free of each other: a witness that moves two of them is two witnesses.
        """
        moved = {f for f, low in self.low.items() if (low != low[0]).any() or (self.high[f] != self.high[f][0]).any()}
        groups = _Groups(moved)
        for structure in self.structures:
            for relation in structure.relations:
                groups.join([figure for figure in figures_of(relation) if figure in moved])
        for rise, near in self.rises.items():
            then, now = (
                Figure(replace(rise.cell, records=rise.cell.records.partition("~")[0]), rise.measure),
                Figure(near, rise.measure),
            )
            groups.join([figure for figure in (then, rise, now) if figure in moved])
        return {figure: groups.first(figure) for figure in moved}

    def _alone(self) -> Iterable[tuple[set[Cell | Figure], list[tuple[Figure, Ints]]]]:
        """For each woman who is alone in some cell: what is hers alone, and what she knows of every world."""
        counted = [figure for figure in self.worlds if figure.cell.plain.records in self.shapes]
        alone = {f.cell for f in counted if f == self._women(f.cell) and self.worlds[f][0] == 1}
        every = [r for s in self.structures for r in s.relations if not isinstance(r, AtMost)]
        pairs = [(relation.total.cell, part.cell) for relation in every for part in relation.parts]
        pairs += [(one, other) for one, other in permutations(alone, 2) if one.where <= other.where]
        woman = _Groups(alone)
        for whole, piece in pairs:
            alike = whole.records == piece.records or (whole.plain == piece.plain)
            if whole in alone and piece in alone and alike:  # one in the whole and one in the part: it is she
                woman.join([whole, piece])
        own: dict[Cell, set[Cell | Figure]] = defaultdict(set)
        known: dict[Cell, list[tuple[Figure, Ints]]] = defaultdict(list)
        for cell in alone:
            own[woman.first(cell)].add(cell)
        for figure in counted:
            if figure.cell in alone:
                known[woman.first(figure.cell)].append((figure, self.worlds[figure]))
        rest: dict[tuple[Figure, Figure], set[Figure]] = defaultdict(set)  # two axes may name one difference
        for relation in every:
            if isinstance(relation, Sum) and len(relation.parts) == 2:
                rest[relation.total, relation.parts[0]].add(relation.parts[1])
        for relation in every:
            if relation.total.cell in alone:
                own[woman.first(relation.total.cell)].update(relation.parts)
            some = [part for part in relation.parts if self.high[part][0]]
            if isinstance(relation, Cover) and len(some) == 2:
                for part, other in (some, some[::-1]):  # who is not in the one part is in the other, where she is alone
                    if other.cell in alone:
                        own[woman.first(other.cell)] |= rest[relation.total, part]
                        known[woman.first(other.cell)] += [
                            (left, self.high[left]) for left in rest[relation.total, part]
                        ]
        return [(own[cell], known[cell]) for cell in known]


class _Groups(Generic[T]):
    """Things that belong together, by pairs."""

    def __init__(self, members: Iterable[T]) -> None:
        self.next = {member: member for member in members}

    def first(self, member: T) -> T:
        while self.next[member] != member:
            self.next[member] = member = self.next[self.next[member]]
        return member

    def join(self, members: Sequence[T]) -> None:
        for one, other in pairwise(members):
            self.next[self.first(other)] = self.first(one)
