"""What `suppress` chooses is safe by enumeration of all worlds, and nothing cheaper than its lower bound is."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipeline.confidential.suppression.problem import Problem, Unprotectable
from pipeline.confidential.suppression.suppress import suppress
from pipeline.optimisation.worlds import Goal
from tests.properties.oracle import all_worlds
from tests.properties.systems import Tiny, tiny_systems

K = 3


def problem(tiny: Tiny, singles: bool, measures_too: bool) -> Problem:
    """Every figure is a group of its own; zeros and grand totals stay published; counts under K are primary."""
    n = len(tiny.value)
    stays = tiny.value < tiny.system.lower
    stays |= tiny.value == 0
    stays[list(tiny.top)] = True
    primary = (tiny.value > 0) & (tiny.value < K) & ~stays
    return Problem(
        system=tiny.system,
        value=tiny.value,
        group=np.arange(n, dtype=np.int64),
        hidden=np.zeros(n, dtype=np.bool_),
        open=stays,
        primary=primary,
        cost=tiny.value.astype(np.float64) + 1.0,
        goals=tuple(Goal(int(figure), K) for figure in np.flatnonzero(primary)),
        undetermined=np.arange(n) if measures_too else np.flatnonzero(primary),
        knowers=tuple((int(f),) for f in np.flatnonzero(primary & (tiny.value == 1))) if singles else (),
    )


def safe(case: Problem, withheld: NDArray[np.bool_]) -> bool:
    """Rules 2, 3 and 4 by enumeration, with worlds in which no figure is above a bound that cannot matter here."""
    unknown = np.flatnonzero(withheld)
    if not len(unknown):
        return True
    worlds = all_worlds(case.system, ~withheld, case.value, int(case.value[unknown].max()) + K)
    if not all((worlds[:, goal.figure] >= goal.at_least).any() for goal in case.goals if withheld[goal.figure]):
        return False
    for known in case.knowers:
        hers = worlds[(worlds[:, list(known)] == case.value[list(known)]).all(axis=1)]
        if not all((hers[:, g.figure] >= g.at_least).any() for g in case.goals if g.figure not in known):
            return False
    return not any((worlds[:, f] == worlds[0, f]).all() for f in case.undetermined if withheld[f])


def cheapest(case: Problem) -> float | None:
    """Cost of the cheapest safe choice, by trying all; None if there is none."""
    free = np.flatnonzero(~case.open & ~case.primary)
    costs: list[float] = []
    for size in range(len(free) + 1):
        for chosen in itertools.combinations(free.tolist(), size):
            withheld = case.primary.copy()
            withheld[list(chosen)] = True
            cost = float(case.cost[list(chosen)].sum())
            if (not costs or cost < min(costs)) and safe(case, withheld):
                costs.append(cost)
    return min(costs, default=None)


@given(tiny_systems(), st.booleans(), st.booleans(), st.sampled_from(["quick", "normal", "best"]))
def test_the_choice_is_safe_and_its_lower_bound_true(tiny: Tiny, singles: bool, measures: bool, effort: str) -> None:
    case = problem(tiny, singles, measures)
    small = int((~case.open).sum()) <= 7
    assume(small and case.primary.any())
    best = cheapest(case)
    if best is None:
        with pytest.raises(Unprotectable):
            suppress(case, effort=effort)
        return
    chosen = suppress(case, effort=effort)
    assert (chosen.withheld >= case.primary).all()
    assert not (chosen.withheld & case.open).any()
    assert safe(case, chosen.withheld)
    assert chosen.lower_bound is not None
    assert chosen.lower_bound <= best + 1e-6
    assert chosen.cost >= best - 1e-6
    assert chosen.cost == pytest.approx(float(case.cost[chosen.withheld & ~case.primary].sum()))


@given(tiny_systems())
def test_witnesses_are_worlds_of_the_published_figures(tiny: Tiny) -> None:
    case = problem(tiny, True, True)
    try:
        chosen = suppress(case)
    except Unprotectable:
        assume(False)
    shown = ~chosen.withheld
    for world in chosen.witnesses:
        assert case.system.holds(world)
        assert (world[shown] == case.value[shown]).all()
        assert (world[~shown] >= case.system.lower[~shown]).all()
    for goal in case.goals:
        assert (chosen.witnesses[:, goal.figure] >= goal.at_least).any()
