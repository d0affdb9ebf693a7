"""A reader that is given something made to fill the memory or to never end: what it answers, and what that took."""

from __future__ import annotations

import os
import pickle
import resource
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MEGABYTE = 1 << 20
CEILING = 6 << 30
"""Memory beyond which the child is refused more: what a test finds must not end the machine."""
PATIENCE = 120
"""Seconds after which the child is ended."""


@dataclass(frozen=True)
class Measured:
    """What a call gave, or the exception that it raised; megabytes beyond those that the process had, and seconds."""

    result: Any
    megabytes: int
    seconds: float


def measured(call: Callable[[], Any]) -> Measured:
    """Runs the call in a process of its own, a copy of this one. Fails where that ends by a signal."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _answer(call, writer)
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        data = stream.read()
    status = os.waitpid(child, 0)[1]
    assert os.waitstatus_to_exitcode(status) == 0, f"ended by {os.waitstatus_to_exitcode(status)}"
    found: Measured = pickle.loads(data)
    return found


def _answer(call: Callable[[], Any], writer: int) -> None:
    """Of the child: runs the call, writes what came of it, and ends."""
    had, virtual = (
        int(field) * resource.getpagesize() for field in Path("/proc/self/statm").read_text().split()[1::-1]
    )
    resource.setrlimit(resource.RLIMIT_AS, (virtual + CEILING, virtual + CEILING))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(PATIENCE)
    begun = time.monotonic()
    try:
        result = call()
    except Exception as error:
        result = error
    took = time.monotonic() - begun
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    with os.fdopen(writer, "wb") as stream:
        pickle.dump(Measured(result, max(0, most - had) // MEGABYTE, took), stream)
    os._exit(0)
