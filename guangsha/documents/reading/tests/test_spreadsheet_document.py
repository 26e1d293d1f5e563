"""Published workbooks read as they are displayed: formats, merged cells, blocks, and whatever damage may do."""

from __future__ import annotations

import csv
import io
import random
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.styles import Border, Side

from guangsha.documents.reading import limits
from guangsha.documents.reading.intake import read_input
from guangsha.documents.reading.number_format import shown_number, shown_text
from guangsha.documents.reading.source import Line, SourceDocument, SourceTable
from guangsha.documents.reading.spreadsheet_document import read_xlsx, xlsx_from_bytes
from guangsha.documents.writing.tables import write_tables
from guangsha.evaluation import evaluate_facts
from guangsha.kernel.errors import InputError
from guangsha.kernel.resources import data_folder
from guangsha.testing.effort import examples

THIN = Side(style="thin")
BOX = Border(left=THIN, right=THIN, top=THIN, bottom=THIN)
TABLE = [["项目", "预算数", "决算数"], ["基本支出", 1342.29, 1323.41], ["项目支出", 173, 1874.05]]


def book_of(
    rows: list[list[Any]], *, first: int = 1, bordered: bool = True, title: str = "支出表"
) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for r, row in enumerate(rows, first):
        for c, value in enumerate(row, 1):
            cell = sheet.cell(r, c, value)
            if bordered:
                cell.border = BOX
    return book


def data_of(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read(book: openpyxl.Workbook) -> SourceDocument:
    return xlsx_from_bytes(data_of(book), "附表.xlsx")


def rows_of(table: SourceTable) -> list[list[str]]:
    return [[cell.text if cell else "" for cell in row] for row in table.grid]


def texts(document: SourceDocument) -> list[str]:
    return [block.text for block in document.blocks if isinstance(block, Line)]


# --- sheets --------------------------------------------------------------------------------------------------


def test_a_sheet_is_a_heading_its_captions_its_table_and_its_notes() -> None:
    book = book_of(TABLE, first=4)
    sheet = book["支出表"]
    sheet["A1"], sheet["A3"], sheet["C3"], sheet["A7"] = (
        "支出决算表",
        "部门：某局",
        "单位：万元",
        "注：本表反映支出。",
    )
    found = read(book)
    assert texts(found) == ["支出表", "支出决算表", "部门：某局  单位：万元", "注：本表反映支出。"]
    assert rows_of(found.tables[0]) == [
        ["项目", "预算数", "决算数"],
        ["基本支出", "1342.29", "1323.41"],
        ["项目支出", "173", "1874.05"],
    ]
    heading = found.blocks[0]
    assert isinstance(heading, Line) and heading.level == 1
    assert found.tables[0].cells[4].spot.anchor == "支出表!B5"
    assert found.source(found.tables[0].cells[4].spot).cell == "支出表!B5"
    assert isinstance(found.blocks[-1], Line)  # the note stands after the table


def test_without_borders_the_captions_are_told_by_their_few_cells() -> None:
    book = book_of(
        [["支出决算表"], ["部门：某局", None, "单位：万元"], *TABLE, ["注：本表反映支出。"]], bordered=False
    )
    found = read(book)
    assert rows_of(found.tables[0])[0] == ["项目", "预算数", "决算数"]
    assert texts(found)[1:] == ["支出决算表", "部门：某局  单位：万元", "注：本表反映支出。"]


def test_merged_cells_keep_their_extent_and_blank_bordered_cells_stay() -> None:
    book = book_of([["项目", "支出", None], [None, "预算数", "决算数"], ["合计", None, 5]])
    book["支出表"].merge_cells("A1:A2")
    book["支出表"].merge_cells("B1:C1")
    table = read(book).tables[0]
    assert [(c.text, c.row, c.column, c.rows, c.columns) for c in table.cells] == [
        ("项目", 0, 0, 2, 1), ("支出", 0, 1, 1, 2), ("预算数", 1, 1, 1, 1), ("决算数", 1, 2, 1, 1),
        ("合计", 2, 0, 1, 1), ("", 2, 1, 1, 1), ("5", 2, 2, 1, 1),
    ]  # fmt: skip


def test_two_blocks_on_a_sheet_are_two_tables() -> None:
    book = book_of(TABLE)
    for r, row in enumerate(TABLE, 1):
        for c, value in enumerate(row, 6):
            book["支出表"].cell(r, c, value).border = BOX
        for c, value in enumerate(row, 1):
            book["支出表"].cell(r + 6, c, value).border = BOX
    found = read(book)
    assert [table.spot.anchor for table in found.tables] == ["支出表!A1", "支出表!F1", "支出表!A7"]


def test_a_sheet_of_prose_is_lines() -> None:
    book = book_of([["编制说明"], ["一、本表依据部门决算编制。"], ["二、金额单位为万元。"]], bordered=False)
    found = read(book)
    assert found.tables == ()
    assert texts(found)[1:] == ["编制说明", "一、本表依据部门决算编制。", "二、金额单位为万元。"]


def test_hidden_sheets_are_left_out_and_noted() -> None:
    book = book_of(TABLE)
    book.create_sheet("底稿")["A1"] = "内部"
    book["底稿"].sheet_state = "hidden"
    book["支出表"].row_dimensions[3].hidden = True
    found = read(book)
    assert "内部" not in texts(found)
    assert found.notes == ("隐藏的工作表未读取：底稿。", "工作表“支出表”有隐藏的行或列，已一并读取。")


def test_errors_and_formulas_without_results_are_named() -> None:
    book = book_of([["合计", "=SUM(B2:B3)"], ["甲", 1.5], ["乙", "#REF!"]])
    book["支出表"]["B3"].data_type = "e"
    found = read(book)
    assert found.tables[0].cells[5].text == "#REF!"
    assert "支出表!B3显示公式错误，未作为数字读取。" in found.notes
    assert any("支出表!B1的公式没有计算结果" in note for note in found.notes)  # openpyxl stores no results


def test_macros_are_left_alone_and_noted() -> None:
    data = io.BytesIO(data_of(book_of(TABLE)))
    with zipfile.ZipFile(data, "a") as package:
        package.writestr("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0 Sub Auto_Open()")
    found = xlsx_from_bytes(data.getvalue(), "附表.xlsm")
    assert found.notes[0] == "工作簿带有宏，宏未运行，只读取了单元格。"
    assert len(found.tables) == 1


@pytest.mark.parametrize("name", ["yueyang-2023", "jiangan-2024"])
def test_our_own_tables_read_back_with_every_cell(tmp_path: Path, name: str) -> None:
    made = evaluate_facts(read_input(data_folder("examples") / name))
    path = tmp_path / "附表.xlsx"
    path.write_bytes(write_tables(made.facts, made.profile, made.scores, made.checked, made.accounts))
    found = read_xlsx(path)
    shown = {cell.spot.anchor: cell.text for table in found.tables for cell in table.cells if cell.text}
    shown |= {line.spot.anchor: line.text for line in found.lines if line.level == 0}
    whole = "\n".join(shown.values())
    for sheet in openpyxl.load_workbook(path, data_only=True).worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, str) and cell.value.strip():
                    assert cell.value.strip().split("\n")[0] in whole
                elif isinstance(cell.value, int | float):
                    assert f"{sheet.title}!{cell.coordinate}" in shown
    assert found.notes == ()


# --- what a number looks like --------------------------------------------------------------------------------

SHOWN = [
    ("0.99949999999999994", "0.00%", "99.95%"),
    ("1323.41", "General", "1323.41"),
    ("0.30000000000000004", "General", "0.3"),
    ("9.1", "0.00", "9.10"),
    ("1.005", "0.00", "1.01"),
    ("22854.27", "#,##0.00", "22,854.27"),
    ("-1234.5", "#,##0.00;[Red](#,##0.00)", "(1,234.50)"),
    ("0", '_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * "-"??_ ;_ @_ ', "-"),
    ("1234.5", '_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * "-"??_ ;_ @_ ', "1,234.50"),
    ("123456", '0!.0,"万元"', "12.3万元"),
    ("496", '0"户"', "496户"),
    ("1234567", "#,##0,", "1,235"),
    ("1234.567", "[$¥-804]#,##0.00", "¥1,234.57"),
    ("7", "000", "007"),
    ("0.5", "#.##", ".5"),
    ("12345", "0.00E+00", "1.23E+04"),
    ("12", "[>=10]0.0;0", "12.0"),
    ("5", ";;;", ""),
    ("-0.5", "0%", "-50%"),
    ("45083", "yyyy-mm-dd", "2023-06-06"),
    ("45083", 'yyyy"年"m"月"d"日";@', "2023年6月6日"),
    ("45083", '[DBNum1][$-804]yyyy"年"m"月"d"日"', "二〇二三年六月六日"),
    ("45083.75", "yyyy/m/d h:mm", "2023/6/6 18:00"),
    ("0.5", "h:mm AM/PM", "12:00 PM"),
    ("1.5", "[h]:mm", "36:00"),
    ("59", "yyyy-m-d", "1900-2-28"),
    ("61", "yyyy-m-d", "1900-3-1"),
    ("1E+300", "0.00", "1.00000E+300"),
    ("abc", "0.00", "abc"),
]  # fmt: skip


@pytest.mark.parametrize(("stored", "code", "shown"), SHOWN)
def test_a_number_is_shown_as_its_format_says(stored: str, code: str, shown: str) -> None:
    assert shown_number(stored, code) == shown


def test_the_calendar_of_1904_and_formats_of_text_are_honoured() -> None:
    assert shown_number("43621", "yyyy-mm-dd", since_1904=True) == "2023-06-06"
    assert shown_text("三", '"第"@"号"') == "第三号"
    assert shown_text("合计", "0.00") == "合计"


@given(st.text(max_size=30), st.text(alphabet='0#?.,%;[]@"E+-ymdhs!\\_*年月日万', max_size=30))
def test_no_format_whatever_breaks_the_reader(stored: str, code: str) -> None:
    assert isinstance(shown_number(stored, code), str)
    assert isinstance(shown_text(stored, code), str)


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2))
def test_two_decimals_are_shown_as_they_were_typed(value: Any) -> None:
    assert shown_number(repr(float(value)), "0.00") == f"{value:.2f}" or value == 0


@pytest.mark.slow
def test_numbers_are_shown_as_libreoffice_shows_them(tmp_path: Path) -> None:
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not on this machine")
    codes = [
        "0", "0.00", "#,##0", "#,##0.00", "0%", "0.00%", "0.00E+00", "0.0", "000", '0"户"', "#,##0.00;(#,##0.00)",
        "0.00;-0.00;0", '#,##0.00;-#,##0.00;"-"', "yyyy-mm-dd", 'yyyy"年"m"月"d"日"', "h:mm:ss", "[>=1000]0.0;0.00",
    ]  # fmt: skip
    # no ties of the last digit: LibreOffice decides them by the binary fraction, Excel by the decimal
    values = [0, 1, 0.9995, -1, 12.345678, 1323.41, 99999.994, 1234567.891, 45083, 45083.5, 0.1 + 0.2, -0.126]
    rows: list[list[Any]] = [[value for _ in codes] for value in values]
    book = book_of(rows)
    for row in book["支出表"].iter_rows():
        for cell, code in zip(row, codes, strict=True):
            cell.number_format = code
    path = tmp_path / "数.xlsx"
    path.write_bytes(data_of(book))
    command = [office, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to"]
    command += [
        "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true",
        "--outdir",
        str(tmp_path),
        str(path),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=100)
    theirs = list(csv.reader((tmp_path / "数.csv").read_text(encoding="utf-8").splitlines()))
    ours = rows_of(read_xlsx(path).tables[0])
    for value, mine, other in zip(values, ours, theirs, strict=True):
        for code, a, b in zip(codes, mine, other, strict=True):
            if ("y" in code or "h" in code) and (value < 61 or value % 0.5):
                continue  # before March 1900 the two count days differently; Excel rounds seconds
            if value < 0 and code.startswith("["):
                continue  # Excel writes the minus sign, LibreOffice takes it for the condition's part
            assert a == b.strip(), (value, code)


# --- damage --------------------------------------------------------------------------------------------------


def refusal(data: bytes, name: str = "附表.xlsx") -> str:
    with pytest.raises(InputError) as caught:
        xlsx_from_bytes(data, name)
    return caught.value.message


def package_of(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return out.getvalue()


def test_what_is_no_workbook_is_named_for_what_it_is(tmp_path: Path) -> None:
    assert refusal(b"%PDF-1.7") == "这不是 xlsx 工作簿"
    assert (
        refusal(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"))
        == "工作簿设有打开密码，无法读取"
    )
    assert refusal(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") == "这是旧版 .xls 工作簿"
    assert refusal(b"PK\x03\x04 not a zip") == "工作簿文件已损坏或不完整"
    assert refusal(package_of({"word/document.xml": b"<w/>"})) == "压缩包里没有工作簿"
    with pytest.raises(InputError, match="找不到文件"):
        read_xlsx(tmp_path / "没有.xlsx")


def test_bombs_and_entities_are_refused() -> None:
    book = b'<!DOCTYPE x [<!ENTITY a "b">]><workbook>&a;</workbook>'
    assert "实体声明" in refusal(package_of({"xl/workbook.xml": book}))
    flood = {"xl/workbook.xml": b" " * (limits.XML_BYTES_MAX + 1)}
    assert "解压后过大" in refusal(package_of(flood))


def test_an_empty_workbook_says_so() -> None:
    assert read(openpyxl.Workbook()).notes == ("工作簿里没有内容。",)


NAMESPACE = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'


def sheet_package(sheet: bytes) -> bytes:
    relation = b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>'
    return package_of(
        {
            "xl/workbook.xml": b"<workbook "
            + NAMESPACE
            + b'><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": relation,
            "xl/worksheets/sheet1.xml": b"<worksheet " + NAMESPACE + b">" + sheet + b"</worksheet>",
        }
    )


def test_cells_without_references_and_strings_out_of_range_are_survived() -> None:
    rows = b'<sheetData><row><c><v>1</v></c><c t="s"><v>99</v></c><c t="inlineStr"><is><t>x</t></is></c></row></sheetData>'
    found = xlsx_from_bytes(sheet_package(rows), "x.xlsx")
    assert texts(found)[1:] == ["1", "x"]


def test_cells_at_the_far_end_and_merged_over_everything_cost_little() -> None:
    rows = b'<sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row></sheetData>'
    merged = b'<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    assert "过多" in refusal(sheet_package(rows + merged))
    assert len(texts(xlsx_from_bytes(sheet_package(rows), "x.xlsx"))) == 3


def test_a_long_diagonal_of_cells_is_no_table() -> None:
    rows = b"".join(
        b'<row r="%d"><c r="%s%d"><v>1</v></c></row>' % (n, openpyxl.utils.get_column_letter(n).encode(), n)
        for n in range(1, 3000)
    )
    assert "表格过大" in refusal(sheet_package(b"<sheetData>" + rows + b"</sheetData>"))


SAMPLE = data_of(book_of(TABLE))


@settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_damage_gives_a_document_or_one_sentence(data: st.DataObject) -> None:
    damaged = bytearray(SAMPLE)
    for _ in range(data.draw(st.integers(1, 8))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.sampled_from([len(damaged), data.draw(st.integers(0, len(damaged)))]))
    try:
        assert xlsx_from_bytes(bytes(damaged[:end]), "x.xlsx").kind == "xlsx"
    except InputError as error:
        assert error.message


def test_damage_inside_the_parts_gives_a_document_or_one_sentence() -> None:
    chance = random.Random(7)
    with zipfile.ZipFile(io.BytesIO(SAMPLE)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    for _ in range(200):
        broken = dict(parts)
        name = chance.choice(
            ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml", "xl/sharedStrings.xml"]
        )
        content = bytearray(broken.get(name, b"<x/>"))
        for _ in range(chance.randrange(1, 5)):
            content[chance.randrange(len(content))] = chance.randrange(32, 127)
        broken[name] = bytes(content)
        try:
            assert xlsx_from_bytes(package_of(broken), "x.xlsx").kind == "xlsx"
        except InputError as error:
            assert error.message
