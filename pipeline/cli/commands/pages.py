"""`celosia pages`: the website, or what it still lacks."""

from __future__ import annotations

import argparse

from pipeline import flow
from pipeline.cli.console import Teller
from pipeline.cli.errors import worded
from pipeline.institute.load import load
from pipeline.public.presentation import review
from pipeline.wording.texts import Texts


def run(options: argparse.Namespace, say: Texts, tell: Teller) -> int:
    """Builds the website, or lists what it lacks. Returns the exit code."""
    plan = load(options.institute)
    left = review.review(plan)
    if options.check:
        tell.result(say("done.review", count=say.number(len(left))) if left else say("done.reviewed"))
        for finding in left:
            tell.result(f"  · {worded(finding, say)}")
        return 0
    built = flow.build_site(plan, options.published, options.output.resolve(), tell)
    tell.stop()
    tell.result(say("done.pages", address=(built / "index.html").as_uri()))
    if left:
        tell.result(say("done.left", count=say.number(len(left))))
    for finding in review.owed(plan):
        tell.result(f"  · {worded(finding, say)}")
    return 0
