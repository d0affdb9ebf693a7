"""Two dimensions crossed: a square per pair of codes, darker the more it counts."""

from __future__ import annotations

import math
from typing import Any

import altair as alt
import pandas as pd

from pipeline.public.charts.layout import fixed, label_width, wrap, wrapped_axis
from pipeline.public.charts.spec import Drawing
from pipeline.public.charts.theme import INK, MUTED, PAPER, RAMP, WIDE
from pipeline.public.statistics.figures import WITHHELD

FIGURE, BESIDE = 12.5, 4
"""Size of a figure in its square, where it has room, and the least room beside it; in pixels."""


def chart(drawn: Drawing, width: int) -> Any:
    """The Vega-Lite chart of a drawing at a width in pixels; the dimension with more codes runs down."""
    narrow = width != WIDE
    down, across = (drawn.xs, drawn.series) if len(drawn.series) <= len(drawn.xs) else (drawn.series, drawn.xs)
    turned = down is drawn.series
    high = max((v for v in drawn.values.values() if isinstance(v, int)), default=1)
    squares: list[dict[str, Any]] = [
        {"d": down[d], "a": across[a], **_square(drawn, (a, d) if turned else (d, a), high)}
        for d in down
        for a in across
    ]
    left = max(label_width(wrap(label, 13 if narrow else 28)) for label in down.values()) + 8
    plot = width - left
    for square in squares:
        square["size"] = min(FIGURE, (plot / len(across) - BESIDE) / _ems(str(square["t"])))
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
            **wrapped_axis(down.values(), 13 if narrow else 28, 13.5),
        ),
    )
    x = alt.X("a:N", sort=list(across.values()), axis=None)
    base = alt.Chart(pd.DataFrame(squares)).encode(x=x, y=y)
    layers = [
        base.mark_rect(stroke=PAPER, strokeWidth=2).encode(color=alt.Color("fill:N", scale=None)),
        base.mark_text().encode(
            text=alt.Text("t:N"), color=alt.Color("ink:N", scale=None), size=alt.Size("size:Q", scale=None)
        ),
    ]
    for number, label in enumerate(across.values()):
        # Headings are placed by hand: an axis would let the second line of a heading run into the cells.
        lines = wrap(label, 24 if turn else max(6, int(plot / len(across) / 7.6))).split("\n")
        look = (
            {"angle": 300, "align": "left", "dx": 4, "lineHeight": 12}
            if turn
            else {"lineHeight": 14, "dy": -14 * (len(lines) - 1)}
        )
        layers.append(
            alt.Chart(pd.DataFrame([{"a": label}]))
            .mark_text(baseline="bottom", color=MUTED, fontSize=12, text=lines, **look)
            .encode(x=fixed(alt.XValue, (number + 0.5) * plot / len(across)), y=fixed(alt.YValue, -5))
        )
    return alt.layer(*layers).properties(width=plot, height=alt.Step(34 if narrow else 36))


def _square(drawn: Drawing, codes: tuple[str, str], high: int) -> dict[str, str]:
    """Text, fill and ink of the square of two codes; `high`: the largest figure of the chart, which is darkest."""
    value = drawn.values[codes]
    if not isinstance(value, int):
        return {"t": WITHHELD.value if value is WITHHELD else "", "fill": PAPER, "ink": INK}
    step = min(len(RAMP) - 1, int(math.sqrt(value / high) * len(RAMP))) if high else 0
    return {"t": drawn.number(value), "fill": RAMP[step], "ink": PAPER if step >= 3 else INK}


def _ems(text: str) -> float:
    """About how wide a figure is, in its own size: digits are all of one width, commas and brackets narrower."""
    return max(1.0, sum(0.64 if sign.isdigit() else 0.4 for sign in text))
