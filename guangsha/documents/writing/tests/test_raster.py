"""Charts as pictures, on a machine that may have no font at all."""

from __future__ import annotations

import struct
import zlib

import pytest

from guangsha.documents.writing.raster import draw_svg
from guangsha.documents.writing.tests.sample_report import BARS

BLANK = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 60" width="200" height="60">{}</svg>'
WORDS = '<text x="10" y="40" font-size="30" font-family="{}">住房保障</text>'


def scanlines(png: bytes) -> bytes:
    """The compressed picture data, opened."""
    data, at = b"", 8
    while at < len(png):
        length, kind = struct.unpack_from(">I4s", png, at)
        if kind == b"IDAT":
            data += png[at + 8 : at + 8 + length]
        at += length + 12
    return zlib.decompress(data)


def test_a_chart_keeps_its_shape_and_is_sharp_on_paper() -> None:
    picture = draw_svg(BARS, 150)
    assert picture.width == round(150 / 25.4 * 220)
    assert picture.height == pytest.approx(picture.width * 280 / 600, abs=1)


@pytest.mark.parametrize(
    "family", ["Noto Sans SC", "Noto Sans SC, Microsoft YaHei, sans-serif", "不存在的字体", "serif"]
)
def test_chinese_words_are_drawn_whatever_typeface_is_asked_for(family: str) -> None:
    empty = draw_svg(BLANK.format(""), 50)
    words = draw_svg(BLANK.format(WORDS.format(family)), 50)
    assert scanlines(words.png) != scanlines(empty.png)


def test_the_same_chart_gives_the_same_picture() -> None:
    draw_svg.cache_clear()
    first = draw_svg(BARS, 80)
    draw_svg.cache_clear()
    assert draw_svg(BARS, 80).png == first.png


@pytest.mark.parametrize("svg", ["", "这不是图", "<svg", BLANK.format("x" * 2_000_001)])
def test_refuses_what_is_no_chart(svg: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        draw_svg(svg, 100)
