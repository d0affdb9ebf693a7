"""Moves: changes of one world of a linear system into another, found by linear and whole-number programs. Pure.

A linear program comes first; where its solution is not whole, a small whole-number program settles the question, so
that an answer is never about fractions of a woman.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csc_array, csr_array, eye_array, hstack, vstack
from scipy.sparse.csgraph import connected_components

from pipeline.optimisation.solver import EXACT, NODES, Bools, Floats, Ints, Program

LARGE = 400
"""Columns from which on a part of a solution that is not whole is left, rather than made so by a program of its own."""
MORE, ONE_MORE = 4, 1
"""So many more solutions are looked at when one is not whole; so many where the search is not to be long."""
FEW_NODES, GAP = 100, 0.05
"""Search nodes for a whole-number move that is nearly as cheap as can be, and how nearly (a share)."""


@dataclass(frozen=True)
class System:
    """`sums @ x == 0`, `limits @ x <= 0`, and `x >= lower` for every figure that is not published."""

    sums: csr_array
    limits: csr_array
    lower: Ints

    @cached_property
    def by_figure(self) -> tuple[csc_array, csc_array]:
        """The sums and the inequalities, from which those of some figures are taken quickly."""
        return csc_array(self.sums), csc_array(self.limits)

    def holds(self, world: Ints) -> bool:
        """Whether a whole-number vector satisfies every sum and every inequality (not the lower bounds)."""
        return not (self.sums @ world).any() and not (self.limits @ world > 0).any()


@dataclass(eq=False)
class Moves:
    """Changes of a base world into other worlds, over some figures of a system.

    A move is up − down per figure: published figures do not move, the others go down by `room` and up by `ceiling` at
    most. Vectors are over the figures in `columns`, in that order; prices are per unit, first of all ups, then of all
    downs. `rows @ move` is 0 in the first `sums` rows and at most `slack` in the others; `numbers` tells which rows of
    the system they are, its inequalities after its sums. `undecided`: the last question had an answer in fractions, and none in whole
    numbers was found without a longer search.
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
    undecided: bool = False

    @classmethod
    def of(cls, system: System, columns: NDArray[np.intp], base: Ints, seed: int = 0) -> Moves:
        """Of these figures of a system, from a world in which no one of them has a ceiling."""
        sums, limits = (rows_of(matrix, columns) for matrix in system.by_figure)
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
        self._program.bound((chosen + self.size) % (2 * self.size), 0.0, 0.0)  # up and down again would be no lift
        self._program.bound(chosen, 0.0, np.minimum(ceiling, self._program.upper[chosen]))
        solution = self._program.solve(prices)
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
            solution = self._program.solve(prices) if possible else None
            found = self._whole(solution, prices, hard=hard)
            self.undecided = found is None and solution is not None and not hard
            return found

    @property
    def slow(self) -> bool:
        """Whether a linear program over these figures has taken more steps than most do."""
        return self._program.slow

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
        if self.slow:
            move = self._mixed(np.flatnonzero(used), prices, FEW_NODES, GAP)
            if move is not None:
                return move
        half = self._program.halved().solve(prices)
        double = None if half is None else self._scaled(2 * half)
        if (double is not None or self.slow) and not hard:
            return double
        more = used if half is None else used | (half > EXACT)
        for shaken in self._shaken(prices, prices[used].max(), MORE if hard else ONE_MORE):
            more = more | shaken
            move = self._mixed(np.flatnonzero(more), prices, FEW_NODES, GAP)
            if move is not None:
                return move
        if double is not None or not hard:
            return double
        for columns in (np.flatnonzero(more | (prices <= 10 * prices.min(initial=np.inf))), np.arange(len(used))):
            move = self._mixed(columns, prices)
            if move is not None:
                return move
        return None

    def _shaken(self, prices: Floats, dear: float, count: int) -> Iterator[Bools]:
        """What `count` solutions at other prices use; first of all no other solution, which costs nothing."""
        random = np.random.default_rng(self.seed)
        yield np.zeros(len(prices), dtype=np.bool_)
        for _ in range(count):
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
            if move is None and len(columns) < LARGE:
                move = self._mixed(columns, prices, FEW_NODES, GAP)
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

    @property
    def undecided(self) -> bool:
        """As `Moves.undecided`."""
        return self._moves.undecided

    @property
    def slow(self) -> bool:
        """As `Moves.slow`."""
        return self._moves.slow

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


def rows_of(matrix: csc_array, columns: NDArray[np.intp]) -> tuple[csr_array, NDArray[np.intp]]:
    """The rows of a matrix that touch `columns`, restricted to them, and their numbers."""
    part = matrix[:, columns]
    rows, place = np.unique(part.indices, return_inverse=True)
    part = csc_array((part.data, place.astype(np.int32), part.indptr), shape=(len(rows), len(columns)))
    return csr_array(part), rows.astype(np.intp)


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
