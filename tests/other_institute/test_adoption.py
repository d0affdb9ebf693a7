"""The way in for another institute, as its data officer would go it: a draft of her own spreadsheets, the decisions answered in a text
editor, two editions. No Python, and few lines to write."""

from __future__ import annotations

import difflib
import re
from pathlib import Path

import pytest

from pipeline.cli.main import main
from pipeline.institute.load import load
from tests.conftest import audited
from tests.unit.test_infer import attentions, book, calls, text, workshops, written

ANSWERED = (
    (r"^id: .*", "id: semujeres-oaxaca"),
    (r"^short_name: .*", "short_name: {es: Secretaría de las Mujeres}"),
    (r"^unit: .*", "unit: {es: Unidad de Transparencia}"),
    (r"^url: .*", "url: https://mujeres.ejemplo.org/"),
    (r"^email: .*", "email: datos@mujeres.ejemplo.org"),
    (r"^  - \{id: \"2024-T4\".*", '  - {id: "2024-T3", cut_off: "2024-09", published: "2024-10-20"}\n  - {id: "2024-T4", cut_off: "2024-12", published: "2025-01-20"}'),
)  # fmt: skip
"""What she changes in institute.yaml, line by line."""
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


def lines(folder: Path) -> list[str]:
    """What the files of a folder say, without comments."""
    return [line for line in text(folder).splitlines() if line.strip() and not line.lstrip().startswith("#")]


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
