"""How a source writes dates, hours and numbers: what a cell means in that form, and whether a file keeps to one form.

`month` and `number` read a cell. `Dates` and `Numbers` watch a column of one file, and afterwards tell in which form it was
read, or what speaks against that form: a file whose form is a guess is refused, and one that contradicts itself too. Pure;
no cell leaves this module but as the number of its row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from pipeline.confidential.intake.formats.table import ROWS_NAMED
from pipeline.confidential.storage.arrow import whole

DAY_FIRST, MONTH_FIRST, YEAR_FIRST = "DD/MM/AAAA", "MM/DD/AAAA", "AAAA-MM-DD"
"""What `date_format` of sources.yaml may be, whatever sign stands between the parts."""
_ZONES = {"z": 0, "utc": 0, "gmt": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7}  # fmt: skip
"""Names of zones → hours from UTC; others say no number of hours."""
_HOUR = (
    r"(?P<hour>[01]?\d|2[0-4])(?::(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d)(?:[.,]\d+)?)?)?"
    r"\s?(?:(?P<half>[ap])\.?\s?m\.?|h|hrs?\.?|horas)?"
    r"\s?(?P<zone>z|utc|gmt|[cemp][sd]?t)?\s?(?P<offset>[+-]\d{1,2}(?::?\d{2})?)?"
)
_DATE = re.compile(
    r"(?:(?P<year>\d{4})[-/](?P<month>\d{1,2})(?:[-/](?P<day>\d{1,2}))?"
    r"|(?:(?:(?P<first>\d{1,2})[-/])?(?P<then>\d{1,2}))[-/](?P<last>\d{4}))"
    rf"(?:[T ]\s*{_HOUR})?",
    re.IGNORECASE | re.ASCII,
)
_MONTHS = (
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "ene feb mar abr may jun jul ago sep oct nov dic",
    "january february march april may june july august september october november december",
    "jan feb mar apr may jun jul aug sep oct nov dec",
)
_NAMED_MONTH = re.compile(
    r"(?P<year>\d{4})[-/ ]+(?P<month>[a-z]{3,10})\.?"
    r"|(?:(?:[a-záéíóúÁÉÍÓÚ]{3,9}\.?,?\s+)?(?P<day>\d{1,2})(?:[º°]|o\.?|er)?(?:[-/ ]+|\s+de\s+))?"
    r"(?P<word>[a-z]{3,10})\.?(?:[-/ ]+|\s+del?\s+)(?P<last>\d{4})",
    re.IGNORECASE | re.ASCII,
)
"""A month by its name, before or after its year: «2024-enero», «Ene 2024», «enero de 2024», «lunes, 13 de enero de 2024»."""
_SPACE = " \u00a0\u202f"
_EXPONENT = r"(?:[eE][+-]?\d+)?"
_PLAIN = re.compile(rf"[+-]?(?:\d+(?:\.\d*)?|\.\d+){_EXPONENT}", re.ASCII)
_GROUPED = {
    mark: re.compile(rf"[+-]?(?:\d*|\d{{1,3}}(?:[{other}{_SPACE}]\d{{3}})+)(?:{re.escape(mark)}\d*)?{_EXPONENT}", re.ASCII)
    for mark, other in ((".", ","), (",", "."))
}  # fmt: skip
_LIKE_NUMBER = re.compile(rf"[+-]?(?=[.,]?\d)[\d.,]+(?:[{_SPACE}]\d{{3}}[\d.,]*)*", re.ASCII)
"""What somebody means as a number, in whatever form."""
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}", re.ASCII)
"""What may be a number with three decimals, or thousands."""


def month(written: str, form: str = "", zone: ZoneInfo | None = None) -> str | None:
    """The month (AAAA-MM) of a date, with or without an hour: AAAA-MM-DD, AAAA-MM or MM/AAAA in any case, DD/MM/AAAA unless
    another `form` is stated. An hour of a stated zone is first turned into that of `zone`. None if there is no such day."""
    told = day(written, form, zone)
    return told[: len("AAAA-MM")] if told else None


def day(written: str, form: str = "", zone: ZoneInfo | None = None) -> str | None:
    """The same day as AAAA-MM-DD; the first of the month where only that is written, in digits or by name."""
    if not (found := _DATE.fullmatch(written)):
        return _named_month(written)
    parts = found.groupdict()
    number, middle = parts["day"] or parts["first"], parts["month"] or parts["then"]
    if form == MONTH_FIRST and parts["first"]:
        number, middle = middle, number
    try:
        told = date(int(parts["year"] or parts["last"]), int(middle), int(number or 1))
        if zone and (parts["zone"] or parts["offset"]):
            if (moment := _moment(told, parts)) is None:
                return None
            told = moment.astimezone(zone).date()
    except (ValueError, OverflowError):
        return None
    return told.isoformat()


def month_number(written: str) -> int:
    """1 to 12 of a month written as a number or as a word, whole or short, in Spanish or English; 0 of anything else."""
    if re.fullmatch(r"(0?[1-9]|1[0-2])(\.0)?", written):
        return int(float(written))
    word = written.strip(". ").casefold().replace("setiembre", "septiembre")
    return next((names.split().index(word) + 1 for names in _MONTHS if word in names.split()), 0)


def _named_month(written: str) -> str | None:
    """The day of a month that is written by its name with a year; the first one where no day is."""
    if not (found := _NAMED_MONTH.fullmatch(written)):
        return None
    number = month_number(found["month"] or found["word"])
    try:
        return date(int(found["year"] or found["last"]), number, int(found["day"] or 1)).isoformat()
    except ValueError:
        return None


def _moment(told: date, parts: Mapping[str, str]) -> datetime | None:
    """The moment of a date whose hour has a zone; None if its name does not say how far from UTC it is."""
    if parts["offset"]:
        digits = parts["offset"][1:].replace(":", "")
        hours, minutes = (digits[:-2], digits[-2:]) if len(digits) > 2 else (digits, "0")
        away = (-1 if parts["offset"][0] == "-" else 1) * timedelta(hours=int(hours), minutes=int(minutes))
    elif (named := _ZONES.get(parts["zone"].lower())) is not None:
        away = timedelta(hours=named)
    else:
        return None
    hour = int(parts["hour"])
    if half := (parts["half"] or "").lower():
        hour = hour % 12 + (12 if half == "p" else 0)
    since = timedelta(hours=hour, minutes=int(parts["minute"] or 0), seconds=int(parts["second"] or 0))
    return datetime(told.year, told.month, told.day, tzinfo=timezone(away)) + since


def number(written: str, decimal: str = "") -> str | None:
    """A number as a Table Schema writes it; None if it is none in this form. Where the sign of the decimals is stated, the other
    one or spaces may stand between thousands; where it is not, decimals have a point and nothing stands there."""
    form = _GROUPED.get(decimal, _PLAIN)
    if not any(sign.isdigit() for sign in written) or not form.fullmatch(written):
        return None
    other = {".": ",", ",": "."}.get(decimal, "")
    kept = "".join(sign for sign in written if sign not in _SPACE + other)
    return kept.replace(",", ".").removeprefix("+")


@dataclass(frozen=True)
class Told:
    """What is said of a column: a rule that it breaks or a form in which it was read, and facts that are safe to print."""

    rule: str
    facts: Mapping[str, object] = field(default_factory=dict)


class _Watch:
    """Watches one column of a file, chunk by chunk. `seen`: kind → the first rows of it, and how many there are."""

    def __init__(self) -> None:
        self.seen: dict[str, tuple[list[int], int]] = {}

    def look(self, values: pa.Array, first: int) -> None:
        """A chunk, whose first row has that number."""
        column = values if pa.types.is_dictionary(values.type) else values.dictionary_encode()
        kinds = [self._kinds(word.strip()) for word in column.dictionary.to_pylist()]
        places = whole(column.indices)
        for kind in sorted({kind for each in kinds for kind in each}):
            rows = np.flatnonzero(np.array([kind in each for each in kinds])[places]) + first
            named, count = self.seen.get(kind, ([], 0))
            self.seen[kind] = [*named, *rows[: ROWS_NAMED - len(named)].tolist()], count + len(rows)

    def _kinds(self, word: str) -> Collection[str]:
        """What a value shows of the form in which the column is written."""
        raise NotImplementedError

    def _count(self, *kinds: str) -> int:
        return sum(self.seen.get(kind, ([], 0))[1] for kind in kinds)

    def _told(self, rule: str, *kinds: str, **facts: object) -> Told:
        """A rule with the rows of some kinds."""
        rows = sorted(row for kind in kinds for row in self.seen.get(kind, ([], 0))[0])[:ROWS_NAMED]
        return Told(rule, {**facts, "rows": ", ".join(map(str, rows)), "count": self._count(*kinds)})


class Dates(_Watch):
    """Watches a column of which the month is taken. `form` and `zone` are those that sources.yaml states, or empty.

    Nobody can tell 03/04 from 04/03: without a stated form, days beyond 12 must show it, and only one.
    """

    def __init__(self, form: str, zone: str) -> None:
        super().__init__()
        self.form, self.zone = form, zone

    def _kinds(self, word: str) -> Collection[str]:
        if not (found := _DATE.fullmatch(word)):
            return ()
        parts = found.groupdict()
        kinds = [_order(parts)]
        if parts["zone"] or parts["offset"]:
            kinds.append("zoned")
        elif parts["hour"] and any(int(parts[part] or 0) for part in ("hour", "minute", "second")):
            kinds.append("hour")
        return {*kinds} - {""}

    def wrong(self) -> Iterator[Told]:
        """What speaks against reading the column."""
        if self.form == YEAR_FIRST:
            others: tuple[str, ...] = ("day_first", "month_first", "either", "same")
        else:
            others = {DAY_FIRST: ("month_first",), MONTH_FIRST: ("day_first",)}.get(self.form, ())
        days, months = self._count("day_first"), self._count("month_first")
        mixed = not self._count("either", "same", "late_day") and self._count("early_day") and (days or months)
        if self._count("day_in_middle"):
            yield self._told("dates_day_in_middle", "day_in_middle")
        elif self._count(*others):
            yield self._told("dates_contradict", *others, form=self.form)
        elif not self.form and days and months:
            yield self._told("dates_two_orders", "day_first" if days < months else "month_first")
        elif not self.form and months:
            yield self._told("dates_month_first", "month_first")
        elif not self.form and self._count("either") and not days:
            yield self._told("dates_unclear", "either")
        elif mixed:
            yield self._told("dates_half_converted", "early_day")
        yield from self._wrong_zone()

    def _wrong_zone(self) -> Iterator[Told]:
        if not self.zone and self._count("zoned"):
            yield self._told("zone_unclear", "zoned")
        elif self._count("zoned") and self._count("hour"):
            yield self._told("zone_mixed", min("zoned", "hour", key=self._count))

    def said(self) -> Iterator[Told]:
        """In what form the column was read, where that is not plain from every cell."""
        if self._count("day_first", "month_first", "either"):
            yield Told("dates_as_stated" if self.form else "dates_as_shown", {"form": self.form or DAY_FIRST})
        if self._count("zoned"):
            yield Told("hours_moved", {"zone": self.zone})


def _order(parts: Mapping[str, str | None]) -> str:
    """What the parts of a date show of their order."""
    if parts["first"]:
        one, two = int(parts["first"]), int(parts["then"] or 0)
        if not (1 <= min(one, two) <= 12 and max(one, two) <= 31):
            return ""  # no date in any order
        return "same" if one == two else "either" if max(one, two) <= 12 else "day_first" if one > 12 else "month_first"
    if not parts["day"]:
        return ""
    middle, day = int(parts["month"] or 0), int(parts["day"])
    return "day_in_middle" if 12 < middle <= 31 and 1 <= day <= 12 else "early_day" if day <= 12 else "late_day"


class Numbers(_Watch):
    """Watches a column of numbers. `decimal` is the sign that sources.yaml states, or empty: then a point is one of decimals,
    and a comma nobody knows. Values that are `named` in sources.yaml are not read as numbers."""

    def __init__(self, decimal: str, named: Callable[[str], bool]) -> None:
        super().__init__()
        self.decimal, self.named = decimal, named

    def _kinds(self, word: str) -> Collection[str]:
        if not _LIKE_NUMBER.fullmatch(word) or self.named(word):
            return ()
        if number(word, self.decimal) is None:
            return ("other",)
        if not self.decimal and _THOUSANDS.fullmatch(word):
            return ("thousands",)
        return ("signs",) if "." in word or "," in word else ()

    def wrong(self) -> Iterator[Told]:
        """What speaks against reading the column."""
        if self._count("other") and self.decimal:
            yield self._told("decimal_contradicts", "other", decimal=self.decimal)
        elif self._count("other"):
            yield self._told("decimal_unclear", "other")
        elif self._count("thousands") and not self._count("signs"):
            yield self._told("decimal_unclear", "thousands")

    def said(self) -> Iterator[Told]:
        """In what form the column was read, where a number has a sign in it."""
        if self._count("signs", "thousands"):
            yield Told("numbers_as_stated" if self.decimal else "numbers_as_usual", {"decimal": self.decimal or "."})
