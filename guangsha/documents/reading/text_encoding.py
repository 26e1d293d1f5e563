"""Bytes of a text file to characters: UTF-8, UTF-16, UTF-32 or GB18030, told apart by the bytes themselves."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from guangsha.kernel.errors import InputError

#: Byte order marks, the longer first: UTF-32's begins with UTF-16's.
_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ADVICE = "请确认这是文字文件；Word、PDF 等文件请保留原格式直接给出。"
#: Control characters that no editor writes into a text; tab, line ends and form feed (page break) are not among them.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f]")
#: Above this share of strange characters the file is no text.
_STRANGE_SHARE_MAX = 0.02


@dataclass(frozen=True, slots=True)
class Decoded:
    """The characters, the encoding they stood in, and how many places could not be read (now ``\\ufffd``)."""

    text: str
    encoding: str
    unreadable: int = 0


def decode_text(data: bytes, name: str, *, declared: str = "") -> Decoded:
    """The characters of ``data``.

    Args:
        declared: the encoding the file says of itself (html); believed when it fits and UTF-8 does not.

    Raises:
        InputError: the bytes are not text (binary noise); names ``name``.
    """
    decoded = _decode(data, declared)
    text = decoded.text
    strange = len(_CONTROLS.findall(text)) + decoded.unreadable
    # NUL alone is conclusive beyond a stray one: no editor writes it, every binary format does.
    if strange > max(3, len(text) * _STRANGE_SHARE_MAX) or text.count("\x00") > 3:
        raise InputError("这不是文字文件（内容是二进制数据）", where=name, advice=_ADVICE)
    if strange > decoded.unreadable:
        text = _CONTROLS.sub("", text)
    return Decoded(text, decoded.encoding, decoded.unreadable)


def _decode(data: bytes, declared: str) -> Decoded:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _replaced(data, encoding)
    wide = _wide_encoding(data)
    if wide:
        return _replaced(data, wide)
    # Text in another encoding is hardly ever valid UTF-8, while UTF-8 often passes for GB18030: it comes first, whatever
    # the file says of itself, and even when it was cut off or damaged somewhere.
    try:
        return Decoded(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        nearly = _replaced(data, "utf-8")
    beyond_ascii = len(nearly.text) - len(nearly.text.encode("ascii", "ignore"))
    if nearly.unreadable <= beyond_ascii * _STRANGE_SHARE_MAX:
        return nearly
    for encoding in (_known(declared), "gb18030"):
        if encoding:
            try:
                return Decoded(data.decode(encoding), encoding)
            except (UnicodeDecodeError, ValueError):
                continue
    return _replaced(data, "gb18030")


def _replaced(data: bytes, encoding: str) -> Decoded:
    text = data.decode(encoding, "replace")
    return Decoded(text, encoding.removesuffix("-sig"), text.count("\ufffd"))


def _known(encoding: str) -> str:
    """``encoding`` as Python calls it; GB2312 and GBK are read as GB18030, which contains them."""
    if not encoding or len(encoding) > 40:
        return ""
    try:
        found = codecs.lookup(encoding)
    except (LookupError, ValueError):
        return ""
    if found.name in ("gb2312", "gbk", "hz", "cp936"):
        return "gb18030"
    # Python also "decodes" rot13, zip and base64; those are no encodings of a file.
    return found.name if getattr(found, "_is_text_encoding", True) else ""


def _wide_encoding(data: bytes) -> str:
    """UTF-16 without its mark: every digit, space and line end then has a NUL beside it, always on one side."""
    sample = data[:4096]
    nuls = sample.count(0)
    if nuls < max(2, len(sample) // 40):
        return ""
    odd = sample[1::2].count(0)
    if odd >= 0.9 * nuls:
        return "utf-16-le"
    return "utf-16-be" if odd <= 0.1 * nuls else ""
