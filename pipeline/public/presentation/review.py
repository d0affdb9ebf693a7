"""What whoever builds the site still has to do: facts that nobody confirmed, what is empty, untranslated, linked from nowhere.

In: the Plan. Out: findings, which stop nothing: a site may be built with them, and its readers see no note of them. Looks at
the names of the files in the institute's folder of recordings.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pipeline.institute.plan import HELP, MEDIA, RELEASES, Page, Plan
from pipeline.model.findings import Finding
from pipeline.model.reference_data import ADDRESSES, CONFIRMED, OF_A_SERVICE, SERVICES, Catalogue, offices
from pipeline.public.presentation import routes

_OF_AN_OFFICE = ("telephone", "address", "hours", "directions", "access")
_A_YEAR = 366
"""Days after which somebody should look again at what was confirmed."""
PRIVACY = "aviso-de-privacidad.md"
"""The page that says what becomes of what is recorded."""
_A_SENTENCE = 4
"""Words from which on the same in two languages is no name, but something that was not translated."""


def review(plan: Plan) -> dict[str, list[Finding]]:
    """Everything that is left: `owed`, `unconfirmed`, `empty`, `untranslated`, `unlinked` → findings in the order of the files; a
    kind of which nothing is left is not there."""
    kinds = {
        "owed": owed,
        "unconfirmed": _unconfirmed,
        "empty": _empty,
        "untranslated": _untranslated,
        "unlinked": _unlinked,
    }
    found = {kind: sorted(set(look(plan))) for kind, look in kinds.items()}
    return {kind: findings for kind, findings in found.items() if findings}


def owed(plan: Plan) -> Iterator[Finding]:
    """The pages that every site owes and this one has not."""
    first = plan.languages[0]
    there = {page.path for page in plan.pages.get(first, ())}
    if (method := routes.markdown(routes.METHOD)) not in there:
        yield Finding.of(f"pages/{first}/{method}", "no_method_page")
    if PRIVACY not in there:
        yield Finding.of(f"pages/{first}/{PRIVACY}", "no_privacy_page")
    if not any(page.meta.get("section") == "ayuda" and page.path != HELP for page in plan.pages.get(first, ())):
        yield Finding.of(f"pages/{first}/seguridad.md", "no_safety_page")


def _pages(plan: Plan) -> Iterator[tuple[str, Page]]:
    """Every page of the institute with its file."""
    for language, pages in (*plan.pages.items(), *plan.other_pages.items()):
        for page in pages:
            yield f"pages/{language}/{page.path}", page


def _rows(catalogue: Catalogue) -> Iterator[tuple[str, int]]:
    """(row by its file and key, its number from 0)."""
    for number, row in enumerate(catalogue.rows):
        yield f"catalogues/{catalogue.name}.csv:{catalogue.named(row)}", number


def _unconfirmed(plan: Plan) -> Iterator[Finding]:
    facts, language = plan.facts, plan.languages[0]
    asked = [("help", n, each.get("confirm"), each["says"][language]) for n, each in enumerate(facts.get("help", ()))]
    lines = enumerate(facts.get("helplines", ()))
    asked += [("helplines", n, each.get("confirm"), each["number"]) for n, each in lines]
    for name, number, confirm, what in asked:
        if confirm:
            yield Finding.of(f"institute.yaml:{name}.{number}", "unconfirmed", what=what)
    for where, page in _pages(plan):
        if page.meta.get("confirm"):
            yield Finding.of(where, "unconfirmed")
    for catalogue in plan.catalogues.values():
        for where, number in _rows(catalogue):
            row = catalogue.rows[number]
            if not catalogue.confirmed(row):
                by, on = (next((c.name for c in catalogue.columns if c.role == role), role) for role in CONFIRMED)
                yield Finding.of(where, "unconfirmed_row", by=by, on=on)
            elif (said := catalogue.told(row, CONFIRMED[1], "")) and _days(said, plan) > _A_YEAR:
                yield Finding.of(where, "confirmed_long_ago", date=said)


def _days(said: str, plan: Plan) -> int:
    """Days from a confirmation to the newest edition: the clock of the machine decides nothing."""
    return (date.fromisoformat(plan.editions[-1].published) - date.fromisoformat(said)).days


def _empty(plan: Plan) -> Iterator[Finding]:
    places = offices(plan.catalogues)
    if places is None:
        yield Finding.of("catalogues.package.yaml", "no_offices")
    if not plan.facts.get("help"):
        yield Finding.of("institute.yaml:help", "no_claims")
    for catalogue, roles in ((places, _OF_AN_OFFICE), (plan.catalogues.get(SERVICES), OF_A_SERVICE)):
        if catalogue is None:
            continue
        for role in roles:
            if not catalogue.has(role):
                yield Finding.of(f"catalogues.package.yaml:resources.{catalogue.name}", "no_role", name=role)
        for where, number in _rows(catalogue):
            row = catalogue.rows[number]
            for column in catalogue.columns:
                if column.role in roles and not row[column.name]:
                    yield Finding.of(where, "empty_fact", name=column.name)
            if catalogue is places and not any(
                catalogue.told(row, role, "") for role in ("whatsapp", "sms", *ADDRESSES)
            ):
                yield Finding.of(where, "no_silent_channel")
    for where, page in _pages(plan):
        if not page.body.strip():
            yield Finding.of(where, "empty_page")


def _untranslated(plan: Plan) -> Iterator[Finding]:
    first, *others = plan.languages
    said = {page.path: page.body.strip() for page in plan.pages.get(first, ())}
    for language in others:
        for page in plan.pages.get(language, ()):
            if len(page.body.split()) >= _A_SENTENCE and page.body.strip() == said.get(page.path):
                yield Finding.of(f"pages/{language}/{page.path}", "same_words", language=first)
        for catalogue in plan.catalogues.values():
            for where, number in _rows(catalogue):
                for name, text in catalogue.rows[number].items():
                    twin = catalogue.rows[number].get(f"{name.removesuffix(f'_{first}')}_{language}")
                    if name.endswith(f"_{first}") and twin == text and len(text.split()) >= _A_SENTENCE:
                        yield Finding.of(where, "same_words_in", name=name, language=language)
    yield from _ways(plan)


def _ways(plan: Plan) -> Iterator[Finding]:
    """Languages and ways of reading in which the help page is not."""
    where = f"pages/*/{HELP}"
    if not any(page.path == HELP for pages in plan.other_pages.values() for page in pages):
        yield Finding.of(where, "no_other_language")
    versions = [page for _, page in _pages(plan) if page.path == HELP or page.meta.get("version_of") == HELP]
    if not any(page.meta.get("version_of") for page in versions):
        yield Finding.of(where, "no_easy_reading")
    recordings = [each for page in versions for each in page.meta.get("media", ())]
    if not any(not each.get("signed") for each in recordings):
        yield Finding.of(where, "no_recording")
    if not any(each.get("signed") for each in recordings):
        yield Finding.of(where, "no_signed_recording")


def _unlinked(plan: Plan) -> Iterator[Finding]:
    known = {page.path for page in plan.pages.get(plan.languages[0], ())} | {HELP}
    for language, pages in plan.other_pages.items():
        for page in pages:
            if page.path not in known:
                yield Finding.of(f"pages/{language}/{page.path}", "nothing_leads_here")
    editions = {edition.id for edition in plan.editions}
    for language, page in _pages(plan):
        name = page.path.removesuffix(".md")
        if name.startswith(RELEASES) and name.removeprefix(RELEASES).partition(".")[0] not in editions:
            yield Finding.of(f"pages/{language}/{page.path}", "nothing_leads_here")
    for folder in sorted((plan.folder / "pages").glob("*")):
        if folder.is_dir() and folder.name not in {*plan.languages, *plan.other_pages}:
            yield Finding.of(f"pages/{folder.name}", "language_not_listed")
    used = {
        each[key]
        for _, page in _pages(plan)
        for each in page.meta.get("media", ())
        for key in ("file", "captions")
        if key in each
    }
    for path in sorted((plan.folder / MEDIA).glob("*")):
        if path.name not in used:
            yield Finding.of(f"{MEDIA}/{path.name}", "unused_recording")
