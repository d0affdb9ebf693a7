"""What the intake hands on: one canonical Parquet per record type, and what was noticed while it was read. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.confidential.intake.formats.table import Form
from pipeline.confidential.intake.notation import Told
from pipeline.model import periods

ID, FILE, ROW = "@id", "@file", "@row"
"""Columns of the canonical Parquet beside those of the contract: number of the record, file and row it was read from."""


@dataclass(frozen=True)
class Read:
    """A file or table that was read. `said` tells, by column, in what form its dates and numbers were read. `file` is the
    name of the file alone, where that of a sheet may go with it; "" of a table."""

    name: str
    form: Form
    rows: int
    said: tuple[tuple[str, Told], ...] = ()
    file: str = ""


@dataclass(frozen=True)
class Records:
    """Records of one type: a Parquet with the columns of the contract, all strings, and ID, FILE and ROW (1 = header).

    `recoded` is column → period → values that matched nothing and took the code that sources.yaml gives for that;
    `unmatched` those that matched nothing and had none; `strange` the values themselves, which only an operator's terminal shows.
    """

    resource: str
    path: Path
    rows: int
    read: tuple[Read, ...] = ()
    recoded: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    unmatched: Mapping[str, int] = field(default_factory=dict)
    strange: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def recoded_until(self, cut_off: str = "") -> dict[str, int]:
        """Column → values recoded, without those of periods after a cut-off, where one is given."""
        return {
            column: sum(
                count for period, count in times.items() if not cut_off or not periods.is_after(period, cut_off)
            )
            for column, times in self.recoded.items()
        }
