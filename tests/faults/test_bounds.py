"""Files made to fill the memory, or never to end: every reader says no within a bound of both, in words.

Each is read in a process of its own whose peak of memory is measured. Seconds are bounded widely: what they tell apart is
a reader that ends from one that does not.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest
import xlwt
import yaml

from pipeline.confidential.intake.formats.detect import open_file
from pipeline.confidential.intake.formats.table import MOST_COLUMNS, Unreadable
from pipeline.institute import files as folder
from pipeline.institute.load import load
from pipeline.institute.plan import Origin, Plan
from pipeline.model import yaml12
from pipeline.model.findings import MOST_TOLD, PipelineError
from pipeline.public.edition import reader, safe_files
from pipeline.public.edition.model import DESCRIPTOR, RELEASE
from tests.faults.measured import measured

SECONDS = 90
"""Most that anything here may take, on a machine that does several things at once."""


# YAML ------------------------------------------------------------------------------------------------------------------


def shared(kind: str) -> str:
    """Nine times nine times nine… of the same: a few hundred bytes that stand for a thousand million values."""
    text = "a: &a [x, x, x, x, x, x, x, x, x]\n" if kind == "list" else "a: &a {x: 1}\n"
    for here, before in zip("bcdefghij", "abcdefghi", strict=True):
        again = ", ".join([f"*{before}"] * 9)
        text += f"{here}: &{here} [{again}]\n" if kind == "list" else f"{here}: &{here} {{<<: [{again}], {here}: 1}}\n"
    return text


YAMLS: dict[str, tuple[str, str]] = {
    "brackets": ("[" * 1_000_000, "deep"),
    "brackets that close": ("a: " + "[" * 5000 + "]" * 5000, "deep"),
    "braces": ("{a: " * 300_000, "deep"),
    "lists by their dashes": ("- " * 5000 + "a", "deep"),
    "keys by their indents": ("".join(f"{' ' * n}a:\n" for n in range(3000)), "deep"),
    "questions": ("? " * 5000 + "a", "deep"),
    "aliases of lists": (shared("list"), "aliases"),
    "merged keys": (shared("keys"), "aliases"),
    "what holds itself": ("a: &a [*a]", "itself"),
    "many values": ("a: [" + "x," * 3_000_000 + "]", "many"),
    "many keys": ("".join(f"k{n}: 1\n" for n in range(500_000)), "many"),
    "many anchors": ("[" + "".join(f"&a{n} x," for n in range(400_000)) + "]", "many"),
}


@pytest.mark.parametrize("name", YAMLS)
def test_yaml_is_bounded_before_it_is_built(name: str) -> None:
    text, why = YAMLS[name]

    def read() -> object:
        try:
            return yaml12.read(text)
        except yaml.YAMLError as error:
            return yaml12.mistake(error, text)["why"]

    found = measured(read)
    assert found.result == why
    assert found.megabytes < 200
    assert found.seconds < SECONDS


def test_a_document_as_large_as_one_may_be_is_read() -> None:
    text = "\n".join(f"- {{id: a{n}, x: [1, 2]}}" for n in range(yaml12.MOST // 8))
    found = measured(lambda: len(yaml12.read(text)[0]))
    assert found.result == yaml12.MOST // 8
    assert found.megabytes < 500


def test_the_line_of_a_key_is_found_however_deep_the_names_go() -> None:
    """Each item has a number and a name: all ways to name the last one are more than any memory holds."""
    text = "".join("  " * 2 * n + "- id: a\n" + "  " * (2 * n + 1) + "x:\n" for n in range(40))
    found = measured(
        lambda: [yaml12.Places(text).line(".".join([*["0.x", "a.x"] * 20][:depth])) for depth in (1, 20, 40)]
    )
    assert found.result == [2, 40, 80]
    assert found.megabytes < 50


def test_the_line_of_a_key_or_of_what_stands_above_it() -> None:
    places = yaml12.Places("a.b:\n  c: 1\na:\n  b:\n    d: 2\nlist:\n  - id: x\n    y: 1\n  - {id: z, y: 2}\n")
    lines = {"a.b.c": 2, "a.b.d": 5, "a.b": 1, "list.x.y": 8, "list.1.y": 9, "list.z.none": 9, "list.9": 6, "no": None}
    assert {key: places.line(key) for key in lines} == lines


# a folder of an institute ----------------------------------------------------------------------------------------------


def told_of(institute: Path) -> Callable[[], object]:
    """Loads a folder: how many findings there are, and of which rules."""

    def read() -> object:
        try:
            load(institute)
        except PipelineError as error:
            return len(error.findings), {finding.rule for finding in error.findings}
        return 0, set()

    return read


MAP, CAUSES = "catalogues/mapa.geojson", "codes/causa.csv"
ROWS = 50_000
"""So many that twice as many would take four times as long, and hours, where each is held against each."""
SHAPE = '{"type":"Feature","properties":{"area":"legal"},"geometry":{"type":"Polygon","coordinates":[]}}'
FOLDERS: dict[str, tuple[str, str, tuple[int, set[str]]]] = {
    "a list of codes": (CAUSES, "".join(f"c{n},,,{n},Una {n},One {n}\n" for n in range(ROWS)), (0, set())),
    "a chain of parents": (
        CAUSES,
        "c0,,,0,Una,One\n" + "".join(f"c{n},c{n - 1},,{n},Una {n},One {n}\n" for n in range(1, ROWS)),
        (0, set()),
    ),
    "a circle of parents": (
        CAUSES,
        "".join(f"c{n},c{(n + 1) % ROWS},,{n},Una {n},One {n}\n" for n in range(ROWS)),
        (MOST_TOLD, {"circular_parent"}),
    ),
    "parents that are not there": (
        CAUSES,
        "".join(f"c{n},d{n},,{n},Una {n},One {n}\n" for n in range(ROWS)),
        (MOST_TOLD, {"unknown_code"}),
    ),
    "brackets in a map": (MAP, "[" * 5_000_000, (1, {"not_geojson"})),
    "lists in a map": (MAP, "[" + "[]," * 5_000_000 + "1]", (1, {"not_geojson"})),
    "a number without an end in a map": (MAP, '{"type": "FeatureCollection", "features": [' + "9" * 5_000_000, (1, {"not_geojson"})),
    "a shape again and again": (
        MAP,
        '{"type":"FeatureCollection","features":[' + ",".join([SHAPE] * ROWS) + "]}",
        (2, {"duplicate_code", "not_drawable"}),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FOLDERS)
def test_a_file_of_an_institute_is_bounded(name: str, institute: Path) -> None:
    file, text, told = FOLDERS[name]
    if file == MAP:
        (institute / file).write_text(text)
    else:
        with (institute / file).open("a") as stream:
            stream.write(text)
    found = measured(told_of(institute))
    assert found.result == told
    assert found.megabytes < 600
    assert found.seconds < SECONDS


def test_a_list_of_keys_with_values_that_should_be_words(institute: Path) -> None:
    """jsonschema holds each item against each where they are no words: of 20 000, hours."""
    path = institute / "institute.yaml"
    items = ", ".join(f"{{a: {n}}}" for n in range(20_000))
    path.write_text(path.read_text().replace("languages: [es, en]", f"languages: [{items}]"))
    found = measured(told_of(institute))
    assert found.result == (20_000, {"wrong_type"})  # of a shape, all is told
    assert found.seconds < SECONDS


def test_a_file_of_an_institute_that_is_larger_than_any(institute: Path) -> None:
    """A thousand gigabytes that take no room on the disk."""
    with (institute / CAUSES).open("r+") as stream:
        stream.truncate(1 << 40)
    found = measured(told_of(institute))
    assert found.result == (1, {"too_large_file"})
    assert found.megabytes < 100


def test_what_was_meant_is_not_looked_for_among_thousands() -> None:
    assert folder.near("legl", ["legal", *map(str, range(500))]) == {"near": "legal"}
    assert folder.near("legl", ["legal", *map(str, range(folder.COMPARED))]) == {}
    assert folder.near("legal" * 100, ["legal"]) == {}


# an edition ------------------------------------------------------------------------------------------------------------


def altered(edition: Path, name: str, data: bytes) -> None:
    """Puts other bytes into a file, and says so wherever the edition says what it holds."""
    before = (edition / name).read_bytes()
    (edition / name).write_bytes(data)
    descriptor = edition / DESCRIPTOR
    told = json.loads(descriptor.read_bytes())
    for each in told["resources"]:
        if each["path"] == name:
            each |= {"bytes": len(data), "hash": f"sha256:{hashlib.sha256(data).hexdigest()}"}
    if name != DESCRIPTOR:
        descriptor.write_text(json.dumps(told))
    assert before != data
    if len(data) <= safe_files.most(name):
        safe_files.write_sums(edition)


TABLE, LIST = "tables/visitas_por_area.csv", "codes/area.csv"
EDITIONS: dict[str, tuple[str, Callable[[bytes], bytes], set[str]]] = {
    "empty lines": (TABLE, lambda data: data + b"\n" * 30_000_000, {"wrong_width"}),
    "rows without an end": (TABLE, lambda data: data + b"a,a,1,1,A,F\n" * 5_000_000, {"edition_too_many_rows"}),
    "a row without an end": (TABLE, lambda data: data + b"a," * 30_000_000 + b"\n", {"wrong_width", "code_not_listed"}),
    "a cell without an end": (TABLE, lambda data: data + b"a" * 60_000_000 + b"\n", {"wrong_width"}),
    "a quote without an end": (TABLE, lambda data: data + b'"' + b"a\n" * 30_000_000, {"not_csv"}),
    "an order of many digits": (LIST, lambda data: data.replace(b",1,Legal", b",1" + b"0" * 30 + b",Legal"), {"not_whole", "unreadable_list"}),
    "brackets": (RELEASE, lambda data: b"[" * 10_000_000, {"too_deep"}),
    "lists": (RELEASE, lambda data: b"[" + b"[]," * 5_000_000 + b"1]", {"descriptor_shape"}),
    "JSON that is larger than any": (RELEASE, lambda data: b"[" + b"[]," * 6_000_000 + b"1]", {"edition_too_large"}),
    "languages that are no words": (
        DESCRIPTOR,
        lambda data: data.replace(b'"languages": [', b'"languages": [' + b"".join(b'{"a": %d}, ' % n for n in range(50_000))),
        {"edition_shape"},
    ),
}  # fmt: skip


def rules_of(edition: Path) -> Callable[[], object]:
    def read() -> object:
        try:
            reader.read(edition)
        except PipelineError as error:
            return {finding.rule for finding in error.findings}
        return set()

    return read


@pytest.mark.parametrize("name", EDITIONS)
def test_a_file_of_an_edition_is_bounded(name: str, published: Path) -> None:
    file, change, told = EDITIONS[name]
    edition = published / "2025-T4"
    altered(edition, file, change((edition / file).read_bytes()))
    found = measured(rules_of(edition))
    assert found.result
    assert found.result <= told
    assert found.megabytes < 1500
    assert found.seconds < SECONDS


def test_lists_whose_product_no_memory_holds(published: Path) -> None:
    """A table of few rows over lists of many codes: what is missing is counted, not listed."""
    edition = published / "2025-T4"
    more = "".join(f"c{n},,,{n + 90},Una {n},One {n}\n" for n in range(20_000)).encode()
    for name in ("area", "tipo"):
        path = f"codes/{name}.csv"
        altered(edition, path, (edition / path).read_bytes() + more)
    found = measured(rules_of(edition))
    assert "incomplete_matrix" in found.result
    assert found.megabytes < 200


def test_an_edition_of_more_files_than_any_has(published: Path) -> None:
    edition = published / "2025-T4"
    for number in range(safe_files.MOST_FILES + 1):
        (edition / f"{number}.csv").touch()
    assert measured(rules_of(edition)).result == {"edition_too_many_files"}


def test_a_pattern_that_takes_python_for_ever(plan: Plan) -> None:
    catalogue = plan.catalogues["servicios"]
    fields = [
        {**f, "constraints": {"pattern": "(a+)+b"}} if f["name"] == "costo_es" else f
        for f in catalogue.schema["fields"]
    ]
    rows = tuple({**catalogue.rows[0], "costo_es": cell} for cell in ("a" * 5000 + "b", "a" * 5000, ""))
    asked = replace(catalogue, schema={"fields": fields}, rows=rows)
    found = measured(lambda: [each for each in asked.mistakes({}, {}) if each[1] == "costo_es"])
    assert found.result == [(1, "costo_es", "pattern")]
    assert found.seconds < SECONDS


# records ---------------------------------------------------------------------------------------------------------------

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_LINKS = "http://schemas.openxmlformats.org/package/2006/relationships"
_LINK = f'<Relationship Id="{{0}}" Type="{_OFFICE}/{{1}}" Target="{{2}}"/>'
HEAD = "<row><c t='str'><v>a</v></c></row>"


def zipped(members: dict[str, str]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return stream.getvalue()


def xlsx(rows: str, texts: str = "", styles: str = "", **more: str) -> bytes:
    links = _LINK.format("r1", "worksheet", "sheet.xml")
    links += _LINK.format("r2", "sharedStrings", "texts.xml") + _LINK.format("r3", "styles", "styles.xml")
    book = _LINK.format("r1", "officeDocument", "xl/workbook.xml")
    sheets = '<sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets>'
    return zipped(
        {
            "_rels/.rels": f'<Relationships xmlns="{_LINKS}">{book}</Relationships>',
            "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">{sheets}</workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_LINKS}">{links}</Relationships>',
            "xl/sheet.xml": f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData></worksheet>',
            "xl/texts.xml": f'<sst xmlns="{_MAIN}">{texts}</sst>',
            "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}">{styles}</styleSheet>',
            **more,
        }
    )


def ods(rows: str) -> bytes:
    spaces = " ".join(
        f'xmlns:{each}="urn:oasis:names:tc:opendocument:xmlns:{each}:1.0"' for each in ("office", "table", "text")
    )
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": f"<office:document-content {spaces}><office:body><office:spreadsheet>"
            f'<table:table table:name="a">{rows}</table:table></office:spreadsheet></office:body></office:document-content>',
        }
    )


def repeated(rows: int, columns: int, text: str) -> str:
    cell = f'<table:table-cell table:number-columns-repeated="{columns}" office:value-type="string"><text:p>{text}</text:p>'
    return f'<table:table-row table:number-rows-repeated="{rows}">{cell}</table:table-cell></table:table-row>'


def xls(sheets: int, far: bool, text: str, cells: int) -> bytes:
    book, stream = xlwt.Workbook(), io.BytesIO()
    for number in range(sheets):
        sheet = book.add_sheet(f"a{number}")
        for row in range(cells):
            sheet.write(row, 0, text)
        if far:
            sheet.write(65_535, 255, "x")
    book.save(stream)
    return stream.getvalue()


def parquet(values: list[str], copies: int, **options: object) -> bytes:
    column = pa.DictionaryArray.from_arrays(pa.array(list(range(len(values))) * copies, pa.int32()), pa.array(values))
    stream = io.BytesIO()
    pyarrow.parquet.write_table(pa.table({"a": column}), stream, **options)
    return stream.getvalue()


def lied(data: bytes) -> bytes:
    """An archive that says of its members that they are small."""
    told = bytearray(data)
    for mark, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        start = -1
        while (start := data.find(mark, start + 1)) >= 0:
            if int.from_bytes(data[start + at : start + at + 4], "little") > 1_000_000:
                told[start + at : start + at + 4] = (1000).to_bytes(4, "little")
    return bytes(told)


LONG = "a" * 32_000
RECORDS: dict[str, tuple[Callable[[], bytes], str]] = {
    "cells that point to a long text": (
        lambda: xlsx(HEAD + ("<row>" + "<c t='s'><v>0</v></c>" * 20 + "</row>") * 10_000, f"<si><t>{LONG}</t></si>"),
        "repeated_texts",
    ),
    "texts without an end": (lambda: xlsx(HEAD, "<si><t>a</t></si>" * 4_500_000), "too_many_texts|unpacks_too_large"),
    "styles of spaces": (lambda: xlsx(HEAD, styles=" " * 70_000_000), "unpacks_too_large"),
    "a sheet of spaces": (lambda: xlsx(HEAD + " " * 70_000_000), "unpacks_too_large"),
    "a sheet that says it is small": (lambda: lied(xlsx(HEAD + " " * 70_000_000)), "unpacks_too_large"),
    "styles that say they are small": (lambda: lied(xlsx(HEAD, styles=" " * 20_000_000)), "not_workbook"),
    "parts without an end": (lambda: xlsx(HEAD, **{f"x{n}": "" for n in range(10_001)}), "too_many_members"),
    "links without an end": (lambda: xlsx(HEAD, **{"xl/_rels/workbook.xml.rels": "<a>" + "<b/>" * 5_000_000 + "</a>"}), "unpacks_too_large"),
    "two cells far from each other": (
        lambda: xlsx('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="T1048576"><v>1</v></c></row>'),
        "far_cell",
    ),
    "merged cells without an end": (
        lambda: xlsx(HEAD + "</sheetData><mergeCells>" + '<mergeCell ref="A1:B2"/>' * 110_000 + "</mergeCells><sheetData>"),
        "too_many_merged",
    ),
    "an ODS of one text": (lambda: ods(repeated(1, 1, "a") + repeated(1000, 1000, LONG)), "repeated_texts"),
    "an old workbook of one text": (lambda: xls(1, False, LONG, 20_000), "repeated_texts"),
    "an old workbook of far cells": (lambda: xls(3, True, "a", 1), "far_cell"),
    "a Parquet of one text": (lambda: parquet(["a" * 100_000], 100_000), "repeated_texts"),
    "a Parquet of a page of zeros": (
        lambda: parquet(["\x01" * 100_000_000], 1, compression="zstd", use_dictionary=False),
        "unpacks_too_large",
    ),
    "a Parquet of many columns": (lambda: wide(20_000), "too_many_columns"),
    "a line without an end": (lambda: b"a,b\n" + b"x" * 30_000_000, "record_too_long"),
    "a header without an end": (lambda: b"x" * 30_000_000, "record_too_long"),
    "a quote without an end": (lambda: b'a,b\n"' + b'x""' * 10_000_000, "record_too_long"),
    "a quote around lines without an end": (lambda: b'a,b\n1,"' + b"x\n" * 300_000, "open_quote"),
    "quotes alone": (lambda: b"a,b\n" + b'"' * 1_000_000, "open_quote|not_csv|ragged_row"),
    "columns without an end": (lambda: b",".join(b"c%d" % n for n in range(100_000)) + b"\n", "too_many_columns"),
    "rows that are too wide": (lambda: b"a,b\n" + b"1,2,3\n" * 500_000, "ragged_row"),
    "what was packed of one line": (lambda: gzip.compress(b"a,b\n" + b"x" * 30_000_000), "record_too_long"),
    "what was packed of many rows": (lambda: gzip.compress(b"a,b\n") + gzip.compress(b"1,2\n" * 1_000_000) * 300, "unpacks_too_large"),
    "lines of JSON without an end": (lambda: b'{"a": "' + b"x" * 30_000_000, "record_too_long"),
    "brackets in a line": (lambda: b'{"a": ' + b"[" * 5_000_000, "nested_value"),
    "lists in a line": (lambda: b'{"a": [' + b"[]," * 2_000_000 + b"1]}", "nested_value"),
    "ever more keys": (lambda: b"".join(b'{"k%d": 1}\n' % n for n in range(100_000)), "too_many_columns"),
    "numbers of many digits": (lambda: b'{"a": 1e999999999}\n{"a": ' + b"9" * 5_000_000 + b"}\n", ""),
}  # fmt: skip


def wide(columns: int) -> bytes:
    stream = io.BytesIO()
    pyarrow.parquet.write_table(pa.table({f"c{n}": ["x"] for n in range(columns)}), stream)
    return stream.getvalue()


@pytest.mark.parametrize("name", RECORDS)
def test_a_file_of_records_is_bounded(name: str, tmp_path: Path) -> None:
    made, rule = RECORDS[name]
    path = tmp_path / "registros"
    measured(lambda: path.write_bytes(made()))  # in a process of its own: what is made is large

    def read() -> object:
        try:
            table = open_file(path, Origin(pattern="registros"))
            for _ in table.chunks(range(len(table.header)), ()):
                pass
        except Unreadable as problem:
            return problem.rule
        return ""

    found = measured(read)
    assert found.result in rule.split("|")
    assert found.megabytes < 1200
    assert found.seconds < SECONDS


def test_a_text_as_long_as_a_cell_may_be_and_as_many_columns_are_read(tmp_path: Path) -> None:
    path = tmp_path / "registros"
    path.write_bytes(b",".join(b"c%d" % n for n in range(MOST_COLUMNS)) + b"\n" + b"," * (MOST_COLUMNS - 1) + b"\n")
    assert len(open_file(path, Origin(pattern="registros")).header) == MOST_COLUMNS
    path.write_bytes(parquet([LONG, "b"], 1000))
    (column,) = next(open_file(path, Origin(pattern="registros")).chunks([0], ()))
    assert column.to_pylist() == [LONG, "b"] * 1000
