"""Level-1 and level-2 names of indicator rows, where one printed name stands for several rows.

With a grid the merged cell says which. Without one a name stands on the first of its rows or in the middle of them;
which of the two a form does shows on its first row. A level-2 name also says under which level-1 name it stands.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from guangsha.documents.reading.understanding.cells import compact, words
from guangsha.documents.reading.understanding.vocabulary import level1_name, level1_of

#: Level-2 names by their stem; what a scan left of one is completed from it.
_STEMS: tuple[tuple[str, str], ...] = (
    ("经济成本", "经济成本指标"), ("社会成本", "社会成本指标"), ("生态环境成本", "生态环境成本指标"),
    ("数量", "数量指标"), ("质量", "质量指标"), ("时效", "时效指标"), ("成本", "成本指标"),
    ("经济效", "经济效益指标"), ("社会效", "社会效益指标"), ("生态效", "生态效益指标"), ("环境效", "环境效益指标"),
    ("可持续", "可持续影响指标"), ("满意", "满意度指标"),
)  # fmt: skip

#: The rest of a name whose beginning stands on the row above.
_FRAGMENT = re.compile(r"影响|效益|指标|益指标|标")

#: What the words of a row tell about its level-2 name, used only where two readings are otherwise equal.
_HINTS: tuple[tuple[str, str, float], ...] = (
    (r"\d(?:万|余)?(?:户|套|栋|个|件|起|次|人|家|处|平方米|㎡)|户数|栋数|面积|数量", "数量", 1.2),
    (r"率|达标|安全|合格", "质量", 0.6),
    (r"及时|按时|规定的时间|时限|年度内", "时效", 0.6),
    (r"社会|群众|市场|治理|矛盾|困难", "社会效", 0.6),
    (r"环境|生态|绿|节能", "生态效", 0.6),
    (r"持续|长效|机制", "可持续", 0.6),
)


@dataclass
class Labels:
    """The level names of one row: as printed on it, and as found out."""

    printed1: str = ""
    printed2: str = ""
    hint: str = ""
    block: str = ""
    has_data: bool = True
    page: int = 0
    level1: str = ""
    level2: str = ""


def stem_of(text: str) -> str:
    """The stem of a level-2 name; empty where the text is none.

    >>> stem_of("放益指标 社会效益指 标")
    '社会效'
    """
    bare = compact(text)
    return next((stem for stem, _ in _STEMS if stem in bare), "")


def level2_words(text: str) -> str:
    """A level-2 name as printed; what a scan damaged is completed from its stem.

    >>> level2_words("社会效\\n益指标"), level2_words("放益指标 社会效益指 标")
    ('社会效益指标', '社会效益指标')
    """
    bare = words(text)
    stem = stem_of(bare)
    if not stem:
        return bare
    whole = re.fullmatch(rf"[\u4e00-\u9fff（）()或及、]*{stem}[\u4e00-\u9fff（）()、]*", bare)
    tidy = whole is not None and bare.count("指标") <= 1 and not re.match(r"[益标响指]", bare)
    if tidy and (bare.endswith(("指标", "）", ")")) or "指标" not in bare):
        return bare
    return next(name for key, name in _STEMS if key == stem)


def fill_levels(rows: Sequence[Labels], *, guessed: bool) -> None:
    """Give every row its level-1 and level-2 name.

    Args:
        guessed: the names' extents are unknown (a torn table, or cells that were not merged).
    """
    for block in dict.fromkeys(row.block for row in rows):
        _fill_block([row for row in rows if row.block == block], guessed)


@dataclass(frozen=True, slots=True)
class _Mark:
    """A printed level-2 name and the rows, ``first`` to ``last``, on which it or a piece of it stands."""

    name: str
    first: int
    last: int


def _fill_block(rows: Sequence[Labels], guessed: bool) -> None:
    marks = _marks([row.printed2 for row in rows])
    spans = {mark: (mark.first, mark.last + 1) for mark in marks}
    if marks and any(not row.printed2 and row.has_data for row in rows):
        spans = _spans(marks, rows) if guessed else _first_row_spans(marks, len(rows))
    for mark, (start, end) in spans.items():
        for row in rows[start:end]:
            row.level2 = mark.name
    _clear_across_level1(rows)
    _fill_level1(rows)


def _marks(texts: Sequence[str]) -> list[_Mark]:
    """The printed names; pieces of one name on neighbouring rows are one mark."""
    marks: list[_Mark] = []
    for place, text in enumerate(texts):
        if not compact(text):
            continue
        before = marks[-1] if marks and marks[-1].last == place - 1 else None
        stem = stem_of(text)
        if before is not None and stem and stem == stem_of(before.name):
            name = before.name if before.name.endswith("指标") or "指标" not in text else f"{before.name}指标"
            marks[-1] = _Mark(name, before.first, place)
        elif (
            before is not None
            and not stem
            and not before.name.endswith("指标")
            and _FRAGMENT.match(compact(text))
        ):
            marks[-1] = _Mark(before.name + words(text), before.first, place)
        elif stem or (not marks and "指标" in text):
            marks.append(_Mark(level2_words(text), place, place))
        elif re.fullmatch(r"[\u4e00-\u9fff（）()]{2,16}指标", words(text)):
            marks.append(_Mark(words(text), place, place))
    return marks


_Spans = dict[_Mark, tuple[int, int]]


def _first_row_spans(marks: Sequence[_Mark], count: int) -> _Spans:
    ends = [*(mark.first for mark in marks[1:]), count]
    return {
        mark: (mark.first if number else 0, end)
        for number, (mark, end) in enumerate(zip(marks, ends, strict=True))
    }


def _spans(marks: Sequence[_Mark], rows: Sequence[Labels]) -> _Spans:
    """Which rows each name covers: from its own row on, or centred on it where the first row shows that."""
    first_data = next((i for i, row in enumerate(rows) if row.has_data), 0)
    if marks[0].first <= first_data:
        return _first_row_spans(marks, len(rows))
    return _centred_spans(marks, rows)


def _centred_spans(marks: Sequence[_Mark], rows: Sequence[Labels]) -> _Spans:
    """Neighbouring spans, each with its name as near its middle as can be; words decide between equals.

    A page break cuts a merged cell: the first rows of a new page may go on with the last name, wherever that stood.
    """
    breaks = {i for i in range(1, len(rows)) if rows[i].page != rows[i - 1].page}
    best: dict[int, tuple[float, tuple[int, ...]]] = {0: (0.0, (0,))}
    for number, mark in enumerate(marks):
        last = number == len(marks) - 1
        ends = [len(rows)] if last else range(mark.last + 1, marks[number + 1].first + 1)
        following: dict[int, tuple[float, tuple[int, ...]]] = {}
        for start, (cost, path) in best.items():
            for end in ends:
                total = cost + _off_centre(mark, start, end, breaks) + _hint_cost(mark.name, rows[start:end])
                if end not in following or total < following[end][0]:
                    following[end] = (total, (*path, end))
        best = following
    _, path = best[len(rows)]
    return {mark: (path[i], path[i + 1]) for i, mark in enumerate(marks)}


def _off_centre(mark: _Mark, start: int, end: int, breaks: set[int]) -> float:
    """How far the name stands from the middle of its rows, on the page that prints it."""
    start = max([start, *(at for at in breaks if start < at <= mark.first)])
    end = min([end, *(at for at in breaks if mark.last < at < end)])
    return abs((start + end - 1) / 2 - (mark.first + mark.last) / 2)


def _hint_cost(name: str, rows: Sequence[Labels]) -> float:
    cost = 0.0
    for row in rows:
        told = [(stem, weight) for pattern, stem, weight in _HINTS if re.search(pattern, row.hint)]
        if told and not any(stem in name for stem, _ in told):
            cost += max(weight for _, weight in told)
    return cost


def _clear_across_level1(rows: Sequence[Labels]) -> None:
    """A level-2 name does not reach past a row that prints another level-1 name and no level-2 name."""
    cleared = False
    for row in rows:
        own = level1_name(row.printed1)
        if row.printed2:
            cleared = False
        elif own and _standard(own) and level1_of(row.level2) and not _same_level(own, level1_of(row.level2)):
            cleared = True
        if cleared:
            row.level2 = ""


def _fill_level1(rows: Sequence[Labels]) -> None:
    """By the level-2 name where it says, else by what is printed nearest above (or, at the top, below)."""
    printed = [level1_name(row.printed1) for row in rows]
    names = [name for name in printed if name]
    current = names[0] if names else ""
    for place, row in enumerate(rows):
        current = printed[place] or current
        implied = level1_of(row.level2) if row.level2 else ""
        if implied == "产出指标" and "成本" in row.level2 and current.startswith("成本"):
            implied = ""  # 成本指标 as a level of its own
        if implied and not _same_level(implied, current):
            there = next((name for name in names if _same_level(name, implied)), "")
            # A name of its own on the row is what the form says, odd as it may be.
            row.level1 = (
                printed[place] or there or (current if current and not _standard(current) else implied)
            )
        else:
            row.level1 = current or implied


def _same_level(first: str, second: str) -> bool:
    def bare(name: str) -> str:
        return re.sub(r"指标|绩效|类|度|服务对象", "", name).replace("效果", "效益")

    return bare(first) == bare(second)


def _standard(name: str) -> bool:
    return any(word in name for word in ("产出", "效益", "满意", "成本"))
