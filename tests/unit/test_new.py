"""`celosia new`: a folder that holds from the first minute, whatever is chosen, and that explains itself."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from pipeline.cli.console import Teller
from pipeline.cli.errors import MESSAGES
from pipeline.cli.main import main
from pipeline.cli.questions import asker
from pipeline.confidential.storage.workspace import Store
from pipeline.institute.files import SCHEMA
from pipeline.institute.load import load
from pipeline.model import yaml12
from pipeline.model.findings import PipelineError
from pipeline.scaffold import commented
from pipeline.scaffold.draft import explained
from pipeline.scaffold.library import Answers, library
from pipeline.wording import texts
from pipeline.workflows import new, sample
from pipeline.workflows.check import check
from tests.conftest import silent

WORDS = texts.load(MESSAGES, ("es", "en"))
EVERY = tuple(library()["records"])


@pytest.mark.parametrize("records", [*((name,) for name in EVERY), EVERY], ids=[*EVERY, "all"])
@pytest.mark.parametrize("languages", [("es",), ("en", "pt")], ids="-".join)
def test_whatever_is_chosen_the_folder_holds_and_its_sample_passes(
    tmp_path: Path, records: tuple[str, ...], languages: tuple[str, ...]
) -> None:
    asked = Answers("Instituto", "2025-T4", "Toluca, México", languages, records, ("Norte", "Sur", "Centro"), 7)
    new.new(tmp_path / "institute", asked, WORDS["es"])
    plan = load(tmp_path / "institute")
    assert tuple(plan.resources) == records
    assert plan.facts["disclosure"]["threshold"] == 7
    assert {table.resource for table in plan.tables} == set(records) == {topic["id"] for topic in plan.site["topics"]}
    sample.write(plan, tmp_path / "raw", seed=1, rows=1_500)
    with Store() as store:
        read, verdict = check(plan, tmp_path / "raw", store, silent)
        assert not verdict.findings
        assert not verdict.lacking
        assert all(found.rows for found in read.values())


def test_its_sample_is_published_and_nothing_of_it_is_withheld_without_need(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    given = ["--name", "Instituto de Prueba", "--edition", "2026-T1", "--zones", "Norte", "Sur", "--languages", "es"]
    assert main(["new", *given, "--records", *EVERY]) == 0
    said = capsys.readouterr().out
    assert "celosia sample` escribe" in said
    assert main(["sample", "--rows", "3000"]) == 0
    assert main(["publish", "--quiet"]) == 0
    assert "ninguna exposición" in capsys.readouterr().out
    assert (tmp_path / "data" / "published" / "2026-T1" / "datapackage.json").is_file()


def test_what_is_left_to_decide_is_told_with_the_line_in_which_it_stands(tmp_path: Path) -> None:
    folder = tmp_path / "institute"
    for language, mark in (("es", "# decida: "), ("en", "# decide: ")):
        _, left, _ = new.new(folder / language, Answers("Instituto", "2025", languages=("es", "en")), WORDS[language])
        assert {file for file, _, _ in left} == {"institute.yaml"}
        lines = (folder / language / "institute.yaml").read_text(encoding="utf-8").splitlines()
        assert [lines[line - 1] for _, line, _ in left] == [f"{mark}{asks}" for _, _, asks in left]
        assert sum(line.startswith(mark.strip()) for line in lines) == len(left) == 7


def test_each_key_of_the_institute_has_its_explanation_above(tmp_path: Path) -> None:
    new.new(tmp_path / "i", Answers("Instituto", "2025-T4", "Toluca"), WORDS["es"])
    lines = (tmp_path / "i" / "institute.yaml").read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        if line and not line.startswith(("#", " ")):
            assert f"# {explained()['institute'][line.partition(':')[0]]['es']}" in lines[number - 2 : number]


@pytest.mark.parametrize("shape", ["institute", "resource", "field", "source", "charts"])
def test_every_key_that_the_program_knows_is_explained_in_both_languages_and_no_other(shape: str) -> None:
    schema = yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))
    assert set(explained()[shape]) == set(schema[shape]["properties"])
    assert all(set(text) == {"es", "en"} and all(text.values()) for text in explained()[shape].values())


def test_the_keys_of_a_table_are_explained() -> None:
    schema = yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))
    assert set(explained()["tables"]) == set(schema["tables"]["items"]["properties"])


def test_a_folder_that_holds_something_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "i").mkdir()
    (tmp_path / "i" / "nota.txt").write_text("mía", encoding="utf-8")
    with pytest.raises(PipelineError) as stopped:
        new.new(tmp_path / "i", Answers("Instituto", "2025-T4"), WORDS["es"])
    assert [finding.rule for finding in stopped.value.findings] == ["folder_not_empty"]
    assert [path.name for path in tmp_path.rglob("*")] == ["i", "nota.txt"]


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        ({"edition": "2025-T4"}, "answer_missing"),
        ({"name": "Instituto"}, "answer_missing"),
        ({"name": "I", "edition": "2025-T5"}, "wrong_form"),
        ({"name": "I", "edition": "2025", "first_month": "2025-13"}, "wrong_form"),
        ({"name": "I", "edition": "2025", "records": ("atencion",)}, "answer_unknown"),
        ({"name": "I", "edition": "2025", "zones": ("Norte", "norte ")}, "repeated_item"),
        ({"name": "I", "edition": "2025", "languages": ("fr",)}, "answer_unknown"),
        ({"name": "I", "edition": "2025", "serves": "todos"}, "answer_unknown"),
        ({"name": "I", "edition": "2025", "threshold": "cinco"}, "wrong_type"),
        ({"name": "I", "edition": "2025", "threshold": "2"}, "too_small"),
    ],
)
def test_an_answer_that_is_missing_or_means_nothing_is_named(given: dict[str, object], rule: str) -> None:
    with pytest.raises(PipelineError) as stopped:
        new.answers(given, None)
    assert stopped.value.kind == "usage"
    assert [finding.rule for finding in stopped.value.findings] == [rule]


def test_questions_are_asked_only_for_what_was_not_said() -> None:
    said = {
        "name": "Instituto de Prueba",
        "zones": "Norte, Valle de Bravo",
        "records": "llamadas, casos",
        "threshold": "8",
    }
    asked: list[str] = []

    def ask(name: str, wrong: PipelineError | None) -> str | None:
        assert wrong is None
        asked.append(name)
        return said.get(name, "")

    found = new.answers({"edition": "2025-T4"}, ask)
    assert "edition" not in asked
    assert found == Answers("Instituto de Prueba", "2025-T4", records=("llamadas", "casos"), zones=("Norte", "Valle de Bravo"), threshold=8)  # fmt: skip


def test_an_answer_that_means_nothing_is_asked_for_again_at_once() -> None:
    said = iter(
        [
            "",
            "Instituto",
            "",
            "nadie",
            "mujeres",
            "",
            "casos zz",
            "casos atenciones casos",
            "",
            "2",
            "x",
            "6",
            "2025-T9",
            "2025-T4",
        ]
    )
    wrong: list[str] = []

    def ask(name: str, error: PipelineError | None) -> str | None:
        wrong.extend(f"{name} {finding.rule}" for finding in (error.findings if error else ()))
        return next(said)

    found = new.answers({}, ask)
    assert found == Answers("Instituto", "2025-T4", records=("casos", "atenciones"), threshold=6, serves="mujeres")
    assert wrong == [
        "name answer_missing", "serves answer_unknown", "records answer_unknown", "threshold too_small", "threshold wrong_type",
        "edition wrong_form",
    ]  # fmt: skip


def test_whoever_sits_at_a_terminal_chooses_from_lists(capsys: pytest.CaptureFixture[str]) -> None:
    enter, space, down = "\r", " ", "\x1b[B"
    keys = [
        f"Instituto de Prueba{enter}{enter}",
        f"{down}{enter}",  # the second of whom it may serve
        f"{down}{space}{enter}",  # a second language beside the one that is marked
        f"{space}{down}{space}{enter}",  # not the record type that is marked, but the second
        f"Norte, Sur{enter}2{enter}6{enter}2025-T9{enter}2025-T4{enter}",
    ]
    with create_pipe_input() as typed, create_app_session(input=typed, output=DummyOutput()):
        typed.send_text("".join(keys))
        found = new.answers({}, asker(WORDS["es"], Teller(WORDS["es"], quiet=True)))
    records, languages = (tuple(new.choices(name, "es")[0]) for name in ("records", "languages"))
    assert found == Answers(
        "Instituto de Prueba", "2025-T4", languages=tuple(sorted({"es", languages[1]}, key=languages.index)),
        records=(records[1],), zones=("Norte", "Sur"), threshold=6, serves="mujeres",
    )  # fmt: skip
    said = capsys.readouterr().err
    assert said.count("\n") == 2  # a threshold too small, a quarter that there is not
    assert "2025-T9" not in said


def test_whoever_ends_the_input_is_asked_no_more() -> None:
    with create_pipe_input() as typed, create_app_session(input=typed, output=DummyOutput()):
        typed.send_text("\x04")
        assert asker(WORDS["en"], Teller(WORDS["en"], quiet=True))("name", None) is None
        typed.send_text("\x03")
        with pytest.raises(KeyboardInterrupt):
            asker(WORDS["en"], Teller(WORDS["en"], quiet=True))("records", None)


def test_nobody_who_left_is_asked_for_ever() -> None:
    with pytest.raises(PipelineError) as stopped:
        new.answers({}, lambda name, wrong: None)
    assert [finding.rule for finding in stopped.value.findings] == ["answer_missing"]


@pytest.mark.parametrize(("serves", "measure"), [("personas", "personas"), ("mujeres", "usuarias")])
def test_whom_it_serves_is_what_it_counts_and_what_its_site_says(tmp_path: Path, serves: str, measure: str) -> None:
    new.new(tmp_path / "i", Answers("Instituto", "2025-T4", serves=serves), WORDS["es"])
    plan = load(tmp_path / "i")
    assert plan.serves == serves
    assert {resource.persons for resource in plan.resources.values()} == {measure}
    words = texts.of_plan(plan)["es"]
    assert words.has(f"units.{measure}")
    assert ("mujeres" in words("chart.legend")) == (serves == "mujeres")
    for name in ("records.package.yaml", "institute.yaml", "sources.yaml", "charts.yaml"):
        assert ("usuaria" in (tmp_path / "i" / name).read_text(encoding="utf-8")) <= (serves == "mujeres"), name


@pytest.mark.parametrize(
    "value",
    [
        {
            "a": ["no", "18_24", "2025-12", "079", "1e3", "~", "", "x: y", "# z", "a, b", "'", '"', "Sí", "true"],
            "b": {},
        },
        [{"id": "uno", "largo": {str(n): "x" * 40 for n in range(6)}}, {"id": "dos", "lista": ["y" * 60] * 4}],
        {
            "yes": True,
            "no": False,
            "n": 5,
            "nada": None,
            "anidado": [{"id": "a", "b": [{"name": "c", "d": {"e": "f"}}]}],
        },
    ],
)
def test_what_is_written_is_read_again_as_it_was(value: object) -> None:
    comments = {("a",): ["una nota"], ("uno", "largo", "3"): ["otra"], ("anidado", "a", "b", "c", "d"): ["dentro"]}
    read, repeated = yaml12.read(commented.document(value, comments, ["cabeza"]))
    assert (read, repeated) == (value, [])
