"""Reads what stands beside the pages: tables as JSON and as workbooks, the changelog, the feed, the data of the explorer,
and the report. Its annex has a test of its own that reads every row of it.
"""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from tests.reader.document import NUMBER, Node, count, parse
from tests.reader.notebook import Notebook
from tests.reader.pages import changed, revised, tally, turned, withheld_of
from tests.reader.picture import read
from tests.reader.sweep import Sweep, leaves

ATOM = "{http://www.w3.org/2005/Atom}"
DATA_SHEET = 2
"""Place of the sheet of figures in a workbook."""


def tables(folder: Path, book: Notebook) -> None:
    """`folder`: of an edition on the site."""
    for table in book.meaning.newest.tables.values():
        book.place = f"{table.id}.json"
        told = json.loads((folder / "tables" / f"{table.id}.json").read_bytes())
        book.same("cells", table.id, (told["cells"], told["withheld"]), tally(book.meaning.newest, table.id))
        book.same("threshold", table.id, told["threshold"], table.threshold)
        _rows(table.id, [dict(zip(told["columns"], row, strict=True)) for row in told["rows"]], "JSON", book)
        for path in sorted((folder / "tables").glob(f"{table.id}*.xlsx")):
            if (path.suffixes == [".xlsx"]) == (book.meaning.language == book.meaning.plan.languages[0]):
                book.place = path.name
                _workbook(table.id, path.read_bytes(), book)
    first = book.meaning.language == book.meaning.plan.languages[0]
    _all_tables(folder / ("todo.xlsx" if first else f"todo.{book.meaning.language}.xlsx"), book)


def _all_tables(path: Path, book: Notebook) -> None:
    """The workbook of all tables: cover, notes, the figures of each table on a sheet with its number; no other number."""
    book.place = path.name
    sheets = CalamineWorkbook.from_path(path)
    tables = list(book.meaning.newest.tables)
    book.same("sheets", path.name, [str(n) for n, _ in enumerate(tables, start=1)], sheets.sheet_names[DATA_SHEET:])
    for place, name in enumerate(sheets.sheet_names):
        rows = sheets.get_sheet_by_index(place).to_python()
        if place >= DATA_SHEET:
            rows = _sheet_of(tables[place - DATA_SHEET], rows, book)
        for cell in (cell for row in rows for cell in row if isinstance(cell, (int, float))):
            book.trouble(f"a number that nobody explains: {cell} on {name}")


def _sheet_of(table: str, rows: list[list[Any]], book: Notebook) -> list[list[Any]]:
    """Reads the figures of a table off its sheet; returns what else stands on it."""
    published = book.meaning.newest.tables[table]
    body, width = rows[len(rows) - len(published.frame) :], len(published.measures)
    figures = [[v if isinstance(v, str) else int(float(str(v))) for v in row[-width:]] for row in body]
    _rows(table, [dict(zip(published.measures, row, strict=True)) for row in figures], "workbook", book)
    return [*rows[: len(rows) - len(published.frame)], *(row[:-width] for row in body)]


def _rows(table: str, rows: list[dict[str, object]], kind: str, book: Notebook) -> None:
    published = book.meaning.newest.tables[table]
    codes = list(zip(*(published.frame[name].astype(str).tolist() for name in published.names), strict=True))
    book.same("rows", table, len(codes), len(rows))
    for key, row in zip(codes, rows, strict=True):
        where = dict(zip(published.names, key, strict=True))
        if kind == "JSON" and [row[name] for name in published.names] != list(key):
            book.trouble(f"a row of another cell: {key}")
        for measure in published.measures:
            said = row[measure]
            figure = book.meaning.figure(table, measure, where["periodo"], where)
            book.value(kind, figure, "[c]" if said in (None, "[c]") else f"{int(str(said)):,}")


def _workbook(table: str, data: bytes, book: Notebook) -> None:
    """A column of figures for each measure, in the rows of the table; no other number, and no formula."""
    published = book.meaning.newest.tables[table]
    sweep = Sweep(book)
    sheets = CalamineWorkbook.from_filelike(io.BytesIO(data))
    for place, name in enumerate(sheets.sheet_names):
        rows = sheets.get_sheet_by_index(place).to_python()
        if place == DATA_SHEET:
            rows = _sheet_of(table, rows, book)
        for cell in (cell for row in rows for cell in row):
            if isinstance(cell, (int, float)) and not isinstance(cell, bool):
                book.trouble(f"a number that nobody explains: {cell} on {name}")
            elif said := book.match("files.instructions", str(cell)):
                book.same(
                    "rows",
                    str(cell),
                    True,
                    0 < (count(said["rows"]) or 0) < len(sheets.get_sheet_by_index(place).to_python()),
                )
            elif said := book.match("files.note_why_text", str(cell)):
                book.same("threshold", str(cell), published.threshold, count(said["threshold"]))
            elif not withheld_of(table, str(cell), book):
                sweep.say(str(cell))


def changelog(folder: Path, book: Notebook) -> None:
    """The changelog for programs and the feed. `folder`: that of all editions."""
    packages = book.meaning.packages
    book.place = "cambios.json"
    for change in json.loads((folder / "cambios.json").read_bytes())["editions"]:
        place = next(n for n, package in enumerate(packages) if package.edition == change["edition"])
        now, then = packages[place], packages[place - 1] if place else None
        sums = tuple(sum(tally(now, name)[n] for name in now.tables) for n in (0, 1))
        book.same("cells", change["edition"], (change["cells"], change["withheld"]), sums)
        told = {name: n for name in now.tables if (n := revised(now, then, name))}
        book.same("revised", change["edition"], change["revised"], told)
        moved = turned(now, then) if then else (0, 0)
        book.same("turned", change["edition"], (change["now_withheld"], change["now_shown"]), moved)
    suffix = "" if book.meaning.language == book.meaning.plan.languages[0] else f".{book.meaning.language}"
    book.place = f"atom{suffix}.xml"
    feed = ElementTree.fromstring((folder / f"atom{suffix}.xml").read_bytes())
    dates = {f"{ATOM}updated", f"{ATOM}published"}
    for text in (element.text or "" for element in feed.iter() if element.tag not in dates):
        for line in re.split(r"(?<=\.) (?=[A-Z\d])", text):
            if not changed(line, book):
                Sweep(book).say(line)


def explorer(html: str, assets: Path, book: Notebook) -> None:
    """What the explorer knows by itself are labels; its figures are the published files, byte for byte."""
    for script in parse(html).all("script"):
        if script.attrs.get("type") == "application/json":
            for text in leaves(json.loads("".join(script.pieces()))):
                Sweep(book).say(text)
    for table in book.meaning.newest.tables:
        told = re.search(r'"((?:[^"\\]|\\.)*\\n)"', (assets / "data" / f"{table}.js").read_text(encoding="utf-8"))
        folder = book.meaning.newest.folder
        assert folder is not None
        published = (folder / "tables" / f"{table}.csv").read_text(encoding="utf-8")
        book.same("explorer", table, published, json.loads(f'"{told[1]}"') if told else None)


# the report ----------------------------------------------------------------------------------------------------------


def report(pdf: Path, shown: Iterable[Node], book: Notebook) -> None:
    """The report up to its annex: no number but those of the pages, and none more often than there. `shown`: what the pages
    show of what it tells (the first screen, the cards, the charts, the changes), each of it read already.
    """
    book.place = pdf.name
    sweep, words = Sweep(book), book.meaning.words

    def numbers(text: str) -> Counter[str]:
        return Counter(number.lstrip("+−-") for number in NUMBER.findall(sweep.named.sub(" ", text)))

    notes = (pdf.parent.parent / "cambios.md").with_suffix(f"{pdf.stem.partition(book.meaning.newest.edition)[2]}.md")
    lines = [line[2:] for line in notes.read_text(encoding="utf-8").splitlines() if line.startswith("- ")]
    told = [line for line in lines if changed(line, book)]
    sure = sum((numbers(text) for text in (*told, *withheld_marks(book), *map(_said, shown))), Counter[str]())
    found: Counter[str] = Counter()
    annex, contents = words("report.annex_text")[:30], words("report.contents")
    for page in PdfReader(pdf).pages:
        text = " ".join(page.extract_text().split())
        if annex in text:
            break
        if contents not in text:
            bare = re.sub(r"(\d{4}-T\d(?:\.\d)?) \d+$", r"\1", text).replace(
                "-T ", "-T"
            )  # page; address over two lines
            found += numbers(" ".join(sweep.left(bare)))
    book.counts.add("report")
    if more := found - sure:
        book.trouble(f"numbers that nobody explains: {sorted(more.elements())}")


def _said(node: Node) -> str:
    """What an element says, words of pictures included; of a chart, the picture that the report has too."""
    if node.tag != "figure":
        return " ".join(node.pieces())
    svg = node.first("div", "chart__narrow").first("svg")
    parts = [node.first("p", "chart__unit").text, node.first("figcaption").text, *(w.text for w in read(svg).words)]
    return " ".join([svg.first("title").text, *parts])


def withheld_marks(book: Notebook) -> Iterator[str]:
    """How much of each table is withheld, and of all of them."""
    newest, words = book.meaning.newest, book.meaning.words
    tallies = [tally(newest, name) for name in newest.tables]
    cells, withheld = (sum(each[n] for each in tallies) for n in (0, 1))
    yield f"{withheld:,} {cells:,} {book.meaning.plan.facts['disclosure']['threshold']}"
    yield from (f"{all_of:,} {some:,} {words.percent(some / max(all_of, 1), 1)}" for all_of, some in tallies)
