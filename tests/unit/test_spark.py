"""Counting on a Spark cluster gives the counts of DuckDB: a local standalone master with two workers of our own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from pipeline.cli.main import main
from pipeline.confidential.tabulation.count import count
from pipeline.confidential.tabulation.engines import Spark
from pipeline.institute.plan import Plan
from tests import records
from tests.conftest import TINY, content

pyspark = pytest.importorskip("pyspark", reason="Spark is not installed: pip install celosia[spark]")
pytestmark = pytest.mark.slow
WAIT = 60


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a master with two workers of one core each."""
    if not shutil.which("java"):
        pytest.skip("Java is not installed: install Debian's `openjdk-17-jre-headless` to run this test")
    folder, port = tmp_path_factory.mktemp("spark"), free_port()
    address = f"spark://127.0.0.1:{port}"
    start = Path(pyspark.__file__).parent / "bin" / "spark-class"
    # One machine alone: the names of a laptop or a container do not always lead to it.
    env = {**os.environ, "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_MASTER_OPTS": "-Dspark.master.rest.enabled=false"}
    master = ("master.Master", "--host", "127.0.0.1", "--port", str(port), "--webui-port", str(free_port()))
    worker = (
        "worker.Worker",
        "--host",
        "127.0.0.1",
        "--cores",
        "1",
        "--memory",
        "1g",
        "--webui-port",
        "0",
        "-d",
        str(folder),
    )
    running = []
    try:
        for number, (kind, *words) in enumerate((master, (*worker, address), (*worker, address))):
            log = (folder / f"{number}.log").open("wb")
            command = [str(start), f"org.apache.spark.deploy.{kind}", *words]
            running.append(subprocess.Popen(command, stdout=log, stderr=log, env=env))
            started(folder / f"{number}.log", "New state: ALIVE" if number == 0 else "Successfully registered")
        yield address
    finally:
        for process in reversed(running):
            process.terminate()
            process.wait()


def started(log: Path, words: str) -> None:
    """Waits until a log says so."""
    until = time.monotonic() + WAIT
    while words not in log.read_text(errors="replace"):
        assert time.monotonic() < until, log.read_text(errors="replace")
        time.sleep(0.2)


def test_counts_do_not_depend_on_the_engine(
    cluster: str, plan: Plan, records_of_tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
    found = records.read(plan, records_of_tiny)
    refused = {"visitas": records.refused(found["visitas"], range(0, 400, 7))}
    with Spark(cluster) as spark:
        counted = count(found, plan, plan.editions[-1], spark, refused)
    expected = records.counted(found, plan, plan.editions[-1], refused)
    for table, frame in expected.tables.items():
        pd.testing.assert_frame_equal(counted.tables[table], frame)


def test_the_same_edition_comes_from_a_cluster_byte_for_byte(
    cluster: str, raw: Path, editions_of_tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
    arguments = [
        "--institute",
        str(TINY),
        "--raw",
        str(raw),
        "--published",
        str(tmp_path / "p"),
        "--edition",
        "2025-T3",
    ]
    assert main(["publish", *arguments, "--engine", "spark", "--master", cluster]) == 0
    assert content(tmp_path / "p" / "2025-T3") == content(editions_of_tiny / "2025-T3")
