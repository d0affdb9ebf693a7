"""Files → their sheets as frames of text, with the row of the header found. Reads files; a sheet that holds no table is told."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import python_calamine as calamine

from pipeline.confidential.intake import direct_identifiers, notation
from pipeline.confidential.intake.formats.detect import DUCKDB, open_file
from pipeline.confidential.intake.formats.table import Table, Unreadable
from pipeline.confidential.intake.recode import NO, YES
from pipeline.confidential.profiling.names import is_name
from pipeline.confidential.storage.arrow import strings
from pipeline.institute.plan import Origin
from pipeline.institute.records import PASSWORD
from pipeline.model.spellings import fold
from pipeline.scaffold.profile import Place

LOWEST_HEADER = 9
"""The last row in which a header is looked for, below titles and dates of printing."""
UNNAMED = 0.2
"""Share of the columns of a table that may have no name."""


@dataclass(frozen=True)
class Sheet:
    """A table of a file: where it is, its cells as text without spaces around. `scant`: rows with most cells empty, left out."""

    place: Place
    frame: pd.DataFrame
    scant: int


def read(path: Path) -> Iterator[Sheet]:
    """The tables of a file. Raises Unreadable."""
    if kind := database_of(path):
        yield from tables(Database(f"{kind}:///{path.name}", folder=path.parent))
        return
    found = 0
    names = _sheets(path)
    if any(map(is_name, (re.sub(r"[\d_.-]+", " ", path.stem), *names))):
        raise Unreadable("named_like_somebody")  # the folder would have to say it
    for name in names or [""]:
        try:
            at, table = _opened(path, name)
        except Unreadable as problem:
            if name and problem.rule in ("empty_file", "no_header_found", "no_rows") and len(names) > 1:
                continue  # a sheet of notes, or an empty one
            raise
        found += 1
        yield _sheet(Place(path.name, name, at, len(names) < 2), table)
    if not found:
        raise Unreadable("no_header_found")


@dataclass(frozen=True)
class Database:
    """A database by its address; a file of SQLite by its name and the folder that it lies in. `names`: the tables or views that are
    meant, all tables if none is named."""

    url: str
    password: str = ""
    folder: Path = Path()
    names: tuple[str, ...] = ()


def tables(asked: Database) -> Iterator[Sheet]:
    """The tables of a database. Raises Unreadable."""
    from pipeline.confidential.intake.database import open_database, tables_of  # SQLAlchemy loads only where it is used

    if PASSWORD.search(asked.url):
        raise Unreadable("password_in_url")
    origin = Origin(url=asked.url, password=asked.password)
    names = asked.names or tables_of(origin, asked.folder)
    if any(is_name(re.sub(r"[\d_.-]+", " ", name)) for name in names):
        raise Unreadable("named_like_somebody")
    found = 0
    for name in names:
        try:
            sheet = _sheet(
                Place(name, url=origin.url, password=origin.password),
                open_database(replace(origin, table=name), asked.folder),
            )
        except Unreadable as problem:
            if problem.rule == "no_rows" and not asked.names:
                continue
            raise
        found += 1
        yield sheet
    if not found:
        raise Unreadable("no_rows")


def _sheets(path: Path) -> list[str]:
    """The names of the sheets of a workbook; none for other files."""
    try:
        with calamine.CalamineWorkbook.from_path(path) as book:
            return list(book.sheet_names)
    except (calamine.CalamineError, OSError):
        return []


def _opened(path: Path, sheet: str) -> tuple[int, Table]:
    """The row of the header, and the table below it."""
    twice = ""
    for row in range(1, LOWEST_HEADER + 1):
        table = open_file(path, Origin(sheet=sheet, header=row))
        names = [name.strip() for name in table.header]
        if not is_header(names):
            continue
        named = [fold(name) for name in names if name]
        if len(set(named)) == len(named):
            return row, table
        twice = twice or next(name for name in names if named.count(fold(name)) > 1)
    if twice:
        raise Unreadable("duplicate_column", column=twice)
    raise Unreadable("no_header_found")


def is_header(names: Sequence[str]) -> bool:
    """Whether a row names columns: nearly all of its cells say something, and none is a number, a date, a yes or no, somebody's
    name or what looks like an identity, as the cells of a record are."""
    said = [name for name in names if name]
    if len(said) < 2 or len(said) < (1 - UNNAMED) * len(names):
        return False
    for name in said:
        if len(name) > direct_identifiers.LONG or notation.number(name) is not None or notation.day(name):
            return False
        if fold(name) in (YES | NO) - {"x", "s", "n", "y"} or is_name(name):
            return False
    return not direct_identifiers.of_values(direct_identifiers.Column(""), strings(said))


def database_of(path: Path) -> str:
    """The kind of database that a file is: `sqlite`, `duckdb`, or "" of other files."""
    with path.open("rb") as stream:
        head = stream.read(16)
    return "sqlite" if head == b"SQLite format 3\0" else "duckdb" if head[8:].startswith(DUCKDB) else ""


def _sheet(place: Place, table: Table) -> Sheet:
    chunks = [
        pa.RecordBatch.from_arrays(arrays, names=[str(n) for n in range(len(arrays))])
        for arrays in table.chunks(range(len(table.header)), ())
    ]
    if not chunks:
        raise Unreadable("no_rows")
    frame = pa.Table.from_batches(chunks).to_pandas().astype("str")
    frame.columns = pd.Index([name.strip() for name in table.header])
    frame = frame.apply(lambda column: column.str.strip())
    filled = (frame != "").sum(axis=1)
    usual = filled.median()
    whole = filled * 2 > usual
    named = [name for name in frame.columns if name]
    if sum(_is_answer(frame, name) for name in named) * 2 > len(named):
        raise Unreadable("no_header_found")  # the first row is a record
    return Sheet(place, frame[whole].reset_index(drop=True), int((~whole).sum()))


def _is_answer(frame: pd.DataFrame, name: str) -> bool:
    """Whether the name of a column is one of its answers."""
    return bool((frame[name].str.casefold() == name.casefold()).sum() > 1)
