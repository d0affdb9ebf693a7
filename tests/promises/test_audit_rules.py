"""What the audit calls an exposure, rule by rule, each on the smallest edition that shows it."""

from __future__ import annotations

import pytest

from pipeline.public.audit.audit import Exposure, audit
from pipeline.public.edition.model import Package
from tests.editions import edition, table


def found(*packages: Package) -> set[tuple[int, str]]:
    return {(exposure.rule, exposure.kind) for exposure in audit(packages).exposures}


def cells(*packages: Package) -> set[tuple[int, str, str]]:
    """(rule, kind, the cell's codes in order of dimension)."""
    return {(e.rule, e.kind, " ".join(code for _, code in e.cell)) for e in audit(packages).exposures}


# rule 1 --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("women", "exposed"), [(0, False), (1, True), (4, True), (5, False)])
def test_a_published_count_of_women_is_nothing_or_at_least_k(women: int, exposed: bool) -> None:
    text = f"periodo | servicios usuarias\n2025 | {women * 3} {women}"
    assert found(edition(table(text))) == ({(1, "published")} if exposed else set())


def test_the_threshold_is_the_one_the_table_says() -> None:
    text = "periodo | servicios usuarias\n2025 | 20 9"
    assert found(edition(table(text))) == set()
    assert found(edition(table(text, threshold=10))) == {(1, "published")}


def test_six_services_may_be_one_woman_and_three_services_are_at_most_three() -> None:
    assert found(edition(table("periodo | servicios\n2025 | 6"))) == set()
    assert found(edition(table("periodo | servicios\n2025 | 3"))) == {(1, "published")}


def test_without_a_key_the_records_are_the_women() -> None:
    text = "periodo | reportes\n2025 | 3"
    assert found(edition(table(text, rows="reportes", persons=None))) == {(1, "published")}


def test_women_may_be_a_sum_of_columns_and_then_ten_activities_are_not_ten_women() -> None:
    def attended(women: int) -> Package:
        text = f"periodo | actividades asistentes mujeres\n2025 | 10 {women + 3} {women}"
        return edition(table(text, rows="actividades", persons=None, women="mujeres"))

    assert found(attended(4)) == {(1, "published")}
    assert found(attended(12)) == set()


def test_the_no_to_a_question_can_be_computed() -> None:
    mentions = "periodo t | menciones usuarias\n2025 _T | 66 40\n2025 x | 48 38\n2025 y | 18 14"
    question = table(mentions, kinds={"t": "multiple"}, answers="menciones")
    every = table("periodo | servicios usuarias\n2025 | 50 40", id="todo")
    assert cells(edition(question, every)) == {(1, "complement", "2025 !x")}


def test_the_no_may_be_free_for_a_reason() -> None:
    mentions = "periodo t | menciones usuarias\n2025 _T | 66 40\n2025 x | 48 38\n2025 y | 18 14"
    free = {"t": {"complement": "free", "reason": {"es": "a", "en": "a"}}}
    question = table(mentions, kinds={"t": "multiple"}, answers="menciones", dimensions=free)
    every = table("periodo | servicios usuarias\n2025 | 50 40", id="todo")
    assert found(edition(question, every)) == set()


def test_women_who_are_in_no_record_of_a_part_can_be_computed() -> None:
    text = "periodo area | servicios usuarias\n2025 _T | 80 40\n2025 a | 50 38\n2025 b | 30 20"
    assert cells(edition(table(text))) == {(1, "complement", "!a 2025")}


def test_where_women_add_up_the_rest_is_the_other_parts() -> None:
    text = "periodo edad | servicios usuarias\n2025 _T | 80 40\n2025 x | 50 30\n2025 y | 30 10"
    adds = {"servicios": ("periodo", "edad"), "usuarias": ("edad",)}
    assert found(edition(table(text, additive=adds))) == set()


def test_what_a_fixed_filter_leaves_out_can_be_computed() -> None:
    every = table("periodo | servicios usuarias\n2025 | 60 40", id="todas")
    legal = table("periodo | servicios usuarias\n2025 | 57 37", id="legal", where={"area": "legal"})
    assert (1, "complement", "! 2025") in cells(edition(every, legal))


def test_the_last_months_of_a_year_are_what_earlier_editions_leave() -> None:
    to_date = table("periodo | servicios usuarias\n2025-T1-T3 | 57 37", id="acumulado")
    year = table("periodo | servicios usuarias\n2025 | 60 39", id="anual")
    tree = "2025 2025-T1-T3=2025-T1+2025-T2+2025-T3 2025-T1<2025 2025-T2<2025 2025-T3<2025 2025-T4<2025"
    assert (1, "complement", "2025-T4") in cells(edition(to_date), edition(year, periodo=tree))


# rules 2 and 4 -------------------------------------------------------------------------------------------------------


def test_a_lone_withheld_cell_is_a_sum_away() -> None:
    text = "periodo area | servicios usuarias\n2025 _T | 60 40\n2025 a | 57 38\n2025 b | 3* 3*"
    assert {(2, "withheld"), (4, "exact")} <= found(edition(table(text)))


def test_a_cell_may_be_proved_small_without_being_known() -> None:
    """Two cells of one sum: each is 1 to 4, and that is enough."""
    text = "periodo area | reportes\n2025 _T | 40\n2025 a | 35\n2025 b | 3*\n2025 c | 2*"
    assert cells(edition(table(text, rows="reportes", persons=None))) == {
        (2, "withheld", "b 2025"),
        (2, "withheld", "c 2025"),
    }


def test_zeros_are_published_so_each_withheld_cell_is_at_least_one() -> None:
    """Left over are seven: four for one cell only if the three others were nothing."""
    text = "periodo area | reportes\n2025 _T | 40\n2025 a | 33\n2025 b | 2*\n2025 c | 2*\n2025 d | 3*"
    assert found(edition(table(text, rows="reportes", persons=None))) == set()
    tight = text.replace("33", "34").replace("d | 3*", "d | 2*")
    assert found(edition(table(tight, rows="reportes", persons=None))) == {(2, "withheld")}


def test_women_are_never_more_than_their_services() -> None:
    """Four services are left for the cell, and so at most three women while the other has one."""
    text = "periodo area | servicios usuarias\n2025 _T | 60 40\n2025 a | 56 38\n2025 b | 3* 2*\n2025 c | 1* 1*"
    assert {(2, "withheld")} <= found(edition(table(text)))


def test_only_whole_numbers_tell_that_a_figure_is_known() -> None:
    """Three cells, each pair adding up to an odd number in two ways: halves would fit where no woman can be halved."""
    text = """
    periodo a  b  | reportes
    2025    _T _T | 24
    2025    _T x  | 12
    2025    _T y  | 12
    2025    p  _T | 12
    2025    p  x  | 6*
    2025    p  y  | 6*
    2025    q  _T | 12
    2025    q  x  | 6*
    2025    q  y  | 6*
    """
    assert found(edition(table(text, rows="reportes", persons=None))) == set()
    assert found(edition(table(text, rows="reportes", persons=None, threshold=12))) == {(2, "withheld")}


def test_a_withheld_figure_that_is_certainly_large_may_be_known() -> None:
    """A complementary cell that can be computed, and that can be seen to be no small one, harms nobody."""
    one = table("periodo area | reportes\n2025 _T | 60\n2025 a | 40\n2025 b | 20*", rows="reportes", persons=None)
    assert found(edition(one)) == set()


# rule 5 --------------------------------------------------------------------------------------------------------------


def test_where_events_of_few_women_are_shown_all_else_that_two_editions_expose_is_told() -> None:
    """No two women can be the five that events shown alone promise; that the first edition withheld them is told all the same."""

    def both(few: str, many: str, name: str) -> Package:
        alone = table(f"periodo | servicios\n2025-T1 | {few}\n2025-T2 | {many}", id="solos")
        women = table(f"periodo | servicios usuarias\n2025-T1 | {few} {few}\n2025-T2 | {many} {many}")
        return edition(alone, women, name=name)

    found = cells(both("2*", "30", "2025-T2"), both("2", "36", "2025-T2.1"))
    assert found == {(1, "published", "2025-T1"), (4, "exact", "2025-T1")}


TRAIT = {"d": {"sensitive": True}}


def test_events_shown_alone_are_of_as_many_women_as_any_edition_until_then_asked_for() -> None:
    """With a lower threshold since, the women of what is shown are as many as the higher one asked for all the same."""
    then = """
        area | servicios usuarias
        _T   | 40        7
        a    | 18*       6*
        b    | 22*       6*
    """
    now = """
        area | servicios
        _T   | 40
        a    | 18
        b    | 22
    """
    high, low = (edition(table(then, threshold=least), name=f"2025-{least}") for least in (5, 3))
    alone = edition(table(now, threshold=3), name="2025-alone")
    assert [each.rule for each in audit([high, alone]).exposures] == []  # five at least: known, and no small group
    assert [each.rule for each in audit([low, alone, high]).exposures] == [
        4,
        4,
    ]  # three at least, and five are asked for


@pytest.mark.parametrize(("yes", "no", "exposed"), [(30, 0, True), (20, 10, False), (0, 30, True)])
def test_nobody_can_see_that_a_whole_group_shares_a_trait(yes: int, no: int, exposed: bool) -> None:
    text = f"periodo d | servicios usuarias\n2025 _T | 30 30\n2025 si | {yes} {yes}\n2025 no | {no} {no}"
    assert found(edition(table(text, dimensions=TRAIT))) == ({(5, "equal")} if exposed else set())


def test_everybody_may_be_unspecified() -> None:
    text = "periodo d | servicios usuarias\n2025 _T | 30 30\n2025 si | 0 0\n2025 no_especificado | 30 30"
    assert found(edition(table(text, dimensions=TRAIT))) == set()


def test_a_group_of_nobody_shares_nothing() -> None:
    text = "periodo d | servicios usuarias\n2025 _T | 0 0\n2025 si | 0 0\n2025 no | 0 0"
    assert found(edition(table(text, dimensions=TRAIT))) == set()


def test_a_trait_that_is_not_sensitive_may_be_shared() -> None:
    text = "periodo d | servicios usuarias\n2025 _T | 30 30\n2025 si | 30 30\n2025 no | 0 0"
    assert found(edition(table(text))) == set()


def test_withheld_zeros_hide_that_all_share_a_trait() -> None:
    def traits(text: str) -> Package:
        return edition(table(text, rows="reportes", persons=None, dimensions=TRAIT, zeros_withheld=True))

    text = "periodo d | reportes\n2025 _T | 30\n2025 si | 30*\n2025 no | 0*\n2025 ne | 0"
    assert found(traits(text)) == set()
    assert (5, "equal") in found(traits(text.replace("no | 0*", "no | 0")))


def test_a_trait_of_all_is_seen_where_only_the_others_are_shown() -> None:
    text = "periodo d | servicios usuarias\n2025 _T | 30 20\n2025 si | 30* 20*\n2025 no | 0 0"
    assert (5, "equal") in found(edition(table(text, dimensions=TRAIT)))


# rule 6 --------------------------------------------------------------------------------------------------------------


def months(total: int, a: str, b: str, name: str) -> Package:
    text = f"periodo area | reportes\n2025-01 _T | {total}\n2025-01 a | {a}\n2025-01 b | {b}"
    return edition(table(text, rows="reportes", persons=None), name=name)


@pytest.mark.parametrize(("late", "exposed"), [(0, False), (1, True), (4, True), (5, False)])
def test_a_figure_published_twice_differs_by_nothing_or_by_k(late: int, exposed: bool) -> None:
    editions = months(60, "40", "20", "2025-T1"), months(60 + late, str(40 + late), "20", "2025-T2")
    assert found(*editions) == ({(6, "revised")} if exposed else set())


@pytest.mark.parametrize(("before", "now"), [("20", "22*"), ("20*", "22"), ("20*", "22*")])
def test_a_difference_may_follow_from_others(before: str, now: str) -> None:
    """The total rose by nine and one part by seven: the other one rose by two, though nobody printed it twice."""
    editions = months(60, "40", before, "2025-T1"), months(69, "47", now, "2025-T2")
    assert cells(*editions) == {(6, "revised", "b 2025-01")}


def test_a_large_revision_is_no_contradiction() -> None:
    first, then = months(60, "40", "20", "2025-T1"), months(80, "50", "30", "2025-T2")
    assert found(first, then) == set()


def test_a_code_without_records_may_go_where_the_past_changed() -> None:
    """The first edition counts nobody under c, the second does not know it and counts more of the others."""
    first = "periodo area | servicios usuarias\n2025 _T | 40 30\n2025 a | 20 15\n2025 b | 20 15\n2025 c | 0 0"
    then = "periodo area | servicios usuarias\n2025 _T | 60 45\n2025 a | 30 22\n2025 b | 30 23"
    for code in ("c", "d"):  # it may also be another one that came in its place
        new = f"{then}\n2025 d | 0 0" if code == "d" else then
        assert found(edition(table(first), name="2025-T4"), edition(table(new), name="2025-T4.1")) == set()


QUARTERS = "2025=2025-T1+2025-T2+2025-T3+2025-T4 2025-T1 2025-T2 2025-T3 2025-T4"


@pytest.mark.parametrize(
    ("services", "kind"), [(120, None), (123, (6, "revised")), (125, None), (140, None), (110, (0, "sums"))]
)
def test_what_came_late_unseen_is_no_contradiction_and_a_small_rise_is_exposed(
    services: int, kind: tuple[int, str] | None
) -> None:
    """No figure stands in both editions: first there were quarters, then the year."""
    quarters = "\n".join(f"2025-T{n} | 30 20" for n in range(1, 5))
    first = edition(table(f"periodo | servicios usuarias\n{quarters}"), name="2025-T4", periodo=QUARTERS)
    year = table(f"periodo | servicios usuarias\n2025 | {services} 60", id="anual")
    assert found(first, edition(year, name="2025-T4.1", periodo=QUARTERS)) == ({kind} if kind else set())


def test_three_editions_of_which_the_last_counts_more() -> None:
    quarters = "\n".join(f"2025-T{n} | 30 20" for n in range(1, 5))
    first, again = (
        edition(table(f"periodo | servicios usuarias\n{quarters}"), name=name, periodo=QUARTERS)
        for name in ("2025-T4", "2025-T4.1")
    )
    year = edition(table("periodo | servicios usuarias\n2025 | 140 60", id="anual"), name="2025-T4.2", periodo=QUARTERS)
    assert found(first, again, year) == set()


@pytest.mark.parametrize(("women", "kind"), [(26, None), (22, (6, "revised"))])
def test_which_of_three_editions_first_counted_what_came_late_may_be_told_by_the_last(
    women: int, kind: tuple[int, str] | None
) -> None:
    """The second shows the year alone, with what came late; the third shows the same year, and the quarters that grew."""

    def of_quarters(services: int, women: int) -> str:
        rows = (f"2025-T{n} | {services} {women}" for n in range(1, 4))
        return "\n".join(["periodo | servicios usuarias", *rows])

    first = edition(table(of_quarters(30, 20)), name="2025-T3", periodo=QUARTERS)
    year = table("periodo | servicios usuarias\n2025 | 160 100", id="anual")
    second = edition(year, name="2025-T4", periodo=QUARTERS)
    third = edition(year, table(of_quarters(36, women)), name="2026-T1", periodo=QUARTERS)
    assert found(first, second, third) == ({kind} if kind else set())


def test_the_same_figures_again_say_nothing_new() -> None:
    editions = [months(60, "57*", "3*", name) for name in ("2025-T1", "2025-T2", "2025-T3")]
    assert found(*editions) == set()


# rule 0 and the report -----------------------------------------------------------------------------------------------


def test_sums_that_do_not_add_up_are_refused() -> None:
    text = "periodo area | servicios usuarias\n2025 _T | 60 40\n2025 a | 40 30\n2025 b | 21 16"
    assert (0, "sums") in found(edition(table(text)))


def test_more_women_than_services_are_refused() -> None:
    assert found(edition(table("periodo | servicios usuarias\n2025 | 20 21"))) == {(0, "sums")}


def test_sums_that_no_withheld_value_can_mend_are_refused() -> None:
    text = "periodo area | servicios usuarias\n2025 _T | 60 40\n2025 a | 59 37\n2025 b | 1* 1*\n2025 c | 1* 1*"
    assert found(edition(table(text))) == {(0, "sums")}


def test_two_tables_that_disagree_are_refused() -> None:
    one, two = (table(f"periodo | servicios usuarias\n2025 | {n} 20", id=f"t{n}") for n in (30, 60))
    assert (0, "sums") in found(edition(one, two))


def test_an_exposure_says_where_and_never_how_many() -> None:
    text = "periodo area | servicios usuarias\n2025 _T | 61 39\n2025 a | 58 37\n2025 b | 3* 3*"
    exposure = next(e for e in audit([edition(table(text, id="por_area"))]).exposures if e.kind == "exact")
    assert exposure == Exposure(
        4, "exact", "atenciones", ("por_area",), ("2025-T4",), (("area", "b"), ("periodo", "2025"))
    )
    finding = exposure.finding()
    assert finding.where == "tables/por_area.csv"
    assert dict(finding.facts) == {"rule": "4", "editions": "2025-T4", "area": "b", "periodo": "2025"}


def test_the_certificate_counts_and_names_no_cell() -> None:
    text = "periodo area | servicios usuarias\n2025 _T | 60 40\n2025 a | 40 28\n2025 b | 4* 3*\n2025 c | 16* 9*"
    result = audit([edition(table(text))])
    assert result.exposures == ()
    assert result.certificate() == {
        "rules": [1, 2, 4, 5, 6, 7, 8],
        "cells": 4,
        "withheld": 2,
        "figures": 8,
        "witnesses": len(result.worlds),
        "method": "whole-number worlds over all editions",
        "version": "2.5",
        "editions": ["2025-T4"],
        "exposures": 0,
    }


def test_witnesses_fit_everything_published_and_lift_every_withheld_cell() -> None:
    text = "periodo area | servicios usuarias\n2025 _T | 60 40\n2025 a | 40 28\n2025 b | 4* 3*\n2025 c | 16* 9*"
    result = audit([edition(table(text))])
    at = {(figure.cell.code("area"), figure.measure): n for n, figure in enumerate(result.columns)}
    worlds = result.worlds
    assert len(worlds) > 0
    for measure, total, a in (("servicios", 60, 40), ("usuarias", 40, 28)):
        assert (worlds[:, at["_T", measure]] == total).all()
        assert (worlds[:, at["a", measure]] == a).all()
    assert (worlds[:, [at[code, "servicios"] for code in "abc"]].sum(axis=1) == 60).all()
    assert all(worlds[:, at[code, "usuarias"]].max() >= 5 for code in "bc")
    assert all((worlds[:, at[code, "usuarias"]] >= 1).all() for code in "bc")
