"""The witnesses that the office keeps of an edition: every figure's true value, and its value in other worlds. I/O.

One row per figure that was counted: `records`, `cell` (`dimension=code …`), `measure`, `truth`, and a column per witness.
A figure as an earlier edition counted it, where records came late, has `records#edition`.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.model.cells import Cell, Figure
from pipeline.model.findings import stop

Worlds = Mapping[Figure, NDArray[np.int64]]
"""Figure → its value in each world; the first is the truth."""


def write(figures: Sequence[Figure], worlds: NDArray[np.int64]) -> bytes:
    """A Parquet file. `worlds`: one per row, the truth first."""
    cells = [figure.cell for figure in figures]
    frame = pd.DataFrame(
        {
            "records": [cell.records for cell in cells],
            "cell": [" ".join(f"{name}={code}" for name, code in sorted(cell.where)) for cell in cells],
            "measure": [figure.measure for figure in figures],
            "truth": worlds[0],
            **{f"w{n}": world for n, world in enumerate(worlds[1:], start=1)},
        }
    )
    stream = io.BytesIO()
    frame.to_parquet(stream, index=False)
    return stream.getvalue()


def read(path: Path) -> Worlds:
    """Raises PipelineError("records")."""
    try:
        frame = pd.read_parquet(path)
        worlds = frame.drop(columns=["records", "cell", "measure"])
        if list(worlds)[:1] != ["truth"] or not all(kind == np.int64 for kind in worlds.dtypes):
            raise ValueError("not whole numbers")
        cells = [Cell(*key) for key in zip(frame["records"], map(_where, frame["cell"]), strict=True)]
    except (OSError, KeyError, ValueError):
        raise stop("records", path.name, "no_witnesses") from None
    return {Figure(c, m): v for c, m, v in zip(cells, frame["measure"], worlds.to_numpy(), strict=True)}


def _where(text: str) -> frozenset[tuple[str, str]]:
    return frozenset((name, code) for name, _, code in (pair.partition("=") for pair in text.split()))
