"""HTML and SVG as a tree, by the parser of the standard library; the numbers in a text, with what their rounding hides."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
NUMBER = re.compile(r"(?<![\w.,-])[+−-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?|(?<![\w.,-])[+−-]?\d+(?:\.\d+)?")
"""12,345 and −1.5; not the 4 of T4 or of 2025-T4."""
WITHHELD = "[c]"


@dataclass(eq=False)
class Node:
    """An element. `read`: somebody has read all that it says."""

    tag: str
    attrs: dict[str, str] = field(default_factory=dict)
    inside: list[Node | str] = field(default_factory=list)
    read: bool = False

    def walk(self) -> Iterator[Node]:
        yield self
        for child in self.inside:
            if isinstance(child, Node):
                yield from child.walk()

    def all(self, tag: str, name: str = "") -> list[Node]:
        """Elements below it, or itself, of a tag (any if empty) and a class, in order."""
        return [n for n in self.walk() if tag in ("", n.tag) and (not name or name in n.classes)]

    def first(self, tag: str, name: str = "") -> Node:
        return self.all(tag, name)[0]

    @property
    def classes(self) -> list[str]:
        return self.attrs.get("class", "").split()

    @property
    def text(self) -> str:
        """What it says, spaces as one."""
        return " ".join("".join(self.pieces()).split())

    def pieces(self) -> Iterator[str]:
        for child in self.inside:
            if isinstance(child, str):
                yield child
            elif child.tag == "br":
                yield " "
            else:
                yield from child.pieces()

    def unread(self) -> Iterator[Node]:
        """Elements that nobody has read."""
        if not self.read:
            yield self
            for child in self.inside:
                if isinstance(child, Node):
                    yield from child.unread()


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Node("")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {key: value or "" for key, value in attrs})
        self.open[-1].inside.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].inside.append(Node(tag, {key: value or "" for key, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag in (node.tag for node in self.open[1:]):
            while self.open.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        self.open[-1].inside.append(data)


def parse(html: str) -> Node:
    builder = _Builder()
    builder.feed(html)
    builder.close()
    return builder.open[0]


@dataclass(frozen=True)
class Number:
    """A number as it is written: what it stands for lies from `low` to `high`."""

    value: Fraction
    low: Fraction
    high: Fraction

    @classmethod
    def of(cls, text: str, *exact: int, scale: int = 1) -> Number:
        """A number with its decimals, divided by `scale`. `exact`: values that nothing else is rounded to."""
        plain = text.replace(",", "").replace("−", "-").replace("+", "").replace("\u00a0", "").strip(" %")
        value = Fraction(plain)
        half = 0 if abs(value) in exact else Fraction(1, 2 * 10 ** len(plain.partition(".")[2]))
        return cls(value / scale, (value - half) / scale, (value + half) / scale)

    @classmethod
    def percent(cls, text: str) -> Number:
        """A share: the site never rounds to none or to all of it."""
        return cls.of(text, 0, 100, scale=100)


def count(text: str) -> int | None:
    """A whole number that is all of a text."""
    return int(text.replace(",", "")) if re.fullmatch(r"\d{1,3}(,\d{3})*|\d+", text) else None
