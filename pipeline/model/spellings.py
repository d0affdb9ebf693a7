"""How something is written → what it stands for. Pure.

Offices write one word in many ways: in capitals, without accents, with a space too many. Here such spellings are one, and
where two spellings that are one would stand for different things, that is a clash: order never decides between them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

UNSEEN = ("Mn", "Me", "Cf")
"""Accents and other marks on a letter, and signs that nobody sees: soft hyphens, zero-width spaces, marks of direction."""
_DASHES = re.compile("[\N{MINUS SIGN}\N{HYPHEN}-\N{HORIZONTAL BAR}\N{SMALL HYPHEN-MINUS}\N{FULLWIDTH HYPHEN-MINUS}]")


_NO_ANSWER = re.compile(
    r"(sub ?-?|gran |grand )?tot(al|ales|als)\b(?![-/]).*|"  # a row that sums up others
    r"(gran )?sum(as?|atorias?)( (total|general|global|parcial|del?|por)\b.*)?|[σς∑]|acumulad[oa]s?|promedios?|"
    r"idem\.?|ibid(em)?\.?|ditto|(-+ ?)?([\"“”″〃]{1,2}|''|´´|,,)( ?-+)?|"  # as above
    r"null|\(null\)|<null>|\\n|nan|err:\d+|"
    r"#n/?[ad]|#(ref|value|name|num|null|div/0|calc|spill)|#[¡¿]?[^\W\d_][^!?]*[!?]{1,2}|##+"  # an error, in any language
)
"""What a folded cell says that tells of its table or of a program, and of no record."""
_MISREAD = re.compile(
    "\ufffd|[ÃÂ][\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|(?<=[^\\W\\d_])[?¡¢£¤¥‡ƒ„‚](?=[^\\W\\d_])", re.UNICODE
)
"""What is left of a letter with an accent that was read, or written, in another encoding."""


def is_no_answer(written: str) -> bool:
    """Whether a cell says nothing of a record: it is a total, «as above», what a program writes for nothing or for an error, or
    its letters were read in the wrong encoding."""
    return bool(_NO_ANSWER.fullmatch(fold(written)) or _MISREAD.search(written))


_NO_KEY = re.compile(
    r"[\W_]*|0|x+|(s|n)-(n|a|d|c)-?|sn|nd|none|ningun[ao]|pendiente|anonim[ao]|desconocid[ao]|no(aplica|tiene|sabe|hay|dio|especificado)|"
    r"sin(clave|llave|folio|datos?|numero|registro|curp|expediente|id|nombre|informacion)"
)
"""What a folded key says that stands for no key."""


def is_no_key(written: str) -> bool:
    """Whether a cell is no key of anybody, but a mark that there is none, as «s/n», «NULL», «ídem» or zeros alone."""
    return is_no_answer(written) or bool(_NO_KEY.fullmatch(fold_key(written).replace("/", "-")))


def fold(text: str) -> str:
    """Case, accents, signs that nobody sees and runs of space or underscore folded away: «Córdoba », «CORDOBA» and
    «cordoba» are one."""
    return re.sub(r"[\s_]+", " ", _plain(text)).strip().casefold()


def fold_key(text: str) -> str:
    """The same for the key of a person or record, which has no words: also any space, quotes, which sign parts two numbers and
    whether one parts a letter from a number («A-12», «A12»), and what a spreadsheet does to digits, which lose their zeros in
    front or gain a «.0», make no difference. `KEY_IN_SQL` is its twin for plain ASCII."""
    folded = re.sub(r"[\s'\"`´‘’“”]+", "", _DASHES.sub("-", _plain(text))).casefold()
    for written, instead in _KEY:
        folded = re.sub(written, instead, folded)
    return folded


_KEY = (
    (r"^0*([0-9]+?)(\.0*)?$", r"\1"),
    (r"[-./]+", "-"),
    (r"([a-z])-([0-9])", r"\1\2"),
    (r"([0-9])-([a-z])", r"\1\2"),
)
"""What is written in a key, and what that folds to, one after another."""


def _key_in_sql() -> str:
    folded = """lower(regexp_replace({0}, '[ ''"`]', '', 'g'))"""
    for written, instead in _KEY:
        folded = f"regexp_replace({folded}, '{written}', '{instead}', 'g')"
    return folded


KEY_IN_SQL = _key_in_sql()
"""`fold_key` as DuckDB computes it of texts of the signs from space to tilde."""


def _plain(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text) if unicodedata.category(c) not in UNSEEN)


@dataclass(frozen=True)
class Meanings:
    """Spellings with what each stands for: as they are written, and folded where that is the same for all that fold alike.

    clashes: what the spellings that fold alike may stand for, where that is more than one thing; nothing can tell.
    """

    exact: Mapping[str, str]
    folded: Mapping[str, str]
    clashes: tuple[tuple[str, ...], ...]

    def of(self, written: str) -> str | None:
        """What a spelling stands for; None where it is unknown, or may be several things."""
        found = self.exact.get(_composed(written))
        return self.folded.get(fold(written)) if found is None else found


def meanings(said: Iterable[tuple[str, str]], known: Iterable[tuple[str, str]] = ()) -> Meanings:
    """(spelling, what it stands for) of two kinds: what somebody `said` takes the place of what is `known` of a spelling
    written just so. Spellings that fold alike but are all said one by one are no clash; they are told apart as written."""
    ruled = {_composed(written) for written, _ in said}
    groups: dict[str, dict[str, set[str]]] = {}
    for written, meant in (*said, *((each, meant) for each, meant in known if _composed(each) not in ruled)):
        groups.setdefault(fold(written), {}).setdefault(_composed(written), set()).add(meant)
    exact: dict[str, str] = {}
    folded: dict[str, str] = {}
    clashes = []
    for name, spelled in groups.items():
        exact |= {written: next(iter(meant)) for written, meant in spelled.items() if len(meant) == 1}
        several = set().union(*spelled.values())
        if len(several) == 1:
            folded[name] = next(iter(several))
        elif not spelled.keys() <= ruled or any(len(meant) > 1 for meant in spelled.values()):
            clashes.append(tuple(sorted(several)))
    return Meanings(exact, folded, tuple(clashes))


def _composed(written: str) -> str:
    return unicodedata.normalize("NFC", written).strip()
