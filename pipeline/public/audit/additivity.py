"""Where distinct women add up: no woman of a group stands in two of its parts. Pure; knows no paths.

In: the groups of one record type, and the values that are shown. Out: an `Additivity`, asked for one group after another.
Women add up where a table says so, where its figures show it, and within every group of which either is known: who has
one zone in a year has one in each of its months, and in each office. A table that says neither that its women add up
along a dimension nor that they overlap is taken at its figures: if they add up wherever they are shown, for groups of
that kind, whoever reads them will take it that they do where they are withheld.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pipeline.model import periods
from pipeline.model.cells import TOTAL, Cell, Figure
from pipeline.public.audit.structure import Shape, Step, Tree
from pipeline.public.edition.model import PERIOD

Codes = frozenset[str]


@dataclass(frozen=True)
class Family:
    """The women of a cell by their codes along one axis. `present`: the codes that are shown, `_T` for the total."""

    axis: str
    tree: Tree
    rest: Cell
    present: Codes

    def cell(self, code: str) -> Cell:
        return self.rest if code == TOTAL else self.rest.at(self.tree.dimension[code], code)


class Additivity:
    """Sets of codes of which no woman of a cell has two, by axis and cell."""

    def __init__(
        self,
        shape: Shape,
        families: Iterable[Family],
        seen: Mapping[Figure, frozenset[str]],
        values: Mapping[Figure, int],
    ) -> None:
        self.shape, self.seen, self.values = shape, seen, values
        self._above = _above(shape)
        self._known: dict[tuple[str, Cell], list[Codes]] = defaultdict(list)
        silent: list[tuple[Family, Step, tuple[object, ...]]] = []
        add: set[tuple[object, ...]] = set()
        overlap: set[tuple[object, ...]] = set()
        for family in families:
            for step in family.tree.steps(family.present):
                if not family.present.issuperset(step.parts):
                    continue
                cells = [family.cell(code) for code in (step.total, *step.parts)]
                total, *parts = (self._value(cell) for cell in cells)
                known = [part for part in parts if part is not None]
                shown = total is not None and len(known) == len(parts)
                said = shape.add_up(cells, frozenset.intersection(*(seen[self._women(cell)] for cell in cells)))
                if said or (shown and total == sum(known)):
                    self._note(family, step)
                if said is None:
                    kind = _kind(cells[0], cells[1:])
                    silent.append((family, step, kind))
                    if shown and total != sum(known):
                        overlap.add(kind)
                    elif shown and sum(map(bool, known)) > 1:
                        add.add(kind)
        for family, step, kind in silent:
            if kind in add - overlap:
                self._note(family, step)

    def __call__(self, axis: str, rest: Cell, codes: Iterable[str]) -> bool:
        """Whether no woman of `rest` has two of `codes`."""
        asked = frozenset(codes)
        return any(asked <= known for cell in self._wider(rest) for known in self._known.get((axis, cell), ()))

    def _women(self, cell: Cell) -> Figure:
        return Figure(cell, self.shape.persons or "")

    def _value(self, cell: Cell) -> int | None:
        return self.values.get(self._women(cell))

    def _note(self, family: Family, step: Step) -> None:
        self._known[family.axis, family.rest].append(frozenset(step.parts))

    def _wider(self, cell: Cell) -> Iterator[Cell]:
        """The cell and every cell that it is a part of."""
        for pairs in itertools.product(*((None, pair, *self._above.get(pair, ())) for pair in sorted(cell.where))):
            yield Cell(cell.records, frozenset(filter(None, pairs)))


def _above(shape: Shape) -> Mapping[tuple[str, str], Iterable[tuple[str, str]]]:
    """(dimension, code) → those that it is a part of, on any axis."""
    found: dict[tuple[str, str], dict[tuple[str, str], None]] = defaultdict(dict)
    for trees in shape.trees.values():
        for tree, _ in trees:
            for code, under in tree.under.items():
                for part in under if code != TOTAL else ():
                    found[tree.dimension[part], part][tree.dimension[code], code] = None
    return found


def _kind(total: Cell, parts: Iterable[Cell]) -> tuple[object, ...]:
    """Groups of one kind: broken down by the same dimension, at the same level of time, within the same others."""
    by = frozenset(name for part in parts for name, _ in part.where - total.where)
    return by, periods.level_of(total.code(PERIOD)), frozenset(name for name, _ in total.where)
