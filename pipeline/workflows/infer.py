"""`celosia infer`: an office's own files → the draft of its folder, or what they have that its folder does not say yet. I/O."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from pipeline.confidential.profiling.profile import profiles
from pipeline.confidential.profiling.sheets import Database, database_of
from pipeline.institute.load import load
from pipeline.scaffold import difference
from pipeline.scaffold.inferred import draft
from pipeline.scaffold.library import Answers
from pipeline.wording.texts import Texts
from pipeline.workflows.new import Written, put

ADDRESS = re.compile("[a-z0-9+]+:/")
"""How the address of a database begins."""
LOCAL = re.compile("(sqlite|duckdb):///")
"""How that of a file of a database does."""


def infer(sources: Sequence[Path | Database], folder: Path, asked: Answers, say: Texts) -> Written:
    """Writes the draft. Raises PipelineError where a file cannot be read, or the folder holds something."""
    return put(folder, draft(profiles(sources, asked.threshold), asked), say)


def sources(given: Sequence[str], tables: Sequence[str], password: str) -> list[Path | Database]:
    """What is named: files, and databases by their address. `tables`: those of the databases that are meant, all if none is named;
    `password`: the environment variable that holds theirs."""
    found: list[Path | Database] = []
    for each in given:
        if ADDRESS.match(each) and not LOCAL.match(each):
            found.append(Database(each, password, names=tuple(tables)))
            continue
        path = Path(LOCAL.sub("", each))
        kind = database_of(path) if tables and path.is_file() else ""
        found.append(Database(f"{kind}:///{path.name}", folder=path.parent, names=tuple(tables)) if kind else path)
    return found


def is_there(folder: Path) -> bool:
    """Whether an institute's folder is there already, so that only the difference is told."""
    return (folder / "institute.yaml").is_file()


def compare(sources: Sequence[Path | Database], folder: Path) -> list[difference.Told]:
    """What the files have that the folder does not say yet; writes nothing."""
    plan = load(folder)
    return difference.difference(profiles(sources, plan.facts["disclosure"]["threshold"]), plan)
