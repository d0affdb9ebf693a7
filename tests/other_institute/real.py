"""`make real LINEA144=FOLDER`: publishes the four real files of Línea 144, each as it comes, and checks the accounts.

Reads FOLDER (linea144-2020.csv to linea144-2023.csv); writes only to temporary folders, of which the publication stays
and the copy of the records does not. Prints the command's own report (rows read, counted and rejected by rule, share
of withheld cells per table, verdict of the audit), then what it checked by itself. Exits 0 only when all of it holds.
"""

from __future__ import annotations

import csv
import json
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import frictionless

from pipeline.cli.main import main
from pipeline.institute.plan import PERIOD
from pipeline.model import periods
from pipeline.model.cells import TOTAL
from pipeline.public.edition import reader
from tests.other_institute.share import compared

HERE = Path(__file__).parent
EDITIONS = ("2022-T4", "2023-T1")
FILES = tuple(f"linea144-{year}.csv" for year in range(2020, 2024))
RESOURCE = "consultas"
TABLE = "consultas_por_vinculo"
"""A table that counts rows at every level of time."""
QUARANTINE = "0.01"
"""Rows that break a rule are left out and reported by rule; more than one in a hundred stops the run."""
EXPERT = "afirmaciones de la carpeta que escribió una experta / statements of the folder that an expert wrote:"
USAGE = """Indique la carpeta con los cuatro archivos linea144-2020.csv … linea144-2023.csv:
    make real LINEA144=/ruta/a/la/carpeta
Son los datos abiertos «generos-base-datos-linea-144» del portal de datos de Argentina.

Name the folder with the four files linea144-2020.csv … linea144-2023.csv:
    make real LINEA144=/path/to/the/folder
They are Argentina's open data «generos-base-datos-linea-144»."""


def publish(raw: Path, published: Path) -> int:
    """Both editions one after the other, then the audit of both together; the first exit code that is not 0."""
    common = ["--institute", str(HERE), "--published", str(published)]
    for edition in EDITIONS:
        started = time.monotonic()
        if code := main(["publish", *common, "--raw", str(raw), "--edition", edition, "--quarantine", QUARANTINE]):
            return code
        print(f"{edition}: {time.monotonic() - started:.0f} s\n", flush=True)
    return main(["audit", *common])


def rows_of(path: Path) -> int:
    """Records of a file, counted by nothing but the CSV reader of Python."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return sum(1 for _ in csv.reader(stream)) - 1


def account(raw: Path, edition: str) -> Mapping[str, Any]:
    """The account of the rows that a run leaves in the office."""
    report = json.loads((raw / "privado" / edition / "informe.json").read_text(encoding="utf-8"))
    rows: Mapping[str, Any] = report["rows"][RESOURCE]
    return rows


def published_total(folder: Path) -> int:
    """All consultations that the published file shows: its quarters, which cover every month of both editions."""
    table = reader.read(folder).tables[TABLE]
    others = [name for name in table.names if name != PERIOD]
    everybody = table.frame[(table.frame[others] == TOTAL).all(axis=1)]
    quarters = everybody[everybody[PERIOD].map(periods.level_of) == periods.QUARTER]
    return int(quarters[RESOURCE].sum())


def mistakes(raw: Path, published: Path) -> list[str]:
    """What does not add up between the files, the account of the last run and the published tables."""
    found = []
    rows = account(raw, EDITIONS[-1])
    in_files = sum(rows_of(path) for path in raw.glob("*.csv"))
    if rows["read"] != in_files:
        found.append("leídos ≠ renglones de los archivos / read ≠ rows of the files")
    if rows["read"] != rows["counted"] + rows["rejected"] or rows["later"]:
        found.append("leídos ≠ contados + rechazados / read ≠ counted + rejected")
    if published_total(published / EDITIONS[-1]) != rows["counted"]:
        found.append("publicados ≠ contados / published ≠ counted")
    for edition in EDITIONS:
        if not frictionless.validate(str(published / edition / "datapackage.json")).valid:
            found.append(f"{edition}: datapackage.json no es válido / is not valid")
    return found


def run(folder: Path) -> int:
    """Publishes and checks the files of a folder; returns the exit code."""
    published = Path(tempfile.mkdtemp(prefix="linea144-"))
    with tempfile.TemporaryDirectory() as private:
        raw = Path(private)
        for name in FILES:
            shutil.copyfile(folder / name, raw / name)
        if code := publish(raw, published):
            return code
        wrong = mistakes(raw, published)
        rows = account(raw, EDITIONS[-1])
    for line in wrong:
        print(f"✗ {line}", file=sys.stderr)
    if wrong:
        return 1
    print()
    read, counted, rejected = (rows[name] for name in ("read", "counted", "rejected"))
    print(f"✓ leídos / read {read} = contados / counted {counted} + rechazados / rejected {rejected}")
    print("✓ los archivos publicados suman lo contado / the published files add up to what was counted")
    print("✓ frictionless validate: datapackage.json válido / valid")
    print(f"Publicación / publication: {published}")
    return drafted(folder)


def drafted(folder: Path) -> int:
    """Goes the same way with a draft of the same files, nothing of which is edited; tells how much of the expert's folder it says."""
    with tempfile.TemporaryDirectory() as aside:
        draft, published = Path(aside) / "institute", Path(aside) / "published"
        raw = Path(aside) / "raw"
        raw.mkdir()
        files = [str(shutil.copyfile(folder / name, raw / name)) for name in FILES]
        started = time.process_time()
        asked = [
            "--name",
            "Línea 144: consultas por violencias de género",
            "--place",
            "Argentina",
            "--called",
            "Consultas",
        ]
        if code := main(["infer", *files, "--institute", str(draft), *asked, "--quiet"]):
            return code
        taken = time.process_time() - started
        if code := main(["publish", "--institute", str(draft), "--raw", str(raw), "--published", str(published)]):
            return code
        share = compared(draft, HERE)
    said, same, reworded = len(share.said), len(share.same), len(share.reworded)
    print(f"\nBorrador / draft: {taken:.0f} s de procesador / of the processor; {EXPERT} {said}")
    print(
        f"  a la letra / to the letter {same} ({same / said:.0%}); con otras palabras / in other words {reworded} ({reworded / said:.0%})"
    )
    told = len(share.of_files & (share.same | share.reworded))
    print(
        f"  de lo que dicen los archivos / of what files tell: {told} / {len(share.of_files)} ({told / len(share.of_files):.0%});"
        f" de más / besides: {len(share.more)}"
    )
    for file, count in sorted(Counter(each[0] for each in share.missing).items()):
        print(f"  {file}: {count} que no dice / that it does not say")
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 2 or not all((Path(sys.argv[1]) / name).is_file() for name in FILES):
        print(USAGE, file=sys.stderr)
        raise SystemExit(2)
    raise SystemExit(run(Path(sys.argv[1])))
