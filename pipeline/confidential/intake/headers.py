"""What each column of an office's file is in the contract: by its header, before a cell is read. Pure.

Findings say what is wrong with a file; none carries a cell's value, and an unknown column is named only when the first row really
is a header.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.confidential.intake import direct_identifiers
from pipeline.confidential.intake.recode import Splitter
from pipeline.confidential.storage.arrow import strings
from pipeline.institute.plan import Origin, Plan, Resource, Source
from pipeline.model.findings import Collector
from pipeline.model.spellings import fold

COLUMNS_NAMED = 10
"""Unknown columns that are told one by one; of more, the first are named and all are counted."""
PART = "\0"
"""How the name of a written column begins that is joined with others: no field has it."""


class Headers:
    """Finds each column's place in the contract; what is wrong is told to `told`.

    splitters: header of an `answers` column → how its cells are split. joined: field → the names of the columns that it joins;
    parts: those names. keys: names of the columns that something is looked up by, where they are nothing else.
    """

    def __init__(self, plan: Plan, resource: Resource, source: Source, told: Collector) -> None:
        self.plan, self.resource, self.source, self.told = plan, resource, source, told
        self.splitters = {header: Splitter(answers) for header, answers in source.answers.items()}
        self.joined = {column: tuple(PART + fold(each) for each in parts) for column, parts in source.join.items()}
        self.parts = {part for parts in self.joined.values() for part in parts}
        self.keys = {PART + fold(each.key) for each in source.lookup.values()}

    def unkept(self, column: str) -> bool:
        """Whether a column is read for what is looked up by it alone."""
        return column in self.keys - self.parts

    def columns(self, where: str, header: Sequence[str], origin: Origin) -> dict[int, str] | None:
        """Position → field of the contract, header of an `answers` column, or column that is joined with others (PART); None,
        with findings, if they do not fit.

        Whether a header announces who somebody is is asked here, before a cell is read.
        """
        names = self.names(origin)
        dropped = {fold(written) for written in self.source.drop}
        kept = [number for number, written in enumerate(header) if fold(written) not in dropped]
        columns = {number: names[key] for number in kept if (key := fold(header[number])) in names}
        if self.source.rest:
            kept = list(columns)
        known = list(columns.values())
        if len(known) * 2 < max(1, min(len(header), len(self.resource.fields))):
            # The first row may be a record: naming its cells would print somebody's data.
            self.told.wrong(where, "no_header", expected=", ".join(self.resource.fields[:5]))
            return None
        before = len(self.told.findings)
        self._strange_headers(where, header, kept, columns)
        self._two_ways(where, names, {*known, *origin.absent})
        for column in sorted({column for column in known if known.count(column) > 1}):
            self.told.wrong(where, "duplicate_column", column=column.removeprefix(PART))
        given = self._given(set(known), origin)
        for column in self.resource.fields:
            if column not in given:
                self.told.wrong(where, "missing_column", column=column)
        return columns if len(self.told.findings) == before else None

    def _given(self, known: set[str], origin: Origin) -> set[str]:
        """The fields that a file with these columns has: its own, constant ones, joined, looked up and split ones."""
        constant = {column for column, rule in self.source.recode.items() if "constant" in rule}
        joined = {column for column, parts in self.joined.items() if set(parts) <= known}
        split = {field for written in known & set(self.splitters) for field in self.splitters[written].fields}
        return {*known, *origin.absent, *constant, *joined, *self.source.lookup, *split}

    def names(self, origin: Origin) -> dict[str, str]:
        """Folded header → what the column is read as: a field, a header of `answers`, or a part or key (PART)."""
        found = {key.removeprefix(PART): key for key in self.keys}
        found |= {fold(column): column for column in self.resource.fields}
        found |= {fold(written): column for written, column in origin.rename.items()}
        found |= {fold(written): written for written in self.source.answers}
        return found | {part.removeprefix(PART): part for parts in self.joined.values() for part in parts}

    def _two_ways(self, where: str, names: Mapping[str, str], known: set[str]) -> None:
        """Finds what sources.yaml finds in two ways, and lookups whose key a file does not have. `known`: what the file has, and
        what stands for columns that it does not have yet."""
        for field, each in self.source.lookup.items():
            if field in known and names[fold(each.key)] in known and names[fold(each.key)] != field:
                self.told.wrong(where, "found_in_two_ways", name=field)
            elif not {field, names[fold(each.key)]} & known:
                self.told.wrong(where, "lookup_no_key", column=each.key)
        for field, rule in self.source.recode.items():
            if "constant" in rule and field in known:
                self.told.wrong(where, "found_in_two_ways", name=field)

    def _strange_headers(
        self, where: str, header: Sequence[str], kept: Sequence[int], columns: Mapping[int, str]
    ) -> None:
        """Finds the columns that say who somebody is and those that nothing describes. `kept`: positions not dropped."""
        unknown: dict[str, list[str]] = {}
        for number in kept:
            written = header[number].strip()
            if self.unkept(columns.get(number, "")):
                continue  # nothing of it is kept
            asked = self.asked(written, columns.get(number, ""))
            kind = direct_identifiers.of_header(asked)
            if not kind and number in columns:
                continue
            # A name of several lines is told by its first: the others could be records behind a quote.
            shown = (
                written.splitlines()[0]
                if written and not direct_identifiers.of_values(asked, strings([written]))
                else f"#{number + 1}"
            )
            if kind:
                self.told.wrong(where, "identity_header", column=shown, kind=kind)
            else:
                unknown.setdefault("unknown_column" if written else "unnamed_column", []).append(shown)
        for rule, columns_shown in unknown.items():
            if len(columns_shown) > COLUMNS_NAMED:
                told = ", ".join(columns_shown[:COLUMNS_NAMED])
                self.told.wrong(where, f"{rule}s", columns=told, count=len(columns_shown))
            else:
                for shown in columns_shown:
                    self.told.wrong(where, rule, column=shown)

    def asked(self, written: str, column: str) -> direct_identifiers.Column:
        """What `direct_identifiers` is asked about a column of a file."""
        if many := self.source.answers.get(column):
            known = frozenset(direct_identifiers.words(text) for text in (*many.columns, *many.none))
            return direct_identifiers.Column(written, known=known, made=frozenset({"closed"}))
        if column.startswith(PART):  # all that is kept of it is the month
            return direct_identifiers.Column(written, made=frozenset({"month"}))
        if column:
            return direct_identifiers.column(written, column, self.plan, self.resource, self.source)
        return direct_identifiers.Column(written)
