"""Plants words in every text of an institute's files or of an edition: in one copy harmless ones, in another hostile ones.

Each place has a word of its own, so that whoever looks at what is published can tell which word should stand there.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pipeline.institute.files import FRONT
from pipeline.model import yaml12
from pipeline.public.edition import safe_files
from pipeline.public.edition.model import DESCRIPTOR

SECRET = "SecretoDeLaMaquina"
"""Content of a file of the machine that hostile words name."""
CHUNKS = (
    "</script><script>alert(1)</script>\"><img src=x onerror=alert(1)>'><svg/onload=alert(1)>]]><!-- celosia:insert {path} -->",
    "{{ 7*7 }}{% raw %}#{7*7} [x](javascript:alert(1)) ![y](//malo.example/y.png) <meta http-equiv=refresh content=0> &lt;b&gt; **z**",
    '--8<-- "{path}.html" #read("{path}.html") !ENV HOME @@root@@/ ="@@base@@/ END:VEVENT, ; : https://malo.example { #x onclick=alert(1) }',
)
"""What hostile words end in; `{path}` is the file of the machine, without its ending."""
LEADS = (
    "", '=HYPERLINK("//malo.example")', "javascript:alert(1)", "--- ", "# ", "<b>", "https://malo.example/ ", "- ", "1. ", "!ENV ",
    '#read("/etc/passwd")', "| a | ", "> ", "+1 ", "@SUM(A1) ", "-2 ", "    ", "```", "[^1]: ", "{: .x } ", "a\n\n## b\n\n- c\n\n",
    "*[a]: ", "BEGIN:VEVENT\nSUMMARY:",
)  # fmt: skip
"""What hostile words begin with."""
_MARK = re.compile(r"Palabra(\d{3})x", re.IGNORECASE)
_WORDS = re.compile(r"[A-ZÁÉÍÓÚáéíóúñ ]")
_NO_WORDS = {"pattern", "$schema", "schema", "type", "date_format", "where", "share"}
"""Keys below which stand expressions and codes."""

Path_ = tuple[str | int, ...]


@dataclass(frozen=True)
class Leaf:
    """A text of a file: where it stands, and what it was."""

    file: str
    path: Path_
    was: str


def leaves(folder: Path, names: Iterable[str]) -> list[Leaf]:
    """The words of some files: no names, codes, dates or addresses."""
    found = [Leaf(name, path, text) for name in names for path, text in _texts(read(folder / name))]
    return [each for each in found if _WORDS.search(each.was) and not _NO_WORDS & set(map(str, each.path))]


def read(file: Path) -> Any:
    """The content of a YAML, JSON or CSV file, or the front matter of a page."""
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".csv":
        return list(csv.reader(io.StringIO(text)))
    if file.suffix in (".json", ".geojson"):
        return json.loads(text)
    return yaml12.read(FRONT.match(text)[1] if file.suffix == ".md" else text)[0]  # type: ignore[index]


def write(file: Path, content: Any) -> None:
    if file.suffix == ".csv":
        stream = io.StringIO()
        csv.writer(stream, lineterminator="\n").writerows(content)
        text = stream.getvalue()
    elif file.suffix in (".json", ".geojson"):
        text = json.dumps(content, ensure_ascii=False, indent=2) + "\n"
    else:
        text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=10_000)
        if file.suffix == ".md":
            rest = FRONT.match(file.read_text(encoding="utf-8"))[2]  # type: ignore[index]
            text = f"---\n{text}---\n{rest}"
    file.write_text(text, encoding="utf-8")


def _texts(content: Any, path: Path_ = ()) -> Iterator[tuple[Path_, str]]:
    if isinstance(content, str):
        yield path, content
    elif isinstance(content, dict):
        for key, value in content.items():
            yield from _texts(value, (*path, key))
    elif isinstance(content, list):
        for number, value in enumerate(content):
            if not (number == 0 and isinstance(value, list) and not path):  # the first row of a CSV
                yield from _texts(value, (*path, number))


class Words:
    """The word of each leaf, harmless and hostile."""

    def __init__(self, found: Sequence[Leaf], secret: Path, turn: int = 0) -> None:
        self.found = list(found)
        self.secret, self.turn = str(secret.with_suffix("")), turn
        self.calm: set[int] = set()
        """Leaves that take no such beginning."""
        self.also: dict[str, str] = {}
        """Harmless → hostile texts that stand alone."""

    def harmless(self, number: int) -> str:
        return f"{self.found[number].was} Palabra{number:03d}x"

    def hostile(self, number: int) -> str:
        return f"{self.lead(number)}{self.harmless(number)} {self.end(number)}"

    def lead(self, number: int) -> str:
        lead = "" if number in self.calm else LEADS[(number + self.turn) % len(LEADS)]
        if self.found[number].file.endswith(".csv"):  # a cell has one line, and «|» parts the steps that it tells
            lead = lead.partition("\n")[0].replace("|", "")
        return lead

    def end(self, number: int) -> str:
        return CHUNKS[(number + self.turn) % len(CHUNKS)].replace("{path}", self.secret)

    def plant(self, folder: Path, word: Callable[[int], str], only: Iterable[int] | None = None) -> None:
        """Writes the words into the files of `folder`."""
        chosen = set(range(len(self.found)) if only is None else only)
        for name in {self.found[number].file for number in chosen}:
            content = read(folder / name)
            for number in chosen:
                leaf = self.found[number]
                if leaf.file == name:
                    place = content
                    for step in leaf.path[:-1]:
                        place = place[step]
                    place[leaf.path[-1]] = word(number)
            write(folder / name, content)

    def are(self, harmless: str, hostile: str) -> bool:
        """Whether a text is another with the hostile words, whole, in place of the harmless ones; a text that is cut ends in …"""
        said = _bare(hostile)
        for number in self.marks(harmless):
            end, lead, word = _bare(self.end(number)), _bare(self.lead(number)), f"palabra{number:03d}x"
            before, mark, after = said.partition(word + end)
            if not mark and "…" in said:
                before, mark, after = said.partition(word)
                after = "…" if mark and end.startswith(after.rstrip("…")) else "?"
            at = before.rfind(
                lead + _bare(self.found[number].was)
            )  # a short beginning may stand in the words themselves
            at = before.rfind(lead) if at < 0 else at
            if at < 0 or not mark:
                return False
            said = before[:at] + before[at + len(lead) :] + word + after
        one = _bare(self.also.get(harmless.strip(), harmless))
        return said == one or (
            "…" in one + said and bool(self.marks(harmless)) and said.startswith(one.partition("…")[0][:20])
        )

    def marks(self, text: str) -> list[int]:
        return [int(each) for each in _MARK.findall(text)]


def _bare(text: str) -> str:
    """A text without its spaces and capitals, which forms may change."""
    return re.sub(r"\s+", "", text).casefold()


def seal(edition: Path) -> None:
    """Makes the sums of an edition fit its files again, as who forges one can."""
    described = json.loads((edition / DESCRIPTOR).read_text(encoding="utf-8"))
    for resource in described["resources"]:
        data = (edition / resource["path"]).read_bytes()
        resource["hash"], resource["bytes"] = f"sha256:{hashlib.sha256(data).hexdigest()}", len(data)
    (edition / DESCRIPTOR).write_text(json.dumps(described, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    safe_files.write_sums(edition)
