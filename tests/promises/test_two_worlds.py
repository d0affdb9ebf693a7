"""What leaves the office depends on nothing that is withheld: two worlds that look alike are published alike, byte by byte."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from pipeline import flow
from pipeline.institute.plan import Plan
from pipeline.workflows.run import Run
from tests.conftest import content, silent, site_texts


def world(raw: Path, folder: Path, *, speakers: int, delays: int, refused: int) -> Path:
    """The records with so many women who speak an indigenous language among ten who do or do not say, so many reports
    of a delay, and so many rows of no area; everybody else is as before."""
    folder.mkdir()
    visits, reports = (pd.read_csv(raw / f"{name}.csv", dtype="str") for name in ("visitas", "reportes"))
    ten = list(dict.fromkeys(visits.sort_values("mes", kind="stable")["clave"]))[:10]
    said = {key: "si" if place < speakers else "no_especificado" for place, key in enumerate(ten)}
    visits["lengua"] = visits["clave"].map(said).fillna("no")
    wrong = visits.head(refused).assign(area="ninguna", visita_id=[f"X{n}" for n in range(refused)])
    reports["causa"] = ["dilacion" if place < delays else "negativa" for place in range(len(reports))]
    pd.concat([visits, wrong]).to_csv(folder / "visitas.csv", index=False)
    reports.to_csv(folder / "reportes.csv", index=False)
    return folder


def published(plan: Plan, raw: Path) -> dict[str, bytes]:
    for edition in plan.editions:
        flow.publish(Run(plan, raw, raw / "published", edition.id, site_texts(plan), quarantine=0.5), silent)
    return content(raw / "published")


def test_worlds_that_differ_in_what_is_withheld_alone_are_published_byte_for_byte_alike(
    plan: Plan, records_of_tiny: Path, tmp_path: Path
) -> None:
    one = published(plan, world(records_of_tiny, tmp_path / "one", speakers=3, delays=4, refused=1))
    other = published(plan, world(records_of_tiny, tmp_path / "other", speakers=6, delays=2, refused=4))
    # They do differ where it is withheld.
    newest = one["2025-T4/tables/mujeres_por_lengua.csv"].decode().splitlines()
    assert "2025,si,,,Q,C" in newest
    assert "2025,dilacion,,Q,C" in one["2025-T4/tables/reportes_por_causa.csv"].decode().splitlines()
    assert one == other
