"""What is left to do is told to whoever builds the site: unconfirmed, empty, untranslated, linked from nowhere."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline import ROOT
from pipeline.cli.main import main
from pipeline.institute.load import load
from pipeline.public.presentation.guidance import Guidance
from pipeline.public.presentation.review import review
from tests.conftest import content

OFFICES = "catalogues/modulos.csv"


def found(folder: Path) -> set[tuple[str, str]]:
    return {(each.where, each.rule) for findings in review(load(folder)).values() for each in findings}


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "institute", tmp_path / "institute"))


def cells(folder: Path, row: int, **values: str) -> None:
    """Writes into a row of the offices."""
    path = folder / OFFICES
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    rows[row] |= values
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def test_nobody_has_confirmed_the_sample_and_the_list_says_each_fact(own: Path) -> None:
    told = {where for where, rule in found(own) if rule.startswith("unconfirmed")}
    assert {f"{OFFICES}:M{n}" for n in (1, 2, 3, 4)} <= told
    assert {f"institute.yaml:helplines.{n}" for n in range(3)} <= told
    assert {f"institute.yaml:help.{n}" for n in range(3)} <= told
    assert {"pages/es/psicologica.md", "pages/en/psicologica.md", "pages/es/ayuda.md"} <= told
    assert "catalogues/servicios.csv:primera_escucha" in told


def test_what_somebody_confirms_leaves_the_list_until_a_year_has_passed(own: Path) -> None:
    cells(own, 0, confirmado_por="Dirección", confirmado_el="2025-11-30")
    cells(own, 1, confirmado_por="Dirección", confirmado_el="2023-11-30")
    left = found(own)
    assert not {rule for where, rule in left if where == f"{OFFICES}:M1"}
    assert (f"{OFFICES}:M2", "confirmed_long_ago") in left


EMPTY = {"como_llegar_es": "", "como_llegar_en": ""}
CASES: list[tuple[str, str, Callable[[Path], object]]] = [
    (f"{OFFICES}:M1", "empty_fact", lambda folder: cells(folder, 0, **EMPTY)),
    (f"{OFFICES}:M1", "no_silent_channel", lambda folder: cells(folder, 0, whatsapp="", sms="")),
    ("pages/en/instituto.md", "same_words", lambda folder: copied(folder, "es/instituto.md", "en/instituto.md")),
    (
        f"{OFFICES}:M2",
        "same_words_in",
        lambda folder: cells(
            folder, 1, como_llegar_es="junto a la plaza mayor", como_llegar_en="junto a la plaza mayor"
        ),
    ),
    ("pages/nah/otra.md", "nothing_leads_here", lambda folder: page(folder, "nah/otra.md")),
    ("media/sobra.mp3", "unused_recording", lambda folder: recording(folder, "sobra.mp3")),
]


def copied(folder: Path, source: str, target: str) -> None:
    shutil.copyfile(folder / "pages" / source, folder / "pages" / target)


def page(folder: Path, name: str) -> None:
    path = folder / "pages" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("---\ntitle: T\nlanguage: nāhuatl\n---\nX\n", encoding="utf-8")


def recording(folder: Path, name: str) -> None:
    (folder / "media").mkdir()
    (folder / "media" / name).write_bytes(b"x")


@pytest.mark.parametrize(("where", "rule", "change"), CASES, ids=[rule for _, rule, _ in CASES])
def test_each_thing_that_is_left_is_told_and_only_then(
    own: Path, where: str, rule: str, change: Callable[[Path], object]
) -> None:
    assert (where, rule) not in found(own)
    change(own)
    assert (where, rule) in found(own)


def test_an_office_may_be_written_to_typed_at_and_signed_at(own: Path) -> None:
    """These are channels without voice too; each opens what it names, and is shown after the numbers."""
    written = {
        "correo": "ayuda@ejemplo.gob.mx",
        "chat": "https://chat.ejemplo.gob.mx/",
        "senas": "https://video.ejemplo.gob.mx/1",
    }
    package = own / "catalogues.package.yaml"
    columns = "".join(
        f"        - name: {name}\n          type: string\n          celosia: {{role: {role}, title: {{es: {name}, en: {name}}}}}\n"
        for name, role in zip(written, ("email", "chat", "video"), strict=True)
    )
    before = "        - name: direccion_es\n"
    text = package.read_text(encoding="utf-8")
    package.write_text(text.replace(before, columns + before, 1), encoding="utf-8")
    with (own / OFFICES).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    names = list(rows[0])
    names[names.index("direccion_es") : names.index("direccion_es")] = written
    with (own / OFFICES).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    cells(own, 0, **written, whatsapp="", sms="")
    assert (f"{OFFICES}:M1", "no_silent_channel") not in found(own)
    office, *others = Guidance(load(own), "es").offices()
    assert [(each.role, each.number, each.href) for each in office.contacts if each.silent] == [
        ("email", "ayuda@ejemplo.gob.mx", "mailto:ayuda@ejemplo.gob.mx"),
        ("chat", "chat.ejemplo.gob.mx", "https://chat.ejemplo.gob.mx/"),
        ("video", "video.ejemplo.gob.mx/1", "https://video.ejemplo.gob.mx/1"),
    ]
    assert not any(each.role in ("email", "chat", "video") for other in others for each in other.contacts)


def test_a_help_page_in_another_language_leaves_the_list(own: Path) -> None:
    assert ("pages/*/ayuda.md", "no_other_language") in found(own)
    assert ("pages/*/ayuda.md", "no_easy_reading") not in found(own)
    page(own, "nah/ayuda.md")
    assert ("pages/*/ayuda.md", "no_other_language") not in found(own)


def test_the_command_tells_the_list_by_kind_and_file_and_builds_nothing(
    own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copied(own, "es/instituto.md", "en/instituto.md")
    recording(own, "sobra.mp3")
    cells(own, 0, whatsapp="", sms="")
    before, left = content(own), review(load(own))
    output = own.parent / "site"
    order = ["pages", "--institute", str(own), "--output", str(output), "--check", "--lang"]
    for language, kinds in (
        ("es", ("Sin confirmar", "Vacío o que falta", "Sin traducir", "Sin nada que lleve ahí")),
        ("en", ("Unconfirmed", "Empty or missing", "Not translated", "Nothing leads there")),
    ):
        assert main([*order, language]) == 0
        told = capsys.readouterr().out
        # Every kind with its number, in this order; every file and every place in it.
        heads = [line for line in told.splitlines()[1:] if line and not line.startswith(" ")]
        assert [head.rpartition(" (")[2] for head in heads] == [f"{len(found)})" for found in left.values()]
        assert all(head.startswith(kind) for head, kind in zip(heads, kinds, strict=True))
        flat = " ".join(told.split())
        for finding in (each for findings in left.values() for each in findings):
            file, _, key = finding.where.partition(":")
            assert f"· {file}" in flat
            assert not key or re.search(rf"· {re.escape(file)}: [^·]*\b{re.escape(key)}\b", flat), finding
        # What to do is said once for all the places where it is to be done.
        assert flat.count("confirm: true") == 1
    assert not output.exists()
    assert content(own) == before


def test_an_institute_without_offices_is_told_what_its_help_page_lacks() -> None:
    assert ("catalogues.package.yaml", "no_offices") in found(ROOT / "tests" / "other_institute")


def test_a_site_that_lacks_a_page_it_owes_is_told(tmp_path: Path) -> None:
    tiny = shutil.copytree(ROOT / "tests" / "tiny_institute", tmp_path / "tiny")
    assert {rule for _, rule in found(tiny)} & {"no_method_page", "no_privacy_page", "no_safety_page"} == {
        "no_privacy_page",
        "no_safety_page",
    }
    other = shutil.copytree(ROOT / "tests" / "other_institute", tmp_path / "other")
    assert ("pages/es/metodologia.md", "no_method_page") not in found(other)
    (other / "pages" / "es" / "metodologia.md").unlink()
    assert ("pages/es/metodologia.md", "no_method_page") in found(other)
    assert not {rule for _, rule in found(ROOT / "institute")} & {"no_method_page", "no_privacy_page", "no_safety_page"}
