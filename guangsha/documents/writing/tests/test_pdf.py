"""The pdf: the same on every machine, readable by programs and by people, and deaf to what stands in its text."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from pathlib import Path

import pypdfium2
import pypdfium2.raw
import pytest

from guangsha.documents.writing import fonts
from guangsha.documents.writing.pdf import CHARACTERS_MAX, write_pdf
from guangsha.documents.writing.tests.sample_report import base_table, sample_report, wide_table
from guangsha.documents.writing.tree import (
    Block,
    Cell,
    Document,
    Heading,
    Paragraph,
    Run,
    Section,
    Table,
    Title,
)
from guangsha.kernel.errors import InputError

MILLIMETRE = 72 / 25.4


def pages_of(*blocks: Block) -> list[str]:
    """The text of each page, without spaces and ends of line."""
    return texts(write_pdf(Document("标题", (Section(blocks),))))


def texts(pdf: bytes) -> list[str]:
    opened = pypdfium2.PdfDocument(pdf)
    return [
        "".join(opened[n].get_textpage().get_text_bounded().split()).replace("\u200b", "")
        for n in range(len(opened))
    ]


def font_of(item: pypdfium2.PdfObject) -> tuple[str, bool]:
    """Name of the font of a text object and whether the file carries it."""
    raw = pypdfium2.raw
    font = raw.FPDFTextObj_GetFont(item.raw)
    length = raw.FPDFFont_GetBaseFontName(font, None, 0)
    name = ctypes.create_string_buffer(length)
    raw.FPDFFont_GetBaseFontName(font, name, length)
    return name.value.decode(), raw.FPDFFont_GetIsEmbedded(font) == 1


@pytest.fixture(scope="module")
def report() -> bytes:
    return write_pdf(sample_report())


def test_the_chinese_text_can_be_taken_out_again(report: bytes) -> None:
    whole = "".join(texts(report))
    for words in (
        "整体支出绩效自评报告",
        "（一）部门职能概述",
        "公务用车购置和维护经费",
        "公开03表",
        "单位：万元",
        "柱" * 0 + "1608.24",
    ):
        assert words in whole
    assert whole.count("控制率") >= 3


def test_sheets_are_a4_and_wide_tables_lie_across(report: bytes) -> None:
    opened = pypdfium2.PdfDocument(report)
    sizes = {tuple(round(x / MILLIMETRE) for x in opened[n].get_size()) for n in range(len(opened))}
    assert sizes == {(210, 297), (297, 210)}


def test_pages_are_numbered_from_the_first_after_the_cover(report: bytes) -> None:
    pages = texts(report)
    assert "—" not in pages[0]
    assert [f"—{n}—" in page for n, page in enumerate(pages[1:], 1)] == [True] * (len(pages) - 1)


def test_fonts_are_inside_and_none_comes_from_the_system(report: bytes) -> None:
    opened = pypdfium2.PdfDocument(report)
    fonts_used = {
        (name.split("+")[-1], embedded)
        for page in opened
        for item in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_TEXT], max_depth=4)
        for name, embedded in [font_of(item)]
    }
    assert fonts_used == {("NotoSansSC-Regular", True)}


def test_it_is_an_archive_file_that_screen_readers_can_read(report: bytes) -> None:
    assert b"/StructTreeRoot" in report and b"/MarkInfo" in report
    assert b"pdfaid:part" in report and b"pdfuaid:part" in report
    assert b"/Lang (zh" in report or b"/Lang(zh" in report


def test_it_bears_the_date_of_its_cover_and_not_that_of_the_run(report: bytes) -> None:
    assert pypdfium2.PdfDocument(report).get_metadata_dict()["CreationDate"].startswith("D:20240625")


def test_headings_become_bookmarks(report: bytes) -> None:
    titles = [item.get_title() for item in pypdfium2.PdfDocument(report).get_toc()]
    assert titles[:3] == ["一、基本情况", "（一）部门职能概述", "1．内设机构"]
    assert "附件2" in titles


def test_the_title_is_in_the_properties(report: bytes) -> None:
    assert pypdfium2.PdfDocument(report).get_metadata_dict()["Title"].startswith("2023年度")


def test_the_header_of_a_table_stands_on_each_of_its_pages() -> None:
    pages = texts(write_pdf(Document("x", (Section((wide_table(60),), landscape=True),))))
    assert len(pages) > 2
    assert all("科目编码" in page for page in pages)


def test_typst_markup_in_a_text_is_only_text() -> None:
    hostile = '#panic("x") #read("/etc/passwd") *粗* $x^2$ = 题 @ref `raw` \\ [a] #import "@preview/x:1.0.0"'
    page = "".join(
        pages_of(Paragraph((Run(hostile),)), Heading(1, hostile), Table(hostile, (1,), [(Cell(hostile),)]))
    )
    assert page.count("".join(hostile.split())) == 4


def test_the_signs_of_the_forms_are_drawn_and_keep_the_archive_standard() -> None:
    signs = "☑☐□■√×○●△▲★※①②㎡％≥≤±÷→·—…《》〔〕【】“”‘’￥〇"  # noqa: RUF001
    made = write_pdf(Document("x", (Section((Paragraph((Run(signs),)),)),)))
    assert signs in texts(made)[0]
    assert b"pdfaid:part" in made


@pytest.mark.parametrize("odd", ["房🏠屋", "甲\x00乙", "孤\ud800立", "\u202e倒", "\u0915", "﷽"])
def test_a_character_no_font_has_does_not_lose_the_document(odd: str) -> None:
    (page,) = pages_of(Paragraph((Run("前文"), Run(odd), Run("后文"))))
    assert "前文" in page and "后文" in page


def test_a_heading_that_skips_a_level_does_not_lose_the_document() -> None:
    (page,) = pages_of(Heading(1, "一、甲"), Heading(4, "（1）乙"), Heading(2, "（一）丙"))
    assert page.startswith("一、甲（1）乙（一）丙")


def test_a_number_too_long_for_its_column_breaks_inside_it() -> None:
    narrow = Table(
        "", (1, 12), [(Cell("1234567890123456789012345678901234567890"), Cell("宽"))], header_rows=0
    )
    opened = pypdfium2.PdfDocument(write_pdf(Document("x", (Section((narrow,)),))))
    textpage = opened[0].get_textpage()
    right = max(
        textpage.get_charbox(n)[2]
        for n in range(textpage.count_chars())
        if textpage.get_text_range(n, 1).isdigit()
    )
    first_digits = [textpage.get_charbox(n)[2] for n in range(40)]
    assert max(first_digits) < (28 + 156 / 13) * MILLIMETRE
    assert right > 0


def test_no_empty_page_follows_a_table_that_fills_its_page() -> None:
    for lines in range(30, 40):
        rows = [(Cell(str(n)),) for n in range(lines)]
        table = Table("", (1,), rows, header_rows=0)
        document = Document("x", (Section((table,)), Section((Paragraph((Run("后一节"),)),))))
        assert all(len(page) > len("—1—") for page in texts(write_pdf(document)))


def test_a_cell_of_several_pages_is_printed_whole() -> None:
    pages = pages_of(Table("", (1, 1), [(Cell("短"), Cell("长" * 9000))], header_rows=0))
    assert len(pages) > 3 and "".join(pages).count("长") == 9000


def test_merged_cells_of_a_real_form_are_all_there() -> None:
    whole = "".join(pages_of(Title("表"), base_table()))
    for row in base_table().rows:
        for cell in row:
            assert "".join(cell.text.split()) in whole


def test_equal_trees_give_equal_bytes(report: bytes) -> None:
    assert write_pdf(sample_report()) == report


def test_refuses_what_would_take_minutes_to_set() -> None:
    long = Document("x", (Section((Paragraph((Run("长" * CHARACTERS_MAX),)),)),))
    with pytest.raises(InputError, match="过长"):
        write_pdf(long)


def test_refuses_a_font_folder_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(fonts.FOLDER_VARIABLE, "/没有/这个/文件夹")
    with pytest.raises(InputError, match="字体文件夹不存在"):
        write_pdf(Document("x", ()))


def test_licensed_fonts_come_first_where_the_agency_has_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(fonts.FOLDER_VARIABLE, str(tmp_path))  # an empty folder changes nothing
    assert fonts.typst_fonts()[1]["body"] == [fonts.FALLBACK_FAMILY, fonts.SYMBOL_FAMILY]
    monkeypatch.setitem(fonts.LICENSED, "body", ("Noto Sans SC",))  # type: ignore[arg-type]
    other = tmp_path / "fonts"
    other.mkdir()
    monkeypatch.setenv(fonts.FOLDER_VARIABLE, str(other))
    assert fonts.typst_fonts()[1]["body"] == ["Noto Sans SC", fonts.FALLBACK_FAMILY, fonts.SYMBOL_FAMILY]


def test_neither_zhplot_nor_matplotlib_is_loaded() -> None:
    program = (
        "import sys; from guangsha.documents.writing.pdf import write_pdf\n"
        "from guangsha.documents.writing.tree import Document; write_pdf(Document('x', ()))\n"
        "assert not {'zhplot', 'matplotlib', 'django'} & set(sys.modules), sorted(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True, env=dict(os.environ)
    )
    assert done.returncode == 0, done.stderr


def test_a_process_forked_from_one_that_set_a_pdf_says_so_instead_of_waiting_for_ever() -> None:
    script = """
import os, signal
from guangsha.documents.writing.pdf import write_pdf
from guangsha.documents.writing.tree import Document, Section
write_pdf(Document("标题", (Section(()),)))
if not os.fork():
    signal.alarm(60)
    try:
        write_pdf(Document("标题", (Section(()),)))
    except RuntimeError:
        os._exit(7)
    os._exit(1)
print(os.waitstatus_to_exitcode(os.wait()[1]))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "7"
