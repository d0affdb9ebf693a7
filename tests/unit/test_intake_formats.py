"""Any file that an office has: the same records come out of every format, and what cannot be read says what to do."""

from __future__ import annotations

import datetime
import gzip
import io
import json
import os
import re
import signal
import sqlite3
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest
import xlsxwriter
import xlwt

from pipeline.cli.main import main
from pipeline.confidential.intake import database as databases
from pipeline.confidential.intake.formats.table import Unreadable, text
from pipeline.institute.load import load
from pipeline.model.findings import PipelineError
from tests.conftest import TINY, content
from tests.records import frame, origin, read

HEADER = [
    "visita_id",
    "clave",
    "mes",
    "area",
    "servicio",
    "edad",
    "lengua",
    "violencia_fisica",
    "violencia_psicologica",
    "hijas",
]
DAY = datetime.date(2025, 1, 31)
ROWS: list[list[Any]] = [
    ["V1", "0123456789ab", DAY, "legal", "asesoria", "adulta", "no", True, False, 2],
    [
        "V2",
        "0123456789ab",
        datetime.datetime(2025, 2, 1, 10, 30),
        "social",
        "taller",
        "60 y más",
        "Sí",
        False,
        True,
        None,
    ],
]
EXPECTED = [
    ["V1", "0123456789ab", "2025-01", "legal", "asesoria", "adulta", "no", "true", "false", "2"],
    ["V2", "0123456789ab", "2025-02", "social", "taller", "mayor", "si", "false", "true", ""],
]
SECRET = "SecretoDeMaria"


@pytest.fixture
def described(institute: Path) -> Path:
    """The tiny institute in a quiet year; languages are recoded, so that «Sí» is a code."""
    sources = institute / "sources.yaml"
    sources.write_text(
        sources.read_text()
        .replace("visitas:\n", "visitas:\n  none: [2025-03, 2025-T2, 2025-T3, 2025-T4]\n")
        .replace("reportes:\n", "reportes:\n  none: [2025-T2, 2025-T3, 2025-T4]\n")
        .replace("lengua: {empty: no_especificado}", "lengua: {empty: no_especificado, aliases: {}}")
    )
    return institute


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    folder = tmp_path / "raw"
    folder.mkdir()
    (folder / "reportes.csv").write_text("reporte_id,visita_id,trimestre,causa\nR01,V1,2025-T1,dilacion\n")
    return folder


def files(institute: Path, written: str) -> None:
    """Says in sources.yaml where the visits come from."""
    sources = institute / "sources.yaml"
    sources.write_text(sources.read_text().replace('files: ["visitas*.csv"]', f"files: [{written}]"))


def visits(institute: Path, raw: Path) -> list[list[str]]:
    return [list(row) for row in frame(read(load(institute), raw)["visitas"]).itertuples(index=False)]


def rules(institute: Path, raw: Path) -> list[tuple[str, str]]:
    with pytest.raises(PipelineError) as stopped:
        read(load(institute), raw)
    assert SECRET not in repr(stopped.value.findings)
    return [(finding.where, finding.rule) for finding in stopped.value.findings]


# workbooks -------------------------------------------------------------------------------------------------------------


def xlsx(path: Path, rows: list[list[Any]] = ROWS, *, sheets: tuple[str, ...] = ("Enero",), above: int = 0) -> None:
    with xlsxwriter.Workbook(path) as book:
        dates = {
            kind: book.add_format({"num_format": f})
            for kind, f in ((datetime.date, "dd/mm/yyyy"), (datetime.datetime, "dd/mm/yy hh:mm"))
        }
        for name in sheets:
            sheet = book.add_worksheet(name)
            if above:
                sheet.merge_range(0, 0, 0, 4, "Reporte")
            for r, row in enumerate([HEADER, *rows], start=above):
                for c, value in enumerate(row):
                    sheet.write(r, c, value, dates.get(type(value)))
            sheet.write_blank(r + 3, len(HEADER) + 2, None, dates[datetime.date])  # only formatted


def xls(path: Path) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Enero")
    styles = {
        datetime.date: xlwt.easyxf(num_format_str="DD/MM/YYYY"),
        datetime.datetime: xlwt.easyxf(num_format_str="DD/MM/YYYY HH:MM"),
    }
    for r, row in enumerate([HEADER, *ROWS]):
        for c, value in enumerate(row):
            if value is not None:
                sheet.write(r, c, value, *([styles[type(value)]] if type(value) in styles else []))
    book.save(str(path))


def ods(path: Path, below: str = "") -> None:
    def cell(value: Any) -> str:
        kinds = {bool: "boolean", int: "float", datetime.date: "date", datetime.datetime: "date"}
        if value is None:
            return "<table:table-cell/>"
        if kind := kinds.get(type(value)):
            name = {"boolean": "boolean-value", "date": "date-value"}.get(kind, "value")
            return f'<table:table-cell office:value-type="{kind}" office:{name}="{text(value)}"/>'
        return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'

    rows = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in [HEADER, *ROWS])
    names = " ".join(f'xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"' for n in ("office", "table", "text"))
    names += ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
    content = (
        f'<?xml version="1.0"?><office:document-content {names}><office:body><office:spreadsheet>'
        f'<table:table table:name="Enero">{rows}{below}</table:table></office:spreadsheet></office:body></office:document-content>'
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        kind = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
        entry = '<m:file-entry m:full-path="/" m:media-type="application/vnd.oasis.opendocument.spreadsheet"/>'
        archive.writestr("META-INF/manifest.xml", f'<m:manifest xmlns:m="{kind}">{entry}</m:manifest>')


@pytest.mark.parametrize("write", [xlsx, xls, ods])
def test_a_workbook_gives_what_its_cells_mean_in_any_country(write: Any, described: Path, raw: Path) -> None:
    files(described, '"visitas*"')
    for name in ("visitas.libro", "visitas.xlsx", "visitas.xls", "visitas.ods"):  # what it is, not what it is called
        write(raw / "otro")
        (raw / "otro").rename(raw / name)
        assert visits(described, raw) == EXPECTED
        (raw / name).unlink()


def test_a_sheet_is_asked_for_by_name_and_its_header_by_row(described: Path, raw: Path) -> None:
    xlsx(raw / "visitas.xlsx", sheets=("Febrero", "Enero"), above=2)
    files(described, '"visitas*.xlsx"')
    assert rules(described, raw) == [("visitas.xlsx", "which_sheet")]
    files_of = described / "sources.yaml"
    files_of.write_text(
        files_of.read_text().replace('"visitas*.xlsx"', '{pattern: "visitas*.xlsx", sheet: Enero, header: 3}')
    )
    assert visits(described, raw) == EXPECTED
    assert origin(read(load(described), raw)["visitas"])["row"].tolist() == [4, 5]
    files_of.write_text(files_of.read_text().replace("sheet: Enero", "sheet: Marzo"))
    assert rules(described, raw) == [("visitas.xlsx", "no_sheet")]


def test_a_workbook_with_a_sheet_for_each_month_is_read_sheet_by_sheet(
    described: Path, raw: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with xlsxwriter.Workbook(raw / "visitas.xlsx") as book:
        for name, row in zip(("Enero", "Febrero"), EXPECTED, strict=True):
            sheet = book.add_worksheet(name)
            for place, cells in enumerate([HEADER, row]):
                sheet.write_row(place, 0, cells)
    (raw / "visitas.xlsx.expected.yaml").write_text("rows: 2\n")
    files(described, ", ".join(f'{{pattern: "visitas*.xlsx", sheet: {name}}}' for name in ("Enero", "Febrero")))
    assert visits(described, raw) == EXPECTED
    assert set(origin(read(load(described), raw)["visitas"])["file"]) == {
        "visitas.xlsx «Enero»",
        "visitas.xlsx «Febrero»",
    }
    assert check(raw, institute=described) == 0
    assert "hoja(s) más" not in capsys.readouterr().out
    sources = described / "sources.yaml"
    sources.write_text(sources.read_text().replace(', {pattern: "visitas*.xlsx", sheet: Febrero}', ""))
    (raw / "visitas.xlsx.expected.yaml").unlink()
    check(raw, institute=described)
    assert "visitas.xlsx: el libro tiene 1 hoja(s) más" in capsys.readouterr().out
    sources.write_text(
        sources.read_text().replace("sheet: Enero}", 'sheet: Enero}, {pattern: "v*.xlsx", sheet: Enero}')
    )
    assert rules(described, raw) == [("sources.yaml:visitas.files", "read_already")]


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_rows_that_nobody_sees_are_refused_unless_stated_and_hidden_titles_are_not(
    kind: str, described: Path, raw: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files(described, f'{{pattern: "visitas*.{kind}", header: 2}}')
    for hidden, told in ((1, []), (4, [(f"visitas.{kind}", "hidden_rows")])):
        rows = [["Reporte"], HEADER, *EXPECTED]
        if kind == "xlsx":
            with xlsxwriter.Workbook(raw / f"visitas.{kind}") as book:
                sheet = book.add_worksheet()
                for place, row in enumerate(rows):
                    sheet.write_row(place, 0, row)
                sheet.set_row(hidden - 1, None, None, {"hidden": True})
                sheet.set_row(20, None, None, {"hidden": True})  # where there is nothing
        elif kind == "xls":
            old = xlwt.Workbook()
            page = old.add_sheet("Enero")
            for place, row in enumerate(rows):
                for column, value in enumerate(row):
                    page.write(place, column, value)
            page.row(hidden - 1).hidden = True
            old.save(str(raw / f"visitas.{kind}"))
        else:
            ods(raw / "visitas.ods")
            with zipfile.ZipFile(raw / "visitas.ods") as archive:
                parts = {name: archive.read(name) for name in archive.namelist()}
            opened, shut = "<table:table-row>", '<table:table-row table:visibility="filter">'
            title = f'{opened}<table:table-cell office:value-type="string"><text:p>Reporte</text:p></table:table-cell></table:table-row>'
            first, *others = parts["content.xml"].decode().split(opened)
            marked = [shut if place == hidden else opened for place in range(2, 5)]
            content = first + (title.replace(opened, shut) if hidden == 1 else title)
            content += "".join(map("".join, zip(marked, others, strict=True)))
            with zipfile.ZipFile(raw / "visitas.ods", "w") as archive:
                for name, data in parts.items():
                    archive.writestr(name, content if name == "content.xml" else data)
        if told:
            assert rules(described, raw) == told
        else:
            assert visits(described, raw) == EXPECTED
    sources = described / "sources.yaml"
    sources.write_text(sources.read_text().replace("header: 2}", "header: 2, hidden: counted}"))
    assert visits(described, raw) == EXPECTED
    check(raw, institute=described)
    assert f"visitas.{kind}: 1 renglón(es) oculto(s)" in capsys.readouterr().out


def test_merged_cells_and_failed_formulas_among_the_records_are_refused(described: Path, raw: Path) -> None:
    files(described, '"visitas*.xlsx"')
    with xlsxwriter.Workbook(raw / "visitas.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        sheet.merge_range(1, 0, 2, 0, SECRET)
    assert rules(described, raw) == [("visitas.xlsx", "merged_cells")]
    with xlsxwriter.Workbook(raw / "visitas.xlsx") as book:
        book.add_worksheet("Portada")
        sheet = book.add_worksheet("Enero")
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, EXPECTED[0])
        sheet.write_formula(1, 9, "=1/0", None, "#DIV/0!")
    files_of = described / "sources.yaml"
    files_of.write_text(files_of.read_text().replace('"visitas*.xlsx"', '{pattern: "visitas*.xlsx", sheet: Enero}'))
    with pytest.raises(PipelineError) as stopped:
        read(load(described), raw)
    (finding,) = stopped.value.findings
    assert (finding.rule, dict(finding.facts)["rows"]) == ("failed_formula", "2")


SHEET, BOOK = "xl/worksheets/sheet1.xml", "xl/workbook.xml"


def rewritten(path: Path, member: str, change: Callable[[str], str]) -> None:
    """A member of an archive, changed as another program would have written it."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    before = members[member].decode()
    after = change(before)
    assert after != before
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, after.encode() if name == member else data)


def with_cell(path: Path, value: object, formula: str = "") -> None:
    """The two rows, with another value in the last cell of row 3, where a formula may stand."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for n, cells in enumerate([HEADER, *EXPECTED]):
            sheet.write_row(n, 0, cells)
        if formula:
            sheet.write_formula(2, 9, formula, None, value)
        else:
            sheet.write(2, 9, value)


def other_order(sheet: str) -> str:
    return re.sub(r'<c r="(\w+)"((?: s="\d+")?) t="e">', r"<c\n\tt = 'e'\2\n r = '\1' >", sheet)


def prefixed(sheet: str) -> str:
    return re.sub(r"<(/?)(?=[a-z])", r"<\1x:", sheet).replace("xmlns=", "xmlns:x=").replace("<?x:xml", "<?xml")


def without_places(sheet: str) -> str:
    """Cells and rows need not say where they are; they then follow one another."""
    return re.sub(r'(<row|<c) r="\w+"', r"\1", sheet)


@pytest.mark.parametrize("change", [other_order, prefixed, without_places, lambda s: s.replace("#DIV/0!", "#SPILL!")])
def test_an_error_in_a_cell_is_found_however_the_xml_is_written(
    change: Callable[[str], str], described: Path, raw: Path
) -> None:
    files(described, '"visitas*.xlsx"')
    with_cell(raw / "visitas.xlsx", "#DIV/0!", "=1/0")
    rewritten(raw / "visitas.xlsx", SHEET, change)
    with pytest.raises(PipelineError) as stopped:
        read(load(described), raw)
    (finding,) = stopped.value.findings
    assert (finding.rule, dict(finding.facts)["rows"]) == ("failed_formula", "3")


def test_a_workbook_whose_parts_have_other_names_is_looked_into_too(described: Path, raw: Path) -> None:
    files(described, '"visitas*.xlsx"')
    path = raw / "visitas.xlsx"
    with_cell(path, "#N/A", "=NA()")
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name).decode() for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, text_of in members.items():
            renamed = text_of.replace("worksheets/sheet1.xml", "hojas/Hoja.xml")
            archive.writestr(name.replace("worksheets/sheet1.xml", "hojas/HOJA.xml"), renamed)
    assert rules(described, raw) == [("visitas.xlsx", "failed_formula")]


ASKS = '<calcPr calcId="124519" fullCalcOnLoad="1"/>'
"""What a program writes that does not calculate."""


@pytest.mark.parametrize(
    ("value", "cell", "asks", "read_as"),
    [
        (7, "<v>7</v>", ASKS, "7"),
        (7, "<v>7</v>", "", "7"),
        (0, "<v>0</v>", "", "0"),
        ("x", "<v></v>", "", ""),  # the text of =IF(…, …, "")
        (0, "<v>0</v>", ASKS, None),
        (0, "<v>0.0</v>", "<calcPr\n fullCalcOnLoad = 'true' />", None),
        ("x", "<v></v>", ASKS, None),
        (7, "", "", None),
        (7, "<v/>", "", None),
        (7, "<v></v>", "", None),
        (7, "", ASKS, None),
    ],
)
def test_a_formula_passes_with_its_result_and_not_without(
    value: object, cell: str, asks: str, read_as: str | None, described: Path, raw: Path
) -> None:
    files(described, '"visitas*.xlsx"')
    path = raw / "visitas.xlsx"
    with_cell(path, value, "=A1")
    rewritten(path, SHEET, lambda sheet: sheet.replace(f"</f><v>{value}</v>", f" </f>{cell}"))
    rewritten(path, BOOK, lambda book: book.replace(ASKS, f" {asks}"))
    if read_as is None:
        assert rules(described, raw) == [("visitas.xlsx", "uncomputed_formula")]
    else:
        assert visits(described, raw)[1][-1] == read_as


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda sheet: sheet.replace("<worksheet", '<!DOCTYPE x [<!ENTITY a "b">]><worksheet', 1), "not_workbook"),
        (lambda sheet: sheet.replace("<v>88</v>", "<v><![CDATA[88]]></v>"), "unread_cell"),
        (lambda sheet: sheet.replace("<v>88</v>", "<v>NaN</v>"), "unread_cell"),
        (lambda sheet: sheet.replace("</sheetData>", ""), "not_workbook"),
    ],
    ids=["entities", "unread", "no-number", "unclosed"],
)
def test_xml_that_no_spreadsheet_writes(change: Callable[[str], str], rule: str, described: Path, raw: Path) -> None:
    files(described, '"visitas*.xlsx"')
    with_cell(raw / "visitas.xlsx", 88)
    rewritten(raw / "visitas.xlsx", SHEET, change)
    assert rules(described, raw) == [("visitas.xlsx", rule)]


@pytest.mark.parametrize(
    ("cell", "rule"),
    [
        ('table:formula="of:=NA()" office:value-type="string" office:string-value="" calcext:value-type="error"><text:p>#N/A</text:p>', "failed_formula"),
        ('calcext:value-type = \'error\'\n office:value-type="string"><text:p>#¡REF!</text:p>', "failed_formula"),
        ('table:formula="of:=1/0" office:value-type="float" office:value="0"><text:p>#DIV/0!</text:p>', "failed_formula"),
        ('table:formula="of:=1/0" office:value-type="string"><text:p>Err:502</text:p>', "failed_formula"),
        ('table:formula="of:=A1">', "uncomputed_formula"),
        ('table:formula="of:=A1" office:value-type="float">', "uncomputed_formula"),
        ('><text:p>8</text:p>', "unread_cell"),
        ('office:value-type="float"><text:p>8</text:p>', "unread_cell"),
        ('table:number-columns-spanned="2" office:value-type="float" office:value="8">', "merged_cells"),
        ('table:formula="of:=A1" office:value-type="float" office:value="8">', ""),
        ('table:formula="of:=A1" office:value-type="string" office:string-value="">', ""),
        ("><office:annotation><text:p>una nota</text:p></office:annotation>", ""),
        ('table:style-name="ce1">', ""),
    ],
)  # fmt: skip
def test_a_cell_of_an_ods_that_would_read_as_empty(cell: str, rule: str, described: Path, raw: Path) -> None:
    """Of a formula that failed or was not calculated, or of text that says not what it is; each stands in row 4."""
    files(described, '"visitas*.ods"')
    first = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{v}</text:p></table:table-cell>' for v in EXPECTED[0][:9]
    )
    ods(
        raw / "visitas.ods",
        f"<table:table-row>{first.replace('V1', 'V3')}<table:table-cell {cell}</table:table-cell></table:table-row>",
    )
    if not rule:
        assert len(visits(described, raw)) == 3
        return
    with pytest.raises(PipelineError) as stopped:
        read(load(described), raw)
    (finding,) = stopped.value.findings
    assert (finding.rule, dict(finding.facts)["rows"]) == (rule, "4")


def test_what_is_wrong_on_another_sheet_or_above_the_header_is_not_of_the_records(described: Path, raw: Path) -> None:
    files(described, '{pattern: "visitas*.xlsx", sheet: Enero, header: 3}')
    with xlsxwriter.Workbook(raw / "visitas.xlsx") as book:
        for name in ("Resumen", "Enero"):
            sheet = book.add_worksheet(name)
            sheet.write_formula(0, 0, "=1/0", None, "#DIV/0!")
            sheet.write_formula(1, 0, "=A9", None, 0)
            for n, cells in enumerate([HEADER, *EXPECTED], start=2):
                sheet.write_row(n, 0, cells)
            if name == "Resumen":
                sheet.write_formula(4, 9, "=1/0", None, "#DIV/0!")
    assert visits(described, raw) == EXPECTED


def old(path: Path, spoil: Callable[[Any], object]) -> None:
    book = xlwt.Workbook()
    book.add_sheet("Portada").write(0, 0, xlwt.Formula("1/0"))
    sheet = book.add_sheet("Enero")
    for r, cells in enumerate([HEADER, *EXPECTED]):
        for c, value in enumerate(cells):
            if (r, c) != (2, 9):
                sheet.write(r, c, value)
    spoil(sheet)
    book.save(str(path))


def test_a_cell_of_an_old_workbook_that_would_read_as_empty(described: Path, raw: Path) -> None:
    files(described, '{pattern: "visitas*.xls", sheet: Enero}')
    for spoil, rule in (
        (lambda sheet: sheet.row(2).set_cell_error(9, 42), "failed_formula"),
        (lambda sheet: sheet.write(2, 9, xlwt.Formula("A1")), "uncomputed_formula"),
    ):
        old(raw / "visitas.xls", spoil)
        with pytest.raises(PipelineError) as stopped:
            read(load(described), raw)
        (finding,) = stopped.value.findings
        assert (finding.rule, dict(finding.facts)["rows"]) == (rule, "3")


@pytest.mark.parametrize(
    ("result", "flags", "rule"),
    [
        (struct.pack("<d", 7), 0, ""),
        (struct.pack("<d", 0), 0, ""),
        (struct.pack("<d", 0), 2, "uncomputed_formula"),
        (b"\x02\0\x2a\0\0\0\xff\xff", 0, "failed_formula"),
    ],
)
def test_what_a_formula_of_an_old_workbook_has_for_a_result(
    result: bytes, flags: int, rule: str, described: Path, raw: Path
) -> None:
    files(described, '{pattern: "visitas*.xls", sheet: Enero}')
    old(raw / "visitas.xls", lambda sheet: sheet.write(2, 9, xlwt.Formula("A1")))
    data = (raw / "visitas.xls").read_bytes()
    blank = b"\x03" + bytes(5) + b"\xff\xff"
    at = data.rindex(blank)
    (raw / "visitas.xls").write_bytes(data[:at] + result + struct.pack("<H", flags) + data[at + 10 :])
    if rule:
        assert rules(described, raw) == [("visitas.xls", rule)]
    else:
        assert visits(described, raw)[1][-1] == str(int(struct.unpack("<d", result)[0]))


def test_workbooks_that_are_none(described: Path, raw: Path) -> None:
    files(described, '"visitas*"')
    for data, rule in (
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + SECRET.encode() * 100, "not_workbook"),
        (archive({"word/document.xml": SECRET}), "binary_file"),
        (archive({"content.xml": SECRET}), "not_workbook"),
    ):
        (raw / "visitas.dat").write_bytes(data)
        assert rules(described, raw) == [("visitas.dat", rule)]
    with xlsxwriter.Workbook(raw / "visitas.dat") as book:
        book.add_worksheet()
    assert rules(described, raw) == [("visitas.dat", "empty_file")]


def test_a_sheet_is_measured_by_its_values_not_by_what_is_only_formatted(described: Path, raw: Path) -> None:
    files(described, '"visitas*"')

    def written(row: int, column: int, value: str | None) -> None:
        with xlsxwriter.Workbook(raw / "visitas.xlsx") as book:
            sheet = book.add_worksheet()
            for n, cells in enumerate([HEADER, *EXPECTED]):
                sheet.write_row(n, 0, cells)
            sheet.write(row, column, value, book.add_format({"bold": True}))

    written(1_048_575, 16_383, None)
    assert visits(described, raw) == EXPECTED
    written(40, 9_000, " ")
    assert ("visitas.xlsx", "far_cell") not in rules(described, raw)
    written(1_048_575, 47, " ")
    assert rules(described, raw) == [("visitas.xlsx", "far_cell")]


def test_the_last_cell_of_a_sheet_of_ods(described: Path, raw: Path) -> None:
    files(described, '"visitas*.ods"')
    row = '<table:table-row{}><table:table-cell table:number-columns-repeated="16383"/>{}</table:table-row>'
    cell = '<table:table-cell office:value-type="string"><text:p> </text:p></table:table-cell>'
    ods(raw / "visitas.ods", row.format(' table:number-rows-repeated="1048572"', "") + row.format("", cell))
    assert rules(described, raw) == [("visitas.ods", "far_cell")]


def archive(members: dict[str, str]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as written:
        for name, data in members.items():
            written.writestr(name, data)
    return stream.getvalue()


@pytest.mark.parametrize(
    "write", [xlsx, xls, ods, lambda path: pd.DataFrame(EXPECTED, columns=HEADER).to_parquet(path)]
)
def test_a_file_whose_name_an_older_system_wrote(
    write: Any, described: Path, raw: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its bytes are no UTF-8, as after a copy from an old disk or archive."""
    files(described, '"visitas*"')
    write(raw / "otro")
    (raw / "otro").rename(raw / os.fsdecode(b"visitas_a\xf1o.dat"))
    assert visits(described, raw) == EXPECTED
    assert read(load(described), raw)["visitas"].read[0].name == "visitas_a\ufffdo.dat"
    assert main(["check", "--institute", str(described), "--raw", str(raw)]) == 0
    assert "ninguna línea de sources.yaml lee" not in capsys.readouterr().out


# JSON Lines and Parquet ------------------------------------------------------------------------------------------------


def lines(*records: dict[str, Any]) -> bytes:
    return "".join(json.dumps(record, default=str, ensure_ascii=False) + "\n" for record in records).encode()


RECORDS = [{name: value for name, value in zip(HEADER, row, strict=True) if value is not None} for row in ROWS]


@pytest.mark.parametrize(
    "data",
    [
        lines(*RECORDS),
        gzip.compress(lines(*RECORDS)),
        lines(*RECORDS).decode().encode("utf-8-sig"),
        *(lines(*RECORDS).decode().encode(each) for each in ("utf-16", "utf-16-le", "utf-16-be")),
    ],
)
def test_json_lines_in_whatever_order_and_with_what_is_missing(data: bytes, described: Path, raw: Path) -> None:
    files(described, '"visitas*"')
    (raw / "visitas.jsonl").write_bytes(data)
    assert visits(described, raw) == EXPECTED


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        (b'{"visita_id": "SecretoDeMaria"', "not_json_line"),
        (b'["SecretoDeMaria"]', "not_json_line"),
        (b'{"visita_id": "1", "visita_id": "SecretoDeMaria"}', "not_json_line"),
        (b'{"visita_id": {"de": "SecretoDeMaria"}}', "nested_value"),
        (b"", "not_json_line"),
    ],
)
def test_a_line_that_is_no_record_is_told_by_its_number(bad: bytes, rule: str, described: Path, raw: Path) -> None:
    files(described, '"visitas*"')
    (raw / "visitas.jsonl").write_bytes(lines(*RECORDS) + bad + b"\n" + lines(*RECORDS))
    with pytest.raises(PipelineError) as stopped:
        read(load(described), raw)
    (finding,) = stopped.value.findings
    assert (finding.rule, dict(finding.facts)["rows"]) == (rule, "3")
    assert SECRET not in repr(finding)


def test_parquet_of_any_type(described: Path, raw: Path) -> None:
    files(described, '"visitas*"')
    columns = dict(zip(HEADER, map(list, zip(*ROWS, strict=True)), strict=True))
    columns["mes"] = [datetime.datetime(2025, 1, 31), datetime.datetime(2025, 2, 1)]
    table = pa.table({name: pa.array(values) for name, values in columns.items()})
    table = table.set_column(3, "area", table["area"].dictionary_encode())
    table = table.set_column(9, "hijas", pa.array([2.0, None]))
    pyarrow.parquet.write_table(table, raw / "visitas.parquet")
    assert visits(described, raw) == EXPECTED
    pyarrow.parquet.write_table(table.append_column("lista", pa.array([[1], [2]])), raw / "visitas.parquet")
    assert rules(described, raw) == [("visitas.parquet", "nested_value")]
    (raw / "visitas.parquet").write_bytes(b"PAR1" + SECRET.encode())
    assert rules(described, raw) == [("visitas.parquet", "not_parquet")]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (31.0, "31"),
        (2.5, "2.5"),
        (float("nan"), ""),
        (1e300, "1e+300"),
        (True, "true"),
        (datetime.time(10, 30), "10:30:00"),
        (datetime.datetime(2025, 1, 31), "2025-01-31"),
    ],
)
def test_a_cell_that_is_no_text_becomes_text_in_one_way(value: object, written: str) -> None:
    assert text(value) == written


# several files, years that drift ---------------------------------------------------------------------------------------


def plain(rows: list[list[str]], header: list[str] = HEADER) -> str:
    return "".join(",".join(row) + "\n" for row in [header, *rows])


def test_older_files_have_other_headers_and_lack_columns(described: Path, raw: Path) -> None:
    files(
        described,
        '{pattern: "2024/", encoding: cp1252, delimiter: ";", rename: {fecha: mes}, absent: {lengua: no_especificado}}, "2025/*.csv"',
    )
    (raw / "2024").mkdir()
    (raw / "2025").mkdir()
    (raw / "2024" / ".oculto").write_text("nada")
    old = [[cell for name, cell in zip(HEADER, row, strict=True) if name != "lengua"] for row in EXPECTED]
    header = ["fecha" if name == "mes" else name for name in HEADER if name != "lengua"]
    (raw / "2024" / "enero").write_bytes(
        plain(old, header).replace(",", ";").replace("mayor", "60 Y MÁS").encode("cp1252")
    )
    (raw / "2025" / "enero.csv").write_text(plain(EXPECTED))
    found = read(load(described), raw)["visitas"]
    assert frame(found)["lengua"].tolist() == ["no_especificado"] * 2 + ["no", "si"]
    assert frame(found)["edad"].tolist() == ["adulta", "mayor"] * 2
    assert [(each.name, each.form.encoding, each.form.delimiter, each.rows) for each in found.read] == [
        ("2024/enero", "cp1252", ";", 2),
        ("2025/enero.csv", "utf-8", ",", 2),
    ]


def test_a_file_is_read_once_and_never_from_the_private_folder(described: Path, raw: Path) -> None:
    files(described, '"visitas.csv", "**/*visitas*.csv"')
    (raw / "visitas.csv").write_text(plain(EXPECTED))
    (raw / "privado").mkdir()
    (raw / "privado" / "visitas.csv").write_text(plain(EXPECTED))
    assert rules(described, raw) == [("sources.yaml:visitas.files", "read_already")]
    (raw / "mas_visitas.csv").write_text(plain([]) + plain([["V9", *EXPECTED[0][1:]]]).split("\n", 1)[1])
    assert [row[0] for row in visits(described, raw)] == ["V1", "V2", "V9"]


def test_links_to_folders_are_followed_and_files_that_nobody_reads_are_named(
    described: Path, raw: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files(described, '"**/visitas*.csv"')
    (tmp_path / "otro_disco").mkdir()
    (tmp_path / "otro_disco" / "visitas.csv").write_text(plain(EXPECTED))
    (raw / "2024").symlink_to(tmp_path / "otro_disco")
    assert [row[0] for row in visits(described, raw)] == ["V1", "V2"]
    (raw / "Visitas_2025.CSV").write_text(plain(EXPECTED))
    assert main(["check", "--institute", str(described), "--raw", str(raw)]) == 0
    assert "1 archivo(s) que ninguna línea de sources.yaml lee: Visitas_2025.CSV" in capsys.readouterr().out


def test_a_decimal_comma_where_the_source_says_so(described: Path, raw: Path) -> None:
    files(described, '{pattern: "visitas*.csv", decimal: ","}')
    (raw / "visitas.csv").write_text(plain([[*EXPECTED[0][:-1], cell] for cell in ("1.234", '"3,5"', "12", "")]))
    assert [row[-1] for row in visits(described, raw)] == ["1234", "3.5", "12", ""]


def test_several_answers_in_one_column_become_one_column_each(described: Path, raw: Path) -> None:
    sources = described / "sources.yaml"
    answers = """  answers:
    Tipos de violencia:
      separator: ";"
      columns: {física: violencia_fisica, psicológica: violencia_psicologica}
      none: [ninguna]
  recode:
"""
    sources.write_text(sources.read_text().replace("  recode:\n", answers, 1))
    header = [*HEADER[:7], "Tipos de violencia", "hijas"]
    written = ["Física; PSICOLOGICA", "fisica", "", "ninguna", "digital;fisica"]
    (raw / "visitas.csv").write_text(plain([[*EXPECTED[0][:7], cell, "2"] for cell in written], header))
    found = read(load(described), raw)["visitas"]
    assert frame(found)["violencia_fisica"].tolist() == ["true", "true", "false", "false", "true"]
    assert frame(found)["violencia_psicologica"].tolist() == ["true", "false", "false", "false", "false"]
    assert found.unmatched == {"Tipos de violencia": 1}
    sources.write_text(sources.read_text().replace("none: [ninguna]", "otherwise: violencia_psicologica"))
    (raw / "visitas.csv").write_text(
        plain([[*EXPECTED[0][:7], cell, "2"] for cell in ("digital", "NULL", "ídem")], header)
    )
    found = read(load(described), raw)["visitas"]
    assert frame(found)["violencia_psicologica"].tolist() == ["true", "false", "false"]
    assert found.unmatched == {"Tipos de violencia": 2}  # refused, for they are no answers


# databases -------------------------------------------------------------------------------------------------------------

CREATE = """CREATE TABLE visitas (visita_id TEXT, clave TEXT, mes {date}, area TEXT, servicio TEXT, edad TEXT, lengua TEXT,
    violencia_fisica {bool}, violencia_psicologica {bool}, hijas INTEGER)"""


def test_a_table_or_a_query_of_a_file_of_sqlite(described: Path, raw: Path) -> None:
    with sqlite3.connect(raw / "registro.db") as database:
        database.execute(CREATE.format(date="TEXT", bool="TEXT"))
        database.executemany("INSERT INTO visitas VALUES (?,?,?,?,?,?,?,?,?,?)", [[*map(text, row)] for row in ROWS])
    files(described, '{url: "sqlite:///registro.db", table: visitas}')
    assert visits(described, raw) == EXPECTED
    found = read(load(described), raw)["visitas"].read
    assert [(each.name, each.form.format, each.rows) for each in found] == [
        ("sources.yaml:visitas.files.0", "sqlite", 2)
    ]
    sources = described / "sources.yaml"
    sources.write_text(
        sources.read_text().replace("table: visitas", "query: \"select * from visitas where area = 'legal'\"")
    )
    assert visits(described, raw) == EXPECTED[:1]
    sources.write_text(
        sources.read_text().replace("'legal'", "'legal' and '12:30:MI' <> ':a'")
    )  # no colon names a value
    assert visits(described, raw) == EXPECTED[:1]
    sources.write_text(sources.read_text().replace("from visitas", f"from {SECRET}"))
    assert rules(described, raw) == [("sources.yaml:visitas.files.0", "bad_query")]
    sources.write_text(sources.read_text().replace("registro.db", "otro.db"))
    assert rules(described, raw) == [("sources.yaml:visitas.files.0", "no_database_file")]
    assert not (raw / "otro.db").exists()


DUCK = "duckdb:///registro.duckdb"


def duck(raw: Path, *orders: str) -> None:
    """The rows in a file of DuckDB, in columns of text, and what some orders make of them."""
    with duckdb.connect(raw / "registro.duckdb") as database:
        database.execute(CREATE.format(date="TEXT", bool="TEXT"))
        database.executemany(
            "INSERT INTO visitas VALUES (?,?,?,?,?,?,?,?,?,?)", [[text(value) or None for value in row] for row in ROWS]
        )
        for order in orders:
            database.execute(order)


def replaced(value: str) -> str:
    return f"CREATE TABLE otra AS SELECT * REPLACE ({value}) FROM visitas"


ALIKE = {
    "of dates": replaced("left(mes, 10)::DATE AS mes"),
    "of hours of a zone": replaced("(left(mes, 10) || ' 23:00:00-06')::TIMESTAMPTZ AS mes"),
    "of nanoseconds": replaced("mes::TIMESTAMP_NS AS mes"),
    "of large numbers": replaced("hijas::HUGEINT AS hijas"),
    "of decimals": replaced("hijas::DECIMAL(9, 3) AS hijas"),
    "of nothing for an empty cell": replaced("nullif(edad, '') AS edad"),
    "of a list of words": replaced("area::ENUM ('legal', 'social') AS area"),
    "of yes and no": replaced("lower(violencia_fisica) = 'true' AS violencia_fisica"),
    "that is a view": "CREATE VIEW otra AS SELECT * FROM visitas",
}


@pytest.mark.parametrize("kind", ALIKE)
def test_a_table_of_a_file_of_duckdb(kind: str, described: Path, raw: Path) -> None:
    duck(raw, ALIKE[kind])
    files(described, f'{{url: "{DUCK}", table: otra, timezone: America/Mexico_City}}')
    assert visits(described, raw) == EXPECTED
    sources = described / "sources.yaml"
    sources.write_text(sources.read_text().replace("table: otra", 'query: "FROM otra ORDER BY visita_id"'))
    assert visits(described, raw) == EXPECTED


REFUSED = {
    "a list": (replaced("[edad] AS edad"), "table: otra", "nested_value"),
    "an object": (replaced("{'a': edad} AS edad"), "table: otra", "nested_value"),
    "bytes": (replaced("encode(edad) AS edad"), "table: otra", "nested_value"),
    "a number that is none": (replaced("'nan'::DOUBLE AS hijas"), "table: otra", "unread_value"),
    "a word that is no number": ("", "query: SELECT * REPLACE (area::INTEGER AS hijas) FROM visitas", "unread_value"),
    "a column twice": ("", "query: 'SELECT v.*, w.area FROM visitas v JOIN visitas w USING (visita_id)'", "duplicate_column"),
    "a table that is not there": ("", "table: nada", "bad_query"),
    "two queries": ("", "query: FROM visitas; FROM visitas", "bad_query"),
    "what writes": ("", "query: CREATE TEMP TABLE otra AS FROM visitas", "bad_query"),
    "another file": ("", "query: FROM 'otro.csv'", "bad_query"),
    "a view of another file": ("CREATE VIEW otra AS FROM 'otro.csv'", "table: otra", "bad_query"),
    "what stands in the program": ("", "query: FROM settings", "bad_query"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_a_file_of_duckdb_may_not_answer(
    case: str, described: Path, raw: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, asked, rule = REFUSED[case]
    monkeypatch.chdir(raw)
    (raw / "otro.csv").write_text(plain([[*map(text, row)] for row in ROWS]))
    duck(raw, *filter(None, [order]))
    before = content(raw)
    files(described, f'{{url: "{DUCK}", {asked}}}')
    assert rules(described, raw) == [("sources.yaml:visitas.files.0", rule)]
    assert content(raw) == before


def test_a_file_of_duckdb_that_cannot_be_opened(
    described: Path, raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files(described, f'{{url: "{DUCK}", table: visitas}}')
    (found,) = load(described).sources["visitas"].origins
    path = raw / "registro.duckdb"

    def said() -> list[tuple[str, str]]:
        return [(place.rpartition(":")[2], rule) for place, rule in rules(described, raw)]

    monkeypatch.chdir(tmp_path)
    duck(tmp_path)  # of that name where the command was given, and not among the records
    assert said() == [("visitas.files.0", "no_database_file")]
    duck(raw)
    whole = path.read_bytes()
    for spoilt in (b"", whole[: len(whole) // 2], b"hola" * 5000, whole[:4096] + b"\xff" * (len(whole) - 4096)):
        path.write_bytes(spoilt)
        assert said() == [("visitas.files.0", "broken_database")]
    path.write_bytes(whole)
    writer = "import duckdb, sys; held = duckdb.connect(sys.argv[1]); print(); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", writer, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout
        assert other.stdin
        other.stdout.readline()
        assert said() == [("visitas.files.0", "busy_database")]
        other.stdin.close()
    assert visits(described, raw) == EXPECTED

    def newer(*_: object, **__: object) -> None:
        raise duckdb.IOException(
            "Trying to read a database file with version number 999, but we can only read versions between 64 and 67."
        )

    monkeypatch.setattr(duckdb, "connect", newer)
    with pytest.raises(Unreadable) as stopped:
        databases.open_database(found, raw)
    assert stopped.value.rule == "newer_database"


def test_what_was_written_last_into_a_file_of_duckdb_is_read_and_told_as_no_file_of_records(
    described: Path, raw: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    duck(raw)
    writer = "import duckdb, os, sys; w = duckdb.connect(sys.argv[1]); w.execute(sys.argv[2]); os._exit(0)"
    subprocess.run(
        [sys.executable, "-c", writer, raw / "registro.duckdb", "DELETE FROM visitas WHERE area <> 'legal'"], check=True
    )
    assert (raw / "registro.duckdb.wal").stat().st_size
    files(described, f'{{url: "{DUCK}", table: visitas}}')
    assert visits(described, raw) == EXPECTED[:1]
    check(raw, institute=described)
    assert ".wal" not in "".join(capsys.readouterr())


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("postgresql+psycopg://ana@127.0.0.1:1/casa", "no_database"),
        ("nadie://ana@casa/casa", "unknown_database"),
        ("postgresql://ana@casa:puerto/casa", "bad_url"),
        ("oracle://ana@casa/casa", "no_driver"),
    ],
)
def test_a_database_that_does_not_answer(url: str, rule: str, described: Path, raw: Path) -> None:
    files(described, f'{{url: "{url}", table: visitas}}')
    assert rules(described, raw) == [("sources.yaml:visitas.files.0", rule)]


def test_a_table_of_a_real_postgresql(
    postgres: tuple[str, str],
    described: Path,
    raw: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    psycopg = pytest.importorskip("psycopg")
    url, secret = postgres
    with psycopg.connect(url.replace("+psycopg", ""), password=secret) as server:
        server.execute(CREATE.format(date="TIMESTAMP", bool="BOOLEAN"))
        server.cursor().executemany("INSERT INTO visitas VALUES (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s)", ROWS)
    files(described, f'{{url: "{url}", table: public.visitas, password: CLAVE_DEL_REGISTRO}}')
    monkeypatch.delenv("CLAVE_DEL_REGISTRO", raising=False)
    assert rules(described, raw) == [("sources.yaml:visitas.files.0", "no_password")]
    monkeypatch.setenv("CLAVE_DEL_REGISTRO", "otra")
    assert rules(described, raw) == [("sources.yaml:visitas.files.0", "no_database")]
    monkeypatch.setenv("CLAVE_DEL_REGISTRO", secret)
    assert visits(described, raw) == EXPECTED
    with psycopg.connect(url.replace("+psycopg", ""), password=secret, autocommit=True) as owner:
        owner.execute("CREATE ROLE otra LOGIN PASSWORD 'otra'; GRANT SELECT ON visitas TO otra")
        owner.execute(
            "ALTER TABLE visitas ENABLE ROW LEVEL SECURITY; CREATE POLICY suyas ON visitas USING (area = 'legal')"
        )
        sources = described / "sources.yaml"
        before = sources.read_text()
        sources.write_text(before.replace("lectora@", "otra@"))
        monkeypatch.setenv("CLAVE_DEL_REGISTRO", "otra")
        assert rules(described, raw) == [("sources.yaml:visitas.files.0", "closed_rows")]  # and not a smaller table
        sources.write_text(before)
        monkeypatch.setenv("CLAVE_DEL_REGISTRO", secret)
        assert visits(described, raw) == EXPECTED
        owner.execute("UPDATE visitas SET mes = 'infinity' WHERE visita_id = 'V2'")
        assert rules(described, raw) == [("sources.yaml:visitas.files.0", "unread_value")]
    monkeypatch.setattr(databases, "WAIT", 1)
    with psycopg.connect(url.replace("+psycopg", ""), password=secret) as writer:
        writer.execute("LOCK TABLE visitas IN ACCESS EXCLUSIVE MODE")
        assert rules(described, raw) == [("sources.yaml:visitas.files.0", "busy_database")]
    sources = described / "sources.yaml"
    sources.write_text(sources.read_text().replace("table: public.visitas", 'query: "DELETE FROM visitas RETURNING *"'))
    assert rules(described, raw) == [("sources.yaml:visitas.files.0", "bad_query")]  # nothing is ever written
    assert main(["check", "--institute", str(described), "--raw", str(raw)]) == 11
    shown = capsys.readouterr()
    assert secret not in shown.out + shown.err
    assert "lectora" not in shown.out + shown.err


# what the operator is told, and what is left behind ----------------------------------------------------------------------


def check(raw: Path, *more: str, institute: Path = TINY) -> int:
    return main(["check", "--institute", str(institute), "--raw", str(raw), *more])


def test_every_file_is_told_with_its_form_and_what_nothing_matched_is_counted(
    raw: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [[*EXPECTED[0][:5], SECRET, *EXPECTED[0][6:]], EXPECTED[1]]
    (raw / "visitas.csv").write_bytes(gzip.compress(plain(rows).replace(",", "\t").encode("cp1252")))
    assert check(raw, "--show-values") == 11
    shown = capsys.readouterr()
    assert "visitas.csv: 2 renglones; CSV en UTF-8, separado por «tabulador», comprimido con gzip" in shown.out
    assert "visitas, edad: 1 valores que nada en sources.yaml reconoce" in shown.out
    assert "solo se muestran en una terminal" in shown.out
    assert SECRET not in shown.out + shown.err


def test_values_are_shown_on_a_terminal_alone_and_only_if_asked(
    raw: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (raw / "visitas.csv").write_text(plain([[*EXPECTED[0][:5], SECRET, *EXPECTED[0][6:]], EXPECTED[1]]))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert check(raw) == 11
    assert SECRET not in capsys.readouterr().out
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert check(raw, "--show-values") == 11
    assert f"visitas, edad: '{SECRET}' × 1" in capsys.readouterr().out


def folders(temporary: Path) -> list[Path]:
    return sorted(temporary.glob("celosia-*"))


@pytest.mark.parametrize("good", [True, False])
def test_nothing_of_the_records_stays_behind_unless_asked_and_then_for_its_owner_only(
    good: bool,
    described: Path,
    raw: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (raw / "visitas.csv").write_text(plain(EXPECTED if good else [[*EXPECTED[0][:-1], "99"]]))
    assert check(raw, institute=described) == (0 if good else 11)
    assert folders(tmp_path) == []
    assert check(raw, "--keep", institute=described) == (0 if good else 11)
    (kept,) = folders(tmp_path)
    assert str(kept) in capsys.readouterr().out
    assert kept.stat().st_mode & 0o777 == 0o700
    assert {path.suffix for path in kept.iterdir()} == {".parquet"}
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in kept.iterdir())
    assert frame(read(load(TINY), raw)["visitas"]).equals(
        pd.DataFrame(pyarrow.parquet.read_table(kept / "visitas.parquet").to_pylist(), dtype="str")[HEADER]
    )


def test_a_process_that_is_told_to_end_takes_the_records_with_it(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ended(*_: object, **__: object) -> None:
        assert len(folders(tmp_path)) == 1
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("pipeline.workflows.check.validate", ended)
    (raw / "visitas.csv").write_text(plain(EXPECTED))
    assert check(raw) == 130
    assert folders(tmp_path) == []
