"""A figure is the same wherever it is read: CSV, XLSX in both languages, Parquet, JSON, PDF and the page. Every cell."""

from __future__ import annotations

import csv
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from pypdf import PdfReader

from pipeline import SITE
from pipeline.public.edition.model import PERIOD
from pipeline.public.exports import read_back, report, workbook
from pipeline.public.site.staging import Staging
from pipeline.public.statistics.figures import Table
from tests.derived import Derived, derived

__all__ = ["derived"]

Rows = list[list[int | None]]


def from_csv(derived: Derived, table: Table) -> Rows:
    """The figures of the published file itself; None where it is empty."""
    with (derived.edition / "tables" / f"{table.id}.csv").open(encoding="utf-8", newline="") as stream:
        return [
            [int(row[measure]) if row[measure] else None for measure in table.measures]
            for row in csv.DictReader(stream)
        ]


def test_in_json(derived: Derived) -> None:
    for table in derived.tables.values():
        found = json.loads((derived.edition / "tables" / f"{table.id}.json").read_bytes())
        places = [found["columns"].index(measure) for measure in table.measures]
        assert [[row[place] for place in places] for row in found["rows"]] == from_csv(derived, table), table.id


def test_in_parquet(derived: Derived) -> None:
    for table in derived.tables.values():
        read = pq.read_table(derived.edition / "tables" / f"{table.id}.parquet").to_pydict()
        rows = [list(row) for row in zip(*(read[measure] for measure in table.measures), strict=True)]
        assert rows == from_csv(derived, table), table.id


@pytest.mark.parametrize("language", ["es", "en"])
def test_in_the_workbook(derived: Derived, language: str) -> None:
    for table in derived.tables.values():
        name = workbook.name(derived.texts[language], table.id, "es")
        rows = read_back.sheet((derived.edition / "tables" / name).read_bytes(), 3)[-table.cells :]
        count = len(table.measures)
        figures = [[None if value == "[c]" else value for value in row[-count:]] for row in rows]
        assert figures == from_csv(derived, table), table.id


@pytest.mark.parametrize("language", ["es", "en"])
def test_on_the_page(derived: Derived, language: str, tmp_path: Path) -> None:
    """The page tells newest periods first, a heading each: every row is compared with its period and its labels."""
    words = derived.texts[language]
    writer = Staging(derived.packages, derived.plan, words, derived.charts, SITE, tmp_path, language == "es")
    for table in derived.tables.values():
        html = writer.render("parts/table.html.j2", table=table, groups=writer.groups(table))
        expected = sorted(
            (
                writer.label(table, PERIOD, codes[0]).lower(),
                *(writer.label(table, axis, code) for axis, code in list(zip(table.axes, codes, strict=True))[1:]),
                *("[c]" if value is None else f"{value:,}" for value in row),
            )
            for (codes, _), row in zip(table.rows(), from_csv(derived, table), strict=True)
        )
        shown = sorted((period.lower(), *row) for period, row in _Cells.of(html))
        assert shown == expected, table.id


@pytest.mark.parametrize("language", ["es", "en"])
def test_in_the_report(derived: Derived, language: str) -> None:
    """Each row of the annex, with its labels and figures, stands in the PDF in its turn."""
    path = derived.edition / report.name(derived.newest.edition, language, "es")
    text = re.sub(r"\s+", " ", " ".join(page.extract_text() for page in PdfReader(path).pages))
    view = derived.view(language)
    at = text.rindex(derived.texts[language]("report.annex_text")[:40])
    told = 0
    for table in view.tables.values():
        published = {codes: row for (codes, _), row in zip(table.rows(), from_csv(derived, table), strict=True)}
        keys = list(dict.fromkeys(codes[1:] for codes in published))
        for number, measure in enumerate(table.measures):
            assert measure
            for periods in report.columns(table):
                for key in keys:
                    labels = [view.label(table, a, c) for a, c in zip(list(table.axes)[1:], key, strict=True)]
                    figures = []
                    for period in periods:
                        row = published.get((period, *key))
                        told += row is not None
                        figures.append("–" if row is None else "[c]" if row[number] is None else f"{row[number]:,}")
                    line = " ".join([*labels, *figures])
                    found = text.find(line, at)
                    assert found >= 0, (table.id, line)
                    at = found + len(line)
    assert told == sum(table.cells * len(table.measures) for table in view.tables.values())


class _Cells(HTMLParser):
    """The rows of figures of a table on a page, each with the heading that it stands under."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[tuple[str, list[str]]] = []
        self.heading = ""
        self.into = ""

    @classmethod
    def of(cls, html: str) -> list[tuple[str, tuple[str, ...]]]:
        reader = cls()
        reader.feed(html.partition("</thead>")[2])
        return [(heading, tuple(cell.strip() for cell in row)) for heading, row in reader.rows]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr" and ("class", "group") in attrs:
            self.heading, self.into = "", "heading"
        elif tag == "tr":
            self.rows.append((self.heading.strip(), []))
        elif tag in ("td", "th") and self.into != "heading":
            self.rows[-1][1].append("")
            self.into = "cell"

    def handle_endtag(self, tag: str) -> None:
        if (tag in ("td", "th") and self.into == "cell") or tag == "tr":
            self.into = ""

    def handle_data(self, data: str) -> None:
        if self.into == "heading":
            self.heading += data
        elif self.into == "cell":
            self.rows[-1][1][-1] += data
