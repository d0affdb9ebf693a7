"""Parquet → a `Table`. Reads files, of which one page of each column is held at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from pipeline.confidential.intake.formats import parquet_pages
from pipeline.confidential.intake.formats.archive import MEGABYTE
from pipeline.confidential.intake.formats.table import (
    CHUNK,
    MOST_COLUMNS,
    MOST_TEXT,
    Form,
    Table,
    Unreadable,
    coded,
    text,
)
from pipeline.confidential.storage.arrow import strings
from pipeline.institute.plan import Origin

MOST_PAGE = 64 * MEGABYTE
"""Bytes, unpacked, of a page of a Parquet, of which one of each column is held; writers make them of one megabyte."""


def open_table(path: Path, form: Form, origin: Origin) -> Table:
    """Reads what the file says of itself and returns the table, whose rows are read when they are asked for. Raises Unreadable."""
    try:
        with path.open("rb") as stream:  # whose name may be no UTF-8
            metadata = pyarrow.parquet.ParquetFile(stream).metadata
        if metadata.num_columns > MOST_COLUMNS:
            raise Unreadable("too_many_columns", count=metadata.num_columns, most=MOST_COLUMNS)
        if parquet_pages.largest(path, metadata) > MOST_PAGE:
            raise Unreadable("unpacks_too_large", most=MOST_PAGE // MEGABYTE)
        # Of a text that many rows have, one copy is held.
        file = pyarrow.parquet.ParquetFile(path.open("rb"), read_dictionary=_shared(metadata))
    except (pa.ArrowInvalid, OSError, ValueError):
        raise Unreadable("not_parquet") from None
    names = tuple(file.schema_arrow.names)
    if any(pa.types.is_nested(kind) or pa.types.is_binary(kind) for kind in map(_plain, file.schema_arrow.types)):
        raise Unreadable("nested_value")

    def chunks(columns: Sequence[int], dictionary: Collection[int]) -> Iterator[list[pa.Array]]:
        wanted = [names[column] for column in columns]
        try:
            for batch in file.iter_batches(CHUNK, columns=wanted):
                found = [batch.column(batch.schema.get_field_index(name)) for name in wanted]
                arrays = [_texts(name, array, origin.decimal) for name, array in zip(wanted, found, strict=True)]
                yield coded(arrays, [n for n, column in enumerate(columns) if column in dictionary])
        except (pa.ArrowInvalid, OSError):
            raise Unreadable("not_parquet") from None

    return Table(form, names, 1, chunks)


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _shared(metadata: pyarrow.parquet.FileMetaData) -> list[str]:
    """The columns of which the file holds each value once."""
    groups = range(min(metadata.num_row_groups, 1))
    columns = [metadata.row_group(group).column(n) for group in groups for n in range(metadata.num_columns)]
    return [each.path_in_schema for each in columns if each.has_dictionary_page and each.physical_type == "BYTE_ARRAY"]


def _texts(name: str, array: pa.Array, decimal: str) -> pa.Array:
    """A column of any plain type as strings; nothing is the empty string."""
    if pa.types.is_dictionary(array.type):
        if pa.types.is_string(array.type.value_type) or pa.types.is_large_string(array.type.value_type):
            lengths = pc.binary_length(array.dictionary)
            if (pc.sum(lengths.take(array.indices)).as_py() or 0) > MOST_TEXT:
                raise Unreadable("repeated_texts", most=MOST_TEXT // MEGABYTE)
        array = array.dictionary_decode()
    if pa.types.is_timestamp(array.type) and array.type.unit == "ns":
        array = array.cast(pa.timestamp("us", array.type.tz), safe=False)
    try:
        array.validate(full=True)
    except pa.ArrowInvalid:
        raise Unreadable("undecodable_text", column=name) from None
    try:
        if pa.types.is_string(array.type) or pa.types.is_large_string(array.type) or pa.types.is_integer(array.type):
            return pc.fill_null(array.cast(pa.string()), "")
        return strings(text(value, decimal) for value in array.to_pylist())
    except OverflowError:
        raise Unreadable("date_out_of_range", column=name) from None
