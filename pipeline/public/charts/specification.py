"""The Vega-Lite specification of a drawing: which kind of chart it becomes, in the look that all share. Pure."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from pipeline.public.charts import bars, heatmap, lines, small_multiples, stacked
from pipeline.public.charts.layout import written
from pipeline.public.charts.spec import Drawing
from pipeline.public.charts.theme import COLOURS, PARTS

DRAWER = version("altair")
"""The version of the library that writes specifications."""
KINDS = {
    "line": lines.chart,
    "bar": bars.chart,
    "stacked": stacked.chart,
    "heatmap": heatmap.chart,
    "small_multiples": small_multiples.chart,
}
"""How each kind of charts.yaml but the map, which is drawn of shapes, becomes a chart."""


def kind(drawn: Drawing) -> str:
    """How a chart is drawn: of lines and of parts of columns with more series than there are colours, each by itself."""
    most = {"line": len(COLOURS), "stacked": len(PARTS)}.get(drawn.spec.kind)
    return drawn.spec.kind if most is None or len(drawn.series) <= most else "small_multiples"


def specification(drawn: Drawing, width: int) -> dict[str, Any]:
    """The Vega-Lite specification of a drawing at a width in pixels."""
    return written(lambda: KINDS[kind(drawn)](drawn, width))
