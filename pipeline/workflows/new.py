"""`celosia new`: answers → the folder of an institute, checked before it is put in its place. I/O."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pipeline.institute.load import load
from pipeline.model.findings import PipelineError, stop
from pipeline.scaffold.draft import Draft, left, written
from pipeline.scaffold.draft_tables import words
from pipeline.scaffold.library import Answers, draft, library, slug
from pipeline.wording import texts
from pipeline.wording.texts import Texts

LANGUAGES = tuple(words()["zone"])
"""Languages in which the library of record types is written."""
EDITION = re.compile(r"[0-9]{4}(-T[1-4]|-(0[1-9]|1[0-2]))?")
MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
NEEDED = ("name", "edition")
"""Answers without which there is no folder."""
QUESTIONS = ("name", "place", "serves", "languages", "records", "zones", "threshold", "edition")
LISTS = ("languages", "records", "zones")
LEAST = 3
"""Below this threshold no institute may go, as plan.schema.yaml says."""
Written = tuple[dict[str, str], list[tuple[str, int, str]], str]
"""The files of a draft; (file, line, what it asks) of each decision left in them; the next step."""
Ask = Callable[[str, PipelineError | None], str | None]
"""Asks the question of a name and gives what was answered, which may be nothing; None where nobody answers any more. It is
told what was wrong with the answer before."""


def answers(given: Mapping[str, Any], ask: Ask | None) -> Answers:
    """The answers of whoever starts: `given` ones, and of the others those to the questions, where somebody can be asked.
    Raises PipelineError("usage") where one is missing or means nothing."""
    found: dict[str, Any] = {name: value for name, value in given.items() if value}
    if ask and not all(found.get(each) for each in NEEDED):
        found |= {name: said for name in QUESTIONS if name not in found and (said := _asked(name, ask))}
    for name in NEEDED:
        if not found.get(name):
            raise stop("usage", f"--{name}", "answer_missing")
    for name, value in found.items():
        _judge(name, value)
    parts: dict[str, Any] = {name: tuple(dict.fromkeys(found[name])) for name in LISTS if name in found}
    found |= {**parts, "threshold": int(found.get("threshold", 5))}
    return Answers(**found)


def _asked(name: str, ask: Ask) -> Any:
    """The answer to a question, asked until it means something; nothing where none is given."""
    wrong: PipelineError | None = None
    while (said := ask(name, wrong)) is not None:
        value = _parts(name, said.strip())
        try:
            if not value and name in NEEDED:
                raise stop("usage", f"--{name}", "answer_missing")
            if value:
                _judge(name, value)
            return value
        except PipelineError as error:
            wrong = error
    return None


def choices(name: str, language: str) -> tuple[Mapping[str, str], tuple[str, ...]]:
    """What the answer to a question is chosen from, with the label of each; those that are taken where nothing is said. None
    where it is free."""
    if name == "records":
        return {each: about["title"][language] for each, about in library()["records"].items()}, Answers.records
    if name == "languages":
        packs = texts.of_site(LANGUAGES)
        return {each: packs[each]("language.name") for each in LANGUAGES}, Answers.languages
    if name == "serves":
        found = library()["persons"]
        return {each: ", ".join(label[language] for label in found[each]["counted"].values()) for each in found}, ()
    return {}, ()


def _judge(name: str, value: Any) -> None:
    """Raises PipelineError("usage") where an answer means nothing."""
    offered, _ = choices(name, LANGUAGES[0])
    for each in () if not offered else (value,) if isinstance(value, str) else value:
        if each not in offered:
            raise stop("usage", f"--{name}", "answer_unknown", name=each, known=", ".join(offered))
    if name == "edition" and not EDITION.fullmatch(value):
        raise stop("usage", "--edition", "wrong_form", wanted="edition")
    if name == "first_month" and not MONTH.fullmatch(value):
        raise stop("usage", "--first-month", "wrong_form", wanted="month")
    if name == "threshold" and not str(value).isdigit():
        raise stop("usage", "--threshold", "wrong_type", wanted="integer", got="other")
    if name == "threshold" and int(value) < LEAST:
        raise stop("usage", "--threshold", "too_small", least=LEAST)
    if name == "zones" and len({slug(zone) for zone in value}) < len(value):
        raise stop("usage", "--zones", "repeated_item")


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
    """An answer as it is kept."""
    if name == "zones":
        return tuple(filter(None, map(str.strip, said.split(","))))
    if name not in LISTS:
        return said
    return tuple(said.replace(",", " ").split())
