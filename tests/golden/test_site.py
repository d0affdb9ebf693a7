"""Not a byte of a built site changes unseen: the checksums of the small site, every page and file of it.

`make golden` writes them anew. What changed is to be looked at first, and said in the commit that renews them.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from tests.conftest import content

MANIFEST = Path(__file__).parent / "site.sha256"
LEFT_OUT: frozenset[str] = frozenset()
"""Files that are not the same every time, by name. There is none, and one more must say why."""


def checksums(site: Path) -> dict[str, str]:
    return {path: hashlib.sha256(data).hexdigest() for path, data in content(site).items() if path not in LEFT_OUT}


def test_a_built_site_is_the_one_that_somebody_has_looked_at(small_site: Path) -> None:
    built = checksums(small_site / "html")
    if os.environ.get("GOLDEN") == "renew":
        MANIFEST.write_text("".join(f"{sum}  {path}\n" for path, sum in sorted(built.items())), encoding="utf-8")
    lines = MANIFEST.read_text(encoding="utf-8").splitlines()
    known = {path: sum for sum, _, path in (line.partition("  ") for line in lines)}
    changed = sorted(path for path in built.keys() & known.keys() if built[path] != known[path])
    assert (changed, sorted(known.keys() - built.keys()), sorted(built.keys() - known.keys())) == ([], [], []), (
        "(changed, gone, new): look at them, then `make golden`"
    )
    assert len(built) > 200
