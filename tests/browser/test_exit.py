"""Leaving: one click or Shift three times, on every page, with and without scripts; help at hand on every page."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route

from tests.browser.conftest import Site

pytestmark = pytest.mark.browser


@pytest.fixture
def left(context: BrowserContext) -> list[str]:
    """Addresses that the reader left for; answers for the neutral page, so that no test needs a network."""
    found: list[str] = []

    def answer(route: Route) -> None:
        found.append(route.request.url)
        route.fulfill(status=200, content_type="text/html", body="<title>neutral</title>")

    context.route(re.compile(r"^https://"), answer)
    return found


@pytest.fixture
def plain(browser: Browser) -> Iterator[Page]:
    """A page whose browser runs no scripts and for which every other host answers something neutral."""
    context = browser.new_context(java_script_enabled=False)
    context.route(
        re.compile(r"^https://"),
        lambda route: route.fulfill(status=200, content_type="text/html", body="<title>neutral</title>"),
    )
    yield context.new_page()
    context.close()


def test_a_click_replaces_the_page(site: Site, page: Page, left: list[str]) -> None:
    page.goto("about:blank")
    page.goto(site.url + "seguridad.html")
    page.click("[data-exit]")
    page.wait_for_url("https://**")
    assert len(left) == 1
    page.go_back()
    assert page.url == "about:blank", "the page that was left must not be one step back"


def test_shift_three_times_and_not_capital_letters(site: Site, page: Page, left: list[str]) -> None:
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


def test_presses_that_are_far_apart_are_forgotten(site: Site, page: Page) -> None:
    page.clock.install()
    page.goto(site.url + "index.html")
    page.keyboard.press("Shift")
    page.keyboard.press("Shift")
    page.clock.run_for(5100)
    assert page.get_attribute("#salir", "data-count") is None


def test_coming_back_shows_the_page_again(site: Site, context: BrowserContext, page: Page) -> None:
    context.route(re.compile(r"^https://"), lambda route: route.fulfill(status=204))  # leads nowhere: the page stays
    page.goto(site.url + "index.html")
    title = page.title()
    page.click("[data-exit]", no_wait_after=True)
    page.wait_for_selector(".leaving", state="attached")
    assert page.title() != title
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    assert page.is_visible("main")
    assert page.locator(".leaving").count() == 0
    assert page.title() == title


def test_it_works_without_scripts(site: Site, names: list[str], plain: Page) -> None:
    for name in names:
        plain.goto(site.url + name)
        plain.click("[data-exit]")
        plain.wait_for_url("https://**")


def test_every_page_has_the_plain_link_and_helplines(site: Site) -> None:
    for name in site.pages:
        html = site.html(name)
        assert html.index('class="skip"') < html.index('class="exit__link" href="https://') < html.index("<header"), (
            name
        )
        lines = re.findall(r'<ul class="help__lines">.*?</ul>', html, re.DOTALL)
        assert len(re.findall(r'href="tel:[+0-9*#]+"', lines[0])) >= 3, name
        assert not re.search(r"debe confirmar|must confirm", html), f"{name}: a note for the office"


def test_it_is_next_to_the_skip_link_and_stays_in_sight(site: Site, page: Page) -> None:
    for name in site.kinds:
        page.goto(site.url + name)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip", name
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "exit__link", name
        page.evaluate("scrollTo({top: document.body.scrollHeight, behavior: 'instant'})")
        box = page.locator(".exit__link").bounding_box()
        assert box is not None
        assert 0 <= box["y"] < 800, name


TELLING = r"viol|agres|aggres|denunci|abus|maltrat|delito|crime|offence|riesgo|risk|v[ií]ctim|protecci|protection|golpe|assault"


def test_no_title_and_no_address_tells_the_history_what_the_reader_came_for(site: Site) -> None:
    for name in site.pages:
        assert not re.search(TELLING, name, re.IGNORECASE), name
        (title,) = re.findall(r"<title>\s*(.*?)\s*</title>", site.html(name))
        assert not re.search(TELLING, title, re.IGNORECASE), f"{name}: {title}"


def test_the_safety_page_says_that_history_stays(site: Site) -> None:
    assert re.search(r"\bno borra", site.html("seguridad.html"))
    assert re.search(r"does not (erase|delete|clear)", site.html("en/seguridad.html"))
