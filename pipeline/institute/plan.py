"""What one institute decided, as frozen values: its contract for records, code lists, catalogues, tables, pages, editions.

Both halves of the program read the Plan; it holds no record and no count. `pipeline.institute.load` reads it from files. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from pipeline.institute.written import Discreet, Facts, PageHead, Recoding, RecordRule, Site, Upload
from pipeline.model import periods
from pipeline.model.findings import Finding, PipelineError
from pipeline.model.reference_data import Catalogue, Shapes, Text
from pipeline.model.spellings import fold

PERIOD = "periodo"
"""Name of the time dimension and of its code list, in every table."""
HELP = "ayuda.md"
"""The page to which a woman comes for help: every site has it, with or without words of the institute."""
RELEASES = "releases/"
"""Pages of prose that say something of an edition in the institute's own words: `releases/<edition>.md`."""
TEXTS = "texts"
"""The folder of what the institute says in place of the words of the program, a file per language."""
MEDIA = "media"
"""The folder of the institute for recordings that pages play."""
YES = ("true", "True", "TRUE", "1")
"""How a Table Schema writes yes, unless a field says otherwise."""


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

    @cached_property
    def written(self) -> tuple[tuple[str, str], ...]:
        """(spelling, code): every code as it is, and its labels. A spelling that a code shares with the only record code
        below it is the latter's, which means the same; of others that no record may hold, the first is as good as any."""
        leaves = self.leaves
        below: dict[str, set[str]] = {}
        for leaf in leaves:
            at, climbed = self.by_code[leaf].parent, {leaf}
            while at in self.by_code and at not in climbed:
                below.setdefault(at, set()).add(leaf)
                climbed.add(at)
                at = self.by_code[at].parent
        spelled = [(written, code.code) for code in self.codes for written in (code.code, *code.labels.values())]
        held: dict[str, set[str]] = {}
        for written, code in spelled:
            held.setdefault(fold(written), set()).update({code} & set(leaves))
        first: dict[str, str] = {}
        kept = []
        for written, code in spelled:
            others = held[fold(written)]
            apart = below.get(code) != others if others else first.setdefault(fold(written), code) == code
            if code in others or apart:
                kept.append((written, code))
        return tuple(dict.fromkeys(kept))

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
    """A record type: its Table Schema (code lists injected as enum), titles of its columns, and how it is counted.

    `finest` is the finest level of time that any table may tell of it, `one_way` keeps its traits from being crossed,
    and `yearly_only` holds codes of a dimension that are told in one total a year and crossed with nothing.
    """

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
    rules: tuple[RecordRule, ...] = ()
    finest: str = ""
    one_way: bool = False
    yearly_only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    titles: Mapping[str, Text] = field(default_factory=dict)
    exact: frozenset[str] = frozenset()
    """Columns whose keys differ even where only a capital, an accent or a zero in front does."""

    @property
    def threshold_measure(self) -> str:
        """The measure that the threshold judges: women, or rows where a record type has no key."""
        return self.women or self.persons or self.rows

    @cached_property
    def within(self) -> dict[str, tuple[str, ...]]:
        """Measures that add columns up → those that add the same up and more: women who attended, all who did."""
        found = {
            less: tuple(more for more, others in self.sums.items() if set(columns) < set(others))
            for less, columns in self.sums.items()
        }
        return {less: more for less, more in found.items() if more}

    @cached_property
    def people(self) -> tuple[str, ...]:
        """The measures of which none may be told or proved small: what the threshold judges, and what is within that."""
        within = (less for less, more in self.within.items() if self.threshold_measure in more)
        return (self.threshold_measure, *within)

    @cached_property
    def attended(self) -> frozenset[str]:
        """Measures of activities of which there is nothing where none took place: what the threshold judges, less and more."""
        if self.persons or self.threshold_measure == self.rows:
            return frozenset()
        return frozenset((*self.people, *self.within.get(self.threshold_measure, ())))

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(f["name"] for f in self.schema["fields"])

    def yes(self, column: str) -> tuple[str, ...]:
        """How a boolean column writes yes."""
        return next(tuple(f.get("trueValues", YES)) for f in self.schema["fields"] if f["name"] == column)

    @cached_property
    def answers(self) -> frozenset[str]:
        return frozenset(d.answers for d in self.dimensions.values() if d.answers)


@dataclass(frozen=True)
class Origin:
    """Files of one form (`pattern`, below the folder of records) or a table of a database (`url`), and how to read them.

    `rename` is written header → field, `absent` field → what stands for a column that these files do not have yet.
    `password` names the environment variable that holds it. Where `format`, `encoding` or `delimiter` is not stated, it
    is found out. `decimal` is the sign of its decimals, `date_format` the order of its dates, `timezone` where its hours are
    read that have a zone of their own. `hidden` is "counted" where rows of a workbook that nobody sees are records like others.
    """

    pattern: str = ""
    format: str = ""
    encoding: str = ""
    delimiter: str = ""
    decimal: str = ""
    date_format: str = ""
    timezone: str = ""
    sheet: str = ""
    header: int = 1
    hidden: str = ""
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
class Lookup:
    """A column that stands in another file: where `match` there is what `key` is here, `value` there is what is written.

    `file` lies below the folder of records; `key`, `match` and `value` are headers. `otherwise` stands for it where a key is
    not there; without it such records stop the run.
    """

    key: str
    file: str
    match: str
    value: str
    sheet: str = ""
    header: int = 1
    otherwise: str | None = None


@dataclass(frozen=True)
class Source:
    """Where a record type comes from and how it is recoded at the door. `answers` is by written header.

    `none` are time codes of which the office says that there was no record, and `start` is the month before which there
    were none yet; of any other period, having no record is a mistake. `expected` are control totals: `rows`, or a time
    code → records.
    """

    origins: tuple[Origin, ...]
    rename: Mapping[str, str] = field(default_factory=dict)
    drop: tuple[str, ...] = ()
    recode: Mapping[str, Recoding] = field(default_factory=dict)
    answers: Mapping[str, Answers] = field(default_factory=dict)
    join: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Field → the written columns whose cells it joins with a hyphen, such as a year and a month."""
    lookup: Mapping[str, Lookup] = field(default_factory=dict)
    """Field → where it is looked up."""
    rest: bool = False
    """Whether every column that nothing names is dropped."""
    none: tuple[str, ...] = ()
    start: str = ""
    expected: Mapping[str, int] = field(default_factory=dict)

    @property
    def empty_months(self) -> frozenset[str]:
        """The months of which the office says that there was no record."""
        return frozenset(month for code in self.none for month in periods.months_of(code))


@dataclass(frozen=True)
class TableSpec:
    """A table that is published. `levels` are those of its time dimension.

    `loss`: level of time, `headline` or `front` → how many times as much a reader loses with such a cell; `size`: how that
    goes with the women in it (log, equal, value). `retired`: an earlier edition published it, and no other will.
    """

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
    loss: Mapping[str, float] = field(default_factory=dict)
    size: str = "log"
    retired: bool = False

    def less(self, names: Collection[str]) -> TableSpec:
        """The table without some of its levels of time, dimensions and measures."""
        levels, dimensions, measures = (
            tuple(each for each in told if each not in names) for told in (self.levels, self.dimensions, self.measures)
        )
        return replace(self, levels=levels, dimensions=dimensions, measures=measures)


ALL = "all"
"""Stands for all of a table where an edition leaves it out."""


@dataclass(frozen=True)
class Edition:
    """One publication. `cut_off` is the last month that it counts, `published` its date (AAAA-MM-DD). `without`: table →
    its levels of time, dimensions and measures that this edition leaves out, or ALL."""

    id: str
    cut_off: str
    published: str
    note: Text = field(default_factory=dict)
    amends: str = ""
    without: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    """A page of the institute's prose in one language: its path, what it says of itself, its words with marks.

    A mark is a line of its own: `{{ chart: ID }}` puts a chart there, `{{ goals }}` the goals against the results,
    `{{ examples }}` the worked examples of the protection.
    """

    path: str
    meta: PageHead
    body: str

    REPORT: ClassVar = "report"
    """What `documents` of a page calls the report of the edition."""
    MARK: ClassVar = re.compile(r"^\{\{ *(\w+)(?:: *([\w-]+))? *\}\}$", re.MULTILINE)

    @property
    def marks(self) -> set[str]:
        return {match[1] for match in self.MARK.finditer(self.body)}

    def marked(self, name: str) -> tuple[str, ...]:
        """What the marks of a name ask for, in order."""
        return tuple(match[2] or "" for match in self.MARK.finditer(self.body) if match[1] == name)

    def filled(self, make: Callable[[str, str], str]) -> str:
        """The words with each mark replaced by what `make` gives for its name and what it asks for."""
        return self.MARK.sub(lambda match: make(match[1], match[2] or ""), self.body)


@dataclass(frozen=True)
class Plan:
    """Everything that the institute decided. `facts` is institute.yaml as read; `site` is charts.yaml as read.

    `catalogues` and `shapes` are carried by every edition, and the site takes them from there; `pages` are the
    institute's prose by language, `other_pages` what there is of it in languages in which the rest of the site is not;
    `synonyms` are the institute's own words for its search, by language: what a reader asks → what pages say; `upload` is
    pnt.yaml as read, empty where there is none.
    """

    folder: Path
    facts: Facts
    lists: Mapping[str, CodeList]
    resources: Mapping[str, Resource]
    sources: Mapping[str, Source]
    tables: tuple[TableSpec, ...]
    editions: tuple[Edition, ...]
    site: Site
    catalogues: Mapping[str, Catalogue] = field(default_factory=dict)
    shapes: Mapping[str, Shapes] = field(default_factory=dict)
    pages: Mapping[str, tuple[Page, ...]] = field(default_factory=dict)
    upload: Upload = field(default_factory=Upload)
    other_pages: Mapping[str, tuple[Page, ...]] = field(default_factory=dict)
    synonyms: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self.facts["languages"])

    @property
    def serves(self) -> str:
        """Whom the institute serves, as the words of its site say it."""
        return str(self.facts.get("serves", "personas"))

    @property
    def own_texts(self) -> Path:
        """The folder of the words that the institute says in place of those of the program, where it has any."""
        return self.folder / TEXTS

    @property
    def discreet(self) -> Mapping[str, Discreet]:
        """Page, without its ending → the title, and where it has one the address, that tell no more of it than they should."""
        return {page.removesuffix(".md"): said for page, said in self.site.get("discreet", {}).items()}

    def address(self, page: str) -> str:
        """Where a page stands, without its ending: at its own name, or at a discreet one."""
        said = self.discreet.get(page)
        return f"{page.rpartition('/')[0]}/{said['address']}" if said and "address" in said else page

    def edition(self, name: str) -> Edition:
        found = next((e for e in self.editions if e.id == name), None)
        if found is None:
            told = {"edition": name, "known": ", ".join(e.id for e in self.editions)}
            raise PipelineError("plan", [Finding.of("institute.yaml:editions", "unknown_edition", **told)])
        return found

    @property
    def holds_late_records(self) -> bool:
        """Whether records of published periods wait until their effect is safe; otherwise they stop the run."""
        return bool(self.facts["disclosure"].get("late_records") == "hold")

    def until(self, edition: Edition) -> tuple[Edition, ...]:
        """The editions up to this one, oldest first."""
        return self.editions[: self.editions.index(edition) + 1]

    def at(self, edition: Edition) -> Plan:
        """The plan with the tables that an edition publishes, as it publishes them."""
        tables = (table.less(edition.without.get(table.id, ())) for table in self.tables)
        return replace(self, tables=tuple(each for each in tables if edition.without.get(each.id) != (ALL,)))

    def only(self, resource: str) -> Plan:
        """The plan with the tables of one record type."""
        return replace(self, tables=tuple(table for table in self.tables if table.resource == resource))

    def table(self, name: str) -> TableSpec:
        return next(t for t in self.tables if t.id == name)

    def sensitive(self, table: TableSpec) -> bool:
        dimensions = self.resources[table.resource].dimensions
        return any(dimensions[name].sensitive for name in table.dimensions if name != PERIOD)

    def threshold(self, table: TableSpec) -> int:
        rule = self.facts["disclosure"]
        normal: int = rule["threshold"]
        return max(normal, rule.get("sensitive_threshold", 10)) if self.sensitive(table) else normal

    def due(self, records: str, cut_off: str) -> tuple[str, ...]:
        """The periods up to a cut-off of which a record type must have records: months, quarters or years, as it is kept."""
        source = self.sources[records]
        return tuple(
            period.code
            for period in periods.periods(max(self.facts["first_month"], source.start), cut_off)
            if period.level == self.resources[records].grain
            and not source.empty_months.issuperset(periods.months_of(period.code))
        )

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
