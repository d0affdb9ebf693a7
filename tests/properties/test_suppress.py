"""What `suppress` chooses is safe by enumeration of all worlds, and nothing cheaper than its lower bound is."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipeline.confidential.suppression.effort import TRIAL
from pipeline.confidential.suppression.problem import Problem, Unprotectable
from pipeline.confidential.suppression.suppress import suppress
from pipeline.optimisation.worlds import Goal
from tests.properties.oracle import all_worlds
from tests.properties.systems import Tiny, tiny_systems

K = 3


def problem(tiny: Tiny, singles: bool, measures_too: bool) -> Problem:
    """Zeros and grand totals stay published; counts under K are primary, and with them whatever is of the same group."""
    n, group = len(tiny.value), tiny.group
    stays = tiny.value < tiny.system.lower
    stays |= tiny.value == 0
    stays[list(tiny.top)] = True
    stays = np.isin(group, group[stays])
    small = (tiny.value > 0) & (tiny.value < K) & ~stays
    groups = int(group.max()) + 1
    return Problem(
        system=tiny.system,
        value=tiny.value,
        group=group,
        hidden=np.zeros(groups, dtype=np.bool_),
        open=np.isin(np.arange(groups), group[stays]),
        primary=np.isin(np.arange(groups), group[small]),
        cost=np.bincount(group, tiny.value).astype(np.float64) + 1.0,
        goals=tuple(Goal(int(figure), K) for figure in np.flatnonzero(small)),
        undetermined=np.arange(n) if measures_too else np.flatnonzero(small),
        knowers=tuple((int(f),) for f in np.flatnonzero(small & (tiny.value == 1))) if singles else (),
    )


def safe(case: Problem, groups: NDArray[np.bool_]) -> bool:
    """Rules 2, 3 and 4 by enumeration, with worlds in which no figure is above a bound that cannot matter here."""
    withheld = groups[case.group]
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


def choices(case: Problem) -> Iterator[NDArray[np.bool_]]:
    """Every choice with what must be withheld and without what must be shown, safe or not."""
    free = np.flatnonzero(~case.open & ~case.primary)
    for size in range(len(free) + 1):
        for chosen in itertools.combinations(free.tolist(), size):
            withheld = case.primary.copy()
            withheld[list(chosen)] = True
            yield withheld


def cheapest(case: Problem) -> float | None:
    """Cost of the cheapest safe choice, by trying all; None if there is none."""
    costs: list[float] = []
    for withheld in choices(case):
        cost = float(case.cost[withheld & ~case.primary].sum())
        if (not costs or cost < min(costs)) and safe(case, withheld):
            costs.append(cost)
    return min(costs, default=None)


@settings(suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(tiny_systems(), st.booleans(), st.booleans(), st.sampled_from(["quick", "normal", "best"]))
def test_the_choice_is_safe_and_its_lower_bound_true(tiny: Tiny, singles: bool, measures: bool, effort: str) -> None:
    case = problem(tiny, singles, measures)
    small = int((~case.open).sum()) <= 7  # else there are too many choices to try
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


@given(tiny_systems(), st.booleans())
def test_a_trial_takes_the_choice_that_holds_every_safe_one(tiny: Tiny, singles: bool) -> None:
    case = problem(tiny, singles, True)
    small = int((~case.open).sum()) <= 7
    assume(small and case.primary.any())
    every = [withheld for withheld in choices(case) if safe(case, withheld)]
    if not every:
        with pytest.raises(Unprotectable):
            suppress(case, effort=TRIAL)
        return
    assert (suppress(case, effort=TRIAL).withheld == np.any(every, axis=0)).all()


@given(tiny_systems())
def test_witnesses_are_worlds_of_the_published_figures(tiny: Tiny) -> None:
    case = problem(tiny, True, True)
    try:
        chosen = suppress(case)
    except Unprotectable:
        assume(False)
    shown = ~chosen.withheld[case.group]
    for world in chosen.witnesses:
        assert case.system.holds(world)
        assert (world[shown] == case.value[shown]).all()
        assert (world[~shown] >= case.system.lower[~shown]).all()
    for goal in case.goals:
        assert (chosen.witnesses[:, goal.figure] >= goal.at_least).any()
