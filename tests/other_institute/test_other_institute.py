"""Another institute publishes without a line of Python: other columns, spellings and codes, one language, no key."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from pipeline.cli import main
from pipeline.plan import load
from pipeline.public import audit, package

from . import real

ROWS = 40_000


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both editions of synthetic rows, written as the real files are: one per year, a BOM in some, ages as numbers."""
    folder = tmp_path_factory.mktemp("linea144")
    raw = folder / "raw"
    assert main(["sample", "--institute", str(real.HERE), "--raw", str(raw), "--rows", str(ROWS), "--quiet"]) == 0
    (dealt,) = raw.iterdir()
    lines = dealt.read_text(encoding="utf-8").splitlines(keepends=True)
    dealt.unlink()
    date = next(csv.reader(lines[:1])).index("fecha")
    years: dict[str, list[str]] = {}
    for line in lines[1:]:
        years.setdefault(next(csv.reader([line]))[date][:4], []).append(line)
    for year, rows in years.items():
        rows += rows[-3:]  # exact duplicates, as the real files have
        text = "".join([lines[0], *rows])
        (raw / f"linea144-{year}.csv").write_text(text, encoding="utf-8-sig" if year in ("2020", "2021") else "utf-8")
    assert real.publish(raw, folder / "published") == 0
    return folder / "published"


def test_the_source_form_is_that_of_the_real_files() -> None:
    source = load(real.HERE).sources["consultas"]
    assert source.rename["fecha"] == "mes"
    assert "bins" in source.recode["grupo_edad"]


def test_both_editions_are_safe_together(published: Path) -> None:
    found = audit.audit([package.read(published / edition) for edition in real.EDITIONS])
    assert found.exposures == ()
    assert found.withheld > 0


def test_every_row_is_counted(published: Path) -> None:
    newest = package.read(published / real.EDITIONS[-1])
    total = newest.tables["consultas_por_vinculo"].frame
    counted = total[(total["vinculo"] == "_T") & total["periodo"].str.fullmatch(r"\d{4}-T\d")]["consultas"].sum()
    assert counted == ROWS + 3 * 4


def test_no_answer_is_a_count_of_rows(published: Path) -> None:
    table = package.read(published / real.EDITIONS[-1]).tables["tipos_de_violencia"]
    assert table.persons is None
    assert table.measures == ("menciones_tipo",)


def test_without_a_folder_the_target_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert "LINEA144=" in real.USAGE
    assert main(["publish", "--institute", str(real.HERE), "--raw", str(real.HERE), "--quiet"]) == 11
    assert "linea144-*.csv" in capsys.readouterr().err
