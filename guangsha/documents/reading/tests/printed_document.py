"""What a document tree prints, in the shape of what a reader finds: to compare the two cell for cell."""

from __future__ import annotations

from collections.abc import Iterator

from guangsha.documents.reading.source import Line, SourceDocument, SourceTable
from guangsha.documents.writing.grid import place_cells
from guangsha.documents.writing.tree import Document, Heading, Paragraph, Table, Title

Cells = dict[tuple[int, int, int, int], str]


def squeezed(text: str) -> str:
    """Text without blanks and ends of line: where a printer breaks lines is not the document's word."""
    return "".join(text.split()).replace("\u200b", "")


def printed_tables(document: Document) -> list[Cells]:
    """Each table's cells by row, column and extent, on the edges that its cells use."""
    tables = []
    for section in document.sections:
        for block in section.blocks:
            if isinstance(block, Table) and block.rows:
                cells = [(p.row, p.column, p.cell.rows, p.cell.cols, p.cell.text) for p in place_cells(block)]
                tables.append(_compact(cells))
    return tables


def read_tables(document: SourceDocument) -> list[Cells]:
    """The same of a document that was read."""
    return [read_cells(table) for table in document.tables]


def read_cells(table: SourceTable) -> Cells:
    return {(c.row, c.column, c.rows, c.columns): squeezed(c.text) for c in table.cells}


def _compact(cells: list[tuple[int, int, int, int, str]]) -> Cells:
    rows = sorted({edge for row, _, deep, _, _ in cells for edge in (row, row + deep)})
    columns = sorted({edge for _, column, _, wide, _ in cells for edge in (column, column + wide)})
    return {
        (
            rows.index(row),
            columns.index(column),
            rows.index(row + deep) - rows.index(row),
            columns.index(column + wide) - columns.index(column),
        ): squeezed(text)
        for row, column, deep, wide, text in cells
    }


def printed_sentences(document: Document) -> Iterator[str]:
    """Titles, headings and paragraphs of the body."""
    for section in document.sections:
        for block in section.blocks:
            if isinstance(block, Title | Heading):
                yield squeezed(block.text)
            elif isinstance(block, Paragraph):
                yield squeezed("".join(run.text for run in block.runs))


def read_sentences(document: SourceDocument) -> list[str]:
    return [squeezed(block.text) for block in document.blocks if isinstance(block, Line)]
