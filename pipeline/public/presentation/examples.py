"""The worked examples of the protection, from site/examples.yaml: small tables as text, with words around them.

In: the project's site/ folder, words. Out: Markdown; the tables stand in it letter by letter. Reads one file.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.model import yaml12
from pipeline.wording.texts import Texts

FILE = "examples.yaml"
TABLES = ("earlier", "counted", "shown")
"""The tables of an example, in the order in which they are told."""


def read(site: Path) -> list[Mapping[str, Any]]:
    """Every example: `id`, its tables, and for which dimensions it is multi-answer or sensitive."""
    content, _ = yaml12.read((site / FILE).read_text(encoding="utf-8"))
    return list(content)


def markdown(site: Path, words: Texts) -> str:
    """A heading per example, each table in its frame between the words that lead to it."""
    parts = [words("examples.reading")]
    for number, example in enumerate(read(site), start=1):
        name = f"examples.{example['id']}"
        parts.append(f"### {number}. {words(f'{name}.title')} {{ #ejemplo-{example['id']} }}")
        for table in TABLES:
            if table in example:
                parts += [words(f"{name}.{table}"), f"```text\n{example[table].rstrip()}\n```"]
    return "\n\n".join(parts)
