"""What is few or secret is told per year only: the plan itself refuses a table that would say more."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from pipeline.errors import PipelineError
from pipeline.plan import load

INSTITUTE = Path(__file__).parents[2] / "institute"
YEAR, QUARTER = ["anio"], ["anio", "trimestre"]


def refused(folder: Path, table: Mapping[str, object]) -> set[tuple[str, str]]:
    """(rule, where) of what the plan says when `table` is added to the institute's own."""
    shutil.copytree(INSTITUTE, folder)
    tables = yaml.safe_load((folder / "tables.yaml").read_text(encoding="utf-8"))
    extra = {"id": "de_mas", "topic": "servicios", "title": {"es": "De más", "en": "Too much"}, **table}
    (folder / "tables.yaml").write_text(yaml.safe_dump([*tables, extra], allow_unicode=True), encoding="utf-8")
    with pytest.raises(PipelineError) as caught:
        load(folder)
    return {(finding.rule, finding.where) for finding in caught.value.findings}


SHELTERS = {"resource": "canalizaciones", "measures": ["canalizaciones", "usuarias"]}
REPORTS = {"resource": "reportes_actuacion", "measures": ["reportes"]}
SERVICES = {"resource": "atenciones", "measures": ["servicios", "usuarias"]}


@pytest.mark.parametrize(
    "table",
    [
        {**SHELTERS, "dimensions": [{"name": "periodo", "levels": QUARTER}, "tipo_institucion"]},
        {**SHELTERS, "dimensions": [{"name": "periodo", "levels": ["anio", "acumulado"]}, "tipo_institucion"]},
        {**SHELTERS, "dimensions": [{"name": "periodo", "levels": YEAR}, "tipo_institucion", "resultado"]},
        {**REPORTS, "dimensions": [{"name": "periodo", "levels": QUARTER}, "conducta"]},
        {**REPORTS, "dimensions": [{"name": "periodo", "levels": YEAR}, "conducta", "causa"]},
        {**SERVICES, "dimensions": [{"name": "periodo", "levels": QUARTER}, "servicio"]},
        {**SERVICES, "dimensions": [{"name": "periodo", "levels": YEAR}, "servicio", "modulo_id"]},
    ],
    ids=[
        "quarters",
        "year-to-date",
        "by-result",
        "report-quarters",
        "report-crossed",
        "service-quarters",
        "service-crossed",
    ],
)
def test_shelters_and_reports_of_conduct_are_told_per_year_and_uncrossed(
    tmp_path: Path, table: Mapping[str, object]
) -> None:
    assert refused(tmp_path / "institute", table) == {("yearly_only", "tables.yaml:de_mas.dimensions")}


def test_the_total_to_a_shelter_is_not_told_by_quarter_through_a_fixed_filter_either(tmp_path: Path) -> None:
    table = {
        **SHELTERS,
        "dimensions": [{"name": "periodo", "levels": QUARTER}, "sentido"],
        "where": {"tipo_institucion": "refugio_red_nacional"},
    }
    assert ("yearly_only", "tables.yaml:de_mas.dimensions.periodo") in refused(tmp_path / "institute", table)
