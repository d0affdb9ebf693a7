"""MkDocs hook: puts tables and charts into a page after Markdown, makes addresses relative to the page, and has the engine of
the page's frame escape every word that it is given.

Large tables and SVG are slow as Markdown and would end up in its parser; a comment marks where each belongs. What
scrolls is made reachable by keyboard, and columns are aligned by class: the page's policy allows no style attribute.
"""

import re
from pathlib import Path


def on_env(env, config, files):
    env.autoescape = True
    return env


def on_page_content(html, page, config, files):
    parts = Path(config.extra["parts"])
    made = {path.relative_to(parts).with_suffix("").as_posix(): path for path in parts.rglob("*.html")}
    # A mark in the words of a page may name what was made for the site, and no other file of the machine.
    html = re.sub(
        r"<!-- celosia:insert (\S+) -->", lambda m: made[m[1]].read_text("utf-8") if m[1] in made else "", html
    )
    html = html.replace("<pre>", '<pre tabindex="0">').replace("<table>", '<table tabindex="0">')
    html = re.sub(r'<(t[hd]) style="text-align: (\w+);">', r'<\1 class="to-\2">', html)
    base = "../" * page.url.count("/") or "./"
    root = base + (f"{config.extra['root']}/" if config.extra["root"] else "")
    # Only where an attribute begins: in words of the institute it would be words.
    return html.replace('="@@base@@/', f'="{base}').replace('="@@root@@/', f'="{root}')
