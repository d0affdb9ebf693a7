"""What may be told of the files of an office: no value of fewer women or rows than the threshold, and none that looks like a
person's name. Pure values; `pipeline.confidential.profiling` makes them and `pipeline.scaffold.inferred` writes a draft of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

AGES = (("menor_18", 0, 17), ("18_24", 18, 24), ("25_34", 25, 34), ("35_44", 35, 44), ("45_54", 45, 54), ("55_64", 55, 64), ("65_y_mas", 65, 110))  # fmt: skip
"""Age groups as surveys have them: code, first and last year; what is beyond is no age."""


@dataclass(frozen=True)
class Value:
    """An answer that is frequent: its usual spelling, and the others that are the same but for signs or a letter."""

    label: str
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class Place:
    """A file, or a sheet of one, and the row of its header; or a table of a database, and what holds its password."""

    file: str
    sheet: str = ""
    header: int = 1
    one_sheet: bool = True
    url: str = ""
    password: str = ""


@dataclass(frozen=True)
class Trait:
    """A column of united files.

    kind: what it is taken for (`period`, `year`, `month`, `age`, `code`, `answers`, `yes_no`, `key`, `person`, `sum`, `dropped`);
    why: of what is dropped, the kind of identity or another reason; headers: every header that it has in some file, the first
    one first; guessed: whether these were united by likeness; values: the frequent answers; rare, rare_rows: how many answers
    are too few to be named, and in how many rows; suspect: rows whose cells look like an identity; empty: rows that say nothing;
    levels: the levels of time at which little of it would be withheld; absent: places that do not have it.
    """

    headers: tuple[str, ...]
    kind: str
    why: str = ""
    guessed: bool = False
    values: tuple[Value, ...] = ()
    rare: int = 0
    rare_rows: int = 0
    suspect: int = 0
    empty: int = 0
    levels: tuple[str, ...] = ()
    absent: tuple[Place, ...] = ()
    place: bool = False
    """Whether its header is that of a place."""
    above: str = ""
    """The first header of the column that each of its answers has one answer of, as a province has one region."""
    groups: Mapping[str, str] = field(default_factory=dict)
    """Its answers → those of the column above."""
    unknown: tuple[str, ...] = ()
    """Words of forms with which it says that it is not known."""
    separator: str = ""
    date_format: str = ""
    unsure: bool = False
    """Whether the order of its dates, or that it is what its kind says, is a guess."""


@dataclass(frozen=True)
class Profile:
    """Files of one record type. months: month → rows; scant: rows most of whose cells are empty, as totals are; crossed: first
    headers of two columns → the levels of time at which little of their crossing would be withheld."""

    name: str
    title: str
    places: tuple[Place, ...]
    rows: int
    traits: tuple[Trait, ...]
    months: Mapping[str, int] = field(default_factory=dict)
    scant: int = 0
    crossed: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
