"""Where counting runs: DuckDB inside this process, out of core, or a Spark cluster. Both read the canonical Parquet.

The expressions are the same (narwhals) and so are their results; an engine only knows how to open a file, how to bring
a small table beside it, and how to fetch what was counted.
"""

from __future__ import annotations

import math
import os
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import narwhals as nw
import pandas as pd
import pyarrow as pa

from pipeline.confidential.storage.workspace import Store, answering, text
from pipeline.model.findings import stop

PARTS_PER_CORE = 4
"""Parts into which Spark deals what it groups, per core of the cluster."""
Frame = nw.LazyFrame[Any]


class Engine(ABC):
    """Opens records, brings small tables beside them, fetches counts.

    `at_once` is how many records it is best given to count in one go, each as often as there are time codes for it.
    """

    at_once: float = math.inf

    @abstractmethod
    def parquet(self, path: Path) -> Frame:
        """The rows of a Parquet file, not read yet."""

    @abstractmethod
    def table(self, columns: Sequence[str], rows: Iterable[tuple[str, ...]]) -> Frame:
        """A small table of strings."""

    @abstractmethod
    def fetch(self, frame: Frame) -> pd.DataFrame:
        """The rows of a result that is small however many the records are."""

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        """Lets go of what the engine holds."""
        return


class DuckDB(Engine):
    """The embedded database of the store."""

    at_once = 10_000_000  # of so many, the women can be told apart within MEMORY; of more, it would turn to the disk

    def __init__(self, store: Store) -> None:
        self._database = store.database

    def parquet(self, path: Path) -> Frame:
        return nw.from_native(self._database.sql(f"SELECT * FROM read_parquet({text(path)})"))

    def table(self, columns: Sequence[str], rows: Iterable[tuple[str, ...]]) -> Frame:
        return nw.from_native(self._database.from_arrow(_arrow(columns, rows)))

    def fetch(self, frame: Frame) -> pd.DataFrame:
        with answering():
            fetched: pd.DataFrame = frame.collect("pyarrow").to_native().to_pandas()
        return fetched


class Spark(Engine):
    """A session on a Spark master: `spark://server:7077`, or `local[*]` for the cores of this machine."""

    def __init__(self, master: str) -> None:
        try:
            from pyspark.sql import SparkSession
        except ModuleNotFoundError:
            raise stop("usage", "--engine", "no_spark") from None
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        try:
            self._session = (
                SparkSession.builder.master(master)
                .appName("celosia")
                .config("spark.ui.enabled", "false")
                .config("spark.ui.showConsoleProgress", "false")
                .config("spark.log.level", "OFF")  # what it logs could quote a record
                .config("spark.sql.session.timeZone", "UTC")
                .getOrCreate()
            )
        except Exception:
            raise stop("usage", "--engine", "no_master", master=master) from None
        # As many parts as the cluster can work on: by default there are 200, which for a small cluster is mostly waiting.
        parts = PARTS_PER_CORE * self._session.sparkContext.defaultParallelism
        self._session.conf.set("spark.sql.shuffle.partitions", parts)

    def parquet(self, path: Path) -> Frame:
        frame: Frame = nw.from_native(self._session.read.parquet(str(path)))
        return frame

    def table(self, columns: Sequence[str], rows: Iterable[tuple[str, ...]]) -> Frame:
        kinds = ", ".join(f"`{column}` string" for column in columns)
        frame: Frame = nw.from_native(self._session.createDataFrame(list(rows), kinds))
        return frame

    def fetch(self, frame: Frame) -> pd.DataFrame:
        rows = frame.to_native().collect()
        return pd.DataFrame([tuple(row) for row in rows], columns=list(frame.collect_schema()))

    def __exit__(self, *_: object) -> None:
        self._session.stop()


def engine(master: str, store: Store) -> Engine:
    """Spark at that master, or DuckDB where none is named. Raises PipelineError("usage")."""
    return Spark(master) if master else DuckDB(store)


def _arrow(columns: Sequence[str], rows: Iterable[tuple[str, ...]]) -> pa.Table:
    held = list(rows)
    return pa.table({column: pa.array([row[n] for row in held], pa.string()) for n, column in enumerate(columns)})
