"""charts.yaml, catalogues.package.yaml and pages/ → what is said beside the tables. Mistakes are kept, as file:key."""

from __future__ import annotations

import json
import re
import string
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, cast

from pipeline.institute.files import FRONT, SPOKEN, WORDS, Folder, is_formula, near, unprintable
from pipeline.institute.plan import HELP, MEDIA, PERIOD, CodeList, Page, Resource, TableSpec
from pipeline.institute.written import Site, Upload
from pipeline.model.cells import TOTAL
from pipeline.model.reference_data import CONFIRMED, NUMBERS, SERVICES, Catalogue, Shapes, dialled, drawable, standard

CATALOGUES = "catalogues.package.yaml"
TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
"""What names a language to a browser (BCP 47): nah, maz, tzo, es-419."""
PATH = re.compile(r"[\w./-]+\.md")
"""Path of a page: what stands in an address without being written otherwise."""
SYNONYMS = "synonyms.yaml"
UPLOAD = "pnt.yaml"
OF_ALL = ("year", "start", "end", "published", "cut_off", "edition", "unit", "email", "unverified")
OF_TABLES = ("id", "title", "note", "variables", "topic", "csv", "page", "method")
OF_SERVICES = ("code", "title", "group", "page")
"""What a column of an upload workbook may tell of every row, of a table, of a service beside its catalogue."""
OF_FINDINGS = ("name", "name_lower", "value", "whole", "share", "unit", "period", "series", "series_lower")
MARKS = {"chart", "examples", "goals", "offices", "helplines"}
"""Marks that a page may have."""


class _Shared(NamedTuple):
    """What charts and cards may name beside their table."""

    resources: Mapping[str, Resource]
    lists: Mapping[str, CodeList]
    catalogues: Mapping[str, Catalogue]
    shapes: Mapping[str, Shapes]


class Presentation(Folder):
    """Reads charts, cards, catalogues and prose; what they name must exist."""

    def catalogues(
        self, lists: Mapping[str, CodeList], languages: tuple[str, ...]
    ) -> tuple[dict[str, Catalogue], dict[str, Shapes]]:
        """The catalogues of the institute, in order; none where it has no package of them."""
        found: dict[str, Catalogue] = {}
        shapes: dict[str, Shapes] = {}
        if not (self.folder / CATALOGUES).is_file():
            return found, shapes
        if (content := self.shaped(CATALOGUES, "catalogues")) is None:
            self.unread("catalogue")
            return found, shapes
        for described in content["resources"]:
            name, said = described["name"], described["celosia"]
            key = f"{CATALOGUES}:resources.{name}"
            if name in found or name in shapes:
                self.wrong(key, "duplicate_catalogue")
            elif described["path"].endswith(".geojson"):
                if (drawn := self.shapes(key, described, lists)) is not None:
                    shapes[name] = drawn
                else:
                    self.unread("catalogue", name)
            elif "schema" not in described:
                self.unread("catalogue", name)
                self.wrong(key, "required", key="schema")
            elif not self.catalogue_schema(key, described["schema"], lists, languages):
                self.unread("catalogue", name)
            else:
                fields = [column["name"] for column in described["schema"]["fields"]]
                rows = list(self.rows(described["path"], fields))
                self.lines[name] = [number for number, _ in rows]
                found[name] = Catalogue(name, said["title"], described["schema"], tuple(row for _, row in rows))
        paths = {described["name"]: described["path"] for described in content["resources"]}
        for catalogue in found.values():
            self.cells(catalogue, found, lists, languages, paths)
        return found, shapes

    def cells(
        self,
        catalogue: Catalogue,
        found: Mapping[str, Catalogue],
        lists: Mapping[str, CodeList],
        languages: tuple[str, ...],
        paths: Mapping[str, str],
    ) -> None:
        """Cells that break the schema of their catalogue, or that some form cannot carry."""
        lines = self.lines[catalogue.name]
        path = paths[catalogue.name]
        enums = {name: codes.leaves for name, codes in lists.items() if not self.is_unread("code", name)}
        others = {each["reference"]["resource"] for each in catalogue.schema.get("foreignKeys", ())} - {""}
        gone = any(
            self.is_unread("catalogue", other) or self.is_unread("rows", paths.get(other, "")) for other in others
        )
        for number, column, rule in catalogue.mistakes(found, enums):
            where = f"{path}:{lines[number]}"
            translated = column.endswith(tuple(f"_{language}" for language in languages))
            if rule == "missing_value" and translated:
                self.wrong(where, "missing_translation", language=column.rpartition("_")[2])
            elif rule != "foreign_key" or not gone:
                told = catalogue.wanted(column)
                if rule == "enum" and (codes := enums.get(told["list"])):
                    told |= near(catalogue.rows[number][column], codes)
                self.wrong(where, "bad_value", name=column, broken=rule, **told)
        for number, row in enumerate(catalogue.rows):
            self.for_her(catalogue, row, f"{path}:{lines[number]}", languages)
            for column, value in row.items():
                where = f"{path}:{lines[number]}"
                if is_formula(value):
                    self.wrong(where, "looks_like_formula", name=column)
                elif sign := unprintable(value.replace("\n", " ").replace("\t", " ")):
                    self.wrong(where, "unprintable", sign=sign)
                elif len(value) > WORDS:
                    self.wrong(where, "too_long", most=WORDS)

    def for_her(self, catalogue: Catalogue, row: Mapping[str, str], where: str, languages: tuple[str, ...]) -> None:
        """What stands on the help page: numbers that a telephone can dial, words in every language or in none."""
        for column in catalogue.columns:
            stem, _, language = column.name.rpartition("_")
            value = row[column.name]
            if column.role in NUMBERS and value and not dialled(value):
                self.wrong(where, "bad_telephone", name=column.name)
            elif column.role in NUMBERS and value and not dialled(value, column.role):
                self.wrong(where, "bad_whatsapp", name=column.name)
            others = [row.get(f"{stem}_{other}", "") for other in languages if language in languages]
            if column.role and not value and any(others):
                self.wrong(where, "missing_translation", language=language)
        if len({bool(catalogue.told(row, role, "")) for role in CONFIRMED if catalogue.has(role)}) > 1:
            self.wrong(where, "half_confirmed")

    def catalogue_schema(
        self, key: str, schema: Mapping[str, Any], lists: Mapping[str, CodeList], languages: tuple[str, ...]
    ) -> bool:
        """Whether rows can be read by a schema: its lists exist, and what is said in one language is in all."""
        before = len(self.findings)
        fields = [column["name"] for column in schema["fields"]]
        ends = tuple(f"_{language}" for language in languages)
        for column in schema["fields"]:
            where = f"{key}.schema.fields.{column['name']}"
            if (listed := column["celosia"].get("codes", "")) and listed not in lists:
                self.wrong(f"{where}.celosia.codes", "unknown_list", name=listed, **near(listed, lists))
            if role := column["celosia"].get("role"):
                told = [each["name"] for each in schema["fields"] if each["celosia"].get("role") == role]
                if len({name.rpartition("_")[0] if name.endswith(ends) else name for name in told}) > 1:
                    self.wrong(f"{where}.celosia.role", "role_twice", name=role)
                if role == CONFIRMED[1] and column["type"] != "date":
                    self.wrong(f"{where}.type", "needs_date", name=role)
            stem, _, language = column["name"].rpartition("_")
            if language in languages:
                for other in languages:
                    if f"{stem}_{other}" not in fields:
                        self.wrong(where, "missing_translation", language=other)
        self.columns_fit(f"{key}.schema", {**schema, "fields": [standard(column) for column in schema["fields"]]})
        return len(self.findings) == before

    def shapes(self, key: str, described: Mapping[str, Any], lists: Mapping[str, CodeList]) -> Shapes | None:
        """Polygons, one for each of some codes of a list."""
        said, path = described["celosia"], described["path"]
        for needed in {"codes", "key"} - set(said):
            self.wrong(f"{key}.celosia", "required", key=needed)
        if (listed := said.get("codes")) and listed not in lists:
            self.wrong(f"{key}.celosia.codes", "unknown_list", name=listed, **near(listed, lists))
        if listed not in lists or "key" not in said:
            return None
        if (text := self.text(path)) is None:
            return None
        found = Shapes(described["name"], said["title"], said["codes"], said["key"], text)
        try:
            codes = [str(feature["properties"][found.key]) for feature in found.features]
        except json.JSONDecodeError as error:
            self.wrong(path, "not_json", line=error.lineno, position=error.colno)
            return None
        except (ValueError, TypeError, AttributeError):
            self.wrong(path, "not_geojson")
            return None
        if not codes:
            self.wrong(path, "not_geojson")
        leaves, seen = lists[found.codes].leaves, set[str]()
        for number, code in enumerate(codes):
            if code not in leaves and not self.is_unread("code", found.codes):
                self.wrong(f"{path}:{code}", "unknown_code", code=code, **near(code, leaves))
            if code in seen:
                self.wrong(f"{path}:{code}", "duplicate_code", code=code)
            seen.add(code)
            if not drawable(found.features[number]):
                self.wrong(f"{path}:{code}", "not_drawable")
        return found

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

    def pages(
        self,
        languages: tuple[str, ...],
        site: Site,
        lists: Mapping[str, CodeList],
        catalogues: Mapping[str, Catalogue],
    ) -> dict[str, tuple[Page, ...]]:
        """The institute's prose by language: what each page says of itself, and that each is in every language."""
        found: dict[str, list[Page]] = {language: [] for language in languages}
        for language in languages:
            for name, where in self._files_of(language):
                if name == "index.md" or name.startswith(("temas/", "tablas/", "graficas/", "ediciones/")):
                    self.wrong(where, "taken_page")
                elif not PATH.fullmatch(name):
                    self.wrong(where, "bad_page_name")
                if (page := self.prose(where, name)) is None:
                    self.unread("page", name)
                else:
                    found[language].append(page)
                    self.page(where, page, site, lists, catalogues)
        every = {page.path for pages in found.values() for page in pages}
        for language, pages in found.items():
            for page in pages:
                other = page.meta.get("version_of", HELP)
                if other not in {*every, HELP} and not self.is_unread("page", other):
                    self.wrong(
                        f"pages/{language}/{page.path}:version_of", "unknown_address", name=other, **near(other, every)
                    )
        for language, pages in found.items():
            for name in every - {page.path for page in pages}:
                if not self.is_unread("page", name):
                    self.wrong(f"pages/{language}/{name}", "missing_page", language=language)
        return {language: tuple(pages) for language, pages in found.items()}

    def _files_of(self, language: str) -> Iterator[tuple[str, str]]:
        """The name of each page in a folder of prose, and its file."""
        root = self.folder / "pages" / language
        for path in sorted(root.rglob("*.md")):
            name = path.relative_to(root).as_posix()
            yield name, f"pages/{language}/{name}"

    def other_pages(
        self,
        languages: tuple[str, ...],
        site: Site,
        lists: Mapping[str, CodeList],
        catalogues: Mapping[str, Catalogue],
    ) -> dict[str, tuple[Page, ...]]:
        """Pages in languages in which the rest of the site is not: each names its language, in that language.

        A folder of a language that the program itself speaks waits until the institute lists it among its languages.
        """
        found: dict[str, tuple[Page, ...]] = {}
        for root in sorted(path for path in (self.folder / "pages").glob("*") if path.is_dir()):
            if root.name in {*languages, *SPOKEN}:
                continue
            if not TAG.fullmatch(root.name):
                self.wrong(f"pages/{root.name}", "bad_language_folder")
                continue
            pages = []
            for name, where in self._files_of(root.name):
                if not PATH.fullmatch(name):
                    self.wrong(where, "bad_page_name")
                if (page := self.prose(where, name)) is None:
                    continue
                if "language" not in page.meta:
                    self.wrong(where, "required", key="language")
                self.page(where, page, site, lists, catalogues)
                pages.append(page)
            found[root.name] = tuple(pages)
        return found

    def prose(self, where: str, name: str) -> Page | None:
        """A page as it is written; None, and a finding, where it does not say what it is."""
        if (text := self.text(where)) is None:
            return None
        if (match := FRONT.match(text)) is None:
            self.wrong(where, "no_front")
            return None
        meta = self.document(where, match[1], first_line=2)
        if meta is None or not self.fits(where, meta, "page"):
            return None
        for key in ("title", "description"):
            if key in meta and not unprintable(meta[key].replace("\n", " ")):
                self.carried(f"{where}:{key}", meta[key], WORDS)
        return Page(name, meta, match[2])

    def page(
        self,
        where: str,
        page: Page,
        site: Site,
        lists: Mapping[str, CodeList],
        catalogues: Mapping[str, Catalogue],
    ) -> None:
        """What a page asks for beside its words must exist."""
        charts = {chart["id"] for chart in site.get("charts", ())}
        topics = {topic["id"] for topic in site.get("topics", ())}
        for id in {*page.meta.get("charts", ()), *page.marked("chart")} - charts:
            if not self.is_unread("chart"):
                self.wrong(where, "unknown_chart", name=id, **near(id, charts))
        for id in {*page.meta.get("topics", ())} - topics:
            if not self.is_unread("chart"):
                self.wrong(where, "unknown_topic", name=id, **near(id, topics))
        for name in {*page.meta.get("catalogues", ())} - {*catalogues}:
            if not self.is_unread("catalogue", name):
                self.wrong(where, "unknown_catalogue", name=name, **near(name, catalogues))
        for code in page.meta.get("services", ()):
            if "servicios" not in catalogues:
                if not self.is_unread("catalogue", "servicios"):
                    self.wrong(where, "unknown_catalogue", name="servicios")
                continue
            codes = catalogues["servicios"].columns[0].codes
            if code not in lists[codes].by_code and not self.is_unread("code", codes):
                self.wrong(where, "unknown_code", code=code, **near(code, lists[codes].by_code))
        for recording in page.meta.get("media", ()):
            for file in filter(None, (recording["file"], recording.get("captions"))):
                if self.is_own(f"{MEDIA}/{file}") and not (self.folder / MEDIA / file).is_file():
                    self.wrong(f"{MEDIA}/{file}", "missing_file")
        for mark in page.marks - MARKS:
            self.wrong(where, "unknown_mark", name=mark, **near(mark, MARKS))

    def synonyms(self, languages: tuple[str, ...]) -> dict[str, dict[str, str]]:
        """synonyms.yaml: language → words that people ask, by commas → words that pages use; empty where there is none."""
        if not (self.folder / SYNONYMS).is_file() or (content := self.shaped(SYNONYMS, "synonyms")) is None:
            return {}
        for language in content.keys() - {*languages}:
            self.wrong(f"{SYNONYMS}:{language}", "unknown_key", key=language, known=", ".join(languages))
        return {language: dict(words) for language, words in content.items()}

    def upload(self, catalogues: Mapping[str, Catalogue], languages: tuple[str, ...]) -> Upload:
        """pnt.yaml: what each upload workbook holds, and the facts that its columns name; empty where there is none."""
        if not (self.folder / UPLOAD).is_file() or (content := self.shaped(UPLOAD, "upload")) is None:
            return {}
        services = catalogues.get(SERVICES)
        own = {"tables": set(OF_TABLES), "services": set(OF_SERVICES)}
        own["services"] |= set(services.stems(languages)) if services else set()
        for form in content["formats"]:
            where = f"{UPLOAD}:formats.{form['id']}"
            if [other["id"] for other in content["formats"]].count(form["id"]) > 1:
                self.wrong(where, "duplicate_id")
            if form["rows"] == "services" and services is None:
                if not self.is_unread("catalogue", SERVICES):
                    self.wrong(f"{where}.rows", "unknown_catalogue", name=SERVICES)
                continue
            known = {*own[form["rows"]], *OF_ALL}
            for column in form["columns"]:
                key = f"{where}.columns.{column['heading']}"
                self.blanks(key, column["value"], known)
        return cast(Upload, dict(content))

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

    def links(
        self,
        catalogues: Mapping[str, Catalogue],
        shapes: Mapping[str, Shapes],
        tables: Iterable[TableSpec],
        lists: Mapping[str, CodeList],
        site: Site,
        pages: Mapping[str, tuple[Page, ...]],
    ) -> None:
        """Pages and files that are named must be among those that the site and every edition will have."""
        known = {
            "page": _pages(tables, site, pages),
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
            if page not in known["page"] and not self.may_come(page):
                self.wrong("charts.yaml:discreet", "unknown_address", name=page, **near(page, known["page"]))
            if "address" in said:
                place = f"{page.rpartition('/')[0]}/{said['address']}.md"
                if place in taken:
                    self.wrong(f"charts.yaml:discreet.{page}", "duplicate_id")
                taken.add(place)
        for catalogue in catalogues.values():
            for column in catalogue.columns:
                for number, row in zip(self.lines[catalogue.name], catalogue.rows, strict=True):
                    named = row[column.name]
                    if column.links and named and named not in known[column.links] and not self.may_come(named):
                        where = f"catalogues/{catalogue.name}.csv:{number}"
                        self.wrong(where, "unknown_address", name=named, **near(named, known[column.links]))

    def documents(
        self,
        catalogues: Mapping[str, Catalogue],
        tables: Iterable[TableSpec],
        site: Site,
        pages: Mapping[str, tuple[Page, ...]],
        upload: Upload,
    ) -> None:
        """What a page adds to rows of its catalogues must exist: pages, upload workbooks, the report of the edition."""
        workbooks = {f"pnt/{form['id']}.xlsx" for form in upload.get("formats", ())}
        known = {*_pages(tables, site, pages), *workbooks, Page.REPORT}
        for language, page in ((language, page) for language, found in pages.items() for page in found):
            where, shown = f"pages/{language}/{page.path}:documents", page.meta.get("catalogues", ())
            rows = {
                catalogues[name].named(row) for name in shown if name in catalogues for row in catalogues[name].rows
            }
            for row, named in page.meta.get("documents", {}).items():
                if row not in rows and not any(self.is_unread("catalogue", name) for name in shown):
                    self.wrong(where, "unknown_key", key=row, known=", ".join(sorted(rows)), **near(row, rows))
                for name in named:
                    if name not in known and not self.may_come(name):
                        self.wrong(f"{where}.{row}", "unknown_address", name=name, **near(name, known))

    def may_come(self, path: str) -> bool:
        """Whether a page or file may be there once what could not be read is mended."""
        folder, _, name = path.rpartition("/")
        kinds = {"temas": "chart", "tablas": "table", "tables": "table", "catalogues": "catalogue"}
        return self.is_unread("page", path) or (
            folder in kinds and self.is_unread(kinds[folder], name.rpartition(".")[0])
        )


def _pages(tables: Iterable[TableSpec], site: Site, pages: Mapping[str, tuple[Page, ...]]) -> set[str]:
    """Paths of the pages that a site will have: the institute's own, those of topics and tables, those of every site."""
    written = {page.path for found in pages.values() for page in found}
    topics = {f"temas/{topic['id']}.md" for topic in site.get("topics", ())}
    listed = {f"tablas/{table.id}.md" for table in tables}
    return {*written, *topics, *listed, HELP, "index.md", "temas/index.md", "tablas/index.md"}
