"""Plan + seed → synthetic records that look like an institute's and resemble nobody.

In: the Plan, a seed, a number of rows, and the institute's habits (`sample.yaml`, optional: how many records a woman
has, which codes are frequent, what goes together). Out: one frame of strings per record type, exactly the columns of
the contract; `delivered` writes them the way the institute's own files are written (`sources.yaml`). Pure, but for
`read_habits`, which reads one file. Same plan, seed and habits: same records.

A record is dealt column by column, in the order of the schema. A code is drawn by weight; `tilts` multiply weights
where earlier columns say so; rules across fields are then kept by correcting the records that would break them.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import yaml

from pipeline.institute.files import Folder, near
from pipeline.institute.plan import Plan, Resource
from pipeline.model import periods
from pipeline.model.findings import Finding, PipelineError
from pipeline.model.reference_data import names

Habits = Mapping[str, Mapping[str, Any]]
"""Record type → its section of `sample.yaml`."""

HABITS = "sample.yaml"
KEYS = {"rows", "person", "season", "growth", "first", "later", "drift", "weights", "tilts"}
PERSON_KEYS = {"per_person", "gap", "fixed"}
TRUE, FALSE = "true", "false"
RUN_IN = 18
"""Months before the first one in which cases may begin, so that the first months also see women who return."""

_Cells = npt.NDArray[np.object_]
_Rows = dict[str, _Cells]
_Numbers = npt.NDArray[np.int64]
_Weights = npt.NDArray[np.float64]
_Mask = npt.NDArray[np.bool_]


def read_habits(plan: Plan) -> Habits:
    """`sample.yaml` of the institute, checked; empty where there is none. Every mistake is told, as file:key."""
    path = plan.folder / HABITS
    if not path.is_file():
        return {}
    reader = Folder(plan.folder)
    text = reader.text(HABITS)
    content: Any = {}
    if text is not None and (reader.document(HABITS, text) is not None or not reader.findings):
        # Everything as text: to YAML, `no` is a truth value and `18_24` a number; here they are codes.
        content = yaml.load(text, Loader=yaml.BaseLoader) or {}
        if reader.fits(HABITS, content, "habits"):
            reader.findings += _mistakes(plan, content)
    if reader.findings:
        raise PipelineError("plan", reader.located())
    habits: Habits = content
    return habits


def sample(plan: Plan, *, seed: int, rows: int, habits: Habits | None = None) -> dict[str, pd.DataFrame]:
    """Synthetic records of every type: `rows` of the first, the others in proportion. Strings, as in the contract."""
    frames: dict[str, pd.DataFrame] = {}
    for number, resource in _in_order(plan.resources):
        ways = (habits or {}).get(resource.name, {})
        count = max(1, round(rows * float(ways.get("rows", 1))))
        generator = np.random.default_rng([seed, number])
        frames[resource.name] = _Generator(plan, resource, ways, frames, generator).deal(count)
    return {name: frames[name] for name in plan.resources}


def delivered(plan: Plan, frames: Mapping[str, pd.DataFrame], *, seed: int) -> dict[str, pd.DataFrame]:
    """The same records with the headers and spellings that `sources.yaml` says the institute's files have."""
    written: dict[str, pd.DataFrame] = {}
    for number, (name, frame) in enumerate(frames.items()):
        source = plan.sources[name]
        generator = np.random.default_rng([seed, number, 1])
        columns = {
            column: _spelled(frame[column].to_numpy(dtype=object), source.recode.get(column, {}), generator)
            for column in plan.resources[name].fields
            if "constant" not in source.recode.get(column, {})
        }
        headers = {field: header for header, field in source.rename.items()}
        parts = {field: frame[field].str.split("-") for field in source.join}
        told = {headers.get(column, column): cells for column, cells in columns.items() if column not in parts}
        for field, cells in parts.items():
            told |= {header: cells.str[n].to_numpy(dtype=object) for n, header in enumerate(source.join[field])}
        written[name] = pd.DataFrame(told)
    return written


# dealing ---------------------------------------------------------------------------------------------------------


class _Generator:
    """Deals the records of one type."""

    def __init__(
        self,
        plan: Plan,
        resource: Resource,
        ways: Mapping[str, Any],
        frames: Mapping[str, pd.DataFrame],
        generator: np.random.Generator,
    ) -> None:
        self.plan, self.resource, self.ways, self.frames, self.random = plan, resource, ways, frames, generator
        self.weights: Mapping[str, Any] = ways.get("weights", {})
        self.fields = {column["name"]: column for column in resource.schema["fields"]}
        self.first_month: str = plan.facts["first_month"]
        self.last = _months_between(self.first_month, plan.editions[-1].cut_off)

    def deal(self, count: int) -> pd.DataFrame:
        rows: _Rows = {}
        if self.resource.person:
            month, person, keys = self._visits(count)
            fixed = [f for f in self.ways.get("person", {}).get("fixed", ()) if f in self.fields]
            people = self._known(keys, fixed)
            self._columns(people, [f for f in self.fields if f in fixed and f not in people], len(keys))
            self._keep_rules(people)
            rows = {column: people[column][person] for column in people}
            rows[self.resource.person] = keys[person]
            later = np.append(False, person[1:] == person[:-1]) | (month < 0)
            self._drift(rows, month, person)
        else:
            month = self.random.choice(self.last + 1, size=count, p=self._calendar(0))
            later = np.zeros(count, dtype=bool)
        seen = month >= 0
        rows = {column: cells[seen][:count] for column, cells in rows.items()}
        month, later = month[seen][:count], later[seen][:count]
        order = np.argsort(month, kind="stable")
        rows = {column: cells[order] for column, cells in rows.items()}
        month, later = month[order], later[order]
        rows[self.resource.period] = self._period(month)
        self._columns(rows, [f for f in self.fields if f not in rows], len(month), later)
        self._keep_rules(rows)
        return pd.DataFrame({field: rows[field] for field in self.fields}, dtype="str")

    # who and when

    def _visits(self, count: int) -> tuple[_Numbers, _Numbers, _Cells]:
        """Month (from the first one; negative = before it) and woman of each record, sorted by woman; and the keys.

        At least `count` records lie in the open months; women are in random order, so the rest may be cut off.
        """
        about = self.ways.get("person", {})
        mean, gap = float(about.get("per_person", 2.0)), float(about.get("gap", 1.0))
        known = self._referred()
        begin_at = self._calendar(RUN_IN)
        season = self._season()
        months: list[_Numbers] = []
        people: list[_Numbers] = []
        found, made = 0, 0
        while found < count:
            batch = max(16, math.ceil((count - found) / mean * 1.2))
            visits = self.random.geometric(1 / mean, size=batch)
            if known is None:
                begins = self.random.choice(len(begin_at), size=batch, p=begin_at) - RUN_IN
            else:
                begins = known[1][np.arange(made, made + batch) % len(known[0])]
            person = np.repeat(np.arange(batch), visits)
            first = np.append(True, person[1:] != person[:-1])
            step = np.where(first, 0, self.random.geometric(1 / (1 + gap), size=len(person)) - 1)
            steps = np.cumsum(step)
            month = begins[person] + steps - steps[first][np.cumsum(first) - 1]
            kept = first | (self.random.random(len(person)) < season[month % 12] / season.max())
            kept &= month <= self.last
            months.append(month[kept])
            people.append(person[kept] + made)
            found += int((month[kept] >= 0).sum())
            made += batch
        keys = known[0][np.arange(made) % len(known[0])] if known is not None else self._keys(made)
        return np.concatenate(months), np.concatenate(people), keys

    def _keys(self, count: int) -> _Cells:
        """Random keys that say nothing: twelve hexadecimal digits, all different."""
        keys: dict[str, None] = {}
        while len(keys) < count:
            keys.update((f"{high:06x}{low:06x}", None) for high, low in self.random.integers(1 << 24, size=(count, 2)))
        return np.array(list(keys)[:count], dtype=object)

    def _referred(self) -> tuple[_Cells, _Numbers] | None:
        """Women of the record type that the person key refers to, in random order, and for each the month of one of
        her records there: what begins here begins while she is being attended."""
        for foreign in self.resource.schema.get("foreignKeys", ()):
            if names(foreign["fields"])[0] == self.resource.person:
                other, key = foreign["reference"]["resource"], names(foreign["reference"]["fields"])[0]
                records = self.frames[other].iloc[self.random.permutation(len(self.frames[other]))]
                one = records.drop_duplicates(key)
                begins = [_months_between(self.first_month, m) for m in one[self.plan.resources[other].period]]
                return one[key].to_numpy(dtype=object), np.array(begins, dtype=np.int64)
        return None

    def _known(self, keys: _Cells, fixed: Iterable[str]) -> _Rows:
        """What another record type already says of these women, in columns of the same name."""
        for foreign in self.resource.schema.get("foreignKeys", ()):
            if names(foreign["fields"])[0] == self.resource.person:
                other = self.frames[foreign["reference"]["resource"]]
                one = other.drop_duplicates(names(foreign["reference"]["fields"])[0], keep="last")
                one = one.set_index(names(foreign["reference"]["fields"])[0]).loc[list(keys)]
                return {column: one[column].to_numpy(dtype=object) for column in fixed if column in one}
        return {}

    def _season(self) -> _Weights:
        """Weight of the months, counted from the first one."""
        january = np.array(self.ways.get("season", [1.0] * 12), dtype=np.float64)
        return np.roll(january, 1 - int(self.first_month[5:7]))

    def _calendar(self, run_in: int) -> _Weights:
        """Share of the cases that begin in each month, `run_in` months before the first one included."""
        month = np.arange(-run_in, self.last + 1)
        growth = (1 + float(self.ways.get("growth", 0.0))) ** (month / 12)
        weights = self._season()[month % 12] * growth
        shares: _Weights = weights / weights.sum()
        return shares

    def _period(self, month: _Numbers) -> _Cells:
        months = [_month(self.first_month, n) for n in range(self.last + 1)]
        written = {
            periods.MONTH: months,
            periods.QUARTER: [periods.quarter_of(m) for m in months],
            periods.YEAR: [periods.year_of(m) for m in months],
        }[self.resource.grain]
        return np.array(written, dtype=object)[month]

    def _drift(self, rows: _Rows, month: _Numbers, person: _Numbers) -> None:
        """Ageing: a woman may move to the next code, with a yearly chance, and stays there."""
        start = np.full(person.max() + 1, self.last, dtype=np.int64)
        np.minimum.at(start, person, month)
        years = (month - start[person]) / 12
        for column, chance in self.ways.get("drift", {}).items():
            codes = self._codes(column)
            unspecified = self.resource.dimensions[column].unspecified
            older = dict(itertools.pairwise(codes))
            older = {code: after for code, after in older.items() if not {code, after} & set(unspecified)}
            moves = self.random.random(len(start))[person] < years * float(chance)
            moved = np.array([older.get(code, code) for code in rows[column]], dtype=object)
            rows[column] = np.where(moves, moved, rows[column])

    # columns

    def _columns(self, rows: _Rows, fields: Iterable[str], count: int, later: _Mask | None = None) -> None:
        for field in fields:
            rows[field] = self._column(rows, field, count, later)

    def _column(self, rows: _Rows, field: str, count: int, later: _Mask | None) -> _Cells:
        described = self.fields[field]
        kind, limits = described["type"], described.get("constraints", {})
        if kind == "boolean":
            yes = self.random.random(count) < self._share(rows, field, count)
            return np.where(yes, TRUE, FALSE).astype(object)
        if "enum" in limits:
            return self._drawn(self._codes(field), self._chances(rows, field, count, later))
        if (referred := self._foreign(field)) is not None:
            return referred[self.random.integers(len(referred), size=count)]
        if kind in ("integer", "number"):
            drawn = self.random.poisson(float(self.weights.get(field, 8.0)), size=count)
            least, most = int(limits.get("minimum", 0)), int(limits.get("maximum", np.iinfo(np.int64).max))
            return np.clip(drawn, least, most).astype(str).astype(object)
        if field in names(self.resource.schema.get("primaryKey")):
            return np.array([f"{self.resource.name[:3].upper()}{n:06d}" for n in range(1, count + 1)], dtype=object)
        if not limits.get("required", False):
            return np.full(count, "", dtype=object)
        return self._keys(count)

    def _codes(self, field: str) -> tuple[str, ...]:
        return tuple(self.fields[field]["constraints"]["enum"])

    def _chances(self, rows: _Rows, field: str, count: int, later: _Mask | None = None) -> _Weights:
        """Weight of each code for each record: records × codes."""
        codes = self._codes(field)
        chances = np.tile(self._vector(codes, self.weights.get(field)), (count, 1))
        if later is not None:
            for which, name in ((~later, "first"), (later, "later")):
                if field in self.ways.get(name, {}):
                    chances[which] = self._vector(codes, self.ways[name][field])
        for which, tilt in self._tilts(rows, field, count):
            if field in tilt.get("set", {}):
                chances[which] = self._vector(codes, tilt["set"][field])
            else:
                times = tilt["times"][field]
                chances[which] *= np.array([float(times.get(code, 1.0)) for code in codes])
        for rule in self.resource.rules:
            if rule.get("hierarchy") == field and rule["equals"] in rows:
                parents = np.array([self._parents(field)[code] for code in codes], dtype=object)
                chances *= parents[None, :] == rows[rule["equals"]][:, None]
        return chances

    def _share(self, rows: _Rows, field: str, count: int) -> _Weights:
        """Chance of yes for each record; tilts multiply the odds."""
        share = np.full(count, float(self.weights.get(field, 0.3)))
        for which, tilt in self._tilts(rows, field, count):
            if field in tilt.get("set", {}):
                share[which] = float(tilt["set"][field])
            else:
                odds = share[which] / np.maximum(1 - share[which], 1e-9) * float(tilt["times"][field])
                share[which] = odds / (1 + odds)
        return share

    def _tilts(self, rows: _Rows, field: str, count: int) -> Iterator[tuple[_Mask, Mapping[str, Any]]]:
        for tilt in self.ways.get("tilts", ()):
            changes = field in tilt.get("times", {}) or field in tilt.get("set", {})
            if changes and set(tilt["when"]) <= set(rows):
                yield _matching(rows, {column: {"in": codes} for column, codes in tilt["when"].items()}, count), tilt

    def _vector(self, codes: Sequence[str], weights: Mapping[str, Any] | None) -> _Weights:
        if weights is None:
            return 1 / np.arange(1, len(codes) + 1, dtype=np.float64)
        return np.array([float(weights.get(code, 0.0)) for code in codes])

    def _drawn(self, codes: Sequence[str], chances: _Weights) -> _Cells:
        sums = chances.cumsum(axis=1)
        at = (self.random.random(len(chances))[:, None] * sums[:, -1:] >= sums).sum(axis=1)
        drawn: _Cells = np.array(codes, dtype=object)[np.minimum(at, len(codes) - 1)]
        return drawn

    def _foreign(self, field: str) -> _Cells | None:
        for foreign in self.resource.schema.get("foreignKeys", ()):
            other = foreign["reference"]["resource"]
            if names(foreign["fields"])[0] == field and other in self.frames:
                return pd.unique(self.frames[other][names(foreign["reference"]["fields"])[0]].to_numpy(dtype=object))
        return None

    def _parents(self, field: str) -> dict[str, str]:
        listed = self.plan.lists[self.resource.dimensions[field].codes]
        return {code.code: code.parent for code in listed.codes}

    # rules across fields

    def _keep_rules(self, rows: _Rows) -> None:
        """Corrects the records that would break a rule whose columns have all been dealt."""
        count = len(next(iter(rows.values()), ()))
        for rule in self.resource.rules:
            if not set(rule.get("when", {})) <= set(rows):
                continue
            which = _matching(rows, rule.get("when", {}), count)
            if set(rule.get("any_true", ())) <= set(rows) and "any_true" in rule:
                self._one_true(rows, rule["any_true"], which)
            elif set(rule.get("then", {})) <= set(rows) and "then" in rule:
                for field, claim in rule["then"].items():
                    wrong = which & ~_matching(rows, {field: claim}, count)
                    self._redraw(rows, field, claim, wrong)
            elif "hierarchy" in rule and {rule["hierarchy"], rule["equals"]} <= set(rows):
                parent = self._parents(rule["hierarchy"])
                rows[rule["equals"]] = np.where(
                    which, np.array([parent[c] for c in rows[rule["hierarchy"]]], dtype=object), rows[rule["equals"]]
                )

    def _one_true(self, rows: _Rows, fields: Sequence[str], which: _Mask) -> None:
        none = which & ~np.any([rows[field] == TRUE for field in fields], axis=0)
        shares = np.column_stack([self._share(rows, field, len(none)) for field in fields])
        chosen = self._drawn(fields, shares)
        for field in fields:
            rows[field] = np.where(none & (chosen == field), TRUE, rows[field])

    def _redraw(self, rows: _Rows, field: str, claim: Mapping[str, Sequence[str]], wrong: _Mask) -> None:
        codes = self._codes(field) if self.fields[field]["type"] != "boolean" else (TRUE, FALSE)
        allowed = np.array([_fits(np.array([code], dtype=object), claim)[0] for code in codes])
        drawn = self._drawn(codes, np.tile(self._vector(codes, None) * allowed, (len(wrong), 1)))
        rows[field] = np.where(wrong, drawn, rows[field])


# the way files are written -------------------------------------------------------------------------------------------

_YES, _NO = ("Sí", "Si", "SI", "sí"), ("No", "NO", "no", "No")


def _spelled(cells: _Cells, recode: Mapping[str, Any], random: np.random.Generator) -> _Cells:
    """The inverse of a recoding: one of the spellings that the door turns into each value."""
    dice = random.random((len(cells), 3))
    aliases: dict[str, list[str]] = {}
    for written, code in recode.get("aliases", {}).items():
        aliases.setdefault(code, []).append(written)
    bins = {b["code"]: b for b in recode.get("bins", ())}
    spelled: list[str] = []
    for cell, (one, two, three) in zip(cells, dice, strict=True):
        if recode.get("month"):
            spelled.append(f"{cell}-{1 + int(one * 28):02d}")
        elif recode.get("yes_no") and cell in (TRUE, "si"):
            spelled.append(_YES[int(max(0.0, one - 0.9) * 40)])
        elif recode.get("yes_no") and cell in (FALSE, "no"):
            spelled.append(_NO[int(max(0.0, one - 0.9) * 40)])
        elif cell in bins:
            low = int(bins[cell].get("from", bins[cell].get("to", 0) - 12))
            high = int(bins[cell].get("to", low + 18))
            number = low + int(one * max(1, high - low + 1))
            spelled.append(f"{number}.0" if two < 0.3 else str(number))
        elif cell == recode.get("empty") and three < 0.8:
            spelled.append("")
        elif cell in aliases and (bins or one < 0.1):
            spelled.append(aliases[cell][int(two * len(aliases[cell]))])
        else:
            spelled.append(cell)
    return np.array(spelled, dtype=object)


# helpers ---------------------------------------------------------------------------------------------------------


def _in_order(resources: Mapping[str, Resource]) -> Iterator[tuple[int, Resource]]:
    """Record types, those that others refer to first, with a number of their own that seeds them."""
    left = dict(enumerate(resources.values()))
    done: set[str] = set()
    while left:
        needs = {n: {f["reference"]["resource"] for f in r.schema.get("foreignKeys", ())} for n, r in left.items()}
        ready = next((n for n in left if needs[n] - {"", left[n].name} <= done), next(iter(left)))
        resource = left.pop(ready)
        done.add(resource.name)
        yield ready, resource


def _matching(rows: _Rows, when: Mapping[str, Mapping[str, Sequence[str]]], count: int) -> _Mask:
    which = np.ones(count, dtype=bool)
    for column, claim in when.items():
        which &= _fits(rows[column], claim)
    return which


def _fits(cells: _Cells, claim: Mapping[str, Sequence[str]]) -> _Mask:
    found: _Mask = np.isin(cells.astype(str), list(claim.get("in", claim.get("not", ()))))
    return found if "in" in claim else ~found


def _month(first: str, number: int) -> str:
    year, month = divmod(int(first[:4]) * 12 + int(first[5:7]) - 1 + number, 12)
    return f"{year}-{month + 1:02d}"


def _months_between(first: str, code: str) -> int:
    last = periods.months_of(code)[0]
    return (int(last[:4]) - int(first[:4])) * 12 + int(last[5:7]) - int(first[5:7])


def _mistakes(plan: Plan, content: Any) -> Iterator[Finding]:
    """What is wrong in `sample.yaml`: unknown names, weights that are no numbers, tilts on columns not dealt yet."""
    for name, ways in content.items():
        resource, where = plan.resources.get(name), f"{HABITS}:{name}"
        if resource is None:
            yield Finding.of(where, "unknown_resource", name=name, **near(name, plan.resources))
            continue
        yield from _wrong_numbers(where, ways)
        yield from _wrong_order(where, ways, resource)
        for key, section in _sections(ways).items():
            for field, value in section.items():
                yield from _field_mistakes(resource, f"{where}.{key}.{field}", field, value)


def _wrong_numbers(where: str, ways: Mapping[str, Any]) -> Iterator[Finding]:
    """Unknown keys of a record type, and numbers that are none."""
    person = ways.get("person", {})
    for key in {*(set(ways) - KEYS), *(set(person) - PERSON_KEYS)}:
        known = PERSON_KEYS if key in person else KEYS
        yield Finding.of(where, "unknown_key", key=key, known=", ".join(sorted(known)), **near(key, known))
    numbers = [(key, ways[key]) for key in ("rows", "growth", "season") if key in ways]
    for key, value in [*numbers, *((key, value) for key, value in person.items() if key != "fixed")]:
        if not _numeric(value) or (key == "season" and len(value) != 12):
            yield Finding.of(f"{where}.{key}", "not_a_number")


def _wrong_order(where: str, ways: Mapping[str, Any], resource: Resource) -> Iterator[Finding]:
    """Tilts by a column that is dealt later than the one that they change; what a person keeps is dealt first."""
    fixed = ways.get("person", {}).get("fixed", ())
    dealt = {field: place for place, field in enumerate(sorted(resource.fields, key=lambda field: field not in fixed))}
    for number, tilt in enumerate(ways.get("tilts", ())):
        changed = {**tilt.get("times", {}), **tilt.get("set", {})}
        for field, other in itertools.product(changed, tilt.get("when", {})):
            if {field, other} <= set(dealt) and dealt[other] >= dealt[field]:
                yield Finding.of(f"{where}.tilts.{number}", "column_dealt_later", name=other)


def _sections(ways: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Key of `sample.yaml` → column → what is said of it there."""
    sections = {key: ways.get(key, {}) for key in ("weights", "first", "later", "drift")}
    sections["person.fixed"] = dict.fromkeys(ways.get("person", {}).get("fixed", ()), "1")
    for number, tilt in enumerate(ways.get("tilts", ())):
        sections[f"tilts.{number}"] = {**tilt.get("times", {}), **tilt.get("set", {})}
        asked = {field: dict.fromkeys(codes, "1") for field, codes in tilt.get("when", {}).items()}
        sections[f"tilts.{number}.when"] = asked
    return sections


def _field_mistakes(resource: Resource, where: str, field: str, value: Any) -> Iterator[Finding]:
    described = next((f for f in resource.schema["fields"] if f["name"] == field), None)
    if described is None:
        yield Finding.of(where, "unknown_field", name=field, **near(field, resource.fields))
        return
    known = set(described.get("constraints", {}).get("enum", (TRUE, FALSE)))
    for code in set(value) - known if isinstance(value, dict) else ():
        yield Finding.of(where, "unknown_code", code=code, **near(code, known))
    if not all(map(_numeric, value.values() if isinstance(value, dict) else [value])):
        yield Finding.of(where, "not_a_number")


def _numeric(value: Any) -> bool:
    """A number not below zero, or a list of such."""
    if isinstance(value, list):
        return all(map(_numeric, value))
    try:
        return 0 <= float(value) < math.inf
    except (TypeError, ValueError):
        return False
