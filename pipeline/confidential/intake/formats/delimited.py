"""CSV, whatever its delimiter → a `Table`. Reads files.

Arrow parses it in blocks; a row of another width, or a quote that stays open and swallows the rows behind it, raises
`Unreadable` with the row or line.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.csv

from pipeline.confidential.intake.formats.archive import MEGABYTE
from pipeline.confidential.intake.formats.plain_text import LONGEST, Pieces, text_lines, utf8
from pipeline.confidential.intake.formats.table import (
    MOST_COLUMNS,
    ROWS_NAMED,
    Form,
    Table,
    Unreadable,
    rows_named,
)
from pipeline.institute.plan import Origin

DELIMITERS = (",", ";", "\t", "|")
BLOCK = 8 * MEGABYTE
"""Bytes of CSV that are parsed at once; a record that is longer gets a block of its own size."""
LARGEST = 64 * MEGABYTE
"""Bytes of the largest block, and with it of the longest record."""
csv.field_size_limit(LARGEST)  # what reads a header says what is wrong with it, however long it is
LINES_OF_HEADER = 10
"""Lines that the name of a column may take."""


def open_table(path: Path, form: Form, origin: Origin) -> Table:
    """Reads the header and returns the table, whose rows are read when they are asked for. Raises Unreadable, then too."""
    header, delimiter, origin = _header(path, form, origin)
    if len(header) > MOST_COLUMNS:
        raise Unreadable("too_many_columns", count=len(header), most=MOST_COLUMNS)
    form = Form(form.format, form.packed, form.encoding, delimiter)
    if any(re.search(r"[\r\n]", name) for name in header):
        _check_quotes(path, form, origin, len(header))  # before a name is told that could be a record
    names = [f"{number}:{column}" for number, column in enumerate(header)]

    def chunks(columns: Sequence[int], dictionary: Collection[int]) -> Iterator[list[pa.Array]]:
        done, block = 0, BLOCK
        while True:
            seen = 0
            ragged = _Ragged()
            lines = _Lines(utf8(path, form))

            try:
                parts = (
                    _layout(names, origin.header, block),
                    _dialect(delimiter, ragged.note),
                    _conversion(names, columns, dictionary),
                )
                for batch in _blocks(Pieces(iter(lines)), *parts):
                    seen += batch.num_rows
                    if seen > done:  # rows that a smaller block gave already are not given again
                        yield batch.slice(max(0, batch.num_rows - (seen - done))).columns
                        done = seen
            except pa.ArrowInvalid:
                if block == BLOCK:
                    _check_quotes(path, form, origin, len(header))
                if block >= min(LARGEST, 8 * max(BLOCK, path.stat().st_size)):
                    raise Unreadable("not_csv") from None
                block *= 8
                continue
            # Where each line is a row, no cell has a line break in it; but the last one may have a quote that stays open.
            is_open = _cells(lines.last.decode(errors="replace"), delimiter).open
            if ragged.count or is_open or lines.count != origin.header + seen:
                _check_quotes(path, form, origin, len(header))
            if ragged.count:
                raise Unreadable("ragged_row", **{**rows_named(ragged.first), "count": ragged.count})
            return

    return Table(form, tuple(header), origin.header + 1, chunks)


def _header(path: Path, form: Form, origin: Origin) -> tuple[list[str], str, Origin]:
    """The names of the columns, the delimiter, and the origin with the line of the header where a line above it was found."""
    start = b""
    for piece in utf8(path, form):
        start += piece
        if len(start) >= LONGEST or (len(start) >= MEGABYTE and start.count(b"\n") >= origin.header + LINES_OF_HEADER):
            break
    lines = re.split(r"\r\n|\r|\n", start.decode(errors="ignore"), maxsplit=origin.header)
    if origin.header == 1 and len(lines) > 1 and (told := re.fullmatch(r"\"?sep=(.)\"?[,;\t]*", lines[0])):
        # A spreadsheet's own note of the delimiter, in a line above the header.
        origin = replace(origin, header=2, delimiter=origin.delimiter or told[1])
        lines = [lines[0], *re.split(r"\r\n|\r|\n", lines[1], maxsplit=1)]
    if len(start) >= LONGEST and len(lines) <= origin.header:
        raise Unreadable("record_too_long", line=len(lines), most=LONGEST // MEGABYTE)
    first = lines[min(origin.header, len(lines)) - 1]
    delimiter = origin.delimiter or _delimiter(
        first, lines[-1].splitlines()[0] if len(lines) > origin.header and lines[-1] else ""
    )
    below = "\n".join(lines[origin.header - 1 :])
    try:
        header = next(csv.reader(io.StringIO(below, newline=""), delimiter=delimiter), [])
    except csv.Error:
        raise Unreadable("not_csv") from None
    return header, delimiter, origin


def _delimiter(header: str, record: str) -> str:
    """The sign that parts the header into most cells, apart from those within quotes; one that parts the first record into as many
    goes before others, for the name of a column may have several commas in it."""

    def parted(sign: str) -> tuple[bool, int]:
        width = _cells(header, sign).width
        return 1 < width == _cells(record, sign).width, width

    return max(DELIMITERS, key=parted)


def _blocks(
    stream: io.RawIOBase,
    layout: pyarrow.csv.ReadOptions,
    dialect: pyarrow.csv.ParseOptions,
    conversion: pyarrow.csv.ConvertOptions,
) -> Iterator[pa.RecordBatch]:
    """The rows below the header, block by block. Raises pyarrow.ArrowInvalid where a record is longer than a block."""
    file = pa.PythonFile(io.BufferedReader(stream, MEGABYTE), mode="r")
    yield from pyarrow.csv.open_csv(file, read_options=layout, parse_options=dialect, convert_options=conversion)


def _layout(names: Sequence[str], header: int, block: int) -> pyarrow.csv.ReadOptions:
    return pyarrow.csv.ReadOptions(
        column_names=list(names),
        skip_rows=header - 1,
        skip_rows_after_names=1,
        use_threads=False,  # rows keep their numbers
        block_size=block,
    )


def _dialect(delimiter: str, handle: Callable[[pyarrow.csv.InvalidRow], str]) -> pyarrow.csv.ParseOptions:
    return pyarrow.csv.ParseOptions(
        delimiter=delimiter, newlines_in_values=True, invalid_row_handler=handle, ignore_empty_lines=False
    )


def _conversion(
    names: Sequence[str], columns: Sequence[int], dictionary: Collection[int]
) -> pyarrow.csv.ConvertOptions:
    """The wanted columns, all of them text; those in `dictionary` hold each text once."""
    wanted = [names[column] for column in columns]
    kinds = {names[n]: pa.dictionary(pa.int32(), pa.string()) if n in dictionary else pa.string() for n in columns}
    return pyarrow.csv.ConvertOptions(column_types=kinds, include_columns=wanted, strings_can_be_null=False)


class _Ragged:
    """The rows that have more or fewer cells than the header: the first, and how many there are."""

    def __init__(self) -> None:
        self.first: list[int] = []
        self.count = 0

    def note(self, row: pyarrow.csv.InvalidRow) -> str:
        self.count += 1
        if self.count <= ROWS_NAMED:
            self.first.append(row.number or 0)
        return "skip"


class _Lines:
    """The pieces of a text, whose lines are counted on the way. `last` is the last line."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self.pieces, self.count, self.last = pieces, 0, b""

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.pieces:  # none ends between the two signs of a line end
            if len(self.last) + piece.find(b"\n") > LONGEST or (len(self.last) > LONGEST and b"\n" not in piece):
                raise Unreadable("record_too_long", line=self.count + 1, most=LONGEST // MEGABYTE)
            self.count += piece.count(b"\n") + piece.count(b"\r") - piece.count(b"\r\n")
            if content := piece.rstrip(b"\r\n"):
                start = max(content.rfind(b"\n"), content.rfind(b"\r")) + 1
                self.last = content[start:] if start else self.last + content
            yield piece


def _check_quotes(path: Path, form: Form, origin: Origin, width: int) -> None:
    """Raises Unreadable where a quoted cell swallows rows: one that runs to the end of the file, one in which lines stand that
    are rows by themselves, or one of several lines whose last quote closes nothing, since it opens the next cell.

    A text with line breaks in it is none of these. `width` is the number of columns.
    """
    opened, is_row, inside, spaced = 0, False, False, False
    """The line in which the cell that is open begins, whether that line is a row by itself, and whether a cell is open."""

    def row(cells: _Cells) -> bool:
        # In a sentence, a space follows most delimiters; between the cells of a row there is none, or they all have it.
        return cells.width == width > 1 and (spaced or not cells.spaced)

    with closing(text_lines(path, form)) as lines:
        for number, line in enumerate(islice(lines, origin.header - 1, None), start=origin.header):
            line = line.rstrip("\n")
            if not inside and number > origin.header and '"' not in line:
                continue
            cells = _cells(line, form.delimiter)
            if number == origin.header:
                spaced = cells.spaced
            if not inside:
                opened, is_row, inside = number, row(cells), cells.open
                continue
            closed = _closing(line, 0)
            if opened == origin.header:
                if number > opened + LINES_OF_HEADER:
                    break
            elif row(cells) and (is_row or not closed):
                break
            if closed:
                rest = line[closed:]
                if rest and not rest.startswith(form.delimiter):
                    break
                if inside := _cells(rest[1:], form.delimiter).open:
                    opened, is_row = number, row(cells)
        else:
            if not inside:
                return
    raise Unreadable("open_quote", line=opened)


class _Cells(NamedTuple):
    """How many cells a line has by itself, whether the quotes of one stay open, and whether one but the first has a space in front."""

    width: int
    open: bool
    spaced: bool


def _closing(line: str, at: int) -> int:
    """The place behind the quote that closes a cell, which is not one of two; 0 where there is none."""
    while (at := line.find('"', at) + 1) and line.startswith('"', at):
        at += 1
    return at


def _cells(line: str, delimiter: str) -> _Cells:
    count, at, spaced = 1, 0, False
    while True:
        if line.startswith('"', at):
            if not (closed := _closing(line, at + 1)):
                return _Cells(count + line.count(delimiter, at), True, spaced or f"{delimiter} " in line[at:])
            at = closed
        if (at := line.find(delimiter, at) + 1) == 0:
            return _Cells(count, False, spaced)
        count, spaced = count + 1, spaced or line.startswith(" ", at)
