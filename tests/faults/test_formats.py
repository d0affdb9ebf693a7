"""Workbooks, JSON Lines, Parquet and databases that are not as they should be: each is refused with its own words.

What a file is, is told by its content: every case here stands in `visitas.csv`, whatever it is.
"""

from __future__ import annotations

import gzip
import io
import json
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest
import xlsxwriter
import xlwt

from pipeline.cli.main import main
from pipeline.model.findings import EXIT_CODES
from tests.faults.stopped import SECRET, stops

Rows = list[list[str]]
Make = Callable[[Rows], bytes]


def workbook(rows: Rows, *, sheets: int = 1, spoil: Callable[[Any], object] | None = None) -> bytes:
    """An XLSX; `spoil` has the sheet before it is closed."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        for number in range(sheets):
            sheet = book.add_worksheet(f"Hoja {number + 1}")
            for n, row in enumerate(rows):
                sheet.write_row(n, 0, row)
            if spoil:
                spoil(sheet)
    return stream.getvalue()


def old_workbook(rows: Rows) -> bytes:
    stream, book = io.BytesIO(), xlwt.Workbook()
    sheet = book.add_sheet("Hoja 1")
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            sheet.write(r, c, value)
    book.save(stream)
    return stream.getvalue()


def locked(rows: Rows) -> bytes:
    """What a spreadsheet writes under a password: a container whose only stream is called so."""

    def name(text: str) -> bytes:
        written = text.encode("utf-16-le")
        return written.ljust(64, b"\0") + (len(written) + 2).to_bytes(2, "little")

    made = old_workbook(rows)
    assert made.count(name("Workbook")) == 1
    return made.replace(name("Workbook"), name("EncryptedPackage"))


def locked_ods(*, whole: bool) -> bytes:
    """The same as ODS: each of its files is encrypted, as the manifest says, or `whole` is, as one."""
    stream, cipher = io.BytesIO(), "<manifest:encryption-data/>"
    kind, name = "application/vnd.oasis.opendocument.spreadsheet", "encrypted-package" if whole else "content.xml"
    entry = f'<manifest:file-entry manifest:full-path="{name}" manifest:size="9">{cipher}</manifest:file-entry>'
    space = 'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"'
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("mimetype", kind)
        archive.writestr("META-INF/manifest.xml", f"<manifest:manifest {space}>{entry}</manifest:manifest>")
        archive.writestr(name, bytes(range(256)) + SECRET.encode())
    return stream.getvalue()


def without_sheet(rows: Rows) -> bytes:
    """A container of the right kind with nothing in it that can be read."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("xl/workbook.xml", f"<workbook>{SECRET}")
    return stream.getvalue()


def lines(rows: Rows) -> list[bytes]:
    return [json.dumps(dict(zip(rows[0], row, strict=True))).encode() for row in rows[1:]]


def json_lines(rows: Rows, row: int, line: bytes) -> bytes:
    """JSON Lines with another line in place of one."""
    made = lines(rows)
    made[row - 1] = line
    return b"\n".join(made) + b"\n"


def parquet(table: pa.Table) -> bytes:
    stream = io.BytesIO()
    pyarrow.parquet.write_table(table, stream)
    return stream.getvalue()


def columns(rows: Rows) -> dict[str, Any]:
    return {name: [row[n] for row in rows[1:]] for n, name in enumerate(rows[0])}


def moments(rows: Rows, moment: int, kind: pa.DataType) -> pa.Array:
    return pa.array([moment] + [0] * (len(rows) - 2), kind)


def latin(rows: Rows) -> pa.Array:
    """What a program leaves that writes bytes of Windows-1252 where Parquet has text."""
    written = pa.array([f"Jurídica {SECRET}".encode("cp1252")] * (len(rows) - 1), pa.binary())
    return pa.StringArray.from_buffers(len(written), *written.buffers()[1:])


def put(rows: Rows, row: int, column: int, value: str) -> Rows:
    changed = [list(each) for each in rows]
    changed[row - 1][column - 1] = value
    return changed


CASES: dict[str, tuple[Make, str, str]] = {
    # what happened: (file made of the records, column told, rule told)
    "two sheets and none named": (lambda rows: workbook(rows, sheets=2), "", "which_sheet"),
    "a sheet with nothing": (lambda _: workbook([]), "", "empty_file"),
    "a sheet with a header only": (lambda rows: workbook(rows[:1]), "", "no_rows"),
    "a title above the header of a sheet": (lambda rows: workbook([[f"Reporte de {SECRET}"], *rows]), "", "no_header"),
    "merged cells": (
        lambda rows: workbook(rows, spoil=lambda sheet: sheet.merge_range(3, 3, 5, 3, SECRET)),
        "",
        "merged_cells",
    ),
    "a formula that failed": (
        lambda rows: workbook(rows, spoil=lambda sheet: sheet.write_formula(4, 9, "=1/0", None, "#DIV/0!")),
        "",
        "failed_formula",
    ),
    "a formula that nobody computed": (
        lambda rows: workbook(rows, spoil=lambda sheet: sheet.write_formula(4, 3, f'="{SECRET}"', None, "")),
        "",
        "uncomputed_formula",
    ),
    "a number where a code goes": (lambda rows: workbook(rows, spoil=lambda sheet: sheet.write_number(4, 3, 7)), "area", "enum"),
    "a column more in a sheet": (
        lambda rows: workbook([[*row, "turno" if n == 0 else SECRET] for n, row in enumerate(rows)]),
        "turno",
        "unknown_column",
    ),
    "a space in the last cell of a sheet": (
        lambda rows: workbook(rows, spoil=lambda sheet: sheet.write_string(1_048_575, 16_383, " ")),
        "",
        "far_cell",
    ),
    "a workbook that was cut": (lambda rows: workbook(rows)[:-400], "", "binary_file"),
    "a workbook with no sheet to read": (without_sheet, "", "not_workbook"),
    "an archive that is no workbook": (lambda rows: zipped(rows), "", "packed_file"),
    "a workbook packed with gzip": (lambda rows: gzip.compress(workbook(rows)), "", "packed_file"),
    "an old workbook packed with gzip": (lambda rows: gzip.compress(old_workbook(rows)), "", "packed_file"),
    "Parquet packed with gzip": (lambda rows: gzip.compress(parquet(pa.table(columns(rows)))), "", "packed_file"),
    "an old workbook that was cut": (lambda rows: old_workbook(rows)[:1000], "", "not_workbook"),
    "a cell of an old workbook that is too long": (
        lambda rows: old_workbook(put(rows, 4, 6, SECRET * 2000)),
        "edad",
        "identity_value",
    ),
    "a line that is no JSON": (lambda rows: json_lines(rows, 3, f'{{"clave": {SECRET}'.encode()), "", "not_json_line"),
    "a line that is no object": (lambda rows: json_lines(rows, 3, f'["{SECRET}"]'.encode()), "", "not_json_line"),
    "a key twice in a line": (lambda rows: json_lines(rows, 3, b'{"clave": "a", "clave": "b"}'), "", "not_json_line"),
    "a list in a line": (lambda rows: json_lines(rows, 3, f'{{"clave": ["{SECRET}"]}}'.encode()), "", "nested_value"),
    "half a sign in a line": (
        lambda rows: json_lines(rows, 3, lines(rows)[2].replace(b'"clave": "', b'"clave": "\\ud800' + SECRET.encode())),
        "",
        "half_sign",
    ),
    "lists in lists without end": (
        lambda rows: json_lines(rows, 3, b'{"clave": ' + b"[" * 200_000 + b"]" * 200_000 + b"}"),
        "",
        "nested_value",
    ),
    "a key of one line only": (
        lambda rows: json_lines(rows, 3, lines(rows)[2][:-1] + f', "turno": "{SECRET}"}}'.encode()),
        "turno",
        "unknown_column",
    ),
    "lines of something else": (lambda _: f'{{"quien": "{SECRET}"}}\n'.encode(), "", "no_header"),
    "Parquet of something else": (lambda _: parquet(pa.table({"quien": [SECRET]})), "", "no_header"),
    "Parquet that was cut": (lambda rows: parquet(pa.table(columns(rows)))[:-100], "", "not_parquet"),
    "Parquet with no rows": (lambda rows: parquet(pa.table(columns(rows)).slice(0, 0)), "", "no_rows"),
    "Parquet with lists": (
        lambda rows: parquet(pa.table({**columns(rows), "edad": [[SECRET]] * (len(rows) - 1)})),
        "",
        "nested_value",
    ),
    "Parquet with a time beyond the calendar": (
        lambda rows: parquet(pa.table({**columns(rows), "mes": moments(rows, 9 * 10**18, pa.timestamp("ms"))})),
        "mes",
        "date_out_of_range",
    ),
    "Parquet with a time just beyond the calendar": (
        lambda rows: parquet(pa.table({**columns(rows), "mes": moments(rows, 253_402_300_800, pa.timestamp("s"))})),
        "mes",
        "date_out_of_range",
    ),
    "Parquet with a day beyond the calendar": (
        lambda rows: parquet(pa.table({**columns(rows), "mes": moments(rows, 2 * 10**9, pa.date32())})),
        "mes",
        "date_out_of_range",
    ),
    "Parquet with text of another encoding": (
        lambda rows: parquet(pa.table({**columns(rows), "area": latin(rows)})),
        "area",
        "undecodable_text",
    ),
    "Parquet with a code that is none": (
        lambda rows: parquet(pa.table({**columns(rows), "area": [SECRET] * (len(rows) - 1)})),
        "area",
        "enum",
    ),
}  # fmt: skip


def zipped(rows: Rows) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("visitas.txt", SECRET)
    return stream.getvalue()


@pytest.mark.parametrize("case", CASES)
def test_it_is_refused_with_its_own_words(
    case: str, raw: Path, published: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make, column, rule = CASES[case]
    path = raw / "visitas.csv"
    path.write_bytes(make([line.split(",") for line in path.read_text(encoding="utf-8").splitlines()]))
    stops(raw, published, capsys, "visitas.csv", rule, column=column)


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("visitas.xlsx", locked([[SECRET]])),
        ("visitas.xls", locked([[SECRET]])),
        ("visitas.ods", locked_ods(whole=False)),
        ("visitas-2.ods", locked_ods(whole=True)),
    ],
)
def test_a_workbook_with_a_password(
    name: str, made: bytes, raw: Path, institute: Path, published: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sources = institute / "sources.yaml"
    sources.write_text(
        sources.read_text().replace('files: ["visitas*.csv"]', f'files: ["visitas*.{name.partition(".")[2]}"]')
    )
    (raw / name).write_bytes(made)
    stops(raw, published, capsys, name, "locked_file", institute=institute)


def test_what_a_spreadsheet_or_a_system_leaves_beside_a_workbook_is_no_record(
    raw: Path, institute: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Excel and LibreOffice lay a file there while a workbook is open, with the name of who opened it."""
    sources = institute / "sources.yaml"
    sources.write_text(sources.read_text().replace('files: ["visitas*.csv"]', "files: [visitas/]"))
    folder = raw / "visitas"
    folder.mkdir()
    rows = [line.split(",") for line in (raw / "visitas.csv").read_text(encoding="utf-8").splitlines()]
    (folder / "visitas.xlsx").write_bytes(workbook(rows))
    for name in ("~$visitas.xlsx", ".~lock.visitas.xlsx#", ".DS_Store", "Thumbs.db", "desktop.ini"):
        (folder / name).write_bytes(b"\x0d" + SECRET.encode())
    assert main(["check", "--institute", str(institute), "--raw", str(raw)]) == 0
    shown = capsys.readouterr()
    assert "visitas/visitas.xlsx: 400" in shown.out
    assert SECRET not in shown.out + shown.err


def test_a_workbook_of_no_bytes(
    raw: Path, institute: Path, published: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sources = institute / "sources.yaml"
    sources.write_text(sources.read_text().replace('files: ["visitas*.csv"]', 'files: ["visitas*.xlsx"]'))
    (raw / "visitas.xlsx").write_bytes(b"")
    stops(raw, published, capsys, "visitas.xlsx", "empty_file", institute=institute)


def database(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("create table visitas (quien text)")
        connection.execute("insert into visitas values (?)", [SECRET])
        connection.execute("create view rota as select * from citas")


SOURCES: dict[str, tuple[str, str]] = {
    # what sources.yaml says: (the file, rule told)
    "a sheet that is not there": ('{pattern: "visitas*.csv", sheet: Febrero}', "no_sheet"),
    "UTF-16 without its mark": ('{pattern: "reportes.csv", encoding: utf-16}', "wrong_encoding"),
    "a database that is down": ('{url: "postgresql+psycopg://nadie@127.0.0.1:1/casa", table: visitas}', "no_database"),
    "a database that is not there": ('{url: "sqlite:///nada.db", table: visitas}', "no_database_file"),
    "a file that is no database": ('{url: "sqlite:///reportes.csv", table: visitas}', "broken_database"),
    "a folder that is no database": ('{url: "sqlite:///.", table: visitas}', "no_database_file"),
    "a table that is not there": ('{url: "sqlite:///casa.db", table: citas}', "bad_query"),
    "a query that is none": ('{url: "sqlite:///casa.db", query: "selecciona todo"}', "bad_query"),
    "a query that writes": ('{url: "sqlite:///casa.db", query: "delete from visitas"}', "bad_query"),
    "a table of something else": ('{url: "sqlite:///casa.db", table: visitas}', "no_header"),
    "an address of no kind of database": ('{url: "agenda://casa/visitas", table: visitas}', "unknown_database"),
    "an address that is none": ('{url: "postgresql:/casa/visitas", table: visitas}', "bad_url"),
    "a view of what is not there": ('{url: "sqlite:///casa.db", table: rota}', "bad_query"),
    "a password that was not given": (
        '{url: "postgresql+psycopg://nadie@127.0.0.1:1/casa", table: visitas, password: NO_HAY}',
        "no_password",
    ),
    "a database that nothing here can talk to": ('{url: "oracle://nadie@127.0.0.1/casa", table: visitas}', "no_driver"),
}


@pytest.mark.parametrize("case", SOURCES)
def test_a_source_that_cannot_be_read(
    case: str, raw: Path, institute: Path, published: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written, rule = SOURCES[case]
    sources = institute / "sources.yaml"
    sources.write_text(sources.read_text().replace('files: ["visitas*.csv"]', f"files: [{written}]"))
    database(raw / "casa.db")
    path = raw / "visitas.csv"
    path.write_bytes(workbook([line.split(",") for line in path.read_text(encoding="utf-8").splitlines()]))
    where = {"no_sheet": "visitas.csv", "wrong_encoding": "reportes.csv"}.get(rule, "sources.yaml:visitas.files.0")
    stops(raw, published, capsys, where, rule, institute=institute)
    with sqlite3.connect(raw / "casa.db") as connection:
        assert connection.execute("select count(*) from visitas").fetchone() == (1,)


def test_a_database_among_the_files(raw: Path, published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (raw / "visitas.csv").unlink()
    database(raw / "visitas.csv")
    stops(raw, published, capsys, "visitas.csv", "database_file")


@pytest.fixture
def house(raw: Path, institute: Path) -> Path:
    """The visits in a file of SQLite, which sources.yaml names."""
    sources = institute / "sources.yaml"
    written = '{url: "sqlite:///casa.db", table: visitas}'
    sources.write_text(sources.read_text().replace('files: ["visitas*.csv"]', f"files: [{written}]"))
    rows = [line.split(",") for line in (raw / "visitas.csv").read_text(encoding="utf-8").splitlines()]
    with sqlite3.connect(raw / "casa.db") as connection:
        connection.execute(f"create table visitas ({', '.join(rows[0])})")
        connection.executemany(f"insert into visitas values ({', '.join('?' * len(rows[0]))})", rows[1:])
    connection.close()
    return raw / "casa.db"


def test_a_database_that_somebody_is_writing_to(
    house: Path, institute: Path, published: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *given, **named: connect(*given, **{**named, "timeout": 0}))
    writer = sqlite3.connect(house, isolation_level=None)
    writer.execute("begin exclusive")
    stops(house.parent, published, capsys, "sources.yaml:visitas.files.0", "busy_database", institute=institute)
    writer.close()


def test_a_database_whose_last_changes_lie_in_a_file_beside_it(
    house: Path, institute: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a program wrote last is read too, whether it has the database open or ended badly."""
    writer = sqlite3.connect(house)
    writer.execute("pragma journal_mode = wal")
    writer.execute("update visitas set area = ? where rowid = 3", [SECRET])
    writer.commit()
    assert house.with_name("casa.db-wal").stat().st_size
    assert main(["check", "--institute", str(institute), "--raw", str(house.parent)]) == EXIT_CODES["records"]
    writer.close()
    assert "«area»" in (told := capsys.readouterr().err)
    assert SECRET not in told


def test_a_database_that_cannot_be_read_where_nothing_can_be_written_beside_it(
    house: Path, institute: Path, published: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with sqlite3.connect(house) as writer:
        writer.execute("pragma journal_mode = wal")
    writer.close()
    house.with_name("casa.db-wal").mkdir()  # in the way, as a folder that may only be read is
    stops(house.parent, published, capsys, "sources.yaml:visitas.files.0", "beside_database", institute=institute)


@pytest.mark.parametrize(
    ("spoil", "rule"),
    [
        (lambda data: data[: len(data) // 2], "broken_database"),
        (lambda data: data[:4096] + b"\xff" * (len(data) - 4096), "broken_database"),
        (lambda _: b"", "bad_query"),
    ],
    ids=["cut", "overwritten", "empty"],
)
def test_a_database_that_is_damaged(
    spoil: Callable[[bytes], bytes],
    rule: str,
    house: Path,
    institute: Path,
    published: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    house.write_bytes(spoil(house.read_bytes()))
    stops(house.parent, published, capsys, "sources.yaml:visitas.files.0", rule, institute=institute)


@pytest.mark.parametrize(
    ("value", "rule"),
    [(f"cast(x'ff{SECRET.encode().hex()}' as text)", "undecodable_text"), ("x'ff41'", "nested_value")],
)
def test_a_cell_of_a_database_that_is_no_text(
    value: str, rule: str, house: Path, institute: Path, published: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with sqlite3.connect(house) as writer:
        writer.execute(f"update visitas set edad = {value} where rowid = 3")
    writer.close()
    stops(house.parent, published, capsys, "sources.yaml:visitas.files.0", rule, institute=institute)


def test_no_message_repeats_a_password(
    raw: Path,
    institute: Path,
    published: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CLAVE", SECRET)
    sources = institute / "sources.yaml"
    before = sources.read_text()
    for url, rule in {
        "postgresql+psycopg://nadie@127.0.0.1:1/casa": "no_database",
        "oracle://nadie@127.0.0.1/casa": "no_driver",
        "agenda://nadie@127.0.0.1/casa": "unknown_database",
    }.items():
        written = f'{{url: "{url}", table: visitas, password: CLAVE}}'
        sources.write_text(before.replace('files: ["visitas*.csv"]', f"files: [{written}]"))
        stops(raw, published, capsys, "sources.yaml:visitas.files.0", rule, institute=institute)
