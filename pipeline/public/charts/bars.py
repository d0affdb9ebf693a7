"""Horizontal bars, one per code, each with its figure or the mark of a withheld one."""

from __future__ import annotations

from pipeline.public.charts.layout import label_width, wrap, wrapped_axis
from pipeline.public.charts.spec import TAIL, Drawing
from pipeline.public.charts.theme import COLOURS, INK, MUTED, REST, WIDE
from pipeline.public.charts.vega_lite import Piece, data, field, mark, step, value, where
from pipeline.public.statistics.figures import WITHHELD


def chart(drawn: Drawing, width: int) -> Piece:
    """The Vega-Lite chart of a drawing at a width in pixels; on a phone the labels stand above the bars."""
    narrow = width != WIDE
    series = next(iter(drawn.series))
    rows = [
        {
            "x": drawn.xs[x],
            "n": number,
            "v": figure if isinstance(figure, int) else 0,
            "text": f"{figure:,}" if isinstance(figure, int) else WITHHELD.value,
            "rest": bool(TAIL.match(x)),
            "hidden": figure is WITHHELD,
        }
        for number, (x, figure) in enumerate(drawn.of(series))
    ]
    top = max(1.0, *(float(figure) for _, figure in drawn.of(series) if isinstance(figure, int)), drawn.reach)
    room = 11 + 8.0 * max(len(str(row["text"])) for row in rows)
    order = [drawn.xs[x] for x in drawn.xs]
    wrapped = {label: wrap(label, 30) for label in order}
    left = 4.0 if narrow else min(230.0, max(map(label_width, wrapped.values())) + 12)
    plot = width - left - room
    size = 16 if narrow else 20
    axis = (
        None
        if narrow
        else {
            "labelColor": INK,
            "labelFontSize": 13,
            "labelLimit": 260,
            "labelLineHeight": 14.5,
            "domain": False,
            "format": "",
            **wrapped_axis(order, 30, 14.5),
        }
    )
    y = field("x:N", sort=order, axis=axis, scale={"paddingInner": 0, "paddingOuter": 0})
    x = field("v:Q", axis=None, scale={"domain": [0, top], "nice": False})
    shift = 9 if narrow else 0
    left_at: Piece = {"align": "left", "fontSize": 13}
    told = {"y": y, "text": field("text:N")}
    layers = [
        mark("bar", {"x": x, "y": y, "color": where("datum.rest", REST, COLOURS[0])}, size=size, yOffset=shift),
        mark("text", {"x": x, **told}, only="!datum.hidden", dx=6, dy=shift, fontWeight=600, **left_at),
        mark("text", {"x": value(0), **told}, only="datum.hidden", dx=2, dy=shift, color=MUTED, **left_at),
    ]
    if narrow:
        layers.append(mark("text", {"x": value(0), "y": y, "text": field("x:N")}, dy=-9, **left_at))
    return {"data": data(rows), "layer": layers, "width": plot, "height": step(46 if narrow else 34)}
