"""Pieces of a Vega-Lite specification as plain values: so that a picture costs what its drawing costs. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]
Piece = dict[str, Any]

KINDS = {"N": "nominal", "O": "ordinal", "Q": "quantitative"}


def field(told: str, **more: Any) -> Piece:
    """A column of the rows with its kind, `name:N`, `name:O` or `name:Q`, and how it is shown."""
    name, _, kind = told.rpartition(":")
    return {"field": name, "type": KINDS[kind], **more}


def value(given: Any) -> Piece:
    """What is the same for every row."""
    return {"value": given}


def where(test: str, then: Any, otherwise: Any) -> Piece:
    """One value where an expression holds and another elsewhere."""
    return {"condition": {"test": test, "value": then}, "value": otherwise}


def data(rows: Sequence[Row]) -> Piece:
    return {"values": list(rows)}


def mark(kind: str, encoding: Piece, *, rows: Sequence[Row] | None = None, only: str = "", **look: Any) -> Piece:
    """A layer of marks of one kind. `rows`: its own, where those of the whole are not meant; `only`: an expression that a row
    must meet."""
    own = {} if rows is None else {"data": data(rows)}
    kept = {"transform": [{"filter": only}]} if only else {}
    return {**own, "mark": {"type": kind, **look}, "encoding": encoding, **kept}


def step(pixels: int) -> Piece:
    """A height that grows with the number of codes."""
    return {"step": pixels}
