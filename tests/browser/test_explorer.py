"""The explorer: what it shows is what it saves and what its address says; it asks for the one table that it shows."""

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
    ("en/explorador.html", "t=redes_de_apoyo&r=periodo&c=&m=menciones&l=quarters&f.red_apoyo=amistades"),
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
    assert head[:2] == [asked["r"], f"{asked['r']}_{'label' if start.startswith('en') else 'etiqueta'}"]
    assert len(saved) > 2
    labels = page.locator(".explorer thead th").all_inner_texts()[1:]
    assert [line[1] for line in saved] == page.locator(".explorer tbody th").all_inner_texts()
    for line in saved:
        for column, label, value in zip(head[2:], labels, line[2:], strict=True):
            code, _, beside = column.partition(" (")
            assert published[line[0], code] == value
            assert beside in ("", f"{label})")
            assert bool(beside) == (asked["c"] not in ("", "periodo"))
    shown = [[row[0], *(text.replace(",", "") for text in row[1:])] for row in _view(page)]
    assert shown == [[line[0], *line[2:]] for line in saved]
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
    assert "otra" in page.locator(".explorer .note").inner_text()
    page.goto(site.url + "explorador.html")
    page.goto(site.url + "explorador.html#t=usuarias_por_edad&r=grupo_edad&f.area=luna")
    page.wait_for_selector(".explorer tbody td")
    assert "luna" in page.locator(".explorer .note").inner_text()
    page.select_option("#x-m", "servicios")
    expect(page.locator(".explorer .note")).to_have_count(0)
    assert said == []


def test_a_view_that_was_sent_with_the_figures_of_another_edition_says_so(site: Site, page: Page) -> None:
    earlier, newest = (folder.name for folder in site.editions[-2:])
    page.goto(f"{site.url}explorador.html#t=usuarias_por_edad&r=grupo_edad&e={earlier}")
    note = page.locator(".explorer .note")
    expect(note).to_contain_text(earlier)
    expect(note).to_contain_text(newest)
    page.select_option("#x-m", "servicios")
    expect(note).to_have_count(0)
    assert f"e={newest}" in page.url


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
    asked = dict(parse_qsl(wanted, keep_blank_values=True))
    turned = asked["c"] == "periodo"
    lines = [line for line in _view(page) if line[0] != "_T"]  # totals are no part of a chart
    names = page.locator(".explorer tbody tr:not([data-code=_T]) th").all_inner_texts()
    if asked["r"] == "periodo":  # periods are told by their codes
        names = [line[0] for line in lines]
    heads = page.locator(".explorer thead th").all_inner_texts()[1:]
    columns = [n for n in range(len(heads)) if heads[n] != "Total"]
    told_of = [(heads[n], lines[0][1 + n]) for n in columns] if turned else []
    told_of = told_of or [(name, line[1 + columns[0]]) for name, line in zip(names, lines, strict=True)]
    for key, (name, figure) in (("Home", told_of[0]), ("End", told_of[-1])):
        page.keyboard.press(key)
        told = live.locator("[role=status]").inner_text()
        assert told.startswith(f"{name} · ")
        assert told.endswith(f": {figure}")
    held = sum(line[1 + n] == "[c]" for line in lines for n in columns)
    assert live.locator("svg text", has_text="[c]").count() == held
    caption = page.locator(".explorer figcaption").inner_text()
    assert page.locator("#x-t option:checked").inner_text() in caption
    assert page.locator("#x-m option:checked").inner_text() in caption
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
def test_it_asks_for_the_one_table_that_it_shows_and_can_show_each(site: Site, page: Page, start: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(site.url + start)
    page.wait_for_selector(".explorer tbody td")
    assert len([url for url in asked if url.endswith(".csv")]) == 1
    assert len(asked) < 12
    tables = page.locator("#x-t option").evaluate_all("all => all.map(o => [o.value, o.textContent])")
    assert len(tables) == len(list((site.editions[-1] / "tables").glob("*.csv")))
    for number, (table, title) in enumerate(tables[::5], start=1):
        page.select_option("#x-t", table)
        expect(page.locator(".explorer caption").first).to_contain_text(title)
        assert page.locator(".explorer tbody td").count() >= 2, table
        assert len({url for url in asked if url.endswith(".csv")}) <= number + 1


def test_women_come_first_where_women_are_counted(site: Site, page: Page) -> None:
    page.goto(site.url + "explorador.html#t=servicios_por_area")
    page.wait_for_selector(".explorer tbody td")
    assert page.locator("#x-m").input_value() == "usuarias"


def test_some_codes_may_be_shown_and_the_view_stays_in_another_language(site: Site, page: Page) -> None:
    page.goto(site.url + "explorador.html#t=usuarias_por_edad&r=grupo_edad&c=periodo&m=usuarias&l=years")
    page.wait_for_selector(".explorer tbody td")
    page.locator("[data-codes=grupo_edad] summary").click()
    for code in ("18_24", "30_39"):
        page.locator(f"[data-codes=grupo_edad] input[value='{code}']").check()
    expect(page.locator(".explorer tbody tr")).to_have_count(2)
    assert [row[0] for row in _view(page)] == ["18_24", "30_39"]
    before = _view(page)
    page.locator("header a[hreflang=en]").click()
    page.wait_for_selector(".explorer tbody td")
    assert "/en/" in page.url
    assert _view(page) == before


def test_fourteen_series_can_be_told_apart_on_a_phone(site: Site, page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(site.url + "explorador.html#t=via_de_ingreso&r=via_ingreso&c=periodo&m=usuarias&l=quarters")
    page.wait_for_selector(".explorer tbody td")
    page.locator("[data-chart]").click()
    chart = page.locator(".explorer .chart__live svg").first
    chart.wait_for()
    names = page.locator(".explorer tbody tr:not([data-code=_T]) th").all_inner_texts()
    drawn = ["".join(text.split()) for text in chart.locator("text").all_text_contents()]
    assert len(names) == 14
    assert [name for name in names if "".join(name.split()) not in drawn] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
