"""The marks of a chart, where they stand in the picture: bars, lines, zones, dots and words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.reader.document import Node

_MOVED = re.compile(r"translate\(\s*(-?[\d.]+)(?:[ ,]+(-?[\d.]+))?\s*\)")
_STEP = re.compile(r"([MLHVZhvA])([^MLHVZhvA]*)")
Point = tuple[float, float]


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    fill: str

    @property
    def middle(self) -> Point:
        return self.x + self.width / 2, self.y + self.height / 2


@dataclass(frozen=True)
class Line:
    points: tuple[Point, ...]
    stroke: str


@dataclass(frozen=True)
class Zone:
    points: tuple[Point, ...]
    fill: str


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    fill: str


@dataclass(frozen=True)
class Words:
    x: float
    y: float
    text: str
    anchor: str
    fill: str


@dataclass(frozen=True)
class Picture:
    """`origin`: where the first group of the picture begins, which is the corner of its plot."""

    width: float
    origin: Point
    bars: tuple[Bar, ...]
    lines: tuple[Line, ...]
    zones: tuple[Zone, ...]
    dots: tuple[Dot, ...]
    words: tuple[Words, ...]
    unknown: tuple[str, ...]


def read(svg: Node) -> Picture:
    groups = [child for child in svg.inside if isinstance(child, Node) and child.tag == "g"]
    marks = [mark for group in groups for mark in _marks(group, 0.0, 0.0)]

    def of(kind: type) -> tuple[object, ...]:
        return tuple(mark for mark in marks if isinstance(mark, kind))

    return Picture(
        float(svg.attrs.get("width", "0")),
        _moved(groups[0]) if groups else (0.0, 0.0),
        *(of(kind) for kind in (Bar, Line, Zone, Dot, Words, str)),  # type: ignore[arg-type]
    )


def _moved(node: Node) -> Point:
    found = _MOVED.match(node.attrs.get("transform", ""))
    return (float(found[1]), float(found[2] or 0)) if found else (0.0, 0.0)


def _marks(node: Node, x: float, y: float) -> Iterator[object]:
    by = _moved(node)
    x, y = x + by[0], y + by[1]
    if node.tag == "text":
        lines = [child.text for child in node.inside if isinstance(child, Node)] or [node.text]
        anchor = node.attrs.get("text-anchor", "start")
        yield Words(x, y, " ".join(lines), anchor, node.attrs.get("fill", ""))
    elif node.tag == "path":
        yield from _path(node, x, y)
    elif node.tag in ("rect", "circle", "polygon", "polyline", "ellipse", "image", "use"):
        yield node.tag
    elif node.tag == "g":
        for child in node.inside:
            if isinstance(child, Node):
                yield from _marks(child, x, y)


def _path(node: Node, x: float, y: float) -> Iterator[object]:
    d, fill, stroke = node.attrs.get("d", ""), node.attrs.get("fill", "none"), node.attrs.get("stroke", "none")
    if "A" in d:
        yield Dot(x, y, fill)
        return
    runs = trace(d)
    if bar := re.fullmatch(r"M(-?[\d.]+),(-?[\d.]+)h(-?[\d.]+)v(-?[\d.]+)h-?[\d.]+Z", d):
        yield Bar(x + float(bar[1]), y + float(bar[2]), float(bar[3]), float(bar[4]), fill)
    elif fill == "none":
        for run in runs:
            yield Line(tuple((x + a, y + b) for a, b in run), stroke)
    elif runs:
        largest = max(runs, key=len)
        yield Zone(tuple((x + a, y + b) for a, b in largest), fill)


def trace(d: str) -> list[list[Point]]:
    """The points of each run of a path."""
    runs: list[list[Point]] = []
    for step, told in _STEP.findall(d):
        numbers = [float(number) for number in re.findall(r"-?[\d.]+", told)]
        if step == "M":
            runs.append([(numbers[0], numbers[1])])
        elif step == "L":
            runs[-1].append((numbers[0], numbers[1]))
        elif step in "HVhv":
            a, b = runs[-1][-1]
            runs[-1].append(
                {"H": (numbers[0], b), "V": (a, numbers[0]), "h": (a + numbers[0], b), "v": (a, b + numbers[0])}[step]
            )
    return runs


def centre(points: tuple[Point, ...]) -> Point:
    """The centre of gravity of a closed ring."""
    twice = x = y = 0.0
    for (x0, y0), (x1, y1) in zip(points, (*points[1:], points[0]), strict=True):
        cross = x0 * y1 - x1 * y0
        twice, x, y = twice + cross, x + (x0 + x1) * cross, y + (y0 + y1) * cross
    return (x / (3 * twice), y / (3 * twice)) if twice else points[0]
