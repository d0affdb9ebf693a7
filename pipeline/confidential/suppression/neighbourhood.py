"""Which figures are near one another: the shortest way from one to another through the sums that they share. Pure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import block_array, csr_array, csr_matrix
from scipy.sparse.csgraph import dijkstra

from pipeline.optimisation.solver import Floats

AT_ONCE = 1.5
"""How much further than for the last so many is looked at first."""


class Near:
    """The figures of some rows (rows x figures) as a network: from a figure to its rows, from a row to its figures."""

    def __init__(self, rows: csr_array) -> None:
        links = csr_array(abs(rows), dtype=np.float64)
        self.size = links.shape[1]
        self._network = csr_matrix(block_array([[None, links.T], [links, None]]))
        self._entering = slice(int(self._network.indptr[self.size]), None)
        self._network.data[:] = np.finfo(np.float64).tiny
        self._reach: dict[int, float] = {}

    def around(self, figures: NDArray[np.intp], length: Floats, count: int) -> NDArray[np.intp]:
        """The `count` figures nearest to any of `figures`, the nearest first, or more where they come at no further
        price; to enter one is so long a way (`length`, infinite where there is none).
        """
        self._network.data[self._entering] = length[self._network.indices[self._entering]]
        for reach in (self._reach.get(count, np.inf), np.inf):
            away = dijkstra(self._network, indices=figures, limit=reach, min_only=True)[: self.size]
            found = np.flatnonzero(np.isfinite(away))
            if len(found) >= count:
                break
        order = found[np.argsort(away[found], kind="stable")]
        self._reach[count] = AT_ONCE * float(away[order[:count][-1]])
        return order
