"""Records that come late: for a period that an earlier edition has published already.

Every edition leaves a ledger of what it counted: record type, primary key and period of each record, as a Parquet. A
record of a period that had ended then, and whose key is not in the ledger, came late. Record types without a primary
key cannot be told apart and are never held. Reads the records in the store, and writes there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline import periods
from pipeline.confidential.ingest import ID, Records
from pipeline.confidential.store import Store, name, text
from pipeline.errors import Finding, PipelineError
from pipeline.plan import Plan


@dataclass(frozen=True)
class Ledger:
    """What an edition counted: a Parquet of `records`, `key` and `period`."""

    edition: str
    cut_off: str
    path: Path


@dataclass(frozen=True)
class Marked:
    """Some records of one type: a Parquet of their IDs, and period → how many of them."""

    path: Path
    periods: Mapping[str, int]

    @property
    def rows(self) -> int:
        return sum(self.periods.values())

    @property
    def months(self) -> frozenset[str]:
        """The months that they may belong to."""
        return frozenset(month for period in self.periods for month in periods.months_of(period))


class Desk:
    """Looks records up in ledgers. `refused`: record type → Parquet with the IDs of those that are never counted."""

    def __init__(self, records: Mapping[str, Records], plan: Plan, store: Store, refused: Mapping[str, Path]) -> None:
        self.plan, self.store, self.refused = plan, store, dict(refused)
        self.keyed = {each: found for each, found in records.items() if plan.resources[each].schema.get("primaryKey")}
        self._files = 0

    def late(self, before: Ledger, out: Mapping[str, Path]) -> dict[str, Marked]:
        """Record type → records that came after that edition for a period it had closed, `out` left out; where any did."""
        wanted = {}
        for each in self.keyed:
            known = f"SELECT key FROM read_parquet({text(before.path)}) WHERE records = {text(each)}"
            wanted[each] = f"{self._within(each, before.cut_off)} AND {self._key(each)} NOT IN ({known})"
        return self._mark(wanted, out)

    def some(self, marked: Mapping[str, Marked], years: Collection[tuple[str, str]]) -> dict[str, Marked]:
        """Those of the marked records whose (record type, year) is one of `years`."""
        wanted = {}
        for each, marks in marked.items():
            told = [period for period in marks.periods if (each, periods.year_of(period)) in years]
            wanted[each] = f"{self._is_one_of(self._period(each), told)} AND {name(ID)} IN ({_ids(marks.path)})"
        return self._mark(wanted, self.refused)

    def added(self, one: Marked, other: Marked | None) -> Path | None:
        """IDs of the marked records that are not in the other mark; None where there are none."""
        left = f"{_ids(one.path)} EXCEPT {_ids(other.path)}" if other else _ids(one.path)
        path = self._write(left)
        return path if self.store.rows(f"SELECT 1 FROM ({_ids(path)}) LIMIT 1") else None

    def all_but(self, each: str, path: Path) -> Path:
        """IDs of all records of a type but those."""
        return self._write(f"SELECT {name(ID)} FROM {self._kept(each, {})} WHERE {name(ID)} NOT IN ({_ids(path)})")

    def without(self, *others: Mapping[str, Marked]) -> dict[str, Path]:
        """Record type → Parquet with the IDs that are not counted: refused ones and the given."""
        result = dict(self.refused)
        for each in {each for marked in others for each in marked}:
            paths = [marked[each].path for marked in others if each in marked]
            paths += [self.refused[each]] if each in self.refused else []
            result[each] = self._write(" UNION ".join(map(_ids, paths)))
        return result

    def refuse_gone(self, before: Ledger) -> None:
        """Raises PipelineError("disclosure") where a record that was counted is no longer there: figures would fall."""
        findings = []
        for each in self.keyed:
            there = f"SELECT {self._key(each)} FROM {self._kept(each, self.refused)}"
            asked = f"""SELECT DISTINCT period FROM read_parquet({text(before.path)})
                WHERE records = {text(each)} AND key NOT IN ({there}) ORDER BY period"""
            if missing := [period for (period,) in self.store.rows(asked)]:
                findings.append(Finding.of(each, "records_gone", periods=", ".join(missing), edition=before.edition))
        if findings:
            raise PipelineError("disclosure", findings)

    def ledger(self, cut_off: str, out: Mapping[str, Path]) -> Path:
        """The ledger of an edition that counts all but `out`."""
        return self._write(self._entries({each: self._within(each, cut_off) for each in self.keyed}, out))

    def entries(self, marked: Mapping[str, Marked]) -> Path | None:
        """A CSV of record type, key and period of the marked records; None where there are none."""
        wanted = {each: f"{name(ID)} IN ({_ids(marks.path)})" for each, marks in marked.items()}
        return self.store.csv("held.csv", f"{self._entries(wanted, self.refused)} ORDER BY ALL") if wanted else None

    def _entries(self, wanted: Mapping[str, str], out: Mapping[str, Path]) -> str:
        each_of = [
            f"SELECT {text(each)} AS records, {self._key(each)} AS key, {name(self._period(each))} AS period "
            f"FROM {self._kept(each, out)} WHERE {condition}"
            for each, condition in wanted.items()
        ]
        nothing = "SELECT '' AS records, '' AS key, '' AS period WHERE false"
        return " UNION ALL ".join([*each_of, nothing])

    def _mark(self, wanted: Mapping[str, str], out: Mapping[str, Path]) -> dict[str, Marked]:
        """The records of each type that meet a condition, where any do."""
        found = {}
        for each, condition in wanted.items():
            chosen = f"FROM {self._kept(each, out)} WHERE {condition}"
            period = name(self._period(each))
            if told := dict(self.store.rows(f"SELECT {period}, count(*) {chosen} GROUP BY ALL ORDER BY ALL")):
                found[each] = Marked(self._write(f"SELECT {name(ID)} {chosen}"), told)
        return found

    def _kept(self, each: str, out: Mapping[str, Path]) -> str:
        """The records of a type that are not `out`."""
        records = f"read_parquet({text(self.keyed[each].path)})"
        if each not in out:
            return records
        return f"(SELECT * FROM {records} WHERE {name(ID)} NOT IN ({_ids(out[each])}))"

    def _key(self, each: str) -> str:
        """The primary key of a record as one text."""
        key = self.plan.resources[each].schema["primaryKey"]
        columns = [key] if isinstance(key, str) else list(key)
        return f"concat_ws(chr(31), {', '.join(map(name, columns))})"

    def _period(self, each: str) -> str:
        return self.plan.resources[each].period

    def _within(self, each: str, cut_off: str) -> str:
        """That the period of a record had ended at a cut-off."""
        asked = f"SELECT DISTINCT {name(self._period(each))} FROM {self._kept(each, self.refused)} ORDER BY ALL"
        ended = [period for (period,) in self.store.rows(asked) if not periods.is_after(period, cut_off)]
        return self._is_one_of(self._period(each), ended)

    def _is_one_of(self, column: str, values: Iterable[str]) -> str:
        return f"{name(column)} IN ({', '.join(map(text, values)) or 'NULL'})"

    def _write(self, query: str) -> Path:
        self._files += 1
        return self.store.parquet(f"late-{self._files}.parquet", query)


def _ids(path: Path) -> str:
    return f"SELECT {name(ID)} FROM read_parquet({text(path)})"
