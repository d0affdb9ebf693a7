"""Editions made from small tables written as text, for the tests of the public half.

    servicios_por_area          id
    periodo area | servicios usuarias
    2025    _T   | 40        20
    2025    a    | 3*        3*          (withheld; the truth is 3)

One blank-separated line per cell, dimensions first. Everything that is not said has a plain default.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.institute.written import ChartEntry, Publisher
from pipeline.model.cells import TOTAL
from pipeline.public.edition import writer
from pipeline.public.edition.model import PERIOD, Certificate, Dimension, Package, PublishedTable, Release, with_status

BARS: ChartEntry = {
    "id": "b",
    "topic": "t",
    "table": "tabla",
    "kind": "bar",
    "measure": "usuarias",
    "y": "zona",
    "title": {},
}
"""A chart of a table of women by zone, as charts.yaml has it."""
PUBLISHER: Publisher = {
    "id": "instituto-prueba",
    "name": {"es": "Instituto de prueba", "en": "Test institute"},
    "unit": {"es": "Unidad", "en": "Unit"},
    "url": "https://ejemplo.gob.mx/",
    "email": "datos@ejemplo.gob.mx",
    "licence": {
        "name": "libre-uso-mx",
        "title": {"es": "Libre Uso MX", "en": "Free use"},
        "path": "https://ejemplo.gob.mx/l",
    },
    "languages": ["es", "en"],
}


def certificate(name: str = "2025-T4") -> Certificate:
    """An audit.json of its form, of an audit that nobody made."""
    return {
        "rules": [1],
        "cells": 0,
        "withheld": 0,
        "figures": 0,
        "witnesses": 0,
        "exposures": 0,
        "method": "none",
        "version": "0",
        "editions": [name],
    }


def code_list(text: str) -> pd.DataFrame:
    """`a b c` is flat; `a a1<a a2<a` has parents; `y=m1+m2` unites codes outside the tree."""
    rows = []
    for order, word in enumerate(text.split(), start=1):
        head, _, parts = word.partition("=")
        code, _, parent = head.partition("<")
        rows.append((code, parent, parts.replace("+", " "), order, code, code))
    return pd.DataFrame(rows, columns=["code", "parent", "parts", "order", "es", "en"])


def table(
    text: str,
    *,
    id: str = "tabla",
    records: str = "atenciones",
    kinds: Mapping[str, str] | None = None,
    additive: Mapping[str, Sequence[str]] | None = None,
    dimensions: Mapping[str, Mapping[str, Any]] | None = None,
    rows: str = "servicios",
    persons: str | None = "usuarias",
    answers: str | None = None,
    where: Mapping[str, str] | None = None,
    threshold: int = 5,
    zeros_withheld: bool = False,
    women: str = "",
    overlaps: Mapping[str, Sequence[str]] | None = None,
    within: Mapping[str, Sequence[str]] | None = None,
    reveal: Collection[int] = (),
) -> PublishedTable:
    """A published table. `kinds`: dimension → kind; `dimensions`: dimension → further properties.

    Services add up along every dimension unless `additive` says otherwise; of women nothing is said. `reveal`: numbers
    of lines that are published though the text withholds them.
    """
    lines = [line.split() for line in text.strip().splitlines()]
    bar = lines[0].index("|")
    names, measures = lines[0][:bar], lines[0][bar + 1 :]
    frame = pd.DataFrame([line[:bar] for line in lines[1:]], columns=names, dtype="str")
    withheld = [line[-1].endswith(("*", "c")) and number not in reveal for number, line in enumerate(lines[1:])]
    for n, measure in enumerate(measures, start=bar + 1):
        values = [None if gone else int(line[n].rstrip("*")) for line, gone in zip(lines[1:], withheld, strict=True)]
        frame[measure] = pd.array(values, dtype="Int64")
    frame["withheld"] = withheld
    kinds, extra = kinds or {}, dimensions or {}
    described = tuple(
        Dimension(
            name,
            kind=kinds.get(name, "hierarchy" if name == PERIOD else "flat"),
            **{"codes": name, **extra.get(name, {})},
        )
        for name in names
    )
    if additive is None:
        single = tuple(d.name for d in described if d.kind != "multiple")
        additive = {rows: single, **({answers: tuple(names)} if answers else {})}
    return PublishedTable(
        id=id,
        title={"es": id, "en": id},
        records=records,
        where=where or {},
        unit=persons or rows,
        threshold=threshold,
        dimensions=described,
        measures=tuple(measures),
        additive={key: tuple(value) for key, value in additive.items()},
        rows=rows,
        persons=persons,
        answers=answers,
        labels={measure: {"es": measure, "en": measure} for measure in measures},
        frame=with_status(frame),
        zeros_withheld=zeros_withheld,
        women=women,
        overlaps={key: tuple(value) for key, value in (overlaps or {}).items()},
        within={key: tuple(value) for key, value in (within or {}).items()},
    )


def starred(text: str) -> list[int]:
    """Numbers of the lines that a text withholds."""
    return [n for n, line in enumerate(text.strip().splitlines()[1:]) if line.rstrip().endswith("*")]


def edition(*tables: PublishedTable, name: str = "2025-T4", **codes: str) -> Package:
    """A package in memory. Lists that are not given hold the codes of their column, flat, in order of appearance."""
    return Package(name, None, {}, {"edition": name}, {t.id: t for t in tables}, lists(tables, codes))


def written(folder: Path, *tables: PublishedTable, name: str = "2025-T4", **codes: str) -> Package:
    """The same on disk, read back."""
    release: Release = {
        "edition": name,
        "cut_off": "2025-12",
        "published": "2026-01-20",
        "note": {"es": "", "en": ""},
        "tables": {},
    }
    return writer.write(folder, writer.Content(tables, lists(tables, codes)), release=release, publisher=PUBLISHER)


def lists(tables: Sequence[PublishedTable], codes: Mapping[str, str]) -> dict[str, pd.DataFrame]:
    found: dict[str, dict[str, None]] = {}
    for t in tables:
        for d in t.dimensions:
            found.setdefault(d.codes, {}).update(dict.fromkeys(code for code in t.frame[d.name] if code != TOTAL))
    return {name: code_list(codes.get(name, " ".join(seen))) for name, seen in found.items()}
