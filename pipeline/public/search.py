"""The search over the built pages: Pagefind, given of each page no more than finds it.

Pagefind keeps every place at which every word stands, and half of a page is words like «de» and «la»: on a slow phone
its index would weigh more than the whole budget. It is given a shadow of each page instead: title and headings as they
are, then every other word once, without those that stand on many pages and so find none. A result shows the page's own
description, so no excerpt is missed.
In: a folder of built pages. Out: `pagefind/` inside it. Touches files.
"""

from __future__ import annotations

import gzip
import html
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path

import zopfli.gzip

from pipeline.errors import stop

_WORD = re.compile(r"(?=\S*[^\W\d_])[^\W_][\w’'-]+")
"""Two letters or more; a number alone finds nothing that is meant."""
_HEADINGS = ("h1", "h2", "h3")
_FIGURES = re.compile(r'<(svg|pre|script)\b.*?</\1>|<table class="data data--full.*?</table>', re.DOTALL)
_FEW = 20
"""With fewer pages than this no word stands on too many."""
_SHORT = 3
"""Letters of a word that joins others (de, por, las, the, and)."""
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_ENTRY = "pagefind-entry.json"


@dataclass(frozen=True)
class Shadow:
    """What finds one page: words of its `headings` in order, and its other `words`, each without repetition."""

    language: str
    title: str
    description: str
    headings: tuple[tuple[str, ...], ...]
    words: tuple[str, ...]

    def without(self, common: Set[str]) -> Shadow:
        return replace(
            self,
            headings=tuple(
                tuple(word for word in words if len(word) > _SHORT or word not in common) for words in self.headings
            ),
            words=tuple(word for word in self.words if word not in common),
        )

    def html(self) -> str:
        """A page of HTML for Pagefind. What a result shows is given as filters: they come with it but are not indexed."""
        heads = "".join(f"<h{min(n, 2)}>{_text(words)}</h{min(n, 2)}>" for n, words in enumerate(self.headings, 1))
        return (
            f'<!doctype html><html lang="{self.language}"><body data-pagefind-body>'
            f'<p data-pagefind-filter="title[data-said]" data-said="{html.escape(self.title)}"></p>'
            f'<p data-pagefind-filter="description[data-said]" data-said="{html.escape(self.description)}"></p>'
            f"{heads}<p>{_text(self.words)}</p></body></html>"
        )


def _text(words: Iterable[str]) -> str:
    return html.escape(" ".join(words))


def shadow(page: str) -> Shadow | None:
    """The shadow of a page of HTML, or None for a page that is not to be found."""
    reader = _Reader()
    reader.feed(_FIGURES.sub(" ", page))  # never searched, and slow to read as HTML
    if not reader.headings:
        return None
    text = "".join(reader.text)
    told = [" ".join("".join(part).split()) for part in reader.headings]
    headings = tuple(tuple(dict.fromkeys(_words(part))) for part in told)
    known = {word for words in headings for word in words}
    return Shadow(
        language=reader.language,
        title=told[0],
        description=reader.description,
        headings=headings,
        words=tuple(word for word in dict.fromkeys(_words(text)) if word not in known),
    )


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]


@dataclass
class _Open:
    tag: str
    inside: bool
    heading: bool


@dataclass
class _Reader(HTMLParser):
    """Collects what stands inside `data-pagefind-body` and not inside `data-pagefind-ignore`."""

    language: str = ""
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
        inside = "data-pagefind-body" in given or bool(self.path and self.path[-1].inside)
        inside = inside and "data-pagefind-ignore" not in given
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


def telling(shadows: Mapping[Path, Shadow]) -> dict[Path, Shadow]:
    """The same shadows without the words that stand on more than an eighth of the pages of their language.

    A title or heading keeps such a word unless it is short: it may be what the page is about.
    """
    pages = Counter(made.language for made in shadows.values())
    on: dict[str, Counter[str]] = {language: Counter() for language in pages}
    for made in shadows.values():
        on[made.language].update({*made.words, *(word for words in made.headings for word in words)})
    common = {
        language: {word for word, number in on[language].items() if 8 * number > count >= _FEW}
        for language, count in pages.items()
    }
    return {path: made.without(common[made.language]) for path, made in shadows.items()}


def index(built: Path, work: Path) -> None:
    """Writes `built`/pagefind. `work`: a folder for the shadows, which must not exist yet.

    Raises PipelineError("text") when Pagefind refuses.
    """
    read = {path.relative_to(built): shadow(path.read_text("utf-8")) for path in sorted(built.rglob("*.html"))}
    for name, made in telling({name: made for name, made in read.items() if made}).items():
        target = work / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(made.html(), encoding="utf-8")
    output = built / "pagefind"
    command = [sys.executable, "-m", "pagefind", "--site", str(work), "--output-path", str(output)]
    run = subprocess.run([*command, "--keep-index-url", "--quiet"], capture_output=True, text=True, check=False)
    if run.returncode:
        raise stop("text", "pagefind", "site_build", said=(run.stderr or run.stdout).strip().splitlines()[-1:])
    used = {f"wasm.{one['wasm']}.pagefind" for one in json.loads((output / _ENTRY).read_text())["languages"].values()}
    for path in output.iterdir():
        if path.name in used:
            _tighten(path)
        elif path.is_file() and path.name not in ("pagefind.js", _ENTRY) and path.suffix != ".pf_meta":
            path.unlink()
    for path in (output / "index").iterdir():
        _tighten(path)


def _tighten(path: Path) -> None:
    """Packs a file of Pagefind's again, as small as gzip allows."""
    path.write_bytes(zopfli.gzip.compress(gzip.decompress(path.read_bytes()), numiterations=1))
