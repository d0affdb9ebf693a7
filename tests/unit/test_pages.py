"""The build of the site: words complete in every language, one small stylesheet, pages that hold what is published."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from pipeline.cli.main import main
from pipeline.institute import load as planning
from pipeline.model.findings import PipelineError
from pipeline.public.site import stylesheet
from pipeline.public.site.page import first_words
from pipeline.wording import texts

ROOT = Path(__file__).parents[2]


def write(folder: Path, **languages: object) -> Path:
    for language, words in languages.items():
        (folder / f"{language}.yaml").write_text(yaml.safe_dump(words, allow_unicode=True), encoding="utf-8")
    return folder


def rules(folder: Path, *languages: str) -> set[tuple[str, str]]:
    with pytest.raises(PipelineError) as stopped:
        texts.load(folder, languages)
    assert stopped.value.exit_code == 14
    return {(finding.where, finding.rule) for finding in stopped.value.findings}


def test_the_words_of_the_site_are_complete_in_every_language() -> None:
    packs = texts.packs()
    assert {"es", "en", "pt"} <= set(packs)
    assert set(texts.load(ROOT / "site" / "texts", packs)) == set(packs)


@pytest.mark.parametrize("language", texts.packs())
def test_what_is_said_otherwise_of_some_people_takes_the_place_of_words_that_are_there(language: str) -> None:
    content = yaml.safe_load((ROOT / "site" / "texts" / f"{language}.yaml").read_text(encoding="utf-8"))
    model = yaml.safe_load((ROOT / "site" / "texts" / "es.yaml").read_text(encoding="utf-8"))

    def keys(part: object, path: str = "") -> set[str]:
        return {f for k, v in part.items() for f in keys(v, f"{path}.{k}")} if isinstance(part, dict) else {path}

    assert keys(content["serves"]) == keys(model["serves"])
    for people, said in content["serves"].items():
        assert keys(said) <= keys({key: part for key, part in content.items() if key != "serves"}), people


@pytest.mark.parametrize("language", texts.packs())
def test_the_words_of_everybody_say_nothing_of_women(language: str) -> None:
    words = texts.of_site((language,))[language]
    of_women = ("mujer", "usuaria", "women", "woman", "mulher")
    assert [key for key, text in words.words.items() if any(each in text.lower() for each in of_women)] == [
        "synonyms.statistics"  # what people ask
    ]
    women = texts.of_site((language,), "mujeres")[language]
    assert any(each in women("chart.legend") for each in of_women)


@pytest.mark.parametrize("language", texts.packs())
def test_a_pack_says_how_its_language_is_written(language: str) -> None:
    words = texts.of_site((language,))[language]
    assert [len(words(f"months.{form}").split()) for form in ("long", "short")] == [12, 12]
    assert words.number(1234567.5, 1) == f"1{words.thousands}234{words.thousands}567{words.decimal}5"
    assert words.thousands != words.decimal
    assert all("=" in text for key, text in words.words.items() if key.startswith("synonyms."))


def own(folder: Path, language: str, text: str) -> Path:
    (folder / "texts").mkdir(exist_ok=True)
    (folder / "texts" / f"{language}.yaml").write_text(text, encoding="utf-8")
    return folder / "texts"


def refused(folder: Path, *languages: str) -> dict[str, str]:
    with pytest.raises(PipelineError) as stopped:
        texts.of_site(languages, own=folder)
    assert stopped.value.exit_code == 14
    return {finding.where: finding.rule for finding in stopped.value.findings}


def test_an_institute_says_a_text_in_its_own_words(tmp_path: Path) -> None:
    folder = own(tmp_path, "es", "home: {safe: Nadie se reconoce aquí.}\nchart: {legend: '[c]: reservada.'}\n")
    words = texts.of_site(("es", "en"), "mujeres", folder)
    assert words["es"]("home.safe") == "Nadie se reconoce aquí."
    assert words["es"]("chart.legend") == "[c]: reservada."  # its own words come before those of the people it serves
    assert words["en"]("home.safe") == texts.of_site(("en",), "mujeres")["en"]("home.safe")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("home: {seguro: x}", "unknown_text"),
        ("serves: {mujeres: {home: {safe: x}}}", "unknown_text"),
        ("edition: {why: Menos de cinco.}", "other_blanks"),
        ("edition: {why: '{umbral}'}", "other_blanks"),
        ("edition: {why: '{threshold:>9}'}", "braces"),
        ("edition: {why: '{threshold'}", "braces"),
        ("home: {safe: 'a } b'}", "braces"),
        ("home: {safe: '{0}'}", "braces"),
        ("home: {safe: ''}", "missing_translation"),
        ("script: {search_many: muchos}", "other_blanks"),
        ("months: {long: enero febrero}", "not_twelve"),
        ("home: {safe: x, safe: y}", "repeated_key"),
        ("home: [", "not_yaml"),
    ],
)
def test_words_of_an_institute_that_nothing_would_say_are_refused(text: str, rule: str, tmp_path: Path) -> None:
    assert rule in refused(own(tmp_path, "es", text + "\n"), "es").values()


@pytest.mark.parametrize(
    ("name", "text", "code", "said"),
    [
        ("es.yaml", "home: {seguro: x}", 14, "texts/es.yaml:home.seguro: el sitio no tiene ningún texto con esa clave"),
        ("es.yaml", "edition: {why: Pocas.}", 14, "{threshold}"),
        ("fr.yaml", "home: {safe: x}", 10, "texts/fr.yaml: nadie lee este archivo"),
    ],
)
def test_check_refuses_words_that_nothing_would_say(
    name: str, text: str, code: int, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path(shutil.copytree(ROOT / "tests" / "tiny_institute", tmp_path / "institute"))
    (folder / "texts").mkdir()
    (folder / "texts" / name).write_text(text, encoding="utf-8")
    assert main(["check", "--institute", str(folder), "--raw", str(tmp_path), "--lang", "es"]) == code
    assert said in capsys.readouterr().err


def test_a_language_without_words_is_told_with_those_that_have_them(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(ROOT / "tests" / "tiny_institute", tmp_path / "institute"))
    facts = (folder / "institute.yaml").read_text(encoding="utf-8")
    (folder / "institute.yaml").write_text(
        facts.replace("languages: [es, en]", "languages: [es, fr]"), encoding="utf-8"
    )
    with pytest.raises(PipelineError) as stopped:
        planning.load(folder)
    told = next(finding for finding in stopped.value.findings if finding.rule == "unknown_language")
    assert dict(told.facts)["known"] == "en, es, pt"


def test_a_language_is_added_by_a_file_of_texts_and_no_code(tmp_path: Path) -> None:
    pack = (ROOT / "site" / "texts" / "pt.yaml").read_text(encoding="utf-8").replace("name: Português", "name: Galego")
    folder = own(tmp_path, "gl", pack)
    assert "gl" in texts.packs(folder)
    words = texts.of_site(("es", "gl"), own=folder)
    assert words["es"].spoken == {"es": "Español", "gl": "Galego"}
    assert words["gl"].number(1234) == "1.234"
    own(tmp_path, "gl", pack.replace("  ask: Pedir ajuda\n", "", 1))
    assert refused(folder, "gl") == {"texts/gl.yaml:shell.ask": "missing_translation"}


def test_a_missing_translation_names_its_file_and_key(tmp_path: Path) -> None:
    write(tmp_path, es={"a": {"b": "x", "c": "y"}}, en={"a": {"b": "x"}})
    assert rules(tmp_path, "es", "en") == {("site/texts/en.yaml:a.c", "missing_translation")}


def test_a_key_that_stands_twice_is_told(tmp_path: Path) -> None:
    (tmp_path / "es.yaml").write_text("a: {b: x, b: y}\n", encoding="utf-8")
    assert rules(tmp_path, "es") == {("site/texts/es.yaml:a.b", "repeated_key")}


def test_blanks_must_be_the_same_in_every_language(tmp_path: Path) -> None:
    write(tmp_path, es={"a": "{n} mujeres"}, en={"a": "{number} women"})
    assert {rule for _, rule in rules(tmp_path, "es", "en")} == {"blanks_differ"}


def test_empty_words_and_missing_files_are_told_together(tmp_path: Path) -> None:
    write(tmp_path, es={"a": ""})
    assert {rule for _, rule in rules(tmp_path, "es", "en")} == {"missing_translation", "missing_file"}


def test_numbers_dates_and_periods_are_written_as_people_do() -> None:
    words = texts.load(ROOT / "site" / "texts", ("es", "en"))
    es, en = words["es"], words["en"]
    assert es.number(12345.678, 1) == "12,345.7"
    assert (es.percent(0.453, 1), en.percent(0.453, 1)) == ("45.3\u00a0%", "45.3%")
    assert (es.signed(0.032), es.signed(-0.01), es.signed(0.0)) == ("+3.2\u00a0%", "−1.0\u00a0%", "0.0\u00a0%")
    assert (es.day("2026-01-20"), en.day("2026-01-20")) == ("20 de enero de 2026", "20 January 2026")
    assert [es.period(p) for p in ("2025", "2025-T4", "2025-10", "2025-T1-T3")] == [
        "2025", "octubre a diciembre de 2025", "octubre de 2025", "enero a septiembre de 2025",
    ]  # fmt: skip


def test_the_stylesheet_keeps_what_pages_use_and_nothing_else() -> None:
    theirs = (
        ":root{--used:1px;--icon:url('data:image/svg+xml;a,{}')}.md-a{margin:var(--used)}.md-b{x:var(--icon)}"
        "@media print{.md-a{color:red}}@media screen{.md-a .md-b,.md-a p{top:0}}[data-md-color-scheme=slate]{y:1}"
    )
    made = stylesheet.build(theirs, ".own { color : red; }\n/* said */", ['<p class="md-a other">'])
    assert made == ":root{--used:1px;}.md-a{margin:var(--used)}@media screen{.md-a p{top:0}}.own{color : red}\n"


def test_material_is_pruned_to_a_fraction() -> None:
    theirs = stylesheet.material_css()
    assert len(stylesheet.build(theirs, "", ['<article class="md-typeset"><table>'])) < len(theirs) / 4


def test_what_search_engines_are_told_of_a_page_has_no_marks_of_markdown() -> None:
    body = "# Título\n\nLlama al [**911, Emergencias**](tel:911). *Si puedes*, [ven](ayuda.md).\n\nOtro."
    assert first_words(body) == "Llama al 911, Emergencias. Si puedes, ven."
