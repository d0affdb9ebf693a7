"""What sets of records allow, asked of whole-number programs over women: small editions, and how large is too large."""

from __future__ import annotations

import pytest

from pipeline.model.cells import Cell, Figure
from pipeline.public.audit.attacker import Attacker
from pipeline.public.audit.audit import _Case
from pipeline.public.audit.patterns import COLUMNS, Patterns
from pipeline.public.audit.structure import shapes
from pipeline.public.edition.model import Package
from tests.editions import edition, table

RECORDS = "atenciones"


def reader(*packages: Package) -> Attacker:
    case = _Case(packages, 0)
    case.examine()
    assert case.attacker is not None
    return case.attacker


def patterns(*packages: Package) -> Patterns:
    return reader(*packages).records


def women(codes: str) -> Figure:
    where = frozenset(pair for pair in (tuple(word.split("=")) for word in codes.split()) if len(pair) == 2)
    return Figure(Cell(RECORDS, frozenset((name, code) for name, code in where)), "usuarias")


def bounds(asked: Patterns, figure: Figure, most: int = 20) -> tuple[int, int]:
    possible = [n for n in range(most) if asked.allows(figure, n, n)]
    return min(possible), max(possible)


TWO_WAYS = """
    periodo area edad | servicios usuarias
    2025    _T   _T   | 4         2
    2025    _T   j    | 2         2
    2025    _T   m    | 2         2
    2025    a    _T   | 2         2
    2025    a    j    | 1         1
    2025    a    m    | 1         1
    2025    b    _T   | 2*        2*
    2025    b    j    | 1         1
    2025    b    m    | 1         1
"""


def test_records_say_how_many_women_a_cell_can_have() -> None:
    # Both women are j and m; in a one is j and the other m, so each is the other thing in b.
    asked = patterns(edition(table(TWO_WAYS)))
    assert bounds(asked, women("periodo=2025 area=b")) == (2, 2)
    assert asked.value(women("periodo=2025 area=b")) == 2


def test_records_that_cannot_be_are_a_contradiction() -> None:
    packages = [edition(table(TWO_WAYS))]
    found, b = reader(*packages), women("periodo=2025 area=b")
    for number, possible in ((1, False), (2, True), (3, False)):
        known = {**found.known, b: number}
        assert Patterns(shapes(packages), ["2025-T4"], found.relations, known, found.lower).possible() is possible
    case = _Case([edition(table(TWO_WAYS.replace("2*        2*", "2         1")))], 0)
    case.examine()
    assert {exposure.rule for exposure in case.exposures} == {0}


def test_the_women_of_two_vintages_are_those_who_were_there_and_those_who_came() -> None:
    def year(women: int, name: str) -> Package:
        text = f"periodo area | servicios usuarias\n2025 _T | {women} {women}\n2025 a | 9* 9*\n2025 b | 9* 9*"
        return edition(table(text), name=name)

    then, now = year(20, "2025-T4"), year(30, "2025-T4.1")
    asked = patterns(then, now)
    old, new = (
        Figure(Cell(f"{RECORDS}#{name}", women("periodo=2025 area=a").cell.where), "usuarias")
        for name in ("2025-T4", "2025-T4.1")
    )
    assert (bounds(asked, old, 40), bounds(asked, new, 40)) == ((1, 19), (1, 29))
    rise = Figure(Cell(f"{RECORDS}#2025-T4~2025-T4.1", old.cell.where), "usuarias")
    assert bounds(asked, rise, 40) == (0, 10)


@pytest.mark.parametrize(("codes", "programs"), [(10, 1), (11, 0)])
def test_ten_groups_that_anybody_can_combine_are_the_most(codes: int, programs: int) -> None:
    assert COLUMNS == 2**10 - 1
    lines = "\n".join(f"2025 c{n} | 9* 9*" for n in range(codes))
    found = patterns(edition(table(f"periodo area | servicios usuarias\n2025 _T | 90 60\n{lines}"))).programs
    assert [len(program.stands) for program in found] == [COLUMNS] * programs
