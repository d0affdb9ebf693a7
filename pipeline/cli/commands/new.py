"""`celosia new`: the folder of an institute, from questions or options."""

from __future__ import annotations

import argparse
import sys

from pipeline.cli.commands.draft import say_draft
from pipeline.cli.console import Teller
from pipeline.cli.questions import asker
from pipeline.wording.texts import Texts
from pipeline.workflows import new


def run(options: argparse.Namespace, say: Texts, tell: Teller) -> int:
    """Writes the folder. Returns the exit code."""
    names = (*new.QUESTIONS, "first_month")
    given = {name: tuple(value) if isinstance(value := getattr(options, name), list) else value for name in names}
    asked = new.answers(given, asker(say, tell) if sys.stdin is not None and sys.stdin.isatty() else None)
    folder = options.folder or options.institute
    say_draft(folder, new.new(folder, asked, say), say, tell)
    return 0
