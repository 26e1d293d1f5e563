"""Word files: what is printed in them, in which grid, at which paragraph."""

from __future__ import annotations

import contextlib
import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from guangsha.documents.reading import docx as docx_reading
from guangsha.documents.reading.docx import paragraphs_in_order, read_docx
from guangsha.documents.reading.docx_package import open_docx
from guangsha.documents.reading.source import Line, SourceDocument
from guangsha.documents.reading.tests.word_package import (
    W,
    cell,
    numbered,
    para,
    part,
    table,
    word_file,
    zipped,
)
from guangsha.documents.writing.docx import write_docx
from guangsha.documents.writing.grid import place_cells
from guangsha.documents.writing.tests.sample_report import sample_report
from guangsha.documents.writing.tree import Heading, Table
from guangsha.kernel.errors import InputError
from guangsha.testing.effort import examples


def read(body: str, **parts: str) -> SourceDocument:
    return read_docx(word_file(body, **parts), "报告.docx")


def texts(body: str, **parts: str) -> list[str]:
    return [line.text for line in read(body, **parts).lines]


def grid(body: str) -> list[list[str]]:
    (found,) = read(body).tables
    return [["" if c is None else c.text for c in row] for row in found.grid]


def by_elements(data: bytes) -> SourceDocument:
    """The same document with every table read element by element."""
    reader = docx_reading._Reader(open_docx(data, "报告.docx"), "报告.docx", plain_tables=False)
    return SourceDocument("报告.docx", "docx", tuple(reader.blocks_of(reader.body)))


# --- what our own writer writes ---------------------------------------------------------------------------------


def test_our_own_report_is_read_back_with_all_headings_and_merged_cells():
    tree = sample_report()
    document = read_docx(write_docx(tree), "报告.docx")
    blocks = [block for section in tree.sections for block in section.blocks]
    written = [block for block in blocks if isinstance(block, Table)]
    assert len(document.tables) == len(written)
    for found, table_of_tree in zip(document.tables, written, strict=True):
        assert [(c.row, c.column, c.rows, c.columns, c.text) for c in found.cells] == [
            (p.row, p.column, p.cell.rows, p.cell.cols, p.cell.text.strip())
            for p in place_cells(table_of_tree)
        ]
    headings = [(line.level, line.text) for line in document.lines]
    for heading in (block for block in blocks if isinstance(block, Heading)):
        assert (heading.level, heading.text) in headings


# --- text of paragraphs -----------------------------------------------------------------------------------------


def test_soft_line_breaks_tabs_and_hyphens_are_kept_and_page_breaks_are_not():
    body = (
        "<w:p><w:r><w:t>部门：某局</w:t><w:tab/><w:t>单位：万元</w:t></w:r></w:p>"
        '<w:p><w:r><w:t>甲</w:t><w:br/><w:t>乙</w:t><w:br w:type="page"/></w:r></w:p>'
        "<w:p><w:r><w:t>3</w:t><w:noBreakHyphen/><w:t>1</w:t></w:r></w:p>"
    )
    assert texts(body) == ["部门：某局\t单位：万元", "甲\n乙", "3-1"]


def test_tab_stops_of_a_paragraph_are_no_text():
    stops = '<w:tabs><w:tab w:val="right" w:pos="8306"/></w:tabs>'
    assert texts(para("甲", stops)) == ["甲"]
    assert grid(table((cell(para("甲", stops)), cell("乙")))) == [["甲", "乙"]]


def test_ticked_boxes_and_comparisons_from_symbol_typefaces_are_read():
    body = (
        '<w:p><w:r><w:sym w:font="Wingdings" w:char="F0FE"/><w:t>延续性 </w:t>'
        '<w:sym w:font="Wingdings 2" w:char="F0A3"/><w:t>一次性，满意度</w:t>'
        '<w:sym w:font="Symbol" w:char="F0B3"/><w:t>90%</w:t><w:sym w:font="X" w:char="zz"/></w:r></w:p>'
    )
    assert texts(body) == ["☑延续性 □一次性，满意度≥90%"]


def test_results_of_fields_links_and_formulas_are_printed_and_their_codes_are_not():
    body = (
        '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>DATE</w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>2024年</w:t></w:r>'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r><w:hyperlink><w:r><w:t>附件1</w:t></w:r></w:hyperlink>'
        '<w:fldSimple w:instr="PAGE"><w:r><w:t>3</w:t></w:r></w:fldSimple>'
        "<m:oMath><m:r><m:t>S=15</m:t></m:r></m:oMath></w:p>"
    )
    assert texts(body) == ["2024年附件13S=15"]


def test_hidden_text_is_left_out_and_said():
    body = "<w:p><w:r><w:t>决算</w:t></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t>草稿</w:t></w:r></w:p>"
    document = read(body)
    assert [line.text for line in document.lines] == ["决算"]
    assert any("隐藏文字" in note for note in document.notes)


def test_tracked_insertions_are_in_and_deletions_out():
    body = (
        "<w:p><w:r><w:t>执行数</w:t></w:r>"
        '<w:del w:id="1"><w:r><w:delText>1236.73</w:delText></w:r></w:del>'
        '<w:ins w:id="2"><w:r><w:t>1236.16</w:t></w:r></w:ins><w:r><w:t>万元</w:t></w:r></w:p>'
        + table(
            (cell("甲"), cell("1")),
            ('<w:trPr><w:del w:id="3"/></w:trPr>', cell("乙"), cell("2")),
            (cell("丙"), cell("3")),
        )
    )
    document = read(body)
    assert [line.text for line in document.lines] == ["执行数1236.16万元"]
    assert [c.text for c in document.tables[0].cells] == ["甲", "1", "丙", "3"]
    assert any("修订痕迹" in note for note in document.notes)


def test_a_paragraph_whose_end_was_struck_out_runs_into_the_next():
    mark = '<w:rPr><w:del w:id="1"/></w:rPr>'
    assert texts(para("年初预算为", mark) + para("1405.65万元")) == ["年初预算为1405.65万元"]


def test_text_boxes_are_read_once_though_they_stand_there_twice():
    box = f"<w:txbxContent>{para('图中文字')}</w:txbxContent>"
    body = (
        "<w:p><w:r><w:t>正文</w:t></w:r><w:r><mc:AlternateContent>"
        f"<mc:Choice><w:drawing>{box}</w:drawing></mc:Choice><mc:Fallback><w:pict>{box}</w:pict></mc:Fallback>"
        "</mc:AlternateContent></w:r></w:p>" + para("下文")
    )
    document = read(body)
    assert [line.text for line in document.lines] == ["正文", "图中文字", "下文"]
    # the copy for older programs counts among the paragraphs all the same
    assert [line.spot.anchor for line in document.lines] == ["0", "1", "3"]


def test_footnotes_follow_the_paragraph_that_refers_to_them_without_their_mark():
    notes = (
        f'<w:footnote w:type="separator" w:id="-1">{para("——")}</w:footnote>'
        f'<w:footnote w:id="2">{para("含上年结转。")}</w:footnote>'
    )
    body = '<w:p><w:r><w:t>支出12.5</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r><w:r><w:t>万元</w:t></w:r></w:p>'
    assert texts(body, footnotes=notes) == ["支出12.5万元", "含上年结转。"]


def test_page_heads_and_feet_are_metadata_and_not_text():
    document = read(para("正文"), header=para("某局部门决算"), footer=para("— 1 —"))
    assert [line.text for line in document.lines] == ["正文"]
    assert document.metadata == {"headers": ["某局部门决算"], "footers": ["— 1 —"]}


# --- headings and automatic numbers -----------------------------------------------------------------------------

LISTS = (
    '<w:abstractNum w:abstractNumId="0">'
    '<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCountingThousand"/><w:suff w:val="nothing"/>'
    '<w:lvlText w:val="%1、"/></w:lvl>'
    '<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="（%2）"/></w:lvl>'
    '<w:lvl w:ilvl="2"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%3."/></w:lvl>'
    '<w:lvl w:ilvl="3"><w:start w:val="1"/><w:isLgl/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1.%2.%4"/></w:lvl>'
    "</w:abstractNum>"
    '<w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="bullet"/>'
    '<w:lvlText w:val="&#xF0B7;"/></w:lvl></w:abstractNum>'
    '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    '<w:num w:numId="2"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/>'
    "</w:lvlOverride></w:num>"
    '<w:num w:numId="3"><w:abstractNumId w:val="1"/></w:num>'
)  # fmt: skip


def test_automatic_numbers_of_headings_and_lists_are_in_the_text():
    body = "".join(
        para(text, numbered(1, level))
        for text, level in [
            ("概况", 0),
            ("职能", 1),
            ("机构", 1),
            ("甲", 2),
            ("乙", 2),
            ("支出", 0),
            ("基本支出", 1),
            ("丙", 3),
        ]
    )
    assert texts(body, numbering=LISTS) == [
        "一、概况", "（一）职能", "（二）机构", "1. 甲", "2. 乙", "二、支出", "（一）基本支出", "2.1.1 丙",
    ]  # fmt: skip


def test_a_list_that_starts_anew_does_so_once_and_bullets_print_nothing():
    body = (
        para("甲", numbered(1)) + para("乙", numbered(2)) + para("丙", numbered(2)) + para("丁", numbered(3))
        + para("戊", numbered(0)) + para("己", numbered(99))
    )  # fmt: skip
    assert texts(body, numbering=LISTS) == ["一、甲", "一、乙", "二、丙", "丁", "戊", "己"]


def test_numbers_and_levels_come_from_styles_and_what_they_are_based_on():
    styles = (
        '<w:style w:type="paragraph" w:default="1" w:styleId="a"><w:name w:val="Normal"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="1"><w:name w:val="heading 1"/><w:basedOn w:val="a"/>'
        '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr><w:outlineLvl w:val="0"/></w:pPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="x"><w:name w:val="我的标题"/><w:basedOn w:val="1"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="3"><w:name w:val="heading 3"/></w:style>'
        '<w:style w:type="table" w:styleId="t"><w:name w:val="heading 5"/></w:style>'
    )
    body = (
        para("概况", '<w:pStyle w:val="1"/>') + para("正文") + para("支出", '<w:pStyle w:val="x"/>')
        + para("细目", '<w:pStyle w:val="3"/>') + para("自定", '<w:outlineLvl w:val="1"/>')
    )  # fmt: skip
    lines = list(read(body, styles=styles, numbering=LISTS).lines)
    assert [(line.level, line.text) for line in lines] == [
        (1, "一、概况"), (0, "正文"), (1, "二、支出"), (3, "细目"), (2, "自定"),
    ]  # fmt: skip


def test_paragraphs_numbered_by_their_style_count_in_tables_too():
    styles = (
        '<w:style w:type="paragraph" w:styleId="n"><w:name w:val="条"/>'
        '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
    )
    style = '<w:pStyle w:val="n"/>'
    body = para("甲", style) + table((cell(para("乙", style)), cell("1"))) + para("丙", style)
    document = read(body, styles=styles, numbering=LISTS)
    assert [line.text for line in document.lines] == ["一、甲", "三、丙"]
    assert document.tables[0].cells[0].text == "二、乙"


# --- tables -----------------------------------------------------------------------------------------------------


def span(columns: int) -> str:
    return f'<w:gridSpan w:val="{columns}"/>'


RESTART, CONTINUE = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"


def test_merged_cells_have_their_true_extent():
    body = table(
        (cell("项目", properties=RESTART), cell("本年支出", properties=span(2))),
        (cell("", properties=CONTINUE), cell("基本"), cell("项目支出")),
        (cell("合计"), cell("1"), cell("2")),
    )
    (found,) = read(body).tables
    first, second, *_ = found.cells
    assert (first.rows, first.columns, second.rows, second.columns) == (2, 1, 1, 2)
    assert grid(body) == [["项目", "本年支出", "本年支出"], ["项目", "基本", "项目支出"], ["合计", "1", "2"]]


def test_a_block_merged_over_rows_and_columns_is_one_cell():
    body = table(
        (cell("甲", properties=span(2) + RESTART), cell("1")),
        (cell("", properties=span(2) + CONTINUE), cell("2")),
        (cell("", properties=span(2) + CONTINUE), cell("3")),
        (cell("乙", properties=span(2) + RESTART), cell("4")),
    )
    (found,) = read(body).tables
    assert [(c.text, c.row, c.column, c.rows, c.columns) for c in found.cells][:2] == [
        ("甲", 0, 0, 3, 2), ("1", 0, 2, 1, 1),
    ]  # fmt: skip
    assert found.row_count == 4


def test_rows_that_begin_further_right_and_cells_joined_the_old_way_keep_their_columns():
    body = table(
        (cell("甲"), cell("乙"), cell("丙")),
        ('<w:trPr><w:gridBefore w:val="1"/></w:trPr>', cell("丁"), cell("戊")),
        (
            cell("己", properties='<w:hMerge w:val="restart"/>'),
            cell("", properties="<w:hMerge/>"),
            cell("庚"),
        ),
    )
    assert grid(body) == [["甲", "乙", "丙"], ["", "丁", "戊"], ["己", "己", "庚"]]


def test_a_table_inside_a_cell_is_text_of_the_cell_and_a_table_of_its_own_after_it():
    inner = table((cell("基本工资"), cell("43.90")))
    body = para("前") + table((cell("明细", inner, para()), cell("2"))) + para("后")
    document = read(body)
    outer, nested = document.tables
    assert [c.text for c in outer.cells] == ["明细\n基本工资\n43.90", "2"]
    assert [c.text for c in nested.cells] == ["基本工资", "43.90"]
    assert [b.text if isinstance(b, Line) else "表" for b in document.blocks] == ["前", "表", "表", "后"]


def test_cells_and_rows_inside_content_controls_are_found():
    control = "<w:sdt><w:sdtPr><w:text/></w:sdtPr><w:sdtContent>{}</w:sdtContent></w:sdt>"
    row = f"<w:tr>{control.format(cell('甲'))}{cell(control.format(para('乙')))}</w:tr>"
    body = control.format(para("题")) + f"<w:tbl>{control.format(row)}</w:tbl>"
    document = read(body)
    assert [line.text for line in document.lines] == ["题"]
    assert [c.text for c in document.tables[0].cells] == ["甲", "乙"]


def test_two_tables_with_nothing_between_are_marked_as_going_on():
    rows = (cell("甲"), cell("1"))
    assert [t.continues for t in read(table(rows) + table(rows) + para("注") + table(rows)).tables] == [
        False, True, False,
    ]  # fmt: skip


def test_anchors_are_the_index_of_the_paragraph_among_all_paragraphs_of_the_body():
    inner = table((cell("内"),))
    body = (
        para("零") + table((cell("一", "二"), cell("三")), (cell(""), cell("五"))) + para("六")
        + table((cell("七", inner, para("九")),)) + para("十")
    )  # fmt: skip
    data = word_file(body)
    document = read_docx(data, "a.docx")
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        root = etree.fromstring(package.read("word/document.xml"))
    order = ["".join(p.itertext()) for p in paragraphs_in_order(root.find(f"{{{W}}}body"))]
    assert order == ["零", "一", "二", "三", "", "五", "六", "七", "内", "九", "十"]
    places = {block.text: block.spot.anchor for block in document.lines}
    for found in document.tables:
        places.update({c.text: c.spot.anchor for c in found.cells if c.text})
    assert places == {
        "零": "0", "一\n二": "1", "三": "3", "五": "5", "六": "6", "七\n内\n九": "7", "内": "8", "十": "10",
    }  # fmt: skip


# --- the two ways of reading a table ----------------------------------------------------------------------------

_text = st.text(st.sampled_from("住房保障12.5%，&<>\"'\u3000 \xa0"), max_size=6)
_run = st.builds(
    lambda text, look, after: (
        f"<w:r>{look}"
        + ('<w:t xml:space="preserve">' if text != text.strip() else "<w:t>")
        + text.replace("&", "&amp;").replace("<", "&lt;").replace("%", "&#37;")
        + f"</w:t>{after}</w:r>"
    ),
    _text,
    st.sampled_from(["", "<w:rPr><w:b/><w:sz w:val='21'/></w:rPr>"]),
    st.sampled_from(
        [
            "",
            "<w:br/>",
            "<w:tab/>",
            '<w:br w:type="page"/>',
            "<w:t/>",
            '<w:sym w:font="Symbol" w:char="F0B3"/>',
        ]
    ),
)
_paragraph = st.one_of(
    st.just("<w:p/>"),
    st.just('<w:p w14:paraId="0A1B2C3D" w:rsidR="00A1B2C3"/>'),
    st.builds(
        lambda runs, look: f'<w:p w:rsidR="00A1B2C3">{look}{"".join(runs)}</w:p>',
        st.lists(_run, max_size=3),
        st.sampled_from(["", "<w:pPr><w:tabs><w:tab w:val='left' w:pos='420'/></w:tabs><w:jc w:val='center'/></w:pPr>"]),
    ),
)  # fmt: skip
_cell = st.builds(
    lambda content, merging: cell(*content, properties=merging),
    st.lists(_paragraph, min_size=1, max_size=3),
    st.sampled_from(["", "", "", span(2), RESTART, CONTINUE, '<w:vMerge w:val="continue"/>']),
)
_row = st.builds(
    lambda before, cells: (f'<w:trPr><w:gridBefore w:val="{before}"/></w:trPr>' if before else "", *cells),
    st.sampled_from([0, 0, 0, 2]),
    st.lists(_cell, min_size=1, max_size=4),
)


@settings(max_examples=examples(150), deadline=None)
@given(st.lists(st.one_of(_paragraph, st.lists(_row, min_size=1, max_size=4)), min_size=1, max_size=4))
def test_tables_cut_out_as_text_give_what_reading_element_by_element_gives(content):
    body = para("题") + "".join(c if isinstance(c, str) else table(*c) for c in content)
    data = word_file(body)
    assert read_docx(data, "报告.docx").blocks == by_elements(data).blocks


def test_both_ways_agree_on_our_own_report():
    data = write_docx(sample_report())
    assert read_docx(data, "报告.docx").blocks == by_elements(data).blocks


def test_comments_that_look_like_the_end_of_a_table_do_not_mislead():
    body = table((cell("甲"), cell("1"))).replace("</w:tr>", "<!-- </w:tr></w:tbl> --></w:tr>")
    assert grid(body) == [["甲", "1"]]


# --- other packages, damaged and hostile ones -------------------------------------------------------------------


def test_a_document_part_of_another_name_and_the_strict_namespace_are_found():
    data = word_file(para("正文"), main="document2.xml")
    assert [line.text for line in read_docx(data, "a.docx").lines] == ["正文"]
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        members = {name: package.read(name).decode() for name in package.namelist()}
    strict = {
        name: text.replace(W, "http://purl.oclc.org/ooxml/wordprocessingml/main")
        for name, text in members.items()
    }
    assert [line.text for line in read_docx(zipped(strict), "a.docx").lines] == ["正文"]


def test_macros_are_said_and_not_run():
    data = word_file(para("正文"), extra={"word/vbaProject.bin": "x"})
    assert any("宏" in note for note in read_docx(data, "a.docm").notes)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (word_file(para("正文"))[:-60], "已损坏"),
        (word_file(para()), "没有文字"),
        (word_file("<w:p>"), "已损坏"),
        (zipped({"readme.txt": "x"}), "没有 Word 文档的正文"),
        (zipped({"word/document.xml": part("document", "")}), "已损坏"),
        (
            zipped({"word/document.xml": '<!DOCTYPE a [<!ENTITY b "c">]>' + part("document", "<w:body/>")}),
            "实体声明",
        ),
        (word_file(para("正文" * 4_000_000)), "解压后过大"),
    ],
)
def test_what_cannot_be_read_gets_one_clear_sentence(data, said):
    with pytest.raises(InputError, match=said) as refused:
        read_docx(data, "某报告.docx")
    assert refused.value.where == "某报告.docx"
    assert refused.value.advice


GOOD = word_file(
    para("一、概况", numbered(1)) + table((cell("甲", properties=RESTART), cell("1")), (cell("", properties=CONTINUE), cell("2"))),
    numbering=LISTS, styles='<w:style w:styleId="1"><w:name w:val="heading 1"/></w:style>', footnotes="",
)  # fmt: skip


@settings(max_examples=examples(150), deadline=None)
@given(st.data())
def test_damaged_files_are_read_or_refused_and_nothing_else(data):
    spoiled = bytearray(GOOD)
    for _ in range(data.draw(st.integers(0, 4))):
        spoiled[data.draw(st.integers(0, len(spoiled) - 1))] = data.draw(st.integers(0, 255))
    del spoiled[data.draw(st.integers(1, len(spoiled))) :]
    with contextlib.suppress(InputError):
        assert isinstance(read_docx(bytes(spoiled), "a.docx"), SourceDocument)


@settings(max_examples=examples(150), deadline=None)
@given(st.data())
def test_damaged_xml_inside_a_sound_package_is_read_or_refused(data):
    with zipfile.ZipFile(io.BytesIO(GOOD)) as package:
        members = {name: bytearray(package.read(name)) for name in package.namelist()}
    for _ in range(data.draw(st.integers(1, 5))):
        content = members[data.draw(st.sampled_from(sorted(members)))]
        at = data.draw(st.integers(0, len(content)))
        content[at : at + data.draw(st.integers(0, 12))] = data.draw(st.binary(max_size=4))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        for name, content in members.items():
            package.writestr(name, bytes(content))
    with contextlib.suppress(InputError):
        assert isinstance(read_docx(buffer.getvalue(), "a.docx"), SourceDocument)
