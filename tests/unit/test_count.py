"""Counting: rows, distinct women and answers of every cell. Against a naive loop: tests/properties/test_count.py."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from pipeline.confidential.intake.records import Records
from pipeline.confidential.tabulation.count import time_codes
from pipeline.institute.load import load
from pipeline.institute.plan import Plan
from pipeline.model.cells import TOTAL
from tests import records

COLUMNS = "visita_id clave mes area servicio edad lengua violencia_fisica violencia_psicologica hijas".split()  # noqa: SIM905


def visits(text: str) -> list[list[str]]:
    """One visit a line: woman, month, service, age, then f and p for the two types."""
    areas = {"asesoria": "legal", "juicio": "legal", "escucha": "social", "taller": "social"}
    rows = []
    for number, line in enumerate(text.strip().splitlines()):
        woman, month, service, age, *types = line.split()
        yes = [str("f" in types).lower(), str("p" in types).lower()]
        rows.append([f"V{number}", woman, month, areas[service], service, age, "no", *yes, "0"])
    return rows


def visited(text: str, **changed: list[str]) -> Records:
    """The visits as records, some columns changed."""
    return records.made("visitas", pd.DataFrame(visits(text), columns=COLUMNS, dtype="str").assign(**changed))


def reports(*rows: tuple[str, str]) -> Records:
    frame = pd.DataFrame(
        [("R", "V", *row) for row in rows], columns=["reporte_id", "visita_id", "trimestre", "causa"], dtype="str"
    )
    return records.made("reportes", frame)


VISITS = """
    ana   2025-01  asesoria  joven   f
    ana   2025-01  juicio    joven   f p
    ana   2025-05  escucha   adulta  p
    bea   2025-01  asesoria  adulta
    bea   2025-11  asesoria  adulta  f
    cleo  2025-12  taller    mayor   p
"""


def counted(plan: Plan, table: str, *, edition: int = 1, text: str = VISITS) -> dict[tuple[str, ...], tuple[int, ...]]:
    found = {"visitas": visited(text), "reportes": reports(("2025-T1", "dilacion"), ("2025-T2", "negativa"))}
    spec = plan.table(table)
    frame = records.counted(found, plan, plan.editions[edition]).tables[table]
    return {
        tuple(row[name] for name in spec.dimensions): tuple(int(row[measure]) for measure in spec.measures)
        for row in frame.to_dict("records")
    }


def test_rows_and_distinct_women(plan: Plan) -> None:
    cells = counted(plan, "visitas_por_area")
    assert cells["2025", TOTAL] == (6, 3)
    assert cells["2025", "legal"] == (4, 2)
    assert cells["2025", "social"] == (2, 2)  # ana is in both areas: women do not add up
    assert cells["2025-01", "legal"] == (3, 2)
    assert cells["2025-T1", TOTAL] == (3, 2)
    assert cells["2025-T4", TOTAL] == (2, 2)


def test_nobody_is_a_zero_and_not_an_absence(plan: Plan) -> None:
    cells = counted(plan, "visitas_por_area")
    assert cells["2025-02", "social"] == (0, 0)
    months = [key for key in cells if len(key[0]) == 7 and "T" not in key[0]]
    assert len(months) == 12 * 3


def test_a_service_counts_for_its_area_too(plan: Plan) -> None:
    cells = counted(plan, "visitas_por_servicio")
    assert cells["2025", "legal"] == counted(plan, "visitas_por_area")["2025", "legal"]
    assert cells["2025", "asesoria"] == (3, 2)
    assert cells["2025", "juicio"] == (1, 1)


def test_margins_of_two_dimensions(plan: Plan) -> None:
    cells = counted(plan, "mujeres_por_edad")
    assert cells["2025", "joven", "legal"] == (2, 1)
    assert cells["2025", "joven", TOTAL] == (2, 1)
    assert cells["2025", TOTAL, "legal"] == (4, 2)
    assert cells["2025", "mayor", "legal"] == (0, 0)
    assert cells["2025", TOTAL, TOTAL] == (6, 3)


def test_answers_are_more_than_women_and_the_total_is_all_women(plan: Plan) -> None:
    cells = counted(plan, "tipos")
    assert cells["2025", "fisica"] == (3, 2)
    assert cells["2025", "psicologica"] == (3, 2)
    assert cells["2025", TOTAL] == (6, 3)  # bea named none in January, yet she is a woman of the year
    assert cells["2025-T2", TOTAL] == (1, 1)
    assert cells["2025-T3", TOTAL] == (0, 0)


def test_a_record_type_without_a_key_counts_rows(plan: Plan) -> None:
    assert counted(plan, "reportes_por_causa")["2025", TOTAL] == (2,)


def test_what_comes_after_the_cut_off_is_not_counted_yet(plan: Plan) -> None:
    cells = counted(plan, "visitas_por_area", edition=0)
    assert cells["2025-T1-T3", TOTAL] == (4, 2)
    assert not [key for key in cells if key[0] in {"2025", "2025-T4", "2025-11"}]


def test_a_table_of_years_is_empty_before_a_year_has_closed(plan: Plan) -> None:
    assert counted(plan, "reportes_por_causa", edition=0) == {}


def test_no_records_at_all_are_zeros(plan: Plan) -> None:
    cells = counted(plan, "mujeres_por_edad", text="ana 2024-01 taller mayor")
    assert set(cells.values()) == {(0, 0)}


def test_rows_are_in_publication_order(plan: Plan) -> None:
    frame = records.counted({"visitas": visited(VISITS), "reportes": reports()}, plan, plan.editions[1]).tables[
        "mujeres_por_edad"
    ]
    shown = frame[frame["published"]]
    assert shown["edad"].tolist()[:6] == [TOTAL] * 3 + ["joven"] * 3
    assert shown["area"].tolist()[:3] == [TOTAL, "legal", "social"]
    assert [str(kind) for kind in frame.dtypes[["visitas", "mujeres", "published"]]] == ["int64", "int64", "bool"]


def test_shadows_are_what_a_reader_of_the_earlier_edition_can_work_out(plan: Plan) -> None:
    first, second = plan.editions
    codes = time_codes(plan.table("mujeres_por_edad"), plan, second)
    assert codes == {
        "2025": True,
        "2025-T1-T3": False,
        "2025-T1": False,
        "2025-T2": False,
        "2025-T3": False,
        "2025-T4": False,
    }
    assert all(
        time_codes(plan.table("mujeres_por_edad"), plan, first)[code] == (code == "2025-T1-T3")
        for code in ("2025-T1-T3", "2025-T1")
    )
    quarters = time_codes(plan.table("visitas_por_servicio"), plan, second)
    assert quarters["2025-T1-T3"] is False
    assert quarters["2025-T4"] is True


def test_a_fixed_filter_and_sums_of_columns(institute: Path) -> None:
    tables = institute / "tables.yaml"
    tables.write_text(
        tables.read_text()
        + """
- id: hijas_de_usuarias_de_lo_legal
  topic: visitas
  resource: visitas
  title: {es: Hijas, en: Daughters}
  dimensions: [{name: periodo, levels: [anio]}, edad]
  where: {servicio: legal}
  measures: [mujeres, hijas]
"""
    )
    contract = institute / "records.package.yaml"
    contract.write_text(
        contract.read_text().replace(
            "      persons: mujeres\n", "      persons: mujeres\n      sums: {hijas: [hijas]}\n"
        )
    )
    facts = institute / "institute.yaml"
    facts.write_text(facts.read_text() + "  hijas: {es: Hijas, en: Daughters}\n")
    plan = load(institute)
    found = visited(VISITS, hijas=["1", "2", "4", "8", "16", "32"])
    frame = records.counted({"visitas": found, "reportes": reports()}, plan, plan.editions[1]).tables[
        "hijas_de_usuarias_de_lo_legal"
    ]
    cells = {row["edad"]: (row["mujeres"], row["hijas"]) for row in frame.to_dict("records")}
    assert cells[TOTAL] == (2, 1 + 2 + 8 + 16)
    assert cells["joven"] == (1, 3)
    assert cells["mayor"] == (0, 0)


def test_a_union_of_codes_counts_whoever_is_in_any_of_them(institute: Path) -> None:
    codes = institute / "codes" / "edad.csv"
    codes.write_text(codes.read_text() + "no_mayor,,joven adulta,9,No mayor,Not older\n")
    cells = counted(load(institute), "mujeres_por_edad")
    assert cells["2025", "no_mayor", TOTAL] == (5, 2)  # ana was both: one woman


def test_yes_is_what_the_contract_says_it_is(institute: Path) -> None:
    contract = institute / "records.package.yaml"
    old = "{name: violencia_fisica, type: boolean, constraints: {required: true}}"
    contract.write_text(
        contract.read_text().replace(
            old, "{name: violencia_fisica, type: boolean, trueValues: [afirma], falseValues: [niega]}"
        )
    )
    plan = load(institute)
    says = {"true": "afirma", "false": "niega"}
    found = visited(VISITS, violencia_fisica=[says[row[COLUMNS.index("violencia_fisica")]] for row in visits(VISITS)])
    frame = records.counted({"visitas": found, "reportes": reports()}, plan, plan.editions[1]).tables["tipos"]
    assert frame.loc[(frame["periodo"] == "2025") & (frame["tipo"] == "fisica"), "mujeres"].tolist() == [2]
