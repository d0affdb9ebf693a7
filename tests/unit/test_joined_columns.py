"""A month that an office keeps in two columns, or writes by its name, is a month like any other."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.confidential.intake import notation
from pipeline.institute.load import load
from pipeline.institute.plan import Plan
from pipeline.model.findings import PipelineError
from pipeline.workflows import sample
from tests import records
from tests.records import frame

HEADER = "visita_id,clave,Año,Mes,area,servicio,edad,lengua,violencia_fisica,violencia_psicologica,hijas"
REPORTS = "reporte_id,visita_id,trimestre,causa\nR01,V1,2025-T1,dilacion\n"


def row(year: str, month: str, number: int = 1) -> str:
    return f"V{number},0123456789ab,{year},{month},legal,asesoria,adulta,no,true,false,2"


@pytest.fixture
def joined(institute: Path) -> Plan:
    sources = institute / "sources.yaml"
    sources.write_text(sources.read_text().replace("  recode:\n", "  join: {mes: [Año, MES]}\n  recode:\n", 1))
    return load(institute)


def months(plan: Plan, folder: Path, *lines: str) -> list[str]:
    folder.mkdir(exist_ok=True)
    (folder / "visitas.csv").write_text("\n".join([HEADER, *lines]), encoding="utf-8")
    (folder / "reportes.csv").write_text(REPORTS, encoding="utf-8")
    return list(frame(records.read(plan, folder)["visitas"])["mes"])


def test_a_year_and_a_month_in_two_columns_are_one(joined: Plan, tmp_path: Path) -> None:
    lines = [
        row("2025", "Enero", 1),
        row("2025", " 2 ", 2),
        row("2025", "03", 3),
        row(" 2025", "Setiembre", 4),
        row("2025", "dic.", 5),
    ]
    assert months(joined, tmp_path / "raw", *lines) == ["2025-01", "2025-02", "2025-03", "2025-09", "2025-12"]


def test_half_a_month_stays_to_be_refused(joined: Plan, tmp_path: Path) -> None:
    found = months(
        joined, tmp_path / "raw", row("2025", "", 1), row("", "Enero", 2), row("2025", "trece", 3), row("2025", "13", 4)
    )
    assert found == ["2025-", "-Enero", "2025-trece", "2025-13"]


def test_a_column_that_is_to_be_joined_and_is_not_there_is_told(joined: Plan, tmp_path: Path) -> None:
    folder = tmp_path / "raw"
    folder.mkdir()
    (folder / "visitas.csv").write_text(f"{HEADER}\n{row('2025', 'Enero')}\n".replace("Año", "Anual"), encoding="utf-8")
    (folder / "reportes.csv").write_text(REPORTS, encoding="utf-8")
    with pytest.raises(PipelineError) as stopped:
        records.read(joined, folder)
    told = {(finding.rule, dict(finding.facts)["column"]) for finding in stopped.value.findings}
    assert told == {("unknown_column", "Anual"), ("missing_column", "mes")}


def test_the_sample_comes_in_the_columns_that_are_joined(joined: Plan, tmp_path: Path) -> None:
    sample.write(joined, tmp_path, seed=1, rows=50)
    header, first = (tmp_path / "visitas.csv").read_text(encoding="utf-8").splitlines()[:2]
    assert {"Año", "MES"} <= set(header.split(","))
    assert "mes" not in header.split(",")
    found = frame(records.read(joined, tmp_path)["visitas"])["mes"]
    cells = dict(zip(header.split(","), first.split(","), strict=True))
    assert found[0] == f"{cells['Año']}-{cells['MES']}"
    assert found.str.fullmatch(r"\d{4}-\d{2}").all()


def test_a_field_that_is_joined_must_be_one(institute: Path) -> None:
    sources = institute / "sources.yaml"
    sources.write_text(sources.read_text().replace("  recode:\n", "  join: {mess: [Año, Mes]}\n  recode:\n", 1))
    with pytest.raises(PipelineError) as stopped:
        load(institute)
    assert [(finding.rule, dict(finding.facts)["name"]) for finding in stopped.value.findings] == [
        ("unknown_field", "mess")
    ]


@pytest.mark.parametrize(("said", "number"), [("Enero", 1), ("setiembre", 9), ("dic.", 12), ("August", 8), ("03", 3), ("7.0", 7), ("13", 0), ("Norte", 0), ("", 0)])  # fmt: skip
def test_months_are_known_by_word_and_number(said: str, number: int) -> None:
    assert notation.month_number(said) == number


@pytest.mark.parametrize(
    ("said", "month"),
    [
        ("enero de 2024", "2024-01"), ("Ene 2024", "2024-01"), ("2024-ENERO", "2024-01"), ("mar.-2024", "2024-03"), ("May 2024", "2024-05"),
        ("13-ene-2024", "2024-01"), ("29/Feb/2024", "2024-02"), ("1º de mayo de 2024", "2024-05"), ("MIÉRCOLES, 13 DE MARZO DE 2024", "2024-03"),
        ("norte 2024", None), ("enero", None), ("2024", None), ("enero de 24", None),
        ("31-feb-2024", None), ("0 de enero de 2024", None), ("13-ene-24", None), ("25-ene", None), ("13 norte 2024", None),
    ],
)  # fmt: skip
def test_a_month_by_its_name_is_read_with_its_year_only(said: str, month: str | None) -> None:
    assert notation.month(said) == month
