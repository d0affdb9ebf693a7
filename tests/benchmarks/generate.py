"""Instances for the benchmark: `python -m tests.benchmarks.generate OUT CELLS [--seed N]` or `… OUT --kind KIND [--seed N]`.

With CELLS four tables over month < quarter < year, area, municipality, age and violence that share their margins, filled with
skewed synthetic records, of about CELLS cells in all. With `--kind` one of five kinds of instance that no one tuned the engine for:
`unequal` (hierarchies of unequal depth, three ways), `zipf` (counts by Zipf's law, three ways), `small` (three cells in five are
primary), `margins` (fifteen linked two-way tables), `fiveway` (one table of five ways with all its margins).
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

TABLES = (("month", "area", "mun"), ("month", "age", "mun"), ("mun", "age", "viol"), ("month", "area", "viol"))
TOTAL = "Total"
KINDS = ("unequal", "zipf", "small", "margins", "fiveway")
Trees = Mapping[str, dict[str, list[str]]]
"""Dimension → its codes that have parts, the total first → their parts; the others are numbers from 0 on."""


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
    """Writes cells.csv and rels.csv of the four linked tables; returns the number of cells."""
    size = sizes(cells)
    data = records(round(cells * per_cell), size, seed)
    return save(folder, data, TABLES, {name: ancestors(name, n) for name, n in size.items()})


def save(folder: Path, data: pd.DataFrame, tables: Sequence[Sequence[str]], trees: Trees) -> int:
    """Writes cells.csv and rels.csv of some tables of records, whose codes are the leaves of `trees`; returns the number of cells."""
    names = list(trees)
    number: dict[tuple[str, ...], int] = {(TOTAL,) * len(names): 0}
    freq: list[int] = [len(data)]
    relations: dict[tuple[int, ...], None] = {}
    for table in tables:
        size = [int(max(map(int, leaves(trees[name], TOTAL)))) + 1 for name in table]
        counts = data.groupby(list(table)).size()
        grid = counts.reindex(pd.MultiIndex.from_product([range(n) for n in size]), fill_value=0)
        block = grid.to_numpy().reshape(size)
        codes = []
        for axis, name in enumerate(table):
            all_codes = [*map(str, range(size[axis])), *trees[name]]
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


def flat(*sizes: int) -> Trees:
    """Dimensions `a`, `b`… without levels between their total and their codes."""
    return {chr(ord("a") + place): {TOTAL: list(map(str, range(size)))} for place, size in enumerate(sizes)}


def unequal(size: int, random: np.random.Generator) -> dict[str, list[str]]:
    """A hierarchy in which some codes stand right below the total and others up to three levels further down."""
    tree, below = dict[str, list[str]](), list(map(str, range(size)))
    for level in range(3):
        joined = below[: int(random.integers(4, max(5, len(below) - 2)))]
        groups = [list(part) for part in np.array_split(joined, max(2, len(joined) // 3)) if len(part) > 1]
        names = [f"L{level}.{place}" for place in range(len(groups))]
        tree |= dict(zip(names, groups, strict=True))
        inside = {code for group in groups for code in group}
        below = [*names, *(code for code in below if code not in inside)]
    return {TOTAL: below, **tree}


def skewed(trees: Trees, count: int, power: float, random: np.random.Generator) -> pd.DataFrame:
    """Records whose codes are independent and as frequent as Zipf's law says, in random order."""
    frame = {}
    for name, tree in trees.items():
        size = len(leaves(tree, TOTAL))
        share = random.permutation(1 / np.arange(1, size + 1) ** power)
        frame[name] = random.choice(size, count, p=share / share.sum())
    return pd.DataFrame(frame)


def kind(name: str, folder: Path, seed: int) -> int:
    """Writes an instance of one of KINDS; returns the number of cells."""
    random = np.random.default_rng(seed)
    trees: Trees
    if name == "unequal":
        trees = {"a": unequal(14, random), "b": unequal(11, random), "c": flat(4)["a"]}
        return save(folder, skewed(trees, 12_000, 0.9, random), [("a", "b", "c")], trees)
    if name == "zipf":
        return save(folder, skewed(trees := flat(16, 12, 6), 20_000, 1.6, random), [tuple(trees)], trees)
    if name == "small":
        return save(folder, skewed(trees := flat(14, 11, 9), 2_700, 0.1, random), [tuple(trees)], trees)
    if name == "margins":
        trees = flat(24, 16, 12, 9, 7, 5)
        return save(folder, skewed(trees, 8_000, 1.0, random), list(itertools.combinations(trees, 2)), trees)
    return save(folder, skewed(trees := flat(6, 5, 4, 3, 3), 2_500, 1.0, random), [tuple(trees)], trees)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("cells", type=int, nargs="?", default=4000)
    parser.add_argument("--kind", choices=KINDS)
    parser.add_argument("--per-cell", type=float, default=20.0, help="records per cell")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    if options.kind:
        print(kind(options.kind, options.out, options.seed))
    else:
        print(write(options.out, options.cells, options.per_cell, options.seed))


if __name__ == "__main__":
    main()
