"""Whether editions are signed as their institute says, and with what the next one is signed. Reads folders."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pipeline.institute.plan import Plan
from pipeline.model import regular_files
from pipeline.model.findings import Finding, PipelineError, of_the_system, stop
from pipeline.public.edition import signatures
from pipeline.public.edition.model import SIGNATURE, Package
from pipeline.workflows.run import Run

MOST_BYTES = 1 << 16
"""Bytes of a file of public keys."""


def key(run: Run) -> Path | None:
    """The private key that signs the edition of a run; None where it is not signed, as a draft never is.

    Raises PipelineError("plan") where one is needed and none given, where one is given and the institute names no public key,
    and where the key lies among what is published or may come to be.
    """
    public = signatures.key_of(run.edition, run.plan.facts.get("signing", ()))
    if run.draft or (public is None and run.sign is None):
        return None
    if run.sign is None:
        raise stop("plan", "institute.yaml:signing", "sign_needed", edition=run.edition)
    if public is None:
        raise stop("plan", "institute.yaml:signing", "sign_unnamed", edition=run.edition)
    private = run.sign.resolve()
    if any(private.is_relative_to(folder.resolve()) for folder in (run.published, run.plan.folder, run.raw)):
        raise stop("plan", "--sign", "sign_place")
    return private


def check(found: Iterable[Package], plan: Plan) -> None:
    """Raises PipelineError("package") where an edition lacks the signature that its institute names a key for, or has another."""
    named = plan.facts.get("signing", ())
    keys = [(each, signatures.key_of(each.edition, named)) for each in found]
    _refuse((each, signatures.signers([key])) for each, key in keys if key is not None)


def check_by(found: Iterable[Package], file: Path) -> None:
    """The same of every edition, with the public keys of a file. Raises PipelineError("system") where there is no reading it."""
    try:
        allowed = regular_files.read(file, MOST_BYTES, links=True).decode("utf-8", "replace")
    except OSError as error:
        raise of_the_system(error, file.name) or stop("plan", "--signers", "unreadable") from None
    _refuse((each, allowed) for each in found)


def _refuse(found: Iterable[tuple[Package, str]]) -> None:
    wrong = []
    for each, allowed in found:
        assert each.folder is not None
        if not each.signed:
            wrong.append(Finding.of(f"{each.edition}/{SIGNATURE}", "signature_missing"))
        elif not signatures.is_signed(each.folder, allowed):
            wrong.append(Finding.of(f"{each.edition}/{SIGNATURE}", "signature_of_another"))
    if wrong:
        raise PipelineError("package", wrong)
