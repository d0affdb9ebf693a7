"""What a reader loses with a cell: what is dearest is kept where it can be, and the office reads how much of what is lost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest

from pipeline.confidential.protection.loss import Loss
from pipeline.confidential.protection.protect import protect
from pipeline.confidential.protection.table_redesign import BAND, shares
from pipeline.institute.plan import Plan
from pipeline.institute.written import Site
from pipeline.workflows import sample
from tests.records import counted, read

YEAR, TO_DATE, QUARTER, MONTH = "2025", "2025-T1-T3", "2025-T3", "2025-07"


def cost(plan: Plan, period: str, women: int = 20, *, table: str = "visitas_por_area", **codes: str) -> float:
    spec = plan.table(table)
    every = {name: codes.get(name, "_T") for name in spec.dimensions} | {"periodo": period}
    return Loss(plan).of(spec, every, women)


def area(plan: Plan) -> str:
    return plan.lists["area"].leaves[0]


def said(plan: Plan, **changes: Any) -> Plan:
    tables = tuple(replace(t, **changes) if t.id == "visitas_por_area" else t for t in plan.tables)
    return replace(plan, tables=tables)


def test_a_year_is_missed_more_than_a_quarter_and_a_quarter_more_than_a_month(plan: Plan) -> None:
    nowhere = replace(plan, site={})
    year, to_date, quarter, month = (
        cost(nowhere, period, area=area(plan)) for period in (YEAR, TO_DATE, QUARTER, MONTH)
    )
    assert year == to_date == 2 * quarter == 4 * month


def test_a_large_group_is_missed_more_than_a_small_one_and_less_than_all_that_it_could_hide(plan: Plan) -> None:
    few, many = cost(plan, MONTH, 5, area=area(plan)), cost(plan, MONTH, 500, area=area(plan))
    assert few < many < 100 * few


def test_what_the_first_page_shows_is_missed_most(plan: Plan) -> None:
    part: dict[str, Any] = {"area": area(plan)}
    chart = cost(plan, QUARTER, **part)  # the home chart shows quarters by area
    assert chart == pytest.approx(3 * cost(replace(plan, site={}), QUARTER, **part))
    assert cost(plan, MONTH, **part) == cost(replace(plan, site={}), MONTH, **part)  # and no months
    total = cost(plan, QUARTER)
    assert total > chart  # a card shows the total of all areas
    card: Site = {**plan.site, "home": [], "kpis": [{**plan.site["kpis"][0], "where": {"area": part["area"]}}]}
    assert cost(replace(plan, site=card), MONTH, **part) == pytest.approx(4 * cost(plan, MONTH, **part))


def test_a_chart_of_what_stands_below_a_code_shows_that_and_nothing_else(plan: Plan) -> None:
    listed = plan.lists[plan.resources["visitas"].dimensions["servicio"].codes]
    above = next(code.parent for code in listed.codes if code.parent)
    below = next(code.code for code in listed.codes if code.parent == above)
    beside = next(code.code for code in listed.codes if above not in (code.code, code.parent))
    chart = {
        "id": "one",
        "table": "visitas_por_servicio",
        "y": "servicio",
        "where": {"servicio": above},
        "level": "anio",
    }
    site = cast(Site, {"home": ["one"], "charts": [chart]})
    dear, plain = replace(plan, site=site), replace(plan, site={})
    for code, factor in ((below, 3), (above, 3), (beside, 1)):
        asked: dict[str, Any] = {"table": "visitas_por_servicio", "servicio": code}
        assert cost(dear, YEAR, **asked) == pytest.approx(factor * cost(plain, YEAR, **asked))


def test_an_office_says_otherwise(plan: Plan) -> None:
    part: dict[str, Any] = {"area": area(plan)}
    other = said(plan, loss={"mes": 8, "front": 10}, size="equal")
    assert (
        cost(other, MONTH, 5, **part) == cost(other, MONTH, 500, **part) == 8 * plan.table("visitas_por_area").priority
    )
    assert cost(other, QUARTER, **part) == 2 * 10 * plan.table("visitas_por_area").priority
    assert cost(said(plan, size="value"), MONTH, 500, **part) == 100 * cost(said(plan, size="value"), MONTH, 5, **part)


def test_what_is_dear_is_kept_where_something_else_will_do(
    plan: Plan, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Of two equally safe choices the one that costs less is taken: a table that is said to be dear loses no more than before."""
    raw = tmp_path_factory.mktemp("few")
    sample.write(plan, raw, seed=3, rows=300)
    records = read(plan, raw)
    edition = plan.editions[-1]

    def lost(each: Plan) -> tuple[int, int]:
        found = protect(counted(records, each, edition), each, edition)
        frame = found.masked.tables["visitas_por_area"]
        quarters = frame["periodo"].str.contains("-T") & ~frame["periodo"].str.contains("-T1-T")
        return int((frame["withheld"] & quarters).sum()), int(frame["withheld"].sum())

    cheap, dear = lost(said(plan, loss={"trimestre": 1, "mes": 20})), lost(said(plan, loss={"trimestre": 100}))
    assert dear[0] <= cheap[0]
    assert cheap[0] - dear[0] > 0, "nothing could be kept here, and the test would tell nothing"


def test_the_office_reads_in_steps_how_much_of_women_and_records_is_withheld(
    plan: Plan, tmp_path_factory: pytest.TempPathFactory
) -> None:
    raw = tmp_path_factory.mktemp("few")
    sample.write(plan, raw, seed=3, rows=300)
    edition = plan.editions[-1]
    found = protect(counted(read(plan, raw), plan, edition), plan, edition, effort="quick")
    told = shares(found, plan)
    kept = dict(zip(found.figures, found.truth.tolist(), strict=True))
    frame = found.masked.tables["visitas_por_area"]
    gone = frame["withheld"].to_numpy(bool)
    women = {
        (str(f.cell.code("periodo")), f.cell.code("area")): n
        for f, n in kept.items()
        if f.measure == "mujeres"
        and f.cell.records == "visitas"
        and {name for name, _ in f.cell.where} <= {"periodo", "area"}
    }
    counts = np.array([women[period, code] for period, code in zip(frame["periodo"], frame["area"], strict=True)])
    share = 100 * counts[gone].sum() / counts.sum()
    least = told["visitas_por_area"].women
    assert least is not None
    assert gone.any()
    assert least <= share < least + BAND
    assert all(each.women in (None, *range(0, 100, BAND)) for each in told.values())
    assert told["reportes_por_causa"].women is None  # nobody's women are counted there


def test_of_few_women_no_share_is_told(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A step of few would tell how many stand in the one cell that is withheld."""
    raw = tmp_path_factory.mktemp("fewer")
    sample.write(plan, raw, seed=3, rows=40)
    edition = plan.editions[-1]
    records = counted(read(plan, raw), plan, edition)
    found = protect(records, plan, edition, effort="quick")
    whole = pd.DataFrame(records.tables["mujeres_por_lengua"])["women"].sum()
    assert whole * BAND < 100 * plan.threshold(plan.table("mujeres_por_lengua"))
    assert shares(found, plan)["mujeres_por_lengua"].women is None
