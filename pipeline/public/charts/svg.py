"""The SVG of a specification, small enough to stand in a page and without anything that a strict policy refuses.

In: a Vega-Lite specification and words. Out: text. Touches no files; what renders is the library vl-convert.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any
from xml.etree import ElementTree

import vl_convert

from pipeline.public.charts.theme import FONT
from pipeline.wording.texts import Texts

RENDERER = version("vl-convert-python")
"""The version of the library that makes SVG of specifications."""


NAMESPACE = "http://www.w3.org/2000/svg"
DROPPED = {
    "class",
    "role",
    "aria-hidden",
    "aria-label",
    "aria-roledescription",
    "pointer-events",
    "stroke-miterlimit",
    "font-family",
    "style",
    "version",
    "cursor",
}
NUMBER = re.compile(r"-?\d+\.\d+")


def render(specification: Mapping[str, Any], *, name: str, title: str, description: str, words: Texts) -> str:
    """The picture of a specification, as SVG text, with a title and a description for those who do not see it.

    `name` makes the ids of the picture unique on its page; `words`: of its language, which says how numbers are written.

    What only weighs is taken out: classes, defaults, empty groups, decimals that no screen shows. No style attribute
    is left, so that the picture needs no exception from a content security policy.
    """
    signs: Any = {"decimal": words.decimal, "thousands": words.thousands, "grouping": [3], "currency": ["", ""]}
    made = vl_convert.vegalite_to_svg(dict(specification), format_locale=signs)
    ElementTree.register_namespace("", NAMESPACE)
    root = ElementTree.fromstring(made)
    for child in list(root):
        if child.tag == f"{{{NAMESPACE}}}rect" and child.get("fill") in ("white", "transparent", "none"):
            root.remove(child)
    _clean(root)
    width, height = root.attrib.pop("width"), root.attrib.pop("height")
    root.attrib.clear()
    root.set("viewBox", f"0 0 {_short(width)} {_short(height)}")
    root.set("width", _short(width))
    root.set("height", _short(height))
    root.set("font-family", FONT)
    root.set("lang", words.language)
    root.set("role", "img")
    root.set("aria-labelledby", f"{name}-t {name}-d")
    for number, (tag, text) in enumerate((("title", title), ("desc", description))):
        element = ElementTree.Element(f"{{{NAMESPACE}}}{tag}", {"id": f"{name}-{tag[0]}"})
        element.text = text
        root.insert(number, element)
    for element in root.iter():
        for key, value in list(element.attrib.items()):
            if key == "id" and not value.startswith(name):
                element.set("id", f"{name}-{value}")
            elif "url(#" in value:
                element.set(key, value.replace("url(#", f"url(#{name}-"))
    return ElementTree.tostring(root, encoding="unicode")


def _short(number: str) -> str:
    """A number with one decimal at most: no screen shows more."""
    text = f"{float(number):.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def _tag(element: ElementTree.Element) -> str:
    return element.tag.removeprefix(f"{{{NAMESPACE}}}")


def _unseen(element: ElementTree.Element) -> bool:
    """Whether nothing of an element is painted: hidden, without a shape, without colour or without content."""
    if element.get("display") == "none" or element.get("d") in ("", "M0,0h0v0h0Z") or element.get("opacity") == "0":
        return True
    if _tag(element) == "path":
        return all(element.get(key) in (None, "none", "transparent") for key in ("fill", "stroke"))
    return _tag(element) in ("g", "text") and len(element) == 0 and not (element.text or "").strip()


def _clean(element: ElementTree.Element) -> None:
    """Takes out, below an element too, what is invisible, what is a default and what only a script could use."""
    for child in list(element):
        _clean(child)
        if _unseen(child):
            element.remove(child)
        elif _tag(child) == "g" and not child.attrib:
            place = list(element).index(child)
            element.remove(child)
            for offset, grandchild in enumerate(list(child)):
                element.insert(place + offset, grandchild)
    for key in list(element.attrib):
        value = element.attrib[key]
        if (
            key in DROPPED
            or (key in ("opacity", "fill-opacity", "stroke-width") and value == "1")
            or (key == "transform" and value == "translate(0,0)")
        ):
            del element.attrib[key]
        elif key in ("d", "transform", "x", "y", "x1", "x2", "y1", "y2", "width", "height", "dx", "dy", "points"):
            element.attrib[key] = NUMBER.sub(lambda match: _short(match[0]), value)


def bundle() -> str:
    """Vega, Vega-Lite and the embedder as one script of the site's own, for charts that answer to the pointer."""
    return str(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;"))
