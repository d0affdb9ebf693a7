"""Another institute publishes without a line of Python: other columns, spellings and codes, one language, no key."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import frictionless
import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from pipeline import flow
from pipeline.cli.main import main
from pipeline.institute.load import load
from pipeline.institute.plan import PERIOD, Plan
from pipeline.model import periods
from pipeline.model.cells import TOTAL
from pipeline.public.audit import audit
from pipeline.public.edition import reader
from pipeline.synthetic.generator import delivered, read_habits, sample
from tests.other_institute import real, source_form
from tests.records import frame as frame_of
from tests.records import read

ROWS, SEED = 80_000, 144
"""About as many as the real files have: with fewer, more cells are small and choosing what to withhold takes longer."""
BROKEN = {
    source_form.PROVINCE: "Atlántida",
    source_form.DATE: "31 de febrero",
    "tipo_de_violencia_fisica": "quizás",
    "vinculo_con_la_persona_agresora": "tía política",
}
"""Column → a value that nothing in sources.yaml can place; one row each."""


@dataclass(frozen=True)
class Case:
    """Files in the form of the real ones, what they stand for row by row, and the editions published from them."""

    raw: Path
    published: Path
    expected: pd.DataFrame
    broken: int


@pytest.fixture(scope="module")
def plan() -> Plan:
    return load(real.HERE)


@pytest.fixture(scope="module")
def sources(plan: Plan) -> list[tuple[str, pd.DataFrame, pd.DataFrame]]:
    """(year, rows of the file, records that they stand for), from rows that `celosia sample` deals."""
    dealt = sample(plan, seed=SEED, rows=ROWS, habits=read_habits(plan))
    written = delivered(plan, dealt, seed=SEED)
    return list(source_form.yearly(dealt["consultas"], written["consultas"], plan))


@pytest.fixture(scope="module")
def case(sources: list[tuple[str, pd.DataFrame, pd.DataFrame]], tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Both editions, published from the four files, the last of which ends in rows that no rule can place."""
    raw, published = tmp_path_factory.mktemp("registros"), tmp_path_factory.mktemp("publicado")
    for year, rows, _ in sources:
        source_form.write(_with_broken(rows) if year == "2023" else rows, year, raw)
    assert real.publish(raw, published) == 0
    return Case(raw, published, pd.concat([expected for *_, expected in sources], ignore_index=True), len(BROKEN))


def _with_broken(rows: pd.DataFrame) -> pd.DataFrame:
    bad = rows.head(len(BROKEN)).copy()
    for number, (column, value) in enumerate(BROKEN.items()):
        bad.loc[number, column] = value
    return pd.concat([rows, bad], ignore_index=True)


# at the door -----------------------------------------------------------------------------------------------------------


def test_files_as_they_come_become_the_records_they_stand_for(
    plan: Plan, sources: list[tuple[str, pd.DataFrame, pd.DataFrame]], tmp_path: Path
) -> None:
    for year, rows, expected in sources:
        path = source_form.write(rows, year, tmp_path)
        assert path.read_bytes().startswith(b"\xef\xbb\xbf") == (year in source_form.WITH_BOM)
        found = read(plan, tmp_path)["consultas"]
        pd.testing.assert_frame_equal(frame_of(found), expected.astype("str"), check_dtype=False)
        (recoded,) = found.recoded.items()
        assert (recoded[0], sum(recoded[1].values())) == ("grupo_edad", len(source_form.IMPOSSIBLE))
        path.unlink()


def test_no_exact_age_date_or_unasked_column_passes_the_door(
    plan: Plan, sources: list[tuple[str, pd.DataFrame, pd.DataFrame]], tmp_path: Path
) -> None:
    year, rows, _ = sources[0]
    source_form.write(rows, year, tmp_path)
    frame = frame_of(read(plan, tmp_path)["consultas"])
    assert set(frame) == set(plan.resources["consultas"].fields)
    assert not frame.isin(set(rows[source_form.AGE]) - {""}).any(axis=None)
    assert not frame.isin(set(rows[source_form.DATE])).any(axis=None)


def test_the_description_alone_makes_a_sample_that_passes_its_own_rules(tmp_path: Path) -> None:
    common = ["--institute", str(real.HERE), "--raw", str(tmp_path), "--quiet"]
    assert main(["sample", *common, "--rows", "500"]) == 0
    assert main(["check", *common]) == 0


def test_a_value_that_nothing_places_is_named_by_file_row_and_rule_and_never_quoted(
    sources: list[tuple[str, pd.DataFrame, pd.DataFrame]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    year, rows, _ = sources[-1]
    source_form.write(_with_broken(rows), year, tmp_path)
    assert main(["check", "--institute", str(real.HERE), "--raw", str(tmp_path), "--quiet"]) == 11
    told = capsys.readouterr().err
    for number in range(len(BROKEN)):
        assert str(len(rows) + 2 + number) in told
    for column in ("provincia", "mes", "tipo_fisica", "vinculo"):
        assert re.search(rf"linea144-{year}\.csv.*{column}", told)
    for value in BROKEN.values():
        assert value not in told


# what is published -----------------------------------------------------------------------------------------------------


def test_every_row_is_accounted_for(case: Case) -> None:
    last = real.account(case.raw, "2023-T1")
    assert last["read"] == len(case.expected) + case.broken
    assert last["read"] == last["counted"] + last["rejected"]
    assert last["rejected"] == case.broken
    assert sum(last["refused"].values()) >= case.broken
    before = real.account(case.raw, "2022-T4")
    in_2023 = int((case.expected["mes"] > "2022-12").sum())
    assert (before["counted"], before["later"]) == (len(case.expected) - in_2023, in_2023)
    assert real.mistakes(case.raw, case.published) == []


def test_the_real_run_notices_a_row_that_went_astray(case: Case, tmp_path: Path) -> None:
    unread, uncounted = tmp_path / "no_leido", tmp_path / "no_contado"
    shutil.copytree(case.raw, unread)
    with (unread / real.FILES[0]).open("a", encoding="utf-8") as stream:
        stream.write("," * 18 + "\n")
    assert [line.split(" / ")[1] for line in real.mistakes(unread, case.published)] == ["read ≠ rows of the files"]
    shutil.copytree(case.raw, uncounted)
    account = uncounted / "privado" / real.EDITIONS[-1] / "informe.json"
    report = json.loads(account.read_text(encoding="utf-8"))
    report["rows"]["consultas"]["counted"] -= 1
    account.write_text(json.dumps(report), encoding="utf-8")
    assert [line.split(" / ")[1] for line in real.mistakes(uncounted, case.published)] == [
        "read ≠ counted + rejected",
        "published ≠ counted",
    ]


def test_both_editions_are_safe_together(case: Case) -> None:
    found = audit.audit([reader.read(case.published / edition) for edition in real.EDITIONS])
    assert found.exposures == ()
    assert found.withheld > 0


def test_every_published_number_is_what_a_plain_count_gives_and_none_is_small(case: Case, plan: Plan) -> None:
    for edition in real.EDITIONS:
        for table in reader.read(case.published / edition).tables.values():
            (measure,) = table.measures
            shown = table.frame[table.frame["obs_status"] == "A"]
            assert len(shown) > len(table.frame) / 2
            for row in shown.to_dict("records"):
                people, answers = _recount({name: str(row[name]) for name in table.names}, case.expected, plan)
                assert row[measure] == (people if measure == "consultas" else answers), table.id
                assert people == 0 or people >= table.threshold, table.id


def _recount(cell: dict[str, str], records: pd.DataFrame, plan: Plan) -> tuple[int, int]:
    """(records of a cell, answers that they give to its question), by reading every record."""
    chosen = _at_period(cell[PERIOD], records)
    dimensions = plan.resources["consultas"].dimensions
    answers = chosen.astype(np.int64)
    for name in set(cell) - {PERIOD}:
        known = dimensions[name]
        if known.kind == "multiple":
            asked = [column for code, column in known.columns.items() if cell[name] in (TOTAL, code)]
            answers = chosen * np.sum([_is(column, "true", records) for column in asked], axis=0)
            if cell[name] != TOTAL:
                chosen = chosen & _is(asked[0], "true", records)
        elif cell[name] != TOTAL:
            codes = plan.lists[known.codes].codes
            parts = {code.code for code in codes if cell[name] in (code.code, code.parent)}
            parts |= {part for code in codes if code.code == cell[name] for part in code.parts}
            inside = np.any([_is(known.column, code, records) for code in sorted(parts)], axis=0)
            chosen, answers = chosen & inside, answers * inside
    return int(chosen.sum()), int(answers.sum())


_masks: dict[tuple[int, str, str], npt.NDArray[np.bool_]] = {}


def _is(column: str, value: str, records: pd.DataFrame) -> npt.NDArray[np.bool_]:
    key = id(records), column, value
    if key not in _masks:
        _masks[key] = records[column].to_numpy() == value
    return _masks[key]


def _at_period(code: str, records: pd.DataFrame) -> npt.NDArray[np.bool_]:
    found: npt.NDArray[np.bool_] = np.any([_is("mes", month, records) for month in periods.months_of(code)], axis=0)
    return found


def test_the_packages_are_valid_and_speak_one_language(case: Case) -> None:
    for edition in real.EDITIONS:
        folder = case.published / edition
        assert frictionless.validate(str(folder / "datapackage.json")).valid
        for path in folder.glob("codes/*.csv"):
            assert path.read_text(encoding="utf-8").split("\n", 1)[0] == "code,parent,parts,order,es"
        described = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
        for resource in described["resources"]:
            if "celosia" in resource:
                assert set(resource["celosia"]["title"]) == {"es"}


def test_no_country_exact_age_or_row_number_leaves(case: Case) -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in case.published.rglob("*") if path.is_file())
    for column in (source_form.AGE, source_form.DATE, *source_form.UNASKED):
        assert column not in text
    assert "ARMENIA" not in text


@pytest.mark.slow  # tests/unit/test_site_of_one_language.py looks at such a site in every run
def test_a_site_in_one_language_is_built_from_the_publication(case: Case, plan: Plan, tmp_path: Path) -> None:
    site = flow.build_site(plan, case.published, tmp_path, lambda step, **facts: None)
    pages = {path: path.read_text(encoding="utf-8") for path in site.rglob("*.html")}
    assert not (site / "en").exists()
    assert {re.search(r'<html[^>]*\blang="(\w+)', text)[1] for text in pages.values()} == {"es"}  # type: ignore[index]
    everything = "".join(pages.values())
    for table in plan.tables:
        assert table.title["es"] in everything
    for topic in plan.site["topics"]:
        assert topic["title"]["es"] in everything
    assert "usuarias" not in pages[site / "index.html"].casefold()


def test_without_a_folder_the_target_says_what_to_do_in_both_languages() -> None:
    assert "Indique la carpeta" in real.USAGE
    assert "Name the folder" in real.USAGE
    assert real.USAGE.count("make real LINEA144=") == 2
