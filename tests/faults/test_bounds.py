"""Files made to fill the memory, or never to end: every reader says no within a bound of both, in words.

Each is read in a process of its own whose peak of memory is measured. Seconds are bounded widely: what they tell apart is
a reader that ends from one that does not.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from pipeline.institute import files as folder
from pipeline.institute.load import load
from pipeline.institute.plan import Plan
from pipeline.model import yaml12
from pipeline.model.findings import MOST_TOLD, PipelineError
from pipeline.public.edition import files as edition_files
from pipeline.public.edition import package
from tests.faults.measured import measured

SECONDS = 90
"""Most that anything here may take, on a machine that does several things at once."""


# YAML ------------------------------------------------------------------------------------------------------------------


def shared(kind: str) -> str:
    """Nine times nine times nine… of the same: a few hundred bytes that stand for a thousand million values."""
    text = "a: &a [x, x, x, x, x, x, x, x, x]\n" if kind == "list" else "a: &a {x: 1}\n"
    for here, before in zip("bcdefghij", "abcdefghi", strict=True):
        again = ", ".join([f"*{before}"] * 9)
        text += f"{here}: &{here} [{again}]\n" if kind == "list" else f"{here}: &{here} {{<<: [{again}], {here}: 1}}\n"
    return text


YAMLS: dict[str, tuple[str, str]] = {
    "brackets": ("[" * 1_000_000, "deep"),
    "brackets that close": ("a: " + "[" * 5000 + "]" * 5000, "deep"),
    "braces": ("{a: " * 300_000, "deep"),
    "lists by their dashes": ("- " * 5000 + "a", "deep"),
    "keys by their indents": ("".join(f"{' ' * n}a:\n" for n in range(3000)), "deep"),
    "questions": ("? " * 5000 + "a", "deep"),
    "aliases of lists": (shared("list"), "aliases"),
    "merged keys": (shared("keys"), "aliases"),
    "what holds itself": ("a: &a [*a]", "itself"),
    "many values": ("a: [" + "x," * 3_000_000 + "]", "many"),
    "many keys": ("".join(f"k{n}: 1\n" for n in range(500_000)), "many"),
    "many anchors": ("[" + "".join(f"&a{n} x," for n in range(400_000)) + "]", "many"),
}


@pytest.mark.parametrize("name", YAMLS)
def test_yaml_is_bounded_before_it_is_built(name: str) -> None:
    text, why = YAMLS[name]

    def read() -> object:
        try:
            return yaml12.read(text)
        except yaml.YAMLError as error:
            return yaml12.mistake(error, text)["why"]

    found = measured(read)
    assert found.result == why
    assert found.megabytes < 200
    assert found.seconds < SECONDS


def test_a_document_as_large_as_one_may_be_is_read() -> None:
    text = "\n".join(f"- {{id: a{n}, x: [1, 2]}}" for n in range(yaml12.MOST // 8))
    found = measured(lambda: len(yaml12.read(text)[0]))
    assert found.result == yaml12.MOST // 8
    assert found.megabytes < 500


def test_the_line_of_a_key_is_found_however_deep_the_names_go() -> None:
    """Each item has a number and a name: all ways to name the last one are more than any memory holds."""
    text = "".join("  " * 2 * n + "- id: a\n" + "  " * (2 * n + 1) + "x:\n" for n in range(40))
    found = measured(
        lambda: [yaml12.Places(text).line(".".join([*["0.x", "a.x"] * 20][:depth])) for depth in (1, 20, 40)]
    )
    assert found.result == [2, 40, 80]
    assert found.megabytes < 50


def test_the_line_of_a_key_or_of_what_stands_above_it() -> None:
    places = yaml12.Places("a.b:\n  c: 1\na:\n  b:\n    d: 2\nlist:\n  - id: x\n    y: 1\n  - {id: z, y: 2}\n")
    lines = {"a.b.c": 2, "a.b.d": 5, "a.b": 1, "list.x.y": 8, "list.1.y": 9, "list.z.none": 9, "list.9": 6, "no": None}
    assert {key: places.line(key) for key in lines} == lines


# a folder of an institute ----------------------------------------------------------------------------------------------


def told_of(institute: Path) -> Callable[[], object]:
    """Loads a folder: how many findings there are, and of which rules."""

    def read() -> object:
        try:
            load(institute)
        except PipelineError as error:
            return len(error.findings), {finding.rule for finding in error.findings}
        return 0, set()

    return read


MAP, CAUSES = "catalogues/mapa.geojson", "codes/causa.csv"
ROWS = 50_000
"""So many that twice as many would take four times as long, and hours, where each is held against each."""
SHAPE = '{"type":"Feature","properties":{"area":"legal"},"geometry":{"type":"Polygon","coordinates":[]}}'
FOLDERS: dict[str, tuple[str, str, tuple[int, set[str]]]] = {
    "a list of codes": (CAUSES, "".join(f"c{n},,,{n},Una {n},One {n}\n" for n in range(ROWS)), (0, set())),
    "a chain of parents": (
        CAUSES,
        "c0,,,0,Una,One\n" + "".join(f"c{n},c{n - 1},,{n},Una {n},One {n}\n" for n in range(1, ROWS)),
        (0, set()),
    ),
    "a circle of parents": (
        CAUSES,
        "".join(f"c{n},c{(n + 1) % ROWS},,{n},Una {n},One {n}\n" for n in range(ROWS)),
        (MOST_TOLD, {"circular_parent"}),
    ),
    "parents that are not there": (
        CAUSES,
        "".join(f"c{n},d{n},,{n},Una {n},One {n}\n" for n in range(ROWS)),
        (MOST_TOLD, {"unknown_code"}),
    ),
    "brackets in a map": (MAP, "[" * 5_000_000, (1, {"not_geojson"})),
    "lists in a map": (MAP, "[" + "[]," * 5_000_000 + "1]", (1, {"not_geojson"})),
    "a number without an end in a map": (MAP, '{"type": "FeatureCollection", "features": [' + "9" * 5_000_000, (1, {"not_geojson"})),
    "a shape again and again": (
        MAP,
        '{"type":"FeatureCollection","features":[' + ",".join([SHAPE] * ROWS) + "]}",
        (2, {"duplicate_code", "not_drawable"}),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FOLDERS)
def test_a_file_of_an_institute_is_bounded(name: str, institute: Path) -> None:
    file, text, told = FOLDERS[name]
    if file == MAP:
        (institute / file).write_text(text)
    else:
        with (institute / file).open("a") as stream:
            stream.write(text)
    found = measured(told_of(institute))
    assert found.result == told
    assert found.megabytes < 600
    assert found.seconds < SECONDS


def test_a_list_of_keys_with_values_that_should_be_words(institute: Path) -> None:
    """jsonschema holds each item against each where they are no words: of 20 000, hours."""
    path = institute / "institute.yaml"
    items = ", ".join(f"{{a: {n}}}" for n in range(20_000))
    path.write_text(path.read_text().replace("languages: [es, en]", f"languages: [{items}]"))
    found = measured(told_of(institute))
    assert found.result == (20_000, {"not_one_of"})  # of a shape, all is told
    assert found.seconds < SECONDS


def test_a_file_of_an_institute_that_is_larger_than_any(institute: Path) -> None:
    """A thousand gigabytes that take no room on the disk."""
    with (institute / CAUSES).open("r+") as stream:
        stream.truncate(1 << 40)
    found = measured(told_of(institute))
    assert found.result == (1, {"too_large_file"})
    assert found.megabytes < 100


def test_what_was_meant_is_not_looked_for_among_thousands() -> None:
    assert folder.near("legl", ["legal", *map(str, range(500))]) == {"near": "legal"}
    assert folder.near("legl", ["legal", *map(str, range(folder.COMPARED))]) == {}
    assert folder.near("legal" * 100, ["legal"]) == {}


# an edition ------------------------------------------------------------------------------------------------------------


def altered(edition: Path, name: str, data: bytes) -> None:
    """Puts other bytes into a file, and says so wherever the edition says what it holds."""
    before = (edition / name).read_bytes()
    (edition / name).write_bytes(data)
    descriptor = edition / package.DESCRIPTOR
    told = json.loads(descriptor.read_bytes())
    for each in told["resources"]:
        if each["path"] == name:
            each |= {"bytes": len(data), "hash": f"sha256:{hashlib.sha256(data).hexdigest()}"}
    if name != package.DESCRIPTOR:
        descriptor.write_text(json.dumps(told))
    assert before != data
    if len(data) <= edition_files.most(name):
        package._write_sums(edition)


TABLE, LIST = "tables/visitas_por_area.csv", "codes/area.csv"
EDITIONS: dict[str, tuple[str, Callable[[bytes], bytes], set[str]]] = {
    "empty lines": (TABLE, lambda data: data + b"\n" * 30_000_000, {"wrong_width"}),
    "rows without an end": (TABLE, lambda data: data + b"a,a,1,1,A,F\n" * 5_000_000, {"edition_too_many_rows"}),
    "a row without an end": (TABLE, lambda data: data + b"a," * 30_000_000 + b"\n", {"wrong_width", "code_not_listed"}),
    "a cell without an end": (TABLE, lambda data: data + b"a" * 60_000_000 + b"\n", {"wrong_width"}),
    "a quote without an end": (TABLE, lambda data: data + b'"' + b"a\n" * 30_000_000, {"not_csv"}),
    "an order of many digits": (LIST, lambda data: data.replace(b",1,Legal", b",1" + b"0" * 30 + b",Legal"), {"not_whole", "unreadable_list"}),
    "brackets": (package.RELEASE, lambda data: b"[" * 10_000_000, {"too_deep"}),
    "lists": (package.RELEASE, lambda data: b"[" + b"[]," * 5_000_000 + b"1]", {"descriptor_shape"}),
    "JSON that is larger than any": (package.RELEASE, lambda data: b"[" + b"[]," * 6_000_000 + b"1]", {"edition_too_large"}),
    "languages that are no words": (
        package.DESCRIPTOR,
        lambda data: data.replace(b'"languages": [', b'"languages": [' + b"".join(b'{"a": %d}, ' % n for n in range(50_000))),
        {"edition_shape"},
    ),
}  # fmt: skip


def rules_of(edition: Path) -> Callable[[], object]:
    def read() -> object:
        try:
            package.read(edition)
        except PipelineError as error:
            return {finding.rule for finding in error.findings}
        return set()

    return read


@pytest.mark.parametrize("name", EDITIONS)
def test_a_file_of_an_edition_is_bounded(name: str, published: Path) -> None:
    file, change, told = EDITIONS[name]
    edition = published / "2025-T4"
    altered(edition, file, change((edition / file).read_bytes()))
    found = measured(rules_of(edition))
    assert found.result
    assert found.result <= told
    assert found.megabytes < 1500
    assert found.seconds < SECONDS


def test_lists_whose_product_no_memory_holds(published: Path) -> None:
    """A table of few rows over lists of many codes: what is missing is counted, not listed."""
    edition = published / "2025-T4"
    more = "".join(f"c{n},,,{n + 90},Una {n},One {n}\n" for n in range(20_000)).encode()
    for name in ("area", "tipo"):
        path = f"codes/{name}.csv"
        altered(edition, path, (edition / path).read_bytes() + more)
    found = measured(rules_of(edition))
    assert "incomplete_matrix" in found.result
    assert found.megabytes < 200


def test_an_edition_of_more_files_than_any_has(published: Path) -> None:
    edition = published / "2025-T4"
    for number in range(edition_files.MOST_FILES + 1):
        (edition / f"{number}.csv").touch()
    assert measured(rules_of(edition)).result == {"edition_too_many_files"}


def test_a_pattern_that_takes_python_for_ever(plan: Plan) -> None:
    catalogue = plan.catalogues["servicios"]
    fields = [
        {**f, "constraints": {"pattern": "(a+)+b"}} if f["name"] == "costo_es" else f
        for f in catalogue.schema["fields"]
    ]
    rows = tuple({**catalogue.rows[0], "costo_es": cell} for cell in ("a" * 5000 + "b", "a" * 5000, ""))
    asked = replace(catalogue, schema={"fields": fields}, rows=rows)
    found = measured(lambda: [each for each in asked.mistakes({}, {}) if each[1] == "costo_es"])
    assert found.result == [(1, "costo_es", "pattern")]
    assert found.seconds < SECONDS
