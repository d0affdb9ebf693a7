"""What is asked of suppression and what it answers: numbers, without names. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pipeline.optimisation.moves import System
from pipeline.optimisation.solver import Bools, Floats, Ints
from pipeline.optimisation.worlds import Goal


@dataclass(frozen=True)
class Problem:
    """Per figure: `value` (the truth) and `group`. Per group: `hidden` (never published, costs nothing), `open` (must
    stay published), `primary` (must be withheld) and `cost` (positive).

    `goals`: figures that must be able to reach a number (rules 2 and 5; a published figure meets a goal by its value).
    `withheld_goals`: the same, asked only of a figure that is not published (rule 8).
    `overlaps`: figures that must be able to reach a number, or to be nothing (rule 7).
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
    withheld_goals: tuple[Goal, ...] = ()
    overlaps: tuple[Goal, ...] = ()


@dataclass(frozen=True)
class Suppression:
    """`withheld`: groups, primary and complementary. `witnesses`: worlds, one per row. `cost`: of the complementary."""

    withheld: Bools
    witnesses: Ints
    lower_bound: float | None
    cost: float
    method: str


class Unprotectable(Exception):
    """Figures whose goal cannot be met, and groups that must be both withheld and published. `spent`: it is not known that
    they cannot, but no safe choice was found with as much work as may be done.
    """

    def __init__(self, figures: Iterable[int], groups: Iterable[int] = (), *, spent: bool = False) -> None:
        self.figures, self.groups, self.spent = tuple(sorted(set(figures))), tuple(sorted(set(groups))), spent
        super().__init__(f"{len(self.figures)} figures and {len(self.groups)} groups cannot be protected")


Progress = Callable[[int, int], None]
"""Told how many needs of a component are met, and of how many, where it takes long; of nothing else."""
