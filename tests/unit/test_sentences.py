"""What a chart says: a month against the same a year before, the share of yes, the largest part, ties, breaks; never of what is
withheld."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import pytest

from pipeline.institute.written import ChartEntry
from pipeline.public.charts import sentences
from pipeline.public.charts.spec import TAIL, Drawing, Spec
from pipeline.public.statistics.figures import WITHHELD, Value
from pipeline.wording import texts

WORDS = texts.of_site(("es", "en"))
YEARS = ("2024-T3", "2024-T4", "2025-T3", "2025-T4")


def spec(kind: str, **more: Any) -> Spec:
    entry: dict[str, Any] = {
        "id": "c",
        "topic": "t",
        "table": "t",
        "kind": kind,
        "measure": "m",
        "title": {"es": "Título", "en": "Title"},
    }
    axes = {"y": "a"} if kind == "bar" else {"x": "periodo", "color": "a"}
    return Spec.of(cast(ChartEntry, {**entry, **axes, **more}))


def drawn(values: Mapping[str, Value], **more: Any) -> Drawing:
    """Bars of a year."""
    labels = {code: code.capitalize() for code in values}
    aside = tuple(code for code in values if TAIL.match(code))
    cells = {(code, "_T"): value for code, value in values.items()}
    return Drawing(
        spec("bar", **more), "es", "Usuarias", "2025", labels, {"_T": "Usuarias"}, cells, aside, when="en 2025"
    )


def said(values: Mapping[str, Value], whole: Value = None, **more: Any) -> str:
    wholes = {} if whole is None else {"2025": whole}
    return sentences.finding(drawn(values, **more), wholes, WORDS["es"]).replace("\u00a0", " ")


def over_time(rows: Mapping[str, tuple[Value, ...]], periods: tuple[str, ...] = YEARS, **more: Any) -> Drawing:
    """A line per series, a value per period."""
    words = WORDS["es"]
    return Drawing(
        spec=spec(more.pop("kind", "line"), **more),
        language="es",
        unit="Servicios",
        period="",
        xs={code: words.short_period(code) for code in periods},
        series={name: name.capitalize() for name in rows},
        values={(code, name): v for name, values in rows.items() for code, v in zip(periods, values, strict=True)},
        aside=tuple(name for name in rows if TAIL.match(name)),
    )


def told(rows: Mapping[str, tuple[Value, ...]], periods: tuple[str, ...] = YEARS, **more: Any) -> str:
    return sentences.finding(over_time(rows, periods, **more), {}, WORDS["es"])


def test_of_a_question_of_yes_or_no_the_share_of_yes_is_told_and_never_that_most_said_no() -> None:
    assert said({"si": 95, "no": 1334, "no_especificado": 0}, 1429) == "Título: 7 % en 2025 (95 de 1,429 usuarias)."
    assert said({"si": 95, "no": 1334, "no_especificado": 15}, 1444).endswith(
        "usuarias). Aparte: No_especificado (15)."
    )
    assert said({"no": 1334, "si": WITHHELD, "no_especificado": 15}, 1444) == ""


def test_the_largest_part_is_told_with_its_share_and_what_says_little_is_left_out() -> None:
    assert said({"a": 50, "b": 20, "otra": 5}, 75) == "Lo más frecuente en 2025: A, 67 % (50 de 75 usuarias)."
    assert said({"a": 50, "no_aplica": 80}, 130).startswith("Lo único que se muestra en 2025: A")
    assert said({"a": 50, "b": 1, "no_aplica": 80}, 131).endswith("usuarias). Aparte: No_aplica (80).")
    assert said({"a": 50, "b": 20}) == "Lo más frecuente en 2025: A, 50 usuarias."


def test_ties_are_told_as_ties() -> None:
    assert said({"a": 7, "b": 7, "c": 1}, 15).startswith("Lo más frecuente en 2025, por igual: A y B, 47 %")
    assert said(dict.fromkeys("abcd", 7)) == "Nada destaca en 2025: hay 4 con la misma cifra, 7 usuarias."
    assert said({"a": 0, "b": 0}) == "En lo que se muestra no hubo usuarias en 2025."


def test_where_a_withheld_figure_could_be_the_largest_the_sentence_speaks_of_what_is_shown() -> None:
    assert said({"a": 50, "b": 20, "c": WITHHELD}, 90).startswith("De lo que se muestra, lo más frecuente en 2025: A, ")
    assert said({"a": 50, "b": WITHHELD}).startswith("Lo único que se muestra en 2025: A")
    assert said({"a": WITHHELD, "b": WITHHELD}) == ""


def test_own_words_are_used_only_where_they_are_true() -> None:
    own = {"finding": {"es": "La mayor es {name_lower}, {share} de {whole}."}}
    assert said({"a": 3, "b": 1}, 4, **own) == "La mayor es a, 75 % de 4."
    untrue: list[tuple[dict[str, Value], Value]] = [
        ({"a": 3, "b": WITHHELD, "c": 1}, 9),
        ({"a": 3, "b": 3}, 6),
        ({"a": 3, "b": 1}, None),
    ]
    for values, whole in untrue:
        assert "La mayor" not in said(values, whole, **own)
    yes = {"finding": {"es": "Dijo que sí el {share}."}}
    assert said({"si": 1, "no": 3}, 4, **yes) == "Dijo que sí el 25 %."


def test_a_period_is_held_against_the_same_one_a_year_before_and_both_ways_are_told() -> None:
    rows = {"a": (1, 20, 99, 25), "b": (1, 30, 99, 10), "c": (1, 5, 9, 5)}
    assert told(rows) == (
        "Servicios en el cuarto trimestre de 2025, frente a un año antes: sube A (de 20 a 25); baja B (de 30 a 10); "
        "sigue igual C (5)."
    )
    months = ("2024-12", "2025-01", "2025-12")
    assert "en diciembre de 2025, frente a un año antes: suben B (de 5 a 9) y A (de 10 a 11)" in told(
        {"a": (10, 99, 11), "b": (5, 1, 9)}, months
    )
    assert told({**rows, "no_especificado": (1, 20, 99, 25), "otra": (1, 20, 99, 25)}) == told(rows)
    assert told({"_T": (1, 20, 3, 25)}) == "Servicios en el cuarto trimestre de 2025: 25, más que un año antes (20)."
    assert told({"_T": (1, 20, 3, 5)}) == "Servicios en el cuarto trimestre de 2025: 5, menos que un año antes (20)."
    assert told({"_T": (1, 20, 3, 20)}) == "Servicios en el cuarto trimestre de 2025: 20, lo mismo que un año antes."


def test_of_many_series_their_number_and_those_that_moved_the_most() -> None:
    rows = {name: (0, 10, 0, 10 + n) for n, name in enumerate("abcde", start=1)} | {"z": (0, 9, 0, 1)}
    text = told(rows)
    assert "suben 5 de 6 comparables, sobre todo E (de 10 a 15) y D (de 10 a 14); baja Z (de 9 a 1)." in text


def test_what_is_withheld_now_or_was_is_compared_with_nothing() -> None:
    rows: dict[str, tuple[Value, ...]] = {"a": (1, 20, 9, 25), "b": (1, WITHHELD, 9, 10), "c": (1, 5, 9, WITHHELD)}
    assert told(rows).endswith("sube A (de 20 a 25); sin cifra de un año antes: B (10).")
    assert told({"a": (1, 2, 3, WITHHELD)}) == ""
    assert told({"a": (1, WITHHELD, 3, 4)}) == "Servicios en el cuarto trimestre de 2025: A (4)."
    assert told({"_T": (5, 6)}, ("2025-T3", "2025-T4")) == "Servicios en el cuarto trimestre de 2025: 6."


@pytest.mark.parametrize(
    ("at", "broken"), [("2025-T1", True), ("2025-T4", True), ("2024-T4", False), ("2025-11", True)]
)
def test_nothing_is_compared_across_a_break(at: str, broken: bool) -> None:
    note = {"at": at, "says": {"es": "cambió la cédula.", "en": "the form changed."}}
    text = told({"a": (1, 20, 9, 25)}, annotations=[note])
    assert ("frente a" not in text and text.endswith("No se compara con un año antes: cambió la cédula.")) == broken


def test_parts_over_time_are_shares_now_and_a_year_before() -> None:
    wholes = {"2024-T4": 40, "2025-T4": 50}
    rows = {"a": (1, 10, 3, 26), "b": (1, 30, 3, 24)}
    text = sentences.finding(over_time(rows, kind="stacked"), wholes, WORDS["es"]).replace("\u00a0", " ")
    assert text == (
        "Lo más frecuente en el cuarto trimestre de 2025: A, 52 % (26 de 50 servicios); un año antes, 25 % (10 de 40)."
    )
    held = over_time({**rows, "a": (1, WITHHELD, 3, 26)}, kind="stacked")
    assert sentences.finding(held, wholes, WORDS["es"]).endswith("A, 52\u00a0% (26 de 50 servicios).")
    now = over_time({**rows, "b": (1, 30, 3, WITHHELD)}, kind="stacked")
    assert sentences.finding(now, wholes, WORDS["es"]).startswith(
        "Lo único que se muestra en el cuarto trimestre de 2025"
    )
    some = over_time({**rows, "c": (1, 1, 1, WITHHELD)}, kind="stacked")
    assert sentences.finding(some, wholes, WORDS["es"]).startswith(
        "De lo que se muestra, lo más frecuente en el cuarto"
    )
    tied = over_time({"a": (1, 10, 3, 25), "b": (1, 30, 3, 25)}, kind="stacked")
    assert "lo más frecuente" not in sentences.finding(tied, wholes, WORDS["es"]).lower()


def test_no_sentence_depends_on_what_is_withheld() -> None:
    """A withheld figure carries no number; whatever else is drawn, the sentence names published figures only."""
    values: dict[str, Value] = {"a": 40, "b": WITHHELD, "c": 12}
    assert said(values, 100) == "De lo que se muestra, lo más frecuente en 2025: A, 40 % (40 de 100 usuarias)."
    hidden = replace(drawn(values), values=dict.fromkeys(drawn(values).values, WITHHELD))
    assert sentences.finding(hidden, {"2025": 100}, WORDS["es"]) == ""


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("es", ("en 2025", "en el primer trimestre de 2025", "en marzo de 2025", "de enero a septiembre de 2025")),
        ("en", ("in 2025", "in the first quarter of 2025", "in March 2025", "from January to September 2025")),
        ("pt", ("em 2025", "no primeiro trimestre de 2025", "em março de 2025", "de janeiro a setembro de 2025")),
    ],
)
def test_a_period_is_said_as_people_say_it(language: str, told: tuple[str, ...]) -> None:
    words = texts.of_site((language,))[language]
    assert tuple(map(words.in_period, ("2025", "2025-T1", "2025-03", "2025-T1-T3"))) == told
