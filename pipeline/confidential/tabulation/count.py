"""Records → Counts: rows, distinct women, answers and sums, for every cell of every table.

Counting is one narwhals expression per table and per set of margins, which any engine runs; nothing after it depends
on the number of records, and nothing in it on the engine. Beside the cells that an edition publishes, a table has *shadow* rows (`published` false): time codes that an
earlier edition published, and the quarters that a reader could work out from a year and a year to date.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import narwhals as nw
import pandas as pd

from pipeline.confidential.intake.records import ID, Records
from pipeline.confidential.storage.workspace import name as quoted
from pipeline.confidential.storage.workspace import text
from pipeline.confidential.tabulation.engines import Engine, Frame
from pipeline.institute.plan import PERIOD, Edition, Plan, Resource, TableSpec
from pipeline.model import periods
from pipeline.model.cells import TOTAL, Counts

Margin = tuple[str, tuple[tuple[str, str], ...], tuple[str, ...]]
"""Record type, fixed filter and dimensions: what is counted by every time code."""


@dataclass(frozen=True)
class Rows:
    """Records of one type: a Parquet, without the IDs in another one that are left out, and the columns that it has."""

    path: Path
    out: Path | None = None
    columns: tuple[str, ...] = ()

    @property
    def sql(self) -> str:
        records = f"read_parquet({text(self.path)})"
        if self.out is None:
            return records
        return (
            f"(SELECT * FROM {records} WHERE {quoted(ID)} NOT IN"
            f" (SELECT {quoted(ID)} FROM read_parquet({text(self.out)})))"
        )


def count(
    records: Mapping[str, Records],
    plan: Plan,
    edition: Edition,
    engine: Engine,
    refused: Mapping[str, Path] | None = None,
) -> Counts:
    """Counts every table of the Plan at the cut-off of `edition`; not the rows whose ID is in `refused`."""
    frames = {}
    for name, found in records.items():
        frames[name] = engine.parquet(found.path)
        if refused and name in refused:
            frames[name] = frames[name].join(engine.parquet(refused[name]).select(ID), on=ID, how="anti")
    counter = _Counter(plan, edition, engine, frames)
    return Counts({table.id: counter.table(table) for table in plan.tables})


def time_codes(table: TableSpec, plan: Plan, edition: Edition) -> dict[str, bool]:
    """Time code → whether this edition publishes it in the table; False for shadow rows."""
    now = plan.periods(edition)
    codes = {c.code: True for c in now.codes if periods.level_of(c.code) in table.levels}
    earlier = [c.code for e in plan.until(edition)[:-1] for c in plan.periods(e).codes]
    if periods.TO_DATE in table.levels:
        codes |= {code: False for code in earlier if periods.level_of(code) == periods.TO_DATE and code not in codes}
        years = {periods.year_of(code) for code in codes if periods.level_of(code) == periods.TO_DATE}
        known = now.by_code
        for year in sorted(years):
            for quarter in (f"{year}-T{n}" for n in range(1, 5)):
                if quarter in known:
                    codes.setdefault(quarter, False)
    return codes


class _Counter:
    """Counts the tables of one edition. A margin that several tables have is counted once, for the time codes of all."""

    def __init__(self, plan: Plan, edition: Edition, engine: Engine, frames: Mapping[str, Frame]) -> None:
        self.plan, self.edition, self.engine, self.frames = plan, edition, engine, frames
        self._codes: dict[Margin, dict[str, None]] = {}
        self._counted: dict[Margin, pd.DataFrame] = {}
        self._rows: dict[str, dict[str, int]] = {}
        for table in plan.tables:
            codes = dict.fromkeys(time_codes(table, plan, edition))
            for chosen in _margins(table):
                margin = _margin(table, chosen)
                self._codes[margin] = self._codes.get(margin, {}) | codes

    def table(self, table: TableSpec) -> pd.DataFrame:
        plan, resource = self.plan, self.plan.resources[table.resource]
        codes = time_codes(table, plan, self.edition)
        others = [name for name in table.dimensions if name != PERIOD]
        parts = []
        for chosen in _margins(table):
            part = self._margin(table, chosen)
            part = part[part[PERIOD].isin(codes)].rename(columns={f"@{name}": name for name in chosen})
            parts.append(part.assign(**dict.fromkeys(set(others) - set(chosen), TOTAL)))
        multiple = next((name for name in others if resource.dimensions[name].kind == "multiple"), None)
        counted = _complete(pd.concat(parts, ignore_index=True), table, resource, plan, codes)
        if multiple:
            counted = _answers(counted, resource.dimensions[multiple].answers, multiple, table, resource)
        counted["women"] = counted[resource.threshold_measure]
        counted["published"] = counted[PERIOD].map(codes).astype("bool")  # also where no year has closed yet
        return counted[columns(table, resource)]

    def _margin(self, table: TableSpec, chosen: tuple[str, ...]) -> pd.DataFrame:
        """The counts by some dimensions of a table and by time."""
        margin = _margin(table, chosen)
        if margin not in self._counted:
            resource = self.plan.resources[table.resource]
            kept = self._keep(self.frames[resource.name], table, resource).select(*_needed(chosen, resource))
            parts = []
            for codes in self._batches(resource, self._codes[margin]):
                spread = self._spread(self._spread_time(kept, resource, codes), chosen, resource)
                parts.append(self.engine.fetch(_count(spread, [PERIOD, *chosen], resource)))
            self._counted[margin] = pd.concat(parts, ignore_index=True)
        return self._counted[margin]

    def _batches(self, resource: Resource, codes: Iterable[str]) -> Iterator[list[str]]:
        """The time codes in parts: what an engine must have in memory at once does not grow with the records."""
        batch: list[str] = []
        size = 0
        for code in codes:
            rows = sum(self._by_period(resource).get(each, 0) for each in _periods_in(code, resource.grain))
            if batch and size + rows > self.engine.at_once:
                yield batch
                batch, size = [], 0
            batch.append(code)
            size += rows
        yield batch

    def _by_period(self, resource: Resource) -> Mapping[str, int]:
        """Period → its records."""
        if resource.name not in self._rows:
            found = self.frames[resource.name].group_by(resource.period).agg(nw.len().alias("rows"))
            told = self.engine.fetch(found) if self.engine.at_once < math.inf else pd.DataFrame()
            self._rows[resource.name] = {
                str(period): int(rows) for period, rows in told.itertuples(index=False, name=None)
            }
        return self._rows[resource.name]

    def _keep(self, frame: Frame, table: TableSpec, resource: Resource) -> Frame:
        """The rows that the table's fixed filter keeps."""
        for name, code in table.where.items():
            dimension = resource.dimensions[name]
            leaves = [leaf for leaf, up in ancestry(dimension.codes, self.plan) if up == code]
            frame = frame.filter(nw.col(dimension.column).is_in(leaves))
        return frame

    def _spread_time(self, frame: Frame, resource: Resource, codes: Iterable[str]) -> Frame:
        """One row per record and time code that covers it."""
        pairs = sorted((value, code) for code in codes for value in _periods_in(code, resource.grain))
        return frame.join(self.engine.table([resource.period, PERIOD], pairs), on=resource.period)

    def _spread(self, frame: Frame, chosen: tuple[str, ...], resource: Resource) -> Frame:
        """A column per dimension with the codes that a record counts for; a record may count for several."""
        for name in chosen:
            dimension = resource.dimensions[name]
            if dimension.kind == "multiple":
                said = {code: nw.col(column).is_in(resource.yes(column)) for code, column in dimension.columns.items()}
                frame = frame.join(self.engine.table([f"@{name}"], [(code,) for code in said]), how="cross")
                frame = frame.filter(
                    nw.any_horizontal(*(_is(name, code) & yes for code, yes in said.items()), ignore_nulls=False)
                )
            else:
                pairs = self.engine.table([dimension.column, f"@{name}"], ancestry(dimension.codes, self.plan))
                frame = frame.join(pairs, on=dimension.column)
        return frame


def columns(table: TableSpec, resource: Resource) -> list[str]:
    """The columns of a frame of counts: also what nobody is shown, the women by whom the threshold is judged, and where
    answers are counted the records that gave them.
    """
    more = ["women", *([resource.rows] if resource.answers.intersection(table.measures) else [])]
    return [*table.dimensions, *table.measures, *(name for name in more if name not in table.measures), "published"]


def _is(dimension: str, code: str) -> nw.Expr:
    return nw.col(f"@{dimension}") == nw.lit(code)


def _needed(dimensions: Iterable[str], resource: Resource) -> list[str]:
    """The columns of a record that a table looks at."""
    columns = [resource.period, *filter(None, [resource.person])]
    columns += [column for summed in resource.sums.values() for column in summed]
    for dimension in (resource.dimensions[name] for name in dimensions):
        columns += dimension.columns.values() if dimension.kind == "multiple" else [dimension.column]
    return list(dict.fromkeys(columns))


def _margins(table: TableSpec) -> list[tuple[str, ...]]:
    """Every choice of the dimensions of a table but time."""
    others = [name for name in table.dimensions if name != PERIOD]
    return [chosen for size in range(len(others) + 1) for chosen in combinations(others, size)]


def _margin(table: TableSpec, chosen: Iterable[str]) -> Margin:
    return table.resource, tuple(sorted(table.where.items())), tuple(sorted(chosen))


def _periods_in(code: str, grain: str) -> set[str]:
    """The periods of a grain that lie wholly within a time code."""
    months = periods.months_of(code)
    values = set(months)
    if grain != periods.MONTH:
        values = {periods.quarter_of(month) if grain == periods.QUARTER else periods.year_of(month) for month in months}
    return {value for value in values if set(periods.months_of(value)) <= set(months)}


def _count(frame: Frame, by: list[str], resource: Resource) -> Frame:
    """The expression: rows, distinct women and sums of columns by the given dimensions."""
    keys = [name if name == PERIOD else f"@{name}" for name in by]
    measures = [nw.len().cast(nw.Int64).alias(resource.rows)]
    if resource.person:
        measures.append(nw.col(resource.person).n_unique().cast(nw.Int64).alias(resource.persons))
    if resource.sums:
        added = {m: nw.sum_horizontal(*(nw.col(c).cast(nw.Int64) for c in cs)) for m, cs in resource.sums.items()}
        frame = frame.with_columns(*(expression.alias(f"+{measure}") for measure, expression in added.items()))
    measures += [nw.col(f"+{measure}").sum().cast(nw.Int64).alias(measure) for measure in resource.sums]
    return frame.group_by(keys).agg(*measures)


def ancestry(codes: str, plan: Plan) -> list[tuple[str, str]]:
    """(code that a record holds, code that it counts for): itself, its ancestors, and the unions it is part of."""
    known = plan.lists[codes].by_code
    pairs = []
    for leaf in plan.lists[codes].leaves:
        at = leaf
        while at:
            pairs.append((leaf, at))
            pairs.extend((leaf, code.code) for code in known.values() if at in code.parts)
            at = known[at].parent
    return sorted(set(pairs))


def _complete(
    counted: pd.DataFrame, table: TableSpec, resource: Resource, plan: Plan, codes: dict[str, bool]
) -> pd.DataFrame:
    """The whole matrix in publication order: what nobody was counted in is a zero, not an absence."""
    axes: list[list[str]] = [list(codes)]
    for name in table.dimensions[1:]:
        axes.append([TOTAL, *(c.code for c in plan.lists[resource.dimensions[name].codes].codes)])
    whole = pd.MultiIndex.from_product(axes, names=list(table.dimensions))
    numbers = counted.set_index(list(table.dimensions)).reindex(whole, fill_value=0)
    return numbers.astype("int64").reset_index()


def _answers(counted: pd.DataFrame, answers: str, multiple: str, table: TableSpec, resource: Resource) -> pd.DataFrame:
    """Adds the measure that counts answers: of one code its rows, of the total the sum over the codes."""
    keys = [name for name in table.dimensions if name != multiple]
    each = counted[counted[multiple] != TOTAL]
    totals = each.groupby(keys, sort=False)[resource.rows].sum().rename(answers).reset_index()
    merged = counted.merge(totals, on=keys, how="left", validate="many_to_one")
    merged[answers] = merged[answers].where(merged[multiple] == TOTAL, merged[resource.rows])
    return merged
