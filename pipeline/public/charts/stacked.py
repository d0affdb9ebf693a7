"""Columns along time, made of parts; of parts that do not run along time, bars side by side."""

from __future__ import annotations

from pipeline.public.charts import small_multiples
from pipeline.public.charts.layout import (
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
from pipeline.public.charts.vega_lite import Piece, field, mark, value
from pipeline.public.edition.model import PERIOD
from pipeline.public.statistics.figures import WITHHELD


def chart(drawn: Drawing, width: int) -> Piece:
    """The Vega-Lite chart of a drawing at a width in pixels. A column with a withheld part has the mark [c] on top."""
    if drawn.spec.x != PERIOD:
        return small_multiples.chart(drawn, width)  # withheld parts of a column would distort the rest
    top = scale_end(drawn, stacked=True)
    height = 300 if width == WIDE else 240
    names = list(drawn.series.values())
    labels = {s: wrap(label, 16 if width == WIDE else 12) for s, label in drawn.series.items()}
    plot = width - (max(map(label_width, labels.values())) + 14) - 46
    rows = [{**row, "n": names.index(row["s"])} for row in known_values(drawn)]
    x = field(
        "x:O",
        sort=list(drawn.xs.values()),
        scale={"paddingInner": 0.25, "paddingOuter": 0.1},
        axis={"values": time_ticks(drawn, int(plot))},
    )
    y = field("v:Q", scale={"domain": [0, top], "nice": False})
    colour = field("s:N", scale={"domain": names, "range": list(PARTS[: len(names)])})
    column = {"x": x, "y": {**y, "stack": "zero"}, "color": colour, "order": field("n:O")}
    layers = [mark("bar", column, rows=rows, stroke=PAPER, strokeWidth=1)]
    last = list(drawn.xs)[-1]
    below, middles = 0.0, {}
    for s in drawn.series:
        figure = drawn.values[last, s]
        height_of = float(figure) if isinstance(figure, int) else 0.0
        middles[s] = below + height_of / 2
        below += height_of
    at = spread_labels(middles, labels, top / height * 16, top)
    for number, (s, label) in enumerate(labels.items()):
        look = label_beside(label, (*COLOURS, MUTED)[number], 8)
        layers.append(mark("text", {"x": value(plot), "y": y}, rows=[{"v": at[s]}], **look))
    totals = []
    for x_code in drawn.xs:
        parts = [drawn.values[x_code, s] for s in drawn.series]
        if WITHHELD in parts:
            totals.append({"x": drawn.xs[x_code], "v": sum(v for v in parts if isinstance(v, int))})
    if totals:
        look = {"dy": -7, "fontSize": 12, "color": MUTED, "text": WITHHELD.value}
        layers.append(mark("text", {"x": x, "y": y}, rows=totals, **look))
    return {"layer": layers, "width": plot, "height": height}
