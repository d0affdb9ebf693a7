"""Runs in an environment of its own that has gconfid: `python peer_gconfid.py DIR`. Prints seconds, CPU seconds and the
withheld ids, one line each.

The protection that it is asked for is the distance of a primary cell to the threshold (`Sensitivity`). What a cell can
give (`TotalNoise`) is what lies between its value and 1, because zeros are published; gconfid cuts the protection back
to it, so a primary cell gets at least what it asks for. Zeros and the grand total stay.
"""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

import pandas as pd

THRESHOLD = 5


def _cpu() -> float:
    """CPU seconds of this process and of those that it has started and seen end."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def main(folder: Path) -> None:
    import gconfid  # type: ignore[import-not-found]

    cells = pd.read_csv(folder / "cells.csv")
    relations = pd.read_csv(folder / "rels.csv")
    small = (cells["freq"] > 0) & (cells["freq"] < THRESHOLD)
    shown = cells["freq"] > 0
    short = (THRESHOLD - cells["freq"]).where(small, 0)
    table = pd.DataFrame(
        {
            "CellID": cells["id"] + 1,
            "TotalNoise": (cells["freq"] - 1).combine(short, max).astype(float),
            "Total": cells["freq"].astype(float),
            "Size": cells["freq"].astype(float),
            "Sensitivity": short.where(small, -1.0).astype(float),
            "Status": small.map({True: "S", False: "V"}),
            "Type": "C",
        }
    )
    table.loc[cells["freq"] == cells["freq"].max(), "Status"] = "P"
    constraints = pd.DataFrame(
        {
            "ConstraintID": relations["rel"] + 1,
            "CellID": relations["cell"] + 1,
            "Coefficient": relations["coef"].astype(float),
        }
    )
    kept = set(table.loc[shown, "CellID"])
    constraints = constraints[constraints["CellID"].isin(kept)]
    start, cpu = time.perf_counter(), _cpu()
    run = gconfid.Suppression(incell=table[shown], inconstraint=constraints, outsuppress="pandas", capture=True)
    seconds, cpu = time.perf_counter() - start, _cpu() - cpu
    out = run.outsuppress.to_pandas() if hasattr(run.outsuppress, "to_pandas") else run.outsuppress
    out.columns = out.columns.str.lower()
    gone = out[out["outstatus"].isin(["X", "S"])]
    print(f"{seconds:.2f}")
    print(f"{cpu:.2f}")
    print(" ".join(str(int(i) - 1) for i in gone["cellid"]))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
