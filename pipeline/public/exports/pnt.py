"""Upload workbooks for the Plataforma Nacional de Transparencia: one row per published table, or per service.

In: an edition as any reader sees it, the Plan with what pnt.yaml says (headings, whether each is verified, what fills it),
words. Out: bytes of XLSX in the form of the platform's template; an institute without pnt.yaml gets no workbook. Pure.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import xlsxwriter

from pipeline.institute.plan import Plan
from pipeline.institute.written import Facts, Form
from pipeline.model import periods
from pipeline.model.reference_data import SERVICES, STEPS
from pipeline.public.charts.theme import COLOURS, INK, PAPER
from pipeline.public.edition.model import Package
from pipeline.public.exports.catalogue import last_day
from pipeline.public.presentation import routes
from pipeline.public.presentation.captions import title
from pipeline.public.statistics.figures import Table
from pipeline.wording.texts import Texts, filled

SHEET = "Reporte de Formatos"
FIRST_ROW = 7
"""Row (from 0) of the first record in the template: headings stand in the row above it."""
HEADING = {"bold": True, "text_wrap": True, "valign": "vcenter", "border": 1}
VERIFIED = {"bg_color": COLOURS[0], "font_color": PAPER}
DOUBTFUL = {"bg_color": "#FFF3D6", "font_color": INK}
"""Colours of headings: of those that were held against the platform's own template, and of the others."""
LINE, HIGHEST = 15.0, 409.0
"""Points of a line, and of the highest row that a spreadsheet draws."""
WIDTHS = ((16, 18), (200, 38), (400, 90), (1000, 160))
"""(longest text, width of its column), in signs."""


def _services(package: Package, plan: Plan, words: Texts) -> list[dict[str, str]]:
    """Every service of the edition's catalogue, in its own words; its page is the one that shows its sheet."""
    catalogue = package.catalogues.get(SERVICES)
    if catalogue is None:
        return []
    key = catalogue.columns[0]
    codes = package.codes[key.codes].set_index("code")
    pages = {
        code: routes.html(page.path)
        for page in reversed(plan.pages.get(words.language, ()))
        for code in page.meta.get("services", ())
    }
    found = []
    for row in catalogue.rows:
        code = row[key.name]
        group = str(codes.loc[code, "parent"] or "")
        told = {stem: catalogue.said(row, stem, words.language) for stem in catalogue.stems(plan.languages)}
        found.append(
            {
                **{stem: said.replace(STEPS, "; ") for stem, said in told.items()},
                "code": code,
                "title": str(codes.loc[code, words.language]),
                "group": str(codes.loc[group, words.language]) if group else "",
                "page": f"{plan.facts['url']}{pages.get(group) or pages.get(code, '')}#{code}",
            }
        )
    return found


def workbooks(package: Package, tables: Mapping[str, Table], plan: Plan, words: Texts) -> dict[str, bytes]:
    """File name → workbook, for every format of pnt.yaml."""
    facts = plan.facts
    rows = {
        "tables": [_table_facts(package, table, plan, words) for table in tables.values()],
        "services": _services(package, plan, words),
    }
    return {
        f"{form['id']}.xlsx": _workbook(form, rows[form["rows"]], _common(package, form, facts, words), package, words)
        for form in plan.upload.get("formats", ())
    }


def _common(package: Package, form: Form, facts: Facts, words: Texts) -> dict[str, str]:
    """Facts of every row: the quarter that the edition reports on, who is responsible, what is not verified."""
    cut_off = str(package.release["cut_off"])
    quarter = periods.months_of(periods.quarter_of(cut_off))
    unverified = [str(column["heading"]) for column in form["columns"] if not column["verified"]]
    return {
        "year": cut_off[:4],
        "start": _day(f"{quarter[0]}-01"),
        "end": _day(last_day(min(quarter[-1], cut_off))),
        "published": _day(str(package.release["published"])),
        "cut_off": words.period(cut_off),
        "edition": package.edition,
        "unit": words.of(facts["unit"]),
        "email": str(facts["email"]),
        "unverified": words("pnt.unverified", list="; ".join(unverified)) if unverified else "",
    }


def _table_facts(package: Package, table: Table, plan: Plan, words: Texts) -> dict[str, str]:
    facts = plan.facts
    topics = {topic["id"]: words.of(topic["title"]) for topic in plan.site.get("topics", ())}
    measures = ", ".join(words.of(text) for text in table.measures.values())
    axes = ", ".join(title(table, name, words) for name in table.axes)
    return {
        "id": table.id,
        "title": words.of(table.title),
        "note": words.of(table.note) if table.note else "",
        "variables": words("pnt.variables", measures=measures, axes=axes),
        "topic": topics.get(table.topic, table.topic),
        "csv": routes.table_file(facts["url"], package.edition, table.id),
        "page": facts["url"] + routes.table(plan, table.id),
        "method": facts["url"] + routes.METHOD,
    }


def _workbook(
    form: Form,
    rows: Sequence[Mapping[str, Any]],
    common: Mapping[str, str],
    package: Package,
    words: Texts,
) -> bytes:
    """Rows 1–6 name the format, its fields and their types; headings in row 7, records from row 8."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_urls": False})
    book.set_properties(
        {"title": form["title"], "author": common["unit"],
         "created": datetime.fromisoformat(str(package.release["published"]))}
    )  # fmt: skip
    head, doubtful = (book.add_format({**HEADING, **look}) for look in (VERIFIED, DOUBTFUL))
    plain, bold = book.add_format({"text_wrap": True, "valign": "top"}), book.add_format({"bold": True})
    sheet = book.add_worksheet(SHEET)
    _title(sheet, form, bold)
    catalogues = 0
    heights = [LINE] * (1 + len(rows))
    for number, column in enumerate(form["columns"]):
        sheet.write_string(3, number, str(column.get("type", 1)))
        sheet.write_string(4, number, str(column.get("field", "")))
        sheet.write_string(6, number, column["heading"], head if column["verified"] else doubtful)
        texts = [" ".join(filled(str(column["value"]), **{**facts, **common}).split()) for facts in rows]
        width = _width(texts)
        sheet.set_column(number, number, width)
        heights[0] = max(heights[0], _height(column["heading"], width, bold=True))
        for row, text in enumerate(texts):
            sheet.write_string(FIRST_ROW + row, number, text, plain)
            heights[row + 1] = max(heights[row + 1], _height(text, width))
        if column.get("catalogue"):
            catalogues += 1
            source = _catalogue(book, f"Hidden_{catalogues}", column["catalogue"])
            sheet.data_validation(FIRST_ROW, number, 200, number, {"validate": "list", "source": source})
    for row, height in enumerate(heights, start=FIRST_ROW - 1):
        sheet.set_row(row, height)
    sheet.freeze_panes(FIRST_ROW, 0)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.repeat_rows(FIRST_ROW - 1)
    book.close()
    return stream.getvalue()


def _title(sheet: Any, form: Form, bold: Any) -> None:
    """The rows above the columns: the number of the format, its title, its short name, its description."""
    sheet.write_string(0, 0, str(form.get("number", form["short"])))
    said = {
        "TÍTULO": form["title"],
        "NOMBRE CORTO": form["short"],
        "DESCRIPCIÓN": form.get("description", form["title"]),
    }
    for number, (label, text) in enumerate(said.items()):
        sheet.write_string(1, 3 * number, label, bold)
        sheet.write_string(2, 3 * number, str(text))
    sheet.write_string(5, 0, "Tabla Campos", bold)


def _catalogue(book: Any, name: str, values: Sequence[Any]) -> str:
    """A hidden sheet with the values that a column takes. Returns where they stand, as a formula."""
    listed = book.add_worksheet(name)
    listed.hide()
    for row, text in enumerate(values):
        listed.write_string(row, 0, str(text))
    return f"={name}!$A$1:$A${len(values)}"


def _width(texts: Sequence[str]) -> int:
    """A column, in signs: wider where its texts are long, so that no row needs to be higher than a screen."""
    longest = max(map(len, texts), default=0)
    return next((width for most, width in WIDTHS if longest <= most), WIDTHS[-1][1])


def _height(text: str, width: int, *, bold: bool = False) -> float:
    """The height of a cell that shows all of its text, in points: words wrap, and a word that is too long is broken."""
    signs = int(width * (0.85 if bold else 0.95))
    lines = sum(len(textwrap.wrap(part, signs)) or 1 for part in text.splitlines() or [""])
    return min(LINE * lines, HIGHEST)


def _day(iso: str) -> str:
    """2026-01-20 → 20/01/2026, as the platform writes dates."""
    return f"{iso[8:10]}/{iso[5:7]}/{iso[:4]}"
