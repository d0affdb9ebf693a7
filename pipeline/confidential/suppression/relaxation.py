"""A lower bound from the relaxation alone: capacity cuts that a choice in fractions of groups violates. Pure.

The cheapest choice in fractions under the cuts known so far gives each group a share. A figure may then move by that share
of what it may move by if it were withheld. Where the largest lift of a figure within that falls short of what is needed,
linear programming duality gives a cut that the shares violate (Fischetti and Salazar, Management Science 47, 2001). Any
multipliers give a valid cut, so how well the programs are solved matters to the strength of the bound and not to its truth.
"""

from __future__ import annotations

from collections.abc import Sequence

import highspy
import numpy as np
from scipy.sparse import csc_array, csr_array, hstack

from pipeline.confidential.suppression.cuts import Cut, Master, Need, Shape
from pipeline.optimisation.solver import EXACT, Floats, Ints, Silent, solver

SPECK = 1e-3
"""What a group of which the choice has nothing may move by: next to nothing, so that the cut also tells what would help."""
VIOLATED = 1e-3
"""By how much a cut is violated at least to be taken in."""
JOINT, HALF, QUARTER = 10, 0.5, 0.25
"""So many times many needs are asked for at once, to see which are met: all of them, then the share HALF, later QUARTER."""
ENOUGH_NEW = 0.02
"""Of the needs that are left, a further joint program must meet this share to be followed by another."""
CUTS = 150
"""So many needs are separated by programs of their own before the shares are chosen anew."""
FAR = 20.0
"""A figure may fall by so many times the lift that is asked for, and rise by a tenth of that: enough, and well scaled."""


class Relaxation:
    """The relaxation of one component's master program and the separation of cuts for it.

    `work`: simplex steps times rows so far. `hard`: a separation took `steps` steps, which would not pay again and again.
    """

    def __init__(self, shape: Shape, master: Master, needs: Sequence[Need], steps: int, seed: int = 0) -> None:
        self.shape, self.master, self._steps = shape, master, steps
        self.needs = [need for need in needs if not need.down]
        self.bound, self.work, self.hard = 0.0, 0.0, False
        self._random = np.random.default_rng(seed)
        moves = shape.moves
        self._by_figure = csc_array(moves.rows)
        self._by_row = csr_array(self._by_figure.T)
        self._rows = np.where(np.arange(len(moves.slack)) < moves.sums, 0.0, -np.inf), moves.slack.astype(np.float64)
        self._size = moves.size
        self._program = master.relaxed()
        self._column = {int(group): place for place, group in enumerate(master.choice)}
        self.share = np.zeros(len(shape.settled))
        self._choose()

    def tighten(self, work: float) -> None:
        """Add cuts until the shares violate none, or `work` is done, or a separation is hard."""
        while self.work < work and not self.hard:
            cuts = [cut for cut in self._separated(work) if cut not in self.master.cuts]
            if not cuts:
                return
            self.master.add(cuts)
            for cut in dict.fromkeys(cuts):
                inside = [
                    (self._column[g], w) for g, w in zip(cut.groups, cut.weights, strict=True) if g in self._column
                ]
                places, weights = zip(*inside, strict=True)
                at = np.array(places, dtype=np.int32)
                self._program.addRow(cut.least, highspy.kHighsInf, len(at), at, np.array(weights))
            self._choose()

    def _choose(self) -> None:
        """The cheapest shares, and what they cost: no safe choice costs less."""
        self._program.run()
        if self._program.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            self.hard = True
            return
        info = self._program.getInfo()
        self.work += info.simplex_iteration_count * self._program.getNumRow()
        self.bound = max(self.bound, float(info.objective_function_value))
        width = len(self.master.choice)
        self.share[:] = 0.0
        self.share[self.master.choice] = np.clip(np.array(self._program.getSolution().col_value)[:width], 0.0, 1.0)
        self.share[self.shape.settled] = 1.0

    def _room(self, speck: float) -> Floats:
        """How far each figure may rise, then how far it may fall, by the share of its group."""
        moves, by = self.shape.moves, float(max((need.up for need in self.needs), default=1))
        share = self.share[self.shape.group]
        share = np.where(share < speck, share + speck, share)
        most = np.where(self.shape.settled[self.shape.group], FAR, FAR / 10) * by
        return np.concatenate([most * share, np.minimum(moves.room, FAR * by) * share])

    def _unmet(self) -> list[Need]:
        """The needs that joint lifts within the shares do not meet; each of the others is met by one of them."""
        room = self._room(0.0)
        columns = np.flatnonzero((room[: self._size] > EXACT) | (room[self._size :] > EXACT))
        matrix = csr_array(hstack([self._by_figure[:, columns], -self._by_figure[:, columns]]))
        kept = np.flatnonzero(np.diff(matrix.indptr))
        matrix, count = csc_array(matrix[kept]), len(columns)
        rows = self._rows[0][kept], self._rows[1][kept]
        place = np.full(self._size, -1)
        place[columns] = np.arange(count)
        figure = place[[need.figure for need in self.needs]]
        by, met = np.array([need.up for need in self.needs], dtype=np.float64), np.zeros(len(figure), dtype=np.bool_)
        around = np.concatenate([room[columns], room[columns + self._size]])
        for turn in range(JOINT):
            left = np.flatnonzero(~met & (figure >= 0))
            part = 1.0 if not turn else HALF if turn < 4 else QUARTER
            asked = left[self._random.random(len(left)) < part]
            if not len(asked):
                break
            top, cost = around.copy(), np.full(2 * count, 1e-4)
            top[figure[asked]], top[count + figure[asked]] = by[asked], 0.0
            cost[figure[asked]] = -self._random.uniform(0.5, 1.5, len(asked))
            model = solver(matrix, rows, (np.zeros(2 * count), top), cost)
            model.run()
            self.work += model.getInfo().simplex_iteration_count * len(kept)
            if model.getModelStatus() != highspy.HighsModelStatus.kOptimal:
                break
            move = np.array(model.getSolution().col_value)
            new = ~met & (figure >= 0) & (move[figure] - move[count + figure] >= by - 1e-5)
            met |= new
            if turn > 2 and new.sum() <= max(1, ENOUGH_NEW * len(left)):
                break
        return [need for need, done in zip(self.needs, met, strict=True) if not done]

    def _separated(self, work: float) -> list[Cut]:
        """Cuts that the shares violate, from the largest lift of one unmet need after another."""
        unmet = self._unmet()
        self._random.shuffle(unmet)
        room, count = self._room(SPECK), 2 * self._size
        matrix = csc_array(hstack([self._by_figure, -self._by_figure]))
        model = solver(matrix, self._rows, (np.zeros(count), room), np.zeros(count))
        for option, setting in (("presolve", "off"), ("simplex_strategy", 4), ("simplex_iteration_limit", self._steps)):
            model.setOptionValue(option, setting)
        found: list[Cut] = []
        for need in sorted(unmet[:CUTS], key=lambda need: -need.up):
            if self.work >= work or self.hard:
                break
            cut = self._separate(model, need, room)
            if cut is not None:
                found.append(cut)
        return list(dict.fromkeys(found))

    def _separate(self, model: Silent, need: Need, room: Floats) -> Cut | None:
        """The cut that tells why a figure cannot be lifted as far as it must be, within the shares; None if it can."""
        own = np.array([need.figure, need.figure + self._size], dtype=np.int32)
        model.changeColCost(need.figure, -1.0)
        model.changeColsBounds(2, own, np.zeros(2), np.array([float(need.up), 0.0]))
        model.run()
        info = model.getInfo()
        self.work += info.simplex_iteration_count * len(self._rows[1])
        self.hard = model.getModelStatus() != highspy.HighsModelStatus.kOptimal
        lift, multipliers = -float(info.objective_function_value), -np.array(model.getSolution().row_dual)
        model.changeColCost(need.figure, 0.0)
        model.changeColsBounds(2, own, np.zeros(2), room[own])
        if self.hard or lift >= need.up * (1 - 1e-4):
            return None
        sums = self.shape.moves.sums
        multipliers[sums:] = np.maximum(multipliers[sums:], 0.0)
        pull = self._by_row @ multipliers
        scale = float(pull[need.figure])
        if scale < EXACT:
            return None
        figures: Ints = np.flatnonzero(np.abs(pull) > EXACT * scale)
        spare = float(self.shape.moves.slack @ multipliers) / scale
        cut = self.shape.capacity(figures, pull[figures] / scale, spare, need)
        if cut is None or not cut.groups:
            return None
        got = float(np.dot(cut.weights, self.share[list(cut.groups)]))
        return cut if got < cut.least - VIOLATED else None
