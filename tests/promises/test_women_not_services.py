"""The threshold counts women, never services: six services may be one woman. Cells are services:women."""

from __future__ import annotations

from tests.ascii import WITHHELD, flat, lines, seen


def test_many_services_of_one_woman_are_a_small_group() -> None:
    assert seen(r"""
        periodo\area     _T      a      b      c
        2025          80:50   30:1  20:18  30:31
    """.replace("30:31", "30:30")) == [lines(r"""
        periodo\area     _T      a      b      c
        2025          80:50    [c]    [c]  30:30
    """)]  # fmt: skip


def test_services_and_women_of_a_cell_are_withheld_together_so_that_one_does_not_tell_the_other() -> None:
    (table,) = seen(r"""
        periodo\area     _T      a      b      c
        2025          60:50    3:3  24:20  33:29
    """)
    assert table == lines(r"""
        periodo\area     _T      a      b      c
        2025          60:50    [c]    [c]  33:29
    """)


def test_women_do_not_add_up_over_months_yet_a_small_month_stays_hidden() -> None:
    (table,) = seen(r"""
        periodo\area     _T      a      b
        2025         100:40  60:30  40:22
        2025-T1       25:12   15:9   10:8
        2025-T2       25:12    2:2  23:11
        2025-T3       25:12   20:9    5:5
        2025-T4       25:12  23:11    2:2
    """)
    assert table[:2] == lines(r"""
        periodo\area     _T      a      b
        2025         100:40  60:30  40:22
    """)
    hidden = {line.split()[0] for line in table if "[c]" in line}
    assert {"2025-T2", "2025-T4"} <= hidden


def test_whoever_is_not_in_one_of_two_areas_is_in_the_other() -> None:
    # 30 women, 27 of them in a: three never were in a, so they were in b. Nobody may work that out.
    (table,) = seen(r"""
        periodo\area     _T      a      b
        2025          90:30  60:27  30:20
    """)
    assert table[1] == "2025 90:30 [c] [c]"


def test_women_decide_and_not_services() -> None:
    (table,) = seen(
        r"""
        periodo\area     _T      a      b      c
        2025         130:60   60:3  30:27  40:30
        """
    )
    assert flat(table)["2025", "a"] == WITHHELD
