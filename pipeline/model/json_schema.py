"""JSON Schema whose time grows with what it is asked to judge, and not with its square.

jsonschema holds each item of a list against each other where they are no plain words; a file of a few megabytes would take it
days. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jsonschema


def _unique(_: object, asked: bool, items: object, __: object) -> Iterator[jsonschema.ValidationError]:
    if asked and isinstance(items, list) and len({json.dumps(item, sort_keys=True) for item in items}) < len(items):
        yield jsonschema.ValidationError("twice")


Validator: Any = jsonschema.validators.extend(  # type: ignore[no-untyped-call]
    jsonschema.Draft202012Validator, {"uniqueItems": _unique}
)
"""The validator of the draft of 2020-12, with its own `uniqueItems`."""
