"""Records that come late are held, edition after edition, until adding them shows nobody; nothing else may change."""

from __future__ import annotations

import json
import shutil
import stat
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from pipeline import flow
from pipeline.cli.main import main
from pipeline.institute.plan import Edition, Plan
from pipeline.institute.written import Facts
from pipeline.model.findings import Finding, PipelineError
from pipeline.public.edition import reader
from pipeline.workflows import candidates, editions, preview
from pipeline.workflows.run import Run
from tests.conftest import WHATEVER, audited, content, silent, site_texts, verified

pytestmark = pytest.mark.usefixtures("remembering")


@pytest.fixture
def holding(plan: Plan) -> Plan:
    """The tiny institute with late records held, and a third edition that amends the second."""
    facts: Facts = {**plan.facts, "disclosure": {**plan.facts["disclosure"], "late_records": "hold"}}
    third = Edition("2025-T4.1", "2025-12", "2026-02-20", {}, "2025-T4")
    return replace(plan, facts=facts, editions=(*plan.editions, third))


def publish(plan: Plan, raw: Path, published: Path, edition: str) -> candidates.Published:
    return flow.publish(Run(plan, raw, published, edition, site_texts(plan), effort="quick", accept=WHATEVER), silent)


@pytest.fixture
def first(holding: Plan, raw: Path, tmp_path: Path) -> tuple[Plan, Path, Path]:
    """Institute, records, and a publication with the edition of September."""
    publish(holding, raw, tmp_path / "p", "2025-T3")
    return holding, raw, tmp_path / "p"


def late(raw: Path, number: int, month: str = "2025-02", prefix: str = "TARDE") -> None:
    """Visits of so many women, all of them new and alike but for their language, in a month that is closed."""
    path = raw / "visitas.csv"
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    common = {"mes": month, "area": "legal", "servicio": "asesoria", "edad": "adulta", "hijas": "1"}
    for code in ("violencia_fisica", "violencia_psicologica"):
        common[code] = "true"
    more = [
        {
            "visita_id": f"{prefix}{n}",
            "clave": f"{n + 1000 * sum(prefix.encode()) + 10**9:012x}",
            "lengua": ("no", "si")[n % 2],
            **common,
        }
        for n in range(number)
    ]
    pd.concat([frame, pd.DataFrame(more)], ignore_index=True).to_csv(path, index=False)


def findings(error: PipelineError) -> set[tuple[str, str]]:
    return {(finding.where, finding.rule) for finding in error.findings}


def private(raw: Path, edition: str) -> Path:
    return raw / "privado" / edition


def test_without_late_records_holding_changes_nothing(
    first: tuple[Plan, Path, Path], plan: Plan, tmp_path: Path
) -> None:
    holding, raw, out = first
    done = publish(holding, raw, out, "2025-T4")
    assert all(rows.held == 0 for rows in done.accounting.values())
    published = tmp_path / "refusing"
    shutil.rmtree(raw / "privado")  # an office of its own
    for edition in plan.editions:
        publish(plan, raw, published, edition.id)
    told = content(published / "2025-T4")
    assert {n: b for n, b in content(out / "2025-T4").items() if n.startswith("tables/")} == {
        n: b for n, b in told.items() if n.startswith("tables/")
    }


def test_a_few_late_records_are_held_and_published_figures_stay(first: tuple[Plan, Path, Path], tmp_path: Path) -> None:
    plan, raw, out = first
    clean = shutil.copytree(raw, tmp_path / "clean")
    publish(plan, clean, shutil.copytree(out, tmp_path / "q"), "2025-T4")
    late(raw, 2)
    done = publish(plan, raw, out, "2025-T4")
    assert (done.accounting["visitas"].held, done.accounting["visitas"].periods) == (2, ("2025-02",))
    assert done.accounting["reportes"].held == 0
    rows = done.accounting["visitas"]
    assert rows.read == rows.counted + rows.later + rows.held + rows.rejected
    assert content(out / "2025-T4") == content(tmp_path / "q" / "2025-T4")  # as if they had not come
    kept = private(raw, "2025-T4")
    waiting = pd.read_csv(kept / "en_espera.csv")
    assert list(zip(waiting["kind"], waiting["key"], strict=True)) == [("late", "TARDE0"), ("late", "TARDE1")]
    for path in (kept / "en_espera.csv", *(kept / "libro").iterdir()):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    report = json.loads((kept / "informe.json").read_text())
    assert report["rows"]["visitas"]["held"] == 2
    assert report["waiting"] == {"visitas": {"late": 2}}
    assert not audited(out).exposures


def test_they_are_released_when_enough_others_have_come(first: tuple[Plan, Path, Path]) -> None:
    plan, raw, out = first
    late(raw, 2)
    publish(plan, raw, out, "2025-T4")
    late(raw, 24, prefix="MAS")
    done = publish(plan, raw, out, "2025-T4.1")
    assert done.accounting["visitas"].held == 0
    assert not (private(raw, "2025-T4.1") / "en_espera.csv").exists()
    for name in ("2025-T3", "2025-T4", "2025-T4.1"):
        assert verified(raw, out, name).findings == ()
    assert not audited(out).exposures
    before, after = (reader.read(out / name).tables["visitas_por_area"].frame for name in ("2025-T4", "2025-T4.1"))
    year = (before["periodo"] == "2025") & (before["area"] == "_T")
    assert int(after.loc[year, "visitas"].iloc[0]) - int(before.loc[year, "visitas"].iloc[0]) == 2 + 24
    notes = reader.read(out / "2025-T4.1").release["tables"]["visitas_por_area"]
    assert notes["revised"] > 0
    assert {"2025", "2025-02"} <= set(notes["revised_periods"])
    assert "2025-03" not in notes["revised_periods"]


def safe(raw: Path, out: Path) -> bool:
    """Whether all editions together pass the audit, and the witnesses of each hold."""
    found = [verified(raw, out, folder.name).findings for folder in editions.folders(out)]
    return not audited(out).exposures and not any(found)


def test_records_are_added_while_the_year_is_closed(first: tuple[Plan, Path, Path]) -> None:
    # The edition of September knew nothing of the whole year, which counts those who came late.
    plan, raw, out = first
    late(raw, 24)
    assert publish(plan, raw, out, "2025-T4").accounting["visitas"].held == 0
    assert safe(raw, out)


@pytest.mark.slow
def test_records_are_added_more_than_once(first: tuple[Plan, Path, Path]) -> None:
    plan, raw, out = first
    fourth = Edition("2025-T4.2", "2025-12", "2026-03-20", {}, "2025-T4")
    plan = replace(plan, editions=(*plan.editions, fourth))
    late(raw, 24)
    publish(plan, raw, out, "2025-T4")
    late(raw, 2, prefix="POCAS")
    assert publish(plan, raw, out, "2025-T4.1").accounting["visitas"].held == 2
    late(raw, 26, month="2025-11", prefix="MAS")
    late(raw, 24, prefix="OTRAS")
    done = publish(plan, raw, out, "2025-T4.2")
    assert done.accounting["visitas"].held == 0
    assert {figure.cell.records for figure in done.protection.figures} >= {
        "visitas",
        "visitas#2025-T3",
        "visitas#2025-T4.1",  # 2025-T4 counted the same
    }
    assert safe(raw, out)


def test_who_no_longer_holds_late_records_is_still_protected_from_what_was_added(
    first: tuple[Plan, Path, Path], plan: Plan
) -> None:
    holding, raw, out = first
    late(raw, 24)
    publish(holding, raw, out, "2025-T4")
    refusing = replace(plan, editions=holding.editions)
    done = publish(refusing, raw, out, "2025-T4.1")
    assert any("#" in figure.cell.records for figure in done.protection.figures)
    assert safe(raw, out)
    shutil.rmtree(out / "2025-T4.1")
    shutil.rmtree(private(raw, "2025-T4.1"))
    late(raw, 24, prefix="MAS")
    with pytest.raises(PipelineError) as stopped:
        publish(refusing, raw, out, "2025-T4.1")
    assert stopped.value.findings == (Finding.of("visitas", "late_records", periods="2025-02", edition="2025-T4.1"),)


def test_what_would_help_is_tried_beside_what_older_vintages_showed(first: tuple[Plan, Path, Path]) -> None:
    holding, raw, out = first
    late(raw, 24)
    publish(holding, raw, out, "2025-T4")
    found = preview.explain(
        Run(holding, raw, out, "2025-T4.1", site_texts(holding), effort="quick"), silent, tables=["visitas_por_area"]
    )
    (trial,) = (each for each in found.trials if each.change == "coarser_time")
    assert (trial.possible, trial.gone > 0) == (True, True)
    assert trial.won == 0  # what earlier editions show of the months stays published


def test_an_edition_whose_private_files_were_lost_is_made_again_as_it_was(first: tuple[Plan, Path, Path]) -> None:
    plan, raw, out = first
    before = content(out)
    shutil.rmtree(private(raw, "2025-T3"))
    assert publish(plan, raw, out, "2025-T3").unchanged
    assert content(out) == before
    assert (private(raw, "2025-T3") / "libro" / "libro.json").is_file()


def test_they_wait_where_all_of_them_have_a_sensitive_trait(first: tuple[Plan, Path, Path]) -> None:
    plan, raw, out = first
    late(raw, 40)
    path = raw / "visitas.csv"
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    frame.loc[frame["visita_id"].str.startswith("TARDE"), "lengua"] = "si"
    frame.to_csv(path, index=False)
    assert publish(plan, raw, out, "2025-T4").accounting["visitas"].held == 40


def test_an_edition_that_is_there_is_made_again_without_what_came_later(first: tuple[Plan, Path, Path]) -> None:
    plan, raw, out = first
    before = content(out)
    late(raw, 7)
    assert publish(plan, raw, out, "2025-T3").unchanged
    assert content(out) == before


def test_the_screen_names_the_period_and_not_how_many(
    institute: Path, raw: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = institute / "institute.yaml"
    path.write_text(path.read_text().replace("late_records: refuse", "late_records: hold"))
    order = ["--institute", str(institute), "--raw", str(raw), "--published", str(tmp_path / "p"), "--quiet"]
    assert main(["publish", *order, "--edition", "2025-T3"]) == 0
    late(raw, 3)
    capsys.readouterr()
    assert main(["publish", *order, "--edition", "2025-T4"]) == 0
    shown = capsys.readouterr().out
    (line,) = [line for line in shown.splitlines() if line.startswith("visitas:")]
    assert "2025-02" in line
    assert "403" in line  # what was read
    assert "400" not in line  # what was counted: the difference would say how many
    assert not any(word in line.split() for word in ("3", "3,"))


def test_a_refusal_offers_to_hold(plan: Plan, raw: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    order = ["--institute", str(plan.folder), "--raw", str(raw), "--published", str(tmp_path / "p"), "--quiet"]
    assert main(["publish", *order, "--edition", "2025-T3"]) == 0
    late(raw, 1)
    assert main(["publish", *order, "--edition", "2025-T4"]) == 12
    assert "late_records: hold" in capsys.readouterr().err
