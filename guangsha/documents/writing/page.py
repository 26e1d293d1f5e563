"""The page of GB/T 9704-2012 (党政机关公文格式), once for every writer that prints pages.

A4; above the type area (版心) 37 mm, at the binding edge (订口) 28 mm, type area 156 × 225 mm, so that 35 mm remain
below and 26 mm at the right. 22 lines of 28 characters of 3号 (16 pt) fill it. A sheet that lies across keeps its
margins on the same physical edges: it is the upright sheet turned clockwise, binding edge up.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

MM_PER_INCH = 25.4
TWIPS_PER_MM = 1440 / MM_PER_INCH
POINTS_PER_MM = 72 / MM_PER_INCH

LINES_PER_PAGE = 22
CHARACTERS_PER_LINE = 28

#: Sizes of type (字号) in points.
SIZE_1 = 26.0  # 1号
SIZE_2 = 22.0  # 2号
SIZE_3 = 16.0  # 3号
SIZE_4 = 14.0  # 4号
SIZE_5 = 10.5  # 5号
SIZE_5_SMALL = 9.0  # 小五

#: The dash of the page number (一字线) stands 7 mm below the type area.
PAGE_NUMBER_BELOW_MM = 7.0


@dataclass(frozen=True, slots=True)
class Page:
    """One sheet in millimetres."""

    width: float
    height: float
    top: float
    right: float
    bottom: float
    left: float

    @property
    def text_width(self) -> float:
        return self.width - self.left - self.right

    @property
    def text_height(self) -> float:
        return self.height - self.top - self.bottom


PORTRAIT = Page(width=210, height=297, top=37, right=26, bottom=35, left=28)
LANDSCAPE = Page(width=297, height=210, top=28, right=37, bottom=26, left=35)

#: So many characters of 1号 stand in a line of a cover's title.
COVER_TITLE_CHARACTERS = int(PORTRAIT.text_width * POINTS_PER_MM / SIZE_1)
#: 225 mm / 22 lines, in points.
LINE_PITCH_POINTS = PORTRAIT.text_height * POINTS_PER_MM / LINES_PER_PAGE
#: 156 mm / 28 characters, in points; a little less than 16.
CHARACTER_PITCH_POINTS = PORTRAIT.text_width * POINTS_PER_MM / CHARACTERS_PER_LINE


def page_of(landscape: bool) -> Page:
    """The sheet of a section."""
    return LANDSCAPE if landscape else PORTRAIT


def share_width(total: int, widths: Sequence[float]) -> list[int]:
    """``total`` split in proportion to ``widths``: whole numbers that sum exactly to it.

    Rounding each column alone would leave the table a few units off the type area; here each border is rounded.

    Raises:
        ValueError: no column, or a width that is not positive.
    """
    whole = sum(widths)
    if not widths or min(widths) <= 0:
        raise ValueError("a table needs columns of positive width")
    borders, reached = [0], 0.0
    for width in widths:
        reached += width
        borders.append(round(total * reached / whole))
    return [right - left for left, right in itertools.pairwise(borders)]
