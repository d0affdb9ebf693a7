"""The audit against an oracle that writes down every world of a tiny edition and looks.

The oracle knows nothing of relations: it lists all whole-number tables that could lie behind what is published, and
calls a cell exposed when none of them gives it k women, or when all of them give it the same.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipeline.model.cells import TOTAL
from pipeline.public.audit.audit import audit
from pipeline.public.edition.model import Package
from tests.editions import edition, table

K = 3
Cells = Mapping[tuple[str, ...], Sequence[int]]
"""Codes of a cell → the numbers of the leaves that it is made of."""
Found = set[tuple[int, str, tuple[str, ...]]]


def found(packages: Sequence[Package]) -> Found:
    return {(e.rule, e.kind, tuple(code for _, code in e.cell)) for e in audit(packages).exposures}


def compositions(total: int, parts: int) -> NDArray[np.int64]:
    """Every way to split `total` into so many whole parts."""
    bars = itertools.combinations(range(total + parts - 1), parts - 1)
    return np.array(
        [np.diff([-1, *cut, total + parts - 1]) - 1 for cut in bars] if parts > 1 else [[total]], dtype=np.int64
    )


def judge(cells: Cells, truth: Sequence[int], hidden: set[tuple[str, ...]]) -> Found:
    """Rules 1, 2 and 4 where records are women and everything adds up. cells: codes → the leaves they are made of."""
    worlds = compositions(sum(truth), len(truth))
    counts = {codes: worlds[:, list(leaves)].sum(axis=1) for codes, leaves in cells.items()}
    true = {codes: sum(truth[leaf] for leaf in leaves) for codes, leaves in cells.items()}
    fits = np.ones(len(worlds), dtype=np.bool_)
    for codes, count in counts.items():
        fits &= count >= 1 if codes in hidden else count == true[codes]
    result: Found = set()
    for codes, count in counts.items():
        seen = count[fits]
        if codes not in hidden:
            result |= {(1, "published", codes)} if 1 <= true[codes] < K else set()
            continue
        if seen.max() < K:
            result.add((2, "withheld", codes))
            if seen.min() == seen.max():
                result.add((4, "exact", codes))
    return result


@st.composite
def mask(draw: st.DrawFn, cells: Cells, truth: Sequence[int]) -> set[tuple[str, ...]]:
    """A choice of cells to withhold: most of the small ones and some others; zeros and the total stay."""
    result = set()
    for codes, leaves in cells.items():
        count = sum(truth[leaf] for leaf in leaves)
        small = 0 < count < K
        if count and len(leaves) < len(truth) and draw(st.integers(0, 9)) < (9 if small else 4):
            result.add(codes)
    return result


def text_of(names: str, cells: Cells, truth: Sequence[int], hidden: set[tuple[str, ...]]) -> str:
    lines = [f"{names} | reportes"]
    for codes, leaves in cells.items():
        count = sum(truth[leaf] for leaf in leaves)
        lines.append(f"{' '.join(codes)} | {count}{'*' if codes in hidden else ''}")
    return "\n".join(lines)


@given(st.data())
def test_two_ways_with_margins(data: st.DataObject) -> None:
    columns = data.draw(st.sampled_from([2, 3]))
    grid = [(a, b) for a in "pq" for b in "xyz"[:columns]]
    truth = data.draw(
        st.lists(st.integers(0, 4), min_size=len(grid), max_size=len(grid)).filter(lambda t: 0 < sum(t) <= 11)
    )
    cells: dict[tuple[str, ...], list[int]] = {}
    for a, b in itertools.product((TOTAL, "p", "q"), (TOTAL, *"xyz"[:columns])):
        cells[a, b] = [n for n, (p, x) in enumerate(grid) if a in (TOTAL, p) and b in (TOTAL, x)]
    hidden = data.draw(mask(cells, truth))
    text = text_of("a b", cells, truth, hidden)
    package = edition(table(text, rows="reportes", persons=None, threshold=K))
    expected = {
        (rule, kind, tuple(c for c in codes if c != TOTAL)) for rule, kind, codes in judge(cells, truth, hidden)
    }
    assert found([package]) == expected


def counts(most: int, size: int) -> st.SearchStrategy[list[int]]:
    """Women in each leaf, few enough to write down every world."""
    return st.lists(st.sampled_from([0, 0, 1, 2, 4]), min_size=size, max_size=size).map(
        lambda drawn: [n if sum(drawn[: place + 1]) <= most else 0 for place, n in enumerate(drawn)]
    ).filter(any)  # fmt: skip


def by_codes(grid: Sequence[tuple[str, ...]], kept: Sequence[int]) -> dict[tuple[str, ...], list[int]]:
    """Every cell of the table of some of the dimensions: codes → the leaves that it is made of."""
    codes = [(TOTAL, *dict.fromkeys(leaf[place] for leaf in grid)) for place in kept]
    return {
        key: [
            n for n, leaf in enumerate(grid) if all(code in (TOTAL, leaf[p]) for code, p in zip(key, kept, strict=True))
        ]
        for key in itertools.product(*codes)
    }


CUBE = list(itertools.product("pq", "xy", "vw"))


@given(st.data())
def test_three_ways_with_all_margins(data: st.DataObject) -> None:
    truth = data.draw(counts(7, len(CUBE)))
    cells = by_codes(CUBE, (0, 1, 2))
    hidden = data.draw(mask(cells, truth))
    package = edition(table(text_of("a b c", cells, truth, hidden), rows="reportes", persons=None, threshold=K))
    expected = {
        (rule, kind, tuple(c for c in codes if c != TOTAL)) for rule, kind, codes in judge(cells, truth, hidden)
    }
    assert found([package]) == expected


@given(st.data())
def test_two_tables_that_share_a_dimension(data: st.DataObject) -> None:
    """a×b and a×c: what stands in both is one cell, withheld in both or in none."""
    truth = data.draw(counts(7, len(CUBE)))
    one, two = by_codes(CUBE, (0, 1)), by_codes(CUBE, (0, 2))
    every: dict[tuple[str, ...], Sequence[int]] = {(a, b, TOTAL): leaves for (a, b), leaves in one.items()}
    every |= {(a, TOTAL, c): leaves for (a, c), leaves in two.items()}
    hidden = data.draw(mask(every, truth))
    gone: list[set[tuple[str, ...]]] = [
        {(a, b) for a, b, c in hidden if c == TOTAL},
        {(a, c) for a, b, c in hidden if b == TOTAL},
    ]
    tables = [
        table(text_of(names, part, truth, away), id=f"t{n}", rows="reportes", persons=None, threshold=K)
        for n, (names, part, away) in enumerate(zip(("a b", "a c"), (one, two), gone, strict=True))
    ]
    expected = {
        (rule, kind, tuple(c for c in codes if c != TOTAL)) for rule, kind, codes in judge(every, truth, hidden)
    }
    assert found([edition(*tables)]) == expected


@given(st.data())
def test_a_hierarchy_of_codes(data: st.DataObject) -> None:
    truth = data.draw(counts(9, 5))
    leaves: Cells = {("p1",): [0], ("p2",): [1], ("q1",): [2], ("q2",): [3], ("q3",): [4]}
    cells: Cells = {(TOTAL,): [0, 1, 2, 3, 4], ("p",): [0, 1], ("q",): [2, 3, 4], **leaves}
    hidden = data.draw(mask(cells, truth))
    tree = "p q p1<p p2<p q1<q q2<q q3<q"
    each = table(
        text_of("a", cells, truth, hidden), rows="reportes", persons=None, threshold=K, kinds={"a": "hierarchy"}
    )
    expected = {
        (rule, kind, tuple(c for c in codes if c != TOTAL)) for rule, kind, codes in judge(cells, truth, hidden)
    }
    assert found([edition(each, a=tree)]) == expected


@given(st.data())
def test_time_in_tables_of_different_coarseness_and_two_editions(data: st.DataObject) -> None:
    """Months, quarters and the year in up to three tables, the months maybe in an earlier edition."""
    truth = data.draw(st.lists(st.integers(0, 4), min_size=5, max_size=5).filter(lambda t: 0 < sum(t) <= 11))
    months: Cells = {("2025-01",): [0], ("2025-02",): [1], ("2025-04",): [2], ("2025-05",): [3], ("2025-06",): [4]}
    quarters: Cells = {("2025-T1",): [0, 1], ("2025-T2",): [2, 3, 4]}
    year: Cells = {("2025",): [0, 1, 2, 3, 4]}
    shown = data.draw(st.sampled_from([[months, year], [months, quarters, year], [quarters, year]]))
    cells = {codes: leaves for part in shown for codes, leaves in part.items()}
    hidden = data.draw(mask(cells, truth))
    tree = (
        "2025 2025-T1<2025 2025-T2<2025 2025-01<2025-T1 2025-02<2025-T1 2025-04<2025-T2 2025-05<2025-T2 2025-06<2025-T2"
    )
    tables = [
        table(text_of("periodo", part, truth, hidden), id=f"t{n}", rows="reportes", persons=None, threshold=K)
        for n, part in enumerate(shown)
    ]
    if data.draw(st.booleans()):
        packages = [edition(*tables, periodo=tree)]
    else:
        packages = [edition(tables[0], name="2025-T3", periodo=tree), edition(*tables[1:], periodo=tree)]
    assert found(packages) == judge(cells, truth, hidden)


def worlds_of_women(
    services: Sequence[int], women: Sequence[int], hidden: Sequence[bool], *, question: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All (services, women) of a total and its parts, one world per row; what is withheld is at least 1.

    The parts are those of a whole, or the answers to a `question`: then a woman without an answer has a record without.
    """
    found: list[tuple[tuple[int, ...], tuple[int, ...]]] = []
    ranges = [range(1, services[0] + 1) if h else (n,) for n, h in zip(services, hidden, strict=True)]
    for s in itertools.product(*ranges):
        if (max(s[1:]) > s[0]) if question else (s[0] != sum(s[1:])):
            continue
        choices = [range(1, most + 1) if h else (n,) for most, n, h in zip(s, women, hidden, strict=True)]
        for w in itertools.product(*choices):
            if any(x > y for x, y in zip(w, s, strict=True)) or max(w[1:]) > w[0]:
                continue
            rest = [s[0] - n for n in s[1:]] if question else [sum(w[1:]) - n for n in w[1:]]
            if all(w[0] <= n + other for n, other in zip(w[1:], rest, strict=True)):
                found.append((s, w))
    return np.array([s for s, _ in found]), np.array([w for _, w in found])


@given(st.data())
def test_women_who_come_more_than_once(data: st.DataObject) -> None:
    """Services add up over areas, women do not; how many were never in an area is a difference."""
    parts = [data.draw(st.integers(0, 5)) for _ in range(3)]
    women = [data.draw(st.integers(1, s)) if s else 0 for s in parts]
    total = data.draw(st.integers(max(women), sum(women)))
    if not total:
        return
    services, counts = [sum(parts), *parts], [total, *women]
    hidden = [False] + [bool(w) and data.draw(st.integers(0, 9)) < (9 if w < K else 4) for w in women]
    lines = ["area | servicios usuarias"]
    for code, n, m, h in zip((TOTAL, "a", "b", "c"), services, counts, hidden, strict=True):
        lines.append(f"{code} | {n}{'*' if h else ''} {m}{'*' if h else ''}")
    s, w = worlds_of_women(services, counts, hidden, question=False)
    expected: Found = {(1, "published", ())} if total < K else set()
    for n, code in enumerate("abc", start=1):
        if hidden[n]:
            if w[:, n].max() < K:
                expected.add((2, "withheld", (code,)))
            if any(len(set(x[:, n])) == 1 for x in (s, w)) and w[:, n].min() < K:
                expected.add((4, "exact", (code,)))
        elif 0 < counts[n] < K:
            expected.add((1, "published", (code,)))
        never = w[:, 0] - w[:, n]
        if never.min() >= 1 and never.max() < K:
            expected.add((1, "complement", (f"!{code}",)))
    assert found([edition(table("\n".join(lines), threshold=K))]) == expected


@given(st.data())
def test_a_question_with_several_answers(data: st.DataObject) -> None:
    """Answers add up, women do not, and the «no» to each answer is a group that can be bounded."""
    services = data.draw(st.integers(1, 7))
    total = data.draw(st.integers(1, services))
    parts = [data.draw(st.integers(0, services)) for _ in range(2)]
    women = [data.draw(st.integers(max(1, total - (services - s)), min(s, total))) if s else 0 for s in parts]
    hidden = [bool(w) and data.draw(st.integers(0, 9)) < (9 if w < K else 4) for w in women]
    no_total = data.draw(st.booleans())  # whether the answers of the total are withheld with its women
    star = "*" if no_total else ""
    lines = [f"t | menciones usuarias\n_T | {sum(parts)}{star} {total}{star}"]
    for code, n, m, h in zip("xy", parts, women, hidden, strict=True):
        lines.append(f"{code} | {n}{'*' if h else ''} {m}{'*' if h else ''}")
    question = table("\n".join(lines), kinds={"t": "multiple"}, answers="menciones", threshold=K, id="pregunta")
    every = table(f"todo | servicios usuarias\n_T | {services} {total}", threshold=K, id="todo")
    s, w = worlds_of_women([services, *parts], [total, *women], [False, *hidden], question=True)
    if not no_total:
        fits = s[:, 1:].sum(axis=1) == sum(parts)
        s, w = s[fits], w[fits]
    expected: Found = {(1, "published", ())} if total < K else set()
    if no_total and total < K:
        expected.add((4, "exact", ()))  # withheld here, and yet its women stand in the other table
    for n, code in enumerate("xy", start=1):
        if hidden[n - 1]:
            if w[:, n].max() < K:
                expected.add((2, "withheld", (code,)))
            if any(len(set(x[:, n])) == 1 for x in (s, w)) and w[:, n].min() < K:
                expected.add((4, "exact", (code,)))
        elif 0 < women[n - 1] < K:
            expected.add((1, "published", (code,)))
        never = w[:, 0] - w[:, n]
        no = s[:, 0] - s[:, n]
        few = no.min() >= 1 and np.minimum(no, w[:, 0]).max() < K
        if few or (never.min() >= 1 and never.max() < K):
            expected.add((1, "complement", (f"!{code}",)))
    assert found([edition(question, every)]) == expected


def judge_late(cells: Cells, truths: Sequence[Sequence[int]], hidden: Sequence[set[tuple[str, ...]]]) -> Found:
    """Rules 1, 2, 4 and 6 where records may have come late between editions, once: all pairs of worlds.

    What a reader knows of all: all sums, that what is withheld is not zero, that nothing went down, and that where no
    figure changed nothing was added. truths, hidden: edition by edition.
    """
    result: Found = set()
    vintages = [truths[0], truths[-1]]
    worlds = [compositions(sum(leaves), len(leaves)) for leaves in vintages]
    rose: NDArray[np.bool_] = np.array((worlds[1][None, :, :] >= worlds[0][:, None, :]).all(axis=2))
    if same := sum(truths[0]) == sum(truths[-1]):  # nothing came late: one world, seen more than once
        rose &= (worlds[1][None, :, :] == worlds[0][:, None, :]).all(axis=2)
    counts = [{codes: w[:, list(leaves)].sum(axis=1) for codes, leaves in cells.items()} for w in worlds]
    which = [0 if same or sum(truth) == sum(truths[0]) else 1 for truth in truths]
    for vintage, truth, gone in zip(which, truths, hidden, strict=True):
        fits = np.ones(len(worlds[vintage]), dtype=np.bool_)
        for codes, count in counts[vintage].items():
            fits &= count >= 1 if codes in gone else count == sum(truth[n] for n in cells[codes])
        rose &= fits[:, None] if vintage == 0 else fits[None, :]
    for vintage, truth, gone in zip(which, truths, hidden, strict=True):
        possible = rose.any(axis=1) if vintage == 0 else rose.any(axis=0)
        for codes, count in counts[vintage].items():
            seen = count[possible]
            if codes not in gone:
                result |= {(1, "published", codes)} if 1 <= sum(truth[n] for n in cells[codes]) < K else set()
            elif seen.max() < K:
                alike = [each for other, each in zip(which, hidden, strict=True) if other == vintage]
                told = any(codes not in each for each in alike)  # another edition of that vintage shows it
                result |= set() if told else {(2, "withheld", codes)}
                result |= {(4, "exact", codes)} if seen.min() == seen.max() else set()
    for codes in cells:
        rise = (counts[1][codes][None, :] - counts[0][codes][:, None])[rose]
        if rise.min() >= 1 and rise.max() < K:
            result.add((6, "revised", codes))
    return result


@settings(max_examples=2000 if settings.get_current_profile_name() == "nightly" else 100)
@given(st.data())
def test_records_that_came_late_between_editions(data: st.DataObject) -> None:
    """A list of areas, or two ways with margins, in two or three editions; what was withheld may be shown later."""
    names, rows = "a b", (TOTAL, "p", "q")
    grid = [(a, b) for a in "pq" for b in "xy"]
    if data.draw(st.booleans()):
        grid = [("p", b) for b in "wxyz"[: data.draw(st.integers(2, 4))]]
        names = "b"
    n = len(grid)
    then = data.draw(st.lists(st.integers(0, 4), min_size=n, max_size=n).filter(lambda t: 0 < sum(t) <= 8))
    late = data.draw(st.lists(st.sampled_from([0, 0, 1, 3, 4]), min_size=n, max_size=n).filter(lambda t: sum(t) <= 9))
    now = [a + b for a, b in zip(then, late, strict=True)]
    truths = data.draw(st.sampled_from([[then, now], [then, then, now], [then, now, now]]))
    cells: dict[tuple[str, ...], list[int]] = {}
    for a, b in itertools.product(
        rows if names == "a b" else (TOTAL,), (TOTAL, *dict.fromkeys(code for _, code in grid))
    ):
        leaves = [n for n, (p, x) in enumerate(grid) if a in (TOTAL, p) and b in (TOTAL, x)]
        cells[(b,) if names == "b" else (a, b)] = leaves
    hidden = [data.draw(mask(cells, truth)) for truth in truths]
    texts = [text_of(f"periodo {names}", {("2025-01", *c): n for c, n in cells.items()}, truth, {("2025-01", *c) for c in gone})
             for truth, gone in zip(truths, hidden, strict=True)]  # fmt: skip
    packages = [
        edition(table(text, rows="reportes", persons=None, threshold=K), name=f"2025-T{number}")
        for number, text in enumerate(texts, start=1)
    ]
    expected = {
        (rule, kind, tuple(c for c in codes if c != TOTAL)) for rule, kind, codes in judge_late(cells, truths, hidden)
    }
    seen = {(rule, kind, tuple(c for c in codes if c != "2025-01")) for rule, kind, codes in found(packages)}
    assert seen == expected
