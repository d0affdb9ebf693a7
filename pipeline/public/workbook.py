"""A published table as an accessible workbook (XLSX): cover, notes, data, codes; one table a sheet, no empty cell.

In: a table as any reader sees it, its edition, words. Out: bytes. Pure, but for a library that writes XLSX; the file
carries the date of the edition, never that of the machine. Layout after the rules of the UK Analysis Function for
spreadsheets, which gptables knows; a withheld figure is the mark [c], with its legend above the table.
"""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pandas as pd
from gptables import GPTable, Theme
from gptables.core.wrappers import GPWorkbook

from pipeline import periods
from pipeline.cells import TOTAL
from pipeline.public.figures import WITHHELD, Table
from pipeline.public.formats import address, provisional, title
from pipeline.public.package import PERIOD, Package
from pipeline.public.texts import Texts

INK, ACCENT, PALE = "#1D2733", "#12436D", "#E7EEF4"
THEME: Mapping[str, Mapping[str, Any] | list[str]] = {
    "global": {"font_name": "Arial", "font_size": 11, "font_color": INK},
    "cover_title": {"bold": True, "font_size": 20, "font_color": ACCENT, "text_wrap": True},
    "cover_subtitle": {"bold": True, "font_size": 13, "font_color": ACCENT, "valign": "bottom"},
    "cover_text": {"text_wrap": True, "valign": "top", "align": "left"},
    "title": {"bold": True, "font_size": 15, "font_color": ACCENT},
    "subtitle": {"font_size": 11},
    "column_heading": {
        "bold": True, "text_wrap": True, "valign": "vcenter", "bg_color": ACCENT, "font_color": "#FFFFFF", "border": 0,
    },
    "index_2": {"valign": "top", "text_wrap": True},
    "data": {"valign": "top", "text_wrap": True},
    "description_order": ["instructions", "legend", "source", "scope"],
}  # fmt: skip
COVER, WIDEST = 84, 78
"""Widths, in characters, of the cover's column and of the widest column of a table."""
SHEETS = ("cover", "notes", "data", "codes")
"""Keys of the names of the sheets, in order, below `files.sheet`."""


def name(words: Texts, table_id: str, first: str) -> str:
    """File name of the workbook of a table in a language; the first language has the plain name."""
    return f"{table_id}.xlsx" if words.language == first else f"{table_id}.{words.language}.xlsx"


def workbook(package: Package, table: Table, site: str, words: Texts) -> bytes:
    """The workbook of one table in one language."""
    stream = io.BytesIO()
    book = GPWorkbook(stream, {"in_memory": True, "default_format_properties": {"font_name": "Arial", "font_size": 11}})
    theme = Theme(dict(THEME))
    book.set_theme(theme)
    publisher = words.of(package.descriptor["celosia"]["publisher"]["name"])
    book.set_properties(
        {
            "title": f"{words.of(table.title)} · {package.edition}",
            "author": publisher,
            "company": publisher,
            "subject": words("files.workbook_subject", edition=package.edition),
            "keywords": table.id,
            "comments": address(site, package.edition, f"tables/{table.id}.csv"),
            "created": datetime.fromisoformat(str(package.release["published"])),
        }
    )
    labels = dict(zip(SHEETS, (words(f"files.sheet.{key}") for key in SHEETS), strict=True))
    _cover(book, labels["cover"], package, table, site, words)
    sheets = {
        labels["notes"]: _sheet(_notes(package, table, words), "notas", words("files.notes_title"), words),
        labels["data"]: _data(package, table, words),
        labels["codes"]: _sheet(_codes(table, words), "codigos", words("files.codes_title"), words),
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # gptables speaks of notes that are not cited in a cell: ours stand for all
        for label, content in sheets.items():
            sheet = book.add_worksheet(label)
            sheet.write_gptable(content, True, [])
            _printable(sheet, content, words)
        book.close()
    return stream.getvalue()


def rows(table: Table, words: Texts) -> pd.DataFrame:
    """The sheet of data as it reads: labels for codes, the kind of period, figures or the mark [c]."""
    found = []
    for codes, values in table.rows():
        row: list[object] = []
        for axis, code in zip(table.axes, codes, strict=True):
            if axis == PERIOD:
                row += [_sentence(words.period(code)), words(f"files.level.{periods.level_of(code) or periods.YEAR}")]
            else:
                row.append(words("table.total") if code == TOTAL else words.of(table.axes[axis].codes[code].labels))
        found.append([*row, *(v if isinstance(v, int) else WITHHELD.value for v in values)])
    return pd.DataFrame(found, columns=_heads(table, words), dtype="object")


def _heads(table: Table, words: Texts) -> list[str]:
    heads = []
    for axis in table.axes:
        heads += [title(table, axis, words)] + ([words("files.level.title")] if axis == PERIOD else [])
    heads += [words.of(text) for text in table.measures.values()]
    # Excel allows a heading once only: a measure may be called as a dimension is.
    return [f"{head} ({n})" if heads[:n].count(head) else head for n, head in enumerate(heads)]


def _data(package: Package, table: Table, words: Texts) -> GPTable:
    frame = rows(table, words)
    if not table.cells:  # a table of closed years, before the first one closes: a sheet may not be empty
        frame = pd.DataFrame([[words("files.no_rows")] * len(frame.columns)], columns=frame.columns, dtype="object")
    figures = list(range(len(frame.columns) - len(table.measures), len(frame.columns)))
    layout = [
        {"column": {"columns": figures, "format": {"num_format": "#,##0", "align": "right"}, "include_names": False}},
        {"column": {"columns": figures, "format": {"align": "right"}, "include_names": True}},
    ]
    totals = [n for n, (codes, _) in enumerate(table.rows(), start=1) if set(codes[1:]) <= {TOTAL}]
    if len(table.axes) > 1:
        layout.append({"row": {"rows": totals, "format": {"bold": True, "bg_color": PALE}, "include_names": True}})
    return GPTable(
        table=frame,
        table_name=table.id,
        title=f"{words.of(table.title)}",
        subtitles=[words.of(table.note)] if table.note else [],
        instructions=words("files.instructions", rows=words.number(table.cells)),
        legend=[*([words("chart.legend")] if table.withheld else []), *filter(None, [provisional(table, words)])],
        source=words(
            "files.source",
            publisher=words.of(package.descriptor["celosia"]["publisher"]["name"]),
            edition=package.edition,
            cut_off=words.period(str(package.release["cut_off"])),
        ),
        index_columns={2: 0},
        additional_formatting=layout,
    )


def _cover(book: GPWorkbook, label: str, package: Package, table: Table, site: str, words: Texts) -> None:
    """Written line by line: the headings of gptables' own cover are English only."""
    sheet = book.add_worksheet(label)
    theme, about = book.theme, package.descriptor["celosia"]["publisher"]
    formats = {key: book.add_format(getattr(theme, f"cover_{key}_format")) for key in ("title", "subtitle", "text")}
    link = book.add_format({**theme.cover_text_format, "font_color": ACCENT, "underline": True})
    units = ", ".join(words.of(text).lower() for text in table.measures.values())
    counted = words("files.no_rows")
    if table.periods:
        first, last = words.short_period(table.periods[0]), words.short_period(table.periods[-1])
        counted = words("files.cover_counts", units=units, first=first, last=last)
    lines: list[tuple[str, str]] = [
        ("title", words.of(table.title)),
        ("text", words.of(about["name"])),
        ("text", words("files.cover_edition", edition=package.edition,
                       date=words.day(str(package.release["published"])),
                       cut_off=words.period(str(package.release["cut_off"])))),
        ("subtitle", words("files.cover_what")),
        ("text", counted),
        *([("text", words.of(table.note))] if table.note else []),
        ("subtitle", words("files.cover_sheets")),
        *[("internal", words(f"files.sheet.{key}")) for key in SHEETS[1:]],
        ("subtitle", words("files.cover_protect")),
        ("text", words("table.withheld", cells=words.number(table.cells), withheld=words.number(table.withheld),
                       share=words.percent(table.withheld / max(table.cells, 1), 1), threshold=table.threshold,
                       counted=table.counted(words))),
        ("subtitle", words("files.cover_reuse")),
        ("text", words("files.cover_licence", licence=package.descriptor["licenses"][0]["title"])),
        ("text", citation(package, table, site, words)),
        ("link", address(site, package.edition, f"tables/{table.id}.csv")),
        ("text", f"SHA-256 (CSV): {table.sha256}"),
        ("subtitle", words("files.cover_contact")),
        ("text", words.of(about["unit"])),
        ("link", f"mailto:{package.descriptor['contributors'][0]['email']}"),
    ]  # fmt: skip
    for row, (kind, text) in enumerate(lines):
        sheet.set_row(row, {"title": 40, "subtitle": 30}.get(kind, 15 * _lines(text, COVER)))
        if kind == "internal":
            sheet.write_url(row, 0, f"internal:'{text}'!A1", link, text)
        elif kind == "link":
            sheet.write_url(row, 0, text, link, text.removeprefix("mailto:"))
        else:
            sheet.write_string(row, 0, text, formats[kind])
    sheet.set_column(0, 0, COVER)
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)


def citation(package: Package, table: Table, site: str, words: Texts) -> str:
    """How to cite a table, in one line."""
    return words(
        "table.citation",
        name=words.of(package.descriptor["celosia"]["publisher"]["name"]),
        year=str(package.release["published"])[:4],
        title=words.of(table.title),
        edition=package.edition,
        url=address(site, package.edition, f"tables/{table.id}.csv"),
    )


def _notes(package: Package, table: Table, words: Texts) -> pd.DataFrame:
    said = [
        (words("files.note_mark", mark=WITHHELD.value), words("chart.legend").partition(": ")[2]),
        ("0", words("files.note_zero")),
        (
            words("files.note_why"),
            words("files.note_why_text", threshold=table.threshold, counted=table.counted(words)),
        ),
    ]
    if table.zeros_withheld:
        said.append((words("files.note_zeros"), words("table.zeros")))
    for measure, text in table.measures.items():
        key = f"units.{measure}"
        said.append((words.of(text), words(key) if words.has(key) else words("dictionary.measure")))
    for axis in table.axes.values():
        said.append((title(table, axis.name, words), words(f"dictionary.{axis.kind}")))
    said.append((words("files.note_status"), words("files.note_status_text")))
    said[1] = (words("files.note_zero_title"), said[1][1])
    return pd.DataFrame(said, columns=[words("files.note"), words("files.note_text")])


def _codes(table: Table, words: Texts) -> pd.DataFrame:
    found: list[tuple[str, ...]] = []
    for axis in table.axes.values():
        present = set(table.frame[axis.name])
        heading = title(table, axis.name, words)
        if axis.name != PERIOD:
            found.append((axis.name, heading, TOTAL, words("table.total")))
        for code in axis.codes.values():
            if code.code in present:
                text = words.period(code.code) if axis.name == PERIOD else words.of(code.labels)
                found.append((axis.name, heading, code.code, text))
    if not table.cells:
        found = [("obs_status", words("status.obs_status.title"), "Q", words("status.obs_status.Q"))]
    heads = ("files.column", "files.column_title", "dictionary.code", "dictionary.meaning")
    return pd.DataFrame(found, columns=[words(key) for key in heads], dtype="object")


def _sheet(frame: pd.DataFrame, label: str, heading: str, words: Texts) -> GPTable:
    return GPTable(frame, label, heading, instructions=words("files.instructions", rows=words.number(len(frame))))


def _printable(sheet: Any, content: GPTable, words: Texts) -> None:
    """Headings stay in sight, on screen and on paper; widths are held to what a page can take."""
    top = content.data_range[0]
    sheet.freeze_panes(top + 1, 0)
    sheet.repeat_rows(top)
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer(f"&L{content.title}&R&P / &N")
    widths = []
    for number, head in enumerate(content.table.columns):
        longest = max(len(head) + 1, *(len(str(value)) for value in content.table[head]))
        widths.append(min(max(longest * 1.05 + 2, 11), WIDEST))
        sheet.set_column(number, number, widths[-1])
    for row, values in enumerate(content.table.itertuples(index=False), start=top + 1):
        lines = max(_lines(str(value), width) for value, width in zip(values, widths, strict=True))
        if lines > 1:
            sheet.set_row(row, 15 * lines)


def _lines(text: str, width: float) -> int:
    return max(1, math.ceil(1.05 * len(text) / width))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
