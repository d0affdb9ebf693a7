"""What nobody may read is looked for once more, in what was written, before it takes its place. Reads folders."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from pipeline.institute.plan import Plan
from pipeline.model.findings import Finding, PipelineError
from pipeline.model.reference_data import names
from pipeline.public.edition.model import Package
from pipeline.verification import leaks
from pipeline.verification.built_page import Writing
from pipeline.wording import texts
from pipeline.wording.texts import Texts

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
    _refuse(leaks.site(built, folders, words, _not_to_be_said(plan), writing(plan), built.parent / SCANNED))


def writing(plan: Plan) -> dict[str, Writing]:
    """How each language of the site writes numbers."""
    said = texts.of_plan(plan)
    return {language: writing_of(each) for language, each in said.items()}


def writing_of(words: Texts) -> Writing:
    """How a language writes numbers, and how it counts the groups of a chart that went up, down, or stayed."""
    counted = []
    for text in (words(f"chart.{way}_most") for way in ("up", "down", "same")):
        parts = re.split(r"\{(\w+)\}", text)
        at = sorted(parts.index(blank) for blank in ("count", "of"))
        between = "".join(re.escape(part) for part in parts[at[0] + 1 : at[1]])
        counted.append(rf"\b\d+{between}\d+{re.escape(parts[at[1] + 1])}")
    return Writing(words.decimal, words.thousands, tuple(counted))


def _not_to_be_said(plan: Plan) -> list[bytes]:
    """Names of columns that tell one person or record from another, where they are no words that a page might use."""
    keys = {
        name for each in plan.resources.values() for name in (each.person, *names(each.schema.get("primaryKey", ())))
    }
    return sorted(name.encode() for name in keys if "_" in name)


def _refuse(found: Sequence[Finding]) -> None:
    if found:
        raise PipelineError("disclosure", found)
