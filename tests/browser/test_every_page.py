"""What holds for every page in both languages, seen in one visit: nothing leaves the host, nothing is stored, nothing is
said on the console, nothing is wider than the window, and a click or Shift three times covers it.

A few pages of each kind are visited, each in one of the four modes (width and colours) and one of its languages; in the long
run all of them in both. What can be read from a page as it is written is asked of every one.
What axe finds is asked in test_accessibility.py: of every kind of page, and of every page in the long run.
"""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import pairwise

import pytest
from playwright.sync_api import Browser, Page, TimeoutError

from tests.browser.conftest import MODES, PATIENCE, WIDER, Site

pytestmark = pytest.mark.browser

SHARES = 8
"""The visits are shared out over this many tests, so that workers can share them too."""
VISIT = """
window.refused = [];
document.addEventListener('securitypolicyviolation', e => refused.push(`${e.violatedDirective} ${e.blockedURI}`));
"""
KEPT = """
async () => [
  ...Object.keys(localStorage), ...Object.keys(sessionStorage),
  ...(document.cookie ? ['cookie'] : []),
  ...(await indexedDB.databases()).map(d => d.name),
  ...('caches' in window ? await caches.keys() : []),
  ...(navigator.serviceWorker ? (await navigator.serviceWorker.getRegistrations()).map(r => r.scope) : []),
]
"""
SEEN = f"async () => ({{refused, stored: await ({KEPT})(), wide: ({WIDER})()}})"
SHOWN = "document.querySelector('main').checkVisibility({visibilityProperty: true, opacityProperty: true})"
LEFT = f"() => [{SHOWN} || !document.querySelector('.leaving'), document.title]"
BACK = f"""
() => {{
  dispatchEvent(new PageTransitionEvent('pageshow', {{persisted: true}}));
  return [{SHOWN} && !document.querySelector('.leaving'), document.title];
}}
"""
MEASURES = 80 * 1024


def _visits(names: list[str], share: int) -> list[str]:
    """The pages of a share, two by two: languages take turns, and a share has its mode, MODES[share % 4], for all of them."""
    return [name for number, name in enumerate(names) if number // 2 % SHARES == share]


@pytest.mark.parametrize("share", range(SHARES))
def test_every_page_keeps_its_promises(site: Site, several: list[str], browser: Browser, share: int) -> None:
    width, scheme = MODES[share % len(MODES)]
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, locale="es-MX")
    context.route(re.compile(r"^https://"), lambda route: route.fulfill(status=204))  # the exit leads nowhere
    page = context.new_page()
    page.add_init_script(VISIT)
    found: dict[str, list[str]] = defaultdict(list)
    here, asked = "", set[str]()
    page.on("request", lambda request: asked.add(request.url))
    page.on("console", lambda message: found["console"].append(f"{here}: {message.text}"))
    page.on("pageerror", lambda error: found["console"].append(f"{here}: {error}"))
    for here in _visits(several, share):
        asked.clear()
        page.goto(site.url + here)
        outside = [url for url in asked if not url.startswith((site.url, "data:"))]
        found["outside"] += [f"{here}: {url}" for url in outside]
        size = sum(site.packed(url.removeprefix(site.url).partition("#")[0]) for url in asked if url not in outside)
        if size > MEASURES:
            found["heavy"].append(f"{here}: {size}")
        for name, all_said in page.evaluate(SEEN).items():
            found[name] += [f"{here}: {said}" for said in all_said]
        title = page.title()
        for way in ("Shift", "click"):
            try:
                with page.expect_request(re.compile(r"^https://"), timeout=PATIENCE):
                    if way == "click":
                        page.click("[data-exit]", no_wait_after=True)
                    else:
                        for _ in range(3):
                            page.keyboard.press("Shift")
            except TimeoutError:
                found["exit"].append(f"{here}: {way} leads nowhere")
            shown, said = page.evaluate(LEFT)
            if shown or said == title:
                found["exit"].append(f"{here}: {way}")
            if page.evaluate(BACK) != [True, title]:
                found["exit"].append(f"{here}: the page does not come back after {way}")
    found["stored"] += [str(cookie) for cookie in context.cookies()]
    context.close()
    assert here, "a share without pages would prove nothing"
    assert {name: said for name, said in found.items() if said} == {}


def test_every_page_has_the_policy_its_language_and_one_title(site: Site) -> None:
    for language, names in site.by_language.items():
        titles: dict[str, str] = {}
        for name in names:
            html = site.html(name)
            assert f'<html lang="{language}"' in html, name
            assert "default-src 'self'" in html, name
            assert "unsafe-inline" not in html, name
            assert "unsafe-eval" not in html.replace("wasm-unsafe-eval", ""), name
            assert '<meta name="referrer" content="no-referrer">' in html, name
            assert not re.search(r'<[^>]* (style="|on[a-z]+=)', html), name
            assert not re.search(r'tabindex="?[1-9]', html), f"{name}: an order of its own for the tab key"
            scripts = re.findall(r"<script[^>]*\bsrc=[^>]*>", html)
            assert scripts, name
            assert all(" defer" in script for script in scripts), f"{name}: a script blocks the first paint"
            assert re.search(r'<meta name="description" content="[^"]{10,}', html) or name.endswith("404.html"), name
            title = re.findall(r"<title>\s*(.*?)\s*</title>", html)[0]
            assert title not in titles, f"{name} and {titles.get(title)} have one title"
            titles[title] = name


def test_the_menu_says_where_the_reader_is_and_no_figure_parts_from_its_sign(site: Site) -> None:
    apart = ("index.html", "404.html", "buscar.html", "mapa.html")
    for name in site.pages:
        html = site.html(name)
        (menu,) = re.findall(r'<nav class="menu".*?</nav>', html, re.DOTALL)
        outside = name.removeprefix("en/") in apart
        assert menu.count('aria-current="true"') == (0 if outside else 1), name
        text = re.sub(r"<script.*?</script>|<[^>]*>", "", html, flags=re.DOTALL)
        assert not re.search(r"\d[ \n]%", text), name
        assert not (name.startswith("en/") and re.search(r"\d\u00a0%", text)), name


def test_headings_do_not_skip_a_level_and_there_is_one_first(site: Site) -> None:
    for name in site.pages:
        levels = [int(n) for n in re.findall(r"<h([1-6])\b", site.html(name))]
        assert levels.count(1) == 1, name
        assert all(b - a <= 1 for a, b in pairwise(levels)), name


def test_both_languages_have_the_same_pages(site: Site) -> None:
    first, *others = site.by_language.values()
    for code, names in zip(site.languages[1:], others, strict=True):
        assert {name.removeprefix(f"{code}/") for name in names} == set(first)


def test_only_the_theme_is_kept(site: Site, page: Page) -> None:
    page.goto(site.url + "index.html")
    page.click("[data-theme-button]")
    assert page.evaluate(KEPT) == ["theme"]
    chosen = page.evaluate("document.documentElement.dataset.theme")
    page.goto(site.url + "metodologia.html")
    assert page.evaluate("document.documentElement.dataset.theme") == chosen
