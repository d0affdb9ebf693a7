"""Who follows the manual gets there: its commands run as they are written, and its messages are those that come."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.cli.main import main
from tests.docs.manual import LANGUAGES, Part, command, lines_of, page, parts, written

INSTALLING = (
    "python3 -m venv ",
    ". .venv/bin/activate",
    "pip install ",
    "make ",
    "git clone ",
    "cd ",
    "mkdir ",
    "uvx ",
)
"""How lines begin that install or move about; tests/unit/test_wheel.py installs, and the folder is that of the test."""

EDITION = 'cut_off: "2025-09"'
NEXT = '  - {id: "2025-T4", cut_off: "2025-12", published: "2026-01-20"}\n'
INSTITUTE, RAW = Path("institute/institute.yaml"), Path("data/raw")
OLD, NEW = "atenciones.csv", "atenciones-2025-T4.csv"

BUILDS = {("es", "cada-trimestre"), ("en", "primera-hora")}
"""Where a site is built; it takes longer than all the rest, and the order is the same everywhere."""


class Office:
    """What the people of an office do between two commands; `deed` by its name in the pages. It works where the commands run."""

    def __init__(self) -> None:
        self.kept: tuple[list[str], list[list[str]]] = [], []

    def own_files(self) -> None:
        """A spreadsheet as any office may have it."""
        rows = [f"{n % 28 + 1:02d}/{n % 9 + 1:02d}/2025,k{n % 211:05x},{z},{s}" for n, (z, s) in enumerate(zip(
            ["Norte", "Sur", "Centro"] * 300, ["Asesoría jurídica", "Terapia", "asesoria juridica", "Terapia"] * 225, strict=True))]  # fmt: skip
        written(Path("oficina/atenciones.csv"), "\n".join(["Fecha,Clave usuaria,Zona,Servicio", *sorted(rows), ""]))

    def year_of_records(self) -> None:
        """Invented records of the whole year, of which the office has handed in those of the first three quarters."""
        for trial in (RAW, Path("data/published")):
            shutil.rmtree(trial)
        before = INSTITUTE.read_text(encoding="utf-8")
        self.new_edition()
        assert main(["sample", "--rows", "3000", "--quiet"]) == 0
        INSTITUTE.write_text(before, encoding="utf-8")
        header, *rows = csv.reader((RAW / OLD).read_text(encoding="utf-8").splitlines())
        self.kept = header, [row for row in rows if row[header.index("mes")] >= "2025-10"]
        self._write(OLD, header, [row for row in rows if row[header.index("mes")] < "2025-10"])

    def new_edition(self) -> None:
        lines = INSTITUTE.read_text(encoding="utf-8").splitlines(keepends=True)
        at = next(number for number, line in enumerate(lines) if EDITION in line)
        INSTITUTE.write_text("".join([*lines[: at + 1], NEXT, *lines[at + 1 :]]), encoding="utf-8")

    def mistyped_edition(self) -> None:
        self.new_edition()
        text = INSTITUTE.read_text(encoding="utf-8")
        INSTITUTE.write_text(text.replace(NEXT, NEXT.replace("cut_off", "cutoff")), encoding="utf-8")

    def corrected_edition(self) -> None:
        text = INSTITUTE.read_text(encoding="utf-8")
        INSTITUTE.write_text(text.replace("cutoff", "cut_off"), encoding="utf-8")

    def delivery_with_a_mistake(self) -> None:
        """A zone that does not exist, in row 5."""
        header, rows = self.kept
        spoilt = [list(row) for row in rows]
        spoilt[3][header.index("zona")] = "Nrote"
        self._write(NEW, header, spoilt)

    def delivery_without_november(self) -> None:
        header, rows = self.kept
        self._write(NEW, header, [row for row in rows if row[header.index("mes")] != "2025-11"])

    def delivery_with_some_of_november(self) -> None:
        header, rows = self.kept
        month = header.index("mes")
        self._write(NEW, header, [row for n, row in enumerate(rows) if row[month] != "2025-11" or n % 6 == 0])

    def whole_delivery(self) -> None:
        self._write(NEW, *self.kept)

    @staticmethod
    def _write(name: str, header: list[str], rows: list[list[str]]) -> None:
        with (RAW / name).open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([header, *rows])


def collapsed(text: str) -> str:
    return " ".join(text.split())


def run(part: Part, out: Callable[[], str], builds: bool) -> str:
    """Runs the commands of a block, each of which must end as it says. Returns what they said."""
    heard = ""
    for line in lines_of(part):
        if line.startswith("celosia "):
            words, code = command(line)
            if words[1] == "pages" and "--check" not in words and not builds:
                continue
            ended = main([*words[1:], "--quiet"])
            heard += out()
            assert ended == code, f"{line}\n{heard}"
        else:
            assert line.startswith((*INSTALLING, "#")), line
    return heard


def goes_its_way(language: str, name: str, office: Office, out: Callable[[], str]) -> int:
    """Goes through a page as its reader does. Returns how many commands ran."""
    heard, ran = "", 0
    for part in parts(page(language, name)):
        if part.kind == "office":
            getattr(office, part.text)()
            out()
        elif part.kind == "sh":
            heard = run(part, out, (language, name) in BUILDS)
            ran += sum(line.startswith("celosia ") for line in lines_of(part))
        elif part.kind == "text":
            for line in lines_of(part):
                at = 0
                for piece in filter(None, map(collapsed, line.split("…"))):
                    at = collapsed(heard).find(piece, at)
                    assert at >= 0, f"{name}: nobody says «{piece}» in\n{heard}"
    return ran


@pytest.mark.parametrize(
    "language", [LANGUAGES[0], *(pytest.param(each, marks=pytest.mark.slow) for each in LANGUAGES[1:])]
)
def test_who_follows_the_first_hour_and_every_quarter_gets_there(
    language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "140")

    def out() -> str:
        heard = capsys.readouterr()
        return heard.out + heard.err

    office = Office()
    assert goes_its_way(language, "primera-hora", office, out) >= 6
    assert goes_its_way(language, "cada-trimestre", office, out) >= 12
    assert (tmp_path / "site" / "_build" / "html" / "index.html").is_file()
    assert {path.name for path in (tmp_path / "data" / "published").glob("2025*")} == {"2025-T3", "2025-T4"}
