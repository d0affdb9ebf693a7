"""Can anybody be found? Answered from published editions alone, as any citizen could. Pure: knows no paths, no secrets.

In: packages, oldest edition first. Out: an `Audit` with every exposure found (none: the editions are safe together).
The sums are rebuilt from the published tables and code lists; nothing is shared with the code that chose what to
withhold, except the search for other worlds (`worlds`). Numbers of the rules are those of the methodology:

1  a published count of women lies in 1..k−1, directly or as a complement that can be computed; or what release.json
   tells of the records refused and recoded stands for so few counts that such a one could be told from it;
2  a withheld cell can be proved to hold fewer than k women (no whole-number world gives it k or more);
4  a withheld figure that may be small can be computed exactly;
5  everybody in a group can be seen to share a sensitive trait;
6  a cell was published twice and the difference lies in 1..k−1;
0  the figures contradict one another, so that no world fits them.

The reader of the published files cannot tell a withheld cell that is small from one that protects it, so the audit asks
rules 2 and 4 of every withheld cell. Rule 3 (somebody who knows that a cell counts exactly herself) cannot be tested
here: which cells count one woman is a secret. It is tested where the secret still exists, before publication.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.cells import NOT, Cell, Figure, Sum
from pipeline.errors import Finding

from . import quality
from .deduce import Contradiction, Reader, propagate
from .edition import PERIOD, Package, PublishedTable
from .relations import Structure, build, figures_of
from .shape import Names, rows, shapes

RULES = (1, 2, 4, 5, 6)
VERSION = "1.0"
"""Of the method: raised when the same editions might be judged differently."""
METHOD = "whole-number worlds over all editions"
SUMS, PUBLISHED, COMPLEMENT, WITHHELD = "sums", "published", "complement", "withheld"
EXACT, EQUAL, REVISED, QUALITY = "exact", "equal", "revised", "quality"

Ints = NDArray[np.int64]


@dataclass(frozen=True, order=True)
class Exposure:
    """A rule that is broken at a published cell. Says where, never a value or a bound.

    kind: published, complement, withheld, exact, equal, revised, sums, or quality (a count of release.json, no cell).
    `cell`: the codes that it filters on.
    """

    rule: int
    kind: str
    records: str
    tables: tuple[str, ...]
    editions: tuple[str, ...]
    cell: tuple[tuple[str, str], ...]

    def finding(self) -> Finding:
        """For PipelineError("disclosure")."""
        where = ", ".join(f"tables/{table}.csv" for table in self.tables) or self.records
        facts = {"rule": self.rule, "editions": ", ".join(self.editions), **dict(self.cell)}
        return Finding(where, f"exposed_{self.kind}", tuple((key, str(value)) for key, value in facts.items()))


@dataclass(frozen=True)
class Audit:
    """What was examined and what was found. `worlds` are the witnesses, one per row, over `columns`."""

    exposures: tuple[Exposure, ...]
    editions: tuple[str, ...]
    cells: int
    withheld: int
    figures: int
    witnesses: int
    rules: tuple[int, ...] = RULES
    method: str = METHOD
    columns: tuple[Figure, ...] = field(default=(), repr=False)
    worlds: Ints = field(default_factory=lambda: np.zeros((0, 0), dtype=np.int64), repr=False)

    def certificate(self) -> dict[str, Any]:
        """Content of audit.json: what was tested and found, and nothing about any cell."""
        return {
            "rules": list(self.rules),
            "cells": self.cells,
            "withheld": self.withheld,
            "figures": self.figures,
            "witnesses": self.witnesses,
            "method": self.method,
            "version": VERSION,
            "editions": list(self.editions),
            "exposures": len(self.exposures),
        }


def audit(packages: Sequence[Package], *, seed: int = 0) -> Audit:
    """Examines all editions together."""
    case = _Case(packages, seed)
    case.examine()
    worlds = case.reader.worlds if case.reader else np.zeros((0, 0), dtype=np.int64)
    return Audit(
        exposures=tuple(sorted(case.exposures)),
        editions=tuple(package.edition for package in packages),
        cells=len(case.places),
        withheld=len(case.withheld),
        figures=len(case.shown),
        witnesses=len(worlds),
        columns=case.reader.figures if case.reader else (),
        worlds=worlds,
    )


class _Case:
    """All editions as one system of figures; `examine` fills `exposures`."""

    def __init__(self, packages: Sequence[Package], seed: int) -> None:
        self.seed = seed
        self.exposures: set[Exposure] = set()
        self.shapes = shapes(packages)
        self.order = {package.edition: n for n, package in enumerate(packages)}
        self.places: dict[Cell, dict[tuple[str, str], None]] = defaultdict(dict)
        self.threshold: dict[Cell, int] = defaultdict(int)
        self.shown: dict[Figure, set[str]] = defaultdict(set)
        self.values: dict[Figure, dict[str, int]] = defaultdict(dict)
        self.hidden: dict[Figure, set[str]] = defaultdict(set)
        self.withheld: dict[Cell, set[str]] = defaultdict(set)
        self.zeros: dict[Cell, bool] = {}
        self.reader: Reader | None = None
        for package in packages:
            names = {records: Names(package, shape) for records, shape in self.shapes.items()}
            for table in package.tables.values():
                self._collect(package.edition, table, names[table.records])
            for records in quality.exposed(package):
                self.exposures.add(Exposure(1, QUALITY, records, (), (package.edition,), ()))

    def _collect(self, edition: str, table: PublishedTable, names: Names) -> None:
        for row in rows(table, names):
            cell = row.cell
            self.places[cell][table.id, edition] = None
            self.threshold[cell] = max(self.threshold[cell], table.threshold)
            if row.status == "Q":
                self.withheld[cell].add(edition)
                self.zeros[cell] = self.zeros.get(cell, True) and table.zeros_withheld
            for figure, value in row.figures:
                self.shown[figure].add(edition)
                if row.status == "Q":
                    self.hidden[figure].add(edition)
                elif value is not None and self.values[figure].setdefault(edition, value) != value:
                    self.expose(0, SUMS, cell)

    def expose(self, rule: int, kind: str, cell: Cell, near: Cell | None = None) -> None:
        """Notes an exposure. A group that nobody published is named by the tables of the cell it is seen from."""
        cell = _plain(cell)
        places = self.places.get(_plain(near) if near else cell, {})
        tables = tuple(dict.fromkeys(table for table, _ in places))
        editions = tuple(sorted({edition for _, edition in places}, key=self.order.__getitem__))
        self.exposures.add(Exposure(rule, kind, cell.records, tables, editions, tuple(sorted(cell.where))))

    def examine(self) -> None:
        """Applies the rules one by one."""
        touched = self._revisions()
        known, structure = self._assemble(touched)
        hidden = {
            _tagged(figure, edition, self._in(touched, figure.cell)): None
            for figure, editions in self.hidden.items()
            for edition in editions
        }
        withheld = {
            _tagged(Figure(cell, ""), edition, self._in(touched, cell)).cell: self.zeros[cell]
            for cell, editions in self.withheld.items()
            for edition in editions
        }
        shown = dict.fromkeys(
            _tagged(figure, edition, self._in(touched, figure.cell)).cell
            for figure, editions in self.shown.items()
            for edition in editions
        )
        lower = {
            Figure(cell, measure): 1
            for cell, zeros in withheld.items()
            if not zeros
            for measure in self._at_least_one(cell)
        }
        virtual = {figure.cell for relation in structure.relations for figure in figures_of(relation)}
        together = [
            (Figure(cell, shape.rows), Figure(cell, shape.persons))
            for cell in dict.fromkeys([*shown, *sorted(virtual - shown.keys(), key=_by_name)])
            if (shape := self.shapes[_plain(cell).records]).persons
        ]
        try:
            reader = Reader(tuple(structure.relations), known, lower, together, self.seed)
            self.reader = reader
            self._small(reader, known, shown, withheld, structure)
            self._exact(reader, hidden)
        except Contradiction as contradiction:
            for figure in contradiction.figures:
                self.expose(0, SUMS, figure.cell)
            if not contradiction.figures:
                self.expose(0, SUMS, Cell(next(iter(self.shapes))))

    def _at_least_one(self, cell: Cell) -> set[str]:
        """Measures of a withheld cell that are not zero, since zeros are published."""
        shape = self.shapes[_plain(cell).records]
        return {shape.rows, shape.women, *filter(None, (shape.persons,))}

    # rules 1, 2 and 5 ------------------------------------------------------------------------------------------------

    def _small(
        self,
        reader: Reader,
        known: Mapping[Figure, int],
        shown: Iterable[Cell],
        withheld: Mapping[Cell, bool],
        structure: Structure,
    ) -> None:
        """Groups that can be shown to hold fewer than k women, and groups that can be shown to share a trait."""
        groups: dict[Figure, tuple[Cell, Figure | None]] = {}
        for group in structure.complements:
            if group.rows or group.women not in groups:
                groups[group.women] = (group.near, group.rows)
        for cell in shown:
            women, records = self._women(cell), Figure(cell, self.shapes[_plain(cell).records].rows)
            groups[women] = (cell, records if women != records else None)
        groups = {women: seen for women, seen in groups.items() if women in reader.number}
        large = {women: (women, self.threshold[_plain(near)]) for women, (near, _) in groups.items()}
        met = reader.reach([*large.values(), *((equal.difference, 1) for equal in structure.equalities)])
        unmet = [women for women, goal in large.items() if goal not in met]
        same = [equal for equal in structure.equalities if (equal.difference, 1) not in met]
        maybe = [
            *unmet,
            *(rows for women in unmet if (rows := groups[women][1])),
            *(self._women(e.parent) for e in same),
        ]
        empty = reader.fall({figure: 0 for figure in maybe if figure in reader.number})
        for women in unmet:
            near, rows = groups[women]
            cell = women.cell
            certain = withheld.get(cell) is False
            if not certain and women in empty and (rows is None or rows not in reader.number or rows in empty):
                continue
            if cell in withheld and women not in known:
                self.expose(2, WITHHELD, cell)
            elif near == cell:
                self.expose(1, PUBLISHED, cell)
            else:
                self.expose(1, COMPLEMENT, cell, near)
        for equal in same:
            if self._women(equal.parent) not in empty:
                self.expose(5, EQUAL, equal.cell)

    def _women(self, cell: Cell) -> Figure:
        return Figure(cell, self.shapes[_plain(cell).records].women)

    # rule 4 ----------------------------------------------------------------------------------------------------------

    def _exact(self, reader: Reader, hidden: Mapping[Figure, None]) -> None:
        """Withheld figures that can be computed, unless their cell can be shown not to be small."""
        exact = reader.exact([figure for figure in hidden if figure in reader.number])
        asked = {self._women(figure.cell): self.threshold[_plain(figure.cell)] - 1 for figure in exact}
        small = reader.fall({women: most for women, most in asked.items() if women in reader.number})
        for figure, value in exact.items():
            women = self._women(figure.cell)
            nobody = value == 0 and figure.measure in self._at_least_one(figure.cell)
            if (women in small or women not in reader.number) and not nobody:
                self.expose(4, EXACT, figure.cell)

    # rule 6 ----------------------------------------------------------------------------------------------------------

    def _revisions(self) -> dict[str, frozenset[str]]:
        """Differences of 1..k−1 between editions; per record type the periods (finest parts) with any difference.

        Where a period was revised, its figures are examined edition by edition and not as if they had stayed the same.
        """
        touched: dict[str, frozenset[str]] = defaultdict(frozenset)
        for figure, by_edition in self.values.items():
            found = set(by_edition.values())
            if len(found) > 1:
                touched[figure.cell.records] |= self._time(figure.cell)
            if any(0 < abs(one - other) < self.threshold[figure.cell] for one in found for other in found):
                self.expose(6, REVISED, figure.cell)
        return dict(touched)

    def _time(self, cell: Cell) -> frozenset[str]:
        code = cell.code(PERIOD).partition(NOT)[0]
        trees = self.shapes[cell.records].trees.get(PERIOD, ())
        return frozenset[str]().union(*(tree.leaves.get(code, frozenset({code})) for tree, _ in trees))

    def _in(self, touched: Mapping[str, frozenset[str]], cell: Cell) -> bool:
        periods = touched.get(cell.records)
        return bool(periods) and not self._time(cell).isdisjoint(periods or ())

    def _differences(self, records: str, older: str, newer: str, sums: Iterable[Sum], touched: frozenset[str]) -> None:
        """Differences between two editions that were not published but follow from sums of published ones."""
        change: dict[Figure, int] = {}
        for figure, values in self.values.items():
            if figure.cell.records == records and older in values and newer in values:
                change[figure] = values[newer] - values[older]
        for figure in {figure for relation in sums for figure in figures_of(relation)}:
            if self._time(figure.cell).isdisjoint(touched):
                change[figure] = 0
        for figure, value in propagate(sums, change).items():
            if figure not in change and figure in self.shown and 0 < abs(value) < self.threshold[figure.cell]:
                self.expose(6, REVISED, figure.cell)

    # the system ------------------------------------------------------------------------------------------------------

    def _assemble(self, touched: Mapping[str, frozenset[str]]) -> tuple[dict[Figure, int], Structure]:
        """Known figures and relations of all record types; figures of revised periods carry the edition they are of."""
        known: dict[Figure, int] = {}
        whole = Structure()
        for records, shape in self.shapes.items():
            mine = {figure: frozenset(e) for figure, e in self.shown.items() if figure.cell.records == records}
            if records not in touched:
                whole.join(build(shape, mine))
                known.update((f, next(iter(self.values[f].values()))) for f in mine if f in self.values)
                continue
            sums: dict[str, list[Sum]] = {}
            for edition in self.order:

                def tag(figure: Figure, edition: str = edition) -> Figure:
                    return _tagged(figure, edition, self._in(touched, figure.cell))

                seen = {f: e for f, e in mine.items() if edition in e or not self._in(touched, f.cell)}
                structure = build(shape, seen)
                sums[edition] = [relation for relation in structure.relations if isinstance(relation, Sum)]
                whole.join(structure.renamed(tag))
                for figure in seen:
                    values = self.values.get(figure, {})
                    if self._in(touched, figure.cell):
                        values = {name: value for name, value in values.items() if name == edition}
                    known.update({tag(figure): value for value in list(values.values())[:1]})
            for older, newer in itertools.combinations(sums, 2):
                both = set(sums[older])
                common = [relation for relation in sums[newer] if relation in both]
                self._differences(records, older, newer, common, touched[records])
        return known, whole


def _tagged(figure: Figure, edition: str, revised: bool) -> Figure:
    """A figure of a revised period is another figure in every edition."""
    if not revised or not edition:
        return figure
    return Figure(replace(figure.cell, records=f"{figure.cell.records}#{edition}"), figure.measure)


def _plain(cell: Cell) -> Cell:
    return replace(cell, records=cell.records.partition("#")[0]) if "#" in cell.records else cell


def _by_name(cell: Cell) -> tuple[str, list[tuple[str, str]]]:
    return (cell.records, sorted(cell.where))
