"""Pages say what the published files say: tables, charts and their pictures, cards; and where each figure comes from."""

from __future__ import annotations

import csv
import html as entities
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from playwright.sync_api import Browser, Locator, Page, expect

from pipeline import ROOT
from pipeline.institute import load as planning
from pipeline.public.edition import reader
from pipeline.public.edition.model import PERIOD
from pipeline.public.statistics import figures
from pipeline.public.statistics.figures import Table
from pipeline.wording import texts
from tests.browser.conftest import Site

pytestmark = pytest.mark.browser

FIGURE = re.compile(r'<figure class="chart".*?</figure>', re.DOTALL)


@cache
def _published(folder: Path) -> dict[str, list[dict[str, str]]]:
    """Table → its rows, as the CSV says them."""
    found = {}
    for path in sorted((folder / "tables").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as stream:
            found[path.stem] = list(csv.DictReader(stream))
    return found


def _shown(row: dict[str, str], measure: str) -> str:
    """A published figure as a page writes it."""
    return "[c]" if row["obs_status"] == "Q" else f"{int(row[measure]):,}" if row[measure] else "–"


def _cells(row: str) -> list[str]:
    """The cells of a row of HTML, as text."""
    found = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
    return [" ".join(entities.unescape(re.sub(r"<[^>]*>", "", cell)).split()) for cell in found]


def _rows(table: str) -> list[list[str]]:
    return [_cells(row) for row in re.findall(r"<tr[^>]*>(.*?)</tr>", table, re.DOTALL)]


@cache
def _tables(folder: Path) -> dict[str, Table]:
    plan = planning.load(ROOT / "institute")
    titles = {
        name: {d.name: d.title for d in resource.dimensions.values() if d.title}
        for name, resource in plan.resources.items()
    }
    return figures.tables(reader.read(folder), titles)


def test_a_page_table_says_what_the_published_file_says(site: Site) -> None:
    published, plan = _published(site.editions[-1]), planning.load(ROOT / "institute")
    assert published
    for language, names in site.by_language.items():
        prefix = "" if language == site.languages[0] else f"{language}/"
        for table, rows in published.items():
            page = f"{prefix}{plan.address(f'tablas/{table}')}.html"
            html = site.html(page)
            assert page in names
            full = re.findall(r'<table class="data data--full".*?</table>', html, re.DOTALL)
            assert len(full) == 1, table
            measures = list(_tables(site.editions[-1])[table].measures)
            shown = [cells[-len(measures) :] for cells in _rows(full[0])[1:] if len(cells) > len(measures)]
            expected = [[_shown(row, measure) for measure in measures] for row in rows]
            assert sorted(shown) == sorted(expected), table
            if any("[c]" in cells for cells in shown):
                assert "[c]:" in re.sub(r"<table.*?</table>", "", html, flags=re.DOTALL), f"{table}: no legend"


def _codes(table: Table, axis: str, label: str, words: texts.Texts) -> list[str]:
    """The codes that a label may stand for; two codes of one list may share a label."""
    if axis == PERIOD:
        return [c for c in table.periods if label in (words.period(c), words.short_period(c))]
    return [c.code for c in table.axes[axis].codes.values() if words.of(c.labels) == label]


def _figure(figure: str, entry: dict[str, Any], site: Site, words: texts.Texts) -> list[str]:
    """What is wrong with one chart: its small table against the CSV, its picture against its small table."""
    table = _tables(site.editions[-1])[entry["table"]]
    published = {tuple(row[axis] for axis in table.axes): row for row in _published(site.editions[-1])[entry["table"]]}
    kind = entry["kind"]
    along = entry["y"] if kind in ("bar", "heatmap", "map") else entry["x"]
    series = entry.get({"heatmap": "x", "small_multiples": "facet"}.get(kind, "color"), "")
    (heads, *rows) = _rows(re.findall(r"<table.*?</table>", figure, re.DOTALL)[0])
    level = {"anio": r"\d{4}(-T1-T\d)?", "trimestre": r"\d{4}-T\d", "mes": r"\d{4}-\d\d"}[entry.get("level", "anio")]
    newest = [code for code in table.periods if re.fullmatch(level, code)][-1:]
    wrong = []
    if kind == "map":  # figure, population, rate
        for label, shown, people, rate in rows:
            whole = [int(text.replace(",", "")) for text in (shown, people) if text[0].isdigit()]
            due = f"{entry['rate']['per'] * whole[0] / whole[1]:,.1f}" if len(whole) == 2 else rate
            wrong += [f"{entry['id']}: {label} has another rate"] if rate != due else []
        heads, rows = heads[:2], [row[:2] for row in rows]
    for label, *values in rows:
        for head, value in zip(heads[1:], values, strict=True):
            fixed = {"periodo": newest, **{axis: [code] for axis, code in entry.get("where", {}).items()}}
            fixed[along] = _codes(table, along, label, words)
            if series:
                fixed[series] = _codes(table, series, head, words)
            keys: list[tuple[str, ...]] = [()]
            for axis in table.axes:
                keys = [(*key, code) for key in keys for code in fixed.get(axis, ["_T"])]
            found = {_shown(published[key], entry["measure"]) for key in keys if key in published}
            if value not in (found or {"–"}):
                wrong.append(f"{entry['id']}: {label}, {head} is not what the file says")
    drawn = [
        entities.unescape("".join(re.findall(r">([^<]*)<", text)))
        for text in re.findall(r"<text\b.*?</text>", re.findall(r"<svg.*?</svg>", figure, re.DOTALL)[0], re.DOTALL)
    ]
    listed = [value for _, *values in rows for value in values]
    if kind == "bar" or kind == "heatmap":  # every figure is written into the picture
        for value in set(listed) - {"–"}:
            if drawn.count(value) < listed.count(value):
                wrong.append(f"{entry['id']}: the picture lacks a figure of its table")
    elif "[c]" in listed and "[c]" not in drawn:
        wrong.append(f"{entry['id']}: the picture lacks the mark of a withheld figure")
    return wrong


def test_every_chart_its_table_and_the_published_file_say_the_same(site: Site) -> None:
    charts = yaml.safe_load((ROOT / "institute" / "charts.yaml").read_text(encoding="utf-8"))["charts"]
    entries = {entry["id"]: entry for entry in charts}
    spoken = texts.load(ROOT / "site" / "texts", site.languages)
    wrong, seen = [], {language: set[str]() for language in site.languages}
    for language, names in site.by_language.items():
        older = tuple(f"graficas/{edition.name}/" for edition in site.editions[:-1])
        for name in names:
            if name.removeprefix(f"{language}/").startswith(older):
                continue
            for figure in FIGURE.findall(site.html(name)):
                chart = re.findall(r'data-id="([^"]+)"', figure)[0]
                seen[language].add(chart)
                wrong += [f"{name}: {said}" for said in _figure(figure, entries[chart], site, spoken[language])]
    assert wrong == []
    shown = {name for name, entry in entries.items() if entry["table"] in _published(site.editions[-1])}
    assert all(charts == shown for charts in seen.values()), "a chart of charts.yaml is on no page"


def test_bars_are_as_long_as_their_figures(site: Site) -> None:
    checked = 0
    for name in site.pages:
        for figure in FIGURE.findall(site.html(name)):
            if 'data-kind="bar"' not in figure:
                continue
            (_, *rows) = _rows(re.findall(r"<table.*?</table>", figure, re.DOTALL)[0])
            numbers = [int(value.replace(",", "")) if value[0].isdigit() else 0 for _, value in rows]
            for svg in re.findall(r"<svg.*?</svg>", figure, re.DOTALL):
                widths = [w for width in re.findall(r'd="M0,-?[\d.]+h([\d.]+)v', svg) if (w := float(width))]
                drawn = [number for number in numbers if number]
                assert len(widths) == len(drawn), f"{name}: {figure[:60]}"
                scale = max(widths) / max(drawn)
                assert all(abs(w - scale * n) <= 0.2 for w, n in zip(widths, drawn, strict=True)), name
                checked += 1
    assert checked > 20


def test_charts_and_tables_are_there_without_scripts(site: Site, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    for name in site.kinds:
        page.goto(site.url + name)
        for figure in page.locator("figure.chart").all():
            assert figure.locator("svg").first.is_visible()
            assert figure.locator("svg title").first.text_content()
            assert figure.locator("svg desc").first.text_content()
            assert page.locator(".chart__name").count() >= 1
            assert figure.locator("table:not([data-years])").count() == 1
            assert figure.locator("a[href$='.csv']").count() == 1
            assert not figure.locator("[data-interactive]").is_visible()
        for summary in page.locator("main summary").all()[:2]:
            before = summary.locator("xpath=..").get_attribute("open")
            summary.click()
            assert summary.locator("xpath=..").get_attribute("open") != before
    context.close()


def test_every_chart_and_card_says_where_it_comes_from(site: Site) -> None:
    seen = cards = 0
    for name in site.pages:
        html = site.html(name)
        for figure in FIGURE.findall(html):
            seen += 1
            assert re.search(r'class="trace"[^>]*>.*?\d{4}-T\d.*?\d{4}.*?</p>', figure), name
            assert re.search(r"datos/\d{4}-T\d[^/]*/tables/[a-z0-9_]+\.csv", figure), name
            assert re.search(r"datos/\d{4}-T\d[^/]*/tables/[a-z0-9_.]+\.xlsx", figure), name
            assert 'class="chart__unit"' in figure, name
        for card in re.findall(r'<section class="card".*?</section>', html, re.DOTALL):
            assert "tablas/" in card, name
            assert re.search(r'class="card__number">[\d,.]+', card), name
            assert '<svg class="spark"' in card, f"{name}: a card without its line"
            cards += 1
        for answers in re.findall(r'<dl class="answers".*?</dl>', html, re.DOTALL):
            assert all('href="' in answer and "tablas/" in answer for answer in re.findall(r"<dd>.*?</dd>", answers)), (
                name
            )
    assert cards == 2 * len(planning.load(ROOT / "institute").site["kpis"])
    assert seen > 20


def test_every_interactive_chart_comes_on_demand_under_the_policy_and_answers_to_keys(
    site: Site, varied: list[str], page: Page
) -> None:
    """Every chart stands on the page of its topic. With the arrow keys it tells what its table says, figure by figure."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    kinds = set()
    for name in varied:
        if "temas/" not in name or 'class="chart"' not in site.html(name):
            continue
        page.goto(site.url + name)
        for figure in page.locator("figure.chart").all():
            figure.locator("[data-interactive]").focus()
            page.keyboard.press("Enter")
            live = figure.locator(".chart__live")
            live.locator("svg").wait_for()
            (heads, *rows) = _rows(figure.locator("table").first.evaluate("table => table.outerHTML"))
            live.focus()
            assert live.locator("[role=status]").inner_text() == page.evaluate("celosia.words.arrows")
            for key, row in (("ArrowRight", rows[0]), ("End", rows[-1])):
                page.keyboard.press(key)
                assert live.locator("[role=status]").inner_text().startswith(f"{row[0]} · {heads[1]}: {row[1]}"), name
            page.keyboard.press("ArrowDown")
            kind = figure.get_attribute("data-kind")
            if len(heads) > 2 and kind != "map":
                assert live.locator("[role=status]").inner_text() == f"{rows[-1][0]} · {heads[2]}: {rows[-1][2]}"
            held = sum("[c]" in row if kind == "stacked" else row.count("[c]") for row in rows)
            if kind != "map":
                assert live.locator("svg text", has_text="[c]").count() == held, f"{name}: {kind}"
            spoken = live.evaluate(
                "e => [...e.querySelectorAll('[aria-label]')].filter(x => !x.closest('[aria-hidden=true]')).length"
            )
            assert spoken == 0, "Vega describes itself in English"
            kinds.add(kind)
        first = page.locator("figure.chart").first
        first.locator("[data-interactive]").click()
        assert first.locator(".chart__draw svg").first.is_visible()
    assert kinds == {"bar", "line", "stacked", "heatmap", "small_multiples", "map"}
    assert said == []


def test_an_interactive_chart_takes_the_place_of_its_picture(site: Site, page: Page) -> None:
    page.goto(site.url + "index.html")
    figure = page.locator("figure.chart").first
    before = figure.locator(".chart__draw").bounding_box()
    figure.locator("[data-interactive]").click()
    figure.locator(".chart__live svg").wait_for()
    after = figure.locator(".chart__live").bounding_box()
    assert before is not None
    assert after is not None
    assert (after["x"], after["width"]) == (before["x"], before["width"])


def test_a_bar_of_which_a_part_is_withheld_bears_the_mark(site: Site, page: Page) -> None:
    page.goto(site.url + "temas/servicios.html")
    figure = page.locator("figure.chart[data-kind=stacked]").first
    for row in (0, 2):
        figure.locator("tbody tr").nth(row).locator("td").first.evaluate("cell => { cell.textContent = '[c]'; }")
    figure.locator("[data-interactive]").click()
    figure.locator(".chart__live svg").wait_for()
    marks = figure.locator(".chart__live svg text", has_text="[c]")
    assert marks.count() == 2
    bars = [bar.bounding_box() for bar in figure.locator(".chart__live .mark-rect path").all()]
    for mark in marks.all():
        box = mark.bounding_box()
        assert box is not None
        under = [bar for bar in bars if bar and abs(bar["x"] + bar["width"] / 2 - box["x"] - box["width"] / 2) < 2]
        assert under
        assert box["y"] + box["height"] / 2 < min(bar["y"] for bar in under)


def test_a_tooltip_speaks_the_language_of_the_page_and_formats_as_it_does(site: Site, page: Page) -> None:
    for start, head in (("temas/servicios.html", "Servicios"), ("en/temas/servicios.html", "Services")):
        page.goto(site.url + start)
        figure = page.locator("figure.chart[data-kind=bar]").first
        figure.locator("[data-interactive]").click()
        figure.locator(".chart__live svg").wait_for()
        figure.locator(".chart__live .mark-rect.role-mark path").first.hover()
        tip = page.locator("#vg-tooltip-element")
        tip.wait_for(state="visible")
        said = tip.inner_text()
        assert head in said
        assert re.search(r"\d", said)


def test_a_map_answers_to_the_pointer_with_the_row_of_its_table(site: Site, page: Page) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    for start in ("temas/territorio.html", "en/temas/territorio.html"):
        for width in (360, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            page.goto(site.url + start)
            figure = page.locator("figure.chart[data-kind=map]").first
            (heads, *rows) = _rows(figure.locator("table").first.evaluate("table => table.outerHTML"))
            figure.locator("[data-interactive]").click()
            figure.locator(".chart__live svg").wait_for()
            shapes = figure.locator(".chart__live .mark-shape path")
            assert shapes.count() == figure.evaluate(
                "figure => Object.keys(JSON.parse(figure.dataset.outlines).zones).length"
            )
            shapes.first.hover()
            tip = page.locator("#vg-tooltip-element")
            tip.wait_for(state="visible")
            told = tip.inner_text()
            assert all(head in told for head in heads), told
            assert any(all(value in told for value in row) for row in rows), told
            box = figure.locator(".chart__live svg").bounding_box()
            assert box is not None
            assert box["x"] + box["width"] <= width
    assert said == []


def test_goals_are_read_on_a_phone_without_scrolling_sideways(site: Site, page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    for start in ("metas.html", "en/metas.html"):
        page.goto(site.url + start)
        over = page.locator(".goals").evaluate_all("all => all.map(t => t.scrollWidth - t.parentElement.clientWidth)")
        assert over
        assert max(over) <= 0, over


def test_years_are_compared_on_every_chart_of_one_year_with_the_controls_on_it(
    site: Site, varied: list[str], page: Page
) -> None:
    """What is drawn is what the table of every year says of the years and rows that are ticked; on a phone too. It can be sent by
    an address, which leads to the chart of its edition; that of the page, and the history, stay as they are."""
    page.set_viewport_size({"width": 360, "height": 800})
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    compared, links, sent_from = 0, [], next(name for name in varied if "temas/usuarias" in name)
    for name in varied:
        if "temas/" not in name or "data-compare" not in site.html(name):
            continue
        page.goto(site.url + name)
        for figure in page.locator("figure.chart:has([data-years])").all():
            button, table = figure.locator("[data-compare]"), figure.locator("table[data-years]")
            (heads, *rows) = _rows(table.evaluate("table => table.outerHTML"))
            button.click()
            live = figure.locator(".chart__live")
            live.locator("svg").wait_for()
            years = live.locator("fieldset").first.locator("input")
            assert years.evaluate_all("all => all.map(box => box.checked)") == [
                n >= len(heads) - 3 for n in range(len(heads) - 1)
            ]
            assert _written(live) == sorted(value for _, *values in rows for value in values[-2:] if value != "–")
            years.last.uncheck()
            live.locator("details summary").click()
            live.locator("details input").first.uncheck()
            live.locator("svg").wait_for()
            assert _written(live) == sorted(values[-2] for _, *values in rows[1:] if values[-2] != "–"), name
            assert live.evaluate("live => live.scrollWidth <= live.clientWidth"), name
            if name == sent_from:
                links.append((_sent(live, page), _ticked(live), _written(live)))
            button.click()
            assert figure.locator(".chart__draw").is_visible()
            compared += 1
    assert compared > 10
    for link, ticked, written in links:
        page.goto(link)
        for _ in site.languages:
            live = page.locator(".chart__live")
            live.locator("svg").wait_for()
            assert _ticked(live) == ticked
            assert _written(live) == written
            assert live.locator("form [role=status]").inner_text() == ""
            expect(live).to_be_in_viewport()
            page.locator("header a[hreflang]").click()
    page.goto(links[0][0].partition("#")[0] + "#comparar=0~0.77")
    page.locator(".chart__live svg").wait_for()
    assert page.locator(".chart__live form [role=status]").inner_text() == page.evaluate(
        "celosia.words.compare_missing"
    )
    assert _ticked(page.locator(".chart__live"))[1:] == [["0"]]


def test_years_lie_one_over_the_other_on_charts_along_time_and_heat_maps_are_compared_as_bars(
    site: Site, page: Page
) -> None:
    """A line per year, of one series at a time; a point per figure, none where one is withheld. A heat map becomes bars."""
    page.set_viewport_size({"width": 360, "height": 800})
    seen = []
    for name in ("temas/servicios.html", "en/temas/lo_que_cuentan.html"):
        page.goto(site.url + name)
        for figure in page.locator("figure.chart:has([data-compare]):not(:has([data-years]))").all():
            (heads, *rows) = _rows(figure.locator("table").first.evaluate("table => table.outerHTML"))
            figure.locator("[data-compare]").click()
            live = figure.locator(".chart__live")
            live.locator("svg").wait_for()
            assert live.evaluate("live => live.scrollWidth <= live.clientWidth"), name
            seen.append(figure.get_attribute("data-kind"))
            if seen[-1] == "heatmap":
                assert _written(live) == sorted(value for _, *values in rows for value in values[:4])
                live.locator("fieldset").first.locator("input").first.uncheck()
                expect(live.locator("svg .mark-text.role-mark text", has_text=rows[0][1])).to_have_count(0)
                continue
            years = list(dict.fromkeys(row[0][-4:] for row in rows))
            for series in range(1, len(heads)):
                if len(heads) > 2:
                    live.locator("input[type=radio]").nth(series - 1).check()
                expect(live.locator("svg .role-legend-label text")).to_have_text(years)
                points = sum(row[series][:1].isdigit() for row in rows)
                expect(live.locator("svg .mark-symbol.role-mark path")).to_have_count(points)
            live.locator("input[type=checkbox]").first.uncheck()
            expect(live.locator("svg .role-legend-label text")).to_have_text(years[1:])
    assert {"line", "stacked", "small_multiples", "heatmap"} <= {*seen}


def _sent(live: Locator, page: Page) -> str:
    """The address by which a comparison is sent; it tells places, no word."""
    before = page.url
    live.locator("form > button").click()
    expect(live.locator("form [role=status]")).to_have_text(page.evaluate("celosia.words.copied"))
    link = str(page.evaluate("navigator.clipboard.readText()"))
    assert re.search(r"/graficas/[^/]+/[^/]+\.html#comparar=[\d.]+~[\d.]+$", link)
    assert page.url == before
    return link


def _ticked(live: Locator) -> list[list[str]]:
    """What is ticked in each list of a comparison."""
    lists = "all => all.map(list => [...list.querySelectorAll('input:checked')].map(box => box.value))"
    found: list[list[str]] = live.locator("fieldset").evaluate_all(lists)
    return found


def _written(live: Locator) -> list[str]:
    """The figures that are written beside the bars of a chart."""
    texts = live.locator("svg .mark-text.role-mark text").all_text_contents()
    return sorted(text.strip() for text in texts if text.strip())


def test_rates_of_every_zone_and_year_stand_in_a_table_without_scripts(site: Site, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.url}temas/territorio.html")
    figure = page.locator("figure.chart[data-kind=map]").first
    assert not figure.locator("[data-compare]").is_visible()
    figure.locator("details", has=page.locator("[data-years]")).locator("summary").click()
    (heads, *rows) = _rows(figure.locator("[data-years]").evaluate("table => table.outerHTML"))
    context.close()
    package = reader.read(site.editions[-1])
    assert heads[1:] == ["2023", "2024", "2025"]
    table, people = _tables(site.editions[-1])["usuarias_por_zona"], package.catalogues["poblacion"]
    labels = {code.labels["es"]: code.code for code in table.axes["zona_id"].codes.values()}
    rated = 0
    for label, *values in rows:
        for year, value in zip(heads[1:], values, strict=True):
            row = people.where(anio=year, zona_id=labels[label])
            count = table.value("usuarias", year, {"zona_id": labels[label], "area": "_T"})
            if row is not None and isinstance(count, int):
                assert value == f"{10_000 * count / int(row['mujeres_15_mas']):,.1f}", (label, year)
                rated += 1
            else:
                assert value in ("[c]", "–")
    assert rated > 20
