"""What runs by itself never sees a record, publishes nothing, and runs commands that exist."""

from __future__ import annotations

import configparser
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli.errors import MESSAGES
from pipeline.cli.parser import parser
from pipeline.model import yaml12
from pipeline.wording import texts
from tests.docs.manual import DOCS

FOLDER = DOCS / "automation"
FILES = sorted(FOLDER.iterdir())


def orders(path: Path) -> list[list[str]]:
    """Every order that a file gives to the program, as words; comments are left out."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.lstrip().startswith("#")]
    found = re.findall(
        r"(?:^|[\s/])celosia ((?:check|sample|audit|diff|pages|publish|protect|verify)\b[^>\n]*)", "\n".join(lines)
    )
    return [shlex.split(each) for each in found]


def steps(job: dict[str, Any]) -> str:
    return "\n".join(step.get("run", "") for step in job["steps"])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_its_orders_exist_and_none_of_them_publishes(path: Path) -> None:
    known = parser(texts.load(MESSAGES, ("es",))["es"])
    verbs = [known.parse_args(order).verb for order in orders(path)]
    assert "publish" not in verbs
    assert verbs or path.suffix == ".timer" or path.name == "Containerfile"


def test_the_workflow_of_github_stops_at_records_and_may_write_nothing_but_the_site() -> None:
    read = yaml12.read((FOLDER / "github.yml").read_text(encoding="utf-8"))[0]
    check, deploy = read["jobs"]["check"], read["jobs"]["deploy"]
    assert read["permissions"] == {}
    assert check["permissions"] == {"contents": "read"}
    assert deploy["permissions"] == {"pages": "write", "id-token": "write"}
    assert deploy["needs"] == "check"
    assert check["steps"][0]["with"]["persist-credentials"] is False
    assert steps(check).index("git ls-files data/raw") < steps(check).index("pip install")
    used = [step["uses"] for job in (check, deploy) for step in job["steps"] if "uses" in step]
    assert len(used) == 4
    assert all(re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", each) for each in used)


@pytest.mark.parametrize(
    ("name", "schema", "more"),
    [
        ("github.yml", "vendor.github-workflows", ()),
        ("gitlab-ci.yml", "vendor.gitlab-ci", ("--data-transform", "gitlab-ci")),
    ],
)
def test_it_is_what_the_host_takes(name: str, schema: str, more: tuple[str, ...], tmp_path: Path) -> None:
    order = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *more]
    assert subprocess.run([*order, FOLDER / name], capture_output=True).returncode == 0
    wrong = tmp_path / name
    wrong.write_text(
        (FOLDER / name).read_text(encoding="utf-8").replace("script:", "scripts:").replace("runs-on:", "run-on:")
    )
    assert subprocess.run([*order, wrong], capture_output=True).returncode == 1


def test_an_attacker_finds_nothing_in_the_workflow_of_github(tmp_path: Path) -> None:
    def found(path: Path) -> list[str]:
        order = [
            str(Path(sys.executable).with_name("zizmor")),
            "--offline",
            "--persona=pedantic",
            "--format=json",
            str(path),
        ]
        return [each["ident"] for each in json.loads(subprocess.run(order, capture_output=True, check=False).stdout)]

    assert found(FOLDER / "github.yml") == []
    open_door = tmp_path / "github.yml"
    open_door.write_text(re.sub(r"@[0-9a-f]{40}", "@main", (FOLDER / "github.yml").read_text(encoding="utf-8")))
    assert "unpinned-uses" in found(open_door)


def test_the_pipeline_of_gitlab_stops_at_records_before_it_installs_anything() -> None:
    read = yaml12.read((FOLDER / "gitlab-ci.yml").read_text(encoding="utf-8"))[0]
    assert read["default"]["before_script"][0] == "test ! -d data/raw"
    assert read["pages"]["artifacts"]["paths"] == ["public"]


def test_no_order_of_a_server_reads_the_folder_of_records() -> None:
    for name in ("github.yml", "gitlab-ci.yml"):
        for order in orders(FOLDER / name):
            if order[0] in ("check", "sample"):
                assert "invented" in order[order.index("--raw") + 1], order


def test_the_service_of_the_office_has_no_network_and_its_timer_starts_it() -> None:
    units = configparser.ConfigParser(interpolation=None)
    units.optionxform = str  # type: ignore[assignment, method-assign]
    units.read([FOLDER / "celosia-check.service", FOLDER / "celosia-check.timer"], encoding="utf-8")
    assert units["Service"]["RestrictAddressFamilies"] == "AF_UNIX"
    assert units["Service"]["UMask"] == "0077"
    assert units["Timer"]["OnCalendar"]


def test_nobody_is_root_in_the_container_and_it_holds_no_record() -> None:
    text = (FOLDER / "Containerfile").read_text(encoding="utf-8")
    instructions = re.findall(r"^(FROM|COPY|RUN|ENV|USER|WORKDIR|ENTRYPOINT|CMD|ADD) (.+)", text, re.MULTILINE)
    assert [argument for name, argument in instructions if name == "USER"][-1].isdigit()
    assert [argument for name, argument in instructions if name in ("COPY", "ADD")] == ["celosia-*.whl /tmp/"]


def test_every_file_stands_in_the_manual_of_both_languages() -> None:
    for language in ("es", "en"):
        text = (DOCS / language / "automatizacion.md").read_text(encoding="utf-8")
        assert {path.name for path in FILES} == set(re.findall(r'--8<-- "automation/([^"]+)"', text))
