"""`celosia pages`: the website, or what it still lacks."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Iterator, Mapping, Sequence

from pipeline import flow
from pipeline.cli.console import Teller
from pipeline.cli.errors import said, worded
from pipeline.institute.load import load
from pipeline.model.findings import Finding
from pipeline.public.presentation import review
from pipeline.wording.texts import Texts


def run(options: argparse.Namespace, say: Texts, tell: Teller) -> int:
    """Builds the website, or lists what it lacks. Returns the exit code."""
    plan = load(options.institute)
    left = review.review(plan)
    count = say.number(sum(map(len, left.values())))
    if options.check:
        tell.result(say("done.review", count=count) if left else say("done.reviewed"))
        for line in listed(left, say):
            tell.result(line)
        return 0
    built = flow.build_site(plan, options.published, options.output.resolve(), tell)
    tell.stop()
    tell.result(say("done.pages", address=(built / "index.html").as_uri()))
    if left:
        tell.result(say("done.left", count=count))
    for finding in review.owed(plan):
        tell.result(f"  · {worded(finding, say)}")
    return 0


def listed(left: Mapping[str, Sequence[Finding]], say: Texts) -> Iterator[str]:
    """What is left as lines: kind by kind what to do, and below it each file with the places in it."""
    for kind, findings in left.items():
        yield ""
        yield say(f"review.{kind}", count=say.number(len(findings)))
        places: dict[str, dict[str, list[str]]] = {}
        for finding in findings:
            file, _, key = finding.where.partition(":")
            if what := dict(finding.facts).get("what"):
                key = say("review.named", key=key, what=what)
            places.setdefault(said(finding, say), {}).setdefault(file, []).append(key)
        for text, files in places.items():
            yield from textwrap.wrap(
                f"{text[:1].upper()}{text[1:]}:", WIDTH, initial_indent="  ", subsequent_indent="  "
            )
            for file, keys in files.items():
                line = f"{file}: {', '.join(keys)}" if any(keys) else file
                yield from textwrap.wrap(
                    line, WIDTH, initial_indent="    · ", subsequent_indent="      ",
                    break_long_words=False, break_on_hyphens=False,
                )  # fmt: skip


WIDTH = 100
"""Characters of a line of the list."""
