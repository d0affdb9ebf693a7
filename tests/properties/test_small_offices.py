"""Offices with few records, whatever their number: an edition is published at once, or `protect --explain` ends with lines
with which it is. Each with a first edition and the next."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.cli.main import main
from pipeline.institute.load import load
from pipeline.workflows import sample
from tests.unit.test_feasible import EDITION, applied, completed, new_office, order

EXAMPLES = max(2, settings().max_examples // 50)
"""Two in the test run, a hundred at night."""


def test_an_office_with_few_records_is_never_left_without_a_way_on(capsys: pytest.CaptureFixture[str]) -> None:
    @settings(max_examples=EXAMPLES)
    @given(rows=st.integers(1, 400), seed=st.integers(0, 10**6), first=st.booleans())
    def office_after_office(rows: int, seed: int, first: bool) -> None:
        lives(rows, seed, first, capsys)

    office_after_office()


def lives(rows: int, seed: int, first: bool, capsys: pytest.CaptureFixture[str]) -> None:
    """An office with so many visits publishes both editions, or the later alone, each as it is told to."""
    with tempfile.TemporaryDirectory() as folder:
        office = new_office(Path(folder))
        sample.write(load(office / "institute"), office / "raw", seed=seed, rows=rows)
        completed(office, capsys)
        for edition in ("2025-T3", EDITION) if first else (EDITION,):
            capsys.readouterr()
            code = main(order(office, "publish", "--edition", edition))
            if code == 12:
                assert "celosia protect --explain" in capsys.readouterr().err
                assert main(order(office, "protect", "--explain", "--edition", edition)) == 12
                told = capsys.readouterr().out
                if "without: " not in told:
                    assert "no se encontró ninguna tabla" in told
                    return
                applied(office, told, edition)
                code = main(order(office, "publish", "--edition", edition))
            assert code == 0
            assert main(order(office, "verify", "--edition", edition)) == 0
