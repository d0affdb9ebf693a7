"""What calamine does not say of a sheet: how far its values reach, and which cells hold something that it reads as empty.

Reads the XML of an XLSX or ODS and the records of an XLS once, from end to end and a piece at a time: memory does not grow
with the sheet. A document type, and with it every entity of somebody's own, is refused. `Broken` where this cannot be done.
"""

from __future__ import annotations

import io
import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path
from typing import Any
from xml.parsers import expat

import xlrd.compdoc

from pipeline.confidential.intake.formats.archive import MOST_UNPACKED, Broken, Refused, pieces

DAMAGED = (
    KeyError,
    ValueError,
    IndexError,
    StopIteration,
    expat.ExpatError,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
)
"""What a damaged workbook leads to."""
MOST_PARTS = 4 << 20
"""Bytes, unpacked, of a part that only says which others there are."""
MOST_MERGED = 100_000
"""Cells of a sheet that span others."""
FAILED, UNCOMPUTED, UNREAD = "failed_formula", "uncomputed_formula", "unread_cell"
"""Rules: a cell with an error such as #N/A; a formula whose result nobody saved; something that is there and not read."""
ERROR = re.compile(r"#(?:[A-ZÁÉÍÓÚÑ]+[A-ZÁÉÍÓÚÑ0-9/_]*[!?]?|¡[^!]+!|¿[^?]+\?)|Err:\d+")
"""How a spreadsheet shows that a formula failed, in English and in Spanish."""


@dataclass
class Look:
    """What was seen of a sheet. `wrong` is rule → rows, as a spreadsheet counts; `last` and `widest` the farthest row and column
    with a value, `cells` how many have one, and `pointers` how many point to a text that stands elsewhere (XLSX only); `merged`
    the rows of cells that span others (ODS only), and `hidden` those that are not shown, as by a filter."""

    last: int = 0
    widest: int = 0
    cells: int = 0
    pointers: int = 0
    spans: int = 0
    wrong: dict[str, set[int]] = field(default_factory=dict)
    merged: set[int] = field(default_factory=set)
    hidden: set[int] = field(default_factory=set)

    def note(self, rule: str, row: int) -> None:
        self.wrong.setdefault(rule, set()).add(row)


def look(path: Path, format: str, sheet: str, place: int, header: int) -> Look:
    """Looks at the sheet of that name, which is at that place of an XLS. Of an ODS, cells above the `header` are not noted."""
    try:
        if format == "xls":
            return _old(path, place)
        with zipfile.ZipFile(path) as archive:
            if format == "ods":
                return _Ods(archive, sheet, header).seen
            book = parts(archive)
            return _Xlsx(archive, book.sheets[sheet], asked=book.asked).seen
    except DAMAGED as error:
        raise Broken from error


# XML -------------------------------------------------------------------------------------------------------------------


def _refused(*_: object) -> None:
    raise Broken  # no workbook needs a document type; some are made to fill the memory


def parser() -> Any:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = _refused
    parser.buffer_text = True
    return parser


def parse(archive: zipfile.ZipFile, member: str, parser: Any, most: int = MOST_UNPACKED) -> None:
    """Parses a member, of which there may be `most` bytes."""
    for piece in pieces(archive, member, most):
        parser.Parse(piece, False)
    parser.Parse(b"", True)


def bare(name: str) -> str:
    """A name without its namespace."""
    return name.rpartition(" ")[2]


def _elements(archive: zipfile.ZipFile, member: str) -> list[tuple[str, dict[str, str]]]:
    """Every element of a small member: name and attributes, both without namespaces."""
    found: list[tuple[str, dict[str, str]]] = []
    reader = parser()
    reader.StartElementHandler = lambda name, given: found.append(
        (bare(name), {bare(key): value for key, value in given.items()})
    )
    parse(archive, member, reader, MOST_PARTS)
    return found


# XLSX ------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Parts:
    """The members of an XLSX. `sheets`: name of a sheet → member; `linked`: (kind, member) of all that the workbook links to;
    `asked`: whether it asks to be calculated when it is opened."""

    sheets: Mapping[str, str]
    linked: Sequence[tuple[str, str]]
    asked: bool


def parts(archive: zipfile.ZipFile) -> Parts:
    """Finds the members of an XLSX."""
    members = {each.replace("\\", "/").casefold(): each for each in archive.namelist()}

    def member(target: str, base: str = "") -> str:
        return members[posixpath.normpath(posixpath.join("/", base, target)).lstrip("/").casefold()]

    def links(of: str) -> list[dict[str, str]]:
        folder, _, file = of.rpartition("/")
        return [given for _, given in _elements(archive, member(f"{folder}/_rels/{file}.rels")) if "Target" in given]

    book = next(each["Target"] for each in links("") if each.get("Type", "").endswith("/officeDocument"))
    book = posixpath.normpath(book).lstrip("/")
    folder, linked, by_id = posixpath.dirname(book), [], {}
    for each in links(book):
        if each.get("TargetMode") != "External":
            with suppress(KeyError):  # a part that is said and not there is missed by whoever needs it
                by_id[each.get("Id", "")] = member(each["Target"], folder)
                linked.append((each.get("Type", "").rpartition("/")[2], by_id[each.get("Id", "")]))
    sheets: dict[str, str] = {}
    asked = False
    for element, given in _elements(archive, member(book)):
        if element == "sheet" and (key := given.get("id", "")) in by_id:
            sheets.setdefault(given.get("name", ""), by_id[key])
        elif element == "calcPr":
            asked = given.get("fullCalcOnLoad", "0").strip() in ("1", "true")
    return Parts(sheets, linked, asked)


class _Xlsx:
    """Looks at one sheet. `asked`: the workbook asks to be calculated when it is opened, as one does in which no program that
    calculates has saved its formulas: what stands there as their result, 0 or nothing, is none."""

    def __init__(self, archive: zipfile.ZipFile, member: str, *, asked: bool) -> None:
        self.seen, self.asked = Look(), asked
        self.row, self.column, self.kind = 0, 0, ""
        self.value: list[str] | None = None
        """What a formula has for a result; None until its element comes."""
        self._names: dict[str, str] = {}
        self._columns: dict[str, int] = {}
        self.parser = parser()
        self.parser.StartElementHandler = self.start
        self.parser.StartCdataSectionHandler = lambda: self.seen.note(UNREAD, self.row)
        parse(archive, member, self.parser)

    def start(self, name: str, given: Mapping[str, str]) -> None:
        local = self._names.get(name) or self._names.setdefault(name, bare(name))
        if local == "c":
            self.kind = given.get("t", "n")
            if place := given.get("r"):
                letters = place.rstrip("0123456789")
                self.column = self._columns.get(letters) or self._columns.setdefault(letters, _number(letters))
                self.row = int(place[len(letters) :])
            else:
                self.column += 1
            if self.kind == "e":
                self.seen.note(FAILED, self.row)
            elif self.kind == "s":
                self.seen.pointers += 1
        elif local in ("v", "is"):
            self.seen.cells += 1
            if self.row > self.seen.last:
                self.seen.last = self.row
            if self.column > self.seen.widest:
                self.seen.widest = self.column
            if self.parser.EndElementHandler and local == "v":
                self.value = []
                self.parser.CharacterDataHandler = self.value.append
        elif local == "f":
            self.value = None
            self.parser.EndElementHandler = self.end
        elif local == "row":
            self.row, self.column = int(given.get("r") or self.row + 1), 0
            if given.get("hidden", "0").strip() in ("1", "true"):
                self.seen.hidden.add(self.row)
        elif local == "mergeCell":
            self.seen.spans += 1
            if self.seen.spans > MOST_MERGED:
                raise Refused("too_many_merged", most=MOST_MERGED)

    def end(self, name: str) -> None:
        """Of cells with a formula only: most have none, and are not asked."""
        if (local := bare(name)) == "v":
            self.parser.CharacterDataHandler = None
        elif local == "c":
            self.parser.EndElementHandler = None
            value = None if self.value is None else "".join(self.value).strip()
            if self.kind != "e" and self._is_uncomputed(value):
                self.seen.note(UNCOMPUTED, self.row)

    def _is_uncomputed(self, value: str | None) -> bool:
        if not value:  # a text may be of no signs; a number, or what has no type, may not
            return value is None or self.asked or self.kind != "str"
        return self.asked and self.kind == "n" and float(value) == 0


def _number(letters: str) -> int:
    """The number of a column by its letters."""
    return reduce(lambda n, letter: 26 * n + ord(letter) - 64, letters.upper(), 0)


# ODS -------------------------------------------------------------------------------------------------------------------


class _Ods:
    """Looks at one table. Only of a cell with a formula, or of no type, is its text read."""

    VALUES = ("value", "date-value", "time-value", "boolean-value", "string-value")

    def __init__(self, archive: zipfile.ZipFile, sheet: str, header: int) -> None:
        self.seen, self.sheet, self.header = Look(), sheet, header
        self.inside = False
        self.row, self.times = 1, 0
        self.cell: dict[str, str] = {}
        self.depth, self.text = 0, ""
        self.parser = parser()
        self.parser.StartElementHandler = self.start
        parse(archive, "content.xml", self.parser)

    def start(self, name: str, given: Mapping[str, str]) -> None:
        local = bare(name)
        if self.parser.EndElementHandler:
            self.depth += 1
            if local == "p" and self.depth == 1:  # what stands in a note or a drawing is not the cell's
                self.parser.CharacterDataHandler = self.read
        elif local == "table":
            self.inside = any(bare(key) == "name" and value == self.sheet for key, value in given.items())
            self.row, self.times = 1, 0
        elif not self.inside:
            return
        elif local == "table-row":
            self.row += self.times
            said = {bare(key): value for key, value in given.items()}
            self.times = int(said.get("number-rows-repeated", "1"))
            if said.get("visibility", "visible") != "visible":
                self.seen.hidden.add(max(self.row, min(self.header + 1, self.row + self.times - 1)))
        elif local == "table-cell":
            self.begin(given)

    def begin(self, given: Mapping[str, str]) -> None:
        # Two namespaces have a `value-type`; that of the newer programs is the one that knows of errors.
        self.cell = {}
        for key, value in given.items():
            space, _, local = key.rpartition(" ")
            self.cell[f"calcext {local}" if "calcext" in space else local] = value
        if any(int(self.cell.get(f"number-{way}-spanned", "1")) > 1 for way in ("rows", "columns")):
            self.seen.merged.add(self.row)
        if self.cell.get("calcext value-type") == "error":
            self.note(FAILED)
        elif "formula" in self.cell or not self._is_valued():
            self.depth, self.text = 0, ""
            self.parser.EndElementHandler = self.end

    def read(self, text: str) -> None:
        self.text += text[:100]

    def end(self, name: str) -> None:
        if self.depth:
            self.depth -= 1
            if not self.depth:
                self.parser.CharacterDataHandler = None
            return
        self.parser.EndElementHandler = None
        shown, formula = self.text.strip(), "formula" in self.cell
        if formula and ERROR.fullmatch(shown):
            self.note(FAILED)
        elif formula and not self._is_valued():
            self.note(UNCOMPUTED)
        elif shown and not self._is_valued():
            self.note(UNREAD)

    def _is_valued(self) -> bool:
        """Whether the cell has a type and what goes with it."""
        kind = self.cell.get("value-type", "void")
        return kind == "string" or (kind != "void" and any(name in self.cell for name in self.VALUES))

    def note(self, rule: str) -> None:
        if self.row + self.times > self.header:  # the first of the rows that are all the same
            self.seen.note(rule, max(self.row, self.header))


# XLS -------------------------------------------------------------------------------------------------------------------

_FORMULA, _EOF, _BOUNDSHEET, _BOOLERR, _ROW, _BOF = 0x0006, 0x000A, 0x0085, 0x0205, 0x0208, 0x0809
_ERROR, _BLANK = 2, 3
"""What a formula says of a result that is no number."""
_HIDDEN = 0x20
"""Flag of a row that is not shown."""
_ON_LOAD = 0x2
"""Flag of a formula that wants to be calculated when the workbook is opened."""


def _old(path: Path, place: int) -> Look:
    """The records of one sheet of an old workbook. A program that only writes saves each formula with an empty text."""
    seen, blank, others = Look(), set[int](), False
    try:
        book = old_book(path)
        sheets = [struct.unpack_from("<I", body)[0] for kind, body in records(book, 0) if kind == _BOUNDSHEET]
        for kind, body in records(book, sheets[place]):
            if kind == _ROW and struct.unpack_from("<H", body, 12)[0] & _HIDDEN:
                seen.hidden.add(struct.unpack_from("<H", body)[0] + 1)
            elif kind == _BOOLERR and body[7]:
                seen.note(FAILED, struct.unpack_from("<H", body)[0] + 1)
            elif kind == _FORMULA:
                (row,), (flags,) = struct.unpack_from("<H", body), struct.unpack_from("<H", body, 14)
                result = body[6] if bytes(body[12:14]) == b"\xff\xff" else None
                if result == _ERROR:
                    seen.note(FAILED, row + 1)
                elif result == _BLANK:
                    blank.add(row + 1)
                elif result is None and flags & _ON_LOAD and struct.unpack_from("<d", body, 6)[0] == 0:
                    seen.note(UNCOMPUTED, row + 1)
                else:
                    others = True
    except Exception as error:  # xlrd raises whatever a damaged file leads to, also AssertionError
        raise Broken from error
    for row in blank if not others else ():
        seen.note(UNCOMPUTED, row)
    return seen


def old_book(path: Path) -> memoryview:
    """The stream of an XLS that holds its sheets. Raises whatever a damaged file leads to."""
    files = xlrd.compdoc.CompDoc(path.read_bytes(), logfile=io.StringIO())
    data, start, size = next(
        found for name in ("Workbook", "Book") if (found := files.locate_named_stream(name))[0] is not None
    )
    return memoryview(data)[start : start + size]


def records(book: memoryview, at: int) -> Iterator[tuple[int, memoryview]]:
    """(kind, content) of the records of a substream; those of a chart within it are passed over."""
    deep = 0
    while at + 4 <= len(book):
        kind, size = struct.unpack_from("<HH", book, at)
        body, at = book[at + 4 : at + 4 + size], at + 4 + size
        deep += (kind == _BOF) - (kind == _EOF)
        if deep == 0:
            return
        if deep == 1:
            yield kind, body
