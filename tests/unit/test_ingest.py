"""The door: any CSV an office has comes in the form of the contract, with the file and the row each record came from."""

from __future__ import annotations

import gzip
import os
import random
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pytest

from pipeline.confidential.intake.formats.table import rows_named
from pipeline.confidential.intake.records import Records
from pipeline.institute.load import load
from pipeline.institute.plan import Plan
from pipeline.model.findings import Finding, PipelineError
from pipeline.model.spellings import fold
from tests import records
from tests.records import frame, origin

HEADER = "visita_id,clave,mes,area,servicio,edad,lengua,violencia_fisica,violencia_psicologica,hijas"
ROW = "V1,0123456789ab,2025-01,legal,asesoria,adulta,no,true,false,2"
REPORTS = "reporte_id,visita_id,trimestre,causa\nR01,V1,2025-T1,dilacion\n"


def read(plan: Plan, folder: Path, text: str | bytes, name: str = "visitas.csv") -> Records:
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    (folder / "reportes.csv").write_text(REPORTS)
    return records.read(plan, folder)["visitas"]


def refused(plan: Plan, folder: Path, text: str | bytes) -> list[Finding]:
    with pytest.raises(PipelineError) as stopped:
        read(plan, folder, text)
    assert stopped.value.exit_code == 11
    return list(stopped.value.findings)


def rules(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.rule, dict(finding.facts).get("column", "")) for finding in findings]


PLAIN = f"{HEADER}\n{ROW}\n{ROW.replace('V1', 'V2')}\n"


@pytest.mark.parametrize(
    "data",
    [
        PLAIN.encode(),
        PLAIN.encode("utf-8-sig"),
        PLAIN.replace("\n", "\r\n").encode(),
        PLAIN.replace("\n", "\r").encode(),
        PLAIN.rstrip("\n").encode(),
        (PLAIN + "\n\n").encode(),
        PLAIN.replace(",", ";").encode(),
        PLAIN.replace(",", "\t").encode(),
        PLAIN.replace(",", "|").encode(),
        PLAIN.replace(",", " , ").encode(),
        PLAIN.encode("utf-16"),
        PLAIN.encode("utf-16-le"),
        PLAIN.encode("utf-16-be"),
        gzip.compress(PLAIN.encode()),
        PLAIN.upper().replace("TRUE", "SÍ").replace("FALSE", "No").replace("AB,", "ab,").encode("cp1252"),
        "\n".join(",".join(f'"{cell}"' for cell in line.split(",")) for line in PLAIN.split()).encode(),
    ],
    ids=[
        "plain",
        "bom",
        "crlf",
        "cr",
        "no-end",
        "blank-end",
        "semicolon",
        "tab",
        "bar",
        "spaces",
        "utf-16",
        "utf-16-le",
        "utf-16-be",
        "gzip",
        "upper-cp1252",
        "quoted",
    ],
)
def test_the_same_records_come_out_however_the_file_is_written(data: bytes, plan: Plan, tmp_path: Path) -> None:
    found = read(plan, tmp_path, data)
    expected = pd.DataFrame([row.split(",") for row in PLAIN.split()[1:]], columns=HEADER.split(","), dtype="str")
    pd.testing.assert_frame_equal(frame(found).map(str.lower), expected.map(str.lower))
    assert origin(found)["row"].tolist() == [2, 3]
    assert set(origin(found)["file"]) == {"visitas.csv"}


def test_spanish_letters_survive_windows(institute: Path, tmp_path: Path) -> None:
    codes = institute / "codes" / "area.csv"
    codes.write_text(codes.read_text().replace("Legal,Legal", "Jurídica y año,Legal"))
    found = read(load(institute), tmp_path / "raw", PLAIN.replace(",legal,", ",JURÍDICA Y AÑO,").encode("cp1252"))
    sources = institute / "sources.yaml"
    assert frame(found)["area"].tolist() == ["JURÍDICA Y AÑO"] * 2  # no recoding was asked for
    sources.write_text(
        sources.read_text().replace("    mes: {month: true}", "    mes: {month: true}\n    area: {}\n    clave: {}")
    )
    for written in ("JURÍDICA Y AÑO", "LEGAL"):
        found = read(load(institute), tmp_path / "raw", PLAIN.replace(",legal,", f",{written},").encode("cp1252"))
        assert frame(found)["area"].tolist() == ["legal"] * 2  # it is recoded: a label stands for its code, in any case
        assert found.unmatched == {}  # a column without a list has nothing to match


def test_columns_come_in_any_order_and_any_case(plan: Plan, tmp_path: Path) -> None:
    shuffled = "\n".join(",".join(reversed(line.split(","))) for line in PLAIN.split()).replace(
        "visita_id", "Visita  ID"
    )
    assert tuple(frame(read(plan, tmp_path, shuffled))) == plan.resources["visitas"].fields


def test_a_dropped_column_does_not_come_in(plan: Plan, tmp_path: Path) -> None:
    found = read(plan, tmp_path, f"{HEADER},Observaciones\n{ROW},Lo que dijo Ana\n")
    assert tuple(frame(found)) == plan.resources["visitas"].fields
    assert "Ana" not in frame(found).to_csv()


def test_a_column_that_says_who_somebody_is_stops_the_run_and_a_dropped_one_is_forgotten(
    institute: Path, tmp_path: Path
) -> None:
    curp = "GOMR850715MDFXXX08"
    rows = f"{HEADER},CURP,Folio\n{ROW},{curp},F1\n"
    assert rules(refused(load(institute), tmp_path / "raw", rows)) == [
        ("identity_header", "CURP"),
        ("identity_header", "Folio"),
    ]
    sources = institute / "sources.yaml"
    sources.write_text(sources.read_text().replace("drop: [observaciones]", "drop: [curp, folio]"))
    found = read(load(institute), tmp_path / "raw", rows)
    assert curp not in frame(found).to_csv() + origin(found).to_csv()


def test_an_identity_is_found_under_a_renamed_column_too(institute: Path, tmp_path: Path) -> None:
    sources = institute / "sources.yaml"
    sources.write_text(
        sources.read_text().replace("  recode:\n", "  rename: {dato: clave, otro: hijas}\n  recode:\n", 1)
    )
    text = PLAIN.replace("clave", "dato").replace("hijas", "otro").replace("0123456789ab", "GOMR850715MDFXXX08", 1)
    (finding,) = refused(load(institute), tmp_path / "raw", text)
    assert (finding.rule, dict(finding.facts)) == (
        "identity_value",
        {"column": "dato", "kind": "curp", "rows": "2", "count": "1"},
    )
    sources.write_text(sources.read_text().replace("otro: hijas", "telefono: hijas"))
    assert rules(refused(load(institute), tmp_path / "raw", text.replace("otro", "Teléfono"))) == [
        ("identity_header", "Teléfono")
    ]


def test_a_header_that_is_itself_an_identity_is_named_by_its_place(plan: Plan, tmp_path: Path) -> None:
    (finding,) = refused(plan, tmp_path, f"{HEADER},ana@ejemplo.org\n{ROW},x\n")
    assert dict(finding.facts)["column"] == "#11"


def test_a_renamed_column_and_a_constant(institute: Path, tmp_path: Path) -> None:
    sources = institute / "sources.yaml"
    text = sources.read_text().replace(
        "  recode:\n", '  rename: {"Área de atención": area}\n  recode:\n    hijas: {constant: "0"}\n', 1
    )
    sources.write_text(text)
    lines = [line.rsplit(",", 1)[0] for line in PLAIN.replace("area", "AREA DE ATENCION").splitlines()]
    found = read(load(institute), tmp_path / "raw", "\n".join(lines))
    assert frame(found)["area"].tolist() == ["legal", "legal"]
    assert frame(found)["hijas"].tolist() == ["0", "0"]


def test_several_files_of_one_type_are_one_and_every_row_keeps_its_place(plan: Plan, tmp_path: Path) -> None:
    (tmp_path / "visitas-2024.csv").write_text(f"{HEADER}\n{ROW.replace('V1', 'V0')}\n")
    found = read(plan, tmp_path, PLAIN, "visitas-2025.csv")
    assert list(frame(found)["visita_id"]) == ["V0", "V1", "V2"]
    assert list(origin(found).itertuples(index=False, name=None)) == [
        ("visitas-2024.csv", 2),
        ("visitas-2025.csv", 2),
        ("visitas-2025.csv", 3),
    ]


def test_a_record_with_a_line_break_in_a_cell_is_one_row(plan: Plan, tmp_path: Path) -> None:
    found = read(plan, tmp_path, f'{HEADER},observaciones\n{ROW},"uno\ndos, tres"\n{ROW.replace("V1", "V2")},x\n')
    assert origin(found)["row"].tolist() == [2, 3]


NOTED = [f"{HEADER},observaciones", *(f"{ROW.replace('V1', f'V{n}')}," for n in range(1, 7))]
"""A header and six rows, in lines 1 to 7; the last column is dropped."""


def noted(**cells: str) -> list[str]:
    """The lines, with something in the last cell of some: `noted(V3='"uno')`."""
    return [line + cells.get(line.partition(",")[0], "") for line in NOTED]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    ("lines", "opened"),
    [
        (noted(V3='"no contesta'), 4),
        (noted(V6='"no contesta'), 7),
        (noted(V2='"no contesta', V5='dijo que no"'), 3),
        (noted(V2='"no contesta', V3='dijo que no"'), 3),
        (noted(V2='"no contesta', V4='"dijo que no"'), 3),
        (noted(V2='"no contesta', V4='""'), 3),
        (noted(V1='"uno\ndos"', V3='"tres', V5='cuatro"'), 5),
        (noted(V2='"dijo ""no', V4='y ya"'), 3),
        ([line.replace("legal", '"legal') if n == 2 else line for n, line in enumerate(NOTED)], 3),
        ([line.replace("V2", '"V2') if n == 2 else line for n, line in enumerate(NOTED)], 3),
        ([NOTED[0].replace("observaciones", '"observaciones'), *NOTED[1:]], 1),
        ([NOTED[0].replace("observaciones", '"observaciones'), *NOTED[1:] * 3, 'x"'], 1),
    ],
    ids=[
        "to-the-end",
        "in-the-last-row",
        "closed-far-below",
        "closed-in-the-next-row",
        "closed-by-one-that-opens",
        "past-an-empty-one",
        "below-texts-of-two-lines",
        "doubled",
        "in-a-column-that-is-read",
        "in-the-first-column",
        "in-the-header",
        "in-the-header-closed-far-below",
    ],
)
def test_a_quote_that_swallows_rows_is_told_by_its_line(
    lines: list[str], opened: int, delimiter: str, plan: Plan, tmp_path: Path
) -> None:
    (finding,) = refused(plan, tmp_path, "\n".join(lines).replace(",", delimiter))
    assert (finding.rule, dict(finding.facts)) == ("open_quote", {"line": str(opened)})


@pytest.mark.parametrize(
    "lines",
    [
        noted(V1='"uno\ndos, tres"', V2='"cuatro\n\ncinco"'),
        noted(V1='"dijo ""ya no""\ny colgó"'),
        noted(V1='"pidió: a, b, c, d, e, f, g, h, i, j\nk, l, m, n, o, p, q, r, s, t, u"'),
        noted(V1='un tubo de 5"', V2='dijo "no" y colgó'),
        noted(V1='""', V6='"x"'),
        noted(V6='"uno\ndos"'),
        [NOTED[0].replace("visita_id", '"Visita\nID"'), *NOTED[1:]],
        [f'"uno\ndos",{line}' if n else f"nota,{line}" for n, line in enumerate(NOTED)],
    ],
    ids=["two-lines", "quotes-within", "a-list", "inches", "empty", "at-the-end", "header", "first-column"],
)
def test_a_text_of_several_lines_passes(lines: list[str], institute: Path, tmp_path: Path) -> None:
    sources = institute / "sources.yaml"
    sources.write_text(sources.read_text().replace("drop: [observaciones]", "drop: [observaciones, nota]"))
    found = read(load(institute), tmp_path / "raw", "\n".join(lines) + "\n")
    assert frame(found)["visita_id"].tolist() == ["V1", "V2", "V3", "V4", "V5", "V6"]


def test_a_name_in_a_header_never_shows_the_lines_below_it(plan: Plan, tmp_path: Path) -> None:
    found = refused(plan, tmp_path, f'{HEADER},"tur\nno {SECRET}"\n{ROW},x\n')
    assert rules(found) == [("unknown_column", "tur")]
    assert SECRET not in repr(found)


@pytest.mark.parametrize(
    ("written", "month"),
    [
        ("2025-01-31", "2025-01"),
        ("2025-1", "2025-01"),
        ("2025/01/31", "2025-01"),
        ("31/01/2025", "2025-01"),
        ("1-1-2025", "2025-01"),
        ("01/2025", "2025-01"),
        ("2025-01-31T10:30", "2025-01"),
        ("2025-01-31 10:30:00", "2025-01"),
        ("2025-01-31T10", "2025-01"),
        ("31/01/2025 10:30 p. m.", "2025-01"),
        ("31/1/2025 9:05:00 AM", "2025-01"),
        ("31/01/2025 10:30 hrs", "2025-01"),
        ("2025/01/31 10:30:00 a.m.", "2025-01"),
        ("29/02/2024", "2024-02"),
        ("2025-13-31", "2025-13-31"),
        ("2025-02-31", "2025-02-31"),
        ("2025-02-29", "2025-02-29"),
        ("99/05/2025", "99/05/2025"),
        ("00/05/2025", "00/05/2025"),
        ("0000-05-01", "0000-05-01"),
        ("2025-05-15Tcualquier cosa", "2025-05-15Tcualquier cosa"),
        ("2025-05-15 10:75", "2025-05-15 10:75"),
        ("2025-05-15 31:00", "2025-05-15 31:00"),
        ("15/05/2025 10:30 mañana", "15/05/2025 10:30 mañana"),
        ("enero", "enero"),
        ("", ""),
    ],
)
def test_a_date_becomes_its_month_and_what_is_no_date_stays_to_be_refused(
    written: str, month: str, plan: Plan, tmp_path: Path
) -> None:
    assert frame(read(plan, tmp_path, PLAIN.replace("2025-01", written)))["mes"].tolist() == [month, month]


@pytest.mark.parametrize(
    ("written", "value"),
    [("Sí", "true"), ("SI", "true"), ("x", "true"), ("1", "true"), ("No", "false"), ("0", "false"), ("quizá", "quizá")],
)
def test_yes_and_no_in_every_spelling(written: str, value: str, plan: Plan, tmp_path: Path) -> None:
    found = read(plan, tmp_path, PLAIN.replace(",true,", f",{written},"))
    assert frame(found)["violencia_fisica"].tolist() == [value, value]


def test_aliases_and_labels_are_codes_in_any_case_and_accent(plan: Plan, tmp_path: Path) -> None:
    for written in ("60 y más", "60_Y_MAS", " Mayor ", "OLDER", "mayor"):
        found = read(plan, tmp_path, PLAIN.replace(",adulta,", f",{written},"))
        assert frame(found)["edad"].tolist() == ["mayor", "mayor"], written


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("Total", "Total"),
        ("ídem", "ídem"),
        ("NULL", "NULL"),
        ("#N/A", "#N/A"),
        ("AtenciÃ³n", "AtenciÃ³n"),
        ("ochenta", "mayor"),
    ],
)
def test_what_is_no_answer_does_not_take_the_code_for_what_nothing_matches(
    written: str, code: str, institute: Path, tmp_path: Path
) -> None:
    sources = institute / "sources.yaml"
    sources.write_text(
        sources.read_text().replace("empty: no_especificado}\n    lengua", "otherwise: mayor}\n    lengua")
    )
    found = read(load(institute), tmp_path / "raw", PLAIN.replace(",adulta,", f",{written},"))
    assert frame(found)["edad"].tolist() == [code, code]
    assert (found.unmatched, found.recoded) == (
        ({}, {"edad": {"2025-01": 2}}) if code == "mayor" else ({"edad": 2}, {})
    )
    sources.write_text(sources.read_text().replace('"60 y mas": mayor', '"60 y mas": mayor, "Total": joven'))
    assert (
        frame(read(load(institute), tmp_path / "raw", PLAIN.replace(",adulta,", ",TOTAL,")))["edad"].tolist()
        == ["joven"] * 2
    )


@pytest.mark.parametrize("quote", ["", '"'])
def test_the_name_of_a_column_may_have_more_commas_than_there_are_columns(
    quote: str, institute: Path, tmp_path: Path
) -> None:
    named = "edad, en años, cumplidos, el día, de la, visita, según, dijo, ella, misma, o su, acompañante"
    sources = institute / "sources.yaml"
    sources.write_text(sources.read_text().replace("visitas:\n", f'visitas:\n  rename: {{"{named}": edad}}\n', 1))
    data = PLAIN.replace(",", ";").replace("edad", f"{quote}{named}{quote}")
    assert frame(read(load(institute), tmp_path / "raw", data)).equals(
        frame(read(load(institute), tmp_path / "one", PLAIN.replace("edad", f'"{named}"')))
    )


def test_an_empty_cell_takes_the_code_for_that(plan: Plan, tmp_path: Path) -> None:
    assert frame(read(plan, tmp_path, PLAIN.replace(",adulta,", ",,")))["edad"].tolist() == ["no_especificado"] * 2


def test_bins_and_what_falls_outside_is_counted(institute: Path, tmp_path: Path) -> None:
    sources = institute / "sources.yaml"
    bins = "{bins: [{code: joven, to: 29.5}, {code: adulta, from: 30, to: 59}, {code: mayor, from: 60, to: 120}], otherwise: no_especificado}"
    sources.write_text(sources.read_text().replace('{aliases: {"60 y mas": mayor}, empty: no_especificado}', bins))
    ages = ["18", "29.5", "30.0", "59", "60", "999", "ochenta", "-1"]
    rows = [ROW.replace("V1", f"V{n}").replace("adulta", f'"{age}"') for n, age in enumerate(ages)]
    rows[5] = rows[5].replace("2025-01", "2025-02")
    found = read(load(institute), tmp_path / "raw", "\n".join([HEADER, *rows]))
    assert frame(found)["edad"].tolist() == [
        "joven",
        "joven",
        "adulta",
        "adulta",
        "mayor",
        *["no_especificado"] * 2,
        "joven",
    ]
    assert found.recoded == {"edad": {"2025-01": 1, "2025-02": 1}}


SECRET = "Ana Pérez Gómez"


def test_an_unknown_column_is_named_and_so_are_a_missing_and_a_repeated_one(plan: Plan, tmp_path: Path) -> None:
    header = HEADER.replace("hijas", "turno").replace("edad", "area")
    assert rules(refused(plan, tmp_path, f"{header}\n{ROW}\n")) == [
        ("duplicate_column", "area"),
        ("missing_column", "edad"),
        ("missing_column", "hijas"),
        ("unknown_column", "turno"),
    ]


def test_a_column_without_a_name_is_named_by_its_place(plan: Plan, tmp_path: Path) -> None:
    assert rules(refused(plan, tmp_path, f"{HEADER},\n{ROW},\n")) == [("unnamed_column", "#11")]


def test_a_record_in_place_of_the_header_is_not_printed(plan: Plan, tmp_path: Path) -> None:
    found = refused(plan, tmp_path, f"V1,{SECRET},2025-01,legal,asesoria,adulta,no,true,false,2\n{ROW}\n")
    assert rules(found) == [("no_header", "")]
    assert SECRET not in repr(found)


def test_ragged_rows_are_numbered_as_a_spreadsheet_does(plan: Plan, tmp_path: Path) -> None:
    text = "\n".join([HEADER, ROW, f"{ROW},{SECRET}", ROW, "V9,corto", ROW])
    (finding,) = refused(plan, tmp_path, text)
    assert (finding.rule, dict(finding.facts)) == ("ragged_row", {"rows": "3, 5", "count": "2"})


def test_a_cell_longer_than_a_block_is_read(plan: Plan, tmp_path: Path) -> None:
    found = read(plan, tmp_path, f"{HEADER},observaciones\n{ROW},{'x' * 3_000_000}\n")
    assert len(frame(found)) == 1


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "empty_file"),
        (b" \n\n", "empty_file"),
        (b"\xef\xbb\xbf", "empty_file"),
        (HEADER.encode() + b"\n", "no_rows"),
        (b"PK\x03\x04\x14\x00\x06\x00", "binary_file"),
        (PLAIN.replace("adulta", "adul\0ta").encode(), "binary_file"),
        (PLAIN.encode() + b"\x81\x8d\x9d\n", "wrong_encoding"),
        (PLAIN.replace(",", "^").encode(), "no_header"),
        (b"\n\n" + PLAIN.encode(), "no_header"),
        (b"<html><body>Sesi\xc3\xb3n terminada</body></html>\n", "not_a_table"),
        (b'"' + b"x" * 200_000 + b"\n", "open_quote"),
    ],
    ids=[
        "empty",
        "blank",
        "bom-only",
        "header-only",
        "xlsx",
        "nul",
        "not-cp1252",
        "caret",
        "blank-first",
        "html",
        "huge-header",
    ],
)
def test_what_is_no_table_is_refused(data: bytes, rule: str, plan: Plan, tmp_path: Path) -> None:
    assert rules(refused(plan, tmp_path, data)) == [(rule, "")]


def test_what_the_reader_of_csv_says_is_not_passed_on(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise pa.ArrowInvalid(f"CSV parse error: {SECRET}")

    monkeypatch.setattr(pyarrow.csv, "open_csv", fails)
    found = refused(plan, tmp_path, PLAIN)
    assert {f.rule for f in found} == {"not_csv"}
    assert SECRET not in repr(found)


def test_a_stated_encoding_is_kept_to(institute: Path, tmp_path: Path) -> None:
    sources = institute / "sources.yaml"
    sources.write_text(
        sources.read_text().replace('files: ["visitas*.csv"]', 'files: ["visitas*.csv"]\n  encoding: utf-8')
    )
    plan = load(institute)
    (finding,) = refused(plan, tmp_path / "raw", PLAIN.replace("asesoria", "asesoría").encode("cp1252"))
    assert (finding.rule, dict(finding.facts)["encoding"]) == ("wrong_encoding", "utf-8")
    sources.write_text(sources.read_text().replace("encoding: utf-8", "encoding: utf-16"))
    assert len(frame(read(load(institute), tmp_path / "raw", PLAIN.encode("utf-16")))) == 2


def test_a_folder_and_a_file_that_may_not_be_read(plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "reportes.csv").write_text(REPORTS)
    (tmp_path / "visitas.csv").mkdir()
    with pytest.raises(PipelineError) as stopped:
        records.read(plan, tmp_path)
    assert [f.rule for f in stopped.value.findings] == ["not_a_file"]
    (tmp_path / "visitas.csv").rmdir()
    (tmp_path / "visitas.csv").write_text(PLAIN)
    (tmp_path / "visitas.csv").chmod(0)
    if os.geteuid() == 0:  # root reads everything: the system's answer is played
        real = Path.open

        def denied(path: Path, *mode: Any) -> Any:
            if path.name == "visitas.csv":
                raise PermissionError(13, "Permission denied", str(path))
            return real(path, *mode)

        monkeypatch.setattr(Path, "open", denied)
    with pytest.raises(PipelineError) as stopped:
        records.read(plan, tmp_path)
    assert [f.rule for f in stopped.value.findings] == ["unreadable"]


def test_every_bad_file_is_told_at_once(plan: Plan, tmp_path: Path) -> None:
    (tmp_path / "visitas-1.csv").write_bytes(b"")
    (tmp_path / "visitas-2.csv").write_text(HEADER)
    with pytest.raises(PipelineError) as stopped:
        records.read(plan, tmp_path)
    assert [(f.where, f.rule) for f in stopped.value.findings] == [
        ("sources.yaml:reportes.files", "no_file"),
        ("visitas-1.csv", "empty_file"),
        ("visitas-2.csv", "no_rows"),
    ]


def test_spellings_fold_to_one() -> None:
    assert fold("  Córdoba_DEL  Sur ") == fold("cordoba del sur") == "cordoba del sur"


def test_ten_rows_are_named_and_the_rest_counted() -> None:
    assert rows_named(pd.Series([30, *range(2, 13)])) == {"rows": "2, 3, 4, 5, 6, 7, 8, 9, 10, 11", "count": 12}


KEYLESS = [ROW.replace("V1", f"V{n}").replace("ab,", f"{n:02x},") for n in range(10, 16)]


@pytest.fixture
def keyless(institute: Path) -> Plan:
    """The tiny institute, where nothing tells one visit from another."""
    contract = institute / "records.package.yaml"
    contract.write_text(contract.read_text().replace("      primaryKey: [visita_id]\n", ""))
    return load(institute)


def csv_of(rows: list[str], header: str = HEADER) -> str:
    return "\n".join([header, *rows, ""])


def test_a_file_that_is_there_twice_is_refused_whatever_it_is_called(keyless: Plan, plan: Plan, tmp_path: Path) -> None:
    (tmp_path / "visitas (1).csv").write_text(PLAIN)
    for each in (keyless, plan):
        (finding,) = refused(each, tmp_path, PLAIN)
        assert (finding.where, finding.rule, dict(finding.facts)) == (
            "visitas.csv",
            "same_file",
            {"other": "visitas (1).csv"},
        )


@pytest.mark.parametrize(
    "again",
    [
        csv_of(KEYLESS[::-1]).encode(),
        csv_of(KEYLESS).replace(",", ";").encode("utf-16"),
        gzip.compress(csv_of(KEYLESS).encode()),
        csv_of([",".join(reversed(row.split(","))) for row in KEYLESS], ",".join(reversed(HEADER.split(",")))).encode(),
    ],
    ids=["other order", "other form", "packed", "other columns first"],
)
def test_a_file_with_the_same_rows_is_the_same_file(again: bytes, keyless: Plan, tmp_path: Path) -> None:
    (tmp_path / "visitas-copia.csv").write_bytes(again)
    (finding,) = refused(keyless, tmp_path, csv_of(KEYLESS))
    assert (finding.where, finding.rule, dict(finding.facts)) == (
        "visitas.csv",
        "same_rows",
        {"other": "visitas-copia.csv"},
    )


@pytest.mark.parametrize(
    "other",
    [
        csv_of([*KEYLESS[::-1], KEYLESS[0]]),  # one more
        csv_of([*KEYLESS[1:], KEYLESS[1]]),  # as many
        csv_of(KEYLESS).replace("2025-01,", "2025-01-08,"),  # the same women a week later
    ],
)
def test_files_that_are_much_alike_are_two(other: str, keyless: Plan, tmp_path: Path) -> None:
    (tmp_path / "visitas-2.csv").write_text(other)
    rows = csv_of(KEYLESS).replace("2025-01,", "2025-01-01,")
    assert read(keyless, tmp_path, rows).rows == 6 + other.count("\n") - 1


MANY = [
    ROW.replace("V1", f"V{n}")
    .replace("0123456789ab", f"abcdef{n:06x}")
    .replace("2025-01", f"2025-{1 + n // 30:02d}-{1 + n % 28:02d}")
    for n in range(90)
]
"""Thirty visits in each of three months."""


@pytest.mark.parametrize(
    "earlier",
    [
        csv_of(MANY[:60]).encode(),  # a delivery that goes on where the last one began
        csv_of([*MANY[25:80], *(row.replace("V", "W") for row in MANY[:5])]).encode("utf-16"),
        csv_of(MANY[:30]).replace(",", ";").encode(),  # one month of three
        csv_of([re.sub(r"(\d{4})-(\d\d)-(\d\d),", r"\3/\2/\1,", row) for row in MANY[:60]]).encode(),
    ],
    ids=["what came before", "windows that overlap", "a part in another form", "dates in another form"],
)
def test_rows_that_are_in_a_larger_file_too_are_refused(earlier: bytes, keyless: Plan, tmp_path: Path) -> None:
    (tmp_path / "visitas-antes.csv").write_bytes(earlier)
    (finding,) = refused(keyless, tmp_path, csv_of(MANY))
    assert (finding.where, finding.rule, dict(finding.facts)) == (
        "visitas.csv",
        "shared_rows",
        {"other": "visitas-antes.csv"},
    )


@pytest.mark.parametrize(
    "rows",
    [
        [*MANY, *MANY],
        [*MANY, *MANY[:30]],
        [each for each in MANY for _ in range(2)],
        [*MANY, *MANY[60:], *MANY[60:], *MANY[60:]],
        MANY * 3,
        (MANY[:15] + MANY[30:45]) * 3,
    ],
    ids=[
        "all pasted again",
        "a month pasted again",
        "row by row",
        "a month four times",
        "thrice",
        "few of each month, thrice",
    ],
)
def test_rows_that_were_pasted_again_into_their_file_are_refused(
    rows: list[str], keyless: Plan, tmp_path: Path
) -> None:
    (finding,) = refused(keyless, tmp_path, csv_of(rows))
    assert (finding.where, finding.rule) == ("visitas.csv", "rows_doubled")


@pytest.mark.parametrize(
    "rows",
    [
        [*MANY, *MANY[:29]],  # one of the month is there once
        MANY[:15] * 2,  # few
        [*MANY, *(re.sub(r"2025-(\d\d)-\d\d", r"2025-\1-28", row) for row in MANY[:30])],  # another day of the month
    ],
)
def test_rows_that_are_there_twice_by_chance_are_records(rows: list[str], keyless: Plan, tmp_path: Path) -> None:
    assert read(keyless, tmp_path, csv_of(rows)).rows == len(rows)


def test_the_same_rows_with_dates_in_another_form_are_the_same_rows(keyless: Plan, tmp_path: Path) -> None:
    rows = csv_of(MANY)
    (tmp_path / "visitas-copia.csv").write_text(re.sub(r"(\d{4})-(\d\d)-(\d\d),", r"\3/\2/\1,", rows))
    (finding,) = refused(keyless, tmp_path, rows)
    assert (finding.rule, dict(finding.facts)) == ("same_rows", {"other": "visitas-copia.csv"})


def test_rows_of_few_kinds_are_alike_by_chance(keyless: Plan, tmp_path: Path) -> None:
    """A hundred rows of forty kinds, as often as it falls out: most kinds are in both files, and seldom as often."""
    deal = random.Random(1)
    for name in ("visitas-norte.csv", "visitas-sur.csv"):
        (tmp_path / name).write_text(csv_of([MANY[deal.randrange(40)] for _ in range(100)]))
    other = csv_of([row.replace("V", "W") for row in MANY])
    assert read(keyless, tmp_path, other).rows == 290


def test_a_few_rows_may_be_alike_by_chance_and_a_copy_may_be_read_otherwise(institute: Path, tmp_path: Path) -> None:
    contract, sources = institute / "records.package.yaml", institute / "sources.yaml"
    contract.write_text(contract.read_text().replace("      primaryKey: [visita_id]\n", ""))
    few = csv_of(KEYLESS[:2])
    (tmp_path / "visitas-2.csv").write_text(few.replace("\n", "\r\n"))
    assert read(load(institute), tmp_path, few).rows == 4
    origins = (
        "[{pattern: visitas-legal.csv, absent: {area: legal}}, {pattern: visitas-social.csv, absent: {area: social}}]"
    )
    sources.write_text(sources.read_text().replace('["visitas*.csv"]', origins))
    less = few.replace(",area", "").replace(",legal", "")
    (tmp_path / "visitas-social.csv").write_text(less)
    assert read(load(institute), tmp_path, less, "visitas-legal.csv").rows == 4
