"""The page of a run to print and sign: what its reader decides by, and nothing that the edition does not publish."""

from __future__ import annotations

import csv
import hashlib
import html
import json
import re
import shutil
import stat
from pathlib import Path

import pytest

from pipeline.cli.errors import MESSAGES
from pipeline.cli.main import main
from pipeline.institute.load import load
from pipeline.wording import texts
from pipeline.workflows import sample, signed_report
from tests.conftest import SEED, TINY

ROWS = 1_500


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An office that has published its first edition with some records refused; its institute, records and editions."""
    folder = tmp_path_factory.mktemp("office")
    shutil.copytree(TINY, folder / "institute")
    sample.write(load(TINY), folder / "raw", seed=SEED, rows=ROWS)
    path = folder / "raw" / "visitas.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows[:3]:
        row["servicio"] = "nada de la lista"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    order = [
        "publish",
        "--institute",
        folder / "institute",
        "--raw",
        folder / "raw",
        "--published",
        folder / "published",
    ]
    assert main([*map(str, order), "--edition", "2025-T3", "--quarantine", "0.05", "--quiet", "--lang", "es"]) == 0
    return folder


@pytest.fixture(scope="module")
def page(office: Path) -> str:
    return (office / "raw" / "privado" / "2025-T3" / "informe.html").read_text(encoding="utf-8")


def said(page: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", re.sub(r"(?s)<style>.*?</style>", "", page)))


def test_it_is_for_its_owner_only(office: Path) -> None:
    path = office / "raw" / "privado" / "2025-T3" / "informe.html"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not list(office.glob("published/**/informe*.html"))


def test_it_says_what_was_withheld_table_by_table_and_by_what_bytes_it_is_signed(office: Path, page: str) -> None:
    edition = office / "published" / "2025-T3"
    release = json.loads((edition / "release.json").read_bytes())
    rows = re.findall(r"<tr><th scope=\"row\">(.*?)</th><td>([\d,]+)</td><td>([\d,]+)</td><td>([\d.]+)\xa0%</td>", page)
    told = sorted((int(cells.replace(",", "")), int(withheld.replace(",", ""))) for _, cells, withheld, _ in rows)
    assert told == sorted((each["cells"], each["withheld"]) for each in release["tables"].values())
    assert "septiembre de 2025" in page
    digest = hashlib.sha256((edition / "SHA256SUMS").read_bytes()).hexdigest()
    assert digest in page
    assert "Nombre, cargo, fecha y firma" in page


def test_it_tells_no_more_of_the_records_than_the_edition(office: Path, page: str) -> None:
    exact = json.loads((office / "raw" / "privado" / "2025-T3" / "informe.json").read_bytes())["rows"]["visitas"]
    assert exact["rejected"] == 3
    assert "menos de 10" in said(page)
    numbers = {int(n.replace(",", "")) for n in re.findall(r"(?<![\w.,-])\d[\d,]*(?![\w.,-]*\d)", said(page))}
    assert exact["read"] not in numbers
    assert exact["later"] not in numbers
    refused = list(csv.DictReader((office / "raw" / "privado" / "2025-T3" / "rechazados.csv").open(encoding="utf-8")))
    assert sum(each["records"] == "visitas" for each in refused) == 3
    assert "nada de la lista" not in page
    assert str(office) not in page


def test_nothing_on_it_is_fetched(page: str) -> None:
    assert not re.search(r"<(script|img|link|iframe)\b|url\(|@import|https?://", page)


def test_it_advises_to_write_the_pages_that_the_site_owes(page: str) -> None:
    assert "pages/es/aviso-de-privacidad.md: el sitio no tiene aviso de privacidad" in said(page)


@pytest.mark.parametrize(
    ("language", "words"), [("es", "aceptó: visitas:2025-07."), ("en", "accepted: visitas:2025-07.")]
)
def test_who_accepted_a_difference_is_on_it_with_the_reason(language: str, words: str) -> None:
    say = texts.load(MESSAGES, (language,))[language]
    facts = ("name", "edition", "amends", "cut_off", "published", "sums", "audited")
    accepted = {"names": ["visitas:2025-07"], "who": "Ana <b>Ruiz</b>", "why": "cerró el módulo"}
    made: dict[str, object] = dict.fromkeys(facts, "x") | {"accounts": [], "rows": [], "exposures": 0}
    page = signed_report.page({**made, "accepted": accepted}, [], say)
    assert f"Ana <b>Ruiz</b> {words}" in html.unescape(page)
    assert "<b>Ruiz" not in page
    assert "cerró el módulo" in page
    assert "cerró" not in signed_report.page({**made, "accepted": None}, [], say)
