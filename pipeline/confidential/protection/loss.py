"""What a reader loses with a cell that is withheld: the cost that the engine keeps low. Pure.

By default a year is missed more than a quarter and a quarter more than a month; a large group more than a small one, by the
logarithm of the women in it, so that no one total outweighs a whole breakdown; and most of all what stands on the first
page: its cards, its sentences, its charts, and what a record type counts as a whole. `loss` and `size` in tables.yaml say
otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from pipeline.institute.plan import PERIOD, Plan, TableSpec
from pipeline.institute.written import Filter
from pipeline.model import periods
from pipeline.model.cells import TOTAL

LEVELS = {periods.YEAR: 4.0, periods.TO_DATE: 4.0, periods.QUARTER: 2.0, periods.MONTH: 1.0}
HEADLINE, FRONT = 4.0, 3.0
AXES = ("x", "y", "color", "facet", "dimension")
"""Keys of a chart, or of a sentence of the first screen, that name a dimension of which it shows every code."""


class _Seen(NamedTuple):
    """What a card, a sentence or a chart shows of a table: of a `level` of time, if it says so, every code of some `axes`, and of
    others those that its `filters` name."""

    level: str
    axes: frozenset[str]
    filters: tuple[Filter, Filter]


class Loss:
    """What readers of an institute lose with each cell, by `tables.yaml` and by what its first page shows."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        site = plan.site
        charts = {chart["id"]: chart for chart in site.get("charts", ())}
        home = [charts[name] for name in site.get("home", ()) if name in charts]
        self._headlines = _by_table([*site.get("kpis", ()), *site.get("first_screen", ())])
        self._front = _by_table(home)

    def of(self, table: TableSpec, codes: Mapping[str, str], women: int) -> float:
        """The cost of one cell of a table: `codes` by dimension, and the women that it counts."""
        said = table.loss
        level = periods.level_of(codes[PERIOD]) or periods.YEAR
        factor = 1.0
        if self._shown(self._front, table, codes):
            factor = max(factor, said.get("front", FRONT))
        if self._total(codes) or self._shown(self._headlines, table, codes):
            factor = max(factor, said.get("headline", HEADLINE))
        return table.priority * said.get(level, LEVELS[level]) * factor * _size(table.size, women)

    def _total(self, codes: Mapping[str, str]) -> bool:
        """Whether a cell counts all that the table does in a period."""
        return all(code == TOTAL for name, code in codes.items() if name != PERIOD)

    def _shown(self, items: Mapping[str, list[_Seen]], table: TableSpec, codes: Mapping[str, str]) -> bool:
        """Whether any of these cards, sentences or charts shows the cell."""
        return any(self._shows(item, table, codes) for item in items.get(table.id, ()))

    def _shows(self, item: _Seen, table: TableSpec, codes: Mapping[str, str]) -> bool:
        if item.level and periods.level_of(codes[PERIOD]) != item.level:
            return False
        for name, code in codes.items():
            if name == PERIOD:
                continue
            asked = {where[name] for where in item.filters if name in where}
            if name not in item.axes and code not in (asked or {TOTAL}):
                return False
            if name in item.axes and asked and not any(self._within(table, name, code, whole) for whole in asked):
                return False
        return True

    def _within(self, table: TableSpec, name: str, code: str, whole: str) -> bool:
        """Whether a code is another one or stands below it in its code list."""
        codes = self._plan.lists[self._plan.resources[table.resource].dimensions[name].codes].by_code
        while code != whole and code in codes:
            code = codes[code].parent
        return code == whole


def _by_table(items: Iterable[Mapping[str, Any]]) -> dict[str, list[_Seen]]:
    """Table → what entries of charts.yaml show of it."""
    found: dict[str, list[_Seen]] = {}
    for item in items:
        axes = frozenset(item[axis] for axis in AXES if axis in item)
        seen = _Seen(item.get("level", ""), axes, (item.get("where", {}), item.get("share", {})))
        found.setdefault(item["table"], []).append(seen)
    return found


def _size(kind: str, women: int) -> float:
    """How much more a large group is missed than a small one."""
    if kind == "value":
        return float(max(women, 1))
    return 1.0 if kind == "equal" else 1 + math.log1p(women)
