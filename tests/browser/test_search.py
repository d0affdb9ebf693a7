"""Search: people's own words, accents, plurals, a typing error; both languages, fetched on use only and light."""

from __future__ import annotations

import re
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


TOLD = {
    "me pega mi marido",
    "golpes",
    "golpez",
    "me insulta y me amenaza",
    "acoso",
    "me quita mi dinero",
    "tengo miedo",
}
ASKED = {
    "buscar.html": [
        ("me pega mi marido", "ayuda.html"),
        ("golpes", "ayuda.html"),
        ("golpez", "ayuda.html"),
        ("me insulta y me amenaza", "ayuda.html"),
        ("acoso", "ayuda.html"),
        ("me quita mi dinero", "ayuda.html"),
        ("fotos íntimas", "ayuda.html"),
        ("mi ex no me deja en paz", "ayuda.html"),
        ("911", "ayuda.html"),
        ("emergencia", "ayuda.html"),
        ("tengo miedo", "ayuda.html"),
        ("necesito ayuda", "ayuda.html"),
        ("gratis", "ayuda.html"),
        ("cuánto cuesta", "ayuda.html"),
        ("telefono", "ayuda.html"),
        ("whatsap", "ayuda.html"),
        ("dónde están", "ayuda.html"),
        ("direccion", "ayuda.html"),
        ("a qué hora abren", "ayuda.html"),
        ("horario del sábado", "ayuda.html"),
        ("necesito cita", "ayuda.html"),
        ("INE", "ayuda.html"),
        ("no puedo salir de mi casa", "ayuda.html"),
        ("Módulo Ribera", "ayuda.html"),
        ("Los Encinos", "ayuda.html"),
        ("lectura facil", "ayuda-facil.html"),
        ("borrar historial", "seguridad.html"),
        ("abogada", "juridica.html"),
        ("divorcio", "juridica.html"),
        ("denunciar", "juridica.html"),
        ("sicologa", "psicologica.html"),
        ("terapia", "psicologica.html"),
        ("trabajo social", "trabajo-social.html"),
        ("me trataron mal", "reporte-de-actuacion.html"),
        ("PNT", "obligaciones.html"),
        ("excel", "datos-abiertos.html"),
        ("estadísticas", "temas/index.html"),
        ("metas", "metas.html"),
        ("estado civil", "tablas/usuarias_por_situacion_conyugal.html"),
        ("lengua indígena", "ayuda.html"),
        ("orden de alejamiento", "juridica.html"),
        ("me quiere matar", "ayuda.html"),
        ("no quiero vivir", "ayuda.html"),
        ("ya no aguanto", "ayuda.html"),
        ("me está siguiendo", "ayuda.html"),
        ("le pega a mis hijos", "ayuda.html"),
        ("subió mis fotos a facebook", "ayuda.html"),
        ("me corrió de la casa", "ayuda.html"),
        ("soy menor de edad", "ayuda.html"),
        ("soy migrante", "ayuda.html"),
        ("estoy embarazada", "ayuda.html"),
        ("hablo náhuatl", "ayuda.html"),
        ("soy sorda", "ayuda.html"),
        ("a mi vecina la maltratan", "ayuda.html"),
        ("cómo ayudo a mi hermana", "ayuda.html"),
        ("aydua", "ayuda.html"),
        ("es gratis la abogada", "ayuda.html"),
        ("pensión alimenticia", "juridica.html"),
        ("custodia de mis hijos", "juridica.html"),
        ("me quitó a mis hijos", "juridica.html"),
        ("me siento muy triste", "psicologica.html"),
        ("conseguir trabajo", "trabajo-social.html"),
        ("beca para mis hijos", "trabajo-social.html"),
        ("me acompañan al ministerio público", "acompanamiento.html"),
        ("quejarme de un funcionario", "reporte-de-actuacion.html"),
        ("revisa mi celular", "seguridad.html"),
        ("cómo salgo rápido de la página", "seguridad.html"),
        ("cuántas mujeres atendieron en 2025", "temas/index.html"),
        ("edad de las usuarias", "tablas/usuarias_por_edad.html"),
        ("pláticas en escuelas", "temas/actividades.html"),
        ("nivel de riesgo", "tablas/niveles_valorados.html"),
        ("qué significa [c]", "metodologia.html"),
        ("sipot", "obligaciones.html"),
    ],
    "en/buscar.html": [
        ("my husband hits me", "en/ayuda.html"),
        ("harassment", "en/ayuda.html"),
        ("free", "en/ayuda.html"),
        ("phone number", "en/ayuda.html"),
        ("opening hours", "en/ayuda.html"),
        ("do I need an appointment", "en/ayuda.html"),
        ("emergensy", "en/ayuda.html"),
        ("psycologist", "en/psicologica.html"),
        ("erase my history", "en/seguridad.html"),
        ("open data", "en/datos-abiertos.html"),
        ("he wants to kill me", "en/ayuda.html"),
        ("i do not want to live", "en/ayuda.html"),
        ("stalking", "en/ayuda.html"),
        ("shelter", "en/ayuda.html"),
        ("my sister is in danger", "en/ayuda.html"),
        ("child support", "en/juridica.html"),
        ("restraining order", "en/juridica.html"),
        ("file a complaint", "en/juridica.html"),
        ("job", "en/trabajo-social.html"),
        ("official treated me badly", "en/reporte-de-actuacion.html"),
        ("annual report", "en/datos-abiertos.html"),
        ("targets", "en/metas.html"),
        ("marital status", "en/tablas/usuarias_por_situacion_conyugal.html"),
    ],
}
"""Page of the search → what people ask in their own words, and the page that must come first."""


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


@pytest.mark.parametrize("start", ASKED)
def test_what_people_ask_in_their_own_words_finds_first_what_they_need(site: Site, page: Page, start: str) -> None:
    page.goto(site.below + start)
    first = {}
    for words, _ in ASKED[start]:
        page.fill("#q", words)
        page.locator(f'[data-search-results][data-q="{words}"]').wait_for(state="attached")
        links = page.locator(".search__results a")
        first[words] = urljoin(page.url, str(links.first.get_attribute("href"))) if links.count() else ""
        if words in TOLD:  # who tells what happens to her is led to services, not to figures
            second = urljoin(page.url, str(links.nth(1).get_attribute("href"))).removeprefix(site.below)
            assert not re.match(r"(en/)?(temas|tablas|graficas)/", second), (words, second)
    assert {words: found.removeprefix(site.below) for words, found in first.items()} == dict(ASKED[start])
    assert len(ASKED["buscar.html"]) >= 40


def test_the_beginning_of_a_word_finds_it_while_it_is_typed_and_nothing_else(site: Site, page: Page) -> None:
    page.goto(site.below + "buscar.html")
    assert "obligaciones.html" in " ".join(search(page, "obligaci"))
    assert search(page, "gratisx") == search(page, "gratis"), "one letter too many"
    assert search(page, "grxtqs") == []


def test_tables_in_the_results_are_told_apart_by_what_they_count(site: Site, page: Page) -> None:
    page.goto(site.below + "buscar.html")
    search(page, "usuarias")
    said = page.locator(".search__results li p").all_inner_texts()
    tables = [text for text in said if " · " in text]
    assert len(tables) > 5
    assert len({*tables}) == len(tables)


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
    assert not [path for path in asked if "search-" in path or "vega" in path]
    asked.clear()
    page.fill("#q", words)
    page.locator(f'[data-search-results][data-q="{words}"]').wait_for(state="attached")
    assert page.locator(".search__results li").count() > 1
    assert [path for path in asked if "assets/search-" in path]
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
    page.route("**/assets/search-*", lambda route: route.abort())
    page.fill("#q", "riesgo")
    failed = page.evaluate("celosia.words.search_failed")
    expect(page.locator("[data-search-status]")).to_have_text(failed)
    page.unroute("**/assets/search-*")
    assert search(page, "riesgos")


def test_it_finds_the_same_from_a_folder_as_from_a_host(site: Site, page: Page) -> None:
    for start in ("buscar.html", "en/buscar.html"):
        found = []
        for base in (site.url, site.folder.as_uri() + "/"):
            page.goto(base + start)
            words = "Violéncia" if start == "buscar.html" else "violence"
            found.append([urljoin(page.url, link).removeprefix(base) for link in search(page, words)])
        assert found[0] == found[1] != []


def test_the_index_of_the_page_names_every_page(site: Site, page: Page) -> None:
    for start, language in (("buscar.html", site.languages[0]), ("en/buscar.html", site.languages[1])):
        page.goto((site.folder / start).as_uri())
        links = page.locator("[data-search-index] a").evaluate_all("a => a.map(x => x.href)")
        apart = {"404.html", "buscar.html", "mapa.html", "index.html"}
        kept = (
            "graficas/",
            "ediciones/",
        )  # pages of charts and editions are reached from those of topics and of open data
        found = (name for name in site.by_language[language] if not name.removeprefix("en/").startswith(kept))
        due = {Path(name).name for name in found} - apart
        assert {Path(str(link)).name for link in links} >= due
