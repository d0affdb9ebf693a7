"""The derived files of the committed editions, made once for all tests that look at them.

What is made is kept under a name that stands for all that goes into it (see derive.py), so that test runs that change
nothing of it find it ready.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline import ROOT, SITE, flow
from pipeline.plan import Plan, load
from pipeline.public import derive, package, texts
from pipeline.public.figures import Table
from pipeline.public.package import Package
from pipeline.public.texts import Texts
from pipeline.public.view import View

PUBLISHED = ROOT / "data" / "published"


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


def make(folder: Path, charts: Path, cache: Path) -> Derived:
    """Derives from the committed editions into `folder`."""
    plan = load(ROOT / "institute")
    words = texts.load(SITE / "texts", plan.languages)
    packages = [package.read(found) for found in flow.edition_folders(PUBLISHED)]
    for each in packages:
        assert each.folder is not None
        shutil.copytree(each.folder, folder / each.edition)
    derive.derive(packages, plan, words, folder, site=SITE, cache=cache, charts=charts)
    return Derived(folder, packages, plan, words, charts)


@pytest.fixture(scope="session")
def derived(tmp_path_factory: pytest.TempPathFactory) -> Derived:
    built = SITE / "_build"
    work = tmp_path_factory.mktemp("derived")
    for name in ("charts", "derived"):
        if (built / name).is_dir():  # named by their content: making them again would only take time
            shutil.copytree(built / name, work / name)
    return make(work / "html" / "datos", work / "charts", work / "derived")
