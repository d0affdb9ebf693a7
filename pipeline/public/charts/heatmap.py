"""Two dimensions crossed: a square per pair of codes, darker the more it counts."""

from __future__ import annotations

import math
from typing import Any

from pipeline.public.charts.layout import label_width, wrap, wrapped_axis
from pipeline.public.charts.spec import Drawing
from pipeline.public.charts.theme import INK, MUTED, PAPER, RAMP, WIDE
from pipeline.public.charts.vega_lite import Piece, field, mark, step, value
from pipeline.public.statistics.figures import WITHHELD


def chart(drawn: Drawing, width: int) -> Piece:
    """The Vega-Lite chart of a drawing at a width in pixels; the dimension with more codes runs down."""
    narrow = width != WIDE
    high = max((v for v in drawn.values.values() if isinstance(v, int)), default=1)
    down, across = (drawn.xs, drawn.series) if len(drawn.series) <= len(drawn.xs) else (drawn.series, drawn.xs)
    turned = down is drawn.series
    rows = []
    for d, down_label in down.items():
        for a, across_label in across.items():
            figure = drawn.values[(a, d) if turned else (d, a)]
            number = figure if isinstance(figure, int) else None
            text = WITHHELD.value if figure is WITHHELD else "" if number is None else f"{number:,}"
            ratio = 0 if number is None else math.sqrt(number / high) if high else 0
            shade = min(len(RAMP) - 1, int(ratio * len(RAMP)))
            fill = PAPER if number is None else RAMP[shade]
            rows.append(
                {"d": down_label, "a": across_label, "t": text, "fill": fill, "ink": "#ffffff" if shade >= 3 else INK}
            )
    left = max(label_width(wrap(label, 13 if narrow else 28)) for label in down.values()) + 8
    plot = width - left
    turn = narrow and len(across) > 4
    axis = {
        "labelColor": INK,
        "labelFontSize": 12.5 if narrow else 13,
        "labelLineHeight": 13.5,
        "domain": False,
        "format": "",
        **wrapped_axis(down.values(), 13 if narrow else 28, 13.5),
    }
    at = {
        "x": field("a:N", sort=list(across.values()), axis=None),
        "y": field("d:N", sort=list(down.values()), axis=axis),
    }
    told = {**at, "text": field("t:N"), "color": field("ink:N", scale=None)}
    layers = [
        mark("rect", {**at, "color": field("fill:N", scale=None)}, rows=rows, stroke=PAPER, strokeWidth=2),
        mark("text", told, rows=rows, fontSize=12.5),
    ]
    for number, label in enumerate(across.values()):
        # Headings are placed by hand: an axis would let the second line of a heading run into the cells.
        lines = wrap(label, 24 if turn else max(6, int(plot / len(across) / 7.6))).split("\n")
        look: dict[str, Any] = (
            {"angle": 300, "align": "left", "dx": 4, "lineHeight": 12}
            if turn
            else {"lineHeight": 14, "dy": -14 * (len(lines) - 1)}
        )
        place = {"x": value((number + 0.5) * plot / len(across)), "y": value(-5)}
        look |= {"baseline": "bottom", "color": MUTED, "fontSize": 12, "text": lines}
        layers.append(mark("text", place, rows=[{"a": label}], **look))
    return {"layer": layers, "width": plot, "height": step(34 if narrow else 36)}
