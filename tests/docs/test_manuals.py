"""The manuals hold together: their commands exist, both languages say the same, their links lead somewhere, their sums add up."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline import ROOT
from tests.docs.manual import DOCS, LANGUAGES, command, lines_of, names, page, parts
from tests.docs.pictures import SHOWN


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_of_every_page_is_one_that_the_program_has(language: str) -> None:
    from pipeline.cli.errors import MESSAGES
    from pipeline.cli.parser import parser
    from pipeline.wording import texts

    known = parser(texts.load(MESSAGES, (language,))[language])
    for name in names(language):
        for part in parts(page(language, name)):
            for line in lines_of(part) if part.kind == "sh" else []:
                if line.startswith("celosia "):
                    assert known.parse_args(command(line)[0][1:]).verb, line


def test_both_languages_have_the_same_pages_with_the_same_parts() -> None:
    assert names("es") == names("en")
    for name in names("es"):
        spanish, english = (parts(page(language, name)) for language in LANGUAGES)
        assert [part.kind for part in spanish] == [part.kind for part in english], name
        assert [part.text for part in spanish if part.kind in ("office", "csv", "json")] == [
            part.text for part in english if part.kind in ("office", "csv", "json")
        ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_tables_that_explain_protection_add_up(language: str) -> None:
    """Rows and columns of every table of which nothing is withheld."""
    tables = re.split(r"\n\n", page(language, "proteccion"))
    whole = [table for table in tables if table.startswith("| |") and "[c]" not in table]
    assert len(whole) == 2
    for table in whole:
        numbers = [[int(cell) for cell in re.findall(r"\d+", row)] for row in table.splitlines()[2:]]
        *parts_of, total = numbers
        assert [sum(column) for column in zip(*parts_of, strict=True)] == total
        assert all(sum(row[:-1]) == row[-1] for row in numbers)


@pytest.mark.parametrize("config", ["mkdocs.yml", "mkdocs.en.yml"])
def test_they_are_built_every_link_and_anchor_resolves_and_nothing_is_fetched(config: str, tmp_path: Path) -> None:
    order = [
        sys.executable,
        "-m",
        "mkdocs",
        "build",
        "--quiet",
        "-f",
        str(DOCS / config),
        "-d",
        str(tmp_path / "built"),
    ]
    done = subprocess.run(order, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    built = {path.stem for path in (tmp_path / "built").glob("*.html")} - {"404"}
    assert built == set(names("es"))
    for path in (tmp_path / "built").glob("*.html"):
        assert not re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="https?://', path.read_text(encoding="utf-8"))


def test_what_is_built_is_neither_followed_nor_installed() -> None:
    ignored = subprocess.run(["git", "check-ignore", "-q", "docs/_build/es/index.html"], cwd=ROOT, check=False)
    assert ignored.returncode == 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_says_all_its_exit_codes(language: str) -> None:
    from pipeline.model.findings import EXIT_CODES

    said = set(map(int, re.findall(r"^\| (\d+) \|", page(language, "cada-trimestre"), re.MULTILINE)))
    assert said >= set(EXIT_CODES.values()) | {0}


@pytest.mark.parametrize(("name", "percent"), [("README.md", " %"), ("README.en.md", "%")])
def test_the_figures_of_the_readme_are_those_of_the_editions(name: str, percent: str) -> None:
    edition = ROOT / "data" / "published" / "2025-T4"
    tables = json.loads((edition / "release.json").read_bytes())["tables"].values()
    audit = json.loads((edition / "audit.json").read_bytes())
    withheld, cells = (sum(each[key] for each in tables) for key in ("withheld", "cells"))
    most = max(each["withheld"] / each["cells"] for each in tables)
    said = " ".join((ROOT / name).read_text(encoding="utf-8").split())
    assert f"{withheld} de {cells:,}" in said or f"{withheld} of {cells:,}" in said
    for figure in (f"({withheld / cells:.1%})", f"{most:.1%}"):
        assert figure.replace("%", percent) in said
    assert f"{len(tables)} tabl" in said
    assert f"{audit['figures']:,}" in said
    assert audit["exposures"] == 0


PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)]+)\)")


@pytest.mark.parametrize("language", LANGUAGES)
def test_pictures_are_there_small_said_in_words_and_none_is_left_over(language: str) -> None:
    shown = [found for name in names(language) for found in PICTURE.findall(page(language, name))]
    assert (
        {path for _, path in shown}
        == {f"img/{file.name}" for file in (DOCS / language / "img").iterdir()}
        == {f"img/{name}.webp" for name, *_ in SHOWN}
    )
    for words, path in shown:
        assert len(words.split()) >= 8, f"{path}: who does not see it must know what it shows"
        assert (DOCS / language / path).read_bytes()[8:12] == b"WEBP"


def test_all_pictures_together_are_light_and_the_readme_shows_one() -> None:
    pictures = [path for path in DOCS.rglob("img/*") if "_build" not in path.parts]
    assert sum(path.stat().st_size for path in pictures) <= 600_000
    for name in ("README.md", "README.en.md"):
        ((words, path),) = PICTURE.findall((ROOT / name).read_text(encoding="utf-8"))
        assert words
        assert (ROOT / path).is_file()
