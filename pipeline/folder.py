"""The files of institute/, read one by one: YAML by its shape, code lists, rows. Every mistake is kept, as file:key.

In: the folder. Out: plain content; findings. What the content means, and what refers to what, is for `pipeline.plan`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from pipeline import plain_yaml
from pipeline.catalogues import table_schema
from pipeline.cells import TOTAL
from pipeline.decisions import Code, CodeList
from pipeline.errors import Collector, Finding

SCHEMA = Path(__file__).with_name("plan.schema.yaml")


class Folder(Collector):
    """Reads files and collects findings; a file is read, and complained of, once."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self._read: dict[str, Any] = {}

    def text(self, name: str) -> str | None:
        """A file as text; None, and a finding, where there is none or it is not UTF-8."""
        try:
            return (self.folder / name).read_text(encoding="utf-8")
        except OSError:
            self.wrong(name, "missing_file")
        except UnicodeDecodeError:
            self.wrong(name, "not_utf8")
        return None

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
            content, repeated = plain_yaml.read(text)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            self.wrong(where, "not_yaml", **({"line": mark.line + first_line} if mark else {}))
            return None
        for key, line in repeated:
            self.wrong(f"{where}:{key}", "repeated_key", line=line + first_line - 1)
        return content

    def shaped(self, name: str, shape: str) -> Any:
        """The content of a YAML file, if it has its shape in plan.schema.yaml."""
        content = self.yaml(name)
        if content is None:
            if (self.folder / name).is_file() and not any(f.where == name for f in self.findings):
                self.wrong(name, "empty_file")
            return None
        return content if self.fits(name, content, shape) else None

    def mapping(self, name: str) -> dict[str, Any]:
        """The content of a YAML file that must be keys with values; empty where it is missing or something else."""
        content = self.yaml(name) or {}
        if not isinstance(content, dict):
            self.wrong(name, "wrong_type")
            return {}
        return content

    def fits(self, where: str, content: Any, shape: str) -> bool:
        """Whether content has a shape of plan.schema.yaml; what has not is told."""
        before = len(self.findings)
        for error in _validator(shape).iter_errors(content):
            self.findings.extend(_from_schema(where, error))
        return len(self.findings) == before

    def translations(self, name: str, content: Any, languages: Iterable[str]) -> None:
        """Tells of every text of a file that lacks a language."""
        for key, text in _texts(content):
            for language in languages:
                if not str(text.get(language, "")).strip():
                    self.wrong(f"{name}:{key}", "missing_translation", language=language)

    def rows(self, name: str, header: list[str]) -> Iterator[tuple[int, dict[str, str]]]:
        """(number as a spreadsheet counts, row) of a CSV file with exactly this header; rows of another width are told."""
        try:
            with (self.folder / name).open(encoding="utf-8-sig", newline="") as stream:
                found = csv.DictReader(stream)
                if list(found.fieldnames or []) != header:
                    self.wrong(name, "wrong_header", expected=",".join(header))
                    return
                for number, row in enumerate(found, start=2):
                    if None in row or None in row.values():
                        self.wrong(f"{name}:{number}", "wrong_width")
                    else:
                        yield number, {key: value.strip() for key, value in row.items()}
        except FileNotFoundError:
            self.wrong(name, "missing_file")
        except (OSError, UnicodeDecodeError, csv.Error):
            self.wrong(name, "not_utf8")

    def code_list(self, path: Path, languages: tuple[str, ...]) -> CodeList:
        where = f"codes/{path.name}"
        codes: list[Code] = []
        before = len(self.findings)
        for number, row in self.rows(where, ["code", "parent", "parts", "order", *languages]):
            key, name = f"{where}:{number}", row["code"]
            if not name or any(c in name for c in "!, /\\") or name == TOTAL:
                self.wrong(key, "bad_code")
                continue
            if any(name == other.code for other in codes):
                self.wrong(key, "duplicate_code", code=name)
            if not row["order"].lstrip("-").isdigit():
                self.wrong(key, "order_not_number", code=name)
                continue
            for language in languages:
                if not row[language]:
                    self.wrong(f"{where}:{name}", "missing_translation", language=language)
            labels = {language: row[language] for language in languages}
            codes.append(Code(name, row["parent"], tuple(row["parts"].split()), int(row["order"]), labels))
        if not codes and len(self.findings) == before:
            self.wrong(where, "empty_list")
        known = {code.code: code for code in codes}
        for code in codes:
            for other in filter(None, (code.parent, *code.parts)):
                if other not in known:
                    self.wrong(f"{where}:{code.code}", "unknown_code", code=other)
            seen, at = {code.code}, code.parent
            while at and at in known:
                if at in seen:
                    self.wrong(f"{where}:{code.code}", "circular_parent")
                    break
                seen.add(at)
                at = known[at].parent
        return CodeList(path.stem, tuple(sorted(codes, key=lambda c: c.order)))


@lru_cache
def _validator(shape: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator({"$defs": _shapes()["$defs"], **_shapes()[shape]})


@lru_cache
def _shapes() -> Mapping[str, Any]:
    content: Mapping[str, Any] = plain_yaml.read(SCHEMA.read_text(encoding="utf-8"))[0]
    return content


def _from_schema(where: str, error: Any) -> Iterator[Finding]:
    """A schema error as findings of ours: its own messages are English only and quote what was written."""
    path = ".".join(str(part) for part in error.absolute_path)
    key = f"{where}{'.' if ':' in where else ':'}{path}" if path else where
    if error.validator == "required":
        for missing in sorted(set(error.validator_value) - set(error.instance)):
            yield Finding.of(key, "required", key=missing)
    elif error.validator == "additionalProperties":
        known = set(error.schema.get("properties", ()))
        for extra in sorted(str(name) for name in set(error.instance) - known):
            yield Finding.of(key, "unknown_key", key=extra)
    elif error.validator == "type" and error.validator_value == "string" and isinstance(error.instance, (int, float)):
        yield Finding.of(key, "needs_quotes")
    elif error.validator in ("oneOf", "type"):
        yield Finding.of(key, "wrong_type")
    elif error.validator == "enum":
        yield Finding.of(key, "not_one_of", allowed=", ".join(map(str, error.validator_value)))
    elif error.validator == "minimum":
        yield Finding.of(key, "too_small", least=error.validator_value)
    elif error.validator in ("minLength", "maxLength") and error.schema.get("maxLength") == 1:
        yield Finding.of(key, "one_character")
    elif error.validator in ("minLength", "minItems", "minProperties"):
        yield Finding.of(key, "nothing_there")
    else:
        yield Finding.of(key, "wrong_form", form=error.validator_value)


def _texts(content: Any, path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every mapping in a file that holds words by language, with its key."""
    if isinstance(content, dict):
        if content and set(map(str, content)) <= {"es", "en"}:
            yield path, content
            return
        for key, value in content.items():
            yield from _texts(value, f"{path}.{key}" if path else str(key))
    elif isinstance(content, list):
        for number, value in enumerate(content):
            name = value.get("id", value.get("name", number)) if isinstance(value, dict) else number
            yield from _texts(value, f"{path}.{name}" if path else str(name))


def is_table_schema(schema: Mapping[str, Any]) -> bool:
    """Whether Frictionless can read records by this Table Schema; each field is asked for one cell."""
    try:
        for column in table_schema(schema).fields:
            column.read_cell("0")
    except Exception:  # it raises whatever the mistake leads to: its own exception, KeyError, re.error
        return False
    return True
