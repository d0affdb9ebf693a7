"""Somebody's identity in the records, of every kind: known by the header or by the value, and the run stops."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.cli.main import main
from tests.conftest import TINY
from tests.faults.stopped import WORDS, stops

CURP = "GOMR850715MDFXXX08"
"""Of nobody: three times X in a row."""

HEADERS = {
    "curp": "CURP de la usuaria",
    "rfc": "RFC",
    "ine": "Clave de elector",
    "birth": "Fecha de nacimiento",
    "phone": "Teléfono celular",
    "email": "Correo electrónico",
    "file": "Núm. de expediente",
    "document": "NSS",
    "coordinates": "Latitud",
    "address": "Domicilio",
    "place": "Colonia",
    "name": "Nombre completo",
    "role": "Servidor público",
    "time": "Hora",
    "date": "Fecha de atención",
    "age": "Edad (años)",
    "text": "Narración de los hechos",
}
VALUES = {
    "curp": CURP,
    "rfc": "GOMR850715XX1",
    "ine": "GMRXXX85071509M100",
    "phone": "(55) 1234-5678",
    "email": "nadie.de.nadie@ejemplo.org",
    "coordinates": "19.43260 -99.13321",
    "address": "Calle Inexistente 1234",
    "date": "15/07/1985",
    "time": "10:47",
    "text": "Fulana Mengana Zutana",
}


def change(raw: Path, *, header: str = "", value: str = "") -> None:
    """A further column of that name, or the key of the fourth row replaced."""
    path = raw / "visitas.csv"
    rows = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()]
    if header:
        rows = [[*row, header if number == 0 else VALUES["phone"]] for number, row in enumerate(rows)]
    if value:
        rows[3][1] = value
    path.write_text("\n".join(",".join(row) for row in rows) + "\n", encoding="utf-8")


def kinds(say_key: str) -> set[str]:
    return {key.split(".")[1] for key in WORDS["es"].words if key.startswith(say_key)}


@pytest.mark.parametrize("kind", HEADERS)
def test_a_column_that_announces_it(kind: str, raw: Path, published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(raw, header=HEADERS[kind])
    stops(raw, published, capsys, "visitas.csv", "identity_header", column=HEADERS[kind], secrets=[VALUES["phone"]])
    main(["check", "--institute", str(TINY), "--raw", str(raw)])
    assert WORDS["es"](f"identities.{kind}.what") in (told := capsys.readouterr().err)
    assert WORDS["es"](f"identities.{kind}.instead") in told


@pytest.mark.parametrize("kind", VALUES)
def test_a_value_that_has_its_form(kind: str, raw: Path, published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(raw, value=VALUES[kind])
    secrets = [VALUES[kind]]
    stops(raw, published, capsys, "visitas.csv", "identity_value", column="clave", rows="4", secrets=secrets)
    main(["check", "--institute", str(TINY), "--raw", str(raw)])
    assert WORDS["es"](f"identities.{kind}.what") in capsys.readouterr().err


def test_every_kind_is_in_this_catalogue() -> None:
    assert set(HEADERS) | set(VALUES) == kinds("identities.")


def test_setting_bad_rows_aside_does_not_let_it_in(
    raw: Path, published: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change(raw, value=CURP)
    more = ["--quarantine", "1"]
    stops(raw, published, capsys, "visitas.csv", "identity_value", column="clave", rows="4", secrets=[CURP], more=more)


def test_a_dropped_column_is_read_by_nobody(
    raw: Path, tmp_path: Path, institute: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the institute says to drop may announce and hold anything: nothing of it is told, kept or published."""
    sources = institute / "sources.yaml"
    sources.write_text(sources.read_text().replace("drop: [observaciones]", "drop: [curp]"))
    path = raw / "visitas.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([f"{lines[0]},CURP", *(f"{line},{CURP}" for line in lines[1:])]) + "\n")
    given = ["--institute", str(institute), "--raw", str(raw), "--published", str(tmp_path / "p")]
    assert main(["publish", *given, "--edition", "2025-T4"]) == 0
    shown = capsys.readouterr()
    assert CURP not in shown.out + shown.err
    left = [p for p in tmp_path.rglob("*") if p.is_file() and p != path and CURP.encode() in p.read_bytes()]
    assert left == []
