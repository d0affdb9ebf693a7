"""A page before it is written: its address, title, place in the menu and Markdown. Pure."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from html import unescape

from pipeline.public.presentation import routes

SECTIONS = ("ayuda", "servicios", "cifras", "datos", "transparencia")
"""Parts of the site in the order of the menu. A page of prose names its own as `section`."""


@dataclass(frozen=True)
class Page:
    """One page to be staged. `path` ends in .md and is the same in all languages."""

    path: str
    title: str
    section: str
    order: float
    body: str
    description: str = ""
    hide_from_menu: bool = False
    search: bool = True
    language: str = ""
    """Its language, where the rest of the site is in another."""
    original: str = ""
    """The page that it says again, in another language or for another way of reading."""
    tab: str = ""
    """What a browser calls it, where that is not its title."""
    image: str = ""
    """The address of the picture that is shown where somebody shares it."""

    @property
    def url(self) -> str:
        return routes.html(self.path)


def place(page: Page) -> tuple[int, float, str]:
    """Where a page stands in the menu: its section, its order, its title."""
    return (SECTIONS.index(page.section) if page.section else -1, page.order, page.title)


def first_words(body: str) -> str:
    """What a page begins with, as plain text: what search engines and the search of the site say about it."""
    paragraphs = (" ".join(part.split()) for part in re.split(r"\n\s*\n", body))
    first = next((text for text in paragraphs if text and not re.match(r"[#<|!-]", text)), "")
    plain = unescape(re.sub(r"[*`_]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", first)))
    return textwrap.shorten(plain, 160, placeholder="…")
