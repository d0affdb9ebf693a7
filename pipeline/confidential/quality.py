"""What became of the records, told so that nobody can be found by it. Pure.

In: how many rows of each record type were refused, by which rules, and how many values took a code that sources.yaml
gives for what matches none. Out: the same for release.json, where a small count is never told, nor can be worked out.

Every count is rounded to the nearest multiple of twice the threshold k, so that it stands for 2k counts in a row: 0 for
0 to k−1, 2k for k to 3k−1 and so on. Two such numbers, or one and an exact one beside it, leave a difference that is
known to 2k counts or more, and so never to lie in 1..k−1. That holds for received − accepted (the accepted rows are
those that the tables count), for one edition against another, and for a rule against all. A rule that refused fewer
than k rows is not named; a total that only such rules could explain is withheld. k is the largest threshold of the
institute, the one for sensitive traits too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.plan import Plan


@dataclass(frozen=True)
class Account:
    """True counts of one record type. `rules`: `column:rule` → rows that break it; a row may break several."""

    refused: int
    rules: Mapping[str, int]
    recoded: Mapping[str, int]
    """Column → values that matched no code and took the one foreseen for that."""


def protect(accounts: Mapping[str, Account], plan: Plan) -> dict[str, Any]:
    """The block `quality` of release.json."""
    threshold = max(plan.threshold(table) for table in plan.tables)
    return {
        "threshold": threshold,
        "rounded_to": 2 * threshold,
        "records": {name: _account(accounts[name], threshold) for name in sorted(accounts)},
    }


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
