"""Three years of the committed institute, edition by edition from its first quarter on, as an office would have lived them.

    python -m tests.benchmarks.years [folder [effort [all|last]]]

Each quarter the records that there were by then are delivered and published, and everything is verified and audited. On
the way a correction is published, a table begins and ends, and a new code appears; from CHANGED on the register is not as
it was: a visit has moved to another month, an activity was withdrawn, two referrals have come late; and from REKEYED on
every woman has another key. The site is built with the first and the last edition and with what begins or ends, or with
the last alone. Stops at the first order that fails; prints the seconds of each. Minutes: not part of the test run.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path

from pipeline import ROOT
from pipeline.cli.main import main
from pipeline.institute.load import load
from pipeline.model.findings import EXIT_CODES
from pipeline.model.periods import is_after

QUARTERS = [f"{year}-T{number}" for year in (2023, 2024, 2025) for number in (1, 2, 3, 4)]
CORRECTED, BEGINS, NEW_CODE, ENDS = "2023-T3", "2023-T4", "2024-T2", "2025-T2"
"""The editions that are corrected, or with which something begins or ends."""
TABLE = "servicios_por_formato"
CHANGED, REKEYED = "2024-T1", "2025-T1"
"""The first deliveries in which the past is another, and in which women have other keys."""
MONTH, LATER = "2023-01", "2023-02"


def cut_off(quarter: str) -> str:
    return f"{quarter[:4]}-{3 * int(quarter[-1]):02d}"


def published(quarter: str) -> str:
    year, month = int(quarter[:4]), 3 * int(quarter[-1]) + 1
    return f"{year}-{month:02d}-20" if month < 13 else f"{year + 1}-01-20"


def tables(folder: Path, wanted: bool) -> None:
    """A table that begins after the others and ends before them."""
    whole = (ROOT / "institute" / "tables.yaml").read_text(encoding="utf-8")
    charts = (ROOT / "institute" / "charts.yaml").read_text(encoding="utf-8")
    if not wanted:
        whole = re.sub(rf"^- id: {TABLE}\n(?:[ #].*\n|\n)*", "", whole, flags=re.MULTILINE)
        charts = re.sub(
            rf"^  - id: \w+\n(?:    (?!table:).*\n)*    table: {TABLE}\n(?:    .*\n)*", "", charts, flags=re.MULTILINE
        )
    (folder / "tables.yaml").write_text(whole, encoding="utf-8")
    (folder / "charts.yaml").write_text(charts, encoding="utf-8")


def deliver(folder: Path, raw: Path, quarter: str) -> None:
    """The records of the periods that had ended by a quarter."""
    plan = load(folder)
    raw.mkdir(exist_ok=True)
    for name, resource in plan.resources.items():
        pattern = plan.sources[name].origins[0].pattern
        for path in (ROOT / "data" / "raw" / "muestra").glob(pattern):
            with (
                path.open(encoding="utf-8", newline="") as read,
                (raw / path.name).open("w", encoding="utf-8", newline="") as write,
            ):
                rows = csv.DictReader(read)
                made = csv.DictWriter(write, list(rows.fieldnames or ()), lineterminator="\n")
                made.writeheader()
                there = (row for row in rows if not is_after(row[resource.period][:7], cut_off(quarter)))
                made.writerows(as_it_is(name, resource.period, list(there), quarter))


def as_it_is(name: str, period: str, rows: list[dict[str, str]], quarter: str) -> list[dict[str, str]]:
    """The records of one type as the office has them in a quarter."""
    first = [n for n, row in enumerate(rows) if row[period][:7] == MONTH][:2]
    if name == "atenciones" and quarter >= CHANGED:
        rows[first[0]][period] = rows[first[0]][period].replace(MONTH, LATER)
    if (name == "actividades_grupales" and quarter >= CHANGED) or (name == "canalizaciones" and quarter < CHANGED):
        rows = [row for n, row in enumerate(rows) if n not in first[: 1 if name == "actividades_grupales" else 2]]
    for row in rows if quarter >= REKEYED else ():
        for column in row.keys() & {"clave_usuaria"}:
            row[column] = hashlib.sha256(row[column].encode()).hexdigest()[: len(row[column])]
    return rows


def order(*words: object) -> None:
    """An order of the command; ends the run where it fails. What differs from the last delivery is accepted by name."""
    began = time.monotonic()
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        code = main([*map(str, words), "--quiet"])
    if code == EXIT_CODES["records"] and (names := re.findall(r"· (\w+:[\w-]+): .*--accept", said.getvalue())):
        sys.stderr.write(f"     accepted: {', '.join(names)}\n")
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            code = main([*map(str, words), "--quiet", "--accept", *names, "--who", "Ana", "--why", "correcciones"])
    sys.stderr.write(f"{code:>3}  {time.monotonic() - began:6.1f} s  {words[0]} {words[-1]}\n")
    if code:
        sys.stderr.write(said.getvalue())
        sys.exit(code)


def live(work: Path, effort: str, sites: str = "all") -> None:
    institute, raw, out = work / "institute", work / "raw", work / "published"
    shutil.copytree(ROOT / "institute", institute)
    facts = (institute / "institute.yaml").read_text(encoding="utf-8")
    listed = "".join(
        f'  - {{id: {quarter}, cut_off: "{cut_off(quarter)}", published: "{published(quarter)}"}}\n'
        for quarter in QUARTERS
    )
    facts = re.sub(r"^editions:\n(?:  .*\n)*", f"editions:\n{listed}", facts, flags=re.MULTILINE)
    (institute / "institute.yaml").write_text(facts, encoding="utf-8")
    where = ("--institute", institute, "--published", out)
    for quarter in QUARTERS:
        tables(institute, BEGINS <= quarter < ENDS)
        if quarter == NEW_CODE:
            with (institute / "codes" / "formato.csv").open("a", encoding="utf-8") as formats:
                formats.write("hibrido,,,9,Híbrido,Hybrid\n")
        deliver(institute, raw, quarter)
        order("publish", *where, "--raw", raw, "--effort", effort, "--edition", quarter)
        if quarter == CORRECTED:
            day = published(quarter)[:8] + "28"
            order("publish", *where, "--raw", raw, "--effort", effort, "--date", day, "--amend", "Se corrige una nota.")
        order("verify", *where, "--raw", raw)
        order("audit", *where)
        if quarter == QUARTERS[-1] or (sites == "all" and quarter in (QUARTERS[0], BEGINS, NEW_CODE, ENDS)):
            order("pages", *where, "--output", work / "site")


if __name__ == "__main__":
    given = sys.argv[1:]
    if given and given[0]:
        live(Path(given[0]), *(given[1:] or ["quick"]))
    else:
        with tempfile.TemporaryDirectory() as made:
            live(Path(made), "quick")
