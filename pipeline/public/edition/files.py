"""The files of an edition as they lie on the disk: what stands in its folder, read and copied without following a link. I/O.

An edition is what its datapackage.json names and nothing else. A link would publish what it points to, a pipe would be
waited for, and a file that nobody named would be served from the address of the site.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable
from pathlib import Path

FILE, FOLDER, LINK, SPECIAL = "file", "folder", "link", "special"
MOST_BYTES = 1 << 28
"""Bytes of one file of an edition; the largest table of a large institute has a hundredth of that."""


class Unsafe(OSError):
    """A file that is a link, is no file, or is larger than any of an edition."""


def kinds(folder: Path) -> dict[str, str]:
    """Path below a folder → what it is, of everything in it; a link is not followed. Raises OSError."""
    found: dict[str, str] = {}
    waiting = [(folder, "")]
    while waiting:
        place, above = waiting.pop()
        with os.scandir(place) as entries:
            for entry in entries:
                kind = _kind(entry.stat(follow_symlinks=False).st_mode)
                found[above + entry.name] = kind
                if kind == FOLDER:
                    waiting.append((Path(entry.path), f"{above}{entry.name}/"))
    return dict(sorted(found.items()))


def _kind(mode: int) -> str:
    tests = ((stat.S_ISLNK, LINK), (stat.S_ISDIR, FOLDER), (stat.S_ISREG, FILE))
    return next((kind for is_kind, kind in tests if is_kind(mode)), SPECIAL)


def read(path: Path) -> bytes:
    """The bytes of a file. Raises Unsafe where it is a link, no file or too large, and any other OSError."""
    # Without O_NONBLOCK, opening a pipe would wait for somebody to write into it.
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(handle, "rb") as stream:
        told = os.fstat(stream.fileno())
        if not stat.S_ISREG(told.st_mode) or told.st_size > MOST_BYTES:
            raise Unsafe(path.name)
        data = stream.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:  # it grew meanwhile
        raise Unsafe(path.name)
    return data


def digests(folder: Path) -> dict[str, str]:
    """sha256 of every file below a folder, by path, sorted. Raises OSError."""
    files = [name for name, kind in kinds(folder).items() if kind == FILE]
    return {name: hashlib.sha256(read(folder / name)).hexdigest() for name in files}


def copy(folder: Path, names: Iterable[str], target: Path) -> None:
    """Copies the named files, and nothing that a link points to, into a folder that is made. Raises OSError."""
    for name in names:
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(read(folder / name))
