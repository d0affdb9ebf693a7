"""What is published stays published: no later edition may show, by difference, what an earlier one kept back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from pipeline.confidential.protection.protect import Before, Told, protect
from pipeline.confidential.protection.vintages import Vintage
from pipeline.institute.plan import Code, CodeList
from pipeline.model.cells import Cell, Figure
from pipeline.model.findings import PipelineError
from pipeline.public.audit import structure
from pipeline.public.audit.audit import audit
from pipeline.public.audit.structure import shown
from pipeline.verification.verify import verify
from tests.ascii import House, house, lines, vintage

UNTIL_SEPTEMBER = r"""
    periodo\area    _T    a    b    c
    2025-T1-T3      75   20   25   30
"""
"""As the edition of the third quarter showed it, with nothing withheld."""


def after(*texts: str, earlier: Sequence[str] = (UNTIL_SEPTEMBER,)) -> list[list[str]]:
    """What the next edition shows; both editions together have passed the audit."""
    before = house(*earlier, cut_off="2025-09")
    now = house(*texts, earlier_cut_offs=["2025-09"])
    masked = now.protect(after=earlier)
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


THREE_QUARTERS = r"""
    periodo\area    _T       a       b
    2025-T1-T3      66:47   26:20   40:30
    2025-T1         22:17    9:8    13:10
    2025-T2         22:17    9:8    13:10
    2025-T3         22:17    8:7    14:11"""


def verified_after(then: House, now: House) -> list[list[str]]:
    """What an edition shows after another one; both together pass the audit, and the witnesses of the second hold."""
    before = then.package(then.protect())
    (told,) = structure.told([before])
    known = Before(told.withheld, told.thresholds)
    found = protect(now.counts, now.plan, now.edition, Told(told.shown, before=known))
    both = [before, now.package(found.masked)]
    assert not audit(both).exposures
    assert not verify(both, found.worlds).findings
    return now.render(found.masked)


def test_the_rest_of_a_year_keeps_the_threshold_that_was_promised_of_its_first_part() -> None:
    # 20 women of area a until September and 1 since, 21 in the year: with a threshold of 3 she must be able to be five
    # all the same, since who was not there until September is the rest of a figure for which 5 were promised.
    year = (
        THREE_QUARTERS
        + """
    2025-T4         21:16    1:1    20:15
    2025            87:58   27:21   60:42
    """
    )
    year = year.replace("2025-T1-T3 ", "(2025-T1-T3) ")
    (table,) = verified_after(
        house(THREE_QUARTERS, cut_off="2025-09"), house(year, threshold=3, earlier_cut_offs=["2025-09"])
    )
    assert "2025-T4 21:16 [c] [c]" in table


def test_what_was_told_stays_where_another_table_counts_more_of_the_same_cell() -> None:
    # The year to date is shown no more; the new table counts the answers of everybody, which were never told of it.
    year = (
        THREE_QUARTERS.replace("2025-T1-T3 ", "(2025-T1-T3) ")
        + """
    2025-T4         21:16    7:6    14:10
    2025            87:58   33:26   54:35
    """
    )
    answers = r"""
    periodo\tipo      _T          x      y
    2025            90/87:58   60:40  30:25
    (2025-T1-T3)    70/66:47   46:33  24:20
    """
    now = house(year, answers, multiple=["tipo"], earlier_cut_offs=["2025-09"])
    shown, _ = verified_after(house(THREE_QUARTERS, cut_off="2025-09"), now)
    assert "2025-T4 21:16 7:6 14:10" in shown


WHOLE_YEAR = r"""
    periodo\area   _T   a   b   c
    2025           40  13  12  15
    """


def test_what_an_earlier_edition_showed_stays() -> None:
    built = house(WHOLE_YEAR)
    assert built.render(built.protect(built.figures([WHOLE_YEAR]))) == [lines(WHOLE_YEAR)]


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


BY_AREA = r"""
    periodo\area    _T    a    b
    2025           120   64   56
    (2025-T1-T3)    90   48   42
    (2025-T1)       31   16   15
    (2025-T2)       30   16   14
    (2025-T3)       29   16   13
    (2025-T4)       30   16   14
"""
BY_AGE = r"""
    periodo\edad    _T    x    y
    2025           120   62   58
    (2025-T1-T3)    90   47   43
    (2025-T1)       31   17   14
    (2025-T2)       30   15   15
    (2025-T3)       29   15   14
    (2025-T4)       30   15   15
"""


def test_a_table_that_is_new_is_bound_by_nothing_that_it_told_before() -> None:
    # The year to date was told by area alone: nobody knows that a part of it by age was not withheld, so nothing is.
    before, now = house(BY_AREA, cut_off="2025-09"), house(BY_AREA, BY_AGE, earlier_cut_offs=["2025-09"])
    told = before.figures(["periodo\\area _T a b\n2025-T1-T3 90 48 42"])
    assert [row for table in now.render(now.protect(told)) for row in table if "[c]" in row] == []


def test_a_union_of_codes_that_is_new_can_be_told_beside_a_year_to_date() -> None:
    lines_of = BY_AREA.strip().splitlines()
    sums = (sum(map(int, line.split()[2:])) for line in lines_of[1:])
    text = "\n".join([f"{lines_of[0]} ab", *(f"{line} {both}" for line, both in zip(lines_of[1:], sums, strict=True))])
    before, now = house(BY_AREA, cut_off="2025-09"), house(text, earlier_cut_offs=["2025-09"])
    codes = (*now.plan.lists["area"].codes[:2], Code("ab", "", ("a", "b"), 3, {"es": "ab"}))
    plan = replace(now.plan, lists={"area": CodeList("area", codes)})
    told = before.figures(["periodo\\area _T a b\n2025-T1-T3 90 48 42"])
    masked = protect(now.counts, plan, now.edition, Told(told)).masked
    assert not masked.tables["tabla_1"]["withheld"].any()


def test_records_that_come_late_stop_the_run_and_the_period_is_named() -> None:
    late = QUARTERS.replace("2025-T2         20   10", "2025-T2         21   11")
    now = house(late + "2025-T4 20 8 12", earlier_cut_offs=["2025-09"])
    with pytest.raises(PipelineError) as stopped:
        now.protect(after=[QUARTERS])
    assert stopped.value.exit_code == 12
    (finding,) = stopped.value.findings
    assert (finding.where, finding.rule) == ("atenciones", "late_records")
    assert dict(finding.facts)["periods"] == "2025-T2"


# records that came late -----------------------------------------------------------------------------------------------


SPRING = ["2025-04", "2025-05", "2025-06"]


def told(then: House, now: House, months: Sequence[str] = SPRING) -> tuple[Vintage, dict[Figure, int]]:
    """The edition of September as the office knows it, and its figures of other months."""
    masked = then.protect()
    old = vintage(then, masked, now, months)
    return old, {figure: value for figure, value in shown(then.package(masked)).items() if figure not in old.shown}


def released(then: str, now: str, **options: Any) -> list[str]:
    """What the edition of December shows after records of the second quarter came late; both have passed the audit."""
    before, after = house(then, cut_off="2025-09", **options), house(now, earlier_cut_offs=["2025-09"], **options)
    old, rest = told(before, after)
    masked = protect(after.counts, after.plan, after.edition, Told(rest, [old])).masked
    found = audit([before.package(before.protect()), after.package(masked)])
    assert not found.exposures, found.exposures
    return after.render(masked)[0]


def refused(then: str, now: str, **options: Any) -> bool:
    with pytest.raises(PipelineError) as stopped:
        released(then, now, **options)
    return all(finding.rule.startswith("unprotectable") for finding in stopped.value.findings)


def exposed_unmasked(then: str, now: str) -> set[tuple[int, str]]:
    """What the audit finds where both editions show everything."""
    before, after = house(then, cut_off="2025-09"), house(now, earlier_cut_offs=["2025-09"])
    editions = []
    for built in (before, after):
        masked = built.protect()
        tables = {name: built.counts.tables[name].assign(withheld=False) for name in masked.tables}
        frames = {name: tables[name][list(masked.tables[name])].astype({"usuarias": "Int64"}) for name in tables}
        editions.append(built.package(replace(masked, tables=frames)))
    return {(exposure.rule, exposure.kind) for exposure in audit(editions).exposures}


def quarters(second: str, fourth: str = "20 8 12") -> str:
    text = QUARTERS.replace("2025-T2         20   10   10", f"2025-T2 {second}")
    return text + f"2025-T4 {fourth}"


def test_six_women_who_came_late_are_added_where_they_belong() -> None:
    table = released(QUARTERS, quarters("26 16 10"))
    assert table == lines(quarters("26 16 10"))
    assert exposed_unmasked(QUARTERS, quarters("26 16 10")) == set()


def test_two_women_who_came_late_are_not_told_the_figure_goes() -> None:
    assert released(QUARTERS, quarters("22 12 10"))[2] == "2025-T2 [c] [c] 10"
    assert exposed_unmasked(QUARTERS, quarters("22 12 10")) == {(6, "revised")}


def test_nor_two_that_are_the_rest_of_eight() -> None:
    # The total rose by 8 and area a by 6: area b rose by 2.
    assert refused(QUARTERS, quarters("28 16 12"))
    assert exposed_unmasked(QUARTERS, quarters("28 16 12")) == {(6, "revised")}


def test_where_cells_are_withheld_nobody_can_tell_where_late_women_were_added() -> None:
    # In the first edition a and b of T2 are withheld (3 and 17); 1 and 5 women were added: a may have got none or all.
    then = QUARTERS.replace("2025-T2         20   10   10", "2025-T2 20 3 17")
    table = released(then, quarters("26 4 22"))
    assert table[2] == "2025-T2 26 [c] [c]"


def test_who_alone_came_late_to_an_area_cannot_tell_how_few_came_to_the_other() -> None:
    # Five came late. Were one in a and four in b, she who is the one would know of the four.
    then = QUARTERS.replace("2025-T2         20   10   10", "2025-T2 20 3 17")
    assert refused(then, quarters("25 4 21"))
    assert released(then, quarters("25 5 20"))[2] == "2025-T2 25 [c] [c]"  # two and three: neither knows


def test_a_cell_that_was_withheld_stays_unproved_when_it_is_shown_later() -> None:
    # a was 3 of 20; now it is 9 of 26: it may have been anything from 3 to 9.
    then = QUARTERS.replace("2025-T2         20   10   10", "2025-T2 20 3 17")
    assert released(then, quarters("26 9 17"))[2] == "2025-T2 26 9 17"


def test_a_cell_that_was_withheld_is_not_given_away_later() -> None:
    # Were 3 of 20 followed by 4 of 100 shown as 96 in b, a would have had 4 or less in the first edition too.
    then = QUARTERS.replace("2025-T2         20   10   10", "2025-T2 20 3 17")
    assert released(then, quarters("100 4 96"))[2] == "2025-T2 100 [c] [c]"


def test_services_of_women_who_were_there_already_are_not_told_one_by_one() -> None:
    many = QUARTERS.replace("20   10   10", "40:20 20:10 20:10")
    now = many.replace("2025-T2         40:20 20:10", "2025-T2 42:20 22:10") + "2025-T4 40:20 16:8 24:12"
    assert refused(many, now)
    now = many.replace("2025-T2         40:20 20:10", "2025-T2 46:20 26:10") + "2025-T4 40:20 16:8 24:12"
    assert released(many, now) == lines(now)


def test_nobody_learns_a_sensitive_trait_of_those_who_came_late() -> None:
    first = r"""
        periodo\rasgo   _T    si    no
        2025-T2         60   20    40
    """
    options: dict[str, Any] = {"sensitive": ["rasgo"], "first_month": "2025-04"}
    every = [*lines(first)[:1], "2025-T2 75 35 40"]  # all fifteen have it
    assert refused(first, "\n".join(every), **options)
    some = [*lines(first)[:1], "2025-T2 85 35 50"]
    assert released(first, "\n".join(some), **options) == some
    before, after = house(first, cut_off="2025-09", **options), house("\n".join(every), **options)
    editions = [before.package(before.protect()), after.package(after.protect())]
    assert {(found.rule, found.kind) for found in audit(editions).exposures} == {(5, "equal")}


def test_what_fell_is_told_where_many_went_and_not_where_few_did() -> None:
    then = QUARTERS.replace("2025-T2         20   10   10", "2025-T2         30   15   15")
    many, few = quarters("18 8 10"), quarters("20 8 12")  # less seven and five; less seven and three
    assert released(then, many) == lines(many)
    assert refused(then, few)
    assert exposed_unmasked(then, many) == set()
    assert exposed_unmasked(then, few) == {(6, "revised")}
    assert released(QUARTERS, quarters("18 8 10"))[2] == "2025-T2 [c] [c] 10"


def test_two_women_who_were_moved_from_one_area_to_another_are_not_told() -> None:
    then = QUARTERS.replace("2025-T2         20   10   10", "2025-T2         30   15   15")
    now = quarters("30 13 17")
    assert released(then, now)[2] == "2025-T2 30 [c] [c]"
    assert exposed_unmasked(then, now) == {(6, "revised")}
    assert refused(then, quarters("30 14 16"))  # nor may one whom nobody else was moved with tell it by herself


def test_nobody_learns_a_sensitive_trait_of_those_who_went() -> None:
    first = r"""
        periodo\rasgo   _T    si    no
        2025-T2         90   50    40
    """
    options: dict[str, Any] = {"sensitive": ["rasgo"], "first_month": "2025-04"}
    every = "\n".join([*lines(first)[:1], "2025-T2 75 35 40"])  # all fifteen had it
    assert refused(first, every, **options)
    before, after = house(first, cut_off="2025-09", **options), house(every, **options)
    editions = [before.package(before.protect()), after.package(after.protect())]
    assert {(found.rule, found.kind) for found in audit(editions).exposures} == {(5, "equal")}


def test_what_an_edition_showed_must_be_what_its_records_give() -> None:
    then, after = house(QUARTERS, cut_off="2025-09"), house(quarters("26 16 10"), earlier_cut_offs=["2025-09"])
    old, rest = told(then, after)
    altered = Figure(Cell("atenciones", frozenset({("periodo", "2025-T2"), ("area", "a")})), "usuarias")
    old = replace(old, shown={**old.shown, altered: 11})
    with pytest.raises(PipelineError) as stopped:
        protect(after.counts, after.plan, after.edition, Told(rest, [old]))
    assert {finding.rule for finding in stopped.value.findings} == {"late_records"}
