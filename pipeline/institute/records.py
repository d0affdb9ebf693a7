"""records.package.yaml and sources.yaml → what is counted, and where it comes from. Mistakes are kept, as file:key."""

from __future__ import annotations

import glob
import itertools
import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from fnmatch import fnmatchcase
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pipeline.institute.files import Folder, near
from pipeline.institute.plan import PERIOD, Answers, CodeList, Dimension, Lookup, Origin, Resource, Source
from pipeline.institute.written import Bin, Recoding
from pipeline.model import periods
from pipeline.model.reference_data import names as listed
from pipeline.model.reference_data import standard
from pipeline.model.spellings import fold, meanings

PASSWORD = re.compile(r"(?i)://[^/?#:]*:[^@]*@|[?&;](\w*password|passwd|pwd)=|pwd(=|%3d)")
"""Where the address of a database carries a password: behind the user, or among what follows."""

REST = "rest"
"""What `drop` says where every column that nothing names is left at the door."""


class Contract(Folder):
    """Reads what records must look like; a code list becomes the enum of its column."""

    def resources(self, lists: Mapping[str, CodeList]) -> dict[str, Resource]:
        name = "records.package.yaml"
        found: dict[str, Resource] = {}
        if (content := self.filled(name)) is None:
            self.unread("resource")
            return found
        described = content.get("resources") if isinstance(content, dict) else None
        if not isinstance(described, list) or not described:
            self.unread("resource")
            self.wrong(f"{name}:resources", "required", key="resources")
            return found
        for number, descriptor in enumerate(described):
            key = f"{name}:resources.{descriptor.get('name', number) if isinstance(descriptor, dict) else number}"
            if not isinstance(descriptor, dict) or "name" not in descriptor:
                self.unread("resource")
                self.wrong(key, "required", key="name")
                continue
            resource = self.resource(key, descriptor, lists)
            if resource:
                found[resource.name] = resource
            else:
                self.unread("resource", str(descriptor["name"]))
        for resource in found.values():
            for foreign in resource.schema.get("foreignKeys", ()):
                other = foreign["reference"]["resource"] or resource.name
                target = found.get(other)
                if target is None:
                    if not self.is_unread("resource", other):
                        key = f"{name}:resources.{resource.name}.schema.foreignKeys"
                        self.wrong(key, "unknown_resource", name=other, **near(other, found))
                elif missing := set(listed(foreign["reference"]["fields"])) - set(target.fields):
                    key = f"{name}:resources.{resource.name}.schema.foreignKeys"
                    self.wrong(key, "unknown_field", name=", ".join(sorted(missing)))
        return found

    def resource(self, key: str, descriptor: dict[str, Any], lists: Mapping[str, CodeList]) -> Resource | None:
        counted = descriptor.get("celosia", {})
        if not self.fits(f"{key}.celosia", counted, "resource"):
            return None
        described = descriptor.get("schema")
        if not isinstance(described, dict) or not isinstance(described.get("fields"), list):
            self.wrong(f"{key}.schema.fields", "required", key="fields")
            return None
        extras = self.described(f"{key}.schema.fields", described["fields"])
        if extras is None:
            return None
        dimensions = self.coded(f"{key}.schema.fields", extras, lists)
        schema = {**described, "fields": _constrained(described["fields"], extras, counted, lists)}
        if not self.columns_fit(f"{key}.schema", schema):
            return None
        for name, extra in counted.get("dimensions", {}).items():
            if dimension := self.declared(f"{key}.celosia.dimensions.{name}", name, extra, dimensions, extras, lists):
                dimensions[name] = dimension
        for dimension in dimensions.values():
            self.dimension(f"{key}.celosia.dimensions.{dimension.name}", dimension, dimensions, lists)
        self.counted(f"{key}.celosia", counted, dimensions, set(extras), lists)
        self.summed(f"{key}.schema.fields", described["fields"], counted)
        return Resource(
            name=descriptor["name"],
            title=counted["title"],
            schema=schema,
            period=counted["period"],
            grain=counted.get("grain", periods.MONTH),
            rows=counted["rows"],
            person=counted.get("person", ""),
            persons=counted.get("persons", ""),
            women=counted.get("women", ""),
            sums={name: tuple(columns) for name, columns in counted.get("sums", {}).items()},
            dimensions=dimensions,
            rules=tuple(counted.get("rules", ())),
            finest=counted.get("finest", ""),
            one_way=counted.get("one_way", False),
            yearly_only={name: tuple(codes) for name, codes in counted.get("yearly_only", {}).items()},
            titles={column: extra["title"] for column, extra in extras.items() if "title" in extra},
            exact=frozenset(column for column, extra in extras.items() if extra.get("exact")),
        )

    def summed(self, key: str, columns: Iterable[Mapping[str, Any]], counted: Mapping[str, Any]) -> None:
        """Only whole numbers are added up: decimals would be rounded record by record, and words end the run."""
        added = {*itertools.chain(*counted.get("sums", {}).values())}
        for column in columns:
            if column["name"] in added and column["type"] != "integer":
                self.wrong(f"{key}.{column['name']}.type", "sum_of_whole", type=column["type"])

    def described(self, key: str, columns: list[Any]) -> dict[str, Mapping[str, Any]] | None:
        """Column → what `celosia` says of it; None where a column is not described as it must be."""
        extras: dict[str, Mapping[str, Any]] = {}
        for number, column in enumerate(columns):
            where = f"{key}.{column.get('name', number) if isinstance(column, dict) else number}"
            if not isinstance(column, dict) or "name" not in column or "type" not in column:
                self.wrong(where, "required", key="name, type")
                return None
            extras[column["name"]] = extra = column.get("celosia", {})
            if not self.fits(f"{where}.celosia", extra, "field"):
                return None
        return extras

    def coded(
        self, key: str, extras: Mapping[str, Mapping[str, Any]], lists: Mapping[str, CodeList]
    ) -> dict[str, Dimension]:
        """Every column with a code list is a dimension, whatever else is said of it."""
        dimensions = {}
        for column, extra in extras.items():
            if not (name := extra.get("codes")):
                continue
            if name not in lists:
                self.unread("dimension", column)
                self.wrong(f"{key}.{column}.celosia.codes", "unknown_list", name=name, **near(name, lists))
                continue
            kind = "hierarchy" if lists[name].parents else "flat"
            dimensions[column] = _dimension(column, {"kind": kind, "column": column, **extra})
        return dimensions

    def declared(
        self,
        where: str,
        name: str,
        extra: Mapping[str, Any],
        dimensions: Mapping[str, Dimension],
        columns: Collection[str],
        lists: Mapping[str, CodeList],
    ) -> Dimension | None:
        """A dimension of which more is said: one of a column, or one of several answers."""
        if base := dimensions.get(name):
            return _dimension(name, {**_as_dict(base), **extra})
        if extra.get("kind") != "multiple":
            if not self.is_unread("dimension", name):
                self.unread("dimension", name)
                self.wrong(where, "unknown_field", name=name, **near(name, columns))
            return None
        if (listed := extra.get("codes", "")) not in lists:
            self.unread("dimension", name)
            if listed:
                self.wrong(f"{where}.codes", "unknown_list", name=listed, **near(listed, lists))
            else:
                self.wrong(where, "required", key="codes")
            return None
        answers, leaves = extra.get("columns", {}), set(lists[listed].leaves)
        if not self.is_unread("code", listed):
            for code in set(answers) - leaves:
                self.wrong(f"{where}.columns", "unknown_code", code=code, **near(code, leaves - set(answers)))
            if missing := leaves - set(answers):
                self.wrong(f"{where}.columns", "answers_missing", codes=", ".join(sorted(missing)), list=listed)
        for column in {column for column in answers.values() if column not in columns}:
            self.wrong(f"{where}.columns", "unknown_field", name=column, **near(column, columns))
        if not extra.get("answers"):
            self.wrong(where, "required", key="answers")
        return _dimension(name, extra)

    def dimension(
        self, where: str, dimension: Dimension, dimensions: Mapping[str, Dimension], lists: Mapping[str, CodeList]
    ) -> None:
        if dimension.name in (PERIOD, "obs_status", "conf_status"):
            self.wrong(where, "reserved_name", name=dimension.name)
        if dimension.upper and dimension.upper not in dimensions:
            if not self.is_unread("dimension", dimension.upper):
                others = set(dimensions) - {dimension.name}
                self.wrong(f"{where}.upper", "unknown_dimension", name=dimension.upper, **near(dimension.upper, others))
        elif dimension.upper and not self.is_unread("code", dimension.codes):
            above = dimensions[dimension.upper].codes
            alone = set(lists[dimension.codes].roots) - set(lists[above].leaves)
            if alone and not self.is_unread("code", above):
                told = {"codes": ", ".join(sorted(alone)), "list": dimension.codes, "above": above}
                self.wrong(f"{where}.upper", "codes_not_above", **told)
        if dimension.complement == "free" and not dimension.reason:
            self.wrong(where, "complement_needs_reason")

    def counted(
        self,
        key: str,
        counted: Mapping[str, Any],
        dimensions: Mapping[str, Dimension],
        columns: Set[str],
        lists: Mapping[str, CodeList],
    ) -> None:
        """What is counted names columns and dimensions that are there, and its parts fit together."""
        for one in ("person", "period"):
            if (column := counted.get(one)) and column not in columns:
                self.wrong(f"{key}.{one}", "unknown_field", name=column, **near(column, columns))
        self._yearly_only(key, counted, dimensions, lists)
        for measure, summed in counted.get("sums", {}).items():
            for column in set(summed) - columns:
                self.wrong(f"{key}.sums.{measure}", "unknown_field", name=column, **near(column, columns))
        if bool(counted.get("person")) != bool(counted.get("persons")):
            self.wrong(f"{key}.persons", "person_and_persons")
        if counted.get("women") and counted["women"] not in counted.get("sums", {}):
            known = sorted(counted.get("sums", {}))
            told = near(counted["women"], known)
            self.wrong(
                f"{key}.women", "unknown_measure", name=counted["women"], allowed=", ".join(known) or "–", **told
            )
        self._rules(key, counted, dimensions, columns)

    def _yearly_only(
        self,
        key: str,
        counted: Mapping[str, Any],
        dimensions: Mapping[str, Dimension],
        lists: Mapping[str, CodeList],
    ) -> None:
        """Codes that are told by the year alone are codes of a dimension."""
        for name, codes in counted.get("yearly_only", {}).items():
            if name not in dimensions:
                if not self.is_unread("dimension", name):
                    self.wrong(f"{key}.yearly_only.{name}", "unknown_dimension", name=name, **near(name, dimensions))
                continue
            listed_codes = lists[dimensions[name].codes].by_code
            for code in set(codes) - set(listed_codes) if not self.is_unread("code", dimensions[name].codes) else ():
                self.wrong(f"{key}.yearly_only.{name}", "unknown_code", code=code, **near(code, listed_codes))

    def _rules(
        self, key: str, counted: Mapping[str, Any], dimensions: Mapping[str, Dimension], columns: Set[str]
    ) -> None:
        """Rules for records name columns that are there, and each makes one claim."""
        for rule in counted.get("rules", ()):
            where = f"{key}.rules.{rule['id']}"
            used = {*rule.get("when", {}), *rule.get("then", {}), *rule.get("any_true", ())}
            used |= {rule[part] for part in ("hierarchy", "equals") if part in rule}
            if rule.get("hierarchy") in columns - set(dimensions):
                self.wrong(where, "unknown_dimension", name=rule["hierarchy"], **near(rule["hierarchy"], dimensions))
            for column in used - columns:
                self.wrong(where, "unknown_field", name=column, **near(column, columns))
            if sum(part in rule for part in ("any_true", "hierarchy", "then")) != 1:
                self.wrong(where, "rule_needs_one_claim")

    def sources(self, resources: Mapping[str, Resource], lists: Mapping[str, CodeList]) -> dict[str, Source]:
        name, found = "sources.yaml", {}
        if (content := self.mapping(name)) is None:
            return {}
        for resource, described in content.items():
            key = f"{name}:{resource}"
            if resource not in resources:
                if not self.is_unread("resource", resource):
                    others = set(resources) - set(content)
                    self.wrong(key, "unknown_resource", name=resource, **near(resource, others))
            elif self.fits(key, described, "source"):
                described = {
                    **described,
                    "recode": self.expanded(key, described.get("recode", {}), resources[resource]),
                }
                found[resource] = source = _source(described)
                for number, origin in enumerate(source.origins):
                    self.origin(f"{key}.files.{number}", origin)
                self.looked_up(key, source)
                used = {*source.recode, *source.rename.values(), *source.join, *source.lookup}
                used |= {column for origin in source.origins for column in (*origin.rename.values(), *origin.absent)}
                used |= {column for many in source.answers.values() for column in many.columns.values()}
                used |= {many.otherwise for many in source.answers.values()} - {""}
                for column in used - set(resources[resource].fields):
                    self.wrong(key, "unknown_field", name=column, **near(column, resources[resource].fields))
                self.recoded(key, source, resources[resource])
                self.spelled(key, described, resources[resource], lists)
                for said, codes in (("none", source.none), ("expected", set(source.expected) - {"rows"})):
                    if any(periods.is_finer(code, resources[resource].grain) for code in codes):
                        self.wrong(f"{key}.{said}", "level_finer_than_records")
        for resource in resources:
            if resource not in content:
                self.wrong(name, "required", key=resource)
        return found

    def expanded(
        self, key: str, rules: Mapping[str, Mapping[str, Any]], resource: Resource
    ) -> dict[str, Mapping[str, Any]]:
        """The rules of `recode` by column: one whose name has a * is of every column of the contract that fits it, which no
        other rule may be of, for nothing would say which of the two holds."""
        found = {name: rule for name, rule in rules.items() if "*" not in name}
        for pattern, rule in rules.items():
            if "*" not in pattern:
                continue
            columns = [column for column in resource.fields if fnmatchcase(column, pattern)]
            if not columns:
                self.wrong(f"{key}.recode.{pattern}", "pattern_of_nothing")
            if twice := [column for column in columns if column in found]:
                self.wrong(f"{key}.recode.{pattern}", "pattern_twice", names=", ".join(twice))
            found |= {column: rule for column in columns if column not in found}
        return found

    def looked_up(self, key: str, source: Source) -> None:
        """A lookup names a file below the folder of records, and no column is found in two ways or dropped before it is asked."""
        dropped = set(map(fold, source.drop))
        constant = {column for column, rule in source.recode.items() if "constant" in rule}
        others = {*source.join, *source.rename.values(), *constant}
        for column, lookup in source.lookup.items():
            where = f"{key}.lookup.{column}"
            path = PurePosixPath(lookup.file)
            if not _is_pattern(lookup.file) or path.is_absolute() or ".." in path.parts or glob.has_magic(lookup.file):
                self.wrong(f"{where}.file", "not_a_file_of_records")
            if fold(lookup.key) in dropped:
                self.wrong(f"{where}.key", "lookup_key_dropped")
            if column in others:
                self.wrong(where, "found_in_two_ways", name=column)
            if fold(lookup.key) == fold(column):
                self.wrong(f"{where}.key", "lookup_of_itself", name=column)

    def recoded(self, key: str, source: Source, resource: Resource) -> None:
        """Every code that sources.yaml gives is one that its column admits: else each record would be refused for it."""
        for described in resource.schema["fields"]:
            column, limits = described["name"], described.get("constraints", {})
            rule: Recoding = source.recode.get(column, {})
            given = {
                f"recode.{column}.aliases": tuple(rule.get("aliases", {}).values()),
                f"recode.{column}.bins": tuple(each["code"] for each in rule.get("bins", ())),
                **{f"recode.{column}.{one}": (rule[one],) for one in ("empty", "otherwise", "constant") if one in rule},
                **{
                    f"files.{number}.absent.{column}": (origin.absent[column],)
                    for number, origin in enumerate(source.origins)
                    if column in origin.absent
                },
            }
            listed = next((d.codes for d in resource.dimensions.values() if d.column == column), "")
            whole = not self.is_unread("code", listed)
            if "enum" in limits and described["type"] in ("string", "integer", "any") and whole:
                known = {*map(str, limits["enum"]), *([] if limits.get("required") else [""])}
                for where, codes in given.items():
                    for code in sorted(set(codes) - known):
                        self.wrong(f"{key}.{where}", "unknown_code", code=code, **near(code, known - {""}))
            if sum(bool(rule.get(level)) for level in ("month", "quarter", "year")) > 1:
                self.wrong(f"{key}.recode.{column}", "one_of_a_date")
            self.bins(f"{key}.recode.{column}.bins", rule.get("bins", ()))

    def spelled(
        self, key: str, described: Mapping[str, Any], resource: Resource, lists: Mapping[str, CodeList]
    ) -> None:
        """No spelling stands for two things. Where a column is not recoded, its list is asked for codes alone, as they are
        written, and two labels that read alike do no harm; nor do they where nothing is read."""
        for column, rule in described.get("recode", {}).items():
            if "constant" in rule:
                continue
            dimension = resource.dimensions.get(column)
            codes = lists.get(dimension.codes) if dimension and dimension.column else None
            for clash in meanings(tuple(rule.get("aliases", {}).items()), codes.written if codes else ()).clashes:
                facts = {"codes": ", ".join(clash), "list": f"codes/{codes.name}.csv" if codes else "aliases"}
                self.wrong(f"{key}.recode.{column}", "alike_codes", **facts)
        written = {
            "rename": described.get("rename", {}),
            **{
                f"files.{number}.rename": origin.get("rename", {})
                for number, origin in enumerate(described["files"])
                if isinstance(origin, dict)
            },
            "answers": {header: header for header in described.get("answers", {})},
            **{
                f"answers.{header}": {**many["columns"], **dict.fromkeys(many.get("none", ()), "none")}
                for header, many in described.get("answers", {}).items()
            },
        }
        for where, said in written.items():
            for clash in meanings((), said.items()).clashes:
                self.wrong(f"{key}.{where}", "alike_spellings", names=", ".join(clash))

    def bins(self, key: str, bins: Sequence[Bin]) -> None:
        """No number is in two bins, and each has room for one; both of its ends belong to a bin."""
        spans = [(each.get("from", -math.inf), each.get("to", math.inf), each["code"]) for each in bins]
        for first, last, code in spans:
            if first > last:
                self.wrong(key, "bin_backwards", code=code)
        for one, other in itertools.combinations(spans, 2):
            if max(one[0], other[0]) <= min(one[1], other[1]):
                self.wrong(key, "bins_overlap", code=one[2], other=other[2])

    def origin(self, key: str, origin: Origin) -> None:
        try:
            "a".encode(origin.encoding or "utf-8")
        except (LookupError, ValueError):  # there is none of that name, or it is not one of letters
            self.wrong(f"{key}.encoding", "unknown_encoding")
        try:
            ZoneInfo(origin.timezone or "UTC")
        except (ZoneInfoNotFoundError, ValueError, OSError):  # also of a folder of zones, as America
            self.wrong(f"{key}.timezone", "unknown_timezone")
        if origin.pattern and not _is_pattern(origin.pattern):
            self.wrong(key, "not_a_pattern")
        if bool(origin.pattern) == bool(origin.url):
            self.wrong(key, "pattern_or_url")
        if origin.url and bool(origin.table) == bool(origin.query):
            self.wrong(key, "table_or_query")
        if PASSWORD.search(origin.url):
            self.wrong(f"{key}.url", "password_in_url")


def _is_pattern(pattern: str) -> bool:
    """Whether it can be looked for below the folder of records."""
    parts = PurePosixPath(f"{pattern}*" if pattern.endswith("/") else pattern).parts
    return bool(parts) and not PureWindowsPath(pattern).anchor and not any("**" in part != "**" for part in parts)


def _constrained(
    described: Sequence[Mapping[str, Any]],
    extras: Mapping[str, Mapping[str, Any]],
    counted: Mapping[str, Any],
    lists: Mapping[str, CodeList],
) -> list[dict[str, Any]]:
    """The columns as Table Schema tells them: a code list is their enum, and what is counted must be there.

    A record without a code, a month or a key would be in a total and in none of its parts, and nobody is counted less than not at all.
    """
    summed = {*itertools.chain(*counted.get("sums", {}).values())}
    needed = {counted["period"], counted.get("person"), *summed}
    fields = []
    for column in map(standard, described):
        codes = lists.get(extras[column["name"]].get("codes", ""))
        more: dict[str, Any] = {"enum": list(codes.leaves)} if codes else {}
        if codes or column["name"] in needed:
            more["required"] = True
        least = str(column.get("constraints", {}).get("minimum", "-"))
        if column["name"] in summed and column["type"] == "integer" and least.startswith("-"):
            more["minimum"] = 0
        fields.append({**column, "constraints": {**column.get("constraints", {}), **more}} if more else column)
    return fields


def _dimension(name: str, described: Mapping[str, Any]) -> Dimension:
    return Dimension(
        name=name,
        kind=described["kind"],
        codes=described["codes"],
        column=described.get("column", ""),
        columns=described.get("columns", {}),
        answers=described.get("answers", ""),
        upper=described.get("upper", ""),
        sensitive=described.get("sensitive", False),
        unspecified=tuple(described.get("unspecified", ("no_especificado",))),
        complement=described.get("complement", "protected"),
        reason=described.get("reason", {}),
        title=described.get("title") or {},
    )


def _source(described: Mapping[str, Any]) -> Source:
    rename = described.get("rename", {})
    of_all = {
        key: described[key] for key in ("encoding", "decimal", "date_format", "timezone", "hidden") if key in described
    }
    origins: list[Mapping[str, Any]] = [
        {"pattern": each} if isinstance(each, str) else each for each in described["files"]
    ]
    return Source(
        origins=tuple(Origin(**{**of_all, **each, "rename": {**rename, **each.get("rename", {})}}) for each in origins),
        rename=rename,
        drop=() if described.get("drop") == REST else tuple(described.get("drop", ())),
        rest=described.get("drop") == REST,
        recode=described.get("recode", {}),
        join={column: tuple(headers) for column, headers in described.get("join", {}).items()},
        lookup={column: Lookup(**each) for column, each in described.get("lookup", {}).items()},
        none=tuple(described.get("none", ())),
        start=described.get("start", ""),
        expected=described.get("expected", {}),
        answers={
            header: Answers(many["separator"], many["columns"], tuple(many.get("none", ())), many.get("otherwise", ""))
            for header, many in described.get("answers", {}).items()
        },
    )


def _as_dict(dimension: Dimension) -> dict[str, Any]:
    return {name: getattr(dimension, name) for name in dimension.__dataclass_fields__}
