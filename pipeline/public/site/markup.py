"""Words made safe for where they stand: in Markdown, the attributes of its headings too, and in a script. Pure."""

from __future__ import annotations

import json
import re

from markupsafe import Markup, escape

MARKUP = frozenset("\\`*_{}[]()<>&#|~^=:!@\"'$")
"""Signs by which Markdown, or one of its extensions, makes something else of words."""
LINES = re.compile(r"[ \t\r\n\f\v]+")
"""White space that may break a line: the space that does not stays as it is."""


def unbroken(text: str) -> Markup:
    """The name of an edition is not broken at its hyphen."""
    return Markup(re.sub(r"\d{4}-(T\d|\d\d\b(?!-))(\.\d+)?", r'<span class="nw">\g<0></span>', str(escape(text))))


def plain(text: str) -> Markup:
    """Words that Markdown takes as they are: nothing in them becomes a heading, a link, emphasis or HTML."""
    return Markup("".join(f"&#{ord(sign)};" if sign in MARKUP else sign for sign in LINES.sub(" ", str(text).strip())))


def in_script(content: object) -> str:
    """JSON that may stand inside a script: no tag or comment in it could end that."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
