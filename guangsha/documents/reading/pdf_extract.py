"""Run alone in a child process: characters, ruling lines and fonts of a pdf, page by page, to standard output.

    python -I -S -c "…; pdf_extract.main()" LIBRARY_OF_PDFIUM PAGES CHARACTERS BYTES SECONDS < file.pdf

pdfium is C++ and the file a stranger's: whatever goes wrong in there (memory, endless forms, a fault of its own) ends
this process and not the one that asked. Nothing of Guangsha is imported, nor the complete bindings of pypdfium2, nor
any module of the library that can be spared: the process starts in a third of the time that they would take.
:mod:`guangsha.documents.reading.pdf_pages` starts it and reads its frames; the two share :data:`PAGE` and the codes
below.

Calls into pdfium cost more than what they do, so characters are fetched with one mapped call each and never looked at
here. A page whose text runs in another direction than from left to right is rare; its characters take four calls.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import resource
import struct
import sys
from array import array
from itertools import pairwise, repeat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, BinaryIO

    Matrix = tuple[float, float, float, float, float, float]

#: Page number (from 0), flags, rotation (quarter turns), left, bottom, right, top of the visible box, then how many
#: bytes of text (UTF-32), character boxes (float32), origins (float64, only where boxes are inked ones), lines
#: (float32) and font names follow, and pictures on the page.
PAGE = struct.Struct("<IIIffffIIIIII")
#: Frames begin with one byte.
FRAME_COUNT, FRAME_PAGE, FRAME_END, FRAME_ERROR = b"C", b"P", b"E", b"X"
NUMBER = struct.Struct("<I")

#: Flags of a page.
UNREADABLE, TURNED, TOO_MANY_LINES = 1, 2, 4

#: Codes of an error frame: below 100 what FPDF_GetLastError says.
ERROR_TOO_MANY_PAGES, ERROR_TOO_MANY_CHARACTERS = 101, 102

#: A drawn shape thinner than this is a line (points).
THIN = 3.0
#: Lines shorter than this are dots and serifs of drawings.
SHORT = 2.0
#: Text is level within this angle (radians); quarters of a turn.
_LEVEL = 0.02
_QUARTER = 1.5707963267948966
#: Beyond these a page is a drawing or a map, not a form.
LINES_MAX = 20_000
OBJECTS_MAX = 60_000
SEGMENTS_MAX = 4_000
FORM_DEPTH_MAX = 4

_FILL, _MOVE, _LINE = 1, 2, 0
_PATH, _IMAGE, _FORM = 2, 3, 5
#: What a numbered heading may begin with.
_NUMBERED = frozenset("第一二三四五六七八九十（(0123456789０１２３４５６７８９")
_HEADING_MAX = 60

_IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


class Pdfium:
    """The functions of pdfium that are used, by the names they have here; handles and addresses are numbers."""

    def __init__(self, library: str) -> None:
        # PyDLL: no other thread waits for the interpreter's lock, so it is not given back for each call.
        loaded = ctypes.PyDLL(library)

        def function(name: str, result: Any, *arguments: Any) -> Any:
            found = loaded[name]
            found.restype, found.argtypes = result, arguments
            return found

        handle, number = ctypes.c_void_p, ctypes.c_int
        size = ctypes.c_ulong
        self.start = function("FPDF_InitLibrary", None)
        self.open = function("FPDF_LoadMemDocument64", handle, handle, ctypes.c_size_t, handle)
        self.last_error = function("FPDF_GetLastError", size)
        self.page_count = function("FPDF_GetPageCount", number, handle)
        self.load_page = function("FPDF_LoadPage", handle, handle, number)
        self.close_page = function("FPDF_ClosePage", None, handle)
        self.page_box = function("FPDF_GetPageBoundingBox", number, handle, handle)
        self.rotation = function("FPDFPage_GetRotation", number, handle)
        self.load_text = function("FPDFText_LoadPage", handle, handle)
        self.close_text = function("FPDFText_ClosePage", None, handle)
        self.count_text = function("FPDFText_CountChars", number, handle)
        self.text = function("FPDFText_GetText", number, handle, number, number, handle)
        self.unicode = function("FPDFText_GetUnicode", ctypes.c_uint, handle, number)
        self.loose_box = function("FPDFText_GetLooseCharBox", number, handle, number, handle)
        self.tight_box = function("FPDFText_GetCharBox", number, handle, number, *repeat(handle, 4))
        self.origin = function("FPDFText_GetCharOrigin", number, handle, number, handle, handle)
        self.angle = function("FPDFText_GetCharAngle", ctypes.c_float, handle, number)
        self.font_size = function("FPDFText_GetFontSize", ctypes.c_double, handle, number)
        self.text_matrix = function("FPDFText_GetMatrix", number, handle, number, handle)
        self.font = function("FPDFText_GetFontInfo", size, handle, number, handle, size, handle)
        self.count_objects = function("FPDFPage_CountObjects", number, handle)
        self.object = function("FPDFPage_GetObject", handle, handle, number)
        self.form_count = function("FPDFFormObj_CountObjects", number, handle)
        self.form_object = function("FPDFFormObj_GetObject", handle, handle, size)
        self.kind = function("FPDFPageObj_GetType", number, handle)
        self.bounds = function("FPDFPageObj_GetBounds", number, handle, *repeat(handle, 4))
        self.matrix = function("FPDFPageObj_GetMatrix", number, handle, handle)
        self.segments = function("FPDFPath_CountSegments", number, handle)
        self.segment = function("FPDFPath_GetPathSegment", handle, handle, number)
        self.segment_kind = function("FPDFPathSegment_GetType", number, handle)
        self.segment_point = function("FPDFPathSegment_GetPoint", number, handle, handle, handle)
        self.segment_close = function("FPDFPathSegment_GetClose", number, handle)
        self.draw_mode = function("FPDFPath_GetDrawMode", number, handle, handle, handle)


# --- characters --------------------------------------------------------------------------------------------


def characters(pdfium: Pdfium, page: int, count: int) -> str:
    """The characters of a text page, exactly ``count``; what has no Unicode value becomes U+FFFD."""
    buffer = ctypes.create_string_buffer(2 * count + 2)
    written = pdfium.text(page, 0, count, ctypes.addressof(buffer))
    if written == count + 1:
        text = bytes(buffer)[: 2 * count].decode("utf-16-le", "replace")
        if len(text) == count:
            return text
    # Characters outside the first plane, or without a Unicode value: one call each keeps the numbering.
    codes = map(pdfium.unicode, repeat(page), range(count))
    return "".join(chr(c) if 0 < c < 0x110000 and not 0xD800 <= c < 0xE000 else "\ufffd" for c in codes)


def has_turned(pdfium: Pdfium, page: int, count: int) -> bool:
    """Whether some text may not run from left to right; a watermark stands first or last in a page."""
    step = max(1, count // 12)
    looked_at = {*range(0, count, step), *range(min(3, count)), *range(max(0, count - 3), count)}
    return any(quarters(pdfium.angle(page, n)) != 0 for n in looked_at)


def quarters(angle: float) -> int:
    """Quarter turns (0 to 3, anticlockwise) of a text that runs at ``angle`` radians; -1 for anything between."""
    turns = round(angle / _QUARTER)
    return turns % 4 if abs(angle - turns * _QUARTER) <= _LEVEL else -1


def upright_boxes(pdfium: Pdfium, page: int, count: int) -> bytearray:
    """Left, top, right, bottom of each character as its font measures it: as high as the font is large."""
    boxes = bytearray(16 * count)
    start = ctypes.addressof((ctypes.c_char * len(boxes)).from_buffer(boxes))
    sum(map(pdfium.loose_box, repeat(page), range(count), range(start, start + 16 * count, 16)))
    return boxes


def has_inked_boxes(pdfium: Pdfium, page: int, text: str) -> bool:
    """Whether some font does not say how high it is, so that its characters' boxes are those of their ink.

    Looked at are some characters all over the page, and the first marks whose ink does not reach the line.
    """
    step = max(1, len(text) // 8)
    looked_at = {*range(step // 2, len(text), step), *(text.find(mark) for mark in "“”、。，：—")}
    inked = (ctypes.c_double * 4)()
    loose = (ctypes.c_float * 4)()
    at, to = ctypes.addressof(inked), ctypes.addressof(loose)
    for n in looked_at:
        if n < 0 or text[n].isspace():
            continue
        pdfium.tight_box(page, n, at, at + 8, at + 16, at + 24)
        pdfium.loose_box(page, n, to)
        if abs(inked[2] - loose[3]) < 0.02 and abs(inked[3] - loose[1]) < 0.02:
            return True
    return False


def origins(pdfium: Pdfium, page: int, count: int) -> bytearray:
    """Where each character begins on its line: x and y."""
    places = bytearray(16 * count)
    start = ctypes.addressof((ctypes.c_char * len(places)).from_buffer(places))
    end = start + 16 * count
    sum(map(pdfium.origin, repeat(page), range(count), range(start, end, 16), range(start + 8, end + 8, 16)))
    return places


def mixed_boxes(pdfium: Pdfium, page: int, angles: list[float]) -> bytearray:
    """As :func:`upright_boxes`; characters turned by quarters have top and bottom exchanged, others no extent."""
    boxes = upright_boxes(pdfium, page, len(angles))
    doubles = (ctypes.c_double * 4)()
    at = ctypes.addressof(doubles)
    for n, angle in enumerate(angles):
        turns = quarters(angle)
        if turns == 0:
            continue
        box = (0.0, 0.0, 0.0, 0.0)
        if turns > 0:
            pdfium.tight_box(page, n, at, at + 8, at + 16, at + 24)
            left, right, bottom, top = doubles
            box = (left, bottom, right, top)
        struct.pack_into("<4f", boxes, 16 * n, *box)
    return boxes


def turned_boxes(pdfium: Pdfium, page: int, angles: list[float]) -> bytearray:
    """Angle, size, origin x and y, and the inked left, right, bottom, top of each character."""
    values = array("f")
    doubles = (ctypes.c_double * 6)()
    at = ctypes.addressof(doubles)
    matrix = (ctypes.c_float * 6)()
    for n, angle in enumerate(angles):
        pdfium.origin(page, n, at, at + 8)
        pdfium.tight_box(page, n, at + 16, at + 24, at + 32, at + 40)
        scale = 1.0
        if pdfium.text_matrix(page, n, ctypes.addressof(matrix)):
            scale = (matrix[2] ** 2 + matrix[3] ** 2) ** 0.5
        values.extend((angle, pdfium.font_size(page, n) * scale, *doubles))
    return bytearray(values.tobytes())


def page_boxes(pdfium: Pdfium, page: int, count: int) -> tuple[bytearray, int]:
    """Where the characters of a page stand, and the flag that says in which of the forms above."""
    if not has_turned(pdfium, page, count):
        return upright_boxes(pdfium, page, count), 0
    angles = list(map(pdfium.angle, repeat(page), range(count)))
    if 2 * sum(quarters(angle) != 0 for angle in angles) < count:
        return mixed_boxes(pdfium, page, angles), 0
    return turned_boxes(pdfium, page, angles), TURNED


def font_names(pdfium: Pdfium, page: int, text: str) -> bytes:
    """``index name`` lines for the longest run of text and for runs that begin like a numbered heading.

    The index is that of a run's first character, the name that of its last one's font: numbers may be set in another.
    """
    names: list[str] = []
    buffer = ctypes.create_string_buffer(128)
    place = 0
    longest, longest_at = 0, -1
    heads: list[tuple[int, int]] = []
    for run in text.split("\r\n"):
        stripped = run.lstrip()
        if len(stripped) > longest:
            longest, longest_at = len(stripped), place + len(run.rstrip()) - 1
        if stripped and len(stripped) <= _HEADING_MAX and stripped[0] in _NUMBERED and not run[-1:].isdigit():
            heads.append((place + len(run) - len(stripped), place + len(run.rstrip()) - 1))
        place += len(run) + 2
    for start, index in [(longest_at, longest_at), *heads[:80]]:
        if index >= 0:
            pdfium.font(page, index, ctypes.addressof(buffer), 127, None)
            names.append(f"{start} {buffer.value.decode('utf-8', 'replace')}")
    return "\n".join(names).encode()


# --- ruling lines ------------------------------------------------------------------------------------------


def _times(inner: Matrix, outer: Matrix) -> Matrix:
    a, b, c, d, e, f = inner
    p, q, r, s, t, u = outer
    return (a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u)


class Lines:
    """Straight lines along the axes, gathered from the drawn shapes of one page (also inside its form objects)."""

    def __init__(self, pdfium: Pdfium) -> None:
        self.pdfium = pdfium
        self.values = array("f")
        self.images = 0
        self.objects = 0
        self.full = False
        self._floats = (ctypes.c_float * 6)()
        self._at = ctypes.addressof(self._floats)
        self._ints = (ctypes.c_int * 2)()

    def add_page(self, page: int, count: int) -> None:
        get, kind = self.pdfium.object, self.pdfium.kind
        objects = list(map(get, repeat(page), range(min(count, OBJECTS_MAX))))
        self.full = count > OBJECTS_MAX
        for item, what in zip(objects, map(kind, objects), strict=True):
            if what != 1:
                self._add(item, what, _IDENTITY, 0)

    def _add(self, item: int, kind: int, outer: Matrix, depth: int) -> None:
        self.objects += 1
        if self.objects > OBJECTS_MAX or len(self.values) > 4 * LINES_MAX:
            self.full = True
            return
        if kind == _PATH:
            self._add_path(item, outer)
        elif kind == _IMAGE:
            self.images += 1
            self._add_thin(item, outer)  # some programs draw borders with pictures of one pixel
        elif kind == _FORM and depth < FORM_DEPTH_MAX:
            inner = self._matrix(item)
            through = _times(inner, outer)
            for number in range(min(self.pdfium.form_count(item), OBJECTS_MAX)):
                if self.full:
                    return
                part = self.pdfium.form_object(item, number)
                self._add(part, self.pdfium.kind(part), through, depth + 1)

    def _matrix(self, item: int) -> Matrix:
        if not self.pdfium.matrix(item, self._at):
            return _IDENTITY
        a, b, c, d, e, f = self._floats
        return (a, b, c, d, e, f)

    def _add_thin(self, item: int, outer: Matrix) -> bool:
        """Keep a shape that is a line as a whole; whether nothing is left to look at."""
        at = self._at
        if not self.pdfium.bounds(item, at, at + 4, at + 8, at + 12):
            return True
        left, bottom, right, top = self._floats[:4]
        if outer is not _IDENTITY:
            a, b, c, d, e, f = outer
            xs = (a * left + c * bottom + e, a * right + c * top + e)
            ys = (b * left + d * bottom + f, b * right + d * top + f)
            if abs(b) > abs(a):  # turned by a quarter: the two corners are still opposite ones
                xs = (c * bottom + e, c * top + e)
                ys = (b * left + f, b * right + f)
            left, right, bottom, top = min(xs), max(xs), min(ys), max(ys)
        if right - left > THIN and top - bottom > THIN:
            return False
        if max(right - left, top - bottom) >= SHORT:
            self.values.extend((left, bottom, right, top))
        return True

    def _add_path(self, item: int, outer: Matrix) -> None:
        if self._add_thin(item, outer):
            return
        pdfium = self.pdfium
        count = pdfium.segments(item)
        at = ctypes.addressof(self._ints)
        pdfium.draw_mode(item, at, at + 4)
        stroked = bool(self._ints[1])
        if not 2 <= count <= SEGMENTS_MAX or not (stroked or self._ints[0]):
            return
        matrix = _times(self._matrix(item), outer)
        for corners in self._subpaths(item, count, matrix):
            if stroked:
                for (x, y), (u, v) in pairwise(corners):
                    if (abs(x - u) < 0.5) != (abs(y - v) < 0.5) and abs(x - u) + abs(y - v) >= SHORT:
                        self.values.extend((min(x, u), min(y, v), max(x, u), max(y, v)))
            else:
                xs, ys = [x for x, _ in corners], [y for _, y in corners]
                wide, high = max(xs) - min(xs), max(ys) - min(ys)
                if min(wide, high) <= THIN and max(wide, high) >= SHORT:
                    self.values.extend((min(xs), min(ys), max(xs), max(ys)))

    def _subpaths(self, item: int, count: int, matrix: Matrix) -> Iterator[list[tuple[float, float]]]:
        pdfium, at = self.pdfium, self._at
        a, b, c, d, e, f = matrix
        corners: list[tuple[float, float]] = []
        for number in range(count):
            segment = pdfium.segment(item, number)
            kind = pdfium.segment_kind(segment)
            pdfium.segment_point(segment, at, at + 4)
            x, y = self._floats[0], self._floats[1]
            point = (a * x + c * y + e, b * x + d * y + f)
            if kind == _MOVE or not corners:
                if len(corners) > 1:
                    yield corners
                corners = [point]
            else:
                corners.append(point)
            if pdfium.segment_close(segment) and len(corners) > 1:
                corners.append(corners[0])
        if len(corners) > 1:
            yield corners


# --- pages -------------------------------------------------------------------------------------------------


def page_frame(pdfium: Pdfium, document: int, number: int, characters_max: int) -> bytes | None:
    """One page as a frame; None when it holds more characters than ``characters_max``."""
    page = pdfium.load_page(document, number)
    if not page:
        return FRAME_PAGE + PAGE.pack(number, UNREADABLE, *repeat(0, 11))
    box = (ctypes.c_float * 4)()  # left, top, right, bottom
    pdfium.page_box(page, ctypes.addressof(box))
    left, top, right, bottom = box
    lines = Lines(pdfium)
    lines.add_page(page, pdfium.count_objects(page))
    flags = TOO_MANY_LINES if lines.full else 0
    drawn = b"" if lines.full else lines.values.tobytes()
    text, boxes, begins, fonts = "", bytearray(), bytearray(), b""
    text_page = pdfium.load_text(page)
    if text_page:
        count = max(0, pdfium.count_text(text_page))
        if count > characters_max:
            return None
        if count:
            text = characters(pdfium, text_page, count)
            boxes, turned = page_boxes(pdfium, text_page, count)
            flags |= turned
            if not turned and has_inked_boxes(pdfium, text_page, text):
                begins = origins(pdfium, text_page, count)
            fonts = font_names(pdfium, text_page, text)
        pdfium.close_text(text_page)
    rotation = pdfium.rotation(page)
    pdfium.close_page(page)
    encoded = text.encode("utf-32-le")
    sizes = (len(encoded), len(boxes), len(begins), len(drawn), len(fonts), lines.images)
    head = PAGE.pack(number, flags, rotation, left, bottom, right, top, *sizes)
    return b"".join((FRAME_PAGE, head, encoded, boxes, begins, drawn, fonts))


def extract(pdfium: Pdfium, data: mmap.mmap, out: BinaryIO, pages_max: int, characters_max: int) -> None:
    """Every page of the file in ``data`` as frames, an end or an error at last."""
    pdfium.start()
    view = (ctypes.c_char * len(data)).from_buffer(data)
    document = pdfium.open(ctypes.addressof(view), len(data), None)
    if not document:
        out.write(FRAME_ERROR + NUMBER.pack(pdfium.last_error()))
        return
    count = pdfium.page_count(document)
    out.write(FRAME_COUNT + NUMBER.pack(max(0, count)))
    if count > pages_max:
        out.write(FRAME_ERROR + NUMBER.pack(ERROR_TOO_MANY_PAGES))
        return
    for number in range(count):
        frame = page_frame(pdfium, document, number, characters_max)
        if frame is None:
            out.write(FRAME_ERROR + NUMBER.pack(ERROR_TOO_MANY_CHARACTERS))
            return
        out.write(frame)
    out.write(FRAME_END)


def main() -> None:
    """Read the pdf that is standard input."""
    library = sys.argv[1]
    pages_max, characters_max, address_space, seconds = map(int, sys.argv[2:6])
    for what, most in ((resource.RLIMIT_AS, address_space), (resource.RLIMIT_CPU, seconds)):
        try:
            resource.setrlimit(what, (most, most))
        except (ValueError, OSError):  # macOS knows the limits but may refuse to set them
            continue
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    data = mmap.mmap(0, 0, access=mmap.ACCESS_COPY)
    out = sys.stdout.buffer
    extract(Pdfium(library), data, out, pages_max, characters_max)
    out.flush()
    os._exit(0)  # taking pdfium and the interpreter down in order takes longer than reading a page


if __name__ == "__main__":
    main()
