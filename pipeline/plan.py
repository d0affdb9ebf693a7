"""institute/ → a frozen Plan. Reads files; reports every mistake of every file at once, as file:key.

The Plan is what one institute decided: its contract for records, its code lists, what it publishes, and when. Both
halves of the program read it; it holds no record and no count.
"""

from __future__ import annotations

import codecs
import csv
import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import yaml
from frictionless import Schema

from pipeline import periods
from pipeline.cells import TOTAL
from pipeline.errors import Collector, Finding, PipelineError

Text = Mapping[str, str]
"""The same words by language code."""

PERIOD = "periodo"
"""Name of the time dimension and of its code list, in every table."""
YES = ("true", "True", "TRUE", "1")
"""How a Table Schema writes yes, unless a field says otherwise."""
SCHEMA = Path(__file__).with_name("plan.schema.yaml")


@dataclass(frozen=True, slots=True)
class Code:
    """A code with its place in the list, its parent, the codes that it unites, and its labels."""

    code: str
    parent: str
    parts: tuple[str, ...]
    order: int
    labels: Text


@dataclass(frozen=True)
class CodeList:
    """Enum constraint, hierarchy and labels at once, in publication order."""

    name: str
    codes: tuple[Code, ...]

    @cached_property
    def by_code(self) -> Mapping[str, Code]:
        return {code.code: code for code in self.codes}

    @cached_property
    def parents(self) -> frozenset[str]:
        return frozenset(code.parent for code in self.codes if code.parent)

    @property
    def leaves(self) -> tuple[str, ...]:
        """Codes that a record may hold: no parent of another, no union of others."""
        return tuple(c.code for c in self.codes if c.code not in self.parents and not c.parts)

    @property
    def roots(self) -> tuple[str, ...]:
        return tuple(c.code for c in self.codes if not c.parent)


@dataclass(frozen=True)
class Dimension:
    """How a dimension is read from records. `columns` is code → boolean column (multi-answer only)."""

    name: str
    kind: str
    codes: str
    column: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    answers: str = ""
    upper: str = ""
    sensitive: bool = False
    unspecified: tuple[str, ...] = ("no_especificado",)
    complement: str = "protected"
    reason: Text = field(default_factory=dict)
    title: Text = field(default_factory=dict)


@dataclass(frozen=True)
class Resource:
    """A record type: its Table Schema (code lists injected as enum) and how it is counted."""

    name: str
    title: Text
    schema: Mapping[str, Any]
    period: str
    grain: str
    rows: str
    person: str = ""
    persons: str = ""
    women: str = ""
    sums: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    dimensions: Mapping[str, Dimension] = field(default_factory=dict)
    rules: tuple[Mapping[str, Any], ...] = ()
    yearly_only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def threshold_measure(self) -> str:
        """The measure that the threshold judges: women, or rows where a record type has no key."""
        return self.women or self.persons or self.rows

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(f["name"] for f in self.schema["fields"])

    def yes(self, column: str) -> tuple[str, ...]:
        """How a boolean column writes yes."""
        return next(tuple(f.get("trueValues", YES)) for f in self.schema["fields"] if f["name"] == column)

    @property
    def answers(self) -> frozenset[str]:
        return frozenset(d.answers for d in self.dimensions.values() if d.answers)


@dataclass(frozen=True)
class Origin:
    """Files of one form (`pattern`, below the folder of records) or a table of a database (`url`), and how to read them.

    `rename` is written header → field, `absent` field → what stands for a column that these files do not have yet.
    `password` names the environment variable that holds it. Where `format`, `encoding` or `delimiter` is not stated, it
    is found out.
    """

    pattern: str = ""
    format: str = ""
    encoding: str = ""
    delimiter: str = ""
    decimal: str = "."
    sheet: str = ""
    header: int = 1
    url: str = ""
    table: str = ""
    query: str = ""
    password: str = ""
    rename: Mapping[str, str] = field(default_factory=dict)
    absent: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answers:
    """One written column that holds several answers: `columns` is answer → boolean field, `none` means no answer."""

    separator: str
    columns: Mapping[str, str]
    none: tuple[str, ...] = ()
    otherwise: str = ""


@dataclass(frozen=True)
class Source:
    """Where a record type comes from and how it is recoded at the door. `answers` is by written header."""

    origins: tuple[Origin, ...]
    rename: Mapping[str, str] = field(default_factory=dict)
    drop: tuple[str, ...] = ()
    recode: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    answers: Mapping[str, Answers] = field(default_factory=dict)


@dataclass(frozen=True)
class TableSpec:
    """A table that is published. `levels` are those of its time dimension."""

    id: str
    topic: str
    resource: str
    title: Text
    dimensions: tuple[str, ...]
    measures: tuple[str, ...]
    levels: tuple[str, ...] = ()
    note: Text = field(default_factory=dict)
    where: Mapping[str, str] = field(default_factory=dict)
    priority: int = 1


@dataclass(frozen=True)
class Edition:
    """One publication. `cut_off` is the last month that it counts, `published` its date (AAAA-MM-DD)."""

    id: str
    cut_off: str
    published: str
    note: Text = field(default_factory=dict)
    amends: str = ""


@dataclass(frozen=True)
class Plan:
    """Everything that the institute decided. `facts` is institute.yaml as read; `site` is charts.yaml as read."""

    folder: Path
    facts: Mapping[str, Any]
    lists: Mapping[str, CodeList]
    resources: Mapping[str, Resource]
    sources: Mapping[str, Source]
    tables: tuple[TableSpec, ...]
    editions: tuple[Edition, ...]
    site: Mapping[str, Any]

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self.facts["languages"])

    def edition(self, name: str) -> Edition:
        found = next((e for e in self.editions if e.id == name), None)
        if found is None:
            raise PipelineError("plan", [Finding.of("institute.yaml:editions", "unknown_edition", edition=name)])
        return found

    def until(self, edition: Edition) -> tuple[Edition, ...]:
        """The editions up to this one, oldest first."""
        return self.editions[: self.editions.index(edition) + 1]

    def table(self, name: str) -> TableSpec:
        return next(t for t in self.tables if t.id == name)

    def sensitive(self, table: TableSpec) -> bool:
        dimensions = self.resources[table.resource].dimensions
        return any(dimensions[name].sensitive for name in table.dimensions if name != PERIOD)

    def threshold(self, table: TableSpec) -> int:
        rule = self.facts["disclosure"]
        normal: int = rule["threshold"]
        return max(normal, rule.get("sensitive_threshold", 10)) if self.sensitive(table) else normal

    def periods(self, edition: Edition) -> CodeList:
        """The list of time codes of an edition, labelled."""
        found = periods.periods(self.facts["first_month"], edition.cut_off)
        return CodeList(
            PERIOD,
            tuple(
                Code(p.code, p.parent, p.parts, n, dict.fromkeys(self.languages, p.code))
                for n, p in enumerate(found, start=1)
            ),
        )


def load(folder: Path) -> Plan:
    """Reads and checks the folder of an institute. Raises PipelineError("plan") with every mistake found."""
    reader = _Reader(folder)
    plan = reader.read()
    if reader.findings or plan is None:
        raise PipelineError("plan", reader.findings)
    return plan


class _Reader(Collector):
    """Reads the files one after the other and collects findings; later checks run on what could be read."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def read(self) -> Plan | None:
        if not self.folder.is_dir():
            self.wrong(str(self.folder), "missing_folder")
            return None
        facts = self.shaped("institute.yaml", "institute")
        languages = _languages(facts or self.yaml("institute.yaml", again=True))
        lists = {path.stem: self.code_list(path, languages) for path in sorted(self.folder.glob("codes/*.csv"))}
        resources = self.resources(lists)
        sources = self.sources(resources)
        tables = self.tables(resources, lists)
        self.labels(facts or {}, tables)
        site = self.mapping("charts.yaml")
        self.site(site, {t.id: t for t in tables})
        for name in ("institute.yaml", "tables.yaml", "charts.yaml", "records.package.yaml"):
            self.translations(name, self.yaml(name, again=True), languages)
        editions = self.editions(facts or {})
        if facts is None:
            return None
        return Plan(self.folder, facts, lists, resources, sources, tables, editions, site)

    # files -----------------------------------------------------------------------------------------------------------

    def yaml(self, name: str, *, again: bool = False) -> Any:
        path = self.folder / name
        try:
            return yaml.safe_load(path.read_text(encoding="utf-8"))
        except OSError:
            problem: tuple[str, dict[str, object]] = ("missing_file", {})
        except UnicodeDecodeError:
            problem = ("not_utf8", {})
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            problem = ("not_yaml", {"line": mark.line + 1} if mark else {})
        if not again:
            self.wrong(name, problem[0], **problem[1])
        return None

    def shaped(self, name: str, shape: str) -> Any:
        content = self.yaml(name)
        if content is None:
            if (self.folder / name).is_file() and not any(f.where == name for f in self.findings):
                self.wrong(name, "empty_file")
            return None
        return content if self.fits(name, content, shape) else None

    def mapping(self, name: str) -> dict[str, Any]:
        content = self.yaml(name) or {}
        if not isinstance(content, dict):
            self.wrong(name, "wrong_type")
            return {}
        return content

    def fits(self, where: str, content: Any, shape: str) -> bool:
        before = len(self.findings)
        for error in _validator(shape).iter_errors(content):
            self.findings.extend(_from_schema(where, error))
        return len(self.findings) == before

    def translations(self, name: str, content: Any, languages: Iterable[str]) -> None:
        for key, text in _texts(content):
            for language in languages:
                if not str(text.get(language, "")).strip():
                    self.wrong(f"{name}:{key}", "missing_translation", language=language)

    def code_list(self, path: Path, languages: tuple[str, ...]) -> CodeList:
        where = f"codes/{path.name}"
        expected = ["code", "parent", "parts", "order", *languages]
        codes: list[Code] = []
        try:
            with path.open(encoding="utf-8-sig", newline="") as stream:
                rows = csv.DictReader(stream)
                if list(rows.fieldnames or []) != expected:
                    self.wrong(where, "wrong_header", expected=",".join(expected))
                    return CodeList(path.stem, ())
                for number, row in enumerate(rows, start=2):
                    key = f"{where}:{number}"
                    if None in row or None in row.values():
                        self.wrong(key, "wrong_width")
                        continue
                    code = row["code"].strip()
                    if not code or any(c in code for c in "!, /\\") or code == TOTAL:
                        self.wrong(key, "bad_code")
                        continue
                    if any(code == other.code for other in codes):
                        self.wrong(key, "duplicate_code", code=code)
                    if not row["order"].strip().lstrip("-").isdigit():
                        self.wrong(key, "order_not_number", code=code)
                        continue
                    for language in languages:
                        if not row[language].strip():
                            self.wrong(f"{where}:{code}", "missing_translation", language=language)
                    labels = {language: row[language].strip() for language in languages}
                    parts = tuple(row["parts"].split())
                    codes.append(Code(code, row["parent"].strip(), parts, int(row["order"]), labels))
        except (OSError, UnicodeDecodeError, csv.Error):
            self.wrong(where, "not_utf8")
        known = {code.code: code for code in codes}
        for code in codes:
            for other in filter(None, (code.parent, *code.parts)):
                if other not in known:
                    self.wrong(f"{where}:{code.code}", "unknown_code", code=other)
            seen, at = {code.code}, code.parent
            while at and at in known:
                if at in seen:
                    self.wrong(f"{where}:{code.code}", "circular_parent")
                    break
                seen.add(at)
                at = known[at].parent
        return CodeList(path.stem, tuple(sorted(codes, key=lambda c: c.order)))

    # the contract ----------------------------------------------------------------------------------------------------

    def resources(self, lists: Mapping[str, CodeList]) -> dict[str, Resource]:
        name = "records.package.yaml"
        found: dict[str, Resource] = {}
        if (content := self.yaml(name)) is None:
            return found
        described = content.get("resources") if isinstance(content, dict) else None
        if not isinstance(described, list) or not described:
            self.wrong(f"{name}:resources", "required", key="resources")
            return found
        for number, descriptor in enumerate(described):
            key = f"{name}:resources.{descriptor.get('name', number) if isinstance(descriptor, dict) else number}"
            if not isinstance(descriptor, dict) or "name" not in descriptor:
                self.wrong(key, "required", key="name")
                continue
            resource = self.resource(key, descriptor, lists)
            if resource:
                found[resource.name] = resource
        for resource in found.values():
            for foreign in resource.schema.get("foreignKeys", ()):
                other = foreign["reference"]["resource"] or resource.name
                target = found.get(other)
                if target is None:
                    self.wrong(f"{name}:resources.{resource.name}.schema.foreignKeys", "unknown_resource", name=other)
                elif missing := set(_listed(foreign["reference"]["fields"])) - set(target.fields):
                    key = f"{name}:resources.{resource.name}.schema.foreignKeys"
                    self.wrong(key, "unknown_field", name=", ".join(sorted(missing)))
        return found

    def resource(self, key: str, descriptor: dict[str, Any], lists: Mapping[str, CodeList]) -> Resource | None:
        counted = descriptor.get("celosia", {})
        if not self.fits(f"{key}.celosia", counted, "resource"):
            return None
        described = descriptor.get("schema")
        if not isinstance(described, dict) or not isinstance(described.get("fields"), list):
            self.wrong(f"{key}.schema.fields", "required", key="fields")
            return None
        schema, dimensions = dict(described), {}
        schema["fields"] = []
        for number, column in enumerate(described["fields"]):
            where = f"{key}.schema.fields.{column.get('name', number) if isinstance(column, dict) else number}"
            if not isinstance(column, dict) or "name" not in column or "type" not in column:
                self.wrong(where, "required", key="name, type")
                return None
            extra = column.get("celosia", {})
            self.fits(f"{where}.celosia", extra, "field")
            column = {name: value for name, value in column.items() if name != "celosia"}
            if listed := extra.get("codes"):
                if listed not in lists:
                    self.wrong(f"{where}.celosia.codes", "unknown_list", name=listed)
                else:
                    codes = lists[listed]
                    column["constraints"] = {**column.get("constraints", {}), "enum": list(codes.leaves)}
                    kind = "hierarchy" if codes.parents else "flat"
                    dimensions[column["name"]] = _dimension(
                        column["name"],
                        {"kind": kind, "codes": listed, "column": column["name"], "title": extra.get("title"), **extra},
                    )
            schema["fields"].append(column)
        names = {column["name"] for column in schema["fields"]}
        # A record without a code, a month or a key would be in a total and in none of its parts.
        needed = {
            *dimensions,
            counted["period"],
            counted.get("person"),
            *itertools.chain(*counted.get("sums", {}).values()),
        }
        for column in schema["fields"]:
            if column["name"] in needed:
                column["constraints"] = {**column.get("constraints", {}), "required": True}
        if not _is_table_schema(schema):
            self.wrong(f"{key}.schema", "not_table_schema")
            return None
        for name, extra in counted.get("dimensions", {}).items():
            where = f"{key}.celosia.dimensions.{name}"
            base = dimensions.get(name)
            if base is None and extra.get("kind") != "multiple":
                self.wrong(where, "unknown_field", name=name)
                continue
            if base is None:
                if extra.get("codes") not in lists:
                    self.wrong(f"{where}.codes", "unknown_list", name=extra.get("codes", ""))
                    continue
                columns = extra.get("columns", {})
                for code in set(columns) ^ set(lists[extra["codes"]].leaves):
                    self.wrong(f"{where}.columns", "unknown_code", code=code)
                for column in set(columns.values()) - names:
                    self.wrong(f"{where}.columns", "unknown_field", name=column)
                if not extra.get("answers"):
                    self.wrong(where, "required", key="answers")
                dimensions[name] = _dimension(name, extra)
            else:
                dimensions[name] = _dimension(name, {**_as_dict(base), **extra})
        for dimension in dimensions.values():
            where = f"{key}.celosia.dimensions.{dimension.name}"
            if dimension.upper:
                if dimension.upper not in dimensions:
                    self.wrong(f"{where}.upper", "unknown_dimension", name=dimension.upper)
                else:
                    upper = set(lists[dimensions[dimension.upper].codes].leaves)
                    for code in set(lists[dimension.codes].roots) - upper:
                        self.wrong(f"{where}.upper", "unknown_code", code=code)
            if dimension.complement == "free" and not dimension.reason:
                self.wrong(where, "complement_needs_reason")
        for one, what in (("person", counted.get("person")), ("period", counted.get("period"))):
            if what and what not in names:
                self.wrong(f"{key}.celosia.{one}", "unknown_field", name=what)
        for measure, columns in counted.get("sums", {}).items():
            for column in set(columns) - names:
                self.wrong(f"{key}.celosia.sums.{measure}", "unknown_field", name=column)
        if bool(counted.get("person")) != bool(counted.get("persons")):
            self.wrong(f"{key}.celosia.persons", "person_and_persons")
        if counted.get("women") and counted["women"] not in counted.get("sums", {}):
            self.wrong(f"{key}.celosia.women", "unknown_measure", name=counted["women"])
        for rule in counted.get("rules", ()):
            used = {*rule.get("when", {}), *rule.get("then", {}), *rule.get("any_true", ())}
            used |= {rule[part] for part in ("hierarchy", "equals") if part in rule}
            if rule.get("hierarchy") in names - set(dimensions):
                self.wrong(f"{key}.celosia.rules.{rule['id']}", "unknown_dimension", name=rule["hierarchy"])
            for column in used - names:
                self.wrong(f"{key}.celosia.rules.{rule['id']}", "unknown_field", name=column)
            if sum(part in rule for part in ("any_true", "hierarchy", "then")) != 1:
                self.wrong(f"{key}.celosia.rules.{rule['id']}", "rule_needs_one_claim")
        return Resource(
            name=descriptor["name"],
            title=counted["title"],
            schema=schema,
            period=counted["period"],
            grain=counted.get("grain", periods.MONTH),
            rows=counted["rows"],
            person=counted.get("person", ""),
            persons=counted.get("persons", ""),
            women=counted.get("women", ""),
            sums={name: tuple(columns) for name, columns in counted.get("sums", {}).items()},
            dimensions=dimensions,
            rules=tuple(counted.get("rules", ())),
            yearly_only={name: tuple(codes) for name, codes in counted.get("yearly_only", {}).items()},
        )

    def sources(self, resources: Mapping[str, Resource]) -> dict[str, Source]:
        name, found = "sources.yaml", {}
        content = self.mapping(name)
        for resource, described in content.items():
            key = f"{name}:{resource}"
            if resource not in resources:
                self.wrong(key, "unknown_resource", name=resource)
            elif self.fits(key, described, "source"):
                found[resource] = source = _source(described)
                for number, origin in enumerate(source.origins):
                    self.origin(f"{key}.files.{number}", origin)
                used = {*source.recode, *source.rename.values()}
                used |= {column for origin in source.origins for column in (*origin.rename.values(), *origin.absent)}
                used |= {column for many in source.answers.values() for column in many.columns.values()}
                used |= {many.otherwise for many in source.answers.values()} - {""}
                for column in used - set(resources[resource].fields):
                    self.wrong(key, "unknown_field", name=column)
        for resource in resources:
            if resource not in content:
                self.wrong(name, "required", key=resource)
        return found

    def origin(self, key: str, origin: Origin) -> None:
        try:
            codecs.lookup(origin.encoding or "utf-8")
        except LookupError:
            self.wrong(f"{key}.encoding", "unknown_encoding")
        if bool(origin.pattern) == bool(origin.url):
            self.wrong(key, "pattern_or_url")
        if origin.url and bool(origin.table) == bool(origin.query):
            self.wrong(key, "table_or_query")
        if urlsplit(origin.url).password:
            self.wrong(f"{key}.url", "password_in_url")

    # what is published -----------------------------------------------------------------------------------------------

    def tables(self, resources: Mapping[str, Resource], lists: Mapping[str, CodeList]) -> tuple[TableSpec, ...]:
        name = "tables.yaml"
        found: list[TableSpec] = []
        content = self.shaped(name, "tables")
        for described in content or ():
            key = f"{name}:{described['id']}"
            resource = resources.get(described["resource"])
            if any(described["id"] == table.id for table in found):
                self.wrong(key, "duplicate_table")
            if resource is None:
                self.wrong(f"{key}.resource", "unknown_resource", name=described["resource"])
                continue
            dimensions = [d if isinstance(d, dict) else {"name": d} for d in described["dimensions"]]
            names = tuple(d["name"] for d in dimensions)
            levels = {level for d in dimensions for level in d.get("levels", ())}
            table = TableSpec(
                id=described["id"],
                topic=described["topic"],
                resource=resource.name,
                title=described["title"],
                dimensions=names,
                measures=tuple(described["measures"]),
                levels=tuple(level for level in periods.LEVELS if level in levels),
                note=described.get("note", {}),
                where=described.get("where", {}),
                priority=described.get("priority", 1),
            )
            if self.table(key, table, resource, lists):
                found.append(table)
        return tuple(found)

    def table(self, key: str, table: TableSpec, resource: Resource, lists: Mapping[str, CodeList]) -> bool:
        before = len(self.findings)
        known = resource.dimensions
        others = [name for name in table.dimensions if name != PERIOD]
        for name in {*others, *table.where} - set(known):
            self.wrong(f"{key}.dimensions", "unknown_dimension", name=name)
        if len(self.findings) > before:
            return False
        if table.dimensions[0] != PERIOD or len(set(table.dimensions)) != len(table.dimensions):
            self.wrong(f"{key}.dimensions", "period_first")
        if not table.levels:
            self.wrong(f"{key}.dimensions.{PERIOD}", "required", key="levels")
        fine = {periods.MONTH: 0, periods.QUARTER: 1, periods.TO_DATE: 2, periods.YEAR: 2}
        if table.levels and min(fine[level] for level in table.levels) < fine[resource.grain]:
            self.wrong(f"{key}.dimensions.{PERIOD}", "level_finer_than_records")
        for name, code in table.where.items():
            dimension = known[name]
            if dimension.kind == "multiple" or name in others:
                self.wrong(f"{key}.where.{name}", "where_single_answer")
            elif code not in lists[dimension.codes].by_code:
                self.wrong(f"{key}.where.{name}", "unknown_code", code=code)
            elif code in resource.yearly_only.get(name, ()) and set(table.levels) != {periods.YEAR}:
                self.wrong(f"{key}.dimensions.{PERIOD}", "yearly_only", code=code)
        used = {*others, *table.where}
        multiple = [name for name in others if known[name].kind == "multiple"]
        if len(multiple) > 1:
            self.wrong(f"{key}.dimensions", "one_multiple")
        if any(known[name].upper in used for name in used):
            self.wrong(f"{key}.dimensions", "dimension_with_upper")
        if any(known[name].sensitive for name in used) and len(used) > 1:
            self.wrong(f"{key}.dimensions", "sensitive_one_way")
        for name, codes in resource.yearly_only.items():
            if name in others and (len(others) > 1 or set(table.levels) != {periods.YEAR}):
                self.wrong(f"{key}.dimensions", "yearly_only", code=", ".join(codes))
        allowed = {resource.rows, resource.persons, *resource.sums} - {""}
        if multiple:
            allowed = {known[multiple[0]].answers, resource.persons} - {""}
        for measure in table.measures:
            if measure not in allowed:
                self.wrong(f"{key}.measures", "unknown_measure", name=measure)
        if resource.threshold_measure not in table.measures and not (multiple and not resource.persons):
            self.wrong(f"{key}.measures", "threshold_measure_missing", name=resource.threshold_measure)
        return len(self.findings) == before

    def labels(self, facts: Mapping[str, Any], tables: Iterable[TableSpec]) -> None:
        for measure in sorted(
            {measure for table in tables for measure in table.measures} - set(facts.get("measures", ()))
        ):
            if facts:
                self.wrong("institute.yaml:measures", "required", key=measure)

    def editions(self, facts: Mapping[str, Any]) -> tuple[Edition, ...]:
        found = tuple(
            Edition(e["id"], e["cut_off"], e["published"], e.get("note", {}), e.get("amends", ""))
            for e in facts.get("editions", ())
        )
        for number, edition in enumerate(found):
            key = f"institute.yaml:editions.{edition.id}"
            if any(edition.id == other.id for other in found[:number]):
                self.wrong(key, "duplicate_edition")
            if number and (edition.cut_off, edition.published) < (
                found[number - 1].cut_off,
                found[number - 1].published,
            ):
                self.wrong(key, "editions_in_order")
            if not periods.closes_quarter(edition.cut_off):
                self.wrong(f"{key}.cut_off", "cut_off_closes_quarter")
            if edition.cut_off < facts["first_month"]:
                self.wrong(f"{key}.cut_off", "cut_off_before_first_month")
            if edition.published[:7] <= edition.cut_off:
                self.wrong(f"{key}.published", "published_before_cut_off")
        return found

    def site(self, content: Any, tables: Mapping[str, TableSpec]) -> None:
        """Charts and KPIs must name published tables and their columns; a topic must exist for every table."""
        name = "charts.yaml"
        topics = {t.get("id") for t in content.get("topics", ())}
        for table in tables.values():
            if topics and table.topic not in topics:
                self.wrong(f"tables.yaml:{table.id}.topic", "unknown_topic", name=table.topic)
        for kind in ("kpis", "charts"):
            for number, item in enumerate(content.get(kind, ())):
                key = f"{name}:{kind}.{item.get('id', number)}"
                shown = tables.get(item.get("table"))
                if shown is None:
                    self.wrong(f"{key}.table", "unknown_table", name=item.get("table", ""))
                    continue
                if item.get("measure") not in shown.measures:
                    self.wrong(f"{key}.measure", "unknown_measure", name=item.get("measure", ""))
                for dimension in set(item.get("where", {})) - set(shown.dimensions):
                    self.wrong(f"{key}.where", "unknown_dimension", name=dimension)


@lru_cache
def _validator(shape: str) -> jsonschema.Draft202012Validator:
    shapes = yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))
    return jsonschema.Draft202012Validator({"$defs": shapes["$defs"], **shapes[shape]})


def _from_schema(where: str, error: Any) -> Iterator[Finding]:
    """A schema error as findings of ours: its own messages are English only and quote what was written."""
    path = ".".join(str(part) for part in error.absolute_path)
    key = f"{where}{'.' if ':' in where else ':'}{path}" if path else where
    if error.validator == "required":
        for missing in sorted(set(error.validator_value) - set(error.instance)):
            yield Finding.of(key, "required", key=missing)
    elif error.validator == "additionalProperties":
        known = set(error.schema.get("properties", ()))
        for extra in sorted(str(name) for name in set(error.instance) - known):
            yield Finding.of(key, "unknown_key", key=extra)
    elif error.validator in ("oneOf", "type"):
        yield Finding.of(key, "wrong_type")
    elif error.validator == "enum":
        yield Finding.of(key, "not_one_of", allowed=", ".join(map(str, error.validator_value)))
    elif error.validator == "minimum":
        yield Finding.of(key, "too_small", least=error.validator_value)
    else:
        yield Finding.of(key, "wrong_form", form=error.validator_value)


def _texts(content: Any, path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every mapping in a file that holds words by language, with its key."""
    if isinstance(content, dict):
        if content and set(map(str, content)) <= {"es", "en"}:
            yield path, content
            return
        for key, value in content.items():
            yield from _texts(value, f"{path}.{key}" if path else str(key))
    elif isinstance(content, list):
        for number, value in enumerate(content):
            name = value.get("id", value.get("name", number)) if isinstance(value, dict) else number
            yield from _texts(value, f"{path}.{name}" if path else str(name))


def _languages(facts: Any) -> tuple[str, ...]:
    """The institute's languages, also where another mistake in its file keeps the rest of it from being read."""
    written = facts.get("languages") if isinstance(facts, dict) else None
    return tuple(map(str, written)) if isinstance(written, list) and written else ("es",)


def _is_table_schema(schema: Mapping[str, Any]) -> bool:
    """Whether Frictionless can read records by this Table Schema; each field is asked for one cell."""
    try:
        for column in Schema.from_descriptor(dict(schema)).fields:
            column.read_cell("0")
    except Exception:  # it raises whatever the mistake leads to: its own exception, KeyError, re.error
        return False
    return True


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _dimension(name: str, described: Mapping[str, Any]) -> Dimension:
    return Dimension(
        name=name,
        kind=described["kind"],
        codes=described["codes"],
        column=described.get("column", ""),
        columns=described.get("columns", {}),
        answers=described.get("answers", ""),
        upper=described.get("upper", ""),
        sensitive=described.get("sensitive", False),
        unspecified=tuple(described.get("unspecified", ("no_especificado",))),
        complement=described.get("complement", "protected"),
        reason=described.get("reason", {}),
        title=described.get("title") or {},
    )


def _source(described: Mapping[str, Any]) -> Source:
    rename, encoding = described.get("rename", {}), described.get("encoding", "")
    origins: list[Mapping[str, Any]] = [
        {"pattern": each} if isinstance(each, str) else each for each in described["files"]
    ]
    return Source(
        origins=tuple(
            Origin(**{"encoding": encoding, **each, "rename": {**rename, **each.get("rename", {})}}) for each in origins
        ),
        rename=rename,
        drop=tuple(described.get("drop", ())),
        recode=described.get("recode", {}),
        answers={
            header: Answers(many["separator"], many["columns"], tuple(many.get("none", ())), many.get("otherwise", ""))
            for header, many in described.get("answers", {}).items()
        },
    )


def _as_dict(dimension: Dimension) -> dict[str, Any]:
    return {name: getattr(dimension, name) for name in dimension.__dataclass_fields__}
