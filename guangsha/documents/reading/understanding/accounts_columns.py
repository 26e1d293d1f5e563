"""Which column of a printed table is which column of the form, by head words and by the line of column numbers.

Places print the columns in other orders and with columns more (其中：教育收费, 人员经费, 会议费); a column whose words
name none of the form is left out. In scanned tables head words slip sideways; the line of column numbers (栏次) then
tells where the amounts stand, and the words tell in which order.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal

from guangsha.documents.reading.understanding.accounts_grid import Grid
from guangsha.documents.reading.understanding.accounts_words import Figure
from guangsha.facts.accounts import ROW_PARTS
from guangsha.facts.forms import ACCOUNTS

#: Column in the document's grid → column of the form.
Columns = dict[int, str]

_SPENT = (
    ("", r"科目|编码|功能分类"),  # 项目 over 支出功能分类科目编码 reads like 项目支出
    ("", r"人员经费|公用经费|项目支出结转|基本支出结转|其中项目|其中基本"),
    ("project", r"项目支"),
    ("basic", r"基本支"),
)
#: For each table, columns by the words of their head, the more special first; an empty name passes a column over.
_HEADS: dict[str, tuple[tuple[str, str], ...]] = {
    "revenue": (
        ("", r"教育收费|科目|编码"),
        ("affiliated", r"附属"),
        ("superior", r"上级"),
        ("business", r"事业"),
        ("operating", r"经营"),
        ("fiscal", r"财政拨款|财政补助"),
        ("other", r"其他|其它"),
        ("total", r"合计|总计|小计|本年收入"),
    ),
    "expenditure": (
        *_SPENT,
        ("to_superior", r"上缴|上级"),
        ("to_affiliated", r"附属|对附|补助支"),
        ("operating", r"经营"),
        ("total", r"合计|总计|小计|本年支出"),
    ),
    "general_expenditure": (
        *_SPENT,
        ("", r"年初|上年|年末|结转|本年收入"),
        ("total", r"合计|总计|小计|本年支出"),
    ),
    "government_fund": (
        *_SPENT,
        ("opening", r"年初|上年"),
        ("closing", r"年末|结转下年"),
        ("revenue", r"本年收入"),
        ("total", r"合计|总计|小计|本年支出"),
    ),
    "state_capital": (
        *_SPENT,
        ("", r"年初|上年|年末|结转|本年收入"),
        ("total", r"合计|总计|小计|本年支出"),
    ),
    "fiscal_overview": (
        ("", r"年初预算|全年预算|调整预算"),
        ("government_fund", r"政府性基金|基金"),
        ("state_capital", r"国有资本|国有"),
        ("general_public", r"一般公共"),
        ("total", r"合计|小计"),
    ),
}

_SHIFT_MAX = 4


def form_columns(table: str) -> tuple[str, ...]:
    """The columns of amounts that rows of the table have, in the order of the form."""
    columns = ACCOUNTS[table][1]
    return columns[1:] if table == "fiscal_overview" else columns


def column_named(table: str, words: str) -> str:
    """The column of the form that a head's words name; empty for none."""
    for column, pattern in _HEADS[table]:
        if re.search(pattern, words):
            return column
    return ""


def read_columns(grid: Grid, table: str, head: range, first: int = 0) -> Columns:
    """The columns of amounts from grid column ``first`` on; empty where the head tells nothing."""
    worded = _worded(grid, table, head, first)
    numbered = [column for column in grid.ruler.columns if column >= first] if grid.ruler else []
    if not numbered:
        return worded
    form, order = form_columns(table), [worded[column] for column in sorted(worded)]
    if not grid.torn:
        return _filled(worded, numbered, form)
    if len(numbered) == len(form) and _in_order(order, form):
        return dict(zip(numbered, form, strict=True))
    if len(order) == len(numbered):
        return dict(zip(numbered, order, strict=True))
    return _filled({c: name for c, name in worded.items() if c in numbered}, numbered, form)


def _worded(grid: Grid, table: str, head: range, first: int) -> Columns:
    named: dict[str, tuple[int, str]] = {}
    for column in range(first, grid.width):
        words = grid.path(column, head)
        name = column_named(table, words)
        if name and (name not in named or (_is_sum(words) and not _is_sum(named[name][1]))):
            named[name] = (column, words)
    return {column: name for name, (column, _) in named.items()}


def _is_sum(words: str) -> bool:
    return re.search(r"合计|小计|总计", words) is not None


def _filled(worded: Columns, numbered: Sequence[int], form: Sequence[str]) -> Columns:
    """Unnamed numbered columns get the form's missing ones where exactly these are missing, in order."""
    open_columns = [column for column in numbered if column not in worded]
    missing = [name for name in form if name not in worded.values()]
    if len(open_columns) != len(missing):
        return worded
    return worded | dict(zip(open_columns, missing, strict=True))


def _in_order(names: Sequence[str], form: Sequence[str]) -> bool:
    places = [form.index(name) for name in names]
    return places == sorted(places)


def fitted(columns: Columns, table: str, rows: Sequence[Sequence[Figure]]) -> Columns:
    """``columns`` moved sideways as a whole where the rows' amounts show that the head has slipped.

    The move by which most rows have all their amounts in a column; among equal ones that by which most rows add up,
    then the smallest. Where the head told nothing and each column of the form has amounts, they stand in form order.
    """
    used = sorted({figure.column for row in rows for figure in row})
    form = form_columns(table)
    if not columns:
        return dict(zip(used, form, strict=True)) if len(used) == len(form) else {}
    columns = _with_lost_heads(columns, used, form)
    best, score = columns, (0, 0, -_SHIFT_MAX - 1)
    for shift in range(-_SHIFT_MAX, _SHIFT_MAX + 1):
        moved = {column + shift: name for column, name in columns.items()}
        fitting = [row for row in rows if all(figure.column in moved for figure in row)]
        added = sum(1 for row in fitting if adds_up(table, _named(row, moved)))
        if (len(fitting), added, -abs(shift)) > score:
            best, score = moved, (len(fitting), added, -abs(shift))
    return best


def _with_lost_heads(columns: Columns, used: Sequence[int], form: Sequence[str]) -> Columns:
    """Columns of amounts that no head stands over get the one that must be theirs.

    Either the form has just one more column between those on both sides, or the head beside it stands over nothing.
    """
    filled = dict(columns)
    for column in used:
        if column in filled or not _in_order([filled[known] for known in sorted(filled)], form):
            continue
        before = [form.index(name) for known, name in filled.items() if known < column]
        after = [form.index(name) for known, name in filled.items() if known > column]
        between = form[max(before, default=-1) + 1 : min(after, default=len(form))]
        beside = [known for known in (column - 1, column + 1) if known in filled and known not in used]
        if len(between) == 1:
            filled[column] = between[0]
        elif not between and len(beside) == 1:
            filled[column] = filled.pop(beside[0])
    return filled


# --- rows ------------------------------------------------------------------------------------------------------


def adds_up(table: str, cells: Mapping[str, Figure]) -> bool | None:
    """Whether the printed total of a row is the sum of its printed parts; None where it cannot be told."""
    parts = FUND_COLUMNS if table == "fiscal_overview" else ROW_PARTS.get(table, ())
    present = [cells[part].value for part in parts if part in cells]
    if "total" not in cells or not present:
        return None
    difference = cells["total"].value - sum(present, Decimal(0))
    return abs(difference) <= Decimal("0.005") * (len(present) + 1)


FUND_COLUMNS = ("general_public", "government_fund", "state_capital")

_Check = Callable[[Mapping[str, Figure]], bool | None]


def placed(
    figures: Sequence[Figure], columns: Columns, check: _Check, *, torn: bool, decimals: bool
) -> dict[str, Figure]:
    """The amounts of one row by column of the form.

    A row is read where it stands. In a scanned table it is moved sideways when an amount stands in no column, and a
    lone digit among amounts with decimals is taken for dirt unless the row adds up with it. Sums only choose between
    such readings; no amount is ever altered.

    Args:
        check: whether the row adds up; None where that cannot be told.
        torn: the columns were guessed.
        decimals: the table's amounts are printed with decimals.
    """
    if not torn:
        return _named(figures, columns)
    clean = without_specks(figures) if decimals else list(figures)
    if len(clean) < len(figures):
        added = next((reading for reading in _readings(figures, columns) if check(reading)), None)
        if added is not None:
            return added
    readings = _readings(clean, columns)
    if not readings:
        return _named(clean, columns)
    return next((reading for reading in readings if check(reading)), readings[0])


def without_specks(figures: Iterable[Figure]) -> list[Figure]:
    """``figures`` without lone digits, which scanning makes of dirt; for tables that print decimals throughout."""
    return [figure for figure in figures if not (figure.whole and len(figure.text) <= 2)]


def _readings(figures: Sequence[Figure], columns: Columns) -> list[dict[str, Figure]]:
    """The row where it stands, or, where an amount stands in no column, moved sideways; least moved first."""
    if all(figure.column in columns for figure in figures):
        return [_named(figures, columns)]
    return [
        {columns[figure.column + shift]: figure for figure in figures}
        for shift in sorted(range(-_SHIFT_MAX, _SHIFT_MAX + 1), key=abs)
        if all(figure.column + shift in columns for figure in figures)
    ]


def _named(figures: Iterable[Figure], columns: Columns) -> dict[str, Figure]:
    found: dict[str, Figure] = {}
    for figure in figures:
        if figure.column in columns:
            found.setdefault(columns[figure.column], figure)
    return found
