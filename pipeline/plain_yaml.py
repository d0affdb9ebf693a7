"""YAML as an office writes it: what looks like a word stays a word, and a key that is written twice is a mistake.

In: text. Out: plain values, and the keys that are written twice. YAML 1.1, which PyYAML reads, takes `no` for a truth
value, `18_24` for a number and a date for an object; here they are text, as in YAML 1.2. Keys are text always. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

MOST = 1_000_000
"""Values in a document, each alias counted as often as it is used; no institute writes so many."""


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc] # the fast one, where it was built
    """Safe, with the scalars of YAML 1.2: true and false, decimal numbers, null; everything else is text."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - as PyYAML declares it

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                key.tag = "tag:yaml.org,2002:str"
        content: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return content


for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("merge", r"<<", "<"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), list(_first))


def read(text: str) -> tuple[Any, list[tuple[str, int]]]:
    """The content of a document, and (dotted key, line) of every key that repeats one beside it.

    Raises yaml.YAMLError where the text is not YAML.
    """
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None, []
        repeated = list(_repeated(node, "", iter(range(MOST))))
        return loader.construct_document(node), repeated
    except RecursionError:
        raise yaml.YAMLError("nested too deeply, or in itself") from None
    finally:
        loader.dispose()


def _repeated(node: yaml.Node, path: str, budget: Iterator[int]) -> Iterator[tuple[str, int]]:
    if next(budget, None) is None:
        raise yaml.YAMLError("aliases of aliases that would fill the memory")
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            name = str(key.value)
            where = f"{path}.{name}" if path else name
            if name in seen:
                yield where, key.start_mark.line + 1
            seen.add(name)
            yield from _repeated(value, where, budget)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            yield from _repeated(value, f"{path}.{number}" if path else str(number), budget)
