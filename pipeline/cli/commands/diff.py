"""`celosia diff`: what a new edition, a draft or the institute's folder has that the last edition has not."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import jinja2

from pipeline import SITE
from pipeline.cli.console import Teller, drawn, grid
from pipeline.cli.errors import worded
from pipeline.institute.load import load
from pipeline.model.cells import TOTAL
from pipeline.model.findings import Finding, PipelineError
from pipeline.public.edition.model import PERIOD
from pipeline.public.exports import changelog
from pipeline.public.exports.differences import Difference, Revised
from pipeline.wording import texts as words
from pipeline.wording.texts import Texts
from pipeline.workflows import diff

ITEM = "  · "
"""Begins what is one of several."""
COLUMNS = ("table", "cells", "withheld", "added", "removed", "revised", "hidden", "opened")


def run(options: argparse.Namespace, say: Texts, tell: Teller) -> int:
    """Says what differs. Returns the exit code."""
    if len(options.folders) > 2:
        raise PipelineError("usage", [Finding.of(str(options.folders[2]), "one_or_two_folders")])
    if not options.folders:
        return _institute(options, say, tell)
    found = diff.of_editions(options.folders, options.published, tell)
    tell.stop()
    site = words.of_site([say.language])[say.language]
    changed = [each for each in found.tables if each.changed]
    same = len(found.tables) - len(changed)
    title = say("diff.title", now=found.now.edition, before=found.before.edition)
    sentences = changelog.said(found.change, [found.before, found.now], site)
    titles = [say(f"diff.columns_of.{column}") for column in COLUMNS]
    rows = _rows(changed, say)
    unchanged = say("diff.unchanged", count=same) if same else ""
    figures = [lines for each in changed if (lines := _figures(each, options.most, site, say))]
    tell.result(title)
    for sentence in sentences:
        tell.result(f"{ITEM}{sentence}")
    tell.result()
    tell.result(drawn(grid(titles, rows, words=1)) if changed else say("diff.none"))
    if changed and unchanged:
        tell.result(unchanged)
    for head, *items in figures:
        tell.result(f"\n{head}")
        for item in items:
            tell.result(f"{ITEM}{item}")
    if options.page:
        page = _page(
            language=say.language,
            title=title,
            private=say("diff.private"),
            legend=say("diff.legend"),
            sentences=sentences,
            titles=titles,
            rows=list(zip(changed, rows, strict=True)),
            unchanged=unchanged,
            figures=figures,
        )
        options.page.write_text(page, encoding="utf-8")
        tell.result(say("diff.page", file=options.page))
    return 0


def _institute(options: argparse.Namespace, say: Texts, tell: Teller) -> int:
    """The folder of the institute beside the newest edition."""
    edition, findings = diff.of_institute(load(options.institute), options.published, tell)
    tell.stop()
    key = "diff.institute" if findings else "diff.institute_same"
    tell.result(say(key, edition=edition.edition, count=say.number(len(findings))))
    for finding in findings:
        tell.result(f"{ITEM}{worded(finding, say)}")
    return 0


def _rows(changed: Sequence[Difference], say: Texts) -> list[list[str]]:
    """A row for each table: what it had and has, and how much of it is otherwise."""

    def both(before: int, now: int) -> str:
        return say("diff.cells", before=say.number(before), now=say.number(now)) if before != now else say.number(now)

    return [
        [
            each.table,
            both(each.cells_before, each.cells),
            both(each.withheld_before, each.withheld),
            *map(say.number, (each.added, each.removed, len(each.revised), each.hidden, each.opened)),
        ]
        for each in changed
    ]


def _figures(each: Difference, most: int, site: Texts, say: Texts) -> list[str]:
    """What is said of the figures of a table: a head, then the revised ones, the first few, in words. Empty if nothing is."""
    if each.columns:
        return [say("diff.columns", table=each.table)]
    if not each.revised:
        return []
    lines = [say("diff.revised", table=each.table)]
    for revised in each.revised[:most]:
        numbers = {"before": say.number(revised.before), "now": say.number(revised.now)}
        lines.append(say("diff.figure", cell=_cell(revised, site), measure=revised.measure, **numbers))
    if len(each.revised) > most:
        lines.append(say("diff.more", count=say.number(len(each.revised) - most)))
    return lines


def _cell(revised: Revised, site: Texts) -> str:
    """A cell in words: its period, and its codes but for totals."""
    parts = [site.period(revised.codes[PERIOD])] if PERIOD in revised.codes else []
    parts += [f"{name} {code}" for name, code in revised.codes.items() if name != PERIOD and code != TOTAL]
    return ", ".join(parts)


def _page(**parts: object) -> str:
    """The comparison as a page by itself, to read or to print."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(SITE / "templates"), autoescape=True, undefined=jinja2.StrictUndefined
    )
    return environment.get_template("diff.html.j2").render(**parts)
