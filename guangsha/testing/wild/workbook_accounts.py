"""Final accounts of a district bureau as a workbook in yuan, one sheet a table, no line numbers and no codes of classes."""

from __future__ import annotations

import random

from guangsha.testing.wild.book_tables import Style, Tables
from guangsha.testing.wild.books import Books, Item, ThreePublic, drawn, spread, staff_costs
from guangsha.testing.wild.county_accounts import _OFFICE, _STAFF
from guangsha.testing.wild.paper import Paper

_GROUPS = {
    "20401": "武装警察部队", "20406": "司法", "20805": "行政事业单位养老支出", "21011": "行政事业单位医疗",
    "22102": "住房改革支出", "21299": "其他城乡社区支出",
}  # fmt: skip
_TITLES = (
    "收入支出决算总表", "收入决算表", "支出决算表", "财政拨款收入支出决算总表", "一般公共预算财政拨款支出决算表",
    "一般公共预算财政拨款基本支出决算表", "政府性基金预算财政拨款收入支出决算表",
    "国有资本经营预算财政拨款支出决算表", "财政拨款“三公”经费支出决算表",
)  # fmt: skip
_STEP = 137  # amounts with odd fen, as books in yuan have them


def books() -> Books:
    chance = random.Random("workbook")

    def near(amount: float) -> int:
        return drawn(chance, amount, _STEP)

    items = (
        Item("2040601", "行政运行", near(688), 0, near(11)),
        Item("2040602", "一般行政管理事务", 0, near(143)),
        Item("2040605", "普法宣传", 0, near(37)),
        Item("2040607", "公共法律服务", 0, near(96), 0, near(8)),
        Item("2040610", "社区矫正", 0, near(52)),
        Item("2080505", "机关事业单位基本养老保险缴费支出", near(81)),
        Item("2080506", "机关事业单位职业年金缴费支出", near(40)),
        Item("2101101", "行政单位医疗", near(44)),
        Item("2101103", "公务员医疗补助", near(21)),
        Item("2210201", "住房公积金", near(92)),
        Item("2210203", "购房补贴", near(63)),
    )
    staff = [row for row in _STAFF if row[0] != "30304"] + [
        ("30109", "职业年金缴费", 4),
        ("30111", "公务员医疗补助缴费", 2),
    ]
    basic = sum(item.basic for item in items)
    office = drawn(chance, 0.18 * basic / 1_000_000, _STEP)
    three = ThreePublic((0, near(18), near(9), near(3)), (0, near(17), near(8), near(1)))
    fixed = {"30217": three.final[3], "30231": three.final[2], "31013": three.final[1]}
    rest = spread(chance, office - sum(fixed.values()), [r for r in _OFFICE if r[0] not in fixed], _STEP)
    amounts = {code: (name, fen) for code, name, fen in rest}
    amounts |= {
        "30217": ("公务接待费", fixed["30217"]),
        "30231": ("公务用车运行维护费", fixed["30231"]),
        "31013": ("公务用车购置", fixed["31013"]),
    }
    return Books(
        "海东区司法局", 2024, items, _GROUPS, staff_costs(chance, basic - office, sorted(staff), items),
        tuple((code, *amounts[code]) for code in sorted(amounts)), three, opening=near(66), closing=near(41),
    )  # fmt: skip


def build() -> Paper:
    paper = Paper("justice-accounts-2024", "xlsx", zero="0.00")
    style = Style(
        _TITLES,
        number="公开{n:02d}表",
        year_in_title=True,
        unit="元",
        lines=False,
        codes="支出功能分类科目编码",
    )
    Tables(paper, books(), style).all()
    return paper
