"""Characters of a page as pieces of text, and pieces as lines; blanks are set by distance, not by what the file says.

A piece (:class:`Piece`) is a run of neighbouring characters inside one cell, or outside all tables. All characters of
a page are parted in one go; only pieces, some ten times fewer, are handled one by one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from guangsha.documents.reading.pdf_pages import Floats, Page

#: Distances in units of the size of type. From ``_GAP`` on, text stands in another column; from ``_STEP`` on,
#: something else may stand between two characters that follow each other in the file.
_GAP = 1.2
_STEP = 0.2
#: A blank between Chinese characters, and between letters or digits: fonts leave up to 0.3 and 0.1 by themselves.
_BLANK = 0.45
_BLANK_LATIN = 0.12
_TYPED = 0.1
#: Without a blank in the file, more distance is asked for: digits of some fonts stand wide.
_UNSAID = 0.2
#: Characters below are Latin letters, digits and their punctuation.
_LATIN = 0x250
_ZERO_WIDTH_SPACE = 0x200B
#: Two pieces are on one line when they share this part of the lower one's height.
_SHARED = 0.5

_LATIN_END = re.compile(r"[A-Za-z]$")
_LATIN_START = re.compile(r"[A-Za-z]")
_DIGITS = re.compile(r"^[-+]?[\d,.]*\d[\d,.]*%?$")
#: What may not begin a line, and so goes with the word before it when room is measured.
_CLOSING = "，。、；：！？）》」』】〕”’％%,.;:!?)]…"
_WORD = re.compile(r"[（(《“‘【〔「]*(?:[A-Za-z0-9.,%+\-/:]+|.)", re.DOTALL)


@dataclass(slots=True)
class Piece:
    """A run of text in one line.

    ``size`` is that of its type, as wide as a Chinese character; ``home`` the cell it stands in (-1: none);
    ``first`` the number of its first character on the page. ``broken``: a zero-width space at its end says that a
    long word was broken here. ``serial`` numbers the pieces as the file has them; ``apart``: a blank stands between
    this piece and the one before it in the file, if they are neighbours on the line.
    """

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    size: float
    home: int
    first: int
    sideways: bool = False
    broken: bool = False
    apart: bool = False
    serial: int = 0

    @property
    def height(self) -> float:
        return self.y1 - self.y0


@dataclass(slots=True)
class TextLine:
    """One printed line: its pieces from left to right, its text and its size of type."""

    pieces: list[Piece]
    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    size: float


def pieces_of(page: Page, homes: NDArray[np.intp]) -> list[Piece]:
    """The text of a page in pieces; ``homes`` says for each character in which cell its centre lies (-1: none)."""
    codes = page.codes
    boxes = page.boxes
    wide = (boxes[:, 2] > boxes[:, 0]) | (boxes[:, 3] > boxes[:, 1])
    blank = (codes <= 0x20) | (codes == 0xA0) | (codes == 0x3000) | (codes == 0x00AD)
    blank |= (codes >= 0x2000) & (codes <= 0x200F) | (codes == 0xFEFF) | (codes == 0xFFFE)
    kept = np.flatnonzero(wide & ~blank)
    if not len(kept):
        return []
    left, top, right, bottom = boxes[kept].T
    code = codes[kept]
    size = _type_size(code, right - left, bottom - top)
    middle = (top + bottom) / 2
    home, turned = homes[kept], page.sideways[kept]
    gap = left[1:] - right[:-1]
    unit = np.maximum(size[:-1], size[1:])
    parted = (
        (np.abs(middle[1:] - middle[:-1]) > _SHARED * unit)
        | (gap > _STEP * unit)
        | (left[1:] < left[:-1] - 0.4 * np.minimum(size[:-1], size[1:]))
    ) & ~turned[1:]
    parted |= (home[1:] != home[:-1]) | (turned[1:] != turned[:-1])
    latin = (code[:-1] < _LATIN) & (code[1:] < _LATIN)
    blanks = np.cumsum(blank & (codes < 0x2000) | (codes == 0x3000))
    said = np.diff(blanks[kept]) > 0
    least = np.where(latin, _BLANK_LATIN, _BLANK) + np.where(said, 0.0, _UNSAID)
    # pdfium's own blanks have no extent; one that was typed counts wherever there is room for it
    typed = (
        np.diff(np.cumsum(blank & (boxes[:, 2] > boxes[:, 0]) & (codes < 0x2000) | (codes == 0x3000))[kept])
        > 0
    )
    spaced = (gap > least * unit) | (typed & (gap > _TYPED * unit))
    text, places = _text(code, spaced & ~parted)
    starts = np.concatenate(([0], np.flatnonzero(parted) + 1))
    ends = np.concatenate((starts[1:], [len(kept)])) - 1
    after = codes[np.minimum(kept + 1, len(codes) - 1)]
    return [
        Piece(text[a : b + 1], *rest)
        for a, b, *rest in zip(
            places[starts].tolist(),
            places[ends].tolist(),
            np.minimum.reduceat(left, starts).tolist(),
            np.minimum.reduceat(top, starts).tolist(),
            np.maximum.reduceat(right, starts).tolist(),
            np.maximum.reduceat(bottom, starts).tolist(),
            np.maximum.reduceat(size, starts).tolist(),
            home[starts].tolist(),
            kept[starts].tolist(),
            turned[starts].tolist(),
            (after[ends] == _ZERO_WIDTH_SPACE).tolist(),
            [False, *spaced[starts[1:] - 1].tolist()],
            range(len(starts)),
            strict=True,
        )
    ]


def _type_size(codes: NDArray[np.uint32], width: Floats, height: Floats) -> Floats:
    """The size of type of each character: Chinese ones are as wide as that, digits half as wide.

    Heights are of little use: fonts measure them from 1.0 to 1.4 of their size, some not at all. What is neither
    Chinese nor a digit may be narrower than its type, so that the largest of a piece counts.
    """
    digit = (codes >= 0x30) & (codes <= 0x39)
    narrow = np.minimum(width, height)
    size: Floats = np.where(codes >= 0x2E80, width, np.where(digit, np.minimum(2 * width, height), narrow))
    size = np.maximum(size, 0.5 * height)
    return size


def _text(codes: NDArray[np.uint32], spaced: NDArray[np.bool_]) -> tuple[str, NDArray[np.intp]]:
    """Characters as one text with blanks where ``spaced`` says so, and where each character is in it."""
    places = np.arange(len(codes))
    places[1:] += np.cumsum(spaced)
    out = np.full(int(places[-1]) + 1, 0x20, dtype="<u4")
    out[places] = codes
    return out.tobytes().decode("utf-32-le", "replace"), places


def lines_of(pieces: Iterable[Piece]) -> list[TextLine]:
    """Pieces as lines from top to bottom; text printed twice in one place (false bold) counts once."""
    pieces = list(pieces)
    groups: list[list[Piece]] = []
    top, bottom = 0.0, 0.0
    for piece in sorted((p for p in pieces if not p.sideways), key=lambda p: (p.y0 + p.y1) / 2):
        shared = min(bottom, piece.y1) - max(top, piece.y0)
        if groups and shared >= _SHARED * min(bottom - top, piece.height) > 0:
            groups[-1].append(piece)
            if piece.height > bottom - top:
                top, bottom = piece.y0, piece.y1
        else:
            groups.append([piece])
            top, bottom = piece.y0, piece.y1
    lines = [_line(group) for group in groups]
    if len(pieces) > sum(map(len, groups)):
        lines += [_line([piece]) for piece in pieces if piece.sideways]
        lines.sort(key=lambda line: (line.y0 + line.y1) / 2)
    return lines


def _line(pieces: list[Piece]) -> TextLine:
    if len(pieces) == 1:
        piece = pieces[0]
        return TextLine(pieces, piece.text, piece.x0, piece.y0, piece.x1, piece.y1, piece.size)
    pieces.sort(key=lambda p: p.x0)
    kept = [replace(pieces[0])]
    text = pieces[0].text
    for before, piece in pairwise(pieces):
        if piece.text == before.text and abs(piece.x0 - before.x0) < 0.3 * piece.size:
            continue
        last = kept[-1]
        gap = (piece.x0 - last.x1) / max(piece.size, last.size, 0.1)
        if gap > _GAP:
            text += "  " + piece.text
            kept.append(replace(piece))
            continue
        blank = " " if _is_apart(before, piece, gap) else ""
        text += blank + piece.text
        last.text += blank + piece.text
        last.x1, last.y0, last.y1 = max(last.x1, piece.x1), min(last.y0, piece.y0), max(last.y1, piece.y1)
        last.size, last.broken = max(last.size, piece.size), piece.broken
    return TextLine(
        kept,
        text,
        kept[0].x0,
        min(p.y0 for p in kept),
        max(p.x1 for p in kept),
        max(p.y1 for p in kept),
        max(p.size for p in kept),
    )


def _is_apart(before: Piece, piece: Piece, gap: float) -> bool:
    """Whether a blank stands between two neighbours on a line."""
    if piece.serial == before.serial + 1:
        return piece.apart
    latin = ord(before.text[-1]) < _LATIN and ord(piece.text[0]) < _LATIN
    return gap > (_BLANK_LATIN if latin else _BLANK) + _UNSAID


# --- where a line goes on ----------------------------------------------------------------------------------


def first_word_width(line: TextLine) -> float:
    """The room that the first word of a line takes: one Chinese character, or a whole number or Latin word."""
    text = line.text
    match = _WORD.match(text)
    length = match.end() if match else 1
    while length < len(text) and text[length] in _CLOSING:
        length += 1
    units = sum(0.5 if ord(c) < _LATIN else 1.0 for c in text[:length])
    return min(units * line.size, line.x1 - line.x0)


def join(before: str, after: str) -> str:
    """Two lines of one paragraph as one text; a blank only between Latin words."""
    if _LATIN_END.search(before) and _LATIN_START.match(after):
        return f"{before} {after}"
    return before + after


def cell_text(pieces: Sequence[Piece], width: float, padding: float) -> tuple[str, bool]:
    """The text of one cell, and whether its last line fills the cell.

    A line that was broken for want of room is joined to the next; any other end of line stays (``\\n``).

    Args:
        pieces: of the cell.
        width: of the cell.
        padding: between border and text at each side.
    """
    if len(pieces) == 1:
        piece = pieces[0]
        return piece.text, piece.x1 - piece.x0 > width - 2 * padding - 1.5 * piece.size
    lines = lines_of(p for p in pieces if not p.sideways)
    upright = [piece.text for piece in pieces if piece.sideways]
    room = width - 2 * padding
    text = ""
    for before, line in zip([None, *lines], lines, strict=False):
        if before is None:
            text = line.text
        elif before.pieces[-1].broken:
            text += line.text
        elif before.x1 - before.x0 + first_word_width(line) > room - 0.2 * line.size:
            text = join(text, line.text)
        elif _DIGITS.match(before.text) and line.text[:1] == "%":
            text += line.text
        else:
            text += "\n" + line.text
    full = bool(lines) and lines[-1].x1 - lines[-1].x0 > room - 1.5 * lines[-1].size
    return "\n".join([*upright, text] if text else upright), full
