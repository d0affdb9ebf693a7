"""The way in for another institute, as its data officer would go it: a draft of her own spreadsheets, the decisions answered in a text
editor, two editions. No Python, and few lines to write."""

from __future__ import annotations

import csv
import difflib
import itertools
import random
import re
import sys
import time
from pathlib import Path

import pytest

from pipeline.cli.main import main
from pipeline.institute.load import load
from tests.conftest import audited
from tests.unit.test_infer import attentions, book, calls, days, text, workshops, written

ANSWERED = (
    (r"^id: .*", "id: semujeres-oaxaca"),
    (r"^short_name: .*", "short_name: {es: Secretaría de las Mujeres}"),
    (r"^unit: .*", "unit: {es: Unidad de Transparencia}"),
    (r"^url: .*", "url: https://mujeres.ejemplo.org/"),
    (r"^email: .*", "email: datos@mujeres.ejemplo.org"),
    (r"^  - \{id: \"2024-T4\".*", '  - {id: "2024-T3", cut_off: "2024-09", published: "2024-10-20"}\n  - {id: "2024-T4", cut_off: "2024-12", published: "2025-01-20"}'),
)  # fmt: skip
"""What she changes in institute.yaml, line by line."""
ZONES = {"Tonalá": "Centro", "Zapopan": "Centro", "Tala": "Valles", "Ameca": "Valles"}
"""The zones of an office, each with its region."""
RECORDS = (
    (r"title: \{es: Atenciones\}", "title: {es: Atenciones a mujeres}"),
    (r"title: \{es: Violencia\}", "title: {es: Tipo de violencia}"),
)


def answer(path: Path, answers: tuple[tuple[str, str], ...]) -> None:
    said = path.read_text(encoding="utf-8")
    for pattern, new in answers:
        said = re.sub(pattern, new, said, flags=re.MULTILINE)
    # What is decided needs no mark any more.
    path.write_text(re.sub(r"^ *# decida:.*\n", "", said, flags=re.MULTILINE), encoding="utf-8")


def drifting(folder: Path, year: int) -> Path:
    """Visits of a year of an office in Jalisco: its columns have other names, another order and other letters every year."""
    deal = random.Random(year)
    old = year == 2023
    header = (
        ["FECHA", "Zona", "Región", "Tipo de visita", "Edad"]
        if old
        else ["Edad (años)", "Fecha", "Zona (actual)", "Región", "tipo_de_visita", "Turno"]
    )
    rows = []
    for day in itertools.islice(days(1600, year), 800):
        zone = deal.choice(list(ZONES))
        age = deal.choice(["", str(deal.randrange(18, 70)), f"{deal.randrange(18, 70)}.0"])
        row = [day, zone.upper() if old else zone, ZONES[zone], deal.choice(["Cita", "Sin cita"]), age]
        if not old:
            row = [age, *row[:4], deal.choice(["Mañana", "Tarde"])]
        rows.append(row)
    return written(folder / f"visitas-{year}.csv", header, rows, "cp1252" if old else "utf-8-sig")


def lines(folder: Path) -> list[str]:
    """What a person would have to write in the files of a folder: its YAML and its code lists, without comments."""
    said = [
        path.read_text(encoding="utf-8")
        for path in (*sorted(folder.glob("*.yaml")), *sorted(folder.glob("codes/*.csv")))
    ]
    return [line for line in "\n".join(said).splitlines() if line.strip() and not line.lstrip().startswith("#")]


def test_from_three_sheets_to_two_editions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    messy = book(tmp_path / "padron.xlsx")
    assert main(["infer", messy.name, "--name", "Secretaría de las Mujeres de Oaxaca", "--quiet"]) == 0
    decisions = capsys.readouterr().out.count("renglón")
    drafted = lines(tmp_path / "institute")
    answer(tmp_path / "institute" / "institute.yaml", ANSWERED)
    answer(tmp_path / "institute" / "records.package.yaml", RECORDS)
    hers = lines(tmp_path / "institute")
    added = sum(line.startswith("+ ") for line in difflib.ndiff(drafted, hers))
    assert 5 < added <= len(hers) / 10, "nine lines in ten are the draft's"
    assert decisions <= 20
    # She takes the titles and the total out of her sheet, as the draft asks.
    (tmp_path / "data" / "raw").mkdir(parents=True)
    messy.unlink()
    book(tmp_path / "data" / "raw" / "padron.xlsx", titled=False)
    sources = tmp_path / "institute" / "sources.yaml"
    sources.write_text(sources.read_text(encoding="utf-8").replace(", header: 4", ""), encoding="utf-8")
    for edition in ("2024-T3", "2024-T4"):
        assert main(["publish", "--quiet", "--edition", edition]) == 0, capsys.readouterr().err
    found = audited(tmp_path / "data" / "published")
    assert found.editions == ("2024-T3", "2024-T4")
    assert not found.exposures
    plan = load(Path("institute"))
    assert {table.resource for table in plan.tables} == {"atenciones", "llamadas", "talleres"}
    assert "tamales" not in text(tmp_path / "data" / "published")


def test_a_bare_csv_of_each_kind_goes_the_same_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    raw = tmp_path / "data" / "raw"
    raw.mkdir(parents=True)
    for name, (header, rows) in (("atenciones", attentions()), ("llamadas", calls()), ("talleres", workshops())):
        written(raw / f"{name}.csv", header, rows, "cp1252")
    assert main(["infer", *map(str, sorted(raw.glob("*.csv"))), "--quiet"]) == 0
    assert main(["check", "--quiet"]) == 0


def test_from_two_files_that_drift_to_two_editions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    raw = tmp_path / "data" / "raw"
    raw.mkdir(parents=True)
    old, new = drifting(raw, 2023), drifting(raw, 2024)
    started = time.process_time()
    asked = ["--name", "Secretaría de Igualdad de Jalisco", "--called", "Visitas"]
    assert main(["infer", str(old), str(new), *asked, "--quiet"]) == 0
    drafted = lines(tmp_path / "institute")
    answer(tmp_path / "institute" / "institute.yaml", ANSWERED)
    hers = lines(tmp_path / "institute")
    added = sum(line.startswith("+ ") for line in difflib.ndiff(drafted, hers))
    assert 5 < added <= len(hers) / 10, "nine lines in ten are the draft's"
    plan = load(Path("institute"))
    assert list(plan.resources) == ["visitas"]
    assert {code.parent for code in plan.lists["zona"].codes} == {"", *map(str.lower, set(ZONES.values()))}
    for edition in ("2024-T3", "2024-T4"):
        assert main(["publish", "--quiet", "--edition", edition]) == 0, capsys.readouterr().err
    found = audited(tmp_path / "data" / "published")
    assert found.editions == ("2024-T3", "2024-T4")
    assert not found.exposures
    published = tmp_path / "data" / "published" / "2024-T4" / "tables" / "visitas_por_tipo_de_visita.csv"
    with published.open(encoding="utf-8", newline="") as stream:
        rows = [
            row
            for row in csv.DictReader(stream)
            if row["periodo"] in ("2023", "2024") and row["tipo_de_visita"] == "_T"
        ]
    assert sum(int(row["visitas"]) for row in rows) == 1600, "every row of both files is counted"
    with capsys.disabled():
        told = (
            f"{time.process_time() - started:.0f} s of the processor, {added} of {len(hers)} lines written by a person"
        )
        sys.stdout.write(f"\n  two files that drift → two editions: {told}\n")


@pytest.mark.slow  # builds a site
def test_the_draft_of_files_that_drift_has_a_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data" / "raw").mkdir(parents=True)
    drifting(tmp_path / "data" / "raw", 2023)
    drifting(tmp_path / "data" / "raw", 2024)
    assert (
        main(["infer", *map(str, sorted((tmp_path / "data" / "raw").glob("*.csv"))), "--called", "Visitas", "--quiet"])
        == 0
    )
    answer(tmp_path / "institute" / "institute.yaml", ANSWERED)
    assert main(["publish", "--quiet", "--edition", "2024-T4"]) == 0
    assert main(["pages", "--quiet"]) == 0
    assert "Visitas" in (tmp_path / "site" / "_build" / "html" / "index.html").read_text(encoding="utf-8")
