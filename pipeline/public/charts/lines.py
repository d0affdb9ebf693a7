"""Lines along time, one per series; a line breaks where a figure is withheld."""

from __future__ import annotations

import math
from collections import Counter

from pipeline.public.charts.layout import (
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
from pipeline.public.charts.vega_lite import Piece, field, mark, value
from pipeline.public.statistics.figures import WITHHELD


def chart(drawn: Drawing, width: int) -> Piece:
    """The Vega-Lite chart of a drawing at a width in pixels. Several series are named at their ends, one has its figure."""
    top = scale_end(drawn)
    several = len(drawn.series) > 1
    height = 300 if width == WIDE else 230
    labels = {s: wrap(label, 16 if width == WIDE else 12) for s, label in drawn.series.items()}
    right = max(map(label_width, labels.values())) + 12 if several else 44
    plot = width - right - 46
    periods_shown = list(drawn.xs.values())
    x = field(
        "x:O",
        sort=periods_shown,
        # Named one by one: where all is withheld and there is no room for its mark, a period keeps its place.
        scale={"domain": periods_shown, "paddingOuter": 0.15},
        axis={"values": time_ticks(drawn, int(plot))},
    )
    y = field("v:Q", scale={"domain": [0, top], "nice": False})
    names = list(drawn.series.values())
    colour = field("s:N", scale={"domain": names, "range": list(COLOURS[: len(names)])})
    dash = field("s:N", scale={"domain": names, "range": [list(d) for d in DASHES[: len(names)]]})
    at_point = {"x": x, "y": y, "color": colour}
    runs = unbroken_runs(drawn)
    layers = [mark("line", {**at_point, "strokeDash": dash, "detail": field("run:N")}, rows=runs)]
    counts = Counter(str(row["run"]) for row in runs)
    if alone := [row for row in runs if counts[str(row["run"])] == 1]:
        layers.append(mark("circle", at_point, rows=alone, size=34, opacity=1))
    ends = {
        s: [(c, v) for c, v in drawn.of(s) if isinstance(v, int)][-1]
        for s in drawn.series
        if any(isinstance(v, int) for _, v in drawn.of(s))
    }
    said = labels if several else {s: f"{figure:,}" for s, (_, figure) in ends.items()}
    at = spread_labels({s: float(v) for s, (_, v) in ends.items()}, said, top / height * LINE, top)
    last_x = periods_shown[-1]
    for s, (code, figure) in ends.items():
        end = {"x": drawn.xs[code], "s": drawn.series[s], "v": figure}
        layers.append(mark("circle", at_point, rows=[end], size=42, opacity=1))
        ink = COLOURS[list(drawn.series).index(s)] if several else INK
        place = {"x": last_x, "v": at[s]}
        layers.append(mark("text", {"x": x, "y": y}, rows=[place], **label_beside(said[s], ink, 9)))
    apart = math.ceil(23 * len(drawn.xs) / max(plot, 1))
    for number, s in enumerate(drawn.series):
        gone = thinned([place for place, (_, v) in enumerate(drawn.of(s)) if v is WITHHELD], apart)
        if gone:
            codes = list(drawn.xs)
            places = [{"x": drawn.xs[codes[place]]} for place in gone]
            look: Piece = {"fontSize": 12, "color": COLOURS[number] if several else MUTED, "text": WITHHELD.value}
            layers.append(mark("text", {"x": x, "y": value(height - 7 - 12 * number)}, rows=places, **look))
    return {"layer": layers, "width": plot, "height": height}
