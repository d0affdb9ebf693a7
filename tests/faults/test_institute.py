"""Mistakes in institute/: each is told as file:key with its own words in both languages, and all of them at once."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from pipeline.cli.errors import ITEM, MESSAGES, explain
from pipeline.cli.main import main
from pipeline.institute import catalogues, charts, prose, records
from pipeline.institute import files as folder
from pipeline.institute import load as planning
from pipeline.institute.load import load
from pipeline.model.findings import PipelineError
from pipeline.wording import texts
from tests.conftest import TINY, content

Edit = Callable[[Path], object]
WORDS = texts.load(MESSAGES, ("es", "en"))

MONTHLY = "[{name: periodo, levels: [anio, acumulado, trimestre, mes]}, area]"
TENTH_FIRST = "\n".join(
    f'  - {{id: 2025-T4.{n}, cut_off: "2025-12", published: "2026-02-01", amends: 2025-T4}}' for n in (10, 9)
)
BY_AGE = "[{name: periodo, levels: [anio, acumulado]}, edad, area]"
BY_LANGUAGE = "[{name: periodo, levels: [anio, acumulado]}, lengua]"
BY_CAUSE = "[{name: periodo, levels: [anio]}, causa]"
BY_SERVICE = "[{name: periodo, levels: [anio, acumulado, trimestre]}, servicio]"
BY_AREA = "[{name: periodo, levels: [anio]}, area]"
BY_TYPE = "[{name: periodo, levels: [anio, acumulado, trimestre]}, tipo]"


def put(file: str, old: str, new: str, *, first: bool = False) -> Edit:
    """Replaces text that the file has exactly once, or the `first` of it."""

    def edit(folder: Path) -> None:
        text = (folder / file).read_text(encoding="utf-8")
        assert first or text.count(old) == 1, (file, old, text.count(old))
        (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")

    return edit


def write(file: str, data: bytes) -> Edit:
    return lambda folder: (folder / file).write_bytes(data)


def link_out(name: str) -> Edit:
    """A link to a file of the machine in place of one of the folder."""

    def change(folder: Path) -> None:
        (folder / name).unlink()
        (folder / name).symlink_to("/etc/hostname")

    return change


def new(file: str) -> Edit:
    """An empty file in a folder of its own."""

    def change(folder: Path) -> None:
        (folder / file).parent.mkdir()
        (folder / file).touch()

    return change


def loop(file: str) -> Edit:
    """A link to itself."""
    return lambda folder: (folder / file).symlink_to(folder / file)


def remove(file: str) -> Edit:
    return lambda folder: (folder / file).unlink()


def folder_of_that_name(file: str) -> Edit:
    return lambda folder: (folder / file).mkdir()


def both(*edits: Edit) -> Edit:
    def edit(folder: Path) -> None:
        for each in edits:
            each(folder)

    return edit


def rationed(said: str) -> Edit:
    """Visits that are told sparingly."""
    return put(R, "      persons: mujeres\n", f"      persons: mujeres\n      {said}\n")


def recoded(rule: str) -> Edit:
    """Ages that are recoded otherwise."""
    return put(S, '{aliases: {"60 y mas": mayor}, empty: no_especificado}', rule)


def role(name: str, beside: str = "title: {es: Costo (español)") -> Edit:
    """Says of a column of the services what it tells to her who needs help."""
    return put(K, f"celosia: {{{beside}", f"celosia: {{role: {name}, {beside}")


I, R, S, T, C = "institute.yaml", "records.package.yaml", "sources.yaml", "tables.yaml", "charts.yaml"  # noqa: E741
VISIT_FILES = 'files: ["visitas*.csv"]'
K, P = "catalogues.package.yaml", "pages/en/metodologia.md"
VISITS, REPORTS = f"{R}:resources.visitas", f"{R}:resources.reportes"
MANY = "          columns: {fisica: violencia_fisica, psicologica: violencia_psicologica}\n"

ALIASES_OF_ALIASES = b"a: &a [x, x]\n" + b"".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n".encode() for old, new in pairwise("abcdefghij")
)
"""A page of text, and 86 million values."""

UPLOAD = b"""formats:
  - {id: a, rows: tables, title: A, short: a, columns: [{heading: X, verified: true, value: "{year}"}]}
"""

CASES: list[tuple[str, str, Edit]] = [
    (f"{T}:tipos.title", "missing_translation", put(T, "es: Tipos de violencia, en:", "es: Tipos de violencia, eng:")),
    (f"{T}:tipos.title", "missing_translation", put(T, "es: Tipos de violencia, en:", "esp: Tipos de violencia, eng:")),
    (T, "not_text", write(T, b"PK\x03\x04\x14\x00tablas")),
    ("codes/area.csv", "not_text", write("codes/area.csv", b"\xd0\xcf\x11\xe0\x00\x00")),
    (f"{S}:visitas.none.0", "wrong_form", put(S, "visitas:\n", "visitas:\n  none: [marzo 2025]\n")),
    (f"{S}:visitas.none.0", "wrong_form", put(S, "visitas:\n", "visitas:\n  none: [2025]\n")),
    # (place, rule, mistake)
    (I, "missing_file", remove(I)),
    (I, "not_utf8", write(I, "id: año".encode("latin-1"))),
    (S, "not_yaml", write(S, b"visitas:\n\tfiles: [visitas.csv]\n")),
    (S, "not_yaml", write(S, b"a: &a [*a]\n")),
    (S, "not_yaml", write(S, b"[" * 3000 + b"]" * 3000)),
    (S, "not_yaml", write(S, ALIASES_OF_ALIASES)),
    (f"{I}", "not_yaml", write(I, b"id: [a, b\n")),
    (I, "empty_file", write(I, b"# nothing\n")),
    (f"{I}:languages", "other_languages", both(put(I, "languages: [es, en]", "languages: [es]"))),
    (f"{I}:languages", "repeated_item", put(I, "languages: [es, en]", "languages: [es, es]")),
    (f"{I}:id", "too_long", put(I, "id: casa-diminuta", f"id: {'x' * 81}")),
    (f"{I}:name", "unprintable", put(I, "{es: Casa Diminuta, en: Tiny House}", '{es: "Casa\\u0007", en: Tiny House}')),
    (f"{I}:name", "signs_only", put(I, "{es: Casa Diminuta, en: Tiny House}", '{es: "—", en: Tiny House}')),
    (f"{T}:tipos.priority", "too_large", put(T, "title: {es: Tipos", "priority: 9\n  title: {es: Tipos")),
    (f"{T}:tipos.title", "too_long", put(T, "es: Tipos de violencia", f"es: {'x' * 5001}")),
    (f"{VISITS}.celosia.rules.taller_de_mayores.when.servicio", "one_key", put(R, "{in: [taller]}", "{in: [taller], not: [juicio]}")),
    ("pnt.yaml:formats.a.columns.X", "braces", write("pnt.yaml", UPLOAD.replace(b"{year}", b"{year"))),
    ("pnt.yaml:formats.a.columns.X", "unknown_key", write("pnt.yaml", UPLOAD.replace(b"{year}", b"{anio}"))),
    (I, "required", put(I, "email: datos@casa.ejemplo.org\n", "")),
    (I, "unknown_key", put(I, "short_name:", "nombre_corto: x\nshort_name:")),
    (f"{I}:languages", "wrong_type", put(I, "languages: [es, en]", "languages: es")),
    ("texts/fr.yaml", "text_unread", new("texts/fr.yaml")),
    (f"{I}:languages", "unknown_language", put(I, "languages: [es, en]", "languages: [es, fr]")),
    (f"{I}:disclosure.threshold", "too_small", put(I, "threshold: 5", "threshold: 2")),
    (
        f"{I}:editions.2025-T4.without.tipos",
        "not_of_the_table",
        put(I, "{id: 2025-T4,", "{id: 2025-T4, without: {tipos: [semestre]},"),
    ),
    (
        f"{I}:editions.2025-T4.without",
        "nothing_left",
        put(I, "{id: 2025-T4,", "{id: 2025-T4, without: {" + ", ".join(f"{t.id}: [all]" for t in load(TINY).tables) + "},"),
    ),
    (f"{I}:disclosure.late_records", "late_records_unsaid", put(I, ", late_records: refuse", "")),
    (f"{I}:email", "wrong_form", put(I, "datos@casa.ejemplo.org", "datos arroba casa")),
    (f"{I}:name", "missing_translation", put(I, "{es: Casa Diminuta, en: Tiny House}", "{es: Casa Diminuta}")),
    (f"{I}:measures.visitas", "repeated_key", put(I, "measures:\n", "measures:\n  visitas: {es: Citas, en: Dates}\n")),
    (f"{I}:helplines.0.number", "needs_quotes", put(I, '{number: "911"', "{number: 911")),
    (f"{I}:editions.2025-T4.published", "impossible_date", put(I, '"2026-01-20"', '"2026-02-30"')),
    (f"{I}:calendar.0.date", "impossible_date", put(I, "measures:\n", 'calendar: [{date: "2026-13-01", edition: 2026-T1}]\nmeasures:\n')),
    (f"{I}:measures", "required", put(I, "  menciones: {es: Menciones, en: Mentions}\n", "")),
    (f"{I}:editions.2025-T3", "duplicate_edition", put(I, "{id: 2025-T4,", "{id: 2025-T3,")),
    (f"{I}:editions.2025-T4", "editions_in_order", put(I, '"2025-12", published: "2026-01-20"', '"2025-06", published: "2025-07-20"')),
    (f"{I}:editions.2025-T4", "editions_in_order", put(I, 'published: "2025-10-15"', 'published: "2026-01-21"')),
    (f"{I}:editions.2025-T4.9", "editions_in_order", put(I, "measures:\n", f"{TENTH_FIRST}\nmeasures:\n")),
    (f"{I}:editions.2025-T4.amends", "amends_unknown", put(I, "{id: 2025-T4,", "{id: 2025-T4, amends: 2025-T2,")),
    (f"{I}:editions.2025-T3.01.id", "wrong_form", put(I, "{id: 2025-T3,", '{id: "2025-T3.01",')),
    (f"{I}:editions.2025-13.id", "wrong_form", put(I, "{id: 2025-T4,", '{id: "2025-13",')),
    (f"{I}:editions.2025-T3.cut_off", "cut_off_before_first_month", put(I, 'cut_off: "2025-09"', 'cut_off: "2024-12"')),
    (f"{I}:editions.2025-T4.published", "published_before_cut_off", put(I, '"2026-01-20"', '"2025-12-31"')),
    ("codes/area.csv", "missing_columns", put("codes/area.csv", "code,parent", "codigo,parent")),
    ("codes/area.csv", "extra_column", put("codes/area.csv", "code,parent", "codigo,parent")),
    ("codes/area.csv", "other_language", put("codes/area.csv", "order,es,en", "order,es,en,fr")),
    ("codes/area.csv", "wrong_header", put("codes/area.csv", "order,es,en", "order,en,es")),
    ("codes/area.csv", "wrong_delimiter", write("codes/area.csv", b"code;parent;parts;order;es;en\na;;;1;A;A\n")),
    ("codes/area.csv", "unnamed_column", put("codes/area.csv", "order,es,en", "order,es,en,,")),
    ("codes/area.csv", "broken_csv", put("codes/area.csv", "1,Legal,Legal", '1,"Legal,Legal')),
    ("codes/area.csv", "unprintable", put("codes/area.csv", "1,Legal,Legal", "1,Legal,Le\0gal")),
    ("codes/area.csv:legal", "unprintable", put("codes/area.csv", "1,Legal,Legal", "1,Legal,Le\u200bgal")),
    ("codes/area.csv:legal", "line_break", put("codes/area.csv", "1,Legal,Legal", '1,Legal,"Le\ngal"')),
    ("codes/area.csv:legal", "signs_only", put("codes/area.csv", "1,Legal,Legal", "1,—,Legal")),
    ("codes/area.csv:legal", "too_long", put("codes/area.csv", "1,Legal,Legal", f"1,Legal,{'x' * 251}")),
    *(
        ("codes/area.csv:legal", "looks_like_formula", put("codes/area.csv", "1,Legal,Legal", f"1,Legal,{label}"))
        for label in ("=1+1", "@SUM(A1)", "+a", "-a", "-1+A1")
    ),
    ("codes/periodo.csv", "reserved_name", write("codes/periodo.csv", b"code,parent,parts,order,es,en\na,,,1,A,A\n")),
    ("codes/area.csv", "not_utf8", write("codes/area.csv", "code,parent,parts,order,es,en\na,,,1,Año,Year\n".encode("latin-1"))),
    ("codes/area.csv", "empty_list", write("codes/area.csv", b"code,parent,parts,order,es,en\n")),
    ("codes/nueva.csv", "folder_for_file", folder_of_that_name("codes/nueva.csv")),
    ("codes/nueva.csv", "unreadable", loop("codes/nueva.csv")),
    ("catalogues/mapa.geojson", "link_outside", link_out("catalogues/mapa.geojson")),
    *(
        ("codes/area.csv:2", "bad_code", put("codes/area.csv", "legal,,,", f"{code},,,"))
        for code in ("legal y mas", '"a""b"', "=a", "-a", "a#b", "a{b}", "a|b", "a~b", '"a\nb"', "a\u00a0b", "x" * 81)
    ),
    ("codes/area.csv:2", "order_not_number", put("codes/area.csv", "1,Legal", "²,Legal")),
    ("codes/area.csv:2", "wrong_width", put("codes/area.csv", "1,Legal,Legal", "1,Legal, penal,Legal")),
    ("codes/area.csv:3", "wrong_width", put("codes/area.csv", "2,Social,Social", "2,Social")),
    ("codes/area.csv:3", "duplicate_code", put("codes/area.csv", "social,,", "legal,,")),
    ("codes/area.csv:2", "order_not_number", put("codes/area.csv", "1,Legal", "primero,Legal")),
    ("codes/area.csv:legal", "missing_translation", put("codes/area.csv", "1,Legal,Legal", "1,Legal,")),
    ("codes/servicio.csv:taller", "unknown_code", put("codes/servicio.csv", "taller,social", "taller,artes")),
    ("codes/servicio.csv:legal", "circular_parent", put("codes/servicio.csv", "legal,,,1", "legal,asesoria,,1")),
    (f"{R}:resources", "required", write(R, b"name: nada\n")),
    (f"{R}:resources.1", "required", put(R, "  - name: reportes\n", "  - nombre: reportes\n")),
    (f"{VISITS}.schema.fields.hijas", "required", put(R, "{name: hijas, type: integer,", "{name: hijas,")),
    (f"{VISITS}.schema.fields.9", "required", put(R, "{name: hijas, type: integer, constraints: {minimum: 0, maximum: 20}}", "hijas")),
    (f"{VISITS}.schema.fields.hijas.type", "not_one_of", put(R, "{name: hijas, type: integer,", "{name: hijas, type: entero,")),
    (f"{VISITS}.schema.fields.clave", "bad_column", put(R, "'[0-9a-f]{12}'", "'[0-9a-f'")),
    (f"{VISITS}.schema.primaryKey", "unknown_field", put(R, "primaryKey: [visita_id]", "primaryKey: [id]")),
    (f"{VISITS}.schema.fields.hijas", "duplicate_id", put(R, "- {name: lengua, type: string, constraints: {required: true}, celosia", "- {name: hijas, type: string, constraints: {required: true}, celosia")),
    (f"{REPORTS}.schema", "not_table_schema", put(R, "reference: {resource: visitas, fields: [visita_id]}", "refers: visitas")),
    (f"{VISITS}.schema.fields.area.celosia.codes", "unknown_list", put(R, "{codes: area}", "{codes: areas}")),
    (f"{VISITS}.celosia.dimensions.tipo.codes", "unknown_list", put(R, "codes: tipo\n", "codes: tipos\n")),
    (f"{VISITS}.celosia.dimensions.servicios", "unknown_field", put(R, "servicio: {upper: area}", "servicios: {upper: area}")),
    (f"{VISITS}.celosia.dimensions.servicio.upper", "unknown_dimension", put(R, "{upper: area}", "{upper: zona}")),
    (f"{VISITS}.celosia.dimensions.servicio.upper", "codes_not_above", put(R, "{upper: area}", "{upper: edad}")),
    (f"{VISITS}.celosia.dimensions.tipo.columns", "unknown_code", put(R, "{fisica: violencia_fisica,", "{golpes: violencia_fisica,")),
    (f"{VISITS}.celosia.dimensions.tipo.columns", "answers_missing", put(R, "{fisica: violencia_fisica,", "{golpes: violencia_fisica,")),
    (f"{VISITS}.celosia.dimensions.tipo.columns", "unknown_field", put(R, "{fisica: violencia_fisica,", "{fisica: golpes,")),
    (f"{VISITS}.celosia.dimensions.tipo", "required", put(R, "          answers: menciones\n", "")),
    (f"{VISITS}.celosia.dimensions.tipo", "complement_needs_reason", put(R, MANY, MANY + "          complement: free\n")),
    (f"{VISITS}.celosia.person", "unknown_field", put(R, "person: clave", "person: curp")),
    (f"{VISITS}.celosia.persons", "person_and_persons", put(R, "      persons: mujeres\n", "")),
    (f"{VISITS}.celosia.women", "unknown_measure", put(R, "      persons: mujeres\n", "      persons: mujeres\n      women: asistentes\n")),
    (f"{VISITS}.celosia.sums.hijas", "unknown_field", put(R, "      persons: mujeres\n", "      persons: mujeres\n      sums: {hijas: [hijos]}\n")),
    (f"{VISITS}.schema.fields.edad.type", "sum_of_whole", put(R, "      persons: mujeres\n", "      persons: mujeres\n      sums: {hijas: [hijas, edad]}\n")),
    (f"{VISITS}.celosia.rules.servicio_de_area", "unknown_field", put(R, "equals: area}", "equals: zona}")),
    (f"{VISITS}.celosia.rules.servicio_de_area", "unknown_dimension", put(R, "hierarchy: servicio,", "hierarchy: mes,")),
    (f"{VISITS}.celosia.rules.servicio_de_area", "rule_needs_one_claim", put(R, "equals: area}", "equals: area, any_true: [violencia_fisica]}")),
    (f"{REPORTS}.schema.foreignKeys", "unknown_resource", put(R, "{resource: visitas,", "{resource: citas,")),
    (f"{REPORTS}.schema.foreignKeys", "unknown_field", put(R, "{resource: visitas, fields: [visita_id]}", "{resource: visitas, fields: [id]}")),
    (S, "wrong_type", write(S, b"- visitas\n")),
    (S, "required", put(S, 'reportes:\n  files: ["reportes*.csv"]\n', "")),
    (f"{S}:citas", "unknown_resource", put(S, "reportes:\n", "citas:\n")),
    (f"{S}:visitas", "unknown_field", put(S, "    edad: {aliases", "    anios: {aliases")),
    (f"{S}:visitas.files.0", "unknown_key", put(S, VISIT_FILES, 'files: [{pattern: "visitas*.csv", hoja: Enero}]')),
    (f"{S}:visitas.files.0.encoding", "unknown_encoding", put(S, VISIT_FILES, f"{VISIT_FILES}\n  encoding: ansi-mx")),
    (f"{S}:visitas.recode.edad.aliases", "unknown_code", put(S, '"60 y mas": mayor', '"60 y mas": mayores')),
    (f"{S}:visitas.recode.edad.empty", "unknown_code", recoded("{empty: no_especif}")),
    (f"{S}:visitas.recode.edad.otherwise", "unknown_code", recoded("{otherwise: otra}")),
    (f"{S}:visitas.recode.edad.otherwise", "unknown_code", recoded('{otherwise: ""}')),
    (f"{S}:visitas.recode.edad.constant", "unknown_code", recoded("{constant: Adulta}")),
    (f"{S}:visitas.recode.edad.bins", "unknown_code", recoded("{bins: [{code: mayor, from: 60}, {code: mayores, from: 30, to: 59}]}")),
    (f"{S}:visitas.recode.servicio.empty", "unknown_code", put(S, "    lengua: {", "    servicio: {empty: legal}\n    lengua: {")),
    (f"{S}:visitas.files.0.absent.area", "unknown_code", put(S, VISIT_FILES, 'files: [{pattern: "visitas*.csv", absent: {area: penal}}]')),
    (f"{S}:visitas.recode.edad.bins", "bin_backwards", recoded("{bins: [{code: mayor, from: 90, to: 10}]}")),
    (f"{S}:visitas.recode.edad.bins", "bins_overlap", recoded("{bins: [{code: mayor, from: 60}, {code: joven, to: 29}, {code: adulta, from: 29, to: 59}]}")),
    (f"{S}:visitas.recode.area", "alike_codes", both(put("codes/area.csv", "2,Social,", "2,LEGAL,"), put(S, "    edad: {", "    area: {}\n    edad: {"))),
    (f"{S}:visitas.recode.area", "alike_codes", both(put("codes/area.csv", "2,Social,", "2,legal,"), put(S, "    edad: {", "    area: {}\n    edad: {"))),
    (f"{S}:visitas.recode.edad", "alike_codes", recoded('{aliases: {"60 y mas": mayor, "60 y mas ": joven}}')),
    (f"{S}:visitas.rename", "alike_spellings", put(S, VISIT_FILES, VISIT_FILES + '\n  rename: {"Área": area, "area ": lengua}')),
    (f"{S}:visitas.files.0.rename", "alike_spellings", put(S, VISIT_FILES, 'files: [{pattern: "visitas*.csv", rename: {"Área": area, "AREA": lengua}}]')),
    (f"{S}:visitas.answers", "alike_spellings", put(S, VISIT_FILES, VISIT_FILES + "\n  answers: {Tipo: {separator: ';', columns: {a: violencia_fisica}}, tipo: {separator: ';', columns: {b: violencia_psicologica}}}")),
    (f"{S}:visitas.answers.Tipo", "alike_spellings", put(S, VISIT_FILES, VISIT_FILES + "\n  answers: {Tipo: {separator: ';', columns: {física: violencia_fisica, FISICA: violencia_psicologica}}}")),
    (f"{S}:visitas.answers.Tipo", "alike_spellings", put(S, VISIT_FILES, VISIT_FILES + "\n  answers: {Tipo: {separator: ';', columns: {física: violencia_fisica}, none: [fisica]}}")),
    (f"{S}:visitas.none.0", "wrong_form", put(S, VISIT_FILES, VISIT_FILES + "\n  none: [2025-13]")),
    (f"{S}:visitas.start", "wrong_form", put(S, VISIT_FILES, VISIT_FILES + "\n  start: 2025-T1")),
    (f"{S}:reportes.none", "level_finer_than_records", put(S, "reportes:\n", "reportes:\n  none: [2025-03]\n")),
    (f"{S}:reportes.expected", "level_finer_than_records", put(S, "reportes:\n", "reportes:\n  expected: {2025-03: 3}\n")),
    (f"{S}:visitas.expected.rows", "too_small", put(S, VISIT_FILES, VISIT_FILES + "\n  expected: {rows: -1}")),
    (f"{S}:visitas.recode.mes", "one_of_a_date", put(S, "{month: true}", "{month: true, quarter: true}")),
    (f"{S}:visitas.files.0.delimiter", "one_character", put(S, VISIT_FILES, 'files: [{pattern: "visitas*.csv", delimiter: ";;"}]')),
    (f"{S}:visitas.files.0.delimiter", "one_character", put(S, VISIT_FILES, 'files: [{pattern: "visitas*.csv", delimiter: ""}]')),
    (f"{S}:visitas.files", "nothing_there", put(S, VISIT_FILES, "files: []")),
    (f"{S}:visitas.files.0.encoding", "unknown_encoding", put(S, VISIT_FILES, f"{VISIT_FILES}\n  encoding: hex")),
    (f"{S}:visitas.files.0.encoding", "unknown_encoding", put(S, VISIT_FILES, f"{VISIT_FILES}\n  encoding: rot13")),
    (f"{S}:visitas.files.0.encoding", "unknown_encoding", put(S, VISIT_FILES, f"{VISIT_FILES}\n  encoding: undefined")),
    (f"{S}:visitas.files.0.timezone", "unknown_timezone", put(S, VISIT_FILES, f"{VISIT_FILES}\n  timezone: America/DF")),
    (f"{S}:visitas.date_format", "not_one_of", put(S, VISIT_FILES, f"{VISIT_FILES}\n  date_format: dd/mm/aa")),
    (f"{S}:visitas.files.0", "not_a_pattern", put(S, VISIT_FILES, r'''files: ['/srv/x/visitas*.csv']''')),
    (f"{S}:visitas.files.0", "not_a_pattern", put(S, VISIT_FILES, r'''files: ['C:\x\visitas*.csv']''')),
    (f"{S}:visitas.files.0", "not_a_pattern", put(S, VISIT_FILES, r'''files: ['**.csv']''')),
    (f"{S}:visitas.files.0", "not_a_pattern", put(S, VISIT_FILES, r'''files: ['a/***/v.csv']''')),
    (f"{S}:visitas.files.0", "not_a_pattern", put(S, VISIT_FILES, r'''files: ['.']''')),
    (f"{S}:visitas.files.0", "not_a_pattern", put(S, VISIT_FILES, 'files: [{pattern: "/srv/visitas*.csv"}]')),
    (f"{S}:visitas.files.0", "pattern_or_url", put(S, VISIT_FILES, "files: [{sheet: Enero}]")),
    (f"{S}:visitas.files.0", "table_or_query", put(S, VISIT_FILES, 'files: [{url: "sqlite:///v.db"}]')),
    (f"{S}:visitas.files.0.url", "password_in_url", put(S, VISIT_FILES, 'files: [{url: "postgresql://ana:x@casa/v", table: v}]')),
    (f"{S}:visitas.files.0.url", "password_in_url", put(S, VISIT_FILES, 'files: [{url: "postgresql://ana@casa/v?password=x", table: v}]')),
    (f"{S}:visitas.files.0.url", "password_in_url", put(S, VISIT_FILES, 'files: [{url: "mssql+pyodbc:///?odbc_connect=DRIVER%3Dx%3BPWD%3Dx", table: v}]')),
    (f"{S}:visitas.files.0.url", "password_in_url", put(S, VISIT_FILES, 'files: [{url: "postgresql://ana:x@[casa/v", table: v}]')),
    (f"{S}:visitas.files.0.url", "password_in_url", put(S, VISIT_FILES, 'files: [{url: "postgresql://ana:x/#@casa/v", table: v}]')),
    (f"{T}:visitas_por_area", "duplicate_table", put(T, "id: visitas_por_servicio", "id: visitas_por_area")),
    (f"{T}:reportes_por_causa.resource", "unknown_resource", put(T, "resource: reportes", "resource: quejas")),
    (f"{T}:reportes_por_causa.dimensions", "unknown_dimension", put(T, BY_CAUSE, BY_CAUSE.replace("causa", "motivo"))),
    (f"{T}:reportes_por_causa.dimensions", "period_first", put(T, BY_CAUSE, "[causa, {name: periodo, levels: [anio]}]")),
    (f"{T}:reportes_por_causa.dimensions.periodo", "required", put(T, BY_CAUSE, "[periodo, causa]")),
    (f"{T}:reportes_por_causa.dimensions.periodo", "level_finer_than_records", put(T, BY_CAUSE, BY_CAUSE.replace("anio", "mes"))),
    (f"{T}:mujeres_por_edad.where.edad", "where_single_answer", put(T, BY_AGE, BY_AGE + "\n  where: {edad: joven}")),
    (f"{T}:mujeres_por_edad.where.servicio", "unknown_code", put(T, BY_AGE, BY_AGE.replace(", area", "") + "\n  where: {servicio: yoga}")),
    (f"{T}:visitas_por_servicio.dimensions", "yearly_only", rationed("yearly_only: {servicio: [juicio]}")),
    (f"{T}:visitas_por_servicio.dimensions.periodo", "finer_than_told", rationed("finest: anio")),
    (f"{T}:mujeres_por_edad.dimensions", "one_way", rationed("one_way: true")),
    (f"{VISITS}.celosia.yearly_only.zona", "unknown_dimension", rationed("yearly_only: {zona: [a]}")),
    (f"{VISITS}.celosia.yearly_only.edad", "unknown_code", rationed("yearly_only: {edad: [adolescente]}")),
    (
        f"{T}:mujeres_por_edad.where",
        "told_once",
        both(
            rationed("yearly_only: {servicio: [juicio]}"),
            put(T, BY_SERVICE, "[{name: periodo, levels: [anio]}, servicio]"),
            put(T, BY_AGE, "[{name: periodo, levels: [anio]}]\n  where: {servicio: juicio, edad: joven}"),
        ),
    ),
    (
        f"{T}:tipos.dimensions",
        "one_multiple",
        both(
            put(T, BY_TYPE, BY_TYPE.replace("tipo]", "tipo, otro]")),
            put(R, "        tipo:\n", f"        otro:\n          kind: multiple\n          codes: tipo\n          answers: otras\n{MANY}        tipo:\n"),
        ),
    ),
    (f"{T}:index", "reserved_name", put(T, "id: reportes_por_causa", "id: index")),
    (f"{T}:visitas_por_servicio", "same_title", put(T, "Visits by service", "VISITS  by area")),
    (f"{VISITS}.celosia.dimensions.obs_status", "reserved_name", put(R, "{name: lengua, type", "{name: obs_status, type")),
    (f"{T}:reportes_por_causa.measures", "measure_and_dimension", both(put(R, "rows: reportes", "rows: causa"), put(T, "[reportes]", "[causa]"))),
    (f"{T}:visitas_por_servicio.dimensions", "dimension_with_upper", put(T, BY_SERVICE, BY_SERVICE.replace("servicio]", "servicio, area]"))),
    (f"{T}:mujeres_por_lengua.dimensions", "sensitive_one_way", put(T, BY_LANGUAGE, BY_LANGUAGE.replace("lengua]", "lengua, area]"))),
    (f"{T}:tipos.measures", "unknown_measure", put(T, "[menciones, mujeres]", "[visitas, mujeres]")),
    (
        f"{T}:tipos.measures",
        "threshold_measure_missing",
        both(
            put(R, "      persons: mujeres\n", "      persons: mujeres\n      sums: {menores: [hijas]}\n"),
            put(T, f"{BY_TYPE}\n  measures: [menciones, mujeres]", f"{BY_AREA}\n  measures: [menores]"),
        ),
    ),
    (f"{T}:tipos.topic", "unknown_topic", put(C, "{id: violencia,", "{id: tipos,")),
    (C, "wrong_type", write(C, b"- topics\n")),
    (f"{C}:charts.serie.table", "unknown_table", put(C, "    table: visitas_por_area", "    table: visitas")),
    (f"{C}:charts.serie.measure", "unknown_measure", put(C, "    measure: visitas", "    measure: menciones")),
    (f"{C}:charts.serie", "duplicate_id", put(C, "{id: mapa", "{id: serie")),
    (f"{C}:charts.serie.topic", "unknown_topic", put(C, "    topic: visitas\n    table: visitas_por_area\n    kind: line", "    topic: otro\n    table: visitas_por_area\n    kind: line")),
    (f"{C}:charts.serie.color", "unknown_dimension", put(C, "color: area", "color: edad")),
    (f"{C}:charts.mapa", "required", put(C, ", y: area", "")),
    (f"{C}:charts.mapa.shapes", "unknown_catalogue", put(C, "shapes: mapa", "shapes: plano")),
    (f"{C}:charts.mapa.rate", "unknown_field", put(C, "shapes: mapa", "shapes: mapa, rate: {catalogue: poblacion, column: hombres, per: 1000}")),
    (f"{C}:charts.mapa.rate", "unknown_catalogue", put(C, "shapes: mapa", "shapes: mapa, rate: {catalogue: censo, column: hombres, per: 1000}")),
    (f"{C}:kpis.mujeres.where.area", "unknown_code", put(C, "where: {area: _T}", "where: {area: fiscal}")),
    (f"{C}:home", "unknown_chart", put(C, "home: [serie]", "home: [barras]")),
    (f"{C}:headlines", "unknown_chart", put(C, "home: [serie]", "home: [serie]\nheadlines: [barras]")),
    (f"{C}:charts.mapa.finding.es", "unknown_key", put(C, "shapes: mapa", "finding: {es: 'De {todas} {name}.', en: '{name}.'}, shapes: mapa")),
    (f"{C}:charts.mapa.finding.en", "braces", put(C, "shapes: mapa", "finding: {es: '{name}.', en: '{name.'}, shapes: mapa")),
    (f"{C}:discreet", "unknown_address", put(C, "home: [serie]", "home: [serie]\ndiscreet: {tablas/otra.md: {title: {es: Otra, en: Other}}}")),
    (f"{C}:discreet.temas/visitas.md", "duplicate_id", put(C, "home: [serie]", "home: [serie]\ndiscreet: {temas/visitas.md: {title: {es: Otra, en: Other}, address: index}}")),
    (f"{C}:discreet.tablas/tipos.md", "duplicate_id", put(C, "home: [serie]", "home: [serie]\ndiscreet: {tablas/visitas_por_area.md: {title: {es: Otra, en: Other}, address: otra}, tablas/tipos.md: {title: {es: Otra, en: Other}, address: otra}}")),
    (f"{C}:charts.mapa.shapes", "other_shapes", put(K, "codes: area, key: area}", "codes: tipo, key: area}")),
    (f"{C}:charts.mapa.rate", "needs_whole_numbers", put(C, "shapes: mapa", "shapes: mapa, rate: {catalogue: servicios, column: costo_es, per: 1000}")),
    (f"{C}:goals", "needs_whole_numbers", put(K, "{name: meta, type: integer,", "{name: meta, type: number,")),
    (f"{C}:topics.index", "reserved_name", put(C, "{id: violencia,", "{id: index,")),
    ("catalogues/metas.csv:2", "unknown_card", put("catalogues/metas.csv", "2025,mujeres", "2025,hombres")),
    (f"{C}:goals", "unknown_catalogue", put(C, "goals: metas", "goals: objetivos")),
    (f"{K}:resources.metas", "duplicate_catalogue", put(K, "name: poblacion\n", "name: metas\n")),
    (f"{K}:resources.mapa", "required", put(K, "path: catalogues/mapa.geojson", "path: catalogues/mapa.csv")),
    (f"{K}:resources.mapa.celosia", "required", put(K, ", codes: area, key: area}", "}")),
    (f"{K}:resources.servicios.path", "wrong_form", put(K, "catalogues/servicios.csv", "../servicios.csv")),
    (f"{K}:resources.servicios.schema.fields.costo_es", "missing_translation", put(K, "name: costo_en", "name: precio_en")),
    (f"{K}:resources.servicios.schema.fields.servicio.celosia.codes", "unknown_list", put(K, "{codes: servicio, title", "{codes: servicios, title")),
    (f"{K}:resources.servicios.schema.primaryKey", "unknown_field", put(K, "primaryKey: [servicio]", "primaryKey: [clave]")),
    (f"{K}:resources.metas.celosia.title", "missing_translation", put(K, "{title: {es: Metas, en: Goals}}", "{title: {es: Metas}}")),
    ("catalogues/metas.csv", "missing_columns", put("catalogues/metas.csv", "anio,indicador", "año,indicador")),
    ("catalogues/metas.csv", "missing_file", remove("catalogues/metas.csv")),
    ("catalogues/metas.csv:2", "bad_value", put("catalogues/metas.csv", ",300", ",muchas")),
    ("catalogues/servicios.csv:3", "bad_value", put("catalogues/servicios.csv", "juicio,", "yoga,")),
    ("catalogues/servicios.csv:3", "bad_value", put("catalogues/servicios.csv", "juicio,", "asesoria,")),
    ("catalogues/servicios.csv:3", "missing_translation", put("catalogues/servicios.csv", "juicio,Gratuito,Free", "juicio,Gratuito,")),
    ("catalogues/servicios.csv:2", "unknown_address", put("catalogues/servicios.csv", "metodologia.md", "metodo.md")),
    ("catalogues/servicios.csv:2", "bad_telephone", role("telephone")),
    ("catalogues/servicios.csv:2", "bad_whatsapp", both(role("whatsapp"), put("catalogues/servicios.csv", "asesoria,Gratuito", "asesoria,55 1234 5678"))),
    ("catalogues/servicios.csv:2", "bad_email", role("email")),
    ("catalogues/servicios.csv:2", "bad_page", both(role("video"), put("catalogues/servicios.csv", "asesoria,Gratuito", "asesoria,http://senas.ejemplo.mx"))),
    ("catalogues/servicios.csv:2", "bad_page", both(role("chat"), put("catalogues/servicios.csv", "asesoria,Gratuito", "asesoria,javascript:alert(1)"))),
    ("catalogues/servicios.csv:2", "bad_telephone", both(role("sms"), put("catalogues/servicios.csv", "asesoria,Gratuito", "asesoria,12"))),
    (f"{K}:resources.servicios.schema.fields.costo_es.celosia.role", "not_one_of", role("fax")),
    (f"{K}:resources.servicios.schema.fields.costo_es.celosia.role", "role_twice", both(role("cost"), role("cost", "links: page, title"))),
    (f"{K}:resources.servicios.schema.fields.pagina.type", "needs_date", role("confirmed_on", "links: page, title")),
    (
        "catalogues/servicios.csv:3",
        "half_confirmed",
        both(
            role("confirmed_by"),
            role("confirmed_on", "links: page, title"),
            put(K, "{name: pagina, type: string,", "{name: pagina, type: date,"),
            put(K, "confirmed_on, links: page,", "confirmed_on,"),
            put("catalogues/servicios.csv", "metodologia.md", "2025-12-01"),
        ),
    ),
    ("pages/Nahuatl", "bad_language_folder", folder_of_that_name("pages/Nahuatl")),
    ("pages/nah/ayuda.md", "required", both(folder_of_that_name("pages/nah"), write("pages/nah/ayuda.md", b"---\ntitle: A\n---\nB\n"))),
    ("media/voz.mp3", "missing_file", put(P, "section: transparencia", "media: [{file: voz.mp3, title: T, transcript: T}]\nsection: transparencia")),
    (f"{P}:media.0.file", "wrong_form", put(P, "section: transparencia", "media: [{file: ../voz.exe, title: T, transcript: T}]\nsection: transparencia")),
    (f"{P}:media.0", "required", put(P, "section: transparencia", "media: [{file: voz.mp3, title: T}]\nsection: transparencia")),
    (f"{P}:version_of", "unknown_address", put(P, "section: transparencia", "version_of: nada.md\nsection: transparencia")),
    ("synonyms.yaml:fr", "unknown_key", write("synonyms.yaml", b"fr: {a: b}\n")),
    ("synonyms.yaml:es", "wrong_type", write("synonyms.yaml", b"es: [a]\n")),
    ("catalogues/poblacion.csv:2", "bad_value", put("catalogues/poblacion.csv", "asesoria", "yoga")),
    *(
        ("catalogues/servicios.csv:3", "looks_like_formula", put("catalogues/servicios.csv", "juicio,Gratuito", f"juicio,{said}"))
        for said in ("=1", "@casa")
    ),
    ("catalogues/servicios.csv:3", "unprintable", put("catalogues/servicios.csv", "juicio,Gratuito", "juicio,Gra\u202etuito")),
    ("catalogues/servicios.csv:3", "too_long", put("catalogues/servicios.csv", "juicio,Gratuito", f"juicio,{'x' * 5001}")),
    ("catalogues/servicios.csv:4", "bad_value", put("catalogues/servicios.csv", "asesoria,", "\n,,,\nyoga,")),
    ("catalogues/mapa.geojson", "not_geojson", write("catalogues/mapa.geojson", b"[]")),
    ("catalogues/mapa.geojson", "not_geojson", write("catalogues/mapa.geojson", b"[" * 200_000)),
    ("catalogues/mapa.geojson", "not_geojson", write("catalogues/mapa.geojson", b'{"area": NaN}')),
    ("catalogues/mapa.geojson", "not_geojson", write("catalogues/mapa.geojson", b'{"area": -Infinity}')),
    ("catalogues/mapa.geojson", "not_geojson", put("catalogues/mapa.geojson", "[[[0,0],[0,1],[1,1],[1,0],[0,0]]]", "[[[NaN,0],[0,1],[1,1],[NaN,0]]]")),
    ("catalogues/mapa.geojson", "not_geojson", write("catalogues/mapa.geojson", b'{"type":"FeatureCollection","features":[]}')),
    ("catalogues/mapa.geojson", "not_json", put("catalogues/mapa.geojson", '"features":', '"features"')),
    *(
        ("catalogues/mapa.geojson:legal", "not_drawable", put("catalogues/mapa.geojson", "[[[0,0],[0,1],[1,1],[1,0],[0,0]]]", ring))
        for ring in ("[[[0,0],[0,1e999],[1,1],[0,0]]]", "[[[0,0],[0,1],[0,0]]]", "[]", "null", "[[[0,0],[0,1],[1,1],[2,2]]]")
    ),
    ("catalogues/mapa.geojson:fiscal", "unknown_code", put("catalogues/mapa.geojson", '"area":"social"', '"area":"fiscal"')),
    ("catalogues/mapa.geojson:legal", "duplicate_code", put("catalogues/mapa.geojson", '"area":"social"', '"area":"legal"')),
    (P, "missing_page", remove(P)),
    (f"{P}:title", "signs_only", put(P, "title: How it is counted", 'title: "—"')),
    ("pages/en/index.md", "taken_page", write("pages/en/index.md", b"---\ntitle: x\n---\nx")),
    ("pages/en/a b.md", "bad_page_name", write("pages/en/a b.md", b"---\ntitle: x\n---\nx")),
    (P, "required", put(P, "title: How it is counted\n", "")),
    (P, "no_front", put(P, "---\ntitle", "title")),
    (P, "unknown_key", put(P, "services:", "area:")),
    (P, "unknown_chart", put(P, "{{ examples }}", "{{ chart: barras }}")),
    (P, "unknown_topic", put(P, "topics: [visitas]", "topics: [otro]")),
    (P, "unknown_catalogue", put(P, "catalogues: [metas]", "catalogues: [avances]")),
    (P, "unknown_code", put(P, "services: [legal]", "services: [yoga]")),
    (f"{P}:documents", "unknown_key", put(P, "catalogues: [metas]", "catalogues: [metas]\ndocuments: {'2025, hombres': [report]}")),
    (f"{P}:documents.2025, mujeres", "unknown_address", put(P, "catalogues: [metas]", "catalogues: [metas]\ndocuments: {'2025, mujeres': [pnt/nada.xlsx]}")),
    (P, "unknown_mark", put(P, "{{ examples }}", "{{ ejemplos }}")),
    (f"{C}:kpis.mujeres.where", "unknown_dimension", put(C, "where: {area: _T}", "where: {zona: _T}")),
]  # fmt: skip

LISTED = "codes/causa.csv"
CASES += [
    (LISTED, "too_large_file", write(LISTED, b"x" * (folder.MOST_BYTES + 1))),
    (LISTED, "too_many_rows", write(LISTED, b"code,parent,parts,order,es,en\n" + b"\n" * (folder.MOST_ROWS + 1))),
    (LISTED, "special_file", both(remove(LISTED), lambda folder: os.mkfifo(folder / LISTED))),
]

MODULES = [Path(str(module.__file__)) for module in (planning, records, catalogues, charts, prose, folder)]
ELSEWHERE = {"missing_folder", "unknown_edition"}
"""Rules that no file breaks: the folder itself, and what the command was asked for. Tested below."""
ELSEWHERE |= {
    "lookup_key_dropped", "lookup_of_itself", "not_a_file_of_records", "found_in_two_ways", "pattern_of_nothing", "pattern_twice",
}  # fmt: skip
"""Those of tests/unit/test_small_transformations.py."""
OF_VALUES = {"too_small", "too_large", "too_long", "nothing_there", "repeated_item", "one_character", "one_key", "wrong_form", "wrong_type", "not_one_of"}  # fmt: skip
"""Rules that are named by the keyword of the schema that a value breaks."""


@pytest.mark.parametrize(
    ("place", "rule", "mistake"), CASES, ids=[f"{n}-{rule}-{place}" for n, (place, rule, _) in enumerate(CASES)]
)
def test_a_mistake_is_told_where_it_is(
    place: str, rule: str, mistake: Edit, institute: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one line that names the place, in words with no blank left, no pattern and no name of our own."""
    mistake(institute)
    with pytest.raises(PipelineError) as stopped:
        load(institute)
    assert stopped.value.exit_code == 10
    finding = next((f for f in stopped.value.findings if (f.where, f.rule) == (place, rule)), None)
    assert finding, [(f.where, f.rule) for f in stopped.value.findings]
    told = {language: explain(PipelineError("plan", [finding]), words)[1] for language, words in WORDS.items()}
    for line in told.values():
        assert line.startswith("  · " + re.sub("csv:[0-9]+$", "csv", ITEM.split(place)[0]))
        assert not re.search(r"\{\w*\}|\^|\[a-z]|None|\bnan\b|_value", line.removeprefix(f"  · {place}")), line
    if next(case for case in CASES if case[1] == rule)[2] is not mistake:
        return  # the command is asked once for every rule
    assert main(["check", "--institute", str(institute)]) == 10
    shown = capsys.readouterr()
    at, _, said = told["es"].partition(": ")  # the same mistake on other lines is told with it
    assert any(line.startswith(at) and line.endswith(said) for line in shown.err.splitlines())
    assert "Traceback" not in shown.err
    assert shown.out == ""


def test_every_rule_of_the_plan_is_in_this_catalogue() -> None:
    raised = set()
    for node in ast.walk(ast.parse("".join(path.read_text(encoding="utf-8") for path in MODULES))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("wrong", "of"):
            rule = node.args[1] if len(node.args) > 1 else None
            raised |= {rule.value} if isinstance(rule, ast.Constant) else set()
    assert (raised | OF_VALUES) - ELSEWHERE == {rule for _, rule, _ in CASES}


@pytest.mark.parametrize("said", ["", "    area: {constant: legal}\n"])
def test_labels_that_read_alike_do_no_harm_where_nobody_reads_them(said: str, institute: Path) -> None:
    put("codes/area.csv", "2,Social,", "2,Legal,")(institute)
    put(S, "    edad: {", f"{said}    edad: {{")(institute)
    assert load(institute).lists["area"].by_code["social"].labels["es"] == "Legal"


def test_all_mistakes_of_all_files_are_told_at_once(institute: Path) -> None:
    put(I, "threshold: 5", "threshold: 2")(institute)
    put("codes/area.csv", "1,Legal,Legal", "1,Legal,")(institute)
    put(R, "person: clave", "person: curp")(institute)
    put(S, "    edad: {aliases", "    anios: {aliases")(institute)
    put(T, "[menciones, mujeres]", "[menciones]")(institute)
    put(C, "    measure: visitas", "    measure: menciones")(institute)
    with pytest.raises(PipelineError) as stopped:
        load(institute)
    told = {finding.where.partition(":")[0] for finding in stopped.value.findings}
    assert told >= {I, "codes/area.csv", R, S, C}


def test_one_mistake_in_one_file_is_one_message(institute: Path) -> None:
    """A mistake in institute.yaml must not make every code list look wrong."""
    put(I, "threshold: 5", "threshold: 2")(institute)
    with pytest.raises(PipelineError) as stopped:
        load(institute)
    assert [(f.where, f.rule) for f in stopped.value.findings] == [(f"{I}:disclosure.threshold", "too_small")]


READ_ALONE = [
    (remove(I), {(I, "missing_file")}),
    (put(I, "languages: [es, en]", "languages: [es, en"), {(I, "not_yaml")}),
    (put(I, "languages: [es, en]", "languages: []"), {(f"{I}:languages", "nothing_there")}),
    (both(put(I, "languages: [es, en]", "languages: es"), put(C, "home: [serie]", "home: [serie")), {(f"{I}:languages", "wrong_type"), (C, "not_yaml")}),
    (put("codes/area.csv", "code,parent", "code,padre"), {("codes/area.csv", "missing_columns"), ("codes/area.csv", "extra_column")}),
    (put("codes/area.csv", "legal,,,1", "legal,,,uno"), {("codes/area.csv:2", "order_not_number")}),
    (put(R, "resources:\n", "resources: [\n"), {(R, "not_yaml")}),
    (put(R, "      rows: visitas\n", "      filas: visitas\n"), {(f"{VISITS}.celosia", "unknown_key"), (f"{VISITS}.celosia", "required")}),
    (put(R, "celosia: {codes: area}", "celosia: {codes: areas}"), {(f"{VISITS}.schema.fields.area.celosia.codes", "unknown_list")}),
    (put(S, "reportes:\n", "reportes: [\n"), {(S, "not_yaml")}),
    (write(S, b"# nothing\n"), {(S, "empty_file")}),
    (put(T, "id: tipos\n", "id: Tipos\n"), {(f"{T}:Tipos.id", "wrong_form")}),
    (put(T, "[visitas, mujeres]\n  priority: 5", "[visita, mujeres]\n  priority: 5"), {(f"{T}:visitas_por_area.measures", "unknown_measure")}),
    (put(C, "home: [serie]", "home: [serie"), {(C, "not_yaml")}),
    (put(K, "name: casa-diminuta-catalogos", "nombre: casa-diminuta-catalogos"), {(K, "unknown_key"), (K, "required")}),
    (put(K, "{name: mujeres_15_mas, type: integer,", "{name: mujeres_15_mas, type: entero,"), {(f"{K}:resources.poblacion.schema.fields.mujeres_15_mas.type", "not_one_of")}),
    (put("catalogues/servicios.csv", "asesoria,Gratuito", "asesoria,=Gratis,Gratuito"), {("catalogues/servicios.csv:2", "wrong_width")}),
    (put(P, "title: How", "titulo: How"), {(P, "unknown_key"), (P, "required")}),
]  # fmt: skip
"""A mistake by which something cannot be read, and all that is told of it."""


@pytest.mark.parametrize(("mistake", "told"), READ_ALONE, ids=[str(n) for n in range(len(READ_ALONE))])
def test_what_cannot_be_read_makes_nothing_else_look_wrong(
    mistake: Edit, told: set[tuple[str, str]], institute: Path
) -> None:
    """Whoever obeyed what followed from a bracket that is missing elsewhere would delete a language."""
    mistake(institute)
    with pytest.raises(PipelineError) as stopped:
        load(institute)
    assert {(f.where, f.rule) for f in stopped.value.findings} == told


NEAR = [
    (put(I, "short_name:", "shortname: {es: a, en: b}\nshort_name:"), "unit"),  # short_name is there already
    (put(I, "email: datos", "e_mail: datos"), "email"),
    (put(R, "celosia: {codes: area}", "celosia: {codes: areas}"), "area"),
    (put(S, "    edad: {aliases", "    edades: {aliases"), "edad"),
    (put(S, '"60 y mas": mayor', '"60 y mas": mayores'), "mayor"),
    (put(T, "resource: reportes", "resource: reporte"), "reportes"),
    (put(T, MONTHLY, MONTHLY.replace("area]", "aera]")), "area"),
    (put(T, "levels: [anio]", "levels: [año]"), "anio"),
    (put(C, "    table: visitas_por_area", "    table: visita_por_area"), "visitas_por_area"),
    (put(C, "home: [serie]", "home: [series]"), "serie"),
    (put(C, "kind: line", "kind: linea"), "line"),
    (put(C, "where: {area: _T}", "where: {area: legales}"), "legal"),
    (put("codes/area.csv", "code,parent", "code,parents"), "parent"),
    (put("codes/servicio.csv", "taller,social", "taller,sociales"), "social"),
    (put("catalogues/metas.csv", "2025,mujeres", "2025,mujer"), "mujeres"),
    (put("catalogues/mapa.geojson", '"area":"social"', '"area":"sociales"'), "social"),
    (put(P, "{{ examples }}", "{{ ejemplos }}"), "examples"),
]  # fmt: skip


@pytest.mark.parametrize(("mistake", "meant"), NEAR, ids=[f"{n}-{meant}" for n, (_, meant) in enumerate(NEAR)])
def test_what_was_probably_meant_is_said(mistake: Edit, meant: str, institute: Path) -> None:
    mistake(institute)
    with pytest.raises(PipelineError) as stopped:
        load(institute)
    near = {dict(finding.facts).get("near") for finding in stopped.value.findings}
    if meant == "unit":
        assert near == {None}, "what is there already was not meant"
        return
    assert meant in near
    assert f"¿Quiso decir «{meant}»?" in "\n".join(explain(stopped.value, WORDS["es"]))


def test_a_mistake_in_yaml_is_told_with_its_line(institute: Path) -> None:
    text = (institute / T).read_text(encoding="utf-8").replace("[menciones, mujeres]", "[mencion, mujeres]")
    (institute / T).write_text("# a line more\n" + text, encoding="utf-8")
    put(P, "topics: [visitas]", "topics: visitas")(institute)
    put(I, "measures:\n", "measures:\n  visitas: {es: Citas, en: Dates}\n")(institute)
    with pytest.raises(PipelineError) as stopped:
        load(institute)
    lines = {finding.where: dict(finding.facts).get("line") for finding in stopped.value.findings}
    told = 2 + text[: text.index("[mencion,")].count("\n")
    assert lines[f"{T}:tipos.measures"] == str(told)
    assert lines[f"{P}:topics"] == "5"
    assert int(lines[f"{I}:measures.visitas"] or 0) > 20


@pytest.mark.parametrize(
    ("mistake", "told"),
    [
        (put(R, "name: visitas", "name: visita"), "renglón 3 (y lo mismo en los renglones 10, 16, 22, 28): no existe"),
        (put(S, "visitas:\n", "visitas:\n  decimal: coma\n"), 'debe ser uno de: ".", ","'),
        (
            put(S, "visitas:\n", "visitas:\n  none: [2025]\n"),
            "visitas.none n.º 1, renglón 2: debe ser un periodo entre comillas",
        ),
        (put(I, 'first_month: "2025-01"', "first_month: 2025"), "debe ser un mes entre comillas"),
        (put(T, "trimestre", "trimestral", first=True), "levels n.º 3, renglón 5"),
        (put(T, "es: Tipos de violencia, en:", "es: Tipos de violencia, eng:"), "falta el texto en inglés"),
        (write(T, b"PK\x03\x04\x14\x00tablas"), "no es un archivo de texto"),
    ],
)
def test_a_mistake_is_said_once_and_as_a_person_says_it(mistake: Edit, told: str, institute: Path) -> None:
    mistake(institute)
    with pytest.raises(PipelineError) as stopped:
        load(institute)
    lines = explain(stopped.value, WORDS["es"])
    assert sum(told in line for line in lines) == 1
    assert len({line.partition(": ")[2] + line.partition(":")[0] for line in lines}) == len(lines)


def test_rows_of_csv_are_counted_as_a_spreadsheet_does(institute: Path) -> None:
    """Blank rows count, and so do cells of two lines as one row."""
    put("codes/area.csv", "social,,", '\n,,,,,\n"social",,')(institute)
    put("codes/area.csv", "2,Social,Social", "dos,Social,Social")(institute)
    with pytest.raises(PipelineError) as stopped:
        load(institute)
    assert [(f.where, f.rule) for f in stopped.value.findings] == [("codes/area.csv:5", "order_not_number")]


@pytest.mark.parametrize(
    "label", ["60 y más", "-5", "+52 55 1234 5678", "Ñ", "¿Y tú?", "Ꞌyuú", "x" * 250, "co\u00adoperar"]
)
def test_labels_that_every_form_carries_are_fine(label: str, institute: Path) -> None:
    put("codes/area.csv", "1,Legal,Legal", f"1,{label},{label}")(institute)
    load(institute)


@pytest.mark.parametrize("code", ["60+", "F32.1", "NOM-046", "_Z", "año", "18:24", "a(b)"])
def test_codes_that_every_form_carries_are_fine(code: str, institute: Path) -> None:
    put("codes/causa.csv", "\n", f"\n{code},,,90,Una,One\n", first=True)(institute)
    load(institute)


def test_a_folder_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--institute", str(tmp_path / "nada")]) == 10
    assert "no existe esa carpeta" in capsys.readouterr().err


def test_an_edition_that_is_not_planned(raw: Path, published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = content(published)
    tiny = str(Path(__file__).parents[1] / "tiny_institute")
    arguments = ["--institute", tiny, "--raw", str(raw), "--published", str(published), "--edition", "2031-T1"]
    assert main(["publish", *arguments, "--lang", "en"]) == 10
    assert "there is no edition “2031-T1”" in capsys.readouterr().err
    assert content(published) == before
