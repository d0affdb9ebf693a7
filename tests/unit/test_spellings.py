"""Spellings: many of one thing are one, and one of two things is nobody's to decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa
import pytest

from pipeline.confidential.intake.recode import Recoder
from pipeline.confidential.storage.workspace import text
from pipeline.institute.plan import Code, CodeList, Origin
from pipeline.model.spellings import KEY_IN_SQL, fold_key, is_no_answer, is_no_key, meanings
from tests.records import shared


def codes(*listed: tuple[str, str, str]) -> CodeList:
    """(code, parent, label)"""
    return CodeList("x", tuple(Code(code, up, (), n, {"es": label}) for n, (code, up, label) in enumerate(listed)))


def recoded(known: CodeList, aliases: Mapping[str, str], values: Sequence[str]) -> list[str]:
    column = pa.array(values).dictionary_encode()
    return [str(value) for value in Recoder({"aliases": aliases}, known, Origin(""))(column).to_pylist()]


PLACES = codes(("a", "", "La Peña"), ("b", "", "La Pena"))


def clashes(known: CodeList, aliases: Mapping[str, str] | None = None) -> tuple[tuple[str, ...], ...]:
    return meanings(tuple((aliases or {}).items()), known.written).clashes


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Asesoría", "Asesoría"),
        ("La Peña", "La Pena"),
        ("Zona 2", "zona ²"),
        ("Trabajo social", "TRABAJO_SOCIAL "),
        ("Otra", "b"),  # the code of the one that has the other label
        ("Via\u00adria", "Viaria\u200b"),
    ],
)
def test_two_codes_of_one_spelling_clash_and_order_does_not_decide(one: str, other: str) -> None:
    listed = [("a", "", other), ("b", "", one)]
    assert clashes(codes(*listed)) == clashes(codes(*reversed(listed))) == (("a", "b"),)


def test_spellings_of_one_code_are_no_clash() -> None:
    known = CodeList("x", (Code("red_de_apoyo", "", (), 1, {"es": "Red de apoyo", "en": "RED DE APOYO"}),))
    assert clashes(known, {"red  de apoyó": "red_de_apoyo"}) == ()


def test_what_a_group_shares_with_its_only_code_is_that_code() -> None:
    known = codes(("otros", "", "Otros"), ("otros_servicios", "otros", "Otros"))
    assert clashes(known) == ()
    assert recoded(known, {}, ["OTROS", "otros", "Otros servicios"]) == ["otros_servicios"] * 3


def test_a_group_and_one_of_its_codes_clash() -> None:
    known = codes(("legal", "", "Asesoría"), ("cita", "legal", "Asesoría"), ("juicio", "legal", "Juicio"))
    assert clashes(known) == (("cita", "legal"),)


def test_groups_that_no_record_may_hold_do_not_clash() -> None:
    known = codes(("g", "", "Otros"), ("h", "", "Otros"), ("g1", "g", "Uno"), ("h1", "h", "Dos"))
    assert clashes(known) == ()


def test_who_says_each_spelling_is_taken_at_their_word() -> None:
    said = {"La Peña": "a", "La Pena": "b"}
    assert clashes(PLACES, said) == ()
    assert recoded(PLACES, said, ["La Peña", "La Pen\u0303a", "La Pena", "LA PEÑA"]) == ["a", "a", "b", "LA PEÑA"]


def test_who_says_only_one_of_two_spellings_has_not_said_enough() -> None:
    assert clashes(PLACES, {"La Pena": "b"}) == (("a", "b"),)
    assert clashes(codes(("a", "", "Asesoría"), ("b", "", "Asesoría")), {"Asesoría": "b"}) == ()
    assert clashes(codes(("a", "", "Uno"), ("b", "", "Dos")), {"a": "b"}) == ()  # one code that now counts as another


KEYS = [
    ("María01", "Mari\u0301a01"),
    ("María01", "MARÍA 01"),
    ("María01", "Mar\u00adía\u200b0\u00a01"),
    ("00123", "123"),
    ("123.0", "0123"),
    ("'00123", "123"),
    ("AB-12", "ab\N{EN DASH}12"),
    ("\N{FULLWIDTH DIGIT ONE}2", "12"),
    ("0", "00"),
]


@pytest.mark.parametrize(("one", "other"), KEYS)
def test_spellings_of_one_key_are_one(one: str, other: str) -> None:
    assert fold_key(one) == fold_key(other)


@pytest.mark.parametrize(
    ("one", "other"), [("1-12", "11-2"), ("A_1", "A1"), ("100", "10"), ("A01", "A1"), ("1.5", "15"), ("1.10", "1.1")]
)
def test_other_keys_stay_others(one: str, other: str) -> None:
    assert fold_key(one) != fold_key(other)


def test_the_database_folds_plain_keys_as_python_does() -> None:
    plain = [chr(code) for code in range(32, 127)] + [key for pair in KEYS for key in pair if key.isascii()]
    plain += ["000", "00.", "0.0", "01.00", "0a0", "-007", "1e5", " 0 0 7 ", "A_ B", "7.", "..", "0'0"]
    for key in plain:
        assert shared().rows(f"SELECT {KEY_IN_SQL.format(text(key))}") == [(fold_key(key),)], key


@pytest.mark.parametrize(
    "written",
    [
        "Total", "TOTALES", "Sub-total enero", "Gran total", "Total Centro", "Suma", "ídem", "Ibid", '"', "''", "- \" -", "〃", "NULL", "\\N",
        "NaN", "#N/A", "#¡REF!", "Err:502", "AtenciÃ³n", "Atenci\ufffdn", "Atenci?n", "Atenci¢n",
        "#VALOR!", "#NOME?", "#DIV/0!", "#N/D", "#DESBORDAMIENTO!", "#####", "Suma total", "Sumatoria", "Σ", "Acumulado", "Promedio",
    ],
)  # fmt: skip
def test_a_total_a_ditto_a_mark_of_a_program_and_a_misread_letter_are_no_answer(written: str) -> None:
    assert is_no_answer(written)
    assert is_no_key(written)


@pytest.mark.parametrize(
    "written",
    [
        "Totalmente de acuerdo",
        "Sumaya",
        "Sumapaz",
        "#1",
        "#12 Centro",
        "¿Qué?",
        "No",
        "D’Angelo",
        "casa—hogar",
        "Ñandú",
        "São Paulo",
        "Otra: taller",
    ],
)
def test_what_only_looks_like_that_is_an_answer(written: str) -> None:
    assert not is_no_answer(written)
    assert not is_no_key(written)


@pytest.mark.parametrize(
    "written", ["0", "000000000000", "-", "…", "?", "S/N", "s.n.", "N/A", "xxx", "Sin clave", "ninguna", "No tiene"]
)
def test_a_mark_that_there_is_no_key_is_none(written: str) -> None:
    assert is_no_key(written)


@pytest.mark.parametrize("written", ["00a0", "0123456789ab", "A-12", "sn-1", "Xóchitl-3"])
def test_a_key_is_a_key(written: str) -> None:
    assert not is_no_key(written)
