"""The files of institute/, read one by one: YAML by its shape, code lists, rows. Every mistake is kept, as file:key.

In: the folder. Out: plain content; findings. What the content means, and what refers to what, is for `pipeline.institute.load`.
"""

from __future__ import annotations

import csv
import difflib
import io
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from pipeline import SITE
from pipeline.institute.plan import PERIOD, TEXTS, Code, CodeList
from pipeline.model import regular_files, yaml12
from pipeline.model.cells import TOTAL
from pipeline.model.disjoint_sets import endless
from pipeline.model.findings import Collector, Finding
from pipeline.model.json_schema import Validator
from pipeline.model.reference_data import names as listed
from pipeline.model.reference_data import table_schema

SCHEMA = Path(__file__).with_name("schemas") / "plan.schema.yaml"
FRONT = re.compile(r"---\n(.*?)\n---\n(.*)", re.DOTALL)
"""A page: what it says of itself, then its words."""
MEGABYTE = 1 << 20
MOST_BYTES = 16 * MEGABYTE
"""Bytes of a file; the map of a whole country, as a page can show it, has a few million."""
MOST_ROWS = 250_000
"""Rows of a CSV file; the streets of a city are fewer."""
LABEL, WORDS, NAME = 250, 5_000, 80
"""Most characters of a label, of any other words, and of a code: what a chart, a workbook and a file name can hold."""
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")
"""Signs that no file may hold: neither XML nor a page can."""
HIDDEN = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
"""Categories of Unicode of what no label may hold, because nobody sees it."""
JOINERS = "\u00ad\u200c\u200d"
"""Signs that are not seen and yet belong to words: a hyphen that may be, and what parts or joins letters."""
TYPES = (
    "string", "integer", "number", "boolean", "date", "time", "datetime", "year", "yearmonth", "duration", "any",
    "object", "array", "geopoint", "geojson", "list",
)  # fmt: skip
"""Types of columns that Table Schema knows."""
NOT_SHOWN = ("sources.yaml", "sample.yaml")
"""Files of which nothing is published: the spellings of others stand there as others spell."""
SEVERAL = 3
"""Files that have the same mistake, from which on it is told once."""
COMPARED = 1_000
"""Names among which it is looked for what was probably meant."""
CODE = re.compile(r"\w[\w.+:()%&$'-]*")
"""Signs that a code may have: no others fit addresses, `parts` and spreadsheets alike."""


SPOKEN = frozenset(path.stem for path in (SITE / "texts").glob("*.yaml"))
"""Languages that the program has words of."""
NO_TEXT = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF", b"\x1f\x8b", b"PAR1", b"SQLite format 3")
"""How workbooks, documents, archives and databases begin."""
TITLES = ("title", "note", "label")
"""Keys of words by language, whatever languages those are."""


class Folder(Collector):
    """Reads files and collects findings; a file is read, and complained of, once."""

    kind = "plan"

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self._read: dict[str, Any] = {}
        self._unread: set[tuple[str, str]] = set()
        self.spoken = {*SPOKEN, *(path.stem for path in (folder / TEXTS).glob("*.yaml"))}
        """Languages that there are words of: those of the program, and those that the institute brings."""
        self.lines: dict[str, list[int]] = {}
        """Catalogue → the row of its file, as a spreadsheet counts, that each of its rows stands in."""

    def unread(self, kind: str, name: str = "") -> None:
        """Notes that something could not be read, or with no name that none of its kind could."""
        self._unread.add((kind, name))

    def is_unread(self, kind: str, name: str = "") -> bool:
        """Whether nothing can be said of what refers to this: it may well be in what could not be read."""
        return not self._unread.isdisjoint({(kind, ""), (kind, name)})

    def text(self, name: str) -> str | None:
        """A file as text; None, and a finding, where there is none, it is not UTF-8 or has signs that no form carries."""
        if not self.is_own(name):
            return None
        try:
            data = regular_files.read(self.folder / name, MOST_BYTES)
            if data.startswith(NO_TEXT):
                self.wrong(name, "not_text")
                return None
            text = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
        except FileNotFoundError:
            self.wrong(name, "missing_file")
        except IsADirectoryError:
            self.wrong(name, "folder_for_file")
        except regular_files.TooLarge:
            self.wrong(name, "too_large_file", most=MOST_BYTES // MEGABYTE)
        except regular_files.NotRegular:
            self.wrong(name, "special_file")
        except OSError:
            self.wrong(name, "unreadable")
        except UnicodeDecodeError as error:
            self.wrong(name, "not_utf8", line=data.count(b"\n", 0, error.start) + 1)
        else:
            if (found := CONTROL.search(text)) is None:
                return text
            line = text.count("\n", 0, found.start()) + 1
            self.wrong(name, "unprintable", sign=f"U+{ord(found[0]):04X}", line=line)
        return None

    def is_own(self, name: str) -> bool:
        """Whether a file lies in the folder; what a link leads to outside of it would be published as if it were its own."""
        own = Path(os.path.realpath(self.folder / name)).is_relative_to(os.path.realpath(self.folder))
        if not own:
            self.wrong(name, "link_outside")
        return own

    def yaml(self, name: str) -> Any:
        """The content of a YAML file."""
        if name not in self._read:
            self._read[name] = None
            text = self.text(name)
            if text is not None:
                self._read[name] = self.document(name, text)
        return self._read[name]

    def document(self, where: str, text: str, first_line: int = 1) -> Any:
        """The content of a YAML document that begins in a line of a file."""
        try:
            content, repeated = yaml12.read(text)
        except yaml.YAMLError as error:
            told = yaml12.mistake(error, text)
            if "line" in told:
                told["line"] = int(str(told["line"])) + first_line - 1
            self.wrong(where, "not_yaml", **told)
            return None
        for key, line in repeated:
            self.wrong(f"{where}:{key}", "repeated_key", line=line + first_line - 1)
        if where not in NOT_SHOWN:
            self.seen(where, content)
        return content

    def seen(self, where: str, content: Any) -> None:
        """Tells of words with signs that nobody sees, wherever they stand but among translations, which are told by language."""
        for key, said in _strings(content, self.spoken):
            if sign := unprintable(said.replace("\n", " ").replace("\t", " ")):
                self.wrong(f"{where}:{key}", "unprintable", sign=sign)

    def shaped(self, name: str, shape: str) -> Any:
        """The content of a YAML file, if it has its shape in plan.schema.yaml."""
        content = self.filled(name)
        return content if content is not None and self.fits(name, content, shape) else None

    def mapping(self, name: str) -> dict[str, Any] | None:
        """The content of a YAML file that must be keys with values; None where it is missing or something else."""
        content = self.filled(name)
        if content is not None and not isinstance(content, dict):
            self.wrong(name, "wrong_type", wanted="object", got=_kind(content))
            return None
        return content

    def filled(self, name: str) -> Any:
        """The content of a YAML file that may not be empty."""
        content = self.yaml(name)
        if content is None and (self.folder / name).is_file() and not any(f.where == name for f in self.findings):
            self.wrong(name, "empty_file")
        return content

    def fits(self, where: str, content: Any, shape: str) -> bool:
        """Whether content has a shape of plan.schema.yaml; what has not is told."""
        before = len(self.findings)
        for error in _validator(shape).iter_errors(content):
            self.findings.extend(_from_schema(where, error, content))
        return len(self.findings) == before

    def translations(self, name: str, content: Any, languages: Iterable[str]) -> None:
        """Tells of every text of a file that lacks a language, or that some form cannot carry."""
        for key, text in _texts(content, self.spoken):
            for language in languages:
                said = str(text.get(language, "")).strip()
                if not said:
                    self.wrong(f"{name}:{key}", "missing_translation", language=language)
                else:
                    self.carried(f"{name}:{key}", said, WORDS)

    def carried(self, where: str, said: str, most: int, **facts: object) -> None:
        """Tells of words that some form cannot carry: signs that are not seen, no letter at all, too many."""
        if sign := unprintable(said.replace("\n", " ")):
            self.wrong(where, "unprintable", sign=sign, **facts)
        elif not any(map(str.isalnum, said)):
            self.wrong(where, "signs_only", **facts)
        elif len(said) > most:
            self.wrong(where, "too_long", most=most, **facts)

    def apart(self, name: str, key: str, said: Mapping[str, Mapping[str, str]]) -> None:
        """Tells of words that stand for two things, so that no reader could tell these apart. `said`: id → words."""
        for language in {language for text in said.values() for language in text}:
            first: dict[str, str] = {}
            for id, text in said.items():
                words = " ".join(str(text.get(language, id)).split()).casefold()
                if (other := first.setdefault(words, id)) != id:
                    self.wrong(f"{name}:{key}{id}", "same_title", other=other, language=language)

    def rows(self, name: str, header: list[str]) -> Iterator[tuple[int, dict[str, str]]]:
        """(number as a spreadsheet counts, row) of a CSV file with exactly this header; rows of another width are told."""
        if (text := self.text(name)) is None:
            self.unread("rows", name)
            return
        reader = csv.reader(io.StringIO(text), strict=True)
        try:
            found = enumerate(reader, start=1)
            first = next(found, (1, []))[1]
            if first != header:
                self.unread("rows", name)
                self.header(name, [column.strip() for column in first], header)
                return
            for number, row in found:
                if number > MOST_ROWS + 1:
                    self.unread("rows", name)
                    self.wrong(name, "too_many_rows", most=MOST_ROWS)
                    return
                if not any(map(str.strip, row)):  # a spreadsheet leaves such rows, and counts them
                    continue
                if len(row) != len(header):
                    self.unread("rows", name)
                    self.wrong(f"{name}:{number}", "wrong_width", count=len(row), expected=len(header))
                else:
                    yield number, dict(zip(header, map(str.strip, row), strict=True))
        except csv.Error:
            self.unread("rows", name)
            self.wrong(name, "broken_csv", line=reader.line_num)

    def header(self, name: str, given: Sequence[str], header: Sequence[str]) -> None:
        """What is wrong with the first row of a CSV file, all of it at once."""
        if len(given) == 1 and (sign := next((sign for sign in ";\t|" if sign in given[0]), "")):
            self.wrong(name, "wrong_delimiter", sign="\\t" if sign == "\t" else sign)
            return
        if "" in given:  # a spreadsheet leaves a comma for every column that once had something
            self.wrong(name, "unnamed_column")
        given = [column for column in given if column]
        missing = [column for column in header if column not in given]
        extra = [column for column in given if column not in header]
        expected = ",".join(header)
        if missing:
            self.wrong(name, "missing_columns", names=", ".join(missing), expected=expected)
        for column in extra:
            told = near(column, missing)
            if re.fullmatch(r"[a-z]{2}", column) and not told:
                self.wrong(name, "other_language", name=column)
            else:
                self.wrong(name, "extra_column", name=column, **told)
        if not missing and not extra and list(given) != list(header):
            self.wrong(name, "wrong_header", expected=expected)

    def code_list(self, path: Path, languages: tuple[str, ...]) -> CodeList:
        where = f"codes/{path.name}"
        codes: list[Code] = []
        taken: set[str] = set()
        before = len(self.findings)
        if path.stem == PERIOD:
            self.wrong(where, "reserved_name", name=PERIOD)
        for number, row in self.rows(where, ["code", "parent", "parts", "order", *languages]):
            key, name = f"{where}:{number}", row["code"]
            if name == TOTAL or len(name) > NAME or not CODE.fullmatch(name):
                self.unread("code", path.stem)
                self.wrong(key, "bad_code")
                continue
            if name in taken:
                self.wrong(key, "duplicate_code", code=name)
            taken.add(name)
            if not re.fullmatch(r"-?[0-9]{1,9}", row["order"]):
                self.unread("code", path.stem)
                self.wrong(key, "order_not_number", code=name)
                continue
            labels = {language: row[language] for language in languages}
            self._labels(f"{where}:{name}", number, labels)
            codes.append(Code(name, row["parent"], tuple(row["parts"].split()), int(row["order"]), labels))
        if not codes and len(self.findings) == before:
            self.wrong(where, "empty_list")
        if self.is_unread("rows", where):
            self.unread("code", path.stem)
        known = {code.code: code for code in codes}
        for code in codes:
            for other in filter(None, (code.parent, *code.parts)):
                if other not in known and not self.is_unread("code", path.stem):
                    self.wrong(f"{where}:{code.code}", "unknown_code", code=other, **near(other, known))
        for name in endless({code.code: (code.parent,) for code in codes}):
            self.wrong(f"{where}:{name}", "circular_parent")
        return CodeList(path.stem, tuple(sorted(codes, key=lambda c: c.order)))

    def _labels(self, key: str, number: int, labels: Mapping[str, str]) -> None:
        """Notes what no form could carry of the labels of a code, which stands in row `number`."""
        for language, label in labels.items():
            if not label:
                self.wrong(key, "missing_translation", language=language, row=number)
            elif "\n" in label:
                self.wrong(key, "line_break", name=language, row=number)
            elif is_formula(label):
                self.wrong(key, "looks_like_formula", name=language, row=number)
            else:
                self.carried(key, label, LABEL, row=number)

    def columns_fit(self, where: str, schema: Mapping[str, Any]) -> bool:
        """Whether records can be read by a Table Schema; what is wrong is told column by column."""
        before, names = len(self.findings), [column["name"] for column in schema["fields"]]
        for column in schema["fields"]:
            if column["type"] not in TYPES:
                key = f"{where}.fields.{column['name']}.type"
                self.wrong(key, "not_one_of", allowed=", ".join(TYPES), **near(str(column["type"]), TYPES))
        for name in {name for name in names if names.count(name) > 1}:
            self.wrong(f"{where}.fields.{name}", "duplicate_id")
        keyed = schema.get("primaryKey")
        for name in listed(keyed) if isinstance(keyed, (str, list)) else ():
            if name not in names:
                self.wrong(f"{where}.primaryKey", "unknown_field", name=name, **near(str(name), names))
        if len(self.findings) == before and not is_table_schema(schema):
            strange = [column["name"] for column in schema["fields"] if not is_table_schema({"fields": [column]})]
            for name in strange:
                self.wrong(f"{where}.fields.{name}", "bad_column")
            if not strange:
                self.wrong(where, "not_table_schema")
        return len(self.findings) == before

    def located(self) -> list[Finding]:
        """What was found, each mistake of a YAML file with the line of its key."""
        places: dict[str, Callable[[str], int | None]] = {}
        found = []
        for finding in _together(self.findings):
            file, _, key = finding.where.partition(":")
            if key and file.endswith((".yaml", ".md")) and "line" not in dict(finding.facts):
                if file not in places:
                    places[file] = self._places(file)
                if line := places[file](key):
                    finding = replace(finding, facts=(*finding.facts, ("line", str(line))))
            found.append(finding)
        return found

    def _places(self, name: str) -> Callable[[str], int | None]:
        """What tells in which line of a file a dotted key stands; nothing of one that cannot be read."""
        try:
            text = regular_files.read(self.folder / name, MOST_BYTES).decode("utf-8-sig")
            front = FRONT.match(text) if name.endswith(".md") else None
            of = yaml12.Places(front[1] if front else text).line
        except (OSError, UnicodeDecodeError, yaml.YAMLError):
            return lambda key: None
        return (lambda key: (line := of(key)) and line + 1) if front else of


def _together(findings: Sequence[Finding]) -> list[Finding]:
    """Findings, those of a language that many files have and the institute has not as the one mistake that it is."""
    others = [finding for finding in findings if finding.rule == "other_language"]
    if len(others) < SEVERAL:
        return list(findings)
    told = Counter(dict(finding.facts)["name"] for finding in others)
    where = "institute.yaml:languages"
    return [
        *(finding for finding in findings if finding not in others),
        *(Finding.of(where, "other_languages", name=name, count=count) for name, count in told.items()),
    ]


def near(name: str, known: Collection[str]) -> dict[str, str]:
    """What was probably meant, as a fact of a finding; none where nothing that is known comes near, or so much is known that
    looking through it for every mistake would take hours."""
    if len(known) > COMPARED or len(name) > LABEL:
        return {}
    close = difflib.get_close_matches(name, sorted(map(str, known)), n=1, cutoff=0.55)
    return {"near": close[0]} if close else {}


def unprintable(text: str) -> str:
    """The code point of the first sign of a text that cannot be seen or written in every form; empty if there is none."""
    for sign in text:
        if (unicodedata.category(sign) in HIDDEN and sign not in JOINERS) or CONTROL.match(sign):
            return f"U+{ord(sign):04X}"
    return ""


def is_formula(text: str) -> bool:
    """Whether a spreadsheet that opens a CSV would work it out instead of showing it; a signed number shows as one."""
    return text.startswith(("=", "@")) or (text.startswith(("+", "-")) and not re.fullmatch(r"[-+0-9 ().,]*", text))


def _kind(content: Any) -> str:
    """The type of a value of YAML, as JSON Schema calls it."""
    kinds = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer", float: "number"}
    return kinds.get(type(content), "null")


@lru_cache
def _validator(shape: str) -> Any:
    return Validator({"$defs": _shapes()["$defs"], **_shapes()[shape]})


@lru_cache
def _shapes() -> Mapping[str, Any]:
    content: Mapping[str, Any] = yaml12.read(SCHEMA.read_text(encoding="utf-8"))[0]
    return content


_BOUNDS: Mapping[str, tuple[str, str]] = {
    "minimum": ("too_small", "least"),
    "maximum": ("too_large", "most"),
    "maxLength": ("too_long", "most"),
    "minLength": ("nothing_there", ""),
    "minItems": ("nothing_there", ""),
    "minProperties": ("nothing_there", ""),
    "uniqueItems": ("repeated_item", ""),
}
"""Keyword of a schema → the rule that a value breaks, and the fact that tells the bound."""


def _from_schema(where: str, error: Any, content: Any) -> Iterator[Finding]:
    """A schema error as findings of ours: its own messages are English only and quote what was written."""
    path = ".".join(_named(error.absolute_path, content))
    key = f"{where}{'.' if ':' in where else ':'}{path}" if path else where
    if error.validator == "required":
        for missing in sorted(set(error.validator_value) - set(error.instance)):
            yield Finding.of(key, "required", key=missing)
    elif error.validator == "additionalProperties":
        known = set(error.schema.get("properties", ()))
        free = known - set(error.instance)  # what is there already was not meant
        for extra in sorted(str(name) for name in set(error.instance) - known):
            told = near(extra, free)
            yield Finding.of(key, "unknown_key", key=extra, known=", ".join(sorted(known)), **told)
    elif error.validator == "type" and error.validator_value == "string" and isinstance(error.instance, (int, float)):
        form = error.schema.get("form")
        yield Finding.of(key, "wrong_form", wanted=form) if form else Finding.of(key, "needs_quotes")
    elif error.validator == "oneOf":  # a name, or keys with values
        number = int(isinstance(error.instance, dict))
        for inner in error.context:
            if inner.schema_path[0] == number:
                yield from _from_schema(where, inner, content)
    else:
        rule, facts = _of_value(error)
        yield Finding.of(key, rule, **facts)


def _of_value(error: Any) -> tuple[str, dict[str, object]]:
    """The rule that a single value breaks by a schema, and the facts of it."""
    rule, wanted = error.validator, error.validator_value
    if rule == "type":
        types = [wanted] if isinstance(wanted, str) else wanted
        return "wrong_type", {"wanted": ", ".join(types), "got": _kind(error.instance)}
    if rule == "enum":
        allowed = list(map(str, wanted))
        shown = ", ".join(name if any(map(str.isalnum, name)) else f'"{name}"' for name in allowed)
        return "not_one_of", {"allowed": shown, **near(str(error.instance), allowed)}
    if rule in ("minLength", "maxLength") and error.schema.get("maxLength") == 1:
        return "one_character", {}
    if rule == "maxProperties":
        return "one_key", {"allowed": ", ".join(error.schema.get("properties", ()))}
    if rule in _BOUNDS:
        said, fact = _BOUNDS[rule]
        return said, {fact: wanted} if fact else {}
    return "wrong_form", {"wanted": error.schema.get("form", "other")}


def _named(path: Iterable[str | int], content: Any) -> Iterator[str]:
    """A path with the items of lists by their id or name, where they have one."""
    for part in path:
        content = content[part]
        told = content if isinstance(part, int) and isinstance(content, dict) else {}
        yield next((told[key] for key in ("id", "name") if isinstance(told.get(key), str)), str(part))


def _texts(content: Any, spoken: Collection[str], path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every mapping in a file that holds words by language, with its key."""
    if isinstance(content, dict):
        words = bool(content) and all(isinstance(said, str) for said in content.values())
        if words and ({*spoken} & content.keys() or path.rpartition(".")[2] in TITLES):
            yield path, content
            return
        for key, value in content.items():
            yield from _texts(value, spoken, f"{path}.{key}" if path else str(key))
    elif isinstance(content, list):
        for number, value in enumerate(content):
            name = value.get("id", value.get("name", number)) if isinstance(value, dict) else number
            yield from _texts(value, spoken, f"{path}.{name}" if path else str(name))


def _strings(content: Any, spoken: Collection[str], path: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a file but translations, keys of mappings too, with its key."""
    if isinstance(content, str):
        yield path, content
    elif isinstance(content, dict):
        for key, value in content.items():
            if isinstance(key, str) and unprintable(key):
                yield path, key
            elif not (set(map(str, content)) <= {*spoken} and isinstance(value, str)):
                yield from _strings(value, spoken, f"{path}.{key}" if path else str(key))
    elif isinstance(content, list):
        for number, value in enumerate(content):
            name = value.get("id", value.get("name", number)) if isinstance(value, dict) else number
            yield from _strings(value, spoken, f"{path}.{name}" if path else str(name))


def is_table_schema(schema: Mapping[str, Any]) -> bool:
    """Whether Frictionless can read records by this Table Schema; each field is asked for one cell."""
    try:
        for column in table_schema(schema).fields:
            column.read_cell("0")
    except Exception:  # it raises whatever the mistake leads to: its own exception, KeyError, re.error
        return False
    return True
