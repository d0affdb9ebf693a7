"""Changes the program in small ways, one at a time, and asks whether a test sees it.

    python -m tests.benchmarks.mutants 40

takes that many of all possible changes, spread evenly by a seed over the modules of AIMS, and runs the tests of each module on
each. A change that no test sees is printed with its line: it is either explained in TRUST.md or a test is missing. Nothing is
written into the sources: a process loads the changed module in the place of the true one.
"""

from __future__ import annotations

import ast
import importlib.machinery
import os
import random
import signal
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING

import duckdb
import highspy
import hypothesis
import jsonschema
import pandas
import pyarrow.parquet
import pytest
import scipy.optimize
import scipy.sparse

from pipeline import ROOT

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

LOADED = (duckdb, highspy, hypothesis, jsonschema, pandas, pyarrow, scipy)
"""What every run of tests would have to load first; each is forked from the process that has."""

AIMS = {
    "pipeline/public/audit/constraints.py": ["tests/unit/test_audit.py", "tests/promises/test_audit_rules.py"],
    "pipeline/public/audit/audit.py": ["tests/promises/test_audit_rules.py", "tests/promises/test_audit_withholding.py"],
    "pipeline/public/audit/additivity.py": ["tests/unit/test_audit.py", "tests/promises/test_audit_rules.py", "tests/promises/test_women_who_add_up.py"],
    "pipeline/public/audit/linked_editions.py": ["tests/unit/test_audit.py", "tests/promises/test_audit_rules.py"],
    "pipeline/verification/verify.py": ["tests/unit/test_verify.py"],
    "pipeline/verification/singletons.py": ["tests/unit/test_verify.py"],
    "pipeline/public/edition/reader.py": ["tests/unit/test_package.py", "tests/promises/test_what_an_edition_is.py"],
    "pipeline/public/edition/safe_files.py": ["tests/unit/test_package.py", "tests/promises/test_what_an_edition_is.py"],
    "pipeline/public/edition/signatures.py": ["tests/promises/test_a_signed_edition.py"],
    "pipeline/confidential/tabulation/count.py": ["tests/unit/test_count.py"],
    "pipeline/confidential/suppression/cuts.py": ["tests/unit/test_protect.py", "tests/promises/test_linked_tables.py"],
    "pipeline/confidential/protection/protect.py": ["tests/unit/test_protect.py", "tests/promises/test_small_groups.py"],
    "pipeline/confidential/protection/cell_facts.py": ["tests/unit/test_protect.py", "tests/promises/test_small_groups.py"],
    "pipeline/confidential/protection/knowers.py": ["tests/unit/test_protect.py", "tests/promises/test_small_groups.py"],
    "pipeline/confidential/protection/linked_figures.py": ["tests/unit/test_protect.py", "tests/promises/test_editions.py"],
}  # fmt: skip
"""Module → the tests that are to see whatever changes in it."""
SWAPPED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip
MOST_SECONDS = 900
"""A change with which the tests do not end is seen as well."""


@dataclass(frozen=True)
class Mutant:
    """A change: its module, which node of it, and which of the changes of that node."""

    module: str
    node: int
    change: int

    def made(self) -> tuple[str, int, str, str]:
        """The whole changed source, the line, what was there and what is there now."""
        tree = ast.parse((ROOT / self.module).read_text(encoding="utf-8"))
        target = next(each for place, each in enumerate(ast.walk(tree)) if place == self.node)
        line, was = getattr(target, "lineno", 0), ast.unparse(target)
        if self.change >= 0:
            _change(target, self.change)
        return ast.unparse(ast.fix_missing_locations(tree)), line, was, ast.unparse(target)


def mutants(module: str) -> Iterator[Mutant]:
    """Every change of one comparison, operator, condition, number or truth value of a module."""
    tree = ast.parse((ROOT / module).read_text(encoding="utf-8"))
    for number, node in enumerate(ast.walk(tree)):
        for change in range(_changes(node)):
            yield Mutant(module, number, change)


def _changes(node: ast.AST) -> int:
    """In how many ways a node is changed."""
    if isinstance(node, ast.Compare):
        return sum(type(each) in SWAPPED for each in node.ops)
    if isinstance(node, ast.BoolOp | ast.BinOp):
        return int(type(node.op) in SWAPPED and not _is_type(node))
    if isinstance(node, ast.If | ast.IfExp | ast.While):
        return 1
    return int(isinstance(node, ast.Constant) and isinstance(node.value, bool | int))


def _is_type(node: ast.AST) -> bool:
    """Whether it is `str | None` and the like."""
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr) and "None" in ast.unparse(node)


def _change(node: ast.AST, number: int) -> None:
    if isinstance(node, ast.Compare):
        places = [place for place, each in enumerate(node.ops) if type(each) in SWAPPED]
        node.ops[places[number]] = SWAPPED[type(node.ops[places[number]])]()  # type: ignore[call-overload]
    elif isinstance(node, ast.BoolOp | ast.BinOp):
        node.op = SWAPPED[type(node.op)]()  # type: ignore[assignment]
    elif isinstance(node, ast.If | ast.IfExp | ast.While):
        node.test = ast.UnaryOp(ast.Not(), node.test)
    elif isinstance(node, ast.Constant):
        node.value = not node.value if isinstance(node.value, bool) else node.value + 1  # type: ignore[operator]


class _Changed(importlib.machinery.SourceFileLoader):
    """Loads a changed source in the place of a module, and keeps nothing of it."""

    source = b""

    def get_data(self, path: str) -> bytes:
        if not path.endswith(".py"):
            raise OSError(path)
        return self.source

    def set_data(self, path: str, data: Buffer, *, _mode: int = 0o666) -> None:
        return


def put_in_place(mutant: Mutant) -> None:
    """From now on this process loads the changed module instead of the true one."""
    path, source = str(ROOT / mutant.module), mutant.made()[0].encode()
    find = importlib.machinery.FileFinder.find_spec

    def found(finder: importlib.machinery.FileFinder, name: str, target: ModuleType | None = None) -> ModuleSpec | None:
        spec = find(finder, name, target)
        if spec is not None and spec.origin == path:
            spec.loader = _Changed(name, path)
            spec.loader.source = source
        return spec

    importlib.machinery.FileFinder.find_spec = found  # type: ignore[method-assign, assignment]


def is_seen(mutant: Mutant, tests: list[str]) -> bool:
    """Whether a test fails, or does not end, with the change."""
    with tempfile.TemporaryDirectory() as folder:
        child = os.fork()
        if not child:
            code = 1
            try:
                signal.alarm(MOST_SECONDS)
                for stream in (1, 2):
                    os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
                os.environ["TMPDIR"] = tempfile.tempdir = folder
                put_in_place(mutant)
                options = [
                    "-x",
                    "-q",
                    "-n",
                    "0",
                    "--no-header",
                    "--tb=no",
                    "-m",
                    "not slow and not site and not browser",
                ]
                code = int(pytest.main([*options, *tests]))
            finally:
                os._exit(code)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0


def run(count: int, seed: int, only: str) -> int:
    """Tries changes in an order that a seed gives and prints each that nothing sees, and how many were seen. Returns 2 where the
    tests fail without any change, else 0."""
    chosen = []
    for module in AIMS:
        if only in module:
            every = list(mutants(module))
            chosen += every
            print(f"{module}: {len(every)} changes", flush=True)
            if is_seen(Mutant(module, 0, -1), AIMS[module]):
                print(f"the tests of {module} fail without any change")
                return 2
    seen = 0
    random.Random(seed).shuffle(chosen)
    for tried, mutant in enumerate(chosen[:count], start=1):
        if is_seen(mutant, AIMS[mutant.module]):
            seen += 1
        else:
            _, line, was, now = mutant.made()
            print(f"NOT SEEN {mutant.module}:{line}: {was[:200]!r} → {now[:200]!r}", flush=True)
        print(f"{seen} of {tried} seen", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(
        run(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1, sys.argv[3] if len(sys.argv) > 3 else "")
    )
