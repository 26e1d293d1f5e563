"""A published report saved as plain text: its lines with their numbers, and the tables torn open in it.

Lines stay as they stand in the file. Sentences that a page end has cut in two stay two lines: joining them is for
``understanding``.
"""

from __future__ import annotations

import re

from guangsha.documents.reading import limits
from guangsha.documents.reading.html import read_fragment
from guangsha.documents.reading.source import Block, SourceDocument
from guangsha.documents.reading.stacked_cells import opens_cell, read_stacked
from guangsha.documents.reading.text_encoding import Decoded, decode_text
from guangsha.documents.reading.torn_tables import (
    RawLine,
    is_barred,
    joined_pages,
    lines_of,
    read_barred,
    read_tabbed,
)
from guangsha.kernel.errors import InputError

#: Ends of lines as editors count them; a form feed inside a line marks a page.
_LINE_END = re.compile(r"\r\n|\n|\r")
_MARKED_UP = re.compile(r"\s*(?:<(?:html|body|div|center)\b[^<>]*>\s*)*<table\b", re.IGNORECASE)
#: Lines of one table written as markup; one cell a line makes 2,000 of a long one.
_MARKED_UP_LINES_MAX = 20_000
#: So many tables that never end, and no more are looked for.
_VAIN_TRIES_MAX = 20


def read_text(data: bytes, name: str) -> SourceDocument:
    """The document in ``data``.

    Args:
        name: the file's name, for spots and messages.

    Raises:
        InputError: no text, binary noise, or more lines than any report has.
    """
    decoded = decode_text(data, name)
    lines = _raw_lines(decoded.text)
    if len(lines) > limits.LINES_MAX:
        raise InputError(f"文件有 {len(lines)} 行，超过上限", where=name, advice="请核对是否选错了文件。")
    if decoded.text.count("\t") > limits.CELLS_MAX:
        raise InputError("文件里的制表符过多，超过上限", where=name, advice="请核对是否选错了文件。")
    blocks = joined_pages(_blocks(lines, name))
    if not blocks:
        raise InputError("文件里没有文字", where=name, advice="请重新导出或复制这个文件。")
    return SourceDocument(name, "txt", tuple(blocks), pages=lines[-1].page, notes=_notes(decoded, blocks))


def _raw_lines(text: str) -> list[RawLine]:
    parts = _LINE_END.split(text)
    if "\f" not in text:
        return [RawLine(number, part) for number, part in enumerate(parts, 1)]
    lines: list[RawLine] = []
    page = 1
    for number, part in enumerate(parts, 1):
        # the mark stands before the first line of the new page
        page += part[: len(part) - len(part.lstrip("\f \t"))].count("\f")
        lines.append(RawLine(number, part.replace("\f", ""), page))
        page += part.lstrip("\f \t").count("\f")
    return lines


def _blocks(lines: list[RawLine], name: str) -> list[Block]:
    blocks: list[Block] = []
    i = 0
    not_stacked_before = 0  # up to here the lines have been looked at as cells, in vain
    vain_tries = 0
    while i < len(lines):
        raw = lines[i]
        found: tuple[list[Block], int] | None = None
        if vain_tries < _VAIN_TRIES_MAX and _MARKED_UP.match(raw.text):
            found = _read_marked_up(lines, i, name)
            vain_tries += found is None
        elif "\t" in raw.text:
            if i >= not_stacked_before and opens_cell(raw):
                found = read_stacked(lines, i)
                if not found[0]:
                    not_stacked_before, found = found[1], None
            found = found or read_tabbed(lines, i)
        elif is_barred(raw):
            found = read_barred(lines, i)
        if found is None:
            found = list(lines_of(raw)), i + 1
        blocks.extend(found[0])
        i = found[1]
    return blocks


def _read_marked_up(lines: list[RawLine], start: int, name: str) -> tuple[list[Block], int] | None:
    """A table written as markup in the midst of text, as OCR programs do; None where it does not end."""
    depth = 0
    for i in range(start, min(start + _MARKED_UP_LINES_MAX, len(lines))):
        text = lines[i].text.lower()
        depth += text.count("<table") - text.count("</table")
        if depth <= 0:
            markup = "\n".join(raw.text for raw in lines[start : i + 1])
            return read_fragment(markup, name, lines[start].number), i + 1
    return None


def _notes(decoded: Decoded, blocks: list[Block]) -> tuple[str, ...]:
    notes: list[str] = []
    if decoded.encoding not in ("utf-8", "ascii"):
        notes.append(f"文件的文字编码为 {decoded.encoding.upper()}。")
    if decoded.unreadable:
        notes.append(f"有 {decoded.unreadable} 处字符无法识别，以“\ufffd”代替，请核对原文件。")
    torn = sum(1 for block in blocks if getattr(block, "torn", False))
    if torn:
        notes.append(f"文本中没有表格线，{torn} 张表的行列是按制表符推断的。")
    return tuple(notes)
