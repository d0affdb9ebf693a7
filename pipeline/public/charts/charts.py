"""A chart of a published table: which rows it draws, its Vega-Lite specification, its SVG.

In: a `Table`, an entry of charts.yaml, words. Out: `Drawing` (rows), a specification (dict), SVG text. Pure but for the
renderer; touches no files. A chart takes only the columns that it draws; what is withheld is drawn as the mark [c].
"""

from __future__ import annotations

import math
import re
import textwrap
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any
from xml.etree import ElementTree

import altair as alt
import numpy as np
import pandas as pd
import vl_convert
from scipy.optimize import isotonic_regression

from pipeline.model import periods
from pipeline.model.cells import TOTAL
from pipeline.public.edition.model import PERIOD
from pipeline.public.statistics.figures import WITHHELD, Table, Value
from pipeline.wording.texts import Texts

RENDERER, DRAWER = version("vl-convert-python"), version("altair")
WIDE, NARROW = 720, 344
"""Widths in pixels that each chart is drawn at: on a phone its words keep their size instead of shrinking."""
LINE = 15.0
"""Height in pixels of a line of a label beside a line or a column."""
COLOURS = ("#12436D", "#28A197", "#801650", "#F46A25")
"""Series colours (each at least 3:1 on white); dashes and direct labels keep them from standing alone."""
INK, MUTED, GRID, PAPER, REST = "#1d2733", "#5b6673", "#dfe4e8", "#ffffff", "#8a949e"
PARTS = (*COLOURS, REST)
"""Colours of the parts of a column."""
DASHES = ([1, 0], [7, 3], [2, 2], [9, 3, 2, 3])
RAMP = ("#e7eef4", "#c3d5e3", "#94b4cd", "#5f8db1", "#316592", "#123f68")
MEASURED = "DejaVu Sans"
"""Room for words is measured with a wide face that the renderer carries, so that no reader's own face is cut off."""
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
LAST = {periods.MONTH: 36, periods.QUARTER: 12, periods.YEAR: 10}
"""How many periods a series shows unless charts.yaml says `last`."""


@dataclass(frozen=True)
class Spec:
    """An entry of charts.yaml in one form for all kinds: `x` runs along, `color` tells the series (may be empty)."""

    id: str
    topic: str
    table: str
    kind: str
    measure: str
    x: str
    title: Mapping[str, str]
    says: Mapping[str, str]
    unit: Mapping[str, str] = field(default_factory=dict)
    """What is counted, where the words of the measure say more than the chart's rows hold."""
    color: str = ""
    level: str = ""
    where: Mapping[str, str] = field(default_factory=dict)
    last: int = 0
    in_order: bool = False
    roots: bool = False
    shapes: str = ""
    rate: Mapping[str, Any] = field(default_factory=dict)
    finding: Mapping[str, str] = field(default_factory=dict)
    """The institute's own sentence, with blanks, for what the chart shows."""
    annotations: Sequence[Mapping[str, Any]] = ()
    """Breaks in time: from which period on (`at`) figures are counted otherwise, and what happened (`says`)."""

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Spec:
        """`y` of bars, maps and heatmaps and `facet` of small multiples become `x` and `color`."""
        along = entry["y"] if entry["kind"] in ("bar", "heatmap", "map") else entry["x"]
        series = {"heatmap": "x", "small_multiples": "facet"}.get(entry["kind"], "color")
        return cls(
            id=entry["id"],
            topic=entry["topic"],
            table=entry["table"],
            kind=entry["kind"],
            measure=entry["measure"],
            x=along,
            title=entry["title"],
            says=entry.get("says", {}),
            unit=entry.get("unit", {}),
            color=entry.get(series, ""),
            level=entry.get("level", ""),
            where=entry.get("where", {}),
            last=entry.get("last", 0),
            in_order=entry.get("order") == "codes",
            roots=entry.get("depth") == "groups",
            shapes=entry.get("shapes", ""),
            rate=entry.get("rate", {}),
            finding=entry.get("finding", {}),
            annotations=tuple(entry.get("annotations", ())),
        )


@dataclass(frozen=True)
class Drawing:
    """The rows of one chart in one language. `rows`: x, series (codes), value; `xs` and `series` keep their order."""

    spec: Spec
    language: str
    unit: str
    period: str
    xs: Mapping[str, str]
    series: Mapping[str, str]
    values: Mapping[tuple[str, str], Value]
    aside: tuple[str, ...]
    """Codes that say little: unspecified, not applicable, other."""
    reach: int = 0
    """The largest published figure of the charts that share a scale with this one."""

    @property
    def withheld(self) -> int:
        return sum(value is WITHHELD for value in self.values.values())

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw, not even a withheld figure: no period that the table tells of has closed."""
        return not self.values

    def of(self, series: str) -> list[tuple[str, Value]]:
        return [(x, self.values[x, series]) for x in self.xs]


def closed(spec: Spec, table: Table) -> tuple[str, ...]:
    """The periods that a chart may show. One that runs along time keeps to its level: quarters are not drawn as months."""
    if PERIOD in (spec.x, spec.color):
        return table.of_level(spec.level or table.finest)
    return table.newest(spec.level or periods.YEAR)


def drawing(spec: Spec, table: Table, words: Texts) -> Drawing:
    """Picks the rows that a chart shows: the periods of its level, or one period and the codes of its dimensions."""
    level = spec.level or (table.finest if PERIOD in (spec.x, spec.color) else periods.YEAR)
    there = closed(spec, table)
    last = spec.last or LAST.get(level, 12)
    unit = words.of(spec.unit or table.measures[spec.measure])
    if not there:
        return Drawing(spec, words.language, unit, "", {}, {}, {}, ())
    period = there[-1]

    def codes(axis: str) -> dict[str, str]:
        if not axis:
            return {TOTAL: unit}
        if axis == PERIOD:
            return {code: words.short_period(code) for code in there[-last:]}
        listed = table.axes[axis]
        present = set(table.frame[axis])
        chosen = listed.roots if spec.roots else listed.leaves
        if under := spec.where.get(axis):
            chosen = tuple(c for c in chosen if listed.codes[c].parent == under)
        return distinct({c: words.of(listed.codes[c].labels) for c in chosen if c in present})

    xs, series = codes(spec.x), codes(spec.color)
    values: dict[tuple[str, str], Value] = {}
    for x in xs:
        for s in series:
            codes_of = {spec.x: x, spec.color: s}
            at = codes_of.get(PERIOD, period)
            where = {**spec.where, **{axis: code for axis, code in codes_of.items() if axis not in ("", PERIOD)}}
            values[x, s] = table.value(spec.measure, at, where)
    xs = {x: label for x, label in xs.items() if any(values[x, s] is not None for s in series)}
    series = {s: label for s, label in series.items() if any(values[x, s] is not None for x in xs)}
    if spec.kind == "bar" and not spec.in_order and not _ordered(xs):
        xs = dict(sorted(xs.items(), key=lambda item: _rank(item[0], values, series)))
    span = list(xs) if spec.x == PERIOD else [period]
    return Drawing(
        spec=spec,
        language=words.language,
        unit=unit,
        period=words.period(span[0])
        if len(span) == 1
        else words("chart.from_to", first=words.short_period(span[0]), last=words.short_period(span[-1])),
        xs=xs,
        series=series,
        values={(x, s): values[x, s] for x in xs for s in series},
        aside=aside(spec, table),
    )


def aside(spec: Spec, table: Table) -> tuple[str, ...]:
    """The codes of what a chart draws that say little."""
    axes = [table.axes[axis] for axis in (spec.x, spec.color) if axis not in ("", PERIOD)]
    return tuple(code for axis in axes for code in axis.codes if TAIL.match(code) or code in axis.unspecified)


def distinct(labels: Mapping[str, str]) -> dict[str, str]:
    """Labels by code, each as a chart needs it to stand alone: where codes share one, with its code behind it."""
    told = Counter(labels.values())
    return {code: f"{label} ({code})" if told[label] > 1 else label for code, label in labels.items()}


def _ordered(xs: Mapping[str, str]) -> bool:
    """Codes that run along a scale (18_24, 25_29 …) keep the order of their list."""
    return sum(bool(re.search(r"\d", code)) for code in xs) >= 3 and not any(re.fullmatch(r"[A-Z]\d+", c) for c in xs)


TAIL = re.compile(r"^(no_especificad|no_aplica|no_valorad|otr[ao]s?(_analog[ao]s?)?$)")
"""Codes that say little stand last, whatever their size."""


def _rank(code: str, values: Mapping[tuple[str, str], Value], series: Mapping[str, str]) -> tuple[int, int]:
    numbers = [v for s in series if isinstance(v := values[code, s], int)]
    return (2 if TAIL.match(code) else 0 if numbers else 1, -sum(numbers))


# specifications ------------------------------------------------------------------------------------------------------


def theme() -> dict[str, Any]:
    """The one look of every chart: no frame, light grid, ink for words, the first colour for what is counted."""
    return {
        "background": None,
        "aria": False,
        "font": MEASURED,
        "padding": 2,
        "view": {"stroke": None},
        "axis": {
            "labelColor": MUTED,
            "labelFontSize": 12.5,
            "labelPadding": 6,
            "title": None,
            "domain": False,
            "ticks": False,
            "gridColor": GRID,
            "gridWidth": 1,
            "labelLimit": 400,
        },
        "axisX": {"grid": False, "domain": True, "domainColor": REST, "labelOverlap": False, "labelAngle": 0},
        "axisY": {"tickCount": 4, "format": ",d"},
        "header": {
            "title": None,
            "labelColor": INK,
            "labelFontSize": 13,
            "labelFontWeight": 600,
            "labelAnchor": "start",
            "labelPadding": 4,
            "labelLimit": 200,
        },
        "line": {"strokeWidth": 2.5, "strokeCap": "round", "strokeJoin": "round"},
        "text": {"fontSize": 12.5, "color": INK},
        "bar": {"color": COLOURS[0]},
        "legend": {"disable": True},
        "facet": {"spacing": 18},
    }


def kind(drawn: Drawing) -> str:
    """How a chart is drawn: of lines and of parts of columns with more series than there are colours, each by itself."""
    most = {"line": len(COLOURS), "stacked": len(PARTS)}.get(drawn.spec.kind)
    return drawn.spec.kind if most is None or len(drawn.series) <= most else "small_multiples"


def specification(drawn: Drawing, width: int) -> dict[str, Any]:
    """The Vega-Lite specification of a drawing at a width in pixels."""
    chart = {
        "line": _line,
        "bar": _bar,
        "stacked": _stacked,
        "heatmap": _heatmap,
        "small_multiples": _small_multiples,
    }[kind(drawn)](drawn, width)
    made: dict[str, Any] = chart.to_dict(validate=False)
    made["config"] = theme()
    made.pop("usermeta", None)
    return made


def _frame(drawn: Drawing, series: Sequence[str] | None = None) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"x": drawn.xs[x], "s": drawn.series[s], "v": v}
            for s in (drawn.series if series is None else series)
            for x, v in drawn.of(s)
            if isinstance(v, int)
        ],
        columns=["x", "s", "v"],
    )


def _runs(drawn: Drawing) -> list[dict[str, Any]]:
    """Rows of `_frame` with the unbroken run that each belongs to: a line must break where a figure is withheld."""
    found, run = [], 0
    for s in drawn.series:
        run += 1
        for x, value in drawn.of(s):
            if isinstance(value, int):
                found.append({"x": drawn.xs[x], "s": drawn.series[s], "v": value, "run": f"{s} {run}"})
            else:
                run += 1
    return found


def _marks(drawn: Drawing) -> pd.DataFrame:
    """Where a mark [c] goes: one per place, raised by the number of the series so that they do not cover each other."""
    return pd.DataFrame(
        [
            {"x": drawn.xs[x], "s": drawn.series[s], "mark": WITHHELD.value}
            for (x, s), v in drawn.values.items()
            if v is WITHHELD
        ],
        columns=["x", "s", "mark"],
    )


def _top(drawn: Drawing, *, stacked: bool = False) -> float:
    """A round upper end of the scale, with room above the highest value."""
    if stacked:
        high = max(
            (sum(v for s in drawn.series if isinstance(v := drawn.values[x, s], int)) for x in drawn.xs), default=1
        )
    else:
        high = max((v for v in drawn.values.values() if isinstance(v, int)), default=1)
    step = 10.0 ** math.floor(math.log10(max(high, 1)))
    return next(m * step for m in (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 12) if m * step >= max(high, 1))


def _ticks(drawn: Drawing, width: int) -> list[str]:
    """Labels of the time axis: as many as there is room for, always the first of each year where that helps."""
    labels = list(drawn.xs.items())
    room = max(2, int(width / 74))
    if len(labels) <= room:
        return [label for _, label in labels]
    firsts = [label for code, label in labels if code.endswith(("-01", "-T1"))]
    if len(firsts) >= 2:
        return firsts[:: math.ceil(len(firsts) / room)]
    return [label for _, label in labels[:: math.ceil(len(labels) / room)]]


def _spread(at: Mapping[str, float], labels: Mapping[str, str], line: float, top: float) -> dict[str, float]:
    """Where labels stand that must not touch, all as near their places as can be; in units of the scale, 0 to `top`."""
    if not at:
        return {}
    order = sorted(at, key=lambda name: at[name])
    tall = np.array([line * (labels[name].count("\n") + 1) for name in order])
    below = np.concatenate([[0.0], np.cumsum((tall[:-1] + tall[1:]) / 2)])[: len(order)]
    moved = isotonic_regression([at[name] for name in order] - below).x
    moved = np.clip(moved, tall[0] / 2, top - tall[-1] / 2 - below[-1])
    return dict(zip(order, (moved + below).tolist(), strict=True))


def _wrapped(label: str, width: int) -> str:
    return "\n".join(textwrap.wrap(label, width, break_long_words=False)) or label


def _beside(label: str, colour: str, dx: int) -> dict[str, Any]:
    """A label right of a place, its middle at the height of that place, however many lines it has."""
    return {
        "align": "left",
        "baseline": "middle",
        "dx": dx,
        "dy": -LINE / 2 * label.count("\n"),
        "fontWeight": 600,
        "lineHeight": LINE,
        "text": label.split("\n"),
        "color": colour,
    }


def _length(label: str) -> float:
    return 7.6 * max(map(len, label.split("\n")))


def _apart(places: Sequence[int], least: int) -> list[int]:
    """Places in order, those left out that are nearer than `least` to the last one kept: marks must not overlap."""
    kept: list[int] = []
    for place in places:
        if not kept or place - kept[-1] >= least:
            kept.append(place)
    return kept


def _line(drawn: Drawing, width: int) -> Any:
    frame, top = _frame(drawn), _top(drawn)
    several = len(drawn.series) > 1
    height = 300 if width == WIDE else 230
    labels = {s: _wrapped(label, 16 if width == WIDE else 12) for s, label in drawn.series.items()}
    right = max(map(_length, labels.values())) + 12 if several else 44
    plot = width - right - 46
    periods_shown = list(drawn.xs.values())
    x = alt.X(
        "x:O",
        sort=periods_shown,
        # Named one by one: where all is withheld and there is no room for its mark, a period keeps its place.
        scale=alt.Scale(domain=periods_shown, paddingOuter=0.15),
        axis=alt.Axis(values=_ticks(drawn, int(plot))),
    )
    y = alt.Y("v:Q", scale=alt.Scale(domain=[0, top], nice=False))
    names = list(drawn.series.values())
    colour = alt.Color("s:N", scale=alt.Scale(domain=names, range=list(COLOURS[: len(names)])))
    dash = alt.StrokeDash("s:N", scale=alt.Scale(domain=names, range=[list(d) for d in DASHES[: len(names)]]))
    runs = _runs(drawn)
    base = alt.Chart(pd.DataFrame(runs, columns=["x", "s", "v", "run"]))
    layers = [base.mark_line().encode(x=x, y=y, color=colour, strokeDash=dash, detail="run:N")]
    counts = Counter(str(row["run"]) for row in runs)
    alone = pd.DataFrame([r for r in runs if counts[str(r["run"])] == 1], columns=["x", "s", "v"])
    if len(alone):
        layers.append(alt.Chart(alone).mark_circle(size=34, opacity=1).encode(x=x, y=y, color=colour))
    ends = {
        s: [(c, v) for c, v in drawn.of(s) if isinstance(v, int)][-1]
        for s in drawn.series
        if any(isinstance(v, int) for _, v in drawn.of(s))
    }
    said = labels if several else {s: f"{value:,}" for s, (_, value) in ends.items()}
    at = _spread({s: float(v) for s, (_, v) in ends.items()}, said, top / height * LINE, top)
    last_x = periods_shown[-1]
    for s, (code, value) in ends.items():
        mark = pd.DataFrame([{"x": drawn.xs[code], "s": drawn.series[s], "v": value}])
        layers.append(alt.Chart(mark).mark_circle(size=42, opacity=1).encode(x=x, y=y, color=colour))
        ink = COLOURS[list(drawn.series).index(s)] if several else INK
        place = pd.DataFrame([{"x": last_x, "v": at[s]}])
        layers.append(alt.Chart(place).mark_text(**_beside(said[s], ink, 9)).encode(x=x, y=y))
    apart = math.ceil(23 * len(drawn.xs) / max(plot, 1))
    for number, s in enumerate(drawn.series):
        gone = _apart([place for place, (_, v) in enumerate(drawn.of(s)) if v is WITHHELD], apart)
        if gone:
            codes = list(drawn.xs)
            layers.append(
                alt.Chart(pd.DataFrame([{"x": drawn.xs[codes[place]]} for place in gone]))
                .mark_text(fontSize=12, color=COLOURS[number] if several else MUTED, text=WITHHELD.value)
                .encode(x=x, y=alt.value(height - 7 - 12 * number))
            )
    return alt.layer(*layers).properties(width=plot, height=height) if len(frame) or layers else base.mark_line()


def _bar(drawn: Drawing, width: int) -> Any:
    narrow = width != WIDE
    series = next(iter(drawn.series))
    rows = [
        {
            "x": drawn.xs[x],
            "n": number,
            "v": value if isinstance(value, int) else 0,
            "text": f"{value:,}" if isinstance(value, int) else WITHHELD.value,
            "rest": bool(TAIL.match(x)),
            "hidden": value is WITHHELD,
        }
        for number, (x, value) in enumerate(drawn.of(series))
    ]
    frame = pd.DataFrame(rows)
    top = max(1.0, float(frame["v"].max()), drawn.reach)
    room = 11 + 8.0 * max(map(len, frame["text"]))
    step = 46 if narrow else 34
    scale = alt.Scale(domain=[0, top], nice=False)
    order = [drawn.xs[x] for x in drawn.xs]
    wrapped = {label: _wrapped(label, 30) for label in order}
    left = 4.0 if narrow else min(230.0, max(map(_length, wrapped.values())) + 12)
    plot = width - left - room
    size = 16 if narrow else 20
    axis = (
        None
        if narrow
        else alt.Axis(
            labelColor=INK,
            labelFontSize=13,
            labelLimit=260,
            labelLineHeight=14.5,
            domain=False,
            format="",
            **_broken(order, 30, 14.5),
        )
    )
    y = alt.Y("x:N", sort=order, axis=axis, scale=alt.Scale(paddingInner=0, paddingOuter=0))
    x = alt.X("v:Q", axis=None, scale=scale)
    shift = 9 if narrow else 0
    fill = alt.condition("datum.rest", alt.value(REST), alt.value(COLOURS[0]))
    base = alt.Chart(frame)
    layers = [
        base.mark_bar(size=size, yOffset=shift).encode(x=x, y=y, color=fill),
        base.transform_filter("!datum.hidden")
        .mark_text(align="left", dx=6, dy=shift, fontWeight=600, fontSize=13)
        .encode(x=x, y=y, text="text:N"),
        base.transform_filter("datum.hidden")
        .mark_text(align="left", dx=2, dy=shift, color=MUTED, fontSize=13)
        .encode(x=alt.value(0), y=y, text="text:N"),
    ]
    if narrow:
        layers.append(base.mark_text(align="left", dy=-9, fontSize=13).encode(x=alt.value(0), y=y, text="x:N"))
    return alt.layer(*layers).properties(width=plot, height=alt.Step(step))


def _lines(labels: Iterable[str], width: int) -> str:
    """An expression that breaks axis labels into lines."""
    table = ",".join(f"{_quoted(label)}:{_quoted(_wrapped(label, width))}" for label in labels)
    return f"split({{{table}}}[datum.label], '\\n')"


def _broken(labels: Iterable[str], width: int, line: float) -> dict[str, Any]:
    """Axis properties for labels of several lines that stand in the middle of their row, not with their first line."""
    listed = list(labels)
    more = {label: _wrapped(label, width).count("\n") for label in listed}
    raised = [
        {"test": f"datum.value === {_quoted(label)}", "value": -number * line / 2}
        for label, number in more.items()
        if number
    ]
    offset = {"labelOffset": {"condition": raised, "value": 0}} if raised else {}
    return {"labelExpr": _lines(listed, width), **offset}


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'"


def _stacked(drawn: Drawing, width: int) -> Any:
    if drawn.spec.x != PERIOD:
        return _stacked_rows(drawn, width)
    top = _top(drawn, stacked=True)
    height = 300 if width == WIDE else 240
    names = list(drawn.series.values())
    labels = {s: _wrapped(label, 16 if width == WIDE else 12) for s, label in drawn.series.items()}
    plot = width - (max(map(_length, labels.values())) + 14) - 46
    frame = _frame(drawn)
    frame["n"] = [names.index(s) for s in frame["s"]]
    x = alt.X(
        "x:O",
        sort=list(drawn.xs.values()),
        scale=alt.Scale(paddingInner=0.25, paddingOuter=0.1),
        axis=alt.Axis(values=_ticks(drawn, int(plot))),
    )
    scale = alt.Scale(domain=[0, top], nice=False)
    colour = alt.Color("s:N", scale=alt.Scale(domain=names, range=list(PARTS[: len(names)])))
    layers = [
        alt.Chart(frame)
        .mark_bar(stroke=PAPER, strokeWidth=1)
        .encode(x=x, y=alt.Y("v:Q", scale=scale, stack="zero"), color=colour, order=alt.Order("n:O"))
    ]
    last = list(drawn.xs)[-1]
    below, middles = 0.0, {}
    for s in drawn.series:
        value = drawn.values[last, s]
        height_of = float(value) if isinstance(value, int) else 0.0
        middles[s] = below + height_of / 2
        below += height_of
    at = _spread(middles, labels, top / height * 16, top)
    for number, (s, label) in enumerate(labels.items()):
        layers.append(
            alt.Chart(pd.DataFrame([{"v": at[s]}]))
            .mark_text(**_beside(label, (*COLOURS, MUTED)[number], 8))
            .encode(x=alt.value(plot), y=alt.Y("v:Q", scale=scale))
        )
    totals = []
    for x_code in drawn.xs:
        column = [drawn.values[x_code, s] for s in drawn.series]
        if WITHHELD in column:
            totals.append(
                {"x": drawn.xs[x_code], "v": sum(v for v in column if isinstance(v, int)), "mark": WITHHELD.value}
            )
    if totals:
        layers.append(
            alt.Chart(pd.DataFrame(totals))
            .mark_text(dy=-7, fontSize=12, color=MUTED, text=WITHHELD.value)
            .encode(x=x, y=alt.Y("v:Q", scale=scale))
        )
    return alt.layer(*layers).properties(width=plot, height=height)


def _stacked_rows(drawn: Drawing, width: int) -> Any:
    """Groups side by side, one row per code: a bar per series, so that withheld parts do not distort the rest."""
    return _small_multiples(drawn, width)


def _heatmap(drawn: Drawing, width: int) -> Any:
    narrow = width != WIDE
    high = max((v for v in drawn.values.values() if isinstance(v, int)), default=1)
    down, across = (drawn.xs, drawn.series) if len(drawn.series) <= len(drawn.xs) else (drawn.series, drawn.xs)
    turned = down is drawn.series
    rows = []
    for d, down_label in down.items():
        for a, across_label in across.items():
            value = drawn.values[(a, d) if turned else (d, a)]
            number = value if isinstance(value, int) else None
            text = WITHHELD.value if value is WITHHELD else "" if number is None else f"{number:,}"
            ratio = 0 if number is None else math.sqrt(number / high) if high else 0
            step = min(len(RAMP) - 1, int(ratio * len(RAMP)))
            fill = PAPER if number is None else RAMP[step]
            rows.append(
                {"d": down_label, "a": across_label, "t": text, "fill": fill, "ink": "#ffffff" if step >= 3 else INK}
            )
    frame = pd.DataFrame(rows)
    left = max(_length(_wrapped(label, 13 if narrow else 28)) for label in down.values()) + 8
    plot = width - left
    turn = narrow and len(across) > 4
    y = alt.Y(
        "d:N",
        sort=list(down.values()),
        axis=alt.Axis(
            labelColor=INK,
            labelFontSize=12.5 if narrow else 13,
            labelLineHeight=13.5,
            domain=False,
            format="",
            **_broken(down.values(), 13 if narrow else 28, 13.5),
        ),
    )
    x = alt.X("a:N", sort=list(across.values()), axis=None)
    base = alt.Chart(frame).encode(x=x, y=y)
    layers = [
        base.mark_rect(stroke=PAPER, strokeWidth=2).encode(color=alt.Color("fill:N", scale=None)),
        base.mark_text(fontSize=12.5).encode(text="t:N", color=alt.Color("ink:N", scale=None)),
    ]
    for number, label in enumerate(across.values()):
        # Headings are placed by hand: an axis would let the second line of a heading run into the cells.
        lines = _wrapped(label, 24 if turn else max(6, int(plot / len(across) / 7.6))).split("\n")
        look = (
            {"angle": 300, "align": "left", "dx": 4, "lineHeight": 12}
            if turn
            else {"lineHeight": 14, "dy": -14 * (len(lines) - 1)}
        )
        layers.append(
            alt.Chart(pd.DataFrame([{"a": label}]))
            .mark_text(baseline="bottom", color=MUTED, fontSize=12, text=lines, **look)
            .encode(x=alt.value((number + 0.5) * plot / len(across)), y=alt.value(-5))
        )
    return alt.layer(*layers).properties(width=plot, height=alt.Step(34 if narrow else 36))


def _small_multiples(drawn: Drawing, width: int) -> Any:
    over_time = drawn.spec.x == PERIOD
    columns = (4 if len(drawn.series) > 6 else 3) if width == WIDE else 2 if over_time else 1
    columns = min(columns, len(drawn.series))
    inner = (width - 18 * (columns - 1) - (44 if over_time else 30)) / columns
    names = list(drawn.series.values())
    top = _top(drawn)
    frame, marks = _frame(drawn), _marks(drawn)
    wrap = max(10, int(inner / 7))
    head = alt.Header(labelExpr=_lines(names, wrap), labelLineHeight=15)
    facet = alt.Facet("s:N", sort=names, header=head)
    if over_time:
        labels = list(drawn.xs.values())
        x = alt.X(
            "x:O",
            sort=labels,
            scale=alt.Scale(domain=labels),
            axis=alt.Axis(
                values=[labels[0], labels[-1]],
                labelFontSize=12,
                labelAlign=alt.condition(
                    f"datum.value === {_quoted(labels[0])}", alt.value("left"), alt.value("right")
                ),
            ),
        )
        y = alt.Y("v:Q", scale=alt.Scale(domain=[0, top], nice=False), axis=alt.Axis(tickCount=2, labelFontSize=12))
        last = pd.DataFrame(
            [
                {"x": drawn.xs[c], "s": label, "v": v, "text": f"{v:,}"}
                for s, label in drawn.series.items()
                for c, v in drawn.of(s)[-1:]
                if isinstance(v, int)
            ],
            columns=["x", "s", "v", "text"],
        )
        runs = pd.DataFrame(_runs(drawn), columns=["x", "s", "v", "run"])
        rows = pd.concat([runs.assign(kind="v"), marks.assign(kind="c"), last.assign(kind="l")], ignore_index=True)
        base = alt.Chart().encode(x=x)
        layered = alt.layer(
            base.transform_filter("datum.kind == 'v'")
            .mark_area(color=COLOURS[0], opacity=0.14)
            .encode(y=y, detail="run:N"),
            base.transform_filter("datum.kind == 'v'")
            .mark_line(color=COLOURS[0], strokeWidth=2)
            .encode(y=y, detail="run:N"),
            base.transform_filter("datum.kind == 'c'")
            .mark_text(fontSize=12, color=MUTED, text=WITHHELD.value)
            .encode(y=alt.value(88)),
            base.transform_filter("datum.kind == 'l'")
            .mark_text(align="right", dy=-9, fontWeight=600, fontSize=12)
            .encode(y=y, text="text:N"),
            data=rows,
        ).properties(width=inner, height=96)
        # An incomplete last row would show an axis without a chart: then each chart has its own.
        axes = "shared" if len(names) % columns == 0 else "independent"
        faceted = layered.facet(facet=facet, columns=columns)
        return faceted.resolve_scale(x="shared", y="shared").resolve_axis(x=axes)
    places = list(drawn.xs.values())
    rows = pd.concat([frame.assign(kind="v"), marks.assign(v=0, kind="c")], ignore_index=True)
    rows["text"] = [f"{int(v):,}" if k == "v" else WITHHELD.value for v, k in zip(rows["v"], rows["kind"], strict=True)]
    longest = max(_length(_wrapped(label, 22)) for label in places)
    plot = (width - 18 * (columns - 1) - longest - 12) / columns - 40
    y = alt.Y(
        "x:N", sort=places, axis=alt.Axis(labelColor=INK, format="", labelLineHeight=13, **_broken(places, 22, 13))
    )
    x = alt.X("v:Q", axis=None, scale=alt.Scale(domain=[0, top], nice=False))
    base = alt.Chart().encode(x=x, y=y)
    layered = alt.layer(
        base.mark_bar(color=COLOURS[0], size=15),
        base.mark_text(align="left", dx=5, fontSize=12).encode(text="text:N"),
        data=rows,
    ).properties(width=plot, height=alt.Step(26))
    return layered.facet(facet=facet, columns=columns)


# SVG -----------------------------------------------------------------------------------------------------------------

_SVG = "http://www.w3.org/2000/svg"
_DROP = {
    "class",
    "role",
    "aria-hidden",
    "aria-label",
    "aria-roledescription",
    "pointer-events",
    "stroke-miterlimit",
    "font-family",
    "style",
    "version",
    "cursor",
}
_NUMBER = re.compile(r"-?\d+\.\d+")


def svg(specification: Mapping[str, Any], *, name: str, title: str, description: str, language: str) -> str:
    """Renders a specification. Title and description are ours, in the page's language; `name` makes ids unique.

    What only weighs is taken out: classes, defaults, empty groups, decimals that no screen shows. No style attribute
    is left, so that the picture needs no exception from a content security policy.
    """
    locale: Any = "es-MX" if language == "es" else "en-US"
    made = vl_convert.vegalite_to_svg(dict(specification), format_locale=locale, time_format_locale=locale)
    ElementTree.register_namespace("", _SVG)
    root = ElementTree.fromstring(made)
    for child in list(root):
        if child.tag == f"{{{_SVG}}}rect" and child.get("fill") in ("white", "transparent", "none"):
            root.remove(child)
    _clean(root)
    width, height = root.attrib.pop("width"), root.attrib.pop("height")
    root.attrib.clear()
    root.set("viewBox", f"0 0 {_short(width)} {_short(height)}")
    root.set("width", _short(width))
    root.set("height", _short(height))
    root.set("font-family", FONT)
    root.set("lang", language)
    root.set("role", "img")
    root.set("aria-labelledby", f"{name}-t {name}-d")
    for number, (tag, text) in enumerate((("title", title), ("desc", description))):
        element = ElementTree.Element(f"{{{_SVG}}}{tag}", {"id": f"{name}-{tag[0]}"})
        element.text = text
        root.insert(number, element)
    for element in root.iter():
        for key, value in list(element.attrib.items()):
            if key == "id" and not value.startswith(name):
                element.set("id", f"{name}-{value}")
            elif "url(#" in value:
                element.set(key, value.replace("url(#", f"url(#{name}-"))
    return ElementTree.tostring(root, encoding="unicode")


def _short(number: str) -> str:
    text = f"{float(number):.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def _clean(element: ElementTree.Element) -> None:
    for child in list(element):
        _clean(child)
        tag = child.tag.removeprefix(f"{{{_SVG}}}")
        invisible = (
            child.get("display") == "none" or child.get("d") in ("", "M0,0h0v0h0Z") or child.get("opacity") == "0"
        )
        bare = (
            tag == "path"
            and (child.get("fill") in (None, "none", "transparent"))
            and child.get("stroke") in (None, "none", "transparent")
        )
        empty = tag in ("g", "text") and len(child) == 0 and not (child.text or "").strip()
        if invisible or bare or empty:
            element.remove(child)
        elif tag == "g" and not child.attrib:
            place = list(element).index(child)
            element.remove(child)
            for offset, grandchild in enumerate(list(child)):
                element.insert(place + offset, grandchild)
    for key in list(element.attrib):
        value = element.attrib[key]
        if (
            key in _DROP
            or (key in ("opacity", "fill-opacity", "stroke-width") and value == "1")
            or (key == "transform" and value == "translate(0,0)")
        ):
            del element.attrib[key]
        elif key in ("d", "transform", "x", "y", "x1", "x2", "y1", "y2", "width", "height", "dx", "dy", "points"):
            element.attrib[key] = _NUMBER.sub(lambda match: _short(match[0]), value)


def spark(values: Sequence[Value], *, width: int = 132, height: int = 34) -> str:
    """A line for a card, drawn by hand: too small for axes; the figures stand beside it, so it is decoration."""
    numbers = [v for v in values if isinstance(v, int)]
    if len(numbers) < 2:
        return ""
    high = max(numbers) or 1
    step = (width - 8) / (len(values) - 1)
    path, area, pen = "", "", "M"
    last = (0.0, 0.0)
    for number, value in enumerate(values):
        if not isinstance(value, int):
            area += f"V{height}Z" if pen == "L" else ""
            pen = "M"
            continue
        last = (4 + number * step, height - 4 - (height - 8) * value / high)
        path += f"{pen}{last[0]:.1f},{last[1]:.1f}"
        area += f"M{last[0]:.1f},{height}V{last[1]:.1f}" if pen == "M" else f"L{last[0]:.1f},{last[1]:.1f}"
        pen = "L"
    return (
        f'<svg class="spark" viewBox="0 0 {width} {height}" width="{width}" height="{height}" aria-hidden="true" '
        f'focusable="false"><path d="{area}V{height}Z" fill="{COLOURS[0]}" opacity=".13"/>'
        f'<path d="{path}" fill="none" stroke="{COLOURS[0]}" stroke-width="2"/>'
        f'<circle cx="{last[0]:.1f}" cy="{last[1]:.1f}" r="3.2" fill="{COLOURS[0]}"/></svg>'
    )


def bundle() -> str:
    """Vega, Vega-Lite and the embedder as one script of the site's own, for charts that answer to the pointer."""
    return str(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;"))
