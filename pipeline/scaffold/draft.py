"""A draft of an institute's folder → the text of each of its files. Pure.

In: the content of each YAML file, code lists, pages, and the decisions that are left to a person; the words of the command line.
Out: path → text, in which each decision is a comment that begins with a mark above the line that it is about.
"""

from __future__ import annotations

import csv
import io
import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from pipeline.institute import editor_schemas
from pipeline.model import yaml12
from pipeline.model.findings import plain
from pipeline.model.reference_data import Text
from pipeline.scaffold.commented import Place, document
from pipeline.wording.texts import Texts

SCHEMAS = ".schemas"
"""Where the folder keeps the schemas that editors read."""
PAGES = Path(__file__).with_name("pages")
README = Path(__file__).with_name("readme")
ORDER = ("institute.yaml", "records.package.yaml", "sources.yaml", "tables.yaml", "charts.yaml", "sample.yaml")
"""The YAML files of a draft, in the order of reading."""
SHAPES = {"records.package.yaml": ("resource", "field"), "sources.yaml": ("source",), "tables.yaml": ("tables",), "charts.yaml": ("charts",)}  # fmt: skip
"""File → the shapes whose keys are explained at its top; in institute.yaml each key is explained above itself."""


@dataclass(frozen=True)
class Decision:
    """What the program could not know: file, place in it, key of the words that ask for it, and facts that are safe to print."""

    file: str
    at: Place
    asks: str
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Draft:
    """`files`: YAML file → content. `lists`: name → (code, parent, labels) in order. `verb`: the one that made it."""

    files: Mapping[str, Any]
    lists: Mapping[str, Sequence[tuple[str, str, Text]]]
    decisions: Sequence[Decision] = ()
    verb: str = "new"

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self.files["institute.yaml"]["languages"])


def written(draft: Draft, say: Texts, option: str) -> dict[str, str]:
    """Path → text of every file of the folder. `option`: what must follow each order so that it finds the folder."""
    facts = draft.files["institute.yaml"]
    found = {name: _yaml(name, draft, say) for name in ORDER if name in draft.files}
    found |= {f"{SCHEMAS}/{name}": text for name, text in editor_schemas.written().items()}
    found |= {f"codes/{name}.csv": _csv(rows, draft.languages) for name, rows in draft.lists.items()}
    for language in draft.languages:
        for path in sorted((PAGES / language).glob("*.md")):
            blanks = {"threshold": facts["disclosure"]["threshold"], "unit": facts["unit"][language]}
            found[f"pages/{language}/{path.name}"] = _filled(path, blanks)
    steps = say(f"draft.steps.{draft.verb}", option=option)
    name = facts["name"].get(say.language) or facts["name"][draft.languages[0]]
    found["README.md"] = _filled(README / f"{say.language}.md", {"name": name, "steps": steps, "option": option})
    return found


def left(files: Mapping[str, str], say: Texts) -> list[tuple[str, int, str]]:
    """(file, line, what it asks) of every mark in the text of files."""
    mark = say("draft.mark")
    return [
        (name, number, line.partition(mark)[2].strip())
        for name, text in files.items()
        if name.endswith(".yaml")
        for number, line in enumerate(text.splitlines(), start=1)
        if line.lstrip().startswith(f"# {mark}")
    ]


@cache
def explained() -> Mapping[str, Mapping[str, Text]]:
    """Shape → key → what it is for, by language."""
    content, _ = yaml12.read(editor_schemas.EXPLAINED.read_text(encoding="utf-8"))
    found: Mapping[str, Mapping[str, Text]] = content
    return found


def _yaml(name: str, draft: Draft, say: Texts) -> str:
    content = draft.files[name]
    comments: dict[Place, list[str]] = {}
    if name == "institute.yaml":
        keys = explained()["institute"]
        comments = {(key,): [keys[key][say.language]] for key in content}
    for decision in draft.decisions:
        if decision.file == name:
            asked = say(f"draft.asks.{decision.asks}", **_worded(decision.facts, say))
            comments.setdefault(_there(content, decision.at), []).append(f"{say('draft.mark')} {asked}")
    schema = f"{SCHEMAS}/{editor_schemas.FILES[name]}.schema.json"
    head = [f"yaml-language-server: $schema={schema}", say(f"draft.heads.{name.partition('.')[0]}")]
    used = set(_keys(content))
    for shape in SHAPES.get(name, ()):
        head += [f"  {key}: {told[say.language]}" for key, told in explained()[shape].items() if key in used]
    return document(content, comments, head)


def _worded(facts: Mapping[str, object], say: Texts) -> dict[str, object]:
    """Facts as words: numbers as people write them, columns that are dropped with the reason."""
    found: dict[str, object] = {}
    for name, fact in facts.items():
        if isinstance(fact, list):
            told = [(plain(column) or "–", f"identities.{why}.what", f"draft.whys.{why}") for column, why in fact]
            fact = ", ".join(f"{' '.join(c.split())} ({say(one if say.has(one) else other)})" for c, one, other in told)
        found[name] = say.number(fact) if isinstance(fact, int) else fact
    return found


def _there(content: Any, at: Place) -> Place:
    """A place of the content, or the nearest that it is within."""
    for length, key in enumerate(at):
        if isinstance(content, list):
            named = {str(each.get("id", each.get("name"))): each for each in content if isinstance(each, dict)}
        else:
            named = content if isinstance(content, dict) else {}
        if key not in named:
            return at[:length]
        content = named[key]
    return at


def _keys(content: Any) -> Iterable[str]:
    if isinstance(content, dict):
        yield from content
    for each in content.values() if isinstance(content, dict) else content if isinstance(content, list) else ():
        yield from _keys(each)


def _csv(rows: Sequence[tuple[str, str, Text]], languages: Sequence[str]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["code", "parent", "parts", "order", *languages])
    for order, (code, parent, labels) in enumerate(rows, start=1):
        writer.writerow([code, parent, "", order, *(labels[language] for language in languages)])
    return stream.getvalue()


def _filled(path: Path, blanks: Mapping[str, object]) -> str:
    return string.Template(path.read_text(encoding="utf-8")).substitute(blanks)
