"""Same inputs, same bytes: the committed sample and its editions are the golden files of the whole pipeline."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import frictionless
import pytest

from pipeline import ROOT, flow
from pipeline.institute.load import load
from pipeline.workflows import sample
from pipeline.workflows.run import Run
from tests.conftest import TINY, content, silent, site_texts

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


@pytest.mark.slow
def test_from_two_folders_hours_and_habits_come_the_same_edition_site_and_wheel(tmp_path: Path) -> None:
    """`habits`: the time zone, what others may read of a new file, the home."""
    habits = (("UTC", 0o022, "one"), ("Pacific/Auckland", 0o077, "a/much/longer/way"))
    wheels, made = [], []
    for zone, mask, name in habits:
        folder = tmp_path / name
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
        for path in filter(lambda path: not path.startswith("data/published/"), listed.split("\0")):
            if path:
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(ROOT / path, folder / path)
        env = {**os.environ, "TZ": zone, "HOME": str(folder), "SOURCE_DATE_EPOCH": "1577836800"}
        said = ["--institute", str(TINY.relative_to(ROOT)), "--quiet"]
        orders = [["pipeline", "sample", *said, "--raw", "r", "--seed", "1", "--rows", "400"]]
        for edition in ("2025-T3", "2025-T4"):
            orders.append(["pipeline", "publish", *said, "--raw", "r", "--published", "p", "--edition", edition])
        orders.append(["pipeline", "pages", *said, "--published", "p", "--output", "s"])
        orders.append(["hatchling", "build", "-t", "wheel", "-d", "dist"])
        for order in orders:
            given = [sys.executable, "-m", *order]
            subprocess.run(given, cwd=folder, env=env, check=True, capture_output=True, umask=mask)
        wheels.append(content(folder / "dist"))
        made.append(content(folder / "p") | content(folder / "s" / "html"))
    assert wheels[0] == wheels[1]
    assert len(wheels[0]) == 1
    assert made[0] == made[1]
    assert len(made[0]) > 300
