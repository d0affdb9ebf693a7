"""A built site as its reader meets it, page by page; and a small one with every kind of chart, card and line."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from pipeline import ROOT, SITE, flow
from pipeline.institute.load import load
from pipeline.institute.plan import Plan
from pipeline.model.cells import Figure
from pipeline.public.audit.audit import Audit, audit
from pipeline.public.edition import reader
from pipeline.public.edition.model import Package
from pipeline.public.site import build as pages
from pipeline.wording import texts
from pipeline.workflows import editions
from pipeline.workflows.run import Run
from tests.conftest import PUBLISHED, TINY, silent, site_texts
from tests.reader import pages as reading
from tests.reader.document import Node, parse
from tests.reader.meaning import Meaning
from tests.reader.notebook import Notebook

EVERY_CHART = Path(__file__).parent / "institute"
"""What the tiny institute shows here: everything that can be shown, of tables in which much is withheld."""


@dataclass
class Site:
    """The pages below `folder`, the editions that they show, and the institute."""

    folder: Path
    packages: Sequence[Package]
    plan: Plan
    meanings: Mapping[str, Meaning] = field(default_factory=dict)

    def __post_init__(self) -> None:
        words = texts.of_plan(self.plan)
        self.meanings = {
            language: Meaning(self.packages, self.plan, words[language]) for language in self.plan.languages
        }

    def pages(self, language: str) -> Iterator[str]:
        """Addresses of the pages of a language that tell of the newest edition, below the folder of the language."""
        yield from (name for name in self._all(language) if _edition(name) in ("", self.packages[-1].edition))

    def _all(self, language: str) -> Iterator[str]:
        others = {path.name for path in self.folder.iterdir() if (path / "index.html").exists() and len(path.name) < 4}
        home = self.home(language)
        for path in sorted(home.rglob("*.html")):
            own = path.relative_to(home)
            if home != self.folder or own.parts[0] not in others:
                yield own.as_posix()

    def home(self, language: str) -> Path:
        return self.folder if language == self.plan.languages[0] else self.folder / language

    def html(self, language: str, page: str) -> str:
        return (self.home(language) / page).read_text(encoding="utf-8")

    def read(self, language: str, names: Iterable[str]) -> Notebook:
        """What some pages say."""
        return self._read(self.meanings[language], names)

    def _read(self, meaning: Meaning, names: Iterable[str]) -> Notebook:
        book = Notebook(meaning)
        for name in names:
            book.place = name
            reading.read(self.html(meaning.language, name), book)
        return book

    def read_older(self, language: str) -> Iterator[Notebook]:
        """What the pages that stay of each older edition say of it."""
        for number, older in enumerate(self.packages[:-1], start=1):
            meaning = Meaning(self.packages[:number], self.plan, self.meanings[language].words)
            yield self._read(meaning, (name for name in self._all(language) if _edition(name) == older.edition))

    def shown(self, language: str) -> Iterator[Node]:
        """What the pages show of what the report tells: charts, the first screen, cards, the institute's own words."""
        home = parse(self.html(language, "index.html"))
        yield from (node for node in home.walk() if node.attrs.get("id") == "cambios" or "answers" in node.classes)
        own = {page.path.removesuffix(".md") + ".html" for page in self.plan.pages[language] if "report" in page.meta}
        for name in self.pages(language):
            if name.startswith("temas/"):
                topic = parse(self.html(language, name))
                drawn = [figure for figure in topic.all("figure", "chart") if "data-id" in figure.attrs]
                ids = {figure.attrs["data-id"] for figure in drawn}
                yield from (node for node in topic.walk() if node.attrs.get("id") in ids)  # what a chart says
                yield from drawn
            elif name in own:
                yield parse(self.html(language, name)).first("article")

    @cached_property
    def audit(self) -> Audit:
        return audit(self.packages)

    def world(self, figure: Figure, *, high: bool) -> dict[Figure, int]:
        """Any of the worlds that fit all published figures may be the truth: one in which a figure is as low, or as high, as
        the audit has found it to be."""
        places = {each: n for n, each in enumerate(self.audit.columns)}
        column = self.audit.worlds[:, places[figure]]
        row = self.audit.worlds[int(np.argmax(column) if high else np.argmin(column))]
        return {each: int(row[n]) for each, n in places.items()}


def _edition(page: str) -> str:
    """The edition that the address of a page names."""
    found = re.match(r"(?:graficas|ediciones)/([^/]+?)(?:/|\.html)", page)
    return found[1] if found else ""


def build_every_chart(folder: Path, raw: Path) -> None:
    """Publishes and builds the tiny institute with every kind of chart. `raw`: its records, of which a copy is published."""
    raw = Path(shutil.copytree(raw, folder / "raw", ignore=shutil.ignore_patterns("privado")))
    institute = Path(shutil.copytree(TINY, folder / "institute"))
    shutil.copytree(EVERY_CHART, institute, dirs_exist_ok=True)
    listed = institute / "catalogues.package.yaml"  # here people are counted by area, not by service
    listed.write_text(re.sub(r"      foreignKeys:\n.*\n", "", listed.read_text(encoding="utf-8")), encoding="utf-8")
    plan = load(institute)
    for edition in plan.editions:
        flow.publish(Run(plan, raw, folder / "published", edition.id, site_texts(plan)), silent)
    pages.build(_editions(folder / "published"), plan, site=SITE, output=folder / "html")


def every_chart(folder: Path) -> Site:
    return Site(folder / "html", _editions(folder / "published"), load(folder / "institute"))


def sample(built: Path) -> Site:
    return Site(built / "html", _editions(PUBLISHED), load(ROOT / "institute"))


def _editions(published: Path) -> list[Package]:
    return [reader.read(edition) for edition in editions.folders(published)]
