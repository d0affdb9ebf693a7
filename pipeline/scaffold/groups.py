"""Answers → the groups that they have by what they mean: states within regions of a country, partners and family among relations. Pure.

A group is proposed where what it adds up is whole: no answer of the column is left unnamed, and two answers at least are within. It is
marked as a decision, for what it says is true of words and may not be of an office.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from pipeline.model import yaml12
from pipeline.model.reference_data import Text
from pipeline.model.spellings import fold
from pipeline.scaffold.profile import Trait

GROUPS = Path(__file__).with_name("groups.yaml")
MOSTLY = 0.8
"""Share of the answers of a column of places that must be states of one country."""
FEW = 5
"""States from which a column of places is one of states: towns are called like states too."""
RELATION = re.compile(r"\b(vinculo|relacion|parentesco|agresor\w*|relationship|kinship)\b")
"""Headers of who somebody is to a woman."""
_PARTNER = r"(ex ?)?(pareja|espos[oa]|conyuge|concubin[oa]|concubinario|novi[oa]|marido)( [oa])?( (actual|anterior|sentimental|pasada))?"
_KIN = (
    r"(otr[oa] )?(familiar|pariente)( (directo|cercano|consanguineo|politico))?|padrastro|madrastra"
    r"|(padre|madre|herman[oa]|hij[oa]|ti[oa]|abuel[oa]|prim[oa]|sobrin[oa]|suegr[oa]|cunad[oa]|niet[oa]|yerno|nuera|tutor|tutora)s?( [oa])?"
)
RELATIONS = {
    "pareja_o_ex": re.compile(rf"({_PARTNER})( [oy] ({_PARTNER}))*"),
    "familia": re.compile(rf"({_KIN})( [oy] ({_KIN}))*"),
}
"""Group → the answers within, folded, with a space for each sign."""
Groups = dict[str, tuple[str, Text]]


def groups(trait: Trait) -> Groups:
    """Label of an answer → name and label of its group; nothing where some answers are too rare to be named, and the sum of a group
    would lack them."""
    labels = [value.label for value in trait.values]
    if trait.rare or trait.groups:
        return {}
    if trait.place:
        return _regions(labels)
    return _relations(labels) if RELATION.search(_words(trait.headers[0])) else {}


@cache
def _known() -> Mapping[str, Any]:
    content, _ = yaml12.read(GROUPS.read_text(encoding="utf-8"))
    found: Mapping[str, Any] = content
    return found


def _words(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", fold(text)).strip()


def _regions(labels: Sequence[str]) -> Groups:
    for country in _known()["regions"].values():
        states = {_words(state): region for region, about in country.items() for state in about["states"]}
        found = {label: region for label in labels if (region := _region(_words(label), states))}
        if len(found) >= max(FEW, MOSTLY * len(labels)):
            return _whole({label: (region, country[region]["label"]) for label, region in found.items() if region != "beside"})  # fmt: skip
    return {}


def _region(label: str, states: Mapping[str, str]) -> str:
    """The region of a state, whose name may be written with what it has besides: «Coahuila de Zaragoza»."""
    fitting = [state for state in states if label == state or label.startswith(f"{state} ")]
    return states[max(fitting, key=len)] if fitting else ""


def _relations(labels: Sequence[str]) -> Groups:
    about = _known()["relations"]
    return _whole(
        {
            label: (name, about[name]["label"])
            for label in labels
            for name, pattern in RELATIONS.items()
            if pattern.fullmatch(_words(label))
        }
    )


def _whole(found: Groups) -> Groups:
    """Groups of two answers or more, none of which is called like an answer."""
    times = Counter(name for name, _ in found.values())
    called = {_words(label) for label in found}
    return {
        label: group for label, group in found.items() if times[group[0]] > 1 and _words(group[1]["es"]) not in called
    }
