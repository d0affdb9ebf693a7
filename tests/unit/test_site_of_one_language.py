"""The site of another institute: one language, few pages, other columns, no key of the person; nothing of ours in it."""

from __future__ import annotations

import re
import shutil
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from pipeline.institute import load as planning
from pipeline.institute.plan import Plan
from pipeline.model.cells import Masked
from pipeline.public.edition import metadata, writer
from pipeline.public.edition.model import Package
from pipeline.public.site import build
from pipeline.wording import texts
from pipeline.workflows import last_gate, sample
from tests.records import counted, read

ROOT = Path(__file__).parents[2]
OTHER = ROOT / "tests" / "other_institute"


def masked(frame: pd.DataFrame, measures: tuple[str, ...], threshold: int) -> pd.DataFrame:
    """Small cells out: enough to look at, not enough to publish, which is what `protect` is for."""
    shown = frame[frame["published"]].reset_index(drop=True)
    gone = shown["women"].lt(threshold)
    kept = [name for name in shown.columns if name not in ("women", "published", *measures)]
    values = {name: shown[name].astype("Int64").mask(gone) for name in measures}
    return shown[kept].assign(**values, withheld=gone)


def edition_of(plan: Plan, work: Path) -> Package:
    sample.write(plan, work / "raw", seed=3, rows=1500)
    edition = plan.editions[-1]
    counts = counted(read(plan, work / "raw"), plan, edition)
    frames = {t.id: masked(counts.tables[t.id], t.measures, plan.threshold(t)) for t in plan.tables}
    tables = metadata.tables(Masked(frames, {t.id: t.measures for t in plan.tables}), plan)
    words = texts.load(ROOT / "site" / "texts", plan.languages)
    return writer.write(
        work / edition.id,
        writer.Content(
            tables,
            metadata.codes(plan, edition, words),
            tuple(plan.catalogues.values()),
            tuple(plan.shapes.values()),
        ),
        release=metadata.release(plan, edition, tables, None),
        publisher=metadata.publisher(plan),
    )


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    work = tmp_path_factory.mktemp("other")
    plan = planning.load(OTHER)
    return build.build([edition_of(plan, work)], plan, site=ROOT / "site", output=work / "build" / "html")


def test_it_has_its_pages_in_its_language_and_no_door_to_another(other: Path) -> None:
    assert {path.name for path in other.glob("*.html")} >= {"index.html", "seguridad.html", "metodologia.html"}
    assert not (other / "en").exists()
    home = (other / "index.html").read_text(encoding="utf-8")
    assert '<html lang="es"' in home
    assert 'lang="en"' not in home
    assert "Línea 144" in home


def test_every_table_and_topic_has_its_page(other: Path) -> None:
    plan = planning.load(OTHER)
    assert {p.stem for p in (other / "tablas").glob("*.html")} == {"index", *(t.id for t in plan.tables)}
    assert {p.stem for p in (other / "temas").glob("*.html")} == {"index", *(t["id"] for t in plan.site["topics"])}


def test_nothing_of_the_first_institute_is_left_in_it(other: Path) -> None:
    for path in other.rglob("*.html"):
        html = path.read_text(encoding="utf-8")
        assert not re.search(r"Celosía \(ficticio\)|Instituto de la Mujer|usuarias atendidas", html), path.name
        assert "celosia:insert" not in html, path.name
        assert "@@" not in html, path.name


def test_no_link_leads_nowhere(other: Path) -> None:
    for path in other.rglob("*.html"):
        html = re.sub(r"<script.*?</script>", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        base = other if path.name == "404.html" else path.parent
        for link in re.findall(r'\b(?:href|src)="([^":#?]+)[#?"]', html):
            target = other / link.lstrip("/") if link.startswith("/") else base / link
            assert target.is_file(), f"{path.name}: {link}"


def spoken_in(language: str, folder: Path) -> Path:
    """The folder of the other institute as if it spoke another language: its words are the same, and none of ours."""
    shutil.copytree(OTHER, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    for path in (*folder.glob("*.yaml"), *folder.glob("codes/*.csv")):
        text = path.read_text(encoding="utf-8")
        for old, new in ((r"\bes: ", f"{language}: "), (r"\[es\]", f"[{language}]"), (r"(?m)(?<=,)es$", language)):
            text = re.sub(old, new, text)
        path.write_text(text, encoding="utf-8")
    (folder / "pages" / "es").rename(folder / "pages" / language)
    return folder


def test_a_site_in_portuguese_is_whole_and_its_numbers_are_those_of_the_edition(tmp_path: Path) -> None:
    plan = planning.load(spoken_in("pt", tmp_path / "linha"))
    package = edition_of(plan, tmp_path)
    built = build.build([package], plan, site=ROOT / "site", output=tmp_path / "build" / "html")
    last_gate.site(built, plan, [package])  # reads every figure of every page as Portuguese writes it
    home = (built / "index.html").read_text(encoding="utf-8")
    assert '<html lang="pt"' in home
    assert "Pedir ajuda" in home
    assert "Sair agora" in home
    pages = {path: path.read_text(encoding="utf-8") for path in built.rglob("*.html")}
    assert not [path for path, text in pages.items() if "data-exit>Sair agora<" not in text]
    largest = max(int(t.frame[each].max()) for t in package.tables.values() for each in t.measures)
    assert largest > 1000
    assert any(f">{largest:,}<".replace(",", ".") in text for text in pages.values())
    assert not any(f">{largest:,}<" in text for text in pages.values())
    with zipfile.ZipFile(next((built / "datos").rglob("*.zip"))) as packed:
        assert "LEIAME.md" in packed.namelist()
    assert list((built / "datos").rglob("informe-*.pdf"))
