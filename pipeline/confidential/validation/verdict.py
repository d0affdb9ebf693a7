"""What became of the records: which rows are refused and why, and how many are accepted. Reads the workspace."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.confidential.intake.records import ID, Records
from pipeline.confidential.storage.workspace import Store, name, text
from pipeline.institute.plan import Plan
from pipeline.model import periods
from pipeline.model.findings import Finding

RULES = "; "
"""Between the rules that one refused row breaks."""


@dataclass(frozen=True)
class Verdict:
    """`findings` as messages; per record type, `bad` counts the rows that break a rule, `rules` counts them by rule, and
    `refused` is a Parquet with the ID of each, where there are any. `lacking` is what no share of bad rows excuses."""

    findings: tuple[Finding, ...]
    bad: Mapping[str, int]
    rules: Mapping[str, Mapping[str, int]]
    refused: Mapping[str, Path]
    lacking: tuple[Finding, ...] = ()


def accepted(found: Records, verdict: Verdict, plan: Plan, store: Store) -> dict[str, int]:
    """Period → records of it that break no rule."""
    period, refused = name(plan.resources[found.resource].period), verdict.refused.get(found.resource)
    aside = f"WHERE {name(ID)} NOT IN (SELECT {name(ID)} FROM read_parquet({text(refused)}))" if refused else ""
    asked = f"SELECT {period}, count(*) FROM read_parquet({text(found.path)}) {aside} GROUP BY ALL ORDER BY ALL"
    return dict(store.rows(asked))


def refused(verdict: Verdict, store: Store) -> Path | None:
    """A CSV of the refused records of all types: file, row and broken rules of each; None where there are none."""
    each_of = [
        f"SELECT {text(resource)} AS records, file, row, rules FROM read_parquet({text(path)})"
        for resource, path in verdict.refused.items()
    ]
    return store.csv("refused.csv", f"{' UNION ALL '.join(each_of)} ORDER BY ALL") if each_of else None


def refused_until(
    found: Records, verdict: Verdict, plan: Plan, store: Store, cut_off: str
) -> tuple[int, dict[str, int]]:
    """Refused records, all and by rule, but those of a period after the cut-off; who has no period that can be read is in."""
    if found.resource not in verdict.refused:
        return 0, {}
    resource = plan.resources[found.resource]
    asked = f"""SELECT {name(resource.period)}, rules, count(*) FROM read_parquet({text(found.path)})
        JOIN read_parquet({text(verdict.refused[found.resource])}) USING ({name(ID)}) GROUP BY ALL"""
    count, by_rule = 0, Counter[str]()
    for period, rules, rows in store.rows(asked):
        if not periods.is_after(period, cut_off):
            count += rows
            by_rule.update(dict.fromkeys(rules.split(RULES), rows))
    return count, dict(by_rule)
