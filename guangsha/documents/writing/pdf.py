"""A document tree as a pdf, set by typst inside this process: no office program, no font of the system.

What is printed reaches typst as data and never as markup, so that nothing in a figure or a name can run. The file is
PDF/A-2a (for the archive: fonts inside, nothing fetched) and PDF/UA-1 (for screen readers: tagged, titled, charts
described) wherever its text allows.
"""

from __future__ import annotations

import functools
import json
import os
import re
import tempfile
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import typst

from guangsha.documents.writing.docx_body import first_pages
from guangsha.documents.writing.fonts import FALLBACK_FAMILY, typst_fonts
from guangsha.documents.writing.grid import place_cells
from guangsha.documents.writing.page import (
    CHARACTER_PITCH_POINTS,
    CHARACTERS_PER_LINE,
    LANDSCAPE,
    LINE_PITCH_POINTS,
    POINTS_PER_MM,
    PORTRAIT,
    SIZE_5,
    SIZE_5_SMALL,
    Page,
    page_of,
)
from guangsha.documents.writing.plain_text import (
    break_long_words,
    clean_text,
    label_with_colon,
    leading_indent,
)
from guangsha.documents.writing.tree import (
    AnnexMark,
    Block,
    Cell,
    Chart,
    Cover,
    Document,
    Heading,
    PageBreak,
    Paragraph,
    Section,
    Signature,
    Table,
    Title,
)
from guangsha.kernel.errors import InputError

#: A department's report with all its units has some 400 kB. Beyond this, setting it would take minutes.
CHARACTERS_MAX = 12_000_000

#: Best first. Characters that no font has (an emoji in a name) are forbidden in PDF/A, and headings that skip a
#: level in PDF/UA: such a document still gets its pdf, tagged, under the next standard that allows it.
_STANDARDS: tuple[list[typst.PDFStandard], ...] = (["a-2a", "ua-1"], ["a-2a"], ["ua-1"], ["1.7"])
_NO_GLYPH = "could not be displayed"

_TEMPLATE = Path(__file__).parent / "templates" / "report.typ"

#: A date on a cover, day or month and day left out where only the year is printed.
_DATE = re.compile(r"([12]\d{3})\s*[年.-]\s*(?:(\d{1,2})\s*[月.-]?\s*(?:(\d{1,2})\s*日?)?)?")
_NO_DATE = (1980, 1, 1)

_CELL_INSET_MM = 2.4
_LINES_HELD_TOGETHER = 14


def _flowing(text: str) -> str:
    return break_long_words(clean_text(text), CHARACTERS_PER_LINE)


def _cell(cell: Cell, width_mm: float, points: float) -> dict[str, Any]:
    room = max(0.0, width_mm - _CELL_INSET_MM) * POINTS_PER_MM / points  # in Chinese characters
    text = break_long_words(clean_text(cell.text), room)
    lines = text.count("\n") + len(text) / max(room, 1.0)
    return {
        "text": text,
        "cols": cell.cols,
        "rows": cell.rows,
        "align": cell.align,
        "header": cell.header,
        "tall": lines > _LINES_HELD_TOGETHER,  # may break across pages
        "hang": leading_indent(text),  # characters that its further lines stand in
    }


def _table(table: Table, page: Page) -> dict[str, Any]:
    whole = sum(table.widths)
    columns = [page.text_width * width / whole for width in table.widths]
    points = SIZE_5_SMALL if table.dense else SIZE_5
    rows: list[list[dict[str, Any]]] = [[] for _ in table.rows]
    for item in place_cells(table):
        width = sum(columns[item.column : item.column + item.cell.cols])
        rows[item.row].append(_cell(item.cell, width, points))
    for row in rows:
        if any(cell["tall"] for cell in row):  # one cell that may not break would hold the whole row together
            for cell in row:
                cell["tall"] = True
    return {
        "kind": "table",
        "title": clean_text(table.title),
        "number": clean_text(table.number),
        "note_left": clean_text(table.note_left),
        "note_right": clean_text(table.note_right),
        "notes": [_flowing(note) for note in table.notes],
        "dense": table.dense,
        "widths": list(table.widths),
        "header_rows": min(table.header_rows, len(table.rows)),
        "rows": rows,
    }


def _cover(cover: Cover, page: Page) -> dict[str, Any]:
    lines = [[label_with_colon(clean_text(label)), _flowing(value)] for label, value in cover.lines]
    return {
        "kind": "cover",
        "title": [_flowing(line) for line in cover.title],
        "lines": lines,
        "date": clean_text(cover.date),
    }


def _paragraph(block: Paragraph, page: Page) -> dict[str, Any]:
    return {
        "kind": "paragraph",
        "runs": [[_flowing(run.text), run.bold] for run in block.runs],
        "align": block.align,
        "indent": block.indent and block.align == "left",
        "small": block.small,
    }


def _heading(block: Heading, page: Page) -> dict[str, Any]:
    return {"kind": "heading", "level": min(max(block.level, 1), 4), "text": _flowing(block.text)}


def _chart(chart: Chart, page: Page) -> dict[str, Any]:
    return {
        "kind": "chart",
        "svg": chart.svg,
        "caption": clean_text(chart.caption),
        "description": clean_text(chart.description) or clean_text(chart.caption) or "图",
        "width_mm": chart.width_mm,
        "landscape": page is LANDSCAPE,
    }


_AS_DATA: Mapping[type[Any], Callable[[Any, Page], dict[str, Any]]] = {
    Cover: _cover,
    Title: lambda block, page: {"kind": "title", "text": _flowing(block.text)},
    Heading: _heading,
    Paragraph: _paragraph,
    Table: _table,
    Chart: _chart,
    AnnexMark: lambda block, page: {"kind": "annex", "text": _flowing(block.text)},
    Signature: lambda block, page: {"kind": "signature", "lines": [clean_text(line) for line in block.lines]},
}


def _section(section: Section, first_page: int | None) -> dict[str, Any]:
    page = page_of(section.landscape)
    blocks: list[dict[str, Any]] = []
    break_before = False
    block: Block
    for block in section.blocks:
        if isinstance(block, PageBreak):
            break_before = bool(blocks)
            continue
        data = _AS_DATA[type(block)](block, page)
        data["held"] = False
        if isinstance(block, Signature) and blocks and not break_before:
            blocks[-1]["held"] = True  # a signature must not stand alone on a page
        data["new_page"] = break_before or (isinstance(block, AnnexMark) and bool(blocks))
        blocks.append(data)
        break_before = False
    return {
        "landscape": section.landscape,
        "numbered": section.numbered,
        "first_page": first_page,
        "blocks": blocks,
    }


def date_of(document: Document) -> tuple[int, int, int]:
    """Year, month and day on the cover; PDF/A wants a date, and the clock would make every run another file."""
    for section in document.sections:
        for block in section.blocks:
            if isinstance(block, Cover) and (found := _DATE.search(block.date)):
                year, month, day = (int(part or 1) for part in found.groups())
                try:
                    date(year, month, day)
                except ValueError:
                    return _NO_DATE
                return year, month, day
    return _NO_DATE


def document_data(document: Document, roles: Mapping[str, list[str]]) -> str:
    """Everything the template prints, as json."""
    sections = document.sections or (Section(blocks=()),)
    starts = first_pages(sections)
    return json.dumps(
        {
            "title": clean_text(document.title) or "报告",
            "subject": clean_text(document.subject),
            "keywords": [clean_text(word) for word in document.keywords],
            "date": date_of(document),
            "fonts": roles,
            "fallback": FALLBACK_FAMILY,
            "line-pitch": LINE_PITCH_POINTS,
            "character-pitch": CHARACTER_PITCH_POINTS,
            "widest-mm": [PORTRAIT.text_width, LANDSCAPE.text_width],
            "sections": [_section(section, start) for section, start in zip(sections, starts, strict=True)],
        },
        ensure_ascii=False,
    )


@functools.cache
def _template() -> bytes:
    return _TEMPLATE.read_bytes()


_begun: list[int] = []


def _begin() -> None:
    """Remember the process that sets the first pdf; refuse one that was forked from it.

    typst keeps a pool of threads from its first pdf on. A fork copies the pool but none of its threads: the copy would wait for
    them for ever, and a server would lose one thread after another to it. An error is seen.
    """
    if not _begun:
        _begun.append(os.getpid())
    if _begun[0] != os.getpid():
        raise RuntimeError(
            "this process was forked from one that had set a pdf: set it in a process of its own"
        )


def write_pdf(document: Document) -> bytes:
    """``document`` as pdf, the same bytes on every machine with the same fonts.

    Raises:
        InputError: the document is too long to set, or ``GUANGSHA_FONTS`` names no folder.
        RuntimeError: the process that this one was forked from has set a pdf (see :func:`_begin`).
        ValueError: a table whose cells do not cover its grid, or a chart that is no svg.
    """
    _begin()
    fonts, roles = typst_fonts()
    data = document_data(document, roles)
    if len(data) > CHARACTERS_MAX:
        raise InputError(
            f"报告过长（{len(data)} 个字符），无法排成 pdf",
            advice=f"pdf 最多容纳 {CHARACTERS_MAX} 个字符；请分单位生成，或使用 docx。",
        )
    left, refusals = list(_STANDARDS), []
    with tempfile.TemporaryDirectory(prefix="guangsha-pdf-") as root:
        # The root is an empty folder: even a faulty template could read nothing.
        while left:
            compiler = typst.Compiler(
                _template(), root=root, font_paths=fonts, ignore_system_fonts=True, sys_inputs={"data": data}
            )
            try:
                made = compiler.compile(format="pdf", pdf_standards=left.pop(0))
            except typst.TypstError as error:
                refusals.append(str(error))
                if _NO_GLYPH in str(error):
                    del left[:-1]  # only the last one allows it
                continue
            if isinstance(made, bytes):
                return made
    raise ValueError(f"typst could not set the document: {refusals}")
