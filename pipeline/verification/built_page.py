"""A page or a drawing of a built site, as far as what it says of figures goes: read with a parser of its own.

In: HTML or SVG, how each language writes numbers. Out: elements, charts, cells. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

TICK = "#5b6673"
"""The colour of what stands along an axis."""


@dataclass(frozen=True)
class Writing:
    """How a language writes numbers: the sign before decimals, the one between thousands, and patterns of what counts groups
    of a chart, not people."""

    decimal: str = "."
    thousands: str = ","
    counted: tuple[str, ...] = ()

    def plain(self, text: str) -> str:
        """A text with its numbers as in 12,345.6."""
        signs = {self.decimal: ".", self.thousands: ","}
        return re.sub(rf"(?<=\d)[{re.escape(''.join(signs))}](?=\d)", lambda sign: signs[sign[0]], text)

    def uncounted(self, text: str) -> str:
        """A text without the numbers of groups."""
        return re.sub("|".join(self.counted), " ", text) if self.counted else text


def whole(text: str) -> int | None:
    plain = text.replace(",", "").replace("\u00a0", "").strip()
    return int(plain) if plain.isdigit() else None


def amount(text: str) -> float | None:
    """A figure as it is shown, a rate too; None for anything else."""
    plain = text.replace(",", "").replace("\u00a0", "").strip()
    return float(plain) if re.fullmatch(r"\d+(\.\d+)?", plain) else None


PLAINLY = Writing()
"""As programs write numbers."""


@dataclass
class Figure:
    """A chart as its page shows it. `rows`: of the table of what is drawn; `years`: cells of the table of every year; `ticks`:
    numbers along the axes, drawing by drawing."""

    id: str
    kind: str
    table: str = ""
    texts: list[str] = field(default_factory=list)
    outlines: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    years: list[str] = field(default_factory=list)
    ticks: list[list[float]] = field(default_factory=list)
    writing: Writing = Writing()


_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)


class BuiltPage(HTMLParser):
    """Collects elements with their attributes, those of drawings, charts, and cells of the tables that show a whole table."""

    def __init__(self, writing: Mapping[str, Writing]) -> None:
        super().__init__(convert_charrefs=True)
        self.writing, self.now = writing, Writing()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.drawn: list[tuple[str, dict[str, str | None]]] = []
        self.figures: list[Figure] = []
        self.whole: list[tuple[str, list[str]]] = []
        self.open: list[tuple[str, dict[str, str | None]]] = []
        self.said = self.last = ""

    @property
    def figure(self) -> Figure | None:
        return self.figures[-1] if self.figures and self._within("figure") else None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("html", "svg") and "lang" in given:
            self.now = self.writing.get(given["lang"] or "", self.now)
        drawing = tag == "svg" or self._within("svg")
        (self.drawn if drawing else self.elements).append(({"clippath": "clipPath"}.get(tag, tag), given))
        named = re.search(r"/tables/(\w+)\.csv$", given.get("href") or "")
        if named:
            self.last = named[1]
        if tag == "figure" and "data-id" in given:
            self._begin(given)
        elif tag != "figure" and self.figure is not None:
            self._add(self.figure, tag, given, named[1] if named else "")
        if tag == "table" and "data--full" in (given.get("class") or "").split():
            self.whole.append((self.last, []))
        if tag not in _VOID:
            self.open.append((tag, given))
            # The lines of a label are one label: «Menos de 18» alone would be a number that nobody published.
            self.said = f"{self.said} " if tag == "tspan" else ""

    def _begin(self, given: Mapping[str, str | None]) -> None:
        """A chart begins."""
        outlines = [text for text in (given.get("data-outlines"),) if text]
        figure = Figure(given["data-id"] or "", given.get("data-kind") or "", outlines=outlines, writing=self.now)
        self.figures.append(figure)

    def _add(self, figure: Figure, tag: str, given: Mapping[str, str | None], table: str) -> None:
        """An element of a chart begins; `table`: the one that it links to."""
        if tag == "svg":
            figure.writing = self.now
            figure.ticks.append([])
        if tag == "tr":
            figure.rows.append([])
        if tag == "a" and table:
            figure.table = table
        figure.texts += [text for key in ("aria-label", "title", "alt") if (text := given.get(key))]

    def handle_data(self, data: str) -> None:
        self.said += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "tspan" and self.open and self.open[-1][0] == "tspan":
            self.open.pop()
            return
        said, figure = " ".join(self.said.split()), self.figure
        given: dict[str, str | None] = {}
        while self.open:
            last, given = self.open.pop()
            if last == tag:
                break
        if tag == "td" and self.whole and self._within("table", lambda of: "data--full" in (of.get("class") or "")):
            self.whole[-1][1].append(said)
        if figure is not None and said:
            self._hear(figure, tag, given, said)
        self.said = ""

    def _hear(self, figure: Figure, tag: str, given: Mapping[str, str | None], said: str) -> None:
        """What an element of a chart says: a cell of its tables, a number along an axis, or a text."""
        if tag == "td" and self._within("table", lambda of: "data-years" in of):
            figure.years.append(said)
        elif tag == "td" and figure.rows:
            figure.rows[-1].append(said)
        elif tag == "text" and (tick := self._tick(given, said)) is not None:
            figure.ticks[-1].append(tick)
        elif tag in ("text", "title", "desc"):
            figure.texts.append(said)

    def _tick(self, given: Mapping[str, str | None], said: str) -> int | None:
        """The number along an axis that a text of a drawing is; None where it is none."""
        along = given.get("fill") == TICK and "font-weight" not in given
        return whole(self.now.plain(said)) if along else None

    def _within(self, tag: str, of: Callable[[Mapping[str, str | None]], bool] = lambda given: True) -> bool:
        """Whether an element that is open has that tag, and such attributes."""
        return any(name == tag and of(given) for name, given in self.open)
