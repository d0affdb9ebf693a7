"""This delivery beside the last: what shrank, vanished, jumped or tells less than it did stops the run until it is accepted."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest

from pipeline.cli.main import main
from pipeline.confidential.deliveries.plausibility import (
    Acceptance,
    Delivery,
    accepted_before,
    delivery,
    is_unlike,
    told,
)
from pipeline.confidential.late_records import ledger
from pipeline.confidential.private_files import office_copy
from pipeline.confidential.validation.verdict import Verdict
from pipeline.institute.plan import Plan
from pipeline.model.findings import PipelineError
from tests.conftest import TINY
from tests.records import made, shared

MONTHS = [f"2025-{number:02}" for number in range(1, 13)]
STEADY = dict.fromkeys(MONTHS, 60)
GOOD = Verdict((), {}, {}, {})


def visits(rows: Mapping[str, int], unspecified: Mapping[str, int] | None = None) -> pd.DataFrame:
    """So many visits of each month, of which so many do not say the age."""
    frame = pd.DataFrame({"mes": [month for month, number in rows.items() for _ in range(number)]})
    age = [
        "no_especificado" if n < (unspecified or {}).get(month, 0) else "adulta"
        for month, number in rows.items()
        for n in range(number)
    ]
    same = {"clave": "0123456789ab", "area": "legal", "servicio": "asesoria", "lengua": "no", "hijas": "2"}
    same |= {"violencia_fisica": "true", "violencia_psicologica": "false"}
    return frame.assign(visita_id=[f"V{n}" for n in range(len(frame))], edad=age, **same)


def beside(plan: Plan, raw: Path, frame: pd.DataFrame, edition: str) -> Delivery:
    found = {"visitas": made("visitas", frame)}
    return delivery(found, GOOD, plan, plan.edition(edition), raw, shared())


def published(plan: Plan, raw: Path, frame: pd.DataFrame) -> None:
    """The edition of September, as far as the next one asks of it."""
    folder = office_copy.folder_of(raw, "2025-T3")
    folder.mkdir(parents=True, exist_ok=True)
    report = beside(plan, raw, frame, "2025-T3").report(Acceptance())
    (folder / office_copy.REPORT).write_text(json.dumps(report))


def named(found: Delivery) -> list[tuple[str, str]]:
    return [(finding.where, finding.rule) for finding in found.findings]


def test_the_first_edition_has_nothing_to_be_held_against(plan: Plan, tmp_path: Path) -> None:
    found = beside(plan, tmp_path, visits({**STEADY, "2025-03": 1}), "2025-T4")
    assert (found.last, found.findings) == (None, ())


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"2025-03": 59}, "period_shrank"),
        ({"2025-03": 0}, "period_vanished"),
        ({"2025-03": 84}, "period_jumped"),
        ({"2025-11": 120}, "period_unlike"),  # twice
        ({"2025-11": 30}, "period_unlike"),  # half
        ({"2025-03": 66}, ""),  # a few come late
        ({"2025-11": 75}, ""),
        ({"2025-11": 48}, ""),
    ],
)
def test_a_month_that_is_not_what_it_was_or_what_is_usual_is_named(
    changed: Mapping[str, int], rule: str, plan: Plan, tmp_path: Path
) -> None:
    published(plan, tmp_path, visits(STEADY))
    found = beside(plan, tmp_path, visits({**STEADY, **changed}), "2025-T4")
    (month,) = changed
    assert named(found) == ([(f"visitas:{month}", rule)] if rule else [])


@pytest.mark.parametrize(
    ("rows", "before", "unlike"),
    [
        (12, [4, 6, 5, 3, 8, 5], False),  # of few, chance makes many
        (40, [4, 6, 5, 3, 8, 5], True),
        (0, [4, 6, 5, 3, 8, 5], True),
        (900, [300, 600, 450, 800, 350, 700], False),  # it has always varied
        (1300, [1000, 1001, 999, 1000, 1002, 998], False),  # sure, but little
        (2000, [1000, 1001, 999, 1000, 1002, 998], True),
    ],
)
def test_a_count_is_far_from_others_by_what_they_vary_and_by_half_as_much_again(
    rows: int, before: Sequence[int], unlike: bool
) -> None:
    assert is_unlike(rows, before) == unlike


@pytest.mark.parametrize(
    ("now", "rule"),
    [
        ({"2025-10": 20, "2025-11": 20, "2025-12": 20}, "share_unspecified"),  # the new months
        (dict.fromkeys(MONTHS[:9], 20), "share_unspecified"),  # the old ones, which said something once
        ({"2025-10": 5, "2025-11": 2, "2025-12": 4}, ""),
    ],
)
def test_a_column_that_tells_less_than_it_did_is_named(
    now: Mapping[str, int], rule: str, plan: Plan, tmp_path: Path
) -> None:
    published(plan, tmp_path, visits(STEADY, dict.fromkeys(MONTHS[:9], 2)))
    found = beside(plan, tmp_path, visits(STEADY, {**dict.fromkeys(MONTHS[:9], 2), **now}), "2025-T4")
    assert named(found) == ([("visitas:edad", rule)] if rule else [])


@pytest.mark.parametrize(
    ("declared", "old", "new", "named_for"),
    [
        (True, 40, 0, False),  # older files do not have the column, and the new ones say it
        (False, 40, 0, True),  # nothing says why the column tells so much more than it did
        (True, 20, 50, True),  # it tells less, whatever was declared
    ],
)
def test_a_column_that_older_files_do_not_have_yet_may_say_more_and_not_less(
    declared: bool, old: int, new: int, named_for: bool, plan: Plan, tmp_path: Path
) -> None:
    if declared:
        source = plan.sources["visitas"]
        origins = (replace(source.origins[0], pattern="old.csv", absent={"edad": "no_especificado"}), *source.origins)
        plan = replace(plan, sources={**plan.sources, "visitas": replace(source, origins=origins)})
    before = dict.fromkeys(MONTHS[:9], old)
    published(plan, tmp_path, visits(STEADY, before))
    found = beside(plan, tmp_path, visits(STEADY, {**before, **dict.fromkeys(MONTHS[9:], new)}), "2025-T4")
    assert named(found) == ([("visitas:edad", "share_unspecified")] if named_for else [])


def test_empty_and_recoded_cells_are_held_against_what_they_were_too(plan: Plan, tmp_path: Path) -> None:
    published(plan, tmp_path, visits(STEADY))
    frame = visits(STEADY)
    frame.loc[frame["mes"] > "2025-09", "hijas"] = ""
    records = replace(made("visitas", frame), recoded={"edad": {"2025-11": 40}})
    found = delivery({"visitas": records}, GOOD, plan, plan.edition("2025-T4"), tmp_path, shared())
    assert named(found) == [("visitas:hijas", "share_empty"), ("visitas:edad", "share_recoded")]


def test_without_a_report_the_ledger_tells_the_months(plan: Plan, tmp_path: Path) -> None:
    folder = office_copy.folder_of(tmp_path, "2025-T3")
    folder.mkdir(parents=True)
    periods = [month for month in MONTHS[:9] for _ in range(60)]
    pyarrow.parquet.write_table(pa.table({"mes": periods}), tmp_path / "visitas.parquet")
    ledger.write(folder, "2025-T3", "2025-09", {"visitas": tmp_path / "visitas.parquet"})
    found = beside(plan, tmp_path, visits({**STEADY, "2025-02": 50}), "2025-T4")
    assert named(found) == [("visitas:2025-02", "period_shrank")]
    lines = dict(told(found))
    assert ("2025-02", "50", "60") in lines["rows"].parts
    assert ("2025-03", "60", "") in lines["rows"].parts


def test_what_is_named_stops_until_each_name_is_accepted_and_that_is_kept(plan: Plan, tmp_path: Path) -> None:
    published(plan, tmp_path, visits(STEADY))
    found = beside(plan, tmp_path, visits({**STEADY, "2025-03": 59, "2025-11": 120}), "2025-T4")
    for accepted in ((), ("visitas:2025-03",), ("visitas:2025-11", "visitas")):
        with pytest.raises(PipelineError) as stopped:
            found.report(Acceptance(accepted, "Ana", "jornada"))
        assert stopped.value.exit_code == 11
        assert not {finding.where for finding in stopped.value.findings} & set(accepted)
    report = found.report(Acceptance(("visitas:2025-03", "visitas:2025-11", "visitas:2025-12"), "Ana", "jornada"))
    assert report["accepted"] == {"names": ["visitas:2025-03", "visitas:2025-11"], "who": "Ana", "why": "jornada"}
    folder = office_copy.folder_of(tmp_path, "2025-T4")
    folder.mkdir()
    (folder / office_copy.REPORT).write_text(json.dumps(report))
    again = accepted_before(tmp_path, "2025-T4")
    assert found.report(again)["accepted"] == report["accepted"]  # published again, it is as it was
    assert accepted_before(tmp_path, "2025-T2") == Acceptance()


def test_who_accepts_says_who_and_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    common = ["publish", "--institute", str(TINY), "--raw", str(tmp_path), "--published", str(tmp_path / "p")]
    assert main([*common, "--accept", "visitas:2025-03", "--who", "Ana"]) == 2
    assert "--why" in capsys.readouterr().err


def test_check_shows_this_delivery_beside_the_last_and_names_what_would_stop(
    raw: Path, plan: Plan, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = pd.read_csv(raw / "visitas.csv", dtype=str, keep_default_na=False)
    came = frame["mes"].str[:7].value_counts().to_dict()
    folder = office_copy.folder_of(raw, "2025-T3")
    folder.mkdir(parents=True, exist_ok=True)
    rows = {str(month): int(number) + (month == "2025-02") for month, number in came.items()}
    (folder / office_copy.REPORT).write_text(json.dumps({"delivery": {"visitas": {"rows": rows, "cells": {}}}}))
    assert main(["check", "--institute", str(TINY), "--raw", str(raw)]) == 0
    shown = capsys.readouterr().out
    assert f"2025-02 {came['2025-02']} (antes {rows['2025-02']})" in shown
    assert "visitas:2025-02: la edición 2025-T3 contó" in shown
