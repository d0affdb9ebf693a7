"""The diagram as code. A newcomer reads this first.

publish: ingest → validate → count → protect → package (staging) → audit (staging + earlier editions) → swap
pages:   read editions → charts → pages (Markdown) → mkdocs es, en → website

Publishing needs the records; everything after it is built from published files alone. A run that stops, for whatever
reason, leaves the earlier publication as it was: nothing is in its place before the last rename.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pipeline import SITE
from pipeline.confidential.deliveries import plausibility, quality
from pipeline.confidential.intake.ingest import Records
from pipeline.confidential.late_records import hold
from pipeline.confidential.late_records.compared import Rows
from pipeline.confidential.private_files import edition_files
from pipeline.confidential.protection import feasible, table_redesign
from pipeline.confidential.protection.protect import Protection, protect
from pipeline.confidential.storage.workspace import Store
from pipeline.confidential.suppression.suppress import TRIAL
from pipeline.confidential.tabulation.count import count
from pipeline.confidential.tabulation.engines import Engine, engine
from pipeline.confidential.tabulation.recount import Recount
from pipeline.confidential.validation.rules import Verdict, accepted, refused, refused_until
from pipeline.institute.plan import PERIOD, Edition, Plan
from pipeline.model import periods, witness_file
from pipeline.model.cells import Counts
from pipeline.model.findings import Finding, PipelineError, stop
from pipeline.public.audit import audit as auditing
from pipeline.public.edition import metadata, package
from pipeline.public.edition.model import Package
from pipeline.synthetic import generator as samples
from pipeline.verification import verify as verifying
from pipeline.wording import texts as words
from pipeline.wording.texts import Texts
from pipeline.workflows import made_up_records, redefinitions
from pipeline.workflows.check import check, refuse
from pipeline.workflows.revisions import Choice, Foretold, History

Tell = Callable[..., None]
"""Progress: `tell(step, **facts)`; only `cli` turns it into words."""


@dataclass(frozen=True)
class Accounting:
    """Where every row of one record type went: read = counted + later + held + rejected. A row may break several rules.

    held: rows that wait, since they would change published `periods`; kept: rows of the last edition that are counted in
    their place, beside those read; waiting: kind of change → how many wait.
    """

    read: int
    counted: int
    later: int
    rejected: int
    refused: Mapping[str, int]
    """Rule → rows that break it."""
    recoded: Mapping[str, int]
    """Column → values that matched nothing and took the code that sources.yaml gives for that."""
    held: int = 0
    kept: int = 0
    periods: tuple[str, ...] = ()
    waiting: Mapping[str, int] = field(default_factory=dict)

    def without(self, waiting: hold.Waiting | None) -> Accounting:
        """The same with some of what was counted held."""
        if waiting is None:
            return self
        return replace(
            self,
            counted=self.counted - waiting.rows,
            held=waiting.rows,
            kept=waiting.kept,
            periods=waiting.periods,
            waiting=waiting.kinds,
        )


@dataclass(frozen=True)
class Published:
    """What a run of `publish` did. `folder` is where the edition is; `unchanged` if it was there already."""

    folder: Path
    unchanged: bool
    records: Mapping[str, Records]
    accounting: Mapping[str, Accounting]
    protection: Protection
    audit: auditing.Audit


def sample(plan: Plan, raw: Path, *, seed: int, rows: int, force: bool = False) -> dict[str, int]:
    """Writes synthetic records into `raw`, in the form in which the institute's own files come."""
    drawn = samples.sample(plan, seed=seed, rows=rows, habits=samples.read_habits(plan))
    written = samples.delivered(plan, drawn, seed=seed)
    content = {
        raw / _written_to(plan, name): frame.to_csv(index=False, lineterminator="\n").encode()
        for name, frame in written.items()
    }
    if not force:
        kept = [path for path, text in content.items() if path.exists() and path.read_bytes() != text]
        if kept:
            raise PipelineError("records", [Finding.of(path.name, "would_overwrite") for path in kept])
    raw.mkdir(parents=True, exist_ok=True)
    for path, text in content.items():
        path.write_bytes(text)
    return {path.name: text.count(b"\n") - 1 for path, text in content.items()}


def _written_to(plan: Plan, resource: str) -> str:
    """The file of a sample: the first that the institute describes, if that is a CSV."""
    pattern = plan.sources[resource].origins[0].pattern
    if not pattern.endswith(".csv"):
        raise PipelineError("plan", [Finding.of(f"sources.yaml:{resource}.files", "sample_is_csv")])
    return pattern.replace("*", "")


def publish(
    plan: Plan,
    raw: Path,
    published: Path,
    edition_id: str,
    texts: Mapping[str, Texts],
    tell: Tell,
    *,
    effort: str = "normal",
    quarantine: float = 0.0,
    master: str = "",
    keep: bool = False,
    draft: Path | None = None,
    accept: plausibility.Acceptance | None = None,
) -> Published:
    """Publishes one edition, or stops with a PipelineError and leaves `published` as it was.

    `master` is the address of a Spark cluster that counts, empty for DuckDB; `keep` leaves the private records there.
    `draft`: a folder in which the edition is written instead, as a draft that takes the place of an earlier one and of
    which nothing is kept beside the records; what `accept` names may differ from the last delivery.
    """
    into = _drafts(draft, published, edition_id) if draft else published
    with Store(keep=keep) as store:
        edition = plan.edition(edition_id)
        records, verdict = check(plan, raw, store, tell, set_aside=quarantine > 0, cut_off=edition.cut_off)
        refuse(records, verdict, quarantine)
        compared = plausibility.delivery(records, verdict, plan, edition, raw, store)
        delivery = compared.report(accept or plausibility.accepted_before(raw, edition.id))
        accounting = {each: _account(found, verdict, plan, edition, store) for each, found in records.items()}
        with package.lock(into):
            earlier, later = _editions(published, edition)
            with engine(master, store) as counting:

                def recount(tables: Plan, rows: Mapping[str, Rows]) -> Counts:
                    tell("count", tables=len(tables.tables))
                    return _count(records, tables, edition, counting, rows)

                redefinitions.refuse(plan, earlier)
                told = plan.at(edition)
                past = History(told, edition, earlier, _desk(records, store, verdict), recount)
                again = (published / edition.id).is_dir()
                said = _quality(records, verdict, plan, edition, store, earlier)
                for choice in past.choices(raw, again=again):
                    try:
                        tell("protect")
                        protection = _protected(past, choice, effort)
                        staged = _written(past, protection, told, into, later, said, texts, tell, bool(draft))
                        break
                    except PipelineError as error:
                        if error.kind != "disclosure" or choice.last:
                            raise _advised(error, told, earlier) from None
                        tell("held")
            try:
                # Whatever may fail comes before the swap: what has been published is not denied.
                waiting = choice.waiting
                accounting = {each: account.without(waiting.get(each)) for each, account in accounting.items()}
                private = edition_files.Private(
                    {each: vars(account) for each, account in accounting.items()},
                    staged.protection,
                    effort,
                    refused(verdict, store),
                    past.desk.all(choice.rows, edition.cut_off),
                    edition.cut_off,
                    past.desk.entries(choice.changes, choice.held),
                    {each: told.kinds for each, told in waiting.items()},
                    delivery,
                )
                if not raw.is_dir():  # the ledger of this edition would be lost, by which the next one is protected
                    raise stop("records", raw.name, "records_gone")
                tell("swap")
                if draft:
                    shutil.rmtree(into / edition.id, ignore_errors=True)
                folder = package.swap(staged.folder, into, edition.id)
            finally:
                shutil.rmtree(staged.folder, ignore_errors=True)
        if draft:
            return Published(folder, False, records, accounting, staged.protection, staged.audit)
        tell("office")
        try:
            edition_files.keep(raw, edition.id, private)
        except OSError:
            tell("no_private_report")
        return Published(folder, again, records, accounting, staged.protection, staged.audit)


def _desk(records: Mapping[str, Records], store: Store, verdict: Verdict) -> Callable[[Plan], hold.Desk]:
    """What looks up what changed since earlier editions, once it is known which tables there are."""
    return lambda plan: hold.Desk(records, plan, store, verdict.refused)


def _count(
    records: Mapping[str, Records], plan: Plan, edition: Edition, counting: Engine, rows: Mapping[str, Rows]
) -> Counts:
    """Counts the tables of a plan over the given rows of each record type."""
    taken = {each: replace(records[each], path=told.path) for each, told in rows.items()}
    return count(taken, plan, edition, counting, {each: told.out for each, told in rows.items() if told.out})


def _drafts(draft: Path, published: Path, edition: str) -> Path:
    """The folder of drafts. Raises PipelineError("package") where it is among what is published, or holds an edition of
    that name that is no draft."""
    if draft.resolve().is_relative_to(published.resolve()):
        raise stop("package", str(draft), "draft_among_editions")
    if (draft / edition).exists() and not package.read(draft / edition).release.get("draft"):
        raise stop("package", edition, "not_a_draft")
    return draft


def _advised(error: PipelineError, plan: Plan, earlier: Sequence[Package]) -> PipelineError:
    """A refusal with what could be given up, and with what is defined otherwise than in the edition before."""
    findings = [table_redesign.advised(finding, plan) for finding in error.findings]
    if error.kind == "disclosure" and any(finding.rule.startswith("no_safe_way") for finding in findings):
        findings += redefinitions.differences(plan, earlier)
    return PipelineError(error.kind, findings, {"explain": {}} if _of_tables(error) else {})


@dataclass(frozen=True)
class _Staged:
    folder: Path
    protection: Protection
    audit: auditing.Audit


def _protected(past: History, choice: Choice, effort: str) -> Protection:
    return protect(choice.counts, past.plan, past.edition, choice.published, effort, choice.vintages, choice.before)


def _written(
    past: History,
    protection: Protection,
    plan: Plan,
    published: Path,
    later: Sequence[Package],
    said: Mapping[str, Any],
    texts: Mapping[str, Texts],
    tell: Tell,
    draft: bool,
) -> _Staged:
    """Writes, audits and verifies what is protected; raises PipelineError and leaves nothing."""
    edition, earlier = past.edition, past.earlier
    staging = package.stage(published)
    try:
        tell("package")
        tables = metadata.tables(protection.masked, plan, edition.cut_off)
        staged = package.write(
            staging,
            tables=tables,
            codes=metadata.codes(plan, edition, texts),
            release=metadata.release(plan, edition, tables, earlier[-1] if earlier else None, said, draft=draft),
            publisher=metadata.publisher(plan),
            catalogues=tuple(plan.catalogues.values()),
            shapes=tuple(plan.shapes.values()),
        )
        tell("audit", editions=len(earlier) + len(later) + 1)
        audit = _audited(earlier, staged, later)
        tell("verify", worlds=len(protection.witnesses))
        # Whatever is published can be verified ever after, by whoever has the witnesses.
        if found := verifying.verify([*earlier, staged], protection.worlds).findings:
            raise PipelineError("disclosure", found)
        package.seal(staging, audit.certificate())
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    return _Staged(staging, protection, audit)


def _audited(earlier: Sequence[Package], staged: Package, later: Sequence[Package]) -> auditing.Audit:
    """The audit of an edition and those before it. Raises PipelineError when it, or those after it, expose somebody."""
    # What the certificate says does not depend on what came after; safety does.
    audit = auditing.audit([*earlier, staged])
    exposures = {*audit.exposures, *(auditing.audit([*earlier, staged, *later]).exposures if later else ())}
    if exposures:
        raise PipelineError("disclosure", [exposure.finding() for exposure in exposures])
    return audit


@dataclass(frozen=True)
class Explained:
    """What protection would withhold, and the changes that were tried.

    `protection` is None where the edition cannot be published as it stands, and `reasons` says why; `way` is then what
    can be published, None where nothing can; `attempts`: how many ways were tried; `foretold`: what would become of what
    changed of published periods.
    """

    protection: Protection | None
    trials: Sequence[table_redesign.Trial]
    reasons: Sequence[Finding] = ()
    way: feasible.Way | None = None
    attempts: int = 0
    foretold: Sequence[Foretold] = ()


def explain(
    plan: Plan,
    raw: Path,
    published: Path,
    edition_id: str,
    tell: Tell,
    *,
    effort: str = "quick",
    tables: Sequence[str] = (),
    most: int = 0,
    quarantine: float = 0.0,
) -> Explained:
    """Protects without publishing. Tries changes of the named tables, or of as many as `most` that withhold most; where
    the edition cannot be published, looks for the nearest that can."""
    asked = bool(tables or most)
    with Store() as store, engine("", store) as counting:
        edition = plan.edition(edition_id)
        records, verdict = check(plan, raw, store, tell, set_aside=quarantine > 0, cut_off=edition.cut_off)
        refuse(records, verdict, quarantine)
        earlier, later = _editions(published, edition)
        redefinitions.refuse(plan, earlier)

        def counted(changed: Plan, rows: Mapping[str, Rows]) -> Counts:
            return _count(records, changed, changed.edition(edition.id), counting, rows)

        tell("count", tables=len(plan.at(edition).tables))
        kept = Recount(counted, edition.id)
        again = (published / edition.id).is_dir()
        desk = _desk(records, store, verdict)

        def tried(changed: Plan, now: Edition, effort: str, only: str = "") -> _Tried:
            """Protects as `publish` goes, without the audit."""
            past = History(changed.at(now), now, earlier, desk, kept)
            for sure in past.choices(raw, again=again):
                try:
                    if only:
                        vintages = tuple(each for each in sure.vintages if each.records == only)
                        mine = past.plan.only(only)
                        found = protect(sure.counts, mine, now, sure.published, effort, vintages, sure.before)
                    else:
                        found = _protected(past, sure, effort)
                    return _Tried(past, sure, found)
                except PipelineError as error:
                    if error.kind != "disclosure" or sure.last:
                        raise
            raise AssertionError("the last choice is protected or raises")

        def staged(changed: Plan, done: _Tried) -> None:
            """Writes, audits and verifies an edition aside. Raises PipelineError."""
            now = done.past.edition
            said = _quality(records, verdict, changed, now, store, earlier)
            texts = words.load(SITE / "texts", changed.languages)
            (store.folder / "trial").mkdir(exist_ok=True)
            aside = _written(
                done.past, done.protection, changed.at(now), store.folder / "trial", later, said, texts, tell, True
            )
            shutil.rmtree(aside.folder, ignore_errors=True)

        tell("protect")
        try:
            base = tried(plan, edition, effort)
            if asked:
                staged(plan, base)
        except PipelineError as error:
            refused = _advised(error, plan.at(edition), earlier)
            if not asked or not _of_tables(error):
                raise refused from None
            way, attempts = _searched(plan, edition, effort, tried, staged, tell)
            return Explained(None, (), refused.findings, way, attempts)
        named = list(tables) or list(table_redesign.shares(base.protection))[:most]

        def progress(done: int, of: int) -> None:
            tell("trials", done=done, of=of)

        def recount(changed: Plan) -> Counts:
            return counted(changed, base.choice.rows)

        told: dict[str, set[str]] = {}
        for table in (table for each in earlier for table in each.tables.values()):
            told.setdefault(table.id, set()).update(table.frame[PERIOD])
        trials = table_redesign.trials(
            recount,
            base.choice.counts,
            base.past.plan,
            edition,
            base.choice.published,
            base.protection,
            named,
            effort,
            progress,
            told,
            base.choice.vintages,
            base.choice.before,
        )
        return Explained(base.protection, trials, foretold=tuple(base.choice.foretold()))


@dataclass(frozen=True)
class _Tried:
    """An edition that was protected and not published."""

    past: History
    choice: Choice
    protection: Protection


def _of_tables(error: PipelineError) -> bool:
    """Whether what stops an edition is what its tables tell; else other tables would not help."""
    rules = {finding.rule for finding in error.findings}
    tables = ("unprotectable", "exposed_", "goal_unmet", "witness_")
    return error.kind == "disclosure" and all(rule.startswith(tables) for rule in rules)


def _searched(
    plan: Plan,
    edition: Edition,
    effort: str,
    tried: Callable[..., _Tried],
    staged: Callable[[Plan, _Tried], None],
    tell: Tell,
) -> tuple[feasible.Way | None, int]:
    """What can be published, and in how many attempts it was found; what is found is written, audited and verified."""

    def named(error: PipelineError) -> set[str]:
        return feasible.tables_of([finding.where for finding in error.findings], plan)

    def attempt(way: feasible.Way, resource: str) -> set[str] | None:
        try:
            tried(*way.applied(plan, edition), TRIAL, resource)
        except PipelineError as error:
            return named(error)
        return None

    way, attempts = feasible.find(plan, edition, attempt, lambda done: tell("ways", done=done))
    while way:
        changed, now = way.applied(plan, edition)
        try:
            staged(changed, tried(changed, now, effort))
            break
        except PipelineError as error:
            way = feasible.further(way, plan, edition, named(error))
    return way, attempts


def read(folders: Sequence[Path], tell: Tell) -> list[Package]:
    """Any set of editions, oldest first, to be audited or verified; drafts too."""
    tell("read", editions=len(folders))
    return sorted(map(_sealed, folders), key=_order)


def _sealed(folder: Path) -> Package:
    """An edition that says what its audit found. Raises PipelineError("package")."""
    found = package.read(folder)
    if found.certificate is None:
        raise stop("package", f"{folder.name}/{package.AUDIT}", "not_sealed")
    return found


def audit(found: Sequence[Package], tell: Tell) -> auditing.Audit:
    """Audits editions, without records and without the institute's folder."""
    tell("audit", editions=len(found))
    return auditing.audit(found)


def witnesses_of(raw: Path, edition: str) -> Path:
    """Where the office keeps the witnesses of an edition."""
    return edition_files.folder_of(raw, edition) / edition_files.WITNESSES


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


def verify_records(plan: Plan, raw: Path, published: Path, edition_id: str, tell: Tell) -> made_up_records.Reached:
    """Looks for made-up records that give the same publication with a small withheld cell large. Needs the records that the
    edition was published from; writes a private file only."""
    with Store() as store, engine("", store) as counting:
        edition = plan.edition(edition_id)
        records, verdict = check(plan, raw, store, tell, set_aside=True, cut_off=edition.cut_off)
        refuse(records, verdict, 1.0)
        earlier, _ = _editions(published, edition)

        def recount(tables: Plan, rows: Mapping[str, Rows]) -> Counts:
            tell("count", tables=len(tables.tables))
            return _count(records, tables, edition, counting, rows)

        past = History(plan.at(edition), edition, earlier, _desk(records, store, verdict), recount)
        *_, choice = past.choices(raw, again=True)
        packages = [*earlier, *_read([published / edition.id])]
        return made_up_records.Case(past.plan, edition, packages, records, choice, store, counting).examine(raw, tell)


def build_pages(plan: Plan, published: Path, output: Path, tell: Tell) -> Path:
    """Builds the website from the published files alone."""
    from pipeline.public.site import build  # what draws charts takes a second to load, and no other step needs it

    found = _read(edition_folders(published))
    if not found:
        raise PipelineError("package", [Finding.of(str(published.name), "no_edition")])
    if exposures := auditing.contradictions(found):
        raise PipelineError("disclosure", [exposure.finding() for exposure in exposures])

    def progress(step: str, done: int, of: int) -> None:
        tell(step, done=done, of=of)

    return build.build(found, plan, site=SITE, output=output / "html", progress=progress)


def review(plan: Plan) -> list[Finding]:
    """What whoever builds the website still has to confirm, fill in, translate or link."""
    from pipeline.public.presentation import review as reviewing

    return reviewing.review(plan)


def edition_folders(published: Path) -> list[Path]:
    """The folders of editions, staging folders of interrupted runs left out."""
    if not published.is_dir():
        return []
    found = (path for path in published.iterdir() if path.is_dir() and not path.name.startswith("."))
    return sorted(found, key=lambda path: periods.edition_order(path.name))


def _read(folders: Iterable[Path]) -> list[Package]:
    """Editions, oldest first. Raises PipelineError("package") where one of them is a draft, which is no edition, or lies in
    the folder of another."""
    read = {folder: _sealed(folder) for folder in folders}
    if elsewhere := [folder.name for folder, each in read.items() if folder.name != each.edition]:
        raise PipelineError("package", [Finding.of(name, "other_edition") for name in elsewhere])
    found = sorted(read.values(), key=_order)
    if drafts := [each.edition for each in found if each.release.get("draft")]:
        raise PipelineError("package", [Finding.of(edition, "is_a_draft") for edition in drafts])
    return found


def _order(found: Package) -> tuple[object, ...]:
    return periods.release_order(str(found.release["published"]), str(found.release["cut_off"]), found.edition)


def _editions(published: Path, edition: Edition) -> tuple[list[Package], list[Package]]:
    """Every other edition that exists, before and after this one, oldest first."""
    found = _read(folder for folder in edition_folders(published) if folder.name != edition.id)
    here = periods.release_order(edition.published, edition.cut_off, edition.id)
    return [p for p in found if _order(p) < here], [p for p in found if _order(p) > here]


def _account(found: Records, verdict: Verdict, plan: Plan, edition: Edition, store: Store) -> Accounting:
    periods_of = accepted(found, verdict, plan, store)
    later = sum(count for value, count in periods_of.items() if periods.is_after(value, edition.cut_off))
    return Accounting(
        read=found.rows,
        counted=sum(periods_of.values()) - later,
        later=later,
        rejected=verdict.bad[found.resource],
        refused=verdict.rules[found.resource],
        recoded=found.recoded_until(),
    )


def _quality(
    records: Mapping[str, Records],
    verdict: Verdict,
    plan: Plan,
    edition: Edition,
    store: Store,
    earlier: Sequence[Package],
) -> Mapping[str, Any]:
    """What may be told of the records up to the cut-off of the edition, after what the editions before it told."""
    true = {}
    for name, found in records.items():
        rejected, rules = refused_until(found, verdict, plan, store, edition.cut_off)
        true[name] = quality.Account(rejected, rules, found.recoded_until(edition.cut_off))
    told = [(str(each.release["cut_off"]), each.release["quality"]) for each in earlier if each.release.get("quality")]
    same = [block for cut_off, block in told if cut_off == edition.cut_off]
    return quality.protect(true, plan, [block for _, block in told], same)
