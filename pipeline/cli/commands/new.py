"""`celosia new`: the folder of an institute, from questions or options."""

from __future__ import annotations

import argparse
import sys

from pipeline.cli.commands.draft import say_draft
from pipeline.cli.console import Teller, complain
from pipeline.cli.errors import worded
from pipeline.model.findings import PipelineError
from pipeline.scaffold.library import library
from pipeline.wording.texts import Texts
from pipeline.workflows import new


def run(options: argparse.Namespace, say: Texts, tell: Teller) -> int:
    """Writes the folder. Returns the exit code."""

    def ask(name: str, wrong: PipelineError | None) -> str | None:
        if wrong:
            for finding in wrong.findings:
                complain(f"  {worded(finding, say)}")
        elif name == "records":
            for number, (each, about) in enumerate(library()["records"].items(), start=1):
                tell.result(f"  {number}  {each}: {about['title'][say.language]}")
        try:
            return input(say(f"questions.{name}"))
        except EOFError:  # Ctrl-D: nobody answers
            return None

    names = (*new.QUESTIONS, "first_month")
    given = {name: tuple(value) if isinstance(value := getattr(options, name), list) else value for name in names}
    asked = new.answers(given, ask if sys.stdin is not None and sys.stdin.isatty() else None)
    folder = options.folder or options.institute
    say_draft(folder, new.new(folder, asked, say), say, tell)
    return 0
