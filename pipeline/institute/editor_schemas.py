"""plan.schema.yaml and explained.yaml → a JSON Schema for each file of an institute, with which any editor completes and checks keys.

They stand in `schemas/` as they are made here, and `celosia new` puts copies into `.schemas/` of the folder, so that the first line of
each file finds its own without a network. `write` makes them again.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.institute.files import SCHEMA
from pipeline.model import yaml12

EXPLAINED = SCHEMA.with_name("explained.yaml")
DIALECT = "https://json-schema.org/draft/2020-12/schema"
FILES = {
    "institute.yaml": "institute",
    "records.package.yaml": "records",
    "sources.yaml": "sources",
    "tables.yaml": "tables",
    "charts.yaml": "charts",
    "catalogues.package.yaml": "catalogues",
    "sample.yaml": "sample",
    "pnt.yaml": "pnt",
    "synonyms.yaml": "synonyms",
}
"""File of an institute → the name of its schema."""
SHAPES = {"sample": "habits", "pnt": "upload"}
"""Schemas whose shape in plan.schema.yaml is called otherwise."""
OWN = ("form",)
"""Keywords of plan.schema.yaml that JSON Schema does not know."""


def schemas() -> dict[str, dict[str, Any]]:
    """Name → JSON Schema."""
    shapes, _ = yaml12.read(SCHEMA.read_text(encoding="utf-8"))
    explained, _ = yaml12.read(EXPLAINED.read_text(encoding="utf-8"))
    for shape, keys in explained.items():
        of = shapes[shape].get("items", shapes[shape])["properties"]
        for key, told in keys.items():
            of[key] = {**of[key], "description": f"{told['es']} / {told['en']}"}
    shapes["records"] = _records(shapes)
    shapes["sources"] = {"type": "object", "additionalProperties": shapes["source"]}
    return {name: _schema(name, shapes) for name in FILES.values()}


def written() -> dict[str, str]:
    """File name → the text of a schema."""
    return {f"{name}.schema.json": json.dumps(s, ensure_ascii=False, indent=1) + "\n" for name, s in schemas().items()}


def write(folder: Path = SCHEMA.parent) -> None:
    """Writes every schema into a folder, that of the package if none is named."""
    folder.mkdir(exist_ok=True)
    for name, text in written().items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


def _schema(name: str, shapes: Mapping[str, Any]) -> dict[str, Any]:
    # Each its own copy: what is explained of a key is not said of another file.
    found = _known(copy.deepcopy(shapes[SHAPES.get(name, name)]))
    return {
        "$schema": DIALECT,
        "title": next(f for f, n in FILES.items() if n == name),
        **found,
        "$defs": _known(shapes["$defs"]),
    }


def _records(shapes: Mapping[str, Any]) -> dict[str, Any]:
    """A Data Package, of which we describe what is ours; Table Schema describes the rest."""
    name = {"$ref": "#/$defs/name"}
    column = {"name": name, "type": {"type": "string"}, "constraints": {"type": "object"}, "celosia": shapes["field"]}
    fields = {
        "type": "array",
        "minItems": 1,
        "items": {"type": "object", "required": ["name", "type"], "properties": column},
    }
    resource = {
        "name": name,
        "celosia": shapes["resource"],
        "schema": {"type": "object", "required": ["fields"], "properties": {"fields": fields}},
    }
    of = {"type": "object", "required": ["name", "celosia", "schema"], "properties": resource}
    return {
        "type": "object",
        "required": ["resources"],
        "properties": {"resources": {"type": "array", "minItems": 1, "items": of}},
    }


def _known(schema: Any) -> Any:
    """A schema without our own keywords, its patterns as editors read them: to them the end of a text is `$`, and \\Z a letter.
    Where a mapping is one of properties, its keys are names and stay."""
    if isinstance(schema, list):
        return [_known(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: {name: _known(each) for name, each in value.items()}
        if key in ("properties", "$defs")
        else value.replace("\\Z", "$")
        if key == "pattern" and isinstance(value, str)
        else _known(value)
        for key, value in schema.items()
        if key not in OWN or not isinstance(value, str)
    }
