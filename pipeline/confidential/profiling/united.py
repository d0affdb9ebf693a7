"""Sheets → record types: sheets of nearly the same headers together, and each column under the headers that drifted. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from pipeline.confidential.profiling.sheets import Sheet
from pipeline.model.spellings import fold

SAME_TYPE = 0.5
"""Share of the headers of the smaller of two sheets from which both are of one record type."""
ALIKE = 0.75
"""Likeness of two headers from which they may be one, if their answers are of one kind too."""
SHARED = 0.5
"""Share of the answers of the smaller column that the other must have too."""
FEW = 60
"""Distinct answers up to which two columns are compared answer by answer."""


@dataclass
class Column:
    """A column under all of its headers. `guessed`: whether some of them are the same by likeness only."""

    headers: list[str]
    guessed: bool = False
    parts: dict[int, pd.Series] = field(default_factory=dict)
    """Number of the sheet → its cells."""


@dataclass
class Group:
    """Sheets of one record type and their columns."""

    sheets: list[Sheet] = field(default_factory=list)
    columns: list[Column] = field(default_factory=list)


def squashed(text: str) -> str:
    """Letters and digits of a text, folded: «Ex-pareja», «ex pareja» and «EXPAREJA» are one."""
    return re.sub(r"[^a-z0-9]+", "", fold(text))


def groups(sheets: Sequence[Sheet]) -> list[Group]:
    """The record types, in the order in which their first sheet comes."""
    found: list[Group] = []
    for sheet in sheets:
        columns = {header: sheet.frame[header] for header in sheet.frame.columns}
        fitting = [(_common(group, columns), n) for n, group in enumerate(found)]
        best = max(fitting, key=lambda pair: pair[0], default=(0.0, 0))
        group = found[best[1]] if best[0] >= SAME_TYPE else Group()
        if not group.sheets:
            found.append(group)
        number = len(group.sheets)
        group.sheets.append(sheet)
        for header, (column, guessed) in _matched(group, columns).items():
            if header not in column.headers:
                column.headers.append(header)
            column.guessed |= guessed
            column.parts[number] = columns[header]
    return found


def _common(group: Group, columns: dict[str, pd.Series]) -> float:
    known = {squashed(header) for column in group.columns for header in column.headers}
    given = {squashed(header) for header in columns}
    return len(known & given) / max(1, min(len(known), len(given)))


def _matched(group: Group, columns: dict[str, pd.Series]) -> dict[str, tuple[Column, bool]]:
    """Header → its column in the group, which may be new, and whether that is a guess."""
    found: dict[str, tuple[Column, bool]] = {}
    for header in columns:
        same = [column for column in group.columns if squashed(header) in map(squashed, column.headers)]
        if same and all(same[0] is not other for other, _ in found.values()):
            found[header] = same[0], False
    for header in columns:
        if header in found:
            continue
        free = [column for column in group.columns if all(column is not taken for taken, _ in found.values())]
        scored = [(_likeness(header, columns[header], column), n) for n, column in enumerate(free)]
        best = max(scored, default=(0.0, 0))
        if best[0] >= ALIKE:
            found[header] = free[best[1]], True
        else:
            group.columns.append(new := Column([header]))
            found[header] = new, False
    return found


def _likeness(header: str, cells: pd.Series, column: Column) -> float:
    """How alike two columns are, from 0 to 1: their headers, if their answers are of one kind."""
    names = [_name_likeness(header, other) for other in column.headers]
    if max(names) < ALIKE or not column.parts:
        return 0.0
    one, other = (
        {squashed(value) for value in each.unique() if value} for each in (cells, pd.concat(column.parts.values()))
    )
    if min(len(one), len(other)) == 0:
        return max(names)
    if max(len(one), len(other)) <= FEW:
        return max(names) if len(one & other) >= SHARED * min(len(one), len(other)) else 0.0
    digits = [sum(value.isdigit() for value in each) / len(each) for each in (one, other)]
    return max(names) if abs(digits[0] - digits[1]) < SHARED else 0.0


def _name_likeness(one: str, other: str) -> float:
    words = [set(re.findall(r"[a-z0-9]+", fold(header))) for header in (one, other)]
    if words[0] and words[1] and (words[0] <= words[1] or words[1] <= words[0]):
        return 1.0
    return difflib.SequenceMatcher(None, squashed(one), squashed(other)).ratio()
