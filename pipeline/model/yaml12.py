"""YAML as an office writes it: what looks like a word stays a word, and a key that is written twice is a mistake.

In: text. Out: plain values, the keys that are written twice, what is wrong and where. YAML 1.1, which PyYAML reads, takes `no` for a truth
value, `18_24` for a number and a date for an object; here they are text, as in YAML 1.2. Keys are text always. Depth and number of values
are bounded before anything is built of them: the fast loader of PyYAML builds by recursion in C and would end the process. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import yaml

MOST = 100_000
"""Values in a document, each alias counted as often as it is used; the largest file of an institute has a fiftieth of that."""
DEEPEST = 100
"""Levels of lists and keys within each other; no institute nests so many."""


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

    Raises yaml.YAMLError where the text is not YAML; `mistake` tells what of it and where.
    """
    with _composed(text) as (loader, node):
        if node is None:
            return None, []
        repeated = list(_repeated(node, "", iter(range(MOST)), ()))  # before anything is built: it bounds the aliases
        return loader.construct_document(node), repeated


@contextmanager
def _composed(text: str) -> Iterator[tuple[Any, yaml.Node | None]]:
    """The loader of a document and its nodes; None where there are none. Raises yaml.YAMLError."""
    _bounded(text)
    loader = _Loader(text)
    try:
        yield loader, loader.get_single_node()
    finally:
        loader.dispose()


def _bounded(text: str) -> None:
    """Raises yaml.YAMLError where a document is deeper, or has more values, than any institute needs. Reads event by event."""
    depth = values = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.DocumentEndEvent):
            return  # of a second one, whoever composes complains
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        values += isinstance(event, yaml.NodeEvent)
        if depth > DEEPEST:
            raise _error("deep", event.start_mark)
        if values > MOST:
            raise _error("too many values", event.start_mark)


def mistake(error: yaml.YAMLError, text: str) -> dict[str, object]:
    """What is wrong with a text that is not YAML: `why` (a key of our words) and, where it is known, `line` and
    `position`, from 1, of what has to be mended; `sign`, the code point of one that may not stand in YAML."""
    if isinstance(error, yaml.reader.ReaderError):
        # Where the error says it is counts bytes or signs, as the parser was built.
        refused = yaml.reader.Reader.NON_PRINTABLE.search(text)
        if refused is None:
            return {"why": "other"}
        place = refused.start()
        line, at = text.count("\n", 0, place) + 1, place - text.rfind("\n", 0, place)
        return {"why": "sign", "sign": f"U+{ord(refused[0]):04X}", "line": line, "position": at}
    problem = str(getattr(error, "problem", "") or error)
    why, opened = next(((why, opened) for part, why, opened in _WHYS if part in problem), ("other", False))
    begun = getattr(error, "context_mark", None)
    mark = begun if opened and begun else getattr(error, "problem_mark", None)
    if why == "start" and mark and text.split("\n")[mark.line][mark.column : mark.column + 1] == "\t":
        why = "tab"
    return {"why": why, **({"line": mark.line + 1, "position": mark.column + 1} if mark else {})}


_WHYS = (
    ("expected ',' or", "open", True),
    ("unexpected end of stream", "quote", True),
    ("tab character", "tab", False),
    ("mapping values are not allowed", "colon", False),
    ("could not find expected ':'", "no_colon", True),
    ("did not find expected key", "indent", False),
    ("'-' indicator", "indent", False),
    ("block end", "indent", False),
    ("node content", "bracket", False),
    ("cannot start any token", "start", False),
    ("undefined alias", "alias", False),
    ("escape", "escape", False),
    ("another document", "two", False),
    ("constructor for the tag", "tag", False),
    ("unhashable key", "key", False),
    ("deep", "deep", False),
    ("too many values", "many", False),
    ("itself", "itself", False),
    ("aliases", "aliases", False),
)
"""Part of what PyYAML says, the key of our words for it, and whether what it began with is the place to mend."""


class Places:
    """Where the keys of a document stand. Raises yaml.YAMLError where the text is not YAML."""

    def __init__(self, text: str) -> None:
        with _composed(text) as (_, node):
            self._root = node
        self._known: dict[int, dict[str, tuple[int, yaml.Node]]] = {}

    def line(self, key: str) -> int | None:
        """The line, from 1, of a dotted key, or of the nearest one above it that is there; None where there is none. An item of
        a list goes by its number or by its name. A key may itself have dots."""
        if self._root is None:
            return None
        parts = key.split(".")[: 2 * DEEPEST]
        found, line = 0, None
        waiting, seen = [(self._root, 0)], {(id(self._root), 0)}
        for node, start in waiting:  # grows while it is walked
            below = self._below(node)
            for end in range(start + 1, len(parts) + 1):
                told, child = below.get(".".join(parts[start:end]), (0, node))
                if told and (id(child), end) not in seen:
                    seen.add((id(child), end))
                    waiting.append((child, end))
                    found, line = (end, told) if end > found else (found, line)
        return line

    def _below(self, node: yaml.Node) -> dict[str, tuple[int, yaml.Node]]:
        """Name → (line, value) of what stands directly below a node; of what is there twice, the first."""
        if id(node) not in self._known:
            children: list[tuple[list[str], yaml.Node, yaml.Node]] = []
            if isinstance(node, yaml.MappingNode):
                children = [([str(key.value)], key, value) for key, value in node.value]
            elif isinstance(node, yaml.SequenceNode):
                children = [([str(number), *_named(value)], value, value) for number, value in enumerate(node.value)]
            known = self._known[id(node)] = {}
            for names, begin, value in children:
                for name in names:
                    known.setdefault(name, (begin.start_mark.line + 1, value))
        return self._known[id(node)]


def _named(node: yaml.Node) -> list[str]:
    """The id or name of an item that is keys with values."""
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    told = {str(key.value): value.value for key, value in pairs if isinstance(value, yaml.ScalarNode)}
    return [told[key] for key in ("id", "name", "heading") if key in told][:1]


def _error(problem: str, mark: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=mark)


def _repeated(node: yaml.Node, path: str, budget: Iterator[int], above: tuple[int, ...]) -> Iterator[tuple[str, int]]:
    if next(budget, None) is None:
        raise _error("aliases of aliases that would fill the memory", node.start_mark)
    if id(node) in above:
        raise _error("in itself", node.start_mark)
    if len(above) > DEEPEST:
        raise _error("deep", node.start_mark)
    above = (*above, id(node))
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            name = str(key.value)
            where = f"{path}.{name}" if path else name
            if name in seen:
                yield where, key.start_mark.line + 1
            seen.add(name)
            yield from _repeated(value, where, budget, above)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            yield from _repeated(value, f"{path}.{number}" if path else str(number), budget, above)
