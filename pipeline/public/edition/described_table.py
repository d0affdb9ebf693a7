"""A table of an edition as datapackage.json describes it. Files may not enter: its rows are the reader's."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.model import periods
from pipeline.public.edition.model import Dimension, PublishedTable

KINDS = ("flat", "hierarchy", "multiple")
LOWEST = 3
"""Threshold that no institute may go below, as plan.schema.yaml says; of two women in a cell, each finds the other."""
_SLUG = re.compile(r"[a-z0-9_]+")


def parsed(name: str, described: Mapping[str, Any]) -> PublishedTable:
    """A table without its rows, from the `celosia` object. Raises KeyError, TypeError or ValueError if malformed."""
    dimensions = tuple(
        Dimension(
            name=_slug(dimension["name"]),
            codes=_stem(dimension["codes"]),
            kind=_one_of(dimension["kind"], KINDS),
            levels=tuple(_one_of(level, periods.LEVELS) for level in dimension.get("levels", ())),
            upper=str(dimension.get("upper", "")),
            sensitive=bool(dimension.get("sensitive", False)),
            unspecified=tuple(map(str, dimension.get("unspecified", ("no_especificado",)))),
            complement=_one_of(dimension.get("complement", ""), ("", "free", "protected")),
            reason=dict(dimension.get("reason", {})),
        )
        for dimension in described["dimensions"]
    )
    measures = tuple(_slug(measure) for measure in described["measures"])
    threshold = described["threshold"]
    columns = [*(dimension.name for dimension in dimensions), *measures]
    if not isinstance(threshold, int) or threshold < LOWEST or not measures or len(set(columns)) < len(columns):
        raise ValueError(name)
    if sum(dimension.kind == "multiple" for dimension in dimensions) > 1:
        raise ValueError(name)
    persons, answers = described.get("persons"), described.get("answers")
    return PublishedTable(
        id=name,
        title=dict(described["title"]),
        records=_slug(described["records"]),
        where={_slug(key): str(code) for key, code in described.get("where", {}).items()},
        unit=str(described["unit"]),
        threshold=threshold,
        dimensions=dimensions,
        measures=measures,
        additive={_slug(key): tuple(map(str, names)) for key, names in described["additive"].items()},
        rows=_slug(described["rows"]),
        persons=None if persons is None else _slug(persons),
        answers=None if answers is None else _slug(answers),
        women=str(described.get("women") or ""),
        labels={str(key): dict(text) for key, text in described["measures"].items()},
        note=dict(described.get("note", {})),
        topic=str(described.get("topic", "")),
        zeros_withheld=bool(described.get("zeros_withheld", False)),
        overlaps={_slug(key): tuple(map(str, names)) for key, names in described.get("overlaps", {}).items()},
        within={_slug(key): tuple(map(_slug, more)) for key, more in described.get("within", {}).items()},
        frame=pd.DataFrame(),
    )


def _slug(value: object) -> str:
    if not isinstance(value, str) or not _SLUG.fullmatch(value):
        raise ValueError("not a name")
    return value


def _stem(path: object) -> str:
    if not isinstance(path, str) or not re.fullmatch(r"codes/[a-z0-9_]+\.csv", path):
        raise ValueError("not the path of a code list")
    return Path(path).stem


def _one_of(value: object, allowed: Sequence[str]) -> str:
    if value not in allowed:
        raise ValueError("not one of the allowed words")
    return str(value)
