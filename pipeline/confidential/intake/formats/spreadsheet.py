"""One sheet of an XLSX, XLS or ODS → a `Table`. Reads files, with calamine, which holds a whole sheet.

What calamine would read as empty or as 0, and what would fill the memory, is looked for beforehand by `workbook` and
`workbook_size`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import python_calamine as calamine

from pipeline.confidential.intake.formats import workbook_size
from pipeline.confidential.intake.formats.archive import Broken, Refused
from pipeline.confidential.intake.formats.table import (
    Form,
    Table,
    Unreadable,
    chunked,
    rows_named,
    text,
)
from pipeline.confidential.intake.formats.workbook import look
from pipeline.confidential.intake.formats.workbook_size import MOST_CELLS
from pipeline.institute.plan import Origin

FEW_CELLS, SPARSE = 1_000_000, 20
"""How many times the cells that have a value the rectangle of a sheet may be, where it is more than a few."""
CELL = 32_767
"""Characters that a cell of a spreadsheet may have."""


class _Sheet(NamedTuple):
    """The cells of a sheet, the numbers of the rows below the header's in which a merged cell begins, and of those with a value
    that are hidden; and how many sheets the book has."""

    rows: list[list[Any]]
    merged: list[int]
    hidden: list[int]
    sheets: int


def open_table(path: Path, form: Form, origin: Origin) -> Table:
    """Reads the whole sheet and returns it as a table. Raises Unreadable."""
    try:
        workbook_size.check(path, form.format)
        with _book(path) as book:
            sheet = _sheet(book, path, form, origin)
    except calamine.PasswordError:
        raise Unreadable("locked_file") from None
    except calamine.CalamineError as error:
        if "Cell limit" in str(error):  # an ODS is measured by calamine itself, which has no other word for that
            raise Unreadable("far_cell") from None
        if form.format == "xls" and _is_locked(path):
            raise Unreadable("locked_file") from None
        raise Unreadable("not_workbook") from None
    except Broken:
        if form.format == "xls" and _is_locked(path):
            raise Unreadable("locked_file") from None
        raise Unreadable("not_workbook") from None
    except Refused as more:
        raise Unreadable(more.rule, **more.facts) from None
    if not any(value != "" for row in sheet.rows for value in row):
        raise Unreadable("empty_file")
    if sheet.merged:
        raise Unreadable("merged_cells", **rows_named(sheet.merged))
    if sheet.hidden and not origin.hidden:
        raise Unreadable("hidden_rows", **rows_named(sheet.hidden))
    return _table(sheet.rows, replace(form, sheets=sheet.sheets, hidden=len(sheet.hidden)), origin)


def _sheet(book: calamine.CalamineWorkbook, path: Path, form: Form, origin: Origin) -> _Sheet:
    """The sheet that is asked for, or the only one, once it is known that reading it loses no cell and fills no memory."""
    names = book.sheet_names
    if not origin.sheet and len(names) != 1:
        raise Unreadable("which_sheet", count=len(names))
    if origin.sheet and origin.sheet not in names:
        raise Unreadable("no_sheet", sheet=origin.sheet)
    name = origin.sheet or names[0]
    seen = look(path, form.format, name, names.index(name), origin.header)
    span = seen.last * max(seen.widest, 26)
    if span > min(MOST_CELLS, max(FEW_CELLS, SPARSE * seen.cells)):
        raise Unreadable("far_cell")
    if seen.pointers * CELL > workbook_size.MOST_TEXT:
        workbook_size.check_shared(path, name)
    if broken := _unread(seen.wrong, origin.header):
        raise broken
    sheet = book.get_sheet_by_name(name)
    rows = sheet.to_python(skip_empty_area=False)
    # A title may span columns above the header; among the records, a merged cell is a value that its other rows lack.
    merged = [start[0] + 1 for start, end in sheet.merged_cell_ranges or [] if end[0] >= origin.header - 1]
    merged += [row for row in seen.merged if row >= origin.header]
    hidden = [row for row in seen.hidden if origin.header < row <= len(rows) and any(v != "" for v in rows[row - 1])]
    return _Sheet(rows, merged, hidden, len(names))


def _table(rows: list[list[Any]], form: Form, origin: Origin) -> Table:
    """A sheet as a table, without rows and columns that were only formatted."""
    header = rows[origin.header - 1] if len(rows) >= origin.header else []
    records = rows[origin.header :]
    while records and all(value == "" for value in records[-1]):
        records.pop()  # rows that were only formatted
    # Columns that were only formatted have neither a name nor a value.
    used = [n for n, title in enumerate(header) if title != "" or any(row[n] != "" for row in records)]

    def texts() -> Iterator[list[str]]:
        for number, row in enumerate(records, start=origin.header + 1):
            if any(value != value for value in row):  # a number that is none, which no spreadsheet writes
                raise Unreadable("unread_cell", **rows_named([number]))
            yield [text(row[n], origin.decimal) for n in used]

    def chunks(columns: Sequence[int], dictionary: Collection[int]) -> Iterator[list[pa.Array]]:
        yield from chunked(texts(), columns, dictionary)

    return Table(form, tuple(text(header[n]) for n in used), origin.header + 1, chunks)


def _unread(wrong: Mapping[str, Collection[int]], header: int) -> Unreadable | None:
    """The first rule that cells among the records break, which would else read as empty or as 0."""
    for rule, rows in sorted(wrong.items()):
        if within := [row for row in rows if row >= header]:
            return Unreadable(rule, **rows_named(within))
    return None


def _book(path: Path) -> calamine.CalamineWorkbook:
    """A workbook, whatever its name says. By its name calamine finds out more about one that cannot be read."""
    try:
        return calamine.CalamineWorkbook.from_path(path)
    except calamine.PasswordError:
        raise
    except (calamine.CalamineError, OSError) as told:  # the latter of a name that is no UTF-8
        try:
            with path.open("rb") as stream:
                return calamine.CalamineWorkbook.from_filelike(stream)
        except calamine.CalamineError as other:
            raise (other if isinstance(told, OSError) else told) from None


def _is_locked(path: Path) -> bool:
    """Whether an XLSX lies within under a password, which calamine tells only of what is named .xlsx."""
    return "EncryptedPackage".encode("utf-16-le") in path.read_bytes()
