"""Looks for moves among some figures of a component, by linear programs. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array

from pipeline.confidential.suppression.component import FREE, Component
from pipeline.confidential.suppression.cuts import Need
from pipeline.confidential.suppression.move_pool import Move
from pipeline.confidential.suppression.neighbourhood import Near
from pipeline.optimisation.moves import Merged, Moves
from pipeline.optimisation.solver import EXACT, Floats, Ints

BULK_ROUNDS = 40
MANY, ASKED, PAYS = 100, 0.2, 0.2
"""Of more than MANY needs the share ASKED is asked for in one round, so that fewer stand in one another's way; where a round
meets less than the share PAYS of what it asks for, the next one asks for half as many.
"""
FEW = 3
"""So many needs are met one by one."""
INSIDE, LOCAL = 600, 200
"""Whether a need can do without a group is looked for among all that is withheld; where that is more than INSIDE figures,
among the LOCAL nearest ones, or a few more.
"""
MISSED = 30
"""So many figures at once."""


class Search:
    """The moves over some figures of a plan: a Moves object that speaks the plan's numbers.

    Those that go `inside` move what is withheld at the moment of asking and nothing else.
    """

    def __init__(
        self, component: Component, figures: NDArray[np.intp], inside: bool = False, merged: bool = False
    ) -> None:
        self.component, self.figures, self.inside = component, figures, inside
        moves = component.everything.within(figures)
        self.links, self.moves = moves.rows, Merged(moves) if merged else moves
        self.place = np.full(len(component.part), -1)
        self.place[figures] = np.arange(len(figures))
        self.rows = np.searchsorted(component.everything.numbers, moves.numbers)
        self.slack, self.undecided = component.everything.slack[self.rows], False

    @property
    def slow(self) -> bool:
        """Whether a program over these figures has taken more steps than most do."""
        return isinstance(self.moves, Moves) and self.moves.slow

    @cached_property
    def near(self) -> Near:
        return Near(self.links)

    def around(self, figures: Ints) -> Search:
        """The search among what is withheld here around some figures; this one where it is small."""
        if len(self.figures) <= INSIDE:
            return self
        gone = self.component.pool.withheld[self.component.group[self.figures]]
        count = LOCAL + len(figures)
        near = self.near.around(self.place[figures], np.where(gone, 1.0, np.inf), count)[:count]
        return Search(self.component, np.sort(self.figures[near[gone[near]]]), inside=True)

    @cached_property
    def pulls(self) -> csc_array:
        """The rows that these figures stand in, over all figures of the plan (figures x rows)."""
        return csc_array(self.component.everything.rows[self.rows].T)

    def still(self, known: Iterable[int]) -> NDArray[np.intp]:
        """The places here of figures that must not move: known ones, and published ones where the search goes inside."""
        still, place = np.zeros(len(self.figures), dtype=np.bool_), self.place[list(known)]
        still[place[place >= 0]] = True
        if self.inside:
            still |= ~self.component.pool.withheld[self.component.group[self.figures]]
        return np.flatnonzero(still)

    def find(self, need: Need, prices: Floats, hard: bool = True) -> tuple[Move | None, list[tuple[Floats, float]]]:
        """The cheapest move for a need, noted, and (if `hard`) per direction a linear form that tells why it is no cheaper."""
        fixed, here = self.still(need.known), prices.reshape(2, -1)[:, self.figures].ravel()
        found, reasons, self.undecided = [], [], False
        self.component.work += len(self.figures)
        for by in need.ways:
            move = self.moves.one(int(self.place[need.figure]), by, here, fixed, hard)
            self.undecided |= self.moves.undecided
            if move is None:
                continue
            found.append(move)
            multipliers = self.moves.multipliers() if hard else None
            if multipliers is not None:
                reasons.append((self.pulls @ multipliers, float(self.slack @ multipliers)))
        if not found:
            return None, []
        return self.note(min(found, key=lambda move: float((here[: len(move)] * abs(move)).sum()))), reasons

    def missed(self, reasons: list[tuple[Floats, float]], prices: Floats) -> NDArray[np.intp]:
        """The figures elsewhere that pull at a move by more than their price: with them it may be cheaper."""
        pull: Floats = np.max([np.abs(pull) for pull, _ in reasons], axis=0)
        pull[self.figures] = 0.0
        at: NDArray[np.intp] = np.flatnonzero(pull > EXACT)
        share = pull[at] / np.maximum(prices.reshape(2, -1)[:, at].min(axis=0), EXACT)
        at, share = at[share > 1 + EXACT], share[share > 1 + EXACT]
        return at[np.argsort(-share, kind="stable")[:MISSED]]

    def bulk(self, needs: Sequence[int], rounds: int = BULK_ROUNDS) -> None:
        """Note moves that meet many needs at once, as long as it pays."""
        component, pool, asks = self.component, self.component.pool, np.inf
        random = np.random.default_rng(component.seed)
        prices = np.where(component.start[component.group[self.figures]], FREE, 10 * FREE)
        prices = np.concatenate([prices, prices])
        for _ in range(rounds):
            lacks = [lack for figure in needs if (lack := pool.lack(figure)) is not None]
            asks = min(asks, len(lacks) * (ASKED if len(lacks) > MANY else 1.0))
            if asks <= FEW:
                break
            asked, fixed = _drawn(lacks, asks / len(lacks), random)
            place = self.place[[lack.figure for lack in asked]]
            by = np.array([lack.ways[random.random() >= 0.5 if lack.down else 0] for lack in asked], dtype=np.int64)
            weight = random.uniform(1.0, 10.0, len(asked))
            component.work += len(self.figures)
            for move in self.moves.many(place, by, weight, prices, self.still(fixed)):
                self.note(move)
            left = sum(pool.lack(lack.figure) is not None for lack in lacks)
            if len(lacks) - left < PAYS * asks:
                asks /= 2

    def note(self, move: Ints) -> Move:
        moved = np.flatnonzero(move)
        figures = self.figures[moved]
        return self.component.pool.add(figures, move[moved], self.component.group[figures])


def _drawn(lacks: Sequence[Need], share: float, random: np.random.Generator) -> tuple[list[Need], set[int]]:
    """By lot, a share of the needs and the figures that must not move meanwhile: those that half of the readers know."""
    readers = list(dict.fromkeys(lack.known for lack in lacks if lack.known))
    held = [known for known, flag in zip(readers, random.random(len(readers)) < 0.5, strict=True) if flag]
    fixed = {figure for known in held for figure in known}
    return [lack for lack in lacks if lack.figure not in fixed and random.random() < share], fixed
