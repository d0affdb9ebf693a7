"""MkDocs hook: puts tables and charts into a page after Markdown, and makes addresses relative to the page.

Large tables and SVG are slow as Markdown and would end up in its parser; a comment marks where each belongs.
"""

import re
from pathlib import Path


def on_page_content(html, page, config, files):
    parts = Path(config.extra["parts"])
    html = re.sub(r"<!-- celosia:insert (\S+) -->", lambda m: (parts / f"{m[1]}.html").read_text("utf-8"), html)
    html = html.replace("<pre>", '<pre tabindex="0">')  # what scrolls must be reachable by keyboard
    base = "../" * page.url.count("/") or "./"
    root = base + (f"{config.extra['root']}/" if config.extra["root"] else "")
    return html.replace("@@base@@/", base).replace("@@root@@/", root)
