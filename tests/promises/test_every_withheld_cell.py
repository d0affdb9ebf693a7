"""Each kind of withheld cell, shown after all in the staged files: the audit refuses and the earlier edition stays.

The staged table is altered between writing and audit, as a fault of the program or a hand could do it. Kinds: a small
cell and one that protects it; a year, a quarter, a month; a total over one dimension; an answer of several.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pipeline import flow
from pipeline.cli.main import main
from pipeline.institute.plan import Plan
from pipeline.model import periods
from pipeline.model.cells import TOTAL
from pipeline.public.edition import reader, writer
from pipeline.public.edition.model import CONF, OBS, Package, PublishedTable
from pipeline.workflows import sample
from pipeline.workflows.run import Run
from tests import records
from tests.conftest import TINY, content, silent, site_texts

KINDS = ("small", "protecting", "anio", "trimestre", "mes", "total over a dimension", "answer of several")
BEFORE, NOW = "2025-T3", "2025-T4"


@dataclass(frozen=True)
class Shown:
    """A withheld cell and its true values; never leaves this test."""

    table: str
    codes: Mapping[str, str]
    truth: Mapping[str, int]


def few(raw: Path, plan: Plan) -> None:
    """Rewrites the records so that few women have no stated age, and few elders come to the social area."""
    frame = records.frame(records.read(plan, raw)["visitas"])
    unstated = frame["edad"] == "no_especificado"
    elders = (frame["edad"] == "mayor") & (frame["area"] == "social")
    frame.loc[unstated & (unstated.cumsum() > 3), "edad"] = "adulta"
    frame.loc[elders & (elders.cumsum() > 3), "edad"] = "adulta"
    frame.to_csv(raw / "visitas.csv", index=False)


@pytest.fixture(scope="module")
def house(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """Records, a publication with the earlier edition, and one with both."""
    raw, earlier, both = (tmp_path_factory.mktemp(name) for name in ("raw", "earlier", "both"))
    sample.write(plan, raw, seed=2, rows=220)
    few(raw, plan)
    flow.publish(Run(plan, raw, earlier, BEFORE, site_texts(plan)), silent)
    shutil.copytree(earlier, both, dirs_exist_ok=True)
    flow.publish(Run(plan, raw, both, NOW, site_texts(plan)), silent)
    return raw, earlier, both


def withheld(plan: Plan, raw: Path, both: Path) -> Iterator[tuple[set[str], Shown]]:
    """Every cell that the edition withholds, with the kinds it is of."""
    counts = records.counted(records.read(plan, raw), plan, plan.edition(NOW))
    edition = reader.read(both / NOW)
    for spec in plan.tables:
        table, multiple = edition.tables[spec.id], "tipo" in spec.dimensions
        truth = {
            tuple(str(row[name]) for name in spec.dimensions): {m: int(row[m]) for m in {*spec.measures, "women"}}
            for row in counts.tables[spec.id].to_dict("records")
        }
        for row in table.frame[table.frame[OBS] == "Q"].to_dict("records"):
            codes = {name: str(row[name]) for name in spec.dimensions}
            true = truth[tuple(codes.values())]
            small = 0 < true["women"] < plan.threshold(spec)
            kinds = {"small" if small else "protecting", str(periods.level_of(codes["periodo"]))}
            if len(codes) > 2 and TOTAL in codes.values():
                kinds.add("total over a dimension")
            if multiple and codes["tipo"] != TOTAL:
                kinds.add("answer of several")
            yield kinds, Shown(spec.id, codes, {measure: true[measure] for measure in spec.measures})


def show(table: PublishedTable, cell: Shown) -> PublishedTable:
    frame = table.frame.copy()
    at = (frame[list(cell.codes)] == pd.Series(cell.codes)).all(axis=1)
    assert frame.loc[at, OBS].tolist() == ["Q"]
    for measure, value in cell.truth.items():
        frame.loc[at, measure] = value
    frame.loc[at, [OBS, CONF]] = ["A", "F"]
    return replace(table, frame=frame)


@pytest.mark.usefixtures("remembering")
@pytest.mark.parametrize("kind", KINDS)
def test_it_is_refused_when_shown(
    kind: str,
    house: tuple[Path, Path, Path],
    plan: Plan,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    raw, earlier, both = house
    cells = [cell for kinds, cell in withheld(plan, raw, both) if kind in kinds]
    assert cells, f"the records have no {kind}"
    cell = max(cells, key=lambda cell: min(cell.truth.values()))  # the most harmless of its kind
    published = Path(shutil.copytree(earlier, tmp_path / "published"))
    before = content(published)
    write = writer.write

    def altered(folder: Path, content: writer.Content, **rest: Any) -> Package:
        shown = [show(table, cell) if table.id == cell.table else table for table in content.tables]
        return write(folder, replace(content, tables=shown), **rest)

    monkeypatch.setattr(writer, "write", altered)
    arguments = ["--institute", str(TINY), "--raw", str(raw), "--published", str(published), "--edition", NOW]
    assert main(["publish", *arguments]) == 12
    said = capsys.readouterr().err
    assert "No se publica: alguien podría ser encontrada" in said
    assert content(published) == before
    assert [path.name for path in published.iterdir()] == [BEFORE]
