"""Counts are what a loop over the records would count, for every cell of every table of random records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from pipeline.confidential.intake.records import Records
from pipeline.institute.load import load
from pipeline.model.cells import TOTAL
from tests import records as door
from tests.conftest import TINY

PLAN = load(TINY)
AREAS = {"asesoria": "legal", "juicio": "legal", "escucha": "social", "taller": "social"}
TYPES = {"fisica": "violencia_fisica", "psicologica": "violencia_psicologica"}
Row = Mapping[str, str]

months = st.builds(
    lambda year, month: f"{year}-{month:02d}", st.sampled_from([2024, 2025, 2025, 2025, 2026]), st.integers(1, 12)
)
yes_or_no = st.sampled_from(["true", "True", "1", "false", "no", ""])
visits = st.lists(
    st.fixed_dictionaries(
        {
            "clave": st.sampled_from(["ana", "bea", "cleo", "dora", "eva"]),
            "mes": months,
            "servicio": st.sampled_from(list(AREAS)),
            "edad": st.sampled_from(["joven", "adulta", "mayor", "no_especificado"]),
            "lengua": st.sampled_from(["si", "no", "no_especificado"]),
            "violencia_fisica": yes_or_no,
            "violencia_psicologica": yes_or_no,
        }
    ),
    max_size=25,
)
reports = st.lists(
    st.fixed_dictionaries(
        {
            "trimestre": st.sampled_from([f"{year}-T{n}" for year in (2024, 2025) for n in range(1, 5)]),
            "causa": st.sampled_from(["dilacion", "negativa"]),
        }
    ),
    max_size=8,
)


def in_time(month: str, code: str) -> bool:
    """Whether a month lies in a time code; spelled out, on purpose not as the program does it."""
    year, quarter = month[:4], (int(month[5:]) - 1) // 3 + 1
    if code[:4] != year:
        return False
    if len(code) == 4 or code == month:
        return True
    if len(code) == 7 and code[5] == "T":
        return quarter == int(code[6])
    return len(code) == 10 and quarter <= int(code[9])


def in_cell(row: Row, cell: Mapping[str, str]) -> bool:
    for dimension, code in cell.items():
        if dimension == "periodo":
            month = row.get("mes") or f"{row['trimestre'][:4]}-{3 * int(row['trimestre'][-1]):02d}"
            if not in_time(month, code):
                return False
        elif code == TOTAL:
            continue
        elif dimension == "tipo":
            if row[TYPES[code]] not in ("true", "True", "1"):
                return False
        elif dimension == "servicio":
            if code not in (row["servicio"], AREAS[row["servicio"]]):
                return False
        elif row[dimension] != code:
            return False
    return True


def naive(rows: Sequence[Row], cell: Mapping[str, str], measure: str) -> int:
    if measure == "menciones" and cell["tipo"] == TOTAL:
        return sum(naive(rows, {**cell, "tipo": code}, measure) for code in TYPES)
    inside = [row for row in rows if in_cell(row, cell)]
    return len({row["clave"] for row in inside}) if measure == "mujeres" else len(inside)


def records(name: str, rows: Sequence[Row]) -> Records:
    full = [{"visita_id": f"V{n}", "reporte_id": f"R{n}", "hijas": "0", **row} for n, row in enumerate(rows)]
    frame = pd.DataFrame(full, columns=list(PLAN.resources[name].fields), dtype="str")
    return door.made(name, frame)


@given(visits, reports, st.sampled_from(PLAN.editions))
def test_counts_are_those_of_a_loop(found: list[dict[str, str]], told: list[dict[str, str]], edition: object) -> None:
    rows = [{**row, "area": AREAS[row["servicio"]]} for row in found]
    records_of = {"visitas": records("visitas", rows), "reportes": records("reportes", told)}
    counts = door.counted(records_of, PLAN, edition)  # type: ignore[arg-type]
    for table in PLAN.tables:
        source: Sequence[Row] = rows if table.resource == "visitas" else told
        for row in counts.tables[table.id].to_dict("records"):
            cell = {name: str(row[name]) for name in table.dimensions}
            for measure in table.measures:
                assert row[measure] == naive(source, cell, measure), (table.id, cell, measure)
            assert row["women"] == row[PLAN.resources[table.resource].threshold_measure]
