"""Bad records: each ends with its own message in both languages, exit code 11, no value of a cell, nothing published changed."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.cli.main import main
from tests.conftest import TINY, content
from tests.faults.stopped import SECRET, ends

Fault = Callable[[list[list[str]]], None]


def put(column: str, value: str, row: int = 5) -> Fault:
    def fault(rows: list[list[str]]) -> None:
        rows[row - 1][rows[0].index(column)] = value

    return fault


def rename(column: str, new: str) -> Fault:
    def fault(rows: list[list[str]]) -> None:
        rows[0][rows[0].index(column)] = new

    return fault


def repeat_key(rows: list[list[str]]) -> None:
    rows[5][0] = rows[4][0]


def no_header(rows: list[list[str]]) -> None:
    rows.pop(0)
    rows[0] = [SECRET + str(n) for n in range(len(rows[0]))]


def header_only(rows: list[list[str]]) -> None:
    del rows[1:]


def one_cell_more(rows: list[list[str]]) -> None:
    rows[4].append(SECRET)


CASES: dict[str, tuple[str, Fault, list[str]]] = {
    "wrong code": ("visitas", put("edad", SECRET), ["«edad»", "renglón 5", "no es un código de su lista"]),
    "missing value": ("visitas", put("clave", ""), ["«clave»", "renglón 5"]),
    "wrong form": ("visitas", put("clave", SECRET), ["«clave»", "renglón 5", "forma"]),
    "wrong type": ("visitas", put("violencia_fisica", SECRET), ["«violencia_fisica»", "renglón 5", "tipo"]),
    "too much": ("visitas", put("hijas", "99"), ["«hijas»", "renglón 5", "máximo"]),
    "repeated key": ("visitas", repeat_key, ["«visita_id»", "renglón 6", "repetida"]),
    "orphan": ("reportes", put("visita_id", SECRET), ["«visita_id»", "renglón 5", "no existe en el archivo"]),
    "after the cut-off": ("visitas", put("mes", "2026-01"), ["«mes»", "renglón 5", "corte"]),
    "before the first month": ("visitas", put("mes", "2024-12"), ["«mes»", "renglón 5", "primer mes"]),
    "no such month": ("visitas", put("mes", "2025-13"), ["«mes»", "renglón 5"]),
    "service of another area": ("visitas", put("area", "x"), ["«area»", "renglón 5"]),
    "unknown column": ("visitas", rename("hijas", "turno"), ["«turno»", "el contrato no tiene esa columna"]),
    "missing column": ("visitas", rename("hijas", "turno"), ["«hijas»", "falta esa columna"]),
    "no header": ("visitas", no_header, ["encabezado"]),
    "header only": ("visitas", header_only, ["ningún registro"]),
    "ragged row": ("visitas", one_cell_more, ["renglón 5", "columnas"]),
}

FILES: dict[str, tuple[bytes, list[str]]] = {
    "empty": (b"", ["vacío"]),
    "blank": (b"\n\n  \n", ["vacío"]),
    "binary": (b"PK\x03\x04\x00\x00" + SECRET.encode(), ["no es un archivo de texto"]),
    "prose": (f"Estimada {SECRET}\nle escribo\n".encode(), ["encabezado"]),
}


def refused(raw: Path, published: Path, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    before, inputs = content(published), set(raw.rglob("*"))
    given = ["--institute", str(TINY), "--raw", str(raw), "--published", str(published), "--edition", "2025-T4"]
    for language, shown in ends(given, capsys).items():
        assert shown.code == 11
        assert SECRET not in shown.out + shown.err
        assert "Traceback" not in shown.err
        assert "«other»" not in shown.err
        if language == "es":
            for word in words:
                assert word in shown.err, (word, shown.err)
        else:
            assert "Exit code 11" in shown.err
    assert content(published) == before
    left = {*raw.rglob("*"), *Path(tempfile.gettempdir()).rglob("*")} - inputs
    assert not [path for path in left if path.is_file() and SECRET.encode() in path.read_bytes()]


@pytest.mark.parametrize("case", CASES)
def test_a_bad_record_is_refused_with_a_clear_word(
    case: str, raw: Path, published: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name, fault, words = CASES[case]
    path = raw / f"{name}.csv"
    rows = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()]
    fault(rows)
    path.write_text("\n".join(",".join(row) for row in rows) + "\n", encoding="utf-8")
    refused(raw, published, [f"{name}.csv", *words], capsys)


@pytest.mark.parametrize("case", FILES)
def test_a_file_that_is_no_table_is_refused(
    case: str, raw: Path, published: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, words = FILES[case]
    (raw / "visitas.csv").write_bytes(data)
    refused(raw, published, ["visitas.csv", *words], capsys)


def test_a_missing_file_and_a_folder_in_its_place(
    raw: Path, published: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (raw / "visitas.csv").unlink()
    refused(raw, published, ["sources.yaml:visitas.files"], capsys)
    (raw / "visitas.csv").mkdir()
    refused(raw, published, ["visitas.csv", "carpeta"], capsys)


def test_all_mistakes_are_told_at_once(raw: Path, published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = raw / "visitas.csv"
    rows = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()]
    put("edad", SECRET, 5)(rows)
    put("mes", "2026-01", 7)(rows)
    path.write_text("\n".join(",".join(row) for row in rows) + "\n", encoding="utf-8")
    refused(raw, published, ["«edad», renglón 5", "«mes», renglón 7"], capsys)


def test_quarantine_sets_bad_rows_aside_and_accounts_for_them(
    raw: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = raw / "reportes.csv"
    rows = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()]
    put("causa", SECRET)(rows)
    path.write_text("\n".join(",".join(row) for row in rows) + "\n", encoding="utf-8")
    common = ["--institute", str(TINY), "--raw", str(raw), "--published", str(tmp_path / "p"), "--edition", "2025-T3"]
    assert main(["publish", *common, "--quarantine", "0.5"]) == 0
    shown = capsys.readouterr()
    assert "1 rechazados" in shown.out
    assert "  1 rechazados, columna «causa»: no es un código de su lista\n" in shown.out
    assert SECRET not in shown.out + shown.err
    aside = raw / "privado" / "2025-T3" / "rechazados.csv"
    assert aside.read_text().splitlines() == ["records,file,row,rules", "reportes,reportes.csv,5,causa:enum"]
    assert aside.stat().st_mode & 0o077 == 0
