"""The vocabulary of an edition: tables as any reader sees them, and the statuses of their cells. Pure.

`writer` and `reader` know editions as folders; everything else on the public side speaks in these values.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypedDict

import pandas as pd

from pipeline.model import periods
from pipeline.model.cells import TOTAL
from pipeline.model.reference_data import Catalogue, Shapes

PERIOD = "periodo"
"""Name of the time dimension and of its code list. Time has no total."""
OBS, CONF = "obs_status", "conf_status"
EMPTY = ("Q", "M", "L")
"""Statuses (SDMX CL_OBS_STATUS) whose value is empty: withheld, cannot exist, not collected."""
STATUSES = {"A": "F", "P": "F", "Q": "C", "M": "F", "L": "F"}
"""obs_status → the conf_status that goes with it."""
DESCRIPTOR, RELEASE, AUDIT, SUMS = "datapackage.json", "release.json", "audit.json", "SHA256SUMS"
SIGNATURE = "SHA256SUMS.sig"
"""The signature of SHA256SUMS, where an office signs its editions."""
OWN = (DESCRIPTOR, RELEASE, AUDIT, SUMS, SIGNATURE)
"""Files of an edition that its descriptor does not name, itself among them."""
LIST_HEADER = ("code", "parent", "parts", "order")
"""First columns of a code list; a label in each language follows."""
CATALOGUE = "catalogues_"
"""Before the name of a catalogue among the resources, where a table may have the same name."""

Text = Mapping[str, str]


@dataclass(frozen=True)
class Dimension:
    """A dimension column. `codes` is the name of its list; `upper` the dimension of the list's codes without parent."""

    name: str
    codes: str
    kind: str = "flat"
    levels: tuple[str, ...] = ()
    upper: str = ""
    sensitive: bool = False
    unspecified: tuple[str, ...] = ("no_especificado",)
    complement: str = ""
    reason: Text = field(default_factory=dict)


@dataclass(frozen=True)
class PublishedTable:
    """One table as published. `frame`: dimensions (str), measures (Int64, missing where withheld), the two statuses.

    `rows`, `persons` and `answers` name the measures that count records, distinct women and answers to the
    multi-answer question; `women` the one that the threshold is judged by. A name may stand for a measure that this
    table does not show. `additive`: measure → dimensions along which it adds up in every row; `overlaps`: where that
    differs from table to table, as it does for distinct women, those along which it does not (silent: nobody said).
    `within`: measure → those that count the same and more, as all who attended do the women who did.
    """

    id: str
    title: Text
    records: str
    where: Mapping[str, str]
    unit: str
    threshold: int
    dimensions: tuple[Dimension, ...]
    measures: tuple[str, ...]
    additive: Mapping[str, tuple[str, ...]]
    rows: str
    persons: str | None
    answers: str | None
    frame: pd.DataFrame
    women: str = ""
    labels: Mapping[str, Text] = field(default_factory=dict)
    note: Text = field(default_factory=dict)
    topic: str = ""
    zeros_withheld: bool = False
    overlaps: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    within: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.women:
            object.__setattr__(self, "women", self.persons or self.rows)

    @property
    def names(self) -> list[str]:
        """Names of the dimension columns."""
        return [dimension.name for dimension in self.dimensions]

    @property
    def sensitive(self) -> bool:
        return any(dimension.sensitive for dimension in self.dimensions)


def revised(both: pd.DataFrame, measure: str) -> pd.Series[bool]:
    """Of a table merged with an earlier one, whose measures end in `_before`: the rows in which both show a figure and it is
    another."""
    now, before = both[measure], both[f"{measure}_before"]
    return (now.notna() & before.notna() & (now != before)).fillna(False).astype("bool")


class TableNotes(TypedDict, total=False):
    """What release.json says of a table: cells, how many are withheld and what share; figures that were revised, and of when."""

    cells: int
    withheld: int
    share: float
    revised: int
    revised_periods: Sequence[str]


class Release(TypedDict, total=False):
    """release.json. `version`: what datapackage.json gives in place of the usual one; it stands in no file."""

    edition: str
    cut_off: str
    published: str
    note: Text
    previous: str | None
    amends: str
    draft: bool
    tables: Mapping[str, TableNotes]
    quality: Mapping[str, Any]
    version: str


class Certificate(TypedDict, total=False):
    """audit.json: what was asked, of how many cells and figures, of which editions, and how many could be found out."""

    rules: Sequence[int]
    cells: int
    withheld: int
    figures: int
    witnesses: int
    method: str
    version: str
    editions: Sequence[str]
    exposures: int


@dataclass(frozen=True, eq=False)
class Package:
    """An edition as any reader sees it; each that is read is one of its own, whatever it tells.

    `codes`: list name → frame (code, parent, parts, order, labels by language).
    `catalogues` and `shapes`: what the institute said of its offices, services, zones, goals when it was published.
    `certificate`: what audit.json says; None of an edition that is not sealed. `signed`: whether there is a signature, by
    whomever.
    """

    edition: str
    folder: Path | None
    descriptor: Mapping[str, Any]
    release: Release
    tables: Mapping[str, PublishedTable]
    codes: Mapping[str, pd.DataFrame]
    catalogues: Mapping[str, Catalogue] = field(default_factory=dict)
    shapes: Mapping[str, Shapes] = field(default_factory=dict)
    certificate: Certificate | None = None
    signed: bool = False

    @property
    def files(self) -> tuple[str, ...]:
        """Paths of all that the edition is, below its folder: what datapackage.json names, and what seals it."""
        sealed = [name for name, there in ((AUDIT, self.certificate is not None), (SIGNATURE, self.signed)) if there]
        named = (str(resource["path"]) for resource in self.descriptor["resources"])
        return tuple(sorted({*named, DESCRIPTOR, RELEASE, SUMS, *sealed}))

    def only(self, records: str) -> Package:
        """What the edition tells of one record type."""
        return replace(self, tables={name: table for name, table in self.tables.items() if table.records == records})


def expected_codes(dimension: Dimension, codes: pd.DataFrame) -> tuple[str, ...]:
    """Codes that the column of a dimension holds, in publication order: `_T` first, then the list's order.

    The time dimension has no total and keeps to its `levels` (all of them if none is named).
    """
    ordered = [str(code) for code in codes.sort_values("order", kind="stable")["code"]]
    if dimension.name != PERIOD:
        return (TOTAL, *ordered)
    levels = set(dimension.levels or periods.LEVELS)
    return tuple(code for code in ordered if periods.level_of(code) in levels)


def with_status(masked: pd.DataFrame, provisional: Collection[str] = ()) -> pd.DataFrame:
    """A frame of `Masked` with `withheld` turned into the two statuses. `provisional`: time codes of which a figure is."""
    frame = masked.drop(columns="withheld")
    frame[OBS] = masked["withheld"].map({True: "Q", False: "A"}).astype("str")
    if provisional:
        frame.loc[~masked["withheld"] & masked[PERIOD].isin(list(provisional)), OBS] = "P"
    frame[CONF] = masked["withheld"].map({True: "C", False: "F"}).astype("str")
    return frame


def foreign_keys(catalogue: Catalogue, renamed: Callable[[str], str]) -> list[dict[str, Any]]:
    """The foreign keys of a catalogue with the resources that they refer to renamed."""
    return [
        {
            **key,
            "reference": {
                **key["reference"],
                "resource": renamed(other) if (other := key["reference"]["resource"]) else "",
            },
        }
        for key in catalogue.schema.get("foreignKeys", ())
    ]
