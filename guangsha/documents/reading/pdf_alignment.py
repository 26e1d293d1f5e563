"""Tables without ruling lines, by the alignment of their words; their columns are a guess (``torn``).

A run of lines is a table when nearly all of them fall into the same columns and much of it is figures. Prose never
does: its gaps are no wider than a character. A contents list has two columns, the second of page numbers, and is
left alone.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_right
from collections.abc import Sequence

from guangsha.documents.reading.pdf_lines import Piece, TextLine
from guangsha.documents.reading.pdf_parts import PartCell, TablePart
from guangsha.documents.reading.pdf_tables import Rule

#: So many lines in a row with several pieces make a table.
_LINES_MIN = 3
#: The part of the pieces that must be figures, dashes or the like.
_FIGURES_MIN = 0.3
#: Two horizontal lines belong to one table when their ends differ by less than this (points).
_SAME_ENDS = 6.0
#: So many horizontal lines of equal length, and rows are what stands between them.
_RULED_ROWS_MIN = 4

_FIGURE = re.compile(r"^[-+\u2212]?[\d,]*\.?\d+\s*%?$|^[-—–/]+$")
_DECIMAL = re.compile(r"\d\.\d|\d,\d{3}")


def aligned_tables(lines: Sequence[TextLine], rules: Sequence[Rule]) -> list[TextLine | TablePart]:
    """``lines`` (from top to bottom, no table between them), tables in their place."""
    blocks: list[TextLine | TablePart] = []
    run: list[TextLine] = []
    for line in lines:
        if len(line.pieces) > 1 and not (run and line.y0 - run[-1].y1 > 2.5 * line.size):
            run.append(line)
            continue
        blocks += _table_or_lines(run, rules)
        run = [line] if len(line.pieces) > 1 else []
        if not run:
            blocks.append(line)
    return blocks + _table_or_lines(run, rules)


def _table_or_lines(run: Sequence[TextLine], rules: Sequence[Rule]) -> list[TextLine | TablePart]:
    if len(run) < _LINES_MIN:
        return list(run)
    columns = _columns(run)
    if not _is_table(run, columns):
        return list(run)
    return [_part(run, columns, _row_edges(run, rules))]


def _columns(run: Sequence[TextLine]) -> list[tuple[float, float]]:
    """Stretches that the pieces of the fuller lines cover; heads that span columns stand in emptier lines."""
    most = max(len(line.pieces) for line in run)
    spans = sorted((p.x0, p.x1) for line in run if len(line.pieces) >= 0.6 * most for p in line.pieces)
    columns = [spans[0]]
    for left, right in spans[1:]:
        if left <= columns[-1][1]:
            columns[-1] = (columns[-1][0], max(columns[-1][1], right))
        else:
            columns.append((left, right))
    return columns


def _is_table(run: Sequence[TextLine], columns: Sequence[tuple[float, float]]) -> bool:
    pieces = [piece for line in run for piece in line.pieces]
    figures = [piece for piece in pieces if _FIGURE.match(piece.text)]
    if len(columns) < 2 or len(figures) < _FIGURES_MIN * len(pieces):
        return False
    if len(columns) == 2:  # a contents list has whole numbers at its end
        last = [line.pieces[-1].text for line in run]
        return sum(bool(_DECIMAL.search(text)) for text in last) >= 0.6 * len(last)
    return sum(len(line.pieces) >= 3 for line in run) >= 0.5 * len(run)


def _row_edges(run: Sequence[TextLine], rules: Sequence[Rule]) -> list[float]:
    """Horizontal lines between the rows, when the table has them; empty when each line of text is a row."""
    top, bottom = run[0].y0 - run[0].size, run[-1].y1 + run[-1].size
    near = [rule for rule in rules if top <= rule.at <= bottom]
    if not near:
        return []
    longest = max(near, key=lambda rule: rule.end - rule.start)
    same = [
        rule.at
        for rule in near
        if abs(rule.start - longest.start) < _SAME_ENDS and abs(rule.end - longest.end) < _SAME_ENDS
    ]
    return sorted(same) if len(same) >= max(_RULED_ROWS_MIN, 0.5 * len(run)) else []


def _part(
    run: Sequence[TextLine], columns: Sequence[tuple[float, float]], edges: Sequence[float]
) -> TablePart:
    xs = [columns[0][0]]
    xs += [(a[1] + b[0]) / 2 for a, b in itertools.pairwise(columns)]
    xs.append(max(columns[-1][1], *(line.x1 for line in run)))
    rows: list[list[TextLine]] = []
    before = -1
    for line in run:
        place = bisect_right(edges, (line.y0 + line.y1) / 2) if edges else before + 1
        if rows and place == before:
            rows[-1].append(line)
        else:
            rows.append([line])
        before = place
    ys = [row[0].y0 for row in rows]
    ys.append(run[-1].y1)
    cells: list[PartCell] = []
    held: list[Piece] = []
    for number, row in enumerate(rows):
        texts: dict[int, tuple[int, list[str]]] = {}
        for piece in (piece for line in row for piece in line.pieces):
            held.append(piece)
            first = min(max(bisect_right(xs, piece.x0 + 0.1) - 1, 0), len(columns) - 1)
            last = max(first, min(bisect_right(xs, piece.x1 - 0.1) - 1, len(columns) - 1))
            span, said = texts.get(first, (1, []))
            texts[first] = (max(span, last - first + 1), [*said, piece.text])
        taken = 0
        for column, (span, said) in sorted(texts.items()):
            column = max(column, taken)
            after = min((other for other in texts if other > column), default=len(columns))
            taken = max(column + 1, min(column + span, after))
            cells.append(PartCell(number, column, 1, taken - column, "\n".join(said)))
    return TablePart(xs, ys, cells, held, torn=True)
