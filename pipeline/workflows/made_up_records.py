"""`celosia verify --records`: made-up records that, counted by the product itself, give the very same publication. I/O.

In: the records as they were published from, and the editions. Out: of how many small withheld cells some set of made-up
records has enough women in the cell and gives exactly what was published. Each set is counted again, from a file, as the
true records were, and what would leave is compared number by number. Late records make two publications of one year;
record types with such are left out, and their cells count as not reached. Nothing public is written.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from pipeline.confidential.intake.records import FILE, ID, ROW, Records
from pipeline.confidential.private_files import office_copy
from pipeline.confidential.protection.alternatives import Alternatives, Pack, Shown, Target, packed
from pipeline.confidential.protection.cell_facts import values_of
from pipeline.confidential.protection.protect import masked
from pipeline.confidential.storage.workspace import Store
from pipeline.confidential.storage.workspace import name as quoted
from pipeline.confidential.tabulation.count import count
from pipeline.confidential.tabulation.engines import Engine
from pipeline.institute.plan import PERIOD, Edition, Plan
from pipeline.model.cells import Counts, Figure, Masked
from pipeline.public.audit.linked_editions import Published
from pipeline.public.audit.structure import Told, told
from pipeline.public.edition.model import Package
from pipeline.workflows import editions, records
from pipeline.workflows.revisions import ReleaseCandidate
from pipeline.workflows.run import Run, Tell


@dataclass
class Reached:
    """Of `cells` small withheld cells, `reached` can be large with records that are counted as published. sets: of such
    records; changes: records of them that are otherwise; path: the private file that says which.
    """

    cells: int = 0
    reached: int = 0
    sets: int = 0
    changes: int = 0
    path: Path | None = None
    rows: list[tuple[int, str, int, str, str]] = field(default_factory=list)


@dataclass
class Case:
    """One edition with those before it, and what was counted for it. `plan`: with tables that were retired since."""

    plan: Plan
    edition: Edition
    packages: Sequence[Package]
    records: Mapping[str, Records]
    choice: ReleaseCandidate
    store: Store
    engine: Engine

    def __post_init__(self) -> None:
        self.told: Told = told(self.packages)[-1]
        self.published = Published(self.packages)

    def examine(self, raw: Path, tell: Tell) -> Reached:
        """Looks for made-up records of each record type, and writes what is otherwise in them."""
        found = Reached()
        late = {vintage.records for vintage in self.choice.vintages}
        for name in self.records:
            plan = self.plan.only(name)
            true = Counts({table.id: self.choice.counts.tables[table.id] for table in plan.tables})
            targets = self._targets(plan, values_of(true, plan))
            found.cells += len(targets)
            if targets and name not in late:
                tell("made_up", cells=len(targets))
                self._reach(plan, name, true, targets, found)
        if found.rows:
            frame = pd.DataFrame(found.rows, columns=["juego", "archivo", "renglon", "columna", "valor"])
            stream = io.StringIO()
            frame.to_csv(stream, index=False, lineterminator="\n")
            found.path = office_copy.keep_made_up(raw, self.edition.id, stream.getvalue().encode())
        return found

    def _targets(self, plan: Plan, values: Mapping[Figure, int]) -> list[Target]:
        """The withheld cells that are small in truth, those of which least is lacking first."""
        people = {resource.name: resource.people for resource in plan.resources.values()}
        found = []
        for figure, value in values.items():
            cell = figure.cell
            threshold = self.told.thresholds.get(cell, 0)
            if cell in self.told.withheld and figure.measure in people[cell.records] and 0 < value < threshold:
                found.append(Target(figure, threshold - value))
        return sorted(found, key=lambda target: target.more)

    def _reach(
        self,
        plan: Plan,
        name: str,
        true: Counts,
        targets: Sequence[Target],
        found: Reached,
    ) -> None:
        told, shown = values_of(true, plan), self._shown(values_of(true, plan))
        query = f"SELECT * FROM {self.choice.rows[name].sql} ORDER BY {quoted(ID)}"
        frame = self.store.database.execute(query).df()
        records = _as_read(frame)
        codes = {table.id: list(dict.fromkeys(true.tables[table.id][PERIOD])) for table in plan.tables}
        every = Alternatives(records, plan.resources[name], plan, codes, shown, told)
        before = masked(true, plan, self.edition, self.told.withheld)
        lifted: set[Figure] = set()

        def tried(pack: Pack) -> bool:
            """Whether the records count as published; then notes what they lift."""
            again = self._again(plan, name, frame, pack)
            now = values_of(again, plan)
            if not _same(before, masked(again, plan, self.edition, self.told.withheld)) or not shown.allows(now):
                return False
            lifted.update(each.figure for each in targets if now[each.figure] - told[each.figure] >= each.more)
            return True

        for pack in packed(every, targets):
            apart = pack.alone if len(pack.alone) > 1 else []  # one that does not go may take the others with it
            for each in [pack] if tried(pack) else filter(tried, apart):
                self._note(each, records, found)
        found.reached += len(lifted)

    def _note(self, pack: Pack, records: Sequence[Mapping[str, str]], found: Reached) -> None:
        """Writes down the records that are otherwise."""
        found.sets += 1
        found.changes += sum(len(change.records) for change in pack.changes)
        for change in pack.changes:
            for record in (records[number] for number in change.records):
                where = found.sets, record[FILE], int(float(record[ROW]))
                found.rows += [(*where, column, value) for column, value in change.values]

    def _shown(self, told: Mapping[Figure, int]) -> Shown:
        """What made-up records must give as well. `told`: every figure that was counted."""
        least = {
            Figure(cell, measure): 1
            for cell in self.told.withheld
            if not self.published.zeros[cell]
            for measure in self.published.at_least_one(cell)
        }
        least |= {women: max(each.values()) for women, each in self.published.promised.items()}
        every = {**self.choice.published, **self.told.shown}
        return Shown({figure: value for figure, value in every.items() if figure in told}, least)

    def _again(self, plan: Plan, name: str, frame: pd.DataFrame, pack: Pack) -> Counts:
        """What the product counts with some records otherwise."""
        changed = frame.copy()
        for change in pack.changes:
            for column, value in change.values:
                changed.loc[changed.index[list(change.records)], column] = value
        path = self.store.folder / f"made-up-{name}.parquet"
        with self.store.writing(path.name) as stream:
            changed.to_parquet(stream, index=False)
        return count({name: replace(self.records[name], path=path)}, plan, self.edition, self.engine)


def verify_records(run: Run, tell: Tell) -> Reached:
    """Looks for made-up records that give the same publication with a small withheld cell large. Needs the records that the
    edition was published from; writes a private file only."""
    with records.accepted(replace(run, quarantine=1.0), tell) as accepted:
        edition = accepted.edition
        earlier, _ = editions.around(run, edition)
        past = accepted.history(run.plan, edition, earlier)
        *_, choice = past.choices(run.raw, again=True)
        packages = [*earlier, *editions.published([run.published / edition.id])]
        case = Case(past.plan, edition, packages, accepted.records, choice, accepted.store, accepted.engine)
        return case.examine(run.raw, tell)


def _as_read(frame: pd.DataFrame) -> list[dict[str, str]]:
    """Records as texts by column; what is empty is an empty text."""
    filled = frame.astype("object").where(frame.notna(), "")
    names = list(map(str, filled))
    return [dict(zip(names, map(str, row), strict=True)) for row in filled.itertuples(index=False, name=None)]


def _same(one: Masked, other: Masked) -> bool:
    """Whether two publications tell the same: every number, what is withheld, and what of it adds up."""
    same = all(one.tables[name].equals(other.tables[name]) for name in one.tables)
    return same and one.adding == other.adding
