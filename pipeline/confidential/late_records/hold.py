"""What changed of periods that an earlier edition has published: looked up in ledgers, held, and told apart by kind.

A register is corrected all the time. What an edition counted is in its ledger; what differs from that today came late,
was corrected, withdrawn or given other keys (`compared`). It is held or counted by record type and calendar year, all or
none: a year that is held is counted as it was, the periods after it from the records of today, each record once. Reads
the records in the store and the ledgers; writes in the store.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow.parquet

from pipeline.confidential.intake.records import ID, Records
from pipeline.confidential.late_records import ledger as ledgers
from pipeline.confidential.late_records.compared import Changes, Comparison, kinds_of
from pipeline.confidential.late_records.ledger import Ledger
from pipeline.confidential.storage.workspace import Store, name, text
from pipeline.confidential.tabulation.count import Rows, ancestry
from pipeline.institute.plan import PERIOD, Plan
from pipeline.model import periods
from pipeline.model.findings import Finding, PipelineError, stop
from pipeline.model.reference_data import names as key_of

Held = Collection[tuple[str, str]]
"""(Record type, year) pairs of which what changed waits."""
JOINED = 0.8
"""Share of the records of a year that is held whose women must be known today, where the year goes on."""


@dataclass(frozen=True)
class Waiting:
    """What waits of one record type. `kinds`: kind of change → how many; `rows`: records of today that are not counted;
    `kept`: records of the ledger that are counted instead; `periods`: published ones that are concerned."""

    kinds: Mapping[str, int]
    rows: int
    kept: int
    periods: tuple[str, ...]


class Register:
    """The records of today, looked up in the ledgers of editions. `refused`: record type → Parquet with the IDs of those that are never counted."""

    def __init__(self, records: Mapping[str, Records], plan: Plan, store: Store, refused: Mapping[str, Path]) -> None:
        self.plan, self.store = plan, store
        self.today = {
            each: Rows(found.path, refused.get(each), plan.resources[each].fields) for each, found in records.items()
        }
        self._opened: dict[tuple[str, str], Rows] = {}
        self._files = 0

    def changes(self, before: Ledger, now: Mapping[str, Rows] | Ledger) -> dict[str, Changes]:
        """Record type → what is not in `now` as it is in a ledger, of the periods that had ended then; where anything is."""
        found = {}
        for each in (each for each in self.today if each in before.files):
            after = _rows(now, each) if isinstance(now, Ledger) else now[each]
            if after is None:
                continue
            self._files += 1
            compared = Comparison(self.store, self.plan.resources[each], self._counted(each), self._files)
            if compared.same(_rows(before, each) or after, after, before.cut_off):
                continue
            after = self.rows(now, each) if isinstance(now, Ledger) else after
            if told := compared.changes(self.rows(before, each), after, before.cut_off):
                found[each] = told
        return found

    def rows(self, ledger: Ledger, each: str) -> Rows:
        """The records of one type in a ledger, with an ID and all columns of today. Raises PipelineError("disclosure")
        where they cannot be counted by what the institute defines today."""
        if (ledger.edition, each) not in self._opened:
            self._opened[ledger.edition, each] = self._open(ledger, each)
        return self._opened[ledger.edition, each]

    def taken(self, changes: Mapping[str, Changes], held: Held, cut_off: str) -> dict[str, Rows]:
        """What is counted of each type where the changes of some years are held. Raises PipelineError("disclosure") where
        women of the years that are held cannot be told from those of today."""
        found = dict(self.today)
        for each, told in changes.items():
            if years := _years(held, each):
                self._refuse_unjoined(each, told, years, cut_off)
                found[each] = self._kept(each, told, years)
        return found

    def waiting(self, changes: Mapping[str, Changes], held: Held) -> dict[str, Waiting]:
        """Record type → what waits of it, where anything does."""
        found = {}
        for each, told in changes.items():
            if not (years := _years(held, each)):
                continue
            concerned = f"FROM {told.table} WHERE {_in_years(years)}"
            ((rows, kept),) = self.store.rows(f"SELECT count(id), count(place) {concerned}")
            seen = self.store.rows(f"SELECT DISTINCT unnest([p, q]) AS period {concerned} ORDER BY ALL")
            listed = tuple(period for (period,) in seen if period in told.ended)
            found[each] = Waiting(kinds_of(self.store, told, years), rows, kept, listed)
        return found

    def entries(self, changes: Mapping[str, Changes], held: Held) -> Path | None:
        """A CSV of record type, kind, key and period of what waits; None where nothing does."""
        listed = [
            f"SELECT {text(each)} AS records, kind, k AS key, coalesce(p, q) AS period FROM {told.table} "
            f"WHERE {_in_years(years)}"
            for each, told in changes.items()
            if (years := _years(held, each))
        ]
        return self.store.csv("held.csv", f"{' UNION ALL '.join(listed)} ORDER BY ALL") if listed else None

    def changed(self, told: Changes) -> Rows:
        """The records that are gone and those that are new, of periods that had ended."""
        ended = ", ".join(map(text, sorted(told.ended)))
        gone = f"SELECT * FROM {told.before.sql} WHERE {name(ID)} IN (SELECT place FROM {told.table})"
        new = f"{told.now.sql} WHERE {name(ID)} IN (SELECT id FROM {told.table} WHERE q IN ({ended}))"
        return Rows(self._write(f"{gone} UNION ALL BY NAME SELECT * FROM {new}"))

    def all(self, rows: Mapping[str, Rows], cut_off: str) -> dict[str, Path]:
        """The files of a ledger: the columns of the contract of everything that is counted up to a cut-off."""
        found = {}
        for each, taken in rows.items():
            period = name(self.plan.resources[each].period)
            told = [str(p) for (p,) in self.store.rows(f"SELECT DISTINCT {period} FROM {taken.sql}")]
            ended = [p for p in told if not periods.is_after(p, cut_off)]
            columns = ", ".join(f"{name(column)}::VARCHAR AS {name(column)}" for column in self._fields(each))
            inside = f"{period} IN ({', '.join(map(text, sorted(ended))) or 'NULL'})"
            found[each] = self._write(f"SELECT {columns} FROM {taken.sql} WHERE {inside} ORDER BY {name(ID)}")
        return found

    def _kept(self, each: str, told: Changes, years: Collection[str]) -> Rows:
        """The records of today without what waits, and those of the ledger that it would take the place of."""
        concerned = f"FROM {told.table} WHERE {_in_years(years)}"
        out = self._write(
            f"SELECT {name(ID)} FROM {told.now.sql} WHERE {name(ID)} IN (SELECT id {concerned}) "
            + (f"UNION SELECT {name(ID)} FROM read_parquet({text(told.now.out)})" if told.now.out else "")
        )
        ((kept,),) = self.store.rows(f"SELECT count(place) {concerned}")
        today = replace(told.now, out=out)
        if not kept:
            return today
        resource = self.plan.resources[each]
        woman = f"REPLACE (n.w AS {name(resource.person)})" if resource.person else ""
        return Rows(
            self._write(
                f"""SELECT {name(ID)}, {", ".join(map(name, self._fields(each)))} FROM {today.sql}
                UNION ALL BY NAME SELECT r.* {woman} FROM {told.before.sql} r JOIN {told.named} n ON r.{name(ID)} = n.place
                WHERE n.place IN (SELECT place {concerned})"""
            ),
            None,
            self._fields(each),
        )

    def _refuse_unjoined(self, each: str, told: Changes, years: Collection[str], cut_off: str) -> None:
        """A year of which a part is counted as it was and a part from today must know its women in both."""
        resource = self.plan.resources[each]
        if not resource.person:
            return
        period, woman = name(resource.period), name(resource.person)
        asked = self.store.rows(f"SELECT DISTINCT {period} FROM {told.now.sql}")
        new = {str(p) for (p,) in asked if p not in told.ended and not periods.is_after(str(p), cut_off)}
        for year in sorted(years):
            if not any(periods.year_of(p) == year for p in new):
                continue
            ((share,),) = self.store.rows(
                f"""SELECT avg((b.w IS NOT NULL)::INT) FROM {told.named} a
                LEFT JOIN (SELECT DISTINCT {woman} AS w, {period} AS p FROM {told.now.sql}) b USING (w, p)
                WHERE left(a.p, 4) = {text(year)}"""
            )
            if share is not None and share < JOINED:
                raise stop("disclosure", each, "keys_unjoined", year=year, column=resource.person)

    def _open(self, ledger: Ledger, each: str) -> Rows:
        """A ledger may be older than a column: its records have there what the same record has today, or unspecified."""
        resource, path = self.plan.resources[each], ledger.files[each]
        there = _columns(path)
        lacking = [column for column in self._fields(each) if column not in there]
        here = f"(SELECT row_number() OVER () AS {name(ID)}, * FROM read_parquet({text(path)}))"
        columns = [f"l.{name(column)}" for column in self._fields(each) if column in there]
        instead = {d.column: d.unspecified[0] for d in resource.dimensions.values() if d.column and d.unspecified}
        for column in lacking:
            other = text(instead[column]) if column in instead else "NULL"
            columns.append(f"coalesce(t.{name(column)}, {other}) AS {name(column)}")
        key = key_of(resource.schema.get("primaryKey"))
        keys = [f"l.{name(column)} = t.{name(column)}" for column in key]
        paired = keys and not set(key) & set(lacking)
        today = f"LEFT JOIN {self.today[each].sql} t ON {' AND '.join(keys) if paired else 'false'}" if lacking else ""
        one = f"QUALIFY row_number() OVER (PARTITION BY l.{name(ID)}) = 1" if lacking else ""
        opened = self._write(f"SELECT l.{name(ID)}, {', '.join(columns)} FROM {here} l {today} {one}")
        self._refuse_uncountable(ledger, each, opened)
        return Rows(opened, None, self._fields(each))

    def _refuse_uncountable(self, ledger: Ledger, each: str, opened: Path) -> None:
        """Records of a ledger that have no code of today, or no number where there must be one, would be lost in silence."""
        resource, rows = self.plan.resources[each], f"read_parquet({text(opened)})"
        wrong = []
        for column in self._counted(each):
            codes = {d.codes for d in resource.dimensions.values() if d.column == column}
            known = [code for listed in codes for code in self.plan.lists[listed].leaves]
            bad = f"{name(column)} IS NULL"
            if codes:
                bad += f" OR {name(column)} NOT IN ({', '.join(map(text, known)) or 'NULL'})"
            elif any(column in summed for summed in resource.sums.values()):
                bad += f" OR TRY_CAST({name(column)} AS BIGINT) IS NULL"
            if self.store.rows(f"SELECT 1 FROM {rows} WHERE {bad} LIMIT 1"):
                wrong.append(column)
        where = f"{ledger.where}/{each}.parquet"
        if wrong:
            facts = {"edition": ledger.edition, "columns": ", ".join(wrong)}
            raise PipelineError("disclosure", [Finding.of(where, "ledger_lacks", **facts)])
        for dimension in (d for d in resource.dimensions.values() if d.upper and d.column):
            upper = resource.dimensions[dimension.upper].column
            pairs = [f"({text(leaf)}, {text(up)})" for leaf, up in ancestry(dimension.codes, self.plan)]
            both = f"({name(dimension.column)}, {name(upper)})"
            if self.store.rows(f"SELECT 1 FROM {rows} WHERE {both} NOT IN ({', '.join(pairs)}) LIMIT 1"):
                raise ledgers.damaged(where, ledger.edition)

    def _counted(self, each: str) -> list[str]:
        """The columns that a record is counted by, in any table."""
        resource = self.plan.resources[each]
        used = {n for table in self.plan.tables if table.resource == each for n in (*table.dimensions, *table.where)}
        columns = [resource.period, *filter(None, [resource.person])]
        columns += [column for summed in resource.sums.values() for column in summed]
        for dimension in (resource.dimensions[each] for each in sorted(used - {PERIOD})):
            columns += dimension.columns.values() if dimension.kind == "multiple" else [dimension.column]
        return list(dict.fromkeys(columns))

    def _fields(self, each: str) -> tuple[str, ...]:
        return self.plan.resources[each].fields

    def _write(self, query: str) -> Path:
        self._files += 1
        return self.store.parquet(f"late-{self._files}.parquet", query)


def closed(changes: Mapping[str, Changes], held: Held) -> frozenset[tuple[str, str]]:
    """The years that are held, with those to which a record moved from one of them, or from which one came."""
    found, before = set(held), set[tuple[str, str]]()
    while found != before:
        before = set(found)
        for each, told in changes.items():
            for one, other in told.links:
                if {(each, one), (each, other)} & found:
                    found |= {(each, one), (each, other)}
    return frozenset(found)


def years_of(changes: Mapping[str, Changes]) -> frozenset[tuple[str, str]]:
    """The (record type, year) pairs of which anything changed."""
    return frozenset((each, periods.year_of(month)) for each, told in changes.items() for month in told.months)


def _years(held: Held, each: str) -> list[str]:
    return sorted(year for records, year in held if records == each)


def _in_years(years: Iterable[str]) -> str:
    """The changes of some years: by where the record was, or, where it was nowhere, by where it is."""
    return f"left(coalesce(p, q), 4) IN ({', '.join(map(text, years)) or 'NULL'})"


def _rows(ledger: Ledger, each: str) -> Rows | None:
    """The records of a ledger as they are; None where it has none of that type."""
    return Rows(ledger.files[each], None, _columns(ledger.files[each])) if each in ledger.files else None


def _columns(path: Path) -> tuple[str, ...]:
    return tuple(map(str, pyarrow.parquet.read_schema(path).names))
