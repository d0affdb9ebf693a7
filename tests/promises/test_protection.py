"""What is promised to a woman in the data, on tables small enough to check by hand. [c] is a cell that is withheld."""

from __future__ import annotations

import pytest

from pipeline.cells import Figure
from pipeline.errors import PipelineError
from tests.ascii import WITHHELD, House, house, lines, seen


def flat(table: list[str]) -> dict[tuple[str, str], str]:
    """Row and column → what is shown."""
    header = table[0].split()[1:]
    return {
        (line.split()[0], column): value
        for line in table[1:]
        for column, value in zip(header, line.split()[1:], strict=True)
    }


def test_nothing_is_withheld_where_nobody_is_alone() -> None:
    text = r"""
    periodo\area   _T   a   b   c
    2025           40  13  12  15
    """
    assert seen(text) == [lines(text)]


def test_a_small_cell_is_withheld_and_another_one_so_that_it_cannot_be_subtracted() -> None:
    (table,) = seen(
        r"""
        periodo\area   _T   a   b   c
        2025           40   3  17  20
        """
    )
    assert table == lines(
        r"""
        periodo\area   _T   a   b   c
        2025           40  [c] [c]  20
        """
    )


def test_zero_is_published() -> None:
    (table,) = seen(
        r"""
        periodo\area   _T   a   b   c
        2025           37   0  17  20
        """
    )
    assert flat(table)["2025", "a"] == "0"


def test_women_decide_and_not_services() -> None:
    (table,) = seen(
        r"""
        periodo\area     _T      a      b      c
        2025         130:60   60:3  30:27  40:30
        """
    )
    assert flat(table)["2025", "a"] == WITHHELD


def test_the_grand_total_is_never_withheld() -> None:
    (table,) = seen(
        r"""
        periodo\area   _T   a   b
        2025           12   4   8
        """
    )
    assert flat(table)["2025", "_T"] == "12"


def test_a_total_that_is_small_itself_stops_the_run() -> None:
    with pytest.raises(PipelineError) as stopped:
        seen(
            r"""
            periodo\area   _T   a   b
            2025            3   1   2
            """
        )
    assert stopped.value.exit_code == 12


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


def test_a_group_is_not_shown_to_share_a_sensitive_trait() -> None:
    """All 30 women have it; published zeros beside it would say so. Here zeros are withheld as well."""
    (table,) = seen(
        r"""
        periodo\rasgo   _T   si   no
        2025            30   30    0
        """,
        sensitive=["rasgo"],
    )
    shown = flat(table)
    assert shown["2025", "si"] == shown["2025", "no"] == WITHHELD


YEAR: str = r"""
    periodo\area   _T   a   b   c
    2025           40  13  12  15
    """


def earlier(now: str, then: str) -> tuple[House, dict[Figure, int]]:
    built = house(now)
    return built, built.figures([then])


def test_what_an_earlier_edition_showed_stays() -> None:
    built, shown = earlier(YEAR, YEAR)
    assert built.render(built.protect(shown)) == [lines(YEAR)]


def test_late_records_stop_the_run_and_the_message_names_the_period_only() -> None:
    built, shown = earlier(YEAR, YEAR.replace("40  13", "39  12"))
    with pytest.raises(PipelineError) as stopped:
        built.protect(shown)
    assert stopped.value.exit_code == 12
    (finding,) = stopped.value.findings
    assert finding.rule == "late_records"
    assert dict(finding.facts)["periods"] == "2025"
