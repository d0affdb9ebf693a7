"""What files of an office have that its folder does not say yet. Pure.

In: profiles of the files and the Plan. Out: (key of the words, facts), in the order of the files.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from pipeline.institute.plan import Plan, Resource, Source
from pipeline.model import periods
from pipeline.model.findings import plain
from pipeline.model.spellings import fold, meanings
from pipeline.scaffold.profile import Profile, Trait

Told = tuple[str, dict[str, object]]


def difference(profiles: Sequence[Profile], plan: Plan) -> list[Told]:
    """What is new, and what no longer comes."""
    return [told for profile in profiles for told in _of(profile, plan)]


def _of(profile: Profile, plan: Plan) -> Iterator[Told]:
    given = {fold(header): trait for trait in profile.traits for header in trait.headers}
    written = {fold(header): header for trait in profile.traits for header in trait.headers}
    known = {name: _headers(resource, plan.sources[name]) for name, resource in plan.resources.items()}
    best = max(known, key=lambda name: len(known[name].keys() & given.keys()))
    if len(known[best].keys() & given.keys()) * 2 < len(given):
        files = ", ".join(dict.fromkeys(place.file for place in profile.places))
        yield "unknown_type", {"files": files, "rows": profile.rows}
        return
    for key, trait in given.items():
        if key not in known[best]:
            yield "new_column", {"records": best, "column": plain(" ".join(written[key].split()))}
        elif field := known[best][key]:
            yield from _answers(best, field, trait, plan)
    told = _told(given.keys(), known[best], plan.sources[best])
    for field in plan.resources[best].fields:
        if field not in told:
            yield "gone_column", {"records": best, "column": field}
    last = plan.editions[-1].cut_off
    if later := periods.united(month for month in profile.months if month > last):
        yield "new_months", {"records": best, "periods": ", ".join(later)}


def _told(given: Collection[str], known: Mapping[str, str], source: Source) -> set[str]:
    """The fields that a file with these folded headers has, read, joined, given or split. `known`: folded header → field."""
    read = {known[key] for key in given if key in known}
    joined = {column for column, parts in source.join.items() if {*map(fold, parts)} <= set(given)}
    constant = {name for name, rule in source.recode.items() if "constant" in rule}
    split = {c for many in source.answers.values() for c in (*many.columns.values(), many.otherwise)}
    return read | joined | constant | split


def _headers(resource: Resource, source: Source) -> dict[str, str]:
    """Folded header → field; nothing for what is dropped or split."""
    renames = [source.rename, *(origin.rename for origin in source.origins)]
    found = {fold(field): field for field in resource.fields}
    found |= {fold(header): field for rename in renames for header, field in rename.items()}
    return (
        found
        | {fold(header): "" for header in (*source.drop, *source.answers)}
        | {fold(header): "" for parts in source.join.values() for header in parts}
    )


def _answers(records: str, field: str, trait: Trait, plan: Plan) -> Iterator[Told]:
    """Frequent answers that no code, label or alias of the column stands for."""
    resource, source = plan.resources[records], plan.sources[records]
    rule = source.recode.get(field, {})
    if field == resource.period and trait.kind == "period":
        stated = {origin.date_format for origin in source.origins} - {""}
        if trait.date_format and trait.date_format not in stated:
            yield "other_dates", {"records": records, "form": trait.date_format}
    if (dimension := resource.dimensions.get(field)) is None or trait.kind != "code":
        return
    codes = plan.lists[dimension.codes]
    known = meanings(tuple(rule.get("aliases", {}).items()), codes.written)
    for value in trait.values:
        if known.of(value.label) is None:
            yield "new_answer", {"records": records, "column": field, "answer": plain(value.label)}
    if trait.rare and "otherwise" not in rule:
        yield "new_rare", {"records": records, "column": field, "answers": trait.rare, "rows": trait.rare_rows}
