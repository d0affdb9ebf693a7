"""What several kinds of chart share: the rows that Vega-Lite reads, the ends of scales, and where labels go.

In: a `Drawing`, labels, sizes in pixels. Out: frames, numbers, properties of Vega-Lite axes and text marks. Pure.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from altair.utils import schemapi
from scipy.optimize import isotonic_regression

from pipeline.public.charts.spec import Drawing
from pipeline.public.charts.theme import LINE, theme
from pipeline.public.statistics.figures import WITHHELD


def known_values(drawn: Drawing) -> pd.DataFrame:
    """The published figures: label of x, label of the series, figure; withheld and missing ones are left out."""
    return pd.DataFrame(
        [
            {"x": drawn.xs[x], "s": drawn.series[s], "v": v}
            for s in drawn.series
            for x, v in drawn.of(s)
            if isinstance(v, int)
        ],
        columns=["x", "s", "v"],
    )


def unbroken_runs(drawn: Drawing) -> list[dict[str, Any]]:
    """Rows of `known_values`, each with the name of its unbroken run: a line must break where a figure is withheld."""
    found, run = [], 0
    for s in drawn.series:
        run += 1
        for x, value in drawn.of(s):
            if isinstance(value, int):
                found.append({"x": drawn.xs[x], "s": drawn.series[s], "v": value, "run": f"{s} {run}"})
            else:
                run += 1
    return found


def withheld_marks(drawn: Drawing) -> pd.DataFrame:
    """The withheld figures: label of x, label of the series, the mark [c]."""
    return pd.DataFrame(
        [
            {"x": drawn.xs[x], "s": drawn.series[s], "mark": WITHHELD.value}
            for (x, s), v in drawn.values.items()
            if v is WITHHELD
        ],
        columns=["x", "s", "mark"],
    )


def scale_end(drawn: Drawing, *, stacked: bool = False) -> float:
    """A round number for the upper end of the scale, not below the highest figure (`stacked`: the highest column)."""
    if stacked:
        high = max(
            (sum(v for s in drawn.series if isinstance(v := drawn.values[x, s], int)) for x in drawn.xs), default=1
        )
    else:
        high = max((v for v in drawn.values.values() if isinstance(v, int)), default=1)
    step = 10.0 ** math.floor(math.log10(max(high, 1)))
    return next(m * step for m in (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 12) if m * step >= max(high, 1))


def time_ticks(drawn: Drawing, width: int) -> list[str]:
    """Labels of the time axis: as many as there is room for, always the first of each year where that helps."""
    labels = list(drawn.xs.items())
    room = max(2, int(width / 74))
    if len(labels) <= room:
        return [label for _, label in labels]
    firsts = [label for code, label in labels if code.endswith(("-01", "-T1"))]
    if len(firsts) >= 2:
        return firsts[:: math.ceil(len(firsts) / room)]
    return [label for _, label in labels[:: math.ceil(len(labels) / room)]]


def spread_labels(at: Mapping[str, float], labels: Mapping[str, str], line: float, top: float) -> dict[str, float]:
    """Places for labels so that none touches another, each as near to where it belongs as possible.

    `at`: label → where it belongs; `labels`: its text, whose lines are `line` high. All in units of a scale from 0 to `top`.
    """
    if not at:
        return {}
    order = sorted(at, key=lambda name: at[name])
    tall = np.array([line * (labels[name].count("\n") + 1) for name in order])
    below = np.concatenate([[0.0], np.cumsum((tall[:-1] + tall[1:]) / 2)])[: len(order)]
    moved = isotonic_regression([at[name] for name in order] - below).x
    moved = np.clip(moved, tall[0] / 2, top - tall[-1] / 2 - below[-1])
    return dict(zip(order, (moved + below).tolist(), strict=True))


def wrap(label: str, width: int) -> str:
    """The label in lines of at most `width` characters; a longer word stays whole."""
    return "\n".join(textwrap.wrap(label, width, break_long_words=False)) or label


def label_beside(label: str, colour: str, dx: int) -> dict[str, Any]:
    """Properties of a text mark right of a place, vertically centred on it, however many lines the label has."""
    return {
        "align": "left",
        "baseline": "middle",
        "dx": dx,
        "dy": -LINE / 2 * label.count("\n"),
        "fontWeight": 600,
        "lineHeight": LINE,
        "text": label.split("\n"),
        "color": colour,
    }


def label_width(label: str) -> float:
    """About how many pixels the longest line of a label takes."""
    return 7.6 * max(map(len, label.split("\n")))


def thinned(places: Sequence[int], least: int) -> list[int]:
    """The places that keep a distance of `least` from the one kept before: marks must not overlap. `places`: rising."""
    kept: list[int] = []
    for place in places:
        if not kept or place - kept[-1] >= least:
            kept.append(place)
    return kept


def fixed(channel: Any, given: object, **more: Any) -> Any:
    """A channel of Altair, such as `XValue`, at one value for every row: `alt.value` holds each value against all schemas."""
    return channel(given, **more)


def written(chart: Callable[[], Any]) -> dict[str, Any]:
    """The specification of a chart that Altair makes, in the look that all share. Its parts are not held against the schema one
    by one, which takes as long as all else; what is wrong with one the renderer refuses, and tests hold each kind against it."""
    with schemapi.debug_mode(False):
        made: dict[str, Any] = chart().to_dict(validate=False)
    made["config"] = theme()
    made.pop("usermeta", None)
    return made


def wrapping_expression(labels: Iterable[str], width: int) -> str:
    """A Vega expression that breaks the labels of an axis into lines of at most `width` characters."""
    table = ",".join(f"{quoted(label)}:{quoted(wrap(label, width))}" for label in labels)
    return f"split({{{table}}}[datum.label], '\\n')"


def wrapped_axis(labels: Iterable[str], width: int, line: float) -> dict[str, Any]:
    """Properties of an axis whose labels have several lines, `line` pixels high, centred on their rows."""
    listed = list(labels)
    more = {label: wrap(label, width).count("\n") for label in listed}
    raised = [
        {"test": f"datum.value === {quoted(label)}", "value": -number * line / 2}
        for label, number in more.items()
        if number
    ]
    offset = {"labelOffset": {"condition": raised, "value": 0}} if raised else {}
    return {"labelExpr": wrapping_expression(listed, width), **offset}


def quoted(text: str) -> str:
    """A text constant of a Vega expression."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'"
