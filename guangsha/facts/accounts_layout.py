"""How the nine tables of the final accounts (公开01–09) are laid out, once for every writer.

A layout is a grid of cells, left to right and top to bottom; positions that a merged cell covers are left out. A cell
either prints fixed text or names the cell of the accounts that it shows; a cell that is the sum of others of its table
says so in ``terms``. Source: performance.md §4.7 and the forms published for FY2024.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import zip_longest
from typing import Literal

from guangsha.facts.accounts import (
    COLUMN_LABELS,
    FUNDS,
    OVERVIEW_INCOME_ROWS,
    PERSONNEL_GROUPS,
    ROW_PARTS,
    Accounts,
    children,
)
from guangsha.facts.classification import classification, ordinal
from guangsha.facts.fact import Fact
from guangsha.facts.forms import (
    ACCOUNTS,
    FISCAL_EXPENDITURE,
    FISCAL_INCOME,
    OVERVIEW_EXPENDITURE,
    OVERVIEW_INCOME,
)
from guangsha.facts.report import Report
from guangsha.kernel.numbers import decimals_of, plain

#: One addend of a sum inside the same table: row, column, +1 or -1.
Term = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class LayoutCell:
    """One cell of a layout.

    Args:
        text: fixed text; empty for a figure.
        fact_row, fact_column: the cell of the accounts table that it prints; empty for fixed text.
        rows, cols: how many it spans.
        header: part of the table's head or of the side that names rows.
        line_no: a 行次 or 栏次 number.
        terms: addends when the figure is a sum of cells of this table; empty when it is an entry, or when none of
            the addends has a value.
        exact: whether the printed figure equals the sum of its printed ``terms``; where it does not (a rounding tail
            or a fault) a live formula would show another figure than the printed one.
    """

    text: str = ""
    fact_row: str = ""
    fact_column: str = ""
    rows: int = 1
    cols: int = 1
    align: Literal["left", "center", "right"] = "left"
    header: bool = False
    line_no: bool = False
    terms: tuple[Term, ...] = ()
    exact: bool = True

    @property
    def is_figure(self) -> bool:
        return bool(self.fact_row)


@dataclass(frozen=True, slots=True)
class TableLayout:
    """One laid-out table.

    ``widths`` are relative; ``header_rows`` repeat on each page; ``empty_note`` is the sentence that an empty table
    carries (空表说明), ``notes`` stand below every table.
    """

    name: str
    title: str
    number: str
    widths: tuple[float, ...]
    header_rows: int
    rows: tuple[tuple[LayoutCell, ...], ...]
    empty_note: str = ""
    landscape: bool = True
    notes: tuple[str, ...] = ()


#: What each table shows, for the note below it.
_NOTES: dict[str, str] = {
    "overview": "反映本年度总收支和年末结转结余；金额单位换算可能产生尾数误差。",
    "revenue": "反映本年度取得的各项收入。",
    "expenditure": "反映本年度发生的各项支出。",
    "fiscal_overview": "反映本年度财政拨款总收支和年末结转结余。",
    "general_expenditure": "反映本年度一般公共预算财政拨款支出。",
    "basic_detail": "反映本年度一般公共预算财政拨款基本支出，按经济分类列到款。",
    "government_fund": "反映本年度政府性基金预算财政拨款收支和结转结余。",
    "state_capital": "反映本年度国有资本经营预算财政拨款支出。",
    "three_public": "预算数为调整后的全年预算数；决算数包括动用以前年度结转资金的支出。",
}

#: What an empty table must say it has none of (T19).
EMPTY_SUBJECTS: dict[str, str] = {
    "government_fund": "政府性基金预算财政拨款收入支出",
    "state_capital": "国有资本经营预算财政拨款支出",
    "three_public": "财政拨款“三公”经费支出",
}


def accounts_layout(
    table: str, report: Report, profile_numbers: Mapping[str, str], *, body: str = "部门"
) -> TableLayout:
    """The layout of one table for one unit's year.

    Args:
        table: name of the table (:data:`guangsha.facts.forms.ACCOUNTS`).
        report: its figures decide which rows of codes there are.
        profile_numbers: table name → printed number, ``DocumentProfile.accounts_numbers``.
        body: the word for the reporting entity (部门 or 单位).
    """
    accounts = Accounts(report)
    make = {
        "overview": _overview,
        "fiscal_overview": _fiscal_overview,
        "basic_detail": _basic_detail,
        "three_public": _three_public,
    }.get(table, _code_table)
    widths, header_rows, rows = make(table, accounts)
    return TableLayout(
        name=table,
        title=ACCOUNTS[table][0],
        number=profile_numbers.get(table, ""),
        widths=widths,
        header_rows=header_rows,
        rows=rows,
        empty_note=_empty_note(table, accounts, body),
        landscape=table not in ("overview", "general_expenditure", "state_capital"),
        notes=(f"注：{_NOTES[table]}",),
    )


def printed_amount(fact: Fact | None) -> str:
    """An amount as these tables print it: blank for none, two decimals, more where it was given finer.

    >>> printed_amount(None)
    ''
    """
    if fact is None:
        return ""
    places = max(decimals_of(fact.number), 2)
    return plain(fact.number.quantize(Decimal(1).scaleb(-places)))


_Parts = tuple[tuple[float, ...], int, tuple[tuple[LayoutCell, ...], ...]]


def _empty_note(table: str, accounts: Accounts, body: str) -> str:
    given = accounts.report.facts.find("accounts.empty_note", year=accounts.year, table=table)
    if given:
        return given.text
    if accounts.table(table) or table not in EMPTY_SUBJECTS:
        return ""
    return f"本{body}{accounts.year}年无{EMPTY_SUBJECTS[table]}。"


def _head(text: str, *, rows: int = 1, cols: int = 1) -> LayoutCell:
    return LayoutCell(text, rows=rows, cols=cols, align="center", header=True)


def _number(number: int | str) -> LayoutCell:
    return LayoutCell(str(number), align="center", header=True, line_no=True)


def _label(text: str, *, cols: int = 1, align: Literal["left", "center"] = "left") -> LayoutCell:
    return LayoutCell(text, cols=cols, align=align, header=True)


def _figure(accounts: Accounts, table: str, row: str, column: str, terms: Sequence[Term] = ()) -> LayoutCell:
    addends = [(accounts.printed(table, r, c), sign) for r, c, sign in terms]
    known = [(fact.number * sign) for fact, sign in addends if fact]
    if not known:
        return LayoutCell(fact_row=row, fact_column=column, align="right")
    own = accounts.printed(table, row, column)
    exact = own is None or own.number == sum(known, Decimal(0))
    return LayoutCell(fact_row=row, fact_column=column, align="right", terms=tuple(terms), exact=exact)


def _plus(*cells: tuple[str, str]) -> list[Term]:
    return [(row, column, 1) for row, column in cells]


# --- 01 and 04: two lanes ----------------------------------------------------------------------------------


def _overview(table: str, accounts: Accounts) -> _Parts:
    classes = _class_labels(accounts)
    incomes: list[_Line] = [
        (f"{ordinal(place)}、{OVERVIEW_INCOME[row]}", row, [])
        for place, row in enumerate(OVERVIEW_INCOME_ROWS, start=1)
    ]
    left: list[_Line] = [
        *incomes,
        *[("", "", [])] * (len(classes) - len(incomes)),
        ("本年收入合计", "income.total", _plus(*((row, "amount") for _, row, _ in incomes))),
        (OVERVIEW_INCOME["income.surplus_used"], "income.surplus_used", []),
        (OVERVIEW_INCOME["income.opening"], "income.opening", []),
        ("", "", []),
        (
            "总计",
            "income.grand",
            _plus(*((f"income.{part}", "amount") for part in ("total", "surplus_used", "opening"))),
        ),
    ]
    right: list[_Line] = [
        *((label, row, []) for label, row in classes),
        ("本年支出合计", "expenditure.total", _plus(*((row, "amount") for _, row in classes))),
        (OVERVIEW_EXPENDITURE["expenditure.surplus_distribution"], "expenditure.surplus_distribution", []),
        (OVERVIEW_EXPENDITURE["expenditure.closing"], "expenditure.closing", []),
        ("", "", []),
        (
            "总计",
            "expenditure.grand",
            _plus(*((f"expenditure.{p}", "amount") for p in ("total", "surplus_distribution", "closing"))),
        ),
    ]
    header = (
        (_head("收入", cols=3), _head("支出", cols=3)),
        tuple(_head(text) for text in ("项目", "行次", "决算数") * 2),
        (_head("栏次"), _head(""), _number(1), _head("栏次"), _head(""), _number(2)),
    )
    body = []
    for place, (income, spent) in enumerate(zip(left, right, strict=True), start=1):
        cells = []
        for line, number in ((income, place), (spent, place + len(left))):
            label, row, terms = line
            figure = _figure(accounts, table, row, "amount", terms) if row else LayoutCell()
            cells += [_line_label(label), _number(number), figure]
        body.append(tuple(cells))
    return (5, 1, 2.4, 5, 1, 2.4), 3, (*header, *body)


#: One line of a lane: printed label, row key (empty for a blank line), addends of its figure.
_Line = tuple[str, str, list[Term]]


def _line_label(label: str) -> LayoutCell:
    return _label(label, align="left" if "、" in label else "center")


def _class_labels(accounts: Accounts) -> list[tuple[str, str]]:
    """Printed label and row key of each functional class; classes the form does not print follow at the end."""
    rows = classification(accounts.year).class_rows
    labels = [(row.label, f"class.{row.code}") for row in rows]
    known = {row.code for row in rows}
    for code in accounts.classes():
        if code not in known:
            labels.append((f"{ordinal(len(labels) + 1)}、{code}", f"class.{code}"))
    return labels


def _fiscal_overview(table: str, accounts: Accounts) -> _Parts:
    classes = _class_labels(accounts)
    funds = [f"income.{fund}" for fund in FUNDS]
    openings = [f"opening.{fund}" for fund in FUNDS]
    left: list[_Line] = [
        *((f"{ordinal(i)}、{FISCAL_INCOME[row]}", row, []) for i, row in enumerate(funds, start=1)),
        *[("", "", [])] * (len(classes) - len(funds)),
        ("本年收入合计", "income.total", _plus(*((row, "amount") for row in funds))),
        (FISCAL_INCOME["opening.total"], "opening.total", _plus(*((row, "amount") for row in openings))),
        *((FISCAL_INCOME[row], row, []) for row in openings),
        ("总计", "income.grand", _plus(("income.total", "amount"), ("opening.total", "amount"))),
    ]
    right: list[tuple[str, str]] = [
        *classes,
        ("本年支出合计", "expenditure.total"),
        (FISCAL_EXPENDITURE["closing.total"], "closing.total"),
        *[("", "")] * 3,
        ("总计", "expenditure.grand"),
    ]
    header = (
        (_head("收入", cols=3), _head("支出", cols=6)),
        (
            *(_head(text, rows=2) for text in ("项目", "行次", "决算数", "项目", "行次")),
            _head("决算数", cols=4),
        ),
        tuple(_head(COLUMN_LABELS[table][column]) for column in ("total", *FUNDS)),
        (_head("栏次"), _head(""), _number(1), _head("栏次"), _head(""), *(_number(n) for n in range(2, 6))),
    )
    class_rows = [row for _, row in classes]
    body = []
    for place, (income, (label, row)) in enumerate(zip(left, right, strict=True), start=1):
        text, key, terms = income
        figure = _figure(accounts, table, key, "amount", terms) if key else LayoutCell()
        cells = [_line_label(text), _number(place), figure, _line_label(label), _number(place + len(left))]
        for column in ("total", *FUNDS):
            cells.append(_fund_figure(accounts, table, row, column, class_rows) if row else LayoutCell())
        body.append(tuple(cells))
    return (4.2, 0.9, 2, 4.2, 0.9, 2, 2, 2, 2), 4, (*header, *body)


def _fund_figure(accounts: Accounts, table: str, row: str, column: str, classes: Sequence[str]) -> LayoutCell:
    if row == "expenditure.grand":
        terms = _plus(("expenditure.total", column), ("closing.total", column))
    elif column == "total":
        terms = _plus(*((row, fund) for fund in FUNDS))
    elif row == "expenditure.total":
        terms = _plus(*((code, column) for code in classes))
    else:
        terms = []
    return _figure(accounts, table, row, column, terms)


# --- 02, 03, 05, 07, 08: rows of codes ----------------------------------------------------------------------


def _code_table(table: str, accounts: Accounts) -> _Parts:
    columns = ACCOUNTS[table][1]
    codes = accounts.codes(table)
    header = (
        *_code_head(table, columns),
        (
            *(_head(text) for text in ("类", "款", "项")),
            _head("栏次"),
            *map(_number, range(1, len(columns) + 1)),
        ),
    )
    rows = [(LayoutCell(cols=3), _label("合计", align="center"))]
    rows += [
        (LayoutCell(code, cols=3, header=True), _label(_row_name(accounts, table, code))) for code in codes
    ]
    body = [
        (*side, *(_code_figure(accounts, table, row, column) for column in columns))
        for side, row in zip(rows, ("total", *codes), strict=True)
    ]
    return (0.8, 0.8, 0.8, 5, *(2.0 for _ in columns)), len(header), (*header, *body)


def _code_head(table: str, columns: Sequence[str]) -> tuple[tuple[LayoutCell, ...], ...]:
    """The two head rows above the line of 栏次; expenditure columns stand under one 本年支出 where the form has it."""
    labels = COLUMN_LABELS[table]
    spent = ("total", "basic", "project")
    side = (_head("功能分类科目编码", cols=3), _head("科目名称"))
    if table in ("revenue", "expenditure"):
        return (
            (_head("项目", cols=4), *(_head(labels[column], rows=2) for column in columns)),
            side,
        )
    before = list(columns[: columns.index("total")])
    after = [column for column in columns if column not in spent and column not in before]
    return (
        (
            _head("项目", cols=4),
            *(_head(labels[column], rows=2) for column in before),
            _head("本年支出", cols=3),
            *(_head(labels[column], rows=2) for column in after),
        ),
        (*side, *(_head(labels[column]) for column in spent)),
    )


def _code_figure(accounts: Accounts, table: str, row: str, column: str) -> LayoutCell:
    codes = accounts.codes(table)
    below = accounts.leaves(table) if row == "total" else children(row, codes)
    if row != "total" and not below:
        if column == "total":
            return _figure(accounts, table, row, column, _plus(*((row, part) for part in ROW_PARTS[table])))
        if column == "closing":
            terms = [(row, "opening", 1), (row, "revenue", 1), (row, "total", -1)]
            return _figure(accounts, table, row, column, terms)
        return _figure(accounts, table, row, column)
    return _figure(accounts, table, row, column, _plus(*((code, column) for code in below)))


def _row_name(accounts: Accounts, table: str, code: str) -> str:
    return accounts.table(table).row_name(code) or classification(accounts.year).name(code)


# --- 06: three lanes ----------------------------------------------------------------------------------------


def _basic_detail(table: str, accounts: Accounts) -> _Parts:
    header = (
        (_head("人员经费", cols=3), _head("公用经费", cols=6)),
        tuple(_head(text) for text in ("经济分类科目编码", "科目名称", "决算数") * 3),
    )
    body = []
    for codes in zip_longest(*_lanes(accounts)):
        cells: list[LayoutCell] = []
        for code in codes:
            cells += _detail_cells(accounts, code) if code else (LayoutCell(), LayoutCell(), LayoutCell())
        body.append(tuple(cells))
    groups = accounts.groups()
    personnel = _plus(*((group, "amount") for group in groups if group in PERSONNEL_GROUPS))
    public = _plus(*((group, "amount") for group in groups if group not in PERSONNEL_GROUPS))
    last = (
        _label("人员经费合计", cols=2, align="center"),
        _figure(accounts, table, "personnel.total", "amount", personnel),
        _label("公用经费合计", cols=5, align="center"),
        _figure(accounts, table, "public.total", "amount", public),
    )
    return (1.4, 3.4, 1.8) * 3, 2, (*header, *body, last)


def _lanes(accounts: Accounts) -> list[list[str]]:
    """Codes of the three lanes: those the form prints and those that carry money, each in its group."""
    version = classification(accounts.year)
    used = accounts.codes("basic_detail")
    lanes = [list(lane) for lane in version.lanes]
    placed = {group for lane in lanes for group in lane}
    lanes[-1] += [group for group in accounts.groups() if group not in placed]
    made = []
    for groups in lanes:
        codes: list[str] = []
        for group in groups:
            details = {
                *version.economic_details(group),
                *(c for c in used if c.startswith(group) and c != group),
            }
            codes += [group, *sorted(details)]
        made.append(codes)
    return made


def _detail_cells(accounts: Accounts, code: str) -> tuple[LayoutCell, ...]:
    table = "basic_detail"
    details = accounts.details(code) if len(code) == 3 else ()
    return (
        LayoutCell(code, header=True),
        _label(_row_name(accounts, table, code)),
        _figure(accounts, table, code, "amount", _plus(*((detail, "amount") for detail in details))),
    )


# --- 09: two halves -----------------------------------------------------------------------------------------


def _three_public(table: str, accounts: Accounts) -> _Parts:
    labels = COLUMN_LABELS[table]
    columns = ACCOUNTS[table][1]
    upper: list[LayoutCell] = []
    for _ in range(2):
        upper += [
            _head(labels["total"], rows=2),
            _head(labels["abroad"], rows=2),
            _head("公务用车购置及运行维护费", cols=3),
            _head(labels["reception"], rows=2),
        ]
    lower = [_head(text) for text in ("小计", labels["vehicle_purchase"], labels["vehicle_running"])] * 2
    header = (
        (_head("预算数", cols=6), _head("决算数", cols=6)),
        tuple(upper),
        tuple(lower),
        tuple(_number(number) for number in range(1, 13)),
    )
    body = tuple(
        _figure(accounts, table, row, column, _three_public_terms(row, column))
        for row in ("budget", "executed")
        for column in columns
    )
    return (1.0,) * 12, 4, (*header, body)


def _three_public_terms(row: str, column: str) -> list[Term]:
    if column == "total":
        return _plus((row, "abroad"), (row, "vehicles"), (row, "reception"))
    if column == "vehicles":
        return _plus((row, "vehicle_purchase"), (row, "vehicle_running"))
    return []


def figure_cells(layout: TableLayout) -> tuple[LayoutCell, ...]:
    """All cells that print a figure, in reading order."""
    return tuple(cell for row in layout.rows for cell in row if cell.is_figure)
