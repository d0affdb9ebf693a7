"""What a reader can deduce: other worlds that fit everything published, and figures that admit only one value.

Pure; shared by `protect` and `audit`; never sees the truth. A *world* is one whole number per figure such that every
sum holds, every inequality holds, published figures have their published value and every other figure is at least its
lower bound. Figures without a published value fall into connected components, which are solved one by one: a first
world, then worlds that lift many goals at once, then the smallest change for each goal that is left. A linear program
comes first; where its solution is not whole, a small whole-number program settles the question, so that a verdict is
never about fractions of a woman (see Fischetti and Salazar, Management Science 47, 2001, on attacker problems).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csc_array, csr_array, eye_array, hstack, vstack
from scipy.sparse.csgraph import connected_components

from .cells import AtMost, Cover, Figure, Relation, Sum

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

EXACT = 1e-6
"""A solver's number this near to a whole one is taken for it; every world is then checked in whole numbers."""
NODES = 20_000
"""Search nodes for one whole-number question. Where they do not suffice the goal counts as not met: fail closed."""
BULK_ROUNDS = 12
LARGE = 4000
"""Columns from which on simplifying a program first pays."""
MORE = 4
"""So many more solutions are looked at when one is not whole."""
FEW_NODES, GAP = 100, 0.05
"""Search nodes for a whole-number move that is nearly as cheap as can be, and how nearly (a share)."""


@dataclass(frozen=True)
class System:
    """`sums @ x == 0`, `limits @ x <= 0`, and `x >= lower` for every figure that is not published."""

    sums: csr_array
    limits: csr_array
    lower: Ints

    def holds(self, world: Ints) -> bool:
        """Whether a whole-number vector satisfies every sum and every inequality (not the lower bounds)."""
        return not (self.sums @ world).any() and not (self.limits @ world > 0).any()


class Goal(NamedTuple):
    """Figure number `figure` shall be able to be `at_least` or more."""

    figure: int
    at_least: int


@dataclass(frozen=True)
class Proof:
    """`met[i]`: some witness lifts goal i. `witnesses`: one world per row."""

    met: Bools
    witnesses: Ints


def system(figures: Sequence[Figure], relations: Iterable[Relation], lower: Ints | Mapping[Figure, int]) -> System:
    """The linear system of `relations`; figures keep their order; a mapping `lower` may leave out zeros."""
    number = {figure: i for i, figure in enumerate(figures)}
    sums: list[list[tuple[int, int]]] = []
    limits: list[list[tuple[int, int]]] = []
    for relation in dict.fromkeys(relations):
        if isinstance(relation, AtMost):
            limits.append([(number[relation.lesser], 1), (number[relation.greater], -relation.times)])
            continue
        total, parts = number[relation.total], [number[part] for part in relation.parts]
        if isinstance(relation, Sum):
            sums.append([(total, -1), *((part, 1) for part in parts)])
        if isinstance(relation, Cover):
            limits.append([(total, 1), *((part, -1) for part in parts)])
            limits.extend([(part, 1), (total, -1)] for part in parts)
    low = (
        np.array([lower.get(figure, 0) for figure in figures], dtype=np.int64)
        if isinstance(lower, Mapping)
        else np.asarray(lower, dtype=np.int64)
    )
    return System(_matrix(sums, len(figures)), _matrix(limits, len(figures)), low)


def _matrix(rows: list[list[tuple[int, int]]], width: int) -> csr_array:
    i = [r for r, row in enumerate(rows) for _ in row]
    j = [column for row in rows for column, _ in row]
    data = [coefficient for row in rows for _, coefficient in row]
    return csr_array(coo_array((np.array(data, dtype=np.int64), (i, j)), shape=(len(rows), width)))


class Silent(highspy.Highs):
    """HiGHS without the banner that it writes on standard output before options can be set."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    def enableCallbacks(self) -> Any:
        self.setOptionValue("output_flag", False)
        return super().enableCallbacks()  # type: ignore[no-untyped-call]


def solver(
    matrix: csc_array,
    rows: tuple[Floats, Floats],
    columns: tuple[Floats, Floats],
    cost: Floats,
    whole: Bools | None = None,
    seed: int = 0,
) -> Silent:
    """HiGHS with min cost·x, low ≤ matrix x ≤ high (`rows`), lower ≤ x ≤ upper (`columns`), x[whole] in whole numbers.

    One thread and a fixed seed: the same question has the same answer everywhere.
    """
    highs = Silent()
    for option, setting in (("log_to_console", False), ("threads", 1), ("random_seed", seed % 2**31)):
        highs.setOptionValue(option, setting)
    kinds = np.zeros(len(cost), dtype=np.int32) if whole is None else whole.astype(np.int32)
    entries = matrix.indptr.astype(np.int32), matrix.indices.astype(np.int32), matrix.data.astype(np.float64)
    form = int(highspy.MatrixFormat.kColwise), int(highspy.ObjSense.kMinimize), 0.0
    highs.passModel(len(cost), matrix.shape[0], matrix.nnz, *form, cost, *columns, *rows, *entries, kinds)
    return highs


class Program:
    """min cost·x, low ≤ matrix x ≤ high, lower ≤ x ≤ upper in HiGHS; bounds and costs change between solves."""

    def __init__(
        self, matrix: csc_array, low: Floats, high: Floats, lower: Floats, upper: Floats, seed: int = 0
    ) -> None:
        self.matrix, self.low, self.high, self.seed = csc_array(matrix), low, high, seed
        self.lower, self.upper = lower.copy(), upper.copy()
        self._all = np.arange(len(lower), dtype=np.int32)
        self._highs = solver(self.matrix, (low, high), (lower, upper), np.zeros(len(lower)), seed=seed)

    def bound(self, columns: NDArray[np.intp], lower: Floats | float, upper: Floats | float) -> None:
        """Set bounds of some columns."""
        if len(columns):
            self.lower[columns], self.upper[columns] = lower, upper
            at = columns.astype(np.int32)
            self._highs.changeColsBounds(len(at), at, self.lower[columns], self.upper[columns])

    def solve(self, cost: Floats, *, presolve: bool = False) -> Floats | None:
        """An optimal vertex, or None when there is no solution. Always a cold start, so that order has no effect."""
        self._highs.clearSolver()
        self._highs.changeColsCost(len(self._all), self._all, cost)
        self._highs.setOptionValue("presolve", "on" if presolve else "off")
        self._highs.run()
        if self._highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        return np.array(self._highs.getSolution().col_value)

    def row_duals(self) -> Floats:
        """One multiplier per row, from the last solution."""
        return np.array(self._highs.getSolution().row_dual)

    def halved(self) -> Program:
        """The program with every bound half as far from zero, in whole numbers: twice a solution of it is one of this."""
        low, high = np.ceil(self.low / 2), np.floor(self.high / 2)
        return Program(self.matrix, low, high, np.ceil(self.lower / 2), np.floor(self.upper / 2), self.seed)

    def part(self, columns: NDArray[np.intp]) -> Program | None:
        """The program in which only `columns` may differ from their nearest bound to zero; None if that cannot be."""
        at = np.clip(0.0, self.lower, self.upper)
        at[columns] = 0.0
        matrix, shift = csr_array(self.matrix[:, columns]), self.matrix @ at
        touched = np.diff(matrix.indptr) > 0
        low, high = self.low - shift, self.high - shift
        if (low[~touched] > EXACT).any() or (high[~touched] < -EXACT).any():
            return None
        rows = csc_array(matrix[np.flatnonzero(touched)])
        return Program(rows, low[touched], high[touched], self.lower[columns], self.upper[columns], self.seed)

    def whole(self, cost: Floats, nodes: int = NODES, gap: float = 2.0) -> Ints | None:
        """A whole-number solution, at most a share `gap` dearer than need be as far as `nodes` suffice to tell; None when
        there is none (or none is found within `nodes`).
        """
        everything = np.ones(len(cost), dtype=np.bool_)
        highs = solver(self.matrix, (self.low, self.high), (self.lower, self.upper), cost, everything, self.seed)
        for option, setting in (("mip_max_nodes", nodes), ("mip_rel_gap", gap)):
            highs.setOptionValue(option, setting)
        highs.run()
        if highs.getInfo().primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
            return None
        return np.rint(highs.getSolution().col_value).astype(np.int64)


@dataclass(eq=False)
class Moves:
    """Changes of a base world into other worlds, over some figures of a system.

    A move is up − down per figure: published figures do not move, the others go down by `room` and up by `ceiling` at
    most. Vectors are over the figures in `columns`, in that order; prices are per unit, first of all ups, then of all
    downs. `rows @ move` is 0 in the first `sums` rows and at most `slack` in the others; `numbers` tells which rows of
    the system they are, its inequalities after its sums.
    """

    columns: NDArray[np.intp]
    base: Ints
    room: Ints
    ceiling: Floats
    rows: csr_array
    sums: int
    slack: Ints
    numbers: Ints
    seed: int = 0

    @classmethod
    def of(cls, system: System, columns: NDArray[np.intp], base: Ints, seed: int = 0) -> Moves:
        """Of these figures of a system, from a world in which no one of them has a ceiling."""
        sums, limits = _rows(system.sums, columns), _rows(system.limits, columns)
        return cls(
            columns=columns,
            base=base[columns],
            room=np.maximum(base[columns] - system.lower[columns], 0),
            ceiling=np.full(len(columns), np.inf),
            rows=csr_array(vstack([sums[0], limits[0]])),
            sums=sums[0].shape[0],
            slack=np.concatenate([np.zeros(len(sums[1]), dtype=np.int64), -(system.limits[limits[1]] @ base)]),
            numbers=np.concatenate([sums[1], system.sums.shape[0] + limits[1]]),
            seed=seed,
        )

    def within(self, places: NDArray[np.intp]) -> Moves:
        """The moves of some of the figures alone, by their places in `columns`."""
        matrix = self._by_figure[:, places]
        rows, place = np.unique(matrix.indices, return_inverse=True)
        matrix = csc_array((matrix.data, place.astype(np.int32), matrix.indptr), shape=(len(rows), len(places)))
        return Moves(
            columns=self.columns[places],
            base=self.base[places],
            room=self.room[places],
            ceiling=self.ceiling[places],
            rows=csr_array(matrix),
            sums=int((rows < self.sums).sum()),
            slack=self.slack[rows],
            numbers=self.numbers[rows],
            seed=self.seed,
        )

    @property
    def size(self) -> int:
        return len(self.columns)

    @cached_property
    def _by_figure(self) -> csc_array:
        return csc_array(self.rows)

    @cached_property
    def _program(self) -> Program:
        return Program(
            csc_array(hstack([self._by_figure, -self._by_figure])),
            np.where(np.arange(len(self.slack)) < self.sums, 0.0, -np.inf),
            self.slack.astype(np.float64),
            np.zeros(2 * self.size),
            np.concatenate([self.ceiling, self.room]),
            self.seed,
        )

    def valid(self, move: Ints) -> bool:
        """Whether base + move is a world, in whole-number arithmetic."""
        effect, within = self.rows @ move, (move >= -self.room) & (move <= self.ceiling)
        return not effect[: self.sums].any() and bool((effect <= self.slack).all() and within.all())

    def many(
        self, figures: NDArray[np.intp], by: Ints, weight: Floats, prices: Floats, fixed: NDArray[np.intp] | None = None
    ) -> list[Ints]:
        """Moves that lift as many of `figures` as weights and prices allow; signs of `by` tell the direction.

        They have no figure in common and no row: each is a move by itself, and so is their sum.
        """
        chosen = np.where(by > 0, figures, figures + self.size)
        prices = prices.copy()
        prices[chosen] = -weight
        before = self._program.upper.copy()
        ceiling = np.minimum(np.abs(by), before[chosen])
        if fixed is not None:
            self._program.bound(np.concatenate([fixed, fixed + self.size]), 0.0, 0.0)
        self._program.bound(chosen, 0.0, np.minimum(ceiling, self._program.upper[chosen]))
        solution = self._program.solve(prices, presolve=len(prices) > LARGE)
        moves = [] if solution is None else self._apart(solution, prices)
        changed = np.flatnonzero(self._program.upper != before)
        self._program.bound(changed, 0.0, before[changed])
        return moves

    def one(
        self, figure: int, by: int, prices: Floats, fixed: NDArray[np.intp] | None = None, hard: bool = True
    ) -> Ints | None:
        """The cheapest move that changes `figure` by `by` or further, with `fixed` figures unmoved; None if none is
        (unless `hard`, also None where whole numbers need a longer search).
        """
        with self._asking(figure, by, fixed) as possible:
            return self._whole(self._program.solve(prices), prices, hard=hard) if possible else None

    def multipliers(self) -> Floats | None:
        """One per row, from the last linear program: why its move could not be cheaper (Σ multiplier · row ≤ spare)."""
        result = -self._program.row_duals()
        if len(result) != len(self.slack):
            return None
        result[self.sums :] = np.maximum(result[self.sums :], 0.0)
        return result

    @contextmanager
    def _asking(self, figure: int, by: int, fixed: NDArray[np.intp] | None) -> Iterator[bool]:
        """Bounds that make `figure` change by `by` and keep `fixed` figures; False where its lower bound forbids it."""
        held = np.empty(0, dtype=np.intp) if fixed is None else np.concatenate([fixed, fixed + self.size])
        own = np.array([figure, figure + self.size] if by > 0 else [figure + self.size, figure])
        ceiling, room = self._program.upper[own], self._program.upper[held]
        possible = bool(abs(by) <= ceiling[0])
        if possible:
            self._program.bound(held, 0.0, 0.0)
            self._program.bound(own, np.array([abs(by), 0.0]), np.array([ceiling[0], 0.0]))
        yield possible
        self._program.bound(held, 0.0, room)
        self._program.bound(own, 0.0, ceiling)

    def _whole(self, solution: Floats | None, prices: Floats, hard: bool) -> Ints | None:
        """The solution in whole numbers: itself or a multiple of it; else a good one from the columns that it uses and
        those of some more solutions; else from all of next to no price; else from all.
        """
        if solution is None:
            return None
        move = self._scaled(solution)
        if move is not None:
            return move
        used = solution > EXACT
        half = self._program.halved().solve(prices)
        more = used if half is None else used | (half > EXACT)
        for shaken in self._shaken(prices, prices[used].max()):
            more = more | shaken
            move = self._mixed(np.flatnonzero(more), prices, FEW_NODES, GAP)
            if move is not None:
                return move
        move = None if half is None else self._scaled(2 * half)
        if move is not None or not hard:
            return move
        for columns in (np.flatnonzero(more | (prices <= 10 * prices.min(initial=np.inf))), np.arange(len(used))):
            move = self._mixed(columns, prices)
            if move is not None:
                return move
        return None

    def _shaken(self, prices: Floats, dear: float) -> Iterator[Bools]:
        """What solutions at other prices use; first of all no other solution, which costs nothing."""
        random = np.random.default_rng(self.seed)
        yield np.zeros(len(prices), dtype=np.bool_)
        for _ in range(MORE):
            solution = self._program.solve((prices + 0.2 * dear) * random.uniform(0.5, 2.0, len(prices)))
            if solution is None:
                return
            yield solution > EXACT

    def _mixed(self, columns: NDArray[np.intp], prices: Floats, nodes: int = NODES, gap: float = 2.0) -> Ints | None:
        """A whole-number move within some columns."""
        program, result = self._program.part(columns), np.zeros(len(prices), dtype=np.int64)
        found = None if program is None else program.whole(prices[columns], nodes, gap)
        if found is None:
            return None
        result[columns] = found
        move = self._net(result)
        return move if self.valid(move) else None

    def _scaled(self, solution: Floats) -> Ints | None:
        for factor in (1, 2, 3, 4, 6):
            scaled = solution * factor
            move = self._net(np.rint(scaled).astype(np.int64))
            if np.abs(scaled - np.rint(scaled)).max(initial=0.0) <= EXACT and self.valid(move):
                return move
        return None

    def _apart(self, solution: Floats, prices: Floats) -> list[Ints]:
        """A solution as moves that share no row; what is not whole is made so where a small program can."""
        used = np.flatnonzero(solution > EXACT)
        if not len(used):
            return []
        figures, place = np.unique(used % self.size, return_inverse=True)
        part = abs(self._by_figure[:, figures])
        count, label = connected_components(part.T @ part, directed=False)
        moves = []
        for number in range(count):
            columns = used[label[place] == number]
            alone = np.zeros(len(solution))
            alone[columns] = solution[columns]
            move = self._scaled(alone)
            if move is None:
                move = self._mixed(columns, prices)
            if move is not None and move.any():
                moves.append(move)
        return moves

    def _net(self, columns: Ints) -> Ints:
        return columns[: self.size] - columns[self.size :]


class Merged:
    """The same moves, where figures that can only move together are one: a smaller program with the same answers.

    Of two figures alone with one another in a sum one goes down as the other goes up, or both go the same way; a figure
    alone in a sum does not move; and so on, with what has become one.
    """

    def __init__(self, moves: Moves) -> None:
        self._one = _together(moves.rows[: moves.sums])
        count = self._one.shape[1]
        figure, place = self._one.nonzero()
        self._place, self._sign = np.full(moves.size, -1), np.zeros(moves.size, dtype=np.int64)
        self._place[figure], self._sign[figure] = place, self._one.data
        self._alike, self._unlike = csr_array(self._one.T > 0), csr_array(self._one.T < 0)
        room, ceiling = np.full(count, np.inf), np.full(count, np.inf)
        for down, up, side in ((moves.room, moves.ceiling, 1), (moves.ceiling, moves.room, -1)):
            mine = self._sign[figure] == side
            np.minimum.at(room, place[mine], down[figure[mine]])
            np.minimum.at(ceiling, place[mine], up[figure[mine]])
        rows = csr_array(moves.rows @ self._one)
        rows.eliminate_zeros()
        kept = np.flatnonzero(np.diff(rows.indptr))
        self._moves = Moves(
            columns=np.arange(count),
            base=np.zeros(count, dtype=np.int64),
            room=room.astype(np.int64),
            ceiling=ceiling,
            rows=csr_array(rows[kept]),
            sums=int((kept < moves.sums).sum()),
            slack=moves.slack[kept],
            numbers=moves.numbers[kept],
            seed=moves.seed,
        )

    def many(
        self, figures: NDArray[np.intp], by: Ints, weight: Floats, prices: Floats, fixed: NDArray[np.intp] | None = None
    ) -> list[Ints]:
        """As `Moves.many`; of figures that are one, the one that asks for most."""
        at = np.lexsort((-np.abs(by), self._place[figures]))
        at = at[self._place[figures[at]] >= 0]
        at = at[np.unique(self._place[figures[at]], return_index=True)[1]]
        figures = figures[at]
        asked = self._place[figures], by[at] * self._sign[figures], weight[at]
        return [self._one @ move for move in self._moves.many(*asked, self._prices(prices), self._held(fixed))]

    def one(
        self, figure: int, by: int, prices: Floats, fixed: NDArray[np.intp] | None = None, hard: bool = True
    ) -> Ints | None:
        """As `Moves.one`."""
        place, held = int(self._place[figure]), self._held(fixed)
        if place < 0 or (held == place).any():
            return None
        move = self._moves.one(place, by * int(self._sign[figure]), self._prices(prices), held, hard)
        return None if move is None else self._one @ move

    def multipliers(self) -> None:
        """Nothing: its rows are not those of the system."""

    def _prices(self, prices: Floats) -> Floats:
        up, down = prices.reshape(2, -1)
        ups = self._alike @ up + self._unlike @ down
        return np.concatenate([ups, self._alike @ down + self._unlike @ up])

    def _held(self, fixed: NDArray[np.intp] | None) -> NDArray[np.intp]:
        places = np.unique(self._place[fixed]) if fixed is not None else np.empty(0, dtype=np.intp)
        return places[places >= 0]


def _together(sums: csr_array) -> csr_array:
    """What moves as one (figures x ones): 1 for a figure that goes the same way, −1 for one that goes the other way."""
    one = csr_array(eye_array(sums.shape[1], dtype=np.int64))
    while True:
        rows, count = csr_array(sums @ one), one.shape[1]
        rows.eliminate_zeros()
        start, length = rows.indptr[:-1], np.diff(rows.indptr)
        alone, first = rows.indices[start[length == 1]], start[length == 2]
        first = first[np.abs(rows.data[first]) == np.abs(rows.data[first + 1])]
        if not len(alone) and not len(first):
            return one
        left, right = rows.indices[first], rows.indices[first + 1]
        turned = np.where(rows.data[first] == rows.data[first + 1], count, 0)  # one up is the other down
        ends = np.concatenate([left, left + count]), np.concatenate([right + turned, right + count - turned])
        links = coo_array((np.ones(len(ends[0])), ends), shape=(2 * count, 2 * count))
        up, down = connected_components(links, directed=False)[1].reshape(2, -1)
        name = np.minimum(up, down)
        moving = np.flatnonzero((up != down) & ~np.isin(name, name[alone]))
        kept, place = np.unique(name[moving], return_inverse=True)
        one = csr_array(
            one @ csr_array((np.where(up < down, 1, -1)[moving], (moving, place)), shape=(count, len(kept)))
        )


def _rows(matrix: csr_array, columns: NDArray[np.intp]) -> tuple[csr_array, NDArray[np.intp]]:
    """The rows of a matrix that touch `columns`, restricted to them, and their numbers."""
    part = csr_array(csc_array(matrix)[:, columns])
    rows = np.flatnonzero(np.diff(part.indptr))
    return csr_array(part[rows]), rows


def components(system: System, moving: Bools, group: Ints | None = None) -> list[NDArray[np.intp]]:
    """The figures of `moving` that hang together through sums, inequalities and, if given, equal `group` numbers."""
    columns = np.flatnonzero(moving)
    if not len(columns):
        return []
    matrix = vstack([system.sums, system.limits])
    if group is not None:
        everyone = np.arange(len(group))
        matrix = vstack([matrix, coo_array((np.ones(len(group), dtype=np.int64), (group, everyone)))])
    matrix = csr_array(csc_array(matrix)[:, columns])
    links = abs(matrix).T @ abs(matrix) if matrix.shape[0] else csr_array((len(columns), len(columns)))
    count, label = connected_components(links, directed=False)
    order = np.argsort(label, kind="stable")
    return np.split(columns[order], np.searchsorted(label[order], np.arange(1, count))) if count else []


def prove(system: System, known: Bools, value: Ints, goals: Sequence[Goal], *, seed: int = 0) -> Proof:
    """Which goals some world meets that fits the `known` figures, with worlds that show it.

    `value` is read only where `known`. A known figure meets a goal if its value does. Raises ValueError when the
    known figures contradict one another: then there is no world at all.
    """
    asked = [(goal.figure, 1, goal.at_least) for goal in goals]
    met, worlds = _search(system, known, value, asked, seed)
    return Proof(met, worlds)


def determined(system: System, known: Bools, value: Ints, figures: NDArray[np.intp]) -> Bools:
    """Which of `figures` have one and the same value in every world that fits the `known` figures."""
    first = prove(system, known, value, []).witnesses[0]
    result = np.ones(len(figures), dtype=np.bool_)
    for sign in (1, -1):
        left = np.flatnonzero(result & ~known[figures])
        asked = [(int(figures[i]), sign, int(sign * first[figures[i]]) + 1) for i in left]
        met, worlds = _search(system, known, value, asked, 0)
        result[left[met]] = False
        result &= (worlds[:, figures] == first[figures]).all(axis=0)
    return result


def _search(
    system: System, known: Bools, value: Ints, asked: Sequence[tuple[int, int, int]], seed: int
) -> tuple[Bools, Ints]:
    """Worlds in which sign · x[figure] ≥ least for as many of the `asked` (figure, sign, least) as possible."""
    fixed = np.where(known, value, 0).astype(np.int64)
    figure, sign, least = np.array(list(asked), dtype=np.int64).reshape(-1, 3).T
    met = known[figure] & (sign * fixed[figure] >= least)
    first, moves = fixed.copy(), []
    parts = components(system, ~known)
    for part in parts:
        first[part] = _first(system, part, fixed, seed)
    if not system.holds(first):
        raise ValueError("the published figures contradict one another")
    home = np.full(len(fixed), -1)
    for number, part in enumerate(parts):
        home[part] = number
    for number in np.unique(home[figure[~known[figure]]]):
        mine = np.flatnonzero(home[figure] == number)
        part = parts[number]
        place = np.searchsorted(part, figure[mine])
        done, found = _lift(Moves.of(system, part, first, seed), place, sign[mine], least[mine], seed)
        met[mine] = done
        moves.append((part, found))
    worlds = np.tile(first, (max([1, *(len(found) for _, found in moves)]), 1))
    for part, found in moves:
        for row, move in enumerate(found):
            worlds[row, part] += move
    return met, worlds


def _first(system: System, part: NDArray[np.intp], fixed: Ints, seed: int) -> Ints:
    """Any whole-number world of one component."""
    blocks = [_rows(system.sums, part), _rows(system.limits, part)]
    whole = (system.sums, system.limits)
    rest = [-(matrix[rows] @ fixed).astype(np.float64) for matrix, (_, rows) in zip(whole, blocks, strict=True)]
    low = np.concatenate([rest[0], np.full(len(rest[1]), -np.inf)])
    matrix, lower = csc_array(vstack([block for block, _ in blocks])), system.lower[part].astype(np.float64)
    program = Program(matrix, low, np.concatenate(rest), lower, np.full(len(part), np.inf), seed)
    cost = np.random.default_rng(seed).uniform(1.0, 2.0, len(part))
    solution = program.solve(cost, presolve=True)
    if solution is None:
        raise ValueError("the published figures contradict one another")
    rounded = np.rint(solution)
    if np.abs(solution - rounded).max() <= EXACT:
        return rounded.astype(np.int64)
    found = program.whole(cost)
    if found is None:
        raise ValueError("no whole-number world fits the published figures")
    return found


def _lift(moves: Moves, place: Ints, sign: Ints, least: Ints, seed: int) -> tuple[Bools, list[Ints]]:
    """Moves of one component that together meet the goals that can be met; many at once first, then one by one."""
    need = sign * least - moves.base[place]
    met = need * sign <= 0
    found: list[Ints] = [np.zeros(moves.size, dtype=np.int64)]
    random, merged = np.random.default_rng(seed), Merged(moves)

    def note(move: Ints | None) -> int:
        if move is None:
            return 0
        new = ~met & (sign * move[place] >= sign * need)
        if new.any():
            found.append(move)
            met[new] = True
        return int(new.sum())

    idle = 0
    for _ in range(BULK_ROUNDS):
        left = np.flatnonzero(~met)
        if len(left) < 4 or idle == 2:
            break
        left = left[np.lexsort((-np.abs(need[left]), place[left]))]  # the largest need of each figure, once
        left = left[np.unique(place[left], return_index=True)[1]]
        weight = random.uniform(1.0, 10.0, len(left))
        found_now = merged.many(place[left], need[left], weight, np.full(2 * moves.size, 1e-3))
        gained = note(np.sum(found_now, axis=0)) if found_now else 0
        idle = 0 if gained > 2 else idle + 1
    for i in np.flatnonzero(~met):
        if not met[i]:
            note(merged.one(int(place[i]), int(need[i]), np.ones(2 * moves.size)))
    return met, found
