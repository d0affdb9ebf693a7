"""Addresses of the site: where its pages and the files of its editions lie.

In: the Plan, names of tables, topics, charts and editions. Out: addresses. Those of pages are below the folder of a language,
those of files are whole where a function takes the address of the site. Pure.
"""

from __future__ import annotations

import hashlib
import re

from pipeline.institute.plan import HELP, RELEASES, Plan
from pipeline.public.charts.spec import Spec

DATA, CHARTS, RECORDINGS, LATEST = "datos", "graficas", "medios", "ultima"
"""Folders of the site: the editions, the charts to take away, recordings, and within the first the newest edition."""
HOME, TOPICS, TABLES = "index.md", "temas/index.md", "tablas/index.md"
"""Pages that every site has, before they become HTML."""
ALWAYS = {
    "catalogues": "catalogos.md",
    "quality": "calidad.md",
    "search": "buscar.md",
    "map": "mapa.md",
    "explorer": "explorador.md",
}
"""Pages that every site has and that texts name, the same in all languages."""
OPEN_DATA, METHOD = "datos-abiertos.html", "metodologia.html"
"""Pages of prose that files link to."""


def html(path: str) -> str:
    """The address of what a Markdown file becomes; anything else stays as it is."""
    return re.sub(r"\.md$", ".html", path)


def markdown(address: str) -> str:
    """The Markdown file that becomes the page at an address below the folder of its language."""
    return re.sub(r"\.html$", ".md", address)


HELP_PAGE = html(HELP)


def language_folder(language: str, first: str) -> str:
    """The folder of a language; the first language of the site has none."""
    return "" if language == first else f"{language}/"


def table(plan: Plan, name: str) -> str:
    """The page of a table."""
    return f"{plan.address(f'tablas/{name}')}.html"


def topic(plan: Plan, name: str) -> str:
    """The page of a topic."""
    return f"{plan.address(f'temas/{name}')}.html"


def edition(name: str) -> str:
    """The page of an edition."""
    return f"ediciones/{name}.html"


def release(edition: str) -> str:
    """The page of prose, in Markdown, on which the institute says something of an edition."""
    return f"{RELEASES}{edition}.md"


def discreet(plan: Plan, spec: Spec) -> str:
    """The page, without its ending, for whose sake that of a chart is discreet: its table or its topic; nothing where none is."""
    pages = (f"tablas/{spec.table}", f"temas/{spec.topic}")
    return next((page for page in pages if page in plan.discreet), "")


def chart(plan: Plan, spec: Spec, edition: str) -> str:
    """The page of a chart of an edition. Where its table or its topic is discreet, its address tells no more than theirs does:
    the history of a browser keeps it. The name that it has then depends on the chart alone, and stays as long as that does."""
    name = spec.id
    if page := discreet(plan, spec):
        name = f"{plan.address(page).rpartition('/')[2]}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"
    return f"{CHARTS}/{edition}/{name}.html"


def chart_file(spec: Spec, language: str, first: str, ending: str) -> str:
    """Where a picture of a chart lies below the folder of its edition."""
    return f"{CHARTS}/{spec.id}{'' if language == first else f'.{language}'}.{ending}"


def data(site: str, path: str = "") -> str:
    """The address of what is about all editions: the catalogue, feeds, the calendar. `site`: the address of the site."""
    return f"{site}{DATA}/{path}"


def file(site: str, edition: str, path: str = "") -> str:
    """The permanent address of a file of an edition, or of its folder. `site`: the address of the site."""
    return data(site, f"{edition}/{path}")


def table_file(site: str, edition: str, table: str, ending: str = "csv") -> str:
    """The permanent address of a file of a table of an edition."""
    return file(site, edition, f"tables/{table}.{ending}")
