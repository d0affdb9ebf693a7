"""The moves found so far for one component, and what they leave unmet for a given choice of groups. Pure.

A move counts for a need where all groups that it uses are withheld; it counts for those who know a figure exactly
where it leaves that figure as it is. What opening or publishing a group changes is kept up by counting.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from pipeline.confidential.suppression.cuts import Need
from pipeline.optimisation.solver import Bools, Ints


class Move(NamedTuple):
    """A way from the truth to another world; `seen` by knowers who know one of its figures exactly (a bit set)."""

    figures: Ints
    amounts: Ints
    groups: list[int]
    seen: int


class Pool:
    """The moves found so far, and what they leave unmet among the groups that are withheld at the moment."""

    def __init__(self, needs: Mapping[int, Need], group: Ints, knowers: Sequence[frozenset[int]]) -> None:
        self.needs, self.knowers, self.group = needs, knowers, group
        groups = int(group.max(initial=-1)) + 1
        self.moves: list[Move] = []
        self.withheld = np.zeros(groups, dtype=np.bool_)
        self._lifting: dict[int, list[int]] = {figure: [] for figure in needs}
        self.lifted: list[list[int]] = []
        self._using: list[list[int]] = [[] for _ in range(groups)]
        self._missing: list[int] = []
        self.known: dict[int, int] = {}
        for number, figures in enumerate(knowers):
            for figure in figures:
                self.known[figure] = self.known.get(figure, 0) | 1 << number

    def add(self, figures: Ints, amounts: Ints, groups: Ints) -> Move:
        seen = 0
        if self.known:
            for figure in figures.tolist():
                seen |= self.known.get(figure, 0)
        number, used = len(self.moves), np.unique(groups)
        move = Move(figures, amounts, used.tolist(), seen)
        self.moves.append(move)
        lifted = []
        for figure, amount in zip(figures.tolist(), amounts.tolist(), strict=True):
            if (need := self.needs.get(figure)) and need.met(amount):
                self._lifting[figure].append(number)
                lifted.append(figure)
        self.lifted.append(lifted)
        for group in move.groups:
            self._using[group].append(number)
        self._missing.append(int((~self.withheld[used]).sum()))
        return move

    def withhold(self, withheld: Bools) -> None:
        """These groups and no others."""
        for group in np.flatnonzero(withheld & ~self.withheld).tolist():
            self.open(group)
        for group in np.flatnonzero(~withheld & self.withheld).tolist():
            self.close(group)

    def open(self, group: int) -> None:
        self.withheld[group] = True
        for move in self._using[group]:
            self._missing[move] -= 1

    def close(self, group: int) -> None:
        self.withheld[group] = False
        for move in self._using[group]:
            self._missing[move] += 1

    def depending(self, group: int) -> list[int]:
        """Needs that some move meets which uses the group and nothing that is published."""
        found = {f: None for move in self._using[group] if not self._missing[move] for f in self.lifted[move]}
        return list(found)

    def lack(self, figure: int) -> Need | None:
        """What of a need the moves within the withheld groups leave unmet, if anything."""
        need, common = self.needs[figure], -1
        for number in reversed(self._lifting[figure]):
            if self._missing[number]:
                continue
            if need.down or not self.knowers:
                return None
            common = (~self.known.get(figure, 0) if common == -1 else common) & self.moves[number].seen
            if not common:
                return None
        if common == -1:
            return need
        return need._replace(known=self.knowers[(common & -common).bit_length() - 1])

    def chosen(self, needs: Iterable[int]) -> list[Move]:
        """Moves within the withheld groups that together meet all `needs`, which they do; not many more than it takes."""
        chosen: dict[int, Move] = {}
        for figure in needs:
            within = [number for number in self._lifting[figure] if not self._missing[number]]
            within.sort(key=lambda number: (number not in chosen, -len(self.lifted[number])))
            left = ~self.known.get(figure, 0) if self.knowers and not self.needs[figure].down else 0
            for place, number in enumerate(within):
                if place and left & self.moves[number].seen == left:
                    continue
                chosen[number] = self.moves[number]
                left &= self.moves[number].seen
                if not left:
                    break
        return list(chosen.values())
