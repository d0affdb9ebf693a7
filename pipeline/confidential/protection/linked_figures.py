"""All figures of an edition and of older vintages, with what ties them, and what editions say of them; who must be told that it
cannot be. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from pipeline.confidential.protection import constraints, vintages
from pipeline.confidential.protection.cell_facts import Facts, cell_facts
from pipeline.confidential.protection.vintages import Stage, Vintage
from pipeline.institute.plan import PERIOD, Code, CodeList, Edition, Plan, Resource, TableSpec
from pipeline.model import periods
from pipeline.model.cells import NOT, OVERLAP, Cell, Counts, Cover, Figure, Sum
from pipeline.model.findings import Finding, PipelineError


class Linked(NamedTuple):
    """All figures of an edition and of older vintages, with what ties them.

    values, cells: as counted. tied: constraints of this edition; stages: those of each older vintage; late: what the changes
    between vintages add. least: what an edition said of overlaps → the least that the figure can be.
    """

    values: Mapping[Figure, int]
    cells: Mapping[Cell, Facts]
    tied: constraints.Ties
    stages: Sequence[Stage]
    late: vintages.Late
    least: Mapping[Figure, int]


def linked_figures(
    counts: Counts,
    plan: Plan,
    edition: Edition,
    earlier: Sequence[Vintage],
    values: Mapping[Figure, int],
    cells: Mapping[Cell, Facts],
) -> Linked:
    """Ties the figures. Raises PipelineError("disclosure") where everybody who came late has one trait in common."""
    time = time_codes(plan, edition)
    threshold = {cell: facts.threshold for cell, facts in cells.items()}
    tied = constraints.tie(values, plan, time, max(threshold.values(), default=0))
    constraints.add_promised(tied, threshold, plan.resources)
    least = _tell_overlaps(counts, plan, tied, edition, plan.until(edition)[:-1])
    stages = [_stage(vintage, plan, edition, time, threshold) for vintage in earlier]
    for stage in stages:
        then = [each for each in plan.until(edition) if each.cut_off <= stage.vintage.cut_off]
        told_then = _tell_overlaps(stage.vintage.counts, plan, stage.tied, edition, then)
        least |= {stage.vintage.name(figure): number for figure, number in told_then.items()}
    late = vintages.tie(stages, tied, threshold, plan.resources)
    if late.shared:
        raise PipelineError("disclosure", unprotectable(late.shared, plan))
    return Linked(values, cells, tied, stages, late, least)


def _stage(vintage: Vintage, plan: Plan, edition: Edition, time: CodeList, promised: Mapping[Cell, int]) -> Stage:
    """What an earlier edition counted, with its ties. Its figures must be what its records give. `promised`: cell → the
    threshold that it has in the new edition.
    """
    plan = replace(plan, tables=tuple(table for table in plan.tables if table.id in vintage.counts.tables))
    values, cells = cell_facts(vintage.counts, plan)
    values = {figure: value for figure, value in values.items() if vintage.knew(figure.cell)}
    refuse_revisions(values, vintage.shown, edition)
    women = {cell: facts.women for cell, facts in cells.items() if vintage.knew(cell)}
    threshold = {cell: max(facts.threshold, promised.get(cell, 0)) for cell, facts in cells.items()}
    late = {cell: facts.women for cell, facts in cell_facts(vintage.added, plan)[1].items()}
    tied = constraints.tie(values, plan, time, max(promised.values(), default=0))
    constraints.add_promised(tied, threshold, plan.resources)
    return Stage(vintage, tied, values, women, threshold, late)


def _tell_overlaps(
    counts: Counts, plan: Plan, tied: constraints.Ties, edition: Edition, earlier: Sequence[Edition]
) -> dict[Figure, int]:
    """An edition tells along which dimensions of a table women do not add up: somebody stands in several parts there.

    Adds, for each table and dimension and each edition, the figure of how many do to `tied`; returns the least that each
    may be.
    """
    least: dict[Figure, int] = {}
    tables = [table for table in plan.tables if table.id in counts.tables]
    known = Breakdowns(tied)
    for table in (table for table in tables if plan.resources[table.resource].persons in table.measures):
        resource = plan.resources[table.resource]
        every = shown_cells(counts, table, resource, plan)
        for each in (*earlier, edition):
            codes = {code.code for code in plan.periods(each).codes if periods.level_of(code.code) in table.levels}
            shown = [row.cell for row in every if (row.published if each == edition else row.period in codes)]
            for name, found in known.shown(table, shown, resource).items():
                surpluses = tuple(breakdown.surplus for breakdown in found if isinstance(breakdown, Cover))
                if surpluses:
                    cell = Cell(resource.name).at(PERIOD, NOT)
                    told = Figure(cell, f"{resource.persons}{OVERLAP}{each.id} {table.id} {name}")
                    tied.values[told] = sum(tied.values[surplus] for surplus in surpluses)
                    tied.relations.append(Sum(told, surpluses))
                    least[told] = 1
    return least


def time_codes(plan: Plan, edition: Edition) -> CodeList:
    """The time codes of this edition and those that only earlier ones had."""
    codes = {code.code: code for code in plan.periods(edition).codes}
    for earlier in plan.until(edition)[:-1]:
        for code in plan.periods(earlier).codes:
            codes.setdefault(code.code, Code(code.code, "", code.parts, code.order, code.labels))
    return CodeList(PERIOD, tuple(codes.values()))


class CountedRow(NamedTuple):
    """A row of a table: its time code, whether this edition publishes it, and the cell that it counts."""

    period: str
    published: bool
    cell: Cell


def shown_cells(counts: Counts, table: TableSpec, resource: Resource, plan: Plan) -> list[CountedRow]:
    """The rows of a table, in their order."""
    frame = counts.tables[table.id]
    columns = [frame[name].astype(str).tolist() for name in table.dimensions]
    return [
        CountedRow(
            str(period),
            bool(published),
            constraints.cell_of(dict(zip(table.dimensions, row, strict=True)), table, resource, plan.lists),
        )
        for period, published, *row in zip(frame[PERIOD].tolist(), frame["published"].tolist(), *columns, strict=True)
    ]


class Breakdowns:
    """The breakdowns of women that there are, by the cell that they break down."""

    def __init__(self, tied: constraints.Ties) -> None:
        self._of: dict[Cell, list[tuple[int, Sum | Cover]]] = {}
        for number, breakdown in enumerate(tied.breakdowns):
            self._of.setdefault(breakdown.total.cell, []).append((number, breakdown))

    def shown(self, table: TableSpec, cells: Sequence[Cell], resource: Resource) -> dict[str, list[Sum | Cover]]:
        """Dimension of a table → how its rows break women down by it."""
        shown = dict.fromkeys(cells)
        inside = [
            (number, breakdown)
            for cell in shown
            for number, breakdown in self._of.get(cell, ())
            if all(part.cell in shown for part in breakdown.parts)
        ]
        by = [(breakdown, _by(breakdown)) for _, breakdown in sorted(inside, key=lambda pair: pair[0])]
        found = dict[str, list[Sum | Cover]]()
        for name in table.dimensions:
            names = {name, resource.dimensions[name].upper if name != PERIOD else name}
            found[name] = [breakdown for breakdown, each in by if not names.isdisjoint(each)]
        return found


def _by(breakdown: Sum | Cover) -> set[str]:
    """The dimensions that the parts of a breakdown differ from its total in."""
    return {name for part in breakdown.parts for name, _ in part.cell.where - breakdown.total.cell.where}


def refuse_revisions(values: Mapping[Figure, int], published: Mapping[Figure, int], edition: Edition) -> None:
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


def unprotectable(cells: set[Cell], plan: Plan, *, spent: bool = False) -> list[Finding]:
    """Names the tables and what may help, never the cells: which cell is too small is a secret even in a message.

    Where a total over everything is the matter, it is its time levels that give it away, one less another. `spent`: no safe
    way was found, which is not to say that there is none.
    """
    found: dict[bool, set[Finding]] = {False: set(), True: set()}
    for cell in (cell.plain for cell in cells):
        names = {name for name, _ in cell.where if name != PERIOD}
        level = periods.level_of(cell.code(PERIOD))
        for table in plan.tables:
            reach = {*table.dimensions, *table.where}
            reach |= {plan.resources[table.resource].dimensions[n].upper for n in reach if n != PERIOD} - {""}
            if table.resource != cell.records or not names <= reach:
                continue
            here = f"tables.yaml:{table.id}"
            if spent:
                found[table.retired].add(Finding.of(here, "unprotectable_unknown", table=table.id))
            elif names:
                found[table.retired].add(Finding.of(here, "unprotectable", table=table.id))
            elif level is None or level in table.levels or periods.TO_DATE in table.levels:
                levels = ", ".join(table.levels)
                found[table.retired].add(Finding.of(here, "unprotectable_total", levels=levels, table=table.id))
    return sorted(found[False] or found[True])
