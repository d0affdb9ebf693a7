"""What is few or secret is told per year only: the plan itself refuses a table that would say more."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.institute.load import load
from pipeline.model.findings import PipelineError

INSTITUTE = Path(__file__).parents[2] / "institute"
SHELTER = {"tipo_institucion": "refugio_red_nacional"}
SENT = {"sentido": "enviada"}
MEASURES = {
    "canalizaciones": ["canalizaciones", "usuarias"],
    "gestiones": ["gestiones", "usuarias"],
    "reportes_actuacion": ["reportes"],
    "atenciones": ["servicios", "usuarias"],
}


def table(resource: str, levels: Sequence[str], *dimensions: str, where: Mapping[str, str] | None = None) -> Any:
    return {
        "id": "de_mas",
        "topic": "servicios",
        "title": {"es": "De más", "en": "Too much"},
        "resource": resource,
        "measures": MEASURES[resource],
        "dimensions": [{"name": "periodo", "levels": list(levels)}, *dimensions],
        **({"where": dict(where)} if where else {}),
    }


def refused(folder: Path, extra: Mapping[str, object]) -> set[tuple[str, str]]:
    """(rule, key) of what the plan says when a table is added to the institute's own."""
    shutil.copytree(INSTITUTE, folder)
    tables = yaml.safe_load((folder / "tables.yaml").read_text(encoding="utf-8"))
    (folder / "tables.yaml").write_text(yaml.safe_dump([*tables, extra], allow_unicode=True), encoding="utf-8")
    try:
        load(folder)
    except PipelineError as caught:
        return {(f.rule, f.where.removeprefix("tables.yaml:de_mas.")) for f in caught.findings}
    return set()


@pytest.mark.parametrize("levels", [["trimestre"], ["anio", "trimestre"], ["anio", "acumulado"], ["acumulado"]])
@pytest.mark.parametrize("dimensions", [[], ["tipo_institucion"]])
def test_reports_of_conduct_are_told_per_year_only(tmp_path: Path, levels: list[str], dimensions: list[str]) -> None:
    said = refused(tmp_path / "institute", table("reportes_actuacion", levels, *dimensions))
    assert ("finer_than_told", "dimensions.periodo") in said


@pytest.mark.parametrize("where", [None, {"causa": "prejuicios_genero"}])
def test_and_one_trait_at_a_time(tmp_path: Path, where: Mapping[str, str] | None) -> None:
    dimensions = ["conducta"] if where else ["conducta", "causa"]
    said = refused(tmp_path / "institute", table("reportes_actuacion", ["anio"], *dimensions, where=where))
    assert ("one_way", "dimensions") in said


@pytest.mark.parametrize(
    "extra",
    [
        table("canalizaciones", ["anio", "trimestre"], "tipo_institucion", where=SENT),
        table("canalizaciones", ["anio", "acumulado"], "tipo_institucion", where=SENT),
        table("canalizaciones", ["anio"], "tipo_institucion", "resultado", where=SENT),
        table("canalizaciones", ["trimestre"], where={**SHELTER, **SENT}),
        table("canalizaciones", ["anio"], "resultado", where={**SHELTER, **SENT}),
        table("gestiones", ["anio", "mes"], "tipo_institucion"),
        table("gestiones", ["anio"], "tipo_institucion", "zona_id"),
        table("gestiones", ["anio"], "zona_id", where=SHELTER),
        table("atenciones", ["anio", "trimestre"], "servicio"),
        table("atenciones", ["anio"], "servicio", "modulo_id"),
        table("atenciones", ["anio"], "modulo_id", where={"servicio": "reporte_actuacion"}),
    ],
    ids=lambda extra: f"{extra['resource']}-{len(extra['dimensions'])}-{'-'.join(extra.get('where', ()))}",
)
def test_a_shelter_and_a_report_among_services_are_told_in_a_total_of_the_year_and_uncrossed(
    tmp_path: Path, extra: Mapping[str, object]
) -> None:
    assert ("yearly_only", "dimensions") in refused(tmp_path / "institute", extra)


@pytest.mark.parametrize(
    "extra",
    [
        table("canalizaciones", ["anio"], "tipo_institucion"),
        table("canalizaciones", ["anio"], "tipo_institucion", where={"sentido": "recibida"}),
        table("canalizaciones", ["anio"], where=SHELTER),
        table("canalizaciones", ["anio"], where={**SHELTER, **SENT, "resultado": "atendida"}),
        table("gestiones", ["anio"], "tipo_institucion", where={"zona_id": "Z01"}),
        table("gestiones", ["anio"], where={**SHELTER, "resultado": "lograda"}),
    ],
    ids=lambda extra: f"{extra['resource']}-{len(extra['dimensions'])}-{'-'.join(extra.get('where', ()))}",
)
def test_of_a_shelter_there_is_one_total_a_year_and_no_second_one_of_other_records(
    tmp_path: Path, extra: Mapping[str, object]
) -> None:
    assert ("told_once", "where") in refused(tmp_path / "institute", extra)


@pytest.mark.parametrize(
    "extra",
    [
        table("canalizaciones", ["anio"], where={**SHELTER, **SENT}),
        table("canalizaciones", ["anio", "trimestre", "mes"], "resultado", where=SENT),
        table("atenciones", ["anio", "trimestre"], "modulo_id", where={"servicio": "primera_escucha"}),
    ],
    ids=["the-same-total", "no-shelter", "another-service"],
)
def test_what_says_no_more_is_not_refused(tmp_path: Path, extra: Mapping[str, object]) -> None:
    assert refused(tmp_path / "institute", extra) == set()
