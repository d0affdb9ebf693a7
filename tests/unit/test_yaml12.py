"""YAML as an office writes it: codes stay codes, and no key hides another."""

from __future__ import annotations

import pytest
import yaml

from pipeline.model.yaml12 import mistake, read


def test_codes_that_look_like_something_else_stay_words() -> None:
    text = "[no, yes, on, 18_24, 1_2, 2025-T4, 2025-10-15, 12:30, 01, 0x1F, 1e5]"
    assert read(text)[0] == text.strip("[]").split(", ")


def test_keys_are_words_always() -> None:
    assert read("{911: policia, no: 3, true: si, 2025: x}")[0] == {"911": "policia", "no": 3, "true": "si", "2025": "x"}


def test_numbers_truth_and_nothing_are_what_they_are() -> None:
    assert read("[5, -3, 0, 2.5, .5, 1.5e3, true, False, null, ~, '']")[0] == [
        5, -3, 0, 2.5, 0.5, 1500.0, True, False, None, None, "",
    ]  # fmt: skip


def test_a_key_that_repeats_one_is_told_with_its_line() -> None:
    content, repeated = read("a: 1\nb:\n  - c: 1\n    c: 2\nd: {e: 1, e: 2}\na: 3\n")
    assert repeated == [("b.0.c", 4), ("d.e", 5), ("a", 6)]
    assert content["a"] == 3


def test_the_same_key_elsewhere_repeats_nothing() -> None:
    assert read("a: {x: 1}\nb: {x: 1}\nc: [{x: 1}, {x: 2}]\n")[1] == []


def test_nothing_and_what_is_no_yaml() -> None:
    assert read("# only a comment\n") == (None, [])
    for text in ("a: [1", "!!python/object:os.system {}", "a: b: c"):
        with pytest.raises(yaml.YAMLError):
            read(text)


@pytest.mark.parametrize("after", ["", "ñ", "ñ\nb: ó"])
@pytest.mark.parametrize("before", ["", "título: ñandú\n", "é" * 500 + ": 1\n"])
def test_a_sign_that_may_not_stand_is_found_whatever_stands_before_it(before: str, after: str) -> None:
    """The parser counts bytes: after accents it named a later place, or one behind the end."""
    text = f"{before}a: b\x00{after}"
    with pytest.raises(yaml.YAMLError) as refused:
        read(text)
    line = before.count("\n") + 1
    assert mistake(refused.value, text) == {"why": "sign", "sign": "U+0000", "line": line, "position": 5}
