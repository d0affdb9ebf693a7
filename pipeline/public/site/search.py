"""The search over the built pages: one small file per language that knows which word stands on which page.

A reader writes as she speaks: without accents, with a typing error, with words that no office uses. Words are kept as they
are typed without accents; beside them stand synonyms, words that people ask → words that pages use, from site/texts and
from the institute's synonyms.yaml. What finds and ranks is site/assets/search.js, in the reader's own browser.
In: a folder of built pages, texts, synonyms. Out: `assets/search-<language>.js` inside it. Touches files.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

from pipeline.wording.texts import Texts

_WORD = re.compile(r"[a-z0-9]+")
_HEADINGS = ("h1", "h2", "h3")
_FIGURES = re.compile(r'<(svg|pre|script)\b.*?</\1>|<table class="data data--full.*?</table>', re.DOTALL)
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_COMMON = 0.6
"""A word that stands on more than this share of the pages, and in no title or heading, finds none of them."""
_FEW = 20
"""With fewer pages than this no word stands on too many."""
WEIGHTS = {"help": 6.0, "servicios": 3.0, "cifras": 1.6, "transparencia": 1.4, "datos": 1.2, "table": 1.0, "": 2.0}
"""What a page counts for by its part of the site: help before services, words before tables."""
TITLE, HEADING, TEXT = 0, 1, 2
"""Where on a page a word stands; the first place counts."""


@dataclass(frozen=True)
class Shadow:
    """What finds one page: words of its title, of its description and other headings, of its text; each word once."""

    language: str
    section: str
    title: str
    description: str
    words: Mapping[str, int]
    """Word → TITLE, HEADING or TEXT."""


def words_of(text: str) -> list[str]:
    """The words of a text as a search compares them: no accents, no capitals, numbers too."""
    plain = unicodedata.normalize("NFD", text)
    return _WORD.findall("".join(sign for sign in plain if not unicodedata.combining(sign)).casefold())


def shadow(page: str) -> Shadow | None:
    """The shadow of a page of HTML, or None for a page that is not to be found."""
    reader = _TextOf()
    reader.feed(_FIGURES.sub(" ", page))  # never searched, and slow to read as HTML
    if not reader.headings:
        return None
    title, *headings = (" ".join("".join(part).split()) for part in reader.headings)
    found: dict[str, int] = {}
    for place, text in (
        (TITLE, title),
        (HEADING, f"{reader.description} {' '.join(headings)}"),
        (TEXT, "".join(reader.text)),
    ):
        for word in words_of(text):
            found.setdefault(word, place)
    return Shadow(reader.language, reader.section, title, reader.description, found)


@dataclass
class _Open:
    tag: str
    inside: bool
    heading: bool


@dataclass
class _TextOf(HTMLParser):
    """Collects what stands inside `data-search-body` and not inside `data-search-ignore`."""

    language: str = ""
    section: str = ""
    description: str = ""
    headings: list[list[str]] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    path: list[_Open] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "html":
            self.language = given.get("lang") or ""
        elif tag == "meta" and given.get("name") == "description":
            self.description = given.get("content") or ""
        if tag in _VOID:
            self.text.append(" ")
            return
        self.section = given.get("data-section") or self.section
        inside = "data-search-body" in given or bool(self.path and self.path[-1].inside)
        inside = inside and "data-search-ignore" not in given
        heading = inside and tag in _HEADINGS
        if heading:
            self.headings.append([])
        self.path.append(_Open(tag, inside, heading or bool(self.path and self.path[-1].heading)))

    def handle_endtag(self, tag: str) -> None:
        while self.path and self.path.pop().tag != tag:
            pass
        self.text.append(" ")

    def handle_data(self, data: str) -> None:
        if self.path and self.path[-1].inside:
            (self.headings[-1] if self.path[-1].heading else self.text).append(data)


def data(
    pages: Sequence[tuple[str, Shadow]], words: Texts, own: Mapping[str, str], help_page: str
) -> dict[str, object]:
    """What the search of one language knows. `pages`: address from the root of the site → shadow; `own`: the institute's
    synonyms.

    `words` and `at` go together: of each word, the pages as differences from one to the next, each with its place as the
    remainder by 3, in base 36.
    """
    on: dict[str, list[tuple[int, int]]] = {}
    for number, (_, made) in enumerate(pages):
        for word, place in made.words.items():
            on.setdefault(word, []).append((number, place))
    drop = set(words_of(words("search.drop")))
    kept = {
        word: there
        for word, there in sorted(on.items())
        if word not in drop
        and (len(pages) < _FEW or len(there) <= _COMMON * len(pages) or min(place for _, place in there) < TEXT)
    }
    return {
        "pages": [[name, made.title, made.description, WEIGHTS[_kind(name, made, help_page)]] for name, made in pages],
        "words": " ".join(kept),
        "at": ";".join(map(_places, kept.values())),
        "same": synonyms(words, own),
        "drop": " ".join(sorted(drop)),
        "help": next((number for number, (name, _) in enumerate(pages) if name.endswith(help_page)), -1),
    }


def _kind(name: str, made: Shadow, help_page: str) -> str:
    if made.section == "ayuda":
        return "help" if name.endswith(help_page) else "servicios"
    return "table" if re.search(r"(^|/)tablas/(?!index)", name) else made.section if made.section in WEIGHTS else ""


def synonyms(words: Texts, own: Mapping[str, str]) -> list[list[str]]:
    """[words asked, by commas; words that pages use; 1 where the help page comes first], those of the institute last.

    A line of site/texts is `asked, asked = said`; one whose key begins with `help_` leads to the help page.
    """
    found = []
    for key, line in words.words.items():
        if key.startswith("synonyms."):
            asked, _, said = line.partition("=")
            found.append([_plain(asked), _plain(said), "1" if key.startswith("synonyms.help_") else ""])
    return found + [[_plain(asked), _plain(said), ""] for asked, said in own.items()]


def _plain(listed: str) -> str:
    return ",".join(" ".join(words_of(part)) for part in listed.split(","))


def _places(there: Iterable[tuple[int, int]]) -> str:
    last, told = 0, []
    for number, place in there:
        told.append(_base36(3 * (number - last) + place))
        last = number
    return ",".join(told)


def _base36(number: int) -> str:
    signs = "0123456789abcdefghijklmnopqrstuvwxyz"
    more, last = divmod(number, 36)
    return (_base36(more) if more else "") + signs[last]


def index(built: Path, texts: Mapping[str, Texts], own: Mapping[str, Mapping[str, str]], help_page: str) -> None:
    """Writes `built`/assets/search-<language>.js, one per language of the site."""
    found: dict[str, list[tuple[str, Shadow]]] = {language: [] for language in texts}
    for path in sorted(built.rglob("*.html")):
        made = shadow(path.read_text("utf-8"))
        if made and made.language in found:
            found[made.language].append((path.relative_to(built).as_posix(), made))
    for language, pages in found.items():
        content = data(pages, texts[language], own.get(language, {}), help_page)
        packed = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        (built / "assets" / f"search-{language}.js").write_text(f"celosia.found({packed});\n", encoding="utf-8")
