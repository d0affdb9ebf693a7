"""A chart as pixels: small, of the colours that it was drawn in, of the size that it was drawn at."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import vl_convert

from pipeline.public.charts.theme import COLOURS, PAPER
from pipeline.public.exports import chart_files

WIDE, HIGH = 320, 200


def drawn(inside: str, *, paper: bool = True) -> str:
    ground = f'<rect width="{WIDE}" height="{HIGH}" fill="{PAPER}"/>' if paper else ""
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDE}" height="{HIGH}">{ground}{inside}</svg>'


def chunks(png: bytes) -> dict[bytes, bytes]:
    found, place = {}, 8
    while place < len(png):
        (length,) = struct.unpack(">I", png[place : place + 4])
        kind, data = png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        assert struct.unpack(">I", png[place + 8 + length : place + 12 + length]) == (zlib.crc32(kind + data),)
        found[kind] = data
        place += 12 + length
    return found


def dots(png: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """The colours of an indexed picture, dot by dot."""
    parts = chunks(png)
    width, height = struct.unpack(">II", parts[b"IHDR"][:8])
    rows = np.frombuffer(zlib.decompress(parts[b"IDAT"]), np.uint8).reshape(height, width + 1)
    return np.frombuffer(parts[b"PLTE"], np.uint8).reshape(-1, 3)[rows[:, 1:]]


def test_a_picture_keeps_its_size_and_every_colour_that_fills_something(tmp_path: Path) -> None:
    bars = "".join(f'<rect x="{60 * n}" y="20" width="40" height="120" fill="{c}"/>' for n, c in enumerate(COLOURS))
    words = '<text x="20" y="180" font-family="Source Sans Pro">Usuarias por zona</text>'
    svg = drawn(bars + words)
    made = chart_files.png(svg, tmp_path)
    scale = chart_files.SCALE
    seen = dots(made)
    assert seen.shape == (HIGH * scale, WIDE * scale, 3)
    for number, colour in enumerate(COLOURS):
        assert seen[80 * scale, (60 * number + 20) * scale].tobytes().hex() == colour[1:].lower()
    assert seen[10, 10].tobytes().hex() == PAPER[1:]
    assert len(made) < len(vl_convert.svg_to_png(svg, scale=scale)) / 2
    assert chart_files.png(svg, tmp_path) == made


def test_of_more_shades_than_a_palette_has_the_rarest_become_one_that_is_near(tmp_path: Path) -> None:
    common = [(n % 40 * 8, n // 40 * 8, 8, (n, 40, 64)) for n in range(255)]
    rare = [(n % 40 * 8, 120 + n // 40 * 8, 2, (n, 49, 64)) for n in range(200)]
    squares = "".join(
        f'<rect x="{x}" y="{y}" width="{side}" height="{side}" fill="#{bytes(colour).hex()}"/>'
        for x, y, side, colour in (*common, *rare)
    )
    made = chart_files.png(drawn(squares), tmp_path)
    scale, seen = chart_files.SCALE, dots(made)
    assert len(chunks(made)[b"PLTE"]) == 256 * 3
    for most, listed in ((0, common), (9, rare)):
        for x, y, side, colour in listed:
            told = seen[y * scale + side, x * scale + side].astype(int)
            assert np.abs(told - colour).max() <= most


def test_a_picture_of_shades_that_no_palette_has_keeps_them(tmp_path: Path) -> None:
    shades = "".join(
        f'<rect x="{n % 40 * 8}" y="{n // 40 * 8}" width="8" height="8" fill="#{n * 7919 % 2**24:06x}"/>'
        for n in range(1000)
    )
    assert chunks(chart_files.png(drawn(shades), tmp_path))[b"IHDR"][9] == 6


@pytest.mark.parametrize("inside", ["", '<rect width="9" height="9" fill="#123456" fill-opacity="0.5"/>'])
def test_a_picture_that_lets_through_what_is_behind_it_keeps_doing_so(tmp_path: Path, inside: str) -> None:
    made = chart_files.png(drawn(inside, paper=False), tmp_path)
    assert set(chunks(made)) == {b"IHDR", b"IDAT", b"IEND"}
    assert chunks(made)[b"IHDR"][9] == 6
