"""Each woman has one civil status, so women add up over it. Whoever sees that will use it. Cells are services:women."""

from __future__ import annotations

import pytest

from pipeline.public.audit.audit import audit
from pipeline.public.edition.model import Package
from tests.ascii import house, lines, seen
from tests.editions import edition, table


def test_women_who_add_up_in_every_year_that_is_shown_add_up_where_they_are_withheld() -> None:
    # Of the 40 women of 2025, 35 are in a: were that told, five would be left for b and c, and neither could have five.
    assert seen(r"""
        periodo\estado     _T      a      b      c
        2024            60:40  20:20  20:10  20:10
        2025            60:40  50:35    5:3    5:2
    """, first_month="2024-01") == [lines(r"""
        periodo\estado     _T      a      b      c
        2024            60:40  20:20  20:10  20:10
        2025            60:40    [c]    [c]    [c]
    """)]  # fmt: skip


def test_where_women_overlap_two_withheld_cells_may_be_enough() -> None:
    # Somebody of the 42 is in two of the parts, and so b may be as large as its services.
    assert seen(r"""
        periodo\area       _T      a      b      c
        2024            60:40  20:20  20:15  20:10
        2025            60:40  50:35    5:4    5:3
    """, first_month="2024-01") == [lines(r"""
        periodo\area       _T      a      b      c
        2024            60:40  20:20  20:15  20:10
        2025            60:40  50:35    [c]    [c]
    """)]  # fmt: skip


def test_who_has_one_code_in_a_year_has_one_in_each_part_of_it() -> None:
    # The quarter of the legal area shows nothing of its own, but whoever has one status in 2025 has one there.
    (_, _, legal) = seen(
        r"""
        periodo\estado     _T      a      b      c
        2025          180:120 110:80  40:22  30:18
        """,
        r"""
        periodo\estado     _T      a      b      c
        2025-T4         90:60  70:50   12:6    8:4
        """,
        r"""
        periodo\estado     _T      a      b      c
        2025-T4         60:40  50:35    5:3    5:2
        """,
        codes={"area": "legal social"},
        where=[{}, {}, {"area": "legal"}],
    )
    assert legal[1] == "2025-T4 60:40 [c] [c] [c]"


def test_tables_say_along_what_their_women_add_up() -> None:
    built = house(r"""
        periodo/estado\area    _T      a      b
        2025/_T             60:40  30:20  30:25
        2025/casada         30:20  15:10  15:12
        2025/soltera        30:20  15:10  15:13
    """)  # fmt: skip
    (told,) = built.package(built.protect()).tables.values()
    assert told.additive["usuarias"] == ("estado",)
    assert told.overlaps["usuarias"] == ("periodo", "area")


YEARS = """
periodo estado | servicios usuarias
2024    _T     | 60  40
2024    a      | 20  20
2024    b      | 20  10
2024    c      | 20  10
2025    _T     | 60  40
2025    a      | 50  35
2025    b      | 5*  3*
2025    c      | 5*  2*
"""
"""Safe only for who does not notice that women add up."""


def exposed(*editions: Package) -> set[tuple[int, str]]:
    return {(exposure.rule, dict(exposure.cell).get("estado", "")) for exposure in audit(editions).exposures}


SMALL = {(2, "b"), (2, "c")}


def test_figures_that_add_up_wherever_they_are_shown_are_taken_to_add_up() -> None:
    assert exposed(edition(table(YEARS))) == SMALL
    overlapping = YEARS.replace("a      | 20  20\n2024    b      | 20  10", "a      | 20  20\n2024    b      | 20  15")
    assert exposed(edition(table(overlapping))) == set()


def test_what_a_table_says_of_its_women_comes_before_what_can_be_guessed() -> None:
    assert exposed(edition(table(YEARS, overlaps={"usuarias": ["estado"]}))) == set()
    one_year = "\n".join(YEARS.strip().splitlines()[:1] + YEARS.strip().splitlines()[5:])
    assert exposed(edition(table(one_year))) == set()
    adds = {"servicios": ["periodo", "estado"], "usuarias": ["estado"]}
    assert exposed(edition(table(one_year, additive=adds, overlaps={"usuarias": []}))) == SMALL


def test_what_an_edition_says_of_its_own_years_holds_when_a_later_one_has_women_who_overlap() -> None:
    adds = {"servicios": ["periodo", "estado"], "usuarias": ["estado"]}
    first = "\n".join(line for line in YEARS.strip().splitlines() if not line.startswith("2024"))
    later = f"{first}\n2026 _T | 60 40\n2026 a | 20 20\n2026 b | 20 15\n2026 c | 20 10"
    said = edition(table(first, additive=adds, overlaps={"usuarias": []}), name="2025-T4")
    then = edition(table(later, overlaps={"usuarias": ["estado"]}), name="2026-T4")
    assert exposed(then) == set()
    assert exposed(said, then) == SMALL


@pytest.mark.parametrize(("women", "expected"), [(80, SMALL), (81, set())])
def test_a_year_that_adds_up_tells_of_its_quarters(women: int, expected: set[tuple[int, str]]) -> None:
    year = (
        f"periodo estado | servicios usuarias\n2025 _T | 180 120\n2025 a | 110 {women}\n2025 b | 40 22\n2025 c | 30 18"
    )
    legal = "\n".join(line.replace("2025", "2025-T4") for line in YEARS.strip().splitlines() if "2024" not in line)
    tree = "2025 2025-T1<2025 2025-T2<2025 2025-T3<2025 2025-T4<2025"
    overlaps = {"usuarias": ["estado", "periodo"]}
    found = exposed(
        edition(
            table(year, id="anual", overlaps=overlaps),
            table(legal, id="legal", where={"area": "legal"}, overlaps=overlaps),
            periodo=tree,
        )
    )
    assert {pair for pair in found if pair[0] == 2} == expected


def test_an_edition_that_denies_what_another_says_of_the_same_women_counts_more_of_them() -> None:
    # By the first edition nobody stands in both areas, by the second some do: at most the three who came twice.
    first = table(
        """
        periodo area | usuarias
        2025    _T   | 40
        2025    a    | 25*
        2025    b    | 15*
        """,
        additive={"usuarias": ["area"]},
        overlaps={"usuarias": ["periodo"]},
    )
    then = table(
        """
        periodo area | servicios usuarias
        2025    _T   | 43        40
        2025    a    | 25*       23*
        2025    b    | 18*       18*
        """,
        overlaps={"usuarias": ["periodo", "area"]},
    )
    assert exposed(edition(then)) == {(7, "")}
    assert exposed(edition(first, name="2025-T4"), edition(then, name="2025-T4.1")) == {(6, ""), (7, "")}


LEGAL = """
periodo estado | servicios usuarias
2025    _T     | 60  40
2025    a      | 50  35
2025    b      | 5*  3*
2025    c      | 5*  2*
"""
BY_AREA = """
periodo area  | servicios usuarias
2025    _T    | 90  60
2025    legal | 60  40
2025    salud | 30  25
"""
BY_SERVICE = """
periodo servicio | servicios usuarias
2025    _T       | 90  60
2025    legal    | 60  40
2025    asesoria | 40  30
2025    juicio   | 20  15
2025    salud    | 30  25
"""
SERVICES = {"servicio": "legal salud asesoria<legal juicio<legal", "area": "legal salud"}
BELOW = {"servicio": {"upper": "area"}}


def test_what_a_table_of_one_area_says_of_its_women_holds_by_whichever_list_it_names_the_area() -> None:
    # «legal» heads its services, and is an area: a table that filters on the one or the other counts the same women.
    adds = {"servicios": ["periodo", "estado"], "usuarias": ["estado"]}
    for name in ("servicio", "area"):
        found = edition(
            table(BY_AREA, id="areas", overlaps={"usuarias": ["area"]}),
            table(BY_SERVICE, id="servicios", dimensions=BELOW, overlaps={"usuarias": ["servicio"]}),
            table(LEGAL, id="legal", where={name: "legal"}, additive=adds, overlaps={"usuarias": []}),
            **SERVICES,
        )
        assert exposed(found) >= SMALL, name


def test_what_a_table_of_one_area_says_of_its_services_holds_though_a_service_says_its_area() -> None:
    # Nobody has two of the legal services, so that the two that are withheld count five women.
    legal = """
    periodo servicio | servicios usuarias
    2025    _T       | 60  40
    2025    asesoria | 50  35
    2025    juicio   | 5*  3*
    2025    tramite  | 5*  2*
    """
    adds = {"servicios": ["periodo", "servicio"], "usuarias": ["servicio"]}
    found = edition(
        table(BY_AREA, id="areas", overlaps={"usuarias": ["area"]}),
        table(legal, where={"area": "legal"}, dimensions=BELOW, additive=adds, overlaps={"usuarias": []}),
        **SERVICES | {"servicio": "legal salud asesoria<legal juicio<legal tramite<legal"},
    )
    cells = {dict(exposure.cell).get("servicio") for exposure in audit([found]).exposures if exposure.rule == 2}
    assert {"juicio", "tramite"} <= cells
