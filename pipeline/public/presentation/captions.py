"""Words beside a table that pages, files and workbooks share: the names of its columns, which periods are provisional. Pure."""

from __future__ import annotations

from collections.abc import Collection

from pipeline.public.edition.model import PERIOD
from pipeline.public.statistics.figures import Table
from pipeline.wording.texts import Texts


def title(table: Table, name: str, words: Texts) -> str:
    """The name of a dimension in words; its column's name, tidied, where the institute gave none."""
    if name == PERIOD:
        return words("table.period")
    return table.axes[name].title.get(words.language) or name.replace("_id", "").replace("_", " ").capitalize()


def provisional(table: Table, words: Texts, shown: Collection[str] | None = None) -> str:
    """Which of the periods that are shown (all of a table's, if not said) are provisional, in words; empty if none is."""
    listed = [words.period(code) for code in table.provisional if shown is None or code in shown]
    return words("table.provisional", list="; ".join(listed)) if listed else ""
