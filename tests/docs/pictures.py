"""`make pictures`: makes the pictures of the manuals anew, from made-up records and the way of `docs/es/primera-hora.md`.

Writes docs/es/img and docs/en/img, and nothing else that stays. Needs Chromium. Each picture is what somebody sees in that language: the
home page and the help page on a telephone's or a desk's screen, the report to sign, the page of differences.
"""

from __future__ import annotations

import base64
import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from pipeline.cli.main import main
from tests.browser.conftest import FLAGS, chromium
from tests.docs.manual import DOCS, LANGUAGES

NAMES = {"es": "Instituto de las Mujeres de Ejemplo", "en": "Example Institute for Women"}
SECOND = '  - {id: "2025-T4", cut_off: "2025-12", published: "2026-01-20"}\n'
"""The edition that an office adds a quarter later."""
SHOWN = (
    ("inicio", "site/_build/html/index.html", 1000, 720),
    ("ayuda", "site/_build/html/ayuda.html", 390, 720),
    ("informe", "data/raw/privado/2025-T4/informe.html", 900, 720),
    ("diferencias", "diferencias.html", 900, 640),
)
"""Name of the picture, page, width and height of the screen in CSS pixels."""
HELP = {"es": "ayuda.html", "en": "ayuda.html"}
QUALITY = 60
"""Of WebP, from 0 to 100: letters stay sharp."""


@contextlib.contextmanager
def within(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def go_the_way(language: str) -> None:
    """From an empty folder to two editions, their difference and a site, in one language."""
    said = ["--lang", "es" if language == "es" else "en", "--quiet"]
    asked = ["--name", NAMES[language], "--languages", language, "--edition", "2025-T3", "--records", "atenciones"]
    orders = [
        ["new", *asked, "--zones", "Norte", "Sur", "Centro", "--serves", "mujeres"],
        ["sample", "--rows", "3000"],
        ["publish", "--edition", "2025-T3"],
        ["publish", "--edition", "2025-T4"],
        ["diff", "data/published/2025-T3", "data/published/2025-T4", "--page", "diferencias.html"],
        ["pages"],
    ]
    for order in orders:
        if code := main([*order, *said]):
            raise SystemExit(code)
        if order[0] == "new":
            path = Path("institute/institute.yaml")
            lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
            last = next(n for n, line in enumerate(lines) if line.startswith('  - {id: "2025-T3"'))
            path.write_text("".join([*lines[: last + 1], SECOND, *lines[last + 1 :]]), encoding="utf-8")


def look(browser: Browser, page: Path, width: int, height: int) -> bytes:
    """What a screen of that size shows of a page, as WebP."""
    context = browser.new_context(viewport={"width": width, "height": height})
    opened = context.new_page()
    opened.goto(page.resolve().as_uri())
    opened.wait_for_load_state("networkidle")
    session = context.new_cdp_session(opened)
    shot = session.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
    context.close()
    return base64.b64decode(shot["data"])


def make() -> int:
    """Makes every picture and says how large it is; returns the exit code."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        for language in LANGUAGES:
            folder = DOCS / language / "img"
            folder.mkdir(exist_ok=True)
            with tempfile.TemporaryDirectory() as aside, within(Path(aside)):
                go_the_way(language)
                for name, page, width, height in SHOWN:
                    picture = look(browser, Path(page), width, height)
                    (folder / f"{name}.webp").write_bytes(picture)
                    sys.stdout.write(f"docs/{language}/img/{name}.webp: {len(picture)} B\n")
        browser.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(make())
