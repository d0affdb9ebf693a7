"""Which cells to withhold: numbers in, numbers out; pure.

In comes a linear system with the true values, the cells (groups of figures) that must be withheld and what must stay
possible; out comes a set of groups such that a reader of all the others still finds every goal possible, with the
worlds that show it and a lower bound on the cost of any such set. The method is that of Fischetti and Salazar
(Management Science 47, 2001), per connected component: the cheapest choice under the cuts known so far (`cuts`) is
proposed; what it lacks is opened by the cheapest moves away from the truth, found by linear programming; a clean-up
publishes again what no move needs; and the reasons why the proposal was lacking become new cuts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..worlds import EXACT, Bools, Floats, Goal, Ints, Moves, System, components
from .cuts import Cut, Master, Need, Shape


@dataclass(frozen=True)
class Problem:
    """Per figure: `value` (the truth) and `group`. Per group: `hidden` (never published, costs nothing), `open` (must
    stay published), `primary` (must be withheld) and `cost` (positive).

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


class Effort(NamedTuple):
    """Rounds of cuts, the gap and the nodes for each proposal, and the gap at which to stop. No clock: one mask."""

    rounds: int
    gap: float
    nodes: int
    enough: float


EFFORTS = {
    "quick": Effort(rounds=1, gap=0.01, nodes=1, enough=0.05),
    "normal": Effort(rounds=6, gap=0.005, nodes=1, enough=0.05),
    "best": Effort(rounds=150, gap=0.0, nodes=20_000, enough=0.0),
}


class Move(NamedTuple):
    """A way from the truth to another world, in figures of one component, with bit sets of figures and of groups."""

    change: dict[int, int]
    figures: int
    groups: int


def suppress(problem: Problem, *, effort: str = "normal", seed: int = 0) -> Suppression:
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
    parts = [part for part in components(problem.system, movable, problem.group) if (needed[part] >= 0).any()]
    plans = [_Plan(problem, part, forced, needed, seed) for part in parts]
    withheld = forced.copy()
    for plan in plans:
        plan.optimise(EFFORTS[effort])
        withheld[plan.names[_members(plan.withheld & ~plan.hidden)]] = True
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


def _needed(problem: Problem) -> Ints:
    """Per figure: by how much it must be able to rise; 0 if a change in any direction will do, −1 if nothing is asked."""
    by = np.full(len(problem.value), -1, dtype=np.int64)
    by[problem.undetermined] = 0
    for figure, at_least in problem.goals:
        if at_least > problem.value[figure]:
            by[figure] = max(by[figure], at_least - problem.value[figure])
    return by


def _witnesses(value: Ints, plans: list[_Plan]) -> Ints:
    """Worlds: the truth plus one move per component, side by side."""
    used = [plan.used() for plan in plans]
    worlds = np.tile(value, (max([1, *map(len, used)]), 1))
    for plan, moves in zip(plans, used, strict=True):
        for row, move in enumerate(moves):
            worlds[row, plan.part[list(move.change)]] += np.array(list(move.change.values()), dtype=np.int64)
    return worlds


class _Plan:
    """Suppression of one component. Figures and groups have numbers of their own here; sets of them are bit sets."""

    def __init__(self, problem: Problem, part: NDArray[np.intp], forced: Bools, needed: Ints, seed: int) -> None:
        self.names, group = np.unique(problem.group[part], return_inverse=True)
        self.system, self.value, self.part, self.seed = problem.system, problem.value, part, seed
        self.group: Ints = group.astype(np.int64)
        self.cost: Floats = problem.cost[self.names].astype(np.float64)
        self.hidden = _bits(np.flatnonzero(problem.hidden[self.names]))
        settled = (problem.hidden | forced)[self.names]
        self.start = _bits(np.flatnonzero(settled))
        self.withheld, self.price, self.bound = self.start, np.inf, 0.0
        self.everything = _Search(self, np.arange(len(part)))
        self.shape = Shape(self.everything.moves, self.group, settled)
        by = {place: amount for place, amount in enumerate(needed[part].tolist()) if amount >= 0}
        self.by = by
        self.needs = [Need(figure, amount) for figure, amount in sorted(by.items(), key=lambda item: (-item[1], item))]
        self.pool: dict[int, list[Move]] = {figure: [] for figure in by}
        here = {figure: place for place, figure in enumerate(part.tolist())} if problem.knowers else {}
        known = {frozenset(here[f] for f in figures if f in here) for figures in problem.knowers}
        self.knowers = {figures: _bits(figures) for figures in sorted(known - {frozenset()}, key=sorted)}
        self.knows: dict[int, list[frozenset[int]]] = {}
        for figures in self.knowers:
            for figure in figures:
                self.knows.setdefault(figure, []).append(figures)

    def optimise(self, effort: Effort) -> None:
        """Choose by the cuts, open what the choice lacks, clean up; what it lacked becomes the next cuts."""
        master = Master(self.cost, np.flatnonzero(~self.shape.settled), self.shape.bridges(), self.seed)
        master.add(self.shape.rows(self.needs, list(self.knowers)))
        for _ in range(effort.rounds):
            solved = master.solve(effort.gap, effort.nodes)
            if solved is None:
                break
            proposed = self.start | _bits(solved[0])
            self.bound = max(self.bound, solved[1])
            lacking = self.lacking(proposed)
            self.keep(self.clean(self.opened(proposed)))
            if self.price <= self.bound * (1 + effort.enough) + EXACT:
                break
            if not master.add(cut for need in lacking for cut in self.reasons(need, proposed)):
                break
        if self.price == np.inf:
            self.keep(self.clean(self.opened(self.start)))

    def keep(self, withheld: int) -> None:
        """Remember the cheapest safe set so far."""
        price = float(self.cost[_members(withheld & ~self.start)].sum())
        if price < self.price:
            self.withheld, self.price = withheld, price

    def lack(self, need: Need, withheld: int) -> Need | None:
        """What of an active need the known moves within the `withheld` groups leave unmet, if anything."""
        published = ~withheld
        moves = [move for move in self.pool[need.figure] if not move.groups & published]
        if not moves:
            return need
        if need.by and self.knowers:
            rest = [move.figures for move in moves[1:]]
            for figure in moves[0].change:
                for known in self.knows.get(figure, ()):
                    mask = self.knowers[known]
                    if need.figure not in known and all(figures & mask for figures in rest):
                        return need._replace(known=known)
        return None

    def active(self, withheld: int) -> list[Need]:
        """Needs of figures that are not published."""
        flags = _flags(withheld, len(self.names))
        return [need for need in self.needs if flags[self.group[need.figure]]]

    def lacking(self, withheld: int) -> list[Need]:
        """All needs that no move within the `withheld` groups meets."""
        inside, lacks = self.inside(withheld), []
        for need in self.active(withheld):
            tried: set[Need] = set()
            while (lack := self.lack(need, withheld)) is not None and lack not in tried:
                tried.add(lack)
                if inside.find(lack) is None:
                    lacks.append(lack)
        return lacks

    def opened(self, withheld: int) -> int:
        """The groups `withheld` and those that the cheapest moves for unmet needs open besides."""
        before, failed = -1, set()
        while before != withheld:
            before = withheld
            for need in self.active(withheld):
                while need.figure not in failed and (lack := self.lack(need, withheld)) is not None:
                    move = self.everything.find(lack, withheld)
                    if move is None:
                        failed.add(need.figure)
                    else:
                        withheld |= move.groups
        if failed:
            raise Unprotectable(self.part[sorted(failed)].tolist())
        return withheld

    def clean(self, withheld: int) -> int:
        """Publish again, the dearest first, what all needs can do without."""
        inside = self.inside(withheld)
        groups = np.array(_members(withheld & ~self.start), dtype=np.int64)
        for group in groups[np.argsort(-self.cost[groups], kind="stable")].tolist():
            trial = withheld & ~(1 << group)
            if self.fits(inside, trial):
                withheld = trial
        return withheld

    def fits(self, inside: _Search, withheld: int) -> bool:
        for need in self.active(withheld):
            while (lack := self.lack(need, withheld)) is not None:
                if inside.find(lack, withheld, only=True) is None:
                    return False
        return True

    def reasons(self, need: Need, withheld: int) -> Iterator[Cut]:
        """Cuts that a choice violates which does not meet `need`."""
        search, fixed = self.everything.moves, np.array(sorted(need.known), dtype=np.intp)
        prices = self.everything.prices(withheld, need.by, 0.0)
        barriers = [search.barrier(need.figure, by, prices, fixed) for by in ((need.by,) if need.by else (1, -1))]
        pull, spare = np.zeros(search.size), 0.0
        for barrier in barriers:
            if barrier is None:
                return
            pull, spare = barrier if need.by else (pull + np.abs(barrier[0]), max(spare, barrier[1]))
        figures = np.flatnonzero(np.abs(pull) > EXACT)
        cut = self.shape.capacity(figures, pull[figures], spare, need)
        if cut is not None:
            yield cut

    def inside(self, withheld: int) -> _Search:
        return _Search(self, np.flatnonzero(_flags(withheld, len(self.names))[self.group]))

    def note(self, change: dict[int, int]) -> Move:
        """Put a move into the pool of every figure whose need it meets."""
        groups = {int(self.group[figure]) for figure in change}
        move = Move(change, _bits(change), _bits(groups))
        for figure, amount in change.items():
            if figure in self.by and (amount >= self.by[figure] if self.by[figure] else amount):
                self.pool[figure].append(move)
        return move

    def used(self) -> list[Move]:
        """Moves within the withheld groups that together meet every need."""
        chosen: dict[int, Move] = {}
        for need in self.active(self.withheld):
            moves = [move for move in self.pool[need.figure] if not move.groups & ~self.withheld]
            moves.sort(key=lambda move: id(move) not in chosen)
            left = {known for known in self.knowers if need.figure not in known} if need.by else set()
            for place, move in enumerate(moves):
                hit = {known for known in left if self.knowers[known] & move.figures}
                if place == 0 or hit != left:
                    chosen[id(move)] = move
                    left = hit
                if not left:
                    break
        return list(chosen.values())


class _Search:
    """The moves over some figures of a plan: a Moves object that speaks the plan's numbers."""

    def __init__(self, plan: _Plan, figures: NDArray[np.intp]) -> None:
        self.plan, self.figures = plan, figures
        self.moves = Moves(plan.system, plan.part[figures], plan.value, plan.seed)
        self.group = plan.group[figures]

    def prices(self, withheld: int, by: int, small: float) -> Floats:
        """Per unit moved: `small` for withheld groups; for others what stands for their cost at a lift of `by`."""
        cost, lift = self.plan.cost[self.group], max(1, by)
        known = _flags(withheld, len(self.plan.names))[self.group]
        up = np.where(known, small, cost / lift + small)
        down = np.where(known, small, cost / np.clip(self.moves.room, 1, lift) + small)
        return np.concatenate([up, down])

    def find(self, need: Need, withheld: int = -1, only: bool = False) -> Move | None:
        """The cheapest move for a need when `withheld` groups are free (`only`: when no others may move)."""
        place = int(np.searchsorted(self.figures, need.figure))
        fixed = np.flatnonzero(np.isin(self.figures, list(need.known))) if need.known else np.empty(0, dtype=np.intp)
        if only:
            barred = ~_flags(withheld, len(self.plan.names))[self.group]
            fixed = np.union1d(fixed, np.flatnonzero(barred))
            prices = np.ones(2 * len(self.figures))
        else:
            prices = self.prices(withheld, need.by, 1e-3)
        hard = len(self.figures) == len(self.plan.part)
        found = [self.moves.one(place, by, prices, fixed, hard) for by in ((need.by,) if need.by else (1, -1))]
        moves = [move for move in found if move is not None]
        if not moves:
            return None
        move = min(moves, key=lambda move: float(prices[: len(move)] @ np.abs(move)))
        moved = np.flatnonzero(move)
        return self.plan.note(dict(zip(self.figures[moved].tolist(), move[moved].tolist(), strict=True)))


def _bits(members: Iterable[int] | Ints) -> int:
    """A set of small numbers as the bits of one integer."""
    flags = np.zeros(max(members, default=-1) + 1, dtype=np.uint8)
    flags[list(members)] = 1
    return int.from_bytes(np.packbits(flags, bitorder="little").tobytes(), "little")


def _flags(bits: int, size: int) -> Bools:
    """A bit set as an array of `size` flags; −1 is the set of all."""
    raw = (bits & ((1 << size) - 1)).to_bytes((size + 7) // 8, "little")
    return np.unpackbits(np.frombuffer(raw, dtype=np.uint8), count=size, bitorder="little").astype(np.bool_)


def _members(bits: int) -> list[int]:
    return np.flatnonzero(_flags(bits, bits.bit_length())).tolist()
