"""The build of the site: words complete in every language, one small stylesheet, pages that hold what is published."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

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


def test_the_words_of_the_site_are_complete_in_both_languages() -> None:
    assert set(texts.load(ROOT / "site" / "texts", ("es", "en"))) == {"es", "en"}


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
