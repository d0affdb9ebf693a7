"""What the institute defines otherwise than the editions before it did. Pure: reads the plan and the editions.

A published figure keeps its meaning: the code that it was counted under stays in its list, unites what it united and
belongs where it belonged, and no figure was shown that the threshold of today would withhold. Where that is not so no
choice of cells can help, and the reason is named before anything is counted. What is only another rule than before is
named beside a refusal that it may have caused. Labels are free: the list of changes tells of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set

import pandas as pd

from pipeline.institute.plan import PERIOD, CodeList, Plan, TableSpec
from pipeline.model.findings import Finding, PipelineError
from pipeline.public.edition.model import OBS, Package, PublishedTable


def refuse(plan: Plan, earlier: Sequence[Package]) -> None:
    """Raises PipelineError("disclosure") where something published would come to mean something else."""
    found: dict[tuple[str, str, str], Finding] = {}
    for edition in earlier:  # what several editions told is named by the newest of them
        for finding in (*_codes(plan, edition), *_thresholds(plan, edition)):
            found[finding.where, finding.rule, dict(finding.facts).get("code", "")] = finding
    if found:
        raise PipelineError("disclosure", found.values())


def differences(plan: Plan, earlier: Sequence[Package]) -> Iterator[Finding]:
    """What differs from the newest edition and may be why a new one cannot be protected."""
    if not earlier:
        return
    edition = earlier[-1]
    for table, now in _both(plan, edition):
        if plan.threshold(now) != table.threshold:
            facts = {"before": table.threshold, "now": plan.threshold(now), "edition": edition.edition}
            yield Finding.of(f"tables.yaml:{now.id}", "threshold_differs", **facts)
    for where, before, codes in _lists(plan, edition):
        united = {code.code for code in codes.codes if code.parts} - set(before["code"])
        for code in sorted(united):
            yield Finding.of(where, "union_added", code=code, edition=edition.edition)


def additions(plan: Plan, edition: Package) -> Iterator[Finding]:
    """Tables and codes that are new, gone or named otherwise than in an edition: nothing that would stop a publication."""
    there = {table.id: table for table in plan.tables}
    for name in sorted(there.keys() - edition.tables.keys()):
        yield Finding.of(f"tables.yaml:{name}", "table_new", edition=edition.edition)
    for name in sorted(edition.tables.keys() - there.keys()):
        yield Finding.of(f"tables.yaml:{name}", "table_gone", edition=edition.edition)
    for name in sorted(edition.tables.keys() & there.keys()):
        if dict(edition.tables[name].title) != dict(there[name].title):
            yield Finding.of(f"tables.yaml:{name}", "title_differs", edition=edition.edition)
    for where, before, codes in _lists(plan, edition):
        was = {str(row["code"]): row for row in before.to_dict("records")}
        for code in (code for code in codes.codes if code.code not in was and not code.parts):
            yield Finding.of(where, "code_new", code=code.code, edition=edition.edition)
        for code in (code for code in codes.codes if code.code in was):
            if any(was[code.code].get(language) not in (None, label) for language, label in code.labels.items()):
                yield Finding.of(where, "label_differs", code=code.code, edition=edition.edition)


def _codes(plan: Plan, edition: Package) -> Iterator[Finding]:
    """Codes with figures that are gone, that unite something else, or that belong somewhere else."""
    told = _told(plan, edition)
    for where, frame, codes in _lists(plan, edition):
        before = {str(row["code"]): row for row in frame.to_dict("records")}
        for code in sorted(told.get(where, set())):
            facts = {"code": code, "edition": edition.edition}
            if code not in codes.by_code:
                named = [
                    new.code
                    for new in codes.codes
                    if new.code not in before
                    and any(label and label == before[code].get(language) for language, label in new.labels.items())
                ]
                if named:
                    yield Finding.of(where, "code_renamed", new=named[0], **facts)
                else:
                    yield Finding.of(where, "code_gone", **facts)
                continue
            now = codes.by_code[code]
            if set(str(before[code]["parts"]).split()) != set(now.parts):
                yield Finding.of(where, "union_changed", **facts)
            was = str(before[code]["parent"])
            if was != now.parent and (was in codes.by_code or now.parent in before):
                yield Finding.of(where, "code_moved", **facts)


def _thresholds(plan: Plan, edition: Package) -> Iterator[Finding]:
    """Tables of which figures were shown that the threshold of today would withhold."""
    for table, now in _both(plan, edition):
        least = plan.threshold(now)
        if table.women not in table.measures or least <= table.threshold:
            continue
        shown = table.frame[table.women].dropna()
        if not ((shown > 0) & (shown < least)).any():
            continue
        facts = {"edition": edition.edition, "before": table.threshold, "now": least}
        if plan.sensitive(now) and not table.sensitive:
            known = plan.resources[now.resource].dimensions
            for name in (name for name in now.dimensions if name != PERIOD and known[name].sensitive):
                yield Finding.of(f"records.package.yaml:{now.resource}.{name}", "sensitive_since", **facts)
        else:
            key = "sensitive_threshold" if plan.sensitive(now) else "threshold"
            yield Finding.of(f"institute.yaml:disclosure.{key}", "threshold_raised", **facts)


def _both(plan: Plan, edition: Package) -> Iterator[tuple[PublishedTable, TableSpec]]:
    """Tables of an edition, each with one of today that has the same cells."""
    for table in edition.tables.values():
        same = (table.records, tuple(table.names), dict(table.where))
        for now in plan.tables:
            if (now.resource, now.dimensions, dict(now.where)) == same:
                yield table, now
                break


def _lists(plan: Plan, edition: Package) -> Iterator[tuple[str, pd.DataFrame, CodeList]]:
    """Code lists that tables of an edition use, as it has them and as the plan has them; each once, by its file."""
    seen: dict[str, tuple[pd.DataFrame, CodeList]] = {}
    for table in edition.tables.values():
        resource = plan.resources.get(table.records)
        for dimension in table.dimensions[1:]:
            if resource and (now := resource.dimensions.get(dimension.name)):
                seen[f"codes/{now.codes}.csv"] = (edition.codes[dimension.codes], plan.lists[now.codes])
    for where, (before, codes) in seen.items():
        yield where, before, codes


def _told(plan: Plan, edition: Package) -> Mapping[str, Set[str]]:
    """File of a code list → its codes of which an edition has a figure that is not zero, shown or withheld."""
    found: dict[str, set[str]] = {}
    for table in edition.tables.values():
        resource = plan.resources.get(table.records)
        some = table.frame[(table.frame[OBS] == "Q") | (table.frame[list(table.measures)].fillna(0) > 0).any(axis=1)]
        for dimension in table.dimensions[1:]:
            if resource and (now := resource.dimensions.get(dimension.name)):
                codes = set(some[dimension.name]) & set(edition.codes[dimension.codes]["code"])
                found.setdefault(f"codes/{now.codes}.csv", set()).update(codes)
        for name, code in table.where.items():
            if resource and (now := resource.dimensions.get(name)) and len(some):
                found.setdefault(f"codes/{now.codes}.csv", set()).add(code)
    return found
