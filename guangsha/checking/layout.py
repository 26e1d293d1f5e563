"""The page of a Word file: paper, margins, and how most of its text is set."""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from decimal import Decimal

from guangsha.checker.document import PageLayout
from guangsha.kernel.numbers import divide, round_to

#: Twentieths of a point in a millimetre.
_PER_MILLIMETRE = Decimal("56.6929")
_SIZE = re.compile(
    r'<w:pgSz [^>]*w:w="(\d{2,6})"[^>]*w:h="(\d{2,6})"|<w:pgSz [^>]*w:h="(\d{2,6})"[^>]*w:w="(\d{2,6})"'
)
_RUN = re.compile(r"<w:r[ >].*?</w:r>", re.DOTALL)
_FONT = re.compile(r'w:eastAsia="([^"]{1,40})"')
_POINTS = re.compile(r'<w:sz w:val="(\d{1,3})"')
_LETTERS = re.compile(r"<w:t[ >][^<]*")
#: Runs looked at: enough to know how the body is set.
_RUNS_MAX = 5_000


def page_layout(data: bytes) -> PageLayout | None:
    """The page of the docx in ``data`` as its first portrait section has it; None when it says nothing."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            document = package.read("word/document.xml").decode("utf-8", "replace")
    except (zipfile.BadZipFile, KeyError, OSError, RuntimeError, ValueError):
        return None
    for section in re.findall(r"<w:sectPr.*?</w:sectPr>", document, re.DOTALL):
        size, margins = _SIZE.search(section), re.search(r"<w:pgMar [^>]*>", section)
        if size is None or margins is None:
            continue
        width, height = (int(size[1]), int(size[2])) if size[1] else (int(size[4]), int(size[3]))
        sides = dict(re.findall(r'w:(top|bottom|left|right)="(-?\d{1,6})"', margins[0]))
        if width > height or len(sides) < 4:
            continue
        font, points = _body(document)
        top, bottom, left, right = (
            _millimetres(int(sides[side])) for side in ("top", "bottom", "left", "right")
        )
        return PageLayout(_millimetres(width), _millimetres(height), top, bottom, left, right, font, points)
    return None


def _millimetres(twentieths: int) -> Decimal:
    return round_to(divide(Decimal(twentieths), _PER_MILLIMETRE), 1)


def _body(document: str) -> tuple[str, Decimal | None]:
    """The typeface and size that most characters are set in, where runs say so themselves."""
    fonts: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    for number, run in enumerate(_RUN.finditer(document)):
        if number >= _RUNS_MAX:
            break
        letters = sum(len(found) for found in _LETTERS.findall(run[0]))
        for pattern, counter in ((_FONT, fonts), (_POINTS, sizes)):
            found = pattern.search(run[0])
            if found:
                counter[found[1]] += letters
    size = sizes.most_common(1)
    return (
        fonts.most_common(1)[0][0] if fonts else "",
        divide(Decimal(size[0][0]), Decimal(2)) if size else None,
    )
