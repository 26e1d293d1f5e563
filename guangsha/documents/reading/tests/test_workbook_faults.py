"""A workbook filled with slips: every fault is named with its sheet and cell, all of them together."""

import datetime
import re
from decimal import Decimal

import pytest

from guangsha.documents.reading.spreadsheet import exact
from guangsha.documents.reading.tests.filled_workbook import Filled, facts, good
from guangsha.documents.reading.workbook import workbook_from_bytes
from guangsha.documents.writing.workbook import write_workbook
from guangsha.kernel.errors import InputError, InputErrors
from guangsha.scoring.profile import load_profile


def faults(data):
    with pytest.raises(InputError) as caught:
        workbook_from_bytes(data, "w.xlsx")
    error = caught.value
    return [str(one) for one in error.errors] if isinstance(error, InputErrors) else [str(error)]


def test_a_workbook_saved_by_another_program_gives_equal_facts_with_sheet_and_cell():
    read = workbook_from_bytes(Filled().bytes(), "w.xlsx")
    assert read == facts()
    fact = read.find("sheet.funds", sheet="overall", fund="total", stage="executed")
    assert (fact.source.file, fact.source.table, fact.source.quote) == ("w.xlsx", "整体自评表", "3197.46")
    assert str(fact.place()) == f"项目资金（w.xlsx “整体自评表” {fact.source.cell}）"


BAD_AMOUNTS = [
    (-5, "不能是负数（-5）"),
    ("很多", "应填以万元为单位的金额，现在是文字“很多”"),
    ("12户", "应填以万元为单位的金额，现在是“12户”，单位是户。请核对是否填错了栏。"),
    ("130万元", "带有单位。本项以万元为单位，请只写 130。"),
    ("1,212.84", "带有千位分隔符"),
    ("#DIV/0!", "显示错误值 #DIV/0!。请改正公式，或直接填写数值。"),
    ("#REF!", "显示错误值 #REF!"),
    ("=1+2", "是公式，但没有计算结果。请用 Excel 或 WPS 打开，等公式算出后保存；或改填数值。"),
    (datetime.date(2024, 5, 1), "现在是文字“2024-05-01”"),
    (datetime.time(1, 2), "现在是文字"),
    (True, "现在是文字“是”"),
    (1e300, "太长"),
]

LINES = [
    "three_public", "vehicles", "vehicle_purchase", "vehicle_running", "abroad", "reception", "project_total",
    "public_total", "office", "utilities_travel", "meeting_training", "procurement",
]  # fmt: skip


def test_every_bad_amount_is_named_with_its_cell_all_together():
    filled = Filled()
    cells = [
        filled.put("基础数据表", f"lines:{line}", value, head="本年预算")
        for line, (value, _) in zip(LINES, BAD_AMOUNTS, strict=True)
    ]
    found = {
        re.match(r"工作表“基础数据表”([A-Z]+\d+)：", fault)[1]: fault for fault in faults(filled.bytes())
    }
    assert set(found) == set(cells)
    for cell, (_, said) in zip(cells, BAD_AMOUNTS, strict=True):
        assert said in found[cell]


NUMBERS = [
    ("1380.68", "1380.68"),  # a number stored as text
    ("１３８０.６８", "1380.68"),
    (0.1 + 0.2, "0.3"),
    (1 / 3, "0.333333"),
    (1380.6800000000001, "1380.68"),
    (100.0, "100"),
    (10**9, "1000000000"),
    ("   ", None),
]


def test_numbers_of_a_spreadsheet_become_the_decimals_that_were_meant():
    filled = Filled()
    for line, (value, _) in zip(LINES, NUMBERS, strict=False):
        filled.put("基础数据表", f"lines:{line}", value, head="本年预算")
    read = workbook_from_bytes(filled.bytes(), "w.xlsx")
    facts = [read.find("base.amount", line=line, stage="initial") for line in LINES[: len(NUMBERS)]]
    assert [fact.text if fact else None for fact in facts] == [expected for _, expected in NUMBERS]
    assert facts[3].source.quote == "0.3333333333333333（取 6 位小数）"


@pytest.mark.parametrize(
    ("value", "number_format", "expected"), [(0.9941, "0.00%", "99.41"), ("99.41%", None, "99.41")]
)
def test_a_rate_may_be_typed_as_a_number_or_in_percent(value, number_format, expected):
    filled = Filled()
    filled.put("整体自评表", "published:rate", value, number_format=number_format)
    read = workbook_from_bytes(filled.bytes(), "w.xlsx")
    assert read.find("execution.rate", sheet="overall", basis="published").text == expected


def test_a_target_typed_without_text_format_is_still_the_text_that_was_seen():
    filled = Filled()
    typed = [
        (3500, "General", "3500"),
        (0.95, "0%", "95%"),
        (datetime.date(2023, 12, 31), "yyyy-mm-dd", "2023-12-31"),
    ]
    for row, (value, number_format, _) in enumerate(typed):
        filled.put("整体自评表", "indicators:", "甲", head="三级指标", row=row)
        filled.put(
            "整体自评表", "indicators:", value, head="年度指标值", row=row, number_format=number_format
        )
    read = workbook_from_bytes(filled.bytes(), "w.xlsx")
    targets = [read.find("indicator.target", sheet="overall", indicator=str(row)).text for row in (1, 2, 3)]
    assert targets == [expected for _, _, expected in typed]


@pytest.mark.parametrize(
    ("number", "decimal"),
    [(0.29, "0.29"), (1e-9, "0"), (22854.27, "22854.27"), (2.675, "2.675"), (5, "5"), (-0.1, "-0.1")],
)
def test_exact_gives_the_shortest_decimal(number, decimal):
    assert exact(number) == Decimal(decimal)


def test_every_fault_is_shown_together():
    filled = Filled()
    filled.put("整体自评表", "funds:total", -5, head="年初预算数")
    filled.put("单位信息", "about:report_date", "2024-02-30")
    filled.put("单位信息", "head:unit", None)
    filled.put("基础数据表", "lines:vehicles", "三万", head="本年预算")
    filled.put("整体自评表", "indicators:", "看情况", head="指标方向")
    found = faults(filled.bytes())
    assert len(found) == 5
    assert any(fault.startswith("工作表“单位信息”C5：缺少单位名称") for fault in found)
    assert any("“指标方向”不能填“看情况”" in fault for fault in found)


def test_a_renamed_sheet_is_still_known_by_its_mark():
    filled = Filled()
    filled.sheet("整体自评表").title = "整体（终稿）"
    read = workbook_from_bytes(filled.bytes(), "w.xlsx")
    assert read == facts()
    assert read.find("sheet.kind", sheet="overall").source.table == "整体（终稿）"


def test_a_missing_sheet_is_named():
    filled = Filled()
    del filled.book["基础数据表"]
    assert faults(filled.bytes()) == [
        "w.xlsx：缺少工作表“基础数据表”。请恢复这张工作表；不用的表留空即可，不要删除。"
    ]
    filled = Filled()
    del filled.book["单位信息"]
    assert any("缺少工作表“单位信息”" in fault for fault in faults(filled.bytes()))


def test_an_unused_project_sheet_may_be_deleted_and_a_used_one_copied():
    filled = Filled()
    del filled.book["项目自评表6"]
    copy = filled.book.copy_worksheet(filled.book["项目自评表1"])
    copy.title = "项目自评表7"
    filled.put("项目自评表7", "head:id", None)
    filled.put("项目自评表7", "head:name", "危房治理")
    read = workbook_from_bytes(filled.bytes(), "w.xlsx")
    assert [fact.dimension("sheet") for fact in read.select("sheet.kind")] == [
        "overall",
        "repair",
        "project-1",
    ]


def test_a_second_copy_of_a_sheet_is_refused():
    filled = Filled()
    filled.book.copy_worksheet(filled.book["整体自评表"]).title = "整体自评表（2）"
    assert "是同一张表的两份" in faults(filled.bytes())[0]


def test_sheets_of_the_officers_own_are_left_alone():
    filled = Filled()
    filled.book.create_sheet("草稿")["A1"] = "随手记"
    assert workbook_from_bytes(filled.bytes(), "w.xlsx") == facts()


def test_a_row_inserted_in_an_open_table_is_read_as_one_of_its_rows():
    filled = Filled()
    sheet = filled.sheet("基础数据表")
    at = filled.find("基础数据表", "programmes:", "行号").row + 1
    sheet.insert_rows(at)
    for column, value in zip("BCF", ("extra", "新增项目", 5), strict=True):
        sheet[f"{column}{at}"] = value
    read = workbook_from_bytes(filled.bytes(), "w.xlsx")
    assert read.find("base.name", line="programme.extra").text == "新增项目"


def test_a_row_inserted_elsewhere_cannot_lose_a_figure_in_silence():
    filled = Filled()
    sheet = filled.sheet("基础数据表")
    at = filled.find("基础数据表", "lines:vehicles", "上年决算").row
    sheet.insert_rows(at)
    sheet[f"C{at}"] = 5
    assert f"工作表“基础数据表”第 {at} 行：这一行是后来插入的" in faults(filled.bytes())[0]


def test_moved_columns_are_found_by_their_heads_and_a_changed_head_is_refused():
    filled = Filled()
    sheet = filled.sheet("整体自评表")
    first = filled.find("整体自评表", "funds:total", "年初预算数").column
    last = filled.find("整体自评表", "funds:total", "全年执行数").column
    top = next(cell.row for cell in sheet["A"] if cell.value == "funds#")
    for row in (top, top + 1):
        a, b = sheet.cell(row, first), sheet.cell(row, last)
        a.value, b.value = b.value, a.value
    assert workbook_from_bytes(filled.bytes(), "w.xlsx") == facts()
    sheet.cell(top, first).value = "执行"
    assert any("表头“全年执行数”不见了或被改动" in fault for fault in faults(filled.bytes()))


def test_changed_marks_in_the_hidden_column_are_named():
    filled = Filled()
    sheet = filled.sheet("基础数据表")
    for line, mark in (
        ("office", "lines:offic"),
        ("abroad", "nosuch:total"),
        ("vehicles", "junk"),
        ("reception", "nosuch#"),
    ):
        sheet.cell(filled.find("基础数据表", f"lines:{line}", "上年决算").row, 1).value = mark
    assert sum("识别标记被改动" in fault for fault in faults(filled.bytes())) >= 4


def test_a_code_typed_twice_or_forgotten_is_named():
    filled = Filled()
    filled.put("报告数字", "economic:", "301", head="科目编码")
    filled.put("报告数字", "economic:", 5, head="金额")
    filled.put("报告数字", "economic:", 6, head="金额", row=1)
    found = faults(filled.bytes())
    assert any("科目“301”填了两行" in fault for fault in found)
    assert any("这一行没有填科目编码" in fault for fault in found)


def test_parts_of_a_statement_that_does_not_exist_are_named():
    filled = Filled(good_with_statements())
    filled.put("文字说明数字", "parts:", "nobody", head="编号")
    assert any("编号“nobody”在上表中没有" in fault for fault in faults(filled.bytes()))


def good_with_statements():
    return write_workbook(load_profile("jiangan", 2024), year=2024)


def test_the_blank_workbook_asks_for_the_unit_alone():
    assert faults(good_with_statements()) == ["工作表“单位信息”C5：缺少单位名称（unit）。请填写单位全称。"]


def test_a_profile_on_the_command_line_stands_before_the_workbooks_own():
    assert workbook_from_bytes(good(), "w.xlsx", profile="mof").profile == "mof"


def test_a_workbook_of_another_version_or_of_somebody_else_is_refused():
    filled = Filled()
    for sheet in filled.book:
        if sheet["A1"].value and str(sheet["A1"].value).startswith("guangsha"):
            sheet["A1"].value = str(sheet["A1"].value).replace("/1", "/9")
    assert "本程序只读" in faults(filled.bytes())[0]
    for sheet in filled.book:
        sheet["A1"].value = None
    assert faults(filled.bytes()) == [
        "w.xlsx：这不是本程序的填报工作簿。请先用 guangsha workbook 生成空白工作簿再填写。"
    ]
