"""Spanish labels as people write them: «otro» with its noun, «no especificada» of what is feminine, small words small. Pure."""

from __future__ import annotations

import re

_MASCULINE = re.compile(r"(dia|ma|mapa|planeta)$")
_FEMININE = re.compile(r"(a|dad|tad|tud|cion|sion|xion|umbre|ez)$")
_PLAIN = str.maketrans("áéíóú", "aeiou")
_FORMING = re.compile(r"(?<=\w) (Del?|La|Las|Los|Y|E)(?= )")
_PARTS = "residencia nacimiento origen domicilio ingreso egreso registro violencia servicio atención edad canalización escolaridad ocupación"
"""What is said of something with «de» before it, which headers leave out."""
_WITHOUT_OF = re.compile(
    rf"\b(provincia|municipio|estado|entidad|localidad|país|ciudad|lugar|zona|región|colonia|alcaldía|tipo|modalidad|motivo|grupo|nivel) "
    rf"({'|'.join(_PARTS.split())})\b",
    re.IGNORECASE,
)


def is_feminine(noun: str) -> bool:
    """Whether a noun most likely is, by its ending."""
    word = noun.lower().translate(_PLAIN)
    return bool(_FEMININE.search(word)) and not _MASCULINE.search(word)


def other_of(label: str, title: str) -> str:
    """«Otro» alone with the noun that the title begins with, where both agree: «Otro vínculo», «Otras modalidades»."""
    noun = title.partition(" ")[0].lower()
    alone = re.fullmatch(r"otr([oa])(s?)", label.lower())
    if not alone or not noun or (alone[1] == "a") != is_feminine(noun):
        return label
    return f"{label[:1].upper()}{label[1:].lower()} {plural(noun) if alone[2] else noun}"


def plural(noun: str) -> str:
    """The plural of a noun."""
    if noun.endswith("ión"):
        return f"{noun[:-3]}iones"
    if noun.endswith("z"):
        return f"{noun[:-1]}ces"
    return noun if noun.endswith("s") else noun + ("s" if noun[-1] in "aeiouáéó" else "es")


def agreeing(label: str, title: str) -> str:
    """A label that ends in «especificado» with the ending that the noun of the title asks for; «Não especificado» too."""
    noun = title.partition(" ")[0]
    return f"{label[:-1]}a" if label.endswith("especificado") and is_feminine(noun) else label


def small_words(label: str) -> str:
    """«Santiago Del Estero» as «Santiago del Estero»; what begins a name keeps its capital."""
    return _FORMING.sub(lambda found: found[0].lower(), label)


def with_of(title: str) -> str:
    """«Provincia residencia» as «Provincia de residencia»."""
    return _WITHOUT_OF.sub(r"\1 de \2", title)
