"""A sensitive trait: nobody may learn that everybody in a group has it, nor that very few do."""

from __future__ import annotations

from pipeline.public.audit.audit import audit
from tests.ascii import WITHHELD, flat, lines, seen
from tests.editions import edition, table


def test_that_all_women_of_a_group_share_the_trait_is_not_told() -> None:
    # The zeros are withheld as well here: how many did not say is left open, so nobody can be sure of anybody.
    (written,) = seen(r"""
        periodo\lengua  _T   si   no  no_especificado
        2025            40   40    0                0
    """, sensitive=["lengua"])  # fmt: skip
    values = written[1].split()
    assert values[:3] == ["2025", "40", "[c]"]
    assert "[c]" in values[3:]


def test_that_nobody_said_is_no_trait() -> None:
    table = r"""
        periodo\lengua  _T   si   no  no_especificado
        2025            40    0    0               40
    """
    assert seen(table, sensitive=["lengua"]) == [lines(table)]


def test_a_sensitive_group_needs_ten() -> None:
    table = r"""
        periodo\lengua  _T   si   no  no_especificado
        2025            58    8   30               20
    """
    assert seen(table) == [lines(table)]
    assert seen(table, sensitive=["lengua"]) == [lines(table.replace("    8   30               20", " [c] 30 [c]"))]


def test_a_group_is_not_shown_to_share_a_sensitive_trait() -> None:
    """All 30 women have it; published zeros beside it would say so. Here zeros are withheld as well."""
    (written,) = seen(
        r"""
        periodo\rasgo   _T   si   no
        2025            30   30    0
        """,
        sensitive=["rasgo"],
    )
    shown = flat(written)
    assert shown["2025", "si"] == shown["2025", "no"] == WITHHELD


def test_a_zero_that_is_withheld_may_be_anything() -> None:
    # Nobody left it unsaid and 8 have it: were only these two withheld, whoever knows the method would read them as few.
    (written,) = seen(r"""
        periodo\lengua  _T   si   no  no_especificado
        2025            38    8   30                0
    """, sensitive=["lengua"])  # fmt: skip
    shown = flat(written)
    assert shown["2025", "si"] == shown["2025", "no"] == WITHHELD


def test_withheld_zeros_that_can_only_be_few_are_found() -> None:
    text = "periodo lengua | servicios usuarias\n2025 _T | 49 49\n2025 si | 9* 9*\n2025 no | 40 40\n2025 ns | 0* 0*"
    dimensions = {"lengua": {"sensitive": True}}
    told = table(text, dimensions=dimensions, threshold=10, zeros_withheld=True)
    found = {(e.rule, dict(e.cell)["lengua"]) for e in audit([edition(told)]).exposures}
    assert found >= {(8, "si"), (8, "ns")}
