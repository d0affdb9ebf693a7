"""An amendment: a published edition is never rewritten, so a correction is an edition of its own, `2025-T4` → `2025-T4.1`.

The entry in `editions:` of institute.yaml, with its `amends`, is the record of it: whoever writes it there by hand needs
nothing else. `celosia publish --amend` makes the same entry: `amended` in memory for the run, `recording` in the file once
the edition is published; the same order finishes a run that was ended between the two. Only the newest published edition can
be amended, so that the newest is always the one to use; editions that are announced for later stay after it.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import yaml

from pipeline.institute.plan import Edition, Plan
from pipeline.model import periods
from pipeline.model.findings import PipelineError, stop

FILE = "institute.yaml"


def amended(plan: Plan, base: str | None, note: str, published: str, out: Collection[str]) -> tuple[Plan, Edition]:
    """The plan with an edition that amends the newest of those that are `out`, and that edition. `published` is its date:
    there is no clock here.

    Raises PipelineError("plan") where the note is empty, `base` is not that edition, or the date is none, or earlier than its
    own, or later than that of an edition that is still to come.
    """
    if not note.strip():
        raise stop("plan", "--amend", "amend_note")
    there = [edition for edition in plan.editions if edition.id in out]
    if not there:
        raise stop("plan", f"{FILE}:editions", "amend_nothing")
    newest = there[-1]
    if base not in (None, newest.id):
        raise stop("plan", f"{FILE}:editions", "amend_newest_only", edition=newest.id)
    try:
        fits = date.fromisoformat(published).isoformat() == published and published >= newest.published
    except ValueError:
        fits = False
    if not fits:
        raise stop("plan", "--date", "amend_date", date=newest.published)
    place = plan.editions.index(newest) + 1
    for later in plan.editions[place:]:
        if later.published < published:
            raise stop("plan", f"{FILE}:editions.{later.id}", "amend_before", date=later.published)
    listed = [each.id for each in plan.editions]
    name = periods.following(
        newest.id, listed
    )  # one that is out is of a run that was ended before it was noted: this one
    edition = Edition(
        id=name if name in out else periods.following(newest.id, [*out, *listed]),
        cut_off=newest.cut_off,
        published=published,
        note=dict.fromkeys(plan.languages, note.strip()),
        amends=newest.id,
        without=newest.without,
    )
    return replace(plan, editions=(*plan.editions[:place], edition, *plan.editions[place:])), edition


@contextmanager
def recording(folder: Path, edition: Edition) -> Iterator[None]:
    """Adds the edition after the one that it amends in `editions:` of institute.yaml, if it comes to be published
    meanwhile, and leaves the rest as it was. Raises OSError beforehand where that file cannot be written, and
    PipelineError("plan") where it is written in a way that hides the place, or where what stands under that name, which an
    ended run published and did not note, is another correction."""
    path = folder / FILE
    with path.open(encoding="utf-8", newline="") as stream:
        text = stream.read()
    entry = {
        "id": edition.id,
        "amends": edition.amends,
        "cut_off": edition.cut_off,
        "published": edition.published,
        "note": dict(edition.note),
        **({"without": {table: list(names) for table, names in edition.without.items()}} if edition.without else {}),
    }
    written = _with_entry(text, edition.amends, json.dumps(entry, ensure_ascii=False))
    if written is None:
        raise stop("plan", f"{FILE}:editions", "amend_by_hand", edition=edition.amends)
    fresh = path.with_name(f".{FILE}.new")
    try:
        with fresh.open("w", encoding="utf-8", newline="") as stream:
            stream.write(written)
            stream.flush()
            os.fsync(stream.fileno())  # whole before it takes the place of the other, should the power fail
        try:
            yield
        except PipelineError as error:
            if any(each.rule == "edition_exists" and each.where == edition.id for each in error.findings):
                facts = {"edition": edition.id, "amends": edition.amends}
                raise stop("plan", f"{FILE}:editions", "amend_not_noted", **facts) from None
            raise
        os.replace(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)


def _with_entry(text: str, after: str, entry: str) -> str | None:
    """institute.yaml with an entry behind that of an edition, as a block or on one line, as the list is written; None
    where there is no such entry to be seen."""
    listed = _listed(text)
    items: list[yaml.Node] = listed.value if isinstance(listed, yaml.SequenceNode) else []
    found = [item for item in items if isinstance(item, yaml.MappingNode) and _id(item) == after]
    if not isinstance(listed, yaml.SequenceNode) or len(found) != 1:
        return None
    at = found[0].end_mark.index
    if listed.flow_style:
        made = f"{text[:at]}, {entry}{text[at:]}"
    else:
        if found[0].flow_style:  # what follows on its line is a comment
            at = (text.find("\n", at) + 1) or len(text)
        head = re.sub(
            r"(?<=\n)(?:[ \t\r]*(?:#[^\n]*)?(?:\n|\Z))+\Z", "", text[:at]
        )  # comments of the next entry stay with it
        line = "\r\n" if "\r\n" in text else "\n"
        begin = "" if head.endswith("\n") else line
        made = f"{head}{begin}{' ' * listed.start_mark.column}- {entry}{line}{text[len(head) :]}"
    known = [_id(item) for item in items]
    known.insert(known.index(after) + 1, json.loads(entry)["id"])
    return made if _ids(made) == known else None


def _id(item: yaml.Node) -> str:
    return next((str(value.value) for key, value in item.value if key.value == "id"), "")


def _ids(text: str) -> list[str]:
    """The names of the editions that a text lists."""
    listed = _listed(text)
    return [_id(item) for item in listed.value] if listed else []


def _listed(text: str) -> yaml.Node | None:
    """The list of editions as it stands in the text."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return None
    return next((value for key, value in root.value if key.value == "editions"), None) if root else None
