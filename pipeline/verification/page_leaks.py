"""What a page and a drawing may hold: elements and attributes that are seen, and of charts and tables published figures alone. Pure.

In: what readers know, how each language writes numbers, the address of a file in a site, its bytes. Out: findings, never values.
"""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from xml.etree import ElementTree

from pipeline.model.findings import Finding
from pipeline.verification.built_page import BuiltPage, Figure, Writing, amount, whole
from pipeline.verification.known import RANGE, WITHHELD, Known, Table

DRAWN = frozenset(
    ["svg", "g", "path", "line", "rect", "circle", "text", "tspan", "title", "desc", "clipPath", "defs", "use", "a"]
)
PAINTED = frozenset(
    [
        "xmlns",
        "viewBox",
        "width",
        "height",
        "font-family",
        "lang",
        "role",
        "aria-labelledby",
        "aria-hidden",
        "aria-label",
        "id",
        "fill",
        "transform",
        "d",
        "x",
        "y",
        "x1",
        "x2",
        "y1",
        "y2",
        "cx",
        "cy",
        "r",
        "stroke",
        "stroke-width",
        "stroke-dasharray",
        "stroke-linecap",
        "stroke-linejoin",
        "stroke-miterlimit",
        "stroke-opacity",
        "fill-opacity",
        "opacity",
        "text-anchor",
        "font-size",
        "font-weight",
        "font-style",
        "class",
        "focusable",
        "dy",
        "dx",
        "dominant-baseline",
        "clip-path",
        "stroke-dashoffset",
        "rx",
        "ry",
        "href",
        "target",
    ]
)
_DATA = frozenset(
    [
        "data-root",
        "data-language",
        "data-words",
        "data-exit",
        "data-exit-status",
        "data-theme-button",
        "data-search-body",
        "data-section",
        "data-search-ignore",
        "data-kind",
        "data-id",
        "data-outlines",
        "data-interactive",
        "data-explorer",
        "data-root-data",
        "data-edition",
        "data-head",
        "data-search",
        "data-search-status",
        "data-search-results",
        "data-search-more",
        "data-search-index",
        "data-toc-label",
        "data-sortable",
        "data-unit",
        "data-across",
        "data-chart",
        "data-copy",
        "data-years",
        "data-compare",
    ]
)
_ZONE = frozenset(["fill", "dark", "mark", "at", "geometry", "text", "dash"])
"""What a page needs to draw a map anew."""
_ACTIVE = frozenset(("iframe", "object", "embed", "applet", "base", "portal"))
_ROUND = (1_000, 10_000, 100_000)
"""By which rates are told."""


@dataclass(frozen=True)
class Pages:
    """Reads pages and drawings; `writing`: how each language of the site writes numbers."""

    known: Known
    writing: Mapping[str, Writing]

    def drawing(self, name: str, data: bytes) -> Iterator[Finding]:
        """A drawing: nothing that does not paint; of a chart, no number that its edition does not publish."""
        root = ElementTree.fromstring(data)
        for element in root.iter():
            # What lets a drawing be seen beyond its frame hides nothing.
            given = [key for key, value in element.attrib.items() if (key, value) != ("overflow", "visible")]
            attributes = {key.rpartition("}")[2] for key in given}
            yield from _painted(name, element.tag.rpartition("}")[2], attributes)
        if "/graficas/" in name:
            page = self._read(f'<figure data-id="{name}">{data.decode()}</figure>')
            known = frozenset[int]().union(*(table.figures for table in self.known.shown_on(name).values()))
            wrapped = [lines for lines in _wrapped(root) if len(lines) > 1]
            pieces = Counter(piece for lines in wrapped for piece in lines)
            for figure in page.figures:
                alone = (Counter(figure.texts) - pieces).elements()
                yield from self._published(name, figure, (*alone, *map(" ".join, wrapped)), known)

    def page(self, name: str, data: bytes) -> Iterator[Finding]:
        """A page: figures of charts and tables are published ones, an axis ends where they do, nothing stands where nobody looks."""
        page = self._read(data.decode())
        if any(_unseen(tag, attributes) for tag, attributes in page.elements):
            yield Finding.of(name, "leak_hidden")
        for tag, drawn in page.drawn:
            yield from _painted(name, tag, drawn.keys() - {"viewbox", "clip-path"})
        for figure in page.figures:
            yield from self._figure(name, figure)
        for table, cells in page.whole:
            known = self.known.newest.get(table)
            if known is not None and not _shows(cells, known, page.now):
                yield Finding.of(name, "leak_figure")

    def _read(self, text: str) -> BuiltPage:
        page = BuiltPage(self.writing)
        page.feed(text)
        page.close()
        return page

    def _figure(self, name: str, figure: Figure) -> Iterator[Finding]:
        """A chart with its table of figures: no number that is not published, no axis longer than its figures need."""
        known = self.known.shown_on(name).get(figure.table)
        if known is None:
            yield Finding.of(name, "leak_unreadable")
            return
        for outline in map(json.loads, figure.outlines):
            zones = [*outline.pop("zones").values(), *outline.pop("key")]
            if outline or any(set(each) - _ZONE for each in zones):
                yield Finding.of(name, "leak_hidden")
            figure.texts += [text for each in zones for text in (each.get("mark"), each.get("text")) if text]
        texts = (*figure.texts, *(text for row in figure.rows for text in row), *figure.years)
        yield from self._published(name, figure, texts, known.figures)
        most = _greatest(figure)
        for ticks in (*figure.ticks, _bounds(figure)):
            ends = sorted(set(ticks))
            if len(ends) > 1 and most and ends[-2] > most:
                yield Finding.of(name, "leak_axis", chart=figure.id)

    def _published(self, name: str, figure: Figure, texts: Iterable[str], known: Collection[int]) -> Iterator[Finding]:
        """No number of the texts of a chart is other than one that is published."""
        for text in texts:
            for number in self.known.numbers_shown(text, figure.writing):
                if number not in known and number not in self.known.public and number not in _ROUND:
                    yield Finding.of(name, "leak_figure", chart=figure.id)


def _painted(name: str, tag: str, attributes: Collection[str]) -> Iterator[Finding]:
    if tag not in DRAWN or set(attributes) - PAINTED:
        yield Finding.of(name, "leak_hidden")


def _unseen(tag: str, attributes: Mapping[str, str | None]) -> bool:
    """Whether an element brings in, runs or hides what no reader sees."""
    data = {key for key in attributes if key.startswith("data-")}
    return (
        tag in _ACTIVE
        or any(key.startswith("on") for key in attributes)
        or (tag == "input" and attributes.get("type") == "hidden")
        or not data <= _DATA
    )


def _shows(cells: list[str], table: Table, writing: Writing) -> bool:
    """Whether the cells of a page are the figures of a table, and as many marks as it withholds."""
    told = sorted(value for text in cells if (value := whole(writing.plain(text))) is not None)
    marks = sum("Q" in key for key in table.keys) * len(table.measures)
    figures = sorted(value for row in table.rows for value in row if value is not None)
    return told == figures and cells.count(WITHHELD) == marks


def _greatest(figure: Figure) -> float:
    """The greatest figure that a chart draws; stacked, the greatest sum of a row or of a column."""
    told = [[amount(figure.writing.plain(text)) for text in row] for row in figure.rows]
    most = max([value for row in told for value in row if value is not None], default=0)
    if figure.kind == "stacked":
        stacks = [*told, *zip(*told, strict=False)]
        most = max([most, *(sum(filter(None, stack)) for stack in stacks)])
    return most


def _bounds(figure: Figure) -> list[float]:
    """The bounds of the classes of a map."""
    classes = [text for text in map(figure.writing.plain, figure.texts) if RANGE.fullmatch(text)]
    return [float(end.replace(",", "")) for text in classes for end in text.split("–")]


def _wrapped(drawing: ElementTree.Element) -> Iterator[list[str]]:
    """The texts beside the picture of a chart, each as the lines that it stands in: a sentence is read as a whole."""
    said = [
        e for each in drawing for e in (each, *each) if each.tag.endswith(("}text", "}a")) and e.tag.endswith("}text")
    ]
    alike = itertools.groupby(said, key=lambda e: [e.get(key) for key in ("x", "font-size", "fill", "font-weight")])
    yield from (["".join(each.itertext()).strip() for each in lines] for _, lines in alike)
