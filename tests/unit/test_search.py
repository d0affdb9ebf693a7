"""What the search is given of each page: title, headings, every other word once, none that stands everywhere."""

from __future__ import annotations

from pathlib import Path

from pipeline.public import search

PAGE = """<!doctype html><html lang="es"><head><meta name="description" content="De qué trata & cómo"></head><body>
<nav>menú</nav><main data-pagefind-body><h1>Atención <em>jurídica</em></h1>
<p>La atención es gratuita.<br>Es para toda mujer, gratuita y en 2025.</p>
<aside data-pagefind-ignore="all"><h2>Ficha</h2><p>oculto</p></aside><pre>código</pre>
<h2 id="a">Cómo pedir la atención</h2><p>Llama.</p></main><footer>pie</footer></body></html>"""


def test_a_shadow_has_title_headings_and_each_other_word_once() -> None:
    made = search.shadow(PAGE)
    assert made is not None
    assert (made.language, made.title, made.description) == ("es", "Atención jurídica", "De qué trata & cómo")
    assert made.headings == (("atención", "jurídica"), ("cómo", "pedir", "la", "atención"))
    assert made.words == ("es", "gratuita", "para", "toda", "mujer", "en", "llama")


def test_a_page_that_is_not_to_be_found_has_no_shadow() -> None:
    assert search.shadow("<html lang='es'><body><h1>Buscar</h1></body></html>") is None


def test_words_of_many_pages_go_from_the_text_and_short_ones_from_headings_too() -> None:
    pages = {
        Path(f"{number}.html"): search.Shadow(
            "es", "T", "D", (("de", "atención") if number else ("riesgo",),), ("cifra", "once") if number else ("sol",)
        )
        for number in range(24)
    }
    told = search.telling(pages)
    assert told[Path("1.html")].headings == (("atención",),)
    assert told[Path("1.html")].words == ()
    assert told[Path("0.html")] == pages[Path("0.html")]
    few = {path: made for path, made in pages.items() if path in (Path("1.html"), Path("2.html"))}
    assert search.telling(few) == few, "a small site keeps all its words"


def test_the_shadow_is_safe_html() -> None:
    made = search.Shadow("es", 'a "b" <c>', "d & e", (("x",),), ("<y>",))
    assert 'data-said="a &quot;b&quot; &lt;c&gt;"' in made.html()
    assert "&lt;y&gt;" in made.html()
