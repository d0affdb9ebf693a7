"""A chart can be kept: its page, picture, data, citation and embedding are those of its edition, and stay; discreet where the
pages of its topic are."""

from __future__ import annotations

import csv
import html as entities
import re
import struct

import pytest
from playwright.sync_api import Page, expect

from pipeline import ROOT
from pipeline.institute import load as planning
from pipeline.wording import texts
from tests.browser.conftest import Site

pytestmark = pytest.mark.browser

CHART = re.compile(r"(?:[a-z]{2}/)?graficas/([^/]+)/[^/]+\.html")


def _kept(site: Site) -> list[tuple[str, str, str]]:
    """Page, edition and chart, which the heading names."""
    return [
        (name, match[1], re.findall(r'<h1 id="(\w+)"', site.html(name))[0])
        for name in site.pages
        if (match := CHART.fullmatch(name))
    ]


def _page_of(site: Site, edition: str, chart: str) -> str:
    return next(name for name, *of in _kept(site) if of == [edition, chart])


def test_every_edition_has_a_page_for_every_chart_and_one_for_itself_in_every_language(site: Site) -> None:
    charts = {entry["id"] for entry in planning.load(ROOT / "institute").site["charts"]}
    found = {(name.startswith("en/"), edition, chart) for name, edition, chart in _kept(site)}
    editions = [folder.name for folder in site.editions]
    assert len(editions) > 1
    for english in (False, True):
        for edition in editions:
            drawn = {chart for each, of, chart in found if (each, of) == (english, edition)}
            assert drawn <= charts
            assert len(drawn) >= len(charts) - 1
            assert f"{'en/' if english else ''}ediciones/{edition}.html" in site.pages
    assert {chart for _, of, chart in found if of == editions[-1]} == charts


def test_the_files_of_a_chart_are_there_and_hold_what_its_page_says(site: Site) -> None:
    for name, edition, chart in _kept(site):
        folder = site.folder / "datos" / edition / "graficas"
        ending = ".en" if name.startswith("en/") else ""
        page = site.html(name)
        picture, pixels = (folder / f"{chart}{ending}.svg").read_text(encoding="utf-8"), folder / f"{chart}{ending}.png"
        heading = entities.unescape(re.findall(r"<h1[^>]*>(.*?)</h1>", page, re.DOTALL)[0])
        drawn = entities.unescape(" ".join(re.findall(r"<text\b[^>]*>([^<]*)</text>", picture)))
        for said in (heading, f"{edition},"):
            assert " ".join(said.split()) in " ".join(drawn.split()), f"{name}: {said}"
        assert "Libre Uso MX" in drawn
        assert not re.search(r"<script|style=|<image", picture)
        width, height = struct.unpack(">II", pixels.read_bytes()[16:24])
        assert width >= 1500
        assert 500 < height < 4000
        rows = list(csv.reader((folder / f"{chart}.csv").read_text(encoding="utf-8").splitlines()))
        told = [re.sub(r"<[^>]*>", "", cell) for cell in re.findall(r"<td>(.*?)</td>", _figures(page))]
        if "data-outlines" in page:  # a map's table tells people and rates too
            told = told[:: len(re.findall(r"<th scope=\"col\"", _figures(page))) - 1]
        shown = sorted("[c]" if row[-1] == "Q" else f"{int(row[-2]):,}" for row in rows[1:])
        assert shown == sorted(cell for cell in told if cell != "–"), name


def _figures(page: str) -> str:
    return str(re.findall(r'<details class="figures".*?</details>', page, re.DOTALL)[0])


def test_a_preview_is_shown_of_a_chart_but_not_where_its_topic_is_discreet(site: Site) -> None:
    plan = planning.load(ROOT / "institute")
    entries = {entry["id"]: entry for entry in plan.site["charts"]}
    neutral = [texts.of_site((language,))[language]("topics.description") for language in ("es", "en")]
    hidden = 0
    for name, edition, chart in _kept(site):
        entry, page = entries[chart], site.html(name)
        discreet = {f"tablas/{entry['table']}.md", f"temas/{entry['topic']}.md"} & set(plan.site["discreet"])
        image = re.findall(r'<meta property="og:image" content="([^"]*)"', page)
        if discreet:
            hidden += 1
            assert "og:" not in page
            told = name + re.findall(r"<title>(.*?)</title>", page)[0]
            assert not re.search("iolen|" + chart, told)
            assert re.findall(r'name="description" content="(.*?)"', page) == [neutral[name.startswith("en/")]]
        else:
            assert image[0].startswith(f"{plan.facts['url']}datos/{edition}/graficas/{chart}")
            assert (site.folder / image[0].removeprefix(plan.facts["url"])).is_file()
    assert hidden


def test_a_picture_is_put_on_another_page_without_scripts_and_under_the_policy_of_the_site(
    site: Site, page: Page
) -> None:
    page.goto(site.url + "graficas/2025-T4/barras_edad.html")
    code = page.locator("#kept-embed").inner_text()
    address = re.findall(r'src="([^"]*)"', code)[0].removeprefix(planning.load(ROOT / "institute").facts["url"])
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    page.set_content(
        code.replace(re.findall(r'src="([^"]*)"', code)[0], site.url + address).replace(' loading="lazy"', "")
    )
    frame = page.frame_locator("iframe")
    expect(frame.locator("svg > title")).to_have_text("Usuarias por grupo de edad")
    assert frame.locator("text", has_text="2025-T4").count() >= 1
    assert frame.locator("script").count() == 0
    assert str(frame.locator("a").first.get_attribute("href")).endswith("graficas/2025-T4/barras_edad.html")
    assert refused == []


@pytest.mark.parametrize("name", ["graficas/2025-T4/serie_area.html", "en/graficas/2025-T3/barras_edad.html"])
def test_a_figure_is_copied_with_its_citation(site: Site, page: Page, name: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(site.url + name)
    page.locator("[data-copy=kept-cite]").click()
    expect(page.locator("[data-copy=kept-cite]")).to_have_text("Copied" if name.startswith("en/") else "Copiado")
    copied = page.evaluate("navigator.clipboard.readText()")
    heading = page.locator("h1").inner_text()
    assert " ".join(heading.replace("\u00a0", " ").split()) in " ".join(copied.replace("\u00a0", " ").split())
    assert copied.endswith(name)


def test_an_older_chart_says_so_and_leads_to_the_newest(site: Site, page: Page) -> None:
    page.goto(site.url + "graficas/2025-T3/barras_edad.html")
    page.locator(".note a").click()
    assert page.url.endswith("graficas/2025-T4/barras_edad.html")
    assert page.locator("main .note").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_heat_map_grows_lighter_or_darker_with_its_figures(site: Site, page: Page, scheme: str) -> None:
    """The contrast with the page grows with the figure, by day and by night, in the picture and in the legend."""
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(site.url + _page_of(site, "2025-T4", "calor_tipo_modalidad"))
    shades = page.locator(".ramp path").evaluate_all("all => all.map(e => getComputedStyle(e).fill)")
    light = [sum(map(int, re.findall(r"\d+", shade))) for shade in shades]
    assert len(set(shades)) == 6
    assert light == sorted(light, reverse=scheme == "light")
    drawn = page.locator(".chart__wide path").evaluate_all("all => all.map(e => getComputedStyle(e).fill)")
    assert shades[-1] in drawn


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("chart", ["serie_area", "apiladas_estatus", "serie_tipos", "calor_modulo_area"])
def test_every_mark_of_a_chart_with_series_shows_its_number(site: Site, page: Page, chart: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(site.url + _page_of(site, "2025-T4", chart))
    page.locator("[data-interactive]").click()
    marks = page.locator(".chart__live .mark-symbol path, .chart__live .mark-rect path")
    marks.first.wait_for()
    box = marks.nth(marks.count() // 2)
    box.scroll_into_view_if_needed()
    box.hover(force=True)
    tip = page.locator("#vg-tooltip-element")
    expect(tip).to_have_class(re.compile("visible"))
    values = tip.locator("td.value").all_inner_texts()
    assert len(values) == 3, values
    assert any(re.fullmatch(r"[\d,]+|\[c\]", value) for value in values)
    assert set(values) & set(page.locator("figure.chart table td").all_text_contents())
