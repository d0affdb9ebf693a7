"""The pages that an institute writes itself, and the page for whoever needs help, with what the site adds to them. Pure, but for
whether there is a template."""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path

from markupsafe import Markup

from pipeline.institute.plan import HELP, RELEASES
from pipeline.institute.plan import Page as Prose
from pipeline.public.presentation import examples
from pipeline.public.site import markup
from pipeline.public.site.page import Page
from pipeline.public.site.staging import Staging


def prose_pages(stage: Staging) -> None:
    """The institute's own pages, with the charts, sheets and catalogues that they ask for."""
    for page in stage.plan.pages.get(stage.language, ()):
        if page.path == HELP or page.path.startswith(RELEASES):
            continue
        meta, placed = page.meta, set(page.marked("chart"))
        body = _ways(stage, page.path) + page.filled(partial(mark, stage))
        if box := stage.guidance.box(meta.get("services", ())):
            body = f"{stage.render('box.md.j2', box=box)}\n\n{body}"
        if services := stage.sheets.of(meta.get("services", ())):
            body += "\n\n" + stage.render("sheets.md.j2", sheets=services)
        for name in meta.get("catalogues", ()):
            body += f"\n\n{stage.insert(f'catalogues/{name}')}\n"
        if listed := [spec for spec in stage.specs if spec.id in {*meta.get("charts", ())} - placed]:
            body += "\n\n" + stage.render("figures.md.j2", specs=listed)
        body = _beside(stage, page.path, body)
        if wanted := meta.get("topics"):
            more = [topic for topic in stage.plan.site.get("topics", ()) if topic["id"] in wanted]
            body += "\n\n" + stage.render("more.md.j2", more=more)
        body += _media(stage, page)
        section, order = meta.get("section", "transparencia"), float(meta.get("order", 50))
        about, original = meta.get("description", ""), meta.get("version_of", "")
        stage.add(Page(page.path, meta["title"], section, order, body, about, original=original))


def help_page(stage: Staging) -> None:
    """What she who needs help reads first; below it what the institute says of it in its own words."""
    stage.parts["offices"] = stage.render("parts/offices.html.j2", offices=stage.guidance.offices())
    stage.parts["helplines"] = stage.render("parts/helplines.html.j2")
    page = next((page for page in stage.plan.pages.get(stage.language, ()) if page.path == HELP), None)
    meta = page.meta if page else {}
    title = meta.get("title") or stage.words("help.title")
    own = page.filled(partial(mark, stage)) + _media(stage, page) if page else ""
    body = stage.render("help.md.j2", title=title, ways=Markup(_ways(stage, HELP)), own=Markup(own))
    about = meta.get("description") or stage.words("help.description")
    stage.add(Page(HELP, title, "ayuda", -math.inf, body, about))


def other_pages(stage: Staging) -> None:
    """Pages in languages in which the rest of the site is not. The numbers of the offices stand on that of help."""
    for language, pages in stage.plan.other_pages.items():
        for page in pages:
            body = page.filled(partial(mark, stage)) + _media(stage, page)
            if page.path == HELP:
                body += "\n\n" + "\n\n".join(mark(stage, name, "") for name in ("offices", "helplines"))
            title, about = page.meta["title"], page.meta.get("description", "")
            path = f"{language}/{page.path}"
            stage.add(Page(path, title, "ayuda", 99, body, about, True, language=language, original=page.path))


def mark(stage: Staging, name: str, asked: str) -> str:
    """What stands where the prose has a mark."""
    if name == "chart":
        if spec := next((spec for spec in stage.specs if spec.id == asked), None):
            return stage.render("figure.md.j2", spec=spec, level=2)
        entry = next(entry for entry in stage.plan.site["charts"] if entry["id"] == asked)
        note = stage.render("parts/no_chart.html.j2", table=None, sentence=stage.words("chart.not_yet"))
        return f"## {markup.plain(stage.words.of(entry['title']))} {{ #{asked} }}\n\n{note}"
    if name in ("offices", "helplines"):
        return stage.insert(name)
    if name == "goals":
        years, rows = stage.goals()
        return stage.render("goals.md.j2", years=years, goals=rows)
    return examples.markdown(stage.site, stage.words)


def _beside(stage: Staging, path: str, body: str) -> str:
    """The words of a page of prose with what the site adds to it: before its first heading, and at its end."""
    first, last = (f"prose/{Path(path).stem}{part}.md.j2" for part in (".first", ""))
    there = {name for name in (first, last) if (stage.site / "templates" / name).is_file()}
    if first in there:
        opening, heading, rest = body.partition("\n## ")
        body = f"{opening}\n\n{stage.render(first, path=path)}\n{heading}{rest}"
    return f"{body}\n\n{stage.render(last, path=path)}" if last in there else body


def _ways(stage: Staging, path: str) -> str:
    """Links to a page in other languages and for other ways of reading; nothing where there are none."""
    here = [page for page in stage.plan.pages.get(stage.language, ()) if page.meta.get("version_of") == path]
    others = [
        (language, page) for language, pages in stage.plan.other_pages.items() for page in pages if page.path == path
    ]
    return stage.render("ways.md.j2", here=here, others=others) + "\n\n" if here or others else ""


def _media(stage: Staging, page: Prose) -> str:
    """The recordings of a page, each with what is said in it; nothing of them is fetched before it is played."""
    listed = page.meta.get("media", ())
    return "\n\n" + stage.render("media.md.j2", recordings=listed) if listed else ""
