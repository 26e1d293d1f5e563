"""Pdf files made by hand for tests: text and lines at exact places, and whatever a hostile or odd file may hold.

Text is set in fonts that the file does not carry, as in many published files: STSong-Light for Chinese, Helvetica
for figures.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

A4 = (595, 842)
_CHINESE = (
    b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts ["
    b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /DW 1000 /W [1 [500] 814 939 500]"
    b" /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >>"
    b" /FontDescriptor << /Type /FontDescriptor /FontName /STSong-Light /Flags 4 /FontBBox [-25 -254 1000 880]"
    b" /ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >> >>] >>"
)
_LATIN = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"


def at(x: float, y: float, text: str, size: float = 12, turn: str = "1 0 0 1") -> str:
    """Text whose first character stands at (x, y), y upwards; ``turn`` is the matrix of its direction."""
    said = "".join(
        f"/F2 {size} Tf ({run}) Tj "
        if run.isascii()
        else f"/F1 {size} Tf <{run.encode('utf-16-be').hex()}> Tj "
        for run in re.findall(r"[0-9A-Za-z.,%-]+|[^0-9A-Za-z.,%-]+", text)
    )
    return f"BT {turn} {x} {y} Tm {said}ET\n"


def line(x: float, y: float, u: float, v: float) -> str:
    """A stroked line."""
    return f"0.5 w {x} {y} m {u} {v} l S\n"


def grid(xs: Sequence[float], ys: Sequence[float]) -> str:
    """All lines of a table; ``ys`` upwards."""
    return "".join(line(xs[0], y, xs[-1], y) for y in ys) + "".join(line(x, ys[0], x, ys[-1]) for x in xs)


def table(
    xs: Sequence[float], top: float, rows: Sequence[Sequence[str]], height: float = 20, size: float = 10
) -> str:
    """A ruled table with its first row at ``top``."""
    ys = [top - n * height for n in range(len(rows) + 1)]
    said = grid(xs, ys[::-1])
    for row, texts in enumerate(rows):
        for x, text in zip(xs, texts, strict=False):
            if text:
                said += at(x + 3, ys[row] - height / 2 - size / 2 + 2, text, size)
    return said


@dataclass
class MadePage:
    """Content operators of a page, its size, its /Rotate, and further entries of its dictionary and resources."""

    content: str | bytes
    size: tuple[float, float] = A4
    rotate: int = 0
    entries: str = ""
    resources: str = ""
    objects: list[bytes] = field(default_factory=list)


def made_pdf(pages: Sequence[MadePage], *, trailer: str = "", count: int | None = None) -> bytes:
    """A pdf of ``pages``; ``count`` is what its page tree claims to hold.

    Objects: 1 catalogue, 2 page tree, 3 and 4 fonts, then for each page its own, its content and further ``objects``, which
    ``resources`` name as ``{0} 0 R``, ``{1} 0 R`` and so on.
    """
    objects: list[bytes] = [b"", b"", _CHINESE, _LATIN]
    kids = []
    for page in pages:
        own = len(objects) + 1
        extra = [own + 2 + n for n in range(len(page.objects))]
        content = page.content.encode("latin-1") if isinstance(page.content, str) else page.content
        packed = zlib.compress(content)
        resources = page.resources.format(*extra) if extra else page.resources
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {page.size[0]} {page.size[1]}] /Rotate {page.rotate}"
            f" /Contents {own + 1} 0 R {page.entries}"
            f" /Resources << /Font << /F1 3 0 R /F2 4 0 R >> {resources} >> >>".encode()
        )
        objects.append(stream(packed, "/Filter /FlateDecode"))
        objects += [thing.replace(b"SELF", str(extra[n]).encode()) for n, thing in enumerate(page.objects)]
        kids.append(f"{own} 0 R")
    total = len(kids) if count is None else count
    objects[0] = b"<< /Type /Catalog /Pages 2 0 R >>"
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {total} >>".encode()
    return assembled(objects, trailer)


def stream(data: bytes, entries: str = "") -> bytes:
    """A stream object."""
    return f"<< /Length {len(data)} {entries} >>\nstream\n".encode() + data + b"\nendstream"


def assembled(objects: Sequence[bytes], trailer: str = "") -> bytes:
    """Objects numbered from 1 as a file with its table of references."""
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, thing in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + thing + b"\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{place:010d} 00000 n \n".encode() for place in places)
    out += (
        f"trailer << /Size {len(objects) + 1} /Root 1 0 R {trailer} >>\nstartxref\n{start}\n%%EOF\n".encode()
    )
    return bytes(out)


def picture_page(gray: bytes, width: int, height: int) -> MadePage:
    """An A4 page that is nothing but a gray picture: a scan."""
    entries = (
        f"/Type /XObject /Subtype /Image /Width {width} /Height {height}"
        " /ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /FlateDecode"
    )
    return MadePage(
        f"q {A4[0]} 0 0 {A4[1]} 0 0 cm /Im0 Do Q",
        resources="/XObject << /Im0 {0} 0 R >>",
        objects=[stream(zlib.compress(gray), entries)],
    )
