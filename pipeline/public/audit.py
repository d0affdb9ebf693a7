"""Can anybody be found? Answered from published editions alone, as any citizen could. Pure: knows no paths, no secrets.

In: packages, oldest edition first. Out: an `Audit` with every exposure found (none: the editions are safe together).
The sums are rebuilt from the published tables and code lists; nothing is shared with the code that chose what to
withhold, except the search for other worlds (`worlds`). Numbers of the rules are those of the methodology:

1  a published count of women lies in 1..k−1, directly or as a complement that can be computed; or what release.json
   tells of the records refused and recoded stands for so few counts that such a one could be told from it;
2  a withheld cell can be proved to hold fewer than k women (no whole-number world gives it k or more);
4  a withheld figure that may be small can be computed exactly;
5  everybody in a group can be seen to share a sensitive trait;
6  a cell was published twice and what it rose by lies in 1..k−1, or can be proved to;
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
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.cells import NOT, AtMost, Cell, Cover, Figure, Relation, Sum
from pipeline.errors import Finding

from . import quality
from .deduce import Contradiction, Reader, propagate
from .edition import PERIOD, Package, PublishedTable
from .relations import Rise, Structure, build, figures_of
from .shape import Names, Shape, rows, shapes

RULES = (1, 2, 4, 5, 6)
VERSION = "1.2"
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
        self.touched: dict[str, frozenset[str]] = defaultdict(frozenset)
        """Record type → revised periods (finest parts)."""
        self.vintage: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        """(Record type, year) → edition → the first edition that counts that year as it does."""
        self._times: dict[tuple[str, str], frozenset[str]] = {}
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
        cell = cell.plain
        places = self.places.get(near.plain if near else cell, {})
        tables = tuple(dict.fromkeys(table for table, _ in places))
        editions = tuple(sorted({edition for _, edition in places}, key=self.order.__getitem__))
        self.exposures.add(Exposure(rule, kind, cell.records, tables, editions, tuple(sorted(cell.where))))

    def examine(self) -> None:
        """Applies the rules one by one."""
        self._revisions()
        known, structure = self._assemble()
        hidden = {
            self._tagged(figure, edition): None for figure, editions in self.hidden.items() for edition in editions
        }
        withheld = {
            self._tagged(Figure(cell, ""), edition).cell: self.zeros[cell]
            for cell, editions in self.withheld.items()
            for edition in editions
        }
        shown = dict.fromkeys(
            self._tagged(figure, edition).cell for figure, editions in self.shown.items() for edition in editions
        )
        lower = {
            Figure(cell, measure): 1
            for cell, zeros in withheld.items()
            if not zeros
            for measure in self._at_least_one(cell)
        }
        virtual = {figure.cell for relation in structure.relations for figure in figures_of(relation)}
        virtual = {cell for cell in virtual if "~" not in cell.records}  # a record that is new is not a woman who is
        together = [
            (Figure(cell, shape.rows), Figure(cell, shape.persons))
            for cell in dict.fromkeys([*shown, *sorted(virtual - shown.keys(), key=_by_name)])
            if (shape := self.shapes[cell.plain.records]).persons
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
        shape = self.shapes[cell.plain.records]
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
            women, records = self._women(cell), Figure(cell, self.shapes[cell.plain.records].rows)
            groups[women] = (cell, records if women != records else None)
        groups = {women: seen for women, seen in groups.items() if women in reader.number}
        large = {women: (women, self.threshold[near.plain]) for women, (near, _) in groups.items()}
        risen = {rise.figure: (rise.figure, self.threshold[rise.near.plain]) for rise in structure.rises}
        asked = [*large.values(), *risen.values(), *((equal.difference, 1) for equal in structure.equalities)]
        met = reader.reach(asked)
        unmet = [women for women, goal in large.items() if goal not in met]
        same = [equal for equal in structure.equalities if (equal.difference, 1) not in met]
        seen = [rise for rise in structure.rises if risen[rise.figure] not in met]
        maybe = [
            *unmet,
            *(rise.figure for rise in seen),
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
        for rise in seen:
            if rise.figure not in empty:
                self.expose(6, REVISED, rise.figure.cell, rise.near)
        for equal in same:
            if self._women(equal.parent) not in empty:
                self.expose(5, EQUAL, equal.cell)

    def _women(self, cell: Cell) -> Figure:
        return Figure(cell, self.shapes[cell.plain.records].women)

    # rule 4 ----------------------------------------------------------------------------------------------------------

    def _exact(self, reader: Reader, hidden: Mapping[Figure, None]) -> None:
        """Withheld figures that can be computed, unless their cell can be shown not to be small."""
        exact = reader.exact([figure for figure in hidden if figure in reader.number])
        asked = {self._women(figure.cell): self.threshold[figure.cell.plain] - 1 for figure in exact}
        small = reader.fall({women: most for women, most in asked.items() if women in reader.number})
        for figure, value in exact.items():
            women = self._women(figure.cell)
            nobody = value == 0 and figure.measure in self._at_least_one(figure.cell)
            if (women in small or women not in reader.number) and not nobody:
                self.expose(4, EXACT, figure.cell)

    # rule 6 ----------------------------------------------------------------------------------------------------------

    def _revisions(self) -> None:
        """Differences of 1..k−1 between editions, and what was revised.

        Where a period was revised, its figures are examined vintage by vintage and not as if they had stayed the same.
        Editions between which no figure of a year changed are one vintage of that year: nothing was added to it.
        """
        years: dict[tuple[str, str], dict[str, dict[Figure, int]]] = defaultdict(lambda: defaultdict(dict))
        for figure, by_edition in self.values.items():
            found = set(by_edition.values())
            if len(found) > 1:
                self.touched[figure.cell.records] |= self._time(figure.cell)
            if any(0 < abs(one - other) < self.threshold[figure.cell] for one in found for other in found):
                self.expose(6, REVISED, figure.cell)
            for edition, value in by_edition.items():
                years[figure.cell.records, _year(figure.cell)][edition][figure] = value
        for key, told in years.items():
            known: dict[Figure, int] = {}
            first = next(iter(self.order), "")
            for edition in self.order:
                if any(known.get(figure, value) != value for figure, value in told[edition].items()):
                    known, first = {}, edition
                known |= told[edition]
                self.vintage[key][edition] = first

    def _time(self, cell: Cell) -> frozenset[str]:
        key = cell.records, cell.code(PERIOD).partition(NOT)[0]
        if key not in self._times:
            trees = self.shapes[cell.records].trees.get(PERIOD, ())
            leaves = (tree.leaves.get(key[1], frozenset({key[1]})) for tree, _ in trees)
            self._times[key] = frozenset[str]().union(*leaves)
        return self._times[key]

    def _revised(self, cell: Cell) -> bool:
        months = self.touched.get(cell.records)
        return bool(months) and not self._time(cell).isdisjoint(months or ())

    def _vintage(self, cell: Cell, edition: str) -> str:
        """The first of the editions that count a cell as this one does."""
        return self.vintage.get((cell.records, _year(cell)), {}).get(edition, edition)

    def _alike(self, cell: Cell, edition: str) -> set[str]:
        """The editions that count a cell as this one does: all of them, where nothing was revised."""
        if not self._revised(cell):
            return set(self.order)
        return {other for other in self.order if self._vintage(cell, other) == self._vintage(cell, edition)}

    def _value(self, figure: Figure, edition: str) -> int | None:
        """A figure as published in that vintage."""
        by_edition = self.values.get(figure, {})
        return next((by_edition[name] for name in self._alike(figure.cell, edition) if name in by_edition), None)

    def _tagged(self, figure: Figure, edition: str) -> Figure:
        """A figure of a revised period is another figure in every vintage."""
        if not self._revised(figure.cell):
            return figure
        name = f"{figure.cell.records}#{self._vintage(figure.cell, edition)}"
        return Figure(replace(figure.cell, records=name), figure.measure)

    def _differences(self, records: str, older: str, newer: str, sums: Iterable[Sum]) -> None:
        """Differences between two editions that were not published but follow from sums of published ones."""
        change: dict[Figure, int] = {}
        for figure in self.values:
            then, now = self._value(figure, older), self._value(figure, newer)
            if figure.cell.records == records and then is not None and now is not None:
                change[figure] = now - then
        for figure in {figure for relation in sums for figure in figures_of(relation)}:
            if self._tagged(figure, older) == self._tagged(figure, newer):
                change[figure] = 0
        for figure, value in propagate(sums, change).items():
            if figure not in change and figure in self.shown and 0 < abs(value) < self.threshold[figure.cell]:
                self.expose(6, REVISED, figure.cell)

    # the system ------------------------------------------------------------------------------------------------------

    def _assemble(self) -> tuple[dict[Figure, int], Structure]:
        """Known figures and relations of all record types; figures of revised periods carry the vintage they are of."""
        known: dict[Figure, int] = {}
        whole = Structure()
        for records, shape in self.shapes.items():
            mine = {figure: frozenset(e) for figure, e in self.shown.items() if figure.cell.records == records}
            if records not in self.touched:
                values = {f: next(iter(self.values[f].values())) for f in mine if f in self.values}
                whole.join(build(shape, mine, values))
                known |= values
                continue
            ties: dict[str, Structure] = {}
            for edition in self._stages(records):
                alike = {figure: e & self._alike(figure.cell, edition) for figure, e in mine.items()}
                seen = {figure: e for figure, e in alike.items() if e}
                told = {figure: value for figure in seen if (value := self._value(figure, edition)) is not None}
                ties[edition] = build(shape, seen, told)
                whole.join(ties[edition].renamed(partial(self._tagged, edition=edition)))
                known.update((self._tagged(figure, edition), value) for figure, value in told.items())
            for older, newer in itertools.combinations(ties, 2):
                common = [relation for relation in ties[newer].relations if relation in ties[older].relations]
                self._differences(records, older, newer, [r for r in common if isinstance(r, Sum)])
                whole.join(self._rises(shape, older, newer, ties))
        return known, whole

    def _stages(self, records: str) -> list[str]:
        """The first edition of each vintage of any year of a record type."""
        vintages = [by_edition for (name, _), by_edition in self.vintage.items() if name == records]
        firsts = {first for by_edition in vintages for first in by_edition.values()}
        return [edition for edition in self.order if edition in firsts]

    def _fell(self, records: str, older: str, newer: str) -> set[str]:
        """Years of which a published figure went down: records did not only come late, and a rise says nothing."""
        pairs = ((f, self._value(f, older), self._value(f, newer)) for f in self.values if f.cell.records == records)
        return {
            _year(figure.cell) for figure, then, now in pairs if now is not None and then is not None and now < then
        }

    def _rises(self, shape: Shape, older: str, newer: str, ties: Mapping[str, Structure]) -> Structure:
        """Records only come late: what a revised figure rose by is a figure of its own, and a group to be examined.

        Rises of what adds up add up. A woman new to a whole is new to some part of it, and has a record that is new.
        """
        structure = Structure()
        fell = self._fell(shape.records, older, newer)

        def rise(figure: Figure) -> Figure:
            pair = f"{self._vintage(figure.cell, older)}~{self._vintage(figure.cell, newer)}"
            return Figure(replace(figure.cell, records=f"{shape.records}#{pair}"), figure.measure)

        known = ties[older].relations
        common = [relation for relation in ties[newer].relations if relation in known or _other(relation) in known]
        shown = {
            figure
            for figure, e in self.shown.items()
            if figure.cell.records == shape.records
            and all(e & self._alike(figure.cell, edition) for edition in (older, newer))
        }
        tied = {figure for relation in common for figure in figures_of(relation)} | shown
        risen = {
            figure: None
            for figure in sorted(tied, key=lambda figure: (_by_name(figure.cell), figure.measure))
            if not figure.measure.endswith(NOT)
            and _year(figure.cell) not in fell
            and self._tagged(figure, older) != self._tagged(figure, newer)
        }
        for figure in risen:
            before, after = (self._tagged(figure, edition) for edition in (older, newer))
            structure.add(Sum(after, (before, rise(figure))))
            if figure.measure == shape.persons and (rows := Figure(figure.cell, shape.rows)) in risen:
                structure.add(AtMost(rise(figure), rise(rows)))
        for equal in ties[newer].equalities:
            cells = [self._women(cell) for cell in (equal.parent, equal.cell)]
            then, now = ([self._value(figure, edition) for figure in cells] for edition in (older, newer))
            more = [b - a for a, b in zip(then, now, strict=True) if a is not None and b is not None]
            if len(more) == 2 and 0 < more[0] <= more[1]:  # everybody who came late has the trait
                self.expose(5, EQUAL, equal.cell)
        for relation in common:
            if isinstance(relation, AtMost) or not all(figure in risen for figure in figures_of(relation)):
                continue
            if isinstance(relation, Cover) or relation not in known:  # of two sums the rises add up by themselves
                codes = sorted(pair for part in relation.parts for pair in part.cell.where - relation.total.cell.where)
                parts = rise(Figure(relation.total.cell, f"{relation.total.measure}+{codes}"))
                structure.add(Sum(parts, tuple(map(rise, relation.parts))), AtMost(rise(relation.total), parts))
        near = {
            figure: group.near for group in ties[newer].complements for figure in (group.women, group.rows) if figure
        }
        for figure in risen:
            people = figure.measure in {shape.women, *({shape.rows} if shape.persons else ())}
            if people and (figure in shown or figure in near):
                structure.rises[Rise(rise(figure), near.get(figure, figure.cell))] = None
        return structure


def _other(relation: Relation) -> Relation:
    """The same parts of the same total, that add up where these cover it, or cover it where these add up."""
    if isinstance(relation, AtMost):
        return relation
    return (Sum if isinstance(relation, Cover) else Cover)(relation.total, relation.parts)


def _year(cell: Cell) -> str:
    """The calendar year of a cell; no time code spans two."""
    return cell.code(PERIOD)[:4]


def _by_name(cell: Cell) -> tuple[str, list[tuple[str, str]]]:
    return (cell.records, sorted(cell.where))
