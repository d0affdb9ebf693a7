"""JSON Lines, one object a line → a `Table` whose header is every key that any object has. Reads files."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pyarrow as pa

from pipeline.confidential.intake.formats.plain_text import text_lines
from pipeline.confidential.intake.formats.table import (
    MOST_COLUMNS,
    Form,
    Table,
    Unreadable,
    chunked,
    rows_named,
    text,
)
from pipeline.institute.plan import Origin


def open_table(path: Path, form: Form, origin: Origin) -> Table:
    """Reads the keys of every object and returns the table, whose rows are read when they are asked for. Raises Unreadable."""
    known: dict[str, None] = {}
    for record in _objects(path, form):
        known.update(dict.fromkeys(record))
        if len(known) > MOST_COLUMNS:
            raise Unreadable("too_many_columns", count=len(known), most=MOST_COLUMNS)
    header = tuple(known)

    def chunks(columns: Sequence[int], dictionary: Collection[int]) -> Iterator[list[pa.Array]]:
        rows = ([text(record.get(key), origin.decimal) for key in header] for record in _objects(path, form))
        yield from chunked(rows, columns, dictionary)

    return Table(form, header, 1, chunks)


def _objects(path: Path, form: Form) -> Iterator[dict[str, object]]:
    """The objects of a file of JSON Lines; whole numbers stay as they are written, others keep all their digits."""
    with closing(text_lines(path, form)) as lines:
        for number, line in enumerate(lines, start=1):
            try:
                record = json.loads(line, parse_int=str, parse_float=Decimal, object_pairs_hook=_pairs)
                if re.search(r"\\u[dD]", line):  # halves of signs alone, and not every accent that is written so
                    json.dumps(record, ensure_ascii=False, default=str).encode()
            except RecursionError:
                raise Unreadable("nested_value", **rows_named([number])) from None
            except UnicodeEncodeError:
                raise Unreadable("half_sign", **rows_named([number])) from None
            except ValueError:  # also the decoder's own error and numbers that are none
                raise Unreadable("not_json_line", **rows_named([number])) from None
            if not isinstance(record, dict):
                raise Unreadable("not_json_line", **rows_named([number]))
            if any(isinstance(value, (dict, list)) for value in record.values()):
                raise Unreadable("nested_value", **rows_named([number]))
            yield record


def _pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key twice")
    return found
