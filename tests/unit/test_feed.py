"""Changelog, feed, calendar, sitemap, robots: what each edition changed, told to people and to programs."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from pipeline.public.edition.model import Package
from pipeline.public.exports import changelog
from tests import editions
from tests.derived import Derived, derived

__all__ = ["derived"]

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def corrected(tmp_path: Path) -> list[Package]:
    """Three editions: a quarter; one more quarter and table; a correction of one figure, one now withheld, one shown."""
    first = editions.table(
        "periodo area | servicios usuarias\n2025-T1 _T | 40 20\n2025-T1 a | c c\n2025-T1 b | c c", id="areas"
    )
    more = "periodo area | servicios usuarias\n2025-T1 _T | 40 20\n2025-T1 a | c c\n2025-T1 b | c c\n"
    second = editions.table(f"{more}2025-T2 _T | 50 30\n2025-T2 a | 30 20\n2025-T2 b | 20 12", id="areas")
    other = editions.table("periodo | servicios usuarias\n2025-T1 | 40 20\n2025-T2 | 50 30", id="totales")
    fixed = "periodo area | servicios usuarias\n2025-T1 _T | 41 20\n2025-T1 a | 21 11\n2025-T1 b | 20 10\n"
    third = editions.table(f"{fixed}2025-T2 _T | 50 30\n2025-T2 a | c c\n2025-T2 b | c c", id="areas")
    return [
        editions.written(tmp_path / "a", first, name="2025-T1"),
        editions.written(tmp_path / "b", second, other, name="2025-T2"),
        editions.written(tmp_path / "c", third, other, name="2025-T2.1"),
    ]


def test_changes_say_what_was_added_revised_withheld_and_shown(corrected: list[Package]) -> None:
    third, second, first = changelog.changes(corrected)
    assert (first.previous, first.periods_added, first.tables_added) == (None, (), ())
    assert second.periods_added == ("2025-T2",)
    assert second.tables_added == ("totales",)
    assert second.revised == {}
    assert third.revised == {"areas": 1}
    assert (third.now_withheld, third.now_shown) == (2, 2)
    assert third.version == "1.20252.1"


def test_a_figure_that_became_withheld_is_counted_and_never_quoted(corrected: list[Package]) -> None:
    program = json.dumps(changelog.as_json(corrected))
    assert '"now_withheld": 2' in program
    now = changelog.as_json(corrected)["editions"][0]
    assert 30 not in [value for value in now.values() if isinstance(value, int)]


def test_the_changelog_is_told_in_both_languages(corrected: list[Package], derived: Derived) -> None:
    for language, word in (("es", "Tablas nuevas: totales."), ("en", "New tables: totales.")):
        text = changelog.as_markdown(corrected, derived.texts[language])
        assert word in text
        assert text.index("2025-T2.1") < text.index("2025-T1,")


def test_changes_of_the_committed_editions_agree_with_their_release_notes(derived: Derived) -> None:
    for change, package in zip(changelog.changes(derived.packages), reversed(derived.packages), strict=True):
        notes = package.release["tables"]
        assert change.cells == sum(t["cells"] for t in notes.values())
        assert change.withheld == sum(t["withheld"] for t in notes.values())
        assert change.revised == {name: t["revised"] for name, t in notes.items() if t["revised"]}


@pytest.mark.parametrize(("name", "language"), [("atom.xml", "es"), ("atom.en.xml", "en")])
def test_the_feed_has_an_entry_per_edition_newest_first(derived: Derived, name: str, language: str) -> None:
    feed = ElementTree.parse(derived.folder / name).getroot()
    assert feed.get("{http://www.w3.org/XML/1998/namespace}lang") == language
    ids = [entry.findtext(f"{ATOM}id") for entry in feed.iter(f"{ATOM}entry")]
    assert ids == [f"{derived.url}datos/{p.edition}/" for p in reversed(derived.packages)]
    assert feed.findtext(f"{ATOM}updated") == f"{derived.newest.release['published']}T00:00:00Z"
    for entry in feed.iter(f"{ATOM}entry"):
        (file,) = (link.get("href") for link in entry.iter(f"{ATOM}link") if link.get("rel") == "enclosure")
        assert (derived.folder / str(file).removeprefix(f"{derived.url}datos/")).is_file()
        assert len(entry.findtext(f"{ATOM}summary") or "") > 40


def test_the_calendar_holds_past_and_coming_editions(derived: Derived) -> None:
    data = (derived.folder / "calendario.ics").read_bytes()
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    text = data.decode().replace("\r\n ", "")
    assert text.startswith("BEGIN:VCALENDAR\r\n")
    assert text.endswith("END:VCALENDAR\r\n")
    events = [
        dict(line.split(":", 1) for line in e.split("\r\n") if ":" in line) for e in text.split("BEGIN:VEVENT")[1:]
    ]
    found = {event["UID"].partition("@")[0]: event["DTSTART;VALUE=DATE"] for event in events}
    expected = {p.edition: p.release["published"] for p in derived.packages}
    expected |= {entry["edition"]: entry["date"] for entry in derived.plan.facts["calendar"]}
    assert found == {edition: day.replace("-", "") for edition, day in expected.items()}


def test_robots_and_sitemap_lead_to_every_file(derived: Derived) -> None:
    robots = (derived.folder.parent / "robots.txt").read_text(encoding="utf-8")
    assert f"Sitemap: {derived.url}datos/sitemap.xml" in robots
    assert "Disallow: /" not in robots
    root = ElementTree.parse(derived.folder / "sitemap.xml").getroot()
    places = {e.text for e in root.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")}
    files = {
        f"{derived.url}datos/{path.relative_to(derived.folder).as_posix()}"
        for package in derived.packages
        for path in (derived.folder / package.edition).rglob("*")
        if path.is_file()
    }
    assert places == files


def test_frames_with_other_columns_are_told_as_changed(tmp_path: Path, derived: Derived) -> None:
    one = editions.table("periodo area | servicios usuarias\n2025 _T | 40 20\n2025 a | 40 20", id="areas")
    two = editions.table("periodo | servicios usuarias\n2025 | 40 20", id="areas")
    packages = [editions.written(tmp_path / "a", one, name="2025-T3"), editions.written(tmp_path / "b", two)]
    found = changelog.changes(packages)
    assert found[0].tables_changed == ("areas",)
    assert found[0].revised == {}
    assert derived.texts["es"]("changes.tables_changed", list="areas") in changelog.said(
        found[0], packages, derived.texts["es"]
    )
