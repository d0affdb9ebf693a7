"""Runs in an environment of its own that has gconfid: `python peer_gconfid.py DIR`. Prints seconds and the withheld ids.

The protection that it is asked for is the distance of a primary cell to the threshold; zeros and the grand total stay.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pandas as pd

THRESHOLD = 5


def main(folder: Path) -> None:
    import gconfid  # type: ignore[import-not-found]

    cells = pd.read_csv(folder / "cells.csv")
    relations = pd.read_csv(folder / "rels.csv")
    small = (cells["freq"] > 0) & (cells["freq"] < THRESHOLD)
    shown = cells["freq"] > 0
    table = pd.DataFrame(
        {
            "CellID": cells["id"] + 1,
            "TotalNoise": cells["freq"].astype(float),
            "Total": cells["freq"].astype(float),
            "Size": cells["freq"].astype(float),
            "Sensitivity": (THRESHOLD - cells["freq"]).clip(upper=cells["freq"]).where(small, -1.0).astype(float),
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
    start = time.perf_counter()
    run = gconfid.Suppression(incell=table[shown], inconstraint=constraints, outsuppress="pandas", capture=True)
    seconds = time.perf_counter() - start
    out = run.outsuppress.to_pandas() if hasattr(run.outsuppress, "to_pandas") else run.outsuppress
    out.columns = out.columns.str.lower()
    gone = out[out["outstatus"].isin(["X", "S"])]
    print(f"{seconds:.2f}")
    print(" ".join(str(int(i) - 1) for i in gone["cellid"]))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
