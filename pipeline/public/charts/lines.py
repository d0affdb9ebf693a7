"""Lines along time, one per series; a line breaks where a figure is withheld."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from pipeline.public.charts.layout import (
    fixed,
    known_values,
    label_beside,
    label_width,
    scale_end,
    spread_labels,
    thinned,
    time_ticks,
    unbroken_runs,
    wrap,
)
from pipeline.public.charts.spec import Drawing
from pipeline.public.charts.theme import COLOURS, DASHES, INK, LINE, MUTED, WIDE
from pipeline.public.statistics.figures import WITHHELD


def chart(drawn: Drawing, width: int) -> Any:
    """The Vega-Lite chart of a drawing at a width in pixels. Several series are named at their ends, one has its figure."""
    frame, top = known_values(drawn), scale_end(drawn)
    several = len(drawn.series) > 1
    height = 300 if width == WIDE else 230
    labels = {s: wrap(label, 16 if width == WIDE else 12) for s, label in drawn.series.items()}
    right = max(map(label_width, labels.values())) + 12 if several else 44
    plot = width - right - 46
    periods_shown = list(drawn.xs.values())
    x = alt.X(
        "x:O",
        sort=periods_shown,
        # Named one by one: where all is withheld and there is no room for its mark, a period keeps its place.
        scale=alt.Scale(domain=periods_shown, paddingOuter=0.15),
        axis=alt.Axis(values=time_ticks(drawn, int(plot))),
    )
    y = alt.Y("v:Q", scale=alt.Scale(domain=[0, top], nice=False))
    names = list(drawn.series.values())
    colour = alt.Color("s:N", scale=alt.Scale(domain=names, range=list(COLOURS[: len(names)])))
    dash = alt.StrokeDash("s:N", scale=alt.Scale(domain=names, range=[list(d) for d in DASHES[: len(names)]]))
    runs = unbroken_runs(drawn)
    base = alt.Chart(pd.DataFrame(runs, columns=["x", "s", "v", "run"]))
    layers = [base.mark_line().encode(x=x, y=y, color=colour, strokeDash=dash, detail=alt.Detail("run:N"))]
    alone = _alone(runs)
    if len(alone):
        layers.append(alt.Chart(alone).mark_circle(size=34, opacity=1).encode(x=x, y=y, color=colour))
    ends = _ends(drawn)
    said = labels if several else {s: drawn.number(value) for s, (_, value) in ends.items()}
    at = spread_labels({s: float(v) for s, (_, v) in ends.items()}, said, top / height * LINE, top)
    last_x = periods_shown[-1]
    for s, (code, value) in ends.items():
        mark = pd.DataFrame([{"x": drawn.xs[code], "s": drawn.series[s], "v": value}])
        layers.append(alt.Chart(mark).mark_circle(size=42, opacity=1).encode(x=x, y=y, color=colour))
        ink = COLOURS[list(drawn.series).index(s)] if several else INK
        place = pd.DataFrame([{"x": last_x, "v": at[s]}])
        layers.append(alt.Chart(place).mark_text(**label_beside(said[s], ink, 9)).encode(x=x, y=y))
    apart = math.ceil(23 * len(drawn.xs) / max(plot, 1))
    for number, gone in enumerate(_withheld(drawn, apart)):
        if gone:
            signs = alt.Chart(pd.DataFrame([{"x": period} for period in gone]))
            ink = COLOURS[number] if several else MUTED
            signs = signs.mark_text(fontSize=12, color=ink, text=WITHHELD.value)
            layers.append(signs.encode(x=x, y=fixed(alt.YValue, height - 7 - 12 * number)))
    return alt.layer(*layers).properties(width=plot, height=height) if len(frame) or layers else base.mark_line()


def _alone(runs: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    """The points of runs of one, which no line would show."""
    counts = Counter(str(row["run"]) for row in runs)
    return pd.DataFrame([row for row in runs if counts[str(row["run"])] == 1], columns=["x", "s", "v"])


def _ends(drawn: Drawing) -> dict[str, tuple[str, int]]:
    """Series → the newest period of which its figure is known, and that figure."""
    known = {s: [(code, v) for code, v in drawn.of(s) if isinstance(v, int)] for s in drawn.series}
    return {s: figures[-1] for s, figures in known.items() if figures}


def _withheld(drawn: Drawing, apart: int) -> list[list[str]]:
    """Per series, the labels of the periods whose mark says that the figure is withheld, at least `apart` periods apart."""
    labels = list(drawn.xs.values())
    of_series = ([place for place, (_, v) in enumerate(drawn.of(s)) if v is WITHHELD] for s in drawn.series)
    return [[labels[place] for place in thinned(places, apart)] for places in of_series]
