"""`celosia publish`: one edition, its amendment or a draft of it."""

from __future__ import annotations

import argparse
from contextlib import nullcontext
from pathlib import Path

from pipeline import flow
from pipeline.cli.commands.audit import said_of
from pipeline.cli.commands.protect import band
from pipeline.cli.commands.records import say_read, say_refused
from pipeline.cli.console import Teller, complain
from pipeline.cli.errors import worded
from pipeline.confidential.deliveries.plausibility import Acceptance
from pipeline.confidential.late_records.compared import WITHDRAWN
from pipeline.confidential.protection.table_redesign import Share, shares
from pipeline.institute.load import load
from pipeline.institute.plan import Plan
from pipeline.model.findings import Finding, PipelineError
from pipeline.wording import texts as words
from pipeline.wording.texts import Texts
from pipeline.workflows import amendments, editions, signed_report
from pipeline.workflows.candidates import Published
from pipeline.workflows.run import Run


def run(options: argparse.Namespace, say: Texts, tell: Teller) -> int:
    """Publishes an edition, an amendment or a draft. Returns the exit code."""
    accept = Acceptance(options.accept, options.who.strip(), options.why.strip())
    if accept.names and not (accept.who and accept.why):
        raise PipelineError("usage", [Finding.of("--accept", "accept_who_why")])
    plan = load(options.institute)
    amending = None
    if options.amend is not None:
        out = [folder.name for folder in editions.folders(options.published)]
        plan, amending = amendments.amended(plan, options.edition, options.amend, options.date, out)
    order = Run(
        plan,
        options.raw,
        options.published,
        amending.id if amending else options.edition or plan.editions[-1].id,
        words.of_plan(plan),
        effort=options.effort,
        quarantine=options.quarantine,
        master=options.master if options.engine == "spark" else "",
        keep=options.keep,
        draft=options.draft,
        accept=accept if accept.names else None,
        sign=options.sign,
    )
    with amendments.recording(plan.folder, amending) if amending and not options.draft else nullcontext():
        done = flow.publish(order, tell)
    tell.stop()
    say_read(plan, done.records, options, say, tell)
    _say_rows(done, plan, say, tell)
    _say_shares(order, done, say, tell)
    tell.result(said_of(done.audit, say))
    key = "done.draft" if order.draft else "done.unchanged" if done.unchanged else "done.publish"
    tell.result(say(key, edition=order.edition, folder=_short(done.folder)))
    if not order.draft:
        _keep_page(order, done, say, tell)
    return 0


def _keep_page(order: Run, done: Published, say: Texts, tell: Teller) -> None:
    """The page of the run to print and sign. The edition is in its place: where the page cannot be kept, that is told."""
    said = signed_report.content(order, done, say.language)
    advice = [
        say("signed.much", table=row.title, share=say.percent(row.share, 1))
        for row in said["rows"]
        if row.share > signed_report.MUCH
    ]
    advice.append(say("signed.rows"))
    advice += [worded(finding, say) for finding in said["owed"]]
    if said["left"]:
        advice.append(say("signed.left", count=say.number(said["left"])))
    try:
        path = signed_report.keep(order.raw, order.edition, signed_report.page(said, advice, say))
    except OSError:
        complain(say("signed.unkept"))
    else:
        tell.result(say("signed.kept", file=_short(path)))


def _say_rows(done: Published, plan: Plan, say: Texts, tell: Teller) -> None:
    """Where the rows of each record type went."""
    for name, rows in done.accounting.items():
        numbers = {key: say.number(getattr(rows, key)) for key in ("read", "counted", "later", "rejected")}
        if rows.waiting:  # how many they are is told in the private report only
            kinds = say("done.kinds.and").join(say(f"done.kinds.{kind}") for kind in rows.waiting)
            facts = {"read": numbers["read"], "periods": ", ".join(rows.periods), "kinds": kinds}
            tell.result(say("done.rows_held", records=name, **facts))
            if WITHDRAWN in rows.waiting and not plan.resources[name].schema.get("primaryKey"):
                tell.result(say("done.rows_unkeyed", records=name))
        else:
            tell.result(say("done.rows", records=name, **numbers))
        say_refused(rows.refused, say, tell)


def _say_shares(order: Run, done: Published, say: Texts, tell: Teller) -> None:
    """How much of each table is withheld: of its cells, and of the women and records that they count."""
    tell.result()
    tell.result(say("done.table_header"))
    told = shares(done.protection, order.plan.at(order.plan.edition(order.edition)))
    names = [table.id for table in order.plan.at(order.plan.edition(order.edition)).tables]
    shown = [told[name] for name in names]
    lines = zip(names, shown, strict=True)
    whole = Share(sum(each.withheld for each in shown), sum(each.cells for each in shown), None, None)
    for name, told_of in (*lines, (say("done.total"), whole)):
        share = say.percent(told_of.withheld / max(told_of.cells, 1), 1)
        numbers = f"{say.number(told_of.cells):>7}{say.number(told_of.withheld):>8}{share:>10}"
        tell.result(f"  {name:<38}{numbers}{band(told_of.women, say):>12}{band(told_of.records, say):>14}")
    tell.result()


def _short(path: Path) -> Path:
    """A path as the operator typed it would be: relative to where the command runs, when it is below."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
