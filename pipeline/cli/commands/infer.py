"""`celosia infer`: a draft of the institute's folder from the office's own files, or what is new in a newer file."""

from __future__ import annotations

import argparse

from pipeline.cli.commands.draft import say_draft
from pipeline.cli.console import Teller
from pipeline.scaffold.library import Answers
from pipeline.wording.texts import Texts
from pipeline.workflows import infer


def run(options: argparse.Namespace, say: Texts, tell: Teller) -> int:
    """Writes the draft, or says what is new. Returns the exit code."""
    tell("infer", files=len(options.files))
    sources = infer.sources(options.files, options.table, options.password)
    if not infer.is_there(options.institute):
        languages = tuple(dict.fromkeys(options.languages))
        asked = Answers(
            options.name, "", options.place, languages, threshold=options.threshold, called=tuple(options.called)
        )
        made = infer.infer(sources, options.institute, asked, say)
        tell.stop()
        say_draft(options.institute, made, say, tell)
        return 0
    found = infer.compare(sources, options.institute)
    tell.stop()
    key = "difference.head" if found else "difference.same"
    tell.result(say(key, folder=options.institute, count=say.number(len(found))))
    for rule, facts in found:
        numbers = {name: say.number(fact) for name, fact in facts.items() if isinstance(fact, int)}
        tell.result("  · " + say(f"difference.{rule}", **{**facts, **numbers}))
    return 0
