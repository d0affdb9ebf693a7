"""One file → its form, its header and its rows, chunk by chunk, every cell a string. Reads files; knows no contract.

Formats are told by content, not by name: CSV, JSON Lines (both also gzipped), XLSX, XLS, ODS and Parquet. A cell that
is not text in its file becomes text in one way only, whatever the language of the machine: a date is AAAA-MM-DD, a whole
number has no decimals, yes is `true`. What cannot be read raises `Unreadable`, which carries a rule and no cell.
"""

from __future__ import annotations

import codecs
import csv
import datetime
import gzip
import io
import json
import math
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import IO, Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet
import python_calamine as calamine

from pipeline.confidential.intake.formats import parquet_pages, workbook_size
from pipeline.confidential.intake.formats.archive import Broken, Refused
from pipeline.confidential.intake.formats.workbook import look
from pipeline.confidential.intake.formats.workbook_size import MOST_CELLS
from pipeline.confidential.storage.arrow import strings
from pipeline.institute.plan import Origin

DELIMITERS = (",", ";", "\t", "|")
ENCODINGS = ("utf-8", "cp1252")
"""What a text without a byte order mark may be in, in the order of trying."""
MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
PARQUET, OLE, ZIP, GZIP = b"PAR1", b"\xd0\xcf\x11\xe0", b"PK\x03\x04", b"\x1f\x8b"
"""How Parquet, old workbooks, new ones and other archives, and what gzip made begin."""
PACKED = (b"7z\xbc\xaf\x27\x1c", b"Rar!", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd")
"""How archives begin that are no gzip: 7z, RAR, bzip2, xz, Zstandard."""
TAR = b"ustar"
"""What stands at byte 257 of a tar."""
DATABASES = (b"SQLite format 3\0", b"\0\1\0\0Standard Jet DB", b"\0\1\0\0Standard ACE DB")
"""How files of SQLite and of Access begin."""
DOCUMENT = rb"(?i)<(!doctype|html|head|body|table|\?xml|\?mso)|%PDF-|\{\\rtf"
"""How web pages, their tables that some systems name .xls, and printed pages begin."""
MEGABYTE = 1 << 20
BLOCK = 8 * MEGABYTE
"""Bytes of CSV that are parsed at once; a record that is longer gets a block of its own size."""
LARGEST = 64 * MEGABYTE
"""Bytes of the largest block, and with it of the longest record."""
LONGEST = 8 * MEGABYTE
"""Signs of the longest line; a cell of a spreadsheet has 32,767."""
MOST_COLUMNS = 16_384
"""Columns, as a spreadsheet has them."""
MOST_RATIO, UNPACKED = 250, 1024 * MEGABYTE
"""How many times its size a text may unpack to, once it is larger than the second; records unpack to some ten times theirs."""
MOST_PAGE = 64 * MEGABYTE
"""Bytes, unpacked, of a page of a Parquet, of which one of each column is held; writers make them of one megabyte."""
LINES_OF_HEADER = 10
"""Lines that the name of a column may take."""
MOST_TEXT = 256 * MEGABYTE
"""Characters of the cells that are held at once."""
csv.field_size_limit(LARGEST)  # what reads a header says what is wrong with it, however long it is
FEW_CELLS, SPARSE = 1_000_000, 20
"""How many times the cells that have a value the rectangle of a sheet may be, where it is more than a few."""
CELL = 32_767
"""Characters that a cell of a spreadsheet may have."""
CHUNK = 50_000
"""Rows that are held at once where a format gives them one by one."""
ROWS_NAMED = 10
"""Row numbers that a message lists before it only counts."""


class Unreadable(Exception):
    """A file or table that cannot be read: the rule that it breaks, and facts that are safe to print."""

    def __init__(self, rule: str, **facts: object) -> None:
        super().__init__(rule)
        self.rule, self.facts = rule, facts


@dataclass(frozen=True)
class Form:
    """What a source turned out to be; `encoding` and `delimiter` only where there is one."""

    format: str
    packed: bool = False
    encoding: str = ""
    delimiter: str = ""


@dataclass(frozen=True)
class Table:
    """A source that is ready to be read. `first` is the row number of the first record, as a spreadsheet counts.

    `chunks(columns, coded)` yields the columns at those positions as strings, dictionary-encoded where in `coded`.
    """

    form: Form
    header: tuple[str, ...]
    first: int
    chunks: Callable[[Sequence[int], Collection[int]], Iterator[list[pa.Array]]]


def rows_named(rows: Iterable[int]) -> dict[str, object]:
    """Facts that name rows: the first few and how many there are."""
    ordered = sorted(int(row) for row in rows)
    return {"rows": ", ".join(map(str, ordered[:ROWS_NAMED])), "count": len(ordered)}


def open_file(path: Path, origin: Origin) -> Table:
    """Finds out what a file is and opens it. Raises Unreadable."""
    try:
        if not stat.S_ISREG(mode := path.stat().st_mode) and not stat.S_ISDIR(mode):
            raise Unreadable("special_file")  # a pipe would be waited for, a device never ends
        form = _form(path, origin)
        if form.format in ("xlsx", "xls", "ods"):
            return _workbook(path, form, origin)
        if form.format == "parquet":
            return _parquet(path, form, origin)
        form = Form(form.format, form.packed, _encoding(path, form.packed, origin.encoding))
        return _jsonl(path, form, origin) if form.format == "jsonl" else _csv(path, form, origin)
    except IsADirectoryError:
        raise Unreadable("not_a_file") from None
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise Unreadable("broken_gzip") from None
    except OSError:
        raise Unreadable("unreadable") from None


def text(value: object, decimal: str = "") -> str:
    """A cell that is not text, as text; the same on every machine. `decimal` is the sign that numbers of its source have."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (float, Decimal)):
        return _real(value, decimal)
    if isinstance(value, datetime.datetime):
        midnight = not (value.hour or value.minute or value.second or value.microsecond or value.tzinfo)
        return value.date().isoformat() if midnight else value.isoformat()
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray, memoryview, list, tuple, dict, set)):
        raise Unreadable("nested_value")
    return str(value)


def _real(value: float | Decimal, decimal: str) -> str:
    """A number as text. Where it has three decimals it gets a fourth, so that nobody takes their sign for one of thousands."""
    if value != value:
        return ""
    if -(2**53) < value < 2**53 and value == int(value):
        return str(int(value))
    whole, point, rest = (str(value) if isinstance(value, Decimal) else repr(value)).partition(".")
    return whole + (decimal or point) + (f"{rest}0" if len(rest) == len("123") else rest) if point else whole


def coded(arrays: Iterable[pa.Array], positions: Collection[int]) -> list[pa.Array]:
    """The arrays, dictionary-encoded at `positions`."""
    return [a.dictionary_encode() if n in positions else a for n, a in enumerate(arrays)]


def chunked(
    rows: Iterable[Sequence[str]], columns: Sequence[int], dictionary: Collection[int]
) -> Iterator[list[pa.Array]]:
    """Rows of strings as chunks of columns."""
    for part in _parts(rows):
        arrays = [strings(row[column] for row in part) for column in columns]
        yield coded(arrays, [n for n, column in enumerate(columns) if column in dictionary])


def _parts(rows: Iterable[Sequence[str]]) -> Iterator[list[Sequence[str]]]:
    """Rows in lots of so many, or of so much text."""
    part: list[Sequence[str]] = []
    size = 0
    for row in rows:
        part.append(row)
        size += sum(map(len, row))
        if len(part) == CHUNK or size > MOST_TEXT // 4:
            yield part
            part, size = [], 0
    if part:
        yield part


# what a file is --------------------------------------------------------------------------------------------------------


def _form(path: Path, origin: Origin) -> Form:
    with path.open("rb") as stream:
        head = stream.read(512)
    packed = head.startswith(GZIP)
    if packed:
        with gzip.open(path) as stream:
            head = stream.read(512)
        if head.startswith((PARQUET, OLE, ZIP, GZIP)):
            raise Unreadable("packed_file")
    if head.startswith(PACKED) or head[257:].startswith(TAR):
        raise Unreadable("packed_file")
    if head.startswith(DATABASES):
        raise Unreadable("database_file")
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if origin.format in ("", "jsonl") and re.match(rb"\[\s*\{", start):
        raise Unreadable("json_array")
    if origin.format:
        return Form(origin.format, packed)
    if head.startswith(PARQUET):
        return Form("parquet")
    if head.startswith(OLE):
        return Form("xls")
    if head.startswith(ZIP):
        try:
            with zipfile.ZipFile(path) as archive:
                names = archive.namelist()
        except zipfile.BadZipFile:
            raise Unreadable("binary_file") from None
        if "encrypted-package" in names:
            raise Unreadable("locked_file")  # an ODS under a password, as newer programs write it
        if not any(name.startswith("xl/") or name == "content.xml" for name in names):
            raise Unreadable(
                "binary_file" if any(name.startswith(("word/", "ppt/")) for name in names) else "packed_file"
            )
        return Form("ods" if "content.xml" in names else "xlsx")
    if re.match(DOCUMENT, start):
        raise Unreadable("not_a_table")
    return Form("jsonl" if start.startswith(b"{") else "csv", packed)


def _open(path: Path, packed: bool) -> IO[bytes]:
    return gzip.open(path) if packed else path.open("rb")  # type: ignore[return-value]


def _encoding(path: Path, packed: bool, stated: str) -> str:
    """The encoding of a text, read once from end to end: a file is not half of one and half of another."""
    with _open(path, packed) as stream:
        head = stream.read(4096)
    if stated:
        candidates: tuple[str, ...] = (stated,)
    elif mark := next((name for name in MARKS if head.startswith(name)), None):
        candidates = (MARKS[mark],)
    elif b"\0" in head:
        even, odd = head[::2].count(0), head[1::2].count(0)
        if max(even, odd) * 5 < len(head):  # of Spanish in UTF-16, nearly every other byte is zero
            raise Unreadable("binary_file")
        candidates = ("utf-16-le" if odd > even else "utf-16-be",)
    else:
        candidates = ENCODINGS
    for candidate in candidates:
        if _decodes(path, packed, candidate):
            return candidate
    raise Unreadable("wrong_encoding", encoding=" / ".join(candidates))


def _decodes(path: Path, packed: bool, encoding: str) -> bool:
    decoder, blank = codecs.getincrementaldecoder(encoding)(), True
    size, most = 0, max(UNPACKED, MOST_RATIO * path.stat().st_size) if packed else math.inf
    with _open(path, packed) as stream:
        try:
            while data := stream.read(MEGABYTE):
                if (size := size + len(data)) > most:
                    raise Unreadable("unpacks_too_large", most=UNPACKED // MEGABYTE)
                written = decoder.decode(data)
                if "\0" in written:
                    raise Unreadable("binary_file")
                blank = blank and not written.strip("\ufeff \t\r\n")
            decoder.decode(b"", True)
        except UnicodeError:  # not only of bytes: UTF-16 asks for its mark
            return False
    if blank:
        raise Unreadable("empty_file")
    return True


def _utf8(path: Path, form: Form) -> Iterator[bytes]:
    """The text in UTF-8, piece by piece, without a byte order mark and with one line end after the last record."""
    decoder = None if form.encoding == "utf-8" else codecs.getincrementaldecoder(form.encoding)()
    ends = b""
    with _open(path, form.packed) as stream:
        while piece := stream.read(MEGABYTE):
            if decoder:
                piece = decoder.decode(piece).encode()
            content = (ends + piece).rstrip(b"\r\n")
            ends = (ends + piece)[len(content) :]
            if content:
                yield content
    yield b"\n"


class _Pieces(io.RawIOBase):
    """Pieces of bytes as a stream that can be read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self.pieces, self.left = pieces, memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self.left:
            self.left = memoryview(next(self.pieces, b""))
        size = min(len(buffer), len(self.left))
        buffer[:size], self.left = self.left[:size], self.left[size:]
        return size


def _text_lines(path: Path, form: Form) -> Generator[str, None, None]:
    """The lines of a text, each with its end."""
    with io.TextIOWrapper(io.BufferedReader(_Pieces(_utf8(path, form))), encoding="utf-8") as stream:
        number = 0
        while line := stream.readline(LONGEST + 1):
            number += 1
            if len(line) > LONGEST:
                raise Unreadable("record_too_long", line=number, most=LONGEST // MEGABYTE)
            yield line


# CSV -------------------------------------------------------------------------------------------------------------------


def _csv(path: Path, form: Form, origin: Origin) -> Table:
    start = b""
    for piece in _utf8(path, form):
        start += piece
        if len(start) >= LONGEST or (len(start) >= MEGABYTE and start.count(b"\n") >= origin.header + LINES_OF_HEADER):
            break
    lines = re.split(r"\r\n|\r|\n", start.decode(errors="ignore"), maxsplit=origin.header)
    if origin.header == 1 and len(lines) > 1 and (told := re.fullmatch(r"\"?sep=(.)\"?[,;\t]*", lines[0])):
        # A spreadsheet's own note of the delimiter, in a line above the header.
        origin = replace(origin, header=2, delimiter=origin.delimiter or told[1])
        lines = [lines[0], *re.split(r"\r\n|\r|\n", lines[1], maxsplit=1)]
    if len(start) >= LONGEST and len(lines) <= origin.header:
        raise Unreadable("record_too_long", line=len(lines), most=LONGEST // MEGABYTE)
    first = lines[min(origin.header, len(lines)) - 1]
    delimiter = origin.delimiter or max(DELIMITERS, key=first.count)
    below = "\n".join(lines[origin.header - 1 :])
    try:
        header = next(csv.reader(io.StringIO(below, newline=""), delimiter=delimiter), [])
    except csv.Error:
        raise Unreadable("not_csv") from None
    if len(header) > MOST_COLUMNS:
        raise Unreadable("too_many_columns", count=len(header), most=MOST_COLUMNS)
    form = Form(form.format, form.packed, form.encoding, delimiter)
    if any(re.search(r"[\r\n]", name) for name in header):
        _check_quotes(path, form, origin, len(header))  # before a name is told that could be a record
    names = [f"{number}:{column}" for number, column in enumerate(header)]

    def chunks(columns: Sequence[int], dictionary: Collection[int]) -> Iterator[list[pa.Array]]:
        done, block = 0, BLOCK
        while True:
            seen = 0
            ragged = _Ragged()
            lines = _Lines(_utf8(path, form))

            try:
                for batch in _blocks(
                    _Pieces(iter(lines)), names, columns, dictionary, form, origin, block, ragged.note
                ):
                    seen += batch.num_rows
                    if seen > done:  # rows that a smaller block gave already are not given again
                        yield batch.slice(max(0, batch.num_rows - (seen - done))).columns
                        done = seen
            except pa.ArrowInvalid:
                if block == BLOCK:
                    _check_quotes(path, form, origin, len(header))
                if block >= min(LARGEST, 8 * max(BLOCK, path.stat().st_size)):
                    raise Unreadable("not_csv") from None
                block *= 8
                continue
            # Where each line is a row, no cell has a line break in it; but the last one may have a quote that stays open.
            is_open = _cells(lines.last.decode(errors="replace"), delimiter).open
            if ragged.count or is_open or lines.count != origin.header + seen:
                _check_quotes(path, form, origin, len(header))
            if ragged.count:
                raise Unreadable("ragged_row", **{**rows_named(ragged.first), "count": ragged.count})
            return

    return Table(form, tuple(header), origin.header + 1, chunks)


def _blocks(
    stream: io.RawIOBase,
    names: Sequence[str],
    columns: Sequence[int],
    dictionary: Collection[int],
    form: Form,
    origin: Origin,
    block: int,
    handle: Callable[[pyarrow.csv.InvalidRow], str],
) -> Iterator[pa.RecordBatch]:
    wanted = [names[column] for column in columns]
    kinds = {names[n]: pa.dictionary(pa.int32(), pa.string()) if n in dictionary else pa.string() for n in columns}
    reader = pyarrow.csv.open_csv(
        pa.PythonFile(io.BufferedReader(stream, MEGABYTE), mode="r"),
        read_options=pyarrow.csv.ReadOptions(
            column_names=list(names),
            skip_rows=origin.header - 1,
            skip_rows_after_names=1,
            use_threads=False,  # rows keep their numbers
            block_size=block,
        ),
        parse_options=pyarrow.csv.ParseOptions(
            delimiter=form.delimiter, newlines_in_values=True, invalid_row_handler=handle, ignore_empty_lines=False
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=kinds, include_columns=wanted, strings_can_be_null=False
        ),
    )
    yield from reader


class _Ragged:
    """The rows that have more or fewer cells than the header: the first, and how many there are."""

    def __init__(self) -> None:
        self.first: list[int] = []
        self.count = 0

    def note(self, row: pyarrow.csv.InvalidRow) -> str:
        self.count += 1
        if self.count <= ROWS_NAMED:
            self.first.append(row.number or 0)
        return "skip"


class _Lines:
    """The pieces of a text, whose lines are counted on the way. `last` is the last line."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self.pieces, self.count, self.last = pieces, 0, b""

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.pieces:  # none ends between the two signs of a line end
            if len(self.last) + piece.find(b"\n") > LONGEST or (len(self.last) > LONGEST and b"\n" not in piece):
                raise Unreadable("record_too_long", line=self.count + 1, most=LONGEST // MEGABYTE)
            self.count += piece.count(b"\n") + piece.count(b"\r") - piece.count(b"\r\n")
            if content := piece.rstrip(b"\r\n"):
                start = max(content.rfind(b"\n"), content.rfind(b"\r")) + 1
                self.last = content[start:] if start else self.last + content
            yield piece


def _check_quotes(path: Path, form: Form, origin: Origin, width: int) -> None:
    """Raises Unreadable where a quoted cell swallows rows: one that runs to the end of the file, one in which lines stand that
    are rows by themselves, or one of several lines whose last quote closes nothing, since it opens the next cell.

    A text with line breaks in it is none of these. `width` is the number of columns.
    """
    opened, is_row, inside, spaced = 0, False, False, False
    """The line in which the cell that is open begins, whether that line is a row by itself, and whether a cell is open."""

    def row(cells: _Cells) -> bool:
        # In a sentence, a space follows most delimiters; between the cells of a row there is none, or they all have it.
        return cells.width == width > 1 and (spaced or not cells.spaced)

    with closing(_text_lines(path, form)) as lines:
        for number, line in enumerate(islice(lines, origin.header - 1, None), start=origin.header):
            line = line.rstrip("\n")
            if not inside and number > origin.header and '"' not in line:
                continue
            cells = _cells(line, form.delimiter)
            if number == origin.header:
                spaced = cells.spaced
            if not inside:
                opened, is_row, inside = number, row(cells), cells.open
                continue
            closed = _closing(line, 0)
            if opened == origin.header:
                if number > opened + LINES_OF_HEADER:
                    break
            elif row(cells) and (is_row or not closed):
                break
            if closed:
                rest = line[closed:]
                if rest and not rest.startswith(form.delimiter):
                    break
                if inside := _cells(rest[1:], form.delimiter).open:
                    opened, is_row = number, row(cells)
        else:
            if not inside:
                return
    raise Unreadable("open_quote", line=opened)


class _Cells(NamedTuple):
    """How many cells a line has by itself, whether the quotes of one stay open, and whether one but the first has a space in front."""

    width: int
    open: bool
    spaced: bool


def _closing(line: str, at: int) -> int:
    """The place behind the quote that closes a cell, which is not one of two; 0 where there is none."""
    while (at := line.find('"', at) + 1) and line.startswith('"', at):
        at += 1
    return at


def _cells(line: str, delimiter: str) -> _Cells:
    count, at, spaced = 1, 0, False
    while True:
        if line.startswith('"', at):
            if not (closed := _closing(line, at + 1)):
                return _Cells(count + line.count(delimiter, at), True, spaced or f"{delimiter} " in line[at:])
            at = closed
        if (at := line.find(delimiter, at) + 1) == 0:
            return _Cells(count, False, spaced)
        count, spaced = count + 1, spaced or line.startswith(" ", at)


# JSON Lines ------------------------------------------------------------------------------------------------------------


def _jsonl(path: Path, form: Form, origin: Origin) -> Table:
    known: dict[str, None] = {}
    for record in _objects(path, form):
        known.update(dict.fromkeys(record))
        if len(known) > MOST_COLUMNS:
            raise Unreadable("too_many_columns", count=len(known), most=MOST_COLUMNS)
    header = tuple(known)

    def chunks(columns: Sequence[int], dictionary: Collection[int]) -> Iterator[list[pa.Array]]:
        rows = ([text(record.get(key), origin.decimal) for key in header] for record in _objects(path, form))
        yield from chunked(rows, columns, dictionary)

    return Table(form, header, 1, chunks)


def _objects(path: Path, form: Form) -> Iterator[dict[str, object]]:
    """The objects of a file of JSON Lines; whole numbers stay as they are written, others keep all their digits."""
    with closing(_text_lines(path, form)) as lines:
        for number, line in enumerate(lines, start=1):
            try:
                record = json.loads(line, parse_int=str, parse_float=Decimal, object_pairs_hook=_pairs)
                if re.search(r"\\u[dD]", line):  # halves of signs alone, and not every accent that is written so
                    json.dumps(record, ensure_ascii=False, default=str).encode()
            except RecursionError:
                raise Unreadable("nested_value", **rows_named([number])) from None
            except UnicodeEncodeError:
                raise Unreadable("half_sign", **rows_named([number])) from None
            except ValueError:  # also the decoder's own error and numbers that are none
                raise Unreadable("not_json_line", **rows_named([number])) from None
            if not isinstance(record, dict):
                raise Unreadable("not_json_line", **rows_named([number]))
            if any(isinstance(value, (dict, list)) for value in record.values()):
                raise Unreadable("nested_value", **rows_named([number]))
            yield record


def _pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key twice")
    return found


# Parquet ---------------------------------------------------------------------------------------------------------------


def _parquet(path: Path, form: Form, origin: Origin) -> Table:
    try:
        with path.open("rb") as stream:  # whose name may be no UTF-8
            metadata = pyarrow.parquet.ParquetFile(stream).metadata
        if metadata.num_columns > MOST_COLUMNS:
            raise Unreadable("too_many_columns", count=metadata.num_columns, most=MOST_COLUMNS)
        if parquet_pages.largest(path, metadata) > MOST_PAGE:
            raise Unreadable("unpacks_too_large", most=MOST_PAGE // MEGABYTE)
        # Of a text that many rows have, one copy is held.
        file = pyarrow.parquet.ParquetFile(path.open("rb"), read_dictionary=_shared(metadata))
    except (pa.ArrowInvalid, OSError, ValueError):
        raise Unreadable("not_parquet") from None
    names = tuple(file.schema_arrow.names)
    if any(pa.types.is_nested(kind) or pa.types.is_binary(kind) for kind in map(_plain, file.schema_arrow.types)):
        raise Unreadable("nested_value")

    def chunks(columns: Sequence[int], dictionary: Collection[int]) -> Iterator[list[pa.Array]]:
        wanted = [names[column] for column in columns]
        try:
            for batch in file.iter_batches(CHUNK, columns=wanted):
                found = [batch.column(batch.schema.get_field_index(name)) for name in wanted]
                arrays = [_texts(name, array, origin.decimal) for name, array in zip(wanted, found, strict=True)]
                yield coded(arrays, [n for n, column in enumerate(columns) if column in dictionary])
        except (pa.ArrowInvalid, OSError):
            raise Unreadable("not_parquet") from None

    return Table(form, names, 1, chunks)


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _shared(metadata: pyarrow.parquet.FileMetaData) -> list[str]:
    """The columns of which the file holds each value once."""
    groups = range(min(metadata.num_row_groups, 1))
    columns = [metadata.row_group(group).column(n) for group in groups for n in range(metadata.num_columns)]
    return [each.path_in_schema for each in columns if each.has_dictionary_page and each.physical_type == "BYTE_ARRAY"]


def _texts(name: str, array: pa.Array, decimal: str) -> pa.Array:
    """A column of any plain type as strings; nothing is the empty string."""
    if pa.types.is_dictionary(array.type):
        if pa.types.is_string(array.type.value_type) or pa.types.is_large_string(array.type.value_type):
            lengths = pc.binary_length(array.dictionary)
            if (pc.sum(lengths.take(array.indices)).as_py() or 0) > MOST_TEXT:
                raise Unreadable("repeated_texts", most=MOST_TEXT // MEGABYTE)
        array = array.dictionary_decode()
    if pa.types.is_timestamp(array.type) and array.type.unit == "ns":
        array = array.cast(pa.timestamp("us", array.type.tz), safe=False)
    try:
        array.validate(full=True)
    except pa.ArrowInvalid:
        raise Unreadable("undecodable_text", column=name) from None
    try:
        if pa.types.is_string(array.type) or pa.types.is_large_string(array.type) or pa.types.is_integer(array.type):
            return pc.fill_null(array.cast(pa.string()), "")
        return strings(text(value, decimal) for value in array.to_pylist())
    except OverflowError:
        raise Unreadable("date_out_of_range", column=name) from None


# workbooks -------------------------------------------------------------------------------------------------------------


def _workbook(path: Path, form: Form, origin: Origin) -> Table:
    try:
        workbook_size.check(path, form.format)
        with _book(path) as book:
            names = book.sheet_names
            if not origin.sheet and len(names) != 1:
                raise Unreadable("which_sheet", count=len(names))
            if origin.sheet and origin.sheet not in names:
                raise Unreadable("no_sheet", sheet=origin.sheet)
            name = origin.sheet or names[0]
            seen = look(path, form.format, name, names.index(name), origin.header)
            span = seen.last * max(seen.widest, 26)
            if span > min(MOST_CELLS, max(FEW_CELLS, SPARSE * seen.cells)):
                raise Unreadable("far_cell")
            if seen.pointers * CELL > workbook_size.MOST_TEXT:
                workbook_size.check_shared(path, name)
            if broken := _unread(seen.wrong, origin.header):
                raise broken
            sheet = book.get_sheet_by_name(name)
            rows = sheet.to_python(skip_empty_area=False)
            merged = sheet.merged_cell_ranges or []
    except calamine.PasswordError:
        raise Unreadable("locked_file") from None
    except calamine.CalamineError as error:
        if "Cell limit" in str(error):  # an ODS is measured by calamine itself, which has no other word for that
            raise Unreadable("far_cell") from None
        if form.format == "xls" and _is_locked(path):
            raise Unreadable("locked_file") from None
        raise Unreadable("not_workbook") from None
    except Broken:
        if form.format == "xls" and _is_locked(path):
            raise Unreadable("locked_file") from None
        raise Unreadable("not_workbook") from None
    except Refused as more:
        raise Unreadable(more.rule, **more.facts) from None
    if not any(value != "" for row in rows for value in row):
        raise Unreadable("empty_file")
    # A title may span columns above the header; among the records, a merged cell is a value that its other rows lack.
    within = [start[0] + 1 for start, end in merged if end[0] >= origin.header - 1]
    if within := [*within, *(row for row in seen.merged if row >= origin.header)]:
        raise Unreadable("merged_cells", **rows_named(within))
    header = rows[origin.header - 1] if len(rows) >= origin.header else []
    records = rows[origin.header :]
    while records and all(value == "" for value in records[-1]):
        records.pop()  # rows that were only formatted
    # Columns that were only formatted have neither a name nor a value.
    used = [n for n, title in enumerate(header) if title != "" or any(row[n] != "" for row in records)]

    def texts() -> Iterator[list[str]]:
        for number, row in enumerate(records, start=origin.header + 1):
            if any(value != value for value in row):  # a number that is none, which no spreadsheet writes
                raise Unreadable("unread_cell", **rows_named([number]))
            yield [text(row[n], origin.decimal) for n in used]

    def chunks(columns: Sequence[int], dictionary: Collection[int]) -> Iterator[list[pa.Array]]:
        yield from chunked(texts(), columns, dictionary)

    return Table(form, tuple(text(header[n]) for n in used), origin.header + 1, chunks)


def _unread(wrong: Mapping[str, Collection[int]], header: int) -> Unreadable | None:
    """The first rule that cells among the records break, which would else read as empty or as 0."""
    for rule, rows in sorted(wrong.items()):
        if within := [row for row in rows if row >= header]:
            return Unreadable(rule, **rows_named(within))
    return None


def _book(path: Path) -> calamine.CalamineWorkbook:
    """A workbook, whatever its name says. By its name calamine finds out more about one that cannot be read."""
    try:
        return calamine.CalamineWorkbook.from_path(path)
    except calamine.PasswordError:
        raise
    except (calamine.CalamineError, OSError) as told:  # the latter of a name that is no UTF-8
        try:
            with path.open("rb") as stream:
                return calamine.CalamineWorkbook.from_filelike(stream)
        except calamine.CalamineError as other:
            raise (other if isinstance(told, OSError) else told) from None


def _is_locked(path: Path) -> bool:
    """Whether an XLSX lies within under a password, which calamine tells only of what is named .xlsx."""
    return "EncryptedPackage".encode("utf-16-le") in path.read_bytes()
