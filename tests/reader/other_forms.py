"""Reads what programs read: tables as JSON-stat and Parquet, the tidy file, the revisions, the files of charts, what is said
of files (CSVW, DCAT, datapackage.json), the upload workbooks and the index of the search.

Every figure in them goes to the notebook; every other number must be one that this module knows, or stand in the words of
the institute and of the site.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pyarrow.parquet as pq
from python_calamine import CalamineWorkbook

from tests.reader.document import NUMBER, WITHHELD, parse
from tests.reader.notebook import Notebook
from tests.reader.pages import tally
from tests.reader.sweep import Sweep

NUMBERED = re.compile(
    r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])"
    r"|\\?\d{4}\\?-(?:T\d|\d\d)(?:\\?-T\d|\\?-\d\d)?(?:T00:00:00Z)?"
    r"|\b1\.\d{5}\.\d+\b"
    r"|[\w+./:#-]*[a-z_/][\w+./:#-]*"
)
"""What has digits and is no number: a checksum, a day or period (also in a pattern), a version, a name of a code or of a file."""
Rows = Iterator[tuple[Mapping[str, str], str, object]]
"""Codes of a row, measure, value."""


def everything(data: Path, edition: str, assets: Path, book: Notebook) -> None:
    """`data`: the folder of all editions on the site; `assets`: what its pages ask for."""
    folder = data / edition
    for table in book.meaning.newest.tables:
        for suffix, read in (("jsonstat", _jsonstat), ("parquet", _parquet)):
            book.place = f"{table}.{suffix}"
            _figures(table, read((folder / "tables" / book.place).read_bytes(), book, table), suffix, book)
    _tidy(folder, book)
    _revisions(data / "revisiones.csv", book)
    for path in sorted((folder / "graficas").glob("*.csv")):
        book.place = path.name
        _chart_rows(path, book)
    for path in sorted(folder.rglob("*.json")):
        if path.name in ("csvw.json", "datapackage.json") or path.name.endswith("csv-metadata.json"):
            _described(path, folder, book)
    for path in (folder / "catalog.jsonld", data / "catalog.jsonld"):
        _described(path, folder, book)
    for path in sorted((folder / "pnt").glob("*.xlsx")) if (folder / "pnt").exists() else ():
        _uploads(path, book)
    _index(assets / f"search-{book.meaning.language}.js", assets.parent, book)


def _figures(table: str, rows: Rows, kind: str, book: Notebook) -> None:
    """Every row of the table once, and no other."""
    published = book.meaning.newest.tables[table]
    keys = zip(*(published.frame[name].astype(str) for name in published.names), strict=True)
    left = {(key, measure) for key in keys for measure in published.measures}
    for codes, measure, value in rows:
        key = tuple(codes[name] for name in published.names)
        if (key, measure) not in left:
            book.trouble(f"a row of another cell: {key}")
            continue
        left.discard((key, measure))
        figure = book.meaning.figure(table, measure, codes["periodo"], codes)
        book.value(kind, figure, WITHHELD if value in (None, "") else f"{int(str(value)):,}")
    book.same("rows", table, 0, len(left))


def _jsonstat(data: bytes, book: Notebook, table: str) -> Rows:
    cube = json.loads(data)
    names = cube["id"]
    codes = [cube["dimension"][name]["category"]["index"] for name in names]
    size = [len(each) for each in codes]
    if cube["size"] != size or not cube["value"].keys() <= cube["status"].keys():
        book.trouble("a cube of another size")
    for at in cube["status"]:
        place, key = int(at), []
        for each in reversed(codes):
            place, n = divmod(place, len(each))
            key.append(each[n])
        where = dict(zip(names, reversed(key), strict=True))
        yield where, where.pop(names[-1]), cube["value"].get(at)
    told = {key: each for key, each in cube.items() if key not in ("value", "status", "size", "dimension", "version")}
    labels = [(each["label"], list(each["category"]["label"].values())) for each in cube["dimension"].values()]
    _words({"told": told, "labels": labels}, book)


def _parquet(data: bytes, book: Notebook, table: str) -> Rows:
    found = pq.read_table(io.BytesIO(data))
    published = book.meaning.newest.tables[table]
    for row in found.to_pylist():
        codes = {name: str(row[name]) for name in published.names}
        yield from ((codes, measure, row[measure]) for measure in published.measures)
    told = json.loads((found.schema.metadata or {})[b"celosia"])
    book.same("cells", table, (told.pop("cells"), told.pop("withheld")), tally(book.meaning.newest, table))
    book.same("threshold", table, told.pop("threshold"), published.threshold)
    _words(told, book)


def _tidy(folder: Path, book: Notebook) -> None:
    with (folder / "todo.csv").open(encoding="utf-8", newline="") as stream:
        as_text = list(csv.DictReader(stream))
    packed = pq.read_table(folder / "todo.parquet").to_pylist()
    book.same("rows", "todo.parquet", len(as_text), len(packed))
    for name, rows in (("todo.csv", as_text), ("todo.parquet", packed)):
        book.place = name
        for table in book.meaning.newest.tables:
            mine = [{k: str(v) for k, v in row.items() if v is not None} for row in rows if row["tabla"] == table]
            _figures(table, ((row, row["medida"], row.get("valor", "")) for row in mine), "tidy", book)


def _revisions(path: Path, book: Notebook) -> None:
    """What each edition tells of a figure, and no more."""
    packages = {package.edition: package for package in book.meaning.packages}
    book.place = path.name
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            table = packages[row["edicion"]].tables[row["tabla"]]
            codes = dict(pair.split("=", 1) for pair in row["celda"].split(";"))
            mine = table.frame
            for name, code in codes.items():
                mine = mine[mine[name].astype(str) == code]
            shown = mine[row["medida"]].iloc[0]
            said = int(row["valor"]) if row["valor"] else None
            told = None if mine["obs_status"].iloc[0] == "Q" else int(shown)
            book.same("revision", f"{row['tabla']} {row['celda']}", told, said)
            book.same("published", row["edicion"], str(packages[row["edicion"]].release["published"]), row["publicada"])


def _chart_rows(path: Path, book: Notebook) -> None:
    """The CSV of a chart: the figures that it draws."""
    entry = book.meaning.charts[path.stem]
    table = book.meaning.newest.tables[entry["table"]]
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            codes = {name: row[name] for name in table.names if name in row}
            fixed = {name: code for name, code in entry.get("where", {}).items() if name not in row}
            (measure,) = (name for name in table.measures if name in row)
            said = WITHHELD if row["obs_status"] == "Q" else f"{int(row[measure]):,}"
            if (row[measure] == "") != (said == WITHHELD):
                book.trouble(f"a figure without its status: {codes}")
            where, period = {**fixed, **codes}, codes["periodo"]
            terms = book.meaning.sum(entry["table"], measure, period, where)
            if terms and len(terms) > 1:  # a year to date that has no row
                number = book.meaning.number(terms)
                book.same("sum", path.name, None if said == WITHHELD else int(row[measure]), number)
            else:
                book.value("file of a chart", book.meaning.figure(entry["table"], measure, period, where), said)


def pictures(folder: Path, pages: Path, book: Notebook) -> None:
    """The SVG of each chart says and draws nothing that its page, which is read elsewhere, does not. `folder`: of the
    files of the edition's charts; `pages`: of its chart pages.
    """
    first = book.meaning.language == book.meaning.plan.languages[0]
    texts = [page.read_text(encoding="utf-8") for page in pages.glob("*.html")]  # a discreet page is called otherwise
    page_of = {chart: text for text in texts for chart in re.findall(r'data-id="([^"]+)"', text)}
    for path in sorted(folder.glob("*.svg")):
        if (path.suffixes == [".svg"]) != first:
            continue
        book.place = path.name
        html = page_of[path.name.partition(".")[0]]
        page, picture = parse(html), ElementTree.fromstring(path.read_bytes())
        shown = set(re.findall(r' d="([^"]*)"', html))
        book.same("marks", path.name, set(), {e.attrib["d"] for e in picture.iter() if "d" in e.attrib} - shown)
        words = Sweep(book).named.sub(
            " ", " ".join([*page.pieces(), *(e.text for e in page.all("text") + page.all("desc"))])
        )
        known = set(NUMBER.findall(words))
        for text in filter(None, (element.text for element in picture.iter())):
            if more := set(NUMBER.findall(Sweep(book).named.sub(" ", text))) - known:
                book.trouble(f"numbers that the page does not have: {sorted(more)}")


def _described(path: Path, folder: Path, book: Notebook) -> None:
    """What is said of files: their sizes are theirs, the least of a figure is 0, thresholds are those of the tables."""
    book.place = path.name
    thresholds = {table.threshold for table in book.meaning.newest.tables.values()}

    def look(each: Any, key: str, above: Mapping[str, Any]) -> None:
        if isinstance(each, dict):
            for name, value in each.items():
                look(value, name, each)
        elif isinstance(each, list):
            for value in each:
                look(value, key, above)
        elif isinstance(each, bool) or each is None:
            return
        elif isinstance(each, (int, float)):
            fits = {
                "minimum": each in (0, 1),
                "bytes": key == "bytes" and (folder / str(above.get("path"))).stat().st_size == each,
                "threshold": each in thresholds,
            }
            book.same("of files", f"{key}: {each}", True, fits.get(key, False))

    told = json.loads(path.read_bytes())
    look(told, "", {})
    sizes = {str(each.stat().st_size) for each in folder.parent.rglob("*") if each.is_file()}
    _words(told, book, sizes)


def _words(told: object, book: Notebook, known: Collection[str] = ()) -> None:
    """Texts without figures: names of things, sizes that are `known`, the words of the institute and of the site."""
    sweep = Sweep(book)
    for text in _texts(told):
        if text not in known and NUMBER.search(sweep.named.sub(" ", NUMBERED.sub(" ", text))):
            sweep.say(text)


def _texts(told: object) -> Iterator[str]:
    if isinstance(told, str):
        yield told
    elif isinstance(told, Mapping):
        for each in told.values():
            yield from _texts(each)
    elif isinstance(told, (list, tuple)):
        for each in told:
            yield from _texts(each)
    elif isinstance(told, float) and not math.isnan(told):
        yield str(told)


def _uploads(path: Path, book: Notebook) -> None:
    """Workbooks for the platform: text alone, and no number that is not of a day or of the format."""
    book.place = path.name
    sheets = CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes()))
    for place, _ in enumerate(sheets.sheet_names):
        for number, row in enumerate(sheets.get_sheet_by_index(place).to_python()):
            for cell in row:
                if isinstance(cell, (int, float)) and not isinstance(cell, bool):
                    book.trouble(f"a number that nobody explains: {cell}")
                elif place == 0 and number >= 7:  # above it stands the format, of the institute
                    _words(re.sub(r"\b\d\d/\d\d/\d{4}\b", " ", str(cell)), book)


def _index(path: Path, html: Path, book: Notebook) -> None:
    """The search knows no number but those on the pages that it says have it."""
    book.place = path.name
    told = json.loads(re.sub(r"^[^{]*|[^}]*$", "", path.read_text(encoding="utf-8")))
    pages: dict[int, str] = {}
    for word, there in zip(told["words"].split(" "), told["at"].split(";"), strict=True):
        if not word.isdigit():
            continue
        number = 0
        for step in there.split(","):
            number += int(step, 36) // 3
            name = told["pages"][number][0]
            if number not in pages:
                pages[number] = (html / name).read_text(encoding="utf-8")
            if (
                not re.search(rf"(?<!\d){word}(?!\d)", re.sub(r"(?<=\d),(?=\d{3})", "", pages[number]))
                and word not in pages[number]
            ):
                book.trouble(f"a number that {name} does not have: {word}")
    book.counts.add("index")
