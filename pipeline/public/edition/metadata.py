"""Masked + Plan → what an edition says of itself: tables with their metadata, code lists, release notes. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from pipeline.institute.plan import PERIOD, CodeList, Edition, Plan, Resource, TableSpec
from pipeline.institute.written import Publisher
from pipeline.model import periods
from pipeline.model.cells import Masked
from pipeline.public.edition.model import Dimension, Package, PublishedTable, Release, TableNotes, revised, with_status
from pipeline.wording.texts import Texts


def tables(masked: Masked, plan: Plan, cut_off: str = "") -> list[PublishedTable]:
    """The tables of an edition, in the order of tables.yaml. The months of a quarter that its cut-off leaves open are
    provisional."""
    return [_table(masked.tables[table.id], masked.adding.get(table.id), table, plan, cut_off) for table in plan.tables]


def _table(
    frame: pd.DataFrame, adding: tuple[str, ...] | None, table: TableSpec, plan: Plan, cut_off: str
) -> PublishedTable:
    resource = plan.resources[table.resource]
    multiple = next((name for name in table.dimensions[1:] if resource.dimensions[name].kind == "multiple"), "")
    answers = resource.dimensions[multiple].answers if multiple else ""
    labels = {name: plan.facts["measures"][name] for name in table.measures}
    return PublishedTable(
        id=table.id,
        title=table.title,
        note=table.note,
        topic=table.topic,
        records=resource.name,
        where=table.where,
        unit=resource.threshold_measure,
        threshold=plan.threshold(table),
        dimensions=tuple(_dimension(name, table, resource) for name in table.dimensions),
        measures=table.measures,
        labels=labels,
        additive={measure: _additive(measure, table, resource, multiple, adding or ()) for measure in table.measures},
        rows=resource.rows,
        persons=resource.persons or None,
        answers=answers or None,
        women=resource.women,
        zeros_withheld=plan.sensitive(table),
        overlaps=_overlaps(table, resource, adding),
        within=resource.within,
        frame=with_status(frame, periods.open_months(cut_off)),
    )


def _dimension(name: str, table: TableSpec, resource: Resource) -> Dimension:
    if name == PERIOD:
        return Dimension(PERIOD, PERIOD, "hierarchy", levels=table.levels)
    known = resource.dimensions[name]
    return Dimension(
        name,
        known.codes,
        known.kind,
        upper=known.upper,
        sensitive=known.sensitive,
        unspecified=known.unspecified,
        complement="free" if known.complement == "free" else "",
        reason=known.reason,
    )


def _additive(
    measure: str, table: TableSpec, resource: Resource, multiple: str, adding: tuple[str, ...]
) -> tuple[str, ...]:
    """The dimensions along which a measure adds up: answers along every one, distinct women where none stands twice."""
    if measure == resource.persons:
        return adding
    return tuple(name for name in table.dimensions if name != multiple or measure in resource.answers)


def _overlaps(table: TableSpec, resource: Resource, adding: tuple[str, ...] | None) -> dict[str, tuple[str, ...]]:
    if adding is None or resource.persons not in table.measures:
        return {}
    return {resource.persons: tuple(name for name in table.dimensions if name not in adding)}


def codes(plan: Plan, edition: Edition, texts: Mapping[str, Texts]) -> dict[str, pd.DataFrame]:
    """Every code list of the institute, and the time codes of the edition, labelled in every language."""
    found = {name: _frame(codes) for name, codes in sorted(plan.lists.items())}
    time = _frame(plan.periods(edition))
    for language in plan.languages:
        time[language] = time["code"].map(texts[language].period)
    return {**found, PERIOD: time}


def _frame(codes: CodeList) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"code": c.code, "parent": c.parent, "parts": " ".join(c.parts), "order": c.order, **c.labels}
            for c in codes.codes
        ]
    )


def release(
    plan: Plan,
    edition: Edition,
    published: Sequence[PublishedTable],
    earlier: Package | None,
    quality: Mapping[str, Any] | None = None,
    *,
    draft: bool = False,
) -> Release:
    """What release.json says: dates, note, per table how many cells, withheld, and revised since `earlier`; quality;
    and that it is a draft, where it is one."""
    notes: Release = {
        "edition": edition.id,
        "cut_off": edition.cut_off,
        "published": edition.published,
        "note": dict(edition.note),
        "previous": earlier.edition if earlier else None,
        "tables": {table.id: _table_notes(table, earlier) for table in published},
    }
    if quality is not None:
        notes["quality"] = dict(quality)
    if edition.amends:
        notes["amends"] = edition.amends
    if draft:
        notes["draft"] = True
    return notes


def _table_notes(table: PublishedTable, earlier: Package | None) -> TableNotes:
    cells, withheld = len(table.frame), int((table.frame["obs_status"] == "Q").sum())
    notes: TableNotes = {
        "cells": cells,
        "withheld": withheld,
        "share": round(withheld / max(cells, 1), 4),
        "revised": 0,
    }
    before = earlier.tables.get(table.id) if earlier else None
    if before is not None and before.names == table.names:
        both = table.frame.merge(before.frame, on=table.names, suffixes=("", "_before"))
        when: set[str] = set()
        for measure in set(table.measures) & set(before.measures):
            changed = revised(both, measure)
            when |= set(both.loc[changed, PERIOD])
            notes["revised"] += int(changed.sum())
        if when:
            notes["revised_periods"] = sorted(when)
    return notes


def publisher(plan: Plan) -> Publisher:
    """Who publishes, as the descriptor names it."""
    facts = plan.facts
    return {
        "id": facts["id"],
        "name": facts["name"],
        "unit": facts["unit"],
        "url": facts["url"],
        "email": facts["email"],
        "licence": facts["licence"],
        "languages": facts["languages"],
    }
