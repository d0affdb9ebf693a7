"""Looks for what nobody may read in the files of an edition that is about to be published. Reads a folder; findings, never values.

What a file may hold is taken from the lists below; shares no code with what writes them.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from pipeline.model.findings import Finding
from pipeline.verification.known import EMPTY, STATUS

SUMS = frozenset(("SHA256SUMS", "SHA256SUMS.sig"))
KEYS: Mapping[str, frozenset[str]] = {
    "release.json": frozenset(["edition", "cut_off", "published", "previous", "note", "amends", "draft", "tables", "quality", "cells", "withheld", "share", "revised", "revised_periods"]),
    "audit.json": frozenset(["rules", "cells", "withheld", "figures", "witnesses", "method", "version", "editions", "exposures"]),
}  # fmt: skip
"""Members that these files may have at any depth, beside names of tables and languages."""
_DESCRIBED = frozenset(
    [
        "$schema",
        "name",
        "title",
        "homepage",
        "version",
        "created",
        "licenses",
        "path",
        "sources",
        "email",
        "contributors",
        "role",
        "celosia",
        "edition",
        "cut_off",
        "published",
        "languages",
        "publisher",
        "unit",
        "resources",
        "description",
        "keywords",
        "profile",
        "type",
        "format",
        "mediatype",
        "encoding",
        "dialect",
        "delimiter",
        "lineTerminator",
        "header",
        "hash",
        "bytes",
        "schema",
        "fields",
        "primaryKey",
        "foreignKeys",
        "reference",
        "resource",
        "missingValues",
        "constraints",
        "required",
        "enum",
        "unique",
        "minimum",
        "maximum",
        "pattern",
        "minLength",
        "maxLength",
        "categories",
        "value",
        "label",
        "records",
        "where",
        "threshold",
        "dimensions",
        "codes",
        "kind",
        "levels",
        "upper",
        "sensitive",
        "unspecified",
        "complement",
        "reason",
        "additive",
        "rows",
        "persons",
        "answers",
        "women",
        "measures",
        "note",
        "topic",
        "zeros_withheld",
        "overlaps",
        "within",
        "key",
        "links",
        "role",
        "quoteChar",
        "doubleQuote",
        "skipInitialSpace",
        "commentChar",
        "caseSensitiveHeader",
        "csvddfVersion",
        "roles",
        "organization",
        "given_name",
        "uniqueKeys",
        "formula",
        "constraint",
        "row_constraint",
        "custom",
        "checks",
        "temporal",
        "spatial",
        "id",
        "checklist",
        "quality",
    ]
)
_FREE = frozenset(("where", "additive", "measures", "overlaps", "within", "labels"))
"""Members below which the names are the institute's."""
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def files(folder: Path) -> Iterator[tuple[str, Path | None]]:
    """Every file by its name in the edition; without its path where it is none that an edition has."""
    described = json.loads((folder / "datapackage.json").read_bytes())
    named = {resource["path"] for resource in described["resources"]}
    for path in sorted(path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()):
        name = path.relative_to(folder).as_posix()
        known = not path.is_symlink() and name in {*named, *KEYS, *SUMS, "datapackage.json"}
        yield name, path if known else None


def told(folder: Path) -> Iterator[Finding]:
    """What the tables of an edition and the files about them tell that they may not."""
    described = json.loads((folder / "datapackage.json").read_bytes())
    spoken = [each for each in described["celosia"]["languages"] if _LANGUAGE.fullmatch(each)]
    withheld = {}
    for resource in described["resources"]:
        if resource["path"].startswith("tables/"):
            withheld[Path(resource["path"]).stem], found = _cells(folder, resource)
            yield from found
    release = json.loads((folder / "release.json").read_bytes())
    for table, said in release["tables"].items():
        if said["withheld"] != withheld.get(table):
            yield Finding.of("release.json", "leak_figure", table=table)
    for name, known in KEYS.items():
        if (folder / name).is_file():
            content = json.loads((folder / name).read_bytes())
            yield from _members(name, content, {*known, *withheld, *spoken})
    yield from _members("datapackage.json", described, {*_DESCRIBED, *spoken}, free=True)


def _cells(folder: Path, resource: Mapping[str, Any]) -> tuple[int, list[Finding]]:
    """The number of withheld cells of a table; each is empty, and says no more than that it is withheld."""
    path, about = resource["path"], resource["celosia"]
    measures = list(about["measures"])
    columns = [*(each["name"] for each in about["dimensions"]), *measures, "obs_status", "conf_status"]
    reader = csv.reader(io.StringIO((folder / path).read_text("utf-8")))
    if next(reader, None) != columns:
        return -1, [Finding.of(path, "leak_hidden")]
    count, found = 0, list[Finding]()
    for row in reader:
        cell = dict(zip(columns, row, strict=False))
        count += cell.get("obs_status", "") == "Q"
        if len(row) != len(columns) or _says_too_much(cell, measures) or _small(cell, about):
            found.append(Finding.of(path, "leak_figure", table=Path(path).stem))
    return count, found


def _says_too_much(cell: Mapping[str, str], measures: list[str]) -> bool:
    """Whether a cell has figures where its status says that it has none, or a status that none of ours has."""
    status, figures = cell.get("obs_status", ""), [cell.get(name, "") for name in measures]
    return (status, cell["conf_status"]) not in STATUS or (status in EMPTY) != (figures == [""] * len(figures))


def _small(cell: Mapping[str, str], about: Mapping[str, Any]) -> bool:
    """Whether a cell tells fewer than the threshold of what it counts, where the table tells it."""
    people = cell.get(about["unit"], "")
    return people.isdigit() and 0 < int(people) < int(about["threshold"])


def _members(
    name: str, content: Any, known: Collection[str], *, free: bool = False, place: str = ""
) -> Iterator[Finding]:
    """No member that these files do not have; `free`: below a few members the names are the institute's."""
    if isinstance(content, dict):
        theirs = place in _FREE if free else place == "quality"
        for key, value in content.items():
            if key not in known and not theirs:
                yield Finding.of(name, "leak_hidden")
            elif free or key != "quality":
                yield from _members(name, value, known, free=free, place=key)
    elif isinstance(content, list):
        for value in content:
            yield from _members(name, value, known, free=free, place=place)
