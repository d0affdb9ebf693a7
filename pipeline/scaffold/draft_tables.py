"""Record types of a draft → the content of records.package.yaml, tables.yaml, charts.yaml and the measures. Pure.

A `RecordType` says what stands in a record and what is counted of it; each column and question that names levels of time becomes
one table and one chart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from pipeline.institute.plan import PERIOD
from pipeline.model import periods, yaml12
from pipeline.model.cells import TOTAL
from pipeline.model.reference_data import Text

WORDS = Path(__file__).with_name("words.yaml")
MONTH_PATTERN = r"\d{4}-(0[1-9]|1[0-2])"
PATTERNS = {periods.MONTH: MONTH_PATTERN, periods.QUARTER: r"\d{4}-T[1-4]", periods.YEAR: r"\d{4}"}
VIOLENT = re.compile(r"violen|agres|delit|riesgo|denunci|abus|crime|offen|risk|assault")
"""What a page may not be called in the history of the browser of a woman whom somebody watches."""
Measure = tuple[str, Text]
"""The name of what is counted, and what the site calls it."""


@dataclass(frozen=True)
class Cut:
    """How a trait is published: the levels of time, the kind of chart, its place in the protection; nothing where no level is."""

    levels: tuple[str, ...] = ()
    kind: str = "bar"
    priority: int = 3
    ordered: bool = False
    """Whether the codes have an order of their own, as ages do."""


@dataclass(frozen=True)
class Column:
    """A column with a list of codes."""

    name: str
    title: Text
    codes: str
    cut: Cut = Cut()
    sensitive: bool = False


@dataclass(frozen=True)
class Question:
    """A question with several answers: code → yes or no column, and what each of these is called."""

    name: str
    title: Text
    codes: str
    columns: Mapping[str, str]
    titles: Mapping[str, Text]
    answers: Measure
    cut: Cut = Cut()


@dataclass(frozen=True)
class RecordType:
    """What stands in a record and what is counted. `sums`: measure → its title and the number columns that it adds up."""

    name: str
    title: Text
    rows: Measure
    columns: Sequence[Column]
    questions: Sequence[Question] = ()
    person: str = ""
    persons: Measure = ("", {})
    key: str = ""
    period: str = "mes"
    grain: str = periods.MONTH
    sums: Mapping[str, tuple[Text, Mapping[str, Text]]] = field(default_factory=dict)
    women: str = ""
    refers: str = ""
    finest: str = ""
    one_way: bool = False

    @property
    def traits(self) -> list[Column | Question]:
        """What it may be parted by."""
        return [*self.columns, *self.questions]

    @property
    def measures(self) -> list[Measure]:
        """What every table of a single answer counts."""
        persons = [self.persons] if self.person else []
        return [self.rows, *persons, *((name, title) for name, (title, _) in self.sums.items())]


@cache
def words() -> Mapping[str, Any]:
    """Words that the site of a new folder shows, by language."""
    content, _ = yaml12.read(WORDS.read_text(encoding="utf-8"))
    found: Mapping[str, Any] = content
    return found


def said(key: str, languages: Sequence[str], **facts: Text | str) -> Text:
    """A text of `words` in some languages, its blanks filled with the facts in the same language."""
    return {
        language: words()[key][language].format(
            **{name: fact if isinstance(fact, str) else fact[language] for name, fact in facts.items()}
        )
        for language in languages
    }


def lower(text: Text) -> Text:
    """A title within a sentence."""
    return {language: label[:1].lower() + label[1:] for language, label in text.items()}


def package(name: str, title: str, types: Sequence[RecordType], languages: Sequence[str]) -> dict[str, Any]:
    """The content of records.package.yaml."""
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": name,
        "title": title,
        "resources": [_resource(each, languages) for each in types],
    }


def measures(types: Sequence[RecordType]) -> dict[str, Text]:
    """Everything that is counted and what the site calls it."""
    return dict(m for each in types for m in (*each.measures, *(q.answers for q in each.questions)))


def tables(types: Sequence[RecordType], languages: Sequence[str]) -> list[dict[str, Any]]:
    """The content of tables.yaml."""
    return [table for each in types for _, table in _cut(each, languages)]


def charts(types: Sequence[RecordType], languages: Sequence[str]) -> dict[str, Any]:
    """The content of charts.yaml: a topic and its cards for each record type, a chart for each table."""
    pairs = [(each, trait, table) for each in types for trait, table in _cut(each, languages)]
    drawn = [_chart(each, trait, table, languages) for each, trait, table in pairs]
    discreet = {
        f"tablas/{table['id']}.md": {
            "title": said("discreet", languages, number=str(number)),
            "address": f"tabla_{number}",
        }
        for number, (_, _, table) in enumerate(pairs, start=1)
        if VIOLENT.search(" ".join((table["id"], *table["title"].values())).casefold())
    }
    first = {each.name: table for each, trait, table in reversed(pairs) if isinstance(trait, Column)}
    cards: dict[str, Any] = {}
    for each in types:
        for card in _cards(each, first[each.name]) if each.name in first else ():
            cards.setdefault(card["measure"], card)  # women of a second record type would have the same title
    topics = [
        {"id": each.name, "title": each.title, "summary": said("topic", languages, what=lower(each.title))}
        for each in types
    ]
    content = {
        "topics": topics,
        "kpis": list(cards.values()),
        "home": [chart["id"] for chart in drawn[:2]],
        "charts": drawn,
    }
    return {**({"discreet": discreet} if discreet else {}), **content}


def _resource(each: RecordType, languages: Sequence[str]) -> dict[str, Any]:
    counted: dict[str, Any] = {"title": each.title, "period": each.period, "rows": each.rows[0]}
    if each.person:
        counted |= {"person": each.person, "persons": each.persons[0]}
    counted |= {key: value for key in ("finest", "one_way", "women") if (value := getattr(each, key))}
    if each.grain != periods.MONTH:
        counted["grain"] = each.grain
    if each.sums:
        counted["sums"] = {name: list(columns) for name, (_, columns) in each.sums.items()}
    if each.questions:
        counted["dimensions"] = {
            question.name: {
                "kind": "multiple",
                "codes": question.codes,
                "title": question.title,
                "columns": dict(question.columns),
                "answers": question.answers[0],
            }
            for question in each.questions
        }
    schema: dict[str, Any] = {}
    if each.key:
        schema["primaryKey"] = [each.key]
    if each.refers:
        reference = {"resource": each.refers, "fields": [each.person]}
        schema["foreignKeys"] = [{"fields": [each.person], "reference": reference}]
    schema["fields"] = list(_fields(each, languages))
    return {"name": each.name, "path": f"{each.name}.csv", "celosia": counted, "schema": schema}


def _fields(each: RecordType, languages: Sequence[str]) -> Iterator[dict[str, Any]]:
    def field(name: str, kind: str, title: Text, limits: Mapping[str, Any] = {}, **more: Any) -> dict[str, Any]:
        return {
            "name": name,
            "type": kind,
            "constraints": {"required": True, **limits},
            "celosia": {**more, "title": title},
        }

    if each.key:
        yield field(each.key, "string", said("identifier", languages))
    if each.person:
        yield field(each.person, "string", said("person", languages))
    when = "quarter" if each.grain == periods.QUARTER else "month"
    yield field(each.period, "string", said(when, languages), {"pattern": PATTERNS[each.grain]})
    for column in each.columns:
        sensitive: dict[str, Any] = {"sensitive": True} if column.sensitive else {}
        yield field(column.name, "string", column.title, codes=column.codes, **sensitive)
    for question in each.questions:
        for name in question.columns.values():
            yield field(name, "boolean", question.titles[name])
    numbers = {name: title for _, columns in each.sums.values() for name, title in columns.items()}
    for name, title in numbers.items():
        yield field(name, "integer", title, {"minimum": 0})


def _cut(each: RecordType, languages: Sequence[str]) -> Iterator[tuple[Column | Question, dict[str, Any]]]:
    """(column or question, table) of each that is published."""
    for trait in each.traits:
        if not trait.cut.levels:
            continue
        table: dict[str, Any] = {
            "id": f"{each.rows[0]}_por_{trait.name}",
            "topic": each.name,
            "resource": each.name,
            "title": said("by", languages, what=each.rows[1], trait=lower(trait.title)),
        }
        counted = each.measures
        if isinstance(trait, Question):
            table["note"] = said("mentions_note", languages)
            counted = [trait.answers, *([each.persons] if each.person else [])]
        table["dimensions"] = [{"name": PERIOD, "levels": list(trait.cut.levels)}, trait.name]
        yield trait, {**table, "measures": [name for name, _ in counted], "priority": trait.cut.priority}


def _chart(
    each: RecordType, trait: Column | Question, table: Mapping[str, Any], languages: Sequence[str]
) -> dict[str, Any]:
    measure = trait.answers if isinstance(trait, Question) else each.rows
    chart: dict[str, Any] = {
        "id": f"{'serie' if trait.cut.kind == 'line' else 'barras'}_{table['id']}",
        "topic": each.name,
        "table": table["id"],
        "kind": trait.cut.kind,
        "measure": measure[0],
    }
    if trait.cut.kind == "line":
        chart |= {"x": PERIOD, "color": trait.name, "level": trait.cut.levels[-1]}
    else:
        chart |= {"y": trait.name, "level": trait.cut.levels[0]}
        if trait.cut.ordered:
            chart["order"] = "codes"
    return {**chart, "title": table["title"], "says": said("counts", languages, what=lower(measure[1]))}


def _cards(each: RecordType, table: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    trait = table["dimensions"][1]
    for name, title in each.measures[:2]:
        yield {
            "id": f"{each.name}_{name}",
            "table": table["id"],
            "measure": name,
            "where": {trait: TOTAL},
            "title": title,
        }
