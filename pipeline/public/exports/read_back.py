"""Looks into every derived file before it is shown: the published figures and nothing else, no trace of the machine.

In: the table as published, bytes of derived files. Out: findings (file and rule, never a value). Pure.
"""

from __future__ import annotations

import csv
import getpass
import io
import json
import re
import socket
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from xml.etree import ElementTree

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.model.findings import Finding
from pipeline.public.edition.model import PERIOD
from pipeline.public.statistics.figures import WITHHELD, Table

_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def figures(path: str, data: bytes, table: Table) -> list[Finding]:
    """Whether a JSON, JSON-stat, Parquet or XLSX file holds exactly the figures of the table, with nothing where one is withheld."""
    return _compared(path, lambda: READERS[form(path)](data, table), table)


def _compared(path: str, read: Callable[[], list[list[int | None]]], table: Table) -> list[Finding]:
    expected = [[v if isinstance(v, int) else None for v in values] for _, values in table.rows()]
    try:
        found = read()
    except (KeyError, ValueError, IndexError, OSError, zipfile.BadZipFile, pa.ArrowException):
        return [Finding.of(path, "derived_unreadable")]
    if len(found) != len(expected):
        return [Finding.of(path, "derived_rows")]
    wrong = [number for number, (a, b) in enumerate(zip(found, expected, strict=True), start=1) if a != b]
    return [Finding.of(path, "derived_figures", rows=", ".join(map(str, wrong[:3])), count=len(wrong))] if wrong else []


def whole_book(path: str, data: bytes, tables: Mapping[str, Table]) -> list[Finding]:
    """Whether the workbook of all tables holds the figures of each on its sheet, which stand in their order after two others."""
    found: list[Finding] = []
    for number, table in enumerate(tables.values(), start=3):
        found += _compared(path, partial(_xlsx, data, table, number), table)
    return found


def _json(data: bytes, table: Table) -> list[list[int | None]]:
    content = json.loads(data)
    places = [content["columns"].index(measure) for measure in table.measures]
    return [[row[place] for place in places] for row in content["rows"]]


def _parquet(data: bytes, table: Table) -> list[list[int | None]]:
    read = pq.read_table(io.BytesIO(data), columns=list(table.measures)).to_pydict()
    return [list(row) for row in zip(*(read[measure] for measure in table.measures), strict=True)]


def _xlsx(data: bytes, table: Table, number: int = 3) -> list[list[int | None]]:
    """The last columns of the sheet of data, the third of the book of a table; the mark [c] is what stands for a withheld figure."""
    count = len(table.measures)
    found: list[list[int | None]] = []
    rows = sheet(data, number)
    for row in rows[len(rows) - table.cells :]:
        values = row[-count:]
        if not all(isinstance(value, int) or value == WITHHELD.value for value in values):
            raise ValueError("neither a figure nor the mark")
        found.append([value if isinstance(value, int) else None for value in values])
    return found


def _jsonstat(data: bytes, table: Table) -> list[list[int | None]]:
    """The figures of a cube, in the order of the table: every value is found by the codes of its place."""
    cube = json.loads(data)
    places = [{code: n for n, code in enumerate(cube["dimension"][name]["category"]["index"])} for name in cube["id"]]
    rows: list[list[int | None]] = []
    for key, _ in table.rows():
        row: list[int | None] = []
        for measure in table.measures:
            at = 0
            for place, length, code in zip(places, cube["size"], (*key, measure), strict=True):
                at = at * length + place[code]
            row.append(cube["value"].get(str(at)))
        rows.append(row)
    if sum(value is not None for row in rows for value in row) != len(cube["value"]):
        raise ValueError("a value that no row has")
    return rows


def _sdmx(data: bytes, table: Table) -> list[list[int | None]]:
    """The figures of SDMX-CSV: a row per cell and measure, each found by its codes."""
    axes = [name for name in table.axes if name != PERIOD]
    told: dict[tuple[str, ...], int | None] = {}
    for row in csv.DictReader(io.StringIO(data.decode())):
        value = row["OBS_VALUE"]
        told[(row[PERIOD], *(row[name] for name in axes), row["medida"])] = int(value) if value else None
    places = [list(table.axes).index(name) for name in (PERIOD, *axes)]
    keys = [(tuple(key[place] for place in places), key) for key, _ in table.rows()]
    if len(told) != len(keys) * len(table.measures):
        raise ValueError("a row that the table does not have")
    return [[told[(*key, measure)] for measure in table.measures] for key, _ in keys]


READERS: Mapping[str, Callable[[bytes, Table], list[list[int | None]]]] = {
    "json": _json,
    "jsonstat": _jsonstat,
    "parquet": _parquet,
    "xlsx": _xlsx,
    "sdmx": _sdmx,
}


def form(path: str) -> str:
    """The form of a derived file, by its folder or its ending."""
    return "sdmx" if path.startswith("sdmx/") else path.rpartition(".")[2]


def sheet(data: bytes, number: int) -> list[list[int | float | str]]:
    """The cells of a worksheet, row by row, without what is empty: whole numbers, numbers, text."""
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        shared = [
            "".join(text.text or "" for text in item.iter(f"{_SHEET}t"))
            for item in ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
        ]
        root = ElementTree.fromstring(book.read(f"xl/worksheets/sheet{number}.xml"))
    rows: list[list[int | float | str]] = []
    for row in root.iter(f"{_SHEET}row"):
        cells: list[int | float | str] = []
        for cell in row.iter(f"{_SHEET}c"):
            value = cell.findtext(f"{_SHEET}v")
            if value is None:
                continue
            if cell.get("t") == "s":
                cells.append(shared[int(value)])
            else:
                cells.append(int(value) if re.fullmatch(r"-?\d+", value) else float(value))
        rows.append(cells)
    return rows


def traces(folders: Sequence[Path]) -> list[bytes]:
    """What a file must not say of the machine that made it: its folders, its name, who ran it."""
    places = {Path.home(), Path.cwd(), Path(sys.prefix), Path(tempfile.gettempdir()), *(f.resolve() for f in folders)}
    words = {str(place) for place in places if len(place.parts) > 1}
    host = socket.gethostname()
    if len(host) > 6:
        words.add(host)
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = ""
    if len(user) > 6:
        words.add(user)
    return sorted(word.encode() for word in words if len(word) > 4)


def machine(path: str, data: bytes, forbidden: Sequence[bytes]) -> list[Finding]:
    """Whether a file, or anything packed inside it, names the machine."""
    found = any(word in piece for piece in _pieces(data) for word in forbidden)
    return [Finding.of(path, "derived_trace")] if found else []


def _pieces(data: bytes) -> Iterator[bytes]:
    yield data
    if data[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield from _pieces(archive.read(name))
    elif data[:5] == b"%PDF-":
        for stream in re.finditer(rb"stream\r?\n(.*?)endstream", data, re.DOTALL):
            try:
                yield zlib.decompress(stream[1])
            except zlib.error:
                continue
