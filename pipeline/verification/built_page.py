"""A page or a drawing of a built site, as far as what it says of figures goes: read with a parser of its own.

In: HTML or SVG, how each language writes numbers. Out: elements, charts, cells. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
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
        return self.figures[-1] if self.figures and any(tag == "figure" for tag, _ in self.open) else None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("html", "svg") and "lang" in given:
            self.now = self.writing.get(given["lang"] or "", self.now)
        drawing = tag == "svg" or any(each == "svg" for each, _ in self.open)
        (self.drawn if drawing else self.elements).append(({"clippath": "clipPath"}.get(tag, tag), given))
        if tag == "figure" and "data-id" in given:
            self.figures.append(Figure(given["data-id"] or "", given.get("data-kind") or ""))
            self.figures[-1].writing = self.now
            self.figures[-1].outlines += [text for text in (given.get("data-outlines"),) if text]
        figure = self.figure if tag != "figure" or "data-id" in given else None
        if figure is not None:
            if tag == "svg":
                figure.writing = self.now
                figure.ticks.append([])
            if tag == "tr":
                figure.rows.append([])
            href = given.get("href") or ""
            if tag == "a" and (match := re.search(r"/tables/(\w+)\.csv$", href)):
                figure.table = match[1]
            figure.texts += [
                text for key in ("aria-label", "title", "alt") if tag != "figure" and (text := given.get(key))
            ]
        if match := re.search(r"/tables/(\w+)\.csv$", given.get("href") or ""):
            self.last = match[1]
        if tag == "table" and "data--full" in (given.get("class") or "").split():
            self.whole.append((self.last, []))
        if tag not in _VOID:
            self.open.append((tag, given))
            # The lines of a label are one label: «Menos de 18» alone would be a number that nobody published.
            self.said = f"{self.said} " if tag == "tspan" else ""

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
        if (
            tag == "td"
            and self.whole
            and any("data--full" in (each.get("class") or "") for name, each in self.open if name == "table")
        ):
            self.whole[-1][1].append(said)
        if figure is not None and said:
            if tag == "td" and any("data-years" in each for name, each in self.open if name == "table"):
                figure.years.append(said)
            elif tag == "td" and figure.rows:
                figure.rows[-1].append(said)
            elif (
                tag == "text"
                and given.get("fill") == TICK
                and "font-weight" not in given
                and (tick := whole(self.now.plain(said))) is not None
            ):
                figure.ticks[-1].append(tick)
            elif tag in ("text", "title", "desc"):
                figure.texts.append(said)
        self.said = ""
