"""What a number says, as inequalities between figures with whole coefficients."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from pipeline.model.cells import Figure

Linear = Mapping[Figure, Fraction]
"""A sum of figures, each times something."""


class Row(NamedTuple):
    """Σ times · figure ≥ least."""

    terms: tuple[tuple[int, Figure], ...]
    least: int


@dataclass(frozen=True)
class Claim:
    """What a page says somewhere of some figures. `kind`: of which derived number it was read."""

    kind: str
    place: str
    said: str
    rows: tuple[Row, ...]

    @property
    def figures(self) -> list[Figure]:
        return list(dict.fromkeys(figure for row in self.rows for _, figure in row.terms))

    def holds(self, values: Mapping[Figure, int]) -> bool:
        return all(sum(times * values[figure] for times, figure in row.terms) >= row.least for row in self.rows)


def at_least(terms: Linear, least: Fraction | int) -> Row:
    """Σ ≥ least over the whole numbers."""
    scale = math.lcm(*(Fraction(t).denominator for t in terms.values()))
    whole = tuple((int(t * scale), figure) for figure, t in terms.items() if t)
    return Row(whole, math.ceil(Fraction(least) * scale))


def between(terms: Linear, low: Fraction | int, high: Fraction | int) -> tuple[Row, ...]:
    """low ≤ Σ ≤ high."""
    return at_least(terms, low), at_least(minus(terms), -high)


def ratio(part: Linear, whole: Linear, low: Fraction, high: Fraction) -> tuple[Row, ...]:
    """low ≤ part / whole ≤ high, of a whole that is positive."""
    return at_least(plus(part, minus(times(whole, low))), 0), at_least(plus(times(whole, high), minus(part)), 0)


def times(terms: Linear, by: Fraction | int) -> dict[Figure, Fraction]:
    return {figure: Fraction(t) * by for figure, t in terms.items()}


def minus(terms: Linear) -> dict[Figure, Fraction]:
    return times(terms, -1)


def plus(*several: Linear) -> dict[Figure, Fraction]:
    found: dict[Figure, Fraction] = {}
    for terms in several:
        for figure, t in terms.items():
            found[figure] = found.get(figure, Fraction(0)) + t
    return {figure: t for figure, t in found.items() if t}


def total(figures: Iterable[Figure]) -> dict[Figure, Fraction]:
    return plus(*({figure: Fraction(1)} for figure in figures))
