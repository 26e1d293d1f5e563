"""Plain text: lines with their numbers, and tables that were torn open when a report was saved as text."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guangsha.documents.reading.source import Line, SourceDocument
from guangsha.documents.reading.text import read_text
from guangsha.kernel.errors import InputError
from guangsha.testing.effort import examples


def read(text: str) -> SourceDocument:
    return read_text(text.encode(), "报告.txt")


def grid(text: str) -> list[list[str]]:
    (found,) = read(text).tables
    return [["" if c is None else c.text for c in row] for row in found.grid]


def shape(text: str) -> list[str]:
    """The blocks in order: lines as they are, tables as rows by columns."""
    return [
        block.text if isinstance(block, Line) else f"{block.row_count}×{block.column_count}"
        for block in read(text).blocks
    ]


# --- lines ------------------------------------------------------------------------------------------------------


def test_lines_keep_their_number_in_the_file_and_blank_ones_are_none():
    lines = list(read("\n2024年度\r\n\r\n　　支出 22854. 27 万元  \r　\nend").lines)
    assert [(line.spot.line, line.text) for line in lines] == [
        (2, "2024年度"), (4, "支出 22854. 27 万元"), (6, "end"),
    ]  # fmt: skip


def test_markdown_headings_have_a_level_and_remnants_of_conversion_go():
    text = "## 一、概况\n[bookmark: _GoBack]内设机构\n<p>预期目标</p> <p>完成&nbsp;&lt;5%</p>\n#1 不是标题\n占比<5%，>3%"
    assert [(line.level, line.text) for line in read(text).lines] == [
        (2, "一、概况"), (0, "内设机构"), (0, "预期目标\n完成 <5%"), (0, "#1 不是标题"), (0, "占比<5%，>3%"),
    ]  # fmt: skip


def test_form_feeds_count_pages():
    document = read("甲\n\f乙\n丙\f\n丁")
    assert [(line.text, line.spot.page) for line in document.lines] == [
        ("甲", 1),
        ("乙", 2),
        ("丙", 2),
        ("丁", 3),
    ]
    assert document.pages == 3


# --- rows with tabs ---------------------------------------------------------------------------------------------


def test_rows_with_tabs_are_a_table_whose_empty_cells_stay_and_empty_last_columns_go():
    text = "收 入\t\t支 出\t\t\n项目\t决算数\t项目\t决算数\t\n一、拨款\t22854. 27\t一、服务\t72.81\t\n\t\t二、教育\t\t\n"
    assert grid(text) == [
        ["收 入", "", "支 出", ""],
        ["项目", "决算数", "项目", "决算数"],
        ["一、拨款", "22854. 27", "一、服务", "72.81"],
        ["", "", "二、教育", ""],
    ]
    (found,) = read(text).tables
    assert found.torn
    assert [cell.spot.line for cell in found.cells if cell.text == "二、教育"] == [4]


def test_captions_notes_and_signatures_glued_to_a_table_stay_lines():
    text = (
        "附件2\n2024年度收入决算表\n公开02表\n部门：某局\t\t单位：万元\n项目\t合计\t拨款\n合计\t10\t9\n其他\t1\t1\n"
        "注：本表反映收入。\n单位负责人：甲\t填表人：乙\n"
    )
    assert shape(text) == [
        "附件2", "2024年度收入决算表", "公开02表", "部门：某局\t单位：万元", "3×3", "注：本表反映收入。",
        "单位负责人：甲\t填表人：乙",
    ]  # fmt: skip


def test_a_row_of_a_form_that_begins_like_a_caption_stays_a_row():
    text = "单位名称\t某局\t\n备注\t无\t\n说明\t按预算执行\t1\n"
    assert grid(text)[0][:2] == ["单位名称", "某局"]
    assert len(grid(text)) == 3


def test_a_single_tab_in_prose_makes_no_table():
    assert shape("单位：某局\t2024年\n\n正文。\n\t缩进的一段。\n") == [
        "单位：某局\t2024年",
        "正文。",
        "缩进的一段。",
    ]


def test_a_list_of_contents_stays_lines():
    text = "目录\n\n第一部分 概况\t1\n一、职责\t1\n二、机构\t3\n第二部分 决算表\t5\n一、收入支出决算总表\t5\n"
    assert all(isinstance(block, Line) for block in read(text).blocks)
    # amounts under headings rise and fall: those are a table
    assert shape("一、工资\t193\n二、商品\t138\n三、补助\t56\n") == ["3×2"]


def test_a_row_torn_by_a_line_end_inside_a_cell_is_joined_where_the_columns_prove_it():
    text = "科目\t合计\t基本\n2210106 公共\t2228\t1\n2210199 其他\t532\n0\t3\n2210201 公积\t103\t103\n总\t1\t2\n计\t1\t2\n合\t1\t2\n"
    assert grid(text)[2] == ["2210199 其他", "532\n0", "3"]


def test_a_short_line_between_rows_is_a_row_of_one_merged_cell():
    assert grid("甲\t1\n小计\n乙\t2\n") == [["甲", "1"], ["小计", ""], ["乙", "2"]]


def test_a_row_that_ocr_put_right_of_the_table_is_moved_back():
    rows = ["质量指标\t合格率\t100\t100%\t10\n"] * 4
    rows.insert(2, "\t\t\t\t\t\t时效指标\t完成率\t100\t100%\t10\n")
    assert grid("".join(rows))[2] == ["时效指标", "完成率", "100", "100%", "10"]


def test_pages_of_one_table_are_joined_without_the_repeated_head():
    head = "序号\t事项\t完成\n"
    assert grid(head + "1\t甲\t是\n2\t乙\t否\n\n" + head + "3\t丙\t是\n4\t丁\t否\n") == [
        ["序号", "事项", "完成"], ["1", "甲", "是"], ["2", "乙", "否"], ["3", "丙", "是"], ["4", "丁", "否"],
    ]  # fmt: skip


def test_a_part_with_other_columns_is_marked_as_going_on():
    first, second = read("甲\t1\t2\n乙\t1\t2\n\n丙\t1\t2\t3\t4\n丁\t1\t2\t3\t4\n").tables
    assert (first.continues, second.continues) == (False, True)


def test_a_line_between_two_tables_keeps_them_apart():
    first, second = read("甲\t1\t2\n乙\t1\t2\n\n附件3\n\n甲\t1\t2\n丁\t1\t2\n").tables
    assert not second.continues
    assert (first.row_count, second.row_count) == (2, 2)


# --- one cell a line --------------------------------------------------------------------------------------------

STACKED = """附件1
基础数据表
\t人员情况（人）
\t编制数
\t控制率

\t
\t75
\t97.3%

\t楼堂馆所
（2023年完工）
\t批复规模
（㎡）
\t@

\t其中：
\t6
\t4.13


说明：需要填报。
""".replace("@", "\u3000")  # editors take blanks at the end of a line away


def test_one_cell_a_line_is_a_table_with_further_paragraphs_in_their_cells():
    assert shape(STACKED) == ["附件1", "基础数据表", "4×3", "说明：需要填报。"]
    assert grid(STACKED) == [
        ["人员情况（人）", "编制数", "控制率"],
        ["", "75", "97.3%"],
        ["楼堂馆所\n（2023年完工）", "批复规模\n（㎡）", ""],
        ["其中：", "6", "4.13"],
    ]
    cells = {cell.text: cell.spot.line for cell in read(STACKED).tables[0].cells}
    assert (cells["75"], cells["4.13"]) == (8, 19)


def test_an_empty_paragraph_inside_a_cell_does_not_end_its_row():
    text = "\t一级\n\t二级\n\t得分\n\n\t产出指标\n\n(50分)\n\t数量\n\t10\n\n\t\n\t质量\n\t5\n\n"
    assert grid(text) == [["一级", "二级", "得分"], ["产出指标\n(50分)", "数量", "10"], ["", "质量", "5"]]
    tall = next(cell.spot for cell in read(text).tables[0].cells if "50" in cell.text)
    assert [tall.of_line(n).line for n in range(2)] == [5, 7]
    assert tall.of_line(2) is tall


def test_a_label_written_downwards_stands_at_the_head_of_its_row():
    row = "\t\n\t数量\n\t10\n\t10\n\n"
    text = "\t绩\n效\n指\n标\n\n\t一级\n\t分值\n\t得分\n\n" + row * 3
    assert grid(text)[0] == ["绩\n效\n指\n标", "一级", "分值", "得分"]


@pytest.mark.parametrize(
    "glued", ["附件3-2", "2023年度项目支出绩效自评表", "填表人：甲 填报日期：2024.6", "七、存在的问题"]
)
def test_what_is_glued_to_the_last_row_is_not_in_the_table(glued):
    text = f"\t总分\n\t100\n\n\t得分\n\t97.94\n {glued}\n\t项目\n\t甲\n\n\t支出\n\t5\n"
    document = read(text)
    assert [line.text for line in document.lines] == [glued]
    assert [t.row_count for t in document.tables] == [2, 2]


def test_paragraphs_that_open_with_a_tab_are_no_table():
    sentence = "\t本单位按照批准的预算安排支出，资金管理规范，按时完成了全年各项任务，达到了预期的目标。\n"
    assert all(isinstance(block, Line) for block in read(sentence * 4 + "\n" + sentence * 3).blocks)


# --- rows between bars ------------------------------------------------------------------------------------------


def test_rows_between_bars_are_a_table_and_their_rules_are_not():
    text = "| 项目 | 决算数 |\n|---|---:|\n| 合计 | 22899.22 |\n| 甲\\|乙 | |\n"
    assert grid(text) == [["项目", "决算数"], ["合计", "22899.22"], ["甲|乙", ""]]


def test_a_table_written_as_markup_in_the_midst_of_text_has_its_extents_and_lines():
    text = (
        "附件2\n\n<table>\n<tr><td rowspan='2'>项目</td><td>1</td></tr>\n<tr><td>2</td></tr></table>\n\n"
        "<html><body><table><tr><td>甲</td><td>\t3</td></tr></table></body></html>\n下文\n<table><tr>\n"
    )
    document = read(text)
    first, second = document.tables
    assert [(c.text, c.rows, c.spot.line) for c in first.cells] == [("项目", 2, 4), ("1", 1, 4), ("2", 1, 5)]
    assert [(c.text, c.spot.line) for c in second.cells] == [("甲", 7), ("3", 7)]
    assert not first.torn
    # what never ends is no table
    assert [line.text for line in document.lines] == ["附件2", "下文", "<table><tr>"]


# --- encodings and damage ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_the_encoding_is_told_by_the_bytes(encoding):
    text = "2024年度收入决算表\n单位：万元\n项目\t1\t2\n合计\t3\t4\n" * 3
    document = read_text(text.encode(encoding), "a.txt")
    assert next(document.lines).text == "2024年度收入决算表"
    assert any("编码" in note for note in document.notes) is not encoding.startswith("utf-8")


def test_a_text_cut_off_inside_a_character_is_read_with_a_note():
    data = ("住房保障支出20961.96万元。\n" * 20).encode()[:-2]
    document = read_text(data, "a.txt")
    assert sum(1 for _ in document.lines) == 20
    assert any("1 处字符无法识别" in note for note in document.notes)
    cut = ("住房保障支出20961.96万元。\n" * 20).encode("gb18030")[:-2]
    assert next(read_text(cut, "a.txt").lines).text == "住房保障支出20961.96万元。"


@pytest.mark.parametrize("data", [bytes(range(256)) * 20, b"\x00" * 500, b"\x89\xff\xfe\x00\x01" * 100])
def test_binary_noise_is_refused(data):
    with pytest.raises(InputError, match="不是文字文件") as refused:
        read_text(data, "a.txt")
    assert refused.value.where == "a.txt"


def test_blanks_only_are_refused():
    with pytest.raises(InputError, match="没有文字"):
        read_text("\n 　\n\t\n".encode(), "a.txt")


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "tables", "rows"),
    [
        # (line of the first cell, label of the row, last cells of the row)
        ("yueyang-2023", 5, [(97, "三公经费", ["6", "6", "4.13"]), (713, "总分", ["100", "97"]), (234, "绩\n效\n指\n标", ["分值", "得分"])]),
        ("yueyanglou-2025", 5, [(143, "公用经费：", ["19.64", "25.2", "23.52"]), (242, "", ["900", "922.45", "15", "15.00"])]),
        ("jiangan-2024", 24, [(105, "总计", ["31", "22899. 22", "总计", "62", "22899. 22"]), (880, "", ["100", "%", "100%", "10"])]),
    ],
)  # fmt: skip
def test_the_published_texts_keep_their_tables(name, tables, rows):
    path = Path(__file__).resolve().parents[5] / "shared" / "documents" / f"{name}.txt"
    if not path.exists():
        pytest.skip("the published reports are not beside the checkout")
    document = read_text(path.read_bytes(), path.name)
    assert len(document.tables) == tables
    for line, label, figures in rows:
        (found,) = [t for t in document.tables if t.spot.line == line]
        texts = [[c.text for c in found.row_cells(r)] for r in range(found.row_count)]
        assert any(
            row[0] == label and ",".join(figures) in ",".join(text for text in row if text) for row in texts
        ), label


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "text",
    [
        "\t甲\n" * 12_000,
        ("\t" + "甲" * 30 + "。\n\n") * 10_000,
        "a\tb\tc\n\n" * 10_000,
        "".join("\t" * (i % 50) + "a\tb\n" for i in range(1_500)),
        "<table>\n" * 12_000,
        "a\t" * 200_000,
        "\ta\nxx\n" * 10_000,
        "a\t" * 400_000,
        "x\n" * 150_000,
    ],
)
def test_endless_repetition_takes_seconds_and_not_hours(text):
    with contextlib.suppress(InputError):
        read(text)


@settings(max_examples=examples(200), deadline=None)
@given(st.text(st.sampled_from("\t\t\n\n 甲12.5%（）|-。：表注　\r\f<p>&"), max_size=120))
def test_every_text_keeps_all_its_words(text):
    with contextlib.suppress(InputError):
        document = read(text)
        kept = "".join(
            block.text if isinstance(block, Line) else "".join(c.text for c in block.cells)
            for block in document.blocks
        )
        for character in "甲12.5%（）。：表注":
            assert kept.count(character) == text.count(character)


@settings(max_examples=examples(150), deadline=None)
@given(st.data())
def test_damaged_texts_are_read_or_refused_and_nothing_else(data):
    spoiled = bytearray(STACKED.encode(data.draw(st.sampled_from(["utf-8", "gb18030", "utf-16"]))))
    for _ in range(data.draw(st.integers(0, 5))):
        at = data.draw(st.integers(0, len(spoiled)))
        spoiled[at : at + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=6))
    del spoiled[data.draw(st.integers(0, len(spoiled))) :]
    with contextlib.suppress(InputError):
        assert isinstance(read_text(bytes(spoiled), "a.txt"), SourceDocument)
