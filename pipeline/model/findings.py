"""Errors that stop a run. They carry facts, never prose and never the value of a cell; `cli` finds the words.

`Finding` is the value form: stages collect findings and raise them together, so that all mistakes are told at once.
"""

from __future__ import annotations

import errno
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

EXIT_CODES = {"usage": 2, "plan": 10, "records": 11, "disclosure": 12, "package": 13, "text": 14, "system": 15}
"""Class of an error → exit code of the command. Stable: scripts of an office may rely on them."""


def plain(given: object) -> str:
    """A name as a terminal may show it: without the signs that it would obey, such as colours and line breaks."""
    return "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(sign)[0] == "C" else sign for sign in str(given))


MOST_TOLD = 10_000
"""Mistakes that are told of a folder, an edition or a record type."""


@dataclass(frozen=True, order=True)
class Finding:
    """One thing that is wrong: where (`file:key` or file), which rule, and facts that are safe to print."""

    where: str
    rule: str
    facts: tuple[tuple[str, str], ...] = field(default=())

    @classmethod
    def of(cls, where: str, rule: str, **facts: object) -> Finding:
        return cls(plain(where), rule, tuple((key, plain(value)) for key, value in facts.items()))


class PipelineError(Exception):
    """Stops the run. `kind` is a key of EXIT_CODES; `findings` say what, where, and by which rule; `hints` are options that
    help with just these, with facts."""

    def __init__(
        self, kind: str, findings: Iterable[Finding], hints: Mapping[str, Mapping[str, object]] | None = None
    ) -> None:
        self.kind = kind
        self.findings, self.hints = tuple(sorted(set(findings))), hints or {}
        super().__init__(kind, self.findings)

    @property
    def exit_code(self) -> int:
        return EXIT_CODES[self.kind]


class Collector:
    """Base of what reads files and tells every mistake at once, up to `MOST_TOLD`; of more, nobody reads the rest.

    `kind`: the kind of error, a key of EXIT_CODES, with which it stops there.
    """

    kind: str

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def wrong(self, where: str, rule: str, **facts: object) -> None:
        self.note(Finding.of(where, rule, **facts))

    def note(self, finding: Finding) -> None:
        if len(self.findings) >= MOST_TOLD:
            raise PipelineError(self.kind, self.findings)
        self.findings.append(finding)


_SYSTEM = {
    errno.ENOSPC: "disk_full",
    errno.EDQUOT: "disk_full",
    errno.EFBIG: "disk_full",
    errno.EROFS: "not_writable",
    errno.EEXIST: "not_a_folder",
    errno.ENOTDIR: "not_a_folder",
    errno.EACCES: "not_permitted",
    errno.EPERM: "not_permitted",
    errno.EMFILE: "too_many_files",
    errno.ENFILE: "too_many_files",
    errno.EIO: "disk_failing",
    errno.ENAMETOOLONG: "name_too_long",
}


def of_the_system(error: BaseException, where: str) -> PipelineError | None:
    """What the computer refused, if it is something that its keeper can mend; the error's own text is not passed on."""
    if isinstance(error, MemoryError):
        return stop("system", where, "no_memory")
    rule = _SYSTEM.get(error.errno or 0) if isinstance(error, OSError) else None
    return stop("system", where, rule) if rule else None


def stop(kind: str, where: str, rule: str, **facts: object) -> PipelineError:
    """A PipelineError with a single finding; `raise stop("package", "tables/x.csv", "missing_file")`."""
    return PipelineError(kind, [Finding.of(where, rule, **facts)])
