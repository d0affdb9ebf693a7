"""The witnesses of an edition are checked by arithmetic alone: an honest set holds, one that was touched does not."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.cli.main import main
from pipeline.confidential.private_files import office_copy
from pipeline.confidential.protection.protect import protect
from pipeline.model import witness_file
from pipeline.model.cells import Figure, Masked
from pipeline.model.findings import PipelineError
from pipeline.model.witness_file import Worlds
from pipeline.public.edition.model import CONF, OBS, Package
from pipeline.verification import verify
from pipeline.workflows import editions as stored
from tests.ascii import House, house
from tests.conftest import TINY, silent, verified
from tests.editions import edition as edition_of
from tests.editions import table

CROSSED = r"""
    periodo/edad\area   _T    a    b    c
    2025/_T            206   43   43  120
    2025/joven          55    3   12   40
    2025/adulta         51   20   11   20
    2025/mayor         100   20   20   60
"""
ALONE = r"""
    periodo\area  _T    a    b
    2025          80   40   40
    2025-T1       20   10   10
    2025-T2       20    9   11
    2025-T3       20   19    1
    2025-T4       20    2   18
"""


def published(built: House, folder: Path) -> tuple[Package, Worlds]:
    """The edition of a small table, and what the office keeps of it."""
    found = protect(built.counts, built.plan, built.edition)
    path = folder / office_copy.WITNESSES
    path.write_bytes(witness_file.write(found.figures, np.vstack([found.truth, found.witnesses])))
    return built.package(found.masked), witness_file.read(path)


def rules(package: Package, worlds: Worlds) -> set[tuple[str, str]]:
    found = verify.verify([package], worlds)
    return {(finding.rule, dict(finding.facts).get("number", "")) for finding in found.findings}


def altered(package: Package, table: str, place: int, **values: object) -> Package:
    frame = package.tables[table].frame.copy()
    for name, value in values.items():
        frame[name] = frame[name].where(frame.index != place, value)
    return replace(package, tables={**package.tables, table: replace(package.tables[table], frame=frame)})


def test_what_was_shown_as_nothing_need_not_be_counted_any_more(tmp_path: Path) -> None:
    """A code that nobody had is gone since: it is nothing in every world. Another figure that is not counted is missed."""
    text = CROSSED.replace("    c\n", "    c    d\n").replace("120\n", "120    0\n")
    text = text.replace("   40\n", "   40    0\n").replace("   20\n", "   20    0\n").replace("   60\n", "   60    0\n")
    edition, worlds = published(house(text), tmp_path)

    def without(code: str) -> Worlds:
        return {figure: each for figure, each in worlds.items() if figure.cell.code("area") != code}

    assert rules(edition, without("d")) == set()
    assert ("witness_missing", "") in rules(edition, without("c"))


def test_honest_witnesses_hold(tmp_path: Path) -> None:
    edition, worlds = published(house(CROSSED), tmp_path)
    found = verify.verify([edition], worlds)
    assert found.findings == ()
    assert (found.witnesses, found.figures) == (len(next(iter(worlds.values()))) - 1, 16)
    assert found.witnesses > 0
    assert found.relations >= 8


def test_any_number_of_a_witness_that_was_touched_is_noticed(tmp_path: Path) -> None:
    edition, worlds = published(house(CROSSED), tmp_path)
    for figure, values in worlds.items():
        for place in range(len(values)):
            touched = values.copy()
            touched[place] += 1
            assert rules(edition, {**worlds, figure: touched}), (figure, place)


def test_a_published_figure_that_was_touched_is_noticed(tmp_path: Path) -> None:
    edition, worlds = published(house(CROSSED), tmp_path)
    frame = edition.tables["tabla_1"].frame
    for place in frame.index[frame[OBS] == "A"]:
        other = altered(edition, "tabla_1", place, usuarias=int(frame.loc[place, "usuarias"]) + 1)
        assert ("witness_published", "") in rules(other, worlds)


def test_a_cell_that_is_shown_after_all_is_noticed(tmp_path: Path) -> None:
    edition, worlds = published(house(CROSSED), tmp_path)
    frame = edition.tables["tabla_1"].frame
    hidden = frame.index[frame[OBS] == "Q"]
    assert len(hidden) == 4
    truth = {figure.cell.where: int(values[0]) for figure, values in worlds.items()}
    for place in hidden:
        row = frame.loc[place]
        true = truth[frozenset((n, str(row[n])) for n in ("periodo", "edad", "area") if row[n] != "_T")]
        other = altered(edition, "tabla_1", place, usuarias=true, **{OBS: "A", CONF: "F"})
        assert rules(other, worlds)


def test_a_figure_without_witness_and_a_negative_one_are_noticed(tmp_path: Path) -> None:
    edition, worlds = published(house(CROSSED), tmp_path)
    some = next(iter(worlds))
    assert ("witness_missing", "") in rules(edition, {f: v for f, v in worlds.items() if f != some})
    assert ("witness_lower", "") in rules(edition, {f: v * 0 - 1 for f, v in worlds.items()})


def test_a_withheld_cell_is_not_zero_in_any_witness() -> None:
    text = "periodo\\area  _T a b c\n2025 60 3 24 33"
    honest, empty = text.replace("3 24", "5 22"), text.replace("3 24", "0 27")
    assert rules(*by_hand(text, ["2025a", "2025b"], honest)) == set()
    assert rules(*by_hand(text, ["2025a", "2025b"], honest, empty)) == {("witness_lower", "")}


@pytest.mark.parametrize(
    ("built", "unmet"),
    [
        (house(CROSSED), {"2", "4"}),
        (house("periodo\\rasgo _T si no\n2025 30 30 0", sensitive=["rasgo"]), {"5"}),
    ],
)
def test_without_its_witnesses_nothing_is_proved(built: House, unmet: set[str], tmp_path: Path) -> None:
    edition, worlds = published(built, tmp_path)
    truth = {figure: values[:1] for figure, values in worlds.items()}
    assert rules(edition, truth) >= {("goal_unmet", rule) for rule in unmet}


def by_hand(text: str, hidden: Sequence[str], *worlds: str) -> tuple[Package, Worlds]:
    """An edition whose masked cells and witnesses are written down."""
    built = house(text)
    frames = [built.figures([table]) for table in (text, *worlds)]
    together = {figure: np.array([frame[figure] for frame in frames]) for figure in frames[0]}
    return built.package(hiding(built, hidden)), together


def hiding(built: House, hidden: Sequence[str]) -> Masked:
    """The only table of a house with those cells withheld."""
    masked, counts = built.protect(), built.counts.tables["tabla_1"]
    frame = masked.tables["tabla_1"]
    gone = pd.Series([f"{row['periodo']}{row['area']}" in hidden for row in frame.to_dict("records")])
    shown = frame.assign(usuarias=counts["usuarias"].astype("Int64").mask(gone), withheld=gone)
    return replace(masked, tables={"tabla_1": shown})


def test_who_is_alone_in_a_cell_needs_witnesses_that_leave_it_alone() -> None:
    # Both witnesses move b of T3, where one woman is alone: she knows it is 1, and so that a of T4 is 2.
    one = ALONE.replace("19    1", "16    4").replace("2   18", "5   15")
    two = ALONE.replace("19    1", "15    5").replace("2   18", "6   14")
    assert rules(*by_hand(ALONE, ["2025-T3a", "2025-T3b", "2025-T4a", "2025-T4b"], one, two)) == {("goal_unmet", "3")}


def test_who_knows_two_figures_needs_a_witness_that_leaves_both() -> None:
    # Who is alone in b of T3 knows that it is one woman and six services. That a of T4 can be large is shown with both as
    # they are, or not at all.
    def text(second: str, third: str, fourth: str) -> str:
        rows = ["2025 160:80 80:40 80:40", "2025-T1 40:20 20:10 20:10"]
        rows += [f"2025-T{n} 40:20 {each}" for n, each in zip((2, 3, 4), (second, third, fourth), strict=True)]
        return "\n".join(["periodo\\area _T a b", *rows])

    truth = text("18:9 22:11", "34:19 6:1", "8:2 32:18")
    woman = text("18:6 22:14", "33:19 7:1", "9:5 31:15")
    services = text("16:10 24:10", "34:15 6:5", "10:5 30:15")
    both = text("16:6 24:14", "34:19 6:1", "10:5 30:15")
    hidden = [f"2025-T{n}{area}" for n in (2, 3, 4) for area in "ab"]
    assert rules(*by_hand(truth, hidden, woman, services)) == {("goal_unmet", "3")}
    assert rules(*by_hand(truth, hidden, woman, services, both)) == set()


def test_with_another_quarter_withheld_she_cannot_tell(tmp_path: Path) -> None:
    assert rules(*published(house(ALONE), tmp_path)) == set()


@pytest.mark.parametrize(("now", "unmet"), [("25 4 21", {("goal_unmet", "3")}), ("25 5 20", set())])
def test_who_alone_came_late_needs_witnesses_that_leave_her_alone(now: str, unmet: set[tuple[str, str]]) -> None:
    # Five came late, one to a and four to b: she who is the one knows that b rose by four, whatever the witnesses say.
    quarter = "periodo\\area _T a b\n2025-T2 "
    told = [
        ("20 3 17", now),
        ("20 3 17", "25 8 17"),
        ("20 6 14", "25 6 19"),
    ]
    before = [house(quarter + then, cut_off="2025-06") for then, _ in told]
    after = [house(quarter + later, cut_off="2025-09", earlier_cut_offs=["2025-06"]) for _, later in told]
    worlds: dict[Figure, list[int]] = defaultdict(list)
    for built, vintage in ((before, "#2025-T2"), (after, "")):
        for house_, text in zip(built, (then if vintage else later for then, later in told), strict=True):
            for figure, value in house_.figures([quarter + text]).items():
                named = Figure(figure.cell._replace(records=figure.cell.records + vintage), figure.measure)
                worlds[named].append(value)
    editions = [built[0].package(hiding(built[0], ["2025-T2a", "2025-T2b"])) for built in (before, after)]
    found = verify.verify(editions, {figure: np.array(values) for figure, values in worlds.items()})
    assert {(finding.rule, dict(finding.facts).get("number", "")) for finding in found.findings} == unmet


def test_a_group_outside_a_question_has_no_more_women_than_records(tmp_path: Path) -> None:
    # 2 records say no to x: a world with 5 women who never said yes needs 5 records that do not say so.
    text = r"""
        periodo\tipo     _T        x        y
        2025          93:40    58:38    35:30
    """
    every = "periodo\\area _T a b\n2025 60:40 40:28 20:20"
    assert rules(*published(house(text, every, multiple=["tipo"]), tmp_path)) == set()


def test_the_witnesses_of_every_edition_hold(raw: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "p"
    places = ["--institute", str(TINY), "--raw", str(raw), "--published", str(out)]
    for edition in ("2025-T3", "2025-T4"):
        assert main(["publish", *places, "--edition", edition]) == 0
        assert main(["verify", *places]) == 0  # the newest that is out, though later ones are announced
        assert "testigos caben en" in capsys.readouterr().out
    assert main(["verify", *places, "--edition", "2025-T3"]) == 0
    copies = [
        str(shutil.copytree(out / edition, tmp_path / f"copy of {edition}")) for edition in ("2025-T4", "2025-T3")
    ]
    assert main(["audit", *copies, "--witnesses", str(raw / "privado/2025-T4/testigos.parquet")]) == 0
    assert "testigos caben en" in capsys.readouterr().out
    assert main(["audit", *copies, "--witnesses", str(raw / "privado/2025-T3/testigos.parquet")]) == 12
    capsys.readouterr()
    assert verified(raw, out, "2025-T3").findings == ()  # also with a later edition beside it
    shutil.copy(raw / "privado/2025-T3/testigos.parquet", raw / "privado/2025-T4/testigos.parquet")
    assert main(["verify", *places]) == 12
    said = capsys.readouterr().err
    assert "los testigos no tienen" in said


def test_what_is_no_table_of_whole_worlds_is_told_as_such(tmp_path: Path) -> None:
    frame = pd.DataFrame({"records": ["r"], "cell": ["a=b"], "measure": ["n"], "truth": [1], "w1": [0.5]})
    for content in (frame, frame.drop(columns=["truth", "w1"]), frame.drop(columns=["cell"])):
        content.to_parquet(tmp_path / "testigos.parquet")
        with pytest.raises(PipelineError) as stopped:
            witness_file.read(tmp_path / "testigos.parquet")
        assert [f.rule for f in stopped.value.findings] == ["no_witnesses"]
    with pytest.raises(PipelineError):
        witness_file.read(tmp_path / "nada.parquet")


def test_an_edition_that_is_not_there_cannot_be_verified(raw: Path, tmp_path: Path) -> None:
    with pytest.raises(PipelineError) as stopped:
        stored.verify([], "2025-T3", stored.witnesses_of(raw, "2025-T3"), silent)
    assert [(f.where, f.rule) for f in stopped.value.findings] == [("2025-T3", "no_edition")]
    there = edition_of(table("periodo | servicios usuarias\n2025 | 40 20"), name="2025-T4")
    with pytest.raises(PipelineError) as stopped:
        stored.verify([there], "2025-T3", stored.witnesses_of(raw, "2025-T3"), silent)
    assert [(f.rule, dict(f.facts)) for f in stopped.value.findings] == [("not_published", {"editions": "2025-T4"})]
