"""Counting again without counting anew: what was counted once is kept, and a table that tells less is taken from it.

A table with fewer levels of time, dimensions or measures is a part of one that has them all, so trials of such tables
cost no look at the records.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace

import pandas as pd

from pipeline.confidential.tabulation.count import Rows, columns, time_codes
from pipeline.institute.plan import PERIOD, Edition, Plan, TableSpec
from pipeline.model.cells import TOTAL, Counts

Counting = Callable[[Plan, Mapping[str, Rows]], Counts]
"""Counts the tables of a plan over the given rows of each record type."""


class Recount:
    """Counts the tables of plans that differ in their tables alone, for the edition of that name. `counting` looks at the
    records."""

    def __init__(self, counting: Counting, edition: str) -> None:
        self._counting, self._edition = counting, edition
        self._kept: dict[str, list[tuple[TableSpec, pd.DataFrame]]] = {}

    def __call__(self, plan: Plan, rows: Mapping[str, Rows]) -> Counts:
        """Counts of the tables of a plan over those rows, as counting them anew would give them."""
        found: dict[str, pd.DataFrame] = {}
        left = []
        names = {table.resource: _named(table.resource, rows) for table in plan.tables}
        for table in plan.tables:
            kept = self._kept.setdefault(names[table.resource], [])
            whole = next(((spec, frame) for spec, frame in kept if _within(table, spec)), None)
            if whole:
                found[table.id] = _part(table, *whole, plan, plan.edition(self._edition))
            else:
                left.append(table)
        if left:
            counted = self._counting(replace(plan, tables=tuple(left)), rows).tables
            for table in left:
                self._kept[names[table.resource]].append((table, counted[table.id]))
                found[table.id] = counted[table.id]
        return Counts({table.id: found[table.id] for table in plan.tables})


def _named(resource: str, rows: Mapping[str, Rows]) -> str:
    """A record type and which of its records are counted."""
    taken = rows.get(resource)
    files = [path for path in (taken.path, taken.out) if path] if taken else []
    return " ".join([resource, *(hashlib.sha256(path.read_bytes()).hexdigest() for path in files)])


def _within(table: TableSpec, whole: TableSpec) -> bool:
    """Whether a table tells nothing that another one does not, in the same order."""
    if dict(table.where) != dict(whole.where):
        return False
    return all(
        set(less) <= set(more) and tuple(each for each in more if each in less) == tuple(less)
        for less, more in (
            (table.dimensions, whole.dimensions),
            (table.measures, whole.measures),
            (table.levels, whole.levels),
        )
    )


def _part(table: TableSpec, whole: TableSpec, frame: pd.DataFrame, plan: Plan, edition: Edition) -> pd.DataFrame:
    """What a table counts, taken from one that tells more."""
    codes = time_codes(table, plan, edition)
    rows = frame[frame[PERIOD].isin(codes)]
    for name in set(whole.dimensions) - set(table.dimensions):
        rows = rows[rows[name] == TOTAL]
    order = {code: place for place, code in enumerate(codes)}
    rows = rows.sort_values(PERIOD, key=lambda column: column.map(order), kind="stable").reset_index(drop=True)
    rows = rows.assign(published=rows[PERIOD].map(codes).astype("bool"))
    return rows[columns(table, plan.resources[table.resource])]
