"""Puts a folder, a built site or a draft, in the place of the one before it. Touches files; links are renamed, never followed.

Whoever is killed meanwhile leaves one of the two whole: where the system can, both change places in one step; elsewhere the
one before is kept under another name until the new one stands, and `recover` puts it back.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
from pathlib import Path

EARLIER = ".before"
"""Ends the hidden name under which a folder is kept while another takes its place."""
_AT_FDCWD, _EXCHANGE = -100, 2
_CANNOT = (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.EPERM)
"""What a kernel, a file system or a container answers that knows no exchange."""


def exchange(new: Path, place: Path) -> None:
    """`new` is at `place` afterwards, and what was there is gone. Both lie on one file system. Raises OSError, and then
    `place` is what it was."""
    earlier = _earlier(place)
    if not os.path.lexists(place):
        os.rename(new, place)
    elif swapped(new, place):
        _remove(new)
    else:
        os.rename(place, earlier)
        try:
            os.rename(new, place)
        except BaseException:
            recover(place)
            raise
        _remove(earlier)


def recover(place: Path) -> None:
    """Puts back what a killed run had moved aside, or removes it where its successor stands. Raises OSError."""
    earlier = _earlier(place)
    if not os.path.lexists(earlier):
        return
    if os.path.lexists(place):
        _remove(earlier)
    else:
        os.rename(earlier, place)


def _earlier(place: Path) -> Path:
    return place.with_name(f".{place.name}{EARLIER}")


def _remove(left: Path) -> None:
    """The next run removes what cannot be removed now: the new one stands already."""
    if left.is_symlink() or left.is_file():
        left.unlink(missing_ok=True)
    else:
        shutil.rmtree(left, ignore_errors=True)


def swapped(one: Path, other: Path) -> bool:
    """Whether two names changed places in one step; False where the system knows no such step. Raises OSError."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None) if os.name == "posix" else None
    if rename is None:
        return False
    if rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in _CANNOT:
        return False
    raise OSError(number, os.strerror(number), str(other))
