"""What every format becomes: a header and rows, chunk by chunk, every cell a string. Pure.

A cell that is not text in its file becomes text in one way only, whatever the language of the machine: a date is
AAAA-MM-DD, a whole number has no decimals, yes is `true`.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

import pyarrow as pa

from pipeline.confidential.intake.formats.archive import MEGABYTE
from pipeline.confidential.storage.arrow import strings

MOST_COLUMNS = 16_384
"""Columns, as a spreadsheet has them."""
MOST_TEXT = 256 * MEGABYTE
"""Characters of the cells that are held at once."""
CHUNK = 50_000
"""Rows that are held at once where a format gives them one by one."""
ROWS_NAMED = 10
"""Row numbers that a message lists before it only counts."""


class Unreadable(Exception):
    """A file or table that cannot be read: the rule that it breaks, and facts that are safe to print."""

    def __init__(self, rule: str, **facts: object) -> None:
        super().__init__(rule)
        self.rule, self.facts = rule, facts


@dataclass(frozen=True)
class Form:
    """What a source turned out to be; `encoding` and `delimiter` only where there is one, `sheets` of a workbook, and how
    many rows with a value are `hidden` in the one that was read."""

    format: str
    packed: bool = False
    encoding: str = ""
    delimiter: str = ""
    sheets: int = 1
    hidden: int = 0


@dataclass(frozen=True)
class Table:
    """A source that is ready to be read. `first` is the row number of the first record, as a spreadsheet counts.

    `chunks(columns, coded)` yields the columns at those positions as strings, dictionary-encoded where in `coded`.
    """

    form: Form
    header: tuple[str, ...]
    first: int
    chunks: Callable[[Sequence[int], Collection[int]], Iterator[list[pa.Array]]]


def rows_named(rows: Iterable[int]) -> dict[str, object]:
    """Facts that name rows: the first few and how many there are."""
    ordered = sorted(int(row) for row in rows)
    return {"rows": ", ".join(map(str, ordered[:ROWS_NAMED])), "count": len(ordered)}


def text(value: object, decimal: str = "") -> str:
    """A cell that is not text, as text; the same on every machine. `decimal` is the sign that numbers of its source have."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (float, Decimal)):
        return _real(value, decimal)
    if isinstance(value, datetime.datetime):
        midnight = not (value.hour or value.minute or value.second or value.microsecond or value.tzinfo)
        return value.date().isoformat() if midnight else value.isoformat()
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray, memoryview, list, tuple, dict, set)):
        raise Unreadable("nested_value")
    return str(value)


def answered(value: object, decimal: str = "") -> str:
    """A cell of a database as text. A number that is none stands in it where a sum went wrong, and not for a cell that is empty."""
    if isinstance(value, (float, Decimal)) and value != value:
        raise Unreadable("unread_value")
    return text(value, decimal)


def _real(value: float | Decimal, decimal: str) -> str:
    """A number as text. Where it has three decimals it gets a fourth, so that nobody takes their sign for one of thousands."""
    if value != value:
        return ""
    if -(2**53) < value < 2**53 and value == int(value):
        return str(int(value))
    whole, point, rest = (str(value) if isinstance(value, Decimal) else repr(value)).partition(".")
    return whole + (decimal or point) + (f"{rest}0" if len(rest) == len("123") else rest) if point else whole


def coded(arrays: Iterable[pa.Array], positions: Collection[int]) -> list[pa.Array]:
    """The arrays, dictionary-encoded at `positions`."""
    return [a.dictionary_encode() if n in positions else a for n, a in enumerate(arrays)]


def chunked(
    rows: Iterable[Sequence[str]], columns: Sequence[int], dictionary: Collection[int]
) -> Iterator[list[pa.Array]]:
    """Rows of strings as chunks of columns."""
    for part in _parts(rows):
        arrays = [strings(row[column] for row in part) for column in columns]
        yield coded(arrays, [n for n, column in enumerate(columns) if column in dictionary])


def _parts(rows: Iterable[Sequence[str]]) -> Iterator[list[Sequence[str]]]:
    """Rows in lists of at most CHUNK, or fewer where they hold much text."""
    part: list[Sequence[str]] = []
    size = 0
    for row in rows:
        part.append(row)
        size += sum(map(len, row))
        if len(part) == CHUNK or size > MOST_TEXT // 4:
            yield part
            part, size = [], 0
    if part:
        yield part
