"""Records that came late, on random small tables: what protection lets out, an enumeration of all worlds finds safe."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from hypothesis import event, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipeline.confidential.protection.protect import Told, protect
from pipeline.model.cells import TOTAL, Masked
from pipeline.model.findings import PipelineError
from pipeline.public.audit.audit import audit
from pipeline.verification.verify import verify
from tests.ascii import House, house, vintage
from tests.properties.test_audit_oracle import K, compositions, judge_late

AREAS = "xyz"


def year(counts: Sequence[int], ages: str) -> House:
    """A year by area, or by age and area, closed in an edition that is published twice."""
    grid = list(itertools.product(ages, AREAS))
    rows = []
    for age in (TOTAL, *ages) if len(ages) > 1 else (TOTAL,):
        line = [
            sum(n for n, (a, b) in zip(counts, grid, strict=True) if age in (TOTAL, a) and area in (TOTAL, b))
            for area in (TOTAL, *AREAS)
        ]
        rows.append(" ".join([f"2025/{age}" if len(ages) > 1 else "2025", *map(str, line)]))
    corner = "periodo/edad\\area" if len(ages) > 1 else "periodo\\area"
    return house("\n".join([f"{corner} {TOTAL} {' '.join(AREAS)}", *rows]), threshold=K, earlier_cut_offs=["2025-12"])


def hidden(masked: Masked, dimensions: Sequence[str]) -> set[tuple[str, ...]]:
    frame = masked.tables["tabla_1"]
    return {tuple(row[name] for name in dimensions) for row in frame[frame["withheld"]].to_dict("records")}


@st.composite
def placed(draw: st.DrawFn, size: int, most: int) -> list[int]:
    """A few women in a few of the cells, no more than `most` altogether."""
    counts = [0] * size
    for _ in range(draw(st.integers(1, 3))):
        women = draw(st.sampled_from([1, 3, 3, 4]))
        if sum(counts) + women <= most:
            counts[draw(st.integers(0, size - 1))] += women
    return counts


@settings(max_examples=1000 if settings.get_current_profile_name() == "nightly" else 40)
@given(st.data())
def test_what_goes_out_is_safe_in_all_worlds_of_both_editions(data: st.DataObject) -> None:
    ages = data.draw(st.sampled_from(["p", "pq"]))
    size = len(ages) * len(AREAS)
    then = data.draw(placed(size, 7))
    late = data.draw(placed(size, 7))
    now = [a + b for a, b in zip(then, late, strict=True)]
    first, second = year(then, ages), year(now, ages)
    try:
        masked = first.protect()
    except PipelineError:
        event("nothing was published at first")
        return
    before = first.package(masked)
    old = vintage(first, masked, second, ["2025-05"])
    try:
        protection = protect(second.counts, second.plan, second.edition, Told({}, [old]))
    except PipelineError:
        event("held")
        return
    event("released")
    found = protection.masked
    after = replace(second.package(found), edition="2025-T4.1")
    assert audit([before, after]).exposures == ()
    worlds = np.vstack([protection.truth, protection.witnesses])
    assert verify([before, after], dict(zip(protection.figures, worlds.T, strict=True))).findings == ()
    names = first.plan.tables[0].dimensions[1:]
    grid = list(itertools.product(ages, AREAS))
    cells = {
        (age, area)[-len(names) :]: [n for n, (a, b) in enumerate(grid) if age in (TOTAL, a) and area in (TOTAL, b)]
        for age, area in itertools.product((TOTAL, *ages) if len(ages) > 1 else (TOTAL,), (TOTAL, *AREAS))
    }
    assert judge_late(cells, [then, now], [hidden(masked, names), hidden(found, names)]) == set()


# women who come more than once -----------------------------------------------------------------------------------------


def counted(women: Sequence[frozenset[str]], more: Sequence[str], areas: str) -> dict[str, tuple[int, int]]:
    """Area (or total) → services and women; `more` are areas of further services of women who were there already."""
    found = {x: (sum(x in w for w in women) + more.count(x), sum(x in w for w in women)) for x in areas}
    return {TOTAL: (sum(s for s, _ in found.values()), sum(map(bool, women))), **found}


def worlds_of_two(then: int, late: int, areas: str) -> NDArray[np.int64]:
    """Women by area before (columns 0…) and after (columns n…), for so many old and new women; each row once."""
    sets = [frozenset(c) for size in range(len(areas) + 1) for c in itertools.combinations(areas, size)]
    sides = []
    for number, first in ((then, sets[1:]), (late, sets[:1])):
        kinds = [(one, two) for one in first for two in sets[1:] if one <= two]
        effect = np.array([[x in one for x in areas] + [x in two for x in areas] for one, two in kinds], dtype=np.int64)
        sides.append(np.unique(compositions(number, len(kinds)) @ effect, axis=0) if number else effect[:1] * 0)
    return np.unique((sides[0][:, None, :] + sides[1][None, :, :]).reshape(-1, 2 * len(areas)), axis=0)


def exposed(
    then: Mapping[str, tuple[int, int]], now: Mapping[str, tuple[int, int]], hidden: Sequence[set[str]], areas: str
) -> set[str]:
    """What a reader of both editions can prove of some group of fewer than K women, by writing down every world."""
    n = len(areas)
    women = worlds_of_two(then[TOTAL][1], now[TOTAL][1] - then[TOTAL][1], areas)
    before = compositions(then[TOTAL][0], n)
    added = compositions(now[TOTAL][0] - then[TOTAL][0], n)
    for place, x in enumerate(areas):
        for side, gone, told in ((0, hidden[0], then), (n, hidden[1], now)):
            column = women[:, side + place]
            women = women[column >= 1 if x in gone else column == told[x][1]]
        column = before[:, place]
        before = before[column >= 1 if x in hidden[0] else column == then[x][0]]
    services = np.concatenate(
        [np.repeat(before, len(added), axis=0), np.tile(added, (len(before), 1))], axis=1
    )  # services before, and services added
    for place, x in enumerate(areas):
        after = services[:, place] + services[:, n + place]
        services = services[after >= 1 if x in hidden[1] else after == now[x][0]]
    fits = np.ones((len(women), len(services)), dtype=np.bool_)
    for place in range(n):
        w1, w2 = women[:, place, None], women[:, n + place, None]
        s1, rise = services[None, :, place], services[None, :, n + place]
        fits &= (s1 >= w1) & ((s1 == 0) == (w1 == 0)) & (rise >= w2 - w1) & ((s1 + rise == 0) == (w2 == 0))
    assert fits.any()
    able_women, able_services = women[fits.any(axis=1)], services[fits.any(axis=0)]
    groups: dict[str, NDArray[np.int64]] = {}
    for place, x in enumerate(areas):
        w1, w2 = able_women[:, place], able_women[:, n + place]
        groups |= {f"{x} then": w1, f"{x} now": w2, f"new women of {x}": w2 - w1}
        groups |= {f"not {x} then": then[TOTAL][1] - w1, f"not {x} now": now[TOTAL][1] - w2}
        groups[f"late services of {x}"] = able_services[:, n + place]
        late = np.minimum(services[None, :, n + place], women[:, n + place, None])
        groups[f"most women who came late to {x}"] = late[fits]
    return {name for name, group in groups.items() if group.min() >= 1 and group.max() < K}


@st.composite
def blocks(draw: st.DrawFn, areas: str, sizes: Sequence[int], most: int) -> list[frozenset[str]]:
    """Women, a few at a time with the same areas."""
    women: list[frozenset[str]] = []
    for _ in range(draw(st.integers(1, 3))):
        size = draw(st.sampled_from(sizes))
        where = draw(st.frozensets(st.sampled_from(areas), min_size=1))
        women += [where] * size if len(women) + size <= most else []
    return women


def year_of_women(counts: Mapping[str, tuple[int, int]], areas: str) -> House:
    line = " ".join(f"{counts[x][0]}:{counts[x][1]}" for x in (TOTAL, *areas))
    text = f"periodo\\area {TOTAL} {' '.join(areas)}\n2025 {line}"
    return house(text, threshold=K, earlier_cut_offs=["2025-12"])


@settings(max_examples=2000 if settings.get_current_profile_name() == "nightly" else 40)
@given(st.data())
def test_women_who_were_there_before_and_women_who_were_not(data: st.DataObject) -> None:
    """Late records of old and of new women: no world that the two editions leave is needed to find a small group."""
    areas = data.draw(st.sampled_from(["ab", "abc"]))
    first = data.draw(blocks(areas, [1, 2, 3, 3], 6 if areas == "ab" else 4))
    came = data.draw(blocks(areas, [1, 3, 3], 6 if areas == "ab" else 3))
    old = data.draw(st.lists(st.tuples(st.integers(0, 5), st.sampled_from(areas)), max_size=6))
    after = [*first, *came]
    again: list[str] = []
    for number, x in old:  # a late record of a woman who was there already, in an area of hers or in another
        if number < len(first):
            again += [x] if x in after[number] else []
            after[number] |= {x}
    then, now = counted(first, [], areas), counted(after, again, areas)
    if then == now:
        return
    one, two = year_of_women(then, areas), year_of_women(now, areas)
    try:
        masked = one.protect()
        protection = protect(two.counts, two.plan, two.edition, Told({}, [vintage(one, masked, two, ["2025-05"])]))
    except PipelineError:
        event("not published, or held")
        return
    event("released")
    editions = [one.package(masked), replace(two.package(protection.masked), edition="2025-T4.1")]
    assert audit(editions).exposures == ()
    gone = [{x for (x,) in hidden(m, ("area",))} for m in (masked, protection.masked)]
    assert exposed(then, now, gone, areas) == set()
