"""The vocabulary that every other module speaks: cells, figures, what ties them, counts, masked counts.

Pure values; touches no files. A cell *is* the filter that it counts, so the same group of women has one key in
whichever table, and in whichever edition, it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import pandas as pd

TOTAL = "_T"
"""Code of a total over a dimension (SDMX)."""
NOT = "!"
"""Prefix of a code that stands for the «no» to one question of a multi-answer dimension; never published."""
OVERLAP = "&"
"""Between a measure and the codes of some parts: how often it is counted in more than one of them; never published."""


class Cell(NamedTuple):
    """A group of records: those of type `records` that match every (dimension, code) of `where`.

    A tuple, because cells are hashed by the million. A total over a dimension leaves the dimension out, so it needs no code
    of its own. Where records changed between editions, the same group has a cell in each vintage and one for each change; how
    their records are named is known here alone.
    """

    records: str
    where: frozenset[tuple[str, str]] = frozenset()

    def total(self, dimension: str) -> Cell:
        """The same group over all codes of `dimension`."""
        return Cell(self.records, frozenset(pair for pair in self.where if pair[0] != dimension))

    def at(self, dimension: str, code: str) -> Cell:
        """The part of this group that has `code` in `dimension`; `_T` gives the total."""
        rest = [pair for pair in self.where if pair[0] != dimension]
        return Cell(self.records, frozenset(rest if code == TOTAL else (*rest, (dimension, code))))

    def code(self, dimension: str) -> str:
        """The code of `dimension` in this cell, `_T` where the cell does not filter on it."""
        for name, code in self.where:
            if name == dimension:
                return code
        return TOTAL

    @property
    def plain(self) -> Cell:
        """The cell without the vintage or the change that it is of."""
        return Cell(self.records.partition("#")[0], self.where) if "#" in self.records else self

    def of_vintage(self, edition: str) -> Cell:
        """The same group as it was counted up to an edition and otherwise since."""
        return Cell(f"{self.records}#{edition}", self.where)

    def of_change(self, older: str, newer: str) -> Cell:
        """What the same group changed by from one vintage to another; the newer is empty where it is the one that holds now."""
        return self.of_vintage(f"{older}~{newer}")

    @property
    def vintage(self) -> str:
        """The edition whose vintage it is of; empty for one that is of none, or of a change."""
        return "" if self.change else self.records.partition("#")[2]

    @property
    def change(self) -> tuple[str, str] | None:
        """The vintages between which it is what changed; None for one that is of no change."""
        older, between, newer = self.records.partition("#")[2].partition("~")
        return (older, newer) if between else None


class Figure(NamedTuple):
    """One number: a measure of a cell."""

    cell: Cell
    measure: str


@dataclass(frozen=True, slots=True)
class Sum:
    """`total` is exactly the sum of `parts`."""

    total: Figure
    parts: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Cover:
    """`parts` cover `total` and may overlap, as women do over months: no part is more than the total, and
    Σ parts = total + surplus, where the surplus counts the women of several parts (of two parts: those of both).
    """

    total: Figure
    parts: tuple[Figure, ...]

    @property
    def surplus(self) -> Figure:
        """The figure Σ parts − total, which no table shows and a reader can work out."""
        return _surplus(self.total, self.parts)


@dataclass(frozen=True, slots=True)
class AtMost:
    """`lesser` ≤ `times` · `greater`: women are never more than the services that they received. `besides`: figures, and
    how many times each is added to the right.
    """

    lesser: Figure
    greater: Figure
    times: int = 1
    besides: tuple[tuple[Figure, int], ...] = ()

    @property
    def right(self) -> tuple[tuple[Figure, int], ...]:
        """All figures of the right side, with how many times each counts."""
        return ((self.greater, self.times), *self.besides)

    def renamed(self, name: Callable[[Figure], Figure]) -> AtMost:
        besides = tuple((name(figure), times) for figure, times in self.besides)
        return AtMost(name(self.lesser), name(self.greater), self.times, besides)


Relation = Sum | Cover | AtMost


@lru_cache(maxsize=100_000)
def _surplus(total: Figure, parts: tuple[Figure, ...]) -> Figure:
    pairs = sorted(f"{name}={code}" for part in parts for name, code in part.cell.where - total.cell.where)
    return Figure(total.cell, f"{total.measure}{OVERLAP}{' '.join(pairs)}")


@dataclass(frozen=True)
class Counts:
    """True counts, table by table. Exists only inside `confidential`.

    A frame has one row per cell in publication order: a column per dimension (codes, `_T` for totals), a column per
    measure (int64) and `women`, the number of distinct women by which the threshold is judged; where answers are counted,
    also the records that gave them.
    """

    tables: Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class Masked:
    """Counts after protection. Cannot hold the value of a withheld cell.

    A frame has the dimensions and the measures (`Int64`, missing where withheld) and `withheld` (bool). `adding`: for
    each table, the dimensions along which its distinct women add up in every row.
    """

    tables: Mapping[str, pd.DataFrame]
    measures: Mapping[str, tuple[str, ...]]
    adding: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, frame in self.tables.items():
            if "women" in frame and "women" not in self.measures[name]:
                raise ValueError(f"{name}: a masked table must not carry the count that the threshold is judged by")
            for measure in self.measures[name]:
                if not frame[measure].isna().equals(frame["withheld"]):
                    raise ValueError(f"{name}: {measure} must be missing exactly where the cell is withheld")
