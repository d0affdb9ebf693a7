"""Tiny institutes at random: records that are true, tables that count them, editions that withhold some of their cells.

Everything is drawn from a `random.Random`, which may be hypothesis's. Counting is plain and shares nothing with `count`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from random import Random

import pandas as pd

from pipeline.confidential.protection import constraints
from pipeline.confidential.protection import protect as protection
from pipeline.confidential.tabulation.count import columns
from pipeline.institute.plan import PERIOD, TableSpec
from pipeline.institute.written import Facts
from pipeline.model import periods
from pipeline.model.cells import TOTAL, Cell, Masked
from pipeline.model.findings import PipelineError
from pipeline.public.audit.audit import Audit, audit
from pipeline.public.audit.linked_editions import by_name
from pipeline.public.edition.model import Package
from tests.ascii import RECORDS, SERVICES, House, Written, house

K = 3


@dataclass(frozen=True)
class Axis:
    """A dimension. `tree`: its code list as `ascii.house` writes it; a finer list has its `upper` beside it."""

    name: str
    tree: str
    kind: str = "flat"
    upper: tuple[str, str] = ("", "")
    sensitive: bool = False

    @property
    def parents(self) -> dict[str, str]:
        return {code: above for code, _, above in (word.partition("<") for word in self.tree.split())}

    @property
    def codes(self) -> list[str]:
        return list(self.parents)

    @property
    def leaves(self) -> list[str]:
        return [code for code in self.codes if code not in self.parents.values()]


@dataclass(frozen=True)
class Table:
    """What a table shows: axes (an upper one by its own name), levels of time, a fixed filter; and of women and their
    services which (`all`, `women`, `events`), or of activities whether they are counted themselves (`all`, `women`).
    """

    axes: tuple[str, ...]
    levels: tuple[str, ...]
    where: tuple[tuple[str, str], ...] = ()
    shows: str = "all"


@dataclass(frozen=True)
class Record:
    """One service. `codes`: axis → code; `yes`: answers to the question; `stage`: the first edition that knows of it.

    `women`, `others`: who attended, where a record is an activity.
    """

    woman: int
    month: str
    codes: tuple[tuple[str, str], ...]
    yes: frozenset[str] = frozenset()
    stage: int = 0
    women: int = 0
    others: int = 0


@dataclass(frozen=True)
class _House(House):
    """A house whose tables may show less than is written. `whole`: table → all of its measures."""

    whole: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def _frame(self, spec: TableSpec, table: Written) -> pd.DataFrame:
        frame = super()._frame(replace(spec, measures=self.whole[spec.id]), table)
        return frame[columns(spec, self.plan.resources[RECORDS])]


@dataclass(frozen=True)
class Institute:
    """`kind`: women, records (each is a woman) or activities. `withheld`: by edition."""

    kind: str
    first_month: str
    cut_off: str
    axes: tuple[Axis, ...]
    tables: tuple[Table, ...]
    records: tuple[Record, ...]
    withheld: tuple[frozenset[Cell], ...] = (frozenset(),)

    @property
    def stages(self) -> range:
        return range(len(self.withheld))

    def axis(self, name: str) -> Axis | None:
        return next((axis for axis in self.axes if axis.name == name), None)

    def above(self, name: str, code: str) -> set[str]:
        """The codes of a dimension, or of the list that it continues, that a record with `code` counts for."""
        axis = next(axis for axis in self.axes if name in (axis.name, axis.upper[0]))
        found = set()
        while code:
            found.add(code)
            code = axis.parents[code]
        if name == axis.upper[0]:
            found &= set(axis.upper[1].split())
        return found

    def codes(self, name: str) -> list[str]:
        axis = self.axis(name)
        return axis.codes if axis else next(a.upper[1] for a in self.axes if a.upper[0] == name).split()

    def counts(self, record: Record, name: str, code: str) -> bool:
        axis = next(axis for axis in self.axes if name in (axis.name, axis.upper[0]))
        if code == TOTAL:
            return True
        return (
            code in record.yes if axis.kind == "multiple" else code in self.above(name, dict(record.codes)[axis.name])
        )

    def times(self, table: Table) -> list[str]:
        return [p.code for p in periods.periods(self.first_month, self.cut_off) if p.level in table.levels]

    def shadows(self, table: Table) -> list[str]:
        """Quarters that a reader could work out, which the tables of truth count too."""
        if periods.TO_DATE not in table.levels or periods.QUARTER in table.levels:
            return []
        return [p.code for p in periods.periods(self.first_month, self.cut_off) if p.level == periods.QUARTER]

    def text(self, table: Table, stage: int) -> str:
        """A table with its true figures, as `ascii.house` reads it."""
        *left, across = (PERIOD, *table.axes)
        columns = [TOTAL, *self.codes(across)]
        lines = [f"{'/'.join(left)}\\{across} {' '.join(columns)}"]
        for time in [*self.times(table), *(f"({code})" for code in self.shadows(table))]:
            month = periods.months_of(time.strip("()"))
            for codes in itertools.product(*([TOTAL, *self.codes(name)] for name in left[1:])):
                values = []
                for last in columns:
                    key = [*table.where, *zip(table.axes, (*codes, last), strict=True)]
                    matching = [
                        r for r in self.records
                        if r.stage <= stage and r.month in month and all(self.counts(r, *pair) for pair in key)
                    ]  # fmt: skip
                    values.append(self.figures(matching, table, dict(key)))
                label = "/".join((time.strip("()"), *codes))
                lines.append(f"{f'({label})' if time[0] == '(' else label} {' '.join(values)}")
        return "\n".join(lines)

    def figures(self, records: Sequence[Record], table: Table, key: Mapping[str, str]) -> str:
        """All that a table of such an institute may show, in the order of `house`."""
        if self.kind == "activities":
            women, others = sum(r.women for r in records), sum(r.others for r in records)
            return f"{len(records)}:{women}:{women + others}"
        if self.kind == "records":
            return str(len(records))
        question = self.question(table)
        women = len({r.woman for r in records})
        if question and key[question.name] == TOTAL:
            return f"{sum(len(r.yes) for r in records)}/{len(records)}:{women}"
        return f"{len(records)}:{women}"

    def question(self, table: Table) -> Axis | None:
        return next((axis for axis in self.axes if axis.name in table.axes and axis.kind == "multiple"), None)

    def house(self, stage: int) -> _House:
        """The institute as it stands at an edition."""
        lists = {axis.name: axis.tree for axis in self.axes}
        lists |= {axis.upper[0]: axis.upper[1] for axis in self.axes if axis.upper[0]}
        built = house(
            *(self.text(table, stage) for table in self.tables),
            threshold=K,
            sensitive_threshold=K,
            codes=lists,
            upper={axis.name: axis.upper[0] for axis in self.axes if axis.upper[0]},
            multiple=[axis.name for axis in self.axes if axis.kind == "multiple"],
            sensitive=[axis.name for axis in self.axes if axis.sensitive],
            where=[dict(table.where) for table in self.tables],
            first_month=self.first_month,
            cut_off=self.cut_off,
        )
        plan = built.plan
        if self.kind == "activities":
            sums = {"asistentes": ("mujeres", "menores"), "mujeres": ("mujeres",)}
            resource = replace(
                plan.resources[RECORDS], rows=SERVICES, person="", persons="", sums=sums, women="asistentes"
            )
            facts: Facts = {**plan.facts, "measures": {name: {"es": name} for name in (SERVICES, *sums)}}
            plan = replace(plan, facts=facts, resources={RECORDS: resource})
        every = (SERVICES, "mujeres", "asistentes") if self.kind == "activities" else None
        specs, whole = [], {}
        for spec, table in zip(plan.tables, self.tables, strict=True):
            whole[spec.id] = every or spec.measures
            shown = {"all": slice(None), "women": slice(1, None), "events": slice(1)}[table.shows]
            specs.append(replace(spec, measures=whole[spec.id][shown]))
        return _House(built.written, replace(plan, tables=tuple(specs)), built.edition, whole)

    def package(self, stage: int, masked: Masked | None = None) -> Package:
        """An edition as any reader sees it."""
        built = self.house(stage)
        if masked is None:
            masked = protection.masked(built.counts, built.plan, built.edition, self.withheld[stage])
        name = f"{built.edition.id}-{stage}"
        found = built.package(masked)
        return replace(found, edition=name, release={**found.release, "edition": name})

    def packages(self) -> list[Package]:
        return [self.package(stage) for stage in self.stages]

    def alone(self, stage: int) -> set[Cell]:
        """Cells of which events are shown and the women who made them are not."""
        built = self.house(stage)
        shown: dict[Cell, set[str]] = {}
        resource = built.plan.resources[RECORDS]
        for spec in built.plan.tables:
            for row in built.counts.tables[spec.id].to_dict("records"):
                codes = {n: str(row[n]) for n in spec.dimensions}
                cell = constraints.cell_of(codes, spec, resource, built.plan.lists)
                shown.setdefault(cell, set()).update(spec.measures)
        return {cell for cell, measures in shown.items() if resource.persons not in measures}

    def cells(self, stage: int) -> dict[Cell, tuple[int, bool]]:
        """Published cell → what the threshold judges, and whether zeros may be withheld wherever it stands."""
        built = self.house(stage)
        found: dict[Cell, tuple[int, bool]] = {}
        resource = built.plan.resources[RECORDS]
        for spec in built.plan.tables:
            frame = built.counts.tables[spec.id]
            for row in frame[frame["published"]].to_dict("records"):
                cell = constraints.cell_of({n: str(row[n]) for n in spec.dimensions}, spec, resource, built.plan.lists)
                zeros = built.plan.sensitive(spec) and found.get(cell, (0, True))[1]
                found[cell] = (int(row["women"]), zeros)
        return found


TIMES: Mapping[str, tuple[str, str, tuple[tuple[str, ...], ...]]] = {
    "month": ("2025-12", "2025-12", (("mes",),)),
    "quarter": ("2025-10", "2025-12", (("trimestre", "mes"), ("mes",), ("trimestre",))),
    "year": ("2025-01", "2025-12", (("anio", "trimestre"), ("trimestre",), ("anio",))),
    "to date": ("2025-01", "2025-09", (("acumulado", "trimestre"), ("acumulado",), ("trimestre",))),
    "half": ("2025-01", "2025-06", (("acumulado", "trimestre"), ("acumulado",), ("trimestre",))),
}
AXES = (
    Axis("area", "a b"),
    Axis("area", "a b c"),
    Axis("area", "a a1<a a2<a b"),
    Axis("servicio", "a a1<a a2<a b", upper=("area", "a b")),
    Axis("edad", "j m"),
    Axis("edad", "j m n"),
    Axis("tipo", "x y", kind="multiple"),
    Axis("rasgo", "si no", sensitive=True),
)


def months(time: str) -> list[str]:
    """A month of each finest time code."""
    first, cut_off, levels = TIMES[time]
    every = [p.code for p in periods.periods(first, cut_off) if p.level == "mes"]
    return every if "mes" in levels[0] else every[::3]


def draw(random: Random, *, protectable: bool = False) -> Institute:
    """An institute with about eight finest cells at most, twice that where three axes have two editions. protectable: one
    edition, as `protect` is asked about.

    How many axes and editions and what times it has is chosen first, else most would be the smallest.
    """
    kind = random.choice(["women"] * 12 + ["activities", "records"])
    count = random.choice([1, 1, 2, 2, 2, 3])
    stages = 2 if not protectable and random.random() < 0.3 else 1
    asked = kind == "women" and count < 3 and stages == 1 and random.random() < 0.3  # a question with many answers
    few = ["month", "half"] if count == 1 else ["month"]
    time = random.choice(
        few if stages == 2 or asked else [["month", *TIMES], ["month", "month", "half"], few][count - 1]
    )
    while True:
        axes = tuple(random.sample(AXES, count))
        names = [name for axis in axes for name in (axis.name, axis.upper[0]) if name]
        if len(set(names)) < len(names) or any(axis.kind == "multiple" for axis in axes) != asked:
            continue
        size = stages * len(months(time))
        for axis in axes:
            size *= 4 if axis.kind == "multiple" else len(axis.leaves)
        if size <= (16 if count == 3 and stages == 2 else 9):
            break
    first, cut_off, levels = TIMES[time]
    tables = _tables(random, axes, levels, kind)
    records = _records(random, kind, axes, months(time), stages)
    made = Institute(kind, first, cut_off, axes, tables, records, (frozenset(),) * stages)
    if protectable:
        return made
    return replace(
        made, withheld=tuple(_withheld(random, made.cells(stage), made.alone(stage)) for stage in made.stages)
    )


def _tables(random: Random, axes: Sequence[Axis], levels: Sequence[tuple[str, ...]], kind: str) -> tuple[Table, ...]:
    tables = []
    for number in range(random.choice([1, 1, 2, 3])):
        shown = list(axes) if number == 0 else random.sample(axes, random.randint(1, len(axes)))
        names = [axis.upper[0] if axis.upper[0] and random.random() < 0.3 and number else axis.name for axis in shown]
        left = [axis for axis in axes if axis not in shown and axis.kind != "multiple"]
        where = tuple((axis.name, random.choice(axis.codes)) for axis in left if random.random() < 0.4)
        level = levels[0] if random.random() < 0.6 else random.choice(levels)
        shows = {"women": ["all"] * 6 + ["women", "events"], "activities": ["all", "women"]}.get(kind, ["all"])
        tables.append(Table(tuple(names), level, where, random.choice(shows)))
    if kind == "women" and all(table.shows != "all" for table in tables):
        tables[0] = replace(tables[0], shows="all")
    return tuple(dict.fromkeys(tables))


def _records(random: Random, kind: str, axes: Sequence[Axis], months: Sequence[str], stages: int) -> tuple[Record, ...]:
    """Few or many women, with few or many services; who has come may stay with her codes or change them."""
    records = []
    repeats, stays = random.choice([0.15, 0.5, 0.8]), random.choice([0.2, 0.8])
    for woman in range(random.randint(2, 12)):
        known: dict[str, str] = {}
        first = True
        while first or (kind == "women" and random.random() < repeats):
            first = False
            for axis in axes:
                if axis.kind != "multiple" and not (axis.name in known and random.random() < stays):
                    known[axis.name] = random.choice(axis.leaves)
            asked = next((axis for axis in axes if axis.kind == "multiple"), None)
            yes = frozenset(code for code in (asked.codes if asked else ()) if random.random() < 0.5)
            women, others = (
                (random.choice([0, 1, 1, 2, 4]), random.choice([0, 1, 3])) if kind == "activities" else (0, 0)
            )
            stage = int(random.random() < 0.4) if stages == 2 else 0
            records.append(Record(woman, random.choice(months), tuple(known.items()), yes, stage, women, others))
    return tuple(records)


def _withheld(random: Random, cells: Mapping[Cell, tuple[int, bool]], alone: Set[Cell]) -> frozenset[Cell]:
    """Most of the small cells, some of the others, seldom a total of all; no zero unless they may be withheld. Of those that
    show events `alone` all that are small: whoever knows the threshold knows that the women of the others reach it.
    """
    result = set()
    often = random.choice([0.08, 0.15, 0.4, 0.6])
    small = random.choice([often, 0.9, 0.9])
    for cell, (women, zeros) in cells.items():
        chance = small if 0 < women < K else often
        if not women:
            chance = often if zeros else 0.0
        if all(name == PERIOD for name, _ in cell.where):
            chance *= 0.5
        if random.random() < chance or (cell in alone and 0 < women < K):
            result.add(cell)
    return frozenset(result)


def safer(random: Random, made: Institute, tries: int = 8) -> Iterator[tuple[Institute, Audit]]:
    """Withholds more cells at random until the audit has nothing to say, or the tries are over; each step with what it says."""
    for _ in range(tries):
        said = audit(made.packages())
        yield made, said
        if not said.exposures:
            break
        gone = []
        for stage, cells in enumerate(made.withheld):
            every = made.cells(stage)
            left = sorted((cell for cell in every if cell not in cells and any(every[cell])), key=by_name)
            more = random.choice([1, 1, 2]) + len(left) // 12
            gone.append(cells | set(random.sample(left, min(len(left), more))))
        made = replace(made, withheld=tuple(gone))


def protected(made: Institute) -> Institute | None:
    """The same, in one edition, with the cells withheld that `protect` chooses; None where it finds no choice."""
    built = made.house(0)
    try:
        masked = built.protect()
    except PipelineError:
        return None
    gone = set()
    for spec in built.plan.tables:
        for row in masked.tables[spec.id].to_dict("records"):
            if row["withheld"]:
                codes = {name: str(row[name]) for name in spec.dimensions}
                gone.add(constraints.cell_of(codes, spec, built.plan.resources[RECORDS], built.plan.lists))
    return replace(made, withheld=(frozenset(gone),))


def smaller(made: Institute) -> Iterable[Institute]:
    """The same with a little less: a table, a record, an edition, a withheld cell."""
    for n in range(len(made.tables)):
        if len(made.tables) > 1:
            yield _trimmed(replace(made, tables=made.tables[:n] + made.tables[n + 1 :]))
    if len(made.withheld) > 1:
        yield replace(made, withheld=made.withheld[1:], records=tuple(replace(r, stage=0) for r in made.records))
        yield replace(made, withheld=made.withheld[:1], records=tuple(r for r in made.records if r.stage == 0))
        yield replace(made, withheld=made.withheld[:1], records=tuple(replace(r, stage=0) for r in made.records))
    for axis in made.axes:
        if len(made.axes) > 1 and not any(set(t.axes) == {axis.name} for t in made.tables):
            yield _without(made, axis)
    for woman in sorted({record.woman for record in made.records}):
        yield replace(made, records=tuple(r for r in made.records if r.woman != woman))
    for n in range(len(made.records)):
        yield replace(made, records=made.records[:n] + made.records[n + 1 :])
    for n, table in enumerate(made.tables):
        for level in table.levels:
            if len(table.levels) > 1:
                fewer = replace(table, levels=tuple(each for each in table.levels if each != level))
                yield _trimmed(replace(made, tables=(*made.tables[:n], fewer, *made.tables[n + 1 :])))
        if table.shows == "all" and made.kind == "women":
            yield replace(made, tables=(*made.tables[:n], replace(table, shows="women"), *made.tables[n + 1 :]))
    for stage, cells in enumerate(made.withheld):
        for cell in sorted(cells, key=by_name):
            fewer_cells = cells - {cell}
            yield replace(made, withheld=(*made.withheld[:stage], fewer_cells, *made.withheld[stage + 1 :]))


def _trimmed(made: Institute) -> Institute:
    """Without withheld cells that no table has."""
    try:
        stands = [set(made.cells(stage)) for stage in made.stages]
    except (ValueError, StopIteration, KeyError):
        return made
    return replace(made, withheld=tuple(gone & here for gone, here in zip(made.withheld, stands, strict=True)))


def _without(made: Institute, axis: Axis) -> Institute:
    names = {axis.name, axis.upper[0]}
    tables = tuple(
        dict.fromkeys(
            replace(
                table,
                axes=tuple(name for name in table.axes if name not in names),
                where=tuple(pair for pair in table.where if pair[0] not in names),
            )
            for table in made.tables
        )
    )
    records = tuple(
        replace(
            r,
            codes=tuple(pair for pair in r.codes if pair[0] != axis.name),
            yes=frozenset() if axis.kind == "multiple" else r.yes,
        )
        for r in made.records
    )
    axes = tuple(each for each in made.axes if each != axis)
    return _trimmed(replace(made, axes=axes, tables=tuple(t for t in tables if t.axes), records=records))


def picture(made: Institute) -> str:
    """What is published, as text: `*` marks what is withheld (with the truth before it)."""
    parts = []
    for stage in made.stages:
        built = made.house(stage)
        resource = built.plan.resources[RECORDS]
        for spec, written, table in zip(built.plan.tables, built.written, made.tables, strict=True):
            across = list(dict.fromkeys(key[-1] for key in written.cells))
            rows = dict.fromkeys(key[:-1] for key in written.cells)
            head = f"{'/'.join(spec.dimensions[:-1])}\\{spec.dimensions[-1]}"
            lines = [[head, *across]]
            for row in rows:
                if row[0] in written.shadows:
                    continue
                values = []
                for code in across:
                    codes = dict(zip(spec.dimensions, (*row, code), strict=True))
                    gone = constraints.cell_of(codes, spec, resource, built.plan.lists) in made.withheld[stage]
                    numbers = dict(zip(built.whole[spec.id], written.cells[*row, code].split(":"), strict=True))
                    values.append(":".join(numbers[measure] for measure in spec.measures) + ("*" if gone else ""))
                lines.append(["/".join(row), *values])
            widths = [max(len(line[n]) for line in lines) for n in range(len(lines[0]))]
            note = f"edition {stage + 1}, {':'.join(spec.measures)}"
            note += f", where {dict(table.where)}" if table.where else ""
            body = ["  ".join(word.rjust(w) for word, w in zip(line, widths, strict=True)) for line in lines]
            parts.append("\n".join([note, *body]))
    return "\n\n".join(parts)
