"""Charts as pictures: Word cannot be trusted to draw svg, so a docx carries png, drawn with the bundled font."""

from __future__ import annotations

import functools
import struct
from dataclasses import dataclass

import resvg_py

from guangsha.documents.writing.fonts import FALLBACK_FAMILY, bundled_font
from guangsha.documents.writing.page import MM_PER_INCH

#: Sharp on paper; at 150 mm some 60 kB.
DOTS_PER_INCH = 220

#: Our charts have a few kB. What is larger is not a chart, and drawing it could take any time and memory.
SVG_CHARACTERS_MAX = 2_000_000
PIXELS_MAX = 6_000 * 6_000

_PNG_SIZE = struct.Struct(">II")


@dataclass(frozen=True, slots=True)
class Picture:
    """A png with its size in pixels."""

    png: bytes
    width: int
    height: int


@functools.lru_cache(maxsize=32)
def draw_svg(svg: str, width_mm: float) -> Picture:
    """Draw ``svg`` so wide on white paper; no font of the system is used.

    Raises:
        ValueError: it is no svg, or beyond the bounds above.
    """
    width = round(width_mm / MM_PER_INCH * DOTS_PER_INCH)
    if len(svg) > SVG_CHARACTERS_MAX or not 0 < width * width <= PIXELS_MAX:
        raise ValueError(
            f"a chart of {len(svg)} characters, {width_mm} mm wide, is beyond the bounds of a chart"
        )
    png = bytes(
        resvg_py.svg_to_bytes(
            svg_string=svg,
            width=width,
            background="#ffffff",
            skip_system_fonts=True,
            font_files=[str(bundled_font())],
            font_family=FALLBACK_FAMILY,
            sans_serif_family=FALLBACK_FAMILY,
            serif_family=FALLBACK_FAMILY,
        )
    )
    drawn_width, drawn_height = _PNG_SIZE.unpack_from(png, 16)  # the IHDR chunk stands first
    return Picture(png, drawn_width, drawn_height)
