"""Whether all records are there: a period without any is a mistake, unless sources.yaml says that there were none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from pipeline.confidential.storage.workspace import Store
from pipeline.institute.load import load
from pipeline.institute.plan import Plan
from pipeline.model import periods
from pipeline.model.findings import PipelineError
from pipeline.workflows.check import check
from tests.conftest import silent

HEADER = "visita_id,clave,mes,area,servicio,edad,lengua,violencia_fisica,violencia_psicologica,hijas"
MONTHS = [f"2025-{number:02}" for number in range(1, 13)]
QUARTERS = [f"2025-T{number}" for number in range(1, 5)]


def deliver(folder: Path, months: Sequence[str], quarters: Sequence[str] = QUARTERS) -> Path:
    """One visit of each of these months, and one report of each of these quarters; no file where there are none."""
    folder.mkdir(exist_ok=True)
    visits = [f"V{n},0123456789ab,{each},legal,asesoria,adulta,no,true,false,2" for n, each in enumerate(months)]
    reports = [f"R0{n},V0,{each},dilacion" for n, each in enumerate(quarters)]
    for name, header, rows in (
        ("visitas", HEADER, visits),
        ("reportes", "reporte_id,visita_id,trimestre,causa", reports),
    ):
        (folder / f"{name}.csv").unlink(missing_ok=True)
        if rows:
            (folder / f"{name}.csv").write_text("\n".join([header, *rows, ""]))
    return folder


def says(institute: Path, records: str, said: str) -> Plan:
    sources = institute / "sources.yaml"
    sources.write_text(sources.read_text().replace(f"{records}:\n", f"{records}:\n  {said}\n"))
    return load(institute)


def lacking(plan: Plan, raw: Path, cut_off: str = "", *, set_aside: bool = False) -> list[tuple[str, str, str]]:
    with Store() as store:
        _, verdict = check(plan, raw, store, silent, set_aside=set_aside, cut_off=cut_off)
    return [(found.where, found.rule, dict(found.facts)["periods"]) for found in verdict.lacking]


def test_a_period_without_records_is_told_by_the_grain_of_its_type(plan: Plan, tmp_path: Path) -> None:
    assert lacking(plan, deliver(tmp_path, MONTHS)) == []
    assert lacking(plan, deliver(tmp_path, [*MONTHS[:2], *MONTHS[6:]], QUARTERS[:3])) == [
        ("sources.yaml:visitas", "no_records_of", "2025-03, 2025-T2"),
        ("sources.yaml:reportes", "no_records_of", "2025-T4"),
    ]


def test_only_periods_up_to_the_cut_off_are_asked_for(plan: Plan, tmp_path: Path) -> None:
    assert lacking(plan, deliver(tmp_path, MONTHS[:9], QUARTERS[:3]), "2025-09") == []


def test_who_says_that_there_were_none_is_believed(institute: Path, tmp_path: Path) -> None:
    raw = deliver(tmp_path / "raw", [*MONTHS[:2], *MONTHS[6:]])
    assert lacking(says(institute, "visitas", "none: [2025-03, 2025-T2]"), raw) == []
    assert lacking(load(institute), deliver(raw, MONTHS)) == [
        ("sources.yaml:visitas.none", "records_of_none", "2025-03, 2025-T2")
    ]


def test_a_type_that_began_later_has_no_records_before(institute: Path, tmp_path: Path) -> None:
    raw = deliver(tmp_path / "raw", MONTHS[6:], QUARTERS[2:])
    says(institute, "visitas", "start: 2025-07")
    plan = says(institute, "reportes", "start: 2025-05")  # in the midst of a quarter, of which there may be none
    assert lacking(plan, raw) == []
    assert lacking(plan, deliver(raw, MONTHS[4:], QUARTERS[2:])) == [
        ("sources.yaml:visitas.start", "records_before_start", "2025-05, 2025-06")
    ]


@pytest.mark.parametrize("file", ["", "reporte_id,visita_id,trimestre,causa\n"], ids=["no file", "header only"])
def test_a_record_type_may_have_had_no_record_at_all(file: str, institute: Path, tmp_path: Path) -> None:
    raw = deliver(tmp_path / "raw", MONTHS, [])
    if file:
        (raw / "reportes.csv").write_text(file)
    with pytest.raises(PipelineError) as stopped:
        lacking(load(institute), raw)
    assert [found.rule for found in stopped.value.findings] == ["no_rows" if file else "no_file"]
    plan = says(institute, "reportes", 'none: ["2025"]')
    assert lacking(plan, raw) == []
    with Store() as store:
        records, _ = check(plan, raw, store, silent)
        assert records["reportes"].rows == 0


def test_none_of_one_quarter_does_not_excuse_a_file_that_is_not_there(institute: Path, tmp_path: Path) -> None:
    raw = deliver(tmp_path / "raw", MONTHS, [])
    with pytest.raises(PipelineError) as stopped:
        lacking(says(institute, "reportes", "none: [2025-T1]"), raw)
    assert [found.rule for found in stopped.value.findings] == ["no_file"]
    (raw / "reportes.csv").write_text("reporte_id,visita_id,trimestre,causa\n")
    assert lacking(load(institute), raw) == [("sources.yaml:reportes", "no_records_of", "2025-T2, 2025-T3, 2025-T4")]


def test_a_month_of_which_every_record_is_refused_is_one_without_records(plan: Plan, tmp_path: Path) -> None:
    raw = deliver(tmp_path, MONTHS)
    path = raw / "visitas.csv"
    path.write_text(path.read_text().replace("2025-05,legal", "2025-05,penal"))
    assert lacking(plan, raw, set_aside=True) == [("sources.yaml:visitas", "no_records_of", "2025-05")]


def differing(plan: Plan, raw: Path) -> list[tuple[str, str, dict[str, str]]]:
    with Store() as store:
        _, verdict = check(plan, raw, store, silent)
    return [(found.where, found.rule, dict(found.facts)) for found in verdict.lacking]


def test_control_totals_that_hold_say_nothing_and_others_are_told(institute: Path, tmp_path: Path) -> None:
    raw = deliver(tmp_path / "raw", [*MONTHS, "2025-03"])
    plan = says(institute, "visitas", 'expected: {rows: 13, 2025-03: 2, 2025-T1: 4, "2025": 13, 2025-12: 1}')
    assert differing(plan, raw) == []
    deliver(raw, [*MONTHS, "2025-12"])
    where = "sources.yaml:visitas.expected"
    assert differing(plan, raw) == [
        (where, "expected_of_period", {"period": "2025-03", "expected": "2", "came": "1"}),
        (where, "expected_of_period", {"period": "2025-T1", "expected": "4", "came": "3"}),
        (where, "expected_of_period", {"period": "2025-12", "expected": "1", "came": "2"}),
    ]
    deliver(raw, MONTHS)
    assert (where, "expected_rows", {"expected": "13", "came": "12"}) in differing(plan, raw)


def test_control_totals_beside_a_file_are_of_that_file(institute: Path, tmp_path: Path) -> None:
    raw = deliver(tmp_path / "raw", MONTHS)
    sources = institute / "sources.yaml"
    sources.write_text(sources.read_text().replace('"visitas*.csv"', '"visitas*"'))  # they match, and are no records
    totals = raw / "visitas.csv.expected.yaml"
    totals.write_text("rows: 12\n2025-T1: 3\n")
    assert differing(load(institute), raw) == []
    totals.write_text("rows: 11\n")
    assert differing(load(institute), raw) == [
        (totals.name, "expected_rows", {"expected": "11", "came": "12"}),
    ]


@pytest.mark.parametrize(
    ("file", "text", "rule"),
    [
        ("visitas-2.csv.expected.yaml", "rows: 1\n", "expected_of_no_file"),  # the file is what did not come
        ("visitas.csv.expected.yaml", "renglones: 1\n", "wrong_form"),
        ("visitas.csv.expected.yaml", "rows: doce\n", "wrong_type"),
        ("visitas.csv.expected.yaml", "", "empty_file"),
        ("reportes.csv.expected.yaml", "2025-03: 1\n", "level_finer_than_records"),
    ],
)
def test_control_totals_that_say_nothing_are_no_control(
    file: str, text: str, rule: str, plan: Plan, tmp_path: Path
) -> None:
    raw = deliver(tmp_path, MONTHS)
    (raw / file).write_text(text)
    assert [found[:2] for found in differing(plan, raw)] == [(file, rule)] or rule == "wrong_type"
    assert {found[1] for found in differing(plan, raw)} == {rule}


@pytest.mark.parametrize(
    ("codes", "told"),
    [
        ([], []),
        (["2025-03", "2025-01"], ["2025-01", "2025-03"]),
        (["2025-01", "2025-02", "2025-03", "2025-12"], ["2025-12", "2025-T1"]),
        ([*MONTHS, "2026-01"], ["2025", "2026-01"]),
        (["2025-T1", "2025-T2", "2025-T3", "2024-T4", "2025-T4"], ["2024-T4", "2025"]),
    ],
)
def test_periods_are_told_in_as_few_codes_as_say_the_same(codes: Sequence[str], told: Sequence[str]) -> None:
    assert periods.united(codes) == told
