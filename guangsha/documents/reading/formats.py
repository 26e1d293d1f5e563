"""Any published report as a :class:`SourceDocument`: the format is told by what the file holds, not by its name.

Names lie: a ".doc" from a website is as often a web page, a docx or RTF. What is read under another format than the
name says is noted; what cannot be read gets one sentence that says what to do.
"""

from __future__ import annotations

import email
import email.policy
import importlib
import io
import re
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from guangsha.documents.reading import limits
from guangsha.documents.reading.bytes_in import read_bytes
from guangsha.documents.reading.docx import read_docx
from guangsha.documents.reading.html import read_html
from guangsha.documents.reading.office_conversion import OldFormat, convert
from guangsha.documents.reading.source import SourceDocument
from guangsha.documents.reading.text import read_text
from guangsha.kernel.errors import InputError

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: Where the signature of a pdf may stand: some servers put a few bytes before it.
_SNIFFED_BYTES = 1024

_DOC = OldFormat(".doc", "旧版 Word 文档（.doc、.wps）", "docx")
_XLS = OldFormat(".xls", "旧版 Excel 工作簿（.xls、.et）", "xlsx")
_RTF = OldFormat(".rtf", "RTF 文档", "docx")
_ODT = OldFormat(".odt", "ODT 文档", "docx")
_ODS = OldFormat(".ods", "ODS 表格", "xlsx")
_WORD_XML = OldFormat(".xml", "Word XML 文档", "docx")
_OPEN_DOCUMENT = {"text": _ODT, "spreadsheet": _ODS}

_PICTURES = (
    b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"BM", b"II*\x00", b"MM\x00*",
)  # fmt: skip
_ARCHIVES = (b"Rar!\x1a\x07", b"7z\xbc\xaf'\x1c", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00")

_PAGE = re.compile(
    r"\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--.{0,2000}?-->\s*)*"
    r"<(?:!doctype\s+html|html|head|body|meta|title|table|div|p|h[1-6]|span|article|section)[\s>/]",
    re.IGNORECASE | re.DOTALL,
)
_WORD_PROCESSING_XML = re.compile(
    r"\s*<\?xml.{0,400}?(?:progid=\"Word\.Document\"|<w:wordDocument|<pkg:package)", re.DOTALL
)
_MAIL = re.compile(rb"(?:^|\n)(?:MIME-Version:|Content-Type:\s*multipart/related)", re.IGNORECASE)

#: Suffixes that belong to what was found; another one is noted.
_SUFFIXES = {
    "docx": (".docx", ".docm", ".dotx", ".dotm"),
    "pdf": (".pdf",),
    "ofd": (".ofd",),
    "xlsx": (".xlsx", ".xlsm", ".xltx"),
    "html": (".html", ".htm", ".shtml", ".xhtml", ".mht", ".mhtml"),
    "txt": (".txt", ".text", ".md", ".tsv", ".csv", ".log", ""),
    ".doc": (".doc", ".wps", ".dot", ".wpt"),
    ".xls": (".xls", ".et", ".xlt", ".ett"),
    ".rtf": (".rtf",), ".odt": (".odt", ".ott"), ".ods": (".ods", ".ots"), ".xml": (".xml",),
}  # fmt: skip
_LABELS = {
    "docx": "Word 文档",
    "pdf": "PDF",
    "ofd": "OFD 版式文件",
    "xlsx": "Excel 工作簿",
    "html": "网页",
    "txt": "纯文本",
}


def read_document(path: Path) -> SourceDocument:
    """Read a published report of any format.

    Args:
        path: docx, pdf, ofd, xlsx, html or txt; doc, wps, xls, et, rtf, odt and ods where LibreOffice is installed.

    Raises:
        InputError: the file cannot be used; one sentence says why and one what to do.
    """
    data = read_bytes(path, limits.DOCUMENT_BYTES_MAX)
    head = data[:_SNIFFED_BYTES]
    if b"%PDF-" in head:
        return _noted(_reader("pdf", "read_pdf")(path), path, "pdf")
    if head.startswith(b"PK"):
        return _zipped(data, path)
    if head.startswith(_OLE):
        return _old_office(data, path)
    if head.startswith(b"{\\rtf"):
        return _converted(data, _RTF, path)
    _refuse_pictures_and_archives(head, path)
    return _written(data, path)


def _reader(module: str, function: str) -> Callable[[Path], SourceDocument]:
    """A reader that is imported when it is first needed: pdf brings a large library along."""
    found: Callable[[Path], SourceDocument] = getattr(
        importlib.import_module(f"guangsha.documents.reading.{module}"), function
    )
    return found


def _package_reader(module: str, function: str) -> Callable[[bytes, str], SourceDocument]:
    """The same for a reader that takes the bytes and the name of the file."""
    found: Callable[[bytes, str], SourceDocument] = getattr(
        importlib.import_module(f"guangsha.documents.reading.{module}"), function
    )
    return found


def _noted(document: SourceDocument, path: Path, found: str) -> SourceDocument:
    """``document`` with a note where the name promises another format."""
    suffix = path.suffix.lower()
    if suffix in _SUFFIXES[found]:
        return document
    label = _LABELS.get(found, found)
    return replace(
        document,
        notes=(f"文件扩展名是“{suffix or '（无）'}”，内容是{label}，已按{label}读取。", *document.notes),
    )


# --- packages ---------------------------------------------------------------------------------------------------


def _zipped(data: bytes, path: Path) -> SourceDocument:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            parts = {name.casefold() for name in package.namelist()[: limits.PARTS_MAX]}
            media = _media_type(package) if "mimetype" in parts else ""
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, ValueError, EOFError) as error:
        raise InputError(
            "文件已损坏或不完整", where=path.name, advice="请重新导出、复制或下载这个文件。"
        ) from error
    if any(part.startswith("word/document") for part in parts):
        return _noted(read_docx(data, path.name), path, "docx")
    if "xl/workbook.xml" in parts:
        return _noted(_reader("spreadsheet_document", "read_xlsx")(path), path, "xlsx")
    for kind, old in _OPEN_DOCUMENT.items():
        if media.startswith(f"application/vnd.oasis.opendocument.{kind}"):
            return _converted(data, old, path)
    if "ofd.xml" in parts:
        return _noted(_package_reader("ofd", "read_ofd")(data, path.name), path, "ofd")
    raise _foreign_package(parts, path)


def _media_type(package: zipfile.ZipFile) -> str:
    with package.open("mimetype") as stream:
        return stream.read(100).decode("ascii", "replace")


def _foreign_package(parts: set[str], path: Path) -> InputError:
    if "xl/workbook.bin" in parts:
        return InputError(
            "这是 .xlsb 二进制工作簿", where=path.name, advice="请在 Excel 或 WPS 中打开后另存为 .xlsx 格式。"
        )
    if any(part.startswith("ppt/") for part in parts):
        return InputError(
            "这是演示文稿，不是报告", where=path.name, advice="请提供报告的 Word、PDF 或网页版本。"
        )
    return InputError(
        "这是压缩包，不是文档",
        where=path.name,
        advice="请先解压，再给出其中的 Word、PDF、Excel、网页或文本文件。",
    )


def _old_office(data: bytes, path: Path) -> SourceDocument:
    """OLE containers: what they hold is told by the names in their directory, which are UTF-16."""

    def holds(stream: str) -> bool:
        return stream.encode("utf-16-le") in data

    if holds("EncryptedPackage"):
        raise InputError("文件设有打开密码，无法读取", where=path.name, advice="请取消密码后另存一份。")
    if holds("WordDocument"):
        return _converted(data, _DOC, path)
    if holds("Workbook") or holds("Book\x00"):
        return _converted(data, _XLS, path)
    raise InputError(
        "不认识的旧版 Office 文件",
        where=path.name,
        advice="请在 Office 或 WPS 中打开后另存为 .docx、.xlsx 或 PDF。",
    )


def _converted(data: bytes, old: OldFormat, path: Path) -> SourceDocument:
    made = convert(data, old, path.name)
    if old.target == "docx":
        document = read_docx(made, path.name)
    else:
        with tempfile.TemporaryDirectory(prefix="guangsha-") as folder:
            copy = Path(folder) / f"{path.stem[:60] or 'x'}.xlsx"
            copy.write_bytes(made)
            document = replace(_reader("spreadsheet_document", "read_xlsx")(copy), file=path.name)
    note = f"{old.label}已由 LibreOffice 转换后读取，版式可能与原件略有不同。"
    document = replace(
        document,
        notes=(note, *document.notes),
        metadata={**document.metadata, "converted_from": old.suffix.lstrip(".")},
    )
    return _noted(document, path, old.suffix)


# --- text -------------------------------------------------------------------------------------------------------


def _refuse_pictures_and_archives(head: bytes, path: Path) -> None:
    webp = head.startswith(b"RIFF") and head[8:12] == b"WEBP"
    # two letters are little to go by: a bitmap also states its own size and reserves four zero bytes
    bitmap = head.startswith(b"BM") and head[6:10] == b"\x00\x00\x00\x00"
    if webp or bitmap or head.startswith(tuple(sign for sign in _PICTURES if sign != b"BM")):
        raise InputError(
            "这是图片（扫描件），没有可读取的文字",
            where=path.name,
            advice="请合并为 PDF 并安装文字识别组件（pip install guangsha[ocr]）后再读，或提供 Word 等有文字的版本。",
        )
    if head.startswith(_ARCHIVES):
        raise InputError("这是压缩包，不是文档", where=path.name, advice="请先解压，再给出其中的文件。")


def _written(data: bytes, path: Path) -> SourceDocument:
    """Web pages and plain text, in whatever encoding; what is neither is refused as noise by the readers."""
    if len(data) > limits.TEXT_BYTES_MAX:
        raise InputError(
            f"文本有 {len(data) >> 20} MB，超过上限 {limits.TEXT_BYTES_MAX >> 20} MB",
            where=path.name,
            advice="请核对是否选错了文件。",
        )
    if _MAIL.search(data[:_SNIFFED_BYTES]) and (page := _page_in_mail(data)):
        return _noted(read_html(page, path.name), path, "html")
    opening = _opening(data)
    if _WORD_PROCESSING_XML.match(opening):
        return _converted(data, _WORD_XML, path)
    if _PAGE.match(opening):
        return _noted(read_html(data, path.name), path, "html")
    return _noted(read_text(data, path.name), path, "txt")


def _opening(data: bytes) -> str:
    """The first characters, well enough decoded to see tags."""
    head = data[:4096]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", "ignore")
    return head.removeprefix(b"\xef\xbb\xbf").decode("ascii", "replace")


def _page_in_mail(data: bytes) -> bytes:
    """The page in a web archive (.mht), which is built like a mail."""
    try:
        message = email.message_from_bytes(data, policy=email.policy.default)
        for part in message.walk():
            if part.get_content_type() == "text/html":
                content = part.get_payload(decode=True)
                return content if isinstance(content, bytes) else b""
    except (ValueError, LookupError, AttributeError, TypeError, IndexError, KeyError):
        # what the mail parser says of nonsense in headers
        return b""
    return b""
