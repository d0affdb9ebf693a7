"""What all tests share: the tiny institute, its records and its two editions, made once and copied for who changes them; and
the built website of the committed editions.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import pickle
import pkgutil
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from pipeline import ROOT, SITE, flow
from pipeline.confidential.deliveries.plausibility import Acceptance
from pipeline.institute.load import load
from pipeline.institute.plan import Plan
from pipeline.model.cells import Cell
from pipeline.public.audit.audit import Audit
from pipeline.public.edition import reader
from pipeline.public.site import build
from pipeline.verification.verify import Verified
from pipeline.wording import texts
from pipeline.wording.texts import Texts
from pipeline.workflows import editions, sample
from pipeline.workflows.run import Run
from tests import records

PUBLISHED = ROOT / "data" / "published"
TINY = Path(__file__).parent / "tiny_institute"
SEED, ROWS = 1, 400

settings.register_profile(
    "default", deadline=None, derandomize=True, max_examples=30, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("nightly", settings.get_profile("default"), derandomize=False, max_examples=5000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


@pytest.hookimpl(tryfirst=True)  # before tests are chosen by their marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests of the whole built site, and puts them first: the worker that has them builds it, and the other begins
    with what it needs no site for (`--dist worksteal` deals the first half of the tests to the first worker).
    """
    asking = [item for item in items if "built" in getattr(item, "fixturenames", ())]
    for item in asking:
        item.add_marker(pytest.mark.site)
    first = set(asking)
    items[:] = [*asking, *(item for item in items if item not in first)]


def pytest_sessionfinish() -> None:
    records.forget()


class _Whatever(Sequence[str]):
    """Holds any name."""

    def __contains__(self, name: object) -> bool:
        return True

    def __getitem__(self, place: Any) -> Any:
        raise IndexError

    def __len__(self) -> int:
        return 1


WHATEVER = Acceptance(_Whatever(), "la prueba", "es lo que se prueba")
"""Accepts whatever differs from the last delivery, where a test is about something else."""


def silent(step: str, **facts: object) -> None:
    """A progress display that shows nothing."""


def site_texts(plan: Plan) -> Mapping[str, Texts]:
    return texts.of_plan(plan)


def content(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its bytes: two folders are the same if this is."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def audited(out: Path) -> Audit:
    return editions.audit(editions.read(editions.folders(out), silent), silent)


def verified(raw: Path, out: Path, edition: str) -> Verified:
    """The witnesses that the office keeps of an edition, checked."""
    return editions.verify(
        editions.read(editions.folders(out), silent), edition, editions.witnesses_of(raw, edition), silent
    )


@pytest.fixture(scope="session")
def plan() -> Plan:
    """The tiny institute."""
    return load(TINY)


@pytest.fixture(scope="session")
def tiny(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`raw` with the records of the tiny institute and what its office keeps, `published` with its editions."""

    def make(folder: Path) -> None:
        sample.write(plan, folder / "raw", seed=SEED, rows=ROWS)
        for edition in plan.editions:
            flow.publish(Run(plan, folder / "raw", folder / "published", edition.id, site_texts(plan)), silent)

    return once_for_all(tmp_path_factory, "tiny", make)


@pytest.fixture(scope="session")
def records_of_tiny(tiny: Path) -> Path:
    return tiny / "raw"


@pytest.fixture(scope="session")
def editions_of_tiny(tiny: Path) -> Path:
    return tiny / "published"


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The website of the committed editions as it is built: `html`, `charts`, `derived`, and the steps in steps.json.

    What an earlier run or `make site` has made of the charts and derived files is taken: it has a name that stands for all that
    goes into it.
    """
    return once_for_all(tmp_path_factory, "site", _build)


@pytest.fixture(scope="session")
def small_site(records_of_tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny institute with every kind of chart, published and built: `institute`, `raw`, `published`, `html`."""
    from tests.reader.built import build_every_chart  # which knows this module

    return once_for_all(tmp_path_factory, "every", lambda folder: build_every_chart(folder, records_of_tiny))


def once_for_all(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder that the first of the workers fills; the others wait for it."""
    base = factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    done, failed = folder / "done", folder / "failed"
    try:
        folder.mkdir()
    except FileExistsError:
        for _ in range(3000):
            if done.exists():
                return folder
            if failed.exists():
                pytest.fail(f"{name} could not be built: the other worker says why")
            time.sleep(0.2)
        pytest.fail(f"the other worker did not finish building {name}")
    try:
        make(folder)
    except BaseException:
        failed.touch()
        raise
    done.touch()
    return folder


def _build(folder: Path) -> None:
    steps: set[str] = set()
    for kept in ("charts", "derived"):
        if (SITE / "_build" / kept).is_dir():
            shutil.copytree(SITE / "_build" / kept, folder / kept)
    build.build(
        [reader.read(edition) for edition in editions.folders(PUBLISHED)],
        load(ROOT / "institute"),
        site=SITE,
        output=folder / "html",
        progress=lambda step, done, of: steps.add(step),
    )
    (folder / "steps.json").write_text(json.dumps(sorted(steps)), encoding="utf-8")


_answers: dict[bytes, bytes] = {}
"""What pure functions answered, by what they were asked."""
PURE = (
    "pipeline.workflows.candidates.protect",
    "pipeline.public.audit.audit.audit",
    "pipeline.verification.verify.verify",
)
"""The long steps of a publication. None of them knows a file, a clock or chance: the same question has the same answer."""


@pytest.fixture
def remembering(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets the long steps of a publication answer at once where they are asked exactly what they were asked before.

    For tests in which many runs come to the same counts, or must. Not for tests that alter how a step works.
    """
    for name in PURE:
        monkeypatch.setattr(name, _remembered(name, pkgutil.resolve_name(name)))


class _Question(pickle.Pickler):
    """Writes down what is asked: alike where it is equal, wherever an edition lies."""

    fast = True  # without what objects share, which differs from run to run

    def reducer_override(self, each: object) -> Any:
        if isinstance(each, Cell):
            return (Cell, (each.records, tuple(sorted(each.where))))
        if isinstance(each, FunctionType):  # what is told of progress answers nothing
            return (str, (each.__qualname__,))
        return (Path, ()) if isinstance(each, Path) else NotImplemented


def _remembered(name: str, function: Callable[..., object]) -> Callable[..., object]:
    def answer(*given: object, **named: object) -> object:
        question = io.BytesIO()
        _Question(question).dump((name, given, named))
        asked = hashlib.sha256(question.getvalue()).digest()
        if asked not in _answers:
            _answers[asked] = pickle.dumps(function(*given, **named))
        return pickle.loads(_answers[asked])

    return answer


@pytest.fixture
def institute(tmp_path: Path) -> Path:
    """A copy of the tiny institute, to break."""
    return Path(shutil.copytree(TINY, tmp_path / "institute"))


@pytest.fixture
def raw(records_of_tiny: Path, tmp_path: Path) -> Path:
    """A copy of its records, to break: of an office that published nothing yet, unless `published` is asked for as well."""
    return Path(shutil.copytree(records_of_tiny, tmp_path / "raw", ignore=shutil.ignore_patterns("privado")))


@pytest.fixture
def published(editions_of_tiny: Path, records_of_tiny: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A copy of its two editions, to break; `raw` then keeps of them what the office keeps."""
    if "raw" in request.fixturenames:
        shutil.copytree(records_of_tiny / "privado", request.getfixturevalue("raw") / "privado")
    return Path(shutil.copytree(editions_of_tiny, tmp_path / "published"))


# a database server ---------------------------------------------------------------------------------------------------

DEBIAN = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))  # where its servers are: not on anybody's path
BIN = Path(shutil.which("pg_ctl") or next(reversed(DEBIAN), "pg_ctl")).resolve().parent


@pytest.fixture(scope="session")
def postgres() -> Iterator[tuple[str, str]]:
    """A PostgreSQL server of our own, which asks for a password: (address, password). It does not run as root."""
    if not (BIN / "initdb").exists():
        pytest.skip("PostgreSQL is not installed: install Debian's `postgresql` to run this test")
    folder = Path(tempfile.mkdtemp(prefix="celosia-pg-"))  # whoever the server runs as must get in: not below pytest's
    user: dict[str, Any] = {}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        shutil.chown(folder, nobody.pw_uid, nobody.pw_gid)
    secret, data = "contra-seña", folder / "datos"
    (folder / "clave").write_text(secret)
    (folder / "clave").chmod(0o644)
    port = 40_000 + os.getpid() % 20_000

    def run(*command: object) -> None:
        subprocess.run(
            [str(part) for part in command], check=True, capture_output=True, cwd=folder, env={"LC_ALL": "C"}, **user
        )

    run(
        BIN / "initdb", "-D", data, "-U", "lectora", "-A", "scram-sha-256", f"--pwfile={folder / 'clave'}", "-E", "UTF8"
    )
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    run(BIN / "pg_ctl", "-D", data, "-w", "-t", 60, "-o", options, "-l", folder / "log", "start")
    try:
        yield f"postgresql+psycopg://lectora@127.0.0.1:{port}/postgres", secret
    finally:
        run(BIN / "pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder)
