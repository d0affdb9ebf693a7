"""Words stay words in every form: no formula, no link, no markup made of a label, and no label that stops a form."""

from __future__ import annotations

import html
import io
import json
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import markdown
import pytest

from pipeline import SITE
from pipeline.institute.plan import Plan
from pipeline.model.findings import PipelineError
from pipeline.public.charts.spec import Spec
from pipeline.public.edition import reader
from pipeline.public.edition.model import Package
from pipeline.public.exports import read_back, report, workbook
from pipeline.public.presentation.edition_view import View
from pipeline.public.site import markup
from pipeline.public.site.page import Page
from pipeline.public.site.staging import Staging
from pipeline.wording import texts
from tests.editions import BARS, table, written

WORDS = texts.of_site(("es", "en"))
LABELS = (
    "=1+1", "+1", "-1", "@SUMA(A1)", "{=1}", "https://ejemplo.org", "mailto:a@b.mx", "internal:Datos!A1",
    "[aquí](https://ejemplo.org)", "$$nota$$", "—", "…", "[c]", "Ñ", "<b>&amp;</b>", "a\nb", "x" * 300,
)  # fmt: skip
"""What looks like a formula, an address, a link in Markdown, a note, a sign; each is somebody's label."""


def edition(folder: Path, labels: tuple[str, ...], id: str = "tabla") -> Package:
    """An edition that was published before such labels were refused; a table and its measures are called so too."""
    rows = "\n".join(f"2025 z{n} | {10 + n} {10 + n}" for n in range(len(labels)))
    made = table(f"periodo zona | servicios usuarias\n2025 _T | 900 500\n{rows}", id=id)
    named = replace(
        made,
        title={"es": labels[0], "en": labels[0]},
        note={"es": labels[-1], "en": labels[-1]},
        labels={measure: {"es": labels[0], "en": labels[0]} for measure in made.measures},
    )
    found = written(folder, named)
    zone = found.codes["zona"].assign(es=list(labels), en=list(labels))
    return replace(found, codes={**found.codes, "zona": zone})


def view(found: Package) -> View:
    return View([found], Plan(Path(), {"languages": ["es", "en"]}, {}, {}, {}, (), (), {}), WORDS["es"], Path())


def book(found: Package) -> bytes:
    made = view(found)
    (shown,) = made.tables.values()
    return workbook.workbook(found, shown, "https://ejemplo.gob.mx/", WORDS["es"])


def inside(data: bytes, part: str) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return "".join(archive.read(name).decode() for name in archive.namelist() if name.startswith(part))


@pytest.mark.parametrize("first", LABELS, ids=repr)
def test_a_workbook_holds_every_label_as_text(first: str, tmp_path: Path) -> None:
    labels = (first, *(label for label in LABELS if label != first))
    data = book(edition(tmp_path / "e", labels))
    sheets = inside(data, "xl/worksheets/sheet")
    assert "<f>" not in sheets
    links = re.findall(r'Target="([^"]*)"', inside(data, "xl/worksheets/_rels/sheet1"))
    assert links == ["https://ejemplo.gob.mx/datos/2025-T4/tables/tabla.csv", "mailto:datos@ejemplo.gob.mx"]
    assert "hyperlink" not in inside(data, "xl/worksheets/sheet3") + inside(data, "xl/worksheets/_rels/sheet3")
    shown = read_back.sheet(data, 3)
    assert shown[0] == [first]
    assert [row[2] for row in shown[-len(labels) :]] == list(labels)
    assert inside(data, "xl/tables/").count("<table ") == 3


@pytest.mark.parametrize("id", ["notas", "codigos", "mes12", "c", "r1c1"])
def test_a_table_may_be_called_anything(id: str, tmp_path: Path) -> None:
    """Excel takes no name twice in a book, and none that looks like a cell."""
    data = book(edition(tmp_path / "e", ("Uno", "Dos"), id=id))
    assert inside(data, "xl/tables/").count("<table ") == 3


def test_headings_that_differ_in_capitals_alone_are_told_apart(tmp_path: Path) -> None:
    found = edition(tmp_path / "e", ("PERIODO", "Otra"))
    data = book(found)
    heads = next(row for row in read_back.sheet(data, 3) if row[0] == "Periodo")
    assert len({str(head).lower() for head in heads}) == len(heads) == 5
    assert reader.read(tmp_path / "e").edition == "2025-T4"


@pytest.mark.parametrize(
    "label", [*LABELS, "# a", "1. a { #b }", "*a* _b_ `c`", "a\n\n# b", "<!-- celosia:insert x -->"]
)
def test_no_heading_or_link_of_a_page_is_made_of_a_label(label: str) -> None:
    said = markup.plain(label)
    made = markdown.markdown(
        f"## {said} {{ #here }}\n\n- [{said}](there.md)", extensions=["attr_list", "md_in_html", "tables"]
    )
    text = " ".join(label.split())
    assert [html.unescape(part) for part in re.findall(r">([^<>\n]+)<", made)] == [text, text]
    assert re.findall(r"<(\w+)", made) == ["h2", "ul", "li", "a"]


def test_every_word_of_the_institute_in_markdown_is_said_plainly() -> None:
    for path in sorted((SITE / "templates").rglob("*.md.j2")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith(("#", "- ", "{{")) and "of(" in line.partition("<")[0]:
                assert not re.search(r"of\([\w.]+\)(?! \| md)", line), f"{path.name}: {line}"


def test_json_in_a_page_cannot_end_the_script_that_it_stands_in() -> None:
    content = [{"es": "</script><b>"}, "<!-- a"]
    said = markup.in_script(content)
    assert "<" not in said
    assert json.loads(said) == content


def test_a_page_of_the_institute_is_not_written_over_one_of_the_program(tmp_path: Path) -> None:
    made = view(edition(tmp_path / "e", ("Uno", "Dos")))
    writer = Staging(made.packages, made.plan, made.words, tmp_path, SITE, tmp_path / "stage", first=True)
    writer.add(Page("calidad.md", "Calidad", "datos", 1, ""))
    writer.add(Page("calidad.md", "Mis datos", "datos", 2, ""))
    with pytest.raises(PipelineError) as stopped:
        writer.write()
    assert [(f.where, f.rule) for f in stopped.value.findings] == [("pages/es/calidad.md", "taken_page")]
    assert not (tmp_path / "stage").exists()


def test_codes_that_share_a_label_are_two_bars_of_a_chart(tmp_path: Path) -> None:
    found = edition(tmp_path / "e", ("Otra", "Otra", "Legal"))
    drawn = view(found).drawing(Spec.of(BARS))
    assert dict(drawn.xs) == {"z2": "Legal", "z1": "Otra (z1)", "z0": "Otra (z0)"}


def test_a_report_shows_a_box_for_a_sign_that_no_font_has() -> None:
    """And the letters of the languages of the country as they are."""
    said = json.dumps({"a": "Ꞌyu 中 \u0007"}, ensure_ascii=False)
    for sign in ("中", r"\u{7}"):
        said = report._without(said, f'PDF/UA-1 error: the text `"{sign}"` could not be displayed with font `"x"`')
    assert json.loads(said) == {"a": f"Ꞌyu {report.BOX} {report.BOX}"}
    assert report._without(said, "another error") == said
