"""How large the pages of a Parquet unpack, as their headers say. A page of some kilobytes may unpack to two gigabytes, and
whoever reads the file makes room for what its header says before looking at it.

Reads the headers only (Thrift, compact protocol; PageHeader of parquet.thrift). Raises ValueError where they are damaged.
"""

from __future__ import annotations

from pathlib import Path
from typing import IO

import pyarrow.parquet

LONGEST_HEADER = 1 << 16
"""Bytes that a header may take: it holds a few numbers, and the least and the greatest value of its page."""
_DEEPEST = 10


def largest(path: Path, metadata: pyarrow.parquet.FileMetaData) -> int:
    """Bytes of the largest page, unpacked."""
    found = 0
    with path.open("rb") as stream:
        for group in range(metadata.num_row_groups):
            for column in range(metadata.num_columns):
                told = metadata.row_group(group).column(column)
                starts = [told.data_page_offset, told.dictionary_page_offset if told.has_dictionary_page else None]
                start = min(place for place in starts if place)
                found = max(found, _largest(stream, start, start + told.total_compressed_size))
    return found


def _largest(stream: IO[bytes], at: int, end: int) -> int:
    found = 0
    while at < end:
        stream.seek(at)
        header = _Header(stream.read(min(LONGEST_HEADER, end - at)))
        numbers = header.numbers()
        unpacked, packed = numbers.get(2, -1), numbers.get(3, -1)
        if unpacked < 0 or packed < 0:
            raise ValueError("a page without a size")
        found, at = max(found, unpacked), at + header.at + packed
    return found


class _Header:
    """The bytes of a header, read from the front."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def numbers(self) -> dict[int, int]:
        """Number of a field → its value, of those that are whole numbers; the others are passed over."""
        found: dict[int, int] = {}
        field = 0
        while kind := self._byte():
            field = field + (kind >> 4) if kind >> 4 else self._signed()
            if kind & 15 in (4, 5, 6):  # whole numbers of 16, 32 and 64 bits
                found[field] = self._signed()
            else:
                self._skip(kind & 15, 0)
        return found

    def _skip(self, kind: int, depth: int) -> None:
        if depth > _DEEPEST:
            raise ValueError("a header within headers")
        if kind in (1, 2):  # truth values stand in the kind itself
            return
        if kind == 3:
            self._pass(1)
        elif kind in (4, 5, 6):
            self._unsigned()
        elif kind == 7:
            self._pass(8)
        elif kind == 8:
            self._pass(self._unsigned())
        elif kind in (9, 10):  # lists and sets
            told = self._byte()
            size = told >> 4 if told >> 4 < 15 else self._unsigned()
            for _ in range(size):
                self._pass(1) if told & 15 in (1, 2) else self._skip(told & 15, depth + 1)
        elif kind == 12:
            while inner := self._byte():
                if not inner >> 4:
                    self._signed()
                self._skip(inner & 15, depth + 1)
        else:
            raise ValueError("a kind that no header has")

    def _pass(self, size: int) -> None:
        self.at += size
        if self.at > len(self.data):
            raise ValueError("a header that goes on behind its page")

    def _byte(self) -> int:
        self._pass(1)
        return self.data[self.at - 1]

    def _unsigned(self) -> int:
        value = shift = 0
        while True:
            part = self._byte()
            value |= (part & 127) << shift
            if part < 128:
                return value
            shift += 7
            if shift > 63:
                raise ValueError("a number of too many bytes")

    def _signed(self) -> int:
        value = self._unsigned()
        return (value >> 1) ^ -(value & 1)
