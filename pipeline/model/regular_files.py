"""Reads a file that somebody else put there: only a regular one, only up to a size, and it never waits. I/O.

A pipe would be waited for, a device may never end, and a file of many gigabytes would fill the memory before anybody could
say what is wrong with it.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path


class TooLarge(OSError):
    """A file has more bytes than one of its kind may have."""


class NotRegular(OSError):
    """A folder, a pipe or a device in the place of a file."""


def read(path: Path, most: int, *, links: bool = True) -> bytes:
    """The bytes of a file; through a link only where `links` are followed. Raises TooLarge where there are more than `most`,
    NotRegular, IsADirectoryError or any other OSError."""
    # Without O_NONBLOCK, opening a pipe would wait for somebody to write into it.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | (0 if links else getattr(os, "O_NOFOLLOW", 0))
    handle = os.open(path, flags)
    try:
        told = os.fstat(handle)
        if stat.S_ISDIR(told.st_mode):
            raise IsADirectoryError(path.name)
        if not stat.S_ISREG(told.st_mode):
            raise NotRegular(path.name)
        if told.st_size > most:
            raise TooLarge(path.name)
        with os.fdopen(handle, "rb", closefd=False) as stream:
            data = stream.read(most + 1)
    finally:
        os.close(handle)
    if len(data) > most:  # it grew meanwhile
        raise TooLarge(path.name)
    return data
