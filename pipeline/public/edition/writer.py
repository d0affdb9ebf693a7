"""Writes an edition into a folder: tables, code lists, catalogues, and the files that describe them. I/O, and no secret.

`data/published/<edition>/` holds `datapackage.json` (Data Package v2), `tables/*.csv`, `codes/*.csv`, `catalogues/*`,
`release.json`, `audit.json` and `SHA256SUMS`. What is written depends on the arguments alone, byte for byte. The audit
is added by `publication.seal`.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.institute.written import Publisher
from pipeline.model.findings import stop
from pipeline.model.reference_data import Catalogue, Shapes, standard
from pipeline.public.edition import safe_files
from pipeline.public.edition.model import (
    CATALOGUE,
    CONF,
    DESCRIPTOR,
    LIST_HEADER,
    OBS,
    RELEASE,
    STATUSES,
    Dimension,
    Package,
    PublishedTable,
    Release,
    expected_codes,
    foreign_keys,
)
from pipeline.public.edition.reader import read

CONTRACT = 1
"""Major version: column order and code lists are a contract with reusers."""
_AMENDMENTS = 1000
"""More than any edition has."""


@dataclass(frozen=True)
class Content:
    """What an edition holds.

    tables: already masked, in publication order; rows may come in any order.
    codes: all code lists, those that the tables name among them: code, parent, parts (space-separated), order, one
    column per language.
    """

    tables: Sequence[PublishedTable]
    codes: Mapping[str, pd.DataFrame]
    catalogues: Sequence[Catalogue] = ()
    shapes: Sequence[Shapes] = ()


def write(folder: Path, content: Content, *, release: Release, publisher: Publisher) -> Package:
    """Writes an edition into an empty or absent folder and returns it as read back from there.

    release: `edition`, `cut_off`, `published` and what else release.json shall say; `version` overrides the default.
    publisher: id, name, unit, url, email, licence, languages, as in institute.yaml.
    Raises PipelineError("package") when the result does not verify; `audit.json` is added by `seal`.
    """
    if folder.exists() and any(folder.iterdir()):
        raise stop("package", folder.name, "folder_not_empty")
    for name in ("tables", "codes"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    resources = []
    for data, resource in _files(content, tuple(publisher["languages"])):
        path = folder / resource["path"]
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        resources.append(resource)
    safe_files.write_json(folder / DESCRIPTOR, _descriptor(release, publisher, resources))
    safe_files.write_json(folder / RELEASE, {key: value for key, value in release.items() if key != "version"})
    safe_files.write_sums(folder)
    return read(folder)


def _files(content: Content, languages: Sequence[str]) -> Iterator[tuple[bytes, dict[str, Any]]]:
    """Every file with how the descriptor describes it, its path included."""
    codes = content.codes
    for table in content.tables:
        data = _table_bytes(table, codes)
        yield data, _table_resource(table, codes, f"tables/{table.id}.csv", data, languages)
    for name in sorted(codes):
        data = _list_bytes(codes[name], languages)
        yield data, _list_resource(name, f"codes/{name}.csv", data, languages)
    for catalogue in content.catalogues:
        header = [column.name for column in catalogue.columns]
        data = _csv(header, ([row[name] for name in header] for row in catalogue.rows))
        yield data, _catalogue_resource(catalogue, f"catalogues/{catalogue.name}.csv", data, languages)
    for shape in content.shapes:
        data = shape.text.encode("utf-8")
        yield data, _shapes_resource(shape, f"catalogues/{shape.name}.geojson", data, languages)


def _table_bytes(table: PublishedTable, codes: Mapping[str, pd.DataFrame]) -> bytes:
    frame = table.frame
    rank = {
        dimension.name: {code: n for n, code in enumerate(expected_codes(dimension, codes[dimension.codes]))}
        for dimension in table.dimensions
    }
    places = pd.DataFrame({name: frame[name].map(rank[name]) for name in table.names}, index=frame.index)
    frame = frame.loc[places.sort_values(table.names, kind="stable").index] if len(frame) else frame
    columns = [*table.names, *table.measures, OBS, CONF]
    return _csv(columns, zip(*(_cells(frame[column]) for column in columns), strict=True))


def _cells(column: pd.Series[Any]) -> list[str]:
    return ["" if gap else str(value) for value, gap in zip(column.tolist(), column.isna().tolist(), strict=True)]


def _list_bytes(codes: pd.DataFrame, languages: Sequence[str]) -> bytes:
    columns = [*LIST_HEADER, *languages]
    ordered = codes.sort_values("order", kind="stable")
    return _csv(columns, zip(*(_cells(ordered[column]) for column in columns), strict=True))


def _csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return stream.getvalue().encode("utf-8")


def _resource(name: str, path: str, data: bytes, title: str) -> dict[str, Any]:
    return {
        "name": name,
        "type": "table",
        "title": title,
        "path": path,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(data),
        "hash": f"sha256:{hashlib.sha256(data).hexdigest()}",
        "dialect": {"lineTerminator": "\n"},
    }


def _table_resource(
    table: PublishedTable, codes: Mapping[str, pd.DataFrame], path: str, data: bytes, languages: Sequence[str]
) -> dict[str, Any]:
    def column(name: str, allowed: Sequence[str]) -> dict[str, Any]:
        return {"name": name, "type": "string", "constraints": {"required": True, "enum": list(allowed)}}

    first = languages[0]
    fields = [column(d.name, expected_codes(d, codes[d.codes])) for d in table.dimensions]
    for measure in table.measures:
        title = {"title": table.labels[measure][first]} if measure in table.labels else {}
        fields.append({"name": measure, "type": "integer", **title, "constraints": {"minimum": 0}})
    fields += [column(OBS, tuple(STATUSES)), column(CONF, ("F", "C"))]
    resource = _resource(table.id, path, data, table.title[first])
    if table.note:
        resource["description"] = table.note[first]
    return {
        **resource,
        "schema": {"fields": fields, "primaryKey": table.names, "missingValues": [""]},
        "checklist": {"checks": [{"type": "row-constraint", "formula": _formula(table.measures)}]},
        "celosia": {
            "records": table.records,
            "where": dict(table.where),
            "unit": table.unit,
            "threshold": table.threshold,
            "title": dict(table.title),
            "note": dict(table.note),
            "topic": table.topic,
            "sensitive": table.sensitive,
            "zeros_withheld": table.zeros_withheld,
            "dimensions": [_described(dimension) for dimension in table.dimensions],
            "additive": {measure: list(names) for measure, names in table.additive.items()},
            "overlaps": {measure: list(names) for measure, names in table.overlaps.items()},
            "measures": {measure: dict(table.labels.get(measure, {})) for measure in table.measures},
            "rows": table.rows,
            "persons": table.persons,
            "answers": table.answers,
            "women": table.women,
            **({"within": {less: list(more) for less, more in table.within.items()}} if table.within else {}),
        },
    }


def _formula(measures: Iterable[str]) -> str:
    """The row constraint, for Frictionless: a value is empty exactly when its status says so, and C goes with Q."""
    empty = [f"({measure} == None) == (obs_status in ['Q', 'M', 'L'])" for measure in measures]
    return " and ".join([*empty, "(conf_status == 'C') == (obs_status == 'Q')"])


def _described(dimension: Dimension) -> dict[str, Any]:
    extra: dict[str, Any] = {}
    if dimension.levels:
        extra["levels"] = list(dimension.levels)
    if dimension.upper:
        extra["upper"] = dimension.upper
    if dimension.sensitive:
        extra |= {"sensitive": True, "unspecified": list(dimension.unspecified)}
    if dimension.complement:
        extra |= {"complement": dimension.complement, "reason": dict(dimension.reason)}
    return {"name": dimension.name, "codes": f"codes/{dimension.codes}.csv", "kind": dimension.kind, **extra}


def _list_resource(name: str, path: str, data: bytes, languages: Sequence[str]) -> dict[str, Any]:
    fields: list[dict[str, Any]] = [
        {"name": "code", "type": "string", "constraints": {"required": True}},
        {"name": "parent", "type": "string"},
        {"name": "parts", "type": "string"},
        {"name": "order", "type": "integer", "constraints": {"required": True}},
    ]
    fields += [{"name": language, "type": "string", "constraints": {"required": True}} for language in languages]
    schema = {"fields": fields, "primaryKey": ["code"], "missingValues": [""]}
    return {**_resource(f"codes_{name}", path, data, name), "schema": schema}


def _catalogue_resource(catalogue: Catalogue, path: str, data: bytes, languages: Sequence[str]) -> dict[str, Any]:
    fields = [
        {
            **standard(f),
            "title": f["celosia"]["title"][languages[0]],
            "celosia": f["celosia"],
        }
        for f in catalogue.schema["fields"]
    ]
    schema = {
        **catalogue.schema,
        "fields": fields,
        "missingValues": [""],
        **({"foreignKeys": keys} if (keys := foreign_keys(catalogue, f"{CATALOGUE}{{}}".format)) else {}),
    }
    said = {"title": dict(catalogue.title)}
    resource = _resource(f"{CATALOGUE}{catalogue.name}", path, data, catalogue.title[languages[0]])
    return {**resource, "schema": schema, "celosia": said}


def _shapes_resource(shapes: Shapes, path: str, data: bytes, languages: Sequence[str]) -> dict[str, Any]:
    resource = _resource(f"{CATALOGUE}{shapes.name}", path, data, shapes.title[languages[0]])
    for name in ("type", "dialect"):
        del resource[name]
    said = {"title": dict(shapes.title), "codes": shapes.codes, "key": shapes.key}
    return {**resource, "format": "geojson", "mediatype": "application/geo+json", "celosia": said}


def _descriptor(release: Release, publisher: Publisher, resources: list[dict[str, Any]]) -> dict[str, Any]:
    edition, first, licence = release["edition"], publisher["languages"][0], publisher["licence"]
    source = {"title": publisher["unit"][first], "path": publisher["url"], "email": publisher["email"]}
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": f"{publisher['id']}-{edition.lower()}",
        "title": f"{publisher['name'][first]}, {edition}",
        "homepage": publisher["url"],
        "version": release.get("version") or version(edition),
        "created": f"{release['published']}T00:00:00Z",
        "licenses": [{"name": licence["name"], "path": licence["path"], "title": licence["title"][first]}],
        "sources": [source],
        "contributors": [{"title": publisher["name"][first], "email": publisher["email"], "roles": ["publisher"]}],
        "celosia": {
            "edition": edition,
            "cut_off": release["cut_off"],
            "published": release["published"],
            "languages": list(publisher["languages"]),
            "publisher": {"name": dict(publisher["name"]), "unit": dict(publisher["unit"])},
            "quality": f"{RELEASE}#/quality",
        },
        "resources": resources,
    }


def version(edition: str) -> str:
    """Version of an edition: new data raise the minor number, a correction the patch (`2025-T4.1` → 1.20254.1).

    It rises with the last month of the data also where months, quarters and years are mixed: a month counts on from the
    quarter before it (`2025-11` → 1.20253.2000), a quarter comes after its last month, a year after its last quarter.
    """
    base, _, amendment = edition.partition(".")
    year, _, part = base.partition("-")
    quarter, patch = 4, 4 * _AMENDMENTS
    if part.startswith("T"):
        quarter, patch = int(part[1:]), 0
    elif part:
        quarter, patch = divmod(int(part) - 1, 3)
        patch = (patch + 1) * _AMENDMENTS
    return f"{CONTRACT}.{year}{quarter}.{patch + (int(amendment) if amendment.isdigit() else 0)}"
