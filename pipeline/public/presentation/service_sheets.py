"""Catalogues as a reader sees them: the sheet of a service with its figures, the rows of a table with labels and links.

In: an edition in one language (`View`). Out: values for templates. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from markupsafe import Markup, escape

from pipeline.model import periods
from pipeline.model.reference_data import CONFIRMED, SERVICES, STEPS, Catalogue, Column, integer
from pipeline.public.charts.spec import TAIL
from pipeline.public.edition.model import PERIOD
from pipeline.public.presentation.edition_view import View


@dataclass(frozen=True)
class Said:
    """What a cell says: words, the steps that they are made of, or where they lead (`page`, `file`)."""

    text: str
    steps: tuple[str, ...] = ()
    page: str = ""
    file: str = ""


@dataclass(frozen=True)
class Sheet:
    """A service: what it is for, its facts, and how often it was given. `group` is what it belongs to."""

    code: str
    title: str
    aim: str
    facts: tuple[tuple[str, Said], ...]
    figures: str
    table: str


@dataclass(frozen=True)
class Sheets:
    view: View

    def columns(self, catalogue: Catalogue) -> list[Column]:
        """The columns that a reader of this language sees; what only machines or the office need is left to the file."""
        shown = catalogue.shown(self.view.language, self.view.plan.languages)
        shown = tuple(column for column in shown if column.role not in CONFIRMED)
        said = [
            column for column in shown if column.name not in catalogue.key or column.codes or len(catalogue.key) > 1
        ]
        return said if len(said) > 1 else list(shown)

    def head(self, column: Column) -> str:
        """The title of a column without the language that it is written in."""
        return re.sub(r" \([^)]*\)$", "", self.view.words.of(column.title))

    def breakable(self, path: str) -> Markup:
        """A file name that a narrow cell may break between its words."""
        return escape(path.rpartition("/")[2]).replace("_", Markup("_<wbr>"))

    def label(self, column: Column, code: str) -> str:
        """A code in words."""
        frame = self.view.newest.codes[column.codes]
        return str(frame.loc[frame["code"] == code, self.view.language].iloc[0])

    def said(self, column: Column, text: str, titles: Mapping[str, str], *, named: bool = False) -> Said:
        """What a cell says; of a row that is `named` by another column, a code for what is not known is a dash."""
        words = self.view.words
        if column.codes and text:
            return Said("–" if named and TAIL.match(text) else self.label(column, text))
        if column.links == "page":
            page = self.view.plan.address(text.removesuffix(".md"))
            return Said(titles.get(f"{page}.md", text), page=f"{page}.html")
        if column.links == "file":
            return Said(text or "–", file=text)
        if not text:
            return Said("–")
        if column.type == "boolean":
            return Said(words(f"catalogues.{'yes' if text == 'true' else 'no'}"))
        if column.type == "integer" and (number := integer(text)) is not None:
            return Said(words.number(number))
        return Said(text, tuple(text.split(STEPS)) if STEPS in text else ())

    def rows(self, catalogue: Catalogue, titles: Mapping[str, str]) -> list[list[Said]]:
        """The rows of a catalogue, every cell as it is shown. `titles`: path of a page → its title."""
        columns = self.columns(catalogue)
        return [
            [self.said(c, row[c.name], titles, named=c.name not in catalogue.key) for c in columns]
            for row in catalogue.rows
        ]

    def of(self, codes: Iterable[str]) -> list[Sheet]:
        """The sheets of some services; of a group of services (an area), those of the group."""
        catalogue = self.view.newest.catalogues.get(SERVICES)
        if catalogue is None:
            return []
        wanted, key = set(codes), catalogue.columns[0]
        parents = dict(zip(*(self.view.newest.codes[key.codes][name] for name in ("code", "parent")), strict=True))
        found = [row for row in catalogue.rows if {row[key.name], parents[row[key.name]]} & wanted]
        return [self._sheet(catalogue, row) for row in found]

    def _sheet(self, catalogue: Catalogue, row: Mapping[str, str]) -> Sheet:
        key, aim, *others = self.columns(catalogue)
        code = row[key.name]
        figures, table = self._figures(key, code)
        return Sheet(
            code=code,
            title=self.label(key, code),
            aim=row[aim.name],
            facts=tuple((self.head(column), self.said(column, row[column.name], {})) for column in others),
            figures=figures,
            table=table,
        )

    def _figures(self, key: Column, code: str) -> tuple[str, str]:
        """How often a service was given in the newest year, from the table that counts by service alone."""
        words = self.view.words
        for table in self.view.tables.values():
            if set(table.axes) == {PERIOD, key.name} and not table.where and table.cells:
                period = table.newest(periods.YEAR)[-1]
                counted = ", ".join(
                    f"{self.view.figure(table.value(measure, period, {key.name: code}))} {words.of(title).lower()}"
                    for measure, title in table.measures.items()
                )
                return words("sheets.figures", period=words.period(period), counted=counted), table.id
        return "", ""
