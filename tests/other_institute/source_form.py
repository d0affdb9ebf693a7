"""Sampled consultations written the way the four real files are written. Pure, but for `write`.

In: what `sample` dealt and what `delivered` wrote. Out: four yearly files, and beside them the records that the door
must make of them. One file has a BOM and another has none; ages are `31` in one year and `31.0` in the next, some are
impossible; provinces come by name, with and without accents; a few rows of each file stand in it twice; two columns are
there that nobody asked for.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.institute.plan import Plan

AGE = "edad_persona_en_situacion_de_violencia"
PROVINCE = "prov_residencia_persona_en_situacion_violencia"
DATE = "fecha"
WITH_BOM = ("2020", "2021")
WITH_DECIMALS = ("2022", "2023")
IMPOSSIBLE = ("127", "-3", "999", "s/d")
TWICE = 3
"""Rows of each file that it repeats at its end."""
UNASKED = {
    "pais_nacimiento_persona_en_situacion_de_violencia": ("Argentina", "ARMENIA", ""),
    "genero_de_la_persona_agresora": ("Varon", "Varón", ""),
}


def yearly(
    dealt: pd.DataFrame, delivered: pd.DataFrame, plan: Plan
) -> Iterator[tuple[str, pd.DataFrame, pd.DataFrame]]:
    """(year, rows as the file has them, records that they stand for), year by year."""
    names = {code.code: code.labels["es"] for code in plan.lists["provincia"].codes}
    for year, expected in dealt.groupby(dealt["mes"].str[:4]):
        rows, expected = delivered.loc[expected.index].copy(), expected.copy()
        rows[AGE] = [_age(age, str(year)) for age in rows[AGE]]
        impossible = rows.index[:: len(rows) // len(IMPOSSIBLE)][: len(IMPOSSIBLE)]
        rows.loc[impossible, AGE] = IMPOSSIBLE
        expected.loc[impossible, "grupo_edad"] = "no_especificado"
        rows[PROVINCE] = [
            "" if code == "no_especificado" else _spelling(names[code], n, plain=year == "2022")
            for n, code in enumerate(expected["provincia"])
        ]
        for column, values in UNASKED.items():
            rows[column] = np.resize(values, len(rows))
        yield (
            str(year),
            pd.concat([rows, rows.tail(TWICE)], ignore_index=True),
            pd.concat([expected, expected.tail(TWICE)], ignore_index=True),
        )


def write(rows: pd.DataFrame, year: str, folder: Path) -> Path:
    """The file of a year."""
    path = folder / f"linea144-{year}.csv"
    encoding = "utf-8-sig" if year in WITH_BOM else "utf-8"
    path.write_text(rows.to_csv(index=False, lineterminator="\n"), encoding=encoding)
    return path


def _age(age: str, year: str) -> str:
    number = age.removesuffix(".0")
    if not number.isdigit():
        return ""
    return f"{number}.0" if year in WITH_DECIMALS else number


def _spelling(name: str, number: int, *, plain: bool) -> str:
    """Mostly the name; sometimes shouted, sometimes with another capital; in some years without accents."""
    if plain:
        name = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return name.upper() if number % 50 == 0 else name.title() if number % 7 == 0 else name
