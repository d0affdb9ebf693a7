"""What would withhold less: changes of a table that win figures back, each tried and not guessed. Pure: touches no files.

A trial protects all tables again with one of them changed: a coarser time, a coarser level of codes, the two smallest
codes of a list together, a dimension less, or events alone, with women at the coarsest time or not at all. Nothing here is a count of women: only numbers of cells come out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from pipeline.confidential.protection import constraints
from pipeline.confidential.protection.protect import NOTHING, Before, Protection, Told, protect
from pipeline.confidential.protection.vintages import Vintage, told_before
from pipeline.institute.plan import PERIOD, Code, CodeList, Edition, Plan, TableSpec
from pipeline.model import periods
from pipeline.model.cells import TOTAL, Cell, Counts, Figure
from pipeline.model.findings import Finding, PipelineError
from pipeline.optimisation.solver import Bools

Recount = Callable[[Plan], Counts]
"""Counts the records again by a changed plan."""

COARSER_TIME, COARSER_CODES, MERGED, DROPPED = "coarser_time", "coarser_codes", "merged", "dropped"
EVENTS, COARSER_WOMEN = "events", "coarser_women"
BAND = 5
"""Steps, in percent, of the withheld share of women and records: more exact it would tell what a single withheld cell counts."""


@dataclass(frozen=True)
class Trial:
    """A change of a table and what came of it, in cells of all tables.

    facts: what changes (level, dimension, codes). `possible`: whether it can be published at all. won: withheld before,
    shown now; lost: the other way round; gone: shown before, no longer there. withheld, cells: of the table, now.
    """

    table: str
    change: str
    facts: Mapping[str, str]
    possible: bool
    won: int = 0
    lost: int = 0
    gone: int = 0
    withheld: int = 0
    cells: int = 0

    @property
    def net(self) -> int:
        return self.won - self.lost


@dataclass(frozen=True)
class _Old:
    """A table as earlier editions showed it, with its counts, and those editions with the table under that name."""

    table: TableSpec
    frame: pd.DataFrame
    earlier: list[Vintage]

    @classmethod
    def of(cls, now: TableSpec, counts: Counts, codes: Collection[str], earlier: Sequence[Vintage]) -> _Old:
        table = replace(now, id=f"{now.id}@", retired=True)

        def renamed(found: Counts) -> Counts:
            if now.id not in found.tables:
                return found
            others = {name: frame for name, frame in found.tables.items() if name != now.id}
            return Counts({**others, table.id: told_before(found.tables[now.id], codes)})

        older = [replace(each, counts=renamed(each.counts), added=renamed(each.added)) for each in earlier]
        return cls(table, told_before(counts.tables[now.id], codes), older)


@dataclass(frozen=True)
class _Change:
    """`plan` and `counts` after the change; `merged` is (dimension, union, its codes) where two codes became one."""

    change: str
    facts: Mapping[str, str]
    plan: Plan
    counts: Counts
    merged: tuple[str, str, tuple[str, ...]] | None = None


class Share(NamedTuple):
    """Of one table: cells withheld, cells, and how much is withheld of the women and of the records that its cells count, in
    percent and in steps of BAND (that much or up to BAND more); None where the table does not count them, or too few.
    """

    withheld: int
    cells: int
    women: int | None
    records: int | None


def shares(protection: Protection, plan: Plan) -> dict[str, Share]:
    """Table → what of it is withheld, the largest share of cells first. `plan`: with its tables as the edition has them."""
    value = dict(zip(protection.figures, protection.truth.tolist(), strict=True))
    found = {}
    for name, frame in protection.masked.tables.items():
        table = plan.table(name)
        resource, gone = plan.resources[table.resource], frame["withheld"].to_numpy(bool)
        cells = [
            constraints.cell_of({n: str(row[n]) for n in table.dimensions}, table, resource, plan.lists)
            for row in frame.to_dict("records")
        ]
        bands = [
            _band([value[Figure(cell, measure)] for cell in cells], gone, plan.threshold(table))
            if measure in frame
            else None
            for measure in (resource.persons, resource.rows)
        ]
        found[name] = Share(int(gone.sum()), len(frame), *bands)
    return dict(sorted(found.items(), key=lambda item: (-item[1].withheld / max(item[1].cells, 1), item[0])))


def _band(counts: list[int], gone: Bools, threshold: int) -> int | None:
    """How much of some counts is withheld, in percent, rounded down to a step; None where a step would tell a small number."""
    whole = sum(counts)
    if whole * BAND < 100 * threshold:
        return None
    return min(100 * int(np.array(counts)[gone].sum()) // whole // BAND * BAND, 100 - BAND)


@dataclass(frozen=True)
class Base:
    """An edition before any change: what `protect` was asked about it, under the same names, and what it answered.

    protection: None where nothing can be published. told: table → time codes that earlier editions show of it.
    """

    counts: Counts
    plan: Plan
    edition: Edition
    published: Mapping[Figure, int]
    effort: str
    protection: Protection | None
    earlier: Sequence[Vintage] = ()
    before: Before = NOTHING
    told: Mapping[str, Collection[str]] = field(default_factory=dict)


def trials(base: Base, recount: Recount, tables: Sequence[str], tell: Callable[[int, int], None]) -> list[Trial]:
    """Tries every change of `tables`, one at a time, and puts first what wins back most. `tell`: the number of a trial, of all.

    What earlier editions show stays published, so a table that changes is protected in its old form as well.
    """
    counts, plan = base.counts, base.plan
    every = [(name, change) for name in tables for change in _changes(name, recount, counts, plan)]
    olds = {name: _Old.of(plan.table(name), counts, base.told.get(name, ()), base.earlier) for name in tables}
    before = _shown(base.protection, plan) if base.protection else {}
    found = []
    for number, (name, change) in enumerate(every, start=1):
        tell(number, len(every))
        old = olds[name]
        changed = replace(change.plan, tables=(*change.plan.tables, old.table))
        frames = _counts(change.counts, old.table.id, old.frame)
        try:
            after = protect(frames, changed, base.edition, Told(base.published, old.earlier, base.before), base.effort)
        except PipelineError:
            found.append(Trial(name, change.change, change.facts, False))
            continue
        found.append(_compared(name, change, before, after))
    return sorted(found, key=lambda trial: (not trial.possible, -trial.net, trial.gone, trial.table, trial.change))


def _compared(name: str, change: _Change, before: Mapping[Cell, bool], protection: Protection) -> Trial:
    after = _shown(protection, change.plan)
    won = sum(shown and before.get(cell) is False for cell, shown in after.items())
    if change.merged:
        dimension, union, codes = change.merged
        new = [cell for cell, shown in after.items() if shown and cell.code(dimension) == union]
        won += sum(any(before.get(cell.at(dimension, code)) is False for code in codes) for cell in new)
    lost = sum(not shown and before.get(cell) is True for cell, shown in after.items())
    gone = sum(shown for cell, shown in before.items() if cell not in after)
    frame = protection.masked.tables[name]
    withheld = int(frame["withheld"].sum())
    return Trial(name, change.change, change.facts, True, won, lost, gone, withheld, len(frame))


def _shown(protection: Protection, plan: Plan) -> dict[Cell, bool]:
    """Every cell that is published: whether it is shown or withheld."""
    found = {}
    for table in (table for table in plan.tables if not table.retired):
        resource = plan.resources[table.resource]
        for row in protection.masked.tables[table.id].to_dict("records"):
            codes = {name: str(row[name]) for name in table.dimensions}
            found[constraints.cell_of(codes, table, resource, plan.lists)] = not row["withheld"]
    return found


def _changes(name: str, recount: Recount, counts: Counts, plan: Plan) -> Iterator[_Change]:
    table = plan.table(name)
    resource, frame = plan.resources[table.resource], counts.tables[name]
    if len(table.levels) > 1:
        level = table.levels[-1]
        coarser = replace(table, levels=table.levels[:-1])
        rest = frame[(frame[PERIOD].map(periods.level_of) != level) | ~frame["published"]]
        yield _Change(COARSER_TIME, {"level": level}, _with(plan, coarser), _counts(counts, name, rest))
    events = tuple(measure for measure in table.measures if measure != resource.persons)
    if resource.persons in table.measures and events:
        alone = replace(table, measures=events)
        same = _counts(counts, name, frame)
        yield _Change(EVENTS, {"measure": resource.persons}, _with(plan, alone), same)
        if len(table.levels) > 1:
            level = table.levels[0]
            women = replace(table, id=f"{name}+", levels=(level,))
            rest = frame[(frame[PERIOD].map(periods.level_of) == level) & frame["published"]]
            both = _with(plan, alone)
            both = replace(both, tables=(*both.tables, women))
            facts = {"measure": resource.persons, "level": level}
            yield _Change(COARSER_WOMEN, facts, both, _counts(same, women.id, rest))
    others = table.dimensions[1:]
    for dimension in others:
        if len(others) > 1:
            rest = frame[frame[dimension] == TOTAL].drop(columns=dimension)
            fewer = replace(table, dimensions=tuple(each for each in table.dimensions if each != dimension))
            yield _Change(DROPPED, {"dimension": dimension}, _with(plan, fewer), _counts(counts, name, rest))
        described = resource.dimensions[dimension]
        if described.kind == "multiple":
            continue
        codes = plan.lists[described.codes]
        if fine := {code.code for code in codes.codes if code.parent and code.code not in codes.parents}:
            rest = frame[~frame[dimension].isin(fine)]
            yield _Change(COARSER_CODES, {"dimension": dimension}, plan, _counts(counts, name, rest))
        if pair := _smallest(frame, dimension, codes, described.unspecified):
            yield _merged(table, dimension, pair, recount, counts, plan)


def _smallest(frame: pd.DataFrame, dimension: str, codes: CodeList, unspecified: Collection[str]) -> tuple[str, ...]:
    """The two codes below one parent that count the fewest, where it has others besides."""
    others = [name for name in frame.columns if name in (PERIOD, dimension)]
    size = frame.groupby(others, sort=False)["women"].max().groupby(dimension).sum()
    best: list[tuple[int, tuple[str, ...]]] = []
    leaves = [code for code in codes.codes if code.code in set(codes.leaves) and code.code not in unspecified]
    for parent in {code.parent for code in leaves}:
        below = sorted((code.code for code in leaves if code.parent == parent), key=lambda code: (size[code], code))
        if len(below) > 2:
            best.append((int(size[below[0]] + size[below[1]]), tuple(below[:2])))
    return min(best, default=(0, ()))[1]


def _merged(
    table: TableSpec,
    dimension: str,
    pair: tuple[str, ...],
    recount: Recount,
    counts: Counts,
    plan: Plan,
) -> _Change:
    """The table with a code that unites two in their place."""
    name = plan.resources[table.resource].dimensions[dimension].codes
    codes = plan.lists[name]
    union = Code("+".join(pair), codes.by_code[pair[0]].parent, pair, len(codes.codes) + 1, {})
    changed = replace(plan, lists={**plan.lists, name: CodeList(name, (*codes.codes, union))})
    frame = recount(replace(changed, tables=(table,))).tables[table.id]
    rest = frame[~frame[dimension].isin(pair)]
    facts = {"dimension": dimension, "codes": ", ".join(pair)}
    return _Change(MERGED, facts, changed, _counts(counts, table.id, rest), (dimension, union.code, pair))


def advised(finding: Finding, plan: Plan) -> Finding:
    """A refusal of a table, with what its institute could give up of it: levels of time, codes, dimensions. Nothing that the
    table has not got is advised. Other findings stay as they are."""
    name = dict(finding.facts).get("table", "")
    if not finding.rule.startswith("unprotectable"):
        return finding
    if "@" in name:
        id_, _, edition = name.partition("@")
        return Finding.of(f"tables.yaml:{id_}", "no_safe_way_retired", edition=edition)
    table = next((each for each in plan.tables if each.id == name), None)
    if table is None:
        return finding
    known, others = plan.resources[table.resource].dimensions, table.dimensions[1:]
    single = {each: plan.lists[known[each].codes] for each in others if known[each].kind != "multiple"}
    ways = {
        COARSER_TIME: table.levels[-1:] if len(table.levels) > 1 else (),
        COARSER_CODES: [each for each, codes in single.items() if codes.parents],
        MERGED: [each for each, codes in single.items() if len(codes.leaves) > 2],
        DROPPED: others if len(others) > 1 else (),
    }
    given = {way: ", ".join(what) for way, what in ways.items() if what}
    if finding.rule == "unprotectable":
        return Finding.of(finding.where, "no_safe_way", **{"table": name, **given})
    if finding.rule == "unprotectable_unknown":
        return Finding.of(finding.where, "no_safe_way_found", **{"table": name, **given})
    finer = {COARSER_TIME: ", ".join(table.levels[1:])} if len(table.levels) > 1 else {}
    # Its own total is the matter: what divides it has no part in that.
    return Finding.of(finding.where, "no_safe_way_total", **{"table": name, **finer})


def _with(plan: Plan, table: TableSpec) -> Plan:
    return replace(plan, tables=tuple(table if each.id == table.id else each for each in plan.tables))


def _counts(counts: Counts, name: str, frame: pd.DataFrame) -> Counts:
    return Counts({**counts.tables, name: frame.reset_index(drop=True)})
