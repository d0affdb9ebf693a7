"""Two editions side by side, table by table: what is new, revised, withheld or shown since. Pure.

In: two editions as any reader sees them. Out: values. A figure is revised where both show it and it is not the same; a
figure that either of them withholds is only counted, so that nothing is told that neither edition tells.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from pipeline.public.edition.model import OBS, Package, PublishedTable, revised


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
    both = (
        before.frame.merge(now.frame, on=now.names, how="outer", suffixes=("_before", ""), indicator=True)
        if before and now and not columns
        else None
    )
    counts = dict.fromkeys(("added", "removed", "hidden", "opened"), 0)
    if both is not None:
        was, is_now = both[f"{OBS}_before"] == "Q", both[OBS] == "Q"
        there = both["_merge"] == "both"
        counts = {
            "added": int((both["_merge"] == "right_only").sum()),
            "removed": int((both["_merge"] == "left_only").sum()),
            "hidden": int((there & ~was & is_now).sum()),
            "opened": int((there & was & ~is_now).sum()),
        }
    else:
        counts["added"], counts["removed"] = _cells(now), _cells(before)
    return Difference(
        table=name,
        title=some.title,
        cells_before=_cells(before),
        cells=_cells(now),
        withheld_before=_withheld(before),
        withheld=_withheld(now),
        revised=tuple(_revised(both, some)) if both is not None else (),
        columns=columns,
        **counts,
    )


def _revised(both: pd.DataFrame, table: PublishedTable) -> Iterator[Revised]:
    for measure in table.measures:
        for row in both[revised(both, measure)].to_dict("records"):
            codes = {name: str(row[name]) for name in table.names}
            yield Revised(codes, measure, int(row[f"{measure}_before"]), int(row[measure]))


def _cells(table: PublishedTable | None) -> int:
    return len(table.frame) if table else 0


def _withheld(table: PublishedTable | None) -> int:
    return int((table.frame[OBS] == "Q").sum()) if table else 0
