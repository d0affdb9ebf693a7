"""Withholding removed by hand from a staged table: the audit refuses, and the earlier edition stays as it was."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pipeline import flow
from pipeline.institute.plan import Plan
from pipeline.model.findings import PipelineError
from pipeline.public.edition import writer
from pipeline.public.edition.model import CONF, OBS, Package, PublishedTable
from pipeline.workflows import sample
from pipeline.workflows.run import Run
from tests.conftest import content, silent, site_texts
from tests.records import counted, read

LEVELS = {4: "year", 7: "quarter or month"}


def primaries(plan: Plan, raw: Path) -> dict[str, pd.DataFrame]:
    """The rows of each table that are too small to show, with their true measures."""
    counts = counted(read(plan, raw), plan, plan.edition("2025-T4"))
    small = {}
    for table in plan.tables:
        frame = counts.tables[table.id]
        small[table.id] = frame[frame["published"] & frame["women"].between(1, plan.threshold(table) - 1)]
    return small


def test_every_kind_of_primary_cell_that_is_shown_after_all_is_refused(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw, earlier, write = tmp_path / "raw", tmp_path / "earlier", writer.write
    sample.write(plan, raw, seed=2, rows=150)
    flow.publish(Run(plan, raw, earlier, "2025-T3", site_texts(plan)), silent)
    kinds: dict[tuple[str, str, bool], tuple[str, int]] = {}
    small = primaries(plan, raw)
    for table in plan.tables:
        for row, record in small[table.id].iterrows():
            total = any(record[name] == "_T" for name in table.dimensions)
            kinds.setdefault((table.id, LEVELS[len(record["periodo"])], total), (table.id, int(str(row))))
    assert len(kinds) >= 2, "the sample must have small cells of several kinds"
    for number, (name, row) in enumerate(kinds.values()):
        published = tmp_path / str(number)
        shutil.copytree(earlier, published)
        before = content(published)
        truth = small[name].loc[row]

        def tampered(
            folder: Path, content: writer.Content, truth: Any = truth, name: str = name, **rest: Any
        ) -> Package:
            tables = [_reveal(t, truth) if t.id == name else t for t in content.tables]
            return write(folder, replace(content, tables=tables), **rest)

        monkeypatch.setattr(writer, "write", tampered)
        with pytest.raises(PipelineError) as stopped:
            flow.publish(Run(plan, raw, published, "2025-T4", site_texts(plan)), silent)
        monkeypatch.setattr(writer, "write", write)
        assert stopped.value.exit_code == 12
        assert content(published) == before


def _reveal(table: PublishedTable, truth: Mapping[str, Any]) -> PublishedTable:
    frame = table.frame.copy()
    at = frame.index[(frame[table.names] == [truth[name] for name in table.names]).all(axis=1)]
    assert list(frame.loc[at, OBS]) == ["Q"]
    for measure in table.measures:
        frame.loc[at, measure] = int(truth[measure])
    frame.loc[at, OBS], frame.loc[at, CONF] = "A", "F"
    return PublishedTable(**{**{f: getattr(table, f) for f in table.__dataclass_fields__}, "frame": frame})
