"""Time codes: months, quarters, years and year to date, each meaning the same closed days in every edition; and in which
order editions came out.

Pure. A month is `2025-10`, a quarter `2025-T4`, a year `2025`, a year to date `2025-T1-T3` (whose `parts` are quarters).
Quarters and years appear only once they are closed at the cut-off.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache

MONTH, QUARTER, YEAR, TO_DATE = "mes", "trimestre", "anio", "acumulado"
LEVELS = (YEAR, TO_DATE, QUARTER, MONTH)
"""Coarse to fine; the names of levels in `tables.yaml`."""

_PATTERNS = {
    MONTH: re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])"),
    QUARTER: re.compile(r"[0-9]{4}-T[1-4]"),
    YEAR: re.compile(r"[0-9]{4}"),
    TO_DATE: re.compile(r"[0-9]{4}-T1-T[23]"),
}


@dataclass(frozen=True, slots=True)
class Period:
    """A time code with its level, the code that it belongs to, and the codes that it unites (year to date)."""

    code: str
    level: str
    parent: str = ""
    parts: tuple[str, ...] = ()


@lru_cache(maxsize=1 << 16)
def level_of(code: str) -> str | None:
    """Level of a time code; None if it is not one."""
    return next((level for level, pattern in _PATTERNS.items() if pattern.fullmatch(code)), None)


def quarter_of(month: str) -> str:
    return f"{month[:4]}-T{(int(month[5:7]) + 2) // 3}"


def year_of(code: str) -> str:
    return code[:4]


def months_of(code: str) -> tuple[str, ...]:
    """The months that a time code covers, first to last."""
    year, level = code[:4], level_of(code)
    if level == MONTH:
        return (code,)
    if level == QUARTER:
        first, last = 3 * int(code[6]) - 2, 3 * int(code[6])
    elif level == TO_DATE:
        first, last = 1, 3 * int(code[9])
    else:
        first, last = 1, 12
    return tuple(f"{year}-{month:02d}" for month in range(first, last + 1))


def is_after(code: str, cut_off: str) -> bool:
    """Whether a time code ends after a month; what is no time code does not."""
    return level_of(code) is not None and months_of(code)[-1] > cut_off


def is_finer(code: str, grain: str) -> bool:
    """Whether a time code covers less than a month, quarter or year, as the grain says, does."""
    return len(months_of(code)) < {MONTH: 1, QUARTER: 3, YEAR: 12}[grain]


def united(codes: Iterable[str]) -> list[str]:
    """Months and quarters in as few time codes as say the same: a year in place of all its months, else a quarter."""
    left = {month for code in codes for month in months_of(code)}
    found = []
    for code in sorted(
        {year_of(month) for month in left} | {quarter_of(month) for month in left} | left,
        key=lambda each: -len(months_of(each)),
    ):
        if left.issuperset(months := months_of(code)):
            left.difference_update(months)
            found.append(code)
    return sorted(found)


def to_date(quarter: str) -> str:
    """The year up to the end of a quarter: the first quarter is one by itself, the fourth ends a year."""
    year, number = quarter[:4], quarter[6]
    return {"1": quarter, "4": year}.get(number, f"{year}-T1-T{number}")


def edition_order(edition: str) -> tuple[str, int, str]:
    """Sorts names of editions of one day: an edition before its amendments, and those by number (`.9` before `.10`)."""
    base, _, number = edition.partition(".")
    return base, int(number) if re.fullmatch("[0-9]+", number) else 0, edition


def release_order(published: str, cut_off: str, edition: str) -> tuple[str, str, tuple[str, int, str]]:
    """Sorts editions, the oldest first: by the day of publication, the last month that they count, their name."""
    return published, cut_off, edition_order(edition)


def following(edition: str, known: Collection[str]) -> str:
    """The name of the next amendment of an edition, after all that are known: `2025-T4.9` → `2025-T4.10`."""
    base, number, _ = edition_order(edition)
    numbers = [edition_order(other)[1] for other in known if edition_order(other)[0] == base]
    return f"{base}.{max([number, *numbers]) + 1}"


def closes_quarter(month: str) -> bool:
    return int(month[5:7]) % 3 == 0


def open_months(cut_off: str) -> tuple[str, ...]:
    """The months up to a cut-off whose quarter it leaves open; none where it closes one, or is none."""
    if not cut_off or closes_quarter(cut_off):
        return ()
    return tuple(month for month in months_of(quarter_of(cut_off)) if month <= cut_off)


def periods(first_month: str, cut_off: str) -> tuple[Period, ...]:
    """Every time code from `first_month` to `cut_off` (`AAAA-MM`, both included), oldest first and coarse before fine."""
    found: list[Period] = []
    for year in range(int(first_month[:4]), int(cut_off[:4]) + 1):
        months = [m for m in months_of(str(year)) if first_month <= m <= cut_off]
        quarters = [q for q in (f"{year}-T{n}" for n in range(1, 5)) if set(months_of(q)) <= set(months)]
        closed = len(months) == 12
        parent = str(year) if closed else ""
        if closed:
            found.append(Period(str(year), YEAR))
        elif len(quarters) in (2, 3) and quarters[0].endswith("T1"):
            found.append(Period(f"{quarters[0]}-T{len(quarters)}", TO_DATE, parts=tuple(quarters)))
        for quarter in quarters:
            found.append(Period(quarter, QUARTER, parent))
        for month in months:
            quarter = quarter_of(month)
            found.append(Period(month, MONTH, quarter if quarter in quarters else parent))
    return tuple(found)
