"""Upload workbooks for the Plataforma Nacional: the form of the template, a row per table or service, honest headings."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.institute.load import load
from pipeline.model.findings import PipelineError
from pipeline.public.exports import pnt, read_back
from tests.derived import Derived, derived

__all__ = ["derived"]


def rows(derived: Derived, name: str) -> list[list[Any]]:
    return list(read_back.sheet((derived.edition / "pnt" / f"{name}.xlsx").read_bytes(), 1))


def forms(derived: Derived) -> dict[str, Any]:
    content = yaml.safe_load((derived.plan.folder / "pnt.yaml").read_text(encoding="utf-8"))
    return {form["id"]: form for form in content["formats"]}


@pytest.mark.parametrize("name", ["estadisticas", "servicios"])
def test_headings_stand_in_row_seven_and_records_from_row_eight(derived: Derived, name: str) -> None:
    data = (derived.edition / "pnt" / f"{name}.xlsx").read_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        assert 'name="Reporte de Formatos"' in book.read("xl/workbook.xml").decode()
    numbers = [int(n) for n in re.findall(r'<row r="(\d+)"', sheet)]
    assert numbers[:8] == [1, 2, 3, 4, 5, 6, 7, 8]
    found = rows(derived, name)
    form = forms(derived)[name]
    assert found[1] == ["TÍTULO", "NOMBRE CORTO", "DESCRIPCIÓN"]
    assert found[2][0] == form["title"]
    assert found[5] == ["Tabla Campos"]
    assert found[6] == [column["heading"] for column in form["columns"]]


def test_one_row_per_published_table(derived: Derived) -> None:
    records = rows(derived, "estadisticas")[7:]
    assert len(records) == len(derived.tables)
    for record, table in zip(records, derived.tables.values(), strict=True):
        assert record[:3] == ["2025", "01/10/2025", "31/12/2025"]
        assert derived.texts["es"].of(table.title) in record
        (address,) = (cell for cell in record if str(cell).endswith(".csv"))
        assert (derived.folder / str(address).removeprefix(f"{derived.url}datos/")).is_file()
        assert "20/01/2026" in record


def test_one_row_per_service(derived: Derived) -> None:
    """In the words of the catalogue that its sheet on the site is made of."""
    records, listed = rows(derived, "servicios")[7:], derived.newest.catalogues["servicios"].rows
    labels = derived.newest.codes["servicio"].set_index("code")["es"]
    assert [record[3] for record in records] == [labels[row["servicio"]] for row in listed]
    pages = {page.path: page.meta.get("services", ()) for page in derived.plan.pages["es"]}
    for record, row in zip(records, listed, strict=True):
        for column in ("objetivo_es", "dirigido_a_es", "requisitos_es", "costo_es", "fundamento_es"):
            assert row[column] in record
        (address,) = (cell for cell in record if "#" in str(cell))
        path, _, code = str(address).removeprefix(derived.url).partition("#")
        parent = derived.newest.codes["servicio"].set_index("code").loc[code, "parent"]
        assert code == row["servicio"]
        assert parent in pages[path.replace(".html", ".md")]


@pytest.mark.parametrize("name", ["estadisticas", "servicios"])
def test_the_note_names_every_heading_that_is_not_verified(derived: Derived, name: str) -> None:
    doubtful = [column["heading"] for column in forms(derived)[name]["columns"] if not column["verified"]]
    assert doubtful
    for record in rows(derived, name)[7:]:
        assert all(heading in str(record[-1]) for heading in doubtful)


def test_a_catalogue_stands_on_a_hidden_sheet(derived: Derived) -> None:
    data = (derived.edition / "pnt" / "estadisticas.xlsx").read_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        listed = book.read("xl/workbook.xml").decode()
    assert re.findall(r'name="(Hidden_\d)"[^>]*state="hidden"', listed) == ["Hidden_1", "Hidden_2"]
    assert [row[0] for row in read_back.sheet(data, 3)] == ["HTML", "XLS", "IQY", "CSV", "XML", "SAV", "Otro"]


@pytest.mark.parametrize("name", ["estadisticas", "servicios"])
def test_a_row_is_as_high_as_its_words(derived: Derived, name: str) -> None:
    """No cell hides a line: every row says its height, and it holds the lines that its longest cell takes."""
    with zipfile.ZipFile(io.BytesIO((derived.edition / "pnt" / f"{name}.xlsx").read_bytes())) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    heights = {int(row): float(height) for row, height in re.findall(r'<row r="(\d+)"[^>]* ht="([\d.]+)"', sheet)}
    widths: list[float] = []
    for first, last, width in re.findall(r'<col min="(\d+)" max="(\d+)" width="([\d.]+)"', sheet):
        widths += [float(width)] * (int(last) - int(first) + 1)
    for number, record in enumerate(rows(derived, name)[6:], start=7):
        assert heights[number] <= 409
        for text, width in zip(record, widths, strict=False):
            assert heights[number] / 15 * width >= min(len(str(text or "")), 27 * width)
    long = [
        number
        for number, record in enumerate(rows(derived, name)[6:], start=7)
        if max(map(len, map(str, record))) > 200
    ]
    assert long
    assert all(heights[number] > 15 for number in long)


def test_an_institute_without_the_file_gets_no_workbook(derived: Derived) -> None:
    bare = replace(derived.plan, upload={})
    assert pnt.workbooks(derived.newest, derived.tables, bare, derived.texts["es"]) == {}


def wrong(institute: Path, text: str) -> list[tuple[str, str]]:
    (institute / "pnt.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(PipelineError) as stopped:
        load(institute)
    return [(finding.where, finding.rule) for finding in stopped.value.findings]


def test_every_mistake_in_the_file_is_told_when_the_folder_is_read(institute: Path) -> None:
    columns = """
formats:
  - {id: a, rows: tables, title: A, short: a, columns: [{heading: X, verified: true, value: "{nothing}"}, {heading: Y, value: y}]}
  - {id: b, rows: people, title: B, short: b, columns: [], title: C}
  - tables
"""
    assert set(wrong(institute, columns)) == {
        ("pnt.yaml:formats.2", "wrong_type"),
        ("pnt.yaml:formats.a.columns.1", "required"),
        ("pnt.yaml:formats.b.columns", "nothing_there"),
        ("pnt.yaml:formats.b.rows", "not_one_of"),
        ("pnt.yaml:formats.1.title", "repeated_key"),
    }
    blank = 'formats: [{id: a, rows: tables, title: A, short: a, columns: [{heading: X, verified: true, value: "{nothing}"}]}]'
    assert wrong(institute, blank) == [("pnt.yaml:formats.a.columns.X", "unknown_key")]


def test_a_column_of_services_tells_what_their_catalogue_says(institute: Path) -> None:
    text = (
        'formats: [{id: s, rows: services, title: S, short: s, columns: [{heading: N, verified: true, value: "{%s}"}]}]'
    )
    assert wrong(institute, text % "precio") == [("pnt.yaml:formats.s.columns.N", "unknown_key")]
    (institute / "pnt.yaml").write_text(text % "costo", encoding="utf-8")
    assert load(institute).upload["formats"][0]["id"] == "s"
    packaged = (institute / "catalogues.package.yaml").read_text(encoding="utf-8")
    (institute / "catalogues.package.yaml").write_text(
        packaged.replace("name: servicios", "name: oficios"), encoding="utf-8"
    )
    assert ("pnt.yaml:formats.s.rows", "unknown_catalogue") in wrong(institute, text % "costo")
