"""Every published form as its reader takes it, to be compared with the same file of a publication with harmless words.

What may differ is words, and each of them must be the hostile one, whole, where the harmless one stands.
"""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import html5rdf
import pyarrow.parquet as pq
import pypdf
import yaml
from markdown_it import MarkdownIt

from tests.words.plant import SECRET, Words

Said = Iterator[str]
"""What is wrong, in words of the test."""
ADDRESSES = {
    "href",
    "src",
    "srcset",
    "action",
    "formaction",
    "poster",
    "data",
    "xlink:href",
    "cite",
    "background",
    "ping",
    "manifest",
}
_MADE = re.compile(r"[0-9a-f]{64}|sha256:[0-9a-f]{64}")
"""What is reckoned from the bytes of a file."""


def differences(one: Path, other: Path, words: Words) -> list[str]:
    """What differs between two built sites, but for words; `other` has the hostile ones."""
    names = {path.relative_to(one).as_posix() for path in one.rglob("*") if path.is_file()}
    others = {path.relative_to(other).as_posix() for path in other.rglob("*") if path.is_file()}
    found = [f"{name}: only in one of both" for name in sorted(names ^ others)]
    for name in sorted(names & others):
        found += [
            f"{name}: {said}" for said in compared(name, (one / name).read_bytes(), (other / name).read_bytes(), words)
        ]
    return found


def compared(name: str, one: bytes, other: bytes, words: Words) -> Said:
    if SECRET.encode() in other:
        yield "a file of the machine"
    reader = READERS.get(name.rpartition(".")[2])
    if name.startswith("assets/"):
        reader = script if re.search(r"search-\w+\.js$|assets/data/", name) else None
        if reader is None and one != other and not name.endswith(".css"):
            yield "differs"
    if reader is not None and one != other:
        yield from reader(name, one, other, words)


# texts and trees -----------------------------------------------------------------------------------------------------


def same(one: str, other: str, words: Words) -> bool:
    """Whether two texts are the same but for words."""
    if one == other or (_MADE.fullmatch(one) and _MADE.fullmatch(other)):
        return True
    return words.are(one, other)


def trees(one: Any, other: Any, words: Words, place: str = "") -> Said:
    """What differs between two contents of JSON or YAML."""
    if type(one) is not type(other):
        yield f"{place}: {type(one).__name__} → {type(other).__name__}"
    elif isinstance(one, dict):
        if len(one) != len(other) or any(
            not same(a, b, words) for a, b in zip(map(str, one), map(str, other), strict=True)
        ):
            yield f"{place}: keys {list(one)} → {list(other)}"
        else:
            for (key, a), b in zip(one.items(), other.values(), strict=True):
                yield from trees(a, b, words, f"{place}.{key}")
    elif isinstance(one, list):
        if len(one) != len(other):
            yield f"{place}: {len(one)} items → {len(other)}"
        else:
            for number, (a, b) in enumerate(zip(one, other, strict=True)):
                yield from trees(a, b, words, f"{place}.{number}")
    elif isinstance(one, str):
        if not same(one, other, words) and not place.endswith("byteSize.@value"):
            yield f"{place}: {one!r} → {other!r}"
    elif one != other and not place.endswith("bytes"):
        yield f"{place}: {one!r} → {other!r}"


# HTML ----------------------------------------------------------------------------------------------------------------


def page(name: str, one: bytes, other: bytes, words: Words) -> Said:
    yield from markup(
        html5rdf.parse(one, namespaceHTMLElements=False), html5rdf.parse(other, namespaceHTMLElements=False), words
    )


def markup(one: Any, other: Any, words: Words) -> Said:
    """What differs between two documents: an element, an attribute, an address, a text."""
    before, after = list(_walk(one)), list(_walk(other))
    if [tag for tag, *_ in before] != [tag for tag, *_ in after]:
        place = next(
            (n for n, (a, b) in enumerate(zip(before, after, strict=False)) if a[0] != b[0]),
            min(len(before), len(after)),
        )
        yield f"elements from {place} on: {[a[:2] for a in before[place - 1 : place + 2]]} → {[a[:2] for a in after[place - 1 : place + 2]]}"
        return
    for (tag, attributes, text), (_, given, said) in zip(_by_address(before), _by_address(after), strict=True):
        if tag == "svg":
            if extra := _drawn(said) - _drawn(text):
                yield f"svg: {extra}"
            continue
        if set(attributes) != set(given):
            yield f"<{tag}>: attributes {sorted(attributes)} → {sorted(given)}"
            continue
        for key, value in attributes.items():
            if (key in ADDRESSES and given[key] != value) or not (
                same(value, given[key], words) or _json(value, given[key], words)
            ):
                yield f"<{tag} {key}>: {value[:300]!r} → {given[key][:300]!r}"
        if attributes.get("id") == "kept-embed":  # what is shown here is HTML itself, to be copied
            shown, now = (html5rdf.parse(each, namespaceHTMLElements=False) for each in (text, said))
            yield from markup(shown, now, words)
        elif not (same(text, said, words) or _json(text, said, words)):
            yield f"<{tag}>: {text[:400]!r} → {said[:400]!r}"


def _by_address(found: list[tuple[str, dict[str, str], Any]]) -> list[tuple[str, dict[str, str], Any]]:
    """The same with the links by their addresses: lists of pages are in the order of their titles."""
    links = iter(sorted((each for each in found if each[0] == "a"), key=lambda each: each[1].get("href", "")))
    return [next(links) if each[0] == "a" else each for each in found]


def _walk(element: Any) -> Iterator[tuple[str, dict[str, str], Any]]:
    """Elements in order, each with its attributes and its own text; a drawing as one."""
    if not isinstance(element.tag, str):
        yield "a comment", {}, ""
        return
    if element.tag.endswith("svg"):
        yield "svg", {}, element
        return
    yield element.tag, dict(element.attrib), " ".join([element.text or "", *(child.tail or "" for child in element)])
    for child in element:
        yield from _walk(child)


def _drawn(drawing: Any) -> set[tuple[str, str, str]]:
    """Kinds of elements and attributes of a drawing, with the scheme of what looks like an address."""
    found = set()
    for element in drawing.iter():
        found.add((str(element.tag), "", ""))
        for key, value in element.attrib.items():
            scheme = value.partition(":")[0] if key.rpartition("}")[2] in ADDRESSES else ""
            found.add((str(element.tag), str(key), scheme))
    return {each for each in found if not each[0].endswith(("tspan", "text"))} | {
        each for each in found if each[1].startswith("on") or each[1].endswith("href")
    }


def _json(one: str, other: str, words: Words) -> bool:
    """Whether two texts are JSON, the same but for words."""
    try:
        return not list(trees(json.loads(one), json.loads(other), words))
    except ValueError:
        return False


# the other forms -----------------------------------------------------------------------------------------------------


def script(name: str, one: bytes, other: bytes, words: Words) -> Said:
    """A call with JSON; of the search the pages, since words are its matter."""
    before, after = (re.fullmatch(r"celosia\.\w+\((.*)\);\n", data.decode(), re.DOTALL) for data in (one, other))
    if before is None or after is None:
        yield "no call"
        return
    a, b = (json.loads(f"[{found[1]}]") for found in (before, after))
    if "search" in name:
        a, b = (list(found[0]["pages"]) for found in (a, b))
    yield from trees(a, b, words)


def tree(name: str, one: bytes, other: bytes, words: Words) -> Said:
    yield from trees(json.loads(one), json.loads(other), words)


def citation(name: str, one: bytes, other: bytes, words: Words) -> Said:
    yield from trees(yaml.safe_load(one), yaml.safe_load(other), words)


def xml(name: str, one: bytes, other: bytes, words: Words) -> Said:
    yield from markup(ElementTree.fromstring(one), ElementTree.fromstring(other), words)


def rows(name: str, one: bytes, other: bytes, words: Words) -> Said:
    """A CSV: the same cells but for words, and none that a spreadsheet works out."""
    before, after = (list(csv.reader(io.StringIO(data.decode()), strict=True)) for data in (one, other))
    yield from trees(before, after, words)


def calendar(name: str, one: bytes, other: bytes, words: Words) -> Said:
    before, after = (re.sub(r"\r\n ", "", data.decode()).split("\r\n") for data in (one, other))
    if [line.partition(":")[0] for line in before] != [line.partition(":")[0] for line in after]:
        yield f"lines {before} → {after}"
        return
    if any("\n" in line or "\r" in line for line in after):
        yield "a line within a line"
    for a, b in zip(before, after, strict=True):
        plain = re.sub(r"\\([\\;,])", r"\1", b.replace("\\n", " "))
        if not same(re.sub(r"\\([\\;,])", r"\1", a), plain, words):
            yield f"{a!r} → {b!r}"


def document(name: str, one: bytes, other: bytes, words: Words) -> Said:
    """Markdown, as CommonMark reads it; no bare address that some programs make a link of."""
    reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    before, after = (html5rdf.parse(reader.render(data.decode()), namespaceHTMLElements=False) for data in (one, other))
    yield from markup(before, after, words)
    if live := re.search(r"(?<!\\)://malo|(?<!\\)\]\(javascript|^BEGIN:", other.decode(), re.MULTILINE):
        yield f"a link: {live[0]}"


def workbook(name: str, one: bytes, other: bytes, words: Words) -> Said:
    """Parts, formulas and links are those of the harmless workbook; words are strings."""
    with zipfile.ZipFile(io.BytesIO(one)) as a, zipfile.ZipFile(io.BytesIO(other)) as b:
        if a.namelist() != b.namelist():
            yield f"parts {set(a.namelist()) ^ set(b.namelist())}"
            return
        for part in a.namelist():
            before, after = a.read(part), b.read(part)
            if part.endswith((".rels", "workbook.xml", "Content_Types].xml")) or "/sheet" in part:
                a_said, b_said = (_cells(data) for data in (before, after))
                if a_said != b_said:
                    yield f"{part}: other elements or kinds of cells"
            if part.endswith(".rels") and before != after:
                yield f"{part}: other links"
            if b"<f>" in after or b"<f " in after:
                yield f"{part}: a formula"


def _cells(part: bytes) -> list[tuple[str, str, str]]:
    """Elements of a part of a workbook, cells with their place and kind; not the widths of columns, which follow the words."""
    found = ElementTree.fromstring(part).iter()
    return [(each.tag, each.get("r", ""), each.get("t", "")) for each in found if not each.tag.endswith("}col")]


def columns(name: str, one: bytes, other: bytes, words: Words) -> Said:
    before, after = (pq.read_table(io.BytesIO(data)) for data in (one, other))
    if before != after or before.schema.remove_metadata() != after.schema.remove_metadata():
        yield "other columns"
    for key, value in (before.schema.metadata or {}).items():
        yield from trees(json.loads(value), json.loads(after.schema.metadata[key]), words, key.decode())


def report(name: str, one: bytes, other: bytes, words: Words) -> Said:
    """A PDF: no link, action or file but those of the harmless one; hostile words are text."""
    before, after = (pypdf.PdfReader(io.BytesIO(data)) for data in (one, other))
    if extra := _targets(after) - _targets(before):
        yield f"links {extra}"
    if extra := _keys(after) - _keys(before):
        yield f"catalogue {extra}"
    text = "".join(page.extract_text() for page in after.pages)
    said = re.sub(r"\s+", "", text)
    if SECRET in said:
        yield "a file of the machine"
    if not list(words.marks(text)):
        yield "none of the words"
    if "49Palabra" in said:
        yield "a word was worked out"


def _keys(read: pypdf.PdfReader) -> set[str]:
    """What a PDF says of itself as a whole: an action that opens with it would stand there."""
    return {str(key) for key in read.root_object}


def _targets(read: pypdf.PdfReader) -> set[str]:
    found = set()
    for sheet in read.pages:
        for each in sheet.get("/Annots", ()) or ():
            action = each.get_object().get("/A", {})
            found.add(f"{action.get('/S', '')} {action.get('/URI', '')}")
    return found


def archive(name: str, one: bytes, other: bytes, words: Words) -> Said:
    with zipfile.ZipFile(io.BytesIO(one)) as a, zipfile.ZipFile(io.BytesIO(other)) as b:
        if a.namelist() != b.namelist():
            yield "other files"
            return
        for part in a.namelist():
            yield from (f"{part}: {said}" for said in compared(part, a.read(part), b.read(part), words))


READERS: dict[str, Callable[[str, bytes, bytes, Words], Said]] = {
    "html": page, "json": tree, "jsonld": tree, "geojson": tree, "cff": citation, "xml": xml, "csv": rows, "ics": calendar,
    "md": document, "xlsx": workbook, "parquet": columns, "pdf": report, "zip": archive, "js": script,
}  # fmt: skip
