"""What mkdocs is told to make of the staged pages of one language, and its run.

In: what an edition says, its pages, the project's site/ folder. Out: the configuration as plain values; a folder of HTML.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from pipeline.institute.plan import HELP
from pipeline.model.findings import Finding, PipelineError
from pipeline.public.edition.model import Package
from pipeline.public.presentation import routes
from pipeline.public.presentation.edition_view import View
from pipeline.public.site import stylesheet
from pipeline.public.site.page import SECTIONS, Page

THEME_SCRIPT = (
    'try{var t=localStorage.getItem("theme");if(t)document.documentElement.dataset.theme=t}catch(e){}'
    'document.documentElement.className="js"'
)
"""Runs before the first paint so that a chosen theme does not flash; short enough to stand in the page, by its hash."""


def configuration(view: View, pages: Sequence[Page], site: Path, folder: Path, *, first: bool) -> dict[str, Any]:
    """The configuration of mkdocs for one language, as it is written to YAML.

    `pages`: in the order of the menu; `folder`: where they are staged; `first`: whether it is the language at the root.
    """
    facts, words, language = view.plan.facts, view.words, view.language
    return {
        "INHERIT": str(site.resolve() / "mkdocs.yml"),
        "site_name": words.of(facts["short_name"]),
        "site_description": words("home.description"),
        "site_url": facts["url"] + ("" if first else f"{language}/"),
        "docs_dir": str((folder / language).resolve()),
        "site_dir": str((folder / "html" / language).resolve()),
        "nav": menu(pages, view),
        "not_in_nav": "\n".join(page.path for page in pages if page.hide_from_menu),
        "theme": {"custom_dir": str(site.resolve() / "overrides")},
        "hooks": [str(site.resolve() / "hooks" / "insert.py")],
        "extra": {
            "language": language,
            "parts": str((folder / f"{language}.parts").resolve()),
            "root": "" if first else "..",
            "institute": _institute(view),
            "safety": safety(pages),
            **_shell(view),
        },
    }


def menu(pages: Sequence[Page], view: View) -> list[dict[str, Any]]:
    """The menu: pages outside of any section, then section by section; a section without pages is left out."""
    shown = [page for page in pages if not page.hide_from_menu]
    nav: list[dict[str, Any]] = [{page.title: page.path} for page in shown if not page.section]
    for section in SECTIONS:
        if inside := [{page.title: page.path} for page in shown if page.section == section]:
            nav.append({view.words(f"sections.{section}"): inside})
    return nav


def _institute(view: View) -> dict[str, Any]:
    """What the frame of every page says of the institute."""
    facts, words = view.plan.facts, view.words
    return {
        "name": words.of(facts["name"]),
        "short_name": words.of(facts["short_name"]),
        "unit": words.of(facts["unit"]),
        "place": words.of(facts["place"]) if "place" in facts else "",
        "email": facts["email"],
        "synthetic": words.of(facts["synthetic"]) if "synthetic" in facts else "",
        "licence": words.of(facts["licence"]["title"]),
        "licence_path": facts["licence"]["path"],
        "exit_page": facts["exit_page"],
        "helplines": [{**line, "label": words.of(line["label"])} for line in facts["helplines"]],
    }


def _shell(view: View) -> dict[str, Any]:
    """The other words and addresses of the frame, and of the scripts."""
    words, languages = view.words, view.plan.languages
    script = {key.removeprefix("script."): text for key, text in words.words.items() if key.startswith("script.")}
    script |= {"decimal": words.decimal, "thousands": words.thousands}
    return {
        "languages": [
            {"code": code, "path": routes.language_folder(code, languages[0]), "name": words.spoken[code]}
            for code in languages
        ],
        "first_language": languages[0],
        "edition": view.newest.edition,
        "updated": words.day(str(view.newest.release["published"])),
        "words": {key.removeprefix("shell."): text for key, text in words.words.items() if key.startswith("shell.")},
        "script_words": json.dumps(script, ensure_ascii=False),
        "paths": {name: routes.html(routes.ALWAYS[name]) for name in ("search", "map", "explorer")},
        "help": routes.HELP_PAGE,
        "theme_hash": stylesheet.integrity(THEME_SCRIPT),
        "theme_script": THEME_SCRIPT,
    }


def safety(pages: Sequence[Page]) -> str:
    """The address of the page on browsing with care: the first of the institute's own in the help section; else nothing."""
    own = (page for page in pages if page.section == "ayuda" and page.path != HELP)
    return next((page.url for page in own if not page.original and not page.hide_from_menu), "")


_TIED = (
    "import os, threading; threading.Thread(target=lambda: (os.read(0, 1), os._exit(1)), daemon=True).start(); "
    "from mkdocs.__main__ import cli; cli(prog_name='mkdocs')"
)
"""Runs mkdocs for as long as whoever started it lives: its input ends with that process, however that ends."""


def run(configurations: Iterable[Path], newest: Package) -> None:
    """Runs mkdocs once per language, side by side. Its dates are those of the edition, not of the machine."""
    published = date.fromisoformat(str(newest.release["published"]))
    seconds = (published - date(1970, 1, 1)).days * 86400
    environment = {
        **os.environ,
        "NO_MKDOCS_2_WARNING": "1",
        "SOURCE_DATE_EPOCH": str(seconds),
        "PYTHONWARNINGS": "ignore",
    }
    command = [sys.executable, "-c", _TIED, "build", "--strict", "--quiet", "-f"]
    theirs, ours = os.pipe()
    running: list[tuple[Path, subprocess.Popen[str]]] = []
    findings = []
    try:
        for path in configurations:
            order = [*command, str(path)]
            streams: dict[str, Any] = {"stdin": theirs, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
            running.append((path, subprocess.Popen(order, env=environment, text=True, **streams)))
        for path, process in running:
            said, _ = process.communicate()
            if process.returncode or said.strip():
                lines = [line for line in said.splitlines() if line.strip()]
                findings.append(Finding.of(path.name, "site_build", said=" | ".join(lines[-6:])))
    finally:
        os.close(ours)
        os.close(theirs)
        for _, process in running:
            process.wait()
    if findings:
        raise PipelineError("text", findings)
