"""Reads the records and judges them: the first steps of publishing, and the whole of `celosia check`. I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from pipeline.confidential.ingest import Records, ingest
from pipeline.confidential.store import Store
from pipeline.confidential.validate import Verdict, validate
from pipeline.errors import PipelineError
from pipeline.plan import Plan


def check(
    plan: Plan, raw: Path, store: Store, tell: Callable[..., None], *, set_aside: bool = False
) -> tuple[dict[str, Records], Verdict]:
    """The records and what is wrong with them, if anything; `tell(step, **facts)` is told of progress."""
    tell("ingest")
    records = ingest(plan, raw, store)
    tell("validate", rows=sum(found.rows for found in records.values()))
    return records, validate(records, plan, store, set_aside=set_aside)


def refuse(records: Mapping[str, Records], verdict: Verdict, quarantine: float) -> None:
    """Stops unless nothing is wrong, or the share of wrong rows is within what the operator allows."""
    if not verdict.findings:
        return
    shares = [verdict.bad[name] / found.rows for name, found in records.items()]
    if quarantine <= 0 or max(shares) > quarantine:
        raise PipelineError("records", verdict.findings)
