"""The diagram as code: what a run leaves behind, where every row went, and what later editions do to earlier ones."""

from __future__ import annotations

import json
import shutil
import stat
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from pipeline import flow
from pipeline.cli.main import main
from pipeline.institute.load import load
from pipeline.institute.plan import Edition, Plan
from pipeline.model.findings import PipelineError
from pipeline.public.audit.structure import shown
from pipeline.public.edition import publication, reader
from pipeline.public.exports import changelog
from pipeline.workflows import candidates, editions, sample
from pipeline.workflows.run import Run
from tests.conftest import TINY, WHATEVER, audited, content, silent, site_texts, verified
from tests.editions import certificate, table, written

pytestmark = pytest.mark.usefixtures("remembering")


def publish(plan: Plan, raw: Path, published: Path, edition: str, quarantine: float = 0.0) -> candidates.Published:
    texts = site_texts(plan)
    return flow.publish(Run(plan, raw, published, edition, texts, quarantine=quarantine, accept=WHATEVER), silent)


def append(path: Path, *lines: str) -> None:
    path.write_text(path.read_text() + "".join(line + "\n" for line in lines))


def test_an_edition_is_whole_and_safe(plan: Plan, published: Path) -> None:
    for name in ("2025-T3", "2025-T4"):
        names = set(content(published / name))
        assert {"datapackage.json", "release.json", "audit.json", "SHA256SUMS"} <= names
        assert {f"tables/{table.id}.csv" for table in plan.tables} <= names
        told = json.loads((published / name / "audit.json").read_text())
        assert told["exposures"] == 0
    assert told["editions"] == ["2025-T3", "2025-T4"]
    assert not audited(published).exposures


def test_nothing_else_is_left_in_the_publication(published: Path) -> None:
    assert sorted(path.name for path in published.iterdir()) == ["2025-T3", "2025-T4"]


def test_every_row_is_accounted_for(plan: Plan, raw: Path, tmp_path: Path) -> None:
    append(raw / "reportes.csv", "R1,V-sin-visita,2025-T1,dilacion", "REP2,VIS000001,2025-T1,pereza")
    done = publish(plan, raw, tmp_path / "p", "2025-T3", quarantine=0.5)
    visits, reports = done.accounting["visitas"], done.accounting["reportes"]
    assert visits.read == visits.counted + visits.later == 400
    assert visits.later > 0
    assert reports.read == 402
    assert reports.read == reports.counted + reports.later + reports.rejected
    assert reports.rejected == 2
    assert reports.refused == {"causa:enum": 1, "reporte_id:minLength": 1, "visita_id:foreign_key": 1}


def test_more_bad_rows_than_allowed_stop_the_run(plan: Plan, raw: Path, tmp_path: Path) -> None:
    append(raw / "reportes.csv", "REP2,VIS000001,2025-T1,pereza")
    for allowed in (0.0, 1 / 500):
        with pytest.raises(PipelineError) as stopped:
            publish(plan, raw, tmp_path / "p", "2025-T3", quarantine=allowed)
        assert stopped.value.exit_code == 11


def test_what_stays_in_the_office_only_its_owner_may_read(plan: Plan, raw: Path, tmp_path: Path) -> None:
    publish(plan, raw, tmp_path / "p", "2025-T3")
    folder = raw / "privado" / "2025-T3"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o700
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {
        "informe.json": 0o600,
        "libro": 0o700,
        "testigos.parquet": 0o600,
    }
    report = json.loads((folder / "informe.json").read_text())
    assert report["edition"] == "2025-T3"
    assert report["primary"] + report["complementary"] > 0
    assert report["effort"] == "normal"
    assert 0 < report["lower_bound"] <= report["cost"]
    assert report["gap"] == pytest.approx(1 - report["lower_bound"] / report["cost"], abs=1e-4)
    assert report["witnesses"] > 0
    assert "privado" not in " ".join(content(tmp_path / "p"))


def test_what_is_published_everybody_may_read(plan: Plan, raw: Path, tmp_path: Path) -> None:
    folder = publish(plan, raw, tmp_path / "p", "2025-T3").folder
    for path in (folder, *folder.rglob("*")):
        assert path.stat().st_mode & 0o044 == 0o044, path.name
        assert path.is_file() or path.stat().st_mode & 0o055 == 0o055


def test_the_same_edition_again_changes_nothing(plan: Plan, raw: Path, published: Path) -> None:
    before = content(published)
    assert publish(plan, raw, published, "2025-T4").unchanged
    assert publish(plan, raw, published, "2025-T3").unchanged  # also with a later edition beside it
    assert content(published) == before


def test_an_edition_is_never_rewritten(plan: Plan, raw: Path, published: Path) -> None:
    before = content(published)
    append(raw / "reportes.csv", *(f"NUEVO{n},VIS000001,2025-T4,dilacion" for n in range(30)))
    with pytest.raises(PipelineError) as stopped:
        publish(plan, raw, published, "2025-T4")
    assert [(f.where, f.rule) for f in stopped.value.findings] == [("2025-T4", "edition_exists")]
    assert stopped.value.exit_code == 13
    assert content(published) == before


def test_late_records_stop_the_next_edition(plan: Plan, raw: Path, published: Path) -> None:
    for path in sorted((published / "2025-T4").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    (published / "2025-T4").rmdir()
    before = content(published)
    first = (raw / "visitas.csv").read_text().splitlines()[1]
    append(raw / "visitas.csv", first.replace("VIS000001", "TARDE"))
    with pytest.raises(PipelineError) as stopped:
        publish(plan, raw, published, "2025-T4")
    assert stopped.value.exit_code == 12
    (finding,) = stopped.value.findings
    assert finding.rule == "late_records"
    assert "2025-T1" in dict(finding.facts)["periods"]
    assert content(published) == before


def test_editions_are_in_order_and_folders_that_are_none_are_left_out(tmp_path: Path) -> None:
    for name in ("2025-T4", "2025-T4.10", "2025-T4.9", "2025-T3", ".staging-x"):
        (tmp_path / name).mkdir()
    (tmp_path / "LEEME.md").write_text("")
    assert [path.name for path in editions.folders(tmp_path)] == ["2025-T3", "2025-T4", "2025-T4.9", "2025-T4.10"]
    assert editions.folders(tmp_path / "nada") == []


def test_the_tenth_correction_of_a_day_is_the_newest(tmp_path: Path) -> None:
    for name in ("2025-T4.9", "2025-T4.10", "2025-T4.2"):
        written(tmp_path / name, table("periodo | servicios usuarias\n2025 | 40 20"), name=name)
        publication.seal(tmp_path / name, certificate(name))
    found = editions.read([tmp_path / name for name in ("2025-T4.10", "2025-T4.2", "2025-T4.9")], silent)
    assert [each.edition for each in found] == ["2025-T4.2", "2025-T4.9", "2025-T4.10"]
    assert [change.edition for change in changelog.changes(found)] == ["2025-T4.10", "2025-T4.9", "2025-T4.2"]


def test_a_publication_that_somebody_altered_stops_the_next_edition(plan: Plan, raw: Path, published: Path) -> None:
    path = published / "2025-T3" / "tables" / "tipos.csv"
    path.write_text(path.read_text().replace("A,F", "P,F", 1))
    with pytest.raises(PipelineError) as stopped:
        publish(plan, raw, published, "2025-T4")
    assert stopped.value.exit_code == 13
    assert "wrong_hash" in {f.rule for f in stopped.value.findings}


def test_a_sample_does_not_overwrite_records(plan: Plan, raw: Path) -> None:
    before = content(raw)
    assert sample.write(plan, raw, seed=1, rows=400) == {"visitas.csv": 400, "reportes.csv": 400}
    with pytest.raises(PipelineError) as stopped:
        sample.write(plan, raw, seed=2, rows=400)
    assert [(f.where, f.rule) for f in stopped.value.findings] == [
        ("reportes.csv", "would_overwrite"),
        ("visitas.csv", "would_overwrite"),
    ]
    assert content(raw) == before
    sample.write(plan, raw, seed=2, rows=400, force=True)
    assert content(raw) != before


def test_an_edition_can_be_read_back_by_whoever_has_only_the_files(published: Path) -> None:
    found = reader.read(published / "2025-T4")
    assert found.edition == "2025-T4"
    assert found.tables["tipos"].answers == "menciones"


def test_a_site_needs_an_edition(plan: Plan, tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    with pytest.raises(PipelineError) as stopped:
        flow.build_site(plan, tmp_path / "p", tmp_path / "site", silent)
    assert [f.rule for f in stopped.value.findings] == ["no_edition"]


def test_a_sample_is_written_as_csv_or_not_at_all(institute: Path, tmp_path: Path) -> None:
    sources = institute / "sources.yaml"
    sources.write_text(sources.read_text().replace('files: ["visitas*.csv"]', 'files: ["visitas*.xlsx"]'))
    with pytest.raises(PipelineError) as stopped:
        sample.write(load(institute), tmp_path / "raw", seed=1, rows=10)
    assert [(f.where, f.rule) for f in stopped.value.findings] == [("sources.yaml:visitas.files", "sample_is_csv")]
    assert not (tmp_path / "raw").exists()


def test_a_table_that_is_no_longer_published_is_still_known_to_readers(plan: Plan, raw: Path, tmp_path: Path) -> None:
    out = tmp_path / "p"
    publish(plan, raw, out, "2025-T3")
    fewer = replace(plan, tables=tuple(t for t in plan.tables if t.id not in ("mujeres_por_edad", "tipos")))
    done = publish(fewer, raw, out, "2025-T4")
    assert "tables/tipos.csv" not in content(done.folder)
    edition = reader.read(out / "2025-T3")
    shown_then = {
        figure for figure in shown(edition) if figure.cell.code("tipo") != "_T" or figure.cell.code("edad") != "_T"
    }
    assert shown_then
    assert shown_then <= set(done.protection.figures)  # their figures are in the system with all others
    assert verified(raw, out, "2025-T4").findings == ()


def test_a_table_whose_time_is_coarser_now_was_known_in_fine(plan: Plan, raw: Path, tmp_path: Path) -> None:
    out = tmp_path / "p"
    publish(plan, raw, out, "2025-T3")
    coarser = replace(plan.table("visitas_por_area"), levels=("anio", "acumulado"))
    done = publish(replace(plan, tables=(coarser, *plan.tables[1:])), raw, out, "2025-T4")
    months = {figure for figure in done.protection.figures if figure.cell.code("periodo") == "2025-02"}
    assert months
    assert set(reader.read(done.folder).tables["visitas_por_area"].frame["periodo"]) == {"2025"}


def test_a_table_that_nobody_can_count_any_more_stops_the_run(plan: Plan, raw: Path, tmp_path: Path) -> None:
    out = tmp_path / "p"
    publish(plan, raw, out, "2025-T3")
    visits = plan.resources["visitas"]
    other = replace(visits, dimensions={n: d for n, d in visits.dimensions.items() if n != "edad"})
    changed = replace(
        plan,
        resources={**plan.resources, "visitas": other},
        tables=tuple(t for t in plan.tables if t.id != "mujeres_por_edad"),
    )
    with pytest.raises(PipelineError) as stopped:
        publish(changed, raw, out, "2025-T4")
    assert {(f.where, f.rule) for f in stopped.value.findings} == {("tables.yaml:mujeres_por_edad", "retired_unknown")}


def test_a_draft_is_written_and_audited_and_binds_nothing(
    plan: Plan, raw: Path, published: Path, tmp_path: Path
) -> None:
    drafts = tmp_path / "drafts"
    public, private = content(published), content(raw)

    def draft(of: Plan, edition: str) -> candidates.Published:
        return flow.publish(Run(of, raw, published, edition, site_texts(of), draft=drafts), silent)

    done = draft(plan, "2025-T4")
    assert (done.folder, done.unchanged) == (drafts / "2025-T4", False)
    assert not done.audit.exposures
    assert done.audit.editions == ("2025-T3", "2025-T4")  # with what is published before it
    told = reader.read(done.folder)
    assert told.release["draft"] is True
    assert {name for name, data in content(done.folder).items() if data != content(published / "2025-T4")[name]} == {
        "release.json",
        "SHA256SUMS",
    }
    fewer = draft(replace(plan, tables=plan.tables[:1]), "2025-T4")  # another draft takes its place
    assert set(reader.read(fewer.folder).tables) == {"visitas_por_area"}
    assert [path.name for path in drafts.iterdir()] == ["2025-T4"]
    assert content(published) == public
    assert content(raw) == private  # no ledger and no witnesses of it
    assert editions.read([published / "2025-T3", fewer.folder], silent)[-1].release["draft"]


def test_a_draft_is_never_taken_for_an_edition(plan: Plan, raw: Path, published: Path, tmp_path: Path) -> None:
    done = flow.publish(Run(plan, raw, published, "2025-T4", site_texts(plan), draft=tmp_path / "drafts"), silent)
    (published / "2025-T4").rename(tmp_path / "2025-T4")
    done.folder.rename(published / "2025-T4")
    third = replace(plan, editions=(*plan.editions, Edition("2025-T4.1", "2025-12", "2026-02-01", {}, "2025-T4")))
    for order in (
        lambda: publish(third, raw, published, "2025-T4.1"),
        lambda: flow.build_site(plan, published, tmp_path / "site", silent),
    ):
        with pytest.raises(PipelineError) as stopped:
            order()
        assert [(f.where, f.rule) for f in stopped.value.findings] == [("2025-T4", "is_a_draft")]
        assert stopped.value.exit_code == 13


def test_drafts_are_kept_apart_from_what_is_published(plan: Plan, raw: Path, published: Path, tmp_path: Path) -> None:
    before = content(published)
    copied = Path(shutil.copytree(published, tmp_path / "copy"))
    for folder, rule in (
        (published, "draft_among_editions"),
        (published / "drafts", "draft_among_editions"),
        (tmp_path / "elsewhere" / ".." / published.name, "draft_among_editions"),
        (copied, "not_a_draft"),
    ):
        with pytest.raises(PipelineError) as stopped:
            flow.publish(Run(plan, raw, published, "2025-T4", site_texts(plan), draft=folder), silent)
        assert [f.rule for f in stopped.value.findings] == [rule]
    assert content(published) == before == content(copied)


def test_a_month_that_is_unlike_the_others_stops_until_somebody_accepts_it(
    raw: Path, published: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in (published, raw / "privado"):
        shutil.rmtree(folder / "2025-T4")
    path = raw / "visitas.csv"
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    more = pd.concat([frame[frame["mes"].str.startswith("2025-11")]] * 3)
    more["visita_id"] = [f"MAS{n}" for n in range(len(more))]
    pd.concat([frame, more]).to_csv(path, index=False)
    before = content(published)
    order = ["publish", "--institute", str(TINY), "--raw", str(raw), "--published", str(published)]
    order += ["--effort", "quick", "--quiet"]
    assert main(order) == 11
    assert "visitas:2025-11: " in capsys.readouterr().err
    assert content(published) == before
    assert main([*order, "--accept", "visitas:2025-11", "--who", "Ana", "--why", "jornada de noviembre"]) == 0
    kept = json.loads((raw / "privado" / "2025-T4" / "informe.json").read_text(encoding="utf-8"))["accepted"]
    assert kept == {"names": ["visitas:2025-11"], "who": "Ana", "why": "jornada de noviembre"}
    assert "Ana" not in "".join(data.decode() for data in content(published).values())
