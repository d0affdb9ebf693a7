"""charts.yaml, catalogues.package.yaml and pages/ → what is said beside the tables. Mistakes are kept, as file:key."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pipeline.catalogues import Catalogue, Shapes, standard
from pipeline.cells import TOTAL
from pipeline.decisions import PERIOD, CodeList, Page, Resource, TableSpec
from pipeline.folder import Folder, is_table_schema

CATALOGUES = "catalogues.package.yaml"
FRONT = re.compile(r"---\n(.*?)\n---\n(.*)", re.DOTALL)
"""A page: what it says of itself, then its words."""


class Presentation(Folder):
    """Reads charts, cards, catalogues and prose; what they name must exist."""

    def catalogues(
        self, lists: Mapping[str, CodeList], languages: tuple[str, ...]
    ) -> tuple[dict[str, Catalogue], dict[str, Shapes]]:
        """The catalogues of the institute, in order; none where it has no package of them."""
        found: dict[str, Catalogue] = {}
        shapes: dict[str, Shapes] = {}
        if not (self.folder / CATALOGUES).is_file() or (content := self.shaped(CATALOGUES, "catalogues")) is None:
            return found, shapes
        lines: dict[str, list[int]] = {}
        for described in content["resources"]:
            name, said = described["name"], described["celosia"]
            key = f"{CATALOGUES}:resources.{name}"
            if name in found or name in shapes:
                self.wrong(key, "duplicate_catalogue")
            elif described["path"].endswith(".geojson"):
                if (drawn := self.shapes(key, described, lists)) is not None:
                    shapes[name] = drawn
            elif "schema" not in described:
                self.wrong(key, "required", key="schema")
            elif self.catalogue_schema(key, described["schema"], lists, languages):
                fields = [column["name"] for column in described["schema"]["fields"]]
                rows = list(self.rows(described["path"], fields))
                lines[name] = [number for number, _ in rows]
                found[name] = Catalogue(name, said["title"], described["schema"], tuple(row for _, row in rows))
        enums = {name: codes.leaves for name, codes in lists.items()}
        paths = {described["name"]: described["path"] for described in content["resources"]}
        for name, catalogue in found.items():
            for number, column, rule in catalogue.mistakes(found, enums):
                where = f"{paths[name]}:{lines[name][number]}"
                translated = column.endswith(tuple(f"_{language}" for language in languages))
                if rule == "missing_value" and translated:
                    self.wrong(where, "missing_translation", language=column.rpartition("_")[2])
                else:
                    self.wrong(where, "bad_value", name=column, broken=rule)
        return found, shapes

    def catalogue_schema(
        self, key: str, schema: Mapping[str, Any], lists: Mapping[str, CodeList], languages: tuple[str, ...]
    ) -> bool:
        """Whether rows can be read by a schema: its lists exist, and what is said in one language is in all."""
        before = len(self.findings)
        fields = [column["name"] for column in schema["fields"]]
        for column in schema["fields"]:
            where = f"{key}.schema.fields.{column['name']}"
            if (listed := column["celosia"].get("codes", "")) and listed not in lists:
                self.wrong(f"{where}.celosia.codes", "unknown_list", name=listed)
            stem, _, language = column["name"].rpartition("_")
            if language in languages:
                for other in languages:
                    if f"{stem}_{other}" not in fields:
                        self.wrong(where, "missing_translation", language=other)
        plain = {**schema, "fields": [standard(column) for column in schema["fields"]]}
        if not is_table_schema(plain):
            self.wrong(f"{key}.schema", "not_table_schema")
        return len(self.findings) == before

    def shapes(self, key: str, described: Mapping[str, Any], lists: Mapping[str, CodeList]) -> Shapes | None:
        """Polygons, one for each of some codes of a list."""
        said, path = described["celosia"], described["path"]
        if said.get("codes") not in lists or "key" not in said:
            self.wrong(f"{key}.celosia", "required", key="codes, key")
            return None
        if (text := self.text(path)) is None:
            return None
        found = Shapes(described["name"], said["title"], said["codes"], said["key"], text)
        try:
            codes = [str(feature["properties"][found.key]) for feature in found.features]
        except (ValueError, TypeError, AttributeError):
            self.wrong(path, "not_geojson")
            return None
        for number, code in enumerate(codes):
            if code not in lists[found.codes].leaves:
                self.wrong(f"{path}:{code}", "unknown_code", code=code)
            if code in codes[:number]:
                self.wrong(f"{path}:{code}", "duplicate_code", code=code)
        return found

    def site(
        self,
        tables: Mapping[str, TableSpec],
        resources: Mapping[str, Resource],
        lists: Mapping[str, CodeList],
        catalogues: Mapping[str, Catalogue],
        shapes: Mapping[str, Shapes],
    ) -> dict[str, Any]:
        """charts.yaml: charts, cards and topics must name published tables, their columns and codes."""
        name = "charts.yaml"
        content = self.yaml(name)
        if content is None or not self.fits(name, content, "charts"):
            return {}
        topics = {t["id"] for t in content.get("topics", ())}
        for table in tables.values():
            if topics and table.topic not in topics:
                self.wrong(f"tables.yaml:{table.id}.topic", "unknown_topic", name=table.topic)
        charts = [chart["id"] for chart in content.get("charts", ())]
        for kind in ("kpis", "charts", "first_screen"):
            for number, item in enumerate(content.get(kind, ())):
                key = f"{name}:{kind}.{item.get('id', number)}"
                if "id" in item and item["id"] in [other["id"] for other in content[kind][:number]]:
                    self.wrong(key, "duplicate_id")
                if kind == "charts" and topics and item["topic"] not in topics:
                    self.wrong(f"{key}.topic", "unknown_topic", name=item["topic"])
                shown = tables.get(item["table"])
                if shown is None:
                    self.wrong(f"{key}.table", "unknown_table", name=item["table"])
                    continue
                if item["measure"] not in shown.measures:
                    self.wrong(f"{key}.measure", "unknown_measure", name=item["measure"])
                for part in ("x", "y", "color", "facet", "dimension"):
                    if item.get(part, PERIOD) not in shown.dimensions:
                        self.wrong(f"{key}.{part}", "unknown_dimension", name=item[part])
                for part in ("where", "share"):
                    for dimension, code in item.get(part, {}).items():
                        if dimension == PERIOD or dimension not in shown.dimensions:
                            self.wrong(f"{key}.{part}", "unknown_dimension", name=dimension)
                        elif code not in {TOTAL, *lists[resources[shown.resource].dimensions[dimension].codes].by_code}:
                            self.wrong(f"{key}.{part}.{dimension}", "unknown_code", code=code)
                if item.get("kind") == "map":
                    self.map(key, item, shown, resources, catalogues, shapes)
        for id in {*content.get("home", ())} - {*charts}:
            self.wrong(f"{name}:home", "unknown_chart", name=id)
        if goals := content.get("goals"):
            cards = {card["id"] for card in content.get("kpis", ())}
            self.columns(f"{name}:goals", goals, ("anio", "indicador", "meta"), catalogues)
            for row in catalogues[goals].rows if goals in catalogues else ():
                if row.get("indicador") not in cards:
                    self.wrong(f"{name}:goals", "unknown_card", name=row.get("indicador", ""))
        return dict(content)

    def map(
        self,
        key: str,
        item: Mapping[str, Any],
        table: TableSpec,
        resources: Mapping[str, Resource],
        catalogues: Mapping[str, Catalogue],
        shapes: Mapping[str, Shapes],
    ) -> None:
        """A map needs shapes of the codes that it colours, and the people that a rate divides by, zone by zone."""
        dimension = resources[table.resource].dimensions.get(item.get("y", ""))
        drawn = shapes.get(item.get("shapes", ""))
        if drawn is None:
            self.wrong(f"{key}.shapes", "unknown_catalogue", name=item.get("shapes", ""))
        elif dimension is not None and drawn.codes != dimension.codes:
            self.wrong(f"{key}.shapes", "unknown_list", name=dimension.codes)
        if rate := item.get("rate"):
            wanted = ("anio", item.get("y", ""), rate["column"])
            self.columns(f"{key}.rate", rate["catalogue"], wanted, catalogues)

    def columns(self, key: str, name: str, wanted: Iterable[str], catalogues: Mapping[str, Catalogue]) -> None:
        """A catalogue that exists and has these columns."""
        if name not in catalogues:
            self.wrong(key, "unknown_catalogue", name=name)
            return
        known = {column.name for column in catalogues[name].columns}
        for column in wanted:
            if column not in known:
                self.wrong(key, "unknown_field", name=column)

    def pages(
        self,
        languages: tuple[str, ...],
        site: Mapping[str, Any],
        lists: Mapping[str, CodeList],
        catalogues: Mapping[str, Catalogue],
    ) -> dict[str, tuple[Page, ...]]:
        """The institute's prose by language: what each page says of itself, and that each is in every language."""
        found: dict[str, list[Page]] = {language: [] for language in languages}
        for language in languages:
            root = self.folder / "pages" / language
            for path in sorted(root.rglob("*.md")):
                name = path.relative_to(root).as_posix()
                where = f"pages/{language}/{name}"
                text = self.text(where)
                if text is None:
                    continue
                match = FRONT.match(text)
                if match is None:
                    self.wrong(where, "required", key="title")
                    continue
                meta = self.document(where, match[1], first_line=2)
                if meta is not None and self.fits(where, meta, "page"):
                    found[language].append(Page(name, meta, match[2]))
                    self.page(where, found[language][-1], site, lists, catalogues)
        every = {page.path for pages in found.values() for page in pages}
        for language, pages in found.items():
            for name in every - {page.path for page in pages}:
                if not any(f.where.startswith(f"pages/{language}/{name}") for f in self.findings):
                    self.wrong(f"pages/{language}/{name}", "missing_translation", language=language)
        return {language: tuple(pages) for language, pages in found.items()}

    def page(
        self,
        where: str,
        page: Page,
        site: Mapping[str, Any],
        lists: Mapping[str, CodeList],
        catalogues: Mapping[str, Catalogue],
    ) -> None:
        """What a page asks for beside its words must exist."""
        charts = {chart["id"] for chart in site.get("charts", ())}
        topics = {topic["id"] for topic in site.get("topics", ())}
        for id in {*page.meta.get("charts", ()), *page.marked("chart")} - charts:
            self.wrong(where, "unknown_chart", name=id)
        for id in {*page.meta.get("topics", ())} - topics:
            self.wrong(where, "unknown_topic", name=id)
        for name in {*page.meta.get("catalogues", ())} - {*catalogues}:
            self.wrong(where, "unknown_catalogue", name=name)
        for code in page.meta.get("services", ()):
            if "servicios" not in catalogues:
                self.wrong(where, "unknown_catalogue", name="servicios")
            elif code not in lists[catalogues["servicios"].columns[0].codes].by_code:
                self.wrong(where, "unknown_code", code=code)
        for mark in page.marks - {"chart", "examples", "goals"}:
            self.wrong(where, "unknown_mark", name=mark)

    def links(
        self,
        catalogues: Mapping[str, Catalogue],
        shapes: Mapping[str, Shapes],
        tables: Iterable[TableSpec],
        lists: Mapping[str, CodeList],
        site: Mapping[str, Any],
        pages: Mapping[str, tuple[Page, ...]],
    ) -> None:
        """Pages and files that are named must be among those that the site and every edition will have."""
        written = {page.path for found in pages.values() for page in found}
        topics = {f"temas/{topic['id']}.md" for topic in site.get("topics", ())}
        known = {
            "page": {*written, *topics, *(f"tablas/{table.id}.md" for table in tables), "index.md", "temas/index.md"}
            | {"tablas/index.md"},
            "file": {
                *(
                    "datapackage.json",
                    "release.json",
                    "audit.json",
                    "SHA256SUMS",
                    *(f"codes/{name}.csv" for name in lists),
                ),
                *(f"tables/{table.id}.csv" for table in tables),
                *(f"catalogues/{name}.csv" for name in catalogues),
                *(f"catalogues/{name}.geojson" for name in shapes),
            },
        }
        taken = set(known["page"])
        for page, said in site.get("discreet", {}).items():
            if page not in known["page"]:
                self.wrong("charts.yaml:discreet", "unknown_address", name=page)
            if "address" in said:
                place = f"{page.rpartition('/')[0]}/{said['address']}.md"
                if place in taken:
                    self.wrong(f"charts.yaml:discreet.{page}", "duplicate_id")
                taken.add(place)
        for catalogue in catalogues.values():
            for column in catalogue.columns:
                for number, row in enumerate(catalogue.rows, start=2):
                    if column.links and row[column.name] and row[column.name] not in known[column.links]:
                        self.wrong(f"catalogues/{catalogue.name}.csv:{number}", "unknown_address", name=column.name)
