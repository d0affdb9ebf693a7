"""Runs that are killed anywhere, on a machine that is full, read-only, of another time or busy with the same: nothing that there
was is lost, nobody else can read what is private, and the next run is right. `make faults` does the same hundreds of times."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline.model import working_folders
from pipeline.model.findings import EXIT_CODES
from tests.conftest import TINY, content
from tests.faults import kills

SYSTEM = EXIT_CODES["system"]
TIMES = int(os.environ.get("FAULTS", "6"))
"""Kills of each verb."""


def test_wherever_publishing_is_ended_nothing_is_lost_and_the_next_run_is_right(raw: Path, published: Path) -> None:
    found = kills.kill(kills.publishing(raw, published), TIMES, seed=1)
    assert found.wrong == []
    assert sum(found.ends.values()) == TIMES


@pytest.mark.slow
def test_wherever_a_draft_is_ended_one_whole_draft_stands_and_nothing_else_changes(
    raw: Path, published: Path, tmp_path: Path
) -> None:
    assert kills.kill(kills.drafting(raw, published, tmp_path / "borradores"), TIMES, seed=1).wrong == []


@pytest.mark.slow
def test_wherever_a_correction_is_ended_the_same_order_publishes_and_notes_it_once(
    raw: Path, published: Path, tmp_path: Path
) -> None:
    assert kills.kill(kills.amending(raw, published, tmp_path / "instituto"), TIMES, seed=1).wrong == []


@pytest.mark.slow
def test_wherever_building_is_ended_one_whole_site_stands_and_the_next_run_is_right(
    published: Path, tmp_path: Path
) -> None:
    found = kills.kill(kills.building(TINY, published, tmp_path / "sitio"), TIMES, seed=1)
    assert found.wrong == []


def test_a_run_that_is_killed_while_it_tidies_up_leaves_what_the_next_one_knows(temporary: Path) -> None:
    """The mark goes last: half a folder without it would be taken for one that somebody keeps."""
    folder = temporary / f"{working_folders.PRIVATE}left"
    (folder / "spill").mkdir(parents=True)
    (folder / "visitas.parquet").write_text("secret")
    mark = working_folders.mark(folder)
    assert mark is not None
    os.close(mark)
    number = 0
    while folder.exists():

        def dies(number: int = number) -> None:
            kills.watch(lambda now: os._exit(1) if now > number else None)
            working_folders.remove(folder)

        child = os.fork()
        if not child:
            try:
                dies()
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        private = folder / "visitas.parquet"
        assert (folder / working_folders.RUNNING).exists() or not private.exists()
        number += 1
    assert number > 3


def test_a_folder_that_never_got_its_mark_is_removed_when_it_is_old(temporary: Path) -> None:
    new, old, kept = (temporary / f"{working_folders.PRIVATE}{name}" for name in ("new", "old", "kept"))
    for folder in (new, old, kept):
        folder.mkdir()
        (folder / "mark").touch()
    (kept / "visitas.parquet").touch()
    for folder in (old, kept):
        os.utime(folder, (0, time.time() - 2 * working_folders.TIME_TO_MARK))
    working_folders.sweep(temporary, working_folders.PRIVATE)
    assert [folder.exists() for folder in (new, old, kept)] == [True, False, True]


@contextmanager
def mounted(folder: Path, *options: str) -> Iterator[Path]:
    """A file system of its own at a folder, where one may be had."""
    folder.mkdir(exist_ok=True)
    if os.geteuid() or subprocess.run(["mount", *options, str(folder)], capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here: that of a full disk, or another, is NOT tested")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def order(raw: Path, published: Path) -> list[str]:
    given = ["publish", "--institute", str(TINY), "--raw", str(raw), "--published", str(published), "--quiet"]
    return [*given, "--edition", "2025-T4"]


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
@pytest.mark.parametrize("where", ["published", "working", "records"])
def test_a_disk_that_is_full(where: str, share: float, raw: Path, published: Path, tmp_path: Path) -> None:
    """Of the room that the run needs there is only a share, in one of the places where it writes."""
    made = content(published / "2025-T4")
    shutil.rmtree(published / "2025-T4")
    first, office = content(published), content(raw / "privado" / "2025-T3")
    shutil.rmtree(raw / "privado" / "2025-T4", ignore_errors=True)
    with mounted(tmp_path / "disk", "-t", "tmpfs", "-o", "size=64m", "tmpfs") as disk:
        place = {"published": published, "working": Path(tempfile.gettempdir()), "records": raw}[where]
        shutil.copytree(place, disk, dirs_exist_ok=True)
        moved = {where: disk}
        tmp = str(moved.get("working", tempfile.gettempdir()))
        folders = moved.get("records", raw), moved.get("published", published)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TMPDIR", tmp)
            patch.setattr(tempfile, "tempdir", tmp)
            room = int(share * 40_000)
            free = os.statvfs(disk)
            with (disk / ".filler").open("wb") as stream:
                stream.write(b"x" * max(0, free.f_bavail * free.f_frsize - room))
            code = kills.forked(order(*folders))
            (disk / ".filler").unlink()
            kept = {name: data for name, data in content(folders[1]).items() if not name.startswith("2025-T4/")}
            assert kept == first
            assert content(folders[0] / "privado" / "2025-T3") == office
            there = (folders[1] / "2025-T4").exists()
            assert code in (0, SYSTEM)
            assert there == (code == 0)
            assert kills.forked(order(*folders)) == 0
            assert content(folders[1] / "2025-T4") == made


@pytest.mark.slow
def test_a_folder_of_what_is_published_that_can_only_be_read(raw: Path, published: Path, tmp_path: Path) -> None:
    shutil.rmtree(published / "2025-T4")
    before = content(published)
    with mounted(tmp_path / "disk", "-t", "tmpfs", "-o", "size=64m", "tmpfs") as disk:
        shutil.copytree(published, disk, dirs_exist_ok=True)
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        assert kills.forked(order(raw, disk)) == SYSTEM
        assert content(disk) == before


@pytest.mark.slow
def test_a_file_system_of_another_kind(raw: Path, published: Path, tmp_path: Path) -> None:
    """ext4 on a file, for records, working folder and editions: the same bytes."""
    made = content(published / "2025-T4")
    shutil.rmtree(published / "2025-T4")
    image = tmp_path / "image"
    with image.open("wb") as stream:
        stream.truncate(64 << 20)
    if shutil.which("mkfs.ext4") is None:
        pytest.skip("no mkfs.ext4")
    subprocess.run(["mkfs.ext4", "-q", "-F", str(image)], check=True)
    with mounted(tmp_path / "disk", "-o", "loop", str(image)) as disk, pytest.MonkeyPatch.context() as patch:
        for name, folder in (("raw", raw), ("published", published)):
            shutil.copytree(folder, disk / name)
        (disk / "tmp").mkdir()
        patch.setenv("TMPDIR", str(disk / "tmp"))
        patch.setattr(tempfile, "tempdir", str(disk / "tmp"))
        assert kills.forked(order(disk / "raw", disk / "published")) == 0
        assert content(disk / "published" / "2025-T4") == made
        assert list((disk / "tmp").iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("years", [-30, 30])
def test_a_clock_that_is_wrong(years: int, raw: Path, published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set back by decades while files are from the future, or the other way about: the same bytes."""
    made = content(published / "2025-T4")
    shutil.rmtree(published / "2025-T4")
    now = time.time
    for path in (*raw.rglob("*"), *published.rglob("*")):
        os.utime(path, (now() - years * 31_536_000,) * 2)
    monkeypatch.setattr(time, "time", lambda: now() + years * 31_536_000)
    assert kills.forked(order(raw, published)) == 0
    assert content(published / "2025-T4") == made


def test_two_at_once(raw: Path, published: Path, tmp_path: Path) -> None:
    """The same edition twice: one publishes it, the other one says that somebody is at it, or finds it there."""
    made = content(published / "2025-T4")
    shutil.rmtree(published / "2025-T4")
    other = os.fork()
    if not other:
        os._exit(kills.forked(order(raw, published)))
    one = kills.forked(order(raw, published))
    codes = {one, os.waitstatus_to_exitcode(os.waitpid(other, 0)[1])}
    assert 0 in codes
    assert codes <= {0, SYSTEM}
    assert content(published / "2025-T4") == made
    assert sorted(path.name for path in published.iterdir()) == ["2025-T3", "2025-T4"]
