"""The house keeps its rules: the wall between the halves, words for every rule, nothing private in git."""

from __future__ import annotations

import ast
import subprocess
import sys

from pipeline import ROOT, SITE
from pipeline.wording import texts

CALLS = {"wrong", "stop", "of"}
LONGEST = 520
"""Lines of a module, at most."""
Function = ast.FunctionDef | ast.AsyncFunctionDef


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


def modules() -> dict[str, str]:
    return {p.relative_to(ROOT).as_posix(): p.read_text("utf-8") for p in sorted((ROOT / "pipeline").rglob("*.py"))}


def functions() -> list[tuple[str, Function]]:
    return [
        (f"{path}:{node.name}", node)
        for path, said in modules().items()
        for node in ast.walk(ast.parse(said))
        if isinstance(node, Function)
    ]


def parameters(function: Function) -> int:
    asked = function.args
    every = [*asked.posonlyargs, *asked.args, *asked.kwonlyargs, *filter(None, (asked.vararg, asked.kwarg))]
    return sum(each.arg not in ("self", "cls") for each in every)


def complexity(node: ast.AST) -> int:
    """How many ways lead through a function, counted as radon does: one, and one more for each fork, each condition of several
    and each clause of a comprehension; a function within is counted by itself."""
    found = int(isinstance(node, Function))
    match node:
        case ast.If() | ast.IfExp() | ast.Assert() | ast.ExceptHandler() | ast.match_case():
            found += 1
        case ast.For() | ast.AsyncFor() | ast.While() | ast.Try():
            found += bool(node.orelse) + (not isinstance(node, ast.Try))
        case ast.BoolOp():
            found += len(node.values) - 1
        case ast.comprehension():
            found += 1 + len(node.ifs)
    within = (each for each in ast.iter_child_nodes(node) if not isinstance(each, Function))
    return found + sum(map(complexity, within))


def test_a_function_and_a_module_are_read_in_one_go() -> None:
    """Bounds, not aims: most functions have eight lines and most modules less than a hundred."""
    found = functions()
    assert len(found) > 2000
    assert [name for name, each in found if each.end_lineno - each.lineno >= 60] == []  # type: ignore[operator]
    assert [name for name, each in found if parameters(each) > 6] == []
    assert [(name, ways) for name, each in found if (ways := complexity(each)) > 20] == []
    assert [(path, count) for path, said in modules().items() if (count := said.count("\n")) > LONGEST] == []


def test_what_is_complex_is_counted_so() -> None:
    plain, forked = (
        "def f(x): return x",
        "def f(x):\n if x and x > 1: return [y for y in x if y]\n return 1 if x else 0",
    )
    assert [complexity(ast.parse(said).body[0]) for said in (plain, forked)] == [1, 6]


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
