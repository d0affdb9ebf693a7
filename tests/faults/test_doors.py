"""What comes in by other doors than a file: databases that a query would leave, signals within it, folders that go."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline import ROOT
from pipeline.cli.main import main
from pipeline.confidential.intake.database import open_database
from pipeline.confidential.intake.formats.detect import open_file
from pipeline.confidential.intake.formats.table import Unreadable
from pipeline.institute.plan import Origin
from pipeline.model import working_folders
from pipeline.model.findings import EXIT_CODES
from pipeline.public.edition import publication
from tests.conftest import TINY, content
from tests.faults.stopped import WORDS


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A database, and beside it another that is none of its business."""
    for name in ("casa.db", "otra.db"):
        with sqlite3.connect(tmp_path / name) as writer:
            writer.execute("create table visitas (a text)")
            writer.execute("insert into visitas values ('x')")
        writer.close()
    return tmp_path


LEAVES = [
    "attach '{0}/nueva.db' as n",
    "attach '{0}/otra.db' as n",
    "vacuum into '{0}/copia.db'",
    "pragma journal_mode = wal",
    "pragma writable_schema = 1",
    "select * from pragma_database_list",
    "select load_extension('{0}/otra.db')",
    "create temp table t as select 1 a",
    "with t as (select 1 a) insert into visitas select a from t",
    "/* select */ delete from visitas",
    "-- select\ndelete from visitas",
    "select 1 a; attach '{0}/nueva.db' as n",
    "copy visitas to '{0}/copia.csv'",
    "install httpfs",
]


def asked(query: str, house: Path) -> int:
    """How many rows a query of the database gives."""
    table = open_database(Origin(url="sqlite:///casa.db", query=query), house)
    return sum(len(column) for (column,) in table.chunks([0], ()))


@pytest.mark.parametrize("query", LEAVES)
def test_a_query_reads_the_tables_of_its_database_and_does_nothing_else(query: str, house: Path) -> None:
    before = content(house)
    with pytest.raises(Unreadable) as refused:
        asked(query.format(house), house)
    assert refused.value.rule == "bad_query"
    assert content(house) == before


@pytest.mark.parametrize(
    "query",
    [
        "select a from visitas",
        "  -- all\n SELECT upper(a) AS a FROM visitas",
        "/* all */ with t as (select a from visitas) select * from t",
        "values ('x')",
        "with recursive t(a) as (select 1 union all select a + 1 from t where a < 5) select a from t",
    ],
)
def test_a_query_that_only_reads_is_answered(query: str, house: Path) -> None:
    assert asked(query, house) > 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("query", ["select count(*) as visitas from t", "select a as visitas from t where a < 0"])
def test_a_signal_within_a_query_that_never_ends(number: signal.Signals, query: str, house: Path) -> None:
    institute = Path(shutil.copytree(TINY, house / "institute"))
    endless = f"with recursive t(a) as (select 1 union all select a + 1 from t) {query}"
    sources = institute / "sources.yaml"
    written = f'{{url: "sqlite:///casa.db", query: "{endless}"}}'
    sources.write_text(sources.read_text().replace('files: ["visitas*.csv"]', f"files: [{written}]"))
    command = [sys.executable, "-m", "pipeline", "check", "--institute", str(institute), "--raw", str(house)]

    def heeded() -> None:
        signal.signal(number, signal.SIG_DFL)

    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, preexec_fn=heeded) as run:
        assert run.stderr
        assert run.stderr.readline().strip() == WORDS["es"]("steps.ingest")
        time.sleep(1)
        run.send_signal(number)
        said = run.communicate(timeout=60)[1]
    assert run.returncode == 130, said
    assert said.strip() == WORDS["es"]("interrupted", state=WORDS["es"]("untouched"))


def test_records_that_go_while_they_are_published(
    raw: Path, published: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(published / "2025-T4")
    before, seal = content(published), publication.seal

    def gone(*args: object) -> None:
        seal(*args)  # type: ignore[arg-type]
        shutil.rmtree(raw)

    monkeypatch.setattr(publication, "seal", gone)
    order = ["publish", "--institute", str(TINY), "--raw", str(raw), "--published", str(published)]
    assert main(order) == EXIT_CODES["records"]
    assert WORDS["es"]("rules.records_gone") in capsys.readouterr().err
    assert content(published) == before
    assert not raw.exists()


def test_a_file_that_changes_while_it_is_read(
    raw: Path, published: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(published / "2025-T4")

    def opened(path: Path, origin: Origin) -> object:
        table = open_file(path, origin)
        if path.name == "visitas.csv":
            os.utime(path, ns=(1, 1))
        return table

    monkeypatch.setattr("pipeline.confidential.intake.record_reader.open_file", opened)
    before = content(published)
    order = ["publish", "--institute", str(TINY), "--raw", str(raw), "--published", str(published)]
    assert main(order) == EXIT_CODES["records"]
    assert f"visitas.csv: {WORDS['es']('rules.changed_meanwhile')}" in capsys.readouterr().err
    assert content(published) == before


def test_any_verb_removes_what_killed_runs_left_and_nothing_of_those_that_run(temporary: Path, published: Path) -> None:
    left, staged = temporary / "celosia-left", published / f"{publication.STAGING}left"
    for folder in (left, staged):
        folder.mkdir()
    (left / working_folders.RUNNING).touch()
    used = temporary / "celosia-used"
    used.mkdir()
    mark = working_folders.mark(used)
    assert mark is not None
    order = ["audit", "--published", str(published), "--quiet"]
    with publication.lock(published):
        staged.mkdir(exist_ok=True)
        assert main(order) == 0
        assert staged.is_dir()
    assert not left.exists()
    assert main(order) == 0
    assert not staged.exists()
    assert used.is_dir()
    os.close(mark)
    assert main(order) == 0
    assert not used.exists()
