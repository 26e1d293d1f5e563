"""OFD files: text and tables by position, templates, matrices; damaged and hostile ones get one sentence."""

from __future__ import annotations

import io
import random
import zipfile
from pathlib import Path

import pytest
from lxml import etree

from guangsha.documents.reading import ofd, ofd_page
from guangsha.documents.reading.formats import read_document
from guangsha.documents.reading.ofd import read_ofd
from guangsha.documents.reading.ofd_page import TooMuchText
from guangsha.documents.reading.pdf import read_pdf
from guangsha.documents.reading.pdf_pages import PdfPages
from guangsha.documents.reading.source import SourceDocument
from guangsha.documents.reading.tests.made_ofd import line, made_ofd, page, set_again, table, text
from guangsha.documents.reading.tests.printed_document import read_sentences, read_tables
from guangsha.documents.writing.pdf import write_pdf
from guangsha.documents.writing.tests.sample_report import sample_report
from guangsha.kernel.errors import InputError

SENTENCE = "2024年度支出合计22899.22万元。"
ROWS = [
    ["项目", "预算数", "决算数"],
    ["基本支出", "1494.57", "1494.50"],
    ["项目支出", "21404.66", "21404.72"],
]
XS = (20.0, 70.0, 120.0, 170.0)


def read(data: bytes) -> SourceDocument:
    return read_ofd(data, "报告.ofd")


def refusal(data: bytes) -> str:
    with pytest.raises(InputError) as caught:
        read(data)
    return caught.value.message


def test_text_and_a_ruled_table_are_read_in_order(tmp_path: Path) -> None:
    path = tmp_path / "报告.ofd"
    path.write_bytes(made_ofd([page(text(20, 30, SENTENCE) + table(XS, 40, ROWS))]))
    found = read_document(path)
    assert (found.kind, found.pages, found.notes) == ("ofd", 1, ())
    assert [block.text for block in found.lines] == [SENTENCE]
    assert [[cell.text for cell in row if cell] for row in found.tables[0].grid] == ROWS
    assert found.tables[0].cells[0].spot.page == 1


def test_a_report_set_as_ofd_is_read_as_the_same_report_set_as_pdf(tmp_path: Path) -> None:
    path = tmp_path / "报告.pdf"
    path.write_bytes(write_pdf(sample_report()))
    as_pdf, as_ofd = read_pdf(path), read(set_again(PdfPages(path)))
    assert as_ofd.pages == as_pdf.pages
    assert read_tables(as_ofd) == read_tables(as_pdf)
    assert read_sentences(as_ofd) == read_sentences(as_pdf)


def test_a_matrix_places_and_scales_what_it_is_given_to() -> None:
    plain = text(20, 30, "住房保障")
    scaled = (
        '<ofd:TextObject Boundary="20 50 20 5" Font="3" Size="8" CTM="0.5 0 0 0.5 -5 0">'
        '<ofd:TextCode X="10" Y="8" DeltaX="g 3 8">资金总额</ofd:TextCode></ofd:TextObject>'
    )
    found = read(made_ofd([page(plain + scaled)]))
    assert [block.text for block in found.lines] == ["住房保障", "资金总额"]
    root = ofd_page.PageInk()
    root.add(etree.fromstring(page(plain + scaled).encode()))
    boxes = root.page(1, 210, 297).boxes / ofd_page.POINTS
    assert boxes[4][0] == pytest.approx(20) and boxes[4][2] == pytest.approx(24)
    assert boxes[4][3] - boxes[4][1] == pytest.approx(4)


def test_a_template_is_printed_on_every_page_that_names_it() -> None:
    frame = page("".join(line(20, y, 170, y) for y in (40, 48, 56)) + "".join(line(x, 40, x, 56) for x in XS))
    common = '<ofd:TemplatePage ID="7" BaseLoc="Tpls/Tpl_0/Content.xml"/>'
    words = "".join(
        text(x + 1, y + 5, word)
        for y, row in zip((40, 48), ROWS, strict=False)
        for x, word in zip(XS, row, strict=False)
    )
    pages = [page(words, before='<ofd:Template TemplateID="7"/>'), page(text(20, 30, SENTENCE))]
    found = read(made_ofd(pages, common=common, more={"Doc_0/Tpls/Tpl_0/Content.xml": frame}))
    assert [[cell.text for cell in row if cell] for row in found.tables[0].grid] == ROWS[:2]
    assert len(found.tables) == 1


def test_hidden_text_and_watermarks_across_the_page_are_left_out() -> None:
    hidden = text(20, 60, "不可见的字", more='Visible="false"')
    across = text(20, 90, "内部资料", more='CTM="0.7 0.7 -0.7 0.7 0 0"')
    found = read(made_ofd([page(text(20, 30, SENTENCE) + hidden + across)]))
    assert [block.text for block in found.lines] == [SENTENCE]


def test_what_cannot_be_read_gets_one_sentence() -> None:
    assert "没有页面" in refusal(made_ofd([]))
    assert refusal(made_ofd([page("")])) == "OFD 文件里没有文字"
    assert (
        refusal(made_ofd([page('<ofd:ImageObject Boundary="0 0 210 297"/>')])) == "OFD 文件是扫描件，没有文字"
    )
    assert "已加密" in refusal(made_ofd([page(text(20, 30, SENTENCE))], more={"Encryptions.xml": "<x/>"}))
    bomb = '<!DOCTYPE a [<!ENTITY b "c">]><a/>'
    assert "实体声明" in refusal(made_ofd([bomb]))
    assert "已损坏" in refusal(made_ofd([page(text(20, 30, SENTENCE))])[:-40])
    flood = made_ofd([page(text(20, 30, SENTENCE))], more={"Doc_0/Res/a.xml": " " * 30_000_000})
    assert "过大" in refusal(flood)


def test_a_missing_page_is_noted_and_the_others_read() -> None:
    data = made_ofd([page(text(20, 30, SENTENCE)), page(text(20, 30, SENTENCE))])
    whole = zipfile.ZipFile(io.BytesIO(data))
    assert whole.testzip() is None
    broken = made_ofd(
        [page(text(20, 30, SENTENCE))],
        more={
            "Doc_0/Document.xml": whole.read("Doc_0/Document.xml").decode(),
        },
    )
    found = read(broken)
    assert found.pages == 2 and found.notes == ("第 2 页已损坏，未能读取。",)


def test_numbers_beyond_all_measure_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    wild = (
        '<ofd:TextObject Boundary="20 30 1e308 nan" Font="3" Size="4"><ofd:TextCode X="1" Y="4" '
        'DeltaX="g 2000000000 4">住房</ofd:TextCode></ofd:TextObject>'
        '<ofd:PathObject Boundary="0 0 1 1"><ofd:AbbreviatedData>M 1e999 0 L x y C C C L 1</ofd:AbbreviatedData>'
        "</ofd:PathObject>"
    )
    assert read(made_ofd([page(wild)])).pages == 1
    monkeypatch.setattr(ofd_page, "CHARACTERS_MAX", 10)
    assert issubclass(TooMuchText, Exception)
    assert "文字过多" in refusal(made_ofd([page(text(20, 30, SENTENCE))]))


def test_a_template_that_every_page_repeats_is_counted_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = page("".join(line(20, y, 170, y) for y in range(40, 80)))
    common = '<ofd:TemplatePage ID="7" BaseLoc="Tpl.xml"/>'
    one = page(text(20, 30, SENTENCE), before='<ofd:Template TemplateID="7"/>')
    data = made_ofd([one] * 10, common=common, more={"Doc_0/Tpl.xml": frame})
    assert read(data).pages == 10
    monkeypatch.setattr(ofd, "_ALL_DRAWN_MAX", 500)
    assert "过大" in refusal(data)


def test_any_damage_gives_a_document_or_one_sentence() -> None:
    whole = made_ofd([page(text(20, 30, SENTENCE) + table(XS, 40, ROWS))])
    chance = random.Random(7)
    for _ in range(150):
        damaged = bytearray(whole)
        for _ in range(chance.randrange(1, 12)):
            damaged[chance.randrange(4, len(damaged))] = chance.randrange(256)
        if chance.random() < 0.3:
            del damaged[chance.randrange(9, len(damaged)) :]
        try:
            assert read(bytes(damaged)).kind == "ofd"
        except InputError as error:
            assert error.message
    content = page(text(20, 30, SENTENCE) + table(XS, 40, ROWS))
    for _ in range(150):
        spoiled = list(content)
        for _ in range(chance.randrange(1, 6)):
            spoiled[chance.randrange(150, len(spoiled))] = chance.choice('0159 .-<>/"gMLC')
        try:
            assert read(made_ofd(["".join(spoiled)])).kind == "ofd"
        except InputError as error:
            assert error.message
