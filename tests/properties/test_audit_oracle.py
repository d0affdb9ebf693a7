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

from pipeline.cells import TOTAL
from pipeline.public.audit import audit
from pipeline.public.edition import Package
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


@settings(max_examples=60, deadline=None)
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


@settings(max_examples=60, deadline=None)
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


@settings(max_examples=60, deadline=None)
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


@settings(max_examples=60, deadline=None)
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
