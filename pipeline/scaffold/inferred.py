"""Profiles of an office's own files → the draft of its folder. Pure.

What a profile does not know is a decision; a column that is not to come in is dropped, and it is said why. Each trait of which
little would be withheld becomes one table and one chart.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any

from pipeline.model import periods
from pipeline.model.findings import plain, stop
from pipeline.model.reference_data import Text
from pipeline.model.spellings import fold
from pipeline.scaffold.draft import Decision, Draft
from pipeline.scaffold.draft_tables import (
    VIOLENT,
    Column,
    Crossing,
    Cut,
    Question,
    RecordType,
    charts,
    package,
    said,
    tables,
)
from pipeline.scaffold.inferred_columns import (
    Lists,
    Made,
    age,
    code_column,
    families,
    family,
    field_of,
    period,
    several_answers,
    short_names,
    title_of,
    yes_no,
)
from pipeline.scaffold.library import Answers, asked, institute, slug
from pipeline.scaffold.profile import Profile, Trait


def draft(profiles: Sequence[Profile], answers: Answers) -> Draft:
    """The folder that the files ask for. Raises PipelineError("records") where no file has a month."""
    timed = [each for each in profiles if each.months]
    if not timed:
        raise stop("records", ", ".join(place.file for each in profiles for place in each.places), "no_period_found")
    first, edition = _span(timed, answers)
    answers = replace(answers, edition=edition, first_month=first)
    made = _called(timed, answers)
    types = [_type(each) for each in made]
    facts = institute(answers, types)
    del facts["synthetic"]
    cut_off = facts["editions"][0]["cut_off"]
    lists, types = _shared(made, types)
    called = slug(types[0].name, "-") if len(types) == 1 else "registros"
    files = {
        "institute.yaml": facts,
        "records.package.yaml": package(f"{facts['id']}-{called}", answers.name, types, answers.languages),
        "sources.yaml": {each.name: _source(each, first, cut_off) for each in made},
        "tables.yaml": tables(types, answers.languages),
        "charts.yaml": charts(types, answers.languages),
    }
    decisions = [
        Decision("institute.yaml", ("name",), "called"),
        *asked(facts),
        Decision("institute.yaml", ("editions",), "edition", {"edition": edition}),
        *(decision for each in made for decision in each.decisions),
        *_untimed(profiles, made[0].name),
        *(Decision("records.package.yaml", ("resources", n), "record_type", {"name": n}) for n in (t.name for t in types)),
    ]  # fmt: skip
    return Draft(files, lists, decisions, "infer")


def _called(profiles: Sequence[Profile], answers: Answers) -> list[Made]:
    """Record types with names of their own, as the answers call them or as their files are called."""
    taken: Counter[str] = Counter()
    found = []
    for profile, title in itertools.zip_longest(profiles, answers.called[: len(profiles)], fillvalue=""):
        assert isinstance(profile, Profile)
        called = (slug(title) if re.match(r"[^\W\d_]", title) else "") or profile.name
        taken[called] += 1
        name = called + (f"_{taken[called]}" if taken[called] > 1 else "")
        short = short_names([trait for trait in profile.traits if trait.kind != "dropped"])
        found.append(Made(profile, name, title or profile.title, answers.languages, short))
    return found


def _untimed(profiles: Sequence[Profile], name: str) -> Iterator[Decision]:
    """What is to be done with files that have no month."""
    if left := ", ".join(dict.fromkeys(place.file for each in profiles if not each.months for place in each.places)):
        yield Decision("sources.yaml", (name,), "untimed", {"files": left})


def _span(profiles: Sequence[Profile], answers: Answers) -> tuple[str, str]:
    """The first month that counts and the edition of the last quarter that is whole. A few records long before all others have a
    year mistyped: they are no beginning."""
    months: Counter[str] = Counter()
    for profile in profiles:
        months.update(profile.months)
    ordered = sorted(months)
    total, before = sum(months.values()), 0
    first = ordered[0]
    for month, following in itertools.pairwise(ordered):
        before += months[month]
        if before < 0.005 * total and _distance(month, following) > 3:
            first = following
    last = ordered[-1]
    quarter = periods.quarter_of(last)
    if not periods.closes_quarter(last):
        ended = [q for q in {periods.quarter_of(m) for m in ordered} if periods.months_of(q)[-1] < last]
        quarter = max(ended, default="")
    return answers.first_month or first, answers.edition or (
        quarter if quarter and periods.months_of(quarter)[0] >= first else last
    )


def _distance(one: str, other: str) -> int:
    return (int(other[:4]) - int(one[:4])) * 12 + int(other[5:]) - int(one[5:])


# record types --------------------------------------------------------------------------------------------------------


@dataclass
class _Parts:
    """What the traits of a record type become. `sums`: column → what it is called; key, person: columns."""

    columns: list[Column] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    sums: dict[str, Text] = field(default_factory=dict)
    key: str = ""
    person: str = ""


def _type(made: Made) -> RecordType:
    profile, parts = made.profile, _Parts()
    title = dict.fromkeys(made.languages, made.title)
    alike = families([t for t in profile.traits if t.kind == "yes_no"])
    above = {trait.above for trait in profile.traits}
    for trait in profile.traits:
        if trait.kind == "code" and trait.headers[0] in above:
            made.dropped += [(header, "nested") for header in trait.headers]
        elif trait.kind != "yes_no" or not any(trait in members for members in alike.values()):
            _take(made, trait, parts)
    parts.questions += [family(made, stem, members) for stem, members in alike.items()]
    if not parts.person:
        made.ask(("files",), "no_person")
    for names, why in ((made.sensitive, "sensitive"), (made.families, "family"), (made.grouped, "grouped")):
        if names:
            made.ask(
                ("recode",),
                why,
                columns="; ".join(map(plain, names)) if why == "grouped" else ", ".join(map(plain, names)),
            )
    if profile.scant:
        made.ask(("files",), "scant", count=profile.scant)
    persons = ("usuarias", said("persons", made.languages)) if parts.person else ("", {})
    columns, questions = _ranked(made, parts.columns, parts.questions)
    return RecordType(
        made.name, title, (made.name, title), columns, questions, parts.person, persons, parts.key,
        sums={f"total_{name}": (text, {name: text}) for name, text in parts.sums.items()},
        crossings=list(_crossings(made, columns, questions)),
    )  # fmt: skip


def _take(made: Made, trait: Trait, parts: _Parts) -> None:
    """What one trait becomes, by its kind."""
    match trait.kind:
        case "dropped":
            made.dropped += [(header, trait.why) for header in trait.headers]
        case "period":
            period(made, trait)
        case "year" | "month":
            made.join[trait.kind] = trait.headers[0]
        case "age":
            parts.columns.append(age(made, trait))
        case "code":
            parts.columns += code_column(made, trait)
        case "yes_no":
            parts.columns.append(yes_no(made, trait))
        case "answers":
            parts.questions.append(several_answers(made, trait))
        case "sum":
            parts.sums[field_of(made, trait)] = title_of(made, trait)
        case "key":
            parts.key = field_of(made, trait)
        case "person":
            parts.person = field_of(made, trait)
            made.ask(("files",), "person", column=plain(trait.headers[0]))


def _ranked(
    made: Made, columns: Sequence[Column], questions: Sequence[Question]
) -> tuple[list[Column], list[Question]]:
    """Where least is withheld and what topic each belongs to: the column that is told by the finest time comes first, then
    places, then the others; of questions, the first."""
    plain = [each for each in columns if _is_plain(made, each) and each.cut.levels]
    main = max(plain, key=lambda each: len(each.cut.levels), default=None)
    ranked = []
    for each in columns:
        place = made.shown[each.name].place
        priority = 5 if each is main else 4 if place else each.cut.priority
        ranked.append(replace(each, cut=replace(each.cut, priority=priority, topic="territorio" if place else "")))
    asked = [
        replace(each, cut=replace(each.cut, priority=4 if number else 5, topic=_topic(each)))
        for number, each in enumerate(questions)
    ]
    return ranked, asked


def _is_plain(made: Made, each: Column) -> bool:
    """Whether a column is neither sensitive, nor a place, nor an age."""
    return not each.sensitive and not each.cut.ordered and not made.shown[each.name].place


def _topic(question: Question) -> str:
    return "violencia" if VIOLENT.search(fold(" ".join((question.name, *question.title.values())))) else ""


def _crossings(made: Made, columns: Sequence[Column], questions: Sequence[Question]) -> Iterator[Crossing]:
    """The main column, the place and the main question by age, and the main question by place, where little would be withheld; what
    is sensitive is crossed with nothing."""
    for one, other, priority in _pairs(made, columns, questions):
        members = _members(made, one)
        known = [made.profile.crossed.get((t.headers[0], made.shown[other.name].headers[0]), ()) for t in members]
        if known and all(periods.YEAR in levels for levels in known):
            topic = "territorio" if priority == 2 else one.cut.topic
            fine = isinstance(one, Question) and priority > 2 and all(periods.QUARTER in levels for levels in known)
            levels = (periods.YEAR, periods.QUARTER) if fine else (periods.YEAR,)
            yield Crossing(one, other, Cut(levels, "heatmap", priority, topic=topic))


def _pairs(
    made: Made, columns: Sequence[Column], questions: Sequence[Question]
) -> list[tuple[Column | Question, Column, int]]:
    """What may be crossed with what, and how much it matters."""
    ages = [each for each in columns if each.cut.ordered]
    places = [each for each in columns if made.shown[each.name].place and not each.sensitive and each.cut.levels]
    main = [each for each in columns if _is_plain(made, each) and each.cut.priority == 5]
    first = [each for each in questions[:1] if each.cut.levels]
    each: Sequence[Column | Question] = [*main, *first]
    pairs: list[tuple[Column | Question, Column, int]] = [(one, age, 3) for age in ages for one in each]
    pairs += [(one, age, 2) for age in ages for one in places[:1]]
    return pairs + [(one, place, 2) for place in places[:1] for one in first or (() if ages else main)]


def _members(made: Made, one: Column | Question) -> list[Trait]:
    """The columns of a file that a column or question is made of."""
    headers = made.rename
    own = [
        t
        for t in made.profile.traits
        if isinstance(one, Question) and headers.get(t.headers[0]) in one.columns.values()
    ]
    return own or [made.shown[one.name]]


def _shared(made: Sequence[Made], types: Sequence[RecordType]) -> tuple[Lists, list[RecordType]]:
    """The code lists of all record types: one that says the same is shared, one that says something else has its own name."""
    lists: Lists = {}
    found = []
    for each, kind in zip(made, types, strict=True):
        names = {}
        for name, codes in each.lists.items():
            own = name if lists.get(name, codes) == codes else f"{kind.name}_{name}"
            lists[own], names[name] = codes, own
        columns = [replace(column, codes=names[column.codes]) for column in kind.columns]
        questions = [replace(question, codes=names[question.codes]) for question in kind.questions]
        found.append(replace(kind, columns=columns, questions=questions))
    return lists, found


# sources -------------------------------------------------------------------------------------------------------------


def _source(made: Made, first: str, cut_off: str) -> dict[str, Any]:
    found: dict[str, Any] = {"files": _files(made)}
    months = made.profile.months
    begin = min((month for month in months if month >= first), default=first)
    if begin > first:
        found["start"] = begin
        made.ask(("start",), "start", month=begin)
    due = [p.code for p in periods.periods(begin, cut_off) if p.level == periods.MONTH]
    if gaps := periods.united(month for month in due if month not in months):
        found["none"] = gaps
        made.ask(("none",), "none", periods=", ".join(gaps))
    if made.join:
        found["join"] = {"mes": [made.join["year"], made.join["month"]]}
        made.recode = {"mes": {"month": True}, **made.recode}
    if made.date_format:
        found["date_format"] = made.date_format
    if rename := {header: name for header, name in made.rename.items() if fold(header) != fold(name)}:
        found["rename"] = rename
    if made.dropped:
        found["drop"] = [header for header, _ in made.dropped]
        made.ask(("drop",), "drop", columns=made.dropped)
    if made.answers:
        found["answers"] = made.answers
    return {**found, "recode": made.recode}


def _files(made: Made) -> list[Any]:
    """The files as sources.yaml names them: one pattern where all are read alike, else each with what is its own."""
    places = made.profile.places
    plain_files = all(place.header == 1 and place.one_sheet and not place.url for place in places)
    names = [place.file for place in places]
    if plain_files and not made.absent:
        return [_pattern(names)] if len(set(names)) > 1 and _pattern(names) else names
    found = []
    for place in places:
        each: dict[str, Any] = {"url": place.url, "table": place.file} if place.url else {"pattern": place.file}
        each |= {"password": place.password} if place.password else {}
        each |= {} if place.one_sheet else {"sheet": place.sheet}
        each |= {} if place.header == 1 else {"header": place.header}
        each |= {"absent": absent} if (absent := made.absent.get(place)) else {}
        found.append(each if len(each) > 1 else place.file)
    return found


def _pattern(names: Sequence[str]) -> str:
    """What the names of files begin and end with, where that says enough; else nothing."""
    suffix = {PurePosixPath(name).suffix for name in names}
    start = names[0]
    while not all(name.startswith(start) for name in names):
        start = start[:-1]
    start = re.sub(r"\d+$", "", start)
    return f"{start}*{suffix.pop()}" if len(start) >= 4 and len(suffix) == 1 else ""
