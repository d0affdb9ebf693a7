"""How cost grows: `python -m tests.benchmarks.scaling CELLS… [--seed N…] [--singletons] [--effort E] [--audit] [--plot SVG]`.

Generates a linked system of four tables per size and seed, withholds, and prints one line of CSV each, with microseconds
of CPU per cell: a constant there is linear growth. Systems of one size differ much in how many cells must be withheld,
so give several seeds. Peak memory is that of the process so far, so give sizes in rising order. `--plot` draws CPU
seconds against cells from those lines of CSV, given on standard input, instead.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import altair as alt
import pandas as pd

from pipeline.confidential.suppress import EFFORTS, suppress

from . import generate
from .suppression import exposed, problem

HEADER = (
    *("seed", "cells", "primaries", "value", "lower_bound", "gap", "seconds", "cpu_seconds", "cpu_us_per_cell"),
    *("exposed", "witnesses", "peak_mb"),
)


def measure(cells: int, seed: int, options: argparse.Namespace) -> dict[str, object]:
    """One line."""
    with tempfile.TemporaryDirectory() as folder:
        generate.write(Path(folder), cells, options.per_cell, seed)
        case = problem(Path(folder), options.singletons)
    start, cpu = time.perf_counter(), time.process_time()
    chosen = suppress(case, effort=options.effort)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    bound = chosen.lower_bound or 0.0
    return {
        "seed": seed,
        "cells": len(case.value),
        "primaries": int(case.primary.sum()),
        "value": round(chosen.cost),
        "lower_bound": f"{bound:.0f}",
        "gap": f"{chosen.cost / bound - 1:.3f}" if bound else "",
        "seconds": f"{seconds:.1f}",
        "cpu_seconds": f"{cpu:.1f}",
        "cpu_us_per_cell": round(1e6 * cpu / len(case.value)),
        "exposed": exposed(case, chosen.withheld)[0] if options.audit else "",
        "witnesses": len(chosen.witnesses),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def plot(lines: pd.DataFrame, target: Path) -> None:
    """An SVG of CPU seconds against cells, a point per system; dashed: the same cost per cell as all of them together."""
    end = lines["cells"].max()
    cost = lines["cpu_seconds"].sum() / lines["cells"].sum()
    linear = pd.DataFrame({"cells": [0, end], "cpu_seconds": [0.0, cost * end]})
    cells = alt.X("cells:Q", title="cells")
    seconds = alt.Y("cpu_seconds:Q", title="CPU seconds")
    measured = alt.Chart(lines).mark_point(filled=True).encode(cells, seconds)
    even = alt.Chart(linear).mark_line(strokeDash=[4, 4], color="gray").encode(cells, seconds)
    (even + measured).properties(width=420, height=240).save(target)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cells", nargs="*", type=int)
    parser.add_argument("--per-cell", type=float, default=20.0, help="records per cell")
    parser.add_argument("--seed", nargs="+", type=int, default=[1], help="one system of each size per seed")
    parser.add_argument("--singletons", action="store_true", help="rule 3 too")
    parser.add_argument("--audit", action="store_true", help="prove the masks by `worlds.prove`")
    parser.add_argument("--effort", choices=tuple(EFFORTS), default="normal")
    parser.add_argument("--plot", type=Path, metavar="SVG", help="draw the lines given on standard input")
    options = parser.parse_args(arguments)
    if options.plot:
        plot(pd.read_csv(sys.stdin), options.plot)
        return
    writer = csv.DictWriter(sys.stdout, HEADER)
    writer.writeheader()
    for cells, seed in itertools.product(options.cells, options.seed):
        writer.writerow(measure(cells, seed, options))
        sys.stdout.flush()


if __name__ == "__main__":
    main()
