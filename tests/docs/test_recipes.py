"""Each recipe of the manuals loads, and reads the file that it shows as what it promises."""

from __future__ import annotations

import csv
import re
import shutil
import sqlite3
from collections.abc import Mapping
from pathlib import Path

import pytest
import xlsxwriter
import yaml

from pipeline.institute.load import load
from tests import records
from tests.conftest import TINY
from tests.docs.manual import LANGUAGES, page, parts, written

Columns = Mapping[str, list[str]]

COMES: list[Columns] = [
    {"visita": ["A1", "A2", "A3"], "mes": ["2025-01", "2025-02", "2025-09"], "servicio": ["asesoria", "taller", "asesoria"]},
    {"visita": ["A1", "A2"], "mes": ["2025-01", "2025-02"], "servicio": ["asesoria", "taller"]},
    {"visita": ["A1", "A2"], "mes": ["2025-01", "2025-02"], "servicio": ["asesoria", "taller"]},
    {"visita": ["A1", "A2", "A3"], "mes": ["2025-01", "2025-02", "2025-03"], "violencia_fisica": ["true", "false", "false"],
     "violencia_psicologica": ["true", "false", "true"]},
    {"visita": ["A1", "A2"], "mes": ["2025-01", "2025-02"], "violencia_fisica": ["true", "true"],
     "violencia_psicologica": ["false", "false"], "servicio": ["taller", "no_especificado"]},
    {"visita": ["A1", "A2"], "mes": ["2025-01", "2025-02"], "servicio": ["asesoria", "taller"]},
    {"visita": ["A1", "A2"], "mes": ["2025-01", "2025-02"], "servicio": ["asesoria", "taller"]},
    {"visita": ["A1", "A2", "B1"], "mes": ["2025-01", "2025-01", "2025-02"], "servicio": ["no_especificado", "no_especificado", "asesoria"]},
    {"visita": ["A1", "A2"], "mes": ["2025-03", "2025-12"], "servicio": ["asesoria", "taller"]},
    {"visita": ["A1", "A2", "A3"], "mes": ["2025-01", "2025-02", "2025-03"], "edad": ["adulta", "mayor", "no_especificado"]},
    {"visita": ["A1", "A2", "A3"], "mes": ["2025-01", "2025-02", "2025-03"], "servicio": ["asesoria", "taller", "no_especificado"],
     "violencia_fisica": ["true", "false", "false"], "violencia_psicologica": ["false", "true", "false"]},
]  # fmt: skip
"""What each recipe makes of its file, in their order."""

CODES = {"servicio": ("asesoria,Asesoría", "taller,Taller"), "edad": ("joven,Joven", "adulta,Adulta", "mayor,Mayor")}


def recipes(language: str) -> list[tuple[list[tuple[str, str]], str]]:
    """The files, each with its name and content, and the lines of sources.yaml, in the order of the page."""
    text = page(language, "recetas")
    names = iter(re.findall(r"^`([^`]+)`:$", text, re.MULTILINE))
    found, files = [], []
    for part in parts(text):
        if part.kind in ("csv", "json"):
            files.append((next(names), part.text))
        elif part.kind == "yaml":
            found.append((files, part.text))
            files = []
    assert not files
    assert not list(names)
    return found


def as_an_office_has_it(folder: Path, name: str, shown: str) -> None:
    """The file of a recipe: a workbook and a database of the rows that the page shows, other files as they stand."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = list(csv.reader(shown.splitlines()))
    if path.suffix == ".xlsx":
        with xlsxwriter.Workbook(path) as book:
            book.add_worksheet("Notas")
            sheet = book.add_worksheet("Registro")
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    elif path.suffix == ".db":
        with sqlite3.connect(path) as database:
            database.execute(f"create table registro ({', '.join(rows[0])})")
            database.executemany(f"insert into registro values ({', '.join('?' * len(rows[0]))})", rows[1:])
    else:
        path.write_text(shown + "\n", encoding="cp1252" if ";" in shown.splitlines()[0] else "utf-8")
    if path.name == "enero.csv":  # the other months come as they should
        written(path.parent / "febrero.csv", "visita,mes,servicio\nB1,2025-02,Asesoría legal\n")


def institute(folder: Path, sources: str, columns: Columns) -> Path:
    """An institute whose only record type has these columns, and which is read as a recipe says."""
    for each in ("institute.yaml", "codes"):
        (shutil.copytree if (TINY / each).is_dir() else shutil.copy)(TINY / each, folder / each)
    for name, codes in CODES.items():
        rows = [each.split(",") for each in (*codes, "no_especificado,No especificado")]
        lines = [f"{code},,,{number},{label},{label} (en)" for number, (code, label) in enumerate(rows, 1)]
        written(folder / "codes" / f"{name}.csv", "\n".join(["code,parent,parts,order,es,en", *lines, ""]))
    fields = [
        {
            "name": name,
            "type": "boolean" if name.startswith("violencia") else "string",
            "constraints": {"required": True},
        }
        | ({"celosia": {"codes": name}} if name in CODES else {})
        for name in columns
    ]
    title = {"es": "Visitas", "en": "Visits"}
    record = {
        "name": "visitas",
        "path": "visitas.csv",
        "celosia": {"title": title, "period": "mes", "rows": "visitas"},
        "schema": {"primaryKey": ["visita"], "fields": fields},
    }
    table = {"id": "visitas_por_mes", "topic": "visitas", "resource": "visitas", "title": title, "dimensions": [{"name": "periodo", "levels": ["anio"]}], "measures": ["visitas"]}  # fmt: skip
    charts = {"topics": [{"id": "visitas", "title": title}]}
    written(folder / "records.package.yaml", yaml.safe_dump({"name": "recetas", "resources": [record]}))
    written(folder / "tables.yaml", yaml.safe_dump([table]))
    written(folder / "charts.yaml", yaml.safe_dump(charts))
    written(folder / "sources.yaml", sources)
    return folder


@pytest.mark.parametrize("number", range(len(COMES)))
def test_a_recipe_reads_the_file_that_it_shows(number: int, tmp_path: Path) -> None:
    files, sources = recipes("es")[number]
    for name, shown in files:
        as_an_office_has_it(tmp_path / "raw", name, shown)
    (tmp_path / "institute").mkdir()
    plan = load(institute(tmp_path / "institute", sources, COMES[number]))
    found = records.read(plan, tmp_path / "raw")["visitas"]
    frame = records.frame(found).sort_values("visita")
    assert {column: frame[column].tolist() for column in COMES[number]} == COMES[number]
    assert not found.unmatched


def test_they_are_the_same_in_both_languages() -> None:
    spanish, english = (recipes(language) for language in LANGUAGES)
    assert spanish == english
    assert len(spanish) == len(COMES) == 11
