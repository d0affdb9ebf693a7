"""The pages of one language, staged as plain Markdown for mkdocs, with the pieces of HTML that stand in them.

In: editions as any reader sees them, the Plan, words, the project's templates. Out: below a folder, the Markdown, the pieces
(charts, tables, catalogues), the configuration of mkdocs.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import jinja2
import yaml
from markupsafe import Markup, escape
from xlsxwriter.utility import xl_col_to_name

from pipeline.institute.plan import HELP, RELEASES
from pipeline.institute.plan import Page as Prose
from pipeline.model.cells import TOTAL
from pipeline.model.findings import Finding, PipelineError
from pipeline.model.reference_data import Catalogue
from pipeline.public.charts import maps, specification
from pipeline.public.charts.spec import Spec
from pipeline.public.charts.theme import NARROW, RAMP, WIDE
from pipeline.public.edition.model import PERIOD
from pipeline.public.exports import catalogue, changelog, data_files, report, sdmx, workbook
from pipeline.public.presentation import captions, examples, guidance, received, routes
from pipeline.public.presentation.edition_view import View
from pipeline.public.presentation.service_sheets import Said, Sheets
from pipeline.public.site import markup, mkdocs_config
from pipeline.public.site.page import SECTIONS, Page, first_words, place
from pipeline.public.statistics.figures import Table

Progress = Callable[[str, int, int], None]
"""Told of each step: its name, how much is done, how much there is."""

INSERT = "<!-- celosia:insert {} -->"
"""Left in the Markdown where the hook puts a piece of HTML afterwards: tables and SVG are slow as Markdown."""


@dataclass
class Writer(View):
    """Stages the pages of one language."""

    site: Path
    folder: Path
    first: bool
    pages: list[Page] = field(default_factory=list)
    parts: dict[str, str] = field(default_factory=dict)

    @cached_property
    def sheets(self) -> Sheets:
        return Sheets(self)

    @cached_property
    def guidance(self) -> guidance.Guidance:
        return guidance.Guidance(self.plan, self.language)

    @cached_property
    def jinja(self) -> jinja2.Environment:
        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(self.site / "templates"),
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=True,
        )
        environment.filters["keep"] = markup.unbroken
        environment.filters["md"] = markup.plain
        environment.filters["said"] = lambda text, words: words.of(text)
        environment.globals |= {
            "t": self.words,
            "of": self.words.of,
            "facts": self.plan.facts,
            "release": self.newest.release,
            "edition": self.newest.edition,
            "packages": list(reversed(self.packages)),
            "languages": self.plan.languages,
            "language": self.language,
            "period": self.words.period,
            "number": self.words.number,
            "day": self.words.day,
            "tables": self.tables,
            "topics": self.plan.site.get("topics", ()),
            "heading": self.plan.site.get("heading") or self.plan.facts["name"],
            "insert": self.insert,
            "axis_title": self.axis_title,
            "list_title": self.list_title,
            "figure": self.figure,
            "headline": self.headline,
            "kind": specification.kind,
            "ramp": RAMP,
            "chart_page": partial(routes.chart, self.plan),
            "table_page": lambda name: routes.table(self.plan, name),
            "topic_page": lambda name: routes.topic(self.plan, name),
            "markdown": routes.markdown,
            "always": {name: routes.html(path) for name, path in routes.ALWAYS.items()},
            "edition_page": routes.edition,
            "file": self.file,
            "editions_page": self.own(routes.OPEN_DATA),
            "method": self.own(routes.METHOD),
            "share_withheld": lambda table: self.words.percent(table.withheld / max(table.cells, 1), 1),
            "span": self.span,
            "provisional_of": lambda table: captions.provisional(table, self.words),
            "calendar": self.plan.facts.get("calendar", ()),
            "plan": self.plan,
            "sheets": self.sheets,
            "guidance": self.guidance,
            "help_page": routes.HELP_PAGE,
            "report_name": lambda edition: report.name(edition, self.language, self.plan.languages[0]),
            "has_sdmx": sdmx.possible,
            "suffix": "" if self.first else f".{self.language}",
            "changes": {
                c.edition: changelog.said(c, self.packages, self.words) for c in changelog.changes(self.packages)
            },
            "root": "" if self.first else "../",
        }
        return environment

    def own(self, url: str) -> str:
        """The address of a page of prose, where the institute has it; else nothing."""
        return url if routes.markdown(url) in {page.path for page in self.plan.pages.get(self.language, ())} else ""

    def render(self, template: str, **context: Any) -> str:
        return self.jinja.get_template(template).render(**context)

    def insert(self, name: str) -> Markup:
        return Markup(INSERT.format(name))

    def stage(self, progress: Progress) -> None:
        self.charts(progress)
        self.help_page()
        self.prose()
        if self.first:
            self.other_pages()
        self.pages.sort(key=place)
        self.home()
        self.topic_pages()
        self.table_pages()
        self.quality_page()
        self.catalogue_pages()
        for name in ("explorer", "search", "map"):
            self.pages.sort(key=place)
            self.plain(name)
        self.edition_pages()
        done = self.plan.languages.index(self.language) + 1
        progress("stage", done, len(self.plan.languages))
        self.write()

    # the pieces ------------------------------------------------------------------------------------------------------

    def charts(self, progress: Progress) -> None:
        """Renders every chart at both widths, or takes it from the cache, and keeps its figure as a part."""
        before = self.plan.languages.index(self.language) * len(self.specs)
        for number, spec in enumerate(self.specs, start=before + 1):
            progress("charts", number, len(self.plan.languages) * len(self.specs))
            self.parts[f"charts/{spec.id}"] = self.chart(self, spec)

    def chart(self, view: View, spec: Spec) -> str:
        """The figure of a chart of the edition that `view` is of, as HTML."""
        table, drawing = view.tables[spec.table], view.drawing(spec)
        sentence = view.sentence(drawing)
        if drawing.empty:
            return self.render("parts/no_chart.html.j2", table=table, sentence=sentence)
        pictures = {
            name: view.picture(spec, drawing, sentence, name, width)
            for name, width in (("wide", WIDE), ("narrow", NARROW))
        }
        return self.render(
            "parts/chart.html.j2",
            edition=view.newest.edition,
            release=view.newest.release,
            newest=view.newest is self.newest,
            spec=spec,
            drawing=drawing,
            table=table,
            workbook=self.workbook(table.id),
            reason="" if view.finding(drawing) else sentence,
            breaks=view.breaks(drawing),
            pictures=pictures,
            rows=view.chart_rows(drawing),
            years=view.years(drawing),
            provisional=view.provisional(drawing),
            outlines=maps.outlines(drawing, self.words) if isinstance(drawing, maps.Map) else "",
        )

    def workbook(self, table: str) -> str:
        """The name of a table's workbook in the language of the page."""
        return workbook.name(self.words, table, self.plan.languages[0])

    # the pages -------------------------------------------------------------------------------------------------------

    def add(self, page: Page) -> None:
        self.pages.append(page)

    def home(self) -> None:
        wanted = self.plan.site.get("home", ()) or [spec.id for spec in self.specs[:2]]
        shown = [spec for spec in self.specs if spec.id in wanted]
        services = next((page.url for page in self.pages if page.section == "servicios"), routes.html(routes.TOPICS))
        body = self.render(
            "home.md.j2", kpis=self.kpis(), tops=self.tops(), shown=shown, path=routes.HOME, services=services
        )
        self.add(Page(routes.HOME, self.words("home.title"), "", 0, body, self.words("home.description")))

    def topic_pages(self) -> None:
        listed = self.plan.site.get("topics", ())
        body = self.render("topics.md.j2", path=routes.TOPICS, specs=self.specs)
        self.add(
            Page(routes.TOPICS, self.words("sections.cifras"), "cifras", 0, body, self.words("topics.description"))
        )
        for number, topic in enumerate(listed, start=1):
            specs = [spec for spec in self.specs if spec.topic == topic["id"]]
            path = routes.markdown(routes.topic(self.plan, topic["id"]))
            mine = [table for table in self.tables.values() if table.topic == topic["id"]]
            body = self.render("topic.md.j2", topic=topic, specs=specs, mine=mine, path=path)
            summary = self.words.of(topic.get("summary", {}), f"charts.yaml:topics.{topic['id']}.summary")
            self.add(Page(path, self.words.of(topic["title"]), "cifras", number, body, summary))

    def edition_pages(self) -> None:
        """A page for each edition, and one for each chart of it: both stay when a newer edition comes."""
        drawn = {view.newest.edition: [s for s in view.specs if not view.drawing(s).empty] for view in self.views}
        for view in self.views:
            self.edition_page(view, drawn[view.newest.edition])
            for spec in drawn[view.newest.edition]:
                kept = [edition for edition, specs in drawn.items() if spec.id in {each.id for each in specs}]
                self.chart_page(view, spec, kept)

    @cached_property
    def views(self) -> list[View]:
        """What each edition says, oldest first."""
        older = [View(self.packages[:n], self.plan, self.words, self.cache) for n in range(1, len(self.packages))]
        return [*older, self]

    def edition_page(self, view: View, drawn: Sequence[Spec]) -> None:
        edition, newest = view.newest.edition, self.newest.edition
        own = next((p for p in self.plan.pages.get(self.language, ()) if p.path == routes.release(edition)), None)
        lines = {c.edition: changelog.said(c, self.packages, self.words) for c in changelog.changes(self.packages)}
        body = self.render(
            "edition.md.j2",
            edition=edition,
            release=view.newest.release,
            package=view.newest,
            newer=routes.edition(newest) if view is not self else "",
            said=view.headlines(),
            own=Markup(own.filled(self.mark)) if own else "",
            lines=lines[edition],
            drawn=drawn,
        )
        path = routes.markdown(routes.edition(edition))
        title, about = self.words("edition.title", edition=edition), self.words("edition.description")
        self.add(Page(path, title, "datos", 1, body, about, hide_from_menu=view is not self))

    def chart_page(self, view: View, spec: Spec, kept: Sequence[str]) -> None:
        """The page of a chart of an edition. `kept`: the editions that have it."""
        edition, facts, words = view.newest.edition, self.plan.facts, self.words
        part = f"charts/{spec.id}"
        if view is not self:
            self.parts[part := f"{routes.CHARTS}/{edition}/{spec.id}"] = self.chart(view, spec)
        home = facts["url"] + ("" if self.first else f"{self.language}/")
        address = home + routes.chart(self.plan, spec, edition)
        image = routes.file(facts["url"], edition, self.file(spec, "png"))
        facts_of = {"title": words.of(spec.title), "sentence": view.sentence(view.drawing(spec)), "edition": edition}
        body = self.render(
            "chart.md.j2",
            edition=edition,
            spec=spec,
            part=part,
            headline=view.headline(spec),
            newer=routes.chart(self.plan, spec, kept[-1]) if kept[-1] != edition else "",
            editions=[(each, "" if each == edition else routes.chart(self.plan, spec, each)) for each in reversed(kept)],
            revised=view.tables[spec.table].revised,
            address=address,
            citation=words(
                "kept.citation", name=words.of(facts["name"]), year=str(view.newest.release["published"])[:4],
                url=address, **facts_of,
            ),
            embed=(
                f'<iframe src="{routes.file(facts["url"], edition, self.file(spec, "svg"))}" title="{escape(words.of(spec.title))}"'
                ' width="768" height="560" loading="lazy"></iframe>'
            ),
        )  # fmt: skip
        discreet = self.apart(spec, view.specs)
        about = words("topics.description") if discreet or not spec.says else words.of(spec.says)
        title = words.of(spec.title)
        path = routes.markdown(routes.chart(self.plan, spec, edition))
        self.add(
            Page(
                path, title, "cifras", 99, body, about, True, search=False, tab=f"{discreet or title} · {edition}",
                image="" if discreet else image,
            )
        )  # fmt: skip

    def apart(self, spec: Spec, specs: Sequence[Spec]) -> str:
        """The discreet title of a chart, with a letter where others of `specs` have the same one; nothing of one that may be named."""
        said = self.discreet(routes.discreet(self.plan, spec))
        same = [each.id for each in specs if self.discreet(routes.discreet(self.plan, each)) == said]
        return (
            self.words("kept.apart", title=said, letter=xl_col_to_name(same.index(spec.id)))
            if said and same[1:]
            else said
        )

    def file(self, spec: Spec, ending: str) -> str:
        """The name of a file of a chart, below the folder of its edition."""
        return routes.chart_file(spec, self.language, self.plan.languages[0], ending)

    def table_pages(self) -> None:
        body = self.render("tables.md.j2", path=routes.TABLES)
        self.add(Page(routes.TABLES, self.words("tables.title"), "datos", 2, body, self.words("tables.description")))
        for table in self.tables.values():
            path = routes.markdown(routes.table(self.plan, table.id))
            self.parts[f"tables/{table.id}"] = self.render(
                "parts/table.html.j2", table=table, groups=self.groups(table)
            )
            specs = [spec for spec in self.specs if spec.table == table.id]
            body = self.render(
                "table.md.j2",
                table=table,
                path=path,
                specs=specs,
                url=self.plan.facts["url"],
                dictionary=self.dictionary(table),
                snippets=data_files.snippets(self.newest, table, self.plan.facts["url"], self.words),
                workbook=self.workbook(table.id),
            )
            about = catalogue.schema_org(self.newest, table, self.plan, self.words)
            self.parts[f"jsonld/{table.id}"] = markup.in_script(about)
            self.add(Page(path, self.words.of(table.title), "datos", 3, body, self.told(table), hide_from_menu=True))

    def told(self, table: Table) -> str:
        """What tells a table from its like: what it counts, by what, of which time."""
        counted = ", ".join(self.words.of(title) for title in table.measures.values())
        axes = [self.axis_title(table, name) for name in table.axes if name != PERIOD]
        by = self.words("tables.by", axes=", ".join(name[:1].lower() + name[1:] for name in axes)) if axes else ""
        return " · ".join(filter(None, (counted, by, self.span(table))))

    def prose(self) -> None:
        """The institute's own pages, with the charts, sheets and catalogues that they ask for."""
        for page in self.plan.pages.get(self.language, ()):
            if page.path == HELP or page.path.startswith(RELEASES):
                continue
            meta, placed = page.meta, set(page.marked("chart"))
            body = self.ways(page.path) + page.filled(self.mark)
            if box := self.guidance.box(meta.get("services", ())):
                body = f"{self.render('box.md.j2', box=box)}\n\n{body}"
            if services := self.sheets.of(meta.get("services", ())):
                body += "\n\n" + self.render("sheets.md.j2", sheets=services)
            for name in meta.get("catalogues", ()):
                body += f"\n\n{self.insert(f'catalogues/{name}')}\n"
            if listed := [spec for spec in self.specs if spec.id in {*meta.get("charts", ())} - placed]:
                body += "\n\n" + self.render("figures.md.j2", specs=listed)
            body = self.beside(page.path, body)
            if wanted := meta.get("topics"):
                more = [topic for topic in self.plan.site.get("topics", ()) if topic["id"] in wanted]
                body += "\n\n" + self.render("more.md.j2", more=more)
            body += self.media(page)
            section, order = meta.get("section", "transparencia"), float(meta.get("order", 50))
            about, original = meta.get("description", ""), meta.get("version_of", "")
            self.add(Page(page.path, meta["title"], section, order, body, about, original=original))

    def beside(self, path: str, body: str) -> str:
        """The words of a page of prose with what the site adds to it: before its first heading, and at its end."""
        first, last = (f"prose/{Path(path).stem}{part}.md.j2" for part in (".first", ""))
        there = {name for name in (first, last) if (self.site / "templates" / name).is_file()}
        if first in there:
            opening, heading, rest = body.partition("\n## ")
            body = f"{opening}\n\n{self.render(first, path=path)}\n{heading}{rest}"
        return f"{body}\n\n{self.render(last, path=path)}" if last in there else body

    def help_page(self) -> None:
        """What she who needs help reads first; below it what the institute says of it in its own words."""
        self.parts["offices"] = self.render("parts/offices.html.j2", offices=self.guidance.offices())
        self.parts["helplines"] = self.render("parts/helplines.html.j2")
        page = next((page for page in self.plan.pages.get(self.language, ()) if page.path == HELP), None)
        meta = page.meta if page else {}
        title = meta.get("title") or self.words("help.title")
        own = page.filled(self.mark) + self.media(page) if page else ""
        body = self.render("help.md.j2", title=title, ways=Markup(self.ways(HELP)), own=Markup(own))
        about = meta.get("description") or self.words("help.description")
        self.add(Page(HELP, title, "ayuda", -math.inf, body, about))

    def other_pages(self) -> None:
        """Pages in languages in which the rest of the site is not. The numbers of the offices stand on that of help."""
        for language, pages in self.plan.other_pages.items():
            for page in pages:
                body = page.filled(self.mark) + self.media(page)
                if page.path == HELP:
                    body += "\n\n" + "\n\n".join(self.mark(name, "") for name in ("offices", "helplines"))
                title, about = page.meta["title"], page.meta.get("description", "")
                path = f"{language}/{page.path}"
                self.add(Page(path, title, "ayuda", 99, body, about, True, language=language, original=page.path))

    def ways(self, path: str) -> str:
        """Links to a page in other languages and for other ways of reading; nothing where there are none."""
        here = [page for page in self.plan.pages.get(self.language, ()) if page.meta.get("version_of") == path]
        others = [
            (language, page) for language, pages in self.plan.other_pages.items() for page in pages if page.path == path
        ]
        return self.render("ways.md.j2", here=here, others=others) + "\n\n" if here or others else ""

    def media(self, page: Prose) -> str:
        """The recordings of a page, each with what is said in it; nothing of them is fetched before it is played."""
        listed = page.meta.get("media", ())
        return "\n\n" + self.render("media.md.j2", recordings=listed) if listed else ""

    def mark(self, name: str, asked: str) -> str:
        """What stands where the prose has a mark."""
        if name == "chart":
            if spec := next((spec for spec in self.specs if spec.id == asked), None):
                return self.render("figure.md.j2", spec=spec, level=2)
            entry = next(entry for entry in self.plan.site["charts"] if entry["id"] == asked)
            note = self.render("parts/no_chart.html.j2", table=None, sentence=self.words("chart.not_yet"))
            return f"## {markup.plain(self.words.of(entry['title']))} {{ #{asked} }}\n\n{note}"
        if name in ("offices", "helplines"):
            return self.insert(name)
        if name == "goals":
            years, rows = self.goals()
            return self.render("goals.md.j2", years=years, goals=rows)
        return examples.markdown(self.site, self.words)

    def catalogue_pages(self) -> None:
        """The catalogues, record types and code lists of the edition, on one page; and each where prose asks for it."""
        path = routes.ALWAYS["catalogues"]
        lists = {name: frame.to_dict("records") for name, frame in sorted(self.newest.codes.items()) if name != PERIOD}
        records = {
            name: [table for table in self.tables.values() if table.records == name] for name in self.plan.resources
        }
        body = self.render("catalogues.md.j2", path=path, package=self.newest, lists=lists, records=records)
        self.add(Page(path, self.words("catalogues.title"), "datos", 4, body, self.words("catalogues.description")))
        titles = {page.path: page.title for page in self.pages} | {routes.HOME: self.words("home.title")}
        for name, found in self.newest.catalogues.items():
            self.parts[f"catalogues/{name}"] = self.render(
                "parts/catalogue.html.j2",
                catalogue=found,
                rows=self.sheets.rows(found, titles),
                documents=self.documents(found, titles),
            )

    def documents(self, catalogue: Catalogue, titles: Mapping[str, str]) -> list[list[Said]]:
        """What pages add to each row of a catalogue; empty where none of them adds anything."""
        asked: dict[str, Sequence[str]] = {}
        for page in self.plan.pages.get(self.language, ()):
            if catalogue.name in page.meta.get("catalogues", ()):
                asked |= page.meta.get("documents", {})
        added = [
            [self.document(name, titles) for name in asked.get(catalogue.named(row), ())] for row in catalogue.rows
        ]
        return added if any(added) else []

    def document(self, name: str, titles: Mapping[str, str]) -> Said:
        """A page, an upload workbook or the report, as a link that says what it is."""
        if name == Prose.REPORT:
            return Said(
                self.words("files.report_file"),
                file=report.name(self.newest.edition, self.language, self.plan.languages[0]),
            )
        if form := next((f for f in self.plan.upload.get("formats", ()) if name == f"pnt/{f['id']}.xlsx"), None):
            return Said(self.words("pnt.file", title=form["title"]), file=name)
        path = self.plan.address(name.removesuffix(".md"))
        return Said(titles.get(f"{path}.md", name), page=f"{path}.html")

    def quality_page(self) -> None:
        body = self.render(
            "quality.md.j2", accounts=received.accounts(self), quality=self.newest.release.get("quality")
        )
        self.add(
            Page(
                routes.ALWAYS["quality"],
                self.words("quality.title"),
                "datos",
                8,
                body,
                self.words("quality.description"),
            )
        )

    def plain(self, name: str) -> None:
        """A page that is the same for every institute."""
        path = routes.ALWAYS[name]
        body = self.render(f"{name}.md.j2", path=path, pages=self.pages, sections=SECTIONS, index=self.index)
        self.add(
            Page(
                path,
                self.words(f"{name}.title"),
                "datos" if name == "explorer" else "",
                9,
                body,
                self.words(f"{name}.description"),
                hide_from_menu=name != "explorer",
                search=False,
            )
        )

    @cached_property
    def index(self) -> str:
        """What the explorer must know of each table: labels for columns and codes. Figures it reads from the CSV."""
        found = []
        for table in (table for table in self.tables.values() if table.cells):
            axes = {}
            for name, axis in table.axes.items():
                present = set(table.frame[name])
                listed = [*([] if name == PERIOD else [TOTAL]), *(code for code in axis.codes if code in present)]
                axes[name] = {
                    "title": self.axis_title(table, name),
                    "codes": {code: self.label(table, name, code) for code in listed},
                }
            women_first = sorted(table.measures, key=lambda name: name != table.persons)
            measures = {name: self.words.of(table.measures[name]) for name in women_first}
            page = self.plan.address(f"tablas/{table.id}")
            found.append(
                {"id": table.id, "page": page, "title": self.words.of(table.title), "axes": axes, "measures": measures}
            )
        return markup.in_script(found)

    # to disk ---------------------------------------------------------------------------------------------------------

    def write(self) -> None:
        docs, parts = self.folder / self.language, self.folder / f"{self.language}.parts"
        self.pages.sort(key=place)
        taken = sorted(path for path, count in Counter(page.path for page in self.pages).items() if count > 1)
        if taken:  # one would be written over the other
            raise PipelineError("plan", [Finding.of(f"pages/{self.language}/{path}", "taken_page") for path in taken])
        for page in self.pages:
            meta = {
                "title": page.title,
                "tab": self.tab(page),
                "description": page.description,
                "about": page.description or first_words(page.body),
                "section": page.section,
                "search": page.search,
                "lang": page.language,
                "image": page.image,
                "original": routes.html(page.original),
            }
            head = yaml.safe_dump(meta, allow_unicode=True, sort_keys=True)
            target = docs / page.path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(f"---\n{head}---\n\n{page.body.strip()}\n", encoding="utf-8")
        for name, html in self.parts.items():
            target = parts / f"{name}.html"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(html, encoding="utf-8")
        configuration = mkdocs_config.configuration(self, self.pages, self.site, self.folder, first=self.first)
        (self.folder / f"{self.language}.yml").write_text(
            yaml.safe_dump(configuration, allow_unicode=True, sort_keys=True), encoding="utf-8"
        )

    def tab(self, page: Page) -> str:
        """What a browser calls a page in its tabs and its history."""
        if page.tab:
            return page.tab
        for name in self.plan.discreet:
            if page.path == f"{self.plan.address(name)}.md":
                return self.discreet(name)
        return page.title

    def discreet(self, name: str) -> str:
        """What a browser calls the page `name`, where its own title would tell too much; else nothing."""
        said = self.plan.discreet.get(name)
        return self.words.of(said["title"]) if said else ""
