"""What a workbook would take to be opened, found before calamine opens it, which then holds all of it in memory.

A text that stands in a workbook once may be that of a million cells, and calamine copies it for each. Reads the parts of an XLSX
or ODS that calamine reads, and the records of an XLS, a piece at a time. `Refused` and `Broken` as `archive` has them.
"""

from __future__ import annotations

import struct
import zipfile
from array import array
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from xlrd.book import unpack_SST_table

from pipeline.confidential.intake.formats import archive as archives
from pipeline.confidential.intake.formats.archive import MEGABYTE, Broken, Refused
from pipeline.confidential.intake.formats.workbook import DAMAGED, bare, old_book, parse, parser, parts, records

MOST_CELLS = 22_020_096
"""Cells of the rectangle that a sheet spans: 21 columns of a sheet that is full. Each takes some 100 bytes in all."""
MOST_TEXT = 256 * MEGABYTE
"""Characters that cells have by pointing to a text that stands in the file once."""
MOST_TEXTS = 8_000_000
"""Different texts of a workbook; each takes some 60 bytes beside its characters."""
MOST_STYLES = 32 * MEGABYTE
"""Bytes, unpacked, of the part that says how cells are shown."""
MOST_OLD = 128 * MEGABYTE
"""Bytes of an XLS."""
SHEETS = 1_000
"""Sheets of an XLS."""


def check(path: Path, format: str) -> None:
    """Whether a workbook may be opened."""
    try:
        if format == "xls":
            _check_old(path)
            return
        with zipfile.ZipFile(path) as archive:
            archives.check(archive)
            if format == "ods":
                told = "META-INF/manifest.xml"
                if told in archive.namelist() and any(b"encryption-data" in p for p in archives.pieces(archive, told)):
                    raise Refused("locked_file")
                _Ods(archive)
            else:
                for kind, member in parts(archive).linked:
                    if kind == "sharedStrings":
                        _Texts(archive, member)
                    elif kind == "styles":
                        for _ in archives.pieces(archive, member, MOST_STYLES):
                            pass
    except DAMAGED as error:
        raise Broken from error


def check_shared(path: Path, sheet: str) -> None:
    """Whether the texts to which the cells of a sheet of an XLSX point are too many in all."""
    try:
        with zipfile.ZipFile(path) as archive:
            book = parts(archive)
            lengths: Sequence[int] = next(
                (_Texts(archive, member).lengths for kind, member in book.linked if kind == "sharedStrings"), []
            )
            _Pointers(archive, book.sheets[sheet], lengths)
    except DAMAGED as error:
        raise Broken from error


class _Texts:
    """The texts of an XLSX that its cells point to: how long each is."""

    def __init__(self, archive: zipfile.ZipFile, member: str) -> None:
        self.lengths: array[int] = array("L")
        self.size = 0
        self.parser = parser()
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.read
        parse(archive, member, self.parser)

    def start(self, name: str, given: Mapping[str, str]) -> None:
        if bare(name) == "si":
            self.size = 0

    def read(self, text: str) -> None:
        self.size += len(text)

    def end(self, name: str) -> None:
        if bare(name) == "si":
            self.lengths.append(self.size)
            if len(self.lengths) > MOST_TEXTS:
                raise Refused("too_many_texts", most=MOST_TEXTS)


class _Pointers:
    """The characters that the cells of a sheet have by pointing to texts."""

    def __init__(self, archive: zipfile.ZipFile, member: str, lengths: Any) -> None:
        self.lengths, self.size = lengths, 0
        self.shared = False
        self.value: list[str] = []
        self.parser = parser()
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        parse(archive, member, self.parser)

    def start(self, name: str, given: Mapping[str, str]) -> None:
        kind = bare(name)
        if kind == "c":
            self.shared = given.get("t") == "s"
        elif kind == "v" and self.shared:
            self.value = []
            self.parser.CharacterDataHandler = self.value.append

    def end(self, name: str) -> None:
        if self.shared and bare(name) == "v":
            self.parser.CharacterDataHandler = None
            self.size += self.lengths[int("".join(self.value))]
            if self.size > MOST_TEXT:
                raise Refused("repeated_texts", most=MOST_TEXT // MEGABYTE)


class _Ods:
    """The cells of an ODS that stand for many, in all its tables, and the characters of their texts."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.size, self.length = 0, 0
        self.rows = self.times = 1
        self.parser = parser()
        self.parser.StartElementHandler = self.start
        parse(archive, "content.xml", self.parser)

    def start(self, name: str, given: Mapping[str, str]) -> None:
        kind = bare(name)
        if kind == "table-row":
            self.rows = _times(given, "number-rows-repeated")
        elif kind == "table-cell":
            self.times = self.rows * _times(given, "number-columns-repeated")
            if self.times > 1:
                self.length = max(map(len, given.values()), default=0)
                self.parser.CharacterDataHandler, self.parser.EndElementHandler = self.read, self.end

    def read(self, text: str) -> None:
        self.length += len(text)

    def end(self, name: str) -> None:
        if bare(name) == "table-cell":
            self.parser.CharacterDataHandler = self.parser.EndElementHandler = None
            self.size += self.length * self.times if self.length > 50 else 0  # a number, or a date, is no long text
            if self.size > MOST_TEXT:
                raise Refused("repeated_texts", most=MOST_TEXT // MEGABYTE)


def _times(given: Mapping[str, str], what: str) -> int:
    return next((int(value) for key, value in given.items() if bare(key) == what), 1)


# XLS -------------------------------------------------------------------------------------------------------------------

_FILEPASS, _CONTINUE, _BOUNDSHEET, _SST, _SHARED = 0x002F, 0x003C, 0x0085, 0x00FC, 0x00FD
_CELLS = (0x0006, 0x00BD, 0x00BE, 0x00D6, _SHARED, 0x0201, 0x0203, 0x0204, 0x0205, 0x027E)
"""Records of cells: each begins with its row and its column."""


def _check_old(path: Path) -> None:
    if path.stat().st_size > MOST_OLD:
        raise Refused("unpacks_too_large", most=MOST_OLD // MEGABYTE)
    try:
        book = old_book(path)
        globals = list(records(book, 0))
        if any(kind == _FILEPASS for kind, _ in globals):
            raise Refused("locked_file")
        starts = [struct.unpack_from("<I", body)[0] for kind, body in globals if kind == _BOUNDSHEET]
        if len(starts) > SHEETS or len(set(starts)) < len(starts):
            raise Broken
        pointers: array[int] = array("L")
        cells = sum(_rectangle(book, start, pointers) for start in starts)
        if cells > MOST_CELLS:
            raise Refused("far_cell")
        if len(pointers) * 32_767 > MOST_TEXT:
            lengths = _old_texts(globals)
            if sum(lengths[each] for each in pointers) > MOST_TEXT:
                raise Refused("repeated_texts", most=MOST_TEXT // MEGABYTE)
    except (Refused, Broken):
        raise
    except Exception as error:  # xlrd raises whatever a damaged file leads to, also AssertionError
        raise Broken from error


def _rectangle(book: memoryview, start: int, pointers: Any) -> int:
    """Cells of the rectangle that a sheet spans. To `pointers` is added to which texts its cells point."""
    first, last, widest, count = 65_536, 0, 0, 0
    for kind, body in records(book, start):
        if kind in _CELLS:
            row, column = struct.unpack_from("<HH", body)
            first, last, widest, count = min(first, row), max(last, row), max(widest, column), count + 1
            if kind == _SHARED:
                pointers.append(struct.unpack_from("<I", body, 6)[0])
    return (last - first + 1) * (widest + 1) if count else 0


def _old_texts(globals: list[tuple[int, memoryview]]) -> list[int]:
    """How long each text is to which cells point; a long table goes on in further records."""
    place = next(n for n, (kind, _) in enumerate(globals) if kind == _SST)
    data = [bytes(globals[place][1])]
    for kind, body in globals[place + 1 :]:
        if kind != _CONTINUE:
            break
        data.append(bytes(body))
    return [len(text) for text in unpack_SST_table(data, struct.unpack_from("<I", data[0], 4)[0])[0]]
