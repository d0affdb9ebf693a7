"""pages/, synonyms.yaml and pnt.yaml → what is said beside the tables. Mistakes are kept, as file:key."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from pipeline.institute.charts import Charts
from pipeline.institute.files import FRONT, SPOKEN, WORDS, near, unprintable
from pipeline.institute.plan import HELP, MEDIA, CodeList, Page, TableSpec
from pipeline.institute.written import Site, Upload
from pipeline.model.reference_data import SERVICES, Catalogue, Shapes

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
MARKS = {"chart", "examples", "goals", "offices", "helplines"}
"""Marks that a page may have."""


class Prose(Charts):
    """Reads prose; what its pages name must exist."""

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
