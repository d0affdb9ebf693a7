"""The door: any CSV that an office has → records in the form of the contract, generalised before anything else sees them.

Reads files. In: the Plan and the folder of raw files. Out: `Records` per record type, every column a string, or a
PipelineError("records") with every problem found. No message carries a cell's value; an unknown column is named only
when the first row really is a header.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.csv

from pipeline.confidential import identities
from pipeline.errors import Finding, PipelineError
from pipeline.plan import CodeList, Plan, Resource, Source

DELIMITERS = (",", ";", "\t", "|")
ENCODINGS = ("utf-8-sig", "cp1252")
MEGABYTE = 1 << 20
YES = frozenset({"true", "verdadero", "si", "s", "yes", "y", "1", "x"})
NO = frozenset({"false", "falso", "no", "n", "0"})
ROWS_NAMED = 10
"""Row numbers that a message lists before it only counts."""


@dataclass(frozen=True)
class Records:
    """Records of one type. `origin` has, row by row, the `file` and the `row` (1 = header) they were read from."""

    resource: str
    frame: pd.DataFrame
    origin: pd.DataFrame
    recoded: Mapping[str, int]
    """Column → values that matched no code and took the code that sources.yaml gives for that."""

    def without(self, bad: pd.Series) -> Records:
        """The records that `bad` (bool, same index) does not mark."""
        keep = ~bad
        return Records(self.resource, self.frame[keep], self.origin[keep], self.recoded)


def ingest(plan: Plan, raw: Path) -> dict[str, Records]:
    """Reads every source of the Plan. Raises PipelineError("records") with all findings."""
    findings: list[Finding] = []
    found: dict[str, Records] = {}
    for name, source in plan.sources.items():
        records = _read_source(plan, plan.resources[name], source, raw, findings)
        if records is not None:
            found[name] = records
    if findings:
        raise PipelineError("records", findings)
    return found


def rows_named(rows: pd.Series) -> dict[str, object]:
    """Facts that name rows: the first few and how many there are."""
    ordered = sorted(int(row) for row in rows)
    return {"rows": ", ".join(map(str, ordered[:ROWS_NAMED])), "count": len(ordered)}


def fold(text: str) -> str:
    """Case, accents and runs of space or underscore folded away: «Córdoba », «CORDOBA» and «cordoba» are one."""
    plain = unicodedata.normalize("NFKD", text)
    return re.sub(r"[\s_]+", " ", "".join(c for c in plain if not unicodedata.combining(c))).strip().casefold()


def _read_source(plan: Plan, resource: Resource, source: Source, raw: Path, findings: list[Finding]) -> Records | None:
    paths = sorted({path for pattern in source.files for path in raw.glob(pattern)})
    if not paths:
        findings.append(Finding.of(f"sources.yaml:{resource.name}.files", "no_file", pattern=", ".join(source.files)))
        return None
    before, frames, origins = len(findings), [], []
    for path in paths:
        frame = _read_csv(path, plan, source, resource, findings)
        if frame is not None:
            frames.append(frame)
            origins.append(pd.DataFrame({"file": path.name, "row": range(2, len(frame) + 2)}))
    if len(findings) > before:
        return None
    frame = pd.concat(frames, ignore_index=True)
    frame, recoded = _recode(frame, plan, resource, source)
    return Records(resource.name, frame, pd.concat(origins, ignore_index=True), recoded)


def _read_csv(
    path: Path, plan: Plan, source: Source, resource: Resource, findings: list[Finding]
) -> pd.DataFrame | None:
    name = path.name

    def wrong(rule: str, **facts: object) -> None:
        findings.append(Finding.of(name, rule, **facts))

    try:
        content = path.read_bytes()
    except IsADirectoryError:
        wrong("not_a_file")
        return None
    except OSError:
        wrong("unreadable")
        return None
    if not source.encoding and b"\0" in content:
        wrong("binary_file")
        return None
    text = _decode(content, source.encoding)
    if text is None:
        wrong("wrong_encoding", encoding=source.encoding or " / ".join(ENCODINGS))
        return None
    if not text.strip() or "\0" in text:
        wrong("binary_file" if text.strip() else "empty_file")
        return None
    text = text.rstrip("\r\n")
    delimiter = max(DELIMITERS, key=re.split(r"[\r\n]", text, maxsplit=1)[0].count)
    try:
        header = [column.strip() for column in next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))]
    except csv.Error:
        wrong("not_csv")
        return None
    columns = _contract_columns(header, plan, source, resource, wrong)
    if columns is None:
        return None
    ragged: list[int | None] = []

    def handle(row: pyarrow.csv.InvalidRow) -> str:
        ragged.append(row.number)
        return "skip"

    if not re.search(r"[\r\n]", text):
        wrong("no_rows")
        return None
    names = [f"{number}:{column}" for number, column in enumerate(header)]
    data = text.encode("utf-8")
    try:
        table = pyarrow.csv.read_csv(
            pa.BufferReader(data),
            read_options=pyarrow.csv.ReadOptions(
                column_names=names,
                skip_rows_after_names=1,
                use_threads=False,
                block_size=max(MEGABYTE, len(data)),  # a record longer than a block cannot be read
            ),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, invalid_row_handler=handle, ignore_empty_lines=False
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types={column: pa.string() for column in names}, strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid:
        wrong("not_csv")
        return None
    if ragged:
        wrong("ragged_row", **rows_named(pd.Series([number or 0 for number in ragged])))
        return None
    if table.num_rows == 0:
        wrong("no_rows")
        return None
    frame: pd.DataFrame = table.to_pandas()
    frame.columns = pd.Index(columns)
    kept = frame[[column for column in columns if column]].astype("str")
    kept = pd.DataFrame({column: kept[column].str.strip() for column in kept})
    for written, column in zip(header, columns, strict=True):
        if column:
            asked = identities.column(written, column, plan, resource, source)
            for kind, values in identities.of_values(asked, pa.array(kept[column].unique(), pa.string())).items():
                rows = kept.index[kept[column].isin(values)].to_series() + 2
                wrong("identity_value", column=written, kind=kind, **rows_named(rows))
    return kept


def _decode(content: bytes, encoding: str) -> str | None:
    """Text by the encoding that sources.yaml states, else UTF-8 (with or without BOM), else Windows-1252."""
    for candidate in (encoding,) if encoding else ENCODINGS:
        try:
            return content.decode(candidate)
        except (UnicodeDecodeError, LookupError):
            continue
    return None


def _contract_columns(
    header: list[str], plan: Plan, source: Source, resource: Resource, wrong: Any
) -> list[str] | None:
    """Field of the contract for each column of a file, '' for one that sources.yaml drops; None if they do not fit."""
    renamed = {fold(written): column for written, column in source.rename.items()}
    dropped = {fold(written) for written in source.drop}
    fields = {fold(column): column for column in resource.fields}
    columns: list[str | None] = []
    for written in header:
        key = fold(written)
        columns.append("" if key in dropped else renamed.get(key) or fields.get(key))
    known = [column for column in columns if column]
    if len(known) * 2 < max(1, min(len(header), len(resource.fields))):
        # The first row may be a record: naming its cells would print somebody's data.
        wrong("no_header", expected=", ".join(resource.fields[:5]))
        return None
    fine = True
    for number, (written, found) in enumerate(zip(header, columns, strict=True), start=1):
        if found == "":
            continue
        asked = identities.column(written, found, plan, resource, source) if found else identities.Column(written)
        shown = written if written and not identities.of_values(asked, pa.array([written])) else f"#{number}"
        if kind := identities.of_header(asked):
            wrong("identity_header", column=shown, kind=kind)
            fine = False
        elif found is None:
            wrong("unknown_column", column=shown)
            fine = False
    for column in sorted({column for column in known if known.count(column) > 1}):
        wrong("duplicate_column", column=column)
        fine = False
    constants = {column for column, recode in source.recode.items() if "constant" in recode}
    for column in resource.fields:
        if column not in known and column not in constants:
            wrong("missing_column", column=column)
            fine = False
    return [column or "" for column in columns] if fine else None


def _recode(frame: pd.DataFrame, plan: Plan, resource: Resource, source: Source) -> tuple[pd.DataFrame, dict[str, int]]:
    """Applies the recoding of each column to its distinct values; keeps what nothing matched for `validate` to refuse."""
    recoded: dict[str, int] = {}
    result = {}
    for column in resource.fields:
        rule = source.recode.get(column, {})
        if "constant" in rule:
            result[column] = pd.Series(rule["constant"], index=frame.index, dtype="str")
            continue
        values = frame[column]
        if rule:
            dimension = resource.dimensions.get(column)
            codes = plan.lists[dimension.codes] if dimension else None
            distinct = values.unique()
            mapped = {value: _recode_value(value, rule, codes) for value in distinct}
            fallen = {value for value, (_, matched) in mapped.items() if not matched}
            if fallen and "otherwise" in rule:
                recoded[column] = int(values.isin(list(fallen)).sum())
            values = values.map({value: new for value, (new, _) in mapped.items()}).astype("str")
        result[column] = values
    return pd.DataFrame(result), recoded


def _recode_value(value: str, rule: Mapping[str, Any], codes: CodeList | None) -> tuple[str, bool]:
    """(code, matched). A value that nothing matches becomes `otherwise`, or stays as it is."""
    if not value:
        return rule.get("empty", ""), True
    for attempt in _attempts(value, rule, codes):
        if attempt is not None:
            return attempt, True
    return rule.get("otherwise", value), False


def _attempts(value: str, rule: Mapping[str, Any], codes: CodeList | None) -> Iterator[str | None]:
    key = fold(value)
    if "aliases" in rule:
        yield {fold(str(written)): code for written, code in rule["aliases"].items()}.get(key)
    if rule.get("yes_no"):
        yield "true" if key in YES else "false" if key in NO else None
    if rule.get("month"):
        yield _month(value)
    if "bins" in rule:
        yield _bin(value, rule["bins"])
    if codes is not None:
        yield value if value in codes.by_code else None
        yield next((c.code for c in codes.codes if key in {fold(c.code), *map(fold, c.labels.values())}), None)


def _month(value: str) -> str | None:
    """The month of a date written AAAA-MM-DD, AAAA-MM, DD/MM/AAAA or MM/AAAA, with or without an hour."""
    if found := re.match(r"(\d{4})[-/](\d{1,2})(?:[-/]\d{1,2})?(?:[T ].*)?$", value):
        year, month = found[1], int(found[2])
    elif found := re.match(r"(?:\d{1,2}[-/])?(\d{1,2})[-/](\d{4})(?:[T ].*)?$", value):
        year, month = found[2], int(found[1])
    else:
        return None
    return f"{year}-{month:02d}" if 1 <= month <= 12 else None


def _bin(value: str, bins: list[Mapping[str, Any]]) -> str | None:
    try:
        number = float(value.replace(",", "."))
    except ValueError:
        return None
    for each in bins:
        if each.get("from", float("-inf")) <= number <= each.get("to", float("inf")):
            return str(each["code"])
    return None
