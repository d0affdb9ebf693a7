"""One choice of what an edition counts, protected, written aside, audited and verified; or why it cannot be. Writes a staging
folder."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.confidential.intake.records import Records
from pipeline.confidential.protection import table_redesign
from pipeline.confidential.protection.protect import Protection, protect
from pipeline.institute.plan import Edition, Plan
from pipeline.model.findings import PipelineError, stop
from pipeline.public.audit import audit as auditing
from pipeline.public.edition import metadata, publication, reader, signatures, writer
from pipeline.public.edition.model import Package
from pipeline.verification import verify as verifying
from pipeline.wording.texts import Texts
from pipeline.workflows import last_gate, redefinitions
from pipeline.workflows.accounting import Accounting
from pipeline.workflows.revisions import ReleaseCandidate, Revisions
from pipeline.workflows.run import Run, Tell


@dataclass(frozen=True)
class Published:
    """What a run of `publish` did. `folder` is where the edition is; `unchanged` if it was there already."""

    folder: Path
    unchanged: bool
    records: Mapping[str, Records]
    accounting: Mapping[str, Accounting]
    protection: Protection
    audit: auditing.Audit


@dataclass(frozen=True)
class Staged:
    folder: Path
    protection: Protection
    audit: auditing.Audit


@dataclass(frozen=True)
class Staging:
    """Where a candidate is written aside, and what goes into it beside its figures: `later` editions that are there already,
    what is `said` of refused rows, words by language, whether it is a draft; the private key with which it is to `sign`, if it is."""

    into: Path
    later: Sequence[Package]
    said: Mapping[str, Any]
    texts: Mapping[str, Texts]
    draft: bool
    sign: Path | None = None


def drafts(run: Run) -> Path:
    """The folder of drafts. Raises PipelineError("package") where it is among what is published, or holds an edition of
    that name that is no draft."""
    assert run.draft is not None
    if run.draft.resolve().is_relative_to(run.published.resolve()):
        raise stop("package", str(run.draft), "draft_among_editions")
    if (run.draft / run.edition).exists() and not reader.read(run.draft / run.edition).release.get("draft"):
        raise stop("package", run.edition, "not_a_draft")
    return run.draft


def first_safe(run: Run, past: Revisions, staging: Staging, tell: Tell) -> tuple[ReleaseCandidate, Staged]:
    """The first choice of what to count with which nobody is exposed, staged. Raises PipelineError("disclosure")
    where there is none."""
    for choice in past.choices(run.raw, again=run.again):
        try:
            tell("protect")
            protection = protected(past, choice, run.effort, tell)
            return choice, written(past, protection, run.plan.at(past.edition), staging, tell)
        except PipelineError as error:
            if error.kind != "disclosure" or choice.last:
                raise advised(error, run.plan.at(past.edition), past.edition, past.earlier) from None
            tell("held")
    raise AssertionError("the last choice is staged or raises")


def protected(past: Revisions, choice: ReleaseCandidate, effort: str, tell: Tell) -> Protection:
    """Protects what a choice counts. Raises PipelineError("disclosure")."""

    def progress(met: int, of: int) -> None:
        tell("slow", done=met, of=of)

    return protect(choice.counts, past.plan, past.edition, choice.told, effort, progress)


def written(past: Revisions, protection: Protection, plan: Plan, staging: Staging, tell: Tell) -> Staged:
    """Writes, audits and verifies what is protected; raises PipelineError and leaves nothing."""
    edition, earlier = past.edition, past.earlier
    folder = publication.stage(staging.into)
    try:
        tell("package")
        tables = metadata.tables(protection.masked, plan, edition.cut_off)
        codes = metadata.codes(plan, edition, staging.texts)
        content = writer.Content(tables, codes, tuple(plan.catalogues.values()), tuple(plan.shapes.values()))
        before = earlier[-1] if earlier else None
        release = metadata.release(plan, edition, tables, before, staging.said, draft=staging.draft)
        staged = writer.write(folder, content, release=release, publisher=metadata.publisher(plan))
        tell("audit", editions=len(earlier) + len(staging.later) + 1)
        audit = _audited(earlier, staged, staging.later)
        tell("verify", worlds=len(protection.witnesses))
        # Whatever is published can be verified ever after, by whoever has the witnesses.
        if found := verifying.verify([*earlier, staged], protection.worlds).findings:
            raise PipelineError("disclosure", found)
        publication.seal(folder, audit.certificate())
        if staging.sign:
            signatures.sign(folder, staging.sign)
        tell("leaks")
        last_gate.edition(folder, plan)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return Staged(folder, protection, audit)


def _audited(earlier: Sequence[Package], staged: Package, later: Sequence[Package]) -> auditing.Audit:
    """The audit of an edition and those before it. Raises PipelineError when it, or those after it, expose somebody."""
    # What the certificate says does not depend on what came after; safety does.
    audit = auditing.audit([*earlier, staged])
    exposures = {*audit.exposures, *(auditing.audit([*earlier, staged, *later]).exposures if later else ())}
    if exposures:
        raise PipelineError("disclosure", [exposure.finding() for exposure in exposures])
    return audit


def advised(error: PipelineError, plan: Plan, edition: Edition, earlier: Sequence[Package]) -> PipelineError:
    """A refusal with what could be given up, and with what is defined otherwise than in the edition before."""
    findings = [table_redesign.advised(finding, plan) for finding in error.findings]
    if error.kind == "disclosure" and any(finding.rule.startswith("no_safe_way") for finding in findings):
        findings += redefinitions.differences(plan, earlier)
    return PipelineError(error.kind, findings, {"explain": {"edition": edition.id}} if of_tables(error) else {})


def of_tables(error: PipelineError) -> bool:
    """Whether what stops an edition is what its tables tell; else other tables would not help."""
    rules = {finding.rule for finding in error.findings}
    tables = ("unprotectable", "exposed_", "goal_unmet", "witness_")
    return error.kind == "disclosure" and all(rule.startswith(tables) for rule in rules)
