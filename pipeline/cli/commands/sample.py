"""`celosia sample`: writes synthetic records."""

from __future__ import annotations

import argparse

from pipeline.cli.console import Teller
from pipeline.institute.load import load
from pipeline.wording.texts import Texts
from pipeline.workflows import sample


def run(options: argparse.Namespace, say: Texts, tell: Teller) -> int:
    """Writes synthetic records into `--raw`. Returns the exit code."""
    plan = load(options.institute)
    written = sample.write(plan, options.raw, seed=options.seed, rows=options.rows, force=options.force)
    for name, rows in written.items():
        tell.result(say("done.sample", file=name, rows=say.number(rows)))
    return 0
