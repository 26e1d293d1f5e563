"""The nine tables rebuilt, laid out, and the classification that names their rows."""

from __future__ import annotations

from decimal import Decimal

import pytest

from guangsha.facts.accounts import COLUMN_LABELS, ROW_PARTS, Accounts, children, rebuild_accounts
from guangsha.facts.accounts_layout import TableLayout, accounts_layout, figure_cells, printed_amount
from guangsha.facts.classification import class_rows, classification, name_of
from guangsha.facts.fact import DerivedSource, Fact, FactSet
from guangsha.facts.forms import ACCOUNTS
from guangsha.facts.report import Report

YEAR = 2024


def _report(**tables: dict[str, dict[str, str]]) -> Report:
    """``revenue={"2210201": {"fiscal": "99.54"}}`` and so on."""
    facts = [
        Fact.of(f"accounts.{table}", Decimal(value), year=YEAR, row=row, column=column)
        for table, rows in tables.items()
        for row, cells in rows.items()
        for column, value in cells.items()
    ]
    return Report(FactSet("某局", YEAR, "jiangan", facts))


FUND = {"2210201": {"fiscal": "99.54", "other": "3.70"}, "2120101": {"fiscal": "1016.36", "other": "32.95"}}


# --- rebuilding ---------------------------------------------------------------------------------------------


def test_row_and_table_totals_follow_from_items() -> None:
    accounts = Accounts(_report(revenue=FUND))
    for row, column, expected in (
        ("2210201", "total", "103.24"),
        ("total", "fiscal", "1115.90"),
        ("total", "other", "36.65"),
        ("total", "total", "1152.55"),
    ):
        fact = accounts.computed("revenue", row, column)
        assert fact is not None and fact.text == expected


def test_the_overview_follows_from_the_income_table() -> None:
    accounts = Accounts(_report(revenue=FUND))
    rows = {f.dimension("row"): f.text for f in accounts.rebuilt() if f.concept == "accounts.overview"}
    assert rows["income.general_public"] == "1115.90"
    assert rows["income.other"] == "36.65"
    assert rows["income.grand"] == "1152.55"


def test_a_blank_stays_blank_and_a_given_zero_stays_zero() -> None:
    accounts = Accounts(_report(general_expenditure={"2210106": {"basic": "0"}}))
    assert accounts.computed("general_expenditure", "total", "project") is None
    total = accounts.computed("general_expenditure", "2210106", "total")
    assert total is not None and total.number == 0


def test_government_fund_income_is_not_counted_as_general_income() -> None:
    report = _report(
        revenue={"2120899": {"fiscal": "20.00"}, "2210106": {"fiscal": "50.00"}},
        government_fund={"2120899": {"opening": "1.00", "revenue": "20.00", "project": "15.00"}},
    )
    accounts = Accounts(report)
    for row, expected in (("income.general_public", "50.00"), ("income.government_fund", "20.00")):
        fact = accounts.computed("fiscal_overview", row, "amount")
        assert fact is not None and fact.text == expected
    closing = accounts.computed("fiscal_overview", "closing.total", "total")
    assert closing is not None and closing.text == "6.00"


def test_other_economic_classes_are_public_expenditure() -> None:
    report = _report(
        basic_detail={code: {"amount": "1.00"} for code in ("30101", "30302", "30201", "31002", "30701")}
    )
    accounts = Accounts(report)
    for row, expected in (("personnel.total", "2.00"), ("public.total", "3.00")):
        fact = accounts.computed("basic_detail", row, "amount")
        assert fact is not None and fact.text == expected


def test_every_rebuilt_cell_says_how_it_came_about() -> None:
    report = _report(revenue=FUND, three_public={"executed": {"vehicle_running": "0.18"}})
    facts = rebuild_accounts(report)
    keys = {fact.key for fact in facts} | {fact.key for fact in report.facts}
    for fact in facts:
        assert fact.dimension("basis") == "computed"
        assert isinstance(fact.source, DerivedSource) and fact.source.formula
        assert fact.source.inputs and set(fact.source.inputs) <= keys


def test_a_printed_total_is_kept_where_it_was_given() -> None:
    accounts = Accounts(_report(revenue={**FUND, "total": {"total": "1152.54"}}))
    printed = accounts.printed("revenue", "total", "total")
    assert printed is not None and printed.text == "1152.54"


def test_children_of_a_class_are_its_next_level_only() -> None:
    codes = ["221", "22102", "2210201", "2210301"]
    assert children("221", codes) == ("22102", "2210301")


# --- layout -------------------------------------------------------------------------------------------------


def _grid(layout: TableLayout) -> set[tuple[int, int]]:
    """Positions covered by the layout; fails when two cells overlap."""
    covered: set[tuple[int, int]] = set()
    for line, row in enumerate(layout.rows):
        column = 0
        for cell in row:
            while (line, column) in covered:
                column += 1
            for place in ((line + i, column + j) for i in range(cell.rows) for j in range(cell.cols)):
                assert place not in covered
                covered.add(place)
    return covered


@pytest.mark.parametrize("table", ACCOUNTS)
def test_a_layout_fills_its_grid_and_spans_no_body_row_from_its_head(table: str) -> None:
    layout = accounts_layout(table, _report(revenue=FUND, basic_detail={"31299": {"amount": "1.00"}}), {})
    assert _grid(layout) == {(i, j) for i in range(len(layout.rows)) for j in range(len(layout.widths))}
    for line, row in enumerate(layout.rows[: layout.header_rows]):
        assert all(line + cell.rows <= layout.header_rows for cell in row)


@pytest.mark.parametrize("table", ACCOUNTS)
def test_a_layout_shows_each_cell_of_the_table_once(table: str) -> None:
    shown = [
        (c.fact_row, c.fact_column) for c in figure_cells(accounts_layout(table, _report(revenue=FUND), {}))
    ]
    assert len(shown) == len(set(shown))


def test_lines_of_the_overview_are_numbered_as_published() -> None:
    layout = accounts_layout("overview", _report(), {"overview": "公开01表"})
    assert layout.number == "公开01表"
    lines = {cell.text: row for row in layout.rows[layout.header_rows :] for cell in row if cell.line_no}
    for number, label in (
        ("27", "本年收入合计"), ("31", "总计"), ("32", "一、一般公共服务支出"), ("50", "十九、住房保障支出"),
        ("57", "二十六、抗疫特别国债安排的支出"), ("58", "本年支出合计"), ("62", "总计"),
    ):  # fmt: skip
        row = lines[number]
        place = next(i for i, cell in enumerate(row) if cell.text == number)
        assert row[place - 1].text == label


def test_lines_of_the_fiscal_overview_are_numbered_as_published() -> None:
    layout = accounts_layout("fiscal_overview", _report(), {})
    texts = [[cell.text for cell in row] for row in layout.rows]
    assert ["本年收入合计", "27", "", "本年支出合计", "59", "", "", "", ""] in texts
    assert ["总计", "32", "", "总计", "64", "", "", "", ""] in texts


def test_sums_carry_their_addends_and_say_whether_they_add_up() -> None:
    report = _report(revenue={**FUND, "total": {"total": "1152.54", "fiscal": "1115.90"}})
    cells = {(c.fact_row, c.fact_column): c for c in figure_cells(accounts_layout("revenue", report, {}))}
    assert cells["total", "fiscal"].terms == (("2120101", "fiscal", 1), ("2210201", "fiscal", 1))
    assert cells["total", "fiscal"].exact and not cells["total", "total"].exact
    assert cells["2210201", "fiscal"].terms == ()


def test_the_detail_table_inserts_a_code_that_the_form_does_not_print() -> None:
    layout = accounts_layout("basic_detail", _report(basic_detail={"30115": {"amount": "1.00"}}), {})
    first = [row[0].text for row in layout.rows[layout.header_rows :]]
    assert first.index("30115") == first.index("30114") + 1


def test_an_empty_table_keeps_its_frame_and_says_so() -> None:
    layout = accounts_layout("state_capital", _report(revenue=FUND), {}, body="单位")
    assert layout.empty_note == "本单位2024年无国有资本经营预算财政拨款支出。"
    assert any(cell.text == "合计" for row in layout.rows for cell in row)


def test_amounts_print_two_decimals_and_blank_for_none() -> None:
    amount = Fact.of("accounts.overview", Decimal("12"), year=YEAR, row="class.206", column="amount")
    assert printed_amount(amount) == "12.00"
    assert printed_amount(None) == ""


# --- classification -----------------------------------------------------------------------------------------


def test_the_form_prints_twenty_six_classes() -> None:
    rows = class_rows(2024)
    assert len(rows) == 26
    assert [rows[i].label for i in (0, 18)] == ["一、一般公共服务支出", "十九、住房保障支出"]


def test_equal_names_stand_under_several_codes() -> None:
    assert name_of("2010302", 2024) == name_of("2120102", 2024) == "一般行政管理事务"


def test_entries_that_nobody_saw_printed_are_marked() -> None:
    version = classification(2024)
    assert version.is_verified("2210106", 2024) and not version.is_verified("2210103", 2024)
    assert not version.is_verified("2210106", 2022)


def test_a_year_without_a_file_is_not_claimed() -> None:
    assert not classification(2031).covers(2031) and classification(2031).id == "2024"


def test_labels_cover_every_column_and_part() -> None:
    for table, (_, columns) in ACCOUNTS.items():
        assert set(COLUMN_LABELS[table]) == set(columns)
    assert all(set(parts) < set(ACCOUNTS[table][1]) for table, parts in ROW_PARTS.items())
