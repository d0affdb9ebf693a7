"""What sources.yaml may say of how columns come about: looked up in another file, by a pattern of names, by what is left over, split,
or the same in every record. What does not fit is named, and never with a value."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline.confidential.intake.recode import parted
from pipeline.confidential.intake.source_files import unread
from pipeline.institute.load import load
from pipeline.model.findings import Finding, PipelineError
from pipeline.workflows import sample
from tests import records
from tests.docs.manual import written
from tests.records import frame

HEADER = "visita_id,clave,mes,Sede,servicio,edad,lengua,violencia_fisica,violencia_psicologica,hijas"
REPORTS = "reporte_id,visita_id,trimestre,causa\nR01,V1,2025-T1,dilacion\n"
SITES = "Clave,Nombre de la responsable,Área\n01,Rosa Pérez López,legal\n02,Ana Ruiz Soto,salud\n3,Luz Gil Mora,legal\n"
LOOKUP = "  lookup: {area: {key: Sede, file: catalogos/sedes.csv, match: clave, value: AREA}}\n"


def visit(site: str, number: int = 1) -> str:
    return f"V{number},0123456789ab,2025-01,{site},asesoria,adulta,no,true,false,2"


def said(folder: Path, lines: str, *, instead: str = "") -> None:
    """Adds lines to what the tiny institute says of its visits; `instead`: a line that they take the place of."""
    path = folder / "sources.yaml"
    text = path.read_text(encoding="utf-8")
    text = text.replace(instead, "", 1) if instead else text
    path.write_text(text.replace("  recode:\n", f"{lines}  recode:\n", 1), encoding="utf-8")


def raw(folder: Path, *lines: str, header: str = HEADER, sites: str | None = SITES) -> Path:
    written(folder / "visitas.csv", "\n".join([header, *lines, ""]))
    written(folder / "reportes.csv", REPORTS)
    if sites is not None:
        written(folder / "catalogos" / "sedes.csv", sites)
    return folder


def areas(institute: Path, folder: Path) -> list[str]:
    return list(frame(records.read(load(institute), folder)["visitas"])["area"])


def refused(institute: Path, folder: Path) -> list[Finding]:
    with pytest.raises(PipelineError) as stopped:
        records.read(load(institute), folder)
    return list(stopped.value.findings)


def told(institute: Path) -> set[tuple[str, str]]:
    """(place, rule) of what is wrong with the folder."""
    with pytest.raises(PipelineError) as stopped:
        load(institute)
    return {(re.sub(r"^sources\.yaml:visitas\.?", "", f.where), f.rule) for f in stopped.value.findings}


def test_a_column_is_looked_up_by_a_key_however_it_is_written(institute: Path, tmp_path: Path) -> None:
    said(institute, LOOKUP)
    sites = SITES + "3.0,Luz Gil Mora,legal\n"
    folder = raw(tmp_path / "raw", *map(visit, ("1", " 02 ", "3", "01.0", "2"), range(1, 6)), sites=sites)
    assert areas(institute, folder) == ["legal", "salud", "legal", "legal", "salud"]
    assert unread(load(institute), folder, ["visitas.csv", "reportes.csv"]) == [], "the other file is known"


def test_a_file_that_is_looked_into_may_have_names_which_are_not_read(institute: Path, tmp_path: Path) -> None:
    said(institute, LOOKUP.replace("AREA", "Nombre de la responsable"))
    (found,) = refused(institute, raw(tmp_path, visit("1")))
    assert (found.where, found.rule) == ("catalogos/sedes.csv", "identity_header")
    assert "Rosa" not in str(found)


def test_an_identity_among_what_is_looked_up_is_found(institute: Path, tmp_path: Path) -> None:
    said(institute, LOOKUP)
    (found,) = refused(institute, raw(tmp_path, visit("1"), sites=SITES + "4,x,5512345678\n"))
    assert (found.where, found.rule) == ("catalogos/sedes.csv", "identity_value")
    assert dict(found.facts)["rows"] == "5"
    assert "5512345678" not in str(found)


@pytest.mark.parametrize(
    ("sites", "rule", "facts"),
    [
        (None, "missing_file", {}),
        ("Clave,Zona\n1,legal\n", "lookup_column", {"column": "AREA"}),
        ("Clave,Area,Área\n1,legal,legal\n", "duplicate_column", {"column": "AREA"}),
        (SITES + "003,Otra,salud\n01,Otra,salud\n", "lookup_twice", {"column": "clave", "rows": "5, 6", "count": "2"}),
        ("Clave,Área\n", "no_rows", {}),
    ],
)
def test_a_file_that_cannot_be_looked_into_is_named(
    institute: Path, tmp_path: Path, sites: str | None, rule: str, facts: dict[str, object]
) -> None:
    said(institute, LOOKUP)
    (found,) = refused(institute, raw(tmp_path, visit("1"), sites=sites))
    assert (found.where, found.rule) == ("catalogos/sedes.csv", rule)
    assert facts.items() <= dict(found.facts).items()


def test_a_key_that_is_not_there_stops_with_its_rows_and_without_the_key(institute: Path, tmp_path: Path) -> None:
    said(institute, LOOKUP)
    (found,) = refused(institute, raw(tmp_path, visit("1", 1), visit("78901", 2), visit("", 3), visit("78902", 4)))
    assert (found.where, found.rule) == ("visitas.csv", "lookup_lost")
    assert dict(found.facts) == {"column": "Sede", "file": "catalogos/sedes.csv", "rows": "3, 5", "count": "2"}


def test_what_stands_for_a_lost_key_or_for_none_is_said(institute: Path, tmp_path: Path) -> None:
    said(institute, LOOKUP.replace("AREA", "AREA, otherwise: salud"))
    sources = institute / "sources.yaml"
    sources.write_text(sources.read_text().replace("  recode:\n", "  recode:\n    area: {empty: legal}\n", 1))
    assert areas(institute, raw(tmp_path, visit("1", 1), visit("9", 2), visit("", 3))) == ["legal", "salud", "legal"]


@pytest.mark.parametrize("key", ["Total", "ídem", "NULL", "#N/A"])
def test_what_is_no_key_is_lost_whatever_stands_for_a_lost_one(key: str, institute: Path, tmp_path: Path) -> None:
    said(institute, LOOKUP.replace("AREA", "AREA, otherwise: salud"))
    (found,) = refused(institute, raw(tmp_path, visit("1", 1), visit("9", 2), visit(key, 3)))
    assert (found.rule, dict(found.facts)["rows"]) == ("lookup_lost", "4")


def test_a_month_may_stand_in_another_file(institute: Path, tmp_path: Path) -> None:
    said(institute, "  lookup: {mes: {key: Sede, file: dias.csv, match: visita, value: Fecha}}\n")
    header = HEADER.replace("mes,Sede", "area,Sede")
    folder = raw(tmp_path, *(visit(f"F{n}", n).replace("2025-01", "legal") for n in (1, 2)), header=header, sites=None)
    (folder / "dias.csv").write_text("visita,Fecha\nf2,31/03/2025\nF1,05/02/2025\n", encoding="utf-8")
    assert list(frame(records.read(load(institute), folder)["visitas"])["mes"]) == ["2025-02", "2025-03"]


def test_one_column_may_be_a_field_and_a_key(institute: Path, tmp_path: Path) -> None:
    said(institute, "  lookup: {area: {key: servicio, file: areas.csv, match: servicio, value: area}}\n")
    folder = raw(tmp_path, visit("x").replace(",x,", ","), header=HEADER.replace("Sede,", ""), sites=None)
    (folder / "areas.csv").write_text("servicio,area\nASESORIA,legal\ntaller,salud\n", encoding="utf-8")
    read = frame(records.read(load(institute), folder)["visitas"])
    assert (read["area"][0], read["servicio"][0]) == ("legal", "asesoria")


def test_a_file_without_the_key_says_so_or_what_stands_for_it(institute: Path, tmp_path: Path) -> None:
    said(institute, LOOKUP)
    folder = raw(tmp_path, visit("1").replace("01,1,", "01,"), header=HEADER.replace("Sede,", ""))
    (found,) = refused(institute, folder)
    assert (found.where, found.rule, dict(found.facts)) == ("visitas.csv", "lookup_no_key", {"column": "Sede"})
    sources = institute / "sources.yaml"
    text = sources.read_text(encoding="utf-8")
    sources.write_text(
        text.replace('["visitas*.csv"]', '[{pattern: "visitas*.csv", absent: {area: legal}}]'), encoding="utf-8"
    )
    assert areas(institute, folder) == ["legal"]


def test_a_file_that_has_the_column_and_its_key_is_not_guessed_at(institute: Path, tmp_path: Path) -> None:
    said(institute, LOOKUP)
    folder = raw(tmp_path, visit("1").replace(",1,", ",1,salud,"), header=HEADER.replace("Sede", "Sede,area"))
    (found,) = refused(institute, folder)
    assert (found.rule, dict(found.facts)) == ("found_in_two_ways", {"name": "area"})


def test_the_sample_of_a_folder_that_looks_up_is_read(institute: Path, tmp_path: Path) -> None:
    said(institute, LOOKUP)
    sample.write(load(institute), tmp_path / "raw", seed=1, rows=50)
    written(tmp_path / "raw" / "catalogos" / "sedes.csv", SITES)
    assert set(areas(institute, tmp_path / "raw")) == {"legal", "social"}


@pytest.mark.parametrize(
    ("lines", "place", "rule"),
    [
        (LOOKUP.replace("catalogos/sedes.csv", "../sedes.csv"), "lookup.area.file", "not_a_file_of_records"),
        (LOOKUP.replace("catalogos/sedes.csv", "/etc/sedes.csv"), "lookup.area.file", "not_a_file_of_records"),
        (LOOKUP.replace("catalogos/sedes.csv", '"sedes*.csv"'), "lookup.area.file", "not_a_file_of_records"),
        (LOOKUP.replace("key: Sede", "key: Área"), "lookup.area.key", "lookup_of_itself"),
        (LOOKUP.replace("{area:", "{arena:"), "", "unknown_field"),
        (LOOKUP.replace("key: Sede, ", ""), "lookup.area", "required"),
        (LOOKUP + "  join: {area: [a, b]}\n", "lookup.area", "found_in_two_ways"),
        (LOOKUP + "  rename: {Área: area}\n", "lookup.area", "found_in_two_ways"),
    ],
)
def test_a_lookup_that_cannot_be_meant_is_told(institute: Path, lines: str, place: str, rule: str) -> None:
    said(institute, lines)
    assert (place, rule) in told(institute)


def test_a_key_that_is_dropped_is_told(institute: Path) -> None:
    said(institute, LOOKUP + "  drop: [sede]\n", instead="  drop: [observaciones]\n")
    assert told(institute) == {("lookup.area.key", "lookup_key_dropped")}


# patterns ------------------------------------------------------------------------------------------------------------

YES_NO = "    violencia_fisica: {yes_no: true}\n    violencia_psicologica: {yes_no: true}\n"


def patterned(institute: Path, pattern: str, instead: str = YES_NO) -> None:
    path = institute / "sources.yaml"
    text = path.read_text(encoding="utf-8")
    assert instead in text
    path.write_text(text.replace(instead, pattern, 1), encoding="utf-8")


def test_a_pattern_of_names_is_about_every_column_that_fits(institute: Path) -> None:
    one_by_one = load(institute).sources["visitas"].recode
    patterned(institute, '    "violencia_*": {yes_no: true}\n')
    assert load(institute).sources["visitas"].recode == one_by_one


@pytest.mark.parametrize(
    ("pattern", "instead", "place", "rule"),
    [
        ('    "violenta_*": {yes_no: true}\n', YES_NO, "recode.violenta_*", "pattern_of_nothing"),
        ('    "violencia_*": {yes_no: true}\n', YES_NO.splitlines(keepends=True)[0], "recode.violencia_*", "pattern_twice"),
        ('    "violencia_*": {yes_no: true}\n    "*_fisica": {yes_no: true}\n', YES_NO, "recode.*_fisica", "pattern_twice"),
        ('    "*": {yes_no: true}\n', YES_NO, "recode.*", "pattern_twice"),
        ('    "violencia_*": {yes_no: si}\n', YES_NO, "recode.violencia_*.yes_no", "wrong_type"),
    ],
)  # fmt: skip
def test_a_pattern_of_no_column_or_of_one_declared_already_is_told(
    institute: Path, pattern: str, instead: str, place: str, rule: str
) -> None:
    patterned(institute, pattern, instead)
    assert (place, rule) in told(institute)


# what is left over ---------------------------------------------------------------------------------------------------


def test_every_column_that_nothing_names_is_dropped_where_that_is_said(institute: Path, tmp_path: Path) -> None:
    said(institute, LOOKUP + "  drop: rest\n", instead="  drop: [observaciones]\n")
    header, line = f"Nombre,{HEADER},,Teléfono", f"Rosa,{visit('1')},x,5512345678"
    assert areas(institute, raw(tmp_path, line, header=header)) == ["legal"]


def test_a_column_of_the_contract_that_drifted_is_missed_even_so(institute: Path, tmp_path: Path) -> None:
    said(institute, LOOKUP + "  drop: rest\n", instead="  drop: [observaciones]\n")
    (found,) = refused(institute, raw(tmp_path, visit("1"), header=HEADER.replace("edad", "Edades")))
    assert (found.rule, dict(found.facts)) == ("missing_column", {"column": "edad"})


def test_a_file_without_a_header_is_known_even_so(institute: Path, tmp_path: Path) -> None:
    said(institute, LOOKUP + "  drop: rest\n", instead="  drop: [observaciones]\n")
    (found,) = refused(institute, raw(tmp_path, visit("2", 2), header=visit("1")))
    assert found.rule == "no_header"
    assert "0123456789ab" not in str(found)


def test_drop_says_rest_or_a_list(institute: Path) -> None:
    said(institute, "  drop: resto\n", instead="  drop: [observaciones]\n")
    assert told(institute) == {("drop", "not_one_of")}


# lists in a cell, constants ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "parts"),
    [
        ("Física; Psicológica", ["Física", "Psicológica"]),
        (";Física;;  ;Psicológica;", ["Física", "Psicológica"]),
        ('"Física; moral"; Psicológica', ["Física; moral", "Psicológica"]),
        ('"dijo ""no"""; b', ['dijo "no"', "b"]),
        ('5" de ancho; b', ['5" de ancho', "b"]),
        ('"sin cerrar; b', ['"sin cerrar', "b"]),
        ('"a" y b; c', ['"a" y b', "c"]),
        ("", []),
    ],
)
def test_a_list_in_a_cell_is_parted_and_what_is_quoted_is_not(cell: str, parts: list[str]) -> None:
    assert [part.strip() for part in parted(cell, ";") if part.strip()] == parts


def test_a_separator_may_have_several_signs() -> None:
    assert list(parted('a || "b || c" || d', " || ")) == ["a", "b || c", "d"]


def test_a_constant_is_the_same_in_all_and_not_where_a_file_has_the_column(institute: Path, tmp_path: Path) -> None:
    patterned(institute, "    area: {constant: legal}\n" + YES_NO)
    bare = HEADER.replace("Sede,", ""), visit("1").replace("01,1,", "01,")
    assert areas(institute, raw(tmp_path / "a", bare[1], header=bare[0])) == ["legal"]
    full = raw(tmp_path / "b", visit("salud"), header=HEADER.replace("Sede", "area"))
    (found,) = refused(institute, full)
    assert (found.rule, dict(found.facts)) == ("found_in_two_ways", {"name": "area"})
