"""An entry of charts.yaml, and the rows of a published table that it draws.

In: the entry, a `Table`, words. Out: `Spec` and `Drawing`. Pure; touches no files. A chart takes only the columns that it
draws, and keeps withheld figures as such.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.model import periods
from pipeline.model.cells import TOTAL
from pipeline.public.edition.model import PERIOD
from pipeline.public.statistics.figures import WITHHELD, Table, Value
from pipeline.wording.texts import Texts

LAST = {periods.MONTH: 36, periods.QUARTER: 12, periods.YEAR: 10}
"""How many periods a series shows unless charts.yaml says `last`."""
TAIL = re.compile(r"^(no_especificad|no_aplica|no_valorad|otr[ao]s?(_analog[ao]s?)?$)")
"""Codes that say little stand last, whatever their size."""


@dataclass(frozen=True)
class Spec:
    """An entry of charts.yaml in one form for all kinds: `x` runs along, `color` tells the series (may be empty)."""

    id: str
    topic: str
    table: str
    kind: str
    measure: str
    x: str
    title: Mapping[str, str]
    says: Mapping[str, str]
    unit: Mapping[str, str] = field(default_factory=dict)
    """What is counted, where the words of the measure say more than the chart's rows hold."""
    color: str = ""
    level: str = ""
    where: Mapping[str, str] = field(default_factory=dict)
    last: int = 0
    in_order: bool = False
    roots: bool = False
    shapes: str = ""
    rate: Mapping[str, Any] = field(default_factory=dict)
    finding: Mapping[str, str] = field(default_factory=dict)
    """The institute's own sentence, with blanks, for what the chart shows."""
    annotations: Sequence[Mapping[str, Any]] = ()
    """Breaks in time: from which period on (`at`) figures are counted otherwise, and what happened (`says`)."""

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Spec:
        """`y` of bars, maps and heatmaps and `facet` of small multiples become `x` and `color`."""
        along = entry["y"] if entry["kind"] in ("bar", "heatmap", "map") else entry["x"]
        series = {"heatmap": "x", "small_multiples": "facet"}.get(entry["kind"], "color")
        return cls(
            id=entry["id"],
            topic=entry["topic"],
            table=entry["table"],
            kind=entry["kind"],
            measure=entry["measure"],
            x=along,
            title=entry["title"],
            says=entry.get("says", {}),
            unit=entry.get("unit", {}),
            color=entry.get(series, ""),
            level=entry.get("level", ""),
            where=entry.get("where", {}),
            last=entry.get("last", 0),
            in_order=entry.get("order") == "codes",
            roots=entry.get("depth") == "groups",
            shapes=entry.get("shapes", ""),
            rate=entry.get("rate", {}),
            finding=entry.get("finding", {}),
            annotations=tuple(entry.get("annotations", ())),
        )


@dataclass(frozen=True)
class Drawing:
    """The rows of one chart in one language. `rows`: x, series (codes), value; `xs` and `series` keep their order."""

    spec: Spec
    language: str
    unit: str
    period: str
    xs: Mapping[str, str]
    series: Mapping[str, str]
    values: Mapping[tuple[str, str], Value]
    aside: tuple[str, ...]
    """Codes that say little: unspecified, not applicable, other."""
    reach: int = 0
    """The largest published figure of the charts that share a scale with this one."""
    thousands: str = ","
    """What parts the thousands of a number in its language."""

    @property
    def withheld(self) -> int:
        """How many figures are withheld."""
        return sum(value is WITHHELD for value in self.values.values())

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw, not even a withheld figure: no period that the table tells of has closed."""
        return not self.values

    def number(self, value: int) -> str:
        """A figure as the language of the drawing writes it."""
        return f"{value:,}".replace(",", self.thousands)

    def of(self, series: str) -> list[tuple[str, Value]]:
        """The codes of x in order, each with the figure of a series."""
        return [(x, self.values[x, series]) for x in self.xs]


def closed(spec: Spec, table: Table) -> tuple[str, ...]:
    """The periods that a chart may show. One that runs along time keeps to its level: quarters are not drawn as months."""
    if PERIOD in (spec.x, spec.color):
        return table.of_level(spec.level or table.finest)
    return table.newest(spec.level or periods.YEAR)


def drawing(spec: Spec, table: Table, words: Texts) -> Drawing:
    """Picks the rows that a chart shows: the periods of its level, or one period and the codes of its dimensions."""
    level = spec.level or (table.finest if PERIOD in (spec.x, spec.color) else periods.YEAR)
    there = closed(spec, table)
    last = spec.last or LAST.get(level, 12)
    unit = words.of(spec.unit or table.measures[spec.measure])
    if not there:
        return Drawing(spec, words.language, unit, "", {}, {}, {}, ())
    period = there[-1]

    def codes(axis: str) -> dict[str, str]:
        if not axis:
            return {TOTAL: unit}
        if axis == PERIOD:
            return {code: words.short_period(code) for code in there[-last:]}
        listed = table.axes[axis]
        present = set(table.frame[axis])
        chosen = listed.roots if spec.roots else listed.leaves
        if under := spec.where.get(axis):
            chosen = tuple(c for c in chosen if listed.codes[c].parent == under)
        return distinct({c: words.of(listed.codes[c].labels) for c in chosen if c in present})

    xs, series = codes(spec.x), codes(spec.color)
    values: dict[tuple[str, str], Value] = {}
    for x in xs:
        for s in series:
            codes_of = {spec.x: x, spec.color: s}
            at = codes_of.get(PERIOD, period)
            where = {**spec.where, **{axis: code for axis, code in codes_of.items() if axis not in ("", PERIOD)}}
            values[x, s] = table.value(spec.measure, at, where)
    xs = {x: label for x, label in xs.items() if any(values[x, s] is not None for s in series)}
    series = {s: label for s, label in series.items() if any(values[x, s] is not None for x in xs)}
    if spec.kind == "bar" and not spec.in_order and not ordered(xs):
        xs = dict(sorted(xs.items(), key=lambda item: _rank(item[0], values, series)))
    span = list(xs) if spec.x == PERIOD else [period]
    return Drawing(
        spec=spec,
        language=words.language,
        unit=unit,
        period=words.period(span[0])
        if len(span) == 1
        else words("chart.from_to", first=words.short_period(span[0]), last=words.short_period(span[-1])),
        xs=xs,
        series=series,
        values={(x, s): values[x, s] for x in xs for s in series},
        aside=aside(spec, table),
        thousands=words.thousands,
    )


def aside(spec: Spec, table: Table) -> tuple[str, ...]:
    """The codes of what a chart draws that say little."""
    axes = [table.axes[axis] for axis in (spec.x, spec.color) if axis not in ("", PERIOD)]
    return tuple(code for axis in axes for code in axis.codes if TAIL.match(code) or code in axis.unspecified)


def distinct(labels: Mapping[str, str]) -> dict[str, str]:
    """Labels by code, each as a chart needs it to stand alone: where codes share one, with its code behind it."""
    told = Counter(labels.values())
    return {code: f"{label} ({code})" if told[label] > 1 else label for code, label in labels.items()}


def ordered(xs: Mapping[str, str]) -> bool:
    """Codes that run along a scale (18_24, 25_29 …) keep the order of their list."""
    return sum(bool(re.search(r"\d", code)) for code in xs) >= 3 and not any(re.fullmatch(r"[A-Z]\d+", c) for c in xs)


def _rank(code: str, values: Mapping[tuple[str, str], Value], series: Mapping[str, str]) -> tuple[int, int]:
    """Where a bar stands: the largest first, then those that are withheld, last what says little."""
    numbers = [v for s in series if isinstance(v := values[code, s], int)]
    return (2 if TAIL.match(code) else 0 if numbers else 1, -sum(numbers))
