"""What the institute says of its offices, zones, services, population, goals and duties; every edition carries it.

That it fits its own contract is for the plan to say (tests/faults/test_institute.py); here is what it must cover.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from frictionless import Package

from pipeline import ROOT
from pipeline.institute.load import load
from pipeline.institute.plan import Plan
from pipeline.model.findings import PipelineError
from pipeline.model.reference_data import STEPS
from pipeline.public.edition import reader


@pytest.fixture(scope="module")
def own() -> Plan:
    return load(ROOT / "institute")


def test_every_office_and_every_service_has_its_row(own: Plan) -> None:
    for name, column in (("modulos", "modulo_id"), ("servicios", "servicio")):
        catalogue = own.catalogues[name]
        rows = [row[column] for row in catalogue.rows]
        assert sorted(rows) == sorted(own.lists[catalogue.column(column).codes].leaves)


def test_the_steps_of_a_service_are_as_many_in_both_languages(own: Plan) -> None:
    for row in own.catalogues["servicios"].rows:
        assert row["pasos_es"].count(STEPS) == row["pasos_en"].count(STEPS) >= 2, row["servicio"]


def test_every_zone_and_year_of_the_records_has_its_women_aged_15_and_over(own: Plan) -> None:
    years = {str(year) for year in range(int(own.facts["first_month"][:4]), int(own.editions[-1].cut_off[:4]) + 1)}
    zones = {row["zona_id"] for row in own.catalogues["zonas"].rows}
    assert zones == set(own.lists["zona"].leaves) - {"no_especificado"}
    said = {(row["anio"], row["zona_id"]) for row in own.catalogues["poblacion"].rows}
    assert said == {(year, zone) for year in years for zone in zones}


def test_every_section_of_article_65_that_applies_is_among_the_obligations(own: Plan) -> None:
    keys = {row["obligacion"] for row in own.catalogues["obligaciones"].rows}
    assert keys == {
        "lgtaip_20_xii", "lgtaip_50_52", "lgtaip_58", "lgtaip_60", "lgtaip_61", "lgtaip_64",
        "lgtaip_65_v", "lgtaip_65_xviii", "lgtaip_65_xxvii", "lgtaip_65_xxviii",
    }  # fmt: skip


def test_the_map_has_one_polygon_per_zone_and_neighbours_share_their_border(own: Plan) -> None:
    features = own.shapes["zonas_mapa"].features
    keys = [(f["properties"]["zona_id"], f["properties"]["cve_ent"], f["properties"]["cve_mun"]) for f in features]
    assert keys == [(row["zona_id"], row["cve_ent"], row["cve_mun"]) for row in own.catalogues["zonas"].rows]
    edges: Counter[tuple[tuple[float, ...], tuple[float, ...]]] = Counter()
    for feature in features:
        assert feature["geometry"]["type"] == "Polygon"
        ring = [tuple(point) for point in feature["geometry"]["coordinates"][0]]
        assert ring[0] == ring[-1]
        edges.update(pairwise(ring))
    assert max(edges.values()) == 1, "two polygons overlap along an edge"
    outer = {a: b for a, b in edges if (b, a) not in edges}
    at = start = next(iter(outer))
    steps = 0
    while (at := outer[at]) != start:
        steps += 1
    assert steps + 1 == len(outer), "the outer border is one ring: there is no gap between neighbours"


# in an edition -------------------------------------------------------------------------------------------------------


def test_an_edition_carries_them_and_frictionless_finds_them_valid(plan: Plan, editions_of_tiny: Path) -> None:
    folder = editions_of_tiny / plan.editions[-1].id
    read = reader.read(folder)
    for name, catalogue in plan.catalogues.items():
        assert (read.catalogues[name].rows, read.catalogues[name].title) == (catalogue.rows, catalogue.title)
        assert read.catalogues[name].columns == catalogue.columns
    assert {n: s.text for n, s in read.shapes.items()} == {n: s.text for n, s in plan.shapes.items()}
    report = Package(str(folder / "datapackage.json")).validate()
    assert report.valid, report.flatten(["name", "type", "rowNumber"])
    assert {f"catalogues_{name}" for name in (*plan.catalogues, *plan.shapes)} <= {t.name for t in report.tasks}


def edited(name: str, old: str, new: str) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        path = folder / "catalogues" / name
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")

    return edit


def described(key: str, value: Any) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        path = folder / "datapackage.json"
        content = json.loads(path.read_text(encoding="utf-8"))
        found = next(r for r in content["resources"] if r["name"] == "catalogues_servicios")
        found[key] = value
        path.write_text(json.dumps(content), encoding="utf-8")

    return edit


@pytest.mark.parametrize(
    ("mistake", "place", "rule"),
    [
        (edited("metas.csv", "300", "301"), "catalogues/metas.csv", "wrong_hash"),
        (edited("metas.csv", "300", "muchas"), "catalogues/metas.csv", "bad_value"),
        (edited("servicios.csv", "juicio", "yoga"), "catalogues/servicios.csv", "bad_value"),
        (edited("poblacion.csv", "asesoria", "legal"), "catalogues/poblacion.csv", "bad_value"),
        (edited("metas.csv", "indicador", "nombre"), "catalogues/metas.csv", "wrong_header"),
        (edited("mapa.geojson", "Polygon", "Point"), "catalogues/mapa.geojson", "not_geojson"),
        (lambda folder: (folder / "catalogues" / "mapa.geojson").unlink(), "catalogues/mapa.geojson", "missing_file"),
        (described("schema", None), "datapackage.json", "descriptor_shape"),
        (described("path", "catalogues/../metas.csv"), "datapackage.json", "bad_path"),
    ],
)
def test_a_catalogue_that_was_tampered_with_is_not_read(
    plan: Plan, published: Path, mistake: Callable[[Path], None], place: str, rule: str
) -> None:
    folder = published / plan.editions[-1].id
    mistake(folder)
    with pytest.raises(PipelineError) as stopped:
        reader.read(folder)
    assert (place, rule) in {(f.where, f.rule) for f in stopped.value.findings}
