"""All worlds of a tiny system, by enumeration: slow, plain, and sharing nothing with the engine."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from pipeline.optimisation.moves import System


def all_worlds(system: System, known: NDArray[np.bool_], value: NDArray[np.int64], top: int) -> NDArray[np.int64]:
    """Every world in which no unpublished figure is above `top`, one per row."""
    low = np.where(known, value, system.lower).tolist()
    high = np.where(known, value, top).tolist()
    rows = [(_terms(row), True) for row in system.sums.toarray()]
    rows += [(_terms(row), False) for row in system.limits.toarray()]
    touching = [[row for row in rows if figure in row[0]] for figure in range(len(known))]
    free = np.flatnonzero(~known).tolist()

    def possible(row: tuple[dict[int, int], bool]) -> bool:
        terms, equal = row
        least = sum(c * (low[f] if c > 0 else high[f]) for f, c in terms.items())
        most = sum(c * (high[f] if c > 0 else low[f]) for f, c in terms.items())
        return least <= 0 and (most >= 0 or not equal)

    def extend(place: int) -> Iterator[list[int]]:
        if place == len(free):
            yield list(low)
            return
        figure = free[place]
        bounds = low[figure], high[figure]
        for number in range(bounds[0], bounds[1] + 1):
            low[figure] = high[figure] = number
            if all(possible(row) for row in touching[figure]):
                yield from extend(place + 1)
        low[figure], high[figure] = bounds

    found = list(extend(0)) if all(possible(row) for row in rows) else []
    return np.array(found, dtype=np.int64).reshape(-1, len(known))


def _terms(row: NDArray[np.int64]) -> dict[int, int]:
    return {int(figure): int(row[figure]) for figure in np.flatnonzero(row)}
