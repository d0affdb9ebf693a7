"""The report: a tagged PDF with cover, contents, chapters and every figure, the same on every machine."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from pypdf.generic import DictionaryObject, IndirectObject

from pipeline import SITE
from pipeline.model import periods
from pipeline.model.findings import PipelineError
from pipeline.public.exports import prose, report
from tests.derived import Derived, derived

__all__ = ["derived"]


def pdf(derived: Derived, language: str) -> PdfReader:
    return PdfReader(derived.edition / report.name(derived.newest.edition, language, "es"))


@pytest.mark.parametrize("language", ["es", "en"])
def test_it_is_tagged_titled_and_says_its_language(derived: Derived, language: str) -> None:
    read = pdf(derived, language)
    root = read.trailer["/Root"]
    assert isinstance(root, DictionaryObject)
    assert root["/MarkInfo"]["/Marked"]  # type: ignore[index]
    assert str(root["/Lang"]).startswith(language)
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]  # type: ignore[index]
    assert read.metadata is not None
    assert read.metadata.title
    assert "pdfuaid:part" in read.xmp_metadata.stream.get_data().decode()  # type: ignore[union-attr]


def kinds(node: object, found: dict[str, list[DictionaryObject]]) -> dict[str, list[DictionaryObject]]:
    """Elements of the structure tree by kind."""
    node = node.get_object() if isinstance(node, IndirectObject) else node
    if isinstance(node, DictionaryObject):
        if "/S" in node:
            found.setdefault(str(node["/S"]), []).append(node)
        below = node.get("/K", ())
        below = below.get_object() if isinstance(below, IndirectObject) else below
        for child in below if isinstance(below, list) else [below]:
            kinds(child, found)
    return found


def test_every_chart_has_its_words_and_every_table_its_headings(derived: Derived) -> None:
    tree = kinds(pdf(derived, "es").trailer["/Root"]["/StructTreeRoot"], {})  # type: ignore[index]
    view = derived.view()
    figures = [str(node["/Alt"]) for node in tree["/Figure"]]
    assert len(figures) == len(view.specs)
    for spec in view.specs:
        title = view.words.of(spec.title)
        assert any(alt.startswith(f"{title}. ") and len(alt) > len(title) + 20 for alt in figures), title
    annex = sum(len(list(report.parts(view, table))) for table in view.tables.values())
    assert len(tree["/Table"]) >= annex
    assert len(tree["/TH"]) >= 2 * annex
    assert len(tree["/H1"]) >= 8
    assert tree["/TOC"]


def test_cover_contents_figures_method_and_law_are_there(derived: Derived) -> None:
    headings = ("Metodología", "Marco legal", "Cifras reservadas", "Anexo: todas las cifras")
    text: list[str] = []
    for page in pdf(derived, "es").pages:  # up to where the annex begins: it is long, and test_same_figures.py reads it
        text.append(page.extract_text())
        if "Contenido" not in text[-1] and headings[-1] in text[-1]:
            break
    assert "Informe de 2025" in text[0]
    assert "Instituto Municipal de la Mujer de Celosía" in text[0]
    assert "Contenido" in text[1]
    for card in derived.view().kpis():
        assert any(card["title"] in page and card["value"] in page for page in text)
    whole = " ".join(text)
    for heading in headings:
        assert whole.count(heading) >= 2, heading  # in the contents and in its place


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_cover_says_what_is_made_up_and_the_summary_is_one_page(derived: Derived, language: str) -> None:
    """The page after the summary begins the first chapter; what changed is whole on the page of the summary."""
    words, pages = derived.texts[language], pdf(derived, language).pages
    cover, summary, after = (" ".join(pages[number].extract_text().split()) for number in (0, 2, 3))
    assert words.of(derived.plan.facts["synthetic"])[:20] in cover
    changes = report.content(derived.view(language), SITE)["changes"]
    assert words("report.summary") in summary
    assert all(line[:30] in summary for line in changes)
    assert after.startswith(words.of(derived.plan.site["topics"][0]["title"]))


def test_it_makes_the_same_bytes_twice_and_carries_the_date_of_the_edition(derived: Derived) -> None:
    view = derived.view("en")
    made = report.report(view, SITE)
    assert made == (derived.edition / report.name(derived.newest.edition, "en", "es")).read_bytes()
    day = str(derived.newest.release["published"])
    assert f"D:{day.replace('-', '')}000000".encode() in made
    dates = {line for line in made.split(b"\n") if b"xmp:ModifyDate" in line or b"xmp:CreateDate" in line}
    assert all(day.encode() in line for line in dates)


def test_no_face_of_the_machine_is_used(derived: Derived) -> None:
    faces = set()
    for page in pdf(derived, "es").pages:
        fonts: Any = page["/Resources"]["/Font"]  # type: ignore[index]
        faces |= {str(font.get_object()["/BaseFont"]).partition("+")[2] for font in fonts.values()}
    assert {face.partition("-")[0] for face in faces} <= {"SourceSansPro", "LibertinusSerif", "DejaVuSansMono"}


def test_the_periods_of_the_annex_cover_the_table_and_fit_the_page(derived: Derived) -> None:
    for table in derived.tables.values():
        groups = report.columns(table)
        assert sorted(code for group in groups for code in group) == sorted(table.periods)
        assert max(map(len, groups)) <= report.COLUMNS
        months = [group for group in groups if periods.level_of(group[0]) == periods.MONTH]
        assert all(len({code[:4] for code in group}) == 1 for group in months)


def test_a_template_that_does_not_work_stops_the_run_by_name(derived: Derived, tmp_path: Path) -> None:
    folder = tmp_path / "templates" / "report"
    folder.mkdir(parents=True)
    (folder / "report.typ").write_text('#json("data.json").nothing', encoding="utf-8")
    shutil.copy(SITE / "examples.yaml", tmp_path)
    with pytest.raises(PipelineError) as stopped:
        report.report(derived.view(), tmp_path)
    assert stopped.value.findings[0].rule == "report_build"


def filled(picture: Path) -> float:
    """How far down a page is printed on, the mean of its left and its right half; 1 is the line above the footer."""
    _, size, _, grey = picture.read_bytes().split(b"\n", 3)
    wide, high = map(int, size.split())
    middle, foot = wide // 2, int(high * 0.925)
    halves = ((0, middle - 4), (middle + 4, wide))  # the gutter apart
    last = [max((y for y in range(foot) if min(grey[y * wide + a : y * wide + b]) < 200), default=0) for a, b in halves]
    return sum(last) / 2 / foot


@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="poppler is not installed")
def test_it_draws_pages_of_which_few_are_half_empty(derived: Derived, tmp_path: Path) -> None:
    path = derived.edition / report.name(derived.newest.edition, "es", "es")
    subprocess.run(["pdftoppm", "-r", "20", "-gray", str(path), str(tmp_path / "p")], check=True, capture_output=True)
    drawn = [filled(page) for page in sorted(tmp_path.glob("p-*.pgm"))]
    assert len(drawn) == len(pdf(derived, "es").pages)
    assert min(drawn) > 0.15
    assert sum(share < 0.5 for share in drawn) <= len(drawn) / 10
    assert sum(drawn) / len(drawn) > 0.7


def test_prose_becomes_blocks() -> None:
    text = """Uno **fuerte** y [otro](metodologia.md#x) con `código`.

## Dos

- a
- b *c*

1. x

| A | B |
|---|---|
| 1 | 2 |

```text
 a  b
   c
```
"""
    found = prose.blocks(text, "https://ejemplo.mx/")
    assert [block["kind"] for block in found] == ["p", "heading", "ul", "ol", "table", "code"]
    assert found[0]["runs"][1] == {"text": "fuerte", "style": "strong"}
    assert {"text": "otro", "href": "https://ejemplo.mx/metodologia.html#x"} in found[0]["runs"]
    assert {"text": "código", "style": "code"} in found[0]["runs"]
    assert found[1]["level"] == 2
    assert [len(item) for item in found[2]["items"]] == [1, 2]
    assert found[4]["rows"] == [[[{"text": "1"}], [{"text": "2"}]]]
    assert found[5]["text"] == " a  b\n   c"
    assert prose.blocks("- una línea\n  que sigue", "")[0]["items"] == [[{"text": "una línea que sigue"}]]


def test_nothing_is_lost_from_the_institutes_pages(derived: Derived) -> None:
    for language in ("es", "en"):
        said = json.dumps(report.content(derived.view(language), SITE)["prose"], ensure_ascii=False)
        for name in ("metodologia", "marco-legal"):
            body = (
                (derived.plan.folder / "pages" / language / f"{name}.md")
                .read_text(encoding="utf-8")
                .split("---\n", 2)[2]
            )
            body = re.sub(r"^{{.*}}$", "", body, flags=re.MULTILINE)  # marks are not words
            words = [
                w.strip("*`[]().,:;«»|") for w in body.split() if w.strip("*`[]().,:;«»|").isalpha() and len(w) > 7
            ]
            assert len(words) > 60
            assert [word for word in words if word not in said] == []
