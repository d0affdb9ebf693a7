"""Other languages and other ways of reading: one page without the whole site, a recording with what is said in it, and an
institute that has no offices to show. Built from another institute, in one language, with these pages added.
"""

from __future__ import annotations

import functools
import http.server
import io
import re
import shutil
import threading
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page

from pipeline import SITE
from pipeline.institute import load as planning
from pipeline.institute.plan import Plan
from pipeline.public.site import build
from tests.browser.conftest import axe
from tests.unit.test_site_of_one_language import OTHER, edition_of

pytestmark = pytest.mark.browser

HELP = """---
title: Pedir ayuda
media:
  - {file: ayuda.wav, title: Escuchar esta página, transcript: "Puede llamar a toda hora.\\nEs gratis."}
---
## Qué pasa al llamar

La escuchamos.
"""
EASY = "---\ntitle: En lectura fácil\nsection: ayuda\nversion_of: ayuda.md\n---\nPuede llamar.\n\n{{ helplines }}\n"
GUARANI = "---\ntitle: Pytyvõ\nlanguage: avañe'ẽ\ndescription: Pytyvõ rehegua\n---\nEhenói 144.\n"


def sound() -> bytes:
    """A second of silence as a recording."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(bytes(16000))
    return file.getvalue()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *said: object) -> None: ...


@dataclass(frozen=True)
class Built:
    folder: Path
    plan: Plan
    url: str

    def html(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def built_other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    work = tmp_path_factory.mktemp("other_ways")
    institute = Path(shutil.copytree(OTHER, work / "institute"))
    for name, text in (("es/ayuda.md", HELP), ("es/ayuda-facil.md", EASY), ("gn/ayuda.md", GUARANI)):
        path = institute / "pages" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (institute / "media").mkdir()
    (institute / "media" / "ayuda.wav").write_bytes(sound())
    plan = planning.load(institute)
    folder = build.build([edition_of(plan, work)], plan, site=SITE, output=work / "build" / "html")
    handler = functools.partial(_Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Built(folder, plan, f"http://127.0.0.1:{server.server_address[1]}/")
    server.shutdown()


def test_the_help_page_names_each_way_of_reading_in_its_own_language(built_other: Built) -> None:
    (ways,) = re.findall(r'<ul class="ways".*?</ul>', built_other.html("ayuda.html"), re.DOTALL)
    assert re.findall(r'href="([^"]*)"', ways) == ["./ayuda-facil.html", "./gn/ayuda.html"]
    assert 'hreflang="gn" lang="gn">avañe\'ẽ<' in ways.replace("&#39;", "'")


def test_a_page_in_another_language_says_so_to_the_reader_s_device_and_has_the_numbers(built_other: Built) -> None:
    html = built_other.html("gn/ayuda.html")
    assert '<html lang="es"' in html
    article = html[html.index("<article") : html.index("</article>")]
    assert article.startswith('<article class="md-typeset" lang="gn"')
    assert "Pytyvõ" in article
    assert re.search(r'class="help__lines[^"]*" lang="es"', article), "the names of the lines are in Spanish"
    assert 'href="tel:144"' in article
    assert "hreflang" not in html[: html.index("<body")], "there is no other version of it to point to"
    assert not [path for path in (built_other.folder / "gn").rglob("*.html") if path.name != "ayuda.html"]


def test_the_easy_version_has_the_lines_and_leads_nowhere_it_should_not(built_other: Built) -> None:
    html = built_other.html("ayuda-facil.html")
    assert 'href="tel:144"' in html[html.index("<article") : html.index("</article>")]
    assert 'class="help__note">' in html
    assert "seguridad.html" in html, "the page on browsing with care is not that of reading easily"


def test_without_offices_the_help_page_gives_the_lines_at_once(built_other: Built) -> None:
    html = built_other.html("ayuda.html")
    article = html[html.index("<article") : html.index("</article>")]
    assert 'class="office"' not in article
    assert article.index("help__lines") < article.index("Qué pasa al llamar")


def test_a_recording_is_played_from_the_site_and_nothing_of_it_is_fetched_before(
    built_other: Built, page: Page
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(built_other.url + "ayuda.html", wait_until="networkidle")
    player = page.locator("audio")
    assert player.get_attribute("preload") == "none"
    assert not [url for url in asked if "medios/" in url]
    assert (built_other.folder / "medios" / "ayuda.wav").read_bytes() == sound()
    page.click(".media summary")
    assert page.locator(".media details p").all_inner_texts() == ["Puede llamar a toda hora.", "Es gratis."]
    player.evaluate(
        "audio => new Promise(done => { audio.ontimeupdate = () => audio.currentTime > 0 && done(); audio.play(); })"
    )
    assert {url for url in asked if "medios/" in url} == {built_other.url + "medios/ayuda.wav"}
    assert all(url.startswith(built_other.url) for url in asked)


@pytest.mark.parametrize("name", ["ayuda.html", "gn/ayuda.html", "ayuda-facil.html"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_them(built_other: Built, page: Page, name: str, scheme: str) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(built_other.url + name)
    assert axe(page, whole=True) == []
