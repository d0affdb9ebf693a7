"""Looks for what nobody may read in an edition that is about to be published and in a site that is about to stand.

In: folders of editions and of a site, as any reader takes them; words that may stand nowhere (folders of the machine, names of
keys). Out: findings (file and rule, never a value). Reads files; shares no code with what writes them: what a cell may say is
taken from the CSV of the edition alone (`known`), and what a form may hold from lists of its own (`edition_leaks`, `form_leaks`,
`page_leaks`).
"""

from __future__ import annotations

import hashlib
import io
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pyarrow as pa

from pipeline.model.findings import Finding
from pipeline.verification import built_page, edition_leaks, form_leaks, known, page_leaks, traces
from pipeline.verification.built_page import Writing
from pipeline.verification.known import Known
from pipeline.verification.page_leaks import Pages
from pipeline.verification.scan_memory import Clean, Memory
from pipeline.verification.traces import CURP, EMAIL, KEY, PRIVATE, REMARK, UID, UUID, pieces

FORMS = frozenset(
    [
        "html",
        "css",
        "js",
        "svg",
        "json",
        "jsonld",
        "jsonstat",
        "png",
        "csv",
        "xlsx",
        "parquet",
        "pdf",
        "zip",
        "xml",
        "ics",
        "md",
        "cff",
        "txt",
        "geojson",
        "vtt",
        "mp3",
        "ogg",
        "oga",
        "m4a",
        "wav",
        "mp4",
        "webm",
    ]
)
"""Endings of the files of a site."""
"""Endings of the files of a site."""
PLAIN = frozenset(("SHA256SUMS", "SHA256SUMS.sig", "SHA256SUMS-derivados", "_headers"))
FORM: Mapping[str, Callable[[Known, str, bytes], Iterator[Finding]]] = {
    "pdf": form_leaks.report,
    "xlsx": form_leaks.workbook,
    "parquet": form_leaks.parquet,
    "png": form_leaks.picture,
    "jsonstat": form_leaks.cube,
}
"""How a file is read, by its ending."""
UNREADABLE = (
    KeyError,
    ValueError,
    IndexError,
    ElementTree.ParseError,
    zipfile.BadZipFile,
    zlib.error,
    pa.ArrowException,
    struct.error,
)


@dataclass
class Scanner:
    """`forbidden`: words that may stand in no file; `known`: what readers know anyway; `writing`: how each language of the site
    writes numbers.
    """

    forbidden: Collection[bytes] = ()
    known: Known = field(default_factory=Known)
    writing: Mapping[str, Writing] = field(default_factory=dict)
    clean: set[Clean] = field(default_factory=set)
    """The files of a site in which nothing was found, now or by an earlier scan."""
    passed: set[Clean] = field(default_factory=set)
    """Those of them that are in this site."""
    seen: dict[tuple[bytes, bool, bool], tuple[str, ...]] = field(default_factory=dict)
    """What bytes that were looked at break: their digest, whether others wrote them, whether keys are looked for."""
    found: list[Finding] = field(default_factory=list)

    def note(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            if finding not in self.found:
                self.found.append(finding)

    def wrong(self, where: str, rule: str) -> None:
        self.note([Finding.of(where, rule)])

    def edition(self, folder: Path) -> list[Finding]:
        """What an edition tells that it may not."""
        for name, path in edition_leaks.files(folder):
            if path is None:
                self.wrong(name, "leak_file")
            else:
                self.traces(name, path.read_bytes())
        self.note(edition_leaks.told(folder))
        return self.found

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
        newest = next(reversed(self.known.tables), "")
        place = name.replace("datos/ultima/", f"datos/{newest}/", 1)
        of = next((part for part in place.split("/") if part in self.known.tables), newest)
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
        try:
            self.traces(name, data)
            self.note(self._told(name, data))
            if base.endswith(".zip"):
                self.archive(name, data)
        except UNREADABLE:
            self.wrong(name, "leak_unreadable")

    def _told(self, name: str, data: bytes) -> Iterator[Finding]:
        """What the form of a file tells that it may not."""
        base = name.rpartition("/")[2]
        ending = base.rpartition(".")[2]
        if base.startswith("todo.") and ending != "xlsx":
            return form_leaks.tidy(self.known, name, data)
        if "/sdmx/" in name:
            return form_leaks.sdmx(self.known, name, data)
        if ending in FORM:
            return FORM[ending](self.known, name, data)
        if ending in ("html", "svg"):
            pages = Pages(self.known, self.writing)
            return pages.page(name, data) if ending == "html" else pages.drawing(name, data)
        if ending in ("csv", "json") and "/tables/" in name:
            return form_leaks.derived(self.known, name, data)
        if ending == "js" and name.startswith("assets/data/"):
            return form_leaks.script(self.known, name, data)
        return iter(())

    def traces(self, name: str, data: bytes) -> None:
        """Traces of a machine, of an office, of a person in any file, also in what is packed within."""
        theirs = name in ("assets/vega.js", "assets/LICENCIAS.txt")  # as others wrote it
        keyed = not name.endswith((".css", ".pdf", ".xlsx", ".parquet"))  # these have words of their own like keys
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
        if not theirs and any(found not in self.known.emails for found in EMAIL.findall(told)):
            yield "leak_contact"
        if b"Exif\x00\x00" in piece or b"tEXt" in piece[:4096]:
            yield "leak_metadata"

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


def edition(folder: Path, forbidden: Collection[bytes] = ()) -> list[Finding]:
    """What an edition that is about to be published tells that nobody may read."""
    scanner = Scanner(forbidden)
    scanner.known.learn(folder)
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
        scanner.known.learn(folder)
    scanner.known.hear(words)
    if remembered is None:
        return scanner.site(root)
    asked = " ".join([PROGRAM, *sorted(word.hex() for word in forbidden), str(sorted((writing or {}).items()))])
    memory, parts = Memory(remembered, asked), list(scanner.known.parts())
    scanner.clean = memory.recall(parts)
    found = scanner.site(root)
    memory.keep(parts, scanner.passed)
    return found


_PARTS = (built_page, edition_leaks, form_leaks, known, page_leaks, traces)
PROGRAM = hashlib.sha256(
    b"".join(Path(each).read_bytes() for each in (__file__, *(str(part.__file__) for part in _PARTS)))
    + f"{sys.version} {pa.__version__} {zlib.ZLIB_RUNTIME_VERSION}".encode()
).hexdigest()
"""Stands for this scanner and what it reads files with."""
