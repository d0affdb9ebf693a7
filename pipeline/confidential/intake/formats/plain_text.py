"""A file of text, gzipped or not: its encoding, its content in UTF-8 piece by piece, its lines. Reads files.

What is too large once unpacked, too long a line, or in no encoding that is admitted raises `Unreadable`.
"""

from __future__ import annotations

import codecs
import gzip
import io
import math
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import IO, Any

from pipeline.confidential.intake.formats.archive import MEGABYTE
from pipeline.confidential.intake.formats.table import (
    Form,
    Unreadable,
)

ENCODINGS = ("utf-8", "cp1252")
"""What a text without a byte order mark may be in, in the order of trying."""
MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
MOST_RATIO, UNPACKED = 250, 1024 * MEGABYTE
"""How many times its size a text may unpack to, once it is larger than the second; records unpack to some ten times theirs."""
LONGEST = 8 * MEGABYTE
"""Signs of the longest line; a cell of a spreadsheet has 32,767."""


def opened(path: Path, packed: bool) -> IO[bytes]:
    """The bytes of a file, unpacked where gzip packed it."""
    return gzip.open(path) if packed else path.open("rb")  # type: ignore[return-value]


def encoding_of(path: Path, packed: bool, stated: str) -> str:
    """The encoding of a text, read once from end to end: a file is not half of one and half of another."""
    with opened(path, packed) as stream:
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
    with opened(path, packed) as stream:
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


def utf8(path: Path, form: Form) -> Iterator[bytes]:
    """The text in UTF-8, piece by piece, without a byte order mark and with one line end after the last record."""
    decoder = None if form.encoding == "utf-8" else codecs.getincrementaldecoder(form.encoding)()
    ends = b""
    with opened(path, form.packed) as stream:
        while piece := stream.read(MEGABYTE):
            if decoder:
                piece = decoder.decode(piece).encode()
            content = (ends + piece).rstrip(b"\r\n")
            ends = (ends + piece)[len(content) :]
            if content:
                yield content
    yield b"\n"


class Pieces(io.RawIOBase):
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


def text_lines(path: Path, form: Form) -> Generator[str, None, None]:
    """The lines of a text, each with its end."""
    with io.TextIOWrapper(io.BufferedReader(Pieces(utf8(path, form))), encoding="utf-8") as stream:
        number = 0
        while line := stream.readline(LONGEST + 1):
            number += 1
            if len(line) > LONGEST:
                raise Unreadable("record_too_long", line=number, most=LONGEST // MEGABYTE)
            yield line
