"""institute/ → Plan: what is injected, derived and looked up. Mistakes are in tests/faults/test_institute.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline import ROOT
from pipeline.institute.load import load
from pipeline.institute.plan import Code, CodeList, Plan
from pipeline.model.findings import PipelineError


def field(plan: Plan, resource: str, name: str) -> dict[str, object]:
    return next(dict(f) for f in plan.resources[resource].schema["fields"] if f["name"] == name)


def test_the_codes_of_a_list_become_the_enum_of_its_column(plan: Plan) -> None:
    assert field(plan, "visitas", "area")["constraints"] == {"required": True, "enum": ["legal", "social"]}


def test_only_leaves_may_be_written_in_a_record(plan: Plan) -> None:
    constraints = field(plan, "visitas", "servicio")["constraints"]
    assert constraints == {"required": True, "enum": ["asesoria", "juicio", "escucha", "taller"]}


def test_what_is_counted_may_not_be_empty_whatever_the_contract_says(institute: Path) -> None:
    """A record without a code would be in a total and in none of its parts; without a key it would be no woman."""
    contract = institute / "records.package.yaml"
    contract.write_text(contract.read_text().replace("required: true", "required: false"))
    plan = load(institute)
    for name in ("clave", "mes", "area", "servicio", "edad", "lengua"):
        constraints = field(plan, "visitas", name)["constraints"]
        assert isinstance(constraints, dict)
        assert constraints["required"], name


def test_a_list_with_parents_is_a_hierarchy_and_one_without_is_flat(plan: Plan) -> None:
    dimensions = plan.resources["visitas"].dimensions
    assert {name: d.kind for name, d in dimensions.items()} == {
        "area": "flat",
        "servicio": "hierarchy",
        "edad": "flat",
        "lengua": "flat",
        "tipo": "multiple",
    }
    assert dimensions["servicio"].upper == "area"
    assert dimensions["lengua"].sensitive
    assert dimensions["tipo"].columns == {"fisica": "violencia_fisica", "psicologica": "violencia_psicologica"}
    assert dimensions["area"].complement == "protected"


def test_women_decide_where_there_is_a_key_and_rows_where_there_is_none(plan: Plan) -> None:
    assert plan.resources["visitas"].threshold_measure == "mujeres"
    assert plan.resources["reportes"].threshold_measure == "reportes"


def test_a_sensitive_table_needs_ten(plan: Plan) -> None:
    assert {t.id: plan.threshold(t) for t in plan.tables} == {
        "visitas_por_area": 5,
        "visitas_por_servicio": 5,
        "mujeres_por_edad": 5,
        "mujeres_por_lengua": 10,
        "tipos": 5,
        "reportes_por_causa": 5,
    }


def test_a_sensitive_table_never_needs_fewer_than_others(institute: Path) -> None:
    facts = institute / "institute.yaml"
    facts.write_text(facts.read_text().replace("threshold: 5", "threshold: 20, sensitive_threshold: 3"))
    plan = load(institute)
    assert plan.threshold(plan.table("mujeres_por_lengua")) == 20


def test_levels_are_in_one_order_however_they_are_written(institute: Path) -> None:
    tables = institute / "tables.yaml"
    tables.write_text(
        tables.read_text().replace("[anio, acumulado, trimestre, mes]", "[mes, anio, trimestre, acumulado]")
    )
    assert load(institute).table("visitas_por_area").levels == ("anio", "acumulado", "trimestre", "mes")


def test_editions_up_to_one_are_oldest_first(plan: Plan) -> None:
    first, second = plan.editions
    assert plan.until(first) == (first,)
    assert plan.until(second) == (first, second)
    assert plan.edition("2025-T4") == second
    with pytest.raises(PipelineError) as stopped:
        plan.edition("2024-T4")
    assert stopped.value.exit_code == 10


def test_the_periods_of_an_edition_end_at_its_cut_off(plan: Plan) -> None:
    first, second = (plan.periods(edition) for edition in plan.editions)
    assert {"2025-T1-T3", "2025-09"} <= set(first.by_code)
    assert "2025-10" not in first.by_code
    assert {"2025", "2025-T4", "2025-12"} <= set(second.by_code)


def test_a_contract_may_say_how_yes_is_written(institute: Path) -> None:
    contract = institute / "records.package.yaml"
    old = "{name: violencia_fisica, type: boolean, constraints: {required: true}}"
    new = "{name: violencia_fisica, type: boolean, trueValues: [afirma], falseValues: [niega]}"
    contract.write_text(contract.read_text().replace(old, new))
    visits = load(institute).resources["visitas"]
    assert visits.yes("violencia_fisica") == ("afirma",)
    assert visits.yes("violencia_psicologica") == ("true", "True", "TRUE", "1")


def test_leaves_and_roots_of_a_list() -> None:
    def code(name: str, parent: str = "", parts: tuple[str, ...] = ()) -> Code:
        return Code(name, parent, parts, 0, {})

    found = CodeList("x", (code("a"), code("a1", "a"), code("a2", "a"), code("b"), code("a_y_b", "", ("a", "b"))))
    assert found.leaves == ("a1", "a2", "b")
    assert found.roots == ("a", "b", "a_y_b")
    assert found.parents == {"a"}


def test_every_code_that_leads_into_a_circle_is_named_and_a_long_chain_is_read(institute: Path) -> None:
    path = institute / "codes" / "area.csv"
    known = path.read_text()
    chain = "".join(f"c{n},{f'c{n - 1}' if n else ''},,{n + 9},Código {n},Code {n}\n" for n in range(30_000))
    path.write_text(known + chain)
    assert len(load(institute).lists["area"].codes) == 30_002
    path.write_text(known + "x,y,,9,Equis,Ex\ny,z,,9,Ye,Why\nz,y,,9,Zeta,Zed\nw,legal,,9,Doble ve,Double u\n")
    with pytest.raises(PipelineError) as caught:
        load(institute)
    found = {finding.where for finding in caught.value.findings if finding.rule == "circular_parent"}
    assert found == {"codes/area.csv:x", "codes/area.csv:y", "codes/area.csv:z"}


def test_an_institute_of_one_language_needs_no_other(institute: Path) -> None:
    facts = institute / "institute.yaml"
    facts.write_text(facts.read_text().replace("languages: [es, en]", "languages: [es]"))
    for path in institute.glob("codes/*.csv"):
        path.write_text("\n".join(line.rsplit(",", 1)[0] for line in path.read_text().splitlines()) + "\n")
    assert load(institute).languages == ("es",)


def test_the_institute_of_the_project_has_no_mistake() -> None:
    plan = load(ROOT / "institute")
    assert len(plan.tables) >= 10
    assert {len(t.dimensions) for t in plan.tables} >= {2, 3, 4}
    assert [e.id for e in plan.editions][:2] == ["2025-T3", "2025-T4"]
