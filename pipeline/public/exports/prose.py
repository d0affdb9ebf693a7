"""The institute's own pages as plain blocks, for documents that are not HTML: headings, paragraphs, lists, tables, code.

In: Markdown as in institute/pages. Out: lists of dicts that any typesetter can lay out. Pure.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import markdown

Run = dict[str, str]
"""A piece of text: `text`, and if it has one a `style` (strong, em, code) and an address (`href`)."""


_MARKUP = re.compile(
    r"[\\`*\[\]<>]|(?<!\w)_|_(?!\w)|&(?=#?\w+;)|~(?=~)|:(?=//)|(?<=\bwww)\.|(?<=\w)@|^[#+-]|(?<=^\d)[.)]", re.IGNORECASE
)
"""Signs of which Markdown, as most programs read it, would make something else than words."""


def plain(text: str) -> str:
    """Words that mean themselves in a Markdown file, and that a person can still read in it, on one line."""
    return _MARKUP.sub(r"\\\g<0>", " ".join(text.split()))


def blocks(text: str, site: str) -> list[dict[str, Any]]:
    """The blocks of a page. Addresses of other pages (`metodologia.md`) become addresses below `site`."""
    reader = _Prose(site)
    reader.feed(markdown.markdown(text, extensions=["tables", "fenced_code", "sane_lists", "attr_list"]))
    reader.close()
    return reader.found


class _Prose(HTMLParser):
    """Turns the few elements that Markdown makes into blocks."""

    def __init__(self, site: str) -> None:
        super().__init__(convert_charrefs=True)
        self.site = site
        self.found: list[dict[str, Any]] = []
        self.runs: list[Run] | None = None
        self.styles: list[str] = []
        self.href = ""
        self.lists: list[dict[str, Any]] = []
        self.rows: list[list[list[Run]]] = []
        self.verbatim = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("h1", "h2", "h3", "h4", "p", "td", "th"):
            if not (tag == "p" and self.lists):
                self.runs = []
        elif tag in ("ul", "ol"):
            self.lists.append({"kind": tag, "items": []})
        elif tag == "li":
            self.runs = []
        elif tag in ("strong", "em"):
            self.styles.append(tag)
        elif tag == "code" and not self.verbatim:
            self.styles.append("code")
        elif tag == "pre":
            self.verbatim, self.runs = True, []
        elif tag == "a":
            href = dict(attrs).get("href") or ""
            self.href = href if "://" in href else self.site + href.replace(".md", ".html")
        elif tag == "table":
            self.rows = []
        elif tag == "tr":
            self.rows.append([])

    def handle_endtag(self, tag: str) -> None:
        if tag in ("strong", "em") or (tag == "code" and not self.verbatim):
            self.styles.pop()
        elif tag == "a":
            self.href = ""
        elif tag in ("h1", "h2", "h3", "h4"):
            self.found.append({"kind": "heading", "level": int(tag[1]), "runs": self.take()})
        elif tag == "p" and not self.lists:
            self.found.append({"kind": "p", "runs": self.take()})
        elif tag == "li":
            self.lists[-1]["items"].append(self.take())
        elif tag in ("ul", "ol"):
            done = self.lists.pop()
            if not self.lists:
                self.found.append(done)
        elif tag == "pre":
            self.verbatim = False
            self.found.append({"kind": "code", "text": "".join(run["text"] for run in self.take()).rstrip("\n")})
        elif tag in ("td", "th"):
            self.rows[-1].append(self.take())
        elif tag == "table":
            self.found.append({"kind": "table", "heads": self.rows[0], "rows": self.rows[1:]})

    def handle_data(self, data: str) -> None:
        if self.runs is None or (not data.strip() and not self.runs and not self.verbatim):
            return
        run = {"text": data if self.verbatim else re.sub(r"[ \n]+", " ", data)}
        if self.styles:
            run["style"] = self.styles[-1]
        if self.href:
            run["href"] = self.href
        self.runs.append(run)

    def take(self) -> list[Run]:
        taken, self.runs = self.runs or [], None
        return taken
