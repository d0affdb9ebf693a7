"""What the verbs that write a draft of an institute's folder say of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pipeline.cli.console import Teller
from pipeline.wording.texts import Texts

Draft = tuple[Mapping[str, str], Sequence[tuple[str, int, str]], str]
"""Files with their text; what is left to decide (file, line, question); the next steps."""


def say_draft(folder: Path, made: Draft, say: Texts, tell: Teller) -> None:
    """The files of a draft, what is left to decide in them, and the next step."""
    files, left, steps = made
    tell.result(say("done.new", folder=folder, count=say.number(len(files)), left=say.number(len(left))))
    for file, line, asks in left:
        tell.result(say("done.new_left", file=file, line=say.number(line), asks=asks))
    tell.result(say("done.new_next", steps=steps))
