"""An entry of charts.yaml, and the rows of a published table that it draws.

In: the entry, a `Table`, words. Out: `Spec` and `Drawing`. Pure; touches no files. A chart takes only the columns that it
draws, and keeps withheld figures as such.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.institute.written import Annotation, ChartEntry, Rate
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
    rate: Rate | None = None
    finding: Mapping[str, str] = field(default_factory=dict)
    """The institute's own sentence, with blanks, for what the chart shows."""
    annotations: Sequence[Annotation] = ()
    """Breaks in time: from which period on (`at`) figures are counted otherwise, and what happened (`says`)."""

    @classmethod
    def of(cls, entry: ChartEntry) -> Spec:
        """`y` of bars, maps and heatmaps and `facet` of small multiples become `x` and `color`."""
        along = entry["y"] if entry["kind"] in ("bar", "heatmap", "map") else entry["x"]
        others = {"heatmap": entry.get("x", ""), "small_multiples": entry.get("facet", "")}
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
            color=others.get(entry["kind"], entry.get("color", "")),
            level=entry.get("level", ""),
            where=entry.get("where", {}),
            last=entry.get("last", 0),
            in_order=entry.get("order") == "codes",
            roots=entry.get("depth") == "groups",
            shapes=entry.get("shapes", ""),
            rate=entry.get("rate"),
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
    when: str = ""
    """The period of a drawing of one period, as a sentence tells when: «en 2025»."""

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
    level = _level(spec, table)
    return table.of_level(level) if _timed(spec) else table.newest(level)


def _timed(spec: Spec) -> bool:
    """Whether time is an axis of a chart."""
    return PERIOD in (spec.x, spec.color)


def _level(spec: Spec, table: Table) -> str:
    return spec.level or (table.finest if _timed(spec) else periods.YEAR)


def drawing(spec: Spec, table: Table, words: Texts) -> Drawing:
    """Picks the rows that a chart shows: the periods of its level, or one period and the codes of its dimensions."""
    there = closed(spec, table)
    unit = words.of(spec.unit or table.measures[spec.measure])
    if not there:
        return Drawing(spec, words.language, unit, "", {}, {}, {}, ())
    period = there[-1]
    timeline = {code: words.short_period(code) for code in there[-(spec.last or LAST.get(_level(spec, table), 12)) :]}
    known = {"": {TOTAL: unit}, PERIOD: timeline}
    xs, series = (known.get(axis) or _labelled(spec, table, axis, words) for axis in (spec.x, spec.color))
    values = {(x, s): _value(spec, table, period, {spec.x: x, spec.color: s}) for x in xs for s in series}
    drawn = [pair for pair, value in values.items() if value is not None]
    xs = {x: xs[x] for x, _ in drawn}
    series = {s: series[s] for s in series if s in {pair[1] for pair in drawn}}
    if _ranked(spec, xs):
        xs = dict(sorted(xs.items(), key=lambda item: _rank(item[0], values, series)))
    return Drawing(
        spec=spec,
        language=words.language,
        unit=unit,
        period=_spanned(list(xs) if spec.x == PERIOD else [period], words),
        xs=xs,
        series=series,
        values={(x, s): values[x, s] for x in xs for s in series},
        aside=aside(spec, table),
        thousands=words.thousands,
        when=words.in_period(period),
    )


def _ranked(spec: Spec, xs: Mapping[str, str]) -> bool:
    """Whether the largest comes first: bars of codes that have no order of their own."""
    return spec.kind == "bar" and not (spec.in_order or ordered(xs))


def _value(spec: Spec, table: Table, period: str, codes: Mapping[str, str]) -> Value:
    """What a mark of a chart shows. `codes`: axis → code; of `period`, where time is no axis."""
    where = {axis: code for axis, code in codes.items() if axis not in ("", PERIOD)}
    return table.value(spec.measure, codes.get(PERIOD, period), {**spec.where, **where})


def _labelled(spec: Spec, table: Table, axis: str, words: Texts) -> dict[str, str]:
    """The codes of a dimension that a chart draws, with their labels."""
    listed, present = table.axes[axis], set(table.frame[axis])
    chosen = listed.roots if spec.roots else listed.leaves
    if under := spec.where.get(axis):
        chosen = tuple(c for c in chosen if listed.codes[c].parent == under)
    return distinct({c: words.of(listed.codes[c].labels) for c in chosen if c in present})


def _spanned(periods_drawn: Sequence[str], words: Texts) -> str:
    """The name of a period, or from which to which."""
    if len(periods_drawn) == 1:
        return words.period(periods_drawn[0])
    first, last = (words.short_period(periods_drawn[end]) for end in (0, -1))
    return words("chart.from_to", first=first, last=last)


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
