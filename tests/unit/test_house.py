"""The house keeps its rules: the wall between the halves, words for every rule, nothing private in git."""

from __future__ import annotations

import ast
import subprocess
import sys

from pipeline import ROOT, SITE
from pipeline.wording import texts

CALLS = {"wrong", "stop", "of"}


def test_the_contracts_between_modules_hold() -> None:
    run = subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command; lint_imports_command()",
            "--no-cache",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout


def rules() -> set[str]:
    """Names of rules that any module raises: the text beside the place in `wrong(…)`, `stop(…)` and `Finding.of(…)`."""
    found = set()
    for path in (ROOT / "pipeline").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            place = 2 if name == "stop" else 1
            if name in CALLS and len(node.args) > place and isinstance(node.args[place], ast.Constant):
                value = node.args[place]
                if isinstance(value, ast.Constant) and isinstance(value.value, str):
                    found.add(value.value)
    return found


def test_every_rule_has_words_in_both_languages() -> None:
    words = texts.load(SITE / "texts" / "messages", ("es", "en"))
    assert len(rules()) > 40
    for language in ("es", "en"):
        assert {rule for rule in rules() if not words[language].has(f"rules.{rule}")} == set()


def test_no_words_for_readers_stand_in_the_modules_that_make_pages() -> None:
    """Spanish gives itself away by its accents. The upload's template has two headings of its own."""
    found = set()
    for path in (ROOT / "pipeline" / "public").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        spoken = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        said = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in spoken]
        found |= {(path.name, node.value) for node in said if set(str(node.value)) & set("áéíóúñÁÉÍÓÚÑ¿¡")}
    assert found == {("pnt.py", "TÍTULO"), ("pnt.py", "DESCRIPCIÓN")}


def test_git_follows_the_site_and_the_sample_and_no_other_record() -> None:
    def ignored(path: str) -> bool:
        return subprocess.run(["git", "check-ignore", "-q", path], cwd=ROOT, check=False).returncode == 0

    assert not ignored("site/mkdocs.yml")
    assert not ignored("data/raw/muestra/atenciones.csv")
    assert ignored("data/raw/atenciones.csv")
    assert ignored("data/raw/muestra/privado/2025-T4/informe.json")
    assert ignored("site/_build/html/index.html")


def test_no_test_replaces_a_private_name() -> None:
    found = []
    for path in (ROOT / "tests").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "setattr":
                names = [each.value for each in node.args[:2] if isinstance(each, ast.Constant)]
                found += [(path.name, name) for name in names if str(name).rpartition(".")[2].startswith("_")]
    assert found == []
