"""Every figure is what the office has: the same records in many forms of file are published, and each figure that is shown is
counted again from the records by other means.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import sqlite3
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import duckdb
import pyarrow as pa
import pyarrow.parquet
import pytest
import xlsxwriter
import xlwt
import yaml

from pipeline.cli.main import main

Rows = Sequence[Mapping[str, str]]
Written = Mapping[str, Any]
"""What sources.yaml says of the visits beyond what it said."""
HOME = timezone(timedelta(hours=-6))
BOOLEANS = ("violencia_fisica", "violencia_psicologica")
LABELS = {
    "legal": "Legal",
    "social": "Social",
    "asesoria": "ASESORIA",
    "juicio": "juicio",
    "escucha": "Escucha",
    "taller": "Taller",
}
MONTHS = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "setiembre",
    "octubre",
    "noviembre",
    "diciembre",
]


def truth(raw: Path) -> list[dict[str, str]]:
    """The visits as plain words, each answer spelled in one way."""
    rows = list(csv.DictReader((raw / "visitas.csv").read_text(encoding="utf-8").splitlines()))
    for row in rows:
        row["edad"] = {"": "no_especificado", "60 y mas": "mayor"}.get(row["edad"], row["edad"])
        row["lengua"] = row["lengua"] or "no_especificado"
        row.update({name: "Sí" if row[name].casefold() in ("sí", "si") else "No" for name in BOOLEANS})
    return rows


# the forms ------------------------------------------------------------------------------------------------------------


def mapped(rows: Rows, **changed: Callable[[Mapping[str, str]], Any]) -> list[dict[str, Any]]:
    """The rows with columns made anew."""
    return [{**row, **{name: make(row) for name, make in changed.items()}} for row in rows]


def without(rows: Iterable[Mapping[str, Any]], *names: str) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if name not in names} for row in rows]


def delimited(
    rows: Rows, sign: str = ",", end: str = "\n", quoting: int = csv.QUOTE_MINIMAL, header: Sequence[str] = ()
) -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=sign, lineterminator=end, quoting=quoting)  # type: ignore[arg-type]
    writer.writerows([header or list(rows[0]), *(list(row.values()) for row in rows)])
    return text.getvalue()


def on(row: Mapping[str, str]) -> date:
    return date.fromisoformat(row["mes"])


def typed(row: Mapping[str, str]) -> dict[str, Any]:
    """Values of their own types: a date, numbers, yes and no, nothing."""
    return {
        **row,
        "mes": on(row),
        "hijas": int(row["hijas"]) if row["hijas"] else None,
        "edad": None if row["edad"] == "no_especificado" else row["edad"],
        **{name: row[name] == "Sí" for name in BOOLEANS},
    }


def text_file(raw: Path, rows: Rows, encoding: str = "utf-8", **how: Any) -> Written:
    (raw / "visitas.csv").write_bytes(delimited(rows, **how).encode(encoding))
    return {}


def big_ends(raw: Path, rows: Rows) -> Written:
    (raw / "visitas.csv").write_bytes(b"\xfe\xff" + delimited(rows, "\t").encode("utf-16-be"))
    return {}


def stated(encoding: str, sign: str, raw: Path, rows: Rows) -> Written:
    text_file(raw, mapped(rows, edad=lambda row: row["edad"].replace("mayor", "60 y más")), encoding, sign=sign)
    return {
        "files": [{"pattern": "visitas.csv", "encoding": encoding, "delimiter": sign}],
        "recode": {"edad": {"aliases": {"60 y más": "mayor"}}},
    }


def zipped(raw: Path, rows: Rows) -> Written:
    (raw / "visitas.csv").unlink()
    (raw / "visitas.csv.gz").write_bytes(gzip.compress(delimited(rows).encode()))
    return {"files": ["visitas.csv.gz"]}


def with_texts(raw: Path, rows: Rows) -> Written:
    """A column of free text that is dropped, with line breaks, quotes and signs in it."""
    notes = ['dijo "no"\nvolverá', "a, b; c", "=1+1", "", "\n\n", "ñ\ttab"]
    return text_file(raw, [{**row, "observaciones": notes[n % len(notes)]} for n, row in enumerate(rows)])


def upside_down(raw: Path, rows: Rows) -> Written:
    return text_file(raw, [dict(reversed(list(row.items()))) for row in reversed(rows)])


def other_headers(raw: Path, rows: Rows) -> Written:
    text_file(raw, rows, header=["Registro", "CLAVE ", "Fecha de atención", *list(rows[0])[3:]])
    return {"rename": {"Registro": "visita_id", "Fecha de atención": "mes"}}


def loud_headers(raw: Path, rows: Rows) -> Written:
    return text_file(raw, rows, header=[f" {name.upper().replace('_', ' ')}" for name in rows[0]])


def blank_rows(raw: Path, rows: Rows) -> Written:
    (raw / "visitas.csv").write_text(f"{delimited(rows)}\n\n", encoding="utf-8")
    return {}


def labels(raw: Path, rows: Rows) -> Written:
    text_file(
        raw, mapped(rows, area=lambda row: f" {LABELS[row['area']]} ", servicio=lambda row: LABELS[row["servicio"]])
    )
    return {"recode": {"area": {}, "servicio": {}}}


def dated(form: Callable[[date], Any], raw: Path, rows: Rows, **more: Any) -> Written:
    text_file(raw, mapped(rows, mes=lambda row: form(on(row))))
    return more


def hours(zone: timezone | None, raw: Path, rows: Rows) -> Written:
    """Evenings: of an hour of UTC the day, and sometimes the month, is the next one."""

    def moment(row: Mapping[str, str]) -> str:
        return datetime.combine(on(row), time(21), HOME).astimezone(zone).isoformat()

    text_file(raw, mapped(rows, mes=moment))
    return {"timezone": "America/Mexico_City"}


def two_columns(raw: Path, rows: Rows) -> Written:
    apart = mapped(rows, Año=lambda row: row["mes"][:4], Mes=lambda row: MONTHS[on(row).month - 1].title())
    text_file(raw, without(apart, "mes"))
    return {"join": {"mes": ["Año", "Mes"]}}


def numbers(form: Callable[[int], str], raw: Path, rows: Rows, **more: Any) -> Written:
    text_file(raw, mapped(rows, hijas=lambda row: form(int(row["hijas"])) if row["hijas"] else ""), sign=";")
    return more


def answers(raw: Path, rows: Rows) -> Written:
    words = {"violencia_fisica": "Física", "violencia_psicologica": "Psicológica"}
    told = mapped(
        rows, Tipos=lambda row: "; ".join(word for name, word in words.items() if row[name] == "Sí") or "Ninguna"
    )
    text_file(raw, without(told, *BOOLEANS))
    columns = {word: name for name, word in words.items()}
    return {
        "answers": {"Tipos": {"separator": ";", "columns": columns, "none": ["ninguna"]}},
        "recode": dict.fromkeys(BOOLEANS),
    }


def marks(yes: str, no: str, raw: Path, rows: Rows) -> Written:
    text_file(raw, [{**row, **{name: yes if row[name] == "Sí" else no for name in BOOLEANS}} for row in rows])
    return {"recode": {name: {"yes_no": True, "empty": "false"} for name in BOOLEANS}} if not no else {}


def years(raw: Path, rows: Rows) -> Written:
    ages = {"joven": ["15", "29", "22.0"], "adulta": ["30", "59"], "mayor": ["60", "103"], "no_especificado": [""]}
    text_file(raw, [{**row, "edad": ages[row["edad"]][n % len(ages[row["edad"]])]} for n, row in enumerate(rows)])
    bins = [
        {"code": "joven", "from": 0, "to": 29},
        {"code": "adulta", "from": 30, "to": 59},
        {"code": "mayor", "from": 60, "to": 120},
    ]
    return {"recode": {"edad": {"empty": "no_especificado", "bins": bins}}}


def looked_up(raw: Path, rows: Rows) -> Written:
    text_file(raw, without(mapped(rows, Sede=lambda row: {"legal": "01", "social": "2"}[row["area"]]), "area"))
    (raw / "sedes.csv").write_text("Clave,Nombre,Área\n1,Norte,legal\n2,Sur,social\n", encoding="utf-8")
    return {"lookup": {"area": {"key": "Sede", "file": "sedes.csv", "match": "Clave", "value": "Área"}}}


def by_month(raw: Path, rows: Rows) -> Written:
    """A folder with a file for each month, the older ones with another header and another order of dates."""
    (raw / "visitas.csv").unlink()
    (raw / "2025").mkdir()
    for month in range(1, 13):
        some: Rows = [row for row in rows if on(row).month == month]
        if month < 4:
            some = mapped(some, mes=lambda row: on(row).strftime("%m/%d/%Y"))
        header = ["Visita", *list(rows[0])[1:]] if month < 4 else []
        (raw / "2025" / f"{month:02d}.csv").write_text(delimited(some, header=header), encoding="utf-8")
    old = {"pattern": "2025/0[1-3].csv", "rename": {"Visita": "visita_id"}, "date_format": "MM/DD/AAAA"}
    return {"files": [old, "2025/*.csv"]}


def lacking(raw: Path, rows: Rows) -> Written:
    """Two files, one of which has none of a column that says nothing in it."""
    mute = [row for row in rows if row["lengua"] == "no_especificado"]
    (raw / "visitas.csv").write_text(delimited([row for row in rows if row not in mute]), encoding="utf-8")
    (raw / "visitas_2.csv").write_text(delimited(without(mute, "lengua")), encoding="utf-8")
    return {"files": [{"pattern": "visitas_2.csv", "absent": {"lengua": "no_especificado"}}, "visitas.csv"]}


def lines(raw: Path, rows: Rows, *, plain: bool = False, packed: bool = False, encoding: str = "utf-8") -> Written:
    (raw / "visitas.csv").unlink()
    objects = [dict(row) if plain else {k: v for k, v in typed(row).items() if v is not None} for row in rows]
    data = "".join(json.dumps(each, default=str, ensure_ascii=False) + "\n" for each in objects).encode(encoding)
    (raw / "visitas.jsonl").write_bytes(gzip.compress(data) if packed else data)
    return {"files": ["visitas.jsonl"]}


def parquet(raw: Path, rows: Rows, change: Callable[[pa.Table], pa.Table] = lambda table: table) -> Written:
    (raw / "visitas.csv").unlink()
    pyarrow.parquet.write_table(change(pa.Table.from_pylist([typed(row) for row in rows])), raw / "visitas.parquet")
    return {"files": ["visitas.parquet"]}


def stamps(table: pa.Table) -> pa.Table:
    return table.set_column(2, "mes", table["mes"].cast(pa.timestamp("ns"))).set_column(
        9, "hijas", table["hijas"].cast(pa.float32())
    )


def shared_words(table: pa.Table) -> pa.Table:
    for name in ("area", "servicio", "edad", "lengua"):
        table = table.set_column(table.column_names.index(name), name, table[name].dictionary_encode())
    return table


def book(
    raw: Path, rows: Rows, *, above: int = 0, by_sheet: bool = False, formulas: bool = False, plain: bool = False
) -> Written:
    """A workbook: dates are days of its calendar, yes and no its own, or all is text."""
    (raw / "visitas.csv").unlink()
    with xlsxwriter.Workbook(raw / "visitas.xlsx") as made:
        style = made.add_format({"num_format": "dd/mm/yyyy"})
        months = range(1, 13) if by_sheet else [0]
        for month in months:
            sheet = made.add_worksheet(MONTHS[month - 1] if month else "Registro")
            if above:
                sheet.merge_range(0, 0, 0, 4, "Registro de visitas")
            some = [row for row in rows if not month or on(row).month == month]
            for at, row in enumerate([dict(zip(rows[0], rows[0], strict=True)), *some], start=above):
                cells = row if plain or at == above else typed(row)
                for place, value in enumerate(cells.values()):
                    if formulas and isinstance(value, int) and not isinstance(value, bool):
                        sheet.write_formula(at, place, f"={value}+0", None, value or "0")
                    elif value is not None:
                        sheet.write(at, place, value, *([style] if isinstance(value, date) else []))
    if by_sheet:
        return {"files": [{"pattern": "visitas.xlsx", "sheet": MONTHS[month - 1]} for month in months]}
    return {"files": [{"pattern": "visitas.xlsx", "sheet": "Registro", "header": above + 1}]}


def old_book(raw: Path, rows: Rows) -> Written:
    (raw / "visitas.csv").unlink()
    made = xlwt.Workbook()
    sheet, style = made.add_sheet("Registro"), xlwt.easyxf(num_format_str="DD/MM/YYYY")
    for at, row in enumerate([dict(zip(rows[0], rows[0], strict=True)), *map(typed, rows)]):
        for place, value in enumerate(row.values()):
            if value is not None:
                sheet.write(at, place, value, *([style] if isinstance(value, date) else []))
    made.save(str(raw / "visitas.xls"))
    return {"files": ["visitas.xls"]}


def open_book(raw: Path, rows: Rows) -> Written:
    """An ODS as LibreOffice writes it; rows that are alike stand once with how often."""
    (raw / "visitas.csv").unlink()

    def cell(value: Any) -> str:
        kind = {bool: "boolean", int: "float", date: "date"}.get(type(value))
        if value is None:
            return "<table:table-cell/>"
        if not kind:
            return f'<table:table-cell office:value-type="string"><text:p>{escape(value)}</text:p></table:table-cell>'
        name = {"float": "value"}.get(kind, f"{kind}-value")
        told = str(value).lower()
        return f'<table:table-cell office:value-type="{kind}" office:{name}="{told}"><text:p>{told}</text:p></table:table-cell>'

    head = dict(zip(rows[0], rows[0], strict=True))
    body = "".join(
        f"<table:table-row>{''.join(map(cell, row.values()))}</table:table-row>" for row in [head, *map(typed, rows)]
    )
    names = " ".join(f'xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"' for n in ("office", "table", "text"))
    with zipfile.ZipFile(raw / "visitas.ods", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
        archive.writestr(
            "content.xml",
            f'<?xml version="1.0"?><office:document-content {names}><office:body><office:spreadsheet>'
            f'<table:table table:name="Registro">{body}</table:table></office:spreadsheet></office:body></office:document-content>',
        )
    return {"files": ["visitas.ods"]}


def lite(raw: Path, rows: Rows, query: str = "") -> Written:
    (raw / "visitas.csv").unlink()
    with sqlite3.connect(raw / "casa.db") as base:
        base.execute(f"create table visitas ({', '.join(rows[0])}, nombre)")
        base.executemany(
            f"insert into visitas values ({', '.join('?' * len(rows[0]))}, 'nadie')", [[*row.values()] for row in rows]
        )
    base.close()
    asked = query or "select " + ", ".join(rows[0]) + " from visitas"
    return {"files": [{"url": "sqlite:///casa.db", "query": asked}]}


def duck(raw: Path, rows: Rows, *, replaced: str = "", order: str = "", **more: Any) -> Written:
    """A table of a file of DuckDB, some columns of which have other types."""
    made = pa.Table.from_pylist(list(rows))
    with duckdb.connect(raw / "casa.duckdb") as base:
        base.register("made", made)
        base.execute(
            f"create table visitas as select * {f'replace ({replaced})' if replaced else ''} from made {order}"
        )
    (raw / "visitas.csv").unlink()
    return {"files": [{"url": "duckdb:///casa.duckdb", "table": "visitas", **more}]}


FORMS: dict[str, Callable[[Path, Rows], Written]] = {
    "UTF-8": text_file,
    "UTF-8 with its mark": partial(text_file, encoding="utf-8-sig"),
    "UTF-16 of little ends, tabs": partial(text_file, encoding="utf-16", sign="\t"),
    "UTF-16 of big ends with its mark": big_ends,
    "Windows and semicolons": partial(text_file, encoding="cp1252", sign=";", end="\r\n"),
    "Windows as stated": partial(stated, "cp1252", ";"),
    "Latin 1 and tabs as stated": partial(stated, "latin-1", "\t"),
    "old Macintosh as stated": partial(stated, "mac-roman", ","),
    "bars": partial(text_file, sign="|"),
    "every cell in quotes": partial(text_file, quoting=csv.QUOTE_ALL, end="\r\n"),
    "lines that end as on old Macintoshes": partial(text_file, end="\r"),
    "a packed file": zipped,
    "free text of several lines": with_texts,
    "columns and rows upside down": upside_down,
    "headers of the office's own": other_headers,
    "headers in capitals": loud_headers,
    "blank lines at the end": blank_rows,
    "labels for codes": labels,
    "days first": partial(dated, lambda day: day.strftime("%d/%m/%Y")),
    "days first with dashes and an hour": partial(dated, lambda day: day.strftime("%d-%m-%Y 09:30")),
    "months first": partial(dated, lambda day: day.strftime("%m/%d/%Y"), date_format="MM/DD/AAAA"),
    "months alone": partial(dated, lambda day: day.strftime("%m/%Y")),
    "months by name": partial(dated, lambda day: f"{MONTHS[day.month - 1]} de {day.year}"),
    "hours of the office": partial(hours, HOME),
    "hours of UTC": partial(hours, UTC),
    "hours of the other side of the world": partial(hours, timezone(timedelta(hours=13))),
    "year and month apart": two_columns,
    "numbers with a point": partial(numbers, lambda n: f"{n}.0", decimal="."),
    "numbers with a comma": partial(numbers, lambda n: f"{n},00", decimal=","),
    "several answers in a cell": answers,
    "ones and zeros": partial(marks, "1", "0"),
    "marks and nothing": partial(marks, "x", ""),
    "ages in years": years,
    "a column of another file": looked_up,
    "a file for each month": by_month,
    "a file that lacks a column": lacking,
    "JSON Lines": lines,
    "JSON Lines, all text": partial(lines, plain=True),
    "JSON Lines, packed": partial(lines, packed=True),
    "JSON Lines in UTF-16": partial(lines, encoding="utf-16"),
    "Parquet": parquet,
    "Parquet of hours and decimals": partial(parquet, change=stamps),
    "Parquet of shared words": partial(parquet, change=shared_words),
    "XLSX": book,
    "XLSX, all text": partial(book, plain=True),
    "XLSX below a title": partial(book, above=3),
    "XLSX with a sheet for each month": partial(book, by_sheet=True),
    "XLSX of formulas": partial(book, formulas=True),
    "XLS": old_book,
    "ODS": open_book,
    "SQLite": lite,
    "SQLite, rows in another order": partial(lite, query="select visita_id, clave, mes, area, servicio, edad, lengua, violencia_fisica, violencia_psicologica, hijas from visitas order by hijas, clave"),
    "DuckDB": duck,
    "DuckDB of dates and numbers": partial(duck, replaced="mes::date as mes, hijas::hugeint as hijas, (violencia_fisica = 'Sí') as violencia_fisica"),
    "DuckDB of hours of a zone": partial(duck, replaced="(mes || ' 21:00:00-06')::timestamptz as mes, hijas::decimal(9, 3) as hijas", timezone="America/Mexico_City"),
    "DuckDB in another order": partial(duck, order="order by clave"),
}  # fmt: skip
"""Each writes the visits into a folder that has them in visitas.csv, and tells what sources.yaml must say."""


# what is published ----------------------------------------------------------------------------------------------------


def counted(row: Mapping[str, str], visits: Rows, reports: Rows) -> Mapping[str, int]:
    """What a row of a published table should say, counted from the records."""
    where = {name: code for name, code in row.items() if code != "_T"}

    def within(record: Mapping[str, str], month: str, quarter: str) -> bool:
        period = where["periodo"]
        return period in (month[:4], month, quarter) and all(
            record.get(f"violencia_{code}") == "Sí"
            if name == "tipo"
            else code in (record[name], record["area"] if name == "servicio" else "")
            for name, code in where.items()
            if name not in ("periodo", *MEASURES, "obs_status", "conf_status")
        )

    if "reportes" in row:
        return {"reportes": sum(within(r, r["trimestre"], r["trimestre"]) for r in reports)}
    some = [v for v in visits if within(v, v["mes"][:7], f"{v['mes'][:4]}-T{(on(v).month + 2) // 3}")]
    asked = [name for name in BOOLEANS if "tipo" not in where or name.endswith(where["tipo"])]
    return {
        "visitas": len(some),
        "mujeres": len({v["clave"] for v in some}),
        "menciones": sum(v[name] == "Sí" for v in some for name in asked),
    }


QUICK = ("Windows and semicolons", "hours of UTC", "XLSX", "DuckDB of hours of a zone")
"""Forms that every run of the tests tries."""
MEASURES = ("visitas", "mujeres", "menciones", "reportes")


@pytest.mark.usefixtures("remembering")
@pytest.mark.parametrize(
    "form", [pytest.param(form, marks=() if form in QUICK else pytest.mark.slow) for form in FORMS]
)
def test_what_is_published_is_what_the_office_has(
    form: str, institute: Path, raw: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    visits = truth(raw)
    reports = list(csv.DictReader((raw / "reportes.csv").read_text(encoding="utf-8").splitlines()))
    more = FORMS[form](raw, visits)
    sources = yaml.safe_load((institute / "sources.yaml").read_text())
    recode = {**sources["visitas"]["recode"], **more.get("recode", {})}
    sources["visitas"] |= {**more, "recode": {name: rule for name, rule in recode.items() if rule is not None}}
    (institute / "sources.yaml").write_text(yaml.safe_dump(sources, allow_unicode=True), encoding="utf-8")
    folders = ["--institute", str(institute), "--raw", str(raw), "--published", str(tmp_path / "publicado")]
    assert main(["publish", *folders, "--edition", "2025-T4", "--quiet"]) == 0, capsys.readouterr().err
    shown = 0
    for table in sorted((tmp_path / "publicado" / "2025-T4" / "tables").glob("*.csv")):
        for row in csv.DictReader(table.read_text(encoding="utf-8").splitlines()):
            right = counted(row, visits, reports)
            for measure in MEASURES:
                if row.get(measure):
                    assert int(row[measure]) == right[measure], (table.name, row)
                    shown += 1
    assert shown > 100
