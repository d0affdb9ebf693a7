"""Files that an office may hand over by mistake: each is refused with its own words in both languages, and nothing else."""

from __future__ import annotations

import gzip
import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli import MESSAGES, main
from pipeline.public import texts
from tests.conftest import TINY, content

SECRET = "SecretoDeMaria"

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


def twice(data: bytes) -> bytes:
    """The same file copied below itself, header included."""
    return data + data


CASES: dict[str, tuple[Mistake, str, str]] = {
    # what happened: (mistake, column told, rule told)
    "half a workbook, named .csv": (workbook, "", "not_workbook"),
    "half a compressed file": (lambda data: gzip.compress(data)[:-20], "", "broken_gzip"),
    "a cell with NUL": (cell(4, 4, f"{SECRET}\0"), "", "binary_file"),
    "bytes of no encoding": (lambda data: data + b"\x81\x8d\x9d" + SECRET.encode(), "", "wrong_encoding"),
    "a delimiter nobody uses": (lambda data: data.replace(b",", b"^"), "", "no_header"),
    "fixed width": (lambda data: data.replace(b",", b"   "), "", "no_header"),
    "a page that says: log in": (lambda _: f"<html><p>{SECRET}</p></html>\n".encode(), "", "no_header"),
    "a title above the header": (lambda data: f"Reporte de {SECRET},,,,,,,,,\n".encode() + data, "", "no_header"),
    "a blank line above the header": (lambda data: b"\n" + data, "", "no_header"),
    "a record in place of the header": (lambda data: cell(1, 2, SECRET)(data.split(b"\n", 1)[1]), "", "no_header"),
    "a cell longer than a book": (cell(4, 10, SECRET * 200_000), "hijas", "identity_value"),
    "a quote that never closes": (cell(4, 4, f'"{SECRET}'), "", "ragged_row"),
    "mojibake": (cell(4, 4, "JurÃ\xaddica"), "area", "enum"),
    "a column twice": (first_column_again, "visita_id", "duplicate_column"),
    "a column less": (without_last_column, "hijas", "missing_column"),
    "the file below itself": (twice, "visita_id", "primary_key"),
    "a decimal where a number is whole": (cell(4, 10, "2.5"), "hijas", "type"),
    "a formula": (cell(4, 10, f"=HYPERLINK({SECRET})"), "hijas", "type"),
    "a date that is none": (cell(4, 3, "31/02"), "mes", "pattern"),
    "a month of a year to come": (cell(4, 3, "2099-01"), "mes", "after_cut_off"),
    "a date of the last century": (cell(4, 3, "15/07/1985"), "mes", "before_first_month"),
    "a blank line among the records": (
        lambda data: data.replace(b"\nVIS000009", b"\n\nVIS000009"),
        "clave",
        "missing_value",
    ),
    "only delimiters": (lambda data: data + b",,,,,,,,,\n", "clave", "missing_value"),
    "a CURP where a random key goes": (cell(4, 2, "PEGA850715MDFRRN08"), "clave", "identity_value"),
}


@pytest.mark.parametrize("case", CASES)
def test_it_is_refused_with_its_own_words(
    case: str, raw: Path, published: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mistake, column, rule = CASES[case]
    path = raw / "visitas.csv"
    path.write_bytes(mistake(path.read_bytes()))
    refused(raw, published, column, rule, capsys)


def refused(raw: Path, published: Path, column: str, rule: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = content(published)
    arguments = ["--institute", str(TINY), "--raw", str(raw), "--published", str(published), "--edition", "2025-T4"]
    for language, words in texts.load(MESSAGES, ("es", "en")).items():
        assert main(["publish", *arguments, "--lang", language]) == 11
        shown = capsys.readouterr()
        told = [line for line in shown.err.splitlines() if line.startswith("  · visitas.csv")]
        place = words("places.column", column=column) if column else ""
        start = words(f"rules.{rule}").partition("{")[0].strip()
        assert [line for line in told if place in line and f": {start}" in line], shown.err
        assert "Traceback" not in shown.err
        assert shown.out == ""
        assert not [secret for secret in (SECRET, "Jur", "PEGA85", "1985", "2099") if secret in shown.err]
    assert content(published) == before


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
    refused(raw, published, "", "unreadable", capsys)
