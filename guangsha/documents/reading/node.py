"""Input as a tree whose every leaf keeps its text and its place, before anything is decided about it.

YAML, JSON and workbooks become the same tree, so one schema (``figures_facts``) reads all three.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from guangsha.documents.reading import limits
from guangsha.facts.fact import CellSource
from guangsha.kernel.errors import InputError, InputErrors

_NO_ENTRIES: Mapping[str, Node] = {}


@dataclass(frozen=True, slots=True)
class Node:
    """A mapping (``entries``), a sequence (``elements``), a scalar (``text``), or, with none of them, a blank."""

    place: CellSource
    text: str | None = None
    entries: Mapping[str, Node] | None = None
    elements: Sequence[Node] | None = None

    @property
    def blank(self) -> bool:
        """Nothing was given: null, an empty text, or blanks alone."""
        if self.entries is not None or self.elements is not None:
            return False
        return self.text is None or not self.text.strip()


def where(place: CellSource) -> str:
    """The place in a person's words: ``工作表“整体自评表”D7`` or ``figures.yaml 第 12 行（sheets[0].name）``."""
    if place.table:
        return f"工作表“{place.table}”{place.cell}"
    if place.line is not None:
        return f"{place.file} 第 {place.line} 行" + (f"（{place.cell}）" if place.cell else "")
    return f"{place.file} {place.cell}".strip()


@dataclass(slots=True)
class Complaints:
    """Faults of one input, gathered so that a person mends them in one go."""

    found: list[InputError] = field(default_factory=list)
    unshown: int = 0

    def add(self, place: CellSource | str, message: str, advice: str = "") -> None:
        if len(self.found) >= limits.ERRORS_MAX:
            self.unshown += 1
            return
        at = place if isinstance(place, str) else where(place)
        self.found.append(InputError(message, where=at, advice=advice))

    def raise_if_any(self) -> None:
        """Raises: InputErrors: at least one fault was gathered."""
        if not self.found:
            return
        if self.unshown:
            self.found.append(InputError(f"另有 {self.unshown} 处未列出", advice="请先更正以上各处。"))
            self.unshown = 0
        raise InputErrors(self.found)


#: What no document may hold: XML cannot carry it and no keyboard types it.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)


def tidy_text(text: str) -> str:
    """``text`` with one kind of line break, without blanks at its ends.

    Raises:
        InputError: it holds control characters or is too long; without a place.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(text) > limits.TEXT_CHARS_MAX:
        raise InputError(
            f"文字有 {len(text)} 个字符，超过上限 {limits.TEXT_CHARS_MAX} 个", advice="请缩短文字。"
        )
    if _UNPRINTABLE.search(text):
        raise InputError("文字里有看不见的控制字符", advice="请删除后重新输入这一格文字。")
    return text
