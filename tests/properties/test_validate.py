"""The verdict on random bad records is that of `frictionless validate`: the same rows, fields and rules.

A corpus of contracts (every type, format and constraint that a Table Schema has, keys of one and of several columns, of
text and of numbers, within a record type and between two) meets a corpus of cells that break them.
"""

from __future__ import annotations

import copy
import csv
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import frictionless
import pandas as pd
import pyarrow.parquet
import pytest
from frictionless import Dialect, Schema
from frictionless.formats import CsvControl
from hypothesis import given
from hypothesis import strategies as st

from pipeline.confidential.validation.verdict import RULES
from pipeline.institute.load import load
from pipeline.institute.plan import Edition, Origin, Plan, Resource, Source
from pipeline.model.findings import PipelineError
from tests.conftest import TINY
from tests.records import judged, made, read

TINY_PLAN = load(TINY)
OURS = {
    "not_a_period",
    "before_first_month",
    "after_cut_off",
    "key_variants",
    "key_rounded",
    "key_placeholder",
    *(r["id"] for r in TINY_PLAN.resources["visitas"].rules),
}
"""Rules that a Table Schema cannot say."""
Verdict = set[tuple[str, int, str, str]]
"""(record type, row, field, rule)"""
Rows = Sequence[Mapping[str, str]]

NUMBERS = [
    "0",
    "2",
    "21",
    "-1",
    "",
    "dos",
    "1.0",
    "1e1",
    "+3",
    "٣",
    "007",
    "1 000",
    "-0",
    "99999999999999999999",
    "1_0",
]
YES = ["true", "false", "True", "FALSE", "0", "1", "yes", "sí", ""]
CELLS: dict[str, list[str]] = {
    # column: cells that keep its rules and cells that do not
    "clave": ["0123456789ab", "0123456789ab\n", "fedcba987654", "0123456789AB", "٠123456789ab", "corta", ""],
    "abierta": ["a", "ab", "abc", "b", "bc", "", "ä"],
    "etiqueta": ["x1", "x22", "y-3", "x٣", "x1\n", "NA", "-", "ninguna"],
    "larga": ["abc", "ñandú", "ñ", "👩\u200d👧", "a" * 9, "", "abcdefg"],
    "correo": ["ana@casa.org", "ana", "", "@"],
    "pagina": ["https://casa.org/a", "casa", "", "http://[bad"],
    "uuid": ["123e4567-e89b-12d3-a456-426614174000", "123e", ""],
    "entero": NUMBERS,
    "estricto": NUMBERS,
    "suelto": ["$5", "5 pesos", "-7", "", "pesos"],
    "opcion": ["1", "01", "2", "3", "", "uno"],
    "decimal": ["1.234,5", "1,5", "1.5", "NaN", "INF", "", "-3", "1e2"],
    "booleano": YES,
    "afirma": ["si", "no", "true", "", "Si"],
    "fecha": ["2025-01-31", "2025-1-31", "31/01/2025", "2025-02-30", ""],
    "dia": ["31/01/2025", "2025-01-31", "1/1/2025", ""],
    "hora": ["10:30:00", "10:30", "25:00:00", ""],
    "cuando": ["2025-01-31T10:30:00", "2025-01-31", "2025-01-31T10:30:00Z", ""],
    "anio": ["2025", "25", "-2025", "20250", ""],
    "aniomes": ["2025-01", "2025-13", "2025", ""],
    "unico": ["u1", "u2", "u3", "", "NA"],
    "unico_numero": ["1", "01", "2", "+2", "", "x"],
    "cualquiera": ["a", "", "1"],
}
V2 = "https://datapackage.org/profiles/2.0/tableschema.json"
V2_PACKAGE = "https://datapackage.org/profiles/2.0/datapackage.json"
MONTH = {"name": "mes", "type": "string"}
FIELDS: list[dict[str, Any]] = [
    {"name": "clave", "type": "string", "constraints": {"required": True, "pattern": "[0-9a-f]{12}"}},
    {"name": "abierta", "type": "string", "constraints": {"pattern": "a|b"}},  # to Frictionless: ^a or b$
    {"name": "etiqueta", "type": "string", "missingValues": ["NA", "-"], "constraints": {"pattern": r"[xy]-?\d{1,2}"}},
    {"name": "larga", "type": "string", "constraints": {"minLength": 2, "maxLength": 7}},
    {"name": "correo", "type": "string", "format": "email"},
    {"name": "pagina", "type": "string", "format": "uri"},
    {"name": "uuid", "type": "string", "format": "uuid", "constraints": {"required": True}},
    {"name": "entero", "type": "integer", "constraints": {"minimum": 0, "maximum": 20}},
    {"name": "estricto", "type": "integer", "constraints": {"exclusiveMinimum": 0, "exclusiveMaximum": "21"}},
    {"name": "suelto", "type": "integer", "bareNumber": False, "constraints": {"minimum": 0}},
    {"name": "opcion", "type": "integer", "constraints": {"enum": [1, 2]}},
    {"name": "decimal", "type": "number", "decimalChar": ",", "groupChar": ".", "constraints": {"minimum": 0}},
    {"name": "booleano", "type": "boolean", "constraints": {"required": True}},
    {"name": "afirma", "type": "boolean", "trueValues": ["si"], "falseValues": ["no"]},
    {"name": "fecha", "type": "date", "constraints": {"minimum": "2025-01-01"}},
    {"name": "dia", "type": "date", "format": "%d/%m/%Y"},
    {"name": "hora", "type": "time"},
    {"name": "cuando", "type": "datetime"},
    {"name": "anio", "type": "year"},
    {"name": "aniomes", "type": "yearmonth"},
    {"name": "unico", "type": "string", "constraints": {"unique": True}},
    {"name": "unico_numero", "type": "integer", "constraints": {"unique": True}},
    {"name": "cualquiera", "type": "any"},
]
KEYED: dict[str, dict[str, Any]] = {
    "madre": {
        "primaryKey": ["a", "b"],
        "missingValues": ["", "NA"],
        "foreignKeys": [{"fields": ["arriba"], "reference": {"resource": "", "fields": ["a"]}}],
        "fields": [MONTH, *({"name": n, "type": "string"} for n in ("a", "arriba")), {"name": "b", "type": "integer"}],
    },
    "hija": {
        "primaryKey": ["n"],
        "foreignKeys": [
            {"fields": ["a", "b"], "reference": {"resource": "madre", "fields": ["a", "b"]}},
            {"fields": ["n"], "reference": {"resource": "madre", "fields": ["b"]}},
            {"fields": ["texto"], "reference": {"resource": "madre", "fields": ["b"]}},
        ],
        "fields": [
            MONTH,
            {"name": "a", "type": "string"},
            {"name": "b", "type": "integer", "constraints": {"maximum": 5}},
            {"name": "n", "type": "number"},
            {"name": "texto", "type": "string"},
        ],
    },
}


def contract(schemas: Mapping[str, Mapping[str, Any]]) -> Plan:
    """A Plan of these record types and nothing else."""
    resources = {
        name: Resource(name, {}, schema, period="mes", grain="mes", rows="n") for name, schema in schemas.items()
    }
    sources = {name: Source((Origin(pattern=f"{name}.csv"),)) for name in schemas}
    edition = Edition("2025-T4", "2025-12", "2026-01-20")
    return Plan(TINY, {"first_month": "2025-01", "languages": ["es"]}, {}, resources, sources, (), (edition,), {})


def ours(frames: Mapping[str, pd.DataFrame], plan: Plan) -> Verdict:
    verdict = judged({name: made(name, frame) for name, frame in frames.items()}, plan)
    found: Verdict = set()
    bad: set[tuple[str, int]] = set()
    for name, path in verdict.refused.items():
        table = pyarrow.parquet.read_table(path, columns=["row", "rules"]).to_pylist()
        for row, column, rule in (
            (r["row"], *each.rpartition(":")[::2]) for r in table for each in r["rules"].split(RULES)
        ):
            bad.add((name, row))
            if rule not in OURS:
                found.add((name, row, column, {"primary_key_empty": "primary_key"}.get(rule, rule)))
    # Messages name every bad row, and no other, whether they tell all that is wrong with it or that it is no record.
    told = {
        (finding.where.removesuffix(".csv"), int(row))
        for finding in verdict.findings
        for row in dict(finding.facts)["rows"].split(", ")
    }
    assert told == bad
    return found


def theirs(frames: Mapping[str, pd.DataFrame], plan: Plan, folder: Path) -> Verdict:
    described = []
    for name, frame in frames.items():
        frame.to_csv(folder / f"{name}.csv", index=False, quoting=csv.QUOTE_MINIMAL)
        form = {"path": f"{name}.csv", "encoding": "utf-8", "dialect": {"csv": {"delimiter": ","}}}
        described.append(
            {"name": name, **form, "schema": {"$schema": V2, **copy.deepcopy(plan.resources[name].schema)}}
        )
    package = frictionless.Package.from_descriptor(
        {"$schema": V2_PACKAGE, "resources": described}, basepath=str(folder)
    )
    report = package.validate(limit_errors=10_000)
    assert not report.errors
    found: Verdict = set()
    for task in report.tasks:
        for error in task.errors:
            row = int(error.row_number)
            if error.type == "blank-row":
                found.add((task.name, row, "", "blank_row"))
            elif error.type == "primary-key":
                found.add((task.name, row, ", ".join(plan.resources[task.name].schema["primaryKey"]), "primary_key"))
            elif error.type == "foreign-key":
                found.add((task.name, row, ", ".join(error.field_names), "foreign_key"))
            elif error.type in ("type-error", "unique-error"):
                found.add((task.name, row, error.field_name, error.type.removesuffix("-error")))
            else:
                named = re.match(r'constraint "(\w+)"', error.note)
                assert named, error
                rule = {"required": "missing_value"}.get(named[1], named[1])
                found.add((task.name, row, error.field_name, rule))
    return found


def same(frames: Mapping[str, pd.DataFrame], plan: Plan) -> Verdict:
    with tempfile.TemporaryDirectory() as folder:
        expected = theirs(frames, plan, Path(folder))
    assert ours(frames, plan) == expected
    return expected


def rows_of(columns: Mapping[str, Sequence[str]], most: int = 8) -> st.SearchStrategy[list[dict[str, str]]]:
    cells = st.fixed_dictionaries({name: st.sampled_from(list(values)) for name, values in columns.items()})
    return st.lists(cells, min_size=1, max_size=most)


def framed(fields: Sequence[str], rows: Rows) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=list(fields), dtype="str")


# the tiny institute ------------------------------------------------------------------------------------------------------

visits = rows_of(
    {
        "visita_id": ["V1", "V2", "V3", "V4", "V5", ""],
        "clave": ["0123456789ab", "fedcba987654", "0123456789AB", "corta", ""],
        "mes": ["2025-01", "2025-1", "2025-13", "enero", ""],
        "area": ["legal", "social", "Legal", "penal", ""],
        "servicio": ["asesoria", "taller", "legal", ""],
        "edad": ["joven", "mayor", "no_especificado", "ninguna", ""],
        "lengua": ["si", "no", "tal vez", ""],
        "violencia_fisica": YES,
        "violencia_psicologica": YES,
        "hijas": NUMBERS,
    }
)
reports = rows_of(
    {
        "reporte_id": ["R01", "R02", "R", "R" * 13, ""],
        "visita_id": ["V1", "V2", "V9", ""],
        "trimestre": ["2025-T1", "2025", ""],
        "causa": ["dilacion", "negativa", "pereza", ""],
    },
    6,
)


@given(visits, reports)
def test_the_verdict_is_that_of_frictionless(found: Rows, told: Rows) -> None:
    fields = {name: TINY_PLAN.resources[name].fields for name in ("visitas", "reportes")}
    same({"visitas": framed(fields["visitas"], found), "reportes": framed(fields["reportes"], told)}, TINY_PLAN)


# every type, every constraint, every kind of key -------------------------------------------------------------------------


@given(st.sets(st.sampled_from([field["name"] for field in FIELDS]), min_size=1, max_size=8), st.data())
def test_so_it_is_for_every_type_format_and_constraint(chosen: set[str], data: st.DataObject) -> None:
    fields = [field for field in FIELDS if field["name"] in chosen]
    plan = contract({"libro": {"$schema": V2, "fields": [MONTH, *fields], "missingValues": ["", "NA"]}})
    rows = data.draw(rows_of({"mes": ["2025-01", ""], **{name: CELLS[name] for name in sorted(chosen)}}))
    same({"libro": framed(plan.resources["libro"].fields, rows)}, plan)


mothers = rows_of(
    {"mes": ["2025-01"], "a": ["x", "y", "NA", ""], "arriba": ["x", "z", ""], "b": ["1", "01", "2", "dos", ""]}
)
daughters = rows_of(
    {
        "mes": ["2025-01"],
        "a": ["x", "y", "NA", ""],
        "b": ["1", "+1", "2", "9", "uno", ""],
        "n": ["1", "1.0", "2.5", "2.50", "NaN", ""],
        "texto": ["1", ""],
    }
)


@given(mothers, daughters)
def test_so_it_is_for_keys_of_several_columns_types_and_spellings(mother: Rows, daughter: Rows) -> None:
    plan = contract(KEYED)
    fields = {name: plan.resources[name].fields for name in KEYED}
    same({"madre": framed(fields["madre"], mother), "hija": framed(fields["hija"], daughter)}, plan)


def test_a_key_by_the_thousand_is_judged_alike() -> None:
    """More distinct values than are judged at once, some of them bad in every way."""
    plan = contract({"libro": {"primaryKey": ["clave"], "fields": [MONTH, FIELDS[0], FIELDS[7]]}})
    rows = [{"mes": "2025-01", "clave": f"{n:012x}", "entero": str(n)} for n in range(3000)]
    for place, clave in ((10, "corta"), (20, f"{30:012x}"), (40, ""), (50, "ñ" * 12), (2999, "0123456789AB")):
        rows[place]["clave"] = clave
    frame = framed(plan.resources["libro"].fields, rows)
    verdict = judged({"libro": made("libro", frame)}, plan)
    with tempfile.TemporaryDirectory() as folder:
        expected = theirs({"libro": frame}, plan, Path(folder))
    counted: dict[str, int] = {}
    for _, _, column, rule in expected:
        counted[f"{column}:{rule}"] = counted.get(f"{column}:{rule}", 0) + 1
    told = {rule.replace("primary_key_empty", "primary_key"): 0 for rule in verdict.rules["libro"]}
    for rule, count in verdict.rules["libro"].items():
        told[rule.replace("primary_key_empty", "primary_key")] += count
    assert told == counted
    assert told["clave:pattern"] == 3
    assert told["entero:maximum"] == 2979


@given(st.lists(st.lists(st.sampled_from(["a", "b c", "x;y", '"', "1\n2"]), min_size=1, max_size=5), min_size=1))
def test_rows_that_are_too_short_or_too_long_are_those_that_frictionless_finds(rows: list[list[str]]) -> None:
    plan = contract({"libro": {"fields": [MONTH, *({"name": n, "type": "string"} for n in ("a", "b"))]}})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "libro.csv"
        with path.open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows([["mes", "a", "b"], *(["2025-01", *row] for row in rows)])
        dialect = Dialect(header_rows=[1], controls=[CsvControl(delimiter=",")])
        schema = Schema.from_descriptor(copy.deepcopy(dict(plan.resources["libro"].schema)))
        form: dict[str, Any] = {"path": path.name, "basepath": folder, "encoding": "utf-8"}
        report = frictionless.Resource(**form, dialect=dialect, schema=schema).validate(limit_errors=10_000)
        wrong = ("extra-cell", "missing-cell")
        assert not report.errors
        expected = {int(getattr(e, "row_number", 0)) for task in report.tasks for e in task.errors if e.type in wrong}
        told: set[int] = set()
        try:
            read(plan, Path(folder))
        except PipelineError as stopped:
            (finding,) = stopped.findings
            if finding.rule == "open_quote":  # a cell of several lines in a ragged row may have swallowed others
                assert expected
                return
            assert finding.rule == "ragged_row"
            told = {int(row) for row in dict(finding.facts)["rows"].split(", ")}
            assert dict(finding.facts)["count"] == str(len(expected))
    assert sorted(told) == sorted(expected)[:10]


# the comparison itself ---------------------------------------------------------------------------------------------------


def test_the_comparison_sees_every_rule() -> None:
    """If the records above broke nothing, the properties would prove nothing."""
    bad = {
        "visita_id": "", "clave": "corta", "mes": "enero", "area": "penal", "servicio": "legal", "edad": "ninguna",
        "lengua": "", "violencia_fisica": "sí", "violencia_psicologica": "", "hijas": "21",
    }  # fmt: skip
    report = {"reporte_id": "R", "visita_id": "V9", "trimestre": "", "causa": "pereza"}
    frames = {
        "visitas": framed(list(bad), [bad, {**bad, "visita_id": "V1", "hijas": "-1"}, {**bad, "visita_id": "V1"}]),
        "reportes": framed(list(report), [report, {**report, "reporte_id": "R" * 13}]),
    }
    assert {rule for *_, rule in same(frames, TINY_PLAN)} == {
        "missing_value", "pattern", "enum", "type", "maximum", "minimum", "minLength", "maxLength",
        "primary_key", "foreign_key",
    }  # fmt: skip


@pytest.mark.parametrize("field", FIELDS, ids=[field["name"] for field in FIELDS])
def test_every_column_of_the_corpus_has_cells_that_keep_it_and_cells_that_break_it(field: dict[str, Any]) -> None:
    if field["type"] == "any":
        return
    plan = contract({"libro": {"$schema": V2, "fields": [MONTH, field]}})
    rows = [{"mes": "2025-01", field["name"]: cell} for cell in [*CELLS[field["name"]], CELLS[field["name"]][0]]]
    broken = {row for _, row, _, _ in same({"libro": framed(["mes", field["name"]], rows)}, plan)}
    assert 0 < len(broken) < len(rows)
