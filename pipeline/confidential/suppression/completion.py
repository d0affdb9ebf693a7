"""Opens what a choice of groups lacks, by the cheapest moves, and publishes again what no move needs. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from pipeline.confidential.suppression.component import FREE, Component
from pipeline.confidential.suppression.cuts import Cut, Master, Need
from pipeline.confidential.suppression.effort import Effort
from pipeline.confidential.suppression.move_pool import Move
from pipeline.confidential.suppression.problem import Progress, Unprotectable
from pipeline.confidential.suppression.search import FEW, Search
from pipeline.optimisation.solver import EXACT, Bools, Floats

TOGETHER = 4
"""So many needs are asked for together before the first of them is asked for alone, unless figures with needs are dense."""
NARROW, WHOLE, GROW = 600, 3500, 1.5
"""Where a component has more than WHOLE figures, a move is first looked for among the NARROW nearest ones, then among
GROW times as many, and so on.
"""
HOP = 0.05
"""What a step from figure to figure adds to its price when nearness is measured: a share of the usual price."""
WIDER = 2
"""How often what a linear program misses is added to it."""
LIFTS, TRIED = 24, 60
"""Where programs are slow, so many moves that open groups are looked for by them, and so many in the clean-up."""
EVERY = 100
"""Where programs are slow, needs are asked for together once for so many moves that open groups."""
HURRY = 3e6
"""Where needs are dense, programs count as slow after so much work: about a minute."""
SHORT = 0.1
"""Where needs are dense and the nearest figures hold no move, the price of moving what is withheld anyway: a share of the usual
cost. Among so many small figures a move that is not short is mostly not whole, and takes long to find.
"""


@dataclass
class Unmet:
    """Figures whose needs were found not to be met by any move; `undecided`: those of them of which it is not sure."""

    failed: set[int] = field(default_factory=set)
    undecided: set[int] = field(default_factory=set)


class Completion:
    """Makes choices of groups of a component safe, one after another; what was found for one is known for the next.

    `tough`: programs are slow, so exchanges come first; `opener`: group → figure whose need opened it last.
    """

    def __init__(self, component: Component, progress: Progress) -> None:
        self.component, self.pool, self.progress = component, component.pool, progress
        self.tough, self.lifts, self.programs, self.tried = False, 0, 0, 0
        self.thorough, self.undecided = True, False
        self.opener: dict[int, int] = {}
        self.objections: dict[int, int] = {}

    def complete(self, withheld: Bools, effort: Effort) -> None:
        """Withhold these groups and what the cheapest moves for unmet needs open besides.

        Most needs are met by what is withheld already: only those that are not have anything opened. Raises Unprotectable
        with the needs that cannot be met, or as many of them as are telling; where the most work did not suffice and none is
        known that cannot, with those that are left.
        """
        self.thorough = effort.telling == np.inf
        self.pool.withhold(withheld)
        self.among = self.inside()
        self.among.bulk([need.figure for need in self.component.active()])
        before, unmet = -1, Unmet()
        while before != (before := int(self.pool.withheld.sum())):
            needs = [need.figure for need in self.component.active()]
            for place, figure in enumerate(needs):
                self._ask_together(needs[place:])
                if figure not in unmet.failed:
                    self._meet(figure, needs[place:], effort, unmet)
        if unmet.failed:
            raise self.given_up(unmet)

    def _ask_together(self, waiting: list[int]) -> None:
        """Asks for the first of these needs and the next unmet ones at once, unless figures with needs are dense."""
        if not self.component.dense and self.pool.lack(waiting[0]) is not None:
            self.among = self.inside(self.among)
            self.among.bulk(list(itertools.islice(filter(self.pool.lack, waiting), TOGETHER)), 1)

    def _meet(self, figure: int, waiting: list[int], effort: Effort, unmet: Unmet) -> None:
        """Meets the need of one figure, the first of those `waiting`, for all readers; notes in `unmet` that it cannot."""
        while (lack := self.pool.lack(figure)) is not None:
            if self.component.work > effort.most:
                raise self.given_up(unmet)
            if self._met_inside(lack, waiting):
                continue
            move = self.lift(lack)[0]
            if move is None:
                unmet.failed.add(figure)
                if self.undecided:
                    unmet.undecided.add(figure)
                if len(unmet.failed) >= effort.telling:
                    raise self.given_up(unmet)
                return
            self.open(move, figure)

    def _met_inside(self, lack: Need, waiting: list[int]) -> bool:
        """Whether a move was found for a need among what is withheld already; where programs are slow, one program now and then."""
        if self.lifts < LIFTS and self.within(lack):  # later on an exchange that may open is as quick
            return True
        self.among = self.inside(self.among)
        if not self.tough:
            return self.among.find(lack, self.component.prices(lack.least), hard=False)[0] is not None
        if self.lifts % EVERY == 0:
            self.among.bulk([figure for figure in waiting if self.pool.lack(figure)], 1)
            return self.pool.lack(lack.figure) is None
        return False

    def open(self, move: Move, figure: int) -> list[int]:
        """Withholds the groups that a move for the need of a figure uses; those that were not withheld."""
        opened = [group for group in move.groups if not self.pool.withheld[group]]
        for group in opened:
            self.pool.open(group)
            self.opener[group] = figure
        return opened

    def given_up(self, unmet: Unmet) -> Unprotectable:
        """What to raise when as much was done as may be: needs that cannot be met, else all that are not met yet."""
        known = sorted(unmet.failed - unmet.undecided)
        left = known or [need.figure for need in self.component.active() if self.pool.lack(need.figure) is not None]
        return Unprotectable(self.component.part[left].tolist(), spent=not known)

    def reasons(self, withheld: Bools) -> list[Cut]:
        """Cuts that tell why withholding these groups is not enough."""
        self.pool.withhold(withheld)
        lacks = [lack for need in self.component.active() if (lack := self.pool.lack(need.figure)) is not None]
        return [cut for lack in lacks if (cut := self.lift(lack, 0.0)[1]) is not None]

    def lift(self, need: Need, free: float = FREE) -> tuple[Move | None, Cut | None]:
        """The cheapest move for a need, and a cut that tells why it is not cheaper: a strong one only where moving
        what is withheld is `free` of price.
        """
        self.tough |= self.component.dense and self.component.work > HURRY
        if self.tough and (move := self.short(need)) is not None:
            return move, None
        prices = self.component.prices(need.least, free)
        searches = self.surroundings(need, prices, NARROW)
        search = next(searches)
        for attempt in itertools.count():
            found, reasons = search.find(need, prices, self.thorough)
            self.tough |= self.component.dense and search.slow
            if found is None:
                if len(search.figures) == len(self.component.part):
                    self.undecided = search.undecided
                    return (None if self.thorough else self.component.exchange(need)), None
                if free and self.component.dense:
                    prices, free = self.component.prices(need.least, SHORT * self.component.usual), 0.0
                    searches = self.surroundings(need, prices, int(GROW * NARROW))
                search = next(searches)
                continue
            missed = search.missed(reasons, prices) if attempt < WIDER and reasons else search.figures[:0]
            if not len(missed):
                break
            search = Search(self.component, np.union1d(search.figures, missed))
        return found, self.cut(need, reasons)

    def cut(self, need: Need, reasons: list[tuple[Floats, float]]) -> Cut | None:
        """What follows for the choice of groups from linear forms that bound every move for a need."""
        if len(reasons) < len(need.ways):
            return None
        scaled = []
        for pull, spare in reasons:
            scale = abs(pull[need.figure])
            if scale < EXACT:
                return None
            scaled.append((pull / scale, spare / scale))
        pull, spare = scaled[0]
        if need.down:
            pull, spare = sum(np.abs(p) for p, _ in scaled), max(s for _, s in scaled)
        figures = np.flatnonzero(np.abs(pull) > EXACT)
        return self.component.shape.capacity(figures, pull[figures], spare, need)

    def within(self, need: Need) -> bool:
        """Whether an exchange within what is withheld meets a need, where programs are slow."""
        return self.tough and self.component.exchange(need, inside=True) is not None

    def short(self, need: Need) -> Move | None:
        """A move for a need by an exchange; where there is none, by one program that is not searched to its end, as long as
        there are not many.
        """
        if self.lifts % EVERY == 0:
            needs = self.component.active()
            self.progress(sum(self.pool.lack(each.figure) is None for each in needs), len(needs))
        self.lifts += 1
        if (move := self.component.exchange(need)) is not None:
            return move
        self.programs += 1
        return (
            self.whole.find(need, self.component.prices(need.least), hard=False)[0] if self.programs <= LIFTS else None
        )

    def surroundings(self, need: Need, prices: Floats, size: int, small: int = WHOLE) -> Iterator[Search]:
        """Searches among more and more figures, those that a move for a need may reach most cheaply; at last, and where there
        are no more than `small`, among all.
        """
        length = prices.reshape(2, -1).min(axis=0)
        length = length + HOP * self.component.usual / need.least
        order = np.empty(0, dtype=np.intp)
        while len(self.component.part) > max(GROW * size, small):
            if len(order) < size:
                order = self.whole.near.around(np.array([need.figure]), length, size)
            yield Search(self.component, np.sort(order[:size]))
            size = int(GROW * size)
        yield self.whole

    @cached_property
    def whole(self) -> Search:
        return Search(self.component, np.arange(len(self.component.part)))

    def clean(self, master: Master, effort: Effort) -> None:
        """Publish again, the dearest first, what all needs can do without, as far as that may be asked."""
        if effort.telling < np.inf:
            return
        slack, weights = master.slack(self.pool.withheld)
        groups = np.flatnonzero(self.pool.withheld & ~self.component.start)
        inside = self.inside()
        for group in groups[np.argsort(-self.component.cost[groups], kind="stable")].tolist():
            rows = slice(*weights.indptr[group : group + 2])
            at, by = weights.indices[rows], weights.data[rows]
            if (slack[at] - by < -EXACT).any():
                continue
            if self.tried > TRIED or self.component.work > effort.most:
                break
            if self.spared(group, inside):
                slack[at] -= by

    def spared(self, group: int, inside: Search) -> bool:
        """Whether all needs can do without a withheld group, by moves `inside` what was withheld; publishes it if so."""
        pool, depending = self.pool, self.pool.depending(group)
        pool.close(group)
        left = [f for f in depending if pool.withheld[self.component.group[f]] and pool.lack(f) is not None]
        if not left:
            return True
        opener = self.opener.get(group)  # whose need opened it, and whose need spoke often, is likely to object again
        left.sort(key=lambda figure: (figure != opener, -self.objections.get(figure, 0)))
        search = inside.around(np.concatenate([np.flatnonzero(self.component.group == group), left]))
        for place, figure in enumerate(left):
            if place == 1 and len(left) > FEW:
                search.bulk(left, 1)
            while (lack := pool.lack(figure)) is not None:
                if self.within(lack):
                    continue
                self.tried += self.tough
                if search.find(lack, self.component.prices(lack.least), hard=False)[0] is None:
                    self.objections[figure] = self.objections.get(figure, 0) + 1
                    pool.open(group)
                    return False
        return True

    def inside(self, last: Search | None = None) -> Search:
        """The search among all that is withheld; the `last` one if nothing has been opened since."""
        figures = np.flatnonzero(self.pool.withheld[self.component.group])
        if last and len(last.figures) == len(figures):
            return last
        return Search(self.component, figures, inside=True, merged=True)
