"""What the search knows of each page, and how it is written down."""

from __future__ import annotations

import pytest

from pipeline.public.site import search
from pipeline.public.site.search import HEADING, TEXT, TITLE, Shadow
from pipeline.wording import texts

PAGE = """<!doctype html><html lang="es"><head><meta name="description" content="De qué trata & cómo"></head><body>
<nav>menú</nav><main data-search-body data-section="servicios"><h1>Atención <em>jurídica</em></h1>
<p>La atención es gratuita.<br>Es para toda mujer, gratuita; marca 911.</p>
<aside data-search-ignore="all"><h2>Ficha</h2><p>oculto</p></aside><pre>código</pre>
<h2 id="a">Cómo pedir la atención</h2><p>Llama al niño.</p></main><footer>pie</footer></body></html>"""
WORDS = texts.of_site(("es", "en"))


def test_a_shadow_has_each_word_once_where_it_tells_most_and_no_accents() -> None:
    made = search.shadow(PAGE)
    assert made is not None
    told = (made.language, made.section, made.title, made.description)
    assert told == ("es", "servicios", "Atención jurídica", "De qué trata & cómo")
    assert {word for word, place in made.words.items() if place == TITLE} == {"atencion", "juridica"}
    assert {word for word, place in made.words.items() if place == HEADING} == {
        "de", "que", "trata", "como", "pedir", "la",
    }  # fmt: skip
    assert {word for word, place in made.words.items() if place == TEXT} == {
        "es", "gratuita", "para", "toda", "mujer", "marca", "911", "llama", "al", "nino",
    }  # fmt: skip


def test_a_page_that_is_not_to_be_found_has_no_shadow() -> None:
    assert search.shadow("<html lang='es'><body><h1>Buscar</h1></body></html>") is None


def unpacked(data: dict[str, object]) -> dict[str, list[tuple[int, int]]]:
    """Word → (page, place), read as the page's script reads it."""
    found = {}
    for word, told in zip(str(data["words"]).split(), str(data["at"]).split(";"), strict=True):
        page, there = 0, []
        for code in (int(each, 36) for each in told.split(",")):
            page += code // 3
            there.append((page, code % 3))
        found[word] = there
    return found


def test_what_is_written_down_is_where_each_word_stands() -> None:
    pages = [
        (f"{n}.html", Shadow("es", "", f"T{n}", "", {"once": TEXT, f"solo{n}": TITLE, "de": TITLE})) for n in range(40)
    ]
    pages[7][1].words["raro"] = HEADING  # type: ignore[index]
    pages[39][1].words["raro"] = TEXT  # type: ignore[index]
    found = unpacked(search.data(pages, WORDS["es"], {}, "ayuda.html"))
    assert found["raro"] == [(7, HEADING), (39, TEXT)]
    assert found["solo12"] == [(12, TITLE)]
    assert "once" not in found, "a word of every text finds none of them"
    assert "de" not in found


def test_help_counts_more_than_services_and_these_more_than_tables() -> None:
    pages = [
        (name, Shadow("es", section, "T", "", {"a": TITLE}))
        for name, section in (
            ("en/ayuda.html", "ayuda"),
            ("juridica.html", "servicios"),
            ("temas/x.html", "cifras"),
            ("tablas/index.html", "datos"),
            ("tablas/x.html", "datos"),
        )
    ]
    data = search.data(pages, WORDS["es"], {}, "ayuda.html")
    weights = [page[3] for page in data["pages"]]  # type: ignore[attr-defined]
    assert weights == sorted(weights, reverse=True)
    assert len({*weights}) == len(weights)
    assert data["help"] == 0


@pytest.mark.parametrize("language", ["es", "en"])
def test_synonyms_of_the_site_are_whole_and_the_institute_adds_its_own(language: str) -> None:
    listed = search.synonyms(WORDS[language], {"CEMAS, la casita": "módulo"})
    assert listed[-1] == ["cemas,la casita", "modulo", ""]
    assert len(listed) > 20
    for asked, said, first in listed:
        assert all(part.strip() for part in asked.split(",")), asked
        assert said.strip()
        assert first in ("", "1")
