"""What each form of a download may hold: SDMX, CSV, JSON, Parquet, JSON-stat, workbooks, reports, pictures. Pure.

In: what readers know, the address of a file in a site, its bytes. Out: findings, never values. Shares no code with what writes them.
"""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree import ElementTree

import pyarrow.parquet as pq

from pipeline.model.findings import Finding
from pipeline.verification.known import EMPTY, STATUS, WITHHELD, Known, Table, read_table
from pipeline.verification.traces import PICTURE, chunks, pieces

PDF_INFO = frozenset(
    ["/Title", "/Author", "/Creator", "/Producer", "/CreationDate", "/ModDate", "/Keywords", "/Subject"]
)
BOOK_PARTS = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|docProps/(app|core)\.xml|xl/(workbook|styles|sharedStrings)\.xml|xl/_rels/workbook\.xml\.rels"
    r"|xl/theme/theme1\.xml|xl/worksheets/sheet\d+\.xml|xl/worksheets/_rels/sheet\d+\.xml\.rels|xl/tables/table\d+\.xml"
)
_HIDDEN = re.compile(
    rb'state="(hidden|veryHidden)"|hidden="(1|true)"|<definedName (?!name="_xlnm)|<f[ >]|<dataValidation|<extLst'
)
_ACTS = re.compile(rb"/(JavaScript|JS|EmbeddedFiles?|Filespec|Launch|OpenAction|AA|RichMedia|AcroForm)\b")
_BOOK_SAYS = frozenset(
    ["title", "subject", "creator", "keywords", "description", "lastModifiedBy", "created", "modified"]
)
_CUBE = frozenset(
    [
        "version",
        "class",
        "label",
        "source",
        "updated",
        "href",
        "note",
        "id",
        "size",
        "role",
        "dimension",
        "value",
        "status",
        "extension",
    ]
)
_TOLD = frozenset(
    [
        "id",
        "edition",
        "title",
        "note",
        "publisher",
        "responsible",
        "licence",
        "source",
        "cut_off",
        "published",
        "threshold",
        "cells",
        "withheld",
        "dimensions",
        "measures",
        "status",
        "columns",
        "rows",
    ]
)
_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def sdmx(known: Known, name: str, data: bytes) -> Iterator[Finding]:
    """A table as SDMX-CSV, a row per figure; or the message of structure, which has words in names alone."""
    if name.endswith(".xml"):
        root = ElementTree.fromstring(data)
        said = {each.tag.rpartition("}")[2] for each in root.iter() if (each.text or "").strip()}
        if said - {"Name", "ID", "Test", "Prepared"} or any((each.tail or "").strip() for each in root.iter()):
            yield Finding.of(name, "leak_hidden")
        return
    table = known.of(name)
    head, *rows = csv.reader(io.StringIO(data.decode()))
    at = {column: place for place, column in enumerate(head)}
    if len(at) != table.columns - len(table.measures) + 5 or any(len(row) != len(head) for row in rows):
        yield Finding.of(name, "leak_hidden")
    told = [int(row[at["OBS_VALUE"]]) if row[at["OBS_VALUE"]] else None for row in rows]
    if [row[at["medida"]] for row in rows] != list(table.measures) * len(table.rows) or told != [
        figure for figures in table.rows for figure in figures
    ]:
        yield Finding.of(name, "leak_figure")


def derived(known: Known, name: str, data: bytes) -> Iterator[Finding]:
    """A table as CSV or JSON."""
    if name.endswith("-metadata.json"):
        return
    table = known.of(name)
    if name.endswith(".csv"):
        if read_table(data.decode(), table.measures) != table:
            yield Finding.of(name, "leak_figure")
        return
    content = json.loads(data)
    places = [content["columns"].index(each) for each in table.measures]
    if [tuple(row[at] for at in places) for row in content["rows"]] != list(table.rows) or any(
        len(row) != len(content["columns"]) for row in content["rows"]
    ):
        yield Finding.of(name, "leak_figure")
    if set(content) - _TOLD:
        yield Finding.of(name, "leak_hidden")


def script(known: Known, name: str, data: bytes) -> Iterator[Finding]:
    """A table as a script."""
    call = re.fullmatch(r"celosia\.csv\((.*)\);\n", data.decode(), re.DOTALL)
    id, text = json.loads(f"[{call[1] if call else ''}]")
    table = known.newest[id]
    if read_table(text, table.measures) != table:
        yield Finding.of(name, "leak_figure")


def parquet(known: Known, name: str, data: bytes) -> Iterator[Finding]:
    """A table as Parquet: its figures, what its pages say of their least and greatest, what is told beside them."""
    table = known.of(name)
    read = pq.ParquetFile(io.BytesIO(data))
    content = read.read()
    rows = list(zip(*(content[each].to_pylist() for each in table.measures), strict=True))
    if rows != list(table.rows):
        yield Finding.of(name, "leak_figure")
    if content.num_columns != table.columns or set(content.schema.metadata or {}) - {b"celosia"}:
        yield Finding.of(name, "leak_hidden")
    shown = {each: [value for value in content[each].to_pylist() if value is not None] for each in content.column_names}
    for group in range(read.metadata.num_row_groups):
        for number in range(read.metadata.num_columns):
            column = read.metadata.row_group(group).column(number)
            stats, values = column.statistics, shown[column.path_in_schema]
            if stats is not None and stats.has_min_max and not {stats.min, stats.max} <= set(values):
                yield Finding.of(name, "leak_figure")


def cube(known: Known, name: str, data: bytes) -> Iterator[Finding]:
    """A table as JSON-stat: its figures, by their place, and the statuses of those that there are not."""
    table = known.of(name)
    content = json.loads(data)
    if set(content) - _CUBE or set(content["extension"]) - {"edition", "licence"}:
        yield Finding.of(name, "leak_hidden")
    if sorted(content["value"].values()) != sorted(v for row in table.rows for v in row if v is not None):
        yield Finding.of(name, "leak_figure")
    empty = {place for place, status in content["status"].items() if status in EMPTY}
    if not empty.isdisjoint(content["value"]):
        yield Finding.of(name, "leak_figure")


def tidy(known: Known, name: str, data: bytes) -> Iterator[Finding]:
    """All tables of an edition in one file: the figures of each, in their order."""
    if name.endswith(".parquet"):
        content = pq.ParquetFile(io.BytesIO(data)).read()
        if set(content.schema.metadata or {}):
            yield Finding.of(name, "leak_hidden")
        rows = [{key: "" if value is None else str(value) for key, value in row.items()} for row in content.to_pylist()]
    else:
        rows = list(csv.DictReader(io.StringIO(data.decode()), strict=True))
    told: dict[tuple[str, str], list[int | None]] = {}
    for row in rows:
        if set(row) - {"tabla", "medida", "valor", "obs_status", "conf_status"} - known.dimensions:
            yield Finding.of(name, "leak_hidden")
        if (row["obs_status"], row["conf_status"]) not in STATUS or (row["obs_status"] in EMPTY and row["valor"]):
            yield Finding.of(name, "leak_figure", table=row["tabla"])
        told.setdefault((row["tabla"], row["medida"]), []).append(int(row["valor"]) if row["valor"] else None)
    if told != _every_figure(known.edition_at(name)):
        yield Finding.of(name, "leak_figure")


def _every_figure(tables: Mapping[str, Table]) -> dict[tuple[str, str], list[int | None]]:
    """(table, measure) → its figures in the order of the rows, of tables that have any."""
    return {
        (id, measure): [row[n] for row in table.rows]
        for id, table in tables.items()
        for n, measure in enumerate(table.measures)
        if table.rows
    }


def picture(known: Known, name: str, data: bytes) -> Iterator[Finding]:
    """A picture of a chart: nothing but its dots."""
    if data[:8] != PICTURE:
        raise ValueError
    dots = zlib.decompressobj()
    for kind, chunk in chunks(data):
        if kind == b"IDAT":
            dots.decompress(chunk)
        if not kind or dots.unused_data:
            yield Finding.of(name, "leak_hidden")
        elif kind not in (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"pHYs", b"sRGB", b"gAMA"):
            yield Finding.of(name, "leak_metadata")


def workbook(known: Known, name: str, data: bytes) -> Iterator[Finding]:
    """A workbook: no hidden sheet, row or column, no comment, formula or part that none of ours has; figures of the table."""
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        parts = {each: book.read(each) for each in book.namelist()}
    if any(not BOOK_PARTS.fullmatch(each) for each in parts) or book.comment:
        yield Finding.of(name, "leak_hidden")
    if not _names_its_table(parts["docProps/core.xml"]):
        yield Finding.of(name, "leak_metadata")
    if "/pnt/" in name:  # the template that it fills keeps its lists of words in hidden sheets
        of_tables: dict[str, Table] = {}
        words = _sheets(parts) - {"xl/worksheets/sheet1.xml"}
    else:
        tables = [known.of(name)] if "/tables/" in name else list(known.edition_at(name).values())
        of_tables = {f"xl/worksheets/sheet{number}.xml": table for number, table in enumerate(tables, start=3)}
        words = _sheets(parts) - set(of_tables)
        if any(_HIDDEN.search(each) for each in parts.values()):
            yield Finding.of(name, "leak_hidden")
    if any(_numbers_of(parts[part]) for part in words) or (of_tables and not _figures_stand(parts, of_tables)):
        yield Finding.of(name, "leak_figure")


def _sheets(parts: Mapping[str, bytes]) -> set[str]:
    return {part for part in parts if part.startswith("xl/worksheets/sheet")}


def _names_its_table(properties: bytes) -> bool:
    """Whether a workbook says of itself who made it, and the address and the name of its table, and nothing more."""
    said = {each.tag.rpartition("}")[2]: each.text for each in ElementTree.fromstring(properties)}
    address = re.fullmatch(r"https?://\S+/datos/[\w.-]+/tables/(\w+)\.csv", said.get("description") or "")
    return (
        not set(said) - _BOOK_SAYS
        and said.get("lastModifiedBy") == said.get("creator")
        and ("description" not in said or address is not None)
        and said.get("keywords") in (None, address[1] if address else None)
    )


def _figures_stand(parts: Mapping[str, bytes], tables: Mapping[str, Table]) -> bool:
    """Whether each sheet ends with the rows of its table, [c] where a figure is withheld, and has no number above them.
    `tables`: part of the workbook → table."""
    words = ElementTree.fromstring(parts["xl/sharedStrings.xml"]).iter(f"{_SHEET}si")
    shared = ["".join(each.itertext()) for each in words]
    for part, table in tables.items():
        rows: list[list[Any]] = []
        for row in ElementTree.fromstring(parts[part]).iter(f"{_SHEET}row"):
            cells = [(each.get("t"), each.findtext(f"{_SHEET}v")) for each in row.iter(f"{_SHEET}c")]
            rows.append([shared[int(text)] if kind == "s" else int(text) for kind, text in cells if text is not None])
        above, body = rows[: len(rows) - len(table.rows)], rows[len(rows) - len(table.rows) :]
        told = [tuple(None if value == WITHHELD else value for value in row[-len(table.measures) :]) for row in body]
        if told != list(table.rows) or any(isinstance(value, int) for row in above for value in row):
            return False
    return True


def _numbers_of(sheet: bytes) -> list[str]:
    """Cells of a sheet of words that are numbers."""
    cells = ElementTree.fromstring(sheet).iter(f"{_SHEET}c") if sheet else ()
    return [each.findtext(f"{_SHEET}v") or "" for each in cells if each.get("t") != "s" and each.findtext(f"{_SHEET}v")]


def report(known: Known, name: str, data: bytes) -> Iterator[Finding]:
    """A report in PDF: no file, script or action within, no more said of it than its title, author and date."""
    parts = list(pieces(data))
    if any(_ACTS.search(piece) for piece in parts):
        yield Finding.of(name, "leak_hidden")
    for info in re.findall(rb"<<[^<>]*/(?:Producer|Creator|Author)\b[^<>]*>>", b"".join(parts), re.DOTALL):
        bare = re.sub(rb"\((?:\\.|[^\\()])*\)|<[0-9A-Fa-f\s]*>", b"", info)
        if {each.decode() for each in re.findall(rb"/\w+", bare)} - PDF_INFO:
            yield Finding.of(name, "leak_metadata")
    if data.count(b"%%EOF") > 1 or data.rstrip()[-5:] != b"%%EOF":
        yield Finding.of(name, "leak_hidden")
