"""The command: verbs, words in two languages, exit codes, and what it says when it does not understand."""

from __future__ import annotations

import ast
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline import ROOT
from pipeline.cli.console import Teller, drawn, grid
from pipeline.cli.errors import MESSAGES, explain
from pipeline.cli.main import UNEXPECTED, main
from pipeline.model.findings import EXIT_CODES, Finding, PipelineError
from pipeline.wording import texts
from tests.conftest import TINY

WORDS = texts.load(MESSAGES, ("es", "en"))
BLANK = re.compile(r"{(\w+)}")


def tiny(verb: str, *arguments: object) -> int:
    return main([verb, "--institute", str(TINY), *map(str, arguments)])


def test_a_sample_is_dealt_checked_published_and_audited(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    raw, published = tmp_path / "raw", tmp_path / "published"
    assert tiny("sample", "--raw", raw, "--rows", 400) == 0
    assert "visitas.csv: 400 renglones sintéticos" in capsys.readouterr().out
    assert tiny("check", "--raw", raw) == 0
    assert "visitas: 400 renglones, sin errores" in capsys.readouterr().out
    for edition in ("2025-T3", "2025-T4"):
        assert tiny("publish", "--raw", raw, "--published", published, "--edition", edition) == 0
        shown = capsys.readouterr()
        assert f"Edición {edition} publicada en " in shown.out
        assert "visitas: 400 renglones leídos" in shown.out
        assert "nan" not in shown.out
        folder = published / edition
        tables = json.loads((folder / "release.json").read_text(encoding="utf-8"))["tables"].values()
        cells, withheld = (sum(table[key] for table in tables) for key in ("cells", "withheld"))
        assert re.search(rf"todas las tablas +{cells} +{withheld} ", shown.out), "as release.json and the site count"
        certificate = json.loads((folder / "audit.json").read_text(encoding="utf-8"))
        assert f"{certificate['figures']:,} cifras y {certificate['withheld']} celdas" in shown.out, (
            "as audit.json does"
        )
        for step in ("ingest", "count", "protect", "package", "swap"):
            assert WORDS["es"](f"steps.{step}").partition("{")[0].strip() in shown.err
    assert tiny("audit", "--published", published) == 0
    assert "ninguna exposición" in capsys.readouterr().out
    assert main(["audit", str(published / "2025-T3"), "--lang", "en"]) == 0
    assert "no exposure" in capsys.readouterr().out


def test_without_an_edition_the_last_one_is_published(raw: Path, tmp_path: Path) -> None:
    assert tiny("publish", "--raw", raw, "--published", tmp_path / "p", "--quiet") == 0
    assert [path.name for path in (tmp_path / "p").iterdir()] == ["2025-T4"]


def test_progress_is_plain_lines_where_there_is_no_terminal_and_none_if_quiet(
    raw: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert tiny("check", "--raw", raw) == 0
    shown = capfd.readouterr()
    assert shown.err.splitlines() == ["Leyendo los registros…", "Validando 800 registros…"]
    assert "\x1b" not in shown.err + shown.out
    assert tiny("check", "--raw", raw, "--quiet") == 0
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("language", ["es", "en"])
def test_help_and_mistakes_in_the_order_are_in_the_operators_language(
    language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["publish", "--lang", language, "--help"])
    assert stopped.value.code == 0
    assert WORDS[language]("help.quarantine").split()[0] in capsys.readouterr().out
    for order in (["--lang", language], ["publicar", f"--lang={language}"], ["publish", "--raro", "--lang", language]):
        with pytest.raises(SystemExit) as stopped:
            main(order)
        assert stopped.value.code == EXIT_CODES["usage"] == 2
        said = capsys.readouterr().err
        assert WORDS[language]("errors.usage") in said
        assert WORDS[language]("after.usage") in said


@pytest.mark.parametrize(
    ("order", "es", "en"),
    [
        (["publicar"], "VERBO no puede ser 'publicar'; es uno de: ", "VERB cannot be 'publicar'; it is one of: "),
        (["publish", "--effort", "much"], "--effort no puede ser 'much'", "--effort cannot be 'much'"),
        (["sample", "--rows", "diez"], "--rows debe ser un número, no 'diez'.", "--rows must be a number, not 'diez'."),
        (["publish", "--quarantine", "x"], "--quarantine debe ser una parte", "--quarantine must be a part"),
        (["publish", "--raw"], "--raw necesita un valor.", "--raw needs a value."),
        (["publish", "--raro"], "No se conoce: --raro.", "Not known: --raro."),
        (["publish", "--e", "x"], "--e puede ser cualquiera de: ", "--e may be any of: "),
        (["check", "--quiet=1"], "--quiet no lleva valor.", "--quiet takes no value."),
        ([], "Falta: ", "Missing: "),
    ],
)
def test_what_was_mistyped_is_said_in_the_operators_language(
    order: list[str], es: str, en: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for language, words in (("es", es), ("en", en)):
        with pytest.raises(SystemExit) as stopped:
            main([*order, f"--lang={language}"])
        assert stopped.value.code == 2
        assert f"{WORDS[language]('errors.usage')} {words}" in capsys.readouterr().err


def test_exit_codes_are_stable_and_told_by_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert EXIT_CODES == {
        "usage": 2,
        "plan": 10,
        "records": 11,
        "disclosure": 12,
        "package": 13,
        "text": 14,
        "system": 15,
    }
    with pytest.raises(SystemExit):
        main(["--help"])
    shown = capsys.readouterr().out
    assert all(str(code) in shown for code in EXIT_CODES.values())


def test_publications_that_are_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tiny("audit", "--published", tmp_path) == 13
    assert "no hay ninguna edición publicada" in capsys.readouterr().err
    assert main(["audit", str(tmp_path / "nada"), "--lang", "en"]) == 13
    assert "there is no such file" in capsys.readouterr().err
    assert tiny("pages", "--published", tmp_path, "--output", tmp_path / "site") == 13
    assert "no hay ninguna edición publicada" in capsys.readouterr().err


def test_a_figure_put_back_by_hand_is_seen(published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = published / "2025-T4" / "tables" / "visitas_por_area.csv"
    path.write_text(path.read_text().replace(",,,Q,C", ",4,3,A,F", 1))
    assert main(["audit", str(published / "2025-T4"), "--lang", "en"]) == 13
    assert "its content is not the one that SHA256SUMS says" in capsys.readouterr().err


def test_rows_are_named_one_many_or_counted() -> None:
    def told(**facts: object) -> str:
        error = PipelineError("records", [Finding.of("v.csv", "enum", column="edad", **facts)])
        return explain(error, WORDS["es"])[1]

    assert told(rows="7", count=1).startswith("  · v.csv, columna «edad», renglón 7: ")
    assert told(rows="7, 9", count=2).startswith("  · v.csv, columna «edad», renglones 7, 9: ")
    assert "renglones 7, 9 y más (40 en total): " in told(rows="7, 9", count=40)


def test_an_exposure_names_its_cell_and_never_a_number() -> None:
    facts = (("rule", "2"), ("editions", "2025-T4"), ("area", "legal"), ("periodo", "2025"))
    error = PipelineError("disclosure", [Finding("tables/t.csv", "exposed_withheld", facts)])
    (line,) = explain(error, WORDS["en"])[1:-1]
    assert "area “legal”, periodo “2025”" in line
    assert "2025-T4" in line


def test_a_cell_that_nobody_published_is_told_in_words() -> None:
    """Not in the notation by which the program names what is left of a group."""
    facts = (("rule", "6"), ("editions", "2025-T4"), ("periodo", "2025!2025-T1-T3"), ("tipo", "!fisica"))
    error = PipelineError("disclosure", [Finding("tables/t.csv", "exposed_revised", facts)])
    (line,) = explain(error, WORDS["es"])[1:-1]
    assert "periodo «2025 sin 2025-T1-T3», tipo «sin fisica»" in line
    late = Finding.of("visitas", "late_records", periods="2024, 2025!2025-T1-T3", edition="2025-T4")
    assert "de 2024, 2025 sin 2025-T1-T3 y" in explain(PipelineError("disclosure", [late]), WORDS["es"])[1]
    whole = PipelineError("disclosure", [Finding("visitas", "exposed_published", facts[:2])])
    assert "en el total se publica" in explain(whole, WORDS["es"])[1]


def test_a_rule_of_the_institute_is_told_by_its_name() -> None:
    error = PipelineError("records", [Finding.of("v.csv", "servicio_de_area", column="area", rows="2", count=1)])
    assert "no cumple la regla «servicio_de_area»" in explain(error, WORDS["es"])[1]


def findings() -> list[tuple[str, str, set[str]]]:
    """(place in the source, rule, names of the facts) of every finding that a module makes with a plain name."""
    found = []
    for path in sorted((ROOT / "pipeline").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name not in ("wrong", "of", "stop", "Unreadable", "Refused", "_told"):
                continue
            # `Unreadable(rule, …)` and a local `wrong(rule, …)` do not know the place, or know it already
            local = name in ("Unreadable", "Refused", "_told") or (name == "wrong" and isinstance(node.func, ast.Name))
            at = {"stop": 2}.get(name, 0 if local else 1)
            rule = node.args[at] if len(node.args) > at else None
            if isinstance(rule, ast.Constant) and isinstance(rule.value, str):
                facts = {keyword.arg or "**" for keyword in node.keywords}
                facts |= (
                    {"what", "instead"} if "kind" in facts else set()
                )  # words of `identities.<kind>`, put in by cli
                found.append((f"{path.name}:{node.lineno}", rule.value, facts))
    return found


CHECKED = {"missing_value", "not_a_period", "type", "enum", "pattern", "minimum", "maximum", "minLength", "maxLength",
           "unique", "primary_key", "primary_key_empty", "key_variants", "key_rounded", "key_placeholder", "share_empty", "share_unspecified", "share_recoded", "period_shrank", "period_vanished", "foreign_key", "foreign_key_refused", "blank_row", "before_first_month", "after_cut_off",
           "exposed_published", "exposed_complement", "exposed_withheld", "exposed_exact", "exposed_equal",
           "disk_full", "not_writable", "not_a_folder", "not_permitted", "too_many_files", "disk_failing", "name_too_long",
           "exposed_revised", "exposed_overlap", "exposed_zero", "exposed_sums", "exposed_quality", "exposed_certificate", "unknown_column", "unnamed_column", "unknown_columns", "unnamed_columns",
           "header_again", "scant_row", "busy_database", "broken_database", "newer_database", "beside_database", "undecodable_text", "bad_query", "no_database", "closed_rows", "unread_value",
           "no_file", "read_already", "failed_formula", "uncomputed_formula", "unread_cell",
           "leak_trace", "leak_key", "leak_contact", "leak_metadata",
           "wrong_type", "not_one_of", "one_character", "one_key", "wrong_form", "too_small", "too_large", "too_long", "nothing_there", "repeated_item"}  # fmt: skip
"""Rules whose names are made at run time: those of Frictionless and of validate, of the door, of the audit, of the scanner, of the
schemas, and of the computer."""


def test_every_rule_has_words_in_both_languages_and_every_blank_is_filled() -> None:
    assert len(findings()) > 100
    wrong: list[tuple[object, ...]] = []
    for language, words in WORDS.items():
        for place, rule, facts in findings():
            if not words.has(f"rules.{rule}"):
                wrong.append((language, place, rule))
            elif "**" not in facts and not set(BLANK.findall(words.words[f"rules.{rule}"])) <= facts:
                wrong.append((language, place, rule, facts))
        wrong += [(language, rule) for rule in CHECKED if not words.has(f"rules.{rule}")]
    assert wrong == []


def test_no_words_are_for_a_rule_that_nobody_raises() -> None:
    raised = {rule for _, rule, _ in findings()} | CHECKED | {"other", "missing_file", "not_yaml", "not_utf8"}
    assert {key[6:] for key in WORDS["es"].words if key.startswith("rules.")} - raised == set()


def test_every_kind_of_error_has_its_words() -> None:
    for kind in EXIT_CODES:
        for words in WORDS.values():
            assert explain(PipelineError(kind, []), words)[0] == words(f"errors.{kind}", count=0, code=EXIT_CODES[kind])


def test_a_fault_of_the_program_tells_its_kind_and_place_only(
    raw: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(*_: object) -> None:
        raise ValueError("Ana, 2025-01, legal")

    monkeypatch.setattr("pipeline.workflows.check.ingest", fails)
    assert tiny("check", "--raw", raw) == UNEXPECTED == 70
    said = capsys.readouterr().err
    assert "ValueError" in said
    assert "test_cli.py:" in said
    assert "Ana" not in said


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_progress_is_a_line_that_goes_away_and_what_matters_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setattr(sys, "stderr", screen := Terminal())
    tell = Teller(WORDS["es"])
    tell("ingest")
    for done in range(5):
        tell("charts", done=done, of=86)
    tell("held")
    tell("count", tables=3)
    tell.stop()
    tell.stop()
    said = screen.getvalue()
    assert WORDS["es"]("steps.held") + "\n" in said
    assert "━" in said  # the bar
    assert said.count("\x1b[?25l") == said.count("\x1b[?25h") == 2  # the cursor is hidden while it moves, and is back
    assert said.rstrip("\x1b[2K1A\r").endswith("\x1b[?25h")


def test_where_there_is_no_terminal_a_long_step_is_two_lines(capsys: pytest.CaptureFixture[str]) -> None:
    tell = Teller(WORDS["en"])
    tell("derive", done=1, of=2)
    for language in range(2):
        tell("stage", done=language, of=2)
        for chart in range(43):
            tell("charts", done=43 * language + chart, of=86)
    assert len(capsys.readouterr().err.splitlines()) == 4


def test_a_table_is_never_cut_where_there_is_no_terminal() -> None:
    long = "una tabla de nombre largo " * 20
    assert long.strip() in drawn(grid(["Tabla", "Celdas"], [[long, "7"]], words=1))


def test_the_command_is_installed_as_a_module_too() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "pipeline", "audit", "nada", "--lang", "en"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 13
    assert "Traceback" not in run.stderr
    assert "datapackage.json: there is no such file" in run.stderr


HEAVY = (
    "altair",
    "duckdb",
    "frictionless",
    "highspy",
    "mkdocs",
    "numpy",
    "pandas",
    "pyarrow",
    "scipy",
    "typst",
    "vl_convert",
)


@pytest.mark.parametrize("order", [["--help"], ["publish", "--help"], ["--lang", "en", "chek"]])
def test_who_asks_for_help_waits_for_no_library(order: list[str]) -> None:
    told = f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    program = f"import sys\nfrom pipeline.cli.main import main\ntry:\n main({order!r})\nexcept SystemExit:\n {told}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stderr.splitlines()[-1] == "[]"


def test_rows_that_would_be_set_aside_are_known_before_publishing(
    raw: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = raw / "visitas.csv"
    path.write_text(re.sub(r",\w+,\w+,(joven|adulta|mayor),", ",legal,asesoria,antigua,", path.read_text(), count=1))
    published = ["--raw", raw, "--published", tmp_path / "p"]
    for verb, places in (("check", published[:2]), ("protect", published)):
        assert tiny(verb, *places, "--quiet") == 11
        assert tiny(verb, *places, "--quiet", "--quarantine", 0.0001) == 11  # more than that
        capsys.readouterr()
        assert tiny(verb, *places, "--quiet", "--quarantine", 0.3) == 0
    assert tiny("check", *published[:2], "--quiet", "--quarantine", 0.3) == 0
    said = capsys.readouterr().out
    assert "visitas: 400 renglones, de los que se apartarían 1" in said
    assert "1 rechazados, columna «edad»: " in said
    assert "antigua" not in said


def test_a_draft_of_a_correction_writes_nothing_into_the_folder_of_the_institute(
    institute: Path, raw: Path, published: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (institute / "institute.yaml").read_bytes()
    order = [
        "publish",
        "--institute",
        institute,
        "--raw",
        raw,
        "--published",
        published,
        "--quiet",
        "--effort",
        "quick",
    ]
    order += ["--amend", "Se corrige.", "--date", "2031-02-03", "--draft", tmp_path / "drafts"]
    assert main([*map(str, order)]) == 0
    assert "Borrador de la edición 2025-T4.1" in capsys.readouterr().out
    assert (institute / "institute.yaml").read_bytes() == before
    assert main(["audit", *map(str, (*published.iterdir(), tmp_path / "drafts" / "2025-T4.1"))]) == 0


def test_setting_rows_aside_is_offered_only_where_it_helps(
    raw: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Single slips may be set aside; what is lacking, twice there or wrong everywhere may not."""
    rows = (raw / "visitas.csv").read_text(encoding="utf-8").splitlines()

    def said(*lines: str) -> str:
        (tmp_path / "visitas.csv").write_text("\n".join([*lines, ""]), encoding="utf-8")
        (tmp_path / "reportes.csv").write_bytes((raw / "reportes.csv").read_bytes())
        assert tiny("check", "--raw", tmp_path, "--quiet") == 11
        return capsys.readouterr().err

    slip = rows[9].replace(",legal,", ",leal,").replace(",social,", ",socal,")
    assert "--quarantine 0.003 " in said(*rows[:9], slip, *rows[10:])
    assert "--quarantine" not in said(rows[0].replace("area", "zona_de"), *rows[1:])
    assert "--quarantine" not in said(rows[0], *(row for row in rows[1:] if "2025-05" not in row))
    assert "--quarantine" not in said(rows[0], *(row.replace(",legal,", ",leal,") for row in rows[1:]))
