"""The JSON Schemas that editors know: made of what the program reads, they admit every folder that holds and catch mistakes."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from pipeline import ROOT
from pipeline.cli.errors import MESSAGES
from pipeline.institute import editor_schemas
from pipeline.institute.files import SCHEMA
from pipeline.model import yaml12
from pipeline.scaffold.library import Answers, library
from pipeline.wording import texts
from pipeline.workflows import new
from tests.conftest import TINY

FOLDERS = (ROOT / "institute", TINY, ROOT / "tests" / "other_institute")
SCHEMAS = editor_schemas.schemas()
MISTAKES = 20


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


def planted(value: Any, schema: Any, defs: Any) -> Iterator[Any]:
    """Copies of a content, each with one mistake: a key that nobody knows, or a value of another type."""
    if "$ref" in schema:
        schema = defs[schema["$ref"].rpartition("/")[2]]
    if isinstance(value, dict):
        if schema.get("additionalProperties") is False:
            yield {**value, "clave_que_nadie_conoce": 1}
        for key in schema.get("required", ()):
            yield {name: each for name, each in value.items() if name != key}
        for key, each in value.items():
            of = schema.get("properties", {}).get(key, schema.get("additionalProperties"))
            if isinstance(of, dict) and of:
                for wrong in planted(each, of, defs):
                    yield {**value, key: wrong}
    elif isinstance(value, list):
        for number, each in enumerate(value):
            for wrong in planted(each, schema.get("items", {}), defs):
                changed = copy.copy(value)
                changed[number] = wrong
                yield changed
    if schema.get("type") in ("object", "array", "string", "integer", "boolean"):
        yield 3.5


@pytest.mark.parametrize("file", editor_schemas.FILES)
def test_each_catches_at_least_twenty_planted_mistakes(file: str) -> None:
    name = editor_schemas.FILES[file]
    right = content(ROOT / "institute", file)
    found = 0
    for wrong in planted(right, SCHEMAS[name], SCHEMAS[name]["$defs"]):
        assert mistakes(name, wrong), "a mistake that passes"
        found += 1
        if found >= 3 * MISTAKES:
            break
    assert found >= (MISTAKES if name != "synonyms" else 5)
