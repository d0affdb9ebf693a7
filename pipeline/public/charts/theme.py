"""The look of every chart: widths, colours, dashes, typefaces, and the Vega-Lite configuration made of them. Pure."""

from __future__ import annotations

from typing import Any

WIDE, NARROW = 720, 344
"""Widths in pixels that each chart is drawn at: on a phone its words keep their size instead of shrinking."""
LINE = 15.0
"""Height in pixels of a line of a label beside a line or a column."""
COLOURS = ("#12436D", "#28A197", "#801650", "#F46A25")
"""Series colours (each at least 3:1 on white); dashes and direct labels keep them from standing alone."""
INK, MUTED, GRID, PAPER, REST = "#1d2733", "#5b6673", "#dfe4e8", "#ffffff", "#8a949e"
PARTS = (*COLOURS, REST)
"""Colours of the parts of a column."""
DASHES = ([1, 0], [7, 3], [2, 2], [9, 3, 2, 3])
HELD = "#f3e6c4"
"""What is withheld, on a map."""
RAMP = ("#e7eef4", "#c3d5e3", "#94b4cd", "#5f8db1", "#316592", "#123f68")
MEASURED = "DejaVu Sans"
"""Room for words is measured with a wide face that the renderer carries, so that no reader's own face is cut off."""
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


def theme() -> dict[str, Any]:
    """The one look of every chart: no frame, light grid, ink for words, the first colour for what is counted."""
    return {
        "background": None,
        "aria": False,
        "font": MEASURED,
        "padding": 2,
        "view": {"stroke": None},
        "axis": {
            "labelColor": MUTED,
            "labelFontSize": 12.5,
            "labelPadding": 6,
            "title": None,
            "domain": False,
            "ticks": False,
            "gridColor": GRID,
            "gridWidth": 1,
            "labelLimit": 400,
        },
        "axisX": {"grid": False, "domain": True, "domainColor": REST, "labelOverlap": False, "labelAngle": 0},
        "axisY": {"tickCount": 4, "format": ",d"},
        "header": {
            "title": None,
            "labelColor": INK,
            "labelFontSize": 13,
            "labelFontWeight": 600,
            "labelAnchor": "start",
            "labelPadding": 4,
            "labelLimit": 200,
        },
        "line": {"strokeWidth": 2.5, "strokeCap": "round", "strokeJoin": "round"},
        "text": {"fontSize": 12.5, "color": INK},
        "bar": {"color": COLOURS[0]},
        "legend": {"disable": True},
        "facet": {"spacing": 18},
    }
