"""What whoever answers for an edition reads, prints and signs: one page, kept beside the records for their owner. I/O.

It may be sent by e-mail: every number on it is one that the edition publishes, as it publishes it. Of the records it says no
more than that, not even whether any were refused or wait; of the office, who accepted what, and why.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2

from pipeline import SITE
from pipeline.confidential.private_files import office_copy
from pipeline.public.edition import reader
from pipeline.public.edition.model import SUMS
from pipeline.public.presentation import received, review
from pipeline.public.presentation.edition_view import View
from pipeline.wording.texts import Texts
from pipeline.workflows.candidates import Published
from pipeline.workflows.run import Run

MUCH = 0.25
"""Share of withheld cells from which on a table is worth another look."""


@dataclass(frozen=True)
class Row:
    """A table of the edition: its cells, how many are withheld, and how many of them were revised since the edition before."""

    title: str
    cells: int
    withheld: int
    revised: int

    @property
    def share(self) -> float:
        return self.withheld / max(self.cells, 1)


def content(run: Run, done: Published, language: str) -> dict[str, Any]:
    """What the page says, as values, in a language or, where the institute has it not, in its first: nothing of it comes from the records but what the edition tells of them."""
    words = run.texts.get(language) or run.texts[run.plan.languages[0]]
    package = reader.read(done.folder)
    view = View([package], run.plan, words, done.folder)
    told = package.release["tables"]
    return {
        "name": words.of(run.plan.facts["name"]),
        "edition": package.edition,
        "amends": str(package.release.get("amends", "")),
        "cut_off": words.period(str(package.release["cut_off"])),
        "published": words.day(str(package.release["published"])),
        "sums": hashlib.sha256((done.folder / SUMS).read_bytes()).hexdigest(),
        "audited": ", ".join(done.audit.editions),
        "exposures": len(done.audit.exposures),
        "accounts": received.accounts(view),
        "rows": [
            Row(words.of(table.title), *(int(told[id][key]) for key in ("cells", "withheld", "revised")))
            for id, table in view.tables.items()
        ],
        "accepted": office_copy.report(run.raw, package.edition).get("accepted"),
        "owed": list(review.owed(run.plan)),
        "left": sum(map(len, review.review(run.plan).values())),
    }


def page(said: Mapping[str, Any], advice: list[str], say: Texts) -> str:
    """The page: HTML by itself, with nothing that is fetched, to read, to print and to sign."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(SITE / "templates"), autoescape=True, undefined=jinja2.StrictUndefined
    )
    return environment.get_template("signed.html.j2").render(said=said, advice=advice, t=say, language=say.language)


def keep(raw: Path, edition: str, made: str) -> Path:
    """Writes the page beside the other private files of the edition. Raises OSError."""
    return office_copy.keep_page(raw, edition, made.encode())
