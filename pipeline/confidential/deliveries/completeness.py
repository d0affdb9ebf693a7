"""Whether all records are there: what is not delivered would be published as zeros, which can never be corrected.

In: the records that were read. Out: findings. Of every period that a record type is due to have records of, it has some
that are not refused, or sources.yaml says that there were none. Where somebody has counted them, in sources.yaml or beside
a file, as many came as were counted: `visitas.csv.expected.yaml` says of visitas.csv what `expected:` says of a record
type, `rows` and the records of any time code. Asks the store and reads those files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pipeline.confidential.intake.records import FILE, Records
from pipeline.confidential.intake.source_files import EXPECTED, PRIVATE
from pipeline.confidential.storage.workspace import Store, name, text
from pipeline.confidential.validation.verdict import Verdict, accepted
from pipeline.institute.files import Folder
from pipeline.institute.plan import Plan, Resource
from pipeline.model import periods
from pipeline.model.findings import Finding


def gaps(records: Mapping[str, Records], verdict: Verdict, plan: Plan, store: Store, cut_off: str) -> Iterator[Finding]:
    """What contradicts sources.yaml: periods up to the cut-off without any record that counts, and records of periods that
    are said to have none, or of before their type began."""
    for each, found in records.items():
        source, counted = plan.sources[each], accepted(found, verdict, plan, store)
        months = {period: periods.months_of(period) for period in counted}
        where = f"sources.yaml:{each}"
        if lost := [period for period in plan.due(each, cut_off) if period not in counted]:
            yield Finding.of(where, "no_records_of", periods=_told(lost))
        if denied := [period for period in counted if source.empty_months.issuperset(months[period])]:
            yield Finding.of(f"{where}.none", "records_of_none", periods=_told(denied))
        if early := [period for period in counted if months[period][0] < source.start]:
            yield Finding.of(f"{where}.start", "records_before_start", periods=_told(early))


def differences(records: Mapping[str, Records], plan: Plan, raw: Path, store: Store) -> Iterator[Finding]:
    """Where the records that came, refused or not, are more or fewer than were counted before."""
    beside = {
        path.relative_to(raw).as_posix().removesuffix(EXPECTED): path.relative_to(raw).as_posix()
        for path in sorted(raw.rglob(f"*{EXPECTED}"))
        if PRIVATE not in path.relative_to(raw).parts
    }
    for each, found in records.items():
        resource, source = plan.resources[each], plan.sources[each]
        files = {read.name: read.file or read.name for read in found.read}
        counts: dict[str, Counter[str]] = {file: Counter() for file in files.values()}
        for part, period, rows in _counts(found, resource, store):
            counts[files[part]][period] += rows
        yield from _differ(f"sources.yaml:{each}.expected", source.expected, sum(counts.values(), Counter()))
        for file in counts.keys() & beside.keys():
            totals = Folder(raw)
            expected = totals.shaped(where := beside.pop(file), "expected") or {}
            if any(periods.is_finer(code, resource.grain) for code in expected.keys() - {"rows"}):
                totals.wrong(where, "level_finer_than_records")
            yield from totals.findings or _differ(where, expected, counts[file])
    for file, where in beside.items():
        yield Finding.of(where, "expected_of_no_file", file=file)


def _counts(found: Records, resource: Resource, store: Store) -> list[tuple[str, str, int]]:
    """(file, period, records)"""
    asked = f"{name(FILE)}, {name(resource.period)}, count(*) FROM read_parquet({text(found.path)})"
    return store.rows(f"SELECT {asked} GROUP BY ALL ORDER BY ALL")


def _differ(where: str, expected: Mapping[str, int], counts: Mapping[str, int]) -> Iterator[Finding]:
    months = {period: periods.months_of(period) for period in counts if periods.level_of(period)}
    for code, number in expected.items():
        inside = set() if code == "rows" else set(periods.months_of(code))
        came = sum(
            rows for period, rows in counts.items() if code == "rows" or inside.issuperset(months.get(period, "?"))
        )
        if came != number and code == "rows":
            yield Finding.of(where, "expected_rows", expected=number, came=came)
        elif came != number:
            yield Finding.of(where, "expected_of_period", period=code, expected=number, came=came)


def _told(codes: Iterable[str]) -> str:
    return ", ".join(periods.united(codes))
