"""The log of a run may be sent to whoever helps: it says what was done and what stopped it, and nothing of anybody."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli.console import Teller
from pipeline.cli.errors import MESSAGES
from pipeline.cli.main import UNEXPECTED, main
from pipeline.cli.run_log import COUNTS, FIRST, RunLog
from pipeline.institute.plan import Plan
from pipeline.model.findings import EXIT_CODES, Finding, PipelineError
from pipeline.wording import texts
from pipeline.workflows import sample
from tests.conftest import TINY

SECRET = "AnaPerezGomez"
SYSTEM = EXIT_CODES["system"]
WORDS = texts.load(MESSAGES, ("es", "en"))


@pytest.fixture
def raw(plan: Plan, tmp_path: Path) -> Path:
    """Records of which nothing was published."""
    sample.write(plan, tmp_path / "raw", seed=1, rows=60)
    return tmp_path / "raw"


def lines(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]


def check(raw: Path, log: Path, *more: object) -> int:
    order = ["check", "--institute", TINY, "--raw", raw, "--log-json", log, "--quiet", *more]
    return main([str(each) for each in order])


def test_a_run_says_its_verb_its_steps_and_its_end_and_only_its_owner_reads_it(raw: Path, tmp_path: Path) -> None:
    log = tmp_path / "log.json"
    assert check(raw, log) == 0
    said = lines(log)
    assert [each["sequence"] for each in said] == list(range(len(said)))
    assert [each["event"] for each in said] == ["start", "step", "step", "end"]
    assert said[0]["verb"] == "check"
    assert [each["step"] for each in said[1:-1]] == ["ingest", "validate"]
    assert said[-1]["exit_code"] == 0
    assert all(set(each) == {"celosia_log", "sequence", "seconds", "event", "step"} for each in said[1:-1])
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_a_second_run_goes_on_in_the_same_file_and_closes_it_to_others(raw: Path, tmp_path: Path) -> None:
    log = tmp_path / "log.json"
    assert check(raw, log) == 0
    log.chmod(0o644)
    first = log.read_bytes()
    assert check(raw, log) == 0
    assert log.read_bytes().startswith(first)
    assert [each["event"] for each in lines(log)].count("start") == 2
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_of_records_that_keep_no_contract_the_rules_are_told_and_neither_names_values_nor_counts(
    raw: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines_of = (raw / "visitas.csv").read_text().splitlines()
    lines_of[2] = lines_of[2].replace(lines_of[2].split(",")[1], f"{SECRET} 4231")
    lines_of += [f"VIS9,{SECRET},1999-99,x,y"]
    (raw / "visitas.csv").write_text("\n".join(lines_of) + "\n")
    log = tmp_path / "log.json"
    assert check(raw, log) == EXIT_CODES["records"]
    shown = capsys.readouterr().err
    stopped = next(each for each in lines(log) if each["event"] == "stopped")
    assert stopped["kind"] == "records"
    assert stopped["findings"]
    assert all(set(each) == {"file", "rule"} and each["file"] == "*.csv" for each in stopped["findings"])
    assert "visitas.csv" in shown, "the screen says more"
    for word in (SECRET, "4231", "visitas", str(tmp_path), str(raw)):
        assert word not in log.read_text(encoding="utf-8")


ERRORS: list[tuple[PipelineError, list[dict[str, object]]]] = [
    (
        PipelineError("disclosure", [Finding.of("2025-T4/tables/t.csv", "exposed_x", zona=code) for code in "ab"]),
        [{"file": "2025-T4/tables/t.csv", "rule": "exposed_x"}],
    ),
    (
        PipelineError("plan", [Finding.of(f"tables.yaml:{SECRET}", "bad_code", near=SECRET, row=n) for n in range(3)]),
        [{"file": "tables.yaml", "rule": "bad_code", "count": 3}],
    ),
    (
        PipelineError("package", [Finding.of(f"../{SECRET}", "x"), Finding.of(f"/home/{SECRET}/x", "y")]),
        [{"file": "*", "rule": "x", "count": 1}, {"file": "*", "rule": "y", "count": 1}],
    ),
    (
        PipelineError("records", [Finding.of(f"{SECRET}.XLSX:{SECRET}", "enum", column=SECRET, row=7, count=2)]),
        [{"file": "*.xlsx", "rule": "enum"}],
    ),
    (PipelineError("records", [Finding.of(f"a.{SECRET}", "enum")]), [{"file": "*", "rule": "enum"}]),
    (PipelineError("system", [Finding.of(SECRET, "disk_full")]), [{"file": "*", "rule": "disk_full"}]),
]


@pytest.mark.parametrize(("error", "told"), ERRORS, ids=[str(n) for n in range(len(ERRORS))])
def test_what_stopped_a_run_is_told_without_cells_keys_people_or_folders(
    error: PipelineError,
    told: list[dict[str, object]],
    raw: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pipeline.cli.commands.check.run", raises(lambda: error))
    log = tmp_path / "log.json"
    assert check(raw, log) == error.exit_code
    (stopped,) = (each for each in lines(log) if each["event"] == "stopped")
    assert stopped["findings"] == told
    assert lines(log)[-1]["exit_code"] == error.exit_code
    assert SECRET not in log.read_text(encoding="utf-8")


def raises(error: Callable[[], BaseException]) -> Callable[..., None]:
    def run(*_: object) -> None:
        raise error()

    return run


def test_a_fault_of_the_program_is_told_without_its_text(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.cli.commands.check.run", raises(lambda: ValueError(SECRET)))
    log = tmp_path / "log.json"
    assert check(raw, log) == UNEXPECTED
    (fault,) = (each for each in lines(log) if each["event"] == "unexpected")
    assert fault["kind"] == "ValueError"
    assert SECRET not in log.read_text(encoding="utf-8")


def test_an_interrupted_run_has_its_end_in_the_log(raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.cli.commands.check.run", raises(KeyboardInterrupt))
    log = tmp_path / "log.json"
    assert check(raw, log) == 130
    assert lines(log)[-1]["exit_code"] == 130


@pytest.mark.parametrize("joined", [True, False])
def test_of_options_that_name_people_or_folders_the_value_is_not_told(
    joined: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.cli.commands.publish.run", lambda *_: 0)
    secret = {"--who": SECRET, "--why": SECRET, "--amend": SECRET, "--raw": SECRET, "--draft": SECRET}
    secret |= {"--edition": SECRET, "--date": SECRET, "--institute": SECRET, "--master": SECRET, "--accept": SECRET}
    order = ["publish", "--effort", "best", "--quarantine", "0.05", "--log-json", str(tmp_path / "log.json")]
    for name, value in secret.items():
        order += [f"{name}={value}"] if joined else [name, value]
    assert main(order) == 0
    options = lines(tmp_path / "log.json")[0]["options"]
    assert {name: options[name.removeprefix("--")] for name in secret} == dict.fromkeys(secret, True)
    assert (options["effort"], options["quarantine"]) == ("best", 0.05)
    assert SECRET not in (tmp_path / "log.json").read_text(encoding="utf-8")


def test_counts_of_what_is_small_are_left_out_of_every_step(tmp_path: Path) -> None:
    """Every step that has words, told with a secret number in every blank: only those that are known to be harmless remain."""
    tell = Teller(WORDS["es"], quiet=True)
    tell.log = RunLog.opened(tmp_path / "log.json")
    steps = [key[6:] for key in WORDS["es"].words if key.startswith("steps.")]
    for step in steps:
        for _ in range(2):  # what is told again of a step is not another step
            tell(step, done=4231, of=4232, cells=4231, worlds=4231, rows=4231, where=SECRET, editions=2, tables=3)
    assert tell.log.end(0)
    said = lines(tmp_path / "log.json")[:-1]
    assert [each["step"] for each in said] == steps
    assert "4231" not in json.dumps(said)
    quiet = {"slow", "made_up", "verify", "validate", "ways", "trials", "held", "protect"}
    assert quiet <= set(steps)
    assert not quiet & set(COUNTS)


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("there", ["records", "folder", "no folder", "link", "pipe", "device", "second name"])
def test_nothing_of_anybody_is_written_over_and_a_log_that_cannot_be_opened_stops_before_anything_begins(
    there: str, language: str, raw: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log, rule = tmp_path / "log.json", "log_of_another"
    if there == "records":
        log = raw / "visitas.csv"
    elif there == "folder":
        log.mkdir()
        rule = "log_not_opened"
    elif there == "no folder":
        log, rule = tmp_path / "none" / "log.json", "log_not_opened"
    elif there == "link":
        log.symlink_to(raw / "visitas.csv")
        rule = "log_not_opened"
    elif there == "pipe":
        os.mkfifo(log)
    elif there == "device":
        log = Path("/dev/full")
    else:
        os.link(raw / "visitas.csv", log)
    before = (raw / "visitas.csv").read_bytes()
    assert check(raw, log, "--lang", language) == SYSTEM
    shown = capsys.readouterr()
    assert WORDS[language](f"rules.{rule}") in shown.err
    assert shown.out == ""
    assert (raw / "visitas.csv").read_bytes() == before


def test_a_log_that_cannot_be_written_to_its_end_stops_nothing_and_is_told(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real, written = os.write, list[int]()

    def full(handle: int, data: bytes) -> int:
        if not data.startswith(FIRST):
            return real(handle, data)
        written.append(handle)
        if len(written) > 1:
            raise OSError(28, SECRET)
        return real(handle, data)

    monkeypatch.setattr(os, "write", full)
    log = tmp_path / "log.json"
    assert check(raw, log) == 0
    assert len(written) == 2
    assert [each["event"] for each in lines(log)] == ["start"]
    shown = capsys.readouterr()
    assert shown.err == f"{WORDS['es']('unlogged')}\n"
    assert "sin errores" in shown.out


def test_every_verb_has_the_log_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    verbs = sorted(path.stem for path in (Path(main.__code__.co_filename).parent / "commands").glob("[a-z]*.py"))
    told = []
    for verb in verbs:
        with pytest.raises(SystemExit) as ended:
            main([verb, "--help"])
        if ended.value.code == 0:  # the others are no verbs
            told.append("--log-json" in capsys.readouterr().out)
    assert len(told) == 10
    assert all(told)
