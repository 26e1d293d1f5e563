"""The annotated Word file: comments at the figures, everything else as it was, readable by others."""

from __future__ import annotations

import io
import re
import zipfile

import docx
import pytest
from docx.oxml.ns import qn

from guangsha.documents.reading.docx import read_docx
from guangsha.documents.writing.annotated_docx import DocxComment, annotate_docx
from guangsha.documents.writing.docx_runs import scan_document
from guangsha.kernel.errors import InputError


def word_file(*paragraphs: str | list[str]) -> bytes:
    """A file of python-docx's: a text is a paragraph of one run, a list one of several runs."""
    document = docx.Document()
    for texts in paragraphs:
        paragraph = document.add_paragraph()
        for number, text in enumerate([texts] if isinstance(texts, str) else texts):
            paragraph.add_run(text).bold = number % 2 == 1
    table = document.add_table(rows=1, cols=2)
    table.cell(0, 0).text, table.cell(0, 1).text = "合计", "22,854.27"
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def comment_on(paragraph: int, quote: str, *lines: str, span: int = 1) -> DocxComment:
    return DocxComment(paragraph, quote, lines or ("应为 20.31。", "请核对。"), span)


def marked_texts(data: bytes) -> dict[str, str]:
    """For each comment the words between its marks, as another program finds them."""
    body = docx.Document(io.BytesIO(data)).element.body
    found: dict[str, str] = {}
    open_ids: set[str] = set()
    for element in body.iter():
        if element.tag == qn("w:commentRangeStart"):
            open_ids.add(element.get(qn("w:id")))
            found[element.get(qn("w:id"))] = ""
        elif element.tag == qn("w:commentRangeEnd"):
            open_ids.discard(element.get(qn("w:id")))
        elif element.tag == qn("w:t"):
            for number in open_ids:
                found[number] += element.text or ""
    return found


def parts_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert package.testzip() is None
        return {name: package.read(name) for name in package.namelist()}


def test_comment_hangs_on_the_quoted_words_in_one_run() -> None:
    data = annotate_docx(word_file("支出合计20.13万元，比上年减少。"), [comment_on(0, "20.13")], "a.docx")
    assert marked_texts(data) == {"0": "20.13"}
    (comment,) = docx.Document(io.BytesIO(data)).comments
    assert (comment.author, comment.initials) == ("广厦核对", "广厦")
    assert [p.text for p in comment.paragraphs] == ["应为 20.31。", "请核对。"]


def test_words_over_several_runs_are_marked_whole_and_keep_their_look() -> None:
    original = word_file(["支出合计2", "0.1", "3万元"])
    data = annotate_docx(original, [comment_on(0, "20.13")], "a.docx")
    assert marked_texts(data) == {"0": "20.13"}
    runs = docx.Document(io.BytesIO(data)).paragraphs[0].runs
    assert "".join(run.text for run in runs) == "支出合计20.13万元"
    assert [run.text for run in runs if run.bold] == ["0.1"]


def test_several_comments_in_one_run_keep_their_words_apart() -> None:
    comments = [comment_on(0, quote) for quote in ("38.50", "20.13", "20.13万元")]
    data = annotate_docx(word_file("支出20.13万元，其中公用38.50万元。"), comments, "a.docx")
    assert marked_texts(data) == {"0": "38.50", "1": "20.13", "2": "20.13万元"}
    assert read_docx(data, "a.docx").blocks[0].text == "支出20.13万元，其中公用38.50万元。"


def test_a_cell_is_found_by_its_paragraph_though_its_digits_are_grouped() -> None:
    original = word_file("总表")
    anchor = int(read_docx(original, "a.docx").tables[0].cells[1].spot.anchor)
    data = annotate_docx(original, [comment_on(anchor, "22,854.27")], "a.docx")
    assert marked_texts(data) == {"0": "22,854.27"}


def test_words_that_are_not_there_mark_the_whole_paragraph() -> None:
    data = annotate_docx(word_file("全年完成。"), [comment_on(0, "99.99")], "a.docx")
    assert marked_texts(data) == {"0": "全年完成。"}


def test_markup_in_words_and_in_the_comment_is_only_text() -> None:
    original = word_file('甲<b>&"乙"20.13')
    data = annotate_docx(original, [comment_on(0, "20.13", '</w:comment><x>&"\x0b')], "a.docx")
    assert docx.Document(io.BytesIO(data)).paragraphs[0].text == '甲<b>&"乙"20.13'
    (comment,) = docx.Document(io.BytesIO(data)).comments
    assert comment.text == '</w:comment><x>&"'


def test_everything_but_the_marks_stays_byte_for_byte() -> None:
    original = word_file(["合计", "20.13"], "第二段")
    before, after = parts_of(original), parts_of(annotate_docx(original, [comment_on(0, "20.13")], "a.docx"))
    changed = {name for name in after if before.get(name) != after[name]}
    assert changed <= {
        "word/document.xml", "word/comments.xml", "word/_rels/document.xml.rels", "[Content_Types].xml",
    }  # fmt: skip
    marks = rb"<w:commentRange(?:Start|End) [^>]*/>|<w:r><w:commentReference [^>]*/></w:r>"
    assert re.sub(marks, b"", after["word/document.xml"]) == before["word/document.xml"]


def test_comments_that_the_file_has_stay_and_ids_do_not_meet() -> None:
    once = annotate_docx(word_file("支出20.13万元。"), [comment_on(0, "20.13", "第一条")], "a.docx")
    twice = annotate_docx(once, [comment_on(0, "支出", "第二条")], "a.docx")
    assert [c.text for c in docx.Document(io.BytesIO(twice)).comments] == ["第一条", "第二条"]
    assert marked_texts(twice) == {"0": "20.13", "1": "支出"}
    assert parts_of(twice)["[Content_Types].xml"].count(b"comments+xml") == 1


def test_without_anything_to_say_the_file_is_returned_as_it_is() -> None:
    original = word_file("全年完成。")
    assert annotate_docx(original, [], "a.docx") is original
    assert annotate_docx(original, [comment_on(999, "x")], "a.docx") is original


def test_a_text_box_hands_its_comment_to_the_paragraph_that_holds_it() -> None:
    w = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    box = "<w:r><w:pict><w:txbxContent><w:p><w:r><w:t>20.13</w:t></w:r></w:p></w:txbxContent></w:pict></w:r>"
    xml = (
        f'<w:document xmlns:w="{w}"><w:body><w:p><w:r><w:t>框外</w:t></w:r>{box}</w:p></w:body></w:document>'
    )
    scanned = scan_document(xml.encode(), "a.docx")
    assert [(p.text, p.holder) for p in scanned.paragraphs] == [("框外", None), ("20.13", 0)]


def test_struck_out_and_hidden_text_is_no_text() -> None:
    w = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    xml = (
        f'<w:document xmlns:w="{w}"><w:body><w:p><w:del><w:r><w:delText>19</w:delText></w:r></w:del>'
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>暗</w:t></w:r><w:r><w:t>20</w:t><w:tab/><w:t>.13</w:t></w:r></w:p>"
        "</w:body></w:document>"
    )
    (paragraph,) = scan_document(xml.encode(), "a.docx").paragraphs
    assert paragraph.text == "20\t.13"


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"not a zip"])
def test_refuses_what_is_no_word_file(data: bytes) -> None:
    with pytest.raises(InputError, match="批注"):
        annotate_docx(data, [comment_on(0, "x")], "a.docx")


def test_refuses_a_document_type() -> None:
    with pytest.raises(InputError, match="批注"):
        scan_document(b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "a.docx")
