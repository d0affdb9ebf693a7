"""The sample: synthetic records that keep the contract, look like an office's, and come out the same every time."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from pipeline.institute.load import load
from pipeline.institute.plan import Plan
from pipeline.model.findings import PipelineError
from pipeline.synthetic.generator import delivered, read_habits, sample
from tests.records import frame as frame_of
from tests.records import read

INSTITUTE = Path(__file__).parents[2] / "institute"
ROWS, SEED = 12_000, 1


@pytest.fixture(scope="module")
def plan() -> Plan:
    return load(INSTITUTE)


@pytest.fixture(scope="module")
def frames(plan: Plan) -> dict[str, pd.DataFrame]:
    return sample(plan, seed=SEED, rows=ROWS, habits=read_habits(plan))


def test_same_seed_same_records_and_another_seed_others(plan: Plan) -> None:
    habits = read_habits(plan)
    one, again, other = (sample(plan, seed=seed, rows=300, habits=habits) for seed in (7, 7, 8))
    for name in plan.resources:
        pd.testing.assert_frame_equal(one[name], again[name])
        assert not one[name].equals(other[name])


def test_columns_are_those_of_the_contract_and_every_cell_fits_it(plan: Plan, frames: dict[str, pd.DataFrame]) -> None:
    assert list(frames) == list(plan.resources)
    for name, resource in plan.resources.items():
        assert tuple(frames[name]) == resource.fields
        for column in resource.schema["fields"]:
            cells, limits = frames[name][column["name"]], column.get("constraints", {})
            assert (cells != "").all()
            if "enum" in limits:
                assert set(cells) <= set(limits["enum"]), column["name"]
            if "pattern" in limits:
                assert cells.map(lambda cell, form=limits["pattern"]: bool(re.fullmatch(form, cell))).all()
            if column["type"] == "boolean":
                assert set(cells) == {"true", "false"}, column["name"]
        key = resource.schema["primaryKey"]
        assert not frames[name].duplicated(key).any()


def test_every_code_of_every_list_occurs(plan: Plan, frames: dict[str, pd.DataFrame]) -> None:
    found: dict[str, set[str]] = {}
    for name, resource in plan.resources.items():
        for dimension in resource.dimensions.values():
            if dimension.column:
                found.setdefault(dimension.codes, set()).update(frames[name][dimension.column])
    assert found
    for name, codes in found.items():
        assert codes == set(plan.lists[name].leaves), name


def test_months_run_from_the_first_one_to_the_last_cut_off(plan: Plan, frames: dict[str, pd.DataFrame]) -> None:
    months = frames["atenciones"]["mes_atencion"]
    assert (months.min(), months.max()) == ("2023-01", "2025-12")
    assert months.nunique() == 36
    assert months.is_monotonic_increasing


def test_a_woman_has_several_services_and_stays_herself(frames: dict[str, pd.DataFrame]) -> None:
    services = frames["atenciones"]
    women = services.groupby("clave_usuaria")
    assert len(services) == ROWS
    assert 3_300 < len(women) < 3_700
    assert women.size().max() > 12
    for fixed in ("zona_id", "escolaridad", "modalidad_violencia", "violencia_fisica"):
        assert (women[fixed].nunique() == 1).all(), fixed
    assert 1.0 < women["grupo_edad"].nunique().mean() < 1.2
    later = services[services.duplicated("clave_usuaria")]
    assert (later["tipo_ingreso"] != "primera_vez").all()


def test_keys_resolve_and_nobody_is_accompanied_before_she_came(plan: Plan, frames: dict[str, pd.DataFrame]) -> None:
    first = frames["atenciones"].groupby("clave_usuaria")["mes_atencion"].min()
    referring = 0
    for name, resource in plan.resources.items():
        for foreign in resource.schema.get("foreignKeys", ()):
            other = foreign["reference"]
            known = frames[other["resource"]][other["fields"][0]]
            assert frames[name][foreign["fields"][0]].isin(known).all()
            referring += 1
            if foreign["fields"] == ["clave_usuaria"]:
                began = frames[name]["clave_usuaria"].map(first)
                assert (frames[name][resource.period] >= began).all()
    assert referring


def test_rules_across_columns_hold(plan: Plan, frames: dict[str, pd.DataFrame]) -> None:
    services = frames["atenciones"]
    parents = {code.code: code.parent for code in plan.lists["servicio"].codes}
    assert (services["servicio"].map(parents) == services["area"]).all()
    types = list(plan.resources["atenciones"].dimensions["tipo_violencia"].columns.values())
    violent = ~services["modalidad_violencia"].isin(["sin_violencia", "no_especificado"])
    assert (services.loc[violent, types] == "true").any(axis=1).all()
    assert not (services.loc[services["modalidad_violencia"] == "sin_violencia", types] == "true").any(axis=None)
    walks = frames["acompanamientos"]
    legal = walks[(walks["area"] == "juridica") & (walks["tipo"] == "acompanamiento")]
    assert (
        (legal[[c for c in plan.resources["acompanamientos"].fields if c.startswith("criterio_")]] == "true")
        .any(axis=1)
        .all()
    )


def test_what_the_offices_deliver_comes_back_through_the_door_as_it_was(
    plan: Plan, frames: dict[str, pd.DataFrame], tmp_path: Path
) -> None:
    written = delivered(plan, frames, seed=SEED)
    assert set(written["atenciones"]["violencia_fisica"]) > {"Sí", "No"}
    for name, frame in written.items():
        frame.to_csv(tmp_path / f"{name}.csv", index=False)
    for name, records in read(plan, tmp_path).items():
        pd.testing.assert_frame_equal(frame_of(records), frames[name])


# another institute: no key of a person, exact ages, dates, other headers, no sample.yaml -----------------------------

OTHER = {
    "institute.yaml": """
id: otra
name: {es: Otra}
short_name: {es: Otra}
unit: {es: Unidad}
url: https://otra.example/
email: a@otra.example
languages: [es]
licence: {name: libre, title: {es: Libre}, path: "https://otra.example/libre"}
exit_page: https://otra.example/
helplines: [{number: "911", call: "911", label: {es: Emergencias}}]
disclosure: {threshold: 3, late_records: refuse}
first_month: "2024-02"
editions: [{id: 2024-T4, cut_off: "2024-12", published: "2025-01-10"}]
measures: {llamadas: {es: Llamadas}}
""",
    "records.package.yaml": """
resources:
  - name: llamadas
    path: llamadas.csv
    celosia:
      title: {es: Llamadas}
      period: mes
      rows: llamadas
      dimensions: {tema: {upper: rama}}
      rules:
        - {id: rama, hierarchy: tema, equals: rama}
        - {id: jovenes, when: {edad: {in: [menor_18]}}, then: {riesgo: {not: [bajo]}}}
    schema:
      fields:
        - {name: mes, type: string, constraints: {required: true}}
        - {name: tema, type: string, constraints: {required: true}, celosia: {codes: tema, title: {es: Tema}}}
        - {name: rama, type: string, constraints: {required: true}, celosia: {codes: rama, title: {es: Rama}}}
        - {name: edad, type: string, constraints: {required: true}, celosia: {codes: edad, title: {es: Edad}}}
        - {name: riesgo, type: string, constraints: {required: true}, celosia: {codes: riesgo, title: {es: Riesgo}}}
        - {name: urgente, type: boolean, constraints: {required: true}}
        - {name: minutos, type: integer, constraints: {required: true, minimum: 5, maximum: 9}}
        - {name: canal, type: string, constraints: {required: true}}
        - {name: apunte, type: string}
""",
    "sources.yaml": """
llamadas:
  files: ["ll-*.csv"]
  rename: {Fecha: mes, Edad (años): edad}
  recode:
    mes: {month: true}
    edad: {bins: [{code: menor_18, to: 17}, {code: adulta, from: 18, to: 110}], empty: sin_dato, otherwise: sin_dato}
    urgente: {yes_no: true}
    riesgo: {aliases: {grave: alto}}
    canal: {constant: telefono}
""",
    "tables.yaml": """
- {id: temas, topic: temas, resource: llamadas, title: {es: Temas}, measures: [llamadas],
   dimensions: [{name: periodo, levels: [anio]}, tema]}
""",
    "charts.yaml": "topics: [{id: temas, title: {es: Temas}}]",
    "codes/rama.csv": "code,parent,parts,order,es\nsalud,,,1,Salud\nley,,,2,Ley\n",
    "codes/tema.csv": "code,parent,parts,order,es\nsalud,,,1,S\ncita,salud,,2,C\n"
    "ley,,,3,L\njuicio,ley,,4,J\nacta,ley,,5,A\n",
    "codes/edad.csv": "code,parent,parts,order,es\nmenor_18,,,1,<18\nadulta,,,2,18+\nsin_dato,,,3,Sin dato\n",
    "codes/riesgo.csv": "code,parent,parts,order,es\nbajo,,,1,Bajo\nalto,,,2,Alto\n",
}


@pytest.fixture
def other(tmp_path: Path) -> Path:
    for name, content in OTHER.items():
        path = tmp_path / "otra" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content.lstrip("\n"), encoding="utf-8")
    return tmp_path / "otra"


def test_an_institute_that_says_nothing_about_its_habits_gets_a_sample_too(other: Path) -> None:
    plan = load(other)
    frame = sample(plan, seed=3, rows=400, habits=read_habits(plan))["llamadas"]
    assert len(frame) == 400
    assert set(frame["mes"]) == {f"2024-{month:02d}" for month in range(2, 13)}
    assert (frame["tema"].map({"cita": "salud", "juicio": "ley", "acta": "ley"}) == frame["rama"]).all()
    assert (frame.loc[frame["edad"] == "menor_18", "riesgo"] == "alto").all()
    assert set(frame["minutos"]) == {"5", "6", "7", "8", "9"}
    assert set(frame["apunte"]) == {""}


def test_ages_dates_and_headers_are_written_as_the_source_has_them_and_recoded_back(other: Path) -> None:
    plan = load(other)
    frames = sample(plan, seed=3, rows=400)
    frames["llamadas"]["canal"] = "telefono"
    written = delivered(plan, frames, seed=3)["llamadas"]
    assert {"Fecha", "Edad (años)"} < set(written)
    assert "canal" not in written
    assert written["Fecha"].str.fullmatch(r"2024-\d{2}-\d{2}").all()
    ages = written["Edad (años)"]
    assert ages.str.endswith(".0").any()
    assert (ages == "").any()
    assert "grave" in set(written["riesgo"])
    (other / "raw").mkdir()
    written.to_csv(other / "raw" / "ll-2024.csv", index=False)
    pd.testing.assert_frame_equal(frame_of(read(plan, other / "raw")["llamadas"]), frames["llamadas"])


def test_every_mistake_in_the_habits_is_told_at_once(other: Path) -> None:
    (other / "sample.yaml").write_text(
        """
nadie: {rows: 1}
llamadas:
  rows: muchas
  prisa: 3
  season: [1, 2]
  weights: {tema: {cita: 2, otro: 1}, edad: {adulta: -1}, color: {rojo: 1}}
  tilts: [{when: {riesgo: [alto]}, times: {tema: {cita: 3}}}]
  prisa: 3
""",
        encoding="utf-8",
    )
    with pytest.raises(PipelineError) as caught:
        read_habits(load(other))
    assert caught.value.kind == "plan"
    assert {(f.where, f.rule) for f in caught.value.findings} == {
        ("sample.yaml:nadie", "unknown_resource"),
        ("sample.yaml:llamadas.rows", "not_a_number"),
        ("sample.yaml:llamadas", "unknown_key"),
        ("sample.yaml:llamadas.prisa", "repeated_key"),
        ("sample.yaml:llamadas.season", "not_a_number"),
        ("sample.yaml:llamadas.weights.tema", "unknown_code"),
        ("sample.yaml:llamadas.weights.edad", "not_a_number"),
        ("sample.yaml:llamadas.weights.color", "unknown_field"),
        ("sample.yaml:llamadas.tilts.0", "column_dealt_later"),
    }


def test_broken_yaml_is_told_as_such(other: Path) -> None:
    (other / "sample.yaml").write_text("llamadas: [", encoding="utf-8")
    with pytest.raises(PipelineError) as caught:
        read_habits(load(other))
    assert [f.rule for f in caught.value.findings] == ["not_yaml"]
