"""A published table in other forms: JSON and Parquet with the same figures, and lines of code that read its CSV.

In: a table as any reader sees it, the edition that it belongs to. Out: bytes (JSON, Parquet) and text (snippets). Pure.
A withheld figure is null in both, as it is empty in the CSV.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.model.cells import TOTAL
from pipeline.public.edition.model import CONF, OBS, PERIOD, Package
from pipeline.public.presentation import captions, routes
from pipeline.public.statistics.figures import Table
from pipeline.wording.texts import Texts


def described(package: Package, table: Table, site: str, texts: Mapping[str, Texts]) -> dict[str, Any]:
    """What a table says of itself, in every language, without its figures."""
    total = {language: words("table.total") for language, words in texts.items()}
    return {
        "id": table.id,
        "edition": package.edition,
        "title": dict(table.title),
        "note": dict(table.note),
        "publisher": dict(package.descriptor["celosia"]["publisher"]["name"]),
        "responsible": dict(package.descriptor["celosia"]["publisher"]["unit"]),
        "licence": package.descriptor["licenses"][0]["path"],
        "source": routes.table_file(site, package.edition, table.id),
        "cut_off": package.release["cut_off"],
        "published": package.release["published"],
        "threshold": table.threshold,
        "cells": table.cells,
        "withheld": table.withheld,
        "dimensions": {
            name: {
                "title": {language: captions.title(table, name, words) for language, words in texts.items()},
                "kind": axis.kind,
                "codes": {
                    **({} if name == PERIOD else {TOTAL: total}),
                    **{c.code: dict(c.labels) for c in axis.codes.values() if c.code in set(table.frame[name])},
                },
            }
            for name, axis in table.axes.items()
        },
        "measures": {name: dict(text) for name, text in table.measures.items()},
        "status": {
            column: {
                code: {language: words(f"status.{column}.{code}") for language, words in texts.items()}
                for code in codes
            }
            for column, codes in ((OBS, "APQML"), (CONF, "FC"))
        },
    }


def columns(table: Table) -> list[str]:
    """The columns of the CSV, in order."""
    return [*table.axes, *table.measures, OBS, CONF]


def as_json(package: Package, table: Table, site: str, texts: Mapping[str, Texts]) -> bytes:
    """`{…what the table says of itself…, columns: […], rows: [[…], …]}`, one row per line."""
    about = described(package, table, site, texts) | {"columns": columns(table)}
    head = json.dumps(about, ensure_ascii=False, indent=1).removesuffix("\n}")
    frame = table.frame[columns(table)]
    rows = [
        json.dumps([None if pd.isna(value) else value for value in row], ensure_ascii=False)
        for row in zip(*(frame[name].tolist() for name in frame), strict=True)
    ]
    return (head + ',\n "rows": [\n  ' + ",\n  ".join(rows) + "\n ]\n}\n").encode()


def as_parquet(package: Package, table: Table, site: str, texts: Mapping[str, Texts]) -> bytes:
    """Text for codes and statuses, 64-bit integers for figures (null where withheld); the description is in the file."""
    frame = table.frame[columns(table)]
    kinds = [pa.field(n, pa.int64() if n in table.measures else pa.string(), n in table.measures) for n in frame]
    arrays = [pa.array([None if pd.isna(v) else v for v in frame[f.name].tolist()], f.type) for f in kinds]
    about = json.dumps(described(package, table, site, texts), ensure_ascii=False, sort_keys=True)
    schema = pa.schema(kinds, metadata={"celosia": about})
    stream = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(arrays, schema=schema), stream, compression="zstd")
    return stream.getvalue()


def snippets(package: Package, table: Table, site: str, words: Texts) -> dict[str, str]:
    """Ready lines that read the CSV with the right types: name of the tool → code."""
    url, name = routes.table_file(site, package.edition, table.id), words("files.variable")
    return {
        "Python (pandas)": _pandas(table, url, name, words("files.total_row")),
        "R (readr)": _readr(table, url, name),
        "Excel (Power Query)": _power_query(table, url),
        "Google Sheets": f'=IMPORTDATA("{url}")',
    }


def _pandas(table: Table, url: str, name: str, totals: str) -> str:
    kinds = [f'        "{column}": "{"Int64" if column in table.measures else "string"}",' for column in columns(table)]
    lines = ["import pandas as pd", "", f"{name} = pd.read_csv(", f'    "{url}",', "    dtype={", *kinds, "    },"]
    lines += ["    keep_default_na=False,", '    na_values="",', ")"]
    query = " and ".join(f'{axis} == "{TOTAL}"' for axis in table.axes if axis != PERIOD)
    return "\n".join([*lines, *([f"{totals} = {name}.query('{query}')"] if query else [])])


def _readr(table: Table, url: str, name: str) -> str:
    kinds = [f"    {c} = col_{'integer' if c in table.measures else 'character'}()" for c in columns(table)]
    head = ["library(readr)", "", f"{name} <- read_csv(", f'  "{url}",', "  col_types = cols("]
    return "\n".join([*head, ",\n".join(kinds), "  ),", '  na = ""', ")"])


def _power_query(table: Table, url: str) -> str:
    measures = ", ".join(f'"{measure}"' for measure in table.measures)
    kinds = ", ".join(f'{{"{c}", {"Int64.Type" if c in table.measures else "type text"}}}' for c in columns(table))
    return f"""let
  Origen = Csv.Document(Web.Contents("{url}"), [Delimiter = ",", Encoding = 65001]),
  Encabezados = Table.PromoteHeaders(Origen),
  Vacios = Table.ReplaceValue(Encabezados, "", null, Replacer.ReplaceValue, {{{measures}}}),
  Tipos = Table.TransformColumnTypes(Vacios, {{{kinds}}})
in
  Tipos"""
