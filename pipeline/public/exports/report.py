"""The report of an edition as a tagged PDF (PDF/UA-1), typeset by Typst from the same view that the pages are made of.

In: an edition in one language (`View`), the institute's pages that ask for it (`report: <place>` in their front matter),
the template in site/templates/report. Out: bytes of a PDF that carries the date of the edition. Works in a temporary
folder that it removes; fonts come with a package, never from the machine.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import font_source_sans_pro
import typst

from pipeline.model import periods
from pipeline.model.cells import TOTAL
from pipeline.model.findings import stop
from pipeline.public.charts.spec import Drawing, Spec
from pipeline.public.charts.theme import NARROW
from pipeline.public.edition.model import PERIOD
from pipeline.public.exports import changelog, prose
from pipeline.public.presentation import examples, routes
from pipeline.public.presentation.captions import title
from pipeline.public.presentation.edition_view import View
from pipeline.public.statistics.figures import Table

FONT = "Source Sans Pro"
FACES = ("Light", "Regular", "It", "Semibold", "Bold")
NOT_SHOWN = re.compile(r'the text `"(.+?)"` could not be displayed', re.DOTALL)
BOX = "\N{WHITE SQUARE}"
COLUMNS = 16
"""Most columns of figures that a page across takes."""


def name(edition: str, language: str, first: str) -> str:
    """File name of the report; the first language has the plain one."""
    return f"informe-{edition}.pdf" if language == first else f"informe-{edition}.{language}.pdf"


def report(view: View, site: Path) -> bytes:
    """The report on the newest edition of `view`. `site`: the project's site/ folder."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        for path in sorted((site / "templates" / "report").glob("*.typ")):
            shutil.copy(path, folder)
        fonts = folder / "fonts"
        fonts.mkdir()
        for face in FACES:
            shutil.copy(Path(font_source_sans_pro.__file__).parent / "files" / f"SourceSansPro-{face}.otf", fonts)
        published = datetime.fromisoformat(str(view.newest.release["published"])).replace(tzinfo=UTC)
        said = json.dumps(content(view, site), ensure_ascii=False)
        while True:
            (folder / "data.json").write_text(said, encoding="utf-8")
            try:
                made_pdf = typst.compile(
                    folder / "report.typ", root=folder, font_paths=[fonts], ignore_system_fonts=True,
                    pdf_standards=["ua-1"], timestamp=published,
                )  # fmt: skip
            except typst.TypstError as error:
                before, said = said, _without(said, str(error.message))
                if said == before:
                    place = "site/templates/report/report.typ"
                    raise stop("text", place, "report_build", said=str(error.message)) from None
            else:
                return bytes(made_pdf)


def _without(said: str, complaint: str) -> str:
    """The JSON of a report with a box for each sign that no font of its has, where that is what Typst complains of."""
    match = NOT_SHOWN.search(complaint)
    signs = re.sub(r"\\u\{([0-9a-f]+)\}", lambda code: chr(int(code[1], 16)), match[1]) if match else ""
    for sign in signs:
        said = said.replace(json.dumps(sign, ensure_ascii=False)[1:-1], BOX)
    return said


def content(view: View, site: Path) -> dict[str, Any]:
    """Everything that the template lays out, in words."""
    words, facts, package = view.words, view.plan.facts, view.newest
    release = package.release
    counted = list(release["tables"].values())
    change = changelog.changes(view.packages)[0]
    said = {key.removeprefix("report."): text for key, text in words.words.items() if key.startswith("report.")}
    return {
        "words": said,
        "language": words.language,
        "edition": package.edition,
        "title": words("report.title", period=words.period(_covered(view))),
        "institute": words.of(facts["name"]),
        "short_name": words.of(facts["short_name"]),
        "place": words.of(facts["place"]) if "place" in facts else "",
        "synthetic": words.of(facts["synthetic"]) if "synthetic" in facts else "",
        "unit": words.of(facts["unit"]),
        "email": facts["email"],
        "url": facts["url"],
        "licence": words.of(facts["licence"]["title"]),
        "cut_off": words.period(str(release["cut_off"])),
        "published": words.day(str(release["published"])),
        "date": [int(part) for part in str(release["published"]).split("-")],
        "lines": [
            words("report.line_edition", edition=package.edition, date=words.day(str(release["published"]))),
            words("report.line_cut_off", cut_off=words.period(str(release["cut_off"]))),
        ],
        "cite": words(
            "report.citation", name=words.of(facts["name"]), year=str(release["published"])[:4],
            edition=package.edition, url=routes.file(facts["url"], package.edition),
        ),
        "changes": changelog.said(change, view.packages, words),
        "answers": view.tops(),
        "kpis": [_card(card, view) for card in view.kpis()],
        "topics": list(_topics(view)),
        "prose": _prose(view, site),
        "withheld": {
            "says": words(
                "report.withheld",
                withheld=words.number(sum(t["withheld"] for t in counted)),
                cells=words.number(sum(t["cells"] for t in counted)),
                threshold=facts["disclosure"]["threshold"],
            ),
            "rows": [
                [words.of(t.title), words.number(t.cells), words.number(t.withheld), words.percent(t.withheld / max(t.cells, 1), 1)]
                for t in view.tables.values()
            ],
        },
        "tables": [_annex(view, table) for table in view.tables.values()],
    }  # fmt: skip


def _covered(view: View) -> str:
    """The newest year, or year to date, that the edition tells of; else its newest quarter."""
    cut_off = str(view.newest.release["cut_off"])
    known = [str(code) for code in view.newest.codes[PERIOD]["code"]]
    ending = [code for code in known if periods.months_of(code)[-1] == cut_off]
    return min(ending, key=lambda code: periods.LEVELS.index(periods.level_of(code) or periods.MONTH))


def _card(card: Mapping[str, Any], view: View) -> dict[str, Any]:
    spark = str(card["spark"]).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1) if card["spark"] else ""
    lines = []
    if card["yearly"]:
        lines.append(view.words("kpi.against", change=card["yearly"]["text"], period=card["yearly"]["against"]))
    if card["quarter"]:
        lines.append(f"{card['quarter_value']} {view.words('kpi.in_quarter', period=card['quarter'])}")
    return {key: card[key] for key in ("title", "value", "unit", "period")} | {"lines": lines, "spark": spark}


def _topics(view: View) -> Iterator[dict[str, Any]]:
    words = view.words
    for topic in view.plan.site.get("topics", ()):
        drawn = [(spec, view.drawing(spec)) for spec in view.specs if spec.topic == topic["id"]]
        drawn = [(spec, drawing) for spec, drawing in drawn if not drawing.empty]
        if drawn:
            yield {
                "title": words.of(topic["title"]),
                "summary": words.of(topic["summary"]) if "summary" in topic else "",
                "charts": [_chart(view, spec, drawing) for spec, drawing in drawn],
            }


def _chart(view: View, spec: Spec, drawing: Drawing) -> dict[str, Any]:
    """A chart with all that is said beside it: the same picture as on the page, in the face of the report."""
    table, words = view.tables[spec.table], view.words
    sentence = view.sentence(drawing)
    picture = view.picture(spec, drawing, sentence, "narrow", NARROW)
    return {
        "title": words.of(spec.title),
        "says": words.of(spec.says) if spec.says else "",
        "sentence": sentence,
        "unit": words("chart.unit", unit=drawing.unit, period=drawing.period),
        "legend": " ".join([*([words("chart.legend")] if drawing.withheld else []), view.provisional(drawing)]).strip(),
        "source": words("report.source", title=words.of(table.title)),
        "picture": re.sub(r'font-family="[^"]*"', f'font-family="{FONT}"', picture),
        "alt": f"{words.of(spec.title)}. {sentence}",
    }


def _prose(view: View, site_folder: Path) -> list[dict[str, Any]]:
    """Pages of the institute that give themselves a place in the report."""
    site = view.plan.facts["url"] + ("" if view.language == view.plan.languages[0] else f"{view.language}/")
    found = []
    for page in view.plan.pages.get(view.language, ()):
        if "report" in page.meta:
            # Charts and goals have their own place in the report; the examples belong to the words.
            body = page.filled(lambda name, _: examples.markdown(site_folder, view.words) if name == "examples" else "")
            found.append(
                (page.meta["report"], page.path, {"title": page.meta["title"], "blocks": prose.blocks(body, site)})
            )
    return [page for _, _, page in sorted(found, key=lambda item: item[:2])]


# the annex: every figure ---------------------------------------------------------------------------------------------


def _annex(view: View, table: Table) -> dict[str, Any]:
    words = view.words
    return {
        "title": words.of(table.title),
        "note": " ".join(
            [*([words.of(table.note)] if table.note else []), *([] if table.cells else [words("files.no_rows")])]
        ),
        "id": table.id,
        "address": routes.table_file(view.plan.facts["url"], view.newest.edition, table.id),
        "parts": list(parts(view, table)),
    }


def parts(view: View, table: Table) -> Iterator[dict[str, Any]]:
    """A table as blocks that a page across takes: a measure, some periods as columns, a row per group of codes."""
    words = view.words
    axes = [axis for axis in table.axes if axis != PERIOD]
    keys = list(dict.fromkeys(codes[1:] for codes, _ in table.rows()))
    for measure, text in table.measures.items():
        for group in columns(table):
            rows = [
                {
                    "labels": [view.label(table, axis, code) for axis, code in zip(axes, key, strict=True)],
                    "values": [
                        view.figure(table.value(measure, period, dict(zip(axes, key, strict=True)))) for period in group
                    ],
                    "total": all(code == TOTAL for code in key),
                }
                for key in keys
            ]
            yield {
                "measure": words.of(text),
                "span": _months(view, group),
                "heads": [title(table, axis, words) for axis in axes],
                "periods": [words.short_period(period) for period in group],
                "rows": rows,
            }  # fmt: skip


def _months(view: View, group: Sequence[str]) -> str:
    """From which month to which the columns of a block reach."""
    months = sorted(month for period in group for month in periods.months_of(period))
    first, last = view.words.period(months[0]), view.words.period(months[-1])
    return first if first == last else view.words("chart.from_to", first=first, last=last)


def columns(table: Table) -> list[list[str]]:
    """The periods of a table in groups that fit: years and quarters together if they can be, months year by year."""
    years, quarters, months = (table.of_level(x) for x in (periods.YEAR, periods.QUARTER, periods.MONTH))
    groups = [[*years, *quarters]] if 0 < len(years) + len(quarters) <= COLUMNS else _chunks(years) + _chunks(quarters)
    by_year: dict[str, list[str]] = {}
    for month in months:
        by_year.setdefault(month[:4], []).append(month)
    return [group for group in (*groups, *by_year.values()) if group]


def _chunks(codes: Sequence[str]) -> list[list[str]]:
    """Pieces of at most COLUMNS, counted from the newest so that whole years stay together."""
    return [list(codes[n : n + COLUMNS]) for n in range(0, len(codes), COLUMNS)]
