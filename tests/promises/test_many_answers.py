"""A question with several answers: what is asked of each answer is a yes or a no, and the no is a group too."""

from __future__ import annotations

from tests.ascii import lines, seen

ALMOST_ALL = r"""
    periodo\tipo     _T  fisica    otra
    2025          45:30   27:27   18:18
"""
"""Cells are mentions:women. 30 women, 27 of them name fisica: three do not."""


def test_a_small_no_is_as_secret_as_a_small_yes() -> None:
    # Mentions add up, so otra goes with it.
    assert seen(ALMOST_ALL, multiple=["tipo"]) == [
        lines(r"""
        periodo\tipo     _T  fisica    otra
        2025          45:30     [c]     [c]
    """)
    ]


def test_unless_the_institute_says_why_that_no_is_no_secret() -> None:
    assert seen(ALMOST_ALL, multiple=["tipo"], free=["tipo"]) == [lines(ALMOST_ALL)]


def test_answers_add_up_to_more_than_women_so_they_protect_no_rest() -> None:
    # otra is named by nobody: a zero is told, here as everywhere.
    table = r"""
        periodo\tipo     _T  fisica    otra
        2025          20:30   20:20     0:0
    """
    assert seen(table, multiple=["tipo"]) == [lines(table)]


def test_a_small_answer_takes_another_one_with_it() -> None:
    (table,) = seen(r"""
        periodo\tipo     _T  fisica  sexual    otra
        2025          63:50   30:30     3:3   30:30
    """, multiple=["tipo"])  # fmt: skip
    values = table[1].split()
    assert values[:2] == ["2025", "63:50"]
    assert values[3] == "[c]"
    assert values[2:].count("[c]") == 2
