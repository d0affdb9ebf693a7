"""Which published cells can be proved small, asked of sets of records instead of figures: it cannot forget a fact.

In: editions as any reader sees them. For each record type the finest cells that its tables tell apart; a woman is the
set of finest cells that she stands in (her pattern), and each such cell has further records of those who stand in it.
A whole-number program over how many women have which pattern then says whether some set of records gives exactly what
was published, with so many women in a cell. Nothing is shared with `audit`: neither its sums nor its search. (`missed` compares.)

A set of records that is found is counted again in whole numbers before it counts. It is for tiny institutes only.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array

from pipeline.model.cells import TOTAL
from pipeline.optimisation.solver import solver
from pipeline.public.audit.audit import Exposure
from pipeline.public.edition.model import OBS, Package, PublishedTable

Ints = NDArray[np.int64]
PATTERNS = 3000
"""Patterns of a woman at most: those of about eleven finest cells, or of more where few women have a second record."""
REST = "!"
"""All codes of a dimension that is filtered on and of which no list is published, but those that a filter names."""


class TooLarge(Exception):
    """The institute is not tiny, or the program was not answered in time."""


class Impossible(Exception):
    """No set of records counts as published."""


@dataclass(frozen=True)
class Spot:
    """A group of records: on each axis the finest codes that it takes, and the answers that its records gave."""

    leaves: tuple[frozenset[str], ...]
    yes: frozenset[tuple[str, str]] = frozenset()

    def inside(self, other: Spot) -> bool:
        return self.yes >= other.yes and all(a <= b for a, b in zip(self.leaves, other.leaves, strict=True))

    def axis(self, other: Spot) -> int | None:
        """The one axis on which the two differ; None if they differ on none or on several."""
        places = [n for n, (a, b) in enumerate(zip(self.leaves, other.leaves, strict=True)) if a != b]
        return places[0] if len(places) == 1 and self.yes == other.yes else None


@dataclass(frozen=True)
class Exposed:
    """A rule broken for a group. rule: 2 or 8 a withheld cell, 7 a surplus, 1 the women of published events, or of a cell
    outside a part of it, 6 a rise. `spots`: the cell, and its part or parts. `codes`: the filters of the same, to be read. `measure`: what is
    counted there, where that is not what the threshold judges but lies within it, as the women do among all who attended.
    """

    rule: int
    editions: tuple[str, ...]
    spots: tuple[Spot, ...]
    codes: tuple[tuple[tuple[str, str], ...], ...]
    measure: str = ""

    @property
    def names(self) -> str:
        return " | ".join(" ".join(f"{name}={code}" for name, code in codes) or "_T" for codes in self.codes)


class Axes:
    """The axes of one record type: single-answer dimensions, each with its `upper`, and questions with many answers."""

    def __init__(self, packages: Sequence[Package], records: str) -> None:
        tables = [(package, t) for package in packages for t in package.tables.values() if t.records == records]
        described = {d.name: d for _, table in tables for d in table.dimensions}
        upper = {name: d.upper for name, d in described.items() if d.upper}
        single = [name for name, d in described.items() if d.kind != "multiple"]
        self.names = [name for name in single if name not in upper.values()]
        self.parent: dict[str, dict[str, str]] = {}
        self.parts: dict[str, dict[str, tuple[str, ...]]] = {}
        self.chain: dict[str, list[str]] = {}
        self.leaves: dict[str, tuple[str, ...]] = {}
        self.questions: dict[str, tuple[str, ...]] = {}
        lists: dict[str, dict[str, tuple[str, str]]] = defaultdict(dict)
        for package, table in tables:
            for dimension in table.dimensions:
                frame = package.codes[dimension.codes]
                for code, above, made in zip(frame["code"], frame["parent"], frame["parts"], strict=True):
                    known = lists[dimension.name].get(code, ("", ""))
                    lists[dimension.name][code] = (above or known[0], made or known[1])
        for name in described.keys() - set(single):
            self.questions[name] = tuple(lists[name])
        named: dict[str, dict[str, None]] = defaultdict(dict)
        for _, table in tables:
            for name, code in table.where.items():
                named[name][code] = None
        for name in named.keys() - described.keys():
            self.names.append(name)
            lists[name] = dict.fromkeys((*named[name], REST), ("", ""))
        for name in self.names:
            chain = [name]
            while chain[-1] in upper:
                chain.append(upper[chain[-1]])
            parent: dict[str, str] = {}
            parts: dict[str, tuple[str, ...]] = {}
            for each in chain:
                for code, (above, united) in lists.get(each, {}).items():
                    parent[code] = above or parent.get(code, "")
                    if united:
                        parts[code] = tuple(united.split())
            whole = set(parent.values()) | set(parts)
            self.chain[name], self.parent[name], self.parts[name] = chain, parent, parts
            self.leaves[name] = tuple(code for code in parent if code not in whole)

    def below(self, axis: str, code: str) -> frozenset[str]:
        """The finest codes that a code is made of."""
        if code == TOTAL:
            return frozenset(self.leaves[axis])
        wanted = {code, *self.parts[axis].get(code, ())}
        found = set()
        for leaf in self.leaves[axis]:
            at = leaf
            while at and at not in wanted:
                at = self.parent[axis][at]
            if at:
                found.add(leaf)
        return frozenset(found)

    def spot(self, where: Iterable[tuple[str, str]]) -> Spot | None:
        """The group of a filter; None if a code is not known."""
        leaves = {name: frozenset(self.leaves[name]) for name in self.names}
        yes = set()
        for name, code in where:
            if code == TOTAL:
                continue
            if name in self.questions:
                if code not in self.questions[name]:
                    return None
                yes.add((name, code))
            for axis in self.names:
                if name in self.chain[axis]:
                    if code not in self.parent[axis]:
                        return None
                    leaves[axis] &= self.below(axis, code)
        return Spot(tuple(leaves[name] for name in self.names), frozenset(yes))


@dataclass(frozen=True)
class Row:
    """A row of a published table. `values`: measure → what is shown (None: withheld)."""

    edition: int
    table: PublishedTable
    codes: Mapping[str, str]
    spot: Spot
    withheld: bool
    values: Mapping[str, int | None]

    @property
    def name(self) -> tuple[tuple[str, str], ...]:
        return tuple(pair for pair in {**self.table.where, **self.codes}.items() if pair[1] != TOTAL)


@dataclass
class Line:
    """low ≤ coefficients · columns ≤ high (None: no limit)."""

    coefficients: Ints
    low: int | None
    high: int | None


@dataclass
class Records:
    """All sets of records of one type that keep the contract and count as published.

    Columns: women by pattern, then by finest cell the records that are nobody's first there, then by finest cell and
    added-up measure its sum. `declared`: whether the reader also makes use of the dimensions along which an edition says
    that its women do not add up. `sure`: that there is no such set of records is asked twice, in two ways.
    """

    packages: Sequence[Package]
    records: str
    declared: bool = True
    sure: bool = False
    lines: list[Line] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.axes = Axes(self.packages, self.records)
        self.rows = list(self._rows())
        self.table = self.rows[-1].table
        self.persons, self.judged = self.table.persons, self.table.women
        self.within = {less: more for row in self.rows for less, more in row.table.within.items()}
        counted = {self.table.rows, self.persons, *(row.table.answers for row in self.rows)}
        self.sums = list(dict.fromkeys(m for row in self.rows for m in row.table.measures if m not in counted))
        self._finest()
        self._patterns()
        shown = [v for row in self.rows for v in row.values.values() if v is not None]
        self.many = 2 * max(shown, default=0) + 3 * max(row.table.threshold for row in self.rows)
        """As many of anything as need be; where nothing limits it, more would show nothing new."""
        self.upper = np.full(self.width, self.many, dtype=np.int64)
        self.alone = self._alone()
        for row in self.rows:
            self._told(row)
        for line in self.lines:  # no column is more than a figure that it is in
            if line.high is not None:
                inside = line.coefficients > 0
                self.upper[inside] = np.minimum(self.upper[inside], line.high // line.coefficients[inside])
        self._contract()
        if self.declared and self.persons:
            self._overlaps()
        self._matrix = np.array([line.coefficients for line in self.lines], dtype=np.int64)

    def _rows(self) -> Iterator[Row]:
        for number, package in enumerate(self.packages):
            for table in package.tables.values():
                if table.records != self.records:
                    continue
                for row in table.frame.to_dict("records"):
                    codes = {name: str(row[name]) for name in table.names}
                    spot = self.axes.spot([*table.where.items(), *codes.items()])
                    assert spot is not None
                    status = row[OBS]
                    values = {
                        m: 0 if status == "M" else None if status in ("Q", "L") else int(row[m]) for m in table.measures
                    }
                    if status != "L":
                        yield Row(number, table, codes, spot, status == "Q", values)

    # what a record can be --------------------------------------------------------------------------------------------

    def _finest(self) -> None:
        """Kinds of records that no row tells apart are one finest cell. `cell_of`: kind → its number."""
        axes, stages = self.axes, range(len(self.packages))
        answers = [
            frozenset(zip(itertools.repeat(name), chosen, strict=False))
            for name, codes in axes.questions.items()
            for size in range(len(codes) + 1)
            for chosen in itertools.combinations(codes, size)
        ]
        assert len(axes.questions) < 2, "one question at most"
        kinds = itertools.product(
            itertools.product(*(axes.leaves[n] for n in axes.names)), answers or [frozenset()], stages
        )
        counted = list({(row.spot, row.edition): None for row in self.rows})
        number: dict[tuple[tuple[int, ...], int], int] = {}
        self.members: dict[tuple[Spot, int], set[int]] = {each: set() for each in counted}
        self.answered: list[int] = []
        """Finest cell → the answers that each of its records gave."""
        for leaves, yes, stage in kinds:
            if not self._consistent(leaves):
                continue
            rows = tuple(
                n
                for n, (spot, edition) in enumerate(counted)
                if stage <= edition
                and yes >= spot.yes
                and all(a in b for a, b in zip(leaves, spot.leaves, strict=True))
            )
            if rows:
                # two sets of answers that stand in the same rows differ in none that is told, but for their number
                cell = number.setdefault((rows, len(yes)), len(number))
                if cell == len(self.answered):
                    self.answered.append(len(yes))
                for n in rows:
                    self.members[counted[n]].add(cell)
        self.cells = len(number)

    def _consistent(self, leaves: Sequence[str]) -> bool:
        """Whether two finer dimensions of one upper dimension agree on its code."""
        for (one, a), (other, b) in itertools.combinations(zip(self.axes.names, leaves, strict=True), 2):
            for upper in set(self.axes.chain[one][1:]) & set(self.axes.chain[other][1:]):
                codes = self._above(one, a) ^ self._above(other, b)
                if any(code in self.axes.parent[one] and code in self.axes.parent[other] for code in codes) and upper:
                    return False
        return True

    def _above(self, axis: str, code: str) -> set[str]:
        found = set()
        while code:
            found.add(code)
            code = self.axes.parent[axis][code]
        return found

    def _patterns(self) -> None:
        """Sets of finest cells that one woman can stand in. `stands`: pattern × finest cell."""
        found: list[tuple[int, ...]] = []
        if not self.persons:
            found = [(cell,) for cell in range(self.cells)]
        else:
            never = np.zeros((self.cells, self.cells), dtype=np.bool_)
            for one, other in self._apart():
                both = np.ix_(sorted(one), sorted(other))
                never[both] = True
            never |= never.T
            if never.diagonal().any():
                raise TooLarge  # no one stands there at all: not met in what is made here
            several = self._several()

            def grow(pattern: tuple[int, ...], rest: Sequence[int]) -> None:
                for place, cell in enumerate(rest):
                    new = (*pattern, cell)
                    if any(len(cells.intersection(new)) > most for cells, most in several):
                        continue
                    if len(found) > PATTERNS:
                        raise TooLarge
                    found.append(new)
                    grow(new, [other for other in rest[place + 1 :] if not never[cell, other]])

            grow((), range(self.cells))
        self.stands = np.zeros((len(found), self.cells), dtype=np.int64)
        for n, pattern in enumerate(found):
            self.stands[n, list(pattern)] = 1
        self.width = len(found) + self.cells * (1 + len(self.sums))

    def _several(self) -> list[tuple[set[int], int]]:
        """Finest cells with in how many of them one woman can stand: of their records, every other woman has one."""
        found = []
        for row in self.rows:
            women, records = row.values.get(self.persons or ""), row.values.get(self.table.rows)
            if women == 0 or records is not None:
                most = 0 if women == 0 or not records else records - (women or 1) + 1
                found.append((self.members[row.spot, row.edition], most))
        return found

    def _apart(self) -> Iterator[tuple[set[int], set[int]]]:
        """Pairs of groups of which no woman has records in both: a table says that its women add up over them."""
        for edition, table, rows in self._by_table():
            for total, parts in unions([row.spot for row in rows]):
                if self._names(rows, total, parts) <= set(table.additive.get(self.persons or "", ())):
                    for one, other in itertools.combinations(parts, 2):
                        yield self.members[one, edition], self.members[other, edition]

    def _by_table(self) -> list[tuple[int, PublishedTable, list[Row]]]:
        found: dict[tuple[int, str], list[Row]] = defaultdict(list)
        for row in self.rows:
            found[row.edition, row.table.id].append(row)
        return [(edition, rows[0].table, rows) for (edition, _), rows in found.items()]

    @staticmethod
    def _names(rows: Sequence[Row], total: Spot, parts: Sequence[Spot]) -> set[str]:
        """The dimension of a table along which some of its rows are the parts of another."""
        codes = {row.spot: row.codes for row in rows}
        return {n for part in parts for n, code in codes[part].items() if codes[total][n] != code}

    def _alone(self) -> list[Row]:
        """Rows that show events, where their edition shows the women who made them nowhere."""
        shown = {(row.spot, row.edition) for row in self.rows if row.values.get(self.persons or "") is not None}
        return [
            row
            for row in self.rows
            if self.persons and any(row.values.values()) and (row.spot, row.edition) not in shown
        ]

    # what is known ---------------------------------------------------------------------------------------------------

    def _line(self, coefficients: Ints, low: int | None, high: int | None) -> None:
        self.lines.append(Line(coefficients, low, high))

    def people(self, cells: Collection[int]) -> Ints:
        """How many distinct women stand in some of the finest cells."""
        result = np.zeros(self.width, dtype=np.int64)
        result[: len(self.stands)] = self.stands[:, sorted(cells)].any(axis=1)
        return result

    def count(self, weights: Mapping[int, int]) -> Ints:
        """The records in finest cells, each so many times."""
        result = np.zeros(self.width, dtype=np.int64)
        for cell, weight in weights.items():
            result[: len(self.stands)] += weight * self.stands[:, cell]
            result[len(self.stands) + cell] += weight
        return result

    def added(self, measure: str, cells: Iterable[int]) -> Ints:
        """The sum of a measure over finest cells."""
        result = np.zeros(self.width, dtype=np.int64)
        first = len(self.stands) + self.cells * (1 + self.sums.index(measure))
        result[[first + cell for cell in cells]] = 1
        return result

    def expression(self, measure: str, spot: Spot, edition: int, answers: str | None = None) -> Ints:
        """A figure as a row of coefficients."""
        cells = self.members[spot, edition]
        if measure == self.persons:
            return self.people(cells)
        if measure == answers and not spot.yes:
            return self.count({cell: self.answered[cell] for cell in cells})
        if measure in (self.table.rows, answers):
            return self.count(dict.fromkeys(cells, 1))
        return self.added(measure, cells)

    def judge(self, spot: Spot, edition: int) -> Ints:
        """The figure that the threshold judges."""
        return self.expression(self.judged, spot, edition)

    def _contract(self) -> None:
        """Further records only where somebody stands, sums only where there is a record, women among all who attended."""
        first = len(self.stands)
        for cell in range(self.cells):
            more = np.zeros(self.width, dtype=np.int64)
            more[first + cell] = 1
            if self.persons:
                most = max(1, int(self.upper[first + cell]))
                self._line(more - most * self.people([cell]), None, 0)
            else:
                self._line(more, 0, 0)
            for measure in self.sums:
                amount = self.added(measure, [cell])
                self._line(amount - self.many * self.count({cell: 1}), None, 0)
                for whole in self.within.get(measure, ()):
                    if whole in self.sums:
                        self._line(amount - self.added(whole, [cell]), None, 0)

    def _told(self, row: Row) -> None:
        for measure, value in row.values.items():
            figure = self.expression(measure, row.spot, row.edition, row.table.answers)
            whole_question = measure == row.table.answers and not row.spot.yes
            if value is not None:
                self._line(figure, value, value)
            elif not row.table.zeros_withheld and measure not in set(self.sums) - {self.judged} and not whole_question:
                self._line(figure, 1, None)
        if row.withheld and not row.table.zeros_withheld:
            self._line(self.judge(row.spot, row.edition), 1, None)
        if row in self.alone:  # else the events would be withheld
            self._line(self.people(self.members[row.spot, row.edition]), row.table.threshold, None)

    def _overlaps(self) -> None:
        """Where an edition says that women do not add up along a dimension, in some row of it they do not."""
        for edition, table, rows in self._by_table():
            for name in table.overlaps.get(self.persons or "", ()):
                found = np.zeros(self.width, dtype=np.int64)
                for total, parts in unions([row.spot for row in rows]):
                    if self._names(rows, total, parts) == {name}:
                        found += self.surplus(total, parts, edition)
                if found.any():
                    self._line(found, 1, None)

    def surplus(self, total: Spot, parts: Iterable[Spot], edition: int) -> Ints:
        """By how many the parts are more than their total."""
        added = sum((self.judge(part, edition) for part in parts), np.zeros(self.width, dtype=np.int64))
        return added - self.judge(total, edition)

    # questions -------------------------------------------------------------------------------------------------------

    def find(self, figure: Ints, least: int | None, most: int | None, lines: Sequence[Line] = ()) -> Ints | None:
        """A set of records (women by pattern, …) that counts as published with least ≤ figure ≤ most; None: there is none.

        Raises TooLarge where the program has no answer, or one that does not hold in whole numbers.
        """
        every = [*self.lines, *lines, Line(figure, least, most)]
        matrix = np.vstack([self._matrix, *(line.coefficients[None, :] for line in every[len(self.lines) :])])
        low = np.array([-np.inf if line.low is None else line.low for line in every])
        high = np.array([np.inf if line.high is None else line.high for line in every])
        bounds = np.zeros(self.width), self.upper.astype(np.float64)
        whole = np.ones(self.width, dtype=np.bool_)
        for presolve in ("on", "off") if self.sure else ("on",):
            highs = solver(csc_array(matrix), (low, high), bounds, np.zeros(self.width), whole)
            highs.setOptionValue("presolve", presolve)
            highs.setOptionValue("mip_max_nodes", 20_000)
            highs.run()
            status = highs.getModelStatus()
            if status == highspy.HighsModelStatus.kOptimal:
                world = np.rint(highs.getSolution().col_value).astype(np.int64)
                count = matrix @ world
                if (world >= 0).all() and (count >= low).all() and (count <= high).all():
                    return world
                raise TooLarge
            if status != highspy.HighsModelStatus.kInfeasible:
                raise TooLarge
        return None

    def can(self, figure: Ints, least: int | None, most: int | None) -> bool:
        """Whether some set of records has it so, as far as those that were found do not say so."""
        for world in self._found:
            value = int(figure @ world)
            if (least is None or value >= least) and (most is None or value <= most):
                return True
        new = self.find(figure, least, most)
        if new is not None:
            self._found.append(new)
        return new is not None

    @cached_property
    def _found(self) -> list[Ints]:
        return []

    def most(self, figure: Ints, sign: int = 1) -> int:
        """The most that a figure can be, or with `sign` −1 the least; no column is more than `many`."""
        matrix = csc_array(self._matrix)
        low = np.array([-np.inf if line.low is None else line.low for line in self.lines])
        high = np.array([np.inf if line.high is None else line.high for line in self.lines])
        bounds, whole = (np.zeros(self.width), self.upper.astype(np.float64)), np.ones(self.width, dtype=np.bool_)
        highs = solver(matrix, (low, high), bounds, (-sign * figure).astype(np.float64), whole)
        for option, setting in (("mip_max_nodes", 20_000), ("mip_rel_gap", 0.0), ("mip_abs_gap", 0.5)):
            highs.setOptionValue(option, setting)
        highs.run()
        if highs.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
            raise Impossible
        world = np.rint(highs.getSolution().col_value).astype(np.int64)
        count = self._matrix @ world
        good = (world >= 0).all() and (count >= low).all() and (count <= high).all()
        if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal or not good:
            raise TooLarge
        self._found.append(world)
        return int(figure @ world)


def unions(spots: Collection[Spot]) -> list[tuple[Spot, tuple[Spot, ...]]]:
    """Cells with others that they are made of along one axis, of whichever levels."""
    spots = list(dict.fromkeys(spots))
    found = []
    for total in spots:
        along: dict[int, list[Spot]] = defaultdict(list)
        for part in spots:
            if part != total and part.inside(total) and (axis := total.axis(part)) is not None:
                along[axis].append(part)
        for axis, parts in along.items():
            found += [(total, united) for united in _united(total.leaves[axis], axis, parts)]
    return found


def _united(left: frozenset[str], axis: int, parts: Sequence[Spot]) -> Iterator[tuple[Spot, ...]]:
    """Every way to make up some finest codes of parts that share none."""
    if not left:
        yield ()
        return
    first = min(left)
    for part in parts:
        if first in part.leaves[axis] and part.leaves[axis] <= left:
            for others in _united(left - part.leaves[axis], axis, parts):
                yield (part, *others)


RULES = (1, 2, 7, 8)


def exposed(
    packages: Sequence[Package], rules: Collection[int] = RULES, *, declared: bool = True, sure: bool = False
) -> list[Exposed]:
    """Everything that a reader who forgets no fact about records can prove to be small. Raises TooLarge, Impossible."""
    found: list[Exposed] = []
    for records in dict.fromkeys(t.records for package in packages for t in package.tables.values()):
        found += _exposed(Records(packages, records, declared, sure), rules)
    return found


class Asked(NamedTuple):
    """A figure that must not be proved small, where it stands, and the threshold. Without the rest of `Exposed`."""

    found: Exposed
    figure: Ints
    threshold: int


def questions(asked: Records, rules: Collection[int]) -> Iterator[Asked]:
    """Everything that the rules are about: withheld cells, surpluses, women outside a part, rises."""
    threshold: dict[Spot, int] = defaultdict(int)
    names: dict[Spot, tuple[tuple[str, str], ...]] = {}
    editions = [package.edition for package in asked.packages]
    for row in asked.rows:
        threshold[row.spot] = max(threshold[row.spot], row.table.threshold)
        names.setdefault(row.spot, row.name)

    def question(rule: int, when: Sequence[int], figure: Ints, *spots: Spot) -> Asked:
        told = tuple(editions[n] for n in when)
        return Asked(Exposed(rule, told, spots, tuple(names[spot] for spot in spots)), figure, threshold[spots[0]])

    for row in {(row.spot, row.edition): row for row in asked.rows if row.withheld}.values():
        figure = asked.judge(row.spot, row.edition)
        for rule in sorted({2, 8}.intersection(rules)):
            yield question(rule, [row.edition], figure, row.spot)
        for measure in (m for m in row.values if asked.judged in asked.within.get(m, ()) and 2 in rules):
            each = question(2, [row.edition], asked.expression(measure, row.spot, row.edition), row.spot)
            yield each._replace(found=replace(each.found, measure=measure))
    shown = dict.fromkeys((row.spot, row.edition) for row in asked.rows if not row.withheld)
    women = {(row.spot, row.edition) for row in asked.rows if row.values.get(asked.judged) is not None}
    for spot, edition in shown if 1 in rules else ():
        if (spot, edition) not in women:  # events alone are shown, and women made them
            yield question(1, [edition], asked.judge(spot, edition), spot)
    for edition in range(len(editions)):
        here = list(dict.fromkeys(row.spot for row in asked.rows if row.edition == edition))
        for total, parts in unions(here) if asked.persons else ():
            if 7 in rules:
                yield question(7, [edition], asked.surplus(total, parts, edition), total, *parts)
            for part in parts if 1 in rules else ():
                yield question(1, [edition], asked.judge(total, edition) - asked.judge(part, edition), total, part)
        for earlier in range(edition) if 6 in rules else ():
            before = {row.spot for row in asked.rows if row.edition == earlier}
            for spot in (spot for spot in here if spot in before):
                rise = asked.judge(spot, edition) - asked.judge(spot, earlier)
                yield question(6, [earlier, edition], rise, spot)


def _exposed(asked: Records, rules: Collection[int]) -> Iterator[Exposed]:
    if not asked.can(np.zeros(asked.width, dtype=np.int64), None, None):
        raise Impossible
    for found, figure, k in questions(asked, rules):
        # where zeros may be withheld, that a cell may be nothing does not clear it: that is what whoever knows the method reads
        if not asked.can(figure, k, None) and (found.rule == 8 or not asked.can(figure, None, 0)):
            yield found


def missed(packages: Sequence[Package], said: Collection[Exposure]) -> list[str]:
    """What is proved to be small here and not among what the audit `said`. Raises TooLarge, Impossible."""
    known = {(e.rule, Axes(packages, e.records).spot(e.cell)) for e in said}
    if any(rule == 0 for rule, _ in known):  # the audit says nothing of what cannot be
        return []

    def unsaid(each: Exposed) -> bool:
        if each.rule == 7 or len(each.spots) > 1:  # the audit gives such groups names of its own
            alike = (7,) if each.rule == 7 else (1, 2, 4)
            return not any(rule in alike for rule, _ in known)
        return not any(rule in (1, 2, 4, 8) and spot == each.spots[0] for rule, spot in known)

    only = [each for each in exposed(packages) if unsaid(each)]
    sure = exposed(packages, sure=True) if only else []
    return [f"rule {e.rule} in {'~'.join(e.editions)}: {e.names}" for e in only if e in sure]
