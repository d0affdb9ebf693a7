"""Small tables that can be checked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.model.cells import AtMost, Cell, Cover, Figure, Sum
from pipeline.optimisation.moves import System
from pipeline.optimisation.worlds import Goal, determined, prove, system


def figures(*names: str) -> dict[str, Figure]:
    return {name: Figure(Cell("r", frozenset({("d", name)})), "m") for name in names}


#       a    b   | row        two withheld cells per line and column: each can be 5 or more
#   1   w    w   |  12
#   2   w    w   |  14
#  col  10   16  |  26
def square() -> tuple[System, np.ndarray, np.ndarray]:
    f = figures("a1", "b1", "r1", "a2", "b2", "r2", "ca", "cb", "t")
    sums = [
        Sum(f["r1"], (f["a1"], f["b1"])),
        Sum(f["r2"], (f["a2"], f["b2"])),
        Sum(f["ca"], (f["a1"], f["a2"])),
        Sum(f["cb"], (f["b1"], f["b2"])),
        Sum(f["t"], (f["r1"], f["r2"])),
    ]
    value = np.array([2, 10, 12, 8, 6, 14, 10, 16, 26])
    known = np.ones(9, dtype=np.bool_)
    known[[0, 1, 3, 4]] = False
    return system(list(f.values()), sums, np.ones(9, dtype=np.int64)), known, value


def test_a_square_of_withheld_cells_protects() -> None:
    made, known, value = square()
    proof = prove(made, known, value, [Goal(0, 5), Goal(0, 9), Goal(0, 10), Goal(2, 12), Goal(2, 13)])
    assert proof.met.tolist() == [True, True, False, True, False]


def test_one_withheld_cell_less_and_the_rest_is_determined() -> None:
    made, known, value = square()
    known[4] = True
    assert determined(made, known, value, np.array([0, 1, 3])).all()


def test_published_figures_that_contradict_one_another_are_refused() -> None:
    made, known, value = square()
    value[2] = 13
    with pytest.raises(ValueError, match="contradict"):
        prove(made, known, value, [])


def test_distinct_women_over_months_are_between_the_largest_month_and_their_sum() -> None:
    f = figures("jan", "feb", "year")
    cover = Cover(f["year"], (f["jan"], f["feb"]))
    made = system([*f.values(), cover.surplus], [cover], {f["jan"]: 1, f["feb"]: 1})
    value = np.array([7, 3, 9, 0])
    proof = prove(made, np.array([True, False, True, False]), value, [Goal(1, 5), Goal(1, 9), Goal(1, 10)])
    assert proof.met.tolist() == [True, True, False]
    # 9 women in the year and 7 in January: February has at least 2
    known = np.array([True, True, False, False])
    assert prove(made, known, value, [Goal(2, 10), Goal(2, 11)]).met.tolist() == [True, False]


def test_women_are_never_more_than_services() -> None:
    f = figures("women", "services")
    made = system(list(f.values()), [AtMost(f["women"], f["services"])], {f["women"]: 1})
    proof = prove(made, np.array([False, True]), np.array([2, 4]), [Goal(0, 4), Goal(0, 5)])
    assert proof.met.tolist() == [True, False]


def test_only_whole_numbers_count() -> None:
    # x + y = 3 z: with z = 1 and x = y the line allows 1.5, whole numbers do not
    f = figures("x", "y", "z")
    made = system(list(f.values()), [], np.zeros(3, dtype=np.int64))
    odd = np.array([[2, 0, -3]])
    made = System(type(made.sums)(odd), made.limits, made.lower)
    known, value = np.array([False, False, False]), np.zeros(3, dtype=np.int64)
    proof = prove(made, known, value, [Goal(2, 1)])
    assert proof.met.tolist() == [True]
    assert all(2 * world[0] == 3 * world[2] for world in proof.witnesses)
    with pytest.raises(ValueError, match="whole"):
        prove(made, np.array([False, True, True]), np.array([0, 0, 1]), [])
