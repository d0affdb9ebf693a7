"""A new site, or a new draft, takes the place of the one before: whoever is stopped on the way leaves one of the two whole, and
says which."""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from pipeline import ROOT, flow
from pipeline.cli.console import STATES
from pipeline.cli.main import main
from pipeline.confidential.private_files import office_copy
from pipeline.confidential.storage.workspace import Store
from pipeline.institute.plan import Plan
from pipeline.model import exchange
from pipeline.model.findings import EXIT_CODES
from pipeline.public.edition import publication
from pipeline.public.site import build
from pipeline.public.site.stage import Progress
from tests.conftest import TINY, content
from tests.editions import certificate, table, written
from tests.faults.stopped import WORDS

OLD = {"index.html": b"old", "en/index.html": b"old"}
NEW = {"index.html": b"new", "datos/tabla.csv": b"new"}


def lay(folder: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def at_call(number: int, happens: Callable[[], None]) -> None:
    """Something happens in this process before the given call of the file system from now on, once; the process has to end soon."""
    left = [number]

    def watched(event: str, _: object) -> None:
        if event.startswith(("os.", "shutil.", "ctypes.", "open")) and event not in ("os.kill", "os.fork"):
            left[0] -= 1
            if left[0] == -1:
                happens()

    sys.addaudithook(watched)


def killed_at(number: int, act: Callable[[], object]) -> bool:
    """Runs `act` in a process that is killed before the given call of the file system; whether there was such a call."""
    child = os.fork()
    if not child:
        at_call(number, lambda: os.kill(os.getpid(), signal.SIGKILL))
        try:
            act()
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def old_or_new_wherever_it_is_killed(
    trial: Callable[[int], tuple[Path, Callable[[], object]]], whole: Sequence[dict[str, bytes]], in_one_step: bool
) -> Path:
    """Kills what puts the new in the place of the old before its first call of the file system, its second, and so on until
    it ends. `trial` lays a place and returns it with what is to be done; `whole`: the content of the old and of the new.
    Returns the last place."""
    number, seen, there = 0, list[int](), set[bool]()
    while True:
        place, act = trial(number)
        killed = killed_at(number, act)
        there.add(place.exists())
        exchange.recover(place)
        seen.append(whole.index(content(place)))
        assert not place.with_name(f".{place.name}{exchange.EARLIER}").exists()
        if not killed:
            break
        number += 1
    assert number > 2
    assert seen == sorted(seen)
    assert set(seen) == {0, 1}
    assert False not in there or not in_one_step
    return place


@pytest.fixture(params=[True, False])
def in_one_step(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the computer can put the new in the place of the old in one step."""
    if not request.param:
        monkeypatch.setattr(exchange, "swapped", lambda one, other: False)
    return bool(request.param)


def test_at_whatever_step_it_is_killed_one_of_both_is_whole_and_the_next_run_shows_it(
    in_one_step: bool, tmp_path: Path
) -> None:
    def trial(number: int) -> tuple[Path, Callable[[], object]]:
        folder = tmp_path / str(number)
        new, place = lay(folder / "built", NEW), lay(folder / "html", OLD)
        return place, lambda: exchange.exchange(new, place)

    old_or_new_wherever_it_is_killed(trial, [OLD, NEW], in_one_step)


def test_at_whatever_step_a_draft_is_killed_one_of_both_is_whole(in_one_step: bool, tmp_path: Path) -> None:
    new, old = (tmp_path / name for name in ("new", "old"))
    for folder, figures in ((new, "40 25"), (old, "41 26")):
        written(folder, table(f"periodo | servicios usuarias\n2025 | {figures}"))
        publication.seal(folder, certificate())
    whole = [content(old), content(new)]
    assert whole[0] != whole[1]

    def trial(number: int) -> tuple[Path, Callable[[], object]]:
        drafts = tmp_path / f"drafts{number}"
        staging = Path(shutil.copytree(new, drafts / ".staging-x"))
        place = Path(shutil.copytree(old, drafts / "2025-T4"))
        return place, lambda: publication.swap(staging, drafts, "2025-T4", draft=True)

    place = old_or_new_wherever_it_is_killed(trial, whole, in_one_step)
    assert [each.name for each in place.parent.iterdir()] == ["2025-T4"]


def test_a_first_site_simply_stands(tmp_path: Path) -> None:
    exchange.exchange(lay(tmp_path / "built", NEW), tmp_path / "html")
    assert content(tmp_path / "html") == NEW
    assert [path.name for path in tmp_path.iterdir() if path.name != "tmp"] == ["html"]


@pytest.mark.usefixtures("in_one_step")
def test_a_new_site_that_cannot_be_moved_leaves_the_old_one(tmp_path: Path) -> None:
    place = lay(tmp_path / "html", OLD)
    with pytest.raises(FileNotFoundError):
        exchange.exchange(tmp_path / "never", place)
    assert content(place) == OLD
    assert [path.name for path in tmp_path.iterdir() if path.name != "tmp"] == ["html"]


def test_a_system_without_such_a_step_does_it_in_two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Library:
        @staticmethod
        def renameat2(*_: object) -> int:
            ctypes.set_errno(errno.EINVAL)
            return -1

    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: Library)
    exchange.exchange(lay(tmp_path / "built", NEW), lay(tmp_path / "html", OLD))
    assert content(tmp_path / "html") == NEW


def test_a_link_in_the_place_of_the_site_is_replaced_and_not_followed(tmp_path: Path) -> None:
    theirs = lay(tmp_path / "theirs", OLD)
    (tmp_path / "html").symlink_to(theirs)
    exchange.exchange(lay(tmp_path / "built", NEW), tmp_path / "html")
    assert content(theirs) == OLD
    assert content(tmp_path / "html") == NEW
    assert not (tmp_path / "html").is_symlink()


def test_two_runs_do_not_build_into_the_same_folder(
    editions_of_tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = lay(tmp_path / "sitio" / "html", OLD)
    order = ["pages", "--institute", str(TINY), "--published", str(editions_of_tiny), "--output", str(place.parent)]
    with publication.lock(place.parent):
        assert main([*order, "--quiet"]) == 15
    assert WORDS["es"]("rules.another_run") in capsys.readouterr().err
    assert content(place) == OLD


@pytest.mark.parametrize(
    ("stop_at", "new", "state"),
    [("mkdocs", False, "untouched"), ("exchange", False, "either_site"), ("placed", True, "new_site")],
)
def test_who_ends_the_run_is_told_which_site_stands(
    stop_at: str,
    new: bool,
    state: str,
    editions_of_tiny: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    place = lay(tmp_path / "html", OLD)
    real = build.build

    def ended(*given: object, **named: object) -> Path:
        told = named["progress"]

        def progress(step: str, done: int, of: int) -> None:
            told(step, done, of)  # type: ignore[operator]
            if step == stop_at:
                raise KeyboardInterrupt

        return real(*given, **{**named, "progress": progress})  # type: ignore[arg-type]

    def quick(packages: object, plan: Plan, site: Path, work: Path, progress: Progress) -> Path:
        progress("mkdocs", 0, 1)
        return lay(work / "built", NEW)

    monkeypatch.setattr(build, "build", ended)
    monkeypatch.setattr(build, "made", quick)
    order = ["pages", "--institute", str(TINY), "--published", str(editions_of_tiny), "--output", str(tmp_path)]
    assert main([*order, "--quiet"]) == 130
    assert capsys.readouterr().err == f"{WORDS['es']('interrupted', state=WORDS['es'](state))}\n"
    assert content(place) == (NEW if new else OLD)


ENDS = (KeyboardInterrupt(), OSError(errno.EIO, "failing"))


@pytest.mark.parametrize("draft", [False, True], ids=["edition", "draft"])
def test_whatever_stops_a_publication_on_its_last_steps_what_is_said_of_it_is_true(
    draft: bool, raw: Path, editions_of_tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before every call of the file system from the last rename on, until what stays in the office is kept. The run is forked
    at the rename, so that one goes that far and many on from there."""
    published, drafts, told = tmp_path / "published", tmp_path / "drafts", tmp_path / "told"
    shutil.copytree(editions_of_tiny / "2025-T3", published / "2025-T3")
    place = (drafts if draft else published) / "2025-T4"
    said, alive, parent = list[tuple[str, bool]](), list[Store](), os.getpid()
    here, name = (exchange, "exchange") if draft else (os, "rename")
    rename = getattr(here, name)

    def goes_on(number: int, end: BaseException) -> bool:
        """Whether this is the process that goes on; the others tell how it ended."""
        told.write_text("")
        if child := os.fork():
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            assert code in (0, 130, EXIT_CODES["system"])
            said.append((told.read_text() if code else "", place.exists()))
            shutil.rmtree(place, ignore_errors=True)
            return False
        monkeypatch.setattr(sys, "stderr", told.open("w"))
        monkeypatch.setattr(
            Store, "close", lambda store: alive.append(store)
        )  # the database and its folder are the parent's
        at_call(number, lambda: raised(end))
        return True

    def watched(staging: Path, target: Path) -> None:
        if target != place or os.getpid() != parent or said:
            rename(staging, target)
            return
        kept = shutil.copytree(staging, tmp_path / "kept")
        for end in ENDS:
            number = 0
            while not said or said[-1][0] or not number:
                shutil.rmtree(staging, ignore_errors=True)
                shutil.copytree(kept, staging)
                if goes_on(number, end):
                    rename(staging, target)
                    return
                number += 1
            said.pop()  # that one went on until what is kept
        raise KeyboardInterrupt

    def stopped(*_: object) -> None:
        os._exit(0)

    monkeypatch.setattr(here, name, watched)
    monkeypatch.setattr(office_copy, "keep", stopped)
    order = ["publish", "--institute", str(TINY), "--raw", str(raw), "--published", str(published), "--quiet"]
    code = main([*order, "--edition", "2025-T4", *(["--draft", str(drafts)] if draft else [])])
    if os.getpid() != parent:
        sys.stderr.flush()
        os._exit(code)
    assert code == 130
    say = WORDS["es"]
    true = {
        (state, there)
        for text, there in said
        for state in ("untouched", *STATES.values())
        if text.rstrip().endswith(say(state)) and (state == "untouched" or not text.rstrip().endswith(say("untouched")))
    }
    assert len(said) > 4
    if draft:
        assert {state for state, _ in true} == {"either_draft"}
    else:
        assert {("either_edition", False), ("either_edition", True)} <= true
        assert true <= {("either_edition", False), ("either_edition", True), ("published", True)}
    assert all(any(text.rstrip().endswith(say(state)) for state, _ in true) for text, _ in said)


def raised(end: BaseException) -> None:
    raise end


def test_every_state_has_words_in_both_languages() -> None:
    for words in WORDS.values():
        assert all(words.has(state) for state in STATES.values())


WAITS = """
from pathlib import Path
import os, time
def on_pre_build(config):
    Path(config.config_file_path).with_name("pid").write_text(str(os.getpid()))
    time.sleep(300)
"""
PARENT = """
import sys
from pathlib import Path
from types import SimpleNamespace
from pipeline.public.site import mkdocs_config
mkdocs_config.run([Path(sys.argv[1])], SimpleNamespace(release={"published": "2026-01-20"}))
"""


def test_what_the_build_has_started_ends_with_it_even_where_it_is_killed(tmp_path: Path) -> None:
    lay(tmp_path, {"docs/index.md": b"# a\n", "wait.py": WAITS.encode()})
    (tmp_path / "mkdocs.yml").write_text("site_name: a\nhooks: [wait.py]\n")
    order = [sys.executable, "-c", PARENT, str(tmp_path / "mkdocs.yml")]
    pid = tmp_path / "pid"
    with subprocess.Popen(order, cwd=ROOT, stderr=subprocess.DEVNULL) as parent:
        until(lambda: pid.exists() and bool(pid.read_text()))
        child = int(pid.read_text())
        assert running(child)
        parent.kill()
    until(lambda: not running(child))


def running(pid: int) -> bool:
    """Whether a process works still; one that has ended and that nobody has waited for does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not (state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z")


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_what_a_killed_build_left_is_gone_after_the_next(
    plan: Plan, editions_of_tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between the two renames: the old site waits beside its place, and the next run, though it fails, puts it back."""
    lay(tmp_path / f".html{exchange.EARLIER}", OLD)

    def failing(*_: object) -> Path:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(build, "made", failing)
    with pytest.raises(OSError, match="full"):
        flow.build_site(plan, editions_of_tiny, tmp_path, lambda step, **facts: None)
    assert content(tmp_path / "html") == OLD
    shutil.rmtree(tmp_path / "html")
