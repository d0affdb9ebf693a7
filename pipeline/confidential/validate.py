"""Records against the contract, with Frictionless semantics. Pure: touches no files.

Each field's own cell reader and constraints (frictionless-py) judge the distinct values of a column, which gives the
verdict of `frictionless validate` at a fraction of its cost; keys and the rules across fields are joins. Frictionless
messages quote the cell, so only (row, field, rule) leave this module.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from frictionless import Schema

from pipeline import periods
from pipeline.confidential.ingest import Records, rows_named
from pipeline.errors import Finding
from pipeline.plan import Plan, Resource


@dataclass(frozen=True)
class Verdict:
    """`findings` as messages; `bad[resource]` marks the rows that break a rule; `rules[resource]` counts them by rule."""

    findings: tuple[Finding, ...]
    bad: Mapping[str, pd.Series]
    rules: Mapping[str, Mapping[str, int]]


def validate(records: Mapping[str, Records], plan: Plan) -> Verdict:
    """Judges all records; a row may break several rules."""
    findings: list[Finding] = []
    bad: dict[str, pd.Series] = {}
    rules: dict[str, dict[str, int]] = {}
    for name, found in records.items():
        bad[name], rules[name] = pd.Series(False, index=found.frame.index), {}
        for column, rule, marked in _broken(found, plan, records):
            if not marked.any():
                continue
            bad[name] |= marked
            rules[name][f"{column}:{rule}"] = int(marked.sum())
            for file, rows in found.origin.loc[marked].groupby("file", sort=True)["row"]:
                findings.append(Finding.of(str(file), rule, column=column, **rows_named(rows)))
    return Verdict(tuple(findings), bad, rules)


def _broken(found: Records, plan: Plan, records: Mapping[str, Records]) -> list[tuple[str, str, pd.Series]]:
    """(column, rule, rows that break it) for every rule of the record type that some row breaks."""
    resource = plan.resources[found.resource]
    return [
        *_fields(found.frame, resource),
        *_keys(found.frame, resource, records),
        *_period(found.frame, resource, plan),
        *_across(found.frame, resource, plan),
    ]


def _fields(frame: pd.DataFrame, resource: Resource) -> list[tuple[str, str, pd.Series]]:
    schema = Schema.from_descriptor(
        {key: resource.schema[key] for key in ("fields", "missingValues") if key in resource.schema}
    )
    broken = []
    for field in schema.fields:
        values = frame[field.name]
        notes: dict[str, set[str]] = {}
        for value in values.unique():
            for rule in field.read_cell(value)[1] or {}:
                notes.setdefault("missing_value" if rule == "required" else rule, set()).add(value)
        for rule, which in notes.items():
            broken.append((field.name, rule, values.isin(list(which))))
        if field.constraints.get("unique"):
            broken.append((field.name, "unique", values.duplicated(keep="first") & (values != "")))
    return broken


def _keys(frame: pd.DataFrame, resource: Resource, records: Mapping[str, Records]) -> list[tuple[str, str, pd.Series]]:
    broken = []
    if key := _names(resource.schema.get("primaryKey")):
        column = ", ".join(key)
        broken.append((column, "primary_key_empty", (frame[key] == "").all(axis=1)))
        broken.append((column, "primary_key", frame.duplicated(key, keep="first")))
    for foreign in resource.schema.get("foreignKeys", ()):
        fields, target = _names(foreign["fields"]), foreign["reference"]["resource"] or resource.name
        if target in records:
            known = pd.MultiIndex.from_frame(records[target].frame[_names(foreign["reference"]["fields"])])
            there = pd.MultiIndex.from_frame(frame[fields]).isin(known)
            empty = (frame[fields] == "").all(axis=1)
            broken.append((", ".join(fields), "foreign_key", pd.Series(~there, index=frame.index) & ~empty))
    return broken


def _period(frame: pd.DataFrame, resource: Resource, plan: Plan) -> list[tuple[str, str, pd.Series]]:
    """A period of the record type's grain, not before the first month nor after the last cut-off."""
    first, last = plan.facts["first_month"], plan.editions[-1].cut_off
    values = frame[resource.period]
    strange, early, late = set(), set(), set()
    for value in values.unique():
        if periods.level_of(value) != resource.grain:
            strange |= {value} - {""}
            continue
        months = periods.months_of(value)
        if months[0] < first:
            early.add(value)
        if months[-1] > last:
            late.add(value)
    return [
        (resource.period, "not_a_period", values.isin(list(strange))),
        (resource.period, "before_first_month", values.isin(list(early))),
        (resource.period, "after_cut_off", values.isin(list(late))),
    ]


def _across(frame: pd.DataFrame, resource: Resource, plan: Plan) -> list[tuple[str, str, pd.Series]]:
    broken = []
    for rule in resource.rules:
        applies = _matches(frame, rule.get("when", {}))
        if "any_true" in rule:
            columns = list(rule["any_true"])
            holds = frame[columns].isin({column: resource.yes(column) for column in columns}).any(axis=1)
        elif "hierarchy" in rule:
            column = rule["hierarchy"]
            codes = plan.lists[resource.dimensions[column].codes].by_code
            parents = {code: entry.parent for code, entry in codes.items()}
            holds = frame[column].map(parents) == frame[rule["equals"]]
            columns = [column, rule["equals"]]
        else:
            columns = list(rule["then"])
            holds = _matches(frame, rule["then"])
        broken.append((", ".join(columns), str(rule["id"]), applies & ~holds))
    return broken


def _matches(frame: pd.DataFrame, condition: Mapping[str, Mapping[str, Sequence[str]]]) -> pd.Series:
    matches = pd.Series(True, index=frame.index)
    for column, test in condition.items():
        for word, codes in test.items():
            inside = frame[column].isin(list(codes))
            matches &= inside if word == "in" else ~inside
    return matches


def _names(key: str | list[str] | None) -> list[str]:
    return [key] if isinstance(key, str) else list(key or ())
