"""One small chart per series, all on one scale: areas along time, or bars."""

from __future__ import annotations

from typing import Any

from pipeline.public.charts.layout import (
    known_values,
    label_width,
    quoted,
    scale_end,
    unbroken_runs,
    withheld_marks,
    wrap,
    wrapped_axis,
    wrapping_expression,
)
from pipeline.public.charts.spec import Drawing
from pipeline.public.charts.theme import COLOURS, INK, MUTED, WIDE
from pipeline.public.charts.vega_lite import Piece, data, field, mark, step, value, where
from pipeline.public.edition.model import PERIOD
from pipeline.public.statistics.figures import WITHHELD

GAP = 18
"""Pixels between two charts, as the theme has it."""


def chart(drawn: Drawing, width: int) -> Piece:
    """One chart per series, in rows of as many as the width has room for; all share the scale of figures."""
    return _over_time(drawn, width) if drawn.spec.x == PERIOD else _in_one_period(drawn, width)


def _columns(drawn: Drawing, width: int, narrow: int) -> int:
    """How many charts stand side by side; at most `narrow` on a phone."""
    return min((4 if len(drawn.series) > 6 else 3) if width == WIDE else narrow, len(drawn.series))


def _facet(drawn: Drawing, inner: float) -> Piece:
    """A chart per series below its name, which is broken to `inner`, the width of one chart in pixels."""
    names = list(drawn.series.values())
    head = {"labelExpr": wrapping_expression(names, max(10, int(inner / 7))), "labelLineHeight": 15}
    return field("s:N", sort=names, header=head)


def _over_time(drawn: Drawing, width: int) -> Piece:
    """Areas, each with the figure of the newest period at its end and the mark of each withheld one."""
    columns = _columns(drawn, width, narrow=2)
    inner = (width - GAP * (columns - 1) - 44) / columns
    labels = list(drawn.xs.values())
    axis = {
        "values": [labels[0], labels[-1]],
        "labelFontSize": 12,
        "labelAlign": where(f"datum.value === {quoted(labels[0])}", "left", "right"),
    }
    x = field("x:O", sort=labels, scale={"domain": labels}, axis=axis)
    scale = {"domain": [0, scale_end(drawn)], "nice": False}
    y = field("v:Q", scale=scale, axis={"tickCount": 2, "labelFontSize": 12})
    run = {"x": x, "y": y, "detail": field("run:N")}
    known, withheld, last = (f"datum.kind == '{kind}'" for kind in "vcl")
    end: Piece = {"align": "right", "dy": -9, "fontWeight": 600, "fontSize": 12}
    layers = [
        mark("area", run, only=known, color=COLOURS[0], opacity=0.14),
        mark("line", run, only=known, color=COLOURS[0], strokeWidth=2),
        mark("text", {"x": x, "y": value(88)}, only=withheld, fontSize=12, color=MUTED, text=WITHHELD.value),
        mark("text", {"x": x, "y": y, "text": field("text:N")}, only=last, **end),
    ]
    # An incomplete last row would show an axis without a chart: then each chart has its own.
    axes = "shared" if len(drawn.series) % columns == 0 else "independent"
    return {
        "data": data(_rows_over_time(drawn)),
        "facet": _facet(drawn, inner),
        "spec": {"layer": layers, "width": inner, "height": 96},
        "columns": columns,
        "resolve": {"scale": {"x": "shared", "y": "shared"}, "axis": {"x": axes}},
    }


def _rows_over_time(drawn: Drawing) -> list[dict[str, Any]]:
    """Rows of three kinds in one list, as a facet needs them: `v` a figure, `c` a withheld one, `l` the label at the end."""
    last = [
        {"x": drawn.xs[c], "s": label, "v": v, "text": f"{v:,}", "kind": "l"}
        for s, label in drawn.series.items()
        for c, v in drawn.of(s)[-1:]
        if isinstance(v, int)
    ]
    runs = [{**row, "kind": "v"} for row in unbroken_runs(drawn)]
    return [*runs, *({**row, "kind": "c"} for row in withheld_marks(drawn)), *last]


def _in_one_period(drawn: Drawing, width: int) -> Piece:
    """Bars, each with its figure or the mark of a withheld one."""
    columns = _columns(drawn, width, narrow=1)
    inner = (width - GAP * (columns - 1) - 30) / columns
    places = list(drawn.xs.values())
    known = [{**row, "kind": "v", "text": f"{row['v']:,}"} for row in known_values(drawn)]
    withheld = [{**row, "v": 0, "kind": "c", "text": WITHHELD.value} for row in withheld_marks(drawn)]
    longest = max(label_width(wrap(label, 22)) for label in places)
    plot = (width - GAP * (columns - 1) - longest - 12) / columns - 40
    axis = {"labelColor": INK, "format": "", "labelLineHeight": 13, **wrapped_axis(places, 22, 13)}
    at = {
        "x": field("v:Q", axis=None, scale={"domain": [0, scale_end(drawn)], "nice": False}),
        "y": field("x:N", sort=places, axis=axis),
    }
    layers = [
        mark("bar", at, color=COLOURS[0], size=15),
        mark("text", {**at, "text": field("text:N")}, align="left", dx=5, fontSize=12),
    ]
    return {
        "data": data([*known, *withheld]),
        "facet": _facet(drawn, inner),
        "spec": {"layer": layers, "width": plot, "height": step(26)},
        "columns": columns,
    }
