"""What an edition says of the quality of its records: is it well formed, does it tell too much, how it is read. Pure.

In: the block `quality` of release.json and the published tables. Nothing is taken on trust: `exposed` works out from the
numbers themselves whether a small count could be told (see the methodology: every count stands for 2k counts in a row).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.model import periods
from pipeline.model.cells import TOTAL
from pipeline.public.edition.model import PERIOD, Package, PublishedTable, Release

_COLUMNS = re.compile(r"[a-z][a-z0-9_]*(, [a-z][a-z0-9_]*)*")
_RULE = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Count:
    """A count as an edition tells it: somewhere from `least` to `most`."""

    least: int
    most: int


@dataclass(frozen=True)
class Account:
    """Records of one type. `accepted` is the sum of published figures, None where one of them is withheld."""

    records: str
    accepted: int | None
    refused: Count | None
    rules: tuple[tuple[str, str, Count], ...]
    """(column, rule, rows) of each rule that is named."""
    recoded: tuple[tuple[str, Count], ...]

    @property
    def received(self) -> Count | None:
        if self.accepted is None or self.refused is None:
            return None
        return Count(self.accepted + self.refused.least, self.accepted + self.refused.most)


def well_formed(release: Release) -> bool:
    """Whether the block has the expected keys and types, or is not there at all: older editions have none."""
    block = release.get("quality")
    if block is None:
        return "quality" not in release
    try:
        return (
            set(block) == {"threshold", "rounded_to", "records"}
            and _whole(block["threshold"])
            and _whole(block["rounded_to"])
            and all(_RULE.fullmatch(name) and _is_account(told) for name, told in block["records"].items())
        )
    except (AttributeError, KeyError, TypeError):
        return False


def exposed(package: Package) -> list[str]:
    """Record types of which a count smaller than a threshold is told, or can be worked out."""
    block = package.release.get("quality")
    if not block:
        return []
    threshold, base = block["threshold"], block["rounded_to"]
    if threshold < max((table.threshold for table in package.tables.values()), default=1) or base < 2 * threshold:
        return sorted(block["records"])
    return sorted(name for name, told in block["records"].items() if _tells_too_much(told, base))


def exposed_together(packages: Sequence[Package]) -> list[tuple[str, tuple[str, str]]]:
    """(Record type, two editions) of which the ranges, laid over each other, leave only counts smaller than a threshold.

    A count up to one month is taken to be the same in every edition, and no smaller up to a later one. So an edition that
    ends no later tells the least that it can be, and one that ends no earlier the most. That rows were mended in between
    is possible, but nobody need think so.
    """
    told = [_Told.of(package) for package in packages if package.release.get("quality")]
    return [
        (records, (one.edition, other.edition))
        for one, other in itertools.combinations(told, 2)
        for records in sorted(one.counts.keys() & other.counts.keys())
        if (one.cut_off <= other.cut_off and _narrow(one, other, records))
        or (other.cut_off <= one.cut_off and _narrow(other, one, records))
    ]


@dataclass(frozen=True)
class _Told:
    """The ranges of an edition. `counts`: record type → what is counted → its range; what is not named is `fewer`."""

    edition: str
    cut_off: str
    threshold: int
    fewer: Count
    counts: Mapping[str, Mapping[tuple[str, ...], Count]]
    refused: Mapping[str, Count]

    @classmethod
    def of(cls, package: Package) -> _Told:
        block = package.release["quality"]
        base = block["rounded_to"]
        return cls(
            package.edition,
            str(package.release["cut_off"]),
            max((table.threshold for table in package.tables.values()), default=1),
            _count(0, base),
            {
                name: {("rule", each["column"], each["rule"]): _count(each["rows"], base) for each in told["rules"]}
                | {("recoded", each["column"]): _count(each["values"], base) for each in told["recoded"]}
                for name, told in block["records"].items()
            },
            {
                name: _count(told["refused"], base)
                for name, told in block["records"].items()
                if told["refused"] is not None
            },
        )

    def range(self, records: str, key: tuple[str, ...]) -> Count:
        return self.counts[records].get(key, self.fewer)


def _narrow(one: _Told, other: _Told, records: str) -> bool:
    """Whether two editions, of which the first ends no later, leave only small counts, or rules that are not named."""
    keys = {*one.counts[records], *other.counts[records]}
    ranges = [(one.range(records, key), other.range(records, key)) for key in keys]
    all_of = one.refused.get(records)
    if all_of and records in other.refused:
        ranges.append((all_of, other.refused[records]))
    highest = max(one.threshold, other.threshold)
    if any(0 < least.least <= most.most < highest for least, most in ranges):
        return True
    most = 0
    for key in (key for key in keys if key[0] == "rule"):
        mine, its = one.range(records, key), other.range(records, key)
        most += mine.most if its.most < mine.least else min(mine.most, its.most)  # else the rows were mended in between
    return all_of is not None and all_of.least > most


def accounts(package: Package) -> list[Account]:
    """What the edition tells, record type by record type, in the order of its tables."""
    block = package.release.get("quality") or {}
    told: Mapping[str, Any] = block.get("records", {})
    order = list(dict.fromkeys(table.records for table in package.tables.values()))
    base = block.get("rounded_to", 0)
    return [
        Account(
            name,
            accepted(package, name),
            None if told[name]["refused"] is None else _count(told[name]["refused"], base),
            tuple((each["column"], each["rule"], _count(each["rows"], base)) for each in told[name]["rules"]),
            tuple((each["column"], _count(each["values"], base)) for each in told[name]["recoded"]),
        )
        for name in (*order, *sorted(set(told) - set(order)))
        if name in told
    ]


def accepted(package: Package, records: str) -> int | None:
    """Rows that the tables count up to the cut-off, from published totals; None if no table shows them all."""
    found: dict[int, list[int]] = {}
    for table in package.tables.values():
        if table.records == records and not table.where and table.rows in table.measures:
            totals = dict(_totals(table))
            months = {month for code in totals for month in periods.months_of(code)}
            told = found.setdefault(len(months), [])
            for chosen in _coverings(totals):
                values = [totals[code] for code in chosen]
                if all(value is not None for value in values):
                    told.append(sum(value for value in values if value is not None))
    # A table of closed years or quarters says nothing of those that are open: the one that reaches farthest tells.
    return next(iter(found[max(found)]), None) if found else None


def _totals(table: PublishedTable) -> Iterator[tuple[str, int | None]]:
    """Time code → rows over everything else, None where withheld."""
    others = [name for name in table.names if name != PERIOD]
    frame = table.frame[(table.frame[others] == TOTAL).all(axis=1)]
    for code, value, gap in zip(frame[PERIOD], frame[table.rows], frame[table.rows].isna(), strict=True):
        yield str(code), None if gap else int(value)


def _coverings(codes: Mapping[str, object]) -> Iterator[list[str]]:
    """Sets of time codes that cover every month of a table once: its quarters, its months, its years and the one begun."""
    whole = {month for code in codes for month in periods.months_of(code)}
    for levels in (
        {periods.QUARTER},
        {periods.MONTH},
        {periods.YEAR, periods.TO_DATE},
        {periods.YEAR, periods.QUARTER},
    ):
        chosen = [code for code in codes if periods.level_of(code) in levels]
        if levels == {periods.YEAR, periods.QUARTER}:
            years = {code for code in chosen if periods.level_of(code) == periods.YEAR}
            chosen = [code for code in chosen if code in years or periods.year_of(code) not in years]
        months = [month for code in chosen for month in periods.months_of(code)]
        if chosen and len(months) == len(set(months)) and set(months) == whole:
            yield chosen


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_account(told: Mapping[str, Any]) -> bool:
    return (
        set(told) == {"refused", "rules", "recoded"}
        and (told["refused"] is None or _whole(told["refused"]))
        and all(
            set(each) == {"column", "rule", "rows"}
            and _COLUMNS.fullmatch(each["column"]) is not None
            and _RULE.fullmatch(each["rule"]) is not None
            and _whole(each["rows"])
            for each in told["rules"]
        )
        and all(
            set(each) == {"column", "values"}
            and _COLUMNS.fullmatch(each["column"]) is not None
            and _whole(each["values"])
            for each in told["recoded"]
        )
    )


def _tells_too_much(told: Mapping[str, Any], base: int) -> bool:
    """A number that stands for fewer than 2k counts, or a total that only rules too small to be named can explain."""
    named = [each["rows"] for each in told["rules"]] + [each["values"] for each in told["recoded"]]
    if any(value % base or not value for value in named) or (told["refused"] or 0) % base:
        return True
    return bool(told["refused"]) and _count(told["refused"], base).least > sum(
        _count(each["rows"], base).most for each in told["rules"]
    )


def _count(value: int, base: int) -> Count:
    return Count(max(0, value - base // 2), value + (base + 1) // 2 - 1)
