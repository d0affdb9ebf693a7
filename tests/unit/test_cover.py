"""The cheapest choice among the moves that are known: a group is paid for once, and every reader is thought of."""

from __future__ import annotations

import numpy as np

from pipeline.confidential.suppression.cover import cheapest
from pipeline.confidential.suppression.cuts import Need
from pipeline.confidential.suppression.move_pool import Pool
from pipeline.optimisation.solver import Bools

COST = np.array([0.0, 0.0, 5.0, 5.0, 6.0])
START = np.array([True, True, False, False, False])
PRESENT = np.array([True, True, True, True, False])


def pool(knowers: tuple[frozenset[int], ...] = ()) -> Pool:
    """Figures 0 and 1 must rise by 4: either by a figure of its own (2, 3), both by figure 4; each figure is a group."""
    found = Pool({0: Need(0, 4), 1: Need(1, 4)}, np.arange(5), knowers)
    for figure, other in ((0, 2), (1, 3), (0, 4), (1, 4)):
        moved = np.array([figure, other])
        found.add(moved, np.array([4, -4]), moved)
    found.withhold(PRESENT)
    return found


def chosen(found: Bools | None) -> list[int]:
    assert found is not None
    return np.flatnonzero(found).tolist()


def test_one_group_that_serves_two_is_taken_for_two_that_serve_one_each() -> None:
    assert chosen(cheapest(pool(), COST, START, PRESENT)) == [0, 1, 4]


def test_where_nothing_costs_less_nothing_is_chosen() -> None:
    dear = np.array([0.0, 0.0, 5.0, 5.0, 11.0])
    assert cheapest(pool(), dear, START, PRESENT) is None


def test_a_move_that_a_reader_sees_through_does_not_meet_what_must_hold_for_her() -> None:
    """Who knows figure 4 exactly sees that it did not move: for her 2 and 3 are needed all the same."""
    assert cheapest(pool((frozenset({4}),)), COST, START, PRESENT) is None


def test_what_is_asked_only_of_what_is_withheld_is_not_asked_of_what_is_published() -> None:
    """Figure 3 must be in doubt if it is withheld; where it is published nothing has to be paid for that."""
    found = Pool({0: Need(0, 4), 3: Need(3, 1, 1)}, np.arange(5), ())
    for moved, by in (([0, 3, 2], [4, -4, 1]), ([0, 4], [4, -4])):
        found.add(np.array(moved), np.array(by), np.array(moved))
    found.withhold(PRESENT)
    assert chosen(cheapest(found, COST, START, PRESENT)) == [0, 1, 4]


def test_what_no_known_move_puts_in_doubt_is_not_withheld() -> None:
    """Figure 4 would serve both, but its group has figure 5 too, which must be in doubt if it is withheld."""
    found = Pool({0: Need(0, 4), 1: Need(1, 4), 5: Need(5, 1, 1)}, np.array([0, 1, 2, 3, 4, 4]), ())
    for figure, other in ((0, 2), (1, 3), (0, 4), (1, 4)):
        moved = np.array([figure, other])
        found.add(moved, np.array([4, -4]), moved)
    found.withhold(PRESENT)
    assert cheapest(found, COST, START, PRESENT) is None
