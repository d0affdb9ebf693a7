"""Finds the numbers of a text that nobody has read, and that are neither a day, a period or a name, nor the institute's own words."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from pipeline import SITE
from tests.reader.document import NUMBER, Node, count
from tests.reader.notebook import Notebook, template

SAID = ("aria-label", "title", "alt", "content", "value", "placeholder", "data-value", "summary")
"""Attributes that say something to somebody."""
BLOCKS = {"p", "li", "td", "th", "dt", "dd", "h1", "h2", "h3", "h4", "caption", "summary", "figcaption"}
CALLS = ("tel:", "sms:", "https://wa.me")
INLINE = {"a", "em", "strong", "b", "i", "code", "span", "small", "br", "wbr"}
SILENT = {"script", "style", "code", "template", "svg"}
_NAMES = (r"\d{4}-\d\d(?:-\d\d)?", r"\d\d-\d\d-\d{4}", "SHA-256", r"^\s*\d\. ")
"""Days in figures, a method, the number of a heading."""
_THING = re.compile(
    r"https?://\S+|\S+@\S+|\b[\w./-]+\.(?:csv|xlsx|json|jsonld|zip|pdf|parquet|html|geojson|cff|md|ics|xml)\b|\b[0-9a-f]{16,}\b"
)


@cache
def corpus(folder: Path, language: str) -> tuple[str, frozenset[str]]:
    """The words of the institute and of the site, a space between two; and the texts that stand there by themselves."""
    files = [p for p in sorted(folder.rglob("*")) if p.suffix in (".yaml", ".md", ".csv")]
    files += [SITE / "texts" / f"{language}.yaml", SITE / "examples.yaml"]
    words: list[str] = []
    alone: set[str] = set()
    for path in files:
        text = re.sub(r"\]\([^)\s]*\)", "]", path.read_text(encoding="utf-8"))
        if path.suffix == ".csv":
            cells = [cell for row in csv.reader(text.splitlines()) for cell in row]
            alone |= {cell for cell in cells if count(cell) is None}
        else:
            cells = re.split(r"\n\s*\n|[|*_]{1,2}|^#+ |^\d\. |^- |^[\w ]+: ", text, flags=re.MULTILINE)
            alone.update(cells, leaves(yaml.safe_load(text) if path.suffix == ".yaml" else None))
        words += _words(" ".join([text.replace(",", ", ") if path.suffix == ".csv" else text]))
    return f" {' '.join(words)} ", frozenset(" ".join(_words(each)) for each in alone if len(each) > 2)


def _words(text: str) -> list[str]:
    return [word for word in (each.strip(".,:;") for each in re.findall(r"[\w.,:%°º/+-]+", text)) if word]


class Sweep:
    """Numbers that are no figure: days, periods, names of files, and those that the institute's own words hold."""

    def __init__(self, book: Notebook) -> None:
        self.book = book
        meaning = book.meaning
        self.corpus, self.alone = corpus(meaning.plan.folder, meaning.language)
        editions = [package.edition for package in meaning.packages]
        editions += [str(entry["edition"]) for entry in meaning.plan.facts.get("calendar", ())]
        years = sorted({str(package.release["published"])[:4] for package in meaning.packages})
        labels = sorted((*meaning.periods, *editions), key=len, reverse=True)
        lines = [str(line["number"]) for line in meaning.plan.facts.get("helplines", ())]
        catalogues = (*meaning.newest.catalogues.values(), *meaning.plan.catalogues.values())
        cells = (cell for c in catalogues for row in c.rows for cell in row.values())
        self.own = {*lines, *(" ".join(cell.split()).lstrip("+") for cell in cells if len(cell.split()) > 1)}
        """Telephones, and whole texts of a catalogue."""
        self.titles = [title for entry in meaning.charts.values() if NUMBER.search(title := meaning.title(entry))]
        """Names of charts that hold a number."""
        months = "|".join(meaning.words.month(n) for n in range(1, 13))
        day = template(meaning.words, "dates.day").pattern
        day = (
            day.replace("(?P<day>.+?)", r"\d{1,2}")
            .replace("(?P<month>.+?)", f"(?:{months})")
            .replace("(?P<year>.+?)", r"\d{4}")
        )
        self.named = re.compile(
            "|".join(
                [
                    day,
                    *_NAMES,
                    *(rf"(?<![\w,.]){re.escape(label)}(?![\w%])" for label in labels),
                    rf"\((?:{'|'.join(years)})\)",
                ]
            )
        )

    def left(self, text: str) -> list[str]:
        """The numbers of a text that nothing explains."""
        for title in self.titles:
            text = text.replace(title, " ")
        bare = self.named.sub(" ", _THING.sub(" ", " ".join(text.split())))
        if not NUMBER.search(bare) or " ".join(text.split()).lstrip("+") in self.own:
            return []
        words = _words(bare)
        if {" ".join(_words(text)), " ".join(words)} & self.alone:
            return []
        whole = _words(text)
        sure = {word for place, word in enumerate(whole) if self._stands(whole, place)}
        return [
            w for place, w in enumerate(words) if NUMBER.search(w) and w not in sure and not self._stands(words, place)
        ]

    def _stands(self, words: list[str], place: int) -> bool:
        """Whether a number has the same words around it in what the institute or the site says of itself."""
        begin = max(0, min(place - 2, len(words) - 5))
        some = words[begin : begin + 5]
        return len(some) > 3 and f" {' '.join(some)} " in self.corpus

    def page(self, root: Node) -> None:
        for link in root.all("a"):
            if link.attrs.get("href", "").startswith(CALLS):
                self._call(link)
        for node in root.unread():
            if node.tag in SILENT and node.attrs.get("type") != "application/ld+json":
                node.read = True
                continue
            below = list(node.walk())[1:]
            if node.tag in BLOCKS and all(each.tag in INLINE and not each.read for each in below):
                self.say(node.text)  # a sentence is read with the words in it that stand out
                for each in (node, *below):
                    each.inside = [child for child in each.inside if isinstance(child, Node)]
            self._texts(node)

    def _call(self, link: Node) -> None:
        """A telephone, and whose it is."""
        text = link.text
        for number in sorted(self.own, key=len, reverse=True):
            text = text.replace(number, " ")
        self.say(text)
        link.inside = []

    def _texts(self, node: Node) -> None:
        texts = [node.attrs[name] for name in SAID if name in node.attrs]
        if node.attrs.get("name") in ("viewport", "theme-color"):
            texts = []
        if node.attrs.get("type") == "application/ld+json":
            texts = [
                text for text in leaves(json.loads("".join(node.pieces()))) if not re.fullmatch(r"[\d.]+|\d\S*", text)
            ]
        else:
            texts.append(" ".join(p if isinstance(p, str) else " " for p in node.inside))
        for text in texts:
            self.say(text)

    def say(self, text: str) -> None:
        if unexplained := self.left(text):
            self.book.trouble(
                f"a number that nobody explains: {' '.join(unexplained)} in «{' '.join(text.split())[:90]}»"
            )


def leaves(told: Any) -> Iterator[str]:
    if isinstance(told, Mapping):
        for value in told.values():
            yield from leaves(value)
    elif isinstance(told, list):
        for value in told:
            yield from leaves(value)
    else:
        yield str(told)
