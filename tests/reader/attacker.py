"""What the pages say, given to the attacker of the audit beside all published figures."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from unittest.mock import patch

from pipeline.model.cells import AtMost, Cell, Figure
from pipeline.public.audit import audit as auditing
from pipeline.public.audit.audit import Exposure, audit
from pipeline.public.audit.constraints import propagate
from pipeline.public.audit.linked_editions import Joint, Published, Vintages, join
from pipeline.public.edition.model import Package
from tests.reader.claims import Claim, Row

SAID = "said#~"
"""Record type of the constants that a page gives; the ~ tells the audit that they are no group of women."""


def told(claims: Iterable[Claim], values: Mapping[Figure, int | None]) -> list[Claim]:
    """Claims about a figure that the edition does not show."""
    return [claim for claim in claims if any(values.get(figure) is None for figure in claim.figures)]


def wrong(claims: Iterable[Claim], values: Mapping[Figure, int | None]) -> list[Claim]:
    """Claims about published figures that these do not bear out."""
    known = {figure: value for figure, value in values.items() if value is not None}
    return [claim for claim in claims if all(f in known for f in claim.figures) and not claim.holds(known)]


def exposed(packages: Sequence[Package], claims: Iterable[Claim]) -> set[Exposure]:
    """What a reader who knows the claims as well finds by any rule of the audit."""
    rows = [row for claim in claims for row in claim.rows]
    newest = packages[-1].edition

    def joined(published: Published, vintages: Vintages) -> Joint:
        joint = join(published, vintages)
        _tell(joint, rows, lambda figure: vintages.named(figure, newest))
        return joint

    with patch.object(auditing, "join", joined):
        return set(audit(packages).exposures)


def _tell(joint: Joint, rows: Iterable[Row], named: Callable[[Figure], Figure]) -> None:
    """Adds inequalities to what a reader knows."""
    sums = [relation for relation in joint.structure.relations if not isinstance(relation, AtMost)]
    known = propagate(sums, joint.known)
    for row in rows:
        terms = [(times, named(figure)) for times, figure in row.terms]
        least = row.least - sum(times * known[figure] for times, figure in terms if figure in known)
        unknown = [(times, figure) for times, figure in terms if figure not in known]
        for relation in _relations(unknown, least):
            for figure in (relation.lesser, *(each for each, _ in relation.right)):
                if figure.cell.records == SAID:
                    joint.known[figure] = int(figure.measure)
            joint.structure.add(relation)


def _relations(terms: Sequence[tuple[int, Figure]], least: int) -> Iterator[AtMost]:
    """Σ times · figure ≥ least."""
    if len(terms) == 1:
        times, figure = terms[0]
        if times > 0 and least > 0:
            yield AtMost(_constant(math.ceil(least / times)), figure)
        elif times < 0:
            yield AtMost(figure, _constant(math.floor(least / times)))
    elif terms:
        (times, first), *others = terms
        if least > 0:
            yield AtMost(_constant(least), first, times, tuple((figure, more) for more, figure in others))
        else:
            rest = tuple((figure, more) for more, figure in others)
            yield AtMost(_constant(0), first, times, (*rest, (_constant(1), -least)))


def _constant(value: int) -> Figure:
    return Figure(Cell(SAID), str(value))
