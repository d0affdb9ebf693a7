"""An edition on disk: write it, read it back and verify it, seal it, swap it in. I/O; public side, never sees a secret.

`data/published/<edition>/` holds `datapackage.json` (Data Package v2), `tables/*.csv`, `codes/*.csv`, `catalogues/*`,
`release.json`, `audit.json` and `SHA256SUMS`. What is written is a pure function of the arguments, byte for byte. Reading trusts
nothing: hashes, shape, codes, keys, completeness and statuses are verified, and all findings are raised together as
PipelineError("package") with file, row, column and rule, never with a value.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import itertools
import json
import math
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import jsonschema
import pandas as pd

from pipeline.institute.files import CONTROL
from pipeline.model import exchange, periods, yaml12
from pipeline.model.cells import TOTAL
from pipeline.model.disjoint_sets import endless
from pipeline.model.findings import Collector, PipelineError, of_the_system, stop
from pipeline.model.json_schema import Validator
from pipeline.model.reference_data import Catalogue, Shapes, no_number, standard
from pipeline.public.edition import files as edition_files
from pipeline.public.edition import quality
from pipeline.public.edition.model import CONF, EMPTY, OBS, STATUSES, Dimension, Package, PublishedTable, expected_codes

KINDS = ("flat", "hierarchy", "multiple")
DESCRIPTOR, RELEASE, AUDIT, SUMS = "datapackage.json", "release.json", "audit.json", "SHA256SUMS"
OWN = (DESCRIPTOR, RELEASE, AUDIT, SUMS)
"""Files of an edition that its descriptor does not name, itself among them."""
SHAPES = Path(__file__).with_name("edition.schema.yaml")
LOWEST = 3
"""Threshold that no institute may go below, as plan.schema.yaml says; of two women in a cell, each finds the other."""
CATALOGUE = "catalogues_"
"""Before the name of a catalogue among the resources, where a table may have the same name."""
MOST_CELLS = 5_000_000
"""Cells of a table, a code list or a catalogue; the largest table of the committed editions has three thousand."""
STAGING = ".staging-"
"""Begins the name of a folder that is not an edition yet."""
CONTRACT = 1
"""Major version: column order and code lists are a contract with reusers."""

_PATH = re.compile(r"(tables|codes|catalogues)/[a-z0-9_]+\.csv|catalogues/[a-z0-9_]+\.geojson")
_SLUG = re.compile(r"[a-z0-9_]+")
_EDITION = re.compile(r"[0-9A-Za-z]+([.-][0-9A-Za-z]+)*")
_WHOLE = re.compile(r"0|[1-9][0-9]{0,17}")
_LIST_HEADER = ("code", "parent", "parts", "order")


# writing -------------------------------------------------------------------------------------------------------------


def write(
    folder: Path,
    *,
    tables: Sequence[PublishedTable],
    codes: Mapping[str, pd.DataFrame],
    release: Mapping[str, Any],
    publisher: Mapping[str, Any],
    catalogues: Sequence[Catalogue] = (),
    shapes: Sequence[Shapes] = (),
) -> Package:
    """Writes an edition into an empty or absent folder and returns it as read back from there.

    tables: already masked, in publication order; rows may come in any order.
    codes: all code lists, those that the tables name among them: code, parent, parts (space-separated), order, one
    column per language.
    release: `edition`, `cut_off`, `published` and what else release.json shall say; `version` overrides the default.
    publisher: id, name, unit, url, email, licence, languages, as in institute.yaml.
    Raises PipelineError("package") when the result does not verify; `audit.json` is added by `seal`.
    """
    if folder.exists() and any(folder.iterdir()):
        raise stop("package", folder.name, "folder_not_empty")
    (folder / "tables").mkdir(parents=True, exist_ok=True)
    (folder / "codes").mkdir(exist_ok=True)
    languages = tuple(publisher["languages"])
    resources = []
    for table in tables:
        path = f"tables/{table.id}.csv"
        data = _table_bytes(table, codes)
        (folder / path).write_bytes(data)
        resources.append(_table_resource(table, codes, path, data, languages))
    for name in sorted(codes):
        path = f"codes/{name}.csv"
        data = _list_bytes(codes[name], languages)
        (folder / path).write_bytes(data)
        resources.append(_list_resource(name, path, data, languages))
    if catalogues or shapes:
        (folder / "catalogues").mkdir(exist_ok=True)
    for catalogue in catalogues:
        path = f"catalogues/{catalogue.name}.csv"
        header = [column.name for column in catalogue.columns]
        data = _csv(header, ([row[name] for name in header] for row in catalogue.rows))
        (folder / path).write_bytes(data)
        resources.append(_catalogue_resource(catalogue, path, data, languages))
    for shape in shapes:
        path = f"catalogues/{shape.name}.geojson"
        data = shape.text.encode("utf-8")
        (folder / path).write_bytes(data)
        resources.append(_shapes_resource(shape, path, data, languages))
    _write_json(folder / DESCRIPTOR, _descriptor(release, publisher, resources))
    _write_json(folder / RELEASE, {key: value for key, value in release.items() if key != "version"})
    _write_sums(folder)
    return read(folder)


def seal(folder: Path, audit: Mapping[str, Any]) -> None:
    """Adds what the audit found and closes the edition: `audit.json`, then `SHA256SUMS` over everything."""
    _write_json(folder / AUDIT, audit)
    _write_sums(folder)


def swap(staging: Path, published: Path, edition: str, *, draft: bool = False) -> Path:
    """Moves a sealed staging folder to `published`/`edition` by one rename and returns that path.

    An edition, once published, is never rewritten: if it exists with other bytes PipelineError("package") is raised
    and both folders stay; with the same bytes it stays untouched and the staging folder goes. A `draft` takes the place of
    the one before it, and one of both is there whenever that is stopped. Both folders must lie on one file system.
    """
    target = published / edition
    if not _EDITION.fullmatch(edition):
        raise stop("package", edition, "bad_edition_name")
    if not (staging / AUDIT).is_file():
        raise stop("package", AUDIT, "not_sealed")
    if read(staging).edition != edition:
        raise stop("package", DESCRIPTOR, "other_edition")
    if target.exists() and not draft:
        if edition_files.digests(target) != edition_files.digests(staging):
            names = [path.name for path in published.iterdir() if path.is_dir() and not path.name.startswith(".")]
            newest = max(names, key=periods.edition_order)
            raise stop("package", edition, "edition_exists", next=periods.following(newest, names))
        shutil.rmtree(staging)
        return target
    published.mkdir(parents=True, exist_ok=True)
    for path in (*sorted(staging.rglob("*")), staging):  # on disk before the rename is, should the power fail
        _flush(path)
    staging.chmod(0o755)  # a temporary folder is its maker's alone, an edition everybody's
    if draft:
        exchange.exchange(staging, target)
    else:
        os.rename(staging, target)
    _flush(published)
    return target


@contextmanager
def lock(published: Path) -> Iterator[None]:
    """Nobody else publishes into the folder meanwhile: editions that were not audited together must not stand together.

    The lock is on the folder itself: it leaves no file and ends with the process, however that ends. What an earlier
    run left half written is removed. Raises PipelineError("system") when another run has it, or there is no making it.
    """
    import fcntl  # not everywhere: who only reads editions needs none

    try:
        published.mkdir(parents=True, exist_ok=True)
        handle = os.open(published, os.O_RDONLY)
    except OSError as error:
        raise of_the_system(error, published.name) or error from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise stop("system", published.name, "another_run") from None
        for left in published.glob(f"{STAGING}*"):
            if left.lstat().st_uid == os.geteuid():
                shutil.rmtree(left, ignore_errors=True)
        yield
    finally:
        os.close(handle)


def sweep(published: Path) -> None:
    """Removes what an earlier run left half written, unless some run is at work or nothing may be changed there."""
    if any(published.glob(f"{STAGING}*")):
        with suppress(PipelineError, OSError, ImportError), lock(published):
            pass


def stage(published: Path) -> Path:
    """An empty folder beside the editions, to be swapped in. Raises PipelineError("system") when it cannot be made."""
    try:
        return Path(tempfile.mkdtemp(prefix=STAGING, dir=published))
    except OSError as error:
        raise of_the_system(error, published.name) or error from None


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
    columns = [*_LIST_HEADER, *languages]
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
        **({"foreignKeys": keys} if (keys := _keys(catalogue, f"{CATALOGUE}{{}}".format)) else {}),
    }
    said = {"title": dict(catalogue.title)}
    resource = _resource(f"{CATALOGUE}{catalogue.name}", path, data, catalogue.title[languages[0]])
    return {**resource, "schema": schema, "celosia": said}


def _keys(catalogue: Catalogue, renamed: Callable[[str], str]) -> list[dict[str, Any]]:
    """The foreign keys of a catalogue with the resources that they refer to renamed."""
    return [
        {
            **key,
            "reference": {
                **key["reference"],
                "resource": renamed(other) if (other := key["reference"]["resource"]) else "",
            },
        }
        for key in catalogue.schema.get("foreignKeys", ())
    ]


def _shapes_resource(shapes: Shapes, path: str, data: bytes, languages: Sequence[str]) -> dict[str, Any]:
    resource = _resource(f"{CATALOGUE}{shapes.name}", path, data, shapes.title[languages[0]])
    for name in ("type", "dialect"):
        del resource[name]
    said = {"title": dict(shapes.title), "codes": shapes.codes, "key": shapes.key}
    return {**resource, "format": "geojson", "mediatype": "application/geo+json", "celosia": said}


def _descriptor(
    release: Mapping[str, Any], publisher: Mapping[str, Any], resources: list[dict[str, Any]]
) -> dict[str, Any]:
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


_AMENDMENTS = 1000
"""More than any edition has."""


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    path.write_bytes((json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode("utf-8"))


def _write_sums(folder: Path) -> None:
    lines = [f"{digest}  {name}\n" for name, digest in edition_files.digests(folder).items() if name != SUMS]
    (folder / SUMS).write_bytes("".join(lines).encode("utf-8"))


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# reading -------------------------------------------------------------------------------------------------------------


def read(folder: Path) -> Package:
    """Reads and verifies an edition. Raises PipelineError("package") with everything that is wrong with it, and
    PipelineError("system") where the computer does not let it be read."""
    reader = _PackageReader(folder)
    try:
        package = reader.read() if reader.is_plain() else None
    except OSError as error:
        raise of_the_system(error, folder.name) or stop("package", folder.name, "unreadable") from None
    if reader.findings or package is None:
        raise PipelineError("package", reader.findings)
    return package


class _PackageReader(Collector):
    """Reads the files of one edition and collects findings; later checks run on what could be read."""

    kind = "package"

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def is_plain(self) -> bool:
        """Whether there are files and folders alone: no link, no pipe, nothing that is read otherwise than it lies there."""
        if self.folder.is_symlink():
            self.wrong(self.folder.name, "edition_link")
            return False
        if not self.folder.exists():
            self.wrong(DESCRIPTOR, "missing_file")
            return False
        try:
            found = edition_files.kinds(self.folder)
        except edition_files.Unsafe:
            self.wrong(self.folder.name, "edition_too_many_files", most=edition_files.MOST_FILES)
            return False
        for name, kind in found.items():
            if kind == edition_files.LINK:
                self.wrong(name, "edition_link")
            elif kind == edition_files.SPECIAL:
                self.wrong(name, "edition_special")
            elif kind == edition_files.FILE and (self.folder / name).lstat().st_size > edition_files.most(name):
                self.wrong(name, "edition_too_large", most=edition_files.most(name) >> 20)
        return not self.findings

    def named(self, paths: Iterable[str]) -> None:
        """Nothing stands in the folder but what datapackage.json names, what seals it, and the folders of that."""
        files = {*paths, *OWN}
        folders = {name.rpartition("/")[0] for name in files}
        for name, kind in edition_files.kinds(self.folder).items():
            if name not in (files if kind == edition_files.FILE else folders):
                self.wrong(name, "not_named")

    def read(self) -> Package | None:
        if not (self.folder / DESCRIPTOR).is_file():
            self.wrong(DESCRIPTOR, "missing_file")
            return None
        self.sums()
        descriptor, release = self.json(DESCRIPTOR), self.json(RELEASE)
        if descriptor is None or release is None:
            return None
        codes: dict[str, pd.DataFrame] = {}
        tables: dict[str, PublishedTable] = {}
        certificate = self.json(AUDIT) if (self.folder / AUDIT).exists() else None
        if not all([self.fits(DESCRIPTOR, descriptor), self.fits(RELEASE, release), self.fits(AUDIT, certificate)]):
            return None
        edition, languages = descriptor["celosia"]["edition"], tuple(descriptor["celosia"]["languages"])
        described = [dict(resource) for resource in descriptor["resources"]]
        paths = [resource["path"] for resource in described]
        for key in ("edition", "cut_off", "published"):
            if release[key] != descriptor["celosia"][key]:
                self.wrong(RELEASE, "other_edition")
        if not quality.well_formed(release):
            self.wrong(RELEASE, "descriptor_shape")
        for path, count in pd.Series(paths, dtype="object").value_counts().items():
            if count > 1:
                self.wrong(DESCRIPTOR, "duplicate_resource", resource=path)
        known = {path for path in paths if _PATH.fullmatch(path)}
        for path in sorted(set(paths) - known):
            self.wrong(DESCRIPTOR, "bad_path", resource=path)
        self.named(known)
        for path, resource in zip(paths, described, strict=True):
            if path in known and path.startswith("codes/"):
                frame = self.code_list(path, resource, languages)
                if frame is not None:
                    codes[Path(path).stem] = frame
        for path, resource in zip(paths, described, strict=True):
            if path in known and path.startswith("tables/"):
                table = self.table(path, resource, codes)
                if table is not None:
                    tables[table.id] = table
        counted: dict[str, tuple[str, str | None, str]] = {}
        for name, table in tables.items():  # one record type is counted in one way
            how = (table.rows, table.persons, table.women)
            if counted.setdefault(table.records, how) != how:
                self.wrong(f"tables/{name}.csv", "counted_otherwise", records=table.records)
        said = [(p, r) for p, r in zip(paths, described, strict=True) if p in known and p.startswith("catalogues/")]
        found, shapes = self.catalogues(said, codes), self.shapes(said)
        return Package(edition, self.folder, descriptor, release, tables, codes, found, shapes, certificate)

    def fits(self, name: str, content: Mapping[str, Any] | None) -> bool:
        """Whether the content of a JSON file, where there is one, has its shape in edition.schema.yaml."""
        before = len(self.findings)
        for error in _shape(name).iter_errors(content) if content is not None else ():
            self.wrong(name, "edition_shape", key=".".join(map(str, error.absolute_path)) or name)
        return len(self.findings) == before

    def sums(self) -> None:
        try:
            lines = edition_files.read(self.folder / SUMS).decode("ascii").splitlines()
        except (FileNotFoundError, UnicodeDecodeError):
            self.wrong(SUMS, "missing_file")
            return
        listed: dict[str, str] = {}
        for number, line in enumerate(lines, start=1):
            digest, _, name = line.partition("  ")
            if not re.fullmatch(r"[0-9a-f]{64}", digest) or not name or name in listed:
                self.wrong(SUMS, "bad_line", row=number)
            listed[name] = digest
        found = {name: digest for name, digest in edition_files.digests(self.folder).items() if name != SUMS}
        for name in sorted(listed.keys() - found.keys()):
            self.wrong(name, "missing_file")
        for name in sorted(found.keys() - listed.keys()):
            self.wrong(name, "unlisted_file")
        for name in sorted(found.keys() & listed.keys()):
            if found[name] != listed[name]:
                self.wrong(name, "wrong_hash", against=SUMS)

    def json(self, name: str) -> dict[str, Any] | None:
        try:
            content = json.loads(edition_files.read(self.folder / name).decode("utf-8"), parse_constant=no_number)
        except FileNotFoundError:
            self.wrong(name, "missing_file")
        except RecursionError:
            self.wrong(name, "too_deep")
        except ValueError:
            self.wrong(name, "not_json")
        else:
            if (found := next(filter(None, map(CONTROL.search, _words(content))), None)) is not None:
                self.wrong(name, "unprintable", sign=f"U+{ord(found[0]):04X}")
            elif isinstance(content, dict):
                return content
            else:
                self.wrong(name, "descriptor_shape")
        return None

    def bytes(self, path: str, resource: Mapping[str, Any]) -> bytes | None:
        """A file as it is described; None if it is not there."""
        try:
            data = edition_files.read(self.folder / path)
        except FileNotFoundError:
            self.wrong(path, "missing_file")
            return None
        if resource.get("hash") != f"sha256:{hashlib.sha256(data).hexdigest()}":
            self.wrong(path, "wrong_hash", against=DESCRIPTOR)
        if resource.get("bytes") != len(data):
            self.wrong(path, "wrong_bytes", against=DESCRIPTOR)
        return data

    def rows(self, path: str, resource: Mapping[str, Any], header: Sequence[str]) -> list[list[str]] | None:
        """The records of a CSV file, without header, each as wide as the header; None if there is no reading it."""
        if (data := self.bytes(path, resource)) is None:
            return None
        if data.startswith(codecs.BOM_UTF8):
            self.wrong(path, "byte_order_mark")
            return None
        if b"\r" in data or not data.endswith(b"\n"):
            self.wrong(path, "line_ends")
            return None
        before, rows = len(self.findings), []
        try:
            text = data.decode("utf-8")
            if found := CONTROL.search(text):
                row = text.count("\n", 0, found.start()) + 1
                self.wrong(path, "unprintable", row=row, sign=f"U+{ord(found[0]):04X}")
                return None
            reader = csv.reader(io.StringIO(text, newline=""), strict=True)
            if next(reader, []) != list(header):
                self.wrong(path, "wrong_header", expected=",".join(header))
                return None
            for number, cells in enumerate(reader, start=2):
                if number * len(header) > MOST_CELLS:
                    self.wrong(path, "edition_too_many_rows", most=MOST_CELLS // len(header))
                    return None
                if len(cells) != len(header):
                    self.wrong(path, "wrong_width", row=number, count=len(cells), expected=len(header))
                rows.append(cells)
        except (UnicodeDecodeError, csv.Error):
            self.wrong(path, "not_csv")
            return None
        return rows if len(self.findings) == before else None

    def code_list(self, path: str, resource: Mapping[str, Any], languages: Sequence[str]) -> pd.DataFrame | None:
        header = [*_LIST_HEADER, *languages]
        rows = self.rows(path, resource, header)
        if rows is None:
            return None
        frame = pd.DataFrame(rows, columns=header, dtype="str")
        known = set(frame["code"])
        before = len(self.findings)
        for number, row in enumerate(rows, start=2):
            code, parent, parts, order = row[:4]
            if not code or code == TOTAL or any(sign in code for sign in "! \t"):
                self.wrong(path, "bad_code", row=number, column="code")
            if not re.fullmatch(r"-?[0-9]{1,18}", order):
                self.wrong(path, "not_whole", row=number, column="order")
            for column, other in (("parent", parent), *(("parts", part) for part in parts.split())):
                if other and (other not in known or other == code):
                    self.wrong(path, "code_not_listed", row=number, column=column)
        for place in frame.index[frame["code"].duplicated()]:
            self.wrong(path, "duplicate_key", row=int(place) + 2)
        if len(self.findings) == before and _circular(frame):
            self.wrong(path, "circular_codes")
        if len(self.findings) > before:
            return None
        return frame.assign(order=frame["order"].astype("int64"))

    def catalogues(
        self, described: Sequence[tuple[str, Mapping[str, Any]]], codes: Mapping[str, pd.DataFrame]
    ) -> dict[str, Catalogue]:
        """The catalogues of the edition; their rows fit their schema, their codes are listed, their keys resolve."""
        found: dict[str, Catalogue] = {}
        for path, resource in described:
            if not path.endswith(".csv"):
                continue
            try:
                name, schema = Path(path).stem, dict(resource["schema"])
                bare = Catalogue(name, dict(resource["celosia"]["title"]), schema, ())
                schema["foreignKeys"] = _keys(bare, lambda other: other.removeprefix(CATALOGUE))
                header = [column.name for column in bare.columns]
            except (KeyError, TypeError, ValueError, AttributeError):
                self.wrong(DESCRIPTOR, "descriptor_shape", resource=path)
                continue
            rows = self.rows(path, resource, header)
            if rows is not None:
                found[name] = replace(bare, rows=tuple(dict(zip(header, row, strict=True)) for row in rows))
        enums = {name: tuple(map(str, frame["code"])) for name, frame in codes.items()}
        for name, catalogue in found.items():
            for number, column, rule in catalogue.mistakes(found, enums):
                told = catalogue.wanted(column)
                self.wrong(f"catalogues/{name}.csv", "bad_value", row=number + 2, name=column, broken=rule, **told)
        return found

    def shapes(self, described: Sequence[tuple[str, Mapping[str, Any]]]) -> dict[str, Shapes]:
        found = {}
        for path, resource in described:
            if not path.endswith(".geojson") or (data := self.bytes(path, resource)) is None:
                continue
            try:
                said = resource["celosia"]
                shapes = Shapes(
                    Path(path).stem, dict(said["title"]), str(said["codes"]), str(said["key"]), data.decode()
                )
                if not shapes.features:
                    raise ValueError(path)
                found[shapes.name] = shapes
            except (KeyError, TypeError, ValueError, AttributeError):
                self.wrong(path, "not_geojson")
        return found

    def table(self, path: str, resource: Mapping[str, Any], codes: Mapping[str, pd.DataFrame]) -> PublishedTable | None:
        try:
            table = _parsed(Path(path).stem, resource["celosia"])
        except (KeyError, TypeError, ValueError, AttributeError):
            self.wrong(DESCRIPTOR, "descriptor_shape", resource=path)
            return None
        missing = [dimension.codes for dimension in table.dimensions if dimension.codes not in codes]
        for name in missing:
            self.wrong(path, "unreadable_list", list=name)
        columns = [*table.names, *table.measures, OBS, CONF]
        rows = self.rows(path, resource, columns)
        if rows is None or missing:
            return None
        before = len(self.findings)
        frame = pd.DataFrame(rows, columns=columns, dtype="str")
        self.keys(path, table, frame, codes)
        self.values(path, table, frame)
        if len(self.findings) > before:
            return None
        for measure in table.measures:
            frame[measure] = pd.array([int(v) if v else None for v in frame[measure].tolist()], dtype="Int64")
        return replace(table, frame=frame)

    def keys(self, path: str, table: PublishedTable, frame: pd.DataFrame, codes: Mapping[str, pd.DataFrame]) -> None:
        """Codes known, keys unique, matrix complete, rows in code-list order."""
        expected = [expected_codes(dimension, codes[dimension.codes]) for dimension in table.dimensions]
        strange = False
        for dimension, allowed in zip(table.dimensions, expected, strict=True):
            for place in frame.index[~frame[dimension.name].isin(allowed)]:
                strange = True
                self.wrong(path, "code_not_listed", row=int(place) + 2, column=dimension.name)
        repeated = frame.index[frame[table.names].duplicated()]
        for place in repeated:
            self.wrong(path, "duplicate_key", row=int(place) + 2)
        if strange or len(repeated):
            return
        cells = math.prod(map(len, expected))  # which may be more than any memory holds
        found = zip(*(frame[name].tolist() for name in table.names), strict=True)
        if len(frame) < cells:
            self.wrong(path, "incomplete_matrix", missing=cells - len(frame))
        elif any(one != other for one, other in zip(found, itertools.product(*expected), strict=True)):
            self.wrong(path, "wrong_order")

    def values(self, path: str, table: PublishedTable, frame: pd.DataFrame) -> None:
        """Statuses known and in pairs; whole numbers; empty exactly where the status says so."""
        status = frame[OBS]
        for place in frame.index[~status.isin(STATUSES)]:
            self.wrong(path, "unknown_status", row=int(place) + 2, column=OBS)
        for place in frame.index[status.isin(STATUSES) & (status.map(STATUSES) != frame[CONF])]:
            self.wrong(path, "status_pair", row=int(place) + 2, column=CONF)
        empty = status.isin(EMPTY)
        for measure in table.measures:
            blank = frame[measure] == ""
            for place in frame.index[blank != empty]:
                self.wrong(path, "value_against_status", row=int(place) + 2, column=measure)
            whole = frame[measure].map(lambda value: bool(_WHOLE.fullmatch(value))).astype(bool)
            for place in frame.index[~blank & ~whole]:
                self.wrong(path, "not_whole", row=int(place) + 2, column=measure)


def _words(content: Any) -> Iterator[str]:
    """Every text of a JSON file, names of members too."""
    waiting = [content]
    while waiting:
        found = waiting.pop()
        if isinstance(found, str):
            yield found
        elif isinstance(found, dict):
            waiting += [*found, *found.values()]
        elif isinstance(found, list):
            waiting += found


@lru_cache
def _shape(name: str) -> Any:
    shapes = yaml12.read(SHAPES.read_text(encoding="utf-8"))[0]
    schema = {"$defs": shapes["$defs"], **shapes[name]}
    return Validator(schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)


def _circular(frame: pd.DataFrame) -> bool:
    """Whether a code is its own ancestor, through parents or through the codes that it unites."""
    below = {code: parts.split() for code, parts in zip(frame["code"], frame["parts"], strict=True)}
    for code, parent in zip(frame["code"], frame["parent"], strict=True):
        if parent:
            below[parent].append(code)
    return bool(endless(below))


def _parsed(name: str, described: Mapping[str, Any]) -> PublishedTable:
    """A table without its rows, from the `celosia` object. Raises KeyError, TypeError or ValueError if malformed."""
    dimensions = tuple(
        Dimension(
            name=_slug(dimension["name"]),
            codes=_stem(dimension["codes"]),
            kind=_one_of(dimension["kind"], KINDS),
            levels=tuple(_one_of(level, periods.LEVELS) for level in dimension.get("levels", ())),
            upper=str(dimension.get("upper", "")),
            sensitive=bool(dimension.get("sensitive", False)),
            unspecified=tuple(map(str, dimension.get("unspecified", ("no_especificado",)))),
            complement=_one_of(dimension.get("complement", ""), ("", "free", "protected")),
            reason=dict(dimension.get("reason", {})),
        )
        for dimension in described["dimensions"]
    )
    measures = tuple(_slug(measure) for measure in described["measures"])
    threshold = described["threshold"]
    columns = [*(dimension.name for dimension in dimensions), *measures]
    if not isinstance(threshold, int) or threshold < LOWEST or not measures or len(set(columns)) < len(columns):
        raise ValueError(name)
    if sum(dimension.kind == "multiple" for dimension in dimensions) > 1:
        raise ValueError(name)
    persons, answers = described.get("persons"), described.get("answers")
    return PublishedTable(
        id=name,
        title=dict(described["title"]),
        records=_slug(described["records"]),
        where={_slug(key): str(code) for key, code in described.get("where", {}).items()},
        unit=str(described["unit"]),
        threshold=threshold,
        dimensions=dimensions,
        measures=measures,
        additive={_slug(key): tuple(map(str, names)) for key, names in described["additive"].items()},
        rows=_slug(described["rows"]),
        persons=None if persons is None else _slug(persons),
        answers=None if answers is None else _slug(answers),
        women=str(described.get("women") or ""),
        labels={str(key): dict(text) for key, text in described["measures"].items()},
        note=dict(described.get("note", {})),
        topic=str(described.get("topic", "")),
        zeros_withheld=bool(described.get("zeros_withheld", False)),
        overlaps={_slug(key): tuple(map(str, names)) for key, names in described.get("overlaps", {}).items()},
        within={_slug(key): tuple(map(_slug, more)) for key, more in described.get("within", {}).items()},
        frame=pd.DataFrame(),
    )


def _slug(value: object) -> str:
    if not isinstance(value, str) or not _SLUG.fullmatch(value):
        raise ValueError("not a name")
    return value


def _stem(path: object) -> str:
    if not isinstance(path, str) or not re.fullmatch(r"codes/[a-z0-9_]+\.csv", path):
        raise ValueError("not the path of a code list")
    return Path(path).stem


def _one_of(value: object, allowed: Sequence[str]) -> str:
    if value not in allowed:
        raise ValueError("not one of the allowed words")
    return str(value)
