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
TOPICS = ("territorio", "violencia")
"""Topics that tables may have of their own."""
STARTS = {"bar": "barras", "heatmap": "calor"}
"""Kind of chart → how its name begins."""
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
    topic: str = ""
    """The topic of the site, where that is not its record type's."""


@dataclass(frozen=True)
class Column:
    """A column with a list of codes."""

    name: str
    title: Text
    codes: str
    cut: Cut = Cut()
    sensitive: bool = False
    note: Text = field(default_factory=dict)
    """What there is to know of every table that it parts."""
    leading: tuple[str, Text] = ("", {})
    """The code of its most frequent answer, or of the group of that, and what it is called; none where nobody knows."""


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
    leading: tuple[str, Text] = ("", {})


@dataclass(frozen=True)
class Crossing:
    """A table that is parted by two: a column or question, and a column."""

    first: Column | Question
    second: Column
    cut: Cut


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
    crossings: Sequence[Crossing] = ()

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
    """The content of charts.yaml: topics, the cards of each record type, a chart for each table. What could be read in a history as
    what it is about has a number there."""
    triples = [(each, trait, table) for each in types for trait, table in _cut(each, languages)]
    tables = [table for _, _, table in triples]
    topics = list(_topics(types, tables, languages))
    discreet = {}
    for kind, pages in (("tablas", tables), ("temas", topics)):
        for number, page in enumerate(pages, start=1):
            if _tells(page):
                title = said(f"discreet_{kind}", languages, number=str(number))
                discreet[f"{kind}/{page['id']}.md"] = {"title": title, "address": f"{kind[:-1]}_{number}"}
    drawn = [
        _chart(each, trait, table, f"grafica_{number}" if _tells(table) else "", languages)
        for number, (each, trait, table) in enumerate(triples, start=1)
    ]
    cards = _cards(types, triples)
    # What is parted by one thing is read first, and of that what matters most.
    best = sorted(
        zip(drawn, tables, strict=True), key=lambda pair: (pair[0]["kind"] == "heatmap", -pair[1]["priority"])
    )
    home = [chart["id"] for chart, _ in best[:2]]
    content = {"topics": topics, "kpis": cards, "home": home, "charts": drawn}
    return {**({"discreet": discreet} if discreet else {}), **content}


def _tells(page: Mapping[str, Any]) -> bool:
    """Whether its name says what a woman who is watched would not have read."""
    return bool(VIOLENT.search(" ".join((page["id"], *page["title"].values())).casefold()))


def _topics(
    types: Sequence[RecordType], tables: Sequence[Mapping[str, Any]], languages: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """The topics that have tables: one of each record type, and those that tables of it have of their own."""
    used = {table["topic"] for table in tables}
    for each in types:
        if each.name in used or not tables:
            yield {"id": each.name, "title": each.title, "summary": said("topic", languages, what=lower(each.title))}
    for name in TOPICS:
        if name in used - {each.name for each in types}:
            yield {"id": name, "title": said(name, languages), "summary": said(f"{name}_summary", languages)}


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


def _cut(each: RecordType, languages: Sequence[str]) -> Iterator[tuple[Column | Question | Crossing, dict[str, Any]]]:
    """(what it is parted by, table) of each table that is published."""
    for trait in each.traits:
        if trait.cut.levels:
            title = said("by", languages, what=each.rows[1], trait=lower(trait.title))
            yield trait, _table(each, (trait,), trait.cut, title, languages)
    for cross in each.crossings:
        one, other = lower(cross.first.title), lower(cross.second.title)
        title = said("by_two", languages, what=each.rows[1], trait=one, other=other)
        yield cross, _table(each, (cross.first, cross.second), cross.cut, title, languages)


def _table(
    each: RecordType, traits: Sequence[Column | Question], cut: Cut, title: Text, languages: Sequence[str]
) -> dict[str, Any]:
    names = [trait.name for trait in traits]
    table: dict[str, Any] = {
        "id": f"{each.rows[0]}_por_{'_y_'.join(names)}"[:80].strip("_"),
        "topic": cut.topic or each.name,
        "resource": each.name,
        "title": title,
    }
    counted = each.measures
    notes = [trait.note for trait in traits if isinstance(trait, Column) and trait.note]
    if question := next((trait for trait in traits if isinstance(trait, Question)), None):
        notes.insert(0, said("mentions_note", languages))
        counted = [question.answers, *([each.persons] if each.person and len(traits) == 1 else [])]
    if notes:
        table["note"] = {language: " ".join(note[language] for note in notes) for language in languages}
    table["dimensions"] = [{"name": PERIOD, "levels": list(cut.levels)}, *names]
    return {**table, "measures": [name for name, _ in counted], "priority": cut.priority}


def _chart(
    each: RecordType,
    trait: Column | Question | Crossing,
    table: Mapping[str, Any],
    discreet: str,
    languages: Sequence[str],
) -> dict[str, Any]:
    """`discreet`: its name, where that of the table tells too much."""
    about = trait.first if isinstance(trait, Crossing) else trait
    measure = about.answers if isinstance(about, Question) else each.rows
    kind = trait.cut.kind
    chart: dict[str, Any] = {
        "id": discreet or f"{STARTS.get(kind, 'serie')}_{table['id']}"[:80].strip("_"),
        "topic": table["topic"],
        "table": table["id"],
        "kind": kind,
        "measure": measure[0],
    }
    if isinstance(trait, Crossing):
        chart |= {"x": about.name, "y": trait.second.name, "level": trait.cut.levels[0]}
    elif kind == "line":
        chart |= {"x": PERIOD, "color": about.name, "level": trait.cut.levels[-1]}
    elif kind == "small_multiples":
        chart |= {"x": PERIOD, "facet": about.name, "level": trait.cut.levels[-1]}
    else:
        chart |= {"y": about.name, "level": trait.cut.levels[0]}
        if trait.cut.ordered:
            chart["order"] = "codes"
    return {**chart, "title": table["title"], "says": said("counts", languages, what=lower(measure[1]))}


def _cards(
    types: Sequence[RecordType], triples: Sequence[tuple[RecordType, Column | Question | Crossing, dict[str, Any]]]
) -> list[dict[str, Any]]:
    """What each record type counts, by the table that matters most; then what most records say, of that table and of the first question."""
    cards: dict[str, dict[str, Any]] = {}
    leading: list[dict[str, Any]] = []
    ranked = sorted(triples, key=lambda triple: -triple[2]["priority"])
    for each in types:
        own = [(trait, table) for other, trait, table in ranked if other is each]
        column: tuple[Column | Question, Any] | None = next(((t, to) for t, to in own if isinstance(t, Column)), None)
        question: tuple[Column | Question, Any] | None = next(
            ((t, to) for t, to in own if isinstance(t, Question)), None
        )
        if column:
            for card in _totals(each, column[1]):
                cards.setdefault(card["measure"], card)  # women of a second record type would have the same title
        for trait, table in [pair for pair in (column, question) if pair]:
            code, label = trait.leading
            if code and not (isinstance(trait, Column) and trait.sensitive):
                measure = trait.answers[0] if isinstance(trait, Question) else each.rows[0]
                title = {language: f"{trait.title[language]}: {text}" for language, text in lower(label).items()}
                found = {"id": f"{each.name}_{len(leading) + 1}", "table": table["id"], "measure": measure}
                leading.append({**found, "where": {trait.name: code}, "title": title})
    return [*cards.values(), *leading]


def _totals(each: RecordType, table: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    trait = table["dimensions"][1]
    for name, title in each.measures[:2]:
        yield {
            "id": name if name == each.name else f"{each.name}_{name}",
            "table": table["id"],
            "measure": name,
            "where": {trait: TOTAL},
            "title": title,
        }
