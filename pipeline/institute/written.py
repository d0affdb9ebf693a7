"""What stands in the files of an institute, as they are written: the shapes of `schemas/plan.schema.yaml`, for a type checker. Pure.

A Plan carries them as they were read, once they have been found to be so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

from pipeline.model.reference_data import Text

Filter = Mapping[str, str]
"""Dimension → code."""


# institute.yaml


class Licence(TypedDict):
    name: str
    title: Text
    path: str


class Helpline(TypedDict):
    number: str
    call: str
    label: Text
    confirm: NotRequired[bool]


class Help(TypedDict):
    says: Text
    confirm: NotRequired[bool]


class Disclosure(TypedDict):
    threshold: int
    sensitive_threshold: NotRequired[int]
    late_records: NotRequired[str]


class SigningKey(TypedDict):
    key: str
    since: str


class EditionEntry(TypedDict):
    id: str
    cut_off: str
    published: str
    note: NotRequired[Text]
    amends: NotRequired[str]
    without: NotRequired[Mapping[str, Sequence[str]]]


class CalendarEntry(TypedDict):
    date: str
    edition: str


class Facts(TypedDict, total=False):
    """institute.yaml."""

    id: str
    name: Text
    short_name: Text
    unit: Text
    place: Text
    synthetic: Text
    url: str
    email: str
    languages: Sequence[str]
    serves: str
    licence: Licence
    exit_page: str
    helplines: Sequence[Helpline]
    help: Sequence[Help]
    disclosure: Disclosure
    signing: Sequence[SigningKey]
    first_month: str
    editions: Sequence[EditionEntry]
    calendar: Sequence[CalendarEntry]
    measures: Mapping[str, Text]


class Publisher(TypedDict):
    """What an edition says of who published it, from institute.yaml."""

    id: str
    name: Text
    unit: Text
    url: str
    email: str
    licence: Licence
    languages: Sequence[str]


# charts.yaml


class Topic(TypedDict):
    id: str
    title: Text
    summary: NotRequired[Text]


class Shown(TypedDict):
    """What cards, lines of the first screen and charts have in common: figures of a table."""

    table: str
    measure: str
    where: NotRequired[Filter]


class CardEntry(Shown):
    id: str
    share: NotRequired[Filter]
    title: Text
    unit: NotRequired[Text]


class LineEntry(Shown):
    dimension: NotRequired[str]
    depth: NotRequired[str]
    says: Text


class Rate(TypedDict):
    catalogue: str
    column: str
    per: int


class Annotation(TypedDict):
    at: str
    says: Text


class ChartEntry(Shown):
    id: str
    topic: str
    kind: str
    x: NotRequired[str]
    y: NotRequired[str]
    color: NotRequired[str]
    facet: NotRequired[str]
    level: NotRequired[str]
    order: NotRequired[str]
    depth: NotRequired[str]
    last: NotRequired[int]
    shapes: NotRequired[str]
    rate: NotRequired[Rate]
    title: Text
    says: NotRequired[Text]
    finding: NotRequired[Text]
    annotations: NotRequired[Sequence[Annotation]]
    unit: NotRequired[Text]


class Discreet(TypedDict):
    title: Text
    address: NotRequired[str]


class Site(TypedDict, total=False):
    """charts.yaml; empty where there is none."""

    heading: Text
    home: Sequence[str]
    headlines: Sequence[str]
    goals: str
    discreet: Mapping[str, Discreet]
    topics: Sequence[Topic]
    kpis: Sequence[CardEntry]
    first_screen: Sequence[LineEntry]
    charts: Sequence[ChartEntry]


# records.package.yaml


Condition = Mapping[str, Mapping[str, Sequence[str]]]
"""Column → `in` or `not`, with codes."""


class RecordRule(TypedDict):
    """A rule across the columns of a record."""

    id: str
    when: NotRequired[Condition]
    any_true: NotRequired[Sequence[str]]
    hierarchy: NotRequired[str]
    equals: NotRequired[str]
    then: NotRequired[Condition]
    says: NotRequired[Text]


# sources.yaml


Bin = TypedDict("Bin", {"code": str, "from": NotRequired[float], "to": NotRequired[float]})
"""A code for the numbers from one to another, both included."""


class Recoding(TypedDict, total=False):
    """How a column is recoded."""

    aliases: Mapping[str, str]
    month: bool
    quarter: bool
    year: bool
    yes_no: bool
    empty: str
    otherwise: str
    constant: str
    bins: Sequence[Bin]


# pnt.yaml


class FormColumn(TypedDict):
    heading: str
    verified: bool
    type: NotRequired[int]
    field: NotRequired[str]
    value: str
    catalogue: NotRequired[Sequence[str]]


class Form(TypedDict):
    """A format of the national platform."""

    id: str
    rows: str
    number: NotRequired[str]
    title: str
    short: str
    description: NotRequired[str]
    columns: Sequence[FormColumn]


class Upload(TypedDict, total=False):
    """pnt.yaml; empty where there is none."""

    formats: Sequence[Form]


# pages


class Recording(TypedDict):
    file: str
    title: str
    signed: NotRequired[bool]
    captions: NotRequired[str]
    transcript: str


class PageHead(TypedDict, total=False):
    """What a page of prose says of itself."""

    title: str
    description: str
    section: str
    order: float
    report: int
    charts: Sequence[str]
    topics: Sequence[str]
    services: Sequence[str]
    catalogues: Sequence[str]
    documents: Mapping[str, Sequence[str]]
    confirm: bool
    language: str
    version_of: str
    media: Sequence[Recording]
