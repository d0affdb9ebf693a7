"""Folders in which a run works, which its process marks as its own: what one leaves behind that was killed, the next removes. I/O.

The mark is a file that the process holds locked. When the process is gone, however it ended, so is the lock.
"""

from __future__ import annotations

import os
import shutil
import time
from contextlib import suppress
from pathlib import Path

RUNNING = "running"
"""The file that is held locked."""
TIME_TO_MARK = 3600
"""Seconds after which a folder without a mark is not about to get one."""
PRIVATE = "celosia-"
"""Begins the name of a folder in which records stand while they are worked on."""


def mark(folder: Path) -> int | None:
    """Marks a new folder as one of this process, until the handle is closed; None where the system knows no such locks. The
    file is locked before it has its name, so that nobody can find it unlocked."""
    handle = None
    try:
        import fcntl  # not everywhere

        handle = os.open(folder / "mark", os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        (folder / "mark").rename(folder / RUNNING)
    except (OSError, ImportError):
        (folder / "mark").unlink(missing_ok=True)
    return handle


def remove(folder: Path) -> None:
    """Removes a folder that is marked, the mark last: who is killed on the way leaves one that the next run still knows."""
    with suppress(OSError):
        for path in folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            elif path.name != RUNNING:
                path.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)


def sweep(parent: Path, prefix: str) -> None:
    """Removes the folders of this user, of names that begin so, whose processes were killed, and those that are empty since
    theirs were killed before they had a mark."""
    try:
        import fcntl
    except ImportError:
        return
    for folder in parent.glob(f"{prefix}*"):
        try:
            if folder.lstat().st_uid != os.geteuid():
                continue
            handle = os.open(folder / RUNNING, os.O_RDWR | os.O_NOFOLLOW)
        except OSError:
            _remove_empty(folder)
            continue  # it is none, or it is kept
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            remove(folder)
        except OSError:
            pass  # its process is running
        finally:
            os.close(handle)


def _remove_empty(folder: Path) -> None:
    """Removes a folder in which nothing stands but what would have become its mark, once its process had time to make one."""
    with suppress(OSError):
        if folder.is_symlink() or time.time() - folder.lstat().st_mtime < TIME_TO_MARK:
            return
        if [path.name for path in folder.iterdir()] == ["mark"]:
            (folder / "mark").unlink()
        folder.rmdir()
