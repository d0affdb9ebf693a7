"""Bytes that nobody meant, in every file that is read: each reader answers, or says no in its own words, and never otherwise.

Starts from files that are right and changes some bytes of them (`make fuzz` long, in `make test` for seconds).
"""

from __future__ import annotations

import gzip
import io
import itertools
import json
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest
import xlsxwriter
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.confidential.intake.formats.detect import open_file
from pipeline.confidential.intake.formats.table import Unreadable
from pipeline.institute.load import load
from pipeline.institute.plan import Origin
from pipeline.model import yaml12
from pipeline.model.findings import PipelineError
from pipeline.public.edition import publication, reader, safe_files
from pipeline.public.edition.model import DESCRIPTOR, SUMS
from tests.conftest import TINY
from tests.editions import certificate, table, written

ROWS = [["clave", "periodo", "area"], ["V1", "2025-T1", "legal"], ["V2", "2025-T2", "física; «otra»"]]
PIECES = [
    b'"',
    b"'",
    b"\n",
    b"\r",
    b",",
    b"{",
    b"[",
    b"]",
    b"}",
    b"\x00",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xed\xa0\x80",
    b"null",
]
PIECES += [
    b"NaN",
    b"1e999",
    b"-0",
    b"9" * 400,
    b"true",
    b"&a *a",
    b"<<: ",
    b"\\ud800",
    b": ",
    b"- ",
    b"\t",
    b"=",
    b"\xe2\x80\xae",
]

EDITS = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 12), st.sampled_from(PIECES) | st.binary(max_size=6)),
    min_size=1,
    max_size=5,
)
"""Where (a part of the whole), how many bytes go, and what comes instead."""


def mutated(data: bytes, edits: Sequence[tuple[float, int, bytes]]) -> bytes:
    for place, gone, come in edits:
        at = int(place * len(data))
        data = data[:at] + come + data[at + gone :]
    return data


def _workbook() -> bytes:
    book = io.BytesIO()
    with xlsxwriter.Workbook(book, {"in_memory": True}) as made:
        sheet = made.add_worksheet("Hoja")
        for number, row in enumerate(ROWS):
            sheet.write_row(number, 0, row)
    return book.getvalue()


def _parquet() -> bytes:
    stream = io.BytesIO()
    columns = {name: [row[n] for row in ROWS[1:]] for n, name in enumerate(ROWS[0])}
    pyarrow.parquet.write_table(pa.table(columns), stream)
    return stream.getvalue()


def _text(form: str) -> bytes:
    if form == "csv":
        return "".join(",".join(f'"{cell}"' for cell in row) + "\n" for row in ROWS).encode()
    return "".join(json.dumps(dict(zip(ROWS[0], row, strict=True))) + "\n" for row in ROWS[1:]).encode()


@cache
def source(kind: str) -> bytes:
    if kind == "xlsx":
        return _workbook()
    if kind == "parquet":
        return _parquet()
    form = kind.removesuffix(".gz")
    return gzip.compress(_text(form), mtime=0) if kind.endswith(".gz") else _text(form)


def inside(book: bytes, number: int, edits: Sequence[tuple[float, int, bytes]]) -> bytes:
    """A workbook that unpacks well, with other bytes in one of its parts."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(made, "w") as new:
        names = old.namelist()
        for place, name in enumerate(names):
            data = old.read(name)
            new.writestr(name, mutated(data, edits) if place == number % len(names) else data)
    return made.getvalue()


@pytest.mark.parametrize("kind", ["csv", "jsonl", "csv.gz", "jsonl.gz", "xlsx", "parquet"])
@given(edits=EDITS, number=st.integers(0, 100), packed=st.booleans())
def test_a_file_of_records_is_read_or_refused(
    kind: str, edits: list[tuple[float, int, bytes]], number: int, packed: bool
) -> None:
    data = source(kind)
    if not packed and kind == "xlsx":
        data = inside(data, number, edits)
    elif not packed and kind.endswith(".gz"):
        data = gzip.compress(mutated(gzip.decompress(data), edits), mtime=0)
    else:
        data = mutated(data, edits)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"registros.{kind}"
        path.write_bytes(data)
        assert _refused(path) != ""


def _refused(path: Path) -> str | None:
    """Reads a file to its end; the rule by which it is refused."""
    try:
        read = open_file(path, Origin(pattern=path.name))
        for chunk in itertools.islice(read.chunks(range(len(read.header)), ()), 100):
            assert len({len(column) for column in chunk}) <= 1
            assert all(isinstance(cell, str) for column in chunk for cell in column.to_pylist() if cell is not None)
    except Unreadable as error:
        return error.rule
    return None


@given(edits=EDITS, name=st.sampled_from(sorted(path.name for path in TINY.glob("*.yaml"))))
def test_yaml_is_read_or_its_mistake_is_told(edits: list[tuple[float, int, bytes]], name: str) -> None:
    text = mutated((TINY / name).read_bytes(), edits).decode("utf-8", "replace")
    assert _mistake(text) != {}


def _mistake(text: str) -> dict[str, object] | None:
    try:
        yaml12.read(text)
    except yaml.YAMLError as error:
        return yaml12.mistake(error, text)
    return None


FILES = sorted(path.relative_to(TINY).as_posix() for path in TINY.rglob("*") if path.is_file())


@settings(max_examples=max(10, settings().max_examples // 3))
@given(edits=EDITS, name=st.sampled_from(FILES))
def test_the_folder_of_an_institute_is_read_or_all_mistakes_are_told(
    edits: list[tuple[float, int, bytes]], name: str
) -> None:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(shutil.copytree(TINY, Path(made) / "institute"))
        (folder / name).write_bytes(mutated((TINY / name).read_bytes(), edits))
        error = _stopped(lambda: load(folder))
        assert error is None or (error.kind == "plan" and error.findings)


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small edition that its maker has sealed."""
    folder = tmp_path_factory.mktemp("fuzz") / "2025-T4"
    written(
        folder, table("periodo area | servicios usuarias\n2025 _T | 40 25\n2025 a | 30 20\n2025 b | c c\n2025 c | c c")
    )
    publication.seal(folder, certificate())
    return folder


@pytest.mark.parametrize("sealed", [True, False], ids=["sums made again", "as it is"])
@given(edits=EDITS, number=st.integers(0, 100))
def test_an_edition_is_read_or_all_mistakes_are_told(
    edition: Path, sealed: bool, edits: list[tuple[float, int, bytes]], number: int
) -> None:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(shutil.copytree(edition, Path(made) / "2025-T4"))
        path = (names := sorted(each for each in folder.rglob("*") if each.is_file()))[number % len(names)]
        path.write_bytes(mutated(path.read_bytes(), edits))
        if sealed and path.name != SUMS:
            _seal_again(folder, path)
        error = _stopped(lambda: reader.read(folder))
        assert error is None or (error.kind == "package" and error.findings)


def _seal_again(folder: Path, path: Path) -> None:
    """Says the new sum and size of a file wherever the edition says the old ones, as a forger would."""
    descriptor = folder / DESCRIPTOR
    if path != descriptor:
        told = json.loads(descriptor.read_bytes())
        for each in told["resources"]:
            if each["path"] == path.relative_to(folder).as_posix():
                each["bytes"] = path.stat().st_size
                each["hash"] = f"sha256:{safe_files.digests(folder)[each['path']]}"
        descriptor.write_text(json.dumps(told))
    safe_files.write_sums(folder)


def _stopped(read: Callable[[], object]) -> PipelineError | None:
    try:
        read()
    except PipelineError as error:
        return error
    return None
