"""What a run did, as JSON lines (`--log-json`): written for machines, and such that it may be sent to whoever helps.

One object a line, `{"celosia_log": 1, "sequence": n, "seconds": s, "event": …}`: `start` (verb, version, options), each `step`,
and `end` (exit code; what stopped the run). Nothing of a record, of a small figure, of a person or of the machine is in it: of
an option only its name, unless its value is one of a few words or numbers; of a file of records only its ending, for offices
name files after people; of what would expose somebody neither the cell nor how many there are. The file is its owner's alone.
"""

from __future__ import annotations

import argparse
import errno
import json
import os
import re
import stat
import time
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from pipeline.model.findings import Finding, PipelineError, of_the_system, stop

FIRST = b'{"celosia_log"'
"""Begins a log. A file that does not begin so is somebody's, and nothing is added to it."""
CHOSEN = ("lang", "effort", "engine", "languages")
TOLD = (*CHOSEN, "edition", "date", "first_month", "quarantine", "seed", "rows", "threshold", "most")
"""Options whose values are told. Of all others, such as `--who`, `--why`, `--amend` and every folder, the name alone."""
COUNTS = {
    "infer": ("files",),
    "count": ("tables",),
    "audit": ("editions",),
    "read": ("editions",),
    "mkdocs": ("of",),
    "stage": ("of",),
    "charts": ("of",),
    "derive": ("of",),
}
"""Step → counts that are told. Not how many records there are, for with what is published that tells how many wait; not how
many cells are small or small figures safe."""
_VALUE = re.compile(r"[0-9][0-9A-Za-z.-]{0,15}")
"""An edition, a date, a month: whatever else somebody wrote there may be anything."""
_PLACE = re.compile(r"-{0,2}[0-9A-Za-z][0-9A-Za-z_.-]*(/[0-9A-Za-z_-][0-9A-Za-z_.-]*){0,4}")
"""A file as one of an institute or of an edition is called."""
COUNTED = ("plan", "package", "text")
"""Kinds of errors of which it is told how many there are: none of records, none of cells."""


class RunLog:
    """A log that is being written. `lost`: whether something of it could not be."""

    def __init__(self, handle: int) -> None:
        self.lost = False
        self._handle, self._begun, self._written = handle, time.monotonic(), 0

    @classmethod
    def opened(cls, path: Path) -> RunLog:
        """A new file for its owner alone, or an earlier log that goes on. Raises PipelineError("system")."""
        try:
            flags = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | flags, 0o600)
        except OSError as error:
            if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.ENAMETOOLONG):
                raise of_the_system(error, path.name) or error from None
            raise stop("system", path.name, "log_not_opened") from None
        try:
            told = os.fstat(handle)
            ours = stat.S_ISREG(told.st_mode) and told.st_nlink == 1
            if not ours or (told.st_size and os.pread(handle, len(FIRST), 0) != FIRST):
                raise stop("system", path.name, "log_of_another")
            os.fchmod(handle, 0o600)
        except OSError as error:
            os.close(handle)
            raise of_the_system(error, path.name) or stop("system", path.name, "log_not_opened") from None
        except BaseException:
            os.close(handle)
            raise
        return cls(handle)

    def start(self, options: argparse.Namespace, given: Sequence[str]) -> None:
        """The order: its verb, and the options that were given."""
        names = {each.partition("=")[0].removeprefix("--") for each in given if each.startswith("--")}
        asked = {
            name: _told(name, value)
            for name, value in sorted(vars(options).items())
            if any(name.replace("_", "-").startswith(each) for each in names)  # an option may be cut short
        }
        self._write("start", verb=options.verb, version=_version(), options=asked)

    def step(self, step: str, facts: Mapping[str, object]) -> None:
        self._write("step", step=step, **{name: facts[name] for name in COUNTS.get(step, ()) if name in facts})

    def stopped(self, error: PipelineError) -> None:
        """What was wrong, by rule and file."""
        counted = error.kind in COUNTED
        found: dict[tuple[str, str], int] = {}
        for finding in error.findings:
            key = _file(finding, error.kind), finding.rule
            found[key] = found.get(key, 0) + 1
        findings = [
            {"file": file, "rule": rule, **({"count": count} if counted else {})}
            for (file, rule), count in found.items()
        ]
        self._write("stopped", kind=error.kind, findings=findings)

    def unexpected(self, kind: str, where: str) -> None:
        """A fault of the program: the kind of the exception and its place in the code."""
        self._write("unexpected", kind=kind, where=where)

    def end(self, code: int) -> bool:
        """The exit code; closes the file. Returns whether all of the log is written."""
        self._write("end", exit_code=code)
        try:
            os.close(self._handle)
        except OSError:
            self.lost = True
        return not self.lost

    def _write(self, event: str, **facts: object) -> None:
        if self.lost:
            return
        seconds = round(time.monotonic() - self._begun, 3)
        line = {"celosia_log": 1, "sequence": self._written, "seconds": seconds, "event": event, **facts}
        data = json.dumps(line, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
        try:
            self.lost = os.write(self._handle, data) < len(data)
        except OSError:
            self.lost = True
        self._written += 1


def _version() -> str:
    from importlib.metadata import (
        PackageNotFoundError,
        version,
    )  # a tenth of the start of the program, for who keeps a log

    try:
        return version("celosia")
    except PackageNotFoundError:  # run from a folder of its sources
        return ""


def _told(name: str, value: object) -> object:
    """The value of an option where it may be told; else only that it was given."""
    if name not in TOLD or (isinstance(value, str) and name not in CHOSEN and not _VALUE.fullmatch(value)):
        return True
    return value


def _file(finding: Finding, kind: str) -> str:
    """Where something is wrong: a file of the institute's folder or of an edition, which are for everybody; of the records
    only what kind of file it is, and of the machine nothing."""
    file = finding.where.partition(":")[0]
    if kind == "records":
        suffix = PurePosixPath(file).suffix.lower()
        return f"*{suffix}" if re.fullmatch(r"\.[a-z]{2,7}", suffix) else "*"
    return file if kind != "system" and _PLACE.fullmatch(file) else "*"
