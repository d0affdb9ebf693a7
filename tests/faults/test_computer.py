"""What a computer may refuse: room, permission, time. The publication stays whole, and the message says what to do."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline import ROOT
from pipeline.cli.main import main
from pipeline.confidential.intake.ingest import ingest
from pipeline.confidential.intake.records import Records
from pipeline.confidential.private_files import office_copy
from pipeline.confidential.storage import workspace as stores
from pipeline.confidential.storage.workspace import Store
from pipeline.model.findings import EXIT_CODES
from pipeline.public.edition import publication, writer
from pipeline.public.edition.model import Package
from pipeline.workflows import check as checking
from pipeline.workflows import editions
from tests.conftest import TINY, content
from tests.faults.stopped import SECRET, WORDS, stops

SYSTEM = EXIT_CODES["system"]


@pytest.fixture
def first(published: Path) -> Path:
    """A publication of which the next edition is still to come."""
    shutil.rmtree(published / "2025-T4")
    return published


def arguments(raw: Path, published: Path) -> list[str]:
    return ["publish", "--institute", str(TINY), "--raw", str(raw), "--published", str(published), "--quiet"]


@pytest.mark.parametrize(
    ("number", "rule"),
    [
        (errno.EROFS, "not_writable"),
        (errno.EACCES, "not_permitted"),
        (errno.ENOSPC, "disk_full"),
        (errno.EIO, "disk_failing"),
    ],
)
def test_a_folder_of_what_is_published_where_nothing_can_be_made(
    number: int, rule: str, raw: Path, first: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = tempfile.mkdtemp

    def refused(*args: object, **kwargs: object) -> str:
        if kwargs.get("dir") == first:
            raise OSError(number, SECRET, SECRET)
        return str(real(*args, **kwargs))  # type: ignore[call-overload]

    monkeypatch.setattr(tempfile, "mkdtemp", refused)
    stops(raw, first, capsys, "published", rule, code=SYSTEM)


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_that_its_owner_made_read_only(raw: Path, first: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first.chmod(0o500)
    try:
        stops(raw, first, capsys, "published", "not_permitted", code=SYSTEM)
    finally:
        first.chmod(0o700)


def test_a_file_in_the_place_of_the_folder(raw: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "published").write_text("mine")
    stops(raw, tmp_path / "published", capsys, "published", "not_a_folder", code=SYSTEM)
    assert (tmp_path / "published").read_text() == "mine"


def test_a_link_that_leads_to_itself_in_the_place_of_the_folder(
    raw: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "published").symlink_to(tmp_path / "published")
    stops(raw, tmp_path / "published", capsys, "published", "not_a_folder", code=SYSTEM)


@contextmanager
def little_room(size: int) -> Iterator[None]:
    """No file may grow beyond `size` bytes: the system's own refusal, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_disk_that_fills_while_the_edition_is_written(
    raw: Path, first: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = writer.write

    def write(*args: object, **kwargs: object) -> Package:
        with little_room(1000):
            return real(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(writer, "write", write)
    stops(raw, first, capsys, "publish", "disk_full", code=SYSTEM)
    assert [path.name for path in first.iterdir()] == ["2025-T3"]


def test_a_disk_that_fills_while_the_records_are_read(
    raw: Path, first: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def read(*args: object, **kwargs: object) -> dict[str, Records]:
        with little_room(100):
            return ingest(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(checking, "ingest", read)
    stops(raw, first, capsys, "publish", "disk_full", code=SYSTEM)


def test_a_disk_that_fills_and_a_memory_that_ends_within_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    many = "SELECT md5(range::VARCHAR) AS key FROM range(300000)"
    with Store() as store, little_room(1000), pytest.raises(OSError) as full:
        store.parquet("many.parquet", many)
    assert full.value.errno == errno.ENOSPC
    assert not store.folder.exists()
    monkeypatch.setattr(stores, "MEMORY", "64MB")
    asked = "SELECT count(*) FROM (SELECT range AS key FROM range(3000000) GROUP BY key)"
    for limit, error in (("temp_directory = ''", MemoryError), ("max_temp_directory_size = '1MB'", OSError)):
        with Store() as store:
            store.rows(f"SET {limit}; SET threads = 1")
            with pytest.raises(error):
                store.rows(asked)


def test_two_runs_at_once(raw: Path, first: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Editions that were not audited together must not come to stand together."""
    with publication.lock(first):
        stops(raw, first, capsys, "published", "another_run", code=SYSTEM)
    assert main([*arguments(raw, first), "--edition", "2025-T4"]) == 0
    assert [path.name for path in editions.folders(first)] == ["2025-T3", "2025-T4"]


def test_a_run_that_is_killed_and_the_run_after_it(raw: Path, first: Path, editions_of_tiny: Path) -> None:
    """No time to tidy up: the editions are as they were, and the next run removes what the killed one left."""
    before = content(first)
    command = [sys.executable, "-m", "pipeline", *arguments(raw, first), "--edition", "2025-T4"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        deadline = time.monotonic() + 60
        while not list(first.glob(f"{publication.STAGING}*/tables/*")) and run.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.002)
        run.send_signal(signal.SIGKILL)
    assert run.returncode == -signal.SIGKILL
    (left,) = first.glob(f"{publication.STAGING}*")
    assert editions.folders(first) == [first / "2025-T3"]
    assert {path: data for path, data in content(first).items() if not path.startswith(left.name)} == before
    assert main([*arguments(raw, first), "--edition", "2025-T4"]) == 0
    assert content(first) == content(editions_of_tiny)


def test_a_report_that_cannot_be_kept_beside_the_records(
    raw: Path, first: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(raw / "privado", ignore_errors=True)
    (raw / "privado").write_text("mine")
    loud = [argument for argument in arguments(raw, first) if argument != "--quiet"]
    assert main([*loud, "--edition", "2025-T4"]) == 0
    assert "solo lectura" in capsys.readouterr().err
    assert (raw / "privado").read_text() == "mine"


@pytest.fixture
def full() -> Iterator[int]:
    """A file of a disk without room."""
    if not Path("/dev/full").exists():
        pytest.skip("no disk here can be had full")
    disk = os.open("/dev/full", os.O_WRONLY)
    yield disk
    os.close(disk)


def ran(order: list[str], **streams: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pipeline", *order]
    kept: dict[str, object] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
    return subprocess.run(command, cwd=ROOT, text=True, check=False, **kept)  # type: ignore[call-overload, no-any-return]


def test_a_summary_for_which_there_is_no_room(raw: Path, first: Path, editions_of_tiny: Path, full: int) -> None:
    """The edition is published, and the message does not say that nothing changed."""
    done = ran(arguments(raw, first), stdout=full)
    assert done.returncode == SYSTEM
    assert done.stderr == f"{WORDS['es']('unsaid', code=SYSTEM)}\n"
    assert content(first) == content(editions_of_tiny)
    again = ran([*arguments(raw, first), "--lang", "en"], stdout=full)
    assert (again.returncode, again.stderr) == (SYSTEM, f"{WORDS['en']('unsaid', code=SYSTEM)}\n")


def test_a_summary_that_nobody_reads_to_its_end(raw: Path, first: Path, editions_of_tiny: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = ran(arguments(raw, first), stdout=writer)
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, "")
    assert content(first) == content(editions_of_tiny)


def test_progress_and_mistakes_for_which_there_is_no_room(
    raw: Path, first: Path, editions_of_tiny: Path, full: int
) -> None:
    loud = [argument for argument in arguments(raw, first) if argument != "--quiet"]
    done = ran(loud, stderr=full)
    assert done.returncode == 0
    assert "2025-T4" in done.stdout
    assert content(first) == content(editions_of_tiny)
    (raw / "visitas.csv").write_text("")
    assert ran(loud, stderr=full).returncode == EXIT_CODES["records"]
    assert ran(loud, stdout=full, stderr=full).returncode == EXIT_CODES["records"]


def test_a_process_without_anywhere_to_write(raw: Path, first: Path, editions_of_tiny: Path) -> None:
    order = [sys.executable, "-m", "pipeline", *arguments(raw, first)]
    closed = ["sh", "-c", 'exec "$@" >&- 2>&-', "sh", *order]
    assert subprocess.run(closed, cwd=ROOT, check=False).returncode == 0
    assert content(first) == content(editions_of_tiny)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_a_run_that_somebody_ends(number: signal.Signals, raw: Path, first: Path, temporary: Path) -> None:
    """By Ctrl-C, twice at that, or by closing the terminal: no private file stays, and nothing has changed."""
    before = content(first)
    command = [sys.executable, "-m", "pipeline", *arguments(raw, first)]

    def heeded() -> None:  # whatever runs the tests may itself ignore it, and a process inherits that
        signal.signal(number, signal.SIG_DFL)

    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True, preexec_fn=heeded) as run:
        deadline = time.monotonic() + 60
        while not list(temporary.glob("celosia-*/*.parquet")) and run.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.002)
        run.send_signal(number)
        run.send_signal(number)
        said = run.communicate(timeout=60)
    assert run.returncode == 130
    assert said == ("", f"{WORDS['es']('interrupted', state=WORDS['es']('untouched'))}\n")
    assert list(temporary.iterdir()) == []
    assert content(first) == before


def test_a_run_that_somebody_ends_too_late(
    raw: Path,
    first: Path,
    editions_of_tiny: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def ended(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(office_copy, "keep", ended)
    assert main(arguments(raw, first)) == 130
    assert capsys.readouterr().err == f"{WORDS['es']('interrupted', state=WORDS['es']('published'))}\n"
    assert content(first) == content(editions_of_tiny)


def test_what_a_killed_run_left_behind_is_removed_by_the_next_one(
    temporary: Path, raw: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody can tidy up when killed. Folders of running processes, kept ones, unmarked ones and other people's stay."""
    holding = "from pipeline.confidential.storage.workspace import Store; store = Store(); print(store.folder, flush=True); input()"

    def started() -> tuple[subprocess.Popen[str], Path]:
        pipe = subprocess.PIPE
        run = subprocess.Popen([sys.executable, "-c", holding], cwd=ROOT, stdin=pipe, stdout=pipe, text=True)
        assert run.stdout
        folder = Path(run.stdout.readline().strip())
        (folder / "visitas.parquet").write_text(SECRET)
        return run, folder

    (killed, left), (running, used) = started(), started()
    with killed, running:
        killed.kill()
        killed.wait()
        with monkeypatch.context() as somebody:
            somebody.setattr(os, "geteuid", lambda: -1)
            Store().close()
            assert left.is_dir()
        assert main(["check", "--institute", str(TINY), "--raw", str(raw), "--keep"]) == 0
        (kept,) = set(temporary.iterdir()) - {left, used}
        link, other = temporary / "celosia-link", temporary / "celosia-other"
        link.symlink_to(kept)
        other.mkdir()
        assert not left.exists()
        with Store() as store:
            assert set(temporary.iterdir()) == {used, kept, link, other, store.folder}
            with Store():
                assert store.folder.is_dir()  # also beside another one of the same process
        assert (used / "visitas.parquet").is_file()
        assert list(kept.glob("*.parquet"))
        running.communicate("\n")
    assert set(temporary.iterdir()) == {kept, link, other}
