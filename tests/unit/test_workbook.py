"""The workbook of a table: accessible, readable by other programs, and the same figures."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from pipeline.public.exports import read_back, workbook
from tests.derived import Derived, derived

__all__ = ["derived"]

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def book(derived: Derived, table: str, language: str = "es") -> bytes:
    words = derived.texts[language]
    return (derived.edition / "tables" / workbook.name(words, table, "es")).read_bytes()


def sheets(data: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        root = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    return [str(sheet.get("name")) for sheet in root.iter(f"{MAIN}sheet")]


def test_sheets_are_named_in_the_language_of_the_reader(derived: Derived) -> None:
    assert sheets(book(derived, "servicios_por_area")) == ["Portada", "Notas", "Datos", "Códigos"]
    assert sheets(book(derived, "servicios_por_area", "en")) == ["Cover", "Notes", "Data", "Codes"]


@pytest.mark.parametrize("language", ["es", "en"])
def test_one_marked_table_a_sheet_with_no_empty_cell(derived: Derived, language: str) -> None:
    for name in derived.tables:
        with zipfile.ZipFile(io.BytesIO(book(derived, name, language))) as archive:
            inside = archive.namelist()
            tables = [ElementTree.fromstring(archive.read(n)) for n in inside if n.startswith("xl/tables/")]
            merged = [n for n in inside if b"<mergeCell" in archive.read(n)]
        assert len(tables) == 3, name  # notes, data, codes: the cover has text only
        assert merged == []
        for number, table in zip((2, 3, 4), tables, strict=True):
            head, width = table.get("ref"), len(list(table.iter(f"{MAIN}tableColumn")))
            assert head
            rows = read_back.sheet(book(derived, name, language), number)
            first = next(n for n, row in enumerate(rows) if len(row) == width and width > 1)
            assert all(len(row) == width for row in rows[first:]), (name, number)


def test_figures_are_numbers_and_what_is_withheld_is_the_mark(derived: Derived) -> None:
    table = next(t for t in derived.tables.values() if t.withheld)
    rows = read_back.sheet(book(derived, table.id), 3)[-table.cells :]
    marks = [row for row in rows if row[-1] == "[c]"]
    assert len(marks) == table.withheld
    assert all(isinstance(row[-1], int) for row in rows if row not in marks)


def test_the_mark_has_its_legend_on_the_sheet_where_it_stands(derived: Derived) -> None:
    table = next(t for t in derived.tables.values() if t.withheld)
    text = [str(cell) for row in read_back.sheet(book(derived, table.id), 3) for cell in row]
    assert derived.texts["es"]("chart.legend") in text


def test_the_same_bytes_twice_and_no_date_of_the_machine(derived: Derived) -> None:
    table = derived.tables["servicios_por_area"]
    again = workbook.workbook(derived.newest, table, derived.url, derived.texts["es"])
    assert again == book(derived, "servicios_por_area")
    with zipfile.ZipFile(io.BytesIO(again)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = archive.read("docProps/core.xml").decode()
    dates = set(re.findall(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z", core))
    assert dates == {f"{derived.newest.release['published']}T00:00:00Z"}


@pytest.mark.parametrize("language", ["es", "en"])
def test_one_workbook_has_every_table_on_a_sheet_that_its_cover_leads_to(derived: Derived, language: str) -> None:
    data = (derived.edition / workbook.whole_name(derived.texts[language], "es")).read_bytes()
    tables = derived.view(language).tables
    named = sheets(data)
    assert named[2:] == [str(number) for number in range(1, len(tables) + 1)]
    assert read_back.whole_book("todo.xlsx", data, tables) == []
    cover = [str(cell) for row in read_back.sheet(data, 1) for cell in row]
    assert [line for line in cover if re.match(r"\d+\. ", line)] == [
        f"{number}. {derived.texts[language].of(table.title)}" for number, table in enumerate(tables.values(), start=1)
    ]
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        links = re.findall(r"location=\"'([^']+)'!A1\"", archive.read("xl/worksheets/sheet1.xml").decode())
    assert links == named[1:]


def test_another_figure_in_the_workbook_of_all_tables_is_found(derived: Derived) -> None:
    data = (derived.edition / "todo.xlsx").read_bytes()
    tables = dict(derived.tables)
    name, table = next((name, table) for name, table in tables.items() if table.withheld)
    frame = table.frame.copy()
    measure = next(iter(table.measures))
    frame.loc[frame.index[frame[measure].notna()][0], measure] += 1
    found = read_back.whole_book("todo.xlsx", data, {**tables, name: replace(table, frame=frame)})
    assert [finding.rule for finding in found] == ["derived_figures"]
    assert [f.rule for f in read_back.whole_book("todo.xlsx", b"", tables)] == ["derived_unreadable"] * len(tables)


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_opens_it_and_reads_the_same_figures(derived: Derived, tmp_path: Path) -> None:
    table = next(t for t in derived.tables.values() if t.withheld)
    path = tmp_path / "tabla.xlsx"
    path.write_bytes(book(derived, table.id))
    command = ["soffice", "--headless", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"]
    form = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,3"
    subprocess.run(
        [*command, "--convert-to", form, "--outdir", str(tmp_path), str(path)], check=True, capture_output=True
    )
    (read,) = tmp_path.glob("tabla*.csv")
    lines = read.read_text(encoding="utf-8").splitlines()[-table.cells :]
    for line, (_, values) in zip(lines, table.rows(), strict=True):
        figures = re.sub(r'"(\d+),(\d+)"', r"\1\2", line).split(",")[-len(values) :]
        assert figures == [str(v) if isinstance(v, int) else "[c]" for v in values]
