"""Errors that stop a run. They carry facts, never prose and never the value of a cell; `cli` finds the words.

`Finding` is the value form: stages collect findings and raise them together, so that all mistakes are told at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

EXIT_CODES = {"usage": 2, "plan": 10, "records": 11, "disclosure": 12, "package": 13, "text": 14}
"""Class of an error → exit code of the command. Stable: scripts of an office may rely on them."""


@dataclass(frozen=True, order=True)
class Finding:
    """One thing that is wrong: where (`file:key` or file), which rule, and facts that are safe to print."""

    where: str
    rule: str
    facts: tuple[tuple[str, str], ...] = field(default=())

    @classmethod
    def of(cls, where: str, rule: str, **facts: object) -> Finding:
        return cls(where, rule, tuple((key, str(value)) for key, value in facts.items()))


class Collector:
    """Base of what reads files and tells every mistake at once."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def wrong(self, where: str, rule: str, **facts: object) -> None:
        self.findings.append(Finding.of(where, rule, **facts))


class PipelineError(Exception):
    """Stops the run. `kind` is a key of EXIT_CODES; `findings` say what, where, and by which rule."""

    def __init__(self, kind: str, findings: Iterable[Finding]) -> None:
        self.kind = kind
        self.findings = tuple(sorted(set(findings)))
        super().__init__(kind, self.findings)

    @property
    def exit_code(self) -> int:
        return EXIT_CODES[self.kind]


def stop(kind: str, where: str, rule: str, **facts: object) -> PipelineError:
    """A PipelineError with a single finding; `raise stop("package", "tables/x.csv", "missing_file")`."""
    return PipelineError(kind, [Finding.of(where, rule, **facts)])
