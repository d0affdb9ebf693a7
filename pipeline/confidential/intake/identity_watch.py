"""Looks for direct identifiers in the values of a column, chunk by chunk. Pure; no value leaves it, only rows and counts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from pipeline.confidential.intake import direct_identifiers
from pipeline.confidential.intake.formats.table import ROWS_NAMED
from pipeline.confidential.intake.recode import REMEMBERED
from pipeline.confidential.storage.arrow import strings, whole

USUAL = 5_000
"""Distinct values of a first chunk that show what is usual in a column."""


class IdentityWatch:
    """Looks for identities in a column, chunk by chunk. `seen`: kind → the first rows with one, and how many there are.

    What is usual among the values of a column is judged beside those of its first chunk: the last one may be short.
    """

    def __init__(self, asked: direct_identifiers.Column) -> None:
        self.asked = asked
        self.seen: dict[str, tuple[list[int], int]] = {}
        self._usual: pa.Array | None = None
        self._known: dict[str, str] = {}
        """Words that were judged already → their kind of identity, or nothing."""

    def look(self, array: pa.Array, first: int) -> None:
        if pa.types.is_dictionary(array.type):
            words = pc.utf8_trim_whitespace(array.dictionary).to_pylist()
            if fresh := [word for word in dict.fromkeys(words) if word not in self._known]:
                found = {word: kind for kind, values in self._judged(strings(fresh)).items() for word in values}
                if len(self._known) > REMEMBERED:
                    self._known = {word: self._known[word] for word in words if word in self._known}
                self._known |= {word: found.get(word, "") for word in fresh}
            for kind in {self._known[word] for word in words} - {""}:
                marked = np.array([self._known[word] == kind for word in words])
                self._note(kind, np.flatnonzero(marked[whole(array.indices)]) + first)
        else:
            written = pc.utf8_trim_whitespace(array)
            for kind, values in self._judged(pc.unique(written)).items():
                marked = pc.is_in(written, strings(values))
                self._note(kind, whole(pc.indices_nonzero(marked)).astype(np.int64) + first)

    def _judged(self, distinct: pa.Array) -> dict[str, list[str]]:
        """Kind → those of the values that have its form."""
        if self._usual is None:
            self._usual = distinct[:USUAL]
        if len(distinct) >= USUAL:
            return direct_identifiers.of_values(self.asked, distinct)
        given = set(distinct.to_pylist())
        found = direct_identifiers.of_values(self.asked, pc.unique(pa.concat_arrays([distinct, self._usual])))
        return {kind: [value for value in values if value in given] for kind, values in found.items()}

    def _note(self, kind: str, rows: npt.NDArray[np.int64]) -> None:
        named, count = self.seen.get(kind, ([], 0))
        if len(rows):
            self.seen[kind] = [*named, *rows[: ROWS_NAMED - len(named)].tolist()], count + len(rows)
