"""A published table as JSON-stat 2.0 (json-stat.org): a cube that statistical tools read, with the statuses of its figures.

In: a table as any reader sees it, the edition, words. Out: bytes. Pure. The measures are a dimension of role `metric`, the
period one of role `time`. A combination that the table does not have, and a figure that is withheld, have no value; which of
them is withheld the status says, with the letters of SDMX.
"""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from pipeline.model.cells import TOTAL
from pipeline.public.edition.model import OBS, PERIOD, Package
from pipeline.public.presentation import captions, routes
from pipeline.public.statistics.figures import Table
from pipeline.wording.texts import Texts

METRIC = "medida"


def as_jsonstat(package: Package, table: Table, site: str, words: Texts) -> bytes:
    """The table in the language of `words`. Values and statuses are told by their place in the cube, row by row."""
    present = {name: set(table.frame[name].astype(str)) for name in table.axes}
    codes = {name: [c for c in (TOTAL, *axis.codes) if c in present[name]] for name, axis in table.axes.items()}
    codes[PERIOD] = list(table.periods)
    dimensions: dict[str, Any] = {
        name: _dimension(
            captions.title(table, name, words), {code: _label(table, name, code, words) for code in codes[name]}
        )
        for name in table.axes
    }
    measures = {name: words.of(title) for name, title in table.measures.items()}
    dimensions[METRIC] = _dimension(words("table.counted"), measures)
    places = [{code: n for n, code in enumerate(codes[name])} for name in table.axes]
    size = [*(len(codes[name]) for name in table.axes), len(measures)]
    values, statuses = {}, {}
    keys = zip(*(table.frame[name].astype(str) for name in table.axes), strict=True)
    for row, (key, status) in enumerate(zip(keys, table.frame[OBS].tolist(), strict=True)):
        start = 0
        for place, code, length in zip(places, key, size, strict=False):
            start = start * length + place[code]
        for number, measure in enumerate(measures):
            at = str(start * len(measures) + number)
            value = table.frame[measure].iloc[row]
            statuses[at] = str(status)
            if not pd.isna(value):
                values[at] = int(value)
    cube = {
        "version": "2.0",
        "class": "dataset",
        "label": words.of(table.title),
        "source": words.of(package.descriptor["celosia"]["publisher"]["name"]),
        "updated": str(package.release["published"]),
        "href": routes.table_file(site, package.edition, table.id, "jsonstat"),
        "note": [words.of(table.note)] if table.note else [],
        "id": [*table.axes, METRIC],
        "size": size,
        "role": {"time": [PERIOD], "metric": [METRIC]},
        "dimension": dimensions,
        "value": values,
        "status": statuses,
        "extension": {"edition": package.edition, "licence": package.descriptor["licenses"][0]["path"]},
    }
    return (json.dumps(cube, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def _dimension(label: str, labels: dict[str, str]) -> dict[str, Any]:
    return {"label": label, "category": {"index": list(labels), "label": labels}}


def _label(table: Table, name: str, code: str, words: Texts) -> str:
    if code == TOTAL and name != PERIOD:
        return words("table.total")
    return words.period(code) if name == PERIOD else words.of(table.axes[name].codes[code].labels)
