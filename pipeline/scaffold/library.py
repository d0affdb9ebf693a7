"""Answers of whoever starts → the draft of a folder, from the library of record types. Pure, but for the library that it reads."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pipeline.model import periods, yaml12
from pipeline.model.reference_data import Text
from pipeline.scaffold.draft import Decision, Draft
from pipeline.scaffold.draft_tables import (
    Column,
    Cut,
    Question,
    RecordType,
    charts,
    measures,
    package,
    said,
    tables,
    words,
)

LIBRARY = Path(__file__).with_name("library.yaml")
ZONES = "zona"
"""The list of the zones, which only an institute knows."""


@dataclass(frozen=True)
class Answers:
    """What whoever starts must say. `records` are names of the library, `zones` what the zones are called."""

    name: str
    edition: str
    place: str = ""
    languages: tuple[str, ...] = ("es",)
    records: tuple[str, ...] = ("atenciones",)
    zones: tuple[str, ...] = ()
    threshold: int = 5
    first_month: str = ""
    serves: str = "personas"
    called: tuple[str, ...] = ()
    """What the records of files are called, in the order in which they come."""


@cache
def library() -> Mapping[str, Any]:
    """The record types and code lists."""
    content, _ = yaml12.read(LIBRARY.read_text(encoding="utf-8"))
    found: Mapping[str, Any] = content
    return found


def slug(text: str, sign: str = "_") -> str:
    """A text as a name: small letters without accents and digits, parted by a sign; may be empty."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if unicodedata.category(c) != "Mn").casefold()
    return re.sub(r"[^a-z0-9]+", sign, plain).strip(sign)


def draft(answers: Answers) -> Draft:
    """The folder that the answers ask for."""
    chosen = {name: library()["records"][name] for name in answers.records}
    types = [_type(name, described, answers) for name, described in chosen.items()]
    used = {column.codes for each in types for column in each.traits}
    lists = {name: _list(name, answers) for name in (*library()["lists"], ZONES) if name in used}
    facts = institute(answers, types)
    name, languages = facts["id"], answers.languages
    files = {
        "institute.yaml": facts,
        "records.package.yaml": package(f"{name}-registros", answers.name, types, languages),
        "sources.yaml": {each.name: _source(each) for each in types},
        "tables.yaml": tables(types, languages),
        "charts.yaml": charts(types, languages),
        "sample.yaml": _habits(chosen, types),
    }
    return Draft(files, lists, tuple(asked(facts)))


def institute(answers: Answers, types: Sequence[RecordType]) -> dict[str, Any]:
    """The content of institute.yaml."""

    def every(text: str) -> Text:
        return dict.fromkeys(answers.languages, text)

    short = re.split(r": | [(–—]", answers.name)[0].strip() or answers.name
    cut_off = periods.months_of(answers.edition)[-1]
    first = answers.first_month or f"{int(cut_off[:4]) - (cut_off[5:] != '12')}-01"
    facts: dict[str, Any] = {
        "id": slug(short, "-")[:60].strip("-") or "instituto",
        "name": every(answers.name),
        "short_name": every(short),
        "unit": every(short),
    }
    if answers.place:
        facts["place"] = every(answers.place)
    return {
        **facts,
        "synthetic": said("synthetic", answers.languages),
        "url": "https://ejemplo.org/",
        "email": "datos@ejemplo.org",
        "languages": list(answers.languages),
        "serves": answers.serves,
        "licence": {**words()["licence"], "title": _in(words()["licence"]["title"], answers.languages)},
        "exit_page": "https://www.google.com/",
        "helplines": [{**each, "label": _in(each["label"], answers.languages)} for each in words()["helplines"]],
        "disclosure": {
            "threshold": answers.threshold,
            "sensitive_threshold": max(10, 2 * answers.threshold),
            "late_records": "hold",
        },
        "first_month": first,
        "editions": [
            {
                "id": answers.edition,
                "cut_off": cut_off,
                "published": f"{_after(cut_off)}-20",
                "note": said("first_edition", answers.languages),
            }
        ],
        "measures": measures(types),
    }


def asked(facts: Mapping[str, Any]) -> list[Decision]:
    """What of institute.yaml nobody but the institute knows."""
    found = [Decision("institute.yaml", (key,), key) for key in ("unit", "url", "email", "licence", "helplines")]
    if len(facts["languages"]) > 1:
        found.append(Decision("institute.yaml", ("name",), "name"))
    return [
        *found,
        Decision("institute.yaml", ("disclosure",), "threshold", {"threshold": facts["disclosure"]["threshold"]}),
    ]


def _type(name: str, described: Mapping[str, Any], answers: Answers) -> RecordType:
    languages = answers.languages
    cuts = {
        each["by"]: Cut(tuple(each["levels"]), each["chart"], each["priority"], each["by"] == "grupo_edad")
        for each in described["tables"]
    }
    person = library()["persons"][answers.serves] if "persons" in described else None
    return RecordType(
        name=name,
        title=_in(described["title"], languages),
        rows=_measure(described["rows"], languages),
        columns=[
            Column(column, _in(about["title"], languages), about["codes"], cuts.get(column, Cut()))
            for column, about in described["columns"].items()
            if answers.zones or not about.get("zones")
        ],
        questions=[_question(question, about, cuts[question], languages) for question, about in described.get("questions", {}).items()],
        person=person["key"] if person else "",
        persons=_measure(person["counted"], languages) if person else ("", {}),
        key=described["key"],
        period="trimestre" if described.get("grain") else "mes",
        grain=described.get("grain", periods.MONTH),
        sums={
            each: (_in(about["title"], languages), {c: _in(t, languages) for c, t in about["columns"].items()})
            for each, about in described.get("sums", {}).items()
        },
        women=described.get("women", ""),
        refers=described["refers"] if described.get("refers") in answers.records else "",
        finest=described.get("finest", ""),
        one_way=described.get("one_way", False),
    )  # fmt: skip


def _question(name: str, about: Mapping[str, Any], cut: Cut, languages: Sequence[str]) -> Question:
    codes = library()["lists"][about["codes"]]
    columns = {code: f"{about['prefix']}_{code}" for code in codes}
    title = _in(about["title"], languages)
    titles = {
        column: {language: f"{title[language]}: {codes[code][language]}" for language in languages}
        for code, column in columns.items()
    }
    return Question(name, title, about["codes"], columns, titles, _measure(about["answers"], languages), cut)


def _list(name: str, answers: Answers) -> list[tuple[str, str, Text]]:
    if name != ZONES:
        return [(code, "", _in(labels, answers.languages)) for code, labels in library()["lists"][name].items()]
    zones = [(slug(zone) or f"z{number}", "", dict.fromkeys(answers.languages, zone)) for number, zone in enumerate(answers.zones, start=1)]  # fmt: skip
    return [*zones, ("no_especificado", "", said("not_specified", answers.languages))]


def _source(each: RecordType) -> dict[str, Any]:
    """Records that come in the form of the contract; spellings with or without accents and capitals are known."""
    recode: dict[str, Any] = {column.name: {} for column in each.columns}
    recode |= {column: {"yes_no": True} for question in each.questions for column in question.columns.values()}
    return {"files": [f"{each.name}*.csv"], "recode": recode}


def _habits(chosen: Mapping[str, Mapping[str, Any]], types: Sequence[RecordType]) -> dict[str, Any]:
    first = next(iter(chosen.values()))["share"]
    found: dict[str, Any] = {}
    for each in types:
        described = chosen[each.name]
        found[each.name] = habits = {"rows": round(described["share"] / first, 3)}
        if each.person:
            fixed = [column.name for column in each.columns if described["columns"][column.name].get("fixed")]
            fixed += [
                c for q in each.questions if described["questions"][q.name].get("fixed") for c in q.columns.values()
            ]
            habits["person"] = {"per_person": 3, "gap": 1.5, "fixed": fixed}
    return found


def _measure(described: Mapping[str, Text], languages: Sequence[str]) -> tuple[str, Text]:
    name, title = next(iter(described.items()))
    return name, _in(title, languages)


def _in(text: Text, languages: Sequence[str]) -> Text:
    return {language: text[language] for language in languages}


def _after(month: str) -> str:
    year, number = divmod(int(month[:4]) * 12 + int(month[5:]), 12)
    return f"{year}-{number + 1:02d}"
