"""Where every row of the records went, and what may be told of that. Pure; looks up the workspace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pipeline.confidential.deliveries import quality
from pipeline.confidential.intake.records import Records
from pipeline.confidential.late_records import hold
from pipeline.confidential.storage.workspace import Store
from pipeline.confidential.validation.verdict import Verdict, accepted, refused_until
from pipeline.institute.plan import Edition, Plan
from pipeline.model import periods
from pipeline.public.edition.model import Package


@dataclass(frozen=True)
class Accounting:
    """Where every row of one record type went: read = counted + later + held + rejected. A row may break several rules.

    held: rows that wait, since they would change published `periods`; kept: rows of the last edition that are counted in
    their place, beside those read; waiting: kind of change → how many wait.
    """

    read: int
    counted: int
    later: int
    rejected: int
    refused: Mapping[str, int]
    """Rule → rows that break it."""
    recoded: Mapping[str, int]
    """Column → values that matched nothing and took the code that sources.yaml gives for that."""
    held: int = 0
    kept: int = 0
    periods: tuple[str, ...] = ()
    waiting: Mapping[str, int] = field(default_factory=dict)

    def without(self, waiting: hold.Waiting | None) -> Accounting:
        """The same with some of what was counted held."""
        if waiting is None:
            return self
        return replace(
            self,
            counted=self.counted - waiting.rows,
            held=waiting.rows,
            kept=waiting.kept,
            periods=waiting.periods,
            waiting=waiting.kinds,
        )


def account(found: Records, verdict: Verdict, plan: Plan, edition: Edition, store: Store) -> Accounting:
    periods_of = accepted(found, verdict, plan, store)
    later = sum(count for value, count in periods_of.items() if periods.is_after(value, edition.cut_off))
    return Accounting(
        read=found.rows,
        counted=sum(periods_of.values()) - later,
        later=later,
        rejected=verdict.bad[found.resource],
        refused=verdict.rules[found.resource],
        recoded=found.recoded_until(),
    )


def told(
    records: Mapping[str, Records],
    verdict: Verdict,
    plan: Plan,
    edition: Edition,
    store: Store,
    earlier: Sequence[Package],
) -> Mapping[str, Any]:
    """What may be told of the records up to the cut-off of the edition, after what the editions before it told."""
    true = {}
    for name, found in records.items():
        rejected, rules = refused_until(found, verdict, plan, store, edition.cut_off)
        true[name] = quality.Account(rejected, rules, found.recoded_until(edition.cut_off))
    told = [(str(each.release["cut_off"]), each.release["quality"]) for each in earlier if each.release.get("quality")]
    same = [block for cut_off, block in told if cut_off == edition.cut_off]
    return quality.protect(true, plan, [block for _, block in told], same)
