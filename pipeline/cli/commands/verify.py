"""`celosia verify`: the witnesses of an edition against what is published."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from pipeline.cli.console import Teller
from pipeline.institute.load import load
from pipeline.model.findings import Finding, PipelineError
from pipeline.public.edition.model import Package
from pipeline.wording import texts as words
from pipeline.wording.texts import Texts
from pipeline.workflows import editions, made_up_records
from pipeline.workflows.run import Run


def run(options: argparse.Namespace, say: Texts, tell: Teller) -> int:
    """Holds the witnesses of an edition against what is published. Returns the exit code."""
    found = editions.read(editions.folders(options.published), tell)
    if not found:
        raise PipelineError("package", [Finding.of(str(options.published), "no_edition")])
    edition = options.edition or found[-1].edition
    verified(found, edition, editions.witnesses_of(options.raw, edition), say, tell)
    if options.records:
        plan = load(options.institute)
        order = Run(plan, options.raw, options.published, edition, words.of_plan(plan))
        made_up = made_up_records.verify_records(order, tell)
        tell.stop()
        numbers = {key: say.number(getattr(made_up, key)) for key in ("cells", "reached", "sets", "changes")}
        tell.result(say("done.verify_records", **numbers))
        if made_up.path:
            tell.result(say("done.made_up", file=made_up.path))
    return 0


def verified(read: Sequence[Package], edition: str, path: Path, say: Texts, tell: Teller) -> None:
    """Says that every witness holds. Raises PipelineError("disclosure") where one does not."""
    found = editions.verify(read, edition, path, tell)
    tell.stop()
    if found.findings:
        raise PipelineError("disclosure", found.findings)
    numbers = {key: say.number(getattr(found, key)) for key in ("witnesses", "figures", "relations")}
    tell.result(say("done.verify", edition=edition, **numbers))
