"""Runs in an environment of its own that has pytauargus: `python peer_pytauargus.py DIR [METHOD]`. Prints seconds, CPU seconds
and the withheld ids, one line each.

METHOD is OPT (the default) or MOD. It takes records, so the instance must be one table whose dimensions have no levels between
their total and their codes: a record is made for each woman in an innermost cell. The frequency rule is asked for a range of
100 % of the value of a primary cell on each side; it is not asked for a number that a cell must be able to reach.
"""

from __future__ import annotations

import contextlib
import resource
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

THRESHOLD, RANGE, TOTAL = 5, 100, "Total"


def _cpu() -> float:
    """CPU seconds of this process and of those that it has started and seen end."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def main(folder: Path, method: str = "OPT") -> None:
    from pytauargus import protect  # type: ignore[import-not-found]

    cells = pd.read_csv(folder / "cells.csv", dtype=str).astype({"freq": int})
    names = [name for name in cells.columns if name not in ("id", "freq")]
    inner = cells[(cells[names] != TOTAL).all(axis=1)]
    women = inner.loc[inner.index.repeat(inner["freq"]), names].reset_index(drop=True)
    women["count"] = 1.0
    with tempfile.TemporaryDirectory() as work, contextlib.chdir(work):  # it leaves logs where it runs
        start, cpu = time.perf_counter(), _cpu()
        rule = f"FREQ({THRESHOLD},{RANGE})"
        result = protect(women, names, response="count", safety_rules=rule, suppress=f"{method}(1)", workdir=work)
        table = result.tables[0]
        shown = table.dataframe()[names].astype(str)
        withheld = pd.Series(table.safe(None)).isna()
        seconds, cpu = time.perf_counter() - start, _cpu() - cpu
    key = {tuple(row): str(cell) for cell, row in zip(cells["id"], cells[names].to_numpy(), strict=True)}
    number = dict(zip(cells["id"], cells["freq"], strict=True))
    gone = []
    for codes, missing in zip(shown.to_numpy(), withheld, strict=True):
        cell = key.get(tuple(TOTAL if code.strip() in ("", TOTAL, "nan", "None") else code.strip() for code in codes))
        if missing and cell is not None and number[cell] > 0:
            gone.append(cell)
    print(f"{seconds:.2f}", f"{cpu:.2f}", " ".join(gone), sep="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
