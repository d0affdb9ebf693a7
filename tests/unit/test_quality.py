"""The account of the records that an edition publishes: useful, and no count in it smaller than the threshold can be known."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline import ROOT, SITE
from pipeline.cli.main import main
from pipeline.confidential.deliveries.quality import Account, protect
from pipeline.institute.load import load
from pipeline.institute.plan import Plan
from pipeline.model.findings import PipelineError
from pipeline.public.audit import audit
from pipeline.public.edition import publication, quality, reader
from pipeline.public.edition.model import Package
from pipeline.public.presentation import received
from pipeline.public.site import data_pages
from pipeline.public.site.staging import Staging
from pipeline.wording import texts
from tests.conftest import TINY, content
from tests.editions import edition, table

K = 10
"""The tiny institute's largest threshold: the one for sensitive traits."""


def edition_that_tells(
    name: str, base: int, refused: int | None, rules: Mapping[str, int], *, cut_off: str = "2025-12", threshold: int = 5
) -> Package:
    """An edition whose release.json tells of records of one type, rounded to `base`; `rules`: column → rows."""
    made = edition(table("periodo | servicios usuarias\n2025 | 40 20", threshold=threshold), name=name)
    listed = [{"column": column, "rule": "enum", "rows": rows} for column, rows in rules.items() if rows]
    block = {
        "threshold": base // 2,
        "rounded_to": base,
        "records": {"atenciones": {"refused": refused, "rules": listed, "recoded": []}},
    }
    return replace(made, release={"edition": name, "cut_off": cut_off, "published": "2026-01-20", "quality": block})


def rounded(count: int, base: int) -> int:
    return (count + base // 2) // base * base


def told(
    plan: Plan, refused: int, rules: Mapping[str, int] | None = None, recoded: Mapping[str, int] | None = None
) -> Any:
    block = protect({"visitas": Account(refused, rules or {}, recoded or {})}, plan)
    assert (block["threshold"], block["rounded_to"]) == (K, 2 * K)
    return block["records"]["visitas"]


@pytest.mark.parametrize(
    ("true", "shown"),
    [(0, 0), (1, 0), (9, 0), (10, 20), (20, 20), (29, 20), (30, 40), (49, 40), (50, 60), (1234, 1240)],
)
def test_a_count_is_told_as_the_nearest_multiple_of_twice_the_threshold(true: int, shown: int, plan: Plan) -> None:
    assert told(plan, true, {"edad:enum": true})["refused"] == shown
    named = told(plan, true, {"edad:enum": true}, {"edad": true})
    assert named["rules"] == ([{"column": "edad", "rule": "enum", "rows": shown}] if shown else [])
    assert named["recoded"] == ([{"column": "edad", "values": shown}] if shown else [])


def bounds(value: int) -> range:
    """The counts that may be told as `value`, by trying all of them."""
    return range(max(0, value - K), value + K)


def test_no_difference_of_what_is_told_proves_a_small_count(plan: Plan) -> None:
    """Received − accepted, one edition against another, a rule against all: whatever the true counts, a reader who knows
    what a number stands for is left with a difference that may be none, or the threshold or more."""
    small = set(range(1, K))
    for first, second in itertools.combinations_with_replacement(range(70), 2):
        a, b = (told(plan, n, {"x:enum": n})["refused"] for n in (first, second))
        assert first in bounds(a)
        left = {y - x for x in bounds(a) for y in bounds(b) if y >= x}
        assert not left <= small, (first, second)


def test_a_total_that_only_unnamed_rules_explain_is_withheld(plan: Plan) -> None:
    """Two rules refused five rows each: a total of ten would tell that some rule which is not named refused somebody."""
    assert told(plan, 10, {"edad:enum": 5, "mes:pattern": 5}) == {"refused": None, "rules": [], "recoded": []}
    for one, two in itertools.product(range(45), repeat=2):
        block = told(plan, one + two, {"a:enum": one, "b:enum": two})
        if block["refused"] is None:
            continue
        named = [range(each["rows"] - K, each["rows"] + K) for each in block["rules"]]
        assert (
            max(sum(each) for each in itertools.product(*named)) >= bounds(block["refused"]).start
            if named
            else (not block["refused"])
        )


@pytest.mark.parametrize(
    ("bases", "cut_offs"),
    [((10, 8), ("2025-12", "2025-12")), ((8, 10), ("2025-12", "2025-12")), ((10, 12), ("2025-12", "2025-12")),
     ((12, 10), ("2025-12", "2025-12")), ((8, 10), ("2025-09", "2025-12"))],
)  # fmt: skip
def test_two_editions_that_round_otherwise_and_pin_a_small_count_are_found(
    bases: tuple[int, int], cut_offs: tuple[str, str]
) -> None:
    """Whatever the count, two editions are accused exactly when what both leave possible lies in 1..k−1."""
    highest, found = max(bases) // 2, 0
    for count in range(60):
        both = [
            edition_that_tells(
                f"2025-T4.{n}",
                base,
                rounded(count, base),
                {"a": rounded(count, base)},
                cut_off=cut_off,
                threshold=base // 2,
            )
            for n, (base, cut_off) in enumerate(zip(bases, cut_offs, strict=True), start=1)
        ]
        ranges = [
            range(max(0, told - base // 2), told + base // 2)
            for base, told in zip(bases, (rounded(count, b) for b in bases), strict=True)
        ]
        left = set(ranges[0]) & set(ranges[1])
        small = left <= set(range(1, highest))
        found += small
        assert quality.exposed_together(both) == ([("atenciones", ("2025-T4.1", "2025-T4.2"))] if small else [])
        kinds = {exposure.kind for exposure in audit.audit(both).exposures}
        assert kinds == ({audit.QUALITY} if small else set())
    assert found


def test_what_an_edition_leaves_out_counts_as_told_too() -> None:
    """A rule that one edition names and the other does not, since it refused fewer there; a total that it explains."""
    one, other = (
        edition_that_tells("2025-T4", 10, 0, {}),
        edition_that_tells("2025-T4.1", 8, None, {"a": 8}, threshold=4),
    )
    assert quality.exposed_together([one, other]) == [("atenciones", ("2025-T4", "2025-T4.1"))]
    total = edition_that_tells("2025-T4", 30, 90, {"a": 30, "b": 30, "c": 30})  # 75 or more, of three rules up to 44
    rules = edition_that_tells(
        "2025-T4.1", 10, None, {"a": 20, "b": 20, "c": 20}
    )  # which are 24 at the most: some other
    assert quality.exposed_together([total, rules]) == [("atenciones", ("2025-T4", "2025-T4.1"))]
    mended = edition_that_tells("2025-T4.1", 30, 0, {})  # the same ranges: fewer than what was named before is no clue
    assert quality.exposed_together([total, mended]) == []


@pytest.mark.parametrize("thresholds", [(5, 4), (4, 5), (5, 6), (6, 5), (5, 10, 5), (3, 4, 5, 3), (10, 30, 12)])
def test_whatever_the_thresholds_were_no_edition_lays_another_open(thresholds: tuple[int, ...], plan: Plan) -> None:
    for one, two in itertools.product(range(0, 48, 3), range(0, 40, 5)):
        made: list[Package] = []
        for n, k in enumerate(thresholds):
            least = replace(plan, facts={**plan.facts, "disclosure": {"threshold": k, "sensitive_threshold": k}})
            blocks = [each.release["quality"] for each in made]
            account = Account(one + two, {"a:enum": one, "b:enum": two}, {"c": one})
            block = protect({"atenciones": account}, least, blocks, blocks)
            base = block["rounded_to"]
            assert base >= 2 * k
            bare = edition_that_tells(f"2025-T4.{n + 1}", base, 0, {}, threshold=k)
            made.append(replace(bare, release={**bare.release, "quality": block}))
            assert quality.exposed(made[-1]) == []
        assert quality.exposed_together(made) == []


def test_editions_that_were_at_odds_already_are_left_behind_by_a_range_that_holds_them_all(plan: Plan) -> None:
    before = [
        edition_that_tells(f"2025-T{n}", base, 0, {"a": rows}) for n, (base, rows) in enumerate(((10, 20), (8, 40)), 1)
    ]
    blocks = [each.release["quality"] for each in before]
    block = protect({"atenciones": Account(25, {"a:enum": 25}, {})}, plan, blocks)
    assert block["threshold"] == 28  # 7 × 4, whose ranges are made of the last one's, and beyond the 24 of the first
    odd = {"threshold": 0, "rounded_to": 1, "records": {}}
    assert (
        protect({}, plan, [odd])["threshold"] == K
    )  # what cannot be rounded by is not: the audit refuses that edition


def test_what_is_told_is_read_back_and_the_audit_is_content(plan: Plan, editions_of_tiny: Path) -> None:
    found = reader.read(editions_of_tiny / "2025-T4")
    assert quality.exposed(found) == []
    visits, reports = quality.accounts(found)
    assert visits == quality.Account("visitas", 400, quality.Count(0, 9), (), ())
    assert visits.received == quality.Count(400, 409)
    assert (reports.records, reports.accepted) == ("reportes", 400)
    described = json.loads((editions_of_tiny / "2025-T4" / "datapackage.json").read_text())
    assert described["celosia"]["quality"] == "release.json#/quality"


def test_accepted_is_withheld_where_a_total_is() -> None:
    shown = table(
        "periodo area | servicios usuarias\n2025-T1 _T | 40 20\n2025-T2 _T | 3* 3*\n2025-T1 a | 40 20\n2025-T2 a | 3* 3*"
    )
    assert quality.accepted(edition(shown), "atenciones") is None
    both = table(
        "periodo area | servicios usuarias\n2025-T1 _T | 40 20\n2025-T2 _T | 30 20\n2025-T1 a | 40 20\n2025-T2 a | 30 20"
    )
    assert quality.accepted(edition(both), "atenciones") == 70
    assert quality.accepted(edition(both), "otros") is None
    yearly = table("periodo | servicios usuarias\n2024 | 50 20", id="anual")
    farther = table("periodo | servicios usuarias\n2024-T4 | 20 9\n2025-T1 | 40 20", id="otra")
    for tables in ((yearly, farther), (farther, yearly)):  # whichever stands first
        assert quality.accepted(edition(*tables), "atenciones") == 50
    longest = table("periodo | servicios usuarias\n2024 | 50 20\n2025-T1 | 40 20", id="larga")
    assert quality.accepted(edition(yearly, farther, longest), "atenciones") == 90
    some = table(
        "periodo area | servicios usuarias\n2025 _T | 90 20\n2025-T1 _T | 40 20\n2025 a | 90 20\n2025-T1 a | 40 20"
    )
    assert quality.accepted(edition(some), "atenciones") == 90


GOOD: dict[str, Any] = {
    "threshold": K,
    "rounded_to": 2 * K,
    "records": {
        "visitas": {
            "refused": 40,
            "rules": [{"column": "edad", "rule": "enum", "rows": 40}],
            "recoded": [{"column": "edad", "values": 20}],
        }
    },
}


def changed(**changes: Any) -> dict[str, Any]:
    return {**GOOD, "records": {"visitas": {**GOOD["records"]["visitas"], **changes}}}


OWN = {"column": "servicio", "rule": "servicio_de_area", "rows": 20}
TELLING = {
    "a small count": changed(refused=3, rules=[]),
    "an exact count": changed(refused=47),
    "a rule that refused few": changed(rules=[{"column": "edad", "rule": "enum", "rows": 7}]),
    "a rule named with none": changed(rules=[{"column": "edad", "rule": "enum", "rows": 0}]),
    "few values recoded": changed(recoded=[{"column": "edad", "values": 2}]),
    "a total that no named rule explains": changed(rules=[]),
    "a finer rounding": {**GOOD, "rounded_to": K},
    "a threshold below that of the tables": {**GOOD, "threshold": 3, "rounded_to": 6},
}
MALFORMED = {
    "no threshold": {key: value for key, value in GOOD.items() if key != "threshold"},
    "a key of somebody's": changed(key="0123456789ab"),
    "a text for a number": changed(refused="40"),
    "a truth for a number": changed(refused=True),
    "a negative number": changed(refused=-20),
    "a column that is none": changed(rules=[{"column": "Ana Pérez", "rule": "enum", "rows": 40}]),
    "no list": changed(rules=40),
    "no block": None,
}


def with_block(folder: Path, block: Any) -> None:
    """Puts the block into an edition and makes its sums right again, as somebody who publishes by hand would."""
    path = folder / "release.json"
    release = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**release, "quality": block}), encoding="utf-8")
    publication.seal(folder, json.loads((folder / "audit.json").read_text()))


def test_a_block_that_is_sound_is_accepted(published: Path) -> None:
    with_block(published / "2025-T4", GOOD)
    found = reader.read(published / "2025-T4")
    assert quality.exposed(found) == []
    (visits,) = quality.accounts(found)
    assert visits.refused == quality.Count(30, 49)
    assert visits.rules == (("edad", "enum", quality.Count(30, 49)),)
    assert visits.recoded == (("edad", quality.Count(10, 29)),)


@pytest.mark.parametrize("case", TELLING)
def test_the_audit_finds_what_tells_too_much(case: str, published: Path) -> None:
    with_block(published / "2025-T4", TELLING[case])
    found = reader.read(published / "2025-T4")
    exposures = audit.audit([found]).exposures
    assert [(exposure.kind, exposure.records) for exposure in exposures] == [("quality", "visitas")]
    assert exposures[0].finding().rule == "exposed_quality"


@pytest.mark.parametrize("case", MALFORMED)
def test_what_is_malformed_is_no_edition(case: str, published: Path) -> None:
    with_block(published / "2025-T4", MALFORMED[case])
    with pytest.raises(PipelineError) as stopped:
        reader.read(published / "2025-T4")
    assert [(finding.where, finding.rule) for finding in stopped.value.findings] == [
        ("release.json", "descriptor_shape")
    ]


def writer(published: Path, language: str, institute: Path = TINY) -> Staging:
    plan = load(institute)
    found = [reader.read(published / "2025-T4")]
    words = texts.of_site(plan.languages)[language]
    return Staging(found, plan, words, published, SITE, published, first=True)


def page(published: Path, language: str) -> str:
    found = writer(published, language)
    data_pages.quality_page(found)
    body = re.sub(
        r"</tr>|</th><td[^>]*>|</td><td[^>]*>", lambda tag: "\n" if tag[0] == "</tr>" else " | ", found.pages[0].body
    )
    return re.sub(r"<[^>]+>", "", body)


def test_columns_are_called_by_the_titles_of_the_contract(published: Path) -> None:
    spanish, english = (writer(published, language, ROOT / "institute") for language in ("es", "en"))
    assert received.column_of(spanish, "atenciones", "mes_atencion, area") == "Mes de la atención, Área"
    assert received.column_of(english, "atenciones", "mes_atencion, area") == "Month of the service, Area"
    assert received.column_of(english, "atenciones", "of_no_record") == "of_no_record"


def test_the_page_tells_it_in_both_languages(published: Path) -> None:
    with_block(published / "2025-T4", changed(rules=[*GOOD["records"]["visitas"]["rules"], OWN]))
    assert "Visitas | de 430 a 449 | 400 | de 30 a 49\n" in (spanish := page(published, "es"))
    assert "Visitas | edad | código fuera de su lista | de 30 a 49\n" in spanish
    assert "Visitas | servicio | servicio_de_area | de 10 a 29\n" in spanish
    assert "Visitas | edad | de 10 a 29\n" in spanish
    assert "al múltiplo de 20 más cercano" in spanish
    assert "Visits | 430 to 449 | 400 | 30 to 49\n" in (english := page(published, "en"))
    assert "Visits | edad | code not in its list | 30 to 49\n" in english
    with_block(published / "2025-T4", changed(refused=0, rules=[], recoded=[]))
    assert "Visitas | de 400 a 409 | 400 | menos de 10\n" in page(published, "es")
    assert "Ninguna regla rechazó 10 registros o más." in page(published, "es")
    with_block(published / "2025-T4", changed(refused=None))
    assert "Visitas | reservado | 400 | reservado\n" in page(published, "es")


def test_an_edition_of_before_says_nothing_of_it(published: Path) -> None:
    path = published / "2025-T4" / "release.json"
    release = json.loads(path.read_text(encoding="utf-8"))
    del release["quality"]
    path.write_text(json.dumps(release), encoding="utf-8")
    publication.seal(published / "2025-T4", json.loads((published / "2025-T4" / "audit.json").read_text()))
    found = reader.read(published / "2025-T4")
    assert quality.accounts(found) == []
    assert quality.exposed(found) == []
    assert "se publicó antes de que se llevara esta cuenta" in page(published, "es")


def test_rows_set_aside_are_told_by_rule_and_never_how_many_exactly(
    raw: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = raw / "reportes.csv"
    rows = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()]
    for row in rows[1:24]:
        row[3] = "ningunaDeEstas"
    rows[24][1] = "nadie"
    path.write_text("\n".join(",".join(row) for row in rows) + "\n", encoding="utf-8")
    target = tmp_path / "p"
    arguments = ["--institute", str(TINY), "--raw", str(raw), "--published", str(target), "--edition", "2025-T3"]
    assert main(["publish", *arguments, "--quarantine", "0.5"]) == 0
    capsys.readouterr()
    release = json.loads((target / "2025-T3" / "release.json").read_text(encoding="utf-8"))
    assert release["quality"]["records"]["reportes"] == {
        "refused": 20,
        "rules": [{"column": "causa", "rule": "enum", "rows": 20}],
        "recoded": [],
    }
    published = "".join(data.decode() for data in content(target).values())
    assert "ningunaDeEstas" not in published
    assert "nadie" not in published


def test_an_edition_tells_of_nothing_after_its_cut_off(raw: Path, tmp_path: Path) -> None:
    path = raw / "reportes.csv"
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    good, *last = [row for row in rows if ",2025-T4," in row]  # of a quarter without any, no edition would tell
    last = [row.replace(row.split(",")[3], "ningunaDeEstas") for row in last]
    assert len(last) >= 2 * K
    path.write_text(
        "\n".join([header, *(row for row in rows if ",2025-T4," not in row), good, *last]) + "\n", encoding="utf-8"
    )
    for edition_id, refused in (("2025-T3", 0), ("2025-T4", 20 * ((len(last) + K) // 20))):
        target = ["--published", str(tmp_path / "p"), "--edition", edition_id, "--quarantine", "0.9"]
        target += ["--accept", "reportes:2025-T4", "--who", "la prueba", "--why", "casi todos se apartan"]
        assert main(["publish", "--institute", str(TINY), "--raw", str(raw), *target]) == 0
        release = json.loads((tmp_path / "p" / edition_id / "release.json").read_text(encoding="utf-8"))
        assert release["quality"]["records"]["reportes"]["refused"] == refused
