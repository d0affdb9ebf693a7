"""The explorer: what it shows is what it saves and what its address says; it goes on without a network and from disk."""

from __future__ import annotations

import csv

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.conftest import Site

pytestmark = pytest.mark.browser


def _saved(page: Page) -> list[list[str]]:
    with page.expect_download() as waiting:
        page.locator("[data-download]").click()
    return list(csv.reader(waiting.value.path().read_text(encoding="utf-8").splitlines()))


def test_it_shows_exactly_what_it_shares_and_saves(site: Site, page: Page, context: BrowserContext) -> None:
    page.goto(site.url + "explorador.html#t=servicios_por_area&r=area&c=periodo&m=usuarias&l=years")
    page.wait_for_selector(".explorer tbody td")
    saved = _saved(page)
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


def test_what_is_sorted_is_saved_in_that_order(site: Site, page: Page) -> None:
    page.goto(site.url + "en/explorador.html#t=vinculo_con_agresor&r=vinculo_agresor&c=periodo&m=usuarias&l=years")
    page.wait_for_selector(".explorer tbody td")
    before = _saved(page)
    page.locator(".explorer thead button").last.click()
    after = _saved(page)
    numbers = [int(line[-1]) for line in after[1:] if line[-1]]
    assert numbers == sorted(numbers, reverse=True)
    assert after != before
    assert sorted(after) == sorted(before)


def test_it_goes_on_without_a_network(site: Site, page: Page, context: BrowserContext) -> None:
    page.goto(site.url + "explorador.html", wait_until="networkidle")
    context.set_offline(True)
    page.select_option("#x-t", "tipos_de_violencia")
    page.wait_for_function("document.querySelector('.explorer caption').textContent.includes('iolencia')")
    assert page.locator(".explorer tbody td").count() > 3
