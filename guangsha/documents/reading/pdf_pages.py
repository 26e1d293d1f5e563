"""Pages of a pdf as arrays of characters and ruling lines; the pdf itself is opened in a child process.

The child (:mod:`guangsha.documents.reading.pdf_extract`) has bounds of memory and time of its own, so that a hostile
file ends it and not us; while it works on a page, the page before is understood here.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from io import FileIO
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from guangsha.documents.reading import pdf_extract as child
from guangsha.kernel.errors import InputError

Floats = NDArray[np.float32]

_MEGA = 1024 * 1024
#: A scanned report of 300 pages has some 100 MB; the file is mapped, not copied.
PDF_BYTES_MAX = 300 * _MEGA
#: The accounts of a whole province with all its departments have some 1,500 pages.
PAGES_MAX = 2_000
#: Characters on one page; a spreadsheet shrunk to one sheet of paper has 20,000.
CHARACTERS_MAX = 100_000
#: Characters of a whole file: a page of text has 1,000.
ALL_CHARACTERS_MAX = 6_000_000
#: Address space of the child, the file included, and its processor time: real files take a twentieth of either.
ADDRESS_SPACE_MAX = 800 * _MEGA
SECONDS_MAX = 60
#: Where %PDF must begin (readers accept some rubbish before it).
_SIGNATURE_WITHIN = 1_024

_DAMAGED = "请重新下载或另存这个文件。"
_START = "import sys; sys.path.append(sys.argv.pop()); import pdf_extract; pdf_extract.main()"
_PASSWORD, _SECURITY = 4, 5


@dataclass(frozen=True)
class Page:
    """One page, turned so that its text runs from left to right; y grows downwards, in points.

    ``text`` has one character for each row of ``boxes`` (left, top, right, bottom); ``sideways`` marks characters
    that run up or down among level ones. ``rulings`` are straight drawn lines. ``fonts`` names the font of some
    characters by index, the longest run of text first. ``readable`` is false where pdfium could not load the page.
    """

    number: int
    width: float
    height: float
    text: str
    boxes: Floats
    sideways: NDArray[np.bool_]
    rulings: Floats
    fonts: tuple[tuple[int, str], ...] = ()
    images: int = 0
    readable: bool = True
    too_many_lines: bool = False

    @cached_property
    def codes(self) -> NDArray[np.uint32]:
        return np.frombuffer(self.text.encode("utf-32-le"), dtype="<u4")


@dataclass
class PdfPages:
    """The pages of one file, to be read once; ``count`` is known from the first page on."""

    path: Path
    count: int = 0
    characters: int = 0
    _frames: Iterator[Page] | None = field(default=None, repr=False)

    def __iter__(self) -> Iterator[Page]:
        name = self.path.name
        with open_pdf(self.path) as file, _started(file) as process:
            assert process.stdout is not None
            yield from self._pages(process.stdout, process, name)

    def _pages(self, frames: IO[bytes], process: subprocess.Popen[bytes], name: str) -> Iterator[Page]:
        while True:
            kind = frames.read(1)
            if kind == child.FRAME_PAGE:
                page = _page(frames)
                if page is None:
                    raise _ended(process, name)
                self.characters += len(page.text)
                if self.characters > ALL_CHARACTERS_MAX:
                    raise _too_long(name)
                yield page
            elif kind == child.FRAME_COUNT:
                self.count = child.NUMBER.unpack(frames.read(child.NUMBER.size))[0]
            elif kind == child.FRAME_ERROR:
                raise _refused(child.NUMBER.unpack(frames.read(child.NUMBER.size))[0], self.count, name)
            elif kind == child.FRAME_END:
                return
            else:
                raise _ended(process, name)


def open_pdf(path: Path) -> FileIO:
    """The file, opened for reading.

    Raises:
        InputError: missing, not a regular file, not readable, empty, too large, or not a pdf.
    """
    where = path.name
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        raise InputError("找不到文件", where=where, advice="请核对文件名和路径。") from error
    if not stat.S_ISREG(status.st_mode):
        raise InputError("这不是一个普通文件", where=where, advice="请给出 PDF 文件。")
    if status.st_size == 0:
        raise InputError("文件是空的", where=where, advice=_DAMAGED)
    if status.st_size > PDF_BYTES_MAX:
        raise InputError(
            f"文件有 {status.st_size // _MEGA} MB，超过上限 {PDF_BYTES_MAX // _MEGA} MB",
            where=where,
            advice="请拆分后再核对，或用较低的分辨率重新生成。",
        )
    try:
        file = path.open("rb", buffering=0)  # a child goes on where this process stopped reading
    except OSError as error:
        raise InputError(
            f"文件无法打开（{error.strerror or error}）", where=where, advice="请核对权限。"
        ) from error
    if b"%PDF" not in file.read(_SIGNATURE_WITHIN):
        file.close()
        raise InputError("这不是 PDF 文件", where=where, advice="请核对文件的扩展名，或重新下载。")
    file.seek(0)
    return file


@functools.cache
def pdfium_library() -> str:
    """The shared library that the package pypdfium2 carries.

    Raises:
        InputError: it is not there.
    """
    found = importlib.util.find_spec("pypdfium2_raw")
    for folder in (found.submodule_search_locations or ()) if found else ():
        for library in sorted(Path(folder).glob("libpdfium.*")):
            return str(library)
    raise InputError(
        "读取 PDF 的组件 pypdfium2 没有装好", advice="请重新安装：pip install --force-reinstall pypdfium2。"
    )


@contextlib.contextmanager
def _started(file: FileIO) -> Iterator[subprocess.Popen[bytes]]:
    """The child at work on ``file``; it is gone when the block ends, however that ends."""
    here = Path(child.__file__).parent
    command = [sys.executable, "-I", "-S", "-c", _START]
    bounds = (PAGES_MAX, CHARACTERS_MAX, ADDRESS_SPACE_MAX, SECONDS_MAX)
    command += [pdfium_library(), *map(str, bounds), str(here)]
    process = subprocess.Popen(
        command, stdin=file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=_MEGA
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        if process.stdout is not None:
            process.stdout.close()
        process.wait()


def _refused(code: int, count: int, name: str) -> InputError:
    if code == child.ERROR_TOO_MANY_PAGES:
        return InputError(
            f"PDF 有 {count} 页，超过上限 {PAGES_MAX} 页",
            where=name,
            advice="请拆分后再核对，或核对是否选错了文件。",
        )
    if code == child.ERROR_TOO_MANY_CHARACTERS:
        return _too_long(name)
    if code in (_PASSWORD, _SECURITY):
        return InputError("PDF 设有打开密码，无法读取", where=name, advice="请取消密码后另存一份。")
    return InputError("PDF 文件已损坏或不完整", where=name, advice=_DAMAGED)


def _too_long(name: str) -> InputError:
    return InputError(
        "PDF 中的文字过多，超过读取上限", where=name, advice="请拆分后再核对，或核对是否选错了文件。"
    )


def _ended(process: subprocess.Popen[bytes], name: str) -> InputError:
    """The child is gone before its last page: killed for its time or memory, or by a fault in pdfium."""
    process.wait()
    return InputError(
        "PDF 的内容无法在时间和内存的限度内读取，可能已损坏或是恶意文件", where=name, advice=_DAMAGED
    )


# --- one page ----------------------------------------------------------------------------------------------


def _page(frames: IO[bytes]) -> Page | None:
    head = frames.read(child.PAGE.size)
    if len(head) < child.PAGE.size:
        return None
    number, flags, _rotation, left, bottom, right, top, *sizes, images = child.PAGE.unpack(head)
    parts = [frames.read(size) for size in sizes]
    if [len(part) for part in parts] != sizes:
        return None
    text = parts[0].decode("utf-32-le")
    drawn = np.frombuffer(parts[3], dtype="<f4").reshape(-1, 4)
    sheet = (left, bottom, right, top)
    if flags & child.TURNED:
        quarter, boxes, sideways = _turned_text(parts[1], sheet)
    else:
        quarter = 0
        loose = np.frombuffer(parts[1], dtype="<f4").reshape(-1, 4)  # left, top, right, bottom
        sideways = loose[:, 1] < loose[:, 3]
        boxes = _placed(loose[:, 0], loose[:, 3], loose[:, 2], loose[:, 1], 0, sheet)
        if sideways.any():
            boxes[sideways] = boxes[sideways][:, [0, 3, 2, 1]]
        if parts[2]:
            base = top - np.frombuffer(parts[2], dtype="<f8").reshape(-1, 2)[:, 1]
            _stand_on_lines(text, boxes, base.astype(np.float32), sideways)
    rulings = _placed(drawn[:, 0], drawn[:, 1], drawn[:, 2], drawn[:, 3], quarter, sheet)
    width, height = right - left, top - bottom
    if quarter % 2:
        width, height = height, width
    return Page(
        number + 1,
        width,
        height,
        text,
        boxes,
        sideways,
        rulings,
        tuple(_font(line) for line in parts[4].decode("utf-8", "replace").split("\n") if line),
        images,
        not flags & child.UNREADABLE,
        bool(flags & child.TOO_MANY_LINES),
    )


def _font(line: str) -> tuple[int, str]:
    index, _, name = line.partition(" ")
    return int(index), name.rpartition("+")[2]


def _placed(
    left: Any, bottom: Any, right: Any, top: Any, quarter: int, sheet: tuple[float, float, float, float]
) -> Floats:
    """Boxes of the file (y upwards) as left, top, right, bottom of a sheet turned back by ``quarter`` turns."""
    sheet_left, sheet_bottom, sheet_right, sheet_top = sheet
    if quarter == 0:
        columns = (left - sheet_left, sheet_top - top, right - sheet_left, sheet_top - bottom)
    elif quarter == 1:
        columns = (bottom - sheet_bottom, left - sheet_left, top - sheet_bottom, right - sheet_left)
    elif quarter == 2:
        columns = (sheet_right - right, bottom - sheet_bottom, sheet_right - left, top - sheet_bottom)
    else:
        columns = (sheet_top - top, sheet_right - right, sheet_top - bottom, sheet_right - left)
    return np.stack(columns, axis=1).astype(np.float32)


def _stand_on_lines(text: str, boxes: Floats, base: Floats, sideways: NDArray[np.bool_]) -> None:
    """Give boxes that end with the ink the height of the line: as high as the last Chinese character is wide."""
    codes = np.frombuffer(text.encode("utf-32-le"), dtype="<u4")
    width = boxes[:, 2] - boxes[:, 0]
    digit = (codes >= 0x30) & (codes <= 0x39)
    telling = ((codes >= 0x3400) & (codes <= 0x9FFF) | digit) & (width > 0)
    places = np.maximum.accumulate(np.where(telling, np.arange(len(codes)), 0))
    size = np.where(digit, 2.0, 1.05)[places] * width[places]
    size = np.maximum(size, 0.5 * (boxes[:, 3] - boxes[:, 1]))
    stands = (boxes[:, 3] > boxes[:, 1]) & ~sideways & (size > 0)
    boxes[stands, 1] = (base - 0.86 * size)[stands]
    boxes[stands, 3] = (base + 0.14 * size)[stands]


def _turned_text(
    data: bytes, sheet: tuple[float, float, float, float]
) -> tuple[int, Floats, NDArray[np.bool_]]:
    """Quarter turns of most of the text, its boxes when turned back, and a mask that marks nothing.

    A box reaches from the origin of the character to its inked end, and is as high as the font is large.
    """
    values = np.frombuffer(data, dtype="<f4").reshape(-1, 8)
    turns = -np.rint(values[:, 0] / (np.pi / 2)).astype(int) % 4  # pdfium turns clockwise, matrices do not
    quarter = int(np.bincount(turns, minlength=4).argmax())
    x, y = values[:, 2], values[:, 3]
    origin = _placed(x, y, x, y, quarter, sheet)
    ink = _placed(values[:, 4], values[:, 6], values[:, 5], values[:, 7], quarter, sheet)
    size = values[:, 1]
    base = origin[:, 1]
    boxes = np.stack(
        (origin[:, 0], base - 0.86 * size, np.maximum(ink[:, 2], origin[:, 0]), base + 0.14 * size), axis=1
    ).astype(np.float32)
    off = np.abs(values[:, 0] - np.rint(values[:, 0] / (np.pi / 2)) * (np.pi / 2)) > 0.02
    boxes[off | (turns != quarter)] = 0.0  # watermarks and what runs across
    return quarter, boxes, np.zeros(len(values), dtype=bool)
