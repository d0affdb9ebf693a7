"""An edition is what its datapackage.json names and nothing else, and says of itself what its audit says.

Whoever can write into the folder of what is published could else have the site serve records of women by a link, a page
with scripts by a file that nobody named, or an edition with figures that no audit ever saw.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline import flow
from pipeline.institute.plan import Plan
from pipeline.model.findings import PipelineError
from pipeline.public.audit.linked_editions import Published
from pipeline.public.edition import reader, safe_files
from pipeline.public.site import build
from pipeline.workflows import editions
from pipeline.workflows.run import Run
from tests.conftest import content, silent, site_texts

SECRET = b"clave,edad\nmujer-que-nadie-debe-encontrar,31\n"
OLD = "2025-T3"


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A folder of the machine with a file that is nobody's business."""
    (tmp_path / "ajeno").mkdir()
    (tmp_path / "ajeno" / "registros.csv").write_bytes(SECRET)
    return tmp_path / "ajeno"


def resealed(folder: Path) -> None:
    """SHA256SUMS made anew over everything that is there, as somebody would who wants no one to notice."""
    safe_files.write_sums(folder)


def link_of_a_file(folder: Path, secret: Path) -> None:
    (folder / "catalogues" / "mas.csv").symlink_to(secret / "registros.csv")


def link_in_the_place_of_a_file(folder: Path, secret: Path) -> None:
    path = next((folder / "tables").iterdir())
    shutil.move(path, secret / path.name)
    path.symlink_to(secret / path.name)


def link_of_a_folder(folder: Path, secret: Path) -> None:
    (folder / "mas").symlink_to(secret, target_is_directory=True)


def link_in_the_place_of_a_folder(folder: Path, secret: Path) -> None:
    shutil.move(folder / "codes", secret / "codes")
    (folder / "codes").symlink_to(secret / "codes", target_is_directory=True)


def link_in_the_place_of_the_edition(folder: Path, secret: Path) -> None:
    shutil.move(folder, secret / folder.name)
    folder.symlink_to(secret / folder.name, target_is_directory=True)


def link_that_leads_nowhere(folder: Path, secret: Path) -> None:
    (folder / "tables" / "nada.csv").symlink_to(secret / "no-hay")


def page_with_a_script(folder: Path, secret: Path) -> None:
    (folder / "tables" / "aviso.html").write_text("<script>alert(1)</script>")


def hidden_file(folder: Path, secret: Path) -> None:
    (folder / ".htaccess").write_text("Options +Indexes")


def folder_of_its_own(folder: Path, secret: Path) -> None:
    (folder / "notas").mkdir()


def pipe(folder: Path, secret: Path) -> None:
    os.mkfifo(folder / "tables" / "tubo.csv")


def pipe_in_the_place_of_a_file(folder: Path, secret: Path) -> None:
    (folder / "release.json").unlink()
    os.mkfifo(folder / "release.json")


def plug(folder: Path, secret: Path) -> None:
    here = os.getcwd()
    os.chdir(folder)  # the name of a socket may not be long
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind("enchufe")
    finally:
        os.chdir(here)


def file_without_end(folder: Path, secret: Path) -> None:
    with (folder / "release.json").open("r+b") as stream:
        stream.truncate(1 << 40)  # a hole: it takes no room on the disk


def sums_alone(folder: Path, secret: Path) -> None:
    (folder / "audit.json").unlink()


def other_folder(folder: Path, secret: Path) -> None:
    folder.rename(folder.parent / "2024-T4")


def way_out(folder: Path, secret: Path) -> None:
    for name in ("datapackage.json", "release.json"):
        path = folder / name
        path.write_text(path.read_text(encoding="utf-8").replace(f'"{OLD}"', '"../../fuera"'), encoding="utf-8")


def address_that_is_a_program(folder: Path, secret: Path) -> None:
    path = folder / "datapackage.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    told["licenses"][0]["path"] = "javascript:alert(1)"
    path.write_text(json.dumps(told), encoding="utf-8")


def levels_without_end(folder: Path, secret: Path) -> None:
    (folder / "release.json").write_text('{"a":' * 100_000 + "1" + "}" * 100_000)


BROKEN: list[tuple[Callable[[Path, Path], None], str]] = [
    (link_of_a_file, "edition_link"),
    (link_in_the_place_of_a_file, "edition_link"),
    (link_of_a_folder, "edition_link"),
    (link_in_the_place_of_a_folder, "edition_link"),
    (link_in_the_place_of_the_edition, "edition_link"),
    (link_that_leads_nowhere, "edition_link"),
    (page_with_a_script, "not_named"),
    (hidden_file, "not_named"),
    (folder_of_its_own, "not_named"),
    (pipe, "edition_special"),
    (pipe_in_the_place_of_a_file, "edition_special"),
    (plug, "edition_special"),
    (file_without_end, "edition_too_large"),
    (sums_alone, "not_sealed"),
    (other_folder, "other_edition"),
    (way_out, "edition_shape"),
    (address_that_is_a_program, "edition_shape"),
    (levels_without_end, "too_deep"),
]


@pytest.mark.parametrize(("broken", "rule"), BROKEN, ids=[broken.__name__ for broken, _ in BROKEN])
def test_what_is_none_is_refused_by_whoever_reads_it(
    broken: Callable[[Path, Path], None],
    rule: str,
    plan: Plan,
    raw: Path,
    published: Path,
    secret: Path,
    tmp_path: Path,
) -> None:
    """Also of an earlier edition; nothing is waited for, and nothing is built or published."""
    shutil.rmtree(published / "2025-T4")
    broken(published / OLD, secret)
    target = next(path for path in published.iterdir())
    if rule not in ("edition_link", "edition_special", "edition_too_large"):
        resealed(target)
    begun = time.monotonic()
    for read in (
        lambda: editions.published(editions.folders(published)),
        lambda: flow.build_site(plan, published, tmp_path / "sitio", silent),
        lambda: flow.publish(Run(plan, raw, published, "2025-T4", site_texts(plan)), silent),
    ):
        with pytest.raises(PipelineError) as refused:
            read()
        assert rule in {finding.rule for finding in refused.value.findings}
        assert "mujer-que" not in str(refused.value.findings)
    assert time.monotonic() - begun < 30
    assert not (published / "2025-T4").exists()
    assert not (tmp_path / "sitio").exists()


def test_a_copy_never_follows_a_link(published: Path, secret: Path, tmp_path: Path) -> None:
    """Not even one that came after the edition had been read."""
    found = reader.read(published / OLD)
    table = next(path for path in found.files if path.startswith("tables/"))
    (published / OLD / table).unlink()
    (published / OLD / table).symlink_to(secret / "registros.csv")
    with pytest.raises(OSError):
        safe_files.copy(published / OLD, found.files, tmp_path / "copia")
    assert SECRET not in content(tmp_path / "copia").values()


def test_the_site_serves_what_the_edition_names_and_nothing_more(published: Path, tmp_path: Path) -> None:
    found = reader.read(published / OLD)
    (published / OLD / "despues.html").write_text("<script>alert(1)</script>")
    build._editions([found], tmp_path / "datos")
    assert set(content(tmp_path / "datos" / OLD)) == set(found.files)


# what an edition says of itself ---------------------------------------------------------------------------------------


def altered(folder: Path, name: str, change: Callable[[dict[str, object]], None]) -> None:
    told = json.loads((folder / name).read_text(encoding="utf-8"))
    change(told)
    (folder / name).write_text(json.dumps(told), encoding="utf-8")
    resealed(folder)


@pytest.mark.parametrize(
    "said",
    [
        {"exposures": 1},
        {"cells": 3},
        {"withheld": 0},
        {"figures": 9},
        {"editions": [OLD]},
        {"editions": ["2025-T4", OLD]},
        {"rules": [1]},
    ],
    ids=str,
)
def test_an_audit_that_says_otherwise_is_an_exposure(said: dict[str, object], plan: Plan, published: Path) -> None:
    altered(published / "2025-T4", "audit.json", lambda told: told.update(said))
    found = editions.audit(editions.read(editions.folders(published), silent), silent)
    assert [(exposure.kind, exposure.editions) for exposure in found.exposures] == [("certificate", ("2025-T4",))]
    with pytest.raises(PipelineError) as refused:
        flow.build_site(plan, published, published.parent / "sitio", silent)
    assert {finding.rule for finding in refused.value.findings} == {"exposed_certificate"}


def test_an_edition_whose_earlier_ones_are_not_at_hand_contradicts_nothing(published: Path) -> None:
    found = editions.audit(editions.read([published / "2025-T4"], silent), silent)
    assert found.exposures == ()


def lowered(threshold: int, tables: slice) -> Callable[[dict[str, object]], None]:
    def change(told: dict[str, object]) -> None:
        resources = told["resources"]
        assert isinstance(resources, list)
        for resource in resources[tables]:
            if "threshold" in resource.get("celosia", {}):
                resource["celosia"]["threshold"] = threshold

    return change


@pytest.mark.parametrize(("edition", "tables"), [(OLD, slice(None)), (OLD, slice(1)), ("2025-T4", slice(1))], ids=str)
def test_a_lowered_threshold_asks_no_less_of_an_edition(edition: str, tables: slice, published: Path) -> None:
    """Of every table of an earlier edition, of one of them, and of one of the newest among its like."""
    asked = Published(editions.read(editions.folders(published), silent)).threshold
    altered(published / edition, "datapackage.json", lowered(3, tables))
    assert Published(editions.read(editions.folders(published), silent)).threshold == asked


def test_no_threshold_is_lower_than_any_institute_may_have(published: Path) -> None:
    altered(published / OLD, "datapackage.json", lowered(2, slice(1)))
    with pytest.raises(PipelineError) as refused:
        reader.read(published / OLD)
    assert {finding.rule for finding in refused.value.findings} == {"descriptor_shape"}
