"""A zip package from parts that are already compressed.

Most parts of a document (styles, settings, footers…) never change. They are deflated once per process; writing one
document then costs the compression of its own text and little else (docs/adr/0004-documents-pipeline.md).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

#: Office programs open packages of any level. Measured on a ten-page report: level 6 costs twice the time of
#: level 3 and saves a tenth of the bytes (benchmarks/documents/docx.py prints both).
DEFLATE_LEVEL = 3

#: 1980-01-01 00:00, the first moment a zip can name: the same content gives the same bytes.
_DOS_DATE = 0x0021
_DOS_TIME = 0
_VERSION = 20
_STORED, _DEFLATED = 0, 8
_UTF8_NAMES = 0x0800

_LOCAL = struct.Struct("<IHHHHHIIIHH")
_CENTRAL = struct.Struct("<IHHHHHHIIIHHHHHII")
_END = struct.Struct("<IHHHHIIH")

#: The classic zip has no room for more (zip64 would); no report of ours comes near.
_BYTES_MAX = 0xFFFF_0000
_PARTS_MAX = 0xFFF0


@dataclass(frozen=True, slots=True)
class Part:
    """One file of the package, as it lies in the zip."""

    name: str
    data: bytes
    crc: int
    size: int
    method: int


def deflated(name: str, content: str | bytes, level: int = DEFLATE_LEVEL) -> Part:
    """A part whose content is compressed now."""
    raw = content.encode() if isinstance(content, str) else content
    packer = zlib.compressobj(level, zlib.DEFLATED, -15)
    return Part(name, packer.compress(raw) + packer.flush(), zlib.crc32(raw), len(raw), _DEFLATED)


def stored(name: str, content: bytes) -> Part:
    """A part that is compressed in itself (a picture)."""
    return Part(name, content, zlib.crc32(content), len(content), _STORED)


def join_parts(parts: Sequence[Part]) -> bytes:
    """The package with ``parts`` in their order.

    Raises:
        ValueError: two parts of one name, or more than a classic zip can hold.
    """
    if len({part.name for part in parts}) != len(parts) or len(parts) > _PARTS_MAX:
        raise ValueError("parts of a package need names of their own")
    out: list[bytes] = []
    index: list[bytes] = []
    offset = 0
    for part in parts:
        name = part.name.encode()
        flags = 0 if name.isascii() else _UTF8_NAMES
        common = (flags, part.method, _DOS_TIME, _DOS_DATE, part.crc, len(part.data), part.size, len(name), 0)
        local = _LOCAL.pack(0x04034B50, _VERSION, *common) + name
        out += (local, part.data)
        index.append(_CENTRAL.pack(0x02014B50, _VERSION, _VERSION, *common, 0, 0, 0, 0, offset) + name)
        offset += len(local) + len(part.data)
    if offset > _BYTES_MAX:
        raise ValueError("the package is larger than a classic zip can be")
    directory = b"".join(index)
    end = _END.pack(0x06054B50, 0, 0, len(parts), len(parts), len(directory), offset, 0)
    return b"".join((*out, directory, end))
