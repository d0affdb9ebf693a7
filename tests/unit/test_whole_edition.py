"""All tables in one file, cubes of JSON-stat, revisions: the published figures, no more and no fewer, each at its place."""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from pipeline.institute.plan import Plan
from pipeline.public.edition import reader
from pipeline.public.edition.model import Package
from pipeline.public.exports import jsonstat, read_back, whole_edition
from pipeline.public.presentation.edition_view import View
from pipeline.public.statistics.figures import Table
from pipeline.wording import texts
from pipeline.workflows import editions

WORDS = texts.of_site(("es", "en"))


@pytest.fixture(scope="module")
def packages(editions_of_tiny: Path) -> list[Package]:
    return [reader.read(edition) for edition in editions.folders(editions_of_tiny)]


def tables(packages: list[Package], plan: Plan) -> dict[str, Table]:
    return View(packages, plan, WORDS["es"], Path("none")).tables


def test_the_tidy_file_holds_every_figure_once_and_none_that_is_withheld(packages: list[Package]) -> None:
    frame = whole_edition.tidy(packages[-1])
    read = pd.read_csv(io.BytesIO(whole_edition.as_csv(frame)), dtype=str, keep_default_na=False)
    again = pq.read_table(io.BytesIO(whole_edition.as_parquet(frame))).to_pandas()
    assert len(read) == len(again) == sum(t.frame.shape[0] * len(t.measures) for t in packages[-1].tables.values())
    assert set(read.loc[read["obs_status"] == "Q", "valor"]) == {""}
    assert again.loc[again["obs_status"] == "Q", "valor"].isna().all()
    for table in packages[-1].tables.values():
        for measure in table.measures:
            told = read[(read["tabla"] == table.id) & (read["medida"] == measure)]
            expected = ["" if pd.isna(v) else str(v) for v in table.frame[measure]]
            assert told["valor"].tolist() == expected
            for name in table.names:
                assert told[name].tolist() == table.frame[name].astype(str).tolist()


def _rules(cube: dict[str, Any]) -> list[str]:
    """What json-stat.org/full asks of a dataset of version 2.0 and a cube does not keep."""
    wrong = []
    if (cube["version"], cube["class"]) != ("2.0", "dataset"):
        wrong.append("version, class")
    if not len(cube["id"]) == len(cube["size"]) == len(set(cube["id"])) or set(cube["id"]) != set(cube["dimension"]):
        wrong.append("id, size, dimension")
    for name, size in zip(cube["id"], cube["size"], strict=True):
        category = cube["dimension"][name]["category"]
        if len(category["index"]) != size or len(set(category["index"])) != size:
            wrong.append(f"index of {name}")
        if set(category["label"]) != set(category["index"]) or not all(category["label"].values()):
            wrong.append(f"labels of {name}")
    if not {each for role in cube["role"].values() for each in role} <= set(cube["id"]):
        wrong.append("role")
    cells = math.prod(cube["size"])
    for key in ("value", "status"):
        if not all(key_of.isdigit() and int(key_of) < cells for key_of in cube[key]):
            wrong.append(key)
    if not all(isinstance(value, int) for value in cube["value"].values()):
        wrong.append("values")
    return wrong


@pytest.mark.parametrize("language", ["es", "en"])
def test_a_cube_keeps_the_rules_of_json_stat_and_holds_the_figures_of_its_table(
    packages: list[Package], plan: Plan, language: str
) -> None:
    for table in tables(packages, plan).values():
        data = jsonstat.as_jsonstat(packages[-1], table, "https://x.mx/", WORDS[language])
        cube = json.loads(data)
        assert _rules(cube) == []
        assert read_back.figures("t.jsonstat", data, table) == []
        held = [at for at, status in cube["status"].items() if status == "Q"]
        assert len(held) == table.withheld * len(table.measures)
        assert not set(held) & set(cube["value"])


def test_a_cube_with_another_figure_is_found(packages: list[Package], plan: Plan) -> None:
    table = next(t for t in tables(packages, plan).values() if t.withheld)
    cube = json.loads(jsonstat.as_jsonstat(packages[-1], table, "https://x.mx/", WORDS["es"]))
    held = next(at for at, status in cube["status"].items() if status == "Q")
    for at, value in ((held, 3), (next(iter(cube["value"])), 999)):
        planted = {**cube, "value": {**cube["value"], at: value}}
        assert read_back.figures("t.jsonstat", json.dumps(planted).encode(), table)


def test_revisions_are_the_figures_that_editions_tell_differently(packages: list[Package]) -> None:
    newest = packages[-1]
    name, table = next((n, t) for n, t in newest.tables.items() if (t.frame["obs_status"] == "A").any())
    measure = table.measures[0]
    frame = table.frame.copy()
    place = frame.index[frame["obs_status"] == "A"][0]
    frame.loc[place, measure] += 7
    later = replace(newest, edition="9999-T9", tables={**newest.tables, name: replace(table, frame=frame)})
    rows = list(csv.DictReader(io.StringIO(whole_edition.revisions([newest, later]).decode())))
    assert [(r["tabla"], r["medida"], r["edicion"]) for r in rows] == [
        (name, measure, newest.edition),
        (name, measure, "9999-T9"),
    ]
    assert int(rows[1]["valor"]) == int(rows[0]["valor"]) + 7
    assert rows[0]["celda"] == ";".join(f"{axis}={frame.loc[place, axis]}" for axis in table.names)
    assert whole_edition.revisions([newest, newest]).count(b"\n") == 1
