"""How fast a real nginx with our configuration gives the heaviest page of a site, beside a plain file of its size with none.

    python -m tests.benchmarks.serving site/_build/html 60

Both servers take turns of ten seconds. What an answer costs is the processor time of the server, which what else the machine does
changes little; rates are told too. No answer may fail. Needs nginx and wrk.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.unit.test_serving import free_port, served

TURN = 10
"""Seconds of a turn."""


@contextmanager
def plain(root: Path, work: Path) -> Iterator[int]:
    """The port at which an nginx of no configuration but a folder serves it."""
    work.mkdir()
    port = free_port()
    (work / "conf").write_text(
        f"daemon off; worker_processes 1; user root; pid {work}/pid; error_log stderr; events {{}}\n"
        f"http {{ access_log off; server {{ listen 127.0.0.1:{port}; root {root}; }} }}\n",
        encoding="utf-8",
    )
    order = ["nginx", "-e", "stderr", "-p", str(work), "-c", str(work / "conf")]
    with subprocess.Popen(order, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        try:
            for _ in range(200):
                with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                    break
                time.sleep(0.05)
            yield port
        finally:
            run.terminate()


@dataclass(frozen=True)
class Turn:
    """Answers, in how many seconds, how many failed, and the processor time of the server."""

    answers: int
    seconds: float
    failed: int
    spent: float


def turn(port: int, path: str, work: Path, seconds: int) -> Turn:
    """Lets wrk ask for one file as fast as it can."""
    order = ["wrk", "-t1", "-c8", "--timeout", "30s", f"-d{seconds}s", f"http://127.0.0.1:{port}/{path}"]
    before = spent(work)
    said = subprocess.run(order, capture_output=True, text=True, check=True).stdout
    done = re.search(r"(\d+) requests in ([\d.]+)(m?s|m)", said)
    assert done, said
    failed = sum(map(int, re.findall(r"(?:Non-2xx or 3xx responses:|connect|read|write|timeout) (\d+)", said)))
    unit = {"ms": 0.001, "s": 1.0, "m": 60.0}[done[3]]
    return Turn(int(done[1]), float(done[2]) * unit, failed, spent(work) - before)


def spent(work: Path) -> float:
    """Seconds of processor time of an nginx and its workers so far."""
    main = int((work / "pid").read_text())
    workers = Path(f"/proc/{main}/task/{main}/children").read_text().split()
    fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in (main, *workers)]
    return sum(int(each[11]) + int(each[12]) for each in fields) / os.sysconf("SC_CLK_TCK")


def run(site: Path, seconds: int) -> int:
    """Prints what an answer costs, and rates. Returns 1 where one failed."""
    pages = sorted(site.rglob("*.html"), key=lambda path: path.stat().st_size)
    heaviest, size = pages[-1].relative_to(site).as_posix(), pages[-1].stat().st_size
    told: dict[str, list[Turn]] = {heaviest: [], "plain.bin": []}
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        (work / "root").mkdir()
        (work / "root" / "plain.bin").write_bytes(b"x" * size)
        with served("nginx", site, work / "ours") as ours, plain(work / "root", work / "theirs") as theirs:
            for _ in range(max(1, seconds // TURN)):
                told[heaviest].append(turn(ours, heaviest, work / "ours", TURN))
                told["plain.bin"].append(turn(theirs, "plain.bin", work / "theirs", TURN))
    cost = {}
    for path, turns in told.items():
        answers, lasted = sum(each.answers for each in turns), sum(each.seconds for each in turns)
        cost[path] = sum(each.spent for each in turns) / answers
        print(
            f"{path}, {size} bytes: {answers} answers in {lasted:.0f} s, {answers / lasted:.0f} a second, "
            f"{cost[path] * 1e6:.0f} µs of the server each, {sum(each.failed for each in turns)} failed"
        )
    print(f"cost beside a plain file: {cost[heaviest] / cost['plain.bin']:.2f}")
    return int(any(each.failed for turns in told.values() for each in turns))


if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1]).resolve(), int(sys.argv[2]) if len(sys.argv) > 2 else 60))
