"""An edition on disk: written byte for byte alike, read back alike, and refused when anything about it is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from frictionless import Checklist
from frictionless import Package as DataPackage

from pipeline.model.cells import TOTAL
from pipeline.model.findings import Finding, PipelineError
from pipeline.public.edition import publication, reader, safe_files, writer
from pipeline.public.edition.model import Dimension, expected_codes
from tests.editions import PUBLISHER, certificate, code_list, table, written

SERVICES = """
periodo area | servicios usuarias
2025 a       | 30 20
2025 _T      | 40 25
2025 b       | c  c
2025 c       | c  c
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    written(tmp_path / "staging", table(SERVICES, id="servicios_por_area"))
    return tmp_path / "staging"


def rules(folder: Path) -> set[tuple[str, str]]:
    with pytest.raises(PipelineError) as caught:
        reader.read(folder)
    assert caught.value.kind == "package"
    return {(finding.where, finding.rule) for finding in caught.value.findings}


def edit(folder: Path, name: str, old: str, new: str) -> None:
    """Changes a file and makes every hash and size right again, so that only the content can be found wrong."""
    path = folder / name
    text = path.read_bytes().decode()
    assert old in text
    path.write_bytes(text.replace(old, new, 1).encode())
    descriptor = json.loads((folder / "datapackage.json").read_text())
    for resource in descriptor["resources"]:
        data = (folder / resource["path"]).read_bytes()
        resource["bytes"] = len(data)
        resource["hash"] = "sha256:" + safe_files.digests(folder)[resource["path"]]
    (folder / "datapackage.json").write_text(json.dumps(descriptor))
    safe_files.write_sums(folder)


def test_the_bytes_of_a_table_are_a_contract(folder: Path) -> None:
    assert (folder / "tables/servicios_por_area.csv").read_bytes() == (
        b"periodo,area,servicios,usuarias,obs_status,conf_status\n"
        b"2025,_T,40,25,A,F\n2025,a,30,20,A,F\n2025,b,,,Q,C\n2025,c,,,Q,C\n"
    )
    assert (
        folder / "codes/area.csv"
    ).read_bytes() == b"code,parent,parts,order,es,en\na,,,1,a,a\nb,,,2,b,b\nc,,,3,c,c\n"


def test_the_same_arguments_give_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    written(tmp_path / "again", table(SERVICES, id="servicios_por_area"))
    files = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    assert files == sorted(
        path.relative_to(tmp_path / "again") for path in (tmp_path / "again").rglob("*") if path.is_file()
    )
    assert all((folder / name).read_bytes() == (tmp_path / "again" / name).read_bytes() for name in files)


def test_what_is_written_is_read_back(folder: Path) -> None:
    read = reader.read(folder)
    found, given = read.tables["servicios_por_area"], table(SERVICES, id="servicios_por_area")
    assert read.edition == "2025-T4"
    for name in (
        "title",
        "records",
        "where",
        "threshold",
        "measures",
        "additive",
        "rows",
        "persons",
        "women",
        "dimensions",
    ):
        assert getattr(found, name) == getattr(given, name), name
    assert found.frame["usuarias"].isna().tolist() == [False, False, True, True]
    assert str(found.frame["usuarias"].dtype) == "Int64"
    assert read.codes["area"]["code"].tolist() == ["a", "b", "c"]


def test_a_dimension_keeps_all_its_properties(tmp_path: Path) -> None:
    free = {
        "complement": "free",
        "reason": {"es": "porque", "en": "because"},
        "sensitive": True,
        "unspecified": ("ne",),
    }
    given = table(
        "periodo t | menciones usuarias\n2025 _T | 9 9\n2025 x | 9 9",
        kinds={"t": "multiple"},
        answers="menciones",
        dimensions={"t": free, "periodo": {"levels": ("anio",)}},
        overlaps={"usuarias": ("t",)},
    )
    found = written(tmp_path, given).tables["tabla"]
    assert found.dimensions == given.dimensions
    assert found.overlaps == {"usuarias": ("t",)}


def test_frictionless_finds_the_edition_valid(folder: Path) -> None:
    report = DataPackage(str(folder / "datapackage.json")).validate()
    assert report.valid, report.flatten()


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("2025,a,30,20,A,F", "2025,z,30,20,A,F", "constraint-error"),
        ("2025,a,30,20,A,F", "2025,_T,30,20,A,F", "primary-key"),
        ("2025,a,30,20,A,F", "2025,a,-3,20,A,F", "constraint-error"),
        ("2025,a,30,20,A,F", "2025,a,c,20,A,F", "type-error"),
        ("2025,a,30,20,A,F", "2025,a,30,20,X,F", "constraint-error"),
    ],
)
def test_frictionless_finds_a_broken_table(folder: Path, old: str, new: str, error: str) -> None:
    edit(folder, "tables/servicios_por_area.csv", old, new)
    report = DataPackage(str(folder / "datapackage.json")).validate()
    assert error in {row[0] for row in report.flatten(["type"])}


def test_frictionless_finds_a_changed_byte(folder: Path) -> None:
    path = folder / "tables/servicios_por_area.csv"
    path.write_bytes(path.read_bytes().replace(b"30", b"31"))
    assert not DataPackage(str(folder / "datapackage.json")).validate().valid


@pytest.mark.parametrize(
    ("old", "new"),
    [("b,,,Q,C", "b,3,2,Q,C"), ("a,30,20,A,F", "a,,,A,F"), ("b,,,Q,C", "b,3,,Q,C"), ("b,,,Q,C", "b,,,Q,F")],
)
def test_the_row_constraint_ties_values_to_status(folder: Path, old: str, new: str) -> None:
    def verdict() -> bool:
        resource = DataPackage(str(folder / "datapackage.json")).get_resource("servicios_por_area")
        return bool(resource.validate(Checklist.from_descriptor(resource.custom["checklist"])).valid)

    assert verdict()
    edit(folder, "tables/servicios_por_area.csv", old, new)
    assert not verdict()


@pytest.mark.parametrize(
    ("name", "old", "new", "rule"),
    [
        ("tables/servicios_por_area.csv", "2025,a,", "2025,z,", "code_not_listed"),
        ("tables/servicios_por_area.csv", "2025,a,", "2025,_T,", "duplicate_key"),
        ("tables/servicios_por_area.csv", "2025,a,30,20,A,F\n", "", "incomplete_matrix"),
        ("tables/servicios_por_area.csv", "2025,b,,,Q,C\n2025,c,,,Q,C", "2025,c,,,Q,C\n2025,b,,,Q,C", "wrong_order"),
        ("tables/servicios_por_area.csv", "30,20,A", "30,20,Q", "status_pair"),
        ("tables/servicios_por_area.csv", "30,20,A,F", "30,20,Q,C", "value_against_status"),
        ("tables/servicios_por_area.csv", "b,,,Q", "b,,1,Q", "value_against_status"),
        ("tables/servicios_por_area.csv", "b,,,Q,C", "b,,,A,F", "value_against_status"),
        ("tables/servicios_por_area.csv", "30,20,A", "30,20,E", "unknown_status"),
        ("tables/servicios_por_area.csv", "30,20,A", "3e1,20,A", "not_whole"),
        ("tables/servicios_por_area.csv", "30,20,A", "-30,20,A", "not_whole"),
        ("tables/servicios_por_area.csv", "30,20,A", "030,20,A", "not_whole"),
        ("tables/servicios_por_area.csv", "30,20,A,F", "30,20,A", "wrong_width"),
        ("tables/servicios_por_area.csv", "\n2025,a", "\r\n2025,a", "line_ends"),
        ("tables/servicios_por_area.csv", "periodo,", "\ufeffperiodo,", "byte_order_mark"),
        ("tables/servicios_por_area.csv", "servicios,usuarias", "usuarias,servicios", "wrong_header"),
        ("tables/servicios_por_area.csv", "2025,a,30", '2025,"a"x,30', "not_csv"),
        ("codes/area.csv", "a,,,1", "a,zz,,1", "code_not_listed"),
        ("codes/area.csv", "a,,,1", "a,,b zz,1", "code_not_listed"),
        ("codes/area.csv", "a,,,1,a,a\nb,,", "a,b,,1,a,a\nb,a,", "circular_codes"),
        ("codes/area.csv", "b,,", "a,,", "duplicate_key"),
        ("codes/area.csv", "a,,,1", "a,,,1.5", "not_whole"),
        ("codes/area.csv", "a,,,1", "_T,,,1", "bad_code"),
        ("release.json", "2025-T4", "2025-T3", "other_edition"),
        ("release.json", "{", "[", "not_json"),
    ],
)
def test_a_wrong_file_is_refused_by_file_and_rule(folder: Path, name: str, old: str, new: str, rule: str) -> None:
    edit(folder, name, old, new)
    assert (name, rule) in rules(folder)


def test_a_finding_says_row_and_column_and_no_value(folder: Path) -> None:
    edit(folder, "tables/servicios_por_area.csv", "b,,,Q", "b,,4,Q")
    with pytest.raises(PipelineError) as caught:
        reader.read(folder)
    where = Finding.of("tables/servicios_por_area.csv", "value_against_status", row=4, column="usuarias")
    assert caught.value.findings == (where,)


def test_every_finding_is_told_at_once(folder: Path) -> None:
    edit(folder, "tables/servicios_por_area.csv", "30,20,A", "x,20,A")
    edit(folder, "tables/servicios_por_area.csv", "2025,_T,40,25,A,F", "2025,_T,40,25,A,C")
    edit(folder, "release.json", "2025-T4", "2025-T3")
    assert {rule for _, rule in rules(folder)} == {"not_whole", "status_pair", "other_edition"}


def test_hashes_are_verified_against_both_lists(folder: Path) -> None:
    path = folder / "tables/servicios_por_area.csv"
    path.write_bytes(path.read_bytes().replace(b"40,25", b"41,25"))
    with pytest.raises(PipelineError) as caught:
        reader.read(folder)
    against = {dict(finding.facts)["against"] for finding in caught.value.findings if finding.rule == "wrong_hash"}
    assert against == {"SHA256SUMS", "datapackage.json"}


def test_files_that_are_missing_or_not_listed_are_found(folder: Path) -> None:
    (folder / "codes/area.csv").unlink()
    (folder / "secretos.csv").write_text("x")
    assert {("codes/area.csv", "missing_file"), ("secretos.csv", "unlisted_file")} <= rules(folder)


def test_a_descriptor_cannot_point_outside_the_edition(folder: Path) -> None:
    descriptor = json.loads((folder / "datapackage.json").read_text())
    descriptor["resources"][0]["path"] = "../elsewhere.csv"
    (folder / "datapackage.json").write_text(json.dumps(descriptor))
    safe_files.write_sums(folder)
    assert ("datapackage.json", "bad_path") in rules(folder)


@pytest.mark.parametrize("key", ["records", "dimensions", "threshold", "additive", "rows", "measures"])
def test_a_table_that_does_not_say_what_it_is_is_refused(folder: Path, key: str) -> None:
    descriptor = json.loads((folder / "datapackage.json").read_text())
    del descriptor["resources"][0]["celosia"][key]
    (folder / "datapackage.json").write_text(json.dumps(descriptor))
    safe_files.write_sums(folder)
    assert ("datapackage.json", "descriptor_shape") in rules(folder)


def test_one_record_type_is_counted_in_one_way(tmp_path: Path) -> None:
    text = "periodo | servicios usuarias\n2025 | 30 20"
    tables = table(text, id="una"), table(text, id="otra", women="servicios")
    with pytest.raises(PipelineError) as caught:
        written(tmp_path, *tables)
    assert [finding.rule for finding in caught.value.findings] == ["counted_otherwise"]


def test_time_has_no_total_and_keeps_to_its_levels() -> None:
    listed = code_list("2024 2025-T1-T2=2025-T1+2025-T2 2025-T1 2025-T2 2025-01<2025-T1")
    years = Dimension("periodo", "periodo", "hierarchy", levels=("anio", "acumulado"))
    assert expected_codes(years, listed) == ("2024", "2025-T1-T2")
    every = Dimension("periodo", "periodo", "hierarchy")
    assert TOTAL not in expected_codes(every, listed)
    assert len(expected_codes(every, listed)) == 5


def test_a_folder_with_something_in_it_is_not_written_into(folder: Path) -> None:
    with pytest.raises(PipelineError) as caught:
        written(folder, table(SERVICES))
    assert caught.value.findings[0].rule == "folder_not_empty"


def test_sealing_lists_the_audit_and_the_edition_still_reads(folder: Path) -> None:
    publication.seal(folder, certificate())
    assert any(line.endswith("  audit.json") for line in (folder / "SHA256SUMS").read_text().splitlines())
    assert reader.read(folder).edition == "2025-T4"


def test_a_swap_needs_a_seal(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(PipelineError) as caught:
        publication.swap(folder, tmp_path / "published", "2025-T4")
    assert caught.value.findings[0].rule == "not_sealed"
    assert not (tmp_path / "published").exists()


def test_a_swap_moves_the_whole_edition_at_once(folder: Path, tmp_path: Path) -> None:
    publication.seal(folder, certificate())
    target = publication.swap(folder, tmp_path / "published", "2025-T4")
    assert not folder.exists()
    assert reader.read(target).edition == "2025-T4"


def test_a_published_edition_is_never_rewritten(folder: Path, tmp_path: Path) -> None:
    publication.seal(folder, certificate())
    target = publication.swap(folder, tmp_path / "published", "2025-T4")
    before = safe_files.digests(target)
    written(folder, table(SERVICES.replace("40", "41"), id="servicios_por_area"))
    publication.seal(folder, certificate())
    with pytest.raises(PipelineError) as caught:
        publication.swap(folder, tmp_path / "published", "2025-T4")
    (finding,) = caught.value.findings
    assert (finding.rule, dict(finding.facts)) == ("edition_exists", {"next": "2025-T4.1"})
    assert safe_files.digests(target) == before
    for name in ("2025-T4.9", "2025-T4.10", ".staging-1"):
        (tmp_path / "published" / name).mkdir()
    with pytest.raises(PipelineError) as caught:
        publication.swap(folder, tmp_path / "published", "2025-T4")
    assert dict(caught.value.findings[0].facts) == {"next": "2025-T4.11"}


def test_the_same_edition_again_leaves_it_untouched(folder: Path, tmp_path: Path) -> None:
    publication.seal(folder, certificate())
    target = publication.swap(folder, tmp_path / "published", "2025-T4")
    stamp = (target / "datapackage.json").stat().st_mtime_ns
    written(folder, table(SERVICES, id="servicios_por_area"))
    publication.seal(folder, certificate())
    assert publication.swap(folder, tmp_path / "published", "2025-T4") == target
    assert (target / "datapackage.json").stat().st_mtime_ns == stamp
    assert not folder.exists()


def test_a_swap_refuses_a_staging_folder_of_another_edition(folder: Path, tmp_path: Path) -> None:
    publication.seal(folder, certificate())
    with pytest.raises(PipelineError) as caught:
        publication.swap(folder, tmp_path / "published", "2025-T3")
    assert caught.value.findings[0].rule == "other_edition"


def test_versions_rise_with_editions_and_amendments() -> None:
    assert [writer.version(name) for name in ("2025-T3", "2025-T4", "2025-T4.1")] == [
        "1.20253.0",
        "1.20254.0",
        "1.20254.1",
    ]


def test_versions_rise_where_months_quarters_and_years_are_mixed() -> None:
    order = ["2024", "2025-01", "2025-02.2", "2025-03", "2025-T1", "2025-T1.9", "2025-T1.10", "2025-04", "2025-04.1"]
    order += ["2025-T2", "2025-T3", "2025-10", "2025-12", "2025-T4", "2025-T4.1", "2025", "2026-01", "2026-T1"]
    versions = [tuple(map(int, writer.version(name).split("."))) for name in order]
    assert versions == sorted(set(versions))


def test_the_publisher_is_named(folder: Path) -> None:
    descriptor = json.loads((folder / "datapackage.json").read_text())
    assert descriptor["contributors"][0]["title"] == PUBLISHER["name"]["es"]
    assert descriptor["licenses"][0]["name"] == "libre-uso-mx"
    assert descriptor["$schema"].endswith("/2.0/datapackage.json")
