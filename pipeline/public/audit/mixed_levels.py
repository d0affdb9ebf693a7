"""Women who stand in several parts of a cell where the parts are of more than one level. Pure; knows no paths.

A total is the union of its parts at whichever level: of areas, of services, or of some areas and the services of the
others. What such parts have more than their total is what the areas have more than theirs and the services of each area
more than that area, added up. Where the area is withheld a reader may know the sum and neither of the two.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from pipeline.model.cells import Cover, Figure, Sum

Ways = Mapping[Figure, Sequence[Sum | Cover]]
"""Figure → how it is broken down along one axis, into parts that are shown."""


class Mixture(NamedTuple):
    """Parts of a total at several levels; `surpluses`: what they have more than it, as a sum."""

    total: Figure
    parts: tuple[Figure, ...]
    surpluses: tuple[Figure, ...]

    @property
    def surplus(self) -> Figure:
        return Cover(self.total, self.parts).surplus


def mixtures(ways: Ways, values: Collection[Figure]) -> Iterator[Mixture]:
    """Of each figure: in place of all its parts what is below them; of those that are withheld; of one of them. What is
    below a part that tells its own surplus tells nothing further. `values`: figures that are shown.
    """
    unsure = {
        figure
        for figure, (way, *_) in ways.items()
        if any(each not in values for each in (figure, *way.parts)) or not ways.keys().isdisjoint(way.parts)
    }
    found: dict[tuple[Figure, frozenset[Figure]], Mixture] = {}
    for total, several in ways.items():
        for way in several:
            chosen = [unsure, unsure.difference(values), *map(frozenset, _chains(way, ways, unsure))]
            for some in chosen:
                mixture = _mixed(total, way, ways, some.__contains__)
                if len(mixture.surpluses) > 1:
                    found.setdefault((total, frozenset(mixture.parts)), mixture)
    yield from found.values()


def _chains(way: Sum | Cover, ways: Ways, unsure: Collection[Figure]) -> Iterator[tuple[Figure, ...]]:
    """Every figure below a breakdown with those between the two."""
    for part in way.parts:
        if part in unsure:
            yield (part,)
            yield from ((part, *chain) for chain in _chains(ways[part][0], ways, unsure))


def _mixed(total: Figure, way: Sum | Cover, ways: Ways, chosen: Callable[[Figure], bool]) -> Mixture:
    """A breakdown with what is below some of its parts in their place."""
    parts: list[Figure] = []
    surpluses = [way.surplus] if isinstance(way, Cover) else []
    for part in way.parts:
        if chosen(part):
            below = _mixed(part, ways[part][0], ways, chosen)
            parts += below.parts
            surpluses += below.surpluses
        else:
            parts.append(part)
    return Mixture(total, tuple(parts), tuple(surpluses))
