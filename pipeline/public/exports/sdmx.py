"""An edition in SDMX (sdmx.org): one message of structure (SDMX-ML 2.1) and the data of each table (SDMX-CSV 1.0), same codes.

In: an edition as any reader sees it, its tables, words by language. Out: bytes. Pure. Each table is a dataflow with a structure
of its own: its dimensions, what is counted as a dimension `medida`, how often as FREQ, and the time as SDMX writes it; the code
of the period that the tables use is the attribute `periodo`. Names are told in every language, and code lists keep their tree.
A withheld figure is empty, with the status Q.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

import pandas as pd

from pipeline.institute.written import Facts
from pipeline.model import periods
from pipeline.model.cells import TOTAL
from pipeline.public.edition.model import CONF, OBS, PERIOD, Package
from pipeline.public.exports.jsonstat import METRIC
from pipeline.public.presentation import captions
from pipeline.public.statistics.figures import Table
from pipeline.wording.texts import Texts

STRUCTURE, FOLDER = "sdmx/estructura.xml", "sdmx/"
VERSION = "1.0"
MES, STR, COM = (
    f"http://www.sdmx.org/resources/sdmxml/schemas/v2_1/{part}" for part in ("message", "structure", "common")
)
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
CONCEPTS = "CONCEPTOS"
FREQ, TIME, VALUE, OBS_STATUS, CONF_STATUS = "FREQ", "TIME_PERIOD", "OBS_VALUE", "OBS_STATUS", "CONF_STATUS"
FREQUENCIES = {periods.YEAR: "A", periods.QUARTER: "Q", periods.MONTH: "M", periods.TO_DATE: "_O"}
"""Level of a period → its code in CL_FREQ; a year to date, which no frequency tells, is another one."""
Names = Mapping[str, str]
"""Language → words."""


IDENTIFIER = re.compile(r"[A-Za-z0-9_@$-]+")
"""What SDMX takes for a code."""


def possible(package: Package) -> bool:
    """Whether SDMX can tell all codes of an edition as they are; where it cannot, the edition has no SDMX."""
    return all(IDENTIFIER.fullmatch(str(code)) for frame in package.codes.values() for code in frame["code"])


def agency(facts: Facts) -> str:
    """The institute as SDMX names who maintains something: it begins with a letter."""
    name = str(facts["id"])
    return name if name[0].isalpha() else f"i{name}"


def files(
    package: Package, tables: Mapping[str, Table], facts: Facts, words: Mapping[str, Texts]
) -> Iterator[tuple[str, bytes]]:
    """Path below the edition's folder → bytes."""
    if possible(package):
        yield STRUCTURE, structure(package, tables.values(), agency(facts), words)
        for table in tables.values():
            yield f"{FOLDER}{table.id}.csv", data(agency(facts), table)


def time_period(code: str) -> str:
    """A code of the tables as SDMX writes time: 2025, 2025-Q4, 2025-10; a year to date as its first day and its length."""
    level = periods.level_of(code)
    if level == periods.QUARTER:
        return code.replace("T", "Q")
    return f"{code[:4]}-01-01/P{len(periods.months_of(code))}M" if level == periods.TO_DATE else code


# data ----------------------------------------------------------------------------------------------------------------


def data(maintainer: str, table: Table) -> bytes:
    """The figures of a table: a row per cell and measure, in the order of its rows."""
    axes = [name for name in table.axes if name != PERIOD]
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["DATAFLOW", FREQ, *axes, METRIC, TIME, VALUE, OBS_STATUS, CONF_STATUS, PERIOD])
    flow = f"{maintainer}:{table.id}({VERSION})"
    columns = [table.frame[name].tolist() for name in (PERIOD, *axes, *table.measures, OBS, CONF)]
    for period, *row in zip(*columns, strict=True):
        codes, figures, statuses = row[: len(axes)], row[len(axes) : -2], row[-2:]
        head, when = [flow, FREQUENCIES[periods.level_of(str(period)) or ""], *codes], time_period(str(period))
        for measure, figure in zip(table.measures, figures, strict=True):
            writer.writerow([*head, measure, when, "" if pd.isna(figure) else int(figure), *statuses, period])
    return stream.getvalue().encode()


# structure -----------------------------------------------------------------------------------------------------------


def structure(package: Package, tables: Iterable[Table], maintainer: str, words: Mapping[str, Texts]) -> bytes:
    """Dataflows, code lists, concepts and structures of the tables of an edition."""
    listed = list(tables)
    for prefix, space in (("mes", MES), ("str", STR), ("com", COM)):
        ElementTree.register_namespace(prefix, space)
    root = ElementTree.Element(f"{{{MES}}}Structure")
    header = _below(root, MES, "Header")
    _below(header, MES, "ID").text = f"{maintainer}-{package.edition}"
    _below(header, MES, "Test").text = "false"
    _below(header, MES, "Prepared").text = f"{package.release['published']}T00:00:00"
    _below(header, MES, "Sender", id=maintainer)
    inside = _below(root, MES, "Structures")
    writer = _Writer(package, listed, maintainer, words)
    for name, fill in (
        ("Dataflows", writer.dataflows),
        ("Codelists", writer.codelists),
        ("Concepts", writer.concepts),
        ("DataStructures", writer.structures),
    ):
        fill(_below(inside, STR, name))
    ElementTree.indent(root, " ")
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _below(parent: ElementTree.Element, space: str, tag: str, **attributes: str) -> ElementTree.Element:
    return ElementTree.SubElement(parent, f"{{{space}}}{tag}" if space else tag, attributes)


class _Writer:
    """Writes the parts of a message of structure."""

    def __init__(self, package: Package, tables: Sequence[Table], agency: str, words: Mapping[str, Texts]) -> None:
        self.package, self.tables, self.agency, self.words = package, tables, agency, words
        self.lists = {
            each.name: each.codes.rpartition("/")[2].removesuffix(".csv")
            for table in package.tables.values()
            for each in table.dimensions
        }

    def said(self, key: str, **blanks: str) -> Names:
        return {language: words(key, **blanks) for language, words in self.words.items()}

    def own(self, parent: ElementTree.Element, tag: str, name: str, names: Names) -> ElementTree.Element:
        """Something that the institute maintains."""
        made = _below(parent, STR, tag, id=name, agencyID=self.agency, version=VERSION, isFinal="true")
        return self.named(made, names)

    def named(self, element: ElementTree.Element, names: Names) -> ElementTree.Element:
        for language in self.words:
            _below(element, COM, "Name", **{LANG: language}).text = names.get(language) or next(iter(names.values()))
        return element

    def refer(self, parent: ElementTree.Element, kind: str, package: str, name: str, inside: str = "") -> None:
        """A reference to what the institute maintains, or to an item of it."""
        of = {"maintainableParentID": inside, "maintainableParentVersion": VERSION} if inside else {"version": VERSION}
        _below(parent, "", "Ref", id=name, agencyID=self.agency, package=package, **{"class": kind}, **of)

    def dataflows(self, parent: ElementTree.Element) -> None:
        for table in self.tables:
            flow = self.own(parent, "Dataflow", table.id, dict(table.title))
            self.refer(_below(flow, STR, "Structure"), "DataStructure", "datastructure", _dsd(table.id))

    def codelists(self, parent: ElementTree.Element) -> None:
        total = self.said("table.total")
        for name, frame in sorted(self.package.codes.items()):
            titles = [self._title(axis) for axis, listed in self.lists.items() if listed == name]
            made = self.own(parent, "Codelist", _list(name), titles[0] if titles else dict.fromkeys(self.words, name))
            if name != PERIOD:
                self.named(_below(made, STR, "Code", id=TOTAL), total)
            for row in frame.to_dict("records"):
                code = self.named(_below(made, STR, "Code", id=str(row["code"])), self._labels(name, row))
                if row["parent"]:
                    _below(_below(code, STR, "Parent"), "", "Ref", id=str(row["parent"]))
        measures = {name: dict(title) for table in self.tables for name, title in table.measures.items()}
        self._codes(parent, METRIC, self.said("table.counted"), measures)
        levels = {code: self.said(f"files.level.{level}") for level, code in FREQUENCIES.items()}
        self._codes(parent, FREQ, self.said("files.level.title"), levels)
        for column, codes in ((OBS, "APQML"), (CONF, "FC")):
            self._codes(
                parent, column.upper(), self.said(f"sdmx.{column}"),
                {code: self.said(f"status.{column}.{code}") for code in codes},
            )  # fmt: skip

    def _codes(self, parent: ElementTree.Element, name: str, names: Names, codes: Mapping[str, Names]) -> None:
        made = self.own(parent, "Codelist", _list(name), names)
        for code, labels in codes.items():
            self.named(_below(made, STR, "Code", id=code), labels)

    def _labels(self, name: str, row: Mapping[Any, Any]) -> Names:
        if name == PERIOD:
            return {language: words.period(str(row["code"])) for language, words in self.words.items()}
        return {language: str(row[language]) for language in self.words}

    def _title(self, axis: str) -> Names:
        table = next(table for table in self.tables if axis in table.axes)
        return {language: captions.title(table, axis, words) for language, words in self.words.items()}

    def concepts(self, parent: ElementTree.Element) -> None:
        scheme = self.own(parent, "ConceptScheme", CONCEPTS, self.said("sdmx.concepts"))
        named = {axis: self._title(axis) for axis in sorted({axis for table in self.tables for axis in table.axes})}
        named |= {
            METRIC: self.said("table.counted"),
            FREQ: self.said("files.level.title"),
            TIME: self.said("table.period"),
            VALUE: self.said("sdmx.value"),
            OBS_STATUS: self.said("sdmx.obs_status"),
            CONF_STATUS: self.said("sdmx.conf_status"),
        }
        for name, names in named.items():
            self.named(_below(scheme, STR, "Concept", id=name), names)

    def structures(self, parent: ElementTree.Element) -> None:
        for table in self.tables:
            made = self.own(parent, "DataStructure", _dsd(table.id), dict(table.title))
            parts = _below(made, STR, "DataStructureComponents")
            dimensions = _below(parts, STR, "DimensionList", id="DimensionDescriptor")
            names = [FREQ, *(name for name in table.axes if name != PERIOD), METRIC]
            for number, name in enumerate(names, start=1):
                self.coded(_below(dimensions, STR, "Dimension", id=name, position=str(number)), name)
            time = _below(dimensions, STR, "TimeDimension", id=TIME, position=str(len(names) + 1))
            self.plain(time, TIME, "ObservationalTimePeriod")
            attributes = _below(parts, STR, "AttributeList", id="AttributeDescriptor")
            for name in (OBS_STATUS, CONF_STATUS, PERIOD):
                attribute = _below(attributes, STR, "Attribute", id=name, assignmentStatus="Mandatory")
                self.coded(attribute, name)
                related = _below(_below(attribute, STR, "AttributeRelationship"), STR, "PrimaryMeasure")
                _below(related, "", "Ref", id=VALUE)
            measure = _below(_below(parts, STR, "MeasureList", id="MeasureDescriptor"), STR, "PrimaryMeasure", id=VALUE)
            self.plain(measure, VALUE, "Long")

    def concept(self, component: ElementTree.Element, name: str) -> ElementTree.Element:
        self.refer(_below(component, STR, "ConceptIdentity"), "Concept", "conceptscheme", name, CONCEPTS)
        return _below(component, STR, "LocalRepresentation")

    def coded(self, component: ElementTree.Element, name: str) -> None:
        enumeration = _below(self.concept(component, name), STR, "Enumeration")
        self.refer(enumeration, "Codelist", "codelist", _list(self.lists.get(name, name)))

    def plain(self, component: ElementTree.Element, name: str, kind: str) -> None:
        _below(self.concept(component, name), STR, "TextFormat", textType=kind)


def _list(name: str) -> str:
    return f"CL_{name}"


def _dsd(table: str) -> str:
    return f"DSD_{table}"
