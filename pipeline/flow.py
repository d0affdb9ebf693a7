"""The diagram as code. A newcomer reads this first.

publish: ingest → validate → count → protect → package (staging) → audit (staging + earlier editions) → swap
pages:   read editions → charts → pages (Markdown) → mkdocs es, en → website

Publishing needs the records; everything after it is built from published files alone. A run that stops, for whatever
reason, leaves the earlier publication as it was: nothing is in its place before the last rename.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from pipeline import SITE
from pipeline.confidential.private_files import office_copy
from pipeline.institute.plan import Plan
from pipeline.model import exchange
from pipeline.public.edition import publication
from pipeline.workflows import candidates, editions, last_gate, records, redefinitions, signing
from pipeline.workflows.candidates import Published
from pipeline.workflows.run import Run, Tell


def publish(run: Run, tell: Tell) -> Published:
    """Publishes one edition, or stops with a PipelineError and leaves the editions that there are as they were."""
    into = candidates.drafts(run) if run.draft else run.published
    key = signing.key(run)
    with records.accepted(run, tell) as accepted, publication.lock(into):  # ingest, validate
        if run.draft:
            exchange.recover(into / run.edition)
        delivery = accepted.compared()
        earlier, later = editions.around(run, accepted.edition)
        signing.check([*earlier, *later], run.plan)
        redefinitions.refuse(run.plan, earlier)
        past = accepted.history(run.plan, accepted.edition, earlier)  # count
        said = accepted.quality(run.plan, accepted.edition, earlier)
        staging = candidates.Staging(into, later, said, run.texts, draft=bool(run.draft), sign=key)
        choice, staged = candidates.first_safe(run, past, staging, tell)  # protect, package, audit
        try:
            # Whatever may fail comes before the swap: what has been published is not denied.
            accounts = accepted.accounts(choice)
            private = accepted.private(past, choice, staged.protection, accounts, delivery)
            unchanged = run.again and not run.draft
            tell("swap_draft" if run.draft else "swap")
            folder = publication.swap(staged.folder, into, run.edition, draft=bool(run.draft))
        finally:
            shutil.rmtree(staged.folder, ignore_errors=True)
        if not run.draft:
            tell("office")
            try:
                office_copy.keep(run.raw, run.edition, private, publication.seal_of(folder))
            except OSError:
                tell("no_private_report")
    return Published(folder, unchanged, accepted.records, accounts, staged.protection, staged.audit)


def build_site(plan: Plan, published: Path, output: Path, tell: Tell) -> Path:
    """Builds the website from the published files alone, and returns its folder."""
    from pipeline.public.site import build  # what draws charts takes a second to load, and no other step needs it

    def progress(step: str, done: int, of: int) -> None:
        tell(step, done=done, of=of)

    found = editions.to_show(published)
    signing.check(found, plan)

    def gate(built: Path) -> None:
        tell("leaks")
        last_gate.site(built, plan, found)

    return build.build(found, plan, site=SITE, output=output / "html", progress=progress, gate=gate)
