"""What is left of a photograph before it is kept: the picture, without place, time and telephone that took it. Pure.

A public picture of an estate must not say where and when somebody stood, nor by which device (PIPL: no more than is needed).
"""

from __future__ import annotations

from guangsha.kernel.errors import InputError

SIZE_MAX = 8 * 1024 * 1024
_PNG = b"\x89PNG\r\n\x1a\n"
#: Chunks of a PNG that carry words or the data of a camera.
_PNG_WORDS = frozenset({b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME"})
#: Segments of a JPEG without a length of their own.
_BARE = frozenset({0x01, *range(0xD0, 0xD9)})


def plain_picture(data: bytes) -> tuple[bytes, str]:
    """The bytes without metadata, and the media type as found in the content.

    Raises:
        InputError: empty, too large, damaged, or neither JPEG nor PNG.
    """
    if len(data) > SIZE_MAX:
        raise InputError(f"图片超过 {SIZE_MAX // 1024 // 1024} MB", where="图片", advice="请压缩后再上传。")
    if data.startswith(b"\xff\xd8\xff"):
        return _plain_jpeg(data), "image/jpeg"
    if data.startswith(_PNG):
        return _plain_png(data), "image/png"
    raise InputError("只收 JPG 和 PNG 图片", where="图片", advice="请换一种格式后再上传。")


def _damaged() -> InputError:
    return InputError("图片已损坏", where="图片", advice="请重新拍照或导出后上传。")


def _plain_jpeg(data: bytes) -> bytes:
    """Copies segments up to the start of the scan, but APP1–APP15 (Exif, XMP, maker's notes) and comments. APP14 says how the
    colours are coded and stays; so does APP2 when it is a colour profile."""
    kept, at = [data[:2]], 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            raise _damaged()
        mark = data[at + 1]
        if mark == 0xFF:  # padding
            at += 1
            continue
        if mark in _BARE:
            kept.append(data[at : at + 2])
            at += 2
            continue
        if mark == 0xDA:
            return b"".join((*kept, data[at:]))
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if length < 2 or at + 2 + length > len(data):
            raise _damaged()
        segment = data[at : at + 2 + length]
        profile = mark == 0xE2 and segment[4:].startswith(b"ICC_PROFILE")
        if not (0xE1 <= mark <= 0xEF or mark == 0xFE) or mark == 0xEE or profile:
            kept.append(segment)
        at += 2 + length
    raise _damaged()


def _plain_png(data: bytes) -> bytes:
    kept, at = [data[:8]], 8
    while at + 12 <= len(data):
        length, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        end = at + 12 + length
        if end > len(data):
            raise _damaged()
        if name not in _PNG_WORDS:
            kept.append(data[at:end])
        if name == b"IEND":
            return b"".join(kept)
        at = end
    raise _damaged()
