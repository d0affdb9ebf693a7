"""The scripts of the site: well formed, tried in Node, and with nothing in them that could hurt a reader."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

import pytest

from pipeline import ROOT, SITE

SCRIPTS = sorted((SITE / "assets").glob("*.js"))
TESTS = ROOT / "tests" / "scripts"


def node(*arguments: object) -> subprocess.CompletedProcess[str]:
    program = shutil.which("node")
    if program is None:
        message = "No hay Node: no se probaron los scripts del sitio / No Node: the scripts of the site were not tried"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, check=False, cwd=ROOT)


def test_they_do_in_node_what_they_promise() -> None:
    done = node("--test", *sorted(TESTS.glob("*.test.js")))
    assert done.returncode == 0, done.stdout
    assert re.search(r"^# pass [1-9]\d", done.stdout, flags=re.MULTILINE), done.stdout


@pytest.mark.parametrize("script", [*SCRIPTS, *sorted(TESTS.glob("*.js"))], ids=lambda path: path.name)
def test_they_are_well_formed(script: object) -> None:
    done = node("--check", script)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_no_text_becomes_markup_or_program_and_nothing_is_kept(script: os.PathLike[str]) -> None:
    """The only thing ever kept is the choice of light or dark; the only thing fetched, the published files of this site."""
    with open(script, encoding="utf-8") as stream:
        text = re.sub(r"/\*.*?\*/", "", stream.read(), flags=re.DOTALL)
    assert '"use strict";' in text
    banned = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|cookie|sessionStorage|XMLHttpRequest|sendBeacon|WebSocket|console\.|debugger"
    assert re.findall(banned, text) == []
    assert re.findall(r"localStorage\.\w+\([^)]*\)", text) == (
        ['localStorage.setItem("theme", html.dataset.theme)'] if "localStorage" in text else []
    )
    assert set(re.findall(r"\bfetch\([^)]*\)", text)) <= {'fetch(source + id + ".csv")'}
    assert set(re.findall(r"https?://[^\"']*", text)) <= {
        "https://vega.github.io/schema/vega-lite/v6.json"  # the name of a form; nothing is asked of it
    }
