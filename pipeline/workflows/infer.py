"""`celosia infer`: an office's own files → the draft of its folder, or what they have that its folder does not say yet. I/O."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pipeline.confidential.profiling.profile import profiles
from pipeline.institute.load import load
from pipeline.scaffold import difference
from pipeline.scaffold.inferred import draft
from pipeline.scaffold.library import Answers
from pipeline.wording.texts import Texts
from pipeline.workflows.new import Written, put


def infer(files: Sequence[Path], folder: Path, asked: Answers, say: Texts) -> Written:
    """Writes the draft. Raises PipelineError where a file cannot be read, or the folder holds something."""
    return put(folder, draft(profiles(files, asked.threshold), asked), say)


def is_there(folder: Path) -> bool:
    """Whether an institute's folder is there already, so that only the difference is told."""
    return (folder / "institute.yaml").is_file()


def compare(files: Sequence[Path], folder: Path) -> list[difference.Told]:
    """What the files have that the folder does not say yet; writes nothing."""
    plan = load(folder)
    return difference.difference(profiles(files, plan.facts["disclosure"]["threshold"]), plan)
