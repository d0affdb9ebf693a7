"""Larger linked systems for the benchmark: `python -m tests.benchmarks.generate OUT CELLS [--seed N]`.

Four tables over month < quarter < year, area, municipality, age and violence that share their margins, filled with
skewed synthetic records, of about CELLS cells in all.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

TABLES = (("month", "area", "mun"), ("month", "age", "mun"), ("mun", "age", "viol"), ("month", "area", "viol"))
TOTAL = "Total"


def sizes(cells: int) -> dict[str, int]:
    """How many codes per dimension give about `cells` cells: the municipalities and months grow."""
    scale = max(1.0, (cells / 1000) ** 0.5)
    return {"month": 12 * max(1, round(scale / 2)), "area": 4, "mun": round(8 * scale), "age": 6, "viol": 5}


def records(count: int, size: dict[str, int], seed: int) -> pd.DataFrame:
    """Records with skewed codes; dimensions are independent but for age and violence."""
    random = np.random.default_rng(seed)
    share = {name: random.dirichlet(np.full(n, 0.8 if name == "mun" else 3.0)) for name, n in size.items()}
    frame = pd.DataFrame({name: random.choice(size[name], count, p=share[name]) for name in size})
    frame["viol"] = np.where(random.random(count) < 0.3, frame["age"] % size["viol"], frame["viol"])
    return frame


def ancestors(name: str, size: int) -> dict[str, list[str]]:
    """Every total of a dimension with its parts, from codes `0`…; months go by quarter and year."""
    codes = [str(i) for i in range(size)]
    if name != "month":
        return {TOTAL: codes}
    quarters = {f"Q{i // 3}": codes[i : i + 3] for i in range(0, size, 3)}
    years = {f"Y{i // 4}": list(quarters)[i : i + 4] for i in range(0, len(quarters), 4)}
    return {TOTAL: list(years), **years, **quarters} if len(years) > 1 else {TOTAL: list(quarters), **quarters}


def leaves(tree: dict[str, list[str]], code: str) -> list[str]:
    return [leaf for part in tree[code] for leaf in leaves(tree, part)] if code in tree else [code]


def write(folder: Path, cells: int, per_cell: float, seed: int) -> int:
    """Writes cells.csv and rels.csv; returns the number of cells."""
    size = sizes(cells)
    data = records(round(cells * per_cell), size, seed)
    trees = {name: ancestors(name, n) for name, n in size.items()}
    number: dict[tuple[str, ...], int] = {(TOTAL,) * len(size): 0}
    freq: list[int] = [len(data)]
    relations: dict[tuple[int, ...], None] = {}
    names = list(size)
    for table in TABLES:
        counts = data.groupby(list(table)).size()
        grid = counts.reindex(pd.MultiIndex.from_product([range(size[d]) for d in table]), fill_value=0)
        block = grid.to_numpy().reshape([size[d] for d in table])
        codes = []
        for axis, name in enumerate(table):
            all_codes = [*map(str, range(size[name])), *trees[name]]
            codes.append(all_codes)
            member = [[int(leaf) for leaf in leaves(trees[name], code)] for code in all_codes]
            block = np.stack([block.take(m, axis).sum(axis) for m in member], axis)
        keys = {}
        for place, choice in enumerate(itertools.product(*codes)):
            key = tuple(dict(zip(table, choice, strict=True)).get(name, TOTAL) for name in names)
            if key not in number:
                number[key] = len(freq)
                freq.append(int(block.flat[place]))
            keys[choice] = number[key]
        for choice, cell in keys.items():
            for axis, name in enumerate(table):
                if choice[axis] in trees[name]:
                    parts = [keys[(*choice[:axis], part, *choice[axis + 1 :])] for part in trees[name][choice[axis]]]
                    relations[(cell, *parts)] = None
    folder.mkdir(parents=True, exist_ok=True)
    frame = pd.DataFrame(list(number), columns=names)
    frame.insert(0, "id", range(len(frame)))
    frame["freq"] = freq
    frame.to_csv(folder / "cells.csv", index=False)
    lines = [(i, cell, -1 if j == 0 else 1) for i, row in enumerate(relations) for j, cell in enumerate(row)]
    pd.DataFrame(lines, columns=["rel", "cell", "coef"]).to_csv(folder / "rels.csv", index=False)
    return len(freq)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("cells", type=int)
    parser.add_argument("--per-cell", type=float, default=20.0, help="records per cell")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    print(write(options.out, options.cells, options.per_cell, options.seed))


if __name__ == "__main__":
    main()
