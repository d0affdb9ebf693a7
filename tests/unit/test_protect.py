"""Counts → Masked: what is primary, what stays open, what a refusal names. What is safe: tests/promises."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pipeline.confidential.protection.protect import protect
from pipeline.confidential.suppression import suppress
from pipeline.confidential.suppression.problem import Problem, Suppression
from pipeline.institute.plan import Plan
from pipeline.model.cells import Cell, Counts, Figure, Masked
from pipeline.model.findings import PipelineError
from tests.ascii import House, house
from tests.records import counted, read

TABLE = r"""
    periodo\area  _T    a    b    c
    2025          60    3   24   33
"""


def test_primary_and_complementary_are_counted_apart_and_look_alike() -> None:
    built = house(TABLE)
    found = protect(built.counts, built.plan, built.edition)
    assert (found.primary, found.complementary) == (1, 1)
    frame = found.masked.tables["tabla_1"]
    assert list(frame.columns) == ["periodo", "area", "usuarias", "withheld"]
    assert frame["withheld"].tolist() == [False, True, True, False]
    assert frame["usuarias"].dtype == "Int64"


def test_every_witness_is_a_world_that_fits_what_is_published_and_some_lift_the_small_cell() -> None:
    built = house(TABLE)
    found = protect(built.counts, built.plan, built.edition)
    a = found.figures.index(Figure(Cell("atenciones", frozenset({("periodo", "2025"), ("area", "a")})), "usuarias"))
    total = found.figures.index(Figure(Cell("atenciones", frozenset({("periodo", "2025")})), "usuarias"))
    assert (found.witnesses[:, total] == 60).all()
    assert found.witnesses[:, a].max() >= 5


def costs(built: House, monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """What it costs to withhold the cells of area a, by period."""
    problems: list[Problem] = []
    choose = suppress.suppress

    def noted(problem: Problem, **rest: Any) -> Suppression:
        problems.append(problem)
        return choose(problem, **rest)

    monkeypatch.setattr(suppress, "suppress", noted)
    found = protect(built.counts, built.plan, built.edition)
    (problem,) = problems
    return {
        figure.cell.code("periodo"): float(problem.cost[problem.group[n]])
        for n, figure in enumerate(found.figures)
        if figure.cell.code("area") == "a" and figure.measure == "usuarias"
    }


def test_a_dearer_table_and_a_longer_time_cost_more(monkeypatch: pytest.MonkeyPatch) -> None:
    quarters = "".join(f"2025-T{n} 15 10 5\n" for n in range(1, 5))
    table = f"periodo\\area _T a b\n2025 60 40 20\n{quarters}"
    cheap = costs(house(table, priority=[1]), monkeypatch)
    monkeypatch.undo()
    dear = costs(house(table, priority=[5]), monkeypatch)
    assert dear == {period: pytest.approx(5 * cost) for period, cost in cheap.items()}
    assert cheap["2025"] > 2 * cheap["2025-T1"] > 0


def test_the_same_counts_give_the_same_mask(plan: Plan, records_of_tiny: Path) -> None:
    counts = counted(read(plan, records_of_tiny), plan, plan.editions[1])
    one, two = (protect(counts, plan, plan.editions[1]) for _ in range(2))
    for name, frame in one.masked.tables.items():
        pd.testing.assert_frame_equal(frame, two.masked.tables[name])


def test_a_refusal_names_tables_and_never_cells() -> None:
    built = house(r"""
        periodo\area  _T    a    b
        2025           4    1    3
    """)
    with pytest.raises(PipelineError) as stopped:
        built.protect()
    assert [(f.where, f.rule, f.facts) for f in stopped.value.findings] == [
        ("tables.yaml:tabla_1", "unprotectable_total", (("levels", "anio"), ("table", "tabla_1")))
    ]


def test_what_an_earlier_edition_showed_cannot_be_taken_back() -> None:
    # The reader has the small cell already: there is nothing left to protect it with.
    built = house(TABLE)
    with pytest.raises(PipelineError) as stopped:
        built.protect(built.figures([TABLE]))
    assert {f.rule for f in stopped.value.findings} == {"unprotectable"}


def test_a_figure_that_only_an_earlier_edition_shows_does_no_harm() -> None:
    built = house(TABLE)
    gone = {Figure(Cell("atenciones", frozenset({("periodo", "2019")})), "usuarias"): 7}
    assert built.render(built.protect(gone)) == built.render(built.protect())


def test_two_tables_that_count_one_cell_differently_are_a_fault_of_the_program() -> None:
    built = house(TABLE, TABLE.replace("60    3", "61    4"))
    with pytest.raises(AssertionError) as fault:
        built.protect()
    assert not any(number in str(fault.value) for number in ("60", "61", "3", "4"))


def test_a_masked_table_cannot_hold_what_it_withholds() -> None:
    frame = pd.DataFrame({"area": ["a"], "n": pd.array([3], dtype="Int64"), "withheld": [True]})
    with pytest.raises(ValueError, match="exactly where the cell is withheld"):
        Masked({"t": frame}, {"t": ("n",)})
    with pytest.raises(ValueError, match="judged by"):
        Masked({"t": frame.assign(women=3)}, {"t": ("n",)})


def test_shadow_rows_are_counted_but_not_published(plan: Plan, records_of_tiny: Path) -> None:
    counts = counted(read(plan, records_of_tiny), plan, plan.editions[1])
    assert not counts.tables["mujeres_por_edad"]["published"].all()
    masked = protect(counts, plan, plan.editions[1]).masked
    assert set(masked.tables["mujeres_por_edad"]["periodo"]) == {"2025"}


def test_no_counts_no_mask(plan: Plan) -> None:
    empty = {
        t.id: pd.DataFrame(columns=[*t.dimensions, *t.measures, "women", "published"]).astype({"published": bool})
        for t in plan.tables
    }
    found = protect(Counts(empty), plan, plan.editions[0])
    assert all(frame.empty for frame in found.masked.tables.values())
