"""One page of a pdf as a picture, drawn in a process of its own with bounds: what a citizen hands in is never opened by the
browser of the staff as a document, and a hostile file ends the child and not us.

    python -m guangsha.areas.office.pdf_picture PAGE < file.pdf > picture.png      (exit 3: there is no such page)
"""

from __future__ import annotations

import resource
import struct
import subprocess
import sys
import zlib
from pathlib import Path

from guangsha.kernel.errors import InputError

#: The longest side of a picture: a page of a contract is readable, and a page of a building plan is no bomb.
SIDE_MAX = 1800
SECONDS_MAX = 20
ADDRESS_SPACE_MAX = 1200 * 1024 * 1024
PAGES_MAX = 60
_NO_PAGE = 3


def picture(data: bytes, page: int) -> tuple[bytes, int]:
    """PNG of ``page`` (from 1), and how many pages there are.

    Raises:
        InputError: no such page, or the file cannot be drawn.
    """
    command = [sys.executable, str(Path(__file__)), str(page)]
    try:
        finished = subprocess.run(
            command, input=data, capture_output=True, timeout=SECONDS_MAX + 10, check=False
        )
    except subprocess.TimeoutExpired:
        raise InputError("这个 PDF 无法显示", advice="请下载原件查看，或请申请人重新上传。") from None
    if finished.returncode == _NO_PAGE:
        raise InputError("没有这一页")
    if finished.returncode != 0 or len(finished.stdout) < 4:
        raise InputError("这个 PDF 无法显示", advice="请下载原件查看，或请申请人重新上传。")
    return finished.stdout[4:], struct.unpack(">I", finished.stdout[:4])[0]


def png(width: int, height: int, rows: bytes) -> bytes:
    """A grey or RGB picture without any library: ``rows`` are 3 bytes a pixel."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    line = width * 3
    filtered = b"".join(b"\0" + rows[at : at + line] for at in range(0, line * height, line))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(filtered, 6))
        + chunk(b"IEND", b"")
    )


def main() -> int:
    """The child."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE_MAX, ADDRESS_SPACE_MAX))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS_MAX, SECONDS_MAX))
    import pypdfium2

    document = pypdfium2.PdfDocument(sys.stdin.buffer.read())
    number, pages = int(sys.argv[1]), min(len(document), PAGES_MAX)
    if not 1 <= number <= pages:
        return _NO_PAGE
    page = document[number - 1]
    width, height = page.get_size()
    scale = min(2.0, SIDE_MAX / max(width, height, 1))
    bitmap = page.render(scale=scale, rev_byteorder=True, draw_annots=True)
    step = bitmap.n_channels
    raw, rows = bytes(bitmap.buffer), bytearray()
    for at in range(0, bitmap.stride * bitmap.height, bitmap.stride):
        line = raw[at : at + bitmap.width * step]
        if step == 3:
            rows += line
        else:
            kept = bytearray(bitmap.width * 3)
            for channel in range(3):
                kept[channel::3] = line[min(channel, step - 1) :: step]
            rows += kept
    sys.stdout.buffer.write(struct.pack(">I", pages) + png(bitmap.width, bitmap.height, bytes(rows)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
