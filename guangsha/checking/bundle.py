"""Documents as they are handed over: single files, or a zip of them, unpacked with bounds into a folder of its own."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from guangsha.kernel.errors import InputError

_MEGA = 1024 * 1024
#: Documents of one zip; a department with all its units has a few dozen.
DOCUMENTS_MAX = 100
#: One document unpacked, and all of them together.
DOCUMENT_BYTES_MAX = 200 * _MEGA
BUNDLE_BYTES_MAX = 500 * _MEGA
#: Unpacked over packed, for entries above ``_RATIO_FROM``: text packs to a hundredth, a bomb to a thousandth.
_RATIO_MAX = 400
_RATIO_FROM = 5 * _MEGA
SUFFIXES = frozenset(
    [
        ".docx",
        ".docm",
        ".doc",
        ".wps",
        ".rtf",
        ".odt",
        ".pdf",
        ".ofd",
        ".xlsx",
        ".xlsm",
        ".xls",
        ".et",
        ".ods",
        ".html",
        ".htm",
        ".mht",
        ".txt",
        ".md",
    ]
)
_GBK_FLAG = 0x800
#: Left by operating systems and offices: nobody's document.
_STRAY = ("__MACOSX/", "~$", ".")


@dataclass(frozen=True, slots=True)
class HandedDocument:
    """One document: where it lies, and the name a person knows it by (``包.zip/报告.docx``)."""

    path: Path
    name: str


@contextmanager
def handed_documents(paths: Sequence[Path]) -> Iterator[list[HandedDocument | InputError]]:
    """All documents of ``paths``, zips unpacked; what cannot be unpacked stands as its error.

    The unpacked files are gone when the context is left.
    """
    folder: Path | None = None
    try:
        found: list[HandedDocument | InputError] = []
        for path in paths:
            if not is_bundle(path):
                found.append(HandedDocument(path, path.name))
                continue
            folder = folder or Path(tempfile.mkdtemp(prefix="guangsha-"))
            try:
                found.extend(_unpacked(path, Path(tempfile.mkdtemp(dir=folder))))
            except InputError as error:
                found.append(error)
        yield found
    finally:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


def is_bundle(path: Path) -> bool:
    """Whether ``path`` is a zip of documents rather than one (docx and xlsx are zips too)."""
    try:
        if not path.is_file() or not zipfile.is_zipfile(path):
            return False
        with zipfile.ZipFile(path) as package:
            names = set(package.namelist())
    except (OSError, zipfile.BadZipFile, ValueError):
        return path.suffix.lower() == ".zip"
    return not names & {"[Content_Types].xml", "mimetype", "OFD.xml", "word/document.xml", "xl/workbook.xml"}


def _unpacked(path: Path, folder: Path) -> list[HandedDocument]:
    try:
        with zipfile.ZipFile(path) as package:
            entries = [entry for entry in package.infolist() if _wanted(entry)]
            _check(entries, path.name)
            return [_extract(package, entry, folder / str(n), path.name) for n, entry in enumerate(entries)]
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        RuntimeError,
        NotImplementedError,
        ValueError,
    ) as error:
        raise InputError(
            "压缩包已损坏、设有密码或用了不支持的压缩方法",
            where=path.name,
            advice="请解压后直接给出其中的文档。",
        ) from error


def _name(entry: zipfile.ZipInfo) -> str:
    """The entry's name; Windows packs Chinese names in GBK without saying so."""
    if entry.flag_bits & _GBK_FLAG:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("gbk")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return entry.filename


def _wanted(entry: zipfile.ZipInfo) -> bool:
    name = _name(entry)
    leaf = PurePosixPath(name.replace("\\", "/")).name
    stray = name.startswith(_STRAY[0]) or leaf.startswith(_STRAY[1:])
    return not entry.is_dir() and not stray and PurePosixPath(leaf).suffix.lower() in SUFFIXES


def _check(entries: list[zipfile.ZipInfo], name: str) -> None:
    if not entries:
        raise InputError(
            "压缩包里没有可以核对的文档", where=name, advice="请放入 docx、pdf、xlsx、html 或 txt。"
        )
    if len(entries) > DOCUMENTS_MAX:
        raise InputError(
            f"压缩包里有 {len(entries)} 个文档，超过上限 {DOCUMENTS_MAX} 个",
            where=name,
            advice="请分成几包。",
        )
    swollen = any(
        entry.file_size > _RATIO_FROM and entry.file_size > _RATIO_MAX * max(entry.compress_size, 1)
        for entry in entries
    )
    total = sum(entry.file_size for entry in entries)
    if swollen or total > BUNDLE_BYTES_MAX or any(entry.file_size > DOCUMENT_BYTES_MAX for entry in entries):
        raise InputError(
            "压缩包解压后过大，可能是恶意文件", where=name, advice="请核对来源，或解压后逐个核对。"
        )


def _extract(package: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path, bundle: str) -> HandedDocument:
    leaf = PurePosixPath(_name(entry).replace("\\", "/")).name
    safe = "".join(c for c in leaf if c.isprintable() and c not in '/\\:*?"<>|')[-120:] or "document"
    folder.mkdir()
    target = folder / safe
    left = DOCUMENT_BYTES_MAX
    with package.open(entry) as source, target.open("wb") as written:
        while chunk := source.read(_MEGA):
            left -= len(chunk)
            if left < 0:  # the directory of the zip lied
                raise InputError("压缩包解压后过大，可能是恶意文件", where=bundle, advice="请核对来源。")
            written.write(chunk)
    return HandedDocument(target, f"{bundle}/{leaf}")
