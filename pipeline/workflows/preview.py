"""`celosia protect`: what an edition would withhold, and what could be published where it cannot. Writes nothing that stays."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pipeline.confidential.protection import feasible, table_redesign
from pipeline.confidential.protection.protect import Protection, protect
from pipeline.confidential.suppression.effort import TRIAL
from pipeline.confidential.tabulation.recount import Recount
from pipeline.institute.plan import PERIOD, Edition, Plan
from pipeline.model.cells import Counts
from pipeline.model.findings import Finding, PipelineError
from pipeline.public.edition.model import Package
from pipeline.workflows import candidates, editions, records, redefinitions
from pipeline.workflows.records import Accepted
from pipeline.workflows.revisions import Foretold, ReleaseCandidate, Revisions
from pipeline.workflows.run import Run, Tell

MINUTES = 5
"""Of computing, after which no further way is looked for; the best one so far is then protected and checked as a whole."""
DOUBTS = 4
"""So many attempts in a row of which it took too long to tell end the search among the tables of a record type."""


@dataclass(frozen=True)
class Explained:
    """What protection would withhold, and the changes that were tried.

    `protection` is None where the edition cannot be published as it stands, and `reasons` says why; `way` is then what
    can be published, None where nothing can; `attempts`: how many ways were tried; `fewest`: whether they were all that
    were wanted; `foretold`: what would become of what changed of published periods.
    """

    protection: Protection | None
    trials: Sequence[table_redesign.Trial]
    reasons: Sequence[Finding] = ()
    way: feasible.Way | None = None
    attempts: int = 0
    fewest: bool = True
    foretold: Sequence[Foretold] = ()


def explain(run: Run, tell: Tell, *, tables: Sequence[str] = (), most: int = 0) -> Explained:
    """Protects without publishing. Tries changes of the named tables, or of as many as `most` that withhold most; where
    the edition cannot be published, looks for the nearest that can."""
    with records.accepted(run, tell) as accepted:
        around = editions.around(run, accepted.edition)
        redefinitions.refuse(run.plan, around[0])
        rehearsal = _Rehearsal(accepted, around)
        tell("count", tables=len(run.plan.at(accepted.edition).tables))
        tell("protect")
        if not (tables or most):
            return rehearsal.as_it_stands(run.effort)
        base, found = rehearsal.searched(run.effort)
        if base is None:
            return found
        named = list(tables) or list(table_redesign.shares(base.protection, run.plan.at(accepted.edition)))[:most]
        return replace(found, trials=_redesigned(base, accepted, named, around[0]))


@dataclass(frozen=True)
class _Tried:
    """An edition that was protected and not published."""

    past: Revisions
    choice: ReleaseCandidate
    protection: Protection

    @property
    def explained(self) -> Explained:
        return Explained(self.protection, (), foretold=tuple(self.choice.foretold()))


@dataclass
class _Rehearsal:
    """Tries an edition, or one with less in it, as `publish` makes it, aside. `around`: the editions before and after it;
    `reasons`: why its tables cannot be published as they stand; `unsure`: of some way it took too long to tell;
    `doubts`: of so many, one after the other."""

    accepted: Accepted
    around: tuple[list[Package], list[Package]]
    reasons: dict[Finding, None] = field(default_factory=dict)
    unsure: bool = False
    doubts: int = 0
    attempts: int = 0

    def __post_init__(self) -> None:
        self.plan, self.edition, self.tell = self.accepted.run.plan, self.accepted.edition, self.accepted.tell
        self._recount = Recount(self.accepted.count, self.edition.id)

    def as_it_stands(self, effort: str) -> Explained:
        """The edition, protected. Raises PipelineError."""
        try:
            return self._tried(self.plan, self.edition, effort).explained
        except PipelineError as error:
            raise self._advised(error) from None

    def searched(self, effort: str) -> tuple[_Tried | None, Explained]:
        """The edition as it would be published, where it can; else what can be, which is written, audited and verified.

        The largest safe choice tells which tables stand in the way; what is printed is protected as it will be published.
        """
        until = time.process_time() + 60 * MINUTES

        def late() -> bool:
            return self.doubts >= DOUBTS or time.process_time() > until

        found = feasible.find(self.plan, self.edition, self._attempt, late)
        way, fewest, rounds = found.way, found.fewest and not self.unsure, 0
        while way:
            changed, now = way.applied(self.plan, self.edition)
            whole = not self.reasons
            try:
                done = self._tried(changed, now, effort if whole or effort != "quick" else "normal")
                self._staged(changed, done)
                if whole:
                    return done, done.explained
                break
            except PipelineError as error:
                refused = self._refused(error)
                if whole:
                    self.reasons |= dict.fromkeys(error.findings)
                rounds, fewest = rounds + 1, False
                way = feasible.further(way, self.plan, self.edition, refused, everything=rounds > feasible.NAMED)
        advised = self._advised(PipelineError("disclosure", list(self.reasons)))
        return None, Explained(None, (), advised.findings, way, self.attempts, fewest)

    def _attempt(self, way: feasible.Way, resource: str) -> set[str] | None:
        """The tables of a record type that a refusal names; None where they can be protected. Of the edition as it stands that
        is found out with as much work as a publication may do: it must not be said of what can be published that it cannot."""
        self.attempts += 1
        self.tell("ways", done=self.attempts, minutes=MINUTES)
        whole = way.without == self.edition.without
        error = self._stops(way, resource, TRIAL)
        if error and whole and _unknown(error):
            error = self._stops(way, resource, "quick")
        doubtful = error is not None and _unknown(error)
        self.doubts = self.doubts + 1 if doubtful and not whole else 0
        self.unsure |= doubtful
        if error is None:
            return None
        if whole:
            self.reasons |= dict.fromkeys(error.findings)
        return self._refused(error)

    def _stops(self, way: feasible.Way, resource: str, effort: str) -> PipelineError | None:
        """Why the tables of a record type cannot be protected; None where they can."""
        try:
            self._tried(*way.applied(self.plan, self.edition), effort, resource)
        except PipelineError as error:
            return error
        return None

    def _refused(self, error: PipelineError) -> set[str]:
        """The tables that a refusal names. Raises it where other tables would not help."""
        if not candidates.of_tables(error):
            raise self._advised(error) from None
        return feasible.tables_of([finding.where for finding in error.findings], self.plan)

    def _advised(self, error: PipelineError) -> PipelineError:
        return candidates.advised(error, self.plan.at(self.edition), self.edition, self.around[0])

    def _tried(self, changed: Plan, now: Edition, effort: str, only: str = "") -> _Tried:
        """Protects as `publish` goes, without the audit; the tables of all record types, or of one."""
        run, earlier = self.accepted.run, self.around[0]
        if only:
            changed, earlier = changed.only(only), [each.only(only) for each in earlier]
        past = self.accepted.history(changed, now, earlier, self._recount)
        for sure in past.choices(run.raw, again=run.again):
            try:
                if not only:
                    return _Tried(past, sure, candidates.protected(past, sure, effort, self.tell))
                found = protect(sure.counts, past.plan, now, sure.told, effort)
                return _Tried(past, sure, found)
            except PipelineError as error:
                if error.kind != "disclosure" or sure.last:
                    raise
        raise AssertionError("the last choice is protected or raises")

    def _staged(self, changed: Plan, done: _Tried) -> None:
        """Writes, audits and verifies an edition aside. Raises PipelineError."""
        now, (earlier, later) = done.past.edition, self.around
        said = self.accepted.quality(changed, now, earlier)
        aside = self.accepted.store.folder / "trial"
        aside.mkdir(exist_ok=True)
        staging = candidates.Staging(aside, later, said, self.accepted.run.texts, draft=True)
        made = candidates.written(done.past, done.protection, changed.at(now), staging, self.tell)
        shutil.rmtree(made.folder, ignore_errors=True)


def _unknown(error: PipelineError) -> bool:
    """Whether it took too long to tell of some tables."""
    return any(finding.rule == "unprotectable_unknown" for finding in error.findings)


def _redesigned(
    base: _Tried, accepted: Accepted, tables: Sequence[str], earlier: Sequence[Package]
) -> list[table_redesign.Trial]:
    """Changes of tables of an edition that can be published, each tried."""

    def progress(done: int, of: int) -> None:
        accepted.tell("trials", done=done, of=of)

    def recount(changed: Plan) -> Counts:
        return accepted.count(changed, base.choice.rows)

    told: dict[str, set[str]] = {}
    for table in (table for each in earlier for table in each.tables.values()):
        told.setdefault(table.id, set()).update(table.frame[PERIOD])
    asked = table_redesign.Base(
        base.choice.counts,
        base.past.plan,
        accepted.edition,
        base.choice.published,
        accepted.run.effort,
        base.protection,
        base.choice.vintages,
        base.choice.before,
        told,
    )
    return table_redesign.trials(asked, recount, tables, progress)
