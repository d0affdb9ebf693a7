"""Looks for facts about records that the audit does not know. Not a test: it takes minutes.

    python -m tests.benchmarks.hunt compare SEED MANY
    python -m tests.benchmarks.hunt SEED MANY MOST DECLARED KINDS [RULE…]

The first draws tiny institutes (from SEED on, MANY of them), withholds cells step by step until the audit has nothing more
to say, and asks at each step whether records prove anything small that the audit does not; and of each as `protect` protects
it, where one edition is drawn. A line for every seed, a count at the end.

The second draws tiny institutes (from SEED on, MANY of them) and asks, for every figure that the RULEs are about, how low and how
high any set of records makes it, and whether the audit thinks that it can be lower or higher. Prints what it finds,
MOST of a kind, in the smallest institute in which it is still so. DECLARED: 1 if a reader makes use of what an edition
says of women who do not add up; KINDS: facts to be told to the audit beforehand (`within+services+union+repeats+rest`,
or `-`). A hunt among what is told already finds facts of other kinds.
"""

from __future__ import annotations

import itertools
import json
import signal
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any
from unittest import mock

from pipeline.model.cells import AtMost, Cell, Figure, Relation, Sum
from pipeline.public.audit import audit as auditing
from pipeline.public.audit.attacker import Attacker, Contradiction
from pipeline.public.audit.audit import audit
from pipeline.public.edition.model import Package
from tests.properties import institutes
from tests.properties.institutes import Institute
from tests.properties.records_oracle import (
    RULES,
    Axes,
    Exposed,
    Impossible,
    Records,
    Spot,
    TooLarge,
    missed,
    questions,
    unions,
)

SECONDS = 60
"""For the comparisons of one seed."""


@dataclass(frozen=True)
class Gap:
    """What records allow a figure to be, and what the audit thinks that it can be beyond that."""

    found: Exposed
    least: int
    most: int
    lower: bool
    higher: bool


Place = tuple[Spot, int]
"""A cell as an edition counts it."""
Side = Counter[tuple[str, Place]]
"""A sum of figures."""


def facts(asked: Records, kinds: Collection[str]) -> Iterator[tuple[Side, Side]]:
    """Facts that are true of any records, by kind: (lesser, greater), each a sum of figures that are published."""
    nobody = {cell for row in asked.rows if 0 in row.values.values() for cell in asked.members[row.spot, row.edition]}
    at = {place: frozenset(cells) - nobody for place, cells in asked.members.items()}
    women, rows = asked.judged, asked.table.rows
    counted = {
        (row.spot, row.edition)
        for row in asked.rows
        if rows in row.values or (row.spot.yes and row.table.answers in row.values)
    }
    pairs = [(a, b) for a, b in itertools.permutations(at, 2) if at[a] <= at[b]]

    def side(*figures: tuple[str, Place]) -> Side:
        return Counter(figures)

    for a, b in pairs:
        if "within" in kinds:
            yield side((women, a)), side((women, b))
            if a in counted and b in counted:
                yield side((rows, a)), side((rows, b))
        if "services" in kinds and a in counted and b in counted:
            yield side((rows, a), (women, b)), side((rows, b), (women, a))
    if "union" in kinds:
        for a, b in itertools.combinations(at, 2):
            wide = [u for u in at if at[u] <= at[a] | at[b] and not at[u] <= at[a] and not at[u] <= at[b]]
            shared = [c for c in at if at[c] <= at[a] & at[b] and at[c]]
            for union in (u for u in wide if not any(at[u] < at[v] for v in wide)):
                for common in [c for c in shared if not any(at[c] < at[v] for v in shared)]:
                    yield side((women, union), (women, common)), side((women, a), (women, b))
                yield side((women, union)), side((women, a), (women, b))
    if {"repeats", "rest"} & set(kinds):
        broken = []
        for edition in sorted({edition for _, edition in at}):
            for total, parts in unions([spot for spot, other in at if other == edition]):
                broken.append(((total, edition), [(part, edition) for part in parts]))
        for (c, c_parts), (d, d_parts) in itertools.permutations(broken, 2):
            if not at[c] <= at[d] or c == d:
                continue
            inner = [[p for p in c_parts if at[p] <= at[q]] for q in d_parts]
            if not (all(len(found) <= 1 for found in inner) and sum(map(len, inner)) == len(c_parts)):
                continue
            if "repeats" in kinds:  # of a part, no more than of the whole
                lesser = side((women, d), *((women, p) for p in c_parts))
                yield lesser, side((women, c), *((women, q) for q in d_parts))
            for rest in at if "rest" in kinds else ():  # of the whole, those of a part and of whoever is elsewhere
                if at[d] - at[c] <= at[rest] <= at[d]:
                    greater = side((women, d), *((women, p) for p in c_parts))
                    greater[women, rest] += len(d_parts) - 1
                    yield side((women, c), *((women, q) for q in d_parts)), greater


KINDS = ("within", "services", "union", "repeats", "rest")


def gaps(
    packages: Sequence[Package], rules: Collection[int] = RULES, *, declared: bool = True, known: Collection[str] = ()
) -> list[Gap]:
    """Figures that the audit thinks may be lower or higher than any set of records makes them, were it also told the
    `known` kinds of facts. Raises TooLarge.
    """
    found = []
    seen = _Seen(packages)
    for records in dict.fromkeys(t.records for package in packages for t in package.tables.values()):
        if known:
            seen.add(facts(Records(packages, records), known))
    for records in dict.fromkeys(t.records for package in packages for t in package.tables.values()):
        asked = Records(packages, records, declared)
        limits: list[tuple[Exposed, int, int]] = []
        for each, figure, _ in questions(asked, rules):
            if each.rule == 8 and 2 in rules:
                continue
            least, most = asked.most(figure, -1), asked.most(figure)
            if most < asked.many and not seen.constant(each):
                limits.append((each, least, most))
        for (each, least, most), (low, high) in zip(limits, seen.beyond(limits), strict=True):
            if low or high:
                found.append(Gap(each, least, most, low, high))
    return found


class _Seen:
    """What the audit knows of figures, to be asked more than it asks itself."""

    def __init__(self, packages: Sequence[Package]) -> None:
        self.packages = packages
        self.case = auditing._Case(packages, 0)
        told: list[Any] = []

        def listen(*args: Any, **options: Any) -> Attacker:
            told[:] = [args, options]
            return Attacker(*args, **options)

        with mock.patch.object(auditing, "Attacker", listen):
            self.case.examine()
        self.exposures = self.case.exposures
        (self.relations, self.known, self.lower, self.together, *self.rest), _ = told
        self.figures: dict[tuple[Spot, str, str], Figure] = {}
        self.judged = next(iter(self.case.published.shapes.values())).women
        for figure in self.case.attacker.figures if self.case.attacker else ():
            spot = Axes(packages, figure.cell.plain.records).spot(figure.cell.where)
            measure = "" if figure.measure == self.judged else figure.measure
            if spot is not None:
                self.figures.setdefault((spot, figure.cell.records.partition("#")[2], measure), figure)

    def figure(self, spot: Spot, edition: str, measure: str = "") -> Figure | None:
        """The women of a cell as an edition counts them, or another measure."""
        vintages = [name for other, name, of in self.figures if (other, of) == (spot, measure) and "~" not in name]
        until = [n for n in vintages if not n or self.case.order[n] <= self.case.order[edition]]
        latest = max(until, key=lambda name: self.case.order.get(name, -1), default=None)
        return None if latest is None else self.figures[spot, latest, measure]

    def add(self, more: Iterable[tuple[Side, Side]]) -> None:
        """Tells the audit further facts, as far as it has names for their figures."""
        relations: list[Relation] = []
        for n, sides in enumerate(more):
            two = []
            for way, side in zip("<>", sides, strict=True):
                figures = []
                for (measure, (spot, edition)), times in side.items():
                    judged = measure == self.judged
                    found = self.figure(spot, self.case.published.order[edition], "" if judged else measure)
                    figures += [found] * times
                two.append((Figure(Cell(f"{n}{way}"), ""), figures))
            if all(figure is not None for _, figures in two for figure in figures):
                for total, figures in two:
                    relations.append(Sum(total, tuple(f for f in figures if f is not None)))
                relations.append(AtMost(two[0][0], two[1][0]))
        self.relations = (*self.relations, *relations)

    def beyond(self, asked: Sequence[tuple[Exposed, int, int]]) -> list[tuple[bool, bool]]:
        """Whether figures can be lower than they are at least, and higher than at most, as far as the audit's relations
        say. A figure for which the audit has no name can be anything.
        """
        if any(e.rule == 0 for e in self.exposures):
            return [(False, False)] * len(asked)
        more: list[Relation] = []
        targets = [self._target(n, each, more) for n, (each, _, _) in enumerate(asked)]
        try:
            reader = Attacker((*self.relations, *more), self.known, self.lower, self.together, *self.rest)
            higher = reader.reach([(t, most + 1) for t, (_, _, most) in zip(targets, asked, strict=True) if t])
            lower = reader.fall({t: least - 1 for t, (_, least, _) in zip(targets, asked, strict=True) if t and least})
        except Contradiction:
            return [(False, False)] * len(asked)
        return [
            (t in lower, (t, most + 1) in higher) if t else (True, True)
            for t, (_, _, most) in zip(targets, asked, strict=True)
        ]

    def constant(self, each: Exposed) -> bool:
        """Whether the audit takes it that nothing can have changed between two editions."""
        return each.rule == 6 and len({self.figure(each.spots[0], edition) for edition in each.editions}) == 1

    def _target(self, number: int, each: Exposed, more: list[Relation]) -> Figure | None:
        """The figure that is asked for; what it is made of is added to the relations."""
        names = [self.figure(spot, edition, each.measure) for edition in each.editions for spot in each.spots]
        found = [figure for figure in names if figure is not None]
        if len(found) < len(names):
            return None
        if len(found) == 1:
            return found[0]
        asked, side = Figure(Cell(f"asked {number}"), ""), Figure(Cell(f"side {number}"), "")
        if each.rule == 7:
            more += [Sum(side, tuple(found[1:])), Sum(side, (found[0], asked))]
        else:
            more.append(Sum(found[each.rule == 6], (found[each.rule != 6], asked)))
        return asked


def reduced(made: Institute, rule: int, higher: bool, known: Collection[str], *, declared: bool) -> Institute:
    """The smallest institute found in which the audit still thinks that a figure can be what no records make it."""
    seen: set[Institute] = set()
    while True:
        for less in institutes.smaller(made):
            if less in seen or not less.tables or not less.records or not less.axes:
                continue
            seen.add(less)
            try:
                found = gaps(less.packages(), {rule}, declared=declared, known=known)
            except (TooLarge, Impossible, ValueError, KeyError, StopIteration, IndexError):
                continue
            if any(gap.higher if higher else gap.lower for gap in found):
                made = less
                break
        else:
            return made


def needed(packages: Sequence[Package], rule: int, known: Collection[str], *, declared: bool) -> list[str]:
    """The fewest kinds of facts which, if told, close every gap; empty if all together do not."""
    left = [kind for kind in KINDS if kind not in known]
    for size in range(1, len(left) + 1):
        for kinds in itertools.combinations(left, size):
            if not gaps(packages, {rule}, declared=declared, known=(*known, *kinds)):
                return list(kinds)
    return []


def hunt(
    seeds: Iterable[int], rules: Collection[int], most: int, declared: bool, known: Collection[str]
) -> Counter[str]:
    """Prints what is found, `most` of each kind."""
    count: Counter[str] = Counter()
    for seed in seeds:
        made = institutes.draw(Random(seed))
        try:
            found = gaps(made.packages(), rules, declared=declared, known=known)
        except (TooLarge, Impossible) as error:
            count[type(error).__name__] += 1
            continue
        count["asked"] += 1
        if any(e.rule == 0 for e in audit(made.packages()).exposures):
            count["CONTRADICTION"] += 1
            print("audit finds a contradiction in true records: seed", seed, "\n" + institutes.picture(made))
        for rule, higher in sorted({(g.found.rule, g.higher) for g in found}):
            kinds = needed(made.packages(), rule, known, declared=declared)
            name = f"rule {rule} {'higher' if higher else 'lower'} {'+'.join(kinds) or 'UNKNOWN'}"
            count[name] += 1
            if count[name] > most:
                continue
            small = reduced(made, rule, higher, known, declared=declared)
            print(f"\n=== seed {seed}, {name}, {small.kind}")
            print(institutes.picture(small))
            for each in gaps(small.packages(), {rule}, declared=declared, known=known):
                beyond = " ".join(word for word, yes in (("lower", each.lower), ("higher", each.higher)) if yes)
                print(
                    f"  -> {'~'.join(each.found.editions)}: {each.found.names}: {each.least}..{each.most}, audit: {beyond}"
                )
            print("     closed by", needed(small.packages(), rule, known, declared=declared) or "none of them")
            for package in small.packages():
                for table in package.tables.values():
                    print("     ", table.id, "adds", dict(table.additive).get("usuarias"), "not", dict(table.overlaps))
            sys.stdout.flush()
    return count


class Late(BaseException):
    """A seed took longer than it may."""


def late(*_: object) -> None:
    raise Late


def compared(seed: int, protected: bool, count: Counter[str]) -> Iterator[str]:
    """Counts the systems of one seed that were compared, and yields what the audit does not see in them. Raises Late, TooLarge."""
    made: Institute | None = institutes.draw(Random(seed), protectable=protected)
    assert made is not None
    kind = f"{'protected' if protected else 'audited'} {len(made.axes)}x{len(made.withheld)}"
    if protected:
        made = institutes.protected(made)
        steps = iter([(made, audit(made.packages()))] if made else [])
        count["no safe choice"] += not made
    else:
        steps = institutes.safer(Random(seed), made)
    for step, said in steps:
        missing = missed(step.packages(), said.exposures)
        missing += [f"protected, but {each}" for each in said.exposures if protected]
        yield from (f"{each}\n{institutes.picture(step)}" for each in missing)
        count["contradictions"] += any(e.rule == 0 for e in said.exposures)
        count[f"{kind} systems"] += 1
        count[f"{kind} called safe"] += not said.exposures
    count[f"{kind} institutes"] += 1


def compare(seeds: Iterable[int]) -> Counter[str]:
    """Prints a line for every seed, and whatever is safe for the audit and is not for whoever asks records themselves.

    What is counted has the number of axes and of editions in its name (3x2).
    """
    every: Counter[str] = Counter()
    signal.signal(signal.SIGALRM, late)
    for seed, protected in itertools.product(seeds, (False, True)):
        count: Counter[str] = Counter()
        signal.alarm(SECONDS)
        try:
            for found in compared(seed, protected, count):
                count["missed"] += 1
                print(found, flush=True)
        except (Late, TooLarge, Impossible) as error:
            count[type(error).__name__] += 1
        signal.alarm(0)
        every += count
        print(seed, json.dumps(+count), flush=True)
    return every


if __name__ == "__main__":
    if sys.argv[1] == "compare":
        first, number = map(int, sys.argv[2:])
        print(json.dumps(compare(range(first, first + number)), indent=1))
        sys.exit()
    start, many, most, declared, told, *asked = sys.argv[1:]
    kinds = tuple(kind for kind in told.split("+") if kind in KINDS)
    seeds = range(int(start), int(start) + int(many))
    print(hunt(seeds, set(map(int, asked)) or RULES, int(most), declared == "1", kinds))
