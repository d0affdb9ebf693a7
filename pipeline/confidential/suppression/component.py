"""One connected component of the system, in numbers of its own, and what is known of it so far: moves and prices. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pipeline.confidential.suppression.cuts import Need, Shape
from pipeline.confidential.suppression.move_pool import Move, Pool
from pipeline.confidential.suppression.problem import Problem
from pipeline.optimisation.exchanges import Exchanges
from pipeline.optimisation.moves import Moves
from pipeline.optimisation.solver import Bools, Floats, Ints

FREE = 1e-3
"""Price of moving what is withheld anyway: not nothing, so that moves stay short."""
DENSE = 0.2
"""Needs at more than this share of the figures are dense: a move that is not short is mostly not whole, and takes long to find."""


class Component:
    """One component. Figures and groups have numbers of their own here; `pool` has the moves and what is withheld at the moment."""

    def __init__(
        self, problem: Problem, part: NDArray[np.intp], forced: Bools, needed: Mapping[int, Need], seed: int
    ) -> None:
        self.names, group = np.unique(problem.group[part], return_inverse=True)
        self.system, self.value, self.part, self.seed = problem.system, problem.value, part, seed
        self.group: Ints = group.astype(np.int64)
        self.cost: Floats = problem.cost[self.names].astype(np.float64)
        self.toll = self.cost  # what opening a group is taken to cost while moves are looked for
        self.hidden: Bools = problem.hidden[self.names]
        self.start: Bools = (problem.hidden | forced)[self.names]
        self.everything = Moves.of(problem.system, part, problem.value, seed)
        self.shape = Shape(self.everything, self.group, self.start)
        here = {figure: place for place, figure in enumerate(part.tolist())}
        needs = {here[f]: need._replace(figure=here[f]) for f, need in needed.items() if f in here}
        self.needs = sorted(needs.values(), key=lambda need: (bool(need.down), -need.least, need.figure))
        known = {frozenset(here[f] for f in figures if f in here) for figures in problem.knowers}
        self.pool = Pool(needs, self.group, sorted(known - {frozenset()}, key=sorted))
        self.usual = float(np.median(self.cost))
        self.dense = len(self.needs) > DENSE * len(part)
        self.work = 0.0  # figures times linear programs, so far

    def active(self) -> list[Need]:
        """Needs of figures that are not published."""
        return [need for need in self.needs if self.pool.withheld[self.group[need.figure]]]

    def prices(self, by: int, free: float = FREE) -> Floats:
        """Per unit up, then down: next to nothing for withheld groups; for others their cost over a lift of `by`."""
        gone = self.pool.withheld[self.group]
        cost, small = self.toll[self.group], np.full(len(self.part), free)
        small[list(self.pool.known)] *= 3.0
        up = np.where(gone, small, cost / by + small)
        down = np.where(gone, small, cost / np.clip(self.everything.room, 1, by) + small)
        return np.concatenate([up, down])

    def exchange(self, need: Need, inside: bool = False) -> Move | None:
        """A move for a need that is found without a program, if one is; it may open groups unless it goes `inside`."""
        gone = self.pool.withheld[self.group]
        prices = np.where(gone, FREE, self.toll[self.group])
        still = np.zeros(len(self.part), dtype=np.bool_)
        still[list(need.known)] = True
        if inside:
            still |= ~gone
        for by in need.ways:
            move = self.exchanges.one(need.figure, by, prices, np.flatnonzero(still), better=not inside)
            if move is not None:
                figures = np.flatnonzero(move)
                return self.pool.add(figures, move[figures], self.group[figures])
        return None

    @cached_property
    def exchanges(self) -> Exchanges:
        return Exchanges(self.everything)
