"""Files of one record type that have rows in common: the same ones again, most of them, or all rows twice. Reads what was read.

Keys tell of records that are there twice; where there is none, the files that look alike are read again with whole dates, for two
dates of one month are two rows.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from itertools import chain
from pathlib import Path

from pipeline.confidential.intake.records import FILE, ID
from pipeline.confidential.storage.workspace import Store, text
from pipeline.confidential.storage.workspace import name as quoted
from pipeline.institute.plan import Resource
from pipeline.model.findings import Finding

ALIKE = 5
"""Distinct rows from which two files with the same ones are one file twice: of fewer, it may be chance."""
SHARED, MOSTLY = 20, 0.75
"""So many distinct rows, and such a share of those of one of two files, are not there as often in the other by chance: where
rows are few kinds, less than two in five are."""
Rows = dict[str, Counter[tuple[str, ...]]]
"""Period → how often each row is in a file, as it is written."""


def same_rows(
    resource: Resource, path: Path, store: Store, files: Collection[str], written: Callable[[str], Rows]
) -> Iterator[Finding]:
    """Finds files that have rows in common, in another order or format: the same ones, or most of what one of them has of
    some period. `path`: what was read; `files`: those with rows; `written`: reads the rows of a file again.
    """
    if resource.schema.get("primaryKey"):
        return
    yield from _doubled(resource, path, store, written)
    if len(files) < 2:
        return
    told: set[str] = set()
    again: dict[str, Rows] = {}
    for earlier, name in _alike(resource, path, store):
        for each in {earlier, name} - again.keys():
            again[each] = written(each)
        if name in told:
            continue
        same, shared = _in_common(again[earlier], again[name])
        if same:
            yield Finding.of(name, "same_rows", other=earlier)
        elif shared:
            yield Finding.of(name, "shared_rows", other=earlier)
        told |= {name} if same or shared else set()


def _alike(resource: Resource, path: Path, store: Store) -> Iterator[tuple[str, str]]:
    """Pairs of files that may have rows in common, as far as what was read of them tells; the earlier one first."""
    mark = f"hash({', '.join(map(quoted, resource.fields))})"
    period, file = quoted(resource.period), quoted(FILE)
    asked = f"""WITH rows AS (
            SELECT {file} AS file, {period}::VARCHAR AS period, {mark} AS mark, count(*) AS times,
                min({quoted(ID)}) AS first
            FROM read_parquet({text(path)}) GROUP BY ALL),
        files AS (SELECT file, min(first) AS first FROM rows GROUP BY file),
        parts AS (SELECT file, period, count(*) AS kinds FROM rows GROUP BY GROUPING SETS ((file, period), (file))),
        common AS (
            SELECT one.file AS earlier, other.file AS file, one.period AS period, count(*) AS kinds
            FROM rows one JOIN rows other USING (mark, times)
            JOIN files a ON a.file = one.file JOIN files b ON b.file = other.file
            WHERE a.first < b.first
            GROUP BY GROUPING SETS ((one.file, other.file, one.period), (one.file, other.file)))
        SELECT DISTINCT earlier, common.file, b.first FROM common
        JOIN parts x ON x.file = earlier AND x.period IS NOT DISTINCT FROM common.period
        JOIN parts y ON y.file = common.file AND y.period IS NOT DISTINCT FROM common.period
        JOIN files b ON b.file = common.file
        WHERE common.kinds >= {ALIKE} AND common.kinds >= {MOSTLY} * least(x.kinds, y.kinds)
        ORDER BY b.first, earlier"""
    for earlier, name, _ in store.rows(asked):
        yield earlier, name


def _doubled(resource: Resource, path: Path, store: Store, written: Callable[[str], Rows]) -> Iterator[Finding]:
    """Finds files of which all rows, or all of some period, are there twice or as many times: what was pasted again, or what a
    query multiplied."""
    period, file = quoted(resource.period), quoted(FILE)
    mark = f"hash({', '.join(map(quoted, resource.fields))})"
    asked = f"""SELECT DISTINCT file FROM (
            SELECT {file} AS file, {period} AS period, {mark}, count(*) AS times FROM read_parquet({text(path)})
            GROUP BY ALL)
        GROUP BY GROUPING SETS ((file, period), (file)) HAVING sum(times) >= 2 * {SHARED} AND list_reduce(list(times), lambda a, b: gcd(a, b)) > 1
        ORDER BY file"""
    for (name,) in store.rows(asked):
        times = [list(rows.values()) for rows in written(name).values()]
        if any(len(each) >= SHARED and math.gcd(*each) > 1 for each in (*times, [*chain(*times)])):
            yield Finding.of(name, "rows_doubled")


def _in_common(earlier: Rows, later: Rows) -> tuple[bool, bool]:
    """Whether two files have the same rows; whether they have most rows of some period, or of all, in common."""
    if earlier == later and sum(map(len, later.values())) >= ALIKE:
        return True, True
    found = {}
    for period in earlier.keys() & later.keys():
        one, other = earlier[period], later[period]
        found[period] = sum(times == other.get(row) for row, times in one.items()), min(len(one), len(other))
    smaller = min(sum(map(len, earlier.values())), sum(map(len, later.values())))
    found[""] = sum(common for common, _ in found.values()), smaller
    return False, any(common >= SHARED and common >= MOSTLY * least for common, least in found.values())
