"""The wheel is all that an office needs: installed elsewhere, in an empty folder, it goes the whole way."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from pipeline import ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    built = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(built, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command, installed in an environment of its own that borrows what this one has of others."""
    place = tmp_path_factory.mktemp("env")
    venv.create(place, with_pip=False)
    there = Path(sysconfig.get_path("purelib", vars={"base": str(place)}))
    (there / "borrowed.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--quiet",
        "--disable-pip-version-check",
        "--python",
        str(place / "bin" / "python"),
    ]
    subprocess.run([*pip, "install", "--no-deps", "--no-index", "--no-compile", str(wheel)], check=True)
    return place / "bin" / "celosia"


def run(command: Path, folder: Path, *arguments: str) -> str:
    apart = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run([command, *arguments], cwd=folder, env=apart, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def test_it_carries_all_of_site_and_nothing_that_was_built_there(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    kept = subprocess.run(
        ["git", "ls-files", "site"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert len(kept) > 50
    assert {f"pipeline/{name}" for name in kept} == {name for name in names if name.startswith("pipeline/site/")}


def test_from_an_empty_folder_to_a_website(installed: Path, tmp_path: Path) -> None:
    run(installed, tmp_path, "new", "--name", "Instituto de Prueba", "--edition", "2025-T4", "--records", "llamadas")
    run(installed, tmp_path, "sample", "--rows", "2000")
    assert "ninguna exposición" in run(installed, tmp_path, "publish", "--quiet")
    address = run(installed, tmp_path, "pages", "--quiet").partition("file://")[2].split()[0]
    assert address == str(tmp_path / "site" / "_build" / "html" / "index.html")
    assert "Instituto de Prueba" in Path(address).read_text(encoding="utf-8")
    assert {path.name for path in tmp_path.iterdir()} == {"institute", "data", "site"}
