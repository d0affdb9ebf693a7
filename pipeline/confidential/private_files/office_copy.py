"""What stays in the office: the report and the witnesses of an edition, beside the records, for their owner only. I/O.

`<raw>/privado/<edition>/`: `informe.json` (the seal of what was published, where the rows went, what the choice cost and how far it may be from the best,
what the records of each period were like and what somebody accepted of that, what waits and of which kind it is),
`testigos.parquet` (`pipeline.model.witness_file` writes and reads it, `pipeline.verification.verify` checks it),
`libro/` (the records that were counted, by which the next edition knows what changed since: `ledger`) and, where there are
any, `rechazados.csv` (file, row and reasons of what was refused) and `en_espera.csv` (kind, key and period of what waits);
`informe.html` (the page to print and sign, `pipeline.workflows.signed_report`);
`inventados.csv`, if `verify --records` was run (what is otherwise in records that would give the same publication).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.confidential.intake.source_files import PRIVATE
from pipeline.confidential.late_records import ledger as ledgers
from pipeline.confidential.late_records.ledger import Ledger
from pipeline.confidential.protection.protect import Protection
from pipeline.model import witness_file

REPORT, WITNESSES = "informe.json", "testigos.parquet"
REFUSED, HELD = "rechazados.csv", "en_espera.csv"
MADE_UP = "inventados.csv"
PAGE = "informe.html"


def folder_of(raw: Path, edition: str) -> Path:
    """Where the private files of an edition are."""
    return raw / PRIVATE / edition


@dataclass(frozen=True)
class Private:
    """What is kept of an edition. `rows`: record type → where its rows went; `refused` and `held`: CSV of the rows that
    were set aside and of what waits, where there is any; `counted`: record type → Parquet of what was counted up to the
    `cut_off`; `waiting`: record type → kind of change → how many wait; `delivery`: what the records were like and what
    somebody accepted of that (`plausible`)."""

    rows: Mapping[str, Mapping[str, Any]]
    protection: Protection
    effort: str
    refused: Path | None
    counted: Mapping[str, Path]
    cut_off: str
    held: Path | None
    waiting: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    delivery: Mapping[str, Any] = field(default_factory=dict)


def keep(raw: Path, edition: str, private: Private, seal: str) -> None:
    """Writes the private files of an edition that was published with that seal. Raises OSError."""
    folder = folder_of(raw, edition)
    for closed in (folder.parent, folder):  # the folder of records itself is not made where it is gone
        closed.mkdir(exist_ok=True)
        closed.chmod(0o700)
    protection, bound = private.protection, private.protection.lower_bound
    report: dict[str, Any] = {
        "edition": edition,
        "seal": seal,
        "rows": private.rows,
        "waiting": private.waiting,
        "method": protection.method,
        "effort": private.effort,
        "primary": protection.primary,
        "complementary": protection.complementary,
        "cost": round(protection.cost, 3),
        "lower_bound": None if bound is None else round(bound, 3),
        "gap": None if bound is None else round(max(0.0, 1 - bound / protection.cost), 4) if protection.cost else 0.0,
        "witnesses": len(protection.witnesses),
        **private.delivery,
    }
    _owner_only(folder / REPORT, json.dumps(report, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n")
    worlds = np.vstack([protection.truth, protection.witnesses])
    _owner_only(folder / WITNESSES, witness_file.write(protection.figures, worlds))
    ledgers.write(folder, edition, private.cut_off, private.counted)
    for name, listed in ((REFUSED, private.refused), (HELD, private.held)):
        (folder / name).unlink(missing_ok=True)
        if listed:
            _owner_only(folder / name, listed)


def keep_page(raw: Path, edition: str, page: bytes) -> Path:
    """Writes the page that somebody reads and signs. Raises OSError."""
    path = folder_of(raw, edition) / PAGE
    _owner_only(path, page)
    return path


def keep_made_up(raw: Path, edition: str, changes: bytes) -> Path:
    """Writes what is otherwise in made-up records (`alternatives`): a CSV of set, file, row, column and value. Raises OSError."""
    folder = folder_of(raw, edition)
    folder.mkdir(parents=True, exist_ok=True)
    _owner_only(folder / MADE_UP, changes)
    return folder / MADE_UP


def report(raw: Path, edition: str) -> Mapping[str, Any]:
    """The private report of an edition; empty where there is none that can be read."""
    try:
        found = json.loads((folder_of(raw, edition) / REPORT).read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def seal(raw: Path, edition: str) -> str:
    """The seal with which an edition was published; empty where nobody kept it."""
    return str(report(raw, edition).get("seal", ""))


def sealed(raw: Path) -> list[str]:
    """The editions of which the seal was kept, by name: those that were published from these records."""
    folder = raw / PRIVATE
    names = sorted(each.name for each in folder.iterdir()) if folder.is_dir() else []
    return [name for name in names if seal(raw, name)]


def ledger(raw: Path, edition: str, cut_off: str) -> Ledger | None:
    """What an edition counted; None where its ledger is gone. Raises PipelineError("disclosure") where it is damaged."""
    return ledgers.read(folder_of(raw, edition), edition, cut_off)


def _owner_only(path: Path, content: bytes | Path) -> None:
    """Writes a file that only its owner can read; a file that may be large is copied piece by piece."""
    path.touch(mode=0o600)
    path.chmod(0o600)
    if isinstance(content, Path):
        shutil.copyfile(content, path)
    else:
        path.write_bytes(content)
