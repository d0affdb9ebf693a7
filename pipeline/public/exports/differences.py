"""Two editions side by side, table by table: what is new, revised, withheld or shown since. Pure.

In: two editions as any reader sees them. Out: values. A figure is revised where both show it and it is not the same; a
figure that either of them withholds is only counted, so that nothing is told that neither edition tells.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pipeline.public.edition.model import OBS, Package, PublishedTable

Codes = tuple[str, ...]
"""The codes of a cell, one per dimension."""
Rows = Mapping[Codes, tuple[str, tuple[Any, ...]]]
"""Codes of each cell → its status and its measures."""


@dataclass(frozen=True)
class Revised:
    """A figure that both editions show: the codes of its cell, the measure, and its value in each."""

    codes: Mapping[str, str]
    measure: str
    before: int
    now: int


@dataclass(frozen=True)
class Difference:
    """One table in two editions; a table that only one of them has counts no cells in the other.

    added, removed: cells that only the newer, only the older has. hidden: shown before and withheld now; opened: withheld
    before and shown now. `columns`: whether the table has other columns now, and so cannot be held against the older one.
    """

    table: str
    title: Mapping[str, str]
    cells_before: int
    cells: int
    withheld_before: int
    withheld: int
    added: int
    removed: int
    hidden: int
    opened: int
    revised: tuple[Revised, ...]
    columns: bool

    @property
    def changed(self) -> bool:
        """Whether anything is otherwise."""
        return bool(self.added or self.removed or self.hidden or self.opened or self.revised or self.columns)


def differences(before: Package, now: Package) -> list[Difference]:
    """Every table of either edition, those of the newer first, in its order."""
    names = dict.fromkeys([*now.tables, *before.tables])
    return [_difference(name, before.tables.get(name), now.tables.get(name)) for name in names]


def _difference(name: str, before: PublishedTable | None, now: PublishedTable | None) -> Difference:
    some = now or before
    assert some is not None
    columns = bool(before and now and list(before.frame.columns) != list(now.frame.columns))
    older, newer = ({}, {}) if columns else (_rows(before), _rows(now))
    both = sorted(older.keys() & newer.keys())
    states = [(older[key][0] == "Q", newer[key][0] == "Q") for key in both]
    return Difference(
        table=name,
        title=some.title,
        cells_before=_cells(before),
        cells=_cells(now),
        withheld_before=_withheld(before),
        withheld=_withheld(now),
        added=_cells(now) - len(both),
        removed=_cells(before) - len(both),
        hidden=states.count((False, True)),
        opened=states.count((True, False)),
        revised=tuple(_revised(some, both, older, newer)),
        columns=columns,
    )


def _rows(table: PublishedTable | None) -> Rows:
    if table is None:
        return {}
    codes, measures = ([table.frame[name].tolist() for name in names] for names in (table.names, table.measures))
    figures = zip(*measures, strict=True)
    return dict(zip(zip(*codes, strict=True), zip(table.frame[OBS].tolist(), figures, strict=True), strict=True))


def _revised(
    table: PublishedTable,
    both: Sequence[Codes],
    older: Rows,
    newer: Rows,
) -> Iterator[Revised]:
    for place, measure in enumerate(table.measures):
        for key in both:
            before, now = older[key][1][place], newer[key][1][place]
            if not pd.isna(before) and not pd.isna(now) and before != now:
                codes = {name: str(code) for name, code in zip(table.names, key, strict=True)}
                yield Revised(codes, measure, int(before), int(now))


def _cells(table: PublishedTable | None) -> int:
    return len(table.frame) if table else 0


def _withheld(table: PublishedTable | None) -> int:
    return int((table.frame[OBS] == "Q").sum()) if table else 0
