"""Records → Counts: rows, distinct women, answers and sums, for every cell of every table. Pure: touches no files.

Counting is one narwhals expression per table and per set of margins; nothing after it depends on the number of
records. Beside the cells that an edition publishes, a table has *shadow* rows (`published` false): time codes that an
earlier edition published, and the quarters that a reader could work out from a year and a year to date.
"""

from __future__ import annotations

from itertools import combinations

import narwhals as nw
import pandas as pd

from pipeline import periods
from pipeline.cells import TOTAL, Counts
from pipeline.confidential.ingest import Records
from pipeline.plan import PERIOD, Edition, Plan, Resource, TableSpec


def count(records: dict[str, Records], plan: Plan, edition: Edition) -> Counts:
    """Counts every table of the Plan at the cut-off of `edition`."""
    return Counts({table.id: _table(records[table.resource].frame, table, plan, edition) for table in plan.tables})


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


def _table(frame: pd.DataFrame, table: TableSpec, plan: Plan, edition: Edition) -> pd.DataFrame:
    resource = plan.resources[table.resource]
    codes = time_codes(table, plan, edition)
    spread = _spread_time(_keep(frame, table, resource, plan), resource, codes)
    others = [name for name in table.dimensions if name != PERIOD]
    parts = []
    for size in range(len(others) + 1):
        for chosen in combinations(others, size):
            part = _count(_spread(spread, chosen, resource, plan), [PERIOD, *chosen], resource)
            for name in set(others) - set(chosen):
                part[name] = TOTAL
            parts.append(part)
    multiple = next((name for name in others if resource.dimensions[name].kind == "multiple"), None)
    counted = _complete(pd.concat(parts, ignore_index=True), table, resource, plan, codes)
    if multiple:
        counted = _answers(counted, resource.dimensions[multiple].answers, multiple, table, resource)
    counted["women"] = counted[resource.threshold_measure]
    counted["published"] = counted[PERIOD].map(codes).astype("bool")  # also where no year has closed yet
    return counted[[*table.dimensions, *table.measures, *({"women"} - set(table.measures)), "published"]]


def _keep(frame: pd.DataFrame, table: TableSpec, resource: Resource, plan: Plan) -> pd.DataFrame:
    """The rows that the table's fixed filter keeps."""
    for name, code in table.where.items():
        dimension = resource.dimensions[name]
        leaves = [leaf for leaf, up in _ancestry(dimension.codes, plan) if up == code]
        frame = frame[frame[dimension.column].isin(leaves)]
    return frame


def _ancestry(codes: str, plan: Plan) -> list[tuple[str, str]]:
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


def _spread_time(frame: pd.DataFrame, resource: Resource, codes: dict[str, bool]) -> pd.DataFrame:
    """One row per record and time code that covers it."""
    pairs = []
    for value in frame[resource.period].unique():
        months = set(periods.months_of(value))
        pairs += [(value, code) for code in codes if months <= set(periods.months_of(code))]
    cover = pd.DataFrame(pairs, columns=[resource.period, PERIOD], dtype="str")
    return frame.merge(cover, on=resource.period)


def _spread(frame: pd.DataFrame, chosen: tuple[str, ...], resource: Resource, plan: Plan) -> pd.DataFrame:
    """A column per dimension with the codes that a record counts for; a record may count for several."""
    for name in chosen:
        dimension = resource.dimensions[name]
        if dimension.kind == "multiple":
            answered = [
                frame[frame[column].isin(resource.yes(column))].assign(**{f"@{name}": code})
                for code, column in dimension.columns.items()
            ]
            frame = pd.concat(answered, ignore_index=True)
        else:
            pairs = pd.DataFrame(_ancestry(dimension.codes, plan), columns=[dimension.column, f"@{name}"], dtype="str")
            frame = frame.merge(pairs, on=dimension.column)
    return frame


def _count(frame: pd.DataFrame, by: list[str], resource: Resource) -> pd.DataFrame:
    """The expression: rows, distinct women and sums of columns by the given dimensions."""
    keys = [name if name == PERIOD else f"@{name}" for name in by]
    measures = [nw.len().alias(resource.rows)]
    if resource.person:
        measures.append(nw.col(resource.person).n_unique().alias(resource.persons))
    sums = [nw.sum_horizontal(*(nw.col(c).cast(nw.Int64) for c in cs)).alias(f"+{m}") for m, cs in resource.sums.items()]
    measures += [nw.col(f"+{measure}").sum().alias(measure) for measure in resource.sums]
    counted = nw.from_native(frame).with_columns(*sums).group_by(keys).agg(*measures).to_native()
    return pd.DataFrame(counted).rename(columns={f"@{name}": name for name in by})


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
