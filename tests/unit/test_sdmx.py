"""SDMX: structure and data read back by another's library, against the schemas of SDMX; the same codes, the same figures."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from pipeline.institute.plan import Plan
from pipeline.public.edition import reader
from pipeline.public.edition.model import PERIOD, Package
from pipeline.public.exports import read_back, sdmx
from pipeline.public.presentation.edition_view import View
from pipeline.public.statistics.figures import Table
from pipeline.wording import texts
from pipeline.workflows import editions

WORDS = texts.of_site(("es", "en"))


@pytest.fixture(scope="module")
def packages(editions_of_tiny: Path) -> list[Package]:
    return [reader.read(edition) for edition in editions.folders(editions_of_tiny)]


@pytest.fixture
def tables(packages: list[Package], plan: Plan) -> dict[str, Table]:
    return View(packages, plan, WORDS["es"], Path("none")).tables


def test_structure_and_data_keep_the_schemas_and_tell_the_codes_and_figures_of_the_tables(
    packages: list[Package], tables: dict[str, Table], plan: Plan, tmp_path: Path
) -> None:
    pysdmx = pytest.importorskip("pysdmx.io", reason="pysdmx is not installed: SDMX is not read back")
    package = packages[-1]
    for path, data in sdmx.files(package, tables, plan.facts, WORDS):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(data)
    message = pysdmx.read_sdmx(tmp_path / sdmx.STRUCTURE, validate=True)
    lists = {each.id: {code.id for code in each.items} for each in message.get_codelists()}
    for name, frame in package.codes.items():
        assert lists[f"CL_{name}"] == set(frame["code"]) | ({"_T"} if name != PERIOD else set()), name
    assert {each.id for each in message.get_dataflows()} == set(tables)
    for table in tables.values():
        (dataset,) = pysdmx.get_datasets(
            tmp_path / "sdmx" / f"{table.id}.csv", tmp_path / sdmx.STRUCTURE, validate=True
        )
        coded = {each.id: each for each in dataset.structure.components}
        assert {"FREQ", "medida", "TIME_PERIOD", "OBS_VALUE", "OBS_STATUS", "CONF_STATUS", *table.axes} == set(coded)
        assert len(dataset.data) == table.cells * len(table.measures)
        for name in {*table.axes, "medida", "FREQ", "OBS_STATUS", "CONF_STATUS"}:
            known = {code.id for code in coded[name].enumeration.items}
            assert set(dataset.data[name]) <= known, (table.id, name)
        axes = [PERIOD, *(name for name in table.axes if name != PERIOD)]
        shown = dataset.data.replace({"OBS_VALUE": {"": None}})
        for measure in table.measures:
            mine = table.frame.set_index(axes)[measure]
            theirs = shown[shown["medida"] == measure].set_index(axes)["OBS_VALUE"]
            theirs = pd.to_numeric(theirs).astype("Int64").reindex(mine.index)
            assert theirs.isna().tolist() == mine.isna().tolist()
            assert theirs.dropna().tolist() == mine.dropna().astype(int).tolist()


def test_names_stand_in_every_language_and_code_lists_keep_their_tree(
    packages: list[Package], tables: dict[str, Table], plan: Plan
) -> None:
    package = packages[-1]
    text = sdmx.structure(package, tables.values(), "x", WORDS).decode()
    for table in tables.values():
        assert all(f">{words.of(table.title)}</com:Name>" in text for words in WORDS.values())
    parents = {(str(row["code"]), str(row["parent"])) for f in package.codes.values() for _, row in f.iterrows()}
    assert text.count("<str:Parent>") >= len({child for child, parent in parents if parent})


def test_time_is_told_as_sdmx_writes_it() -> None:
    told = {code: sdmx.time_period(code) for code in ("2025", "2025-T4", "2025-10", "2025-T1-T3")}
    assert told == {
        "2025": "2025",
        "2025-T4": "2025-Q4",
        "2025-10": "2025-10",
        "2025-T1-T3": "2025-01-01/P9M",
    }


def test_another_figure_in_the_data_is_found(tables: dict[str, Table]) -> None:
    table = next(table for table in tables.values() if table.withheld)
    data = sdmx.data("x", table)
    assert read_back.figures("sdmx/t.csv", data, table) == []
    rows = list(csv.reader(io.StringIO(data.decode())))
    value, status = rows[0].index("OBS_VALUE"), rows[0].index("OBS_STATUS")
    for wrong in ("Q", "A"):
        row = next(n for n, row in enumerate(rows) if row[status] == wrong)
        changed = [list(each) for each in rows]
        changed[row][value] = "977"
        stream = io.StringIO()
        csv.writer(stream, lineterminator="\n").writerows(changed)
        assert read_back.figures("sdmx/t.csv", stream.getvalue().encode(), table)


def test_an_edition_whose_codes_sdmx_cannot_name_has_no_sdmx_rather_than_other_codes(
    packages: list[Package], tables: dict[str, Table], plan: Plan
) -> None:
    name, frame = next((n, f) for n, f in packages[-1].codes.items() if n != PERIOD)
    odd = frame.assign(code=[f"{code}+" for code in frame["code"]])
    package = replace(packages[-1], codes={**packages[-1].codes, name: odd})
    assert sdmx.possible(packages[-1])
    assert not sdmx.possible(package)
    assert list(sdmx.files(package, tables, plan.facts, WORDS)) == []
