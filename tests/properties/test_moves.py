"""Moves of figures that are taken as one where they can only move together are the moves of the figures themselves."""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from pipeline.optimisation.moves import Merged, Moves, System
from tests.properties.systems import Tiny, tiny_systems


@st.composite
def withheld(draw: st.DrawFn) -> tuple[Tiny, Moves]:
    """A tiny system and the moves of some of its figures from the truth."""
    tiny = draw(tiny_systems())
    can = np.flatnonzero(tiny.value >= tiny.system.lower)
    assume(len(can) > 1)
    some = draw(st.lists(st.sampled_from(can.tolist()), min_size=2, max_size=9, unique=True))
    return tiny, Moves.of(tiny.system, np.sort(np.array(some)), tiny.value)


@given(withheld(), st.data())
def test_a_figure_can_move_as_one_with_others_exactly_when_it_can_move(
    case: tuple[Tiny, Moves], data: st.DataObject
) -> None:
    tiny, moves = case
    figure = data.draw(st.integers(0, moves.size - 1))
    by = data.draw(st.sampled_from([-2, -1, 1, 2, 4]))
    held = data.draw(st.lists(st.integers(0, moves.size - 1).filter(lambda place: place != figure), max_size=2))
    fixed = np.array(sorted(set(held)), dtype=np.intp)
    prices = np.array(
        data.draw(st.lists(st.integers(1, 9), min_size=2 * moves.size, max_size=2 * moves.size)), dtype=float
    )
    alone, merged = moves.one(figure, by, prices, fixed), Merged(moves).one(figure, by, prices, fixed)
    assert (alone is None) == (merged is None)
    if merged is None:
        return
    assert merged[figure] / by >= 1
    assert not merged[fixed].any()
    assert moves.valid(merged)
    world = tiny.value.copy()
    world[moves.columns] += merged
    assert tiny.system.holds(world)


@given(withheld(), st.data())
def test_moves_of_many_as_one_are_moves(case: tuple[Tiny, Moves], data: st.DataObject) -> None:
    _, moves = case
    figures = np.array(data.draw(st.lists(st.integers(0, moves.size - 1), min_size=1, max_size=4, unique=True)))
    by = np.array(data.draw(st.lists(st.sampled_from([-1, 1, 4]), min_size=len(figures), max_size=len(figures))))
    fixed = np.array(data.draw(st.lists(st.integers(0, moves.size - 1), max_size=1)), dtype=np.intp)
    found = Merged(moves).many(figures, by, np.ones(len(figures)), np.full(2 * moves.size, 1e-3), fixed)
    for move in found:
        assert moves.valid(move)
        assert not move[fixed].any()


@given(withheld(), st.data())
def test_what_is_asked_of_many_is_lifted_where_nothing_else_is_asked(
    case: tuple[Tiny, Moves], data: st.DataObject
) -> None:
    """Up and down again is no lift, even where a figure has room for both."""
    _, moves = case
    figure = data.draw(st.integers(0, moves.size - 1))
    by = data.draw(st.sampled_from([-2, -1, 1, 2, 4]))
    prices = np.full(2 * moves.size, 1e-3)
    for search in (moves, Merged(moves)):
        found = search.many(np.array([figure]), np.array([by]), np.ones(1), prices)
        lifted = any(move[figure] / by >= 1 for move in found)
        assert lifted == (search.one(figure, by, prices) is not None)


def test_what_is_alone_in_a_sum_stays_and_what_is_alone_with_another_goes_with_it() -> None:
    """a + b is published: a one way, b the other. u − t is: t goes with u. d is alone in a sum and stays."""
    a, b, t, u, d = range(5)
    sums = csr_array(np.array([[1, 1, 0, 0, 0], [0, 0, 1, -1, 0], [0, 0, 0, 0, 1]]))
    system = System(sums, csr_array((0, 5), dtype=np.int64), np.zeros(5, dtype=np.int64))
    merged = Merged(Moves.of(system, np.arange(5), np.array([3, 1, 2, 2, 7])))

    def one(figure: int, by: int, *fixed: int) -> list[int] | None:
        move = merged.one(figure, by, np.ones(10), np.array(fixed, dtype=np.intp))
        return None if move is None else move.tolist()

    assert one(a, 1) == [1, -1, 0, 0, 0]
    assert one(a, 2) is None  # b has one to give
    assert one(b, 3) == [-3, 3, 0, 0, 0]
    assert one(u, -2) == [0, 0, -2, -2, 0]
    assert one(d, 1) is None
    assert one(t, 1, u) is None
    found = merged.many(np.array([a, b, d]), np.array([1, 2, 1]), np.ones(3), np.full(10, 1e-3))
    assert [move.tolist() for move in found] == [[-2, 2, 0, 0, 0]]  # of two that are one, the one that asks for more
