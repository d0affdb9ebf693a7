"""Everything that the program needs may be used and passed on by an institute, and what stands on its site says whose it is."""

from __future__ import annotations

import importlib.metadata
import re
import tomllib
from email.message import Message
from typing import cast

from packaging.requirements import Requirement

from pipeline import ROOT

ALLOWED = re.compile(
    r"0BSD|MIT( License)?|ISC.*|BSD[- ].*|Apache[- ].*|Apache Software License|PSF-2\.0|Python Software Foundation License"
    r"|Mozilla Public License 2\.0 \(MPL 2\.0\)|MPL-2\.0|SIL Open Font License.*|CC0-1\.0|Zlib|Unlicense"
)
"""Licences under which a public office may run and pass on what it got."""
APART = {
    "python-stdnum": "LGPL 2.1 or later: imported as it is, never changed or copied into our files",
    "text-unidecode": "Artistic or GPL, at choice: taken under the Artistic License, needed by frictionless alone",
}
"""Others, and why they may be there."""


def needed() -> dict[str, str]:
    """Distribution → licence, of all that the program needs at run time, what they need included."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    waiting = [Requirement(each) for each in project["dependencies"]]
    found: dict[str, str] = {}
    while waiting:
        wanted = waiting.pop()
        name = re.sub(r"[-_.]+", "-", wanted.name).lower()
        if name in found or (wanted.marker and not wanted.marker.evaluate({"extra": ""})):
            continue
        dist = importlib.metadata.distribution(name)
        found[name] = licence(cast(Message, dist.metadata))
        waiting += [Requirement(each) for each in dist.requires or ()]
    return found


def licence(told: Message) -> str:
    classifiers = [each for each in told.get_all("Classifier", []) if each.startswith("License :: ")]
    named = "; ".join(each.rpartition(" :: ")[2] for each in classifiers)
    return str(told.get("License-Expression") or named or told.get("License") or "none")


def test_every_licence_of_what_is_needed_is_allowed() -> None:
    found = needed()
    assert len(found) > 40
    strange = {
        name: said
        for name, said in found.items()
        if name not in APART and not all(ALLOWED.fullmatch(part) for part in re.split(r"; | OR | AND ", said))
    }
    assert strange == {}
    assert set(APART) <= set(found)


def test_a_licence_that_is_not_allowed_is_seen() -> None:
    for said in ("GPL-3.0-or-later", "AGPL-3.0", "Proprietary", "none", "BUSL-1.1"):
        assert not ALLOWED.fullmatch(said)


def test_the_scripts_and_styles_of_others_stand_beside_their_licences() -> None:
    told = (ROOT / "site" / "assets" / "LICENCIAS.txt").read_text(encoding="utf-8")
    for name in ("vega,", "vega-lite,", "vega-embed ", "mkdocs-material "):
        assert name in told
    assert told.count("Redistribution and use in source and binary forms") >= 1
    assert "Permission is hereby granted, free of charge" in told
