"""Dates, hours and numbers are read in the form that the institute states or the file shows; a guess stops the run."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet
import pytest
import xlsxwriter

from pipeline.cli.main import main
from pipeline.confidential.intake.formats.table import text
from pipeline.confidential.intake.notation import DAY_FIRST, MONTH_FIRST, YEAR_FIRST, month, number
from pipeline.confidential.intake.records import Records
from pipeline.institute.load import load
from pipeline.model.findings import PipelineError
from tests import records
from tests.conftest import TINY
from tests.records import frame
from tests.unit.test_intake_formats import HEADER

ROW = ["V1", "0123456789ab", "2025-01", "legal", "asesoria", "adulta", "no", "true", "false", "2"]
REPORTS = "reporte_id,visita_id,trimestre,causa\nR01,V1,2025-T1,dilacion\n"
BINS = 'edad: {aliases: {"17,5": adulta}, bins: [{code: adulta, to: 5000}, {code: mayor, from: 5000.01}], otherwise: no_especificado}'
MEXICO = "America/Mexico_City"


def stated(institute: Path, of_all: str = "", of_one: str = "") -> None:
    """Says in sources.yaml how the visits are written, for all of its files or for the first line of `files`."""
    written = f"files: [{{pattern: 'visitas*'{f', {of_one}' if of_one else ''}}}]\n  {of_all}"
    before = (TINY / "sources.yaml").read_text()
    aliases = 'edad: {aliases: {"60 y mas": mayor}, empty: no_especificado}'
    assert aliases in before
    (institute / "sources.yaml").write_text(before.replace('files: ["visitas*.csv"]', written).replace(aliases, BINS))


def rows(column: str, values: Sequence[Any]) -> list[list[Any]]:
    """A row for each value of a column."""
    place = HEADER.index(column)
    return [[f"V{n}", *ROW[1:place], value, *ROW[place + 1 :]] for n, value in enumerate(values)]


def as_csv(path: Path, column: str, values: Sequence[Any]) -> None:
    lines = (",".join(f'"{cell}"' for cell in row) for row in [HEADER, *rows(column, values)])
    path.write_text("\n".join(lines) + "\n")


def as_xlsx(path: Path, column: str, values: Sequence[Any]) -> None:
    with xlsxwriter.Workbook(path) as book:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        sheet = book.add_worksheet()
        for n, cells in enumerate([HEADER, *rows(column, values)]):
            for c, cell in enumerate(cells):
                sheet.write(n, c, cell, day if isinstance(cell, datetime.date) else None)


def as_json(path: Path, column: str, values: Sequence[Any]) -> None:
    path.write_text("".join(json.dumps(dict(zip(HEADER, row, strict=True))) + "\n" for row in rows(column, values)))


def as_parquet(path: Path, column: str, values: Sequence[Any]) -> None:
    columns = dict(zip(HEADER, map(list, zip(*rows(column, values), strict=True)), strict=True))
    pyarrow.parquet.write_table(pa.table(columns), path)


def read(institute: Path) -> Records:
    raw = institute.parent / "raw"
    (raw / "reportes.csv").write_text(REPORTS)
    return records.read(load(institute), raw)["visitas"]


def refused(institute: Path) -> tuple[str, str]:
    """The rule of the only finding, and the rows that it names."""
    with pytest.raises(PipelineError) as stopped:
        read(institute)
    (finding,) = stopped.value.findings
    assert stopped.value.exit_code == 11
    assert finding.where == "visitas.csv"
    return finding.rule, dict(finding.facts)["rows"]


@pytest.fixture
def path(institute: Path) -> Path:
    """Where the visits are written, beside the institute."""
    (institute.parent / "raw").mkdir()
    return institute.parent / "raw" / "visitas.csv"


# dates -----------------------------------------------------------------------------------------------------------------

SHOWN = ["31/01/2025", "05/02/2025"]
AMERICAN = ["01/31/2025", "02/05/2025"]
SMALL = ["05/02/2025", "03-04-2025", "2/1/2025 10:30"]
TYPED = [datetime.date(2025, 1, 31), datetime.date(2025, 2, 5)]
CONVERTED = ["31/01/2025", datetime.date(2025, 5, 2), "13/02/2025"]
"""What Excel makes of 31/01, 05/02 and 13/02 where months come first."""


@pytest.mark.parametrize(
    ("form", "values", "months", "said"),
    [
        ("", SHOWN, ["2025-01", "2025-02"], "dates_as_shown"),
        (DAY_FIRST, SHOWN, ["2025-01", "2025-02"], "dates_as_stated"),
        (DAY_FIRST, SMALL, ["2025-02", "2025-04", "2025-01"], "dates_as_stated"),
        (MONTH_FIRST, AMERICAN, ["2025-01", "2025-02"], "dates_as_stated"),
        (MONTH_FIRST, SMALL, ["2025-05", "2025-03", "2025-02"], "dates_as_stated"),
        (MONTH_FIRST, ["1/31/2025 9:05 PM"], ["2025-01"], "dates_as_stated"),
        (
            "",
            ["31-01-2025 09:30", "22-11-2025 18:45"],
            ["2025-01", "2025-11"],
            "dates_as_shown",
        ),  # with the digits of a phone
        ("", ["2025-02-05", "2025/03/04", "2025-1", "02/2025"], ["2025-02", "2025-03", "2025-01", "2025-02"], ""),
        (YEAR_FIRST, ["2025-02-05", "02/2025"], ["2025-02", "2025-02"], ""),
        (DAY_FIRST, ["2025-02-05", "31/01/2025", "01/01/2025"], ["2025-02", "2025-01", "2025-01"], "dates_as_stated"),
        ("", ["04/04/2025"], ["2025-04"], ""),
        ("", ["99/05/2025", "31/01/2025"], ["99/05/2025", "2025-01"], "dates_as_shown"),
    ],
)
def test_dates_are_read_as_stated_or_as_the_file_shows_and_that_is_told(
    form: str, values: list[str], months: list[str], said: str, institute: Path, path: Path
) -> None:
    stated(institute, f"date_format: {form}" if form else "")
    as_csv(path, "mes", values)
    found = read(institute)
    assert frame(found)["mes"].tolist() == months
    assert [told.rule for _, told in found.read[0].said] == ([said] if said else [])


def test_dates_that_a_workbook_holds_as_dates_need_no_form(institute: Path, path: Path) -> None:
    stated(institute)
    as_xlsx(path, "mes", [*TYPED, "31/01/2025"])
    assert frame(read(institute))["mes"].tolist() == ["2025-01", "2025-02", "2025-01"]


@pytest.mark.parametrize(
    ("form", "values", "rule", "told"),
    [
        ("", SMALL, "dates_unclear", "2, 3, 4"),
        ("", ["04/04/2025", "03/04/2025"], "dates_unclear", "3"),
        ("", AMERICAN, "dates_month_first", "2"),
        ("", [*SHOWN, *SHOWN, *AMERICAN], "dates_two_orders", "6"),
        ("", [*AMERICAN, *AMERICAN, *SHOWN], "dates_two_orders", "6"),
        (DAY_FIRST, [*SHOWN, *AMERICAN], "dates_contradict", "4"),
        (MONTH_FIRST, [*SHOWN, *AMERICAN], "dates_contradict", "2"),
        (YEAR_FIRST, ["2025-01-31", "05/02/2025", "04/04/2025"], "dates_contradict", "3, 4"),
        ("", ["2025-13-01", "2025-02-05"], "dates_day_in_middle", "2"),
        ("", ["31/01/2025", "2025-05-02", "13/02/2025"], "dates_half_converted", "3"),
        (DAY_FIRST, ["31/01/2025", "2025-05-02", "13/02/2025"], "dates_half_converted", "3"),
    ],
)
def test_dates_that_are_a_guess_or_contradict_their_form_are_refused(
    form: str, values: list[str], rule: str, told: str, institute: Path, path: Path
) -> None:
    stated(institute, of_one=f"date_format: {form}" if form else "")
    as_csv(path, "mes", values)
    assert refused(institute) == (rule, told)


def test_dates_of_which_a_spreadsheet_took_the_day_for_the_month_are_refused(institute: Path, path: Path) -> None:
    stated(institute, f"date_format: {DAY_FIRST}")
    as_xlsx(path, "mes", CONVERTED)
    assert refused(institute) == ("dates_half_converted", "3")


def test_each_file_is_judged_by_itself_and_a_line_of_files_goes_before_all(institute: Path, path: Path) -> None:
    stated(institute, f"date_format: {DAY_FIRST}", f"date_format: {MONTH_FIRST}")
    as_csv(path, "mes", AMERICAN)
    assert frame(read(institute))["mes"].tolist() == ["2025-01", "2025-02"]
    as_csv(path.with_name("visitas-2.csv"), "mes", SHOWN)
    with pytest.raises(PipelineError) as stopped:
        read(institute)
    assert [(finding.where, finding.rule) for finding in stopped.value.findings] == [
        ("visitas-2.csv", "dates_contradict")
    ]


# hours -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2025-02-01T03:30:00Z", "2025-01"),
        ("2025-02-01T05:59:59.999Z", "2025-01"),
        ("2025-02-01T06:00Z", "2025-02"),
        ("2025-02-01 03:30:00+00:00", "2025-01"),
        ("2025-02-01T03:30:00+0000", "2025-01"),
        ("2025-01-31T23:30:00-06:00", "2025-01"),
        ("2025-01-31T23:30:00-08", "2025-02"),
        ("2025-02-01T11:30:00+05:30", "2025-02"),
        ("2025-02-01T11:29:00+05:30", "2025-01"),
        ("31/01/2025 11:30 p. m. GMT-6", "2025-01"),
        ("31/01/2025 11:30 p. m. UTC-7", "2025-02"),
        ("31/01/2025 11:30 PM MST", "2025-02"),
        ("01/02/2025 12:10 a.m. EST", "2025-01"),
        ("2025-01-31 24:00 CST", "2025-02"),
        ("2025-01-31 23:30", "2025-01"),
        ("2022-05-01T04:30:00Z", "2022-04"),  # in summer, as the clocks then were
        ("2025-01-31 10:30 CT", None),
        ("9999-12-31T23:30:00-12:00", None),
        ("2025-01-31T10:30+99", None),
    ],
)
def test_an_hour_of_a_stated_zone_becomes_that_of_the_office(written: str, expected: str | None) -> None:
    assert month(written, zone=ZoneInfo(MEXICO)) == expected


@pytest.mark.parametrize("write", [as_csv, as_xlsx, as_json])
def test_hours_with_a_zone_are_moved_or_refused(write: Any, institute: Path, path: Path) -> None:
    stated(institute)
    write(path, "mes", ["2025-02-01T03:30:00Z", "2025-01-31"])
    assert refused(institute)[0] == "zone_unclear"
    stated(institute, f"timezone: {MEXICO}")
    found = read(institute)
    assert frame(found)["mes"].tolist() == ["2025-01", "2025-01"]
    assert [(told.rule, dict(told.facts)) for _, told in found.read[0].said] == [("hours_moved", {"zone": MEXICO})]


def test_a_moment_of_parquet_keeps_its_zone_at_midnight_too(institute: Path, path: Path) -> None:
    midnight = datetime.datetime(2025, 2, 1, tzinfo=datetime.UTC)
    as_parquet(path, "mes", [midnight, midnight])
    stated(institute)
    assert refused(institute) == ("zone_unclear", "1, 2")
    stated(institute, f"timezone: {MEXICO}")
    assert frame(read(institute))["mes"].tolist() == ["2025-01", "2025-01"]


def test_hours_of_which_only_some_have_a_zone_are_refused(institute: Path, path: Path) -> None:
    stated(institute, f"timezone: {MEXICO}")
    as_csv(path, "mes", ["2025-02-01T03:30:00Z", "2025-02-01T03:30:00Z", "2025-02-01T03:30:00"])
    assert refused(institute) == ("zone_mixed", "4")
    as_csv(
        path, "mes", ["2025-02-01T03:30:00Z", "2025-02-01T00:00:00", "2025-02-01"]
    )  # midnight is a day without an hour
    assert frame(read(institute))["mes"].tolist() == ["2025-01", "2025-02", "2025-02"]


# numbers ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("decimal", "written", "expected"),
    [
        ("", "8500", "8500"),
        ("", "-8.5", "-8.5"),
        ("", "+8", "8"),
        ("", "1e3", "1e3"),
        ("", "8,500", None),
        ("", "8 500", None),
        (".", "8,500", "8500"),
        (".", "8,500.25", "8500.25"),
        (".", "1,234,567", "1234567"),
        (".", "8 500.5", "8500.5"),
        (".", "8.500", "8.500"),
        (".", "8,50", None),
        (".", "8.500,5", None),
        (".", "12,5", None),
        (",", "8,500", "8.500"),
        (",", "8.500", "8500"),
        (",", "8.500,25", "8500.25"),
        (",", "8\u00a0500,25", "8500.25"),
        (",", "8\u202f500", "8500"),
        (",", "12,5", "12.5"),
        (",", "12.5", None),
        (",", "8,500.25", None),
        ("", "inf", None),
        ("", "nan", None),
        ("", "1_000", None),
        ("", "٣", None),
        ("", ".", None),
        (",", "", None),
    ],
)
def test_a_number_means_what_its_form_says(decimal: str, written: str, expected: str | None) -> None:
    assert number(written, decimal) == expected


@pytest.mark.parametrize(
    ("decimal", "values", "codes", "said"),
    [
        ("", ["3000", "8500", "5000"], ["adulta", "mayor", "adulta"], ""),
        ("", ["8500.50", "8.5", "8.500"], ["mayor", "adulta", "adulta"], "numbers_as_usual"),
        ("", ["0.125"], ["adulta"], "numbers_as_usual"),
        (".", ["3000", "8,500", "8,500.50"], ["adulta", "mayor", "mayor"], "numbers_as_stated"),
        (",", ["3000", "8,500", "8.500"], ["adulta", "adulta", "mayor"], "numbers_as_stated"),
        ("", ["17,5", "3000"], ["adulta", "adulta"], ""),  # which sources.yaml names
        ("", ["ochenta", "inf", "1/2", "1e400"], ["no_especificado"] * 4, ""),
    ],
)
def test_numbers_are_read_as_stated_and_that_is_told(
    decimal: str, values: list[str], codes: list[str], said: str, institute: Path, path: Path
) -> None:
    stated(institute, f'decimal: "{decimal}"' if decimal else "")
    as_csv(path, "edad", values)
    found = read(institute)
    assert frame(found)["edad"].tolist() == codes
    assert [told.rule for _, told in found.read[0].said] == ([said] if said else [])


@pytest.mark.parametrize(
    ("decimal", "values", "rule", "told"),
    [
        ("", ["3000", "8,500"], "decimal_unclear", "3"),
        ("", ["29,5"], "decimal_unclear", "2"),
        ("", ["3000", "8.500", "9.500"], "decimal_unclear", "3, 4"),
        ("", ["8.500", "1.234.567"], "decimal_unclear", "3"),
        ("", ["8 500"], "decimal_unclear", "2"),
        ("", ["8,500.50"], "decimal_unclear", "2"),
        (".", ["8,500", "12,5"], "decimal_contradicts", "3"),
        (",", ["8.500", "12.5"], "decimal_contradicts", "3"),
        (",", ["8,500.50"], "decimal_contradicts", "2"),
    ],
)
@pytest.mark.parametrize("write", [as_csv, as_xlsx])
def test_numbers_that_are_a_guess_or_contradict_their_form_are_refused(
    write: Any, decimal: str, values: list[str], rule: str, told: str, institute: Path, path: Path
) -> None:
    """Even where sources.yaml foresees a code for what nothing matches."""
    stated(institute, f'decimal: "{decimal}"' if decimal else "")
    write(path, "edad", values)
    assert refused(institute) == (rule, told)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["8.500", "9.500"], ("decimal_unclear", "2, 3")),
        (["8,500"], ("decimal_unclear", "2")),
        (["12", "8 500"], ("decimal_unclear", "3")),
        (["12", "1.234.567"], ("decimal_unclear", "3")),
        (["8.5", "8.500"], None),
        (["0.125", "12"], None),
    ],
)
@pytest.mark.parametrize("type_", ["integer", "number"])
def test_a_number_that_nothing_groups_or_adds_up_is_no_guess_either(
    type_: str, values: list[str], expected: tuple[str, str] | None, institute: Path, path: Path
) -> None:
    contract = institute / "records.package.yaml"
    before = "name: hijas, type: integer, constraints: {minimum: 0, maximum: 20}"
    contract.write_text(contract.read_text().replace(before, f"name: hijas, type: {type_}"))
    as_csv(path, "hijas", values)
    if expected:
        assert refused(institute) == expected
    else:
        assert frame(read(institute))["hijas"].tolist() == values


@pytest.mark.parametrize(
    ("decimal", "values", "read_as"),
    [
        (".", ["3.0", "8", "12.00", "2.5"], ["3", "8", "12", "2.5"]),
        (",", ["3,0", "8,", "+1.200,00"], ["3", "8", "1200"]),
        ("", ["3.0", "8"], ["3.0", "8"]),
    ],
)
def test_a_whole_number_with_decimals_that_are_zeros_is_whole_where_their_sign_is_stated(
    decimal: str, values: list[str], read_as: list[str], institute: Path, path: Path
) -> None:
    stated(institute, f'decimal: "{decimal}"' if decimal else "")
    as_csv(path, "hijas", values)
    assert frame(read(institute))["hijas"].tolist() == read_as


@pytest.mark.parametrize("decimal", ["", ".", ","])
@pytest.mark.parametrize("write", [as_xlsx, as_json, as_parquet])
def test_a_cell_that_is_a_number_is_that_number_whatever_sign_texts_have(
    write: Any, decimal: str, institute: Path, path: Path
) -> None:
    stated(institute, f'decimal: "{decimal}"' if decimal else "")
    write(path, "edad", [8.125, 1234.5, 5000.0, 8500.125])
    assert frame(read(institute))["edad"].tolist() == ["adulta", "adulta", "adulta", "mayor"]


def test_thousands_of_a_column_of_numbers(institute: Path, path: Path) -> None:
    stated(institute, 'decimal: "."')
    as_csv(path, "hijas", ["1,234", "12"])
    assert frame(read(institute))["hijas"].tolist() == ["1234", "12"]
    as_csv(path, "hijas", ["1,234", "1,2"])
    assert refused(institute) == ("decimal_contradicts", "3")


def test_numbers_that_are_added_up_are_no_guess_either(institute: Path, path: Path) -> None:
    """Thousands, as «1.250» people who attended."""
    stated(institute)
    contract = institute / "records.package.yaml"
    before = "name: hijas, type: integer, constraints: {minimum: 0, maximum: 20}"
    after = contract.read_text().replace(before, "name: hijas, type: integer")
    contract.write_text(after.replace("persons: mujeres\n", "persons: mujeres\n      sums: {hijas: [hijas]}\n"))
    assert before not in after
    as_csv(path, "hijas", ["12", "1.250"])
    assert refused(institute) == ("decimal_unclear", "3")
    as_csv(path, "hijas", ["12", "1,250"])
    assert refused(institute) == ("decimal_unclear", "3")
    stated(institute, 'decimal: "."')
    assert frame(read(institute))["hijas"].tolist() == ["12", "1250"]


@pytest.mark.parametrize(
    ("value", "decimal", "written"),
    [
        (1.0, "", "1"),
        (Decimal("1.0"), "", "1"),
        (Decimal("8500.50"), ",", "8500,50"),
        (8.125, "", "8.1250"),
        (8.125, ",", "8,1250"),
        (-0.0, "", "0"),
        (1e300, ",", "1e+300"),
        (Decimal("1E+400"), "", "1E+400"),
        (Decimal("NaN"), "", ""),
        (float("inf"), "", "inf"),
        (datetime.datetime(2025, 2, 1, tzinfo=datetime.UTC), "", "2025-02-01T00:00:00+00:00"),
    ],
)
def test_a_number_and_a_moment_become_text_that_cannot_be_misread(value: object, decimal: str, written: str) -> None:
    assert text(value, decimal) == written


@pytest.mark.parametrize("number_written", ["1", "1.0", "1e0", "1.00"])
def test_a_code_that_json_writes_with_decimals_is_that_code(number_written: str, institute: Path, path: Path) -> None:
    """As pandas writes a column of whole numbers with gaps; XLSX, Parquet and databases give the same."""
    stated(institute)
    as_json(path, "hijas", ["@", None])
    path.write_text(path.read_text().replace('"@"', number_written))
    assert frame(read(institute))["hijas"].tolist() == ["1", ""]


# sources.yaml ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("for_all", [True, False])
@pytest.mark.parametrize(
    ("written", "rule"),
    [
        ("timezone: America/Chihuahuita", "unknown_timezone"),
        ("timezone: America", "unknown_timezone"),
        ("timezone: ../etc/passwd", "unknown_timezone"),
        ("date_format: dd-mm-yy", "not_one_of"),
        ("decimal: ;", "not_one_of"),
    ],
)
def test_a_form_that_there_is_not_is_told_when_the_folder_is_read(
    for_all: bool, written: str, rule: str, institute: Path
) -> None:
    stated(institute, written if for_all else "", "" if for_all else written)
    with pytest.raises(PipelineError) as stopped:
        load(institute)
    assert stopped.value.exit_code == 10
    assert {finding.rule for finding in stopped.value.findings} == {rule}


def test_quarantine_sets_no_date_aside_that_shows_the_form_of_the_others(
    institute: Path, path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stated(institute)
    as_csv(path, "mes", AMERICAN)
    (path.parent / "reportes.csv").write_text(REPORTS)
    given = ["--institute", str(institute), "--raw", str(path.parent), "--published", str(tmp_path / "out")]
    assert main(["publish", *given, "--quarantine", "0.9", "--effort", "quick"]) == 11
    assert "date_format: MM/DD/AAAA" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_in_what_form_a_file_was_read_is_told(institute: Path, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stated(institute, f"timezone: {MEXICO}")
    as_csv(path, "mes", [*SHOWN, "2025-02-01T03:30:00Z"])
    (path.parent / "reportes.csv").write_text(REPORTS.replace("V1", "V0"))
    main(
        ["check", "--institute", str(institute), "--raw", str(path.parent)]
    )  # these few lack months, which is told after
    told = capsys.readouterr().out
    assert "  mes: fechas leídas como DD/MM/AAAA: hay días mayores de 12" in told
    assert f"  mes: horas con zona pasadas a la de {MEXICO}" in told
