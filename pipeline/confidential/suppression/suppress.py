"""Which cells to withhold: numbers in, numbers out; pure.

In comes a linear system with the true values, the cells (groups of figures) that must be withheld and what must stay
possible; out comes a set of groups such that a reader of all the others still finds every goal possible, with the
worlds that show it and a lower bound on the cost of any such set. The method is that of Fischetti and Salazar
(Management Science 47, 2001), per connected component: the cheapest choice under the cuts known so far (`cuts`) is
proposed; what it lacks is opened by the cheapest moves away from the truth, found by linear programming; a clean-up
publishes again what no move needs; a whole-number program takes the best of all moves known (`cover`). Where that is far
from the bound, cuts are added by the relaxation alone (`relaxation`), which then also tells what to propose.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array

from pipeline.confidential.suppression.cover import cheapest
from pipeline.confidential.suppression.cuts import Cut, Master, Need, Shape
from pipeline.confidential.suppression.move_pool import Move, Pool
from pipeline.confidential.suppression.neighbourhood import Near
from pipeline.confidential.suppression.relaxation import Relaxation
from pipeline.optimisation.exchanges import Exchanges
from pipeline.optimisation.moves import Merged, Moves, System, components
from pipeline.optimisation.solver import EXACT, Bools, Floats, Ints
from pipeline.optimisation.worlds import Goal


@dataclass(frozen=True)
class Problem:
    """Per figure: `value` (the truth) and `group`. Per group: `hidden` (never published, costs nothing), `open` (must
    stay published), `primary` (must be withheld) and `cost` (positive).

    `goals`: figures that must be able to reach a number (rules 2 and 5; a published figure meets a goal by its value).
    `withheld_goals`: the same, asked only of a figure that is not published (rule 8).
    `overlaps`: figures that must be able to reach a number, or to be nothing (rule 7).
    `undetermined`: figures that must not have a single possible value if they are not published (rule 4).
    `knowers`: figures that one reader knows exactly; every goal on another figure must hold for her too (rule 3).
    """

    system: System
    value: Ints
    group: Ints
    hidden: Bools
    open: Bools
    primary: Bools
    cost: Floats
    goals: tuple[Goal, ...]
    undetermined: Ints
    knowers: tuple[tuple[int, ...], ...] = ()
    withheld_goals: tuple[Goal, ...] = ()
    overlaps: tuple[Goal, ...] = ()


@dataclass(frozen=True)
class Suppression:
    """`withheld`: groups, primary and complementary. `witnesses`: worlds, one per row. `cost`: of the complementary."""

    withheld: Bools
    witnesses: Ints
    lower_bound: float | None
    cost: float
    method: str


class Unprotectable(Exception):
    """Figures whose goal cannot be met, and groups that must be both withheld and published. `spent`: it is not known that
    they cannot, but no safe choice was found with as much work as may be done.
    """

    def __init__(self, figures: Iterable[int], groups: Iterable[int] = (), *, spent: bool = False) -> None:
        self.figures, self.groups, self.spent = tuple(sorted(set(figures))), tuple(sorted(set(groups))), spent
        super().__init__(f"{len(self.figures)} figures and {len(self.groups)} groups cannot be protected")


class Effort(NamedTuple):
    """Rounds of cuts, the gap and the nodes for each proposal, the gap at which to stop, and how much work (figures
    times linear programs) may be done before a further round. No clock: the same mask on every machine. `most`: the work
    after which a choice is given up as not found; fail closed. Without rounds it is only asked whether there is a safe
    choice, and the largest one is taken; so many needs that cannot be met are `telling`, then. `bounding`: the work for the
    bound, times the figures and the needs of a component, and the steps of one program from which on it is left alone.
    `repair`: the work for what follows, times the figures that need a move.
    """

    rounds: int
    gap: float
    nodes: int
    enough: float
    work: float
    most: float
    telling: float = np.inf
    bounding: tuple[float, int] = (0.0, 0)
    repair: float = 0.0


TRIAL_WORK, MOST_WORK = 4e6, 5e7
"""What may be done for one component where it is tried whether there is a safe choice, and where it is published: seconds, or
minutes. The largest component of the committed sample takes 8e5; one in which nearly every cell is small takes many times
as much, and there is next to nothing to be shown of it.
"""
SEARCHED = 0.2
"""The share of that work after which no dear move is looked for any longer, and the largest choice is taken as it is."""
TELLING = 8
"""After so many needs of a component that cannot be met a trial has seen enough."""
TRIAL = "trial"
EFFORTS = {
    TRIAL: Effort(rounds=0, gap=0.0, nodes=0, enough=0.0, work=0.0, most=TRIAL_WORK, telling=TELLING),
    "quick": Effort(rounds=1, gap=0.01, nodes=1, enough=0.05, work=0.0, most=MOST_WORK),
    "normal": Effort(
        rounds=8, gap=0.005, nodes=1, enough=0.05, work=4e4, most=MOST_WORK, bounding=(150, 4000), repair=800
    ),
    "best": Effort(
        rounds=150, gap=0.0, nodes=20_000, enough=0.0, work=np.inf, most=np.inf, bounding=(3000, 20_000), repair=10_000
    ),
}
LARGE = 8000
"""Figures of a component from which on its bound is left as the first cuts give it, unless there is no end to the work."""
MOST_BOUNDING, MOST_REPAIR = 1e9, 6e5
"""And so much work for it at most, and for the repair: some ten seconds each, sixty at worst."""
PATIENCE = 3
"""Rounds of cuts that hardly raise the bound, after which it is left."""
SURELY = 0.999
"""What the relaxation has so much of is proposed."""
FAVOUR = 0.9
"""What the relaxation has of a group makes it cheaper by so much of that share, while moves are looked for."""
BULK_ROUNDS = 40
MANY, ASKED, PAYS = 100, 0.2, 0.2
"""Of more than MANY needs the share ASKED is asked for in one round, so that fewer stand in one another's way; where a round
meets less than the share PAYS of what it asks for, the next one asks for half as many.
"""
TOGETHER = 4
"""So many needs are asked for together before the first of them is asked for alone, unless figures with needs are dense."""
NARROW, WHOLE, GROW = 600, 3500, 1.5
"""Where a component has more than WHOLE figures, a move is first looked for among the NARROW nearest ones, then among
GROW times as many, and so on.
"""
INSIDE, LOCAL = 600, 200
"""Whether a need can do without a group is looked for among all that is withheld; where that is more than INSIDE figures,
among the LOCAL nearest ones, or a few more.
"""
TURNS, IDLE = 8, 60
"""In the repair the moves known are put together once in so many attempts; so many of them in vain end it."""
TAKEN, SWAY, SHUN = (1, 2, 4), (0.7, 1.4), (1.0, 1.3, 2.5)
"""So many groups are taken out; prices are swayed by a factor between these, and those of what is taken out by one of these."""
DEARER, CLOSE, WIDENED, BESIDE = 1.3, 600, 2, 40
"""What is opened may cost so many times what is taken out; a move is looked for among so many figures, and among half as many
more, so many times in all; so many groups are tried in the clean-up.
"""
HOP = 0.05
"""What a step from figure to figure adds to its price when nearness is measured: a share of the usual price."""
WIDER = 2
"""How often what a linear program misses is added to it."""
MISSED = 30
"""So many figures at once."""
FEW = 3
"""So many needs are met one by one."""
FREE = 1e-3
"""Price of moving what is withheld anyway: not nothing, so that moves stay short."""
LIFTS, TRIED = 24, 60
"""Where programs are slow, so many moves that open groups are looked for by them, and so many in the clean-up."""
EVERY = 100
"""Where programs are slow, needs are asked for together once for so many moves that open groups."""
HURRY = 3e6
"""Where needs are dense, programs count as slow after so much work: about a minute."""
DENSE, SHORT = 0.2, 0.1
"""The same where needs are dense, at more than that share of the figures, and the nearest ones hold no move; a share of the
usual cost. Among so many small figures a move that is not short is mostly not whole, and takes long to find.
"""


Progress = Callable[[int, int], None]
"""Told how many needs of a component are met, and of how many, where it takes long; of nothing else."""


def suppress(
    problem: Problem, *, effort: str = "normal", seed: int = 0, progress: Progress = lambda met, of: None
) -> Suppression:
    """The groups to withhold. Raises Unprotectable when a goal cannot be met with what must stay published."""
    forced = _forced(problem)
    stays = problem.open.copy()
    stays[problem.group[problem.value < problem.system.lower]] = True  # a reader knows that it cannot be withheld
    movable = (problem.hidden | ~stays)[problem.group] & (problem.value >= problem.system.lower)
    unknown = (problem.hidden | forced)[problem.group]
    stuck = [f for f, least in problem.goals if problem.value[f] < least and not movable[f]]
    stuck += [f for f in problem.undetermined.tolist() if unknown[f] and not movable[f]]
    if stuck:
        raise Unprotectable(stuck)
    needed = _needed(problem)
    asked = np.isin(np.arange(len(problem.value)), list(needed))
    parts = [part for part in components(problem.system, movable, problem.group) if asked[part].any()]
    plans = [_Plan(problem, part, forced, needed, seed) for part in parts]
    for plan in plans:
        plan.progress = progress
    withheld = forced.copy()
    failed: list[int] = []
    spent: list[int] = []
    for plan in plans:
        try:
            plan.optimise(EFFORTS[effort])
        except Unprotectable as error:
            (spent if error.spent else failed).extend(error.figures)
            continue
        withheld[plan.names[plan.withheld & ~plan.hidden]] = True
    if failed or spent:
        raise Unprotectable(failed or spent, spent=not failed)
    return Suppression(
        withheld=withheld,
        witnesses=_witnesses(problem.value, plans),
        lower_bound=sum(plan.bound for plan in plans) + float(problem.cost[forced & ~problem.primary].sum()),
        cost=float(problem.cost[withheld & ~problem.primary].sum()),
        method="capacity cuts per component; cheapest moves by linear programming; clean-up",
    )


def _forced(problem: Problem) -> Bools:
    """Groups that are withheld whatever else happens: primary ones, and those that fail a goal if published."""
    withheld: Bools = problem.primary & ~problem.hidden
    for figure, at_least in problem.goals:
        if problem.value[figure] < at_least and not problem.hidden[problem.group[figure]]:
            withheld[problem.group[figure]] = True
    clash = np.flatnonzero(withheld & problem.open)
    low = np.flatnonzero(withheld[problem.group] & (problem.value < problem.system.lower))
    if len(clash) or len(low):
        raise Unprotectable(low.tolist(), clash.tolist())
    return withheld


def _needed(problem: Problem) -> dict[int, Need]:
    """Figure → by how much it must be able to change; figures of which nothing is asked are left out."""
    needs = {figure: Need(figure, 1, 1) for figure in problem.undetermined.tolist()}
    for figure, at_least in problem.overlaps:
        value = int(problem.value[figure])
        if 0 < value < at_least:
            needs[figure] = Need(figure, at_least - value, value)
    for figure, at_least in (*problem.goals, *problem.withheld_goals):
        by, before = at_least - int(problem.value[figure]), needs.get(figure)
        if by > 0 and (before is None or before.down or before.up < by):
            needs[figure] = Need(figure, by)
    return needs


def _witnesses(value: Ints, plans: list[_Plan]) -> Ints:
    """Worlds: the truth plus one move per component, side by side."""
    used = [plan.used() for plan in plans]
    worlds = np.tile(value, (max([1, *map(len, used)]), 1))
    for plan, moves in zip(plans, used, strict=True):
        for row, move in enumerate(moves):
            worlds[row, plan.part[move.figures]] += move.amounts
    return worlds


class _Plan:
    """Suppression of one component. Figures and groups have numbers of their own here."""

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
        self.withheld, self.price, self.bound = self.start, np.inf, 0.0
        self.everything = Moves.of(problem.system, part, problem.value, seed)
        self.shape = Shape(self.everything, self.group, self.start)
        here = {figure: place for place, figure in enumerate(part.tolist())}
        needs = {here[f]: need._replace(figure=here[f]) for f, need in needed.items() if f in here}
        self.needs = sorted(needs.values(), key=lambda need: (bool(need.down), -need.least, need.figure))
        known = {frozenset(here[f] for f in figures if f in here) for figures in problem.knowers}
        self.pool = Pool(needs, self.group, sorted(known - {frozenset()}, key=sorted))
        self.usual = float(np.median(self.cost))
        self.dense = len(self.needs) > DENSE * len(part)
        self.work, self.tough, self.lifts, self.programs = 0.0, False, 0, 0
        self.tried = 0
        self.progress: Progress = lambda met, of: None
        self.opener: dict[int, int] = {}
        self.objections: dict[int, int] = {}

    def optimise(self, effort: Effort) -> None:
        """Choose by the cuts, open what the choice lacks, clean up; what it lacked becomes the next cuts."""
        if not effort.rounds:
            self.largest(effort)
            self.keep()
            return
        master = Master(self.cost, np.flatnonzero(~self.start), self.shape.bridges(), self.seed)
        master.add(self.shape.rows(self.needs, self.pool.knowers))
        bounded = not effort.bounding[0] or (len(self.part) > LARGE and effort.work < np.inf)
        for _ in range(effort.rounds):
            solved = master.solve(effort.gap, effort.nodes)
            if solved is None:
                break
            self.bound = max(self.bound, solved[1])
            proposed = self.start.copy()
            proposed[solved[0]] = True
            try:
                self.complete(proposed, effort)
            except Unprotectable:  # more that is withheld is more that must be in doubt: the start may do all the same
                break
            self.clean(master, effort)
            self.keep()
            self.combine()
            if self.tough:  # each cut would take as long
                break
            if self.near(effort):
                break
            if not bounded:
                bounded = True
                self.relax(master, effort)
            if self.near(effort) or self.work >= effort.work:
                break
            if not master.add(self.reasons(proposed)):
                break
        if self.price == np.inf:
            self.all_else_failing(master, effort)
        self.repaired(effort)

    def all_else_failing(self, master: Master, effort: Effort) -> None:
        """From the start, or from the largest safe choice where that does not do either."""
        try:
            self.complete(self.start, effort)
        except Unprotectable:
            self.largest(effort)
            self.fewer()
            self.keep()
            self.combine()
            self.pool.withhold(self.withheld)
        self.clean(master, effort)
        self.keep()

    def near(self, effort: Effort) -> bool:
        """Whether the choice so far is near enough to the bound."""
        return self.price <= self.bound * (1 + effort.enough) + EXACT

    def relax(self, master: Master, effort: Effort) -> None:
        """Tighten the bound by the relaxation alone, and try what it would choose."""
        most, hard = effort.bounding
        relaxation = Relaxation(self.shape, master, self.needs, hard, self.seed)
        work = most * len(self.part) * max(len(self.needs), 1)
        before = relaxation.bound
        endless = effort.work == np.inf
        relaxation.tighten(work if endless else min(work, MOST_BOUNDING), np.inf if endless else PATIENCE)
        self.bound = max(self.bound, relaxation.bound)
        share = relaxation.share
        if self.near(effort) or relaxation.bound <= before + EXACT:  # then it would choose as before
            return
        self.toll = self.cost * (1 - FAVOUR * share)
        try:
            self.complete(self.start | (share >= SURELY), effort)
        except Unprotectable:
            return
        finally:
            self.toll = self.cost
        self.clean(master, effort)
        self.keep()
        self.combine()

    def repaired(self, effort: Effort) -> None:
        """Make the choice cheaper by repair, where programs are quick and the bound leaves room for it."""
        if (
            effort.repair
            and not self.tough
            and not self.near(effort)
            and (len(self.part) <= LARGE or effort.work == np.inf)
        ):
            work = effort.repair * len(self.needs)
            _Repair(self).improve(work if effort.work == np.inf else min(work, MOST_REPAIR))

    def combine(self) -> None:
        """Take the cheapest choice by all moves known so far, if it costs less."""
        found = cheapest(self.pool, self.cost, self.start, self.withheld, self.seed)
        if found is not None:
            self.pool.withhold(found)
            self.keep()

    def keep(self) -> None:
        """Remember the cheapest safe set so far."""
        withheld = self.pool.withheld
        price = float(self.cost[withheld & ~self.start].sum())
        if price < self.price:
            self.withheld, self.price = withheld.copy(), price

    def active(self) -> list[Need]:
        """Needs of figures that are not published."""
        return [need for need in self.needs if self.pool.withheld[self.group[need.figure]]]

    def complete(self, withheld: Bools, effort: Effort) -> None:
        """Withhold these groups and what the cheapest moves for unmet needs open besides.

        Most needs are met by what is withheld already: only those that are not have anything opened. Raises Unprotectable
        with the needs that cannot be met; where the most work did not suffice and none is known that cannot, with those
        that are left.
        """
        self.pool.withhold(withheld)
        inside = self.inside()
        inside.bulk([need.figure for need in self.active()])
        before, failed = -1, set[int]()
        while before != (before := int(self.pool.withheld.sum())):
            needs = [need.figure for need in self.active()]
            for place, figure in enumerate(needs):
                if not self.dense and self.pool.lack(figure) is not None:
                    inside = self.inside(inside)
                    inside.bulk(list(itertools.islice(filter(self.pool.lack, needs[place:]), TOGETHER)), 1)
                while figure not in failed and (lack := self.pool.lack(figure)) is not None:
                    if self.work > SEARCHED * effort.most:
                        raise self.unmet(failed)
                    if self.lifts < LIFTS and self.within(lack):  # later on an exchange that may open is as quick
                        continue
                    inside = self.inside(inside)
                    if self.tough and self.lifts % EVERY == 0:
                        inside.bulk([f for f in needs[place:] if self.pool.lack(f)], 1)
                        if not self.pool.lack(figure):
                            continue
                    if not self.tough and inside.find(lack, self.prices(lack.least), hard=False)[0] is not None:
                        continue
                    move = self.lift(lack)[0]
                    if move is None:
                        failed.add(figure)
                        continue
                    for group in move.groups:
                        if not self.pool.withheld[group]:
                            self.pool.open(group)
                            self.opener[group] = figure
        if failed:
            raise self.unmet(failed)

    def largest(self, effort: Effort) -> None:
        """Withhold all that may be, and publish what cannot be in doubt even so.

        Two safe choices together are safe: a move within one is a move within both. So there is a largest one, it holds all
        others, and this is it: what no move within it lifts far enough is in no safe choice. Raises Unprotectable with what
        must be withheld and is not in it; where that took too long to tell, with all that is left to be met.
        """
        until = self.work + effort.most
        self.pool.withhold(np.ones_like(self.start))
        inside = self.inside()
        inside.bulk([need.figure for need in self.active()])
        before, failed, unsure = -1, set[int](), False
        while before != (before := int(self.pool.withheld.sum())):
            inside = self.inside(inside)
            for need in self.active():
                figure, group = need.figure, int(self.group[need.figure])
                while figure not in failed and (lack := self.pool.lack(figure)) is not None:
                    if self.work > until:
                        raise self.unmet(set())
                    if self.found(inside, lack, brief=effort.telling < np.inf):
                        continue
                    unsure |= inside.undecided
                    if not self.start[group]:
                        self.pool.close(group)
                        break
                    failed.add(figure)
                    if len(failed) >= effort.telling:
                        raise self.unmet(failed, unsure=unsure)
        if failed:
            raise self.unmet(failed, unsure=unsure)

    def found(self, inside: _Search, lack: Need, *, brief: bool) -> bool:
        """Whether a move meets a need; where whole numbers need a longer search, a `brief` one makes it for few of them."""
        prices = self.prices(lack.least)
        if inside.find(lack, prices, hard=False)[0] is not None:
            return True
        if not inside.undecided or (brief and (self.programs >= LIFTS or len(self.part) > WHOLE)):
            return False
        self.programs += 1
        return inside.find(lack, prices)[0] is not None

    def fewer(self) -> None:
        """Publish again what the needs of the others do without by the moves that are known."""
        every, withheld = self.pool.withheld.copy(), self.start.copy()
        before = -1
        while before != (before := int(withheld.sum())):
            needs = [need.figure for need in self.needs if withheld[self.group[need.figure]]]
            for move in self.pool.chosen(needs):
                withheld[move.groups] = True
        assert not (withheld & ~every).any()
        self.pool.withhold(withheld)

    def unmet(self, failed: set[int], *, unsure: bool = False) -> Unprotectable:
        """What to raise when as much was done as may be: needs that cannot be met, else all that are not met yet; `unsure`
        where it is not known whether they can."""
        left = sorted(failed) or [need.figure for need in self.active() if self.pool.lack(need.figure) is not None]
        return Unprotectable(self.part[left].tolist(), spent=unsure or not failed)

    def reasons(self, withheld: Bools) -> list[Cut]:
        """Cuts that tell why withholding these groups is not enough."""
        self.pool.withhold(withheld)
        lacks = [lack for need in self.active() if (lack := self.pool.lack(need.figure)) is not None]
        return [cut for lack in lacks if (cut := self.lift(lack, 0.0)[1]) is not None]

    def lift(self, need: Need, free: float = FREE) -> tuple[Move | None, Cut | None]:
        """The cheapest move for a need, and a cut that tells why it is not cheaper: a strong one only where moving
        what is withheld is `free` of price.
        """
        self.tough |= self.dense and self.work > HURRY
        if self.tough and (move := self.short(need)) is not None:
            return move, None
        prices = self.prices(need.least, free)
        searches = self.surroundings(need, prices, NARROW)
        search = next(searches)
        for attempt in itertools.count():
            found, reasons = search.find(need, prices)
            self.tough |= self.dense and search.slow
            if found is None:
                if len(search.figures) == len(self.part):
                    return None, None
                if free and self.dense:
                    prices, free = self.prices(need.least, SHORT * self.usual), 0.0
                    searches = self.surroundings(need, prices, int(GROW * NARROW))
                search = next(searches)
                continue
            missed = search.missed(reasons, prices) if attempt < WIDER and reasons else search.figures[:0]
            if not len(missed):
                break
            search = _Search(self, np.union1d(search.figures, missed))
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
        return self.shape.capacity(figures, pull[figures], spare, need)

    def within(self, need: Need) -> bool:
        """Whether an exchange within what is withheld meets a need, where programs are slow."""
        return self.tough and self.exchange(need, inside=True) is not None

    def short(self, need: Need) -> Move | None:
        """A move for a need by an exchange; where there is none, by one program that is not searched to its end, as long as
        there are not many.
        """
        if self.lifts % EVERY == 0:
            needs = self.active()
            self.progress(sum(self.pool.lack(each.figure) is None for each in needs), len(needs))
        self.lifts += 1
        if (move := self.exchange(need)) is not None:
            return move
        self.programs += 1
        return self.whole.find(need, self.prices(need.least), hard=False)[0] if self.programs <= LIFTS else None

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

    def surroundings(self, need: Need, prices: Floats, size: int, small: int = WHOLE) -> Iterator[_Search]:
        """Searches among more and more figures, those that a move for a need may reach most cheaply; at last, and where there
        are no more than `small`, among all.
        """
        length = prices.reshape(2, -1).min(axis=0)
        length = length + HOP * self.usual / need.least
        order = np.empty(0, dtype=np.intp)
        while len(self.part) > max(GROW * size, small):
            if len(order) < size:
                order = self.whole.near.around(np.array([need.figure]), length, size)
            yield _Search(self, np.sort(order[:size]))
            size = int(GROW * size)
        yield self.whole

    @cached_property
    def whole(self) -> _Search:
        return _Search(self, np.arange(len(self.part)))

    def prices(self, by: int, free: float = FREE) -> Floats:
        """Per unit up, then down: next to nothing for withheld groups; for others their cost over a lift of `by`."""
        gone = self.pool.withheld[self.group]
        cost, small = self.toll[self.group], np.full(len(self.part), free)
        small[list(self.pool.known)] *= 3.0
        up = np.where(gone, small, cost / by + small)
        down = np.where(gone, small, cost / np.clip(self.everything.room, 1, by) + small)
        return np.concatenate([up, down])

    def clean(self, master: Master, effort: Effort) -> None:
        """Publish again, the dearest first, what all needs can do without, as far as that may be asked."""
        slack, weights = master.slack(self.pool.withheld)
        groups = np.flatnonzero(self.pool.withheld & ~self.start)
        inside = self.inside()
        for group in groups[np.argsort(-self.cost[groups], kind="stable")].tolist():
            rows = slice(*weights.indptr[group : group + 2])
            at, by = weights.indices[rows], weights.data[rows]
            if (slack[at] - by < -EXACT).any():
                continue
            if self.tried > TRIED or self.work > effort.most:
                break
            if self.spared(group, inside):
                slack[at] -= by

    def spared(self, group: int, inside: _Search) -> bool:
        """Whether all needs can do without a withheld group, by moves `inside` what was withheld; publishes it if so."""
        pool, depending = self.pool, self.pool.depending(group)
        pool.close(group)
        left = [f for f in depending if pool.withheld[self.group[f]] and pool.lack(f) is not None]
        if not left:
            return True
        opener = self.opener.get(group)  # whose need opened it, and whose need spoke often, is likely to object again
        left.sort(key=lambda figure: (figure != opener, -self.objections.get(figure, 0)))
        search = inside.around(np.concatenate([np.flatnonzero(self.group == group), left]))
        for place, figure in enumerate(left):
            if place == 1 and len(left) > FEW:
                search.bulk(left, 1)
            while (lack := pool.lack(figure)) is not None:
                if self.within(lack):
                    continue
                self.tried += self.tough
                if search.find(lack, self.prices(lack.least), hard=False)[0] is None:
                    self.objections[figure] = self.objections.get(figure, 0) + 1
                    pool.open(group)
                    return False
        return True

    def inside(self, last: _Search | None = None) -> _Search:
        """The search among all that is withheld; the `last` one if nothing has been opened since."""
        figures = np.flatnonzero(self.pool.withheld[self.group])
        if last and len(last.figures) == len(figures):
            return last
        return _Search(self, figures, inside=True, merged=True)

    def used(self) -> list[Move]:
        """Moves within the withheld groups that together meet every need."""
        self.pool.withhold(self.withheld)
        return self.pool.chosen([need.figure for need in self.active()])


class _Repair:
    """Takes a few groups out of the best choice of a plan, meets anew what they met, and keeps what costs less.

    The moves that it finds at prices that change from time to time are known from then on: `cover` puts them together.
    """

    def __init__(self, plan: _Plan) -> None:
        self.plan, self.random = plan, np.random.default_rng(plan.seed)
        rows = abs(plan.everything.rows)
        self._beside = csr_array(csc_array(rows).T @ rows)

    def improve(self, work: float) -> None:
        """As long as there is work to be done, and as it pays."""
        plan, idle = self.plan, 0
        until = plan.work + work
        for attempt in itertools.count(1):
            price = plan.price
            self.attempt(self.chosen())
            if attempt % TURNS == 0:
                plan.combine()
            idle = 0 if plan.price < price else idle + 1
            if plan.work > until or idle > IDLE or not (plan.withheld & ~plan.start).any():
                break
        plan.combine()

    def chosen(self) -> Ints:
        """Some withheld groups near one another, around one that is dear and that few needs depend on."""
        plan = self.plan
        free = plan.withheld & ~plan.start
        groups = np.flatnonzero(free)
        plan.pool.withhold(plan.withheld)
        worth = plan.cost[groups] / [1 + len(plan.pool.depending(group)) for group in groups.tolist()]
        centre = int(self.random.choice(groups, p=worth / worth.sum()))
        count = int(self.random.choice(TAKEN))
        figures = np.flatnonzero(plan.group == centre)
        near = plan.whole.near.around(figures, np.where(plan.withheld[plan.group], 1.0, np.inf), 20 * count)
        around = np.array(list(dict.fromkeys(plan.group[near][free[plan.group[near]]].tolist())), dtype=np.int64)
        others = around[around != centre][: 2 * count]
        return np.append(self.random.permutation(others)[: count - 1], centre)

    def attempt(self, gone: Ints) -> None:
        """Do without these groups, at prices of the moment; what the plan has chosen changes only for the better."""
        plan, pool = self.plan, self.plan.pool
        pool.withhold(plan.withheld)
        depending = dict.fromkeys(figure for group in gone.tolist() for figure in pool.depending(group))
        for group in gone.tolist():
            pool.close(group)
        plan.toll = plan.cost * self.random.uniform(*SWAY, len(plan.cost))
        plan.toll[gone] *= self.random.choice(SHUN)
        lacking = [f for f in depending if pool.withheld[plan.group[f]] and pool.lack(f) is not None]
        opened = self.met(lacking, DEARER * float(plan.cost[gone].sum()))
        plan.toll = plan.cost
        if opened is not None:
            self.clean(opened)
            plan.keep()

    def met(self, lacking: list[int], most: float) -> list[int] | None:
        """Meet needs by near moves; the groups that they open, or None where one is not found or they cost more than `most`."""
        plan, pool, opened = self.plan, self.plan.pool, list[int]()
        for figure in self.random.permutation(lacking).tolist():
            while (lack := pool.lack(figure)) is not None:
                if (move := self.move(lack)) is None:
                    return None
                for group in move.groups:
                    if not pool.withheld[group]:
                        pool.open(group)
                        plan.opener[group] = figure
                        opened.append(group)
            if plan.cost[opened].sum() > most:
                return None
        return opened

    def move(self, lack: Need) -> Move | None:
        plan = self.plan
        prices = plan.prices(lack.least)
        for turn, search in enumerate(itertools.islice(plan.surroundings(lack, prices, CLOSE, CLOSE), WIDENED), 1):
            found = search.find(lack, prices, hard=turn == WIDENED)[0]
            if found is not None:
                return found
        return None

    def clean(self, opened: list[int]) -> None:
        """Publish again what can be done without among the groups that were opened and those beside them."""
        plan, pool = self.plan, self.plan.pool
        at = np.isin(plan.group, opened).astype(np.int64)
        near = np.unique(plan.group[np.flatnonzero(self._beside @ at)])
        near = near[pool.withheld[near] & ~plan.start[near]]
        inside = plan.inside()
        for group in near[np.argsort(-plan.cost[near], kind="stable")][:BESIDE].tolist():
            plan.spared(group, inside)


class _Search:
    """The moves over some figures of a plan: a Moves object that speaks the plan's numbers.

    Those that go `inside` move what is withheld at the moment of asking and nothing else.
    """

    def __init__(self, plan: _Plan, figures: NDArray[np.intp], inside: bool = False, merged: bool = False) -> None:
        self.plan, self.figures, self.inside = plan, figures, inside
        moves = plan.everything.within(figures)
        self.links, self.moves = moves.rows, Merged(moves) if merged else moves
        self.place = np.full(len(plan.part), -1)
        self.place[figures] = np.arange(len(figures))
        self.rows = np.searchsorted(plan.everything.numbers, moves.numbers)
        self.slack, self.undecided = plan.everything.slack[self.rows], False

    @property
    def slow(self) -> bool:
        """Whether a program over these figures has taken more steps than most do."""
        return isinstance(self.moves, Moves) and self.moves.slow

    @cached_property
    def near(self) -> Near:
        return Near(self.links)

    def around(self, figures: Ints) -> _Search:
        """The search among what is withheld here around some figures; this one where it is small."""
        if len(self.figures) <= INSIDE:
            return self
        gone = self.plan.pool.withheld[self.plan.group[self.figures]]
        count = LOCAL + len(figures)
        near = self.near.around(self.place[figures], np.where(gone, 1.0, np.inf), count)[:count]
        return _Search(self.plan, np.sort(self.figures[near[gone[near]]]), inside=True)

    @cached_property
    def pulls(self) -> csc_array:
        """The rows that these figures stand in, over all figures of the plan (figures x rows)."""
        return csc_array(self.plan.everything.rows[self.rows].T)

    def still(self, known: Iterable[int]) -> NDArray[np.intp]:
        """The places here of figures that must not move: known ones, and published ones where the search goes inside."""
        still, place = np.zeros(len(self.figures), dtype=np.bool_), self.place[list(known)]
        still[place[place >= 0]] = True
        if self.inside:
            still |= ~self.plan.pool.withheld[self.plan.group[self.figures]]
        return np.flatnonzero(still)

    def find(self, need: Need, prices: Floats, hard: bool = True) -> tuple[Move | None, list[tuple[Floats, float]]]:
        """The cheapest move for a need, noted, and (if `hard`) per direction a linear form that tells why it is no cheaper."""
        fixed, here = self.still(need.known), prices.reshape(2, -1)[:, self.figures].ravel()
        found, reasons, self.undecided = [], [], False
        self.plan.work += len(self.figures)
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
        plan, pool, asks = self.plan, self.plan.pool, np.inf
        random = np.random.default_rng(plan.seed)
        prices = np.where(plan.start[plan.group[self.figures]], FREE, 10 * FREE)
        prices = np.concatenate([prices, prices])
        for _ in range(rounds):
            lacks = [lack for figure in needs if (lack := pool.lack(figure)) is not None]
            asks = min(asks, len(lacks) * (ASKED if len(lacks) > MANY else 1.0))
            if asks <= FEW:
                break
            readers = list(dict.fromkeys(lack.known for lack in lacks if lack.known))
            held = [known for known, flag in zip(readers, random.random(len(readers)) < 0.5, strict=True) if flag]
            fixed = {figure for known in held for figure in known}
            share = asks / len(lacks)
            asked = [lack for lack in lacks if lack.figure not in fixed and random.random() < share]
            place = self.place[[lack.figure for lack in asked]]
            by = np.array([lack.ways[random.random() >= 0.5 if lack.down else 0] for lack in asked], dtype=np.int64)
            weight = random.uniform(1.0, 10.0, len(asked))
            plan.work += len(self.figures)
            for move in self.moves.many(place, by, weight, prices, self.still(fixed)):
                self.note(move)
            left = sum(pool.lack(lack.figure) is not None for lack in lacks)
            if len(lacks) - left < PAYS * asks:
                asks /= 2

    def note(self, move: Ints) -> Move:
        moved = np.flatnonzero(move)
        figures = self.figures[moved]
        return self.plan.pool.add(figures, move[moved], self.plan.group[figures])
