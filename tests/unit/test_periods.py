"""Time codes: what a code covers, and which codes an edition has."""

from __future__ import annotations

import pytest

from pipeline.model.periods import (
    closes_quarter,
    edition_order,
    level_of,
    months_of,
    open_months,
    periods,
    quarter_of,
    release_order,
    year_of,
)


@pytest.mark.parametrize(
    ("code", "level"),
    [
        ("2025", "anio"),
        ("2025-T4", "trimestre"),
        ("2025-01", "mes"),
        ("2025-T1-T2", "acumulado"),
        ("2025-T1-T3", "acumulado"),
        ("2025-13", None),
        ("2025-00", None),
        ("2025-T5", None),
        ("2025-T1-T4", None),  # a year to date of four quarters is the year
        ("2025-T2-T3", None),
        ("25", None),
        ("", None),
        ("2025-01-15", None),
        ("٢٠٢٥-01", None),  # only plain digits
    ],
)
def test_the_form_of_a_code_tells_its_level(code: str, level: str | None) -> None:
    assert level_of(code) == level


def test_a_code_covers_its_months() -> None:
    assert months_of("2025-02") == ("2025-02",)
    assert months_of("2025-T1") == ("2025-01", "2025-02", "2025-03")
    assert months_of("2025-T4") == ("2025-10", "2025-11", "2025-12")
    assert months_of("2025-T1-T2") == tuple(f"2025-0{month}" for month in range(1, 7))
    assert len(months_of("2025")) == 12


@pytest.mark.parametrize(
    ("month", "quarter"),
    [("2025-01", "T1"), ("2025-03", "T1"), ("2025-04", "T2"), ("2025-10", "T4"), ("2025-12", "T4")],
)
def test_a_month_belongs_to_a_quarter_and_a_year(month: str, quarter: str) -> None:
    assert quarter_of(month) == f"2025-{quarter}"
    assert year_of(month) == "2025"
    assert closes_quarter(month) == (month[-2:] in {"03", "12"})


def codes(first_month: str, cut_off: str) -> list[str]:
    return [period.code for period in periods(first_month, cut_off)]


def test_a_closed_year_comes_first_and_then_its_quarters_and_months() -> None:
    found = periods("2024-01", "2024-12")
    assert [p.code for p in found][:5] == ["2024", "2024-T1", "2024-T2", "2024-T3", "2024-T4"]
    assert [p.code for p in found][5:] == list(months_of("2024"))
    parents = {p.code: p.parent for p in found}
    assert parents["2024"] == ""
    assert parents["2024-T3"] == "2024"
    assert parents["2024-08"] == "2024-T3"


def test_an_open_year_has_a_year_to_date_of_its_closed_quarters_and_no_year() -> None:
    found = {p.code: p for p in periods("2025-01", "2025-09")}
    assert "2025" not in found
    assert found["2025-T1-T3"].parts == ("2025-T1", "2025-T2", "2025-T3")
    assert found["2025-T2"].parent == ""


def test_one_quarter_alone_is_no_year_to_date() -> None:
    assert codes("2025-01", "2025-03") == ["2025-T1", "2025-01", "2025-02", "2025-03"]


def test_a_year_that_began_late_is_never_a_year() -> None:
    assert codes("2025-04", "2025-12") == ["2025-T2", "2025-T3", "2025-T4", *(f"2025-{m:02d}" for m in range(4, 13))]


def test_a_code_means_the_same_days_in_every_edition() -> None:
    before, after = codes("2023-01", "2025-09"), codes("2023-01", "2025-12")
    assert {code for code in before if code not in after} == {"2025-T1-T3"}


def test_a_quarter_that_is_not_closed_is_not_there_but_its_months_are() -> None:
    assert codes("2025-01", "2025-02") == ["2025-01", "2025-02"]


def test_codes_are_unique_and_oldest_first() -> None:
    found = codes("2019-01", "2025-12")
    assert len(set(found)) == len(found)
    assert [year_of(code) for code in found] == sorted(year_of(code) for code in found)


def test_a_year_that_lacks_its_first_month_is_no_year() -> None:
    found = codes("2025-02", "2025-12")
    assert found[:3] == ["2025-T2", "2025-T3", "2025-T4"]
    assert "2025-02" in found


def test_amendments_are_ordered_by_number_and_not_by_text() -> None:
    names = ["2025-T3", "2025-T4", "2025-T4.1", "2025-T4.2", "2025-T4.9", "2025-T4.10", "2025-T4.11", "2026-T1"]
    assert sorted(sorted(names), key=edition_order) == names


def test_the_day_of_publication_goes_before_the_name() -> None:
    first = release_order("2026-01-20", "2025-12", "2025-T4.10")
    assert release_order("2026-01-21", "2025-12", "2025-T4.9") > first
    assert release_order("2026-01-20", "2025-12", "2025-T4.9") < first
    assert release_order("2026-01-20", "2025-09", "2025-T4.11") < first


def test_a_cut_off_within_a_quarter_leaves_its_months_open() -> None:
    assert open_months("2025-10") == ("2025-10",)
    assert open_months("2025-11") == ("2025-10", "2025-11")
    assert open_months("2025-12") == open_months("") == ()
