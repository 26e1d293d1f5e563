"""The tables whose rows are functional codes under one total row: 收入, 支出, 一般公共预算, 政府性基金, 国有资本."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from guangsha.documents.reading.understanding.accounts_codes import Levels, joined_code, repaired_code
from guangsha.documents.reading.understanding.accounts_columns import (
    Columns,
    adds_up,
    fitted,
    placed,
    read_columns,
)
from guangsha.documents.reading.understanding.accounts_grid import Grid, Piece
from guangsha.documents.reading.understanding.accounts_reading import (
    ReadCell,
    TableReading,
    printed_with_decimals,
)
from guangsha.documents.reading.understanding.accounts_short_rows import settled, slid_readings
from guangsha.documents.reading.understanding.accounts_words import Figure, amounts_in, bare, han, likeness
from guangsha.facts.accounts import COLUMN_LABELS, leaf_codes
from guangsha.kernel.numbers import normalise

_TOTAL_WORDS = re.compile(r"合计|总计")
#: A head that a new page repeats is no wrapped name.
_HEAD_WORDS = re.compile(r"科目|编码|栏次|项目|小计|本年|决算|单位[:：]|公开\d")
_NOTE_WORDS = re.compile(r"^(?:备?注[:：]|说明[:：])")
_ALMOST_CODE = re.compile(r"2[0-3]\d{2,6}")
#: ``2010302 一般行政管理事务 51.68`` in one cell.
_GLUED = re.compile(
    r"^(?P<code>\d[\d ]*?)\s*(?P<name>[^\d\s.,].*?)(?P<rest>(?:\s+-?[\d,]+\s?\.\s?\d+)*)$", re.DOTALL
)
_EDGES = re.compile(r"^[^\u3400-\u9fff(（“\"]+|[^\u3400-\u9fff)）”\"]+$")


@dataclass(slots=True)
class CodedRow:
    """One row of the body: digits of its code, printed name, amounts; ``text`` is all its words."""

    row: int
    digits: list[tuple[int, str]] = field(default_factory=list)
    name: str = ""
    figures: list[Figure] = field(default_factory=list)
    text: str = ""
    code: str = ""


def read_coded(
    grid: Grid, table: str, names: Mapping[str, str], before: Columns | None = None
) -> tuple[TableReading, Columns]:
    """Read one part of a code table.

    Args:
        names: known codes and names, to mend a code that scanning broke.
        before: the columns of the part before, for a part without head.
    """
    rows = _body(grid, names)
    amounts = [row.figures for row in rows if row.figures and (row.code or _TOTAL_WORDS.search(row.text))]
    columns = read_columns(grid, table, grid.head_rows(rows[0].row if rows else None))
    if not columns or (grid.torn and grid.ruler is None):
        columns = fitted(columns or before or {}, table, amounts)
    _settle_codes(rows, names if grid.torn else {})
    return _cells(rows, table, columns, grid), columns


def _body(grid: Grid, names: Mapping[str, str]) -> list[CodedRow]:
    """The rows from the first code or 合计 on, each parted into code, name and amounts; wrapped names joined."""
    levels = Levels()
    rows: list[CodedRow] = []
    for number in range(grid.after_head, grid.height):
        if grid.is_ruler(number) or not grid.rows[number] or _NOTE_WORDS.match(grid.text(number)):
            continue
        row = _parted(number, grid.rows[number])
        row.code = _code(row, levels)
        words_alone = row.name and not row.digits and not _HEAD_WORDS.search(row.text)
        if row.code or row.figures or words_alone or _TOTAL_WORDS.search(row.text):
            rows.append(row)
    rows = _with_wrapped_names(_with_codes_above(rows), names)
    first = next((i for i, row in enumerate(rows) if row.code or _TOTAL_WORDS.search(row.text)), len(rows))
    if grid.ruler is None:
        # The total stands right above the first code; scanning may leave only its amounts.
        above = first > 0 and any(not figure.whole for figure in rows[first - 1].figures)
        rows = rows[first - 1 if above else first :]
    return _with_loose_totals(rows)


def _with_codes_above(rows: list[CodedRow]) -> list[CodedRow]:
    """A code on a line of its own put together with the name and amounts on the line below it."""
    kept: list[CodedRow] = []
    for row in rows:
        above = kept[-1] if kept else None
        alone = above is not None and above.code and not above.figures
        if alone and above and row.figures and not row.code and not _TOTAL_WORDS.search(row.text):
            above.name, above.figures = above.name + row.name, row.figures
        else:
            kept.append(row)
    return kept


def _with_wrapped_names(rows: list[CodedRow], names: Mapping[str, str]) -> list[CodedRow]:
    """Lines of words alone joined to the name above, or to the one below where that row has no name of its own."""
    kept: list[CodedRow] = []
    for place, row in enumerate(rows):
        below = rows[place + 1] if place + 1 < len(rows) else None
        if row.code or row.figures or _TOTAL_WORDS.search(row.text):
            kept.append(row)
        elif below is not None and below.code and _goes_before(row.name, below, names):
            below.name = row.name + below.name
        elif kept and kept[-1].code and _goes_behind(row.name, kept[-1], names):
            kept[-1].name += row.name
    return kept


def _goes_before(words: str, row: CodedRow, names: Mapping[str, str]) -> bool:
    known = names.get(row.code, "")
    return not row.name or (bool(known) and known.startswith(words + row.name))


def _goes_behind(words: str, row: CodedRow, names: Mapping[str, str]) -> bool:
    known = names.get(row.code, "")
    return not known or likeness(row.name + words, known) > likeness(row.name, known)


def _parted(number: int, pieces: tuple[Piece, ...]) -> CodedRow:
    row = CodedRow(number, text="".join(piece.bare for piece in pieces))
    words: list[str] = []
    for piece in pieces:
        if not words and not row.figures and re.fullmatch(r"[\d ]+", normalise(piece.text)):
            row.digits.append((piece.column, piece.bare))
        elif piece.figures:
            row.figures += piece.figures
        elif not row.figures:
            _take_words(row, words, piece)
    row.name = _EDGES.sub("", "".join(words))
    _return_whole_amounts(row)
    return row


def _take_words(row: CodedRow, words: list[str], piece: Piece) -> None:
    glued = _GLUED.match(piece.text.strip())
    if glued and not words:
        row.digits.append((piece.column, bare(glued["code"])))
        words.append(re.sub(r"\s+", "", glued["name"]))
        for shift, text in enumerate(re.findall(r"-?[\d,]+\s?\.\s?\d+", glued["rest"]), start=1):
            row.figures += [Figure(v, t, piece.column + shift, piece.spot) for v, t in amounts_in(text)]
    else:
        words.append(re.sub(r"\s+", "", piece.text))


def _return_whole_amounts(row: CodedRow) -> None:
    """Digits that make no code but stand in a row of words, as ``合计 12 12``, are left to the amounts."""
    if row.name or row.figures or len(row.digits) < 2 or joined_code([text for _, text in row.digits]):
        return
    row.digits = []


def _code(row: CodedRow, levels: Levels) -> str:
    if not row.digits:
        return ""
    code = joined_code([text for _, text in row.digits])
    if len(row.digits) == 1:
        by_level = levels.code(*row.digits[0])
        code = by_level or code
    elif code:
        levels.note(code)
    return code


def _with_loose_totals(rows: list[CodedRow]) -> list[CodedRow]:
    """The total row told by place where scanning lost its word, or put its numbers on a line of their own."""
    kept: list[CodedRow] = []
    for place, row in enumerate(rows):
        if row.code or row.figures:
            kept.append(row)
        elif place + 1 < len(rows) and not rows[place + 1].code and rows[place + 1].figures:
            rows[place + 1].text += row.text  # 合计 above its numbers
        elif kept and not kept[-1].code and not _TOTAL_WORDS.search(kept[-1].text):
            kept[-1].text += row.text  # 合计 below its numbers
    return kept


def _settle_codes(rows: list[CodedRow], names: Mapping[str, str]) -> None:
    """Codes of impossible length: mended from ``names`` where one code fits, else kept as printed for the checker."""
    taken = {row.code for row in rows if row.code}
    for row in rows:
        digits = "".join(text for _, text in row.digits)
        if row.code or not row.name or not row.figures or _TOTAL_WORDS.search(row.text):
            continue
        row.code = repaired_code(digits, row.name, names, taken)
        if not row.code and _ALMOST_CODE.fullmatch(digits):
            row.code = digits


def _cells(rows: list[CodedRow], table: str, columns: Columns, grid: Grid) -> TableReading:
    reading = TableReading()
    total = _total_row(rows)
    check = partial(adds_up, table)
    decimals = printed_with_decimals(figure for row in rows for figure in row.figures)
    read: dict[int, dict[str, Figure]] = {
        row.row: placed(row.figures, columns, check, torn=grid.torn, decimals=decimals)
        for row in rows
        if row.code or row is total
    }
    if grid.torn and total is not None:
        read |= _short_rows_settled(rows, read, read[total.row], columns, grid)
    for row in rows:
        words = f"{row.code} {row.name}".strip() if row.code else "合计"
        cells = read.get(row.row, {})
        for column, figure in cells.items():
            reading.put(ReadCell(row.code or "total", column, figure, words, COLUMN_LABELS[table][column]))
        if row.code and cells:
            reading.name(row.code, _shown(row.name), next(iter(cells.values())))
    return reading


def _total_row(rows: list[CodedRow]) -> CodedRow | None:
    """The row named 合计; or the first, where it has no code: the form has the total there, and scanning may leave
    nothing of its word."""
    named = [row for row in rows if not row.code and row.figures and _TOTAL_WORDS.search(row.text)]
    if named:
        return named[0]
    return rows[0] if rows and not rows[0].code and rows[0].figures else None


def _short_rows_settled(
    rows: list[CodedRow],
    read: Mapping[int, dict[str, Figure]],
    totals: Mapping[str, Figure],
    columns: Columns,
    grid: Grid,
) -> dict[int, dict[str, Figure]]:
    """Rows that lost a cell, read in the one way in which all columns agree with the total row, if there is one."""
    usual = Counter(grid.cells_in(row.row) for row in rows).most_common(1)[0][0]
    leaves = set(leaf_codes(row.code for row in rows if row.code))
    added = [row for row in rows if row.code in leaves and read[row.row]]
    ways = [
        [read[row.row], *slid_readings(list(read[row.row].values()), columns, usual - grid.cells_in(row.row))]
        for row in added
    ]
    return {row.row: cells for row, cells in zip(added, settled(ways, totals), strict=True)}


def _shown(name: str) -> str:
    return name if han(name) else ""
