"""The words of the site, by language, from site/texts/<language>.yaml; numbers, dates and periods as people write them.

In: a folder of YAML files of nested keys. Out: `Texts`, asked by dotted key. Reads files. A key that is missing in one
language, or whose blanks differ between languages, stops the run: nobody should meet a page that is half translated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from pipeline import SITE
from pipeline.model import periods, yaml12
from pipeline.model.findings import Finding, PipelineError

_BLANK = re.compile(r"{(\w+)}")
FINEST = 9
"""Decimals at which what remains is the computer's own rounding."""


@dataclass(frozen=True)
class Texts:
    """All words in one language."""

    language: str
    words: Mapping[str, str]

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

    def number(self, value: float, decimals: int = 0) -> str:
        """12,345 or 12.3, with a true minus sign: es-MX and English write numbers alike. No zero where there is something."""
        return _written(value, _apart(value, decimals, 0))

    def percent(self, share: float, decimals: int = 0) -> str:
        """45 % in Spanish, kept on one line by a space that does not break, and 45% in English.

        Nothing is rounded to none or to all: a goal that is nearly met reads 99.6 %, not 100 %.
        """
        value = 100 * share
        number = _written(value, _apart(value, decimals, 0, 100))
        return f"{number}%" if self.language == "en" else f"{number}\u00a0%"

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


def filled(said: str, **facts: object) -> str:
    """Words of an institute with each `{blank}` of a known name filled; all else in braces is words."""
    return re.sub(r"\{(\w+)\}", lambda blank: str(facts.get(blank[1], blank[0])), said)


def _apart(value: float, decimals: int, *ends: int) -> int:
    """The fewest decimals, from `decimals` on, at which a number does not read as one of `ends` that it is not."""
    for more in range(decimals, FINEST):
        if not any(round(abs(value), more) == end != abs(value) for end in ends):
            return more
    return decimals


def _written(value: float, decimals: int) -> str:
    return f"{value:,.{decimals}f}".replace("-", "−")


def of_site(languages: Sequence[str]) -> Mapping[str, Texts]:
    """The words of site and files. Raises PipelineError("text") as `load` does."""
    return load(SITE / "texts", languages)


def load(folder: Path, languages: Sequence[str]) -> Mapping[str, Texts]:
    """Every language's words. Raises PipelineError("text") with all that is missing or does not match."""
    found: dict[str, Mapping[str, str]] = {}
    findings: list[Finding] = []
    for language in languages:
        path = folder / f"{language}.yaml"
        try:
            content, repeated = yaml12.read(path.read_text(encoding="utf-8"))
            found[language] = dict(_flat(content))
            findings += [Finding.of(f"site/texts/{path.name}:{key}", "repeated_key", line=n) for key, n in repeated]
        except (OSError, UnicodeDecodeError, yaml.YAMLError):
            findings.append(Finding.of(f"site/texts/{language}.yaml", "missing_file"))
    for language, words in found.items():
        for other, others in found.items():
            for key in others.keys() - words.keys():
                findings.append(_missing(language, key))
            for key in others.keys() & words.keys():
                if other < language and set(_BLANK.findall(words[key])) != set(_BLANK.findall(others[key])):
                    findings.append(Finding.of(f"site/texts/{language}.yaml:{key}", "blanks_differ"))
        for key, text in words.items():
            if not text.strip():
                findings.append(_missing(language, key))
    if findings:
        raise PipelineError("text", findings)
    return {language: Texts(language, words) for language, words in found.items()}


def _missing(language: str, key: str) -> Finding:
    return Finding.of(f"site/texts/{language}.yaml:{key}", "missing_translation", language=language)


def _flat(content: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in (content or {}).items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", str("" if value is None else value)
