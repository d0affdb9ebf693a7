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

import numpy as np

from pipeline.confidential.suppression.completion import Completion
from pipeline.confidential.suppression.component import Component
from pipeline.confidential.suppression.cuts import Master, Need
from pipeline.confidential.suppression.effort import EFFORTS, LARGE, MOST_BOUNDING, MOST_REPAIR, Effort
from pipeline.confidential.suppression.improvement import Best, Repair
from pipeline.confidential.suppression.move_pool import Move
from pipeline.confidential.suppression.problem import Problem, Progress, Suppression, Unprotectable
from pipeline.confidential.suppression.relaxation import Relaxation
from pipeline.optimisation.moves import components
from pipeline.optimisation.solver import EXACT, Bools, Ints

PATIENCE = 3
"""Rounds of cuts that hardly raise the bound, after which it is left."""
SURELY = 0.999
"""What the relaxation has so much of is proposed."""
FAVOUR = 0.9
"""What the relaxation has of a group makes it cheaper by so much of that share, while moves are looked for."""


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
    plans = [_Plan(Component(problem, part, forced, needed, seed), progress) for part in parts]
    withheld = forced.copy()
    failed: list[int] = []
    spent: list[int] = []
    for plan in plans:
        try:
            plan.optimise(EFFORTS[effort])
        except Unprotectable as error:
            (spent if error.spent else failed).extend(error.figures)
            continue
        withheld[plan.component.names[plan.best.withheld & ~plan.component.hidden]] = True
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
            worlds[row, plan.component.part[move.figures]] += move.amounts
    return worlds


class _Plan:
    """Suppression of one component: the cheapest choice under the cuts known so far, made safe, cleaned up and repaired."""

    def __init__(self, component: Component, progress: Progress) -> None:
        self.component, self.completion, self.best = component, Completion(component, progress), Best(component)
        self.bound = 0.0

    def optimise(self, effort: Effort) -> None:
        """Choose by the cuts, open what the choice lacks, clean up; what it lacked becomes the next cuts."""
        if not effort.rounds:
            self.completion.largest(effort)
            self.best.keep()
            return
        master = self.first_cuts()
        bounded = not effort.bounding[0] or (len(self.component.part) > LARGE and effort.work < np.inf)
        for _ in range(effort.rounds):
            solved = master.solve(effort.gap, effort.nodes)
            if solved is None:
                break
            self.bound = max(self.bound, solved[1])
            proposed = self.component.start.copy()
            proposed[solved[0]] = True
            try:
                self.completion.complete(proposed, effort)
            except Unprotectable:  # more that is withheld is more that must be in doubt: the start may do all the same
                break
            self.cleaned(master, effort)
            if self.completion.tough or self.near(effort):  # where programs are slow, each cut would take as long
                break
            if not bounded:
                bounded = True
                self.relax(master, effort)
            if self.near(effort) or self.component.work >= effort.work:
                break
            if not master.add(self.completion.reasons(proposed)):
                break
        if self.best.price == np.inf:
            self.all_else_failing(master, effort)
        self.repaired(effort)

    def all_else_failing(self, master: Master, effort: Effort) -> None:
        """From the start, or from the largest safe choice where that does not do either."""
        try:
            self.completion.complete(self.component.start, effort)
        except Unprotectable:
            self.completion.largest(effort)
            self.completion.fewer()
            self.best.keep()
            self.best.combine()
            self.component.pool.withhold(self.best.withheld)
        self.completion.clean(master, effort)
        self.best.keep()

    def first_cuts(self) -> Master:
        """The program of the cheapest choice, with the cuts that follow from the rows of the system alone."""
        component = self.component
        free = np.flatnonzero(~component.start)
        master = Master(component.cost, free, component.shape.bridges(), component.seed)
        master.add(component.shape.rows(component.needs, component.pool.knowers))
        return master

    def near(self, effort: Effort) -> bool:
        """Whether the choice so far is near enough to the bound."""
        return self.best.price <= self.bound * (1 + effort.enough) + EXACT

    def relax(self, master: Master, effort: Effort) -> None:
        """Tighten the bound by the relaxation alone, and try what it would choose."""
        most, hard = effort.bounding
        relaxation = Relaxation(self.component.shape, master, self.component.needs, hard, self.component.seed)
        work = most * len(self.component.part) * max(len(self.component.needs), 1)
        before = relaxation.bound
        endless = effort.work == np.inf
        relaxation.tighten(work if endless else min(work, MOST_BOUNDING), np.inf if endless else PATIENCE)
        self.bound = max(self.bound, relaxation.bound)
        share = relaxation.share
        if self.near(effort) or relaxation.bound <= before + EXACT:  # then it would choose as before
            return
        self.component.toll = self.component.cost * (1 - FAVOUR * share)
        try:
            self.completion.complete(self.component.start | (share >= SURELY), effort)
        except Unprotectable:
            return
        finally:
            self.component.toll = self.component.cost
        self.cleaned(master, effort)

    def cleaned(self, master: Master, effort: Effort) -> None:
        """Publish again what is not needed, and put together all moves known."""
        self.completion.clean(master, effort)
        self.best.keep()
        self.best.combine()

    def repaired(self, effort: Effort) -> None:
        """Make the choice cheaper by repair, where programs are quick and the bound leaves room for it."""
        if (
            effort.repair
            and not self.completion.tough
            and not self.near(effort)
            and (len(self.component.part) <= LARGE or effort.work == np.inf)
        ):
            work = effort.repair * len(self.component.needs)
            Repair(self.best, self.completion).improve(work if effort.work == np.inf else min(work, MOST_REPAIR))

    def used(self) -> list[Move]:
        """Moves within the withheld groups that together meet every need."""
        self.component.pool.withhold(self.best.withheld)
        return self.component.pool.chosen([need.figure for need in self.component.active()])
