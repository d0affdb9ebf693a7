"""The cheapest choice of groups among the moves that are known already: a whole-number program. Pure.

Each move was looked for at the prices of its own moment. All of them together often meet every need at less than the
groups that they opened one after another: a group is paid for once, and a move counts where all its groups are paid for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import highspy
import numpy as np
from scipy.sparse import coo_array, csc_array

from pipeline.confidential.suppression.move_pool import Pool
from pipeline.optimisation.solver import EXACT, Bools, Floats, solver

ENTRIES = 30_000
"""So many pairs of a move and a group that it needs are weighed at most: first those within the present choice, then the rest
by what they would add to its cost.
"""
SEARCH_NODES, WITHIN = 40, 0.001
"""Search nodes for one program, and how near to its best choice is near enough (a share)."""


class _Way(NamedTuple):
    """A set of groups that together allow moves: `groups` to be paid for, and the readers who see through them (a bit set)."""

    groups: tuple[int, ...]
    seen: int


def cheapest(pool: Pool, cost: Floats, start: Bools, withheld: Bools, seed: int = 0) -> Bools | None:
    """A choice of groups that costs less than `withheld`, meets every need by known moves, and has all of `start`.

    None where none is found; `withheld` must be such a choice itself. `cost`: one per group.
    """
    ways = _weighed(pool, cost, start, withheld)
    groups = np.array(sorted({group for way in ways for group in way.groups}), dtype=np.int64)
    if not len(groups):
        return None
    column = {group: place for place, group in enumerate(groups.tolist())}
    rows, low = _rows(pool, ways, column, start)
    price = np.concatenate([cost[groups], np.zeros(len(ways))])
    chosen = _solve(rows, low, price, len(groups), float(cost[withheld & ~start].sum()), seed)
    if chosen is None:
        return None
    result = start.copy()
    result[groups[chosen]] = True
    return result


def _weighed(pool: Pool, cost: Floats, start: Bools, withheld: Bools) -> dict[_Way, set[int]]:
    """The ways to weigh, each with the needs that it meets; those that are free meet their needs in any case."""
    every: dict[_Way, set[int]] = {}
    for move, lifted in zip(pool.moves, pool.lifted, strict=True):
        if lifted:
            way = _Way(tuple(group for group in move.groups if not start[group]), move.seen)
            every.setdefault(way, set()).update(lifted)
    added = {way: float(sum(cost[group] for group in way.groups if not withheld[group])) for way in every}
    result, entries = dict[_Way, set[int]](), 0
    for way in sorted(every, key=lambda way: (added[way], len(way.groups), way.groups, way.seen)):
        entries += len(way.groups)
        if entries > ENTRIES and added[way] > 0:
            break
        result[way] = every[way]
    return result


def _rows(
    pool: Pool, ways: Mapping[_Way, set[int]], column: Mapping[int, int], start: Bools
) -> tuple[csc_array, Floats]:
    """Columns: a group each, then a way each. Rows: no way without each of its groups; for each need enough ways."""
    row, col, value, low = list[int](), list[int](), list[float](), list[float]()
    first = len(column)
    for place, way in enumerate(ways):
        for group in way.groups:
            row += [len(low)] * 2
            col += [column[group], first + place]
            value += [1.0, -1.0]
            low.append(0.0)
    meeting: dict[int, list[int]] = {figure: [] for figure in pool.needs}
    seen = [way.seen for way in ways]
    for place, figures in enumerate(ways.values()):
        for figure in figures:
            meeting[figure].append(place)
    asked = dict.fromkeys(
        (int(pool.group[figure]), some)
        for figure, places in meeting.items()
        if start[pool.group[figure]] or int(pool.group[figure]) in column
        for some in _enough(pool, figure, places, seen)
    )
    for group, some in asked:
        row += [len(low)] * len(some)
        col += [first + place for place in some]
        value += [1.0] * len(some)
        if group in column:  # asked only where it is withheld
            row.append(len(low))
            col.append(column[group])
            value.append(-1.0)
        low.append(0.0 if group in column else 1.0)
    return csc_array(coo_array((value, (row, col)), shape=(len(low), first + len(ways)))), np.array(low)


def _enough(pool: Pool, figure: int, places: list[int], seen: list[int]) -> Iterator[tuple[int, ...]]:
    """Sets of ways of which one each is needed: one for all readers, one for each who sees through some of them. A set of
    none: what asks for it cannot be withheld.
    """
    yield tuple(places)
    if pool.needs[figure].down or not pool.knowers:
        return
    through = 0
    for place in places:
        through |= seen[place]
    through &= ~pool.known.get(figure, 0)
    while through:
        reader = through & -through
        through ^= reader
        yield tuple(place for place in places if not seen[place] & reader)


def _solve(rows: csc_array, low: Floats, price: Floats, groups: int, most: float, seed: int) -> Bools | None:
    """Which groups to choose at less than `most`; None if no such choice is found.

    A group whose reduced cost is more than what is left between the relaxation and `most` is in no cheaper choice.
    """
    high, bottom, top = np.full(len(low), np.inf), np.zeros(len(price)), np.ones(len(price))
    model = solver(rows, (low, high), (bottom, top), price, seed=seed)
    model.run()
    relaxed = float(model.getInfo().objective_function_value)
    if model.getModelStatus() != highspy.HighsModelStatus.kOptimal or relaxed >= most - EXACT:
        return None
    reduced = np.array(model.getSolution().col_dual)[:groups]
    top[:groups][reduced > most - relaxed] = 0.0
    bottom[:groups][reduced < relaxed - most] = 1.0
    model = solver(rows, (low, high), (bottom, top), price, np.arange(len(price)) < groups, seed)
    for option, setting in (("mip_rel_gap", WITHIN), ("mip_max_nodes", SEARCH_NODES)):
        model.setOptionValue(option, setting)
    model.run()
    info = model.getInfo()
    found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    if not found or info.objective_function_value >= most - EXACT:
        return None
    return np.array(model.getSolution().col_value)[:groups] > 0.5
