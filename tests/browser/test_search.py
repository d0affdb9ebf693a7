"""Search: accents and plurals, both languages, fetched on use only and light."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site

pytestmark = pytest.mark.browser

LIMIT = 100 * 1024
"""Bytes over the wire for a first search with its results."""
ALIKE = [
    ("buscar.html", ("atencion", "atención", "ATENCIÓN")),
    ("buscar.html", ("psicologica", "psicológica")),
    ("buscar.html", ("orientacion juridica", "orientación jurídica")),
    ("en/buscar.html", ("accompaniment", "ACCOMPANIMENT")),
]
"""Words that a reader may write in several ways: they find the same pages."""
PLURALS = [
    ("buscar.html", "servicio", "servicios", "temas/servicios.html"),
    ("buscar.html", "acompañamiento", "acompañamientos", "acompanamiento.html"),
    ("buscar.html", "módulo", "modulos", "tablas/servicios_por_modulo.html"),
    ("buscar.html", "tabla", "tablas", "tablas/index.html"),
    ("en/buscar.html", "service", "services", "en/temas/servicios.html"),
    ("en/buscar.html", "accompaniment", "accompaniments", "en/acompanamiento.html"),
    ("en/buscar.html", "table", "tables", "en/tablas/index.html"),
]
"""Page, singular, plural, a page that both find."""


def search(page: Page, words: str) -> list[str]:
    """Types into the box and returns the addresses of all results, after the page says that it is done."""
    page.fill("#q", words)
    page.locator(f'[data-search-results][data-q="{words}"]').wait_for(state="attached")
    more = page.locator("[data-search-more]")
    while more.is_visible():
        before = page.locator(".search__results li").count()
        more.click()
        expect(page.locator(".search__results li")).not_to_have_count(before)
    return [str(a.get_attribute("href")) for a in page.locator(".search__results a").all()]


@pytest.mark.parametrize(("start", "written"), ALIKE)
def test_accents_and_capitals_find_the_same_pages(site: Site, page: Page, start: str, written: tuple[str, ...]) -> None:
    page.goto(site.url + start)
    first, *others = (search(page, words) for words in written)
    assert first
    assert all(set(found) == set(first) for found in others)


@pytest.mark.parametrize(("start", "one", "many", "found"), PLURALS)
def test_singular_and_plural_find_the_page(site: Site, page: Page, start: str, one: str, many: str, found: str) -> None:
    page.goto(site.below + start)
    for words in (one, many):
        links = [urljoin(page.url, link) for link in search(page, words)]
        assert site.below + found in links, words
        assert all(page.request.head(link).ok for link in links), words


def test_results_are_in_the_language_of_the_page_and_say_what_they_lead_to(site: Site, page: Page) -> None:
    for start, words in (("buscar.html", "legal"), ("en/buscar.html", "legal")):
        page.goto(site.url + start)
        found = search(page, words)
        assert found
        assert {"/en/" in link for link in found} == {start.startswith("en/")}
        for item in page.locator(".search__results li").all():
            assert item.locator("a").inner_text().strip()
            assert len(item.locator("p").inner_text()) > 10


def test_nothing_found_is_said_and_so_is_an_empty_box(site: Site, page: Page) -> None:
    page.goto(site.url + "buscar.html")
    hint = page.inner_text("[data-search-status]")
    assert search(page, "zzzzqq") == []
    assert page.inner_text("[data-search-status]") != hint
    assert search(page, "") == []
    assert page.inner_text("[data-search-status]") == hint


@pytest.mark.parametrize(("start", "words"), [("buscar.html", "violencia"), ("en/buscar.html", "violence")])
def test_nothing_is_fetched_before_use_and_little_on_use(site: Site, page: Page, start: str, words: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.removeprefix(site.url).partition("?")[0]))
    page.goto(site.url + start, wait_until="networkidle")
    assert not [path for path in asked if "pagefind" in path or "vega" in path]
    asked.clear()
    page.fill("#q", words)
    page.locator(f'[data-search-results][data-q="{words}"]').wait_for(state="attached")
    assert page.locator(".search__results li").count() > 1
    assert [path for path in asked if path.endswith(".pf_index")]
    sizes = {path: site.packed(path) for path in asked}
    assert sum(sizes.values()) <= LIMIT, sizes


def test_what_is_typed_stays_in_the_page(site: Site, page: Page) -> None:
    page.goto(site.url + "buscar.html")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    address, steps = page.url, page.evaluate("history.length")
    search(page, "riesgo")
    assert (page.url, page.evaluate("history.length")) == (address, steps)
    assert not [url for url in asked if "riesgo" in url]


def test_a_search_that_fails_says_so_and_can_be_tried_again(site: Site, page: Page) -> None:
    page.goto(site.url + "buscar.html")
    page.route("**/pagefind/**", lambda route: route.abort())
    page.fill("#q", "riesgo")
    failed = page.evaluate("celosia.words.search_failed")
    expect(page.locator("[data-search-status]")).to_have_text(failed)
    page.unroute("**/pagefind/**")
    assert search(page, "riesgos")


def test_from_a_folder_the_page_says_what_it_can_do_and_finds_titles(site: Site, page: Page) -> None:
    for start, words, title in (
        ("buscar.html", ("violencia", "Violéncia"), "Tipos de violencia mencionados"),
        ("en/buscar.html", ("accompaniment", "accompaniments"), "Accompaniments by body"),
    ):
        page.goto((site.folder / start).as_uri())
        expect(page.locator("[data-search-status]")).to_have_text(page.evaluate("celosia.words.search_disk"))
        shown = [
            Path(str(link)).name
            for link in page.locator("[data-search-index] a").evaluate_all("a => a.map(x => x.href)")
        ]
        language = site.languages[1] if start.startswith("en/") else site.languages[0]
        due = {Path(name).name for name in site.by_language[language]} - {
            "404.html",
            "buscar.html",
            "mapa.html",
            "index.html",
        }
        assert set(shown) >= due
        found = [search(page, word) for word in words]
        assert found[0] == found[1] != []
        assert page.locator(".search__results a", has_text=title).count() == 1
        assert search(page, "zzzz") == []
