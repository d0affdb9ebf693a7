"""Nobody's identity gets in: headers and values that tell who somebody is are known, and keys and codes are not taken for it.

Every identity here is made by the test from random letters and digits; none is anybody's.
"""

from __future__ import annotations

import random
import string
import uuid
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from stdnum.mx import curp, rfc

from pipeline.cli.errors import MESSAGES
from pipeline.confidential.intake import direct_identifiers
from pipeline.confidential.intake.direct_identifiers import MANY, Column, of_header, of_values, words
from pipeline.institute.load import load
from pipeline.institute.plan import Plan
from pipeline.wording import texts
from tests.conftest import TINY

KEYS = 100_000
ROOT = TINY.parents[1]
OTHER = TINY.parent / "other_institute"
CODED = frozenset({"closed"})

HEADERS: dict[str, str] = {
    "curp": "CURP|C.U.R.P.|curp_usuaria|Curp de la víctima|CURPUsuaria|clave única de registro de población",
    "rfc": "RFC|R.F.C.|rfc_persona|RFC con homoclave|tax id",
    "ine": "INE|clave_elector|Clave de Elector|credencial|credencial para votar|num_ine|I.N.E.|i_n_e|I.N.E. de la usuaria|I.F.E.|IFE|idmex|voter id",
    "birth": "cumple|natalicio|birth|Born|fecha_nacimiento|Fecha de Nacimiento|fec_nac|FechaNac|fnac|nacimiento|fn|año de nacimiento|date of birth|birthDate|DOB",
    "phone": "telefono|Teléfono|tel|Tel.|Tel1|telefono_casa|Teléfono celular|num_telefono|celular|numcel|numtel|celusuaria|T.E.L.|WhatsApp|whats|wa|móvil|phone|phoneNumber|mobile"
    "|contacto de emergencia",
    "email": "correo|Correo electrónico|e-mail|Email|emailUsuaria|mail|Facebook",
    "file": "folio|Folio|num_folio|NoFolio|expediente|No. de expediente|num_exp|numExpediente|carpeta_investigacion|Carpeta de Investigación"
    "|EUV|folio_euv|N.U.C.|NUC|NIC|averiguación previa|causa penal|No. de oficio|número de caso|case number|fileNumber",
    "document": "NSS|pasaporte|cédula|Identificación oficial|num_empleada|firma|foto|placas|licencia de conducir|CLABE|dirección IP",
    "coordinates": "lat|Latitud|longitud|coordenadas|coord_x|GPS|geolocalización|lng|latitude|ubicación|link_maps",
    "address": "domicilio|Domicilio particular|calle|Calle y número|dirección|direccion_postal|Domic.|domiciliousuaria|Referencia domiciliaria|Dir.|Direc.|Direcc.|dir_usuaria|dirusuaria|num_ext|No. interior|street|Home address",
    "place": "colonia|Colonia|col|fraccionamiento|código postal|codigo_postal|CP|C.P.|zip|zipCode|postcode|postal code|barrio",
    "name": "nombre|NOMBRE|Nombre(s)|nombre_usuaria|Nombre de la víctima|nombre completo|n o m b r e|nom\u200bbre|ＮＯＭＢＲＥ|NombreAgresor|nombre del servidor público|nom"
    "|apellidos|Apellido paterno|ap_pat|apellido_1|materno|first name|lastName|surname|name|full name|alias|nombre_modulo|nomusuaria|nombreusuaria|nomvictima|Iniciales|Iniciales de la usuaria|initials|Testigo|Tutor|Tutora|witness|Nombre de la tutora",
    "role": "agresor|Agresora|persona agresora|presunto agresor|servidor público|Funcionaria|atendió|Atendida por|psicóloga|Abogado"
    "|responsable|aggressor|public servant",
    "time": "hora|Hora de atención|hora_inicio|hour|Marca temporal|timestamp",
    "date": "fecha|Fecha de atención|FECHA|fecha_ingreso|FechaRegistro|fec|día|date|serviceDate|fecha y hora",
    "age": "edad|Edad|edad_usuaria|Edad (años)|años|age|edadMujer|edad_agresor",
    "text": "observaciones|Obs.|comentarios|notas|Narración de los hechos|relato|descripción|detalle|especifique|otro_especifique"
    "|comments|notes|free text|motivo: describa|escuela|empresa|lugar de trabajo",
}  # fmt: skip

HARMLESS = (
    "atencion_id|clave_usuaria|clave|id|mes|mes_atencion|año|periodo|trimestre|modulo_id|zona_id|area|servicio|canal|formato|estatus"
    "|tipo_violencia|violencia_psicologica|Violencia física|vinculo_agresor|vínculo con la persona agresora|genero_de_la_persona_agresora"
    "|sexo del agresor|ocupacion|escolaridad|situacion_conyugal|hijas_hijos|residencia|nivel_riesgo|orden_proteccion|denuncia_previa"
    "|asistentes|sesiones|monto|total|primera_vez|país de nacimiento|country_of_birth|place of birth|lugar_nacimiento|nacionalidad|situacion_de_calle|horas_capacitacion"
    "|dias_de_espera|correspondencia|telefonica|municipio|estado|portafolio|psicologia|trabajo_social|columna|color|exposicion"
    "|medidas_iniciales|visitas_domiciliarias|testigos|tutoria|directora|director|celula|nombramiento|modulo_a_b|contactos|fechoria|nominal|lateral|oficio|presunto_delito_oficio|coordinacion|edadismo"
)  # fmt: skip


@pytest.mark.parametrize("kind", HEADERS)
def test_a_header_that_announces_identity_is_known_however_it_is_written(kind: str) -> None:
    wrong = {}
    for written in HEADERS[kind].split("|"):
        found = of_header(Column(written))
        also = [of_header(Column(words(written).replace(" ", "_")))]
        if words(written) == words(written.upper()):  # capitals tell no longer where a word begins
            also.append(of_header(Column(written.upper())))
        if {found, *also} != {kind}:
            wrong[written] = (found, *also)
    assert wrong == {}


def test_a_header_that_announces_none_is_left_alone() -> None:
    assert {written: kind for written in HARMLESS.split("|") if (kind := of_header(Column(written)))} == {}


@pytest.mark.parametrize(
    ("written", "made", "kind"),
    [
        ("fecha_atencion", "month", ""),
        ("fecha y hora", "month", ""),
        ("Marca temporal", "month", ""),
        ("día de la semana", "closed", ""),
        ("fecha_nacimiento", "month", "birth"),
        ("fecha_nacimiento", "month closed aliases", "birth"),
        ("año de nacimiento", "bins", ""),
        ("edad", "bins", ""),
        ("edad", "closed", ""),
        ("edad", "aliases", "age"),
        ("hora", "bins", ""),
        ("colonia", "closed", "place"),
        ("colonia", "closed aliases", ""),
        ("código postal", "closed aliases", ""),
        ("domicilio", "closed aliases", "address"),
        ("coordenadas", "bins closed", "coordinates"),
        ("agresor", "closed", ""),
        ("nombre", "closed aliases", "name"),
        ("nombre de la usuaria", "closed aliases", "name"),
        ("nombre del módulo", "closed", ""),
        ("Dir.", "closed", ""),
        ("dir_usuaria", "closed", "address"),
        ("Testigo", "closed", ""),
        ("iniciales", "closed aliases", "name"),
        ("nomusuaria", "closed", "name"),
        ("teléfono", "closed aliases bins month", "phone"),
        ("expediente", "closed aliases bins month", "file"),
        ("CURP", "closed aliases bins month", "curp"),
        ("tipo de teléfono", "closed", ""),
        ("estatus_expediente", "closed", ""),
        ("tiene teléfono", "closed", ""),
        ("tiene teléfono", "", "phone"),
        ("observaciones", "closed", ""),
    ],
)
def test_only_a_recoding_that_makes_it_harmless_makes_a_header_legitimate(written: str, made: str, kind: str) -> None:
    assert of_header(Column(written, "x", made=frozenset(made.split()))) == kind


def test_a_yes_or_no_is_harmless_under_any_header() -> None:
    assert {of_header(Column(written, yes_no=True)) for kind in HEADERS.values() for written in kind.split("|")} == {""}


def test_a_field_of_the_contract_is_judged_by_its_own_name_too() -> None:
    assert of_header(Column("dato 7", "curp")) == "curp"
    assert of_header(Column("lugar", "colonia", made=frozenset({"closed", "aliases"}))) == "place"
    assert of_header(Column("colonia", "zona_id", made=frozenset({"closed", "aliases"}))) == ""


# values --------------------------------------------------------------------------------------------------------------

LETTERS, DIGITS = string.ascii_uppercase, string.digits
OPEN, CODES = Column("clave", text=True), Column("canal", made=CODED)


def made_up(pattern: str, dealt: random.Random) -> str:
    """`A` a letter, `V` a vowel, `9` a digit, `d` a date of six figures; anything else as it is."""
    signs = {"A": LETTERS, "V": "AEIOU", "9": DIGITS}
    date = f"{dealt.randrange(40, 100)}{dealt.randrange(1, 13):02d}{dealt.randrange(1, 29):02d}"
    return "".join(dealt.choice(signs[sign]) if sign in signs else date if sign == "d" else sign for sign in pattern)


def a_curp(dealt: random.Random) -> str:
    """Begins like no word that the registry avoids."""
    state = dealt.choice(["DF", "JC", "NL", "OC", "VZ", "PL", "NE"])
    head = made_up("GVMRd", dealt) + dealt.choice("HM") + state + "".join(dealt.choices("BCDFGLMNPRST", k=3)) + "0"
    return head + curp.calc_check_digit(head)


def a_rfc(dealt: random.Random) -> str:
    head = made_up("GVMRdA9", dealt)
    return head + rfc.calc_check_digit(head)


def a_phone(dealt: random.Random) -> str:
    number = dealt.choice(["55", "33", "81", "222", "951", "744"])
    number += "".join(dealt.choices(DIGITS, k=10 - len(number)))
    a, b, c = number[:2], number[2:6], number[6:]
    ways = [number, f"{a} {b} {c}", f"{a}-{b}-{c}", f"({a}) {b}-{c}", f"+52{number}", f"+52 1 {a} {b} {c}", f"044 {a} {b} {c}",
            f"52{number}", f"{number}.0", f"{number[:3]} {number[3:6]} {number[6:]}", f"{a} {b} {c[:2]} {c[2:]}", f"Tel. {number}"]  # fmt: skip
    return dealt.choice(ways)


def an_email(dealt: random.Random) -> str:
    name = "".join(dealt.choices(string.ascii_lowercase + DIGITS, k=8))
    return dealt.choice([f"{name}@ejemplo.org", f"{name}.{name}@mail.ejemplo.com.mx", f"Escribir a {name}@ejemplo.mx"])


def an_ine(dealt: random.Random) -> str:
    return made_up("AAAAAAd", dealt) + f"{dealt.randrange(1, 33):02d}" + dealt.choice("HM") + made_up("999", dealt)


def a_date(dealt: random.Random) -> str:
    y, m, d = dealt.randrange(1940, 2026), dealt.randrange(1, 13), dealt.randrange(1, 29)
    month = ["enero", "feb", "Marzo", "abr.", "mayo", "jun", "julio", "AGO", "septiembre", "oct", "nov", "Diciembre"][
        m - 1
    ]
    ways = [f"{y}-{m:02d}-{d:02d}", f"{d}/{m}/{y}", f"{d:02d}-{m:02d}-{y % 100:02d}", f"{m}/{d}/{y}", f"{y}{m:02d}{d:02d}", f"{d}.{m}.{y}",
            f"{y}-{m:02d}-{d:02d} 00:00:00", f"{y}-{m:02d}-{d:02d}T10:30:00Z", f"{d} de {month} de {y}", f"{d}-{month}-{y}", f"{d} {month} {y}"]  # fmt: skip
    return dealt.choice(ways)


def an_address(dealt: random.Random) -> str:
    number = dealt.randrange(1, 999)
    return dealt.choice(
        [
            f"Calle Reforma {number}",
            f"Av. Juárez #{number}",
            f"Col. Centro, CP 0{number}10",
            f"Blvd. Las Torres núm. {number}",
        ]
    )


def a_name(dealt: random.Random) -> str:
    return " ".join("".join(dealt.choices(string.ascii_lowercase, k=6)).title() for _ in range(dealt.randrange(2, 5)))


IDENTITIES: dict[str, Callable[[random.Random], str]] = {
    "curp": a_curp,
    "rfc": a_rfc,
    "ine": an_ine,
    "phone": a_phone,
    "email": an_email,
    "date": a_date,
    "address": an_address,
    "text": a_name,
    "coordinates": lambda dealt: f"{dealt.uniform(15, 32):.6f}, {dealt.uniform(-117, -87):.5f}",
    "time": lambda dealt: f"{dealt.randrange(24)}:{dealt.randrange(60):02d}",
}


@pytest.mark.parametrize("kind", IDENTITIES)
def test_every_identity_that_is_made_up_is_known_by_its_form(kind: str) -> None:
    dealt = random.Random(5)
    values = sorted({IDENTITIES[kind](dealt) for _ in range(2_000)})
    assert sorted(of_values(OPEN, pa.array(values)).get(kind, ())) == values


@pytest.mark.parametrize("kind", IDENTITIES)
def test_a_single_one_among_random_keys_is_found(kind: str) -> None:
    dealt = random.Random(6)
    keys = {f"{dealt.getrandbits(48):012x}" for _ in range(1_000)}
    for _ in range(25):
        value = IDENTITIES[kind](dealt)
        if value.isdigit() and len(value) == 12:
            continue  # 52 and ten digits are twelve: as one among keys of twelve signs it cannot be told from them
        assert of_values(OPEN, pa.array(sorted({*keys, value}))) == {kind: [value]}


@pytest.mark.parametrize("written", ["664-123-4567", "981-234-5678"])
def test_one_is_found_among_few_keys_of_its_length_too(written: str) -> None:
    dealt = random.Random(12)
    for count in (MANY, 60, 99):
        keys = [f"{dealt.getrandbits(48):012x}" for _ in range(count)]
        assert of_values(OPEN, pa.array([*keys, written])) == {"phone": [written]}


@pytest.mark.parametrize("kind", sorted(set(IDENTITIES) - {"text"}))
def test_it_is_found_among_codes_too_and_within_other_words(kind: str) -> None:
    dealt = random.Random(7)
    values = sorted({IDENTITIES[kind](dealt) for _ in range(500)})
    assert sorted(of_values(CODES, pa.array([*values, "presencial"]))[kind]) == values
    whole = [
        value for value in values if not (value.isdigit() and len(value) == 8)
    ]  # 20250131 is a date by itself only
    within = [f"dijo {value}, y más" for value in whole]
    assert of_values(CODES, pa.array(within)).get(kind) == within


def test_lower_case_and_a_mistyped_check_digit_hide_nothing() -> None:
    dealt = random.Random(8)
    for make, kind in ((a_curp, "curp"), (a_rfc, "rfc")):
        values = [make(dealt) for _ in range(200)]
        typed = [value[:-1] + ("1" if value[-1] != "1" else "2") for value in values]
        assert of_values(OPEN, pa.array([*map(str.lower, values), *typed])) == {kind: [*map(str.lower, values), *typed]}
    assert of_values(OPEN, pa.array(["GOMA 850715", "GOMA-850715-AB1"])) == {"rfc": ["GOMA 850715", "GOMA-850715-AB1"]}


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        ("email", "ana (arroba) ejemplo.org"),
        ("email", "ana[at]ejemplo.org"),
        ("email", "ana @ ejemplo . org"),
        ("email", "ana\uff20ejemplo.org"),
        ("email", "https://red.ejemplo/ana"),
        ("phone", "55\u00a01234\u00a05678"),
        ("phone", "55\u200b12345678"),
        ("phone", "\uff15\uff15\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18"),
        ("curp", "PEGA850715\u200bMDFRRN08"),
        ("date", "15071985"),
        ("date", "15 07 1985"),
        ("date", "julio 15 de 1985"),
        ("coordinates", "19°25'57\"N 99°07'59\"W"),
        ("address", "Mz 4 Lt 5"),
        ("phone", "01 800 123 4567"),
        ("phone", "01-800-123-4567"),
        ("phone", "018001234567"),
        ("phone", "800 123 4567"),
        ("phone", "5612 3456"),
        ("phone", "56 12 34 56"),
        ("phone", "5 5 1 2 3 4 5 6 7 8"),
        ("phone", "5-5-1-2-3-4-5-6-7-8"),
        ("phone", "tel. 56123456"),
        ("phone", "Cel: 5512-345678"),
        ("curp", "G O M R 8 5 0 7 1 5 M D F X X X 0 8"),
        ("curp", "GOMR/850715/MDFXXX08"),
        ("curp", "G-O-M-R-850715-M-DF-XXX-08"),
        ("rfc", "G O M R 8 5 0 7 1 5 X X 1"),
        ("rfc", "GOMR.850715.XX1"),
        ("rfc", "GOMR85-07-15XX1"),
        ("address", "C. Inexistente #23"),
        ("address", "Inexistente #23"),
        ("address", "Juárez 100"),
        ("address", "Hidalgo, 23"),
        ("address", "Av. Inexistente s/n"),
        ("address", "Inexistente núm. 12"),
        ("address", "Inexistente No. 4"),
        ("address", "C/ Inexistente 23"),
        ("address", "Priv. Inexistente 7"),
        ("address", "Depto. 301"),
        ("coordinates", "19.43260/-99.13320"),
        ("coordinates", "19.4326N 99.1332W"),
        ("coordinates", "19,43260 -99,13320"),
        ("coordinates", "lat 19.4326 lon -99.1332"),
    ],
)
def test_no_disguise_hides_it(kind: str, written: str) -> None:
    for column in (OPEN, CODES):
        assert of_values(column, pa.array([written, "asesoria"])) == {kind: [written]}


def test_long_text_is_free_text_wherever_it_stands() -> None:
    text = "x" * 50 + " " + "y" * 60
    assert of_values(CODES, pa.array([text])) == of_values(OPEN, pa.array([text])) == {"text": [text]}
    assert of_values(Column("hijas"), pa.array([text])) == {"text": [text]}


def test_a_column_of_months_may_hold_dates_and_no_phone() -> None:
    month = Column("fecha", "mes", made=frozenset({"month"}))
    assert of_values(month, pa.array(["2025-01-31", "31/01/2025 10:30", "5512345678"])) == {"phone": ["5512345678"]}


HARMLESS_VALUES = (
    "2025-03|2025/03|marzo|2025-T1|2025-M1-00123|V000123|120|1500|12345678|1234-5678|1 000 000|12 345 678|2025 0001|10 000|12.50|1,500.00"
    "|19.43|-3.14159|30_34|30-34|60_mas|60 y 64|4 o +|zona_04|zona 4|módulo 12|M-01|caso #23|Módulo No. 3|Línea 144|ley 100|artículo 200"
    "|NOM-046|C5|H1N1|secundaria 2|Reforma 2024|01 800|911|1.2.3|psicologica|sí|no aplica"
)  # fmt: skip


def test_codes_counts_months_and_numbered_things_are_taken_for_nothing() -> None:
    for column in (CODES, Column("hijas"), Column("clave")):
        assert of_values(column, pa.array(HARMLESS_VALUES.split("|"))) == {}


def test_an_hour_stands_where_hours_become_parts_of_the_day_and_nowhere_else() -> None:
    hours = pa.array(["10:00", "10:30 a 12:00", "manana"])
    assert of_values(Column("Hora de atención", "turno", made=CODED), hours) == {}
    assert of_values(Column("hora", "turno"), hours) == {"time": hours.to_pylist()[:2]}
    assert of_values(CODES, hours) == {"time": hours.to_pylist()[:2]}
    assert of_values(Column("hora", "turno", made=CODED), pa.array(["2025-03-01 10:00"])) != {}


def test_an_exact_age_is_refused_unless_it_is_put_into_groups() -> None:
    ages = pa.array(["31", "31.0", "31 años", "30_34", "mayor", "no_especificado"])
    assert of_values(Column("edad", "edad", made=CODED), ages) == {"age": ["31", "31.0", "31 años"]}
    assert of_values(Column("edad", "grupo", made=CODED | {"bins"}), ages) == {}


def test_what_the_institutes_own_lists_name_is_no_identity() -> None:
    labels = ["Calle 13", "Turno de 8:00 a 15:00", "Desde el 1 de enero de 2024", "5512345678", "Sí, 1/2/2024"]
    known = Column("canal", known=frozenset(map(words, labels)), made=CODED)
    assert of_values(known, pa.array([*labels, *map(str.upper, labels)])) == {}
    assert of_values(CODES, pa.array(labels)) != {}


STYLES: dict[str, Callable[[random.Random, int], str]] = {
    "hex of 8": lambda dealt, _: f"{dealt.getrandbits(32):08x}",
    "hex of 10": lambda dealt, _: f"{dealt.getrandbits(40):010x}",
    "hex of 12": lambda dealt, _: f"{dealt.getrandbits(48):012x}",
    "hex of 13, capitals": lambda dealt, _: f"{dealt.getrandbits(52):013X}",
    "hex of 18": lambda dealt, _: f"{dealt.getrandbits(72):018x}",
    "hex of 32": lambda dealt, _: f"{dealt.getrandbits(128):032x}",
    "UUID": lambda dealt, _: str(uuid.UUID(int=dealt.getrandbits(128))),
    "letters and digits, 10": lambda dealt, _: "".join(dealt.choices(LETTERS + DIGITS, k=10)),
    "letters and digits, 13": lambda dealt, _: "".join(dealt.choices(LETTERS + DIGITS, k=13)),
    "letters and digits, 18": lambda dealt, _: "".join(dealt.choices(LETTERS + DIGITS, k=18)),
    "base 64": lambda dealt, _: "".join(dealt.choices(string.ascii_letters + DIGITS + "-_", k=12)),
    "ATN-000123": lambda _, number: f"ATN-{number:06d}",
    "VISI000123": lambda _, number: f"VISI{number:06d}",
    "2025/000123": lambda _, number: f"2025/{number:06d}",
    "2025-M1-00123": lambda dealt, number: f"2025-M{dealt.randrange(1, 6)}-{number:05d}",
    "numbers": lambda _, number: str(number),
    "6 figures": lambda dealt, _: f"{dealt.randrange(10**6):06d}",
    "8 figures": lambda dealt, _: f"{dealt.randrange(10**8):08d}",
    "9 figures": lambda dealt, _: f"{dealt.randrange(10**9):09d}",
    "12 figures": lambda dealt, _: f"{dealt.randrange(10**12):012d}",
    "amounts": lambda dealt, _: f"{dealt.uniform(0, 1e6):.2f}",
    "floats": lambda dealt, _: repr(dealt.uniform(-100, 100)),
}


@pytest.mark.parametrize("style", STYLES)
def test_no_random_key_is_taken_for_an_identity(style: str) -> None:
    dealt = random.Random(9)
    keys = sorted({STYLES[style](dealt, number) for number in range(KEYS)})
    assert of_values(OPEN, pa.array(keys)) == {}


def test_keys_of_ten_figures_cannot_be_told_from_phones_and_are_refused() -> None:
    dealt = random.Random(10)
    found = of_values(OPEN, pa.array(sorted({f"{dealt.randrange(10**10):010d}" for _ in range(1_000)})))
    assert set(found) == {"phone"}


@pytest.mark.parametrize("folder", [ROOT / "institute", TINY, OTHER], ids=["institute", "tiny", "other"])
def test_no_field_code_or_label_of_the_institutes_is_taken_for_an_identity(folder: Path) -> None:
    plan = load(folder)
    for name, source in plan.sources.items():
        resource = plan.resources[name]
        written = {became: was for was, became in source.rename.items()}
        for field in resource.fields:
            found = direct_identifiers.column(written.get(field, field), field, plan, resource, source)
            assert of_header(found) == "", (name, field)
            if field in resource.dimensions:
                codes = plan.lists[resource.dimensions[field].codes].codes
                spelt = sorted({text for code in codes for text in (code.code, *code.labels.values())})
                assert of_values(found, pa.array(spelt)) == {}, (name, field)


def test_what_becomes_of_a_column_is_read_from_the_plan(plan: Plan) -> None:
    resource, source = plan.resources["visitas"], plan.sources["visitas"]
    made = {name: direct_identifiers.column(name, name, plan, resource, source) for name in resource.fields}
    assert made["clave"].text
    assert made["clave"].made == frozenset()
    assert made["mes"].made == {"month"}
    assert not made["mes"].text
    assert made["edad"].made == {"closed", "aliases"}
    assert made["lengua"].yes_no
    assert made["violencia_fisica"].yes_no
    assert not made["hijas"].yes_no
    assert not made["hijas"].text


def test_every_kind_has_its_words_in_both_languages() -> None:
    kinds = {kind for kind, _, _ in direct_identifiers.RULES} | {"text"}
    assert set(IDENTITIES) - kinds == set()
    for said in texts.load(MESSAGES, ("es", "en")).values():
        told = {key.split(".")[1] for key in said.words if key.startswith("identities.")}
        assert told == kinds
