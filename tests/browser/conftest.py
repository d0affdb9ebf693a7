"""The whole site, built once from the committed editions, served from a temporary folder, looked at with Chromium.

Without Chromium the browser tests fail where CI is set and are skipped elsewhere, with a line that says so.
"""

from __future__ import annotations

import functools
import http.server
import os
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from pipeline import plan as planning
from pipeline.public import package, pages

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT / "data" / "published"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]
SUB_PATH = "transparencia"
"""The site is served below this folder too: it must work from any address."""


@dataclass(frozen=True)
class Site:
    """A built site: its folder, its address at the root of a host, and below a folder; the editions it shows."""

    folder: Path
    url: str
    below: str
    editions: tuple[Path, ...]

    @property
    def pages(self) -> list[str]:
        """Every page, by its address relative to the site."""
        return sorted(path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*.html"))


class _Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *said: object) -> None:
        """Quiet: a test's output is its own."""

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        if code == 404:
            body = (Path(str(self.directory)) / "404.html").read_bytes()
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
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    work = tmp_path_factory.mktemp("site")
    kept = ROOT / "site" / "_build" / "charts"
    if kept.is_dir():  # named by their content: drawing them again would only take time
        shutil.copytree(kept, work / "build" / "charts")
    editions = sorted(path for path in PUBLISHED.iterdir() if (path / package.DESCRIPTOR).is_file())
    plan = planning.load(ROOT / "institute")
    built = pages.build([package.read(e) for e in editions], plan, site=ROOT / "site", output=work / "build" / "html")
    (work / "below").mkdir()
    (work / "below" / SUB_PATH).symlink_to(built)
    root, url = _serve(built)
    other, below = _serve(work / "below")
    yield Site(built, url, f"{below}{SUB_PATH}/", tuple(editions))
    root.shutdown()
    other.shutdown()


def chromium() -> str | None:
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


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
    opened.set_default_timeout(8000)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()
