"""Which cells to withhold: numbers in, numbers out; pure.

In comes a linear system with the true values, the cells (groups of figures) that must be withheld and what must stay
possible; out comes a set of groups such that a reader of all the others still finds every goal possible, with the
worlds that show it. The method is that of the cell suppression problem (Fischetti and Salazar, Management Science 47,
2001): per connected component, the cheapest move away from the truth that meets a goal is found by a linear program
whose prices stand for the groups that it would open; groups that are open already are nearly free. A clean-up then
builds everything again from the chosen groups alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..worlds import Bools, Floats, Goal, Ints, Moves, System, components


@dataclass(frozen=True)
class Problem:
    """Per figure: `value` (the truth) and `group`. Per group: `hidden` (never published, costs nothing), `open` (must
    stay published), `primary` (must be withheld) and `cost`.

    `goals`: figures that must be able to reach a number (rules 2 and 5; a published figure meets a goal by its value).
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


@dataclass(frozen=True)
class Suppression:
    """`withheld`: groups, primary and complementary. `witnesses`: worlds, one per row. `cost`: of the complementary."""

    withheld: Bools
    witnesses: Ints
    lower_bound: float | None
    cost: float
    method: str


class Unprotectable(Exception):
    """Figures whose goal cannot be met, and groups that must be both withheld and published."""

    def __init__(self, figures: Iterable[int], groups: Iterable[int] = ()) -> None:
        self.figures, self.groups = tuple(sorted(set(figures))), tuple(sorted(set(groups)))
        super().__init__(f"{len(self.figures)} figures and {len(self.groups)} groups cannot be protected")


class Move(NamedTuple):
    """A way from the truth to another world: how much each figure changes, and which groups must be withheld for it."""

    change: dict[int, int]
    groups: frozenset[int]


class Need(NamedTuple):
    """What must be possible: `figure` changes by `by` (0: in any direction) for a reader who knows the figures `known`."""

    figure: int
    by: int
    known: frozenset[int] = frozenset()

    def met(self, move: Move) -> bool:
        change = move.change.get(self.figure, 0)
        return (change >= self.by if self.by else change != 0) and self.known.isdisjoint(move.change)


def suppress(problem: Problem, *, effort: str = "normal", seed: int = 0) -> Suppression:
    """The groups to withhold. Raises Unprotectable when a goal cannot be met with what must stay published."""
    at_start = _forced(problem)
    movable = (problem.hidden | ~problem.open)[problem.group] & (problem.value >= problem.system.lower)
    withheld, moves = at_start.copy(), []
    for part in components(problem.system, movable, problem.group):
        plan = _Plan(problem, part, at_start, seed)
        plan.grow(None)
        for _ in range(0 if effort == "quick" else 1):
            plan.grow(plan.withheld)
        withheld[list(plan.withheld)] = True
        moves.append(plan.used())
    _check_all_goals(problem, withheld, [move for found in moves for move in found])
    return Suppression(
        withheld=withheld,
        witnesses=_witnesses(problem.value, moves),
        lower_bound=None,
        cost=float(problem.cost[withheld & ~problem.primary].sum()),
        method="cheapest moves by linear programming, clean-up",
    )


def _forced(problem: Problem) -> Bools:
    """Groups that are withheld whatever else happens: primary ones, and those that fail a goal if published."""
    withheld = problem.primary & ~problem.hidden
    for figure, at_least in problem.goals:
        if problem.value[figure] < at_least and not problem.hidden[problem.group[figure]]:
            withheld[problem.group[figure]] = True
    clash = np.flatnonzero(withheld & problem.open)
    low = np.flatnonzero(withheld[problem.group] & (problem.value < problem.system.lower))
    if len(clash) or len(low):
        raise Unprotectable(low.tolist(), clash.tolist())
    return withheld


class _Plan:
    """Suppression of one component; grows until every need is met."""

    def __init__(self, problem: Problem, part: NDArray[np.intp], at_start: Bools, seed: int) -> None:
        self.problem, self.part, self.seed = problem, part, seed
        self.free = frozenset(np.unique(problem.group[part])[problem.hidden[np.unique(problem.group[part])]].tolist())
        self.forced = frozenset(np.flatnonzero(at_start).tolist()) & set(problem.group[part].tolist())
        self.withheld: set[int] = set(self.forced)
        here = set(part.tolist())
        self.goals = [
            Need(figure, at_least - int(problem.value[figure]))
            for figure, at_least in sorted(set(problem.goals))
            if figure in here and problem.value[figure] < at_least
        ]
        lifted = {need.figure for need in self.goals}
        self.loose = [Need(f, 0) for f in sorted(set(problem.undetermined.tolist())) if f in here and f not in lifted]
        self.knowers = sorted({frozenset(known) & here for known in problem.knowers} - {frozenset()}, key=sorted)
        self.pool: dict[int, list[Move]] = {}

    def used(self) -> list[Move]:
        """The moves that the withheld groups allow."""
        unknown = self.withheld | self.free
        return [move for moves in self.pool.values() for move in moves if move.groups <= unknown]

    def grow(self, allowed: set[int] | None) -> None:
        """Start from what is forced and open groups until every need is met, only `allowed` ones if given."""
        limit = None if allowed is None else frozenset(allowed | self.free)
        columns = self.part
        if limit is not None:
            columns = np.array([f for f in self.part if int(self.problem.group[f]) in limit], dtype=np.intp)
        search = Moves(self.problem.system, columns, self.problem.value, self.seed)
        self.withheld = set(self.forced)
        failed: list[int] = []
        done = False
        while not done:
            done = True
            for need in self._unmet():
                if need.figure in failed or any(need.met(m) for m in self._open_moves(need.figure)):
                    continue
                move = self._cheapest(search, need)
                if move is None:
                    failed.append(need.figure)
                    continue
                self.pool.setdefault(need.figure, []).append(move)
                self.withheld |= move.groups - self.free
                done = False
        if failed:
            raise Unprotectable(failed)

    def _open_moves(self, figure: int) -> Iterator[Move]:
        unknown = self.withheld | self.free
        return (move for move in self.pool.get(figure, ()) if move.groups <= unknown)

    def _unmet(self) -> Iterator[Need]:
        """Needs of the figures that are unknown now and that no open move in the pool meets, dearest first."""
        group = self.problem.group
        for need in sorted(self.goals, key=lambda need: -need.by) + self.loose:
            if int(group[need.figure]) not in self.withheld | self.free:
                continue
            moves = [move for move in self._open_moves(need.figure) if need.met(move)]
            if not moves:
                yield need
                moves = [move for move in self._open_moves(need.figure) if need.met(move)]
            if need.by:
                for known in self.knowers:
                    if need.figure not in known and not any(known.isdisjoint(move.change) for move in moves):
                        yield need._replace(known=known)

    def _cheapest(self, search: Moves, need: Need) -> Move | None:
        """The cheapest move for a need, given what is withheld already."""
        problem, groups = self.problem, self.problem.group[search.columns]
        cost = problem.cost[groups].astype(np.float64)
        known = np.array([int(g) in self.withheld or int(g) in self.free for g in groups])
        small = 1e-3 * min(1.0, float(cost[cost > 0].min(initial=1.0)))
        lift = max(1, need.by)
        up = np.where(known, small, cost / lift + small)
        down = np.where(known, small, cost / np.clip(search.room, 1, lift) + small)
        place = int(np.searchsorted(search.columns, need.figure))
        fixed = np.flatnonzero(np.isin(search.columns, list(need.known)))
        found = []
        for by in (need.by,) if need.by else (1, -1):
            change = search.one(place, by, np.concatenate([up, down]), fixed)
            if change is not None:
                moved = np.flatnonzero(change)
                opened = frozenset(groups[moved].tolist())
                price = problem.cost[list(opened - self.withheld - self.free)].sum()
                found.append((price, Move(dict(zip(search.columns[moved].tolist(), change[moved].tolist())), opened)))
        return min(found, key=lambda pair: pair[0])[1] if found else None


def _check_all_goals(problem: Problem, withheld: Bools, moves: list[Move]) -> None:
    """Goals on figures that no component moves: only their value could meet them."""
    lifted = {figure for move in moves for figure in move.change}
    stuck = [g.figure for g in problem.goals if problem.value[g.figure] < g.at_least and g.figure not in lifted]
    unknown = (withheld | problem.hidden)[problem.group]
    stuck += [int(f) for f in problem.undetermined if unknown[f] and f not in lifted]
    if stuck:
        raise Unprotectable(stuck)


def _witnesses(value: Ints, parts: list[list[Move]]) -> Ints:
    """Worlds: the truth plus one move per component, side by side."""
    worlds = np.tile(value, (max([1, *map(len, parts)]), 1))
    for moves in parts:
        for row, move in enumerate(moves):
            worlds[row, list(move.change)] += np.array(list(move.change.values()), dtype=np.int64)
    return worlds
