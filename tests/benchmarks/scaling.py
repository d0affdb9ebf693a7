"""How cost grows: `python -m tests.benchmarks.scaling CELLS… [--seed N…] [--singletons] [--effort E] [--audit] [--plot SVG]`.

Generates a linked system of four tables per size and seed, withholds, and prints one line of CSV each, with microseconds
of CPU per cell: a constant there is linear growth. Systems of one size differ much in how many cells must be withheld,
so give several seeds. Peak memory is that of the process so far, so give sizes in rising order. `--plot` instead draws CPU
seconds against cells from those lines of CSV, given on standard input, and prints with which power of the cells and of the
share of them that is primary they go.
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
import numpy as np
import pandas as pd

from pipeline.confidential.suppression.effort import EFFORTS
from pipeline.confidential.suppression.suppress import suppress
from tests.benchmarks import generate
from tests.benchmarks.suppression import exposed, problem

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


def powers(lines: pd.DataFrame) -> tuple[float, float, float]:
    """CPU seconds as factor · cells ** a · share ** b, by least squares of the logarithms; share: of primary cells."""
    known = np.column_stack([np.ones(len(lines)), np.log(lines[["cells", "share"]])])
    factor, cells, shares = np.linalg.lstsq(known, np.log(lines["cpu_seconds"]), rcond=None)[0]
    return float(np.exp(factor)), float(cells), float(shares)


def plot(lines: pd.DataFrame, target: Path) -> None:
    """An SVG of CPU seconds against cells, a point per system, the darker the more of its cells are primary; a line: what
    the powers give for the usual share of them; dashed: the same cost per cell as all systems together.
    """
    lines = lines.assign(share=lines["primaries"] / lines["cells"])
    factor, power, shares = powers(lines)
    size = np.linspace(0.0, lines["cells"].max(), 60)
    usual = factor * size**power * lines["share"].median() ** shares
    even = lines["cpu_seconds"].sum() / lines["cells"].sum() * size
    drawn = pd.DataFrame({"cells": size, "usual": usual, "even": even})
    cells, seconds = alt.X("cells:Q", title="cells"), alt.Y("cpu_seconds:Q", title="CPU seconds")
    color = alt.Color(
        "share:Q", title="primary", scale=alt.Scale(scheme="blues", domainMin=0), legend=alt.Legend(format="%")
    )
    points = alt.Chart(lines).mark_point(filled=True, opacity=1, stroke="black", strokeWidth=0.5)
    line = alt.Chart(drawn).encode(cells)
    chart = line.mark_line(strokeDash=[4, 4], color="gray").encode(y="even:Q")
    chart += line.mark_line(color="black", strokeWidth=1).encode(y="usual:Q") + points.encode(cells, seconds, color)
    chart.properties(width=420, height=240).save(target)
    print(f"power of cells {power:.2f}, of the share that is primary {shares:.2f}")


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
