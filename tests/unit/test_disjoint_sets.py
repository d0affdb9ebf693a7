"""Which things lead into a circle."""

from __future__ import annotations

import pytest

from pipeline.model.disjoint_sets import endless


@pytest.mark.parametrize(
    ("ways", "expected"),
    [
        ({"a": ("b",), "b": ("c",), "c": ()}, []),
        ({"a": ("a",)}, ["a"]),
        ({"a": ("b",), "b": ("a",), "c": ("a",), "d": ("",)}, ["a", "b", "c"]),
        ({"a": ("b", "c"), "b": (), "c": ("a",), "d": ("b",)}, ["a", "c"]),
        ({"a": ("b", "b"), "b": ()}, []),
        ({"a": ("unknown",)}, []),
    ],
)
def test_what_leads_into_a_circle_is_found_and_what_is_beside_it_is_not(
    ways: dict[str, tuple[str, ...]], expected: list[str]
) -> None:
    assert endless(ways) == expected


def test_a_long_chain_is_walked_once() -> None:
    chain = {n: (n + 1,) for n in range(200_000)}
    assert endless(chain) == []
    assert len(endless(chain | {200_000: (0,)})) == 200_001
