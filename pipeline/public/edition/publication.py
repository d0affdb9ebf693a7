"""How an edition becomes public: staged beside the others, sealed with its audit, swapped in by one rename. I/O.

A crash at any point leaves the earlier editions as they were. An edition, once published, is never rewritten.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pipeline.model import exchange, periods
from pipeline.model.findings import PipelineError, of_the_system, stop
from pipeline.public.edition import safe_files
from pipeline.public.edition.model import (
    AUDIT,
    DESCRIPTOR,
    SUMS,
    Certificate,
)
from pipeline.public.edition.reader import read

STAGING = ".staging-"
"""Begins the name of a folder that is not an edition yet."""
_EDITION = re.compile(r"[0-9A-Za-z]+([.-][0-9A-Za-z]+)*")


def stage(published: Path) -> Path:
    """An empty folder beside the editions, to be swapped in. Raises PipelineError("system") when it cannot be made."""
    try:
        return Path(tempfile.mkdtemp(prefix=STAGING, dir=published))
    except OSError as error:
        raise of_the_system(error, published.name) or error from None


def seal(folder: Path, audit: Certificate) -> None:
    """Adds what the audit found and closes the edition: `audit.json`, then `SHA256SUMS` over everything."""
    safe_files.write_json(folder / AUDIT, audit)
    safe_files.write_sums(folder)


def seal_of(folder: Path) -> str:
    """SHA-256 of the checksums of a sealed edition: another one, where any byte of the edition is."""
    return hashlib.sha256(safe_files.read(folder / SUMS)).hexdigest()


def swap(staging: Path, published: Path, edition: str, *, draft: bool = False) -> Path:
    """Moves a sealed staging folder to `published`/`edition` by one rename and returns that path.

    An edition, once published, is never rewritten: if it exists with other bytes PipelineError("package") is raised
    and both folders stay; with the same bytes it stays untouched and the staging folder goes. A `draft` takes the place of
    the one before it, and one of both is there whenever that is stopped. Both folders must lie on one file system.
    """
    target = published / edition
    if not _EDITION.fullmatch(edition):
        raise stop("package", edition, "bad_edition_name")
    if not (staging / AUDIT).is_file():
        raise stop("package", AUDIT, "not_sealed")
    if read(staging).edition != edition:
        raise stop("package", DESCRIPTOR, "other_edition")
    if target.exists() and not draft:
        if safe_files.digests(target) != safe_files.digests(staging):
            names = [path.name for path in published.iterdir() if path.is_dir() and not path.name.startswith(".")]
            newest = max(names, key=periods.edition_order)
            raise stop("package", edition, "edition_exists", next=periods.following(newest, names))
        shutil.rmtree(staging)
        return target
    published.mkdir(parents=True, exist_ok=True)
    for path in (*sorted(staging.rglob("*")), staging):  # on disk before the rename is, should the power fail
        _flush(path)
    staging.chmod(0o755)  # a temporary folder is its maker's alone, an edition everybody's
    if draft:
        exchange.exchange(staging, target)
    else:
        os.rename(staging, target)
    _flush(published)
    return target


@contextmanager
def lock(published: Path) -> Iterator[None]:
    """Nobody else publishes into the folder meanwhile: editions that were not audited together must not stand together.

    The lock is on the folder itself: it leaves no file and ends with the process, however that ends. What an earlier
    run left half written is removed. Raises PipelineError("system") when another run has it, or there is no making it.
    """
    import fcntl  # not everywhere: who only reads editions needs none

    try:
        published.mkdir(parents=True, exist_ok=True)
        handle = os.open(published, os.O_RDONLY)
    except OSError as error:
        raise of_the_system(error, published.name) or error from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise stop("system", published.name, "another_run") from None
        for left in published.glob(f"{STAGING}*"):
            if left.lstat().st_uid == os.geteuid():
                shutil.rmtree(left, ignore_errors=True)
        yield
    finally:
        os.close(handle)


def sweep(published: Path) -> None:
    """Removes what an earlier run left half written, unless some run is at work or nothing may be changed there."""
    if any(published.glob(f"{STAGING}*")):
        with suppress(PipelineError, OSError, ImportError), lock(published):
            pass


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
