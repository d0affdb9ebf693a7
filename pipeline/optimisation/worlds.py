"""What a reader can deduce: other worlds that fit everything published, and figures that admit only one value.

Pure; shared by `protect` and `audit`; never sees the truth. A *world* is one whole number per figure such that every
sum holds, every inequality holds, published figures have their published value and every other figure is at least its
lower bound. Figures without a published value fall into connected components, which are solved one by one: a first
world, then worlds that lift many goals at once, then the smallest change for each goal that is left (`moves`; see
Fischetti and Salazar, Management Science 47, 2001, on attacker problems).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csc_array, csr_array, vstack

from pipeline.model.cells import AtMost, Cover, Figure, Relation
from pipeline.optimisation.exchanges import Exchanges
from pipeline.optimisation.moves import Merged, Moves, System, components, rows_of
from pipeline.optimisation.solver import EXACT, Bools, Floats, Ints, Program

BULK_ROUNDS = 12


class Goal(NamedTuple):
    """Figure number `figure` shall be able to be `at_least` or more."""

    figure: int
    at_least: int


@dataclass(frozen=True)
class Proof:
    """`met[i]`: some witness lifts goal i. `witnesses`: one world per row."""

    met: Bools
    witnesses: Ints


def system(figures: Sequence[Figure], relations: Iterable[Relation], lower: Ints | Mapping[Figure, int]) -> System:
    """The linear system of `relations`; figures keep their order; a mapping `lower` may leave out zeros."""
    number = {figure: i for i, figure in enumerate(figures)}
    sums: list[list[tuple[int, int]]] = []
    limits: list[list[tuple[int, int]]] = []
    for relation in dict.fromkeys(relations):
        if isinstance(relation, AtMost):
            limits.append([(number[relation.lesser], 1), *((number[f], -times) for f, times in relation.right)])
            continue
        total, parts = number[relation.total], [number[part] for part in relation.parts]
        left = [total]
        if isinstance(relation, Cover):
            left.append(number[relation.surplus])
            limits.extend([(part, 1), (total, -1)] for part in parts)
        sums.append([*((figure, -1) for figure in left), *((part, 1) for part in parts)])
    low = (
        np.array([lower.get(figure, 0) for figure in figures], dtype=np.int64)
        if isinstance(lower, Mapping)
        else np.asarray(lower, dtype=np.int64)
    )
    return System(_matrix(sums, len(figures)), _matrix(limits, len(figures)), low)


def _matrix(rows: list[list[tuple[int, int]]], width: int) -> csr_array:
    i = [r for r, row in enumerate(rows) for _ in row]
    j = [column for row in rows for column, _ in row]
    data = [coefficient for row in rows for _, coefficient in row]
    return csr_array(coo_array((np.array(data, dtype=np.int64), (i, j)), shape=(len(rows), width)))


def prove(system: System, known: Bools, value: Ints, goals: Sequence[Goal], *, seed: int = 0) -> Proof:
    """Which goals some world meets that fits the `known` figures, with worlds that show it.

    `value` is read only where `known`. A known figure meets a goal if its value does. Raises ValueError when the
    known figures contradict one another: then there is no world at all.
    """
    asked = [(goal.figure, 1, goal.at_least) for goal in goals]
    met, worlds = _search(system, known, _Base.of(system, known, value, seed), asked, seed)
    return Proof(met, worlds)


def determined(system: System, known: Bools, value: Ints, figures: NDArray[np.intp]) -> Bools:
    """Which of `figures` have one and the same value in every world that fits the `known` figures."""
    base = _Base.of(system, known, value, 0)
    first = base.first
    result = np.ones(len(figures), dtype=np.bool_)
    for sign in (1, -1):
        left = np.flatnonzero(result & ~known[figures])
        asked = [(int(figures[i]), sign, int(sign * first[figures[i]]) + 1) for i in left]
        met, worlds = _search(system, known, base, asked, 0)
        result[left[met]] = False
        result &= (worlds[:, figures] == first[figures]).all(axis=0)
    return result


class _Base(NamedTuple):
    """A first world, and the components of what is not known."""

    first: Ints
    parts: list[NDArray[np.intp]]

    @classmethod
    def of(cls, system: System, known: Bools, value: Ints, seed: int) -> _Base:
        """Raises ValueError where there is no world."""
        fixed = np.where(known, value, 0).astype(np.int64)
        first, parts = fixed.copy(), components(system, ~known)
        rest = tuple(-(matrix @ fixed).astype(np.float64) for matrix in (system.sums, system.limits))
        for part in parts:
            first[part] = _first(system, part, rest, seed)
        if not system.holds(first):
            raise ValueError("the published figures contradict one another")
        return cls(first, parts)


def _search(
    system: System, known: Bools, base: _Base, asked: Sequence[tuple[int, int, int]], seed: int
) -> tuple[Bools, Ints]:
    """Worlds in which sign · x[figure] ≥ least for as many of the `asked` (figure, sign, least) as possible."""
    first, parts = base
    figure, sign, least = np.array(list(asked), dtype=np.int64).reshape(-1, 3).T
    met, moves = known[figure] & (sign * first[figure] >= least), []
    home = np.full(len(first), -1)
    for number, part in enumerate(parts):
        home[part] = number
    for number in np.unique(home[figure[~known[figure]]]):
        mine = np.flatnonzero(home[figure] == number)
        part = parts[number]
        place = np.searchsorted(part, figure[mine])
        done, found = _lift(Moves.of(system, part, first, seed), place, sign[mine], least[mine], seed)
        met[mine] = done
        moves.append((part, found))
    worlds = np.tile(first, (max([1, *(len(found) for _, found in moves)]), 1))
    for part, found in moves:
        for row, move in enumerate(found):
            worlds[row, part] += move
    return met, worlds


def _first(system: System, part: NDArray[np.intp], left: tuple[Floats, ...], seed: int) -> Ints:
    """Any whole-number world of one component. `left`: what each sum and inequality leaves to what is not known."""
    blocks = [rows_of(matrix, part) for matrix in system.by_figure]
    rest = [each[rows] for each, (_, rows) in zip(left, blocks, strict=True)]
    low = np.concatenate([rest[0], np.full(len(rest[1]), -np.inf)])
    matrix, lower = csc_array(vstack([block for block, _ in blocks])), system.lower[part].astype(np.float64)
    program = Program(matrix, low, np.concatenate(rest), lower, np.full(len(part), np.inf), seed)
    cost = np.random.default_rng(seed).uniform(1.0, 2.0, len(part))
    solution = program.solve(cost, presolve=True)
    if solution is None:
        raise ValueError("the published figures contradict one another")
    rounded = np.rint(solution)
    if np.abs(solution - rounded).max() <= EXACT:
        return rounded.astype(np.int64)
    found = program.whole(cost)
    if found is None:
        raise ValueError("no whole-number world fits the published figures")
    return found


def _lift(moves: Moves, place: Ints, sign: Ints, least: Ints, seed: int) -> tuple[Bools, list[Ints]]:
    """Moves of one component that together meet the goals that can be met; many at once first, then one by one."""
    need = sign * least - moves.base[place]
    met = need * sign <= 0
    found: list[Ints] = [np.zeros(moves.size, dtype=np.int64)]
    random, merged = np.random.default_rng(seed), Merged(moves)

    def note(move: Ints | None) -> int:
        if move is None:
            return 0
        new = ~met & (sign * move[place] >= sign * need)
        if new.any():
            found.append(move)
            met[new] = True
        return int(new.sum())

    idle = 0
    for _ in range(BULK_ROUNDS):
        left = np.flatnonzero(~met)
        if len(left) < 4 or idle == 2:
            break
        left = left[np.lexsort((-np.abs(need[left]), place[left]))]  # the largest need of each figure, once
        left = left[np.unique(place[left], return_index=True)[1]]
        weight = random.uniform(1.0, 10.0, len(left))
        found_now = merged.many(place[left], need[left], weight, np.full(2 * moves.size, 1e-3))
        gained = note(np.sum(found_now, axis=0)) if found_now else 0
        idle = 0 if gained > 2 else idle + 1
    exchanges = Exchanges(moves) if merged.slow and not met.all() else None
    for i in np.flatnonzero(~met):
        if met[i]:
            continue
        asked, nothing = (int(place[i]), int(need[i])), np.empty(0, dtype=np.intp)
        if exchanges is None or not note(exchanges.one(*asked, np.ones(moves.size), nothing, better=False)):
            note(merged.one(*asked, np.ones(2 * moves.size)))
    return met, found
