"""The stage of one language: the templates with all that they may ask, and the pages and pieces of HTML put on it so far.

In: editions as any reader sees them, the Plan, words, the project's templates. Out: below a folder, the Markdown, the pieces
(charts, tables, catalogues), the configuration of mkdocs. Which pages there are is told in `stage`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import jinja2
import yaml
from markupsafe import Markup

from pipeline.model.findings import Finding, PipelineError
from pipeline.public.charts import maps, specification
from pipeline.public.charts.spec import Spec
from pipeline.public.charts.theme import NARROW, RAMP, WIDE
from pipeline.public.exports import changelog, report, sdmx, workbook
from pipeline.public.presentation import captions, guidance, routes
from pipeline.public.presentation.edition_view import View
from pipeline.public.presentation.service_sheets import Sheets
from pipeline.public.site import markup, mkdocs_config
from pipeline.public.site.page import Page, first_words, place

INSERT = "<!-- celosia:insert {} -->"
"""Left in the Markdown where the hook puts a piece of HTML afterwards: tables and SVG are slow as Markdown."""


@dataclass
class Staging(View):
    """What the pages of one language have in common, and those that there are so far."""

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

    def add(self, page: Page) -> None:
        self.pages.append(page)

    def file(self, spec: Spec, ending: str) -> str:
        """The name of a file of a chart, below the folder of its edition."""
        return routes.chart_file(spec, self.language, self.plan.languages[0], ending)

    def discreet(self, name: str) -> str:
        """What a browser calls the page `name`, where its own title would tell too much; else nothing."""
        said = self.plan.discreet.get(name)
        return self.words.of(said["title"]) if said else ""

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
