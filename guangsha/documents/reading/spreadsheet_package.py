"""The parts of an xlsx package that say what a published workbook shows, opened safely.

Unlike the workbook that clerks fill (``spreadsheet.py``), a published one is read as it is displayed: number formats,
merged cells and sheets in their order; macros are left alone and noted.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from guangsha.documents.reading import limits
from guangsha.documents.reading.number_format import BUILT_IN, GENERAL
from guangsha.documents.reading.office_package import PackageWords, check_directory, check_xml, too_much
from guangsha.kernel.errors import InputError

Element = Any

WORDS = PackageWords("工作簿", "请在 Excel 或 WPS 中打开后另存为 .xlsx 格式。")
_DAMAGED = "请重新导出、复制或下载这个文件，或在 Excel、WPS 中打开后另存一份。"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: Control characters as spreadsheets write them inside strings: ``_x000D_`` is a carriage return.
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
#: ISO 29500 Strict names the same elements in other namespaces.
_STRICT = b"http://purl.oclc.org/ooxml/spreadsheetml/main"
_TRANSITIONAL = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = re.compile(r"\{[^}]*relationships\}id$")


@dataclass(frozen=True, slots=True)
class Look:
    """How a cell is shown: its number format, and whether any side has a border."""

    code: str = GENERAL
    bordered: bool = False


@dataclass(frozen=True)
class Book:
    """A workbook: its sheets (name, XML) as shown, in order; shared strings; looks by style number."""

    sheets: tuple[tuple[str, bytes], ...]
    strings: tuple[str, ...]
    looks: tuple[Look, ...]
    hidden: tuple[str, ...] = ()
    macros: bool = False
    since_1904: bool = False


def open_xlsx(data: bytes, name: str) -> Book:
    """The workbook in ``data``.

    Raises:
        InputError: no xlsx, encrypted, damaged, or beyond a bound; names ``name``.
    """
    if data.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise InputError("工作簿设有打开密码，无法读取", where=name, advice="请取消密码后另存一份。")
        raise InputError("这是旧版 .xls 工作簿", where=name, advice=WORDS.save_again)
    if not data.startswith(b"PK"):
        raise InputError("这不是 xlsx 工作簿", where=name, advice=WORDS.save_again)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            entries = package.infolist()
            check_directory(entries, name, WORDS)
            return _book(_Package(package, {entry.filename: entry for entry in entries}, name))
    except InputError:
        raise
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        RuntimeError,
        NotImplementedError,
        ValueError,
    ) as error:
        # ValueError and RuntimeError: what zipfile says of nonsense in names, dates and flags
        raise damaged(name) from error


def damaged(name: str) -> InputError:
    """The refusal of a workbook that breaks off or contradicts itself."""
    return InputError("工作簿文件已损坏或不完整", where=name, advice=_DAMAGED)


def parse(content: bytes, name: str) -> Element:
    """The root of one part. No document type, no entity, nothing fetched.

    Raises:
        InputError: not well formed.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise damaged(name) from error


def rows_of(content: bytes, tags: tuple[str, ...], name: str) -> Iterator[Element]:
    """Elements of a sheet one by one as they are parsed, each dropped after use: a large sheet is never whole.

    Raises:
        InputError: not well formed.
    """
    try:
        walk = etree.iterparse(
            io.BytesIO(content),
            tag=tuple(MAIN + tag for tag in tags),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            remove_comments=True,
            remove_pis=True,
        )
        for _, element in walk:
            yield element
            element.clear()
            while (before := element.getprevious()) is not None:
                element.getparent().remove(before)
    except etree.XMLSyntaxError as error:
        raise damaged(name) from error


def text_of(element: Element) -> str:
    """The text of a string, its runs joined; readings printed above (``rPh``) are left out."""
    parts = [part.text or "" for part in element.iter(MAIN + "t") if part.getparent().tag != MAIN + "rPh"]
    text = "".join(parts)
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


# --- parts ---------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Package:
    """An open package; ``room`` is how many bytes may still be unpacked."""

    package: zipfile.ZipFile
    entries: dict[str, zipfile.ZipInfo]
    name: str
    room: int = limits.XML_BYTES_MAX
    folded: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folded = {part.casefold(): part for part in self.entries}

    def read(self, part: str) -> bytes:
        """One part, checked; empty where there is none. Some programs write names in another case."""
        entry = self.entries.get(self.folded.get(part.casefold(), ""))
        if entry is None:
            return b""
        self.room -= entry.file_size
        if self.room < 0:
            raise too_much(self.name)
        # never more than the directory declares, which has just been counted
        content = self.package.read(entry)
        check_xml(content, self.name, WORDS)
        return content.replace(_STRICT, _TRANSITIONAL)

    def relations(self, part: str) -> dict[str, str]:
        """Parts that ``part`` is related to, by the relation's id."""
        folder, leaf = posixpath.split(part)
        content = self.read(posixpath.join(folder, "_rels", f"{leaf}.rels"))
        if not content:
            return {}
        return {
            relation.get("Id") or "": posixpath.normpath(
                posixpath.join("/", folder, relation.get("Target") or "")
            ).lstrip("/")
            for relation in parse(content, self.name)
            if relation.get("TargetMode") != "External"
        }


def _book(package: _Package) -> Book:
    content = package.read("xl/workbook.xml")
    if not content:
        raise InputError("压缩包里没有工作簿", where=package.name, advice="请给出 .xlsx 工作簿，不要再压缩。")
    root = parse(content, package.name)
    related = package.relations("xl/workbook.xml")
    listed = root.findall(f"{MAIN}sheets/{MAIN}sheet")
    if len(listed) > limits.SHEETS_MAX:
        raise InputError(
            f"工作簿有 {len(listed)} 张工作表，超过上限", where=package.name, advice="请删去无关工作表。"
        )
    sheets: list[tuple[str, bytes]] = []
    hidden: list[str] = []
    for sheet in listed:
        title = sheet.get("name") or f"工作表{len(sheets) + 1}"
        if sheet.get("state") in ("hidden", "veryHidden"):
            hidden.append(title)
            continue
        part = next(
            (related.get(value, "") for key, value in sheet.attrib.items() if _RELATION.search(key)), ""
        )
        if "chartsheet" not in part:
            sheets.append((title, package.read(part)))
    properties = root.find(f"{MAIN}workbookPr")
    return Book(
        tuple(sheets),
        _strings(package.read("xl/sharedStrings.xml"), package.name),
        _looks(package.read("xl/styles.xml"), package.name),
        tuple(hidden),
        any(part.endswith("vbaproject.bin") for part in package.folded),
        properties is not None and properties.get("date1904") in ("1", "true"),
    )


def _strings(content: bytes, name: str) -> tuple[str, ...]:
    if not content:
        return ()
    return tuple(text_of(item) for item in parse(content, name).iterchildren(MAIN + "si"))


def _looks(content: bytes, name: str) -> tuple[Look, ...]:
    if not content:
        return ()
    root = parse(content, name)
    codes = dict(BUILT_IN)
    for declared in root.iterfind(f"{MAIN}numFmts/{MAIN}numFmt"):
        number = declared.get("numFmtId") or ""
        if number.isdigit():
            codes[int(number)] = declared.get("formatCode") or GENERAL
    borders = [_is_drawn(border) for border in root.iterfind(f"{MAIN}borders/{MAIN}border")]
    return tuple(
        Look(codes.get(_whole(look, "numFmtId"), GENERAL), _at(borders, _whole(look, "borderId")))
        for look in root.iterfind(f"{MAIN}cellXfs/{MAIN}xf")
    )


def _is_drawn(border: Element) -> bool:
    sides = ("left", "right", "top", "bottom", "start", "end")
    return any(
        side.get("style") not in (None, "none") for side in border if etree.QName(side).localname in sides
    )


def _whole(element: Element, attribute: str) -> int:
    text = element.get(attribute) or ""
    return int(text) if text.isdigit() and len(text) < 9 else 0


def _at(values: list[bool], place: int) -> bool:
    return values[place] if place < len(values) else False
