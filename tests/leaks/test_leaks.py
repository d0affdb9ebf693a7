"""Leaks that somebody might plant, or a mistake let through: the scanner finds every one, and nothing where there is none."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline import flow
from pipeline.institute.plan import Plan
from pipeline.model.findings import PipelineError
from pipeline.public.edition import publication
from pipeline.public.edition.model import Certificate
from pipeline.public.site import build
from pipeline.verification import leaks, traces
from pipeline.verification.built_page import Writing
from pipeline.verification.known import Known, Table
from pipeline.wording import texts
from pipeline.workflows import last_gate
from pipeline.workflows.run import Run
from tests.conftest import once_for_all, silent, site_texts
from tests.reader import built as building

Change = Callable[[bytes], bytes]
TOPIC, TABLE, HOME = "temas/visitas.html", "tablas/tipos.html", "index.html"
OF = "datos/2025-T4/tables/tipos"
REPORT, PACKED, BOOK = "datos/2025-T4/informe-2025-T4.pdf", "datos/2025-T4/casa-diminuta-2025-T4.zip", f"{OF}.xlsx"
ALL_TABLES, SHEET_OF_TYPES = "datos/2025-T4/todo.xlsx", "xl/worksheets/sheet7.xml"
SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1"><v>3</v></c></row></sheetData></worksheet>'


def put(old: str, new: str, count: int = 1) -> Change:
    """Replaces the first places of a text, which must be there."""

    def changed(data: bytes) -> bytes:
        assert old.encode() in data, old
        return data.replace(old.encode(), new.encode(), count)

    return changed


def sub(pattern: str, new: str) -> Change:
    def changed(data: bytes) -> bytes:
        made, count = re.subn(pattern.encode(), new.encode(), data, count=1, flags=re.DOTALL)
        assert count, pattern
        return made

    return changed


def end(text: str) -> Change:
    return lambda data: data + text.encode()


def part(name: str, change: Change | None = None, **added: bytes) -> Change:
    """A change within a zip, which a workbook is too; parts may be added."""

    def changed(data: bytes) -> bytes:
        stream = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w") as new:
            for each in old.infolist():
                content = old.read(each)
                new.writestr(each, change(content) if change and each.filename == name else content)
            for each_name, content in added.items():
                new.writestr(each_name.replace("__", "/").replace("_xml", ".xml"), content)
        return stream.getvalue()

    return changed


def comment(data: bytes) -> bytes:
    stream = io.BytesIO(data)
    with zipfile.ZipFile(stream, "a") as packed:
        packed.comment = b"made by hand"
    return stream.getvalue()


def column(change: Callable[[pa.Table], pa.Table]) -> Change:
    def changed(data: bytes) -> bytes:
        stream = io.BytesIO()
        pq.write_table(change(pq.read_table(io.BytesIO(data))), stream)
        return stream.getvalue()

    return changed


def unmasked(table: pa.Table) -> pa.Table:
    place = table.column_names.index("mujeres")
    values = [3 if value is None else value for value in table["mujeres"].to_pylist()]
    return table.set_column(place, "mujeres", pa.array(values, pa.int64()))


def widen(rows: list[list[str]]) -> None:
    for row in rows:
        row.append("3")


def cells(change: Callable[[list[list[str]]], None]) -> Change:
    def changed(data: bytes) -> bytes:
        rows = list(csv.reader(io.StringIO(data.decode())))
        change(rows)
        stream = io.StringIO()
        csv.writer(stream, lineterminator="\n").writerows(rows)
        return stream.getvalue().encode()

    return changed


def fill(rows: list[list[str]]) -> None:
    row = next(row for row in rows if row[-2] == "Q")
    row[-3] = "3"


def content(change: Callable[[dict[str, object]], object]) -> Change:
    def changed(data: bytes) -> bytes:
        told = json.loads(data)
        change(told)
        return json.dumps(told).encode()

    return changed


MARK = '<text text-anchor="middle" transform="translate(1,1)" font-size="12px" fill="#12436D">[c]</text>'
IN_A_SITE: dict[str, tuple[str, Change, str]] = {
    # a figure
    "a figure in place of a mark in a drawing": (TOPIC, put(">[c]</text>", ">3</text>"), "leak_figure"),
    "a figure that is large, and was withheld all the same": (TOPIC, put(">[c]</text>", ">977</text>"), "leak_figure"),
    "a figure beside a name in a drawing": (TOPIC, put(">Legal</text>", ">Legal: 3</text>"), "leak_figure"),
    "a figure in what a drawing says of itself": (TOPIC, sub(r"(<desc id=\"serie-wide-d\">)", r"\1Social: 3. "), "leak_figure"),
    "a figure in the title of a drawing": (TOPIC, sub(r"(<title id=\"serie-wide-t\">)", r"\1 4 mujeres, "), "leak_figure"),
    "a figure in words for who hears a drawing": (TOPIC, sub(r"(chart__wide.*?)<path d=", r'\1<path aria-label="Social: 3" d='), "leak_figure"),
    "a figure in a tip": (TOPIC, sub(r"(<div class=\"chart__draw\")", r'\1 title="3 mujeres"'), "leak_figure"),
    "a figure in the table of a chart": (TOPIC, put("<td>[c]</td>", "<td>3</td>"), "leak_figure"),
    "a figure in the outlines of a map": (TOPIC, sub(r"(data-outlines=\"\{)", r"\1&#34;n&#34;:3,"), "leak_hidden"),
    "a figure in a whole table": (TABLE, put("<td>[c]</td>", "<td>3</td>"), "leak_figure"),
    "a whole table that lost a mark": (TABLE, put("<td>[c]</td>", "<td></td>"), "leak_figure"),
    "a figure of a whole table that is another": (TABLE, sub(r"(<table class=\"data data--full.*?<td>)(\d)", r"\g<1>9\2"), "leak_figure"),
    "a figure in JSON": (f"{OF}.json", put("null", "3"), "leak_figure"),
    "another member in JSON": (f"{OF}.json", content(lambda told: told.update(true=[3])), "leak_hidden"),
    "a column too many in JSON": (f"{OF}.json", content(lambda told: told["rows"][0].append(3)), "leak_figure"),  # type: ignore[index]
    "a figure in CSV": (f"{OF}.csv", cells(fill), "leak_figure"),
    "a figure in the newest CSV": ("datos/ultima/tables/tipos.csv", cells(fill), "leak_figure"),
    "a figure in Parquet": (f"{OF}.parquet", column(unmasked), "leak_figure"),
    "a column too many in Parquet": (f"{OF}.parquet", column(lambda t: t.append_column("n", pa.array([3] * len(t)))), "leak_hidden"),
    "other metadata in Parquet": (f"{OF}.parquet", column(lambda t: t.replace_schema_metadata({"celosia": "{}", "pandas": "{}"})), "leak_hidden"),
    "a figure in a workbook": (BOOK, part("xl/worksheets/sheet3.xml", sub(r" t=\"s\"><v>\d+</v></c></row></sheetData>", "><v>3</v></c></row></sheetData>")), "leak_figure"),
    "a figure among the notes of a workbook": (BOOK, part("xl/worksheets/sheet2.xml", put("</row></sheetData>", '<c r="Z9"><v>3</v></c></row></sheetData>')), "leak_figure"),
    "a figure in the workbook of all tables": (ALL_TABLES, part(SHEET_OF_TYPES, sub(r" t=\"s\"><v>\d+</v></c></row></sheetData>", "><v>3</v></c></row></sheetData>")), "leak_figure"),
    "a figure among the notes of the workbook of all tables": (ALL_TABLES, part("xl/worksheets/sheet2.xml", put("</row></sheetData>", '<c r="Z9"><v>3</v></c></row></sheetData>')), "leak_figure"),
    "a figure above a table in the workbook of all tables": (ALL_TABLES, part("xl/worksheets/sheet3.xml", put("</row>", '<c r="Z1"><v>3</v></c></row>')), "leak_figure"),
    "a sheet too many in the workbook of all tables": (ALL_TABLES, part("", xl__worksheets__sheet99_xml=SHEET), "leak_figure"),
    "a figure in the script of a table": ("assets/data/tipos.js", put(",,,Q,C", ",3,3,Q,C"), "leak_figure"),
    "a figure in a packed edition": (PACKED, part("2025-T4/tables/tipos.csv", cells(fill)), "leak_figure"),
    "a figure in JSON-stat": (f"{OF}.jsonstat", content(lambda told: told["value"].update({"0": 3})), "leak_figure"),  # type: ignore[attr-defined]
    "another member in JSON-stat": (f"{OF}.jsonstat", content(lambda told: told.update(true=[3])), "leak_hidden"),
    "a figure in the file of all tables": ("datos/2025-T4/todo.csv", put(",,Q,C", ",3,Q,C"), "leak_figure"),
    "a row too many in the file of all tables": ("datos/2025-T4/todo.csv", lambda data: data + data.splitlines(keepends=True)[-1], "leak_figure"),
    "metadata in the file of all tables": ("datos/2025-T4/todo.parquet", column(lambda t: t.replace_schema_metadata({"pandas": "{}"})), "leak_hidden"),
    "a figure in SDMX": ("datos/2025-T4/sdmx/tipos.csv", put(",,Q,C", ",3,Q,C"), "leak_figure"),
    "another figure in SDMX": ("datos/2025-T4/sdmx/tipos.csv", sub(r",(\d+),A,F", r",9\1,A,F"), "leak_figure"),
    "a row too many in SDMX": ("datos/2025-T4/sdmx/tipos.csv", lambda data: data + data.splitlines(keepends=True)[-1], "leak_figure"),
    "a column too many in SDMX": ("datos/2025-T4/sdmx/tipos.csv", cells(widen), "leak_hidden"),
    "words beside the names of a structure": ("datos/2025-T4/sdmx/estructura.xml", put("</str:Dataflows>", "3 mujeres</str:Dataflows>"), "leak_hidden"),
    "a figure in the table of every year": (TOPIC, sub(r"(<figure class=\"chart\".*?)(<p class=\"chart__links\")", r"\1<table data-years><tr><td>977</td></tr></table>\2"), "leak_figure"),
    "a figure in the drawing of a chart by itself": ("datos/2025-T4/graficas/serie.svg", put(">[c]</text>", ">977</text>"), "leak_figure"),
    "a figure on the page of a chart of an older edition": ("graficas/2025-T3/serie.html", put(">[c]</text>", ">977</text>"), "leak_figure"),
    "words in the picture of a chart": ("datos/2025-T4/graficas/serie.png", lambda data: data[:33] + b"\0\0\0\1iTXt3\0\0\0\0" + data[33:], "leak_metadata"),
    "data behind the end of a picture": ("datos/2025-T4/graficas/serie.png", end("3 mujeres"), "leak_hidden"),
    # an axis
    "an axis that reaches to what is withheld": (TOPIC, put(">80</text>", ">80</text><text fill=\"#5b6673\">100</text><text fill=\"#5b6673\">120</text>"), "leak_axis"),
    # what nobody sees
    "a hidden sheet": (BOOK, part("xl/workbook.xml", sub(r"(<sheet name=\"[^\"]*\" sheetId=\"2\")", r'\1 state="hidden"')), "leak_hidden"),
    "a very hidden sheet": (BOOK, part("xl/workbook.xml", sub(r"(<sheet name=\"[^\"]*\" sheetId=\"2\")", r'\1 state="veryHidden"')), "leak_hidden"),
    "a hidden row": (BOOK, part("xl/worksheets/sheet3.xml", sub(r"<row ", '<row hidden="1" ')), "leak_hidden"),
    "a name for cells": (BOOK, part("xl/workbook.xml", put("</workbook>", '<definedNames><definedName name="n">3</definedName></definedNames></workbook>')), "leak_hidden"),
    "a formula": (BOOK, part("xl/worksheets/sheet3.xml", sub(r"<v>", "<f>1+2</f><v>")), "leak_hidden"),
    "comments of a workbook": (BOOK, part("", xl__comments1_xml=b"<comments/>"), "leak_hidden"),
    "own properties of a workbook": (BOOK, part("", docProps__custom_xml=b"<Properties/>"), "leak_hidden"),
    "who saved a workbook": (BOOK, part("docProps/core.xml", sub(r"(<cp:lastModifiedBy>)[^<]*", r"\1Laura")), "leak_metadata"),
    "a note of who made a workbook": (BOOK, part("docProps/core.xml", sub(r"(<dc:description>)[^<]*", r"\1hecho a mano")), "leak_metadata"),
    "a note of a packed edition": (PACKED, comment, "leak_hidden"),
    "a file beside a packed edition": (PACKED, part("", privado__testigos=b"x"), "leak_file"),
    "a file in a report": (REPORT, put("/Type/Catalog", "/Type/Catalog/Names<</EmbeddedFiles 1 0 R>>"), "leak_hidden"),
    "a script in a report": (REPORT, put("/Type/Catalog", "/Type/Catalog/OpenAction<</S/JavaScript/JS(x)>>"), "leak_hidden"),
    "an earlier state of a report": (REPORT, lambda data: data + data, "leak_hidden"),
    "who made a report": (REPORT, end("<</Producer(x)/Usuaria(Laura)>>\n%%EOF"), "leak_metadata"),
    "a key in a report": (REPORT, end("<</Title(PEGL900101MDFRRR09)>>"), "leak_key"),
    "data behind the end of a report": (REPORT, end("3 mujeres"), "leak_hidden"),
    "a hidden field of a page": (HOME, put("</main>", '<input type="hidden" value="3"></main>'), "leak_hidden"),
    "an attribute that only scripts read": (HOME, put("<main ", '<main data-true="3" '), "leak_hidden"),
    "a frame within a page": (HOME, put("</main>", '<iframe src="x"></iframe></main>'), "leak_hidden"),
    "a script in an element": (HOME, put("<main ", '<main onclick="x()" '), "leak_hidden"),
    "metadata of a drawing": (TOPIC, sub(r"(<desc id=\"serie-wide-d\">)", r"<metadata>3</metadata>\1"), "leak_hidden"),
    "a drawing that cuts off what is beyond its frame": ("datos/2025-T4/graficas/serie.svg", put('overflow="visible"', 'overflow="hidden"'), "leak_hidden"),
    "an attribute of a drawing": (TOPIC, sub(r"<path d=", '<path data-n="3" d='), "leak_hidden"),
    "data of a chart for its library": (TOPIC, put('<figure class="chart"', '<figure data-spec="{}" class="chart"'), "leak_hidden"),
    # what tells of somebody or of the office
    "a note in a page": (HOME, put("</main>", "<!-- Social: 3 --></main>"), "leak_comment"),
    "a note in a style": ("assets/site.css", end("/* TODO 3 */"), "leak_comment"),
    "where a script comes from": ("assets/site.js", end("//# sourceMappingURL=site.js.map"), "leak_comment"),
    "a folder of a machine": (HOME, put("</main>", "/home/laura/registros</main>"), "leak_trace"),
    "a folder of another machine": ("datos/2025-T4/csvw.json", put("{", '{"a":"C:\\\\Users\\\\laura",'), "leak_trace"),
    "an address on the machine": (TABLE, put("</main>", '<a href="file:///datos">x</a></main>'), "leak_trace"),
    "a private file": ("datos/cambios.md", end("ver privado/2025-T4/"), "leak_trace"),
    "the witnesses": ("datos/cambios.json", put("{", '{"a":"testigos.parquet",'), "leak_trace"),
    "the name of a key": (f"{OF}.csv-metadata.json", put("{", '{"a":"visita_id",'), "leak_trace"),
    "a key in the index of the search": ("assets/search-es.js", put('"words":"', '"words":"3f9a0c1b22de '), "leak_key"),
    "a key that is a digest": ("datos/atom.xml", put("</feed>", "<!-- -->0123456789abcdef0123456789abcdef</feed>"), "leak_key"),
    "a key that is a UUID": (HOME, put("</main>", "123e4567-e89b-12d3-a456-426614174000</main>"), "leak_key"),
    "a key that everybody has": (TOPIC, put("</main>", "PEGL900101MDFRRR09</main>"), "leak_key"),
    "an email": ("datos/2025-T4/CITATION.cff", end("laura@oficina.ejemplo.org"), "leak_contact"),
    "an email in a report": (REPORT, put("endstream", "laura@oficina.ejemplo.org\nendstream"), "leak_contact"),
    "an email in a calendar": ("datos/calendario.ics", put("END:VCALENDAR", "X:mailto:laura@oficina.ejemplo.org\r\nEND:VCALENDAR"), "leak_contact"),
    "where a picture was taken": ("assets/icon.svg", end("Exif\0\0"), "leak_metadata"),
    # files
    "a file that no page needs": ("datos/registros.sqlite", end(""), "leak_file"),
    "a copy that an editor left": ("index.html~", end(""), "leak_file"),
    "a map of a script": ("assets/site.js.map", end("{}"), "leak_file"),
    "a hidden file": (".env", end(""), "leak_file"),
    "a file of a desktop": ("datos/.DS_Store", end(""), "leak_file"),
    "a workbook that is none": (BOOK, lambda data: data[:50], "leak_unreadable"),
}  # fmt: skip


@pytest.fixture(scope="module")
def site(records_of_tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> building.Site:
    made = once_for_all(tmp_path_factory, "every", lambda folder: building.build_every_chart(folder, records_of_tiny))
    return building.every_chart(made)


@pytest.fixture(scope="module")
def knowing(site: building.Site) -> leaks.Scanner:
    """A scanner that knows the editions of the site."""
    scanner = leaks.Scanner([b"visita_id"], writing=last_gate.writing(site.plan))
    for each in site.packages:
        assert each.folder
        scanner.known.learn(each.folder)
    return scanner


def found(scanner: leaks.Scanner, name: str, data: bytes) -> set[str]:
    scanner.found = []
    scanner.file(name, data)
    return {finding.rule for finding in scanner.found}


@pytest.mark.parametrize("name", IN_A_SITE)
def test_a_leak_in_a_site_is_found(name: str, site: building.Site, knowing: leaks.Scanner) -> None:
    path, change, rule = IN_A_SITE[name]
    there = site.folder / path
    before = there.read_bytes() if there.exists() else b""
    if there.exists():
        assert found(knowing, path, before) == set()
    assert rule in found(knowing, path, change(before))


PIECES = [
    *(b"privado/", b"testigos.parquet", b"informe.json", b"data/raw/", b"celosia-", b"a1b2c3d4/", b".staging-", b".making-"),
    *(b"/home/", b"/root/x", b"/Users/", b"/tmp/", b"/var/folders/", b"/work/x.y", b"C:\\", b"\\", b"Users\\", b"file://"),
    *(b"PEGL900101MDFRRR09", b"XEXX010101HNEXXXA4", b"laura", b"@", b"oficina.example", b".org", b"<!--", b"[if", b"TODO", b"FIXME"),
    *(b"sourceMappingURL", b"0123456789ab", b"ABCDEF012345", b"123e4567-e89b-12d3-a456-", b"426614174000", b"AE6614174ABC"),
    *(b" ", b"\n", b"-", b"/", b".", b"x", b"0", b"Z", b"\xf3"),
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=7).map(b"".join))
@example(b"".join(PIECES))
@example(
    b"/home/laura PEGL900101MDFRRR09 laura@oficina.example.org 0123456789ab <!-- 123e4567-e89b-12d3-a456-AE6614174ABC "
)
def test_what_is_looked_for_faster_is_found_all_the_same(data: bytes) -> None:
    for sought in (traces.PRIVATE, traces.CURP, traces.EMAIL, traces.KEY, traces.UUID, traces.REMARK):
        assert sought.findall(data) == sought.pattern.findall(data)


def test_a_site_without_a_leak_has_none(site: building.Site) -> None:
    folders = [each.folder for each in site.packages if each.folder]
    assert (
        leaks.site(
            site.folder, folders, [site.plan.facts, site.plan.site], [b"visita_id"], last_gate.writing(site.plan)
        )
        == []
    )


def test_what_was_clean_is_remembered_for_its_bytes_and_its_place_alone(site: building.Site, tmp_path: Path) -> None:
    built, kept = tmp_path / "html", tmp_path / "kept.json"
    for path in (TOPIC, f"{OF}.csv", f"{OF}.json", "datos/2025-T3/tables/tipos.csv", "assets/site.css"):
        (built / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(site.folder / path, built / path)
    folders = [each.folder for each in site.packages if each.folder]
    words = [site.plan.facts, site.plan.site]

    def scan(forbidden: tuple[bytes, ...] = ()) -> set[str]:
        return {each.rule for each in leaks.site(built, folders, words, forbidden, remembered=kept)}

    def looked_at() -> list[str]:
        return [address.partition(":")[2] for address, _ in json.loads(kept.read_bytes())["clean"]]

    assert scan() == set()
    assert len(looked_at()) == 5
    assert scan() == set()
    # other bytes, another place, another word that may not stand: each is looked at
    topic, csv_file = built / TOPIC, built / f"{OF}.csv"
    before = topic.read_bytes()
    topic.write_bytes(put("<td>[c]</td>", "<td>3</td>")(before))
    assert scan() == {"leak_figure"}
    assert scan() == {"leak_figure"}
    topic.write_bytes(before)
    assert scan() == set()
    kept_csv = csv_file.read_bytes()
    csv_file.write_bytes((built / "datos" / "2025-T3" / "tables" / "tipos.csv").read_bytes())
    assert scan() == {"leak_figure"}
    csv_file.write_bytes(kept_csv)
    assert scan((b"mujeres",)) == {"leak_trace"}
    # what the scanner no longer knows, it may not rely on
    assert scan() == set()
    assert {each.rule for each in leaks.site(built, folders[1:], words, remembered=kept)} == {"leak_unreadable"}
    # a memory that is none, or of another scanner
    for broken in (b"", b"[]", b'{"program":1}', kept.read_bytes().replace(b'"program":"', b'"program":"x')):
        kept.write_bytes(broken)
        topic.write_bytes(put("<td>[c]</td>", "<td>3</td>")(before))
        assert scan() == {"leak_figure"}
        topic.write_bytes(before)


IN_AN_EDITION: dict[str, tuple[str, Change, str]] = {
    "a withheld figure": ("tables/tipos.csv", cells(fill), "leak_figure"),
    "a small figure that is free": (
        "tables/tipos.csv",
        cells(lambda rows: rows[1].__setitem__(-3, "3")),
        "leak_figure",
    ),
    "a reason for what is withheld": ("tables/tipos.csv", put(",Q,C", ",Q,N"), "leak_figure"),
    "a column too many": ("tables/tipos.csv", sub(r"conf_status", "conf_status,n"), "leak_hidden"),
    "a cell too many": ("tables/tipos.csv", put(",Q,C", ",Q,C,3"), "leak_figure"),
    "how many are withheld, wrongly": ("release.json", sub(r'"withheld": \d+', '"withheld": 77'), "leak_figure"),
    "how many are small": ("release.json", put("{", '{"primary": 3,'), "leak_hidden"),
    "a cell in the certificate": ("audit.json", put("{", '{"cells_below": [3],'), "leak_hidden"),
    "a figure in the descriptor": ("datapackage.json", put('"celosia": {', '"celosia": {"small": 3, '), "leak_hidden"),
    "a folder in the descriptor": ("datapackage.json", put('"title": "', '"title": "/home/laura/x '), "leak_trace"),
    "an email of somebody": ("codes/area.csv", end("x,,,9,laura@oficina.ejemplo.org,x\n"), "leak_contact"),
    "a key among labels": ("codes/area.csv", end("x,,,9,PEGL900101MDFRRR09,x\n"), "leak_key"),
    "the name of a key": ("codes/area.csv", end("visita_id,,,9,x,x\n"), "leak_trace"),
    "records": ("visitas.csv", end("clave\n"), "leak_file"),
    "the witnesses": ("testigos.parquet", end("x"), "leak_file"),
}


@pytest.mark.parametrize("name", IN_AN_EDITION)
def test_a_leak_in_an_edition_is_found(name: str, published: Path) -> None:
    path, change, rule = IN_AN_EDITION[name]
    edition = published / "2025-T4"
    assert leaks.edition(edition, [b"visita_id"]) == []
    there = edition / path
    there.write_bytes(change(there.read_bytes() if there.exists() else b""))
    assert rule in {finding.rule for finding in leaks.edition(edition, [b"visita_id"])}


def test_a_number_is_read_as_its_language_writes_it() -> None:
    words = texts.of_site(("es", "pt"))
    said = {language: last_gate.writing_of(each) for language, each in words.items()}  # what the gate is given
    known = Known()
    assert list(known.numbers("1.234 casos e 12.345.678", said["pt"])) == [1234, 12345678]
    assert list(known.numbers("1,234 casos", said["es"])) == [1234]
    told = words["pt"]("chart.up_most", count=3, of=5, list="Fisica (de 7 a 1.208)")
    assert list(known.numbers(told, said["pt"])) == [7, 1208]
    told = words["es"]("chart.same_most", count=3, of=5, list="Física (7)")
    assert list(known.numbers(told, said["es"])) == [7]


@pytest.mark.parametrize(("written", "rules"), [("1.234", []), ("1.235", ["leak_figure"]), ("1,234", ["leak_figure"])])
def test_a_page_is_read_as_its_language_writes_numbers(written: str, rules: list[str]) -> None:
    table = Table(("casos",), ((1234,),), (("2025", "A"),), frozenset([1234]), 3)
    scanner = leaks.Scanner(known=Known(tables={"2025": {"t": table}}), writing={"pt": Writing(",", ".")})
    cell = f'<a href="datos/2025/tables/t.csv"></a><table class="data data--full"><tr><td>{written}</td></tr></table>'
    scanner.file("tablas/t.html", f'<html lang="pt"><body>{cell}</body></html>'.encode())
    assert [finding.rule for finding in scanner.found] == rules


@pytest.mark.parametrize(
    ("lines", "rules"),
    [
        (["Menos de 18", "años"], []),
        (["Menos de 19", "años"], ["leak_figure"]),
        (["Menos de 18", "años", "3"], ["leak_figure"]),
        (["Total", "3"], ["leak_figure"]),
    ],
)
def test_the_lines_of_a_label_are_one_label_and_a_number_among_them_is_found(
    lines: list[str], rules: list[str]
) -> None:
    table = Table(("casos",), ((7,),), (("2025", "A"),), frozenset([7]), 3)
    scanner = leaks.Scanner(known=Known(tables={"2025": {"t": table}}))
    scanner.known.labels.add("Menos de 18 años")
    label = "".join(f"<tspan>{line}</tspan>" for line in lines)
    chart = f'<figure data-id="a"><svg><text>{label}</text></svg><a href="datos/2025/tables/t.csv"></a></figure>'
    scanner.file("graficas/2025/a.html", f"<html><body>{chart}</body></html>".encode())
    assert [finding.rule for finding in scanner.found] == rules


def test_a_link_is_found_and_not_followed(published: Path, site: building.Site, tmp_path: Path) -> None:
    (published / "2025-T4" / "codes" / "x.csv").symlink_to("/etc/passwd")
    assert [f.rule for f in leaks.edition(published / "2025-T4")] == ["leak_file"]
    (tmp_path / "sitio").mkdir()
    (tmp_path / "sitio" / "index.html").symlink_to("/etc/passwd")
    assert [f.rule for f in leaks.site(tmp_path / "sitio", [])] == ["leak_file"]


def test_there_are_as_many_leaks_as_are_promised() -> None:
    assert len(IN_A_SITE) + len(IN_AN_EDITION) >= 60


def test_nothing_is_published_with_a_leak(
    plan: Plan, raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = publication.seal

    def sealed(folder: Path, audit: Certificate) -> None:
        (folder / "registros.csv").write_text("clave\n")
        real(folder, audit)

    monkeypatch.setattr(publication, "seal", sealed)
    with pytest.raises(PipelineError) as stopped:
        flow.publish(Run(plan, raw, tmp_path / "publicado", "2025-T3", site_texts(plan)), silent)
    assert stopped.value.kind == "disclosure"
    assert [finding.rule for finding in stopped.value.findings] == ["leak_file"]
    assert list((tmp_path / "publicado").iterdir()) == []


def test_no_site_stands_with_a_leak(
    plan: Plan, editions_of_tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leaking(packages: object, plan: Plan, site_folder: Path, work: Path, progress: object) -> Path:
        (work / "built").mkdir()
        (work / "built" / "index.html").write_text("<p>laura@oficina.ejemplo.org</p>")
        return work / "built"

    monkeypatch.setattr(build, "made", leaking)
    (tmp_path / "html").mkdir()
    with pytest.raises(PipelineError) as stopped:
        flow.build_site(plan, editions_of_tiny, tmp_path, silent)
    assert [finding.rule for finding in stopped.value.findings] == ["leak_contact"]
    assert list((tmp_path / "html").iterdir()) == []
    shutil.rmtree(tmp_path / "html")
