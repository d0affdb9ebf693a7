"""A catalogue: what an institute says of its offices, zones, services, population, goals, duties. Nobody's data.

The same values serve the institute's folder and a published edition: a Table Schema with rows, or shapes on a map. A
column whose name ends in a language (`costo_es`, `costo_en`) is one column said in several languages. Pure.
"""

from __future__ import annotations

import json
import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NoReturn

from frictionless import Schema, system

Text = Mapping[str, str]
"""The same words by language code."""

SERVICES = "servicios"
"""The catalogue whose rows are services; its first column names the list of them."""
STEPS = " | "
"""Parts the steps of a service, or the dates of an office, in one cell."""
NUMBERS = ("telephone", "whatsapp", "sms")
"""Roles of columns that hold a number to call or to write to."""
ADDRESSES = ("email", "chat", "video")
"""Roles of columns that hold an address to write to, to type at, or to sign at."""
OF_A_SERVICE = ("cost", "bring", "where", "hours", "duration")
"""Roles of columns that say what a service costs, asks for and takes, in the order of a page."""
CONFIRMED = ("confirmed_by", "confirmed_on")
"""Roles of columns that say who answers for a row, and since when: for the institute, not for the reader of a page."""
_NUMBER = re.compile(r"[0-9(][0-9 ()-]*")
_MAIL, _PAGE = re.compile(r"[^@\s<>\"]+@[^@\s<>\"]+\.[^@\s<>\"]+"), re.compile(r"https://[^\s<>\"/]+\.[^\s<>\"]+")


@dataclass(frozen=True)
class Column:
    """A column as it is shown. `codes`: its code list; `links`: whether it holds the path of a page or of a file; `role`:
    what it tells to her who needs help, such as the telephone of an office."""

    name: str
    type: str
    title: Text
    codes: str = ""
    links: str = ""
    role: str = ""


@dataclass(frozen=True)
class Catalogue:
    """Rows with their Table Schema; each field of it carries `celosia`: title by language, codes, links."""

    name: str
    title: Text
    schema: Mapping[str, Any]
    rows: tuple[Mapping[str, str], ...] = field(repr=False)

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        return tuple(
            Column(
                f["name"], f["type"], said["title"], said.get("codes", ""), said.get("links", ""), said.get("role", "")
            )
            for f in self.schema["fields"]
            for said in [f["celosia"]]
        )

    @property
    def key(self) -> tuple[str, ...]:
        return names(self.schema.get("primaryKey"))

    def named(self, row: Mapping[str, str]) -> str:
        """What tells a row from all others, as text."""
        return ", ".join(row[name] for name in self.key)

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    def wanted(self, name: str) -> dict[str, str]:
        """What a column asks for, as facts of a finding: its type and its code list; empty of a key of several columns."""
        column = next((column for column in self.columns if column.name == name), None)
        return {"type": column.type, "list": column.codes} if column else {"type": "", "list": ""}

    def shown(self, language: str, languages: Sequence[str]) -> tuple[Column, ...]:
        """The columns that a reader of one language sees."""
        others = tuple(f"_{other}" for other in languages if other != language)
        return tuple(column for column in self.columns if not column.name.endswith(others))

    def stems(self, languages: Sequence[str]) -> list[str]:
        """The columns but the key, named without the language that they are written in."""
        shown = self.shown(languages[0], languages)
        return [column.name.removesuffix(f"_{languages[0]}") for column in shown if column.name not in self.key]

    def said(self, row: Mapping[str, str], stem: str, language: str) -> str:
        """What a row says in a language, in a column that is written in each; or in a column of that very name."""
        return row.get(f"{stem}_{language}", row.get(stem, ""))

    def has(self, role: str) -> bool:
        return any(column.role == role for column in self.columns)

    def told(self, row: Mapping[str, str], role: str, language: str) -> str:
        """What a row says in the column of a role, in the language of the reader where it is written in several."""
        found = [column.name for column in self.columns if column.role == role]
        own = [name for name in found if name.endswith(f"_{language}")]
        return row[(own or found)[0]] if found else ""

    def confirmed(self, row: Mapping[str, str]) -> bool:
        """Whether somebody answers for what a row says; always so in a catalogue that does not ask."""
        return all(self.told(row, role, "") for role in CONFIRMED if self.has(role))

    def where(self, **codes: str) -> Mapping[str, str] | None:
        """The row that has these codes, if there is one."""
        return next((row for row in self.rows if all(row.get(name) == code for name, code in codes.items())), None)

    def mistakes(
        self, others: Mapping[str, Catalogue], enums: Mapping[str, Sequence[str]]
    ) -> Iterator[tuple[int, str, str]]:
        """(row from 0, column, rule) of everything that breaks the schema. `enums`: code list → its codes."""
        yield from self._wrong_cells(enums)
        yield from self._repeated_keys()
        for foreign in self.schema.get("foreignKeys", ()):
            yield from self._unknown_keys(foreign, others)

    def _wrong_cells(self, enums: Mapping[str, Sequence[str]]) -> Iterator[tuple[int, str, str]]:
        described = [
            {
                **{key: value for key, value in f.items() if key not in ("celosia", "title")},
                "constraints": {
                    **f.get("constraints", {}),
                    **({"enum": list(enums[codes])} if (codes := f["celosia"].get("codes", "")) in enums else {}),
                },
            }
            for f in self.schema["fields"]
        ]
        texts = [f for f in described if f["type"] == "string"]
        patterns = {f["name"]: found for f in texts if (found := f["constraints"].pop("pattern", None))}
        for column in table_schema({"fields": described}).fields:
            for number, row in enumerate(self.rows):
                for rule in column.read_cell(row[column.name])[1] or {}:
                    yield number, column.name, "missing_value" if rule == "required" else rule
            if column.name in patterns:
                cells = [row[column.name] for row in self.rows]
                yield from ((number, column.name, "pattern") for number in _unlike(cells, str(patterns[column.name])))

    def _repeated_keys(self) -> Iterator[tuple[int, str, str]]:
        seen = set()
        for number, row in enumerate(self.rows):
            key = tuple(row[name] for name in self.key)
            if key and key in seen:
                yield number, ", ".join(self.key), "primary_key"
            seen.add(key)

    def _unknown_keys(
        self, foreign: Mapping[str, Any], others: Mapping[str, Catalogue]
    ) -> Iterator[tuple[int, str, str]]:
        mine, theirs = names(foreign["fields"]), names(foreign["reference"]["fields"])
        target = others.get(foreign["reference"]["resource"] or self.name)
        known = {tuple(row.get(name) for name in theirs) for row in target.rows} if target else set()
        for number, row in enumerate(self.rows):
            if tuple(row.get(name) for name in mine) not in known:
                yield number, ", ".join(mine), "foreign_key"


def _unlike(cells: Sequence[str], pattern: str) -> list[int]:
    """Places of the cells that have something and do not match; all, where the pattern is none. RE2 takes time by the length of
    a cell, while some patterns of Python take longer than anybody lives."""
    import pyarrow as pa  # few catalogues have a pattern
    import pyarrow.compute as pc

    try:
        matched = pc.match_substring_regex(pa.array(cells, pa.string()), f"^(?:{pattern})$").to_pylist()
    except pa.ArrowInvalid:
        matched = [False] * len(cells)
    return [number for number, cell in enumerate(cells) if cell and not matched[number]]


@dataclass(frozen=True)
class Shapes:
    """Polygons of the codes of a list, as GeoJSON; `key` is the property that holds the code. Carried byte for byte."""

    name: str
    title: Text
    codes: str
    key: str
    text: str = field(repr=False)

    @cached_property
    def features(self) -> tuple[Mapping[str, Any], ...]:
        """The polygons. Raises ValueError where the text is no GeoJSON of polygons that carry the key."""
        try:
            content = json.loads(self.text, parse_constant=no_number)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error
        found = content.get("features") if isinstance(content, dict) else None
        if not isinstance(found, list) or content.get("type") != "FeatureCollection":
            raise ValueError("not a collection of features")
        for feature in found:
            shape = feature["geometry"] if isinstance(feature, dict) and "geometry" in feature else {}
            if shape.get("type") not in ("Polygon", "MultiPolygon") or self.key not in feature.get("properties", {}):
                raise ValueError("a feature is no polygon of a code")
        return tuple(found)

    def of(self, code: str) -> Mapping[str, Any] | None:
        return next((feature for feature in self.features if str(feature["properties"][self.key]) == code), None)


def no_number(constant: str) -> NoReturn:
    """For `parse_constant` of json: what Python takes for a number and JSON does not. Raises ValueError."""
    raise ValueError("neither NaN nor an infinity is JSON")


def drawable(feature: Mapping[str, Any]) -> bool:
    """Whether a polygon can be drawn: closed rings of at least four places, each of two numbers that are finite."""
    shape = feature["geometry"]
    polygons = [shape.get("coordinates")] if shape["type"] == "Polygon" else shape.get("coordinates")
    try:
        rings = [ring for polygon in polygons for ring in polygon]
        places = [place[:2] for ring in rings for place in ring]
        return (
            all(polygons)
            and all(len(ring) >= 4 and ring[0] == ring[-1] for ring in rings)
            and all(len(place) == 2 and all(map(_is_finite, place)) for place in places)
        )
    except (TypeError, KeyError, IndexError):
        return False


def _is_finite(number: object) -> bool:
    return isinstance(number, (int, float)) and not isinstance(number, bool) and abs(number) < math.inf


def integer(text: str) -> int | None:
    """A cell as a whole number; None where it is empty or none."""
    return int(text) if re.fullmatch(r"-?[0-9]{1,18}", text) else None


def dialled(number: str, role: str = "telephone") -> str:
    """A number as a telephone dials it, `55 1234 5678` → `5512345678`; empty where it is none.

    WhatsApp knows numbers by their country only (52 and ten digits more), so that a shorter one would lead nowhere.
    """
    digits = re.sub(r"\D", "", number)
    fits = _NUMBER.fullmatch(number) and (11 if role == "whatsapp" else 3) <= len(digits) <= 15
    return digits if fits else ""


def reached(address: str, role: str) -> str:
    """What opens an address of a role: a message for mail, the page itself for a chat or a call by video; empty where it is none."""
    if role == "email":
        return f"mailto:{address}" if _MAIL.fullmatch(address) else ""
    return address if _PAGE.fullmatch(address) else ""


def offices(catalogues: Mapping[str, Catalogue]) -> Catalogue | None:
    """The catalogue of the places to which a woman can go, or None: the one that says their addresses."""
    return next((found for found in catalogues.values() if found.has("address")), None)


def names(key: str | Sequence[str] | None) -> tuple[str, ...]:
    """A key of a Table Schema, which may name one column or several."""
    return (key,) if isinstance(key, str) else tuple(key or ())


def table_schema(described: Mapping[str, Any]) -> Schema:
    """A Table Schema as Frictionless reads cells by it. Raises whatever a mistake in it leads to.

    Frictionless would first look for its plug-ins in everything that is installed, and load its formats, which takes
    longer than checking a small file does; only types of fields that are not of the standard could come from there.
    """
    before = vars(system).get("methods")
    vars(system)["methods"] = defaultdict(dict)
    try:
        return Schema.from_descriptor(dict(described))
    finally:
        if before is None:
            del vars(system)["methods"]
        else:
            vars(system)["methods"] = before


def standard(described: Mapping[str, Any]) -> dict[str, Any]:
    """A field as Table Schema describes it, without what we say of it besides."""
    return {key: value for key, value in described.items() if key != "celosia"}
