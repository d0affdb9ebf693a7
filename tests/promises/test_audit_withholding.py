"""Withholding is taken away from one cell by hand, and anybody who has the published files notices.

Every text below is a safe edition: `3*` is a withheld cell (with the truth that nobody sees). Each withheld cell in
turn is published after all, wherever it stands, and the audit must refuse.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

import pytest

from pipeline.public.audit.audit import audit
from pipeline.public.edition.model import Package
from tests.editions import edition, starred, table

Build = Callable[[Collection[int]], list[Package]]

TWO_WAY = """
periodo area edad | servicios usuarias
2025    _T   _T   | 100 60
2025    _T   x    | 50  33
2025    _T   y    | 50  33
2025    a    _T   | 50  33
2025    a    x    | 3*  3*
2025    a    y    | 47* 31*
2025    b    _T   | 50  33
2025    b    x    | 47* 31*
2025    b    y    | 3*  3*
"""

MARGIN = """
periodo area | servicios usuarias
2025    _T   | 60  40
2025    a    | 40  28
2025    b    | 4*  3*
2025    c    | 16* 9*
"""

MONTHS = """
periodo | servicios usuarias
2025-T1 | 43  30
2025-01 | 3*  2*
2025-02 | 40* 29*
"""

QUARTERS = """
periodo area | servicios usuarias
2025    _T   | 90  60
2025-T1 _T   | 40  28
2025-T2 _T   | 50  40
2025    a    | 44  30
2025-T1 a    | 4*  3*
2025-T2 a    | 40* 29*
2025    b    | 46  36
2025-T1 b    | 36* 28*
2025-T2 b    | 10* 9*
"""

YEARS = """
periodo area | servicios usuarias
2024    _T   | 70  50
2024    a    | 4*  2*
2024    b    | 66* 48*
2025    _T   | 90  60
2025    a    | 44  30
2025    b    | 46  36
"""

QUESTIONS = """
periodo t  | menciones usuarias
2025    _T | 60  40
2025    x  | 48* 38*
2025    y  | 12* 10*
"""

SERVICES_OF_AREA = """
periodo servicio | servicios usuarias
2025    _T       | 80  50
2025    legal    | 40  30
2025    psico    | 40  30
2025    consulta | 3*  3*
2025    asesoria | 37* 28*
2025    escucha  | 20  15
2025    sesion   | 20  15
"""


def two_way(reveal: Collection[int]) -> list[Package]:
    return [edition(table(TWO_WAY, reveal=reveal))]


def margin(reveal: Collection[int]) -> list[Package]:
    return [edition(table(MARGIN, reveal=reveal))]


def months(reveal: Collection[int]) -> list[Package]:
    return [edition(table(MONTHS, reveal=reveal), periodo="2025-T1 2025-01<2025-T1 2025-02<2025-T1")]


def quarters(reveal: Collection[int]) -> list[Package]:
    return [edition(table(QUARTERS, reveal=reveal), periodo="2025 2025-T1<2025 2025-T2<2025")]


def years(reveal: Collection[int]) -> list[Package]:
    return [edition(table(YEARS, reveal=reveal))]


def questions(reveal: Collection[int]) -> list[Package]:
    """Who did not answer «x» is a group as well: 50 services less 48 leave two."""
    all_services = table("periodo | servicios usuarias\n2025 | 50 40", id="todo")
    return [edition(table(QUESTIONS, kinds={"t": "multiple"}, answers="menciones", reveal=reveal), all_services)]


def levels(reveal: Collection[int]) -> list[Package]:
    """The services of an area stand in one table, the areas in another: the roots of one list are codes of the other."""
    areas = table(
        "periodo area | servicios usuarias\n2025 _T | 80 50\n2025 legal | 40 30\n2025 psico | 40 30", id="areas"
    )
    services = table(
        SERVICES_OF_AREA, kinds={"servicio": "hierarchy"}, dimensions={"servicio": {"upper": "area"}}, reveal=reveal
    )
    tree = "legal psico consulta<legal asesoria<legal escucha<psico sesion<psico"
    return [edition(services, areas, servicio=tree)]


def linked(reveal: Collection[int]) -> list[Package]:
    """What one table withholds, another one, finer in time and with no quarter, lets anybody add up."""
    year = table("periodo area | servicios usuarias\n2025 _T | 60 40\n2025 a | 30 20\n2025 b | 30 20", id="anual")
    month = """
    periodo area | servicios usuarias
    2025-01 _T   | 30  25
    2025-01 a    | 3*  3*
    2025-01 b    | 27* 20*
    2025-02 _T   | 30  25
    2025-02 a    | 27* 18*
    2025-02 b    | 3*  3*
    """
    tree = "2025 2025-T1<2025 2025-01<2025-T1 2025-02<2025-T1"
    return [edition(year, table(month, id="mensual", reveal=reveal), periodo=tree)]


def other_table(reveal: Collection[int]) -> list[Package]:
    """The same cells stand in two tables; only the second one says too much."""
    one = table(MARGIN, id="una")
    two = """
    periodo area edad | servicios usuarias
    2025    _T   _T   | 60  40
    2025    _T   x    | 60  40
    2025    a    _T   | 40  28
    2025    a    x    | 40  28
    2025    b    _T   | 4*  3*
    2025    b    x    | 4*  3*
    2025    c    _T   | 16* 9*
    2025    c    x    | 16* 9*
    """
    return [edition(one, table(two, id="otra", reveal=reveal))]


def other_edition(reveal: Collection[int]) -> list[Package]:
    """What the new edition withholds, an earlier one had published."""
    return [edition(table(MARGIN, reveal=reveal), name="2025-T3"), edition(table(MARGIN), name="2025-T4")]


def next_edition(reveal: Collection[int]) -> list[Package]:
    """The first quarters, published before, and the year, published now: the last quarter is what is left."""
    first = "periodo area | servicios usuarias\n2025-T1 _T | 30 24\n2025-T1 a | 6 6\n2025-T1 b | 24 18"
    then = """
    periodo area | servicios usuarias
    2025    _T   | 60  44
    2025    a    | 10* 10*
    2025    b    | 50* 40*
    """
    tree = "2025 2025-T1<2025 2025-T2<2025"
    return [
        edition(table(first, id="trimestral"), name="2025-T1", periodo="2025-T1"),
        edition(table(then, id="anual", reveal=reveal), name="2025-T2", periodo=tree),
    ]


def fixed_filter(reveal: Collection[int]) -> list[Package]:
    """A table of one area only, and one of all areas: what the other areas had is the difference."""
    every = table("periodo criterio | servicios usuarias\n2025 _T | 60 40\n2025 g | 40 30\n2025 r | 20 15", id="todas")
    one = """
    periodo criterio | servicios usuarias
    2025    _T       | 40  28
    2025    g        | 38* 26*
    2025    r        | 2*  2*
    """
    return [edition(every, table(one, id="legal", where={"area": "legal"}, reveal=reveal))]


SCENES: dict[str, tuple[Build, str]] = {
    "primary and complementary in the inside of a table": (two_way, TWO_WAY),
    "a margin": (margin, MARGIN),
    "a month of a quarter": (months, MONTHS),
    "a quarter of a year": (quarters, QUARTERS),
    "a year": (years, YEARS),
    "a code of a multi-answer question": (questions, QUESTIONS),
    "a service of an area": (levels, SERVICES_OF_AREA),
    "a month, where only another table has the year": (linked, "h\n_\n3*\n3*\n_\n3*\n3*"),
    "a cell that another table withholds": (other_table, "h\n_\n_\n_\n_\n3*\n3*\n3*\n3*"),
    "a cell that a later edition withholds": (other_edition, MARGIN),
    "a year whose last quarter is few": (next_edition, "h\n_\n3*\n3*"),
    "a cell of a table with a fixed filter": (fixed_filter, "h\n_\n3*\n3*"),
}


@pytest.mark.parametrize("build", [build for build, _ in SCENES.values()], ids=list(SCENES))
def test_what_is_withheld_enough_passes(build: Build) -> None:
    assert audit(build(())).exposures == ()


@pytest.mark.parametrize(
    ("build", "line"),
    [(build, line) for build, text in SCENES.values() for line in starred(text)],
    ids=[f"{name}, line {line}" for name, (_, text) in SCENES.items() for line in starred(text)],
)
def test_one_cell_less_withheld_is_refused(build: Build, line: int) -> None:
    assert audit(build([line])).exposures
