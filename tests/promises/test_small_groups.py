r"""No group of fewer than five women can be read, worked out or proved small; what is big or empty is told.

Rows are periods, columns are areas; `[c]` is a cell that is withheld. The methodology page tells the same.
"""

from __future__ import annotations

import pytest

from pipeline.model.findings import PipelineError
from tests.ascii import house, lines, seen


def test_a_small_group_is_withheld_and_another_one_with_it() -> None:
    # 3 alone would be worked out: 60 − 24 − 33.
    assert seen(r"""
        periodo\area  _T    a    b    c
        2025          60    3   24   33
    """) == [lines(r"""
        periodo\area  _T    a    b    c
        2025          60  [c]  [c]   33
    """)]  # fmt: skip


def test_what_is_not_small_is_told() -> None:
    table = r"""
        periodo\area  _T    a    b    c
        2025          62    5   24   33
    """
    assert seen(table) == [lines(table)]


def test_a_zero_is_told() -> None:
    table = r"""
        periodo\area  _T    a    b    c
        2025          57    0   24   33
    """
    assert seen(table) == [lines(table)]


def test_a_zero_protects_nobody_so_it_stays() -> None:
    # Withholding the zero would leave 3 as it is: everybody knows that what is withheld is not zero.
    assert seen(r"""
        periodo\area  _T    a    b    c
        2025          60    3    0   57
    """) == [lines(r"""
        periodo\area  _T    a    b    c
        2025          60  [c]    0  [c]
    """)]  # fmt: skip


def test_two_small_groups_that_add_up_to_little_need_a_third() -> None:
    # 1 + 3: whoever sees only that both together are 4 knows that both are small.
    assert seen(r"""
        periodo\area  _T    a    b    c    d
        2025          60    1    3   20   36
    """) == [lines(r"""
        periodo\area  _T    a    b    c    d
        2025          60  [c]  [c]  [c]   36
    """)]  # fmt: skip


def test_two_small_groups_that_add_up_to_much_protect_each_other() -> None:
    # 4 + 4: each may be 7 and the other 1.
    assert seen(r"""
        periodo\area  _T    a    b    c    d
        2025          64    4    4   20   36
    """) == [lines(r"""
        periodo\area  _T    a    b    c    d
        2025          64  [c]  [c]   20   36
    """)]  # fmt: skip


def test_whoever_knows_that_zeros_are_told_knows_that_a_withheld_cell_is_not_zero() -> None:
    # 2 + 3 = 5, but neither can be 5: the other one is at least 1.
    assert seen(r"""
        periodo\area  _T    a    b    c    d
        2025          61    2    3   20   36
    """) == [lines(r"""
        periodo\area  _T    a    b    c    d
        2025          61  [c]  [c]  [c]   36
    """)]  # fmt: skip


def test_across_two_breakdowns_the_fourth_corner_is_withheld_too() -> None:
    (table,) = seen(r"""
        periodo/edad\area   _T    a    b    c
        2025/_T            206   43   43  120
        2025/joven          55    3   12   40
        2025/adulta         51   20   11   20
        2025/mayor         100   20   20   60
    """)
    assert table == lines(r"""
        periodo/edad\area   _T    a    b    c
        2025/_T            206   43   43  120
        2025/joven          55  [c]  [c]   40
        2025/adulta         51  [c]  [c]   20
        2025/mayor         100   20   20   60
    """)


def test_nobody_who_is_alone_in_her_cell_finds_another() -> None:
    # The woman of T3·b knows that it is 1. If only T3 and T4 were withheld she would work out T4·a: 40 − 10 − 9 − 19 = 2.
    assert seen(r"""
        periodo\area  _T    a    b
        2025          80   40   40
        2025-T1       20   10   10
        2025-T2       20    9   11
        2025-T3       20   19    1
        2025-T4       20    2   18
    """) == [lines(r"""
        periodo\area  _T    a    b
        2025          80   40   40
        2025-T1       20   10   10
        2025-T2       20  [c]  [c]
        2025-T3       20  [c]  [c]
        2025-T4       20  [c]  [c]
    """)]  # fmt: skip


def test_the_threshold_is_the_institutes_own() -> None:
    table = r"""
        periodo\area  _T    a    b    c
        2025          66    9   24   33
    """
    assert seen(table, threshold=9) == [lines(table)]
    assert seen(table, threshold=10) == [lines(table.replace("    9   24", "  [c]  [c]"))]


def test_the_grand_total_is_never_withheld() -> None:
    # Everything below it is small; the total of the year stays.
    assert seen(r"""
        periodo\area  _T    a    b    c
        2025           9    3    3    3
    """) == [lines(r"""
        periodo\area  _T    a    b    c
        2025           9  [c]  [c]  [c]
    """)]  # fmt: skip


def test_where_even_the_grand_total_is_small_nothing_is_published() -> None:
    with pytest.raises(PipelineError) as stopped:
        house(r"""
            periodo\area  _T    a    b
            2025           4    3    1
        """).protect()
    assert stopped.value.exit_code == 12
    assert {(f.where, f.rule) for f in stopped.value.findings} == {("tables.yaml:tabla_1", "unprotectable_total")}


def test_nothing_is_withheld_where_nobody_is_alone() -> None:
    text = r"""
    periodo\area   _T   a   b   c
    2025           40  13  12  15
    """
    assert seen(text) == [lines(text)]
