"""The door at any size: `python -m tests.benchmarks.ingest [--check ROWS…] [--publish ROWS…] [--folder DIR]`.

Deals `atenciones` of 14 columns with 21 bad cells in them, then times whole commands, start-up included: `celosia check`
beside `frictionless validate` on the same file, whose verdicts (row, field, rule) must be the same; and `celosia publish`
with its peak of memory. Small files are timed thrice (median). Prints a table in Markdown; exits 1 where a verdict differs. Files are deleted one by one.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import yaml

from pipeline import ROOT
from pipeline.institute.load import load
from pipeline.institute.plan import Plan

COLUMNS = (
    "atencion_id", "clave_usuaria", "mes_atencion", "modulo_id", "area", "servicio", "modalidad_atencion", "formato",
    "tipo_ingreso", "estatus", "grupo_edad", "zona_id", "escolaridad", "orden_proteccion",
)  # fmt: skip
ROWS_PER_WOMAN = 3
CHUNK = 1_000_000
BAD = 7
"""Bad cells of each kind; few enough that a message names every row."""


@dataclass(frozen=True)
class Run:
    """A command that ended: seconds by the clock and by the processor, peak of memory in MB, and what it said."""

    code: int
    seconds: float
    cpu: float
    peak: float
    output: str


def institute(folder: Path) -> Plan:
    """The institute with one record type of 14 columns and the tables that they allow."""
    described = ROOT / "institute"
    folder.mkdir()
    (folder / "codes").symlink_to(described / "codes")
    (folder / "institute.yaml").symlink_to(described / "institute.yaml")
    contract = yaml.safe_load((described / "records.package.yaml").read_text(encoding="utf-8"))
    resource = next(each for each in contract["resources"] if each["name"] == "atenciones")
    resource["schema"]["fields"] = [f for f in resource["schema"]["fields"] if f["name"] in COLUMNS]
    resource["celosia"]["dimensions"] = {"servicio": {"upper": "area"}}
    resource["celosia"]["rules"] = [rule for rule in resource["celosia"]["rules"] if "hierarchy" in rule]
    contract["resources"] = [resource]
    tables = [
        table
        for table in yaml.safe_load((described / "tables.yaml").read_text(encoding="utf-8"))
        if table["resource"] == "atenciones"
        and {d if isinstance(d, str) else d["name"] for d in table["dimensions"]} <= {"periodo", *COLUMNS}
        and set(table.get("where", ())) <= set(COLUMNS)
    ]
    for name, content in (
        ("records.package.yaml", contract),
        ("tables.yaml", tables),
        ("charts.yaml", {}),
        ("sources.yaml", {"atenciones": {"files": ["*.csv"]}}),
    ):
        (folder / name).write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return load(folder)


def deal(path: Path, rows: int, plan: Plan, *, bad: bool) -> None:
    """Writes a file of records; `bad` puts the bad cells into the first thousand rows."""
    with path.open("wb") as stream:
        for n, part in enumerate(_parts(rows, plan, np.random.default_rng(rows))):
            if bad and not n:
                part = _spoilt(part)
            header = pyarrow.csv.WriteOptions(include_header=not n, quoting_style="none")
            pyarrow.csv.write_csv(part, stream, header)


def _parts(rows: int, plan: Plan, random: np.random.Generator) -> Iterator[pa.Table]:
    resource = plan.resources["atenciones"]
    months = [
        code.code for code in plan.periods(plan.editions[-1]).codes if len(code.code) == 7 and "T" not in code.code
    ]
    services = plan.lists["servicio"]
    women = random.integers(1 << 48, size=max(1, rows // ROWS_PER_WOMAN))
    for start in range(0, rows, CHUNK):
        size = min(CHUNK, rows - start)
        service = random.choice(len(services.leaves), size, p=random.dirichlet(np.full(len(services.leaves), 3.0)))
        columns: dict[str, pa.Array] = {}
        for field in resource.schema["fields"]:
            name, codes = field["name"], field.get("constraints", {}).get("enum")
            if name == "atencion_id":
                columns[name] = pa.array([f"A{n:08d}" for n in range(start, start + size)])
            elif name == "clave_usuaria":
                columns[name] = pa.array([f"{women[n]:012x}" for n in random.integers(len(women), size=size)])
            elif name == "mes_atencion":
                columns[name] = pa.array(months).take(pa.array(random.integers(len(months), size=size)))
            elif name == "servicio":
                columns[name] = pa.array(services.leaves).take(pa.array(service))
            elif name == "area":
                areas = [services.by_code[leaf].parent for leaf in services.leaves]
                columns[name] = pa.array(areas).take(pa.array(service))
            else:
                chosen = random.choice(len(codes), size, p=random.dirichlet(np.full(len(codes), 3.0)))
                columns[name] = pa.array(codes).take(pa.array(chosen))
        yield pa.table(columns)


def _spoilt(part: pa.Table) -> pa.Table:
    for column, value, first in (("grupo_edad", "anciana", 100), ("clave_usuaria", "corta", 200), ("estatus", "", 300)):
        cells = part[column].to_pylist()
        cells[first : first + BAD] = [value] * BAD
        part = part.set_column(part.schema.get_field_index(column), column, pa.array(cells))
    return part


WATCHED = """
import json, resource, subprocess, sys, time
started = time.monotonic()
done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
numbers = (done.returncode, time.monotonic() - started, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
print(json.dumps([*numbers, done.stdout.decode()]))
"""
"""Runs a command from a process so small that what it held before cannot be taken for the command's peak."""


def run(command: Sequence[object], times: int = 1) -> Run:
    """Runs a command to its end, several times if asked; the run of median time."""
    words = [sys.executable, "-c", WATCHED, *map(str, command)]
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    runs = []
    for _ in range(times):
        done = subprocess.run(words, capture_output=True, cwd=ROOT, env=env, check=True)
        runs.append(Run(*json.loads(done.stdout)))
    return sorted(runs, key=lambda each: each.seconds)[times // 2]


def check(institute_of: Path, raw: Path, times: int) -> tuple[Run, set[tuple[str, int, str]]]:
    """`celosia check`, and its verdict: (field, row, rule)."""
    done = run(
        [sys.executable, "-m", "pipeline", "check", "--institute", institute_of, "--raw", raw, "--lang", "en"], times
    )
    rules = {
        "is not a code of its list": "enum",
        "does not have the form": "pattern",
        "is empty and is needed": "required",
    }
    found = set()
    for column, rows, said in re.findall(r"· .*?, column “(\w+)”, rows? ([\d, ]+): (.*)", done.output):
        rule = next(rule for words, rule in rules.items() if said.startswith(words))
        found |= {(column, int(row), rule) for row in rows.split(", ")}
    return done, found


def peer(plan: Plan, path: Path, times: int) -> tuple[Run, set[tuple[str, int, str]]]:
    """`frictionless validate` on the same file and contract, and its verdict."""
    resource: dict[str, Any] = {
        "name": "atenciones",
        "path": path.name,
        "encoding": "utf-8",
        "schema": plan.resources["atenciones"].schema,
    }
    descriptor = path.with_name("datapackage.json")
    descriptor.write_text(json.dumps({"resources": [resource]}), encoding="utf-8")
    done = run([sys.executable, "-m", "frictionless", "validate", descriptor, "--json"], times)
    report = json.loads(done.output[done.output.index("{") :])
    found = set()
    for error in (error for task in report["tasks"] for error in task["errors"]):
        named = re.match(r'constraint "(\w+)"', error["note"])
        found.add((error["fieldName"], error["rowNumber"], named[1] if named else error["type"]))
    descriptor.unlink()
    return done, found


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", nargs="*", type=int, default=[200_000, 2_000_000], metavar="ROWS")
    parser.add_argument("--publish", nargs="*", type=int, default=[200_000, 2_000_000], metavar="ROWS")
    parser.add_argument(
        "--folder", type=Path, help="where the files are dealt (default: the system's temporary folder)"
    )
    options = parser.parse_args(arguments)
    differ = False
    with tempfile.TemporaryDirectory(dir=options.folder, prefix="celosia-bench-") as folder:
        plan = institute(Path(folder) / "institute")
        raw = Path(folder) / "raw"
        raw.mkdir()
        path = raw / "atenciones.csv"
        if options.check:
            print("| rows | MB | check s | cpu s | peak MB | frictionless s | cpu s | peak MB | ratio | verdict |")
            print("|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|")
        for rows in options.check:
            deal(path, rows, plan, bad=True)
            megabytes = path.stat().st_size / 1e6
            times = 3 if rows < CHUNK else 1
            ours, our_verdict = check(plan.folder, raw, times)
            theirs, their_verdict = peer(plan, path, times)
            same = our_verdict == their_verdict and len(our_verdict) == 3 * BAD
            differ |= not same
            print(
                f"| {rows:,} | {megabytes:.0f} | {ours.seconds:.1f} | {ours.cpu:.1f} | {ours.peak:.0f} "
                f"| {theirs.seconds:.1f} | {theirs.cpu:.1f} | {theirs.peak:.0f} | {theirs.seconds / ours.seconds:.1f} "
                f"| {'same' if same else 'DIFFERENT'} |",
                flush=True,
            )
        if options.publish:
            print("\n| rows | MB | publish s | cpu s | µs per row | peak MB | exit |")
            print("|---:|---:|---:|---:|---:|---:|---:|")
        for rows in options.publish:
            deal(path, rows, plan, bad=False)
            megabytes = path.stat().st_size / 1e6
            command = [
                sys.executable,
                "-m",
                "pipeline",
                "publish",
                "--institute",
                plan.folder,
                "--raw",
                raw,
                "--lang",
                "en",
            ]
            done = run([*command, "--published", Path(folder) / f"published-{rows}"])
            print(
                f"| {rows:,} | {megabytes:.0f} | {done.seconds:.1f} | {done.cpu:.1f} | {1e6 * done.seconds / rows:.1f} "
                f"| {done.peak:.0f} | {done.code} |",
                flush=True,
            )
            if done.code:
                print(done.output[-2000:], file=sys.stderr)
                differ = True
            path.unlink()
    return int(differ)


if __name__ == "__main__":
    raise SystemExit(main())
