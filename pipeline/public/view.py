"""What an edition says in one language: its tables, charts with their sentences, cards of the first page, dictionaries.

In: an edition as any reader sees it, the Plan (charts.yaml, institute.yaml), words. Out: plain values, in words, that
the website and the report lay out. Reads nothing; keeps charts in `cache`, so that an unchanged one is drawn once.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pipeline import periods
from pipeline.cells import TOTAL
from pipeline.plan import Plan
from pipeline.public import charts, figures
from pipeline.public.charts import Drawing, Spec
from pipeline.public.figures import WITHHELD, Table, Value
from pipeline.public.package import PERIOD, Package
from pipeline.public.texts import Texts

_LOOKS = hashlib.sha256(Path(charts.__file__).read_bytes() + f"{charts.RENDERER} {charts.DRAWER}".encode()).hexdigest()
"""Stands for how a drawing becomes a picture: our code and the libraries below it."""


@dataclass
class View:
    """The newest of `packages` (oldest first) in the language of `words`."""

    packages: Sequence[Package]
    plan: Plan
    words: Texts
    cache: Path

    @property
    def language(self) -> str:
        return self.words.language

    @cached_property
    def newest(self) -> Package:
        return self.packages[-1]

    @cached_property
    def titles(self) -> dict[str, dict[str, Mapping[str, str]]]:
        return {
            name: {d.name: d.title for d in resource.dimensions.values() if d.title}
            for name, resource in self.plan.resources.items()
        }

    @cached_property
    def tables(self) -> dict[str, Table]:
        return figures.tables(self.newest, self.titles)

    @cached_property
    def specs(self) -> list[Spec]:
        return [Spec.of(entry) for entry in self.plan.site.get("charts", ()) if entry["table"] in self.tables]

    def figure(self, value: Value) -> str:
        """A figure as it stands in a table."""
        return WITHHELD.value if value is WITHHELD else "–" if not isinstance(value, int) else self.words.number(value)

    def span(self, table: Table) -> str:
        """The months that a table covers, first to last."""
        months = sorted(month for code in table.periods for month in periods.months_of(code))
        return self.words("chart.from_to", first=self.words.period(months[0]), last=self.words.period(months[-1]))

    def axis_title(self, table: Table, name: str) -> str:
        if name == PERIOD:
            return self.words("table.period")
        title = table.axes[name].title
        return title.get(self.language) or name.replace("_id", "").replace("_", " ").capitalize()

    def label(self, table: Table, axis: str, code: str) -> str:
        if code == TOTAL:
            return self.words("table.total")
        return self.words.period(code) if axis == PERIOD else self.words.of(table.axes[axis].codes[code].labels)

    def whole(self, spec: Spec, table: Table) -> Value:
        """The total that the bars of a chart are parts of, where they add up to it or are parts of all women."""
        level = spec.level or periods.YEAR
        there = table.of_level(level) or table.periods
        if spec.color or (table.axes[spec.x].kind == "multiple" and spec.measure != table.persons):
            return None
        return table.value(spec.measure, there[-1], {k: v for k, v in spec.where.items() if k != spec.x})

    def picture(self, spec: Spec, drawing: Drawing, sentence: str, name: str, width: int) -> str:
        described = {
            "name": f"{spec.id}-{name}",
            "title": self.words.of(spec.title),
            "description": sentence + (" " + self.words("chart.legend") if drawing.withheld else ""),
            "language": self.language,
        }
        key = json.dumps([_LOOKS, repr(drawing), width, described], sort_keys=True, ensure_ascii=False)
        path = self.cache / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.svg"
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            made = charts.svg(charts.specification(drawing, width), **described)
            # Written aside first: two builds may share the folder, and half a picture must not be kept.
            beside = path.with_name(f"{path.stem}.{os.getpid()}")
            beside.write_text(made, encoding="utf-8")
            beside.replace(path)
        return path.read_text(encoding="utf-8")

    def chart_rows(self, drawing: Drawing, table: Table) -> dict[str, Any]:
        """The figures of a chart as a table: a row per x, a column per series."""
        spec = drawing.spec
        heads = [self.axis_title(table, spec.x), *drawing.series.values()]
        if not spec.color:
            heads[1] = drawing.unit
        label = self.words.period if spec.x == PERIOD else drawing.xs.__getitem__
        return {
            "heads": heads,
            "rows": [(label(x), [drawing.values[x, s] for s in drawing.series]) for x in drawing.xs],
        }

    def kpis(self) -> list[dict[str, Any]]:
        """The cards of the first page: the newest closed year (or year to date), its changes, and the quarters."""
        return [self.kpi(entry) for entry in self.plan.site.get("kpis", ()) if entry["table"] in self.tables]

    def kpi(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        table, measure, where = self.tables[entry["table"]], entry["measure"], entry.get("where", {})
        years, quarters = table.of_level(periods.YEAR), table.of_level(periods.QUARTER)
        period = (years or quarters or table.periods)[-1]
        value = table.value(measure, period, where)
        quarter = quarters[-1] if quarters else ""
        yearly = self.line(table, measure, period, figures.year_before(period), where)
        return {
            "id": entry["id"],
            "title": self.words.of(entry["title"]),
            "table": table,
            "value": self.figure(value),
            "withheld": value is WITHHELD,
            "unit": self.words.of(table.measures[measure]),
            "period": self.words.period(period),
            "yearly": yearly,
            "quarter": self.words.period(quarter) if quarter else "",
            "quarter_value": self.figure(table.value(measure, quarter, where)) if quarter else "",
            "before": self.line(table, measure, quarter, figures.before(quarter), where) if quarter else None,
            "year_before": self.line(table, measure, quarter, figures.year_before(quarter), where) if quarter else None,
            "spark": charts.spark([table.value(measure, q, where) for q in quarters[-12:]]),
            "spark_first": self.words.short_period(quarters[-12:][0]) if quarters else "",
            "spark_last": self.words.short_period(quarters[-1]) if quarters else "",
        }

    def line(
        self, table: Table, measure: str, period: str, earlier: str | None, where: Mapping[str, str]
    ) -> dict[str, str] | None:
        """A change in words; None where there is no earlier period, [c] where a part of it is withheld."""
        if earlier is None or figures.comparable(table, measure, earlier, where) is None:
            return None
        found = figures.change(table, measure, period, earlier, where)
        if found is None:
            return {"text": WITHHELD.value, "against": self.words.period(earlier), "year": earlier[:4], "way": "none"}
        text = self.words.signed(found.ratio) if found.ratio is not None else self.words.number(found.difference)
        way = "up" if found.difference > 0 else "down" if found.difference < 0 else "same"
        return {"text": text, "against": self.words.period(earlier), "year": earlier[:4], "way": way}

    def tops(self) -> list[dict[str, str]]:
        """The first screen in three lines: what for, with what result … the most frequent code of a dimension."""
        said = []
        for entry in self.plan.site.get("first_screen", ()):
            table = self.tables.get(entry["table"])
            if table is None:
                continue
            measure, where = entry["measure"], entry.get("where", {})
            period = (table.of_level(periods.YEAR) or table.periods)[-1]
            if "dimension" not in entry:
                value = table.value(measure, period, where)
                said.append(
                    {
                        "big": self.figure(value),
                        "text": self.words.of(entry["says"]).format(period=self.words.period(period)),
                    }
                )
                continue
            axis = table.axes[entry["dimension"]]
            whole = table.value(measure, period, where)
            ranked = sorted(
                (
                    (v, code)
                    for code in (axis.roots if entry.get("depth") == "groups" else axis.leaves)
                    if isinstance(v := table.value(measure, period, {**where, axis.name: code}), int)
                    and not charts.TAIL.match(code)
                ),
                reverse=True,
            )
            part = figures.share(ranked[0][0], whole) if ranked else None
            if part is not None and part <= 1:
                label = self.words.of(axis.codes[ranked[0][1]].labels)
                said.append(
                    {
                        "big": self.words.percent(part),
                        "text": self.words.of(entry["says"]).format(
                            period=self.words.period(period), top=label, top_lower=_lower(label)
                        ),
                    }
                )
        return said

    def groups(self, table: Table) -> list[tuple[str, list[tuple[list[str], tuple[Value, ...]]]]]:
        """The rows of a table by period, newest first, with labels for codes."""
        place = {code: number for number, code in enumerate(table.periods)}
        levels = {code: periods.LEVELS.index(periods.level_of(code) or periods.YEAR) for code in place}
        newest_first = sorted(place, key=lambda code: (-int(code[:4]), levels[code], -place[code]))
        found: dict[str, list[tuple[list[str], tuple[Value, ...]]]] = {code: [] for code in newest_first}
        names = [name for name in table.axes if name != PERIOD]
        for codes, values in table.rows():
            row = dict(zip(table.axes, codes, strict=True))
            found[row[PERIOD]].append(([self.label(table, name, row[name]) for name in names], values))
        return [(charts.upper(self.words.period(code)), rows) for code, rows in found.items()]

    def dictionary(self, table: Table) -> list[dict[str, Any]]:
        columns = []
        for name, axis in table.axes.items():
            present = set(table.frame[name])
            codes = (
                []
                if name == PERIOD
                else [(TOTAL, self.words("table.total"))]
                + [(code.code, self.words.of(code.labels)) for code in axis.codes.values() if code.code in present]
            )
            columns.append(
                {"name": name, "title": self.axis_title(table, name), "kind": f"dictionary.{axis.kind}", "codes": codes}
            )
        for name, title in table.measures.items():
            key = f"units.{name}"
            said = self.words(key) if self.words.has(key) else self.words.of(title)
            columns.append(
                {"name": name, "title": self.words.of(title), "kind": "dictionary.measure", "says": said, "codes": []}
            )
        for name in ("obs_status", "conf_status"):
            codes = [
                (c, self.words(f"status.{name}.{c}"))
                for c in (("A", "P", "Q", "M", "L") if name == "obs_status" else ("F", "C"))
            ]
            columns.append(
                {"name": name, "title": self.words(f"status.{name}.title"), "kind": "dictionary.status", "codes": codes}
            )
        return columns


def _lower(label: str) -> str:
    return label[:1].lower() + label[1:]
