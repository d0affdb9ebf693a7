"""Where an edition cannot be published, `protect --explain` ends with lines that make one that can; they are applied here as
they are printed, and the edition is published.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from pipeline import ROOT
from pipeline.cli.main import main
from pipeline.confidential.protection import feasible
from pipeline.confidential.protection.feasible import Way
from pipeline.confidential.suppression import completion
from pipeline.confidential.suppression.effort import EFFORTS, TRIAL
from pipeline.confidential.tabulation.count import Rows
from pipeline.confidential.tabulation.recount import Recount
from pipeline.institute.load import load
from pipeline.institute.plan import ALL, Plan
from pipeline.model.cells import Counts
from pipeline.model.findings import PipelineError
from pipeline.workflows import sample
from tests.conftest import PUBLISHED, TINY
from tests.records import counted, read

EDITION = "2025-T4"


def new_office(folder: Path) -> Path:
    """A folder with the tiny institute in it."""
    shutil.copytree(TINY, folder / "institute")
    return folder


@pytest.fixture
def office(tmp_path: Path) -> Path:
    return new_office(tmp_path)


def order(office: Path, verb: str, *more: str) -> list[str]:
    folders = ["--institute", office / "institute", "--raw", office / "raw", "--published", office / "published"]
    return [verb, *map(str, folders), "--quiet", *more]


def delivered(
    office: Path,
    rows: int,
    change: Callable[[pd.DataFrame, pd.DataFrame], tuple[pd.DataFrame, pd.DataFrame]],
    seed: int = 1,
) -> None:
    """A sample of that many visits, with the visits and the reports changed."""
    sample.write(load(office / "institute"), office / "raw", seed=seed, rows=rows, force=True)
    paths = [office / "raw" / name for name in ("visitas.csv", "reportes.csv")]
    for path, frame in zip(paths, change(*(pd.read_csv(path, dtype=str) for path in paths)), strict=True):
        frame.to_csv(path, index=False)


def completed(office: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Says in sources.yaml, as `check` advises, that periods without records had none."""
    looked = ["check", "--quiet", "--institute", str(office / "institute"), "--raw", str(office / "raw")]
    capsys.readouterr()
    if main(looked) == 0:
        return
    path = office / "institute" / "sources.yaml"
    text = path.read_text()
    for name, none in re.findall(r"sources\.yaml:(\w+):.*con none: (\[.*?\])", capsys.readouterr().err):
        none = re.sub(r"(?<![-\d])(\d{4})(?![-\d])", r'"\1"', none)
        text, found = re.subn(rf"^{name}:\n", f"{name}:\n  none: {none}\n", text, flags=re.MULTILINE)
        assert found == 1
    path.write_text(text)
    assert main(looked) == 0


def applied(office: Path, told: str, edition: str) -> None:
    """Writes the lines that were told into the folder, and nothing else."""
    (without,) = re.findall(r"^ +(without: .+)$", told, re.MULTILINE)
    path = office / "institute" / "institute.yaml"
    text = path.read_text()
    for begins, instead in (
        (f"- {{id: {edition}, ", f"- {{{without}, id: {edition}, "),
        (f"- id: {edition}\n", f"- {without}\n    id: {edition}\n"),
    ):
        if begins in text:
            path.write_text(text.replace(begins, instead, 1))
            break
    else:
        raise AssertionError(edition)
    tables = office / "institute" / "tables.yaml"
    tables.write_text(tables.read_text() + "".join(f"{line}\n" for line in told.splitlines() if line.startswith("- {")))


def few_reports(visits: pd.DataFrame, reports: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Fewer reports in a whole year than the threshold."""
    return visits, reports.groupby("trimestre").head(1)


def hardly_any_after_september(visits: pd.DataFrame, reports: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Of the last quarter there are three visits and no report."""
    late = visits["mes"].str[:7] >= "2025-10"
    few = pd.concat([visits[~late], visits[late].head(3)])
    return few, reports[reports["visita_id"].isin(few["visita_id"]) & (reports["trimestre"] != EDITION)]


def few_in_the_last_quarter(visits: pd.DataFrame, reports: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """After September two women come who had not come before; the others had."""
    late = visits["mes"].str[:7] >= "2025-10"
    known = sorted(visits.loc[~late, "clave"].unique())
    keys = ["aaaaaaaaaa01", "aaaaaaaaaa02", *(known[n % len(known)] for n in range(late.sum() - 2))]
    return visits.assign(clave=visits["clave"].mask(late, pd.Series(keys, index=visits.index[late]))), reports


def explained(office: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """What `protect --explain` says of an edition that cannot be published."""
    capsys.readouterr()
    assert main(order(office, "protect", "--explain", "--edition", EDITION)) == 12
    return capsys.readouterr().out


def test_a_first_edition_that_is_refused_ends_with_lines_that_publish(
    office: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    delivered(office, 400, few_reports)
    assert main(order(office, "publish", "--edition", EDITION)) == 12
    assert f"`celosia protect --explain --edition {EDITION}`" in capsys.readouterr().err
    told = explained(office, capsys)
    assert "without: {reportes_por_causa: [all]}" in told  # the fewest: the visits have nothing to do with it
    applied(office, told, EDITION)
    assert main(order(office, "publish", "--edition", EDITION)) == 0
    assert not (office / "published" / EDITION / "tables" / "reportes_por_causa.csv").exists()


def test_a_small_office_goes_on_after_a_quarter_of_few_new_women(
    office: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    delivered(office, 200, few_in_the_last_quarter)
    assert main(order(office, "publish", "--edition", "2025-T3")) == 0
    assert main(order(office, "publish", "--edition", EDITION)) == 12
    said = capsys.readouterr().err
    assert "celosia protect --explain" in said
    told = explained(office, capsys)
    applied(office, told, EDITION)
    assert main(order(office, "publish", "--edition", EDITION)) == 0
    capsys.readouterr()
    assert main(order(office, "protect", "--explain", "--edition", EDITION, "--tables", "tipos")) == 0


def test_an_office_of_many_records_goes_on_after_a_quarter_of_hardly_any(
    office: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    delivered(office, 1500, hardly_any_after_september)
    completed(office, capsys)
    assert main(order(office, "publish", "--edition", "2025-T3")) == 0
    accepted = ("--accept", "visitas:2025-10", "--who", "la prueba", "--why", "así fue")
    assert main(order(office, "publish", "--edition", EDITION, *accepted)) == 12
    applied(office, explained(office, capsys), EDITION)
    assert main(order(office, "publish", "--edition", EDITION, *accepted)) == 0
    assert main(["audit", *(str(office / "published" / each) for each in ("2025-T3", EDITION)), "--quiet"]) == 0
    assert main(order(office, "verify", "--edition", EDITION)) == 0


def test_what_no_search_finds_is_published_by_withholding_as_much_as_may_be(
    office: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The largest safe choice, less what its needs do without, where the cheapest moves would take too long."""
    monkeypatch.setattr(completion, "SEARCHED", -1.0)
    delivered(office, 400, lambda visits, reports: (visits, reports))
    assert main(order(office, "publish", "--edition", EDITION)) == 0
    assert main(["audit", str(office / "published" / EDITION), "--quiet"]) == 0
    assert main(order(office, "verify", "--edition", EDITION)) == 0
    shown = [pd.read_csv(path, dtype=str) for path in (office / "published" / EDITION / "tables").glob("*.csv")]
    assert all((table["obs_status"] != "Q").any() for table in shown)


def test_what_an_edition_leaves_out_comes_back_and_stays_in_an_amendment(
    office: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Levels, measures and whole tables; an amendment leaves out the same, and a later edition has all again."""
    delivered(office, 400, lambda visits, reports: (visits, reports))
    applied(office, "  without: {tipos: [all], visitas_por_area: [mes, mujeres]}\n", "2025-T3")
    assert main(order(office, "publish", "--edition", "2025-T3")) == 0
    amending = ("--amend", "Una corrección.", "--date", "2025-10-16")
    assert main(order(office, "publish", "--edition", "2025-T3", *amending)) == 0
    plan = load(office / "institute")
    assert plan.edition("2025-T3.1").without == {"tipos": (ALL,), "visitas_por_area": ("mes", "mujeres")}
    assert main(order(office, "publish", "--edition", EDITION)) == 0
    for edition in ("2025-T3", "2025-T3.1"):
        tables = office / "published" / edition / "tables"
        assert not (tables / "tipos.csv").exists()
        told = pd.read_csv(tables / "visitas_por_area.csv", dtype=str)
        assert "mujeres" not in told.columns
        assert set(told["periodo"]) == {"2025-T1-T3", "2025-T1", "2025-T2", "2025-T3"}
    tables = office / "published" / EDITION / "tables"
    assert (tables / "tipos.csv").exists()
    assert "mujeres" in pd.read_csv(tables / "visitas_por_area.csv").columns


def test_a_dimension_that_an_edition_leaves_out_is_told_of_to_the_end(
    office: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    delivered(office, 400, lambda visits, reports: (visits, reports))
    applied(office, "  without: {mujeres_por_edad: [area]}\n", EDITION)
    for verb in (("publish",), ("protect", "--explain")):
        assert main(order(office, *verb, "--edition", EDITION)) == 0
        assert "mujeres_por_edad" in capsys.readouterr().out
    told = pd.read_csv(office / "published" / EDITION / "tables" / "mujeres_por_edad.csv")
    assert "area" not in told.columns
    assert "edad" in told.columns


@pytest.mark.parametrize(
    ("without", "expected"),
    [
        ("{tipo: [all]}", ("unknown_table", "tipos")),
        ("{tipos: [semestre]}", ("not_of_the_table", "trimestre")),
        ("{tipos: [mess]}", ("not_of_the_table", "")),
        ("{visitas_por_area: [mujeres, visitas]}", ("required", "")),
        ("{reportes_por_causa: [anio]}", ("required", "")),
        ("{visitas_por_area: [visitas]}", None),
        ("{" + ", ".join(f"{table.id}: [all]" for table in load(TINY).tables) + "}", ("nothing_left", "")),
    ],
)
def test_what_cannot_be_left_out_is_refused(without: str, expected: tuple[str, str] | None, office: Path) -> None:
    applied(office, f"  without: {without}\n", EDITION)
    if expected is None:
        load(office / "institute")
        return
    with pytest.raises(PipelineError) as caught:
        load(office / "institute")
    found = {(finding.rule, dict(finding.facts).get("near", "")) for finding in caught.value.findings}
    assert expected in found


def test_a_part_of_a_table_is_what_counting_it_would_give(plan: Plan, tmp_path: Path) -> None:
    sample.write(plan, tmp_path, seed=1, rows=120)
    records, edition = read(plan, tmp_path), plan.editions[-1]
    looks = []

    def counting(changed: Plan, rows: Mapping[str, Rows]) -> Counts:
        looks.append(len(changed.tables))
        return counted(records, changed, edition)

    kept = Recount(counting, edition.id)
    kept(plan, {})
    for table in plan.tables:
        for _, (names, _) in feasible._forms(table, plan):
            changed = replace(plan, tables=tuple(t.less(names) if t.id == table.id else t for t in plan.tables))
            found, anew = kept(changed, {}).tables, counted(records, changed, edition).tables
            assert list(found) == list(anew)
            for name, frame in found.items():
                pd.testing.assert_frame_equal(frame, anew[name])
    assert looks == [len(plan.tables)]


def test_tables_of_answers_alone_are_verified_as_any_other(office: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of a withheld total of answers nobody counts the women: it must be in doubt all the same."""
    delivered(office, 40, lambda visits, reports: (visits, reports))
    completed(office, capsys)
    others = [table.id for table in load(office / "institute").tables if table.id != "tipos"]
    applied(office, f"  without: {{tipos: [mujeres], {', '.join(f'{name}: [all]' for name in others)}}}\n", EDITION)
    assert main(order(office, "publish", "--edition", EDITION)) == 0
    told = pd.read_csv(office / "published" / EDITION / "tables" / "tipos.csv", dtype=str)
    assert "Q" in set(told.loc[told["tipo"] == "_T", "obs_status"])
    assert main(order(office, "verify", "--edition", EDITION)) == 0


def test_a_search_that_may_do_next_to_nothing_ends_too_with_lines_that_publish(
    office: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it takes too long to tell whether tables can be protected, they count as if they could not."""
    for effort in (TRIAL, "quick"):
        monkeypatch.setitem(EFFORTS, effort, EFFORTS[effort]._replace(most=0))
    delivered(office, 60, lambda visits, reports: (visits, reports), seed=3)
    completed(office, capsys)
    told = explained(office, capsys)
    assert "no se encontró ninguna forma segura" in told
    applied(office, told, EDITION)
    assert main(order(office, "publish", "--edition", EDITION)) == 0


@pytest.mark.parametrize("rows", [50, *(pytest.param(rows, marks=pytest.mark.slow) for rows in (300, 800, 2000))])
def test_an_institute_of_46_tables_with_few_records_ends_with_lines_that_publish(
    rows: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(ROOT / "institute", tmp_path / "institute")
    sample.write(load(tmp_path / "institute"), tmp_path / "raw", seed=1, rows=rows)
    completed(tmp_path, capsys)
    applied(tmp_path, explained(tmp_path, capsys), EDITION)
    assert main(order(tmp_path, "publish", "--edition", EDITION)) == 0
    assert main(["audit", str(tmp_path / "published" / EDITION), "--quiet"]) == 0
    assert main(order(tmp_path, "verify", "--edition", EDITION)) == 0


@pytest.mark.slow
def test_an_institute_of_46_tables_goes_on_after_a_quarter_of_few_records(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The third quarter is published as it was committed; of each record type the fourth has a dozen records."""
    shutil.copytree(ROOT / "institute", tmp_path / "institute")
    shutil.copytree(PUBLISHED / "2025-T3", tmp_path / "published" / "2025-T3")
    (tmp_path / "raw").mkdir()
    women: set[str] = set()
    for name in (
        "atenciones",
        "acompanamientos",
        "gestiones",
        "canalizaciones",
        "actividades_grupales",
        "reportes_actuacion",
    ):
        records = pd.read_csv(ROOT / "data" / "raw" / "muestra" / f"{name}.csv", dtype=str, keep_default_na=False)
        period = next(records[each] for each in ("mes_atencion", "mes", "trimestre") if each in records)
        late = period.isin(["2025-10", "2025-11", "2025-12", EDITION])
        known = records["clave_usuaria"].isin(women) if women and "clave_usuaria" in records else ~late | late
        records = pd.concat([records[~late], records[late & known].iloc[::20].head(12)])
        women = women or set(records["clave_usuaria"])
        records.to_csv(tmp_path / "raw" / f"{name}.csv", index=False)
    completed(tmp_path, capsys)
    publishing = order(tmp_path, "publish", "--edition", EDITION)
    capsys.readouterr()
    if main(publishing) == 11:  # so few are told from what is usual
        names = re.findall(r"· (\w+:[\w-]+): .*--accept", capsys.readouterr().err)
        publishing += ["--accept", *names, "--who", "la prueba", "--why", "así fue"]
    assert main(publishing) == 12
    applied(tmp_path, explained(tmp_path, capsys), EDITION)
    assert main(publishing) == 0
    assert main(["audit", *(str(tmp_path / "published" / each) for each in ("2025-T3", EDITION)), "--quiet"]) == 0
    assert main(order(tmp_path, "verify", "--edition", EDITION)) == 0


def test_what_can_be_published_is_not_said_to_be_refused_because_a_trial_was_too_short(
    office: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(EFFORTS, TRIAL, EFFORTS[TRIAL]._replace(most=0))
    delivered(office, 400, lambda visits, reports: (visits, reports))
    assert main(order(office, "protect", "--explain", "--edition", EDITION, "--tables", "tipos")) == 0
    assert "without:" not in capsys.readouterr().out


def searched(
    plan: Plan,
    unsafe: Callable[[frozenset[str]], Collection[str] | None],
    late: Callable[[], bool] = lambda: False,
) -> tuple[set[str], int]:
    """The tables that a search leaves out, where `unsafe` names those that stand in the way of the others."""

    def attempt(way: Way, resource: str) -> Collection[str] | None:
        there = [table for table in plan.tables if table.resource == resource and table.id not in way.without]
        return unsafe(frozenset(table.id for table in there))

    found = feasible.find(plan, plan.editions[-1], attempt, late)
    return set(found.way.without) if found.way else {table.id for table in plan.tables}, found.attempts


def test_the_fewest_tables_are_left_out(plan: Plan) -> None:
    """A refusal names all that reach a cell, though one of them is the matter."""
    named = {"visitas_por_area", "visitas_por_servicio", "mujeres_por_edad", "tipos"}

    def one(there: frozenset[str]) -> Collection[str] | None:
        return named if "visitas_por_servicio" in there else None

    def either(there: frozenset[str]) -> Collection[str] | None:
        return named if {"mujeres_por_edad", "tipos"} <= there else None

    assert searched(plan, one)[0] == {"visitas_por_servicio"}
    assert len(searched(plan, either)[0]) == 1
    assert searched(plan, lambda there: None) == (set(), len({table.resource for table in plan.tables}))


def test_where_nothing_can_be_published_that_is_said_after_few_attempts(plan: Plan) -> None:
    out, tried = searched(plan, lambda there: there or None)
    assert out == {table.id for table in plan.tables}
    assert tried <= 2 * feasible.MOST


@pytest.mark.parametrize("telling", ["all", "one", "none"])
@pytest.mark.parametrize("most", range(0, 23, 2))
def test_among_many_tables_the_search_ends_within_its_bound_with_what_can_be_published(most: int, telling: str) -> None:
    """So many tables of a record type can be published together at most; a refusal names all, a single one or none."""
    plan = load(ROOT / "institute")

    def unsafe(there: frozenset[str]) -> Collection[str] | None:
        if len(there) <= most:
            return None
        return there if telling == "all" else sorted(there)[:1] if telling == "one" else ()

    left, tried = searched(plan, unsafe)
    for resource in plan.resources:
        tables = {table.id for table in plan.tables if table.resource == resource}
        assert len(tables - left) == min(most, len(tables))
    assert tried <= len(plan.resources) * (feasible.MOST + 5)


@pytest.mark.parametrize("most", [0, 1, 9, 22])
def test_a_search_that_is_late_ends_soon_with_what_can_be_published(most: int) -> None:
    plan = load(ROOT / "institute")
    left, tried = searched(plan, lambda there: there if len(there) > most else None, lambda: True)
    for resource in plan.resources:
        kept = {table.id for table in plan.tables if table.resource == resource} - left
        assert min(most, 1) <= len(kept) <= most
    assert tried <= len(plan.resources) * (1 + feasible.NAMED + 5)


@pytest.mark.parametrize("most", range(0, 23, 2))
def test_what_holds_tables_that_were_refused_together_is_not_tried(most: int) -> None:
    plan, refused = load(ROOT / "institute"), list[frozenset[str]]()

    def unsafe(there: frozenset[str]) -> Collection[str] | None:
        if len(there) <= most:
            return None
        assert not any(before <= there for before in refused)
        refused.append(there)
        return there

    searched(plan, unsafe)
    assert bool(refused) == any(
        sum(table.resource == resource for table in plan.tables) > most for resource in plan.resources
    )
