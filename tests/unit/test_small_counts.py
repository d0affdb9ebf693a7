"""Tables of small counts in many ways: hardly a move is whole, and each program is slow; the number of programs is bounded."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from pipeline.confidential.suppression.problem import Problem
from pipeline.confidential.suppression.suppress import suppress
from pipeline.optimisation import solver
from pipeline.optimisation.exchanges import Exchanges
from pipeline.optimisation.moves import Moves
from pipeline.optimisation.worlds import prove
from tests.benchmarks.suppression import of_counts

K = 5


def table(sizes: tuple[int, ...], records: int) -> tuple[csr_array, NDArray[np.int64]]:
    """The sums of a table with all its margins, and its counts: few records, most of them in few cells."""
    random = np.random.default_rng(1)
    share = [1 / np.arange(1, size + 1) ** 1.1 for size in sizes]
    codes = [random.choice(len(each), records, p=each / each.sum()) for each in share]
    count = np.zeros(sizes, dtype=np.int64)
    np.add.at(count, tuple(codes), 1)
    for axis in range(len(sizes)):
        count = np.concatenate([count.sum(axis, keepdims=True), count], axis)
    number, entries = np.arange(count.size).reshape(count.shape), []
    for axis in range(len(sizes)):
        along = np.moveaxis(number, axis, 0)
        for place in itertools.product(*map(range, along.shape[1:])):
            total, *parts = (int(line[place]) for line in along)
            entries.append([(total, -1), *((part, 1) for part in parts)])
    at = [(row, cell, sign) for row, cells in enumerate(entries) for cell, sign in cells]
    row, cell, sign = np.array(at).T
    return csr_array(coo_array((sign, (row, cell)), shape=(len(entries), count.size))), count.ravel()


def problem(sizes: tuple[int, ...], records: int) -> Problem:
    """Counts under K are primary; nobody, and the grand total, stay published."""
    return of_counts(*table(sizes, records), K)


def test_where_programs_are_slow_there_are_few_and_the_choice_is_safe(monkeypatch: pytest.MonkeyPatch) -> None:
    case = problem((3, 3, 2, 2, 2), 100)
    ran: Counter[str] = Counter()
    for name in ("solve", "whole"):
        before = getattr(solver.Program, name)

        def counting(*args: object, _name: str = name, _before: object = before, **more: object) -> object:
            ran[_name] += 1
            return _before(*args, **more)  # type: ignore[operator]

        monkeypatch.setattr(solver.Program, name, counting)
    monkeypatch.setattr(solver, "STEPS", 100)  # small as the table is, its programs count as slow
    told: list[tuple[int, int]] = []
    chosen = suppress(case, progress=lambda met, of: told.append((met, of)))
    programs = sum(ran.values())
    proof = prove(case.system, ~chosen.withheld, case.value, case.goals)
    assert proof.met.all()
    assert not (chosen.withheld & case.open).any()
    assert programs <= 200  # twice as many without a bound, and in a table of thousands of cells each takes seconds
    assert told, "a run that will take long says so"
    assert all(met <= of == int(case.primary.sum()) for met, of in told)


def test_an_exchange_is_a_move() -> None:
    case = problem((3, 3, 2), 200)
    can = np.flatnonzero(~case.open)
    moves = Moves.of(case.system, can, case.value)
    exchanges, found = Exchanges(moves), 0
    for place in range(moves.size):
        fixed = np.array([(place + 1) % moves.size])
        move = exchanges.one(place, 4, case.cost[can], fixed)
        if move is not None:
            found += 1
            assert moves.valid(move)
            assert move[place] >= 4
            assert not move[fixed].any()
    assert found > moves.size / 2
