"""What is published stays published: no later edition may show, by difference, what an earlier one kept back."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from pipeline.errors import PipelineError
from pipeline.public.audit import audit
from tests.ascii import house, lines

UNTIL_SEPTEMBER = r"""
    periodo\area    _T    a    b    c
    2025-T1-T3      75   20   25   30
"""
"""As the edition of the third quarter showed it, with nothing withheld."""


def after(*texts: str, earlier: Sequence[str] = (UNTIL_SEPTEMBER,)) -> list[list[str]]:
    """What the next edition shows; both editions together have passed the audit."""
    before = house(*earlier, cut_off="2025-09")
    now = house(*texts, earlier_cut_offs=["2025-09"])
    masked = now.protect(now.figures(earlier))
    found = audit([before.package(before.protect()), now.package(masked)])
    assert not found.exposures, found.exposures
    return now.render(masked)


def year(a: int, b: int, c: int) -> str:
    """A closed year of which three quarters were told; the reader can work out the fourth."""
    rows = {"2025": (20 + a, 25 + b, 30 + c), "(2025-T1-T3)": (20, 25, 30), "(2025-T4)": (a, b, c)}
    rows |= {"(2025-T1)": (7, 9, 10), "(2025-T2)": (7, 9, 10), "(2025-T3)": (6, 7, 10)}
    body = [" ".join(map(str, [code, sum(values), *values])) for code, values in rows.items()]
    return "\n".join([r"periodo\area _T a b c", *body])


def test_a_year_minus_its_year_to_date_is_a_quarter_and_a_small_one_is_not_given_away() -> None:
    # 23 − 20 = 3 in area a.
    assert after(year(3, 12, 20)) == [
        lines(r"""
        periodo\area    _T    a    b    c
        2025           110  [c]  [c]   50
    """)
    ]


def test_a_difference_that_is_not_small_is_told() -> None:
    assert after(year(8, 12, 20)) == [
        lines(r"""
        periodo\area    _T    a    b    c
        2025           115   28   37   50
    """)
    ]


def test_an_area_without_anybody_new_is_told() -> None:
    assert after(year(0, 12, 20)) == [
        lines(r"""
        periodo\area    _T    a    b    c
        2025           107   20   37   50
    """)
    ]


QUARTERS = r"""
    periodo\area    _T    a    b
    2025-T1         20   10   10
    2025-T2         20   10   10
    2025-T3         20   10   10
"""


def test_what_was_told_is_told_again() -> None:
    (table,) = after(QUARTERS + "2025-T4 20 2 18", earlier=[QUARTERS])
    assert table[:4] == lines(QUARTERS)
    assert table[4] == "2025-T4 20 [c] [c]"


def test_records_that_come_late_stop_the_run_and_the_period_is_named() -> None:
    late = QUARTERS.replace("2025-T2         20   10", "2025-T2         21   11")
    now = house(late + "2025-T4 20 8 12", earlier_cut_offs=["2025-09"])
    with pytest.raises(PipelineError) as stopped:
        now.protect(now.figures([QUARTERS]))
    assert stopped.value.exit_code == 12
    (finding,) = stopped.value.findings
    assert (finding.where, finding.rule) == ("atenciones", "late_records")
    assert dict(finding.facts)["periods"] == "2025-T2"
