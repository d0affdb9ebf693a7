"""catalogues.package.yaml → catalogues and shapes of the institute. Mistakes are kept, as file:key."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pipeline.institute.files import WORDS, Folder, is_formula, near, unprintable
from pipeline.institute.plan import CodeList
from pipeline.model.reference_data import (
    ADDRESSES,
    CONFIRMED,
    NUMBERS,
    Catalogue,
    Column,
    Shapes,
    dialled,
    drawable,
    reached,
    standard,
)

CATALOGUES = "catalogues.package.yaml"


class Catalogues(Folder):
    """Reads catalogues and shapes; the codes that they name must exist."""

    def catalogues(
        self, lists: Mapping[str, CodeList], languages: tuple[str, ...]
    ) -> tuple[dict[str, Catalogue], dict[str, Shapes]]:
        """The catalogues of the institute, in order; none where it has no package of them."""
        found: dict[str, Catalogue] = {}
        shapes: dict[str, Shapes] = {}
        if not (self.folder / CATALOGUES).is_file():
            return found, shapes
        if (content := self.shaped(CATALOGUES, "catalogues")) is None:
            self.unread("catalogue")
            return found, shapes
        for described in content["resources"]:
            name, said = described["name"], described["celosia"]
            key = f"{CATALOGUES}:resources.{name}"
            if name in found or name in shapes:
                self.wrong(key, "duplicate_catalogue")
            elif described["path"].endswith(".geojson"):
                if (drawn := self.shapes(key, described, lists)) is not None:
                    shapes[name] = drawn
                else:
                    self.unread("catalogue", name)
            elif "schema" not in described:
                self.unread("catalogue", name)
                self.wrong(key, "required", key="schema")
            elif not self.catalogue_schema(key, described["schema"], lists, languages):
                self.unread("catalogue", name)
            else:
                fields = [column["name"] for column in described["schema"]["fields"]]
                rows = list(self.rows(described["path"], fields))
                self.lines[name] = [number for number, _ in rows]
                found[name] = Catalogue(name, said["title"], described["schema"], tuple(row for _, row in rows))
        paths = {described["name"]: described["path"] for described in content["resources"]}
        for catalogue in found.values():
            self.cells(catalogue, found, lists, languages, paths)
        return found, shapes

    def cells(
        self,
        catalogue: Catalogue,
        found: Mapping[str, Catalogue],
        lists: Mapping[str, CodeList],
        languages: tuple[str, ...],
        paths: Mapping[str, str],
    ) -> None:
        """Cells that break the schema of their catalogue, or that some form cannot carry."""
        lines = self.lines[catalogue.name]
        path = paths[catalogue.name]
        enums = {name: codes.leaves for name, codes in lists.items() if not self.is_unread("code", name)}
        others = {each["reference"]["resource"] for each in catalogue.schema.get("foreignKeys", ())} - {""}
        gone = any(
            self.is_unread("catalogue", other) or self.is_unread("rows", paths.get(other, "")) for other in others
        )
        for number, column, rule in catalogue.mistakes(found, enums):
            where = f"{path}:{lines[number]}"
            translated = column.endswith(tuple(f"_{language}" for language in languages))
            if rule == "missing_value" and translated:
                self.wrong(where, "missing_translation", language=column.rpartition("_")[2])
            elif rule != "foreign_key" or not gone:
                told = catalogue.wanted(column)
                if rule == "enum" and (codes := enums.get(told["list"])):
                    told |= near(catalogue.rows[number][column], codes)
                self.wrong(where, "bad_value", name=column, broken=rule, **told)
        for number, row in enumerate(catalogue.rows):
            self.for_her(catalogue, row, f"{path}:{lines[number]}", languages)
            for column, value in row.items():
                where = f"{path}:{lines[number]}"
                if is_formula(value):
                    self.wrong(where, "looks_like_formula", name=column)
                elif sign := unprintable(value.replace("\n", " ").replace("\t", " ")):
                    self.wrong(where, "unprintable", sign=sign)
                elif len(value) > WORDS:
                    self.wrong(where, "too_long", most=WORDS)

    def for_her(self, catalogue: Catalogue, row: Mapping[str, str], where: str, languages: tuple[str, ...]) -> None:
        """What stands on the help page: numbers that a telephone can dial, addresses that open, words in every language or in
        none."""
        for column in catalogue.columns:
            stem, _, language = column.name.rpartition("_")
            value = row[column.name]
            if value:
                self._leads(column, value, where)
            others = [row.get(f"{stem}_{other}", "") for other in languages if language in languages]
            if column.role and not value and any(others):
                self.wrong(where, "missing_translation", language=language)
        if len({bool(catalogue.told(row, role, "")) for role in CONFIRMED if catalogue.has(role)}) > 1:
            self.wrong(where, "half_confirmed")

    def _leads(self, column: Column, value: str, where: str) -> None:
        """Whether a number can be dialled, and an address opened."""
        if column.role in NUMBERS and not dialled(value):
            self.wrong(where, "bad_telephone", name=column.name)
        elif column.role in NUMBERS and not dialled(value, column.role):
            self.wrong(where, "bad_whatsapp", name=column.name)
        elif column.role == "email" and not reached(value, column.role):
            self.wrong(where, "bad_email", name=column.name)
        elif column.role in ADDRESSES and not reached(value, column.role):
            self.wrong(where, "bad_page", name=column.name)

    def catalogue_schema(
        self, key: str, schema: Mapping[str, Any], lists: Mapping[str, CodeList], languages: tuple[str, ...]
    ) -> bool:
        """Whether rows can be read by a schema: its lists exist, and what is said in one language is in all."""
        before = len(self.findings)
        fields = [column["name"] for column in schema["fields"]]
        ends = tuple(f"_{language}" for language in languages)
        for column in schema["fields"]:
            where = f"{key}.schema.fields.{column['name']}"
            if (listed := column["celosia"].get("codes", "")) and listed not in lists:
                self.wrong(f"{where}.celosia.codes", "unknown_list", name=listed, **near(listed, lists))
            if role := column["celosia"].get("role"):
                told = [each["name"] for each in schema["fields"] if each["celosia"].get("role") == role]
                if len({name.rpartition("_")[0] if name.endswith(ends) else name for name in told}) > 1:
                    self.wrong(f"{where}.celosia.role", "role_twice", name=role)
                if role == CONFIRMED[1] and column["type"] != "date":
                    self.wrong(f"{where}.type", "needs_date", name=role)
            stem, _, language = column["name"].rpartition("_")
            if language in languages:
                for other in languages:
                    if f"{stem}_{other}" not in fields:
                        self.wrong(where, "missing_translation", language=other)
        self.columns_fit(f"{key}.schema", {**schema, "fields": [standard(column) for column in schema["fields"]]})
        return len(self.findings) == before

    def shapes(self, key: str, described: Mapping[str, Any], lists: Mapping[str, CodeList]) -> Shapes | None:
        """Polygons, one for each of some codes of a list."""
        said, path = described["celosia"], described["path"]
        for needed in {"codes", "key"} - set(said):
            self.wrong(f"{key}.celosia", "required", key=needed)
        if (listed := said.get("codes")) and listed not in lists:
            self.wrong(f"{key}.celosia.codes", "unknown_list", name=listed, **near(listed, lists))
        if listed not in lists or "key" not in said:
            return None
        if (text := self.text(path)) is None:
            return None
        found = Shapes(described["name"], said["title"], said["codes"], said["key"], text)
        try:
            codes = [str(feature["properties"][found.key]) for feature in found.features]
        except json.JSONDecodeError as error:
            self.wrong(path, "not_json", line=error.lineno, position=error.colno)
            return None
        except (ValueError, TypeError, AttributeError):
            self.wrong(path, "not_geojson")
            return None
        if not codes:
            self.wrong(path, "not_geojson")
        leaves, seen = lists[found.codes].leaves, set[str]()
        for number, code in enumerate(codes):
            if code not in leaves and not self.is_unread("code", found.codes):
                self.wrong(f"{path}:{code}", "unknown_code", code=code, **near(code, leaves))
            if code in seen:
                self.wrong(f"{path}:{code}", "duplicate_code", code=code)
            seen.add(code)
            if not drawable(found.features[number]):
                self.wrong(f"{path}:{code}", "not_drawable")
        return found
