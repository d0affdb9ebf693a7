"""The explorer: what it shows is what it saves and what its address says; it goes on without a network and from disk."""

from __future__ import annotations

import csv
from urllib.parse import parse_qsl

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Site

pytestmark = pytest.mark.browser


def _saved(page: Page) -> list[list[str]]:
    with page.expect_download() as waiting:
        page.locator("[data-download]").click()
    return list(csv.reader(waiting.value.path().read_text(encoding="utf-8").splitlines()))


VIEWS = [
    ("explorador.html", "t=servicios_por_area&r=area&c=periodo&m=usuarias&l=years"),
    (
        "en/explorador.html",
        "t=usuarias_por_situacion_conyugal&r=situacion_conyugal&c=hijas_hijos&m=usuarias&f.periodo=2025",
    ),
    ("explorador.html", "t=usuarias_por_edad&r=grupo_edad&c=periodo&m=servicios&l=years&f.area=juridica"),
    ("en/explorador.html", "t=tipos_de_violencia&r=periodo&c=&m=menciones&l=quarters&f.tipo_violencia=patrimonial"),
]
"""Page and view: two years side by side, a pivot with withheld figures, a filter, one column."""


def _view(page: Page) -> list[list[str]]:
    """What stands in the table of the page: the code of each row and its figures."""
    rows = page.locator(".explorer tbody tr").all()
    return [[str(row.get_attribute("data-code")), *row.locator("td").all_inner_texts()] for row in rows]


@pytest.mark.parametrize(("start", "wanted"), VIEWS)
def test_it_shows_exactly_what_is_published_and_what_it_saves(site: Site, page: Page, start: str, wanted: str) -> None:
    page.goto(f"{site.url}{start}#{wanted}")
    page.wait_for_selector(".explorer tbody td")
    asked = dict(parse_qsl(wanted, keep_blank_values=True))
    with (site.folder / "datos" / "ultima" / "tables" / f"{asked['t']}.csv").open(encoding="utf-8") as stream:
        published = {
            (row[asked["r"]], row[asked["c"]] if asked["c"] else asked["m"]): "[c]"
            if row["obs_status"] == "Q"
            else row[asked["m"]]
            for row in csv.DictReader(stream)
            if all(row[key[2:]] == code for key, code in asked.items() if key.startswith("f."))
        }
    (head, *saved) = _saved(page)
    assert head[0] == asked["r"]
    assert len(saved) > 2
    for line in saved:
        for column, value in zip(head[1:], line[1:], strict=True):
            assert published[line[0], column] == value
    shown = [[row[0], *(text.replace(",", "") for text in row[1:])] for row in _view(page)]
    assert shown == saved
    withheld = any("[c]" in line for line in saved)
    assert withheld == ("conyugal" in wanted or "patrimonial" in wanted), "a case of each"
    assert page.locator(".explorer .legend").count() == withheld


def test_a_view_comes_back_by_its_address(site: Site, page: Page, context: BrowserContext) -> None:
    start, wanted = VIEWS[1]
    page.goto(f"{site.url}{start}")
    page.wait_for_selector(".explorer tbody td")
    before = _view(page)
    page.evaluate("view => { location.hash = view }", wanted)
    expect(page.locator(".explorer tbody tr")).not_to_have_count(len(before))
    asked = _view(page)
    page.select_option("#x-m", "servicios")
    page.wait_for_function("location.hash.includes('m=servicios')")
    expect(page.locator(".explorer caption")).to_contain_text("Services")
    now = _view(page)
    assert now != asked
    again = context.new_page()
    again.goto(page.url)
    again.wait_for_selector(".explorer tbody td")
    assert _view(again) == now
    page.go_back()
    expect(page.locator(".explorer tbody tr")).to_have_count(len(before))
    assert _view(page) == before


def test_an_address_that_asks_for_what_is_not_there_shows_a_table_still(site: Site, page: Page) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.goto(site.url + "explorador.html#t=otra&r=nada&c=nada&m=nada&l=siglos&f.area=luna&f.nada=1&%F0%F0")
    page.wait_for_selector(".explorer tbody td")
    assert _view(page)
    assert said == []


def test_a_view_says_where_it_comes_from_and_its_file_what_it_holds(site: Site, page: Page) -> None:
    for start, wanted in VIEWS[2], VIEWS[1]:
        page.goto(f"{site.url}{start}#{wanted}")
        page.wait_for_selector(".explorer tbody td")
        edition = site.editions[-1].name
        assert edition in page.locator(".explorer .trace").inner_text()
        link = page.locator(".explorer a[href*='tablas/']").first
        asked = dict(parse_qsl(wanted))
        assert str(link.get_attribute("href")).endswith(f"/{asked['t']}.html")
        assert page.request.get(link.evaluate("a => a.href")).ok
        with page.expect_download() as waiting:
            page.locator("[data-download]").click()
        name = waiting.value.suggested_filename
        parts = [asked["t"], asked["m"], *(f"{k[2:]}-{v}" for k, v in asked.items() if k.startswith("f.")), edition]
        assert name == ".".join([*parts, "csv"])


@pytest.mark.parametrize(("start", "wanted"), VIEWS)
def test_its_chart_is_that_of_the_view_and_answers_to_keys(site: Site, page: Page, start: str, wanted: str) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.goto(f"{site.url}{start}#{wanted}")
    page.wait_for_selector(".explorer tbody td")
    page.locator("[data-chart]").press("Enter")
    live = page.locator(".explorer .chart__live")
    live.locator("svg").wait_for()
    live.focus()
    for key, row in (
        ("Home", page.locator(".explorer tbody tr").first),
        ("End", page.locator(".explorer tbody tr").last),
    ):
        page.keyboard.press(key)
        name, figure = row.locator("th").inner_text(), row.locator("td").first.inner_text()
        told = live.locator("[role=status]").inner_text()
        assert told.startswith(f"{name} · ")
        assert told.endswith(f": {figure}")
    held = page.locator(".explorer tbody td", has_text="[c]").count()
    assert live.locator("svg text", has_text="[c]").count() == held
    assert said == []


def test_what_is_sorted_is_saved_in_that_order(site: Site, page: Page) -> None:
    page.goto(site.url + "en/explorador.html#t=vinculo_con_agresor&r=vinculo_agresor&c=periodo&m=usuarias&l=years")
    page.wait_for_selector(".explorer tbody td")
    before = _saved(page)
    page.locator(".explorer thead button").last.click()
    after = _saved(page)
    numbers = [int(line[-1]) for line in after[1:] if line[-1].isdigit()]
    assert numbers == sorted(numbers, reverse=True)
    assert after != before
    assert sorted(after) == sorted(before)


@pytest.mark.parametrize("start", ["explorador.html", "en/explorador.html"])
def test_it_goes_on_without_a_network_with_every_table(
    site: Site, page: Page, context: BrowserContext, start: str
) -> None:
    page.goto(site.url + start, wait_until="networkidle")
    context.set_offline(True)
    tables = page.locator("#x-t option").evaluate_all("all => all.map(o => [o.value, o.textContent])")
    assert len(tables) == len(list((site.editions[-1] / "tables").glob("*.csv")))
    for table, title in tables:
        page.select_option("#x-t", table)
        expect(page.locator(".explorer caption")).to_contain_text(title)
        assert page.locator(".explorer tbody td").count() >= 2, table
