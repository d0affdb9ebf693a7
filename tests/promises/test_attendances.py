r"""Who attends is counted beside all who do: the women of an activity are no more than its public. Cells are women:all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.confidential.protection.constraints import tie
from pipeline.confidential.protection.protect import Told, protect
from pipeline.confidential.suppression import suppress
from pipeline.confidential.suppression.problem import Problem, Suppression
from pipeline.institute.written import Facts
from pipeline.model.cells import AtMost, Cell, Figure
from pipeline.model.findings import PipelineError
from pipeline.public.audit.audit import audit
from pipeline.public.edition.model import Package, PublishedTable
from pipeline.verification.verify import verify
from tests.ascii import RECORDS, SERVICES, House, house, lines, vintage
from tests.editions import edition, table, written

SUMS = {"asistentes": ("mujeres", "menores"), "mujeres": ("mujeres",)}
WITHIN = {"mujeres": ("asistentes",)}


def attended(text: str, measures: tuple[str, ...] = ("mujeres", "asistentes"), **options: Any) -> House:
    """Activities without a key of who attends."""
    built = house(text, **options)
    resource = replace(
        built.plan.resources[RECORDS], rows=SERVICES, person="", persons="", sums=SUMS, women="asistentes"
    )
    tables = tuple(replace(each, measures=measures) for each in built.plan.tables)
    facts: Facts = {**built.plan.facts, "measures": {name: {"es": name} for name in (SERVICES, *SUMS)}}
    plan = replace(built.plan, facts=facts, resources={RECORDS: resource}, tables=tables)
    return replace(built, plan=plan)


def shown(text: str) -> list[str]:
    """What a reader sees; it has passed the audit."""
    built = attended(text)
    masked = built.protect()
    assert audit([built.package(masked)]).exposures == ()
    return built.render(masked)[0]


def told(text: str) -> PublishedTable:
    return table(text, rows="actividades", persons=None, women="asistentes", within=WITHIN)


def read(text: str) -> Package:
    return edition(told(text))


def exposed(package: Package) -> set[tuple[int, str, str]]:
    return {(e.rule, e.kind, " ".join(code for _, code in e.cell)) for e in audit([package]).exposures}


def test_a_few_women_among_many_are_a_small_group() -> None:
    # Of the 30 who came to the workshop for families of a, three are women.
    assert shown(r"""
        periodo\modulo     _T      a      b      c
        2025           63:120   3:30  30:40  30:50
    """) == lines(r"""
        periodo\modulo     _T      a      b      c
        2025           63:120    [c]    [c]  30:50
    """)  # fmt: skip


ONLY = r"""
    periodo\modulo     _T       a       b
    2025           45:220  21:110  24:110
    2025-T1          5:70    1:30    4:40
    2025-T2        40:150   20:80   20:70
"""


def test_the_only_woman_among_many_does_not_find_the_few_of_another_place() -> None:
    # One woman among the 30 of a knows that the women of the first quarter, were they shown to be 5, are 4 in b.
    assert shown(ONLY) == lines(r"""
        periodo\modulo     _T       a       b
        2025           45:220  21:110  24:110
        2025-T1           [c]     [c]     [c]
        2025-T2           [c]     [c]     [c]
    """)  # fmt: skip


def test_what_is_chosen_knows_that_the_women_of_an_activity_are_within_its_public() -> None:
    built = attended("periodo\\modulo _T a b\n2025 63:120 33:60 30:60")
    cells = [
        Cell(RECORDS, frozenset({("periodo", "2025"), *more})) for more in ([], [("modulo", "a")], [("modulo", "b")])
    ]
    counted = dict(zip(cells, ((63, 120), (33, 60), (30, 60)), strict=True))
    values = {
        Figure(cell, name): n for cell, each in counted.items() for name, n in zip(SUMS, reversed(each), strict=True)
    }
    tied = tie(values, built.plan, built.plan.periods(built.edition))
    for cell in cells:
        assert AtMost(Figure(cell, "mujeres"), Figure(cell, "asistentes")) in tied.relations


def test_her_witnesses_are_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    built = attended(ONLY)

    def unmet() -> set[str]:
        found = protect(built.counts, built.plan, built.edition)
        worlds = dict(zip(found.figures, np.vstack([found.truth, found.witnesses]).T, strict=True))
        findings = verify([built.package(found.masked)], worlds).findings
        return {f"{finding.rule} {dict(finding.facts)['number']}" for finding in findings}

    assert unmet() == set()
    choose = suppress.suppress

    def forgetful(problem: Problem, **rest: Any) -> Suppression:
        return choose(replace(problem, knowers=()), **rest)

    monkeypatch.setattr(suppress, "suppress", forgetful)
    assert unmet() == {"goal_unmet 3"}


@pytest.mark.parametrize(("women", "found"), [(0, set()), (3, {(1, "published", "2025")}), (5, set())])
def test_the_audit_refuses_them_when_shown(women: int, found: set[tuple[int, str, str]]) -> None:
    assert exposed(read(f"periodo | mujeres asistentes\n2025 | {women} 30")) == found


def test_a_public_is_bounded_by_its_women_and_its_others() -> None:
    # What is left of x is one woman, and what is left of a two others: so three at most came to x of a, though of all
    # who came 23 are left of x and 14 of a.
    text = """
        periodo tema modulo | mujeres asistentes
        2025 _T _T | 73 125
        2025 _T a | 12 14
        2025 _T b | 11 41
        2025 _T c | 50 70
        2025 x _T | 31 53
        2025 x a | 0* 2*
        2025 x b | 1* 21*
        2025 x c | 30 30
        2025 y _T | 42 72
        2025 y a | 12* 12*
        2025 y b | 10* 20*
        2025 y c | 20 40
    """
    assert (2, "withheld", "a 2025 x") in exposed(read(text))


@pytest.mark.parametrize(("women", "safe"), [(6, True), (3, False)])
def test_a_few_women_among_many_who_came_late_are_a_small_group(women: int, safe: bool) -> None:
    # The figures of b are withheld in both editions: how many women were added to it must not be known to be few.
    then = attended(
        r"""
        periodo\modulo     _T      a      b      c
        2025-T2        43:90   4:20  19:30  20:40
        """,
        cut_off="2025-09",
    )
    now = attended(
        rf"""
        periodo\modulo     _T      a      b      c
        2025-T2      {43 + women}:110   4:20  {19 + women}:50  20:40
        """,
        earlier_cut_offs=["2025-09"],
    )
    before = then.protect()
    old = vintage(then, before, now, ["2025-04", "2025-05", "2025-06"])
    if safe:
        masked = protect(now.counts, now.plan, now.edition, Told({}, [old])).masked
        assert audit([then.package(before), now.package(masked)]).exposures == ()
    else:
        with pytest.raises(PipelineError):
            protect(now.counts, now.plan, now.edition, Told({}, [old]))


def test_more_women_than_all_who_came_are_refused() -> None:
    assert exposed(read("periodo | mujeres asistentes\n2025 | 21 20")) == {(0, "sums", "2025")}


def test_a_table_says_what_is_within_what(tmp_path: Path) -> None:
    package = written(tmp_path / "edition", told("periodo | mujeres asistentes\n2025 | 20 30"))
    assert package.tables["tabla"].within == WITHIN


@pytest.mark.parametrize(("came", "found"), [(0, set()), (3, {(1, "published", "2025")})])
def test_an_activity_that_nobody_came_to_is_told(came: int, found: set[tuple[int, str, str]]) -> None:
    text = f"periodo | actividades mujeres asistentes\n2025 | 6 0 {came}"
    assert exposed(read(text)) == found


TRAIT = {"rasgo": {"sensitive": True}}


@pytest.mark.parametrize("everybody", ["4           15", "4*          15*"])
def test_nobody_comes_where_nothing_took_place(everybody: str) -> None:
    # Seven came to the one activity of si and four to all of n: so it was one of j, and n had none of si.
    package = edition(
        table(
            f"""
            edad rasgo | actividades asistentes
            _T   _T    | {everybody}
            _T   si    | 1           7
            _T   no    | 3           8
            j    _T    | 2           11
            j    si    | 1*          7*
            j    no    | 1*          4*
            n    _T    | 2           4
            n    si    | 0*          0*
            n    no    | 2*          4*
            """,
            rows="actividades",
            persons=None,
            women="asistentes",
            threshold=3,
            zeros_withheld=True,
            dimensions=TRAIT,
        )
    )
    assert exposed(package) == {(8, "zero", "n si"), (5, "equal", "n no")}


def test_in_no_witness_somebody_comes_where_nothing_took_place() -> None:
    built = attended(
        r"""
        periodo/edad\rasgo    _T   si   no
        2025/_T             4:15  1:7  3:8
        2025/j              2:11  1:7  1:4
        2025/n               2:4  0:0  2:4
        """,
        (SERVICES, "asistentes"),
        sensitive=["rasgo"],
        threshold=3,
        sensitive_threshold=3,
    )
    found = protect(built.counts, built.plan, built.edition)
    came = {figure.cell: values for figure, values in found.worlds.items() if figure.measure == "asistentes"}
    held = {figure.cell: values for figure, values in found.worlds.items() if figure.measure == SERVICES}
    assert any((values == 0).any() for values in held.values())
    assert not any((values[held[cell] == 0] > 0).any() for cell, values in came.items() if cell in held)
    assert audit([built.package(found.masked)]).exposures == ()


def late() -> set[tuple[int, str, str]]:
    """What is exposed of two editions of activities; what came late was of j."""
    options: dict[str, Any] = {"rows": "actividades", "persons": None, "women": "asistentes", "within": WITHIN}
    before = table(
        """
        periodo edad | actividades mujeres asistentes
        2025    _T   | 2           3       9
        2025    j    | 1*          2*      5*
        2025    m    | 1*          1*      4*
        """,
        threshold=3,
        **options,
    )
    after = table(
        """
        periodo edad | actividades mujeres asistentes
        2025    _T   | 3           7       13
        2025    j    | 2           6       9
        2025    m    | 1           1       4
        """,
        threshold=3,
        **options,
    )
    packages = [edition(before, name="2025"), edition(after, name="2025.1")]
    return {(e.rule, e.kind, " ".join(code for _, code in e.cell)) for e in audit(packages).exposures}


def test_nobody_comes_late_where_no_activity_did() -> None:
    # m had one activity before and has one now: the two women of j were two before.
    assert (2, "withheld", "j 2025") in late()
