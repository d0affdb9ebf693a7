"""What became of the records, told so that nobody can be found by it. Pure.

In: how many rows of each record type were refused, by which rules, and how many values took a code that sources.yaml
gives for what matches none. Out: the same for release.json, where a small count is never told, nor can be worked out.

Every count is rounded to the nearest multiple of twice the threshold k, so that it stands for 2k counts in a row: 0 for
0 to k−1, 2k for k to 3k−1 and so on. Two such numbers, or one and an exact one beside it, leave a difference that is
known to 2k counts or more, and so never to lie in 1..k−1. That holds for received − accepted (the accepted rows are
those that the tables count), for one edition against another, and for a rule against all. A rule that refused fewer
than k rows is not named; a total that only such rules could explain is withheld. k is the largest threshold of the
institute, the one for sensitive traits too.

Two editions that round otherwise could be laid over each other: 0 to 4 in one and 4 to 11 in another are exactly 4. So k is
an odd multiple of what the editions before rounded by: each of its ranges is then some of theirs together, and says nothing
more than they do. Where they did not keep to that among themselves, k is beyond every count that they told. Which k it is
follows from what is published already and from the thresholds, never from the counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.institute.plan import Plan


@dataclass(frozen=True)
class Account:
    """True counts of one record type. `rules`: `column:rule` → rows that break it; a row may break several."""

    refused: int
    rules: Mapping[str, int]
    recoded: Mapping[str, int]
    """Column → values that matched no code and took the one foreseen for that."""


Told = Mapping[str, Any]
"""The block `quality` of an edition's release.json."""


def protect(
    accounts: Mapping[str, Account], plan: Plan, earlier: Sequence[Told] = (), same: Sequence[Told] = ()
) -> Told:
    """The block `quality` of release.json. `earlier`: those of the editions before, oldest first; `same`: those among
    them that tell of the same months."""
    rounded = [told for told in earlier if told["rounded_to"] > 1]
    threshold = _threshold(max(plan.threshold(table) for table in plan.tables), rounded)
    again = all(told["rounded_to"] == 2 * threshold for told in same)
    records = {name: _account(accounts[name], threshold) for name in sorted(accounts)}
    if (
        not again
    ):  # a total rounded in one way, beside rules that are rounded in another, could tell of the unnamed ones
        records = {name: {**told, "refused": None} for name, told in records.items()}
    return {"threshold": threshold, "rounded_to": 2 * threshold, "records": records}


def _threshold(least: int, earlier: Sequence[Told]) -> int:
    """What counts are told by: `least` or more, and such that no edition before is laid open by it."""
    if not earlier:
        return least
    begin: int = earlier[-1]["rounded_to"] // 2
    # Where an edition told of smaller counts, «fewer than k» would be told of one that is known not to be zero.
    least += any(told["rounded_to"] < 2 * least for told in earlier)
    threshold = begin
    while threshold < least or not all(_fits(threshold, told) for told in earlier):
        threshold += 2 * begin
    return threshold


def _fits(threshold: int, told: Told) -> bool:
    """Whether ranges of a threshold are made of whole ranges of an edition, or the first of them holds all it tells of."""
    base: int = told["rounded_to"]
    if threshold % (base // 2) == 0 and threshold // (base // 2) % 2:
        return True
    values = [
        value
        for record in told["records"].values()
        for value in (
            record["refused"] or 0,
            *(each["rows"] for each in record["rules"]),
            *(each["values"] for each in record["recoded"]),
        )
    ]
    return bool(threshold >= max(values, default=0) + base // 2)


def _account(account: Account, threshold: int) -> dict[str, Any]:
    rules: list[dict[str, Any]] = []
    for key, count in sorted(account.rules.items()):
        if rows := _rounded(count, threshold):
            column, _, rule = key.rpartition(":")
            rules.append({"column": column, "rule": rule, "rows": rows})
    refused = _rounded(account.refused, threshold)
    named = sum(rule["rows"] + threshold - 1 for rule in rules)
    recoded = [
        {"column": column, "values": values}
        for column, count in sorted(account.recoded.items())
        if (values := _rounded(count, threshold))
    ]
    # At least refused − k rows were refused: if the rules named cannot be all of them, the others refused some.
    return {"refused": None if refused and refused - threshold > named else refused, "rules": rules, "recoded": recoded}


def _rounded(count: int, threshold: int) -> int:
    return (count + threshold) // (2 * threshold) * 2 * threshold
