"""Whether all records are there: what is not delivered would be published as zeros, which can never be corrected.

In: the records that were read and not refused. Out: findings. Of every period that a record type is due to have records
of, it has some, or sources.yaml says that there were none. Asks the store.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from pipeline import periods
from pipeline.confidential.ingest import Records
from pipeline.confidential.store import Store
from pipeline.confidential.validate import Verdict, accepted
from pipeline.errors import Finding
from pipeline.plan import Plan


def gaps(records: Mapping[str, Records], verdict: Verdict, plan: Plan, store: Store, cut_off: str) -> Iterator[Finding]:
    """What contradicts sources.yaml: periods up to the cut-off without any record that counts, and records of periods that
    are said to have none, or of before their type began."""
    for name, found in records.items():
        source, counted = plan.sources[name], accepted(found, verdict, plan, store)
        months = {period: periods.months_of(period) for period in counted}
        where = f"sources.yaml:{name}"
        if lost := [period for period in plan.due(name, cut_off) if period not in counted]:
            yield Finding.of(where, "no_records_of", periods=_told(lost))
        if denied := [period for period in counted if source.empty_months.issuperset(months[period])]:
            yield Finding.of(f"{where}.none", "records_of_none", periods=_told(denied))
        if early := [period for period in counted if months[period][0] < source.start]:
            yield Finding.of(f"{where}.start", "records_before_start", periods=_told(early))


def _told(codes: Iterable[str]) -> str:
    return ", ".join(periods.united(codes))
