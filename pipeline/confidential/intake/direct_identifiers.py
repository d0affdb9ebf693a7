"""What says who somebody is must not come in: known by the name of a column and by the form of its values. Pure.

In: a `Column` (how a file calls it, what sources.yaml makes of it) and its distinct values. Out: kinds of identity
(`KINDS`), and for values which of them have that form. The caller turns those into rows; no value goes into a message.

A header that announces identity is legitimate only where the door makes it harmless before anything else sees it:
a date cut to its month, an age put into groups, a colonia turned into a zone by aliases, a list of codes for what may be
one, or a yes or no («tiene teléfono»). Each rule below says which of these it accepts. A name, CURP, RFC, INE, phone,
e-mail, street, file number, coordinate or exact date of birth is not legitimate under any recoding. A column that
sources.yaml drops is not looked at: the institute has said that it must not come in, and the reader forgets it.

Values are judged as written, before recoding. What the institute's own lists name (codes, labels, aliases) is no
identity. Among random keys a few look like something by chance: there a form counts only when more than `CHANCE` of the
keys have it. What cannot be told from a number or a key by its form (a postcode, an age, a first name alone) is known by
the header only.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from stdnum.exceptions import ValidationError
from stdnum.mx import curp, rfc

from pipeline.confidential.intake import notation
from pipeline.confidential.storage.arrow import numbers, whole
from pipeline.institute.plan import Plan, Resource, Source
from pipeline.institute.written import Recoding

CHANCE = 0.05
"""Share of the keys of a column that may have the form of a phone, an RFC or a date without being one."""
MANY = 50
"""Distinct values of one length from which a column can be seen to hold keys."""
SEEN = 5_000
"""Distinct values of a column that show what its keys are like."""
LONG = 100
"""Characters from which a text is free text, whatever the column."""

_FILLERS = "de|del|la|el|los|las|que|por|quien|a|y|o|en|the|of|by|who|completo|completa|full"
_ROLES = (
    r"persona|agresor(?:a|es)?|presunt[oa]|victimari[oa]|aggressor|perpetrator|offender|servidor(?:a|es)?|public[oa]s?"
    r"|funcionari[oa]s?|denunciad[oa]|responsable|ati?ende|atendio|atendid[oa]|abogad[oa]|psicolog[oa]|trabajador(?:a)?"
    r"|social|asesor(?:a)?|profesionista|titular|capturista|capturo|elaboro|entrevisto|entrevistador(?:a)?|canalizo"
    r"|officer|official|servant|public|lawyer|psychologist|therapist|counsell?or|staff|attended|handled"
)
_PEOPLE = (
    rf"{_ROLES}|usuari[oa]s?|mujer(?:es)?|victimas?|paciente|beneficiari[oa]|personas?|hij[oa]s?|nin[oa]s?|familiar"
    r"|contacto|madre|padre|tutora?|testigo|guardian|witness|pareja|espos[oa]|quejos[oa]|solicitante|denunciante|wom[ae]n|user|patient|person|child"
    r"|contact|mother|father|partner|husband|client|first|last|given|family|middle|maiden|propio|pila"
)
_NAMES = r"nomb?|nombres?|names?"

RULES: tuple[tuple[str, str, str], ...] = (
    # (kind, what a header says, recodings that make it harmless); words are folded and parted at signs and capitals
    ("curp", r"curps?|clave unica( de)? registro.*", ""),
    ("rfc", r"\w*rfc|registro federal( de)? (causantes|contribuyentes?)|tax (id|number)", ""),
    ("ine", r"ine|ife|credencial|idmex|ocr|cic|\w+ (de |del |para )*(elector\w*|votar)|voter.*", ""),
    ("birth", r"(?<!pais )(?<!pais de )(?<!lugar )(?<!lugar de )(?<!entidad )(?<!entidad de )(?<!estado )(?<!municipio )"
     r"(\w*nac|nacimiento|fecha?nac\w*|cumpleanos|fdn|fn)|^(cumple|natalicio|birth|born)$|dob|birth(day|date)|(date|year|month|day) of birth|birth (day|date|year)", "bins"),
    ("phone", r"(num|no)?(tels?|tele?fs?|cel|celular(es)?)(usuari[oa]|victima|casa)?|(num|no)?telefonos?\w*|movil(es)?|whats ?(app)?|wa|lada|(tele|cell)?phones?|mobile"
     r"|contacto (de )?emergencias?|emergency contact", ""),
    ("email", r"e ?mails?|mails?|correos?|facebook|instagram|tiktok|twitter|telegram|redes sociales|social media", ""),
    ("file", r"(?!portafolio)\w*folios?\w*|(num|no|nro)?exp(te)?|\w*expedientes?\w*|carpetas?|euvs?|nuc|nic|ci|cdi|averiguacion"
     r"|causa penal|(num|numero|no|nro) (de )?(caso|control|asunto|juicio|causa|oficio)"
     r"|(case|file|docket) (no|num|number|id)|docket", ""),
    ("document", r"nss|imss|issste|seguro social|social security|ssn|pasaporte|passport|cedula|licencia (de )?(conducir|manejo)"
     r"|driver s? ?licen[cs]e|matricula|placas?|clabe|(cuenta|tarjeta) (bancaria|de banco)|ip|firma|foto\w*|photos?"
     r"|huellas?|signature|fingerprint|num(ero)? (de )?empleada?o?", ""),
    ("document", r"(num(ero)? (de )?)?identificacion( oficial)?", "closed"),
    ("coordinates", r"lat|latitude?|lon|lng|longitude?|coord(s|enadas?|inates?)?|gps|utm|geo(loc|ref|cod)\w*|geo (loc|ref|cod)\w*|(link|liga|url)( de)? (google )?maps|maps", ""),
    ("coordinates", r"ubicacion", "closed"),
    ("address", r"calles?(?<!situacion de calle)|domicilio\w*|domic|referencias? domiciliari[oa]s?|dir(ecc?|eccion)? ?(particular|postal|(de )?(la )?(casa|usuaria|victima))|addr(ess)?"
     r"|streets?|(num|numero|no|nro) (ext|int)(erior)?|manzana|mz|mza|lote|cruzamientos?", ""),
    ("address", r"dir|direcc?|direccion", "closed"),
    ("place", r"col(onias?)?|asentamiento|fracc(ionamiento)?|barrio|neighbou?rhood|suburb|c ?p|cod(igo)? ?post(al)?"
     r"|post ?codes?|zip( ?codes?)?|postal( codes?)?|ageb|seccion electoral", "aliases"),
    ("name", rf"apellidos?\w*|ape|ap (pat|mat)\w*|paterno|materno|apodo|sobrenombre|seudonimo|(sur|full|nick)names?"
     rf"|(first|last)names?|^(({_PEOPLE}|{_FILLERS}) )*({_NAMES}|iniciales|initials)( ({_PEOPLE}|{_FILLERS}))*$|nombres?completos?\w*|nomb?(re)?s?(usua?r|muj|vict|pacien|benef|agres|hij|menor)\w*", ""),
    ("name", rf"{_NAMES}|nombre\w+|alias|^(testigo|tutora?|witness|guardian)( ({_PEOPLE}|{_FILLERS}))*$", "closed"),
    ("role", rf"^({_ROLES})( ({_ROLES}|{_FILLERS}))*$", "closed"),
    ("date", r"fecha\w*|fech?|fch|dia|dates?|day", "month closed"),
    ("time", r"hora|hour|time|timestamp|marca temporal|datetime", "month closed bins"),
    ("age", r"edad(es|anos|usuaria|mujer|victima)?|anos cumplidos|^anos$|ages?|years old", "closed bins"),
    ("text", r"obs|obser\w*|notas?|comentarios?|narra\w*|relatos?|hechos|descri\w*|detalles?|especifi\w*|texto|resumen"
     r"|antecedentes|testimonio|comments?|remarks?|notes?|details?|free text|specify|summary|statement"
     r"|escuela|empresa|lugar (de )?(trabajo|estudios?)|vive en|school|employer|workplace", "closed"),
)  # fmt: skip
_COMPILED = tuple(
    (kind, re.compile(rf"(?:^|(?<= ))(?:{says})(?= |$)"), frozenset(by.split())) for kind, says, by in RULES
)
_SPACED_OUT = re.compile(r"\b[^\W\d](?: [^\W\d]\b){2,}")
"""«N O M B R E», «I.N.E.»: letters one by one."""
_QUALIFIED = re.compile(
    r"^(tipo|clase|grupo|rango|gpo|categoria|estatus|status|vinculo|relacion|parentesco|sexo|genero|medio|motivo|resultado|tiene"
    r"|cuenta|hay|sabe|con|sin|has|does|with|kind|type|group|range|band|class|category)\b|\b(grupo|group|range|band|type)$"
)
"""With a list of codes, such a header asks about the thing and not for it: «tipo de expediente», «age group»."""
_YES_NO = frozenset(
    {"si", "no", "s", "n", "true", "false", "verdadero", "falso", "yes", "1", "0", "ns", "nc", "nd", "no especificado", "no sabe",
     "no aplica", "desconocido", "se desconoce", "sin dato", "unknown", "not specified", "not applicable"}
)  # fmt: skip


@dataclass(frozen=True)
class Column:
    """A column of a file: its header, and what becomes of it (nothing, if the contract has no such column)."""

    written: str
    becomes: str = ""
    known: frozenset[str] = frozenset()
    """Spellings that the institute's lists name for it, folded by `words`."""
    yes_no: bool = False
    text: bool = False
    """Its field is text without a list of codes, a key for example: several words in a row are free text there."""
    made: frozenset[str] = frozenset()
    """What makes it harmless: `closed` (a list of codes), `month`, `bins`, `aliases`."""


def column(written: str, name: str, plan: Plan, resource: Resource, source: Source) -> Column:
    """A column that becomes the field `name` of the contract."""
    described = next(each for each in resource.schema["fields"] if each["name"] == name)
    recode: Recoding = source.recode.get(name, {})
    codes = plan.lists[resource.dimensions[name].codes].codes if name in resource.dimensions else ()
    listed = [*map(str, described.get("constraints", {}).get("enum", ())), *(code.code for code in codes)]
    labels = [label for code in codes for label in code.labels.values()]
    aliases = [str(text) for text in recode.get("aliases", ())]
    period = name == resource.period
    boolean = described["type"] == "boolean" or bool(recode.get("yes_no"))
    made = {
        "closed": bool(listed),
        "month": period or bool(recode.get("month")),
        "bins": "bins" in recode,
        "aliases": bool(listed and aliases),
    }
    return Column(
        written,
        name,
        known=frozenset(words(text) for text in (*listed, *labels, *aliases)),
        yes_no=boolean or (bool(listed) and {words(code) for code in listed} <= _YES_NO),
        text=described["type"] in ("string", "any") and not (listed or boolean or period or made["month"]),
        made=frozenset(filter(made.get, made)),
    )


def of_header(found: Column) -> str:
    """The kind of identity that a header announces, or that its field of the contract does; "" if none."""
    if found.yes_no:
        return ""
    # A field of the contract that is called colonia holds colonias: aliases made nothing coarser.
    return _announced(found.written, found.made) or _announced(found.becomes, found.made - {"aliases"})


def of_values(found: Column, distinct: pa.Array) -> dict[str, list[str]]:
    """Kind of identity → the values of a column that have its form. `distinct`: strings, each once, without null."""
    suspects = distinct.filter(pc.match_substring_regex(distinct, _POSSIBLE))
    if len(suspects):
        # As `_plain` makes them: the hints are written for plain signs.
        seen = pc.replace_substring_regex(pc.utf8_normalize(suspects, "NFKD"), r"[\p{Mn}\p{Cf}]", "")
        suspects = suspects.filter(pc.match_substring_regex(seen, _SUSPECT_TEXT if found.text else _SUSPECT))
    hits: dict[str, list[str]] = {}
    for value in suspects.to_pylist():
        if (kind := _kind_of(value, found)) and (not found.known or words(value) not in found.known):
            hits.setdefault(kind, []).append(value)
    if "bins" not in found.made and "age" in (_announced(found.written), _announced(found.becomes)):
        # Whatever the list of codes says: one that names single years is one of exact ages.
        hits["age"] = distinct.filter(pc.match_substring_regex(distinct, _EXACT_AGE)).to_pylist()
    if _BY_CHANCE & set(hits):
        keys = _Keys(distinct)
        for kind in _BY_CHANCE & set(hits):
            among = {value for value in hits[kind] if value in keys}
            if len(among) < CHANCE * keys.count or _is_series(distinct, hits[kind][0][:4]):
                hits[kind] = [value for value in hits[kind] if value not in among]
    return {kind: values for kind, values in hits.items() if values}


@lru_cache(maxsize=100_000)
def words(text: str) -> str:
    """Words of a header or value: case and accents folded, parted at signs, digits and capitals, one space between."""
    plain = _plain(text)
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])", " ", plain)
    return re.sub(r"[\W_]+", " ", parted).strip().casefold()


def _plain(text: str) -> str:
    if text.isascii():
        return text
    return "".join(c for c in unicodedata.normalize("NFKD", text) if unicodedata.category(c) not in ("Mn", "Cf"))


# headers -------------------------------------------------------------------------------------------------------------


def _announced(header: str, made: frozenset[str] = frozenset()) -> str:
    said = words(header[:LONG])
    said = _SPACED_OUT.sub(lambda letters: letters[0].replace(" ", ""), said)
    if "closed" in made and _QUALIFIED.search(said):
        return ""
    return next((kind for kind, pattern, by in _COMPILED if not by & made and pattern.search(said)), "")


# values --------------------------------------------------------------------------------------------------------------

_BY_CHANCE = frozenset({"rfc", "phone", "date"})
_MONTHS = "ene|feb|mar|abr|may|jun|jul|ago|sep|set|oct|nov|dic|jan|apr|aug|dec"
_STREETS = (
    "calle|av|avda|avenida|blvd|bulevar|boulevard|col|colonia|fracc|fraccionamiento|privada|andador|calzada|cerrada"
    "|circuito|callej[oó]n|carretera|manzana|mza?|lote|lt|c[. ]?p|c[oó]digo postal|street|avenue|road"
    "|priv|cda|prol|prolongaci[oó]n|calz|edif|depto|dpto"
)
_HEROES = (
    "ju[aá]rez|hidalgo|morelos|zaragoza|allende|guerrero|madero|zapata|carranza|obreg[oó]n|matamoros|aldama|abasolo|galeana"
    "|reforma|insurgentes|cuauht[eé]moc|c[aá]rdenas|ocampo|bravo|pino su[aá]rez|iturbide|corregidora|ni[nñ]os h[eé]roes"
    "|independencia|revoluci[oó]n|constituci[oó]n"
)
"""After whom streets are called in every town: with a number behind, that is an address."""
_COUNTED = (
    "caso|m[oó]dulo|visita|folio|zona|sede|unidad|grupo|turno|expediente|registro|sesi[oó]n|taller|[aá]rea|clave|sector|casa"
    "|nivel|case|module|visit|unit|group|session|zone|record"
)
"""What has a number and is no street."""
_SIGNED = "(,? ?#|,? (n[oº°]\\.|n[uú]m\\.?|nro\\.?))"
_TEL = "tels?|tel[eé]fonos?|cel|celular|m[oó]vil|whats ?app|phone"
_LONG_TEXT = f"(?s).{{{LONG + 1}}}"
_TWO_WORDS = re.compile(r"[^\W\d_]{2}[.,;]?\s+[^\W\d_]{2}")
_EXACT_AGE = r"^\d{1,3}(\.0+)?( ?(años|anos|years))?$"

_CURP = re.compile(r"(?<![A-Z0-9])[A-Z]{4}[ -]?\d{6}[ -]?[HMX][A-Z]{5}[ -]?[A-Z0-9]\d(?![A-Z0-9])")
_RFC = re.compile(r"(?<![A-Z0-9&])([A-Z&]{4})[ -]?(\d{6})[ -]?([A-Z0-9]{2}[0-9A])?(?![A-Z0-9])")
_INE = re.compile(
    r"(?<![A-Z0-9])[A-Z]{6}[ -]?(\d{6})[ -]?(?:0[1-9]|[12]\d|3[0-2]|8[78])[HM]\d{3}(?![A-Z0-9])|IDMEX ?\d{8,}"
)
_AT_SIGN = r"(?:@|\s?[(\[]\s?(?:ARROBA|AT)\s?[)\]]\s?|\sARROBA\s)"
_EMAIL = re.compile(rf"[\w.+-]+ ?{_AT_SIGN} ?[\w-]+ ?\. ?\w|(?<!\w)@\w{{3,}}|HTTPS?://|\bWWW\.", re.IGNORECASE)
_PHONE = re.compile(
    r"(?<![\w.-])(?:\+|00)?(?:52[ .-]*)?(?:1[ .-]*)?(?:01[ .-]*|04[45][ .-]*)?"
    r"(\(?\d{2,3}\)?[ .-]*\d{2,4}(?:[ .-]*\d{2,4}){1,3})(?:\.0+)?(?![\w-])"
)
_CALLED = re.compile(rf"(?i)(?<!\w)(?:{_TEL})[ .:#]*\d(?:[ ().-]*\d){{6,}}")
_EIGHT = re.compile(r"(?!(?:19|20)\d\d)[1-9]\d{3} \d{4}|[1-9]\d(?: \d\d){3}")
_ABROAD = re.compile(r"\+\d[\d ().-]{8,}\d")
_DECIMAL = re.compile(r"-?\d+\.\d+")
_COORDINATES = re.compile(
    r"-?\d{1,3}\.\d{3,} ?[°º]? ?[NS]?[ ,;/]+(?:LON\w*[ :=]*)?-?\d{1,3}\.\d{3,}|-?\d{1,3},\d{4,}[ ;/]+-?\d{1,3},\d{4,}|\d{1,3} ?[°º] ?\d{1,2}(?:\.\d+)? ?['′’]"
)
_STREET = re.compile(
    rf"(?is)(?<![\w-])(?:{_STREETS})[. ].*(?:\d|\bs/n\b)|(?<!\w)c[./] ?[^\W\d]{{3,}}.*\d"
    rf"|(?<!\w)(?:{_HEROES}),? (?!(?:19|20)\d\d\b)\d{{1,4}}\b"
    rf"|(?<!\w)(?!(?:{_COUNTED})\b)[^\W\d]{{3,}}{_SIGNED} ?\d"
)
_BETWEEN = re.compile(r"[ ._/-]")
_YMD = re.compile(
    r"(?<![\w./-])(\d{4}) ?[./-] ?(\d{1,2}) ?[./-] ?(\d{1,2})(?!\d)|^((?:19|20)\d\d)(\d\d)(\d\d)(?:\.0+)?$"
)
_DDMMYYYY = re.compile(r"(0[1-9]|[12]\d|3[01])(0[1-9]|1[0-2])(?:19|20)\d\d(?:\.0+)?|\d{1,2} \d{1,2} (?:19|20)\d\d")
_DMY = re.compile(r"(?<![\w./-])(\d{1,2}) ?[./-] ?(\d{1,2}) ?[./-] ?(?:\d{4}|\d{2})(?![\d./-])")
_IN_WORDS = re.compile(
    rf"\b\d{{1,2}}[ ./-]*(?:de )?(?:{_MONTHS})[a-z]*[ ./-]*(?:del? )?\d{{2,4}}\b|\b(?:{_MONTHS})[a-z]* \d{{1,2}}(?:,? | del? )\d{{4}}\b"
)
_TIME = re.compile(r"(?<![\d:])(?:[01]?\d|2[0-3]):[0-5]\d(?!\d)")


def _kind_of(value: str, found: Column) -> str:
    if len(value) > 10 * LONG:
        return "text"  # no need to look closer, which takes time with the square of the length
    text = _upper(value)
    for kind, _, holds in _FORMS:
        if holds(text) and not ("month" in found.made and _is_moment(kind, value)) and not _awaited(kind, found):
            return kind
    return "text" if len(value) > LONG or (found.text and _TWO_WORDS.search(value)) else ""


def _is_moment(kind: str, value: str) -> bool:
    """Whether it is the date or hour of which the month is taken; one with an hour may have as many digits as a phone."""
    return kind in ("date", "time") or (kind == "phone" and notation.day(value.strip()) is not None)


def _awaited(kind: str, found: Column) -> bool:
    """Whether it is an hour among hours that become parts of the day: what the lists do not foresee is no code of theirs."""
    return kind == "time" and bool(found.made) and _announced(found.written) == "time"


def _upper(value: str) -> str:
    return re.sub(r"\s", " ", _plain(value)).strip().upper()


def _is_curp(text: str) -> bool:
    return any(_valid(curp.validate, each[0]) for each in _CURP.finditer(text)) or (
        bool(_CURP.fullmatch(closed := _BETWEEN.sub("", text))) and _valid(curp.validate, closed)
    )


def _is_ine(text: str) -> bool:
    return any(each[1] is None or _is_day(each[1][2:4], each[1][4:6]) for each in _INE.finditer(text))


def _is_rfc(text: str) -> bool:
    """Of a person; the shorter one of a company names nobody. Without its last three characters it must begin like a name."""
    if any(_valid(rfc.validate, each[0]) and (each[3] or each[1][1] in "AEIOUX&") for each in _RFC.finditer(text)):
        return True
    whole = _RFC.fullmatch(closed := _BETWEEN.sub("", text))
    return bool(whole and whole[3]) and _valid(rfc.validate, closed)


def _valid(validate: Callable[..., str], text: str) -> bool:
    try:
        # People mistype check digits; the form and the date in it are enough to tell.
        validate(text, validate_check_digits=False)
    except ValidationError:
        return False
    return True


def _is_phone(text: str) -> bool:
    """Ten digits of the Mexican plan, in groups or not, with or without the country; any number with + and country, or behind
    «tel.»; or the eight that were enough within a city, in groups."""
    if _DECIMAL.fullmatch(text.removesuffix(".0")):
        return False
    if re.fullmatch(r"\d(?:[ -]\d){9}", text):
        text = _BETWEEN.sub("", text)
    for each in _PHONE.finditer(text):
        number = re.sub(r"\D", "", each[1])
        # Those of 800 are told from keys by the signs between, or by what was dialled before them.
        free = re.fullmatch(r"[89]00\d{7}", number) and (each[0].startswith("01") or re.search(r"\d\D+\d", each[0]))
        if free or re.fullmatch(r"[2-9][1-9]\d{8}", number):
            return True
    return bool(_ABROAD.search(text) or _CALLED.search(text) or _EIGHT.fullmatch(text))


def _is_date(text: str) -> bool:
    for each in _YMD.finditer(text):
        if _is_day(each[2] or each[5], each[3] or each[6]):
            return True
    if any(_is_day(each[2], each[1]) or _is_day(each[1], each[2]) for each in _DMY.finditer(text)):
        return True
    return bool(_DDMMYYYY.fullmatch(text) or _IN_WORDS.search(text.lower()))


def _is_day(month: str, day: str) -> bool:
    return 1 <= int(month) <= 12 and 1 <= int(day) <= 31


_AT = r"(^|[^\w.-])"
_FORMS: tuple[tuple[str, str, Callable[[str], bool]], ...] = (
    # (kind, a wide hint in RE2, whose time is linear and which runs over all values, what then looks at one closely)
    ("curp", r"(?i)(^|[^a-z0-9])[a-z]{4}[ -]?[0-9]{6}[ -]?[hmx][a-z]{5}|^([a-z][ ._/-]?){4}([0-9][ ._/-]?){6}[hmx]", _is_curp),
    ("ine", r"(?i)(^|[^a-z0-9])[a-z]{6}[ -]?[0-9]{6}[ -]?[0-9]{2}[hm]|idmex", _is_ine),
    ("rfc", r"(?i)(^|[^a-z0-9])[a-zñ&]{4}[ -]?[0-9]{2}[01][0-9][0-3][0-9]([^0-9]|$|[0-9][0-9a-z]{2}([^a-z0-9]|$))"
     r"|^([a-zñ&][ ._/-]?){4}([0-9][ ._/-]?){6}([0-9a-z][ ._/-]?){3}$", _is_rfc),
    ("email", r"(?i)@|arroba|[(\[] ?at ?[)\]]|https?://|www\.", lambda text: bool(_EMAIL.search(text))),
    ("coordinates", r"(?i)\.[0-9]{3,}[ ,;/°ºons]+(lon[a-z]*[ :=]*)?-?[0-9]{1,3}\.|,[0-9]{4,}[ ;/]+-?[0-9]{1,3},[0-9]{4}|[0-9] ?[°ºo] ?[0-9]", lambda text: bool(_COORDINATES.search(text))),
    ("date", rf"(?i){_AT}[0-9]{{1,4}}[ ./-]+(de )?([0-9]{{1,2}}|({_MONTHS})[a-z]*\.?)[ ./-]+(del? )?[0-9]{{1,4}}|\b({_MONTHS})[a-z]* [0-9]"
     r"|^(19|20)[0-9]{6}(\.0+)?$|^[0-3][0-9][01][0-9](19|20)[0-9]{2}(\.0+)?$", _is_date),
    ("time", "[0-9]:[0-5][0-9]", lambda text: bool(_TIME.search(text))),
    ("phone", rf"{_AT}(\+|00)?(52)?1?(01|04[45])?[2-9][1-9][0-9]{{8}}(\.0+)?([^\w-]|$)|{_AT}[+(]?[0-9]{{1,4}}([ ()-]+[0-9 ()-]{{5,}}([^\w-]|$)|\.[0-9]{{2,4}}\.)"
     rf"|\+[0-9]|{_AT}01[89]00[0-9]{{7}}|^[0-9]([ -][0-9]){{9}}$|^[0-9]{{2,4}} [0-9 ]+$|(?i:{_TEL})[ .:#]*[0-9]", _is_phone),
    ("address", rf"(?i)(^|[^\w-])({_STREETS})(\.|\s|$)|(^|[^\w])c[./] ?\pL{{3}}|({_HEROES}),? [0-9]|\pL{{3}}{_SIGNED} ?[0-9]", lambda text: bool(_STREET.search(text))),
)  # fmt: skip
_SUSPECT = "|".join([*(f"({hint})" for _, hint, _ in _FORMS), f"({_LONG_TEXT})"])
_SUSPECT_TEXT = rf"{_SUSPECT}|\pL{{2}}[.,;]?\s+\pL{{2}}"


_POSSIBLE = rf"[^0-9A-Za-z]|[0-9]{{10}}|^(19|20)[0-9]{{6}}|^[0-3][0-9][01][0-9](19|20)[0-9]{{2}}|[A-Za-z]{{4}}[0-9]{{6}}|(?i:idmex)|({_LONG_TEXT})"
"""What a value has if it has any of these forms: keys by the million have none of it, and are not looked at closely."""

_KEY = re.compile("[0-9A-Za-z_-]+")


class _Keys:
    """What nearly all values of a column are alike in: their length and the signs they are made of; none if they are not."""

    def __init__(self, distinct: pa.Array) -> None:
        seen = distinct[:SEEN]
        lengths = pc.utf8_length(seen)
        common = pc.mode(lengths)[0]["mode"].as_py()
        alike = seen.take(numbers(np.flatnonzero(whole(lengths) == common)))
        plain = alike.filter(pc.match_substring_regex(alike, f"^{_KEY.pattern}$"))
        self.length = common
        self.count = len(distinct) * len(plain) / len(seen) if len(plain) >= max(MANY, 0.9 * len(seen)) else 0
        self.rare = [
            signs
            for signs in ("A-Z", "a-z", "_-")
            if self.count and _has(plain, f"[{signs}]") < max(2, len(plain) / 100)
        ]

    def __contains__(self, value: str) -> bool:
        return (
            bool(self.count)
            and len(value) == self.length
            and _KEY.fullmatch(value) is not None
            and not any(re.search(f"[{signs}]", value) for signs in self.rare)
        )


def _has(values: pa.Array, pattern: str) -> int:
    """How many have it."""
    return int(pc.sum(pc.match_substring_regex(values, pattern)).as_py())


def _is_series(distinct: pa.Array, stem: str) -> bool:
    """Whether most values begin with these letters: numbers one after the other behind a word."""
    if len(distinct) < MANY or not stem.isalpha():
        return False
    return float(pc.mean(pc.starts_with(distinct, stem).cast(pa.int8())).as_py()) > 0.5
