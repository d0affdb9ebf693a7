"""The words of the site, by language, from site/texts/<language>.yaml; numbers, dates and periods as people write them.

In: a folder of language packs, YAML files of nested keys; words of an institute that take the place of some. Out: `Texts`,
asked by dotted key. Reads files. A key that is missing in one language, or whose blanks differ between languages, stops the
run: nobody should meet a page that is half translated.

A pack is one file, and needs no code: `language:` says what the language calls itself and how it writes numbers; `serves:`
holds, for each kind of people that an institute may serve, the words that are then said otherwise.
"""

from __future__ import annotations

import difflib
import re
import string
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import yaml

from pipeline import SITE
from pipeline.model import periods, yaml12
from pipeline.model.findings import Finding, PipelineError

PACKS = SITE / "texts"
MODEL = "es"
"""The pack whose keys and blanks a pack that an institute brings must have."""
PEOPLE = "personas"
"""Whom an institute serves that says nothing: the words of the packs are true of anybody."""
_SERVES = "serves."
FINEST = 9
"""Decimals at which what remains is the computer's own rounding."""


@dataclass(frozen=True)
class Texts:
    """All words in one language."""

    language: str
    words: Mapping[str, str]
    spoken: Mapping[str, str] = field(default_factory=dict)
    """Each language that was read with it → what that language calls itself."""

    def __call__(self, key: str, /, **facts: object) -> str:
        """The words under `key`, its blanks filled. Raises PipelineError("text") where there are none."""
        if key not in self.words:
            where = f"site/texts/{self.language}.yaml:{key}"
            raise PipelineError("text", [Finding.of(where, "missing_translation", language=self.language)])
        return self.words[key].format(**facts) if facts else self.words[key]

    def has(self, key: str) -> bool:
        return key in self.words

    def of(self, text: Mapping[str, str], where: str = "") -> str:
        """The words of a text that institute/ gives by language."""
        if not text.get(self.language):
            raise PipelineError(
                "text", [Finding.of(where or "institute", "missing_translation", language=self.language)]
            )
        return text[self.language]

    @property
    def thousands(self) -> str:
        return self.words.get("language.thousands", ",")

    @property
    def decimal(self) -> str:
        return self.words.get("language.decimal", ".")

    def number(self, value: float, decimals: int = 0) -> str:
        """12,345.6 in Mexico, 12.345,6 in Brazil, with a true minus sign. No zero where there is something."""
        return self._written(value, _apart(value, decimals, 0))

    def percent(self, share: float, decimals: int = 0) -> str:
        """45 % in Spanish, kept on one line by a space that does not break, and 45% in English.

        Nothing is rounded to none or to all: a goal that is nearly met reads 99.6 %, not 100 %.
        """
        value = 100 * share
        return self("language.percent", number=self._written(value, _apart(value, decimals, 0, 100)))

    def _written(self, value: float, decimals: int) -> str:
        signs = {",": self.thousands, ".": self.decimal, "-": "−"}
        return "".join(signs.get(sign, sign) for sign in f"{value:,.{decimals}f}")

    def signed(self, share: float, decimals: int = 1) -> str:
        """A relative change with its sign: +3.2 %, −1.0 %."""
        return ("+" if share > 0 else "") + self.percent(share, decimals)

    def month(self, number: int, *, short: bool = False) -> str:
        return self(f"months.{'short' if short else 'long'}").split()[number - 1]

    def day(self, iso: str) -> str:
        """2026-01-20 → 20 de enero de 2026."""
        when = date.fromisoformat(iso)
        return self("dates.day", day=when.day, month=self.month(when.month), year=when.year)

    def period(self, code: str) -> str:
        """A time code in words: «octubre a diciembre de 2025»; a code that is no period comes back as it is."""
        level, year = periods.level_of(code), code[:4]
        if level is None or level == periods.YEAR:
            return code
        months = periods.months_of(code)
        first, last = self.month(int(months[0][5:])), self.month(int(months[-1][5:]))
        return (
            self("dates.month", month=first, year=year)
            if level == periods.MONTH
            else self("dates.span", first=first, last=last, year=year)
        )

    def short_period(self, code: str) -> str:
        """A time code for an axis: ene 2025, T4 2025, 2025."""
        level, year = periods.level_of(code), code[:4]
        if level == periods.MONTH:
            return f"{self.month(int(code[5:]), short=True)} {year}"
        if level == periods.QUARTER:
            return self("dates.quarter", number=code[6], year=year)
        if level == periods.TO_DATE:
            return self("dates.to_date", month=self.month(3 * int(code[9]), short=True), year=year)
        return code

    def in_period(self, code: str) -> str:
        """A time code as a sentence tells when: «en 2025», «en el cuarto trimestre de 2025», «de enero a junio de 2025»."""
        level, year = periods.level_of(code), code[:4]
        if level is None or level == periods.YEAR:
            return self("dates.in", period=code)
        if level == periods.MONTH:
            return self("dates.in", period=self.period(code))
        if level == periods.QUARTER:
            return self("dates.in_quarter", ordinal=self("dates.ordinals").split()[int(code[6]) - 1], year=year)
        months = (self.month(int(month[5:])) for month in (periods.months_of(code)[0], periods.months_of(code)[-1]))
        return self("dates.in_span", **dict(zip(("first", "last"), months, strict=True)), year=year)


def filled(said: str, **facts: object) -> str:
    """Words of an institute with each `{blank}` of a known name filled; all else in braces is words."""
    return re.sub(r"\{(\w+)\}", lambda blank: str(facts.get(blank[1], blank[0])), said)


def _apart(value: float, decimals: int, *ends: int) -> int:
    """The fewest decimals, from `decimals` on, at which a number does not read as one of `ends` that it is not."""
    for more in range(decimals, FINEST):
        if not any(round(abs(value), more) == end != abs(value) for end in ends):
            return more
    return decimals


def packs(own: Path | None = None) -> tuple[str, ...]:
    """The languages that there are words of: those of the program, and those that an institute brings in a folder."""
    folders = [PACKS, *filter(None, [own])]
    return tuple(sorted({path.stem for folder in folders for path in folder.glob("*.yaml")}))


def of_site(languages: Sequence[str], serves: str = PEOPLE, own: Path | None = None) -> Mapping[str, Texts]:
    """The words of site and files. Raises PipelineError("text") as `load` does."""
    return load(PACKS, languages, serves, own)


class Speaks(Protocol):
    """What an institute's folder says of its words."""

    @property
    def languages(self) -> Sequence[str]: ...
    @property
    def serves(self) -> str: ...
    @property
    def own_texts(self) -> Path | None: ...


def of_plan(plan: Speaks) -> Mapping[str, Texts]:
    """The words of site and files as an institute says them. Raises PipelineError("text") as `load` does."""
    return of_site(plan.languages, plan.serves, plan.own_texts)


def load(folder: Path, languages: Sequence[str], serves: str = PEOPLE, own: Path | None = None) -> Mapping[str, Texts]:
    """Every language's words. `serves`: whom the institute serves; `own`: a folder with the institute's own words, which
    take the place of those of the pack, or are a whole pack of a language that `folder` has not.

    Raises PipelineError("text") with all that is missing, that does not match, and that nothing would say.
    """
    findings: list[Finding] = []
    packs: dict[str, dict[str, str]] = {}
    instead: dict[str, dict[str, str]] = {}
    for language in languages:
        path, brought = folder / f"{language}.yaml", own / f"{language}.yaml" if own else None
        said = _read(brought, f"texts/{language}.yaml", findings) if brought and brought.is_file() else {}
        if path.is_file() or not said:
            packs[language] = _read(path, f"site/texts/{language}.yaml", findings)
            instead[language] = said
            findings += _instead(said, _served(packs[language], serves), f"texts/{language}.yaml")
        else:
            packs[language] = said
            findings += _lacking(said, _read(folder / f"{MODEL}.yaml", f"site/texts/{MODEL}.yaml", findings), language)
    findings += _unlike({language: words for language, words in packs.items() if words})
    if findings:
        raise PipelineError("text", findings)
    spoken = {language: words.get("language.name", language) for language, words in packs.items()}
    return {
        language: Texts(language, _served(words, serves) | instead.get(language, {}), spoken)
        for language, words in packs.items()
    }


def _lacking(said: Mapping[str, str], model: Mapping[str, str], language: str) -> Iterator[Finding]:
    """What is wrong with a whole pack that an institute brings, beside one of the program."""
    yield from _instead(
        {key: text for key, text in said.items() if not key.startswith(_SERVES)}, model, f"texts/{language}.yaml"
    )
    for key in model.keys() - said.keys():
        if not key.startswith(_SERVES):
            yield _missing(language, key, "texts")


def _read(path: Path, where: str, findings: list[Finding]) -> dict[str, str]:
    """The words of a file by dotted key; what is wrong with the file is added to the findings."""
    try:
        text = path.read_text(encoding="utf-8")
        content, repeated = yaml12.read(text)
    except (OSError, UnicodeDecodeError):
        findings.append(Finding.of(where, "missing_file"))
        return {}
    except yaml.YAMLError as error:
        findings.append(Finding.of(where, "not_yaml", **yaml12.mistake(error, text)))
        return {}
    findings += [Finding.of(f"{where}:{key}", "repeated_key", line=line) for key, line in repeated]
    words = dict(_flat(content))
    findings += [_missing(path.stem, key, where.rpartition("/")[0]) for key, text in words.items() if not text.strip()]
    return words


def _served(words: Mapping[str, str], serves: str) -> dict[str, str]:
    """The words as they are said of the people whom an institute serves."""
    said = {key: text for key, text in words.items() if not key.startswith(_SERVES)}
    start = f"{_SERVES}{serves}."
    return said | {key.removeprefix(start): text for key, text in words.items() if key.startswith(start)}


def _instead(said: Mapping[str, str], known: Mapping[str, str], where: str) -> Iterator[Finding]:
    """What is wrong with words that are to be said in place of others."""
    for key, text in said.items():
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            yield Finding.of(f"{where}:{key}", "unknown_text", **({"near": near[0]} if near else {}))
        elif (blanks := _blanks(key, text)) is None:
            yield Finding.of(f"{where}:{key}", "braces")
        elif blanks != (wanted := _blanks(key, known[key])):
            yield Finding.of(f"{where}:{key}", "other_blanks", wanted=_listed(wanted))
        elif key.startswith("months.") and len(text.split()) != len(known[key].split()):
            yield Finding.of(f"{where}:{key}", "not_twelve")


def _unlike(found: Mapping[str, Mapping[str, str]]) -> Iterator[Finding]:
    """Keys that one language has and another has not, and blanks that differ between languages."""
    for language, words in found.items():
        for other, others in found.items():
            for key in others.keys() - words.keys():
                if not key.startswith(_SERVES):
                    yield _missing(language, key)
            for key in others.keys() & words.keys():
                if other < language and _blanks(key, words[key]) != _blanks(key, others[key]):
                    yield Finding.of(f"site/texts/{language}.yaml:{key}", "blanks_differ")


def _blanks(key: str, text: str) -> frozenset[str] | None:
    """The blanks of a text, those of scripts (# and %) too; None where it has braces that are none."""
    try:
        parts = [(name, form, way) for _, name, form, way in string.Formatter().parse(text) if name is not None]
    except ValueError:
        return None
    if any(not name.isidentifier() or form or way for name, form, way in parts):
        return None
    scripted = "#%" if key.startswith("script.") else ""
    return frozenset([*(f"{{{name}}}" for name, *_ in parts), *(sign for sign in scripted if sign in text)])


def _listed(blanks: Iterable[str] | None) -> str:
    return ", ".join(sorted(blanks or ())) or "–"


def _missing(language: str, key: str, folder: str = "site/texts") -> Finding:
    return Finding.of(f"{folder}/{language}.yaml:{key}", "missing_translation", language=language)


def _flat(content: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in (content if isinstance(content, dict) else {}).items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", str("" if value is None else value)
