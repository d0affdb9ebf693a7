"""What can be published where not everything can: the fewest tables changed or left out, found by trial. Pure.

First all that a refusal names are left out; where that does not soon make the rest safe, of what is left the dearer half
is kept, and half of that, until it is. Then tables are put back, the dearest first, as many as there are and twice as many, those
that a refusal does not name before those that it names, half of them at a time and one by one;
what cannot be put back whole is tried with less: coarser time, women in the coarsest time or not at all, a dimension less.
A table that can be published with less can be left out too, so the tables that have to be touched are settled by the
first half of the search. Its phases end after so many attempts, or when it is late, each with the best way so far; record
types of few tables come first, so that those of many take no time from them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pipeline.institute.plan import ALL, PERIOD, Edition, Plan, TableSpec
from pipeline.model import periods

NAMED, BACK, MOST = 4, 24, 36
"""Attempts among the tables of a record type: after NAMED of them a refusal is no longer asked which tables to leave out,
after BACK none is put back whole, and after MOST none with less. Halving may add its few, once.
"""


@dataclass(frozen=True)
class Way:
    """What an edition leaves out (as `Edition.without`); table → one that is added and tells some of it in its place."""

    without: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    added: Mapping[str, TableSpec] = field(default_factory=dict)

    def less(self, table: str, names: tuple[str, ...], instead: TableSpec | None = None) -> Way:
        """The same with some of a table left out, or ALL of it, and nothing else of it."""
        others = {name: each for name, each in self.added.items() if name != table}
        return Way({**self.without, table: names}, others | ({table: instead} if instead else {}))

    def without_tables(self, tables: Collection[str]) -> Way:
        """The same with some tables left out as a whole."""
        found = self
        for table in sorted(tables):
            found = found.less(table, (ALL,))
        return found

    def applied(self, plan: Plan, edition: Edition) -> tuple[Plan, Edition]:
        """The plan as it is once the institute has written that down, and the edition in it."""
        changed = replace(edition, without=self.without)
        editions = tuple(changed if each == edition else each for each in plan.editions)
        return replace(plan, tables=(*plan.tables, *self.added.values()), editions=editions), changed


Attempt = Callable[[Way, str], Collection[str] | None]
"""None where the tables of a record type can be published that way; else those that a refusal names."""


@dataclass(frozen=True)
class Found:
    """`way` is None where no table can be published; `attempts`: how many were made; `fewest`: all that were wanted, so
    that no table by itself could be put back as it is."""

    way: Way | None
    attempts: int
    fewest: bool


Late = Callable[[], bool]
"""Whether no more may be tried than it takes to end."""


def find(plan: Plan, edition: Edition, attempt: Attempt, late: Late) -> Found:
    """The way with the fewest tables changed or left out. No figure belongs to two record types, so each is looked at by
    itself."""
    found, tried, fewest = Way(dict(edition.without)), 0, True
    tables = plan.at(edition).tables
    count = Counter(table.resource for table in tables)
    for resource in sorted(count, key=lambda each: count[each]):
        search = Search(plan, edition, resource, attempt, late, tried)
        own = search.find()
        found = Way({**found.without, **own.without}, {**found.added, **own.added})
        tried, fewest = search.tried, fewest and search.fewest
    return Found(found if _some(found, tables) else None, tried, fewest)


def further(
    way: Way, plan: Plan, edition: Edition, refused: Collection[str], *, everything: bool = False
) -> Way | None:
    """A way with less than one that turned out not to do, for the tables that a refusal names, or `everything` of their
    record types; None where nothing is left."""
    tables = plan.at(edition).tables
    if everything:
        resources = {table.resource for table in tables if table.id in refused}
        refused = {table.id for table in tables if table.resource in resources}
    whole = [table.id for table in tables if way.without.get(table.id) != (ALL,)]
    touched = [name for name in whole if name in way.without and name not in edition.without]
    less = way.without_tables([name for name in whole if name in refused] or touched or whole)
    return less if _some(less, tables) else None


def _some(way: Way, tables: Sequence[TableSpec]) -> bool:
    return any(way.without.get(table.id) != (ALL,) for table in tables)


class Search:
    """Looks for a way to publish the tables of a record type. `tried`: how many attempts were made so far, `before` it too;
    `fewest`: whether it made all that it wanted to."""

    def __init__(self, plan: Plan, edition: Edition, resource: str, attempt: Attempt, late: Late, before: int) -> None:
        self.plan, self.edition, self.resource, self.tried, self._before = plan, edition, resource, before, before
        self._attempt, self._late, self.fewest = attempt, late, True
        self._start = Way(dict(edition.without))
        self._unsafe: list[frozenset[str]] = []
        self._tables = {table.id: table for table in plan.at(edition).only(resource).tables}
        order = list(self._tables)
        self._dearest = sorted(order, key=lambda name: (-self._tables[name].priority, order.index(name)))

    def find(self) -> Way:
        """The way with the fewest tables changed or left out; perhaps all of them."""
        refused = self._named(self._start)
        if refused is None:
            return self._start
        self._unsafe.append(frozenset(self._tables))
        out = self._enough(refused)
        return self._less(self._back(out))

    def _fits(self, way: Way) -> bool:
        return self._named(way) is None

    def _named(self, way: Way) -> Collection[str] | None:
        self.tried += 1
        return self._attempt(way, self.resource)

    def _fits_without(self, out: Collection[str]) -> bool:
        return self._named_without(out) is None

    def _named_without(self, out: Collection[str]) -> Collection[str] | None:
        """None where the tables are safe without some of them, else those that the refusal names; who sees more tables knows
        no less, so what holds tables that were refused together is refused without an attempt, and none is named."""
        kept = frozenset(self._tables.keys() - set(out))
        if any(refused <= kept for refused in self._unsafe):
            return ()
        named = self._named(self._start.without_tables(out))
        if named is not None:
            self._unsafe.append(kept)
        return named

    def _spent(self, most: int) -> bool:
        """Whether so many attempts were made for this record type, or it is late; another one is wanted."""
        spent = self._late() or self.tried - self._before >= most
        self.fewest &= not spent
        return spent

    def _enough(self, refused: Collection[str]) -> set[str]:
        """Tables without which the rest can be published; all of them where nothing is known to be."""
        out = set(refused) & self._tables.keys()
        while 0 < len(out) < len(self._tables) and self.tried - self._before < NAMED:
            named = self._named(self._start.without_tables(out))
            if named is None:
                return out
            self._unsafe.append(frozenset(self._tables.keys() - out))
            out |= (set(named) & self._tables.keys()) - out or set(self._tables)
        kept = [name for name in self._dearest if name not in out] or self._dearest
        while kept := kept[: len(kept) // 2]:
            if self._fits_without(self._tables.keys() - set(kept)):
                break
        return self._tables.keys() - set(kept)

    def _back(self, out: set[str]) -> set[str]:
        """Those of them that cannot be put back as they are."""
        out, order = set(out), [name for name in self._dearest if name in out]
        groups, size = list[tuple[list[str], bool]](), max(len(self._tables) - len(out), 1)
        while (
            order
        ):  # few to what is safe, then more: the more tables, the longer it takes to tell that they are not safe
            groups.append((order[:size], False))
            order, size = order[size:], 2 * size
        while groups and not self._spent(BACK):
            group, parted = groups.pop(0)
            named = self._named_without(out - set(group))
            if named is None:
                out -= set(group)
                continue
            blamed = [name for name in group if name in named]
            if not parted and 0 < len(blamed) <= len(group) // 2:  # the others may be safe together
                groups = [([name for name in group if name not in blamed], True), (blamed, True), *groups]
            elif len(group) > 1:
                middle = (len(group) + 1) // 2
                groups = [(group[:middle], parted), (group[middle:], parted), *groups]
        return out

    def _less(self, out: set[str]) -> Way:
        """The way with as many of those tables as can be published with less."""
        way = self._start.without_tables(out)
        order = [name for name in self._tables if name in out]
        forms = {name: self._forms(name) for name in order}
        for kind in dict.fromkeys(kind for name in order for kind in forms[name]):
            alike = [name for name in order if kind in forms[name]]
            if len(alike) < 2 or self._spent(MOST):
                continue
            tried = way
            for name in alike:
                tried = tried.less(name, *forms[name][kind])
            if self._fits(tried):
                way, order = tried, [name for name in order if name not in alike]
        for name in order:
            for names, instead in forms[name].values():
                if self._spent(MOST):
                    break
                if self._fits(tried := way.less(name, names, instead)):
                    way = tried
                    break
        return way

    def _forms(self, name: str) -> dict[str, _Form]:
        """The forms of a table, with what the institute leaves out of it anyway."""
        already = self.edition.without.get(name, ())
        taken = {table.id for table in self.plan.tables}
        forms = dict(_forms(self._tables[name], self.plan))
        return {
            kind: ((*already, *names), instead)
            for kind, (names, instead) in forms.items()
            if instead is None or instead.id not in taken
        }


_Form = tuple[tuple[str, ...], TableSpec | None]
"""What of a table is left out, and a table that tells some of it in its place."""


def _forms(table: TableSpec, plan: Plan) -> Iterator[tuple[str, _Form]]:
    """Ways to publish a table with less, each by a name that other tables share, the least loss first."""
    resource = plan.resources[table.resource]
    for place in range(len(table.levels) - 1, 0, -1):
        yield f"until {table.levels[place - 1]}", (table.levels[place:], None)
    events = [measure for measure in table.measures if measure != resource.persons]
    alone = resource.persons in table.measures and {resource.rows, *resource.answers}.intersection(events)
    if alone:
        if len(table.levels) > 1:
            yield "women in the coarsest time", ((resource.persons,), _women(table, resource.persons, plan))
        yield "events", ((resource.persons,), None)
    for level in (periods.TO_DATE, periods.YEAR):
        if level in table.levels[: len(table.levels) - 1]:
            yield f"not {level}", ((level,), None)
    if alone and len(table.levels) > 1:
        yield "events in the coarsest time", ((resource.persons, *table.levels[1:]), None)
    others = table.dimensions[1:]
    for name in others if len(others) > 1 else ():
        answers = resource.dimensions[name].answers
        if set(table.measures) - {answers}:
            yield f"not {name}", ((name, *({answers} & set(table.measures))), None)
    counted = {resource.dimensions[name].answers for name in others[1:]} & set(table.measures)
    least = [*([resource.persons] if alone else ()), *counted, *table.levels[1:], *others[1:]]
    if len(others) > 1 and set(table.measures) - set(least):
        yield "least", (tuple(least), None)


def _women(table: TableSpec, persons: str, plan: Plan) -> TableSpec:
    """A table of the women in the coarsest time."""
    label: Mapping[str, str] = plan.facts["measures"][persons]
    title = {language: f"{said}: {label.get(language, persons)}" for language, said in table.title.items()}
    return replace(
        table, id=f"{table.id}_{persons}", title=title, note={}, measures=(persons,), levels=table.levels[:1]
    )


def entry(table: TableSpec) -> dict[str, object]:
    """A table as tables.yaml has it."""
    found: dict[str, object] = {
        "id": table.id,
        "topic": table.topic,
        "resource": table.resource,
        "title": dict(table.title),
        "dimensions": [{"name": PERIOD, "levels": list(table.levels)}, *table.dimensions[1:]],
        "measures": list(table.measures),
        "priority": table.priority,
    }
    found |= {name: dict(said) for name, said in (("loss", table.loss), ("where", table.where)) if said}
    return found | ({"size": table.size} if table.size != "log" else {})


def tables_of(where: Sequence[str], plan: Plan) -> set[str]:
    """The tables of the plan that places of findings name: tables.yaml:ID, tables/ID.csv."""
    known = {table.id for table in plan.tables}
    said = {name for each in where for name in each.replace(",", " ").split()}
    return {
        name
        for name in known
        if any(
            each in (f"tables.yaml:{name}", f"tables/{name}.csv") or each.startswith(f"tables.yaml:{name}.")
            for each in said
        )
    }
