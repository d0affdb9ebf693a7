"""What a reader who forgets no fact about records can prove: the oracle against brute force, and the audit against it.

The audit reasons with sums and limits of figures. What is true of any set of records and not among those is forgotten;
here records are asked themselves, so whatever the audit calls safe must be safe for them too.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from pipeline.model import periods
from pipeline.model.cells import TOTAL, Cell, Figure
from pipeline.public.audit import audit as auditing
from pipeline.public.audit.audit import audit
from pipeline.public.edition.model import Package
from tests.editions import edition, table
from tests.properties import institutes
from tests.properties.institutes import TIMES, Axis, Institute, Record, Table
from tests.properties.records_oracle import (
    Impossible,
    Records,
    Spot,
    TooLarge,
    exposed,
    missed,
    questions,
    unions,
)

NIGHTLY = settings.get_current_profile_name() == "nightly"
RECORDS = "atenciones"

# the oracle ----------------------------------------------------------------------------------------------------------

TINY = (
    ("month", (Axis("area", "a b"),)),
    ("month", (Axis("area", "a b c"),)),
    ("month", (Axis("tipo", "x y", kind="multiple"),)),
    ("month", (Axis("area", "a a1<a a2<a b"),)),
    ("month", (Axis("servicio", "a a1<a a2<a b", upper=("area", "a b")),)),
    ("month", (Axis("area", "a b"), Axis("edad", "j m"))),
    ("month", (Axis("rasgo", "si no", sensitive=True),)),
    ("half", (Axis("area", "a b"),)),
)


def women(records: int, kinds: int) -> Iterator[tuple[tuple[int, ...], ...]]:
    """Every way in which so many records of some kinds, or fewer, can be those of women: a tuple of kinds per woman."""

    def grow(left: int, least: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], ...]]:
        yield ()
        for size in range(1, left + 1):
            for one in itertools.combinations_with_replacement(range(kinds), size):
                if one >= least:
                    for others in grow(left - size, one):
                        yield (one, *others)

    return grow(records, ())


def drawn(random: Random) -> tuple[Institute, list[Record]]:
    """An institute with at most four records, and a record of every kind that it can have."""
    time, axes = random.choice(TINY)
    first, cut_off, levels = TIMES[time]
    stages = random.choice([1, 1, 2]) if len(axes) == 1 and len(axes[0].leaves) == 2 and time == "month" else 1
    single = [axis for axis in axes if axis.kind != "multiple"]
    asked = [code for axis in axes if axis.kind == "multiple" for code in axis.codes]
    answers = [frozenset(a) for size in range(len(asked) + 1) for a in itertools.combinations(asked, size)]
    kinds = [
        Record(0, month, tuple(zip((axis.name for axis in single), codes, strict=True)), yes, stage)
        for month in institutes.months(time)
        for codes in itertools.product(*(axis.leaves for axis in single))
        for yes in answers
        for stage in range(stages)
    ]
    records = [replace(random.choice(kinds), woman=random.randint(0, 2)) for _ in range(random.randint(1, 4))]
    tables = [Table(tuple(axis.name for axis in axes), levels[0])]
    for axis in axes:  # further tables, of one dimension or of the one above it
        if random.random() < 0.5:
            tables.append(
                Table(
                    (axis.upper[0] or axis.name,), random.choice(levels), (), random.choice(["all", "women", "events"])
                )
            )
    if asked:
        tables.append(Table(("edad",), levels[0]))
        axes = (*axes, Axis("edad", "j"))
        kinds = [replace(kind, codes=(*kind.codes, ("edad", "j"))) for kind in kinds]
        records = [replace(record, codes=(*record.codes, ("edad", "j"))) for record in records]
    made = Institute(
        "women", first, cut_off, axes, tuple(dict.fromkeys(tables)), tuple(records), (frozenset(),) * stages
    )
    withheld = []
    for stage in made.stages:
        cells = made.cells(stage)
        open_cells = {Cell(RECORDS, frozenset({("periodo", code)})) for code in made.times(made.tables[0])[:1]}
        gone = {c for c, seen in cells.items() if any(seen) and c not in open_cells and random.random() < 0.5}
        withheld.append(frozenset(gone | {c for c in made.alone(stage) if 0 < cells[c][0] < institutes.K}))
    return replace(made, withheld=tuple(withheld)), kinds


@settings(max_examples=1000 if NIGHTLY else 15)
@given(st.randoms(use_true_random=False))
def test_the_oracle_knows_what_every_set_of_records_written_down_shows(random: Random) -> None:
    made, kinds = drawn(random)
    packages = made.packages()
    asked = Records(packages, RECORDS, declared=False)
    assume(any(row.withheld for row in asked.rows))
    rows = [
        (row, [_stands(made, kind, row.name) and kind.stage <= row.edition for kind in kinds]) for row in asked.rows
    ]
    apart = _apart(packages, asked)
    seen: dict[tuple[object, int], set[int]] = {(row.spot, row.edition): set() for row in asked.rows if row.withheld}
    for found in women(len(made.records), len(kinds)):
        count: dict[tuple[object, int], int] = {}
        for row, stands in rows:
            some = sum(any(stands[kind] for kind in woman) for woman in found)
            every = sum(stands[kind] for woman in found for kind in woman)
            answers = sum(len(kinds[kind].yes) for woman in found for kind in woman if stands[kind])
            question = row.table.answers
            true = {"usuarias": some, "servicios": every, question: every if row.spot.yes else answers}
            least = int(row.withheld and not row.table.zeros_withheld)
            if row in asked.alone:
                least = row.table.threshold
            if any(true[m] != v for m, v in row.values.items() if v is not None) or some < least:
                break
            count[row.spot, row.edition] = some
        else:
            if all(
                sum(count[spot, edition] for spot in parts) == count[total, edition] for edition, total, parts in apart
            ):
                for place, values in seen.items():
                    values.add(count[place])
    for each, figure, _ in questions(asked, {2}):
        edition = [package.edition for package in packages].index(each.editions[0])
        values = seen[each.spots[0], edition]
        assert (asked.most(figure, -1), asked.most(figure)) == (min(values), max(values))


def _stands(made: Institute, record: Record, where: Sequence[tuple[str, str]]) -> bool:
    return all(
        record.month in periods.months_of(code) if name == "periodo" else made.counts(record, name, code)
        for name, code in where
    )


def _apart(packages: Sequence[Package], asked: Records) -> list[tuple[int, Spot, tuple[Spot, ...]]]:
    """Edition, total and parts of every breakdown over which a table says that its women add up."""
    found = []
    for number, package in enumerate(packages):
        for each in package.tables.values():
            codes = {r.spot: r.codes for r in asked.rows if (r.edition, r.table.id) == (number, each.id)}
            for total, parts in unions(list(codes)):
                by = {n for part in parts for n, code in codes[part].items() if codes[total][n] != code}
                if by <= set(each.additive.get("usuarias", ())):
                    found.append((number, total, parts))
    return found


def bounds(package: Package, *parts: str, declared: bool = False) -> tuple[int, int]:
    """The least and the most women of a cell (`a`, or `a j`), as records have it; of several, of the surplus over the first."""
    asked = Records([package], RECORDS, declared=declared)
    names = {frozenset(code for _, code in row.name): row.spot for row in asked.rows}
    total, *others = (names[frozenset(part.split()) - {TOTAL}] for part in parts)
    figure = asked.surplus(total, others, 0) if others else asked.judge(total, 0)
    return asked.most(figure, -1), asked.most(figure)


def test_repeats_in_a_part_are_no_more_than_in_the_whole() -> None:
    two_ways = edition(table("""
        area edad | servicios usuarias
        _T   _T   | 3*        1*
        _T   j    | 2         1
        _T   m    | 1         1
        a    _T   | 2         1
        a    j    | 1         1
        a    m    | 1         1
        b    _T   | 1         1
        b    j    | 1         1
        b    m    | 0         0
    """))  # fmt: skip
    assert bounds(two_ways, "_T") == (1, 1)  # the woman of a is both j and m, and there is no other


def test_repeats_in_a_whole_are_those_in_a_part_or_of_women_in_the_rest() -> None:
    both = edition(table("""
        area edad | servicios usuarias
        _T   _T   | 4         2
        _T   j    | 2         2
        _T   m    | 2         2
        a    _T   | 2         2
        a    j    | 1         1
        a    m    | 1         1
        b    _T   | 2*        2*
        b    j    | 1         1
        b    m    | 1         1
    """))  # fmt: skip
    assert bounds(both, "b") == (2, 2)  # both women are j and m, in a only one of the two: each is in b


def test_two_spans_and_what_they_share_are_no_more_than_the_spans() -> None:
    codes = "p q=x+y r=y+z x<p y<p z<p"
    spans = edition(table("""
        tramo | usuarias
        p     | 9*
        q     | 5
        r     | 5
        x     | 2
        y     | 4
        z     | 2
    """), tramo=codes)  # fmt: skip
    assert bounds(spans, "p") == (5, 6)  # 5 + 5 − 4, where the parts alone would allow 8


def test_services_beyond_women_are_no_more_in_a_part() -> None:
    few = edition(table("""
        area | servicios usuarias
        _T   | 9         8
        a    | 6*        6*
        b    | 3         2
    """))  # fmt: skip
    assert bounds(few, "a") == (6, 6)  # the one service beyond women was given in b


def test_an_edition_that_denies_that_women_add_up_says_that_some_came_twice() -> None:
    text = """
        area | servicios usuarias
        _T   | 9         6
        a    | 5*        5*
        b    | 4         3
    """
    silent, said = (edition(table(text, overlaps=o)) for o in (None, {"usuarias": ["area"]}))
    assert bounds(silent, "a", declared=True)[0] == 3
    assert bounds(said, "a", declared=True)[0] == 4


def test_protection_withholds_more_than_the_level_between() -> None:
    # 8 of a1, 7 of a2, 4 of b, 17 in all: withholding area a alone would tell that two stand in several of the three.
    several, axis = [["a1", "a2"], ["a1", "b"]], Axis("servicio", "a a1<a a2<a b")
    women = [*several, *[["a1"]] * 6, *[["a2"]] * 6, *[["b"]] * 3]
    records = tuple(Record(n, "2025-12", (("servicio", code),)) for n, codes in enumerate(women) for code in codes)
    made = Institute("women", "2025-12", "2025-12", (axis,), (Table(("servicio",), ("mes",), shows="women"),), records)
    safe = institutes.protected(made)
    assert safe is not None
    assert exposed(safe.packages()) == []
    withheld = frozenset(cell for cell in made.cells(0) if cell.code("servicio") == "a")
    bare = replace(made, withheld=(withheld,)).packages()
    assert [each.rule for each in exposed(bare)] == [each.rule for each in audit(bare).exposures] == [7]


def test_protection_knows_how_many_services_gave_the_mentions_that_are_told() -> None:
    # 12 services in all and 10 of area a name x: 2 are left to area b, and no more women than that.
    axes = Axis("area", "a b"), Axis("edad", "j m"), Axis("tipo", "x y", kind="multiple")
    tables = Table(("area", "tipo"), ("mes",), shows="events"), Table(("edad",), ("mes",))
    codes = [("a", "x"), ("a", "x"), *[("a", "x y")] * 8, ("b", "x y"), ("b", "y")]
    records = tuple(
        Record(n, "2025-12", (("area", area), ("edad", "j")), frozenset(yes.split()))
        for n, (area, yes) in enumerate(codes)
    )
    made = Institute("women", "2025-12", "2025-12", axes, tables, records)
    safe = institutes.protected(made)
    assert safe is not None
    assert not exposed(safe.packages())
    assert not audit(safe.packages()).exposures


def test_protection_knows_that_events_which_are_shown_are_those_of_enough_women() -> None:
    # 5 women in all; the 4 services of b are those of three at least, so one or two women were never in b.
    axes = Axis("area", "a b"), Axis("edad", "j m")
    tables = Table(("area",), ("mes",), shows="events"), Table(("edad",), ("mes",))
    women = ["b", "aa", "bab", "ba", "a"]
    records = tuple(
        Record(n, "2025-12", (("area", area), ("edad", "j"))) for n, areas in enumerate(women) for area in areas
    )
    made = Institute("women", "2025-12", "2025-12", axes, tables, records)
    bare = made.packages()
    assert {each.rule for each in exposed(bare)} == {each.rule for each in audit(bare).exposures} == {1}
    safe = institutes.protected(made)
    assert safe is not None
    assert exposed(safe.packages()) == []
    assert not audit(safe.packages()).exposures


def test_protection_tells_no_services_exactly_of_a_cell_that_it_withholds_for_others() -> None:
    # The women of area b may be fewer or more, so it could be withheld for others; its services are all that are not of a.
    axes = Axis("edad", "j m n"), Axis("area", "a b")
    women = [
        "ma ja jb mb ja mb ma mb mb mb ja na mb",
        "nb nb jb nb nb jb na ma",
        "ma ma ma na na",
        "ma nb na",
    ]
    records = tuple(
        Record(n, "2025-12", (("edad", edad), ("area", area)))
        for n, codes in enumerate(women)
        for edad, area in map(tuple, codes.split())
    )
    made = Institute("women", "2025-12", "2025-12", axes, (Table(("edad", "area"), ("mes",)),), records)
    safe = institutes.protected(made)
    assert safe is not None
    assert not audit(safe.packages()).exposures


def test_the_women_among_all_who_attended_are_asked_of_as_well() -> None:
    text = """
        area | actividades mujeres asistentes
        _T   | 9           4       40
        a    | 4*          2*      20*
        b    | 5*          2*      20*
    """
    package = edition(
        table(text, rows="actividades", persons=None, women="asistentes", within={"mujeres": ["asistentes"]})
    )
    asked = Records([package], RECORDS)
    found = {
        (dict(each.codes[0])["area"], each.measure): asked.most(figure) for each, figure, _ in questions(asked, {2})
    }
    assert found == {("a", ""): 39, ("b", ""): 39, ("a", "mujeres"): 4, ("b", "mujeres"): 4}
    assert exposed([package], {2}) == []  # neither can be proved small: either may have none of the four women


# the audit -----------------------------------------------------------------------------------------------------------


@settings(max_examples=1000 if NIGHTLY else 10)
@given(st.randoms(use_true_random=True))
def test_the_audit_refutes_nothing_that_some_records_show(random: Random) -> None:
    made = institutes.draw(random)
    packages = made.packages()
    case = auditing._Case(packages, 0)
    case.examine()
    assume(made.kind == "women" and not any(exposure.rule == 0 for exposure in case.exposures))
    assert case.attacker is not None
    patterns, editions = case.attacker.records, [package.edition for package in packages]
    try:
        asked = Records(packages, RECORDS)
        for each, figure, _ in questions(asked, {2}):
            named = Figure(Cell(RECORDS, frozenset(each.codes[0])), "usuarias")
            if len(editions) > 1 or each.measure or named not in patterns._of:
                continue
            event("asked")
            for number in {asked.most(figure, -1), asked.most(figure)} - {asked.many}:
                assert patterns.allows(named, number, number), institutes.picture(made)
    except (TooLarge, Impossible):
        assume(False)


@settings(max_examples=3000 if NIGHTLY else 12)
@given(st.randoms(use_true_random=True))
def test_what_the_audit_calls_safe_is_safe_for_whoever_knows_all_of_records(random: Random) -> None:
    for made, said in institutes.safer(random, institutes.draw(random)):
        try:
            assert missed(made.packages(), said.exposures) == [], institutes.picture(made)
        except TooLarge:
            assume(False)


@settings(max_examples=1000 if NIGHTLY else 6)
@given(st.randoms(use_true_random=True))
def test_what_is_protected_is_safe_for_whoever_knows_all_of_records(random: Random) -> None:
    made = institutes.protected(institutes.draw(random, protectable=True))
    assume(made is not None)
    assert made is not None
    assert audit(made.packages()).exposures == (), institutes.picture(made)
    try:
        assert missed(made.packages(), ()) == [], institutes.picture(made)
    except TooLarge:
        assume(False)
