"""The files of a site in which a scan found nothing, kept for the next one, so that a file that stays is read over once.

In: a file beside the site; what the scanner is and knows, as words that stand for each part of it; addresses and digests. Out:
the same addresses and digests, or none. What is remembered holds for the very bytes, at that address, for the very program
and for a scanner that knows at least as much: with more labels and figures of other editions nothing that was clean becomes a
leak. Whoever may write the file may write the site. Reads and writes that one file; what is wrong with it is as if it were not
there.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

Clean = tuple[str, str]
"""An address, and the digest of the file there."""


@dataclass(frozen=True)
class Memory:
    """`program`: stands for the scanner and the words that it was told to find, for which nothing else may answer."""

    path: Path
    program: str

    def recall(self, known: Collection[str]) -> set[Clean]:
        """What was clean, unless the scanner was another one or knew something that it knows no more."""
        try:
            told = json.loads(self.path.read_bytes())
            if told["program"] != self.program or not set(told["known"]) <= {digest(each) for each in known}:
                return set()
            return {(str(address), str(sum)) for address, sum in told["clean"]}
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return set()

    def keep(self, known: Iterable[str], clean: Iterable[Clean]) -> None:
        """In place of what was kept before; where there is no room nothing is kept."""
        told = {
            "program": self.program,
            "known": sorted({digest(each) for each in known}),
            "clean": sorted(clean),
        }
        beside = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        with contextlib.suppress(OSError):
            beside.write_text(json.dumps(told, separators=(",", ":")), encoding="utf-8")
            beside.replace(self.path)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
