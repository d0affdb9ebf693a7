"""Month, quarter and year are one table: what a quarter and two months tell, they tell of the third month."""

from __future__ import annotations

from tests.ascii import WITHHELD, flat, lines, seen


def test_a_small_month_is_withheld_and_the_quarter_and_the_year_stay() -> None:
    assert seen(r"""
        periodo\area  _T    a    b
        2025          80   40   40
        2025-T1       20   10   10
        2025-T2       20   10   10
        2025-T3       20   10   10
        2025-T4       20   10   10
        2025-01        8    2    6
        2025-02        6    4    2
        2025-03        6    4    2
        2025-04       20   10   10
        2025-05        0    0    0
        2025-06        0    0    0
        2025-07       20   10   10
        2025-08        0    0    0
        2025-09        0    0    0
        2025-10       20   10   10
        2025-11        0    0    0
        2025-12        0    0    0
    """)[0][1:10] == lines(r"""
        2025          80   40   40
        2025-T1       20   10   10
        2025-T2       20   10   10
        2025-T3       20   10   10
        2025-T4       20   10   10
        2025-01        8  [c]  [c]
        2025-02        6  [c]  [c]
        2025-03        6  [c]  [c]
        2025-04       20   10   10
    """)


def test_a_small_quarter_is_not_told_by_its_months_nor_by_its_year() -> None:
    (table,) = seen(r"""
        periodo\area  _T    a    b
        2025         203  100  103
        2025-T1       50   20   30
        2025-T2       50   20   30
        2025-T3       50   20   30
        2025-T4       53   40   13
        2025-01       15    5   10
        2025-02       15    5   10
        2025-03       20   10   10
        2025-04       15    5   10
        2025-05       15    5   10
        2025-06       20   10   10
        2025-07       15    5   10
        2025-08       15    5   10
        2025-09       20   10   10
        2025-10       18   17    1
        2025-11       17   16    1
        2025-12       18    7   11
    """)
    shown = dict(line.split(maxsplit=1) for line in table)
    assert shown["2025"] == "203 100 103"
    assert shown["2025-10"].endswith("[c] [c]")
    assert shown["2025-11"].endswith("[c] [c]")


def test_the_open_year_is_a_year_to_date_with_its_quarters() -> None:
    assert seen(r"""
        periodo\area  _T    a    b
        2025-T1-T3    60   23   37
        2025-T1       20   10   10
        2025-T2       20   10   10
        2025-T3       20    3   17
    """, cut_off="2025-09")[0] == lines(r"""
        periodo\area  _T    a    b
        2025-T1-T3    60   23   37
        2025-T1       20   10   10
        2025-T2       20  [c]  [c]
        2025-T3       20  [c]  [c]
    """)  # fmt: skip


def test_a_quarter_cannot_be_worked_out_of_its_year() -> None:
    (table,) = seen(
        r"""
        periodo\area   _T   a   b
        2025          100  46  54
        2025-T1        25  12  13
        2025-T2        25  11  14
        2025-T3        25  21   4
        2025-T4        25   2  23
        """
    )
    hidden = {place for place, value in flat(table).items() if value == WITHHELD}
    assert {("2025-T3", "b"), ("2025-T4", "a")} <= hidden
    assert sum(period.startswith("2025-T") and area == "a" for period, area in hidden) >= 2


def test_a_year_to_date_that_no_edition_showed_costs_nothing() -> None:
    # Whoever has the quarters can add up the first three; that sum is large, and nobody withheld it.
    text = r"""
        periodo\area   _T    a    b
        2025           80   40   40
        2025-T1        20   10   10
        2025-T2        20    7   13
        2025-T3        20    6   14
        2025-T4        20   17    3
        (2025-T1-T3)   60   23   37
    """
    (table,) = seen(text, earlier_cut_offs=["2025-09"])
    assert [line for line in table if "[c]" in line] == lines("2025-T3 20 [c] [c]\n2025-T4 20 [c] [c]")
