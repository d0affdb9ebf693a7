"""The files and tables that records come from: which there are, how each is opened, and what lies there unread. I/O."""

from __future__ import annotations

import filecmp
import glob
import os
import re
import sys
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path, PurePath

from pipeline.confidential.intake.formats.table import Table, Unreadable
from pipeline.institute.plan import Origin, Plan

PRIVATE = "privado"
"""Folder beside the records where earlier runs left their reports; never read as records."""
HIDDEN = (".", "~$")
"""How names begin of files that systems hide and of those with which a spreadsheet says that it has another one open."""
OF_THE_SYSTEM = ("Thumbs.db", "desktop.ini")
"""What Windows leaves in a folder."""
EXPECTED = ".expected.yaml"
"""How the name of a file with the control totals of another goes on after that one's."""


@dataclass(frozen=True)
class Opening:
    """A file or table that is to be read: its name, how it is described, how it is opened, and where it is, if a file. `file` is
    the name of the file alone, where that of a sheet may go with it; "" of a table."""

    name: str
    origin: Origin
    open: Callable[[], Table]
    path: Path | None = None
    file: str = ""

    def is_copy_of(self, other: Opening) -> bool:
        """Whether two files that are read in the same way are the same byte for byte."""
        if self.path is None or other.path is None or self._form != other._form:
            return False
        return self.path.stat().st_size == other.path.stat().st_size and filecmp.cmp(self.path, other.path, False)

    def signature(self) -> tuple[int, ...]:
        """Facts that differ once somebody writes the file or puts another in its place. Raises Unreadable where it is gone."""
        if self.path is None:
            return ()
        try:
            found = self.path.stat()
        except OSError:
            raise Unreadable("unreadable") from None
        return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns

    @property
    def _form(self) -> Origin:
        return replace(self.origin, pattern="")


def unread(plan: Plan, raw: Path, read: Collection[str]) -> list[str]:
    """Files below the folder of records that are not among those `read`, nor a database that sources.yaml names."""
    urls = [origin.url for source in plan.sources.values() for origin in source.origins]
    found = (path for path in raw.rglob("*") if path.is_file() and is_visible(path.relative_to(raw)))
    asked = {PurePath(lookup.file).as_posix() for source in plan.sources.values() for lookup in source.lookup.values()}
    named = {name_of(path, raw) for path in found if not any(_database(path) in url for url in urls)}
    return sorted(named - {*read, *asked})


def _database(path: Path) -> str:
    """The name of the database that a file belongs to, where its name says that it lies beside one; else its own."""
    return re.sub(r"(-wal|-shm|-journal|\.wal)$", "", path.name)


def name_of(path: Path, raw: Path) -> str:
    """A file by its name below the folder of records; what is no UTF-8 in it is replaced."""
    return os.fsencode(path.relative_to(raw).as_posix()).decode(errors="replace")


def is_visible(path: PurePath) -> bool:
    """Whether records may be in a file: the system's own, hidden and private ones and control totals hold none."""
    name = path.name
    kept = not name.startswith(HIDDEN) and not name.endswith(EXPECTED) and name not in OF_THE_SYSTEM
    return kept and PRIVATE not in path.parts


def opened(opening: Opening) -> Table:
    """Opens a file, or asks a database, in a thread that need not be waited for."""
    reader = ThreadPoolExecutor(1)
    try:
        return reader.submit(opening.open).result()
    finally:
        reader.shutdown(wait=not isinstance(sys.exception(), KeyboardInterrupt))


def files_of(pattern: str, raw: Path) -> list[Path]:
    """Files below the folder of records; `folder/` means every file in it. Links to folders are followed."""
    names = glob.glob(f"{pattern}*" if pattern.endswith("/") else pattern, root_dir=raw, recursive=True)
    return sorted({raw / name for name in names if is_visible(PurePath(name))})


def closed_folders(pattern: str, raw: Path) -> list[Path]:
    """Folders that a pattern leads into and that cannot be looked into: what is in them would be lost in silence."""
    folders = PurePath(f"{pattern}*").parts[:-1]
    start = list(takewhile(lambda name: not glob.has_magic(name), folders))
    errors: list[OSError] = []
    for here, names, _ in os.walk(raw.joinpath(*start), onerror=errors.append, followlinks=True):
        deep = "**" in folders or len(Path(here).relative_to(raw).parts) < len(folders)
        names[:] = [name for name in names if deep and is_visible(PurePath(name))]
    absent = (FileNotFoundError, NotADirectoryError)
    return [Path(error.filename) for error in errors if not isinstance(error, absent)]
