"""What all tests share: the tiny institute, its records, and its two editions, made once and copied for who changes them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from pipeline import SITE, flow
from pipeline.plan import Plan, load
from pipeline.public import texts
from pipeline.public.audit import Audit
from pipeline.public.texts import Texts
from pipeline.verify import Verified
from tests import records

TINY = Path(__file__).parent / "tiny_institute"
SEED, ROWS = 1, 400

settings.register_profile(
    "default", deadline=None, derandomize=True, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("nightly", settings.get_profile("default"), derandomize=False, max_examples=5000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_sessionfinish() -> None:
    records.forget()


def silent(step: str, **facts: object) -> None:
    """A progress display that shows nothing."""


def site_texts(plan: Plan) -> Mapping[str, Texts]:
    return texts.load(SITE / "texts", plan.languages)


def content(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its bytes: two folders are the same if this is."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def audited(out: Path) -> Audit:
    return flow.audit(flow.read(flow.edition_folders(out), silent), silent)


def verified(raw: Path, out: Path, edition: str) -> Verified:
    """The witnesses that the office keeps of an edition, checked."""
    return flow.verify(flow.read(flow.edition_folders(out), silent), edition, flow.witnesses_of(raw, edition), silent)


@pytest.fixture(scope="session")
def plan() -> Plan:
    """The tiny institute."""
    return load(TINY)


@pytest.fixture(scope="session")
def records_of_tiny(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    raw = tmp_path_factory.mktemp("raw")
    flow.sample(plan, raw, seed=SEED, rows=ROWS)
    return raw


@pytest.fixture(scope="session")
def editions_of_tiny(plan: Plan, records_of_tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    published = tmp_path_factory.mktemp("published")
    for edition in plan.editions:
        flow.publish(plan, records_of_tiny, published, edition.id, site_texts(plan), silent)
    return published


@pytest.fixture
def institute(tmp_path: Path) -> Path:
    """A copy of the tiny institute, to break."""
    return Path(shutil.copytree(TINY, tmp_path / "institute"))


@pytest.fixture
def raw(records_of_tiny: Path, tmp_path: Path) -> Path:
    """A copy of its records, to break."""
    return Path(shutil.copytree(records_of_tiny, tmp_path / "raw"))


@pytest.fixture
def published(editions_of_tiny: Path, tmp_path: Path) -> Path:
    """A copy of its two editions, to break."""
    return Path(shutil.copytree(editions_of_tiny, tmp_path / "published"))
