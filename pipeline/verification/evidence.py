"""What the office keeps of an edition, laid over what the editions show: a number for every figure, in every world.

In: editions as any reader has them, oldest first, and the witnesses of the last. Out: `Evidence`. A figure that a reader ties
to others and the office did not count gets the number that is left to it, by addition alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.model.cells import NOT, OVERLAP, AtMost, Cell, Cover, Figure, Sum
from pipeline.model.witness_file import Worlds
from pipeline.public.audit.constraints import figures_of, propagate
from pipeline.public.audit.linked_editions import Published, Vintages, join, year
from pipeline.public.edition.model import Package

Ints = NDArray[np.int64]


class Small(NamedTuple):
    """What a figure that is small in truth must be able to reach, by which rule, and the cell that it is seen from.
    `nothing`: it will do as well if it can be 0 (who stands in several parts of a whole, rule 7).
    """

    rule: int
    least: int
    near: Cell
    nothing: bool = False


class Evidence:
    """The figures of an edition in every world; world number 0 is the truth, the others are the witnesses.

    counted: figure → its values, one per world, as the office keeps them. value: the same, and what addition leaves for the
    figures that were not counted. shown, withheld: figure, named by its vintage → the figure and an edition that shows it
    (the figure that is withheld). relations: every sum and inequality that a reader knows.
    """

    def __init__(self, packages: Sequence[Package], worlds: Worlds) -> None:
        self.published = Published(packages)
        self.joint = join(self.published, _vintages(self.published, worlds))
        few = dict.fromkeys(self._few(worlds))
        self.relations = (*self.joint.structure.relations, *(rest for rest, _ in few))
        self.within = {rest.parts[1]: near for rest, near in few}
        named = self.joint.vintages.named
        self.shown = {named(f, edition): (f, edition) for f, found in self.published.shown.items() for edition in found}
        self.withheld = {named(f, edition): f for f, found in self.published.hidden.items() for edition in found}
        tied = dict.fromkeys([*self.shown, *(figure for r in self.relations for figure in figures_of(r))])
        self.counted = dict(worlds) | {f: worlds[own] for f in tied for own in self._names(f) if own in worlds}
        self.counted |= self._gone(worlds)
        self.value = self._filled()

    def _gone(self, worlds: Worlds) -> dict[Figure, Ints]:
        """What an edition showed as nothing and the office counts no more, as of a code that is gone: nothing in every world."""
        nothing = next(iter(worlds.values()), np.zeros(1, dtype=np.int64)) * 0
        told = self.published.values
        return {n: nothing for n, (f, e) in self.shown.items() if n not in self.counted and told[f].get(e) == 0}

    def _few(self, worlds: Worlds) -> Iterator[tuple[Sum, Cell]]:
        """The few women of a cell who are in truth not in another one within it, however far apart the two are."""
        for whole, part, near in self.joint.nested():
            total, inside = (next((worlds[n] for n in self._names(f) if n in worlds), None) for f in (whole, part))
            if total is None or inside is None:
                continue
            if 0 < total[0] - inside[0] < self.published.threshold[near]:
                where = " ".join(f"{name}={code}" for name, code in sorted(part.cell.where - whole.cell.where))
                yield Sum(whole, (part, Figure(whole.cell, f"{whole.measure}{NOT} {where}"))), near

    def _names(self, figure: Figure) -> Iterator[Figure]:
        """How the office may call a figure, the best name last: what has not changed has the name of a later vintage."""
        if figure.cell.change:
            return
        order, plain, vintage = self.published.order, figure.cell.plain, figure.cell.vintage
        later = order[order.index(vintage) :] if vintage in order else []
        for cell in (plain, *(plain.of_vintage(name) for name in reversed(later))):
            yield Figure(cell, figure.measure)

    def _filled(self) -> dict[Figure, Ints]:
        """The counted figures, and what addition leaves for the others.

        What is left of a sum goes to the first of its parts that was not counted. How many women are in what is left was
        not counted either: they are as many as there may be in the truth and in every second witness, and as few as there
        may be in the others, unless a witness lifts them.
        """
        equations = [relation for relation in self.relations if not isinstance(relation, AtMost)]
        value = propagate(equations, self.counted)
        for relation in equations:
            if isinstance(relation, Sum):
                self._fill_rest(relation, value)
        covers = [relation for relation in equations if isinstance(relation, Cover)]
        made_of = {cover.total: cover.parts for cover in covers}
        for _ in range(2):  # a rest of several groups is itself a group
            for cover in covers:
                if cover.total in value:
                    self._fill(cover, value, made_of)
        for limit in self.relations:
            if isinstance(limit, AtMost) and self.women_of(limit) and limit.greater in value:
                value.setdefault(limit.lesser, value[limit.greater])  # as many women as records
        return propagate(equations, value)

    def _fill_rest(self, add: Sum, value: dict[Figure, Ints]) -> None:
        """Adds the parts of a sum that were not counted: the first of them is what is left, the others are nothing."""
        left = [part for part in add.parts if part not in value]
        if left and add.total in value:
            rest = value[add.total] - sum(value[part] for part in add.parts if part in value)
            value |= {part: rest * (number == 0) for number, part in enumerate(left)}

    def _fill(self, cover: Cover, value: dict[Figure, Ints], made_of: Mapping[Figure, Sequence[Figure]]) -> None:
        """Adds the women of the parts of a cover that were not counted: no more than in the whole, nor than records, nor than in
        the groups that a part is `made_of`, and no fewer than in one of these."""
        left = [part for part in cover.parts if part not in value]
        total = value[cover.total]
        for part in left:
            rows = Figure(part.cell, self.published.shapes[part.cell.plain.records].rows)
            many = np.minimum(total, value.get(rows, total))
            least = np.minimum(many, 1)
            if groups := [value[each] for each in made_of.get(part, ()) if each in value]:
                least = np.maximum(least, np.max(groups, axis=0))
                if len(groups) == len(made_of[part]):
                    many = np.minimum(many, np.sum(groups, axis=0))
            value[part] = many.copy()
            if len(left) == 1:
                few = np.clip(total - sum(value[other] for other in cover.parts if other != part), least, many)
                value[part] = np.where((np.arange(len(many)) % 2 == 1) & (many <= many[0]), few, many)

    def women_of(self, limit: AtMost) -> bool:
        """Whether a limit says that women are no more than their records: where there are some, there is a woman. Who had
        new records need not be new.
        """
        shape = self.published.shapes[limit.lesser.cell.plain.records]
        same = limit.lesser.cell == limit.greater.cell and not limit.lesser.cell.change
        return same and (limit.lesser.measure, limit.greater.measure) == (shape.persons, shape.rows)

    def place(self, cell: Cell) -> str:
        """The tables that a cell stands in, for a finding."""
        tables = sorted({table for table, _ in self.published.places.get(cell.plain, ())})
        return ", ".join(f"tables/{table}.csv" for table in tables) or cell.plain.records

    def promised(self) -> dict[Figure, int]:
        """The women of events that are shown alone, and the threshold that they reach."""
        found: dict[Figure, int] = {}
        for figure, editions in self.published.promised.items():
            for edition, least in editions.items():
                named = self.joint.vintages.named(figure, edition)
                found[named] = max(least, found.get(named, 0))
        return found

    def small(self) -> dict[Figure, Small]:
        """What is small in truth, and the zeros that are withheld."""
        published, structure = self.published, self.joint.structure
        goals: dict[Figure, Small] = {}
        for named, (figure, _) in self.shown.items():
            rule = 2 if named in self.withheld else 1
            for measure in published.shapes[figure.cell.records].people:
                goals[Figure(named.cell, measure)] = Small(rule, published.threshold[figure.cell], figure.cell)
        for group in structure.complements:
            goals.setdefault(group.women, Small(1, published.threshold[group.near.plain], group.near))
        for figure, near in self.within.items():
            goals[figure] = Small(1, published.threshold[near], near)
        for overlap in structure.overlaps:
            goals[overlap.surplus] = Small(7, published.threshold_of(overlap.parts), overlap.near, True)
        for rise in structure.rises:
            several = OVERLAP in rise.figure.measure
            least = published.threshold[rise.near.plain]
            goals[rise.figure] = Small(6, least, rise.near, several)
        small = {f: goal for f, goal in goals.items() if f in self.value and 0 < self.value[f][0] < goal.least}
        for named, figure in self.withheld.items():
            if published.zeros[figure.cell] and figure == published.women(figure.cell) and not self.value[named][0]:
                small[named] = Small(8, published.threshold[figure.cell], figure.cell)
        for equal in structure.equalities:
            if self.value[published.women(equal.parent)][0] and not self.value[equal.difference][0]:
                small[equal.difference] = Small(5, 1, equal.cell)
        return small


def _vintages(published: Published, worlds: Worlds) -> Vintages:
    """Which editions count alike, as the office says: a vintage is named by the last edition that counts it."""
    cells = {figure.cell for figure in worlds}
    aged = {(cell.plain.records, cell.vintage, year(cell)) for cell in cells}
    names: dict[tuple[str, str], dict[str, str]] = {}
    for records, when in {(cell.plain.records, year(cell)) for cell in cells if cell != cell.plain}:
        last = ""
        for edition in reversed(published.order):
            last = edition if (records, edition, when) in aged else last
            names.setdefault((records, when), {})[edition] = last
    return Vintages(published.order, names, lambda cell: (cell.records, year(cell)) in names)
