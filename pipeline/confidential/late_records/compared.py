"""The records of a ledger beside those of today: what changed of the periods that both have. Reads and writes the store.

A change is a record that counts otherwise: two deliveries are the same where the same records are in them as often,
whatever their primary keys, and whatever the keys of the women as long as the same records are of the same woman.

Who a woman of the ledger is today is told by the records: the key that those with the primary keys of hers have now,
if theirs had hers. Records with one primary key are taken to be the same only where most of them count alike; a register
that was numbered anew, or has no primary key, is compared by what its records say. Without one a woman who is gone is the
one who is new with the very same records; a record that was corrected is one that was withdrawn and one that came late; and
one that moved to a period which had not ended cannot be known. Kinds of changes: corrected (the same primary key, another
content or period), rekeyed (the same content under another primary key, of another woman), withdrawn, and late.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.confidential.intake.records import ID
from pipeline.confidential.storage.workspace import Store, name, text
from pipeline.confidential.tabulation.count import Rows
from pipeline.institute.plan import Resource
from pipeline.model import periods
from pipeline.model.reference_data import names as key_of

CORRECTED, REKEYED, WITHDRAWN, LATE = KINDS = ("corrected", "rekeyed", "withdrawn", "late")
SAME = 0.5
"""Share of the records with a primary key in common that must count alike for the key to name the same record."""


@dataclass(frozen=True)
class Changes:
    """What changed of one record type since a ledger, of the periods that had ended then.

    table: of the store, one row per change: kind, key, `place` and `p` (ID and period in the ledger, where it is there), `id`
    and `q` (the same today). named: of the store, the records of the ledger under the names that women have today.
    `before`, `now`: all records. ended: the periods that had ended. months: those in which something changed.
    """

    table: str
    named: str
    before: Rows
    now: Rows
    ended: frozenset[str]
    months: frozenset[str]
    links: frozenset[tuple[str, str]]
    """Years between which a record moved."""


class Comparison:
    """Compares records of one type. `counted`: the columns by which they are counted."""

    def __init__(self, store: Store, resource: Resource, counted: Sequence[str], number: int) -> None:
        self.store, self.resource = store, resource
        self.keys = key_of(resource.schema.get("primaryKey"))
        self.counted = [each for each in counted if each not in (resource.period, resource.person)]
        self.number = number

    def same(self, before: Rows, now: Rows, cut_off: str) -> bool:
        """Whether the same records are in both, as far as their keys tell."""
        return self._marks(before, now, cut_off) == self._marks(now, before, cut_off)

    def changes(self, before: Rows, now: Rows, cut_off: str) -> Changes | None:
        """What is not the same; both have an ID and all columns. None where nothing changed."""
        ended = self._ended(before, cut_off) | self._ended(now, cut_off)
        then, today, named = (f"{each}_{self.number}" for each in ("then", "today", "named"))
        for table, rows in ((then, before), (today, now)):
            self._table(table, f"SELECT {self._columns(rows)} FROM {rows.sql} WHERE {self._within(ended)}")
        trusted = self._names(then, today, named)
        gone, new = self._left(named, today)
        found = f"changes_{self.number}"
        moved = self._moved(now, ended) if trusted else "SELECT NULL AS id, NULL AS k, NULL AS q WHERE false"
        self._table(found, self._kinds(gone, new, named, moved, trusted=trusted))
        told = self.store.rows(f"SELECT DISTINCT p, q FROM {found}")
        if not told:
            return None
        some = {each for pair in told for each in pair if each is not None and each in ended}
        months = frozenset(month for each in some for month in periods.months_of(each))
        return Changes(found, named, before, now, ended, months, _links(told, ended, trusted=trusted))

    def _ended(self, rows: Rows, cut_off: str) -> frozenset[str]:
        asked = f"SELECT DISTINCT {name(self.resource.period)} FROM {rows.sql}"
        told = [str(period) for (period,) in self.store.rows(asked)]
        return frozenset(each for each in told if periods.level_of(each) and not periods.is_after(each, cut_off))

    def _within(self, ended: frozenset[str]) -> str:
        return f"{name(self.resource.period)} IN ({', '.join(map(text, sorted(ended))) or 'NULL'})"

    def _marks(self, rows: Rows, other: Rows, cut_off: str) -> set[tuple[object, ...]]:
        """Of each period, how many records it has and a number that any other records would hardly give."""
        both = [
            each
            for each in (*self.counted, self.resource.person)
            if each and all(not r.columns or each in r.columns for r in (rows, other))
        ]
        what = ", ".join(f"coalesce({name(each)}, '')" for each in both) or "0"
        asked = f"""SELECT {name(self.resource.period)}, count(*), sum(hash({what})::HUGEINT) FROM {rows.sql}
            WHERE {self._within(self._ended(rows, cut_off))} GROUP BY ALL"""
        return set(self.store.rows(asked))

    def _columns(self, rows: Rows) -> str:
        """ID, primary key, woman, what counts, and period of the records."""
        woman = f"coalesce({name(self.resource.person)}, '')" if self.resource.person else "''"
        period = name(self.resource.period)
        content = _text([period, *map(name, self.counted)])
        return f"{name(ID)} AS place, {_text(map(name, self.keys))} AS k, {woman} AS w, {content} AS c, {period} AS p"

    def _names(self, then: str, today: str, named: str) -> bool:
        """Writes the records of the ledger under the names that women have today; whether primary keys name the same."""
        trusted = False
        if self.keys:
            asked = f"SELECT count(*), count(*) FILTER (a.c = b.c) FROM {then} a JOIN {today} b USING (k)"
            ((pairs, alike),) = self.store.rows(asked)
            trusted = pairs > 0 and alike >= SAME * pairs
        if self.resource.person and not self.keys:
            self._table(named, self._renamed(then, today))
            return False
        if not trusted or not self.resource.person:
            self._table(named, f"SELECT * FROM {then}")
            return trusted
        links, mapped = f"links_{self.number}", f"mapped_{self.number}"
        self._table(
            links, f"SELECT a.w, b.w AS v, count(*) AS m FROM {then} a JOIN {today} b USING (k) GROUP BY a.w, b.w"
        )
        best = "row_number() OVER (PARTITION BY {} ORDER BY (w = v) DESC, m DESC, {}) = 1"
        self._table(mapped, f"SELECT w, v FROM {links} QUALIFY {best.format('w', 'v')} AND {best.format('v', 'w')}")
        # Who has no name of today keeps hers, unless another woman has it today.
        free = f"CASE WHEN a.w IN (SELECT v FROM {mapped}) THEN a.w || chr(31) ELSE a.w END"
        self._table(
            named,
            f"SELECT a.place, a.k, coalesce(m.v, {free}) AS w, a.c, a.p FROM {then} a LEFT JOIN {mapped} m ON a.w = m.w",
        )
        return trusted

    def _renamed(self, then: str, today: str) -> str:
        """The records of the ledger where a woman whose key is gone has the one that is new with the very same records; of
        women with the same records it does not matter which is which, since they count alike."""
        alone = """SELECT w, s, row_number() OVER (PARTITION BY s ORDER BY w) AS r
            FROM (SELECT w, string_agg(c, chr(30) ORDER BY c) AS s FROM {} GROUP BY w) a
            ANTI JOIN (SELECT DISTINCT w FROM {}) b USING (w)"""
        gone, new = alone.format(then, today), alone.format(today, then)
        return f"""SELECT t.place, t.k, coalesce(n.v, t.w) AS w, t.c, t.p FROM {then} t
            LEFT JOIN (SELECT a.w, b.w AS v FROM ({gone}) a JOIN ({new}) b USING (s, r)) n ON t.w = n.w"""

    def _left(self, named: str, today: str) -> tuple[str, str]:
        """The records of either side that the other one has not; those with the same primary key go together first."""
        sides = [named, today]
        for step, alike in enumerate(("k, w, c", "w, c")):
            ranked = []
            for side, table in zip(("gone", "new"), sides, strict=True):
                ranked.append(f"{side}{step}_{self.number}")
                self._table(
                    ranked[-1],
                    f"SELECT place, k, w, c, p, row_number() OVER (PARTITION BY {alike} ORDER BY k, place) AS r FROM {table}",
                )
            left = [f"{each}_left" for each in ranked]
            for table, one, other in zip(left, ranked, ranked[::-1], strict=True):
                self._table(table, f"SELECT * EXCLUDE (r) FROM {one} ANTI JOIN {other} USING ({alike}, r)")
            sides = left
        return sides[0], sides[1]

    def _moved(self, now: Rows, ended: frozenset[str]) -> str:
        """Records of today of periods that had not ended."""
        period = name(self.resource.period)
        return f"""SELECT {name(ID)} AS id, {_text(map(name, self.keys))} AS k, {period} AS q FROM {now.sql}
            WHERE NOT {self._within(ended)}"""

    def _kinds(self, gone: str, new: str, named: str, moved: str, *, trusted: bool) -> str:
        """Each change once, with its kind."""
        same = "a.k = b.k" if trusted else "false"
        rest = f"""gone AS (SELECT *, row_number() OVER (PARTITION BY c ORDER BY k, place) AS r FROM {gone}
                WHERE place NOT IN (SELECT place FROM corrected)),
            new AS (SELECT *, row_number() OVER (PARTITION BY c ORDER BY k, place) AS r FROM {new}
                WHERE place NOT IN (SELECT id FROM corrected))"""
        return f"""WITH today AS (SELECT place AS id, k, p AS q FROM {new} UNION ALL SELECT id, k, q FROM ({moved})),
            corrected AS (SELECT a.place, a.k, a.p, b.id, b.q FROM {gone} a JOIN today b ON {same}
                QUALIFY row_number() OVER (PARTITION BY a.place ORDER BY b.id) = 1
                    AND row_number() OVER (PARTITION BY b.id ORDER BY a.place) = 1),
            {rest},
            rekeyed AS (SELECT a.place, a.k, a.p, b.place AS id, b.p AS q FROM gone a JOIN new b USING (c, r))
            SELECT {text(CORRECTED)} AS kind, k, place, p, id, q FROM corrected
            UNION ALL SELECT {text(REKEYED)}, k, place, p, id, q FROM rekeyed
            UNION ALL SELECT {text(WITHDRAWN)}, k, place, p, NULL, NULL FROM gone WHERE place NOT IN (SELECT place FROM rekeyed)
            UNION ALL SELECT {text(LATE)}, k, NULL, NULL, place, p FROM new WHERE place NOT IN (SELECT id FROM rekeyed)
            """

    def _table(self, table: str, query: str) -> None:
        self.store.rows(f"CREATE OR REPLACE TEMP TABLE {table} AS {query}")


def _links(told: Sequence[tuple[Any, ...]], ended: frozenset[str], *, trusted: bool) -> frozenset[tuple[str, str]]:
    """Years between which a record moved, by the periods of each change, before and today; where keys are not `trusted`, any
    record that is gone may be any that is new."""
    links = {(periods.year_of(p), periods.year_of(q)) for p, q in told if p and q and q in ended}
    if not trusted:
        lost, got = ({periods.year_of(pair[side]) for pair in told if pair[side] in ended} for side in (0, 1))
        links |= set(itertools.product(lost, got))
    return frozenset(pair for pair in links if pair[0] != pair[1])


def kinds_of(store: Store, changes: Changes, years: Sequence[str]) -> Mapping[str, int]:
    """Kind → changes of it that concern some years."""
    listed = ", ".join(map(text, years)) or "NULL"
    asked = f"""SELECT kind, count(*) FROM {changes.table} WHERE left(coalesce(p, q), 4) IN ({listed})
        GROUP BY ALL ORDER BY ALL"""
    return dict(store.rows(asked))


def _text(columns: Iterable[str]) -> str:
    """Columns as one text, by which records can be compared."""
    listed = ", ".join(f"coalesce({each}, '')" for each in columns)
    return f"concat_ws(chr(31), {listed})" if listed else "''"
