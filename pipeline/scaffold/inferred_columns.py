"""A trait of an office's own files → a column or a question of the contract, with how it is recoded. Pure.

What a profile does not know is a decision; a column that is not to come in is dropped, and it is said why.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.model import periods
from pipeline.model.findings import plain
from pipeline.model.reference_data import Text
from pipeline.model.spellings import fold
from pipeline.scaffold.draft import Decision
from pipeline.scaffold.draft_tables import Column, Cut, Question, said
from pipeline.scaffold.groups import groups
from pipeline.scaffold.library import slug
from pipeline.scaffold.profile import AGES, Place, Profile, Trait
from pipeline.wording.accents import accented
from pipeline.wording.agreement import agreeing, other_of, small_words, with_of

SENSITIVE = re.compile(
    r"genero|sexual|orientacion|discapacidad|lengua|indigena|etni|afro|religi|migra|vih|embaraz|nacionalidad|pais|riesgo|"
    r"gender|disab|ethnic|pregnan|risk"
)
"""Headers of what the law calls sensitive: a higher threshold, per year, crossed with nothing."""
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
class Made:
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
    grouped: list[str] = field(default_factory=list)
    """Columns whose answers have groups by what their words mean, with these."""
    date_format: str = ""
    join: dict[str, str] = field(default_factory=dict)

    def ask(self, part: Sequence[str], why: str, **facts: object) -> None:
        self.decisions.append(Decision("sources.yaml", (self.name, *part), why, facts))


def period(made: Made, trait: Trait) -> None:
    made.recode["mes"] = {"month": True}
    made.rename |= dict.fromkeys(trait.headers, "mes")
    made.date_format = trait.date_format
    if trait.unsure:
        made.ask(("date_format",), "date_order", column=plain(trait.headers[0]), form=trait.date_format)
    if trait.empty:
        made.ask(("recode", "mes"), "no_date", count=trait.empty)


def age(made: Made, trait: Trait) -> Column:
    name = "grupo_edad"
    made.rename |= dict.fromkeys(trait.headers, name)
    bins = [{"code": code, "from": low, "to": high} for code, low, high in AGES]
    made.recode[name] = {"empty": UNSPECIFIED, "otherwise": UNSPECIFIED, "bins": bins}
    labels = [(code, "", _age_label(low, high, made.languages)) for code, low, high in AGES]
    made.lists[name] = [*labels, (UNSPECIFIED, "", said("not_specified", made.languages))]
    _united(made, trait, name)
    made.shown[name] = trait
    return Column(
        name,
        said("age", made.languages),
        name,
        Cut(trait.levels, "bar", 3, ordered=True),
        note=said("age_note", made.languages),
    )


def _age_label(low: int, high: int, languages: Sequence[str]) -> Text:
    key = "age_under" if not low else "age_over" if high == AGES[-1][2] else "age_between"
    return said(key, languages, low=str(low), high=str(high), next=str(high + 1))


def code_column(made: Made, trait: Trait) -> Iterator[Column]:
    if len(trait.values) < 2 or not trait.levels:  # what would not be published has no reason to come in
        why = "unpublished" if trait.values and len(trait.values) > 1 else "same" if trait.values else "rare"
        made.dropped += [(header, why) for header in trait.headers]
        return
    name, title = field_of(made, trait), title_of(made, trait)
    codes, aliases = _codes(made, trait, title)
    rule: dict[str, Any] = {}
    if trait.empty or trait.absent:
        codes.append((UNSPECIFIED, "", _unspecified(made, title)))
        rule["empty"] = UNSPECIFIED
        aliases |= {text: UNSPECIFIED for text in trait.unknown if text != fold(UNSPECIFIED)}
    if trait.rare:
        codes.append((OTHER, "", said("other", made.languages)))
        rule["otherwise"] = OTHER
        made.ask(("recode", name), "rare", answers=trait.rare, rows=trait.rare_rows)
    if aliases:
        rule["aliases"] = aliases
    made.lists[name], made.recode[name] = _grouped(made, trait, _apart(codes), title), rule
    _united(made, trait, name)
    sensitive = bool(SENSITIVE.search(fold(" ".join(trait.headers))))
    levels = tuple(level for level in trait.levels if level == periods.YEAR) if sensitive else trait.levels
    if sensitive:
        made.sensitive.append(trait.headers[0])
    made.shown[name] = trait
    few = len(codes) <= 8 and len(levels) > 1
    note = said("sensitive_note", made.languages) if sensitive else {}
    leading = _leading(made.lists[name], codes[0])
    yield Column(name, title, name, Cut(levels, "line" if few else "bar", 3), sensitive, note, leading)


def _unspecified(made: Made, title: Text) -> Text:
    labels = said("not_specified", made.languages)
    return {language: agreeing(label, title[language]) for language, label in labels.items()}


def _leading(codes: Sequence[tuple[str, str, Text]], frequent: tuple[str, str, Text]) -> tuple[str, Text]:
    """The group of the most frequent answer, or that answer: code and label."""
    parents = {code: parent for code, parent, _ in codes}
    named = {code: labels for code, _, labels in codes}
    code = parents[frequent[0]] or frequent[0]
    return code, named[code]


def _codes(made: Made, trait: Trait, title: Text) -> tuple[list[tuple[str, str, Text]], dict[str, str]]:
    """The codes of the frequent answers, and code by spelling where folding does not find it."""
    codes: dict[str, str] = {}
    aliases: dict[str, str] = {}
    for value in trait.values:
        label = _readable(re.sub(r"^[=+@-]+\s*", "", value.label)[:200], title[made.languages[0]], trait.place)
        code = slug(label)[:60].strip("_") or f"respuesta_{len(codes) + 1}"
        while code in codes or code in (UNSPECIFIED, OTHER):
            code += "_2"
        codes[code] = label
        known = {fold(code), fold(label)}
        aliases |= {other: code for other in (*value.others, fold(value.label)) if other not in known}
    return [(code, "", dict.fromkeys(made.languages, label)) for code, label in codes.items()], aliases


def _readable(label: str, title: str, place: bool) -> str:
    """An answer as people write it; the names of places keep their letters."""
    return small_words(label) if place else accented(other_of(label, title))


def _apart(codes: list[tuple[str, str, Text]]) -> list[tuple[str, str, Text]]:
    """The codes, those whose label another has left out: an answer that is «No especificado» is the one that stands for it."""
    first: dict[str, str] = {}
    return [each for each in codes if first.setdefault(fold(next(iter(each[2].values()))), each[0]) == each[0]]


def _grouped(made: Made, trait: Trait, codes: list[tuple[str, str, Text]], title: Text) -> list[tuple[str, str, Text]]:
    """The codes below those of the column above, where there is one, or of the groups that their words have; what is in none stays beside."""
    language = made.languages[0]
    by_column = {label: (slug(group)[:60].strip("_") or "grupo", dict.fromkeys(made.languages, group)) for label, group in trait.groups.items()}  # fmt: skip
    meant = {
        _readable(label, title[language], trait.place): group for label, group in (by_column or groups(trait)).items()
    }
    if not meant:
        return codes
    taken = {code for code, _, _ in codes}
    found: list[tuple[str, str, Text]] = []
    within = {code: meant[labels[language]] for code, _, labels in codes if labels[language] in meant}
    for group, said_of in dict(within.values()).items():
        name = group
        while name in taken:
            name += "_2"
        taken.add(name)
        found.append((name, "", {each: said_of[each] for each in made.languages}))
        found += [(code, name, labels) for code, _, labels in codes if within.get(code, ("",))[0] == group]
    below = {code for code, _, _ in found}
    if trait.groups:
        at = ("recode", made.rename[trait.headers[0]])
        made.ask(at, "nested", column=plain(trait.headers[0]), above=plain(trait.above))
    else:
        named = ", ".join(dict.fromkeys(label[language] for _, label in within.values()))
        made.grouped.append(f"{plain(trait.headers[0])} ({named})")
    return found + [each for each in codes if each[0] not in below]


def yes_no(made: Made, trait: Trait) -> Column:
    name = field_of(made, trait)
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
    return Column(name, title_of(made, trait), listed, Cut(levels, "bar", 2), sensitive)


def families(traits: Sequence[Trait]) -> dict[str, list[Trait]]:
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


def family(made: Made, stem: str, members: Sequence[Trait]) -> Question:
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
        column = field_of(made, trait, f"{head[0] if head else stem}_{end}")
        made.recode[column] = {"yes_no": True, **({"empty": "false"} if trait.empty or trait.absent else {})}
        columns[end], titles[column] = column, title_of(made, trait)
        answer = other_of(_title(end.replace("_", " ")), title[made.languages[0]])
        codes.append((end, "", dict.fromkeys(made.languages, answer)))
        _united(made, trait, column)
    made.lists[name] = codes
    shared = [set(trait.levels) for trait in members if trait.levels]
    levels = tuple(level for level in periods.LEVELS if shared and all(level in each for each in shared))
    mentions = (f"menciones_{name}"[:80], {language: f"{said('mentions', made.languages)[language]}: {title[language].lower()}" for language in made.languages})  # fmt: skip
    made.families.append(f"{name} ({len(members)})")
    made.shown[name] = members[0]
    return Question(name, title, name, columns, titles, mentions, Cut(levels, _drawn(levels), 4))


def several_answers(made: Made, trait: Trait) -> Question:
    """A column with several answers in a cell: one yes or no column each."""
    name = field_of(made, trait, renamed=False)
    made.shown[name] = trait
    title = title_of(made, trait)
    codes, aliases = _codes(made, trait, title)
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
    mentions = (f"menciones_{name}"[:80], {language: f"{said('mentions', made.languages)[language]}: {title[language].lower()}" for language in made.languages})  # fmt: skip
    return Question(name, title, name, columns, {column: labels[code] for code, column in columns.items()}, mentions, Cut(trait.levels, _drawn(trait.levels), 4), _leading(codes, codes[0]))  # fmt: skip


def _drawn(levels: Sequence[str]) -> str:
    """How a question is drawn: each answer over time, where there is a time finer than years."""
    return "small_multiples" if len(levels) > 1 else "bar"


def field_of(made: Made, trait: Trait, wanted: str = "", *, renamed: bool = True) -> str:
    """The name of a column in the contract, which its headers are renamed to."""
    wanted = wanted or made.short.get(trait.headers[0], slug(trait.headers[0])).partition("_con_")[0]
    name = _free(made, wanted[:60].strip("_"))
    if renamed:
        made.rename |= dict.fromkeys(trait.headers, name)
    return name


def _free(made: Made, wanted: str) -> str:
    name = wanted if re.match("[a-z]", wanted) else f"c_{wanted}".strip("_")
    taken = {*made.rename.values(), *made.lists, *RESERVED, made.name}
    number = 2
    while name in taken:
        name, number = f"{name.removesuffix(f'_{number - 1}')}_{number}", number + 1
    return name


def title_of(made: Made, trait: Trait) -> Text:
    header = trait.headers[0]
    short = made.short.get(header, "")
    return dict.fromkeys(made.languages, _title(short if len(short) < len(slug(header)) and short else header))


def _title(header: str) -> str:
    words = " ".join(re.sub(r"[_\s]+", " ", plain(header)).split())[:200]
    words = words.capitalize() if words.isupper() and len(words) > 4 else words
    return with_of(accented(words[:1].upper() + words[1:]))


def _united(made: Made, trait: Trait, name: str) -> None:
    """Says what was united by likeness, what is asked to be mended, and what stands for a column in files without it."""
    if trait.guessed:
        made.ask(("rename",), "united", columns=", ".join(map(plain, trait.headers)))
    if trait.suspect:
        made.ask(("recode", name), "suspect", count=trait.suspect)
    for place in trait.absent:
        coded = name in made.recode and "yes_no" not in made.recode[name]
        made.absent.setdefault(place, {})[name] = UNSPECIFIED if coded else "false"


def short_names(traits: Sequence[Trait]) -> dict[str, str]:
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
