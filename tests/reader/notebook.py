"""Where a reader writes down what the pages say, and what could not be read; sentences by the words they are made with."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from pipeline.model.cells import Figure
from pipeline.wording.texts import Texts
from tests.reader.claims import Claim, Row, between, total
from tests.reader.document import WITHHELD, Node, Number, count
from tests.reader.meaning import Meaning


def template(words: Texts, key: str) -> re.Pattern[str]:
    """The sentence of a key, each blank a group. Spaces that do not break read as spaces."""
    parts = re.split(r"{(\w+)}", words.words[key].replace("\u00a0", " "))
    seen: set[str] = set()
    pattern = ""
    for place, part in enumerate(parts):
        if place % 2 == 0:
            pattern += re.escape(part)
        else:
            pattern += f"(?P={part})" if part in seen else f"(?P<{part}>.+?)"
            seen.add(part)
    return re.compile(pattern)


@dataclass
class Notebook:
    """claims: what was read; troubles: what looks like a derived number and could not be read, or is not what it says;
    used: keys of the words that numbers were read by.
    """

    meaning: Meaning
    claims: list[Claim] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    place: str = ""
    counts: set[str] = field(default_factory=set)
    """Kinds of constants that were compared: numbers of cells, of tables, of people, goals."""

    def note(self, kind: str, said: str, rows: Sequence[Row]) -> None:
        self.claims.append(Claim(kind, self.place, said, tuple(rows)))

    def trouble(self, said: str) -> None:
        self.troubles.append(f"{self.place}: {said}")

    def same(self, kind: str, said: str, expected: object, found: object) -> None:
        """A number that is no figure: it must be what it counts."""
        self.counts.add(kind)
        if expected != found:
            self.trouble(f"{kind}: {said}")

    def value(self, kind: str, figure: Figure | None, text: str) -> None:
        """A text that stands for one figure: a number, [c], or a dash where there is none."""
        number = count(text)
        if number is not None and figure is not None:
            self.note(kind, text, between(total([figure]), number, number))
        elif text == WITHHELD or (text == "–" and figure is None):
            return
        else:
            self.trouble(f"{kind}: «{text}»")

    def about(self, kind: str, figure: Figure | None, low: Fraction | float, high: Fraction | float, said: str) -> None:
        """A figure somewhere in a range."""
        if figure is None:
            self.trouble(f"{kind}: {said}")
        else:
            self.note(kind, said, between(total([figure]), Fraction(low), Fraction(high)))

    def match(self, key: str, text: str) -> dict[str, str] | None:
        """The blanks of a sentence, if it is that of a key."""
        found = template(self.meaning.words, key).fullmatch(text.replace("\u00a0", " ").strip())
        if found is None:
            return None
        self.used.add(key)
        return found.groupdict()

    def matched(self, key: str, text: str) -> dict[str, str]:
        """The same; what does not match is a trouble."""
        found = self.match(key, text)
        if found is None:
            self.trouble(f"{key}: «{text}»")
        return found or {}

    def done(self, *nodes: Node) -> None:
        for node in nodes:
            node.read = True


__all__ = ["Notebook", "Number", "template"]
