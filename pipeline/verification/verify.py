"""Do the witnesses of an edition hold? By addition and comparison alone: no solver, nothing of what chose the cells.

In: the edition with those before it, as any reader has them, and the figures that the office keeps, each in the truth and
in every witness (`witnesses`). Out: findings that name tables, never cells; none means that the truth and every witness
are worlds that fit everything published, and that together they leave every small group in doubt. The sums are those
that the audit rebuilds from the published files.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.model.cells import AtMost, Cell, Figure, Relation, Sum
from pipeline.model.disjoint_sets import DisjointSets
from pipeline.model.findings import Finding
from pipeline.model.witness_file import Worlds
from pipeline.public.audit.constraints import figures_of
from pipeline.public.edition.model import Package
from pipeline.verification.evidence import Evidence
from pipeline.verification.singletons import singletons

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Verified:
    """What was checked, and what does not hold. Numbers here are of the publication, none is a count of women."""

    findings: tuple[Finding, ...]
    witnesses: int
    figures: int
    relations: int


def verify(packages: Sequence[Package], worlds: Worlds) -> Verified:
    """Checks the witnesses of the last of `packages`, oldest first, against all of them."""
    evidence = Evidence(packages, worlds)
    found = _unfit(evidence) or _unproved(evidence)
    count = len(next(iter(worlds.values()), ()))
    return Verified(tuple(sorted(found)), count - 1, len(evidence.shown), len(evidence.relations))


def _unfit(evidence: Evidence) -> set[Finding]:
    """Every world has the published values, keeps the lower bounds, and every sum and inequality."""
    published, found = evidence.published, set[Finding]()
    for named, (figure, edition) in evidence.shown.items():
        if named not in evidence.counted:
            found.add(Finding.of(evidence.place(figure.cell), "witness_missing"))
        elif (evidence.counted[named] != published.values[figure].get(edition, evidence.counted[named])).any():
            found.add(Finding.of(evidence.place(figure.cell), "witness_published"))
    promised = evidence.promised()
    for figure, values in evidence.value.items():
        seen = evidence.withheld.get(figure)
        sure = seen is not None and not published.zeros[seen.cell] and seen.measure in published.at_least_one(seen.cell)
        if (values < max(int(sure), evidence.joint.structure.least.get(figure, 0), promised.get(figure, 0))).any():
            found.add(Finding.of(evidence.place(figure.cell), "witness_lower"))
    for relation in evidence.relations:
        if not all(figure in evidence.value for figure in figures_of(relation)) or not _holds(relation, evidence):
            found.add(Finding.of(evidence.place(figures_of(relation)[0].cell), "witness_sums"))
    return found


def _holds(relation: Relation, evidence: Evidence) -> bool:
    """Whether every world keeps a relation; where records are known to be, there is a woman."""
    if isinstance(relation, AtMost):
        less, more = evidence.value[relation.lesser], evidence.value[relation.greater]
        most = sum(times * evidence.value[figure] for figure, times in relation.right)
        known = evidence.women_of(relation) and (more == more[0]).all()
        return bool((less <= most).all() and (less >= np.minimum(more, known)).all())
    total, parts = evidence.value[relation.total], np.array([evidence.value[part] for part in relation.parts])
    if isinstance(relation, Sum):
        return bool((total == parts.sum(axis=0)).all())
    surplus = evidence.value[relation.surplus]
    fits = (total >= parts.max(axis=0)) & (surplus >= 0) & (total + surplus == parts.sum(axis=0))
    return bool(fits.all())


def _unproved(evidence: Evidence) -> set[Finding]:
    """Every small group can be large, every withheld figure of one can differ, no group need share a trait."""
    found = set[Finding]()
    moved = DisjointSets(figure for figure, values in evidence.value.items() if (values != values[0]).any())
    for relation in evidence.relations:  # what no relation ties moves freely: each set has witnesses of its own
        moved.union(figures_of(relation))
    able: dict[Figure, list[tuple[Figure, Bools, Cell]]] = defaultdict(list)
    for figure, goal in evidence.small().items():
        value = evidence.value[figure]
        high = (value >= goal.least) | (goal.nothing & (value == 0))
        if not high.any():
            found.add(Finding.of(evidence.place(goal.near), "goal_unmet", number=goal.rule))
        elif figure in moved and not goal.nothing:
            able[moved.find(figure)].append((figure, high, goal.near))
    for named, figure in evidence.withheld.items():
        women = evidence.value.get(
            evidence.published.women(named.cell)
        )  # nobody counts them where a table has answers alone
        small = women is None or women[0] < evidence.published.threshold[figure.cell]
        if small and named not in moved:
            found.add(Finding.of(evidence.place(figure.cell), "goal_unmet", number=4))
    for woman in singletons(evidence):
        still: dict[Figure, Bools] = {}
        for figure in filter(moved.__contains__, woman.knows):
            each, same = moved.find(figure), evidence.value[figure] == evidence.value[figure][0]
            still[each] = still.get(each, same) & same
        for each, worlds in still.items():
            for figure, high, near in able[each]:
                if not woman.owns(figure) and not (high & worlds).any():
                    found.add(Finding.of(evidence.place(near), "goal_unmet", number=3))
    return found
