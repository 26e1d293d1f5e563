"""Where the line of a title ends when it is too long for one.

Source: GB/T 9704-2012 §7.3.1: a title of several lines keeps its words whole, stands symmetrically, and its lines are of fitting
length.
"""

from __future__ import annotations

import re
from itertools import combinations, pairwise

#: After these a word of a title of an agency is over; the longer of two that end alike come first.
_ENDS = (
    "年度", "自治区", "自治州", "开发区", "街道办事处", "委员会", "服务", "保障", "管理", "建设", "事业", "中心", "政府", "人民", "城乡",
    "住房", "房产", "房屋", "省", "市", "县", "区", "州", "镇", "乡", "街道", "局", "厅", "委", "处", "所", "站", "院", "和", "及", "与", "、",
)  # fmt: skip
_END = re.compile("|".join(sorted(_ENDS, key=len, reverse=True)))
#: A line of more parts than these is broken by its length alone: the choices would be too many.
_PARTS_MAX = 16


def title_lines(text: str, most: int) -> tuple[str, ...]:
    """A title in as few lines as it needs, none longer than ``most`` characters, its words whole where that can be, the lines as
    even as can be, and the first of two as even ones the longer.

    >>> title_lines("2024年度武汉市江岸区住房保障和房屋管理局", 17)
    ('2024年度武汉市江岸区', '住房保障和房屋管理局')

    Raises:
        ValueError: no line holds less than one character.
    """
    if most < 1:
        raise ValueError("a line holds at least one character")
    needed = -(-len(text) // most)
    if needed <= 1:
        return (text,)
    ends = [found.end() for found in _END.finditer(text) if found.end() < len(text)]
    for count in (needed, needed + 1):
        if len(ends) > _PARTS_MAX:
            break
        ways = [_cut(text, places) for places in combinations(ends, count - 1)]
        fitting = [way for way in ways if max(map(len, way)) <= most]
        if fitting:
            return min(fitting, key=lambda way: (max(map(len, way)) - min(map(len, way)), -len(way[0])))
    even = -(-len(text) // needed)
    return _cut(text, range(even, len(text), even))


def _cut(text: str, places: tuple[int, ...] | range) -> tuple[str, ...]:
    bounds = [0, *places, len(text)]
    return tuple(text[start:end] for start, end in pairwise(bounds))
