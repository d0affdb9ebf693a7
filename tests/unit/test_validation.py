"""Records against the contract: which rows break which rule, told by column and row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from pipeline.confidential.intake.records import Records
from pipeline.confidential.validation.verdict import Verdict
from pipeline.institute.load import load
from pipeline.institute.plan import Plan
from tests.records import bad, judged, made

VISIT = {
    "visita_id": "V1",
    "clave": "0123456789ab",
    "mes": "2025-01",
    "area": "legal",
    "servicio": "asesoria",
    "edad": "adulta",
    "lengua": "no",
    "violencia_fisica": "true",
    "violencia_psicologica": "false",
    "hijas": "2",
}
REPORT = {"reporte_id": "R01", "visita_id": "V1", "trimestre": "2025-T1", "causa": "dilacion"}


def records(name: str, rows: Sequence[Mapping[str, str]]) -> Records:
    return made(name, pd.DataFrame(list(rows), dtype="str"))


def both(*visits: Mapping[str, str], reports: Sequence[Mapping[str, str]] = (REPORT,)) -> dict[str, Records]:
    """Good visits V1… with the given changes, one visit per change, and reports."""
    rows = [{**VISIT, "visita_id": f"V{n}", **visit} for n, visit in enumerate(visits or ({},), start=1)]
    return {"visitas": records("visitas", rows), "reportes": records("reportes", reports)}


def verdict_on(plan: Plan, *visits: Mapping[str, str], reports: Sequence[Mapping[str, str]] = (REPORT,)) -> Verdict:
    return judged(both(*visits, reports=reports), plan)


def broken(verdict: Verdict) -> list[tuple[str, str, str]]:
    """(column, rule, rows)"""
    return [(f["column"], finding.rule, f["rows"]) for finding in verdict.findings for f in [dict(finding.facts)]]


def test_good_records_break_nothing(plan: Plan) -> None:
    verdict = verdict_on(plan, {}, {"hijas": ""}, {"edad": "no_especificado"})
    assert verdict.findings == ()
    assert verdict.bad == {"visitas": 0, "reportes": 0}
    assert verdict.rules == {"visitas": {}, "reportes": {}}


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("area", "penal", "enum"),
        ("area", "", "missing_value"),
        ("servicio", "legal", "enum"),  # a parent is no service that a record may have
        ("clave", "PEGA010101", "pattern"),
        ("clave", "0123456789abc", "pattern"),
        ("violencia_fisica", "tal vez", "type"),
        ("hijas", "dos", "type"),
        ("hijas", "-1", "minimum"),
        ("hijas", "21", "maximum"),
        ("mes", "", "missing_value"),
        ("mes", "2024-12", "before_first_month"),
        ("mes", "2026-01", "after_cut_off"),
        ("mes", "2025-13", "not_a_period"),
        ("mes", "enero", "pattern"),
    ],
)
def test_one_bad_cell_is_one_row_of_one_rule(column: str, value: str, rule: str, plan: Plan) -> None:
    good = {"area": "legal", "servicio": "asesoria"}
    found = both(good, {**good, column: value}, good)
    verdict = judged(found, plan)
    assert (column, rule, "3") in broken(verdict)
    assert bad(verdict, found["visitas"]) == [False, True, False]
    assert value == "" or value not in repr([f for f in verdict.findings if f.rule != rule])


@pytest.mark.parametrize("value", ["1_000", "٣", "１２", "-1", "$5", "2.0", "1e1", "9" * 20])
def test_what_is_added_up_is_a_whole_number_in_plain_digits(value: str, plan: Plan) -> None:
    """Python reads more as a number than what adds up: the run would end, or add another number."""
    visits = plan.resources["visitas"]
    fields = [
        {**field, "constraints": {"required": True, "minimum": 0}, "bareNumber": False}
        if field["name"] == "hijas"
        else field
        for field in visits.schema["fields"]
    ]
    summed = replace(visits, sums={"hijas": ("hijas",)}, schema={**visits.schema, "fields": fields})
    added = replace(plan, resources={**plan.resources, "visitas": summed})
    rule = "minimum" if value == "-1" else "type"
    assert ("hijas", rule, "2") in broken(verdict_on(added, {"hijas": value}))
    assert not verdict_on(added, {"hijas": "+3"}, {"hijas": "007"}).findings


def test_a_period_must_be_of_the_record_types_own_grain(plan: Plan) -> None:
    for value in ("2025", "2025-01", "2025-T5", "T1"):
        verdict = verdict_on(plan, {}, reports=[{**REPORT, "trimestre": value}])
        assert broken(verdict) == [("trimestre", "not_a_period", "2")], value
    assert verdict_on(plan, {}, reports=[{**REPORT, "trimestre": "2025-T4"}]).findings == ()
    assert broken(verdict_on(plan, {}, reports=[{**REPORT, "trimestre": "2026-T1"}])) == [
        ("trimestre", "after_cut_off", "2")
    ]
    assert broken(verdict_on(plan, {}, reports=[{**REPORT, "trimestre": "2024-T4"}])) == [
        ("trimestre", "before_first_month", "2")
    ]


def test_a_key_that_is_there_twice_is_told_at_the_second(plan: Plan) -> None:
    assert broken(verdict_on(plan, {}, {"visita_id": "V1"}, {"visita_id": "V1"})) == [
        ("visita_id", "primary_key", "3, 4")
    ]


def test_an_empty_key_is_empty_and_a_value_is_missing(plan: Plan) -> None:
    found = broken(verdict_on(plan, {}, {"visita_id": ""}))
    assert found == [("visita_id", "missing_value", "3"), ("visita_id", "primary_key_empty", "3")]


def test_an_orphan_is_told_in_the_file_that_refers(plan: Plan) -> None:
    verdict = verdict_on(plan, {}, reports=[REPORT, {**REPORT, "reporte_id": "R02", "visita_id": "V9"}])
    assert broken(verdict) == [("visita_id", "foreign_key", "3")]
    assert verdict.findings[0].where == "reportes.csv"


def test_short_and_long_texts(plan: Plan) -> None:
    verdict = verdict_on(plan, {}, reports=[{**REPORT, "reporte_id": "R"}, {**REPORT, "reporte_id": "R" * 13}])
    assert set(broken(verdict)) == {("reporte_id", "minLength", "2"), ("reporte_id", "maxLength", "3")}


def test_rules_across_fields(plan: Plan) -> None:
    verdict = verdict_on(
        plan,
        {"area": "social"},  # asesoria is of legal
        {"area": "social", "servicio": "taller", "edad": "joven"},
        {"edad": "mayor", "violencia_fisica": "false"},
        {"edad": "mayor", "violencia_fisica": "false", "violencia_psicologica": "true"},
    )
    assert set(broken(verdict)) == {
        ("servicio, area", "servicio_de_area", "2"),
        ("edad", "taller_de_mayores", "3"),
        ("violencia_fisica, violencia_psicologica", "mayor_con_tipo", "4"),
    }


def test_a_rule_reads_yes_as_the_contract_writes_it(institute: Path) -> None:
    contract = institute / "records.package.yaml"
    old = "{name: violencia_fisica, type: boolean, constraints: {required: true}}"
    new = "{name: violencia_fisica, type: boolean, trueValues: [afirma], falseValues: [niega]}"
    contract.write_text(contract.read_text().replace(old, new))
    plan = load(institute)
    says = {"edad": "mayor", "violencia_psicologica": "false"}
    assert verdict_on(plan, {**says, "violencia_fisica": "afirma"}).findings == ()
    assert [rule for _, rule, _ in broken(verdict_on(plan, {**says, "violencia_fisica": "niega"}))] == [
        "mayor_con_tipo"
    ]


def test_a_row_may_break_several_rules_and_each_is_counted(plan: Plan) -> None:
    found = both({"hijas": "99", "mes": "2026-02"}, {"hijas": "99"}, {})
    verdict = judged(found, plan)
    assert bad(verdict, found["visitas"]) == [True, True, False]
    assert verdict.bad["visitas"] == 2
    assert verdict.rules["visitas"] == {"hijas:maximum": 2, "mes:after_cut_off": 1}


def test_rows_of_two_files_are_told_file_by_file(plan: Plan) -> None:
    rows = pd.DataFrame([{**VISIT, "visita_id": f"V{n}", "hijas": "99"} for n in (1, 2)])
    found = made("visitas", rows, pd.DataFrame({"file": ["a.csv", "b.csv"], "row": [7, 9]}))
    verdict = judged({"visitas": found, "reportes": records("reportes", [REPORT])}, plan)
    assert [(f.where, dict(f.facts)["rows"]) for f in verdict.findings] == [("a.csv", "7"), ("b.csv", "9")]


def test_no_value_is_in_a_verdict(plan: Plan) -> None:
    secret = "AnaPerezGomez"
    verdict = verdict_on(plan, dict.fromkeys(VISIT, secret), reports=[dict.fromkeys(REPORT, secret)])
    assert len(verdict.findings) > 8
    assert secret not in repr(verdict.findings) + repr(verdict.rules)


def test_a_row_without_any_value_is_blank_and_has_no_key(plan: Plan) -> None:
    verdict = verdict_on(plan, {}, dict.fromkeys(VISIT, ""))
    assert [(finding.rule, dict(finding.facts)["rows"]) for finding in verdict.findings] == [
        ("blank_row", "3"),
        ("primary_key_empty", "3"),
    ]


def test_a_row_whose_key_stands_only_in_refused_rows_is_set_aside_with_them(plan: Plan) -> None:
    reports = [{**REPORT, "reporte_id": f"R0{n}", "visita_id": f"V{n}"} for n in (1, 2, 3)]
    found = both({}, {"hijas": "99"}, reports=reports)
    strict = judged(found, plan)
    assert bad(strict, found["reportes"]) == [False, False, True]  # as Frictionless says: V2 is there
    verdict = judged(found, plan, set_aside=True)
    assert bad(verdict, found["reportes"]) == [False, True, True]
    assert verdict.rules["reportes"] == {"visita_id:foreign_key": 1, "visita_id:foreign_key_refused": 1}


def test_a_key_that_is_a_number_is_one_key_however_it_is_spelled(institute: Path) -> None:
    """Numbers are compared by value, as Frictionless does; `007` and `7` are one visit."""
    contract = institute / "records.package.yaml"
    contract.write_text(
        contract.read_text().replace("{name: visita_id, type: string", "{name: visita_id, type: integer")
    )
    plan = load(institute)
    found = both({"visita_id": "7"}, {"visita_id": "007"}, reports=[{**REPORT, "visita_id": "+7"}])
    assert broken(judged(found, plan)) == [("visita_id", "primary_key", "3")]


def open_keys(institute: Path, extra: str = "") -> Plan:
    """The tiny institute, whose contract does not say what the key of a woman looks like."""
    contract = institute / "records.package.yaml"
    old = "{name: clave, type: string, constraints: {required: true, pattern: '[0-9a-f]{12}'}}"
    assert old in contract.read_text()
    contract.write_text(contract.read_text().replace(old, f"{{name: clave, type: string{extra}}}"))
    return load(institute)


@pytest.mark.parametrize(
    "other",
    ["maría01", "MARÍA01", "Mari\u0301a01", "María\u200b01", "María\u00a001", "Mar\u00adía01", "María 01", "Maria01"],
)
def test_a_woman_whose_key_is_spelled_in_two_ways_is_refused_at_the_rarer_one(other: str, institute: Path) -> None:
    found = both({"clave": other}, {"clave": "María01"}, {"clave": "Juana02"}, {"clave": "María01"})
    verdict = judged(found, open_keys(institute))
    assert broken(verdict) == [("clave", "key_variants", "2")]
    facts = dict(verdict.findings[0].facts)
    assert (facts["earlier"], facts["earlier_rows"]) == ("visitas.csv", "3")
    assert bad(verdict, found["visitas"]) == [True, False, False, False]
    assert "mar" not in repr(verdict.findings).lower()


def test_keys_that_lost_their_zeros_or_gained_a_decimal_are_the_same_key(institute: Path) -> None:
    plan = open_keys(institute)
    assert broken(verdict_on(plan, {"clave": "00123"}, {"clave": "123"}, {"clave": "123.0"}, {"clave": "1230"})) == [
        ("clave", "key_variants", "3, 4")
    ]


@pytest.mark.parametrize(("one", "other"), [("A-12", "A12"), ("a 12", "A/12"), ("12-B", "12b"), ("3/25-A", "3-25A")])
def test_the_sign_that_parts_a_key_makes_no_other_woman(one: str, other: str, institute: Path) -> None:
    verdict = verdict_on(open_keys(institute), {"clave": one}, {"clave": other}, {"clave": one})
    assert broken(verdict) == [("clave", "key_variants", "3")]


@pytest.mark.parametrize(("one", "other"), [("1-12", "11-2"), ("1/12", "112"), ("A1-2", "A12"), ("A-1", "A-10")])
def test_keys_that_only_look_alike_are_of_two_women(one: str, other: str, institute: Path) -> None:
    assert broken(verdict_on(open_keys(institute), {"clave": one}, {"clave": other})) == []


@pytest.mark.parametrize(
    ("keys", "rows"),
    [
        (["1.23E+11", "1.23E+11", "4,5e+17"], "2, 3, 4"),
        (["123456789012345000", "223456789012345000", "323456789012345000"], "2, 3, 4"),
        (["123456789012345000", "223456789012345678", "323456789012345000"], None),
        (["1e10", "12E+5", "Ana+11"], None),
        (["123456789012000", "223456789012000", "323456789012000"], None),
    ],
)
def test_keys_that_a_spreadsheet_rounded_are_refused(keys: Sequence[str], rows: str | None, institute: Path) -> None:
    found = broken(verdict_on(open_keys(institute), *({"clave": key} for key in keys)))
    assert found == ([("clave", "key_rounded", rows)] if rows else [])


@pytest.mark.parametrize(
    ("keys", "rows"),
    [
        (["NULL", "a1", "NULL"], "2, 4"),
        (["s/n", "a1", "000000000000", "s/n", "000000000000"], "2, 4, 5, 6"),
        (["ídem", "ídem"], "2, 3"),
        (["NULL", "a1"], None),
        (["a1", "a1", "abc", "abc"], None),
    ],
)
def test_a_mark_that_there_is_no_key_does_not_make_one_woman_of_many(
    keys: Sequence[str], rows: str | None, institute: Path
) -> None:
    found = broken(verdict_on(open_keys(institute), *({"clave": key} for key in keys)))
    assert found == ([("clave", "key_placeholder", rows)] if rows else [])


def test_the_key_of_a_record_is_one_however_it_is_spelled(plan: Plan) -> None:
    assert broken(verdict_on(plan, {}, {"visita_id": "v1"}, {"visita_id": "V2"})) == [
        ("visita_id", "key_variants", "3")
    ]


@pytest.mark.parametrize(
    ("says", "rules"),
    [
        ("", ["key_variants"]),
        (", constraints: {pattern: '[A-Za-z0-9]{4}'}", ["key_variants"]),  # it admits both spellings
        (", constraints: {pattern: '[a-z0-9]{4}'}", ["pattern"]),  # it admits one, and the other is refused for that
        (", celosia: {exact: true}", []),
    ],
)
def test_the_contract_says_whether_spellings_are_different_keys(
    says: str, rules: Sequence[str], institute: Path
) -> None:
    verdict = verdict_on(open_keys(institute, says), {"clave": "aB3x"}, {"clave": "ab3x"}, {"clave": "ab3x"})
    assert [rule for _, rule, _ in broken(verdict)] == rules


def test_a_spelling_in_a_row_that_is_refused_anyway_is_no_other_key(institute: Path) -> None:
    plan = open_keys(institute)
    assert broken(verdict_on(plan, {"clave": "Ana"}, {"clave": "ANA", "hijas": "99"})) == [("hijas", "maximum", "3")]


def test_the_parts_of_a_key_are_looked_at_together(institute: Path) -> None:
    contract = institute / "records.package.yaml"
    text = contract.read_text().replace("primaryKey: [reporte_id]", "primaryKey: [visita_id, reporte_id]")
    contract.write_text(text)
    plan = load(institute)

    of_two_visits = [{**REPORT, "visita_id": f"V{n}", "reporte_id": "001".zfill(2 + n)} for n in (1, 2)]
    assert broken(verdict_on(plan, {}, {}, reports=of_two_visits)) == []
    of_one = [{**REPORT, "reporte_id": each} for each in ("001", "0001")]
    assert broken(verdict_on(plan, {}, {}, reports=of_one)) == [("visita_id, reporte_id", "key_variants", "3")]
