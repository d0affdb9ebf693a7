"""Words of a header without accents, as databases have them → as people write them, in Spanish. Pure.

Only what is sure is changed: endings that nearly always have an accent, and a list of words that forms have. A text that has an accent
or an ñ somewhere is as somebody meant it.
"""

from __future__ import annotations

import re

_LISTED = """
    género géneros número números vínculo vínculos año años día días vía vías niño niños niña niñas niñez teléfono teléfonos
    código códigos área áreas país índice víctima víctimas análisis método crédito ámbito ámbitos régimen último última últimos últimas
    máximo mínimo máxima mínima cónyuge ningún según también además móvil fácil difícil cárcel jóvenes órdenes líder varón común patrón
    vehículo vehículos artículo artículos título títulos trámite trámites sábado miércoles compañero compañera compañeros compañeras
    español señas daño daños indígena indígenas búsqueda categoría categorías asesoría asesorías tutoría auditoría fiscalía policía
    alcaldía defensoría consejería compañía telefonía mayoría minoría línea líneas cédula núcleo depósito propósito préstamo útil útiles
"""
WORDS = {word.translate(str.maketrans("áéíóúñ", "aeioun")): word for word in _LISTED.split()}
"""Word without accents → the word."""
SHORT = {
    "prov": "provincia",
    "mpio": "municipio",
    "edo": "estado",
    "num": "número",
    "tel": "teléfono",
    "depto": "departamento",
}
"""How forms shorten words, and the word."""
PLAIN = frozenset(
    ["chico", "chica", "explica", "aplica", "indica", "ubica", "dedica", "abanico", "mexica", "implica", "replica"]
)
"""Words that end as others do that have an accent."""
ACCENTED = str.maketrans("aeiou", "áéíóú")


def accented(text: str) -> str:
    """The text with the accents that it lacks for sure, and words that forms shorten in full; capitals stay."""
    if not text.isascii():
        return text
    return re.sub(r"[A-Za-z]+", lambda match: _word(match[0]), text)


def _word(word: str) -> str:
    small = word.lower()
    if small in WORDS or small in SHORT:
        found = WORDS.get(small) or SHORT[small]
    elif ended := re.fullmatch(r"(\w*[csxg]i)on", small):
        found = f"{ended[1]}ón"
    elif ended := re.fullmatch(r"(\w{2,}(?:log|graf))ia(s?)", small):
        found = f"{ended[1]}ía{ended[2]}"
    elif small not in PLAIN and not re.search(r"if?ica[s]?$", small) and (
        ended := re.fullmatch(r"(\w*)([aeiou])([bcdfghjklmnpqrstvwxyz]{1,2}|str|ptr|ntr|ctr|bstetr)(ic[oa]s?)", small)
    ):  # fmt: skip
        found = f"{ended[1]}{ended[2].translate(ACCENTED)}{ended[3]}{ended[4]}"
    else:
        return word
    return found.upper() if word.isupper() else found.capitalize() if word[:1].isupper() else found
