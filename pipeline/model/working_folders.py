"""Folders in which a run works, which its process marks as its own: what one leaves behind that was killed, the next removes. I/O.

The mark is a file that the process holds locked. When the process is gone, however it ended, so is the lock.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

RUNNING = "running"
"""The file that is held locked."""
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


def sweep(parent: Path, prefix: str) -> None:
    """Removes the folders of this user, of names that begin so, whose processes were killed."""
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
            continue  # it is none, or it is kept
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            pass  # its process is running
        finally:
            os.close(handle)
