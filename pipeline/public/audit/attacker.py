"""What a reader can deduce from known figures and the relations between them. Pure; knows neither tables nor rules.

Simple arithmetic comes first: a sum with one unknown is solved, an unknown that stands alone has bounds. What is left
goes to the search for other worlds. Every world it returns is verified here in whole-number arithmetic against all
relations and bounds before anything is concluded from it, so that a «yes, it can be larger» never rests on a solver.
What figures allow is then asked of sets of records (`patterns`), where these are few enough.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from pipeline.model.cells import AtMost, Cell, Figure, Relation, Sum
from pipeline.optimisation.worlds import Goal, determined, prove, system
from pipeline.public.audit.constraints import figures_of, propagate
from pipeline.public.audit.patterns import Patterns
from pipeline.public.audit.structure import Shape

Ints = NDArray[np.int64]


class Contradiction(Exception):
    """No world fits what is known. `figures`: where arithmetic shows it; empty if only the search for worlds does."""

    def __init__(self, figures: Iterable[Figure] = ()) -> None:
        self.figures = tuple(figures)
        super().__init__(len(self.figures))


class Attacker:
    """A reader who knows `known` and `relations`, and that figures are whole, not negative and at least `lower`.

    together: (rows, women) of one cell; where there is a record there is a woman. described: the record types and the
    editions, in order, that the figures are of, to ask sets of records too. Raises Contradiction when that cannot be.
    """

    def __init__(
        self,
        relations: Sequence[Relation],
        known: Mapping[Figure, int],
        lower: Mapping[Figure, int],
        together: Iterable[tuple[Figure, Figure]] = (),
        seed: int = 0,
        described: tuple[Mapping[str, Shape], Sequence[str]] = (MappingProxyType({}), ()),
    ) -> None:
        self.relations, self.seed = relations, seed
        together = tuple(together)
        sums = [relation for relation in relations if not isinstance(relation, AtMost)]
        self.known = propagate(sums, known)
        while empty := {w: 0 for rows, w in together if self.known.get(rows) == 0 and w not in self.known}:
            self.known = propagate(sums, self.known | empty)
        self.lower = dict(lower)
        for rows, women in together:
            if self.known.get(rows, 0) > 0:
                self.lower[women] = max(1, self.lower.get(women, 0))
        self._refuse_contradictions()
        figures = dict.fromkeys(known)
        for relation in relations:
            figures.update(dict.fromkeys(figures_of(relation)))
        self.figures: tuple[Figure, ...] = tuple(figures)
        self.number = {figure: n for n, figure in enumerate(self.figures)}
        self._isolate()
        self.worlds: Ints = np.zeros((0, len(self.figures)), dtype=np.int64)
        self.records = Patterns(*described, relations, self.known, self.lower)

    def _refuse_contradictions(self) -> None:
        value = self.known
        wrong = [figure for figure, found in value.items() if found < self.lower.get(figure, 0)]  # a surplus too
        for relation in self.relations:
            if not all(figure in value for figure in figures_of(relation)):
                continue
            if isinstance(relation, AtMost):
                fits = value[relation.lesser] <= sum(times * value[figure] for figure, times in relation.right)
            else:
                total, parts = value[relation.total], [value[part] for part in relation.parts]
                if isinstance(relation, Sum):
                    fits = total == sum(parts)
                else:
                    fits = max(parts, default=0) <= total == sum(parts) - value[relation.surplus]
            if not fits:
                wrong.append(relation.greater if isinstance(relation, AtMost) else relation.total)
        if wrong:
            raise Contradiction(wrong)

    def _isolate(self) -> None:
        """Bounds of the unknowns that share no relation with another; the rest becomes a system for `worlds`."""
        open_relations: list[tuple[Relation, list[Figure]]] = []
        tied: set[Figure] = set()
        for relation in self.relations:
            unknown = [figure for figure in figures_of(relation) if figure not in self.known]
            if unknown:
                open_relations.append((relation, unknown))
            if len(unknown) > 1:
                tied.update(unknown)
        self.bounds: dict[Figure, tuple[int, float]] = {
            figure: (self.lower.get(figure, 0), np.inf)
            for figure in self.figures
            if figure not in self.known and figure not in tied
        }
        for relation, (figure, *_) in open_relations:
            if isinstance(relation, AtMost) and figure in self.bounds:  # an equation with one unknown has been solved
                self._narrow(relation, figure)
        if wrong := [figure for figure, (low, high) in self.bounds.items() if low > high]:
            raise Contradiction(wrong)
        self._arrange([relation for relation, unknown in open_relations if unknown[0] not in self.bounds])

    def _arrange(self, left: Sequence[Relation]) -> None:
        """The relations that tie unknowns to one another as a system for `worlds`."""
        self.columns = tuple(dict.fromkeys(figure for relation in left for figure in figures_of(relation)))
        self.place = {figure: n for n, figure in enumerate(self.columns)}
        self._tied = left
        self._given = np.array([figure in self.known for figure in self.columns], dtype=np.bool_)
        self._value = np.array([self.known.get(figure, 0) for figure in self.columns], dtype=np.int64)
        self._system = system(self.columns, left, self.lower)

    def _narrow(self, relation: AtMost, figure: Figure) -> None:
        low, high = self.bounds[figure]
        others = sum(times * self.known[other] for other, times in relation.right if other != figure)
        if figure == relation.lesser:
            high = min(high, others)
        else:
            times = dict(relation.right)[figure]
            low = max(low, -((others - self.known[relation.lesser]) // times))
        self.bounds[figure] = (low, high)

    def reach(self, goals: Collection[tuple[Figure, int]]) -> set[tuple[Figure, int]]:
        """The (figure, least) that some world meets: the figure is `least` or more. Keeps those worlds as `worlds`."""
        goals = tuple(dict.fromkeys(goals))
        tied = [Goal(self.place[figure], least) for figure, least in goals if figure in self.place]
        found = np.zeros((1, 0), dtype=np.int64)
        if self.columns:
            try:
                found = prove(self._system, self._given, self._value, tied, seed=self.seed).witnesses
            except ValueError:
                raise Contradiction from None
        self.worlds = self._whole(found, goals)
        highest = self.worlds[:, [self.number[figure] for figure, _ in goals]].max(axis=0)
        met = (goal for goal, top in zip(goals, highest, strict=True) if top >= goal[1])
        if not self.records.possible():
            raise Contradiction
        return {(figure, least) for figure, least in met if self.records.allows(figure, least=least)}

    def _whole(self, found: Ints, goals: Collection[tuple[Figure, int]]) -> Ints:
        """Worlds over all figures, verified. Isolated ones are low at first, and as high as asked in a last world."""
        worlds = np.zeros((len(found) + 1, len(self.figures)), dtype=np.int64)
        wanted: dict[Figure, int] = {}
        for figure, least in goals:
            wanted[figure] = max(least, wanted.get(figure, least))
        for figure, known in self.known.items():
            worlds[:, self.number[figure]] = known
        for place, figure in enumerate(self.columns):
            worlds[:-1, self.number[figure]] = found[:, place]
            worlds[-1, self.number[figure]] = found[0, place]
        for figure, (low, high) in self.bounds.items():
            worlds[:-1, self.number[figure]] = low
            worlds[-1, self.number[figure]] = min(max(low, wanted.get(figure, low)), high)
        every = system(self.figures, self.relations, self.lower)
        given = [self.number[figure] for figure in self.known]
        value = np.array(list(self.known.values()), dtype=np.int64)
        good = [
            every.holds(world) and (world >= every.lower).all() and (world[given] == value).all() for world in worlds
        ]
        return worlds[np.array(good, dtype=np.bool_)]

    def fall(self, asked: Mapping[Figure, int]) -> set[Figure]:
        """Figures that have a world in which they are no more than `asked` says. After `reach`."""
        return {figure for figure in self._fall(asked) if self.records.allows(figure, most=asked[figure])}

    def _fall(self, asked: Mapping[Figure, int]) -> set[Figure]:
        met = {figure for figure, most in asked.items() if figure in self.known and self.known[figure] <= most}
        met |= {figure for figure, most in asked.items() if figure in self.bounds and self.bounds[figure][0] <= most}
        lowest = self.worlds[:, [self.number[figure] for figure in asked]].min(axis=0)
        met |= {figure for (figure, most), low in zip(asked.items(), lowest, strict=True) if low <= most}
        left = [figure for figure in asked if figure not in met and figure in self.place and figure not in self.known]
        return met | self._lowered({figure: asked[figure] for figure in left}) if left else met

    def _lowered(self, asked: Mapping[Figure, int]) -> set[Figure]:
        """Those of tied figures that a world is found for, in which they are no more than `asked` says: a figure and its mirror
        share a fixed ceiling, and the lower the one, the higher the other."""
        left = list(asked)
        ceiling = 2 * int(self._value.max(initial=0)) + 1000
        top = Figure(Cell(""), "")
        mirror = {figure: Figure(figure.cell, f"{figure.measure}~") for figure in left}
        wider = (*self.columns, top, *mirror.values())
        more = [Sum(top, (figure, other)) for figure, other in mirror.items()]
        given = np.concatenate([self._given, [True], np.zeros(len(left), dtype=np.bool_)])
        value = np.concatenate([self._value, [ceiling], np.zeros(len(left), dtype=np.int64)])
        goals = [Goal(len(self.columns) + 1 + n, ceiling - asked[figure]) for n, figure in enumerate(left)]
        try:
            found = prove(system(wider, [*self._tied, *more], self.lower), given, value, goals, seed=self.seed).met
        except ValueError:
            raise Contradiction from None
        return {figure for figure, yes in zip(left, found, strict=True) if yes}

    def exact(self, figures: Collection[Figure]) -> dict[Figure, int]:
        """Those of `figures` that have the same value in every world, with that value. After `reach`."""
        result = {figure: self.known[figure] for figure in figures if figure in self.known}
        for figure in figures:
            if figure in self.bounds and self.bounds[figure][0] == self.bounds[figure][1]:
                result[figure] = self.bounds[figure][0]
        constant = (self.worlds == self.worlds[:1]).all(axis=0)
        left = [f for f in figures if f in self.place and f not in self.known and constant[self.number[f]]]
        if left:
            places = np.array([self.place[figure] for figure in left], dtype=np.intp)
            same = determined(self._system, self._given, self._value, places)
            result |= {f: int(self.worlds[0, self.number[f]]) for f, yes in zip(left, same, strict=True) if yes}
        told = ((figure, self.records.value(figure)) for figure in figures if figure not in result)
        return result | {figure: value for figure, value in told if value is not None}
