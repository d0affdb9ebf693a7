"""What an edition says in one language: its tables, charts with their sentences, cards of the first page, dictionaries.

In: an edition as any reader sees it, the Plan (charts.yaml, institute.yaml), words. Out: plain values, in words, that
the website and the report lay out. Reads nothing; keeps charts in `cache`, so that an unchanged one is drawn once.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from pipeline.institute.plan import Plan
from pipeline.institute.written import CardEntry, LineEntry, Topic
from pipeline.model import periods
from pipeline.model.cells import TOTAL
from pipeline.model.reference_data import integer
from pipeline.public.charts import maps, sentences, specification, svg
from pipeline.public.charts.sparkline import sparkline
from pipeline.public.charts.spec import LAST, TAIL, Drawing, Spec, closed, drawing
from pipeline.public.edition.model import PERIOD, Package
from pipeline.public.presentation import captions
from pipeline.public.statistics import figures
from pipeline.public.statistics.figures import WITHHELD, Table, Value
from pipeline.wording.texts import Texts, filled

_LOOKS = hashlib.sha256(
    b"".join(path.read_bytes() for path in sorted(Path(svg.__file__).parent.glob("*.py")))
    + f"{svg.RENDERER} {specification.DRAWER}".encode()
).hexdigest()
"""Stands for how a drawing becomes a picture: our code and the libraries below it."""


HEADLINES = 5
"""How many sentences an edition opens with."""


@dataclass(frozen=True)
class Card:
    """A figure that the first page shows period by period: a count, or with `whole` the share of one in another."""

    table: Table
    measure: str
    where: Mapping[str, str]
    whole: Mapping[str, str] | None
    unit: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, entry: CardEntry, table: Table) -> Card:
        measure = entry["measure"]
        unit = entry.get("unit") or table.measures[measure]
        return cls(table, measure, entry.get("where", {}), entry.get("share"), unit)

    def value(self, period: str) -> Value | float:
        """The count; a share only where both of its parts are published."""
        part = figures.comparable(self.table, self.measure, period, self.where)
        if self.whole is None:
            return part
        whole = figures.comparable(self.table, self.measure, period, self.whole)
        if part is WITHHELD or whole is WITHHELD:
            return WITHHELD
        return figures.share(part, whole)

    def points(self, period: str) -> Value:
        """The value as a whole number to draw: thousandths of a share."""
        value = self.value(period)
        return round(1000 * value) if isinstance(value, float) else value


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
        return [Spec.of(entry) for entry in self.plan.site.get("charts", ()) if self.has(entry)]

    def has(self, entry: Mapping[str, Any]) -> bool:
        """Whether the edition has what an entry of charts.yaml shows: the institute may have added it since."""
        table, rate = self.tables.get(entry["table"]), entry.get("rate", {})
        if table is None or entry["measure"] not in table.measures:
            return False
        axes = {entry[key] for key in ("x", "y", "color", "facet", "dimension") if entry.get(key)}
        axes |= {*entry.get("where", {}), *(entry.get("share") or {})}
        if not axes <= set(table.axes) or entry.get("shapes", "") not in {"", *self.newest.shapes}:
            return False
        catalogue = self.newest.catalogues.get(rate.get("catalogue", ""))
        return not rate or (catalogue is not None and rate["column"] in {column.name for column in catalogue.columns})

    def figure(self, value: Value) -> str:
        """A figure as it stands in a table."""
        return WITHHELD.value if value is WITHHELD else "–" if not isinstance(value, int) else self.words.number(value)

    def span(self, table: Table) -> str:
        """The time that a table covers, first to last, as fine as it tells it; in words where that is none yet."""
        there = table.of_level(table.finest)
        if not there:
            return self.words("files.no_rows")
        first, last = self.words.short_period(there[0]), self.words.short_period(there[-1])
        return first if first == last else self.words("chart.from_to", first=first, last=last)

    def axis_title(self, table: Table, name: str) -> str:
        if name == PERIOD:
            return self.words("table.period")
        title = table.axes[name].title
        return title.get(self.language) or name.replace("_id", "").replace("_", " ").capitalize()

    def list_title(self, name: str) -> str:
        """What a code list is called: the dimensions that use it, each once; its own name where no table does."""
        used = [
            self.axis_title(self.tables[table.id], each.name)
            for table in self.newest.tables.values()
            for each in table.dimensions
            if each.codes == name
        ]
        return ", ".join(dict.fromkeys(used)) or sentences.upper(name.replace("_", " "))

    def label(self, table: Table, axis: str, code: str) -> str:
        if code == TOTAL:
            return self.words("table.total")
        return self.words.period(code) if axis == PERIOD else self.words.of(table.axes[axis].codes[code].labels)

    @cached_property
    def _drawings(self) -> dict[str, Drawing]:
        return {}

    def drawing(self, spec: Spec) -> Drawing:
        """The rows that a chart shows. Bars of several groups of one dimension, on one topic, share a scale."""
        if spec.id not in self._drawings:
            table = self.tables[spec.table]
            if spec.kind == "map":
                self._drawings[spec.id] = maps.drawing(spec, table, self.newest, self.words)
            else:
                alike = [drawing(other, table, self.words) for other in self.specs if _share_a_scale(spec, other)]
                reach = max((v for each in alike for v in each.values.values() if isinstance(v, int)), default=0)
                self._drawings[spec.id] = replace(drawing(spec, table, self.words), reach=reach)
        return self._drawings[spec.id]

    def finding(self, drawing: Drawing) -> str:
        """What a reader may take away from a chart; empty where its published figures support no sentence."""
        if drawing.empty:
            return ""
        if isinstance(drawing, maps.Map):
            return maps.finding(drawing, self.words)
        return sentences.finding(drawing, self.wholes(drawing), self.words)

    def sentence(self, drawing: Drawing) -> str:
        """The same; of a chart without one, why it has none."""
        if found := self.finding(drawing):
            return found
        if drawing.empty:
            table = self.tables[drawing.spec.table]
            yearly = {*table.levels} == {periods.YEAR}
            known = closed(drawing.spec, table)
            return self.words(f"chart.{'no_figures' if known else 'no_year' if yearly else 'no_period'}")
        if isinstance(drawing, maps.Map):
            return maps.unsaid(drawing, self.words)
        return sentences.unsaid(drawing.values.values(), self.words)

    def headline(self, spec: Spec) -> str:
        """What stands over a chart: what it shows, or its name where no sentence can be made."""
        return self.finding(self.drawing(spec)) or self.words.of(spec.title)

    def provisional(self, drawing: Drawing) -> str:
        """Which of the periods that a chart shows are provisional, in words; empty if none is."""
        spec, table = drawing.spec, self.tables[drawing.spec.table]
        newest = table.newest(spec.level or periods.YEAR)[-1:]
        shown = drawing.xs if spec.x == PERIOD else drawing.series if spec.color == PERIOD else newest
        return captions.provisional(table, self.words, list(shown))

    def headlines(self) -> list[tuple[Spec, str]]:
        """The sentences that an edition opens with: those of the charts that the institute names, or of the first of each
        topic."""
        wanted = self.plan.site.get("headlines", ())
        listed = [spec for id in wanted for spec in self.specs if spec.id == id]
        listed = listed or [spec for _, spec in self._leading() if spec]
        said = [(spec, self.finding(self.drawing(spec))) for spec in listed]
        return [(spec, sentence) for spec, sentence in said if sentence][:HEADLINES]

    def leading(self) -> list[tuple[Topic, str, str]]:
        """Each topic with the first of its charts that says something, by its name, and what it says; nothing where none does."""
        return [(t, s.id, self.finding(self.drawing(s))) if s else (t, "", "") for t, s in self._leading()]

    def _leading(self) -> list[tuple[Topic, Spec | None]]:
        """Each topic with the first of its charts that says something."""
        firsts = {spec.topic: spec for spec in reversed(self.specs) if self.finding(self.drawing(spec))}
        return [(topic, firsts.get(topic["id"])) for topic in self.plan.site.get("topics", ())]

    def breaks(self, drawing: Drawing) -> list[str]:
        """The breaks in the time that a chart shows, each with its period, in words."""
        shown = (
            {*drawing.xs} if drawing.spec.x == PERIOD else {*drawing.series} if drawing.spec.color == PERIOD else set()
        )
        return self._breaks(drawing.spec, shown)

    def _breaks(self, spec: Spec, shown: Iterable[str]) -> list[str]:
        """The breaks between the periods that are shown, each with its period, in words."""
        months = sorted(month for code in shown for month in periods.months_of(code))
        return [
            self.words("chart.break", period=self.words.period(note["at"]), says=self.words.of(note["says"]))
            for note in spec.annotations
            if months and months[0] < periods.months_of(note["at"])[0] <= months[-1]
        ]

    def wholes(self, drawing: Drawing) -> dict[str, Value]:
        """Period → the total that the figures of a chart are parts of, where they add up to it or are parts of all women:
        that of a group, where the chart shows what belongs to it."""
        spec, table = drawing.spec, self.tables[drawing.spec.table]
        axis = spec.color if spec.x == PERIOD else spec.x
        if not axis or (spec.x == PERIOD) != bool(spec.color):
            return {}
        if table.axes[axis].kind == "multiple" and spec.measure != table.persons:
            return {}
        shown = list(drawing.xs) if spec.x == PERIOD else table.newest(spec.level or periods.YEAR)[-1:]
        return {period: table.value(spec.measure, period, spec.where) for period in shown}

    def picture(self, spec: Spec, drawing: Drawing, sentence: str, name: str, width: int) -> str:
        described = {
            "name": f"{spec.id}-{name}",
            "title": self.words.of(spec.title),
            "description": sentence + (" " + self.words("chart.legend") if drawing.withheld else ""),
        }
        signs = [self.language, self.words.decimal, self.words.thousands]
        key = json.dumps([_LOOKS, repr(drawing), width, described, signs], sort_keys=True, ensure_ascii=False)
        path = self.cache / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.svg"
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            made = svg.render(self.specification(drawing, width), **described, words=self.words)
            # Written aside first: two builds may share the folder, and half a picture must not be kept.
            beside = path.with_name(f"{path.stem}.{os.getpid()}")
            beside.write_text(made, encoding="utf-8")
            beside.replace(path)
        return path.read_text(encoding="utf-8")

    def specification(self, drawing: Drawing, width: int) -> dict[str, Any]:
        if isinstance(drawing, maps.Map):
            return maps.specification(drawing, width, self.words)
        return specification.specification(drawing, width)

    def chart_rows(self, drawing: Drawing) -> dict[str, Any]:
        """The figures of a chart as a table: a row per x, a column per series."""
        spec = drawing.spec
        table = self.tables[spec.table]
        if isinstance(drawing, maps.Map):
            rows = maps.rows(drawing, self.words, self.figure)
            return {"heads": [self.axis_title(table, spec.x), *drawing.heads], "rows": rows}
        heads = [self.axis_title(table, spec.x), *drawing.series.values()]
        if not spec.color:
            heads[1] = drawing.unit
        label = self.words.short_period if spec.x == PERIOD else drawing.xs.__getitem__
        return {
            "heads": heads,
            "rows": [(label(x), [self.figure(drawing.values[x, s]) for s in drawing.series]) for x in drawing.xs],
        }

    def years(self, drawing: Drawing) -> dict[str, Any] | None:
        """The figures of a chart of one year for every closed year: a row per code, a column per year. None where a chart runs
        along time, crosses two dimensions, or fewer than two years are closed."""
        spec, table = drawing.spec, self.tables[drawing.spec.table]
        if spec.x == PERIOD or spec.color or (spec.level or periods.YEAR) != periods.YEAR:
            return None
        told = {year: self._of_a_year(drawing, year) for year in table.of_level(periods.YEAR)[-LAST[periods.YEAR] :]}
        nothing = self.figure(None)
        told = {year: texts for year, texts in told.items() if any(text != nothing for text in texts.values())}
        if len(told) < 2:
            return None
        first, *_, last = told
        listed = maps.rows(drawing, self.words, self.figure) if isinstance(drawing, maps.Map) else ()
        codes = {label: x for x, label in drawing.xs.items()}
        xs = [codes[label] for label, _ in listed] or list(drawing.xs)
        xs = [x for x in xs if any(texts[x] != nothing for texts in told.values())]
        return {
            "heads": [self.axis_title(table, spec.x), *map(self.words.short_period, told)],
            "rows": [(drawing.xs[x], [texts[x] for texts in told.values()]) for x in xs],
            "period": self.words(
                "chart.from_to", first=self.words.short_period(first), last=self.words.short_period(last)
            ),
            "provisional": captions.provisional(table, self.words, list(told)),
            "breaks": self._breaks(spec, told),
        }

    def _of_a_year(self, drawing: Drawing, year: str) -> dict[str, str]:
        """The figures of the codes of a chart in a year, as a table tells them; on a map that shows rates, rates."""
        spec, table = drawing.spec, self.tables[drawing.spec.table]
        if isinstance(drawing, maps.Map):
            then = maps.drawing(spec, table, self.newest, self.words, year)
            return {x: maps.rated(then, x, self.words, self.figure(None)) for x in drawing.xs}
        return {x: self.figure(table.value(spec.measure, year, {**spec.where, spec.x: x})) for x in drawing.xs}

    def kpis(self) -> list[dict[str, Any]]:
        """The cards of the first page: the year to date or the newest closed one, its changes, and the quarters."""
        return [self.kpi(entry) for entry in self.plan.site.get("kpis", ()) if self.has(entry)]

    def kpi(self, entry: CardEntry) -> dict[str, Any]:
        card = Card.of(entry, self.tables[entry["table"]])
        table = card.table
        quarters = table.of_level(periods.QUARTER)
        quarter = quarters[-1] if quarters else ""
        period = self.year_of(card)
        begun = bool(quarter) and period == periods.to_date(quarter) and periods.level_of(period) != periods.YEAR
        unit = self.words.of(card.unit)
        whole = table.value(card.measure, period, card.whole) if card.whole is not None else None
        if whole is not None:
            unit = self.words("kpi.share_of", whole=self.figure(whole), unit=unit)
        points = [card.points(q) for q in quarters[-12:]]
        return {
            "id": entry["id"],
            "title": self.words.of(entry["title"]),
            "table": table,
            "value": self.said(card, period),
            "withheld": card.value(period) is WITHHELD,
            "unit": unit,
            "period": self.words("files.no_rows")
            if not period
            else self.words("kpi.provisional", period=self.words.period(period))
            if period in table.provisional
            else self.words("kpi.to_date", period=self.words.period(period))
            if begun
            else self.words.period(period),
            "yearly": self.line(card, period, figures.year_before(period)) if period else None,
            "quarter": self.words.short_period(quarter) if quarter else "",
            "quarter_value": self.said(card, quarter) if quarter else "",
            "before": self.line(card, quarter, figures.before(quarter)) if quarter else None,
            "year_before": self.line(card, quarter, figures.year_before(quarter)) if quarter else None,
            "spark": sparkline(points),
            "spark_first": self.words.short_period(quarters[-12:][0]) if quarters else "",
            "spark_last": self.words.short_period(quarters[-1]) if quarters else "",
        }

    def year_of(self, card: Card) -> str:
        """The year to date where it is told or may be added up, else the newest closed year, else what there is, if
        there is anything."""
        quarters = card.table.of_level(periods.QUARTER)
        if quarters and card.value(begun := periods.to_date(quarters[-1])) is not None:
            return begun
        return next(reversed(card.table.newest(periods.YEAR)), "")

    def said(self, card: Card, period: str) -> str:
        """The figure of a card: a number, or a share of a whole."""
        value = card.value(period)
        return self.words.percent(value, 1) if isinstance(value, float) else self.figure(value)

    def line(self, card: Card, period: str, earlier: str | None) -> dict[str, str] | None:
        """A change in words: [c] where a part of it is withheld, a dash where there is nothing to compare with."""
        if earlier is None:
            return None
        now, then = card.value(period), card.value(earlier)
        said = {"against": self.words.short_period(earlier), "way": "none"}
        found = figures.change(now, then)
        if found is None:
            return {"text": self.figure(None) if now is None or then is None else WITHHELD.value, **said}
        if isinstance(now, float):
            points = self.words.number(100 * found.difference, 1)
            text = self.words("kpi.points", points=("+" if found.difference > 0 else "") + points)
        else:
            text = self.words.number(found.difference) if found.ratio is None else self.words.signed(found.ratio)
        way = "up" if found.difference > 0 else "down" if found.difference < 0 else "same"
        return {"text": text, **said, "way": way}

    def goals(self) -> tuple[list[str], list[dict[str, Any]]]:
        """Goals against results: the periods that there are goals for, in words; and of each indicator, period by period what was
        meant to be reached, what was, and the share of it (None where a period has no goal)."""
        catalogue = self.newest.catalogues.get(self.plan.site.get("goals", ""))
        cards = {entry["id"]: entry for entry in self.plan.site.get("kpis", ()) if self.has(entry)}
        found: dict[str, dict[str, dict[str, str]]] = {}
        whole = (periods.YEAR, periods.TO_DATE)
        for row in catalogue.rows if catalogue else ():
            entry = cards.get(row["indicador"])
            if entry is None:
                continue
            card, goal = Card.of(entry, self.tables[entry["table"]]), integer(row["meta"])
            codes = (*card.table.of_level(periods.YEAR), self.year_of(card))
            there = [code for code in codes if code[:4] == row["anio"] and periods.level_of(code) in whole]
            if not there:
                continue
            value = card.value(there[-1])
            part = value / goal if isinstance(value, int) and goal else None
            found.setdefault(entry["id"], {})[there[-1]] = {
                "goal": "–" if goal is None else self.words.number(goal),
                "result": self.said(card, there[-1]),
                "share": WITHHELD.value if value is WITHHELD else "–" if part is None else self.words.percent(part),
            }
        told = sorted({code for by_period in found.values() for code in by_period})
        rows = [
            {
                "title": self.words.of(cards[name]["title"]),
                "table": cards[name]["table"],
                "unit": self.words.of(Card.of(cards[name], self.tables[cards[name]["table"]]).unit),
                "told": [by_period.get(code) for code in told],
            }
            for name, by_period in found.items()
        ]
        return [self.words.period(code) for code in told], rows

    def tops(self) -> list[dict[str, str]]:
        """The first screen: how many women, what for, with what result; each line a figure and its words."""
        lines = []
        for entry in self.plan.site.get("first_screen", ()):
            if self.has(entry) and (line := self.top(entry, table := self.tables[entry["table"]])):
                lines.append({**line, "table": table.id})
        return lines

    def top(self, entry: LineEntry, table: Table) -> dict[str, str] | None:
        """A figure; or the most frequent code of a dimension with its share, or all its codes with theirs."""
        measure, where, says = entry["measure"], entry.get("where", {}), self.words.of(entry["says"])
        there = table.newest(periods.YEAR)
        if not there:
            return None
        period = there[-1]
        whole, named = table.value(measure, period, where), {"period": self.words.period(period)}
        if "dimension" not in entry:
            return {"big": self.figure(whole), "text": filled(says, **named)}
        axis = table.axes[entry["dimension"]]
        listed = [
            (code, figures.share(table.value(measure, period, {**where, axis.name: code}), whole))
            for code in (axis.roots if entry.get("depth") == "groups" else axis.leaves)
        ]
        label = {code: _lower(self.words.of(axis.codes[code].labels)) for code, _ in listed}
        if "{parts}" in says:
            listed.sort(key=lambda each: -math.inf if each[1] is None else each[1], reverse=True)
            said = [f"{WITHHELD.value if p is None else self.words.percent(p)} {label[code]}" for code, p in listed]
            return {"big": self.figure(whole), "text": filled(says, parts=", ".join(said), **named)}
        ranked = [(part, code) for code, part in listed if part is not None and part <= 1 and not TAIL.match(code)]
        if not ranked:
            return None
        part, code = max(ranked)
        top = self.words.of(axis.codes[code].labels)
        return {"big": self.words.percent(part), "text": filled(says, top=top, top_lower=label[code], **named)}

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
        return [(sentences.upper(self.words.period(code)), rows) for code, rows in found.items()]

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


def _share_a_scale(one: Spec, other: Spec) -> bool:
    """Bars of the same figures of the same dimension of a table, of another group of its codes, on the same topic."""
    same = all(
        getattr(one, name) == getattr(other, name) for name in ("kind", "table", "measure", "x", "level", "topic")
    )
    rest = ({axis: code for axis, code in spec.where.items() if axis != spec.x} for spec in (one, other))
    return one.kind == "bar" and same and one.id != other.id and next(rest) == next(rest)


def _lower(label: str) -> str:
    return label[:1].lower() + label[1:]
