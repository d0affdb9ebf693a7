"""Finds out what a file is by its content, not by its name, and opens it with the module of its format. Reads files.

CSV and JSON Lines (both also gzipped), XLSX, XLS, ODS and Parquet. Of anything else, the rule that `Unreadable` carries
says what it is: an archive, a database, a web page.
"""

from __future__ import annotations

import codecs
import gzip
import re
import stat
import zipfile
import zlib
from pathlib import Path

from pipeline.confidential.intake.formats import delimited, jsonl, parquet, spreadsheet
from pipeline.confidential.intake.formats.plain_text import encoding_of
from pipeline.confidential.intake.formats.table import (
    Form,
    Table,
    Unreadable,
)
from pipeline.institute.plan import Origin

PARQUET, OLE, ZIP, GZIP = b"PAR1", b"\xd0\xcf\x11\xe0", b"PK\x03\x04", b"\x1f\x8b"
"""How Parquet, old workbooks, new ones and other archives, and what gzip made begin."""
PACKED = (b"7z\xbc\xaf\x27\x1c", b"Rar!", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd")
"""How archives begin that are no gzip: 7z, RAR, bzip2, xz, Zstandard."""
TAR = b"ustar"
"""What stands at byte 257 of a tar."""
DATABASES = (b"SQLite format 3\0", b"\0\1\0\0Standard Jet DB", b"\0\1\0\0Standard ACE DB")
"""How files of SQLite and of Access begin."""
DUCKDB = b"DUCK"
"""What stands at byte 8 of a file of DuckDB."""
DOCUMENT = rb"(?i)<(!doctype|html|head|body|table|\?xml|\?mso)|%PDF-|\{\\rtf"
"""How web pages, their tables that some systems name .xls, and printed pages begin."""


def open_file(path: Path, origin: Origin) -> Table:
    """Finds out what a file is and opens it. Raises Unreadable."""
    try:
        if not stat.S_ISREG(mode := path.stat().st_mode) and not stat.S_ISDIR(mode):
            raise Unreadable("special_file")  # a pipe would be waited for, a device never ends
        form = _form(path, origin)
        if form.format in ("xlsx", "xls", "ods"):
            return spreadsheet.open_table(path, form, origin)
        if form.format == "parquet":
            return parquet.open_table(path, form, origin)
        form = Form(form.format, form.packed, encoding_of(path, form.packed, origin.encoding))
        opens = jsonl.open_table if form.format == "jsonl" else delimited.open_table
        return opens(path, form, origin)
    except IsADirectoryError:
        raise Unreadable("not_a_file") from None
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise Unreadable("broken_gzip") from None
    except OSError:
        raise Unreadable("unreadable") from None


def _form(path: Path, origin: Origin) -> Form:
    """The format of a file and whether gzip packed it, by its first bytes; what sources.yaml says of it goes before them."""
    with path.open("rb") as stream:
        head = stream.read(512)
    packed = head.startswith(GZIP)
    if packed:
        with gzip.open(path) as stream:
            head = stream.read(512)
        if head.startswith((PARQUET, OLE, ZIP, GZIP)):
            raise Unreadable("packed_file")
    if head.startswith(PACKED) or head[257:].startswith(TAR):
        raise Unreadable("packed_file")
    if head.startswith(DATABASES) or head[8:].startswith(DUCKDB):
        raise Unreadable("database_file")
    start = _begun(head)
    if origin.format in ("", "jsonl") and re.match(rb"\[\s*\{", start):
        raise Unreadable("json_array")
    if origin.format:
        return Form(origin.format, packed)
    if head.startswith(PARQUET):
        return Form("parquet")
    if head.startswith(OLE):
        return Form("xls")
    if head.startswith(ZIP):
        return Form(_kind_of_workbook(path))
    if re.match(DOCUMENT, start):
        raise Unreadable("not_a_table")
    return Form("jsonl" if start.startswith(b"{") else "csv", packed)


def _begun(head: bytes) -> bytes:
    """The first letters of a file of text, whose first sign is plain, without what UTF-16 puts between them."""
    if not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and head[:2].count(0) != 1:
        return head.removeprefix(codecs.BOM_UTF8).lstrip()
    return head[0:2].strip(b"\xff\xfe\0") + head[2:].replace(b"\0", b"").lstrip()


def _kind_of_workbook(path: Path) -> str:
    """`ods` or `xlsx`, by the members of a ZIP. Raises Unreadable where it is another archive or a locked workbook."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile:
        raise Unreadable("binary_file") from None
    if "encrypted-package" in names:
        raise Unreadable("locked_file")  # an ODS under a password, as newer programs write it
    if not any(name.startswith("xl/") or name == "content.xml" for name in names):
        raise Unreadable("binary_file" if any(name.startswith(("word/", "ppt/")) for name in names) else "packed_file")
    return "ods" if "content.xml" in names else "xlsx"
