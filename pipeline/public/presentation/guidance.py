"""What a woman who needs help is told first: the offices with their numbers, and the box that opens the page of a service.

In: the catalogues of the institute as they are today, one language. These facts are not those of an edition: who changes a
telephone publishes it the same day. Out: values for templates. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pipeline.institute.plan import Plan
from pipeline.model.reference_data import (
    ADDRESSES,
    NUMBERS,
    OF_A_SERVICE,
    SERVICES,
    STEPS,
    Catalogue,
    dialled,
    offices,
    reached,
)

_LINKS = {"telephone": "tel:{}", "whatsapp": "https://wa.me/{}", "sms": "sms:{}"}
_OF_AN_OFFICE = ("address", "hours", "dates", "directions", "access")


@dataclass(frozen=True)
class Contact:
    """A number or an address of an office: the role of its column, how it is written, what dials or opens it."""

    role: str
    number: str
    href: str

    @property
    def silent(self) -> bool:
        """Whether it needs no voice."""
        return self.role != "telephone"


@dataclass(frozen=True)
class Office:
    """A place to go to: its name, its numbers, and what else is said of it, (role, lines) in the order of the page."""

    code: str
    title: str
    contacts: tuple[Contact, ...]
    facts: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Guidance:
    plan: Plan
    language: str

    def offices(self) -> list[Office]:
        """The offices in the order of their catalogue; none where the institute has no catalogue of them."""
        found = offices(self.plan.catalogues)
        return [self._office(found, row) for row in found.rows] if found else []

    def _office(self, catalogue: Catalogue, row: Mapping[str, str]) -> Office:
        key = catalogue.columns[0]
        code = row[key.name]
        title = self.plan.lists[key.codes].by_code[code].labels[self.language] if key.codes else code
        said = {role: catalogue.told(row, role, self.language) for role in (*NUMBERS, *ADDRESSES, *_OF_AN_OFFICE)}
        contacts = [Contact(role, said[role], _LINKS[role].format(dialled(said[role], role))) for role in NUMBERS]
        contacts += [
            Contact(role, said[role].removeprefix("https://").rstrip("/"), reached(said[role], role))
            for role in ADDRESSES
        ]
        facts = tuple((role, tuple(said[role].split(STEPS))) for role in _OF_AN_OFFICE if said[role])
        return Office(code, title, tuple(each for each in contacts if each.number), facts)

    def box(self, codes: Iterable[str]) -> list[tuple[str, str]]:
        """(role, words) of what some services cost, ask for and take: the words of the first of them, by which a woman comes in.

        `codes` names services or groups of them; a page that names none has no box.
        """
        catalogue = self.plan.catalogues.get(SERVICES)
        if catalogue is None:
            return []
        key = catalogue.columns[0]
        by_code = self.plan.lists[key.codes].by_code
        found = [
            row for code in codes for row in catalogue.rows if code in (row[key.name], by_code[row[key.name]].parent)
        ]
        told = [(role, catalogue.told(row, role, self.language)) for row in found[:1] for role in OF_A_SERVICE]
        return [(role, said) for role, said in told if said]
