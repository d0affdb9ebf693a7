"""Records against the contract, with Frictionless semantics, at the speed of columns. Reads the canonical Parquet only.

Each field's own cell reader and constraints (frictionless-py) judge the distinct values of a column, which gives the
verdict of `frictionless validate` at a fraction of its cost; what a quick test of the database can vouch for, as keys
by the million, does not even reach them. Keys and the rules across fields are joins, out of core. Frictionless messages
quote the cell, so only (row, field, rule) leave this module.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from frictionless import Field

from pipeline.confidential.intake.formats.table import ROWS_NAMED
from pipeline.confidential.intake.records import FILE, ID, ROW, Records
from pipeline.confidential.storage.arrow import numbers, strings
from pipeline.confidential.storage.workspace import Store, answering, name, text
from pipeline.confidential.validation.sql import (
    LONG,
    ONE_SPELLING,
    ROUNDED,
    SCIENTIFIC,
    TOO_MANY,
    all_null,
    comparable,
    inside,
    is_plain,
    is_text,
    matches,
    meaning,
    missing_values,
    quick,
    united,
)
from pipeline.confidential.validation.verdict import RULES, Verdict
from pipeline.institute.plan import Plan, Resource
from pipeline.model import periods
from pipeline.model.findings import Finding
from pipeline.model.reference_data import names as listed
from pipeline.model.reference_data import table_schema
from pipeline.model.spellings import KEY_IN_SQL, fold, fold_key, is_no_key

VALUES = 50_000
"""Distinct values that are judged at once."""
AT_ONCE = 8_000_000
"""Keys that are told apart at once."""
LONGEST_MARK = 40
"""Signs of the longest cell that may be a mark that there is no key."""
WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
"""A whole number as whatever adds up reads it: Python reads 1_000, digits of other scripts and, where a contract says so, «$5» as
one too."""
SET_ASIDE = "foreign_key_refused"
"""Rule of a row whose key refers to rows that were themselves refused; only where refused rows are set aside."""


def validate(records: Mapping[str, Records], plan: Plan, store: Store, *, set_aside: bool = False) -> Verdict:
    """Judges all records; a row may break several rules.

    With `set_aside`, rows whose keys refer to refused rows only are refused too: they would count as orphans.
    """
    judges = {each: _Judge(found, plan, store, number) for number, (each, found) in enumerate(records.items())}
    for judge in judges.values():
        judge.fields()
        judge.period()
        judge.across()
        judge.placeholders()
        judge.variants()
    for judge in judges.values():
        judge.primary_key()
        judge.foreign_keys(judges)
    if set_aside:
        while sum([judge.orphaned(judges) for judge in judges.values()]):
            pass
    told = [judge.findings() for judge in judges.values()]
    return Verdict(
        tuple(finding for findings in told for finding in findings),
        {each: judge.count() for each, judge in judges.items()},
        {each: judge.rules() for each, judge in judges.items()},
        {each: judge.write() for each, judge in judges.items() if judge.count()},
    )


class _Judge:
    """Judges one record type. Two tables of the store are its own: `broken`, rule (by number) and row (ID), and
    `judged`, the values of a field (by number) that break a rule, or whose meaning is no plain text."""

    def __init__(self, found: Records, plan: Plan, store: Store, number: int) -> None:
        self.found, self.plan, self.store, self.number = found, plan, store, number
        self.resource: Resource = plan.resources[found.resource]
        self.records = f"read_parquet({text(found.path)})"
        self.broken, self.judged = f"broken_{number}", f"judged_{number}"
        self.odd, self.again, self.folded = f"odd_{number}", f"again_{number}", f"folded_{number}"
        self.told: list[tuple[str, str]] = []
        """(column, rule) by number of the rule."""
        described = {
            key: self.resource.schema[key]
            for key in ("$schema", "fields", "missingValues")
            if key in self.resource.schema
        }
        self.schema = table_schema(described)
        self.missing = {field.name: missing_values(field) for field in self.schema.fields}
        self.blank = " AND ".join(self._empty(column) for column in self.resource.fields)
        self._keyed: dict[str, str] = {}
        store.rows(f"CREATE OR REPLACE TABLE {self.broken} (rule SMALLINT, id BIGINT)")
        store.rows(f"CREATE OR REPLACE TABLE {self.again} (rule SMALLINT, id BIGINT, first BIGINT)")

    # rules -------------------------------------------------------------------------------------------------------------

    def fields(self) -> None:
        """Types and constraints, by distinct value; a row without any value breaks one rule only."""
        self._break("", "blank_row", self.blank)
        self._judge_values()
        keys = self._key_columns()
        broken = self.store.rows(f"SELECT DISTINCT field, rule FROM {self.judged} WHERE rule <> '' ORDER BY ALL")
        for number, field in enumerate(self.schema.fields):
            column = name(field.name)
            for rule in (rule for where, rule in broken if where == number):
                values = f"SELECT value FROM {self.judged} WHERE field = {number} AND rule = {text(rule)}"
                among = f"{column} IN ({values})"
                self._break(field.name, rule, f"{among} AND NOT ({self.blank})" if rule == "missing_value" else among)
            if field.name in keys:
                self._keyed[field.name] = self._meant(field, number)
            if field.constraints.get("unique"):
                self._duplicated(field.name, "unique", [field.name])

    def _judge_values(self) -> None:
        """Has the fields judge their distinct values; of keys that are no plain text, also notes what each means."""
        self.store.rows(
            f"CREATE OR REPLACE TABLE {self.judged} (field SMALLINT, value VARCHAR, rule VARCHAR, key VARCHAR)"
        )
        keys = self._key_columns()
        readers = [field.create_cell_reader() for field in self.schema.fields]
        meant = [field.name in keys and not is_text(field) for field in self.schema.fields]
        added = {column for columns in self.resource.sums.values() for column in columns}
        summed = [field.name in added for field in self.schema.fields]
        asked = " UNION ALL ".join(
            f"SELECT DISTINCT {number}::SMALLINT, {name(field.name)} FROM {self.records} WHERE NOT ({quick(field)})"
            for number, field in enumerate(self.schema.fields)
        )
        for values in self._answers(asked):
            rows: list[tuple[int, str, str, str]] = []
            for number, value in values:
                cell, notes = readers[number](value)
                if summed[number] and not notes and not WHOLE.fullmatch(value.strip()):
                    notes = {"type": ""}
                key = (meant[number] and meaning(cell)) or ""
                if notes:
                    rows += [(number, value, "missing_value" if rule == "required" else rule, key) for rule in notes]
                elif key:
                    rows.append((number, value, "", key))
            self._note(rows)

    def _meant(self, field: Field, number: int) -> str:
        """What a cell of a key means, in SQL: cells are equal where this is."""
        column = name(field.name)
        if is_text(field):
            return f"CASE WHEN {self._empty(field.name)} THEN NULL ELSE {column} END"
        noted = f"(SELECT any_value(nullif(key, '')) FROM {self.judged} WHERE field = {number} AND value = {column})"
        return f"CASE WHEN {quick(field)} THEN chr(1) || {column} ELSE {noted} END"  # as `meaning` of a whole number

    def primary_key(self) -> None:
        if key := listed(self.resource.schema.get("primaryKey")):
            column = ", ".join(key)
            nothing = " AND ".join(f"({self._keyed[each]}) IS NULL" for each in key)
            self._break(column, "primary_key_empty", nothing)
            self._duplicated(column, "primary_key", key)

    def foreign_keys(self, judges: Mapping[str, _Judge]) -> None:
        for fields, target, others in self._references(judges):
            self._break(", ".join(fields), "foreign_key", self._orphan(fields, target, others, accepted=False))

    def orphaned(self, judges: Mapping[str, _Judge]) -> int:
        """Refuses the rows that refer to refused rows only; how many there are."""
        before = self.count()
        for fields, target, others in self._references(judges):
            orphan = self._orphan(fields, target, others, accepted=True)
            self._break(", ".join(fields), SET_ASIDE, f"{orphan} AND {name(ID)} NOT IN (SELECT id FROM {self.broken})")
        return self.count() - before

    def period(self) -> None:
        """A period of the record type's grain, not before the first month nor begun after the last cut-off."""
        first, last = self.plan.facts["first_month"], self.plan.editions[-1].cut_off
        strange, early, late = [], [], []
        column = name(self.resource.period)
        for values in self._answers(f"SELECT DISTINCT {column} FROM {self.records}"):
            for (value,) in values:
                if periods.level_of(value) != self.resource.grain:
                    strange += [value] if value else []
                    continue
                months = periods.months_of(value)
                early += [value] if months[0] < first else []
                late += [value] if months[0] > last else []
        for rule, which in (("not_a_period", strange), ("before_first_month", early), ("after_cut_off", late)):
            if which:
                self._break(self.resource.period, rule, inside(self.resource.period, which))

    def across(self) -> None:
        for rule in self.resource.rules:
            applies = matches(rule.get("when", {}))
            if "any_true" in rule:
                columns = list(rule["any_true"])
                holds = " OR ".join(inside(column, self.resource.yes(column)) for column in columns)
            elif "hierarchy" in rule:
                column = rule["hierarchy"]
                codes = self.plan.lists[self.resource.dimensions[column].codes].codes
                parents = " ".join(f"WHEN {text(code.code)} THEN {text(code.parent)}" for code in codes)
                holds = f"coalesce(CASE {name(column)} {parents} END = {name(rule['equals'])}, false)"
                columns = [column, rule["equals"]]
            else:
                columns = list(rule["then"])
                holds = matches(rule["then"])
            broken = f"{applies} AND NOT ({holds})"
            # Of what a rule looks at there are few combinations, and mostly no broken one: the rows need not be asked.
            asked = ", ".join(dict.fromkeys(map(name, [*columns, *rule.get("when", ())])))
            combinations = f"SELECT DISTINCT {asked} FROM {self.records}"
            if self.store.rows(f"SELECT 1 FROM ({combinations}) WHERE {broken} LIMIT 1"):
                self._break(", ".join(columns), str(rule["id"]), f"{broken} AND NOT ({self.blank})")

    def placeholders(self) -> None:
        """Marks that there is no key, in the place of the key of a person: all who have one would count as one woman."""
        if not (person := self.resource.person) or person in self.resource.exact:
            return
        key = name(person)
        asked = f"""SELECT {key} FROM {self.records} WHERE NOT ({self._empty(person)}) AND length({key}) <= {LONGEST_MARK}
            AND NOT regexp_matches({key}, '[1-9]') GROUP BY ALL HAVING count(*) > 1"""
        marks = [value for values in self._answers(asked) for (value,) in values if is_no_key(value)]
        if marks:
            self._break(person, "key_placeholder", inside(person, marks))

    def variants(self) -> None:
        """Keys of persons and records that are one but for how they are written: one woman would count as several. Every row
        with a spelling that is not the most frequent one of its key is noted, beside the first that has that."""
        fields = {field.name: field for field in self.schema.fields}
        apart = {column for column, field in fields.items() if self._is_told_apart(field)}
        other = {column for column, field in fields.items() if not is_text(field)} & self._keyed.keys()
        person = (self.resource.person,)
        keys = dict.fromkeys([*([person] if self.resource.person else []), *self._keys(referring=False)])
        asked = [key for key in keys if not apart.union(() if key == person else other).issuperset(key)]
        own_signs = sorted({column for key in asked for column in key} - apart)
        self._rounded([column for column in own_signs if column not in other])
        self._fold_strange(own_signs)
        for key in asked:
            meant = {each: self._keyed[each] for each in other.intersection(key if key != person else ())}
            own = {each: meant.get(each, name(each)) for each in key}
            folded = {each: own[each] if each in {*apart, *meant} else self._folded(each) for each in key}
            self._spelled_twice(key, united(own.values()), united(folded.values()))

    def _rounded(self, columns: Sequence[str]) -> None:
        """Notes keys that a spreadsheet took for numbers and rounded: different ones look the same then."""
        for column in columns:
            key = name(column)
            self._break(column, "key_rounded", f"regexp_full_match({key}, {text(SCIENTIFIC)})")
            long, rounded = (f"regexp_full_match({key}, {text(form)})" for form in (LONG, ROUNDED))
            asked = f"SELECT count(*) FILTER ({rounded}), count(*) FILTER ({long}) FROM (SELECT DISTINCT {key} FROM {self.records})"
            ((few, every),) = self.store.rows(asked)
            if few == every >= TOO_MANY:
                self._break(column, "key_rounded", rounded)

    def _fold_strange(self, columns: Sequence[str]) -> None:
        """Notes how keys fold that are not of plain signs: the database cannot tell."""
        self.store.rows(f"CREATE OR REPLACE TABLE {self.folded} (value VARCHAR, folded VARCHAR)")
        asked = [f"SELECT {name(column)} FROM {self.records} WHERE NOT ({is_plain(column)})" for column in columns]
        for values in self._answers(" UNION ".join(asked)) if asked else ():
            written = [value for (value,) in values]
            if written:
                batch = pa.RecordBatch.from_arrays(
                    [strings(written), strings(map(fold_key, written))], names=["value", "folded"]
                )
                self.store.database.from_arrow(pa.Table.from_batches([batch])).insert_into(self.folded)

    def _spelled_twice(self, key: Sequence[str], own: str, folded: str) -> None:
        """Notes the rows whose key, in SQL as it is written and as it folds, is written in the less usual ways."""
        empty = " AND ".join(self._empty(each) for each in key)
        found = f"""(SELECT {own} AS own, {folded} AS folded, {name(ID)} AS id FROM {self.records}
            WHERE NOT ({empty}) AND {name(ID)} NOT IN (SELECT id FROM {self.broken}))"""
        self.store.rows("CREATE OR REPLACE TABLE alike (mark UBIGINT)")
        parts = 1 + self.found.rows // AT_ONCE
        for part in range(parts):
            self.store.rows(
                f"""INSERT INTO alike SELECT mark FROM (SELECT hash(folded) AS mark, hash(own) AS mine FROM {found})
                WHERE mark % {parts} = {part} GROUP BY mark HAVING min(mine) <> max(mine)"""
            )
        if self.store.rows("SELECT count(*) FROM alike") == [(0,)]:
            return
        self.told.append((", ".join(key), "key_variants"))
        spelled = f"""SELECT folded, own, count(*) AS times, min(id) AS first FROM {found}
            WHERE hash(folded) IN (SELECT mark FROM alike) GROUP BY ALL"""
        usual = "first_value(first) OVER (PARTITION BY folded ORDER BY times DESC, first)"
        self.store.rows(
            f"""INSERT INTO {self.again} SELECT {len(self.told) - 1}, id, usual FROM {found}
            JOIN (SELECT own, first, {usual} AS usual FROM ({spelled})) USING (own) WHERE first <> usual"""
        )
        self.store.rows(
            f"INSERT INTO {self.broken} SELECT rule, id FROM {self.again} WHERE rule = {len(self.told) - 1}"
        )

    def _folded(self, column: str) -> str:
        """How a key folds, in SQL."""
        strange = f"(SELECT any_value(folded) FROM {self.folded} WHERE value = {name(column)})"
        return f"CASE WHEN {is_plain(column)} THEN {KEY_IN_SQL.format(name(column))} ELSE {strange} END"

    def _is_told_apart(self, field: Field) -> bool:
        """Whether the contract says how a key looks: as a code of a list, in a form that each key has one spelling of, or
        that every sign of it counts."""
        limits = field.constraints
        one = ONE_SPELLING.fullmatch(str(limits.get("pattern", "")))
        return field.name in self.resource.exact or "enum" in limits or bool(one) or field.name == self.resource.period

    # what comes of it --------------------------------------------------------------------------------------------------

    def findings(self) -> Iterator[Finding]:
        """One finding per rule and file, in the order of the rules; what is there twice comes last, with where it is the first
        time. Of a row that is no record, only that it is none."""
        self._find_odd()
        asked = f"""SELECT rule, {name(FILE)}, count(*), min({name(ROW)}, {ROWS_NAMED})
            FROM {self.odd} JOIN {self.records} ON id = {name(ID)} GROUP BY ALL ORDER BY ALL"""
        for rule, file, count, rows in self.store.rows(asked):
            yield Finding.of(file, rule, rows=", ".join(map(str, rows)), count=count)
        asked = f"""SELECT rule, {name(FILE)}, count(*), min({name(ROW)}, {ROWS_NAMED})
            FROM {self.broken} JOIN {self.records} ON id = {name(ID)}
            WHERE id NOT IN (SELECT id FROM {self.odd}) AND rule NOT IN (SELECT rule FROM {self.again})
            GROUP BY ALL ORDER BY ALL"""
        for rule, file, count, rows in self.store.rows(asked):
            column, told = self.told[rule]
            facts = {"column": column} if column else {}
            yield Finding.of(file, told, **facts, rows=", ".join(map(str, rows)), count=count)
        asked = f"""SELECT rule, here.{name(FILE)}, there.{name(FILE)}, count(*), min(here.{name(ROW)}, {ROWS_NAMED}),
                count(DISTINCT there.{name(ID)}), min_by(there.{name(ROW)}, here.{name(ROW)}, {ROWS_NAMED})
            FROM {self.again} JOIN {self.records} AS here ON id = here.{name(ID)}
                JOIN {self.records} AS there ON first = there.{name(ID)}
            WHERE id NOT IN (SELECT id FROM {self.odd}) GROUP BY ALL ORDER BY ALL"""
        for rule, file, earlier, count, rows, times, firsts in self.store.rows(asked):
            column, told = self.told[rule]
            facts = {"column": column, "rows": ", ".join(map(str, rows)), "count": count}
            first = ", ".join(map(str, dict.fromkeys(firsts)))
            yield Finding.of(file, told, **facts, earlier=earlier, earlier_rows=first, earlier_count=times)

    def _find_odd(self) -> None:
        """Notes the broken rows that are no records: the header again, or a total or a note, which leaves most empty."""
        self.store.rows(f"CREATE OR REPLACE TABLE {self.odd} (rule VARCHAR, id BIGINT)")
        source = self.plan.sources[self.found.resource]
        renamed = [source.rename, *(origin.rename for origin in source.origins)]
        says = []
        for column in self.resource.fields:
            titles = {column, *(written for each in renamed for written, to in each.items() if to == column)}
            folded = f"replace(strip_accents(lower(trim({name(column)}))), '_', ' ')"
            says.append(f"({folded} IN ({', '.join(text(fold(title)) for title in sorted(titles))}))::INTEGER")
        needed = sum(bool(field.required) for field in self.schema.fields)
        missing = [str(number) for number, (_, rule) in enumerate(self.told) if rule == "missing_value"]
        self.store.rows(
            f"""INSERT INTO {self.odd} SELECT 'header_again', {name(ID)} FROM {self.records}
            WHERE {name(ID)} IN (SELECT id FROM {self.broken}) AND 2 * ({" + ".join(says)}) > {len(says)}"""
        )
        if len(missing) > 1:
            self.store.rows(
                f"""INSERT INTO {self.odd} SELECT 'scant_row', id FROM {self.broken}
                WHERE rule IN ({", ".join(missing)}) AND id NOT IN (SELECT id FROM {self.odd})
                GROUP BY id HAVING count(*) > 1 AND 2 * count(*) > {needed}"""
            )

    def count(self) -> int:
        return int(self.store.rows(f"SELECT count(DISTINCT id) FROM {self.broken}")[0][0])

    def rules(self) -> dict[str, int]:
        """Rows by column and rule."""
        found = self.store.rows(f"SELECT rule, count(*) FROM {self.broken} GROUP BY rule ORDER BY rule")
        rules: dict[str, int] = {}
        for rule, count in found:
            key = ":".join(filter(None, self.told[rule]))
            rules[key] = rules.get(key, 0) + count
        return rules

    def write(self) -> Path:
        """The refused rows: ID, file, row and what each breaks."""
        names = " ".join(f"WHEN {n} THEN {text(':'.join(filter(None, told)))}" for n, told in enumerate(self.told))
        broken = f"string_agg(CASE rule {names} END, {text(RULES)} ORDER BY rule)" if self.told else "''"
        return self.store.parquet(
            f"{self.found.path.stem}.refused.parquet",
            f"""SELECT {name(ID)}, {name(FILE)} AS file, {name(ROW)} AS row, {broken} AS rules
            FROM {self.broken} JOIN {self.records} ON id = {name(ID)} GROUP BY ALL ORDER BY {name(ID)}""",
        )

    # questions ---------------------------------------------------------------------------------------------------------

    def _break(self, column: str, rule: str, condition: str) -> None:
        """Notes the rows for which the condition holds."""
        self.told.append((column, rule))
        self.store.rows(
            f"INSERT INTO {self.broken} SELECT {len(self.told) - 1}, {name(ID)} FROM {self.records} WHERE {condition}"
        )

    def _duplicated(self, column: str, rule: str, key: Sequence[str]) -> None:
        """Notes every row but the first of those with the same key. Keys are told apart by a number made of each, some millions
        at once, so that they need not be in memory together; those that share one are compared, and put in order."""
        keys = ", ".join(f"({self._keyed[each]}) AS k{n}" for n, each in enumerate(key))
        names = ", ".join(f"k{n}" for n in range(len(key)))
        same = " AND ".join(f"twice.k{n} IS NOT DISTINCT FROM found.k{n}" for n in range(len(key)))
        self.told.append((column, rule))
        found = f"(SELECT {keys}, {name(ID)} AS id FROM {self.records})"
        self.store.rows("CREATE OR REPLACE TABLE alike (mark UBIGINT)")
        parts = 1 + self.found.rows // AT_ONCE
        for part in range(parts):
            self.store.rows(
                f"""INSERT INTO alike SELECT mark FROM (SELECT hash({names}) AS mark FROM {found} WHERE {comparable(len(key))})
                WHERE mark % {parts} = {part} GROUP BY mark HAVING count(*) > 1"""
            )
        if self.store.rows("SELECT count(*) FROM alike") == [(0,)]:
            return
        self.store.rows(
            f"""CREATE OR REPLACE TABLE twice AS SELECT {names} FROM {found}
            WHERE {comparable(len(key))} AND hash({names}) IN (SELECT mark FROM alike)
            GROUP BY {names} HAVING count(*) > 1"""
        )
        self.store.rows(
            f"""INSERT INTO {self.again} SELECT {len(self.told) - 1}, id, first FROM (
                SELECT id, min(id) OVER (PARTITION BY {names}) AS first FROM {found} AS found SEMI JOIN twice ON {same}
            ) WHERE id > first"""
        )
        self.store.rows(
            f"INSERT INTO {self.broken} SELECT rule, id FROM {self.again} WHERE rule = {len(self.told) - 1}"
        )

    def _references(self, judges: Mapping[str, _Judge]) -> Iterator[tuple[tuple[str, ...], _Judge, tuple[str, ...]]]:
        """(fields, record type that they refer to, fields there) of each foreign key whose other side was read."""
        for foreign in self.resource.schema.get("foreignKeys", ()):
            target = judges.get(foreign["reference"]["resource"] or self.found.resource)
            if target:
                yield listed(foreign["fields"]), target, listed(foreign["reference"]["fields"])

    def _orphan(self, fields: Sequence[str], target: _Judge, others: Sequence[str], *, accepted: bool) -> str:
        """Condition: the key is not empty and no row (`accepted`: no row that is not refused) of the target has it."""
        keys = ", ".join(f"({target._keyed[each]}) AS k{n}" for n, each in enumerate(others))
        kept = f"WHERE {name(ID)} NOT IN (SELECT id FROM {target.broken})" if accepted else ""
        known = f"SELECT DISTINCT * FROM (SELECT {keys} FROM {target.records} {kept}) WHERE {comparable(len(others))}"
        mine = ", ".join(f"({self._keyed[each]}) AS k{n}" for n, each in enumerate(fields))
        same = " AND ".join(f"mine.k{n} IS NOT DISTINCT FROM known.k{n}" for n in range(len(fields)))
        return f"""{name(ID)} IN (
            WITH mine AS NOT MATERIALIZED (SELECT {mine}, {name(ID)} AS id FROM {self.records}),
            known AS ({known})
            SELECT id FROM (SELECT * FROM mine WHERE NOT ({all_null(len(fields))})) AS mine ANTI JOIN known ON {same})"""

    def _key_columns(self) -> set[str]:
        """Columns that are compared with other rows."""
        return {column for key in self._keys() for column in key}

    def _keys(self, *, referring: bool = True) -> list[tuple[str, ...]]:
        """The columns, one or several, that are compared with other rows together; those that refer to others, if asked."""
        keys = [tuple(key)] if (key := listed(self.resource.schema.get("primaryKey"))) else []
        keys += [(field.name,) for field in self.schema.fields if field.constraints.get("unique")]
        for resource in self.plan.resources.values():
            for foreign in resource.schema.get("foreignKeys", ()):
                if referring and resource.name == self.resource.name:
                    keys.append(tuple(listed(foreign["fields"])))
                if (foreign["reference"]["resource"] or resource.name) == self.resource.name:
                    keys.append(tuple(listed(foreign["reference"]["fields"])))
        return keys

    def _empty(self, column: str) -> str:
        return inside(column, self.missing[column])

    def _answers(self, asked: str) -> Iterator[Iterable[tuple[Any, ...]]]:
        """The rows that answer a query, part by part."""
        cursor = self.store.database.cursor()
        try:
            with answering():
                for batch in cursor.sql(asked).to_arrow_reader(VALUES):
                    yield zip(*(column.to_pylist() for column in batch.columns), strict=True)
        finally:
            cursor.close()

    def _note(self, rows: Sequence[tuple[int, str, str, str]]) -> None:
        if rows:
            fields, *words = zip(*rows, strict=True)
            columns = [numbers(np.array(fields, np.int32)), *map(strings, words)]
            batch = pa.RecordBatch.from_arrays(columns, names=["field", "value", "rule", "key"])
            self.store.database.from_arrow(pa.Table.from_batches([batch])).insert_into(self.judged)
