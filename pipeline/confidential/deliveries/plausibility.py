"""This delivery beside the last one: what changed more than records do by themselves is named, until somebody accepts it.

In: the records that count, and what the private report of the last edition says of those that counted then. Out: per
record type the records of each period and, of each column, how many cells are empty, unspecified or recoded (`Profile`),
and findings named `type:period` or `type:column`. Asks the store; reads the private report and ledger.

A published period is closed: any record fewer is named, and so is a rise by more than LATE and more than SIGMA
standard deviations of a Poisson count, for a few records always come late.

A new period is held against the YEAR before it, on the scale of square roots, on which counts vary by the same whatever
their size. It is named where it is further than SIGMA deviations from their median and also less than 1/FACTOR or more
than FACTOR times it: the first keeps a small series from being named for chance, the second a very regular one for little.
The deviation is estimated by the median absolute one, and is at least that of a count with DISPERSION times the variance of
a Poisson count, for one woman comes several times. So a month that is there twice is named from some 26 records a month on,
half a month from some 52, and chance names a month of about one in twenty editions with six record types.

A share of cells is named where it moved by POINTS or more and the two proportions differ by more than SIGMA_SHARE standard
errors: with some hundreds of shares in an edition, chance alone would name one in about fifty editions.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow.parquet

from pipeline.confidential.intake.records import ID, Records
from pipeline.confidential.private_files import office_copy
from pipeline.confidential.storage.workspace import Store, name, text
from pipeline.confidential.validation.verdict import Verdict
from pipeline.institute.plan import Edition, Plan, Resource
from pipeline.model import periods
from pipeline.model.findings import Finding, PipelineError

LATE = 0.10
SIGMA, FACTOR, DISPERSION = 3.0, 1.5, 2.0
POINTS, SIGMA_SHARE = 0.05, 4.0
YEAR = {periods.MONTH: 12, periods.QUARTER: 4, periods.YEAR: 3}
"""Periods of each grain that a new one is held against; of fewer than half of them nothing is said."""
KINDS = ("empty", "unspecified", "recoded")
"""What a cell may be instead of telling something."""


@dataclass(frozen=True)
class Profile:
    """Period → records, and kind → column → period → cells of that kind, where there are any."""

    rows: Mapping[str, int]
    cells: Mapping[str, Mapping[str, Mapping[str, int]]] = field(default_factory=dict)

    def until(self, cut_off: str) -> Profile:
        """The same without later periods."""
        kept = [period for period in self.rows if not periods.is_after(period, cut_off)]
        return Profile({period: self.rows[period] for period in kept}, self.cells)

    def share(self, kind: str, column: str, among: Collection[str]) -> tuple[int, int]:
        """(cells of a kind, all cells) of a column in some periods."""
        cells = self.cells.get(kind, {}).get(column, {})
        return sum(cells.get(each, 0) for each in among), sum(self.rows.get(each, 0) for each in among)


@dataclass(frozen=True)
class Last:
    """What an earlier edition counted, by record type."""

    edition: str
    cut_off: str
    profiles: Mapping[str, Profile]


@dataclass(frozen=True)
class Acceptance:
    """Names of findings that somebody has looked at and found right, with who did and why."""

    names: Collection[str] = ()
    who: str = ""
    why: str = ""


@dataclass(frozen=True)
class Delivery:
    """What the records are like now, what they were in the last edition, where there was one, and what is named for it."""

    now: Mapping[str, Profile]
    last: Last | None
    findings: tuple[Finding, ...]

    def report(self, acceptance: Acceptance) -> dict[str, Any]:
        """What the private report keeps. Raises PipelineError("records") where something named is not accepted."""
        if left := [finding for finding in self.findings if finding.where not in acceptance.names]:
            raise PipelineError("records", left)
        found: dict[str, Any] = {"delivery": {each: asdict(profile) for each, profile in self.now.items()}}
        if self.findings:
            names = sorted({finding.where for finding in self.findings})
            found["accepted"] = {"names": names, "who": acceptance.who, "why": acceptance.why}
        return found


def delivery(
    records: Mapping[str, Records], verdict: Verdict, plan: Plan, edition: Edition, raw: Path, store: Store
) -> Delivery:
    """The records up to the cut-off of an edition beside those of the last edition before it that the office has kept."""
    now = {
        each: _profile(found, verdict, plan.resources[each], store).until(edition.cut_off)
        for each, found in records.items()
    }
    last = _last(plan, edition, raw, store)
    if last is None:
        return Delivery(now, None, ())
    findings = [
        finding
        for each, profile in now.items()
        if (then := last.profiles.get(each))
        for finding in (
            *_months(each, profile, then, last, plan),
            *_shares(each, profile, then, last, _declared(plan, each)),
        )
    ]
    return Delivery(now, last, tuple(findings))


def accepted_before(raw: Path, edition: str) -> Acceptance:
    """What was accepted when an edition was published before; nothing, if it was not."""
    said = office_copy.report(raw, edition).get("accepted", {})
    if not isinstance(said, dict) or not isinstance(names := said.get("names", []), list):
        return Acceptance()
    return Acceptance(tuple(map(str, names)), str(said.get("who", "")), str(said.get("why", "")))


def _profile(found: Records, verdict: Verdict, resource: Resource, store: Store) -> Profile:
    unspecified = {d.column: d.unspecified for d in resource.dimensions.values() if d.column}
    asked: dict[tuple[str, str], str] = {}
    for column in resource.fields:
        asked["empty", column] = f"{name(column)} = ''"
        if codes := unspecified.get(column):
            asked["unspecified", column] = f"{name(column)} IN ({', '.join(map(text, codes))})"
    counts = ", ".join(f"count(*) FILTER ({condition})" for condition in asked.values())
    out = verdict.refused.get(found.resource)
    kept = f"WHERE {name(ID)} NOT IN (SELECT {name(ID)} FROM read_parquet({text(out)}))" if out else ""
    rows: dict[str, int] = {}
    cells: dict[str, dict[str, dict[str, int]]] = {
        "recoded": {column: dict(counted) for column, counted in found.recoded.items()}
    }
    for period, whole, *each in store.rows(
        f"SELECT {name(resource.period)}, count(*), {counts} FROM read_parquet({text(found.path)}) {kept} GROUP BY 1 ORDER BY 1"
    ):
        rows[period] = whole
        for (kind, column), number in zip(asked, each, strict=True):
            if number:
                cells.setdefault(kind, {}).setdefault(column, {})[period] = number
    return Profile(rows, cells)


def _last(plan: Plan, edition: Edition, raw: Path, store: Store) -> Last | None:
    for earlier in reversed(plan.until(edition)[:-1]):
        profiles = _reported(office_copy.report(raw, earlier.id)) or _in_ledger(plan, earlier, raw, store)
        if profiles:
            told = {each: profile.until(earlier.cut_off) for each, profile in profiles.items()}
            return Last(earlier.id, earlier.cut_off, told)
    return None


def _reported(report: Mapping[str, Any]) -> dict[str, Profile]:
    """What a private report says of the records; nothing where it does not say it as this program does."""
    try:
        profiles = {str(each): Profile(said["rows"], said["cells"]) for each, said in report["delivery"].items()}
        whole = all(
            isinstance(number, int)
            for profile in profiles.values()
            for counted in (profile.rows, *(c for kind in profile.cells.values() for c in kind.values()))
            for number in counted.values()
        )
    except (LookupError, TypeError, AttributeError):
        return {}
    return profiles if whole else {}


def _in_ledger(plan: Plan, edition: Edition, raw: Path, store: Store) -> dict[str, Profile]:
    """The records of each period that an edition counted, by its ledger."""
    found = office_copy.ledger(raw, edition.id, edition.cut_off)
    profiles = {}
    for each, path in (found.files if found else {}).items():
        if each in plan.resources and plan.resources[each].period in pyarrow.parquet.read_schema(path).names:
            period = name(plan.resources[each].period)
            asked = f"SELECT {period}, count(*) FROM read_parquet({text(path)}) GROUP BY ALL"
            profiles[each] = Profile(dict(store.rows(asked)))
    return profiles


def _months(each: str, now: Profile, then: Profile, last: Last, plan: Plan) -> Iterator[Finding]:
    for period in sorted({*now.rows, *then.rows}):
        come, before = now.rows.get(period, 0), then.rows.get(period, 0)
        facts = {"now": come, "before": before, "edition": last.edition}
        if not periods.is_after(period, last.cut_off):
            if come < before:
                rule = "period_shrank" if come else "period_vanished"
                yield Finding.of(f"{each}:{period}", rule, **facts)
            elif come - before > max(LATE * before, SIGMA * math.sqrt(before)):
                yield Finding.of(f"{each}:{period}", "period_jumped", **facts)
            continue
        most = YEAR[plan.resources[each].grain]
        before_it = [now.rows[other] for other in sorted(now.rows) if other < period][-most:]
        if 2 * len(before_it) >= most and is_unlike(come, before_it):
            yield Finding.of(f"{each}:{period}", "period_unlike", now=come, usual=round(statistics.median(before_it)))


def is_unlike(rows: int, before: Sequence[int]) -> bool:
    """Whether a count is far from those before it."""
    middle, roots = statistics.median(before), [math.sqrt(each) for each in before]
    spread = 1.4826 * statistics.median(abs(each - math.sqrt(middle)) for each in roots)
    far = abs(math.sqrt(rows) - math.sqrt(middle)) > SIGMA * max(spread, math.sqrt(DISPERSION) / 2)
    return far and not middle / FACTOR <= rows <= middle * FACTOR


def _declared(plan: Plan, each: str) -> frozenset[str]:
    """Columns that some files do not have yet, so that what stands for them there was declared."""
    return frozenset(column for origin in plan.sources[each].origins for column in origin.absent)


def _shares(each: str, now: Profile, then: Profile, last: Last, declared: Collection[str]) -> Iterator[Finding]:
    """New periods are held against the old ones, and the old ones against what they were. That a column which older files do not
    have says more than it did is what was to be expected; that it says less is not."""
    if not then.cells:
        return
    old = [period for period in then.rows if period in now.rows]
    new = [period for period in now.rows if periods.is_after(period, last.cut_off)]
    for kind in KINDS:
        for column in sorted({*now.cells.get(kind, {}), *then.cells.get(kind, {})}):
            before = then.share(kind, column, then.rows)
            shares = [now.share(kind, column, new), now.share(kind, column, old)]
            if column in declared:
                shares = [share for share in shares if share[0] * before[1] > before[0] * share[1]]
            moved = [share for share in shares if _moved(share, before)]
            if moved:
                facts = {"now": _percent(moved[0]), "before": _percent(before), "edition": last.edition}
                yield Finding.of(f"{each}:{column}", f"share_{kind}", **facts)


def _moved(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether two proportions, (some, of all) each, differ by POINTS and by SIGMA_SHARE standard errors."""
    (some, of), (before, of_before) = one, other
    if not of or not of_before:
        return False
    apart = abs(some / of - before / of_before)
    pooled = (some + before) / (of + of_before)
    return apart >= POINTS and apart > SIGMA_SHARE * math.sqrt(pooled * (1 - pooled) * (1 / of + 1 / of_before))


def _percent(share: tuple[int, int]) -> str:
    return f"{100 * share[0] / share[1]:.1f}" if share[1] else "–"


@dataclass(frozen=True)
class Line:
    """A line of what is shown of a record type: (period or column, what it is now, what it was, where that is another)."""

    records: str
    parts: tuple[tuple[str, str, str], ...]


def told(found: Delivery) -> Iterator[tuple[str, Line]]:
    """What `celosia check` shows, line by line: "rows" of the periods of a year, and columns with cells of each kind."""
    for each, profile in found.now.items():
        then = (found.last.profiles.get(each) if found.last else None) or profile
        periods_of = sorted({*profile.rows, *then.rows})
        for _, year in groupby(periods_of, periods.year_of):
            yield "rows", Line(each, tuple(_two(period, profile, then) for period in year))
        for kind in KINDS:
            columns = sorted(profile.cells.get(kind, {}))
            parts = tuple(_two_shares(kind, column, profile, then if then.cells else profile) for column in columns)
            if parts:
                yield kind, Line(each, parts)


def _two(period: str, now: Profile, then: Profile) -> tuple[str, str, str]:
    come, before = str(now.rows.get(period, 0)), str(then.rows.get(period, "–"))
    return period, come, "" if before == come else before


def _two_shares(kind: str, column: str, now: Profile, then: Profile) -> tuple[str, str, str]:
    come, before = (f"{_percent(each.share(kind, column, each.rows))} %" for each in (now, then))
    return column, come, "" if before == come else before
