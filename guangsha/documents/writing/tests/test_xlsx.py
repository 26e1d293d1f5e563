"""The xlsx writer, read back with openpyxl: what a spreadsheet program will see."""

from __future__ import annotations

import io
import re
import zipfile
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guangsha.documents.writing.xlsx import Workbook, address, span
from guangsha.documents.writing.xlsx_cells import TEXT_MAX, clean_text, column_name
from guangsha.kernel.errors import InputError
from guangsha.testing.effort import examples


def reopened(book: Workbook) -> Any:
    return openpyxl.load_workbook(io.BytesIO(book.to_bytes()))


def part(book: Workbook, name: str) -> str:
    return zipfile.ZipFile(io.BytesIO(book.to_bytes())).read(name).decode()


# --- values --------------------------------------------------------------------------------------------------


def test_numbers_stand_in_the_file_exactly_as_they_are_written() -> None:
    book = Workbook()
    sheet = book.sheet("数")
    for row, value in enumerate([Decimal("9.10"), Decimal("1E+3"), Decimal("-0.005"), 12, Decimal("0.1")]):
        sheet.write(row, 0, value)
    xml = part(book, "xl/worksheets/sheet1.xml")
    assert re.findall(r"<v>(.*?)</v>", xml) == ["9.10", "1000", "-0.005", "12", "0.1"]


@pytest.mark.parametrize("value", [1.5, True, b"x", Decimal("NaN"), Decimal("Infinity")])
def test_refuses_what_is_not_an_exact_number_or_text(value: Any) -> None:
    sheet = Workbook().sheet("数")
    with pytest.raises((TypeError, ValueError)):
        sheet.write(0, 0, value)
    with pytest.raises((TypeError, ValueError)):
        sheet.write_rows(0, 0, [[value]])


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        '=HYPERLINK("http://x","点")',
        "+1",
        "-1",
        "@SUM(A1)",
        "=cmd|' /C calc'!A0",
        "<script>&amp;</t></is>",
        "]]>",
        "  前后有空格  ",
        "第一行\n第二行",
        "　全角空格开头",
        "007",
        "430602199001011234",
        "“三公”经费<增加>&减少",
        "𠮷野家 🏠",
    ],
)
def test_hostile_text_stays_text(text: str) -> None:
    book = Workbook()
    sheet = book.sheet("文")
    sheet.write(0, 0, text)
    sheet.write_rows(1, 0, [[text], ["平常"]])
    read = reopened(book)["文"]
    for row in (1, 2):
        assert read.cell(row, 1).value == text
        assert read.cell(row, 1).data_type != "f"
    assert "<f>" not in part(book, "xl/worksheets/sheet1.xml")


def test_text_is_cleaned_of_what_xml_cannot_hold() -> None:
    assert clean_text("a\x00b\x0bc\x1fd\ufffe\ud800e\r\nf\rg\th") == "abcd\ufffde\nf\ng\th"
    book = Workbook()
    book.sheet("文").write_rows(0, 0, [["收\x00入\x08"], ["\ud812"]])
    assert [r[0].value for r in reopened(book)["文"].iter_rows()] == ["收入", "\ufffd"]


def test_text_that_looks_like_a_hex_escape_is_not_read_as_one() -> None:
    book = Workbook()
    book.sheet("文").write_rows(0, 0, [["_x0041_"]])
    assert "_x005F_x0041_" in part(book, "xl/worksheets/sheet1.xml")


def test_says_where_a_text_is_too_long() -> None:
    sheet = Workbook().sheet("说明")
    sheet.write(0, 0, "长" * TEXT_MAX)
    with pytest.raises(InputError, match=r"工作表“说明” 单元格 B3：文字有 32768 个字符"):
        sheet.write(2, 1, "长" * (TEXT_MAX + 1))
    with pytest.raises(InputError, match="工作表“说明”"):
        sheet.write_rows(5, 0, [["长" * (TEXT_MAX + 1)]])


def test_addresses() -> None:
    assert [column_name(c) for c in (0, 25, 26, 701, 702, 16_383)] == ["A", "Z", "AA", "ZZ", "AAA", "XFD"]
    assert address(1_048_575, 0) == "A1048576"
    assert span(1, 1, 1, 1) == "B2"
    for row, col in ((-1, 0), (1_048_576, 0), (0, 16_384), (0, -1)):
        with pytest.raises(ValueError, match="outside"):
            address(row, col)


_TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn")), max_size=20).filter(
    lambda text: text != "" and "_x" not in text
)
_NUMBERS = st.decimals(min_value=-(10**9), max_value=10**9, places=2) | st.integers(-(10**12), 10**12)
_CELLS = st.none() | _TEXTS | _NUMBERS
_TABLES = st.lists(st.lists(_CELLS, max_size=5), max_size=8)


def _seen(sheet: Any, row: int, col: int) -> Any:
    value = sheet.cell(row + 1, col + 1).value
    return Decimal(str(value)) if isinstance(value, int | float) else value


@given(_TABLES, st.booleans())
@settings(max_examples=examples(120), deadline=None)
def test_any_table_reads_back_equal(rows: list[list[Any]], long: bool) -> None:
    book = Workbook()
    sheet = book.sheet("表")
    if long:
        sheet.write_rows(3, 2, rows)
    else:
        for r, row in reversed(list(enumerate(rows))):  # any order
            for c, value in enumerate(row):
                sheet.write(r + 3, c + 2, value)
    read = reopened(book)["表"]
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            wanted = Decimal(value) if isinstance(value, int) else value
            assert _seen(read, r + 3, c + 2) == wanted


@given(_TABLES)
@settings(max_examples=examples(60), deadline=None)
def test_the_fast_path_writes_the_same_cells_as_the_slow_one(rows: list[list[Any]]) -> None:
    fast, slow = Workbook(), Workbook()
    look = fast.style(border=True, number="0.00")
    assert look == slow.style(border=True, number="0.00")
    fast.sheet("表").write_rows(0, 0, rows, look)
    sheet = slow.sheet("表")
    width = max(map(len, rows), default=0)
    for r, row in enumerate(rows):
        for c in range(width):
            sheet.write(r, c, row[c] if c < len(row) else None, look)
    cells = [re.findall(r"<c .*?(?:/>|</c>)", part(b, "xl/worksheets/sheet1.xml")) for b in (fast, slow)]
    assert cells[0] == cells[1]


def test_a_long_table_leaves_room_for_cells_beside_it() -> None:
    book = Workbook()
    sheet = book.sheet("表")
    assert sheet.write_rows(1, 1, ([f"行{n}", n] for n in range(2_500))) == 2_500
    sheet.write_rows(2, 4, [["旁边"], ["再下"]])
    sheet.write(1, 0, "前")
    sheet.write(2_500, 3, "后")
    sheet.write(0, 0, "题")
    read = reopened(book)["表"]
    assert [read.cell(2, c).value for c in (1, 2, 3)] == ["前", "行0", 0]
    assert [read.cell(3, c).value for c in (2, 3, 5)] == ["行1", 1, "旁边"]
    assert [read.cell(2501, c).value for c in (2, 3, 4)] == ["行2499", 2499, "后"]
    sheet.write(4, 2, "撞")
    with pytest.raises(ValueError, match="C5"):
        book.to_bytes()


def test_a_cell_written_twice_holds_the_last_value() -> None:
    book = Workbook()
    sheet = book.sheet("表")
    sheet.write(0, 0, "旧")
    sheet.write(0, 0, "新")
    assert reopened(book)["表"]["A1"].value == "新"


# --- formulas ------------------------------------------------------------------------------------------------


def test_formulas_are_live_and_show_their_cached_value() -> None:
    book = Workbook()
    sheet = book.sheet("表")
    sheet.write_rows(0, 0, [[Decimal("1.10")], [2]])
    sheet.formula(2, 0, "=SUM(A1:A2)", cached=Decimal("3.10"))
    sheet.formula(3, 0, 'IF(A1<2,"小","大")', cached="小")
    data = book.to_bytes()
    live = openpyxl.load_workbook(io.BytesIO(data))["表"]
    shown = openpyxl.load_workbook(io.BytesIO(data), data_only=True)["表"]
    assert [live["A3"].value, live["A4"].value] == ["=SUM(A1:A2)", '=IF(A1<2,"小","大")']
    assert [shown["A3"].value, shown["A4"].value] == [3.1, "小"]
    assert "fullCalcOnLoad" not in part(book, "xl/workbook.xml")


def test_a_formula_without_a_cached_value_asks_to_be_computed() -> None:
    book = Workbook()
    book.sheet("表").formula(0, 0, "=1+1")
    assert 'fullCalcOnLoad="1"' in part(book, "xl/workbook.xml")


# --- looks and form ------------------------------------------------------------------------------------------


def test_looks_read_back_and_equal_looks_share_one_handle() -> None:
    book = Workbook()
    head = book.style(bold=True, size=14, font="黑体", fill="FFF2CC", align="center", wrap=True, border=True)
    money = book.style(
        number="#,##0.000", locked=False, color="C00000", indent=2, align="right", valign="top"
    )
    assert head == book.style(
        bold=True, size=14, font="黑体", fill="fff2cc", align="center", wrap=True, border=True
    )
    assert head != money != 0
    sheet = book.sheet("表")
    sheet.write(0, 0, "头", head)
    sheet.write(1, 0, 1, money)
    sheet.write(2, 0, "素")
    read = reopened(book)["表"]
    top, figure, bare = read["A1"], read["A2"], read["A3"]
    assert (top.font.b, top.font.sz, top.font.name) == (True, 14, "黑体")
    assert top.fill.fgColor.rgb == "FFFFF2CC"
    assert (top.alignment.horizontal, top.alignment.vertical, top.alignment.wrap_text) == (
        "center",
        "center",
        True,
    )
    assert {
        side.style for side in (top.border.left, top.border.right, top.border.top, top.border.bottom)
    } == {"thin"}
    assert (figure.number_format, figure.protection.locked) == ("#,##0.000", False)
    assert (figure.font.color.rgb, figure.alignment.indent, figure.alignment.vertical) == (
        "FFC00000",
        2,
        "top",
    )
    assert (bare.font.name, bare.font.sz, bare.protection.locked) == ("宋体", 11, True)
    with pytest.raises(ValueError, match="colour"):
        book.style(fill="red")


def test_merged_ranges_carry_value_and_borders_and_never_overlap() -> None:
    book = Workbook()
    box = book.style(border=True)
    sheet = book.sheet("表")
    sheet.merge(0, 0, 1, 2, "合", box)
    sheet.merge(2, 0, 2, 0, "单", box)
    with pytest.raises(ValueError, match="overlaps A1:C2"):
        sheet.merge(1, 2, 3, 3, "叠")
    with pytest.raises(ValueError, match="down and to the right"):
        sheet.merge(5, 5, 4, 5)
    read = reopened(book)["表"]
    assert [str(r) for r in read.merged_cells.ranges] == ["A1:C2"]
    assert (read["A1"].value, read["A3"].value) == ("合", "单")
    assert 'r="C2" s="1"' in part(book, "xl/worksheets/sheet1.xml")


def test_forms_carry_drop_downs_limits_and_notes() -> None:
    book = Workbook()
    sheet = book.sheet("表")
    sheet.validate_list(
        1, 0, 9, 0, ["是", "否"], prompt_title="选择", prompt="只能选一项", error="请从列表选"
    )
    long = [f"第{n}项，说明文字" for n in range(60)]
    sheet.validate_list(1, 1, 9, 1, long)
    sheet.validate_list(1, 2, 9, 2, long)
    sheet.validate_list(1, 3, 9, 3, ["甲,乙", "丙"])
    sheet.validate_decimal(1, 4, 9, 4, least=0, most=Decimal("100.00"), error="应在 0 到 100 之间")
    sheet.validate_decimal(1, 5, 9, 5, prompt="填数")
    sheet.note(0, 0, "填写说明：\n年初批复数")
    sheet.note(4, 2, "另一条")
    with pytest.raises(ValueError, match="longer than 255"):
        sheet.validate_decimal(0, 0, 0, 0, prompt="长" * 256)
    with pytest.raises(ValueError, match="at least one choice"):
        sheet.validate_list(0, 0, 0, 0, [])
    read = reopened(book)
    rules = {str(v.sqref): v for v in read["表"].data_validations.dataValidation}
    assert (rules["A2:A10"].type, rules["A2:A10"].formula1, rules["A2:A10"].prompt) == (
        "list",
        '"是,否"',
        "只能选一项",
    )
    assert rules["B2:B10"].formula1 == rules["C2:C10"].formula1 == "choices_1"
    assert rules["D2:D10"].formula1 == "choices_2"
    assert read.defined_names["choices_1"].attr_text == "'下拉选项'!$A$1:$A$60"
    assert read["下拉选项"].sheet_state == "hidden"
    assert [c.value for c in read["下拉选项"]["A"]] == long
    assert (rules["E2:E10"].type, rules["E2:E10"].formula1, rules["E2:E10"].formula2) == (
        "decimal",
        "0",
        "100.00",
    )
    assert rules["E2:E10"].showErrorMessage
    assert read["表"]["A1"].comment.text == "填写说明：\n年初批复数"
    assert read["表"]["C5"].comment.text == "另一条"


def test_sheets_are_set_up_for_print_and_protection() -> None:
    book = Workbook(title="表<册>", subject="自评")
    first = book.sheet("一", widths=[10.5, 20], freeze=(2, 1), landscape=True, repeat_rows=(0, 1))
    first.height(0, 40)
    first.print_area(0, 0, 9, 4)
    second = book.sheet("二'表", protect=False)
    second.link(0, 0, "一", "去一")
    second.link(1, 0, second, "去二")
    second.link(2, 0, "'一'!B5", "去五")
    book.define_name("合计", "'一'!$B$2")
    with pytest.raises(ValueError, match="twice"):
        book.define_name("合计", "'一'!$B$3")
    read = reopened(book)
    one, two = read["一"], read["二'表"]
    assert (one.freeze_panes, one.protection.sheet, one.print_title_rows) == ("B3", True, "$1:$2")
    assert (one.page_setup.orientation, one.page_setup.paperSize, one.page_setup.fitToHeight) == (
        "landscape",
        9,
        0,
    )
    assert one.sheet_properties.pageSetUpPr.fitToPage
    assert one.print_options.horizontalCentered
    assert (one.column_dimensions["A"].width, one.row_dimensions[1].height) == (10.5, 40)
    assert "第 &P 页" in one.oddFooter.center.text
    assert (two.protection.sheet, two.page_setup.orientation) == (False, "portrait")
    assert '_xlnm.Print_Area" localSheetId="0">\'一\'!$A$1:$E$10<' in part(book, "xl/workbook.xml")
    assert [two.cell(r, 1).hyperlink.location for r in (1, 2, 3)] == ["'一'!A1", "'二''表'!A1", "'一'!B5"]
    assert read.defined_names["合计"].attr_text == "'一'!$B$2"
    assert (read.properties.title, read.properties.language) == ("表<册>", "zh-CN")


@pytest.mark.parametrize("name", ["", "a/b", "x" * 32, "[表]", "'表'", "History", "  "])
def test_refuses_a_sheet_name_that_excel_would_refuse(name: str) -> None:
    book = Workbook()
    with pytest.raises(InputError, match="不能命名为"):
        book.sheet(name)
    book.sheet(book.free_name(name))
    assert reopened(book).sheetnames


def test_free_names_do_not_collide() -> None:
    book = Workbook()
    names = [book.sheet(book.free_name("项目：" + "公" * 40)).name for _ in range(3)]
    assert len(set(names)) == 3
    assert all(len(name) <= 31 for name in names)
    book.sheet("ABC")
    assert book.free_name("abc") == "abc（2）"


def test_the_same_calls_give_the_same_bytes() -> None:
    def made() -> bytes:
        book = Workbook(title="表")
        sheet = book.sheet("表")
        sheet.write(0, 0, "甲", book.style(bold=True))
        sheet.note(0, 0, "注")
        sheet.validate_list(0, 1, 5, 1, [f"{n},项" for n in range(9)])
        sheet.write_rows(1, 0, [["乙", Decimal("1.20")]] * 3)
        return book.to_bytes()

    assert made() == made()


def test_a_workbook_needs_a_visible_sheet() -> None:
    book = Workbook()
    with pytest.raises(ValueError, match="visible"):
        book.to_bytes()
    book.sheet("藏", hidden=True)
    with pytest.raises(ValueError, match="visible"):
        book.to_bytes()
    book.sheet("见")
    assert reopened(book).active.title == "见"
