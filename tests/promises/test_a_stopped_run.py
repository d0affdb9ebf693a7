"""A run that stops, at whatever step and for whatever reason, leaves the publication as it was and tells no secret."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.cli.main import UNEXPECTED, main
from pipeline.model.findings import EXIT_CODES, stop
from pipeline.workflows import editions
from tests.conftest import TINY, content

pytestmark = pytest.mark.usefixtures("remembering")

SECRET = "AnaPerezGomez 4231"
STEPS = {
    "the door": "pipeline.workflows.check.ingest",
    "validation": "pipeline.workflows.check.validate",
    "counting": "pipeline.workflows.records.count",
    "protection": "pipeline.workflows.candidates.protect",
    "writing": "pipeline.public.edition.writer.write",
    "the audit": "pipeline.public.audit.audit.audit",
    "sealing": "pipeline.public.edition.publication.seal",
    "swapping": "pipeline.public.edition.publication.swap",
    "the last rename": "os.rename",
}


def publish(raw: Path, published: Path, *more: str) -> int:
    return main(["publish", "--institute", str(TINY), "--raw", str(raw), "--published", str(published), *more])


@pytest.fixture
def first_edition(published: Path) -> Path:
    """A publication of which the next edition is still to come."""
    for path in sorted((published / "2025-T4").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    (published / "2025-T4").rmdir()
    return published


def fails(error: Callable[[], BaseException]) -> Callable[..., None]:
    def step(*_: object, **__: object) -> None:
        raise error()

    return step


ERRORS: dict[str, tuple[Callable[[], BaseException], int]] = {
    "a fault of the program": (lambda: RuntimeError(SECRET), UNEXPECTED),
    "a full disk": (lambda: OSError(28, "No space left", SECRET), EXIT_CODES["system"]),
    "memory that does not suffice": (lambda: MemoryError(SECRET), EXIT_CODES["system"]),
    "an interruption": (lambda: KeyboardInterrupt(SECRET), 130),
    "a finding": (lambda: stop("disclosure", "tables.yaml:tipos", "unprotectable"), 12),
}


FIRST, FINDS, LAST = next(iter(STEPS)), ("protection", "writing", "the audit"), ("sealing", "the last rename")
"""Where clean-up differs: nothing is there yet; a finding may still be answered; the edition stands beside its place."""
TELLING = {("a fault of the program", step) for step in STEPS} | {("a finding", step) for step in FINDS}
TELLING |= {(error, step) for error in ERRORS for step in (FIRST, *LAST)}
CASES = [
    pytest.param(error, step, marks=() if (error, step) in TELLING else pytest.mark.slow, id=f"{error}-{step}")
    for error in ERRORS
    for step in STEPS
]
"""Every error at every step; those that take no other way than one that is tried wait for the long run."""


@pytest.mark.parametrize(("error", "step"), CASES)
def test_nothing_of_it_remains_and_no_secret_is_told(
    error: str,
    step: str,
    raw: Path,
    first_edition: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = content(first_edition)
    raised, code = ERRORS[error]
    monkeypatch.setattr(STEPS[step], fails(raised))
    assert publish(raw, first_edition) == code
    monkeypatch.undo()
    shown = capsys.readouterr()
    assert SECRET not in shown.out + shown.err
    assert "4231" not in shown.out + shown.err
    assert "Traceback" not in shown.err
    assert shown.err.strip()
    assert content(first_edition) == before
    assert [path.name for path in first_edition.iterdir()] == ["2025-T3"]


def test_the_same_run_without_the_fault_publishes(
    raw: Path, first_edition: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert publish(raw, first_edition) == 0
    assert [path.name for path in editions.folders(first_edition)] == ["2025-T3", "2025-T4"]


def test_no_key_of_a_woman_and_no_record_is_ever_in_what_is_published_or_told(
    raw: Path, first_edition: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = (raw / "visitas.csv").read_text().splitlines()[1:]
    keys = {line.split(",")[1] for line in lines} | {line.split(",")[0] for line in lines}
    assert publish(raw, first_edition) == 0
    shown = capsys.readouterr()
    told = shown.out + shown.err + "".join(data.decode() for data in content(first_edition).values())
    assert not [key for key in keys if key in told]


def test_a_withheld_value_is_nowhere_in_what_is_told(
    raw: Path, first_edition: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The log tells how many cells each table withholds, never which, nor how many of them are small."""
    assert publish(raw, first_edition, "--lang", "en") == 0
    shown = capsys.readouterr().out
    assert "visitas_por_area" in shown
    for word in ("primary", "complementary", "witness", "primaria", "complementaria"):
        assert word not in shown
    assert not [line for line in shown.splitlines() if "legal" in line or "fisica" in line]
