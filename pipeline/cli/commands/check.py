"""`celosia check`: reads and judges the records, and says how they differ from the last delivery."""

from __future__ import annotations

import argparse

from pipeline.cli.commands.records import say_read, say_refused
from pipeline.cli.console import Teller
from pipeline.cli.errors import worded
from pipeline.confidential.deliveries import plausibility
from pipeline.confidential.deliveries.plausibility import Delivery
from pipeline.confidential.storage.workspace import Store
from pipeline.institute.load import load
from pipeline.wording import texts as words
from pipeline.wording.texts import Texts
from pipeline.workflows import sample
from pipeline.workflows.check import check, refuse


def run(options: argparse.Namespace, say: Texts, tell: Teller) -> int:
    """Reads and judges the records. Returns the exit code."""
    plan = load(options.institute)
    sample.check(plan)
    words.of_plan(plan)  # raises where the institute's own words say nothing
    compared = None
    with Store(keep=options.keep) as store:
        records, verdict = check(plan, options.raw, store, tell, set_aside=options.quarantine > 0)
        if not verdict.findings:
            compared = plausibility.delivery(records, verdict, plan, plan.editions[-1], options.raw, store)
    tell.stop()
    say_read(plan, records, options, say, tell)
    if compared:
        _say_compared(compared, say, tell)
    refuse(records, verdict, options.quarantine)
    for name, found in records.items():
        key = "done.check_aside" if verdict.bad[name] else "done.check"
        tell.result(say(key, records=name, rows=say.number(found.rows), aside=say.number(verdict.bad[name])))
        say_refused(verdict.rules[name], say, tell)
    return 0


def _say_compared(compared: Delivery, say: Texts, tell: Teller) -> None:
    """Records by period and cells that tell nothing, beside the last edition, and what is named for it."""
    if compared.last:
        tell.result(say("done.compared", edition=compared.last.edition))
    for kind, facts in plausibility.told(compared):
        parts = [
            f"{what} {now}" + (say("done.before", before=before) if before else "") for what, now, before in facts.parts
        ]
        tell.result(say(f"done.compared_{kind}", records=facts.records, parts="; ".join(parts)))
    for finding in compared.findings:
        tell.result(f"  · {worded(finding, say)}")
