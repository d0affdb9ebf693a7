"""What a reader sees first of the sample has no gap: no chart of the first page shows a withheld figure."""

from __future__ import annotations

from pathlib import Path

from pipeline import ROOT
from pipeline.institute.load import load
from pipeline.public.edition import reader
from pipeline.public.presentation.edition_view import View
from pipeline.workflows import editions
from tests.conftest import PUBLISHED, site_texts


def test_no_chart_of_the_first_page_shows_a_withheld_figure(tmp_path: Path) -> None:
    plan = load(ROOT / "institute")
    packages = [reader.read(folder) for folder in editions.folders(PUBLISHED)]
    view = View(packages, plan, site_texts(plan)["es"], tmp_path)
    drawn = {spec.id: view.drawing(spec) for spec in view.specs if spec.id in plan.site["home"]}
    assert set(drawn) == set(plan.site["home"])
    assert {name: each.withheld for name, each in drawn.items() if each.withheld or each.empty} == {}
