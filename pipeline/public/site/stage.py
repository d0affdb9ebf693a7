"""Which pages a site has in one language, in the order in which they are staged as plain Markdown for mkdocs."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.public.site import data_pages, figure_pages, prose_pages
from pipeline.public.site.page import place
from pipeline.public.site.staging import Staging

Progress = Callable[[str, int, int], None]
"""Told of each step: its name, how much is done, how much there is."""


def stage(staging: Staging, progress: Progress) -> None:
    """Puts all pages of a language on its stage and writes them; those that list others come after them."""
    _charts(staging, progress)
    prose_pages.help_page(staging)
    prose_pages.prose_pages(staging)
    if staging.first:
        prose_pages.other_pages(staging)
    staging.pages.sort(key=place)
    figure_pages.home(staging)
    figure_pages.topic_pages(staging)
    data_pages.table_pages(staging)
    data_pages.quality_page(staging)
    data_pages.catalogue_pages(staging)
    figure_pages.edition_pages(staging)
    for name in ("explorer", "search", "map"):
        staging.pages.sort(key=place)
        data_pages.plain(staging, name)
    done = staging.plan.languages.index(staging.language) + 1
    progress("stage", done, len(staging.plan.languages))
    staging.write()


def _charts(staging: Staging, progress: Progress) -> None:
    """Renders every chart at both widths, or takes it from the cache, and keeps its figure as a part."""
    before = staging.plan.languages.index(staging.language) * len(staging.specs)
    for number, spec in enumerate(staging.specs, start=before + 1):
        progress("charts", number, len(staging.plan.languages) * len(staging.specs))
        staging.parts[f"charts/{spec.id}"] = staging.chart(staging, spec)
