"""The document as its rules see it: lines, tables with their captions, the page of a docx."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from guangsha.checker.document import DocumentView, PageLayout, TextCell, TextLine, TextTable, squeeze
from guangsha.documents.reading.source import Line, SourceDocument, SourceTable, Spot
from guangsha.documents.writing.marks import paragraph_name
from guangsha.facts.fact import CellSource

#: How many lines above a table may belong to it: its caption, its number, the unit, 单位：万元.
_ABOVE_MAX = 8
_CAPTION_MAX = 60
_CAPTION = re.compile("表|情况|明细")
_NOT_CAPTION = re.compile(r"^(?:部门|单位|公开|编制|金额|附[件表]|注|说明|图)|[。；]$")
#: A table of contents has at most this many lines; a longer one was not recognised as such.
_CONTENTS_MAX = 120


def view_of(
    document: SourceDocument,
    kind: str,
    titles: Mapping[int, str] | None = None,
    layout: PageLayout | None = None,
) -> DocumentView:
    """The view of ``document``.

    Args:
        kind: what sort of document was recognised.
        titles: titles of tables by their number among the document's tables, where understanding found them; others
            are looked for above the table.
        layout: the page, where the format tells.
    """
    contents = _contents(document)
    lines: list[TextLine] = []
    tables: list[TextTable] = []
    for order, block in enumerate(document.blocks):
        if isinstance(block, Line):
            place = place_of(document, block.spot, quote=block.text.strip())
            lines.append(TextLine(block.text, place, order, block.level, order in contents))
        else:
            given = (titles or {}).get(len(tables), "")
            tables.append(_table(document, block, order, given, lines))
    return DocumentView(document.file, document.kind, kind, tuple(lines), tuple(tables), layout)


def place_of(document: SourceDocument, spot: Spot, *, table: str = "", quote: str = "") -> CellSource:
    """The source of something at ``spot``, its cell in words that a person can follow."""
    source = document.source(spot, table=table, quote=quote)
    return replace(source, cell=readable_cell(document.kind, source.cell))


def readable_cell(kind: str, cell: str) -> str:
    """A cell as a person is told it: paragraphs of a Word file are counted, paths into a web page mean nothing."""
    if kind == "docx" and cell.isdigit():
        return paragraph_name(cell)
    return "" if cell.startswith("/") else cell


def caption_above(lines: Sequence[TextLine], order: int) -> tuple[str, tuple[TextLine, ...]]:
    """The caption of the table at ``order`` and the lines between it and the table, the caption's first."""
    above: list[TextLine] = []
    expected = order - 1
    for line in reversed(lines[-_ABOVE_MAX:]):
        if line.order != expected:
            break  # another table stands between
        expected -= 1
        above.insert(0, line)
        text = line.compact
        if 4 <= len(text) <= _CAPTION_MAX and _CAPTION.search(text) and not _NOT_CAPTION.search(text):
            return line.text.strip(), tuple(above)
    return "", tuple(above[-4:])


def _table(
    document: SourceDocument, table: SourceTable, order: int, title: str, lines: Sequence[TextLine]
) -> TextTable:
    caption, above = caption_above(lines, order)
    caption = title or caption
    rows = []
    for row in range(table.row_count):
        cells = (cell for cell in table.row_cells(row) if cell.row == row)
        rows.append(
            tuple(
                TextCell(
                    cell.text,
                    place_of(document, cell.spot, table=caption, quote=cell.text.strip()),
                    cell.column,
                    cell.spot.lines,
                )
                for cell in cells
            )
        )
    return TextTable(caption, above, tuple(rows), place_of(document, table.spot, table=caption), order)


def _contents(document: SourceDocument) -> frozenset[int]:
    """Positions of the lines of the printed table of contents (目录): up to where its first entry comes again."""
    lines = [(order, block) for order, block in enumerate(document.blocks) if isinstance(block, Line)]
    start = next((i for i, (_, line) in enumerate(lines[:80]) if squeeze(line.text) == "目录"), None)
    if start is None:
        return frozenset()
    entries = [(order, line.text.strip()) for order, line in lines[start + 1 :] if line.text.strip()]
    entries = entries[:_CONTENTS_MAX]
    if not entries:
        return frozenset()
    # Titles are printed a little differently in the list and over the part; its number is not.
    opening = _entry(entries[0][1])
    part = re.match("第[一二三四五六七八九十]部分", opening)
    first = part[0] if part else opening[:10]
    again = (
        i for i, (_, text) in enumerate(entries) if i and len(first) >= 4 and _entry(text).startswith(first)
    )
    end = next(again, None)
    if end is not None:
        return frozenset((lines[start][0], *(order for order, _ in entries[:end])))
    # Entries whose own page numbers give them away.
    numbered = [order for order, text in entries if re.search(r"(?:[.…·]{2,}\s*|\s)\d{1,3}$", text)]
    return frozenset((lines[start][0], *numbered))


def _entry(text: str) -> str:
    return re.sub(r"[.…·\s]*\d{0,3}$", "", squeeze(re.sub(r"^[-•·*]\s*", "", text.strip())))
