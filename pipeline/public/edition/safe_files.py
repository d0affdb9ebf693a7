"""The files of an edition on the disk: listed, read and copied without following a link, and written. I/O.

An edition is what its datapackage.json names and nothing else. A link would publish what it points to, a pipe would be
waited for, and a file that nobody named would be served from the address of the site.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pipeline.model import regular_files
from pipeline.public.edition.model import SIGNATURE, SUMS

FILE, FOLDER, LINK, SPECIAL = "file", "folder", "link", "special"
MOST_BYTES = 1 << 26
"""Bytes of one file of an edition; the largest table of a large institute has a twentieth of that."""
MOST_JSON = 1 << 24
"""The same of one of JSON, of which Python makes a hundred times its size in objects."""
MOST_FILES = 10_000
"""Files and folders of an edition."""


class Unsafe(OSError):
    """A file that is no file or is larger than any of an edition, or a folder of more of them than any edition has."""


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
                if len(found) > MOST_FILES:
                    raise Unsafe(folder.name)
                if kind == FOLDER:
                    waiting.append((Path(entry.path), f"{above}{entry.name}/"))
    return dict(sorted(found.items()))


def _kind(mode: int) -> str:
    tests = ((stat.S_ISLNK, LINK), (stat.S_ISDIR, FOLDER), (stat.S_ISREG, FILE))
    return next((kind for is_kind, kind in tests if is_kind(mode)), SPECIAL)


def most(name: str) -> int:
    """Bytes that a file of that name may have."""
    return MOST_JSON if name.endswith("json") else MOST_BYTES


def read(path: Path) -> bytes:
    """The bytes of a file. Raises Unsafe where it is no file or too large, and any other OSError, also where it is a link."""
    try:
        return regular_files.read(path, most(path.name), links=False)
    except (regular_files.TooLarge, regular_files.NotRegular):
        raise Unsafe(path.name) from None


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


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Writes a JSON file as every edition has it: UTF-8, two spaces of indentation, one line end at the end."""
    path.write_bytes((json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode("utf-8"))


def write_sums(folder: Path) -> None:
    """Writes `SHA256SUMS`: one line for every other file below the folder but its own signature, sorted by path."""
    lines = [f"{digest}  {name}\n" for name, digest in digests(folder).items() if name not in (SUMS, SIGNATURE)]
    (folder / SUMS).write_bytes("".join(lines).encode("utf-8"))
