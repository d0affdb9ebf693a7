"""Linear and whole-number programs, solved by HiGHS so that the same question has the same answer everywhere. Pure."""

from __future__ import annotations

from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

EXACT = 1e-6
"""A solver's number this near to a whole one is taken for it; every world is then checked in whole numbers."""
NODES = 20_000
"""Search nodes for one whole-number question. Where they do not suffice the goal counts as not met: fail closed."""
STEPS = 8000
"""Steps of the simplex method for one linear program; where they do not suffice the interior point method takes it on."""
MANY_STEPS = 40_000
"""Steps of the simplex method from its solution to the nearest vertex."""


class Silent(highspy.Highs):
    """HiGHS without the banner that it writes on standard output before options can be set."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    def enableCallbacks(self) -> Any:
        self.setOptionValue("output_flag", False)
        return super().enableCallbacks()  # type: ignore[no-untyped-call]


def solver(
    matrix: csc_array,
    rows: tuple[Floats, Floats],
    columns: tuple[Floats, Floats],
    cost: Floats,
    whole: Bools | None = None,
    seed: int = 0,
) -> Silent:
    """HiGHS with min cost·x, low ≤ matrix x ≤ high (`rows`), lower ≤ x ≤ upper (`columns`), x[whole] in whole numbers.

    One thread and a fixed seed: the same question has the same answer everywhere.
    """
    highs = Silent()
    for option, setting in (("log_to_console", False), ("threads", 1), ("random_seed", seed % 2**31)):
        highs.setOptionValue(option, setting)
    kinds = np.zeros(len(cost), dtype=np.int32) if whole is None else whole.astype(np.int32)
    entries = matrix.indptr.astype(np.int32), matrix.indices.astype(np.int32), matrix.data.astype(np.float64)
    form = int(highspy.MatrixFormat.kColwise), int(highspy.ObjSense.kMinimize), 0.0
    highs.passModel(len(cost), matrix.shape[0], matrix.nnz, *form, cost, *columns, *rows, *entries, kinds)
    return highs


class Program:
    """min cost·x, low ≤ matrix x ≤ high, lower ≤ x ≤ upper in HiGHS; bounds and costs change between solves."""

    def __init__(
        self, matrix: csc_array, low: Floats, high: Floats, lower: Floats, upper: Floats, seed: int = 0
    ) -> None:
        self.matrix, self.low, self.high, self.seed = csc_array(matrix), low, high, seed
        self.lower, self.upper = lower.copy(), upper.copy()
        self._all = np.arange(len(lower), dtype=np.int32)
        self._highs = solver(self.matrix, (low, high), (lower, upper), np.zeros(len(lower)), seed=seed)
        self.slow = False

    def bound(self, columns: NDArray[np.intp], lower: Floats | float, upper: Floats | float) -> None:
        """Set bounds of some columns."""
        if len(columns):
            self.lower[columns], self.upper[columns] = lower, upper
            at = columns.astype(np.int32)
            self._highs.changeColsBounds(len(at), at, self.lower[columns], self.upper[columns])

    def solve(self, cost: Floats, *, presolve: bool = False) -> Floats | None:
        """An optimal vertex, or None when there is no solution. Always a cold start, so that order has no effect.

        A few programs take the simplex method a hundred times as many steps as the others. The interior point method,
        with a way from its solution to a vertex, is slower at most but has no such tail: it takes over for good (`slow`).
        """
        self._highs.changeColsCost(len(self._all), self._all, cost)
        status = None if self.slow else self._run("simplex", presolve, STEPS)
        if status is None or status == highspy.HighsModelStatus.kIterationLimit:
            self.slow, status = True, self._run("ipm", True, MANY_STEPS)
            if status not in (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kInfeasible):
                status = self._run("simplex", True, int(highspy.kHighsIInf))
        if status != highspy.HighsModelStatus.kOptimal:
            return None
        return np.array(self._highs.getSolution().col_value)

    def _run(self, method: str, presolve: bool, steps: int) -> highspy.HighsModelStatus:
        self._highs.clearSolver()
        settings = ("solver", method), ("presolve", "on" if presolve else "off"), ("simplex_iteration_limit", steps)
        for option, setting in settings:
            self._highs.setOptionValue(option, setting)
        self._highs.run()
        return self._highs.getModelStatus()

    def row_duals(self) -> Floats:
        """One multiplier per row, from the last solution."""
        return np.array(self._highs.getSolution().row_dual)

    def halved(self) -> Program:
        """The program with every bound half as far from zero, in whole numbers: twice a solution of it is one of this."""
        low, high = np.ceil(self.low / 2), np.floor(self.high / 2)
        half = Program(self.matrix, low, high, np.ceil(self.lower / 2), np.floor(self.upper / 2), self.seed)
        half.slow = self.slow
        return half

    def part(self, columns: NDArray[np.intp]) -> Program | None:
        """The program in which only `columns` may differ from their nearest bound to zero; None if that cannot be."""
        at = np.clip(0.0, self.lower, self.upper)
        at[columns] = 0.0
        matrix, shift = csr_array(self.matrix[:, columns]), self.matrix @ at
        touched = np.diff(matrix.indptr) > 0
        low, high = self.low - shift, self.high - shift
        if (low[~touched] > EXACT).any() or (high[~touched] < -EXACT).any():
            return None
        rows = csc_array(matrix[np.flatnonzero(touched)])
        return Program(rows, low[touched], high[touched], self.lower[columns], self.upper[columns], self.seed)

    def whole(self, cost: Floats, nodes: int = NODES, gap: float = 2.0) -> Ints | None:
        """A whole-number solution, at most a share `gap` dearer than need be as far as `nodes` suffice to tell; None when
        there is none (or none is found within `nodes`).
        """
        everything = np.ones(len(cost), dtype=np.bool_)
        highs = solver(self.matrix, (self.low, self.high), (self.lower, self.upper), cost, everything, self.seed)
        for option, setting in (("mip_max_nodes", nodes), ("mip_rel_gap", gap)):
            highs.setOptionValue(option, setting)
        highs.run()
        if highs.getInfo().primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
            return None
        return np.rint(highs.getSolution().col_value).astype(np.int64)
