"""Counts → Masked: withholds what would let a woman be found. Pure: touches no files.

The domain's half of disclosure control: which cells are too small, which must stay open, what it costs to lose one,
and what must remain possible for a reader. `suppress` then chooses the cells. All tables, all time levels and all
earlier editions are one system.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline import periods
from pipeline.cells import TOTAL, AtMost, Cell, Counts, Cover, Figure, Masked, Sum
from pipeline.confidential import suppress, ties
from pipeline.errors import Finding, PipelineError
from pipeline.plan import PERIOD, Code, CodeList, Edition, Plan, TableSpec
from pipeline.worlds import Bools, Goal, Ints, system

LEVEL_COST = {periods.MONTH: 1.0, periods.QUARTER: 2.0, periods.TO_DATE: 4.0, periods.YEAR: 4.0}
"""A year is missed more than a month."""


@dataclass(frozen=True)
class Protection:
    """What may leave (`masked`) and what stays in the office: figures, witnesses and the quality of the choice.

    truth: one value per figure; witnesses: other worlds, one per row.
    """

    masked: Masked
    figures: tuple[Figure, ...]
    truth: Ints
    witnesses: Ints
    primary: int
    complementary: int
    lower_bound: float | None
    cost: float
    method: str


@dataclass
class _Facts:
    """What is known of one cell over all tables that it stands in."""

    women: int = 0
    threshold: int = 0
    cost: float = 0.0
    shown: bool = False
    zero_withheld: bool = False


def protect(
    counts: Counts, plan: Plan, edition: Edition, published: Mapping[Figure, int] | None = None, effort: str = "normal"
) -> Protection:
    """Withholds cells so that rules 1 to 6 hold for all editions together.

    `published`: every figure that an earlier edition shows; it stays as it is. Raises PipelineError("disclosure") when
    a published figure has changed, or when what must stay published leaves no safe choice.
    """
    published = published or {}
    values, cells = _cells(counts, plan)
    _refuse_revisions(values, published, plan, edition)
    tied = ties.tie(values, plan, _time(plan, edition))
    figures = list(tied.values)  # those that were counted, then virtual ones
    number = {figure: i for i, figure in enumerate(figures)}
    groups: dict[object, int] = {}
    group: Ints = np.array(
        [groups.setdefault(f.cell if f.cell in cells and f in values else f, len(groups)) for f in figures],
        dtype=np.int64,
    )
    hidden = np.zeros(len(groups), dtype=bool)
    opened, primary = hidden.copy(), hidden.copy()
    cost = np.zeros(len(groups))
    lower: dict[Figure, int] = {}
    goals: list[Goal] = []
    undetermined: list[int] = []
    for figure in figures:
        cell, at = figure.cell, group[number[figure]]
        facts, resource = cells.get(cell), plan.resources[cell.records]
        if facts is None or figure not in values:
            hidden[at] = True
            if figure in tied.virtual:
                threshold = cells[tied.virtual[figure]].threshold
                if 0 < tied.values[figure] < threshold:
                    goals.append(Goal(number[figure], threshold))
            continue
        small = 0 < facts.women < facts.threshold
        hidden[at] = not facts.shown and figure not in published
        primary[at] |= small and facts.shown
        opened[at] |= figure in published or (facts.women == 0 and not facts.zero_withheld) or _grand_total(cell)
        cost[at] = facts.cost
        counted = figure.measure not in resource.sums or figure.measure == resource.women
        # An earlier edition showed its year to date, and showed its zeros: what it withheld was at least 1.
        seen = facts.shown or (facts.women > 0 and periods.level_of(cell.code(PERIOD)) == periods.TO_DATE)
        lower[figure] = int(seen and counted and not facts.zero_withheld)
        if seen:
            undetermined.append(number[figure])
        if small and figure.measure == resource.threshold_measure:
            goals.append(Goal(number[figure], facts.threshold))
    for total, outside in tied.groups:
        if tied.values[total] and not tied.values[outside]:
            goals.append(Goal(number[outside], 1))
    _refuse_clash(primary & opened, group, figures, plan)
    truth = np.array([tied.values[figure] for figure in figures], dtype=np.int64)
    problem = suppress.Problem(
        system=system(figures, tied.relations, lower),
        value=truth,
        group=group,
        hidden=hidden,
        open=opened,
        primary=primary,
        cost=cost,
        goals=tuple(goals),
        undetermined=np.array(undetermined, dtype=np.int64),
        knowers=_knowers(cells, values, tied, number),
    )
    try:
        chosen = suppress.suppress(problem, effort=effort)
    except suppress.Unprotectable as error:
        at = {figures[i].cell for i in error.figures}
        at |= {figures[i].cell for i in np.flatnonzero(np.isin(group, list(error.groups)))}
        raise PipelineError("disclosure", _unprotectable(at, plan)) from None
    withheld = {cell for cell in cells if chosen.withheld[groups[cell]]}
    return Protection(
        masked=_mask(counts, plan, withheld),
        figures=tuple(values),
        truth=truth[: len(values)],
        witnesses=chosen.witnesses[:, : len(values)],
        primary=int(primary.sum()),
        complementary=int((chosen.withheld & ~primary).sum()),
        lower_bound=chosen.lower_bound,
        cost=chosen.cost,
        method=chosen.method,
    )


def _cells(counts: Counts, plan: Plan) -> tuple[dict[Figure, int], dict[Cell, _Facts]]:
    """Every figure once, and what is known of every cell."""
    values: dict[Figure, int] = {}
    cells: dict[Cell, _Facts] = {}
    for table in plan.tables:
        resource, threshold = plan.resources[table.resource], plan.threshold(table)
        multiple = next((n for n in table.dimensions[1:] if resource.dimensions[n].kind == "multiple"), "")
        sensitive = [name for name in table.dimensions if name != PERIOD and resource.dimensions[name].sensitive]
        for row in counts.tables[table.id].to_dict("records"):
            cell = ties.cell_of({name: str(row[name]) for name in table.dimensions}, table, resource, plan.lists)
            facts = cells.setdefault(cell, _Facts())
            facts.women = int(row["women"])
            facts.threshold = max(facts.threshold, threshold)
            facts.shown |= bool(row["published"])
            facts.zero_withheld |= any(row[name] != TOTAL for name in sensitive)
            level = LEVEL_COST[periods.level_of(cell.code(PERIOD)) or periods.YEAR]
            facts.cost = max(facts.cost, table.priority * level * (1 + math.log1p(facts.women)))
            for measure in table.measures:
                figure = Figure(cell, ties.measure_of(measure, cell, resource, multiple))
                if values.setdefault(figure, int(row[measure])) != row[measure]:
                    raise AssertionError(f"two tables count {figure.measure} of one cell differently")
    return values, cells


def _knowers(
    cells: Mapping[Cell, _Facts], values: Mapping[Figure, int], tied: ties.Ties, number: Mapping[Figure, int]
) -> tuple[tuple[int, ...], ...]:
    """For every woman who is alone in some cell, the figures that she knows because they count only her."""
    alone = {cell for cell, facts in cells.items() if facts.women == 1}
    same: dict[Cell, Cell] = {cell: cell for cell in alone}

    def first(cell: Cell) -> Cell:
        while same[cell] != cell:
            cell = same[cell]
        return cell

    for relation in tied.relations:
        if not isinstance(relation, AtMost) and relation.total.cell in alone:
            for part in relation.parts:
                if part.cell in alone:  # one woman in the whole and one in the part: it is she
                    same[first(part.cell)] = first(relation.total.cell)
    known: dict[Cell, list[int]] = {}
    for figure in values:
        if figure.cell in alone:
            known.setdefault(first(figure.cell), []).append(number[figure])
    for relation in tied.relations:
        if isinstance(relation, Sum) and relation.total.cell in alone:
            # What is left over in a cell that is hers alone is hers as well.
            virtual = [number[part] for part in relation.parts if part not in values]
            known[first(relation.total.cell)].extend(virtual)
        elif isinstance(relation, Cover):
            some = [part for part in relation.parts if tied.values[part]]
            if len(some) == 2:
                for part, other in (some, some[::-1]):
                    if (
                        other.cell in alone
                    ):  # whoever is not in the one part can only be in the other, where she is alone
                        known[first(other.cell)].append(number[ties.outside(relation.total, part)])
    return tuple(tuple(sorted(set(figures))) for figures in known.values())


def _time(plan: Plan, edition: Edition) -> CodeList:
    """The time codes of this edition and those that only earlier ones had."""
    codes = {code.code: code for code in plan.periods(edition).codes}
    for earlier in plan.until(edition)[:-1]:
        for code in plan.periods(earlier).codes:
            codes.setdefault(code.code, Code(code.code, "", code.parts, code.order, code.labels))
    return CodeList(PERIOD, tuple(codes.values()))


def _grand_total(cell: Cell) -> bool:
    """A year, or year to date, of a record type as a whole."""
    return all(name == PERIOD for name, _ in cell.where) and periods.level_of(cell.code(PERIOD)) in (
        periods.YEAR,
        periods.TO_DATE,
    )


def _refuse_revisions(
    values: Mapping[Figure, int], published: Mapping[Figure, int], plan: Plan, edition: Edition
) -> None:
    """A figure that changes after it was published shows the difference, which may be one woman."""
    changed = {f for f, value in published.items() if f in values and values[f] != value}
    by_resource: dict[str, set[str]] = {}
    for figure in changed:
        by_resource.setdefault(figure.cell.records, set()).add(figure.cell.code(PERIOD))
    if by_resource:
        raise PipelineError(
            "disclosure",
            [
                Finding.of(name, "late_records", periods=", ".join(sorted(codes)), edition=edition.id)
                for name, codes in by_resource.items()
            ],
        )


def _refuse_clash(clash: Bools, group: Ints, figures: list[Figure], plan: Plan) -> None:
    if clash.any():
        at = {figure.cell for figure, g in zip(figures, group, strict=True) if clash[g]}
        raise PipelineError("disclosure", _unprotectable(at, plan))


def _unprotectable(cells: set[Cell], plan: Plan) -> list[Finding]:
    """Names the tables, never the cells: which cell is too small is a secret even in a message."""
    touched = set()
    for cell in cells:
        names = {name for name, _ in cell.where if name != PERIOD}
        for table in plan.tables:
            reach = {*table.dimensions, *table.where}
            reach |= {plan.resources[table.resource].dimensions[n].upper for n in reach if n != PERIOD} - {""}
            if table.resource == cell.records and names <= reach:
                touched.add(table.id)
    return [Finding.of(f"tables.yaml:{table}", "unprotectable") for table in sorted(touched)]


def _mask(counts: Counts, plan: Plan, withheld: set[Cell]) -> Masked:
    tables = {}
    for table in plan.tables:
        frame = counts.tables[table.id]
        tables[table.id] = _mask_table(frame[frame["published"]], table, plan, withheld)
    return Masked(tables, {table.id: table.measures for table in plan.tables})


def _mask_table(frame: pd.DataFrame, table: TableSpec, plan: Plan, withheld: set[Cell]) -> pd.DataFrame:
    resource = plan.resources[table.resource]
    gone = [
        ties.cell_of({name: str(row[name]) for name in table.dimensions}, table, resource, plan.lists) in withheld
        for row in frame.to_dict("records")
    ]
    masked = frame[list(table.dimensions)].reset_index(drop=True)
    marks = pd.Series(gone, dtype="bool")
    for measure in table.measures:
        masked[measure] = frame[measure].reset_index(drop=True).astype("Int64").mask(marks)
    masked["withheld"] = marks
    return masked
