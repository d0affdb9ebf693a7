"""Opens what a choice of groups lacks, by the cheapest moves, and publishes again what no move needs. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import cached_property

import numpy as np

from pipeline.confidential.suppression.component import FREE, Component
from pipeline.confidential.suppression.cuts import Cut, Master, Need
from pipeline.confidential.suppression.effort import SEARCHED, Effort
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


class Completion:
    """Makes choices of groups of a component safe, one after another; what was found for one is known for the next.

    `tough`: programs are slow, so exchanges come first; `opener`: group → figure whose need opened it last.
    """

    def __init__(self, component: Component, progress: Progress) -> None:
        self.component, self.pool, self.progress = component, component.pool, progress
        self.tough, self.lifts, self.programs, self.tried = False, 0, 0, 0
        self.opener: dict[int, int] = {}
        self.objections: dict[int, int] = {}

    def complete(self, withheld: Bools, effort: Effort) -> None:
        """Withhold these groups and what the cheapest moves for unmet needs open besides.

        Most needs are met by what is withheld already: only those that are not have anything opened. Raises Unprotectable
        with the needs that cannot be met; where the most work did not suffice and none is known that cannot, with those
        that are left.
        """
        self.pool.withhold(withheld)
        self.among = self.inside()
        self.among.bulk([need.figure for need in self.component.active()])
        before, failed = -1, set[int]()
        while before != (before := int(self.pool.withheld.sum())):
            needs = [need.figure for need in self.component.active()]
            for place, figure in enumerate(needs):
                self._ask_together(needs[place:])
                if figure not in failed:
                    self._meet(figure, needs[place:], effort, failed)
        if failed:
            raise self.given_up(failed)

    def _ask_together(self, waiting: list[int]) -> None:
        """Asks for the first of these needs and the next unmet ones at once, unless figures with needs are dense."""
        if not self.component.dense and self.pool.lack(waiting[0]) is not None:
            self.among = self.inside(self.among)
            self.among.bulk(list(itertools.islice(filter(self.pool.lack, waiting), TOGETHER)), 1)

    def _meet(self, figure: int, waiting: list[int], effort: Effort, failed: set[int]) -> None:
        """Meets the need of one figure, the first of those `waiting`, for all readers; notes in `failed` that it cannot."""
        while (lack := self.pool.lack(figure)) is not None:
            if self.component.work > SEARCHED * effort.most:
                raise self.given_up(failed)
            if self._met_inside(lack, waiting):
                continue
            move = self.lift(lack)[0]
            if move is None:
                failed.add(figure)
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

    def largest(self, effort: Effort) -> None:
        """Withhold all that may be, and publish what cannot be in doubt even so.

        Two safe choices together are safe: a move within one is a move within both. So there is a largest one, it holds all
        others, and this is it: what no move within it lifts far enough is in no safe choice. Raises Unprotectable with what
        must be withheld and is not in it; where that took too long to tell, with all that is left to be met.
        """
        until = self.component.work + effort.most
        self.pool.withhold(np.ones_like(self.component.start))
        inside = self.inside()
        inside.bulk([need.figure for need in self.component.active()])
        before, failed, unsure = -1, set[int](), False
        while before != (before := int(self.pool.withheld.sum())):
            inside = self.inside(inside)
            for need in self.component.active():
                group = int(self.component.group[need.figure])
                if not self.pool.withheld[group] or need.figure in failed:
                    continue
                if self._met_in_largest(need, inside, effort, until):
                    continue
                unsure |= inside.undecided
                if not self.component.start[group]:
                    self.pool.close(group)
                    continue
                failed.add(need.figure)
                if len(failed) >= effort.telling:
                    raise self.given_up(failed, unsure=unsure)
        if failed:
            raise self.given_up(failed, unsure=unsure)

    def _met_in_largest(self, need: Need, inside: Search, effort: Effort, until: float) -> bool:
        """Whether moves `inside` meet the need of a figure for all readers. Raises Unprotectable once there is no work left."""
        while (lack := self.pool.lack(need.figure)) is not None:
            if self.component.work > until:
                raise self.given_up(set())
            if not self._found(inside, lack, brief=effort.telling < np.inf):
                return False
        return True

    def _found(self, inside: Search, lack: Need, *, brief: bool) -> bool:
        """Whether a move meets a need; where whole numbers need a longer search, a `brief` one makes it for few of them."""
        prices = self.component.prices(lack.least)
        if inside.find(lack, prices, hard=False)[0] is not None:
            return True
        if not inside.undecided or (brief and (self.programs >= LIFTS or len(self.component.part) > WHOLE)):
            return False
        self.programs += 1
        return inside.find(lack, prices)[0] is not None

    def fewer(self) -> None:
        """Publish again what the needs of the others do without by the moves that are known."""
        component, every = self.component, self.pool.withheld.copy()
        withheld, before = component.start.copy(), -1
        while before != (before := int(withheld.sum())):
            needs = [need.figure for need in component.needs if withheld[component.group[need.figure]]]
            for move in self.pool.chosen(needs):
                withheld[move.groups] = True
        assert not (withheld & ~every).any()
        self.pool.withhold(withheld)

    def given_up(self, failed: set[int], *, unsure: bool = False) -> Unprotectable:
        """What to raise when as much was done as may be: needs that cannot be met, else all that are not met yet; `unsure`
        where it is not known whether they can."""
        left = sorted(failed) or [n.figure for n in self.component.active() if self.pool.lack(n.figure) is not None]
        return Unprotectable(self.component.part[left].tolist(), spent=unsure or not failed)

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
            found, reasons = search.find(need, prices)
            self.tough |= self.component.dense and search.slow
            if found is None:
                if len(search.figures) == len(self.component.part):
                    return None, None
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
