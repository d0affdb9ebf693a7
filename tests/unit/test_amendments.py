"""A correction is an edition of its own, and institute.yaml keeps the record of it."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from pipeline.cli.main import main
from pipeline.institute.load import load
from pipeline.institute.plan import Edition
from pipeline.model import periods, yaml12
from pipeline.model.findings import PipelineError
from pipeline.public.edition import reader, writer
from pipeline.public.exports import changelog
from pipeline.workflows import amendments
from tests.conftest import TINY, content

OUT = ("2025-T3", "2025-T4")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TINY, tmp_path / "institute"))


def test_it_follows_the_newest_edition_and_names_it(folder: Path) -> None:
    plan = load(folder)
    newest = plan.editions[-1]
    changed, edition = amendments.amended(plan, None, " Se corrige. ", "2030-01-02", OUT)
    assert (edition.id, edition.amends, edition.cut_off) == (f"{newest.id}.1", newest.id, newest.cut_off)
    assert dict(edition.note) == dict.fromkeys(plan.languages, "Se corrige.")
    assert changed.editions == (*plan.editions, edition)
    again, second = amendments.amended(changed, None, "Otra.", "2030-01-03", [*OUT, edition.id])
    assert (second.id, second.amends) == (f"{newest.id}.2", edition.id)
    assert again.until(second)[-2:] == (edition, second)


def test_its_version_is_a_patch_of_the_same_edition() -> None:
    assert writer.version("2025-T4.1") == "1.20254.1"
    assert writer.version("2025-T4") == "1.20254.0"


@pytest.mark.parametrize(
    ("base", "day", "rule"),
    [("1999-T1", "2030-01-02", "amend_newest_only"), (None, "", "amend_date"), (None, "2030-1-2", "amend_date"),
     (None, "1999-01-01", "amend_date")],
)  # fmt: skip
def test_only_the_newest_and_only_with_a_later_date(folder: Path, base: str | None, day: str, rule: str) -> None:
    with pytest.raises(PipelineError) as stopped:
        amendments.amended(load(folder), base, "x", day, OUT)
    assert [finding.rule for finding in stopped.value.findings] == [rule]


def test_the_record_is_what_the_run_used_and_leaves_the_other_lines_alone(folder: Path) -> None:
    plan = load(folder)
    before = (folder / "institute.yaml").read_text(encoding="utf-8").splitlines()
    changed, edition = amendments.amended(plan, None, "Se corrige «x»: y.", "2030-01-02", OUT)
    with amendments.recording(folder, edition):
        assert load(folder).editions != changed.editions
    after = (folder / "institute.yaml").read_text(encoding="utf-8").splitlines()
    assert load(folder).editions == changed.editions
    (added,) = [line for line in after if line not in before]
    assert [line for line in after if line != added] == before
    _, second = amendments.amended(load(folder), edition.id, "Otra.", "2030-01-03", [*OUT, edition.id])
    with amendments.recording(folder, second):
        pass
    assert load(folder).editions[-1] == second
    written = {path.name for path in folder.iterdir()}
    _, third = amendments.amended(load(folder), second.id, "Una más.", "2030-01-04", [*OUT, edition.id, second.id])
    with pytest.raises(OSError), amendments.recording(folder, third):
        raise OSError("the edition was not published")
    assert load(folder).editions[-1] == second
    assert {path.name for path in folder.iterdir()} == written


LISTED = {
    "a block": "editions:\n  - id: 2025-T3\n    cut_off: '2025-09'\n\n  # the next one\n  - id: 2025-T4  # now\n    cut_off: '2025-12'\n\n# what is measured\nmeasures: {}\n",
    "a block that is not indented": "editions:\n- id: 2025-T3\n- id: 2025-T4\nmeasures: {}\n",
    "a block of lines": "editions:\n  - {id: 2025-T3} # old\n  - {id: 2025-T4} # new\nmeasures: {}\n",
    "a line": "editions: [{id: 2025-T3}, {id: 2025-T4}]\nmeasures: {}\n",
    "a line with a comma more": 'editions: [{id: "2025-T3"}, {id: "2025-T4",},]  # these\nmeasures: {}\n',
    "a list over lines": "editions: [\n  {id: 2025-T3},\n  {id: 2025-T4}\n]\n",
    "the end of the file": "measures: {}\neditions:\n  - id: 2025-T3\n  - id: 2025-T4",
    "the end of the file in a line": "editions:\n  - {id: 2025-T3}\n  - {id: 2025-T4}",
    "lines of Windows": "editions:\r\n  - id: 2025-T3\r\n  - id: 2025-T4\r\n\r\n# what\r\nmeasures: {}\r\n",
    "all in one": "{editions: [{id: 2025-T3}, {id: 2025-T4}], measures: {}}\n",
}


@pytest.mark.parametrize("text", LISTED.values(), ids=LISTED)
@pytest.mark.parametrize("base", OUT)
def test_however_the_list_is_written_the_entry_follows_its_edition(tmp_path: Path, text: str, base: str) -> None:
    path = tmp_path / "institute.yaml"
    path.write_bytes(text.encode())
    edition = Edition(f"{base}.1", "2025-12", "2030-01-02", {"es": "Se corrige: «[c]», {x} # y."}, base)
    with amendments.recording(tmp_path, edition):
        assert path.read_bytes() == text.encode()
    written = path.read_bytes().decode()
    expected = ["2025-T3", "2025-T3.1", "2025-T4"] if base == "2025-T3" else ["2025-T3", "2025-T4", "2025-T4.1"]
    content_of, repeated = yaml12.read(written)
    assert [each["id"] for each in content_of["editions"]] == expected
    assert not repeated
    added = next(each for each in content_of["editions"] if each["id"] == edition.id)
    assert (added["amends"], added["note"]) == (base, dict(edition.note))
    rest = "".join(written.split(json.dumps(added, ensure_ascii=False)))
    assert re.sub(r"[\s,-]", "", rest) == re.sub(r"[\s,-]", "", text)  # nothing else is new
    assert "\r" not in text or written.count("\n") == written.count("\r\n")


@pytest.mark.parametrize(
    "text",
    [
        "editions:\n  - &a {id: 2025-T4}\n  - *a\n",
        "editions: &e\n  - id: 2025-T4\n",
        "editions:\n  - {<<: {id: 2025-T4}}\n",
        "editions: {}\n",
    ],
)
def test_a_list_that_hides_the_place_is_said_before_anything_is_published(tmp_path: Path, text: str) -> None:
    (tmp_path / "institute.yaml").write_text(text)
    edition = Edition("2025-T4.1", "2025-12", "2030-01-02", {}, "2025-T4")
    with pytest.raises(PipelineError) as stopped, amendments.recording(tmp_path, edition):
        raise AssertionError("it went on")
    assert [finding.rule for finding in stopped.value.findings] == ["amend_by_hand"]
    assert (tmp_path / "institute.yaml").read_text() == text


def test_the_next_number_follows_the_highest_that_is_known() -> None:
    assert periods.following("2025-T4", []) == "2025-T4.1"
    assert periods.following("2025-T4.9", ["2025-T3.30", "2025-T4", "2025-T4.9"]) == "2025-T4.10"
    assert periods.following("2025-T4", ["2025-T4.2", "2025-T4.10"]) == "2025-T4.11"


def test_editions_that_are_announced_stay_after_a_correction(folder: Path) -> None:
    plan = load(folder)
    announced, first = plan.editions[-1], plan.editions[0]
    changed, edition = amendments.amended(plan, None, "Se corrige.", announced.published, [first.id])
    assert changed.editions == (first, edition, announced)
    with amendments.recording(folder, edition):
        pass
    assert load(folder).editions == changed.editions
    for day, out, rule in ((announced.published, [], "amend_nothing"), ("2030-01-01", [first.id], "amend_before")):
        with pytest.raises(PipelineError) as stopped:
            amendments.amended(plan, None, "Se corrige.", day, out)
        assert [finding.rule for finding in stopped.value.findings] == [rule]


def test_the_command_publishes_it_beside_the_edition_it_corrects(institute: Path, raw: Path, published: Path) -> None:
    newest = load(institute).editions[-1]
    before = content(published / newest.id)
    order = ["publish", "--institute", str(institute), "--raw", str(raw), "--published", str(published), "--quiet"]
    assert main([*order, "--amend", "Se corrige un dato."]) == 10  # no date
    assert not (published / f"{newest.id}.1").exists()
    assert main([*order, "--amend", "Se corrige un dato.", "--date", "2031-02-03"]) == 0
    found = reader.read(published / f"{newest.id}.1")
    assert (found.release["amends"], found.release["published"]) == (newest.id, "2031-02-03")
    assert found.release["note"]["es"] == "Se corrige un dato."
    assert content(published / newest.id) == before
    assert load(institute).editions[-1].id == f"{newest.id}.1"
    told = changelog.changes([reader.read(published / newest.id), found])[0]
    assert (told.amends, told.revised, told.periods_added) == (newest.id, {}, ())


def test_what_an_ended_run_published_and_did_not_note_is_noted_by_the_same_order_alone(
    institute: Path, raw: Path, published: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, newest = institute / amendments.FILE, load(institute).editions[-1].id
    order = ["publish", "--institute", str(institute), "--raw", str(raw), "--published", str(published), "--quiet"]
    same = [*order, "--amend", "Se corrige un dato.", "--date", "2031-02-03"]
    was = file.read_bytes()
    assert main(same) == 0
    noted, stands = file.read_bytes(), content(published)
    file.write_bytes(was)
    for other in (["Otra cosa.", "--date", "2031-02-03"], ["Se corrige un dato.", "--date", "2031-02-04"]):
        capsys.readouterr()
        assert main([*order, "--amend", *other]) == 10
        assert f"amends: {newest}" in capsys.readouterr().err
        assert (file.read_bytes(), content(published)) == (was, stands)
    assert main(same) == 0
    assert (file.read_bytes(), content(published)) == (noted, stands)
    assert main([*order, "--amend", "Otra cosa.", "--date", "2031-02-04"]) == 0
    assert [each.id for each in load(institute).editions[-2:]] == [f"{newest}.1", f"{newest}.2"]
    assert load(institute).editions[-1].amends == f"{newest}.1"
