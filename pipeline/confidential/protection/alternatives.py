"""Made-up records that give the very same publication while a small cell is large: a proof that needs no list of facts.

In: the true records of one record type, and what the editions show. Out: for as many small withheld cells as can be
done, changes of few of the records: another code, another answer. What is published stays where a change in one record
makes up for that in another, so they are looked for among the records of a year and the codes that some withheld cell
has. A linear program over all of those says which changes pay, and a whole-number program chooses among them: a column
for each change of a record, or of several of one woman, a row for each published figure that some change moves, which
must not move in the end. What comes out is not believed but counted again, by the product's own `count`.
Where the program finds nothing, nothing is said: there may be other records, with more changes. Pure; touches no files.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
from scipy.sparse import coo_array, csc_array

from pipeline.confidential.protection import constraints
from pipeline.institute.plan import PERIOD, CodeList, Plan, Resource, TableSpec
from pipeline.model import periods
from pipeline.model.cells import TOTAL, Cell, Figure
from pipeline.optimisation.solver import Program

MANY, FEW, CROWD = 1500, 400, 5_000
"""Changes that a whole-number program may choose from, and where there is a crowd of them: such a program takes long."""
ALIKE = 8
"""Changes of those that move the same figures by the same numbers that are looked at, each of another woman."""
MOST, MOST_IN_TIME = 60_000, 6_000
"""Changes of one dimension, or of time, in one year that are looked at; where there are more, none of them is. Every table
looks at the time of a record.
"""
NODES = 200
"""Search nodes of one whole-number program."""
Record = Mapping[str, str]
Values = tuple[tuple[str, str], ...]
"""Columns with their values."""


Effect = Mapping[Figure, int]
"""Figure → what it rises by."""


class Change(NamedTuple):
    """Some records of one woman, by their numbers, have other values in some columns."""

    records: tuple[int, ...]
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

    def allows(self, counted: Mapping[Figure, int]) -> bool:
        """Whether counts show the same."""
        same = all(counted[figure] == value for figure, value in self.values.items())
        return same and all(counted[figure] >= least for figure, least in self.least.items() if figure in counted)


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
    _found: dict[tuple[str, str], dict[Change, Effect]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.tables = [table for table in self.plan.tables if table.id in self.codes]
        self.dimensions = self.resource.dimensions
        self.columns = {table.id: self._looks_at(table) for table in self.tables}
        self._up: dict[str, dict[str, frozenset[str]]] = {}
        for name, dimension in self.dimensions.items():
            known = self.plan.lists[dimension.codes]
            self._up[name] = {leaf: frozenset(self._above(leaf, known)) for leaf in known.leaves}
        self.of: dict[str, list[int]] = defaultdict(list)
        for number in range(len(self.records)):
            self.of[self.woman(Change((number,), ()))].append(number)
        shown = {figure.cell for figure in self.shown.values}
        self.withheld = {figure.cell for figure in self.true}.difference(shown)
        self._counted = {figure: figure for figure in self.true}

    def _looks_at(self, table: TableSpec) -> tuple[str, ...]:
        """The columns of a record that a table looks at."""
        found = [self.resource.period]
        for name in (*table.where, *(name for name in table.dimensions if name != PERIOD)):
            found += self.dimensions[name].columns.values() or [self.dimensions[name].column]
        return tuple(dict.fromkeys(found))

    @staticmethod
    def _above(leaf: str, codes: CodeList) -> Iterator[str]:
        """A code, those above it, and the unions that they are part of."""
        at = leaf
        while at:
            yield at
            yield from (code.code for code in codes.codes if at in code.parts)
            at = codes.by_code[at].parent

    def woman(self, change: Change) -> str:
        """Whose records they are; where nobody has several, the number of the record."""
        number = change.records[0]
        return self.records[number][self.resource.person] if self.resource.person else str(number)

    # what a record counts for ----------------------------------------------------------------------------------------

    def cells(self, record: Record, tables: Iterable[TableSpec]) -> frozenset[Cell]:
        """Every cell of some tables that a record stands in."""
        return frozenset[Cell]().union(*(self._in(record, table) for table in tables))

    def _in(self, record: Record, table: TableSpec) -> frozenset[Cell]:
        key = table.id, *(record[column] for column in self.columns[table.id])
        if key not in self._cells:
            self._cells[key] = frozenset(self._in_table(record, table))
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

    def effect(self, change: Change) -> Effect:
        """What figures rise by if those records are otherwise. Tables that do not look at what changes count as before."""
        columns = {column for column, _ in change.values}
        tables = [table for table in self.tables if not columns.isdisjoint(self.columns[table.id])]
        found: Counter[Figure] = Counter()
        then, now = set[Cell](), set[Cell]()
        for number in change.records:
            old = self.records[number]
            new = {**old, **dict(change.values)}
            before, after = self.cells(old, tables), self.cells(new, tables)
            then |= before
            now |= after
            for record, cells, others, sign in ((old, before, after, -1), (new, after, before, 1)):
                for figure, amount in self._added(record, cells, cells - others):
                    found[figure] += sign * amount
        if self.resource.persons:
            hers = (n for n in self.of[self.woman(change)] if n not in change.records)
            elsewhere = frozenset[Cell]().union(*(self.cells(self.records[n], tables) for n in hers))
            for cell in then - now - elsewhere:
                found[Figure(cell, self.resource.persons)] -= 1
            for cell in now - then - elsewhere:
                found[Figure(cell, self.resource.persons)] += 1
        return {figure: by for figure, by in found.items() if by}

    def _added(self, record: Mapping[str, str], cells: Set[Cell], alone: Set[Cell]) -> Iterator[tuple[Figure, int]]:
        """What a record adds to each figure: `alone`, the cells that it stands in and did not before, or no longer; all of its
        cells where the answers that it gives may have changed."""
        amounts = {m: sum(int(record[c] or 0) for c in added) for m, added in self.resource.sums.items()}
        for cell in alone:
            yield Figure(cell, self.resource.rows), 1
            for measure, amount in amounts.items():
                yield Figure(cell, measure), amount
        for measure, given in self._answers(record).items():
            for cell in cells:
                yield Figure(cell, measure), given

    # what may be otherwise -------------------------------------------------------------------------------------------

    def candidates(self, name: str, year: str) -> dict[Change, Effect]:
        """Changes of records of a year from one code of a dimension to another, of the codes that some withheld cell has,
        with what published and withheld figures rise by."""
        if (name, year) not in self._found:
            self._found[name, year] = self._changes(name, year)
        return self._found[name, year]

    def _codes(self, name: str, year: str) -> set[str]:
        """The codes of a dimension that a withheld cell of a year has."""
        return {
            code
            for cell in self.withheld
            for other, code in cell.where
            if other == name and periods.year_of(cell.code(PERIOD)) == year
        }

    def _changes(self, name: str, year: str) -> dict[Change, Effect]:
        codes = self._codes(name, year)
        every = [
            Change(numbers, values)
            for numbers in self._alike(name, year)
            for values in self._ways(self.records[numbers[0]], name, codes)
        ]
        kinds: dict[frozenset[tuple[Figure, int]], set[str]] = defaultdict(set)
        found: dict[Change, Effect] = {}
        for change in every if len(every) <= (MOST_IN_TIME if name == PERIOD else MOST) else ():
            effect = {own: by for f, by in self.effect(change).items() if (own := self._counted.get(f))}
            alike, woman = kinds[frozenset(effect.items())], self.woman(change)
            if woman not in alike and len(alike) < ALIKE:
                alike.add(woman)
                found[change] = effect
        return found

    def _alike(self, name: str, year: str) -> Iterator[tuple[int, ...]]:
        """The records of a year one by one, and all those of a woman that say the same of a dimension."""
        said = [self.resource.period]
        if name != PERIOD:
            finer = [each.column for each in self.dimensions.values() if each.upper == name]
            said = [*self.dimensions[name].columns.values()] or finer[:1] or [self.dimensions[name].column]
        for numbers in self.of.values():
            same: dict[tuple[str, ...], list[int]] = defaultdict(list)
            for n in numbers:
                if periods.year_of(self.records[n][self.resource.period]) == year:
                    same[tuple(self.records[n][column] for column in said)].append(n)
                    yield (n,)
            yield from (tuple(each) for each in same.values() if len(each) > 1)

    def _ways(self, record: Record, name: str, codes: Set[str]) -> Iterator[Values]:
        """Columns and values by which a record that has one of some codes gets another of them instead; or an answer more or
        less; or any other time of the year. Who has a service has the area that it belongs to.
        """
        if name == PERIOD:
            column = self.resource.period
            year = periods.year_of(record[column])
            yield from (((column, each),) for each in self._times if each != record[column] and each.startswith(year))
            return
        dimension = self.dimensions[name]
        if dimension.kind == "multiple":
            yield from self._other_answers(record, name, codes)
            return
        finer = [other for other, each in self.dimensions.items() if each.upper == name]
        if finer:  # the first of the finer codes of each
            below = self._up[finer[0]]
            leaves = [next(leaf for leaf, above in below.items() if code in above) for code in sorted(codes)]
            yield from self._ways(record, finer[0], {*leaves, record[self.dimensions[finer[0]].column]})
            return
        up, own = self._up[name], record[dimension.column]
        if codes.isdisjoint(up.get(own, ())):
            return
        for leaf in sorted(up):
            if leaf != own and not codes.isdisjoint(up[leaf]):
                values = [(dimension.column, leaf)]
                if dimension.upper:
                    root = next(each for each in self.plan.lists[dimension.codes].roots if each in up[leaf])
                    values.append((self.dimensions[dimension.upper].column, root))
                yield tuple(values)

    @cached_property
    def _times(self) -> list[str]:
        return sorted({record[self.resource.period] for record in self.records})

    def _other_answers(self, record: Record, name: str, codes: Set[str]) -> Iterator[Values]:
        """One answer more, one less, or one instead of another."""
        given: dict[bool, list[tuple[str, str]]] = {True: [], False: []}
        for leaf, column in sorted(self.dimensions[name].columns.items()):
            if not codes.isdisjoint(self._up[name][leaf]):
                told = record[column] in self.resource.yes(column)
                other = next((o for o in self._said[column] if (o in self.resource.yes(column)) != told and o), None)
                if other is not None:
                    given[told].append((column, other))
        yield from ((each,) for each in (*given[True], *given[False]))
        yield from itertools.product(given[True], given[False])

    @cached_property
    def _said(self) -> Mapping[str, list[str]]:
        """Column of an answer → what some record has there."""
        columns = (column for each in self.dimensions.values() for column in each.columns.values())
        return {column: sorted({record[column] for record in self.records}) for column in columns}

    def reach(self, target: Target) -> list[Change] | None:
        """Changes of few records by which a cell is large enough and everything published as it is; None if none is found.
        First in the dimension of which the fewest codes are withheld, then in the next one too, and so on; time comes last.
        """
        cell, found = target.figure.cell, dict[Change, Effect]()
        year = periods.year_of(cell.code(PERIOD))
        names = [name for name, _ in cell.where if name != PERIOD]
        names.sort(key=lambda name: (len(self._codes(name, year)), name))
        for name in [*names, *([PERIOD] if cell.code(PERIOD) != year else [])]:
            found |= self.candidates(name, year)
            chosen = self._chosen(target, found)
            if chosen is not None:
                return chosen
        return None

    def _chosen(self, target: Target, found: Mapping[Change, Effect]) -> list[Change] | None:
        """The fewest of some changes that do."""
        low = {
            figure: 0.0 if figure in self.shown.values else float(self.shown.least[figure] - self.true[figure])
            for figure in sorted(set(itertools.chain.from_iterable(found.values())), key=_by_name)
            if figure in self.shown.values or figure in self.shown.least
        }
        low[target.figure] = float(target.more)
        changes = list(found)
        program = self._program(changes, found, low, ())
        price = np.array([float(len(each.records)) for each in changes])
        if program is None or program.solve(price, presolve=True) is None:
            return None
        best = np.argsort(price - program.matrix.T @ program.row_duals(), kind="stable")[
            : MANY if len(changes) <= CROWD else FEW
        ]
        changes = [changes[n] for n in best]
        program = self._program(changes, found, low, dict.fromkeys(self.woman(each) for each in changes))
        chosen = program.whole(price[best], NODES, 1.0) if program else None
        return None if chosen is None else [change for change, yes in zip(changes, chosen, strict=True) if yes]

    def _program(
        self,
        changes: Sequence[Change],
        effects: Mapping[Change, Effect],
        low: Mapping[Figure, float],
        women: Iterable[str],
    ) -> Program | None:
        """The fewest changes by which published figures stay and others keep what is `low`; of `women` one record at most.
        None where no change moves any of them.
        """
        place = {figure: n for n, figure in enumerate(low)}
        one = {woman: len(low) + n for n, woman in enumerate(women)}
        entries = [(place[f], n, by) for n, each in enumerate(changes) for f, by in effects[each].items() if f in place]
        if not entries:
            return None
        entries += [(one[who], n, 1) for n, each in enumerate(changes) if (who := self.woman(each)) in one]
        rows, columns, data = map(np.array, zip(*entries, strict=True))
        shape = len(low) + len(one), len(changes)
        matrix = csc_array(coo_array((data.astype(np.float64), (rows, columns)), shape=shape))
        lows = np.array([*low.values(), *[0.0] * len(one)])
        highs = np.array([*(0.0 if figure in self.shown.values else np.inf for figure in low), *[1.0] * len(one)])
        return Program(matrix, lows, highs, np.zeros(len(changes)), np.ones(len(changes)))


def _by_name(figure: Figure) -> tuple[list[tuple[str, str]], str]:
    return sorted(figure.cell.where), figure.measure


@dataclass
class Pack:
    """Changes that go together: no woman's records are changed twice. `rises`: of every figure; alone: the changes for each
    target by themselves.
    """

    changes: list[Change] = field(default_factory=list)
    women: set[str] = field(default_factory=set)
    rises: Counter[Figure] = field(default_factory=Counter)
    targets: list[Target] = field(default_factory=list)
    alone: list[Pack] = field(default_factory=list)

    def add(self, other: Pack) -> None:
        """Takes in the changes for one more target."""
        self.changes += other.changes
        self.women |= other.women
        self.rises.update(other.rises)
        self.targets += other.targets
        self.alone.append(other)


def packed(every: Alternatives, targets: Iterable[Target]) -> list[Pack]:
    """What was found for the targets, in as few sets of records as go together."""
    packs: list[Pack] = []
    for target in targets:
        if any(pack.rises[target.figure] >= target.more for pack in packs):
            continue
        changes = every.reach(target)
        if changes is None:
            continue
        one = Pack(changes, {every.woman(change) for change in changes}, Counter(), [target])
        for change in changes:
            one.rises.update(every.effect(change))
        able = (pack for pack in packs if pack.women.isdisjoint(one.women) and _together(every, pack, one.rises))
        pack = next(able, None)
        if pack is None:
            packs.append(pack := Pack())
        pack.add(one)
    return packs


def _together(every: Alternatives, pack: Pack, rises: Counter[Figure]) -> bool:
    """Whether withheld figures keep their least, and the targets what they have reached."""
    if any(pack.rises[target.figure] + rises[target.figure] < target.more for target in pack.targets):
        return False
    least, true = every.shown.least, every.true
    return all(true.get(f, 0) + pack.rises[f] + by >= least[f] for f, by in rises.items() if f in least and f in true)
