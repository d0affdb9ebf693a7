"""A column that stands in another file: its cells by the key that records have. Reads one file; nothing of it is kept but two columns.

Keys are the same that are the same key of a person: capitals, spaces, zeros in front and a «.0» make no difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.confidential.intake.direct_identifiers import Column, of_header
from pipeline.confidential.intake.formats.detect import open_file
from pipeline.confidential.intake.formats.table import Table, Unreadable, rows_named
from pipeline.confidential.intake.identity_watch import IdentityWatch
from pipeline.confidential.intake.recode import replaced
from pipeline.confidential.storage.arrow import whole
from pipeline.institute.plan import Lookup, Origin
from pipeline.model.findings import Finding
from pipeline.model.spellings import fold, fold_key, is_no_answer

MOST_KEYS = 2_000_000
"""Keys of a file that are held at once."""


@dataclass(frozen=True)
class Found:
    """What a file has for each key, folded; a key that it does not have gets `otherwise`, or is lost where there is none or the
    key is no answer."""

    values: Mapping[str, str]
    otherwise: str | None

    def __call__(self, keys: pa.DictionaryArray) -> tuple[pa.DictionaryArray, npt.NDArray[np.int64]]:
        """What stands for each key of a chunk, nothing for none; and the places of those that are lost."""
        words = keys.dictionary.to_pylist()
        asked = [fold_key(word) for word in words]
        lost = np.array([self._is_lost(word, key) for word, key in zip(words, asked, strict=True)], dtype=bool)
        found = [self.values.get(key, (self.otherwise or "") if key else "") for key in asked]
        told = replaced(keys, found)
        if not lost.any():
            return told, np.zeros(0, np.int64)
        return told, np.flatnonzero(lost[whole(keys.indices)])

    def _is_lost(self, word: str, key: str) -> bool:
        return bool(word.strip()) and key not in self.values and (self.otherwise is None or is_no_answer(word))


def read(lookup: Lookup, asked: Column, raw: Path) -> tuple[Found | None, list[Finding]]:
    """The values by key, or what is wrong with the file. `asked`: what the column becomes, for the watch of identities."""
    origin = Origin(pattern=lookup.file, sheet=lookup.sheet, header=lookup.header)
    try:
        if not (path := raw / lookup.file).exists():
            raise Unreadable("missing_file")
        table = open_file(path, origin)
        places = [_place(table, header) for header in (lookup.match, lookup.value)]
        if kind := of_header(asked):
            raise Unreadable("identity_header", column=lookup.value, kind=kind)
        return _of(lookup, asked, table, places)
    except Unreadable as problem:
        return None, [Finding.of(lookup.file, problem.rule, **problem.facts)]


def _place(table: Table, wanted: str) -> int:
    places = [number for number, header in enumerate(table.header) if fold(header) == fold(wanted)]
    if not places:
        raise Unreadable("lookup_column", column=wanted)
    if len(places) > 1:
        raise Unreadable("duplicate_column", column=wanted)
    return places[0]


def _of(lookup: Lookup, asked: Column, table: Table, places: list[int]) -> tuple[Found | None, list[Finding]]:
    values: dict[str, str] = {}
    twice: list[int] = []
    watch = IdentityWatch(asked)
    first = table.first
    # The same column may be asked for twice, as one that is both the key and what is found.
    for keys, found in (arrays if len(arrays) == 2 else (arrays[0], arrays[0]) for arrays in table.chunks(places, ())):
        watch.look(found, first)
        for number, (key, value) in enumerate(zip(keys.to_pylist(), found.to_pylist(), strict=True), start=first):
            folded = fold_key(key)
            if folded and values.setdefault(folded, value.strip()) != value.strip():
                twice.append(number)
        if len(values) > MOST_KEYS:
            raise Unreadable("too_many_keys", most=MOST_KEYS)
        first += len(keys)
    wrong = [
        Finding.of(
            lookup.file,
            "identity_value",
            column=lookup.value,
            kind=kind,
            rows=", ".join(map(str, rows)),
            count=count,
        )
        for kind, (rows, count) in watch.seen.items()
    ]
    if twice:
        wrong.append(Finding.of(lookup.file, "lookup_twice", column=lookup.match, **rows_named(twice)))
    if not values:
        wrong.append(Finding.of(lookup.file, "no_rows"))
    return (None if wrong else Found(values, lookup.otherwise)), wrong
