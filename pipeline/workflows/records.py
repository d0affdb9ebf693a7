"""The records of a run, read and judged, and what is asked of them: counts, what changed since earlier editions, where the
rows went. Reads files of the office; works in a private workspace that is gone afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from pipeline.confidential.deliveries import plausibility
from pipeline.confidential.intake.records import Records
from pipeline.confidential.late_records import hold
from pipeline.confidential.private_files import office_copy
from pipeline.confidential.protection.protect import Protection
from pipeline.confidential.storage.workspace import Store
from pipeline.confidential.tabulation.count import Rows, count
from pipeline.confidential.tabulation.engines import Engine, engine
from pipeline.confidential.validation.verdict import Verdict, refused
from pipeline.institute.plan import Edition, Plan
from pipeline.model.cells import Counts
from pipeline.model.findings import stop
from pipeline.public.edition.model import Package
from pipeline.workflows import accounting
from pipeline.workflows.accounting import Accounting
from pipeline.workflows.check import check, refuse
from pipeline.workflows.revisions import ReleaseCandidate, Revisions
from pipeline.workflows.run import Run, Tell


@dataclass(frozen=True)
class Accepted:
    """Records that may be counted for an edition, beside what is wrong with those that are set aside."""

    run: Run
    edition: Edition
    records: Mapping[str, Records]
    verdict: Verdict
    store: Store
    engine: Engine
    tell: Tell

    def count(self, plan: Plan, rows: Mapping[str, Rows]) -> Counts:
        """Counts the tables of a plan over the given rows of each record type."""
        taken = {each: replace(self.records[each], path=told.path) for each, told in rows.items()}
        left_out = {each: told.out for each, told in rows.items() if told.out}
        return count(taken, plan, plan.edition(self.edition.id), self.engine, left_out)

    def recount(self, plan: Plan, rows: Mapping[str, Rows]) -> Counts:
        """The same, and says so."""
        self.tell("count", tables=len(plan.tables))
        return self.count(plan, rows)

    def register(self, plan: Plan) -> hold.Register:
        """What looks up what changed since earlier editions."""
        return hold.Register(self.records, plan, self.store, self.verdict.refused)

    def history(
        self,
        plan: Plan,
        edition: Edition,
        earlier: Sequence[Package],
        recount: Callable[[Plan, Mapping[str, Rows]], Counts] | None = None,
    ) -> Revisions:
        """What earlier editions told, for the tables that a plan has for an edition."""
        return Revisions(plan.at(edition), edition, earlier, self.register, recount or self.recount)

    def compared(self) -> Mapping[str, Any]:
        """How the delivery differs from the last one. Raises PipelineError("records") for what nobody has accepted."""
        run = self.run
        found = plausibility.delivery(self.records, self.verdict, run.plan, self.edition, run.raw, self.store)
        return found.report(run.accept or plausibility.accepted_before(run.raw, self.edition.id))

    def quality(self, plan: Plan, edition: Edition, earlier: Sequence[Package]) -> Mapping[str, Any]:
        """What may be told of refused and recoded rows, after what the editions before told."""
        return accounting.told(self.records, self.verdict, plan, edition, self.store, earlier)

    def accounts(self, choice: ReleaseCandidate) -> dict[str, Accounting]:
        """Record type → where its rows went."""
        run = self.run
        return {
            each: accounting.account(found, self.verdict, run.plan, self.edition, self.store).without(
                choice.waiting.get(each)
            )
            for each, found in self.records.items()
        }

    def private(
        self,
        past: Revisions,
        choice: ReleaseCandidate,
        protection: Protection,
        accounts: Mapping[str, Accounting],
        delivery: Mapping[str, Any],
    ) -> office_copy.Private:
        """What is kept beside the records, for their owner alone. Raises PipelineError("records") where their folder is gone:
        the ledger of this edition would be lost, by which the next one is protected."""
        if not self.run.raw.is_dir():
            raise stop("records", self.run.raw.name, "records_gone")
        return office_copy.Private(
            rows={each: vars(account) for each, account in accounts.items()},
            protection=protection,
            effort=self.run.effort,
            refused=refused(self.verdict, self.store),
            counted=past.register.all(choice.rows, self.edition.cut_off),
            cut_off=self.edition.cut_off,
            held=past.register.entries(choice.changes, choice.held),
            waiting={each: told.kinds for each, told in choice.waiting.items()},
            delivery=delivery,
        )


@contextmanager
def accepted(run: Run, tell: Tell) -> Iterator[Accepted]:
    """Reads and judges the records. Raises PipelineError("records") where more is wrong than may be set aside."""
    with Store(keep=run.keep) as store:
        edition = run.plan.edition(run.edition)
        records, verdict = check(run.plan, run.raw, store, tell, set_aside=run.quarantine > 0, cut_off=edition.cut_off)
        refuse(records, verdict, run.quarantine)
        with engine(run.master, store) as counting:
            yield Accepted(run, edition, records, verdict, store, counting, tell)
