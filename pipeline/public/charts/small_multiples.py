"""One small chart per series, all on one scale: areas along time, or bars."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from pipeline.public.charts.layout import (
    fixed,
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
from pipeline.public.edition.model import PERIOD
from pipeline.public.statistics.figures import WITHHELD

GAP = 18
"""Pixels between two charts, as the theme has it."""


def chart(drawn: Drawing, width: int) -> Any:
    """One chart per series, in rows of as many as the width has room for; all share the scale of figures."""
    return _over_time(drawn, width) if drawn.spec.x == PERIOD else _in_one_period(drawn, width)


def _columns(drawn: Drawing, width: int, narrow: int) -> int:
    """How many charts stand side by side; at most `narrow` on a phone."""
    return min((4 if len(drawn.series) > 6 else 3) if width == WIDE else narrow, len(drawn.series))


def _facet(drawn: Drawing, inner: float) -> alt.Facet:
    """A chart per series below its name, which is broken to `inner`, the width of one chart in pixels."""
    names = list(drawn.series.values())
    head = alt.Header(labelExpr=wrapping_expression(names, max(10, int(inner / 7))), labelLineHeight=15)
    return alt.Facet("s:N", sort=names, header=head)


def _over_time(drawn: Drawing, width: int) -> Any:
    """Areas, each with the figure of the newest period at its end and the mark of each withheld one."""
    columns = _columns(drawn, width, narrow=2)
    inner = (width - GAP * (columns - 1) - 44) / columns
    labels = list(drawn.xs.values())
    x = alt.X(
        "x:O",
        sort=labels,
        scale=alt.Scale(domain=labels),
        axis=alt.Axis(
            values=[labels[0], labels[-1]],
            labelFontSize=12,
            labelAlign=alt.condition(f"datum.value === {quoted(labels[0])}", alt.value("left"), alt.value("right")),
        ),
    )
    scale = alt.Scale(domain=[0, scale_end(drawn)], nice=False)
    y = alt.Y("v:Q", scale=scale, axis=alt.Axis(tickCount=2, labelFontSize=12))
    kinds = alt.Chart().encode(x=x)
    known = kinds.transform_filter("datum.kind == 'v'")
    layered = alt.layer(
        known.mark_area(color=COLOURS[0], opacity=0.14).encode(y=y, detail=alt.Detail("run:N")),
        known.mark_line(color=COLOURS[0], strokeWidth=2).encode(y=y, detail=alt.Detail("run:N")),
        kinds.transform_filter("datum.kind == 'c'")
        .mark_text(fontSize=12, color=MUTED, text=WITHHELD.value)
        .encode(y=fixed(alt.YValue, 88)),
        kinds.transform_filter("datum.kind == 'l'")
        .mark_text(align="right", dy=-9, fontWeight=600, fontSize=12)
        .encode(y=y, text=alt.Text("text:N")),
        data=_rows_over_time(drawn),
    ).properties(width=inner, height=96)
    # An incomplete last row would show an axis without a chart: then each chart has its own.
    axes = "shared" if len(drawn.series) % columns == 0 else "independent"
    faceted = layered.facet(facet=_facet(drawn, inner), columns=columns)
    return faceted.resolve_scale(x="shared", y="shared").resolve_axis(x=axes)


def _rows_over_time(drawn: Drawing) -> pd.DataFrame:
    """Rows of three kinds in one frame, as a facet needs them: `v` a figure, `c` a withheld one, `l` the label at the end."""
    last = pd.DataFrame(
        [
            {"x": drawn.xs[c], "s": label, "v": v, "text": drawn.number(v)}
            for s, label in drawn.series.items()
            for c, v in drawn.of(s)[-1:]
            if isinstance(v, int)
        ],
        columns=["x", "s", "v", "text"],
    )
    runs = pd.DataFrame(unbroken_runs(drawn), columns=["x", "s", "v", "run"])
    marks = withheld_marks(drawn).assign(kind="c")
    return pd.concat([runs.assign(kind="v"), marks, last.assign(kind="l")], ignore_index=True)


def _in_one_period(drawn: Drawing, width: int) -> Any:
    """Bars, each with its figure or the mark of a withheld one."""
    columns = _columns(drawn, width, narrow=1)
    inner = (width - GAP * (columns - 1) - 30) / columns
    places = list(drawn.xs.values())
    marks = withheld_marks(drawn).assign(v=0, kind="c")
    rows = pd.concat([known_values(drawn).assign(kind="v"), marks], ignore_index=True)
    rows["text"] = [
        drawn.number(int(v)) if k == "v" else WITHHELD.value for v, k in zip(rows["v"], rows["kind"], strict=True)
    ]
    longest = max(label_width(wrap(label, 22)) for label in places)
    plot = (width - GAP * (columns - 1) - longest - 12) / columns - 40
    y = alt.Y(
        "x:N", sort=places, axis=alt.Axis(labelColor=INK, format="", labelLineHeight=13, **wrapped_axis(places, 22, 13))
    )
    x = alt.X("v:Q", axis=None, scale=alt.Scale(domain=[0, scale_end(drawn)], nice=False))
    base = alt.Chart().encode(x=x, y=y)
    layered = alt.layer(
        base.mark_bar(color=COLOURS[0], size=15),
        base.mark_text(align="left", dx=5, fontSize=12).encode(text=alt.Text("text:N")),
        data=rows,
    ).properties(width=plot, height=alt.Step(26))
    return layered.facet(facet=_facet(drawn, inner), columns=columns)
