"""Published editions, read in their order, audited, and held against their witnesses. Reads folders."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from pipeline.confidential.private_files import office_copy
from pipeline.institute.plan import Edition
from pipeline.model import periods, witness_file
from pipeline.model.findings import Finding, PipelineError, stop
from pipeline.public.audit import audit as auditing
from pipeline.public.edition import publication, reader
from pipeline.public.edition.model import AUDIT, Package
from pipeline.verification import verify as verifying
from pipeline.workflows.run import Run, Tell


def folders(published: Path) -> list[Path]:
    """The folders of editions, staging folders of interrupted runs left out."""
    if not published.is_dir():
        return []
    found = (path for path in published.iterdir() if path.is_dir() and not path.name.startswith("."))
    return sorted(found, key=lambda path: periods.edition_order(path.name))


def read(paths: Sequence[Path], tell: Tell) -> list[Package]:
    """Any set of editions, oldest first, to be audited or verified; drafts too."""
    tell("read", editions=len(paths))
    return sorted(map(_sealed, paths), key=order)


def published(paths: Iterable[Path]) -> list[Package]:
    """Editions, oldest first. Raises PipelineError("package") where one of them is a draft, which is no edition, or lies in
    the folder of another."""
    read = {folder: _sealed(folder) for folder in paths}
    if elsewhere := [folder.name for folder, each in read.items() if folder.name != each.edition]:
        raise PipelineError("package", [Finding.of(name, "other_edition") for name in elsewhere])
    found = sorted(read.values(), key=order)
    if drafts := [each.edition for each in found if each.release.get("draft")]:
        raise PipelineError("package", [Finding.of(edition, "is_a_draft") for edition in drafts])
    return found


def around(run: Run, edition: Edition) -> tuple[list[Package], list[Package]]:
    """Every other edition that exists, before and after this one, oldest first. Raises PipelineError("package") where one of
    them is not what this office published, or is not there: beside another past nobody would be protected."""
    found = published(folder for folder in folders(run.published) if folder.name != edition.id)
    kept = {each.edition: office_copy.seal(run.raw, each.edition) for each in found}
    other = [p.edition for p in found if p.folder and kept[p.edition] not in ("", publication.seal_of(p.folder))]
    if other:
        raise PipelineError("package", [Finding.of(name, "edition_altered") for name in other])
    if gone := [name for name in office_copy.sealed(run.raw) if name not in {*kept, edition.id}]:
        raise PipelineError(
            "package", [Finding.of(name, "edition_gone", folder=str(run.published.name)) for name in gone]
        )
    here = periods.release_order(edition.published, edition.cut_off, edition.id)
    return [p for p in found if order(p) < here], [p for p in found if order(p) > here]


def to_show(where: Path) -> list[Package]:
    """Every edition, for a website of them. Raises PipelineError where there is none, or where together they tell too much."""
    found = published(folders(where))
    if not found:
        raise PipelineError("package", [Finding.of(str(where.name), "no_edition")])
    if exposures := auditing.contradictions(found):
        raise PipelineError("disclosure", [exposure.finding() for exposure in exposures])
    return found


def audit(found: Sequence[Package], tell: Tell) -> auditing.Audit:
    """Audits editions, without records and without the institute's folder."""
    tell("audit", editions=len(found))
    return auditing.audit(found)


def witnesses_of(raw: Path, edition: str) -> Path:
    """Where the office keeps the witnesses of an edition."""
    return office_copy.folder_of(raw, edition) / office_copy.WITNESSES


def verify(found: Sequence[Package], edition: str, path: Path, tell: Tell) -> verifying.Verified:
    """Checks the witnesses of an edition against its published files and those before it."""
    place = next((n for n, each in enumerate(found) if each.edition == edition), None)
    if place is None:
        there = ", ".join(each.edition for each in found)
        raise (
            stop("package", edition, "not_published", editions=there)
            if there
            else stop("package", edition, "no_edition")
        )
    worlds = witness_file.read(path)
    tell("verify", worlds=len(next(iter(worlds.values()), ())))
    return verifying.verify(found[: place + 1], worlds)


def _sealed(folder: Path) -> Package:
    """An edition that says what its audit found. Raises PipelineError("package")."""
    found = reader.read(folder)
    if found.certificate is None:
        raise stop("package", f"{folder.name}/{AUDIT}", "not_sealed")
    return found


def order(found: Package) -> tuple[object, ...]:
    return periods.release_order(str(found.release["published"]), str(found.release["cut_off"]), found.edition)
