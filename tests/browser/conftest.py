"""The whole built site, served from a temporary folder, looked at with Chromium.

Without Chromium the browser tests fail where CI is set and are skipped elsewhere, with a line that says so.
"""

from __future__ import annotations

import functools
import gzip
import http.server
import json
import os
import re
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from pipeline import ROOT
from pipeline.institute import load as planning
from pipeline.workflows import editions as stored
from tests.conftest import PUBLISHED

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]
PATIENCE = 30_000
"""Milliseconds that a page may take: machines are shared, and what is asked here is not how fast it is."""
expect.set_options(timeout=PATIENCE)
SUB_PATH = "transparencia"
"""The site is served below this folder too: it must work from any address."""
Scheme = Literal["light", "dark"]
MODES: tuple[tuple[int, Scheme], ...] = ((360, "light"), (1280, "dark"), (1280, "light"), (360, "dark"))
"""Width of the window and colours that the reader prefers."""
PARTS = (
    "chart",
    "data--full",
    "data",
    "cards",
    "doors",
    "promises",
    "search",
    "explorer",
    "card-facts",
    "files",
    "note",
    "offices",
    "box",
)
"""Pieces that pages are made of: pages of one folder with the same pieces are one kind."""
SEVERAL = 2
"""About so many pages of a kind stand for it where not every page is looked at."""


@dataclass(frozen=True)
class Site:
    """A built site: its folder, its address at the root of a host, and below a folder; the editions it shows."""

    folder: Path
    url: str
    below: str
    editions: tuple[Path, ...]
    languages: tuple[str, ...]
    steps: frozenset[str]

    @functools.cached_property
    def pages(self) -> list[str]:
        """Every page, by its address relative to the site."""
        return sorted(path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*.html"))

    @functools.cached_property
    def by_language(self) -> dict[str, list[str]]:
        """Language → its pages; the first language stands at the root."""
        first, *others = self.languages
        found = {code: [name for name in self.pages if name.startswith(f"{code}/")] for code in others}
        apart = {name for names in found.values() for name in names}
        return {first: [name for name in self.pages if name not in apart], **found}

    @functools.cached_property
    def once(self) -> list[str]:
        """Every page in one of its languages, which changes from one page to the next."""
        return self._in_turn(next(iter(self.by_language.values())))

    @functools.cached_property
    def kinds(self) -> list[str]:
        """The largest page of every kind, its language changing from one kind to the next."""
        return self._in_turn([names[0] for names in self._by_kind])

    @functools.cached_property
    def several(self) -> list[str]:
        """A few pages of every kind, the largest among them, their language changing from one page to the next."""
        return self._in_turn([name for names in self._by_kind for name in names[:: max(1, len(names) // SEVERAL)]])

    @functools.cached_property
    def _by_kind(self) -> list[list[str]]:
        """The pages of the first language, kind by kind, the largest first."""
        found: dict[tuple[str, ...], list[str]] = {}
        for name in next(iter(self.by_language.values())):
            html = self.html(name)
            used = {word for classes in re.findall(r'class="([^"]*)"', html) for word in classes.split()}
            own = name if name.endswith(("index.html", "404.html")) else str(Path(name).parent)
            found.setdefault((own, *(part for part in PARTS if part in used)), []).append(name)
        return [sorted(names, key=lambda name: -len(self.html(name))) for names in found.values()]

    def half(self, names: list[str], turn: int) -> list[str]:
        """Every second page, from the first or the second on; each, where every page of the site is looked at."""
        return names if names is self.pages else names[turn % 2 :: 2]

    def _in_turn(self, names: list[str]) -> list[str]:
        """Pages of the first language, each in the language whose turn it is."""
        prefixes = ["", *(f"{code}/" for code in self.languages[1:])]
        return [prefixes[number % len(prefixes)] + name for number, name in enumerate(names)]

    def html(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")

    def packed(self, path: str) -> int:
        """Bytes of a file over the wire, compressed as a web server does; what is packed already stays."""
        data = (self.folder / path).read_bytes()
        return len(data) if data[:2] == b"\x1f\x8b" else len(gzip.compress(data, 6))


class _Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # a page and all that it asks for over few connections

    def log_message(self, *said: object) -> None:
        """Quiet: a test's output is its own."""

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        if code == 404:
            folder = Path(str(self.directory))
            body = next(filter(Path.is_file, (folder / "404.html", folder / SUB_PATH / "404.html"))).read_bytes()
            self.send_response(404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        else:
            super().send_error(code, message, explain)


def _serve(folder: Path) -> tuple[http.server.ThreadingHTTPServer, str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_address[1]}/"


@pytest.fixture(scope="session")
def site(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    above = tmp_path_factory.mktemp("above")
    (above / SUB_PATH).symlink_to(built / "html")
    root, url = _serve(built / "html")
    other, below = _serve(above)
    steps = frozenset(json.loads((built / "steps.json").read_text(encoding="utf-8")))
    languages = tuple(planning.load(ROOT / "institute").languages)
    yield Site(built / "html", url, f"{below}{SUB_PATH}/", tuple(stored.folders(PUBLISHED)), languages, steps)
    root.shutdown()
    other.shutdown()


@pytest.fixture(params=["kinds", pytest.param("pages", marks=pytest.mark.slow)])
def names(site: Site, request: pytest.FixtureRequest) -> list[str]:
    """One page of every kind; in the long run every page."""
    found: list[str] = getattr(site, request.param)
    return found


@pytest.fixture(params=["several", pytest.param("pages", marks=pytest.mark.slow)])
def several(site: Site, request: pytest.FixtureRequest) -> list[str]:
    """A few pages of every kind; in the long run every page."""
    found: list[str] = getattr(site, request.param)
    return found


@pytest.fixture(params=["once", pytest.param("pages", marks=pytest.mark.slow)])
def varied(site: Site, request: pytest.FixtureRequest) -> list[str]:
    """Every page in one of its languages; in the long run in all of them."""
    found: list[str] = getattr(site, request.param)
    return found


def chromium() -> str | None:
    """Where there is a Chromium; the shell that has no windows before those that hide them, which take three times as long."""
    known = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    return next(filter(None, map(shutil.which, known)), None)


@pytest.fixture(scope="session")
def playwright_() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(playwright_: Playwright) -> Iterator[Browser]:
    path = chromium()
    if path is None:
        message = (
            "No hay Chromium: no se probó el sitio en un navegador / No Chromium: the site was not tried in a browser"
        )
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    started = playwright_.chromium.launch(executable_path=path, args=FLAGS)
    yield started
    started.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context(viewport={"width": 1280, "height": 800}, locale="es-MX")
    opened.set_default_timeout(PATIENCE)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@functools.cache
def _axe() -> str:
    found = find_spec("axe_playwright_python")
    assert found is not None
    assert found.origin is not None
    return (Path(found.origin).parent / "axe.min.js").read_text(encoding="utf-8")


REPEATED = {"tbody tr:nth-child(n+7)": 0, "tbody": 6, "figure.chart": 3, "figure.table": 3, "table": 6, ".sheet": 3}
"""What looks like what came before it → how many of it on a page are looked at."""
MARKED = """
found => Object.entries(found).forEach(([what, first]) =>
  [...document.querySelectorAll(what)].slice(first).forEach(e => e.setAttribute('data-repeated', '')))
"""


def axe(page: Page, *, whole: bool = False) -> list[str]:
    """What axe-core finds wrong on an open page, parts that open included; targets of at least 24 pixels too.

    Unless the `whole` page is wanted, what repeats the first rows, tables, charts or sheets of a page is left out.
    """
    page.evaluate("document.querySelectorAll('main details').forEach(d => { d.open = true })")
    if not page.evaluate("'axe' in window"):
        page.evaluate(_axe())
    page.evaluate(MARKED, {} if whole else REPEATED)
    found: dict[str, Any] = page.evaluate(
        "axe.run({include: [document], exclude: ['[data-repeated]']}, {resultTypes: ['violations'], "
        "rules: {'target-size': {enabled: true}}})"
    )
    return [f"{v['id']} {[n['target'] for n in v['nodes'][:3]]}" for v in found["violations"]]


WIDER = """
() => [...document.body.querySelectorAll('*')].filter(e => {
  const box = e.getBoundingClientRect();
  if (!e.checkVisibility() || !box.width || !box.height || box.right <= innerWidth + 1 && box.left >= -1) return false;
  for (let up = e; up; up = up.parentElement) {
    const style = getComputedStyle(up);
    if (up !== e && /auto|scroll/.test(style.overflowX)) return false;
    if (up !== e && /hidden|clip/.test(style.overflowX) && up !== document.documentElement) return false;
    if (up.matches('.vh, .skip')) return false;
  }
  return true;
}).slice(0, 4).map(e => `${e.tagName}.${e.className.baseVal ?? e.className} ${Math.round(e.getBoundingClientRect().right)}`)
"""
"""Elements that reach over the edge of the window, those left out that scroll or are cut inside their own box."""
