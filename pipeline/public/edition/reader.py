"""Reads an edition from a folder and verifies everything about it. I/O, and no secret.

Nothing is trusted: hashes, shape, codes, keys, completeness and statuses are verified. All findings are raised together as
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
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import jsonschema
import pandas as pd

from pipeline.institute.files import CONTROL
from pipeline.model import yaml12
from pipeline.model.cells import TOTAL
from pipeline.model.disjoint_sets import endless
from pipeline.model.findings import Collector, PipelineError, of_the_system, stop
from pipeline.model.json_schema import Validator
from pipeline.model.reference_data import Catalogue, Shapes, no_number
from pipeline.public.edition import described_table, quality, safe_files
from pipeline.public.edition.model import (
    AUDIT,
    CATALOGUE,
    CONF,
    DESCRIPTOR,
    EMPTY,
    LIST_HEADER,
    OBS,
    OWN,
    RELEASE,
    SIGNATURE,
    STATUSES,
    SUMS,
    Certificate,
    Package,
    PublishedTable,
    Release,
    expected_codes,
    foreign_keys,
)

SHAPES = Path(__file__).with_name("edition.schema.yaml")
MOST_CELLS = 5_000_000
"""Cells of a table, a code list or a catalogue; the largest table of the committed editions has three thousand."""
SIGNED = re.compile(rb"-----BEGIN SSH SIGNATURE-----\n(?:[A-Za-z0-9+/=]{1,76}\n){1,16}-----END SSH SIGNATURE-----\n")
"""What a signature looks like."""
_PATH = re.compile(r"(tables|codes|catalogues)/[a-z0-9_]+\.csv|catalogues/[a-z0-9_]+\.geojson")
_WHOLE = re.compile(r"0|[1-9][0-9]{0,17}")


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
            found = safe_files.kinds(self.folder)
        except safe_files.Unsafe:
            self.wrong(self.folder.name, "edition_too_many_files", most=safe_files.MOST_FILES)
            return False
        for name, kind in found.items():
            if kind == safe_files.LINK:
                self.wrong(name, "edition_link")
            elif kind == safe_files.SPECIAL:
                self.wrong(name, "edition_special")
            elif kind == safe_files.FILE and (self.folder / name).lstat().st_size > safe_files.most(name):
                self.wrong(name, "edition_too_large", most=safe_files.most(name) >> 20)
        return not self.findings

    def named(self, paths: Iterable[str]) -> None:
        """Nothing stands in the folder but what datapackage.json names, what seals it, and the folders of that."""
        files = {*paths, *OWN}
        folders = {name.rpartition("/")[0] for name in files}
        for name, kind in safe_files.kinds(self.folder).items():
            if name not in (files if kind == safe_files.FILE else folders):
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
        notes, sealed = cast(Release, release), cast(Certificate | None, certificate)
        edition, languages = descriptor["celosia"]["edition"], tuple(descriptor["celosia"]["languages"])
        described = [dict(resource) for resource in descriptor["resources"]]
        paths = [resource["path"] for resource in described]
        self.agree(descriptor, notes)
        known = self.known(paths)
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
        self.counted(tables)
        said = [(p, r) for p, r in zip(paths, described, strict=True) if p in known and p.startswith("catalogues/")]
        found, shapes = self.catalogues(said, codes), self.shapes(said)
        signed = self.signature()
        return Package(edition, self.folder, descriptor, notes, tables, codes, found, shapes, sealed, signed)

    def signature(self) -> bool:
        """Whether there is a signature; whose it is, only who has the key can say. In its file nothing else may stand."""
        try:
            data = safe_files.read(self.folder / SIGNATURE)
        except FileNotFoundError:
            return False
        if not SIGNED.fullmatch(data):
            self.wrong(SIGNATURE, "signature_form")
        return True

    def agree(self, descriptor: Mapping[str, Any], release: Release) -> None:
        """datapackage.json and release.json speak of one edition, and what is said of its quality has its shape."""
        for key in ("edition", "cut_off", "published"):
            if release[key] != descriptor["celosia"][key]:
                self.wrong(RELEASE, "other_edition")
        if not quality.well_formed(release):
            self.wrong(RELEASE, "descriptor_shape")

    def known(self, paths: Sequence[str]) -> set[str]:
        """The paths of resources that an edition may have; every other one, one named twice and a file not named are wrong."""
        for path, count in pd.Series(paths, dtype="object").value_counts().items():
            if count > 1:
                self.wrong(DESCRIPTOR, "duplicate_resource", resource=path)
        known = {path for path in paths if _PATH.fullmatch(path)}
        for path in sorted(set(paths) - known):
            self.wrong(DESCRIPTOR, "bad_path", resource=path)
        self.named(known)
        return known

    def counted(self, tables: Mapping[str, PublishedTable]) -> None:
        """The tables of one record type name the same measures of records, of persons and of women."""
        counted: dict[str, tuple[str, str | None, str]] = {}
        for name, table in tables.items():
            how = (table.rows, table.persons, table.women)
            if counted.setdefault(table.records, how) != how:
                self.wrong(f"tables/{name}.csv", "counted_otherwise", records=table.records)

    def fits(self, name: str, content: Mapping[str, Any] | None) -> bool:
        """Whether the content of a JSON file, where there is one, has its shape in edition.schema.yaml."""
        before = len(self.findings)
        for error in _shape(name).iter_errors(content) if content is not None else ():
            self.wrong(name, "edition_shape", key=".".join(map(str, error.absolute_path)) or name)
        return len(self.findings) == before

    def sums(self) -> None:
        try:
            lines = safe_files.read(self.folder / SUMS).decode("ascii").splitlines()
        except (FileNotFoundError, UnicodeDecodeError):
            self.wrong(SUMS, "missing_file")
            return
        listed: dict[str, str] = {}
        for number, line in enumerate(lines, start=1):
            digest, _, name = line.partition("  ")
            if not re.fullmatch(r"[0-9a-f]{64}", digest) or not name or name in listed:
                self.wrong(SUMS, "bad_line", row=number)
            listed[name] = digest
        found = {
            name: digest for name, digest in safe_files.digests(self.folder).items() if name not in (SUMS, SIGNATURE)
        }
        for name in sorted(listed.keys() - found.keys()):
            self.wrong(name, "missing_file")
        for name in sorted(found.keys() - listed.keys()):
            self.wrong(name, "unlisted_file")
        for name in sorted(found.keys() & listed.keys()):
            if found[name] != listed[name]:
                self.wrong(name, "wrong_hash", against=SUMS)

    def json(self, name: str) -> dict[str, Any] | None:
        try:
            content = json.loads(safe_files.read(self.folder / name).decode("utf-8"), parse_constant=no_number)
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
            data = safe_files.read(self.folder / path)
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
        header = [*LIST_HEADER, *languages]
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
                schema["foreignKeys"] = foreign_keys(bare, lambda other: other.removeprefix(CATALOGUE))
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
            table = described_table.parsed(Path(path).stem, resource["celosia"])
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
        if not _sound(table, rows, codes):  # told row by row
            before = len(self.findings)
            frame = pd.DataFrame(rows, columns=columns, dtype="str")
            self.keys(path, table, frame, codes)
            self.values(path, table, frame)
            if len(self.findings) > before:
                return None
        cells = dict(zip(columns, zip(*rows, strict=True) if rows else [()] * len(columns), strict=True))
        measured = {
            name: pd.array([int(cell) if cell else None for cell in cells[name]], dtype="Int64")
            for name in table.measures
        }
        said = {name: pd.array(list(cells[name]), dtype="str") for name in columns if name not in measured}
        return replace(table, frame=pd.DataFrame({name: (measured | said)[name] for name in columns}))

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


def _sound(table: PublishedTable, rows: Sequence[Sequence[str]], codes: Mapping[str, pd.DataFrame]) -> bool:
    """Whether nothing is wrong with the rows of a table: every cell in its place, with statuses and values that agree."""
    expected = [expected_codes(dimension, codes[dimension.codes]) for dimension in table.dimensions]
    last = len(table.dimensions) + len(table.measures)
    if len(rows) != math.prod(map(len, expected)):
        return False
    return all(
        tuple(row[: len(expected)]) == key
        and STATUSES.get(row[last]) == row[last + 1]
        and (
            not any(row[len(expected) : last])
            if row[last] in EMPTY
            else all(map(_WHOLE.fullmatch, row[len(expected) : last]))
        )
        for row, key in zip(rows, itertools.product(*expected), strict=True)
    )


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
