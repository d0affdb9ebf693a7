"""Columns along time, made of parts; of parts that do not run along time, bars side by side."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from pipeline.public.charts import small_multiples
from pipeline.public.charts.layout import (
    fixed,
    known_values,
    label_beside,
    label_width,
    scale_end,
    spread_labels,
    time_ticks,
    wrap,
)
from pipeline.public.charts.spec import Drawing
from pipeline.public.charts.theme import COLOURS, MUTED, PAPER, PARTS, WIDE
from pipeline.public.edition.model import PERIOD
from pipeline.public.statistics.figures import WITHHELD


def chart(drawn: Drawing, width: int) -> Any:
    """The Vega-Lite chart of a drawing at a width in pixels. A column with a withheld part has the mark [c] on top."""
    if drawn.spec.x != PERIOD:
        return small_multiples.chart(drawn, width)  # withheld parts of a column would distort the rest
    top = scale_end(drawn, stacked=True)
    height = 300 if width == WIDE else 240
    names = list(drawn.series.values())
    labels = {s: wrap(label, 16 if width == WIDE else 12) for s, label in drawn.series.items()}
    plot = width - (max(map(label_width, labels.values())) + 14) - 46
    frame = known_values(drawn)
    frame["n"] = [names.index(s) for s in frame["s"]]
    x = alt.X(
        "x:O",
        sort=list(drawn.xs.values()),
        scale=alt.Scale(paddingInner=0.25, paddingOuter=0.1),
        axis=alt.Axis(values=time_ticks(drawn, int(plot))),
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
    at = spread_labels(middles, labels, top / height * 16, top)
    for number, (s, label) in enumerate(labels.items()):
        layers.append(
            alt.Chart(pd.DataFrame([{"v": at[s]}]))
            .mark_text(**label_beside(label, (*COLOURS, MUTED)[number], 8))
            .encode(x=fixed(alt.XValue, plot), y=alt.Y("v:Q", scale=scale))
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
