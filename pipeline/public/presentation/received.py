"""What became of the records of an edition, in words: received, accepted, refused by rule, taken for something else.

In: an edition in one language (`View`). Out: values for templates; every count as the edition tells it, none as it was. Pure.
"""

from __future__ import annotations

from typing import Any

from pipeline.public.edition import quality
from pipeline.public.presentation.edition_view import View


def accounts(view: View) -> list[dict[str, Any]]:
    """What became of the records, in words, record type by record type."""
    return [
        {
            "title": view.words.of(view.plan.resources[found.records].title)
            if found.records in view.plan.resources
            else found.records,
            "received": between(view, found.received) if _closed(view, found.records) else view.words("files.no_rows"),
            "accepted": view.words.number(found.accepted)
            if found.accepted is not None
            else view.words("quality.withheld" if _closed(view, found.records) else "files.no_rows"),
            "refused": between(view, found.refused),
            "rules": [
                (column_of(view, found.records, column), rule_of(view, found.records, rule), between(view, rows))
                for column, rule, rows in found.rules
            ],
            "recoded": [
                (column_of(view, found.records, column), between(view, values)) for column, values in found.recoded
            ],
        }
        for found in quality.accounts(view.newest)
    ]


def _closed(view: View, records: str) -> bool:
    """Whether any table tells of a record type already."""
    return any(table.cells for table in view.tables.values() if table.records == records)


def between(view: View, count: quality.Count | None) -> str:
    """A count that is told within bounds."""
    if count is None:
        return view.words("quality.withheld")
    if not count.least:
        return view.words("quality.fewer", count=view.words.number(count.most + 1))
    return view.words("quality.between", least=view.words.number(count.least), most=view.words.number(count.most))


def column_of(view: View, records: str, columns: str) -> str:
    """Titles of the columns of the contract, their names where it gives none."""
    titles = view.plan.resources[records].titles if records in view.plan.resources else {}
    return ", ".join(view.words.of(titles[name]) if name in titles else name for name in columns.split(", "))


def rule_of(view: View, records: str, rule: str) -> str:
    """What a rule asks, in the words of the site, or of the institute where the rule is its own."""
    if view.words.has(f"quality.rules.{rule}"):
        return view.words(f"quality.rules.{rule}")
    own = view.plan.resources[records].rules if records in view.plan.resources else ()
    says = next((each["says"] for each in own if each["id"] == rule and "says" in each), None)
    return view.words.of(says) if says else rule
