"""Everything that the institute owes an account of is told: a checklist, kept apart, walked over both languages of the site.

`checklist.yaml` holds the facts of the service and the whole of the domain: record types, catalogues, code lists,
statistics. What it names must be on a page, in Spanish and in English, and in the open data.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from pipeline import ROOT, SITE
from pipeline.institute.load import load
from pipeline.model import periods, yaml12
from pipeline.public.edition import reader
from pipeline.public.edition.model import PERIOD, Package
from pipeline.public.presentation import examples
from pipeline.public.statistics import figures
from pipeline.wording import texts
from pipeline.workflows import editions
from tests.browser.conftest import Site

CHECKLIST: Mapping[str, Any] = yaml12.read(Path(__file__).with_name("checklist.yaml").read_text(encoding="utf-8"))[0]
LANGUAGES = {"es": "", "en": "en/"}
MOST_WITHHELD = 0.25
PLAN = load(ROOT / "institute")


@lru_cache
def markup(folder: Path, page: str) -> str:
    return (folder / page).read_text(encoding="utf-8")


def words(found: str) -> str:
    """What a reader reads: no tags, blanks evened out, lower case."""
    bare = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", found, flags=re.DOTALL)
    return " ".join(
        html.unescape(re.sub(r"<[^>]+>", "", re.sub(r"</?(p|li|td|th|div|dt|dd|h\d)\b[^>]*>", " ", bare))).split()
    ).lower()


def article(found: str) -> str:
    """The page itself: the menu and the foot of every page say nothing of this one."""
    return found[found.index("<article") : found.index("</article>")]


@pytest.fixture(scope="module")
def newest() -> Package:
    return reader.read(editions.folders(ROOT / "data" / "published")[-1])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("fact", CHECKLIST["facts"], ids=lambda fact: str(fact["fact"]).replace(" ", "-"))
def test_every_fact_of_the_service_is_told(site: Site, fact: Mapping[str, Any], language: str) -> None:
    page = article(markup(site.folder, LANGUAGES[language] + fact["page"]))
    said = words(page)
    assert [phrase for phrase in fact[language] if phrase not in said] == []
    if "beside" in fact:
        own = words(page[: page.index(f'data-id="{fact["beside"]}"')])
        assert all(phrase in own for phrase in fact[language])
        following = page[page.index(f'data-id="{fact["beside"]}"') :]
        assert "<table" in following[: following.index("</figure>")]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", CHECKLIST["sheets"])
def test_every_service_of_an_area_has_its_sheet_with_its_figures(
    site: Site,
    newest: Package,
    page: str,
    language: str,
) -> None:
    found = article(markup(site.folder, LANGUAGES[language] + page))
    catalogue = newest.catalogues["servicios"]
    for code in CHECKLIST["sheets"][page]:
        sheet = words(found[found.index(f'<h3 id="{code}"') :].partition("</dl>")[0])
        row = catalogue.where(servicio=code)
        assert row is not None
        for stem in ("objetivo", *CHECKLIST["sheet_says"]):
            for part in catalogue.said(row, stem, language).split(" | "):
                assert " ".join(part.split()).lower() in sheet, (code, stem)
        frame = newest.tables["servicios_por_servicio"].frame
        value = frame.loc[(frame["servicio"] == code) & (frame[PERIOD] == "2025"), "usuarias"].iloc[0]
        assert f"{value:,}" in sheet or value is None


def test_every_record_type_is_on_a_page_and_in_the_open_data(site: Site, newest: Package) -> None:
    assert {table.records for table in newest.tables.values()} == set(CHECKLIST["records"])
    for prefix in LANGUAGES.values():
        page = markup(site.folder, f"{prefix}catalogos.html")
        for name in CHECKLIST["records"]:
            section = page[page.index(f'id="registro-{name}"') :].partition("<h")[0]
            mine = [table for table in newest.tables.values() if table.records == name]
            assert all(f'href="{PLAN.address(f"tablas/{table.id}")}.html"' in section for table in mine), name


def test_every_catalogue_is_on_a_page_and_in_the_open_data(site: Site, newest: Package) -> None:
    assert set(CHECKLIST["catalogues"]) <= set(newest.catalogues)
    assert newest.shapes["zonas_mapa"].features
    for prefix in LANGUAGES.values():
        page = markup(site.folder, f"{prefix}catalogos.html")
        for name, catalogue in newest.catalogues.items():
            section = page[page.index(f'id="catalogo-{name}"') :].partition("</details>")[0]
            assert f"catalogues/{name}.csv" in section
            body = section[section.index("<tbody") : section.index("</tbody>")]
            assert body.count("<tr ") == len(catalogue.rows), name
        assert "catalogues/zonas_mapa.geojson" in page
    for name in (*(f"{n}.csv" for n in newest.catalogues), "zonas_mapa.geojson"):
        assert (site.folder / "datos" / "ultima" / "catalogues" / name).is_file()


@pytest.mark.parametrize("name", CHECKLIST["records"])
def test_the_contract_asks_for_every_column_of_a_record_and_publishes_none_that_names_a_woman(
    newest: Package,
    name: str,
) -> None:
    columns = CHECKLIST["records"][name]
    described = yaml12.read((ROOT / "institute" / "records.package.yaml").read_text(encoding="utf-8"))[0]
    (fields,) = (each["schema"]["fields"] for each in described["resources"] if each["name"] == name)
    assert [field["name"] for field in fields] == columns
    for table in newest.tables.values():
        assert not set(CHECKLIST["unpublished"]) & set(table.frame.columns), table.id


@pytest.mark.parametrize("name", CHECKLIST["lists"])
def test_every_code_list_is_on_a_page_and_in_the_open_data(site: Site, newest: Package, name: str) -> None:
    codes = newest.codes[name]
    assert set(CHECKLIST["lists"][name]) <= set(codes["code"])
    assert (site.folder / "datos" / "ultima" / "codes" / f"{name}.csv").is_file()
    for language, prefix in LANGUAGES.items():
        page = markup(site.folder, f"{prefix}catalogos.html")
        section = page[page.index(f'id="lista-{name}"') :].partition("</details>")[0]
        for code, label in zip(codes["code"], codes[language], strict=True):
            assert f"<code>{code}</code>" in section
            assert str(label) in html.unescape(section)


def test_every_table_has_its_page_its_files_and_its_unit_and_withholds_little(site: Site, newest: Package) -> None:
    for table in newest.tables.values():
        withheld = (table.frame["obs_status"] == "Q").mean()
        assert withheld < MOST_WITHHELD, table.id
        assert (site.folder / "datos" / "ultima" / "tables" / f"{table.id}.csv").is_file()
        for language, prefix in LANGUAGES.items():
            found = article(markup(site.folder, f"{prefix}{PLAN.address(f'tablas/{table.id}')}.html"))
            page = words(found)
            counted = re.search(r'class="chart__unit"[^>]*>(.*?)</p>', found)
            assert counted, table.id
            assert all(table.labels[measure][language].lower() in words(counted[1]) for measure in table.measures)
            assert f"{len(table.frame):,}" in page, table.id
            address = PLAN.address(f"tablas/{table.id}")
            assert f'href="../{address}.html"' in markup(site.folder, f"{prefix}tablas/index.html")


@pytest.mark.parametrize("wanted", CHECKLIST["statistics"], ids=lambda wanted: str(wanted["says"]).replace(" ", "-"))
def test_every_statistic_that_its_readers_expect_is_published_and_drawn(
    site: Site,
    newest: Package,
    wanted: Mapping[str, Any],
) -> None:
    found = [
        table
        for table in newest.tables.values()
        if table.records == wanted["records"]
        and set(wanted["by"]) <= set(table.names)
        and ("level" not in wanted or any(periods.level_of(code) == wanted["level"] for code in table.frame[PERIOD]))
        and ("unit" not in wanted or wanted["unit"] in table.measures)
    ]
    assert found
    for prefix in LANGUAGES.values():
        drawn = [markup(site.folder, f"{prefix}{PLAN.address(f'temas/{table.topic}')}.html") for table in found]
        figures_of = [
            figure
            for page, table in zip(drawn, found, strict=True)
            for figure in re.findall(r"<figure.*?</figure>", page, flags=re.DOTALL)
            if f"tables/{table.id}.csv" in figure
            and ("chart" not in wanted or f'data-kind="{wanted["chart"]}"' in figure)
        ]
        assert figures_of


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_chart_and_every_card_says_what_it_counts(site: Site, newest: Package, language: str) -> None:
    units = {label[language].lower() for table in newest.tables.values() for label in table.labels.values()}
    described = load(ROOT / "institute").site
    units |= {each["unit"][language].lower() for each in (*described["charts"], *described["kpis"]) if "unit" in each}
    charts = 0
    for path in sorted((site.folder / LANGUAGES[language]).glob("temas/*.html")):
        for figure in re.findall(r"<figure.*?</figure>", path.read_text(encoding="utf-8"), flags=re.DOTALL):
            said = re.search(r'class="chart__unit"[^>]*>(.*?)</p>', figure)
            assert said
            assert any(unit in words(said[1]) for unit in units), path.name
            charts += 1
    assert charts > 30
    home = markup(site.folder, f"{LANGUAGES[language]}index.html")
    cards = {
        name: words(body)
        for name, body in re.findall(r'<section class="card" id="kpi-(\w+)"(.*?)</section>', home, flags=re.DOTALL)
    }
    assert set(CHECKLIST["cards"]) <= set(cards)
    assert all(any(unit in card for unit in units) for card in cards.values())
    # The year, or the year to date, against its own; the quarter against the one before and the same one a year before.
    against = {"es": ("frente a 2024", "frente a t3 2025", "frente a t4 2024"),
               "en": ("compared with 2024", "compared with q3 2025", "compared with q4 2024")}[language]  # fmt: skip
    changes = re.findall(r"<tr.*?</tr>", home[home.index('id="cambios"') :].partition("</table>")[0], flags=re.DOTALL)[
        1:
    ]
    assert len(changes) == len(cards)
    assert all(phrase in words(row) for row in changes for phrase in against), changes
    assert all(re.search(r"[+−]?\d+\.\d ?(%|p)", words(row)) for row in changes)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_of_method_shows_exactly_the_examples_that_are_tested(site: Site, language: str) -> None:
    page = article(markup(site.folder, f"{LANGUAGES[language]}metodologia.html"))
    shown = [
        html.unescape(re.sub(r"<[^>]+>", "", block)).strip("\n")
        for block in re.findall(r"<pre.*?</pre>", page, flags=re.DOTALL)
    ]
    told = [example[name].rstrip() for example in examples.read(SITE) for name in examples.TABLES if name in example]
    assert shown == told


@pytest.mark.parametrize("language", LANGUAGES)
def test_goals_stand_beside_results(site: Site, newest: Package, language: str) -> None:
    page = words(article(markup(site.folder, f"{LANGUAGES[language]}metas.html")))
    table = figures.tables(newest, {})["servicios_por_area"]
    for row in newest.catalogues["metas"].rows:
        if row["indicador"] == "servicios":
            result, goal = table.value("servicios", row["anio"]), int(row["meta"])
            assert isinstance(result, int)
            share = texts.of_site(tuple(LANGUAGES))[language].percent(result / goal)
            told = texts.of_site(tuple(LANGUAGES))[language]("goals.of", goal=f"{goal:,}", share=share)
            assert f"{result:,} {words(told)}" in page.replace("  ", " ")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_obligation_leads_to_its_page_its_file_its_area_and_its_date(
    site: Site,
    newest: Package,
    language: str,
) -> None:
    folder = site.folder / LANGUAGES[language]
    page = article(markup(site.folder, f"{LANGUAGES[language]}obligaciones.html"))
    rows = re.findall(r"<tr .*?</tr>", page[page.index("<tbody") :], flags=re.DOTALL)
    day = texts.of_site(tuple(LANGUAGES))[language].day(str(newest.release["published"]))
    listed = newest.catalogues["obligaciones"]
    assert len(rows) == len(listed.rows)
    assert [row["obligacion"] for row in listed.rows] == CHECKLIST["obligations"]
    for shown, row in zip(rows, listed.rows, strict=True):
        assert listed.said(row, "norma", language).lower() in words(shown)
        assert listed.said(row, "responsable", language).lower() in words(shown)
        assert day.lower() in words(shown)
        address = row["pagina"].replace(".md", ".html")
        assert f'href="./{address}"' in shown or f'href="{address}"' in shown
        assert (folder / address).is_file()
        assert f"datos/{newest.edition}/{row['archivo']}" in shown
        assert (site.folder / "datos" / newest.edition / row["archivo"]).is_file()
