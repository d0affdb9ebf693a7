"""`celosia infer`: an office's own files become a folder that holds, and nothing rare and nobody's name is written in it."""

from __future__ import annotations

import contextlib
import csv
import io
import itertools
import random
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import xlsxwriter

from pipeline.cli.errors import MESSAGES
from pipeline.cli.main import main
from pipeline.confidential.profiling.names import is_name
from pipeline.confidential.profiling.profile import profiles
from pipeline.confidential.storage.workspace import Store
from pipeline.institute.load import load
from pipeline.institute.plan import Plan
from pipeline.model.findings import PipelineError
from pipeline.scaffold.groups import groups
from pipeline.scaffold.library import Answers
from pipeline.scaffold.profile import Profile, Trait, Value
from pipeline.wording import agreement, texts
from pipeline.wording.accents import accented
from pipeline.workflows import infer
from pipeline.workflows.check import check
from tests.conftest import silent

WORDS = texts.load(MESSAGES, ("es", "en"))
ROWS = 900
MUNICIPIOS = ("Oaxaca de Juárez", "Juchitán", "Salina Cruz", "San Juan Bautista Tuxtepec")
RARE = ("Vende tamales frente al mercado", "María Hernández López")


def days(count: int, first: int = 2023) -> Iterator[str]:
    """Dates day first, spread over two years in order."""
    for number in range(count):
        month = number * 24 // count
        yield f"{number % 28 + 1:02d}/{month % 12 + 1:02d}/{first + month // 12}"


def attentions(count: int = ROWS, seed: int = 1) -> tuple[list[str], list[list[str]]]:
    """A sheet of attentions as an office in Oaxaca may keep it."""
    deal = random.Random(seed)
    header = ["Folio", "Nombre completo", "Fecha de atención", "Clave usuaria", "Edad", "Municipio", "Servicio", "Violencia física",
              "Violencia psicológica", "Violencia sexual", "Observaciones", "Psicóloga"]  # fmt: skip
    rows = []
    for number, day in enumerate(days(count)):
        service = deal.choice(
            ["Asesoría jurídica", "ASESORIA JURIDICA", "Asesoría  jurídica ", "Psicología", "psicologia", "Psicología."]
        )
        if number in (10, 400):
            service = RARE[number // 400]
        rows.append([
            f"EXP/{number}/2023", f"{deal.choice(['Rosa', 'Ana', 'Luz'])} {deal.choice(['Pérez', 'López'])}", day,
            f"k{deal.randrange(300):05x}", deal.choice(["", str(deal.randrange(15, 80)), f"{deal.randrange(18, 60)}.0", "127"]),
            deal.choice(MUNICIPIOS), service, *(deal.choice(["Sí", "SI", "No", "no"]) for _ in range(3)),
            f"Comenta que su vecino {number}", "Mtra. Carmen Ruiz",
        ])  # fmt: skip
    return header, rows


def calls(count: int = ROWS) -> tuple[list[str], list[list[str]]]:
    """A sheet whose month stands in two columns, and which has several answers in a cell."""
    deal = random.Random(2)
    months = [
        "Enero",
        "Febrero",
        "Marzo",
        "Abril",
        "Mayo",
        "Junio",
        "Julio",
        "Agosto",
        "Septiembre",
        "Octubre",
        "Noviembre",
        "Diciembre",
    ]
    rows = []
    for number in range(count):
        month = number * 24 // count
        topics = deal.sample(["Custodia", "Pensión", "Divorcio"], deal.choice([1, 1, 2]))
        rows.append(
            [
                str(2023 + month // 12),
                months[month % 12],
                deal.choice(["Teléfono", "Chat", "Correo postal"]),
                "; ".join(topics),
            ]
        )
    return ["Año", "Mes", "Canal", "Temas"], rows


def workshops(count: int = 300) -> tuple[list[str], list[list[str]]]:
    deal = random.Random(3)
    return ["Fecha", "Tipo de actividad", "Asistentes"], [
        [day, deal.choice(["Taller", "Plática"]), str(deal.randrange(8, 40))] for day in days(count)
    ]


def book(path: Path, *, titled: bool = True) -> Path:
    """A workbook of three sheets: one with titles above its header and a total below."""
    with xlsxwriter.Workbook(path) as made:
        for name, (header, rows), top in (
            ("Atenciones", attentions(), 3 if titled else 0),
            ("Llamadas", calls(), 0),
            ("Talleres", workshops(), 0),
        ):
            sheet = made.add_worksheet(name)
            if top:
                sheet.write(0, 0, "Secretaría de las Mujeres: padrón de atenciones 2023 y 2024")
                sheet.write(1, 0, "Impreso el 3 de enero de 2025")
            for number, row in enumerate([header, *rows]):
                sheet.write_row(top + number, 0, row)
            if top:
                sheet.write(top + len(rows) + 1, 0, "Total")
    return path


def text(folder: Path) -> str:
    """All that a folder says."""
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*")) if path.is_file())


def written(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]], encoding: str = "utf-8") -> Path:
    stream = io.StringIO()
    csv.writer(stream).writerows([header, *rows])
    path.write_text(stream.getvalue(), encoding=encoding, newline="")
    return path


def trait(profile: Profile, header: str) -> Trait:
    return next(each for each in profile.traits if header in each.headers)


@pytest.fixture(scope="module")
def oaxaca(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The folder of records and the folder that is made of them."""
    raw, folder = tmp_path_factory.mktemp("raw"), tmp_path_factory.mktemp("made") / "institute"
    infer.infer([book(raw / "padron.xlsx")], folder, Answers("Secretaría de las Mujeres de Oaxaca", ""), WORDS["es"])
    return raw, folder


@pytest.fixture(scope="module")
def plan(oaxaca: tuple[Path, Path]) -> Plan:
    return load(oaxaca[1])


def test_three_sheets_are_three_record_types_with_what_each_has(plan: Plan) -> None:
    assert tuple(plan.resources) == ("atenciones", "llamadas", "talleres")
    attention, calls, workshops = plan.resources.values()
    assert attention.person == "clave_usuaria"
    assert attention.dimensions["violencia"].columns == {"fisica": "violencia_fisica", "psicologica": "violencia_psicologica", "sexual": "violencia_sexual"}  # fmt: skip
    assert calls.dimensions["temas"].kind == "multiple"
    assert workshops.sums == {"total_asistentes": ("asistentes",)}
    assert plan.facts["first_month"] == "2023-01"
    assert [(edition.id, edition.cut_off) for edition in plan.editions] == [("2024-T4", "2024-12")]
    assert {origin.header for origin in plan.sources["atenciones"].origins} == {4}


def test_identities_are_dropped_and_it_is_said_which(oaxaca: tuple[Path, Path], plan: Plan) -> None:
    assert set(plan.sources["atenciones"].drop) == {"Folio", "Nombre completo", "Observaciones", "Psicóloga"}
    said = (oaxaca[1] / "sources.yaml").read_text(encoding="utf-8")
    drop = next(line for line in said.splitlines() if "decida: si es cierto que nada de esto" in line)
    for header, what in (("Folio", "el número de un expediente"), ("Nombre completo", "el nombre de una persona"), ("Observaciones", "texto libre"), ("Psicóloga", "el nombre de una persona")):  # fmt: skip
        assert f"{header} ({what}" in drop


def test_nothing_rare_and_nobody_is_written(oaxaca: tuple[Path, Path]) -> None:
    said = text(oaxaca[1]).casefold()
    for rare in (*RARE, "tamales", "hernández", "pérez", "carmen", "vecino", "exp/", "k00"):
        assert rare.casefold() not in said
    assert "2 respuestas distintas, en 2 renglones" in said


def test_spellings_are_gathered(plan: Plan) -> None:
    codes = plan.lists["servicio"]
    assert {code.code: code.labels["es"] for code in codes.codes} == {
        "asesoria_juridica": "Asesoría jurídica", "psicologia": "Psicología", "otra_respuesta": "Otra respuesta",
    }  # fmt: skip
    assert plan.sources["atenciones"].recode["servicio"]["aliases"] == {"psicologia.": "psicologia"}


def test_the_draft_reads_its_own_files(oaxaca: tuple[Path, Path], plan: Plan) -> None:
    with Store() as store:
        read, verdict = check(plan, oaxaca[0], store, silent, set_aside=True)
        assert not verdict.lacking
        assert {name: found.rows for name, found in read.items()} == {
            "atenciones": ROWS + 1,
            "llamadas": ROWS,
            "talleres": 300,
        }
        assert {name: sum(rules.values()) > 0 for name, rules in verdict.rules.items()} == {
            "atenciones": True, "llamadas": False, "talleres": False,
        }  # fmt: skip
        assert verdict.bad == {"atenciones": 1, "llamadas": 0, "talleres": 0}, "the line of the total"


def test_files_whose_headers_drift_are_one_record_type(tmp_path: Path) -> None:
    deal = random.Random(4)

    def rows(first: int, *more: str) -> list[list[str]]:
        return [
            [day, deal.choice(["Norte", "Sur"]), deal.choice(["Cita", "Sin cita"]), *more]
            for day in itertools.islice(days(800, first), 400)
        ]

    old = written(tmp_path / "visitas-2023.csv", ["FECHA", "Zona", "Tipo de visita"], rows(2023), "cp1252")
    new = written(tmp_path / "visitas-2024.csv", ["Fecha", "Zona (actual)", "tipo_de_visita", "Turno"], [[*row, deal.choice(["Mañana", "Tarde"])] for row in rows(2024)])  # fmt: skip
    folder = tmp_path / "institute"
    _, left, _ = infer.infer([old, new], folder, Answers("Instituto", ""), WORDS["es"])
    made = load(folder)
    assert list(made.resources) == ["visitas"]
    assert any("Zona, Zona (actual)" in asks for _, _, asks in left)
    first, second = made.sources["visitas"].origins
    assert (first.pattern, dict(first.absent)) == ("visitas-2023.csv", {"turno": "no_especificado"})
    assert (second.pattern, dict(second.absent)) == ("visitas-2024.csv", {})
    with Store() as store:
        read, verdict = check(made, tmp_path, store, silent)
    assert not verdict.findings
    assert not verdict.lacking
    assert read["visitas"].rows == 800


def test_a_newer_file_shows_what_is_new_and_changes_nothing(
    oaxaca: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    header, rows = attentions(seed=5)
    for number, row in enumerate(rows):
        row[2] = row[2].replace("2023", "2025")
        row[6] = "Trabajo social" if number % 3 == 0 else row[6]
    path = written(tmp_path / "2025.csv", [*header, "Idioma"], [[*row, "Zapoteco"] for row in rows])
    before = text(oaxaca[1])
    assert main(["infer", str(path), "--institute", str(oaxaca[1]), "--quiet"]) == 0
    said = capsys.readouterr().out
    assert "columna nueva «Idioma»" in said
    assert "respuesta nueva «Trabajo social»" in said
    assert "meses posteriores a la última edición: 2025" in said
    assert "tamales" not in said
    assert text(oaxaca[1]) == before
    assert main(["infer", str(oaxaca[0] / "padron.xlsx"), "--institute", str(oaxaca[1]), "--quiet"]) == 0
    assert "Nada nuevo" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("header", "cells", "kind", "why"),
    [
        ("Teléfono", ["5512345678", "5587654321"], "dropped", "phone"),
        ("Contacto", ["ana@ejemplo.mx", "luz@ejemplo.mx"], "dropped", "email"),
        ("Quién llamó", ["Rosa Pérez", "Ana López"], "dropped", "name"),
        ("Turno", ["Ana López", "Xochitl Tlapale", "Nayeli Cuatecontzi"], "dropped", "name"),
        ("Facilitadora", ["Xochitl Tlapale", "Itzel Cuatecontzi"], "dropped", "role"),
        ("Responsable de módulo", ["Xochitl Tlapale", "Itzel Cuatecontzi"], "dropped", "role"),
        ("Servicio de la psicóloga", ["Terapia breve", "Primera escucha"], "code", ""),
        ("Monto", ["120", "95", "301"], "dropped", "number"),
        ("Nada", [""], "dropped", "empty"),
        ("Discapacidad", ["Sí", "No", "NO"], "yes_no", ""),
        ("Asiste", ["x", ""], "yes_no", ""),
        ("Edad", ["18", "40.0", ""], "age", ""),
        ("Rango de edad", ["18 a 29", "30 a 39"], "code", ""),
        ("Alcaldía", ["Benito Juárez", "Gustavo A. Madero"], "code", ""),
        ("Temas", ["Custodia; Pensión", "Pensión", "Custodia"], "answers", ""),
        ("Mujeres asistentes", ["12", "8", "31"], "sum", ""),
    ],
)
def test_a_column_is_taken_for_what_it_is(tmp_path: Path, header: str, cells: list[str], kind: str, why: str) -> None:
    rows = [[day, cell] for day, cell in zip(days(240), itertools.cycle(cells))]
    (found,) = profiles([written(tmp_path / "a.csv", ["Fecha", header], rows)], 5)
    assert (trait(found, header).kind, trait(found, header).why) == (kind, why)


@pytest.mark.parametrize(
    ("dates", "form", "unsure"),
    [
        (["03/25/2024", "04/02/2024"], "MM/DD/AAAA", False),
        (["25/03/2024", "02/04/2024"], "", False),
        (["2024-03-25", "2024-04-02"], "", False),
        (["03/04/2024", "05/06/2024"], "DD/MM/AAAA", True),
    ],
)
def test_the_order_of_dates_is_seen_or_asked(tmp_path: Path, dates: list[str], form: str, unsure: bool) -> None:
    rows = [[day, "Norte"] for day in dates * 10]
    (found,) = profiles([written(tmp_path / "a.csv", ["Fecha", "Zona"], rows)], 5)
    assert (trait(found, "Fecha").date_format, trait(found, "Fecha").unsure) == (form, unsure)


def test_women_are_counted_where_it_is_known_who_is_who(tmp_path: Path) -> None:
    """An answer of forty rows of two women is rare: two women gave it."""
    rows = [[day, f"k{n % 60:03d}", "Norte" if n % 60 > 1 else "Sierra alta"] for n, day in enumerate(days(1200))]
    path = written(tmp_path / "a.csv", ["Fecha", "Clave usuaria", "Zona"], rows)
    (found,) = profiles([path], 5)
    assert [value.label for value in trait(found, "Zona").values] == ["Norte"]
    assert (trait(found, "Zona").rare, trait(found, "Zona").rare_rows) == (1, 40)


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        ("Norte,2024-01-03,12\nSur,2024-01-04,9\n", "no_header_found"),
        ("Fecha,Zona,Zona\n2024-01-03,Norte,Sur\n", "duplicate_column"),
        ("Zona,Servicio\nNorte,Cita\nSur,Cita\n", "no_period_found"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_the_reason(tmp_path: Path, content: str, rule: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(PipelineError) as stopped:
        infer.infer([path], tmp_path / "institute", Answers("Instituto", ""), WORDS["es"])
    assert [finding.rule for finding in stopped.value.findings] == [rule]
    assert not (tmp_path / "institute").exists()


def test_a_sheet_that_is_called_like_somebody_is_refused_and_not_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "casos.xlsx"
    with xlsxwriter.Workbook(path) as made:
        for name in ("Resumen", "Rosa Pérez López"):
            sheet = made.add_worksheet(name)
            for number, row in enumerate([["Fecha", "Zona"], *([day, "Norte"] for day in days(30))]):
                sheet.write_row(number, 0, row)
    assert main(["infer", str(path), "--institute", str(tmp_path / "i"), "--quiet"]) == 11
    said = capsys.readouterr()
    assert "parece el de una persona" in said.err
    assert "Rosa" not in said.err + said.out
    assert not (tmp_path / "i").exists()


def test_a_place_that_is_called_after_somebody_is_a_place_and_a_title_is_not(tmp_path: Path) -> None:
    rows = [
        [day, cell]
        for day, cell in zip(days(300), itertools.cycle(["Benito Juárez", "Lic. Ana Ruiz", "Tlalpan", "Coyoacán"]))
    ]
    (found,) = profiles([written(tmp_path / "a.csv", ["Fecha", "Municipio"], rows)], 5)
    assert [value.label for value in trait(found, "Municipio").values] == ["Benito Juárez", "Coyoacán", "Tlalpan"]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("María Hernández López", True), ("LUPITA", True), ("Mtra. Carmen Ruiz", True), ("lic ximena", True), ("Juan de la Cruz", True),
        ("Benito Juárez", True), ("Pareja", False), ("Asesoría jurídica", False), ("Ciudad Autónoma de Buenos Aires", False),
        ("Santa Fe", False), ("Sin cita", False), ("", False),
    ],
)  # fmt: skip
def test_names_of_people_are_known(written: str, name: bool) -> None:
    assert is_name(written) is name


def test_yes_and_no_columns_of_one_beginning_are_one_question(tmp_path: Path) -> None:
    header = [
        "Fecha",
        "tipo_de_violencia_fisica",
        "tipo_de_violencia_economica_y_patrimonial",
        "tipo_violencia_sexual",
        "Tiene hijos",
    ]
    deal = random.Random(6)
    rows = [[day, *(deal.choice(["Si", "No"]) for _ in header[1:])] for day in days(600)]
    infer.infer([written(tmp_path / "a.csv", header, rows)], tmp_path / "i", Answers("Instituto", ""), WORDS["es"])
    (made,) = load(tmp_path / "i").resources.values()
    assert dict(made.dimensions["tipo_violencia"].columns) == {
        "fisica": "tipo_fisica",
        "economica_y_patrimonial": "tipo_economica_y_patrimonial",
        "sexual": "tipo_sexual",
    }
    assert made.dimensions["tipo_violencia"].title == {"es": "Tipo de violencia"}
    assert made.dimensions["tiene_hijos"].codes == "si_no"


# databases -----------------------------------------------------------------------------------------------------------


def database(path: Path) -> Path:
    """Two tables of attentions, one of each year, a list of offices, and a view of it all."""
    header, rows = attentions()
    names = [f'"{name}"' for name in header]
    with contextlib.closing(sqlite3.connect(path)) as made, made:
        for year in ("2023", "2024"):
            made.execute(f"create table atenciones_{year} ({', '.join(names)})")
            mine = [row for row in rows if row[2].endswith(year)]
            made.executemany(f"insert into atenciones_{year} values ({', '.join('?' * len(header))})", mine)
        made.execute("create table sedes (clave, nombre)")
        made.execute("insert into sedes values (1, 'Norte'), (2, 'Sur')")
        made.execute("create view todo as select * from atenciones_2023 union all select * from atenciones_2024")
    return path


def test_a_database_is_read_table_by_table_and_no_view_counts_twice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, folder = database(tmp_path / "raw.db"), tmp_path / "institute"
    assert main(["infer", str(path), "--institute", str(folder), "--quiet"]) == 0
    said = capsys.readouterr().out
    assert "no entran: sedes" in said, "what has no month is told"
    plan = load(folder)
    assert [(origin.url, origin.table) for origin in plan.sources["atenciones"].origins] == [
        ("sqlite:///raw.db", "atenciones_2023"), ("sqlite:///raw.db", "atenciones_2024"),
    ]  # fmt: skip
    with Store() as store:
        read, verdict = check(plan, tmp_path, store, silent)
        assert read["atenciones"].rows == ROWS
        assert not verdict.findings
    assert "tamales" not in text(folder)
    assert main(["infer", f"sqlite:///{path}", "--institute", str(folder), "--quiet"]) == 0
    assert "unknown" not in capsys.readouterr().out


def test_a_view_is_read_where_it_is_named(tmp_path: Path) -> None:
    path, folder = database(tmp_path / "raw.db"), tmp_path / "institute"
    asked = [str(path), "--table", "todo", "--called", "Atenciones"]
    assert main(["infer", *asked, "--institute", str(folder), "--quiet"]) == 0
    assert [origin.table for origin in load(folder).sources["atenciones"].origins] == ["todo"]


@pytest.mark.parametrize(
    ("address", "rule"),
    [
        ("postgresql://ana:secreto@127.0.0.1/base", "password_in_url"),
        ("postgresql://127.0.0.1:1/base", "no_database"),
        ("sqlite:///no.db", "missing_file"),
        ("nada://base", "unknown_database"),
    ],
)
def test_a_database_that_cannot_be_asked_is_told_without_its_user(tmp_path: Path, address: str, rule: str) -> None:
    with pytest.raises(PipelineError) as stopped:
        infer.infer(infer.sources([address], (), ""), tmp_path / "institute", Answers("Instituto", ""), WORDS["es"])
    assert [finding.rule for finding in stopped.value.findings] == [rule]
    assert "ana" not in str(stopped.value)


def test_a_real_postgresql_is_drafted_and_a_newer_table_shows_a_difference(
    postgres: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    psycopg = pytest.importorskip("psycopg")
    url, secret = postgres
    header, rows = attentions()
    names = ", ".join(f'"{name}"' for name in header)

    def asked(verb: str, *more: str) -> str:
        assert main([verb, *more, "--institute", str(tmp_path / "i"), "--quiet"]) == 0
        return capsys.readouterr().out

    with psycopg.connect(url.replace("+psycopg", ""), password=secret, autocommit=True) as owner:
        owner.execute("CREATE DATABASE casa")
    home = f"{url.rpartition('/')[0]}/casa"
    with psycopg.connect(home.replace("+psycopg", ""), password=secret) as owner:
        typed = [f'"{name}" {"date" if name.startswith("Fecha") else "text"}' for name in header]
        owner.execute("SET datestyle = 'ISO, DMY'")
        owner.execute(f"CREATE SCHEMA casos CREATE TABLE atenciones ({', '.join(typed)})")
        owner.execute("CREATE TABLE notas (nota text)")
        places = ", ".join(["%s"] * len(header))
        owner.cursor().executemany(f"INSERT INTO casos.atenciones ({names}) VALUES ({places})", rows)
    monkeypatch.setenv("CLAVE_DEL_REGISTRO", secret)
    said = asked("infer", home, "--password", "CLAVE_DEL_REGISTRO")
    plan = load(tmp_path / "i")
    (origin,) = plan.sources["atenciones"].origins
    assert (origin.table, origin.password) == ("casos.atenciones", "CLAVE_DEL_REGISTRO")
    assert not plan.sources["atenciones"].rename.keys() & set(plan.sources["atenciones"].drop)
    assert "Nombre completo" in plan.sources["atenciones"].drop
    assert secret not in said + text(tmp_path / "i")
    assert not [value for value in RARE if value in text(tmp_path / "i")]
    with Store() as store:
        read, verdict = check(plan, tmp_path, store, silent)
    assert (read["atenciones"].rows, verdict.findings) == (ROWS, ())
    assert "Nada nuevo" in asked("infer", home, "--password", "CLAVE_DEL_REGISTRO")
    before = text(tmp_path / "i")
    with psycopg.connect(home.replace("+psycopg", ""), password=secret) as owner:
        owner.execute("ALTER TABLE casos.atenciones ADD COLUMN idioma text DEFAULT 'Zapoteco'")
    assert "columna nueva «idioma»" in asked("infer", home, "--password", "CLAVE_DEL_REGISTRO")
    assert text(tmp_path / "i") == before


def test_an_empty_table_is_no_record_type_and_one_called_like_somebody_is_refused(tmp_path: Path) -> None:
    path = database(tmp_path / "raw.db")
    with contextlib.closing(sqlite3.connect(path)) as made, made:
        made.execute("create table vacia (fecha, zona)")
    assert [profile.name for profile in profiles([path], 5)] == ["atenciones", "sedes"]
    with contextlib.closing(sqlite3.connect(path)) as made, made:
        made.execute("create table rosa_perez_lopez (fecha, zona)")
    with pytest.raises(PipelineError) as stopped:
        profiles([path], 5)
    assert [finding.rule for finding in stopped.value.findings] == ["named_like_somebody"]


def test_sheets_of_one_book_that_drift_have_each_what_it_lacks(tmp_path: Path) -> None:
    deal = random.Random(8)
    with xlsxwriter.Workbook(tmp_path / "visitas.xlsx") as made:
        for year, more in ((2023, []), (2024, ["Turno"])):
            sheet = made.add_worksheet(f"Visitas {year}")
            rows = [
                [
                    day,
                    deal.choice(["Norte", "Sur"]),
                    deal.choice(["Cita", "Sin cita"]),
                    *(["Tarde", "Mañana"][:1] if more else []),
                ]
                for day in itertools.islice(days(800, year), 400)
            ]
            for number, row in enumerate([["Fecha", "Zona", "Tipo", *more], *rows]):
                sheet.write_row(number, 0, row)
    (found,) = profiles([tmp_path / "visitas.xlsx"], 5)
    assert [place.sheet for place in trait(found, "Turno").absent] == ["Visitas 2023"]


# what is called how --------------------------------------------------------------------------------------------------


def test_records_are_called_what_the_office_calls_them(tmp_path: Path) -> None:
    path = written(tmp_path / "base144.csv", *calls())
    infer.infer([path], tmp_path / "i", Answers("Instituto", "", called=("Llamadas a la línea",)), WORDS["es"])
    plan = load(tmp_path / "i")
    assert list(plan.resources) == ["llamadas_a_la_linea"]
    assert {table.title["es"] for table in plan.tables} >= {"Llamadas a la línea por canal"}
    assert "base144" not in (tmp_path / "i" / "tables.yaml").read_text(encoding="utf-8")


def test_a_long_end_that_headers_share_is_no_part_of_their_name(tmp_path: Path) -> None:
    header = [
        "Fecha",
        "prov_residencia_persona_en_situacion_violencia",
        "genero_persona_en_situacion_de_violencia",
        "vinculo_con_agresor",
    ]
    deal = random.Random(9)
    rows = [
        [day, deal.choice(["Norte", "Sur"]), deal.choice(["Mujer", "Otra"]), deal.choice(["Pareja", "Otro"])]
        for day in days(600)
    ]
    infer.infer([written(tmp_path / "a.csv", header, rows)], tmp_path / "i", Answers("Instituto", ""), WORDS["es"])
    (made,) = load(tmp_path / "i").resources.values()
    assert set(made.fields) == {"mes", "prov_residencia", "genero", "vinculo"}
    assert made.dimensions["prov_residencia"].title == {"es": "Provincia de residencia"}
    assert made.dimensions["vinculo"].title == {"es": "Vínculo con agresor"}


@pytest.mark.parametrize(
    ("plain", "word"),
    [
        ("Genero y situacion", "Género y situación"), ("violencia fisica", "violencia física"), ("MODALIDAD JURIDICA", "MODALIDAD JURÍDICA"),
        ("Psicologia", "Psicología"), ("Anos cumplidos", "Años cumplidos"), ("Edo civil", "Estado civil"), ("obstetrica", "obstétrica"),
        ("verifica, chica y rico", "verifica, chica y rico"), ("Médico tecnico", "Médico tecnico"), ("Zona", "Zona"), ("", ""),
    ],
)  # fmt: skip
def test_headers_without_accents_are_written_as_people_write(plain: str, word: str) -> None:
    assert accented(plain) == word


def test_what_is_crossed_is_by_age_or_place_and_nothing_sensitive(plan: Plan) -> None:
    crossed = {table.dimensions[1:] for table in plan.tables if len(table.dimensions) > 2}
    assert crossed == {
        ("servicio", "grupo_edad"),
        ("violencia", "grupo_edad"),
        ("municipio", "grupo_edad"),
        ("violencia", "municipio"),
    }
    assert all(table.levels == ("anio",) for table in plan.tables if len(table.dimensions) > 2)


def test_what_tells_of_violence_has_a_number_where_a_history_shows_it(plan: Plan) -> None:
    discreet = plan.site["discreet"]
    assert {said["address"] for said in discreet.values()} >= {"tema_5"}
    shown = [chart["id"] for chart in plan.site["charts"]] + [said["address"] for said in discreet.values()]
    assert not [each for each in shown if "violencia" in each]


# columns that nest ---------------------------------------------------------------------------------------------------

REGIONS = {"Juchitán": "Istmo", "Salina Cruz": "Istmo", "Etla": "Valles Centrales", "Ocotlán": "Valles Centrales"}


def nested(path: Path, *, slips: int = 0, unknown: int = 0) -> Path:
    """Visits with a municipality and its region; `slips`: rows with another region, `unknown`: rows with a region alone."""
    deal = random.Random(11)
    rows = []
    for number, day in enumerate(days(800)):
        town = deal.choice(list(REGIONS))
        region = "Istmo" if number < slips else REGIONS[town]
        rows.append([day, region, "" if number < unknown else town, deal.choice(["Cita", "Sin cita"])])
    return written(path, ["Fecha", "Región", "Municipio", "Tipo de visita"], rows)


def test_a_column_within_another_has_it_as_its_groups(tmp_path: Path) -> None:
    path, folder = nested(tmp_path / "visitas.csv"), tmp_path / "i"
    _, left, _ = infer.infer([path], folder, Answers("Instituto", ""), WORDS["es"])
    plan = load(folder)
    parents = {code.code: code.parent for code in plan.lists["municipio"].codes}
    assert parents == {
        "istmo": "", "juchitan": "istmo", "salina_cruz": "istmo", "valles_centrales": "", "etla": "valles_centrales",
        "ocotlan": "valles_centrales",
    }  # fmt: skip
    assert "region" not in plan.resources["visitas"].fields
    assert "Región" in plan.sources["visitas"].drop
    assert any("«Municipio» está dentro de una sola de «Región»" in asks for _, _, asks in left)
    with Store() as store:
        _, verdict = check(plan, tmp_path, store, silent)
        assert not verdict.findings
        assert not verdict.lacking


@pytest.mark.parametrize("told", [{"slips": 30}, {"unknown": 80}])
def test_a_column_that_does_not_nest_or_says_more_stays(tmp_path: Path, told: dict[str, int]) -> None:
    infer.infer([nested(tmp_path / "visitas.csv", **told)], tmp_path / "i", Answers("Instituto", ""), WORDS["es"])
    assert {"region", "municipio"} <= set(load(tmp_path / "i").resources["visitas"].fields)


# groups by what words mean -------------------------------------------------------------------------------------------


def told(header: str, *labels: str, place: bool = False, rare: int = 0) -> Trait:
    return Trait((header,), "code", values=tuple(map(Value, labels)), place=place, rare=rare)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (told("Entidad", "Jalisco", "Colima", "Oaxaca", "Chiapas", "Estado de México", "Veracruz de Ignacio de la Llave", place=True),
         {"Jalisco": "centro_norte", "Colima": "centro_norte", "Oaxaca": "sur", "Chiapas": "sur", "Veracruz de Ignacio de la Llave": "sur"}),
        (told("UF", "São Paulo", "Rio de Janeiro", "Bahia", "Ceará", "Mato Grosso do Sul", "Mato Grosso", place=True),
         {"São Paulo": "sudeste", "Rio de Janeiro": "sudeste", "Bahia": "nordeste", "Ceará": "nordeste", "Mato Grosso do Sul": "centro_oeste", "Mato Grosso": "centro_oeste"}),
        (told("Municipio", "Oaxaca de Juárez", "Juchitán", "Salina Cruz", "Puebla", "Tula", "Zaachila", place=True), {}),
        (told("Entidad", "Jalisco", "Colima", "Oaxaca", "Chiapas", "Tabasco", place=True, rare=2), {}),
        (told("Parentesco", "Esposo(a)", "Ex-novio", "Concubino", "Madre", "Padre o tutor", "Jefe"),
         {"Esposo(a)": "pareja_o_ex", "Ex-novio": "pareja_o_ex", "Concubino": "pareja_o_ex", "Madre": "familia", "Padre o tutor": "familia"}),
        (told("Vínculo", "Pareja de la madre", "Padre de una amiga", "Esposo", "Padre"), {}),
        (told("Vínculo", "Pareja", "Ex pareja", "Pareja o ex pareja"), {}),
        (told("Quién llama", "Esposo", "Ex esposo", "Madre", "Padre"), {}),
    ],
)  # fmt: skip
def test_answers_have_the_groups_that_their_words_have_and_no_sum_lacks_a_part(
    asked: Trait, found: dict[str, str]
) -> None:
    assert {label: name for label, (name, _) in groups(asked).items()} == found


def test_a_group_is_a_decision_and_leads_to_a_card(tmp_path: Path) -> None:
    deal = random.Random(4)
    kin = ["Esposo", "Esposo", "Ex pareja", "Otro", "Padre"]
    rows = [[day, deal.choice(kin), deal.choice(["Norte", "Sur"])] for day in days(900)]
    path = written(tmp_path / "a.csv", ["Fecha", "Vínculo con agresor", "Zona"], rows)
    _, left, _ = infer.infer([path], tmp_path / "i", Answers("Instituto", ""), WORDS["es"])
    plan = load(tmp_path / "i")
    codes = {code.code: (code.parent, code.labels["es"]) for code in plan.lists["vinculo"].codes}
    assert codes["esposo"] == ("pareja_o_ex", "Esposo")
    assert codes["otro_vinculo"] == ("", "Otro vínculo")
    assert codes["padre"] == ("", "Padre"), "one alone is no group"
    assert any("Pareja o ex pareja" in asks for _, _, asks in left)
    cards = {tuple(card["where"].items()): card["title"]["es"] for card in plan.site["kpis"]}
    assert cards[("vinculo", "pareja_o_ex"),] == "Vínculo con agresor: pareja o ex pareja"
    with Store() as store:
        _, verdict = check(plan, tmp_path, store, silent)
        assert not verdict.findings


@pytest.mark.parametrize(
    ("label", "title", "written"),
    [
        ("Otro", "Vínculo con la persona", "Otro vínculo"),
        ("OTRAS", "Modalidad de violencia", "Otras modalidades"),
        ("Otra", "Vínculo", "Otra"),
        ("Otros", "Servicio", "Otros servicios"),
        ("Otro familiar", "Vínculo", "Otro familiar"),
        ("Otra", "Razón", "Otra"),
    ],
)
def test_other_alone_says_other_what(label: str, title: str, written: str) -> None:
    assert agreement.other_of(label, title) == written


@pytest.mark.parametrize(
    ("title", "label"), [("Provincia de residencia", "No especificada"), ("Idioma", "No especificado"), ("Día", "No especificado"), ("Atención", "No especificada"), ("", "No especificado")]
)  # fmt: skip
def test_what_is_not_specified_agrees_with_what_it_is_of(title: str, label: str) -> None:
    assert agreement.agreeing("No especificado", title) == label


def test_headers_and_names_are_written_as_people_write_them() -> None:
    assert agreement.with_of("Provincia residencia") == "Provincia de residencia"
    assert agreement.with_of("Estado civil") == "Estado civil"
    assert agreement.small_words("Santiago Del Estero") == "Santiago del Estero"
    assert agreement.small_words("San Luis De La Paz") == "San Luis de la Paz"
    assert agreement.small_words("La Rioja") == "La Rioja"


def test_a_year_that_has_not_ended_does_not_say_what_a_whole_one_can_show(tmp_path: Path) -> None:
    deal = random.Random(6)
    zones = ["Uno", "Dos", "Tres", "Cuatro", "Cinco", "Seis"]
    rows = [[day, deal.choice(zones)] for day in days(240)] + [["01/01/2025", zone] for zone in zones * 2]
    (one,) = profiles([written(tmp_path / "a.csv", ["Fecha", "Zona"], rows)], 5)
    assert "anio" in trait(one, "Zona").levels


@pytest.mark.parametrize("languages", [("es", "en", "pt"), ("pt",)])
def test_a_draft_is_in_every_language_that_there_is(tmp_path: Path, languages: tuple[str, ...]) -> None:
    infer.infer([book(tmp_path / "p.xlsx")], tmp_path / "i", Answers("Instituto", "", languages=languages), WORDS["es"])
    plan = load(tmp_path / "i")
    labels = {code.code: code.labels for code in plan.lists["grupo_edad"].codes}
    assert labels["menor_18"]["pt"] == "Menos de 18 anos"
    assert labels["65_y_mas"]["pt"] == "65 anos ou mais"
    assert all(set(each) == set(languages) for each in labels.values())
