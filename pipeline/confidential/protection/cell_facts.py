"""What is known of every cell over all tables that it stands in: women, threshold, what it costs to lose it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.confidential.protection import constraints
from pipeline.confidential.protection.loss import Loss
from pipeline.institute.plan import PERIOD, Plan
from pipeline.model import periods
from pipeline.model.cells import TOTAL, Cell, Counts, Figure


@dataclass
class Facts:
    """What is known of one cell over all tables that it stands in."""

    women: int = 0
    people: set[int] = field(default_factory=set)
    threshold: int = 0
    cost: float = 0.0
    measures: set[str] = field(default_factory=set)
    shown: bool = False
    zero_withheld: bool = False

    @property
    def small(self) -> bool:
        return any(0 < count < self.threshold for count in self.people)


def cell_facts(counts: Counts, plan: Plan) -> tuple[dict[Figure, int], dict[Cell, Facts]]:
    """Every figure once, and what is known of every cell."""
    values: dict[Figure, int] = {}
    cells: dict[Cell, Facts] = {}
    loss = Loss(plan)
    for table in plan.tables:
        resource, threshold = plan.resources[table.resource], plan.threshold(table)
        multiple = next((n for n in table.dimensions[1:] if resource.dimensions[n].kind == "multiple"), "")
        sensitive = [name for name in table.dimensions if name != PERIOD and resource.dimensions[name].sensitive]
        for row in counts.tables[table.id].to_dict("records"):
            codes = {name: str(row[name]) for name in table.dimensions}
            cell = constraints.cell_of(codes, table, resource, plan.lists)
            facts = cells.setdefault(cell, Facts())
            facts.women = int(row["women"])
            facts.people |= {facts.women, *(int(row[measure]) for measure in resource.people if measure in row)}
            facts.threshold = max(facts.threshold, threshold)
            facts.shown |= bool(row["published"])
            facts.zero_withheld |= any(row[name] != TOTAL for name in sensitive)
            facts.cost = max(facts.cost, loss.of(table, codes, facts.women))
            facts.measures |= {constraints.measure_of(measure, cell, resource, multiple) for measure in table.measures}
            for measure in table.measures:
                figure = Figure(cell, constraints.measure_of(measure, cell, resource, multiple))
                if values.setdefault(figure, int(row[measure])) != row[measure]:
                    raise AssertionError(f"two tables count {figure.measure} of one cell differently")
            if resource.rows in row:  # where answers alone are published, a reader knows that records gave them
                values.setdefault(Figure(cell, resource.rows), int(row[resource.rows]))
    for cell, facts in cells.items():  # and where events alone are, that women made them
        if (resource := plan.resources[cell.records]).persons and Figure(cell, resource.rows) in values:
            values.setdefault(Figure(cell, resource.persons), facts.women)
    return values, cells


def counted(counts: Counts, plan: Plan) -> dict[Figure, tuple[int, int]]:
    """Every figure that was counted: its value and the threshold of its cell."""
    values, cells = cell_facts(counts, plan)
    return {figure: (value, cells[figure.cell].threshold) for figure, value in values.items()}


def values_of(counts: Counts, plan: Plan) -> dict[Figure, int]:
    """Every figure that was counted."""
    return cell_facts(counts, plan)[0]


def grand_total(cell: Cell) -> bool:
    """A year, or year to date, of a record type as a whole."""
    return all(name == PERIOD for name, _ in cell.where) and periods.level_of(cell.code(PERIOD)) in (
        periods.YEAR,
        periods.TO_DATE,
    )
