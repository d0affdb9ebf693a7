"""The same women in two tables are one group: what one table withholds no other one gives away."""

from __future__ import annotations

from tests.ascii import WITHHELD, flat, house, lines, seen


def test_a_cell_that_is_withheld_in_one_table_is_withheld_in_every_table() -> None:
    assert seen(
        r"""
        periodo\area       _T    a    b    c
        2025               60    3   24   33
        """,
        r"""
        periodo/edad\area  _T    a    b    c
        2025/_T            60    3   24   33
        2025/joven         29    1   13   15
        2025/adulta        31    2   11   18
        """,
    ) == [
        lines(r"""
        periodo\area       _T    a    b    c
        2025               60  [c]  [c]   33
        """),
        lines(r"""
        periodo/edad\area  _T    a    b    c
        2025/_T            60  [c]  [c]   33
        2025/joven         29  [c]  [c]   15
        2025/adulta        31  [c]  [c]   18
        """),
    ]


def test_a_service_is_a_part_of_its_area_in_whichever_table_the_area_stands() -> None:
    # Area a is 6 in the first table; if a1 = 4 were told in the second, a2 = 2 would be known.
    assert seen(
        r"""
        periodo\area      _T   a   b   c
        2025              60   6  24  30
        """,
        r"""
        periodo\servicio  _T   a   a1   a2   b   c
        2025              60   6    4    2  24  30
        """,
        codes={"area": "a b c", "servicio": "a a1<a a2<a b c"},
        upper={"servicio": "area"},
    )[1] == lines(r"""
        periodo\servicio  _T   a   a1   a2   b   c
        2025              60   6  [c]  [c]  24  30
        """)


def test_what_a_filtered_table_leaves_out_is_a_group_as_well() -> None:
    # All: 60. The table of area a: 57. So three are somewhere else.
    both = house(
        r"""
        periodo\edad   _T   joven   adulta
        2025           60      25       35
        """,
        r"""
        periodo\edad   _T   joven   adulta
        2025           57      25       32
        """,
        codes={"area": "a b"},
        where=[{}, {"area": "a"}],
    )
    filtered = both.render(both.protect())[1]
    assert filtered == lines(r"""
        periodo\edad   _T   joven   adulta
        2025          [c]      25      [c]
        """)


def test_linked_tables_are_one_system() -> None:
    """`a` in 2025 stands in both tables: withheld in one, it is withheld in the other."""
    first, second = seen(
        r"""
        periodo\area   _T   a   b   c
        2025           40   3  17  20
        """,
        r"""
        periodo/edad\area   _T    a    b    c
        2025/_T             40    3   17   20
        2025/joven          18    0    8   10
        2025/mayor          22    3    9   10
        """,
    )
    assert flat(first)["2025", "a"] == WITHHELD
    assert flat(second)["2025/_T", "a"] == WITHHELD
    assert flat(second)["2025/mayor", "a"] == WITHHELD
