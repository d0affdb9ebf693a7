"""What is derived from editions: the same bytes on every run, looked into before it is written, kept while nothing changes."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline import ROOT, SITE
from pipeline.institute.plan import Plan
from pipeline.model.findings import PipelineError
from pipeline.public.edition import reader
from pipeline.public.exports import build, data_files, read_back, report
from pipeline.workflows import editions as stored
from tests.conftest import content, site_texts
from tests.derived import Derived, derived

__all__ = ["derived"]


def run(plan: Plan, editions: Path, work: Path) -> Path:
    target = work / "html" / "datos"
    packages = [reader.read(folder) for folder in stored.folders(editions)]
    texts = site_texts(plan)
    build.derive(packages, plan, texts, target, build.Folders(SITE, work / "cache", work / "charts"))
    return target


def test_the_same_bytes_on_every_run_and_from_every_folder(plan: Plan, editions_of_tiny: Path, tmp_path: Path) -> None:
    one = content(run(plan, editions_of_tiny, tmp_path / "one").parent)
    shutil.copytree(editions_of_tiny, tmp_path / "elsewhere")
    two = content(run(plan, tmp_path / "elsewhere", tmp_path / "a" / "much" / "longer" / "way").parent)
    assert one.keys() == two.keys()
    assert [name for name in one if one[name] != two[name]] == []
    suffixes = {Path(name).suffix for name in one}
    assert {".xlsx", ".parquet", ".json", ".pdf", ".zip", ".jsonld", ".xml", ".ics", ".md", ".txt", ".cff"} <= suffixes


def test_what_was_made_is_taken_from_the_cache_until_something_changes(
    plan: Plan, editions_of_tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = content(run(plan, editions_of_tiny, tmp_path))
    kept = sorted(path.name for path in (tmp_path / "cache").iterdir())
    assert len(kept) == len(plan.editions)

    def never(*given: object) -> bytes:
        raise AssertionError("made again")

    monkeypatch.setattr(report, "report", never)
    shutil.rmtree(tmp_path / "html")
    assert content(run(plan, editions_of_tiny, tmp_path)) == first
    changed = dict(plan.facts) | {"email": "otra@ejemplo.gob.mx"}
    other = Plan(**{**{name: getattr(plan, name) for name in plan.__dataclass_fields__}, "facts": changed})
    with pytest.raises(AssertionError):
        run(other, editions_of_tiny, tmp_path)


def test_no_derived_file_names_the_machine(derived: Derived) -> None:
    forbidden = read_back.traces([derived.folder, derived.charts, ROOT])
    assert str(ROOT).encode() in forbidden
    files = [path for path in derived.folder.rglob("*") if path.is_file()]
    assert len(files) > 300
    findings = [f for path in files for f in read_back.machine(path.name, path.read_bytes(), forbidden)]
    assert findings == []


def test_a_trace_is_found_also_inside_what_is_packed() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", "made in /home/somebody/records by me " * 20)
    data = stream.getvalue()
    assert b"/home/somebody/records" not in data
    (finding,) = read_back.machine("x.zip", data, [b"/home/somebody/records"])
    assert (finding.where, finding.rule) == ("x.zip", "derived_trace")
    assert "somebody" not in repr(finding)
    assert read_back.machine("x.zip", data, [b"/home/nobody"]) == []


def test_a_derived_file_that_shows_a_withheld_figure_is_refused(derived: Derived) -> None:
    table = next(t for t in derived.tables.values() if t.withheld)
    measure = next(iter(table.measures))
    path = derived.edition / "tables" / f"{table.id}.json"
    good = json.loads(path.read_bytes())
    place = good["columns"].index(measure)
    row = next(row for row in good["rows"] if row[place] is None)
    row[place] = 3
    (finding,) = read_back.figures("t.json", json.dumps(good).encode(), table)
    assert finding.rule == "derived_figures"
    assert "3" not in dict(finding.facts)["count"]
    read = pq.read_table(path.with_suffix(".parquet"))
    filled = read.set_column(
        read.schema.get_field_index(measure), measure, pa.array([v or 0 for v in read[measure].to_pylist()], pa.int64())
    )
    stream = io.BytesIO()
    pq.write_table(filled, stream)
    assert [f.rule for f in read_back.figures("t.parquet", stream.getvalue(), table)] == ["derived_figures"]
    assert read_back.figures("t.parquet", path.with_suffix(".parquet").read_bytes(), table) == []


def test_a_file_with_fewer_rows_or_that_is_none_is_refused(derived: Derived) -> None:
    table = derived.tables["servicios_por_area"]
    data = json.loads((derived.edition / "tables" / "servicios_por_area.json").read_bytes())
    data["rows"] = data["rows"][1:]
    assert [f.rule for f in read_back.figures("t.json", json.dumps(data).encode(), table)] == ["derived_rows"]
    for suffix in read_back.READERS:
        assert [f.rule for f in read_back.figures(f"t.{suffix}", b"nothing", table)] == ["derived_unreadable"]


def test_a_wrong_file_stops_the_run_before_anything_is_kept(
    plan: Plan, editions_of_tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = data_files.as_json
    monkeypatch.setattr(data_files, "as_json", lambda *given: honest(*given).replace(b"null", b"1"))
    with pytest.raises(PipelineError) as stopped:
        run(plan, editions_of_tiny, tmp_path)
    assert stopped.value.kind == "package"
    assert {finding.rule for finding in stopped.value.findings} == {"derived_figures"}
    assert not list((tmp_path / "cache").glob("*"))
    assert not (tmp_path / "html").exists()
