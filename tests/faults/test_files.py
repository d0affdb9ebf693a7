"""Files that an office may hand over by mistake: each is refused with its own words in both languages, and nothing else."""

from __future__ import annotations

import bz2
import gc
import gzip
import io
import json
import lzma
import os
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Sized
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pipeline.cli.main import main
from pipeline.confidential.intake import record_reader
from pipeline.confidential.intake.formats import detect
from pipeline.confidential.intake.formats.table import Table
from pipeline.institute.plan import Origin
from pipeline.model.findings import EXIT_CODES
from tests.conftest import TINY, content
from tests.faults import test_formats, test_identities, test_records
from tests.faults.stopped import SECRET, WORDS, stops

Mistake = Callable[[bytes], bytes]


def cell(row: int, column: int, value: str) -> Mistake:
    """Puts a value where a cell was; row 1 is the header."""

    def mistake(data: bytes) -> bytes:
        lines = data.decode().splitlines()
        cells = lines[row - 1].split(",")
        cells[column - 1] = value
        lines[row - 1] = ",".join(cells)
        return ("\n".join(lines) + "\n").encode()

    return mistake


def workbook(data: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", data)
    return stream.getvalue()


def first_column_again(data: bytes) -> bytes:
    return b"\n".join(line + b"," + line.split(b",")[0] for line in data.splitlines()) + b"\n"


def without_last_column(data: bytes) -> bytes:
    return b"\n".join(line.rsplit(b",", 1)[0] for line in data.splitlines()) + b"\n"


def without_first_row(data: bytes) -> bytes:
    return data.split(b"\n", 1)[1]


def header(old: str, new: str) -> Mistake:
    """Another name in the header."""

    def mistake(data: bytes) -> bytes:
        first, rest = data.split(b"\n", 1)
        assert old.encode() in first
        return first.replace(old.encode(), new.encode(), 1) + b"\n" + rest

    return mistake


def first_line(data: bytes) -> bytes:
    return data.split(b"\n", 1)[0]


def zipped(data: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("visitas.csv", data)
    return stream.getvalue()


def tarred(data: bytes) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        member = tarfile.TarInfo("visitas.csv")
        member.size = len(data)
        archive.addfile(member, io.BytesIO(data))
    return stream.getvalue()


def half(data: bytes) -> bytes:
    """Cut in the middle of a row, as a copy that was interrupted."""
    return data[: data.rindex(b",")]


def twice(data: bytes) -> bytes:
    """The same file copied below itself, header included."""
    return data + data


CASES: dict[str, tuple[Mistake, str, str]] = {
    # what happened: (mistake, column told, rule told)
    "half a workbook, named .csv": (workbook, "", "not_workbook"),
    "a cell with NUL": (cell(4, 4, f"{SECRET}\0"), "", "binary_file"),
    "bytes of no encoding": (lambda data: data + b"\x81\x8d\x9d" + SECRET.encode(), "", "wrong_encoding"),
    "a delimiter nobody uses": (lambda data: data.replace(b",", b"^"), "", "no_header"),
    "fixed width": (lambda data: data.replace(b",", b"   "), "", "no_header"),
    "a page that says: log in": (lambda _: f"<html><p>{SECRET}</p></html>\n".encode(), "", "not_a_table"),
    "a title above the header": (lambda data: f"Reporte de {SECRET},,,,,,,,,\n".encode() + data, "", "no_header"),
    "a blank line above the header": (lambda data: b"\n" + data, "", "no_header"),
    "a record in place of the header": (lambda data: cell(1, 2, SECRET)(data.split(b"\n", 1)[1]), "", "no_header"),
    "a cell of 5 MB": (cell(4, 10, SECRET * 360_000), "hijas", "identity_value"),
    "a cell of more than 10 MB": (cell(4, 10, SECRET * 800_000), "", "record_too_long"),
    "a quote that never closes": (cell(4, 4, f'"{SECRET}'), "", "open_quote"),
    "mojibake": (cell(4, 4, "JurÃ\xaddica"), "area", "enum"),
    "a column twice": (first_column_again, "visita_id", "duplicate_column"),
    "a column less": (without_last_column, "hijas", "missing_column"),
    "the file below itself": (twice, "visita_id", "primary_key"),
    "a decimal where a number is whole": (cell(4, 10, "2.5"), "hijas", "type"),
    "a formula": (cell(4, 10, f"=HYPERLINK({SECRET})"), "hijas", "type"),
    "a date that is none": (cell(4, 3, "31/02"), "mes", "pattern"),
    "a month of a year to come": (cell(4, 3, "2099-01"), "mes", "after_cut_off"),
    "a date of the last century": (cell(4, 3, "15/07/1985"), "mes", "before_first_month"),
    "a blank line among the records": (lambda data: data.replace(b"\nVIS000009", b"\n\nVIS000009"), "", "scant_row"),
    "only delimiters": (lambda data: data + b",,,,,,,,,\n", "", "scant_row"),
    "nothing at all": (lambda _: b"", "", "empty_file"),
    "only a byte order mark": (lambda _: b"\xef\xbb\xbf", "", "empty_file"),
    "blank lines only": (lambda _: b"\r\n \r\n\t\r\n", "", "empty_file"),
    "a header only": (lambda data: data.split(b"\n", 1)[0] + b"\n", "", "no_rows"),
    "half a sign of UTF-16": (lambda data: data.decode().encode("utf-16")[:-1], "", "wrong_encoding"),
    "UTF-32": (lambda data: data.decode().encode("utf-32"), "", "binary_file"),
    "a compressed file that was cut": (lambda data: gzip.compress(SECRET.encode() + data)[:-20], "", "broken_gzip"),
    "a picture": (lambda _: b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + SECRET.encode(), "", "binary_file"),
    "JSON named .csv": (lambda _: json.dumps([{"clave": SECRET}]).encode(), "", "json_array"),
    "JSON over many lines": (lambda _: json.dumps([{"clave": SECRET}], indent=2).encode("utf-8-sig"), "", "json_array"),
    "a file of Access": (lambda _: b"\0\1\0\0Standard ACE DB\0" + SECRET.encode(), "", "database_file"),
    "a dump of a database": (lambda _: f"INSERT INTO visitas VALUES ('{SECRET}');\n".encode(), "", "no_header"),
    "a header in another language": (
        lambda data: b"id,key,month,unit,service,years,tongue,physical,mental,girls\n" + without_first_row(data),
        "",
        "no_header",
    ),
    "a header without one name": (header("hijas", ""), "#10", "unnamed_column"),
    "a column that was renamed": (header("hijas", "hijos"), "hijos", "unknown_column"),
    "spaces between columns": (lambda data: data.replace(b",", b" "), "", "no_header"),
    "two delimiters": (lambda data: data.replace(b",", b";", 40), "", "ragged_row"),
    "a cell with a comma and no quotes": (cell(4, 4, f"legal, {SECRET}"), "", "ragged_row"),
    "a decimal comma": (cell(4, 10, "2,5"), "", "ragged_row"),
    "a file that was cut": (half, "", "ragged_row"),
    "a row that was cut": (lambda data: data.replace(b",V", b"\nV", 1) + b"V999,corto\n", "", "ragged_row"),
    "a total at the end": (lambda data: data + b"Total,,,,,,,,,400\n", "", "scant_row"),
    "a note below the table": (lambda data: data + b"Fuente:,,,,,,,,,\n", "", "scant_row"),
    "the header again in the middle": (
        lambda data: data.replace(b"\nV", b"\n" + first_line(data) + b"\nV", 9),
        "",
        "header_again",
    ),
    "a delimiter too many in every row": (
        lambda data: data.replace(b"\n", b",\n"),
        "#11",
        "unnamed_column",
    ),
    "delimiters without end": (lambda data: data.replace(b"\n", b"," * 900 + b"\n"), "", "unnamed_columns"),
    "columns without end": (
        lambda data: data.replace(b"\n", "".join(f",c{n}" for n in range(900)).encode() + b"\n"),
        "",
        "unknown_columns",
    ),
    "a table of a web page, as some systems name .xls": (
        lambda _: f"<!DOCTYPE html><table><tr><td>{SECRET}</td></tr></table>".encode(),
        "",
        "not_a_table",
    ),
    "a workbook of 2003 in XML": (
        lambda _: f'<?xml version="1.0"?><Workbook>{SECRET}</Workbook>'.encode(),
        "",
        "not_a_table",
    ),
    "a printed page": (lambda _: b"%PDF-1.7\n" + SECRET.encode(), "", "not_a_table"),
    "a letter": (lambda _: b"{\\rtf1 " + SECRET.encode() + b"}", "", "not_a_table"),
    "a table in a zip": (zipped, "", "packed_file"),
    "a table packed with bzip2": (bz2.compress, "", "packed_file"),
    "a table in a tar": (tarred, "", "packed_file"),
    "a table in a tar.gz": (lambda data: gzip.compress(tarred(data)), "", "packed_file"),
    "a table packed with gzip twice": (lambda data: gzip.compress(gzip.compress(data)), "", "packed_file"),
    "a table packed with xz": (lzma.compress, "", "packed_file"),
    "a table packed with 7-Zip": (lambda _: b"7z\xbc\xaf\x27\x1c" + SECRET.encode(), "", "packed_file"),
    "a compressed file with something behind it": (
        lambda data: gzip.compress(data) + SECRET.encode(),
        "",
        "broken_gzip",
    ),
    "a number with an apostrophe": (cell(4, 10, "'2"), "hijas", "type"),
    "a thousand with its comma": (cell(4, 10, '"1,234"'), "hijas", "decimal_unclear"),
    "curved quotes of Windows-1252": (
        lambda data: cell(4, 4, f"“{SECRET}”")(data).decode().encode("cp1252"),
        "area",
        "enum",
    ),
    "an empty key": (cell(4, 1, ""), "visita_id", "primary_key_empty"),
    "an error of a spreadsheet": (cell(4, 10, "#REF!"), "hijas", "type"),
    "not available": (cell(4, 6, "#N/A"), "edad", "enum"),
    "a key that a spreadsheet rounded": (cell(4, 2, "1.23457E+11"), "clave", "pattern"),
    "a key that lost its zeros": (cell(4, 2, "123456789a"), "clave", "pattern"),
    "a key with capitals": (cell(4, 2, "0123456789AB"), "clave", "pattern"),
    "a date as a spreadsheet counts days": (cell(4, 3, "45678"), "mes", "pattern"),
    "a month in words": (cell(4, 3, "enero"), "mes", "pattern"),
    "a month that there is not": (cell(4, 3, "2025-13"), "mes", "not_a_period"),
    "perhaps": (cell(4, 8, "quizá"), "violencia_fisica", "type"),
    "a number below zero": (cell(4, 10, "-1"), "hijas", "minimum"),
    "a number beyond belief": (cell(4, 10, "1e400"), "hijas", "type"),
    "digits of another script": (cell(4, 2, "٠١٢٣٤٥٦٧٨٩ab"), "clave", "pattern"),
    "a letter that looks like another": (cell(4, 4, "lеgal"), "area", "enum"),
    "an invisible sign": (cell(4, 4, "le\u200bgal"), "area", "enum"),
    "a smiling face": (cell(4, 6, "🙂"), "edad", "enum"),
    "a line break in a key": (cell(4, 2, f'"0123\n{SECRET}"'), "clave", "pattern"),
    "a table within a cell": (cell(4, 4, f'"a,b\nc,{SECRET}"'), "area", "enum"),
    "a command in a cell": (cell(4, 4, f"=cmd|' /C {SECRET}'!A1"), "area", "enum"),
    "a path of a web page": (cell(4, 4, f"<script>{SECRET}</script>"), "area", "enum"),
    "words for a blank to fill": (cell(4, 4, "{" + SECRET + "}"), "area", "enum"),
    "a CURP where a random key goes": (cell(4, 2, "PEGA850715MDFRRN08"), "clave", "identity_value"),
}


@pytest.mark.parametrize("case", CASES)
def test_it_is_refused_with_its_own_words(
    case: str, raw: Path, published: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mistake, column, rule = CASES[case]
    path = raw / "visitas.csv"
    path.write_bytes(mistake(path.read_bytes()))
    secrets = (SECRET, "Jur", "PEGA85", "1985", "2099", "REF!", "quiz", "{S")
    stops(raw, published, capsys, "visitas.csv", rule, column=column, secrets=secrets)


def test_a_key_that_no_other_file_has(raw: Path, published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = raw / "reportes.csv"
    path.write_bytes(cell(4, 2, SECRET)(path.read_bytes()))
    stops(raw, published, capsys, "reportes.csv", "foreign_key", column="visita_id", rows="4")


def test_a_file_that_is_not_there(raw: Path, published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (raw / "visitas.csv").unlink()
    stops(raw, published, capsys, "sources.yaml:visitas.files", "no_file")


def test_a_folder_of_records_that_is_not_there(
    tmp_path: Path, published: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stops(tmp_path / "nada", published, capsys, "sources.yaml:visitas.files", "no_file")


def test_a_folder_in_the_place_of_a_file(raw: Path, published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (raw / "visitas.csv").unlink()
    (raw / "visitas.csv").mkdir()
    stops(raw, published, capsys, "visitas.csv", "not_a_file")


def test_a_link_that_leads_to_itself(raw: Path, published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (raw / "visitas.csv").unlink()
    (raw / "visitas.csv").symlink_to(raw / "visitas.csv")
    stops(raw, published, capsys, "visitas.csv", "unreadable")


def test_a_name_that_a_terminal_would_obey(raw: Path, published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (raw / "visitas.csv").rename(raw / "visitas\x1b[31m\n2.csv")
    (raw / "visitas\x1b[31m\n2.csv").write_bytes(b"")
    stops(raw, published, capsys, "visitas\ufffd[31m\ufffd2.csv", "empty_file")


def test_a_pipe_in_the_place_of_a_file(raw: Path, published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is not waited for."""
    (raw / "visitas.csv").unlink()
    os.mkfifo(raw / "visitas.csv")
    stops(raw, published, capsys, "visitas.csv", "special_file")


def test_a_device_in_the_place_of_a_file(raw: Path, published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (raw / "visitas.csv").unlink()
    (raw / "visitas.csv").symlink_to("/dev/zero")
    stops(raw, published, capsys, "visitas.csv", "special_file")


def test_a_link_that_leads_nowhere(raw: Path, published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (raw / "visitas.csv").unlink()
    (raw / "visitas.csv").symlink_to(raw / SECRET)
    stops(raw, published, capsys, "visitas.csv", "unreadable")


def test_a_file_that_may_not_be_read(
    raw: Path, published: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (raw / "visitas.csv").chmod(0)
    if os.geteuid() == 0:  # root reads everything: the system's answer is played
        real = Path.open

        def denied(path: Path, *mode: Any, **more: Any) -> Any:
            if path.parent == raw and path.name == "visitas.csv":
                raise PermissionError(13, SECRET, str(path))
            return real(path, *mode, **more)

        monkeypatch.setattr(Path, "open", denied)
    inputs = content_readable(raw)
    try:
        stops(raw, published, capsys, "visitas.csv", "unreadable")
    finally:
        (raw / "visitas.csv").chmod(0o600)
    assert content_readable(raw) == inputs


def test_a_folder_that_may_not_be_looked_into(
    institute: Path, raw: Path, published: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The records of a whole year would be lost in silence."""
    sources = institute / "sources.yaml"
    sources.write_text(sources.read_text().replace('files: ["visitas*.csv"]', 'files: ["**/visitas*.csv"]'))
    (raw / "2024").mkdir()
    real = os.scandir

    def denied(path: Any = ".") -> Any:  # root looks into everything: the system's answer is played
        if Path(str(path)).name == "2024":
            raise PermissionError(13, SECRET, str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", denied)
    before = sorted(path.name for path in raw.iterdir())
    assert main(["check", "--institute", str(institute), "--raw", str(raw)]) == EXIT_CODES["records"]
    shown = capsys.readouterr()
    assert f"  · 2024/: {WORDS['es'].words['rules.unreadable']}" in shown.err
    assert SECRET not in shown.err + shown.out
    assert sorted(path.name for path in raw.iterdir()) == before


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_what_nobody_foresaw_while_a_file_is_read(
    raw: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: type[BaseException]
) -> None:
    """It ends with its word alone: nothing that was open complains afterwards."""
    told: list[object] = []
    opened = detect.open_file

    def failing(*given: object) -> Iterator[list[pa.Array]]:
        raise error(SECRET)
        yield

    def ready(path: Path, origin: Origin) -> Table:
        return replace(opened(path, origin), chunks=failing)

    monkeypatch.setattr(sys, "unraisablehook", told.append)
    monkeypatch.setattr(record_reader, "open_file", ready)
    assert main(["check", "--institute", str(TINY), "--raw", str(raw)]) not in {0, *EXIT_CODES.values()}
    gc.collect()
    assert told == []
    assert SECRET not in "".join(capsys.readouterr())


@pytest.mark.parametrize("rate", ["nan", "2", "-1", "todo"])
def test_a_rate_of_quarantine_that_is_no_part_of_the_rows(
    raw: Path, published: Path, capsys: pytest.CaptureFixture[str], rate: str
) -> None:
    before = content(published)
    given = ["--institute", str(TINY), "--raw", str(raw), "--published", str(published), f"--quarantine={rate}"]
    with pytest.raises(SystemExit) as stopped:
        main(["publish", *given, "--edition", "2025-T4"])
    assert stopped.value.code == EXIT_CODES["usage"]
    assert "--quarantine debe ser una parte de los renglones, de 0 a 1" in capsys.readouterr().err
    assert content(published) == before


def content_readable(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_catalogue_is_long_and_no_two_of_it_are_the_same() -> None:
    assert len({mistake for mistake, _, _ in CASES.values()}) == len(CASES)
    others: list[Sized] = [
        test_records.CASES,
        test_identities.HEADERS,
        test_identities.VALUES,
        test_formats.CASES,
        test_formats.SOURCES,
    ]
    assert len(CASES) > 60
    assert len(CASES) + sum(map(len, others)) > 120


def test_a_record_that_is_in_two_files(raw: Path, published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = (raw / "visitas.csv").read_text(encoding="utf-8").splitlines()
    (raw / "visitas_b.csv").write_text("\n".join([lines[0], lines[8], lines[5], lines[8]]) + "\n")
    where, secrets = "visitas_b.csv", [line.partition(",")[0] for line in (lines[5], lines[8])]
    stops(raw, published, capsys, where, "primary_key", column="visita_id", secrets=secrets)
    for language, told in {
        "es": "«visita_id», renglones 2, 3, 4: la llave está repetida; revise si un archivo o una parte de él está dos veces."
        " La primera vez está en visitas.csv, renglones 9, 6\n",
        "en": "“visita_id”, rows 2, 3, 4: the key is there twice; check whether a file or part of it is there twice."
        " The first time it is in visitas.csv, rows 9, 6\n",
    }.items():
        assert main(["check", "--institute", str(TINY), "--raw", str(raw), "--lang", language]) == EXIT_CODES["records"]
        assert told in capsys.readouterr().err


def test_two_lines_that_name_the_same_files(
    raw: Path, institute: Path, published: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file is read once. A line that reads none of its files would go unheeded, with all that it says of them."""
    sources = institute / "sources.yaml"
    before = sources.read_text()
    sources.write_text(before.replace('["visitas*.csv"]', '["visitas*.csv", {pattern: visitas.csv, decimal: ","}]'))
    stops(raw, published, capsys, "sources.yaml:visitas.files", "read_already", institute=institute)
    sources.write_text(before.replace('["visitas*.csv"]', '["visitas.csv", "visitas*.csv"]'))
    lines = (raw / "visitas.csv").read_text(encoding="utf-8").splitlines()
    (raw / "visitas.csv").write_text("\n".join(lines[:200]) + "\n")
    (raw / "visitas-b.csv").write_text("\n".join([lines[0], *lines[200:]]) + "\n")
    assert main(["check", "--institute", str(institute), "--raw", str(raw)]) == 0
    assert "visitas: 400 " in capsys.readouterr().out
