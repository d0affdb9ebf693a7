"""Of what an expert wrote in a folder, how much a draft of the same files says too. Reads two folders; writes nothing.

A statement is a value with its place: a key of a YAML file, an item of a list, the label, parent or parts of a code. What a column, code,
list, measure, table or chart is *called* inside the folder is anybody's choice, so the draft's names are replaced by the expert's where both
mean the same: columns by their header, lists and questions by their columns, codes by their label, measures by what they count, tables by
what they are parted by, charts and cards by what they show. Everything else must be equal to the letter; a title or sentence that stands in
other words at the same place is counted apart. The habits of synthetic records (sample.yaml) and the pages are not counted: who has records
needs no habits. What the draft says and the expert does not is counted too: who drafts everything says all that anybody could.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.model import yaml12
from pipeline.model.spellings import fold

FILES = ("institute.yaml", "records.package.yaml", "sources.yaml", "tables.yaml", "charts.yaml")
WORDED = ("es", "en")
"""Keys of texts, which nobody words twice alike."""
PACKAGE_TITLE = ("records.package.yaml", "title")
"""A text in no language."""
OFFICE = ("url", "email", "helplines", "synthetic", "editions", "disclosure", "licence", "unit", "exit_page")
"""Keys of institute.yaml that no file of records can tell: who answers, where, when, with what help and how carefully."""
Statement = tuple[str, ...]


class Said:
    """What a folder with one record type says."""

    def __init__(self, folder: Path) -> None:
        self.files: dict[str, Any] = {
            name: yaml12.read((folder / name).read_text(encoding="utf-8"))[0] for name in FILES
        }
        self.codes: dict[str, dict[str, dict[str, str]]] = {}
        for path in sorted((folder / "codes").glob("*.csv")):
            with path.open(encoding="utf-8", newline="") as stream:
                self.codes[path.stem] = {row.pop("code"): row for row in csv.DictReader(stream)}
        (self.resource,) = self.files["records.package.yaml"]["resources"]
        (self.source,) = self.files["sources.yaml"].values()
        self.counted: Mapping[str, Any] = self.resource["celosia"]
        self.questions: Mapping[str, Any] = self.counted.get("dimensions", {})

    def headers(self) -> dict[str, str]:
        """Header → column."""
        fields = {fold(each["name"]): each["name"] for each in self.resource["schema"]["fields"]}
        return fields | {fold(header): column for header, column in self.source.get("rename", {}).items()}

    def lists(self) -> dict[str, str]:
        """Column or question → its list."""
        fields = self.resource["schema"]["fields"]
        found = {each["name"]: codes for each in fields if (codes := each.get("celosia", {}).get("codes"))}
        return found | {name: each["codes"] for name, each in self.questions.items()}

    def statements(self, names: Mapping[str, str]) -> set[Statement]:
        """All that is said, in other names where these stand for them."""
        found = {(name, *place) for name, content in self.files.items() for place in _flat(content)}
        for listed, codes in self.codes.items():
            for code, row in codes.items():
                found |= {("codes", listed, code, key, value) for key, value in row.items() if value and key != "order"}
        return {tuple(names.get(word, word) for word in each) for each in found}


def _flat(content: Any) -> Iterator[Statement]:
    if isinstance(content, dict):
        for key, value in content.items():
            yield from ((str(key), *rest) for rest in _flat(value))
    elif isinstance(content, list):
        for item in content:
            named = next((str(item[key]) for key in ("id", "name", "number", "code") if key in item), "") if isinstance(item, dict) else ""  # fmt: skip
            yield from ((named, *rest) if named else rest for rest in _flat(item))
    else:
        yield (str(content),)


def same(draft: Said, expert: Said) -> dict[str, str]:
    """Name in the draft → name of the same thing in the expert's folder."""
    names = {draft.resource["name"]: expert.resource["name"], draft.counted["rows"]: expert.counted["rows"]}
    theirs = expert.headers()
    columns = {column: theirs[header] for header, column in draft.headers().items() if header in theirs}
    names |= columns
    for name, question in draft.questions.items():
        asked_of = {columns.get(column, column): code for code, column in question["columns"].items()}
        other = max(expert.questions, key=lambda each: len(set(expert.questions[each]["columns"].values()) & set(asked_of)))  # fmt: skip
        names |= {name: other, question["answers"]: expert.questions[other]["answers"]}
        told = {column: code for code, column in expert.questions[other]["columns"].items()}
        names |= {code: told[column] for column, code in asked_of.items() if column in told}
    lists = expert.lists()
    for name, listed in draft.lists().items():
        if (known := lists.get(names.get(name, name))) is None:
            continue
        names[listed] = known
        labels = {fold(row["es"]): code for code, row in expert.codes[known].items()}
        names |= {code: labels[key] for code, row in draft.codes[listed].items() if (key := fold(row["es"])) in labels}
    for file, what in (("tables.yaml", _cut), ("charts.yaml", _drawn), ("kpis", _drawn)):
        by_what = {what(each, {}): each["id"] for each in _items(expert, file)}
        names |= {each["id"]: by_what[of] for each in _items(draft, file) if (of := what(each, names)) in by_what}
    topics = {each["id"]: each["topic"] for each in _items(expert, "tables.yaml")}
    for each in _items(draft, "tables.yaml"):
        if names.get(each["id"]) in topics:
            names.setdefault(each["topic"], topics[names[each["id"]]])
    return names


def _items(said: Said, file: str) -> list[dict[str, Any]]:
    charts = said.files["charts.yaml"]
    found: list[dict[str, Any]] = {"charts.yaml": charts["charts"], "kpis": charts["kpis"]}.get(file) or said.files[
        file
    ]
    return found


def _cut(table: Mapping[str, Any], names: Mapping[str, str]) -> tuple[str, ...]:
    traits = [each if isinstance(each, str) else each["name"] for each in table["dimensions"]]
    return tuple(sorted(names.get(each, each) for each in traits))


def _drawn(chart: Mapping[str, Any], names: Mapping[str, str]) -> tuple[str, ...]:
    where = (word for pair in chart.get("where", {}).items() for word in pair) if "kind" not in chart else ()
    return tuple(names.get(str(word), str(word)) for word in (chart["table"], chart["measure"], *where))


@dataclass(frozen=True)
class Share:
    """What an expert says, and of it what a draft says to the letter, and what it says in other words at the same place."""

    said: frozenset[Statement]
    same: frozenset[Statement]
    reworded: frozenset[Statement]
    more: frozenset[Statement]
    """What the draft says and the expert does not, at a place of which the expert says nothing."""

    @property
    def of_files(self) -> frozenset[Statement]:
        """What files of records can tell somebody."""
        return frozenset(each for each in self.said if not (each[0] == "institute.yaml" and each[1] in OFFICE))

    @property
    def missing(self) -> frozenset[Statement]:
        return self.said - self.same - self.reworded


def compared(draft: Path, expert: Path) -> Share:
    """How much of what the expert says the draft says."""
    one, other = Said(draft), Said(expert)
    said, drafted = other.statements({}), one.statements(same(one, other))
    places = {each[:-1] for each in drafted if each[-2] in WORDED or each[:-1] == PACKAGE_TITLE}
    reworded = frozenset(each for each in said - drafted if each[:-1] in places)
    replaced = {each[:-1] for each in reworded}
    more = frozenset(each for each in drafted - said if each[:-1] not in replaced)
    return Share(frozenset(said), frozenset(said & drafted), reworded, more)
