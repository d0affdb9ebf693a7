"""Moves found without a program: what is added in one figure is taken from others, step by step. Pure.

In a table that is full of small counts hardly any move of a linear program is whole, and each takes long to find. There
a move is put together from whole steps instead: the figures that no sum defines (the *leaves*) change by whole
amounts, their totals follow, and the step that costs least is taken until everything fits. In a table with all its
margins that gives the alternating moves of 2 x 2 x … cells. It may find none where there is one; what it finds is one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array, eye_array, vstack

from pipeline.optimisation.moves import Moves
from pipeline.optimisation.solver import Floats, Ints

STEPS = 40
"""Steps towards a move before the search is given up."""
BETTER, TRIED = 12, 6
"""So many times a move is made cheaper by two more steps; so many first steps are tried for each."""
BROKEN = 1e7
"""Price of each unit by which a sum or a bound is broken on the way."""


class Exchanges:
    """The moves of a component, by the figures that no sum defines (`leaves`).

    `effect` (things x leaves) tells what a step does to every thing: the figures first, then those sums and
    inequalities that are not kept by definition.
    """

    def __init__(self, moves: Moves) -> None:
        self.moves = moves
        defined = _definitions(moves.rows[: moves.sums])
        effect = _spread(defined)
        rest = csr_array(moves.rows @ effect)
        rest.eliminate_zeros()
        kept = np.flatnonzero(np.diff(rest.indptr))
        effect = csc_array(vstack([effect, rest[kept]]))
        used = np.flatnonzero(np.diff(effect.indptr))
        self.effect = csc_array(effect[:, used])
        self.things, self.by = self.effect.indices.astype(np.intp), self.effect.data.astype(np.int64)
        self.starts = self.effect.indptr[:-1].astype(np.intp)
        limits = kept >= moves.sums
        self.low = np.concatenate([-moves.room.astype(np.float64), np.where(limits, -np.inf, 0.0)])
        self.high = np.concatenate([moves.ceiling, np.where(limits, moves.slack[kept], 0.0)])

    def one(self, figure: int, by: int, prices: Floats, fixed: NDArray[np.intp], better: bool = True) -> Ints | None:
        """A move that changes `figure` by `by` or further, with `fixed` figures unmoved; None if none is found.

        `prices`: one per figure, for moving it at all; where it need not be `better`, the first move is taken.
        """
        path = _Path(self, figure, by, prices, fixed)
        state = path.first()
        if state is None:
            return None
        move: Ints = (path.cheaper(state) if better else state)[: self.moves.size]
        return move if self.moves.valid(move) else None


class _Path:
    """The search for one move: the state of all things, and what a further step would cost."""

    def __init__(self, exchanges: Exchanges, figure: int, by: int, prices: Floats, fixed: NDArray[np.intp]) -> None:
        self.of, count = exchanges, len(exchanges.low)
        self.low, self.high = exchanges.low.copy(), exchanges.high.copy()
        self.low[fixed] = self.high[fixed] = 0.0
        if by > 0:
            self.low[figure] = by
        else:
            self.high[figure] = by
        self.price = np.concatenate([prices, np.zeros(count - len(prices))])
        self.amounts = sorted({1, -1, by, -by})
        self.state = np.zeros(count, dtype=np.int64)
        self.impossible = self.low[figure] > self.high[figure]
        self.low_at, self.high_at, self.price_at = (
            values[exchanges.things] for values in (self.low, self.high, self.price)
        )

    def cost(self, state: Ints) -> float:
        broken = np.maximum(self.low - state, 0.0) + np.maximum(state - self.high, 0.0)
        return float(self.price[state != 0].sum() + BROKEN * broken.sum())

    def steps(self, state: Ints) -> NDArray[np.float64]:
        """What the state costs after each step, less what it costs now (amounts x leaves)."""
        of = self.of
        broken = np.maximum(self.low - state, 0.0) + np.maximum(state - self.high, 0.0)
        now = (np.where(state != 0, self.price, 0.0) + BROKEN * broken)[of.things]
        here = state[of.things]
        result = []
        for amount in self.amounts:
            new = here + amount * of.by
            off = np.maximum(self.low_at - new, 0.0) + np.maximum(new - self.high_at, 0.0)
            result.append(np.add.reduceat(np.where(new != 0, self.price_at, 0.0) + BROKEN * off - now, of.starts))
        return np.array(result)

    def after(self, state: Ints, amount: int, leaf: int) -> Ints:
        state = state.copy()
        inside = slice(*self.of.effect.indptr[leaf : leaf + 2])
        state[self.of.things[inside]] += amount * self.of.by[inside]
        return state

    def first(self) -> Ints | None:
        """The cheapest step after the cheapest, none of them taken back, until everything fits."""
        if self.impossible:
            return None
        state, barred = self.state, np.zeros((len(self.amounts), len(self.of.starts)), dtype=np.bool_)
        for _ in range(STEPS):
            if self.cost(state) < BROKEN / 2:
                return state
            change = np.where(barred, np.inf, self.steps(state))
            at, leaf = np.unravel_index(int(np.argmin(change)), change.shape)
            if not np.isfinite(change[at, leaf]):
                return None
            state = self.after(state, self.amounts[at], int(leaf))
            barred[self.amounts.index(-self.amounts[at]), leaf] = True
        return None

    def cheaper(self, state: Ints) -> Ints:
        cost = self.cost(state)
        for _ in range(BETTER):
            first = self.steps(state)
            best, found = cost, state
            for step in np.argsort(first, axis=None, kind="stable")[:TRIED]:
                at, leaf = np.unravel_index(int(step), first.shape)
                middle = self.after(state, self.amounts[at], int(leaf))
                for candidate in (middle, self.best(middle)):
                    price = self.cost(candidate)
                    if price < best - 1e-9:
                        best, found = price, candidate
            if found is state:
                break
            cost, state = best, found
        return state

    def best(self, state: Ints) -> Ints:
        steps = self.steps(state)
        at, leaf = np.unravel_index(int(np.argmin(steps)), steps.shape)
        return self.after(state, self.amounts[at], int(leaf))


def _definitions(sums: csr_array) -> csr_array:
    """Per figure the parts that it is the sum of, by one sum of which it is the only total; itself where there is none."""
    count = sums.shape[1]
    negative = csr_array(sums < 0)
    only = np.flatnonzero(np.diff(negative.indptr) == 1)
    only = only[np.diff(sums.indptr)[only] > 1]
    total = negative.indices[negative.indptr[only]]
    total, first = np.unique(total, return_index=True)
    parts = csr_array(sums[only[first]])
    leaf = np.setdiff1d(np.arange(count), total)
    place = csr_array((np.ones(len(total), dtype=np.int64), (total, np.arange(len(total)))), shape=(count, len(total)))
    parts.data = np.where(parts.data > 0, parts.data, 0)
    parts.eliminate_zeros()
    own = csr_array((np.ones(len(leaf), dtype=np.int64), (leaf, leaf)), shape=(count, count))
    return csr_array(place @ parts + own)


def _spread(defined: csr_array) -> csr_array:
    """Per figure the leaves that it is the sum of (figures x figures)."""
    result = csr_array(eye_array(defined.shape[0], dtype=np.int64))
    while True:
        further = csr_array(defined @ result)
        if (further != result).nnz == 0:
            return result
        result = further
