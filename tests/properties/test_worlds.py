"""What `worlds` says equals what an enumeration of all worlds says, on random tiny systems."""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from pipeline.optimisation.worlds import Goal, determined, prove
from tests.properties.oracle import all_worlds
from tests.properties.systems import Tiny, tiny_systems


@st.composite
def published(draw: st.DrawFn) -> tuple[Tiny, np.ndarray]:
    """A tiny system and which of its figures are published; totals are, so that the worlds can be counted."""
    tiny = draw(tiny_systems())
    n = len(tiny.value)
    known = np.ones(n, dtype=np.bool_)
    can = np.flatnonzero((tiny.value >= tiny.system.lower) & ~np.isin(np.arange(n), tiny.top))
    assume(len(can) > 0)
    known[draw(st.lists(st.sampled_from(can.tolist()), min_size=1, max_size=4, unique=True))] = False
    return tiny, known


@given(published(), st.integers(1, 5))
def test_a_goal_is_met_exactly_when_some_world_of_all_meets_it(case: tuple[Tiny, np.ndarray], least: int) -> None:
    tiny, known = case
    worlds = all_worlds(tiny.system, known, tiny.value, int(tiny.value.max()) + least)
    goals = [Goal(figure, least) for figure in range(len(known))]
    proof = prove(tiny.system, known, tiny.value, goals)
    assert proof.met.tolist() == (worlds >= least).any(axis=0).tolist()


@given(published(), st.integers(1, 5))
def test_every_witness_is_a_world_and_together_they_meet_what_is_met(case: tuple[Tiny, np.ndarray], least: int) -> None:
    tiny, known = case
    goals = [Goal(figure, least) for figure in range(len(known))]
    proof = prove(tiny.system, known, tiny.value, goals)
    for world in proof.witnesses:
        assert tiny.system.holds(world)
        assert (world[known] == tiny.value[known]).all()
        assert (world[~known] >= tiny.system.lower[~known]).all()
    assert ((proof.witnesses >= least).any(axis=0) >= proof.met).all()


@given(published())
def test_a_figure_is_determined_exactly_when_all_worlds_agree_on_it(case: tuple[Tiny, np.ndarray]) -> None:
    tiny, known = case
    worlds = all_worlds(tiny.system, known, tiny.value, int(tiny.value.max()) + 2)
    told = determined(tiny.system, known, tiny.value, np.arange(len(known)))
    assert told.tolist() == (worlds == worlds[0]).all(axis=0).tolist()


@given(published())
def test_the_answer_is_the_same_every_time(case: tuple[Tiny, np.ndarray]) -> None:
    tiny, known = case
    goals = [Goal(figure, 5) for figure in range(len(known))]
    first, second = (prove(tiny.system, known, tiny.value, goals, seed=3) for _ in range(2))
    assert (first.witnesses == second.witnesses).all()
