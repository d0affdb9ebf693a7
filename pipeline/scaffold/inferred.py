"""Profiles of an office's own files → the draft of its folder. Pure.

What a profile does not know is a decision; a column that is not to come in is dropped, and it is said why. Each trait of which
little would be withheld becomes one table and one chart.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
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
from pipeline.scaffold.library import Answers, asked, institute, slug
from pipeline.scaffold.profile import Place, Profile, Trait
from pipeline.wording.accents import accented

SENSITIVE = re.compile(
    r"genero|sexual|orientacion|discapacidad|lengua|indigena|etni|afro|religi|migra|vih|embaraz|nacionalidad|pais|riesgo|"
    r"gender|disab|ethnic|pregnan|risk"
)
"""Headers of what the law calls sensitive: a higher threshold, per year, crossed with nothing."""
BINS = (("menor_18", 0, 17), ("18_24", 18, 24), ("25_34", 25, 34), ("35_44", 35, 44), ("45_54", 45, 54), ("55_64", 55, 64), ("65_y_mas", 65, 110))  # fmt: skip
"""Age groups as surveys have them; what is beyond is no age."""
BIN_LABELS: Mapping[str, Text] = {
    "menor_18": {"es": "Menos de 18 años", "en": "Under 18"},
    "65_y_mas": {"es": "65 años o más", "en": "65 and over"},
}
YES_NO_ALIASES = {"s": "si", "x": "si", "1": "si", "true": "si", "n": "no", "0": "no", "false": "no"}
UNSPECIFIED, OTHER = "no_especificado", "otra_respuesta"
FAMILY = 3
"""Yes or no columns of one beginning from which they are one question."""
LONG_END = 3
"""Words, not counting small ones, of an end of headers that says whose they are and not what they tell."""
SMALL_WORDS = frozenset(["de", "del", "la", "las", "el", "los", "con", "en", "a", "por", "y", "o"])
RESERVED = frozenset({"periodo", "obs_status", "conf_status", "mes", "menciones", "usuarias"})
Lists = dict[str, list[tuple[str, str, Text]]]


@dataclass
class _Made:
    """A record type with what its files say of it."""

    profile: Profile
    name: str
    title: str
    languages: tuple[str, ...]
    short: Mapping[str, str] = field(default_factory=dict)
    """First header → a name for its column, without the words that others end with too."""
    shown: dict[str, Trait] = field(default_factory=dict)
    """Column or question → the trait that it is made of, or the first of several."""
    recode: dict[str, Any] = field(default_factory=dict)
    rename: dict[str, str] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)
    dropped: list[tuple[str, str]] = field(default_factory=list)
    absent: dict[Place, dict[str, str]] = field(default_factory=dict)
    lists: Lists = field(default_factory=dict)
    decisions: list[Decision] = field(default_factory=list)
    sensitive: list[str] = field(default_factory=list)
    families: list[str] = field(default_factory=list)
    date_format: str = ""
    join: dict[str, str] = field(default_factory=dict)

    def ask(self, part: Sequence[str], why: str, **facts: object) -> None:
        self.decisions.append(Decision("sources.yaml", (self.name, *part), why, facts))


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
    files = {
        "institute.yaml": facts,
        "records.package.yaml": package(f"{facts['id']}-registros", answers.name, types, answers.languages),
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


def _called(profiles: Sequence[Profile], answers: Answers) -> list[_Made]:
    """Record types with names of their own, as the answers call them or as their files are called."""
    taken: Counter[str] = Counter()
    found = []
    for profile, title in itertools.zip_longest(profiles, answers.called[: len(profiles)], fillvalue=""):
        assert isinstance(profile, Profile)
        called = (slug(title) if re.match(r"[^\W\d_]", title) else "") or profile.name
        taken[called] += 1
        name = called + (f"_{taken[called]}" if taken[called] > 1 else "")
        short = _short_names([trait for trait in profile.traits if trait.kind != "dropped"])
        found.append(_Made(profile, name, title or profile.title, answers.languages, short))
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


def _type(made: _Made) -> RecordType:
    profile, parts = made.profile, _Parts()
    title = dict.fromkeys(made.languages, made.title)
    families = _families([t for t in profile.traits if t.kind == "yes_no"])
    above = {trait.above for trait in profile.traits}
    for trait in profile.traits:
        if trait.kind == "code" and trait.headers[0] in above:
            made.dropped += [(header, "nested") for header in trait.headers]
        elif trait.kind != "yes_no" or not any(trait in members for members in families.values()):
            _take(made, trait, parts)
    parts.questions += [_family(made, stem, members) for stem, members in families.items()]
    if not parts.person:
        made.ask(("files",), "no_person")
    for names, why in ((made.sensitive, "sensitive"), (made.families, "family")):
        if names:
            made.ask(("recode",), why, columns=", ".join(map(plain, names)))
    if profile.scant:
        made.ask(("files",), "scant", count=profile.scant)
    persons = ("usuarias", said("persons", made.languages)) if parts.person else ("", {})
    columns, questions = _ranked(made, parts.columns, parts.questions)
    return RecordType(
        made.name, title, (made.name, title), columns, questions, parts.person, persons, parts.key,
        sums={f"total_{name}": (text, {name: text}) for name, text in parts.sums.items()},
        crossings=list(_crossings(made, columns, questions)),
    )  # fmt: skip


def _take(made: _Made, trait: Trait, parts: _Parts) -> None:
    """What one trait becomes, by its kind."""
    match trait.kind:
        case "dropped":
            made.dropped += [(header, trait.why) for header in trait.headers]
        case "period":
            _period(made, trait)
        case "year" | "month":
            made.join[trait.kind] = trait.headers[0]
        case "age":
            parts.columns.append(_age(made, trait))
        case "code":
            parts.columns += _code(made, trait)
        case "yes_no":
            parts.columns.append(_yes_no(made, trait))
        case "answers":
            parts.questions.append(_answers(made, trait))
        case "sum":
            parts.sums[_field(made, trait)] = _said(made, trait)
        case "key":
            parts.key = _field(made, trait)
        case "person":
            parts.person = _field(made, trait)
            made.ask(("files",), "person", column=plain(trait.headers[0]))


def _ranked(
    made: _Made, columns: Sequence[Column], questions: Sequence[Question]
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


def _is_plain(made: _Made, each: Column) -> bool:
    """Whether a column is neither sensitive, nor a place, nor an age."""
    return not each.sensitive and not each.cut.ordered and not made.shown[each.name].place


def _topic(question: Question) -> str:
    return "violencia" if VIOLENT.search(fold(" ".join((question.name, *question.title.values())))) else ""


def _crossings(made: _Made, columns: Sequence[Column], questions: Sequence[Question]) -> Iterator[Crossing]:
    """The main column, the place and the main question by age, and the main question by place, where little would be withheld; what
    is sensitive is crossed with nothing."""
    for one, other, priority in _pairs(made, columns, questions):
        members = _members(made, one)
        known = [made.profile.crossed.get((t.headers[0], made.shown[other.name].headers[0]), ()) for t in members]
        if known and all(periods.YEAR in levels for levels in known):
            topic = "territorio" if priority == 2 else one.cut.topic
            yield Crossing(one, other, Cut((periods.YEAR,), "heatmap", priority, topic=topic))


def _pairs(
    made: _Made, columns: Sequence[Column], questions: Sequence[Question]
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


def _members(made: _Made, one: Column | Question) -> list[Trait]:
    """The columns of a file that a column or question is made of."""
    headers = made.rename
    own = [
        t
        for t in made.profile.traits
        if isinstance(one, Question) and headers.get(t.headers[0]) in one.columns.values()
    ]
    return own or [made.shown[one.name]]


def _short_names(traits: Sequence[Trait]) -> dict[str, str]:
    """First header → its words without the long end that several headers share, such as «persona en situación de violencia»; the whole
    of it where that leaves nothing, or the same for two."""
    said = {trait.headers[0]: _tokens(trait) for trait in traits}
    large = {header: [word for word in words if word not in SMALL_WORDS] for header, words in said.items()}
    ends = Counter(tuple(words[-n:]) for words in large.values() for n in range(LONG_END, len(words)))
    found = {}
    for header, words in said.items():
        count = len(large[header])
        n = max((n for n in range(LONG_END, count) if ends[tuple(large[header][-n:])] > 1), default=0)
        left = list(words)
        while left and (n or left[-1] in SMALL_WORDS):
            n -= left.pop() not in SMALL_WORDS
        found[header] = "_".join(left)
    times = Counter(found.values())
    return {header: name for header, name in found.items() if name and times[name] == 1}


def _period(made: _Made, trait: Trait) -> None:
    made.recode["mes"] = {"month": True}
    made.rename |= dict.fromkeys(trait.headers, "mes")
    made.date_format = trait.date_format
    if trait.unsure:
        made.ask(("date_format",), "date_order", column=plain(trait.headers[0]), form=trait.date_format)
    if trait.empty:
        made.ask(("recode", "mes"), "no_date", count=trait.empty)


def _age(made: _Made, trait: Trait) -> Column:
    name = "grupo_edad"
    made.rename |= dict.fromkeys(trait.headers, name)
    bins = [{"code": code, "from": low, "to": high} for code, low, high in BINS]
    made.recode[name] = {"empty": UNSPECIFIED, "otherwise": UNSPECIFIED, "bins": bins}
    labels = [(code, "", _age_label(code, low, high, made.languages)) for code, low, high in BINS]
    made.lists[name] = [*labels, (UNSPECIFIED, "", said("not_specified", made.languages))]
    _united(made, trait, name)
    made.shown[name] = trait
    return Column(name, said("age", made.languages), name, Cut(trait.levels, "bar", 3, ordered=True))


def _age_label(code: str, low: int, high: int, languages: Sequence[str]) -> Text:
    known = BIN_LABELS.get(code, {"es": f"{low} a {high} años", "en": f"{low} to {high}"})
    return {language: known[language] for language in languages}


def _code(made: _Made, trait: Trait) -> Iterator[Column]:
    if len(trait.values) < 2 or not trait.levels:  # what would not be published has no reason to come in
        why = "unpublished" if trait.values and len(trait.values) > 1 else "same" if trait.values else "rare"
        made.dropped += [(header, why) for header in trait.headers]
        return
    name = _field(made, trait)
    codes, aliases = _codes(made, trait)
    rule: dict[str, Any] = {}
    if trait.empty or trait.absent:
        codes.append((UNSPECIFIED, "", said("not_specified", made.languages)))
        rule["empty"] = UNSPECIFIED
        aliases |= {text: UNSPECIFIED for text in trait.unknown if text != fold(UNSPECIFIED)}
    if trait.rare:
        codes.append((OTHER, "", said("other", made.languages)))
        rule["otherwise"] = OTHER
        made.ask(("recode", name), "rare", answers=trait.rare, rows=trait.rare_rows)
    if aliases:
        rule["aliases"] = aliases
    made.lists[name], made.recode[name] = _grouped(made, trait, _apart(codes)), rule
    _united(made, trait, name)
    sensitive = bool(SENSITIVE.search(fold(" ".join(trait.headers))))
    levels = tuple(level for level in trait.levels if level == periods.YEAR) if sensitive else trait.levels
    if sensitive:
        made.sensitive.append(trait.headers[0])
    made.shown[name] = trait
    few = len(codes) <= 8 and len(levels) > 1
    yield Column(name, _said(made, trait), name, Cut(levels, "line" if few else "bar", 3), sensitive)


def _codes(made: _Made, trait: Trait) -> tuple[list[tuple[str, str, Text]], dict[str, str]]:
    """The codes of the frequent answers, and code by spelling where folding does not find it."""
    codes: dict[str, str] = {}
    aliases: dict[str, str] = {}
    for value in trait.values:
        label = re.sub(r"^[=+@-]+\s*", "", value.label)[:200]
        code = slug(label)[:60].strip("_") or f"respuesta_{len(codes) + 1}"
        while code in codes or code in (UNSPECIFIED, OTHER):
            code += "_2"
        codes[code] = label
        known = {fold(code), fold(label)}
        aliases |= {other: code for other in (*value.others, fold(value.label)) if other not in known}
    return [(code, "", dict.fromkeys(made.languages, label)) for code, label in codes.items()], aliases


def _apart(codes: list[tuple[str, str, Text]]) -> list[tuple[str, str, Text]]:
    """The codes, those whose label another has left out: an answer that is «No especificado» is the one that stands for it."""
    first: dict[str, str] = {}
    return [each for each in codes if first.setdefault(fold(next(iter(each[2].values()))), each[0]) == each[0]]


def _grouped(made: _Made, trait: Trait, codes: list[tuple[str, str, Text]]) -> list[tuple[str, str, Text]]:
    """The codes below those of the column above, where there is one; what stands for nothing known stays beside them."""
    if not trait.groups:
        return codes
    language = made.languages[0]
    taken = {code for code, _, _ in codes}
    found: list[tuple[str, str, Text]] = []
    for group in sorted(set(trait.groups.values())):
        name = slug(group)[:60].strip("_") or "grupo"
        while name in taken:
            name += "_2"
        taken.add(name)
        found.append((name, "", dict.fromkeys(made.languages, group)))
        found += [(code, name, labels) for code, _, labels in codes if trait.groups.get(labels[language]) == group]
    below = {code for code, _, _ in found}
    made.ask(
        ("recode", made.rename[trait.headers[0]]), "nested", column=plain(trait.headers[0]), above=plain(trait.above)
    )
    return found + [each for each in codes if each[0] not in below]


def _yes_no(made: _Made, trait: Trait) -> Column:
    name = _field(made, trait)
    codes = [("si", "", said("yes", made.languages)), ("no", "", said("no", made.languages))]
    rule: dict[str, Any] = {"aliases": dict(YES_NO_ALIASES)}
    if trait.empty:
        codes.append((UNSPECIFIED, "", said("not_specified", made.languages)))
        rule["empty"] = UNSPECIFIED
    made.lists["si_no_especificado" if trait.empty else "si_no"] = codes
    made.recode[name] = rule
    _united(made, trait, name)
    sensitive = bool(SENSITIVE.search(fold(" ".join(trait.headers))))
    if sensitive:
        made.sensitive.append(trait.headers[0])
    made.shown[name] = trait
    levels = trait.levels[:1] if sensitive else trait.levels
    listed = "si_no_especificado" if trait.empty else "si_no"
    return Column(name, _said(made, trait), listed, Cut(levels, "bar", 2), sensitive)


def _families(traits: Sequence[Trait]) -> dict[str, list[Trait]]:
    """First word → yes or no columns that begin with it, where they are enough to be one question."""
    found: dict[str, list[Trait]] = {}
    for trait in traits:
        found.setdefault(_tokens(trait)[0], []).append(trait)
    return {stem: members for stem, members in found.items() if len(members) >= FAMILY and _ends(members)}


def _ends(members: Sequence[Trait]) -> list[str]:
    """What each column adds to the beginning that they share; nothing where they share none, or add the same."""
    shared = _shared_words(members)
    ends = ["_".join(_rest(_tokens(trait), shared)) for trait in members]
    return ends if shared and len(set(ends)) == len(ends) else []


def _shared_words(members: Sequence[Trait]) -> int:
    """How many words all of them begin with; small ones do not part «modalidad violencia» from «modalidad de violencia»."""
    said = [[word for word in _tokens(trait) if word not in SMALL_WORDS] for trait in members]
    common = 0
    while all(len(words) > common + 1 for words in said) and len({words[common] for words in said}) == 1:
        common += 1
    return common


def _rest(tokens: Sequence[str], shared: int) -> list[str]:
    """The words behind the first ones, not counting small words."""
    left = list(tokens)
    while left and (shared or left[0] in SMALL_WORDS):
        shared -= left.pop(0) not in SMALL_WORDS
    return left


def _tokens(trait: Trait) -> list[str]:
    return [word for word in slug(trait.headers[0]).split("_") if word] or ["columna"]


def _family(made: _Made, stem: str, members: Sequence[Trait]) -> Question:
    ends = _ends(members)
    head = [word for word in _tokens(members[0]) if word not in SMALL_WORDS][: _shared_words(members)]
    words = _tokens(members[0])[: -len(ends[0].split("_"))]
    while words[-1] in SMALL_WORDS:
        words.pop()
    name = _free(made, "_".join(head) or stem)
    title = dict.fromkeys(made.languages, _title(" ".join(words)))
    columns: dict[str, str] = {}
    titles: dict[str, Text] = {}
    codes: list[tuple[str, str, Text]] = []
    for trait, end in zip(members, ends, strict=True):
        column = _field(made, trait, f"{head[0] if head else stem}_{end}")
        made.recode[column] = {"yes_no": True, **({"empty": "false"} if trait.empty or trait.absent else {})}
        columns[end], titles[column] = column, _said(made, trait)
        codes.append((end, "", dict.fromkeys(made.languages, _title(end.replace("_", " ")))))
        _united(made, trait, column)
    made.lists[name] = codes
    shared = [set(trait.levels) for trait in members if trait.levels]
    levels = tuple(level for level in periods.LEVELS if shared and all(level in each for each in shared))
    mentions = (f"menciones_{name}"[:80], {language: f"{said('mentions', made.languages)[language]}: {title[language].lower()}" for language in made.languages})  # fmt: skip
    made.families.append(f"{name} ({len(members)})")
    made.shown[name] = members[0]
    return Question(name, title, name, columns, titles, mentions, Cut(levels, _drawn(levels), 4))


def _answers(made: _Made, trait: Trait) -> Question:
    """A column with several answers in a cell: one yes or no column each."""
    name = _field(made, trait, renamed=False)
    made.shown[name] = trait
    codes, aliases = _codes(made, trait)
    columns = {code: f"{name}_{code}"[:80] for code, _, _ in codes}
    spelled = {next(iter(labels.values())): columns[code] for code, _, labels in codes}
    spelled |= {other: columns[code] for other, code in aliases.items()}
    described: dict[str, Any] = {"separator": trait.separator, "columns": spelled}
    if trait.rare:
        columns[OTHER] = described["otherwise"] = f"{name}_{OTHER}"[:80]
        codes.append((OTHER, "", said("other", made.languages)))
        made.ask(("answers", trait.headers[0]), "rare", answers=trait.rare, rows=trait.rare_rows)
    made.answers |= dict.fromkeys(trait.headers, described)
    made.lists[name] = codes
    labels = {code: label for code, _, label in codes}
    title = _said(made, trait)
    mentions = (f"menciones_{name}"[:80], {language: f"{said('mentions', made.languages)[language]}: {title[language].lower()}" for language in made.languages})  # fmt: skip
    return Question(name, title, name, columns, {column: labels[code] for code, column in columns.items()}, mentions, Cut(trait.levels, _drawn(trait.levels), 4))  # fmt: skip


# sources -------------------------------------------------------------------------------------------------------------


def _source(made: _Made, first: str, cut_off: str) -> dict[str, Any]:
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


def _files(made: _Made) -> list[Any]:
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


# names ---------------------------------------------------------------------------------------------------------------


def _drawn(levels: Sequence[str]) -> str:
    """How a question is drawn: each answer over time, where there is a time finer than years."""
    return "small_multiples" if len(levels) > 1 else "bar"


def _field(made: _Made, trait: Trait, wanted: str = "", *, renamed: bool = True) -> str:
    """The name of a column in the contract, which its headers are renamed to."""
    wanted = wanted or made.short.get(trait.headers[0], slug(trait.headers[0]))
    name = _free(made, wanted[:60].strip("_"))
    if renamed:
        made.rename |= dict.fromkeys(trait.headers, name)
    return name


def _free(made: _Made, wanted: str) -> str:
    name = wanted if re.match("[a-z]", wanted) else f"c_{wanted}".strip("_")
    taken = {*made.rename.values(), *made.lists, *RESERVED, made.name}
    number = 2
    while name in taken:
        name, number = f"{name.removesuffix(f'_{number - 1}')}_{number}", number + 1
    return name


def _said(made: _Made, trait: Trait) -> Text:
    header = trait.headers[0]
    short = made.short.get(header, "")
    return dict.fromkeys(made.languages, _title(short if len(short) < len(slug(header)) and short else header))


def _title(header: str) -> str:
    words = " ".join(re.sub(r"[_\s]+", " ", plain(header)).split())[:200]
    words = words.capitalize() if words.isupper() and len(words) > 4 else words
    return accented(words[:1].upper() + words[1:])


def _united(made: _Made, trait: Trait, name: str) -> None:
    """Says what was united by likeness, what is asked to be mended, and what stands for a column in files without it."""
    if trait.guessed:
        made.ask(("rename",), "united", columns=", ".join(map(plain, trait.headers)))
    if trait.suspect:
        made.ask(("recode", name), "suspect", count=trait.suspect)
    for place in trait.absent:
        coded = name in made.recode and "yes_no" not in made.recode[name]
        made.absent.setdefault(place, {})[name] = UNSPECIFIED if coded else "false"


def _shared(made: Sequence[_Made], types: Sequence[RecordType]) -> tuple[Lists, list[RecordType]]:
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
