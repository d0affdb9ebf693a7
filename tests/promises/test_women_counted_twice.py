r"""Nobody learns who stands in several parts of a total, nor anything else from how often women are counted twice.

Distinct women need not add up. What the parts have more than their total counts the women of several parts (of two parts:
those of both), and that is a group like any other. And it ties cells to those that contain them: whoever is counted
twice in a part is counted twice in the whole. Rows are periods, columns areas; `[c]` and `9*` are withheld.
"""

from __future__ import annotations

import pytest

from pipeline.public.audit.audit import audit
from pipeline.public.edition.model import Package
from tests.ascii import flat, house, lines, seen
from tests.editions import edition, table

QUARTERS = "2025 2025-T1<2025 2025-T2<2025 2025-T3<2025 2025-T4<2025"


def exposed(*packages: Package) -> set[tuple[int, str, str]]:
    """Rule, kind, and the period and area where it is broken."""
    found = audit(packages).exposures
    return {(e.rule, e.kind, " ".join(code for _, code in sorted(e.cell, reverse=True))) for e in found}


def test_one_woman_followed_up_in_person_and_by_phone_is_nobody_that_can_be_found() -> None:
    # 27 in person, 20 by phone, 46 in all: one woman had both.
    assert seen(r"""
        periodo\modalidad    _T   presencial  telefonica
        2025              60:46        35:27       25:20
    """) == [lines(r"""
        periodo\modalidad    _T   presencial  telefonica
        2025              60:46          [c]         [c]
    """)]  # fmt: skip


@pytest.mark.parametrize("both", [0, 5, 20])
def test_that_nobody_or_many_had_both_is_told(both: int) -> None:
    text = rf"""
        periodo\modalidad    _T   presencial  telefonica
        2025           90:{60 - both} 55:35       35:25
    """  # fmt: skip
    assert seen(text) == [lines(text)]


def test_women_who_came_in_two_quarters_are_a_group_like_any_other() -> None:
    (shown,) = seen(r"""
        periodo\area   _T      a      b
        2025        90:57  45:30  45:27
        2025-T1     45:30  20:16  25:14
        2025-T2     45:30  25:14  20:16
    """)  # fmt: skip
    # In all 3 women came in both quarters: the year and one quarter are told, or neither quarter is.
    assert "[c]" in {flat(shown)["2025", "_T"], flat(shown)["2025-T1", "_T"], flat(shown)["2025-T2", "_T"]}


def test_whoever_shows_all_parts_and_their_total_tells_of_the_women_of_both() -> None:
    text = "periodo area | servicios usuarias\n2025 _T | 60 46\n2025 a | 35 27\n2025 b | 25 20"
    assert exposed(edition(table(text))) == {(7, "overlap", "2025")}


TWO_LEVELS = """
    periodo servicio | servicios usuarias
    2025    _T       | 60  40
    2025    a        | 34* 24*
    2025    b        | 26  18
    2025    a1       | 18  14
    2025    a2       | 16  {a2}
"""
THREE_AREAS = """
    periodo servicio | servicios usuarias
    2025    _T       | 130 {total}
    2025    a        | 45*  27*
    2025    b        | 35*  20*
    2025    c        | 50   27
    2025    a1       | 25   16
    2025    a2       | 20   12
    2025    b1       | 20   11
    2025    b2       | 15   10
"""


@pytest.mark.parametrize(("several", "safe"), [(0, True), (1, False), (4, False), (5, True)])
def test_withholding_the_level_between_hides_nobody_who_stands_in_several_of_the_finest_parts(
    several: int, safe: bool
) -> None:
    # Who has several of a1, a2 and b is 14 + a2 + 18 − 40, whatever area a is.
    found = exposed(edition(table(TWO_LEVELS.format(a2=8 + several)), servicio="a a1<a a2<a b"))
    assert found == (set() if safe else {(7, "overlap", "2025")})
    codes = "a a1<a a2<a b b1<b b2<b c"
    found = exposed(edition(table(THREE_AREAS.format(total=76 - several)), servicio=codes))
    assert found == (set() if safe else {(7, "overlap", "2025")})


def test_the_services_of_one_area_and_the_other_areas_are_parts_as_well() -> None:
    # Area b is shown and what is below it is not; 14 + 8 + 20 are 2 more than 40.
    text = TWO_LEVELS.format(a2=8).replace("26  18", "26  20") + "    2025 b1 | 20* 12*\n    2025 b2 | 6* 9*\n"
    assert exposed(edition(table(text), servicio="a a1<a a2<a b b1<b b2<b")) == {(7, "overlap", "2025")}


# All of it is public: 73 + 69 + 62 + 62 = 265 + 1, so of everybody one woman came in two quarters.
EVERYBODY = """
periodo area | servicios usuarias
2025    _T   | 300 {year}
2025-T1 _T   | 80  73
2025-T2 _T   | 75  69
2025-T3 _T   | 73  62
2025-T4 _T   | 72  62
2025    a    | 40  {area}
2025-T1 a    | 16  {first}
2025-T2 a    | 12  {second}
2025-T3 a    | 6*  {third}*
2025-T4 a    | 6*  {third}*
"""


def test_repeats_of_a_part_are_no_more_than_those_of_the_whole() -> None:
    # Of area a 25 − 13 − 9 = 3, and one repeat at most: the two quarters hold 4 women together, 3 at most each.
    found = exposed(
        edition(table(EVERYBODY.format(year=265, area=25, first=13, second=9, third=2)), periodo=QUARTERS, area="a b")
    )
    assert {(2, "withheld", "2025-T3 a"), (2, "withheld", "2025-T4 a")} <= found
    # Where many repeat there is room: each of the two may be any number.
    many = exposed(
        edition(table(EVERYBODY.format(year=240, area=25, first=13, second=9, third=2)), periodo=QUARTERS, area="a b")
    )
    assert not {one for one in many if one[0] == 2}


def test_repeats_can_tell_a_withheld_number_exactly() -> None:
    # 12 + 8 + x + y is 21, or 22 if it is she who came twice; x and y are 1 at least: so both are 1.
    text = EVERYBODY.format(year=265, area=21, first=12, second=8, third=1)
    found = exposed(edition(table(text), periodo=QUARTERS, area="a b"))
    assert (4, "exact", "2025-T3 a") in found


def test_services_beyond_the_first_are_no_more_in_a_part_than_in_the_whole() -> None:
    # 101 services of 100 women: one woman came twice, so the 4 services of areas b and c are of 3 women at least; with
    # 96 women in a nobody of b or c may be one of them.
    text = """
    periodo area | servicios usuarias
    2025    _T   | 101 100
    2025    a    | 50  50
    2025    b    | 26* 25*
    2025    c    | 25* 25*
    """
    assert exposed(edition(table(text))) == set()
    wide = text.replace("101 100", "101 98").replace("50  50", "50  48")
    assert exposed(edition(table(wide))) == set()


def test_a_cell_with_more_filters_is_no_larger_in_whichever_tables_the_two_stand() -> None:
    one = "periodo area | servicios usuarias\n2025 _T | 90 60\n2025 a | 4* 4*\n2025 b | 86* 57*"
    two = "periodo edad area | servicios usuarias\n2025 _T _T | 90 60\n2025 x _T | 90 60\n2025 x a | 4* 4*\n2025 x b | 86* 57*"
    month = "periodo area | servicios usuarias\n2025-01 a | 40 30"
    tree = "2025 2025-T1<2025 2025-01<2025-T1 2025-02<2025-T1 2025-03<2025-T1"
    assert exposed(edition(table(one, id="una"), table(two, id="dos"))) == set()
    found = exposed(edition(table(one, id="una"), table(month, id="tres"), periodo=tree))
    assert (0, "sums", "2025 a") not in found  # 30 in January are no more than the year has: it may hold 30 to 60


def test_where_an_edition_says_that_women_overlap_somebody_does() -> None:
    # All rows that are shown add up, and the table says that its women do not: of 2025 one woman is in a and in b.
    text = """
    periodo area | servicios usuarias
    2024    _T   | 60  40
    2024    a    | 30  20
    2024    b    | 30  20
    2025    _T   | 8   7
    2025    a    | 4*  3*
    2025    b    | 4*  3*
    """
    assert (
        exposed(edition(table(text, additive={"servicios": ["periodo", "area"]}, overlaps={"usuarias": []}))) == set()
    )
    assert exposed(edition(table(text, overlaps={"usuarias": ["area"]}))) == {(7, "overlap", "2025")}


def test_protection_knows_what_follows_from_repeats() -> None:
    built = house(r"""
        periodo\area    _T      a      b
        2025       300:265  40:25  260:241
        2025-T1     80:73   16:13   64:60
        2025-T2     75:69    12:9   63:60
        2025-T3     73:62     6:2   67:61
        2025-T4     72:62     6:2   66:61
    """)  # fmt: skip
    assert audit([built.package(built.protect())]).exposures == ()


def test_women_of_a_cell_who_are_not_in_another_far_within_it_are_a_group() -> None:
    # Of 30 women 3 never came for the service a1, wherever the area a lies that is between the two.
    text = """
    periodo servicio | servicios usuarias
    2025    _T       | 60  30
    2025    a        | 44* 29*
    2025    b        | 16* 9*
    2025    a1       | 40  27
    2025    a2       | 4*  4*
    2025    b1       | 16* 9*
    """
    areas = "periodo area | servicios usuarias\n2025 _T | 60 30\n2025 a | 44* 29*\n2025 b | 16* 9*"
    lists = {"servicio": "a a1<a a2<a b b1<b", "area": "a b"}
    dimensions = {"servicio": {"upper": "area"}}
    packages = edition(table(areas, id="areas"), table(text, dimensions=dimensions), **lists)
    assert (1, "complement", "2025") in exposed(packages)


def test_whoever_stands_in_several_parts_has_a_record_in_each() -> None:
    # 73 services of 70 women: three at most stand in a second area, though no services are told by area.
    areas = """
        periodo area | usuarias
        2025    _T   | 70
        2025    a    | 30*
        2025    b    | 20*
        2025    c    | 23*
    """
    women = """
        periodo | servicios usuarias
        2025    | 73        70
    """
    silent = edition(table(areas, overlaps={"usuarias": ["area"]}))
    told = edition(table(areas, overlaps={"usuarias": ["area"]}), table(women, id="otra"))
    assert exposed(silent) == set()
    assert exposed(told) == {(7, "overlap", "2025")}


EVENTS = """
    periodo area | servicios
    2025    _T   | 16
    2025    a    | 8
    2025    b    | 5*
    2025    c    | 3*
"""
BY_AGE = "periodo edad | servicios usuarias\n2025 _T | 16 {women}\n2025 j | 16 {women}\n2025 m | 0 0"


@pytest.mark.parametrize(("women", "safe"), [(8, True), (9, False), (10, True)])
def test_events_that_are_shown_alone_are_those_of_as_many_women_as_the_threshold_asks_for(
    women: int, safe: bool
) -> None:
    # Were the 8 services of a those of fewer than five women, they would be withheld. So of 9 women
    # four at most were never in a, and one at least; of 8 it may be nobody.
    alone, by_age = table(EVENTS, id="por_area", persons="usuarias"), table(BY_AGE.format(women=women))
    assert exposed(edition(alone, by_age)) == (set() if safe else {(1, "complement", "2025 !a")})


def test_events_of_few_women_that_are_shown_are_told_by_the_rule_that_they_break() -> None:
    few = edition(table(EVENTS.replace("8", "4").replace("5*", "9*"), id="por_area"), table(BY_AGE.format(women=12)))
    assert (1, "published", "2025 a") in exposed(few)
    # Either area may have five of the 8 women, but not both, and both are shown.
    both = table("periodo area | servicios\n2025 _T | 16\n2025 a | 8\n2025 b | 8", id="servicios_por_area")
    apart = "periodo area | usuarias\n2025 _T | 8\n2025 a | 4*\n2025 b | 4*"
    found = audit([edition(both, table(apart, additive={"usuarias": ["area"]}))]).exposures
    assert {(e.rule, e.kind) for e in found} == {(1, "published")}
