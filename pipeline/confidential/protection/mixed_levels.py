"""Women who stand in several parts of a total where the parts are of more than one level of a hierarchy. Pure.

Σ finest parts − total is what each level has more than the one above it, added up: a count of women like any other
surplus, and known to whoever knows the finest parts and the total, though a level between is withheld. So it is with any
mixture of levels. In: the ties of one record type (`ties`), with all breakdowns of women. Out: the figures of those
mixtures that are few women in truth, and of the finest parts, added to the ties.
`public/audit/mixed_levels.py` finds the same in published files, on its own.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from pipeline.model.cells import Cell, Cover, Figure, Sum

if TYPE_CHECKING:
    from pipeline.confidential.protection.constraints import Ties

MANY = 64
"""Mixtures of one breakdown at most, those of few levels first."""
Mixture = tuple[tuple[Figure, ...], tuple[Figure, ...]]
"""Parts, and the surpluses of the breakdowns that lead to them."""


Ways = Mapping[Figure, Sequence[Sum | Cover]]
"""Figure → how it is broken down."""


def add(ties: Ties, breakdowns: Sequence[Sum | Cover], most: int) -> None:
    """`most`: the number beyond which no group is small."""
    ways: dict[Figure, list[Sum | Cover]] = defaultdict(list)
    for breakdown in breakdowns:
        ways[breakdown.total].append(breakdown)
    for breakdown in breakdowns:
        for parts, surpluses in _mixtures(breakdown, ways, ties.values, most):
            surplus = Cover(breakdown.total, parts).surplus
            ties.values[surplus] = sum(ties.values[each] for each in surpluses)
            ties.relations.append(Sum(surplus, surpluses))
            ties.overlaps[surplus] = tuple(part.cell for part in parts)


def _mixtures(breakdown: Sum | Cover, ways: Ways, values: Mapping[Figure, int], most: int) -> Iterator[Mixture]:
    """Those with more than one surplus that are small, and the finest."""
    whole = breakdown.total.cell
    finest = first = breakdown.parts, _surplus(breakdown)
    found: dict[frozenset[Figure], Mixture] = {}
    queue = deque([first])
    while queue and len(found) < MANY:
        for finer in _finer(queue.popleft(), whole, ways):
            key = frozenset(finer[0])
            if key not in found and sum(values[each] for each in finer[1]) < most:
                found[key] = finer
                queue.append(finer)
    while wider := next(_finer(finest, whole, ways), None):
        finest = wider
    found[frozenset(finest[0])] = finest
    yield from (mixture for mixture in found.values() if len(mixture[1]) > 1)


def _finer(mixture: Mixture, whole: Cell, ways: Ways) -> Iterator[Mixture]:
    """The same with what is below one of its parts in its place, where somebody stands in several parts there."""
    parts, surpluses = mixture
    for place, part in enumerate(parts):
        way = _along(whole, part, ways)
        if way and _overlaps(whole, way, ways):
            yield (*parts[:place], *way.parts, *parts[place + 1 :]), (*surpluses, *_surplus(way))


def _along(whole: Cell, part: Figure, ways: Ways) -> Sum | Cover | None:
    """How a part of a whole is broken down further along the axis on which it is a part."""
    own = part.cell.where - whole.where
    return next((way for way in ways.get(part, ()) if own.isdisjoint(way.parts[0].cell.where)), None)


def _overlaps(whole: Cell, way: Sum | Cover, ways: Ways) -> bool:
    """Whether somebody stands in several parts of a breakdown, or of one below it."""
    if isinstance(way, Cover):
        return True
    return any(_overlaps(whole, each, ways) for part in way.parts if (each := _along(whole, part, ways)))


def _surplus(breakdown: Sum | Cover) -> tuple[Figure, ...]:
    return (breakdown.surplus,) if isinstance(breakdown, Cover) else ()
