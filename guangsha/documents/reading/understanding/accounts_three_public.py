"""The table of the 三公 expenses (公开09 in FY2024, 公开07 before): two halves side by side, or items one per line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from guangsha.documents.reading.understanding.accounts_columns import Columns, placed
from guangsha.documents.reading.understanding.accounts_grid import Grid
from guangsha.documents.reading.understanding.accounts_reading import (
    ReadCell,
    TableReading,
    printed_with_decimals,
)
from guangsha.documents.reading.understanding.accounts_words import Figure
from guangsha.facts.accounts import COLUMN_LABELS
from guangsha.facts.forms import ACCOUNTS

TABLE = "three_public"
_FORM = ACCOUNTS[TABLE][1]
_LABELS = COLUMN_LABELS[TABLE]
_ROWS = {"budget": "预算数", "executed": "决算数"}
_HEAD_ROWS_MAX = 8

#: Items by their words, the more special first; an empty name is an item that is none of the three.
_ITEMS: tuple[tuple[str, str], ...] = (
    ("", r"会议费|培训费|团组|批次|人次|保有量|购置数"),
    ("abroad", r"出国|出境"),
    ("vehicles", r"购置(?:及|和|与)?运行|车购置及|用车费$|用车经费|用车费用$|用车支出"),
    ("vehicle_purchase", r"购置"),
    ("vehicle_running", r"运行|维护"),
    ("reception", r"接待"),
    ("vehicles", r"小计"),
    ("total", r"合计|总计|三公经费"),
)


def item_named(words: str) -> str:
    """The item that words name: a column of the form; empty for none.

    >>> item_named("公务用车购置及运行维护费"), item_named("公务用车购置费"), item_named("公务用车运行维护费")
    ('vehicles', 'vehicle_purchase', 'vehicle_running')
    """
    for item, pattern in _ITEMS:
        if re.search(pattern, words):
            return item
    return ""


def read_three_public(grid: Grid) -> TableReading:
    """Read the table, whichever way it lies."""
    named = [item_named(row[0].han) if row else "" for row in grid.rows]
    if len({name for name in named if name}) >= 4:
        return _read_by_item(grid, named)
    return _read_across(grid)


# --- items one per line ------------------------------------------------------------------------------------------


def _read_by_item(grid: Grid, named: list[str]) -> TableReading:
    reading = TableReading()
    first = next(place for place, name in enumerate(named) if name)
    stages = _stages(grid, range(min(first, _HEAD_ROWS_MAX)))
    for place, item in enumerate(named):
        if item:
            for figure in grid.figures(place):
                if (row := stages.get(figure.column)) is not None:
                    reading.put(ReadCell(row, item, figure, _ROWS[row], _LABELS[item]))
    return reading


def _stages(grid: Grid, head: range) -> dict[int, str]:
    """Column → ``budget`` or ``executed``; of several budgets the adjusted one, which the form asks for."""
    paths = {column: grid.path(column, head) for column in range(grid.width)}
    executed = [c for c, words in paths.items() if "决算" in words or "支出数" in words or "执行数" in words]
    budgets = [c for c, words in paths.items() if "预算" in words and c not in executed]
    adjusted = [c for c in budgets if re.search(r"全年|调整", paths[c])]
    found = dict.fromkeys(executed[:1], "executed")
    return found | dict.fromkeys((adjusted or budgets)[-1:], "budget")


# --- two halves side by side -------------------------------------------------------------------------------------


def _read_across(grid: Grid) -> TableReading:
    reading = TableReading()
    body = _first_amounts(grid)
    if body is None:
        return reading
    head = range(grid.ruler.row) if grid.ruler else range(min(body, _HEAD_ROWS_MAX))
    rows = range(max(body, grid.after_head), grid.height)
    decimals = printed_with_decimals(f for row in rows for f in grid.figures(row)) or grid.torn
    columns = _columns(grid, head)
    lone = len(set(columns.values())) == len(columns) <= len(_FORM)
    for number in rows:
        figures = grid.figures(number)
        words = "".join(piece.han for piece in grid.rows[number])
        if not figures or "注" in words[:1]:
            continue
        if lone:
            _put(
                reading,
                "executed" if "决算" in words else "budget" if "预算" in words else "",
                figures,
                columns,
                grid,
                decimals,
            )
        else:
            for row, half in _halves(grid, head, columns).items():
                inside = [f for f in figures if min(half) <= f.column <= max(half)]
                _put(reading, row, inside, half, grid, decimals)
    return reading


def _first_amounts(grid: Grid) -> int | None:
    start = grid.after_head
    return next((n for n in range(start, grid.height) if grid.figures(n)), None)


def _columns(grid: Grid, head: range) -> Columns:
    """Grid column → item; by the line of column numbers where scanning moved the words."""
    worded = {column: item for column in range(grid.width) if (item := _item_at(grid, column, head))}
    if grid.ruler is None:
        return worded
    numbered = grid.ruler.columns
    order = [worded[column] for column in sorted(worded)]
    if set(worded) == set(numbered):
        return worded
    if len(order) == len(numbered):
        return dict(zip(numbered, order, strict=True))
    if len(numbered) == 2 * len(_FORM):
        return dict(zip(numbered, _FORM * 2, strict=True))
    return worded


def _item_at(grid: Grid, column: int, head: range) -> str:
    """The item of a column by its lowest words, or by all that stand in it."""
    words = grid.lowest(column, head)
    if re.fullmatch(r"预算数?|决算数?|.*(?:预算数|决算数)", words):
        return ""
    item = item_named(words)
    return item or item_named(grid.path(column, head))


def _halves(grid: Grid, head: range, columns: Columns) -> dict[str, Columns]:
    """The columns of the budget half and of the accounts half; a new half begins where an item comes again."""
    groups: list[Columns] = []
    for column in sorted(columns):
        if not groups or columns[column] in groups[-1].values():
            groups.append({})
        groups[-1][column] = columns[column]
    if len(groups) == 2:
        stages = _order_of_stages(grid, head)
        return dict(zip(stages, groups, strict=True))
    found: dict[str, Columns] = {}
    for group in groups:  # 年初预算, 全年预算, 决算
        words = "".join(grid.path(column, head) for column in group)
        if "决算" in words:
            found["executed"] = group
        elif "budget" not in found or re.search(r"全年|调整", words):
            found["budget"] = group
    return found


def _order_of_stages(grid: Grid, head: range) -> tuple[str, str]:
    for number in head:
        words = "".join(piece.han for piece in grid.rows[number])
        budget, executed = words.find("预算数"), words.find("决算数")
        if 0 <= executed < budget:
            return ("executed", "budget")
    return ("budget", "executed")


def _put(
    reading: TableReading, row: str, figures: list[Figure], columns: Columns, grid: Grid, decimals: bool
) -> None:
    if not row:
        return
    for item, figure in placed(figures, columns, _adds_up, torn=grid.torn, decimals=decimals).items():
        reading.put(ReadCell(row, item, figure, _ROWS[row], _LABELS[item]))


def _adds_up(cells: Mapping[str, Figure]) -> bool | None:
    """合计 = 因公出国 + 公车 + 接待, 公车 = 购置 + 运行, where they are printed."""
    checks: list[bool] = []
    for total, parts in (
        ("total", ("abroad", "vehicles", "reception")),
        ("vehicles", ("vehicle_purchase", "vehicle_running")),
    ):
        present = [cells[part].value for part in parts if part in cells]
        if total in cells and present:
            difference = cells[total].value - sum(present, Decimal(0))
            checks.append(abs(difference) <= Decimal("0.005") * (len(present) + 1))
    return all(checks) if checks else None
