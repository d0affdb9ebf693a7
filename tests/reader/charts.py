"""Reads a chart of a page: its table, its sentence, its pictures and the outlines of a map."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise

from pipeline.model.cells import TOTAL, Figure
from pipeline.public.edition.model import PERIOD
from tests.reader.claims import at_least, between, minus, plus, ratio, times, total
from tests.reader.document import WITHHELD, Node, Number, count
from tests.reader.meaning import Entry
from tests.reader.notebook import Notebook
from tests.reader.picture import Bar, Picture, Words, centre, read
from tests.reader.sentences import SAYS_LITTLE, Sentence

COLOURS = ("#12436d", "#28a197", "#801650", "#f46a25", "#8a949e")
RAMP = ("#e7eef4", "#c3d5e3", "#94b4cd", "#5f8db1", "#316592", "#123f68")
SHADES = (*RAMP[:3], *RAMP[4:])
PAPER, HELD, MUTED = "#ffffff", "#f3e6c4", "#5b6673"
NARROW, PANEL = 344, 96
"""Width in pixels of a picture for a phone; height of a panel of small multiples."""
ROUND = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 12)
"""Where an axis may end, times a power of ten."""
PIXEL = 0.06
"""How far a coordinate may be off: pictures have one decimal."""


@dataclass
class Chart:
    """A chart on a page and the entry of charts.yaml that it is of."""

    node: Node
    entry: Entry
    book: Notebook

    @property
    def kind(self) -> str:
        return str(self.entry["kind"])

    @property
    def along(self) -> str:
        return str(self.entry["y"] if self.kind in ("bar", "heatmap", "map") else self.entry["x"])

    @property
    def across(self) -> str:
        key = {"heatmap": "x", "small_multiples": "facet"}.get(self.kind, "color")
        return str(self.entry.get(key, ""))

    @property
    def rate(self) -> Mapping[str, object]:
        found: Mapping[str, object] = self.entry.get("rate", {})
        return found

    @cached_property
    def told(self) -> list[tuple[str, list[str]]]:
        """The rows of its table: label, texts."""
        rows = self.node.first("tbody").all("tr")
        return [(row.first("th").text, [cell.text for cell in row.all("td")]) for row in rows]

    @cached_property
    def series(self) -> list[str]:
        heads = [head.text for head in self.node.first("thead").all("th")][1:]
        return heads if self.across else heads[:1]

    @cached_property
    def xs(self) -> list[str]:
        return [label for label, _ in self.told]

    @cached_property
    def period(self) -> str:
        """The period of a chart that does not run along time."""
        unit = self.node.first("p", "chart__unit").text
        return self.book.meaning.period(unit.rpartition(" · ")[2])

    @cached_property
    def _codes(self) -> dict[str, dict[str, str]]:
        meaning = self.book.meaning
        axes = {axis for axis in (self.along, self.across) if axis}
        return {a: meaning.periods if a == PERIOD else meaning.drawn(self.entry, a) for a in axes}

    def code(self, axis: str, label: str) -> str:
        return self._codes[axis].get(label, "") if axis else TOTAL

    def figure(self, x: str, series: str) -> Figure | None:
        """The figure of a row and a column of its table."""
        codes = {self.along: self.code(self.along, x)} | (
            {self.across: self.code(self.across, series)} if self.across else {}
        )
        period = codes.pop(PERIOD, None) or self.period
        where = {**self.entry.get("where", {}), **codes}
        return self.book.meaning.figure(self.entry["table"], self.entry["measure"], period, where)

    @cached_property
    def grid(self) -> dict[tuple[str, str], Figure | None]:
        return {(x, s): self.figure(x, s) for x in self.xs for s in self.series}

    def known(self, figure: Figure | None) -> int | None:
        return None if figure is None else self.book.meaning.values[figure]

    @cached_property
    def held(self) -> list[Figure]:
        """The withheld figures that it would show."""
        return [figure for figure in self.grid.values() if figure is not None and self.known(figure) is None]

    @cached_property
    def most(self) -> tuple[int, Figure | None]:
        """The largest published figure that it shows."""
        found = [(value, figure) for figure in self.grid.values() if (value := self.known(figure)) is not None]
        return max(found, key=lambda each: each[0], default=(0, None))

    @cached_property
    def reach(self) -> int:
        """The largest published figure of the bars of other groups of the same dimension, which share its scale."""
        meaning, own, found = self.book.meaning, self.entry, [0]
        for entry in meaning.charts.values():
            same = ("kind", "table", "measure", "y", "level", "topic")
            if entry is own or any(entry.get(key) != own.get(key) for key in same):
                continue
            rest = [{k: v for k, v in e.get("where", {}).items() if k != self.along} for e in (entry, own)]
            for code in meaning.drawn(entry, self.along).values() if rest[0] == rest[1] else ():
                where = {**entry.get("where", {}), self.along: code}
                found.append(self.known(meaning.figure(entry["table"], entry["measure"], self.period, where)) or 0)
        return max(found)

    # its parts -------------------------------------------------------------------------------------------------------

    def read(self, headings: Iterable[Node]) -> None:
        """`headings`: what stands over it."""
        self._table()
        self._years()
        if self.rate:
            self._per()
        caption = self.node.first("figcaption")
        for heading in headings:
            Sentence(self, heading.text).read()
            self.book.done(heading)
        if reason := "".join(piece for piece in caption.inside if isinstance(piece, str)).strip():
            Sentence(self, reason).read()
        self.book.done(caption, *self.node.all("table"))
        for name in ("wide", "narrow"):
            svg = self.node.first("div", f"chart__{name}").first("svg")
            legend = self.book.meaning.words("chart.legend")
            Sentence(self, svg.first("desc").text.replace(" ".join(legend.split()), "")).read()
            self._picture(read(svg), narrow=name == "narrow")
            self.book.done(svg)
        if "data-outlines" in self.node.attrs:
            self._outlines(json.loads(self.node.attrs["data-outlines"]))

    def _table(self) -> None:
        for x, texts in self.told:
            for series, text in zip(self.series, texts, strict=False):
                self.book.value("table of a chart", self.grid[x, series], text)
            if self.rate:
                self._rated(x, texts)
        if self.kind in ("bar", "map"):
            self._order()

    def _years(self) -> None:
        """The table of every year: a column per closed year; on a map that shows rates, rates."""
        meaning = self.book.meaning
        for table in self.node.all("table")[1:]:
            years = [meaning.period(head.text) for head in table.first("thead").all("th")[1:]]
            rows = [
                (row.first("th").text, [cell.text for cell in row.all("td")]) for row in table.first("tbody").all("tr")
            ]
            if not {x for x, _ in rows} <= set(self.xs) or len(set(years)) < 2 or years != sorted(years):
                self.book.trouble(f"another table of years: {years}")
            for x, texts in rows:
                for year, text in zip(years, texts, strict=True):
                    where = {**self.entry.get("where", {}), self.along: self.code(self.along, x)}
                    figure = meaning.figure(self.entry["table"], self.entry["measure"], year, where)
                    if self.rate:
                        self._rate_of_a_year(figure, x, year, text)
                    else:
                        self.book.value("table of years", figure, text)

    def _rate_of_a_year(self, figure: Figure | None, x: str, year: str, text: str) -> None:
        people = self.people(x, year)
        if text == WITHHELD:
            self.book.value("table of years", figure, text)
        elif text != "–" and figure is not None and people:
            number = Number.of(text, 0)
            terms = times(total([figure]), Fraction(int(str(self.rate["per"])), people))
            self.book.note("table of years", f"{x} {year} {text}", between(terms, number.low, number.high))
        elif text != "–":
            self.book.trouble(f"rate of a year: {x} {year} {text}")

    def people(self, x: str, year: str = "") -> int | None:
        """Whom a rate divides by in a year, that of the chart unless it is said, as the catalogue tells it."""
        catalogue = self.book.meaning.newest.catalogues[str(self.rate["catalogue"])]
        row = catalogue.where(**{"anio": year or self.period[:4], self.along: self.code(self.along, x)})
        return int(row[str(self.rate["column"])]) if row is not None else None

    def rated(self, x: str) -> dict[Figure, Fraction] | None:
        """What colours a zone: its figure, or so many of it for so many people."""
        figure = self.grid[x, self.series[0]]
        if figure is None:
            return None
        if not self.rate:
            return total([figure])
        people = self.people(x)
        return times(total([figure]), Fraction(int(str(self.rate["per"])), people)) if people else None

    def shade(self, kind: str, x: str, text: str) -> None:
        """A text for what colours a zone."""
        if text in (WITHHELD, "–"):
            return
        terms = self.rated(x) if x in self.xs else None
        if terms is None:
            self.book.trouble(f"{kind}: {x} {text}")
            return
        number = Number.of(text, 0)
        self.book.note(kind, f"{x} {text}", between(terms, number.low, number.high))

    def _rated(self, x: str, texts: Sequence[str]) -> None:
        people = self.people(x)
        self.book.same("people", texts[1], None if texts[1] == "–" else count(texts[1]), people)
        self.shade("rate", x, texts[2])

    def _per(self) -> None:
        """For how many people a rate counts: in what is counted and in the head of its column."""
        per, unit = int(str(self.rate["per"])), self.node.first("p", "chart__unit")
        told = self.book.matched("chart.unit", unit.text)
        said = self.book.matched("map.rate", told.get("unit", ""))
        self.book.same("per", unit.text, per, count(said.get("per", "")))
        head = self.book.matched("map.rate_head", self.node.first("thead").all("th")[-1].text)
        self.book.same("per", unit.text, per, count(head.get("per", "")))
        self.book.done(unit)

    def _order(self) -> None:
        """Rows stand in the order of their list, or the largest first and what is withheld after it: of a withheld figure
        that says nothing. Any other order is that of the figures.
        """
        listed = [x for x in self._codes[self.along] if x in self.xs]
        terms = {x: self.rated(x) for x in self.xs}
        shown = {x: self.book.meaning.number(t) for x, t in terms.items() if t is not None}

        def place(x: str) -> tuple[int, Fraction]:
            little = self.kind == "bar" and bool(SAYS_LITTLE.match(self.code(self.along, x)))
            value = shown.get(x)
            return (2 if little else 1 if value is None else 0, -(value or Fraction(0)))

        self.book.counts.add("order")
        if self.xs in (listed, sorted(listed, key=place)):
            return
        for more, less in pairwise(x for x in self.xs if place(x)[0] < 2 and terms[x] is not None):
            self.book.note(
                "order", f"{more} ≥ {less}", [at_least(plus(terms[more] or {}, minus(terms[less] or {})), 0)]
            )

    # pictures --------------------------------------------------------------------------------------------------------

    def _picture(self, picture: Picture, *, narrow: bool) -> None:
        for unknown in picture.unknown:
            self.book.trouble(f"a mark that nobody reads: {unknown}")
        over_time = self.along == PERIOD
        if self.kind == "map":
            self._zones(picture)
        elif self.kind == "heatmap":
            self._tiles(picture)
        elif self.kind == "bar":
            self._bars(picture, narrow=narrow)
        elif over_time:
            Plot(self, picture).read()
        else:
            self._groups(picture)

    def _numbers(self, picture: Picture, bars: Sequence[tuple[Bar, Figure | None]], kind: str) -> None:
        """The words beside bars: each number is the figure of the bar at whose height it stands, right of where it starts."""
        taken = set()
        for bar, figure in bars:
            for words in picture.words:
                near = abs(words.y - 4.5 - bar.middle[1]) < 4 and words.x >= bar.x and words not in taken
                if near and (count(words.text) is not None or words.text == WITHHELD):
                    self.book.value("words of a chart", figure, words.text)
                    taken.add(words)
                    break
        for words in picture.words:
            if words not in taken and count(words.text) is not None:
                self.book.trouble(f"a number in a picture: {words.text}")

    def _lengths(self, bars: Sequence[tuple[Bar, Figure | None]]) -> float:
        """Bars are as long as their figures are large. Out: the length of the longest one of a published figure."""
        sure = [(bar.width, figure) for bar, figure in bars if figure is not None and self.known(figure)]
        width, longest = max(sure, key=lambda each: each[0], default=(0.0, None))
        for bar, figure in bars:
            if figure is None or longest is None or figure == longest or (not bar.width and self.known(figure) is None):
                continue
            low, high = (bar.width - PIXEL) / (width + PIXEL), (bar.width + PIXEL) / (width - PIXEL)
            rows = ratio(total([figure]), total([longest]), Fraction(low), Fraction(high))
            self.book.note("bar", f"{bar.width} of {width}", rows)
        return width

    def _bars(self, picture: Picture, *, narrow: bool) -> None:
        bars = sorted(picture.bars, key=lambda bar: bar.y)
        labels = [
            w.text for w in sorted(picture.words, key=lambda w: w.y) if count(w.text) is None and w.text != WITHHELD
        ]
        if len(bars) != len(self.xs) or labels != self.xs:
            self.book.trouble("the bars are not those of the table")
            return
        pairs = [(bar, self.grid[x, self.series[0]]) for bar, x in zip(bars, self.xs, strict=True)]
        self._numbers(picture, pairs, "bar")
        width = self._lengths(pairs)
        if narrow and width:
            longest = max(len(w.text) for w in picture.words if count(w.text) is not None or w.text == WITHHELD)
            room = NARROW - 4 - (11 + 8 * longest)
            most = self.most[0]
            self.top(most * (room - 0.3) / width, most * (room + 0.3) / width, max(most, self.reach))

    def _groups(self, picture: Picture) -> None:
        """Bars of several series, a panel each."""
        pairs = []
        for series in self.series:
            head = next((w for w in picture.words if w.text == series and w.anchor == "start"), None)
            if head is None:
                self.book.trouble(f"no panel of {series}")
                return
            heads = [w for w in picture.words if w.text in self.series and w.anchor == "start"]
            below = min((w.y for w in heads if w.y > head.y + 1), default=math.inf)
            own = sorted((b for b in picture.bars if abs(b.x - head.x) < 1 and head.y < b.y < below), key=lambda b: b.y)
            if len(own) != len(self.xs):
                self.book.trouble(f"the bars of {series} are not those of the table")
                return
            pairs += [(bar, self.grid[x, series]) for bar, x in zip(own, self.xs, strict=True)]
        self._numbers(picture, sorted(pairs, key=lambda pair: -pair[0].x), "bar")
        self._lengths(pairs)

    def top(self, low: float, high: float, expected: float) -> None:
        """An axis ends between `low` and `high`, and the published figures alone would have it end at `expected`."""
        self.book.counts.add("axis")
        if low - 1e-6 <= expected <= high + 1e-6:
            return
        if high < self.most[0] or not self.held:
            self.book.trouble(f"an axis that ends at {low:.1f}, not at {expected:.1f}")
        for figure in self.held:  # drawn for one of them; if there is one only, it is that one
            least = round_below(low) if len(self.held) == 1 else 0
            self.book.about("axis", figure, Fraction(least), Fraction(high), f"ends at {low:.1f}")

    def _tiles(self, picture: Picture) -> None:
        down, across = (self.xs, self.series) if len(self.series) <= len(self.xs) else (self.series, self.xs)
        turned = down is self.series
        places = [sorted({round(b.middle[axis], 0) for b in picture.bars}) for axis in (0, 1)]
        places = [[p for n, p in enumerate(each) if not n or p - each[n - 1] > 2] for each in places]
        if [len(each) for each in places] != [len(across), len(down)]:
            self.book.trouble("the tiles are not those of the table")
            return
        taken = set()
        for bar in picture.bars:
            column, row = (nearest(each, middle) for each, middle in zip(places, bar.middle, strict=True))
            x, s = (across[column], down[row]) if turned else (down[row], across[column])
            figure = self.grid[x, s]
            for words in picture.words:
                inside = bar.x < words.x < bar.x + bar.width and bar.y < words.y < bar.y + bar.height
                if inside and (count(words.text) is not None or words.text == WITHHELD):
                    self.book.value("words of a chart", figure, words.text)
                    taken.add(words)
            self._tint(bar.fill.lower(), figure)
        for words in picture.words:
            if words not in taken and count(words.text) is not None:
                self.book.trouble(f"a number in a picture: {words.text}")

    def _tint(self, fill: str, figure: Figure | None) -> None:
        """The step of a colour: the root of a figure's part of the largest one."""
        longest = self.most[1]
        if fill == PAPER or figure is None or figure == longest:
            return
        if fill not in RAMP or longest is None:
            self.book.trouble(f"a colour that nobody reads: {fill}")
            return
        step, last = RAMP.index(fill), len(RAMP) - 1
        low, high = Fraction(step, len(RAMP)) ** 2, Fraction(step + 1, len(RAMP)) ** 2
        self.book.note(
            "colour", fill, ratio(total([figure]), total([longest]), low, high if step < last else Fraction(1))
        )

    # maps ------------------------------------------------------------------------------------------------------------

    def _zones(self, picture: Picture) -> None:
        key = {}
        for bar in picture.bars:
            beside = [w for w in picture.words if abs(w.x - bar.x) < 1 and 0 < w.y - bar.y < 40]
            key[bar.fill.lower()] = beside[0].text if beside else ""
        self._classes(key)
        for words in picture.words:
            name, _, mark = words.text.rpartition(" ")
            if name not in self.xs:
                if words.text not in key.values():
                    self.book.trouble(f"words of a map: {words.text}")
                continue
            self.shade("zone", name, mark)
            away = [math.dist(centre(zone.points), (words.x, words.y)) for zone in picture.zones]
            self._class("zone", name, picture.zones[nearest(away, 0.0)].fill.lower(), key)

    def _outlines(self, told: Mapping[str, object]) -> None:
        zones, listed = told["zones"], told["key"]
        assert isinstance(zones, dict)
        assert isinstance(listed, list)
        key = {each["fill"].lower(): each["text"] for each in listed}
        self._classes(key)
        for name, zone in zones.items():
            self.shade("outline", name, zone["mark"])
            fill = zone["fill"].lower()
            self._class("outline", name, fill, key)
            self.book.same("dark", name, zone["dark"], fill in SHADES[3:])

    def _class(self, kind: str, zone: str, fill: str, key: Mapping[str, str]) -> None:
        terms = self.rated(zone)
        if fill in (HELD, PAPER) or terms is None:
            return
        said = self.book.matched("map.range", key.get(fill, ""))
        if said:
            low, high = (Number.of(said[end]).value for end in ("low", "high"))
            self.book.note(f"class of a {kind}", key[fill], between(terms, low, high))

    def _classes(self, key: Mapping[str, str]) -> None:
        """The classes begin below the lowest published figure of a zone and end above the highest, in round steps."""
        told = [m for text in key.values() if text not in (WITHHELD, "–") and (m := self.book.match("map.range", text))]
        ends = sorted({Number.of(m[end]).value for m in told for end in ("low", "high")})
        shown = [v for x in self.xs if (t := self.rated(x)) and (v := self.book.meaning.number(t)) is not None]
        if not ends or not shown:
            return
        width = ends[1] - ends[0]
        self.book.counts.add("classes")
        few = len(ends) - 1 <= len(SHADES)
        tight = min(shown) >= ends[0] and max(shown) <= ends[-1] and min(shown) < ends[1] + (min(shown) == ends[0])
        if few and tight and (max(shown) > ends[-2] or len(ends) == 2) and width <= self._widest(shown):
            return
        for figure in self.held:
            x = next(x for x in self.xs if self.grid[x, self.series[0]] == figure)
            if (terms := self.rated(x)) is not None:
                self.book.note("classes", f"{ends[0]}–{ends[-1]}", between(terms, ends[0], ends[-1]))
        if not self.held:
            self.book.trouble("classes that the figures of the map do not ask for")

    def _widest(self, shown: Sequence[Fraction]) -> Fraction:
        """The round width at which the published figures take no more classes than there are colours."""
        low, high = min(shown), max(shown)
        raw = max(float(high - low), float(high) / 10, 1e-9) / len(SHADES)
        unit = 10.0 ** math.floor(math.log10(raw))
        for width in (Fraction(str(m)) * Fraction(unit).limit_denominator(10**9) for m in (1, 2, 2.5, 5, 10, 20)):
            if math.ceil(high / width) - math.floor(low / width) <= len(SHADES):
                return width
        return Fraction(20) * Fraction(unit)


def nearest(places: Sequence[float], at: float) -> int:
    """Which of some places is nearest to one."""
    away = [abs(place - at) for place in places]
    return away.index(min(away))


def round_below(top: float) -> float:
    """The end of an axis that comes before one: a figure that needs the one is larger than the other."""
    return max((m * 10.0**e for e in range(-1, 7) for m in ROUND if m * 10.0**e < top - 1e-6), default=0.0)


def end_of_axis(most: float) -> float:
    step = 10.0 ** math.floor(math.log10(max(most, 1)))
    return next(m * step for m in ROUND if m * step >= max(most, 1))


@dataclass
class Plot:
    """A picture along time with an axis: lines, columns, or panels of lines."""

    chart: Chart
    picture: Picture

    @cached_property
    def panels(self) -> dict[str, tuple[float, float]]:
        """Series → where the head of its panel stands; nothing where all series share a plot."""
        chart = self.chart
        if chart.kind != "small_multiples" and len(chart.series) <= len(COLOURS):
            return {}
        heads: dict[str, tuple[float, float]] = {}
        for w in self.picture.words:
            if w.anchor == "start" and w.fill != MUTED:
                cut = w.text.endswith("…")  # a head that is too long for its panel
                heads |= {s: (w.x, w.y) for s in chart.series if s == w.text or (cut and s.startswith(w.text[:-1]))}
        if len(heads) != len(chart.series):
            chart.book.trouble("the panels are not those of the table")
        return heads

    def panel(self, x: float, y: float) -> str:
        above = [(py, px, series) for series, (px, py) in self.panels.items() if px <= x + 1 and py <= y + 1]
        row = max(above)[0] - PANEL / 2
        return max((px, series) for py, px, series in above if py > row)[1]

    @cached_property
    def ticks(self) -> list[tuple[int, float]]:
        """The numbers of the axis and the height at which each stands, highest row of panels first."""
        words = [w for w in self.picture.words if w.anchor == "end" and w.fill == MUTED and count(w.text) is not None]
        return [(int(w.text.replace(",", "")), w.y - 4.5) for w in words]

    @cached_property
    def zeros(self) -> list[float]:
        """The height of zero, of each row of panels."""
        return sorted(y for value, y in self.ticks if value == 0)

    @cached_property
    def unit(self) -> float:
        """Pixels for one."""
        first = [(value, y) for value, y in self.ticks if y <= self.zeros[0] + 1]
        value, y = max(first)
        return (self.zeros[0] - y) / value

    def zero(self, y: float) -> float:
        return min(zero for zero in self.zeros if zero >= y - 1)

    @cached_property
    def columns(self) -> list[float]:
        """Where each period stands, from the left of its panel."""
        found: dict[int, float] = {}
        for w in self.picture.words:
            if w.text in self.chart.xs and w.fill == MUTED:
                left = self.panels[self.panel(w.x, w.y)][0] if self.panels else 0.0
                found[self.chart.xs.index(w.text)] = w.x - 0.5 - left
        (first, start), (last, end) = min(found.items()), max(found.items())
        step = (end - start) / (last - first) if last > first else 1.0
        return [start + step * (n - first) for n in range(len(self.chart.xs))]

    def at(self, x: float, y: float, series: str) -> Figure | None:
        """The figure of a place in the picture."""
        left = self.panels[series][0] if self.panels else 0.0
        away = [abs(x - left - column) for column in self.columns]
        if min(away) > 1.5:
            self.chart.book.trouble(f"a mark beside the periods: {x:.1f}")
            return None
        return self.chart.grid[self.chart.xs[away.index(min(away))], series]

    def read(self) -> None:
        chart = self.chart
        if not chart.most[1] and not self.picture.lines and not self.picture.bars:
            return
        if len(self.ticks) < 2:
            chart.book.trouble("an axis without numbers")
            return
        points = list(self._points())
        slack = 0.15 / self.unit
        for kind, figure, value in points:
            chart.book.about(kind, figure, value - slack, value + slack, f"{value:.2f}")
        self._words()
        held = chart.kind == "stacked" and not self.panels
        shown = [[chart.known(chart.grid[x, s]) or 0 for s in chart.series] for x in chart.xs]
        most = max(map(sum, shown)) if held else chart.most[0]
        height = PANEL if self.panels else self.zeros[-1] - self.picture.origin[1]
        top = height / self.unit
        chart.top(top * 0.995, top * 1.005, end_of_axis(most))

    def _points(self) -> Iterator[tuple[str, Figure | None, float]]:
        chart = self.chart
        for line in self.picture.lines:
            for x, y in line.points:
                series = self.panel(x, y) if self.panels else self.coloured(line.stroke)
                yield "line", self.at(x, y, series), (self.zero(y) - y) / self.unit
        for zone in self.picture.zones:
            for x, y in zone.points:
                if self.zero(y) - y > 0.2:
                    yield "area", self.at(x, y, self.panel(x, y)), (self.zero(y) - y) / self.unit
        for dot in self.picture.dots:
            yield "dot", self.at(dot.x, dot.y, self.coloured(dot.fill)), (self.zero(dot.y) - dot.y) / self.unit
        for bar in self.picture.bars:
            if chart.kind != "stacked":
                chart.book.trouble("a bar among lines")
            yield "column", self.at(bar.middle[0], bar.y, self.coloured(bar.fill)), bar.height / self.unit

    def coloured(self, colour: str) -> str:
        return self.chart.series[COLOURS.index(colour.lower()) if len(self.chart.series) > 1 else 0]

    def _words(self) -> None:
        """Numbers at the end of a line are its last figure; the mark [c] stands where no figure has a say."""
        for words in self.picture.words:
            tick = words.fill == MUTED and words.anchor == "end"
            if words.text == WITHHELD:
                self._mark(words)
            elif count(words.text) is not None and not tick:
                series = self.panel(words.x, words.y) if self.panels else self.chart.series[0]
                shown = [
                    f for x in self.chart.xs if (f := self.chart.grid[x, series]) and self.chart.known(f) is not None
                ]
                self.chart.book.value("words of a chart", shown[-1] if shown else None, words.text)

    def _mark(self, words: Words) -> None:
        chart, height = self.chart, self.zero(words.y) - words.y
        if chart.kind == "stacked" and not self.panels:
            away = [abs(words.x - column) for column in self.columns]
            x = chart.xs[away.index(min(away))]
            known = sum(chart.known(chart.grid[x, s]) or 0 for s in chart.series)
            level = (height - 7 + 4.5) / self.unit
            said = [f for s in chart.series if (f := chart.grid[x, s]) is not None]
            if abs(level - known) * self.unit > 3:
                chart.book.note(
                    "mark",
                    f"at {level:.1f}",
                    between(total(said), Fraction(level - 3 / self.unit), Fraction(level + 3 / self.unit)),
                )
            return
        lines = [8 - 4.5] if self.panels else [7 + 12 * n - 4.5 for n in range(len(chart.series))]
        if min(abs(height - line) for line in lines) > 2:
            series = (
                self.panel(words.x, words.y)
                if self.panels
                else self.coloured(words.fill)
                if len(chart.series) > 1
                else chart.series[0]
            )
            value = height / self.unit
            chart.book.about(
                "mark",
                self.at(words.x, words.y, series),
                value - 6 / self.unit,
                value + 6 / self.unit,
                f"at {value:.1f}",
            )
