"""Tables as real Word tables: merged cells, repeated header rows, rows that stay whole, widths that fill the page."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence

from guangsha.documents.writing.docx_styles import HEAD, TEXT
from guangsha.documents.writing.docx_xml import escape, is_simple, paragraph, run, text_content
from guangsha.documents.writing.grid import place_cells
from guangsha.documents.writing.page import SIZE_5, SIZE_5_SMALL, Page, share_width
from guangsha.documents.writing.page import TWIPS_PER_MM as TWIPS
from guangsha.documents.writing.plain_text import INDENT, leading_indent
from guangsha.documents.writing.tree import Cell, Table

#: Least height of a row in twips: 6 mm, and 5.2 mm in dense tables.
_ROW_HEIGHT = 340
_ROW_HEIGHT_DENSE = 295

#: A row that needs more lines than this may break across pages: held together it would leave half a page white.
_LINES_HELD_TOGETHER = 14
_CELL_MARGINS = 114


def _is_plain(table: Table) -> bool:
    width = len(table.widths)
    return all(
        len(row) == width and all(cell.cols == 1 and cell.rows == 1 for cell in row) for row in table.rows
    )


class _Cells:
    """Opens cells of one table; what two cells have in common is put together once."""

    def __init__(self, table: Table, columns: list[int]) -> None:
        self._columns = columns
        self._dense = "Dense" if table.dense else ""
        self._twips = round((SIZE_5_SMALL if table.dense else SIZE_5) * 20)
        self._openings: dict[tuple[int, int, str, str, bool, bool, int], str] = {}

    def opening(self, column: int, cell: Cell, merge: str = "", head: bool = False) -> str:
        """Everything up to the text; ``merge`` is "", "restart" or "continue"."""
        hanging = 0
        if cell.text[:1] == INDENT:
            hanging = leading_indent(cell.text)
        key = (column, cell.cols, merge, cell.align, cell.header, head, hanging)
        made = self._openings.get(key)
        if made is None:
            made = self._openings[key] = self._open(*key)
        return made

    def _open(
        self, column: int, cols: int, merge: str, align: str, header: bool, repeated: bool, hanging: int
    ) -> str:
        width = sum(self._columns[column : column + cols])
        span = f'<w:gridSpan w:val="{cols}"/>' if cols > 1 else ""
        if merge:
            span += '<w:vMerge w:val="restart"/>' if merge == "restart" else "<w:vMerge/>"
        # A label at the left of a row is set like its row.
        style = (HEAD if repeated or (header and align != "left") else TEXT) + self._dense
        # Only the rows that repeat: in a head column this would tie the whole table to one page.
        hold = "<w:keepNext/>" if repeated else ""
        hang = hanging * self._twips
        indent = f'<w:ind w:left="{hang}" w:hanging="{hang}"/>' if hang else ""
        jc = "" if align == "center" else f'<w:jc w:val="{align}"/>'
        return (
            f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{span}'
            f'<w:vAlign w:val="center"/></w:tcPr><w:p><w:pPr><w:pStyle w:val="{style}"/>{hold}{indent}{jc}</w:pPr>'
        )


_TEXT_CLOSE = "</w:r></w:p></w:tc>"
_EMPTY_CLOSE = "</w:p></w:tc>"


def _fill(opening: str, text: str) -> str:
    return f"{opening}<w:r>{text_content(text)}{_TEXT_CLOSE}" if text else opening + _EMPTY_CLOSE


def _per_line(width_twips: int, points: float) -> float:
    return max(1.0, (width_twips - _CELL_MARGINS) / 20 / points)


def _lines_needed(cell: Cell, width_twips: int, points: float) -> int:
    """About how many lines the text takes in a cell so wide; a Latin letter counts as half a character."""
    if len(cell.text) < _LINES_HELD_TOGETHER:
        return 1
    per_line = _per_line(width_twips, points)
    return sum(
        1 + int(sum(1.0 if c > "\u2e7f" else 0.55 for c in part) / per_line)
        for part in cell.text.splitlines()
    )


class _Rows:
    """Opens rows."""

    def __init__(self, table: Table, columns: list[int]) -> None:
        self._columns = columns
        self._points = SIZE_5_SMALL if table.dense else SIZE_5
        self.header_rows = table.header_rows
        self._height = (
            f'<w:trHeight w:val="{_ROW_HEIGHT_DENSE if table.dense else _ROW_HEIGHT}" w:hRule="atLeast"/>'
        )
        # A text of so many characters fits even the narrowest column.
        self._surely_held = int(_LINES_HELD_TOGETHER * _per_line(min(columns), self._points))
        self._held = f"<w:tr><w:trPr><w:cantSplit/>{self._height}</w:trPr>"

    def opening(self, index: int, cells: Iterable[tuple[int, Cell]]) -> str:
        """Of row ``index``; ``cells`` are those that begin in it, with their columns."""
        if index < self.header_rows:
            return f"<w:tr><w:trPr><w:cantSplit/>{self._height}<w:tblHeader/></w:trPr>"
        for column, cell in cells:
            # Only a text that is long at all can be too high: the estimate is spared for the others.
            if len(cell.text) > _LINES_HELD_TOGETHER and cell.rows == 1:
                width = sum(self._columns[column : column + cell.cols])
                if _lines_needed(cell, width, self._points) > _LINES_HELD_TOGETHER:
                    return f"<w:tr><w:trPr>{self._height}</w:trPr>"
        return self._held

    def opening_of_plain(self, index: int, row: Sequence[Cell], longest: int) -> str:
        """The same for a row without merged cells and ends of line, whose longest text is known."""
        if longest <= self._surely_held and index >= self.header_rows:
            return self._held
        return self.opening(index, enumerate(row))


_LOOK = operator.attrgetter("text", "align", "header")


def _plain_rows(table: Table, columns: list[int]) -> list[str]:
    """Rows of a table without merged cells, the long ones of every report.

    Rows that look alike share one format, and a row is searched for special characters as a whole: this halves the
    time of a document.
    """
    cells, rows = _Cells(table, columns), _Rows(table, columns)
    formats: dict[tuple[object, ...], str] = {}
    out: list[str] = []
    for index, row in enumerate(table.rows):
        texts, *look = zip(*map(_LOOK, row), strict=True)
        if "" in texts or not is_simple("".join(texts)):
            out.append(_plain_row(cells, rows, index, row))
            continue
        opening = rows.opening_of_plain(index, row, max(map(len, texts)))
        key = (opening, *look)
        made = formats.get(key)
        if made is None:
            head = index < table.header_rows
            openings = (cells.opening(column, cell, "", head) for column, cell in enumerate(row))
            inside = "".join(f"{start}<w:r><w:t>%s</w:t>{_TEXT_CLOSE}" for start in openings)
            made = formats[key] = f"{opening}{inside}</w:tr>"
        out.append(made % texts)
    return out


def _plain_row(cells: _Cells, rows: _Rows, index: int, row: Sequence[Cell]) -> str:
    head = index < rows.header_rows
    filled = (_fill(cells.opening(column, cell, "", head), cell.text) for column, cell in enumerate(row))
    return f"{rows.opening(index, enumerate(row))}{''.join(filled)}</w:tr>"


def _merged_rows(table: Table, columns: list[int]) -> list[str]:
    """Rows of a table with merged cells: Word wants the covered cells too, marked as continued."""
    cells, rows = _Cells(table, columns), _Rows(table, columns)
    grid: list[list[tuple[int, Cell, str]]] = [[] for _ in table.rows]
    for item in place_cells(table):
        tall = item.cell.rows > 1
        grid[item.row].append((item.column, item.cell, "restart" if tall else ""))
        for below in range(item.row + 1, item.row + item.cell.rows):
            grid[below].append((item.column, item.cell, "continue"))
    out: list[str] = []
    for index, row in enumerate(grid):
        row.sort(key=lambda entry: entry[0])
        out.append(rows.opening(index, ((c, cell) for c, cell, merge in row if merge != "continue")))
        head = index < table.header_rows
        for column, cell, merge in row:
            text = "" if merge == "continue" else cell.text
            out.append(_fill(cells.opening(column, cell, merge, head), text))
        out.append("</w:tr>")
    return out


def _captions(table: Table, width: int, new_page: bool) -> list[str]:
    """The lines above a table: title, number at the right (公开01表), then 部门 at the left and 单位 at the right."""
    out: list[str] = []
    if table.title:
        out.append(paragraph("TableTitle", run(table.title), new_page=new_page))
    right = '<w:jc w:val="right"/>'
    if table.number:
        out.append(paragraph("TableLine", run(table.number), right, new_page=new_page and not out))
    if table.note_left and table.note_right:
        tab = f'<w:tabs><w:tab w:val="right" w:pos="{width}"/></w:tabs>'
        content = run(table.note_left) + "<w:r><w:tab/></w:r>" + run(table.note_right)
        out.append(paragraph("TableLine", content, tab, new_page=new_page and not out))
    elif table.note_left or table.note_right:
        extra = "" if table.note_left else right
        out.append(
            paragraph(
                "TableLine", run(table.note_left or table.note_right), extra, new_page=new_page and not out
            )
        )
    return out


def table_xml(table: Table, page: Page, *, new_page: bool = False) -> list[str]:
    """``table`` with its captions and notes; the last piece is always a paragraph.

    Two Word tables without a paragraph between them would flow together, and a section cannot end with one.

    Raises:
        ValueError: its cells do not cover its grid (:func:`~guangsha.documents.writing.grid.check_grid`).
    """
    width = round(page.text_width * TWIPS)
    columns = share_width(width, table.widths)
    out = _captions(table, width, new_page)
    if new_page and not out:
        out.append(paragraph("Hairline", "", new_page=True))
    if table.rows:
        caption = f'<w:tblCaption w:val="{escape(table.title)}"/>' if table.title else ""
        out.append(
            f'<w:tbl><w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblW w:w="{width}" w:type="dxa"/>'
            f'<w:jc w:val="center"/><w:tblLayout w:type="fixed"/>{caption}</w:tblPr><w:tblGrid>'
            + "".join(f'<w:gridCol w:w="{column}"/>' for column in columns)
            + "</w:tblGrid>"
        )
        out += _plain_rows(table, columns) if _is_plain(table) else _merged_rows(table, columns)
        out.append("</w:tbl>")
    out += [paragraph("TableNote", run(note)) for note in table.notes]
    out.append(paragraph("Gap", ""))
    return out
