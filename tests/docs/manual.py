"""A page of the manuals as what a test can do with it: deeds of the office, commands, messages, files."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import NamedTuple

from pipeline import ROOT

DOCS = ROOT / "docs"
LANGUAGES = ("es", "en")


class Part(NamedTuple):
    """A heading (`#`, `##`…), a deed of the office (`office`), or a fenced block, by its language (`sh`, `text`, `yaml`, `csv`…)."""

    kind: str
    text: str


def page(language: str, name: str) -> str:
    return (DOCS / language / f"{name}.md").read_text(encoding="utf-8")


def names(language: str) -> list[str]:
    return sorted(path.stem for path in (DOCS / language).glob("*.md"))


def parts(text: str) -> list[Part]:
    """What stands in a page, in its order. A fence may be indented, as in a list; its text is then moved to the margin."""
    found: list[Part] = []
    fence: tuple[str, str] | None = None
    lines: list[str] = []
    for line in text.splitlines():
        if fence is not None:
            if line.strip() == "```":
                found.append(Part(fence[1], "\n".join(lines)))
                fence, lines = None, []
            else:
                lines.append(line.removeprefix(fence[0]))
        elif opened := re.fullmatch(r"( *)```(\w+)", line):
            fence = (opened[1], opened[2])
        elif heading := re.fullmatch(r"(#+) (.+)", line):
            found.append(Part(heading[1], heading[2]))
        elif deed := re.fullmatch(r" *<!-- office: ([a-z_]+) -->", line):
            found.append(Part("office", deed[1]))
    return found


def lines_of(part: Part) -> list[str]:
    """The lines of a block that say something."""
    return [line for line in part.text.splitlines() if line.strip()]


def written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def command(line: str) -> tuple[list[str], int]:
    """The words of a command, and the exit code that its comment announces; 0 without one."""
    said = re.search(r"# .*?(\d+)\s*$", line)
    return shlex.split(line, comments=True), int(said[1]) if said else 0
