"""What was published stands still, whatever becomes of the register, and no office is ever stuck.

A small institute publishes September. Then its register changes in one of the ways in which registers do, or what it keeps
in private is lost, damaged or forged; it publishes December, and an amendment. Each is published as if nothing had
changed, audited and verified; or it stops with a word, and what the word says to do works.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest

from pipeline import flow
from pipeline.cli.main import main
from pipeline.institute.plan import Edition, Plan
from pipeline.institute.written import Facts
from pipeline.model.findings import PipelineError
from pipeline.public.edition import safe_files
from pipeline.workflows import candidates, editions
from pipeline.workflows.run import Run
from tests.conftest import WHATEVER, audited, content, silent, site_texts, verified

pytestmark = pytest.mark.usefixtures("remembering")

FIRST, NEXT, AMENDED = "2025-T3", "2025-T4", "2025-T4.1"


@dataclass
class Office:
    """An institute with its records and what it published."""

    plan: Plan
    raw: Path
    out: Path

    def publish(self, edition: str) -> candidates.Published:
        return flow.publish(
            Run(self.plan, self.raw, self.out, edition, site_texts(self.plan), effort="quick", accept=WHATEVER), silent
        )

    def refused(self, edition: str) -> dict[str, str]:
        """Rule → where, of what stops an edition. Nothing is published then, and every word is there."""
        before = content(self.out)
        with pytest.raises(PipelineError) as stopped:
            self.publish(edition)
        assert stopped.value.kind == "disclosure"
        assert content(self.out) == before
        return {finding.rule: finding.where for finding in stopped.value.findings}

    def tables(self, edition: str) -> dict[str, bytes]:
        found = content(self.out / edition)
        return {name: found[name] for name in found if name.startswith("tables/")}

    def safe(self) -> bool:
        found = [verified(self.raw, self.out, folder.name).findings for folder in editions.folders(self.out)]
        return not audited(self.out).exposures and not any(found)

    def waiting(self, edition: str) -> dict[str, dict[str, int]]:
        waits: dict[str, dict[str, int]] = json.loads(self.private(edition, "informe.json").read_text())["waiting"]
        return waits

    def private(self, edition: str, *path: str) -> Path:
        return self.raw.joinpath("privado", edition, *path)

    def change(self, change: Callable[[pd.DataFrame, pd.DataFrame], pd.DataFrame]) -> None:
        """Changes the visits, or, in place, the reports."""
        visits, reports = (
            pd.read_csv(self.raw / f"{name}.csv", dtype="str", keep_default_na=False)
            for name in ("visitas", "reportes")
        )
        change(visits, reports).to_csv(self.raw / "visitas.csv", index=False)
        reports.to_csv(self.raw / "reportes.csv", index=False)


@pytest.fixture(scope="module")
def lived(plan: Plan, records_of_tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Office:
    """September is out, and beside it, in `clean`, what December would be if nothing changed."""
    facts: Facts = {**plan.facts, "disclosure": {**plan.facts["disclosure"], "late_records": "hold"}}
    third = Edition(AMENDED, "2025-12", "2026-02-20", {}, NEXT)
    folder = tmp_path_factory.mktemp("office")
    raw = Path(shutil.copytree(records_of_tiny, folder / "raw", ignore=shutil.ignore_patterns("privado")))
    office = Office(replace(plan, facts=facts, editions=(*plan.editions, third)), raw, folder / "out")
    office.publish(FIRST)
    other = Office(office.plan, Path(shutil.copytree(raw, folder / "clean_raw")), folder / "clean")
    shutil.copytree(office.out, other.out)
    other.publish(NEXT)
    return office


@pytest.fixture
def office(lived: Office, tmp_path: Path) -> Office:
    raw, out = shutil.copytree(lived.raw, tmp_path / "raw"), shutil.copytree(lived.out, tmp_path / "out")
    return Office(lived.plan, Path(raw), Path(out))


@pytest.fixture(scope="module")
def clean(lived: Office) -> dict[str, bytes]:
    """The tables of December as if nothing had changed."""
    return Office(lived.plan, lived.raw, lived.out.parent / "clean").tables(NEXT)


def one(visits: pd.DataFrame, *, but: str = "") -> int:
    """A visit of March, of a woman of another age than one; if there is one who came in autumn too, hers."""
    autumn = set(visits.loc[visits["mes"].str[:7] >= "2025-10", "clave"])
    march = visits[visits["mes"].str.startswith("2025-03") & (visits["edad"] != but)]
    return int(max(march.index, key=lambda at: (march.loc[at, "clave"] in autumn, -at)))


def corrected_code(visits: pd.DataFrame, reports: pd.DataFrame) -> pd.DataFrame:
    at = one(visits)
    other = visits.index[(visits["area"] != visits.loc[at, "area"]) & (visits["edad"] == visits.loc[at, "edad"])][0]
    visits.loc[at, ["area", "servicio"]] = visits.loc[other, ["area", "servicio"]].tolist()
    return visits


def corrected_age(visits: pd.DataFrame, reports: pd.DataFrame) -> pd.DataFrame:
    visits.loc[one(visits, but="adulta"), "edad"] = "adulta"
    return visits


def moved_month(visits: pd.DataFrame, reports: pd.DataFrame) -> pd.DataFrame:
    visits.loc[one(visits), "mes"] = "2025-08"
    return visits


def moved_to_a_month_that_is_new(visits: pd.DataFrame, reports: pd.DataFrame) -> pd.DataFrame:
    visits.loc[one(visits), "mes"] = "2025-11"
    return visits


def corrected_key(visits: pd.DataFrame, reports: pd.DataFrame) -> pd.DataFrame:
    at = one(visits)
    reports.loc[reports["visita_id"] == visits.loc[at, "visita_id"], "visita_id"] = "OTRA"
    visits.loc[at, "visita_id"] = "OTRA"
    return visits


def another_woman(visits: pd.DataFrame, reports: pd.DataFrame) -> pd.DataFrame:
    visits.loc[one(visits), "clave"] = "0123456789ab"
    return visits


def a_woman_with_another_key(visits: pd.DataFrame, reports: pd.DataFrame) -> pd.DataFrame:
    visits.loc[visits["clave"] == visits.loc[one(visits), "clave"], "clave"] = "0123456789ab"
    return visits


def withdrawn(visits: pd.DataFrame, reports: pd.DataFrame) -> pd.DataFrame:
    told = visits["visita_id"].isin(reports["visita_id"])
    return visits.drop(index=int(visits.index[visits["mes"].str.startswith("2025-03") & ~told][0]))


def new_primary_keys(visits: pd.DataFrame, reports: pd.DataFrame) -> pd.DataFrame:
    visits["visita_id"] = "N" + visits["visita_id"]
    reports["visita_id"] = "N" + reports["visita_id"]
    return visits


def new_women_keys(visits: pd.DataFrame, reports: pd.DataFrame) -> pd.DataFrame:
    """Everybody has the key that another woman had before."""
    known = sorted(visits["clave"].unique())
    visits["clave"] = visits["clave"].map(dict(zip(known, [*known[1:], known[0]], strict=True)))
    return visits


def all_new_keys(visits: pd.DataFrame, reports: pd.DataFrame) -> pd.DataFrame:
    visits["clave"] = [hashlib.sha256(key.encode()).hexdigest()[:12] for key in visits["clave"]]
    return new_primary_keys(visits, reports)


def all_new_keys_and_a_visit_less(visits: pd.DataFrame, reports: pd.DataFrame) -> pd.DataFrame:
    """Of a woman who came once."""
    once = visits["clave"].map(visits["clave"].value_counts()).eq(1)
    told = visits["visita_id"].isin(reports["visita_id"])
    gone = visits.index[visits["mes"].str.startswith("2025-03") & once & ~told][0]
    return all_new_keys(visits.drop(index=int(gone)), reports)


def new_women_keys_and_a_corrected_code(visits: pd.DataFrame, reports: pd.DataFrame) -> pd.DataFrame:
    return new_women_keys(corrected_code(visits, reports), reports)


def everything(visits: pd.DataFrame, reports: pd.DataFrame) -> pd.DataFrame:
    """All of the kinds at once; one record is corrected twice."""
    for change in (corrected_age, moved_to_a_month_that_is_new, corrected_code, withdrawn, new_women_keys):
        visits = change(visits, reports)
    return visits


CHANGES: list[tuple[Callable[[pd.DataFrame, pd.DataFrame], pd.DataFrame], dict[str, int]]] = [
    (corrected_code, {"corrected": 1}),
    (corrected_age, {"corrected": 1}),
    (moved_month, {"corrected": 1}),
    (moved_to_a_month_that_is_new, {"corrected": 1}),
    (corrected_key, {}),
    (another_woman, {"corrected": 1}),
    (a_woman_with_another_key, {}),
    (withdrawn, {"withdrawn": 1}),
    (new_primary_keys, {}),
    (new_women_keys, {}),
    (all_new_keys, {}),
    (new_women_keys_and_a_corrected_code, {"corrected": 1}),
    (everything, {"corrected": 2, "withdrawn": 1}),
]


ALWAYS = (corrected_code, withdrawn, new_women_keys, everything)
"""The changes that every run tries; the others are tried in the long one."""


def as_if_nothing_had_changed(
    office: Office, clean: dict[str, bytes], waits: dict[str, int]
) -> list[candidates.Published]:
    """Publishes December and its amendment, which tell what they told before the change, while `waits` do."""
    found = []
    for edition in (NEXT, AMENDED):
        found.append(office.publish(edition))
        assert office.tables(edition) == clean
        assert office.waiting(edition) == ({"visitas": waits} if waits else {})
    assert office.safe()
    return found


@pytest.mark.parametrize(
    ("change", "waits"),
    [pytest.param(*each, marks=() if each[0] in ALWAYS else pytest.mark.slow, id=each[0].__name__) for each in CHANGES],
)
def test_december_and_its_amendment_are_as_if_nothing_had_changed(
    office: Office,
    clean: dict[str, bytes],
    change: Callable[[pd.DataFrame, pd.DataFrame], pd.DataFrame],
    waits: dict[str, int],
) -> None:
    office.change(change)
    for done in as_if_nothing_had_changed(office, clean, waits):
        rows = done.accounting["visitas"]
        assert rows.read == rows.counted + rows.later + rows.held + rows.rejected
    assert office.publish(NEXT).unchanged


WITHOUT_KEYS: list[tuple[Callable[[pd.DataFrame, pd.DataFrame], pd.DataFrame], dict[str, int]]] = [
    (corrected_code, {"late": 1, "withdrawn": 1}),
    (corrected_age, {"late": 1, "withdrawn": 1}),
    (moved_month, {"late": 1, "withdrawn": 1}),
    (corrected_key, {}),
    (another_woman, {"rekeyed": 1}),
    (a_woman_with_another_key, {}),
    (withdrawn, {"withdrawn": 1}),
    (new_primary_keys, {}),
    (all_new_keys, {}),
    (all_new_keys_and_a_visit_less, {"withdrawn": 1}),
]


@pytest.fixture
def keyless(office: Office) -> Office:
    """The same office with records that have no primary key; its ledger is of before."""
    resources = {
        name: replace(
            resource,
            schema={key: said for key, said in resource.schema.items() if key not in ("primaryKey", "foreignKeys")},
        )
        for name, resource in office.plan.resources.items()
    }
    return replace(office, plan=replace(office.plan, resources=resources))


QUICK = (corrected_code, moved_month, all_new_keys_and_a_visit_less)


@pytest.mark.parametrize(
    ("change", "waits"),
    [
        pytest.param(change, waits, id=change.__name__, marks=() if change in QUICK else pytest.mark.slow)
        for change, waits in WITHOUT_KEYS
    ],
)
def test_records_without_a_primary_key_are_known_by_what_they_say(
    keyless: Office,
    clean: dict[str, bytes],
    change: Callable[[pd.DataFrame, pd.DataFrame], pd.DataFrame],
    waits: dict[str, int],
) -> None:
    keyless.change(change)
    as_if_nothing_had_changed(keyless, clean, waits)


def test_without_a_primary_key_a_record_that_moved_to_a_new_month_counts_in_both_and_that_is_said(
    office: Office, clean: dict[str, bytes], institute: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, records = institute / "institute.yaml", institute / "records.package.yaml"
    path.write_text(path.read_text().replace("late_records: refuse", "late_records: hold"))
    text, found = re.subn(
        r"      (primaryKey|foreignKeys):.*\n(        - .*\n(?=      fields))?", "", records.read_text()
    )
    assert found == 3
    records.write_text(text)
    order = ["--institute", str(institute), "--raw", str(office.raw), "--published", str(office.out), "--quiet"]
    accepted = ["--accept", "visitas:2025-03", "--who", "Ana", "--why", "es así"]

    def visits(table: bytes, month: str) -> int:
        told = pd.read_csv(io.BytesIO(table), dtype="str").set_index(["periodo", "area"])
        return int(str(told.loc[(month, "_T"), "visitas"]))

    office.change(moved_to_a_month_that_is_new)
    assert main(["publish", *order, "--edition", NEXT, "--effort", "quick", *accepted]) == 0
    assert "visitas no tiene primaryKey" in capsys.readouterr().out
    now, then = (each["tables/visitas_por_area.csv"] for each in (office.tables(NEXT), clean))
    assert visits(now, "2025-03") == visits(then, "2025-03")
    assert visits(now, "2025-11") == visits(then, "2025-11") + 1


def test_where_women_cannot_be_told_apart_the_run_stops_and_the_old_primary_key_helps(
    office: Office, clean: dict[str, bytes]
) -> None:
    before = pd.read_csv(office.raw / "visitas.csv", dtype="str")["visita_id"].tolist()
    office.change(corrected_code)
    office.change(all_new_keys)
    assert office.refused(NEXT) == {"keys_unjoined": "visitas"}

    def put_back(visits: pd.DataFrame, reports: pd.DataFrame) -> pd.DataFrame:
        visits["visita_id"] = before
        reports["visita_id"] = reports["visita_id"].str[1:]
        return visits

    office.change(put_back)
    office.publish(NEXT)
    assert office.tables(NEXT) == clean
    assert office.safe()


def test_many_withdrawn_records_are_released_and_nobody_is_found(office: Office) -> None:
    def fewer(visits: pd.DataFrame, reports: pd.DataFrame) -> pd.DataFrame:
        told = visits["visita_id"].isin(reports["visita_id"])
        gone = visits.index[visits["mes"].str.startswith("2025-03") & ~told]
        return visits.drop(index=gone)

    office.publish(NEXT)
    office.change(fewer)
    office.publish(AMENDED)
    assert office.safe()


def test_what_the_institute_defines_otherwise_is_named_as_that_though_the_register_changed_too(office: Office) -> None:
    office.change(corrected_code)
    facts: Facts = {**office.plan.facts, "disclosure": {**office.plan.facts["disclosure"], "threshold": 20}}
    visits = office.plan.resources["visitas"]
    area = {**visits.dimensions, "area": replace(visits.dimensions["area"], sensitive=True)}
    for rule, plan in {
        "threshold_raised": replace(office.plan, facts=facts),
        "threshold_differs": replace(
            office.plan, resources={**office.plan.resources, "visitas": replace(visits, dimensions=area)}
        ),
    }.items():
        assert rule in replace(office, plan=plan).refused(NEXT)


# what is kept in private ---------------------------------------------------------------------------------------------


def test_a_lost_folder_is_not_missed_while_the_register_gives_what_was_published(
    office: Office, clean: dict[str, bytes]
) -> None:
    shutil.rmtree(office.raw / "privado")
    office.publish(NEXT)
    assert office.tables(NEXT) == clean
    office.change(corrected_code)  # from now on there is a ledger again
    office.publish(AMENDED)
    assert office.tables(AMENDED) == clean
    assert verified(office.raw, office.out, AMENDED).findings == ()


@pytest.mark.parametrize("edition", [pytest.param(NEXT, marks=pytest.mark.slow), AMENDED])
def test_a_lost_folder_comes_back_by_what_the_message_says(
    office: Office, clean: dict[str, bytes], edition: str, tmp_path: Path
) -> None:
    then = Path(shutil.copytree(office.raw, tmp_path / "then"))
    if edition == AMENDED:
        office.publish(NEXT)
    office.change(corrected_code)
    today = Path(shutil.copytree(office.raw, tmp_path / "today"))
    shutil.rmtree(office.raw / "privado")
    lost = FIRST if edition == NEXT else NEXT
    assert office.refused(edition) == {"no_ledger": f"privado/{lost}/libro"}
    for name in ("visitas.csv", "reportes.csv"):  # the records of then; the edition again; today's records
        shutil.copy(then / name, office.raw / name)
    assert office.publish(lost).unchanged
    for name in ("visitas.csv", "reportes.csv"):
        shutil.copy(today / name, office.raw / name)
    office.publish(edition)
    assert office.tables(edition) == clean
    assert office.waiting(edition) == {"visitas": {"corrected": 1}}
    assert audited(office.out).exposures == ()
    assert verified(office.raw, office.out, edition).findings == ()


def test_where_nothing_is_left_of_it_a_new_publication_can_begin(office: Office, tmp_path: Path) -> None:
    office.change(corrected_code)
    shutil.rmtree(office.raw / "privado")
    assert set(office.refused(NEXT)) == {"no_ledger"}
    office.out = tmp_path / "new"
    office.publish(NEXT)
    assert office.safe()


def rewritten(office: Office, change: Callable[[pa.Table], pa.Table]) -> None:
    """A ledger that somebody altered, with its checksum."""
    path = office.private(FIRST, "libro", "visitas.parquet")
    pyarrow.parquet.write_table(change(pyarrow.parquet.read_table(path)), path)
    seal(office)


def seal(office: Office) -> None:
    path, contents = (office.private(FIRST, "libro", name) for name in ("visitas.parquet", "libro.json"))
    said = json.loads(contents.read_text())
    said["sha256"]["visitas.parquet"] = hashlib.sha256(path.read_bytes()).hexdigest()
    contents.write_text(json.dumps(said))


def set_in(column: str, value: str, rows: int = 40) -> Callable[[pa.Table], pa.Table]:
    def change(table: pa.Table) -> pa.Table:
        values = table[column].to_pylist()
        values[:rows] = [value] * rows
        return table.set_column(table.schema.get_field_index(column), column, pa.array(values))

    return change


def cut(office: Office) -> None:
    path = office.private(FIRST, "libro", "visitas.parquet")
    path.write_bytes(path.read_bytes()[:-200])


def no_parquet(office: Office) -> None:
    office.private(FIRST, "libro", "visitas.parquet").write_bytes(b"no")
    seal(office)


def no_file(office: Office) -> None:
    office.private(FIRST, "libro", "visitas.parquet").unlink()


def no_contents(office: Office) -> None:
    office.private(FIRST, "libro", "libro.json").unlink()


def odd_contents(office: Office) -> None:
    office.private(FIRST, "libro", "libro.json").write_text('["no"]')


def a_file(office: Office) -> None:
    shutil.rmtree(office.private(FIRST, "libro"))
    office.private(FIRST, "libro").write_text("no")


def of_another(office: Office) -> None:
    path = office.private(FIRST, "libro", "libro.json")
    path.write_text(path.read_text().replace(FIRST, "2025-T2"))


DAMAGES: list[tuple[str, Callable[[Office], None], str, str]] = [
    ("cut", cut, "ledger_damaged", "/visitas.parquet"),
    ("no_parquet", no_parquet, "ledger_damaged", "/visitas.parquet"),
    ("no_file", no_file, "ledger_damaged", "/visitas.parquet"),
    ("no_contents", no_contents, "ledger_damaged", "/libro.json"),
    ("odd_contents", odd_contents, "ledger_damaged", "/libro.json"),
    ("a_file", a_file, "ledger_damaged", "/libro.json"),
    ("of_another", of_another, "ledger_of_another", "/libro.json"),
    ("numbers", lambda o: rewritten(o, lambda t: t.set_column(0, "visita_id", pa.array(range(len(t))))),
     "ledger_damaged", "/visitas.parquet"),
    ("another_code", lambda o: rewritten(o, set_in("edad", "joven")), "ledger_disagrees", "/visitas.parquet"),
    ("area_of_no_service", lambda o: rewritten(o, set_in("area", "legal")), "ledger_damaged", "/visitas.parquet"),
    ("another_woman", lambda o: rewritten(o, set_in("clave", "0123456789ab")), "ledger_disagrees", "/visitas.parquet"),
    ("another_month", lambda o: rewritten(o, set_in("mes", "2025-05")), "ledger_disagrees", "/visitas.parquet"),
    ("no_month", lambda o: rewritten(o, set_in("mes", "antes")), "ledger_disagrees", "/visitas.parquet"),
    ("fewer", lambda o: rewritten(o, lambda t: t.slice(60)), "ledger_disagrees", "/visitas.parquet"),
    ("nothing", lambda o: rewritten(o, lambda t: t.slice(0, 0)), "ledger_disagrees", "/visitas.parquet"),
    ("unknown_code", lambda o: rewritten(o, set_in("area", "luna", 1)), "ledger_lacks", "/visitas.parquet"),
]  # fmt: skip


@pytest.mark.parametrize(("damage", "rule", "file"), [each[1:] for each in DAMAGES], ids=[each[0] for each in DAMAGES])
def test_a_damaged_or_forged_ledger_is_named_and_can_be_done_without(
    office: Office, clean: dict[str, bytes], damage: Callable[[Office], None], rule: str, file: str
) -> None:
    damage(office)
    assert office.refused(NEXT) == {rule: f"privado/{FIRST}/libro{file}"}
    folder = office.private(FIRST, "libro")
    folder.unlink() if folder.is_file() else shutil.rmtree(folder)
    office.publish(NEXT)
    assert office.tables(NEXT) == clean
    assert not audited(office.out).exposures


def test_a_damaged_report_is_no_hindrance(office: Office, clean: dict[str, bytes]) -> None:
    report = office.private(FIRST, "informe.json")
    for broken in ("no", "[]", '{"delivery": {"visitas": {"rows": 3}}}', '{"delivery": {"visitas": 3}, "accepted": 3}'):
        report.write_text(broken)
        shutil.rmtree(office.out / NEXT, ignore_errors=True)
        office.publish(NEXT)
        assert office.tables(NEXT) == clean


def test_a_ledger_that_is_older_than_a_column_is_counted_by_what_the_same_records_say_today(
    office: Office, clean: dict[str, bytes]
) -> None:
    rewritten(office, lambda table: table.drop_columns(["lengua"]))
    office.change(corrected_code)
    office.publish(NEXT)
    assert office.tables(NEXT) == clean
    assert office.safe()


def test_what_such_a_record_said_is_not_made_up(office: Office) -> None:
    rewritten(office, lambda table: set_in("visita_id", "X")(table.drop_columns(["clave"])))
    office.change(corrected_code)
    assert office.refused(NEXT) == {"ledger_lacks": f"privado/{FIRST}/libro/visitas.parquet"}


# what is published ------------------------------------------------------------------------------------------------------


def forged(folder: Path, status: str, row: dict[str, str]) -> None:
    """The first cell of a status made another one, with all checksums and the count of withheld cells redone."""
    for path in sorted((folder / "tables").glob("visitas*.csv")):
        told = pd.read_csv(path, dtype="str", keep_default_na=False)
        found = [n for n in told.index if told.loc[n, "obs_status"] == status and "_T" not in set(told.loc[n])]
        if found:
            break
    at = found[0]
    before = path.read_bytes()
    lines = before.decode().splitlines(keepends=True)
    lines[int(at) + 1] = ",".join({**told.loc[at].to_dict(), **row}.values()) + "\n"
    path.write_text("".join(lines))
    descriptor = folder / "datapackage.json"
    old, new = (hashlib.sha256(each).hexdigest() for each in (before, path.read_bytes()))
    text = descriptor.read_text().replace(old, new)
    assert new in text
    descriptor.write_text(text.replace(f'"bytes": {len(before)}', f'"bytes": {path.stat().st_size}'))
    said = json.loads((folder / "audit.json").read_text())
    fewer = -1 if status == "Q" else 1
    said |= {"withheld": said["withheld"] + fewer, "figures": said["figures"] - 2 * fewer}
    safe_files.write_json(folder / "audit.json", said)
    safe_files.write_sums(folder)


@pytest.mark.parametrize(
    ("status", "row"),
    [
        ("A", {"visitas": "", "mujeres": "", "obs_status": "Q", "conf_status": "C"}),
        ("Q", {"visitas": "6", "mujeres": "6", "obs_status": "A", "conf_status": "F"}),
    ],
    ids=["withheld", "shown"],
)
def test_an_edition_that_was_forged_with_its_checksums_is_named(
    office: Office, status: str, row: dict[str, str]
) -> None:
    forged(office.out / FIRST, status, row)
    before = content(office.out)
    with pytest.raises(PipelineError) as stopped:
        office.publish(NEXT)
    assert [(f.where, f.rule) for f in stopped.value.findings] == [(FIRST, "edition_altered")]
    assert content(office.out) == before


def test_an_edition_that_is_not_where_it_was_published_stops_the_next_one(office: Office) -> None:
    """As where --published names another folder: what both tell together is not known without it."""
    shutil.move(office.out / FIRST, office.out.parent / FIRST)
    for edition in (NEXT, AMENDED):
        with pytest.raises(PipelineError) as stopped:
            office.publish(edition)
        assert [(f.where, f.rule) for f in stopped.value.findings] == [(FIRST, "edition_gone")]
        assert content(office.out) == {}
    shutil.rmtree(office.private(FIRST))  # a trial that nobody saw
    office.publish(NEXT)


# in words ------------------------------------------------------------------------------------------------------------


def test_what_waits_is_told_and_foretold_in_words(
    office: Office, institute: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = institute / "institute.yaml"
    path.write_text(path.read_text().replace("late_records: refuse", "late_records: hold"))
    office.change(corrected_code)
    order = ["--institute", str(institute), "--raw", str(office.raw), "--published", str(office.out), "--quiet"]
    assert main(["protect", *order, "--edition", NEXT, "--effort", "quick"]) == 0
    foretold = capsys.readouterr().out
    assert "2025-03" in foretold
    assert "esperaría" in foretold
    assert "visitas_por_area" in foretold
    accepted = ["--accept", "visitas:area", "--who", "Ana", "--why", "es así"]
    assert main(["publish", *order, "--edition", NEXT, "--effort", "quick", *accepted]) == 0
    assert "se corrigieron registros" in capsys.readouterr().out


def test_every_word_of_the_ledger_is_there_in_both_languages(lived: Office) -> None:
    from pipeline.cli.errors import MESSAGES
    from pipeline.wording import texts

    for language in ("es", "en"):
        said = texts.load(MESSAGES, (language,))[language]
        for rule in ("no_ledger", *dict.fromkeys(rule for _, _, rule, _ in DAMAGES), "keys_unjoined"):
            assert said.has(f"rules.{rule}")
