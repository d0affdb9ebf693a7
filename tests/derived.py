"""The derived files of the committed editions, where they stand on the built site."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline import ROOT
from pipeline.institute.load import load
from pipeline.institute.plan import Plan
from pipeline.public.edition import reader
from pipeline.public.edition.model import Package
from pipeline.public.presentation.edition_view import View
from pipeline.public.statistics.figures import Table
from pipeline.wording import texts
from pipeline.wording.texts import Texts
from pipeline.workflows import editions
from tests.conftest import PUBLISHED


@dataclass(frozen=True)
class Derived:
    """`folder`: what stands at /datos/ on the site."""

    folder: Path
    packages: list[Package]
    plan: Plan
    texts: Mapping[str, Texts]
    charts: Path

    @property
    def newest(self) -> Package:
        return self.packages[-1]

    @property
    def edition(self) -> Path:
        return self.folder / self.newest.edition

    @property
    def url(self) -> str:
        return str(self.plan.facts["url"])

    def view(self, language: str = "es") -> View:
        return View(self.packages, self.plan, self.texts[language], self.charts)

    @property
    def tables(self) -> Mapping[str, Table]:
        return self.view().tables


@pytest.fixture(scope="session")
def derived(built: Path) -> Derived:
    plan = load(ROOT / "institute")
    packages = [reader.read(found) for found in editions.folders(PUBLISHED)]
    return Derived(
        built / "html" / "datos",
        packages,
        plan,
        texts.of_plan(plan),
        built / "charts",
    )
