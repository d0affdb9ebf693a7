"""Plain values → YAML as a person would write it, with comments above the keys that they are about. Pure.

Every text is written so that `pipeline.model.yaml12` reads the same text again. A place is a tuple of keys; an item of a list is
named by its `id` or `name`, or by its number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from pipeline.model import yaml12

Place = tuple[str, ...]
WIDTH = 130
"""Signs of a line up to which keys with values stay on one."""


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    # What begins like a number is quoted for other readers of YAML, and because people add digits to it.
    style = '"' if re.match(r"[-+.\d]", text) or not _is_plain(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _is_plain(text: str) -> bool:
    """Whether it is the same text without quotes."""
    try:
        return bool(yaml12.read(text)[0] == text)
    except yaml.YAMLError:
        return False


_Dumper.add_representer(str, _text)


def on_a_line(value: object) -> str:
    """A value as YAML has it on one line."""
    # As the only item of a list: a text alone would be written otherwise than among others.
    dumped = yaml.dump(
        [value], Dumper=_Dumper, default_flow_style=True, allow_unicode=True, sort_keys=False, width=10**9
    )
    return dumped.strip()[1:-1]


def document(content: Any, comments: Mapping[Place, Sequence[str]], head: Sequence[str] = ()) -> str:
    """A YAML document: `head` as its first comments, then the content. `comments`: place → lines above it."""
    lines = [*(_comment(line) for line in head), *_lines(content, (), comments)]
    return "\n".join(lines) + "\n"


def _comment(line: str) -> str:
    return f"# {line}".rstrip()


def _lines(value: Any, at: Place, comments: Mapping[Place, Sequence[str]]) -> Iterator[str]:
    """The lines of a mapping or of a list of mappings, not indented."""
    items = value.items() if isinstance(value, dict) else ((_name(n, item), item) for n, item in enumerate(value))
    for key, item in items:
        place = (*at, str(key))
        yield from map(_comment, comments.get(place, ()))
        start = f"{on_a_line(str(key))}:" if isinstance(value, dict) else "-"
        if _fits(item, place, comments, start):
            yield f"{start} {on_a_line(item)}"
            continue
        nested = [f"  {line}" for line in _lines(item, place, comments)]
        if start == "-":
            yield f"- {nested[0][2:]}"
            yield from nested[1:]
        else:
            yield start
            yield from nested


def _name(number: int, item: Any) -> str:
    named = item if isinstance(item, dict) else {}
    return str(named.get("id", named.get("name", number)))


def _fits(item: Any, place: Place, comments: Mapping[Place, Sequence[str]], start: str) -> bool:
    """Whether a value goes on the line of its key: nothing within has a comment, and it is neither long nor a list of records."""
    if not isinstance(item, (dict, list)) or not item:
        return True
    if any(len(other) > len(place) and other[: len(place)] == place for other in comments):
        return False
    if isinstance(item, list) and any(isinstance(each, dict) for each in item):
        return False
    if isinstance(item, list):
        return True
    return len(start) + len(on_a_line(item)) + 2 * len(place) <= WIDTH
