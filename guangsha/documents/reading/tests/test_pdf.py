"""Published pdf files read back: every cell, every sentence, across pages and however the sheet was turned."""

from __future__ import annotations

import functools
import shutil
import subprocess
from pathlib import Path

import pytest

from guangsha.documents.reading.intake import read_input
from guangsha.documents.reading.pdf import read_pdf
from guangsha.documents.reading.source import Line, SourceDocument
from guangsha.documents.reading.tests.made_pdf import MadePage, at, grid, line, made_pdf, table
from guangsha.documents.reading.tests.printed_document import (
    printed_sentences,
    printed_tables,
    read_sentences,
    read_tables,
)
from guangsha.documents.writing.content import build_report
from guangsha.documents.writing.docx import write_docx
from guangsha.documents.writing.pdf import write_pdf
from guangsha.documents.writing.tests.sample_report import sample_report
from guangsha.documents.writing.tree import Cell, Document, Paragraph, Run, Section, Table
from guangsha.evaluation import evaluate_facts
from guangsha.kernel.resources import data_folder

EXAMPLES = ("yueyang-2023", "jiangan-2024", "yueyanglou-2025", "bureau-2023")
ROWS = [["项目", "预算数", "决算数"], ["基本支出", "1342.29", "1323.41"], ["项目支出", "173.00", "1874.05"]]


@functools.cache
def example(name: str) -> Document:
    made = evaluate_facts(read_input(data_folder("examples") / name))
    return build_report(made.facts, made.profile, made.scores, made.checked, made.accounts)


def read(folder: Path, data: bytes) -> SourceDocument:
    path = folder / "报告.pdf"
    path.write_bytes(data)
    return read_pdf(path)


def texts(document: SourceDocument) -> list[str]:
    return [block.text for block in document.blocks if isinstance(block, Line)]


def rows_of(document: SourceDocument, number: int = 0) -> list[list[str]]:
    return [[cell.text if cell else "" for cell in row] for row in document.tables[number].grid]


# --- what our own writers print -----------------------------------------------------------------------------


def test_the_sample_report_reads_back_cell_for_cell_and_sentence_for_sentence(tmp_path: Path) -> None:
    document = sample_report()
    found = read(tmp_path, write_pdf(document))
    assert read_tables(found) == printed_tables(document)
    sentences = read_sentences(found)
    assert [said for said in printed_sentences(document) if said not in sentences] == []
    assert not any("—" in text and len(text) < 8 for text in sentences)  # page numbers
    assert (found.kind, found.pages, found.file) == ("pdf", 10, "报告.pdf")


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_real_report_reads_back_cell_for_cell(tmp_path: Path, name: str) -> None:
    document = example(name)
    found = read(tmp_path, write_pdf(document))
    assert read_tables(found) == printed_tables(document)
    sentences = read_sentences(found)
    assert [said for said in printed_sentences(document) if said and said not in sentences] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["", *EXAMPLES])
def test_a_pdf_made_by_libreoffice_reads_back_cell_for_cell(tmp_path: Path, name: str) -> None:
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not on this machine")
    document = example(name) if name else sample_report()
    (tmp_path / "报告.docx").write_bytes(write_docx(document))
    command = [office, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless"]
    subprocess.run(
        [*command, "--convert-to", "pdf", "--outdir", str(tmp_path), str(tmp_path / "报告.docx")],
        check=True,
        capture_output=True,
        timeout=100,
    )
    found = read_pdf(tmp_path / "报告.pdf")
    assert read_tables(found) == printed_tables(document)
    sentences = read_sentences(found)
    assert [said for said in printed_sentences(document) if said and said not in sentences] == []


def test_every_line_and_cell_names_its_page(tmp_path: Path) -> None:
    found = read(tmp_path, write_pdf(sample_report()))
    wide = next(t for t in found.tables if "科目编码" in {c.text for c in t.cells})
    assert {cell.spot.page for cell in wide.cells} == {8, 9}
    assert wide.spot.page == 8
    assert wide.cells[0].spot.anchor == "第1行第1列"
    assert [line.spot.page for line in found.lines] == sorted(line.spot.page or 0 for line in found.lines)


def test_a_large_title_is_a_heading_and_prose_is_not(tmp_path: Path) -> None:
    found = read(tmp_path, write_pdf(sample_report()))
    levels = {block.text: block.level for block in found.lines}
    assert levels["整体支出绩效自评报告"] == 1
    assert levels["无。"] == 0


def test_a_row_torn_by_the_end_of_a_page_is_mended(tmp_path: Path) -> None:
    long = "本单位按照批准的预算安排支出，资金管理规范，项目按计划推进，年度目标基本完成；" * 40
    rows = [(Cell("编号"), Cell("情况")), (Cell("1"), Cell(long, align="left")), (Cell("2"), Cell("无"))]
    document = Document("标题", (Section((Paragraph([Run("说明。")]), Table("", (1, 5), rows))),))
    found = read(tmp_path, write_pdf(document))
    assert read_tables(found) == printed_tables(document)
    assert found.pages is not None and found.pages > 1


# --- sheets as others set them ------------------------------------------------------------------------------


def test_a_table_goes_on_below_its_repeated_head_and_caption(tmp_path: Path) -> None:
    rows = [["科目", "金额"], *([f"科目{n}", f"{n}.50"] for n in range(60))]
    xs = (80, 300, 500)
    first, second = rows[:31], [rows[0], *rows[31:]]
    pages = [
        MadePage(at(80, 760, "支出决算表") + table(xs, 740, first) + at(290, 30, "- 1 -")),
        MadePage(at(80, 760, "支出决算表（续）") + table(xs, 740, second) + at(290, 30, "- 2 -")),
    ]
    found = read(tmp_path, made_pdf(pages))
    assert texts(found) == ["支出决算表"]
    assert rows_of(found) == rows


def test_a_second_table_with_other_words_in_its_head_stays_a_second_table(tmp_path: Path) -> None:
    xs = (80, 300, 500)
    pages = [
        MadePage(table(xs, 740, [["科目", "金额"], ["甲", "1.00"]])),
        MadePage(at(80, 760, "收入决算表") + table(xs, 740, [["来源", "金额"], ["乙", "2.00"]])),
    ]
    found = read(tmp_path, made_pdf(pages))
    assert len(found.tables) == 2


def test_a_merged_cell_torn_by_the_end_of_a_page_is_one_cell(tmp_path: Path) -> None:
    xs = (80, 200, 400)
    top = (
        grid(xs[1:], (60, 80, 100)) + line(80, 60, 80, 100) + line(80, 60, 200, 60) + line(80, 100, 200, 100)
    )
    top += at(83, 75, "产出指标", 10) + at(203, 85, "数量", 10) + at(203, 65, "质量", 10)
    rest = (
        grid(xs[1:], (720, 740, 760))
        + line(80, 720, 80, 760)
        + line(80, 760, 200, 760)
        + line(80, 720, 200, 720)
    )
    rest += at(203, 745, "时效", 10) + at(203, 725, "成本", 10)
    found = read(tmp_path, made_pdf([MadePage(top), MadePage(rest)]))
    label = found.tables[0].cells[0]
    assert (label.text, label.rows) == ("产出指标", 4)


def test_borders_drawn_as_thin_rectangles_or_inside_a_form_object_count(tmp_path: Path) -> None:
    said = "".join(
        at(83 + 120 * c, 687 - 20 * r, t, 10) for r, row in enumerate(ROWS) for c, t in enumerate(row)
    )
    bars = "".join(f"80 {700 - 20 * r} 360 0.5 re f " for r in range(4))
    bars += "".join(f"{80 + 120 * c} 640 0.5 60 re f " for c in range(4))
    assert rows_of(read(tmp_path, made_pdf([MadePage(bars + said)]))) == ROWS
    form = b"<< /Type /XObject /Subtype /Form /BBox [0 0 600 900] /Length %d >>\nstream\n%s\nendstream"
    inside = form % (len(bars), bars.encode())
    drawn = MadePage("/Fm Do " + said, resources="/XObject << /Fm {0} 0 R >>", objects=[inside])
    assert rows_of(read(tmp_path, made_pdf([drawn]))) == ROWS


@pytest.mark.parametrize("turn", ["0 1 -1 0", "0 -1 1 0"])
def test_a_page_set_sideways_reads_like_any_other(tmp_path: Path, turn: str) -> None:
    up = turn.startswith("0 1")
    content = (
        f"q {turn} {'595 0' if up else '0 842'} cm "
        + at(80, 560, "支出表")
        + table((80, 200, 320, 440), 540, ROWS)
        + " Q"
    )
    found = read(tmp_path, made_pdf([MadePage(content, rotate=90 if up else 270)]))
    assert texts(found) == ["支出表"]
    assert rows_of(found) == ROWS


def test_columns_without_lines_are_a_torn_table(tmp_path: Path) -> None:
    said = at(72, 740, "支出表") + "".join(
        at(x, 700 - 18 * r, t) for r, row in enumerate(ROWS) for x, t in zip((72, 220, 320), row, strict=True)
    )
    found = read(tmp_path, made_pdf([MadePage(said)]))
    assert found.tables[0].torn
    assert rows_of(found) == ROWS


def test_a_contents_list_and_prose_are_no_table(tmp_path: Path) -> None:
    said = "".join(
        at(72, 700 - 18 * n, f"{n}、情况说明") + at(500, 700 - 18 * n, str(n)) for n in range(1, 9)
    )
    assert read(tmp_path, made_pdf([MadePage(said)])).tables == ()


def test_watermarks_and_running_heads_stay_out_of_the_text(tmp_path: Path) -> None:
    pages = [
        MadePage(
            at(200, 810, "某某市住房保障服务中心")
            + at(72, 700, f"第{n}段说明。")
            + at(150, 300, "内部资料", 60, "0.7 0.7 -0.7 0.7")
            + at(280, 30, f"第 {n} 页 共 4 页")
        )
        for n in range(1, 5)
    ]
    found = read(tmp_path, made_pdf(pages))
    assert texts(found) == [f"第{n}段说明。" for n in range(1, 5)]
    assert found.notes == ("页眉页脚未计入正文：“某某市住房保障服务中心”。",)


def test_a_paragraph_goes_on_over_the_end_of_a_page_and_keeps_its_first(tmp_path: Path) -> None:
    whole = "　　" + "二〇二三年度部门整体支出绩效评价工作按照批准的预算执行情况开展" * 3
    lines = [whole[n : n + 36] for n in range(0, len(whole), 36)]
    first = "".join(at(80, 100 - 20 * n, text) for n, text in enumerate(lines[:2]))
    second = "".join(at(80, 780 - 20 * n, text) for n, text in enumerate(lines[2:]))
    found = read(tmp_path, made_pdf([MadePage(first), MadePage(second + at(104, 700, "另起一段。"))]))
    assert texts(found) == [whole.strip(), "另起一段。"]
    assert [block.spot.page for block in found.lines] == [1, 2]


def test_page_numbers_inside_the_text_are_kept(tmp_path: Path) -> None:
    found = read(
        tmp_path, made_pdf([MadePage(at(72, 500, "2024") + at(72, 400, "— 1 —") + at(290, 30, "— 1 —"))])
    )
    assert texts(found) == ["2024", "— 1 —"]
