"""OFD files (the national layout format) as documents: text and tables by position, like a pdf.

A package of XML parts: ``OFD.xml`` names the document, that its pages, templates and fonts. Pages become the same
:class:`Page` that the pdf reader makes, so that tables are found by their ruling lines and joined over pages by the
same code. Seals, notes and signatures are left alone. Bounded and checked like any other package.
Source: GB/T 33190-2016.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from dataclasses import dataclass, field
from typing import Any

from guangsha.documents.reading import limits
from guangsha.documents.reading.docx_package import parse
from guangsha.documents.reading.ofd_page import PageInk, TooMuchText, local, numbers
from guangsha.documents.reading.office_package import PackageWords, check_directory, check_xml, too_much
from guangsha.documents.reading.pdf_joining import joined
from guangsha.documents.reading.pdf_layout import PageContent, lay_out
from guangsha.documents.reading.pdf_pages import ALL_CHARACTERS_MAX, PAGES_MAX
from guangsha.documents.reading.source import SourceDocument
from guangsha.kernel.errors import InputError

Element = Any

_WORDS = PackageWords("OFD 文件", "请用 OFD 阅读器重新保存，或导出为 PDF。")
_DAMAGED = "请重新下载这个文件，或用 OFD 阅读器导出为 PDF。"
#: Paper where none is named (A4, millimetres), and the sizes that are believed.
_PAPER = (210.0, 297.0)
_SIDE_MAX = 5_000.0
#: Objects and lines of all pages together: a page has some hundreds; a template costs again on every page that names it.
_ALL_DRAWN_MAX = 1_500_000


@dataclass(slots=True)
class _Package:
    """An open package; ``room`` is how many bytes may still be unpacked."""

    package: zipfile.ZipFile
    entries: dict[str, zipfile.ZipInfo]
    name: str
    room: int = limits.XML_BYTES_MAX
    kept: dict[str, Element] = field(default_factory=dict)

    def find(self, part: str, beside: str = "") -> str:
        """The name of an existing part that ``part``, said in the part ``beside``, means; empty where there is none."""
        said = part.strip().replace("\\", "/")
        tries = (
            [said.lstrip("/")]
            if said.startswith("/")
            else [posixpath.join(posixpath.dirname(beside), said), said]
        )
        for tried in tries:
            normal = posixpath.normpath(tried).lstrip("/")
            if normal in self.entries:
                return normal
        return ""

    def read(self, part: str) -> Element | None:
        """The root of a part; None where there is none."""
        if part not in self.entries:
            return None
        self.room -= self.entries[part].file_size
        if self.room < 0:
            raise too_much(self.name)
        content = self.package.read(part)
        check_xml(content, self.name, _WORDS)
        return parse(content, self.name)

    def template(self, part: str) -> Element | None:
        """A part that many pages share; read once."""
        if part not in self.kept:
            self.kept[part] = self.read(part)
        return self.kept[part]


def read_ofd(data: bytes, name: str) -> SourceDocument:
    """Read the OFD file in ``data``.

    Raises:
        InputError: damaged, encrypted, beyond a bound, or without text; names ``name``.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            entries = package.infolist()
            check_directory(entries, name, _WORDS)
            contents, notes = _contents(_Package(package, {entry.filename: entry for entry in entries}, name))
    except InputError:
        raise
    except (
        zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError, OverflowError,
    ) as error:  # fmt: skip
        raise InputError("OFD 文件已损坏或不完整", where=name, advice=_DAMAGED) from error
    if not contents:
        raise InputError("OFD 文件里没有页面", where=name, advice=_DAMAGED)
    if not any(content.blocks for content in contents):
        said = "OFD 文件是扫描件，没有文字" if any(c.images for c in contents) else "OFD 文件里没有文字"
        raise InputError(
            said,
            where=name,
            advice="请改用 Word 版；扫描件可导出为 PDF，安装 pip install guangsha[ocr] 后再读。",
        )
    blocks, dropped = joined(contents)
    return SourceDocument(name, "ofd", tuple(blocks), len(contents), (*notes, *dropped))


def _contents(package: _Package) -> tuple[list[PageContent], list[str]]:
    """Every page laid out, and what could not be read."""
    root = package.read(package.find("OFD.xml"))
    if root is None:
        raise InputError("压缩包里没有 OFD 文档", where=package.name, advice=_DAMAGED)
    if package.find("Encryptions.xml") or package.find("Encryption.xml"):
        raise InputError("OFD 文件已加密，无法读取", where=package.name, advice="请取消加密后另存一份。")
    contents: list[PageContent] = []
    lost: list[int] = []
    characters = drawn = 0
    for said in (element.text or "" for element in root.iter() if local(element) == "DocRoot"):
        part = package.find(said)
        document = package.read(part)
        if document is None:
            continue
        made = _Document(package, part, document)
        pages = [element for element in document.iter() if local(element) == "Page"]
        if len(contents) + len(pages) > PAGES_MAX:
            raise InputError(f"OFD 文件超过 {PAGES_MAX} 页", where=package.name, advice="请拆分后再核对。")
        for page in pages:
            number = len(contents) + 1
            content, ink = made.page(page, number)
            characters += ink.characters
            drawn += ink.objects + len(ink.lines) // 4
            if characters > ALL_CHARACTERS_MAX:
                raise _too_long(package.name)
            if drawn > _ALL_DRAWN_MAX:
                raise too_much(package.name)
            contents.append(content)
            if not content.readable:
                lost.append(number)
    if contents and len(lost) == len(contents):
        raise InputError("OFD 文件已损坏或不完整", where=package.name, advice=_DAMAGED)
    notes = [f"第 {'、'.join(map(str, lost[:12]))} 页已损坏，未能读取。"] if lost else []
    crowded = [content.number for content in contents if content.too_many_lines]
    if crowded:
        notes.append(f"第 {'、'.join(map(str, crowded[:12]))} 页的线条过多，未按表格线识别表格。")
    return contents, notes


def _too_long(name: str) -> InputError:
    return InputError(
        "OFD 文件的文字过多，超过上限", where=name, advice="请核对是否选错了文件，或拆分后再核对。"
    )


class _Document:
    """One document of a package: its paper, templates and fonts."""

    def __init__(self, package: _Package, part: str, root: Element) -> None:
        self.package, self.part = package, part
        self.paper = _paper(root) or _PAPER
        self.templates: dict[str, str] = {}
        self.fonts: dict[str, str] = {}
        for element in root.iter():
            kind = local(element)
            if kind == "TemplatePage":
                self.templates[element.get("ID") or ""] = package.find(element.get("BaseLoc") or "", part)
            elif kind in ("PublicRes", "DocumentRes"):
                resources = package.read(package.find(element.text or "", part))
                for font in resources.iter() if resources is not None else ():
                    if local(font) == "Font":
                        named = font.get("FontName") or font.get("FamilyName") or ""
                        self.fonts[font.get("ID") or ""] = named

    def page(self, said: Element, number: int) -> tuple[PageContent, PageInk]:
        """The page that the element ``said`` names, and what was found on it."""
        width, height = self.paper
        root = self.package.read(self.package.find(said.get("BaseLoc") or "", self.part))
        if root is None:
            return PageContent(number, width, height, [], readable=False), PageInk()
        own = _paper(root)
        width, height = own or self.paper
        ink = PageInk(self.fonts)
        try:
            for element in root:
                if local(element) == "Template":
                    template = self.package.template(self.templates.get(element.get("TemplateID") or "", ""))
                    if template is not None:
                        ink.add(template)
            ink.add(root)
        except TooMuchText as error:
            raise _too_long(self.package.name) from error
        return lay_out(ink.page(number, width, height)), ink


def _paper(root: Element) -> tuple[float, float] | None:
    """The physical size that a page or document names, in millimetres."""
    for element in root.iter():
        if local(element) == "PhysicalBox":
            box = numbers(element.text)
            if len(box) == 4 and 0 < box[2] <= _SIDE_MAX and 0 < box[3] <= _SIDE_MAX:
                return box[2], box[3]
    return None
