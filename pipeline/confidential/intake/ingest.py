"""The door: whatever an office has → one canonical Parquet per record type, generalised before anything else sees it.

Out: `Records` per record type, in the private `Store`, or a PipelineError("records") with every problem found.
"""

from __future__ import annotations

from pathlib import Path

from pipeline.confidential.intake.record_reader import RecordReader
from pipeline.confidential.intake.records import Records
from pipeline.confidential.storage.workspace import Store
from pipeline.institute.plan import Plan
from pipeline.model.findings import Finding, PipelineError


def ingest(plan: Plan, raw: Path, store: Store) -> dict[str, Records]:
    """Reads every source of the Plan. Raises PipelineError("records") with all findings."""
    findings: list[Finding] = []
    found: dict[str, Records] = {}
    for name, source in plan.sources.items():
        door = RecordReader(plan, plan.resources[name], source, raw, store)
        records = door.read()
        findings += door.findings
        if records is not None:
            found[name] = records
    if findings:
        raise PipelineError("records", findings)
    return found
