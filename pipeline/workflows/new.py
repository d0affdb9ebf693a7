"""`celosia new`: answers → the folder of an institute, checked before it is put in its place. I/O."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pipeline.institute.load import load
from pipeline.model.findings import stop
from pipeline.scaffold.draft import Draft, left, written
from pipeline.scaffold.library import Answers, draft, library, slug
from pipeline.wording.texts import Texts

EDITION = re.compile(r"[0-9]{4}(-T[1-4]|-(0[1-9]|1[0-2]))?")
MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
NEEDED = ("name", "edition")
"""Answers without which there is no folder."""
QUESTIONS = ("name", "place", "languages", "records", "zones", "threshold", "edition")
Written = tuple[dict[str, str], list[tuple[str, int, str]], str]
"""The files of a draft; (file, line, what it asks) of each decision left in them; the next step."""
Ask = Callable[[str], str]
"""Asks the question of a name and gives what was answered, which may be nothing."""


def answers(given: Mapping[str, Any], ask: Ask | None) -> Answers:
    """The answers of whoever starts: `given` ones, and of the others those to the questions, where somebody can be asked.
    Raises PipelineError("usage") where one is missing or means nothing."""
    found: dict[str, Any] = {name: value for name, value in given.items() if value}
    for name in QUESTIONS if ask and not all(found.get(each) for each in NEEDED) else ():
        if name not in found and ask and (said := ask(name).strip()):
            found[name] = _parts(name, said)
    for name in NEEDED:
        if not found.get(name):
            raise stop("usage", f"--{name}", "answer_missing")
    _known("records", found.get("records", ()), tuple(library()["records"]))
    _known("languages", found.get("languages", ()), ("es", "en"))
    if not EDITION.fullmatch(found["edition"]):
        raise stop("usage", "--edition", "wrong_form", wanted="edition")
    if not MONTH.fullmatch(found.get("first_month", "2000-01")):
        raise stop("usage", "--first-month", "wrong_form", wanted="month")
    if not str(found.get("threshold", "5")).isdigit():
        raise stop("usage", "--threshold", "wrong_type", wanted="integer", got="other")
    if len({slug(zone) for zone in found.get("zones", ())}) < len(found.get("zones", ())):
        raise stop("usage", "--zones", "repeated_item")
    parts: dict[str, Any] = {
        name: tuple(dict.fromkeys(found[name])) for name in ("languages", "records", "zones") if name in found
    }
    found |= {**parts, "threshold": int(found.get("threshold", 5))}
    return Answers(**found)


def new(folder: Path, asked: Answers, say: Texts) -> Written:
    """Writes the folder that the answers ask for; returns its files, what is left to decide, and the next step."""
    return put(folder, draft(asked), say)


def put(folder: Path, made: Draft, say: Texts) -> Written:
    """Writes a draft where nothing is yet: beside, then checked as every institute is, then moved to its place."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise stop("plan", str(folder), "folder_not_empty")
    option = "" if folder == Path("institute") else f" --institute {folder}"
    files = written(made, say, option)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".celosia-") as aside:
        for name, text in files.items():
            path = Path(aside) / "draft" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        load(Path(aside) / "draft")
        if folder.exists():
            folder.rmdir()
        shutil.move(Path(aside) / "draft", folder)
    return files, left(files, say), say(f"draft.steps.{made.verb}", option=option)


def _parts(name: str, said: str) -> Any:
    if name == "zones":
        return tuple(filter(None, map(str.strip, said.split(","))))
    return tuple(said.replace(",", " ").split()) if name in ("languages", "records") else said


def _known(name: str, given: tuple[str, ...], known: tuple[str, ...]) -> None:
    for each in given:
        if each not in known:
            raise stop("usage", f"--{name}", "answer_unknown", name=each, known=", ".join(known))
