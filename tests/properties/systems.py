"""Random tiny systems with a true world: crossed, three-way, hierarchical, linked, with inequalities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse import csr_array

from pipeline.optimisation.moves import System


@dataclass(frozen=True)
class Tiny:
    """A system, the truth, the figures that are grand totals, and figure → the group that it stands and falls with."""

    system: System
    value: NDArray[np.int64]
    top: tuple[int, ...]
    group: NDArray[np.int64]


class _Builder:
    def __init__(self) -> None:
        self.value: list[int] = []
        self.sums: list[dict[int, int]] = []
        self.limits: list[dict[int, int]] = []

    def new(self, value: int) -> int:
        self.value.append(value)
        return len(self.value) - 1

    def total(self, parts: list[int]) -> int:
        total = self.new(sum(self.value[part] for part in parts))
        self.sums.append({total: -1, **dict.fromkeys(parts, 1)})
        return total

    def cover(self, parts: list[int], total_value: int) -> int:
        total = self.new(total_value)
        self.limits.append({total: 1, **dict.fromkeys(parts, -1)})
        self.limits.extend({part: 1, total: -1} for part in parts)
        return total

    def done(self, top: list[int], lower: int, together: Mapping[int, int] = MappingProxyType({})) -> Tiny:
        """together: figure → an earlier one of the same cell."""
        n = len(self.value)

        def matrix(rows: list[dict[int, int]]) -> csr_array:
            dense = np.zeros((len(rows), n), dtype=np.int64)
            for i, row in enumerate(rows):
                dense[i, list(row)] = list(row.values())
            return csr_array(dense)

        value = np.array(self.value, dtype=np.int64)
        low = np.full(n, lower, dtype=np.int64)
        group = np.unique([together.get(f, f) for f in range(n)], return_inverse=True)[1].astype(np.int64)
        return Tiny(System(matrix(self.sums), matrix(self.limits), low), value, tuple(top), group)


@st.composite
def tiny_systems(draw: st.DrawFn) -> Tiny:
    """One of five shapes with counts 0..4."""
    count, build = st.integers(0, 4), _Builder()
    shape = draw(st.sampled_from(["crossed", "cube", "hierarchy", "linked", "women"]))
    lower = draw(st.integers(0, 1))

    def table(rows: int, columns: int, values: list[int] | None = None) -> tuple[list[int], list[int], int]:
        cells = [[build.new(draw(count)) for _ in range(columns)] for _ in range(rows)]
        by_row = [build.total(row) for row in cells]
        by_column = [build.total([row[j] for row in cells]) for j in range(columns)]
        total = build.total(by_row)
        build.sums.append({total: -1, **dict.fromkeys(by_column, 1)})
        return by_row, by_column, total

    if shape == "crossed":
        _, _, total = table(draw(st.integers(2, 3)), 3)
        return build.done([total], lower)
    if shape == "cube":
        cell = {(i, j, k): build.new(draw(count)) for i in range(2) for j in range(2) for k in range(2)}
        for axis in range(3):
            for a in range(2):
                for b in range(2):
                    build.total([f for at, f in cell.items() if at[:axis] + at[axis + 1 :] == (a, b)])
        return build.done([], lower)
    if shape == "hierarchy":
        months = [build.new(draw(count)) for _ in range(6)]
        quarters = [build.total(months[:3]), build.total(months[3:])]
        return build.done([build.total(quarters)], lower)
    if shape == "linked":
        by_row, _, total = table(2, 3)
        for margin in by_row:
            first = draw(st.integers(0, build.value[margin]))
            build.sums.append({margin: -1, build.new(first): 1, build.new(build.value[margin] - first): 1})
        return build.done([total], lower)
    women = [build.new(draw(count)) for _ in range(3)]
    services = [build.new(build.value[w] + draw(st.integers(0, 2)) * (build.value[w] > 0)) for w in women]
    build.limits.extend({w: 1, s: -1} for w, s in zip(women, services, strict=True))
    values = [build.value[w] for w in women]
    year = build.cover(women, draw(st.integers(max(values), sum(values))))
    total = build.total(services)
    build.limits.append({year: 1, total: -1})
    cells = {s: w for w, s in zip((*women, year), (*services, total), strict=True)} if draw(st.booleans()) else {}
    return build.done([year, total], lower, cells)
