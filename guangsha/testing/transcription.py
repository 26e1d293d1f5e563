"""Reads a transcription and the published text that it was made from, so that tests can set one against the other.

A transcription is a figures file (``docs/figures-file.md``); the published texts lie beside the checkout and are not
part of it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

CHECKOUT = Path(__file__).resolve().parents[2]
EXAMPLES = CHECKOUT / "examples"
SHARED = CHECKOUT.parent / "shared"
#: Example → the text it was transcribed from. The bureau's own report is not among the three; its figures are
#: quoted in the field dossier.
SOURCES = {
    "yueyanglou-2025": "documents/yueyanglou-2025.txt",
    "yueyang-2023": "documents/yueyang-2023.txt",
    "jiangan-2024": "documents/jiangan-2024.txt",
    "bureau-2023": "domain/performance.md",
}
REPORTS = tuple(name for name, path in SOURCES.items() if path.startswith("documents/"))

#: Figures that do not stand in the text as they are written here: (example, figure) → why.
REPAIRED = {
    ("yueyang-2023", "16300"): "正文印“1.63亿元”，此处折为万元",
}
#: Keys whose values are not figures of the report.
NOT_FIGURES = frozenset(
    {"format", "id", "key", "group", "cells", "budget_line", "parent", "number", "columns"}
)


class _AsPrinted(yaml.SafeLoader):
    """Reads every scalar as the text that stands in the file, so that 9.10 keeps its two decimals."""


_AsPrinted.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag == "tag:yaml.org,2002:null"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@cache
def figures(example: str) -> dict[str, Any]:
    """The figures file of an example as a tree of texts, exactly as they are written."""
    text = (EXAMPLES / example / "figures.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.load(text, Loader=_AsPrinted)
    return loaded


@cache
def published(example: str) -> str:
    """The source text with full-width forms folded and the blanks that scanning put into numbers taken out.

    The calling test is skipped where the published texts do not lie beside the checkout.
    """
    path = SHARED / SOURCES[example]
    if not path.is_file():
        pytest.skip("检出目录旁没有公开报告（../shared），无法对照原文")
    text = unicodedata.normalize("NFKC", path.read_text(encoding="utf-8"))
    text = re.sub(r"(?<=\d) ?\. ?(?=\d)", ".", text)  # 22854. 27
    return re.sub(r"(?<=\d), ?(?=\d{3}\.)", "", text)  # 1, 212.84


def numbers_in(text: str) -> list[str]:
    """The numbers of ``text`` as printed, in order and without signs.

    >>> numbers_in("42 栋，占 165%，9.10 分")
    ['42', '165', '9.10']
    """
    return re.findall(r"\d+(?:\.\d+)?", text)


def scalars(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Every value below ``node`` with where it stands; keys that are figures' names (codes) are not values."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key not in NOT_FIGURES:
                yield from scalars(value, (*path, str(key)))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from scalars(value, (*path, str(index)))
    elif node is not None:
        yield ".".join(path), str(node)


DATE = re.compile(r"(\d{4})-0?(\d+)-0?(\d+)")


def is_printed(value: str, text: str, known: set[str]) -> bool:
    """Whether all figures of ``value`` stand in the text; a date as 2024.6.5 or 2024年6月5日."""
    if date := DATE.fullmatch(value):
        year, month, day = date.groups()
        return re.search(rf"{year} ?[.年] ?{month} ?[.月] ?{day}(?!\d)", text) is not None
    return set(numbers_in(value)) <= known


class Reader:
    """Walks through the numbers of a text in order and finds rows of them, each after the one before."""

    def __init__(self, text: str, start: str) -> None:
        begin = text.index(start)
        self.tokens = numbers_in(text[begin:])
        self.at = 0

    def find(self, row: list[str], reach: int, gap: int = 1) -> bool:
        """Whether ``row`` starts within ``reach`` numbers and runs on with fewer than ``gap`` others between."""
        for start in range(self.at, min(self.at + reach, len(self.tokens))):
            end = self._run(row, start, gap)
            if end is not None:
                self.at = end
                return True
        return False

    def _run(self, row: list[str], start: int, gap: int) -> int | None:
        if not row:
            return start
        if self.tokens[start] != row[0]:
            return None
        position = start
        for number in row[1:]:
            window = self.tokens[position + 1 : position + 1 + gap]
            if number not in window:
                return None
            position += 1 + window.index(number)
        return position + 1


def chinese(text: str) -> str:
    """Only the Chinese characters, so that commas and figures do not break a copied sentence into pieces."""
    return "".join(re.findall(r"[\u4e00-\u9fff]", text))
