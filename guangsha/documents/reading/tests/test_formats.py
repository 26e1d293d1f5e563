"""Any file a person gives: told by what it holds, read or refused with one sentence."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import os
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guangsha.documents.reading import limits, office_conversion
from guangsha.documents.reading.formats import read_document
from guangsha.documents.reading.source import SourceDocument
from guangsha.documents.reading.tests.word_package import cell, para, table, word_file, zipped
from guangsha.documents.writing.docx import write_docx
from guangsha.documents.writing.tests.sample_report import sample_report
from guangsha.kernel.errors import InputError
from guangsha.testing.effort import examples

DOCX = word_file(para("支出决算表") + table((cell("合计"), cell("22899.22"))))
PAGE = "<html><body><p>支出决算表</p><table><tr><td>合计</td><td>22899.22</td></tr></table></body></html>"
TEXT = "支出决算表\n项目\t决算数\n合计\t22899.22\n"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600
needs_office = pytest.mark.skipif(
    office_conversion.office_program() is None, reason="LibreOffice is not installed"
)


def wide(name: str) -> bytes:
    return OLE + name.encode("utf-16-le") + b"\x00" * 64


def read(folder, name: str, data: bytes) -> SourceDocument:
    path = folder / name
    path.write_bytes(data)
    return read_document(path)


def refused(folder, name: str, data: bytes) -> InputError:
    with pytest.raises(InputError) as caught:
        read(folder, name, data)
    assert caught.value.advice
    return caught.value


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.docx", DOCX, "docx"),
        ("a.docm", DOCX, "docx"),
        ("a.html", PAGE.encode(), "html"),
        ("a.htm", PAGE.encode("utf-16"), "html"),
        ("a.txt", TEXT.encode("gb18030"), "txt"),
    ],
)
def test_every_format_is_read_without_a_note_on_its_name(tmp_path, name, data, kind):
    document = read(tmp_path, name, data)
    assert (document.file, document.kind) == (name, kind)
    assert not any("扩展名" in note for note in document.notes)
    (found,) = document.tables
    assert [c.text for c in found.cells][-2:] == ["合计", "22899.22"]


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.pdf", DOCX, "“.pdf”，内容是Word 文档"),
        ("a.doc", PAGE.encode(), "“.doc”，内容是网页"),
        ("a.xls", PAGE.encode("gbk"), "“.xls”，内容是网页"),
        ("a.doc", TEXT.encode(), "“.doc”，内容是纯文本"),
        ("a.doc", DOCX, "“.doc”，内容是Word 文档"),
    ],
)
def test_a_name_that_lies_is_noted_and_the_file_is_read_all_the_same(tmp_path, name, data, said):
    document = read(tmp_path, name, data)
    assert said in document.notes[0]
    assert len(document.tables) == 1


def test_a_web_archive_is_read_as_the_page_in_it(tmp_path):
    archive = (
        "MIME-Version: 1.0\nContent-Type: multipart/related; boundary=\"b\"\n\n--b\nContent-Type: text/html; "
        "charset=\"utf-8\"\nContent-Transfer-Encoding: 8bit\n\n" + PAGE + "\n--b\nContent-Type: image/png\n\nx\n--b--\n"
    )  # fmt: skip
    document = read(tmp_path, "a.mht", archive.encode())
    assert (document.kind, document.notes) == ("html", ())
    assert document.tables[0].cells[1].text == "22899.22"


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.docx", b"", "文件是空的"),
        ("a.docx", DOCX[:-40], "已损坏或不完整"),
        ("a.docx", wide("EncryptedPackage"), "设有打开密码"),
        ("a.ppt", wide("PowerPoint Document"), "不认识的旧版 Office 文件"),
        ("a.jpg", b"\xff\xd8\xff\xe0" + b"\x00" * 50, "图片（扫描件）"),
        ("a.bmp", b"BM\x36\x00\x0c\x00\x00\x00\x00\x00\x36", "图片（扫描件）"),
        ("a.webp", b"RIFF\x00\x00\x00\x00WEBPVP8 ", "图片（扫描件）"),
        ("a.rar", b"Rar!\x1a\x07\x01\x00", "压缩包"),
        ("a.zip", zipped({"报告.docx": "x"}), "压缩包"),
        ("a.pptx", zipped({"ppt/presentation.xml": "x"}), "演示文稿"),
        ("a.ofd", zipped({"OFD.xml": "x", "Doc_0/Document.xml": "x"}), "文档文件已损坏"),
        ("a.xlsb", zipped({"xl/workbook.bin": "x"}), "二进制工作簿"),
        ("a.txt", os.urandom(4000), "不是文字文件"),
        ("a.txt", "　\n".encode(), "没有文字"),
    ],
)
def test_what_is_no_report_gets_one_sentence_and_what_to_do(tmp_path, name, data, said):
    assert said in refused(tmp_path, name, data).message


def test_missing_files_folders_and_files_beyond_the_bound_are_refused(tmp_path):
    for path in (tmp_path / "没有.docx", tmp_path):
        with pytest.raises(InputError):
            read_document(path)
    # a gigabyte that takes no room on the disk
    for name, size in (("a.txt", 1 << 30), ("b.txt", limits.TEXT_BYTES_MAX + 2)):
        path = tmp_path / name
        with path.open("wb") as stream:
            stream.write(b"abc")
            stream.truncate(size)
        with pytest.raises(InputError, match="超过上限"):
            read_document(path)


def test_entity_bombs_are_refused_unopened(tmp_path):
    bomb = '<!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "&b;&b;&b;">]><w:document>&c;</w:document>'
    assert "实体声明" in refused(tmp_path, "a.docx", zipped({"word/document.xml": bomb})).message
    page = '<!DOCTYPE html [<!ENTITY a SYSTEM "file:///etc/passwd">]><html><body><p>甲&a;</p></body></html>'
    assert [line.text for line in read(tmp_path, "a.html", page.encode()).lines][-1].startswith("甲")
    assert not any("root:" in line.text for line in read(tmp_path, "a.html", page.encode()).lines)


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.doc", wide("WordDocument"), "旧版 Word 文档"),
        ("a.wps", wide("WordDocument"), "旧版 Word 文档"),
        ("a.xls", wide("Workbook"), "旧版 Excel 工作簿"),
        ("a.rtf", b"{\\rtf1 x}", "RTF 文档"),
    ],
)
def test_old_formats_say_what_to_do_where_libreoffice_is_not_installed(
    tmp_path, monkeypatch, name, data, said
):
    monkeypatch.setattr(office_conversion, "office_program", lambda: None)
    error = refused(tmp_path, name, data)
    assert said in error.message
    assert "另存为" in error.advice
    assert "LibreOffice" in error.advice


@needs_office
def test_rich_text_under_the_name_of_a_word_document_is_converted(tmp_path):
    data = rb"{\rtf1\ansi\uc1 \u20915?\u31639? 12.5\par\trowd\cellx2000\cellx4000 \u21512?\u35745?\cell 1\cell\row}"
    document = read(tmp_path, "a.doc", data)
    assert next(document.lines).text == "决算 12.5"
    assert [c.text for c in document.tables[0].cells] == ["合计", "1"]
    assert document.metadata["converted_from"] == "rtf"
    assert any("LibreOffice" in note for note in document.notes)


@needs_office
@pytest.mark.slow
def test_an_old_word_document_is_converted_and_a_damaged_one_refused(tmp_path, monkeypatch):
    monkeypatch.setitem(office_conversion._FILTERS, "doc", "doc:MS Word 97")
    tree = sample_report()
    doc = office_conversion.convert(
        write_docx(tree), office_conversion.OldFormat(".docx", "Word 文档", "doc"), "a"
    )
    assert doc.startswith(OLE[:8])
    document = read(tmp_path, "b.doc", doc)
    written = read(tmp_path, "a.docx", write_docx(tree))
    assert [[c.text for c in t.cells] for t in document.tables] == [
        [c.text for c in t.cells] for t in written.tables
    ]
    assert document.notes[0].startswith("旧版 Word 文档")


@pytest.mark.skipif(
    importlib.util.find_spec("guangsha.documents.reading.spreadsheet_document") is None,
    reason="the reader of workbooks is not there",
)
def test_a_workbook_under_the_name_of_text_is_read_as_a_workbook(tmp_path):
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["合计", 22899.22])
    buffer = io.BytesIO()
    book.save(buffer)
    document = read(tmp_path, "a.txt", buffer.getvalue())
    assert document.kind == "xlsx"
    assert "Excel 工作簿" in document.notes[0]


@settings(max_examples=examples(150), deadline=None)
@given(st.data())
def test_no_file_whatever_makes_anything_but_a_document_or_a_refusal(tmp_path_factory, data):
    start = data.draw(
        st.sampled_from(
            [
                b"",
                DOCX,
                PAGE.encode(),
                TEXT.encode(),
                zipped({"OFD.xml": "x"}),
                OLE,
                b"<?xml",
                b"MIME-Version: 1",
            ]
        )
    )
    spoiled = bytearray(start)
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(0, len(spoiled)))
        spoiled[at : at + data.draw(st.integers(0, 20))] = data.draw(st.binary(max_size=20))
    path = tmp_path_factory.getbasetemp() / "fuzz.bin"
    path.write_bytes(spoiled)
    with contextlib.suppress(InputError), pytest.MonkeyPatch.context() as patch:
        patch.setattr(office_conversion, "office_program", lambda: None)
        assert isinstance(read_document(path), SourceDocument)


def test_a_zip_that_names_a_document_but_cannot_be_listed_is_damaged(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        package.writestr("word/document.xml", "x")
    assert "已损坏" in refused(tmp_path, "a.docx", buffer.getvalue()[:50]).message
