"""Where records stand while they are worked on: a folder that only its owner may read, and an embedded DuckDB in it.

Touches files. The folder lies where the system puts temporary files and is gone when the run ends, well or not, unless
the operator asks to keep it; what a process left behind that was killed, the next one removes. DuckDB works out of core: what exceeds its share of memory is written into that folder.
"""

from __future__ import annotations

import errno
import os
import shutil
import signal
import tempfile
import threading
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import IO, Any

import duckdb

from pipeline.model import working_folders

ENDING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
"""Signals by which somebody ends a run."""
MEMORY = "1GB"
"""Most that DuckDB holds in memory at once."""


class Store:
    """The private folder of a run. `keep` leaves it there when the run ends."""

    def __init__(self, *, keep: bool = False) -> None:
        working_folders.sweep(Path(tempfile.gettempdir()), working_folders.PRIVATE)
        self.folder = Path(tempfile.mkdtemp(prefix=working_folders.PRIVATE))  # 0700
        # Also where nobody calls `close`: on garbage collection and at the end of the interpreter.
        self._remove = weakref.finalize(self, _remove, self.folder, keep, working_folders.mark(self.folder))

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
        with answering():
            return self.database.execute(query, list(values)).fetchall()

    def parquet(self, name: str, query: str) -> Path:
        """The answer to a query as a file of the folder; it may be as large as the records."""
        return self._copied(name, query, "FORMAT parquet")

    def csv(self, name: str, query: str) -> Path:
        """The same for people to read."""
        return self._copied(name, query, "FORMAT csv, HEADER true")

    def _copied(self, name: str, query: str, form: str) -> Path:
        with self.writing(name):
            pass  # it is there, for its owner only, before anything is written
        path = self.folder / name
        self.rows(f"COPY ({query}) TO {text(path)} ({form}, OVERWRITE_OR_IGNORE true, USE_TMP_FILE false)")
        return path

    @contextmanager
    def writing(self, name: str) -> Iterator[IO[bytes]]:
        """A new file of the folder, for its owner only."""
        with os.fdopen(os.open(self.folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
            yield stream


@contextmanager
def answering() -> Iterator[None]:
    """What DuckDB lacks to answer, as Python says it; its own text could quote a record. Raises MemoryError or OSError."""
    try:
        yield
    except duckdb.InterruptException:
        raise KeyboardInterrupt from None
    except duckdb.OutOfMemoryException as error:
        if "max_temp_directory_size" in str(error):  # that is, all of the disk
            raise OSError(errno.ENOSPC, "") from None
        raise MemoryError from None
    except duckdb.IOException as error:
        full = any(said in str(error) for said in ("No space left", "File too large", "Disk quota"))
        raise OSError(errno.ENOSPC if full else errno.EIO, "") from None


def _remove(folder: Path, keep: bool, mark: int | None) -> None:
    with _undisturbed():
        if keep:
            (folder / working_folders.RUNNING).unlink(missing_ok=True)  # nobody removes a folder without it
            shutil.rmtree(folder / "spill", ignore_errors=True)
        else:
            working_folders.remove(folder)
        if mark is not None:
            os.close(mark)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Who asks twice for the run to end need not wait long, but does not leave half of the records behind."""
    if threading.current_thread() is not threading.main_thread():  # signals come to that one only
        yield
        return
    before = {each: signal.signal(each, signal.SIG_IGN) or signal.SIG_DFL for each in ENDING}
    try:
        yield
    finally:
        for each, answer in before.items():
            signal.signal(each, answer)


def name(identifier: str) -> str:
    """A column as SQL writes it."""
    return '"' + identifier.replace('"', '""') + '"'


def text(value: object) -> str:
    """A text, or a path, as SQL writes it."""
    return "'" + str(value).replace("'", "''") + "'"
