"""Spellings → codes, for the distinct values of a column. Pure.

In: what sources.yaml says of a column and a chunk of it, dictionary-encoded. Out: the chunk in the words of the
contract. What nothing matches stays as it is, for `validate` to refuse, unless sources.yaml gives a code for that; both
are counted. What is no answer at all, as a total or «as above», never takes that code. Several answers in one column become one boolean column each.

`taken` tells of the last chunk, row by row, how many of its values took the code foreseen for what nothing matches.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from functools import partial
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.confidential.intake import notation as written
from pipeline.confidential.storage.arrow import coded, whole
from pipeline.institute.plan import Answers, CodeList, Origin
from pipeline.institute.written import Bin, Recoding
from pipeline.model import periods
from pipeline.model.spellings import fold, is_no_answer, meanings

YES = frozenset({"true", "verdadero", "si", "s", "yes", "y", "1", "x"})
NO = frozenset({"false", "falso", "no", "n", "0"})
TRUE, FALSE = "true", "false"
UNMATCHED = "?"
"""Stands for an answer that nothing matches: no boolean, so that its row is refused."""
REMEMBERED = 100_000
"""Distinct values of a column whose code is remembered; a column with more is recoded all the same, only slower."""


class Recoder:
    """Recodes one column, chunk after chunk; `unmatched` counts what nothing matched and no code was foreseen for.

    `rule`: None where sources.yaml does not recode the column. Where it does, if only as {}, codes and labels are known
    in any case. `form` is in what form the source writes dates and numbers; `numeric` columns hold numbers, `whole` ones no
    decimals.
    """

    def __init__(
        self,
        rule: Recoding | None,
        codes: CodeList | None,
        form: Origin,
        *,
        numeric: bool = False,
        whole: bool = False,
    ) -> None:
        self.rule: Recoding = rule or {}
        self.unmatched, self.taken = 0, np.zeros(0, np.int64)
        self.strange: Counter[str] = Counter()
        """The values that nothing matched, as far as they are remembered; confidential."""
        self._known: dict[str, tuple[str, bool]] = {}
        numbers = [partial(_number, decimal=form.decimal, whole=whole)] if numeric and form.decimal else []
        self._attempts = [*_attempts(self.rule, None if rule is None else codes, form, numbers)]
        if whole and not numbers:
            self._attempts.append(_whole)

    def __call__(self, column: pa.DictionaryArray) -> pa.DictionaryArray:
        words = column.dictionary.to_pylist()
        values = [self._of(value) for value in words]
        self.taken = np.zeros(0, np.int64)
        if not all(matched for _, matched in values):
            self._note(column, words, np.array([not matched for _, matched in values], np.int64))
        codes = [code for code, _ in values]
        return column if codes == words else replaced(column, codes)

    def _note(self, column: pa.DictionaryArray, words: Sequence[str], strange: npt.NDArray[np.int64]) -> None:
        """Counts what nothing matched; `strange` is 1 for those words."""
        indices = whole(column.indices)
        times = np.bincount(indices, minlength=len(words)) * strange
        for word, count in zip(words, times.tolist(), strict=True):
            if count:
                note(self.strange, word.strip(), count)
        taken = strange * np.array([self._is_taken(word.strip()) for word in words], np.int64)
        self.taken = taken[indices]
        self.unmatched += int((times * (1 - taken)).sum())

    def _is_taken(self, value: str) -> bool:
        """Whether the code that is foreseen for what nothing matches stands for a value: not for what is no answer."""
        return "otherwise" in self.rule and not is_no_answer(value)

    def _of(self, written: str) -> tuple[str, bool]:
        """(code, matched)"""
        if written not in self._known:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[written] = self._code(written.strip())
        return self._known[written]

    def _code(self, value: str) -> tuple[str, bool]:
        if not value:
            return self.rule.get("empty", ""), True
        for attempt in self._attempts:
            if (code := attempt(value)) is not None:
                return code, True
        if self._is_taken(value):
            return self.rule["otherwise"], False
        return value, not self._attempts and "otherwise" not in self.rule


class Splitter:
    """Several answers in one column → boolean columns. What matches no answer goes to `otherwise`, or is refused; what is no
    answer at all, as a total or «as above», is refused."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.unmatched, self.taken = 0, np.zeros(0, np.int64)
        self.strange: Counter[str] = Counter()
        self._columns = {fold(written): column for written, column in answers.columns.items()}
        self._none = {fold(written) for written in answers.none}
        self.fields = tuple(dict.fromkeys([*answers.columns.values(), *filter(None, [answers.otherwise])]))

    def __call__(self, column: pa.DictionaryArray) -> dict[str, pa.DictionaryArray]:
        written = column.dictionary.to_pylist()
        times = np.bincount(whole(column.indices), minlength=len(written))
        rows, taken = [], np.zeros(len(written), np.int64)
        for place, (text, count) in enumerate(zip(written, times, strict=True)):
            row, strange = self._of(text, int(count))
            rows.append(row)
            taken[place] = strange if self.answers.otherwise else 0
        self.taken = taken[whole(column.indices)] if len(taken) else taken
        return {field: replaced(column, [row[field] for row in rows]) for field in self.fields}

    def _of(self, text: str, count: int) -> tuple[dict[str, str], int]:
        """The answer to each, and how many of those written are none of them."""
        row, strange = dict.fromkeys(self.fields, FALSE), 0
        for part in filter(None, (part.strip() for part in parted(text, self.answers.separator))):
            if field := self._columns.get(fold(part)):
                row[field] = TRUE
            elif fold(part) not in self._none:
                note(self.strange, part, count)
                if self.answers.otherwise and not is_no_answer(part):
                    strange += 1
                    row[self.answers.otherwise] = TRUE
                else:
                    row[self.fields[0]], self.unmatched = UNMATCHED, self.unmatched + count
        return row, strange


def parted(text: str, separator: str) -> Iterator[str]:
    """The parts of a cell. In a part that is quoted, as files of text quote, the separator is a sign like any other, and a quote
    is written twice; a quote that is not closed is one too."""
    if '"' not in text:
        yield from text.split(separator)
        return
    sign = re.escape(separator)
    start = 0
    while start <= len(text):
        quoted = re.compile(rf'\s*"((?:[^"]|"")*)"\s*(?={sign}|\Z)').match(text, start)
        if quoted:
            yield quoted[1].replace('""', '"')
            end = quoted.end()
        else:
            found = text.find(separator, start)
            end = found if found >= 0 else len(text)
            yield text[start:end]
        start = end + len(separator)


def replaced(column: pa.DictionaryArray, values: Iterable[str]) -> pa.DictionaryArray:
    """The column with other words in its dictionary, each of them once."""
    words: dict[str, int] = {}
    places = np.array([words.setdefault(value, len(words)) for value in values], dtype=np.int32)
    indices = places[whole(column.indices)] if len(places) else np.zeros(0, np.int32)
    return coded(indices, words)


def constant(value: str, length: int) -> pa.DictionaryArray:
    """A column that says the same in every row."""
    return coded(np.zeros(length, np.int32), [value])


def note(counter: Counter[str], value: str, count: int) -> None:
    if value in counter or len(counter) < REMEMBERED:
        counter[value] += count


Attempt = Callable[[str], str | None]


def _attempts(rule: Recoding, codes: CodeList | None, form: Origin, numbers: Iterable[Attempt]) -> Iterator[Attempt]:
    """What is tried on a value, in order; each gives a code or None. `numbers`: how one is read where there are no groups of them."""
    month = partial(written.month, form=form.date_format, zone=ZoneInfo(form.timezone) if form.timezone else None)
    aliases = rule.get("aliases", {})
    known = meanings(tuple(aliases.items()), codes.written if codes else ())
    if aliases:
        ruled = set(map(fold, aliases))
        yield lambda value: known.of(value) if fold(value) in ruled else None
    if rule.get("yes_no"):
        yield lambda value: TRUE if fold(value) in YES else FALSE if fold(value) in NO else None
    if rule.get("month"):
        yield month
    if rule.get("quarter"):
        yield lambda value: periods.quarter_of(found) if (found := month(value)) else None
    if rule.get("year"):
        yield lambda value: periods.year_of(found) if (found := month(value)) else None
    if "bins" in rule:
        yield lambda value: _bin(written.number(value, form.decimal), rule["bins"])
    else:
        yield from numbers
    if codes is not None:
        yield known.of


def _number(value: str, *, decimal: str, whole: bool) -> str | None:
    """A number with a point; of a column of `whole` ones, in the digits that every engine adds up where its decimals are zeros."""
    if (read := written.number(value, decimal)) is None or not whole:
        return read
    number = Decimal(read)
    return str(int(number)) if abs(number) < 10**18 and number == int(number) else read


def _whole(value: str) -> str | None:
    """A whole number in the digits that every engine adds up."""
    return str(int(value)) if re.fullmatch(r"[+-]?[0-9]{1,18}", value) else None


def _bin(value: str | None, bins: Sequence[Bin]) -> str | None:
    if value is None or math.isinf(found := float(value)):
        return None
    for each in bins:
        if each.get("from", float("-inf")) <= found <= each.get("to", float("inf")):
            return str(each["code"])
    return None
