"""Changes the program in small ways, one at a time, and asks whether a test sees it.

    python -m tests.benchmarks.mutants 40

draws that many of all possible changes of the modules of AIMS by a seed (1, or the second argument; the third chooses modules by a
part of their path), and runs the tests of its module on each. The same seed draws the same changes of the same sources. A change that
no test sees is printed with its line: it is either explained in TRUST.md or a test is missing. Nothing is written into the
sources: a process loads the changed module in the place of the true one.
"""

from __future__ import annotations

import ast
import importlib.machinery
import math
import os
import random
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
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

AUDIT = [
    "tests/unit/test_audit.py", "tests/unit/test_patterns.py", "tests/promises/test_audit_rules.py",
    "tests/promises/test_audit_withholding.py", "tests/promises/test_women_who_add_up.py",
    "tests/promises/test_linked_tables.py", "tests/promises/test_women_counted_twice.py", "tests/promises/test_editions.py",
    "tests/promises/test_what_an_edition_is.py", "tests/properties/test_audit_oracle.py", "tests/properties/test_records_oracle.py",
]  # fmt: skip
PROTECTION = [
    "tests/unit/test_protect.py", "tests/unit/test_constraints.py", "tests/promises/test_small_groups.py",
    "tests/promises/test_linked_tables.py", "tests/promises/test_editions.py", "tests/promises/test_women_counted_twice.py",
    "tests/promises/test_women_who_add_up.py", "tests/promises/test_attendances.py", "tests/unit/test_loss.py", "tests/properties/test_small_offices.py",
]  # fmt: skip
FEASIBLE = ["tests/unit/test_table_redesign.py", "tests/unit/test_feasible.py"]
SUPPRESSION = [
    "tests/unit/test_cover.py", "tests/unit/test_small_counts.py", "tests/unit/test_protect.py",
    "tests/promises/test_linked_tables.py", "tests/properties/test_suppress.py",
]  # fmt: skip
VERIFICATION = ["tests/unit/test_verify.py", "tests/promises/test_every_withheld_cell.py"]
SCANNER = ["tests/leaks/test_leaks.py"]
COUNTING = ["tests/unit/test_count.py", "tests/promises/test_women_not_services.py", "tests/properties/test_count.py"]
READING = [
    "tests/unit/test_package.py", "tests/promises/test_what_an_edition_is.py", "tests/promises/test_tampering.py",
    "tests/unit/test_whole_edition.py",
]  # fmt: skip
AIMED = [
    ("confidential/protection/*.py", PROTECTION),
    ("confidential/protection/alternatives.py", FEASIBLE),
    ("confidential/protection/feasible.py", FEASIBLE),
    ("confidential/protection/table_redesign.py", FEASIBLE),
    ("confidential/suppression/*.py", SUPPRESSION),
    ("confidential/suppression/completion.py", FEASIBLE),
    ("confidential/tabulation/*.py", COUNTING),
    ("confidential/tabulation/recount.py", FEASIBLE),
    ("public/audit/*.py", AUDIT),
    ("public/edition/reader.py", READING),
    ("public/edition/described_table.py", READING),
    ("public/edition/safe_files.py", READING),
    ("public/edition/signatures.py", ["tests/promises/test_a_signed_edition.py"]),
    ("verification/verify.py", VERIFICATION),
    ("verification/singletons.py", VERIFICATION),
    ("verification/*leaks.py", SCANNER),
    ("verification/known.py", SCANNER),
    ("verification/traces.py", SCANNER),
]
"""Modules, and the tests that are to see whatever changes in them, the quick ones first; a later line counts more."""
AIMS = {
    path.relative_to(ROOT).as_posix(): tests
    for pattern, tests in AIMED
    for path in sorted((ROOT / "pipeline").glob(pattern))
    if path.name != "__init__.py"
}
"""Module → the tests that are to see whatever changes in it."""
SWAPPED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip
MOST_SECONDS = 400
"""A change with which the tests do not end is told apart."""
AT_ONCE = int(os.environ.get("AT_ONCE", "1"))
"""Changes that are tried at the same time."""
SEEN, NOT_SEEN, ENDLESS = "seen", "not seen", "not ended"


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


def started(mutant: Mutant, tests: list[str], folder: str) -> int:
    """A process that runs the tests with the change until one fails; its number."""
    if child := os.fork():
        return child
    code = 1
    try:
        signal.alarm(MOST_SECONDS)
        for stream in (1, 2):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
        os.environ["TMPDIR"] = tempfile.tempdir = folder
        put_in_place(mutant)
        options = ["-x", "-q", "-n", "0", "--no-header", "--tb=no", "-m", "not slow and not site and not browser"]
        code = int(pytest.main([*options, *tests]))
    finally:
        os._exit(code)


def tried(mutants: Sequence[Mutant]) -> Iterator[tuple[Mutant, str]]:
    """Each change with what came of it, some at once, as they end."""
    waiting, running = list(reversed(mutants)), dict[int, tuple[Mutant, tempfile.TemporaryDirectory[str]]]()
    while waiting or running:
        while waiting and len(running) < AT_ONCE:
            mutant, folder = waiting.pop(), tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
            running[started(mutant, AIMS[mutant.module], folder.name)] = mutant, folder
        ended, status = os.wait()
        mutant, folder = running.pop(ended)
        folder.cleanup()
        code = os.waitstatus_to_exitcode(status)
        yield mutant, NOT_SEEN if code == 0 else ENDLESS if code == -signal.SIGALRM else SEEN


def between(share: int, of: int) -> tuple[float, float]:
    """Where a share of all lies of which this many were drawn, 95 times of 100 (Wilson)."""
    z, p = 1.96, share / of
    middle, spread = p + z * z / (2 * of), z * math.sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    return (middle - spread) / (1 + z * z / of), (middle + spread) / (1 + z * z / of)


def run(count: int, seed: int, only: str) -> int:
    """Tries as many changes as asked for, drawn by a seed among all, and prints each that nothing sees, and how many were seen.
    Returns 2 where the tests fail without any change, else 0."""
    modules = [module for module in AIMS if only in module]
    chosen = [mutant for module in modules for mutant in mutants(module)]
    print(f"{len(chosen)} changes in {len(modules)} modules", flush=True)
    one_of_each = {tuple(AIMS[module]): Mutant(module, 0, -1) for module in modules}
    for mutant, came in tried(list(one_of_each.values())):
        if came != NOT_SEEN:
            print(f"the tests of {mutant.module} fail without any change")
            return 2
    random.Random(seed).shuffle(chosen)
    found = Counter[str]()
    for mutant, came in tried(chosen[:count]):
        found[came] += 1
        if came != SEEN:
            _, line, was, now = mutant.made()
            print(f"{came.upper()} {mutant.module}:{line}: {was[:200]!r} → {now[:200]!r}", flush=True)
        low, high = between(found.total() - found[NOT_SEEN], found.total())
        print(f"{dict(found)} of {found.total()}; seen or not ended, of all: {low:.1%} to {high:.1%}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(
        run(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1, sys.argv[3] if len(sys.argv) > 3 else "")
    )
