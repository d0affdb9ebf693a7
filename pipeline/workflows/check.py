"""Reads the records and judges them: the first steps of publishing, and the whole of `celosia check`. I/O."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from pipeline.confidential.deliveries import completeness
from pipeline.confidential.intake.ingest import ingest
from pipeline.confidential.intake.records import Records
from pipeline.confidential.storage.workspace import Store
from pipeline.confidential.validation.judge import validate
from pipeline.confidential.validation.verdict import Verdict
from pipeline.institute.plan import Plan
from pipeline.model.findings import PipelineError


def check(
    plan: Plan, raw: Path, store: Store, tell: Callable[..., None], *, set_aside: bool = False, cut_off: str = ""
) -> tuple[dict[str, Records], Verdict]:
    """The records and what is wrong with them, if anything; `tell(step, **facts)` is told of progress. Up to the cut-off,
    that of the last edition if none is given, they must be all there; refused ones may be `set_aside`."""
    tell("ingest")
    records = ingest(plan, raw, store)
    tell("validate", rows=sum(found.rows for found in records.values()))
    verdict = validate(records, plan, store, set_aside=set_aside)
    if verdict.findings and not set_aside:
        return records, verdict  # a month that is misspelled is not one without records
    gaps = completeness.gaps(records, verdict, plan, store, cut_off or plan.editions[-1].cut_off)
    return records, replace(verdict, lacking=(*gaps, *completeness.differences(records, plan, raw, store)))


SLIPS = 0.05
"""Share of refused rows up to which they may be single slips, to be set aside; more are a fault of the whole file."""


def refuse(records: Mapping[str, Records], verdict: Verdict, quarantine: float) -> None:
    """Stops unless nothing is wrong, or the share of wrong rows is within what the operator allows and nothing is lacking."""
    shares = [verdict.bad[name] / max(found.rows, 1) for name, found in records.items()]
    if verdict.findings and (quarantine <= 0 or max(shares) > quarantine):
        raise PipelineError("records", verdict.findings, _hints(records, max(shares)))
    if verdict.lacking:
        raise PipelineError("records", verdict.lacking)


def _hints(records: Mapping[str, Records], share: float) -> dict[str, dict[str, object]]:
    """Options that help where rows are refused."""
    found: dict[str, dict[str, object]] = {}
    if any(each.unmatched for each in records.values()):
        found["show_values"] = {}
    if share <= SLIPS:
        found["quarantine"] = {"rate": math.ceil(share * 1000) / 1000}
    return found
