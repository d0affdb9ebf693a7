"""The JSON Schemas that editors know: made of what the program reads, they admit every folder that holds and catch mistakes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NotRequired, cast, get_origin, get_type_hints

import jsonschema
import pytest

from pipeline import ROOT
from pipeline.cli.errors import MESSAGES
from pipeline.institute import editor_schemas, written
from pipeline.institute.files import SCHEMA
from pipeline.model import yaml12
from pipeline.scaffold.library import Answers, library
from pipeline.wording import texts
from pipeline.workflows import new
from tests.conftest import TINY

FOLDERS = (ROOT / "institute", TINY, ROOT / "tests" / "other_institute")
SCHEMAS = editor_schemas.schemas()
MISTAKES = 20
SOME = 12
"""Mistakes of a kind that are planted in a file."""


def mistakes(name: str, content: Any) -> list[str]:
    return [error.message for error in jsonschema.Draft202012Validator(SCHEMAS[name]).iter_errors(content)]


def content(folder: Path, file: str) -> Any:
    return yaml12.read((folder / file).read_text(encoding="utf-8"))[0]


@pytest.mark.parametrize("name", SCHEMAS)
def test_they_are_json_schemas_and_those_of_the_package_are_these(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[name])
    kept = SCHEMA.with_name(f"{name}.schema.json").read_text(encoding="utf-8")
    assert kept == editor_schemas.written()[f"{name}.schema.json"], (
        "pipeline.institute.editor_schemas.write() makes them again"
    )
    assert '"form":' not in kept


@pytest.mark.parametrize("file", editor_schemas.FILES)
def test_every_folder_that_holds_passes(file: str, tmp_path: Path) -> None:
    new.new(
        tmp_path / "i",
        Answers("Instituto", "2025-T4", "Toluca", records=tuple(library()["records"])),
        texts.load(MESSAGES, ("es",))["es"],
    )
    there = [folder for folder in (*FOLDERS, tmp_path / "i") if (folder / file).is_file()]
    assert there
    for folder in there:
        assert mistakes(editor_schemas.FILES[file], content(folder, file)) == []


def test_each_file_of_a_new_folder_names_its_schema_which_lies_beside_it(tmp_path: Path) -> None:
    new.new(tmp_path / "i", Answers("Instituto", "2025-T4"), texts.load(MESSAGES, ("es",))["es"])
    named = 0
    for path in (tmp_path / "i").glob("*.yaml"):
        first = path.read_text(encoding="utf-8").splitlines()[0]
        assert first.startswith("# yaml-language-server: $schema=")
        schema = json.loads((path.parent / first.partition("=")[2]).read_text(encoding="utf-8"))
        assert schema["title"] == path.name
        named += 1
    assert named == 6


def test_a_tool_of_others_reads_them(tmp_path: Path) -> None:
    new.new(tmp_path / "i", Answers("Instituto", "2025-T4"), texts.load(MESSAGES, ("es",))["es"])
    path = tmp_path / "i" / "tables.yaml"
    schema = tmp_path / "i" / path.read_text(encoding="utf-8").splitlines()[0].partition("=")[2]
    tool = [sys.executable, "-m", "check_jsonschema"]
    all_of_them = [str(each) for each in SCHEMA.parent.glob("*.schema.json")]
    assert len(all_of_them) == len(SCHEMAS)
    assert subprocess.run([*tool, "--check-metaschema", *all_of_them], capture_output=True).returncode == 0
    order = [*tool, "--schemafile", str(schema), str(path)]
    assert subprocess.run(order, capture_output=True).returncode == 0
    path.write_text(path.read_text(encoding="utf-8").replace("priority:", "priorty:"), encoding="utf-8")
    assert subprocess.run(order, capture_output=True).returncode == 1


def planted(value: Any, schema: Any, defs: Any) -> Iterator[tuple[str, Any]]:
    """(kind, copy of a content with one mistake that people make), each judged by what the key is for."""
    if "$ref" in schema:
        schema = defs[schema["$ref"].rpartition("/")[2]]
    if isinstance(value, dict):
        yield from _of_keys(value, schema)
        for key, each in value.items():
            of = schema.get("properties", {}).get(key, schema.get("additionalProperties"))
            if isinstance(of, dict) and of:
                for kind, wrong in planted(each, of, defs):
                    yield kind, {**value, key: wrong}
    elif isinstance(value, list):
        if schema.get("minItems"):
            yield "nothing in a list", []
        if schema.get("uniqueItems") and value:
            yield "twice the same", [*value, value[0]]
        for number, each in enumerate(value):
            for kind, wrong in planted(each, schema.get("items", {}), defs):
                yield kind, [*value[:number], wrong, *value[number + 1 :]]
    yield from _of_value(value, schema)


def _of_keys(value: dict[str, Any], schema: Any) -> Iterator[tuple[str, Any]]:
    if schema.get("additionalProperties") is False:
        yield "a key nobody knows", {**value, "clave_que_nadie_conoce": 1}
        for key, each in value.items():
            rest = {name: other for name, other in value.items() if name != key}
            yield "a key with a letter too many", {**rest, f"{key}s": each}
    for key in schema.get("required", ()):
        yield "a key that is missing", {name: each for name, each in value.items() if name != key}
    if schema.get("minProperties") and value:
        yield "nothing in a mapping", {}


def _of_value(value: Any, schema: Any) -> Iterator[tuple[str, Any]]:
    kinds = {schema["type"]} if isinstance(schema.get("type"), str) else set(schema.get("type", ()))
    if kinds and "number" not in kinds:
        yield "a number for something else", 3.5
    if kinds and not kinds & {"string", "array"}:
        yield "words for something else", "algo"
    if kinds and "array" not in kinds:
        yield "a list for one thing", [value]
    if "enum" in schema:
        yield "a word that is none of those", "cualquiera"
    if "pattern" in schema:
        yield "a form that it has not", "¡Así no!"
    if schema.get("minLength"):
        yield "nothing written", ""
    if isinstance(schema.get("minimum"), int):
        yield "too small a number", schema["minimum"] - 1
    if isinstance(schema.get("maximum"), int):
        yield "too large a number", schema["maximum"] + 1
    if isinstance(schema.get("maxLength"), int):
        yield "too many signs", "a" * (schema["maxLength"] + 1)


KINDS = {"records": 7, "sources": 7, "synonyms": 4, "sample": 3}
"""Kinds of mistakes that are planted in a file, eight in others; what stands in sample.yaml is for `check` to judge."""


@pytest.mark.parametrize("file", editor_schemas.FILES)
def test_each_catches_at_least_twenty_planted_mistakes(file: str) -> None:
    name = editor_schemas.FILES[file]
    right = content(ROOT / "institute", file)
    found: dict[str, list[Any]] = {}
    for kind, wrong in planted(right, SCHEMAS[name], SCHEMAS[name]["$defs"]):
        found.setdefault(kind, []).append(wrong)
    # Of each kind some, from all over the file.
    chosen = [(kind, wrong) for kind, each in found.items() for wrong in each[:: max(1, len(each) // SOME)][:SOME]]
    passing = [kind for kind, wrong in chosen if not mistakes(name, wrong)]
    assert not passing, "mistakes that pass"
    assert len(chosen) >= MISTAKES
    assert len(found) >= KINDS.get(name, 8), sorted(found)


@pytest.mark.parametrize(
    ("file", "at", "wrong"),
    [
        ("sources.yaml", ("drop",), "resto"),
        ("sources.yaml", ("drop",), [3]),
        ("sources.yaml", ("lookup",), {"area": {"key": "a", "file": "b.csv", "match": "c"}}),
        ("sources.yaml", ("lookup",), {"area": {"key": "a", "file": "", "match": "c", "value": "d"}}),
        ("sources.yaml", ("lookup",), {"area": {"key": "a", "file": "b.csv", "match": "c", "value": "d", "column": "e"}}),
        ("sources.yaml", ("lookup",), {"area": "b.csv"}),
        ("sources.yaml", ("lookup",), {"area": {"key": "a", "file": "b.csv", "match": "c", "value": "d", "header": 0}}),
        ("sources.yaml", ("answers",), {"Temas": {"separator": "", "columns": {"a": "b"}}}),
        ("sources.yaml", ("recode", "violencia_*"), {"yes_no": "si"}),
        ("sources.yaml", ("join",), {"mes": ["Mes"]}),
        ("sources.yaml", ("files",), []),
        ("sources.yaml", ("files",), [{"pattern": "a.csv", "hoja": "b"}]),
        ("sources.yaml", ("date_format",), "D/M/A"),
    ],
)  # fmt: skip
def test_what_is_said_wrongly_of_a_transformation_is_caught(file: str, at: tuple[str, ...], wrong: Any) -> None:
    right = content(TINY, file)
    assert not mistakes("sources", right)
    place = right["visitas"]
    for key in at[:-1]:
        place = place.setdefault(key, {})
    place[at[-1]] = wrong
    assert mistakes("sources", right)


def of_schema(*path: str) -> Mapping[str, Any]:
    """A part of the shapes of an institute's files."""
    found: Any = yaml12.read(SCHEMA.read_text(encoding="utf-8"))[0]
    for each in path:
        found = found[each]
    return cast(Mapping[str, Any], found)


TYPES: tuple[tuple[type, tuple[str, ...]], ...] = (
    (written.Facts, ("institute",)),
    (written.Licence, ("institute", "properties", "licence")),
    (written.Helpline, ("institute", "properties", "helplines", "items")),
    (written.Help, ("institute", "properties", "help", "items")),
    (written.Disclosure, ("institute", "properties", "disclosure")),
    (written.SigningKey, ("institute", "properties", "signing", "items")),
    (written.EditionEntry, ("institute", "properties", "editions", "items")),
    (written.CalendarEntry, ("institute", "properties", "calendar", "items")),
    (written.RecordRule, ("resource", "properties", "rules", "items")),
    (written.Site, ("charts",)),
    (written.Discreet, ("charts", "properties", "discreet", "additionalProperties")),
    (written.Topic, ("charts", "properties", "topics", "items")),
    (written.CardEntry, ("charts", "properties", "kpis", "items")),
    (written.LineEntry, ("charts", "properties", "first_screen", "items")),
    (written.ChartEntry, ("charts", "properties", "charts", "items")),
    (written.Rate, ("charts", "properties", "charts", "items", "properties", "rate")),
    (written.Annotation, ("charts", "properties", "charts", "items", "properties", "annotations", "items")),
    (written.Recoding, ("source", "properties", "recode", "additionalProperties")),
    (written.Bin, ("source", "properties", "recode", "additionalProperties", "properties", "bins", "items")),
    (written.Upload, ("upload",)),
    (written.Form, ("upload", "properties", "formats", "items")),
    (written.FormColumn, ("upload", "properties", "formats", "items", "properties", "columns", "items")),
    (written.PageHead, ("page",)),
    (written.Recording, ("page", "properties", "media", "items")),
)


@pytest.mark.parametrize(("shape", "path"), TYPES, ids=lambda each: getattr(each, "__name__", ""))
def test_the_types_of_what_is_written_are_those_of_the_schema(shape: type, path: tuple[str, ...]) -> None:
    described = of_schema(*path)
    asked = get_type_hints(shape, include_extras=True)
    assert set(asked) == set(described["properties"])
    if shape.__total__:  # type: ignore[attr-defined]
        needed = {name for name, kind in asked.items() if get_origin(kind) is not NotRequired}
        assert needed == set(described.get("required", ()))
