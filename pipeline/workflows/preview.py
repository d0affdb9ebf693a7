"""`celosia protect`: what an edition would withhold, and what could be published where it cannot. Writes nothing that stays."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipeline import SITE
from pipeline.confidential.protection import feasible, table_redesign
from pipeline.confidential.protection.protect import Protection, protect
from pipeline.confidential.suppression.suppress import TRIAL
from pipeline.confidential.tabulation.recount import Recount
from pipeline.institute.plan import PERIOD, Edition, Plan
from pipeline.model.cells import Counts
from pipeline.model.findings import Finding, PipelineError
from pipeline.wording import texts as words
from pipeline.workflows import candidates, editions, records, redefinitions
from pipeline.workflows.revisions import Foretold, ReleaseCandidate, Revisions
from pipeline.workflows.run import Run, Tell


@dataclass(frozen=True)
class Explained:
    """What protection would withhold, and the changes that were tried.

    `protection` is None where the edition cannot be published as it stands, and `reasons` says why; `way` is then what
    can be published, None where nothing can; `attempts`: how many ways were tried; `foretold`: what would become of what
    changed of published periods.
    """

    protection: Protection | None
    trials: Sequence[table_redesign.Trial]
    reasons: Sequence[Finding] = ()
    way: feasible.Way | None = None
    attempts: int = 0
    foretold: Sequence[Foretold] = ()


def explain(run: Run, tell: Tell, *, tables: Sequence[str] = (), most: int = 0) -> Explained:
    """Protects without publishing. Tries changes of the named tables, or of as many as `most` that withhold most; where
    the edition cannot be published, looks for the nearest that can."""
    asked = bool(tables or most)
    with records.accepted(run, tell) as accepted:
        plan, edition, effort = run.plan, accepted.edition, run.effort
        earlier, later = editions.around(run.published, edition)
        redefinitions.refuse(plan, earlier)
        tell("count", tables=len(plan.at(edition).tables))
        kept = Recount(accepted.count, edition.id)

        def tried(changed: Plan, now: Edition, effort: str, only: str = "") -> _Tried:
            """Protects as `publish` goes, without the audit."""
            past = accepted.history(changed, now, earlier, kept)
            for sure in past.choices(run.raw, again=run.again):
                try:
                    if only:
                        vintages = tuple(each for each in sure.vintages if each.records == only)
                        mine = past.plan.only(only)
                        found = protect(sure.counts, mine, now, sure.published, effort, vintages, sure.before)
                    else:
                        found = candidates.protected(past, sure, effort)
                    return _Tried(past, sure, found)
                except PipelineError as error:
                    if error.kind != "disclosure" or sure.last:
                        raise
            raise AssertionError("the last choice is protected or raises")

        def staged(changed: Plan, done: _Tried) -> None:
            """Writes, audits and verifies an edition aside. Raises PipelineError."""
            now = done.past.edition
            said = accepted.quality(changed, now, earlier)
            texts = words.load(SITE / "texts", changed.languages)
            trial = accepted.store.folder / "trial"
            trial.mkdir(exist_ok=True)
            staging = candidates.Staging(trial, later, said, texts, draft=True)
            aside = candidates.written(done.past, done.protection, changed.at(now), staging, tell)
            shutil.rmtree(aside.folder, ignore_errors=True)

        tell("protect")
        try:
            base = tried(plan, edition, effort)
            if asked:
                staged(plan, base)
        except PipelineError as error:
            refused = candidates.advised(error, plan.at(edition), earlier)
            if not asked or not candidates.of_tables(error):
                raise refused from None
            way, attempts = _searched(plan, edition, effort, tried, staged, tell)
            return Explained(None, (), refused.findings, way, attempts)
        named = list(tables) or list(table_redesign.shares(base.protection))[:most]

        def progress(done: int, of: int) -> None:
            tell("trials", done=done, of=of)

        def recount(changed: Plan) -> Counts:
            return accepted.count(changed, base.choice.rows)

        told: dict[str, set[str]] = {}
        for table in (table for each in earlier for table in each.tables.values()):
            told.setdefault(table.id, set()).update(table.frame[PERIOD])
        trials = table_redesign.trials(
            recount,
            base.choice.counts,
            base.past.plan,
            edition,
            base.choice.published,
            base.protection,
            named,
            effort,
            progress,
            told,
            base.choice.vintages,
            base.choice.before,
        )
        return Explained(base.protection, trials, foretold=tuple(base.choice.foretold()))


@dataclass(frozen=True)
class _Tried:
    """An edition that was protected and not published."""

    past: Revisions
    choice: ReleaseCandidate
    protection: Protection


def _searched(
    plan: Plan,
    edition: Edition,
    effort: str,
    tried: Callable[..., _Tried],
    staged: Callable[[Plan, _Tried], None],
    tell: Tell,
) -> tuple[feasible.Way | None, int]:
    """What can be published, and in how many attempts it was found; what is found is written, audited and verified."""

    def named(error: PipelineError) -> set[str]:
        return feasible.tables_of([finding.where for finding in error.findings], plan)

    def attempt(way: feasible.Way, resource: str) -> set[str] | None:
        try:
            tried(*way.applied(plan, edition), TRIAL, resource)
        except PipelineError as error:
            return named(error)
        return None

    way, attempts = feasible.find(plan, edition, attempt, lambda done: tell("ways", done=done))
    while way:
        changed, now = way.applied(plan, edition)
        try:
            staged(changed, tried(changed, now, effort))
            break
        except PipelineError as error:
            way = feasible.further(way, plan, edition, named(error))
    return way, attempts
