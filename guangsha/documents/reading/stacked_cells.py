"""Tables inside plain text, one cell on each line: a TAB opens a cell, an empty line ends a row.

This is what text extraction from a docx leaves. Further paragraphs of a cell follow on lines of their own without TAB,
even after an empty line where the cell held an empty paragraph, so that a row's end is known only from what follows.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median

from guangsha.documents.reading.source import Block
from guangsha.documents.reading.torn_tables import Field, RawLine, Row, is_caption, is_heading, table_of, tidy

#: After an empty paragraph a cell goes on with something as short as a label; longer text is the report's own.
_AFTER_GAP_CHARS_MAX = 16
#: Lines that one cell may hold; long goals have a dozen.
_CELL_LINES_MAX = 40
#: Cells are mostly labels and figures; a report whose paragraphs open with a TAB has long lines and full stops.
_CELL_CHARS_MEDIAN_MAX = 40
_SENTENCES_SHARE_MAX = 0.4
#: A label written downwards ("绩效指标") is this short.
_UPRIGHT_CHARS_MAX = 8

_FIGURE = re.compile(r"[-+]?[\d,. ]+[%％]?")

_Cell = list[RawLine]


def opens_cell(raw: RawLine) -> bool:
    """Whether the line opens a cell: a TAB first, and no other that parts text."""
    return raw.text.startswith("\t") and "\t" not in raw.text[1:].rstrip("\t ")


def read_stacked(lines: Sequence[RawLine], start: int) -> tuple[list[Block], int]:
    """The table whose first cell opens at ``start`` (nothing if it is none), and the index of the line after it."""
    rows: list[list[_Cell]] = [[]]
    i = start
    while i < len(lines):
        if opens_cell(lines[i]):
            rows[-1].append([lines[i]])
            i += 1
            continue
        following = _next_cell(lines, i, rows)
        if following is None:
            i = _end_of_cell(lines, i, rows)
            break
        rows[-1][-1].extend(lines[i:following])
        if lines[following - 1].blank:
            rows.append([])
        i = following
    read = [Row(tuple(_field(cell) for cell in row)) for row in rows]
    read = [row for row in read if row.filled or len(row.fields) > 1]
    return ([table_of(_joined(read))] if _is_table(read) else []), i


def _field(cell: _Cell) -> Field:
    parts = [(part, raw.number) for raw in cell if (part := tidy(raw.text))]
    spot = cell[0].spot
    if len(cell) > 1:
        # a part may hold line breaks of its own (<br>), all of one line of the file
        lines = tuple(number for part, number in parts for _ in part.split("\n"))
        spot = replace(spot, lines=lines)
    return "\n".join(part for part, _ in parts), spot


def _next_cell(lines: Sequence[RawLine], start: int, rows: Sequence[Sequence[_Cell]]) -> int | None:
    """Where the next cell of the same table opens, if what stands before it belongs to the cell before."""
    gap = False
    for i in range(start, min(start + _CELL_LINES_MAX, len(lines))):
        raw = lines[i]
        if raw.blank:
            if i + 1 < len(lines) and lines[i + 1].blank:
                return None  # two empty lines end a table
            gap = True
        elif opens_cell(raw):
            return i
        elif not _belongs(raw, rows, after_gap=gap):
            return None
    return None


def _belongs(raw: RawLine, rows: Sequence[Sequence[_Cell]], *, after_gap: bool) -> bool:
    """Whether a line without TAB is a further paragraph of the last cell."""
    text = raw.text.strip(" \t")
    if "\t" in text or is_caption(text):
        return False
    if after_gap:
        # a row as long as the one before is complete: what follows it is not inside
        complete = len(rows) > 1 and len(rows[-1]) >= len(rows[-2])
        return len(text) <= _AFTER_GAP_CHARS_MAX and not complete and not is_heading(text)
    return not (is_heading(text) and _FIGURE.fullmatch(tidy(rows[-1][-1][0].text)))


def _end_of_cell(lines: Sequence[RawLine], start: int, rows: Sequence[Sequence[_Cell]]) -> int:
    """Take what still belongs to the very last cell, and say where the text goes on."""
    i = start
    last = rows[-1][-1]
    if _FIGURE.fullmatch(tidy(last[0].text)) or not tidy(last[0].text):
        return i
    while i < len(lines) and not lines[i].blank and i - start < _CELL_LINES_MAX:
        if is_heading(lines[i].text) or not _belongs(lines[i], rows, after_gap=False):
            break
        last.append(lines[i])
        i += 1
    return i


def _is_table(rows: Sequence[Row]) -> bool:
    texts = [text for row in rows for text in row.filled]
    if len(rows) < 2 or not texts or max(len(row.fields) for row in rows) < 2:
        return False
    sentences = sum(1 for text in texts if text.endswith(("。", "；")))
    return median(
        len(text) for text in texts
    ) <= _CELL_CHARS_MEDIAN_MAX and sentences <= _SENTENCES_SHARE_MAX * len(texts)


def _joined(rows: list[Row]) -> list[Row]:
    """A label written downwards whose last empty paragraph looked like the end of its row, put before its row."""
    common = Counter(len(row.fields) for row in rows).most_common(1)[0][0]
    taken: set[int] = set()
    joined: list[Row] = []
    for i, (row, following) in enumerate(pairwise([*rows, Row(())])):
        if i in taken:
            continue
        upright = len(row.fields) == 1 and len("".join(row.texts)) <= _UPRIGHT_CHARS_MAX
        if upright and len(following.fields) + 1 == common:
            taken.add(i + 1)
            row = Row(row.fields + following.fields)
        joined.append(row)
    return joined
