"""What a chart shows: its rows, its marks for withheld figures, its words, and an SVG that needs no exception."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast
from xml.etree import ElementTree

import altair as alt
import pandas as pd
import pytest
from jsonschema import ValidationError

from pipeline import ROOT, SITE
from pipeline.institute.plan import Plan
from pipeline.institute.written import ChartEntry
from pipeline.model.findings import PipelineError
from pipeline.public.charts import specification, svg, theme
from pipeline.public.charts.layout import spread_labels, thinned
from pipeline.public.charts.sparkline import sparkline
from pipeline.public.charts.spec import Spec, drawing
from pipeline.public.charts.theme import NARROW, WIDE
from pipeline.public.presentation.edition_view import View
from pipeline.public.statistics import figures
from pipeline.public.statistics.figures import WITHHELD, Axis, Code, Table, Value
from pipeline.verification import built_page
from pipeline.wording import texts

WORDS = texts.Texts(
    "es",
    {
        "months.long": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "months.short": "ene feb mar abr may jun jul ago sep oct nov dic",
        "dates.month": "{month} de {year}",
        "dates.span": "{first} a {last} de {year}",
        "dates.quarter": "T{number} {year}",
        "dates.to_date": "ene–{month} {year}",
        "dates.in": "en {period}",
        "dates.in_quarter": "en el {ordinal} trimestre de {year}",
        "dates.ordinals": "primer segundo tercer cuarto",
        "chart.from_to": "{first} a {last}",
    },
)
KINDS = ("line", "bar", "stacked", "heatmap", "small_multiples")


def table(rows: Mapping[tuple[str, str], int | None]) -> Table:
    """A table of services by period and area; None is a withheld figure."""
    codes = {c: Code(c, "", (), {"es": c.capitalize()}) for c in ("juridica", "social", "otra")}
    periods = {p: Code(p, "", (), {"es": p}) for p in sorted({period for period, _ in rows})}
    frame = pd.DataFrame(
        [
            {"periodo": p, "area": a, "servicios": v, "obs_status": "Q" if v is None else "A"}
            for (p, a), v in rows.items()
        ]
    )
    frame["servicios"] = frame["servicios"].astype("Int64")
    return Table(
        id="t",
        topic="t",
        title={"es": "T"},
        note={},
        records="r",
        where={},
        threshold=5,
        zeros_withheld=False,
        axes={
            "periodo": Axis("periodo", {}, "hierarchy", periods),
            "area": Axis("area", {}, "flat", codes),
        },
        measures={"servicios": {"es": "Servicios"}},
        additive={"servicios": ("periodo", "area")},
        persons=None,
        frame=frame,
    )


ROWS = {
    ("2024-T4", "_T"): 60, ("2024-T4", "juridica"): 40, ("2024-T4", "social"): 20, ("2024-T4", "otra"): 0,
    ("2025-T1", "_T"): 90, ("2025-T1", "juridica"): 30, ("2025-T1", "social"): None, ("2025-T1", "otra"): None,
    ("2025-T2", "_T"): 99, ("2025-T2", "juridica"): 50, ("2025-T2", "social"): 49, ("2025-T2", "otra"): 0,
}  # fmt: skip


def spec(kind: str, **more: Any) -> Spec:
    entry: dict[str, Any] = {
        "id": "c", "topic": "t", "table": "t", "kind": kind, "measure": "servicios", "level": "trimestre",
        "title": {"es": "Servicios"}, **more,
    }  # fmt: skip
    if kind == "bar":
        entry |= {"y": "area"}
    elif kind == "heatmap":
        entry |= {"y": "area", "x": "periodo"}
    elif kind == "small_multiples":
        entry |= {"x": "periodo", "facet": "area"}
    else:
        entry |= {"x": "periodo", "color": "area"}
    return Spec.of(cast(ChartEntry, entry))


def picture(kind: str, width: int = WIDE) -> str:
    drawn = drawing(spec(kind), table(ROWS), WORDS)
    made = specification.specification(drawn, width)
    return svg.render(made, name="c", title="Título", description="Descripción", words=WORDS)


def test_a_chart_takes_the_rows_that_it_draws_and_marks_what_is_withheld() -> None:
    drawn = drawing(spec("line"), table(ROWS), WORDS)
    assert list(drawn.xs.values()) == ["T4 2024", "T1 2025", "T2 2025"]
    assert drawn.values["2025-T1", "social"] is WITHHELD
    assert drawn.values["2024-T4", "otra"] == 0
    assert drawn.withheld == 2
    assert "_T" not in drawn.series


def test_bars_stand_longest_first_and_codes_that_say_little_last() -> None:
    drawn = drawing(spec("bar"), table(ROWS), WORDS)
    assert list(drawn.xs) == ["juridica", "social", "otra"]
    assert drawn.aside == ("otra",)


def test_marks_stand_apart() -> None:
    assert thinned([0, 1, 2, 3, 9], 3) == [0, 3, 9]


def test_labels_do_not_touch_and_stay_as_near_their_lines_as_they_can() -> None:
    ends = {"a": 40.0, "b": 42.0, "c": 90.0}
    assert spread_labels({"c": 90.0}, {"c": "C"}, 10, 100) == {"c": 90.0}
    placed = spread_labels(ends, {"a": "A", "b": "B", "c": "C"}, 10, 100)
    assert placed == {"a": 36.0, "b": 46.0, "c": 90.0}
    taller = spread_labels(ends, {"a": "A", "b": "B\nb", "c": "C"}, 10, 100)
    assert taller["b"] - taller["a"] == 15.0
    assert spread_labels({"a": 0.0, "b": 100.0}, {"a": "A", "b": "B"}, 10, 100) == {"a": 5.0, "b": 95.0}
    assert spread_labels({}, {}, 10, 100) == {}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_svg_is_titled_light_and_needs_no_exception(kind: str, width: int) -> None:
    made = picture(kind, width)
    assert '<title id="c-t">Título</title><desc id="c-d">Descripción</desc>' in made
    assert 'role="img"' in made
    assert 'lang="es"' in made
    for forbidden in ("style=", "<style", "<script", "<image", "class=", "http://www.w3.org/1999/xlink"):
        assert forbidden not in made
    assert len(made) < 30_000


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_every_kind_of_chart_keeps_the_schema_of_its_language(kind: str, width: int) -> None:
    made = specification.specification(drawing(spec(kind), table(ROWS), WORDS), width)
    made.pop("config")  # the theme says null where the renderer reads "none", which the schema does not know
    alt.Chart.from_dict(made)  # raises where it does not
    made["layer" if "layer" in made else "columns"] = "three"
    with pytest.raises(ValidationError):
        alt.Chart.from_dict(made)


def test_a_period_of_which_all_is_withheld_keeps_its_place_where_its_mark_has_no_room() -> None:
    """Of twelve months all but four are withheld; on a phone not every month has room for a mark."""
    shown = {1: 10, 4: 20, 9: 30, 12: 40}
    rows = {(f"2025-{month:02d}", "social"): shown.get(month) for month in range(1, 13)}
    for width in (WIDE, NARROW):
        drawn = drawing(replace(spec("line"), level="mes"), table(rows), WORDS)
        made = ElementTree.fromstring(
            svg.render(specification.specification(drawn, width), name="c", title="T", description="D", words=WORDS)
        )
        paths = [path.get("d", "") for path in made.iter("{http://www.w3.org/2000/svg}path")]
        at = sorted(
            float(path[1:].split(",")[0])
            for path in paths
            if path.startswith("M") and path.endswith("Z") and "A" not in path
        )
        assert len(at) == len(shown)
        step = (at[-1] - at[0]) / 11
        assert [round((x - at[0]) / step, 1) + 1 for x in at] == list(shown)


@pytest.mark.parametrize("kind", ["line", "heatmap", "small_multiples", "stacked"])
def test_what_is_withheld_is_a_mark_and_not_a_gap(kind: str) -> None:
    assert "[c]" in picture(kind)


@pytest.mark.parametrize("kind", ["line", "small_multiples"])
def test_a_line_breaks_where_a_figure_is_withheld(kind: str) -> None:
    drawn = drawing(spec(kind), table(ROWS), WORDS)
    runs = {
        row["run"]
        for data in specification.specification(drawn, WIDE)["datasets"].values()
        for row in data
        if isinstance(row.get("run"), str)
    }
    assert len({run for run in runs if run.startswith("social")}) == 2
    assert len({run for run in runs if run.startswith("juridica")}) == 1


def test_a_figure_is_never_wider_than_its_square() -> None:
    """Thousands in many narrow columns get smaller; where there is room all figures are of one size."""
    thousands = {**ROWS, ("2025-T2", "juridica"): 2456}
    for width, smaller in ((170, True), (NARROW, False), (WIDE, False)):
        made = specification.specification(drawing(spec("heatmap"), table(thousands), WORDS), width)
        squares = [row for data in made["datasets"].values() for row in data if "fill" in row]
        cell = made["width"] / len({row["a"] for row in squares})
        digits = {row["t"]: row["size"] * 0.636 * sum(map(str.isdigit, row["t"])) for row in squares}
        assert max(digits.values()) < cell - 2
        assert (min(row["size"] for row in squares) < 12.5) is smaller
        assert min(row["size"] for row in squares) > 8


def test_a_chart_is_the_same_bytes_twice() -> None:
    assert picture("line") == picture("line")


def test_a_spark_leaves_a_gap_and_takes_no_text() -> None:
    values: list[Value] = [3, 4, WITHHELD, 5, 9]
    made = sparkline(values)
    assert re.findall(r'<path d="([^"]*)" fill="none"', made)[0].count("M") == 2
    assert "<text" not in made
    assert sparkline([WITHHELD, 3]) == ""


def test_changes_and_shares_are_withheld_with_their_parts() -> None:
    built = table(ROWS)

    def change(period: str, earlier: str, area: str) -> figures.Change | None:
        now, then = (figures.comparable(built, "servicios", code, {"area": area}) for code in (period, earlier))
        return figures.change(now, then)

    found = change("2025-T2", "2025-T1", "juridica")
    assert found is not None
    assert (found.difference, round(found.ratio or 0, 3)) == (20, 0.667)
    assert change("2025-T2", "2025-T1", "social") is None
    assert change("2025-T2", "2020-T1", "social") is None
    assert figures.share(WITHHELD, 10) is None
    assert figures.share(5, 0) is None
    assert figures.share(5, 10) == 0.5


def test_a_year_to_date_is_added_up_only_where_that_may_be_done() -> None:
    built = table(ROWS)
    assert figures.comparable(built, "servicios", "2025-T1-T2", {"area": "juridica"}) == 80
    assert figures.comparable(built, "servicios", "2025-T1-T2", {"area": "social"}) is WITHHELD
    assert figures.comparable(built, "servicios", "2024-T1-T2", {"area": "juridica"}) is None


def test_periods_before() -> None:
    assert [figures.before(p) for p in ("2025", "2025-T1", "2025-01", "2025-T1-T3")] == [
        "2024",
        "2024-T4",
        "2024-12",
        None,
    ]
    assert figures.year_before("2025-T1-T3") == "2024-T1-T3"


def test_words_that_are_missing_stop_the_run() -> None:
    with pytest.raises(PipelineError) as stopped:
        WORDS("no.such.key")
    assert stopped.value.exit_code == 14


def test_an_unchanged_chart_is_drawn_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []

    def draw(specification: Mapping[str, Any], **described: str) -> str:
        drawn.append(described["name"])
        return f"<svg>{described['title']}</svg>"

    monkeypatch.setattr(svg, "render", draw)
    shown = View((), cast(Plan, None), WORDS, tmp_path)
    before = drawing(spec("bar"), table(ROWS), WORDS)
    assert shown.picture(spec("bar"), before, "s", "wide", WIDE) == "<svg>Servicios</svg>"
    shown.picture(spec("bar"), before, "s", "wide", WIDE)
    assert drawn == ["c-wide"]
    other = drawing(spec("bar"), table({**ROWS, ("2025-T2", "social"): 48}), WORDS)
    shown.picture(spec("bar"), other, "s", "wide", WIDE)
    shown.picture(spec("bar"), other, "s", "narrow", NARROW)
    assert drawn == ["c-wide", "c-wide", "c-narrow"], "another figure or width is another picture"
    assert all(path.suffix == ".svg" for path in tmp_path.iterdir())


def test_a_chart_falls_back_to_what_has_closed_but_quarters_are_never_drawn_as_months() -> None:
    months = table({("2025-01", "juridica"): 20, ("2025-02", "juridica"): 30})
    assert months.newest("anio") == months.newest("trimestre") == ("2025-01", "2025-02")
    quarters = table({("2025-T1", "juridica"): 50, ("2025-01", "juridica"): 20})
    assert quarters.newest("anio") == quarters.newest("trimestre") == ("2025-T1",)
    assert table({("2025", "juridica"): 50}).newest("mes") == ("2025",)
    nothing = replace(months, frame=months.frame.iloc[:0], levels=("anio",))
    assert nothing.newest("anio") == ()
    for kind in KINDS:
        assert drawing(spec(kind), nothing, WORDS).empty
    timed = drawing(replace(spec("line"), x="periodo", color="area", level="trimestre"), months, WORDS)
    assert timed.empty
    barred = drawing(replace(spec("bar"), x="area", color="", level="anio"), months, WORDS)
    assert not barred.empty
    assert barred.values["juridica", "_T"] == 30


def test_a_colour_has_one_home_and_every_colour_of_a_chart_has_one_for_the_dark() -> None:
    """What no style of the site knows would stay as it is on a dark page; the report and the scanner keep theirs apart."""
    colour = re.compile(r"#[0-9a-fA-F]{6}\b")
    palette = {*theme.PARTS, theme.INK, theme.MUTED, theme.GRID, theme.PAPER, *theme.RAMP, theme.HELD}
    named = {path.name for path in (ROOT / "pipeline").rglob("*.py") if colour.search(path.read_text(encoding="utf-8"))}
    assert named == {"theme.py", "built_page.py", "pnt.py"}  # of the scanner, which shares nothing; of what is doubtful
    assert built_page.TICK == theme.MUTED
    styles = (SITE / "assets" / "site.css").read_text(encoding="utf-8")
    known = {each.lower() for each in re.findall(r'\[(?:fill|stroke)="(#\w{6})"\]', styles)}
    assert known == {each.lower() for each in palette}
    scripts = (SITE / "assets" / "charts.js").read_text(encoding="utf-8")
    assert {each.lower() for each in colour.findall(scripts)} <= known
