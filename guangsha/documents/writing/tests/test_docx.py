"""The Word file: what a clerk, an archive and our own reader rely on, seen through python-docx."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree

import docx
import pytest
from docx.enum.section import WD_ORIENT
from docx.shared import Mm
from docx.table import Table as WordTable
from hypothesis import given, settings
from hypothesis import strategies as st

from guangsha.documents.writing.docx import write_docx
from guangsha.documents.writing.grid import place_cells
from guangsha.documents.writing.plain_text import clean_text, label_with_colon
from guangsha.documents.writing.tests.sample_report import sample_report, score_sheet, wide_table
from guangsha.documents.writing.tree import (
    AnnexMark,
    Block,
    Cell,
    Chart,
    Cover,
    Document,
    Heading,
    PageBreak,
    Paragraph,
    Run,
    Section,
    Signature,
    Table,
    Title,
)
from guangsha.testing.effort import examples

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def opened(*blocks: Block, **section: bool) -> docx.document.Document:
    return docx.Document(io.BytesIO(write_docx(Document("标题", (Section(blocks, **section),)))))


def texts_of_block(block: Block) -> Iterator[str]:
    """Every text of a block in the order a reader meets it."""
    match block:
        case Cover():
            yield from block.title
            yield from (label_with_colon(label) + value for label, value in block.lines)
            yield block.date
        case Paragraph():
            yield "".join(run.text for run in block.runs)
        case Table():
            yield block.title
            yield block.number
            yield "\t".join(t for t in (block.note_left, block.note_right) if t)
            yield from (cell.text for row in block.rows for cell in row)
            yield from block.notes
        case Chart():
            yield block.caption
        case Signature():
            yield from block.lines
        case PageBreak():
            pass
        case Title() | Heading() | AnnexMark():
            yield block.text


def tree_texts(document: Document) -> list[str]:
    return [t for s in document.sections for b in s.blocks for t in texts_of_block(b) if t]


def word_texts(word: docx.document.Document) -> list[str]:
    """Every text of the file in order; a merged cell once, where it begins."""
    out: list[str] = []
    for item in word.iter_inner_content():
        if isinstance(item, WordTable):
            out += [
                c.text
                for row in item.rows
                for c in row._tr.tc_lst
                if (c.vMerge != "continue")
                for c in [_cell(c, item)]
            ]
        else:
            out.append(item.text)
    return [t for t in out if t]


def _cell(tc: object, table: WordTable) -> docx.table._Cell:
    return docx.table._Cell(tc, table)  # type: ignore[arg-type]


def merged_view(table: Table) -> list[list[str]]:
    """The grid with the text of a merged cell in all the places it covers, as python-docx shows it."""
    grid = [["?"] * len(table.widths) for _ in table.rows]
    for item in place_cells(table):
        for row in range(item.row, item.row + item.cell.rows):
            for column in range(item.column, item.column + item.cell.cols):
                grid[row][column] = clean_text(item.cell.text)
    return grid


def test_every_text_of_the_tree_stands_once_and_in_order() -> None:
    document = sample_report()
    assert word_texts(docx.Document(io.BytesIO(write_docx(document)))) == tree_texts(document)


@pytest.mark.parametrize("table", [score_sheet(), wide_table(3)], ids=["score sheet", "wide table"])
def test_merged_cells_read_back_as_the_tree_has_them(table: Table) -> None:
    (word,) = opened(table).tables
    assert [[cell.text for cell in row.cells] for row in word.rows] == merged_view(table)


def test_headings_are_real_headings_for_the_navigation_pane() -> None:
    word = opened(*(Heading(level, f"标题{level}") for level in (1, 2, 3, 4)))
    styles = [p.style for p in word.paragraphs]
    assert [s.name for s in styles] == ["Heading 1", "Heading 2", "Heading 3", "Heading 4"]
    fonts = [s.element.find(f"{W}rPr/{W}rFonts").get(f"{W}eastAsia") for s in styles]
    assert fonts == ["黑体", "楷体_GB2312", "仿宋_GB2312", "仿宋_GB2312"]
    assert [bool(s.font.bold) for s in styles] == [False, False, True, False]
    assert {s.font.size.pt for s in styles} == {16.0}


def test_the_page_is_that_of_the_standard() -> None:
    word = docx.Document(io.BytesIO(write_docx(sample_report())))
    upright, across = word.sections[1], word.sections[2]

    def margins(section: docx.section.Section) -> list[float]:
        sides = (section.top_margin, section.right_margin, section.bottom_margin, section.left_margin)
        return [round(side / Mm(1)) for side in sides]

    assert [round(upright.page_width / Mm(1)), round(upright.page_height / Mm(1))] == [210, 297]
    assert margins(upright) == [37, 26, 35, 28]
    assert across.orientation == WD_ORIENT.LANDSCAPE
    assert margins(across) == [28, 37, 26, 35]  # the same physical edges, sheet turned clockwise
    body = word.styles["Body Text"]
    assert body.paragraph_format.line_spacing.pt == pytest.approx(28.95)
    assert 22 * body.paragraph_format.line_spacing.pt <= 225 / 25.4 * 72
    grid = upright._sectPr.find(f"{W}docGrid")
    assert (grid.get(f"{W}linePitch"), grid.get(f"{W}type")) == ("579", "linesAndChars")


def test_page_numbers_stand_outside_and_the_cover_has_none() -> None:
    word = docx.Document(io.BytesIO(write_docx(sample_report())))
    cover, body, across, annex = word.sections
    assert word.settings.odd_and_even_pages_header_footer
    assert [p.text for p in cover.footer.paragraphs + cover.even_page_footer.paragraphs] == ["", ""]
    odd, even = body.footer.paragraphs[0], body.even_page_footer.paragraphs[0]
    assert (odd.alignment, even.alignment) == (2, 0)
    assert [odd.text, even.text] == ["—  —", "—  —"]  # python-docx leaves the field out
    assert odd._p.find(f"{W}fldSimple").get(f"{W}instr").strip() == "PAGE"
    turned = across.footer.tables[0].cell(0, 0)
    assert turned._tc.tcPr.find(f"{W}textDirection").get(f"{W}val") == "tbRl"
    assert annex.footer.paragraphs[0].alignment == 2
    starts = [s._sectPr.find(f"{W}pgNumType") for s in word.sections]
    assert [s if s is None else s.get(f"{W}start") for s in starts] == [None, "1", None, None]


def test_header_rows_repeat_and_rows_stay_whole() -> None:
    (word,) = opened(wide_table(30), landscape=True).tables
    properties = [row._tr.trPr for row in word.rows]
    assert [p.find(f"{W}tblHeader") is not None for p in properties] == [True, True] + [False] * 30
    assert all(p.find(f"{W}cantSplit") is not None for p in properties)


def test_the_header_is_kept_with_the_first_row_but_a_head_column_ties_nothing() -> None:
    head_column = Table("", (1, 1), [(Cell("栏"), Cell("目")), (Cell("头", header=True), Cell("1"))])
    (word,) = opened(head_column).tables
    held = [[bool(c.paragraphs[0].paragraph_format.keep_with_next) for c in r.cells] for r in word.rows]
    assert held == [[True, True], [False, False]]
    assert word.cell(1, 0).paragraphs[0].style.name == "表格栏目"


def test_a_row_longer_than_half_a_page_may_break() -> None:
    table = Table("", (1, 1), [(Cell("短"), Cell("长" * 3000))], header_rows=0)
    (word,) = opened(table).tables
    assert word.rows[0]._tr.trPr.find(f"{W}cantSplit") is None


@pytest.mark.parametrize(("landscape", "millimetres"), [(False, 156), (True, 225)])
def test_columns_fill_the_type_area_exactly(landscape: bool, millimetres: int) -> None:
    table = Table("", (1, 1, 1, 3.3, 7), [tuple(Cell(str(n)) for n in range(5))])
    (word,) = opened(table, landscape=landscape).tables
    total = round(millimetres * 1440 / 25.4)
    assert sum(int(c.get(f"{W}w")) for c in word._tbl.tblGrid) == total
    assert sum(int(tc.tcPr.find(f"{W}tcW").get(f"{W}w")) for tc in word.rows[0]._tr.tc_lst) == total


def test_an_annex_begins_a_page_but_not_a_second_one() -> None:
    word = opened(AnnexMark("附件1"), Paragraph((Run("文"),)), AnnexMark("附件2"))
    assert [bool(p.paragraph_format.page_break_before) for p in word.paragraphs[:3]] == [False, False, True]


def test_the_signature_is_kept_with_the_last_paragraph() -> None:
    word = opened(Paragraph((Run("正文"),)), Signature(("单位", "2024年6月25日")))
    assert [bool(p.paragraph_format.keep_with_next) for p in word.paragraphs[:3]] == [True, True, False]


def test_two_tables_in_a_row_do_not_flow_together() -> None:
    table = Table("", (1,), [(Cell("甲"),)])
    word = opened(table, table)
    assert len(word.tables) == 2
    body = [child.tag.removeprefix(W) for child in word.element.body]
    assert body == ["tbl", "p", "tbl", "p", "sectPr"]


def test_a_chart_is_a_picture_with_words_for_those_who_cannot_see_it() -> None:
    package = zipfile.ZipFile(io.BytesIO(write_docx(sample_report())))
    assert package.read("word/media/image1.png").startswith(b"\x89PNG")
    root = ElementTree.fromstring(package.read("word/document.xml"))
    (properties,) = root.iter("{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}docPr")
    assert "3216.47万元" in properties.get("descr", "")


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("王<建>&国\"'", "王<建>&国\"'"),
        ("]]><w:p/>", "]]><w:p/>"),
        ("甲\x00乙\x07丙\ufffe", "甲乙丙"),
        ("孤\ud800立", "孤立"),
        ("房🏠屋", "房🏠屋"),
        ("一\r\n二\x0b三", "一\n二\n三"),
        ("列\t列", "列\t列"),
        ("  空格  ", "  空格  "),
        ("12\u202e34", "1234"),
        ("长" * 10_000, "长" * 10_000),
    ],
    ids=["markup", "cdata", "control", "surrogate", "emoji", "lines", "tab", "spaces", "direction", "long"],
)
def test_hostile_text_survives_or_is_cleaned(hostile: str, shown: str) -> None:
    word = opened(
        Paragraph((Run(hostile),)),
        Table(hostile, (1,), [(Cell(hostile),)], notes=(hostile,)),
        Heading(1, hostile),
    )
    assert [p.text for p in word.paragraphs if p.text.strip()] == [shown] * 4
    assert word.tables[0].cell(0, 0).text == shown


def test_properties_name_the_document_and_nobody() -> None:
    properties = docx.Document(io.BytesIO(write_docx(sample_report()))).core_properties
    assert properties.title.startswith("2023年度") and properties.language == "zh-CN"
    assert properties.author == "" and properties.last_modified_by == "" and properties.created is None


def test_equal_trees_give_equal_bytes() -> None:
    assert write_docx(sample_report()) == write_docx(sample_report())


def test_every_part_is_well_formed_and_sound() -> None:
    package = zipfile.ZipFile(io.BytesIO(write_docx(sample_report())))
    assert package.testzip() is None
    for name in package.namelist():
        if name.endswith((".xml", ".rels")):
            ElementTree.fromstring(package.read(name))
    used = {
        p.get(f"{W}val") for p in ElementTree.fromstring(package.read("word/document.xml")).iter(f"{W}pStyle")
    }
    styles = ElementTree.fromstring(package.read("word/styles.xml"))
    assert used <= {s.get(f"{W}styleId") for s in styles.iter(f"{W}style")}


def test_every_typeface_named_has_a_substitute() -> None:
    package = zipfile.ZipFile(io.BytesIO(write_docx(Document("x", ()))))
    named = {
        f.get(f"{W}eastAsia")
        for f in ElementTree.fromstring(package.read("word/styles.xml")).iter(f"{W}rFonts")
    }
    table = ElementTree.fromstring(package.read("word/fontTable.xml"))
    substituted = {f.get(f"{W}name") for f in table if f.find(f"{W}altName") is not None}
    assert named <= substituted


def test_an_empty_document_still_opens() -> None:
    assert len(docx.Document(io.BytesIO(write_docx(Document("空", ())))).sections) == 1


def test_refuses_a_table_whose_cells_do_not_cover_its_grid() -> None:
    with pytest.raises(ValueError, match="no cell covers it"):
        write_docx(Document("x", (Section((Table("坏", (1, 1), [(Cell("一"),)]),)),)))


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """A valid grid: rectangles are cut from it until nothing is left."""
    height, width = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    free = {(r, c) for r in range(height) for c in range(width)}
    rows: list[list[Cell]] = [[] for _ in range(height)]
    text = st.text(st.characters(blacklist_categories=["Cs"]), max_size=6)
    for row in range(height):
        for column in range(width):
            if (row, column) not in free:
                continue
            right = column
            while (row, right + 1) in free and draw(st.booleans()):
                right += 1
            below = row
            while below + 1 < height and draw(st.booleans()):
                below += 1
            covered = {(r, c) for r in range(row, below + 1) for c in range(column, right + 1)}
            free -= covered
            rows[row].append(Cell(draw(text), cols=right - column + 1, rows=below - row + 1))
    return Table("", [1.0 + n for n in range(width)], rows, header_rows=0)


@settings(max_examples=examples(60), deadline=None)
@given(tables())
def test_any_table_reads_back_as_it_was_written(table: Table) -> None:
    (word,) = opened(table).tables
    assert [[cell.text for cell in row.cells] for row in word.rows] == merged_view(table)
