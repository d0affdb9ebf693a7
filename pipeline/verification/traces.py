"""What a file may not hold wherever it stands: traces of a machine, of an office or of a person, also in what is packed within.

In: bytes. Out: the pieces that they are made of, unpacked, and patterns to look for. Pure.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow.parquet as pq

PICTURE = b"\x89PNG\r\n\x1a\n"
"""Begins a PNG."""


def _kinds(**kinds: bytes) -> bytes:
    """For bytes.translate: each byte as the kind that it is of; what is of none as a space."""
    known = {byte: kind for kind, bytes_ in kinds.items() for byte in bytes_}
    return bytes(ord(known.get(byte, " ")) for byte in range(256))


@dataclass(frozen=True)
class Sought:
    """What is looked for in bytes: a pattern, and parts of which one stands in all that it matches, once each byte is put
    for its kind where there are `kinds`. To look for the parts first is many times faster, and finds no less."""

    pattern: re.Pattern[bytes]
    parts: tuple[bytes, ...]
    kinds: bytes | None = None

    def findall(self, data: bytes) -> list[bytes]:
        told = data.translate(self.kinds) if self.kinds else data
        return self.pattern.findall(data) if any(part in told for part in self.parts) else []


_HEX = _kinds(h=b"0123456789abcdefABCDEF")
PRIVATE = Sought(
    re.compile(
        rb"(?<![\w/])privado/|testigos\.parquet|informe\.json|data/raw/|celosia-[a-z0-9_]{8}/|\.staging-|\.making-"
        rb"|(?<![\w.:/-])/(?:home|root|Users|tmp|var/folders|work)/[\w.-]+|[A-Z]:\\\\?Users\\|file://"
    ),
    (
        b"privado/", b"testigos.parquet", b"informe.json", b"data/raw/", b"celosia-", b".staging-", b".making-", b"/home/",
        b"/root/", b"/Users/", b"/tmp/", b"/var/folders/", b"/work/", b"Users\\", b"file://",
    ),
)  # fmt: skip
"""Files of the office, and folders of any machine."""
CURP = Sought(
    re.compile(rb"(?<![A-Z0-9])[A-Z]{4}\d{6}[HMX][A-Z]{5}[A-Z0-9]\d(?![A-Z0-9])"),
    (b"AAAA999999A",),
    _kinds(**{"A": b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", "9": b"0123456789"}),
)
EMAIL = Sought(re.compile(rb"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}"), (b"@",))
KEY = Sought(
    re.compile(
        rb"(?<![0-9A-Za-z/+=.#_-])(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])(?:[0-9a-f]{12}|[0-9a-f]{16}|[0-9a-f]{24}|[0-9a-f]{32}|[0-9a-f]{40})(?![0-9A-Za-z/+=-])"
    ),
    (b"h" * 12,),
    _HEX,
)
"""What keys of persons look like that are made of a sum; a sum of 64 digits is that of a published file."""
UID = re.compile(rb"^UID:\d{4}[\w.-]*@", re.MULTILINE)
"""Begins the name of an event of a calendar: an edition, at the site."""
UUID = Sought(
    re.compile(
        rb"(?<![0-9a-f-])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9a-f-])", re.IGNORECASE
    ),
    (b"h" * 12,),
    _HEX,
)
REMARK = Sought(
    re.compile(rb"<!--(?!\[if)|sourceMappingURL|\bTODO\b|\bFIXME\b"), (b"<!--", b"sourceMappingURL", b"TODO", b"FIXME")
)
_STREAM = re.compile(rb"stream\r?\n")


def pieces(data: bytes) -> Iterator[bytes]:
    """A file and what is packed inside it, all of it as it is unpacked: packed bytes look like anything."""
    if data[:4] == b"PK\x03\x04":
        yield from _of_archive(data)
    elif data[:5] == b"%PDF-":
        streams = list(_streams(data))
        ends = [0, *(end for _, end in streams)]
        yield b"".join(data[end:begin] for end, (begin, _) in zip(ends, streams, strict=False)) + data[ends[-1] :]
        for begin, end in streams:
            stream = data[data.index(b"\n", begin) + 1 : end - len(b"endstream")]
            packed = zlib.decompressobj()
            try:
                yield packed.decompress(stream) + packed.flush()
                yield packed.unused_data
            except zlib.error:
                yield stream
    elif data[:8] == PICTURE:
        yield b"".join(kind + chunk for kind, chunk in chunks(data) if kind != b"IDAT")
    elif data[:4] == b"PAR1":
        yield data[-8 - int.from_bytes(data[-8:-4], "little") :]  # what is told of the columns
        for column in pq.ParquetFile(io.BytesIO(data)).read().columns:
            yield " ".join(str(value) for value in column.unique().to_pylist()).encode()
    else:
        yield data


def _streams(data: bytes) -> Iterator[tuple[int, int]]:
    """Where each stream of a PDF begins and where it ends, with the words that say so."""
    end = 0
    while begun := _STREAM.search(data, end):
        closed = data.find(b"endstream", begun.end())
        if closed < 0:
            return
        end = closed + len(b"endstream")
        yield begun.start(), end


def _of_archive(data: bytes) -> Iterator[bytes]:
    """The parts of an archive, and whatever else is in its file."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        rest, end = [], 0
        for each in sorted(archive.infolist(), key=lambda part: part.header_offset):
            begin = each.header_offset + 30 + sum(struct.unpack("<HH", data[each.header_offset + 26 :][:4]))
            rest.append(data[end:begin])
            end = begin + each.compress_size
            yield from pieces(archive.read(each))
        yield b"".join([*rest, data[end:]])


def chunks(picture: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The chunks of a PNG by kind; what stands behind the last has none."""
    at, kind = len(PICTURE), b""
    while at < len(picture) and kind != b"IEND":
        size, kind = struct.unpack(">I4s", picture[at : at + 8])
        yield kind, picture[at + 8 : at + 8 + size]
        at += 12 + size
    if picture[at:]:
        yield b"", picture[at:]
