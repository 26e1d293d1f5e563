"""Amounts, codes, titles and sentences as scanning and local habits leave them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guangsha.documents.reading.understanding.accounts_bind import empty_note_in
from guangsha.documents.reading.understanding.accounts_codes import Levels, joined_code, repaired_code
from guangsha.documents.reading.understanding.accounts_labels import Labels, row_between
from guangsha.documents.reading.understanding.accounts_titles import continued_title, number_in, title_of
from guangsha.documents.reading.understanding.accounts_words import amounts_in
from guangsha.facts.forms import ACCOUNTS


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("22854. 27", "22854.27"),
        ("1, 212.84", "1212.84"),
        ("1，212.84", "1212.84"),
        ("１２．００", "12.00"),
        ("22 899.22", "22899.22"),
        ("1.212.84", "1212.84"),
        ("12，30", "12.30"),
        ("2O.36", "20.36"),
        ("20。36", "20.36"),
        ("0. 182", "0.182"),
        ("—5.20", "-5.20"),
        ("(5.20)", "-5.20"),
        ("0.45 }", "0.45"),
        ("3. 7", "3.7"),
        ("0.00", "0.00"),
    ],
)
def test_an_amount_is_read_through_its_scars(text: str, value: str) -> None:
    assert [f"{amount:f}" for amount, _ in amounts_in(text)] == [value]


@pytest.mark.parametrize(
    "text", ["", "——", "/", "}", ";", "栏次", "合计 12.00", "2024年", "1.2.3", "85.71%", "9" * 40]
)
def test_what_is_no_amount_gives_none(text: str) -> None:
    assert amounts_in(text) == []


def test_two_amounts_in_one_cell_stay_two() -> None:
    assert [value for value, _ in amounts_in("22854. 27 1449. 61")] == [
        Decimal("22854.27"),
        Decimal("1449.61"),
    ]


@given(st.integers(-(10**12), 10**12), st.sampled_from(["{:.2f}", "{:,.2f}"]))
def test_every_printed_amount_is_read_back(cents: int, form: str) -> None:
    value = Decimal(cents).scaleb(-2)
    assert [amount for amount, _ in amounts_in(form.format(value))] == [value]


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        (["2210106"], "2210106"),
        (["221", "01", "06"], "2210106"),
        (["22101", "06"], "2210106"),
        (["20103", "302"], "2010302"),
        (["20899", "999"], "2089999"),
        (["221", "22101", "2210106"], "2210106"),
        (["3", "2210106"], "2210106"),
        (["221"], "221"),
        (["610000"], ""),
        (["221010"], ""),
        (["27"], ""),
    ],
)
def test_a_code_is_put_together_from_its_cells(parts: list[str], code: str) -> None:
    assert joined_code(parts) == code


def test_codes_by_level_take_what_stands_above() -> None:
    levels = Levels()
    rows = [(0, "221"), (1, "01"), (2, "06"), (2, "07"), (1, "02"), (2, "01"), (0, "229"), (2, "01")]
    assert [levels.code(*row) for row in rows] == [
        "221", "22101", "2210106", "2210107", "22102", "2210201", "229", "",
    ]  # fmt: skip


def test_a_broken_code_is_mended_only_where_its_name_leaves_one_code() -> None:
    names = {
        "2210106": "公共租赁住房",
        "2210107": "保障性住房租金补贴",
        "2010302": "一般行政管理事务",
        "2013202": "一般行政管理事务",
    }
    assert repaired_code("210106", "公共租赁住房", names, []) == "2210106"
    assert repaired_code("210106", "公共租赁住房", names, ["2210106"]) == ""
    assert repaired_code("210106", "保障性住房租金补贴", names, []) == ""


@pytest.mark.parametrize(
    ("line", "table"),
    [
        *((title, name) for name, (title, _) in ACCOUNTS.items()),
        *(
            (f"2021年度{title}（公开0{place}表）", name)
            for place, (name, (title, _)) in enumerate(ACCOUNTS.items(), 1)
        ),
        ("四、财政拨款收支决算总表", "fiscal_overview"),
        ("江城市住房保障服务中心收支决算总表", "overview"),
        ("附表6 一般公共预算财政拨款基本支出决算表", "basic_detail"),
        ("政府性基金预算财政拨款支出决算表", "government_fund"),
        ("政府性基金预算财政拨款收支决算总表", "government_fund"),
        ("国有资本经营预算财政拨款收入支出决算表", "state_capital"),
        ('财政拨款"三公"经费支出决算表', "three_public"),
        ("财政拔款收入支出决算总表", "fiscal_overview"),
        ("2024年度收人决算表", "revenue"),
        ("收入支出预算总表", "other"),
        ("一般公共预算“三公”经费支出预算表", "other"),
        ("项目支出决算明细表", "other"),
        ("财政专户管理资金收入支出决算表", "other"),
        ("国有资产占有使用情况表", "other"),
        ("部门整体绩效自评表", "other"),
        ("收入决算情况说明", ""),
        ("详见下表", ""),
        ("公开01表", ""),
        ("第二部分 江城市住房保障服务中心2024年度部门决算表", ""),
        ("2024年度收入支出决算总表反映本年度总收支情况。", ""),
    ],
)
def test_a_title_names_its_table_by_words(line: str, table: str) -> None:
    assert title_of(line) == table


def test_a_title_over_two_lines_is_one_title() -> None:
    assert continued_title("2024年度一般公共预算财政拨款", "支出决算表") == "general_expenditure"
    assert continued_title("本部门2024年无政府性基金预算财政拨款收入支出。", "2024年度支出决算表") == ""


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("公开 01 表", "公开01表"),
        ("财决公开03表", "财决公开03表"),
        ("附表6", "附表6"),
        ("详见附表", ""),
        ("2024年度", ""),
    ],
)
def test_the_form_number_is_read_as_printed(text: str, number: str) -> None:
    assert number_in(text) == number


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("本部门2024年无政府性基金预算财政拨款收入支出。", "本部门2024年无政府性基金预算财政拨款收入支出"),
        ("注：1.本表反映收支情况。2.本单位没有政府性基金收支。", "本单位没有政府性基金收支"),
        ("注：本表反映部门本年度各项收入情况。", ""),
        ("本年购置无形资产支出增加。", ""),
    ],
)
def test_the_sentence_of_an_empty_table_is_found(text: str, note: str) -> None:
    assert empty_note_in(text) == note


def test_a_fund_below_the_opening_balance_is_an_opening() -> None:
    labels = Labels("fiscal_overview", 2024)
    read = ["一、一般公共预算财政拨款", "本年收入合计", "年初财政拨款结转和结余", "一般公共预算财政拨款"]
    assert [labels.left(text) for text in read] == [
        "income.general_public", "income.total", "opening.total", "opening.general_public",
    ]  # fmt: skip


def test_a_class_is_told_by_name_not_by_ordinal() -> None:
    labels = Labels("overview", 2024)
    assert labels.right("十九、住房保障支出") == "class.221"
    assert labels.right("二十、住房保障支出") == "class.221"
    assert labels.right("八、社会保障和就业支岀") == "class.208"
    assert labels.right("住房支出说明") == ""


def test_a_lost_label_needs_both_neighbours_to_agree() -> None:
    order = ["class.201", "class.202", "class.203", "class.204"]
    assert row_between(32, [(31, "class.201"), (33, "class.203")], order) == "class.202"
    assert row_between(32, [(31, "class.201"), (34, "class.203")], order) == ""
    assert row_between(32, [(31, "class.201")], order) == ""
