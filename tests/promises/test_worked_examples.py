"""The examples on the page of method are true: each is counted, protected, audited, and shows what the page says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from pipeline import SITE
from pipeline.public.audit.audit import audit
from pipeline.public.presentation import examples
from tests.ascii import house, lines

EXAMPLES = examples.read(SITE)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: str(example["id"]))
def test_an_example_shows_what_the_page_says(example: Mapping[str, Any]) -> None:
    options = {name: example[name] for name in ("multiple", "sensitive") if name in example}
    earlier = [example["earlier"]] if "earlier" in example else []
    now = house(example["counted"], **options, earlier_cut_offs=["2025-09"] if earlier else ())
    masked = now.protect(after=earlier)
    before = [house(text, cut_off="2025-09") for text in earlier]
    found = audit([*(each.package(each.protect()) for each in before), now.package(masked)])
    assert not found.exposures
    assert now.render(masked) == [lines(example["shown"])]


def test_there_is_one_of_each_kind() -> None:
    assert {frozenset(example) - {"id", "counted", "shown"} for example in EXAMPLES} == {
        frozenset(), frozenset({"multiple"}), frozenset({"sensitive"}), frozenset({"earlier"}),
    }  # fmt: skip
