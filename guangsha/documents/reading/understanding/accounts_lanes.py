"""The detail table of basic expenditure by economic class (公开06): lanes of code, name and amount side by side."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from guangsha.documents.reading.understanding.accounts_codes import economic_code, repaired_code
from guangsha.documents.reading.understanding.accounts_columns import without_specks
from guangsha.documents.reading.understanding.accounts_grid import Grid, Piece
from guangsha.documents.reading.understanding.accounts_reading import (
    ReadCell,
    TableReading,
    printed_with_decimals,
)
from guangsha.documents.reading.understanding.accounts_words import Figure, han
from guangsha.facts.accounts import COLUMN_LABELS
from guangsha.kernel.numbers import normalise

_GLUED = re.compile(r"^(?P<code>3\d{2}(?:\s?\d\d)?)\s*(?P<name>[^\d\s.,].*)$", re.DOTALL)
_CODE_LIKE = re.compile(r"[3lI][\dOoIl]{2,5}")
_LETTERS = str.maketrans("OoIl", "0011")
_AMOUNT_HEAD = re.compile(r"决算|金额|合计|小计")
_LABEL = COLUMN_LABELS["basic_detail"]["amount"]

#: Named sums below the lanes.
_SUMS = {"personnel.total": "人员经费合计", "public.total": "公用经费合计"}


@dataclass(slots=True)
class _Entry:
    """One code of one lane: its digits, name and the amounts up to the next code of the row."""

    code: str
    name: str = ""
    figures: list[Figure] = field(default_factory=list)


def read_lanes(grid: Grid, names: Mapping[str, str]) -> TableReading:
    """Read one part of the table.

    Args:
        names: economic codes and names of the year, to mend a code that scanning broke.
    """
    reading = TableReading()
    code_columns = _code_columns(grid)
    first = next((n for n, row in enumerate(grid.rows) if _entries(row, code_columns)), None)
    if first is None:
        return reading
    amounts = _amount_columns(grid, range(min(first, 8)))
    decimals = printed_with_decimals(f for row in grid.rows[first:] for p in row for f in p.figures)
    for row in grid.rows:
        _read_sums(reading, row, grid)
    for row in grid.rows[first:]:
        for entry in _entries(row, code_columns):
            code = entry.code
            if grid.torn:
                code = _settled(code, entry.name, names, reading)
            figure = _amount(entry.figures, amounts, torn=grid.torn, decimals=decimals)
            if figure is not None and code:
                words = f"{code} {entry.name}".strip()
                reading.put(ReadCell(code, "amount", figure, words, _LABEL))
                reading.name(code, entry.name if han(entry.name) else "", figure)
    return reading


def _code_columns(grid: Grid) -> frozenset[int]:
    """The columns where codes stand, so that an amount of 310 is not taken for one."""
    codes: Counter[int] = Counter()
    filled: Counter[int] = Counter()
    for row in grid.rows:
        for piece in row:
            digits = re.fullmatch(r"[\d.,\s]+", piece.text) is not None
            filled[piece.column] += digits
            codes[piece.column] += bool(economic_code(piece.bare) or _GLUED.match(normalise(piece.text)))
    return frozenset(column for column, count in codes.items() if count >= 2 and 2 * count >= filled[column])


def _entries(row: Sequence[Piece], code_columns: frozenset[int]) -> list[_Entry]:
    entries: list[_Entry] = []
    for place, piece in enumerate(row):
        after = row[place + 1] if place + 1 < len(row) else None
        code, name = _code_of(piece, after, code_columns)
        if code:
            entries.append(_Entry(code, name))
        elif not entries:
            continue
        elif _is_item_digits(entries[-1], piece, after):
            entries[-1].code += piece.bare
        elif piece.figures:
            entries[-1].figures += piece.figures
        elif not entries[-1].figures:
            entries[-1].name += re.sub(r"\s+", "", piece.text)
    return entries


def _code_of(piece: Piece, after: Piece | None, code_columns: frozenset[int]) -> tuple[str, str]:
    """Code and glued name of a cell; both empty for a cell that is no code."""
    if glued := _GLUED.match(normalise(piece.text)):
        code = economic_code(re.sub(r"\s", "", glued["code"]))
        return (code, re.sub(r"\s+", "", glued["name"])) if code else ("", "")
    named = after is not None and bool(after.han)
    if economic_code(piece.bare) and (piece.column in code_columns or named):
        return piece.bare, ""
    if _CODE_LIKE.fullmatch(piece.bare) and piece.column in code_columns and named:
        return piece.bare.translate(_LETTERS), ""
    return "", ""


def _is_item_digits(entry: _Entry, piece: Piece, after: Piece | None) -> bool:
    """Whether the cell holds the 款 digits of a code printed in two columns (``301 01 基本工资``)."""
    alone = len(entry.code) == 3 and not entry.name and not entry.figures
    return alone and re.fullmatch(r"\d\d", piece.bare) is not None and after is not None and bool(after.han)


def _settled(code: str, name: str, names: Mapping[str, str], reading: TableReading) -> str:
    """A scanned code of impossible length, mended where its name leaves one code."""
    if economic_code(code):
        return code
    economic = {known: word for known, word in names.items() if economic_code(known)}
    return repaired_code(code, name, economic, [row for row, _ in reading.cells])


def _amount_columns(grid: Grid, head: range) -> frozenset[int]:
    return frozenset(c for c in range(grid.width) if _AMOUNT_HEAD.search(grid.lowest(c, head)))


def _amount(
    figures: Iterable[Figure], columns: frozenset[int], *, torn: bool, decimals: bool
) -> Figure | None:
    """The entry's amount: under a head of amounts in a table with a grid, else the first that is no dirt."""
    given = list(figures)
    if torn:
        if decimals:
            given = without_specks(given)
    elif columns:
        given = [f for f in given if f.column in columns]
    return given[0] if given else None


def _read_sums(reading: TableReading, row: Sequence[Piece], grid: Grid) -> None:
    """Sums named in the row: 人员经费合计, 公用经费合计; scanning may part the words."""
    words = ""
    for piece in row:
        if not piece.figures:
            words += piece.han
            continue
        for key, label in _SUMS.items():
            if label in words:
                reading.put(ReadCell(key, "amount", piece.figures[0], label, _LABEL))
                words = ""
                break
    if "".join(p.han for p in row) in ("合计", "总计"):
        _read_sum_columns(reading, row, grid)


def _read_sum_columns(reading: TableReading, row: Sequence[Piece], grid: Grid) -> None:
    """The 合计 row of the form that has 人员经费 and 公用经费 as columns."""
    head = range(min(grid.height, 6))
    for piece in row:
        for figure in piece.figures:
            words = grid.lowest(figure.column, head) if figure.column < grid.width else ""
            for key, label in _SUMS.items():
                if words == label.removesuffix("合计"):
                    reading.put(ReadCell(key, "amount", figure, label, _LABEL))
