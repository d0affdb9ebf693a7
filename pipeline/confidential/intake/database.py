"""A table or a query of a database → its header and its rows, chunk by chunk, every cell a string.

Reads databases through SQLAlchemy, in one transaction that writes nothing; a file of DuckDB with DuckDB itself. The password
comes from an environment variable. What the database says of an error is not passed on: it could quote the address, the query
or a record.
"""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import URL

from pipeline.confidential.intake import duckdb_file
from pipeline.confidential.intake.formats.table import MOST_COLUMNS, Form, Table, Unreadable, answered, chunked
from pipeline.institute.plan import Origin

WAIT = 10
"""Seconds that a PostgreSQL server may take to answer the first call, or somebody's lock may keep it from the records."""
BUFFERED = 5_000
"""Rows of a server that are held before they are asked for."""
MEANT = {
    "SQLITE_BUSY": "busy_database",
    "SQLITE_LOCKED": "busy_database",
    "55P03": "busy_database",  # PostgreSQL: lock_not_available
    "SQLITE_CANTOPEN": "beside_database",  # of one that could be opened, what lies beside it could not
    "SQLITE_READONLY_DIRECTORY": "beside_database",
    "SQLITE_READONLY_CANTINIT": "beside_database",
    "42501": "closed_rows",  # PostgreSQL: a policy would hide rows, or the table may not be read at all
    "22": "unread_value",  # PostgreSQL: data_exception, as of a division by zero
    "SQLITE_NOTADB": "broken_database",
    "SQLITE_CORRUPT": "broken_database",
}
"""How a driver's code for an error begins → the rule that tells what to do about it."""
TABLES = """SELECT table_schema AS folder, table_name AS name FROM information_schema.tables WHERE table_type = 'BASE TABLE'
    AND table_schema NOT IN ('information_schema', 'pg_catalog') ORDER BY 1, 2"""
TABLES_OF_SQLITE = (
    "SELECT '' AS folder, name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name"
)
PACKAGES = {"MySQLdb": "mysqlclient"}
"""Driver → the package that brings it, where that has another name."""


def open_database(origin: Origin, raw: Path) -> Table:
    """Asks the database for the columns of the table or query. Raises Unreadable."""
    if file := _duckdb_file(origin, raw):
        table = duckdb_file.open_table(file, origin.query or duckdb_file.quoted(origin.table), origin.decimal)
        return _narrow(table)
    statement = _statement(origin)
    engine = _engine(origin, raw)
    try:
        with _reading(engine) as connection:
            try:
                header = tuple(connection.execute(statement).keys())
            except sa.exc.SQLAlchemyError as error:
                raise Unreadable(_meant(error) or "bad_query") from None
    except sa.exc.SQLAlchemyError:
        raise Unreadable("no_database") from None

    def chunks(columns: Sequence[int], dictionary: Collection[int]) -> Iterator[list[pa.Array]]:
        try:
            with _reading(engine) as connection:
                rows = ([answered(value, origin.decimal) for value in row] for row in connection.execute(statement))
                yield from chunked(rows, columns, dictionary)
        except sa.exc.SQLAlchemyError as error:
            raise Unreadable(_meant(error) or "no_database") from None

    return _narrow(Table(Form(engine.dialect.name), header, 1, chunks))


def _narrow(table: Table) -> Table:
    """The table, if it has no more columns than one may. Raises Unreadable."""
    if len(table.header) > MOST_COLUMNS:
        raise Unreadable("too_many_columns", count=len(table.header), most=MOST_COLUMNS)
    return table


def tables_of(origin: Origin, raw: Path) -> list[str]:
    """The tables of a database by name, with their schema where it has several. Views are not among them: what a view shows stands in
    a table already, and would count twice. Raises Unreadable."""
    if file := _duckdb_file(origin, raw):
        found = duckdb_file.tables_of(file, TABLES)
    else:
        engine = _engine(origin, raw)
        asked = TABLES_OF_SQLITE if engine.dialect.name == "sqlite" else TABLES
        try:
            with _reading(engine) as connection:
                found = [(str(folder), str(name)) for folder, name in connection.execute(sa.text(asked))]
        except sa.exc.SQLAlchemyError as error:
            raise Unreadable(_meant(error) or "no_database") from None
    several = len({folder for folder, _ in found}) > 1
    return [f"{folder}.{name}" if several else name for folder, name in found]


def _meant(error: sa.exc.SQLAlchemyError) -> str:
    """The rule for an error that says by itself what is wrong; "" for others."""
    cause = getattr(error, "orig", None)
    if isinstance(cause, sqlite3.OperationalError) and str(cause).startswith("Could not decode"):
        return "undecodable_text"
    if isinstance(error, sa.exc.DataError) and not getattr(cause, "sqlstate", None):
        return "unread_value"  # a date that Python has no calendar for
    code = str(getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None) or "")
    return next((rule for start, rule in MEANT.items() if code.startswith(start)), "")


READS = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
"""What a query of SQLite may do. Any other thing, such as ATTACH, VACUUM INTO or a setting, could write beside the database, or
read another one of the machine, however the database itself was opened."""
LONGEST = 1 << 26
"""Bytes of a cell of SQLite."""
_SELECT = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/|\()*+(?:select|with|values|table)\b", re.IGNORECASE | re.DOTALL)
"""How a query begins that asks for rows; what else a server takes for an order is not sent to it."""


def _guarded(connection: sqlite3.Connection, _: object) -> None:
    """Lets a connection of SQLite read the tables of its file, and nothing else."""

    def may(action: int, first: str | None, second: str | None, *_: object) -> int:
        if action == sqlite3.SQLITE_FUNCTION and (second or "").casefold() == "load_extension":
            return sqlite3.SQLITE_DENY
        asked = (
            action == sqlite3.SQLITE_PRAGMA and (first or "") == "read_uncommitted" and second is None
        )  # SQLAlchemy itself
        return sqlite3.SQLITE_OK if action in READS or asked else sqlite3.SQLITE_DENY

    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST)
    connection.set_authorizer(may)


def _reading(engine: sa.Engine) -> sa.Connection:
    """A connection whose answers stay with the server until they are asked for."""
    return engine.connect().execution_options(stream_results=True, max_row_buffer=BUFFERED)


def _engine(origin: Origin, raw: Path) -> sa.Engine:
    try:
        url = sa.make_url(origin.url)
        if origin.password:
            if not (secret := os.environ.get(origin.password)):
                raise Unreadable("no_password", variable=origin.password)
            url = url.set(password=secret)
        if url.get_backend_name() == "sqlite":
            name = f"file:{_file(url, raw).resolve().as_posix()}"
            url = url.set(database=name, query={"mode": "ro", "uri": "true"})
            engine = sa.create_engine(url, poolclass=sa.NullPool)
            sa.event.listen(engine, "connect", _guarded)
            return engine
        if url.get_backend_name() == "postgresql":
            # Without row_security, a table of which this user would see only some rows is an error, and not a smaller table.
            asked = f"-c default_transaction_read_only=on -c lock_timeout={WAIT}s -c row_security=off"
            options = {"connect_timeout": WAIT, "options": asked}
            return sa.create_engine(url, connect_args=options, poolclass=sa.NullPool)
        return sa.create_engine(url, poolclass=sa.NullPool)
    except ModuleNotFoundError as error:
        raise Unreadable("no_driver", module=PACKAGES.get(error.name or "", error.name or "")) from None
    except sa.exc.NoSuchModuleError:
        raise Unreadable("unknown_database", name=url.drivername) from None
    except (sa.exc.SQLAlchemyError, ValueError):  # no URL at all, or a port that is none
        raise Unreadable("bad_url") from None


def _duckdb_file(origin: Origin, raw: Path) -> Path | None:
    """The file of DuckDB that is meant; None where another kind of database is."""
    try:
        url = sa.make_url(origin.url)
    except (sa.exc.SQLAlchemyError, ValueError):
        return None
    return _file(url, raw) if url.get_backend_name() == "duckdb" else None


def _file(url: URL, raw: Path) -> Path:
    """A file of a database, below the folder of records; it is not made where there is none."""
    path = raw / (url.database or "")
    if not os.path.isfile(path):  # no method of `Path`: that fails where a folder may not be entered
        raise Unreadable("no_database_file")
    return path


def _statement(origin: Origin) -> sa.Executable:
    if origin.query:
        if not _SELECT.match(origin.query):
            raise Unreadable("bad_query")
        return sa.text(origin.query.replace(":", r"\:"))  # none of its colons names a value of ours
    schema, _, name = origin.table.rpartition(".")
    return sa.select(sa.text("*")).select_from(sa.table(name, schema=schema or None))
