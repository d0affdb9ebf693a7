"""institute/ → a frozen Plan. Reads files; reports every mistake of every file at once, as file:key.

What the Plan is made of stands in `pipeline.institute.plan`; how a file is read, in `pipeline.institute.files`; the contract for records
in `pipeline.institute.records`; charts, catalogues and prose in modules of their names. Here: tables, editions, and all together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from pipeline.institute.catalogues import CATALOGUES, Catalogues
from pipeline.institute.files import near
from pipeline.institute.plan import ALL, PERIOD, TEXTS, CodeList, Edition, Plan, Resource, TableSpec
from pipeline.institute.prose import TAG, Prose
from pipeline.institute.records import Contract
from pipeline.institute.written import Facts
from pipeline.model import periods
from pipeline.model.findings import PipelineError

FILES = ("institute.yaml", "tables.yaml", "charts.yaml", "records.package.yaml", CATALOGUES, "sources.yaml")


def load(folder: Path) -> Plan:
    """Reads and checks the folder of an institute. Raises PipelineError("plan") with every mistake found."""
    reader = _FolderReader(folder)
    plan = reader.read()
    if reader.findings or plan is None:
        raise PipelineError("plan", reader.located())
    return plan


class _FolderReader(Contract, Catalogues, Prose):
    """Reads the files one after the other and collects findings; later checks run on what could be read."""

    def read(self) -> Plan | None:
        if not self.folder.is_dir():
            self.wrong(str(self.folder), "missing_folder")
            return None
        facts: Facts | None = self.shaped("institute.yaml", "institute")
        languages = self.languages(facts or self.yaml("institute.yaml"))
        if not languages:  # all else is told by language: nothing sensible can be said of it
            for name in FILES:
                if (self.folder / name).is_file():
                    self.yaml(name)
            return None
        self.own_texts(languages)
        lists = {path.stem: self.code_list(path, languages) for path in sorted(self.folder.glob("codes/*.csv"))}
        resources = self.resources(lists)
        sources = self.sources(resources, lists)
        tables = self.tables(resources, lists)
        self.labels(facts or {}, tables)
        catalogues, shapes = self.catalogues(lists, languages)
        site = self.site({t.id: t for t in tables}, resources, lists, catalogues, shapes)
        pages = self.pages(languages, site, lists, catalogues)
        others = self.other_pages(languages, site, lists, catalogues)
        synonyms = self.synonyms(languages)
        self.links(catalogues, shapes, tables, lists, site, pages)
        for name in FILES:
            if (self.folder / name).is_file() and name != "sources.yaml":
                self.translations(name, self.yaml(name), languages)
        editions = self.editions(facts or {})
        self.left_out(editions, tables, resources, lists)
        upload = self.upload(catalogues, languages)
        self.documents(catalogues, tables, site, pages, upload)
        if facts is None:
            return None
        self.holding(facts)
        return Plan(
            self.folder, facts, lists, resources, sources, tables, editions, site, catalogues, shapes, pages, upload,
            others, synonyms,
        )  # fmt: skip

    def languages(self, facts: Any) -> tuple[str, ...]:
        """The institute's languages, also where another mistake in its file keeps the rest of it from being read; none where
        they cannot be known. There must be words of each: those of the program, or the institute's own."""
        written = facts.get("languages") if isinstance(facts, dict) else None
        listed = tuple(map(str, written)) if isinstance(written, list) else ()
        for language in listed:
            if language not in self.spoken and TAG.fullmatch(language):
                told = {"name": language, "known": ", ".join(sorted(self.spoken))}
                self.wrong("institute.yaml:languages", "unknown_language", **told)
        return listed if set(listed) <= self.spoken else ()

    def own_texts(self, languages: tuple[str, ...]) -> None:
        """What stands among the institute's own words is read by somebody; what it says, `pipeline.wording` judges."""
        for path in sorted((self.folder / TEXTS).glob("*")):
            if path.name not in {f"{language}.yaml" for language in languages}:
                self.wrong(f"{TEXTS}/{path.name}", "text_unread", known=", ".join(languages))

    def holding(self, facts: Facts) -> None:
        """It must be said what becomes of changes of what is published."""
        if "late_records" not in facts["disclosure"]:
            self.wrong("institute.yaml:disclosure.late_records", "late_records_unsaid")

    # what is published -----------------------------------------------------------------------------------------------

    def tables(self, resources: Mapping[str, Resource], lists: Mapping[str, CodeList]) -> tuple[TableSpec, ...]:
        name = "tables.yaml"
        found: list[TableSpec] = []
        if (content := self.shaped(name, "tables")) is None:
            self.unread("table")
        taken = {f"codes_{each}" for each in lists} | {"index"}
        for described in content or ():
            key = f"{name}:{described['id']}"
            resource = resources.get(described["resource"])
            if any(described["id"] == table.id for table in found):
                self.wrong(key, "duplicate_table")
            if described["id"] in taken:
                self.wrong(key, "reserved_name", name=described["id"])
            if resource is None:
                self.unread("table", described["id"])
                if not self.is_unread("resource", described["resource"]):
                    told = near(described["resource"], resources)
                    self.wrong(f"{key}.resource", "unknown_resource", name=described["resource"], **told)
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
                loss=described.get("loss", {}),
                size=described.get("size", "log"),
            )
            if self.table(key, table, resource, lists):
                found.append(table)
            else:
                self.unread("table", table.id)
        self.apart(name, "", {table.id: table.title for table in found})
        self.rationed(name, found, resources)
        return tuple(found)

    def table(self, key: str, table: TableSpec, resource: Resource, lists: Mapping[str, CodeList]) -> bool:
        """Whether a table breaks no rule; what it breaks is noted."""
        before = len(self.findings)
        known = resource.dimensions
        strange = {*table.dimensions, *table.where} - {PERIOD} - set(known)
        for name in strange:
            if not self.is_unread("dimension", name):
                part = "where" if name in table.where else "dimensions"
                self.wrong(f"{key}.{part}", "unknown_dimension", name=name, **near(name, known))
        if not strange:
            self.table_period(key, table, resource)
            self.table_filters(key, table, resource, lists)
            self.table_dimensions(key, table, resource)
            self.table_measures(key, table, resource)
        return not strange and len(self.findings) == before

    def table_period(self, key: str, table: TableSpec, resource: Resource) -> None:
        """The period comes first, at levels that the records know; no name stands twice."""
        if table.dimensions[0] != PERIOD or len(set(table.dimensions)) != len(table.dimensions):
            self.wrong(f"{key}.dimensions", "period_first")
        if not table.levels:
            self.wrong(f"{key}.dimensions.{PERIOD}", "required", key="levels")
        fine = {periods.MONTH: 0, periods.QUARTER: 1, periods.TO_DATE: 2, periods.YEAR: 2}
        if table.levels and min(fine[level] for level in table.levels) < fine[resource.grain]:
            self.wrong(f"{key}.dimensions.{PERIOD}", "level_finer_than_records")

    def table_filters(self, key: str, table: TableSpec, resource: Resource, lists: Mapping[str, CodeList]) -> None:
        """A table is of records that have a code of a dimension with one answer, which it does not show."""
        for name, code in table.where.items():
            dimension = resource.dimensions[name]
            codes = lists[dimension.codes].by_code
            if dimension.kind == "multiple" or name in table.dimensions:
                self.wrong(f"{key}.where.{name}", "where_single_answer")
            elif code not in codes and not self.is_unread("code", dimension.codes):
                self.wrong(f"{key}.where.{name}", "unknown_code", code=code, **near(code, codes))

    def table_dimensions(self, key: str, table: TableSpec, resource: Resource) -> None:
        """Dimensions that may not stand together."""
        known, used = resource.dimensions, {*table.dimensions, *table.where} - {PERIOD}
        if len(_multiple(table, resource)) > 1:
            self.wrong(f"{key}.dimensions", "one_multiple")
        if any(known[name].upper in used for name in used):
            self.wrong(f"{key}.dimensions", "dimension_with_upper")
        if len(used) > 1 and any(known[name].sensitive for name in used):
            self.wrong(f"{key}.dimensions", "sensitive_one_way")

    def table_measures(self, key: str, table: TableSpec, resource: Resource) -> None:
        """What a table of such records may count, and that it counts what the threshold is about."""
        if not table.measures:
            self.wrong(key, "required", key="measures")
        if both := {*table.dimensions} & {*table.measures}:
            self.wrong(f"{key}.measures", "measure_and_dimension", name=", ".join(sorted(both)))
        multiple = _multiple(table, resource)
        counted = {resource.dimensions[multiple[0]].answers} if multiple else {resource.rows, *resource.sums}
        allowed = (counted | {resource.persons}) - {""}
        for name in table.measures:
            if name not in allowed:
                told = near(name, allowed - set(table.measures))
                self.wrong(f"{key}.measures", "unknown_measure", name=name, allowed=", ".join(sorted(allowed)), **told)
        # Events alone may be published where each has a woman's key: the threshold counts women all the same.
        alone = multiple if not resource.persons else {resource.rows, *resource.answers}.intersection(table.measures)
        if resource.threshold_measure not in table.measures and not alone:
            self.wrong(f"{key}.measures", "threshold_measure_missing", name=resource.threshold_measure)

    def rationed(self, name: str, tables: Iterable[TableSpec], resources: Mapping[str, Resource]) -> None:
        """What is few or secret is told no finer than its record type says, one trait at a time, in one total a year."""
        told: dict[tuple[str, str], TableSpec] = {}
        for table in tables:
            key, resource = f"{name}:{table.id}", resources[table.resource]
            others = [dimension for dimension in table.dimensions if dimension != PERIOD]
            if resource.finest and not set(table.levels) <= _coarser(resource.finest):
                self.wrong(f"{key}.dimensions.{PERIOD}", "finer_than_told", finest=resource.finest)
            if resource.one_way and len({*others, *table.where}) > 1:
                self.wrong(f"{key}.dimensions", "one_way")
            for dimension, codes in resource.yearly_only.items():
                shown = codes if dimension in others else set(codes) & {table.where.get(dimension)}
                if not shown:
                    continue
                if set(others) - {dimension} or set(table.levels) != {periods.YEAR}:
                    self.wrong(f"{key}.dimensions", "yearly_only", code=", ".join(sorted(map(str, shown))))
                # Two totals of other groups of records, even yearly, would say what one total does not.
                first = told.setdefault((resource.name, dimension), table)
                if _rest(first, dimension) != _rest(table, dimension):
                    self.wrong(f"{key}.where", "told_once", table=first.id)

    def labels(self, facts: Facts, tables: Iterable[TableSpec]) -> None:
        for measure in sorted(
            {measure for table in tables for measure in table.measures} - set(facts.get("measures", ()))
        ):
            if facts:
                self.wrong("institute.yaml:measures", "required", key=measure)

    def editions(self, facts: Facts) -> tuple[Edition, ...]:
        found = tuple(
            Edition(
                e["id"],
                e["cut_off"],
                e["published"],
                e.get("note", {}),
                e.get("amends", ""),
                {table: tuple(names) for table, names in e.get("without", {}).items()},
            )
            for e in facts.get("editions", ())
        )
        for number, edition in enumerate(found):
            key = f"institute.yaml:editions.{edition.id}"
            if any(edition.id == other.id for other in found[:number]):
                self.wrong(key, "duplicate_edition")
            before = found[max(number - 1, 0)]
            if edition.cut_off < before.cut_off or _released(edition) < _released(before):
                self.wrong(key, "editions_in_order")
            if edition.amends and all(edition.amends != other.id for other in found[:number]):
                self.wrong(f"{key}.amends", "amends_unknown", edition=edition.amends)
            if edition.cut_off < facts["first_month"]:
                self.wrong(f"{key}.cut_off", "cut_off_before_first_month")
            if not _is_date(edition.published):
                self.wrong(f"{key}.published", "impossible_date")
            if edition.published[:7] <= edition.cut_off:
                self.wrong(f"{key}.published", "published_before_cut_off")
        for number, entry in enumerate(facts.get("calendar", ())):
            if not _is_date(entry["date"]):
                self.wrong(f"institute.yaml:calendar.{number}.date", "impossible_date")
        return found

    def left_out(
        self,
        editions: Iterable[Edition],
        tables: Iterable[TableSpec],
        resources: Mapping[str, Resource],
        lists: Mapping[str, CodeList],
    ) -> None:
        """What an edition leaves out must be there, and what is left of a table must be one."""
        known = {table.id: table for table in tables}
        for edition in editions:
            key = f"institute.yaml:editions.{edition.id}.without"
            for id, names in edition.without.items():
                if id not in known:
                    if not self.is_unread("table", id):
                        self.wrong(key, "unknown_table", name=id, **near(id, known))
                    continue
                table = known[id]
                there = {*table.levels, *table.dimensions[1:], *table.measures, ALL}
                for name in {*names} - there:
                    self.wrong(f"{key}.{id}", "not_of_the_table", name=name, **near(name, there))
                if names != (ALL,) and {*names} <= there:
                    self.table(f"{key}.{id}", table.less(names), resources[table.resource], lists)
            if known and all(edition.without.get(id) == (ALL,) for id in known):
                self.wrong(key, "nothing_left")


def _released(edition: Edition) -> tuple[object, ...]:
    return periods.release_order(edition.published, edition.cut_off, edition.id)


def _coarser(finest: str) -> set[str]:
    """Levels of time that tell no more than a level; a year to date tells the quarters of a year by subtraction."""
    return {
        periods.YEAR: {periods.YEAR},
        periods.QUARTER: {periods.YEAR, periods.TO_DATE, periods.QUARTER},
        periods.MONTH: set(periods.LEVELS),
    }[finest]


def _multiple(table: TableSpec, resource: Resource) -> list[str]:
    """The dimensions of a table of which a record has several codes."""
    return [name for name in table.dimensions if name != PERIOD and resource.dimensions[name].kind == "multiple"]


def _rest(table: TableSpec, dimension: str) -> dict[str, str]:
    """The fixed filter of a table, but for one dimension."""
    return {name: code for name, code in table.where.items() if name != dimension}


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
