"""Help comes first: one tap from any page, and on one screen of an old phone all that a woman needs to come, call or write."""

from __future__ import annotations

import html
import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from pipeline import ROOT
from pipeline.institute.load import load
from tests.browser.conftest import PATIENCE, Site

pytestmark = pytest.mark.browser

WIDTH, HEIGHT = 360, 640
PLAN = load(ROOT / "institute")
HELP = {"es": "ayuda.html", "en": "en/ayuda.html"}
SEEN = """
element => {
  const box = element.getBoundingClientRect(), bar = document.querySelector('.exit').getBoundingClientRect();
  return box.height > 0 && box.top >= 0 && box.bottom <= bar.top && box.right <= innerWidth;
}
"""
"""Whether all of an element is in the window and above the bar by which one leaves the page."""
NUMBERS = 'a[href^="tel:"], a[href^="sms:"], a[href^="https://wa.me/"]'


@pytest.fixture
def phone(browser: Browser) -> Page:
    context: BrowserContext = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, locale="es-MX")
    context.set_default_timeout(PATIENCE)
    return context.new_page()


@pytest.mark.parametrize("language", HELP)
def test_one_screen_says_all_that_is_needed_to_come_call_or_write(site: Site, phone: Page, language: str) -> None:
    phone.goto(site.url + HELP[language])
    assert phone.locator(".first li").all_inner_texts() == [each["says"][language] for each in PLAN.facts["help"]]
    office = phone.locator(".office").first
    due = {
        "what is promised": phone.locator(".first li").last,
        "a telephone": office.locator('a[href^="tel:"]'),
        "a channel without voice": office.locator('a[href^="https://wa.me/"], a[href^="sms:"]').first,
        "the address": office.locator("dd").nth(0),
        "the hours": office.locator("dd").nth(1),
    }
    assert [name for name, element in due.items() if not element.evaluate(SEEN)] == []
    row = PLAN.catalogues["modulos"].rows[0]
    assert [office.locator("dd").nth(n).inner_text() for n in (0, 1)] == [
        row[f"direccion_{language}"],
        row[f"horario_{language}"],
    ]
    phone.context.close()


@pytest.mark.parametrize("language", HELP)
def test_every_office_says_what_the_institute_says_of_it_and_the_lines_come_after(site: Site, language: str) -> None:
    found = site.html(HELP[language])
    article = html.unescape(found[found.index("<article") : found.index("</article>")])
    places = [article.index(f'id="modulo-{row["modulo_id"]}"') for row in PLAN.catalogues["modulos"].rows]
    closed, lines = article.index('id="fuera-de-horario"'), article.index("help__lines")
    assert places == sorted(places)
    assert places[-1] < closed < lines
    for row in PLAN.catalogues["modulos"].rows:
        for number in filter(None, (row["telefono"], row["whatsapp"], row["sms"])):
            assert number in article
        for stem in ("direccion", "horario", "como_llegar", "accesibilidad", "fechas"):
            assert all(part in article for part in row[f"{stem}_{language}"].split(" | ")), (row["modulo_id"], stem)
    for line in PLAN.facts["helplines"]:
        assert re.search(
            rf'tel:{line["call"]}"><b>{line["number"]}</b> <span>{re.escape(line["label"][language])}', article
        )


def test_from_every_kind_of_page_one_tap_on_the_first_screen_leads_to_help(
    site: Site, names: list[str], phone: Page
) -> None:
    wrong = []
    for name in names:
        phone.goto(site.url + name)
        target = HELP["en" if name.startswith("en/") else "es"]
        if name == target:
            continue
        link = phone.locator(".ask")
        if not link.evaluate(SEEN):
            wrong.append(f"{name}: not on the first screen")
        if not str(link.evaluate("a => a.href")).endswith(f"/{target}"):
            wrong.append(name)
    phone.goto(site.url + "no/existe.html")
    assert str(phone.locator("main a").first.evaluate("a => a.href")).endswith("/ayuda.html")
    assert wrong == []
    phone.context.close()


def test_help_is_first_in_every_menu_and_in_every_foot(site: Site) -> None:
    menus = [
        re.findall(r'<nav class="menu".*?</nav>', site.html(f"{of}index.html"), re.DOTALL)[0] for of in ("", "en/")
    ]
    assert len({tuple(re.findall(r'href="([^"]*)"', menu)) for menu in menus}) == 1, "a part is opened by another page"
    for name in site.pages:
        found = site.html(name)
        target = "ayuda.html"
        (menu,) = re.findall(r'<nav class="menu".*?</nav>', found, re.DOTALL)
        assert re.findall(r'href="([^"]*)"', menu)[0].endswith(target), name
        if name not in HELP.values():
            foot = found[found.index('<aside class="help"') :]
            assert foot.index(target) < foot.index("help__lines"), name


def test_every_number_has_its_name_wherever_it_stands(site: Site, names: list[str], phone: Page) -> None:
    bare = []
    for name in names:
        phone.goto(site.url + name)
        phone.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
        for link in phone.locator(NUMBERS).all():
            said = link.evaluate("a => a.innerText.replace(/[\\s\\d]+/g, ' ').trim()")
            if not re.search(r"[^\W\d_]{3}", str(said)):
                bare.append(f"{name}: {link.get_attribute('href')}")
    assert bare == []
    phone.context.close()


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_page_of_a_service_opens_with_cost_what_to_bring_where_when_and_how_long(site: Site, language: str) -> None:
    prefix = "" if language == "es" else f"{language}/"
    catalogue = PLAN.catalogues["servicios"]
    for page in PLAN.pages[language]:
        if "services" not in page.meta:
            continue
        found = site.html(prefix + page.path.replace(".md", ".html"))
        article = html.unescape(found[found.index("<article") : found.index("</article>")])
        before, boxes = article.split('<div class="box">')
        box = boxes.partition("</dl>")[0]
        assert "<h2" not in before
        assert "<p>" not in before, page.path
        row = next(
            row
            for code in page.meta["services"]
            for row in catalogue.rows
            if code in (row["servicio"], PLAN.lists["servicio"].by_code[row["servicio"]].parent)
        )
        told = [row[f"{stem}_{language}"] for stem in ("costo", "llevar", "canal", "horario", "duracion")]
        assert re.findall(r"<dd>(.*?)</dd>", box) == told, page.path
        assert article.count('href="./ayuda.html"') > 1, "the box leads to help, and so does each sheet"


def test_she_is_spoken_to_and_nothing_promises_more_than_is_true(site: Site) -> None:
    for name in site.pages:
        found = site.html(name)
        assert not re.search(r"sin dejar huella|no guarda nada|without leaving a trace|keeps nothing of your", found), (
            name
        )
        assert not re.search(r"ah[ií] se queda|stays there", found), name
    for page in PLAN.pages["es"]:
        if page.meta.get("section") in ("servicios", "ayuda"):
            assert not re.search(r"\b(la|una) usuaria\b|\bcon ella\b", page.body), page.path
            assert not re.search(r"\b(usted|acuda|llame|escriba al)\b", page.body, re.IGNORECASE), page.path
    for row in PLAN.catalogues["servicios"].rows:
        assert not re.search(
            r"\busuarias?\b|\bella\b", " ".join(value for key, value in row.items() if key.endswith("_es"))
        )
    assert re.search(r"tuya|t[uú] decides", site.html("lineamientos.html"))


def test_confidentiality_is_told_with_its_limits(site: Site) -> None:
    for name, limit in (("psicologica.html", "La ley pone límites"), ("en/psicologica.html", "The law sets limits")):
        assert limit in site.html(name)


def test_who_cannot_leave_the_house_is_told_what_to_do(site: Site) -> None:
    assert "Si no puedes salir de casa" in site.html("seguridad.html")
    assert "If you cannot leave the house" in site.html("en/seguridad.html")
    for name in ("seguridad.html", "en/seguridad.html"):
        found = site.html(name)
        assert 'href="ayuda.html"' in found[found.index("<article") : found.index("</article>")]


@pytest.mark.parametrize("language", HELP)
def test_the_help_page_leads_to_its_easy_version_which_has_the_numbers_too(site: Site, language: str) -> None:
    found = site.html(HELP[language])
    assert 'href="./ayuda-facil.html"' in found[found.index('class="ways"') :].partition("</ul>")[0]
    easy = site.html(HELP[language].replace("ayuda", "ayuda-facil"))
    article = easy[easy.index("<article") : easy.index("</article>")]
    assert PLAN.catalogues["modulos"].rows[0]["telefono"] in article
    prose = next(page.body for page in PLAN.pages[language] if page.path == "ayuda-facil.md")
    lengths = [len(part.split()) for part in re.split(r"[.:?\n]", prose)]
    assert max(lengths) <= 16, "sentences of an easy text are short"
