"""The best safe choice of groups so far, and how it becomes cheaper: all moves known are put together, and a few groups are
taken out and what they met is met anew. Pure.
"""

from __future__ import annotations

import itertools
from collections import defaultdict, deque

import numpy as np
from scipy.sparse import csc_array, csr_array

from pipeline.confidential.suppression.completion import Completion
from pipeline.confidential.suppression.component import Component
from pipeline.confidential.suppression.cover import cheapest
from pipeline.confidential.suppression.cuts import Need
from pipeline.confidential.suppression.move_pool import Move
from pipeline.optimisation.solver import Ints

TURNS, IDLE = 8, 60
"""In the repair the moves known are put together once in so many attempts; so many of them in vain end it."""
TAKEN, SWAY, SHUN = (1, 2, 4), (0.7, 1.4), (1.0, 1.3, 2.5)
"""So many groups are taken out; prices are swayed by a factor between these, and those of what is taken out by one of these."""
DEARER, CLOSE, WIDENED, BESIDE = 1.3, 600, 2, 40
"""What is opened may cost so many times what is taken out; a move is looked for among so many figures, and among half as many
more, so many times in all; so many groups are tried in the clean-up.
"""


class Best:
    """The cheapest safe choice of groups of a component so far (`withheld`), and what it costs (`price`)."""

    def __init__(self, component: Component) -> None:
        self.component = component
        self.withheld, self.price = component.start, np.inf

    def combine(self) -> None:
        """Take the cheapest choice by all moves known so far, if it costs less."""
        component = self.component
        found = cheapest(component.pool, component.cost, component.start, self.withheld, component.seed)
        if found is not None:
            component.pool.withhold(found)
            self.keep()

    def keep(self) -> None:
        """Remember what is withheld at the moment, if it is safe at less."""
        withheld = self.component.pool.withheld
        price = float(self.component.cost[withheld & ~self.component.start].sum())
        if price < self.price:
            self.withheld, self.price = withheld.copy(), price


class Repair:
    """Takes a few groups out of the best choice of a component, meets anew what they met, and keeps what costs less.

    The moves that it finds at prices that change from time to time are known from then on: `cover` puts them together.
    """

    def __init__(self, best: Best, completion: Completion) -> None:
        self.best, self.completion, self.component = best, completion, best.component
        self.random = np.random.default_rng(self.component.seed)
        self._needs: dict[int, list[int]] = defaultdict(list)
        for need in self.component.needs:
            self._needs[int(self.component.group[need.figure])].append(need.figure)
        rows = abs(self.component.everything.rows)
        self._beside = csr_array(csc_array(rows).T @ rows)

    def improve(self, work: float) -> None:
        """As long as there is work to be done, and as it pays."""
        component, best, idle = self.component, self.best, 0
        until = component.work + work
        for attempt in itertools.count(1):
            price = best.price
            self.attempt(self.chosen())
            if attempt % TURNS == 0:
                best.combine()
            idle = 0 if best.price < price else idle + 1
            if component.work > until or idle > IDLE or not (best.withheld & ~component.start).any():
                break
        best.combine()

    def chosen(self) -> Ints:
        """Some withheld groups near one another, around one that is dear and that few needs depend on."""
        component = self.component
        free = self.best.withheld & ~component.start
        groups = np.flatnonzero(free)
        component.pool.withhold(self.best.withheld)
        worth = component.cost[groups] / [1 + len(component.pool.depending(group)) for group in groups.tolist()]
        centre = int(self.random.choice(groups, p=worth / worth.sum()))
        count = int(self.random.choice(TAKEN))
        figures = np.flatnonzero(component.group == centre)
        near = self.completion.whole.near.around(
            figures, np.where(self.best.withheld[component.group], 1.0, np.inf), 20 * count
        )
        around = np.array(
            list(dict.fromkeys(component.group[near][free[component.group[near]]].tolist())), dtype=np.int64
        )
        others = around[around != centre][: 2 * count]
        return np.append(self.random.permutation(others)[: count - 1], centre)

    def attempt(self, gone: Ints) -> None:
        """Do without these groups, at prices of the moment; the best choice changes only for the better."""
        component, pool = self.component, self.component.pool
        pool.withhold(self.best.withheld)
        depending = dict.fromkeys(figure for group in gone.tolist() for figure in pool.depending(group))
        for group in gone.tolist():
            pool.close(group)
        component.toll = component.cost * self.random.uniform(*SWAY, len(component.cost))
        component.toll[gone] *= self.random.choice(SHUN)
        lacking = [f for f in depending if pool.withheld[component.group[f]] and pool.lack(f) is not None]
        opened = self.met(lacking, DEARER * float(component.cost[gone].sum()))
        component.toll = component.cost
        if opened is not None:
            self.clean(opened)
            self.best.keep()

    def met(self, lacking: list[int], most: float) -> list[int] | None:
        """Meet needs by near moves, and those of what they open; the groups that they open, or None where one is not found
        or they cost more than `most`.
        """
        component, pool, opened = self.component, self.component.pool, list[int]()
        waiting = deque[int](self.random.permutation(lacking).tolist())
        while waiting:
            figure = waiting.popleft()
            while (lack := pool.lack(figure)) is not None:
                if (move := self.move(lack)) is None:
                    return None
                more = self.completion.open(move, figure)
                opened += more
                waiting += [each for group in more for each in self._needs[group]]
            if component.cost[opened].sum() > most:
                return None
        return opened

    def move(self, lack: Need) -> Move | None:
        component = self.component
        prices = component.prices(lack.least)
        for turn, search in enumerate(
            itertools.islice(self.completion.surroundings(lack, prices, CLOSE, CLOSE), WIDENED), 1
        ):
            found = search.find(lack, prices, hard=turn == WIDENED)[0]
            if found is not None:
                return found
        return None

    def clean(self, opened: list[int]) -> None:
        """Publish again what can be done without among the groups that were opened and those beside them."""
        component, pool = self.component, self.component.pool
        at = np.isin(component.group, opened).astype(np.int64)
        near = np.unique(component.group[np.flatnonzero(self._beside @ at)])
        near = near[pool.withheld[near] & ~component.start[near]]
        inside = self.completion.inside()
        for group in near[np.argsort(-component.cost[near], kind="stable")][:BESIDE].tolist():
            self.completion.spared(group, inside)
