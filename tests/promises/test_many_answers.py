"""A question with several answers: what is asked of each answer is a yes or a no, and the no is a group too."""

from __future__ import annotations

import pytest

from pipeline.public.audit.audit import audit
from tests.ascii import WITHHELD, flat, lines, seen
from tests.editions import edition, table

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


def test_one_woman_who_alone_gave_an_answer_is_withheld_with_it() -> None:
    # She knows that she is the only one with x; what the others know of her must not follow from the two answers.
    (table, _) = seen(
        r"""
        periodo\tipo     _T        x        y
        2025          61:40      1:1    60:40
        """,
        r"""
        periodo\area     _T        a        b
        2025          90:40    60:40    30:15
        """,
        multiple=["tipo"],
    )
    assert table[1].split()[2] == WITHHELD


def test_the_no_to_a_question_is_protected_like_the_yes() -> None:
    """57 of 60 women said yes: whoever sees 60 and 57 knows of 3 who did not."""
    (table,) = seen(
        r"""
        periodo\tipo     _T        x        y
        2025          92:60    57:57    35:35
        """,
        multiple=["tipo"],
    )
    assert flat(table)["2025", "x"] == WITHHELD


WOMEN = """
    periodo | servicios usuarias
    2025    | {services} 30
"""
MENTIONS = """
    periodo modalidad tipo | menciones
    2025    _T        _T   | 60
    2025    _T        x    | 49*
    2025    _T        y    | 11*
    2025    m         _T   | 56*
    2025    m         x    | 47
    2025    m         y    | 9*
    2025    n         _T   | 4*
    2025    n         x    | 2*
    2025    n         y    | 2*
"""


@pytest.mark.parametrize(("services", "safe"), [(50, False), (51, False), (52, True)])
def test_women_of_whom_only_mentions_are_told_are_no_more_than_the_services_that_are_left(
    services: int, safe: bool
) -> None:
    # 47 services of m name x, so n has 3 of 50 at most, and no more women than that.
    mentions = table(
        MENTIONS, answers="menciones", kinds={"tipo": "multiple"}, id="menciones", additive={"menciones": ["modalidad"]}
    )
    found = audit([edition(mentions, table(WOMEN.format(services=services)))]).exposures
    small = {(e.rule, e.kind, frozenset(code for _, code in e.cell)) for e in found}
    assert ((2, "withheld", frozenset({"2025", "n"})) not in small) == safe
