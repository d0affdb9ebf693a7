"""The promises of the site, each in a real browser and on the whole built site."""

from __future__ import annotations

import csv
import gzip
import re
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route

from tests.browser.conftest import Site

pytestmark = pytest.mark.browser

KINDS = (
    "index.html",
    "temas/index.html",
    "temas/violencia.html",
    "tablas/index.html",
    "tablas/nivel_de_riesgo.html",
    "juridica.html",
    "seguridad.html",
    "metodologia.html",
    "datos-abiertos.html",
    "calidad.html",
    "buscar.html",
    "mapa.html",
    "explorador.html",
    "en/index.html",
    "en/temas/usuarias.html",
    "404.html",
)
"""One page of every kind."""
LOOKED_AT_TWICE = ("index.html", "temas/violencia.html", "tablas/servicios_por_modulo.html", "explorador.html")
"""Kinds whose colours and places depend on width and theme at once."""


def _axe() -> str:
    found = find_spec("axe_playwright_python")
    assert found is not None
    assert found.origin is not None
    return (Path(found.origin).parent / "axe.min.js").read_text(encoding="utf-8")


# 1. leaving ----------------------------------------------------------------------------------------------------------


def _neutral(context: BrowserContext, left: list[str]) -> None:
    """Answers for the neutral page, so that no test needs a network."""

    def answer(route: Route) -> None:
        left.append(route.request.url)
        route.fulfill(status=200, content_type="text/html", body="<title>neutral</title>")

    context.route(re.compile(r"^https://"), answer)


def test_exit_by_click_replaces_the_page(site: Site, context: BrowserContext, page: Page) -> None:
    left: list[str] = []
    _neutral(context, left)
    page.goto("about:blank")
    page.goto(site.url + "seguridad.html")
    page.click("[data-exit]")
    page.wait_for_url("https://**")
    assert len(left) == 1
    page.go_back()
    assert page.url == "about:blank", "the page that was left must not be one step back"


def test_exit_by_shift_three_times_and_not_by_capital_letters(site: Site, context: BrowserContext, page: Page) -> None:
    left: list[str] = []
    _neutral(context, left)
    page.goto(site.url + "buscar.html")
    page.focus("#q")
    for letter in ("A", "B", "C", "D"):
        page.keyboard.press(f"Shift+{letter}")
    assert not left
    page.keyboard.press("Shift")
    page.keyboard.press("Shift")
    assert page.get_attribute("#salir", "data-count") == "2"
    assert page.inner_text("[data-exit-status]").strip()
    page.keyboard.press("Shift")
    page.wait_for_url("https://**")
    assert len(left) == 1


def test_exit_forgets_presses_that_are_far_apart(site: Site, page: Page) -> None:
    page.clock.install()
    page.goto(site.url + "index.html")
    page.keyboard.press("Shift")
    page.keyboard.press("Shift")
    page.clock.run_for(5100)
    assert page.get_attribute("#salir", "data-count") is None


def test_exit_covers_the_page_at_once(site: Site, context: BrowserContext, page: Page) -> None:
    context.route(re.compile(r"^https://"), lambda route: route.fulfill(status=204))  # leads nowhere: the page stays
    page.goto(site.url + "index.html")
    page.click("[data-exit]", no_wait_after=True)
    assert not page.is_visible("main")
    assert page.is_visible(".leaving")


def test_exit_works_without_scripts_on_every_page(site: Site, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    for name in KINDS:
        page.goto(site.url + name)
        link = page.locator("[data-exit]")
        assert link.is_visible()
        assert str(link.get_attribute("href")).startswith("https://")
    context.close()
    for name in site.pages:
        assert 'class="exit__link" href="https://' in (site.folder / name).read_text(encoding="utf-8"), name


def test_exit_is_next_to_the_skip_link_in_the_tab_order_and_stays_in_sight(site: Site, page: Page) -> None:
    page.goto(site.url + "temas/servicios.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "exit__link"
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    box = page.locator(".exit__link").bounding_box()
    assert box is not None
    assert 0 <= box["y"] < 800


def test_helplines_can_be_called_from_every_page(site: Site) -> None:
    for name in site.pages:
        assert len(re.findall(r'href="tel:[+0-9*#]+"', (site.folder / name).read_text(encoding="utf-8"))) >= 3, name


# 2. no third party ---------------------------------------------------------------------------------------------------


def test_no_request_leaves_the_host_and_nothing_is_stored(site: Site, context: BrowserContext, page: Page) -> None:
    outside: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: outside.append(request.url) if not request.url.startswith(site.url) else None)
    page.on("console", lambda message: said.append(f"{page.url}: {message.text}") if message.type != "log" else None)
    page.on("pageerror", lambda error: said.append(f"{page.url}: {error}"))
    page.add_init_script(
        "document.addEventListener('securitypolicyviolation', e => console.error('policy', e.violatedDirective))"
    )
    for name in site.pages:
        page.goto(site.url + name)
    assert [url for url in outside if not url.startswith("blob:")] == []
    assert said == []
    assert context.cookies() == []
    assert page.evaluate("[localStorage.length, sessionStorage.length, navigator.serviceWorker ? 1 : 0]")[:2] == [0, 0]


def test_only_the_theme_is_kept(site: Site, page: Page) -> None:
    page.goto(site.url + "index.html")
    page.click("[data-theme-button]")
    assert page.evaluate("Object.keys(localStorage)") == ["theme"]
    chosen = page.evaluate("document.documentElement.dataset.theme")
    page.goto(site.url + "metodologia.html")
    assert page.evaluate("document.documentElement.dataset.theme") == chosen


def test_every_page_has_the_policy_and_sends_no_referrer(site: Site) -> None:
    for name in site.pages:
        html = (site.folder / name).read_text(encoding="utf-8")
        assert "default-src 'self'" in html, name
        assert "unsafe-inline" not in html, name
        assert "unsafe-eval" not in html.replace("wasm-unsafe-eval", ""), name
        assert '<meta name="referrer" content="no-referrer">' in html, name
        assert ' style="' not in html, name


# 3. without scripts --------------------------------------------------------------------------------------------------


def test_charts_and_tables_are_there_without_scripts(site: Site, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site.url + "temas/servicios.html")
    figures = page.locator("figure.chart")
    assert figures.count() >= 3
    for number in range(figures.count()):
        figure = figures.nth(number)
        assert figure.locator("svg").first.is_visible()
        assert figure.locator("svg title").first.text_content()
        assert figure.locator("svg desc").first.text_content()
        assert figure.locator("figcaption").inner_text().strip()
        assert figure.locator("table").count() == 1
        assert figure.locator("a[href$='.csv']").count() == 1
        assert not figure.locator("[data-interactive]").is_visible()
    context.close()


def test_a_page_table_says_what_the_published_file_says(site: Site, page: Page) -> None:
    for table in sorted((site.folder / "datos" / "ultima" / "tables").glob("*.csv")):
        with table.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        measures = [name for name in rows[0] if name not in ("obs_status", "conf_status")][-1:]
        page.goto(f"{site.url}tablas/{table.stem}.html")
        shown = page.locator("table.data--full tbody tr:not(.group) td:last-child").all_inner_texts()
        expected = [
            "[c]" if row["obs_status"] == "Q" else f"{int(row[measures[0]]):,}" if row[measures[0]] else "–"
            for row in rows
        ]
        assert sorted(shown) == sorted(expected), table.stem


# 4. light ------------------------------------------------------------------------------------------------------------


def test_first_view_of_every_page_is_light(site: Site) -> None:
    def packed(path: Path) -> int:
        return len(gzip.compress(path.read_bytes(), 6))

    shared = sum(packed(site.folder / "assets" / name) for name in ("site.css", "site.js", "icon.svg", "lattice.svg"))
    heavy = {name: size for name in site.pages if (size := packed(site.folder / name) + shared) > 80 * 1024}
    assert heavy == {}


@pytest.mark.slow  # waits on a worker: not steady on a loaded machine
def test_search_and_charts_are_fetched_only_on_use(site: Site, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(site.url + "buscar.html", wait_until="networkidle")
    page.goto(site.url + "temas/servicios.html", wait_until="networkidle")
    assert not [url for url in asked if "pagefind" in url or "vega" in url]


# 5. accessible -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("width", "scheme", "names"),
    [(360, "light", KINDS), (1280, "dark", KINDS), (360, "dark", LOOKED_AT_TWICE), (1280, "light", LOOKED_AT_TWICE)],
    ids=["360-light", "1280-dark", "360-dark", "1280-light"],
)
def test_axe_finds_nothing(site: Site, browser: Browser, width: int, scheme: Any, names: tuple[str, ...]) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True)
    page, axe, found = context.new_page(), _axe(), []
    for name in names:
        page.goto(site.url + name)
        page.evaluate("document.querySelectorAll('main details').forEach(d => { d.open = true })")
        page.evaluate(axe)
        result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        found += [f"{name}: {v['id']} {v['nodes'][0]['target']}" for v in result["violations"]]
    context.close()
    assert found == []


@pytest.mark.parametrize("name", KINDS)
def test_nothing_is_wider_than_a_phone(site: Site, browser: Browser, name: str) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(site.url + name)
    wide = page.evaluate(
        "[...document.querySelectorAll('main *')].filter(e => !e.closest('.scroll, pre, svg, .hero, table') && "
        "e.getBoundingClientRect().right > 361 && e.offsetParent).map(e => e.tagName + '.' + e.className)"
    )
    context.close()
    assert wide == []


def test_the_first_screen_of_a_phone_answers(site: Site, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(site.url + "index.html")
    for what in ("h1", ".answers > div:nth-child(1)", ".answers > div:nth-child(3)", ".hero__do a", ".exit__link"):
        box = page.locator(what).first.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 740, what
    context.close()


def test_headings_do_not_skip_a_level_and_there_is_one_first(site: Site) -> None:
    for name in site.pages:
        levels = [int(n) for n in re.findall(r"<h([1-6])\b", (site.folder / name).read_text(encoding="utf-8"))]
        assert levels.count(1) == 1, name
        assert all(b - a <= 1 for a, b in pairwise(levels)), name


def test_tables_are_sorted_by_keyboard(site: Site, page: Page) -> None:
    page.goto(site.url + "tablas/servicios_por_area.html")
    head = page.locator("table.data--full thead th").last
    head.locator("button").focus()
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "descending"
    first = page.locator("table.data--full tbody").first.locator("td:last-child").all_inner_texts()
    numbers = [int(text.replace(",", "")) for text in first if text != "[c]"]
    assert numbers == sorted(numbers, reverse=True)
    assert first[: len(numbers)] == [f"{n:,}" for n in numbers], "what is withheld stands last"


# 6. search -----------------------------------------------------------------------------------------------------------


def _search(page: Page, words: str) -> list[str]:
    page.fill("#q", words)
    page.wait_for_function("q => document.querySelector('[data-search-results]').dataset.q === q", arg=words)
    return [str(a.get_attribute("href")) for a in page.locator(".search__results a").all()]


@pytest.mark.slow  # waits on a worker: not steady on a loaded machine
@pytest.mark.parametrize("start", ["url", "below"])
def test_search_finds_accents_and_plurals_alike(site: Site, page: Page, start: str) -> None:
    page.goto(getattr(site, start) + "buscar.html")
    plain, accented = _search(page, "atencion"), _search(page, "atención")
    assert plain
    assert set(plain) == set(accented)
    assert set(_search(page, "servicio")) & set(_search(page, "servicios"))
    for link in plain:
        assert page.request.get(urljoin(page.url, link)).ok, link
    assert _search(page, "zzzzqq") == []
    assert page.inner_text("[data-search-status]").strip()


@pytest.mark.slow  # waits on a worker: not steady on a loaded machine
def test_search_in_english_finds_english_pages(site: Site, page: Page) -> None:
    page.goto(site.url + "en/buscar.html")
    found = _search(page, "legal")
    assert found
    assert all("/en/" in link for link in found)


# 7. traceable --------------------------------------------------------------------------------------------------------


def test_every_chart_and_card_says_where_it_comes_from(site: Site) -> None:
    for name in site.pages:
        html = (site.folder / name).read_text(encoding="utf-8")
        for figure in re.findall(r'<figure class="chart".*?</figure>', html, re.DOTALL):
            assert re.search(r'class="trace"[^>]*>[^<]*\d{4}-T\d', figure), name
            assert re.search(r"datos/\d{4}-T\d[^/]*/tables/[a-z0-9_]+\.csv", figure), name
            assert 'class="chart__unit"' in figure, name
        for card in re.findall(r'<section class="card".*?</section>', html, re.DOTALL):
            assert "tablas/" in card, name


# beyond --------------------------------------------------------------------------------------------------------------


def test_every_link_of_the_site_resolves(site: Site) -> None:
    ids = {
        name: set(re.findall(r'\bid="([^"]+)"', (site.folder / name).read_text(encoding="utf-8")))
        for name in site.pages
    }
    broken = []
    for name in site.pages:
        html = (site.folder / name).read_text(encoding="utf-8")
        html = re.sub(r"<script.*?</script>", "", html, flags=re.DOTALL)
        for link in re.findall(r'\b(?:href|src)="([^"]*)"', html):
            parts = urlsplit(link)
            if parts.scheme or link.startswith("//"):
                continue
            path = unquote(parts.path)
            start = "/" if path.startswith("/") else f"/{name}"
            target = urljoin(start, path).lstrip("/") if path else name
            aimed = parts.fragment and "=" not in parts.fragment and target in ids
            if not (site.folder / target).is_file() or (aimed and parts.fragment not in ids[target]):
                broken.append(f"{name}: {link}")
    assert broken == []


def test_both_languages_have_the_same_pages(site: Site) -> None:
    spanish = {name for name in site.pages if not name.startswith("en/")}
    english = {name.removeprefix("en/") for name in site.pages if name.startswith("en/")}
    assert spanish == english


@pytest.mark.parametrize("start", ["url", "below", "disk"])
def test_the_site_works_from_a_host_from_a_folder_and_from_disk(site: Site, page: Page, start: str) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    address = site.folder.as_uri() + "/" if start == "disk" else getattr(site, start)
    page.goto(address + "index.html")
    assert page.evaluate("getComputedStyle(document.querySelector('.exit')).position") == "fixed"
    page.click(".menu li:nth-child(2) a")
    assert page.url.endswith("temas/index.html")
    page.click(".doors a >> nth=0")
    page.locator("[data-interactive]").first.click()
    page.wait_for_selector(".chart__live svg")
    page.locator(".tool[hreflang=en]").click()
    assert "/en/temas/" in page.url
    page.goto(address + "explorador.html")
    page.wait_for_selector(".explorer tbody td")
    assert said == []


def test_an_interactive_chart_comes_on_demand_under_the_policy(site: Site, page: Page) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.goto(site.url + "temas/violencia.html")
    buttons = page.locator("[data-interactive]")
    for number in range(buttons.count()):
        buttons.nth(number).focus()
        page.keyboard.press("Enter")
        page.locator("figure.chart").nth(number).locator(".chart__live svg").wait_for()
    assert said == []
    buttons.first.click()
    assert page.locator("figure.chart").first.locator(".chart__draw svg").first.is_visible()


def test_explorer_shows_exactly_what_it_shares_and_saves(site: Site, page: Page, context: BrowserContext) -> None:
    page.goto(site.url + "explorador.html#t=servicios_por_area&r=area&c=periodo&m=usuarias&l=years")
    page.wait_for_selector(".explorer tbody td")
    with page.expect_download() as waiting:
        page.locator(".explorer__do button").first.click()
    saved = list(csv.reader(waiting.value.path().read_text(encoding="utf-8").splitlines()))
    with (site.folder / "datos" / "ultima" / "tables" / "servicios_por_area.csv").open(encoding="utf-8") as stream:
        published = {(row["area"], row["periodo"]): row["usuarias"] for row in csv.DictReader(stream)}
    assert saved[0][0] == "area"
    for line in saved[1:]:
        for period, value in zip(saved[0][1:], line[1:], strict=True):
            assert published[line[0], period] == value
    shown = page.locator(".explorer tbody td").all_inner_texts()
    assert [text.replace(",", "").replace("[c]", "") for text in shown] == [
        value for line in saved[1:] for value in line[1:]
    ]
    page.select_option("#x-m", "servicios")
    page.wait_for_function("location.hash.includes('m=servicios')")
    address, now = page.url, page.locator(".explorer tbody").inner_text()
    again = context.new_page()
    again.goto(address)
    again.wait_for_selector(".explorer tbody td")
    assert again.locator(".explorer tbody").inner_text() == now


def test_explorer_goes_on_without_a_network(site: Site, page: Page, context: BrowserContext) -> None:
    page.goto(site.url + "explorador.html", wait_until="networkidle")
    context.set_offline(True)
    page.select_option("#x-t", "tipos_de_violencia")
    page.wait_for_function("document.querySelector('.explorer caption').textContent.includes('iolencia')")
    assert page.locator(".explorer tbody td").count() > 3


def test_a_lost_page_leads_back(site: Site, page: Page) -> None:
    answer = page.goto(site.url + "no/existe.html")
    assert answer is not None
    assert answer.status == 404
    assert page.locator("main a").count() >= 3
    assert page.evaluate("getComputedStyle(document.querySelector('.exit')).position") == "fixed"


def test_every_edition_stays_at_its_address(site: Site) -> None:
    for edition in site.editions:
        for path in edition.rglob("*"):
            if path.is_file():
                served = site.folder / "datos" / edition.name / path.relative_to(edition)
                assert served.read_bytes() == path.read_bytes()


def test_no_title_names_what_the_reader_came_for_on_the_safety_page(site: Site, page: Page) -> None:
    for name in ("seguridad.html", "en/seguridad.html"):
        page.goto(site.url + name)
        assert not re.search(r"violen|agres|denunci|abus", page.title(), re.IGNORECASE)
