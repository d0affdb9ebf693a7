"""A line without axes for a card, written as SVG by hand. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.public.charts.theme import COLOURS
from pipeline.public.statistics.figures import Value


def sparkline(values: Sequence[Value], *, width: int = 132, height: int = 34) -> str:
    """A line for a card, drawn by hand: too small for axes; the figures stand beside it, so it is decoration."""
    numbers = [v for v in values if isinstance(v, int)]
    if len(numbers) < 2:
        return ""
    high = max(numbers) or 1
    step = (width - 8) / (len(values) - 1)
    path, area, pen = "", "", "M"
    last = (0.0, 0.0)
    for number, value in enumerate(values):
        if not isinstance(value, int):
            area += f"V{height}Z" if pen == "L" else ""
            pen = "M"
            continue
        last = (4 + number * step, height - 4 - (height - 8) * value / high)
        path += f"{pen}{last[0]:.1f},{last[1]:.1f}"
        area += f"M{last[0]:.1f},{height}V{last[1]:.1f}" if pen == "M" else f"L{last[0]:.1f},{last[1]:.1f}"
        pen = "L"
    return (
        f'<svg class="spark" viewBox="0 0 {width} {height}" width="{width}" height="{height}" aria-hidden="true" '
        f'focusable="false"><path d="{area}V{height}Z" fill="{COLOURS[0]}" opacity=".13"/>'
        f'<path d="{path}" fill="none" stroke="{COLOURS[0]}" stroke-width="2"/>'
        f'<circle cx="{last[0]:.1f}" cy="{last[1]:.1f}" r="3.2" fill="{COLOURS[0]}"/></svg>'
    )
