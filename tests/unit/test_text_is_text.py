"""Words stay words in every form: no formula, no link, no markup made of a label, and no label that stops a form."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline import SITE
from pipeline.plan import Plan
from pipeline.public import package, scan, texts, workbook
from pipeline.public.package import Package
from pipeline.public.view import View
from tests.editions import table, written

WORDS = texts.load(SITE / "texts", ("es", "en"))
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
    shown = scan.sheet(data, 3)
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
    heads = next(row for row in scan.sheet(data, 3) if row[0] == "Periodo")
    assert len({str(head).lower() for head in heads}) == len(heads) == 5
    assert package.read(tmp_path / "e").edition == "2025-T4"
