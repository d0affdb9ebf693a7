"""The members of a ZIP archive, unpacked a piece at a time and within bounds: a few hundred kilobytes may hold gigabytes.

What an archive says of the size of a member is not believed: it is unpacked to its end, as another program would that does not
ask. Reads files. Raises `Broken`, or `Refused` with the rule that is broken and facts that are safe to print.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from copy import copy

MEGABYTE = 1 << 20
MOST_MEMBERS = 10_000
"""Members of an archive; a workbook has some dozens, and one per picture."""
MOST_UNPACKED = 1024 * MEGABYTE
"""Bytes of one member, unpacked; a sheet of a million rows has half of that."""
MOST_RATIO, SMALL = 250, 64 * MEGABYTE
"""How many times its size a member may unpack to, unless it is small then: sheets unpack to some twenty times theirs."""


class Broken(Exception):
    """The file is not built as workbooks of its kind are."""


class Refused(Exception):
    """A workbook that is not opened: the rule that it breaks, and facts that are safe to print."""

    def __init__(self, rule: str, **facts: object) -> None:
        super().__init__(rule)
        self.rule, self.facts = rule, facts


def check(archive: zipfile.ZipFile) -> None:
    """Whether the members are few, and none is there twice."""
    names = archive.namelist()
    if len(names) > MOST_MEMBERS:
        raise Refused("too_many_members", count=len(names), most=MOST_MEMBERS)
    if len({name.replace("\\", "/").casefold() for name in names}) < len(names):
        raise Broken  # which of two is read, each program decides for itself


def pieces(archive: zipfile.ZipFile, member: str, most: int = MOST_UNPACKED) -> Iterator[bytes]:
    """The bytes of a member, of which there may be `most`."""
    told = archive.getinfo(member)
    most = min(most, max(SMALL, MOST_RATIO * told.compress_size))
    read = copy(told)
    read.file_size = most + 2 * MEGABYTE  # else no more would be read than the archive says
    size = 0
    with archive.open(read) as stream:
        while piece := stream.read(MEGABYTE):
            size += len(piece)
            if size > most:
                raise Refused("unpacks_too_large", most=most // MEGABYTE)
            yield piece
    if size != told.file_size:
        raise Broken
