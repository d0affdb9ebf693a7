"""The verdict on random bad records is that of `frictionless validate`: the same rows, fields and rules."""

from __future__ import annotations

import csv
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import frictionless
import pandas as pd
from frictionless import Dialect, Resource, Schema
from frictionless.formats import CsvControl
from hypothesis import given
from hypothesis import strategies as st

from pipeline.confidential.ingest import Records
from pipeline.confidential.validate import validate
from pipeline.plan import load
from tests.conftest import TINY

PLAN = load(TINY)
OURS = {"not_a_period", "before_first_month", "after_cut_off", *(r["id"] for r in PLAN.resources["visitas"].rules)}
"""Rules that a Table Schema cannot say."""
Verdict = set[tuple[str, int, str, str]]
"""(record type, row, field, rule)"""

NUMBERS = ["0", "2", "21", "-1", "", "dos", "1.0", "1e1", "+3", "٣", "007", "1 000"]
YES = ["true", "false", "True", "FALSE", "0", "1", "yes", "sí", ""]
visits = st.lists(
    st.fixed_dictionaries(
        {
            "visita_id": st.sampled_from(["V1", "V2", "V3", "V4", "V5", ""]),
            "clave": st.sampled_from(["0123456789ab", "fedcba987654", "0123456789AB", "corta", ""]),
            "mes": st.sampled_from(["2025-01", "2025-1", "2025-13", "enero", ""]),
            "area": st.sampled_from(["legal", "social", "Legal", "penal", ""]),
            "servicio": st.sampled_from(["asesoria", "taller", "legal", ""]),
            "edad": st.sampled_from(["joven", "mayor", "no_especificado", "ninguna"]),  # never empty: no row is blank
            "lengua": st.sampled_from(["si", "no", "tal vez", ""]),
            "violencia_fisica": st.sampled_from(YES),
            "violencia_psicologica": st.sampled_from(YES),
            "hijas": st.sampled_from(NUMBERS),
        }
    ),
    min_size=1,
    max_size=8,
)
reports = st.lists(
    st.fixed_dictionaries(
        {
            "reporte_id": st.sampled_from(["R01", "R02", "R", "R" * 13, ""]),
            "visita_id": st.sampled_from(["V1", "V2", "V9", ""]),
            "trimestre": st.sampled_from(["2025-T1", "2025", ""]),
            "causa": st.sampled_from(["dilacion", "negativa", "pereza"]),
        }
    ),
    min_size=1,
    max_size=6,
)


def ours(frames: Mapping[str, pd.DataFrame]) -> Verdict:
    records = {
        name: Records(name, frame, pd.DataFrame({"file": name, "row": range(2, len(frame) + 2)}), {})
        for name, frame in frames.items()
    }
    found: Verdict = set()
    for finding in validate(records, PLAN).findings:
        facts = dict(finding.facts)
        rule = {"primary_key_empty": "primary_key"}.get(finding.rule, finding.rule)
        if rule not in OURS:
            found |= {(finding.where, int(row), facts["column"], rule) for row in facts["rows"].split(", ")}
    return found


def theirs(frames: Mapping[str, pd.DataFrame], folder: Path) -> Verdict:
    resources = []
    for name, frame in frames.items():
        frame.to_csv(folder / f"{name}.csv", index=False, quoting=csv.QUOTE_MINIMAL)
        dialect = Dialect(controls=[CsvControl(delimiter=",")])
        schema = Schema.from_descriptor(dict(PLAN.resources[name].schema))
        resources.append(Resource(name=name, path=f"{name}.csv", schema=schema, dialect=dialect, encoding="utf-8"))
    package = frictionless.Package(resources=resources, basepath=str(folder))
    found: Verdict = set()
    for task in package.validate(limit_errors=10_000).tasks:
        for error in task.errors:
            row = int(error.row_number)
            if error.type == "primary-key":
                found.add((task.name, row, ", ".join(PLAN.resources[task.name].schema["primaryKey"]), "primary_key"))
            elif error.type == "foreign-key":
                found.add((task.name, row, ", ".join(error.field_names), "foreign_key"))
            elif error.type == "type-error":
                found.add((task.name, row, error.field_name, "type"))
            else:
                named = re.match(r'constraint "(\w+)"', error.note)
                assert named, error
                rule = {"required": "missing_value"}.get(named[1], named[1])
                found.add((task.name, row, error.field_name, rule))
    return found


def framed(name: str, rows: Sequence[Mapping[str, str]]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=list(PLAN.resources[name].fields), dtype="str")


@given(visits, reports)
def test_the_verdict_is_that_of_frictionless(found: list[dict[str, str]], told: list[dict[str, str]]) -> None:
    frames = {"visitas": framed("visitas", found), "reportes": framed("reportes", told)}
    with tempfile.TemporaryDirectory() as folder:
        expected = theirs(frames, Path(folder))
    assert ours(frames) == expected


def test_the_comparison_sees_every_rule() -> None:
    """If the records above broke nothing, the property would prove nothing."""
    bad = {
        "visita_id": "", "clave": "corta", "mes": "enero", "area": "penal", "servicio": "legal", "edad": "ninguna",
        "lengua": "", "violencia_fisica": "sí", "violencia_psicologica": "", "hijas": "21",
    }  # fmt: skip
    report = {"reporte_id": "R", "visita_id": "V9", "trimestre": "", "causa": "pereza"}
    frames = {
        "visitas": framed("visitas", [bad, {**bad, "visita_id": "V1", "hijas": "-1"}, {**bad, "visita_id": "V1"}]),
        "reportes": framed("reportes", [report, {**report, "reporte_id": "R" * 13}]),
    }
    rules = {rule for *_, rule in ours(frames)}
    assert rules == {
        "missing_value", "pattern", "enum", "type", "maximum", "minimum", "minLength", "maxLength",
        "primary_key", "foreign_key",
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        assert theirs(frames, Path(folder)) == ours(frames)
