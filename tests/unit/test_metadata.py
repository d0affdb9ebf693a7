"""What an edition says of itself: metadata of its tables, code lists, and how it differs from the one before."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from pipeline.confidential.protection.protect import protect
from pipeline.institute.plan import Plan
from pipeline.model.cells import Masked
from pipeline.public.edition import metadata, reader
from tests.conftest import site_texts
from tests.records import counted, read


@pytest.fixture(scope="module")
def masked(plan: Plan, records_of_tiny: Path) -> Masked:
    return protect(counted(read(plan, records_of_tiny), plan, plan.editions[1]), plan, plan.editions[1]).masked


def test_a_table_says_what_it_counts_and_by_which_rule(masked: Masked, plan: Plan) -> None:
    tables = {table.id: table for table in metadata.tables(masked, plan)}
    assert list(tables) == [table.id for table in plan.tables]
    visits = tables["visitas_por_area"]
    assert (visits.records, visits.unit, visits.rows, visits.persons, visits.answers) == (
        "visitas",
        "mujeres",
        "visitas",
        "mujeres",
        None,
    )
    assert (visits.threshold, visits.zeros_withheld) == (5, False)
    sensitive = tables["mujeres_por_lengua"]
    assert (sensitive.threshold, sensitive.zeros_withheld) == (10, True)
    assert tables["reportes_por_causa"].persons is None
    assert tables["reportes_por_causa"].unit == "reportes"


def test_answers_add_up_along_everything_and_women_where_none_stands_twice(masked: Masked, plan: Plan) -> None:
    tables = {table.id: table for table in metadata.tables(masked, plan)}
    assert tables["visitas_por_area"].additive == {"visitas": ("periodo", "area"), "mujeres": ()}
    assert tables["tipos"].additive == {"menciones": ("periodo", "tipo"), "mujeres": ()}
    assert tables["tipos"].answers == "menciones"
    assert tables["mujeres_por_edad"].overlaps == {"mujeres": ("periodo", "edad", "area")}
    assert tables["reportes_por_causa"].overlaps == {}
    one_age_each = replace(masked, adding={**masked.adding, "mujeres_por_edad": ("edad",)})
    table = next(table for table in metadata.tables(one_age_each, plan) if table.id == "mujeres_por_edad")
    assert (table.additive["mujeres"], table.overlaps["mujeres"]) == (("edad",), ("periodo", "area"))


def test_dimensions_say_what_a_reader_needs_to_rebuild_the_sums(masked: Masked, plan: Plan) -> None:
    tables = {table.id: table for table in metadata.tables(masked, plan)}
    period, service = tables["visitas_por_servicio"].dimensions
    assert period.levels == ("anio", "acumulado", "trimestre")
    assert (service.kind, service.upper, service.codes) == ("hierarchy", "area", "servicio")
    assert tables["mujeres_por_lengua"].dimensions[1].sensitive
    assert tables["tipos"].dimensions[1].kind == "multiple"


def test_a_withheld_cell_has_its_status_and_no_value(masked: Masked, plan: Plan) -> None:
    frame = metadata.tables(masked, plan)[0].frame
    hidden = masked.tables["visitas_por_area"]["withheld"]
    assert hidden.any()
    assert set(frame.loc[hidden, ["obs_status", "conf_status"]].itertuples(index=False, name=None)) == {("Q", "C")}
    assert set(frame.loc[~hidden, ["obs_status", "conf_status"]].itertuples(index=False, name=None)) == {("A", "F")}
    assert frame.loc[hidden, ["visitas", "mujeres"]].isna().all(axis=None)


def test_code_lists_are_those_in_use_and_time_is_in_words(plan: Plan) -> None:
    lists = metadata.codes(plan, plan.editions[0], site_texts(plan))
    assert set(lists) == {"area", "servicio", "edad", "si_no", "tipo", "causa", "periodo"}
    time = lists["periodo"].set_index("code").astype(str)
    assert time.loc["2025-T1-T3", "parts"] == "2025-T1 2025-T2 2025-T3"
    assert len({"2025-01", *time.loc["2025-01", ["es", "en"]]}) == 3
    assert list(lists["servicio"]["parent"]) == ["", "legal", "legal", "", "social", "social"]


def test_the_release_counts_cells_withheld_ones_and_revisions(masked: Masked, plan: Plan, published: Path) -> None:
    tables = metadata.tables(masked, plan)
    earlier = reader.read(published / "2025-T3")
    notes = metadata.release(plan, plan.editions[1], tables, earlier)
    assert (notes["edition"], notes["previous"], notes["cut_off"], notes["published"]) == (
        "2025-T4",
        "2025-T3",
        "2025-12",
        "2026-01-20",
    )
    first = notes["tables"]["visitas_por_area"]
    assert first["cells"] == len(masked.tables["visitas_por_area"])
    assert first["withheld"] == int(masked.tables["visitas_por_area"]["withheld"].sum())
    assert first["share"] == pytest.approx(first["withheld"] / first["cells"], abs=1e-4)
    assert first["revised"] == 0
    changed, now = earlier.tables["visitas_por_area"].frame, masked.tables["visitas_por_area"]
    still = set(now["periodo"][(now["area"] == "_T") & ~now["withheld"]])
    place = changed.index[(changed["area"] == "_T") & changed["periodo"].isin(still) & changed["visitas"].notna()][0]
    changed.loc[place, "visitas"] += 1
    assert metadata.release(plan, plan.editions[1], tables, earlier)["tables"]["visitas_por_area"]["revised"] == 1


def test_the_first_edition_has_no_earlier_one(masked: Masked, plan: Plan) -> None:
    assert metadata.release(plan, plan.editions[0], metadata.tables(masked, plan), None)["previous"] is None


def test_an_amended_edition_says_which_one_it_amends(masked: Masked, plan: Plan) -> None:
    amended = type(plan.editions[1])("2025-T4.1", "2025-12", "2026-02-01", {}, "2025-T4")
    assert metadata.release(plan, amended, metadata.tables(masked, plan), None)["amends"] == "2025-T4"


def test_the_publisher_is_named_as_the_institute_names_itself(plan: Plan) -> None:
    assert metadata.publisher(plan)["email"] == "datos@casa.ejemplo.org"
    assert isinstance(metadata.codes(plan, plan.editions[1], site_texts(plan))["area"], pd.DataFrame)
