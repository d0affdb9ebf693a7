"""No number of the site tells of a withheld figure: changes, rates, shares, goals, lines, maps, orders, axes, words.

Every page is read as it is served; what its numbers say is held against the published figures, and what they say of a
figure that is not published goes to the attacker of the audit. That this would be found is shown on copies of pages in which one
number gives a withheld figure away.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape, unescape
from itertools import islice, product
from pathlib import Path

import pytest

from pipeline.model.cells import Figure
from tests.reader import built as building
from tests.reader import files, other_forms, pages
from tests.reader.attacker import exposed, told, wrong
from tests.reader.built import Site
from tests.reader.charts import Chart, Plot
from tests.reader.claims import Claim, at_least, minus, plus, ratio, total
from tests.reader.document import Number, parse
from tests.reader.notebook import Notebook
from tests.reader.picture import read

KINDS = {
    "answer", "area", "bar", "card", "change", "class of a outline", "class of a zone", "colour", "column", "dot", "goal",
    "line", "outline", "points", "quarter of a card", "rate", "result", "sentence", "share", "sheet", "spark", "table",
    "table of a chart", "table of years", "whole of a card", "words of a chart", "zone",
}  # fmt: skip
"""What the site derives from figures, or shows of them."""
FILES = {"JSON", "workbook", "jsonstat", "parquet", "tidy", "file of a chart"}
"""Figures that stand in files beside the pages."""
COUNTED = {
    "axis", "axis of a spark", "catalogue", "cells", "classes", "dark", "goal", "limit", "order", "order of the answers", "people",
    "per", "records", "revised", "rows", "share of cells", "things", "threshold", "withheld",
}  # fmt: skip
"""Numbers that count no women, and shapes that may say what no number says."""


@pytest.fixture(scope="module")
def sample(built: Path) -> Site:
    return building.sample(built)


@pytest.fixture(scope="module")
def every(small_site: Path) -> Site:
    return building.every_chart(small_site)


def faults(book: Notebook) -> list[str]:
    """What a notebook has that no page may have."""
    values = book.meaning.values
    return [
        *book.troubles,
        *(f"wrong: {claim.kind} {claim.place} {claim.said}" for claim in wrong(book.claims, values)),
        *(f"told: {claim.kind} {claim.place} {claim.said}" for claim in told(book.claims, values)),
    ]


def in_turn(site: Site) -> list[Notebook]:
    """Every page in one of its languages, which changes from one page to the next."""
    first = site.plan.languages[0]
    names = list(site.pages(first))
    count = len(site.plan.languages)
    return [site.read(language, names[place::count]) for place, language in enumerate(site.plan.languages)]


def in_all(site: Site) -> list[Notebook]:
    return [site.read(language, site.pages(language)) for language in site.plan.languages]


@pytest.fixture(scope="module")
def sample_books(sample: Site) -> list[Notebook]:
    return in_turn(sample)


@pytest.fixture(scope="module")
def every_books(every: Site) -> list[Notebook]:
    return in_all(every)


def test_every_number_of_the_sample_follows_from_published_figures(sample_books: list[Notebook]) -> None:
    assert [fault for book in sample_books for fault in faults(book)] == []
    assert sum(len(book.claims) for book in sample_books) > 10_000


@pytest.mark.slow
def test_every_page_of_the_sample_in_every_language_exposes_nothing(sample: Site) -> None:
    books = in_all(sample)
    assert [fault for book in books for fault in faults(book)] == []
    assert exposed(sample.packages, (claim for book in books for claim in book.claims)) == set()


def test_where_much_is_withheld_all_that_the_pages_say_exposes_nothing(
    every: Site, every_books: list[Notebook]
) -> None:
    assert [fault for book in every_books for fault in faults(book)] == []
    assert every.audit.withheld > every.audit.cells / 4
    assert exposed(every.packages, (claim for book in every_books for claim in book.claims)) == set()


@pytest.mark.parametrize("of", ["every", "sample"])
def test_the_pages_of_older_editions_say_what_those_editions_said(of: str, request: pytest.FixtureRequest) -> None:
    site: Site = request.getfixturevalue(of)
    for language in site.plan.languages:
        books = list(site.read_older(language))
        assert len(books) == len(site.packages) - 1
        assert [fault for book in books for fault in faults(book)] == []
        assert all(any(claim.kind == "sentence" for claim in book.claims) for book in books)


@pytest.mark.parametrize("of", ["every", "sample"])
def test_an_edition_opens_with_the_sentences_of_its_charts(of: str, request: pytest.FixtureRequest) -> None:
    site: Site = request.getfixturevalue(of)
    for language, package in product(site.plan.languages, site.packages):
        page = parse(site.html(language, f"ediciones/{package.edition}.html"))
        told = [item for item in page.all("li") if "data-chart" in item.attrs]
        assert 0 < len(told) <= 5
        for item in told:
            chart = item.attrs["data-chart"]
            kept = parse(site.html(language, item.first("a").attrs["href"].removeprefix("../"))).first("h1")
            assert kept.attrs["id"] == chart
            assert item.first("span").text == kept.text


@pytest.mark.parametrize("of", ["every", "sample"])
def test_the_first_page_tells_what_the_first_chart_of_each_topic_says(of: str, request: pytest.FixtureRequest) -> None:
    site: Site = request.getfixturevalue(of)
    told = 0
    for language in site.plan.languages:
        doors = parse(site.html(language, "index.html")).first("ul", "doors")
        assert len(doors.all("li")) == len(site.plan.site["topics"])
        for item in (item for item in doors.all("li") if "data-chart" in item.attrs):
            topic = parse(site.html(language, item.first("a").attrs["href"]))
            headings = {h.attrs.get("id"): h.text for level in ("h2", "h3") for h in topic.all(level)}
            assert item.first("span").text == headings[item.attrs["data-chart"]]
            told += 1
    assert told > len(site.plan.languages)


def files_of(site: Site, language: str) -> Notebook:
    """What stands beside the pages of a language: tables in other forms, changelog, feed, explorer, report."""
    book = Notebook(site.meanings[language])
    data, edition = site.folder / "datos", site.packages[-1].edition
    suffix = "" if language == site.plan.languages[0] else f".{language}"
    files.tables(data / edition, book)
    files.changelog(data, book)
    book.place = "explorador.html"
    files.explorer(site.html(language, book.place), site.folder / "assets", book)
    files.report(data / edition / f"informe-{edition}{suffix}.pdf", site.shown(language), book)
    other_forms.everything(data, edition, site.folder / "assets", book)
    other_forms.pictures(data / edition / "graficas", site.home(language) / "graficas" / edition, book)
    return book


@pytest.mark.parametrize("of", ["every", pytest.param("sample", marks=pytest.mark.slow)])
def test_every_number_of_the_files_follows_from_published_figures(of: str, request: pytest.FixtureRequest) -> None:
    site: Site = request.getfixturevalue(of)
    for language in site.plan.languages:
        book = files_of(site, language)
        assert faults(book) == []
        assert {claim.kind for claim in book.claims} == FILES
        assert {"of files", "marks", "index", "rows"} <= book.counts


def test_a_number_more_in_the_report_or_a_figure_in_a_workbook_is_found(
    every: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    language = "es"
    monkeypatch.setattr(files, "withheld_marks", lambda book: iter(()))  # the report then tells more than the pages
    assert any("numbers that nobody explains" in trouble for trouble in files_of(every, language).troubles)
    read = every.meanings[language].values
    hidden = next(figure for figure, value in read.items() if value is None)
    book = Notebook(every.meanings[language])
    book.value("workbook", hidden, "3")
    assert told(book.claims, read)


def _filled(csv: str) -> str:
    """A number where the first withheld figure stands."""
    return re.sub(r"(?m)^(.*,),Q\b", r"\g<1>3,Q", csv, count=1)


def _told_in_a_cube(text: str) -> str:
    cube = json.loads(text)
    cube["value"][next(at for at, status in cube["status"].items() if status == "Q")] = 3
    return json.dumps(cube)


PLANTED: Mapping[str, Callable[[str], str]] = {
    "tables/visitas_por_area.jsonstat": _told_in_a_cube,
    "todo.csv": _filled,
    "graficas/meses.csv": _filled,
    "csvw.json": lambda text: text.replace("tables/visitas_por_area.csv", "3 mujeres", 1),
    "graficas/meses.svg": lambda text: text.replace("</desc>", " 3.5</desc>", 1),
}


def test_a_withheld_figure_in_a_file_for_programs_is_found(every: Site, tmp_path: Path) -> None:
    data, edition, book = tmp_path / "datos", every.packages[-1].edition, Notebook(every.meanings["es"])
    shutil.copytree(every.folder / "datos", data)
    for name, plant in PLANTED.items():
        path = data / edition / name
        text = path.read_text(encoding="utf-8")
        path.write_text(plant(text), encoding="utf-8")
        assert path.read_text(encoding="utf-8") != text
    other_forms.everything(data, edition, every.folder / "assets", book)
    other_forms.pictures(data / edition / "graficas", every.folder / "graficas" / edition, book)
    found = {claim.place for claim in told(book.claims, book.meaning.values)}
    found |= {trouble.partition(":")[0] for trouble in book.troubles}
    assert found >= {Path(name).name for name in PLANTED}


def test_the_reader_meets_every_kind_of_number(sample_books: list[Notebook], every_books: list[Notebook]) -> None:
    """A kind that is never met is one that nobody reads."""
    books = [*sample_books, *every_books]
    assert {claim.kind for book in books for claim in book.claims} == KINDS
    assert {kind for book in books for kind in book.counts} == COUNTED


# words with blanks ---------------------------------------------------------------------------------------------------

NUMBERS = {
    "base", "cells", "change", "count", "counted", "high", "least", "list", "low", "most", "now", "per", "points", "rows",
    "share", "tables", "then", "threshold", "value", "whole", "withheld",
}  # fmt: skip
"""Blanks of the site's words that may be filled with a number."""
ELSEWHERE = {
    "changes.label", "changes.label_of_other", "changes.labels", "changes.periods_added", "changes.periods_removed",
    "changes.tables_added", "changes.tables_changed", "changes.tables_removed", "files.instructions", "files.note_why_text",
    "files.readme", "pnt.unverified", "report.withheld", "table.provisional",
}  # fmt: skip
"""Words whose blanks hold labels, or that stand in files and not on pages: numbers of cells, rows and thresholds."""
SELDOM = {"changes.now_shown", "changes.now_withheld", "changes.revised", "map.finding_one", "quality.by_rule_note"}
"""Words that neither of the two sites has to say; read like the others (see below)."""


SENTENCES = {
    "chart.against", "chart.aside", "chart.counted", "chart.down", "chart.down_most", "chart.down_one", "chart.equal",
    "chart.fewer", "chart.level", "chart.levels", "chart.more", "chart.moved", "chart.of_whole", "chart.part",
    "chart.part_then", "chart.same", "chart.same_most", "chart.same_one", "chart.stayed", "chart.tied", "chart.uncompared",
    "chart.up", "chart.up_most", "chart.up_one", "chart.yes", "kept.revised", "map.finding_all", "map.finding_some",
}  # fmt: skip
"""What charts say: which of them a site says depends on its figures. One that could not be read would be a fault."""


def test_no_words_of_the_site_hold_a_number_that_the_reader_does_not_know(
    sample_books: list[Notebook], every_books: list[Notebook]
) -> None:
    words = sample_books[0].meaning.words.words
    asked = {key for key, text in words.items() if NUMBERS & set(re.findall(r"{(\w+)}", text))}
    used = {key for book in [*sample_books, *every_books] for key in book.used}
    assert asked - used - SENTENCES == ELSEWHERE | SELDOM
    assert asked >= SENTENCES


SELDOM_SAID = [
    ("map.finding_one", {"when": "en 2025", "unit": "visitas", "most": "Legal", "high": "7"}),
    ("changes.now_withheld", {"count": "7"}),
    ("changes.now_shown", {"count": "7"}),
    ("changes.revised", {"count": "7", "list": "Visitas"}),
    ("quality.by_rule_note", {"least": "7"}),
]


@pytest.mark.parametrize(("key", "blanks"), SELDOM_SAID, ids=[key for key, _ in SELDOM_SAID])
def test_what_is_seldom_said_is_read_all_the_same(every: Site, key: str, blanks: dict[str, str]) -> None:
    """Each of them, with a number that no published figure bears out, on the page of a chart."""
    book = Notebook(every.meanings["es"], place=TOPIC)
    text, html = book.meaning.words(key, **blanks), every.html("es", TOPIC)
    if key.startswith("map."):
        html = once(html, chart("mapa"), r"(?<=<figcaption data-search-ignore=\"all\">)Todas[^<]*", text)
    else:
        html = html.replace("</main>", f"<ul><li>{text}</li></ul><p>{text}</p></main>")
    pages.read(html, book)
    assert key in book.used
    assert faults(book)


# what would be found -------------------------------------------------------------------------------------------------


@dataclass
class Scene:
    """A site, its Spanish words, and one world that fits all that is published: what somebody could give away."""

    site: Site
    truth: dict[Figure, int]

    def figure(self, table: str, measure: str, period: str, **where: str) -> Figure:
        found = self.site.meanings["es"].figure(table, measure, period, where)
        assert found is not None
        return found

    def true(self, table: str, measure: str, period: str, **where: str) -> int:
        """The value of a withheld figure in that world."""
        figure = self.figure(table, measure, period, **where)
        assert self.site.meanings["es"].values[figure] is None
        return self.truth[figure]

    def visits(self, period: str, area: str = "") -> int:
        return self.true("visitas_por_area", "visitas", period, **({"area": area} if area else {}))

    def service(self, period: str, code: str, measure: str = "visitas") -> int:
        return self.true("visitas_por_servicio", measure, period, servicio=code)

    def plot(self, html: str, chart: str) -> Plot:
        node = next(f for f in parse(html).all("figure", "chart") if f.attrs.get("data-id") == chart)
        meaning = self.site.meanings["es"]
        return Plot(
            Chart(node, meaning.charts[chart], Notebook(meaning)), read(node.first("div", "chart__wide").first("svg"))
        )


def once(html: str, begin: str, old: str, new: str) -> str:
    """`new` for the first `old` after `begin`."""
    at = html.index(begin)
    found = re.search(old, html[at:])
    assert found is not None, (begin, old)
    return html[: at + found.start()] + new + html[at + found.end() :]


def chart(name: str) -> str:
    return f'data-id="{name}"'


def cell_of_a_chart(html: str, scene: Scene) -> str:
    row = '<th scope="row">feb 2025</th><td>[c]</td><td>'
    return once(html, chart("meses"), re.escape(row) + r"\[c\]", row + str(scene.visits("2025-02", "social")))


def cell_of_a_table(html: str, scene: Scene) -> str:
    row = '<tr><th scope="row">Social</th><td>'
    return once(html, "Febrero de 2025</span>", re.escape(row) + r"\[c\]", row + str(scene.visits("2025-02", "social")))


def description(html: str, scene: Scene) -> str:
    now = scene.service("2025-T4", "taller", "mujeres")
    return once(html, 'id="servicios_serie-wide-d">', r"(?<=\d\))\. ", f" y Taller ({now}). ")


def heading(html: str, scene: Scene) -> str:
    part = scene.service("2025", "taller")
    said = f"Lo único que se muestra en 2025: Taller, {part / 4:.1f} % ({part} de 400 visitas)."
    return once(html, "<h", r'(?<=id="servicios">)Lo único que se muestra[^<]*', said)


def answer(html: str, scene: Scene) -> str:
    return once(html, "visitas: 43", r"\[c\] taller", f"{scene.service('2025', 'taller') / 4:.1f} % taller")


def change(html: str, scene: Scene) -> str:
    said = f"{100 * (102 / scene.visits('2025-T3') - 1):.1f}".replace("-", "−")
    return once(html, ">Visitas</a> <small>Visitas</small>", r"\[c\](?= <small>frente a T3 2025)", f"{said} %")


def card(html: str, scene: Scene) -> str:
    return once(html, 'id="kpi-legales"', r"\[c\]", str(scene.visits("2025", "legal")))


def quarter_of_a_share(html: str, scene: Scene) -> str:
    part = 100 * scene.visits("2025-T4", "social") / 102
    return once(html, "<small>de 400 Visitas</small>", r"\[c\](?=</b> <small>T4 2025)", f"{part:.1f} %")


def spark(html: str, scene: Scene) -> str:
    return once(
        html, 'id="kpi-visitas"', r'd="M4\.0,4\.5M', f'd="M4.0,4.5L86.7,{30 - 26 * scene.visits("2025-T3") / 102:.1f}M'
    )


def axis_of_a_spark(html: str, scene: Scene) -> str:
    figures = scene.site.meanings["es"]
    known = [
        figures.values[scene.figure("visitas_por_area", "visitas", f"2025-T{n}", area="legal")] or 0 for n in (1, 2, 3)
    ]
    top = max(*known, scene.visits("2025-T4", "legal"))
    at = [f"{x},{30 - 26 * value / top:.2f}" for x, value in zip((4.0, 45.3, 86.7), known, strict=True)]
    html = once(html, 'id="kpi-legales"', r'd="M4\.0,34[^"]*"', 'd=""')
    html = once(html, 'id="kpi-legales"', r'd="M4\.0,[^"]*"', f'd="M{"L".join(at)}"')
    return once(html, 'id="kpi-legales"', r"<circle [^>]*/>", "")


def goal(html: str, scene: Scene) -> str:
    share = 100 * scene.service("2025", "taller") / 7
    return once(html, "Visitas al taller", r"de 7: \[c\]", f"de 7: {share:.0f} %")


def result(html: str, scene: Scene) -> str:
    return once(html, "Visitas al taller", r"<b>\[c\]</b>", f"<b>{scene.service('2025', 'taller')}</b>")


def sheet(html: str, scene: Scene) -> str:
    return once(html, 'id="taller"', r"\[c\] visitas", f"{scene.service('2025', 'taller')} visitas")


def line(html: str, scene: Scene) -> str:
    return _drawn(html, scene, "meses", "feb 2025", scene.visits("2025-02", "social"), "L", "#28A197")


def dot(html: str, scene: Scene) -> str:
    return _drawn(html, scene, "meses", "feb 2025", scene.visits("2025-02", "social"), "A", "#28A197")


def column(html: str, scene: Scene) -> str:
    return _drawn(html, scene, "columnas", "T3 2025", scene.visits("2025-T3", "social"), "h", "#28A197")


def _of_workshops(html: str, scene: Scene, shape: str) -> str:
    """The withheld women of the workshops in the first quarter, drawn in their panel."""
    women = scene.service("2025-T1", "taller", "mujeres")
    return _drawn(html, scene, "servicios_serie", "T1 2025", women, shape, "#12436D", "Taller")


def panel(html: str, scene: Scene) -> str:
    return _of_workshops(html, scene, "L")


def area(html: str, scene: Scene) -> str:
    return _of_workshops(html, scene, "Z")


def _drawn(
    html: str, scene: Scene, name: str, period: str, value: int, kind: str, colour: str, series: str = ""
) -> str:
    """A mark more in a picture, where a withheld figure would stand."""
    plot = scene.plot(html, name)
    left = plot.panels[series][0] if series else 0.0
    zero = plot.zero(plot.panels[series][1]) if series else plot.zeros[-1]
    x = left + plot.columns[plot.chart.xs.index(period)] - plot.picture.origin[0]
    y = zero - value * plot.unit - plot.picture.origin[1]
    made = {
        "L": f'<path d="M{x:.1f},{y:.1f}Z" stroke="{colour}"/>',
        "A": f'<path transform="translate({x:.1f},{y:.1f})" d="M3,0A3,3,0,1,1,-3,0A3,3,0,1,1,3,0" fill="{colour}"/>',
        "h": f'<path d="M{x - 5:.1f},{y:.1f}h10v{value * plot.unit:.1f}h-10Z" fill="{colour}"/>',
        "Z": f'<path d="M{x:.1f},{y:.1f}L{x:.1f},{zero - plot.picture.origin[1]:.1f}Z" fill="{colour}" opacity="0.14"/>',
    }
    return once(html, chart(name), "</g></svg>", f"{made[kind]}</g></svg>")


def mark(html: str, scene: Scene) -> str:
    plot = scene.plot(html, "meses")
    at = plot.columns[1] - plot.picture.origin[0]
    y = plot.zeros[-1] - scene.visits("2025-02", "social") * plot.unit - plot.picture.origin[1]
    return once(html, chart("meses"), rf"translate\({at:.1f},285\)", f"translate({at:.1f},{y:.1f})")


def bar(html: str, scene: Scene) -> str:
    begin = html.index(chart("servicios"))
    longest = float(re.search(r"M0,7h([\d.]+)v20", html[begin:])[1])  # type: ignore[index]
    long = longest * scene.service("2025", "taller") / 171
    return once(html, chart("servicios"), r"M0,109h0v20h0Z", f"M0,109h{long:.1f}v20h-{long:.1f}Z")


def axis_of_bars(html: str, scene: Scene) -> str:
    for length in ("305", "170.5"):
        html = once(
            html,
            'id="edades-narrow-d"',
            rf"h{length}v16h-{length}Z",
            f"h{float(length) * 0.8}v16h-{float(length) * 0.8}Z",
        )
    return html


def order(html: str, scene: Scene) -> str:
    """Two withheld rows, the larger one first and not as in the list."""
    rows = re.search(r"<tbody>(.*?)</tbody>", html[html.index(chart("edades_social")) :], re.DOTALL)
    assert rows is not None
    young, adult, old, rest = rows[1].strip().split("\n")
    return once(html, chart("edades_social"), re.escape(rows[1].strip()), "\n".join((young, old, adult, rest)))


def tile(html: str, scene: Scene) -> str:
    value = scene.true("mujeres_por_edad", "mujeres", "2025", edad="mayor", area="legal")
    return once(
        html,
        'id="calor-wide-d"',
        r"(?<=translate\(149\.5,94\)\" font-size=\"12\.5px\" fill=\"#1d2733\">)\[c\]",
        str(value),
    )


def colour(html: str, scene: Scene) -> str:
    return once(html, 'id="calor-wide-d"', r"(?<=M0,72h299v36h-299Z\" fill=\")#ffffff", "#5f8db1")


def rate(html: str, scene: Scene) -> str:
    said = f"{1000 * scene.visits('2025', 'social') / 30:,.1f}"
    return once(html, chart("tasas"), r"(?<=<th scope=\"row\">Social</th><td>\[c\]</td><td>30</td><td>)\[c\]", said)


def zone(html: str, scene: Scene) -> str:
    said = f"{1000 * scene.visits('2025', 'social') / 30:,.1f}"
    return once(html, 'id="tasas-wide-d"', r"(?<=<tspan>Social</tspan><tspan x=\"0\" dy=\"14\">)\[c\]", said)


def outline(html: str, scene: Scene) -> str:
    return _outlined(html, lambda zone, key: zone.update(mark=f"{1000 * scene.visits('2025', 'social') / 30:,.1f}"))


def map_class(html: str, scene: Scene) -> str:
    top = -(-1000 * scene.visits("2025", "social") // 30)

    def classed(zone: dict[str, object], key: list[dict[str, object]]) -> None:
        zone["fill"] = "#e7eef4"
        key.insert(0, {"fill": "#e7eef4", "text": f"{top - 100:,}–{top + 100:,}", "dash": [1, 0]})

    return _outlined(html, classed)


def _outlined(html: str, edit: Callable[[dict[str, object], list[dict[str, object]]], None]) -> str:
    found = re.search(r'data-id="tasas"[^>]* data-outlines="([^"]*)"', html)
    assert found is not None
    drawn = json.loads(unescape(found[1]))
    drawn["key"] = [each for each in drawn["key"] if each["text"] == "[c]"]
    edit(drawn["zones"]["Social"], drawn["key"])
    return once(html, chart("tasas"), re.escape(found[1]), escape(json.dumps(drawn)))


HOME, TOPIC = "index.html", "temas/visitas.html"
PLANTS: Sequence[tuple[Callable[[str, Scene], str], str, str, bool]] = [
    # what is planted, on which page, what the reader calls it, whether it narrows a figure below what is promised
    (cell_of_a_chart, TOPIC, "table of a chart", True),
    (cell_of_a_table, "tablas/visitas_por_area.html", "table", True),
    (description, TOPIC, "sentence", True),
    (heading, TOPIC, "share", True),
    (answer, HOME, "share", True),
    (change, HOME, "change", True),
    (card, HOME, "card", True),
    (quarter_of_a_share, HOME, "quarter of a card", True),
    (spark, HOME, "spark", True),
    (axis_of_a_spark, HOME, "axis of a spark", True),
    (goal, "metas.html", "goal", True),
    (result, "metas.html", "result", True),
    (sheet, "metas.html", "sheet", True),
    (line, TOPIC, "line", True),
    (dot, TOPIC, "dot", True),
    (column, TOPIC, "column", True),
    (panel, TOPIC, "line", True),
    (area, TOPIC, "area", True),
    (mark, TOPIC, "mark", True),
    (bar, TOPIC, "bar", True),
    (tile, TOPIC, "words of a chart", True),
    (rate, TOPIC, "rate", True),
    (zone, TOPIC, "zone", True),
    (outline, TOPIC, "outline", True),
    (map_class, TOPIC, "class of a outline", False),
    (axis_of_bars, TOPIC, "axis", False),
    (order, TOPIC, "order", False),
    (colour, TOPIC, "colour", False),
]
"""The last four tell something of a withheld figure, which is found; here it is too coarse to narrow one to a small number."""


@pytest.mark.parametrize(("plant", "page", "kind", "narrow"), PLANTS, ids=[plant[0].__name__ for plant in PLANTS])
def test_a_number_that_gives_a_withheld_figure_away_is_found(
    every: Site, plant: Callable[[str, Scene], str], page: str, kind: str, narrow: bool
) -> None:
    most = every.meanings["es"].figure("visitas_por_area", "visitas", "2025-T4", {"area": "legal"})
    assert most is not None
    tried = (
        [every.world(most, high=True)] if plant is axis_of_a_spark else worlds(every)
    )  # an axis tells of the longest
    for truth in tried if narrow else islice(tried, 1):
        scene, book = Scene(every, truth), Notebook(every.meanings["es"], place=page)
        pages.read(plant(every.html("es", page), scene), book)
        said = [claim for claim in told(book.claims, book.meaning.values) if claim.kind == kind]
        assert said
        found = exposed(every.packages, said)
        assert 0 not in {exposure.rule for exposure in found}  # what is planted does not contradict what is published
        if found:
            break
    assert bool(found) == narrow


def worlds(every: Site) -> Iterator[dict[Figure, int]]:
    """Worlds that fit what is published, until one is met in which a plant tells of few: those in which a withheld figure is as
    low as it can be, or as high."""
    periods = ("2025-05", "2025-T4", "2025-02", "2025-07", "2025-08", "2025-12", "2025-03", "2025")
    for high, period, area in product((False, True), periods, ("social", "legal")):
        figure = every.meanings["es"].figure("visitas_por_area", "visitas", period, {"area": area})
        if figure is not None and every.meanings["es"].values[figure] is None:
            yield every.world(figure, high=high)


def test_a_rounding_that_is_finer_than_the_figures_tells_what_a_coarse_one_does_not(every: Site) -> None:
    scene = Scene(every, {})
    part = scene.figure("visitas_por_area", "visitas", "2025", area="social")
    value = every.world(scene.figure("visitas_por_area", "visitas", "2025-05", area="social"), high=False)[part]
    whole = scene.figure("visitas_por_area", "visitas", "2025")

    def said(decimals: int) -> list[Claim]:
        number = Number.percent(f"{value / 4:.{decimals}f} %")
        return [Claim("share", "", "", ratio(total([part]), total([whole]), number.low, number.high))]

    assert exposed(every.packages, said(0)) == set()
    assert exposed(every.packages, said(1)) != set()


def test_an_order_of_withheld_figures_can_tell_a_small_one(every: Site) -> None:
    """Two small groups of three that add up with a third: whoever knows which is larger knows that another is small."""
    scene = Scene(every, {})
    january, march = (
        scene.figure("visitas_por_area", "visitas", period, area=area)
        for period, area in (("2025-01", "social"), ("2025-03", "legal"))
    )
    said = Claim("order", "", "", (at_least(plus(total([january]), minus(total([march]))), 0),))
    assert {exposure.rule for exposure in exposed(every.packages, [said])} == {2}


@pytest.mark.parametrize(
    "planted",
    [
        "<p>Fueron 3 mujeres.</p>",
        '<p title="3 mujeres">Pocas.</p>',
        '<img alt="3 mujeres">',
        "<table><caption>Otra</caption><tr><td>3</td></tr></table>",
        '<script type="application/ld+json">{"description": "3 mujeres en marzo"}</script>',
        '<p aria-label="de 3 a 4 mujeres">Pocas.</p>',
    ],
)
def test_a_number_that_nobody_explains_is_found(every: Site, planted: str) -> None:
    book = Notebook(every.meanings["es"], place=HOME)
    pages.read(every.html("es", HOME).replace("</main>", f"{planted}</main>"), book)
    assert any("nobody explains" in trouble for trouble in book.troubles)
