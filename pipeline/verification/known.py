"""What any reader knows once editions are published: their figures, their labels, the address of their office. Reads folders.

Taken from the CSV of each edition alone; shares no code with what writes them.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from pipeline.verification.built_page import PLAINLY, Writing
from pipeline.verification.traces import EMAIL

EMPTY, WITHHELD = ("Q", "M", "L"), "[c]"
STATUS = {("A", "F"), ("P", "F"), ("Q", "C"), ("M", "F"), ("L", "F")}
_NUMBER = re.compile(r"(?<![\w.,])[−-]?\d{1,3}(?:,\d{3})+(?![\d,]|\.\d)|(?<![\w.,])[−-]?\d+(?![\w.,]*\d)(?!\s?%)")
_DIGIT = re.compile(r"\d")
_LABEL = re.compile(r"(?=.*\d)(?=.*[^\W\d_]{2})")
"""Words with a number in them."""
RANGE = re.compile(r"[\d,]+(\.\d+)?–[\d,]+(\.\d+)?")
"""A class of a map."""


@dataclass(frozen=True)
class Table:
    """What the CSV of a table tells: figures in the order of its rows, None where there is none."""

    measures: tuple[str, ...]
    rows: tuple[tuple[int | None, ...], ...]
    keys: tuple[tuple[str, ...], ...]
    figures: frozenset[int]
    columns: int


@dataclass
class Known:
    """`emails`: addresses that are published; `labels`: words of code lists that have numbers in them."""

    emails: set[bytes] = field(default_factory=set)
    tables: dict[str, dict[str, Table]] = field(default_factory=dict)
    """Edition → id → table."""
    labels: set[str] = field(default_factory=set)
    dimensions: set[str] = field(default_factory=set)
    """Names of columns of the tables that are no measures."""
    public: set[int] = field(default_factory=set)
    """Numbers of catalogues, by which rates are divided and goals told."""
    told: dict[tuple[str, Writing], tuple[int, ...]] = field(default_factory=dict)
    """The numbers of texts that were read before: a chart stands on several pages."""

    def learn(self, folder: Path) -> None:
        """Takes from an edition what its readers know: figures, labels, the address of its office."""
        described = json.loads((folder / "datapackage.json").read_bytes())
        self.emails = {*self.emails, *(each["email"].encode() for each in described["contributors"])}
        known = self.tables.setdefault(folder.name, {})
        for resource in described["resources"]:
            path = folder / resource["path"]
            if path.parent.name == "tables":
                self.dimensions.update(each["name"] for each in resource["celosia"]["dimensions"])
                known[path.stem] = read_table(path.read_text("utf-8"), tuple(resource["celosia"]["measures"]))
            elif path.suffix == ".csv":
                rows = list(csv.reader(path.open(encoding="utf-8")))
                if path.parent.name == "catalogues":
                    self.public |= {int(cell) for row in rows for cell in row if cell.isdigit()}
                self.labels.update(cell for row in rows for cell in row if _LABEL.search(cell))
        self.labels.update(text for text in texts_in(described) if _LABEL.search(text) and len(text) < 300)

    def hear(self, words: Any) -> None:
        """Takes what an institute says beside its editions, texts at any depth."""
        self.labels.update(text for text in texts_in(words) if _LABEL.search(text))
        self.emails |= {found for text in texts_in(words) for found in EMAIL.findall(text.encode())}

    def parts(self) -> Iterator[str]:
        """What is known, each part as words of its own: the more of it, the less is a leak."""
        yield from (f"email {each.hex()}" for each in self.emails)
        yield from (f"label {each}" for each in self.labels)
        yield from (f"dimension {each}" for each in self.dimensions)
        yield from (f"public {each}" for each in self.public)
        for edition, tables in self.tables.items():
            yield f"edition {edition} {len(tables)}"
            for id, table in tables.items():
                yield f"table {edition} {id} {table.measures} {table.columns} {table.keys} {table.rows}"

    def edition_at(self, name: str) -> Mapping[str, Table]:
        """The tables of the edition whose data a file has by its address; KeyError or ValueError where there is none."""
        parts = name.split("/")
        edition = parts[parts.index("datos") + 1]
        return self.newest if edition == "ultima" else self.tables[edition]

    def of(self, name: str) -> Table:
        """The table of a file by its address; KeyError or ValueError where there is none."""
        return self.edition_at(name)[name.rpartition("/")[2].split(".")[0]]

    @property
    def newest(self) -> Mapping[str, Table]:
        return list(self.tables.values())[-1]

    def shown_on(self, name: str) -> Mapping[str, Table]:
        """The tables of the edition that a page is of: that of its address, else the newest."""
        return next((self.tables[part] for part in name.split("/")[:-1] if part in self.tables), self.newest)

    def numbers(self, text: str, writing: Writing = PLAINLY) -> Iterator[int]:
        """Numbers of a text that stand in no label, no period and are no share."""
        if not _DIGIT.search(text):
            return
        before = ""
        while self.labels and text != before:  # one label may share words with the next
            before, text = text, self.named.sub(lambda label: re.sub(r"\d", " ", label[0]), text)
        text = writing.plain(writing.uncounted(text))
        text = re.sub(r"\b(?:T[1-4] ?)?20\d\d(?:-[T\d]+)*\b|\bT[1-4]\b", " ", text)
        for found in _NUMBER.findall(text):
            yield int(found.replace(",", "").replace("−", "-"))

    @cached_property
    def named(self) -> re.Pattern[str]:
        """The labels that have numbers, the longest first."""
        return re.compile("|".join(map(re.escape, sorted(self.labels, key=len, reverse=True))), re.IGNORECASE)

    def numbers_shown(self, text: str, writing: Writing) -> tuple[int, ...]:
        """The same, of a text of a chart; none for a class of a map, whose bounds are along an axis."""
        if (text, writing) not in self.told:
            of_a_class = RANGE.fullmatch(writing.plain(text))
            self.told[text, writing] = () if of_a_class else tuple(self.numbers(text, writing))
        return self.told[text, writing]


def read_table(text: str, measures: tuple[str, ...]) -> Table:
    """Raises ValueError where the text is no such table."""
    header, *rows = csv.reader(io.StringIO(text), strict=True)
    at = [header.index(each) for each in measures]
    figures = tuple(tuple(int(row[n]) if row[n] else None for n in at) for row in rows)
    keys = tuple(tuple(value for n, value in enumerate(row) if n not in at) for row in rows)
    return Table(
        measures, figures, keys, frozenset(value for row in figures for value in row if value is not None), len(header)
    )


def texts_in(content: Any) -> Iterator[str]:
    """Every text in a structure, at any depth."""
    if isinstance(content, str):
        yield content
    else:
        for each in content.values() if isinstance(content, dict) else content if isinstance(content, list) else ():
            yield from texts_in(each)
