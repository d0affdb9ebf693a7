"""MkDocs hook: puts tables and charts into a page after Markdown, and makes addresses relative to the page.

Large tables and SVG are slow as Markdown and would end up in its parser; a comment marks where each belongs. What
scrolls is made reachable by keyboard, and columns are aligned by class: the page's policy allows no style attribute.
"""

import re
from pathlib import Path


def on_page_content(html, page, config, files):
    parts = Path(config.extra["parts"])
    html = re.sub(r"<!-- celosia:insert (\S+) -->", lambda m: (parts / f"{m[1]}.html").read_text("utf-8"), html)
    html = html.replace("<pre>", '<pre tabindex="0">').replace("<table>", '<table tabindex="0">')
    html = re.sub(r'<(t[hd]) style="text-align: (\w+);">', r'<\1 class="to-\2">', html)
    base = "../" * page.url.count("/") or "./"
    root = base + (f"{config.extra['root']}/" if config.extra["root"] else "")
    return html.replace("@@base@@/", base).replace("@@root@@/", root)
