"""The parts of a docx package that hold text, opened safely; everything else stays packed."""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from guangsha.documents.reading import limits
from guangsha.documents.reading.office_package import PackageWords, check_directory, check_xml, too_much
from guangsha.kernel.errors import InputError

WORDS = PackageWords("文档", "请在 Word 或 WPS 中打开后另存为 .docx 格式。")
_DAMAGED = "请重新导出、复制或下载这个文件，或在 Word、WPS 中打开后另存一份。"

#: What is read beside the document itself, by the last word of its relation's type.
_READ = ("styles", "numbering", "footnotes", "endnotes", "header", "footer")
#: ISO 29500 Strict names the same elements in other namespaces.
_STRICT = b"http://purl.oclc.org/ooxml/"
_TRANSITIONAL = (
    (b"http://purl.oclc.org/ooxml/wordprocessingml/main", b"http://schemas.openxmlformats.org/wordprocessingml/2006/main"),
    (b"http://purl.oclc.org/ooxml/officeDocument/math", b"http://schemas.openxmlformats.org/officeDocument/2006/math"),
    (
        b"http://purl.oclc.org/ooxml/officeDocument/relationships",
        b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    ),
)  # fmt: skip

Element = Any


@dataclass(frozen=True, slots=True)
class DocxParts:
    """The XML of the document and of what belongs to it, by kind; ``macros`` where the package carries any."""

    document: bytes
    parts: dict[str, list[bytes]] = field(default_factory=dict)
    macros: bool = False

    def first(self, kind: str) -> bytes:
        return next(iter(self.parts.get(kind, ())), b"")


def open_docx(data: bytes, name: str) -> DocxParts:
    """The text parts of the package in ``data``.

    Raises:
        InputError: no docx, encrypted, damaged, or beyond a bound; names ``name``.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            entries = package.infolist()
            check_directory(entries, name, WORDS)
            return _read(_Package(package, {entry.filename: entry for entry in entries}, name))
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
    """The refusal of a file that breaks off or contradicts itself."""
    return InputError("文档文件已损坏或不完整", where=name, advice=_DAMAGED)


def parse(content: bytes, name: str) -> Element:
    """The root of one part. No document type, no entity, nothing fetched.

    Raises:
        InputError: not well formed.
    """
    if _STRICT in content:
        for strict, transitional in _TRANSITIONAL:
            content = content.replace(strict, transitional)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise damaged(name) from error


@dataclass(slots=True)
class _Package:
    """An open package; ``room`` is how many bytes may still be unpacked."""

    package: zipfile.ZipFile
    entries: dict[str, zipfile.ZipInfo]
    name: str
    room: int = limits.XML_BYTES_MAX

    def read(self, part: str) -> bytes:
        """One part, checked; empty where there is none."""
        if part not in self.entries:
            return b""
        self.room -= self.entries[part].file_size
        if self.room < 0:
            raise too_much(self.name)
        # never more than the directory declares, which has just been counted
        content = self.package.read(part)
        check_xml(content, self.name, WORDS)
        return content

    def relations(self, part: str) -> Iterable[tuple[str, str]]:
        """Kind and part name of everything ``part`` is related to inside the package."""
        folder, leaf = posixpath.split(part)
        content = self.read(posixpath.join(folder, "_rels", f"{leaf}.rels"))
        if not content:
            return
        for relation in parse(content, self.name):
            target = relation.get("Target") or ""
            if target and relation.get("TargetMode") != "External":
                kind = (relation.get("Type") or "").rsplit("/", 1)[-1]
                yield kind, posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")


def _read(package: _Package) -> DocxParts:
    main = next((part for kind, part in package.relations("") if kind == "officeDocument"), "")
    if main not in package.entries:
        main = "word/document.xml"  # a package whose list of relations is lost still holds its text here
    document = package.read(main)
    if not document:
        raise InputError("压缩包里没有 Word 文档的正文", where=package.name, advice=_DAMAGED)
    parts: dict[str, list[bytes]] = {}
    for kind, part in package.relations(main):
        if kind in _READ and part in package.entries:
            parts.setdefault(kind, []).append(package.read(part))
    macros = any(part.casefold().endswith("vbaproject.bin") for part in package.entries)
    return DocxParts(document, parts, macros)
