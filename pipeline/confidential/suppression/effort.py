"""How much work may be done to find a choice of groups, and when it is left: no clock, so every machine chooses alike."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Effort(NamedTuple):
    """Rounds of cuts, the gap and the nodes for each proposal, the gap at which to stop, and how much work (figures
    times linear programs) may be done before a further round. No clock: the same mask on every machine. `most`: the work
    after which a choice is given up as not found; fail closed. Without rounds it is only asked whether there is a safe
    choice, and the largest one is taken; so many needs that cannot be met are `telling`, then. `bounding`: the work for the
    bound, times the figures and the needs of a component, and the steps of one program from which on it is left alone.
    `repair`: the work for what follows, times the figures that need a move.
    """

    rounds: int
    gap: float
    nodes: int
    enough: float
    work: float
    most: float
    telling: float = np.inf
    bounding: tuple[float, int] = (0.0, 0)
    repair: float = 0.0


TRIAL_WORK, MOST_WORK = 4e6, 5e7
"""What may be done for one component where it is tried whether there is a safe choice, and where it is published: seconds, or
minutes. The largest component of the committed sample takes 8e5; one in which nearly every cell is small takes many times
as much, and there is next to nothing to be shown of it.
"""
SEARCHED = 0.2
"""The share of that work after which no dear move is looked for any longer, and the largest choice is taken as it is."""
TELLING = 8
"""After so many needs of a component that cannot be met a trial has seen enough."""
TRIAL = "trial"
EFFORTS = {
    TRIAL: Effort(rounds=0, gap=0.0, nodes=0, enough=0.0, work=0.0, most=TRIAL_WORK, telling=TELLING),
    "quick": Effort(rounds=1, gap=0.01, nodes=1, enough=0.05, work=0.0, most=MOST_WORK),
    "normal": Effort(
        rounds=8, gap=0.005, nodes=1, enough=0.05, work=4e4, most=MOST_WORK, bounding=(150, 4000), repair=800
    ),
    "best": Effort(
        rounds=150, gap=0.0, nodes=20_000, enough=0.0, work=np.inf, most=np.inf, bounding=(3000, 20_000), repair=10_000
    ),
}
LARGE = 8000
"""Figures of a component from which on its bound is left as the first cuts give it, unless there is no end to the work."""
MOST_BOUNDING, MOST_REPAIR = 1e9, 6e5
"""And so much work for it at most, and for the repair: some ten seconds each, sixty at worst."""
