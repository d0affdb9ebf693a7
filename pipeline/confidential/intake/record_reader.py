"""Reads one record type: finds each column's place in the contract, recodes it, and writes it chunk by chunk. I/O.

Memory does not grow with the records. Findings say what is wrong with each file; none carries a cell's value, and an
unknown column is named only when the first row really is a header.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from pathlib import Path
from typing import IO, Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from pipeline.confidential.intake import direct_identifiers, lookup
from pipeline.confidential.intake import notation as forms
from pipeline.confidential.intake.formats.detect import open_file
from pipeline.confidential.intake.formats.table import Table, Unreadable, rows_named
from pipeline.confidential.intake.headers import PART, Headers
from pipeline.confidential.intake.identity_watch import IdentityWatch
from pipeline.confidential.intake.notation import Dates, Numbers
from pipeline.confidential.intake.recode import Recoder, Splitter, constant
from pipeline.confidential.intake.records import FILE, ID, ROW, Read, Records
from pipeline.confidential.intake.same_rows import Rows, same_rows
from pipeline.confidential.intake.source_files import Opening, closed_folders, files_of, name_of, opened
from pipeline.confidential.storage.arrow import numbers, whole
from pipeline.confidential.storage.workspace import Store
from pipeline.institute.plan import Origin, Plan, Resource, Source
from pipeline.model.findings import Collector
from pipeline.model.spellings import fold


class RecordReader(Collector):
    """Reads one record type, file by file and chunk by chunk, and collects what is wrong with it."""

    kind = "records"

    def __init__(self, plan: Plan, resource: Resource, source: Source, raw: Path, store: Store) -> None:
        super().__init__()
        self.plan, self.resource, self.source, self.raw = plan, resource, source, raw
        self.path = store.folder / f"{resource.name}.parquet"
        self.store = store
        self.rows = 0
        self._lists = {d.column: plan.lists[d.codes] for d in resource.dimensions.values() if d.column}
        self._summed = {column for columns in resource.sums.values() for column in columns}
        self._recoders: dict[tuple[str, ...], Recoder] = {}
        self._headers = Headers(plan, resource, source, self)
        self._lost: dict[str, list[int]] = {}
        """Field → rows of a file with a key that the other file does not have."""
        self._absent: list[str] = []
        """Patterns that no file matches, which may be so where there was nothing to be handed in."""
        self._taken: dict[str, Counter[str]] = {}
        """Column → period → values that took the code foreseen for what nothing matches."""

    def read(self) -> Records | None:
        """The records, or None with at least one finding."""
        if len(self._lookups) < len(self.source.lookup):
            return None
        read: list[Read] = []
        opened_by: dict[str, Opening] = {}
        with (
            self.store.writing(self.path.name) as stream,
            ThreadPoolExecutor(1) as self.worker,
            self._writer(stream) as writer,
        ):
            for opening in self._origins():
                try:
                    if (one := self._read_one(opening, opened_by, writer)) is not None:
                        read.append(one)
                except Unreadable as problem:
                    self.wrong(opening.name, problem.rule, **problem.facts)
        if not opened_by and self.plan.due(self.resource.name, self.plan.editions[-1].cut_off):
            for pattern in self._absent:  # of some period there should be records
                self.wrong(f"sources.yaml:{self.resource.name}.files", "no_file", pattern=pattern)
        if not self.findings:
            found = same_rows(
                self.resource, self.path, self.store, opened_by, lambda name: self._written(opened_by[name])
            )
            for each in found:
                self.note(each)
        return None if self.findings else self._records(tuple(read))

    def _read_one(
        self, opening: Opening, opened_by: dict[str, Opening], writer: pyarrow.parquet.ParquetWriter
    ) -> Read | None:
        """Writes the rows of one file or table, which joins those `opened_by` name if it has any. None where its header does
        not fit. Raises Unreadable."""
        name, origin, before = opening.name, opening.origin, self.rows
        signature = opening.signature()
        table = opened(opening)
        if (columns := self._headers.columns(name, table.header, origin)) is None:
            return None
        watched = self._watched(columns, origin)
        for batch in self._batches(name, origin, table, columns, watched):
            if not self.findings:
                writer.write_batch(batch)
        if opening.signature() != signature:
            raise Unreadable("changed_meanwhile")
        if self.rows > before:
            if first := next((each.name for each in opened_by.values() if opening.is_copy_of(each)), ""):
                self.wrong(name, "same_file", other=first)
            opened_by[name] = opening
        elif not self.source.none:  # else `check` asks of which periods there were none
            raise Unreadable("no_rows")
        for column, watch in watched.items():
            for told in watch.wrong():
                self.wrong(name, told.rule, column=column, **told.facts)
        said = tuple((column, told) for column, watch in watched.items() for told in watch.said())
        return Read(name, table.form, self.rows - before, said, opening.file)

    @cached_property
    def _lookups(self) -> Mapping[str, lookup.Found]:
        """Field → what another file has for each key; fewer than there are, with findings, where one cannot be used."""
        found = {}
        for field, each in self.source.lookup.items():
            asked = direct_identifiers.column(each.value, field, self.plan, self.resource, self.source)
            values, wrong = lookup.read(each, asked, self.raw)
            self.findings += wrong
            if values is not None:
                found[field] = values
        return found

    def _records(self, read: tuple[Read, ...]) -> Records:
        """What was read, with the values that were recoded or matched nothing."""
        used: list[tuple[str, Recoder | Splitter]] = [(column, each) for (column, *_), each in self._recoders.items()]
        used += list(self._headers.splitters.items())
        unmatched = Counter[str]()
        strange: dict[str, Counter[str]] = {}
        for column, each in used:
            unmatched[column] += each.unmatched
            strange.setdefault(column, Counter()).update(each.strange)
        return Records(
            self.resource.name,
            self.path,
            self.rows,
            read,
            self._taken,
            {column: count for column, count in unmatched.items() if count},
            {column: values for column, values in strange.items() if values},
        )

    def _written(self, opening: Opening) -> Rows:
        """Period → how often each row is in a file, as it is read; but of dates the day is kept, and numbers are not grouped."""
        door, origin = RecordReader(self.plan, self.resource, self.source, self.raw, self.store), opening.origin
        table = opening.open()
        columns = door._headers.columns(opening.name, table.header, origin) or {}
        ordered = sorted(columns, key=lambda position: columns[position])
        coded = {position for position, column in columns.items() if door._is_coded(column, origin)}
        found: Rows = {}
        for arrays in table.chunks(ordered, coded):
            read = {columns[n]: array for n, array in zip(ordered, arrays, strict=True)}
            read |= door._looked_up(read, origin, 0)
            ready = door._recoded(dict(read), origin, len(arrays[0]))
            kept = [door._whole(column, array, ready, origin) for column, array in read.items()]
            for period, *row in zip(ready[self.resource.period].to_pylist(), *kept, strict=True):
                found.setdefault(period, Counter())[tuple(row)] += 1
        return found

    def _whole(self, column: str, array: pa.Array, ready: Mapping[str, pa.Array], origin: Origin) -> Iterable[str]:
        """A column as it is read, but with the days of dates and the numbers that groups are made of."""
        rule = self.source.recode.get(column, {})
        zone = ZoneInfo(origin.timezone) if origin.timezone else None
        if any(rule.get(level) for level in ("month", "quarter", "year")):
            read = partial(forms.day, form=origin.date_format, zone=zone)
        elif "bins" in rule:
            read = partial(forms.number, decimal=origin.decimal)
        else:
            return list(ready.get(column, array).to_pylist())
        return [read(word.strip()) or word.strip() for word in array.to_pylist()]

    def _origins(self) -> Iterator[Opening]:
        """Every file and table; a file, or a sheet of it that is asked for by name, is read once, by the first origin it matches."""
        seen: set[tuple[Path, str]] = set()
        sheets = Counter(
            path for each in self.source.origins if each.sheet for path in files_of(each.pattern, self.raw)
        )
        for number, origin in enumerate(self.source.origins):
            if origin.url:
                place = f"sources.yaml:{self.resource.name}.files.{number}"
                yield Opening(place, origin, self._database(origin))
                continue
            for folder in closed_folders(origin.pattern, self.raw):
                self.wrong(f"{folder.relative_to(self.raw).as_posix()}/", "unreadable")
            found = files_of(origin.pattern, self.raw)
            whole = {path for path, sheet in seen if not sheet or not origin.sheet}
            paths = [path for path in found if path not in whole and (path, origin.sheet) not in seen]
            if not paths and self.source.none and not found:
                self._absent.append(origin.pattern)
            elif not paths:
                rule = "read_already" if found else "no_file"
                self.wrong(f"sources.yaml:{self.resource.name}.files", rule, pattern=origin.pattern)
            for path in paths:
                seen.add((path, origin.sheet))
                file = name_of(path, self.raw)
                name = f"{file} «{origin.sheet}»" if sheets[path] > 1 else file
                yield Opening(name, origin, partial(open_file, path, origin), path, file)

    def _database(self, origin: Origin) -> Callable[[], Table]:
        def opened() -> Table:
            from pipeline.confidential.intake.database import open_database  # SQLAlchemy loads only where it is used

            return open_database(origin, self.raw)

        return opened

    # rows --------------------------------------------------------------------------------------------------------------

    def _watched(self, columns: Mapping[int, str], origin: Origin) -> dict[str, Dates | Numbers]:
        """Column → what watches in what form its cells are written, for those of dates and numbers that are read by form."""
        found: dict[str, Dates | Numbers] = {}
        for column in {*columns.values(), *self.source.lookup} & set(self.resource.fields):
            rule = self.source.recode.get(column, {})
            if "constant" in rule:
                continue
            if any(rule.get(level) for level in ("month", "quarter", "year")):
                found[column] = Dates(origin.date_format, origin.timezone)
            elif "bins" in rule or column in self._summed or self._is_number(column):
                aliases = frozenset(map(fold, rule.get("aliases", ())))
                found[column] = Numbers(origin.decimal, partial(_is_among, aliases))
        return dict(sorted(found.items()))

    def _batches(
        self,
        where: str,
        origin: Origin,
        table: Table,
        columns: Mapping[int, str],
        watched: Mapping[str, Dates | Numbers],
    ) -> Iterator[pa.RecordBatch]:
        """The rows of a table in the form of the contract; whether a cell says who somebody is, and in what form it is written,
        is asked on the way."""
        first = table.first
        positions = list(columns)
        coded = {position for position, column in columns.items() if self._is_coded(column, origin)}
        kept = {n: column for n, column in columns.items() if not self._headers.unkept(column)}
        watches = {
            column: IdentityWatch(self._headers.asked(table.header[n].strip(), column)) for n, column in kept.items()
        }
        for arrays in _ahead(table.chunks(positions, coded)):
            count = len(arrays[0]) if arrays else 0
            written = dict(zip(columns.values(), arrays, strict=True))
            looks = [self.worker.submit(each.look, written[column], first) for column, each in watches.items()]
            written |= self._looked_up(written, origin, first)
            for column, watch in watched.items():
                if column in written:
                    watch.look(written[column], first)
            ready = self._recoded(written, origin, count)
            places = np.arange(count, dtype=np.int64)
            yield pa.RecordBatch.from_arrays(
                [
                    *(self._stored(column, ready[column]) for column in self.resource.fields),
                    numbers(places + self.rows),
                    constant(where, count),
                    numbers(places + first),
                ],
                schema=self._form,
            )
            self.rows += count
            first += count
            for look in looks:
                look.result()
        for field, lost in self._lost.items():
            file = self.source.lookup[field].file
            self.wrong(where, "lookup_lost", column=self.source.lookup[field].key, file=file, **rows_named(lost))
        self._lost = {}
        for each in watches.values():
            for kind, (rows, count) in each.seen.items():
                facts = {"rows": ", ".join(map(str, rows)), "count": count}
                self.wrong(where, "identity_value", column=each.asked.written, kind=kind, **facts)

    def _recoded(self, written: Mapping[str, pa.Array], origin: Origin, count: int) -> dict[str, pa.Array]:
        ready: dict[str, pa.Array] = {}
        written = {**written, **self._together(written)}
        used: dict[str, Recoder | Splitter] = {}
        for column in self.resource.fields:
            rule = self.source.recode.get(column, {})
            if "constant" in rule:
                ready[column] = constant(rule["constant"], count)
            elif column not in written:
                ready[column] = constant(origin.absent.get(column, ""), count)
            elif self._is_coded(column, origin):
                used[column] = recoder = self._recoder(column, origin)
                ready[column] = recoder(written[column])
            else:
                ready[column] = pc.utf8_trim_whitespace(written[column])
        for header in set(self._headers.splitters) & set(written):
            used[header] = splitter = self._headers.splitters[header]
            ready |= splitter(written[header])
        for column, each in used.items():
            if each.taken.any():
                self._note_taken(column, each.taken, ready[self.resource.period])
        return ready

    def _together(self, written: Mapping[str, pa.Array]) -> dict[str, pa.DictionaryArray]:
        """The fields that join several columns of a chunk."""
        found = {}
        for column, parts in self._headers.joined.items():
            if set(parts) <= set(written):
                cells = [pc.utf8_trim_whitespace(written[part].dictionary_decode()) for part in parts]
                found[column] = pc.binary_join_element_wise(*cells, "-").dictionary_encode()
        return found

    def _looked_up(self, written: Mapping[str, pa.Array], origin: Origin, first: int) -> dict[str, pa.Array]:
        """The fields that another file has for the keys of a chunk; the rows of keys that it does not have are noted."""
        found: dict[str, pa.Array] = {}
        names = self._headers.names(origin)
        for field, each in self.source.lookup.items():
            if field in written or (keys := written.get(names[fold(each.key)])) is None:
                continue
            coded = keys if pa.types.is_dictionary(keys.type) else keys.dictionary_encode()
            values, lost = self._lookups[field](coded)
            found[field] = values if self._is_coded(field, origin) else values.dictionary_decode()
            if len(lost):
                self._lost.setdefault(field, []).extend((lost + first).tolist())
        return found

    def _note_taken(self, column: str, taken: npt.NDArray[np.int64], period: pa.DictionaryArray) -> None:
        """An edition tells of what was recoded up to its cut-off only, so that it is counted by period."""
        names = period.dictionary.to_pylist()
        times = np.bincount(whole(period.indices), weights=taken, minlength=len(names))
        found = Counter({name: int(count) for name, count in zip(names, times, strict=True) if count})
        self._taken.setdefault(column, Counter()).update(found)

    def _recoder(self, column: str, origin: Origin) -> Recoder:
        key = column, origin.decimal, origin.date_format, origin.timezone
        if key not in self._recoders:
            rule, codes, numeric = self.source.recode.get(column), self._lists.get(column), self._is_number(column)
            whole = column in self._summed or self._described(column)["type"] == "integer"
            self._recoders[key] = Recoder(rule, codes, origin, numeric=numeric, whole=whole)
        return self._recoders[key]

    def _is_number(self, column: str) -> bool:
        return self._described(column)["type"] in ("integer", "number")

    def _described(self, column: str) -> Mapping[str, Any]:
        described: Mapping[str, Any] = next(f for f in self.resource.schema["fields"] if f["name"] == column)
        return described

    def _is_coded(self, column: str, origin: Origin) -> bool:
        """Whether a column has few distinct values, or is recoded value by value."""
        if column in self._headers.splitters or column.startswith(PART):
            return True
        described = self._described(column)
        number = self._is_number(column) and bool(origin.decimal)
        few = described["type"] == "boolean" or "enum" in described.get("constraints", {})
        return few or number or column == self.resource.period or column in {*self.source.recode, *self._summed}

    # the canonical file ------------------------------------------------------------------------------------------------

    def _writer(self, stream: IO[bytes]) -> pyarrow.parquet.ParquetWriter:
        words = [column for column in self.resource.fields if pa.types.is_dictionary(self._form.field(column).type)]
        return pyarrow.parquet.ParquetWriter(
            stream,
            self._form,
            compression="zstd",
            compression_level=1,
            write_statistics=False,
            use_dictionary=[*words, FILE],
            column_encoding={ID: "DELTA_BINARY_PACKED", ROW: "DELTA_BINARY_PACKED"},
        )

    def _stored(self, column: str, values: pa.Array) -> pa.Array:
        """The column as the file holds it: words of few kinds once each, others one by one."""
        words, coded = (pa.types.is_dictionary(kind) for kind in (self._form.field(column).type, values.type))
        return values if words == coded else values.dictionary_encode() if words else values.dictionary_decode()

    @cached_property
    def _form(self) -> pa.Schema:
        words = pa.dictionary(pa.int32(), pa.string())
        any_coded = Origin(decimal=",")
        columns = [(c, words if self._is_coded(c, any_coded) else pa.string()) for c in self.resource.fields]
        return pa.schema([*columns, (ID, pa.int64()), (FILE, words), (ROW, pa.int64())])


def _is_among(folded: Collection[str], word: str) -> bool:
    return fold(word) in folded


def _ahead(chunks: Iterator[list[pa.Array]]) -> Iterator[list[pa.Array]]:
    """The chunks, the next of which is read while one is worked on. Who ends the run does not wait for a query that may never."""
    reader = ThreadPoolExecutor(1)
    try:
        coming = reader.submit(next, chunks, None)
        while (chunk := coming.result()) is not None:
            coming = reader.submit(next, chunks, None)
            yield chunk
    finally:
        reader.shutdown(wait=not isinstance(sys.exception(), KeyboardInterrupt | GeneratorExit))
