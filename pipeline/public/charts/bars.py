"""Horizontal bars, one per code, each with its figure or the mark of a withheld one."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from pipeline.public.charts.layout import fixed, label_width, wrap, wrapped_axis
from pipeline.public.charts.spec import TAIL, Drawing
from pipeline.public.charts.theme import COLOURS, INK, MUTED, REST, WIDE
from pipeline.public.statistics.figures import WITHHELD


def chart(drawn: Drawing, width: int) -> Any:
    """The Vega-Lite chart of a drawing at a width in pixels; on a phone the labels stand above the bars."""
    narrow = width != WIDE
    series = next(iter(drawn.series))
    rows = [
        {
            "x": drawn.xs[x],
            "n": number,
            "v": value if isinstance(value, int) else 0,
            "text": drawn.number(value) if isinstance(value, int) else WITHHELD.value,
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
    wrapped = {label: wrap(label, 30) for label in order}
    left = 4.0 if narrow else min(230.0, max(map(label_width, wrapped.values())) + 12)
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
            **wrapped_axis(order, 30, 14.5),
        )
    )
    y = alt.Y("x:N", sort=order, axis=axis, scale=alt.Scale(paddingInner=0, paddingOuter=0))
    x = alt.X("v:Q", axis=None, scale=scale)
    shift = 9 if narrow else 0
    fill = fixed(alt.ColorValue, COLOURS[0], condition={"test": "datum.rest", "value": REST})
    base = alt.Chart(frame)
    layers = [
        base.mark_bar(size=size, yOffset=shift).encode(x=x, y=y, color=fill),
        base.transform_filter("!datum.hidden")
        .mark_text(align="left", dx=6, dy=shift, fontWeight=600, fontSize=13)
        .encode(x=x, y=y, text=alt.Text("text:N")),
        base.transform_filter("datum.hidden")
        .mark_text(align="left", dx=2, dy=shift, color=MUTED, fontSize=13)
        .encode(x=fixed(alt.XValue, 0), y=y, text=alt.Text("text:N")),
    ]
    if narrow:
        layers.append(
            base.mark_text(align="left", dy=-9, fontSize=13).encode(x=fixed(alt.XValue, 0), y=y, text=alt.Text("x:N"))
        )
    return alt.layer(*layers).properties(width=plot, height=alt.Step(step))
