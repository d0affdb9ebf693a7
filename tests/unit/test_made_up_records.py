"""Made-up records that give the very same publication while a small cell is large: counted again before they are believed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pandas as pd
import pytest

from pipeline import flow
from pipeline.cli.main import main
from pipeline.confidential.protection import alternatives, cell_facts
from pipeline.confidential.protection.alternatives import Alternatives, Pack, Target
from pipeline.institute.load import load
from pipeline.institute.plan import PERIOD, Plan
from pipeline.model.cells import Counts, Figure
from pipeline.workflows import made_up_records, sample
from pipeline.workflows.run import Run
from tests.conftest import TINY, WHATEVER, content, silent, site_texts


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`raw` and `p`: a small institute with an edition of few women."""
    folder, plan = tmp_path_factory.mktemp("few"), load(TINY)
    sample.write(plan, folder / "raw", seed=7, rows=150)
    flow.publish(
        Run(plan, folder / "raw", folder / "p", "2025-T3", site_texts(plan), effort="quick", accept=WHATEVER), silent
    )
    return folder


def test_most_small_cells_have_records_that_make_them_large_and_change_nothing_published(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raw, out = folder / "raw", folder / "p"
    before, records = content(out), content(raw)
    assert main(["verify", "--records", "--institute", str(TINY), "--raw", str(raw), "--published", str(out)]) == 0
    said = capsys.readouterr().out
    assert content(out) == before, "nothing public is written"
    made = raw / "privado/2025-T3/inventados.csv"
    assert {name: text for name, text in content(raw).items() if name in records} == records
    assert made.stat().st_mode & 0o077 == 0
    frame = pd.read_csv(made, dtype=str)
    assert str(made) in said
    assert f"({frame['juego'].nunique()} juegos" in said
    found = made_up_records.verify_records(Run(load(TINY), raw, out, "2025-T3", site_texts(load(TINY))), silent)
    assert found.cells >= 8
    assert found.reached > found.cells / 2
    assert f"para {found.reached} de {found.cells} celdas" in said


def test_records_that_count_otherwise_prove_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def without_making_up(every: Alternatives, targets: Iterable[Target]) -> list[Pack]:
        first = next(iter(targets))
        where = dict(first.figure.cell.where)
        year = where.pop(PERIOD)[:4]
        found = {change: effect for name in where for change, effect in every.candidates(name, year).items()}
        inside = [change for change, effect in found.items() if effect.get(first.figure) == 1]
        assert len({every.woman(change) for change in inside}) >= first.more
        return [Pack(inside)]

    monkeypatch.setattr(made_up_records, "packed", without_making_up)
    found = made_up_records.verify_records(
        Run(load(TINY), folder / "raw", folder / "p", "2025-T3", site_texts(load(TINY))), silent
    )
    assert (found.reached, found.sets, found.path) == (0, 0, None)


def test_what_is_said_of_a_change_is_what_is_counted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The effect of a change, figure by figure, beside the count of the product."""
    packs: list[tuple[Mapping[Figure, int], Pack]] = []
    checked: list[bool] = []

    def packed(every: Alternatives, targets: Iterable[Target]) -> Iterator[Pack]:
        for pack in alternatives.packed(every, targets):
            packs.append((every.true, pack))
            yield pack

    def values_of(counts: Counts, plan: Plan) -> dict[Figure, int]:
        now = cell_facts.values_of(counts, plan)
        if len(checked) < len(packs):
            true, pack = packs[-1]
            rises = {figure: now[figure] - true[figure] for figure in now}
            said = {figure: by for figure, by in pack.rises.items() if by and figure in rises}
            checked.append({figure: by for figure, by in rises.items() if by} == said)
        return now

    monkeypatch.setattr(made_up_records, "packed", packed)
    monkeypatch.setattr(made_up_records, "values_of", values_of)
    assert made_up_records.verify_records(
        Run(load(TINY), folder / "raw", folder / "p", "2025-T3", site_texts(load(TINY))), silent
    ).sets == len(checked)
    assert checked
    assert all(checked)
