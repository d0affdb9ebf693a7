"""A published table as an accessible workbook (XLSX): cover, notes, data, codes; one table a sheet, no empty cell. All tables of
an edition as one: cover with links to them, notes, a sheet for each.

In: tables as any reader sees them, their edition, words. Out: bytes. Pure, but for a library that writes XLSX; the file
carries the date of the edition, never that of the machine. Layout after the rules of the UK Analysis Function for
spreadsheets; a withheld figure is the mark [c], with its legend above the table. Words are written as words, whatever
they look like: a label that begins with «=» or reads like an address becomes neither formula nor link.
"""

from __future__ import annotations

import io
import math
import textwrap
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import xlsxwriter

from pipeline.model import periods
from pipeline.model.cells import TOTAL
from pipeline.public.charts.theme import COLOURS, INK, PAPER, RAMP
from pipeline.public.edition.model import PERIOD, Package
from pipeline.public.presentation import routes
from pipeline.public.presentation.captions import provisional, title
from pipeline.public.statistics.figures import WITHHELD, Table
from pipeline.wording.texts import Texts

ACCENT, PALE = COLOURS[0], RAMP[0]
FORMATS: Mapping[str, Mapping[str, Any]] = {
    "cover_title": {"bold": True, "font_size": 20, "font_color": ACCENT, "text_wrap": True},
    "cover_subtitle": {"bold": True, "font_size": 13, "font_color": ACCENT, "valign": "bottom"},
    "cover_text": {"text_wrap": True, "valign": "top", "align": "left"},
    "link": {"text_wrap": True, "valign": "top", "align": "left", "font_color": ACCENT, "underline": True},
    "title": {"bold": True, "font_size": 15, "font_color": ACCENT},
    "line": {},
    "text": {"valign": "top", "text_wrap": True, "align": "left"},
    "figure": {"valign": "top", "text_wrap": True, "num_format": "#,##0", "align": "right"},
}
TOTALS = {"bold": True, "bg_color": PALE}
HEADING = {"bold": True, "text_wrap": True, "valign": "vcenter", "bg_color": ACCENT, "font_color": PAPER}
COVER, WIDEST = 84, 78
"""Widths, in characters, of the cover's column and of the widest column of a table."""
CODES = ("files.column", "files.column_title", "dictionary.code", "dictionary.meaning")
"""Keys of the headings of the sheet of codes."""
SHEETS = ("cover", "notes", "data", "codes")
"""Keys of the names of the sheets, in order, below `files.sheet`."""
HEAD, FOOT = 255, 120
"""Most characters of a heading of a table in Excel, and of the title at the foot of a printed page."""
WHOLE = r"todo(\.[a-z]{2})?\.xlsx"
"""What the workbook of all tables is called."""
Cell = int | str


@dataclass(frozen=True)
class _Sheet:
    """A sheet with one table. `lines` stand between its title and the table; the last `figures` columns hold figures;
    `totals` are the rows (from 0) that stand out."""

    name: str
    title: str
    lines: Sequence[str]
    heads: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    figures: int = 0
    totals: Collection[int] = ()


def name(words: Texts, table_id: str, first: str) -> str:
    """File name of the workbook of a table in a language; the first language has the plain name."""
    return f"{table_id}.xlsx" if words.language == first else f"{table_id}.{words.language}.xlsx"


def whole_name(words: Texts, first: str) -> str:
    """File name of the workbook of all tables in a language; the first language has the plain name."""
    return "todo.xlsx" if words.language == first else f"todo.{words.language}.xlsx"


def workbook(package: Package, table: Table, site: str, words: Texts) -> bytes:
    """The workbook of one table in one language."""
    stream = io.BytesIO()
    address = routes.table_file(site, package.edition, table.id)
    book, formats = _opened(stream, package, words.of(table.title), words, keywords=table.id, comments=address)
    labels = dict(zip(SHEETS, (words(f"files.sheet.{key}") for key in SHEETS), strict=True))
    _cover(_blank(book, labels["cover"]), _cover_lines(package, table, site, words), formats)
    notes, codes = _notes(package, table, words), _codes(table, words)
    sheets = {
        "notes": _plain("notas", "files.notes_title", ("files.note", "files.note_text"), notes, words),
        "data": _data(package, table, words),
        "codes": _plain("codigos", "files.codes_title", CODES, codes, words),
    }
    for key, content in sheets.items():
        _written(book, labels[key], content, formats)
    book.close()
    return stream.getvalue()


def whole(package: Package, tables: Mapping[str, Table], site: str, words: Texts) -> bytes:
    """The workbook of all tables of an edition in one language: their sheets, after cover and notes, are numbered."""
    stream = io.BytesIO()
    book, formats = _opened(stream, package, words("files.book"), words)
    cover = _blank(book, words("files.sheet.cover"))
    listed = [(str(number), f"{number}. {words.of(table.title)}") for number, table in enumerate(tables.values(), 1)]
    label = words("files.sheet.notes")
    _cover(cover, _whole_lines(package, site, words, [(label, label), *listed]), formats)
    notes = list(dict.fromkeys(note for table in tables.values() for note in _notes(package, table, words)))
    heads = ("files.note", "files.note_text")
    _written(book, label, _plain("notas", "files.notes_title", heads, notes, words), formats)
    for (number, _), table in zip(listed, tables.values(), strict=True):
        _written(book, number, _data(package, table, words), formats)
    book.close()
    return stream.getvalue()


def _whole_lines(package: Package, site: str, words: Texts, sheets: Sequence[tuple[str, str]]) -> list[tuple[str, ...]]:
    """The cover of the workbook of all tables. `sheets`: the name of each sheet, and what its link says."""
    about = package.descriptor["celosia"]["publisher"]
    return [
        ("title", words("files.book")),
        ("text", words.of(about["name"])),
        ("text", _edition(package, words)),
        ("subtitle", words("files.cover_sheets")),
        *[("internal", said, sheet) for sheet, said in sheets],
        ("subtitle", words("files.cover_reuse")),
        ("text", words("files.cover_licence", licence=package.descriptor["licenses"][0]["title"])),
        ("link", routes.file(site, package.edition)),
        ("subtitle", words("files.cover_contact")),
        ("text", words.of(about["unit"])),
        ("link", f"mailto:{package.descriptor['contributors'][0]['email']}"),
    ]


def _opened(stream: io.BytesIO, package: Package, titled: str, words: Texts, **more: str) -> tuple[Any, dict[str, Any]]:
    """A workbook that says what it is and bears the date of its edition, and the looks of its cells. `more`: properties of its own."""
    book = xlsxwriter.Workbook(
        stream, {"in_memory": True, "default_format_properties": {"font_name": "Arial", "font_size": 11}}
    )
    publisher = words.of(package.descriptor["celosia"]["publisher"]["name"])
    book.set_properties(
        {
            "title": f"{titled} · {package.edition}",
            "author": publisher,
            "company": publisher,
            "subject": words("files.workbook_subject", edition=package.edition),
            **more,
            "created": datetime.fromisoformat(str(package.release["published"])),
        }
    )
    return book, {key: _format(book, look) for key, look in FORMATS.items()}


def _edition(package: Package, words: Texts) -> str:
    """Which edition it is, when it was published, up to when it counts."""
    return words(
        "files.cover_edition",
        edition=package.edition,
        date=words.day(str(package.release["published"])),
        cut_off=words.period(str(package.release["cut_off"])),
    )


def _format(book: Any, look: Mapping[str, Any]) -> Any:
    return book.add_format({"font_color": INK, **look})


def rows(table: Table, words: Texts) -> list[list[Cell]]:
    """The sheet of data as it reads: labels for codes, the kind of period, figures or the mark [c]."""
    found: list[list[Cell]] = []
    for codes, values in table.rows():
        row: list[Cell] = []
        for axis, code in zip(table.axes, codes, strict=True):
            if axis == PERIOD:
                row += [_sentence(words.period(code)), words(f"files.level.{periods.level_of(code) or periods.YEAR}")]
            else:
                row.append(words("table.total") if code == TOTAL else words.of(table.axes[axis].codes[code].labels))
        found.append([*row, *(v if isinstance(v, int) else WITHHELD.value for v in values)])
    return found


def _heads(table: Table, words: Texts) -> list[str]:
    heads = []
    for axis in table.axes:
        heads += [title(table, axis, words)] + ([words("files.level.title")] if axis == PERIOD else [])
    heads += [words.of(text) for text in table.measures.values()]
    return _apart(heads)


def _apart(heads: Sequence[str]) -> list[str]:
    """Headings as Excel allows them in a table: each once only, in whatever capitals, none empty and none too long."""
    found: list[str] = []
    for number, head in enumerate(heads, start=1):
        said = head.strip()[: HEAD - 6] or str(number)
        taken = {other.lower() for other in found}
        found.append(f"{said} ({number})" if said.lower() in taken else said)
    return found


def _data(package: Package, table: Table, words: Texts) -> _Sheet:
    heads, found = _heads(table, words), rows(table, words)
    if not found:  # a table of closed years, before the first one closes: a sheet may not be empty
        found = [[words("files.no_rows")] * len(heads)]
    totals = [n for n, (codes, _) in enumerate(table.rows()) if set(codes[1:]) <= {TOTAL}]
    source = words(
        "files.source",
        publisher=words.of(package.descriptor["celosia"]["publisher"]["name"]),
        edition=package.edition,
        cut_off=words.period(str(package.release["cut_off"])),
    )
    lines = [
        *([words.of(table.note)] if table.note else []),
        words("files.instructions", rows=words.number(table.cells)),
        *([words("chart.legend")] if table.withheld else []),
        *filter(None, [provisional(table, words)]),
        source,
    ]
    return _Sheet(
        f"tabla_{table.id}",
        words.of(table.title),
        lines,
        heads,
        found,
        figures=len(table.measures),
        totals=totals if len(table.axes) > 1 else (),
    )


def _cover_lines(package: Package, table: Table, site: str, words: Texts) -> list[tuple[str, ...]]:
    """The cover, line by line: how it looks (a title, a subtitle, text, a link, a link to a sheet), what it says, and for a link
    to a sheet of another name that name."""
    about = package.descriptor["celosia"]["publisher"]
    units = ", ".join(words.of(text).lower() for text in table.measures.values())
    counted = words("files.no_rows")
    if table.periods:
        first, last = words.short_period(table.periods[0]), words.short_period(table.periods[-1])
        counted = words("files.cover_counts", units=units, first=first, last=last)
    return [
        ("title", words.of(table.title)),
        ("text", words.of(about["name"])),
        ("text", _edition(package, words)),
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
        ("link", routes.table_file(site, package.edition, table.id)),
        ("text", f"SHA-256 (CSV): {table.sha256}"),
        ("subtitle", words("files.cover_contact")),
        ("text", words.of(about["unit"])),
        ("link", f"mailto:{package.descriptor['contributors'][0]['email']}"),
    ]  # fmt: skip


def _cover(sheet: Any, lines: Sequence[tuple[str, ...]], formats: Mapping[str, Any]) -> None:
    """Writes the cover, one line a row."""
    for row, (kind, text, *named) in enumerate(lines):
        sheet.set_row(row, {"title": 40, "subtitle": 30}.get(kind, 15 * _lines(text, COVER)))
        if kind == "internal":
            sheet.write_url(row, 0, f"internal:'{named[0] if named else text}'!A1", formats["link"], text)
        elif kind == "link":
            sheet.write_url(row, 0, text, formats["link"], text.removeprefix("mailto:"))
        else:
            sheet.write_string(row, 0, text, formats[f"cover_{kind}"])
    sheet.set_column(0, 0, COVER)


def citation(package: Package, table: Table, site: str, words: Texts) -> str:
    """How to cite a table, in one line."""
    return words(
        "table.citation",
        name=words.of(package.descriptor["celosia"]["publisher"]["name"]),
        year=str(package.release["published"])[:4],
        title=words.of(table.title),
        edition=package.edition,
        url=routes.table_file(site, package.edition, table.id),
    )


def _notes(package: Package, table: Table, words: Texts) -> list[tuple[str, ...]]:
    said: list[tuple[str, ...]] = [
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
    return said


def _codes(table: Table, words: Texts) -> list[tuple[str, ...]]:
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
    return found


def _plain(name: str, title: str, heads: Sequence[str], rows: Sequence[tuple[str, ...]], words: Texts) -> _Sheet:
    """A sheet of words. `title` and `heads` are keys of words."""
    lines = [words("files.instructions", rows=words.number(len(rows)))]
    return _Sheet(name, words(title), lines, _apart([words(key) for key in heads]), rows)


def _blank(book: Any, label: str) -> Any:
    """A sheet that prints one page wide on A4."""
    sheet = book.add_worksheet(label)
    sheet.hide_gridlines(2)
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    return sheet


def _written(book: Any, label: str, content: _Sheet, formats: Mapping[str, Any]) -> None:
    """Headings stay in sight, on screen and on paper; widths are held to what a page can take."""
    sheet = _blank(book, label)
    sheet.write_string(0, 0, content.title, formats["title"])
    for row, line in enumerate(content.lines, start=1):
        sheet.write_string(row, 0, line, formats["line"])
    top, width = 1 + len(content.lines), len(content.heads)
    looks = ["figure" if column >= width - content.figures else "text" for column in range(width)]
    plain = [formats[look] for look in looks]
    bold = [_format(book, {**FORMATS[look], **TOTALS}) for look in looks] if content.totals else plain
    totals = set(content.totals)
    for number, values in enumerate(content.rows):
        for column, (value, look) in enumerate(zip(values, bold if number in totals else plain, strict=True)):
            (sheet.write_number if isinstance(value, int) else sheet.write_string)(
                top + 1 + number, column, value, look
            )
    heads = [
        {"header": head, "header_format": _format(book, {**HEADING, "align": FORMATS[look]["align"]})}
        for head, look in zip(content.heads, looks, strict=True)
    ]
    table = {"header_row": True, "autofilter": False, "columns": heads, "style": None, "name": content.name}
    sheet.add_table(top, 0, top + len(content.rows), width - 1, table)
    sheet.freeze_panes(top + 1, 0)
    sheet.repeat_rows(top)
    sheet.set_footer(f"&L{textwrap.shorten(content.title, FOOT, placeholder='…').replace('&', '&&')}&R&P / &N")
    widths = []
    for column, head in enumerate(content.heads):
        longest = max(len(head) + 1, *(len(str(values[column])) for values in content.rows))
        widths.append(min(max(longest * 1.05 + 2, 11), WIDEST))
        sheet.set_column(column, column, widths[-1])
    for row, values in enumerate(content.rows, start=top + 1):
        lines = max(_lines(str(value), width) for value, width in zip(values, widths, strict=True))
        if lines > 1:
            sheet.set_row(row, 15 * lines)


def _lines(text: str, width: float) -> int:
    return max(1, math.ceil(1.05 * len(text) / width))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
