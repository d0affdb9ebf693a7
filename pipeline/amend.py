"""An amendment: a published edition is never rewritten, so a correction is an edition of its own, `2025-T4` → `2025-T4.1`.

The entry in `editions:` of institute.yaml, with its `amends`, is the record of it: whoever writes it there by hand needs
nothing else. `celosia publish --amend` makes the same entry: `amended` in memory for the run, `record` in the file once
the edition is published. Only the newest edition can be amended, so that the newest is always the one to use.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

from pipeline.errors import stop
from pipeline.plan import Edition, Plan

FILE = "institute.yaml"


def amended(plan: Plan, base: str | None, note: str, published: str) -> tuple[Plan, Edition]:
    """The plan with an edition that amends its newest, and that edition. `published` is its date: there is no clock here.

    Raises PipelineError("plan") where `base` is not the newest edition or the date is none, or earlier than its own.
    """
    newest = plan.editions[-1]
    if base not in (None, newest.id):
        raise stop("plan", f"{FILE}:editions", "amend_newest_only", edition=newest.id)
    try:
        fits = date.fromisoformat(published).isoformat() == published and published >= newest.published
    except ValueError:
        fits = False
    if not fits:
        raise stop("plan", "--date", "amend_date", date=newest.published)
    name, _, number = newest.id.partition(".")
    edition = Edition(
        id=f"{name}.{int(number or 0) + 1}",
        cut_off=newest.cut_off,
        published=published,
        note=dict.fromkeys(plan.languages, note.strip()),
        amends=newest.id,
    )
    return replace(plan, editions=(*plan.editions, edition)), edition


@contextmanager
def recording(folder: Path, edition: Edition) -> Iterator[None]:
    """Adds the edition at the end of `editions:` in institute.yaml, if it comes to be published meanwhile, and leaves
    every other line as it was. Raises OSError beforehand where that file cannot be written."""
    path = folder / FILE
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    start = next(number for number, line in enumerate(lines) if re.match(r"editions:\s*(#.*)?$", line))
    end, indent = start + 1, "  "
    for number, line in enumerate(lines[start + 1 :], start=start + 1):
        if re.match(r"\s*-\s", line):
            indent = line[: line.index("-")]
        elif line.strip() and not line.startswith((" ", "#")):
            break
        if line.strip() and not line.startswith("#"):
            end = number + 1
    entry = {
        "id": edition.id,
        "amends": edition.amends,
        "cut_off": edition.cut_off,
        "published": edition.published,
        "note": dict(edition.note),
    }
    lines.insert(end, f"{indent}- {json.dumps(entry, ensure_ascii=False)}\n")
    fresh = path.with_name(f".{FILE}.new")
    try:
        fresh.write_text("".join(lines), encoding="utf-8")
        yield
        os.replace(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)
