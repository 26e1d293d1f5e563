"""Published pdf files as documents: text and tables, by position; nothing is drawn unless a page must be recognised.

Pages go through extraction (child process), layout (one page) and joining (all pages). A page that is only a picture
is recognised where ``guangsha[ocr]`` is installed; else the reader says which pages were left out, or that none had
text.
"""

from __future__ import annotations

from pathlib import Path

from guangsha.documents.reading.ocr import ocr_installed, recognised_pages
from guangsha.documents.reading.pdf_joining import joined
from guangsha.documents.reading.pdf_layout import PageContent, lay_out
from guangsha.documents.reading.pdf_pages import Page, PdfPages
from guangsha.documents.reading.source import SourceDocument
from guangsha.kernel.errors import InputError

#: A page with fewer characters and a picture is a scan: its text layer is a stamp or a page number.
_SCAN_CHARACTERS_MAX = 12
#: The part of characters without meaning from which a text layer is of no use (fonts without a table of characters).
_UNKNOWN_MAX = 0.3
#: Pages named in one note.
_NAMED_MAX = 12

_OCR_ADVICE = "可安装文字识别组件后重试：pip install guangsha[ocr]；或改用 Word 版、由 Word 直接导出的 PDF。"


def read_pdf(path: Path) -> SourceDocument:
    """Read a published pdf.

    Args:
        path: a pdf with a text layer, or a scan where ``guangsha[ocr]`` is installed.

    Raises:
        InputError: missing, not a pdf, damaged, locked by a password, beyond a bound, or without text.
    """
    pages = PdfPages(path)
    contents: list[PageContent] = []
    scans: list[int] = []
    garbled: list[int] = []
    for page in pages:
        contents.append(lay_out(page))
        if _is_scan(page):
            scans.append(page.number)
        elif _is_garbled(page):
            garbled.append(page.number)
    if not contents:
        raise InputError("PDF 里没有页面", where=path.name, advice="请重新下载或另存这个文件。")
    if not any(content.readable for content in contents):
        raise InputError("PDF 文件已损坏或不完整", where=path.name, advice="请重新下载或另存这个文件。")
    notes = _notes(contents)
    if scans or garbled:
        notes += _recognise(path, contents, scans, garbled)
    if not any(content.blocks for content in contents):
        raise InputError("PDF 里没有文字", where=path.name, advice="请核对是否选错了文件。")
    blocks, dropped = joined(contents)
    return SourceDocument(path.name, "pdf", tuple(blocks), len(contents), (*notes, *dropped))


def _is_scan(page: Page) -> bool:
    return page.images > 0 and sum(not c.isspace() for c in page.text) <= _SCAN_CHARACTERS_MAX


def _is_garbled(page: Page) -> bool:
    """Whether most characters are without meaning: no Unicode value, or one of a private area."""
    codes = page.codes
    if len(codes) < _SCAN_CHARACTERS_MAX:
        return False
    unknown = (
        (codes == 0xFFFD)
        | ((codes >= 0xE000) & (codes <= 0xF8FF))
        | ((codes < 32) & (codes != 10) & (codes != 13))
    )
    return bool(unknown.mean() > _UNKNOWN_MAX)


def _recognise(path: Path, contents: list[PageContent], scans: list[int], garbled: list[int]) -> list[str]:
    """Put recognised pages in place of those without usable text, and say what became of them.

    Raises:
        InputError: no page has usable text, and the engine is not installed.
    """
    wanted = sorted([*scans, *garbled])
    if ocr_installed():
        for page in recognised_pages(path, wanted):
            contents[page.number - 1] = lay_out(page)
        return [f"{_named(wanted)}由文字识别得到，数字可能有误，请对照原件。"]
    if len(wanted) == sum(content.readable for content in contents):
        reason = "PDF 是扫描件，没有文字层" if scans else "PDF 的文字层无法辨认（字体没有字符对照表）"
        raise InputError(reason, where=path.name, advice=_OCR_ADVICE)
    for number in garbled:
        contents[number - 1].blocks = []
    notes = []
    if scans:
        notes.append(f"{_named(scans)}是图片，没有文字层，未读取；可安装 pip install guangsha[ocr] 后重试。")
    if garbled:
        notes.append(f"{_named(garbled)}的文字层无法辨认，未读取；可安装 pip install guangsha[ocr] 后重试。")
    return notes


def _named(numbers: list[int]) -> str:
    shown = "、".join(str(number) for number in numbers[:_NAMED_MAX])
    return f"第 {shown} 页" + (f"等 {len(numbers)} 页" if len(numbers) > _NAMED_MAX else "")


def _notes(contents: list[PageContent]) -> list[str]:
    notes = []
    if broken := [content.number for content in contents if not content.readable]:
        notes.append(f"{_named(broken)}已损坏，未能读取。")
    if crowded := [content.number for content in contents if content.too_many_lines]:
        notes.append(f"{_named(crowded)}的线条过多，未按表格线识别表格。")
    return notes
