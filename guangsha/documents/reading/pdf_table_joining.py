"""Parts of a table on following pages as one table: repeated heads dropped, torn rows and merged cells mended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from guangsha.documents.reading.pdf_lines import join
from guangsha.documents.reading.pdf_parts import PartCell, TablePart
from guangsha.documents.reading.source import SourceTable, Spot, TableCell

#: Edges of two parts are the same column's within this distance (points); printers round.
_NEAR = 3.0
#: The widths of two parts of one table.
_SAME_WIDTH = 4.0
#: A table that ends this near to the foot of the page goes on, whatever its columns.
_AT_FOOT = 15.0
#: Head rows that may repeat.
_HEADS_MAX = 6
#: Room that may stay free below the last row besides what the next row would have taken.
_SLACK = 24.0


@dataclass
class GrowingTable:
    """A table and its parts so far, each with its page; ``captions`` are the lines that stood above the first."""

    parts: list[tuple[int, TablePart]]
    captions: list[str] = field(default_factory=list)

    @property
    def last_page(self) -> int:
        return self.parts[-1][0]

    def goes_on_in(self, part: TablePart, foot: float) -> bool:
        """Whether ``part``, first on the next page, continues this table; ``foot`` is the lower edge of text."""
        last = self.parts[-1][1]
        if part.torn or last.torn:
            return (
                part.torn and last.torn and _columns(part) == _columns(last) and abs(part.x0 - last.x0) < 20
            )
        if abs((part.x1 - part.x0) - (last.x1 - last.x0)) > _SAME_WIDTH:
            return False
        if repeated_heads(self.parts[0][1], part):
            return True
        known = [x - other.x0 for _, other in self.parts for x in other.xs]
        shared = sum(any(abs(x - part.x0 - k) <= _NEAR for k in known) for x in part.xs)
        room = foot - last.y1
        if shared >= 0.6 * len(part.xs):
            return room <= _first_height(part) + _SLACK
        return room <= _AT_FOOT


def _columns(part: TablePart) -> int:
    return len(part.xs) - 1


def _first_height(part: TablePart) -> float:
    """What the first rows take that may not be parted (their merged cells hold them together)."""
    heights = [part.ys[cell.rows] - part.ys[0] for cell in part.cells if cell.row == 0]
    return max(heights, default=0.0)


def _rows(part: TablePart, most: int) -> list[list[tuple[int, int, str]]]:
    """The first rows as (columns, rows, text) of the cells that begin in them."""
    rows: list[list[tuple[int, int, str]]] = [[] for _ in range(min(most, len(part.ys) - 1))]
    for cell in part.cells:
        if cell.row < len(rows):
            rows[cell.row].append((cell.columns, cell.rows, cell.text))
    return rows


def repeated_heads(first: TablePart, part: TablePart) -> int:
    """How many rows at the head of ``part`` repeat those of the table's ``first`` part."""
    count = 0
    for ours, theirs in zip(_rows(first, _HEADS_MAX), _rows(part, _HEADS_MAX), strict=False):
        # Merged cells of a head may be cut differently where a part uses fewer columns: the words decide.
        if [text for *_, text in ours if text] != [text for *_, text in theirs if text]:
            break
        count += 1
    words = [text for row in _rows(first, count) for *_, text in row if text]
    return count if len(words) >= 2 else 0


# --- the whole table ---------------------------------------------------------------------------------------


def whole_table(table: GrowingTable) -> SourceTable:
    """The parts as one table; only edges where some cell begins or ends count as rows and columns."""
    page, first = table.parts[0]
    for cell in first.cells:
        cell.page = page
    if len(table.parts) == 1:
        return _compact(first.cells, table)
    edges = _common_edges(x - part.x0 for _, part in table.parts for x in part.xs)
    cells: list[PartCell] = []
    end = 0
    for page, part in table.parts:
        drop = repeated_heads(first, part) if cells else 0
        places = [_nearest(edges, x - part.x0) for x in part.xs]
        added = [_cell(cell, drop, end, places, page) for cell in part.cells if cell.row + cell.rows > drop]
        below = max((cell.row + cell.rows for cell in added), default=end)
        end = below - (_mend(cells, added, end) if cells else 0)
        cells += added
    return _compact(cells, table)


def _cell(cell: PartCell, drop: int, end: int, places: Sequence[int], page: int) -> PartCell:
    row = max(cell.row, drop)
    left, right = places[cell.column], places[cell.column + cell.columns]
    rows = cell.row + cell.rows - row
    return PartCell(row - drop + end, left, rows, max(1, right - left), cell.text, cell.full, page)


def _common_edges(places: Iterable[float]) -> list[float]:
    edges: list[float] = []
    for place in sorted(places):
        if not edges or place - edges[-1] > _NEAR:
            edges.append(place)
    return edges


def _nearest(edges: Sequence[float], place: float) -> int:
    return min(range(len(edges)), key=lambda n: abs(edges[n] - place))


def _mend(cells: list[PartCell], added: list[PartCell], end: int) -> int:
    """Join what the end of a page tore apart; 1 when the first row of ``added`` went into the last row of ``cells``.

    A merged cell goes on when the next page begins with an empty cell, or one with the same text, below it. A row
    goes on when every filled cell of its rest continues a cell whose last line was full, and others stay empty.
    """
    last = {(c.column, c.columns): c for c in cells if c.row + c.rows == end}
    head = {(c.column, c.columns): c for c in added if c.row == end}
    torn = _is_torn_row(last, head)
    for place, rest in head.items():
        before = last.get(place)
        if before is None:
            continue
        spans = before.rows > 1 or rest.rows > 1
        if torn and rest.rows == 1:
            if rest.text:
                before.text = _continued(before, rest)
                before.full = rest.full
            added.remove(rest)
        elif spans and (not rest.text or (rest.text == before.text and before.rows > 1 and rest.rows > 1)):
            before.rows += rest.rows - torn
            added.remove(rest)
        elif spans and torn:
            before.text = _continued(before, rest)
            before.rows += rest.rows - 1
            added.remove(rest)
        elif spans and not before.text and before.rows > 1:
            before.text = rest.text
            before.rows += rest.rows
            added.remove(rest)
    if torn:
        for cell in added:
            cell.row -= 1
    return int(torn)


def _continued(before: PartCell, rest: PartCell) -> str:
    if not before.text:
        return rest.text
    return join(before.text, rest.text) if before.full else f"{before.text}\n{rest.text}"


def _is_torn_row(last: dict[tuple[int, int], PartCell], head: dict[tuple[int, int], PartCell]) -> bool:
    """Whether the first row of a page is the rest of the row before."""
    filled = {place: cell for place, cell in head.items() if cell.text and cell.rows == 1}
    if not filled or not head.keys() <= last.keys():
        return False
    befores = [last[place] for place in filled]
    return (
        all(cell.full or not cell.text for cell in befores)
        and any(cell.full and cell.text for cell in befores)
        and any(last[place].text and not cell.text for place, cell in head.items())
    )


def _compact(cells: Sequence[PartCell], table: GrowingTable) -> SourceTable:
    rows: set[int] = set()
    columns: set[int] = set()
    for cell in cells:
        rows.add(cell.row)
        rows.add(cell.row + cell.rows)
        columns.add(cell.column)
        columns.add(cell.column + cell.columns)
    row_of = {edge: n for n, edge in enumerate(sorted(rows))}
    column_of = {edge: n for n, edge in enumerate(sorted(columns))}
    made = []
    for cell in sorted(cells, key=lambda c: (c.row, c.column)):
        row, column = row_of[cell.row], column_of[cell.column]
        deep, wide = row_of[cell.row + cell.rows] - row, column_of[cell.column + cell.columns] - column
        spot = Spot(None, cell.page, f"第{row + 1}行第{column + 1}列")
        made.append(TableCell(cell.text, row, column, deep, wide, spot))
    page, first = table.parts[0]
    return SourceTable(tuple(made), Spot(page=page), first.torn)
