"""What nobody may read is looked for once more, in what was written, before it takes its place. Reads folders."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pipeline.institute.plan import Plan
from pipeline.model.findings import Finding, PipelineError
from pipeline.model.reference_data import names
from pipeline.public.edition.model import Package
from pipeline.verification import leaks

SCANNED = "scanned.json"
"""Keeps, beside a site, which of its files were clean."""


def edition(folder: Path, plan: Plan) -> None:
    """Raises PipelineError("disclosure") where a staged edition holds what may not leave."""
    _refuse(leaks.edition(folder, _not_to_be_said(plan)))


def site(built: Path, plan: Plan, packages: Sequence[Package]) -> None:
    """Raises PipelineError("disclosure") where a built website holds what may not leave. What was clean and stays is remembered
    beside it."""
    folders = [each.folder for each in packages if each.folder]
    words = [plan.facts, plan.site, [page.meta for pages in plan.pages.values() for page in pages]]
    _refuse(leaks.site(built, folders, words, _not_to_be_said(plan), built.parent / SCANNED))


def _not_to_be_said(plan: Plan) -> list[bytes]:
    """Names of columns that tell one person or record from another, where they are no words that a page might use."""
    keys = {
        name for each in plan.resources.values() for name in (each.person, *names(each.schema.get("primaryKey", ())))
    }
    return sorted(name.encode() for name in keys if "_" in name)


def _refuse(found: Sequence[Finding]) -> None:
    if found:
        raise PipelineError("disclosure", found)
