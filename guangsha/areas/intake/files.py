"""Uploaded files: what they are is read from their content, never from their name. Pure."""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile

from guangsha.kernel.errors import InputError

#: A photo of a phone is 3-6 MB.
SIZE_MAX = 10 * 1024 * 1024
PER_MATERIAL_MAX = 6
COUNT_MAX = 40
_ENTRIES_MAX = 2000

EXTENSIONS = {
    "application/pdf": "pdf",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/heic": "heic",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
}
_HEIC = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")


def sniff(data: bytes) -> str:
    """The media type of a file that is taken.

    Raises:
        InputError: empty, too large, or of another type.
    """
    if not data:
        raise InputError("文件是空的", advice="请重新选择文件。")
    if len(data) > SIZE_MAX:
        raise InputError(f"文件超过 {SIZE_MAX // 1024 // 1024} MB", advice="请压缩照片或拆分文件后再上传。")
    if data.startswith(b"%PDF-"):
        return "application/pdf"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC:
        return "image/heic"
    if data.startswith(b"PK\x03\x04") and _is_docx(data):
        return "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    raise InputError("只收 PDF、JPG、PNG、HEIC 图片和 Word（docx）文件", advice="请换一种格式，或拍照上传。")


def _is_docx(data: bytes) -> bool:
    """A Word file without macros; only the list of entries is read, nothing is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            names = package.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False
    if len(names) > _ENTRIES_MAX or any("vbaproject" in name.lower() for name in names):
        return False
    return "word/document.xml" in names and "[Content_Types].xml" in names


def checked_name(name: str, kind: str) -> str:
    """A file name that is safe to show and to save under: no path, no control characters, the extension of its type."""
    last = re.split(r"[\\/]", name)[-1]
    clean = "".join(c for c in last if unicodedata.category(c)[0] != "C" and c not in '<>:"|?*').strip(" .")
    stem = clean.rsplit(".", 1)[0] if "." in clean else clean
    return f"{(stem or '材料')[:100]}.{EXTENSIONS[kind]}"
