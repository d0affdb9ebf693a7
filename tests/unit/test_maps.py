"""A map and the cards: rates, shares, changes and goals are worked out of published figures, and withheld with them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from pipeline import ROOT
from pipeline.institute.load import load
from pipeline.institute.plan import Plan
from pipeline.institute.written import CardEntry, Site
from pipeline.model.reference_data import Catalogue, Shapes, drawable
from pipeline.public.charts import maps, svg
from pipeline.public.charts.spec import Spec
from pipeline.public.charts.theme import HELD, NARROW, PAPER, WIDE
from pipeline.public.edition import reader
from pipeline.public.presentation.edition_view import Card, View
from pipeline.public.presentation.service_sheets import Sheets
from pipeline.public.statistics.figures import WITHHELD
from pipeline.wording import texts
from pipeline.workflows import editions
from tests.editions import BARS, edition, table

WORDS = texts.of_site(("es", "en"))
SPEC = Spec.of(
    {
        "id": "mapa", "topic": "t", "table": "tabla", "kind": "map", "measure": "usuarias", "y": "zona", "level": "anio",
        "shapes": "mapa", "rate": {"catalogue": "poblacion", "column": "mujeres", "per": 10000},
        "title": {"es": "Mapa", "en": "Map"},
    }
)  # fmt: skip
ZONES = """
    periodo zona | servicios usuarias
    2025    _T   | 90        70
    2025    z1   | 30        30
    2025    z2   | 3*        3*
    2025    z3   | 37*       37*
    2025    z4   | 0         0
"""


def square(code: str, x: int) -> dict[str, Any]:
    ring = [[x, 0], [x, 1], [x + 1, 1], [x + 1, 0], [x, 0]]
    return {"type": "Feature", "properties": {"zona": code}, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def view(text: str = ZONES, people: Mapping[str, int] | None = None, site: Site | None = None) -> View:
    """An edition of one table by zone, on a map of squares; z4 has no shape."""
    said = {"title": {"es": "Mujeres", "en": "Women"}}
    fields = [
        {"name": name, "type": kind, "celosia": said}
        for name, kind in (("anio", "year"), ("zona", "string"), ("mujeres", "integer"))
    ]
    rows = [
        {"anio": "2025", "zona": zone, "mujeres": str(count)}
        for zone, count in (people or {"z1": 2000, "z2": 1000, "z3": 5000}).items()
    ]
    text_of = json.dumps({"type": "FeatureCollection", "features": [square(f"z{n}", n) for n in (1, 2, 3)]})
    goals = [
        {"anio": "2025", "indicador": "usuarias", "meta": "80"},
        {"anio": "2025", "indicador": "zona", "meta": "5"},
    ]
    named = [{"name": name, "type": "string", "celosia": said} for name in ("anio", "indicador", "meta")]
    made = replace(
        edition(table(text)),
        descriptor={"resources": []},
        catalogues={
            "poblacion": Catalogue("poblacion", {}, {"fields": fields}, tuple(rows)),
            "metas": Catalogue("metas", {}, {"fields": named}, tuple(goals)),
        },
        shapes={"mapa": Shapes("mapa", {}, "zona", "zona", text_of)},
    )
    plan = Plan(Path(), {"languages": ["es", "en"]}, {}, {}, {}, (), (), site or {})
    return View([made], plan, WORDS["es"], Path())


def drawn(**options: Any) -> maps.Map:
    found = view(**options).drawing(SPEC)
    assert isinstance(found, maps.Map)
    return found


def test_a_rate_divides_the_women_of_a_zone_by_those_who_live_in_it() -> None:
    found = drawn()
    assert found.shade("z1") == pytest.approx(150)
    assert found.unit == "Usuarias por cada 10,000 mujeres".replace("Usuarias", "usuarias")


def test_a_withheld_zone_has_no_rate_no_colour_and_a_mark() -> None:
    found = drawn()
    assert (found.shade("z2"), found.fill("z2")) == (None, HELD)
    assert found.withheld == 2
    made = view()
    rows = dict(made.chart_rows(found)["rows"])
    assert rows["z2"] == ["[c]", "1,000", "[c]"]
    assert rows["z1"] == ["30", "2,000", "150.0"]
    picture = json.dumps(made.specification(found, WIDE), ensure_ascii=False)
    assert picture.count('"[c]"') == 3  # two zones and the legend


def test_a_zone_of_which_nobody_is_counted_is_no_gap() -> None:
    found = drawn(people={"z1": 2000, "z2": 1000, "z3": 5000, "z4": 800})
    assert found.shade("z4") == 0
    assert "z4" not in found.shapes
    assert dict(view(people={"z4": 800}).chart_rows(drawn(people={"z4": 800}))["rows"])["z4"] == ["0", "800", "0.0"]


def test_a_zone_without_people_has_its_count_and_no_rate() -> None:
    rows = dict(view(people={"z2": 1}).chart_rows(drawn(people={"z2": 1}))["rows"])
    assert rows["z1"] == ["30", "–", "–"]


@pytest.mark.parametrize("language", ["es", "en"])
def test_a_rate_without_its_population_says_that_and_not_that_figures_are_withheld(language: str) -> None:
    """No row, a row without a number, and nobody at all: each leaves counts that are told, and nothing to divide by."""
    words = WORDS[language]
    open_figures = ZONES.replace("*", "")
    for people in ({"z9": 1}, {"z1": 0, "z2": 0, "z3": 0, "z4": 0}):
        without = drawn(text=open_figures, people=people)
        assert maps.finding(without, words) == ""
        assert maps.unsaid(without, words) == words("map.no_people", people="Mujeres", period="2025")
    assert maps.unsaid(drawn(text=ZONES, people={"z9": 1}), words) == maps.unsaid(without, words)
    nobody_told = replace(drawn(), values=dict.fromkeys(drawn().values, WITHHELD))
    assert maps.unsaid(nobody_told, words) == words("chart.nothing")


def test_one_zone_with_a_figure_is_told_as_the_only_one() -> None:
    said = maps.finding(drawn(), WORDS["es"])
    assert said == "Solo hay cifra de z1 en 2025 (150.0): usuarias por cada 10,000 mujeres."


def test_a_chart_says_that_all_is_withheld_only_where_it_is() -> None:
    bars = view().drawing(Spec.of(BARS))
    for values, key in ((WITHHELD, "chart.nothing"), (None, "chart.none")):
        assert view().sentence(replace(bars, values=dict.fromkeys(bars.values, values))) == WORDS["es"](key)
    series = Spec.of({**BARS, "kind": "line", "x": "periodo", "level": "trimestre"})
    last_withheld = view(QUARTERS.replace("2025-T4 _T   | 90        60", "2025-T4 _T   | 90*       60*"))
    assert last_withheld.sentence(last_withheld.drawing(series)) == WORDS["es"]("chart.some")


def test_shapes_that_cannot_be_drawn_are_left_out_and_keys_may_be_numbers() -> None:
    good = square("1", 0)
    assert drawable(good)
    nan, flat = json.loads(json.dumps(good)), json.loads(json.dumps(good))
    nan["geometry"]["coordinates"][0][1] = [float("nan"), 0]
    flat["geometry"]["coordinates"][0] = flat["geometry"]["coordinates"][0][:3]
    bad: tuple[Any, ...] = ([], None, [[]], [[["0", "1"]] * 4], [[[1]] * 4])
    others = [{**good, "geometry": {"type": "Polygon", "coordinates": each}} for each in bad]
    assert not any(map(drawable, (nan, flat, *others)))
    numbered = {**good, "properties": {"zona": 1}}
    text = json.dumps({"type": "FeatureCollection", "features": [numbered]})
    assert Shapes("mapa", {}, "zona", "zona", text).of("1") == numbered


def test_zero_withheld_and_no_figure_look_different_and_each_stands_in_the_key() -> None:
    found = drawn(
        text=ZONES.replace("z1   | 30        30", "z1   | 0         0"), people={"z1": 2000, "z2": 1000, "z3": 900}
    )
    none = replace(found, values={**found.values, ("z3", "_T"): None})
    fills = {zone: none.fill(zone) for zone in ("z1", "z2", "z3")}
    assert fills == {"z1": maps.SHADES[0], "z2": HELD, "z3": PAPER}
    assert none.missing == 1
    said = json.loads(maps.outlines(none, WORDS["es"]))
    assert {name: zone["mark"] for name, zone in said["zones"].items()} == {"z1": "0.0", "z2": "[c]", "z3": "–"}
    assert [entry["text"] for entry in said["key"]][-2:] == ["[c]", "–"]
    assert len({(entry["fill"], *entry["dash"]) for entry in said["key"]}) == len(said["key"])
    picture = json.dumps(view().specification(none, WIDE), ensure_ascii=False)
    assert all(json.dumps(dash) in picture for dash in (maps.HELD_LINE, maps.NOTHING_LINE))


def test_the_projection_is_plain_and_nothing_is_fetched() -> None:
    made = view().specification(drawn(), NARROW)
    assert made["vconcat"][0]["projection"] == {"type": "identity", "reflectY": True}
    assert "url" not in json.dumps(made)
    picture = svg.render(made, name="m", title="t", description="d", words=WORDS["es"])
    assert picture.count("<path") >= 3
    assert "[c]" in picture


@pytest.mark.parametrize("rates", [(121.5, 193.9), (0.0, 0.4), (5.0, 5.0), (0.0, 0.0), (3.1, 97_000.0), (99.9, 100.1)])
def test_classes_are_round_few_and_hold_every_figure(rates: tuple[float, float]) -> None:
    low, high = rates
    found = replace(drawn(), values={("z1", "_T"): 0, ("z2", "_T"): 0, ("z3", "_T"): WITHHELD})
    shades = {"z1": low, "z2": high}

    class Fixed(maps.Map):
        def shade(self, zone: str) -> float | None:
            return shades.get(zone)

    fixed = Fixed(**{name: getattr(found, name) for name in found.__dataclass_fields__})
    assert 2 <= len(fixed.steps) <= len(maps.SHADES) + 1
    assert fixed.steps[0] <= low <= high <= fixed.steps[-1] + 1e-9
    assert fixed.fill("z1") in maps.SHADES
    assert maps.SHADES.index(fixed.fill("z1")) <= maps.SHADES.index(fixed.fill("z2"))


def test_words_stand_in_the_middle_of_the_largest_part() -> None:
    small, large = square("a", 0)["geometry"]["coordinates"], square("b", 5)["geometry"]["coordinates"]
    wide = [[[x * 2 if x > 5 else x, y * 2] for x, y in large[0]]]
    assert maps.middle({"type": "Polygon", "coordinates": small}) == pytest.approx((0.5, 0.5))
    assert maps.middle({"type": "MultiPolygon", "coordinates": [small, wide]})[0] > 5
    assert maps.middle({"type": "Polygon", "coordinates": [[[1, 1], [1, 1], [1, 1]]]}) == (1, 1)


# cards ---------------------------------------------------------------------------------------------------------------

QUARTERS = """
    periodo zona | servicios usuarias
    2024    _T   | 200       100
    2024    z1   | 80        40
    2025    _T   | 250       110
    2025    z1   | 100       50
    2024-T4 _T   | 50        40
    2024-T4 z1   | 20        15
    2025-T3 _T   | 60        45
    2025-T3 z1   | 6*        3*
    2025-T4 _T   | 90        60
    2025-T4 z1   | 30        20
"""


def card(**entry: Any) -> dict[str, Any]:
    made = view(QUARTERS)
    said = {"id": "c", "table": "tabla", "measure": "usuarias", "title": {"es": "C", "en": "C"}, **entry}
    return made.kpi(cast(CardEntry, said))


def test_a_card_compares_the_year_the_quarter_before_and_the_same_quarter() -> None:
    found = card()
    assert (found["value"], found["yearly"]["text"], found["yearly"]["way"]) == ("110", "+10.0\u00a0%", "up")
    assert (found["quarter_value"], found["before"]["text"], found["year_before"]["text"]) == (
        "60",
        "+33.3\u00a0%",
        "+50.0\u00a0%",
    )


BEGUN = """
    periodo    zona | servicios usuarias
    2024       _T   | 200       100
    2024-T1    _T   | 50        40
    2024-T2    _T   | 30        25
    2025-T1-T2 _T   |           60
    2025-T1    _T   | 60        45
    2025-T2    _T   | 36        30
    2024-T1    z1   | 20        15
    2024-T2    z1   | 6*        3*
    2025-T1    z1   | 20        15
    2025-T2    z1   | 20        15
"""


def test_a_year_that_has_begun_is_told_to_date_beside_the_same_months_of_the_year_before() -> None:
    rows = BEGUN.replace("|           60", "| 96        60")
    entry: CardEntry = {"id": "c", "table": "tabla", "measure": "", "title": {"es": "C"}}
    found = view(rows).kpi({**entry, "measure": "servicios"})
    assert (found["value"], found["period"]) == ("96", "Acumulado del año: enero a junio de 2025")
    assert (found["yearly"]["text"], found["yearly"]["against"]) == ("+20.0\u00a0%", "ene–jun 2024")
    women = view(rows).kpi({**entry, "measure": "usuarias"})
    assert (women["value"], women["yearly"]["text"]) == ("60", "–"), "women of two quarters may be the same"


def test_a_year_to_date_is_added_up_where_that_may_be_done_and_withheld_with_its_parts() -> None:
    rows = "\n".join(line for line in BEGUN.splitlines() if "T1-T2" not in line)
    entry: CardEntry = {"id": "c", "table": "tabla", "measure": "", "title": {"es": "C"}}
    assert view(rows).kpi({**entry, "measure": "servicios"})["value"] == "96"
    women = view(rows).kpi({**entry, "measure": "usuarias"})
    assert (women["value"], women["period"]) == ("100", "2024")
    zone = view(rows).kpi({**entry, "measure": "servicios", "where": {"zona": "z1"}})
    assert (zone["value"], zone["yearly"]["text"]) == ("40", "[c]")


def test_a_change_is_withheld_with_its_parts() -> None:
    found = card(where={"zona": "z1"})
    assert found["before"]["text"] == "[c]"
    assert found["year_before"]["text"] == "+33.3\u00a0%"


def test_a_share_is_shown_only_where_both_parts_are() -> None:
    found = card(measure="servicios", where={"zona": "z1"}, share={"zona": "_T"})
    assert (found["value"], found["unit"]) == ("40.0\u00a0%", "de 250 servicios")
    assert found["yearly"]["text"] == "0.0 puntos" or found["yearly"]["text"] == "+0.0 puntos"
    assert found["quarter_value"] == "33.3\u00a0%"
    assert found["before"]["text"] == "[c]"
    made = view(QUARTERS)
    shown = Card(made.tables["tabla"], "servicios", {"zona": "z1"}, {"zona": "_T"})
    assert shown.value("2025-T3") is WITHHELD
    assert shown.points("2025") == 400


def test_what_has_nothing_to_compare_with_says_so() -> None:
    assert (
        view().kpi({"id": "c", "table": "tabla", "measure": "usuarias", "title": {"es": "C"}})["yearly"]["text"] == "–"
    )


def test_a_card_may_name_its_unit() -> None:
    assert card(unit={"es": "Talleres"})["unit"] == "Talleres"


def test_progress_to_a_goal_is_withheld_with_its_result() -> None:
    cards: list[CardEntry] = [
        {"id": "usuarias", "table": "tabla", "measure": "usuarias", "title": {"es": "Todas"}},
        {"id": "zona", "table": "tabla", "measure": "usuarias", "where": {"zona": "z2"}, "title": {"es": "Zona"}},
    ]
    years, rows = view(site={"goals": "metas", "kpis": cards}).goals()
    assert years == ["2025"]
    assert [(told["goal"], told["result"], told["share"]) for row in rows for told in row["told"]] == [
        ("80", "70", "88\u00a0%"),
        ("5", "[c]", "[c]"),
    ]


def test_a_goal_that_is_nearly_met_does_not_read_as_met() -> None:
    """Nor one that is hardly passed as just met, nor a share or a change that is small as none."""
    cards: list[CardEntry] = [{"id": "usuarias", "table": "tabla", "measure": "usuarias", "title": {"es": "Todas"}}]
    told = {}
    for women in (1000, 996, 1004, 3):
        text = f"""
            periodo zona | servicios usuarias
            2025    _T   | 2000      {women}
        """
        made = view(text, site={"goals": "metas", "kpis": cards})
        catalogues = {
            **made.newest.catalogues,
            "metas": replace(
                made.newest.catalogues["metas"], rows=({"anio": "2025", "indicador": "usuarias", "meta": "1000"},)
            ),
        }
        made.packages = [replace(made.newest, catalogues=catalogues)]
        made.__dict__.pop("newest")
        _, (row,) = made.goals()
        told[women] = row["told"][0]["share"]
    assert told == {1000: "100\u00a0%", 996: "99.6\u00a0%", 1004: "100.4\u00a0%", 3: "0.3\u00a0%"}


@pytest.mark.parametrize(
    ("share", "decimals", "said"),
    [
        (0.999, 0, "99.9%"), (0.9996, 1, "99.96%"), (0.0004, 1, "0.04%"), (0.004, 0, "0.4%"), (1.0, 0, "100%"), (0.0, 1, "0.0%"),
        (0.453, 0, "45%"), (1.5, 0, "150%"), (0.995, 0, "99.5%"), (-0.9999, 1, "−99.99%"), (1 - 1e-13, 0, "100%"),
    ],
)  # fmt: skip
def test_a_share_is_not_rounded_to_none_or_to_all(share: float, decimals: int, said: str) -> None:
    assert WORDS["en"].percent(share, decimals) == said
    assert WORDS["en"].signed(share, decimals).lstrip("+") == said


def test_a_change_has_its_sign_however_small() -> None:
    assert [WORDS["en"].signed(change) for change in (0.0004, -0.0004, 0.0)] == ["+0.04%", "−0.04%", "0.0%"]
    assert [WORDS["en"].number(rate, 1) for rate in (0.04, 0.0, 12.34)] == ["0.04", "0.0", "12.3"]


def test_a_year_that_is_open_has_all_of_its_goals() -> None:
    own = load(ROOT / "institute")
    open_year = View([reader.read(ROOT / "data" / "published" / "2025-T3")], own, WORDS["es"], Path())
    told, rows = open_year.goals()
    assert told == ["2023", "2024", WORDS["es"].period("2025-T1-T3")]
    goals = [row for row in own.catalogues["metas"].rows if row["anio"] == "2025"]
    assert len(rows) == len(goals) > 4
    assert all(row["told"][-1]["result"] != "–" for row in rows)


def test_a_year_for_which_an_indicator_had_no_goal_is_a_gap_and_not_a_goal_of_nothing() -> None:
    cards: list[CardEntry] = [
        {"id": "usuarias", "table": "tabla", "measure": "usuarias", "title": {"es": "Todas"}},
        {"id": "zona", "table": "tabla", "measure": "usuarias", "where": {"zona": "z1"}, "title": {"es": "Zona"}},
    ]
    made = view(
        """
        periodo zona | servicios usuarias
        2024    _T   | 2000      900
        2024    z1   | 1000      400
        2025    _T   | 2000      1000
        2025    z1   | 1000      500
        """,
        site={"goals": "metas", "kpis": cards},
    )
    listed = (
        {"anio": "2024", "indicador": "usuarias", "meta": "900"},
        {"anio": "2025", "indicador": "usuarias", "meta": "1001"},
        {"anio": "2025", "indicador": "zona", "meta": "400"},
    )
    goals = replace(made.newest.catalogues["metas"], rows=listed)
    made.packages = [replace(made.newest, catalogues={**made.newest.catalogues, "metas": goals})]
    made.__dict__.pop("newest")
    years, rows = made.goals()
    assert years == ["2024", "2025"]
    assert [[told and told["share"] for told in row["told"]] for row in rows] == [
        ["100\u00a0%", "99.9\u00a0%"],
        [None, "125\u00a0%"],
    ]


# from the published files alone --------------------------------------------------------------------------------------


def test_pages_take_catalogues_from_the_edition_and_not_from_the_institute() -> None:
    own = load(ROOT / "institute")
    found = [reader.read(folder) for folder in editions.folders(ROOT / "data" / "published")]
    whole = View(found, own, WORDS["en"], Path())
    bare = View(found, replace(own, catalogues={}, shapes={}), WORDS["en"], Path())
    assert whole.goals() == bare.goals() != ([], [])
    assert Sheets(whole).of(["juridica"]) == Sheets(bare).of(["juridica"]) != []
    spec = next(spec for spec in bare.specs if spec.kind == "map")
    assert bare.chart_rows(bare.drawing(spec)) == whole.chart_rows(whole.drawing(spec))
