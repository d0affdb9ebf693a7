"""All tables of an edition in one tidy file (CSV, Parquet), and every figure that editions tell differently in another.

In: editions as any reader sees them. Out: bytes. Pure. A row is one figure: table, measure, a column per dimension (empty
where the table has none of that name), value, statuses. A withheld figure is empty, as it is in the tables.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.public.edition.model import CONF, OBS, PERIOD, Package

TABLE, MEASURE, VALUE = "tabla", "medida", "valor"
TIDY_CSV, TIDY_PARQUET, REVISIONS = "todo.csv", "todo.parquet", "revisiones.csv"


def tidy(package: Package) -> pd.DataFrame:
    """Every figure of an edition, in the order of its tables and of their rows."""
    names = sorted({name for table in package.tables.values() for name in table.names} - {PERIOD})
    parts = []
    for table in package.tables.values():
        for measure in table.measures:
            part = table.frame.reindex(columns=[PERIOD, *names, OBS, CONF])
            part.insert(0, TABLE, table.id)
            part.insert(1, MEASURE, measure)
            part.insert(len(part.columns) - 2, VALUE, table.frame[measure])
            parts.append(part)
    return pd.concat(parts, ignore_index=True)


def as_csv(frame: pd.DataFrame) -> bytes:
    return frame.to_csv(index=False, lineterminator="\n").encode()


def as_parquet(frame: pd.DataFrame) -> bytes:
    """Text for codes and statuses, 64-bit integers for figures, null where one is withheld."""
    kinds = [pa.field(name, pa.int64() if name == VALUE else pa.string()) for name in frame.columns]
    arrays = [pa.array([None if pd.isna(v) else v for v in frame[each.name].tolist()], each.type) for each in kinds]
    stream = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(arrays, schema=pa.schema(kinds)), stream, compression="zstd")
    return stream.getvalue()


def revisions(packages: Sequence[Package]) -> bytes:
    """Every figure that two editions (oldest first) tell differently, as each edition that has it tells it.

    Columns: table, measure, the cell as `dimension=code` pairs, edition, day of its publication, value, status.
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([TABLE, MEASURE, "celda", "edicion", "publicada", VALUE, OBS])
    for name in dict.fromkeys(name for package in packages for name in package.tables):
        writer.writerows(_revised(name, packages))
    return stream.getvalue().encode()


def _revised(name: str, packages: Sequence[Package]) -> Iterator[list[object]]:
    told: dict[tuple[str, str], dict[str, tuple[object, str]]] = {}
    for package in packages:
        if (table := package.tables.get(name)) is None:
            continue
        keys = list(zip(*(table.frame[axis].astype(str).tolist() for axis in table.names), strict=True))
        cells = [";".join(f"{axis}={code}" for axis, code in zip(table.names, key, strict=True)) for key in keys]
        for measure in table.measures:
            values, states = table.frame[measure].tolist(), table.frame[OBS].tolist()
            for cell, value, status in zip(cells, values, states, strict=True):
                shown = "" if pd.isna(value) else int(value)
                told.setdefault((measure, cell), {})[package.edition] = (shown, str(status))
    days = {package.edition: str(package.release["published"]) for package in packages}
    for (measure, cell), by_edition in told.items():
        if len({value for value, _ in by_edition.values()}) > 1:
            for edition, (value, status) in by_edition.items():
                yield [name, measure, cell, edition, days[edition], value, status]
