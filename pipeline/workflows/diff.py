"""`celosia diff`: two editions side by side, or the institute's folder beside the newest edition. Reads folders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.institute.plan import Plan
from pipeline.model.findings import Finding, PipelineError, stop
from pipeline.public.edition.model import DESCRIPTOR, Package
from pipeline.public.exports.changelog import Change, between
from pipeline.public.exports.differences import Difference, differences
from pipeline.workflows import editions, redefinitions
from pipeline.workflows.run import Tell


@dataclass(frozen=True)
class Compared:
    """Two editions, what is otherwise as a whole, and table by table."""

    before: Package
    now: Package
    change: Change
    tables: tuple[Difference, ...]


def of_editions(paths: Sequence[Path], published: Path, tell: Tell) -> Compared:
    """Compares two editions, drafts too, the older first; of one given, with the newest published edition before it.

    Raises PipelineError("package") where an edition cannot be read, or where there is none before it.
    """
    paths = [_edition(path) for path in paths]
    if len(paths) == 2:
        before, now = (editions.read([path], tell)[0] for path in paths)
    else:
        (now,) = editions.read(paths, tell)
        earlier = [path for path in editions.folders(published) if path.name != now.edition]
        older = [each for each in editions.read(earlier, tell) if editions.order(each) < editions.order(now)]
        if not older:
            raise stop("package", now.edition, "nothing_before")
        before = older[-1]
    tables = differences(before, now)
    return Compared(before, now, between(before, now, tables), tuple(tables))


def _edition(path: Path) -> Path:
    """The folder of an edition; of a folder that holds one edition alone, as that of a draft does, the one."""
    inside = [] if (path / DESCRIPTOR).exists() else editions.folders(path)
    return inside[0] if len(inside) == 1 else path


def of_institute(plan: Plan, published: Path, tell: Tell) -> tuple[Package, list[Finding]]:
    """The newest edition, and what the institute's folder defines otherwise than editions do: what would stop a
    publication, and what a refusal might be due to. Raises PipelineError("package") where there is no edition."""
    found = editions.read(editions.folders(published), tell)
    if not found:
        raise stop("package", str(published), "no_edition")
    stops: list[Finding] = []
    try:
        redefinitions.refuse(plan, found)
    except PipelineError as refused:
        stops += refused.findings
    return found[-1], [*stops, *redefinitions.differences(plan, found), *redefinitions.additions(plan, found[-1])]
