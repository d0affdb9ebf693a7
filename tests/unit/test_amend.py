"""A correction is an edition of its own, and institute.yaml keeps the record of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipeline import amend
from pipeline.cli import main
from pipeline.errors import PipelineError
from pipeline.plan import load
from pipeline.public import changes, package
from tests.conftest import TINY, content


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TINY, tmp_path / "institute"))


def test_it_follows_the_newest_edition_and_names_it(folder: Path) -> None:
    plan = load(folder)
    newest = plan.editions[-1]
    changed, edition = amend.amended(plan, None, " Se corrige. ", "2030-01-02")
    assert (edition.id, edition.amends, edition.cut_off) == (f"{newest.id}.1", newest.id, newest.cut_off)
    assert dict(edition.note) == dict.fromkeys(plan.languages, "Se corrige.")
    assert changed.editions == (*plan.editions, edition)
    again, second = amend.amended(changed, None, "Otra.", "2030-01-03")
    assert (second.id, second.amends) == (f"{newest.id}.2", edition.id)
    assert again.until(second)[-2:] == (edition, second)


def test_its_version_is_a_patch_of_the_same_edition() -> None:
    assert package.version("2025-T4.1") == "1.20254.1"
    assert package.version("2025-T4") == "1.20254.0"


@pytest.mark.parametrize(
    ("base", "day", "rule"),
    [("1999-T1", "2030-01-02", "amend_newest_only"), (None, "", "amend_date"), (None, "2030-1-2", "amend_date"),
     (None, "1999-01-01", "amend_date")],
)  # fmt: skip
def test_only_the_newest_and_only_with_a_later_date(folder: Path, base: str | None, day: str, rule: str) -> None:
    with pytest.raises(PipelineError) as stopped:
        amend.amended(load(folder), base, "x", day)
    assert [finding.rule for finding in stopped.value.findings] == [rule]


def test_the_record_is_what_the_run_used_and_leaves_the_other_lines_alone(folder: Path) -> None:
    plan = load(folder)
    before = (folder / "institute.yaml").read_text(encoding="utf-8").splitlines()
    changed, edition = amend.amended(plan, None, "Se corrige «x»: y.", "2030-01-02")
    with amend.recording(folder, edition):
        assert load(folder).editions != changed.editions
    after = (folder / "institute.yaml").read_text(encoding="utf-8").splitlines()
    assert load(folder).editions == changed.editions
    (added,) = [line for line in after if line not in before]
    assert [line for line in after if line != added] == before
    _, second = amend.amended(load(folder), edition.id, "Otra.", "2030-01-03")
    with amend.recording(folder, second):
        pass
    assert load(folder).editions[-1] == second
    written = {path.name for path in folder.iterdir()}
    _, third = amend.amended(load(folder), second.id, "Una más.", "2030-01-04")
    with pytest.raises(OSError), amend.recording(folder, third):
        raise OSError("the edition was not published")
    assert load(folder).editions[-1] == second
    assert {path.name for path in folder.iterdir()} == written


def test_the_command_publishes_it_beside_the_edition_it_corrects(institute: Path, raw: Path, published: Path) -> None:
    newest = load(institute).editions[-1]
    before = content(published / newest.id)
    order = ["publish", "--institute", str(institute), "--raw", str(raw), "--published", str(published), "--quiet"]
    assert main([*order, "--amend", "Se corrige un dato."]) == 10  # no date
    assert not (published / f"{newest.id}.1").exists()
    assert main([*order, "--amend", "Se corrige un dato.", "--date", "2031-02-03"]) == 0
    found = package.read(published / f"{newest.id}.1")
    assert (found.release["amends"], found.release["published"]) == (newest.id, "2031-02-03")
    assert found.release["note"]["es"] == "Se corrige un dato."
    assert content(published / newest.id) == before
    assert load(institute).editions[-1].id == f"{newest.id}.1"
    told = changes.changes([package.read(published / newest.id), found])[0]
    assert (told.amends, told.revised, told.periods_added) == (newest.id, {}, ())
