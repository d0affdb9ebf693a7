"""Ends runs of `publish` (an edition, a draft, a correction) and `pages` at random points, one after the other on the same
folders, and looks at what each leaves.

Each run is a process forked from one that has loaded the program, so that hundreds are affordable. The point is a call of the
file system, chosen among all that a whole run makes, and some time after it; so runs are ended within their long computations
too. Nothing is tidied up between two runs: what one leaves, the next has to live with.
`python -m tests.faults.kills publish 300` (or draft, amend, pages) prints what it found.
"""

from __future__ import annotations

import ctypes
import os
import random
import resource
import shutil
import signal
import stat
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pipeline.cli.commands import pages, publish
from pipeline.cli.main import main
from pipeline.institute.load import load
from pipeline.public.edition import publication
from pipeline.public.site import build
from pipeline.workflows import amendments, sample
from tests.conftest import ROWS, SEED, TINY, content

LOADED = (publish, pages, build)
"""What a run would have to load first."""

SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
ANSWERED = {-signal.SIGKILL, 130, 0}
"""How a run may end that is killed, or asked to end; or that was over before it was."""
LATEST = 0.2
"""Seconds after a call of the file system up to which a run is ended."""
EVERY = 25
"""Ended runs after which one goes on to its end."""
_MONOTONIC, _SIGEV_SIGNAL = 1, 0


class Event(ctypes.Structure):
    """`struct sigevent` of Linux, as far as it is needed."""

    _fields_ = [
        ("value", ctypes.c_void_p),
        ("signo", ctypes.c_int),
        ("notify", ctypes.c_int),
        ("rest", ctypes.c_byte * 48),
    ]


def signalled_after(seconds: float, number: int) -> None:
    """This process gets a signal some time from now; the kernel sends it, whatever the process is doing."""
    library, timer = ctypes.CDLL(None, use_errno=True), ctypes.c_void_p()
    event = Event(signo=number, notify=_SIGEV_SIGNAL)
    at = (ctypes.c_long * 4)(0, 0, int(seconds), int(seconds % 1 * 1e9) + 1)
    if library.timer_create(_MONOTONIC, ctypes.byref(event), ctypes.byref(timer)):
        raise OSError(ctypes.get_errno(), "timer_create")
    library.timer_settime(timer, 0, ctypes.byref(at), None)


def watch(told: Callable[[int], None]) -> None:
    """`told` hears of every call of the file system of this process from now on, by its number."""
    count = [0]

    def hook(event: str, _: object) -> None:
        if event.startswith(("open", "os.", "shutil.", "subprocess.", "tempfile.")) and event != "os.kill":
            count[0] += 1
            told(count[0])

    sys.addaudithook(hook)


def forked(order: Sequence[str], before: Callable[[], None] = lambda: None, shown: Path | None = None) -> int:
    """Runs an order in a process of its own, after something that is done there. Returns its exit code, or minus the signal."""
    child = os.fork()
    if not child:
        code = 99
        try:
            for stream in (1, 2):
                os.dup2(os.open(shown or os.devnull, os.O_WRONLY | os.O_CREAT | os.O_APPEND), stream)
            os.umask(0)  # whoever relies on another one shows it
            before()
            code = main(list(order))
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def calls(order: Sequence[str]) -> int:
    """How many calls of the file system a whole run makes, which must succeed."""
    with tempfile.TemporaryFile() as stream:
        handle = stream.fileno()

        def told(number: int) -> None:
            os.pwrite(handle, str(number).encode(), 0)

        if code := forked(order, lambda: watch(told)):
            raise AssertionError(f"a run that nobody ends ends in {code}")
        return int(os.pread(handle, 20, 0))


@dataclass
class Found:
    """How often runs ended how, and in which state; whatever was not as it should be."""

    ends: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def readable_by_others(folder: Path) -> list[str]:
    """Files below a folder that another user of the machine could read, if the folder itself can be entered."""
    found = []
    for path in folder.iterdir():
        mode = path.lstat().st_mode
        if stat.S_ISDIR(mode) and mode & 0o011:
            found += readable_by_others(path)
        elif stat.S_ISREG(mode) and mode & 0o044:
            found.append(str(path))
    return found


class Office:
    """Folders of an office, and what they may look like whenever a run of it has ended.

    `order`: what is run; `place`: the folder that it makes; `whole`: the contents that it may have, of which the last is what a
    run makes, None for none; `kept`: folder → content that no run may change; `private`: folders of which nobody else reads
    anything.
    """

    def __init__(
        self,
        order: Sequence[str],
        place: Path,
        whole: Sequence[dict[str, bytes] | None],
        kept: dict[Path, dict[str, bytes]],
        private: Sequence[Path],
    ) -> None:
        self.order, self.place, self.whole, self.kept, self.private = list(order), place, whole, kept, private
        self.before: dict[str, bytes] | None = whole[0]

    def again(self) -> None:
        """What a run made is taken away, and what was there before put back; all that it left beside it stays."""
        if (content(self.place) if self.place.exists() else None) == self.before:
            return
        shutil.rmtree(self.place)
        for name, data in (self.before or {}).items():
            (self.place / name).parent.mkdir(parents=True, exist_ok=True)
            (self.place / name).write_bytes(data)

    def look(self, found: Found, said: str) -> None:
        """What is wrong after a run."""
        now = content(self.place) if self.place.exists() else None
        if now not in self.whole:
            found.wrong.append(f"{said}: neither what was there nor what is made")
        else:
            found.states[("before", "after")[self.whole.index(now)]] += 1
        for folder, was in self.kept.items():
            if content(folder) != was:
                found.wrong.append(f"{said}: {folder.name} has changed")
        for folder in self.private:
            if folder.exists():
                found.wrong += [f"{said}: others can read {path}" for path in readable_by_others(folder)]


class Amending(Office):
    """An office that corrects its newest edition: what it did is in institute.yaml too, whose bytes are `was` or `noted`."""

    def __init__(self, order: Sequence[str], place: Path, made: dict[str, bytes], institute: Path, was: bytes) -> None:
        kept = {folder: content(folder) for folder in place.parent.iterdir() if folder != place}
        super().__init__(order, place, [None, made], kept, [Path(tempfile.gettempdir())])
        self.record, self.was, self.noted = institute / amendments.FILE, was, (institute / amendments.FILE).read_bytes()

    def again(self) -> None:
        super().again()
        if self.place.exists():
            shutil.rmtree(self.place)
        self.record.write_bytes(self.was)

    def look(self, found: Found, said: str) -> None:
        """A correction that stands and is not noted yet is noted by the same order, under the same name."""
        super().look(found, said)
        now = self.record.read_bytes()
        if now not in (self.was, self.noted) or (now == self.noted and not self.place.exists()):
            found.wrong.append(f"{said}: institute.yaml says something else")
        if self.place.exists():
            found.states["noted" if now == self.noted else "not noted"] += 1
            if code := forked(self.order) if now == self.was else 0:
                found.wrong.append(f"the same order after {said}: ended in {code}")
            if self.record.read_bytes() != self.noted or content(self.place) != self.whole[-1]:
                found.wrong.append(f"the same order after {said}: did not note it")
        others = {path for path in self.place.parent.iterdir() if not path.name.startswith(".")}
        if others - {self.place} != set(self.kept):
            found.wrong.append(f"{said}: other editions than there should be")


def kill(office: Office, times: int, seed: int, tell: Callable[[str], None] = lambda said: None) -> Found:
    """Ends runs at random points, with every signal in turn; each is undone before the next, but nothing that it left. Every so
    often, and at the end, one goes on to its end and must make what it should and leave nothing."""
    chance, found = random.Random(seed), Found()
    office.again()
    number = calls(office.order)
    for trial in range(times):
        office.again()
        with_signal, call = SIGNALS[trial % len(SIGNALS)], chance.randrange(number)
        delay = chance.choice((0.0, chance.uniform(0, LATEST)))
        said = f"{with_signal.name} at {call} of {number} + {delay:.3f} s"

        def arranged(call: int = call, delay: float = delay, with_signal: int = with_signal) -> None:
            def told(now: int) -> None:
                if now == call + 1 and delay:
                    signalled_after(delay, with_signal)
                elif now == call + 1:
                    os.kill(os.getpid(), with_signal)

            watch(told)

        code = forked(office.order, arranged)
        found.ends[f"{with_signal.name} {code}"] += 1
        if code not in ANSWERED:
            found.wrong.append(f"{said}: ended in {code}")
        office.look(found, said)
        if (trial + 1) % EVERY == 0 or trial + 1 == times:
            undisturbed(office, found, said)
            tell(f"{trial + 1} of {times}\n{report(found)}")
    return found


def undisturbed(office: Office, found: Found, said: str) -> None:
    """A run to its end, after whatever the others left."""
    office.again()
    if code := forked(office.order):
        found.wrong.append(f"the run after {said}: ended in {code}")
    if (content(office.place) if office.place.exists() else None) != office.whole[-1]:
        found.wrong.append(f"the run after {said}: made something else")
    left = [path.name for path in Path(tempfile.gettempdir()).glob("celosia-*") if any(path.iterdir())]
    left += [path.name for path in office.place.parent.glob(f"{publication.STAGING}*")]
    found.wrong += [f"the run after {said}: left {name}" for name in left]


def publishing(raw: Path, published: Path) -> Office:
    """An office with one edition, which publishes the next; its records and its earlier edition may never change."""
    made = content(published / "2025-T4")
    order = ["publish", "--institute", str(TINY), "--raw", str(raw), "--published", str(published), "--quiet"]
    first = published / "2025-T3"
    kept = {first: content(first), raw / "privado" / "2025-T3": content(raw / "privado" / "2025-T3")}
    private = [raw / "privado", Path(tempfile.gettempdir())]
    return Office([*order, "--edition", "2025-T4"], published / "2025-T4", [None, made], kept, private)


def drafting(raw: Path, published: Path, drafts: Path) -> Office:
    """An office that makes a draft of its next edition in the place of an older one, which had another title."""
    shutil.rmtree(published / "2025-T4")
    other = shutil.copytree(TINY, drafts.with_name("other"))
    tables = other / "tables.yaml"
    tables.write_text(tables.read_text(encoding="utf-8").replace("{es: ", "{es: Antes ", 1), encoding="utf-8")
    order = ["publish", "--raw", str(raw), "--published", str(published), "--quiet"]
    order += ["--edition", "2025-T4", "--draft", str(drafts), "--institute"]
    made = []
    for institute in (str(other), str(TINY)):
        if code := forked([*order, institute]):
            raise AssertionError(f"a draft that nobody disturbs ends in {code}")
        made.append(content(drafts / "2025-T4"))
    kept = {folder: content(folder) for folder in (published, raw / "privado")}
    private = [raw / "privado", Path(tempfile.gettempdir())]
    return Office([*order, str(TINY)], drafts / "2025-T4", made, kept, private)


def amending(raw: Path, published: Path, institute: Path) -> Office:
    """An office that corrects its newest edition."""
    shutil.copytree(TINY, institute)
    was = (institute / amendments.FILE).read_bytes()
    order = ["publish", "--institute", str(institute), "--raw", str(raw), "--published", str(published), "--quiet"]
    order += ["--amend", "Se corrige.", "--date", "2026-06-01"]
    if code := forked(order):
        raise AssertionError(f"a correction that nobody disturbs ends in {code}")
    place = published / "2025-T4.1"
    return Amending(order, place, content(place), institute, was)


def building(institute: Path, published: Path, output: Path) -> Office:
    """An office with a site, which builds a new one."""
    order = ["pages", "--institute", str(institute), "--published", str(published), "--output", str(output), "--quiet"]
    if code := forked(order):
        raise AssertionError(f"a site that nobody disturbs ends in {code}")
    old = {"index.html": b"old", "en/index.html": b"old"}
    return Office(order, output / "html", [old, content(output / "html")], {published: content(published)}, [])


def report(found: Found) -> str:
    """What was found, in lines."""
    lines = [f"ends: {dict(sorted(found.ends.items()))}", f"in its place: {dict(found.states)}"]
    lines += [f"wrong: {len(found.wrong)}", *found.wrong[:20]]
    spent = sum(resource.getrusage(who).ru_utime for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return "\n".join([*lines, f"CPU seconds: {spent:.0f}"])


def laid(folder: Path) -> tuple[Path, Path]:
    """The records of the tiny institute, and its editions."""
    plan = load(TINY)
    raw, published = folder / "raw", folder / "published"
    sample.write(plan, raw, seed=SEED, rows=ROWS)
    for edition in plan.editions:
        order = ["publish", "--institute", str(TINY), "--raw", str(raw), "--published", str(published), "--quiet"]
        if code := forked([*order, "--edition", edition.id]):
            raise AssertionError(f"{edition.id} ends in {code}")
    return raw, published


def run(verb: str, times: int, seed: int) -> int:
    """Kills one verb many times and prints what was found; the exit code is 1 where anything was wrong."""
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        folder = Path(name)
        (folder / "tmp").mkdir()
        patch.setenv("TMPDIR", str(folder / "tmp"))
        patch.setattr(tempfile, "tempdir", str(folder / "tmp"))
        raw, published = laid(folder)
        makers: dict[str, Callable[[], Office]] = {
            "publish": lambda: publishing(raw, published),
            "draft": lambda: drafting(raw, published, folder / "drafts"),
            "amend": lambda: amending(raw, published, folder / "institute"),
            "pages": lambda: building(TINY, published, folder / "site"),
        }
        office = makers[verb]()
        found = kill(office, times, seed, lambda said: print(said, flush=True))
    return int(bool(found.wrong))


if __name__ == "__main__":
    sys.exit(run(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1))
