"""Looks for what nobody may read in an edition that is about to be published and in a site that is about to stand.

In: folders of editions and of a site, as any reader takes them; words that may stand nowhere (folders of the machine, names of
keys). Out: findings (file and rule, never a value). Reads files; shares no code with what writes them: what a cell may say is
taken from the CSV of the edition alone, and what a form may hold from the lists below.
"""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
import json
import re
import struct
import sys
import zipfile
import zlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.model.findings import Finding
from pipeline.verification import built_page, traces
from pipeline.verification.built_page import PLAINLY, BuiltPage, Figure, Writing, amount, whole
from pipeline.verification.scan_memory import Clean, Memory
from pipeline.verification.traces import (
    CURP,
    EMAIL,
    KEY,
    PICTURE,
    PRIVATE,
    REMARK,
    UID,
    UUID,
    chunks,
    pieces,
)  # fmt: skip


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


EMPTY, WITHHELD = ("Q", "M", "L"), "[c]"
KEYS: Mapping[str, frozenset[str]] = {
    "release.json": frozenset(["edition", "cut_off", "published", "previous", "note", "amends", "draft", "tables", "quality", "cells", "withheld", "share", "revised", "revised_periods"]),
    "audit.json": frozenset(["rules", "cells", "withheld", "figures", "witnesses", "method", "version", "editions", "exposures"]),
}  # fmt: skip
"""Members that these files may have at any depth, beside names of tables and languages."""
FORMS = _words(
    """
    html css js svg json jsonld jsonstat png csv xlsx parquet pdf zip xml ics md cff txt geojson vtt mp3 ogg oga m4a
    wav mp4 webm
    """
)
"""Endings of the files of a site."""
PLAIN = frozenset(("SHA256SUMS", "SHA256SUMS.sig", "SHA256SUMS-derivados", "_headers"))


DRAWN = _words(
    """
    svg g path line rect circle text tspan title desc clipPath defs use a
    """
)
PAINTED = _words(
    """
    xmlns viewBox width height font-family lang role aria-labelledby aria-hidden aria-label id fill transform d x y
    x1 x2 y1 y2 cx cy r stroke stroke-width stroke-dasharray stroke-linecap stroke-linejoin stroke-miterlimit
    stroke-opacity fill-opacity opacity text-anchor font-size font-weight font-style class focusable dy dx
    dominant-baseline clip-path stroke-dashoffset rx ry href target
    """
)
PDF_INFO = frozenset(
    ["/Title", "/Author", "/Creator", "/Producer", "/CreationDate", "/ModDate", "/Keywords", "/Subject"]
)
BOOK_PARTS = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|docProps/(app|core)\.xml|xl/(workbook|styles|sharedStrings)\.xml|xl/_rels/workbook\.xml\.rels"
    r"|xl/theme/theme1\.xml|xl/worksheets/sheet\d+\.xml|xl/worksheets/_rels/sheet\d+\.xml\.rels|xl/tables/table\d+\.xml"
)
_NUMBER = re.compile(r"(?<![\w.,])[−-]?\d{1,3}(?:,\d{3})+(?![\d,]|\.\d)|(?<![\w.,])[−-]?\d+(?![\w.,]*\d)(?!\s?%)")
_DIGIT = re.compile(r"\d")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_LABEL = re.compile(r"(?=.*\d)(?=.*[^\W\d_]{2})")
"""Words with a number in them."""
_RANGE = re.compile(r"[\d,]+(\.\d+)?–[\d,]+(\.\d+)?")
"""A class of a map."""
_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@dataclass(frozen=True)
class Table:
    """What the CSV of a table tells: figures in the order of its rows, None where there is none."""

    measures: tuple[str, ...]
    rows: tuple[tuple[int | None, ...], ...]
    keys: tuple[tuple[str, ...], ...]
    figures: frozenset[int]
    columns: int


@dataclass
class Scanner:
    """`forbidden`: words that may stand in no file; `emails`: addresses that are published; `labels`: words of code lists."""

    forbidden: Collection[bytes] = ()
    emails: Collection[bytes] = ()
    tables: dict[str, dict[str, Table]] = field(default_factory=dict)
    """Edition → id → table."""
    labels: set[str] = field(default_factory=set)
    dimensions: set[str] = field(default_factory=set)
    """Names of columns of the tables that are no measures."""
    public: set[int] = field(default_factory=set)
    """Numbers of catalogues, by which rates are divided and goals told."""
    clean: set[Clean] = field(default_factory=set)
    """The files of a site in which nothing was found, now or by an earlier scan."""
    passed: set[Clean] = field(default_factory=set)
    """Those of them that are in this site."""
    told: dict[tuple[str, Writing], tuple[int, ...]] = field(default_factory=dict)
    """The numbers of texts that were read before: a chart stands on several pages."""
    writing: Mapping[str, Writing] = field(default_factory=dict)
    """How each language of the site writes numbers."""
    seen: dict[tuple[bytes, bool, bool], tuple[str, ...]] = field(default_factory=dict)
    """What bytes that were looked at break: their digest, whether others wrote them, whether keys are looked for."""
    found: list[Finding] = field(default_factory=list)

    def wrong(self, where: str, rule: str, **facts: object) -> None:
        finding = Finding.of(where, rule, **facts)
        if finding not in self.found:
            self.found.append(finding)

    def known(self) -> Iterator[str]:
        """What the scanner knows to be published, each part as words of its own: the more of it, the less is a leak."""
        yield from (f"email {each.hex()}" for each in self.emails)
        yield from (f"label {each}" for each in self.labels)
        yield from (f"dimension {each}" for each in self.dimensions)
        yield from (f"public {each}" for each in self.public)
        for edition, tables in self.tables.items():
            yield f"edition {edition} {len(tables)}"
            for id, table in tables.items():
                yield f"table {edition} {id} {table.measures} {table.columns} {table.keys} {table.rows}"

    # an edition ------------------------------------------------------------------------------------------------------

    def learn(self, folder: Path) -> None:
        """Takes from an edition what its readers know: figures, labels, the address of its office."""
        described = json.loads((folder / "datapackage.json").read_bytes())
        self.emails = {*self.emails, *(each["email"].encode() for each in described["contributors"])}
        known = self.tables.setdefault(folder.name, {})
        for resource in described["resources"]:
            path = folder / resource["path"]
            if path.parent.name == "tables":
                self.dimensions.update(each["name"] for each in resource["celosia"]["dimensions"])
                known[path.stem] = _table(path.read_text("utf-8"), tuple(resource["celosia"]["measures"]))
            elif path.suffix == ".csv":
                rows = list(csv.reader(path.open(encoding="utf-8")))
                self.public |= (
                    {int(cell) for row in rows for cell in row if cell.isdigit()}
                    if path.parent.name == "catalogues"
                    else set()
                )
                self.labels.update(cell for row in rows for cell in row if _LABEL.search(cell))
        self.labels.update(text for text in _texts(described) if _LABEL.search(text) and len(text) < 300)

    def edition(self, folder: Path) -> list[Finding]:
        """What an edition tells that it may not."""
        described = json.loads((folder / "datapackage.json").read_bytes())
        named = {resource["path"] for resource in described["resources"]}
        for path in sorted(path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()):
            name = path.relative_to(folder).as_posix()
            if path.is_symlink() or name not in {*named, *KEYS, "datapackage.json", "SHA256SUMS", "SHA256SUMS.sig"}:
                self.wrong(name, "leak_file")
                continue
            self.traces(name, path.read_bytes())
        spoken = [each for each in described["celosia"]["languages"] if _LANGUAGE.fullmatch(each)]
        withheld = {}
        for resource in described["resources"]:
            if resource["path"].startswith("tables/"):
                withheld[Path(resource["path"]).stem] = self.cells(folder, resource)
        release = json.loads((folder / "release.json").read_bytes())
        for table, told in release["tables"].items():
            if told["withheld"] != withheld.get(table):
                self.wrong("release.json", "leak_figure", table=table)
        for name, known in KEYS.items():
            if (folder / name).is_file():
                self.members(name, json.loads((folder / name).read_bytes()), {*known, *withheld, *spoken})
        self.members("datapackage.json", described, {*_DESCRIBED, *spoken}, free=True)
        return self.found

    def cells(self, folder: Path, resource: Mapping[str, Any]) -> int:
        """The number of withheld cells of a table; each is empty, and says no more than that it is withheld."""
        path, about = resource["path"], resource["celosia"]
        measures, least = list(about["measures"]), int(about["threshold"])
        columns = [*(each["name"] for each in about["dimensions"]), *measures, "obs_status", "conf_status"]
        count = 0
        reader = csv.reader(io.StringIO((folder / path).read_text("utf-8")))
        if next(reader, None) != columns:
            self.wrong(path, "leak_hidden")
            return -1
        for row in reader:
            cell = dict(zip(columns, row, strict=False))
            status, figures = cell.get("obs_status", ""), [cell.get(name, "") for name in measures]
            count += status == "Q"
            if (
                len(row) != len(columns)
                or (status, cell["conf_status"]) not in _STATUS
                or (status in EMPTY) != (figures == [""] * len(figures))
            ):
                self.wrong(path, "leak_figure", table=Path(path).stem)
            people = cell.get(about["unit"], "")  # what the threshold counts, where the table tells it
            if people.isdigit() and 0 < int(people) < least:
                self.wrong(path, "leak_figure", table=Path(path).stem)
        return count

    def members(self, name: str, content: Any, known: Collection[str], *, free: bool = False, place: str = "") -> None:
        """No member that these files do not have; `free`: below a few members the names are the institute's."""
        if isinstance(content, dict):
            for key, value in content.items():
                if key not in known and not (free and place in _FREE) and not (not free and place == "quality"):
                    self.wrong(name, "leak_hidden")
                elif not (not free and key == "quality"):
                    self.members(name, value, known, free=free, place=key)
        elif isinstance(content, list):
            for value in content:
                self.members(name, value, known, free=free, place=place)

    # a site ----------------------------------------------------------------------------------------------------------

    def site(self, root: Path) -> list[Finding]:
        """What a built site tells that it may not; the editions that it shows must have been learnt."""
        for path in sorted(path for path in root.rglob("*") if path.is_symlink() or not path.is_dir()):
            name = path.relative_to(root).as_posix()
            if path.is_symlink() or not path.is_file():
                self.wrong(name, "leak_file")
            else:
                self.file(name, path.read_bytes())
        return self.found

    def file(self, name: str, data: bytes) -> None:
        """One file of a site. The newest edition lies at two addresses, and its files in an archive: each is looked at once."""
        newest = next(reversed(self.tables), "")
        place = name.replace("datos/ultima/", f"datos/{newest}/", 1)
        of = next((part for part in place.split("/") if part in self.tables), newest)
        asked = f"{of}:{place}", hashlib.sha256(data).hexdigest()
        if asked not in self.clean:
            before, self.found = self.found, []
            self.looked_at(name, data)
            if not self.found:
                self.clean.add(asked)
            self.found = before + [each for each in self.found if each not in before]
        if asked in self.clean:
            self.passed.add(asked)

    def looked_at(self, name: str, data: bytes) -> None:
        """One file of a site, whether or not one like it was there before."""
        base = name.rpartition("/")[2]
        if base not in PLAIN and (base.rpartition(".")[2] not in FORMS or base.startswith(".")):
            self.wrong(name, "leak_file")
        ending = base.rpartition(".")[2]
        try:
            self.traces(name, data)
            reader = {
                "html": self.page,
                "svg": self.drawing,
                "pdf": self.pdf,
                "xlsx": self.book,
                "parquet": self.parquet,
                "zip": self.archive,
                "png": self.picture,
                "jsonstat": self.cube,
            }
            if base.startswith("todo.") and ending != "xlsx":
                self.tidy(name, data)
            elif "/sdmx/" in name:
                self.sdmx(name, data)
            elif ending in reader:
                reader[ending](name, data)
            elif ending in ("csv", "json") and "/tables/" in name:
                self.derived(name, data)
            elif ending == "js" and name.startswith("assets/data/"):
                self.script(name, data)
        except (
            KeyError,
            ValueError,
            IndexError,
            ElementTree.ParseError,
            zipfile.BadZipFile,
            zlib.error,
            pa.ArrowException,
            struct.error,
        ):
            self.wrong(name, "leak_unreadable")

    def traces(self, name: str, data: bytes) -> None:
        """Traces of a machine, of an office, of a person in any file, also in what is packed within."""
        theirs = name in ("assets/vega.js", "assets/LICENCIAS.txt")  # as others wrote it
        keyed = not name.endswith(
            (".css", ".pdf", ".xlsx", ".parquet")
        )  # these have words of their own that look like keys
        for piece in pieces(data):
            asked = hashlib.sha256(piece).digest(), theirs, keyed  # much stands in several files
            if asked not in self.seen:
                self.seen[asked] = tuple(self._traced(piece, theirs=theirs, keyed=keyed))
            for rule in self.seen[asked]:
                self.wrong(name, rule)
        if (
            not theirs
            and name.endswith((".html", ".svg", ".js", ".css", ".xml", ".json", ".csv", ".md"))
            and REMARK.findall(data)
        ):
            self.wrong(name, "leak_comment")

    def _traced(self, piece: bytes, *, theirs: bool, keyed: bool) -> Iterator[str]:
        """The rules that bytes break, wherever they stand."""
        if any(word in piece for word in self.forbidden) or (not theirs and PRIVATE.findall(piece)):
            yield "leak_trace"
        if not theirs and (CURP.findall(piece) or UUID.findall(piece) or (keyed and KEY.findall(piece))):
            yield "leak_key"
        told = UID.sub(b"", piece) if b"UID:" in piece else piece
        if not theirs and any(found not in self.emails for found in EMAIL.findall(told)):
            yield "leak_contact"
        if b"Exif\x00\x00" in piece or b"tEXt" in piece[:4096]:
            yield "leak_metadata"

    def of(self, name: str) -> tuple[str, Table]:
        """The edition and the table of a file by its address; KeyError where there is none."""
        parts = name.split("/")
        edition = parts[parts.index("datos") + 1]
        edition = max(self.tables, key=list(self.tables).index) if edition == "ultima" else edition
        return edition, self.tables[edition][parts[-1].split(".")[0]]

    @property
    def newest(self) -> Mapping[str, Table]:
        return list(self.tables.values())[-1]

    def shown_on(self, name: str) -> Mapping[str, Table]:
        """The tables of the edition that a page is of: that of its address, else the newest."""
        return next((self.tables[part] for part in name.split("/")[:-1] if part in self.tables), self.newest)

    def sdmx(self, name: str, data: bytes) -> None:
        """A table as SDMX-CSV, a row per figure; or the message of structure, which has words in names alone."""
        if name.endswith(".xml"):
            root = ElementTree.fromstring(data)
            said = {each.tag.rpartition("}")[2] for each in root.iter() if (each.text or "").strip()}
            if said - {"Name", "ID", "Test", "Prepared"} or any((each.tail or "").strip() for each in root.iter()):
                self.wrong(name, "leak_hidden")
            return
        _, table = self.of(name)
        head, *rows = csv.reader(io.StringIO(data.decode()))
        at = {column: place for place, column in enumerate(head)}
        if len(at) != table.columns - len(table.measures) + 5 or any(len(row) != len(head) for row in rows):
            self.wrong(name, "leak_hidden")
        told = [int(row[at["OBS_VALUE"]]) if row[at["OBS_VALUE"]] else None for row in rows]
        if [row[at["medida"]] for row in rows] != list(table.measures) * len(table.rows) or told != [
            figure for figures in table.rows for figure in figures
        ]:
            self.wrong(name, "leak_figure")

    def derived(self, name: str, data: bytes) -> None:
        """A table as CSV or JSON."""
        if name.endswith("-metadata.json"):
            return
        _, table = self.of(name)
        if name.endswith(".csv"):
            if _table(data.decode(), table.measures) != table:
                self.wrong(name, "leak_figure")
            return
        content = json.loads(data)
        places = [content["columns"].index(each) for each in table.measures]
        if [tuple(row[at] for at in places) for row in content["rows"]] != list(table.rows) or any(
            len(row) != len(content["columns"]) for row in content["rows"]
        ):
            self.wrong(name, "leak_figure")
        if set(content) - _TOLD:
            self.wrong(name, "leak_hidden")

    def script(self, name: str, data: bytes) -> None:
        """A table as a script."""
        call = re.fullmatch(r"celosia\.csv\((.*)\);\n", data.decode(), re.DOTALL)
        id, text = json.loads(f"[{call[1] if call else ''}]")
        table = self.newest[id]
        if _table(text, table.measures) != table:
            self.wrong(name, "leak_figure")

    def parquet(self, name: str, data: bytes) -> None:
        """A table as Parquet: its figures, what its pages say of their least and greatest, what is told beside them."""
        _, table = self.of(name)
        read = pq.ParquetFile(io.BytesIO(data))
        content = read.read()
        rows = list(zip(*(content[each].to_pylist() for each in table.measures), strict=True))
        if rows != list(table.rows):
            self.wrong(name, "leak_figure")
        if content.num_columns != table.columns or set(content.schema.metadata or {}) - {b"celosia"}:
            self.wrong(name, "leak_hidden")
        shown = {
            each: [value for value in content[each].to_pylist() if value is not None] for each in content.column_names
        }
        for group in range(read.metadata.num_row_groups):
            for number in range(read.metadata.num_columns):
                column = read.metadata.row_group(group).column(number)
                stats, values = column.statistics, shown[column.path_in_schema]
                if stats is not None and stats.has_min_max and not {stats.min, stats.max} <= set(values):
                    self.wrong(name, "leak_figure")

    def cube(self, name: str, data: bytes) -> None:
        """A table as JSON-stat: its figures, by their place, and the statuses of those that there are not."""
        _, table = self.of(name)
        content = json.loads(data)
        if set(content) - _CUBE or set(content["extension"]) - {"edition", "licence"}:
            self.wrong(name, "leak_hidden")
        if sorted(content["value"].values()) != sorted(v for row in table.rows for v in row if v is not None):
            self.wrong(name, "leak_figure")
        empty = {place for place, status in content["status"].items() if status in EMPTY}
        if not empty.isdisjoint(content["value"]):
            self.wrong(name, "leak_figure")

    def tidy(self, name: str, data: bytes) -> None:
        """All tables of an edition in one file: the figures of each, in their order."""
        tables = self.shown_on(name)
        if name.endswith(".parquet"):
            read = pq.ParquetFile(io.BytesIO(data))
            content = read.read()
            if set(content.schema.metadata or {}):
                self.wrong(name, "leak_hidden")
            rows = [
                {key: "" if value is None else str(value) for key, value in row.items()} for row in content.to_pylist()
            ]
        else:
            rows = list(csv.DictReader(io.StringIO(data.decode()), strict=True))
        told: dict[tuple[str, str], list[int | None]] = {}
        for row in rows:
            if set(row) - {"tabla", "medida", "valor", "obs_status", "conf_status"} - self.dimensions:
                self.wrong(name, "leak_hidden")
            if (row["obs_status"], row["conf_status"]) not in _STATUS or (row["obs_status"] in EMPTY and row["valor"]):
                self.wrong(name, "leak_figure", table=row["tabla"])
            told.setdefault((row["tabla"], row["medida"]), []).append(int(row["valor"]) if row["valor"] else None)
        known = {
            (id, measure): [row[n] for row in table.rows]
            for id, table in tables.items()
            for n, measure in enumerate(table.measures)
        }
        if told != {key: values for key, values in known.items() if values}:
            self.wrong(name, "leak_figure")

    def picture(self, name: str, data: bytes) -> None:
        """A picture of a chart: nothing but its dots."""
        if data[:8] != PICTURE:
            raise ValueError
        dots = zlib.decompressobj()
        for kind, chunk in chunks(data):
            if kind == b"IDAT":
                dots.decompress(chunk)
            if not kind or dots.unused_data:
                self.wrong(name, "leak_hidden")
            elif kind not in (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"pHYs", b"sRGB", b"gAMA"):
                self.wrong(name, "leak_metadata")

    def book(self, name: str, data: bytes) -> None:
        """A workbook: no hidden sheet, row or column, no comment, formula or part that none of ours has; figures of the table."""
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            parts = {each: book.read(each) for each in book.namelist()}
        if any(not BOOK_PARTS.fullmatch(each) for each in parts) or book.comment:
            self.wrong(name, "leak_hidden")
        form = "/pnt/" in name  # the template that it fills keeps its lists of words in hidden sheets
        if (
            any(
                re.search(
                    rb'state="(hidden|veryHidden)"|hidden="(1|true)"|<definedName (?!name="_xlnm)|<f[ >]|<dataValidation|<extLst',
                    each,
                )
                for each in parts.values()
            )
            and not form
        ):
            self.wrong(name, "leak_hidden")
        if form and any(
            _numbers_of(data)
            for part, data in parts.items()
            if part.startswith("xl/worksheets/sheet") and not part.endswith("sheet1.xml")
        ):
            self.wrong(name, "leak_figure")
        said = {each.tag.rpartition("}")[2]: each.text for each in ElementTree.fromstring(parts["docProps/core.xml"])}
        address = re.fullmatch(r"https?://\S+/datos/[\w.-]+/tables/(\w+)\.csv", said.get("description") or "")
        if (
            set(said) - _BOOK_SAYS
            or said.get("lastModifiedBy") != said.get("creator")
            or ("description" in said and not address)
        ):
            self.wrong(name, "leak_metadata")
        if said.get("keywords") not in (None, address[1] if address else None):
            self.wrong(name, "leak_metadata")
        if "/tables/" in name:
            self.sheets(name, parts, [self.of(name)[1]])
        elif not form:
            self.sheets(name, parts, list(self.shown_on(name).values()))

    def sheets(self, name: str, parts: Mapping[str, bytes], tables: Sequence[Table]) -> None:
        """Cover, notes, a sheet for each table with its figures; no number on any other sheet."""
        shared = [
            "".join(each.itertext())
            for each in ElementTree.fromstring(parts["xl/sharedStrings.xml"]).iter(f"{_SHEET}si")
        ]
        known = {f"xl/worksheets/sheet{number}.xml": table for number, table in enumerate(tables, start=3)}
        for part, table in known.items():
            rows: list[list[Any]] = []
            for row in ElementTree.fromstring(parts[part]).iter(f"{_SHEET}row"):
                cells = [(each.get("t"), each.findtext(f"{_SHEET}v")) for each in row.iter(f"{_SHEET}c")]
                rows.append(
                    [shared[int(text)] if kind == "s" else int(text) for kind, text in cells if text is not None]
                )
            told = [
                tuple(None if value == WITHHELD else value for value in row[-len(table.measures) :])
                for row in rows[len(rows) - len(table.rows) :]
            ]
            above = [value for row in rows[: len(rows) - len(table.rows)] for value in row if isinstance(value, int)]
            if above or told != [tuple(row) for row in table.rows]:
                self.wrong(name, "leak_figure")
        others = [part for part in parts if part.startswith("xl/worksheets/sheet") and part not in known]
        if any(_numbers_of(parts[part]) for part in others):
            self.wrong(name, "leak_figure")

    def pdf(self, name: str, data: bytes) -> None:
        """A report: no file, script or action within, no more said of it than its title, author and date."""
        parts = list(pieces(data))
        if any(
            re.search(rb"/(JavaScript|JS|EmbeddedFiles?|Filespec|Launch|OpenAction|AA|RichMedia|AcroForm)\b", piece)
            for piece in parts
        ):
            self.wrong(name, "leak_hidden")
        for info in re.findall(rb"<<[^<>]*/(?:Producer|Creator|Author)\b[^<>]*>>", b"".join(parts), re.DOTALL):
            bare = re.sub(rb"\((?:\\.|[^\\()])*\)|<[0-9A-Fa-f\s]*>", b"", info)
            if {each.decode() for each in re.findall(rb"/\w+", bare)} - PDF_INFO:
                self.wrong(name, "leak_metadata")
        if data.count(b"%%EOF") > 1 or data.rstrip()[-5:] != b"%%EOF":
            self.wrong(name, "leak_hidden")

    def archive(self, name: str, data: bytes) -> None:
        """An edition in a zip: its files as they are published, and what explains them."""
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if packed.comment or any(each.comment or each.extra for each in packed.infolist()):
                self.wrong(name, "leak_hidden")
            for part in packed.namelist():
                if part.startswith(("/", "..")) or "/../" in part:
                    self.wrong(name, "leak_file")
                self.file_in(name, part, packed.read(part))

    def file_in(self, name: str, part: str, data: bytes) -> None:
        before = len(self.found)
        self.file(f"datos/{part}", data)
        found, self.found = self.found[before:], self.found[:before]
        for each in found:
            self.wrong(name, each.rule)

    def drawing(self, name: str, data: bytes) -> None:
        """A drawing: nothing that does not paint; of a chart, no number that its edition does not publish."""
        root = ElementTree.fromstring(data)
        for element in root.iter():
            self.painted(
                name,
                element.tag.rpartition("}")[2],
                {key.rpartition("}")[2]: value for key, value in element.attrib.items()},
            )
        if "/graficas/" in name:
            page = BuiltPage(self.writing)
            page.feed(f'<figure data-id="{name}">{data.decode()}</figure>')
            page.close()
            known = frozenset[int]().union(*(table.figures for table in self.shown_on(name).values()))
            wrapped = [lines for lines in _wrapped(root) if len(lines) > 1]
            pieces = Counter(piece for lines in wrapped for piece in lines)
            for figure in page.figures:
                alone = (Counter(figure.texts) - pieces).elements()
                self.published(name, figure, (*alone, *map(" ".join, wrapped)), known)

    def published(self, name: str, figure: Figure, texts: Iterable[str], known: Collection[int]) -> None:
        """No number of the texts of a chart is other than one that is published."""
        for text in texts:
            asked, writing = (text, figure.writing), figure.writing
            if asked not in self.told:
                whole = _RANGE.fullmatch(writing.plain(text))
                self.told[asked] = () if whole else tuple(self.numbers(text, writing))
            for number in self.told[asked]:
                if number not in known and number not in self.public and number not in (1_000, 10_000, 100_000):
                    self.wrong(name, "leak_figure", chart=figure.id)

    def painted(self, name: str, tag: str, attributes: Mapping[str, str | None]) -> None:
        if tag not in DRAWN or set(attributes) - PAINTED:
            self.wrong(name, "leak_hidden")

    def page(self, name: str, data: bytes) -> None:
        """A page: figures of charts and tables are published ones, an axis ends where they do, nothing stands where nobody looks."""
        reader = BuiltPage(self.writing)
        reader.feed(data.decode())
        reader.close()
        for tag, attributes in reader.elements:
            if tag in ("iframe", "object", "embed", "applet", "base", "portal") or any(
                key.startswith("on") for key in attributes
            ):
                self.wrong(name, "leak_hidden")
            if (tag == "input" and attributes.get("type") == "hidden") or {
                key for key in attributes if key.startswith("data-")
            } - _DATA:
                self.wrong(name, "leak_hidden")
        for tag, drawn in reader.drawn:
            self.painted(name, tag, {key: value for key, value in drawn.items() if key not in ("viewbox", "clip-path")})
        for figure in reader.figures:
            self.figure(name, figure)
        for table, cells in reader.whole:
            known = self.newest.get(table)
            if known is None:
                continue
            told = sorted(value for text in cells if (value := whole(reader.now.plain(text))) is not None)
            marks = sum("Q" in key for key in known.keys) * len(known.measures)
            if (
                told != sorted(value for row in known.rows for value in row if value is not None)
                or cells.count(WITHHELD) != marks
            ):
                self.wrong(name, "leak_figure")

    def figure(self, name: str, figure: Figure) -> None:
        """A chart with its table of figures: no number that is not published, no axis longer than its figures need."""
        known = self.shown_on(name).get(figure.table)
        if known is None:
            self.wrong(name, "leak_unreadable")
            return
        told = [[amount(figure.writing.plain(text)) for text in row] for row in figure.rows]
        for outline in (json.loads(text) for text in figure.outlines):
            zones = outline.pop("zones").values()
            key = outline.pop("key")
            if outline or any(set(each) - _ZONE for each in (*zones, *key)):
                self.wrong(name, "leak_hidden")
            figure.texts += [text for each in (*zones, *key) for text in (each.get("mark"), each.get("text")) if text]
        bounds = [
            float(end.replace(",", ""))
            for text in map(figure.writing.plain, figure.texts)
            if _RANGE.fullmatch(text)
            for end in text.split("–")
        ]
        texts = (*figure.texts, *(text for row in figure.rows for text in row), *figure.years)
        self.published(name, figure, texts, known.figures)
        sums = [sum(filter(None, row)) for row in told]
        most = max([value for row in told for value in row if value is not None], default=0)
        if figure.kind == "stacked":
            most = max([most, *sums, *(sum(filter(None, column)) for column in zip(*told, strict=False))])
        for ticks in (*figure.ticks, bounds):
            ends = sorted(set(ticks))
            if len(ends) > 1 and most and ends[-2] > most:
                self.wrong(name, "leak_axis", chart=figure.id)

    @cached_property
    def named(self) -> re.Pattern[str]:
        """The labels that have numbers, the longest first."""
        return re.compile("|".join(map(re.escape, sorted(self.labels, key=len, reverse=True))), re.IGNORECASE)

    def numbers(self, text: str, writing: Writing = PLAINLY) -> Iterator[int]:
        """Numbers of a text that stand in no label, no period and are no share."""
        if not _DIGIT.search(text):
            return
        before = ""
        while self.labels and text != before:  # one label may share words with the next
            before, text = text, self.named.sub(lambda label: re.sub(r"\d", " ", label[0]), text)
        text = writing.plain(writing.uncounted(text))
        text = re.sub(r"\b(?:T[1-4] ?)?20\d\d(?:-[T\d]+)*\b|\bT[1-4]\b", " ", text)
        for found in _NUMBER.findall(text):
            yield int(found.replace(",", "").replace("−", "-"))


_STATUS = {("A", "F"), ("P", "F"), ("Q", "C"), ("M", "F"), ("L", "F")}
_DATA = _words(
    """
    data-root data-language data-words data-exit data-exit-status data-theme-button data-search-body data-section
    data-search-ignore data-kind data-id data-outlines data-interactive data-explorer data-root-data data-edition
    data-head data-search data-search-status data-search-results data-search-more data-search-index data-toc-label
    data-sortable data-unit data-across data-chart data-copy data-years data-compare
    """
)
_BOOK_SAYS = frozenset(
    ["title", "subject", "creator", "keywords", "description", "lastModifiedBy", "created", "modified"]
)
_CUBE = _words(
    """
    version class label source updated href note id size role dimension value status extension
    """
)
_TOLD = _words(
    """
    id edition title note publisher responsible licence source cut_off published threshold cells withheld dimensions
    measures status columns rows
    """
)
_DESCRIBED = _words(
    """
    $schema name title homepage version created licenses path sources email contributors role celosia edition
    cut_off published languages publisher unit resources description keywords profile type format mediatype encoding
    dialect delimiter lineTerminator header hash bytes schema fields primaryKey foreignKeys reference resource
    missingValues constraints required enum unique minimum maximum pattern minLength maxLength categories value
    label records where threshold dimensions codes kind levels upper sensitive unspecified complement reason
    additive rows persons answers women measures note topic zeros_withheld overlaps within key links role
    quoteChar doubleQuote skipInitialSpace commentChar caseSensitiveHeader csvddfVersion roles organization
    given_name uniqueKeys formula constraint row_constraint custom checks temporal spatial id checklist quality
    """
)
_ZONE = frozenset(["fill", "dark", "mark", "at", "geometry", "text", "dash"])
"""What a page needs to draw a map anew."""
_FREE = frozenset(("where", "additive", "measures", "overlaps", "within", "labels"))


def _table(text: str, measures: tuple[str, ...]) -> Table:
    """Raises ValueError where the text is no such table."""
    header, *rows = csv.reader(io.StringIO(text), strict=True)
    at = [header.index(each) for each in measures]
    figures = tuple(tuple(int(row[n]) if row[n] else None for n in at) for row in rows)
    keys = tuple(tuple(value for n, value in enumerate(row) if n not in at) for row in rows)
    return Table(
        measures, figures, keys, frozenset(value for row in figures for value in row if value is not None), len(header)
    )


def _wrapped(drawing: ElementTree.Element) -> Iterator[list[str]]:
    """The texts beside the picture of a chart, each as the lines that it stands in: a sentence is read as a whole."""
    said = [
        e for each in drawing for e in (each, *each) if each.tag.endswith(("}text", "}a")) and e.tag.endswith("}text")
    ]
    alike = itertools.groupby(said, key=lambda e: [e.get(key) for key in ("x", "font-size", "fill", "font-weight")])
    yield from (["".join(each.itertext()).strip() for each in lines] for _, lines in alike)


def _texts(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    else:
        for each in content.values() if isinstance(content, dict) else content if isinstance(content, list) else ():
            yield from _texts(each)


def _numbers_of(sheet: bytes) -> list[str]:
    """Cells of a sheet of words that are numbers."""
    cells = ElementTree.fromstring(sheet).iter(f"{_SHEET}c") if sheet else ()
    return [each.findtext(f"{_SHEET}v") or "" for each in cells if each.get("t") != "s" and each.findtext(f"{_SHEET}v")]


def edition(folder: Path, forbidden: Collection[bytes] = ()) -> list[Finding]:
    """What an edition that is about to be published tells that nobody may read."""
    scanner = Scanner(forbidden)
    scanner.learn(folder)
    return scanner.edition(folder)


def site(
    root: Path,
    editions: Sequence[Path],
    words: Any = (),
    forbidden: Collection[bytes] = (),
    writing: Mapping[str, Writing] | None = None,
    remembered: Path | None = None,
) -> list[Finding]:
    """What a site that shows `editions` (oldest first) tells that nobody may read. `words`: what the institute says beside them,
    texts at any depth; `writing`: how each language of the site writes numbers; `remembered`: a file that keeps which files were
    clean, for the next scan."""
    scanner = Scanner(forbidden, writing=writing or {})
    for folder in editions:
        scanner.learn(folder)
    scanner.labels.update(text for text in _texts(words) if _LABEL.search(text))
    scanner.emails = {*scanner.emails, *(found for text in _texts(words) for found in EMAIL.findall(text.encode()))}
    if remembered is None:
        return scanner.site(root)
    asked = " ".join([PROGRAM, *sorted(word.hex() for word in forbidden), str(sorted((writing or {}).items()))])
    memory, known = Memory(remembered, asked), list(scanner.known())
    scanner.clean = memory.recall(known)
    found = scanner.site(root)
    memory.keep(known, scanner.passed)
    return found


PROGRAM = hashlib.sha256(
    b"".join(Path(each).read_bytes() for each in (__file__, built_page.__file__, traces.__file__))
    + f"{sys.version} {pa.__version__} {zlib.ZLIB_RUNTIME_VERSION}".encode()
).hexdigest()
"""Stands for this scanner and what it reads files with."""
