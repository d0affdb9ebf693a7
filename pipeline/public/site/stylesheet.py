"""One small stylesheet: what the pages use of Material's, then ours.

Material's stylesheet is 137 KB for parts that this site does not have (search dialog, icons, versions, comments …).
A rule stays when every class and id that it names occurs on some page; a custom property stays when something that
stayed uses it.
In: CSS text and HTML pages. Out: CSS text. Reads Material's file from its package.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

_CLASS = re.compile(r"[.#]((?:\\.|[\w-])+)")
_NOT = re.compile(r":(?:not|is|where|has)\([^()]*\)")


def material_css() -> str:
    """Material's main stylesheet, as its package carries it."""
    found = importlib.util.find_spec("material")
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError("material")
    folder = Path(next(iter(found.submodule_search_locations))) / "templates" / "assets" / "stylesheets"
    return next(folder.glob("main.*.min.css")).read_text(encoding="utf-8")


def integrity(script: str) -> str:
    """The hash under which a content security policy lets one inline script run."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def build(theirs: str, ours: str, pages: Iterable[str]) -> str:
    """What `pages` use of `theirs`, followed by `ours`, without comments and line breaks."""
    names = {"js", "no-js"}
    for page in pages:
        for attribute in re.findall(r'\b(?:class|id)="([^"]*)"', page):
            names.update(attribute.split())
    kept = "".join(_prune(re.sub(r"/\*.*?\*/|@charset[^;]*;", "", theirs, flags=re.DOTALL), names))
    return f"{_properties(kept, _small(ours))}{_small(ours)}\n"


def _rules(css: str) -> Iterator[tuple[str, str]]:
    """Top-level (prelude, body) pairs; a statement without braces has an empty body."""
    at = depth = start = opened = 0
    while at < len(css):
        sign = css[at]
        if sign in "\"'":
            at = css.index(sign, at + 1)
        elif sign == "{":
            depth += 1
            opened = at if depth == 1 else opened
        elif sign == "}":
            depth -= 1
            if depth == 0:
                yield css[start:opened].strip(), css[opened + 1 : at]
                start = at + 1
        elif sign == ";" and depth == 0:
            start = at + 1
        at += 1


def _prune(css: str, names: set[str]) -> Iterator[str]:
    for prelude, body in _rules(css):
        if prelude.startswith(("@media", "@supports")):
            if prelude != "@media print" and (inside := "".join(_prune(body, names))):
                yield f"{prelude}{{{inside}}}"
        elif prelude.startswith("@"):
            continue
        else:
            used = [s for s in _selectors(prelude) if _used(s, names)]
            if used:
                yield f"{','.join(used)}{{{body}}}"


def _selectors(prelude: str) -> list[str]:
    return [part for part in re.split(r",(?![^(]*\))", prelude) if part]


def _used(selector: str, names: set[str]) -> bool:
    if "data-md-" in selector or "::-webkit-scroll" in selector or selector.startswith("[dir=rtl]"):
        return False
    return all(name.replace("\\", "") in names for name in _CLASS.findall(_NOT.sub("", selector)))


def _properties(kept: str, ours: str) -> str:
    """Drops custom properties that nothing uses (Material's icons are pictures in custom properties)."""
    before = ""
    while kept != before:
        before, used = kept, set(re.findall(r"var\((--[\w-]+)", kept + ours))
        parts = re.split(r"(--[\w-]+:(?:url\([^)]*\)|[^;{}])*(?:;|(?=})))", kept)
        kept = "".join(part for part in parts if not part.startswith("--") or part.partition(":")[0] in used)
    return re.sub(r"[^{}]+{}", "", kept)


def _small(css: str) -> str:
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    return re.sub(r"\s*([{};,])\s*", r"\1", re.sub(r"\s+", " ", css)).replace(";}", "}").strip()
