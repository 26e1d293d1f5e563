"""Codes of the budget classification as tables print them: whole, in three columns (类 款 项), torn or doubled.

Functional codes have 3, 5 or 7 digits and begin with 2; economic codes have 3 or 5 and begin with 3. A code is put
together from what is printed; it is corrected only in a scanned table, and only where its length cannot be right and
its printed name leaves one code to choose.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from guangsha.documents.reading.understanding.accounts_words import likeness

_FUNCTIONAL = re.compile(r"2[0-3]\d(?:\d\d){0,2}")
_ECONOMIC = re.compile(r"3[01]\d(?:\d\d)?|399(?:\d\d)?")
_NAME_LEAST = 0.8


def functional_code(text: str) -> str:
    """``text`` if it is a functional code of right length, else empty."""
    return text if _FUNCTIONAL.fullmatch(text) else ""


def economic_code(text: str) -> str:
    """``text`` if it is an economic code of right length, else empty."""
    return text if _ECONOMIC.fullmatch(text) else ""


def joined_code(parts: Sequence[str]) -> str:
    """The functional code that the digits of a row's first cells make; empty when they make none.

    The cells may hold 类, 款 and 项 each (``221 01 06``), each with those above it (``221 22101 2210106``), or overlap
    by a digit that a ruling line cut through (``20103 302`` for 2010302). Cells before them (序号) are passed over.

    >>> joined_code(["221", "01", "06"]), joined_code(["20103", "302"]), joined_code(["221", "22101", "2210106"])
    ('2210106', '2010302', '2210106')
    """
    for start in range(len(parts)):
        tail = parts[start:]
        if code := functional_code("".join(tail)):
            return code
        whole = functional_code(tail[-1])
        if whole and all(after.startswith(before) for before, after in pairwise(tail)):
            return whole
        if len(tail) == 2 and (code := _overlapping(*tail)):
            return code
    return ""


def _overlapping(first: str, second: str) -> str:
    for shared in range(1, min(len(first), len(second))):
        if first.endswith(second[:shared]) and (code := functional_code(first + second[shared:])):
            return code
    return ""


class Levels:
    """Codes printed level by level: a row gives only its own two digits, in the column of its level."""

    def __init__(self) -> None:
        self._columns: list[int] = []
        self._code = ""

    def note(self, code: str) -> None:
        """A whole code was read; the two digits below belong to it."""
        self._code = code

    def code(self, column: int, digits: str) -> str:
        """The code of a row whose only digits stand in ``column``; empty when they cannot be placed."""
        if functional_code(digits) and len(digits) == 3:
            self._columns = self._columns if column in self._columns[:1] else [column]
            self._code = digits
            return digits
        if len(digits) != 2 or not self._columns or column < self._columns[0]:
            return ""
        if column not in self._columns:
            self._columns = sorted({*self._columns, column})
        level = self._columns.index(column)
        kept = self._code[: 1 + 2 * level]
        if level == 0 or len(kept) != 1 + 2 * level:
            return ""
        self._code = functional_code(kept + digits)
        return self._code


def repaired_code(digits: str, name: str, names: Mapping[str, str], taken: Iterable[str]) -> str:
    """The one code that scanned ``digits`` of impossible length can have been; empty where that is not certain.

    Args:
        digits: what was read.
        name: the printed name.
        names: codes and their names: the year's classification and the document's other tables.
        taken: codes of the table that stand in other rows.
    """
    used = set(taken)
    likely = [
        code
        for code, known in names.items()
        if code not in used and likeness(name, known) >= _NAME_LEAST and _one_edit_apart(digits, code)
    ]
    return likely[0] if len(likely) == 1 else ""


def _one_edit_apart(one: str, two: str) -> bool:
    """Whether one digit lost, added or misread makes ``two`` of ``one``."""
    if abs(len(one) - len(two)) > 1 or one == two:
        return one == two
    head = 0
    while head < min(len(one), len(two)) and one[head] == two[head]:
        head += 1
    tail = 0
    while tail < min(len(one), len(two)) - head and one[-1 - tail] == two[-1 - tail]:
        tail += 1
    return max(len(one), len(two)) - head - tail <= 1
