"""Made-up records that give the very same publication while a small cell is large: a proof that needs no list of facts.

In: the true records of one record type, and what the editions show. Out: for as many small withheld cells as can be
done, changes of few of the records: other codes, another month, another answer. A whole-number program chooses them:
a column for each change of one record, a row for each published figure that some change moves, which must not move in
the end. What comes out is not believed but counted again, by the product's own `count`.
Where the program finds nothing, nothing is said: there may be other records, with more changes. Pure; touches no files.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from scipy.sparse import coo_array, csc_array

from pipeline.confidential.protection import constraints
from pipeline.institute.plan import PERIOD, CodeList, Plan, Resource, TableSpec
from pipeline.model import periods
from pipeline.model.cells import TOTAL, Cell, Figure
from pipeline.optimisation.solver import Program

MANY = 1500
"""Changes that one program may choose from."""
NODES = 200
"""Search nodes of one program."""
Record = Mapping[str, str]
Values = tuple[tuple[str, str], ...]
"""Columns with their values."""


class Change(NamedTuple):
    """The record of a number has other values in some columns."""

    record: int
    values: Values


@dataclass(frozen=True)
class Target:
    """A withheld cell that is small: of what figure, and how much more it must be."""

    figure: Figure
    more: int


@dataclass(frozen=True)
class Shown:
    """What the editions show: figures that must stay, and the least that withheld figures may be."""

    values: Mapping[Figure, int]
    least: Mapping[Figure, int]


@dataclass
class Alternatives:
    """The records of one type, with what each counts for. `true`: every counted figure; codes: table → its time codes."""

    records: Sequence[Record]
    resource: Resource
    plan: Plan
    codes: Mapping[str, Sequence[str]]
    shown: Shown
    true: Mapping[Figure, int]
    _cells: dict[tuple[str, ...], frozenset[Cell]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.tables = [table for table in self.plan.tables if table.id in self.codes]
        self.dimensions = self.resource.dimensions
        self.columns = [
            self.resource.period,
            *(c for d in self.dimensions.values() for c in (*d.columns.values(), d.column)),
        ]
        self.columns = list(dict.fromkeys(filter(None, self.columns)))
        self._up: dict[str, dict[str, frozenset[str]]] = {}
        for name, dimension in self.dimensions.items():
            known = self.plan.lists[dimension.codes]
            self._up[name] = {leaf: frozenset(self._above(leaf, known)) for leaf in known.leaves}
        self.of: dict[str, list[int]] = defaultdict(list)
        for number in range(len(self.records)):
            self.of[self.woman(number)].append(number)

    @staticmethod
    def _above(leaf: str, codes: CodeList) -> Iterator[str]:
        """A code, those above it, and the unions that they are part of."""
        at = leaf
        while at:
            yield at
            yield from (code.code for code in codes.codes if at in code.parts)
            at = codes.by_code[at].parent

    def woman(self, number: int) -> str:
        """Whose a record is; where nobody has several, its own number."""
        return self.records[number][self.resource.person] if self.resource.person else str(number)

    # what a record counts for ----------------------------------------------------------------------------------------

    def cells(self, record: Record) -> frozenset[Cell]:
        """Every cell that a record stands in."""
        key = tuple(record[column] for column in self.columns)
        if key not in self._cells:
            found: set[Cell] = set()
            for table in self.tables:
                found.update(self._in_table(record, table))
            self._cells[key] = frozenset(found)
        return self._cells[key]

    def _in_table(self, record: Record, table: TableSpec) -> Iterator[Cell]:
        for name, code in table.where.items():
            if code not in self._codes_of(record, name):
                return
        others = [name for name in table.dimensions if name != PERIOD]
        month = set(periods.months_of(record[self.resource.period]))
        times = [code for code in self.codes[table.id] if month <= set(periods.months_of(code))]
        for codes in itertools.product(times, *((TOTAL, *self._codes_of(record, name)) for name in others)):
            row = dict(zip((PERIOD, *others), codes, strict=True))
            yield constraints.cell_of(row, table, self.resource, self.plan.lists)

    def _codes_of(self, record: Record, name: str) -> frozenset[str]:
        dimension = self.resource.dimensions[name]
        if dimension.kind != "multiple":
            return self._up[name].get(record[dimension.column], frozenset())
        said = (c for c, column in dimension.columns.items() if record[column] in self.resource.yes(column))
        return frozenset().union(*(self._up[name][code] for code in said))

    def _answers(self, record: Record) -> dict[str, int]:
        """Measure of all answers to a question → how many a record gave."""
        return {
            constraints.answers_of(d.answers, name): sum(
                record[column] in self.resource.yes(column) for column in d.columns.values()
            )
            for name, d in self.dimensions.items()
            if d.kind == "multiple"
        }

    def effect(self, change: Change) -> dict[Figure, int]:
        """What figures rise by if that one record is otherwise."""
        old = self.records[change.record]
        new = {**old, **dict(change.values)}
        before, after = self.cells(old), self.cells(new)
        found: Counter[Figure] = Counter()
        for record, cells, others, sign in ((old, before, after, -1), (new, after, before, 1)):
            amounts = {m: sum(int(record[c] or 0) for c in columns) for m, columns in self.resource.sums.items()}
            for cell in cells - others:
                found[Figure(cell, self.resource.rows)] += sign
                for measure, amount in amounts.items():
                    found[Figure(cell, measure)] += sign * amount
            for measure, given in self._answers(record).items():
                for cell in cells:
                    found[Figure(cell, measure)] += sign * given
        if self.resource.persons:
            rest = [self.cells(self.records[n]) for n in self.of[self.woman(change.record)] if n != change.record]
            elsewhere = frozenset[Cell]().union(*rest)
            for cell in before - after - elsewhere:
                found[Figure(cell, self.resource.persons)] -= 1
            for cell in after - before - elsewhere:
                found[Figure(cell, self.resource.persons)] += 1
        return {figure: by for figure, by in found.items() if by}

    # what may be otherwise -------------------------------------------------------------------------------------------

    def candidates(self, cell: Cell) -> list[Change]:
        """Changes that bring a record into a cell, and those that may make up for them elsewhere."""
        inside, near = [], []
        for number, record in enumerate(self.records):
            missing = [(name, code) for name, code in cell.where if not self._has(record, name, code)]
            if len(missing) == 1 and self._may(record, cell, missing[0][0]):
                inside += [Change(number, values) for values in self._ways(*missing[0])]
        back: dict[Values, set[Values]] = defaultdict(set)
        for number, values in inside:
            back[values].add(tuple((column, self.records[number][column]) for column, _ in values))
        for number, record in enumerate(self.records):
            for values in back:
                if all(record[column] == value for column, value in values):
                    time = values[0][0] == self.resource.period or self._has(record, PERIOD, cell.code(PERIOD))
                    near += [Change(number, old) for old in sorted(back[values]) if time and old != values]
        return [*inside[: MANY // 2], *near[: MANY // 2]]

    def _has(self, record: Record, name: str, code: str) -> bool:
        if name == PERIOD:
            return set(periods.months_of(record[self.resource.period])) <= set(periods.months_of(code))
        return code in self._codes_of(record, name) if name in self._up else False

    def _may(self, record: Record, cell: Cell, name: str) -> bool:
        """A record changes its month within the year only."""
        year = periods.year_of(cell.code(PERIOD))
        return name != PERIOD or periods.year_of(record[self.resource.period]) == year

    def _ways(self, name: str, code: str) -> Iterator[Values]:
        """Columns and values by which a record gets a code. Who has a service has the area that it belongs to."""
        if name == PERIOD:
            own = {each[self.resource.period] for each in self.records}
            inside = sorted(p for p in own if set(periods.months_of(p)) <= set(periods.months_of(code)))
            yield from (((self.resource.period, period),) for period in inside[:1])
            return
        dimension = self.dimensions[name]
        if dimension.kind == "multiple":
            columns = [column for leaf, column in dimension.columns.items() if code in self._up[name][leaf]]
            yes = next((o[columns[0]] for o in self.records if o[columns[0]] in self.resource.yes(columns[0])), "")
            yield from (((column, yes),) for column in columns[:1] if yes)
            return
        finer = [other for other, each in self.resource.dimensions.items() if each.upper == name]
        if finer:
            for leaf in self._leaves_of(finer[0], code):
                yield from self._ways(finer[0], leaf)
            return
        for leaf in self._leaves_of(name, code):
            values = [(dimension.column, leaf)]
            if dimension.upper:
                known = self.plan.lists[dimension.codes]
                root = next(each for each in self._above(leaf, known) if each in known.roots)
                values.append((self.resource.dimensions[dimension.upper].column, root))
            yield tuple(values)

    def _leaves_of(self, name: str, code: str) -> list[str]:
        known = self.plan.lists[self.resource.dimensions[name].codes]
        return [leaf for leaf in known.leaves if code in self._above(leaf, known)]

    def reach(self, target: Target) -> list[Change] | None:
        """Changes of few records by which a cell is large enough and everything published as it is; None if none is found."""
        changes = list(dict.fromkeys(self.candidates(target.figure.cell)))
        effects = [self.effect(change) for change in changes]
        if sum(max(0, effect.get(target.figure, 0)) for effect in effects) < target.more:
            return None
        low: dict[Figure, float] = {}
        for figure in dict.fromkeys(itertools.chain.from_iterable(effects)):
            if figure in self.shown.values:
                low[figure] = 0.0
            elif figure in self.shown.least and figure in self.true:
                low[figure] = self.shown.least[figure] - self.true[figure]
        low[target.figure] = target.more
        place = {figure: n for n, figure in enumerate(low)}
        high = [0.0 if figure in self.shown.values else np.inf for figure in low]
        women = {woman: len(low) + n for n, woman in enumerate(dict.fromkeys(self.woman(c.record) for c in changes))}
        entries = [(place[f], n, by) for n, effect in enumerate(effects) for f, by in effect.items() if f in place]
        entries += [(women[self.woman(change.record)], n, 1) for n, change in enumerate(changes)]
        rows, columns, data = map(np.array, zip(*entries, strict=True))
        matrix = csc_array(
            coo_array((data.astype(np.float64), (rows, columns)), shape=(len(low) + len(women), len(changes)))
        )
        lows = np.array([*low.values(), *[0.0] * len(women)])
        highs = np.array([*high, *[1.0] * len(women)])
        program = Program(matrix, lows, highs, np.zeros(len(changes)), np.ones(len(changes)))
        if program.solve(np.ones(len(changes)), presolve=True) is None:
            return None
        chosen = program.whole(np.ones(len(changes)), NODES, 1.0)
        return None if chosen is None else [change for change, yes in zip(changes, chosen, strict=True) if yes]


@dataclass
class Pack:
    """Changes that go together: no woman's records are changed twice. `rises`: of every figure."""

    changes: list[Change] = field(default_factory=list)
    women: set[str] = field(default_factory=set)
    rises: Counter[Figure] = field(default_factory=Counter)
    targets: list[Target] = field(default_factory=list)


def packed(every: Alternatives, targets: Iterable[Target]) -> list[Pack]:
    """What was found for the targets, in as few sets of records as go together."""
    packs: list[Pack] = []
    for target in targets:
        if any(pack.rises[target.figure] >= target.more for pack in packs):
            continue
        changes = every.reach(target)
        if changes is None:
            continue
        rises: Counter[Figure] = Counter()
        for change in changes:
            rises.update(every.effect(change))
        women = {every.woman(change.record) for change in changes}
        pack = next((pack for pack in packs if pack.women.isdisjoint(women) and _together(every, pack, rises)), None)
        if pack is None:
            packs.append(pack := Pack())
        pack.changes += changes
        pack.women |= women
        pack.rises.update(rises)
        pack.targets.append(target)
    return packs


def _together(every: Alternatives, pack: Pack, rises: Counter[Figure]) -> bool:
    """Whether withheld figures keep their least, and the targets what they have reached."""
    if any(pack.rises[target.figure] + rises[target.figure] < target.more for target in pack.targets):
        return False
    least, true = every.shown.least, every.true
    return all(true.get(f, 0) + pack.rises[f] + by >= least[f] for f, by in rises.items() if f in least and f in true)
