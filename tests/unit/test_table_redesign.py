"""What would withhold less: each change is tried for real, and what comes of it is told in numbers of cells only."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pipeline.cli.main import main
from pipeline.confidential.intake.records import Records
from pipeline.confidential.protection import table_redesign
from pipeline.confidential.protection.protect import Protection, protect
from pipeline.confidential.protection.table_redesign import Trial
from pipeline.institute.plan import Plan
from pipeline.model.cells import Counts
from pipeline.model.findings import PipelineError
from pipeline.workflows import preview, sample
from pipeline.workflows.run import Run
from tests.conftest import TINY, content, silent, site_texts
from tests.records import counted, frame, read

NAMES = ("visitas_por_area", "mujeres_por_edad", "visitas_por_servicio")


@pytest.fixture(scope="module")
def records(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Records]:
    """So few that quarters and years are withheld, and not months alone, which a coarser time would only drop."""
    raw = tmp_path_factory.mktemp("few")
    sample.write(plan, raw, seed=3, rows=80)
    return read(plan, raw)


@pytest.fixture(scope="module")
def tried(plan: Plan, records: dict[str, Records]) -> tuple[Protection, list[Trial]]:
    edition = plan.editions[-1]
    counts = counted(records, plan, edition)
    base = protect(counts, plan, edition, effort="quick")

    def recount(changed: Plan) -> Counts:
        return counted(records, changed, edition)

    asked = table_redesign.Base(counts, plan, edition, {}, "quick", base)
    return base, table_redesign.trials(asked, recount, NAMES, lambda done, of: None)


def kinds(found: list[Trial]) -> set[tuple[str, str, str]]:
    return {(trial.table, trial.change, " ".join(trial.facts.values())) for trial in found}


def test_time_codes_and_dimensions_are_tried(
    records: dict[str, Records], tried: tuple[Protection, list[Trial]]
) -> None:
    women = frame(records["visitas"]).groupby("edad")["clave"].nunique().drop("no_especificado")
    few = women.sort_values().index[:2]
    assert kinds(tried[1]) == {
        ("visitas_por_area", "coarser_time", "mes"),
        ("mujeres_por_edad", "coarser_time", "acumulado"),
        ("mujeres_por_edad", "dropped", "edad"),
        ("mujeres_por_edad", "dropped", "area"),
        ("mujeres_por_edad", "merged", f"edad {few[0]}, {few[1]}"),
        ("visitas_por_servicio", "coarser_time", "trimestre"),
        ("visitas_por_servicio", "coarser_codes", "servicio"),
        *((name, "events", "mujeres") for name in NAMES),
        *((name, "coarser_women", "mujeres anio") for name in NAMES),
    }


def test_what_wins_back_most_comes_first(tried: tuple[Protection, list[Trial]]) -> None:
    net = [trial.won - trial.lost for trial in tried[1] if trial.possible]
    assert net == sorted(net, reverse=True)
    assert net[0] > 0


@pytest.mark.parametrize(
    ("change", "form", "wins"),
    [("coarser_time", {"levels": ("anio", "acumulado", "trimestre")}, 0), ("events", {"measures": ("visitas",)}, 1)],
)
def test_a_trial_is_what_the_changed_table_would_be(
    plan: Plan,
    records: dict[str, Records],
    tried: tuple[Protection, list[Trial]],
    change: str,
    form: dict[str, Any],
    wins: int,
) -> None:
    """The plan is changed as an institute would change tables.yaml, and everything is counted again."""
    base, found = tried
    edition = plan.editions[-1]
    (trial,) = [t for t in found if (t.table, t.change) == ("visitas_por_area", change)]
    other = replace(plan.table("visitas_por_area"), **form)
    changed = replace(plan, tables=tuple(other if t.id == other.id else t for t in plan.tables))
    after = protect(counted(records, changed, edition), changed, edition, effort="quick")
    frame = after.masked.tables["visitas_por_area"]
    assert (trial.withheld, trial.cells) == (int(frame["withheld"].sum()), len(frame))

    def state(protection: Protection) -> pd.Series:
        tables = [t.assign(table=name) for name, t in protection.masked.tables.items()]
        keys = ["table", "periodo", "area", "servicio", "edad", "lengua", "tipo", "causa"]
        return pd.concat(tables).fillna(dict.fromkeys(keys, "")).set_index(keys)["withheld"]

    both = pd.DataFrame({"before": state(base), "after": state(after)}).dropna().astype(bool)
    # a cell may stand in several tables, so rows are at least as many as cells
    assert wins <= trial.won <= int((both["before"] & ~both["after"]).sum())
    assert trial.lost <= int((~both["before"] & both["after"]).sum())
    months = base.masked.tables["visitas_por_area"]
    shown = int((months["periodo"].str.fullmatch(r"\d{4}-\d\d") & ~months["withheld"]).sum())
    assert trial.gone == (shown if change == "coarser_time" else 0)


def test_shares_put_the_most_withheld_first(plan: Plan, tried: tuple[Protection, list[Trial]]) -> None:
    found = table_redesign.shares(tried[0], plan)
    assert sum(each.withheld for each in found.values()) > 0
    parts = [each.withheld / each.cells for each in found.values()]
    assert parts == sorted(parts, reverse=True)


def test_nothing_is_published_and_no_count_is_told(
    plan: Plan, raw: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = content(raw)
    order = ["protect", "--institute", str(TINY), "--raw", str(raw), "--published", str(tmp_path / "p")]
    assert main([*order, "--explain", "--tables", "visitas_por_area", "--quiet"]) == 0
    shown = capsys.readouterr().out
    assert "Cambios probados: 3," in shown
    assert "sin «mes»" in " ".join(shown.split())
    assert "contar solo eventos" in " ".join(shown.split())
    assert not (tmp_path / "p").exists()
    assert content(raw) == before
    assert main([*order, "--lang", "en", "--quiet"]) == 0
    shown = capsys.readouterr().out
    assert "Withheld" in shown
    assert "Changes tried" not in shown
    assert main([*order, "--tables", "nada"]) == 10


def test_where_nothing_can_be_published_what_would_make_it_possible_is_found(
    plan: Plan, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Fewer women than the threshold in a whole year: only a coarser table can be published, if any."""
    raw = tmp_path / "raw"
    sample.write(plan, raw, seed=1, rows=400)
    path = raw / "reportes.csv"
    reports = pd.read_csv(path, dtype=str)
    reports.groupby("trimestre").head(1).to_csv(path, index=False)
    order = ["protect", "--institute", str(TINY), "--raw", str(raw), "--published", str(tmp_path / "p"), "--quiet"]
    with pytest.raises(PipelineError):
        preview.explain(Run(plan, raw, tmp_path / "p", "2025-T4", site_texts(plan), effort="quick"), silent)
    assert main([*order, "--explain"]) == 12
    assert "without: {reportes_por_causa: [all]}" in capsys.readouterr().out
