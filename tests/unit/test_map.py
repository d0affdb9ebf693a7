"""The map stays true: what CONTRIBUTING, GLOSSARY and the others name is there, and every room and folder is named."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from pipeline import ROOT

MAP = ("README.md", "README.en.md", "CONTRIBUTING.md", "SECURITY.md", "GLOSSARY.md", "docs/decisions.md")
GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))


def rows(heading: str) -> set[str]:
    """What stands in the first column of the table below a heading of the guide."""
    section = GUIDE.partition(f"\n## {heading}")[2].partition("\n## ")[0]
    return set(re.findall(r"^\| `([^`]+)` \|", section, flags=re.MULTILINE))


def test_every_room_is_on_the_map_and_nothing_else() -> None:
    rooms = {path.parent.relative_to(ROOT).as_posix() + "/" for path in (ROOT / "pipeline").rglob("__init__.py")}
    assert rows("La casa") == rooms - {"pipeline/"}


def test_every_room_says_in_one_sentence_what_it_is_for() -> None:
    for path in (ROOT / "pipeline").rglob("__init__.py"):
        said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
        assert said, path
        assert said.endswith("."), path
        assert "\n\n" not in said, path


def test_every_folder_of_tests_is_on_the_map_and_nothing_else() -> None:
    there = [path for path in (ROOT / "tests").iterdir() if path.name != "__pycache__" and any(path.glob("*[a-z].*"))]
    folders = {f"tests/{path.name}/" for path in there}
    assert rows("Las pruebas") == folders


@pytest.mark.parametrize("name", MAP)
def test_every_path_and_target_that_is_named_is_there(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    told = re.findall(r"(?<![./\w])(?:pipeline|tests|site|institute|docs|data)/[\w./-]*\w/?", text)
    links = [link for link in re.findall(r"\]\(([^)#:]+)\)", text) if not link.startswith("<")]
    gone = [path for path in told if "_build" not in path and not (ROOT / path).exists()]
    gone += [path for path in links if not (ROOT / name).parent.joinpath(path).exists()]
    assert gone == []
    orders = {
        word for line in re.findall(r"(?:`|^)make ((?:[a-z-]+ ?)+)", text, flags=re.MULTILINE) for word in line.split()
    }
    assert orders <= targets()


def test_every_target_but_the_inner_ones_says_what_it_does() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = set(makefile.partition(".PHONY:")[2].partition("\n")[0].split())
    assert phony == targets()
    told = set(re.findall(r"^([a-z-]+):.*## .+", makefile, flags=re.MULTILINE))
    assert phony - told == {"lint", "types", "contracts"}


def words_of(path: Path) -> set[str]:
    """Names that a module defines or uses, its own name, and its plain texts, which are keys of what it writes."""
    found = {path.stem, path.parent.name}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        for key in ("id", "attr", "arg", "name"):
            found |= {str(getattr(node, key))} if isinstance(getattr(node, key, None), str) else set()
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
    return found


def test_every_term_of_the_glossary_is_spelled_so_in_the_code() -> None:
    lines = (ROOT / "GLOSSARY.md").read_text(encoding="utf-8").splitlines()
    columns = [line.split("|")[3] for line in lines if line.startswith("| ") and "---" not in line]
    terms = {term for column in columns for term in re.findall(r"`([^`]+)`", column)}
    assert len(terms) > 40
    used: set[str] = set()
    for path in (ROOT / "pipeline").rglob("*.py"):
        used |= words_of(path)
    assert terms - used == set()
