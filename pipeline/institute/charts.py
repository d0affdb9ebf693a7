"""charts.yaml → what charts, cards and topics show. Mistakes are kept, as file:key."""

from __future__ import annotations

import string
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple, cast

from pipeline.institute.files import Folder, near
from pipeline.institute.plan import PERIOD, CodeList, Resource, TableSpec
from pipeline.institute.written import Site
from pipeline.model.cells import TOTAL
from pipeline.model.reference_data import Catalogue, Shapes

OF_FINDINGS = ("name", "name_lower", "value", "whole", "share", "unit", "period", "series", "series_lower")


class _Shared(NamedTuple):
    """What charts and cards may name beside their table."""

    resources: Mapping[str, Resource]
    lists: Mapping[str, CodeList]
    catalogues: Mapping[str, Catalogue]
    shapes: Mapping[str, Shapes]


class Charts(Folder):
    """Reads charts and cards; the tables, columns, codes and catalogues that they name must exist."""

    def site(
        self,
        tables: Mapping[str, TableSpec],
        resources: Mapping[str, Resource],
        lists: Mapping[str, CodeList],
        catalogues: Mapping[str, Catalogue],
        shapes: Mapping[str, Shapes],
    ) -> Site:
        """charts.yaml: charts, cards and topics must name published tables, their columns and codes."""
        name = "charts.yaml"
        content = self.yaml(name)
        if content is None or not self.fits(name, content, "charts"):
            self.unread("chart")
            return {}
        topics = self._topics(content, tables)
        charts = [chart["id"] for chart in content.get("charts", ())]
        for kind in ("topics", "kpis", "charts"):
            listed = content.get(kind, ())
            self.apart(name, f"{kind}.", {item["id"]: item["title"] for item in listed})
        for topic in topics & {"index"}:
            self.wrong(f"{name}:topics.{topic}", "reserved_name", name=topic)
        for kind in ("kpis", "charts", "first_screen"):
            ids: set[str] = set()
            for number, item in enumerate(content.get(kind, ())):
                key = f"{name}:{kind}.{item.get('id', number)}"
                if item.get("id") in ids:
                    self.wrong(key, "duplicate_id")
                ids |= {item["id"]} if "id" in item else set()
                if kind == "charts" and topics and item["topic"] not in topics:
                    self.wrong(f"{key}.topic", "unknown_topic", name=item["topic"], **near(item["topic"], topics))
                if item["table"] in tables:
                    self._shown(key, item, tables[item["table"]], _Shared(resources, lists, catalogues, shapes))
                elif not self.is_unread("table", item["table"]):
                    told = near(item["table"], tables)
                    self.wrong(f"{key}.table", "unknown_table", name=item["table"], **told)
        for key in ("home", "headlines"):
            for id in {*content.get(key, ())} - {*charts}:
                self.wrong(f"{name}:{key}", "unknown_chart", name=id, **near(id, charts))
        if goals := content.get("goals"):
            self._goals(goals, {card["id"] for card in content.get("kpis", ())}, catalogues)
        return cast(Site, dict(content))

    def _shown(self, key: str, item: Mapping[str, Any], table: TableSpec, shared: _Shared) -> None:
        """What a chart or card names is in its table, and what a map needs is there; its sentence leaves known blanks."""
        self._parts(key, item, table, shared.resources, shared.lists)
        if item.get("kind") == "map":
            self.map(key, item, table, shared)
        for language, text in item.get("finding", {}).items():
            self.blanks(f"{key}.finding.{language}", text, OF_FINDINGS)

    def _topics(self, content: Mapping[str, Any], tables: Mapping[str, TableSpec]) -> set[str]:
        """The topics of the site; where there are any, every table has one of them."""
        topics = {t["id"] for t in content.get("topics", ())}
        for table in tables.values():
            if topics and table.topic not in topics:
                told = near(table.topic, topics)
                self.wrong(f"tables.yaml:{table.id}.topic", "unknown_topic", name=table.topic, **told)
        return topics

    def _parts(
        self,
        key: str,
        item: Mapping[str, Any],
        shown: TableSpec,
        resources: Mapping[str, Resource],
        lists: Mapping[str, CodeList],
    ) -> None:
        """The measure, dimensions and codes that a chart or card names are those of its table."""
        if item["measure"] not in shown.measures:
            told = {"allowed": ", ".join(shown.measures), **near(item["measure"], shown.measures)}
            self.wrong(f"{key}.measure", "unknown_measure", name=item["measure"], **told)
        for part in ("x", "y", "color", "facet", "dimension"):
            if item.get(part, PERIOD) not in shown.dimensions:
                told = near(item[part], shown.dimensions)
                self.wrong(f"{key}.{part}", "unknown_dimension", name=item[part], **told)
        for part in ("where", "share"):
            for dimension, code in item.get(part, {}).items():
                if dimension == PERIOD or dimension not in shown.dimensions:
                    told = near(dimension, set(shown.dimensions) - {PERIOD})
                    self.wrong(f"{key}.{part}", "unknown_dimension", name=dimension, **told)
                    continue
                codes = resources[shown.resource].dimensions[dimension].codes
                known = {TOTAL, *lists[codes].by_code}
                if code not in known and not self.is_unread("code", codes):
                    self.wrong(f"{key}.{part}.{dimension}", "unknown_code", code=code, **near(code, known))

    def _goals(self, goals: str, cards: set[str], catalogues: Mapping[str, Catalogue]) -> None:
        """A catalogue of goals has a year, a card of this site and a number in each row."""
        self.columns("charts.yaml:goals", goals, ("anio", "indicador", "meta"), catalogues, number="meta")
        rows = catalogues[goals].rows if goals in catalogues else ()
        for number, row in zip(self.lines.get(goals, ()), rows, strict=True):
            if (card := row.get("indicador", "")) not in cards:
                self.wrong(f"catalogues/{goals}.csv:{number}", "unknown_card", name=card, **near(card, cards))

    def map(self, key: str, item: Mapping[str, Any], table: TableSpec, shared: _Shared) -> None:
        """A map needs shapes of the codes that it colours, and the people that a rate divides by, zone by zone."""
        shapes = shared.shapes
        dimension = shared.resources[table.resource].dimensions.get(item.get("y", ""))
        drawn = shapes.get(item.get("shapes", ""))
        if drawn is None:
            if not self.is_unread("catalogue", shown := item.get("shapes", "")):
                self.wrong(f"{key}.shapes", "unknown_catalogue", name=shown, **near(shown, shapes))
        elif dimension is not None and drawn.codes != dimension.codes:
            self.wrong(f"{key}.shapes", "other_shapes", name=drawn.codes, wanted=dimension.codes)
        if rate := item.get("rate"):
            wanted = ("anio", item.get("y", ""), rate["column"])
            self.columns(f"{key}.rate", rate["catalogue"], wanted, shared.catalogues, number=rate["column"])

    def columns(
        self, key: str, name: str, wanted: Iterable[str], catalogues: Mapping[str, Catalogue], number: str
    ) -> None:
        """A catalogue that exists and has these columns; `number` is the one that the pages reckon with."""
        if name not in catalogues:
            if not self.is_unread("catalogue", name):
                self.wrong(key, "unknown_catalogue", name=name, **near(name, catalogues))
            return
        known = {column.name: column.type for column in catalogues[name].columns}
        for column in wanted:
            if column not in known:
                self.wrong(key, "unknown_field", name=column, **near(column, known))
        if known.get(number, "integer") != "integer":
            self.wrong(key, "needs_whole_numbers", name=number)

    def blanks(self, key: str, text: str, known: Collection[str]) -> None:
        """The blanks of a text are among those that can be filled."""
        try:
            parsed = [each[1:] for each in string.Formatter().parse(text) if each[1] is not None]
            found = {f"{blank}{way or ''}{form or ''}" for blank, form, way in parsed}
        except ValueError:
            self.wrong(key, "braces")
            return
        for blank in found - {*known}:
            self.wrong(key, "unknown_key", key=blank, known=", ".join(sorted(known)), **near(blank, known))
