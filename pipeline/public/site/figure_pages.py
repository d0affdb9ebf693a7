"""The pages of what the figures say: home, topics, each edition and each of its charts. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from markupsafe import Markup, escape
from xlsxwriter.utility import xl_col_to_name

from pipeline.public.charts.spec import Spec
from pipeline.public.exports import changelog
from pipeline.public.presentation import routes
from pipeline.public.presentation.edition_view import View
from pipeline.public.site.page import Page
from pipeline.public.site.prose_pages import mark
from pipeline.public.site.staging import Staging


def home(stage: Staging) -> None:
    wanted = stage.plan.site.get("home", ()) or [spec.id for spec in stage.specs[:2]]
    shown = [spec for spec in stage.specs if spec.id in wanted]
    services = next((page.url for page in stage.pages if page.section == "servicios"), routes.html(routes.TOPICS))
    body = stage.render(
        "home.md.j2",
        kpis=stage.kpis(),
        tops=stage.tops(),
        leading=stage.leading(),
        shown=shown,
        path=routes.HOME,
        services=services,
    )
    stage.add(Page(routes.HOME, stage.words("home.title"), "", 0, body, stage.words("home.description")))


def topic_pages(stage: Staging) -> None:
    listed = stage.plan.site.get("topics", ())
    body = stage.render("topics.md.j2", path=routes.TOPICS, specs=stage.specs)
    stage.add(Page(routes.TOPICS, stage.words("sections.cifras"), "cifras", 0, body, stage.words("topics.description")))
    for number, topic in enumerate(listed, start=1):
        specs = [spec for spec in stage.specs if spec.topic == topic["id"]]
        path = routes.markdown(routes.topic(stage.plan, topic["id"]))
        mine = [table for table in stage.tables.values() if table.topic == topic["id"]]
        body = stage.render("topic.md.j2", topic=topic, specs=specs, mine=mine, path=path)
        summary = stage.words.of(topic.get("summary", {}), f"charts.yaml:topics.{topic['id']}.summary")
        stage.add(Page(path, stage.words.of(topic["title"]), "cifras", number, body, summary))


def edition_pages(stage: Staging) -> None:
    """A page for each edition, and one for each chart of it: both stay when a newer edition comes."""
    views = _views(stage)
    drawn = {view.newest.edition: [s for s in view.specs if not view.drawing(s).empty] for view in views}
    for view in views:
        _edition_page(stage, view, drawn[view.newest.edition])
        for spec in drawn[view.newest.edition]:
            kept = [edition for edition, specs in drawn.items() if spec.id in {each.id for each in specs}]
            _chart_page(stage, view, spec, kept)


def _views(stage: Staging) -> list[View]:
    """What each edition says, oldest first."""
    older = [View(stage.packages[:n], stage.plan, stage.words, stage.cache) for n in range(1, len(stage.packages))]
    return [*older, stage]


def _edition_page(stage: Staging, view: View, drawn: Sequence[Spec]) -> None:
    edition, newest = view.newest.edition, stage.newest.edition
    own = next((p for p in stage.plan.pages.get(stage.language, ()) if p.path == routes.release(edition)), None)
    lines = {c.edition: changelog.said(c, stage.packages, stage.words) for c in changelog.changes(stage.packages)}
    body = stage.render(
        "edition.md.j2",
        edition=edition,
        release=view.newest.release,
        package=view.newest,
        newer=routes.edition(newest) if view is not stage else "",
        said=view.headlines(),
        own=Markup(own.filled(partial(mark, stage))) if own else "",
        lines=lines[edition],
        drawn=drawn,
    )
    path = routes.markdown(routes.edition(edition))
    title, about = stage.words("edition.title", edition=edition), stage.words("edition.description")
    stage.add(Page(path, title, "datos", 1.5, body, about, hide_from_menu=view is not stage))


def _chart_page(stage: Staging, view: View, spec: Spec, kept: Sequence[str]) -> None:
    """The page of a chart of an edition. `kept`: the editions that have it."""
    edition, facts, words = view.newest.edition, stage.plan.facts, stage.words
    part = f"charts/{spec.id}"
    if view is not stage:
        stage.parts[part := f"{routes.CHARTS}/{edition}/{spec.id}"] = stage.chart(view, spec)
    home = facts["url"] + ("" if stage.first else f"{stage.language}/")
    address = home + routes.chart(stage.plan, spec, edition)
    image = routes.file(facts["url"], edition, stage.file(spec, "png"))
    facts_of = {"title": words.of(spec.title), "sentence": view.sentence(view.drawing(spec)), "edition": edition}
    body = stage.render(
        "chart.md.j2",
        edition=edition,
        spec=spec,
        part=part,
        headline=view.headline(spec),
        newer=routes.chart(stage.plan, spec, kept[-1]) if kept[-1] != edition else "",
        editions=[(each, "" if each == edition else routes.chart(stage.plan, spec, each)) for each in reversed(kept)],
        revised=view.tables[spec.table].revised,
        address=address,
        citation=words(
            "kept.citation", name=words.of(facts["name"]), year=str(view.newest.release["published"])[:4],
            url=address, **facts_of,
        ),
        embed=(
            f'<iframe src="{routes.file(facts["url"], edition, stage.file(spec, "svg"))}" title="{escape(words.of(spec.title))}"'
            ' width="768" height="560" loading="lazy"></iframe>'
        ),
    )  # fmt: skip
    discreet = _apart(stage, spec, view.specs)
    about = words("topics.description") if discreet or not spec.says else words.of(spec.says)
    title = words.of(spec.title)
    path = routes.markdown(routes.chart(stage.plan, spec, edition))
    stage.add(
        Page(
            path, title, "cifras", 99, body, about, True, search=False, tab=f"{discreet or title} · {edition}",
            image="" if discreet else image,
        )
    )  # fmt: skip


def _apart(stage: Staging, spec: Spec, specs: Sequence[Spec]) -> str:
    """The discreet title of a chart, with a letter where others of `specs` have the same one; nothing of one that may be named."""
    said = stage.discreet(routes.discreet(stage.plan, spec))
    same = [each.id for each in specs if stage.discreet(routes.discreet(stage.plan, each)) == said]
    return (
        stage.words("kept.apart", title=said, letter=xl_col_to_name(same.index(spec.id))) if said and same[1:] else said
    )
