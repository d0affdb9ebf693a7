"""`make real LINEA144=FOLDER`: publishes the four real files of Línea 144, each as it comes.

Reads FOLDER (linea144-2020.csv to linea144-2023.csv), writes only to a temporary folder, prints the command's own
report: rows read, counted and refused by rule, the share of withheld cells per table, the verdict of the audit.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from pipeline.cli import main

HERE = Path(__file__).parent
EDITIONS = ("2022-T4", "2023-T1")
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
        if code := main(["publish", *common, "--raw", str(raw), "--edition", edition]):
            return code
    return main(["audit", *common])


if __name__ == "__main__":
    if len(sys.argv) != 2 or not list(Path(sys.argv[1]).glob("linea144-*.csv")):
        print(USAGE, file=sys.stderr)
        raise SystemExit(2)
    raise SystemExit(publish(Path(sys.argv[1]), Path(tempfile.mkdtemp(prefix="linea144-"))))
