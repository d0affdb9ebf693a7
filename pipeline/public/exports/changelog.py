"""What each edition changed, for programs (JSON), people (Markdown), feed readers (Atom) and calendars (ICS).

In: editions as any reader sees them, oldest first, facts of the institute, words. Out: values and texts. Pure.
Everything is worked out from published figures: a figure counts as revised where both editions show it and differ.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any
from weakref import WeakKeyDictionary
from xml.etree import ElementTree

from pipeline.institute.written import Facts
from pipeline.model import periods
from pipeline.public.edition.model import OBS, PERIOD, Package
from pipeline.public.exports.differences import Difference, differences
from pipeline.public.exports.prose import plain
from pipeline.public.presentation import routes
from pipeline.wording.texts import Texts

ATOM = "http://www.w3.org/2005/Atom"


@dataclass(frozen=True)
class Change:
    """One edition against the one before it. `revised`: table → figures that both show and that differ."""

    edition: str
    version: str
    published: str
    cut_off: str
    previous: str | None
    amends: str | None
    note: Mapping[str, str]
    periods_added: tuple[str, ...]
    periods_removed: tuple[str, ...]
    tables_added: tuple[str, ...]
    tables_removed: tuple[str, ...]
    tables_changed: tuple[str, ...]
    labels_changed: Mapping[str, Mapping[str, Mapping[str, tuple[str, str]]]]
    """Code list → code → language → its label before and now."""
    revised: Mapping[str, int]
    now_withheld: int
    now_shown: int
    cells: int
    withheld: int


def changes(packages: Sequence[Package]) -> list[Change]:
    """The changes of every edition, newest first."""
    pairs = zip([None, *packages], packages, strict=False)
    return [_since(then, now) for then, now in pairs][::-1]


_KNOWN: WeakKeyDictionary[Package, WeakKeyDictionary[Package, Change]] = WeakKeyDictionary()
"""What editions that are at hand changed: an edition stays as it was read, and every page and file asks for all of them."""


def _since(then: Package | None, now: Package) -> Change:
    """What one edition changed of the one before it, worked out once."""
    known = _KNOWN.setdefault(now, WeakKeyDictionary())
    before = then or now  # the first one changed nothing
    if before not in known:
        known[before] = between(then, now, differences(then, now) if then else ())
    return known[before]


def between(then: Package | None, now: Package, tables: Sequence[Difference]) -> Change:
    """One edition against the one before it, of which `tables` are the differences."""
    before: tuple[list[str], list[str]] = (_periods(then), [*then.tables]) if then else ([], [])
    codes, (periods_before, tables_before) = _periods(now), before
    return Change(
        edition=now.edition,
        version=str(now.descriptor["version"]),
        published=str(now.release["published"]),
        cut_off=str(now.release["cut_off"]),
        previous=then.edition if then else None,
        amends=str(now.release["amends"]) if now.release.get("amends") else None,
        note=dict(now.release.get("note") or {}),
        periods_added=_beyond(codes, periods_before) if then else (),
        periods_removed=_beyond(periods_before, codes),
        tables_added=_beyond(now.tables, tables_before) if then else (),
        tables_removed=_beyond(tables_before, now.tables),
        tables_changed=tuple(each.table for each in tables if each.columns),
        labels_changed=_labels(now, then) if then else {},
        revised={each.table: len(each.revised) for each in tables if each.revised},
        now_withheld=sum(each.hidden for each in tables),
        now_shown=sum(each.opened for each in tables),
        cells=sum(len(table.frame) for table in now.tables.values()),
        withheld=sum(int((table.frame[OBS] == "Q").sum()) for table in now.tables.values()),
    )


def _beyond(names: Iterable[str], others: Collection[str]) -> tuple[str, ...]:
    """The names that are not among the others, in their order."""
    return tuple(name for name in names if name not in others)


def _periods(package: Package) -> list[str]:
    used = {code for table in package.tables.values() for code in table.frame[PERIOD]}
    return [str(code) for code in package.codes[PERIOD].sort_values("order")["code"] if code in used]


def _labels(now: Package, then: Package) -> dict[str, dict[str, dict[str, tuple[str, str]]]]:
    """The labels of codes that both editions have and that read otherwise; those of periods are the site's own words."""
    found: dict[str, dict[str, dict[str, tuple[str, str]]]] = {}
    for name in (name for name in now.codes if name in then.codes and name != PERIOD):
        before = then.codes[name].set_index("code")
        languages = [str(column) for column in now.codes[name] if column not in ("code", "parent", "parts", "order")]
        for row in now.codes[name].to_dict("records"):
            code = str(row["code"])
            if code not in before.index:
                continue
            was = {language: str(before.at[code, language]) for language in languages if language in before}
            if other := {each: (label, str(row[each])) for each, label in was.items() if label != row[each]}:
                found.setdefault(name, {})[code] = other
    return found


def as_json(packages: Sequence[Package]) -> dict[str, Any]:
    """The changelog for programs."""
    return {"editions": [asdict(change) for change in changes(packages)]}


def said(change: Change, packages: Sequence[Package], words: Texts) -> list[str]:
    """One edition's changes in sentences."""
    known = {name: words.of(table.title) for package in packages for name, table in package.tables.items()}

    def listed(names: Sequence[str]) -> str:
        return "; ".join(known[name] for name in names)

    lines = [words.of(change.note)] if change.note.get(words.language) else []
    if change.amends:
        lines.append(words("changes.amends", edition=change.amends))
    if change.previous is None:
        lines.append(words("changes.first"))
    for key in ("periods_added", "periods_removed"):
        if codes := getattr(change, key):
            lines.append(words(f"changes.{key}", list=_span(codes, words)))
    for key in ("tables_added", "tables_removed", "tables_changed"):
        if names := getattr(change, key):
            lines.append(words(f"changes.{key}", list=listed(names)))
    lines += _relabelled(
        change, next((each for each in packages if each.edition == change.edition), packages[-1]), words
    )
    if change.revised:
        total = words.number(sum(change.revised.values()))
        lines.append(words("changes.revised", count=total, list=listed(list(change.revised))))
    elif change.previous:
        lines.append(words("changes.revised_none"))
    for key in ("now_withheld", "now_shown"):
        if count := getattr(change, key):
            lines.append(words(f"changes.{key}", count=words.number(count)))
    share = words.percent(change.withheld / max(change.cells, 1), 1)
    lines.append(
        words("changes.withheld", withheld=words.number(change.withheld), cells=words.number(change.cells), share=share)
    )
    return lines


def _relabelled(change: Change, now: Package, words: Texts) -> list[str]:
    """The labels that changed, by the tables that they stand in; where one was that of another code before, that figures are
    not to be mistaken."""
    lines, taken = [], False
    for name, codes in change.labels_changed.items():
        told, was = [], {code: by[words.language][0] for code, by in codes.items() if words.language in by}
        for code, before in was.items():
            after = codes[code][words.language][1]
            others = [other for other, label in was.items() if label == after]
            taken |= bool(others)
            if others:
                told.append(words("changes.label_of_other", code=code, before=before, now=after, other=others[0]))
            else:
                told.append(words("changes.label", code=code, before=before, now=after))
        if told:
            tables = [table for table in now.tables.values() if any(each.codes == name for each in table.dimensions)]
            titles = "; ".join(words.of(table.title) for table in tables)
            lines.append(words("changes.labels", tables=titles, list="; ".join(told)))
    return [*lines, words("changes.by_code")] if taken else lines


def _span(codes: Sequence[str], words: Texts) -> str:
    """The coarsest periods in words; months only where no quarter or year of theirs is listed too."""
    kept = []
    for code in codes:
        months = set(periods.months_of(code))
        if not any(months < set(periods.months_of(other)) for other in codes):
            kept.append(words.period(code))
    return "; ".join(kept)


def as_markdown(packages: Sequence[Package], words: Texts) -> str:
    """The changelog for people."""
    blocks = [f"# {words('changes.title')}\n\n{words('changes.intro')}\n"]
    for change in changes(packages):
        heading = words("changes.edition", edition=change.edition, date=words.day(change.published))
        blocks.append(
            "\n".join([f"## {heading}", "", *(f"- {plain(line)}" for line in said(change, packages, words)), ""])
        )
    return "\n".join(blocks)


def as_atom(packages: Sequence[Package], facts: Facts, words: Texts, own: str) -> bytes:
    """A feed with an entry per edition. `own`: the feed's own address."""
    ElementTree.register_namespace("", ATOM)
    feed = ElementTree.Element(f"{{{ATOM}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": words.language})

    def add(parent: ElementTree.Element, tag: str, text: str = "", **attributes: str) -> ElementTree.Element:
        element = ElementTree.SubElement(parent, f"{{{ATOM}}}{tag}", attributes)
        element.text = text or None
        return element

    listed = changes(packages)
    add(feed, "title", words("files.catalogue", publisher=words.of(facts["name"])))
    add(feed, "id", own)
    add(feed, "link", rel="self", href=own, type="application/atom+xml")
    add(feed, "link", rel="alternate", href=facts["url"], type="text/html")
    add(feed, "updated", f"{listed[0].published}T00:00:00Z")
    author = add(feed, "author")
    add(author, "name", words.of(facts["name"]))
    add(author, "email", facts["email"])
    add(feed, "rights", words.of(facts["licence"]["title"]))
    for change in listed:
        base = routes.file(facts["url"], change.edition)
        entry = add(feed, "entry")
        add(entry, "title", words("changes.edition", edition=change.edition, date=words.day(change.published)))
        add(entry, "id", base)
        add(entry, "link", rel="alternate", href=facts["url"] + routes.OPEN_DATA, type="text/html")
        add(entry, "link", rel="enclosure", href=f"{base}{facts['id']}-{change.edition}.zip", type="application/zip")
        add(entry, "published", f"{change.published}T00:00:00Z")
        add(entry, "updated", f"{change.published}T00:00:00Z")
        add(entry, "summary", " ".join(said(change, packages, words)), type="text")
    ElementTree.indent(feed, " ")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ElementTree.tostring(feed, encoding="unicode")}\n'.encode()


def as_ics(packages: Sequence[Package], facts: Facts, words: Texts) -> bytes:
    """The release calendar (RFC 5545): editions that are out, and the dates that institute.yaml announces."""
    host = facts["url"].split("//")[1].split("/")[0]
    stamp = str(packages[-1].release["published"]).replace("-", "")
    name = words("changes.calendar_name", publisher=words.of(facts["name"]))
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//{_escaped(words.of(facts['short_name']))}//Celosia//{words.language.upper()}",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"NAME:{_escaped(name)}",
        f"X-WR-CALNAME:{_escaped(name)}",
    ]
    out = {package.edition for package in packages}
    events = [(str(p.release["published"]), p.edition, "calendar_done") for p in packages]
    events += [(e["date"], e["edition"], "calendar") for e in facts.get("calendar", ()) if e["edition"] not in out]
    for day, edition, key in events:
        after = (date.fromisoformat(day) + timedelta(days=1)).isoformat()
        lines += [
            "BEGIN:VEVENT",
            f"UID:{edition}@{host}",
            f"DTSTAMP:{stamp}T000000Z",
            f"DTSTART;VALUE=DATE:{day.replace('-', '')}",
            f"DTEND;VALUE=DATE:{after.replace('-', '')}",
            f"SUMMARY:{_escaped(words(f'changes.{key}', edition=edition))}",
            f"URL:{facts['url']}{routes.OPEN_DATA}",
            f"STATUS:{'CONFIRMED' if key == 'calendar_done' else 'TENTATIVE'}",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line)).encode()


def _escaped(text: str) -> str:
    one = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return "\\n".join(one.splitlines())


def _folded(line: str) -> list[str]:
    """Lines of at most 75 octets, as the standard asks, never cut inside a character."""
    found, at = [""], 0
    for character in line:
        size = len(character.encode())
        if at + size > 75:
            found.append(" ")
            at = 1
        found[-1] += character
        at += size
    return found
