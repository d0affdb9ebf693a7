"""JSON, Parquet and code that reads the CSV: types, missing values, labels."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from pipeline.public.exports import data_files
from pipeline.public.presentation import routes
from tests.derived import Derived, derived

__all__ = ["derived"]


def test_parquet_reads_back_with_whole_numbers_and_gaps(derived: Derived) -> None:
    for name, table in derived.tables.items():
        read = pq.read_table(derived.edition / "tables" / f"{name}.parquet")
        frame = read.to_pandas(types_mapper={read.schema.field(table_measure(read)).type: pd.Int64Dtype()}.get)
        assert list(frame.columns) == data_files.columns(table)
        for measure in table.measures:
            assert frame[measure].dtype == pd.Int64Dtype()
            assert frame[measure].isna().equals(frame["obs_status"] == "Q")
        about = json.loads(read.schema.metadata[b"celosia"])
        assert about["edition"] == derived.newest.edition
        assert about["withheld"] == table.withheld


def table_measure(read: Any) -> str:
    return str(next(field.name for field in read.schema if str(field.type) == "int64"))


def test_json_explains_itself(derived: Derived) -> None:
    found = json.loads((derived.edition / "tables" / "servicios_por_area.json").read_bytes())
    assert found["dimensions"]["area"]["codes"]["juridica"] == {"es": "Jurídica", "en": "Legal"}
    assert found["dimensions"]["area"]["codes"]["_T"] == {"es": "Total", "en": "Total"}
    assert found["measures"]["usuarias"]["en"] == "Women"
    assert found["source"].startswith(f"{derived.url}datos/{derived.newest.edition}/tables/")
    assert len(found["rows"]) == found["cells"]


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_pandas_lines_run_and_give_the_published_figures(derived: Derived, language: str) -> None:
    words = derived.texts[language]
    for name, table in derived.tables.items():
        code = data_files.snippets(derived.newest, table, derived.url, words)["Python (pandas)"]
        local = (derived.edition / "tables").as_uri() + "/"
        address = routes.file(derived.url, derived.newest.edition, "tables/")
        assert address in code
        space: dict[str, pd.DataFrame] = {}
        exec(code.replace(address, local), space)
        frame = space[words("files.variable")]
        expected = table.frame[data_files.columns(table)].reset_index(drop=True)
        for measure in table.measures:
            assert frame[measure].dtype == pd.Int64Dtype()
        pd.testing.assert_frame_equal(frame.astype(expected.dtypes.to_dict()), expected)
        if len(table.axes) > 1:
            totals = space[words("files.total_row")]
            assert len(totals) == len(table.periods), name


def test_code_in_other_tools_names_every_column_with_its_kind(derived: Derived) -> None:
    words = derived.texts["es"]
    for table in derived.tables.values():
        code = data_files.snippets(derived.newest, table, derived.url, words)
        r = re.findall(r"^    (\w+) = col_(integer|character)\(\),?$", code["R (readr)"], re.MULTILINE)
        assert r == [(c, "integer" if c in table.measures else "character") for c in data_files.columns(table)]
        assert code["R (readr)"].count("(") == code["R (readr)"].count(")")
        query = dict(re.findall(r'\{"(\w+)", (type text|Int64\.Type)\}', code["Excel (Power Query)"]))
        assert list(query) == data_files.columns(table)
        assert {c for c, kind in query.items() if kind == "Int64.Type"} == set(table.measures)
        address = re.fullmatch(r'=IMPORTDATA\("(.+)"\)', code["Google Sheets"])
        assert address is not None
        path = address[1].removeprefix(f"{derived.url}datos/")
        assert (derived.folder / path).is_file()


def test_a_withheld_figure_is_null_and_not_zero(derived: Derived) -> None:
    table = next(t for t in derived.tables.values() if t.withheld)
    data = data_files.as_parquet(derived.newest, table, derived.url, derived.texts)
    measure = next(iter(table.measures))
    column = pq.read_table(io.BytesIO(data)).column(measure)
    assert column.null_count == table.withheld
