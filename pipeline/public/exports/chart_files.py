"""A chart to take away: a picture with its sentence, source, edition and licence on it (SVG, PNG), and the figures it draws (CSV).

In: what an edition says, by language. Out: path below the edition's folder → bytes. Nothing on a picture is more than what
stands on the page of the chart. A PNG is kept beside the charts under the hash of its SVG, so that it is made once.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
import struct
import textwrap
import zlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import font_source_sans_pro
import numpy as np
import numpy.typing as npt
import vl_convert

from pipeline.model import periods
from pipeline.model.cells import TOTAL
from pipeline.public.charts.spec import Drawing
from pipeline.public.charts.svg import RENDERER
from pipeline.public.charts.theme import FONT, INK, MUTED, PAPER, WIDE
from pipeline.public.edition.model import PERIOD
from pipeline.public.presentation import routes
from pipeline.public.presentation.edition_view import View
from pipeline.public.statistics.figures import WITHHELD

SVG = "http://www.w3.org/2000/svg"
SIDE, SCALE = 24, 2
"""Margin of a picture in pixels; how many pixels of a PNG stand for one."""
LEVEL = 6
"""How hard a PNG is packed: the hardest level takes five times as long for two bytes in a hundred."""
PACKING = "palette"
"""Names how a PNG is packed: one that was packed otherwise is not taken from the cache."""
FACE = "Source Sans Pro"
"""The face of a PNG, in which letters are as wide on every machine."""
NEAR, MANY = 48.0, 4096
"""How far the shade of an edge may be from the one that stands for it, in steps of red, green and blue; how many shades a picture
may have for a palette to be tried."""
LEFT = 1
"""The filter of a row of a PNG whose dots are told as differences from the dot on their left."""
Bytes = npt.NDArray[np.uint8]
HEADING, NAME, SMALL = (20, 66), (14, 100), (12, 118)
"""Size of letters, and how many of them a line takes."""


def files(views: Mapping[str, View], first: str) -> Iterator[tuple[str, bytes]]:
    """Every file of every chart that has something to draw."""
    for spec in views[first].specs:
        drawings = {language: view.drawing(spec) for language, view in views.items()}
        if drawings[first].empty:
            continue
        yield f"{routes.CHARTS}/{spec.id}.csv", rows(views, drawings, first)
        for language, view in views.items():
            made = card(view, drawings[language], home="" if language == first else f"{language}/")
            yield routes.chart_file(spec, language, first, "svg"), made.encode()
            yield routes.chart_file(spec, language, first, "png"), png(made, view.cache)


def rows(views: Mapping[str, View], drawings: Mapping[str, Drawing], first: str) -> bytes:
    """The figures that a chart draws: a row per mark, codes beside their labels in every language."""
    drawing = drawings[first]
    spec = drawing.spec
    table = views[first].tables[spec.table]
    axes = [axis for axis in (spec.x, spec.color) if axis]
    heads = [name for axis in axes for name in (axis, *(f"{axis}_{language}" for language in views))]
    of_one = [] if PERIOD in axes else [table.newest(spec.level or periods.YEAR)[-1]]
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([*(PERIOD for _ in of_one), *heads, spec.measure, "obs_status"])
    for (x, s), value in drawing.values.items():
        if value is None:
            continue
        labels = [[each.xs[x] for each in drawings.values()], [each.series[s] for each in drawings.values()]]
        codes = [cell for code, said in zip((x, s), labels, strict=True) if code != TOTAL for cell in (code, *said)]
        (period,) = of_one or [x if spec.x == PERIOD else s]
        status = "P" if period in table.provisional else "A"
        writer.writerow([*of_one, *codes, *(("", "Q") if value is WITHHELD else (value, status))])
    return stream.getvalue().encode()


# pictures ------------------------------------------------------------------------------------------------------------


def card(view: View, drawing: Drawing, *, home: str) -> str:
    """A chart's picture with what it shows above it and where it is from below. `home`: folder of the language's pages."""
    spec, words, facts = drawing.spec, view.words, view.plan.facts
    sentence, name = view.sentence(drawing), words.of(spec.title)
    picture = ElementTree.fromstring(view.picture(spec, drawing, sentence, "wide", WIDE))
    release = view.newest.release
    legend = [words("chart.legend")] if drawing.withheld else []
    source = words(
        "card.source",
        publisher=words.of(facts["name"]),
        edition=view.newest.edition,
        cut_off=words.period(str(release["cut_off"])),
        licence=words.of(facts["licence"]["title"]),
    )
    invented = [words.of(facts["synthetic"])] if "synthetic" in facts else []
    below = [*legend, *filter(None, [view.provisional(drawing)]), *view.breaks(drawing), source, *invented]
    link = f"{facts['url']}{home}{routes.chart(view.plan, spec, view.newest.edition)}"
    unit = words("chart.unit", unit=drawing.unit, period=drawing.period)
    above = [(view.finding(drawing) or name, HEADING, True), (f"{name}. {unit}", NAME, False)]
    return _laid_out(picture, above, [*((text, SMALL, False) for text in below)], link, (name, sentence, view.language))


Line = tuple[str, tuple[int, int], bool]
"""A text, its size and width, and whether it is bold."""


def _laid_out(
    picture: ElementTree.Element, above: Sequence[Line], below: Sequence[Line], link: str, said: tuple[str, str, str]
) -> str:
    """`said`: name, description and language of the whole."""
    ElementTree.register_namespace("", SVG)
    name, description, language = said
    wide, high = float(picture.get("width", 0)), float(picture.get("height", 0))
    width = max(WIDE, wide) + 2 * SIDE
    root = ElementTree.Element(
        f"{{{SVG}}}svg",
        {"font-family": FONT, "role": "img", "lang": language, "aria-labelledby": "c-t c-d"},
    )
    for tag, text in (("title", name), ("desc", description)):
        ElementTree.SubElement(root, f"{{{SVG}}}{tag}", {"id": f"c-{tag[0]}"}).text = text
    paper = ElementTree.SubElement(root, f"{{{SVG}}}rect", {"fill": PAPER})
    y = _written(root, above, SIDE) + 12
    for child in list(picture):
        if child.tag in (f"{{{SVG}}}title", f"{{{SVG}}}desc"):
            picture.remove(child)
    for key in ("role", "aria-labelledby", "lang", "font-family"):
        picture.attrib.pop(key, None)
    picture.attrib |= {
        "x": str(SIDE),
        "y": f"{y:g}",
        "overflow": "visible",
    }  # to cut it out takes as long as to draw it
    root.append(picture)
    linked = ElementTree.SubElement(root, f"{{{SVG}}}a", {"href": link, "target": "_top"})
    height = _written(linked, below, y + high + 14) + SIDE - 8
    paper.attrib |= {"width": f"{width:g}", "height": f"{height:g}"}
    root.attrib |= {"viewBox": f"0 0 {width:g} {height:g}", "width": f"{width:g}", "height": f"{height:g}"}
    return ElementTree.tostring(root, encoding="unicode")


def _written(parent: ElementTree.Element, lines: Sequence[Line], y: float) -> float:
    """Writes lines from a height on and returns where they end."""
    for text, (size, letters), bold in lines:
        for piece in textwrap.wrap(text, letters) or [""]:
            y += size * 1.3
            attributes = {"x": str(SIDE), "y": f"{y - size * 0.3:.1f}", "font-size": str(size)}
            attributes |= {"fill": INK if bold else MUTED, **({"font-weight": "600"} if bold else {})}
            ElementTree.SubElement(parent, f"{{{SVG}}}text", attributes).text = piece
    return y


@cache
def _faces() -> None:
    vl_convert.register_font_directory(str(Path(font_source_sans_pro.__file__).parent / "files"))


def png(svg: str, kept: Path) -> bytes:
    """A picture as pixels; taken from `kept` where it was made before."""
    drawn = svg.replace(FONT, FACE).replace(FONT.replace("'", "&apos;"), FACE)
    key = hashlib.sha256(f"{RENDERER} {SCALE} {LEVEL} {PACKING} {drawn}".encode()).hexdigest()[:32]
    path = kept / f"{key}.png"
    if not path.is_file():
        _faces()
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f"{key}.{os.getpid()}")
        beside.write_bytes(_packed(vl_convert.svg_to_png(drawn, scale=SCALE)))
        beside.replace(path)
    return path.read_bytes()


def _packed(png: bytes) -> bytes:
    """The same picture in a quarter of the bytes: the renderer hardly compresses its rows, and tells each dot by four numbers.

    A chart has few colours: the 256 that cover most of it stay as they are, and the last shades at the edges of letters become
    the nearest of them. A picture that lets through what is behind it, whose rows are not told as differences from the left, or
    which has shades that are far from all of those keeps its colours.
    """
    head, place, rows, header = png[:8], 8, b"", b""
    while place < len(png):
        (length,) = struct.unpack(">I", png[place : place + 4])
        kind, data = png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        header, rows = (data, rows) if kind == b"IHDR" else (header, rows + data) if kind == b"IDAT" else (header, rows)
        place += 12 + length
    width, height, depth, colours = struct.unpack(">IIBB", header[:10])
    dots = zlib.decompress(rows)
    lines = np.frombuffer(dots, np.uint8).reshape(height, -1)
    indexed = (
        _indexed(lines[:, 1:], width) if (depth, colours) == (8, 6) and bool((lines[:, 0] == LEFT).all()) else None
    )
    if indexed:
        palette, places = indexed
        told = [
            (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            (b"PLTE", palette.tobytes()),
            (
                b"IDAT",
                zlib.compress(np.pad(places, ((0, 0), (1, 0))).tobytes(), LEVEL),
            ),  # a row begins with its filter: none
        ]
    else:
        told = [(b"IHDR", header), (b"IDAT", zlib.compress(dots, LEVEL))]
    return head + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in (*told, (b"IEND", b""))
    )


def _indexed(differences: Bytes, width: int) -> tuple[Bytes, Bytes] | None:
    """Up to 256 colours, those of most dots first, and the place of the nearest of them for every dot (height, width); None where
    that would be seen, or where dots let something through. `differences`: red, green, blue and opacity of each dot, less those of
    the dot on its left; most of a chart is stretches of one colour, so only where they begin is looked at.
    """
    height = len(differences)
    steps = np.ascontiguousarray(differences).reshape(-1, 4)
    begins = steps.view(np.uint32).ravel() != 0
    begins[::width] = True
    at = np.flatnonzero(begins)
    sums = np.cumsum(steps[at], axis=0, dtype=np.uint8)  # of all rows, less what was summed before each
    firsts = np.searchsorted(at, np.arange(0, height * width, width))
    before = sums[firsts] - steps[at[firsts]]
    shades = np.ascontiguousarray(sums - np.repeat(before, np.diff(firsts, append=len(at)), axis=0))
    if not bool((shades[:, 3] == 255).all()):
        return None
    lengths = np.diff(at, append=height * width)
    told, stretches = np.unique(shades.view(">u4").ravel(), return_inverse=True)
    if len(told) > MANY:
        return None
    counts = np.bincount(stretches, weights=lengths)
    colours = np.stack([(told >> shift) & 255 for shift in (24, 16, 8)], axis=1).astype(np.int32)
    kept = colours[np.argsort(-counts, kind="stable")[:256]]
    apart = ((colours[:, None, :] - kept[None]) ** 2).sum(axis=2)
    if float(apart.min(axis=1).max()) ** 0.5 > NEAR:
        return None
    nearest = apart.argmin(axis=1).astype(np.uint8)
    return kept.astype(np.uint8), np.repeat(nearest[stretches], lengths).reshape(height, width)
