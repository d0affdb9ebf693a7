"""What every safe choice of cells must satisfy, and the cheapest choice that does: a lower bound. Pure.

If `pull · move ≤ spare` holds for every move and a figure must rise by `by`, then the groups whose figures can make
room for it must be withheld to the amount of `by`: a *capacity cut*. Rows of the system give the first cuts, linear
programming duality those that a proposed choice violates; coefficients are cut back to the right-hand side. A
complementary group is of use only if something else moves with it in every sum that it stands in: a *bridge*. All of
it after Fischetti and Salazar, Management Science 47 (2001); the set of groups is chosen by HiGHS.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import highspy
import numpy as np
from scipy.sparse import csc_array, csr_array, eye_array, hstack, vstack

from pipeline.optimisation.moves import Moves
from pipeline.optimisation.solver import EXACT, Bools, Floats, Ints, Silent, solver

MARGIN = 0.005
"""Reduced cost, as a share of all cost, from which on a group is not considered at first."""
FREE = 2000
"""So many groups at most are considered at first."""
MORE = 2
"""So many times as many are if they hold no choice."""
WIDE = 4
"""A choice that costs so many margins more than the relaxation is asked for again with as wide a margin as it needs."""


class Cut(NamedTuple):
    """Σ weights · withheld[groups] ≥ least."""

    groups: tuple[int, ...]
    weights: tuple[float, ...]
    least: float


class Need(NamedTuple):
    """`figure` must be able to rise by `up` or to fall by `down` (0: that is of no use) for a reader who knows the
    `known` figures.
    """

    figure: int
    up: int
    down: int = 0
    known: frozenset[int] = frozenset()

    @property
    def ways(self) -> tuple[int, ...]:
        """The changes that will do: first up, then down."""
        return tuple(by for by in (self.up, -self.down) if by)

    @property
    def least(self) -> int:
        """The smallest change that will do."""
        return min(map(abs, self.ways))

    def met(self, amount: int) -> bool:
        """Whether a change by `amount` will do."""
        return 0 < self.up <= amount or 0 < self.down <= -amount


@dataclass(frozen=True)
class Shape:
    """One component: its moves, the group of each figure, and which groups are settled (withheld or hidden anyway)."""

    moves: Moves
    group: Ints
    settled: Bools

    def capacity(self, figures: Ints, pull: Floats, spare: float, need: Need) -> Cut | None:
        """The cut that follows from Σ pull · move[figures] ≤ spare for a need whose own pull is 1; None if it is empty.

        What pulls up must go down, and has only so much room; what pulls down may go up without a limit.
        """
        others = figures != need.figure
        if need.known:
            others &= ~np.isin(figures, list(need.known))
        at, pull = figures[others], pull[others]
        room = np.where((pull > 0) & (need.down == 0), pull * self.moves.room[at], np.inf)
        own, group = int(self.group[need.figure]), self.group[at]
        given = self.settled[group] | (group == own)
        least = need.least - spare - room[given].sum()
        if not least > EXACT:
            return None
        groups, place = np.unique(group[~given], return_inverse=True)
        weights = np.minimum(np.bincount(place, room[~given], len(groups)) / least, 1.0)
        keep = weights > EXACT
        if self.settled[own]:
            return Cut(tuple(groups[keep].tolist()), tuple(weights[keep].tolist()), 1.0)
        return Cut((*groups[keep].tolist(), own), (*weights[keep].tolist(), -1.0), 0.0)

    def rows(self, needs: Iterable[Need], knowers: Sequence[frozenset[int]]) -> set[Cut]:
        """Cuts from each single row of the system for each need, also for those who know figures of that row."""
        rows, by_figure, moves = self.moves.rows, csc_array(self.moves.rows), self.moves
        knows: dict[int, list[frozenset[int]]] = {}
        for known in knowers:
            for figure in known:
                knows.setdefault(figure, []).append(known)
        cuts: set[Cut | None] = set()
        for need in needs:
            here = slice(*by_figure.indptr[need.figure : need.figure + 2])
            for row, sign in zip(by_figure.indices[here].tolist(), by_figure.data[here].tolist(), strict=True):
                if row >= moves.sums and (sign < 0 or need.down):
                    continue
                inside = slice(*rows.indptr[row : row + 2])
                figures, pull, spare = rows.indices[inside], rows.data[inside] / sign, float(moves.slack[row]) / sign
                cuts.add(self.capacity(figures, pull, spare, need))
                for known in {known for f in figures.tolist() for known in knows.get(f, ())} if not need.down else ():
                    if need.figure not in known:
                        cuts.add(self.capacity(figures, pull, spare, need._replace(known=known)))
        return {cut for cut in cuts if cut is not None}

    def bridges(self) -> list[Ints]:
        """Sets of groups of which one alone is of no use: those in a sum where nothing is settled.

        Only for groups of a single figure: one of several may be of use by another of its figures.
        """
        rows, single = self.moves.rows, np.bincount(self.group, minlength=len(self.settled)) == 1
        found = []
        for row in range(self.moves.sums):
            groups = self.group[rows.indices[rows.indptr[row] : rows.indptr[row + 1]]]
            if not self.settled[groups].any() and single[groups].all():
                found.append(groups.astype(np.int64))
        return found


class Master:
    """The cheapest choice of groups that satisfies the cuts so far; a whole-number program, made anew each time."""

    def __init__(self, cost: Floats, choice: Ints, bridges: Sequence[Ints], seed: int) -> None:
        self.cost, self.choice, self.bridges, self.seed = cost, choice, bridges, seed
        self.cuts: dict[Cut, None] = {}

    def add(self, cuts: Iterable[Cut]) -> int:
        """Take cuts in; tells how many are new."""
        before = len(self.cuts)
        self.cuts.update(dict.fromkeys(sorted(cuts)))
        return len(self.cuts) - before

    def slack(self, withheld: Bools) -> tuple[Floats, csc_array]:
        """By how much a choice of groups exceeds every cut, and the weights (cuts x groups)."""
        weights, least = self._weights()
        return weights @ withheld - least, csc_array(weights)

    def solve(self, gap: float, nodes: int) -> tuple[Ints, float] | None:
        """Chosen groups and a lower bound on the cost of every safe choice; None when no choice satisfies the cuts.

        The relaxation is mostly nearly whole. A group whose reduced cost is above `margin` keeps its place in it: any
        choice in which it does not costs more than the relaxation and the margin together.
        """
        program, width = self._program(), len(self.choice)
        model = self._model(program)
        model.setOptionValue("presolve", "off")
        model.run()
        if model.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        relaxed, reduced = (
            float(model.getInfo().objective_function_value),
            np.array(model.getSolution().col_dual)[:width],
        )
        margin = MARGIN * relaxed
        if large := width > FREE:
            margin = min(margin, float(np.partition(abs(reduced), FREE)[FREE]))
        while True:
            model = self._model(program, np.where(abs(reduced) > margin, np.sign(reduced), 0.0))
            for option, setting in (("mip_rel_gap", gap), ("mip_max_nodes", nodes)):
                model.setOptionValue(option, setting)
            model.run()
            info = model.getInfo()
            found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
            chosen = np.array(model.getSolution().col_value)[:width] > 0.5 if found else np.ones(width, dtype=np.bool_)
            needed = float(self.cost[self.choice[chosen]].sum()) - relaxed
            if found and (large or needed <= WIDE * margin or margin == np.inf):
                return self.choice[chosen], max(relaxed, min(float(info.mip_dual_bound), relaxed + margin))
            if margin == np.inf:
                return None
            if found:
                margin = needed
                continue
            free = MORE * int((abs(reduced) <= margin).sum())
            margin = float(np.partition(abs(reduced), free)[free]) if free < width else np.inf

    def relaxed(self) -> Silent:
        """The relaxation of the program so far; its first columns are the choices, and rows may be added to it."""
        return self._model(self._program())

    def _model(self, program: tuple[csc_array, Floats, Floats], kept: Floats | None = None) -> Silent:
        """The relaxation; or, given which choices are kept out (1) or in (−1), the whole-number program."""
        matrix, low, high = program
        width, size = len(self.choice), matrix.shape[1]
        bottom, top, flags = np.zeros(size), np.full(size, np.inf), np.arange(size) < width
        top[:width] = 1.0
        if kept is not None:
            top[:width][kept > 0], bottom[:width][kept < 0] = 0.0, 1.0
            asked = np.flatnonzero(abs(matrix[:, :width]) @ (kept <= 0))
            matrix, low, high = csc_array(csr_array(matrix)[asked]), low[asked], high[asked]
        cost = np.concatenate([self.cost[self.choice], np.zeros(size - width)])
        return solver(matrix, (low, high), (bottom, top), cost, None if kept is None else flags, self.seed)

    def _program(self) -> tuple[csc_array, Floats, Floats]:
        """Columns: one per choice, then one per bridge (the number chosen in it). Rows: cuts, then bridges."""
        weights, least = self._weights()
        place, count = np.concatenate([[], *self.bridges]).astype(np.int64), len(self.bridges)
        bridge = np.repeat(np.arange(count), [len(groups) for groups in self.bridges])
        row, one = np.arange(len(place)), np.ones(len(place))
        members = csr_array((one, (bridge, place)), shape=(count, len(self.cost)))
        alone = csr_array((-2.0 * one, (row, place)), shape=(len(place), len(self.cost)))
        sums = csr_array((one, (row, bridge)), shape=(len(place), count))
        choices = vstack([weights, members, alone])[:, self.choice]
        counted = vstack([csr_array((len(least), count)), -eye_array(count), sums])
        low = np.concatenate([least, np.zeros(count + len(place))])
        high = np.full(len(low), np.inf)
        high[len(least) : len(least) + count] = 0.0
        return csc_array(hstack([choices, counted])), low, high

    def _weights(self) -> tuple[csr_array, Floats]:
        """The cuts (cuts x groups), and the least of each."""
        start = np.concatenate([[0], np.cumsum([len(cut.groups) for cut in self.cuts])]).astype(np.int64)
        index = np.array([group for cut in self.cuts for group in cut.groups], dtype=np.int64)
        data = np.array([weight for cut in self.cuts for weight in cut.weights], dtype=np.float64)
        weights = csr_array((data, index, start), shape=(len(self.cuts), len(self.cost)))
        return weights, np.array([cut.least for cut in self.cuts])
