"""Suppression benchmark: `python -m tests.benchmarks.suppression DIR… [--singletons] [--effort E…] [--out DIR]`.

Reads instance folders (`cells.csv`: id, dimensions, freq; `rels.csv`: rel, cell, coef), withholds with the engine of
`publish`, audits the mask with `worlds.prove` alone, and prints one line of CSV per instance and effort. Threshold 5, zeros
published, the value of a cell is its cost. `--peer-python PYTHON` runs another program (`--peer`), installed in an environment of
its own, once per instance after our first effort; none is a dependency.
"""

from __future__ import annotations

import argparse
import csv
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from pipeline.confidential.suppression.effort import EFFORTS
from pipeline.confidential.suppression.problem import Problem
from pipeline.confidential.suppression.suppress import suppress
from pipeline.optimisation.moves import System
from pipeline.optimisation.worlds import Goal, prove

THRESHOLD = 5
PEERS = ("gconfid", "pytauargus")
HEADER = [
    *("instance", "effort", "cells", "primaries", "complementary", "value", "seconds", "cpu_seconds"),
    *("lower_bound", "gap", "exposed", "exposed_singletons", "witnesses", "audit_seconds", "peak_mb"),
    *("peer_value", "peer_seconds", "peer_cpu", "cpu_ratio", "peer_exposed"),
]


def problem(folder: Path, singletons: bool) -> Problem:
    """An instance folder as a problem."""
    value = pd.read_csv(folder / "cells.csv")["freq"].to_numpy(np.int64)
    relations = pd.read_csv(folder / "rels.csv")
    row = pd.factorize(relations["rel"])[0]
    sums = csr_array(coo_array((relations["coef"].to_numpy(np.int64), (row, relations["cell"].to_numpy()))))
    sums.resize((row.max() + 1, len(value)))
    return of_counts(sums, value, THRESHOLD, knowers(sums, value) if singletons else ())


def of_counts(
    sums: csr_array, value: NDArray[np.int64], least: int, knowers: tuple[tuple[int, ...], ...] = ()
) -> Problem:
    """Counts with what adds up (`sums`: one row per sum, −1 for its total) as a problem: those from 1 to least − 1 are primary;
    nobody, and the largest count, which is the grand total, stay published."""
    n, primary = len(value), (value > 0) & (value < least)
    stays = value == 0
    stays[int(np.argmax(value))] = True
    return Problem(
        system=System(sums, csr_array((0, n), dtype=np.int64), np.ones(n, dtype=np.int64)),
        value=value,
        group=np.arange(n),
        hidden=np.zeros(n, dtype=np.bool_),
        open=stays,
        primary=primary,
        cost=value.astype(np.float64),
        goals=tuple(Goal(int(cell), least) for cell in np.flatnonzero(primary)),
        undetermined=np.flatnonzero(primary),
        knowers=knowers,
    )


def knowers(sums: csr_array, value: NDArray[np.int64]) -> tuple[tuple[int, ...], ...]:
    """Cells that count the same one woman: a total of one and its part of one are she."""
    leader = {int(cell): int(cell) for cell in np.flatnonzero(value == 1)}

    def find(cell: int) -> int:
        while leader[cell] != cell:
            cell = leader[cell]
        return cell

    for row in range(sums.shape[0]):
        inside = slice(*sums.indptr[row : row + 2])
        cells, signs = sums.indices[inside], sums.data[inside]
        if (value[cells[signs < 0]] == 1).all():
            ones = [int(cell) for cell in cells if value[cell] == 1]
            for cell in ones[1:]:
                leader[find(cell)] = find(ones[0])
    women: dict[int, list[int]] = {}
    for cell in leader:
        women.setdefault(find(cell), []).append(cell)
    return tuple(tuple(cells) for cells in women.values())


def exposed(case: Problem, withheld: NDArray[np.bool_]) -> tuple[int, int]:
    """Primary cells that a reader of the mask can show to be small, and the witnesses that clear the others."""
    proof = prove(case.system, ~withheld, case.value, case.goals)
    return int((~proof.met).sum()), len(proof.witnesses)


def exposed_to_knowers(case: Problem, withheld: NDArray[np.bool_], witnesses: NDArray[np.int64]) -> int:
    """Pairs of a woman alone in her cells and another's cell that she can show to be small.

    The witnesses of the run are tried first, by arithmetic: one that leaves her cells as they are counts for her too.
    """
    shown = ~withheld
    fit = [world for world in witnesses if case.system.holds(world) and (world[shown] == case.value[shown]).all()]
    worlds = np.array(fit).reshape(-1, len(case.value))
    worlds = worlds[(worlds[:, withheld] >= case.system.lower[withheld]).all(axis=1)]
    figures = [goal.figure for goal in case.goals]
    lifted: NDArray[np.bool_] = (worlds[:, figures] >= [goal.at_least for goal in case.goals]).T
    pairs = 0
    for known in case.knowers:
        same = (worlds[:, list(known)] == case.value[list(known)]).all(axis=1)
        met = lifted[:, same].max(axis=1, initial=False)
        left = [goal for number, goal in enumerate(case.goals) if not met[number]]
        left = [goal for goal in left if goal.figure not in known]
        if left:
            shown = ~withheld
            shown[list(known)] = True
            pairs += int((~prove(case.system, shown, case.value, left).met).sum())
    return pairs


def measure(folder: Path, effort: str, options: argparse.Namespace) -> dict[str, object]:
    """One line of results."""
    case = problem(folder, options.singletons)
    start, cpu = time.perf_counter(), time.process_time()
    chosen = suppress(case, effort=effort)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    start = time.perf_counter()
    shown, witnesses = exposed(case, chosen.withheld) if options.audit else ("", len(chosen.witnesses))
    audit = time.perf_counter() - start
    line: dict[str, object] = {
        "instance": folder.name,
        "effort": effort,
        "cells": len(case.value),
        "primaries": int(case.primary.sum()),
        "complementary": int((chosen.withheld & ~case.primary).sum()),
        "value": round(chosen.cost),
        "seconds": f"{seconds:.2f}",
        "cpu_seconds": f"{cpu:.2f}",
        "lower_bound": "" if chosen.lower_bound is None else f"{chosen.lower_bound:.1f}",
        "gap": "" if not chosen.lower_bound else f"{chosen.cost / chosen.lower_bound - 1:.3f}",
        "exposed": shown,
        "witnesses": witnesses,
        "audit_seconds": f"{audit:.2f}",
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    if options.singletons and options.audit:
        line["exposed_singletons"] = exposed_to_knowers(case, chosen.withheld, chosen.witnesses)
    if options.out:
        target = Path(options.out) / folder.name
        target.mkdir(parents=True, exist_ok=True)
        mask = pd.DataFrame({"id": np.arange(len(case.value)), "withheld": chosen.withheld.astype(int)})
        mask.to_csv(target / "mask.csv", index=False)
    return line


def peer(folder: Path, options: argparse.Namespace) -> dict[str, object]:
    """Another program's choice for the same instance: value, its own seconds, and primaries that are provably small."""
    script = Path(__file__).with_name(f"peer_{options.peer}.py")
    command = [options.peer_python, str(script), str(folder)]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=options.peer_timeout, check=True)
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError) as error:
        return {"peer_value": type(error).__name__}
    case = problem(folder, singletons=False)
    *_, seconds, cpu, ids = run.stdout.strip("\n").split("\n")
    withheld = case.primary.copy()
    withheld[[int(cell) for cell in ids.split()]] = True
    value = float(case.cost[withheld & ~case.primary].sum())
    shown = exposed(case, withheld)[0] if options.audit else ""
    return {"peer_value": round(value), "peer_seconds": seconds, "peer_cpu": cpu, "peer_exposed": shown}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, metavar="DIR")
    parser.add_argument("--singletons", action="store_true", help="rule 3 too")
    parser.add_argument("--effort", nargs="+", choices=tuple(EFFORTS), default=["normal"])
    parser.add_argument("--no-audit", dest="audit", action="store_false", help="measure only; exposures stay blank")
    parser.add_argument("--out", help="write mask.csv (id, withheld) per instance here; of the last effort, if several")
    parser.add_argument("--peer-python", help="a Python with the other program installed")
    parser.add_argument("--peer", choices=PEERS, default="gconfid")
    parser.add_argument("--peer-timeout", type=float, default=120.0)
    options = parser.parse_args(arguments)
    writer = csv.DictWriter(sys.stdout, HEADER, restval="")
    writer.writeheader()
    for folder in options.folders:
        beside: dict[str, object] | None = None if options.peer_python else {}
        for effort in options.effort:
            line = measure(folder, effort, options)
            beside = peer(folder, options) if beside is None else beside
            if "peer_cpu" in beside:
                ratio = float(str(line["cpu_seconds"])) / max(float(str(beside["peer_cpu"])), 0.01)
                line["cpu_ratio"] = f"{ratio:.2f}"
            writer.writerow(line | beside)
            sys.stdout.flush()


if __name__ == "__main__":
    main()
