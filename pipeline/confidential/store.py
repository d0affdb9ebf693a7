"""Where records stand while they are worked on: a folder that only its owner may read, and an embedded DuckDB in it.

Touches files. The folder lies where the system puts temporary files and is gone when the run ends, well or not, unless
the operator asks to keep it. DuckDB works out of core: what exceeds its share of memory is written into that folder.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import IO, Any

import duckdb

MEMORY = "1GB"
"""Most that DuckDB holds in memory at once."""


class Store:
    """The private folder of a run. `keep` leaves it there when the run ends."""

    def __init__(self, *, keep: bool = False) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="celosia-"))  # 0700
        # Also where nobody calls `close`: on garbage collection and at the end of the interpreter.
        self._remove = weakref.finalize(self, _remove, self.folder, keep)

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if "database" in self.__dict__:
            self.database.close()
        self._remove()

    @cached_property
    def database(self) -> duckdb.DuckDBPyConnection:
        spill = self.folder / "spill"
        spill.mkdir(mode=0o700)
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": MEMORY,
            "temp_directory": str(spill),
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
        connection = duckdb.connect(":memory:", config=settings)
        connection.execute("SET enable_progress_bar = false; SET parquet_metadata_cache = true")
        return connection

    def rows(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """The answer to a query; for answers that are small however many the records are."""
        return self.database.execute(query, list(values)).fetchall()

    @contextmanager
    def writing(self, name: str) -> Iterator[IO[bytes]]:
        """A new file of the folder, for its owner only."""
        with os.fdopen(os.open(self.folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
            yield stream


def _remove(folder: Path, keep: bool) -> None:
    shutil.rmtree(folder / "spill" if keep else folder, ignore_errors=True)


def name(identifier: str) -> str:
    """A column as SQL writes it."""
    return '"' + identifier.replace('"', '""') + '"'


def text(value: object) -> str:
    """A text, or a path, as SQL writes it."""
    return "'" + str(value).replace("'", "''") + "'"
