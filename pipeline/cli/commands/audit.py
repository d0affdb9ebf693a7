"""`celosia audit`: what anybody can deduce from editions."""

from __future__ import annotations

import argparse

from pipeline.cli.commands.verify import verified
from pipeline.cli.console import Teller
from pipeline.model.findings import Finding, PipelineError
from pipeline.public.audit.audit import Audit
from pipeline.wording.texts import Texts
from pipeline.workflows import editions, signing


def run(options: argparse.Namespace, say: Texts, tell: Teller) -> int:
    """Audits editions. Returns the exit code."""
    folders = options.folders or editions.folders(options.published)
    if not folders:
        raise PipelineError("package", [Finding.of(str(options.published), "no_edition")])
    read = editions.read(folders, tell)
    if options.signers:
        signing.check_by(read, options.signers)
    found = editions.audit(read, tell)
    tell.stop()
    if found.exposures:
        raise PipelineError("disclosure", [exposure.finding() for exposure in found.exposures])
    tell.result(said_of(found, say))
    if options.witnesses:
        verified(read, found.editions[-1], options.witnesses, say, tell)
    return 0


def said_of(audit: Audit, say: Texts) -> str:
    """What an audit counted: cells once each, and not table by table."""
    numbers = {"figures": audit.figures, "withheld": audit.withheld, "editions": len(audit.editions)}
    return say("done.audit", **{name: say.number(number) for name, number in numbers.items()})
