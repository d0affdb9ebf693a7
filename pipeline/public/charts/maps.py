"""A choropleth: the zones of a table on the institute's own shapes, coloured by a rate or a count. No tiles, no requests.

In: a `Table`, an entry of charts.yaml of kind `map`, catalogues and shapes of the edition, words. Out: `Map`, its
Vega-Lite specification, the sentence it supports. A rate is worked out of published figures only; a zone whose figure
is withheld has a colour of its own, the mark [c] and a broken outline; one without a figure is empty, dotted, with a
dash; a zero is the lowest class. Pure; touches no files.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import altair as alt
import pandas as pd

from pipeline.model import periods
from pipeline.model.cells import TOTAL
from pipeline.model.reference_data import drawable, integer
from pipeline.public.charts import sentences
from pipeline.public.charts.layout import fixed, written
from pipeline.public.charts.spec import Drawing, Spec, aside, distinct
from pipeline.public.charts.theme import HELD, INK, MUTED, PAPER, RAMP, REST, WIDE
from pipeline.public.edition.model import Package
from pipeline.public.statistics.figures import WITHHELD, Table, Value
from pipeline.wording.texts import Texts

SHADES = (*RAMP[:3], *RAMP[4:])
"""Five steps of colour, light to dark: more could not be told apart; words are dark on three of them, white on two."""
HELD_LINE, NOTHING_LINE = [4, 3], [1, 3]
"""Outlines of what is withheld and of what has no figure."""
NOTHING = "–"


@dataclass(frozen=True)
class Map(Drawing):
    """A drawing of one figure per zone. `people`: whom a rate divides by; `shapes`: code → GeoJSON feature."""

    people: Mapping[str, int] = field(default_factory=dict)
    shapes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    heads: tuple[str, ...] = ()
    """Heads of the equivalent table: zone, count, and with a rate its divisor and the rate."""
    decimals: int = 0

    def count(self, zone: str) -> Value:
        return self.values[zone, TOTAL]

    def shade(self, zone: str) -> float | None:
        """What colours a zone: its rate, or its count where the map shows none; None where there is no figure."""
        count = self.count(zone)
        if not isinstance(count, int):
            return None
        per = self.spec.rate["per"] if self.spec.rate else 0
        if not per:
            return float(count)
        return per * count / self.people[zone] if self.people.get(zone) else None

    @property
    def missing(self) -> int:
        """Zones of the map without a figure, which is neither zero nor withheld."""
        return sum(self.shade(zone) is None and self.count(zone) is not WITHHELD for zone in self.shapes)

    @property
    def unpeopled(self) -> int:
        """Zones whose count is told, and whose rate is not, for nobody says how many people live there."""
        return sum(isinstance(self.count(zone), int) and self.shade(zone) is None for zone in self.xs)

    @cached_property
    def steps(self) -> tuple[float, ...]:
        """Bounds of the classes: round and equally far apart, from below the lowest figure to above the highest."""
        known = [s for zone in self.shapes if (s := self.shade(zone)) is not None]
        low, high = (min(known), max(known)) if known else (0.0, 1.0)
        raw = max(high - low, high / 10, 1e-9) / len(SHADES)
        unit = 10.0 ** math.floor(math.log10(raw))
        for width in (m * unit for m in (1, 2, 2.5, 5, 10, 20)):
            first = math.floor(low / width)
            if math.ceil(high / width) - first <= len(SHADES):
                return tuple(width * n for n in range(first, max(math.ceil(high / width), first + 1) + 1))
        raise AssertionError("the widest class takes the whole range")

    def fill(self, zone: str) -> str:
        shade = self.shade(zone)
        if shade is None:
            return HELD if self.count(zone) is WITHHELD else PAPER
        return SHADES[next(n for n, end in enumerate(self.steps[1:]) if shade <= end)]


def drawing(spec: Spec, table: Table, package: Package, words: Texts, at: str = "") -> Map:
    """A period of a table on the map, the newest year unless `at` names another; zones without a shape stand in the
    equivalent table only."""
    there = table.newest(spec.level or periods.YEAR)
    period, axis, shapes = at or (there[-1] if there else ""), table.axes[spec.x], package.shapes[spec.shapes]
    present = set(table.frame[spec.x])
    zones = distinct({code: words.of(axis.codes[code].labels) for code in axis.leaves if code in present})
    counted = words.of(table.measures[spec.measure])
    heads, people = [counted], {}
    if spec.rate:
        catalogue = package.catalogues[spec.rate["catalogue"]]
        for zone in zones:
            row = catalogue.where(**{"anio": period[:4], spec.x: zone})
            if row is not None and (told := integer(row[spec.rate["column"]])) is not None:
                people[zone] = told
        divisor = words.of(catalogue.column(spec.rate["column"]).title)
        per = words.number(spec.rate["per"])
        unit = words("map.rate", unit=counted, per=per, people=divisor[:1].lower() + divisor[1:])
        heads += [divisor, words("map.rate_head", per=per)]
    else:
        unit = counted
    return Map(
        spec=spec,
        language=words.language,
        unit=unit,
        period=words.period(period) if period else "",
        xs=zones,
        series={TOTAL: unit},
        values={(zone, TOTAL): table.value(spec.measure, period, {**spec.where, spec.x: zone}) for zone in zones},
        aside=aside(spec, table),
        thousands=words.thousands,
        when=words.in_period(period) if period else "",
        people=people,
        shapes={zone: shape for zone in zones if (shape := shapes.of(zone)) is not None and drawable(shape)},
        heads=tuple(heads),
        decimals=1 if spec.rate else 0,
    )


def finding(drawn: Map, words: Texts) -> str:
    """The zones with the highest and the lowest figure, in words; of those that have one, where some have none."""
    known = {zone: shade for zone in drawn.shapes if (shade := drawn.shade(zone)) is not None}
    if not known:
        return ""
    high, low = max(known.values()), min(known.values())
    most, least = ([drawn.xs[zone] for zone in known if known[zone] == end] for end in (high, low))
    if max(len(most), len(least)) > sentences.TIED:
        return ""
    key = "one" if len(known) == 1 else "some" if len(known) < len(drawn.shapes) else "all"
    return words(
        f"map.finding_{key}",
        when=drawn.when,
        unit=drawn.unit[:1].lower() + drawn.unit[1:],
        most=sentences.listed(most, words),
        high=words.number(high, drawn.decimals),
        **({} if key == "one" else {"least": sentences.listed(least, words), "low": words.number(low, drawn.decimals)}),
    )


def unsaid(drawn: Map, words: Texts) -> str:
    """Why a map has no sentence."""
    if drawn.unpeopled:
        return words("map.no_people", people=drawn.heads[1], period=drawn.period)
    return sentences.unsaid(drawn.values.values(), words)


def rows(drawn: Map, words: Texts, figure: Any) -> list[tuple[str, list[str]]]:
    """The equivalent table, from the highest figure down: zone, count, divisor, rate."""
    nothing = figure(None)

    def row(zone: str) -> list[str]:
        said = [figure(drawn.count(zone))]
        if drawn.spec.rate:
            said.append(words.number(drawn.people[zone]) if zone in drawn.people else nothing)
            said.append(rated(drawn, zone, words, nothing))
        return said

    def place(zone: str) -> tuple[bool, float]:
        shade = drawn.shade(zone)
        return (shade is None, -(shade or 0))

    return [(drawn.xs[zone], row(zone)) for zone in sorted(drawn.xs, key=place)]


def rated(drawn: Map, zone: str, words: Texts, nothing: str) -> str:
    """What colours a zone, as a table tells it: its rate or count, [c], or `nothing`."""
    if drawn.count(zone) is WITHHELD and (zone in drawn.people or not drawn.spec.rate):
        return WITHHELD.value
    shade = drawn.shade(zone)
    return nothing if shade is None else words.number(shade, drawn.decimals)


# the picture ---------------------------------------------------------------------------------------------------------


def specification(drawn: Map, width: int, words: Texts) -> dict[str, Any]:
    """The Vega-Lite specification of a map at a width in pixels, its legend below."""
    narrow = width != WIDE
    height = round(width * (1.05 if narrow else 0.6))
    return written(
        lambda: alt.vconcat(_zones(drawn, width, height, narrow, words), _legend(drawn, width, words), spacing=14)
    )


def _zones(drawn: Map, width: int, height: int, narrow: bool, words: Texts) -> Any:
    def shapes(zones: Sequence[str], **look: Any) -> Any:
        features = [{**drawn.shapes[zone], "properties": {"fill": drawn.fill(zone)}} for zone in zones]
        return (
            alt.Chart(alt.Data(values=features))  # type: ignore[no-untyped-call]
            .mark_geoshape(**look)
            .encode(color=alt.Color("properties.fill:N", scale=None))
        )

    held = [zone for zone in drawn.shapes if drawn.fill(zone) == HELD]
    known = [zone for zone in drawn.shapes if drawn.shade(zone) is not None]
    nothing = [zone for zone in drawn.shapes if zone not in held and zone not in known]
    looks: list[tuple[list[str], dict[str, Any]]] = [
        (nothing, {"strokeWidth": 1.5, "strokeDash": NOTHING_LINE}),
        (known, {"strokeWidth": 1}),
        (held, {"strokeWidth": 1.5, "strokeDash": HELD_LINE}),
    ]
    layers = [shapes(zones, stroke=REST, **look) for zones, look in looks if zones]
    for zone, shape in drawn.shapes.items():
        x, y = middle(shape["geometry"])
        number = _mark(drawn, zone, words)
        name = drawn.xs[zone].split() if narrow else [drawn.xs[zone]]
        place = alt.Chart(pd.DataFrame([{"x": x, "y": y}])).encode(
            longitude=alt.Longitude("x:Q"), latitude=alt.Latitude("y:Q")
        )
        size = 12
        layers.append(
            place.mark_text(
                text=[*name, number], fontSize=size, lineHeight=size + 2, fontWeight=600,
                dy=-(size + 2) * len(name) / 2, baseline="middle", color=PAPER if _dark(drawn, zone) else INK,
            )
        )  # fmt: skip
    return alt.layer(*layers).properties(width=width - 4, height=height).project(type="identity", reflectY=True)


def _dark(drawn: Map, zone: str) -> bool:
    """Whether the words of a zone stand on a dark colour."""
    return drawn.fill(zone) in SHADES[3:]


def _mark(drawn: Map, zone: str, words: Texts) -> str:
    """What a zone is marked with: its figure, [c], or a dash."""
    if drawn.count(zone) is WITHHELD:
        return WITHHELD.value
    shade = drawn.shade(zone)
    return NOTHING if shade is None else words.number(shade, drawn.decimals)


def _swatches(drawn: Map, words: Texts) -> list[tuple[str, str, list[int]]]:
    """Colour, words and outline of each class, then of what is withheld and of what has no figure, where there is any."""
    swatches = [
        (SHADES[n], words("map.range", low=_short(low, words), high=_short(high, words)), [1, 0])
        for n, (low, high) in enumerate(itertools.pairwise(drawn.steps))
    ]
    if any(drawn.fill(zone) == HELD for zone in drawn.shapes):
        swatches.append((HELD, WITHHELD.value, HELD_LINE))
    if drawn.missing:
        swatches.append((PAPER, NOTHING, NOTHING_LINE))
    return swatches


def outlines(drawn: Map, words: Texts) -> str:
    """What a page needs to draw the map anew beside its table of figures, as JSON: no figure that the picture lacks."""
    zones = {
        drawn.xs[zone]: {
            "fill": drawn.fill(zone),
            "dark": _dark(drawn, zone),
            "mark": _mark(drawn, zone, words),
            "at": [round(part, 4) for part in middle(shape["geometry"])],
            "geometry": shape["geometry"],
        }
        for zone, shape in drawn.shapes.items()
    }
    key = [{"fill": fill, "text": text, "dash": dash} for fill, text, dash in _swatches(drawn, words)]
    return json.dumps({"zones": zones, "key": key}, ensure_ascii=False, separators=(",", ":"))


def _legend(drawn: Map, width: int, words: Texts) -> Any:
    """A swatch per class with its range, and one each for what is withheld and what has no figure."""
    swatches = _swatches(drawn, words)
    step = min(104.0, (width - 4) / len(swatches))
    layers = []
    for n, (fill, text, dash) in enumerate(swatches):
        spot = alt.Chart(pd.DataFrame([{"x": n}]))
        layers.append(
            spot.mark_rect(stroke=REST, strokeWidth=1, strokeDash=dash, color=fill).encode(
                x=fixed(alt.XValue, n * step),
                x2=fixed(alt.X2Value, (n + 1) * step - 6),
                y=fixed(alt.YValue, 0),
                y2=fixed(alt.Y2Value, 12),
            )
        )
        layers.append(
            spot.mark_text(text=text, align="left", baseline="top", fontSize=12, color=MUTED).encode(
                x=fixed(alt.XValue, n * step), y=fixed(alt.YValue, 17)
            )
        )
    return alt.layer(*layers).properties(width=width - 4, height=32)


def _short(number: float, words: Texts) -> str:
    """A bound of a class with the decimals that it has: bounds are round, so they are few."""
    return words.number(number, next((n for n in range(9) if math.isclose(round(number, n), number, abs_tol=1e-12)), 1))


def middle(geometry: Mapping[str, Any]) -> tuple[float, float]:
    """The centre of gravity of the largest ring of a polygon, where its words stand."""
    polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    return max((_centre(polygon[0]) for polygon in polygons), key=lambda found: found[0])[1]


def _centre(ring: Sequence[Sequence[float]]) -> tuple[float, tuple[float, float]]:
    """Area of a closed ring and its centre of gravity (the shoelace formula)."""
    twice = x = y = 0.0
    for (x0, y0, *_), (x1, y1, *_) in itertools.pairwise(ring):
        cross = x0 * y1 - x1 * y0
        twice += cross
        x += (x0 + x1) * cross
        y += (y0 + y1) * cross
    if not twice:
        return 0.0, (ring[0][0], ring[0][1])
    return abs(twice) / 2, (x / (3 * twice), y / (3 * twice))
