"""The pages of the data themselves: tables, catalogues, quality, and those that are the same for every institute. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.institute.plan import Page as Prose
from pipeline.model.cells import TOTAL
from pipeline.model.reference_data import Catalogue
from pipeline.public.edition.model import PERIOD
from pipeline.public.exports import catalogue, data_files, report
from pipeline.public.presentation import received, routes
from pipeline.public.presentation.service_sheets import Said
from pipeline.public.site import markup
from pipeline.public.site.page import SECTIONS, Page
from pipeline.public.site.staging import Staging
from pipeline.public.statistics.figures import Table


def table_pages(stage: Staging) -> None:
    body = stage.render("tables.md.j2", path=routes.TABLES)
    stage.add(Page(routes.TABLES, stage.words("tables.title"), "datos", 2, body, stage.words("tables.description")))
    for table in stage.tables.values():
        path = routes.markdown(routes.table(stage.plan, table.id))
        stage.parts[f"tables/{table.id}"] = stage.render("parts/table.html.j2", table=table, groups=stage.groups(table))
        specs = [spec for spec in stage.specs if spec.table == table.id]
        body = stage.render(
            "table.md.j2",
            table=table,
            path=path,
            specs=specs,
            url=stage.plan.facts["url"],
            dictionary=stage.dictionary(table),
            snippets=data_files.snippets(stage.newest, table, stage.plan.facts["url"], stage.words),
            workbook=stage.workbook(table.id),
        )
        about = catalogue.schema_org(stage.newest, table, stage.plan, stage.words)
        stage.parts[f"jsonld/{table.id}"] = markup.in_script(about)
        stage.add(Page(path, stage.words.of(table.title), "datos", 3, body, _told(stage, table), hide_from_menu=True))


def _told(stage: Staging, table: Table) -> str:
    """What tells a table from its like: what it counts, by what, of which time."""
    counted = ", ".join(stage.words.of(title) for title in table.measures.values())
    axes = [stage.axis_title(table, name) for name in table.axes if name != PERIOD]
    by = stage.words("tables.by", axes=", ".join(name[:1].lower() + name[1:] for name in axes)) if axes else ""
    return " · ".join(filter(None, (counted, by, stage.span(table))))


def catalogue_pages(stage: Staging) -> None:
    """The catalogues, record types and code lists of the edition, on one page; and each where prose asks for it."""
    path = routes.ALWAYS["catalogues"]
    lists = {name: frame.to_dict("records") for name, frame in sorted(stage.newest.codes.items()) if name != PERIOD}
    records = {
        name: [table for table in stage.tables.values() if table.records == name] for name in stage.plan.resources
    }
    body = stage.render("catalogues.md.j2", path=path, package=stage.newest, lists=lists, records=records)
    stage.add(Page(path, stage.words("catalogues.title"), "datos", 4, body, stage.words("catalogues.description")))
    titles = {page.path: page.title for page in stage.pages} | {routes.HOME: stage.words("home.title")}
    for name, found in stage.newest.catalogues.items():
        stage.parts[f"catalogues/{name}"] = stage.render(
            "parts/catalogue.html.j2",
            catalogue=found,
            rows=stage.sheets.rows(found, titles),
            documents=_documents(stage, found, titles),
        )


def _documents(stage: Staging, catalogue: Catalogue, titles: Mapping[str, str]) -> list[list[Said]]:
    """What pages add to each row of a catalogue; empty where none of them adds anything."""
    asked: dict[str, Sequence[str]] = {}
    for page in stage.plan.pages.get(stage.language, ()):
        if catalogue.name in page.meta.get("catalogues", ()):
            asked |= page.meta.get("documents", {})
    added = [[_document(stage, name, titles) for name in asked.get(catalogue.named(row), ())] for row in catalogue.rows]
    return added if any(added) else []


def _document(stage: Staging, name: str, titles: Mapping[str, str]) -> Said:
    """A page, an upload workbook or the report, as a link that says what it is."""
    if name == Prose.REPORT:
        return Said(
            stage.words("files.report_file"),
            file=report.name(stage.newest.edition, stage.language, stage.plan.languages[0]),
        )
    if form := next((f for f in stage.plan.upload.get("formats", ()) if name == f"pnt/{f['id']}.xlsx"), None):
        return Said(stage.words("pnt.file", title=form["title"]), file=name)
    path = stage.plan.address(name.removesuffix(".md"))
    return Said(titles.get(f"{path}.md", name), page=f"{path}.html")


def quality_page(stage: Staging) -> None:
    body = stage.render("quality.md.j2", accounts=received.accounts(stage), quality=stage.newest.release.get("quality"))
    stage.add(
        Page(
            routes.ALWAYS["quality"],
            stage.words("quality.title"),
            "datos",
            8,
            body,
            stage.words("quality.description"),
        )
    )


def plain(stage: Staging, name: str) -> None:
    """A page that is the same for every institute."""
    path = routes.ALWAYS[name]
    body = stage.render(
        f"{name}.md.j2",
        path=path,
        pages=stage.pages,
        sections=SECTIONS,
        index=_index(stage) if name == "explorer" else "",
    )
    stage.add(
        Page(
            path,
            stage.words(f"{name}.title"),
            "datos" if name == "explorer" else "",
            9,
            body,
            stage.words(f"{name}.description"),
            hide_from_menu=name != "explorer",
            search=False,
        )
    )


def _index(stage: Staging) -> str:
    """What the explorer must know of each table: labels for columns and codes. Figures it reads from the CSV."""
    found = []
    for table in (table for table in stage.tables.values() if table.cells):
        axes = {}
        for name, axis in table.axes.items():
            present = set(table.frame[name])
            listed = [*([] if name == PERIOD else [TOTAL]), *(code for code in axis.codes if code in present)]
            axes[name] = {
                "title": stage.axis_title(table, name),
                "codes": {code: stage.label(table, name, code) for code in listed},
            }
        women_first = sorted(table.measures, key=lambda name: name != table.persons)
        measures = {name: stage.words.of(table.measures[name]) for name in women_first}
        page = stage.plan.address(f"tablas/{table.id}")
        found.append(
            {"id": table.id, "page": page, "title": stage.words.of(table.title), "axes": axes, "measures": measures}
        )
    return markup.in_script(found)
