"""Neither publishing nor building a site needs a network: both run where there is none at all."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline import ROOT
from tests.conftest import TINY, content

ALONE = ["unshare", "--net", "--map-root-user"]
"""Runs a command in a namespace of its own, with no route and no address."""


def cut_off() -> bool:
    return (
        shutil.which("unshare") is not None
        and subprocess.run([*ALONE, "true"], capture_output=True, check=False).returncode == 0
    )


def run(*order: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*ALONE, sys.executable, *order], cwd=ROOT, text=True, capture_output=True, check=False)


@pytest.mark.slow
def test_an_edition_and_its_site_are_made_without_a_network(raw: Path, editions_of_tiny: Path, tmp_path: Path) -> None:
    if not cut_off():
        pytest.skip("no namespace may be made here: that no network is needed is NOT tested")
    probe = run("-c", "import socket; socket.create_connection(('192.0.2.1', 80), timeout=2)")
    assert "Network is unreachable" in probe.stderr
    given = ["--institute", str(TINY), "--published", str(tmp_path / "publicado"), "--quiet"]
    for edition in ("2025-T3", "2025-T4"):
        made = run("-m", "pipeline", "publish", *given, "--raw", str(raw), "--edition", edition)
        assert made.returncode == 0, made.stderr
    assert content(tmp_path / "publicado") == content(editions_of_tiny)
    built = run("-m", "pipeline", "pages", *given, "--output", str(tmp_path / "sitio"))
    assert built.returncode == 0, built.stderr
    assert (tmp_path / "sitio" / "html" / "index.html").is_file()
