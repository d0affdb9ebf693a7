"""What catalogues take: CSVW by a validator, DCAT by SHACL shapes, schema.org, CITATION.cff, the zip, checksums."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from csvw import CSVW
from pyshacl import validate
from rdflib import DCAT, DCTERMS, RDF, Graph, URIRef

from pipeline.public.audit import audit
from pipeline.public.edition import reader
from pipeline.public.exports import catalogue
from pipeline.workflows import editions as stored
from tests.derived import Derived, derived

__all__ = ["derived"]

SHAPES = Path(__file__).parent / "dcat.ttl"


def problems(metadata: Path) -> list[str]:
    """What the validator says; an empty list if nothing."""
    found = CSVW(str(metadata), validate=True)
    try:
        valid = found.is_valid
    except ValueError as error:  # some faults it tells by stopping
        return [str(error)]
    return [str(getattr(warning, "message", warning)) for warning in found.warnings] or ([] if valid else ["not valid"])


def test_csvw_of_every_table_and_of_the_edition_is_valid(derived: Derived) -> None:
    for name in list(derived.tables)[:6]:
        metadata = derived.edition / "tables" / f"{name}.csv-metadata.json"
        assert problems(metadata) == [], name
    assert problems(derived.edition / "csvw.json") == []


@pytest.mark.parametrize("fault", ["unknown code", "text for a figure", "missing column", "double key"])
def test_the_csvw_says_no_to_a_table_that_breaks_it(derived: Derived, tmp_path: Path, fault: str) -> None:
    for suffix in (".csv", ".csv-metadata.json"):
        source = derived.edition / "tables" / f"servicios_por_area{suffix}"
        (tmp_path / source.name).write_bytes(source.read_bytes())
    path = tmp_path / "servicios_por_area.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    if fault == "unknown code":
        lines[1] = lines[1].replace("_T", "zzz")
    elif fault == "text for a figure":
        lines[1] = re.sub(r",\d+,", ",muchos,", lines[1], count=1)
    elif fault == "missing column":
        lines = [line.rpartition(",")[0] for line in lines]
    else:
        lines.append(lines[1])
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert problems(tmp_path / "servicios_por_area.csv-metadata.json") != []


def graphs(derived: Derived) -> Iterator[tuple[str, Graph]]:
    for path in (derived.folder / "catalog.jsonld", derived.edition / "catalog.jsonld"):
        yield path.parent.name, Graph().parse(data=path.read_text(encoding="utf-8"), format="json-ld")


def test_dcat_keeps_to_its_shapes(derived: Derived) -> None:
    shapes = Graph().parse(SHAPES)
    for name, graph in graphs(derived):
        fits, _, text = validate(graph, shacl_graph=shapes, inference="none")
        assert fits, (name, text)


def test_the_shapes_say_no_to_a_dataset_without_licence(derived: Derived) -> None:
    _, graph = next(graphs(derived))
    node = next(graph.subjects(RDF.type, DCAT.Dataset))
    graph.remove((node, DCTERMS.license, None))
    assert not validate(graph, shacl_graph=Graph().parse(SHAPES), inference="none")[0]


def test_dcat_tells_of_every_edition_and_of_files_that_are_there(derived: Derived) -> None:
    _, graph = next(graphs(derived))
    base = f"{derived.url}datos/"
    for each in derived.packages:
        assert (URIRef(f"{base}{each.edition}/"), RDF.type, DCAT.Dataset) in graph
    previous = list(graph.subject_objects(URIRef(f"{DCAT}prev")))
    assert previous == [
        (URIRef(f"{base}{now.edition}/"), URIRef(f"{base}{then.edition}/"))
        for then, now in zip(derived.packages, derived.packages[1:], strict=False)
    ]
    query = """SELECT ?url ?size ?sum { ?d a dcat:Distribution ; dcat:downloadURL ?url ; dcat:byteSize ?size ;
               spdx:checksum/spdx:checksumValue ?sum }"""
    spaces = {"dcat": DCAT, "spdx": "http://spdx.org/rdf/terms#"}
    seen = 0
    for url, size, digest in graph.query(query, initNs=spaces):  # type: ignore[misc]
        data = (derived.folder / str(url).removeprefix(base)).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (int(str(size)), str(digest)), url
        seen += 1
    tables = sum(len(each.tables) for each in derived.packages)
    assert seen == 5 * tables + 3 * len(derived.packages)  # csv, xlsx in two languages, parquet, json; zip, two reports


def test_schema_org_names_the_page_the_files_and_the_span(derived: Derived) -> None:
    table = derived.tables["servicios_por_area"]
    found = catalogue.schema_org(derived.newest, table, derived.plan, derived.texts["en"])
    assert found["url"] == f"{derived.url}en/tablas/servicios_por_area.html"
    assert 50 <= len(found["description"]) <= 5000
    assert found["temporalCoverage"].startswith("2023-01-01/2025-12-31")
    for file in found["distribution"]:
        assert (derived.folder / file["contentUrl"].removeprefix(f"{derived.url}datos/")).is_file()


def test_the_citation_is_of_a_dataset_with_its_version_and_date(derived: Derived) -> None:
    found = yaml.safe_load((derived.edition / "CITATION.cff").read_text(encoding="utf-8"))
    assert found["cff-version"] == "1.2.0"
    assert found["type"] == "dataset"
    assert found["version"] == derived.newest.descriptor["version"]
    assert str(found["date-released"]) == derived.newest.release["published"]
    assert {"message", "title", "authors", "url", "license-url"} <= set(found)


def archive(derived: Derived) -> zipfile.ZipFile:
    path = derived.edition / f"{derived.plan.facts['id']}-{derived.newest.edition}.zip"
    return zipfile.ZipFile(io.BytesIO(path.read_bytes()))


def test_the_zip_holds_the_edition_as_published(derived: Derived, tmp_path: Path) -> None:
    edition = derived.newest.edition
    with archive(derived) as found:
        assert {entry.date_time for entry in found.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {"LEEME.md", "README.md", "CITATION.cff", "catalog.jsonld", "csvw.json"} <= set(found.namelist())
        found.extractall(tmp_path)
    source = derived.newest.folder
    assert source is not None
    files = sorted(path.relative_to(source) for path in source.rglob("*") if path.is_file())
    assert sorted(p.relative_to(tmp_path / edition) for p in (tmp_path / edition).rglob("*") if p.is_file()) == files
    assert all((tmp_path / edition / path).read_bytes() == (source / path).read_bytes() for path in files)


def test_anybody_can_audit_what_the_zips_hold(small_site: Path, tmp_path: Path) -> None:
    for path in (small_site / "html" / "datos").glob("*-T*/*.zip"):
        zipfile.ZipFile(path).extractall(tmp_path)
    unpacked = [reader.read(folder) for folder in stored.folders(tmp_path)]
    assert len(unpacked) == 2
    assert audit.audit(unpacked).exposures == ()


def test_csvw_in_the_zip_is_valid_where_it_lies(derived: Derived, tmp_path: Path) -> None:
    with archive(derived) as found:
        found.extractall(tmp_path)
    assert problems(tmp_path / "csvw.json") == []


def test_checksums_cover_every_file_of_the_edition(derived: Derived) -> None:
    listed: dict[str, str] = {}
    for name in ("SHA256SUMS", "SHA256SUMS-derivados"):
        for line in (derived.edition / name).read_text(encoding="utf-8").splitlines():
            digest, _, path = line.partition("  ")
            listed[path] = digest
    found = {p.relative_to(derived.edition).as_posix(): p for p in derived.edition.rglob("*") if p.is_file()}
    assert set(found) - set(listed) == {"SHA256SUMS", "SHA256SUMS-derivados"}
    assert {path: hashlib.sha256(found[path].read_bytes()).hexdigest() for path in listed} == listed


def test_the_readme_speaks_both_languages(derived: Derived) -> None:
    with archive(derived) as found:
        es, en = found.read("LEEME.md").decode(), found.read("README.md").decode()
    counted = sum(t.withheld for t in derived.tables.values())
    for text in (es, en):
        assert derived.newest.edition in text
        assert f"{counted:,}" in text
        assert "{" not in text
    assert "Qué hay aquí" in es
    assert "What is here" in en


def test_json_ld_carries_its_own_context(derived: Derived) -> None:
    context = json.loads((derived.folder / "catalog.jsonld").read_bytes())["@context"]
    assert isinstance(context, dict)
    assert "dcat" in context
