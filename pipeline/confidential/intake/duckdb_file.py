"""A table or a query of a file of DuckDB → its header and its rows, chunk by chunk, every cell a string.

The file is opened for reading only, by a DuckDB that may not look at any other file, and a query is one SELECT. What DuckDB
says of an error is not passed on: it could quote the query or a record.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from pipeline.confidential.intake.formats.table import Form, Table, Unreadable, answered, chunked
from pipeline.confidential.storage.workspace import MEMORY, answering

FETCHED = 5_000
"""Rows that are asked for at once."""
MEANT = {
    "Could not set lock": "busy_database",
    "we can only read versions": "newer_database",
    "not a valid DuckDB": "broken_database",
    "Could not read enough bytes": "broken_database",
    "Corrupt": "broken_database",
}
"""What DuckDB says of a file → the rule that tells what to do about it."""
UNREAD = (duckdb.DataError, duckdb.ConversionException, duckdb.OutOfRangeException)
"""How DuckDB says that a value cannot be worked out."""


def open_table(path: Path, query: str, decimal: str) -> Table:
    """Asks the file for the columns of the query. Raises Unreadable."""
    with _answer(path, query) as answer:
        header = tuple(str(column[0]) for column in answer.description or ())

    def chunks(columns: Sequence[int], dictionary: Collection[int]) -> Iterator[list[pa.Array]]:
        with _answer(path, query) as answer:
            yield from chunked(_texts(answer, decimal), columns, dictionary)

    return Table(Form("duckdb"), header, 1, chunks)


def tables_of(path: Path, query: str) -> list[tuple[str, str]]:
    """What the query says of the tables of the file: the schema and the name of each. Raises Unreadable."""
    with _answer(path, query) as answer:
        return [(str(folder), str(name)) for folder, name in answer.fetchall()]


def quoted(table: str) -> str:
    """The query for all of a table, which may go with its schema."""
    return "SELECT * FROM " + ".".join(
        '"' + part.replace('"', '""') + '"' for part in table.rpartition(".")[::2] if part
    )


def _texts(answer: duckdb.DuckDBPyConnection, decimal: str) -> Iterator[list[str]]:
    while rows := answer.fetchmany(FETCHED):
        yield from ([answered(value, decimal) for value in row] for row in rows)


@contextmanager
def _answer(path: Path, query: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """The answer to a query that is one SELECT."""
    settings: dict[str, str | bool | int | float | list[str]] = {
        "enable_external_access": "false",
        "python_enable_replacements": "false",  # no name of a query is one of this program
        "temp_directory": "",  # nothing of the records is written beside them
        "memory_limit": MEMORY,
        "lock_configuration": "true",
    }
    with answering():
        try:
            with duckdb.connect(str(path), read_only=True, config=settings) as connection:
                statements = connection.extract_statements(query)
                if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                    raise Unreadable("bad_query")
                yield connection.execute(statements[0])
        except (duckdb.OutOfMemoryException, duckdb.InterruptException):
            raise
        except duckdb.Error as error:
            said = next((rule for words, rule in MEANT.items() if words in str(error)), "")
            if not said and isinstance(error, duckdb.IOException):
                said = "no_database"
            raise Unreadable(said or ("unread_value" if isinstance(error, UNREAD) else "bad_query")) from None
