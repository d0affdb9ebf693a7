"""Records for tests: made from a frame, or read through the door; counted; and looked into."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet

from pipeline.confidential.intake.ingest import ingest
from pipeline.confidential.intake.records import FILE, ID, ROW, Records
from pipeline.confidential.storage.workspace import Store
from pipeline.confidential.tabulation.count import count
from pipeline.confidential.tabulation.engines import DuckDB
from pipeline.confidential.validation.judge import validate
from pipeline.confidential.validation.verdict import Verdict
from pipeline.institute.plan import Edition, Plan
from pipeline.model.cells import Counts

_kept: list[Store] = []
"""Stores whose records a test may still look into; their folders go when the tests end."""


@cache
def shared() -> Store:
    """One store for all the records that tests make by hand, each under a name of its own."""
    return Store()


_numbers = itertools.count()


def read(plan: Plan, raw: Path) -> dict[str, Records]:
    """What the door makes of the files of a folder."""
    _kept.append(Store())
    return ingest(plan, raw, _kept[-1])


def forget() -> None:
    """Removes every store; a worker of a parallel test run ends without being asked to clean up."""
    for each in (*_kept, shared()):
        each.close()


def made(resource: str, frame: pd.DataFrame, origin: pd.DataFrame | None = None) -> Records:
    """Records that are these rows; `origin` has their `file` and `row`, else they are rows 2… of one file."""
    if origin is None:
        origin = pd.DataFrame({"file": f"{resource}.csv", "row": range(2, len(frame) + 2)})
    columns = {column: pa.array(frame[column].tolist(), pa.string()) for column in frame}
    columns[ID] = pa.array(range(len(frame)), pa.int64())
    columns[FILE] = pa.array(origin["file"].tolist(), pa.string())
    columns[ROW] = pa.array(origin["row"].tolist(), pa.int64())
    path = shared().folder / f"{next(_numbers)} {resource}.parquet"
    pyarrow.parquet.write_table(pa.table(columns), path)
    return Records(resource, path, len(frame))


def frame(records: Records) -> pd.DataFrame:
    """The columns of the contract."""
    table = pyarrow.parquet.read_table(records.path).drop_columns([ID, FILE, ROW])
    return pd.DataFrame({name: table[name].to_pylist() for name in table.column_names}, dtype="str")


def origin(records: Records) -> pd.DataFrame:
    """File and row of each record."""
    table = pyarrow.parquet.read_table(records.path, columns=[FILE, ROW])
    return pd.DataFrame({"file": table[FILE].to_pylist(), "row": table[ROW].to_pylist()})


def judged(records: Mapping[str, Records], plan: Plan, *, set_aside: bool = False) -> Verdict:
    return validate(records, plan, shared(), set_aside=set_aside)


def bad(verdict: Verdict, records: Records) -> list[bool]:
    """Row by row, whether it breaks a rule."""
    path = verdict.refused.get(records.resource)
    refused_rows = set(pyarrow.parquet.read_table(path)[ID].to_pylist()) if path else set()
    return [number in refused_rows for number in range(records.rows)]


def counted(
    records: Mapping[str, Records], plan: Plan, edition: Edition, refused: Mapping[str, Path] | None = None
) -> Counts:
    return count(records, plan, edition, DuckDB(shared()), refused)


def refused(records: Records, numbers: Iterable[int]) -> Path:
    """The rows of these numbers as those that a verdict refuses."""
    path = shared().folder / f"{next(_numbers)} {records.resource}.refused.parquet"
    pyarrow.parquet.write_table(pa.table({ID: pa.array(numbers, pa.int64())}), path)
    return path
