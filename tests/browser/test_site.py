"""The built site as a whole: every link resolves, it works from any address, every edition stays where it was."""

from __future__ import annotations

import http.client
import re
from urllib.parse import unquote, urljoin, urlsplit

import pytest
import yaml
from playwright.sync_api import Page, expect

from pipeline import ROOT
from tests.browser.conftest import Site

pytestmark = pytest.mark.browser


def _links(html: str) -> set[str]:
    """Addresses that a page refers to, pictures and scripts included."""
    html = re.sub(r"<script(?! src).*?</script>", "", html, flags=re.DOTALL)
    return set(re.findall(r'\b(?:href|src|data-root-data)="([^"]*)"', html))


def test_every_link_of_the_site_resolves(site: Site) -> None:
    """As files, so from disk and from any folder; anchors too."""
    ids = {name: set(re.findall(r'\bid="([^"]+)"', site.html(name))) for name in site.pages}
    broken, checked = [], 0
    for name in site.pages:
        for link in _links(site.html(name)):
            parts = urlsplit(link)
            if parts.scheme:
                if parts.scheme not in ("https", "mailto", "tel", "sms"):
                    broken.append(f"{name}: {link}")
                continue
            path = unquote(parts.path)
            if link.startswith("/") and not name.endswith("404.html"):
                broken.append(f"{name}: {link} works at the root of a host only")
                continue
            target = urljoin(f"/{name}", path).lstrip("/") if path else name
            aimed = parts.fragment and "=" not in parts.fragment and target in ids
            there = (site.folder / target).is_dir() if target.endswith("/") else (site.folder / target).is_file()
            if not there or (aimed and parts.fragment not in ids[target]):
                broken.append(f"{name}: {link}")
            checked += 1
    assert broken == []
    assert checked > 1000


@pytest.mark.parametrize("start", ["url", "below"])
def test_every_address_answers_over_http(site: Site, start: str) -> None:
    base = getattr(site, start)
    wanted = set()
    for name in site.pages:
        if not name.endswith("404.html"):
            wanted.add(base + name)
            links = (urljoin(base + name, link).partition("#")[0] for link in _links(site.html(name)))
            wanted |= {link for link in links if link.startswith(("http://127.0.0.1", base)) and not link.endswith("/")}
    connection = http.client.HTTPConnection(urlsplit(base).netloc)
    refused = []
    for address in sorted(wanted):
        connection.request("HEAD", urlsplit(address).path)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200 or not address.startswith(base):
            refused.append(f"{answer.status} {address}")
        connection.close()
    assert refused == []
    assert len(wanted) > 200


def test_pictures_of_the_stylesheet_and_files_of_scripts_are_there(site: Site) -> None:
    assets = site.folder / "assets"
    named = re.findall(r"url\((?!data:|\"data:)([^)]+)\)", (assets / "site.css").read_text(encoding="utf-8"))
    for script in assets.glob("*.js"):
        if script.name != "vega.js":
            named += re.findall(r'load\("([\w./-]+)"\)', script.read_text(encoding="utf-8"))
    assert "vega.js" in named
    for name in named:
        assert (assets / name.strip("\"'")).is_file(), name
    tables = {path.stem for path in (site.editions[-1] / "tables").glob("*.csv")}
    assert {path.stem for path in (assets / "data").glob("*.js")} == tables


def test_every_step_of_the_build_has_words(site: Site) -> None:
    for path in (ROOT / "site" / "texts" / "messages").glob("*.yaml"):
        said = yaml.safe_load(path.read_text(encoding="utf-8"))["steps"]
        assert site.steps <= said.keys(), path.name


@pytest.mark.parametrize("start", ["url", "below", "disk"])
def test_the_site_works_from_a_host_from_a_folder_and_from_disk(site: Site, page: Page, start: str) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    address = site.folder.as_uri() + "/" if start == "disk" else getattr(site, start)
    page.goto(address + "index.html")
    assert page.evaluate("getComputedStyle(document.querySelector('.exit')).position") == "fixed"
    page.click(".menu li:nth-child(3) a")
    assert page.url.endswith("temas/index.html")
    page.click(".doors a >> nth=0")
    page.locator("[data-interactive]").first.click()
    page.wait_for_selector(".chart__live svg")
    page.locator(".tool[hreflang=en]").click()
    assert "/en/temas/" in page.url
    page.goto(address + "explorador.html")
    page.wait_for_selector(".explorer tbody td")
    assert said == []


def test_pages_open_from_disk_with_their_looks_and_without_a_complaint(
    site: Site, names: list[str], page: Page
) -> None:
    said: list[str] = []
    here = ""
    page.on("console", lambda message: said.append(f"{here}: {message.text}") if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(f"{here}: {error}"))
    for here in names:
        if not here.endswith("404.html"):  # a host answers with it from its root
            page.goto((site.folder / here).as_uri())
            if page.evaluate("getComputedStyle(document.querySelector('.exit')).position") != "fixed":
                said.append(f"{here}: no stylesheet")
            if not page.evaluate("'celosia' in window"):
                said.append(f"{here}: no script")
    assert said == []


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


@pytest.mark.parametrize("start", ["metodologia.html", "en/tablas/index.html", "graficas/2025-T4/barras_canal.html"])
def test_on_a_phone_the_pages_of_a_part_of_the_site_are_one_tap_away(site: Site, page: Page, start: str) -> None:
    """They stand after what may be a very long page; beside it, where there is room, no link to them is needed."""
    page.goto(site.url + start)
    assert not page.locator(".trail__more").is_visible()
    page.set_viewport_size({"width": 360, "height": 740})
    more = page.locator(".trail__more")
    assert more.evaluate("link => link.getBoundingClientRect().bottom < innerHeight")
    more.click()
    expect(page.locator(".side a").first).to_be_in_viewport()
    expect(page.locator(".side a").last).to_be_in_viewport()
