"""Keyboard, zoom, print and axe; `make accessibility` looks at every page in every mode."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from pypdf import PdfReader

from tests.browser.conftest import MODES, SEVERAL, WIDER, Scheme, Site, axe

pytestmark = pytest.mark.browser

FOCUSABLE = "a[href], button, input, select, textarea, summary, [tabindex]"
TAB = """
() => {
  const e = document.activeElement, box = e.getBoundingClientRect(), all = [...document.querySelectorAll('*')];
  const x = Math.min(Math.max(box.left + Math.min(box.width / 2, 40), 1), innerWidth - 2), hits = [];
  for (const y of [box.top + 3, (box.top + box.bottom) / 2, box.bottom - 3])
    if (y > 0 && y < innerHeight) hits.push(document.elementFromPoint(x, y));
  const style = getComputedStyle(e);
  return {
    place: all.indexOf(e), tag: e.tagName, text: (e.getAttribute('aria-label') || e.textContent).trim().slice(0, 40),
    named: !!(e.getAttribute('aria-label') || e.textContent.trim() || e.labels && e.labels.length || e.title),
    seen: hits.some(h => h && (e.contains(h) || h.contains(e))),
    ring: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
  };
}
"""
"""Where the focus is: its place in the document, whether it has a name, is in sight and not covered, has a ring."""


SETTLED = """
async () => {
  await new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)));
  await Promise.all(document.getAnimations().map(animation => animation.finished.catch(() => {})));
}
"""
"""Links fade from the colours of one mode to those of the other: looked at before they have, they lack contrast."""


def in_every_mode(site: Site, browser: Browser, names: list[str], *, whole: bool) -> list[str]:
    """What axe finds on pages that are fetched once and looked at in their four modes; without `whole` in two, by turns both
    widths and both schemes."""
    page, found = browser.new_page(), []
    for number, name in enumerate(names):
        page.goto(site.url + name)
        for width, scheme in MODES if whole else MODES[number % 2 * 2 :][:2]:
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme=scheme)
            page.evaluate(SETTLED)
            found += [f"{name} at {width}, {scheme}: {said}" for said in axe(page, whole=whole)]
    page.close()
    return found


@pytest.mark.parametrize("share", range(4))
def test_axe_finds_nothing_on_any_kind_of_page_in_both_widths_and_schemes(
    site: Site, browser: Browser, share: int
) -> None:
    assert in_every_mode(site, browser, site.kinds[share::4], whole=False) == []


@pytest.mark.slow  # every page in every mode: minutes
@pytest.mark.parametrize("share", range(16))
def test_axe_finds_nothing_on_any_page_in_any_mode(site: Site, browser: Browser, share: int) -> None:
    assert in_every_mode(site, browser, site.pages[share::16], whole=True) == []


@pytest.mark.parametrize("width", [360, 1280])
def test_the_keyboard_goes_through_pages_in_reading_order(
    site: Site, names: list[str], browser: Browser, width: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 740}, reduced_motion="reduce")
    page, wrong = context.new_page(), []
    for name in site.half(names, width // 1000):
        page.goto(site.url + name)
        if page.evaluate("[...document.querySelectorAll('[tabindex]')].some(e => e.tabIndex > 0)"):
            wrong.append(f"{name}: a tabindex above zero")
        last, stops = -1, 0
        skip = page.evaluate("[...document.querySelectorAll('*')].indexOf(document.querySelector('.skip'))")
        for _ in range(45):  # enough to pass header, menu, first parts of the page; the rest repeats them
            page.keyboard.press("Tab")
            at: dict[str, Any] = page.evaluate(TAB)
            if at["tag"] == "BODY" or (stops >= 8 and at["place"] == skip):  # once round a short page
                break
            stops += 1
            wrong += [f"{name}: {fault} {at}" for fault in ("named", "seen", "ring") if not at[fault]]
            if at["place"] < last:
                wrong.append(f"{name}: back to {at}")
            last = at["place"]
        assert stops >= 8, name
    context.close()
    assert wrong == []


def test_the_skip_link_leads_to_the_content(site: Site, page: Page) -> None:
    for name in site.kinds:
        page.goto(site.url + name)
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate(
            "!!document.activeElement.closest('#contenido, .side, .help, .foot') || document.activeElement === document.body"
        ), name


def test_nothing_is_lost_when_enlarged(site: Site, names: list[str], browser: Browser) -> None:
    """A window of 1280 pixels at 200 % is one of 640, at 400 % one of 320; between them are tablets too."""
    page, wrong = browser.new_page(), []
    for name in names:
        page.goto(site.url + name)
        for width in (1023, 900, 768, 640, 320):
            page.set_viewport_size({"width": width, "height": 720})
            wrong += [f"{name} at {width}: {said}" for said in page.evaluate(WIDER)]
            if not page.is_visible("[data-exit]") or not page.is_visible("h1"):
                wrong.append(f"{name} at {width}: the exit or the title is gone")
    page.close()
    assert wrong == []


CONTRASTS = """
() => {
  const light = colour => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map(Number).map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b;
  };
  return [...document.querySelectorAll('figure.chart:not([data-kind=map], [data-kind=heatmap]) svg')].filter(e => e.checkVisibility()).flatMap(svg => {
    const ground = light(getComputedStyle(svg).backgroundColor);
    return [...svg.querySelectorAll('text[fill]')].map(e => light(getComputedStyle(e).fill))
      .map(ink => (Math.max(ink, ground) + .05) / (Math.min(ink, ground) + .05));
  });
}
"""
"""How far the words of charts stand out from the ground that a chart keeps where the system chooses the colours."""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_charts_are_read_where_the_system_chooses_the_colours(site: Site, browser: Browser, scheme: Scheme) -> None:
    page = browser.new_page(forced_colors="active", color_scheme=scheme)
    seen = 0
    for name in [name for name in site.kinds if 'class="chart"' in site.html(name)]:
        page.goto(site.url + name)
        found = page.evaluate(CONTRASTS)
        seen += len(found)
        assert min(found, default=21) >= 4.5, name
    page.keyboard.press("Shift")
    dots = page.locator(".exit__dots i").evaluate_all("all => all.map(e => getComputedStyle(e).backgroundColor)")
    assert len(set(dots)) == 2, "one press of three shows"
    page.close()
    assert seen > 50


def test_every_kind_of_page_prints_on_white_without_menus_and_whole(site: Site, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 794, "height": 1123}, color_scheme="dark")
    page, wrong = context.new_page(), []
    page.emulate_media(media="print")
    for name in site.kinds:
        page.goto(site.url + name)
        for gone in (".exit__link", ".top nav", ".side", ".chart__links", ".hero__do", ".explorer__form"):
            if page.locator(gone).first.is_visible():
                wrong.append(f"{name}: {gone} is printed")
        shades = page.locator(".data th[scope=row]").evaluate_all(
            "all => all.map(e => getComputedStyle(e).backgroundColor)"
        )
        if set(shades) - {"rgba(0, 0, 0, 0)"}:
            wrong.append(f"{name}: heads of rows are printed on a shade")
        for there in ("h1", ".brand", ".help__lines"):
            if not page.locator(there).first.is_visible():
                wrong.append(f"{name}: {there} is not printed")
        paper, ink = page.evaluate(
            "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.querySelector('h1')).color]"
        )
        if paper != "rgb(255, 255, 255)" or sum(map(int, re.findall(r"\d+", ink)[:3])) > 200:
            wrong.append(f"{name}: {ink} on {paper}")
        cut = page.evaluate(
            "[...document.querySelectorAll('main .scroll')].filter(e => e.checkVisibility() && e.clientHeight + 2 < "
            "e.scrollHeight).length"
        )
        if cut:
            wrong.append(f"{name}: {cut} tables are cut")
        whole = page.evaluate(
            "[...document.querySelectorAll('main *')].filter(e => getComputedStyle(e).breakInside === 'avoid' && "
            "e.getBoundingClientRect().height > 900).map(e => e.className)"
        )
        wrong += [f"{name}: {said} does not fit on a sheet and leaves the one before it empty" for said in whole]
    context.close()
    assert wrong == []


def test_the_head_of_a_long_table_is_on_every_sheet(site: Site, page: Page) -> None:
    for name, head in (
        ("tablas/servicios_por_modulo.html", "Servicios"),
        ("en/tablas/usuarias_por_edad.html", "Services"),
    ):
        page.goto(site.url + name)
        sheets = [sheet.extract_text() for sheet in PdfReader(io.BytesIO(page.pdf(format="Letter"))).pages]
        inside = [text for text in sheets if len(re.findall(r"\d+ +[\d,]+$|\[c\]$", text, re.MULTILINE)) > 5]
        assert len(inside) > 1, name
        assert all(head in text for text in inside), name


def test_what_is_folded_is_printed_and_opens_where_an_address_leads(site: Site, page: Page) -> None:
    name, folded = "trabajo-social.html", ".sheet dl"
    page.goto(site.url + name)
    assert page.locator(folded).count() > 5
    assert not any(sheet.is_visible() for sheet in page.locator(folded).all())
    page.emulate_media(media="print")
    assert all(sheet.is_visible() for sheet in page.locator(folded).all())
    page.emulate_media(media="screen")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")  # browsers that do not know the rule
    assert all(sheet.is_visible() for sheet in page.locator(folded).all())
    page.goto("about:blank")
    page.goto(site.url + name + "#seguimiento")
    assert [sheet.is_visible() for sheet in page.locator(folded).all()].count(True) == 1
    assert page.locator(".sheet[open] #seguimiento").is_visible()


@pytest.mark.parametrize("width", [360, 800, 1280])
def test_cards_leave_no_hole_in_their_rows(site: Site, browser: Browser, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 740})
    page = context.new_page()
    page.goto(site.url + "index.html")
    for cards, row in ((".cards", ".card"), (".doors", ".doors li")):
        edge = page.locator(cards).bounding_box()
        assert edge is not None
        boxes = [box for each in page.locator(row).all() if (box := each.bounding_box())]
        for top in {round(box["y"]) for box in boxes}:
            ends = [box["x"] + box["width"] for box in boxes if round(box["y"]) == top]
            assert abs(max(ends) - edge["x"] - edge["width"]) < 2, f"{cards} at {width}"
    context.close()


def test_the_first_screen_of_a_phone_answers(site: Site, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    for name in ("index.html", "en/index.html"):
        page.goto(site.url + name)
        exit_ = page.locator(".exit__link").bounding_box()
        assert exit_ is not None
        answers = page.locator(".answers > div")
        assert answers.count() >= 3
        for what in (
            page.locator("h1"),
            page.locator(".hero__do a").first,
            page.locator(".hero__call"),
            *answers.all(),
        ):
            box = what.bounding_box()
            assert box is not None
            assert box["y"] + box["height"] <= exit_["y"], f"{name}: {what}"
    context.close()


def test_every_table_is_sorted_by_keyboard_within_its_periods(site: Site, several: list[str], page: Page) -> None:
    tables = [name for name in several if 'class="data data--full"' in site.html(name)]
    assert len(tables) >= SEVERAL
    for name in tables:
        page.goto(site.url + name)
        head = page.locator("table.data--full thead th").last
        before = _last_column(page)
        for order in ("descending", "ascending"):
            head.locator("button").focus()
            page.keyboard.press("Enter")
            assert head.get_attribute("aria-sort") == order, name
            after = _last_column(page)
            assert [sorted(period) for period in after] == [sorted(period) for period in before], name
            for period in after:
                numbers = [int(text.replace(",", "")) for text in period if text[0].isdigit()]
                assert numbers == sorted(numbers, reverse=order == "descending"), name
                shown = [text[0].isdigit() for text in period]
                assert shown == sorted(shown, reverse=True), f"{name}: what is withheld stands last"


def _last_column(page: Page) -> list[list[str]]:
    """Period by period, the figures of the last column as they stand."""
    found: list[list[str]] = page.locator("table.data--full tbody").evaluate_all(
        "all => all.map(b => [...b.rows].filter(r => r.className !== 'group').map(r => r.cells[r.cells.length - 1].textContent.trim()))"
    )
    return found


def test_every_table_is_read_on_a_phone(site: Site, several: list[str], browser: Browser) -> None:
    """Scrolled, it keeps its first column, its head and the period in sight; figures stand to the right, one below the other."""
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page, wrong = context.new_page(), []
    for name in several:
        if 'class="data data--full"' not in site.html(name):
            continue
        page.goto(site.url + name)
        at = page.evaluate(
            """() => {
              const box = document.querySelector('.scroll--tall'), table = box.querySelector('table');
              box.scrollIntoView({behavior: 'instant'});
              box.scrollTo({left: 300, top: 90, behavior: 'instant'});
              const row = [...table.querySelectorAll('tbody tr:not(.group)')][4];
              const inside = box.getBoundingClientRect(), first = row.cells[0].getBoundingClientRect();
              const heads = table.tHead.rows[0].cells[1].getBoundingClientRect(), cell = getComputedStyle(row.cells[row.cells.length - 1]);
              const groups = [...table.querySelectorAll('.group th')].map(e => e.getBoundingClientRect());
              const group = groups.filter(box => box.top <= heads.bottom + 3).pop();
              const y = (group.top + group.bottom) / 2;
              const label = group.bottom > heads.bottom ? document.elementFromPoint(inside.left + 20, y)?.closest('.group') : row;
              return {
                left: Math.abs(first.left - inside.left) <= 1, top: Math.abs(heads.top - inside.top) <= 1, period: !!label,
                right: cell.textAlign === 'right', figures: cell.fontVariantNumeric === 'tabular-nums', room: box.scrollWidth <= box.clientWidth || first.width / inside.width < .5,
              };
            }"""
        )
        wrong += [f"{name}: {what}" for what, holds in at.items() if not holds]
    context.close()
    assert wrong == []
