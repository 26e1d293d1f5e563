"""Web pages: the report in them, in its grid, without what belongs to the site."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from guangsha.checker.registry import Case
from guangsha.checker.run import check_case
from guangsha.documents.reading.figures import load_figures
from guangsha.documents.reading.html import read_html
from guangsha.documents.reading.source import Line, SourceDocument
from guangsha.documents.writing.content import build_report
from guangsha.documents.writing.grid import place_cells
from guangsha.documents.writing.html import write_html
from guangsha.documents.writing.tree import Heading, Table
from guangsha.facts.report import Report
from guangsha.kernel.errors import InputError
from guangsha.kernel.resources import data_folder
from guangsha.scoring.evaluate import score_report
from guangsha.scoring.profile import load_profile
from guangsha.testing.effort import examples


def read(body: str) -> SourceDocument:
    return read_html(
        f"<html><head><meta charset='utf-8'></head><body>{body}</body></html>".encode(), "公开.html"
    )


def texts(body: str) -> list[str]:
    return [line.text for line in read(body).lines]


def grid(body: str) -> list[list[str]]:
    (found,) = read(body).tables
    return [["" if c is None else c.text for c in row] for row in found.grid]


@pytest.mark.parametrize("name", ["yueyang-2023", "jiangan-2024"])
def test_our_own_page_is_read_back_with_its_tables_and_headings_and_nothing_else(name):
    facts = load_figures(data_folder("examples") / name / "figures.yaml")
    profile = load_profile(facts.profile, facts.year)
    scores = score_report(Report(facts), profile)
    checked = check_case(Case(facts, profile, scores))
    tree = build_report(facts, profile, scores, checked)
    page = write_html(tree, scores=scores, checked=checked, facts=facts)
    document = read_html(page.encode(), "a.html")
    blocks = [block for section in tree.sections for block in section.blocks]
    written = [block for block in blocks if isinstance(block, Table)]
    assert len(document.tables) == len(written)
    for found, table in zip(document.tables, written, strict=True):
        assert [(c.row, c.column, c.rows, c.columns, " ".join(c.text.split())) for c in found.cells] == [
            (p.row, p.column, p.cell.rows, p.cell.cols, " ".join(p.cell.text.split()))
            for p in place_cells(table)
        ]
    headings = [(line.level, line.text) for line in document.lines if line.level]
    for heading in (block for block in blocks if isinstance(block, Heading)):
        assert (heading.level, heading.text) in headings


def test_paragraphs_line_breaks_and_headings_are_lines_and_inline_markup_is_not():
    body = (
        "<h2>一、概况</h2><p>支出<b>1236.16</b><span>万元</span>，<a href='#'>附件</a>。</p>"
        "<div>甲<br/>乙<div>丙</div>丁</div><p>占比 &lt;5%&nbsp;</p><p>　　</p>"
    )
    lines = list(read(body).lines)
    assert [line.text for line in lines] == [
        "一、概况",
        "支出1236.16万元，附件。",
        "甲",
        "乙",
        "丙",
        "丁",
        "占比 <5%",
    ]
    assert lines[0].level == 2


def test_script_style_navigation_and_hidden_parts_are_no_text():
    body = (
        "<nav>首页</nav><script>var 甲=1;</script><style>p{}</style><div style='display: none'>隐</div><p hidden>藏</p>"
        "<select><option>二零二四</option></select><!-- <p>注</p> --><p>正文<del>旧</del></p><template>模板</template>"
    )
    assert texts(body) == ["正文"]


def test_line_ends_of_the_source_between_chinese_characters_are_no_blanks():
    assert texts("<p>收入合计\n  22899.22\n万元，\n其中</p>") == ["收入合计 22899.22 万元，其中"]


def test_ordered_lists_print_their_numbers_and_boxes_their_ticks():
    body = "<ol><li>甲</li><li>乙</li></ol><ol start='3' type='a'><li>丙</li></ol><ul><li>丁</li></ul>"
    assert texts(body) == ["1. 甲", "2. 乙", "c. 丙", "丁"]
    assert texts("<p><input type='checkbox' checked>是 <input type=radio>否</p>") == ["☑是 □否"]


def test_rows_and_columns_spanned_have_their_true_extent():
    body = (
        "<table><caption>支出决算表</caption><thead><tr><th rowspan=2>项目</th><th colspan='2'>本年支出</th></tr>"
        "<tr><th>基本</th><th>项目支出</th></tr></thead><tr><td>合计</td><td>1</td><td>2</td></tr></table>"
    )
    assert texts(body) == ["支出决算表"]
    assert grid(body) == [["项目", "本年支出", "本年支出"], ["项目", "基本", "项目支出"], ["合计", "1", "2"]]
    first, second, *_ = read(body).tables[0].cells
    assert (first.rows, first.columns, second.rows, second.columns) == (2, 1, 1, 2)


def test_spans_that_leave_the_table_or_lie_are_cut():
    body = "<table><tr><td rowspan=9>甲</td><td colspan=x>乙</td></tr><tr><td rowspan=0>丙</td></tr><tr><td>丁</td></tr></table>"
    assert grid(body) == [["甲", "乙", ""], ["甲", "丙", ""], ["甲", "丙", "丁"]]
    wide = read(
        "<table>" + "<tr>" + "<td colspan=99999 rowspan=99999>甲</td>" * 50 + "</tr></table>" * 2
    ).tables
    assert all(t.column_count <= 200 for t in wide)


def test_a_table_that_only_arranges_the_page_is_no_table():
    body = "<table><tr><td><p>通知</p><table><tr><td>甲</td><td>1</td></tr></table></td></tr></table>"
    document = read(body)
    assert [line.text for line in document.lines] == ["通知"]
    assert [c.text for c in document.tables[0].cells] == ["甲", "1"]


def test_a_table_inside_a_cell_is_text_of_the_cell_and_a_table_of_its_own():
    body = (
        "<table><tr><td>明细<table><tr><td>工资</td><td>43.90</td></tr></table></td><td>2</td></tr></table>"
    )
    outer, inner = read(body).tables
    assert [c.text for c in outer.cells] == ["明细\n工资\n43.90", "2"]
    assert [c.text for c in inner.cells] == ["工资", "43.90"]


def test_lines_and_cells_know_their_line_in_the_file_and_their_path():
    data = b"<html><body>\n<p>a</p>\n<table>\n<tr><td>b</td>\n<td>c</td></tr>\n</table></body></html>"
    document = read_html(data, "a.html")
    (line,), (table,) = list(document.lines), document.tables
    assert (line.spot.line, line.spot.anchor) == (2, "/html/body/p[1]")
    assert [c.spot.line for c in table.cells] == [4, 5]
    root = lxml_html.document_fromstring(data)
    assert root.getroottree().xpath(table.cells[1].spot.anchor)[0].text == "c"


@pytest.mark.parametrize(
    ("encoding", "head"),
    [
        ("gb2312", "<meta http-equiv='Content-Type' content='text/html; charset=gb2312'>"),
        ("gb18030", ""),
        ("utf-16", ""),
        ("utf-8", "<?xml version='1.0' encoding='utf-8'?>"),
        ("utf-8", "<meta charset='gbk'>"),
    ],
)
def test_the_encoding_is_the_one_the_bytes_have_whatever_the_page_says(encoding, head):
    page = f"<html><head>{head}</head><body><p>住房保障支出20961.96万元，其中公共租赁住房。</p></body></html>"
    if encoding == "utf-8" and head.startswith("<?xml"):
        page = head + page.replace(head, "")
    document = read_html(page.encode(encoding), "a.html")
    assert [line.text for line in document.lines] == ["住房保障支出20961.96万元，其中公共租赁住房。"]


def test_a_page_without_text_is_refused_with_advice():
    for data in (b"<html><body><script>x</script></body></html>", b"<html></html>", b"<!-- a -->"):
        with pytest.raises(InputError, match="没有文字") as refused:
            read_html(data, "a.html")
        assert "另存" in refused.value.advice


def test_a_page_nested_without_end_is_refused():
    with pytest.raises(InputError, match=r"层次过深|没有文字"):
        read_html(b"<div>" * 100_000 + b"x", "a.html")


GOOD = (
    "<html><head><meta charset=utf-8><title>决算</title></head><body><h1>一、概况</h1><p>支出12.5万元&nbsp;&lt;</p>"
    "<ol start=2><li>甲</li></ol><table><caption>表</caption><tr><td rowspan=2>甲</td><td>1</td></tr><tr><td colspan=2>2"
    "<table><tr><td>内<td>3</table></td></tr></table><pre>a\nb</pre><input type=checkbox></body></html>"
).encode()


@settings(max_examples=examples(200), deadline=None)
@given(st.data())
def test_damaged_pages_are_read_or_refused_and_nothing_else(data):
    spoiled = bytearray(GOOD)
    for _ in range(data.draw(st.integers(0, 6))):
        at = data.draw(st.integers(0, len(spoiled)))
        spoiled[at : at + data.draw(st.integers(0, 20))] = data.draw(st.binary(max_size=8))
    del spoiled[data.draw(st.integers(0, len(spoiled))) :]
    with contextlib.suppress(InputError):
        document = read_html(bytes(spoiled), "a.html")
        assert all(isinstance(b, Line) or b.grid for b in document.blocks)
