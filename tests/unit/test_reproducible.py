"""Same inputs, same bytes: the committed sample and its editions are the golden files of the whole pipeline."""

from __future__ import annotations

from pathlib import Path

import frictionless

from pipeline import ROOT, flow
from pipeline.institute.load import load
from pipeline.workflows import sample
from pipeline.workflows.run import Run
from tests.conftest import content, silent, site_texts

DATA = ROOT / "data"
SAMPLE = DATA / "raw" / "muestra"


def test_the_committed_sample_is_dealt_again_byte_for_byte(tmp_path: Path) -> None:
    sample.write(load(ROOT / "institute"), tmp_path, seed=1, rows=12_000)
    assert content(tmp_path) == {path.name: path.read_bytes() for path in SAMPLE.glob("*.csv")}


def test_the_committed_editions_are_published_again_byte_for_byte(tmp_path: Path) -> None:
    plan = load(ROOT / "institute")
    for path in SAMPLE.glob("*.csv"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    for edition in plan.editions:
        flow.publish(Run(plan, tmp_path, tmp_path / "published", edition.id, site_texts(plan)), silent)
    assert content(tmp_path / "published") == content(DATA / "published")


def test_frictionless_finds_the_newest_edition_valid() -> None:
    report = frictionless.Package(str(DATA / "published" / "2025-T4" / "datapackage.json")).validate()
    assert report.valid
    assert len(report.tasks) > 10
