"""Can anybody be found? Answered from published editions alone, as any citizen could. Pure: knows no paths, no secrets.

In: packages, oldest edition first. Out: an `Audit` with every exposure found (none: the editions are safe together).
The sums are rebuilt from the published tables and code lists; nothing is shared with the code that chose what to
withhold, except the search for other worlds (`worlds`). Where the cells that hang together are few, sets of records are
asked as well (`patterns`). Numbers of the rules are those of the methodology:

1  a published count of women lies in 1..k−1, directly or as a complement that can be computed; or what release.json
   tells of the records refused and recoded stands for so few counts that such a one could be told from it;
2  a withheld cell can be proved to hold fewer than k women (no whole-number world gives it k or more);
4  a withheld figure that may be small can be computed exactly;
5  everybody in a group can be seen to share a sensitive trait;
6  a cell was published twice and what it rose by lies in 1..k−1, or can be proved to;
7  the parts of a total can be proved to have 1..k−1 women more than it has: those who stand in several of them;
8  a withheld cell that may be nothing can be proved to hold fewer than k women: to whoever knows how cells are chosen
   it is a zero;
0  the figures contradict one another, so that no world fits them; or an edition contradicts what is asked of it: its
   audit.json says otherwise than this audit, or its thresholds are lower than the newest edition has for such tables.

The reader of the published files cannot tell a withheld cell that is small from one that protects it, so the audit asks
rules 2 and 4 of every withheld cell. Rule 3 (somebody who knows that a cell counts exactly herself) cannot be tested
here: which cells count one woman is a secret. It is tested where the secret still exists, before publication.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.model.cells import NOT, Cell, Figure, Relation, Sum
from pipeline.model.findings import Finding
from pipeline.public.audit.attacker import Attacker, Contradiction
from pipeline.public.audit.constraints import Structure, figures_of, propagate
from pipeline.public.audit.linked_editions import Joint, Published, Vintages, by_name, join, year
from pipeline.public.audit.structure import Counting, Counts, Shape
from pipeline.public.edition import quality
from pipeline.public.edition.model import PERIOD, Certificate, Package

RULES = (1, 2, 4, 5, 6, 7, 8)
VERSION = "2.5"
"""Of the method: raised when the same editions might be judged differently."""
METHOD = "whole-number worlds over all editions"
SUMS, PUBLISHED, COMPLEMENT, WITHHELD = "sums", "published", "complement", "withheld"
EXACT, EQUAL, REVISED, QUALITY = "exact", "equal", "revised", "quality"
OVERLAP, ZERO = "overlap", "zero"
CERTIFICATE = "certificate"

Ints = NDArray[np.int64]


@dataclass(frozen=True, order=True)
class Exposure:
    """A rule that is broken at a published cell. Says where, never a value or a bound.

    kind: published, complement, withheld, exact, equal, revised, overlap, zero, sums, or what is said of no cell: quality (a
    count of release.json), certificate (audit.json).
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
        where = ", ".join(f"tables/{table}.csv" for table in self.tables) or self.records or "audit.json"
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

    def certificate(self) -> Certificate:
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
    case.exposures |= contradictions(packages)
    worlds = case.attacker.worlds if case.attacker else np.zeros((0, 0), dtype=np.int64)
    return Audit(
        exposures=tuple(sorted(case.exposures)),
        editions=tuple(package.edition for package in packages),
        cells=len(case.published.places),
        withheld=len(case.published.zeros),
        figures=len(case.published.shown),
        witnesses=len(worlds),
        columns=case.attacker.figures if case.attacker else (),
        worlds=worlds,
    )


def contradictions(packages: Sequence[Package]) -> set[Exposure]:
    """Editions whose audit.json contradicts what the editions say together; oldest first."""
    by_name = {package.edition: package for package in packages}
    found, counting = set(), Counting()
    for package in packages:
        told = package.certificate
        if told is None:
            continue
        named = [by_name[name] for name in told["editions"] if name in by_name]
        whole = len(named) == len(told["editions"]) and told["version"] == VERSION
        if (
            told["editions"][-1] != package.edition
            or told["exposures"]
            or (whole and not _agrees(told, counting.of(named)))
        ):
            found.add(Exposure(0, CERTIFICATE, "", (), (package.edition,), ()))
    return found


def _agrees(told: Certificate, counted: Counts) -> bool:
    return (told["cells"], told["withheld"], told["figures"]) == counted and told["rules"] == list(RULES)


_Broken = tuple[int, str, Cell, Cell | None]
"""Rule and kind of an exposure, its cell, and the cell that it is seen from."""


def _always(broken: _Broken) -> Callable[[bool], _Broken]:
    return lambda _: broken


class _Claim(NamedTuple):
    """A figure that must be able to be `least` or more, for whoever reads all editions, or else to be nothing: it is exposed
    where it cannot reach that and one of its `signs` cannot be 0, or where it is `certain` that it is something. `broken`:
    what it is an exposure of, by whether it can be nothing."""

    figure: Figure
    least: int
    signs: tuple[Figure, ...]
    broken: Callable[[bool], _Broken]
    certain: bool = False


class _Case:
    """All editions as one system of figures; `examine` fills `exposures`."""

    def __init__(self, packages: Sequence[Package], seed: int) -> None:
        self.packages, self.seed = packages, seed
        self.exposures: set[Exposure] = set()
        self.published = Published(packages)
        self.order = {edition: n for n, edition in enumerate(self.published.order)}
        self.threshold = self.published.threshold
        self.touched: dict[str, frozenset[str]] = defaultdict(frozenset)
        """Record type → periods of which a published figure was revised (finest parts)."""
        self.years: dict[tuple[str, str], dict[str, dict[Figure, int]]] = defaultdict(lambda: defaultdict(dict))
        """(Record type, year) → edition → the figures that it shows."""
        self._times: dict[tuple[str, str], frozenset[str]] = {}
        self.attacker: Attacker | None = None
        self.promises = bool(self.published.promised)
        """Whether events that are shown are taken to be those of as many women as are promised."""
        for package in packages:
            for records in quality.exposed(package):
                self.exposures.add(Exposure(1, QUALITY, records, (), (package.edition,), ()))
        self.exposures |= {Exposure(1, QUALITY, name, (), two, ()) for name, two in quality.exposed_together(packages)}
        for cell in self.published.clashes:
            self.expose(0, SUMS, cell)

    def expose(self, rule: int, kind: str, cell: Cell, near: Cell | None = None) -> None:
        """Notes an exposure. A group that nobody published is named by the tables of the cell it is seen from."""
        cell = cell.plain
        places = self.published.places.get(near.plain if near else cell, {})
        tables = tuple(dict.fromkeys(table for table, _ in places))
        editions = tuple(sorted({edition for _, edition in places}, key=self.order.__getitem__))
        self.exposures.add(Exposure(rule, kind, cell.records, tables, editions, tuple(sorted(cell.where))))

    def examine(self) -> None:
        """Applies the rules one by one. Where the figures contradict one another, records may have come late unseen: then
        the editions that cannot count alike are told apart, in the end each from every other, and the rules applied again.
        """
        joint = join(self.published, self._vintages())
        differences = set(self.exposures)
        at = self._examined(joint)
        if at is not None and self.promises:  # events of few women are shown: by which rule is told without the promise
            self.exposures, self.promises = set(differences), False
            told, at = at, self._examined(joint)
            if at is None and self.exposures == differences:
                for figure in told:
                    self.expose(1, PUBLISHED, figure.cell)
        for figure in at or ():
            self.expose(0, SUMS, figure.cell)

    def _examined(self, joint: Joint) -> tuple[Figure, ...] | None:
        """None, or where the figures contradict one another even if records came late unseen."""
        differences = set(self.exposures)
        at = self._judged(joint)
        for each in (False, True)[: len(self.packages) - 1]:
            if at is not None:
                self.exposures = set(differences)
                at = self._judged(join(self.published, self._unseen(joint, each=each)))
        return at

    def _judged(self, joint: Joint) -> tuple[Figure, ...] | None:
        """None, or where the figures contradict one another."""
        try:
            self._judge(joint)
        except Contradiction as found:
            return found.figures or (Figure(Cell(next(iter(self.published.shapes))), ""),)
        return None

    def _judge(self, joint: Joint) -> None:
        self._differences(joint)
        published, named = self.published, joint.vintages.named
        hidden = {named(figure, edition): None for figure, found in published.hidden.items() for edition in found}
        shown = dict.fromkeys(named(f, edition).cell for f, found in published.shown.items() for edition in found)
        self.attacker = attacker = Attacker(
            *_system(joint, shown, self.promises), self.seed, (published.shapes, published.order)
        )
        self._small(attacker, joint.known, shown, _withheld(joint), joint.structure)
        self._exact(attacker, hidden)
        self._within(attacker, joint)

    # rules 1, 2 and 5 ------------------------------------------------------------------------------------------------

    def _small(
        self,
        attacker: Attacker,
        known: Mapping[Figure, int],
        shown: Iterable[Cell],
        withheld: Mapping[Cell, bool],
        structure: Structure,
    ) -> None:
        """Groups that can be shown to hold fewer than k women, and groups that can be shown to share a trait.

        A figure that cannot be shown to reach its threshold is small, unless it can be shown to be nothing.
        """
        groups = {f: seen for f, seen in self._groups(shown, structure).items() if f in attacker.number}
        claims = [
            *(self._of_group(women, groups[women], attacker, known, withheld) for women in groups),
            *self._of_differences(structure),
        ]
        met = attacker.reach([(claim.figure, claim.least) for claim in claims])
        small = [claim for claim in claims if (claim.figure, claim.least) not in met]
        signs = dict.fromkeys(sign for claim in small for sign in claim.signs if sign in attacker.number)
        empty = attacker.fall(dict.fromkeys(signs, 0))
        for claim in small:
            if claim.certain or any(sign not in empty for sign in claim.signs):
                self.expose(*claim.broken(claim.figure in empty))

    def _of_group(
        self,
        women: Figure,
        seen: tuple[Cell, Figure | None],
        attacker: Attacker,
        known: Mapping[Figure, int],
        withheld: Mapping[Cell, bool],
    ) -> _Claim:
        """A small group is exposed by the rule for what it is: withheld, withheld and nothing, shown, or a remainder."""
        (near, rows), cell = seen, women.cell
        signs = (women, rows) if rows in attacker.number else (women,)

        def broken(empty: bool) -> _Broken:
            if cell in withheld and women not in known:
                return (8, ZERO, cell, None) if withheld[cell] and empty else (2, WITHHELD, cell, None)
            return (1, PUBLISHED, cell, None) if near == cell else (1, COMPLEMENT, cell, near)

        certain = cell in withheld and women == self._women(cell)
        return _Claim(women, self.threshold[near.plain], signs, broken, certain=certain)

    def _of_differences(self, structure: Structure) -> Iterator[_Claim]:
        """Women who came between two editions, who stand in several parts, and who do not share a trait with all others."""
        for rise in structure.rises:
            at = (6, REVISED, rise.figure.cell, rise.near)
            yield _Claim(rise.figure, self.threshold[rise.near.plain], (rise.figure,), _always(at))
        for overlap in structure.overlaps:
            at = (7, OVERLAP, overlap.near, overlap.parts[0])
            least = self.published.threshold_of(overlap.parts)
            yield _Claim(overlap.surplus, least, (overlap.surplus,), _always(at))
        for equal in structure.equalities:
            whole = (5, EQUAL, equal.cell, None)
            yield _Claim(equal.difference, 1, (self._women(equal.parent),), _always(whole))

    def _groups(self, shown: Iterable[Cell], structure: Structure) -> dict[Figure, tuple[Cell, Figure | None]]:
        """Every group of which the women must not be few: their figure → the cell that it is seen from, and the records of
        the group where they tell that it is not empty."""
        groups: dict[Figure, tuple[Cell, Figure | None]] = {}
        for group in structure.complements:
            if group.rows or group.women not in groups:
                groups[group.women] = (group.near, group.rows)
        for cell in shown:
            women, form = self._women(cell), self.published.shapes[cell.plain.records]
            groups[women] = (cell, Figure(cell, form.rows) if form.persons else None)  # nobody may come to an activity
            groups |= {Figure(cell, m): (cell, None) for m in form.people[1:]}
        return groups

    def _women(self, cell: Cell) -> Figure:
        return self.published.women(cell)

    def _within(self, attacker: Attacker, joint: Joint) -> None:
        """Women of a cell who are not in another one within it, where both are known, however far apart they are."""
        for whole, part, near in joint.nested():
            known = whole in attacker.known and part in attacker.known
            if known and 0 < attacker.known[whole] - attacker.known[part] < self.threshold[near]:
                self.expose(1, COMPLEMENT, whole.cell, near)

    # rule 4 ----------------------------------------------------------------------------------------------------------

    def _exact(self, attacker: Attacker, hidden: Mapping[Figure, None]) -> None:
        """Withheld figures that can be computed, unless their cell can be shown not to be small."""
        exact = attacker.exact([figure for figure in hidden if figure in attacker.number])
        asked = {self._women(figure.cell): self.threshold[figure.cell.plain] - 1 for figure in exact}
        small = attacker.fall({women: most for women, most in asked.items() if women in attacker.number})
        for figure, value in exact.items():
            women = self._women(figure.cell)
            nobody = value == 0 and figure.measure in self.published.at_least_one(figure.cell)
            if (women in small or women not in attacker.number) and not nobody:
                self.expose(4, EXACT, figure.cell)

    # rule 6 ----------------------------------------------------------------------------------------------------------

    def _vintages(self) -> Vintages:
        """Which editions count alike; a difference of 1..k−1 between two of them is exposed at once.

        Where a period was revised, its figures are examined vintage by vintage and not as if they had stayed the same.
        Editions between which no figure of a year changed are one vintage of that year, named by the first of them.
        """
        for figure, by_edition in self.published.values.items():
            found = set(by_edition.values())
            if len(found) > 1:
                self.touched[figure.cell.records] |= self._time(figure.cell)
            if any(0 < abs(one - other) < self.threshold[figure.cell] for one in found for other in found):
                self.expose(6, REVISED, figure.cell)
            for edition, value in by_edition.items():
                self.years[figure.cell.records, year(figure.cell)][edition][figure] = value
        names = {key: self._alike(told) for key, told in self.years.items()}
        return Vintages(self.published.order, names, partial(self._revised, self.touched))

    def _alike(
        self,
        told: Mapping[str, Mapping[Figure, int]],
        contradict: Callable[[int, int], bool] = lambda first, last: False,
    ) -> dict[str, str]:
        """Edition → the first of those that count a year as it does. `told`: edition → its figures; `contradict`: whether
        the editions from one number to another cannot be one vintage, although none of those figures changed.
        """
        names: dict[str, str] = {}
        known: dict[Figure, int] = {}
        first = 0
        for number, edition in enumerate(self.order):
            changed = any(known.get(figure, value) != value for figure, value in told.get(edition, {}).items())
            if changed or (number > first and contradict(first, number)):
                known, first = {}, number
            known |= told.get(edition, {})
            names[edition] = self.published.order[first]
        return names

    def _unseen(self, joint: Joint, *, each: bool) -> Vintages:
        """Vintages in which editions of a year that no set of records gives together are told apart.

        What changed between them stands in no two editions: a table lost a level, or another took its place. No figure
        says which months, so it may be any of the year. `each`: all editions of such a year are, since which of them count
        alike may be told by a later one only; those that do are no less alike, for nothing rose between them.
        """
        names, touched = dict(joint.vintages.names), defaultdict(frozenset, self.touched)
        together: dict[tuple[int, int], set[tuple[str, str]]] = {}
        for key in _contradictory(joint, self.promises):

            def contradict(first: int, last: int, key: tuple[str, str] = key) -> bool:
                if (first, last) not in together:
                    some = Published(self.packages[first : last + 1])
                    alike = Vintages(some.order, {}, lambda cell: False)
                    together[first, last] = _contradictory(join(some, alike), self.promises)
                return key in together[first, last]

            names[key] = {name: name for name in self.order} if each else self._alike(self.years[key], contradict)
            for figure in self.published.shown:
                if (figure.cell.records, year(figure.cell)) == key:
                    touched[key[0]] |= self._time(figure.cell)
        return Vintages(self.published.order, names, partial(self._revised, touched))

    def _time(self, cell: Cell) -> frozenset[str]:
        key = cell.records, cell.code(PERIOD).partition(NOT)[0]
        if key not in self._times:
            trees = self.published.shapes[cell.records].trees.get(PERIOD, ())
            leaves = (tree.leaves.get(key[1], frozenset({key[1]})) for tree, _ in trees)
            self._times[key] = frozenset[str]().union(*leaves)
        return self._times[key]

    def _revised(self, touched: Mapping[str, frozenset[str]], cell: Cell) -> bool:
        months = touched.get(cell.records)
        return bool(months) and not self._time(cell).isdisjoint(months or ())

    def _differences(self, joint: Joint) -> None:
        """Differences between two editions that were not published but follow from sums of published ones."""
        for shape, older, newer in joint.pairs():
            before, after = (joint.stages[shape.records][edition] for edition in (older, newer))
            sums = [
                relation for relation in after.relations if isinstance(relation, Sum) and relation in before.relations
            ]
            change = self._changes(joint, shape, older, newer, sums)
            for figure, value in propagate(sums, change).items():
                seen = figure not in change and figure in self.published.shown
                if seen and 0 < abs(value) < self.threshold[figure.cell]:
                    self.expose(6, REVISED, figure.cell)
            for equal in after.equalities:
                cells = [self._women(cell) for cell in (equal.parent, equal.cell)]
                old, new = ([joint.value(figure, edition) for figure in cells] for edition in (older, newer))
                more = [b - a for a, b in zip(old, new, strict=True) if a is not None and b is not None]
                if len(more) == 2 and any(0 < sign * more[0] <= sign * more[1] for sign in (1, -1)):
                    self.expose(5, EQUAL, equal.cell)  # everybody who came late, or went, has the trait

    def _changes(self, joint: Joint, shape: Shape, older: str, newer: str, sums: Iterable[Sum]) -> dict[Figure, int]:
        """What is known to have changed between two editions: figures that both show, and those of one vintage by nothing."""
        named = joint.vintages.named
        change: dict[Figure, int] = {}
        for figure in self.published.values:
            then, now = joint.value(figure, older), joint.value(figure, newer)
            if figure.cell.records == shape.records and then is not None and now is not None:
                change[figure] = now - then
        for figure in {figure for relation in sums for figure in figures_of(relation)}:
            if named(figure, older) == named(figure, newer):
                change[figure] = 0
        return change


def _withheld(joint: Joint) -> dict[Cell, bool]:
    """Withheld cell, by vintage → whether it may be nothing."""
    published, named = joint.published, joint.vintages.named
    return {
        named(figure, edition).cell: published.zeros[figure.cell]
        for figure, found in published.hidden.items()
        for edition in found
    }


def _system(
    joint: Joint, shown: Iterable[Cell], promises: bool
) -> tuple[tuple[Relation, ...], Mapping[Figure, int], dict[Figure, int], list[tuple[Figure, Figure]]]:
    """What a `Attacker` knows: relations, figures, the least of others, and (rows, women) of one cell."""
    published, structure = joint.published, joint.structure
    lower = {
        Figure(cell, measure): 1
        for cell, zeros in _withheld(joint).items()
        if not zeros
        for measure in published.at_least_one(cell)
    }
    lower |= structure.least
    for women, editions in published.promised.items() if promises else ():
        for edition, least in editions.items():
            named = joint.vintages.named(women, edition)
            lower[named] = max(least, lower.get(named, 0))
    cells = dict.fromkeys(shown)
    virtual = {figure.cell for relation in structure.relations for figure in figures_of(relation)}
    virtual = {cell for cell in virtual if not cell.change}  # a record that is new is not a woman who is
    together = [
        (Figure(cell, shape.rows), Figure(cell, shape.persons))
        for cell in [*cells, *sorted(virtual - cells.keys(), key=by_name)]
        if (shape := published.shapes[cell.plain.records]).persons
    ]
    return tuple(structure.relations), joint.known, lower, together


def _contradictory(joint: Joint, promises: bool) -> set[tuple[str, str]]:
    """(Record type, year) of which no world fits what is known."""
    shown = [joint.vintages.named(f, edition).cell for f, found in joint.published.shown.items() for edition in found]
    relations, known, lower, together = _system(joint, shown, promises)

    def key(figure: Figure) -> tuple[str, str]:
        return figure.cell.plain.records, year(figure.cell)

    of: dict[tuple[str, str], list[Relation]] = defaultdict(list)
    for relation in relations:
        keys = set(map(key, figures_of(relation)))
        if len(keys) == 1:  # what an edition says of all its years together ties none of them
            of[keys.pop()].append(relation)
    found = set()
    for each, mine in of.items():
        own = {figure: value for figure, value in known.items() if key(figure) == each}
        least = {figure: value for figure, value in lower.items() if key(figure) == each}
        try:
            pairs = [pair for pair in together if key(pair[0]) == each]
            Attacker(mine, own, least, pairs, 0, (joint.published.shapes, joint.published.order)).reach(())
        except Contradiction:
            found.add(each)
    return found
