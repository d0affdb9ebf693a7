"""The ledger of an edition: the records that it counted, as it counted them. Written and read beside the records. I/O.

`<raw>/privado/<edition>/libro/` has one Parquet per record type, with the columns of the contract as text, and
`libro.json`, which says of which edition it is and the SHA-256 of each file. Whoever reads it gets it whole, or a
PipelineError("disclosure") that names the file: damaged, or of another edition. That a ledger whose checksums were
rewritten is not that of its edition shows when it is counted (`history`): it does not give the published figures.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from pipeline.model.findings import PipelineError, stop

FOLDER, CONTENTS = "libro", "libro.json"


@dataclass(frozen=True)
class Ledger:
    """What an edition counted: record type → Parquet. `where` names the ledger in messages."""

    edition: str
    cut_off: str
    files: Mapping[str, Path]
    where: str


def write(private: Path, edition: str, cut_off: str, counted: Mapping[str, Path]) -> None:
    """Writes the ledger into the private folder of an edition, for its owner only, in place of one that is there.
    Raises OSError."""
    fresh, folder = private / f".{FOLDER}.new", private / FOLDER
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    files = {}
    for each, path in sorted(counted.items()):
        copy = fresh / f"{each}.parquet"
        copy.touch(mode=0o600)
        shutil.copyfile(path, copy)
        files[copy.name] = _digest(copy)
    contents = {"edition": edition, "cut_off": cut_off, "sha256": files}
    (fresh / CONTENTS).touch(mode=0o600)
    (fresh / CONTENTS).write_text(json.dumps(contents, indent=1) + "\n", encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    os.replace(fresh, folder)


def read(private: Path, edition: str, cut_off: str) -> Ledger | None:
    """The ledger of an edition; None where there is none."""
    folder = private / FOLDER
    where = f"{private.parent.name}/{private.name}/{FOLDER}"
    if not folder.exists():
        return None
    try:
        contents = json.loads((folder / CONTENTS).read_bytes())
        said, until, files = str(contents["edition"]), str(contents["cut_off"]), dict(contents["sha256"])
    except (OSError, ValueError, LookupError, TypeError):
        raise stop("disclosure", f"{where}/{CONTENTS}", "ledger_damaged", edition=edition) from None
    if (said, until) != (edition, cut_off):
        raise stop("disclosure", f"{where}/{CONTENTS}", "ledger_of_another", edition=edition, other=said)
    found = {}
    for name, digest in sorted(files.items()):
        path = folder / Path(str(name)).name
        if not _whole(path, str(digest)):
            raise damaged(f"{where}/{path.name}", edition)
        found[path.stem] = path
    return Ledger(edition, cut_off, found, where)


def damaged(where: str, edition: str) -> PipelineError:
    """That a file of a ledger is not what the edition left."""
    return stop("disclosure", where, "ledger_damaged", edition=edition)


def _whole(path: Path, digest: str) -> bool:
    """Whether a file is the one that was written, and holds records as text."""
    try:
        if _digest(path) != digest:
            return False
        schema = pyarrow.parquet.read_schema(path)
    except (OSError, pa.ArrowException):
        return False
    return all(pa.types.is_string(field.type) or pa.types.is_large_string(field.type) for field in schema)


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
