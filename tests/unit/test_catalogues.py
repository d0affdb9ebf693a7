"""What the institute says of its offices, zones, services, population, goals and duties fits its own contract."""

from __future__ import annotations

import csv
import json
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from frictionless import Package

from pipeline.plan import Plan, load

INSTITUTE = Path(__file__).parents[2] / "institute"
DESCRIPTOR: dict[str, Any] = yaml.safe_load((INSTITUTE / "catalogues.package.yaml").read_text(encoding="utf-8"))
RESOURCES = {resource["name"]: resource for resource in DESCRIPTOR["resources"]}


@pytest.fixture(scope="module")
def plan() -> Plan:
    return load(INSTITUTE)


def rows(name: str) -> list[dict[str, str]]:
    with (INSTITUTE / RESOURCES[name]["path"]).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_package_is_valid_and_its_keys_resolve() -> None:
    package = Package.from_descriptor(DESCRIPTOR, basepath=str(INSTITUTE))
    report = package.validate()
    assert report.valid, report.flatten(["rowNumber", "fieldNumber", "type"])


def test_every_code_is_in_its_list_and_every_leaf_has_a_row(plan: Plan) -> None:
    complete = {("modulos", "modulo_id"), ("servicios", "servicio")}
    seen = set()
    for name, resource in RESOURCES.items():
        for column in resource["schema"]["fields"]:
            if listed := column["celosia"].get("codes"):
                leaves = set(plan.lists[listed].leaves)
                used = {row[column["name"]] for row in rows(name)}
                assert used <= leaves, f"{name}.{column['name']}"
                if (name, column["name"]) in complete:
                    assert used == leaves
                    seen.add((name, column["name"]))
    assert seen == complete


def test_every_word_is_there_in_every_language(plan: Plan) -> None:
    for name, resource in RESOURCES.items():
        fields = [column["name"] for column in resource["schema"]["fields"]]
        stems = {field[:-3] for field in fields if field[-3:] in ("_es", "_en")}
        for stem in stems:
            assert all(row[f"{stem}_{language}"].strip() for row in rows(name) for language in plan.languages), stem
        for text in (resource["celosia"]["title"], *(c["celosia"]["title"] for c in resource["schema"]["fields"])):
            assert set(text) == set(plan.languages)


def test_the_steps_of_a_service_are_as_many_in_both_languages() -> None:
    for row in rows("servicios"):
        assert row["pasos_es"].count(" | ") == row["pasos_en"].count(" | ") >= 2, row["servicio"]


def test_every_zone_and_year_of_the_records_has_its_women_aged_15_and_over(plan: Plan) -> None:
    years = {str(year) for year in range(2023, int(plan.editions[-1].cut_off[:4]) + 1)}
    zones = {row["zona_id"] for row in rows("zonas")}
    assert zones == set(plan.lists["zona"].leaves) - {"no_especificado"}
    assert {(row["anio"], row["zona_id"]) for row in rows("poblacion")} == {(y, z) for y in years for z in zones}


def test_every_goal_is_that_of_a_card_of_the_first_page(plan: Plan) -> None:
    assert {row["indicador"] for row in rows("metas")} <= {card["id"] for card in plan.site["kpis"]}


def test_every_obligation_leads_to_a_page_and_a_file_that_exist(plan: Plan) -> None:
    tables = {f"tables/{table.id}.csv" for table in plan.tables}
    for row in rows("obligaciones"):
        for language in plan.languages:
            page = INSTITUTE / "pages" / language / row["pagina"]
            assert row["pagina"] == "index.md" or page.is_file(), row["obligacion"]
        assert row["archivo"] in {"", "datapackage.json", "release.json", "audit.json", *tables}, row["obligacion"]


def test_the_map_has_one_polygon_per_zone_and_neighbours_share_their_border() -> None:
    features = json.loads((INSTITUTE / "zonas.geojson").read_text(encoding="utf-8"))["features"]
    keys = [(f["properties"]["zona_id"], f["properties"]["cve_ent"], f["properties"]["cve_mun"]) for f in features]
    assert keys == [(row["zona_id"], row["cve_ent"], row["cve_mun"]) for row in rows("zonas")]
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
